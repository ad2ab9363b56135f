"""The layout of a Word file, said so that mammoth carries it over.

mammoth knows styles of paragraphs, runs and tables, and nothing of alignment, indents, the numbers
of a list, the size of a picture, or a table that only puts two things side by side. Nor does it
know what a form has to write on, by hand: the leader of a tab, the height of a cell. So each
paragraph gets one of a few styles of ours, whose names say all that `fromhtml` needs (STYLE_MAP),
and what no letter has words for is told.
"""

from __future__ import annotations

import copy
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from merge.letters.drafts import lengths
from merge.letters.drafts.unplaced import Kind, Unplaced, first_words
from merge.letters.drafts.word_styles import Label, Numbering, Styles
from merge.letters.drafts.word_xml import (
    attribute,
    child,
    descendants,
    ensured,
    is_on,
    make,
    name,
    number,
    packed,
    parse,
    run,
    said,
    set_text,
    text,
    within,
)

_CLASSES = ("", "right", "center", "indent")
STYLE_MAP = "\n".join(
    (
        *(
            f"p.pp-{level}-{kind or 'left'} => "
            f"{f'h{level}' if level else 'p'}{f'.{kind}' if kind else ''}:fresh"
            for level in range(7)
            for kind in _CLASSES
        ),
        "r.pp-number => span.number:fresh",
        "r.pp-line => span.line:fresh",
        "table.pp-layout => table.layout:fresh",
        "br[type='page'] => hr:fresh",
    )
)
"""How mammoth writes the styles that `WordLayout` gives."""

_NUMBERING = "word/numbering.xml"
_LEVELS = 5  # of lists in lists: what mammoth knows
_DEEPER_CM = 0.3  # two items at one height may be set a little apart
_BULLETS, _NUMBERS = "1", "2"
# A line to write on is made of underscores, which are half as wide as the text is high.
_SIGN_CM, _LINE_CM = 0.21, 0.55
_LETTER = 0.85  # of a sign, on average
_WIDEST = 68  # signs on a line of a page of ours
_NARROWEST_CM = 1.0  # a narrower cell parts two others
_HANDED_ON = re.compile(r"\A\ue000([0-9.cm]*)\ue000")


def width_and_words(alt: str | None) -> tuple[str, str]:
    """The width that `WordLayout` wrote into a picture's words ("5cm" or ""), and the words."""
    alt = alt or ""
    if found := _HANDED_ON.match(alt):
        return found[1], alt[found.end() :]
    return "", alt


def _numbering_of_ours(like: Element) -> bytes:
    """Two lists, one of bullets and one of numbers, in the place of the file's own."""
    for each in list(like):
        like.remove(each)
    lists = ((_BULLETS, "bullet"), (_NUMBERS, "decimal"))
    for num_id, form in lists:
        abstract = make(like, "abstractNum", abstractNumId=num_id)
        for level in range(_LEVELS):
            lvl = make(like, "lvl", ilvl=str(level))
            lvl.append(make(like, "numFmt", val=form))
            abstract.append(lvl)
        like.append(abstract)
    for num_id, _ in lists:
        num = make(like, "num", numId=num_id)
        num.append(make(like, "abstractNumId", val=num_id))
        like.append(num)
    return packed(like)


