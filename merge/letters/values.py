"""What stands in a letter's blanks for one recipient."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from merge.french import grammar
from merge.french.communes import DEPARTMENT_ARTICLES, DEPARTMENTS, by_name
from merge.letters import filters
from merge.letters.idiom import FRENCH, Idiom
from merge.letters.kinds import (
    COLUMN,
    FRAME,
    Civility,
    Department,
    Empty,
    FirstSent,
    Person,
    Town,
    Unwritable,
    Value,
    WrittenNumber,
    paragraph,
    text,
    variable_name,
)
from merge.letters.lines import COUNT, EACH, LINE, TOTAL, Lines, SheetLine, Totals
from merge.letters.signers import Signature, Signer, by_commune, enumeration, towns_with_signers
from merge.model import Audience, Channel, FirstLetter, Recipient
from merge.post import envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who writes, as the settings say.

    `place` is the town before the date, its TNCC in `place_article_code`. `signature` is a line
    each; without one the name signs. `signers` stand under it, those of one commune in its letter
    alone. `reply_to` is where an answer goes, else `contact`; `address_source` says where the
    recipients' addresses come from.
    """

    name: str
    contact: str
    address: tuple[str, ...]
    place: str
    place_article_code: int | None
    signature: tuple[str, ...]
    signers: tuple[Signer, ...] = ()
    reply_to: str = ""
    address_source: str = ""

    @property
    def towns_with_signers(self) -> frozenset[str]:
        """The INSEE codes of the communes whose inhabitants are among the signers."""
        return towns_with_signers(self.signers)


_GREETINGS = ("salutation", "formule_d_appel", "appel", "greeting", "anrede", "saludo", "aanhef")
"""What a column is called that says how each letter opens."""

_TITLE = "titre"  # of a mayor, on the envelope in any language

FIRST_SENT = "premier_envoi"
"""What a reminder calls the first letter."""


_OF_OTHERS: Mapping[str, Callable[[Recipient], Value]] = {
    "prenom": lambda r: text(r.first_name, "first_name"),
    "nom": lambda r: text(r.surname, "surname"),
    "nom_complet": lambda r: text(r.person, "surname"),
    "organisation": lambda r: text(r.organisation, "organisation"),
    "adresse": lambda r: text(", ".join(r.street), "street"),
    "ville": lambda r: text(r.locality, "locality"),
    "courriel": lambda r: text(r.email or "", "email"),
    "numero": lambda r: text(r.number, "number"),
}
OF_OTHERS = ("civilite", *_OF_OTHERS)
"""What a letter may name beyond other letters where nobody writes to communes."""


class SheetColumns:
    """One recipient's cells, by what a letter calls their columns."""

    __slots__ = ("_cell",)

    def __init__(self, cell: Callable[[str], str | Empty]) -> None:
        self._cell = cell

    def __getitem__(self, name: str) -> str | Empty:
        return self._cell(name)


Named = Value | Totals | Sequence[SheetLine] | SheetColumns
"""What a name of a letter stands for: what fills a blank, or what is asked for its columns."""


