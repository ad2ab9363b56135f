"""Made-up people, as lists have them: one seed, one list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pypdfium2 as pdfium

_GIVEN = {
    "Mme": ("Nathalie", "Zoé", "Inès", "Marie-Claude", "Anneliese", "Margaret", "Ève", "Käthe"),
    "M.": ("Étienne", "Jean-Luc", "Kévin", "Jürgen", "Oliver", "François", "Søren", "Loïc"),
    "Dr": ("Camille", "Dominique", "Robin", "Alex"),
    "": ("Claude", "Maxime", "Sascha", "Charlie"),
}
_SYLLABLES = ("BOU", "CAR", "DEL", "FON", "GUÉ", "LAM", "MOR", "PÉR", "RIV", "SOU", "TAN", "VIL")
_ENDINGS = ("CHER", "DET", "GNON", "LARD", "NEAU", "RIEZ", "SSIN", "TEL", "WEILER", "SON")
_STREETS = {
    "France": "{n} rue des Lilas",
    "Suisse": "Rue du Rhône {n}",
    "Belgique": "Rue Haute {n}",
    "Allemagne": "Gartenstraße {n}",
    "Royaume-Uni": "{n} High Street",
}
_TOWNS = {
    "France": (("35000", "Rennes"), ("01000", "Bourg-en-Bresse"), ("29200", "Brest")),
    "Suisse": (("1201", "Genève"), ("3011", "Bern")),
    "Belgique": (("1000", "Bruxelles"), ("4000", "Liège")),
    "Allemagne": (("50667", "Köln"), ("80331", "München")),
    "Royaume-Uni": (("SW1A 2AA", "London"), ("EH1 1YZ", "Edinburgh")),
}
COUNTRIES = tuple(_TOWNS)
_GREETINGS = {"Mme": "Madame", "M.": "Monsieur", "Dr": "Docteur", "": "Madame, Monsieur"}


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """A row, before it is written as people write it."""

    number: int
    civility: str
    first_name: str
    surname: str  # in capitals
    email: str
    street: str
    postcode: str
    town: str
    country: str
    company: str

    @property
    def name(self) -> str:
        """First name and surname, as a letter has them."""
        return f"{self.first_name} {self.surname.title()}"

    @property
    def opening(self) -> str:
        """The first words of a letter to them."""
        return f"{_GREETINGS[self.civility]}, {self.name}"


def made_up(n: int, *, countries: Sequence[str] = ("France",), on_paper: int = 0) -> list[Somebody]:
    """So many people, the last `on_paper` of whom have no e-mail. Nobody is called as another is,
    and every tenth has the mailbox of the one before.
    """
    chance = Random(28)  # noqa: S311 - not for secrets
    names = [f"{one}{two}{three}" for one in _SYLLABLES for two in _SYLLABLES for three in _ENDINGS]
    people: list[Somebody] = []
    for number, surname in enumerate(chance.sample(names, n), 1):
        civility = chance.choice(tuple(_GIVEN))
        country = countries[number % len(countries)]
        postcode, town = chance.choice(_TOWNS[country])
        mailbox = f"boite-{number - 1 if number % 10 == 0 else number}@example.org"
        people.append(
            Somebody(
                number=number,
                civility=civility,
                first_name=chance.choice(_GIVEN[civility]),
                surname=surname,
                email="" if number > n - on_paper else mailbox,
                street=_STREETS[country].format(n=number),
                postcode=postcode,
                town=town,
                country=country,
                company=f"Ets {surname.title()} & Cie" if number % 3 else "",
            )
        )
    return people


def corrected(people: Iterable[Somebody]) -> list[Somebody]:
    """The same people, sorted otherwise: some with another mailbox, name, street or town."""
    mended = []
    for each in people:
        match each.number % 20:
            case 1 if each.email:
                each = replace(each, email=f"neuve-{each.number}@example.org")
            case 3:
                each = replace(each, surname=each.surname.replace("E", "Ë", 1))
            case 5:
                each = replace(each, street=f"{each.number} bis, quai Neuf")
            case 7 if each.email:
                each = replace(each, postcode="35700", town="Rennes", country="France")
            case 9 if each.email:
                each = replace(each, email="")
        mended.append(each)
    Random(29).shuffle(mended)  # noqa: S311 - not for secrets
    return mended


def delimited(rows: Iterable[Sequence[str]], by: str, end: str, *, all_quoted: bool) -> str:
    """A CSV text as spreadsheets write it: quoted where it must be, or everywhere."""

    def cell(text: str) -> str:
        needs = all_quoted or any(sign in text for sign in (by, '"', "\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if needs else text

    return "".join(by.join(map(cell, row)) + end for row in rows)


def windows(pdf: Path) -> list[tuple[list[str], str]]:
    """Of each letter of a lot, the lines in the window and the text of its page."""
    found = []
    with pdfium.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            whole = " ".join(text.get_text_bounded().split())
            if "Début, " not in whole:  # the cover sheet
                continue
            left, right = 100 / 25.4 * 72, 190 / 25.4 * 72
            top, bottom = page.get_height() - 54 / 25.4 * 72, page.get_height() - 80 / 25.4 * 72
            block = text.get_text_bounded(left=left, right=right, top=top, bottom=bottom)
            found.append(([" ".join(line.split()) for line in block.splitlines()], whole))
    return found
