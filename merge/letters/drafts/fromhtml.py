"""Simple HTML → the Markdown of a letter: paragraphs, headings, lists, tables, emphasis, links …

Written here, because what a letter can hold is a small part of Markdown, and because its words must
be escaped as those of plain text are: with blanks that stay and braces that open nothing.
Underlining and colour become plain words; raised and lowered digits are signs of their own, and
letters plain words. What is struck out (`s`) is left out: the
author meant it to be gone.

Beyond HTML's own, the classes "right", "center" and "indent" of a block are fenced divs, a table
of the class "layout" becomes the blocks in it, `hr` is a page break, `<span class="number">` is the
number of a list's item, `<span class="line">` a line to write on by hand, below an empty one for
each of its line feeds, and a link to "#footnote-…" is a note whose words stand in an item with
that id.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from merge.letters.drafts import word_xml as xml
from merge.letters.drafts.plain import escaped, line_start_escaped
from merge.letters.drafts.unplaced import Kind, Unplaced, first_words


@dataclass(frozen=True, slots=True)
class Converted:
    """The Markdown, and what of the HTML it does not say."""

    markdown: str
    unplaced: tuple[Unplaced, ...]


def read(html: str) -> Converted:
    """The Markdown that says what the well-formed `html` says.

    A picture without a file becomes a blank with its words.
    """
    reader = _HtmlReader()
    tree = ElementTree.fromstring(f"<div>{html}</div>")  # noqa: S314 - written here just now
    return Converted(reader.letter(tree), tuple(reader.unplaced))


def _words(element: Element) -> str:
    words = ""
    for node in _nodes(element):
        if isinstance(node, str):
            words += node
        else:
            words += _words(node) + (" " if node.tag in _ENDING or node.tag in _BLOCKS else "")
    return words


def _nodes(element: Element) -> Iterator[_Node]:
    """What an element holds, in order."""
    if element.text:
        yield element.text
    for child in element:
        yield child
        if child.tail:
            yield child.tail


_Node: TypeAlias = Element | str
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TABLE = ("table", "thead", "tbody", "tr", "td", "th")
_BLOCKS = frozenset(("p", "div", "ul", "ol", "li", "dl", "dt", "dd", *_HEADINGS, *_TABLE))
_ENDING = ("br", "hr")
_BREAK = "\\\n"
_PAGE = "\ue001"  # a page break, until its paragraph is taken apart there
_NEW_PAGE = "\\newpage"
_NOTES = re.compile("(?:foot|end)note-")


# --- blocks -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of Markdown. `kind` is the div that it stands in, `list_mark` that of a list."""

    text: str
    kind: str = ""
    list_mark: str = ""
    interrupts: bool = False  # a list that may follow a line of its item at once


