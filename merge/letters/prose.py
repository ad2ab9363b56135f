"""One block of a letter as text, blanks and emphasis, for an editor; and back to Markdown. Pure.

Prose is what can be written anew without a change for any recipient: paragraphs, headings, flat
lists and tables of text, bold, italics, links, line breaks, blanks, choices, pictures and notes.
Other blocks (an `if` around paragraphs, HTML, quotations) stay closed.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal
from urllib.parse import unquote

from jinja2 import TemplateSyntaxError, nodes
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token

from merge.errors import LetterError
from merge.letters import language, local, markdown
from merge.letters.dialect import readied
from merge.letters.filling import TEXT, TOO_MUCH
from merge.letters.kinds import UNPRINTABLE
from merge.letters.language import Tag
from merge.letters.markup import may_be_linked


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, a blank, a line break …, with its emphasis.

    "text": `words` are the author's. "blank": `words` are an expression of the letter's language.
    "open": `words` are the name of a blank that nothing fills yet, as in "[nom]". "choice": `words`
    are an `if` to its `endif`, of text and blanks. "picture": `words` describe it, `src` is its
    address, `width` as typed. "note": `words` are what the footnote is called by. "break": none.
    """

    kind: Literal["text", "blank", "open", "choice", "picture", "note", "break"]
    words: str = ""
    strong: bool = False
    em: bool = False
    link: str = ""
    src: str = ""
    width: str = ""


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """A block: one line, or one for each item of a list, with empty lines between if `is_loose`.

    `level` is that of a heading, or the first number of a list. Of a table `columns` are the
    alignments, each of ALIGNMENTS, and `lines` the cells, row after row, its head first. A "note"
    is a footnote, of one paragraph, called by `name`; a "newpage" has no line.
    """

    kind: Literal["paragraph", "heading", "bullets", "numbers", "table", "note", "newpage"] = (
        "paragraph"
    )
    lines: tuple[Line, ...]
    level: int = 1
    is_loose: bool = False
    columns: tuple[str, ...] = ()
    name: str = ""


PICTURE = re.compile(r"[^\s<>{}\[\]\\]+\.(?:png|jpe?g)", re.IGNORECASE)
"""The address of a picture that prose may hold, as Markdown has it."""

LABEL = re.compile(r"[\w-]{1,40}")
"""What a footnote is called by that prose may hold."""

ALIGNMENTS: Mapping[str, str] = MappingProxyType(
    {"": "---", "left": ":--", "center": ":-:", "right": "--:"}
)
"""Of a column, each with what stands for it under the head of a table."""


# --- Markdown → prose -----------------------------------------------------------------------------

_OPEN = re.compile(r"(?<![\\\]!])\[(?!\^|sic\]|…\]|\.\.\.\])([^\[\]\n]{1,60})\](?!\()")
_BREAKS = re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_PLAIN_TAG = re.compile(r"\{[{%](?![-+]).*[^-+][%}]\}")
_MARKUP = re.compile(r"[*_`\[\]<>\\|&~\n]")
_CALL = re.compile(r"(?<!\\)\[\^[^\[\]\n]+\]")
_NOTE = re.compile(r"\A {0,3}\[\^[^\[\]\n]+\]:[ \t]*")
_NEW_PAGE = "\\newpage"
_OF_KINDS = {"bullet_list_open": "bullets", "ordered_list_open": "numbers"}


