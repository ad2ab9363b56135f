"""What Word would fill in, made visible: merge fields, conditions, content controls.

Converters drop a simple merge field without a word, and show of a complex one what the last print
happened to hold. Here each becomes its name in square brackets, as an author of plain text writes
a blank. Source: ECMA-376 Part 1, §17.16 (fields) and §17.5.2 (structured document tags).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from xml.etree.ElementTree import Element

from merge.letters.drafts import fieldcodes
from merge.letters.drafts import word_xml as xml
from merge.letters.drafts.unplaced import Kind, Unplaced, first_words

# Elements that converters do not know, and those that mean nearly the same.
_COMMON: Mapping[str, str] = MappingProxyType({"cr": "br", "ptab": "tab", "dstrike": "strike"})


@dataclass(slots=True)
class Shown:
    """The blanks of a part, and what is told of its codes."""

    names: list[str] = field(default_factory=list)
    untold: list[Unplaced] = field(default_factory=list)


def show(root: Element, reader: fieldcodes.FieldReader) -> Shown:
    """Let a part of a Word file (document, footnotes …) say its fields as `[name]` or tags of ours.

    `reader` has read the parts before it.
    """
    made = Shown()
    for element in list(root.iter()):
        _one_alternative(element)
        if common := _COMMON.get(xml.name(element)):
            element.tag = xml.make(element, common).tag
        if xml.name(element) == "br" and xml.attribute(element, "type") != "page":
            element.attrib.clear()  # the end of a column ends a line too
    for parent in list(root.iter()):
        _complex_from_simple(parent)
    for paragraph in xml.descendants(root, "p"):
        hidden = "".join(map(_leave_hidden, xml.within(paragraph, "p", "r")))
        if words := " ".join(hidden.split()):
            place = first_words(xml.said(paragraph))
            made.untold.append(Unplaced(kind="hidden", words=words, place=place))
    _show_controls(root, made.names)
    _Fields(made, reader).show(root)
    return made


# --- simple fields become complex ones, so that there is one kind -------------------------------


def _complex_from_simple(parent: Element) -> None:
    for i, child in reversed(list(enumerate(list(parent)))):
        if xml.name(child) != "fldSimple":
            continue
        code = xml.make(child, "instrText")
        code.text = xml.attribute(child, "instr")
        before = (_fld_char(child, "begin"), code, _fld_char(child, "separate"))
        whole = [*map(xml.run, before), *child, xml.run(_fld_char(child, "end"))]
        parent[i : i + 1] = whole


def _fld_char(like: Element, kind: str) -> Element:
    return xml.make(like, "fldChar", fldCharType=kind)


def _one_alternative(element: Element) -> None:
    """What is there in two forms is there once: in the one for old programs, as converters read it.

    A text box for new programs only gets that form.
    """
    if xml.name(element) != "AlternateContent":
        return
    choices = [child for child in element if xml.name(child) == "Choice"]
    if xml.child(element, "Fallback") is None:
        boxes = [b for choice in choices for b in xml.within(choice, "txbxContent", "txbxContent")]
        fallback = xml.make(element, "Fallback")
        if boxes:
            picture = xml.make(boxes[0], "pict")
            picture.extend(boxes)
            fallback.append(picture)
        else:
            fallback.extend(choices[0] if choices else ())
        element.append(fallback)
    for choice in choices:
        element.remove(choice)


# --- what Word prints of a run --------------------------------------------------------------------


def _leave_hidden(run: Element) -> str:
    """Take out the words of a run that is formatted as hidden, and what they were."""
    properties = xml.child(run, "rPr")
    hidden = None if properties is None else xml.child(properties, "vanish")
    if not xml.is_on(hidden):
        return ""
    texts = [child for child in run if xml.name(child) == "t"]
    for text in texts:
        run.remove(text)
    return "".join(text.text or "" for text in texts)


# --- content controls ---------------------------------------------------------------------------


def _show_controls(root: Element, names: list[str]) -> None:
    for control in list(root.iter()):
        if xml.name(control) != "sdt":
            continue
        settings, content = xml.child(control, "sdtPr"), xml.child(control, "sdtContent")
        if settings is None or content is None:
            continue
        kinds = {xml.name(each): each for each in settings}
        if "checkbox" in kinds:  # converters put one of HTML in the place of the sign
            settings.remove(kinds["checkbox"])
            continue
        texts = [each for each in content.iter() if xml.name(each) == "t"]
        typed = kinds.keys() & {"text", "date", "dropDownList", "comboBox"}
        if not texts or not (typed or "showingPlcHdr" in kinds):
            continue  # a frame around part of the letter
        called = (xml.attribute(kinds[key], "val") for key in ("alias", "tag") if key in kinds)
        shown = "".join(each.text or "" for each in texts)
        name = fieldcodes.blank(next(filter(None, called), "") or shown)
        names.append(name)
        texts[0].text = name
        for each in texts[1:]:
            each.text = ""


# --- fields -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Field:
    """A field that is open: its code so far, and what it will show."""

    begin: Element  # the run that it begins in
    place: str
    code: fieldcodes.Code = field(default_factory=fieldcodes.Code)
    said: fieldcodes.Said | None = None  # once its code has ended
    result: str = ""  # inside the code of another
    is_written: bool = False

    @property
    def hides(self) -> bool:
        """Whether what stands in it is not what the letter shows."""
        return self.said is None or self.said.text is not None


class _Fields:
    """The fields of one part, from its first run to its last; a field may hold others."""

    def __init__(self, made: Shown, reader: fieldcodes.FieldReader) -> None:
        self._made = made
        self._reader = reader
        self._open: list[_Field] = []
        self._paragraph: Element | None = None  # of the code that was read last

    def show(self, root: Element) -> None:
        """Write what each field shows into the runs that it has."""
        paragraphs = {
            id(run): paragraph
            for paragraph in xml.descendants(root, "p")
            for run in xml.within(paragraph, "p", "r")
        }
        places = {
            id(paragraph): first_words(xml.said(paragraph))
            for paragraph in xml.descendants(root, "p")
        }
        for run in list(xml.descendants(root, "r")):
            paragraph = paragraphs.get(id(run))
            for child in list(run):
                self._read(run, child, paragraph, places.get(id(paragraph), ""))

    def _read(self, run: Element, child: Element, paragraph: Element | None, place: str) -> None:
        kind = xml.name(child)
        if kind == "fldChar":
            match xml.attribute(child, "fldCharType"):
                case "begin":
                    self._open.append(_Field(run, place))
                    self._paragraph = paragraph
                case "separate" if self._open:
                    self._code_ends()
                case "end" if self._open:
                    self._end(run, child)
        elif self._open and self._open[-1].said is None and kind in ("instrText", "t", "br"):
            if paragraph is not self._paragraph or kind == "br":
                self._open[-1].code.add_words("\n")
            self._paragraph = paragraph
            self._open[-1].code.add_words(child.text or "")
            if kind != "instrText":
                run.remove(child)
        elif kind == "t":
            self._text(run, child)
        elif any(each.hides for each in self._open) and kind not in ("rPr", "instrText"):
            run.remove(child)

    def _code_ends(self) -> None:
        field_ = self._open[-1]
        if field_.said is not None:
            return
        said = field_.said = self._reader.said(field_.code)
        if said.name and not any(each.hides for each in self._open[:-1]):
            self._made.names.append(said.name)
        if said.untold:
            kind: Kind = "rule" if said.text else "code"
            told = Unplaced(kind=kind, words=first_words(said.untold), place=field_.place)
            self._made.untold.append(told)

    def _text(self, run: Element, text: Element) -> None:
        """A text of a result: the first one says what the field shows, the others nothing."""
        outermost = next((each for each in self._open if each.hides), None)
        if outermost is None:
            return
        self._open[-1].result += text.text or ""
        text.text = ""
        if outermost.said is not None and not outermost.is_written:
            _write(run, text, outermost.said.text or "")
            outermost.is_written = True

    def _end(self, run: Element, child: Element) -> None:
        self._code_ends()
        field_ = self._open.pop()
        said = field_.said
        if said is None:
            return
        if self._open and self._open[-1].said is None:
            # A field in the code of another, as in IF.
            stays = fieldcodes.Said(text=field_.result) if said.text is None else said
            self._open[-1].code.add(stays)
        elif said.text and not field_.is_written and not any(f.hides for f in self._open):
            text = xml.text(child, "")
            run.insert(list(run).index(child), text)
            _write(run, text, said.text)
            properties = xml.child(field_.begin, "rPr")
            if properties is not None and xml.child(run, "rPr") is None:
                run.insert(0, copy.deepcopy(properties))


def _write(run: Element, text: Element, words: str) -> None:
    """Let a text of the run say this, its lines one below the other."""
    first, *rest = words.split("\n")
    xml.set_text(text, first)
    at = list(run).index(text) + 1
    for line in reversed(rest):
        run.insert(at, xml.text(text, line))
        run.insert(at, xml.make(text, "br"))
