"""Importing, beside a bare `pandas.read_csv` of the same bytes: in turns, medians of whole runs."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from merge.errors import ExitCode
from merge.french.communes import reference
from tests.bench.costs import PROGRAM, Cost, cost, median, new, write_table
from tests.house import ROOT

REAL = ROOT.parent / "shared" / "data"
MAYORS, MAILBOXES = "rne-maires-2022.csv", "mairies-emails-2021.csv"
BARE = (
    "import sys, pandas\n"
    "for file in sys.argv[1:]:\n"
    "    path, encoding, separator = file.split(':')\n"
    "    how = {'encoding': encoding, 'sep': separator, 'dtype': str, 'keep_default_na': False}\n"
    "    pandas.read_csv(path, **how)\n"
)
_LARGE = (
    *("Numéro", "Sexe", "Prénom", "Nom", "Commune", "Courriel"),
    *("Adresse", "Code postal", "Ville", "Remarque"),
)
_PEOPLE = (
    *("Numéro", "Civilité", "Prénom", "Nom", "Courriel"),
    *("Adresse", "Code postal", "Ville", "Remarque"),
)
_FIRST_NAMES = ("Dominique", "Zoé", "Jean-Pierre", "ANNE", "Élodie", "Camille", "Nadia")


@dataclass(frozen=True, kw_only=True)
class Case:
    """Sheets of `n` rows, as `path:encoding:separator` for the bare reader."""

    name: str
    n: int
    files: Sequence[str]
    options: Sequence[str] = field(default=())
    audience: str = "communes"

    @property
    def sheets(self) -> list[str]:
        return [file.split(":")[0] for file in self.files]


def measure(folder: Path, *, rounds: int, rows: int) -> Iterable[Cost]:
    """The median of each step; the bare reader goes first."""
    for case in (_country(folder), _large(folder, rows), _people(folder, rows)):
        bare, ours = [], []
        for _round in range(rounds):
            bare.append(cost("", case.n, [sys.executable, "-c", BARE, *case.files]))
            ours.append(_imported(folder / "import", case))
        yield median(f"pandas.read_csv, {case.name}", bare)
        yield median(f"import, {case.name}", ours)


def _imported(campaign: Path, case: Case) -> Cost:
    shutil.rmtree(campaign, ignore_errors=True)
    new(campaign, "--for", case.audience)
    command = [*PROGRAM, "-C", str(campaign), "import", *case.sheets, *case.options]
    # Real files have rows that cannot be taken.
    return cost("", case.n, command, ExitCode.PARTLY if REAL in Path(case.sheets[0]).parents else 0)


def _country(folder: Path) -> Case:
    """All mayors and the mailboxes of their mairies: the real files where they are at hand."""
    if REAL.is_dir():
        files = [f"{REAL / MAYORS}:latin-1:;", f"{REAL / MAILBOXES}:utf-8:,"]
        return Case(name="RNE + mailboxes", n=34_921 + 36_010, files=files)
    mayors, mailboxes = folder / "mayors.csv", folder / "mailboxes.csv"
    towns = list(reference().values())
    columns = ("Code de la commune", "Libellé de la commune", "Nom de l'élu")
    write_table(mayors, columns, ((town.insee, town.name, "LE GOFF") for town in towns))
    rows = (
        (town.department, f"Mairie - {town.name}", f"mairie-{town.insee}@example.org")
        for town in towns
    )
    write_table(mailboxes, ("département", "commune", "email"), rows, by=",")
    files = [f"{mayors}:utf-8:;", f"{mailboxes}:utf-8:,"]
    return Case(name="all communes, made up", n=2 * len(towns), files=files)


def _large(folder: Path, n: int) -> Case:
    """A made-up table with a number of its own for each recipient."""
    path = folder / "large.csv"
    names = [town.name for town in reference().values()]

    def row(number: int) -> tuple[object, ...]:
        town, mail = names[number % len(names)], f"personne-{number}@example.org"
        who = (number, "FM"[number % 2], "Dominique", "D'EXEMPLE", town, mail)
        return *who, f"{number % 99} rue des Lilas", "35000", town, "vue au marché"

    write_table(path, _LARGE, map(row, range(n)))
    return Case(name=f"{n:,} rows", n=n, files=[f"{path}:utf-8:;"], options=["--map", "key=Numéro"])


def _people(folder: Path, n: int) -> Case:
    """A made-up list of members: they live where people live, and are called after communes."""
    path = folder / "people.csv"
    chance = random.Random(n)  # noqa: S311 - not for secrets
    towns = list(reference().values())
    crowds = [town.population or 0 for town in towns]
    homes, names = (chance.choices(towns, crowds, k=n) for _each in range(2))

    def row(number: int) -> tuple[object, ...]:
        town, first_name = homes[number], _FIRST_NAMES[number % len(_FIRST_NAMES)]
        who = (number, ("M.", "Madame")[number % 2], first_name, names[number].name.upper())
        mail, postcode = f"personne-{number}@example.org", next(iter(town.postcodes), "97410")
        return *who, mail, f"{number % 99} rue des Lilas", postcode, town.name, "vue au marché"

    write_table(path, _PEOPLE, map(row, range(n)))
    return Case(name=f"{n:,} people", n=n, files=[f"{path}:utf-8:;"], audience="people")