def read(source: str) -> Prose | None:
    """The prose of a block; None where writing it anew would change the letter."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    try:
        found = _read(source)
        if found and _read(again := write(found)) == found and says_the_same(source, again):
            return found
    except (_NoProse, LetterError):
        pass
    return None


def line(source: str) -> Line:
    """A line that is no Markdown, such as a subject, with its blanks and choices."""
    try:
        hidden = _Hidden(source)
    except _NoProse:
        return (Piece("text", source),)
    return hidden.words()


def open_as_words(source: str) -> str:
    """The source with its open blanks, "[nom]", escaped: a preview shows them as text."""
    return _OPEN.sub(lambda found: f"\\[{found[1].replace('|', '&#124;')}]", source)


class _NoProse(Exception):
    """The block has something that prose cannot represent."""


def _read(source: str) -> Prose | None:
    if _BREAKS.search(source) or UNPRINTABLE.search(source):
        return None
    hidden = _Hidden(source)
    if hidden.is_local:
        return None
    if hidden.source.strip() == _NEW_PAGE:
        return Prose(kind="newpage", lines=())
    tokens = markdown.parsed(readied(hidden.source))
    shape = [token.type for token in tokens]
    first = tokens[0] if tokens else None
    if first is None or not _is_one_block(tokens):
        return None
    if shape == ["paragraph_open", "inline", "paragraph_close"]:
        return Prose(lines=(hidden.line(tokens[1]),))
    if shape == ["heading_open", "inline", "heading_close"]:
        return Prose(kind="heading", level=int(first.tag[1]), lines=(hidden.line(tokens[1]),))
    if shape == ["footnote_reference_open", *_ITEM[1:4], "footnote_reference_close"]:
        return Prose(kind="note", name=hidden.label(first), lines=(hidden.line(tokens[2]),))
    if first.type == "table_open":
        cells = [each for each in tokens if each.type in ("th_open", "td_open")]
        return Prose(
            kind="table",
            columns=tuple(_alignment(each) for each in cells[: shape.count("th_open")]),
            lines=tuple(hidden.line(each) for each in tokens if each.type == "inline"),
        )
    if first.type not in _OF_KINDS or len(shape) % 5 != 2 or set(shape[1:-1:5]) != {_ITEM[0]}:
        return None
    items = [tokens[i : i + 5] for i in range(1, len(tokens) - 1, 5)]
    if any(tuple(token.type for token in item) != _ITEM for item in items):
        return None
    loose = {not item[1].hidden for item in items}
    if len(loose) != 1:
        return None
    return Prose(
        kind="bullets" if first.type == "bullet_list_open" else "numbers",
        level=int(first.attrs.get("start", 1)),
        is_loose=loose.pop(),
        lines=tuple(hidden.line(item[2]) for item in items),
    )


_ITEM = ("list_item_open", "paragraph_open", "inline", "paragraph_close", "list_item_close")


def _alignment(cell: Token) -> str:
    return str(cell.attrs.get("style", "")).removeprefix("text-align:")


def _is_one_block(tokens: Sequence[Token]) -> bool:
    return sum(token.level == 0 and token.nesting <= 0 for token in tokens) == 1


def says_the_same(one: str, other: str) -> bool:
    """Whether both render alike, in e-mail and on paper, but for emphasis, which was compared.

    An open blank and the call of a note are words: a sign in the one, as in "[Somme|nombre]", is
    not yet of the letter, and the other's note may stand elsewhere.
    """
    return _forms(_bare(one)) == _forms(_bare(other))


def _bare(source: str) -> str:
    return _CALL.sub("[x]", _OPEN.sub("[x]", _NOTE.sub("", source)))


def _forms(source: str) -> list[tuple[str, str, str]]:
    blocks = markdown.read(source, path="", first_row=1, of_paragraphs={local.NAME}).blocks
    return [(_flat(each.html), _flat(each.page), each.text) for each in blocks]


def _flat(html: str) -> str:
    """The HTML without emphasis and without the source's line breaks."""
    return re.sub(r"[ \n]+", " ", re.sub(r"</?(?:strong|em)>", "", html)).strip()


