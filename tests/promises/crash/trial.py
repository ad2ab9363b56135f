"""Whoever sends is killed again and again, at any instant; then what arrived is counted.

Two senders work on one campaign at once. The server (`tests.servers.sink`) drops some lines after
the final dot and some within a body, says 4xx and 421 at times, and keeps a log of what it took.
When so many messages have been accepted, one sender or both are killed with SIGKILL, the whole
process tree, a random moment later, and started again. After the last kill a sender runs to the
end in suppression, its clock set forward so that what was refused for now is due.

Then the server's log and the sender's own ledger must agree; see `Figures`.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Protocol

from tests.servers.ports import PATIENCE_S
from tests.servers.sink import Event, Faults, Sink, What, sink

SENDERS = 2
LAST_AIM = 0.85  # of the recipients: later, those in doubt could leave too few to aim at
A_MOMENT_S = 0.03  # of a kill behind the message it is aimed at, at most
RUNS_AT_MOST = 12  # at the end, each some hours later
A_STEP = 50  # letters for which one is so patient


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How large, and how rough."""

    recipients: int
    kills: int
    connections: int
    seed: int
    slowest_ms: int = 30  # the slowest reply, times the connections
    senders: int = SENDERS  # at once
    workers: int = 0  # of them, the last ones, who never end by themselves
    patience_s: float = PATIENCE_S  # with senders who may wait for a server that turned one away
    tokens: str = ""  # where the server asks about those that it lets in by, and refuses at random
    login_port: int = 0  # of a Dovecot that says whether a login by such a token is right
    login_ca: str = ""  # the file of its authority
    log_out: float = 0.01  # then, of each letter at MAIL, at DATA and after the body

    @property
    def faults(self) -> Faults:
        log_out = self.log_out if self.tokens else 0.0
        return Faults(
            seed=self.seed,
            tokens=self.tokens,
            login_port=self.login_port,
            login_ca=self.login_ca,
            log_out_at_mail=log_out,
            log_out_at_data=log_out,
            log_out_at_body=log_out,
            drop_in_data=0.02,
            drop_after_dot=0.02,
            refuse_recipient=0.005,
            refuse_body=0.005,
            shut_down=0.005,
            turn_away=0.001,
            # Otherwise all of them have gone before a killed sender is back.
            slowest_ms=self.slowest_ms * self.connections,
        )


class Candidate(Protocol):
    """A way to send a campaign, put to the proof."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def connections(self) -> int:
        """How many each sender has."""

    def prepare(self, folder: Path, addresses: Sequence[str], port: int) -> None:
        """Make the campaign: these addresses, through the server on this port."""

    def command(self, sender: int) -> Sequence[str]:
        """What sender number so and so runs."""

    def finish(self, run: int) -> bool:
        """Send in peace what is left, for the `run`-th time; whether nothing is left now."""

    def disturb(self, number: int, of: int) -> None:
        """Do its worst between two kills, before the `number`-th `of` so many."""

    def standing(self) -> Mapping[str, str]:
        """Address → what the candidate itself believes: sent, unknown, failed…"""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What the server's log and the sender's ledger say together."""

    name: str
    plan: Plan
    killed: int  # process trees; more than `plan.kills` where several senders were killed
    accepted: int
    unanswered: int  # of them, those whose client was never told
    cut: int
    refused: int
    logged_out: int
    sent: int
    unknown: int
    duplicates: int
    """Messages that somebody got beyond the first."""
    lost: int
    """Recipients who got nothing although they stand as anything but `unknown`."""
    untold: int
    """Recipients whose message the server cut or took without a word, not standing as `unknown`."""
    more_unknown: int
    """Recipients who stand as `unknown` though the server itself broke nothing of theirs."""

    @property
    def allowed(self) -> int:
        """One for each connection and kill."""
        return self.plan.connections * self.killed

    @property
    def broken(self) -> list[str]:
        """Which of the promises do not hold."""
        found = [
            f"{count} {name}"
            for name, count in (
                ("duplicates", self.duplicates),
                ("lost", self.lost),
                ("in doubt and untold", self.untold),
            )
            if count
        ]
        if self.more_unknown > self.allowed:
            found.append(f"{self.more_unknown} more unknown, {self.allowed} allowed")
        return found


