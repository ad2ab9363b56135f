"""`make bench-mail`: what it costs to send a campaign by e-mail, beside what others use for it.

Ten thousand letters of this campaign, text and HTML, to Postfix's `smtp-sink` on loopback without
TLS. Every figure is of a whole process, from its start to its end: CPU seconds of it and its
children; ours reads its recipients from the ledger, checks every letter, writes ledger and
archive to disk as in life. They go in turns; the medians of the rounds are shown, then the ratios.
Beside them: our own over TLS, and over a line with a long way.

    python -m tests.bench.mail [--letters N] [--rounds N] [--trip-ms N]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from merge.french.communes import Commune, reference
from tests.bench import letters, others
from tests.bench.__main__ import write_sheet
from tests.bench.costs import (
    HEAD,
    PROGRAM,
    Cost,
    as_installed,
    cost,
    median,
    new,
    verdict,
    with_account,
)
from tests.bench.smtpsink import smtp_sink
from tests.desk import a_user
from tests.promises.crash.candidates import allow
from tests.servers.link import link
from tests.servers.sink import sink

MANY = 16  # connections
BARS = {1: 5, MANY: 9}
"""How many times mailmerge's letters we must send in a CPU second, by our connections."""
LONG_WAY_BAR = 40  # times one plain connection, by the clock
NO_LOGIN = ("-a",)  # smtp-sink says 250 to AUTH, which is no welcome
PLAIN_LETTERS = 100  # over the long way; one takes four trips


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where campaigns are made, and how large they are."""

    folder: Path
    letters: int
    rounds: int
    trip_ms: int

    @property
    def towns(self) -> Sequence[Commune]:
        """Who is written to, in the comparison."""
        return list(reference().values())[: self.letters]

    @property
    def sheet(self) -> Path:
        """The towns as our sheet."""
        return self.folder / "towns.csv"

    def ours(self, sheet: Path, n: int, **how: Any) -> Cost:
        """`publipostage send`, on a campaign of its own that nobody has sent from: `prepared`."""
        campaign = self.prepared(sheet, n, **how)
        send = ("send", "--really", "--yes", "--untested")
        return cost("", n, [*PROGRAM, "-C", str(campaign), *send])

    def prepared(
        self,
        sheet: Path,
        n: int,
        *,
        port: int,
        connections: int,
        tls: Sequence[str] = ("--tls", "none"),
    ) -> Path:
        """The folder of such a campaign."""
        campaign = self.folder / "campaign"
        shutil.rmtree(campaign, ignore_errors=True)
        shutil.rmtree(os.environ["PUBLIPOSTAGE_HOME"], ignore_errors=True)
        new(campaign, "--address-source", letters.ORIGIN)
        with_account(campaign, port, *tls)
        allow(campaign / "campaign.toml", connections)
        cost("import", n, [*PROGRAM, "-C", str(campaign), "import", str(sheet)])
        return campaign


# --- beside the others ----------------------------------------------------------------------------


def compare(bench: Bench) -> Iterator[str]:
    """Who needs how much CPU for the same letters."""
    towns, n = bench.towns, bench.letters
    costs: dict[str, list[Cost]] = {}
    with smtp_sink(*NO_LOGIN) as port:
        runs = without_us(bench.folder / "others", towns, port)
        for _round in range(bench.rounds):
            for name, command in runs.items():
                costs.setdefault(name, []).append(cost("", n, command))
            for connections in BARS:
                spent = bench.ours(bench.sheet, n, port=port, connections=connections)
                costs.setdefault(ours(connections), []).append(spent)
    medians = {name: median(name, spent) for name, spent in costs.items()}
    yield from (each.line() for each in medians.values())
    for connections, bar in BARS.items():
        times = medians["mailmerge"].cpu_s / medians[ours(connections)].cpu_s
        yield verdict(f"{ours(connections)} / mailmerge", times, bar)


def without_us(folder: Path, towns: Iterable[Commune], port: int) -> dict[str, list[str]]:
    """The same letter for mailmerge and the loops: what each runs. Their files are in `folder`."""
    folder.mkdir()
    template, database = letters.for_mailmerge(folder, towns)
    head, _, source = template.read_text(encoding="utf-8").partition("\n\n")
    subject = next(
        line.removeprefix("subject: ") for line in head.splitlines() if line.startswith("subject: ")
    )
    frame = (letters.VSA / "mail.html.j2").read_text(encoding="utf-8")
    for blank, filled in {
        "{{ letter.subject }}": subject,
        "{% if letter.letterhead %}{{ letter.letterhead }}{% endif %}": "",
        "{{ opening }}\n": "",
        "{{ body }}": MarkdownIt("commonmark").render(source),
        "{{ closing }}\n": "",
        "{{ foot }}": "",
    }.items():
        frame = frame.replace(blank, filled)
    for name, text in ((others.SUBJECT, subject), (others.TEXT, source), (others.HTML, frame)):
        (folder / name).write_text(text, encoding="utf-8")
    config = folder / "mailmerge_server.conf"
    config.write_text(f"[smtp_server]\nhost = 127.0.0.1\nport = {port}\n", encoding="utf-8")
    return {
        "mailmerge": [
            *(str(Path(sys.executable).with_name("mailmerge")), "--no-dry-run", "--no-limit"),
            *("--template", str(template), "--database", str(database), "--config", str(config)),
        ],
        "yagmail": loop("yagmail", port, folder),
    }


def loop(name: str, port: int, folder: Path) -> list[str]:
    return [sys.executable, "-m", others.__name__, name, str(port), str(folder)]


def ours(connections: int) -> str:
    return f"publipostage, {connections} connection{'s' * (connections > 1)}"


# --- by ourselves ---------------------------------------------------------------------------------


def over_tls(bench: Bench) -> Iterator[str]:
    """The same letters over TLS, to a server of ours: smtp-sink speaks none."""
    folder = bench.folder / "authority"
    folder.mkdir()
    with sink(tls=folder) as server:
        settings = ("--tls", "implicit", "--ca-file", str(server.ca_file))
        for connections in (1, MANY):
            spent = bench.ours(
                bench.sheet, bench.letters, port=server.port, connections=connections, tls=settings
            )
            yield replace(spent, step=f"TLS: {ours(connections)}").line()


def far_away(bench: Bench) -> Iterator[str]:
    """How many letters a second go a long way, beside one plain connection of smtplib."""
    folder = bench.folder / "far"
    with smtp_sink(*NO_LOGIN) as near, link(near, trip_ms=bench.trip_ms) as way:
        port = way.port
        without_us(folder, bench.towns[:PLAIN_LETTERS], port)
        plain = cost("smtplib", PLAIN_LETTERS, loop("smtplib", port, folder))
        spent = bench.ours(bench.sheet, bench.letters, port=port, connections=MANY)
    a_second = {
        "one plain connection": PLAIN_LETTERS / plain.wall_s,
        f"ours, {MANY} connections": bench.letters / spent.wall_s,
    }
    for name, rate in a_second.items():
        yield f"  {bench.trip_ms} ms there and back, {name:24}{rate:9.1f} letters a second"
    plain_rate, our_rate = a_second.values()
    yield verdict(f"{bench.trip_ms} ms there and back", our_rate / plain_rate, LONG_WAY_BAR)


@contextmanager
def made(**sizes: int) -> Iterator[Bench]:
    """A bench of these sizes, with its sheet, as a user of its own."""
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(folder=Path(name), **sizes)
        os.environ |= a_user(Path(name))
        as_installed()
        write_sheet(bench.sheet, bench.towns, on_paper=0)
        yield bench


PARTS = {"compare": compare, "tls": over_tls, "far": far_away}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-mail", description=__doc__.partition("\n")[0])
    parser.add_argument("--letters", type=int, default=10_000, help="letters of the comparison")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is shown")
    parser.add_argument("--trip-ms", type=int, default=30, help="there and back")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this one")
    chosen = vars(parser.parse_args())
    parts = chosen.pop("part") or PARTS
    print(HEAD)
    with made(**chosen) as bench:
        for part in parts:
            for line in PARTS[part](bench):
                print(line, flush=True)


if __name__ == "__main__":
    main()
