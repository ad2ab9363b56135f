"""The code of a field of Word → what the letter says in its place.

A field of the sheet is a blank with its name, `[Commune]`, or with a filter behind it,
`[Commune|capitales]`. A condition is an `if` of the letter's language where that can say it. What
cannot be said is a blank with the code in it, so that it is seen and no letter leaves without an
answer, and is told. Source: ECMA-376 Part 1, §17.16.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from merge.errors import LetterError
from merge.letters import blanks, forms, language
from merge.letters.kinds import variable_name

BLANK_AT_MOST = 60  # characters: what `blanks` and `leftovers` take for one
_INNER = 0xE100  # from here on: a field in the code of another, by its number
_INNER_AT_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a field shows instead of its result; `text` None leaves the result.

    `name` is its blank, "" for none; `expression` is what an `if` calls it; `untold` is the code
    that no letter can say, "" where all is said.
    """

    text: str | None
    name: str = ""
    expression: str = ""
    untold: str = ""


def blank(name: str, filters: str = "") -> str:
    """The blank of that name, in square brackets."""
    name = re.sub(r"[\[\]|]", "", " ".join(name.split()))
    return f"[{name[: BLANK_AT_MOST - len(filters)].strip() or '____'}{filters}]"


@dataclass(slots=True)
class Code:
    """The code of one field as it is read, with the fields inside it."""

    text: str = ""
    inner: list[Said] = field(default_factory=list)

    def add(self, said: Said) -> None:
        """A field inside the code."""
        if len(self.inner) < _INNER_AT_MOST:
            self.text += chr(_INNER + len(self.inner))
            self.inner.append(said)

    def add_words(self, words: str) -> None:
        """Signs of the code itself."""
        self.text += re.sub("[\ue000-\uf8ff]", "", words)

    def filled(self, text: str) -> str:
        """A part of the code with the fields inside it said."""
        return re.sub(
            "[\ue100-\ue4ff]", lambda found: self.inner[ord(found[0]) - _INNER].text or "", text
        )

    @property
    def shown(self) -> str:
        """The whole on one line, for a person."""
        return " ".join(self.filled(self.text).split())


# --- the parts of a code --------------------------------------------------------------------------

