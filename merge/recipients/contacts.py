"""A table → recipients and row problems, one after the other.

Of a commune the key is its INSEE code, else the column that `--map key=` names; never a name, never
a mailbox: two communes may share one. What the row says about the commune itself (name, article,
population) comes from the reference. People and organisations come without a key, which the ledger
mints when it knows whether it has them already.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from pathlib import PurePath

from merge.errors import SheetError
from merge.french.communes import Commune, reference
from merge.french.courtesy import civility_of, is_office, short
from merge.french.grammar import NARROW_SPACE, NO_BREAK_SPACE
from merge.model import Recipient, RowProblem
from merge.recipients import abroad, address, mayors, wholenames
from merge.recipients.asides import AskedNot, aside
from merge.recipients.cells import (
    EMPTY_WORDS,
    UNCOMPUTED,
    CellProblem,
    Cells,
    clean,
    has_control,
    is_twice_encoded,
    once_encoded,
    one_line,
    shown,
    windows_letters,
)
from merge.recipients.columns import Columns
from merge.recipients.emails import addresses
from merge.recipients.grouping import GroupColumn, grouped
from merge.recipients.headers import WHOLE_NAMES, folded, is_whole_address, is_whole_name
from merge.recipients.sheet import Row, Table
from merge.recipients.sheet_checks import AddressCheck, NameCheck
from merge.recipients.towns import department_code, match


class RepeatCheck:
    """Tells each row of somebody who stands in the sheet already."""

    def __init__(self, columns: Columns) -> None:
        self._field = next((name for name in columns.identity if name in columns.fields), "")
        self._first_rows: dict[int, int] = {}

    def of(self, recipient: Recipient) -> CellProblem | None:
        """The problem of a row with the key of an earlier one, or one that differs from it in
        nothing.
        """
        key, row = recipient.key or recipient.number, recipient.row
        whole = key or (*_BUT_ROW_AND_FIELDS(recipient), *recipient.fields.values())
        first = self._first_rows.setdefault(hash(whole), row)
        if first == row:
            return None
        return CellProblem(
            code="duplicate-key" if key else "same-row",
            field=self._field,
            value=key or recipient.name,
            suggestion=str(first),
            taken=False,
        )


_BUT_ROW_AND_FIELDS = attrgetter(*(n for n in Recipient._fields if n not in ("row", "fields")))


_LONGEST_KEY = 255  # characters: what the ledger's column takes, and a file's name
_SHOWN_OF_IT = 40
_SHARING_AT_LEAST = 3  # rows; of all mairies, 4 mailboxes


def read(
    table: Table,
    columns: Columns,
    *,
    department: str | None = None,
    see: Callable[[Row], object] | None = None,
    group: GroupColumn | None = None,
) -> Iterator[Recipient | RowProblem]:
    """Everyone in the table and every problem, in its order, the table's own first; at the end
    those to whom it says not to write (`Recipient.asked_not`), and of whom no other row is.

    `department` holds for all rows where the sheet has no column for it; `see` is shown each row
    before what came of it. Memory grows by a number and an address for each row, and by
    the rows themselves where a `group` makes one recipient of several.

    SheetError("value-unfit"); those of `grouping.grouped`; at the end
    SheetError("wrong-encoding-or-column") when too many names disagree with the reference: then
    nothing of the sheet is to be trusted.
    """
    if department and not department_code(department):
        raise SheetError("value-unfit", value=department, example="35, 2A, 974")
    yield from table.problems
    for header, meant in columns.close.items():
        option = f"{meant}={header}"  # as `--map` wants it
        yield table.problem("close-header", table.header_row, header, header, option)
    reader = RowReader(table, columns, department or "")
    names, places = NameCheck(table, columns.fields.get("commune")), AddressCheck(table, columns)
    repeats = RepeatCheck(columns)
    asked_not: list[Recipient] = []
    rows_with = Counter[str]()  # by address
    for found in grouped(table.rows, reader.read, group):
        if isinstance(found, RowProblem):
            yield found
            continue
        row, recipient, problems, line_of = found
        if recipient and recipient.asked_not:
            asked_not.append(recipient)
            recipient = None
        if see:
            see(row)
        names.count(row, recipient, problems)
        if line_of:
            problems += _shown_otherwise(table, columns, row, line_of)
        elif recipient and (again := repeats.of(recipient)):
            problems = [again]
        elif recipient:
            yield recipient
            places.count(row, recipient, problems)
            problems += _shown_otherwise(table, columns, row, recipient.commune)
            email = recipient.email
            # Two communes may share a mailbox; a cell that was dragged down is no such.
            if email:
                rows_with[email] += 1
            if email and (n := rows_with[email]) >= _SHARING_AT_LEAST:
                problems.append(
                    CellProblem(
                        code="shared-mailbox", field="email", value=email, suggestion=str(n - 1)
                    )
                )
        for problem in problems:
            index = _stands_in(problem.field, columns)
            column = problem.field if index is None else table.headers[index]
            yield table.problem(
                problem.code,
                row.number,
                column,
                problem.value,
                problem.suggestion,
                taken=problem.taken,
            )
    yield from (each for each in asked_not if not repeats.of(each))
    yield from names.judge()
    yield from places.judge()


_IN_ONE_CELL = {
    **dict.fromkeys(("first_name", "surname", "sex"), WHOLE_NAMES),
    "postcode": ("postcode_locality", "address_again", "address"),
    "locality": ("postcode_locality", "address_again", "address", "commune"),
}


def _stands_in(field: str, columns: Columns) -> int | None:
    """The column that says it, by itself or among other things."""
    holding = (field, *_IN_ONE_CELL.get(field, ()))
    return next((columns.fields[each] for each in holding if each in columns.fields), None)


def _shown_otherwise(table: Table, columns: Columns, row: Row, name: str) -> Iterator[CellProblem]:
    """The cells that the worksheet shows otherwise than they are read, of columns that are used;
    and the row itself where it is not shown.
    """
    for header in table.unlike.get(row.number, ()):
        if header in table.headers and header not in columns.dropped:
            value = shown(row.cells[table.headers.index(header)])
            yield CellProblem(code="shown-otherwise", field=header, value=value)
    if row.number in table.hidden:
        yield CellProblem(code="hidden-row", field="", value=name)


# Building, street, more of it: the order of NF Z10-011.
_LINES = ("complement", "address", "address_2", "address_3")
_WHOLE = ("address_again", "address")
_STREET = (*_LINES, "address_again")
_BEFORE_THE_STREET = ("house_number", "number_suffix", "street_type")  # in columns of their own
_PLACE = ("postcode", "locality", "postcode_locality", *_STREET)
_READ = ("key", "insee", "commune", "department", "sex", "first_name", "surname", "article_code")
_OF_OTHERS = ("organisation", "country", "region", "email_2")
_ARTICLE_CODES = tuple("012345678")
# A workbook may show them as numbers: "1 004", "1004,00".
_CODES = ("key", "insee", "department", "postcode", "article_code")
_AS_NUMBER = re.compile(rf"(\d+|\d{{1,3}}(?:[{NARROW_SPACE}{NO_BREAK_SPACE}]\d{{3}})+)(?:,0+)?")
# Headers whose word is left out of the cells below: "12" under "BP" is no house number. A CS has
# five digits.
_SAID_BY_HEADER: Mapping[str, tuple[str, re.Pattern[str]]] = {
    **dict.fromkeys(
        map(folded, ("BP", "B.P.", "Boîte postale")), ("BP", re.compile(r"[0-9]{1,5}"))
    ),
    **dict.fromkeys(map(folded, ("BP/CS", "BP ou CS")), ("BP", re.compile(r"[0-9]{1,4}"))),
    folded("Bâtiment"): ("Bâtiment", re.compile(r"[A-Za-z]?[0-9]{1,3}|[A-Za-z]")),
}


class RowReader:
    """The rows of one table. What holds for all of them is worked out once."""

    def __init__(self, table: Table, columns: Columns, department: str) -> None:
        """`department` holds where the sheet has no column for it."""
        self._headers = table.headers
        self._source = PurePath(table.path).name
        self._delimiter = table.delimiter
        self._names = (*columns.fields, *columns.others)
        self._indexes = (*columns.fields.values(), *columns.others.values())
        self._fields = tuple(columns.fields)
        self._others = tuple(columns.others)
        self._codes = tuple(field for field in _CODES if field in columns.fields)
        self._is_of_communes = columns.audience == "communes"
        self._is_of_people = columns.audience == "people"
        parts = (*_READ, *_PLACE, *_BEFORE_THE_STREET, *WHOLE_NAMES, *_OF_OTHERS, "email")
        absent = dict.fromkeys(parts, "")
        self._absent = {**absent, "department": department}
        self._has_place = not columns.fields.keys().isdisjoint(_PLACE)
        self._commune = columns.fields.get("commune")
        self._offices = mayors.column_of_offices(columns) if self._is_of_communes else None
        self._asked_not = AskedNot(table.headers, columns)
        self._town_is_place = (
            self._is_of_communes and columns.fields.get("locality", self._commune) == self._commune
        )
        # `--map email=Adresse` has said what an e-mail does there.
        self._mailboxes = frozenset(
            field
            for field in _STREET
            if field in columns.fields and columns.fields[field] == columns.fields.get("email")
        )
        self._whole_names = tuple(
            i
            for i, header in enumerate(self._names)
            if header in columns.others and is_whole_name(header)
        )
        self._order = next((order for order in WHOLE_NAMES if order in columns.fields), None)
        self._is_whole_address = "address" in columns.fields and (
            is_whole_address(table.headers[columns.fields["address"]])
            or not (self._is_of_communes or columns.fields.keys() & {*_PLACE[:3]})
        )
        self._has_number = not columns.fields.keys().isdisjoint(_BEFORE_THE_STREET)
        self._said_by_header = {
            field: _SAID_BY_HEADER[header]
            for field in _STREET
            if field in columns.fields
            and (header := folded(table.headers[columns.fields[field]])) in _SAID_BY_HEADER
        }

    def read(self, row: Row) -> tuple[Recipient | None, list[CellProblem]]:
        """The recipient, or None when the row cannot be one; and the problems."""
        recipient, problems = self._read(row)
        if asked := next((each for each in problems if each.code == "asked-not"), None):
            fault = f"row-asks-not {asked.field}={asked.value}"
            return recipient and recipient._replace(fault=fault), [asked]
        is_reached = recipient and (recipient.email or recipient.has_postal_address)
        if not is_reached and (nobody := aside(self._headers, row.cells)):
            return None, [nobody]
        return recipient, problems

    def _read(self, row: Row) -> tuple[Recipient | None, list[CellProblem]]:
        cells = row.cells
        whole = "".join(cells)
        problems: list[CellProblem] = []
        if has_control(whole):
            cells = self._mended(cells, windows_letters, problems)
            whole = "".join(cells)
            if has_control(whole):
                return None, [self._control_problem(cells)]
        is_ascii = whole.isascii()
        if not is_ascii and is_twice_encoded(whole):
            cells = self._mended(cells, once_encoded, problems, but=self._commune)
        if self._offices and (problem := _somebody_else(*self._offices, cells)):
            return None, [problem]
        if asked := self._asked_not.of(cells):
            problems.append(asked)
            cells = self._asked_not.unmarked(cells)
        texts, values = self._values(cells, problems, is_ascii=is_ascii)
        identity = _identity(values, problems) if self._is_of_communes else ("", None)
        if identity is None:
            return None, problems
        key, commune = identity
        civility = "" if self._is_of_communes else self._civility(values, problems)
        emails, email_problems = addresses(values["email"])
        problems += email_problems
        if values["email_2"]:
            others, email_problems = addresses(values["email_2"])
            emails = tuple(dict.fromkeys((*emails, *others)))
            problems += (replace(each, field="email_2") for each in email_problems)
        if not emails and "@" in whole:
            problems += self._emails_elsewhere(key, texts)
        department = commune.department if commune else department_code(values["department"])
        street: Sequence[str] = ()
        postcode = locality = country = ""
        if self._has_place or values["locality"]:
            town = commune.name if commune else values["locality"] or values["commune"]
            lines = self._street(values, town, problems)
            if lines is None:
                pass  # which of two addresses it is, a person says
            elif self._is_of_communes:
                street, postcode, locality = address.postal(
                    values, lines, commune, department, problems
                )
            else:
                street, postcode, locality, country = abroad.postal(
                    values, lines, department, problems
                )
        named = self._order and values[self._order]
        if named and not (values["first_name"] or values["surname"]):
            problems += self._part_name(key, civility, values)
        for field in ("first_name", "surname"):
            cut = bool(self._delimiter) and self._delimiter in values[field]
            if cut or mayors.is_no_name(field, values[field]):
                problems.append(CellProblem(code="not-a-name", field=field, value=values[field]))
                values[field] = ""
        first_name, surname = mayors.names(
            values["first_name"], values["surname"], commune, problems
        )
        names = [(field, values[field]) for field in ("first_name", "surname")]
        names += [("surname", texts[index]) for index in self._whole_names]
        if named:
            names.append(("surname", named))
        if not (postcode or country):
            problems += self._without_postcode(values)
        recipient = Recipient(
            key=key,
            commune=commune.name if commune else one_line(values["commune"]),
            insee=commune.insee if commune else None,
            article_code=_article_code(values["article_code"], commune, problems),
            department=department,
            population=commune.population if commune else None,
            sex=(
                mayors.sex(values["sex"], names, problems)
                if self._is_of_communes
                else wholenames.sex_of(civility)
            ),
            first_name=first_name,
            surname=surname,
            email=emails[0] if emails else None,
            alternates=emails[1:],
            street=tuple(street),
            postcode=postcode,
            locality=locality,
            fields=dict(zip(self._others, texts[len(self._fields) :], strict=True)),
            source=self._source,
            row=row.number,
            organisation=one_line(values["organisation"]),
            civility=civility,
            country=country,
            number="" if self._is_of_communes else _number(values["key"]),
            is_person=self._is_of_people,
        )
        if not recipient.name:
            problems.append(CellProblem(code="row-of-nobody", field="", value="", taken=False))
            return None, problems
        if self._is_of_people and recipient.name == recipient.email:
            problems.append(CellProblem(code="person-unnamed", field="email", value=recipient.name))
        return recipient, problems

    def _civility(self, values: dict[str, str], problems: list[CellProblem]) -> str:
        """What the cell for it states, else what stands before the names, which are freed of it."""
        stated = ""
        for field in ("first_name", "surname", *WHOLE_NAMES):
            if not values[field]:
                continue
            before, name = wholenames.before_name(one_line(values[field]))
            if field == "first_name" and before == "M.":
                continue  # the first letter of another one
            values[field], stated = name, stated or before
        said = civility_of(values["sex"])
        if said is None:
            problems.append(CellProblem(code="unknown-civility", field="sex", value=values["sex"]))
        elif said and stated and short(said) != short(stated):
            problems.append(
                CellProblem(
                    code="civilities-differ", field="sex", value=values["sex"], suggestion=stated
                )
            )
        return said or stated

    def _part_name(self, key: str, civility: str, values: dict[str, str]) -> Iterator[CellProblem]:
        """Put first name and surname in their places; the problem of a cell that is in doubt."""
        if not self._order or mayors.is_nobody(values[self._order]):
            return
        typed = values[self._order]
        found = wholenames.split_name(typed, self._order)
        if found:
            values["first_name"], values["surname"] = found.first_name, found.surname
        elif mayors.is_no_name("surname", typed):
            yield CellProblem(code="not-a-name", field=self._order, value=typed)
        elif not self._is_of_communes:
            values["surname"] = typed
            # "Mme APPERE" is a surname, and "Mme la Directrice" has none.
            if not civility or (" " in typed and not is_office(typed)):
                is_told = self._order != "whole_name"  # which comes first, and that is not enough
                yield CellProblem(
                    code="name-in-no-order" if is_told else "name-kept-whole",
                    field=self._order,
                    value=typed,
                )
        else:
            meant = f'{key} "prénom=…" "nom=…"'
            yield CellProblem(
                code="name-not-parted", field=self._order, value=typed, suggestion=meant
            )

    def _without_postcode(self, values: address.Values) -> Iterator[CellProblem]:
        """The problem of an address that should have the postcode in it."""
        typed = one_line(values["address"])
        if typed and self._is_whole_address and not values["postcode"]:
            yield CellProblem(code="no-postcode-in-cell", field="address", value=typed)

    def _values(
        self, cells: Cells, problems: list[CellProblem], *, is_ascii: bool
    ) -> tuple[Sequence[str], dict[str, str]]:
        """The cells that are taken, cleaned, in the order of `_names`; and the text of each field,
        "" where the sheet has no column for it.
        """
        if is_ascii:
            texts = [cells[index].strip() for index in self._indexes]
        else:
            texts = [clean(cells[index]) for index in self._indexes]
        if not EMPTY_WORDS.isdisjoint(map(str.lower, texts)):
            texts = self._without_empty_words(texts, problems)
        values = {**self._absent, **dict(zip(self._fields, texts, strict=False))}
        for field, (word, bare) in self._said_by_header.items():
            if bare.fullmatch(values[field]):
                values[field] = f"{word} {values[field]}"
        if self._has_number:
            values["address"] = _with_number(values)
        for field in self._codes:
            code = values[field]
            # "1 004" and "1004,00" are 1004.
            if not code.isdecimal() and code[:1].isdecimal() and (n := _AS_NUMBER.fullmatch(code)):
                values[field] = "".join(n[1].split())
        if self._is_whole_address and not self._is_of_communes:
            values |= {k: v for k, v in abroad.apart(values["address"]).items() if v}
        if self._town_is_place:
            values["locality"], values["commune"] = address.place_and_town(values["commune"])
        return texts, values

    def _without_empty_words(self, texts: Sequence[str], problems: list[CellProblem]) -> list[str]:
        """The texts without the words that a program writes for nothing, which are reported."""
        filled: dict[int, str] = {}  # a column may be the key and the e-mail
        for name, index, text in zip(self._names, self._indexes, texts, strict=True):
            is_empty = text.lower() in EMPTY_WORDS
            if is_empty and index not in filled:
                is_formula = text == UNCOMPUTED
                problems.append(
                    CellProblem(
                        code="formula-not-computed" if is_formula else "reads-as-empty",
                        field=name,
                        value="" if is_formula else text,
                    )
                )
            filled[index] = "" if is_empty else text
        return [filled[index] for index in self._indexes]

    def _street(
        self, values: address.Values, town: str, problems: list[CellProblem]
    ) -> Sequence[str] | None:
        """The lines of the address, perhaps with the last one; None where the row has two."""
        lines = [line for name in _LINES for line in self._lines(name, values, problems)]
        again = [*self._lines("address_again", values, problems)]
        if again:
            found = address.together(lines, again, town)
            if found is None:
                whole, other = ", ".join(again), ", ".join(lines)
                problems.append(
                    CellProblem(
                        code="addresses-differ",
                        field="address_again",
                        value=whole,
                        suggestion=other,
                    )
                )
                return None
            lines = [*found]
        return [*address.undoubled(lines)] if len(lines) > 1 else lines

    def _lines(
        self, name: str, values: address.Values, problems: list[CellProblem]
    ) -> Iterator[str]:
        """The lines of one cell. "Adresse" is now and then the column of the e-mails."""
        if values[name]:
            for line in filter(str.strip, values[name].splitlines()):
                if not ("@" in line and addresses(line)[0]):
                    yield one_line(line)
                elif name not in self._mailboxes:
                    problems.append(CellProblem(code="email-in-street", field=name, value=line))

    def _emails_elsewhere(self, key: str, texts: Sequence[str]) -> Iterator[CellProblem]:
        """The addresses of a row without one that stand in columns that are not read."""
        if "email" not in self._fields:  # `AddressCheck` warns of the whole sheet
            return
        for header, text in zip(self._others, texts[len(self._fields) :], strict=True):
            found = addresses(text)[0] if "@" in text else ()
            if found:
                meant = f"{key} courriel={found[0]}" if key else ""
                yield CellProblem(
                    code="email-elsewhere", field=header, value=found[0], suggestion=meant
                )

    def _mended(
        self,
        cells: Cells,
        mend: Callable[[str], str],
        problems: list[CellProblem],
        *,
        but: int | None = None,
    ) -> Cells:
        """The cells with their letters mended; not the commune's name, which gives a whole sheet
        in a wrong encoding away.
        """
        mended = tuple(cell if i == but else mend(cell) for i, cell in enumerate(cells))
        for header, before, after in zip(self._headers, cells, mended, strict=True):
            if before != after:
                value = shown(before)
                problems.append(
                    CellProblem(code="letter-mended", field=header, value=value, suggestion=after)
                )
        return mended

    def _control_problem(self, cells: Sequence[str]) -> CellProblem:
        header, cell = next(
            (header, cell)
            for header, cell in zip(self._headers, cells, strict=True)
            if has_control(cell)
        )
        return CellProblem(code="control-character", field=header, value=shown(cell), taken=False)


def _somebody_else(header: str, column: int, cells: Cells) -> CellProblem | None:
    """Why a row is not the mayor's: a letter would bear the name of a deputy."""
    office = clean(cells[column])
    if not mayors.is_somebody_else(header, office):
        return None
    return CellProblem(code="not-the-mayor", field=header, value=office or "-", taken=False)


