"""One row → Recipient, or why it cannot be one.

What the row says about the commune itself (name, article, population) comes from the reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from pathlib import PurePath

from merge.french.communes import Commune, fold, reference
from merge.french.grammar import NARROW_SPACE, NO_BREAK_SPACE, surname_case
from merge.model import Recipient, Sex
from merge.recipients.cells import (
    EMPTY_WORDS,
    UNCOMPUTED,
    Cells,
    Flaw,
    clean,
    has_control,
    is_twice_encoded,
    once_encoded,
    one_line,
    shown,
    windows_letters,
)
from merge.recipients.columns import Columns, folded, is_whole_name
from merge.recipients.emails import addresses
from merge.recipients.offices import column_of_offices, is_somebody_else
from merge.recipients.postcodes import (
    department_in,
    is_same,
    left_out,
    locality_in,
    parted,
    postcode_of,
    second_postcode,
    town_at,
    town_of,
    without_last_line,
)
from merge.recipients.sheet import Row, Table
from merge.recipients.towns import department_code, match

_SEXES: Mapping[str, Sex] = {
    **dict.fromkeys(("f", "femme", "mme", "madame", "mlle", "mademoiselle"), "F"),
    **dict.fromkeys(("feminin", "female", "ms", "mrs"), "F"),
    **dict.fromkeys(("madame la maire", "madame le maire", "mme la maire", "mme le maire"), "F"),
    **dict.fromkeys(("m", "h", "homme", "monsieur", "mr", "masculin", "male"), "M"),
    **dict.fromkeys(("monsieur le maire", "m le maire"), "M"),
}


@lru_cache(maxsize=64)
def sex_of(typed: str) -> Sex:
    """The sex that a code or a title says; None when it says none. Never from a first name."""
    return _SEXES.get(fold(typed))


# Building, street, more of it: the order of NF Z10-011.
_STREET = ("complement", "address", "address_2")
_BEFORE_THE_STREET = ("house_number", "street_type")  # in columns of their own
_PLACE = ("postcode", "locality", "postcode_locality", *_STREET)
_READ = ("key", "insee", "commune", "department", "sex", "first_name", "surname", "article_code")
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

Values = Mapping[str, str]
"""The text of each field, "" where the sheet has no column for it."""


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
        absent = dict.fromkeys((*_READ, *_PLACE, *_BEFORE_THE_STREET, "email"), "")
        self._absent = {**absent, "department": department}
        self._has_place = not columns.fields.keys().isdisjoint(_PLACE)
        self._commune = columns.fields.get("commune")
        self._offices = column_of_offices(columns)
        self._town_is_place = columns.fields.get("locality", self._commune) == self._commune
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
        self._has_number = not columns.fields.keys().isdisjoint(_BEFORE_THE_STREET)
        self._said_by_header = {
            field: _SAID_BY_HEADER[header]
            for field in _STREET
            if field in columns.fields
            and (header := folded(table.headers[columns.fields[field]])) in _SAID_BY_HEADER
        }

    def read(self, row: Row) -> tuple[Recipient | None, Sequence[Flaw]]:
        """The recipient, or None when the row cannot be one; and the flaws."""
        cells = row.cells
        whole = "".join(cells)
        flaws: list[Flaw] = []
        if has_control(whole):
            cells = self._mended(cells, windows_letters, flaws)
            whole = "".join(cells)
            if has_control(whole):
                return None, [self._control_flaw(cells)]
        is_ascii = whole.isascii()
        if not is_ascii and is_twice_encoded(whole):
            cells = self._mended(cells, once_encoded, flaws, but=self._commune)
        if flaw := self._somebody_else(cells):
            return None, [flaw]
        texts = self._texts(cells, flaws, is_ascii=is_ascii)
        values = {**self._absent, **dict(zip(self._fields, texts, strict=False))}
        for field, (word, bare) in self._said_by_header.items():
            if bare.fullmatch(values[field]):
                values[field] = f"{word} {values[field]}"
        if self._has_number:
            values["address"] = _with_number(values)
        for field in self._codes:
            values[field] = _without_spaces(values[field])
        if self._town_is_place:
            values["locality"], values["commune"] = _place_and_town(values["commune"])
        identity = _identity(values, flaws)
        if identity is None:
            return None, flaws
        key, commune = identity
        emails, email_flaws = addresses(values["email"])
        flaws += email_flaws
        if not emails and "@" in whole:
            flaws += self._emails_elsewhere(key, texts)
        street, postcode, locality = (
            _postal(values, commune, flaws, self._mailboxes)
            if self._has_place or values["locality"]
            else ((), "", "")
        )
        for field in ("first_name", "surname"):
            cut = bool(self._delimiter) and self._delimiter in values[field]
            if cut or is_no_name(field, values[field]):
                flaws.append(Flaw(code="not-a-name", field=field, value=values[field]))
                values[field] = ""
        first_name, surname = _mayor(values, commune, flaws)
        recipient = Recipient(
            key=key,
            commune=commune.name if commune else one_line(values["commune"]),
            insee=commune.insee if commune else None,
            article_code=_article_code(values["article_code"], commune, flaws),
            department=commune.department if commune else department_code(values["department"]),
            population=commune.population if commune else None,
            sex=_sex(values["sex"], stated_sex(self._named(values, texts)), flaws),
            first_name=first_name,
            surname=surname,
            email=emails[0] if emails else None,
            alternates=emails[1:],
            street=street,
            postcode=postcode,
            locality=locality,
            fields=dict(zip(self._others, texts[len(self._fields) :], strict=True)),
            source=self._source,
            row=row.number,
        )
        return recipient, flaws

    def _somebody_else(self, cells: Cells) -> Flaw | None:
        """Why a row is not the mayor's: a letter would bear the name of a deputy."""
        if self._offices is None:
            return None
        header, column = self._offices
        office = clean(cells[column])
        if not is_somebody_else(header, office):
            return None
        return Flaw(code="not-the-mayor", field=header, value=office or "-", taken=False)

    def _emails_elsewhere(self, key: str, texts: Sequence[str]) -> Iterator[Flaw]:
        """The addresses of a row without one that stand in columns that are not read."""
        if "email" not in self._fields:  # `losses` warns of the whole sheet
            return
        for header, text in zip(self._others, texts[len(self._fields) :], strict=True):
            found = addresses(text)[0] if "@" in text else ()
            if found:
                meant = f"{key} courriel={found[0]}"
                yield Flaw(code="email-elsewhere", field=header, value=found[0], suggestion=meant)

    def _named(self, values: Values, texts: Sequence[str]) -> Iterable[tuple[str, str]]:
        """Where the row names the mayor: each field, and what was typed there."""
        named = [(field, values[field]) for field in ("first_name", "surname")]
        return named + [("surname", texts[index]) for index in self._whole_names]

    def _texts(self, cells: Sequence[str], flaws: list[Flaw], *, is_ascii: bool) -> Sequence[str]:
        """The cells that are taken, cleaned, in the order of `_names`."""
        if is_ascii:
            texts = [cells[index].strip() for index in self._indexes]
        else:
            texts = [clean(cells[index]) for index in self._indexes]
        if EMPTY_WORDS.isdisjoint(map(str.lower, texts)):
            return texts
        filled = []
        told: set[int] = set()  # a column may be the key and the e-mail
        for name, index, text in zip(self._names, self._indexes, texts, strict=True):
            filled.append(_filled(name, text, [] if index in told else flaws))
            told.add(index)
        return filled

    def _mended(
        self,
        cells: Cells,
        mend: Callable[[str], str],
        flaws: list[Flaw],
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
                flaws.append(
                    Flaw(code="letter-mended", field=header, value=value, suggestion=after)
                )
        return mended

    def _control_flaw(self, cells: Sequence[str]) -> Flaw:
        header, cell = next(
            (header, cell)
            for header, cell in zip(self._headers, cells, strict=True)
            if has_control(cell)
        )
        return Flaw(code="control-character", field=header, value=shown(cell), taken=False)


def _without_spaces(code: str) -> str:
    """A code as a text: "1 004" and "1004,00" are 1004."""
    if code.isdecimal() or not code[:1].isdecimal():  # nearly all
        return code
    number = _AS_NUMBER.fullmatch(code)
    return "".join(number[1].split()) if number else code


def _filled(name: str, text: str, flaws: list[Flaw]) -> str:
    """The cell's text; a word that a program wrote for nothing is nothing, and told."""
    if text.lower() not in EMPTY_WORDS:
        return text
    if text == UNCOMPUTED:
        flaws.append(Flaw(code="formula-not-computed", field=name, value=""))
    else:
        flaws.append(Flaw(code="reads-as-empty", field=name, value=text))
    return ""


def _identity(values: Values, flaws: list[Flaw]) -> tuple[str, Commune | None] | None:
    """The key and the commune of the reference, where there is one; None for neither."""
    code, key, name = values["insee"], values["key"], values["commune"]
    if key and not code:
        if name:
            return one_line(key), None
        flaws.append(Flaw(code="no-name", field="commune", value=key, taken=False))
        return None
    is_certain = values["department"] or code in reference()
    near = "" if is_certain else department_in(_last_line(values)[0])
    found = match(code, name, values["department"], near=near)
    flaws += found.flaws
    return (found.commune.insee, found.commune) if found.commune else None


def _place_and_town(name: str) -> tuple[str, str]:
    """ "35031 Rennes Cedex" is a place of the post in the town of Rennes; "Rennes" is none."""
    if "CEDEX" not in name.upper() and not name[:1].isdigit():
        return "", name
    town = town_of(name)
    return (name, town) if town != name else ("", name)


def _sex(typed: str, stated: Sex, flaws: list[Flaw]) -> Sex:
    """Of the cell for it, else as the title before the name says; neither where they disagree."""
    sex = sex_of(typed)
    if sex and stated and sex != stated:
        flaws.append(Flaw(code="sex-disagrees", field="sex", value=typed, suggestion=stated))
        return None
    if typed and sex is None and stated is None:
        flaws.append(Flaw(code="unknown-sex", field="sex", value=typed))
    return sex or stated


# What people write where there is no name, folded. Maire is a surname, and Néant is.
_NOBODY = frozenset(
    {"inconnu", "inconnue", "vacant", "poste vacant", "vacance", "a pourvoir", "a completer"}
    | {"non communique", "non renseigne", "neant", "sans objet", "le maire", "la maire"}
    | {"monsieur le maire", "madame la maire", "madame le maire", "m le maire", "mme la maire"}
    | {"mme le maire", "mr", "mme", "mlle", "monsieur", "madame"}
)
_WORD = r"(?:Mr\.?|Mme\.?|Mlle\.?|Monsieur|Madame|Mademoiselle)"
_AND_MORE = (
    rf"(?:\s*(?:et|ou|/|&)\s*(?:M\.|{_WORD})(?=\s))?"  # "M. et Mme", "Mme/M."
    r"(?:\s+l[ea]\s+maire\b,?)?"
)
_NAME = r"(?!l[ea]\s+maire\b)(?=\w)"
_BETWEEN = r"(?:(?<=[.,])\s*|\s+)"
_TITLE = re.compile(rf"{_WORD}{_AND_MORE}{_BETWEEN}{_NAME}", re.IGNORECASE)
_TITLE_OF_SURNAME = re.compile(rf"M\.?{_AND_MORE}{_BETWEEN}{_NAME}|{_TITLE.pattern}", re.IGNORECASE)
# Letters with their accents, and what stands between them: "L’Hôte", "J.-C.", "Gabriel (Gaby)".
_NOT_OF_A_NAME = re.compile(
    r"[^\w\s.,()'\N{RIGHT SINGLE QUOTATION MARK}\N{GRAVE ACCENT}\N{ACUTE ACCENT}"
    r"\-\N{HYPHEN}-\N{EN DASH}\N{MIDDLE DOT}\u0300-\u036f]|[\d_]"
    rf"|\((?:M\.?|{_WORD})\)",
    re.IGNORECASE,
)


def _mayor(values: Values, commune: Commune | None, flaws: list[Flaw]) -> tuple[str, str]:
    """First name and surname, without the title before them; "" for what is no name.

    Beside a first name every word is a surname. Without one, what a sheet calls "Nom" may be the
    name of the commune.
    """
    first_name = _name("first_name", values["first_name"], flaws)
    typed = values["surname"]
    if not first_name and typed and commune and fold(typed) == fold(commune.name):
        meant = f'{commune.insee} "nom={surname_case(typed)}"'
        flaws.append(Flaw(code="surname-is-town", field="surname", value=typed, suggestion=meant))
        return "", ""
    is_sure = bool(first_name)
    return first_name, _name("surname", typed, flaws, is_sure=is_sure)


def _name(field: str, typed: str, flaws: list[Flaw], *, is_sure: bool = False) -> str:
    """A name in the case of French; what was not taken of it is told."""
    if not typed:
        return ""
    if (not is_sure and fold(typed) in _NOBODY) or not any(map(str.isalpha, typed)):
        flaws.append(Flaw(code="reads-as-empty", field=field, value=typed))
        return ""
    own = untitled(field, typed)
    name = surname_case(own)
    if own != typed:
        flaws.append(Flaw(code="title-in-name", field=field, value=typed, suggestion=name))
    return name


def untitled(field: str, typed: str) -> str:
    """A first name or surname without the title before it: "Mme LE GOFF" → "LE GOFF"."""
    title = _title_in(field, typed)
    return typed[title.end() :] if title else typed


def is_no_name(field: str, typed: str) -> bool:
    """Whether there is more in a first name or surname than a name: an e-mail address, a remark, a
    telephone number. Who has none ("?") is not meant.
    """
    letters = typed.replace(" ", "").replace("-", "")
    if letters.isalpha() or not _NOT_OF_A_NAME.search(typed):  # nearly all
        return False
    return bool(_NOT_OF_A_NAME.search(untitled(field, typed))) and any(map(str.isalpha, typed))


def _title_in(field: str, typed: str) -> re.Match[str] | None:
    """The title before a name; "M." before a first name may stand for another one."""
    if typed[:1] not in ("M", "m"):  # nearly all
        return None
    return (_TITLE if field == "first_name" else _TITLE_OF_SURNAME).match(typed)


def stated_sex(names: Iterable[tuple[str, str]]) -> Sex:
    """What the titles before these names say, each with its field; None where they say neither."""
    said = {sex_of(title[0]) for field, typed in names if (title := _title_in(field, typed))}
    return said.pop() if len(said) == 1 else None


def _article_code(typed: str, commune: Commune | None, flaws: list[Flaw]) -> int | None:
    """The sheet's own, which may correct the reference, else the reference's."""
    if typed in _ARTICLE_CODES:
        return int(typed)
    if typed:
        flaws.append(Flaw(code="unknown-article-code", field="article_code", value=typed))
    return commune.article_code if commune else None


def _postal(
    values: Values, commune: Commune | None, flaws: list[Flaw], mailboxes: Collection[str]
) -> tuple[tuple[str, ...], str, str]:
    """The lines of the street, the postcode, the locality. `mailboxes` are fields of the street
    that are the e-mail's column, too.
    """
    street: Sequence[str] = list(_street(values, flaws, mailboxes))
    typed, locality = _last_line(values)
    rest, last_postcode, last_locality = without_last_line(street)
    if last_postcode and (not typed or is_same(typed, last_postcode)):
        street, typed, locality = rest, last_postcode, locality or last_locality
    elif last_postcode:
        flaws += second_postcode(street, typed)
    for name in ("locality", _ONE_CELL):
        flaws += left_out(name, values[name], typed)
    flaws += _second_town(values, typed, locality)
    department = department_code(values["department"])
    postcode, postcode_flaws = postcode_of(typed, commune, locality, department)
    flaws += postcode_flaws
    if postcode and commune:
        locality = locality_in(commune.name, locality)
    return tuple(street), postcode, locality


def _with_number(values: Values) -> str:
    """The street behind its number and "rue"; a number before one that has its own is the row's."""
    number, kind, street = (one_line(values[n]) for n in (*_BEFORE_THE_STREET, "address"))
    if not street or street[0].isdigit():
        return values["address"]
    is_number = number[:1].isdigit() and number.strip("0")
    return " ".join(filter(None, (number if is_number else "", kind, values["address"])))


def _street(values: Values, flaws: list[Flaw], mailboxes: Collection[str]) -> Iterator[str]:
    """The lines above the last one. "Adresse" is now and then the column of the e-mails."""
    for name in _STREET:
        for line in filter(str.strip, values[name].splitlines()):
            if not is_mailbox(line):
                yield one_line(line)
            elif name not in mailboxes:
                flaws.append(Flaw(code="email-in-street", field=name, value=line))


def is_mailbox(line: str) -> bool:
    """Whether a line of a street has an e-mail address in it, and is none of a postal one."""
    return "@" in line and bool(addresses(line)[0])


def _last_line(values: Values) -> tuple[str, str]:
    """Postcode and locality as typed, whether each has its cell, one cell has both, or there are
    such cells beside each other: the town of any, whole where only one says "Cedex".

    A town that stands below another postcode than the row's is that of another address, unless
    the row's is one of its own.
    """
    typed, place, line = (one_line(values[n]) for n in ("postcode", "locality", _ONE_CELL))
    own, rest = parted(typed) or (typed, "")
    code, town = parted(place) or ("", place)
    if not (line or rest or code):  # nearly all
        return own, town
    line_code, line_town = parted(line) or (
        (line, "") if not typed or line.isdigit() else ("", line)
    )
    postcode = own or line_code or code
    towns = (
        each if not its_code or is_same(its_code, postcode) else town_at(postcode, its_code, each)
        for its_code, each in ((code, town), (line_code, line_town), ("", rest))
    )
    return postcode, reduce(_with_cedex, towns)


_ONE_CELL = "postcode_locality"


def _with_cedex(town: str, other: str) -> str:
    """The first of two cells for the town; what the other says of the "Cedex" belongs to it."""
    if not town or "CEDEX" not in other.upper() or "CEDEX" in town.upper():
        return town or other
    same = town_of(other)
    if not same:
        return f"{town} {other}"
    return other if fold(same) == fold(town) else town


def _second_town(values: Values, postcode: str, locality: str) -> Iterator[Flaw]:
    """What is told of the town in a cell for postcode and town, if another one is printed."""
    if not values["locality"] or not values[_ONE_CELL]:
        return
    line = one_line(values[_ONE_CELL])
    if not any(map(str.isalpha, line)):
        return
    code, town = parted(line) or ("", line)
    other = fold(town_of(town))
    if (not code or is_same(code, postcode)) and other not in ("", fold(town_of(locality))):
        yield Flaw(code="locality-left-out", field=_ONE_CELL, value=line, suggestion=locality)
