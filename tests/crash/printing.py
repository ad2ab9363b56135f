"""`make crash-print`: kills at any instant of printing; no lot reaches the printer twice.

python -m tests.crash.printing [--lots N] [--kills N] [--seed N]

A campaign prints at `tests.servers.printerfaults`, and is killed within a quarter of a second of
each further job that reaches it, wherever it stands by then. What is left is settled as a person
would: `resolve --lot` for what is in doubt, `print --lot` for what was made and never handed over.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from merge.french.communes import reference
from tests.desk import Desk
from tests.house import ROOT
from tests.servers.printerfaults import FaultPrinter

_LETTERS_A_LOT = 2
_START_S = 60.0  # how long the program may take to its next job on a busy machine


def campaign(folder: Path, lots: int) -> Desk:
    """Towns without an e-mail, two to a lot."""
    desk = Desk(folder)
    desk.make()
    settings = folder / "campaign.toml"
    per_lot = f"per_lot_printer = {_LETTERS_A_LOT}\n"
    settings.write_text(settings.read_text("utf-8") + per_lot, "utf-8")
    towns = list(reference().values())[: lots * _LETTERS_A_LOT]
    rows = [f"{c.insee};{c.name};F;A;B;;1 rue de la Mairie;01000;Ville" for c in towns]
    desk.ok("import", str(desk.sheet(*rows)))
    return desk


def kill_one(desk: Desk, printer: FaultPrinter, chance: random.Random) -> bool:
    """Print, and kill soon after the next job has arrived; whether it was still running."""
    printer.arrived.clear()
    command = ("-m", "merge", "-C", str(desk.folder), "print", "--printer", printer.uri("fine"))
    with subprocess.Popen([sys.executable, *command], stderr=subprocess.DEVNULL) as process:
        printer.arrived.wait(_START_S)
        try:
            process.wait(timeout=chance.random() / 4)
        except subprocess.TimeoutExpired:
            process.kill()
            return True
    return False


def lots_of(desk: Desk) -> dict[str, str]:
    """Where each lot stands; all its letters stand there."""
    rows = json.loads(desk.ok("log", "--format", "json").out)
    return {row["lot"]: row["status"] for row in rows}


def settle(desk: Desk, printer: FaultPrinter) -> Counter[str]:
    """Print the rest, then each lot as a person would; how many stood where before."""
    desk.ok("print", "--printer", printer.uri("fine"))
    left = lots_of(desk)
    for lot, status in left.items():
        if status == "made":
            desk.ok("print", "--lot", lot, "--printer", printer.uri("fine"))
        elif status != "finished":
            desk.ok("resolve", "--lot", lot)
    return Counter(left.values())


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make crash-print", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--lots", type=int, default=40)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=20261124)
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)  # noqa: S311 - not for secrets
    with TemporaryDirectory() as name, FaultPrinter().running() as printer:
        os.environ |= {
            "PUBLIPOSTAGE_HOME": f"{name}/home",
            "PUBLIPOSTAGE_DNS": "off",
            "PUBLIPOSTAGE_LANG": "en",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            # Nothing that is started here can reach beyond loopback.
            "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "guard"), str(ROOT)]),
        }
        desk = campaign(Path(name) / "campaign", chosen.lots)
        killed = sum(kill_one(desk, printer, chance) for _ in range(chosen.kills))
        left = settle(desk, printer)
        stands = Counter(lots_of(desk).values())
    jobs = Counter(job.sha256 for job in printer.taken)
    twice = sum(n - 1 for n in jobs.values())
    lost = chosen.lots - len(jobs)
    print(f"{chosen.lots} lots, {killed} kills; then {dict(left)}; settled {dict(stands)}")
    print(f"jobs {len(printer.taken)}, TWICE {twice}, LOST {lost}")
    return 1 if twice or lost or stands != {"finished": chosen.lots} else 0


if __name__ == "__main__":
    sys.exit(main())