def _identity(
    values: address.Values, problems: list[CellProblem]
) -> tuple[str, Commune | None] | None:
    """The key and the commune of the reference, where there is one; None for neither."""
    code, key, name = values["insee"], values["key"], values["commune"]
    if key and not code:
        if len(key) > _LONGEST_KEY:
            value = f"{shown(key[:_SHOWN_OF_IT])}…"
            problems.append(CellProblem(code="key-too-long", field="key", value=value, taken=False))
            return None
        if name:
            return one_line(key), None
        problems.append(CellProblem(code="no-name", field="commune", value=key, taken=False))
        return None
    is_certain = values["department"] or code in reference()
    postcode = "" if is_certain else address.last_line(values)[0] or _postcode_in_street(values)
    found = match(code, name, values["department"], postcode=postcode)
    problems += (_where_it_stands(each, values) for each in found.problems)
    return (found.commune.insee, found.commune) if found.commune else None


def _postcode_in_street(values: address.Values) -> str:
    """That of an address in one cell."""
    cells = (values[name].splitlines() for name in _WHOLE)
    return next(filter(None, (address.without_last_line(cell)[1] for cell in cells)), "")


def _where_it_stands(problem: CellProblem, values: address.Values) -> CellProblem:
    """The problem of a postcode, in the first cell that has it."""
    if problem.field != "postcode":
        return problem
    cells = ("postcode", "postcode_locality", "locality", *_WHOLE)
    field = next((name for name in cells if problem.value in one_line(values[name])), "locality")
    return replace(problem, field=field)


