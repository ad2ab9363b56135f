"""A sheet → recipients and row problems, column by column.

Of a commune the key is its INSEE code, else the column that `--map key=` names; never a name, never
a mailbox: two communes may share one. What the row says about the commune itself (name, article,
population) comes from the reference. People and organisations come without a key, which the ledger
mints when it knows whether it has them already.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter
from pathlib import PurePath
from typing import NamedTuple

from merge.errors import SheetError
from merge.french.communes import reference
from merge.french.courtesy import civility_of, is_office, short
from merge.french.grammar import NARROW_SPACE, NO_BREAK_SPACE
from merge.model import RowProblem
from merge.recipients import address, mayors, wholenames
from merge.recipients.asides import AskedNot, aside, may_be_aside
from merge.recipients.cells import (
    EMPTY_WORDS,
    UNCOMPUTED,
    CellProblem,
    Problems,
    clean,
    has_control,
    once_encoded,
    one_line,
    shown,
    windows_letters,
)
from merge.recipients.columns import Columns
from merge.recipients.emails import addresses
from merge.recipients.frame import Rows, kept, mapped, recipients_of, whether
from merge.recipients.grouping import column_of, grouped, parted
from merge.recipients.headers import (
    BEFORE_THE_STREET,
    STREET,
    STREET_LINES,
    TOWN,
    WHOLE_NAMES,
    NameOrder,
    folded,
    is_whole_address,
    is_whole_name,
)
from merge.recipients.sheet import Sheet
from merge.recipients.sheet_checks import (
    is_placed,
    lost_addresses,
    rows_told,
    tell_shared_mailboxes,
    those_without_row,
    without_repeats,
    wrong_names,
)
from merge.recipients.towns import department_code, match

_LONGEST_KEY = 255  # characters: what the ledger's column takes, and a file's name
_SHOWN_OF_IT = 40


class People(NamedTuple):
    """The recipients of a sheet and its problems: those of the file, of each row in their order, of
    the rows together.
    """

    recipients: Rows
    asked_not: Rows  # to whom the sheet says not to write; without those who have another row
    problems: list[RowProblem]


def read(
    table: Sheet,
    columns: Columns,
    *,
    department: str | None = None,
    group: str = "",
) -> People:
    """Everyone in the sheet, and every problem.

    `department` holds for all rows where the sheet has no column for it. With a `group` several
    rows make one recipient, in the order in which groups begin.

    SheetError("value-unfit"); those of `grouping`; "wrong-encoding-or-column" when too
    many names disagree with the reference: then nothing of the sheet is to be trusted.
    """
    if department and not department_code(department):
        raise SheetError("value-unfit", value=department, example="35, 2A, 974")
    cells = Rows(table.frame, defaultdict(Problems))
    if group:
        group = column_of(group, table, columns)
        cells, value = parted(cells, group, table, columns)
    people = SheetReader(table, columns, department or "").read(cells)
    is_asked_not = people["fault"] != ""
    asked_not, people = people.where(is_asked_not), people.where(~is_asked_not)
    of_sheet = [*wrong_names(table, columns, cells, people)]
    if group:
        people = grouped(people, cells, value, group, table, columns)
        asked_not = asked_not.having(number=value)
    people = without_repeats(people, columns)
    of_sheet += lost_addresses(table, columns, cells, people)
    problems = people.problems
    if table.hidden or table.unlike:
        for each in recipients_of(people):
            for row in each.rows or (each.row,):
                problems[row] += _shown_otherwise(table, columns, row, each.name)
    tell_shared_mailboxes(people)
    told = [*table.told]
    told += (_of_row(table, columns, row, each) for row in problems for each in problems[row])
    told.sort(key=attrgetter("row"))
    close = (
        table.problem("close-header", table.header_row, header, header, f"{meant}={header}")
        for header, meant in columns.close.items()  # as `--map` wants it
    )
    return People(
        recipients=people,
        asked_not=those_without_row(asked_not, people),
        problems=[*table.problems, *close, *told, *of_sheet],
    )


def _of_row(table: Sheet, columns: Columns, row: int, problem: CellProblem) -> RowProblem:
    index = _stands_in(problem.field, columns)
    return table.problem(
        problem.code,
        row,
        problem.field if index is None else table.headers[index],
        problem.value,
        problem.suggestion,
        taken=problem.taken,
    )


_IN_ONE_CELL = {
    **dict.fromkeys(("first_name", "surname", "sex"), WHOLE_NAMES),
    "postcode": ("postcode_locality", "address_again", "address"),
    "locality": ("postcode_locality", "address_again", "address", "commune"),
}


def _stands_in(field: str, columns: Columns) -> int | None:
    """The column that says it, by itself or among other things."""
    holding = (field, *_IN_ONE_CELL.get(field, ()))
    return next((columns.fields[each] for each in holding if each in columns.fields), None)


def _shown_otherwise(table: Sheet, columns: Columns, row: int, name: str) -> Iterator[CellProblem]:
    """The row, where the worksheet hides it, and its cells that are shown otherwise than they are
    read, in columns that are used.
    """
    for header in table.unlike.get(row, ()):
        if header in table.headers and header not in columns.dropped:
            value = shown(str(table.frame.at[row, header]))
            yield CellProblem(code="shown-otherwise", field=header, value=value)
    if row in table.hidden:
        yield CellProblem(code="hidden-row", field="", value=name)


_WHOLE = ("address_again", "address")
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

_FAULT = "\0"  # no header
_NAMES = ("first_name", "surname", *WHOLE_NAMES)
_LAST = (*TOWN, "country", "region")
_AGAIN = ("insee", "commune", "locality")  # beside another address
_APART = ("address", "postcode", "locality", "region", "country")
_UNDECIDED = ("",)
"""Stands for the lines where two columns have different addresses: a person has to choose."""


class SheetReader:
    """Makes recipients of the cells of one sheet, in steps that each take rows and return rows.

    The problems of a row come in the order of the steps.
    """

    def __init__(self, table: Sheet, columns: Columns, department: str) -> None:
        """`department` holds where the sheet has no column for it."""
        self._table = table
        self._columns = columns
        self._fields = columns.fields
        self._others = {header: kept(header) for header in columns.others}
        self._department = department
        self._is_of_communes = columns.audience == "communes"
        self._order = next((order for order in WHOLE_NAMES if order in self._fields), None)
        self._is_whole_address = "address" in self._fields and (
            is_whole_address(table.headers[self._fields["address"]])
            or not (self._is_of_communes or self._fields.keys() & {*TOWN})
        )

    def read(self, cells: Rows) -> Rows:
        """Cells, by header → recipients, by part. Rows of nobody are left out; those to whom the
        sheet says not to write have that fault, and of them nothing else is told.
        """
        people = cells
        for step in (
            self._cleaned,
            self._addressed,
            self._unmarked,
            self._by_field,
            self._of_communes,
            self._civilities,
            self._emails,
            self._places,
            self._names,
            self._whole,
        ):
            people = step(people)
        people = self._without_asides(cells, people)
        for row in rows_told(people.problems, "asked-not"):
            no = (each for each in people.problems[row] if each.code == "asked-not")
            people.problems[row] = Problems(no)
        return people

    # --- cells, by header -------------------------------------------------------------------------

    def _cleaned(self, cells: Rows) -> Rows:
        """Cells with their letters mended, without unseen signs and, in the columns that are taken,
        what a program writes for nothing; without the rows that hold a control sign all the same.
        """
        headers = self._table.headers
        taken: dict[str, str] = {}  # a column may be the key and the e-mail
        for name, index in (*self._fields.items(), *self._columns.others.items()):
            taken.setdefault(headers[index], name)
        for index, header in enumerate(headers):
            is_town = index == self._fields.get("commune")
            careful = partial(_cleaned, header, taken.get(header), is_town)
            cells = cells.asked(careful, [header])
        return cells.where(cells.cells.notna().all(axis=1))

    def _addressed(self, cells: Rows) -> Rows:
        """Cells without the rows that name somebody who is not the mayor."""
        if self._is_of_communes and (header := mayors.header_of_offices(self._columns)):
            is_lost = whether(partial(mayors.is_somebody_else, header), cells[header])
            lost = {
                row: _lost("not-the-mayor", header, office or "-")
                for row, office in cells[header][is_lost].items()
            }
            cells = cells.without(lost)
        return cells

    def _unmarked(self, cells: Rows) -> Rows:
        """Cells without the marks that say not to write to somebody: a fault of the row."""
        headers, columns = self._table.headers, self._columns
        asked_not = AskedNot(headers, columns)
        who = [headers[self._fields[each]] for each in columns.identity if each in self._fields]
        for index in asked_not.order:
            header = headers[index]
            if asked_not.perhaps(index, cells[header]):
                careful, given = partial(asked_not.read, index, header), (header, _FAULT)
                cells = cells.asked(careful, (*given, *who), given)
        return cells

    def _by_field(self, cells: Rows) -> Rows:
        """Cells by header → by field, and "[Nom]" for a column that is no field. A field may need
        several columns, and one column may hold several fields.
        """
        named = {field: self._table.headers[index] for field, index in self._fields.items()}
        names = [*named, *self._others.values()]
        texts = cells.cells[[*named.values(), *self._others]].set_axis(names, axis=1)
        rows = Rows(texts, cells.problems).having(fault=cells[_FAULT])
        if "department" not in named:
            rows = rows.having(department=self._department)
        for field in STREET:
            if (header := folded(named.get(field, ""))) in _SAID_BY_HEADER:
                careful = partial(_called, *_SAID_BY_HEADER[header])
                rows = rows.having(**{field: mapped(careful, rows[field])})
        if not named.keys().isdisjoint(BEFORE_THE_STREET):
            rows = rows.asked(_with_number, ("address", *BEFORE_THE_STREET))
        codes = named.keys() & {*_CODES}
        rows = rows.having(**{field: mapped(_code, rows[field]) for field in codes})
        if self._is_whole_address and not self._is_of_communes:
            rows = rows.asked(_apart, _APART, _APART)
        if self._is_of_communes and named.get("locality", town := named.get("commune")) == town:
            rows = rows.asked(_place_and_town, ["commune"], ("locality", "commune"))
        return rows

    # --- the parts of a recipient -----------------------------------------------------------------

    def _of_communes(self, rows: Rows) -> Rows:
        """Reads insee, key, commune, department, and the cells that may hold a postcode; gives them
        as the reference has them, population and number. Rows that mean no commune with certainty
        are left out.
        """
        if self._is_of_communes:
            reads = ("key", "insee", "commune", "department", *TOWN, *_WHOLE)
            rows = rows.asked(_identified, reads, ("key", "insee"))
            rows = rows.where(rows["key"].notna()).having(number="")
        else:
            rows = rows.having(key="", insee="", number=mapped(_number, rows["key"]))
        town = ("commune", "department", "insee")
        return rows.asked(_from_reference, town, (*town[:2], "population"))

    def _civilities(self, rows: Rows) -> Rows:
        """Reads sex and the names; gives civility and the names, freed of it: what the cell for it
        states, else what stands before a name.
        """
        if self._is_of_communes:
            return rows
        names = [field for field in _NAMES if field in self._fields]
        for field in names:
            rows = rows.asked(partial(_freed, field), [field], (field, f"before {field}"))
        return rows.asked(_civility, ("sex", *(f"before {field}" for field in names)), ["civility"])

    def _emails(self, rows: Rows) -> Rows:
        """Reads email and email_2; gives email and alternates. Of a row without one, addresses in
        columns that are not read are problems.
        """
        rows = rows.asked(_mailboxes, ("email", "email_2"), ("email", "alternates"))
        if "email" in self._fields:  # else `lost_addresses` warns of the whole sheet
            without = rows.where(rows["email"].isna())
            for header, column in self._others.items():
                without.asked(partial(_elsewhere, header), (column, "key"), ())
        return rows

    def _places(self, rows: Rows) -> Rows:
        """Reads street, postcode, town, country, commune, insee, department; gives street,
        postcode, locality, country.

        Most streets say nothing of the town: they are left out where it is asked about, for there
        are as many of them as rows.
        """
        if self._fields.keys().isdisjoint((*TOWN, *STREET)) and not any(rows["locality"]):
            return rows.having(street=rows.column_of(()), country="")
        typed = rows["postcode"]
        has_town = (typed != "") | (rows["locality"] != "") | (rows["postcode_locality"] != "")
        reads = [field for field in STREET if field in self._fields]
        reads += _AGAIN if "address_again" in reads else ()
        rows = rows.having(has_town=has_town).asked(
            partial(self._street, reads), ("has_town", *reads), ("street", "last_lines")
        )
        told = ("last_lines", "insee", "department", *_LAST)
        rows = rows.asked(self._place, told, ("rest", "postcode", "locality", "country"))
        rows = rows.having(street=rows["street"].where(rows["last_lines"].isna(), rows["rest"]))
        if self._is_whole_address:
            bare = rows.where((typed == "") & (rows["postcode"] == "") & (rows["country"] == ""))
            bare.asked(_without_postcode, ["address"], ())
        return rows

    def _street(
        self, names: Sequence[str], has_town: bool, *cells: str, problems: Problems
    ) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
        """The lines of the address; and they again where they may hold the last one."""
        values = dict(zip(names, cells, strict=True))
        lines = [
            each
            for name in STREET_LINES
            if name in values
            for each in self._lines(name, values, problems)
        ]
        if "address_again" in values and (
            again := [*self._lines("address_again", values, problems)]
        ):
            town = values["commune"] if values["insee"] else values["locality"] or values["commune"]
            found = address.together(lines, again, town)
            if found is None:
                whole, other = ", ".join(again), ", ".join(lines)
                problems.tell("addresses-differ", "address_again", whole, other)
                return (), _UNDECIDED
            lines = [*found]
        street = (*address.undoubled(lines),) if len(lines) > 1 else (*lines,)
        may_end = not has_town or address.without_last_line(street)[1]
        return street, street if may_end else None

    def _lines(self, name: str, values: address.Values, problems: Problems) -> Iterator[str]:
        """The lines of one cell. "Adresse" is now and then the column of the e-mails."""
        for line in filter(str.strip, values[name].splitlines()):
            if not ("@" in line and addresses(line)[0]):
                yield one_line(line)
            elif self._fields[name] != self._fields.get("email"):  # as `--map` may say
                problems.tell("email-in-street", name, line)

    def _place(
        self,
        lines: tuple[str, ...] | None,
        insee: str,
        department: str,
        *cells: str,
        problems: Problems,
    ) -> address.Place:
        values = dict(zip(_LAST, cells, strict=True))
        if lines == _UNDECIDED:
            return (), "", "", ""
        if not self._is_of_communes:
            return address.postal(values, lines or (), department, problems)
        commune = reference().get(insee)
        return address.at_home(values, lines or (), commune, department, problems)

    def _names(self, rows: Rows) -> Rows:
        """Reads the names, civility, sex, article_code, key and insee; gives first_name, surname,
        article_code and sex.
        """
        if self._order:
            reads = ("first_name", "surname", self._order, "civility", "key")
            rows = rows.asked(partial(self._name_apart, self._order), reads, reads[:2])
        for field in _NAMES[:2]:
            rows = rows.asked(partial(self._name_alone, field), [field])
        if self._is_of_communes:
            surnames: list[str] = ["surname", self._order or "surname"]
            surnames += (column for name, column in self._others.items() if is_whole_name(name))
            rows = rows.asked(_titles, ("first_name", *surnames), ["titles"])
        rows = rows.asked(mayors.first_name, ["first_name"])
        rows = rows.having(is_sure=rows["first_name"] != "")
        rows = rows.asked(mayors.surname, ("surname", "insee", "is_sure"))
        rows = rows.asked(_article_code, ("article_code", "insee"))
        if self._is_of_communes:
            return rows.asked(mayors.sex, ("sex", "titles"))
        return rows.having(sex=mapped(wholenames.sex_of, rows["civility"]))

    def _name_apart(
        self,
        order: NameOrder,
        first_name: str,
        surname: str,
        typed: str,
        civility: str,
        key: str,
        problems: Problems,
    ) -> tuple[str, str]:
        """First name and surname of a cell with both, where no other cell says them."""
        if first_name or surname or not typed or mayors.is_nobody(typed):
            return first_name, surname
        if found := wholenames.split_name(typed, order):
            return found.first_name, found.surname
        if mayors.is_no_name("surname", typed):
            problems.tell("not-a-name", order, typed)
        elif self._is_of_communes:
            meant = f'{key} "prénom=…" "nom=…"'
            problems.tell("name-not-parted", order, typed, meant)
        else:
            # "Mme APPERE" is a surname, and "Mme la Directrice" has none.
            if not civility or (" " in typed and not is_office(typed)):
                is_told = order != "whole_name"  # which comes first, and that is not enough
                code = "name-in-no-order" if is_told else "name-kept-whole"
                problems.tell(code, order, typed)
            return "", typed
        return "", ""

    def _name_alone(self, field: str, typed: str, problems: Problems) -> str:
        """A name, where the cell holds no other columns and nothing else."""
        delimiter = self._table.delimiter
        if (delimiter and delimiter in typed) or mayors.is_no_name(field, typed):
            problems.tell("not-a-name", field, typed)
            return ""
        return typed

    # --- everyone ---------------------------------------------------------------------------------

    def _whole(self, rows: Rows) -> Rows:
        """All parts of a recipient, without the rows of nobody."""
        named = rows["organisation"] + rows["commune"] + rows["surname"] + rows["first_name"] != ""
        is_person = self._columns.audience == "people"
        rows.where(~named).asked(partial(_nameless, is_person), ["email"], ())
        rows = rows.where(named | rows["email"].notna())
        return rows.having(
            insee=mapped(lambda code: code or None, rows["insee"]),
            organisation=mapped(one_line, rows["organisation"]),
            row=rows.cells.index,
            source=PurePath(self._table.path).name,
            is_person=is_person,
            lines=rows.column_of(()),
            rows=rows.column_of(()),
        )

    def _without_asides(self, cells: Rows, people: Rows) -> Rows:
        """Everyone, without the rows that are about nobody, such as a total, of those whom nothing
        reaches.
        """
        reached = people.where(people["email"].notna() | is_placed(people)).cells.index
        cells = cells.where(~cells.cells.index.isin(reached))
        headers = self._table.headers
        begins = ("", folded(headers[0]))
        may = whether(lambda cell: folded(cell) in begins, cells[headers[0]])
        for header in headers:
            may |= whether(may_be_aside, cells[header])
        found = ((row, aside(headers, some)) for row, some in cells.where(may))
        return people.without({row: nobody for row, nobody in found if nobody})


def _lost(code: str, field: str, value: str) -> CellProblem:
    """The problem of a row that makes no recipient."""
    return CellProblem(code=code, field=field, value=value, taken=False)


def _cleaned(
    header: str, name: str | None, is_town: bool, cell: str, problems: Problems
) -> str | None:
    """The text of a cell; None where it holds a control sign.

    What was encoded twice of the commune's name stays: it gives a whole sheet in a wrong encoding
    away.
    """
    text = cell
    if not (cell.isascii() and cell.isprintable()):  # nearly all are
        text = windows_letters(cell)
        if has_control(text):
            problems.tell("control-character", header, shown(text), taken=False)
            return None
        text = text if is_town else once_encoded(text)
        if text != cell:
            problems.tell("letter-mended", header, shown(cell), text)
    text = clean(text)
    if name is None or text.lower() not in EMPTY_WORDS:
        return text
    is_formula = text == UNCOMPUTED
    code = "formula-not-computed" if is_formula else "reads-as-empty"
    problems.tell(code, name, "" if is_formula else text)
    return ""


def _called(word: str, bare: re.Pattern[str], cell: str) -> str:
    return f"{word} {cell}" if bare.fullmatch(cell) else cell


def _with_number(typed: str, *before: str, problems: object) -> str:
    """The street behind its number and "rue"; a number before one that has its own is the row's."""
    street, number, suffix, kind = map(one_line, (typed, *before))
    if not street or street[0].isdigit() or number in street.split():
        return typed
    is_number = number[:1].isdigit() and number.strip("0")
    known = (number, suffix) if is_number else ()
    return " ".join(filter(None, (*known, kind, typed)))


