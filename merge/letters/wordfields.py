"""What Word would fill in, made visible: merge fields, conditions, content controls.

Converters drop a simple merge field without a word, and show of a complex one what the last print
happened to hold. Here each becomes its name in square brackets, as an author of plain text writes
a blank. Source: ECMA-376 Part 1, §17.16 (fields) and §17.5.2 (structured document tags).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from xml.etree.ElementTree import Element

from merge.letters import wordxml as xml

# Elements that converters do not know, and those that mean nearly the same.
_COMMON: Mapping[str, str] = MappingProxyType({"cr": "br", "ptab": "tab", "dstrike": "strike"})
_BLANK_AT_MOST = 60  # characters: what `blanks` and `leftovers` take for one


def visible(part: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A part of a Word file (document, footnotes, header …) with its fields as `[name]`, and those.

    xml.etree.ElementTree.ParseError when it is no XML.
    """
    root = xml.parse(part)
    names: list[str] = []
    for element in list(root.iter()):
        _one_alternative(element)
        if common := _COMMON.get(xml.name(element)):
            element.tag = xml.make(element, common).tag
        if xml.name(element) == "br" and xml.attribute(element, "type") != "page":
            element.attrib.clear()  # the end of a column ends a line too
    for parent in list(root.iter()):
        _complex_from_simple(parent)
        _leave_hidden(parent)
    _show_controls(root, names)
    _Fields(names).show(root)
    return xml.packed(root), tuple(names)


def _blank(name: str) -> str:
    name = re.sub(r"[\[\]]", "", " ".join(name.split()))[:_BLANK_AT_MOST].strip()
    return f"[{name or '____'}]"


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
        boxes = [box for choice in choices for box in xml.descendants(choice, "txbxContent")]
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

_OFF = ("0", "false", "off")


def _leave_hidden(run: Element) -> None:
    """Take out the words of a run that is formatted as hidden: a note, say, that nobody prints."""
    properties = xml.child(run, "rPr") if xml.name(run) == "r" else None
    hidden = None if properties is None else xml.child(properties, "vanish")
    if hidden is None or xml.attribute(hidden, "val") in _OFF:
        return
    for text in [child for child in run if xml.name(child) == "t"]:
        run.remove(text)


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
        name = _blank(next(filter(None, called), "") or "".join(each.text or "" for each in texts))
        names.append(name)
        texts[0].text = name
        for each in texts[1:]:
            each.text = ""


# --- fields -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Field:
    """A field that is open: its code so far, and what it will show."""

    begin: Element  # the run that it begins in
    code: str = ""
    in_result: bool = False
    shown: str | None = None  # instead of its result; None leaves the result
    is_written: bool = False


_NAME = re.compile(r'\s*\w+\s+(?:"([^"]*)"|([^\s"\\]+))')
_AFFIX = r'\\{}\s+(?:"([^"]*)"|(\S+))'
_STRING = re.compile(r'"([^"]*)"')
_NO_TEXT = frozenset({"NEXT", "NEXTIF", "SKIPIF", "SET", "ASK", "PAGE", "NUMPAGES"})
_DATES = frozenset({"DATE", "TIME", "CREATEDATE", "SAVEDATE", "PRINTDATE"})
_WHOLE = frozenset({"ADDRESSBLOCK", "GREETINGLINE", "MERGEREC", "MERGESEQ", "DATABASE"})


def _shown(code: str) -> tuple[str | None, str]:
    """What a field shows instead of its result (None: the result), and its blank ("": none)."""
    kind = code.split()[0].upper() if code.split() else ""
    name = _NAME.match(code)
    called = (name[1] or name[2] or "") if name else ""
    if kind == "MERGEFIELD":
        blank = _blank(called)
        return _affix(code, "b") + blank + _affix(code, "f"), blank
    if kind in ("DOCPROPERTY", "DOCVARIABLE", "FILLIN"):
        blank = _blank(called or kind)
        return blank, blank
    if kind in _DATES:
        return "[date]", "[date]"
    if kind in _WHOLE:
        return _blank(kind), _blank(kind)
    if kind == "MACROBUTTON":
        blank = _blank(" ".join(code.split()[2:]))
        return blank, blank
    if kind == "FORMTEXT":
        return "[____]", "[____]"
    if kind == "IF":
        return _condition(code)
    return ("", "") if kind in _NO_TEXT else (None, "")


def _affix(code: str, switch: str) -> str:
    """The words that Word puts before (\\b) or behind (\\f) a field that is not empty."""
    found = re.search(_AFFIX.format(switch), code)
    return (found[1] or found[2] or "") if found else ""


def _condition(code: str) -> tuple[str, str]:
    """Both ways that an IF can go: "[Madame / Monsieur]". One of them alone would be a lie."""
    ways = [way.strip() for way in _STRING.findall(code)][-2:]
    both = " / ".join(way or "—" for way in ways)
    if len(ways) == 2 and any(ways) and len(both) <= _BLANK_AT_MOST and "[" not in both:
        return f"[{both}]", f"[{both}]"
    blank = _blank(code)
    return " ".join([blank, *(way for way in ways if way)]), blank


class _Fields:
    """The fields of one part, from its first run to its last; a field may hold others."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._open: list[_Field] = []

    def show(self, root: Element) -> None:
        """Write what each field shows into the runs that it has."""
        for run in [each for each in root.iter() if xml.name(each) == "r"]:
            for child in list(run):
                self._read(run, child)

    def _read(self, run: Element, child: Element) -> None:
        if xml.name(child) == "fldChar":
            match xml.attribute(child, "fldCharType"):
                case "begin":
                    self._open.append(_Field(begin=run))
                case "separate" if self._open:
                    self._code_ends()
                case "end" if self._open:
                    self._end(run, child)
        elif xml.name(child) == "instrText" and self._open:
            if not self._open[-1].in_result:
                self._open[-1].code += child.text or ""
        elif xml.name(child) == "t":
            self._text(child)
        elif self._open and self._hides(self._open) and xml.name(child) != "rPr":
            run.remove(child)

    def _code_ends(self) -> None:
        field = self._open[-1]
        if not field.in_result:
            field.shown, blank = _shown(field.code)
            field.in_result = True
            if blank and not self._hides(self._open[:-1]):
                self._names.append(blank)

    def _text(self, text: Element) -> None:
        """A text of a result: the first one says what the field shows, the others nothing."""
        if not self._open:
            return
        outermost = next((each for each in self._open if self._hides([each])), None)
        if outermost is None:
            return
        text.text = ""
        if outermost.in_result and not outermost.is_written:
            xml.set_text(text, outermost.shown or "")
            outermost.is_written = True

    @staticmethod
    def _hides(fields: list[_Field]) -> bool:
        return any(not each.in_result or each.shown is not None for each in fields)

    def _end(self, run: Element, child: Element) -> None:
        self._code_ends()
        field = self._open.pop()
        if self._open and not self._open[-1].in_result:
            # A field in the code of another, as in IF: its name is what the code says there.
            self._open[-1].code += field.shown or ""
        elif field.shown and not field.is_written and not self._hides(self._open):
            run.insert(list(run).index(child), xml.text(child, field.shown))
            properties = xml.child(field.begin, "rPr")
            if properties is not None and xml.child(run, "rPr") is None:
                run.insert(0, copy.deepcopy(properties))
