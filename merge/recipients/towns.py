"""Which commune of the reference a row means: by its INSEE code, else by département and name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from merge.french.communes import DEPARTMENTS, Commune, by_name, fold, reference
from merge.french.grammar import bare
from merge.recipients.cells import Flaw, one_line

# The RNE until 2022 has letters for what lies overseas.
_OVERSEAS = {
    **{"ZA": "971", "ZB": "972", "ZC": "973", "ZD": "974"},
    **{"ZM": "976", "ZS": "975", "ZN": "988", "ZP": "987"},
}
_CITY_OF_DISTRICT = (("751", "75056"), ("6938", "69123"), ("132", "13055"))
_CLOSE_AT_LEAST = 80  # of 100; only ever suggested


@dataclass(frozen=True, slots=True)
class Match:
    """The commune that a row means, None when that is not certain; and what is to be told."""

    commune: Commune | None
    flaws: tuple[Flaw, ...] = ()


def department_code(text: str) -> str:
    """The code of a département by its code (a lost zero, RNE's letters) or name; "" if none.

    "97" and "20", as older lists have them, are kept: they stand for several.
    """
    code = text.strip().upper()
    code = _OVERSEAS.get(code, code.zfill(2) if code.isdigit() else code)
    if code in DEPARTMENTS or code in ("97", "20"):
        return code
    return _department_names().get(fold(text), "")


@cache
def _department_names() -> dict[str, str]:
    return {fold(name): code for code, name in DEPARTMENTS.items()}


def match(code: str, name: str, department: str) -> Match:
    """The commune, by `code` where there is one. All three as typed, cleaned; "" is absent.

    Codes: "branch-office", "zero-restored", "unknown-insee", "name-disagrees",
    "name-of-another", "matched-by-name", "ambiguous-name", "unknown-name", "no-key".
    """
    if _BRANCH.match(name):
        flaw = Flaw(code="branch-office", field="commune", value=name, taken=False)
        return Match(None, (flaw,))
    if code:
        return _by_code(code, name, department)
    if name and department:
        return _by_name(name, department)
    suggestion = _listed(_named(name, "")) if name else ""
    return Match(
        None, (Flaw(code="no-key", field="", value=name, suggestion=suggestion, taken=False),)
    )


def _by_code(typed: str, name: str, department: str) -> Match:
    code = _whole_code(typed, department)
    commune = reference().get(code)
    if commune is None:
        return Match(
            None,
            (
                Flaw(
                    code="unknown-insee",
                    field="insee",
                    value=typed,
                    suggestion=_instead_of(code, name, department),
                    taken=False,
                ),
            ),
        )
    flaws: list[Flaw] = []
    if len(code) != len(typed) and not _SHORT.fullmatch(typed):
        flaws.append(Flaw(code="zero-restored", field="insee", value=typed, suggestion=code))
    if name and not says(name, commune):
        others = [each for each in _named(name, commune.department) if each.insee != code]
        if others:
            # Code and name are of two towns: nobody can say which one the row is about.
            flaw = Flaw(
                code="name-of-another",
                field="commune",
                value=name,
                suggestion=_listed([commune, *others]),
                taken=False,
            )
            return Match(None, (*flaws, flaw))
        flaws.append(
            Flaw(code="name-disagrees", field="commune", value=name, suggestion=commune.name)
        )
    return Match(commune, tuple(flaws))


_SHORT = re.compile(r"\d{3}")


def _whole_code(typed: str, department: str) -> str:
    """Five signs: a lost zero is put back, three digits go after their département (RNE 2019)."""
    code = re.sub(r"\.0$", "", typed.upper().replace(" ", ""))
    if re.fullmatch(r"\d{4}", code):
        return f"0{code}"
    if _SHORT.fullmatch(code) and department:
        return f"{department_code(department)[:2]}{code}"
    return code


def _by_name(name: str, department: str) -> Match:
    found = _named(name, department_code(department))
    if len(found) == 1:
        flaw = Flaw(code="matched-by-name", field="commune", value=name, suggestion=found[0].insee)
        return Match(found[0], (flaw,))
    code = "ambiguous-name" if found else "unknown-name"
    suggestion = _listed(found or _close(name, department_code(department)))
    flaw = Flaw(code=code, field="commune", value=name, suggestion=suggestion, taken=False)
    return Match(None, (flaw,))


def says(name: str, commune: Commune) -> bool:
    """Whether the typed name is that commune's."""
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


def _named(name: str, department: str) -> Sequence[Commune]:
    """The communes that the typed name may mean; in that département, where one is known."""
    prefix = "2" if department == "20" else department
    for meant in _meanings(name):
        found = [each for each in by_name(meant) if _in(each, prefix)]
        if found:
            return found
    return ()


def _in(commune: Commune, prefix: str) -> bool:
    """Whether the commune is there. "2" is Corsica: 2A and 2B, and not 21 to 29."""
    if prefix == "2":
        return commune.department in ("2A", "2B")
    return commune.department.startswith(prefix)


_BRANCH = re.compile(r"mairi[eé]\s+(d[ée]l[ée]gu|annexe|associ)", re.IGNORECASE)
_TOWN_HALL = re.compile(
    r"(?:mairi[eé]|commune|ville|h[oô]tel[ -]de[ -]ville)\b(?:\s*\([^)]*\))?"
    r"(?:\s*[-–—:]\s+|\s+(?=d))(?P<rest>.+)",
    re.IGNORECASE,
)
_CONTRACTED = ((r"d['’]\s*", ""), (r"de\s+", ""), (r"du\s+", "Le "), (r"des\s+", "Les "))


def _meanings(name: str) -> Iterator[str]:
    """The name as typed; then without "Mairie de" and the like, "du Mans" as "Le Mans"."""
    text = one_line(name)
    yield text
    found = _TOWN_HALL.match(text)
    if found:
        rest = found["rest"]
        yield rest
        for start, article in _CONTRACTED:
            if begin := re.match(start, rest, re.IGNORECASE):
                yield article + rest[begin.end() :]


def _instead_of(code: str, name: str, department: str) -> str:
    """The current code of what has vanished: a district's city, the same name, a close one."""
    for start, city in _CITY_OF_DISTRICT:
        if code.startswith(start):
            return _listed([reference()[city]])
    where = department_code(department) or code[: 3 if code.startswith(("97", "98")) else 2]
    if not name:
        return ""
    return _listed(_named(name, where) or _close(name, where))


def _close(name: str, department: str) -> Sequence[Commune]:
    """Up to three communes of the département with a name that is written nearly so."""
    if not department:
        return ()
    there = _folded_names(department)
    *_, meant = _meanings(name)
    found = process.extract(
        fold(meant), there, scorer=fuzz.ratio, limit=3, score_cutoff=_CLOSE_AT_LEAST
    )
    return [reference()[insee] for _, _, insee in found]


@cache
def _folded_names(department: str) -> dict[str, str]:
    return {
        insee: fold(commune.name)
        for insee, commune in reference().items()
        if commune.department.startswith(department)
    }


def _listed(communes: Sequence[Commune]) -> str:
    """ "35238 Rennes, 35239 Retiers"; never more than five."""
    return ", ".join(f"{each.insee} {each.name}" for each in communes[:5])
