"""`make crash-page`: a sending by the page, of which server, browser and job are killed at random.

python -m tests.promises.crash.page [--recipients N] [--kills N] [--seed N]

The mail server drops lines and refuses for now, as for `make crash`. Somebody goes on by the page
with Chromium after each kill, presses twice, pauses, and comes back with another browser. Then the
mail server's log and the ledger must agree; see `tests.promises.crash.trial.Figures`.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright import sync_api as playwright

from tests.browser import and_wait, kill_chromium
from tests.desk import a_user
from tests.promises.crash.__main__ import table
from tests.promises.crash.candidates import Publipostage
from tests.promises.crash.trial import (
    A_MOMENT_S,
    LAST_AIM,
    RUNS_AT_MOST,
    Figures,
    Plan,
    figures,
)
from tests.promises.crash.visitor import Visitor
from tests.servers.ports import PATIENCE_S
from tests.servers.sink import Sink, sink

VICTIMS: Sequence[Sequence[str]] = (
    ("job",),
    ("job",),
    ("server",),
    ("browser",),
    ("job", "server"),
    ("job", "server", "browser"),
    (),
)
"""What dies at an aim; for nobody, one pauses."""
FATAL = 0.2  # of all presses: the browser dies of it, up to a second later


class Restless(Visitor):
    """Presses twice at times, and at times the browser dies behind a press."""

    def __init__(self, place: Path, chance: random.Random) -> None:
        super().__init__(place)
        self._chance = chance
        self.browsers = self.servers = 0  # that were killed
        self.come()

    def kill(self, victims: Sequence[str]) -> int:
        """How many jobs were killed."""
        killed = self.kill_job() if "job" in victims else 0
        if "server" in victims:
            self.kill_server()
            self.servers += 1
        if "browser" in victims:
            self._kill_browser()
        if victims != ("job",):
            self.come()
        return killed

    def pause(self) -> None:
        """Press “Pause”, where there is something to pause."""
        self._try(lambda: self._press("Pause"))

    def go_on(self) -> None:
        """Whatever the page offers, so that letters leave."""
        self._try(self._go_on)

    def _try(self, act: Callable[[], object]) -> None:
        """Look at the page anew and act; come again where the browser died of it."""
        browser = self.page.context.browser
        assert browser
        try:
            self.at_send()
            act()
        except playwright.Error:
            if browser.is_connected():
                raise
        if not browser.is_connected():
            self.come()

    def _go_on(self) -> None:
        self.page.goto(f"{self.page.url.partition('?')[0]}?step=sending")
        self.page.wait_for_load_state("networkidle")  # it looks by itself what would leave
        self._press("Go on with the")
        for agreed in self.page.locator(".note input[type=checkbox]").all():
            agreed.check()
        if (number := self.page.locator("#number")).count():
            asked = self.page.locator("label[for=number]").inner_text()
            number.fill("".join(filter(str.isdigit, asked)))
            self._press("Send")

    def _press(self, words: str) -> bool:
        """Once or twice, if there is such a button."""
        button = self.page.locator("main").get_by_role("button", name=words)
        if not button.count():
            return False
        dies = threading.Timer(self._chance.uniform(0, 1), self._kill_browser)
        if self._chance.random() < FATAL:
            dies.start()
        try:
            and_wait(self.page, self._chance.choice((button.click, button.click, button.dblclick)))
        finally:
            if dies.ident:
                dies.join()
        return True

    def _kill_browser(self) -> None:
        kill_chromium()
        self.browsers += 1


def run(candidate: Publipostage, plan: Plan, folder: Path) -> Figures:
    """The whole proof in `folder`, an empty one."""
    addresses = [f"mairie-{number:05}@example.org" for number in range(1, plan.recipients + 1)]
    chance = random.Random(plan.seed)  # noqa: S311 - not for secrets
    with sink(plan.faults, log=folder / "sink.jsonl") as server:
        candidate.prepare(folder, addresses, server.port)
        visitor = Restless(candidate.folder, chance)
        try:
            killed = _kill_again_and_again(visitor, plan, server, chance)
        finally:
            visitor.leave()
        print(f"killed: {killed} jobs, {visitor.servers} servers, {visitor.browsers} browsers")
        done = any(candidate.finish(number) for number in range(RUNS_AT_MOST))
        assert done, "it does not come to an end"
    return figures(candidate, plan, killed, server.events, addresses)


def _kill_again_and_again(
    visitor: Restless, plan: Plan, server: Sink, chance: random.Random
) -> int:
    """How many jobs were killed."""
    killed, last = 0, int(LAST_AIM * plan.recipients)
    for left in range(plan.kills, 0, -1):
        # From where it is now: a job that is begun anew takes its time.
        now = server.count("accepted")
        _reach(now + chance.randint(1, max(1, (last - now) // left)), visitor, server)
        server.wait_for(lambda: False, chance.uniform(0, A_MOMENT_S))
        victims = chance.choice(VICTIMS)
        if victims:
            killed += visitor.kill(victims)
        else:
            visitor.pause()
    _reach(last, visitor, server)
    visitor.pause()
    until = time.monotonic() + PATIENCE_S
    while visitor.goes_on:
        assert time.monotonic() < until, "a pause does not come to its end"
        server.wait_for(lambda: False, 0.2)
    return killed


def _reach(aim: int, visitor: Restless, server: Sink) -> None:
    """Wait for so many accepted messages; what does not go on is begun again by the page."""
    until = time.monotonic() + PATIENCE_S
    while server.count("accepted") < aim:
        assert time.monotonic() < until, f"stuck at {server.count('accepted')} of {aim}"
        if not visitor.goes_on:
            visitor.go_on()
        server.wait_for(lambda: server.count("accepted") >= aim, 0.5)


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
