"""What the styles and lists of an .odt say of a paragraph, of words, of a cell.

Source: OASIS OpenDocument 1.3, Part 3, §16 (styles) and §19.880 (numbers of lists).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from merge.letters.drafts import lengths
from merge.letters.drafts import word_xml as xml
from merge.letters.drafts.word_styles import Label, written

_BORDER = re.compile(r"\}border(?:-left|-right|-top|-bottom)?\Z")
_CHAIN_AT_MOST = 20  # styles that are based on one another: a circle must end


@dataclass(frozen=True, slots=True)
class TextLook:
    """How words look."""

    bold: bool = False
    italic: bool = False
    struck: bool = False
    hidden: bool = False
    underline: bool = False
    colour: bool = False
    size: bool = False  # larger or smaller than the file's usual
    capitals: bool = False
    raised: str = ""  # "sup" or "sub"

    @property
    def tags(self) -> Sequence[str]:
        """The elements of HTML that say it, from the inside out."""
        pairs = (("em", self.italic), ("strong", self.bold), ("s", self.struck))
        return [*filter(None, (self.raised,)), *(tag for tag, is_set in pairs if is_set)]

    @property
    def lacking(self) -> Sequence[str]:
        """What no letter has words for."""
        names = ("underline", "colour", "size", "capitals")
        return [each for each in names if getattr(self, each)]

    def plain(self) -> TextLook:
        """The look of a heading, which is one already."""
        return replace(self, bold=False, italic=False, size=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParagraphStyle:
    """How a paragraph is set."""

    look: TextLook
    alignment: str  # "right", "center" or ""
    indent_cm: float
    first_line_cm: float
    breaks_before: bool
    breaks_after: bool


class OdtStyles:
    """The styles of content.xml and styles.xml."""

    def __init__(self, *roots: Element | None) -> None:
        self._by_name: dict[tuple[str, str], Element] = {}
        self._usual: dict[str, Element] = {}
        for root in roots:
            for style in () if root is None else xml.descendants(root, "style"):
                key = xml.attribute(style, "family"), xml.attribute(style, "name")
                self._by_name.setdefault(key, style)
            for style in () if root is None else xml.descendants(root, "default-style"):
                self._usual.setdefault(xml.attribute(style, "family"), style)
        standard = list(self._chain("paragraph", "Standard"))
        self._usual_size = self._property(standard, "text-properties", "font-size")

    def _chain(self, family: str, name: str) -> Iterator[Element]:
        for _ in range(_CHAIN_AT_MOST):
            style = self._by_name.get((family, name))
            if style is None:
                break
            yield style
            name = xml.attribute(style, "parent-style-name")
        if family in self._usual and family != "text":
            yield self._usual[family]

    def _property(self, chain: Sequence[Element], of: str, called: str) -> str:
        found = (xml.attribute(xml.child(style, of), called) for style in chain)
        return next(filter(None, found), "")

    def paragraph(self, name: str) -> ParagraphStyle:
        """The style of that name, with what it is based on."""
        chain = list(self._chain("paragraph", name))

        def said(called: str) -> str:
            return self._property(chain, "paragraph-properties", called)

        aligned = {"end": "right", "right": "right", "center": "center"}
        masters = (xml.attribute(style, "master-page-name") for style in chain[:1])
        return ParagraphStyle(
            look=self._look(chain, TextLook()),
            alignment=aligned.get(said("text-align"), ""),
            indent_cm=lengths.cm(said("margin-left")),
            first_line_cm=lengths.cm(said("text-indent")),
            breaks_before=said("break-before") == "page" or any(masters),
            breaks_after=said("break-after") == "page",
        )

    def text(self, name: str, around: TextLook) -> TextLook:
        """The look of a span inside words of another."""
        return self._look(list(self._chain("text", name)), around)

    def _look(self, chain: Sequence[Element], around: TextLook) -> TextLook:
        def said(called: str) -> str:
            return self._property(chain, "text-properties", called)

        weight, slant = said("font-weight"), said("font-style")
        struck, line = said("text-line-through-style"), said("text-underline-style")
        colour, case = said("color"), said("text-transform")
        shown, size = said("display"), said("font-size")
        place = said("text-position").partition(" ")[0]
        return TextLook(
            bold=weight in ("bold", "600", "700", "800", "900") if weight else around.bold,
            italic=slant in ("italic", "oblique") if slant else around.italic,
            struck=struck != "none" if struck else around.struck,
            hidden=shown == "none" if shown else around.hidden,
            underline=line != "none" if line else around.underline,
            colour=colour.casefold() not in ("#000000", "auto") if colour else around.colour,
            size=size != self._usual_size if size else around.size,
            capitals=case == "uppercase" if case else around.capitals,
            raised=_raised(place) if place else around.raised,
        )

    def fonts(self, text: Element) -> Iterator[str]:
        """The fonts that the styles of these words name."""
        for element in xml.descendants(text, "p", "h", "span"):
            family = "text" if xml.name(element) == "span" else "paragraph"
            if not any(words.strip() for words in element.itertext()):
                continue
            for style in self._chain(family, xml.attribute(element, "style-name")):
                yield xml.attribute(xml.child(style, "text-properties"), "font-name")

    def signs_by_font(self, text: Element) -> Counter[str]:
        """How many signs of the text are set in each font."""
        set_in: Counter[str] = Counter()
        for paragraph in xml.descendants(text, "p", "h"):
            chain = list(self._chain("paragraph", xml.attribute(paragraph, "style-name")))
            around = self._property(chain, "text-properties", "font-name")
            for element in paragraph.iter():
                chain = list(self._chain("text", xml.attribute(element, "style-name")))
                is_span = xml.name(element) == "span"
                own = self._property(chain, "text-properties", "font-name") if is_span else ""
                set_in[own or around] += len(element.text or "")
                if element is not paragraph:
                    set_in[around] += len(element.tail or "")
        return set_in

    def has_border(self, cell_style: str) -> bool:
        """Whether a line is drawn around a cell."""
        return any(
            _BORDER.search(key) is not None and "none" not in said.split()
            for style in self._chain("table-cell", cell_style)
            for properties in style
            for key, said in properties.attrib.items()
        )


def _raised(place: str) -> str:
    """The element of HTML for a text-position: "super", "sub", or a percentage of the line."""
    if place.startswith("sub") or place.startswith("-"):
        return "sub"
    return "sup" if place == "super" or place.strip("0%") else ""


# --- lists ----------------------------------------------------------------------------------------

_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman"}
_FORMS["I"] = "upperRoman"
_OUTLINE = "\0"  # the style of the headings, which has no name
_NUMBERED = ("list-level-style-number", "outline-level-style")


class Lists:
    """The list styles, and how far each list has counted."""

    def __init__(self, *roots: Element | None) -> None:
        self._styles: dict[str, Element] = {}
        self._ends: dict[str, dict[int, int]] = {}  # numbers by level: of a list, of a style
        for root in roots:
            for style in () if root is None else xml.descendants(root, "outline-style"):
                self._styles.setdefault(_OUTLINE, style)
            for style in () if root is None else xml.descendants(root, "list-style"):
                self._styles.setdefault(xml.attribute(style, "name"), style)

    def begin(self, element: Element, style: str, level: int) -> NumberedList:
        """A list of that style and level, which goes on with another where it says so."""
        definition = self._definition(style, level)
        key = xml.attribute(element, "continue-list") or style
        counts = self._ends.setdefault(key, {})
        own = xml.attribute(element, "id") or xml.attribute(element, "xml:id")
        if own:
            self._ends[own] = counts
        goes_on = xml.attribute(element, "continue-numbering") == "true" or bool(
            xml.attribute(element, "continue-list")
        )
        if not goes_on:
            counts.pop(level, None)
        return NumberedList(definition, counts, level)

    def of_heading(self, heading: Element, level: int) -> str:
        """The number that the file's headings have, "" for none."""
        if xml.attribute(heading, "is-list-header") == "true":
            return ""
        definition = self._definition(_OUTLINE, level)
        return (
            NumberedList(definition, self._ends.setdefault(_OUTLINE, {}), level).next(heading).words
        )

    def _definition(self, style: str, level: int) -> Element | None:
        levels = self._styles.get(style, ())
        return next((each for each in levels if xml.attribute(each, "level") == str(level)), None)