class Values:
    """Everything that a letter may name, by its name in the letter."""

    def __init__(
        self,
        *,
        writer: Writer,
        date: datetime.date,
        feminine: grammar.Feminine,
        columns: Collection[str],
        first_letters: Mapping[str, FirstLetter] | None = None,
        first_subject: Callable[[Recipient], str] = lambda _recipient: "",
        audience: Audience = "communes",
        idiom: Idiom = FRENCH,
        group: str = "",
        signs: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> None:
        self._of_campaign = _of_campaign(writer, date, idiom)
        self.idiom = idiom
        self._writer = writer
        self._signing = by_commune(writer.signers)
        self._signatures: dict[str | None, Signature] = {}  # made once: lists may be long
        headers: dict[str, str] = {}
        for header in columns:
            headers.setdefault(variable_name(header), header)
        headers.pop("", None)
        self.lines = (
            Lines(
                group=variable_name(group),
                headers={variable_name(each): each for each in columns},
                signs=signs,
                locale=idiom.locale,
                typeset=idiom.typeset,
            )
            if group
            else None
        )
        self._de_header = headers.get("commune_de", "commune_de")
        self._a_header = headers.get("commune_a", "commune_a")
        self._greeting = next((headers[name] for name in _GREETINGS if name in headers), "")
        of_communes: dict[str, Callable[[Recipient], Value]] = {
            "commune": self._town,
            "maire": _mayor,
            "departement": _department,
            "salutation": lambda r: grammar.salutation(r.sex, feminine),
            "salutation_courte": lambda r: grammar.short_salutation(r.sex, feminine),
            _TITLE: lambda r: grammar.title(r.sex, feminine),
            "population": self._population,
            "insee": lambda r: r.insee or Empty("insee"),
        }
        if not idiom.is_french:  # a mayor is called as anybody is
            of_communes |= {
                "salutation": self._salutation,
                "salutation_courte": self._short_salutation,
            }
        of_others: dict[str, Callable[[Recipient], Value]] = {
            "salutation": self._salutation,
            "salutation_courte": self._short_salutation,
            "civilite": self._civility,
            **_OF_OTHERS,
            "ville": self._town_of_address,
        }
        self._has_mayors = audience == "communes"
        makers: dict[str, Callable[[Recipient], Value | Totals | SheetColumns]] = {
            **(of_communes if self._has_mayors else of_others),
            "sexe": lambda r: r.sex or Empty("sex"),
            "code_postal": lambda r: text(r.postcode, "postcode"),
            # Within a line, where the two could part.
            "reference": lambda r: text(f"{idiom.reference}{grammar.NO_BREAK_SPACE}{r.key}", "key"),
            "signature": lambda r: self._signature_of(self._town_of_signers(r)),
            "signataires": lambda r: self._signers_of(self._town_of_signers(r)),
        }
        if self.lines:
            makers[COUNT] = lambda r: idiom.number(len(r.lines))
            makers[TOTAL] = self.lines.totals
        if first_letters is not None:
            makers[FIRST_SENT] = lambda r: _first_sent(
                first_letters.get(r.key), first_subject(r), idiom
            )
        self._all_headers = headers
        may_dot = COLUMN not in headers  # else `colonne` is that column
        read = _GREETINGS if makers["salutation"] == self._salutation else ()
        shadowing = (makers.keys() | self._of_campaign.keys()) - {*read} if may_dot else ()
        self.called_as_ours = frozenset(name for name in headers if name in shadowing)
        """The columns that a letter names by COLUMN alone."""
        if headers and may_dot:
            makers[COLUMN] = self._columns_of
        self._makers = makers
        self._headers = {
            name: header
            for name, header in headers.items()
            if name != FRAME
            and name not in self._makers
            and name not in self._of_campaign
            and not (self.lines and name == LINE)
        }

    @property
    def names(self) -> frozenset[str]:
        """The names that a letter may use. A column never takes the place of one of ours, and can
        be named by COLUMN.
        """
        ours = self._makers.keys() - (() if self.idiom.is_french else {_TITLE})
        of_lines = self.lines.names if self.lines else ()
        dotted = (f"{COLUMN}.{each}" for each in self._all_headers if COLUMN in self._makers)
        return frozenset((*ours, *self._of_campaign, *self._headers, *of_lines, *dotted))

    def column(self, called: str) -> str:
        """What a letter writes for the column that is called so; "" where the list has none."""
        name = variable_name(called)
        if name in self.called_as_ours:
            return f"{COLUMN}.{name}"
        return name if name in self._headers else ""

    @property
    def shared(self) -> dict[str, Value]:
        """The values that are the same in every letter and not empty, by name."""
        alike = dict(self._of_campaign)
        if self._signing.keys() == {None}:
            alike |= {"signature": self._signature_of(None), "signataires": self._signers_of(None)}
        return {name: value for name, value in alike.items() if not isinstance(value, Empty)}

    def of(self, recipient: Recipient, names: Iterable[str]) -> dict[str, Named]:
        """The named values. Unwritable for one with a sign that no letter can carry."""
        values: dict[str, Named] = {}
        for name in names:
            if name == LINE and self.lines:
                values[EACH] = self.lines.each(recipient)
            elif name in self._of_campaign:
                values[name] = self._of_campaign[name]
            elif make := self._makers.get(name):
                values[name] = make(recipient)
            else:
                values[name] = self._cell(recipient, self._headers[name])
        return values

    def _columns_of(self, recipient: Recipient) -> SheetColumns:
        return SheetColumns(lambda name: self._cell(recipient, self._all_headers[name]))

    def _cell(self, recipient: Recipient, header: str) -> str | Empty:
        """What stands in a column. Unwritable("lines-differ") where the recipient's rows differ."""
        cell = paragraph(recipient.fields.get(header, ""), header, self.idiom.typeset)
        if not cell and any(line.get(header) for line in recipient.lines):
            raise Unwritable("lines-differ", header)
        return cell

    def addressee(self, recipient: Recipient) -> envelope.Names:
        """The first two lines of the envelope: the mairie and its mayor, or the organisation and
        the person. Unwritable as `of`.
        """
        if self._has_mayors:
            named = self.of(recipient, ("commune", _TITLE))
            return f"Mairie {filters.de(named['commune'])}", str(named[_TITLE])
        return envelope.addressee(envelope.called(recipient, self.idiom.civilities))

    def household(self, people: Sequence[Recipient]) -> envelope.Names | None:
        """The same of all who share an envelope; None where it cannot be one."""
        return envelope.shared_names(people, self.idiom.civilities, self.idiom.joints)

    def _civility(self, recipient: Recipient) -> str | Empty:
        stated = text(recipient.civility, "civility")
        if isinstance(stated, Empty):
            return stated
        return Civility(stated, self.idiom.civility(stated))

    def _salutation(self, recipient: Recipient) -> str | Empty:
        """The row's own, where there is a column for it."""
        own = text(recipient.fields.get(self._greeting, ""), self._greeting)
        return own or _on_a_line(self.idiom.salutation(recipient), "civility")

    def _short_salutation(self, recipient: Recipient) -> str | Empty:
        return _on_a_line(self.idiom.short_salutation(recipient), "surname")

    def _population(self, recipient: Recipient) -> WrittenNumber | Empty:
        if recipient.population is None:
            return Empty("population")
        return self.idiom.number(recipient.population)

    def _town(self, recipient: Recipient) -> str | Empty:
        """The recipient's commune, with the row's own words for it behind "de" and "à"."""
        name = text(recipient.commune, "commune")
        if isinstance(name, Empty):
            return name
        de, a = (
            text(recipient.fields.get(header, ""), header) or ""
            for header in (self._de_header, self._a_header)
        )
        return Town(name, recipient.article_code, de, a)

    def _town_of_address(self, recipient: Recipient) -> str | Empty:
        name = text(recipient.locality, "locality")
        if isinstance(name, Empty):
            return name
        own = [recipient.fields.get(each, "") for each in (self._de_header, self._a_header)]
        made = [grammar.de(*place(recipient)), grammar.a(*place(recipient))]
        de, a = (str(text(typed, "commune") or said) for typed, said in zip(own, made, strict=True))
        return Town(name, None, de, a)

    def _signature_of(self, town: str | None) -> str | Empty:
        if town not in self._signatures:
            lines = self._writer.signature or (self._writer.name,)
            if not any(lines) and not self._signing[town]:
                return Empty("signature", of_writer=True)
            self._signatures[town] = Signature(lines, self._signing[town], self.idiom)
        return self._signatures[town]

    def _signers_of(self, town: str | None) -> str | Empty:
        if not self._writer.signers:
            return Empty("signers", of_writer=True)
        names = enumeration(self._signing[town], self.idiom)
        return names or Empty("signers", code="no-signer")

    def _town_of_signers(self, recipient: Recipient) -> str | None:
        return recipient.insee if recipient.insee in self._signing else None


def _of_campaign(writer: Writer, date: datetime.date, idiom: Idiom) -> dict[str, Value]:
    """What is the same in every letter."""

    def known(value: str, field: str) -> str | Empty:
        return value.strip() or Empty(field, of_writer=True)

    place = known(writer.place, "place")
    return {
        "lieu": Town(place, writer.place_article_code) if isinstance(place, str) else place,
        "date": idiom.date(date),
        "annee": str(date.year),
        "groupe": known(writer.name, "name"),
        "contact": known(writer.contact, "contact"),
        "repondre_a": known(writer.reply_to or writer.contact, "contact"),
        "origine_adresse": known(writer.address_source, "address_source"),
    }


def place(recipient: Recipient) -> tuple[str, int | None]:
    """Where the recipient is, as "de" and "à" take it, and its TNCC: its commune, else the town of
    its address without CEDEX, which the postcode tells from others of its name.
    """
    if recipient.commune:
        return recipient.commune, recipient.article_code
    name = re.sub(r"\s+CEDEX\b.*", "", recipient.locality, flags=re.IGNORECASE)
    if recipient.country not in ("", "FR"):
        return name, None
    code = recipient.postcode
    found = by_name(name)
    there = [each for each in found if code in each.postcodes] or [
        each for each in found if code and code.startswith(re.sub("^2[AB]", "20", each.department))
    ]
    if len(there or found) != 1:
        return name, None
    (commune,) = there or found
    return commune.name, commune.article_code


def _mayor(recipient: Recipient) -> Person:
    surname = text(recipient.surname, "surname")
    first_name = text(recipient.first_name, "first_name")
    cased = grammar.surname_case(surname) if isinstance(surname, str) else surname
    given = grammar.surname_case(first_name) if isinstance(first_name, str) else first_name
    full = f"{given} {cased}" if isinstance(given, str) and isinstance(cased, str) else cased
    return Person(prenom=given, nom=cased, nom_complet=full)


def _department(recipient: Recipient) -> Department:
    code = text(recipient.department, "department")
    if isinstance(code, Empty):
        return Department(code=code, nom=code)
    name = DEPARTMENTS.get(code, code)
    article = DEPARTMENT_ARTICLES.get(name)
    after_de = "" if article is None else grammar.of_department(name, article)
    return Department(code=code, nom=Town(name, None, after_de))


def _on_a_line(said: str | Empty, field: str) -> str | Empty:
    return said if isinstance(said, Empty) else text(said, field)


_WAYS = {Channel.EMAIL: "courriel", Channel.PAPER: "courrier postal"}
"""How the French letter of a reminder calls a channel, after "par"."""


def _first_sent(first: FirstLetter | None, subject: str, idiom: Idiom) -> FirstSent:
    if first is None:
        return FirstSent(*[Empty(FIRST_SENT)] * 3)
    way = idiom.way(_WAYS[first.channel])
    return FirstSent(idiom.date(first.date), way, subject or Empty(FIRST_SENT))
