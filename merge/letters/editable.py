"""A letter.md as a document for the editor on the page, and the edits that come back. Pure.

The document is ProseMirror's: nodes of JSON, named as in merge/web/editor/schema.js. A block of the
file is told by its index `n`; unchanged ones keep their bytes. What comes back is validated: any
other document is refused.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from merge.errors import LetterError, Misuse
from merge.letters import aligned, blocks, frontmatter, head, language, local, markdown, prose
from merge.letters.aligned import Aligned
from merge.letters.blanks import is_expression
from merge.letters.blocks import NewBlock
from merge.letters.enclosures import NamedFile
from merge.letters.examples import columns_to_come
from merge.letters.pictures import css_width
from merge.letters.prose import Line, Piece, Prose, is_choice

MOST_BLOCKS = 400
"""A letter has twenty paragraphs. A longer one than this is one closed block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditableBlock:
    """A block of the file: its source, its first row, and its node of the document."""

    source: str
    row: int
    node: Mapping[str, object]

    @property
    def is_prose(self) -> bool:
        """Whether it is edited as prose; else it is closed."""
        return bool(self.node["type"] != "closed")

    @property
    def unfenced(self) -> tuple[str, str]:
        """The kind of a div that is edited as prose, else ""; and the source without its fences."""
        kind, inside = aligned.unfenced(self.source) if self.is_prose else ("", "")
        return (kind, inside) if kind else ("", self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Editable:
    """A letter to be edited. `subject` is "" where the head is missing or invalid.

    `columns` are the names in it that are not the program's own.
    """

    subject: str
    blocks: tuple[EditableBlock, ...]
    attachments: tuple[str, ...]
    attachment_column: str
    pictures: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockEdit:
    """A block of the edited letter: with new `source` or `prose`, else the old block `of`."""

    of: int | None = None
    source: str | None = None
    prose: Prose | Aligned | None = None


def read(source: str, path: str) -> Editable:
    """Read a letter for the editor, whatever is wrong with it."""
    try:
        front = frontmatter.split(source.removeprefix("\ufeff"), path)
        subject, attached = front.subject, tuple(each.name for each in front.attachments)
        column = front.attachment_column.name if front.attachment_column else ""
    except LetterError:
        subject, attached, column = head.value(source, "subject"), (), ""
    pictures: tuple[NamedFile, ...] = ()
    with suppress(LetterError):
        language.read(source, path=path, first_row=1, names=language.named(source))
        body = source[head.length(source) :]
        pictures = markdown.read(body, path=path, first_row=1, of_paragraphs={local.NAME}).pictures
    return Editable(
        subject=subject,
        blocks=tuple(
            EditableBlock(
                source=each.source,
                row=each.row,
                node=_node(i, each.source),
            )
            for i, each in enumerate(_cut(source).blocks)
        ),
        attachments=attached,
        attachment_column=column,
        pictures=tuple(dict.fromkeys(each.name for each in pictures)),
        columns=columns_to_come(source),
    )


def edited(source: str, path: str, subject: str | None, edits: Sequence[BlockEdit] | None) -> str:
    """The letter with this subject and these blocks; None keeps what it has.

    Every unedited block keeps its bytes.
    """
    if edits is not None:
        letter = _cut(source)
        source = blocks.joined(letter, _placed(letter, edits))
    if subject is not None:
        source = head.with_value(source, "subject", " ".join(subject.split()))
    return source


def _cut(source: str) -> blocks.Blocks:
    letter = _with_whole_choices(blocks.split(source))
    if len(letter.blocks) <= MOST_BLOCKS:
        return letter
    whole = source[len(letter.head) + len(letter.gaps[0]) : len(source) - len(letter.gaps[-1])]
    return blocks.Blocks(
        head=letter.head,
        blocks=(blocks.SourceBlock(whole, letter.blocks[0].row),),
        gaps=(letter.gaps[0], letter.gaps[-1]),
    )


_IF = re.compile(r"\{%[-+]?\s*(if|endif)\b")


def _with_whole_choices(letter: blocks.Blocks) -> blocks.Blocks:
    """The letter with an `if` around paragraphs as one block of all of these."""
    depth = 0
    found: list[blocks.SourceBlock] = []
    gaps = [letter.gaps[0]]
    for each, gap in zip(letter.blocks, letter.gaps[1:], strict=True):
        if depth > 0:
            found[-1] = replace(found[-1], source=found[-1].source + gaps.pop() + each.source)
        else:
            found.append(each)
        depth += sum(1 if tag == "if" else -1 for tag in _IF.findall(each.source))
        gaps.append(gap)
    if depth:
        return letter
    return blocks.Blocks(head=letter.head, blocks=tuple(found), gaps=tuple(gaps))


def _placed(letter: blocks.Blocks, edits: Sequence[BlockEdit]) -> list[NewBlock]:
    placed: list[NewBlock] = []
    for i, each in enumerate(edits):
        old = _old(letter, each)
        if each.prose is not None:
            beside = [*(p.source for p in placed[-1:]), *_behind(letter, edits[i + 1 : i + 2])]
            source = _written(each.prose, beside)
        else:
            source = each.source or ""
            if each.source is None and old is not None:
                source = old
        placed.append(NewBlock(source.strip("\n"), each.of if old is not None else None))
    return placed


def _written(block: Prose | Aligned, beside: Sequence[str]) -> str:
    if isinstance(block, Aligned):
        return aligned.write(block)
    return prose.write(block, besides=beside)


def _old(letter: blocks.Blocks, edit: BlockEdit) -> str | None:
    is_there = edit.of is not None and 0 <= edit.of < len(letter.blocks)
    return letter.blocks[edit.of or 0].source if is_there else None


def _behind(letter: blocks.Blocks, edits: Sequence[BlockEdit]) -> list[str]:
    """Sources of those that stay as they are: an edited list takes other signs than they have."""
    stay = [each for each in edits if each.source is None and each.prose is None]
    return [old for each in stay if (old := _old(letter, each)) is not None]


def subject_nodes(subject: str) -> list[dict[str, Any]]:
    """The content of the editor of the subject."""
    return _inline(prose.line(subject))


# --- prose → nodes --------------------------------------------------------------------------------


def _node(n: int, source: str) -> Mapping[str, Any]:
    if found := prose.read(source):
        return _of_prose(n, found)
    if div := aligned.read(source):
        inside = [_of_prose(None, each) for each in div.blocks]
        return {"type": "aligned", "attrs": {"n": n, "kind": div.kind}, "content": inside}
    return {"type": "closed", "attrs": {"n": n}}


def _of_prose(n: int | None, found: Prose) -> Mapping[str, Any]:
    if found.kind == "newpage":
        return {"type": "newpage", "attrs": {"n": n}}
    if found.kind in ("paragraph", "heading", "note"):
        more: Mapping[str, Mapping[str, object]]
        more = {"heading": {"level": found.level}, "note": {"label": found.name}}
        of = {"n": n, **more.get(found.kind, {})}
        return {"type": found.kind, "attrs": of, "content": _inline(found.lines[0])}
    if found.kind == "table":
        return {"type": "table", "attrs": {"n": n}, "content": _rows(found)}
    items = [
        {
            "type": "item",
            "content": [{"type": "paragraph", "attrs": {"n": None}, "content": _inline(line)}],
        }
        for line in found.lines
    ]
    attrs: dict[str, int | None] = {"n": n, "loose": found.is_loose}
    if found.kind == "numbers":
        attrs["start"] = found.level
    return {"type": found.kind, "attrs": attrs, "content": items}


def _rows(table: Prose) -> list[dict[str, Any]]:
    cells = [
        {"type": "cell", "attrs": {"align": column}, "content": _inline(line)}
        for column, line in zip(itertools.cycle(table.columns), table.lines, strict=False)
    ]
    wide = len(table.columns)
    return [{"type": "row", "content": cells[i : i + wide]} for i in range(0, len(cells), wide)]


def _inline(line: Line) -> list[dict[str, Any]]:
    return [_inline_node(piece) for piece in line]


def _inline_node(piece: Piece) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "break"}
    match piece.kind:
        case "text":
            node = {"type": "text", "text": piece.words}
        case "blank":
            node = {"type": "blank", "attrs": {"expression": piece.words, "name": ""}}
        case "open":
            node = {"type": "blank", "attrs": {"expression": "", "name": piece.words}}
        case "choice":
            node = {"type": "choice", "attrs": {"source": piece.words}}
        case "note":
            node = {"type": "call", "attrs": {"label": piece.words}}
        case "picture":
            shown = {"src": piece.src, "alt": piece.words, "width": piece.width}
            node = {"type": "picture", "attrs": shown}
    marks: list[dict[str, Any]] = []
    if piece.link:
        marks.append({"type": "link", "attrs": {"href": piece.link}})
    marks += [{"type": m} for m, on in (("strong", piece.strong), ("em", piece.em)) if on]
    return {**node, "marks": marks} if marks else node


