"""`make bench-page`: how quickly the page answers, with all of France in it and a sending at work.

The campaign has 34,969 made-up recipients, and their e-mails are on their way to a server on
loopback meanwhile: a job, at full speed, on the same cores. Each figure is of the whole way, from
asking to the last byte: of each page, of a search from its words to its lines, and of a letter's
preview from what was typed to its e-mail, and to the picture of its page. Memory is what
each process held at most; the helper that shows letters has its own figure. Bytes are what a
browser loads for one page: as it is sent, scripts and styles compressed, and unpacked.

    python -m tests.bench.page [--rounds N]
"""

from __future__ import annotations

import argparse
import html
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from merge.app import overview
from merge.app.opening import now
from merge.french.communes import reference
from merge.model import Status
from tests.bench.__main__ import write_sheet
from tests.bench.costs import PROGRAM, as_installed, children, cost, new, peak_mb, with_account
from tests.desk import a_user
from tests.promises.crash.candidates import allow
from tests.servers.sink import sink
from tests.webserver import Page, ServerProcess, serving

ON_PAPER = 9_000
WARM_UP = 3
PAGES = (
    *("today", "letter", "recipients", "recipients/17250", "inbox", "result"),
    *("send", "send?step=mailbox", "send?step=letters", "send?step=paper", "settings"),
)
HEAD = f"{'':38}{'n':>6}{'median ms':>12}{'95 % ms':>10}{'bar':>8}{'CPU ms':>9}"