def _code(text: str) -> str:
    """ "1 004" and "1004,00" are 1004."""
    if not text.isdecimal() and text[:1].isdecimal() and (n := _AS_NUMBER.fullmatch(text)):
        return "".join(n[1].split())
    return text


def _apart(*cells: str, problems: object) -> tuple[str, ...]:
    found = address.apart(cells[0])
    return tuple(found.get(name) or cell for name, cell in zip(_APART, cells, strict=True))


def _place_and_town(name: str, problems: object) -> tuple[str, str]:
    return address.place_and_town(name)


def _number(key: str) -> str:
    """What a sheet calls somebody by; a shop calls all of its guests 0."""
    return one_line(key) if key.strip("0") else ""


def _identified(
    key: str, insee: str, name: str, department: str, *cells: str, problems: Problems
) -> tuple[str | None, str]:
    """Key and code of the commune that a row means; None where it means none with certainty."""
    values = dict(zip((*TOWN, *_WHOLE), cells, strict=True))
    if insee or not key:
        is_certain = department or insee in reference()
        postcode = (
            ""
            if is_certain
            else address.postcode_and_town(values)[0] or _postcode_in_street(values)
        )
        told = Problems()
        town = match(insee, name, department, postcode, told)
        problems += (_where_it_stands(each, values) for each in told)
        return (town.insee, town.insee) if town else (None, "")
    if len(key) > _LONGEST_KEY:
        problems.tell("key-too-long", "key", f"{shown(key[:_SHOWN_OF_IT])}…", taken=False)
    elif not name:
        problems.tell("no-name", "commune", key, taken=False)
    else:
        return one_line(key), ""
    return None, ""


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


