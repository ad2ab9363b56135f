"""Blanks of a letter as words in brackets: "{{ commune|de }}" is "[de la commune]", and back.

The table of an audience is reversible in both languages at once: a page may be shown in one and
posted in the other. An author's own words in brackets that would be taken for a blank get a mark,
"[date ?]".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from merge.letters.blanks import column_of, is_expression
from merge.letters.kinds import COLUMN, variable_name
from merge.letters.language import Stretch, expression_in
from merge.letters.language import named as names_in
from merge.letters.lines import COUNT, DOTTED, LINE, TOTAL
from merge.model import Audience
from merge.words.language import N_, _, audience, speaking, translate

LANGUAGES = ("fr", "en")
AROUND = 60  # characters

_OF_ALL: Mapping[str, str] = {
    "date": N_("the day of sending"),
    "annee": N_("the year of sending"),
    "code_postal": N_("postcode"),
    "salutation": N_("form of address"),
    "salutation_courte": N_("short form of address"),
    "groupe": N_("name of our group"),
    "lieu": N_("our town"),
    "lieu|de": N_("of our town"),
    "lieu|a": N_("at our town"),
    "lieu|a|majuscule": N_("At our town"),
    "signature": N_("our signature"),
    "signataires": N_("names of those who sign"),
    "contact": N_("how to reach us"),
    "repondre_a": N_("address for answers"),
    "origine_adresse": N_("where the addresses come from"),
    "reference": N_("reference of the letter"),
    "nombre_lignes": N_("number of lines of this letter"),
    "premier_envoi": N_("day of the first letter"),
    "premier_envoi.moyen": N_("how the first letter went"),
    "premier_envoi.objet": N_("subject of the first letter"),
}
_OF_COMMUNES: Mapping[str, str] = {
    **_OF_ALL,
    "commune": N_("name of the commune"),
    "commune|de": N_("of the commune"),
    "commune|a": N_("at the commune"),
    "commune|de|majuscule": N_("Of the commune"),
    "commune|a|majuscule": N_("At the commune"),
    "commune|de(gras=true)": N_("of the commune, in bold"),
    "commune|a(gras=true)": N_("at the commune, in bold"),
    "commune|capitales": N_("name of the commune, in capitals"),
    "insee": N_("INSEE code of the commune"),
    "population": N_("number of inhabitants"),
    "departement": N_("name of the département"),
    "departement|de": N_("of the département"),
    "departement.code": N_("number of the département"),
    "titre": N_("title of the mayor"),
    "sexe": N_("sex of the mayor, F or M"),
    "maire": N_("first name and surname of the mayor"),
    "maire.prenom": N_("first name of the mayor"),
    "maire.nom": N_("surname of the mayor"),
    "local": N_("paragraphs of this commune alone"),
}
_OF_OTHERS: Mapping[str, str] = {
    **_OF_ALL,
    "civilite": N_("civility of the person"),
    "prenom": N_("first name of the person"),
    "nom": N_("surname of the person"),
    "nom_complet": N_("first name and surname of the person"),
    "sexe": N_("sex of the person, F or M"),
    "organisation": N_("name of the organisation"),
    "adresse": N_("street of the recipient"),
    "ville": N_("town of the recipient"),
    "courriel": N_("e-mail address of the recipient"),
    "numero": N_("number in your list"),
    "local": N_("paragraphs of this recipient alone"),
}
_COLUMN = N_("column: {name}")
_LINE = N_("in each line: {name}")
_TOTAL = N_("total of all lines: {name}")
_OF_COLUMNS: Mapping[str, str] = {"": _COLUMN, LINE: _LINE, TOTAL: _TOTAL}
"""The words for a column, by what stands before its dot."""
_FORMULA = N_("formula: {expression}")

_Group = tuple[str, Sequence[str]]

_SENDING: _Group = (N_("Sending"), ("date", "annee"))
_WRITER: _Group = (
    N_("Who writes"),
    (
        "signature",
        "signataires",
        "groupe",
        "lieu",
        "lieu|de",
        "lieu|a",
        "lieu|a|majuscule",
        "contact",
        "repondre_a",
        "origine_adresse",
        "reference",
    ),
)
_GROUPS_OF_COMMUNES: Sequence[_Group] = (
    _SENDING,
    (
        N_("The recipient"),
        (
            "commune",
            "commune|de",
            "commune|a",
            "commune|de|majuscule",
            "commune|a|majuscule",
            "commune|de(gras=true)",
            "commune|a(gras=true)",
            "code_postal",
            "departement",
            "departement|de",
            "departement.code",
            "population",
        ),
    ),
    (
        N_("The person"),
        ("salutation", "salutation_courte", "titre", "maire", "maire.prenom", "maire.nom"),
    ),
    _WRITER,
)
_GROUPS_OF_OTHERS: Sequence[_Group] = (
    _SENDING,
    (
        N_("The recipient"),
        (
            "salutation",
            "salutation_courte",
            "civilite",
            "prenom",
            "nom",
            "nom_complet",
            "organisation",
            "adresse",
            "code_postal",
            "ville",
            "courriel",
            "numero",
        ),
    ),
    _WRITER,
)


def _table(whom: Audience) -> Mapping[str, str]:
    """The words for each expression, in a campaign that writes to these."""
    return _OF_COMMUNES if whom == "communes" else _OF_OTHERS


@dataclass(frozen=True, slots=True)
class BlankGroup:
    """A part of the menu of what a blank may be: its choices as (expression, words)."""

    label: str
    choices: Sequence[tuple[str, str]]


def menu(
    columns: Collection[str] = (), *, is_reminder: bool = False, has_lines: bool = False
) -> Sequence[BlankGroup]:
    """The menu of blanks in the current language; `columns` are the list's headers. `has_lines`: of
    a letter to several rows at once.
    """
    groups = [*(_GROUPS_OF_COMMUNES if audience() == "communes" else _GROUPS_OF_OTHERS)]
    if is_reminder:
        of_first = ("premier_envoi", "premier_envoi.moyen", "premier_envoi.objet")
        groups.insert(1, (N_("The first letter"), of_first))
    found = [
        BlankGroup(translate(label), [(each, words_of(each)) for each in expressions])
        for label, expressions in groups
    ]
    table = _table(audience())
    named = {variable_name(header): header for header in columns}
    own = {f"{COLUMN}.{name}" if name in table else name: named[name] for name in named}
    to_whom = audience()
    if choices := [(each, header) for each, header in own.items() if column_of(each, to_whom)]:
        found.append(BlankGroup(_("A column of the list"), choices))
    if has_lines:
        dotted = [f"{owner}.{name}" for owner in DOTTED for name in named]
        lines = [(each, words_of(each, columns)) for each in (COUNT, *dotted)]
        found.append(BlankGroup(_("The lines of the letter"), lines))
    return found


def words_of(expression: str, columns: Collection[str] = ()) -> str:
    """The words for an expression, without brackets: "of the commune". Of a choice they say by
    what it is made."""
    if expression.startswith("{%"):
        return _("by: {what}").format(what=words_of((*names_in(expression), "?")[0], columns))
    plain = _plain(expression)
    if marked := _table(audience()).get(plain):
        return translate(marked)
    owner, _dot, name = plain.rpartition(".")
    is_shadowed = owner == COLUMN and name in _table(audience())
    if is_shadowed or owner in DOTTED or (not owner and name == column_of(name, audience())):
        header = next((each for each in columns if variable_name(each) == name), name)
        said = name if re.search(r"[\[\]?\n]", header) else header
        return translate(_OF_COLUMNS.get(owner, _COLUMN)).format(name=said)
    if found := _AGREEMENT.fullmatch(plain):
        return " / ".join(each for each in found.groups() if each)
    return translate(_FORMULA).format(expression=plain)


def expression_of(words: str) -> str:
    """The expression that these words of either language mean; "" for none."""
    said = _folded(words)
    if said.endswith("?"):  # the mark of an author's own words
        return ""
    if found := _by_words(audience()).get(said):
        return found
    for kind, form in _prefixes():
        if named := form.fullmatch(said):
            if kind == _FORMULA:
                return named[1].strip()
            name = variable_name(named[1])
            if not kind and name in _table(audience()):
                kind = COLUMN  # of the list, where a blank of ours is called so, too
            return ".".join(filter(None, (kind, name)))
    if slashed := _SLASHED.fullmatch(said):
        forms = ", ".join(f'"{each}"' for each in slashed.groups()[1:] if each is not None)
        return f'"{slashed[1]}"|accord({forms})'
    return ""


# --- a source as words, and back ------------------------------------------------------------------

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_BRACKETS = re.compile(r"(?<![\\\]!])\[([^\[\]\n]+)\](?!\()")
_BRACKET = re.compile(r"[\[\]]")
_MARK = " ?"


def to_words(source: str, columns: Collection[str] = ()) -> str:
    """A block of a letter, or its subject, with its blanks as words in brackets.

    What is no blank alone (`{% if … %}`) stays as it is. `to_source` undoes it.
    """
    parts: list[str] = []
    done = 0
    for found in _TAG.finditer(source):
        parts.append(_marked(source[done : found.start()]))
        done = found.end()
        parts.append(_said(found[0], "".join(parts)[-1:], source[done : done + 1], columns))
    return "".join([*parts, _marked(source[done:])])


def to_source(words: str) -> str:
    """The source of a text with blanks as words in brackets; undoes `to_words`."""
    parts: list[str] = []
    done = 0
    for found in _TAG.finditer(words):
        parts += [_BRACKETS.sub(_blank, words[done : found.start()]), found[0]]
        done = found.end()
    return "".join([*parts, _BRACKETS.sub(_blank, words[done:])])


def lost(was: str, words: str) -> Sequence[str]:
    """The blanks of a text, as `to_words` says them, that its changed `words` have half left: they
    mean nothing there any more, and were not taken out whole.
    """
    stood = {
        found[0]: meant for found in _BRACKETS.finditer(was) if (meant := expression_of(found[1]))
    }
    stand = {expression_of(found[1]) for found in _BRACKETS.finditer(words)}
    rest = _without_blanks(words)
    is_broken = len(_BRACKET.findall(rest)) > len(_BRACKET.findall(_without_blanks(was)))
    gone = [said for said, meant in stood.items() if meant not in stand]
    return [said for said in gone if is_broken or said.strip("[]") in rest]


def _without_blanks(words: str) -> str:
    return _BRACKETS.sub(lambda found: "" if expression_of(found[1]) else found[0], words)


def around(source: str, span: Stretch) -> tuple[str, str]:
    """The text of the line before and behind this stretch, as words, at most AROUND of each."""
    start = source.rfind("\n", 0, span.start) + 1
    end = source.find("\n", span.end)
    before = to_words(source[start : span.start].removeprefix("subject: "))
    after = to_words(source[span.end : len(source) if end < 0 else end])
    return before[-AROUND:], after[:AROUND]


def _said(tag: str, before: str, behind: str, columns: Collection[str]) -> str:
    """A tag as words in brackets; unchanged where `to_source` could not undo it."""
    expression = expression_in(tag)
    words = words_of(expression, columns) if expression else ""
    is_alone = before not in ("\\", "]", "!") and behind not in ("(", "[")
    is_sayable = is_alone and is_expression(expression) and not re.search(r"[\[\]\n]", words)
    if is_sayable and words and _plain(expression_of(words)) == _plain(expression):
        return f"[{words}]"
    return tag


def _blank(found: re.Match[str]) -> str:
    words = found[1]
    if expression := expression_of(words):
        return f"{{{{ {expression} }}}}"
    return f"[{words.removesuffix(_MARK)}]" if _is_taken(words) else found[0]


def _marked(text: str) -> str:
    """Mark the author's own words in brackets that would be taken for a blank."""
    return _BRACKETS.sub(lambda f: f"[{f[1]}{_MARK}]" if _is_taken(f[1]) else f[0], text)


