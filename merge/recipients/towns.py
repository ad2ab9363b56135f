"""Which commune of the reference a row means: by its INSEE code, else by département and name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from rapidfuzz import fuzz, process

from merge.french.communes import (
    CITY_OF_DISTRICT,
    DEPARTMENTS,
    Commune,
    by_former_name,
    by_name,
    department_of,
    fold,
    lies_in,
    reference,
    successor,
    with_zero,
)
from merge.french.grammar import bare
from merge.recipients.address import department_in, digits_of
from merge.recipients.cells import Problems, one_line

# The RNE until 2022 has letters for what lies overseas.
_OVERSEAS = {
    **{"ZA": "971", "ZB": "972", "ZC": "973", "ZD": "974"},
    **{"ZM": "976", "ZS": "975", "ZN": "988", "ZP": "987"},
}
_CLOSE_AT_LEAST = 80  # of 100; only ever suggested
_CLOSE_AT_MOST = 3  # communes
_SUGGESTED_AT_MOST = 5
_DIGITS = 5  # of a postcode


def department_code(text: str) -> str:
    """The code of a département by its code (a lost zero, RNE's letters), its name, or both ("35 -
    Ille-et-Vilaine", "Ain (01)"); "" if none, or where the two disagree.

    "97", "98" and "20", as older lists and postcodes have them, are kept: they stand for several.
    """
    code = text.strip().upper().removesuffix(".0")
    code = _OVERSEAS.get(code, code.zfill(2) if code.isdigit() else code)
    if code in DEPARTMENTS or code in ("97", "98", "20"):
        return code
    return _department_names().get(fold(text), "")


@cache
def _department_names() -> dict[str, str]:
    return {
        fold(written): code
        for code, name in DEPARTMENTS.items()
        for short in {code, code.lstrip("0")}
        for written in (name, f"{short} {name}", f"{name} {short}")
    }


def match(
    code: str, name: str, department: str, postcode: str, problems: Problems
) -> Commune | None:
    """The commune, by `code` where there is one; None where it is not certain. All as typed,
    cleaned; "" is absent.

    `department` is what the row says, and a code or a name of another one is not believed; so is
    that behind a name, "Rennes (35)". For want of one its postcode says where it lies, and is to
    blame where communes of that name lie elsewhere alone.

    Codes: "branch-office", "zero-restored", "unknown-insee", "district-code",
    "vanished-commune", "name-disagrees", "short-name", "former-name", "name-of-another",
    "department-disagrees", "matched-by-name", "ambiguous-name", "unknown-name", "no-key",
    "bad-postcode", "postcode-disagrees". What is suggested and not taken is "35238 Rennes, 35239
    Retiers", or postcodes.
    """
    plain = reference().get(code)
    if plain and name in ("", plain.name) and department in ("", plain.department):  # nearly all
        return plain
    _, behind = _without_department(one_line(name))
    where = department or behind or department_in(postcode)
    at = department_code(where)
    if _BRANCH.match(name):
        return _not_taken("branch-office", name, _seat(name, code, where), problems)
    told = Problems()
    if code:
        commune = _by_code(code, name, where, told)
    elif name and at and (here := _named(name, at)):
        if len(here) > 1:
            return _not_taken("ambiguous-name", name, here, problems)
        (commune,) = here
        told.tell("matched-by-name", "commune", name, commune.insee)
    elif name and at and (now := _formerly_named(name, at)):
        return _not_taken("vanished-commune", name, now, problems)
    else:
        if department or behind:
            postcode = ""  # it is not asked
        return _nowhere(name, at, postcode, problems)
    said = [each for each in map(department_code, (department, behind)) if each]
    if commune is None or all(_is_of(commune, each) for each in said):
        problems += told
        return commune
    others = [each for its in said for each in _named(name, its)]
    field, typed = ("insee", code) if code else ("commune", name)
    return _not_taken("department-disagrees", typed, [commune, *others], problems, field)


def _nowhere(name: str, at: str, postcode: str, problems: Problems) -> Commune | None:
    """None, for no commune of the département `at` has that name; or its `postcode` is wrong."""
    known = _named(name) or _formerly_named(name)
    is_whole = len(digits_of(postcode)) == _DIGITS
    if known and postcode and not (is_whole and _begun(name, at)):
        code = "postcode-disagrees" if is_whole else "bad-postcode"
        own = dict.fromkeys(own for each in known for own in each.postcodes)
        meant = ", ".join([*own][:_SUGGESTED_AT_MOST])
        problems.tell(code, "postcode", postcode, meant, taken=False)
        return None
    if name and at:
        return _not_taken("unknown-name", name, _close(name, at), problems)
    return _not_taken("no-key", name, known, problems, field="")


# "Rennes (35)", "Rennes (Ille-et-Vilaine)", "Rennes - 35"; but "Château-Chinon (Ville)".
_DEPARTMENT_BEHIND = re.compile(
    r"(?P<name>.*?\w)\s*(?:\((?P<any>[^()]+)\)|(?:\s[-–—]|,)\s*(?P<code>\d{2,3}|2[AB]))",
    re.IGNORECASE,
)


def _without_department(name: str) -> tuple[str, str]:
    """A name, and the département that is written behind it; "" where none is."""
    found = _DEPARTMENT_BEHIND.fullmatch(name) if name[-1:] in _ENDS else None
    behind = (found["any"] or found["code"]) if found else ""
    return (found["name"], behind) if found and department_code(behind) else (name, "")


_ENDS = frozenset(")0123456789ABab")


# Saint-Barthélemy and Saint-Martin were of Guadeloupe until 2007.
_FORMERLY_OF = {"977": "971", "978": "971"}


def _is_of(commune: Commune, department: str) -> bool:
    return lies_in(commune.insee, department) or _FORMERLY_OF.get(commune.department) == department


def _not_taken(
    code: str, value: str, suggested: Sequence[Commune], problems: Problems, field: str = "commune"
) -> Commune | None:
    """None, told with the communes that may be meant."""
    some = [*dict.fromkeys(suggested)][:_SUGGESTED_AT_MOST]
    meant = ", ".join(f"{each.insee} {each.name}" for each in some)
    problems.tell(code, field, value, meant, taken=False)
    return None


def _seat(name: str, code: str, department: str) -> Sequence[Commune]:
    """The commune that a mairie déléguée or annexe is a part of: by the code, else by its name."""
    whole = _whole_code(code, department)
    if by_code := reference().get(whole) or successor(whole):
        return (by_code,)
    where = department_code(department)
    return (_formerly_named(name, where) or _named(name, where)) if where else ()


def _by_code(typed: str, name: str, department: str, problems: Problems) -> Commune | None:
    code = _whole_code(typed, department)
    commune = reference().get(code)
    if commune is None:
        return _by_old_code(code, typed, name, department, problems)
    if code[0] == "0" != typed[0] and not _SHORT.fullmatch(typed):
        problems.tell("zero-restored", "insee", typed, code)
    return commune if not name or says(name, commune) else _by_other(name, commune, problems)


_SHORT = re.compile(r"\d{3}")


def _whole_code(typed: str, department: str) -> str:
    """Five signs: a lost zero is put back, three digits go after their département (RNE 2019)."""
    code = re.sub(r"\.0$", "", typed.upper().replace(" ", ""))
    if _SHORT.fullmatch(code) and department:
        return f"{department_code(department)[:2]}{code}"
    return with_zero(code)


def _by_old_code(
    code: str, typed: str, name: str, department: str, problems: Problems
) -> Commune | None:
    """None, for no commune has the code: told is what it stood for, or what the name may mean."""
    where = department_code(department) or department_of(code)
    named = _named(name, where)
    now = successor(code)
    if city := CITY_OF_DISTRICT.get(code):
        why, meant = "district-code", [reference()[city]]
    elif now and (not named or now in named):
        why, meant = "vanished-commune", [now]
    else:
        why, meant = "unknown-insee", [*named]
        if name and not named:
            meant = [*(_formerly_named(name, where) or _close(name, where))]
    return _not_taken(why, typed, meant, problems, "insee")


def _by_other(name: str, commune: Commune, problems: Problems) -> Commune | None:
    """The commune of a code beside a name that it has not; None where that is another town's."""
    where = commune.department
    others = [each for each in _named(name, where) if each is not commune]
    others = others or [*_formerly_named(name, where)]
    own, meant = fold(commune.name), [*map(fold, _meanings(name))][-1]
    code = "name-disagrees"
    if commune in others:
        code, others = "former-name", []
    elif not others and own.startswith(f"{meant} "):
        code = "short-name"
    elif not others and fuzz.ratio(own, meant) < _CLOSE_AT_LEAST:
        others = [*_named(name)]  # "Lyon" beside a code of the Ain
    if others:  # nobody can say which one the row is about
        return _not_taken("name-of-another", name, [commune, *others], problems)
    problems.tell(code, "commune", name, commune.name)
    return commune


def says(name: str, commune: Commune) -> bool:
    """Whether the typed name is that commune's."""
    if name.casefold() == commune.name.casefold():
        return True
    own = {fold(commune.name), fold(bare(commune.name))}
    return any(fold(meant) in own for meant in _meanings(name))


def strange_letters(name: str, commune: Commune) -> set[str]:
    """Accented letters in the typed name that the commune's has not, whatever their case.

    `fold` takes "MontrÈal" for Montréal; only another encoding writes it so.
    """
    *_, meant = _meanings(name)
    own = set(commune.name.casefold())
    return {
        letter
        for letter in meant.casefold()
        if not letter.isascii() and letter.isalpha() and letter not in own
    }


def _named(name: str, where: str = "") -> Sequence[Commune]:
    """The communes that the typed name may mean; in that département, where one is given."""
    for meant in _meanings(name):
        if found := by_name(meant, where):
            return found
    return ()


def _formerly_named(name: str, where: str = "") -> Sequence[Commune]:
    """The communes of today in which one of that name has gone."""
    for meant in _meanings(name):
        if found := by_former_name(meant, where):
            return found
    return ()


_OFFICIAL = "Mairie - "  # the annuaire's own form, which begins no commune's name
_PART = r"(?:d[ée]l[ée]gu|annexe|associ)\w*"
_BRANCH = re.compile(rf"(?:mairi[eé]|commune)\s+{_PART}", re.IGNORECASE)
_TOWN_HALL = re.compile(
    rf"(?:mairi[eé]|commune|ville|h[oô]tel[ -]de[ -]ville)\b(?:\s+{_PART})?(?:\s*\([^)]*\))?"
    r"(?:\s*[-–—:]\s+|\s+(?=d))(?P<rest>.+)",
    re.IGNORECASE,
)
_ARTICLE_LAST = re.compile(r"(?P<rest>.+?)\s*\((?P<article>l[ae]|les|l['’])\)", re.IGNORECASE)
_CONTRACTED = ((r"d['’]\s*", ""), (r"de\s+", ""), (r"du\s+", "Le "), (r"des\s+", "Les "))


def _meanings(name: str) -> Iterator[str]:
    """The name as typed, without its département; then without "Mairie de" and the like, "du Mans"
    as "Le Mans", as is "Mans (Le)".
    """
    text, _ = _without_department(one_line(name))
    if text.startswith(_OFFICIAL):
        yield text.removeprefix(_OFFICIAL)
        return
    yield text
    if found := _ARTICLE_LAST.fullmatch(text):
        yield f"{found['article']} {found['rest']}"
    if found := _TOWN_HALL.match(text):
        rest = found["rest"]
        yield rest
        for start, article in _CONTRACTED:
            if begin := re.match(start, rest, re.IGNORECASE):
                yield article + rest[begin.end() :]


def _begun(name: str, where: str) -> Sequence[Commune]:
    """The communes there of which one name is the beginning of the other."""
    *_, meant = map(fold, _meanings(name))
    return [
        commune
        for commune, own in _folded_names(where).items()
        if f"{own} ".startswith(f"{meant} ") or f"{meant} ".startswith(f"{own} ")
    ]


def _close(name: str, where: str) -> Sequence[Commune]:
    """Up to three communes of the département with a name that is written nearly so.

    First those of which one name is the beginning of the other: "Herblay" for Herblay-sur-Seine.
    """
    *_, meant = map(fold, _meanings(name))
    there, begun = _folded_names(where), _begun(name, where)
    alike = process.extract(
        meant, there, scorer=fuzz.ratio, limit=_CLOSE_AT_MOST, score_cutoff=_CLOSE_AT_LEAST
    )
    # "Saint-Martin" begins too many names to suggest any of them.
    found = (*(begun if len(begun) <= _CLOSE_AT_MOST else ()), *(each for *_, each in alike))
    return [*dict.fromkeys(found)][:_CLOSE_AT_MOST]


@cache
def _folded_names(where: str) -> dict[Commune, str]:
    """The communes of a département; none of "", which is everywhere."""
    codes = [insee for insee in reference() if where and lies_in(insee, where)]
    return {reference()[insee]: fold(reference()[insee].name) for insee in codes}
