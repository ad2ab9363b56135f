"""`make bench`: what each step costs, through the program's own commands.

Every figure is of a whole process, from its start to its end: CPU seconds of all its threads, and
the most memory it held. Wall time is shown too, but two machines compare by CPU time only.

    python -m tests.bench [--sent N] [--printed N] [--rounds N]
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
from collections.abc import Iterable
from itertools import starmap
from pathlib import Path

from merge.errors import ExitCode
from merge.french.communes import Commune, reference
from tests.bench import letters, lists
from tests.bench.costs import HEAD, PROGRAM, Cost, cost, new, with_account, write_table
from tests.desk import a_user
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority

NO_LIMITS = "per_hour = 1000000\nper_day = 1000000\n"


def write_sheet(path: Path, towns: Iterable[Commune], *, on_paper: int) -> None:
    """The first `on_paper` towns have no e-mail."""

    def row(number: int, town: Commune) -> tuple[str, ...]:
        mail = "" if number < on_paper else f"mairie-{town.insee}@example.org"
        postcode = next(iter(town.postcodes), "97410")
        return town.insee, town.name, mail, "Place de la Mairie", postcode, town.name

    columns = ("Code INSEE", "Commune", "Courriel", "Adresse", "Code postal", "Ville")
    write_table(path, columns, starmap(row, enumerate(towns)))


def measure(folder: Path, server: CaptureServer, *, sent: int, printed: int) -> Iterable[Cost]:
    """One campaign to all communes, step by step."""
    towns = list(reference().values())
    sheet, campaign = folder / "towns.csv", folder / "campaign"
    write_sheet(sheet, towns, on_paper=printed)
    inside = [*PROGRAM, "-C", str(campaign)]

    yield cost("start (--help)", 1, [*PROGRAM, "--help"])
    yield new(campaign, "--address", "35000 RENNES")
    authority = ("--ca-file", str(server.folder / "ca.pem"))
    yield with_account(campaign, server.port, "--tls", "implicit", *authority)
    settings = campaign / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[account]\n", f"[account]\n{NO_LIMITS}"), encoding="utf-8")

    cost("import", len(towns), [*inside, "import", str(sheet)])
    send = [*inside, "send", "--really", "--yes", "--untested", "--limit", str(sent)]
    yield cost("send, SMTP + TLS on loopback", sent, send, ExitCode.STOPPED)  # by its limit
    yield cost("print, letters of two pages", printed, [*inside, "print"])
    yield cost("log --format csv", len(towns), [*inside, "log", "--format", "csv"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--sent", type=int, default=1000, help="e-mails to send")
    parser.add_argument("--printed", type=int, default=100, help="letters to print")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is shown")
    chosen = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd talks of its next version

    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= a_user(Path(folder))
        mail = Path(folder) / "mail"
        mail.mkdir()
        server = CaptureServer(folder=mail, authority=Authority.in_folder(mail))
        with server.running():
            steps = measure(Path(folder), server, sent=chosen.sent, printed=chosen.printed)
            for step in steps:
                print(step.line(), flush=True)
        sheets = [lists.people(Path(folder), lists.FEW), lists.country(Path(folder))]
        for line in lists.measure(Path(folder), sheets, chosen.rounds):
            print(line, flush=True)
        for step in letters.measure(Path(folder), rounds=chosen.rounds):
            print(step.line(), flush=True)


if __name__ == "__main__":
    main()
