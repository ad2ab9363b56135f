"""A table → recipients and row problems; who of them is written to; one of them edited.

The key is the commune's INSEE code, else the column that `--map key=` names; never a name, never
a mailbox: two communes may share one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from merge.errors import Misuse, SettingsError, SheetError
from merge.french.communes import by_name, fold, reference
from merge.french.grammar import surname_case
from merge.model import Recipient, RowProblem
from merge.recipients.cells import CONTROL, Flaw, clean, one_line, shown
from merge.recipients.columns import Columns, field_called
from merge.recipients.emails import addresses
from merge.recipients.postcodes import postcode_of
from merge.recipients.row import RowReader, sex_of
from merge.recipients.sheet import Row, Table
from merge.recipients.towns import department_code, strange_letters
from merge.settings import FILE_NAME, SelectSettings

# A renamed commune here and there disagrees with the reference. A wrong encoding spoils every
# name that has an accent, a wrong column nearly every name.
_DISAGREE_AT_MOST = 0.05
_SPOILT_AT_MOST = 0.5
_ROWS_AT_LEAST = 3  # to speak of a share
_EXAMPLES = 3


def recipients(
    table: Table, columns: Columns, *, department: str | None = None
) -> tuple[list[Recipient], list[RowProblem]]:
    """Everyone in the table, in its order, and every problem, the table's own first.

    `department` holds for all rows where the sheet has no column for it.

    SheetError("wrong-encoding-or-column") when too many names disagree with the reference: then
    nothing of the sheet is to be trusted. SheetError("unknown-department").
    """
    if department and not department_code(department):
        raise SheetError("unknown-department", department=department)
    problems = [*table.problems, *_close_headers(table, columns)]
    found: dict[str, Recipient] = {}
    census = _Census(columns.fields.get("commune"))
    for row in table.rows:
        recipient, flaws = RowReader(table, columns, row, department or "").read()
        census.count(row, recipient, flaws)
        if recipient and recipient.key in found:
            first = str(found[recipient.key].row)
            flaws = [
                Flaw(
                    code="duplicate-key",
                    field="insee",
                    value=recipient.key,
                    suggestion=first,
                    taken=False,
                )
            ]
        elif recipient:
            found[recipient.key] = recipient
        problems += (_problem(table, columns, row, flaw) for flaw in flaws)
    census.judge(table)
    if not census.accented:
        problems += _unproven_encoding(table)
    return list(found.values()), problems


def _problem(table: Table, columns: Columns, row: Row, flaw: Flaw) -> RowProblem:
    index = columns.fields.get(flaw.field)
    return RowProblem(
        path=table.path,
        row=row.number,
        column=flaw.field if index is None else table.headers[index],
        value=flaw.value,
        code=flaw.code,
        suggestion=flaw.suggestion,
        taken=flaw.taken,
    )


def _close_headers(table: Table, columns: Columns) -> Iterator[RowProblem]:
    """Headers that look like a field; the suggestion is what `--map` would want."""
    for header, meant in columns.close.items():
        yield RowProblem(
            path=table.path,
            row=table.header_row,
            column=header,
            value=header,
            code="close-header",
            suggestion=f"{meant}={header}",
        )


def _unproven_encoding(table: Table) -> Iterator[RowProblem]:
    """No name of a commune has an accent that would prove a guess of single bytes."""
    if not table.encoding or table.encoding.startswith("utf"):
        return
    for row in table.rows:
        for header, cell in zip(table.headers, row.cells, strict=True):
            if not cell.isascii():
                yield RowProblem(
                    path=table.path,
                    row=row.number,
                    column=header,
                    value=shown(cell),
                    code="encoding-unproven",
                    suggestion=table.encoding,
                )
                return


@dataclass(slots=True)
class _Census:
    """How well the names of a whole sheet agree with the reference."""

    column: int | None  # of the commune's name
    named: int = 0
    disagreeing: int = 0  # with the code of their row
    accented: int = 0
    spoilt: int = 0  # of the accented: disagreeing, unknown, or with another accent
    examples: list[str] = field(default_factory=list)

    def count(self, row: Row, recipient: Recipient | None, flaws: Sequence[Flaw]) -> None:
        name = clean(row.cells[self.column]) if self.column is not None else ""
        codes = {flaw.code for flaw in flaws}
        if not name or "branch-office" in codes:
            return
        disagrees = not codes.isdisjoint({"name-disagrees", "name-of-another"})
        spoilt = not name.isascii() and (
            disagrees
            or not codes.isdisjoint({"unknown-name", "control-character"})
            or _has_other_accents(name, recipient)
        )
        self.named += 1
        self.disagreeing += disagrees
        self.accented += not name.isascii()
        self.spoilt += spoilt
        if (disagrees or spoilt) and len(self.examples) < _EXAMPLES:
            self.examples.append(shown(name))

    def judge(self, table: Table) -> None:
        if _too_many(self.disagreeing, self.named, _DISAGREE_AT_MOST) or _too_many(
            self.spoilt, self.accented, _SPOILT_AT_MOST
        ):
            raise SheetError(
                "wrong-encoding-or-column",
                path=table.path,
                rows=max(self.disagreeing, self.spoilt),
                of=self.named,
                examples=", ".join(self.examples),
                encoding=table.encoding,
            )


def _too_many(n: int, of: int, share: float) -> bool:
    return n >= _ROWS_AT_LEAST and n > share * of


def _has_other_accents(name: str, recipient: Recipient | None) -> bool:
    commune = reference().get(recipient.insee or "") if recipient else None
    return commune is not None and bool(strange_letters(name, commune))


def select(recipients: Sequence[Recipient], settings: SelectSettings) -> tuple[Recipient, ...]:
    """Those whom `[select]` leaves, in their order.

    Where the population is unknown it is in no range. SettingsError("select-unknown-commune")
    for an entry that names nobody here and no commune of the reference: a slip in `exclude` would
    write to whom it should spare. SettingsError("select-ambiguous-commune") lists those meant.
    """
    departments = set(settings.departments)
    only = _called(recipients, "select.communes", settings.communes)
    never = _called(recipients, "select.exclude", settings.exclude)
    least = settings.population.min if settings.population else None
    most = settings.population.max if settings.population else None

    def is_chosen(recipient: Recipient) -> bool:
        if departments and recipient.department not in departments:
            return False
        if settings.communes and recipient.key not in only:
            return False
        if settings.population and recipient.population is None:
            return False
        n = recipient.population or 0
        return (
            recipient.key not in never
            and (least is None or n >= least)
            and (most is None or n <= most)
        )

    return tuple(filter(is_chosen, recipients))


def _called(recipients: Sequence[Recipient], setting: str, words: Sequence[str]) -> set[str]:
    """The keys of those whom the words name, by key, else by name."""
    if not words:
        return set()
    keys = {recipient.key.casefold(): recipient.key for recipient in recipients}
    names: dict[str, list[Recipient]] = {}
    for recipient in recipients:
        names.setdefault(fold(recipient.commune), []).append(recipient)
    found: set[str] = set()
    for word in words:
        if word.casefold() in keys:
            found.add(keys[word.casefold()])
            continue
        named = names.get(fold(word), [])
        if len(named) > 1:
            listed = ", ".join(f"{each.key} {each.commune}" for each in named)
            raise SettingsError(
                "select-ambiguous-commune",
                path=FILE_NAME,
                name=setting,
                value=word,
                suggestion=listed,
            )
        if not named and word.upper() not in reference() and not by_name(word):
            raise SettingsError("select-unknown-commune", path=FILE_NAME, name=setting, value=word)
        found |= {each.key for each in named}
    return found


_TEXTS = {"commune", "first_name", "surname", "locality"}
CORRECTIONS = ("commune_de", "commune_a")  # a recipient's own "du Havre", "au Havre"
ON_ONE_LINE = frozenset({*_TEXTS, "email", "sex", "postcode", "article_code"})
EDITABLE = ("email", "sex", *sorted(_TEXTS), "street", "postcode", "article_code")


def edited(recipient: Recipient, changes: Mapping[str, str]) -> Recipient:
    """The recipient with these fields changed, each checked as a sheet's would be.

    A field is called by a name of `EDITABLE`, by a header that means it (`courriel`), or by a
    header that the sheet had beyond the known ones. "" empties a field.

    Misuse: "edit-unknown-field", "edit-bad-value" (`reason` is the code of a row problem),
    "edit-empty-name".
    """
    values: dict[str, object] = {}
    others = dict(recipient.fields)
    for called, typed in changes.items():
        name, text = _editable(called, others), clean(typed)
        if CONTROL.search(typed) or (name in ON_ONE_LINE and len(typed.splitlines()) > 1):
            raise Misuse("edit-bad-value", field=called, value="", reason="control-character")
        if name in others or name in CORRECTIONS:
            others[name] = text
        elif name in EDITABLE:
            values |= _edited_field(recipient, name, text)
        else:
            known = ", ".join(dict.fromkeys((*EDITABLE, *CORRECTIONS, *others)))
            raise Misuse("edit-unknown-field", field=called, known=known)
    return dataclasses.replace(recipient, fields=others, **values)  # type: ignore[arg-type]


def _editable(called: str, others: Mapping[str, str]) -> str:
    """A field by its own name, by the sheet's header, or by a header that means it: "Courriel"."""
    if called in others or called in EDITABLE or called in CORRECTIONS:
        return called
    same = [header for header in others if fold(header) == fold(called)]
    meant = field_called(called) or ""
    return same[0] if same else {"address": "street"}.get(meant, meant)