def run(candidate: Candidate, plan: Plan, folder: Path) -> Figures:
    """The whole proof in `folder`, an empty one; the server's log stays there."""
    addresses = [f"mairie-{number:05}@example.org" for number in range(1, plan.recipients + 1)]
    with sink(plan.faults, log=folder / "sink.jsonl") as server:
        candidate.prepare(folder, addresses, server.port)
        killed = _kill_again_and_again(candidate, plan, server)
        done = any(candidate.finish(number) for number in range(RUNS_AT_MOST))
        assert done, f"{candidate.name} does not come to an end"
    return figures(candidate, plan, killed, server.events, addresses)


@dataclass(kw_only=True)
class ProcessTree:
    """A process with all its children, in a session of its own."""

    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass(kw_only=True)
class _Sender(ProcessTree):
    """Whose end the server's log hears of."""

    command: Sequence[str]
    server: Sink

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        threading.Thread(target=self._tell_of_its_end, args=(self.process,), daemon=True).start()

    def _tell_of_its_end(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        with self.server.changed:
            self.server.changed.notify_all()


@contextmanager
def at_once(numbers: Iterable[int], candidate: Candidate, server: Sink) -> Iterator[list[_Sender]]:
    senders = [_Sender(command=candidate.command(each), server=server) for each in numbers]
    try:
        yield senders
    finally:
        for each in senders:
            each.kill()


def _kill_again_and_again(candidate: Candidate, plan: Plan, server: Sink) -> int:
    """How many process trees were killed."""
    chance = random.Random(plan.seed)  # noqa: S311 - not for secrets
    aims = sorted(chance.sample(range(1, int(LAST_AIM * plan.recipients)), plan.kills))
    killed = 0
    every = range(plan.senders)
    some = [list(them) for n in every for them in combinations(every, n + 1)]
    with at_once(every, candidate, server) as senders:
        for number, aim in enumerate(aims):
            _reach(aim, senders, candidate, server, plan.patience_s)
            candidate.disturb(number, len(aims))
            victims = chance.choice(some)
            for victim in victims:
                server.wait_for(lambda: False, chance.uniform(0, A_MOMENT_S))
                killed += not senders[victim].has_ended
                senders[victim].kill()
            for victim in victims:
                senders[victim] = _Sender(command=candidate.command(victim), server=server)
        those = senders[: plan.senders - plan.workers]
        server.wait_for(lambda: all(each.has_ended for each in those), PATIENCE_S)
    return killed


def _reach(
    aim: int, senders: list[_Sender], candidate: Candidate, server: Sink, patience_s: float
) -> None:
    """Wait for so many accepted messages; who stops by himself meanwhile is started again."""

    def something_to_do(step: int) -> bool:
        return server.count("accepted") >= step or any(each.has_ended for each in senders)

    while (so_far := server.count("accepted")) < aim:
        get_on = partial(something_to_do, min(aim, so_far + A_STEP))
        assert server.wait_for(get_on, patience_s), f"{candidate.name} does not get on"
        for number, sender in enumerate(senders):
            if sender.has_ended:
                senders[number] = _Sender(command=candidate.command(number), server=server)


def figures(
    candidate: Candidate,
    plan: Plan,
    killed: int,
    events: Sequence[Event],
    addresses: Sequence[str],
) -> Figures:
    standing = candidate.standing()

    def of(what: What) -> list[str]:
        return [event.to for event in events if event.what == what]

    arrived = Counter(of("accepted"))
    in_doubt = {*of("cut"), *of("unanswered")}
    unknown = {address for address in addresses if standing[address] == "unknown"}
    return Figures(
        name=candidate.name,
        plan=plan,
        killed=killed,
        accepted=arrived.total(),
        unanswered=len(of("unanswered")),
        cut=len(of("cut")),
        refused=len(of("refused")),
        logged_out=len(of("logged-out")),
        sent=sum(status == "sent" for status in standing.values()),
        unknown=len(unknown),
        duplicates=arrived.total() - len(arrived),
        lost=len(set(addresses) - arrived.keys() - unknown),
        untold=len(in_doubt - unknown),
        more_unknown=len(unknown - in_doubt),
    )