class _Hidden:
    """A block whose blanks are masked by words that Markdown leaves alone."""

    def __init__(self, source: str) -> None:
        mark = "zq"
        while mark in source.casefold():
            mark += "q"
        self._word = re.compile(rf"{mark}(\d+)x")
        self._pieces: list[Piece] = []

        def hide(piece: Piece) -> str:
            self._pieces.append(piece)
            return f"{mark}{len(self._pieces) - 1}x"

        masked = "".join(each if isinstance(each, str) else hide(each) for each in _pieces(source))
        for found in _OPEN.finditer(masked):
            if self._word.search(found[1]):
                raise _NoProse  # a blank in brackets, which `check` refuses
        self.source = _OPEN.sub(lambda found: hide(Piece("open", found[1])), masked)
        self.is_local = [p.words for p in self._pieces] == [local.NAME] and not self._word.sub(
            "", self.source
        ).strip()

    def line(self, inline: Token) -> Line:
        """The pieces of a paragraph, a heading or an item."""
        strong = em = 0
        link = ""
        line: list[Piece] = []
        for token in inline.children or ():
            match token.type:
                case "text":
                    around = Piece("text", "", strong > 0, em > 0, link)
                    line += self._of_words(token.content, around)
                case "image":
                    line.append(
                        replace(self._picture(token), strong=strong > 0, em=em > 0, link=link)
                    )
                case "footnote_ref":
                    line.append(Piece("note", self.label(token), strong > 0, em > 0, link))
                case "softbreak":
                    line.append(Piece("text", " ", strong > 0, em > 0, link))
                case "hardbreak":
                    line.append(Piece("break"))
                case "strong_open" | "strong_close":
                    strong += token.nesting
                case "em_open" | "em_close":
                    em += token.nesting
                case "link_open" if not link and "title" not in token.attrs:
                    link = str(token.attrs["href"])
                    if self._word.search(link) or not link:
                        raise _NoProse
                case "link_close":
                    link = ""
                case _:
                    raise _NoProse
        return _merged(line)

    def words(self) -> Line:
        """All of it, as it stands."""
        return _merged(self._of_words(self.source, Piece("text")))

    def label(self, note: Token) -> str:
        """What a footnote is called by."""
        label = str(note.meta["label"])
        if self._word.search(label) or not LABEL.fullmatch(label):
            raise _NoProse
        return label

    def _picture(self, token: Token) -> Piece:
        words = "".join(each.content for each in token.children or () if each.type == "text")
        src, width = (str(token.attrs.get(each, "")) for each in ("src", "width"))
        is_plain = all(each.type == "text" for each in token.children or ())
        if (
            not is_plain
            or not PICTURE.fullmatch(src)
            or "title" in token.attrs
            or self._word.search(f"{words} {src}")
        ):
            raise _NoProse
        return Piece("picture", words, src=src, width=width)

    def _of_words(self, text: str, around: Piece) -> Iterator[Piece]:
        for i, part in enumerate(self._word.split(text)):
            if i % 2:
                found = self._pieces[int(part)]
                yield replace(around, kind=found.kind, words=found.words)
            elif part:
                yield replace(around, words=part)


def _pieces(source: str) -> Iterator[str | Piece]:
    """The text, the blanks and the choices of a source; raises _NoProse for another tag."""
    try:
        TEXT.parse(source)
    except (TemplateSyntaxError, *TOO_MUCH):
        raise _NoProse from None
    choice: list[str] = []
    depth = 0
    for each in language.pieces(source):
        tag = each if isinstance(each, Tag) else None
        if tag and (tag.is_comment or not _PLAIN_TAG.fullmatch(tag.source)):
            raise _NoProse
        if tag and tag.keyword:
            depth += (tag.keyword == "if") - (tag.keyword == "endif")
        elif tag and not depth:
            yield _blank(tag)
            continue
        elif not depth:
            yield str(each)
            continue
        elif not tag and _MARKUP.search(_OPEN.sub("", str(each))):
            raise _NoProse
        choice.append(tag.source if tag else str(each))
        if not depth:
            yield Piece("choice", "".join(choice))
            choice = []
    if choice or _RAW.search(source):
        raise _NoProse


_RAW = re.compile(r"\{%[-+]?\s*(?:end)?raw\b")


def is_choice(typed: str) -> bool:
    """Whether this is an `if` to its `endif`, of text and blanks that prose may hold."""
    try:
        found = [*_pieces(typed)]
        language.read(typed, path="", first_row=1, names=language.named(typed))
    except (_NoProse, LetterError):
        return False
    return len(found) == 1 and isinstance(found[0], Piece) and found[0].kind == "choice"


def _blank(tag: Tag) -> Piece:
    """A blank; or text, for an expression that is a string, such as `{{ "{{" }}`."""
    said = TEXT.parse(tag.source).body
    if len(said) == 1 and isinstance(said[0], nodes.Output):
        only = said[0].nodes
        if len(only) == 1 and isinstance(only[0], nodes.Const) and isinstance(only[0].value, str):
            return Piece("text", only[0].value)
    return Piece("blank", tag.expression)


