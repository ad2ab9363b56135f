"""The fields of an .odt as the codes that Word has for them. Source: OpenDocument 1.3, §7."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from merge.letters.drafts import fieldcodes
from merge.letters.drafts import word_xml as xml

_UNHEARD = frozenset(("annotation", "note", "tracked-changes", "frame", "change-info"))
_OPERATORS = {
    **{"==": "=", "EQ": "=", "=": "=", "!=": "<>", "NEQ": "<>", "<>": "<>"},
    **{"L": "<", "<": "<", "G": ">", ">": ">", "LEQ": "<=", "<=": "<=", "GEQ": ">=", ">=": ">="},
}
_CONDITION = re.compile(
    r"\s*(?:ooow:)?\s*\[?(?P<name>[^\[\]=!<>\"]+?)\]?\s*"
    r"(?P<operator>==|!=|<>|<=|>=|=|<|>|\b(?:EQ|NEQ|LEQ|GEQ|L|G)\b)\s*"
    r"(?:\"(?P<words>[^\"]*)\"|(?P<number>-?[0-9.,]+))\s*"
)


def code_of(node: Element, reader: fieldcodes.FieldReader) -> fieldcodes.Code:
    """The code of a field; an empty one for what is none, or says the same to everybody."""
    code = fieldcodes.Code()
    name = xml.name(node)
    match name:
        case "database-display":
            code.add_words(_quoted("MERGEFIELD", xml.attribute(node, "column-name")))
        case "placeholder":
            code.add_words(_quoted("MERGEFIELD", words_of(node).strip("<> ")))
        case "user-field-get" | "user-field-input" | "variable-get" | "variable-input":
            code.add_words(_quoted("MERGEFIELD", xml.attribute(node, "name")))
        case "user-defined":
            code.add_words(_quoted("MERGEFIELD", xml.attribute(node, "name")))
        case "text-input":
            code.add_words(_quoted("FILLIN", xml.attribute(node, "description") or words_of(node)))
        case "drop-down":
            code.add_words(_quoted("FILLIN", xml.attribute(node, "name")))
        case "date" | "time" | "creation-date" | "modification-date" | "print-date":
            if xml.attribute(node, "fixed") != "true":
                code.add_words("DATE")
        case "conditional-text" | "hidden-text":
            _conditional(node, code, reader)
        case "database-next" | "database-row-select" | "database-row-number":
            code.add_words(name.replace("-", "_").upper())
        case "page-number" | "page-count":
            code.add_words("PAGE" if name == "page-number" else "NUMPAGES")
        case "expression" | "variable-set":
            code.add_words(_quoted("=", xml.attribute(node, "formula") or name))
    return code


def _conditional(node: Element, code: fieldcodes.Code, reader: fieldcodes.FieldReader) -> None:
    condition = xml.attribute(node, "condition")
    if xml.name(node) == "hidden-text":  # hidden where the condition is true
        ways = "", xml.attribute(node, "string-value")
    else:
        ways = (
            xml.attribute(node, "string-value-if-true"),
            xml.attribute(node, "string-value-if-false"),
        )
    code.add_words("IF ")
    if found := _CONDITION.fullmatch(condition):
        field = fieldcodes.Code()
        field.add_words(_quoted("MERGEFIELD", found["name"].rpartition(".")[2]))
        code.add(reader.said(field))
        code.add_words(f" {_OPERATORS[found['operator']]} ")
        code.add_words(_quoted("", found["words"] or found["number"] or ""))
    else:
        code.add_words(condition.removeprefix("ooow:"))
    for way in ways:
        code.add_words(_quoted("", way))


def _quoted(kind: str, words: str) -> str:
    words = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'{kind} "{words}"'


def words_of(element: Element, reader: fieldcodes.FieldReader | None = None) -> str:
    """All that it says, on one line; no comment and no note in it, and with a `reader` nothing that
    a field shows.
    """
    return " ".join("".join(_signs(element, reader)).split())


def _signs(element: Element, reader: fieldcodes.FieldReader | None) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if xml.name(child) in ("p", "h", "line-break", "tab", "s"):
            yield " "
        is_field = reader is not None and code_of(child, reader).text != ""
        if xml.name(child) not in _UNHEARD and not is_field:
            yield from _signs(child, reader)
        yield child.tail or ""
