"""What the styles and lists of a Word file say of a paragraph, a run, a table.

Source: ECMA-376 Part 1, §17.7 (styles) and §17.9 (numbering).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from merge.letters.drafts import lengths, word_xml
from merge.letters.drafts.word_xml import attribute, child, descendants, is_on, name

_CHAIN_AT_MOST = 20  # styles that are based on one another: a circle must end


class Styles:
    """The part `styles.xml`; None where the file has none."""

    def __init__(self, part: bytes | None) -> None:
        root = None if part is None else word_xml.parse(part)
        self._by_id: dict[str, Element] = {}
        self._usual: dict[str, str] = {}  # style of each type for what names none
        self._defaults = None if root is None else child(root, "docDefaults")
        for style in () if root is None else descendants(root, "style"):
            self._by_id[attribute(style, "styleId")] = style
            if attribute(style, "default") in ("1", "true", "on"):
                self._usual.setdefault(attribute(style, "type"), attribute(style, "styleId"))

    def _chain(self, kind: str, style_id: str) -> Iterator[Element]:
        style_id = style_id or self._usual.get(kind, "")
        for _ in range(_CHAIN_AT_MOST):
            style = self._by_id.get(style_id)
            if style is None:
                return
            yield style
            style_id = attribute(child(style, "basedOn"), "val")

    def _of_paragraph(self, paragraph: Element) -> Iterator[Element | None]:
        """What says how a paragraph is set: itself, its styles, the file. The first one wins."""
        own = child(paragraph, "pPr")
        yield own
        for style in self._chain("paragraph", attribute(child(own, "pStyle"), "val")):
            yield child(style, "pPr")
        yield child(child(self._defaults, "pPrDefault"), "pPr")

    def _of_run(self, run: Element, paragraph: Element) -> Iterator[Element | None]:
        """What says how words look: they themselves, their styles, their paragraph's, the file."""
        own = child(run, "rPr")
        yield own
        if style_id := attribute(child(own, "rStyle"), "val"):
            for style in self._chain("character", style_id):
                yield child(style, "rPr")
        style_id = attribute(child(child(paragraph, "pPr"), "pStyle"), "val")
        yield from self._of_words(style_id)

    def _of_words(self, style_id: str) -> Iterator[Element | None]:
        for style in self._chain("paragraph", style_id):
            yield child(style, "rPr")
        yield child(child(self._defaults, "rPrDefault"), "rPr")

    def of_paragraph(self, paragraph: Element, *wanted: str) -> Element | None:
        """The property that the path of names says, the paragraph's own before its styles'."""
        return _first(self._of_paragraph(paragraph), *wanted)

    def indent_cm(self, paragraph: Element, side: str) -> float:
        """One attribute of `ind`, which the paragraph and its styles say one by one."""
        said = (attribute(child(each, "ind"), side) for each in self._of_paragraph(paragraph))
        return lengths.cm_of_twips(word_xml.whole(next(filter(None, said), ""), 0))

    def left_cm(self, paragraph: Element, of_list: float = 0) -> float:
        """How far to the right it is set: as it says itself, as the list that it says itself to be
        in, as its styles say.
        """
        own = child(paragraph, "pPr")
        if of_list and child(own, "numPr") is not None and not _left_cm(own):
            return of_list
        indent_cm = self.indent_cm
        return indent_cm(paragraph, "start") or indent_cm(paragraph, "left") or of_list

    def tabs(self, paragraph: Element) -> list[tuple[float, str, str]]:
        """Its tab stops from left to right: how far in cm, how words stand there, their leader."""
        stops: dict[int, Element] = {}
        for properties in self._of_paragraph(paragraph):
            tabs = child(properties, "tabs")
            for stop in () if tabs is None else tabs:
                stops.setdefault(word_xml.number(stop, "pos"), stop)
        return [
            (lengths.cm_of_twips(pos), attribute(stop, "val"), attribute(stop, "leader"))
            for pos, stop in sorted(stops.items())
            if attribute(stop, "val") not in ("clear", "bar")
        ]

    def heading(self, paragraph: Element) -> int:
        """1 to 6; 0 for what is no heading."""
        style_id = attribute(child(child(paragraph, "pPr"), "pStyle"), "val")
        for style in self._chain("paragraph", style_id):
            called = attribute(child(style, "name"), "val").casefold()
            if found := re.fullmatch(r"(?:heading|titre) ([1-6])", called):
                return int(found[1])
            if called in ("title", "heading"):
                return 1
        if found := re.fullmatch(r"(?:Heading|Titre)([1-6])?", style_id):
            return int(found[1] or 1)  # a file without styles
        level = word_xml.number(self.of_paragraph(paragraph, "outlineLvl"), "val", -1)
        return level + 1 if 0 <= level < 6 else 0

    def is_on_by_style(self, run: Element, paragraph: Element, toggle: str) -> bool:
        """Whether a style makes the run bold, say, where it says nothing itself."""
        if child(child(run, "rPr"), toggle) is not None:
            return False
        return is_on(_first(self._of_run(run, paragraph), toggle))

    def is_of_other_size(self, run: Element, paragraph: Element) -> bool:
        """Whether the run, or a style, sets its words larger or smaller than the file's usual."""
        return _size(self._of_run(run, paragraph)) != _size(self._of_words(""))

    def fonts(self, paragraph: Element) -> Iterator[str]:
        """The fonts that its styles name."""
        for style in self._chain(
            "paragraph", attribute(child(child(paragraph, "pPr"), "pStyle"), "val")
        ):
            yield attribute(child(child(style, "rPr"), "rFonts"), "ascii")

    def font_of(self, run: Element, paragraph: Element) -> str:
        """The font that its words are set in; "" for that of a theme."""
        return attribute(_first(self._of_run(run, paragraph), "rFonts"), "ascii")

    def has_borders(self, table: Element) -> bool:
        """Whether a line is drawn around the table or in it."""
        properties = child(table, "tblPr")
        style_id = attribute(child(properties, "tblStyle"), "val")
        sets = [child(each, "tcBorders") for each in descendants(table, "tcPr")]
        of_table = child(properties, "tblBorders")
        if of_table is None:
            styles = self._chain("table", style_id)
            found = (child(child(each, "tblPr"), "tblBorders") for each in styles)
            of_table = next((each for each in found if each is not None), None)
        return any(
            attribute(line, "val") not in ("", "nil", "none")
            for lines in (of_table, *sets)
            for line in (() if lines is None else lines)
        )

    def has_head(self, table: Element) -> bool:
        """Whether the table's style gives its first row a look of its own."""
        properties = child(table, "tblPr")
        look = child(properties, "tblLook")
        value = attribute(look, "val")
        is_asked = attribute(look, "firstRow") in ("1", "true", "on") or (
            bool(re.fullmatch("[0-9A-Fa-f]{1,4}", value)) and int(value, 16) & 0x20 != 0
        )
        styles = self._chain("table", attribute(child(properties, "tblStyle"), "val"))
        return is_asked and any(
            attribute(part, "type") == "firstRow" and child(part, "rPr") is not None
            for style in styles
            for part in descendants(style, "tblStylePr")
        )


