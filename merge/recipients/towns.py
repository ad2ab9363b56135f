"""Which commune of the reference a row means: by its INSEE code, else by département and name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

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
from merge.recipients.cells import CellProblem, one_line

# The RNE until 2022 has letters for what lies overseas.
_OVERSEAS = {
    **{"ZA": "971", "ZB": "972", "ZC": "973", "ZD": "974"},
    **{"ZM": "976", "ZS": "975", "ZN": "988", "ZP": "987"},
}
_CLOSE_AT_LEAST = 80  # of 100; only ever suggested
_CLOSE_AT_MOST = 3  # communes
_SUGGESTED_AT_MOST = 5
_DIGITS = 5  # of a postcode


@dataclass(frozen=True, slots=True)
class Match:
    """The commune that a row means, None when that is not certain; and the problems."""

    commune: Commune | None
    problems: tuple[CellProblem, ...] = ()


@lru_cache(maxsize=1024)
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


def match(code: str, name: str, department: str, *, postcode: str = "") -> Match:
    """The commune, by `code` where there is one. All as typed, cleaned; "" is absent.

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
        return Match(plain)
    _, behind = _without_department(one_line(name))
    department = department or behind
    where = department or department_in(postcode)
    at = department_code(where)
    if _BRANCH.match(name):
        return _not_taken("branch-office", name, _seat(name, code, where))
    if code:
        found = _by_code(code, name, where)
    elif name and at and (here := _by_name(name, at)):
        found = here
    else:
        known = (_named(name) or _formerly_named(name)) if name else ()
        is_whole = len(digits_of(postcode)) == _DIGITS
        if known and postcode and not department and not (is_whole and _begun(name, at)):
            return _wrong_postcode(
                postcode, known, "postcode-disagrees" if is_whole else "bad-postcode"
            )
        if name and at:
            return _not_taken("unknown-name", name, _close(name, at))
        return _not_taken("no-key", name, known, field="")
    said = [at for each in (department, behind) if each and (at := department_code(each))]
    commune = found.commune
    if commune is None or all(_is_of(commune, each) for each in said):
        return found
    others = [each for at in said for each in _named(name, at)] if name else []
    problem = CellProblem(
        code="department-disagrees",
        field="insee" if code else "commune",
        value=code or name,
        suggestion=_listed([*dict.fromkeys((commune, *others))]),
        taken=False,
    )
    return Match(None, (problem,))


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
    code: str, value: str, suggested: Sequence[Commune], *, field: str = "commune"
) -> Match:
    problem = CellProblem(
        code=code, field=field, value=value, suggestion=_listed(suggested), taken=False
    )
    return Match(None, (problem,))


def _listed(communes: Sequence[Commune]) -> str:
    """ "35238 Rennes, 35239 Retiers"."""
    return ", ".join(f"{each.insee} {each.name}" for each in communes[:_SUGGESTED_AT_MOST])


def _seat(name: str, code: str, department: str) -> Sequence[Commune]:
    """The commune that a mairie déléguée or annexe is a part of: by the code, else by its name."""
    whole = _whole_code(code, department)
    if by_code := reference().get(whole) or successor(whole):
        return (by_code,)
    where = department_code(department)
    return (_formerly_named(name, where) or _named(name, where)) if where else ()


def _by_code(typed: str, name: str, department: str) -> Match:
    code = typed if typed in reference() else _whole_code(typed, department)
    commune = reference().get(code)
    if commune is None:
        return _by_old_code(code, typed, name, department)
    problems: tuple[CellProblem, ...] = ()
    if code[0] == "0" != typed[0] and not _SHORT.fullmatch(typed):
        problems = (CellProblem(code="zero-restored", field="insee", value=typed, suggestion=code),)
    if not name or says(name, commune):
        return Match(commune, problems)
    problem = _other_name(name, commune)
    return Match(commune if problem.taken else None, (*problems, problem))


_SHORT = re.compile(r"\d{3}")


def _whole_code(typed: str, department: str) -> str:
    """Five signs: a lost zero is put back, three digits go after their département (RNE 2019)."""
    code = re.sub(r"\.0$", "", typed.upper().replace(" ", ""))
    if _SHORT.fullmatch(code) and department:
        return f"{department_code(department)[:2]}{code}"
    return with_zero(code)