def _is_taken(words: str) -> bool:
    while words.endswith(_MARK):
        words = words.removesuffix(_MARK)
    return expression_of(words) != ""


# --- the table, by its words ----------------------------------------------------------------------

_AGREEMENT = re.compile(r'"([^"/|]+)"\|accord\("([^"/|]+)"(?:,"([^"/|]+)")?\)')
_SLASHED = re.compile(r'([^"/|]+?) / ([^"/|]+?)(?: / ([^"/|]+?))?')


def _plain(expression: str) -> str:
    """An expression without insignificant spaces."""
    parts = re.split(r"""("[^"]*"|'[^']*')""", expression)
    parts[::2] = [re.sub(r"\s*([|(),=])\s*", r"\1", part) for part in parts[::2]]
    return "".join(parts).strip()


def _folded(words: str) -> str:
    """Words with plain spaces and apostrophes, however they were typed."""
    return " ".join(words.replace("’", "'").split())


@cache
def _by_words(whom: Audience) -> Mapping[str, str]:
    said = _in_every_language(_table(whom).items())
    return {_folded(each): expression for expression, each in said}


@cache
def _prefixes() -> Sequence[tuple[str, re.Pattern[str]]]:
    """How the words of a column and of a formula begin, in every language."""
    found = []
    for kind, words in _in_every_language([*_OF_COLUMNS.items(), (_FORMULA, _FORMULA)]):
        before = re.escape(_folded(words.partition("{")[0])).replace(r"\ ", " ?")
        found.append((kind, re.compile(rf"{before} ?(\S.*)")))
    return found


def _in_every_language(marked: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for each in LANGUAGES:
        with speaking(each):
            yield from [(key, translate(words)) for key, words in marked]