class _HtmlReader:
    def __init__(self) -> None:
        self.unplaced: list[Unplaced] = []
        self._place = ""

    def _tell(self, kind: Kind, words: str, place: str = "") -> None:
        self.unplaced.append(Unplaced(kind=kind, words=words, place=place))

    def letter(self, tree: Element) -> str:
        """The whole Markdown."""
        blocks = list(self._blocks(_nodes(tree)))
        while blocks and blocks[-1].text == _NEW_PAGE:  # nobody wants an empty last page
            blocks.pop()
        parts: list[str] = []
        for kind, group in itertools.groupby(blocks, key=lambda block: block.kind):
            inside = "\n\n".join(block.text for block in group)
            parts.append(f"::: {kind}\n{inside}\n:::" if kind else inside)
        return "\n\n".join(parts) + "\n"

    def _blocks(self, nodes: Iterable[_Node], kind: str = "") -> Iterator[_Block]:
        loose: list[_Node] = []  # what stands between two blocks is a paragraph
        mark = ""
        for node in nodes:
            if isinstance(node, str) or node.tag not in _BLOCKS:
                loose.append(node)
                continue
            for block in itertools.chain(
                self._paragraph(loose, kind), self._block(node, kind, before=mark)
            ):
                mark = block.list_mark
                yield block
            loose = []
        yield from self._paragraph(loose, kind)

    def _block(self, node: Element, kind: str, *, before: str) -> Iterator[_Block]:
        kind = _kind(node) or kind
        if node.tag in ("ul", "ol"):
            if any(_NOTES.match(item.attrib.get("id", "")) for item in node):
                yield from self._notes(node)
            elif (made := self._list(node, before)).text:
                yield replace(made, kind=kind)
        elif node.tag in _HEADINGS:
            yield from self._paragraph(list(_nodes(node)), kind, "#" * int(node.tag[1]))
        elif node.tag == "table" and "layout" not in node.attrib.get("class", ""):
            if text := self._table(node):
                yield _Block(text, kind)
        else:
            inner = list(_nodes(node))
            if node.tag == "p" and not any(_is_block(each) for each in inner):
                yield from self._paragraph(inner, kind)
            else:
                yield from self._blocks(inner, kind)

    def _paragraph(self, nodes: list[_Node], kind: str, heading: str = "") -> Iterator[_Block]:
        pieces = self._inline(nodes).split(_PAGE)
        for i, piece in enumerate(pieces):
            if i:
                yield _Block(_NEW_PAGE)
            words = _BREAKS_AROUND.sub("", piece)
            if words and heading:
                yield _Block(f"{heading} {words.replace(_BREAK, ' ')}", kind)
            elif words:
                yield _Block(_BREAK.join(map(line_start_escaped, words.split(_BREAK))), kind)

    def _list(self, element: Element, before: str) -> _Block:
        """A list whose mark is not that of the list just before: they would become one."""
        marks = (".", ")") if element.tag == "ol" else ("-", "+")
        mark = marks[1] if before == marks[0] else marks[0]
        first = number = xml.number(element, "start", 1) - 1
        items: list[str] = []
        for item in element.iterfind("li"):
            said = next(iter(item.iterfind(".//span[@class='number']")), None)
            after = number + 1 if said is None else xml.whole(said.text or "", number + 1)
            if items and element.tag == "ol" and after != number + 1:
                mark = marks[1] if mark == marks[0] else marks[0]
            first = first if items else after
            number = after
            bullet = f"{number}{mark} " if element.tag == "ol" else f"{mark} "
            inside = self._item(item)
            if inside:
                items.append(bullet + re.sub(r"\n(?=[^\n])", "\n" + " " * len(bullet), inside))
        return _Block(
            "\n".join(items), list_mark=mark, interrupts=element.tag == "ul" or first == 1
        )

    def _item(self, item: Element) -> str:
        inside = ""
        for block in self._blocks(_nodes(item)):
            if block.text == _NEW_PAGE:
                self._tell("look", "page-break", first_words(_words(item)))
                continue
            gap = "\n" if block.interrupts and "\n\n" not in inside else "\n\n"
            inside += f"{gap if inside else ''}{block.text}"
        return inside

    def _notes(self, element: Element) -> Iterator[_Block]:
        for number, item in enumerate(element.iterfind("li"), 1):
            words = self._item(item)
            yield _Block(f"[^{number}]: " + re.sub(r"\n(?=[^\n])", "\n    ", words))

    # --- tables -----------------------------------------------------------------------------------

    def _table(self, table: Element) -> str:
        """A pipe table: the words of merged cells are said in each row, and in one column."""
        rows, heads, is_merged = _grid(table)
        width = max((max(row, default=-1) + 1 for row in rows), default=0)
        if not width:
            return ""
        if is_merged:
            self._tell("merged", first_words(_words(table)))
        texts: dict[int, str] = {}
        lines: list[list[str]] = []
        for i, row in enumerate(rows):
            is_head = i == 0 and heads > 0
            line: list[str] = []
            for column in range(width):
                cell = row.get(column)
                if cell is not None and id(cell) not in texts:
                    texts[id(cell)] = self._cell(cell, is_head=is_head)
                line.append("" if cell is None else texts[id(cell)])
            lines.append(line)
        if not heads:
            lines.insert(0, [""] * width)
            rows.insert(0, {})
        aligned = [_column_alignment([row.get(i) for row in rows[1:]]) for i in range(width)]
        return "\n".join(map(_row, (lines[0], aligned, *lines[1:])))

    def _cell(self, cell: Element, *, is_head: bool) -> str:
        lines = (_BREAK.join(self._lines(_nodes(cell), is_head=is_head))).split(_BREAK)
        text = "<br>".join(words for line in lines if (words := line.strip()))
        if _PAGE in text:
            self._tell("look", "page-break", first_words(_words(cell)))
        return _PIPE.sub(lambda found: found["tag"] or "\\|", text.replace(_PAGE, ""))

    def _lines(self, nodes: Iterable[_Node], *, is_head: bool) -> Iterator[str]:
        """What a cell says, a paragraph or an item a line: no block can stand in it."""
        loose: list[_Node] = []
        for node in (*nodes, None):
            if node is not None and not _is_block(node):
                loose.append(node)
                continue
            if loose:
                yield self._inline(loose, keeps_bold=not is_head)
                loose = []
            if not isinstance(node, Element):
                continue
            if node.tag in _HEADINGS and not is_head:
                words = self._inline(_nodes(node), keeps_bold=False)
                yield f"**{words}**" if words else ""
            elif node.tag in ("ul", "ol"):
                number = xml.number(node, "start", 1)
                for item in node.iterfind("li"):
                    said = next(iter(item.iterfind("span[@class='number']")), None)
                    number = number if said is None else xml.whole(said.text or "", number)
                    before = "–" if node.tag == "ul" else f"{number}."
                    number += 1
                    for words in self._lines(_nodes(item), is_head=is_head):
                        yield f"{before} {words}" if words else ""
                        before = ""
            elif node.tag == "tr":
                cells = (self._lines(_nodes(cell), is_head=is_head) for cell in node)
                yield " ; ".join(filter(None, (" ".join(lines) for lines in cells)))
            else:
                yield from self._lines(_nodes(node), is_head=is_head)

    # --- inside a paragraph -----------------------------------------------------------------------

    def _inline(self, nodes: Iterable[_Node], *, keeps_bold: bool = True) -> str:
        nodes = list(nodes)
        self._place = first_words(
            "".join(node if isinstance(node, str) else _words(node) for node in nodes)
        )
        runs = _whole_words(list(_single_spaced(self._runs(nodes, _Run("")))))
        if not keeps_bold:
            runs = [replace(run, bold=False) for run in runs]
        parts: list[str] = []
        for href, group in itertools.groupby(runs, key=lambda run: run.href):
            inside = _emphasised(list(group), "bold")
            parts.append(_link(inside, href) if href else inside)
        return _BREAKS_AROUND.sub("", "".join(parts))

    def _raised(self, words: str, tag: str) -> str:
        """The words of a `sup` or `sub`; "1er" says the same at the height of the line."""
        said = words.strip()
        if tag and {*said} <= _RAISED[tag].keys():
            return "".join(_RAISED[tag].get(each, each) for each in words)
        if tag and not _ORDINAL.fullmatch(said):
            self._tell("look", "raised", self._place)
        return words

    def _runs(self, nodes: Iterable[_Node], form: _Run) -> Iterator[_Run]:
        for node in nodes:
            if isinstance(node, str):
                words = re.sub(r"[ \t\r\n]+", " ", node).replace(_PAGE, "")
                yield replace(form, text=self._raised(words, form.raised))
            elif node.tag == "s":
                if words := " ".join(_words(node).split()):
                    self._tell("struck", words, self._place)
            elif node.tag in _ENDING:
                yield replace(form, source=_BREAK if node.tag == "br" else _PAGE)
            elif node.tag == "img":
                yield replace(form, source=_picture(node))
            elif node.tag == "input":  # the checkbox of a form, as Word draws it
                yield replace(form, text="☒" if "checked" in node.attrib else "☐")
            elif node.tag == "a" and (note := _NOTE.match(node.attrib.get("href", ""))):
                if not note["back"]:
                    number = "".join(node.itertext()).strip("[]")
                    yield replace(form, source=f"[^{number}]")
            elif node.attrib.get("class") == "line":
                words = node.text or ""
                source = "<br>" * words.count("\n") + "\\_" * words.count("_")
                yield from (_Run(" "), _Run("", source=source))
            elif node.attrib.get("class") != "number":
                href = node.attrib.get("href", "") if node.tag == "a" else ""
                yield from self._runs(
                    _nodes(node),
                    replace(
                        form,
                        bold=form.bold or node.tag in ("strong", "b"),
                        italic=form.italic or node.tag in ("em", "i"),
                        raised=node.tag if node.tag in _RAISED else form.raised,
                        href=form.href or ("" if href.startswith("#") else href),
                    ),
                )