def _merged(line: Iterable[Piece]) -> Line:
    """The pieces without empty text, adjacent text of the same emphasis joined."""
    merged: list[Piece] = []
    for each in line:
        if each.kind == "text" and not each.words:
            continue
        if merged and each.kind == "text" and replace(merged[-1], words=each.words) == each:
            merged[-1] = replace(each, words=merged[-1].words + each.words)
        else:
            merged.append(each)
    return tuple(merged)


# --- prose → Markdown -----------------------------------------------------------------------------

_SIGN = re.compile(r"\A {0,3}(?:\d{1,9})?([-*+.)])(?=\s|\Z)")
_EMPHASES = (("**", "*"), ("**", "_"), ("__", "*"))
_MARKS = ("link", "strong", "em")
_MEANT = re.compile(r"\[(?:sic|…|\.\.\.)\](?!\()")  # what `leftovers` knows as words
_ENTITY = re.compile(r"&(?:#\w+|\w+);")
_NUMBER_SIGN = re.compile(r"(\d{1,9})[.)](?=\s|\Z)")
_LINE_SIGN = re.compile(  # at last of a div and of a table
    r"(?:#{1,6}|[-+])(?=\s|\Z)|>|(?:-\s*){3,}\Z|:{3,}\s*\w*\s*\Z|(?=[^|]*\|)[-:|][-:|\s]*\Z"
)


def write(prose: Prose, *, besides: Iterable[str] = ()) -> str:
    """The Markdown of a block, "" for an empty one.

    Where Markdown cannot express emphasis, as in bold for half a word and its comma, the emphasis
    is dropped, and no text. `besides` are the sources of the neighbouring blocks: a list uses other
    signs than the list beside it, or the two would become one.
    """
    wanted = _tidied(prose)
    if wanted.kind == "newpage":
        return _NEW_PAGE
    if not wanted.lines:
        return ""
    signs = {found[1] for each in besides if (found := _SIGN.match(each))}
    for emphasis in _EMPHASES:
        source = _written(wanted, emphasis, signs)
        try:
            if _read(source) == wanted:
                return source
        except _NoProse:
            continue
    bare = replace(
        wanted,
        lines=tuple(
            _merged(replace(piece, strong=False, em=False) for piece in line)
            for line in wanted.lines
        ),
    )
    return _written(bare, _EMPHASES[0], signs)


def _written(prose: Prose, emphasis: tuple[str, str], signs: Collection[str]) -> str:
    lines = [_Writer(line, emphasis, prose.kind).source for line in prose.lines]
    if prose.kind == "table":
        n = len(prose.columns)
        rows = [lines[i : i + n] for i in range(0, len(lines), n)]
        rule = tuple(ALIGNMENTS[each] for each in prose.columns)
        return "\n".join(f"| {' | '.join(each)} |" for each in (rows[0], rule, *rows[1:]))
    if prose.kind == "heading":
        return f"{'#' * prose.level} {lines[0]}"
    if prose.kind == "paragraph":
        return lines[0]
    if prose.kind == "note":
        return f"[^{prose.name}]: {lines[0]}".replace("\n", "\n    ")
    if prose.kind == "bullets":
        sign = next(each for each in "-*+" if each not in signs)
        before = [f"{sign} "] * len(lines)
    else:
        sign = ")" if "." in signs else "."
        before = [f"{prose.level + i}{sign} " for i in range(len(lines))]
    items = [
        start + line.replace("\n", "\n" + " " * len(start))
        for start, line in zip(before, lines, strict=True)
    ]
    return ("\n\n" if prose.is_loose else "\n").join(items)


# One character of text, a blank, or a line break.
_Atom = Piece
_BRACKETED = ("open", "note")


def _tidied(prose: Prose) -> Prose:
    """The prose without what Markdown cannot express: space at the ends of a line, empty items."""
    if prose.kind in ("heading", "paragraph", "note"):
        lines = [tuple(itertools.chain.from_iterable(prose.lines))]
    else:
        lines = list(prose.lines)
    if prose.kind in ("heading", "table"):
        lines = [tuple(_SPACE if p.kind == "break" else p for p in line) for line in lines]
    tidy = tuple(map(_tidied_line, lines))
    if prose.kind != "table" or not any(tidy):
        tidy = tuple(filter(None, tidy))
    return replace(
        prose,
        lines=tidy,
        level=min(max(prose.level, 1), 6) if prose.kind == "heading" else _first_number(prose),
        is_loose=prose.is_loose and len(tidy) > 1,
    )