class NumberedList:
    """One list of a text, or of one of its items."""

    def __init__(self, definition: Element | None, counts: dict[int, int], level: int) -> None:
        self._definition = definition
        self._counts = counts
        self._level = level
        is_number = definition is not None and xml.name(definition) in _NUMBERED
        self._form = xml.attribute(definition, "num-format") if is_number else ""
        self._is_bullet = not is_number
        self.tag = "ol" if is_number and self._form == "1" else "ul"

    def next(self, item: Element) -> Label:
        """What stands before the item."""
        if self._is_bullet:
            return Label("bullet", "", 0, self._level)
        for deeper in [each for each in self._counts if each > self._level]:
            del self._counts[deeper]
        if self._level in self._counts:
            number = self._counts[self._level] + 1
        else:
            number = xml.number(self._definition, "start-value", 1)
        number = self._counts[self._level] = xml.number(item, "start-value", number)
        before = xml.attribute(self._definition, "num-prefix")
        behind = xml.attribute(self._definition, "num-suffix")
        highest = max(1, self._level - xml.number(self._definition, "display-levels", 1) + 1)
        above = [str(self._counts.get(each, 1)) for each in range(highest, self._level)]
        words = ".".join([*above, written(number, _FORMS.get(self._form, "none"))])
        if not self._form:
            return Label("", f"{before}{behind}", number, self._level)
        is_plain = self._form == "1" and not before and behind in ("", ".", ")") and not above
        return Label("number" if is_plain else "", f"{before}{words}{behind}", number, self._level)