# --- nodes → prose --------------------------------------------------------------------------------


def edits_of(document: object) -> tuple[BlockEdit, ...]:
    """Parse the editor's document: unchanged blocks ({"keep": 3}) and nodes.

    Misuse("letter-document") for any other JSON.
    """
    try:
        if not isinstance(document, list) or len(document) > 10 * MOST_BLOCKS:
            raise _NotOurs
        return tuple(_edit(each) for each in document)
    except (_NotOurs, KeyError, TypeError, AttributeError, ValueError, RecursionError):  # any JSON
        raise Misuse("letter-document") from None


class _NotOurs(Exception):
    """A document that the editor cannot have made."""


def _edit(node: Any) -> BlockEdit:
    if "keep" in node:
        return BlockEdit(of=_number(node["keep"]))
    attrs = node.get("attrs") or {}
    n = attrs.get("n")
    of = None if n is None else _number(n)
    content = node.get("content", [])
    if node["type"] == "closed":
        return BlockEdit(of=of)
    if node["type"] != "aligned":
        return BlockEdit(of=of, prose=_prose(node))
    if attrs["kind"] not in aligned.KINDS:
        raise _NotOurs
    div = Aligned(kind=str(attrs["kind"]), blocks=tuple(_prose(each) for each in content))
    return BlockEdit(of=of, prose=div)