def _edited_field(recipient: Recipient, name: str, text: str) -> Mapping[str, object]:
    if name == "email":
        found, flaws = addresses(text)
        if flaws and not found:
            raise _bad_value(flaws[0])
        return {"email": found[0] if found else None, "alternates": found[1:]}
    if name == "sex":
        if text and sex_of(text) is None:
            raise _bad_value(Flaw(code="unknown-sex", field=name, value=text))
        return {"sex": sex_of(text)}
    if name == "article_code":
        if text not in ("", *"012345678"):
            raise _bad_value(Flaw(code="unknown-article-code", field=name, value=text))
        return {"article_code": int(text) if text else None}
    if name == "postcode":
        commune = reference().get(recipient.insee or "")
        postcode, flaws = postcode_of(text, commune)
        if flaws and not postcode:
            raise _bad_value(flaws[0])
        return {"postcode": postcode}
    if name == "street":
        return {"street": tuple(one_line(line) for line in text.splitlines() if line.strip())}
    if name in ("first_name", "surname"):
        return {name: surname_case(one_line(text))}
    commune = reference().get(recipient.insee or "")
    if name == "commune" and text and commune and fold(text) != fold(commune.name):
        # The code says which town this is; another name would write to the wrong one.
        raise _bad_value(
            Flaw(code="name-disagrees", field=name, value=text, suggestion=commune.name)
        )
    if name == "commune" and not text:
        raise Misuse("edit-empty-name")
    return {name: one_line(text)}


def _bad_value(flaw: Flaw) -> Misuse:
    return Misuse(
        "edit-bad-value",
        field=flaw.field,
        value=flaw.value,
        reason=flaw.code,
        suggestion=flaw.suggestion,
    )
