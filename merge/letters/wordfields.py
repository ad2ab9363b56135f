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
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

# Elements that converters do not know, and those that mean nearly the same.
_COMMON: Mapping[str, str] = MappingProxyType({"cr": "br", "ptab": "tab", "dstrike": "strike"})
_BLANK_AT_MOST = 60  # characters: what `blanks` and `leftovers` take for one


def visible(part: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A part of a Word file (document, footnotes, header …) with its fields as `[name]`, and those.

    xml.etree.ElementTree.ParseError when it is no XML.
    """
    root = ElementTree.fromstring(part)  # noqa: S314 - expat itself stops a billion laughs
    names: list[str] = []
    for element in list(root.iter()):
        _one_alternative(element)
        if common := _COMMON.get(_name(element)):
            element.tag = _make(element, common).tag
        if _is(element, "br"):
            element.attrib.clear()  # the end of a page or column ends a line too
    for parent in list(root.iter()):
        _complex_from_simple(parent)
        _leave_hidden(parent)
    _show_controls(root, names)
    _Fields(names).show(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True), tuple(names)


def words(part: bytes) -> str:
    """All that a part says, on one line."""
    root = ElementTree.fromstring(part)  # noqa: S314 - as above
    paragraphs = (
        "".join(each.text or "" for each in paragraph.iter() if _is(each, "t"))
        for paragraph in root.iter()
        if _is(paragraph, "p")
    )
    return " ".join(" ".join(paragraphs).split())


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _is(element: Element, name: str) -> bool:
    return _name(element) == name


def _make(like: Element, name: str, **attributes: str) -> Element:
    """An element of the namespace of `like`: Word has two, "transitional" and "strict"."""
    space = str(like.tag).rpartition("}")[0] + "}"
    return Element(f"{space}{name}", {f"{space}{key}": value for key, value in attributes.items()})


def _attribute(element: Element, name: str) -> str:
    return next(
        (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), ""
    )


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if _is(child, name)), None)


def _blank(name: str) -> str:
    name = re.sub(r"[\[\]]", "", " ".join(name.split()))[:_BLANK_AT_MOST].strip()
    return f"[{name or '____'}]"


# --- simple fields become complex ones, so that there is one kind -------------------------------


def _complex_from_simple(parent: Element) -> None:
    for i, child in reversed(list(enumerate(list(parent)))):
        if not _is(child, "fldSimple"):
            continue
        code = _make(child, "instrText")
        code.text = _attribute(child, "instr")
        whole = [_run(_fld_char(child, "begin")), _run(code), _run(_fld_char(child, "separate"))]
        whole += [*child, _run(_fld_char(child, "end"))]
        parent[i : i + 1] = whole


def _run(content: Element) -> Element:
    run = _make(content, "r")
    run.append(content)
    return run


def _fld_char(like: Element, kind: str) -> Element:
    return _make(like, "fldChar", fldCharType=kind)


def _one_alternative(element: Element) -> None:
    """What is there in two forms is there once: in the one for old programs, as converters read it.

    A text box for new programs only gets that form.
    """
    if not _is(element, "AlternateContent"):
        return
    choices = [child for child in element if _is(child, "Choice")]
    if _child(element, "Fallback") is None:
        boxes = [each for choice in choices for each in choice.iter() if _is(each, "txbxContent")]
        if not boxes:
            return
        space = str(element.tag).rpartition("}")[0] + "}"
        picture = _make(boxes[0], "pict")
        picture.extend(boxes)
        ElementTree.SubElement(element, f"{space}Fallback").append(picture)
    for choice in choices:
        element.remove(choice)


# --- what Word prints of a run --------------------------------------------------------------------

_OFF = ("0", "false", "off")


def _leave_hidden(run: Element) -> None:
    """Take out the words of a run that is formatted as hidden: a note, say, that nobody prints."""
    properties = _child(run, "rPr") if _is(run, "r") else None
    hidden = None if properties is None else _child(properties, "vanish")
    if hidden is None or _attribute(hidden, "val") in _OFF:
        return
    for text in [child for child in run if _is(child, "t")]:
        run.remove(text)


# --- content controls ---------------------------------------------------------------------------


def _show_controls(root: Element, names: list[str]) -> None:
    for control in list(root.iter()):
        if not _is(control, "sdt"):
            continue
        settings, content = _child(control, "sdtPr"), _child(control, "sdtContent")
        if settings is None or content is None:
            continue
        kinds = {_name(each): each for each in settings}
        if "checkbox" in kinds:  # converters put one of HTML in the place of the sign
            settings.remove(kinds["checkbox"])
            continue
        texts = [each for each in content.iter() if _is(each, "t")]
        typed = kinds.keys() & {"text", "date", "dropDownList", "comboBox"}
        if not texts or not (typed or "showingPlcHdr" in kinds):
            continue  # a frame around part of the letter
        called = (_attribute(kinds[key], "val") for key in ("alias", "tag") if key in kinds)
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
        for run in [each for each in root.iter() if _is(each, "r")]:
            for child in list(run):
                self._read(run, child)

    def _read(self, run: Element, child: Element) -> None:
        if _is(child, "fldChar"):
            match _attribute(child, "fldCharType"):
                case "begin":
                    self._open.append(_Field(begin=run))
                case "separate" if self._open:
                    self._code_ends()
                case "end" if self._open:
                    self._end(run, child)
        elif _is(child, "instrText") and self._open:
            if not self._open[-1].in_result:
                self._open[-1].code += child.text or ""
        elif _is(child, "t"):
            self._text(child)
        elif self._open and self._hides(self._open) and not _is(child, "rPr"):
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
            text.text = outermost.shown or ""
            text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
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
            text = _make(child, "t")
            text.text = field.shown
            run.insert(list(run).index(child), text)
            properties = _child(field.begin, "rPr")
            if properties is not None and _child(run, "rPr") is None:
                run.insert(0, copy.deepcopy(properties))