def _left_cm(properties: Element | None) -> float:
    said = child(properties, "ind")
    return lengths.cm_of_twips(word_xml.number(said, "start") or word_xml.number(said, "left"))


def _size(properties: Iterable[Element | None]) -> str:
    """The size of words in half points."""
    return attribute(_first(properties, "sz"), "val") or "20"


def _first(properties: Iterable[Element | None], *wanted: str) -> Element | None:
    """The element at the end of that path of names, of the first that has one."""
    for element in properties:
        for each in wanted:
            element = child(element, each)
        if element is not None:
            return element
    return None


# --- lists ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Label:
    """What stands before an item of a list: its `words` as they are printed, and its number.

    `kind` is that of a list in Markdown, "" where only the words can say it; `left_cm` is how far
    to the right the list itself sets it.
    """

    kind: str  # "bullet", "number" or ""
    words: str
    number: int
    level: int
    left_cm: float = 0


class Numbering:
    """The part `numbering.xml`, counting from the top of the document to its end."""

    def __init__(self, part: bytes | None) -> None:
        root = None if part is None else word_xml.parse(part)
        self._lists: dict[str, tuple[str, dict[int, Element], dict[int, int]]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._restarted: set[tuple[str, int]] = set()
        if root is None:
            return
        abstract = {attribute(e, "abstractNumId"): e for e in descendants(root, "abstractNum")}
        by_style = {
            attribute(child(each, "styleLink"), "val"): key
            for key, each in abstract.items()
            if child(each, "styleLink") is not None
        }
        for each in root:
            if name(each) != "num":
                continue
            key = attribute(child(each, "abstractNumId"), "val")
            linked = attribute(child(abstract.get(key), "numStyleLink"), "val")
            key = by_style.get(linked, key)
            levels = dict(_levels(abstract[key])) if key in abstract else {}
            starts: dict[int, int] = {}
            for override in descendants(each, "lvlOverride"):
                level = word_xml.number(override, "ilvl")
                levels.update(_levels(override))
                if (start := child(override, "startOverride")) is not None:
                    starts[level] = word_xml.number(start, "val", 1)
            self._lists[attribute(each, "numId")] = key, levels, starts

    def next(self, num_id: str, level: int) -> Label | None:
        """The label of the next paragraph of that list; None where there is no such list."""
        if num_id not in self._lists:
            return None
        key, levels, starts = self._lists[num_id]
        if level not in levels:
            return None
        counts = self._counts.setdefault(key, {})
        if level in starts and (num_id, level) not in self._restarted:
            self._restarted.add((num_id, level))
            counts.pop(level, None)
        first = starts.get(level, word_xml.number(child(levels[level], "start"), "val", 1))
        counts[level] = counts[level] + 1 if level in counts else first
        for deeper in [each for each in counts if each > level]:
            del counts[deeper]
        form = _format(levels[level])
        pattern = attribute(child(levels[level], "lvlText"), "val")
        left_cm = _left_cm(child(levels[level], "pPr"))
        if form == "bullet":
            return Label("bullet", "", 0, level, left_cm)
        words = re.sub(
            r"%([1-9])",
            lambda found: self._counted(levels, counts, int(found[1]) - 1),
            pattern or ("" if form == "none" else f"%{level + 1}."),
        )
        if form == "none" and not words:  # as LibreOffice writes headings without numbers
            return None
        plain = f"%{level + 1}"
        is_plain = form == "decimal" and pattern in ("", plain, f"{plain}.", f"{plain})")
        return Label("number" if is_plain else "", words, counts[level], level, left_cm)

    @staticmethod
    def _counted(levels: Mapping[int, Element], counts: Mapping[int, int], level: int) -> str:
        if level not in levels:
            return ""
        if _format(levels[level]) == "none":
            return ""
        start = word_xml.number(child(levels[level], "start"), "val", 1)
        return written(counts.get(level, start), _format(levels[level]))


def _levels(element: Element) -> Iterator[tuple[int, Element]]:
    for level in element:
        if name(level) == "lvl":
            yield word_xml.number(level, "ilvl"), level


def _format(level: Element) -> str:
    return attribute(child(level, "numFmt"), "val") or "decimal"


_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")),
    *((40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)


def written(number: int, form: str) -> str:
    """A number as a list of that `numFmt` prints it; in digits where the form is a rare one."""
    if form in ("lowerLetter", "upperLetter") and number > 0:
        # "aa" follows "z", and "bb" follows "aa".
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters.upper() if form == "upperLetter" else letters
    if form in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        roman, left = "", number
        for value, sign in _ROMAN:
            roman += sign * (left // value)
            left %= value
        return roman if form == "upperRoman" else roman.lower()
    return f"{number:02}" if form == "decimalZero" else str(number)
