"""What a list costs, from its file to the ledger: imported, imported again, and checked.

Beside it what pandas alone takes to read the file, and where the time goes. In turns, medians of
whole processes; a bar is printed beside what it is for, and nothing depends on it.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import cast

from merge.french.communes import reference
from merge.model import Audience
from tests.bench.costs import (
    PROGRAM,
    Cost,
    cost,
    median,
    new,
    verdict,
    write_table,
)
from tests.bench.letters import ORIGIN, VSA

FEW, MANY = 300, 1_000_000
PANDAS = "import sys, pandas; pandas.read_csv(sys.argv[1], sep=';', dtype=str, na_filter=False)"
COLUMNS = (
    *("N° adhérent", "Civilité", "Prénom", "Nom", "Courriel"),
    *("Adresse", "Code postal", "Ville", "Téléphone", "Remarque"),
)
_FIRST = ("An", "Jo", "Mi", "Ca", "El", "Fr", "Lu", "Na", "Pa", "So")
_LAST = ("ne", "seph", "chel", "mille", "odie", "ançois", "cie", "thalie", "phie", "lian", "ette")
_FIRST_NAMES = [*map("".join, product(_FIRST, _LAST))]
_OF_A_TOWN = re.compile(r" \{\{ commune\|.*?\}\}")
_REMARKS = ("", "à jour", 'relancer "vite"; au marché')


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet of `n` rows, and what it may take at most."""

    path: Path
    n: int
    audience: Audience
    bars: tuple[float, float, float] | None  # CPU s of import and check, MB of both processes


def country(folder: Path) -> Sheet:
    """Each commune with its mayor, its mailbox and its address."""
    columns = ("Code INSEE", "Commune", "Département", *COLUMNS[1:-2])
    path, towns = folder / "country.csv", list(reference().values())
    rows = (
        (
            *(town.insee, town.name, town.department, ("M.", "Mme")[i % 2]),
            *(_FIRST_NAMES[i % len(_FIRST_NAMES)], town.name.upper()),
            *(f"mairie-{town.insee}@example.org", f"{i % 99 + 1} rue de la Mairie"),
            *(next(iter(town.postcodes), "97410"), town.name),
        )
        for i, town in enumerate(towns)
    )
    write_table(path, columns, rows)
    return Sheet(path=path, n=len(towns), audience="communes", bars=(2.5, 6, 350))


def people(folder: Path, n: int) -> Sheet:
    """Members as lists have them: they live where people live, in streets of their own, are called
    after communes, and some cells stand in quotation marks.
    """
    path, chance = folder / f"people-{n}.csv", random.Random(n)  # noqa: S311 - not for secrets
    towns = [town for town in reference().values() if town.postcodes]
    homes = chance.choices(towns, [town.population or 0 for town in towns], k=n)
    rows = (
        (
            *(f"A{i:07}", ("M.", "Mme")[i % 2], chance.choice(_FIRST_NAMES)),
            *(chance.choice(towns).name.upper(), f"personne-{i}@example.org"),
            f"{chance.randint(1, 200)} rue {chance.choice(towns).name}"
            + "; bât. B" * (i % 50 == 0),
            *(min(home.postcodes), home.name, f"06 {i % 100:02} {i // 100 % 100:02} 10 11"),
            _REMARKS[i % len(_REMARKS)],
        )
        for i, home in enumerate(homes)
    )
    write_table(path, COLUMNS, rows)
    bars = (45, 150, 2048) if n == MANY else None
    return Sheet(path=path, n=n, audience="people", bars=bars)


def campaign(folder: Path, sheet: Sheet) -> Path:
    """A new one to those of the sheet; its letter is the one to mayors."""
    made = folder / "campaign"
    shutil.rmtree(made, ignore_errors=True)
    new(made, "--for", sheet.audience, "--address-source", ORIGIN)
    text = (VSA / "letter.md").read_text(encoding="utf-8")
    if sheet.audience == "people":
        (made / "letter.md").write_text(_OF_A_TOWN.sub("", text), encoding="utf-8")
    return made


def measure(folder: Path, sheets: Sequence[Sheet], rounds: int) -> Iterator[str]:
    """The medians, and the bars. The last campaign stays."""
    spent = defaultdict[Sheet, dict[str, list[Cost]]](lambda: defaultdict(list))
    for _round, sheet in product(range(rounds), sheets):
        inside = [*PROGRAM, "-C", str(campaign(folder, sheet))]
        importing = [*inside, "import", str(sheet.path)]
        for step, command in (
            ("pandas.read_csv alone", [sys.executable, "-c", PANDAS, str(sheet.path)]),
            ("import", importing),
            ("import again", importing),
            ("check", [*inside, "check"]),
        ):
            spent[sheet][step].append(cost(step, sheet.n, command))
    for sheet, costs in spent.items():
        alone, first, again, check = (median(step, costs[step]) for step in costs)
        yield from (each.line() for each in (alone, first, again, check))
        command = [sys.executable, "-m", __spec__.name, str(sheet.path), sheet.audience]
        yield subprocess.run(command, check=True, capture_output=True, text=True).stdout.rstrip()
        if sheet.bars:
            import_s, check_s, mb = sheet.bars
            for each, bar in ((first, import_s), (again, first.cpu_s), (check, check_s)):
                yield verdict(f"{each.step}, CPU s", each.cpu_s, bar, at_most=True)
            for each in (first, again):
                held = each.command_mb + each.worker_mb
                yield verdict(f"{each.step}, both processes, MB", held, mb, at_most=True)


def where_it_goes(path: Path, audience: Audience) -> str:
    """CPU seconds of the steps to recipients, one after the other in this process."""
    at = [time.process_time()]
    from merge.recipients import columns, contacts
    from merge.recipients.sheet import read_sheet

    at.append(time.process_time())
    table = read_sheet(path)
    at.append(time.process_time())
    contacts.read(table, columns.assign(table.headers, audience=audience))
    at.append(time.process_time())
    spent = (f"{after - before:.2f}" for before, after in pairwise(at))
    return "  of which loading {}, reading {}, recipients {}".format(*spent)


if __name__ == "__main__":
    print(where_it_goes(Path(sys.argv[1]), cast("Audience", sys.argv[2])))