def _by_old_code(code: str, typed: str, name: str, department: str) -> Match:
    """A code that no commune has: what it stood for, or what the name may mean instead."""
    if city := CITY_OF_DISTRICT.get(code):
        return _not_taken("district-code", typed, (reference()[city],), field="insee")
    where = department_code(department) or department_of(code)
    named = _named(name, where) if name else ()
    now = successor(code)
    if now and (not named or now in named):
        return _not_taken("vanished-commune", typed, (now,), field="insee")
    if name and not named:
        named = _formerly_named(name, where) or _close(name, where)
    return _not_taken("unknown-insee", typed, named, field="insee")


def _other_name(name: str, commune: Commune) -> CellProblem:
    """What to say of a name that the commune of the code has not."""
    where = commune.department
    others = [each for each in _named(name, where) if each is not commune]
    if not others:
        others = [*_formerly_named(name, where)]
        if commune in others:
            return CellProblem(
                code="former-name", field="commune", value=name, suggestion=commune.name
            )
    if not others:
        own, meant = fold(commune.name), [*map(fold, _meanings(name))][-1]
        if own.startswith(f"{meant} "):
            return CellProblem(
                code="short-name", field="commune", value=name, suggestion=commune.name
            )
        if fuzz.ratio(own, meant) < _CLOSE_AT_LEAST:
            others = [*_named(name)]  # "Lyon" beside a code of the Ain
    if not others:
        return CellProblem(
            code="name-disagrees", field="commune", value=name, suggestion=commune.name
        )
    # Code and name are of two towns: nobody can say which one the row is about.
    return CellProblem(
        code="name-of-another",
        field="commune",
        value=name,
        suggestion=_listed([commune, *others]),
        taken=False,
    )


def _wrong_postcode(typed: str, communes: Sequence[Commune], code: str) -> Match:
    known = dict.fromkeys(own for each in communes for own in each.postcodes)
    problem = CellProblem(
        code=code,
        field="postcode",
        value=typed,
        suggestion=", ".join([*known][:_SUGGESTED_AT_MOST]),
        taken=False,
    )
    return Match(None, (problem,))


def _by_name(name: str, where: str) -> Match | None:
    found = _named(name, where)
    if len(found) == 1:
        problem = CellProblem(
            code="matched-by-name", field="commune", value=name, suggestion=found[0].insee
        )
        return Match(found[0], (problem,))
    if found:
        return _not_taken("ambiguous-name", name, found)
    if formers := _formerly_named(name, where):
        return _not_taken("vanished-commune", name, formers)
    return None


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


def _begun(name: str, where: str) -> Sequence[str]:
    """The codes of communes there of which one name is the beginning of the other."""
    *_, meant = map(fold, _meanings(name))
    return [
        insee
        for insee, own in (_folded_names(where) if where else {}).items()
        if f"{own} ".startswith(f"{meant} ") or f"{meant} ".startswith(f"{own} ")
    ]


def _close(name: str, where: str) -> Sequence[Commune]:
    """Up to three communes of the département with a name that is written nearly so.

    First those of which one name is the beginning of the other: "Herblay" for Herblay-sur-Seine.
    """
    if not where:
        return ()
    there = _folded_names(where)
    *_, meant = map(fold, _meanings(name))
    begun = _begun(name, where)
    alike = process.extract(
        meant, there, scorer=fuzz.ratio, limit=_CLOSE_AT_MOST, score_cutoff=_CLOSE_AT_LEAST
    )
    # "Saint-Martin" begins too many names to suggest any of them.
    codes = (*(begun if len(begun) <= _CLOSE_AT_MOST else ()), *(insee for _, _, insee in alike))
    return [reference()[insee] for insee in dict.fromkeys(codes)][:_CLOSE_AT_MOST]


@cache
def _folded_names(where: str) -> dict[str, str]:
    communes = reference()
    return {
        insee: fold(communes[insee].name)
        for department, codes in _codes_by_department().items()
        if lies_in(department, where)
        for insee in codes
    }


@cache
def _codes_by_department() -> Mapping[str, Sequence[str]]:
    return {code: [*codes] for code, codes in groupby(reference(), key=department_of)}