def _is_block(node: _Node) -> bool:
    return isinstance(node, Element) and node.tag in _BLOCKS


def _kind(node: Element) -> str:
    classes = node.attrib.get("class", "").split()
    return next((each for each in ("right", "center", "indent") if each in classes), "")


# A blank with its filters will be a tag.
_PIPE = re.compile(
    r"(?P<tag>\{\{.*?\}\}|\{%.*?%\}|\[[^\[\]|]+(?:\|[a-z_]+(?:\(\"[^\"|]*\"\))?)+\])|\|"
)
_SPAN_AT_MOST = 100  # columns or rows that a cell may say it takes


def _grid(table: Element) -> tuple[list[dict[int, Element]], int, bool]:
    """The cells by row and column, how many rows are head, and whether any are merged.

    A cell over rows stands in each of them, one over columns in the first of them.
    """
    head, body = [], []
    for part in table:
        if part.tag == "thead":
            head += list(part)
        else:
            body += [part] if part.tag == "tr" else list(part)
    rows: list[dict[int, Element]] = [{} for _ in (*head, *body)]
    taken: set[tuple[int, int]] = set()
    is_merged = False
    for i, row in enumerate((*head, *body)):
        column = 0
        for cell in row:
            while (i, column) in taken:
                column += 1
            across = min(xml.number(cell, "colspan", 1), _SPAN_AT_MOST)
            down = min(xml.number(cell, "rowspan", 1), len(rows) - i)
            is_merged |= across > 1 or down > 1
            for below in range(i, i + max(1, down)):
                taken |= {(below, column + k) for k in range(across)}
                rows[below][column] = cell
            for below in range(i, i + max(1, down)):  # the width, where the last cell is wide
                rows[below].setdefault(column + across - 1, _NOTHING)
    return rows, len(head), is_merged