def _from_reference(
    commune: str, department: str, insee: str, problems: object
) -> tuple[str, str, int | None]:
    if town := reference().get(insee):
        return town.name, town.department, town.population
    return one_line(commune), department_code(department), None


def _freed(field: str, typed: str, problems: object) -> tuple[str, str]:
    """A name without the civility before it, and that."""
    before, name = wholenames.before_name(one_line(typed))
    if field == "first_name" and before == "M.":
        return typed, ""  # the first letter of another one
    return name, before


def _civility(typed: str, *before: str, problems: Problems) -> str:
    said, stated = civility_of(typed), next(filter(None, before), "")
    if said is None:
        problems.tell("unknown-civility", "sex", typed)
    elif said and stated and short(said) != short(stated):
        problems.tell("civilities-differ", "sex", typed, stated)
    return said or stated


def _mailboxes(email: str, email_2: str, problems: Problems) -> tuple[str | None, tuple[str, ...]]:
    """The address that is written to, and the others."""
    found, told = addresses(email)
    problems += told
    if email_2:
        others, told = addresses(email_2)
        found = tuple(dict.fromkeys((*found, *others)))
        problems += (replace(each, field="email_2") for each in told)
    return (found[0] if found else None), found[1:]


def _elsewhere(header: str, cell: str, key: str, problems: Problems) -> None:
    for found in addresses(cell)[0][:1] if "@" in cell else ():
        meant = f"{key} courriel={found}" if key else ""
        problems.tell("email-elsewhere", header, found, meant)


def _without_postcode(typed: str, problems: Problems) -> None:
    """The problem of an address that should have the postcode in it."""
    if typed := one_line(typed):
        problems.tell("no-postcode-in-cell", "address", typed)


def _titles(first_name: str, *surnames: str, problems: object) -> tuple[str, ...]:
    found = (mayors.title("surname", typed) for typed in surnames)
    return (mayors.title("first_name", first_name), *found)


def _nameless(is_person: bool, email: str | None, problems: Problems) -> None:
    if not email:
        problems.tell("row-of-nobody", "", "", taken=False)
    elif is_person:
        problems.tell("person-unnamed", "email", email)


def _article_code(typed: str, insee: str, problems: Problems) -> int | None:
    """The sheet's own, which may correct the reference, else the reference's."""
    if typed in _ARTICLE_CODES:
        return int(typed)
    if typed:
        problems.tell("unknown-article-code", "article_code", typed)
    commune = reference().get(insee)
    return commune.article_code if commune else None