_SPACE = Piece("text", " ")
_NO_BLANK = re.compile(r"(?!)")  # an editor's links have none


def _first_number(prose: Prose) -> int:
    return min(max(prose.level, 0), 99_999_999) if prose.kind == "numbers" else 1


def _tidied_line(line: Line) -> Line:
    atoms: list[_Atom] = []
    for rows, row in itertools.groupby(_atoms(line), lambda each: each.kind == "break"):
        if rows:
            atoms += row
            continue
        said = list(row)
        while said and _is_space(said[0]):
            del said[0]
        while said and _is_space(said[-1]):
            del said[-1]
        atoms += said
    while atoms and atoms[0].kind == "break":
        del atoms[0]
    while atoms and atoms[-1].kind == "break":
        del atoms[-1]
    atoms = list(_spaced(atoms))
    for mark in ("strong", "em"):
        _shrink(atoms, mark)
    return _merged(atoms)


def _spaced(atoms: Sequence[_Atom]) -> Iterator[_Atom]:
    """Put a space beside what stands in brackets, where these would become something else."""
    before: _Atom | None = None
    for i, each in enumerate(atoms):
        is_bracketed = before is not None and before.kind in _BRACKETED
        begins = is_bracketed or (before is not None and before.words in ("]", "!", "\\"))
        is_note = i == 1 and before is not None and before.kind == "note" and each.words == ":"
        if (each.kind in _BRACKETED and begins) or (is_bracketed and each.words == "(") or is_note:
            yield _SPACE
        yield each
        before = each


def _atoms(line: Line) -> Iterator[_Atom]:
    for piece in line:
        link = normalizeLink(piece.link) if may_be_linked(piece.link, _NO_BLANK) else ""
        if piece.kind != "text":
            piece = Piece("break") if piece.kind == "break" else replace(piece, link=link)
            if piece.kind == "picture":
                said = " ".join(UNPRINTABLE.sub("", piece.words).split())
                piece = replace(piece, words=said, src=normalizeLink(piece.src))
            yield piece
            continue
        for char in UNPRINTABLE.sub("", re.sub(r"[\s]", _as_space, piece.words)):
            yield replace(piece, words=char, link=link)


def _as_space(found: re.Match[str]) -> str:
    """Keep a no-break space; make a space of a tab or a break."""
    return found[0] if unicodedata.category(found[0]) == "Zs" else " "


def _is_space(atom: _Atom) -> bool:
    return atom.kind == "text" and atom.words.isspace()


def _is_sign(atom: _Atom) -> bool:
    """Whether Markdown sees punctuation: a blank is a word, an open one begins with a bracket."""
    if atom.kind == "text":
        return unicodedata.category(atom.words)[0] in "PS"
    return atom.kind in (*_BRACKETED, "picture")


def _shrink(atoms: list[_Atom], mark: str) -> None:
    """Take emphasis off characters at its edges where Markdown cannot begin or end it."""
    for step in (1, -1):
        i = 0 if step == 1 else len(atoms) - 1
        outside: _Atom | None = None
        while 0 <= i < len(atoms):
            atom = atoms[i]
            begins = getattr(atom, mark) and not (outside and getattr(outside, mark))
            at_word = outside is not None and not (
                outside.kind == "break" or _is_space(outside) or _is_sign(outside)
            )
            if begins and (_is_space(atom) or (at_word and _is_sign(atom))):
                bare = replace(atom, strong=False) if mark == "strong" else replace(atom, em=False)
                atoms[i] = atom = bare
            outside = atom
            i += step