_NOTHING = Element("td")


def _column_alignment(cells: list[Element | None]) -> str:
    """How most cells of a column are set that say anything."""
    kinds = Counter(
        next((kind for each in cell.iter() if (kind := _kind(each))), "")
        for cell in cells
        if cell is not None and _words(cell).strip()
    )
    most = kinds.most_common(1)[0][0] if kinds else ""
    return {"right": "--:", "center": ":-:"}.get(most, "---")


def _row(cells: Iterable[str]) -> str:
    return "|" + "".join(f" {cell} |" if cell else " |" for cell in cells)


def _picture(node: Element) -> str:
    alt = re.sub(r"[\[\]\\{}]", "", " ".join(node.attrib.get("alt", "").split()))
    file, width = node.attrib.get("src", ""), node.attrib.get("width", "")
    if not file:
        return f"[{alt}]"
    return f"![{alt}]({file})" + (f"{{width={width}}}" if width else "")


# --- runs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Run:
    """Words of one form. `source` is Markdown already where it is set."""

    text: str
    bold: bool = False
    italic: bool = False
    href: str = ""
    source: str = ""
    raised: str = ""  # "sup" or "sub"


_RAISED = {
    "sup": dict(zip("123456789", "¹²³⁴⁵⁶⁷⁸⁹", strict=True)),  # few fonts have a zero
    "sub": dict(zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True)),
}
_ORDINAL = re.compile(r"(?:ers?|[rn]?d?es?|[eèé]mes?|r?os?|a|st|nd|rd|th|mes?|lles?|r|)\.?")
_BREAKS_AROUND = re.compile(r"\A(?:\\\n|\s)+|(?:\\\n|\s)+\Z")
# How mammoth writes the mark of a footnote, and the arrow that leads back to it.
_NOTE = re.compile(r"#(?:foot|end)note-(?P<back>ref-)?")


