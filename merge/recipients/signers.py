"""A sheet of those who sign too → `Signer`s, each for its commune or for every letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from merge.errors import SheetError
from merge.french.communes import by_name, fold
from merge.letters.signers import Signer
from merge.recipients.answers import SheetHead
from merge.recipients.cells import (
    CONTROL,
    EMPTY_WORDS,
    Problems,
    clean,
    one_line,
    shown,
    windows_letters,
)
from merge.recipients.headers import field_called
from merge.recipients.towns import match

_NAME = ("Signataire", "Signataires", "Name", "Nom complet", "Nom et prénom", "Prénom et nom")
_HOME = ("Commune de résidence", "Ville de résidence", "Lieu de résidence", "Domicile")
_NAMES = ("name", "first_name", "surname")
_TOWNS = ("insee", "commune", "locality", "department", "postcode")
_ROLE = ("Qualité", "Fonction", "Titre", "Rôle", "Role", "Mandat")
_OWN_FIELDS: Mapping[str, str] = {
    **{fold(header): "name" for header in (*_NAME, "Nom Prénom", "Prénom Nom", "Full name")},
    **{fold(header): "role" for header in _ROLE},
    **{fold(header): "commune" for header in _HOME},
}


def signers_in(sheet: SheetHead, path: str) -> tuple[Signer, ...]:
    """Those in a sheet, in its order; `path` is for errors. Any sheet that `import` takes will do.

    The name is in one column ("Signataire", "Name", "Nom") or two ("Prénom", "Nom"). The commune
    is known by its INSEE code, or by its name with the département where several have that name;
    a row that says nothing of a place signs every letter. "Qualité" or "Fonction" is what follows
    the name.

    SheetError, with path, row and column: "signers-unclear" (`value`), and "signer-of-no-town"
    (`value`, `suggestion`: "35238 Rennes, 35239 Retiers"). Nobody is left out in silence.
    """
    # A column more may hold the communes, and then everybody would sign every letter; a row that is
    # only shorter than the others is taken.
    for problem in (*sheet.problems, *(each for each in sheet.told if not each.taken)):
        raise SheetError(
            "signers-unclear",
            path=path,
            row=problem.row,
            column=problem.column,
            value=problem.value,
        )
    columns = _columns(sheet.headers, path)
    return tuple(
        _Row(path, number, columns, dict(zip(sheet.headers, cells, strict=True))).signer()
        for number, cells in sheet.rows.items()
    )


def _columns(headers: tuple[str, ...], path: str) -> Mapping[str, str]:
    """The header of each field."""
    found: dict[str, str] = {}
    for header in headers:
        field = _OWN_FIELDS.get(fold(header)) or field_called(header)
        if field not in (*_NAMES, *_TOWNS, "role"):
            continue
        if field in found:
            both = f"{found[field]}, {header}"
            raise SheetError("signers-unclear", path=path, value=both)
        found[field] = header
    if "commune" not in found and "locality" in found:
        found["commune"] = found["locality"]
    if found.keys().isdisjoint(_NAMES):
        raise SheetError("signers-unclear", path=path, value=", ".join(headers))
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    path: str
    number: int
    columns: Mapping[str, str]
    cells: Mapping[str, str]

    def signer(self) -> Signer:
        name = self._text("name") or " ".join(
            filter(None, (self._text("first_name"), self._text("surname")))
        )
        if not name:
            raise self._error("signers-unclear", *_NAMES, value="")
        return Signer(name=name, insee=self._insee(), role=self._text("role"))

    def _insee(self) -> str | None:
        code, commune = self._text("insee"), self._text("commune")
        where = self._text("department"), self._text("postcode")
        if not code and not commune:
            if any(where):  # they live somewhere, and would sign everywhere
                value = " ".join(filter(None, where))
                raise self._error("signer-of-no-town", *_TOWNS, value=value, suggestion="")
            return None
        department = where[0] or where[1][:2]
        if not code and not department:
            named = by_name(commune)
            # A name that one commune alone has says which one it is.
            department = named[0].department if len(named) == 1 else ""
        problems = Problems()
        town = match(code, commune, department, "", problems)
        if town is None:
            problem = problems[-1]
            raise self._error(
                "signer-of-no-town",
                *("insee", "commune") if code else ("commune",),
                value=problem.value or commune or code,
                suggestion=problem.suggestion,
            )
        return town.insee

    def _text(self, field: str) -> str:
        if field not in self.columns:
            return ""
        text = windows_letters(one_line(clean(self.cells[self.columns[field]])))
        if CONTROL.search(text):
            raise self._error("signers-unclear", field, value=shown(text))
        return "" if text.lower() in EMPTY_WORDS else text

    def _error(self, code: str, *fields: str, **facts: object) -> SheetError:
        """`fields`: the first that has a column tells where."""
        column = next((self.columns[each] for each in fields if each in self.columns), None)
        return SheetError(code, path=self.path, row=self.number, column=column, **facts)