def _with_number(values: address.Values) -> str:
    """The street behind its number and "rue"; a number before one that has its own is the row's."""
    number, suffix, kind, street = (one_line(values[n]) for n in (*_BEFORE_THE_STREET, "address"))
    if not street or street[0].isdigit() or number in street.split():
        return values["address"]
    is_number = number[:1].isdigit() and number.strip("0")
    before = (number, suffix) if is_number else ()
    return " ".join(filter(None, (*before, kind, values["address"])))


def _number(key: str) -> str:
    """What a sheet calls somebody by; a shop calls all of its guests 0."""
    return one_line(key) if key.strip("0") else ""


def _article_code(typed: str, commune: Commune | None, problems: list[CellProblem]) -> int | None:
    """The sheet's own, which may correct the reference, else the reference's."""
    if typed in _ARTICLE_CODES:
        return int(typed)
    if typed:
        problems.append(CellProblem(code="unknown-article-code", field="article_code", value=typed))
    return commune.article_code if commune else None


_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "sex": ("sex",),
    "first_name": ("first_name", *WHOLE_NAMES),
    "surname": ("surname", *WHOLE_NAMES),
    "email": ("email", "email_2"),
    "alternates": ("email", "email_2"),
    "street": (
        *("complement", *_BEFORE_THE_STREET, "address", "address_2", "address_3"),
        "address_again",
    ),
    "postcode": ("postcode", "postcode_locality"),
    "locality": ("locality", "postcode_locality", "region"),
    "article_code": ("article_code",),
    "organisation": ("organisation",),
    "civility": ("sex",),
    "country": ("country",),
    "number": ("key",),
}
"""Which columns say which part of a recipient; what stands nowhere here any sheet says."""