@dataclass(frozen=True, kw_only=True)
class Waits:
    """How long the answers to one question took, and the server and its helper on the processor.

    The last is what to compare on a machine that has other work to do.
    """

    what: str
    took_s: Sequence[float]
    bar_ms: int
    cpu_s: float

    def line(self) -> str:
        """With the median, and what 95 of 100 did not exceed."""
        ordered = sorted(self.took_s)
        most = ordered[max(0, -(-95 * len(ordered) // 100) - 1)]
        return (
            f"{self.what:38}{len(ordered):6}{1000 * statistics.median(ordered):12.0f}"
            f"{1000 * most:10.0f}{self.bar_ms:8}{1000 * self.cpu_s / len(ordered):9.0f}"
        )


class Visitor:
    """Who looks at one campaign, as a browser does."""

    def __init__(self, server: ServerProcess) -> None:
        today = server.enter()
        self.client = today.client
        self._pid = server.process.pid
        self._at = today.url.removesuffix("today")
        self._once = self._version = ""

    def see(self, path: str) -> Page:
        """A page of the campaign; SystemExit for one that is not there."""
        page = self.client.get(urljoin(self._at, path))
        if page.status != 200:
            sys.exit(f"{path}: {page.status}\n{page.answer.text[:2000]}")
        return page

    def search(self, words: str) -> None:
        """Type them into the search: the page shows its lines alone."""
        headers = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true"}
        address = urljoin(self._at, "recipients")
        answer = self.client.http.get(address, params={"words": words}, headers=headers)
        if answer.status_code != 200 or words not in html.unescape(answer.text):
            sys.exit(f"{words}: {answer.status_code}\n{answer.text[:2000]}")

    def change(self, n: int, number: int, form: str) -> None:
        """Change the letter's subject, and get what the recipient with this number will read."""
        typed = {
            "once": self._once,
            "file": "letter.md",
            "version": self._version,
            "number": number,
            "subject": f"Essai {n}",
        }
        shown = self.client.post(urljoin(self._at, "letter/draft"), typed)
        self._once = _only(r'data-once="([^"]+)"', shown)
        frame = _only(r'<iframe[^>]* src="([^"]+)"', shown)
        if form == "mail":
            self.see(frame)
            return
        pages = self.see(frame.replace("/mail", "/page"))
        self.see(_only(r'<img[^>]* src="([^"]+)"', pages))

    def begin_a_letter(self) -> None:
        """Open the letter's page, as comes before any change."""
        page = self.see("letter")
        self._once = _only(r'data-once="([^"]+)"', page)
        self._version = _only(r'name="version" value="([^"]+)"', page)

    def cpu_s(self) -> float:
        """What the server and its helpers have taken since they began."""
        tick_s = 1 / os.sysconf("SC_CLK_TCK")
        taken = 0.0
        for pid in (self._pid, *children(self._pid)):
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            taken += (int(stat[11]) + int(stat[12])) * tick_s
        return taken

    def weigh(self, path: str) -> tuple[int, int]:
        """Bytes of a page with its scripts and styles: as they are sent, and unpacked."""
        page = self.client.get(urljoin(self._at, path))
        if page.status == 404:
            return 0, 0
        loaded = page.html.xpath("//script[@src]/@src | //link/@href")
        answers = [page.answer]
        answers += [self.client.get(urljoin(page.url, address)).answer for address in loaded]
        sent = sum(answer.num_bytes_downloaded for answer in answers)
        return sent, sum(len(answer.content) for answer in answers)


def _only(pattern: str, page: Page) -> str:
    found = re.search(pattern, page.answer.text)
    if found is None:
        sys.exit(f"{page.url}: no {pattern}\n{page.answer.text[:2000]}")
    return found[1].replace("&amp;", "&")


@contextmanager
def at_work(inside: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A sending of all that goes by e-mail, until the block ends."""
    send = [*inside, "send", "--really", "--yes", "--untested"]
    with subprocess.Popen(send, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def sent(campaign: Path) -> int:
    """How many have left."""
    return overview.status(campaign, now()).counts.email[Status.SENT]


def measure(visitor: Visitor, rounds: int, n: int) -> Iterator[Waits]:
    """Each question so often, about other recipients each time."""
    chance = random.Random(1)  # noqa: S311 - whom to look at
    towns = [town.name for town in reference().values() if len(town.name) > 5]

    def waits(what: str, bar_ms: int, ask: Callable[[int], object]) -> Waits:
        for turn in range(WARM_UP):
            ask(turn)
        took = []
        before_s = visitor.cpu_s()
        for turn in range(WARM_UP, WARM_UP + rounds):
            start = time.perf_counter()
            ask(turn)
            took.append(time.perf_counter() - start)
        spent_s = visitor.cpu_s() - before_s
        return Waits(what=what, took_s=took, bar_ms=bar_ms, cpu_s=spent_s)

    def anybody() -> int:
        return chance.randint(1, n)

    pages = n // 50
    for path in PAGES:
        yield waits(path, 150, lambda _, path=path: visitor.see(path))  # type: ignore[misc]
    yield waits(
        "recipients, any page",
        150,
        lambda _: visitor.see(f"recipients?page={chance.randint(1, pages)}"),
    )
    yield waits("recipients, a search", 150, lambda _: visitor.search(chance.choice(towns)))
    yield waits("one recipient", 150, lambda _: visitor.see(f"recipients/{anybody()}"))
    visitor.begin_a_letter()
    yield waits("preview of an e-mail after a change", 300,
                lambda turn: visitor.change(turn, anybody(), "mail"))  # fmt: skip
    yield waits("preview of its page after a change", 1_000,
                lambda turn: visitor.change(turn, anybody(), "page"))  # fmt: skip


def campaign(folder: Path, port: int) -> tuple[Path, list[str], int]:
    """A campaign of all communes: where it is, what begins each command in it, how many it has."""
    towns = list(reference().values())
    place, sheet = folder / "campaign", folder / "towns.csv"
    write_sheet(sheet, towns, on_paper=ON_PAPER)
    inside = [*PROGRAM, "-C", str(place)]
    new(place, "--address", "35000 RENNES")
    with_account(place, port, "--tls", "none")
    allow(place / "campaign.toml", 1)
    cost("import", len(towns), [*inside, "import", str(sheet)])
    return place, inside, len(towns)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-page", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=60, help="of each question")
    rounds = parser.parse_args().rounds
    as_installed()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= a_user(folder)
        with sink(log=folder / "sink.jsonl") as mail_server:
            place, inside, n = campaign(folder, mail_server.port)
            with serving(campaign=place) as server:
                visitor = Visitor(server)
                print(HEAD, flush=True)
                with at_work(inside) as job:
                    while not sent(place):
                        if job.poll() is not None:
                            sys.exit(f"the sending ended with {job.returncode}")
                        time.sleep(0.2)
                    before = sent(place)
                    for each in measure(visitor, rounds, n):
                        print(each.line(), flush=True)
                    left = sent(place) - before
                    work = "at work all the time" if job.poll() is None else "done before the end"
                print(f"\nmeanwhile the job sent {left:,} letters of {n:,}: {work}")
                helpers = [peak_mb(pid) for pid in children(server.process.pid)]
                print(f"server, at most{peak_mb(server.process.pid):18.0f} MB (bar: 200)")
                print(f"helper for previews, at most{max(helpers, default=0):5.0f} MB")
                print(
                    f"\n{'bytes of a page with all that it loads':44}{'sent':>10}{'unpacked':>10}"
                )
                for path in PAGES:
                    packed, whole = visitor.weigh(path)
                    if whole:
                        bar = 250 if path == "letter" else 100
                        print(f"{path:44}{packed:10,}{whole:10,}   (bar: {bar},000)")


if __name__ == "__main__":
    main()