def _single_spaced(runs: Iterable[_Run]) -> Iterator[_Run]:
    """The runs, without a space at the beginning of one behind a space at the end of another."""
    ends_in_space = False
    for run in runs:
        if ends_in_space and run.text.startswith(" "):
            run = replace(run, text=run.text[1:])
        if run.text or run.source:
            ends_in_space = run.text.endswith(" ")
            yield run


_SIGNS = r"(?:[^\w\[\]{}]|_)+"  # a blank or a tag is no sign
_SIGNS_BEFORE = re.compile(rf"\A{_SIGNS}")
_SIGNS_AFTER = re.compile(rf"{_SIGNS}\Z")


def _whole_words(runs: list[_Run]) -> list[_Run]:
    """The runs, with emphasis as Markdown can have it.

    No mark stands beside a space on its inner side. None stands between a letter and a sign such as
    a full stop: the sign moves out. Where two looks touch inside a word, bold wins over italics.
    """
    loose: list[_Run] = []
    for i, run in enumerate(runs):
        if run.source or not (run.bold or run.italic):
            loose.append(run)
            continue
        words = run.text.strip()
        start = run.text.find(words)
        before, after = run.text[:start], run.text[start + len(words) :]
        left = _touching(runs, i - 1, -1) if not before else None
        right = _touching(runs, i + 1, 0) if not after else None
        if left and (signs := _SIGNS_BEFORE.search(words)):
            before, words = before + signs[0], words[signs.end() :]
        if right and (signs := _SIGNS_AFTER.search(words)):
            after, words = signs[0] + after, words[: signs.start()]
        looks = [each for each in (left, right) if each and _look(each) not in (_look(run), _PLAIN)]
        italic = run.italic and not looks
        loose += [
            replace(run, text=text, bold=is_set and run.bold, italic=is_set and italic)
            for text, is_set in ((before, False), (words, True), (after, False))
        ]
    return [run for run in loose if run.text or run.source]


def _touching(runs: list[_Run], i: int, end: int) -> _Run | None:
    """Run i, if it is there and its text has no space at that end."""
    if not 0 <= i < len(runs) or not runs[i].text or runs[i].text[end].isspace():
        return None
    return runs[i]


_PLAIN = (False, False)


def _look(run: _Run) -> tuple[bool, bool]:
    return run.bold, run.italic


def _emphasised(runs: list[_Run], form: str) -> str:
    """The runs of one link; bold is set around italics."""
    if form == "none":
        return "".join(run.source or escaped(run.text) for run in runs)
    inner, mark = ("italic", "**") if form == "bold" else ("none", "*")
    parts: list[str] = []
    # A space between two bold words is bold.
    for is_set, group in itertools.groupby(_bridged(runs, form), key=lambda pair: pair[1]):
        inside = _emphasised([run for run, _ in group], inner)
        parts.append(f"{mark}{inside}{mark}" if is_set else inside)
    return "".join(parts)


def _bridged(runs: list[_Run], form: str) -> Iterator[tuple[_Run, bool]]:
    for i, run in enumerate(runs):
        is_set = bool(getattr(run, form))
        if (run.text.isspace() or run.source == "\\\n") and 0 < i < len(runs) - 1:
            is_set = bool(getattr(runs[i - 1], form)) and bool(getattr(runs[i + 1], form))
        elif run.source == "\\\n":
            is_set = False
        yield run, is_set


def _link(inside: str, href: str) -> str:
    """The link; a `)` or a space in its address would end it."""
    for sign, written in ((" ", "%20"), ("(", "%28"), (")", "%29"), ("<", "%3C"), (">", "%3E")):
        href = href.replace(sign, written)
    href = re.sub(r"[{}\\]", lambda found: f"%{ord(found[0]):02X}", href)
    return f"[{inside}]({href})" if inside.strip() else inside