_LAST_LINE = ("postcode", "locality")


def unsaid(columns: Columns) -> Sequence[str]:
    """The parts of a recipient that a sheet with these columns says nothing about."""
    return [part for part, names in _SAID_BY.items() if columns.fields.keys().isdisjoint(names)]


def joined(known: Recipient, said: Recipient, columns: Columns) -> Recipient:
    """The recipient `said` by a sheet with these columns, over the one that was `known`.

    SheetError("key-of-another-kind") when one is a commune and the other is not, by a key that
    happens to be the same.

    A column that the sheet lacks changes nothing: a list of mayors without addresses empties
    nobody's mailbox. A column that it has counts, an empty cell included.

    Postcode and locality also count where they stood in another column ("1 rue X, 35000 Rennes"),
    and together: the town of one address below the postcode of another is an address of nobody. A
    mairie is in its commune, where no locality is written.
    """
    if bool(known.insee) != bool(said.insee):
        raise SheetError(
            "key-of-another-kind", path=said.source, row=said.row, key=said.key, name=known.commune
        )
    kept = {part: getattr(known, part) for part in unsaid(columns)}
    if said.sex and not columns.fields.keys().isdisjoint(WHOLE_NAMES):
        kept.pop("sex", None)  # "Mme Nathalie APPERE"
    if said.civility:
        kept.pop("civility", None)
    if said.country:
        kept.pop("country", None)  # it stands before the postcode: "CH-1201"
    if not said.number:
        kept["number"] = known.number  # it may be all that finds the recipient again
    if said.postcode and (said.postcode != known.postcode or not known.locality):
        kept = {part: value for part, value in kept.items() if part not in _LAST_LINE}
    now = said._replace(fields={**known.fields, **said.fields}, **kept)
    if "region" not in columns.fields and known.locality.startswith(f"{now.locality}, "):
        return now._replace(locality=known.locality)  # the state stands behind the town
    if now.postcode and now.insee:
        return now._replace(locality=address.locality_in(now.commune, now.locality))
    return now