_PART = re.compile(
    r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|“(?P<curly>[^”]*)”|\\(?P<switch>[*@#A-Za-z!])'
    r"|(?P<operator><>|<=|>=|[=!]=|=|<|>)|(?P<word>[^\s\"“<>=!\\]+|!))"
)


_OF_LIBREOFFICE = {"==": "=", "!=": "<>"}  # in a .docx that it saved


@dataclass(frozen=True, slots=True)
class _Part:
    kind: str  # "text", "word", "operator" or "switch"
    text: str


def _parts(code: str) -> list[_Part]:
    found: list[_Part] = []
    at = 0
    while match := _PART.match(code, at):
        at = match.end()
        kind = match.lastgroup or ""
        text = match[kind]
        if kind == "quoted":
            text = re.sub(r"\\(.)", r"\1", text)
        text = _OF_LIBREOFFICE.get(text, text) if kind == "operator" else text
        found.append(_Part("text" if kind in ("quoted", "curly") else kind, text))
    return found


def _switches(parts: Sequence[_Part]) -> list[tuple[str, str]]:
    """Each switch with the word behind it."""
    pairs = zip(parts, [*parts[1:], _Part("", "")], strict=True)
    return [
        (each.text, after.text if after.kind in ("text", "word") else "")
        for each, after in pairs
        if each.kind == "switch"
    ]


# --- what a field says ----------------------------------------------------------------------------

_NO_TEXT = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
_DATES = frozenset({"DATE", "TIME", "CREATEDATE", "SAVEDATE", "PRINTDATE"})
_WHOLE = frozenset({"ADDRESSBLOCK", "GREETINGLINE", "MERGEREC", "MERGESEQ", "DATABASE"})
_NAMED = frozenset({"DOCPROPERTY", "DOCVARIABLE", "FILLIN"})
_FORMS = frozenset({"FORMTEXT", "FORMDROPDOWN"})
# Their results say what the document itself has, whoever reads it.
_STEADY = frozenset(
    (
        *("TOC", "TC", "XE", "INDEX", "SEQ", "PAGEREF", "NOTEREF", "STYLEREF", "HYPERLINK"),
        *("SYMBOL", "FORMCHECKBOX", "LISTNUM", "AUTONUM", "AUTHOR", "TITLE", "SUBJECT", "KEYWORDS"),
        *("FILENAME", "USERNAME", "USERADDRESS", "INFO", "REF", "QUOTE", "EMBED", "LINK", "EQ"),
        *("ADVANCE", "INCLUDEPICTURE", "INCLUDETEXT", "BIBLIOGRAPHY", "CITATION", "COMMENTS"),
        *("NUMWORDS", "NUMCHARS"),
    )
)


class FieldReader:
    """Reads the codes of one file: a bookmark that one field sets is what another refers to."""

    def __init__(self) -> None:
        self._bookmarks: dict[str, Said] = {}
        self.columns: set[str] = set()
        """The names of its merge fields, as its blanks have them."""

    def said(self, code: Code) -> Said:
        """What a field of that code shows."""
        parts = _parts(code.text)
        kind = parts[0].text.upper() if parts else ""
        arguments = [each for each in parts[1:] if each.kind in ("text", "word")]
        called = code.filled(arguments[0].text) if arguments else ""
        if kind == "MERGEFIELD":
            self.columns.add(blank(called)[1:-1])
            return _merge_field(called, _switches(parts[1:]), code)
        if kind == "IF":
            return _condition(parts[1:], code)
        if kind in ("SET", "ASK"):
            words = " ".join(code.filled(each.text) for each in arguments[1:])
            self._bookmarks[called.casefold()] = (
                Said(text=words) if kind == "SET" else Said(text=blank(called), name=blank(called))
            )
            return Said(text="") if kind == "SET" else Said(text="", untold=code.shown)
        if kind == "REF" and called.casefold() in self._bookmarks:
            return self._bookmarks[called.casefold()]
        if kind.casefold() in self._bookmarks:
            return self._bookmarks[kind.casefold()]
        if kind == "GREETINGLINE" and (said := self._greeting(dict(_switches(parts)).get("f", ""))):
            return Said(text=said)
        if kind in _NAMED:
            if kind == "FILLIN":  # asked for each letter: a column, and never who writes
                self.columns.add(blank(called or kind)[1:-1])
            return Said(text=blank(called or kind), name=blank(called or kind))
        if kind in _DATES:
            return Said(text="[date]", name="[date]")
        if kind in _WHOLE:
            return Said(text=blank(kind), name=blank(kind))
        if kind == "MACROBUTTON":
            name = blank(" ".join(code.shown.split()[2:]))
            return Said(text=name, name=name)
        if kind in _FORMS:
            return Said(text="[____]", name="[____]")
        if kind in _NO_TEXT:
            return Said(text="", untold=kind)
        if kind == "QUOTE" and code.inner:
            return Said(text="".join(code.filled(each.text) for each in arguments))
        if not kind or (kind in _STEADY and not code.inner):
            return Said(text=None)
        if kind == "HYPERLINK":  # its words stay; where it leads is another for each
            return Said(text=None, untold=code.shown)
        return _unsayable(code)

    def _greeting(self, form: str) -> str:
        """The words and fields of "<<_BEFORE_ Cher >><<_TITLE0_>><< _LAST0_>><<_AFTER_ ,>>"; ""
        where it has others than these.
        """
        parts = _OF_GREETING.findall(form)
        if {called for called, _words in parts} - _GREETED.keys():
            return ""
        self.columns |= {name for called, _words in parts if (name := _GREETED[called])}
        said = (blank(_GREETED[called]) if _GREETED[called] else words for called, words in parts)
        return " ".join(" ".join(said).split()).replace(" ,", ",")


_GREETED = {"BEFORE": "", "TITLE": "Civilité", "FIRST": "Prénom", "LAST": "Nom", "AFTER": ""}
_OF_GREETING = re.compile(r"<<\s*_([A-Z]+)[0-9]?_([^<>]*)>>")


def _unsayable(code: Code, ways: Sequence[str] = ()) -> Said:
    """A blank with the code, and behind it the words that it chooses among: none vanishes."""
    name = blank(code.shown)
    words = [name, *(way for way in ways if way)]
    return Said(text=" ".join(words), name=name, untold=code.shown)


# --- fields of the sheet --------------------------------------------------------------------------

_CASES: Mapping[str, str] = MappingProxyType(
    {
        "upper": "|capitales",
        "lower": "|minuscules",
        "firstcap": "|majuscule",
        "caps": "|initiales",
        "mergeformat": "",
        "mergeformatinet": "",
        "charformat": "",
    }
)


def _merge_field(name: str, switches: Sequence[tuple[str, str]], code: Code) -> Said:
    filters = before = behind = ""
    unsaid = False
    for switch, words in switches:
        if switch == "*":
            found = _CASES.get(words.casefold())
            unsaid |= found is None
            filters += found or ""
        elif switch == "@":
            filters += (made := _of_date(words))
            unsaid |= not made
        elif switch == "#":
            filters += (made := _of_number(words))
            unsaid |= not made
        elif switch == "b":
            before = code.filled(words)
        elif switch == "f":
            behind = code.filled(words)
    if unsaid or len(name) + len(filters) > BLANK_AT_MOST:
        return _unsayable(code)
    variable = variable_name(name)
    shown = blank(name, filters)
    text = shown
    if before or behind:  # Word prints neither beside an empty field
        if not _is_name(variable):
            return _unsayable(code, (before, behind))
        text = f"{{% if {variable} %}}{before}{shown}{behind}{{% endif %}}"
    expression = f"{variable}{filters}" if _is_name(variable) else ""
    return Said(text=text, name=shown, expression=expression)


def _is_name(variable: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)?", variable) is not None


_FRENCH_PICTURE = str.maketrans({"j": "d", "a": "y", "D": "d", "Y": "y", "J": "d", "A": "y"})


def _of_date(picture: str) -> str:
    """The filter of a date picture; Word in French has "jj/MM/aaaa" too. "" for an hour."""
    picture = re.sub(r"'([ ,./-]*)'", r"\1", picture.strip()).translate(_FRENCH_PICTURE)
    if picture in ("d MMMM yyyy", "dd MMMM yyyy"):
        return "|date_longue"
    return f'|date_selon("{picture}")' if forms.is_date_form(picture) else ""


def _of_number(picture: str) -> str:
    """The filter of a picture of numbers; "" for one with words or several forms."""
    picture = picture.replace("'", "").replace("\u00a0", " ").replace("\u202f", " ").strip()
    return f'|nombre("{picture}")' if forms.is_number_form(picture) else ""


# --- conditions -----------------------------------------------------------------------------------

_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_OURS = {"=": "==", "<>": "!="}
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:[.,][0-9]{1,6})?")


def _condition(parts: Sequence[_Part], code: Code) -> Said:
    """`{% if … %}` with both ways; one of them alone would be a lie."""
    compared = _compared(parts)
    if compared is None:
        return _unsayable(code, [code.filled(p.text) for p in parts if p.kind == "text"][-2:])
    left, operator, right, rest = compared
    ways = [code.filled(each.text) for each in rest if each.kind in ("text", "word")][:2]
    first, second = (*ways, "", "")[:2]
    choice = f"[{first.strip()} / {second.strip()}]"
    if _is_known_choice(choice):
        return Said(text=choice, name=choice)
    if second and not first:
        operator, first, second = _OPPOSITE[operator], second, ""
    test = _test(left, operator, right, code)
    if not test or any(_is_tangled(way) for way in ways):
        return _unsayable(code, ways)
    if not first:
        return Said(text="")
    otherwise = f"{{% else %}}{second}" if second else ""
    return Said(text=f"{{% if {test} %}}{first}{otherwise}{{% endif %}}")


def _compared(parts: Sequence[_Part]) -> tuple[_Part, str, _Part, Sequence[_Part]] | None:
    """Left side, operator, right side and what follows them."""
    if len(parts) < 3 or parts[1].kind != "operator" or parts[0].kind not in ("text", "word"):
        return None
    if parts[2].kind not in ("text", "word"):
        return None
    rest = parts[3:]
    switch = next((i for i, each in enumerate(rest) if each.kind == "switch"), len(rest))
    return parts[0], parts[1].text, parts[2], rest[:switch]


_GREETINGS = ("salutation", "salutation_courte")


def _is_known_choice(choice: str) -> bool:
    """Whether this is a choice that we make ourselves: "[Madame la Maire / Monsieur le Maire]"."""
    if len(choice) > BLANK_AT_MOST or "[" in choice[1:] or "{" in choice:
        return False
    found = blanks.find(choice)
    return len(found) == 1 and found[0].found == choice and found[0].proposal in _GREETINGS


def _is_tangled(words: str) -> bool:
    """Whether braces in the words would be read as a tag."""
    return bool(re.search(r"[{}]", re.sub(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}", "", words)))


def _test(left: _Part, operator: str, right: _Part, code: Code) -> str:
    """The comparison in the letter's language; "" where that cannot say it."""
    one, other = _operand(left, code), _operand(right, code)
    if one is None or other is None or not (one[0] or other[0]):
        return ""
    if not one[0]:  # "F" = { MERGEFIELD Sexe }
        one, other = other, one
        operator = _TURNED.get(operator, operator)
    operator = _OURS.get(operator, operator)
    expression, value = one[0], other[1]
    is_equal = operator in ("==", "!=")
    if other[0]:
        test = f"{expression} {operator} {other[0]}" if is_equal else ""
    elif not is_equal:
        number = value.replace(",", ".") if _NUMBER.fullmatch(value) else ""
        test = f"{expression}|nombre {operator} {number}" if number else ""
    elif "*" in value or "?" in value or _NUMBER.fullmatch(value):  # 1 = 01 = 1,0 to Word
        test = f'{"not " if operator == "!=" else ""}{expression}|ressemble("{value}")'
    else:
        test = f'{expression} {operator} "{value}"'
    return test if _is_sayable(test, value) else ""


def _operand(part: _Part, code: Code) -> tuple[str, str] | None:
    """The expression that a side is, or its words; None where it is neither."""
    if re.fullmatch("[\ue100-\ue4ff]", part.text.strip()):
        said = code.inner[ord(part.text.strip()) - _INNER]
        return (said.expression, "") if said.expression else None
    if re.search("[\ue100-\ue4ff]", part.text):
        return None
    if part.kind == "word" and (column := _OF_DATABASE.fullmatch(part.text)):
        variable = blanks.of_column(variable_name(column[1]))
        return (variable, "") if _is_name(variable) else None
    return "", part.text.strip()


_OF_DATABASE = re.compile(r"\[(?:[^\[\].]+\.)+([^\[\].]+)\]")
"""How a condition of LibreOffice names a column: [Adhérents.Feuille1.Civilité]."""


def _is_sayable(test: str, value: str) -> bool:
    if not test or re.search(r'["\\{}%\n]', value):
        return False
    used = re.findall(r"(?<!\.)\b[a-z][a-z0-9_.]*", re.sub(r'"[^"]*"', "", test))
    names = {*blanks.NAMES, *used, *(each.partition(".")[0] for each in used)}
    try:
        language.read(f"{{% if {test} %}}x{{% endif %}}", path="", first_row=1, names=names)
    except LetterError:
        return False
    return True