class WordLayout:
    """Rewrites the texts of the file that has these parts.

    `told` is what cannot be kept; `numbering` is the part that the numbers of its lists ask for.
    """

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        numbering = parts.get(_NUMBERING)
        self._styles = Styles(parts.get("word/styles.xml"))
        self._numbering = Numbering(numbering)
        self.numbering = {_NUMBERING: _numbering_of_ours(parse(numbering))} if numbering else {}
        # The level and the indent of the list items that the next one may stand in.
        self._open: list[tuple[int, float]] = []
        self._is_note = False
        self.told: list[Unplaced] = []

    def rewrite(self, root: Element, *, is_note: bool) -> None:
        """One part."""
        self._open = []
        self._is_note = is_note
        self._sections(root)
        self._blocks(root, in_cell=False)

    def _tell(self, kind: Kind, words: str, around: Element | None = None) -> None:
        self.told.append(
            Unplaced(
                kind=kind, words=words, place="" if around is None else first_words(said(around))
            )
        )

    # --- blocks -----------------------------------------------------------------------------------

    def _blocks(self, parent: Element, *, in_cell: bool) -> None:
        for element in list(parent):
            match name(element):
                case "p":
                    self._paragraph(element, in_cell=in_cell)
                case "tbl":
                    self._open = []
                    self._table(element, in_cell=in_cell)
                    self._open = []
                case "pPr" | "rPr" | "tblPr" | "sectPr":
                    pass
                case _:  # what frames blocks: a content control, a note, the body itself
                    self._blocks(element, in_cell=in_cell)

    def _table(self, table: Element, *, in_cell: bool) -> None:
        rows = list(within(table, "tbl", "tr"))
        cells = [list(within(row, "tbl", "tc")) for row in rows]
        is_bare = len(rows) == 1 and not self._styles.has_borders(table)
        is_frame = max(map(len, cells), default=0) == 1
        is_form = self._styles.has_borders(table) and _boxes(table, rows, cells)
        is_layout = not in_cell and (is_bare or is_frame) and not is_form
        if is_layout:
            style = ensured(ensured(table, "tblPr"), "tblStyle")
            style.attrib.clear()
            style.attrib.update(make(style, "tblStyle", val="pp-layout").attrib)
            self._tell("layout", first_words(said(table)))
        elif in_cell:
            self._tell("nested", first_words(said(table)))
        for cell in itertools.chain.from_iterable(cells):
            self._open = []
            self._blocks(cell, in_cell=not is_layout)
        for row in rows:
            for _ in range(min(number(child(child(row, "trPr"), "gridBefore"), "val"), 9)):
                empty = make(row, "tc")
                empty.append(make(row, "p"))
                row.insert(0 if child(row, "trPr") is None else 1, empty)
        if len(rows) > 1 and (self._styles.has_head(table) or _is_bold_row(cells[0])):
            properties = ensured(rows[0], "trPr")
            if child(properties, "tblHeader") is None:
                properties.append(make(properties, "tblHeader"))

    # --- a paragraph ------------------------------------------------------------------------------

    def _paragraph(self, paragraph: Element, *, in_cell: bool) -> None:
        for equation in list(within(paragraph, "txbxContent", "oMath")):
            words = "".join(each.text or "" for each in descendants(equation, "t"))
            equation[:] = [text(paragraph, words)]
            equation.tag = make(paragraph, "r").tag
            self._tell("look", "equation", paragraph)
        self._lines(paragraph)
        heading = self._styles.heading(paragraph)
        self._runs(paragraph, is_heading=heading > 0)
        label = self._label(paragraph)
        left_cm = self._styles.left_cm(paragraph, label.left_cm if label else 0)
        kind, breaks = self._kind(paragraph, label), self._breaks_before(paragraph)
        for box in list(within(paragraph, "txbxContent", "txbxContent")):
            self._tell("box", said(box), paragraph)
            self._open = []
            self._blocks(box, in_cell=in_cell)
        has_words = any(True for _ in within(paragraph, "", "t", "drawing", "pict", "sym"))
        properties = ensured(paragraph, "pPr")
        for called in ("numPr", "pStyle"):
            if (found := child(properties, called)) is not None:
                properties.remove(found)
        if label and label.kind and has_words and not heading:
            level = self._level(label.level, left_cm)
            numbering = make(properties, "numPr")
            numbering.append(make(numbering, "ilvl", val=str(level)))
            num_id = _BULLETS if label.kind == "bullet" else _NUMBERS
            numbering.append(make(numbering, "numId", val=num_id))
            properties.append(numbering)
            if label.kind == "number":
                paragraph.insert(1, _styled_run(paragraph, "pp-number", str(label.number)))
        else:
            if has_words:
                self._open = []
            if label and label.words and has_words:
                paragraph.insert(1, run(text(paragraph, f"{label.words} ")))
            style = f"pp-{heading}-{kind or 'left'}"
            properties.append(make(properties, "pStyle", val=style))
        if breaks:
            paragraph.insert(1, run(make(paragraph, "br", type="page")))
            self._open = []

    def _label(self, paragraph: Element) -> Label | None:
        num_id = attribute(self._styles.of_paragraph(paragraph, "numPr", "numId"), "val")
        level = number(self._styles.of_paragraph(paragraph, "numPr", "ilvl"), "val")
        return self._numbering.next(num_id, level) if num_id != "0" else None

    def _level(self, level: int, left_cm: float) -> int:
        """How deep an item stands, counted by the items around it that are there; what a style
        ("Liste à puces 2") sets further to the right is one of another list, and stands deeper.
        """
        around = [e for e in self._open if e[0] < level or e[1] < left_cm - _DEEPER_CM]
        self._open = [*around[: _LEVELS - 1], (level, left_cm)]
        return len(self._open) - 1

    def _kind(self, paragraph: Element, label: Label | None) -> str:
        """How its block is set: a name of _CLASSES."""
        jc = attribute(self._styles.of_paragraph(paragraph, "jc"), "val")
        if jc in ("right", "end"):
            return "right"
        if jc == "center":
            return "center"
        if label and label.kind:
            return ""
        if label:  # a heading with its number begins where headings do
            return "indent" if label.level > 0 and not self._styles.heading(paragraph) else ""
        kind, lost = lengths.indent(
            self._styles.left_cm(paragraph),
            self._styles.indent_cm(paragraph, "firstLine") if said(paragraph) else 0,
            _leading_tabs(paragraph),
        )
        for look in lost:
            self._tell("look", look, paragraph)
        return kind

    def _breaks_before(self, paragraph: Element) -> bool:
        return is_on(self._styles.of_paragraph(paragraph, "pageBreakBefore"))

    def _sections(self, root: Element) -> None:
        """A section that begins on a page of its own begins with a page break."""
        paragraphs = [*descendants(root, "p")]
        sections = [child(child(each, "pPr"), "sectPr") for each in paragraphs]
        body = child(root, "body")
        begun = child(body, "sectPr")  # a section is described where it ends
        for i in reversed(range(len(paragraphs))):
            section = sections[i]
            if section is None:
                continue
            if attribute(child(section, "cols"), "num") not in ("", "1"):
                self._tell("look", "columns", paragraphs[i])
            is_new_page = attribute(child(begun, "type"), "val") not in ("continuous", "nextColumn")
            following = paragraphs[i + 1 : i + 2]
            if is_new_page and not any(map(self._breaks_before, following)):
                paragraphs[i].append(run(make(paragraphs[i], "br", type="page")))
            begun = section

    def _lines(self, paragraph: Element) -> None:
        """Write a tab with a leader, and what is underlined and empty, as lines to write on."""
        tabs = self._styles.tabs(paragraph)
        a_cm = min(1 / _SIGN_CM, _WIDEST / max((cm for cm, _, _ in tabs if cm > 0), default=1))
        stops = [(cm * a_cm, val, led) for cm, val, led in tabs]
        pieces = [
            (around, each)
            for around in within(paragraph, "txbxContent", "r")
            for each in around
            if name(each) in ("t", "tab", "br")
        ]
        line: Element | None = None
        at = begins = self._styles.left_cm(paragraph) / _SIGN_CM
        for i, (around, piece) in enumerate(pieces):
            words = piece.text or ""
            properties = child(around, "rPr")
            is_led = properties is not None and "underline" in _looks(properties)
            taken = 0.0
            if name(piece) == "br":
                line, at = None, begins
                continue
            signs = len(words) * (_LETTER if words.strip() else _LETTER / 2)
            if name(piece) == "tab":
                words_behind = itertools.takewhile(lambda e: name(e[1]) == "t", pieces[i + 1 :])
                width = sum(_LETTER * len(each.text or "") for _, each in words_behind)
                standard = (at // _TAB + 1) * _TAB, "left", ""
                stop, val, led = next((each for each in stops if each[0] > at), standard)
                is_led |= led not in ("", "none")
                taken = {"right": width, "end": width, "center": width / 2}.get(val, 0.0)
                signs = stop - taken - at
            elif len(words) < 3 or words.strip():
                is_led = False
            signs = min(signs, _WIDEST - taken - at % _WIDEST)
            if not is_led or signs < 1:
                line = None
            elif line is not None:  # one tab behind the other
                line.text = (line.text or "") + "_" * int(signs)
                around.remove(piece)
            else:
                around[[*around].index(piece)] = made = _line(piece, int(signs))
                line = child(made, "t")
            if line is not None:
                behind = "".join(each.text or "" for _, each in pieces[i + 1 : i + 2])
                if behind[:1].isalnum():
                    set_text(pieces[i + 1][1], f" {behind}")
            at += max(signs, 0)

    # --- runs -------------------------------------------------------------------------------------

    def _runs(self, paragraph: Element, *, is_heading: bool) -> None:
        for element in within(paragraph, "txbxContent", "r"):
            properties = child(element, "rPr")
            is_written = any((t.text or "").strip() for t in element if name(t) == "t")
            if not is_heading:
                for toggle in ("b", "i"):
                    if self._styles.is_on_by_style(element, paragraph, toggle):
                        ensured(element, "rPr").append(make(element, toggle))
            if is_written and properties is not None:
                for look in _looks(properties):
                    self._tell("look", look, paragraph)
            is_set = is_heading or self._is_note  # in a size of its own
            if is_written and not is_set and self._styles.is_of_other_size(element, paragraph):
                self._tell("look", "size", paragraph)
        for drawing in within(paragraph, "txbxContent", "inline", "anchor"):
            self._picture(drawing, paragraph)
        for shape in within(paragraph, "txbxContent", "shape", "rect"):
            _vml_picture(shape)

    def _picture(self, drawing: Element, paragraph: Element) -> None:
        properties = child(drawing, "docPr")
        if not any(True for _ in descendants(drawing, "blip")):
            if not any(True for _ in descendants(drawing, "txbxContent")):
                self._tell("picture", attribute(properties, "name") or "…")  # drawn, or a chart
            return
        if properties is None:
            properties = make(drawing, "docPr")
            drawing.append(properties)
        words = attribute(properties, "descr").strip() or attribute(properties, "title")
        width_cm = lengths.cm_of_emu(number(child(drawing, "extent"), "cx"))
        properties.set("descr", _handed_on(width_cm, words))
        if name(drawing) == "anchor":
            self._tell("look", "position", paragraph)


_TAB = 1.25 / _SIGN_CM


def _line(like: Element, signs: int, below: int = 0) -> Element:
    """A line to write on, below so many empty ones."""
    return _styled_run(like, "pp-line", "\n" * below + "_" * max(signs, 3))


def _boxes(table: Element, rows: Sequence[Element], cells: Sequence[Sequence[Element]]) -> bool:
    """Give each cell that is to be filled in by hand its width and height; whether there is one.
    So are the empty ones of a column that says nothing below its head, and those of a row that is
    made high.
    """
    grid = [lengths.cm_of_twips(number(each, "w")) for each in within(table, "tr", "gridCol")]
    scale = min(1, _WIDEST * _SIGN_CM / sum(grid)) if any(grid) else 1
    placed = [list(_placed(each)) for each in cells]
    said_in = Counter(at for row in placed for at, _, cell in row if not _is_empty(cell))
    heads = {at for at, _, cell in (placed[0] if len(rows) > 1 else ()) if not _is_empty(cell)}
    found = False
    for element, row in zip(rows, placed, strict=True):
        high_cm = lengths.cm_of_twips(number(child(child(element, "trPr"), "trHeight"), "val"))
        for at, across, cell in row:
            paragraphs = [*descendants(cell, "p")]
            high = max(round(high_cm / _LINE_CM), len(paragraphs))
            is_open = high > 1 or said_in[at] == (at in heads)
            width_cm = sum(grid[at : at + across])
            if _is_empty(cell) and is_open and width_cm >= _NARROWEST_CM:
                signs = int(scale * width_cm / _SIGN_CM) - 2
                paragraphs[-1].append(_line(cell, signs, below=high - 1))
                found = True
    return found


def _placed(row: Iterable[Element]) -> Iterator[tuple[int, int, Element]]:
    """The cells of a row, each with its first column of the grid and how many it takes."""
    column = 0
    for cell in row:
        across = number(child(child(cell, "tcPr"), "gridSpan"), "val", 1)
        yield column, across, cell
        column += across


def _is_empty(cell: Element) -> bool:
    """Whether it says and shows nothing, and is not the rest of a cell above."""
    merged = child(child(cell, "tcPr"), "vMerge")
    has_more = any(True for _ in descendants(cell, "drawing", "pict", "sym", "tbl", "tab"))
    is_rest = merged is not None and attribute(merged, "val") != "restart"
    return not (said(cell) or has_more or is_rest)


def _handed_on(width_cm: float, words: str) -> str:
    """A picture's words with its width before them: mammoth keeps nothing else of a picture."""
    return f"\ue000{lengths.width(width_cm)}\ue000{words}"


_INLINE = parse(
    b"""<wp:inline
    xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
    xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
    xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><wp:docPr/><a:graphic>
    <a:graphicData><pic:pic><pic:blipFill><a:blip/></pic:blipFill></pic:pic></a:graphicData>
    </a:graphic></wp:inline>"""
)


_VML_WIDTH = re.compile(r"(?:^|;)\s*width:\s*([0-9.]+[a-z]*)\s*(?:;|$)")


def _vml_picture(shape: Element) -> None:
    """A picture of an old Word becomes one of a new: mammoth reads no size or words of the old."""
    found = _VML_WIDTH.search(attribute(shape, "style"))
    width_cm = lengths.cm(found[1]) if found else 0
    for data in list(shape):
        if name(data) != "imagedata":
            continue
        inline = copy.deepcopy(_INLINE)
        for properties in descendants(inline, "docPr"):
            properties.set("descr", _handed_on(width_cm, attribute(data, "title")))
        for blip in descendants(inline, "blip"):
            blip.attrib.update(
                {
                    f"{key[:-2]}embed": said
                    for key, said in data.attrib.items()
                    if key.endswith("}id") and "relationships" in key
                }
            )
        shape[list(shape).index(data)] = inline


def _styled_run(like: Element, style: str, words: str) -> Element:
    made = run(text(like, words))
    properties = make(like, "rPr")
    properties.append(make(like, "rStyle", val=style))
    made.insert(0, properties)
    return made


def _leading_tabs(paragraph: Element) -> int:
    tabs = 0
    for element in within(paragraph, "pPr", "tab", "t", "br"):
        if name(element) == "t" and (element.text or "").strip():
            return tabs
        if name(element) == "tab":
            tabs += 1
    return 0


def _is_bold_row(cells: list[Element]) -> bool:
    """Whether all that the cells say is bold, as most people write a table's head."""
    texts = 0
    for cell in cells:
        for element in descendants(cell, "r"):
            if any((each.text or "").strip() for each in descendants(element, "t")):
                texts += 1
                if not is_on(child(child(element, "rPr"), "b")):
                    return False
    return texts > 0


def _looks(properties: Element) -> Iterator[str]:
    """What of a run's look no letter has words for."""
    underline = attribute(child(properties, "u"), "val")
    if underline not in ("", "none", "0", "false"):
        yield "underline"
    colours = (attribute(child(properties, each), "val") for each in ("color", "highlight"))
    if any(each.casefold() not in ("", "auto", "000000", "none") for each in colours):
        yield "colour"
    if is_on(child(properties, "caps")) or is_on(child(properties, "smallCaps")):
        yield "capitals"
