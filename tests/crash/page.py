"""`make crash-page`: a sending by the page, whose server, job and both are killed at random.

python -m tests.crash.page [--recipients N] [--kills N] [--seed N]

The mail server drops lines and refuses for now, as for `make crash`. Somebody goes on by the page
after each kill, presses twice, pauses, and comes back with another browser. Then the mail server's
log and the ledger must agree; see `tests.crash.trial.Figures`.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from merge.app import following
from tests.crash.__main__ import table
from tests.crash.candidates import Publipostage
from tests.crash.trial import A_MOMENT_S, LAST_AIM, PATIENCE_S, RUNS_AT_MOST, Figures, Plan, figures
from tests.desk import a_user
from tests.servers.sink import Sink, sink
from tests.webserver import Page, Server, serving

VICTIMS: Sequence[Sequence[str]] = (
    ("job",),
    ("job",),
    ("server",),
    ("job", "server"),
    ("job", "server", "browser"),
    (),
)
"""What dies at an aim. A browser that dies leaves its connections; for nobody, one pauses."""


class Visitor:
    """Somebody before the page, whose server and browser are started again when they died."""

    def __init__(self, place: Path, chance: random.Random) -> None:
        self._place = place
        self._chance = chance
        self._ours = ExitStack()
        self._server: Server
        self._page: Page
        self.come()

    def come(self) -> None:
        """Start the server anew, and look at the page with another browser."""
        self.leave()
        self._server = self._ours.enter_context(serving(campaign=self._place))
        self.look()

    def look(self) -> None:
        """Open the page with a browser that was never there."""
        token = self._server.start
        if self._server.clients:  # the token is spent: whoever starts it again is led in
            with serving(campaign=self._place) as second:
                token = second.start
        self._page = self._server.enter(token).follow("Send")

    def leave(self) -> None:
        self._ours.close()

    def kill(self, victims: Sequence[str]) -> int:
        """How many jobs were killed."""
        killed = 0
        for victim in victims:
            if victim == "job":
                killed += self._kill_job()
            elif victim == "server":
                self._server.process.kill()
            else:
                self._server.clients[-1].http.close()
        if "server" in victims:
            self.come()
        elif "browser" in victims:
            self.look()
        return killed

    def pause(self) -> None:
        """Press “Pause”, where there is something to pause."""
        self._page = self._page.client.get(self._page.url)
        if "Pause" in self._page.text:
            self._page.press("Pause")

    def go_on(self) -> None:
        """Whatever the page offers, so that letters leave; some presses come twice."""
        self._page = page = self._page.client.get(self._page.url)
        if "Go on with the" in page.text:
            self._agree(self._press(page, "Go on with the"))
        elif "See what would leave" in page.text:
            self._agree(page.press("See what would leave"))
        self._page = page.client.get(page.url)

    def _agree(self, plan: Page) -> None:
        """Tick the boxes and type the number of a plan; of any other page, do nothing."""
        while plan.html.xpath("//input[@id='agreed']"):
            plan = plan.press("Go on", agreed=True)
        for label in plan.html.xpath("//label[@for='number']"):
            number = "".join(filter(str.isdigit, label.text_content()))
            self._press(plan, "Send", number=number)

    def _press(self, page: Page, button: str, **typed: Any) -> Page:
        for _ in range(self._chance.choice((0, 0, 1))):
            page.press(button, **typed)
        return page.press(button, **typed)

    def _kill_job(self) -> int:
        for lock in (self._place / "locks").glob("send-*.lock"):
            pid = int(lock.name.split("-")[1])
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            return 1
        return 0


def run(candidate: Publipostage, plan: Plan, folder: Path) -> Figures:
    """The whole proof in `folder`, an empty one."""
    addresses = [f"mairie-{number:05}@example.org" for number in range(1, plan.recipients + 1)]
    chance = random.Random(plan.seed)  # noqa: S311 - not for secrets
    with sink(plan.faults, log=folder / "sink.jsonl") as server:
        candidate.prepare(folder, addresses, server.port)
        visitor = Visitor(candidate.folder, chance)
        try:
            killed = _kill_again_and_again(visitor, candidate.folder, plan, server, chance)
        finally:
            visitor.leave()
        done = any(candidate.finish(number) for number in range(RUNS_AT_MOST))
        assert done, "it does not come to an end"
    return figures(candidate, plan, killed, server.events, addresses)


def _kill_again_and_again(
    visitor: Visitor, place: Path, plan: Plan, server: Sink, chance: random.Random
) -> int:
    """How many jobs were killed."""
    killed, last = 0, int(LAST_AIM * plan.recipients)
    for left in range(plan.kills, 0, -1):
        # From where it is now: a job that is begun anew takes its time.
        now = server.count("accepted")
        _reach(now + chance.randint(1, max(1, (last - now) // left)), visitor, place, server)
        server.wait_for(lambda: False, chance.uniform(0, A_MOMENT_S))
        victims = chance.choice(VICTIMS)
        if victims:
            killed += visitor.kill(victims)
        else:
            visitor.pause()
    _reach(last, visitor, place, server)
    visitor.pause()
    until = time.monotonic() + PATIENCE_S
    while _goes_on(place):
        assert time.monotonic() < until, "a pause does not come to its end"
        server.wait_for(lambda: False, 0.2)
    return killed


def _reach(aim: int, visitor: Visitor, place: Path, server: Sink) -> None:
    """Wait for so many accepted messages; what does not go on is begun again by the page."""
    until = time.monotonic() + PATIENCE_S
    while server.count("accepted") < aim:
        assert time.monotonic() < until, f"stuck at {server.count('accepted')} of {aim}"
        if not _goes_on(place):
            visitor.go_on()
        server.wait_for(lambda: server.count("accepted") >= aim, 0.5)


def _goes_on(place: Path) -> bool:
    seen = following.last_sending(place)
    return seen is not None and seen.goes_on


def main() -> int:
    parser = argparse.ArgumentParser(prog="make crash-page", description=__doc__.split("\n")[0])
    parser.add_argument("--recipients", type=int, default=1500)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20261128)
    chosen = parser.parse_args()
    plan = Plan(**vars(chosen), connections=2, senders=1, slowest_ms=100)
    with TemporaryDirectory() as name:
        os.environ |= a_user(Path(name))
        folder = Path(name) / "crash"
        folder.mkdir()
        came_of_it = run(Publipostage(connections=plan.connections), plan, folder)
    print(table([replace(came_of_it, name="the page")]))
    return 1 if came_of_it.broken else 0


if __name__ == "__main__":
    sys.exit(main())