class _Writer:
    """Writes one line as Markdown, character by character."""

    def __init__(self, line: Line, emphasis: tuple[str, str], kind: str) -> None:
        self._strong, self._em = emphasis
        self._kind = kind
        self._atoms = list(_atoms(line))
        self._text = "".join(a.words if a.kind == "text" else "\0" for a in self._atoms)
        self._escaped = set(self._signs_of_lines())
        self._open: list[str] = []
        self._parts: list[str] = []
        for i in range(len(self._atoms)):
            self._change_marks(i)
            self._parts.append(self._said(i))
        self._change_marks(len(self._atoms))
        self.source = "".join(self._parts)

    def _marked(self, i: int, mark: str) -> object:
        return getattr(self._atoms[i], mark) if i < len(self._atoms) else ""

    def _change_marks(self, i: int) -> None:
        """Close the emphasis that ends before this atom; open what begins, the longest first."""
        while any(self._marked(i, m) != self._marked(i - 1, m) for m in self._open):
            closing = self._open.pop()
            self._parts.append(self._closing(closing, i))
        new = [m for m in _MARKS if self._marked(i, m) and m not in self._open]
        for mark in sorted(new, key=lambda m: -self._lasts(i, m)):
            self._open.append(mark)
            self._parts.append({"link": "[", "strong": self._strong, "em": self._em}[mark])

    def _closing(self, mark: str, i: int) -> str:
        if mark != "link":
            return self._strong if mark == "strong" else self._em
        href = str(self._marked(i - 1, "link"))
        return f"](<{href}>)" if re.search(r"[()\s]", href) else f"]({href})"

    def _lasts(self, i: int, mark: str) -> int:
        end = i
        while end < len(self._atoms) and self._marked(end, mark) == self._marked(i, mark):
            end += 1
        return end

    def _said(self, i: int) -> str:
        atom = self._atoms[i]
        match atom.kind:
            case "break":
                return "\\\n"
            case "blank":
                return f"{{{{ {atom.words} }}}}"
            case "open":
                return f"[{atom.words}]"
            case "choice":
                return atom.words
            case "note":
                return f"[^{atom.words}]"
            case "picture":
                words = "".join(map(self._described, re.split(r"([\[\]])", atom.words)))
                src = unquote(atom.src)  # as people write it, where it means the same
                if re.search(r"[<>\\\n{}&]", src) or normalizeLink(src) != atom.src:
                    src = atom.src
                src = f"<{src}>" if re.search(r"[()\s]", src) else src
                width = f"{{width={atom.width}}}" if atom.width else ""
                return f"![{words}]({src}){width}"
        # `check` would take brackets for a blank's, and a bar may rule a table even where escaped
        if (atom.link and atom.words in ("[", "]")) or (
            atom.words == "|" and self._kind == "table"
        ):
            return f"&#{ord(atom.words)};"
        behind = self._atoms[i + 1].kind if i + 1 < len(self._atoms) else ""
        if atom.words == "{" and behind in ("blank", "choice"):
            return '{{ "{" }}'
        return f"\\{atom.words}" if i in self._escaped or self._is_special(i) else atom.words

    def _described(self, words: str) -> str:
        """A part of what describes a picture, which stands in brackets."""
        if words in ("[", "]"):
            return f"&#{ord(words)};"
        return _Writer((Piece("text", words),), _EMPHASES[0], self._kind).source

    def _signs_of_lines(self) -> Iterator[int]:
        """Places of signs that would make a heading, a list or a quotation of their line."""
        breaks = [-1, *(i for i, each in enumerate(self._atoms) if each.kind == "break")]
        for before, end in itertools.pairwise([*breaks, len(self._atoms)]):
            row = self._text[before + 1 : end]
            if _LINE_SIGN.match(row):
                yield before + 1
            if number := _NUMBER_SIGN.match(row):
                yield before + 1 + len(number[1])

    def _is_special(self, i: int) -> bool:
        """Whether the character has a meaning in Markdown or in the letter's language here."""
        text, char = self._text, self._text[i]
        before, behind = text[i - 1 : i], text[i + 1 : i + 2]
        match char:
            case "\\" | "*" | "`":
                return True
            case "_":
                inside = before.isalnum() and behind.isalnum()
                return not inside or bool(self._marked(i, "em"))
            case "<":
                return behind.isalpha() or behind in tuple("/!?")
            case "&":
                return _ENTITY.match(text, i) is not None
            case "[":
                return not _MEANT.match(text, i)
            case "!":
                return bool(self._marked(i + 1, "link")) and not self._marked(i, "link")
            case "{" | "%" | "#":
                is_width = char == "{" and i > 0 and self._atoms[i - 1].kind == "picture"
                return before == "{" or is_width or (char == "#" and self._kind == "heading")
        return False
