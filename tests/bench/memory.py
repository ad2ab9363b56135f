"""What `check` and `print` hold in memory, from a hundred letters to ten thousand.

Each row is the program's own command on a campaign of its own, with lots of 250 and as many workers
as there are cores. `command` is the peak of the command, `worker` that of the largest process that
it starts. A hundred letters are one lot, which needs no worker: what is shown is the process that
tries the letter out.

    python -m tests.bench.memory [LETTERS…]
"""

from __future__ import annotations

import os
import sys
import tempfile
from itertools import islice
from pathlib import Path

from merge.french.communes import reference
from tests.bench.costs import WATCHED_HEAD, as_installed, cost, watched

LETTERS = (100, 1_000, 10_000)


def main(arguments: list[str]) -> None:
    as_installed()
    print(f"{'':8}{WATCHED_HEAD}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PUBLIPOSTAGE_HOME"] = f"{folder}/home"
        for n in map(int, arguments or LETTERS):
            command = [sys.executable, "-m", "merge", "-C", str(campaign(Path(folder), n))]
            for step in ("check", "print"):
                print(f"{step:8}{watched(n, [*command, step]).line()}", flush=True)


def campaign(folder: Path, n: int) -> Path:
    """A campaign to the first `n` communes that have a postcode, none of which has an e-mail."""
    made, sheet = folder / f"campaign-{n}", folder / f"towns-{n}.csv"
    towns = islice((town for town in reference().values() if town.postcodes), n)
    rows = (
        f"{town.insee};{town.name};1 place de la Mairie;{min(town.postcodes)}" for town in towns
    )
    sheet.write_text("\n".join(["Code INSEE;Commune;Adresse;Code postal", *rows, ""]), "utf-8")
    program = [sys.executable, "-m", "merge"]
    cost("", 1, [
        *program, "new", str(made), "--name", "Bench", "--group", "Collectif d'exemple",
        "--contact", "contact@example.org", "--from", "contact@example.org", "--place", "Rennes",
        "--address", "35000 RENNES",
    ])  # fmt: skip
    cost("", n, [*program, "-C", str(made), "import", str(sheet)])
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