def _prose(node: Any) -> Prose:
    attrs = node.get("attrs") or {}
    content = node.get("content", [])
    match node["type"]:
        case "paragraph":
            return Prose(lines=(_line(content),))
        case "heading":
            return Prose(kind="heading", level=_number(attrs["level"]), lines=(_line(content),))
        case "bullets" | "numbers" as kind:
            return Prose(
                kind=kind,
                level=_number(attrs.get("start", 1)),
                is_loose=attrs.get("loose") is True,
                lines=tuple(
                    _line(part["content"] or []) for item in content for part in _parts(item)
                ),
            )
        case "note":
            return Prose(kind="note", name=_label(attrs), lines=(_line(content),))
        case "newpage":
            return Prose(kind="newpage", lines=())
        case "table":
            return _table([row["content"] for row in content])
    raise _NotOurs


def _table(rows: Sequence[Sequence[Any]]) -> Prose:
    """A table, its short rows filled up."""
    wide = max(map(len, rows))
    columns = [str(cell["attrs"]["align"]) for cell in rows[0]]
    if not set(columns) <= {*prose.ALIGNMENTS}:
        raise _NotOurs
    return Prose(
        kind="table",
        columns=(*columns, *[""] * (wide - len(columns))),
        lines=tuple(
            _line(row[i].get("content", []) if i < len(row) else [])
            for row in rows
            for i in range(wide)
        ),
    )


def _parts(item: Any) -> list[dict[str, Any]]:
    if item["type"] != "item":
        raise _NotOurs
    return [{"content": part.get("content", [])} for part in item["content"]]


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise _NotOurs
    return value


def _line(content: Any) -> Line:
    return tuple(_piece(each) for each in content)


def _piece(node: Any) -> Piece:
    link, strong, em = "", False, False
    for mark in node.get("marks", []):
        match mark["type"]:
            case "link":
                link = str(mark["attrs"]["href"])
            case "strong":
                strong = True
            case "em":
                em = True
            case _:
                raise _NotOurs
    match node["type"]:
        case "text":
            return Piece("text", str(node["text"]), strong, em, link)
        case "break":
            return Piece("break")
        case "choice":
            source = str(node["attrs"]["source"])
            return Piece("choice" if is_choice(source) else "text", source, strong, em, link)
        case "call":
            return Piece("note", _label(node["attrs"]), strong, em, link)
        case "picture":
            src, alt, width = (str(node["attrs"][each]) for each in ("src", "alt", "width"))
            if not prose.PICTURE.fullmatch(src):
                return Piece("text", alt, strong, em, link)
            width = width if css_width(width) else ""
            return Piece("picture", alt, strong, em, link, src, width)
        case "blank":
            return _blank(
                str(node["attrs"]["expression"]), str(node["attrs"]["name"]), strong, em, link
            )
    raise _NotOurs


def _label(attrs: Any) -> str:
    label = str(attrs["label"])
    if not prose.LABEL.fullmatch(label):
        raise _NotOurs
    return label


def _blank(expression: str, name: str, strong: bool, em: bool, link: str) -> Piece:
    """A blank; or text, where its expression or name is invalid."""
    if expression and is_expression(expression):
        return Piece("blank", expression, strong, em, link)
    if expression or not 0 < len(name) <= 60 or any(sign in name for sign in "[]\n"):
        return Piece("text", f"[{expression or name}]", strong, em, link)
    return Piece("open", name, strong, em, link)
