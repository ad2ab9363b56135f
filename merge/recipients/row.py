"""One row → Recipient, or why it cannot be one.

What the row says about the commune itself (name, article, population) comes from the reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from merge.french.communes import Commune, fold
from merge.french.grammar import bare, surname_case
from merge.model import Recipient, Sex
from merge.recipients.cells import CONTROL, EMPTY_WORDS, Flaw, clean, one_line, shown
from merge.recipients.columns import Columns
from merge.recipients.emails import addresses
from merge.recipients.postcodes import postcode_of
from merge.recipients.sheet import Row, Table
from merge.recipients.towns import department_code, match

_SEXES: Mapping[str, Sex] = {
    **dict.fromkeys(("f", "femme", "mme", "madame", "mlle", "feminin", "female", "ms", "mrs"), "F"),
    **dict.fromkeys(("m", "h", "homme", "monsieur", "mr", "masculin", "male"), "M"),
}


def sex_of(typed: str) -> Sex:
    """The sex that a code or a title says; None when it says none. Never from a first name."""
    return _SEXES.get(fold(typed))


class RowReader:
    """One row, read field by field; flaws gather on the way."""

    def __init__(self, table: Table, columns: Columns, row: Row, department: str) -> None:
        self._table = table
        self._columns = columns
        self._row = row
        self._flaws: list[Flaw] = []
        self._values = {
            name: self._cell(name, row.cells[index]) for name, index in columns.fields.items()
        }
        self._values.setdefault("department", department)

    def read(self) -> tuple[Recipient | None, list[Flaw]]:
        """The recipient, or None when the row cannot be one; and the flaws."""
        if any(CONTROL.search(cell) for cell in self._row.cells):
            return None, [self._control_flaw()]
        others = {
            header: self._cell(header, self._row.cells[index])
            for header, index in self._columns.others.items()
        }
        identity = self._identity()
        if identity is None:
            return None, self._flaws
        key, commune = identity
        emails, flaws = addresses(self._text("email"))
        self._flaws += flaws
        postcode, locality = self._postal(commune)
        recipient = Recipient(
            key=key,
            commune=commune.name if commune else one_line(self._text("commune")),
            insee=commune.insee if commune else None,
            article_code=self._article_code(commune),
            department=commune.department if commune else department_code(self._text("department")),
            population=commune.population if commune else None,
            sex=self._sex(),
            first_name=surname_case(one_line(self._text("first_name"))),
            surname=surname_case(one_line(self._text("surname"))),
            email=emails[0] if emails else None,
            alternates=emails[1:],
            street=self._street(),
            postcode=postcode,
            locality=locality,
            fields=others,
            source=PurePath(self._table.path).name,
            row=self._row.number,
        )
        return recipient, self._flaws

    def _cell(self, name: str, cell: str) -> str:
        """The cell's text; a word that a program wrote for nothing is nothing, and told."""
        text = clean(cell)
        if text.lower() in EMPTY_WORDS:
            self._flaw("reads-as-empty", name, text)
            return ""
        return text

    def _text(self, name: str) -> str:
        return self._values.get(name, "")

    def _flaw(self, code: str, name: str, value: str, suggestion: str = "") -> None:
        self._flaws.append(Flaw(code=code, field=name, value=value, suggestion=suggestion))

    def _control_flaw(self) -> Flaw:
        for header, cell in zip(self._table.headers, self._row.cells, strict=True):
            if CONTROL.search(cell):
                return Flaw(code="control-character", field=header, value=shown(cell), taken=False)
        raise AssertionError("no cell has one")

    def _identity(self) -> tuple[str, Commune | None] | None:
        """The key and the commune of the reference, where there is one; None for neither."""
        code, key, name = self._text("insee"), self._text("key"), self._text("commune")
        if key and not code:
            if name:
                return one_line(key), None
            self._flaws.append(Flaw(code="no-name", field="commune", value=key, taken=False))
            return None
        department = self._text("department") or self._text("postcode")[:2]
        found = match(code, name, department)
        self._flaws += found.flaws
        return (found.commune.insee, found.commune) if found.commune else None

    def _sex(self) -> Sex:
        typed = self._text("sex")
        sex = sex_of(typed)
        if typed and sex is None:
            self._flaw("unknown-sex", "sex", typed)
        return sex

    def _article_code(self, commune: Commune | None) -> int | None:
        """The sheet's own, which may correct the reference, else the reference's."""
        typed = self._text("article_code")
        if typed in tuple("012345678"):
            return int(typed)
        if typed:
            self._flaw("unknown-article-code", "article_code", typed)
        return commune.article_code if commune else None

    def _street(self) -> tuple[str, ...]:
        """Building, street, more of it: the order of NF Z10-011."""
        lines = (
            line
            for name in ("complement", "address", "address_2")
            for line in self._text(name).splitlines()
        )
        return tuple(one_line(line) for line in lines if line.strip())

    def _postal(self, commune: Commune | None) -> tuple[str, str]:
        """Postcode and locality. A mairie is in its commune, where no locality is written."""
        typed, locality = self._text("postcode"), one_line(self._text("locality"))
        if not typed:
            typed, _, rest = one_line(self._text("postcode_locality")).partition(" ")
            locality = locality or rest
        postcode, flaws = postcode_of(typed, commune)
        self._flaws += flaws
        if postcode and not locality and commune:
            locality = bare(commune.name)
        return postcode, locality
