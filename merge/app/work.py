"""A worker: it does what campaigns of a server ask hands for (`hands`), one after the other.

It opens a campaign by the files that were agreed to, with no folder of its own, and sends
beside the others. The ledger tells them apart; a worker that comes when
all is done finds nobody.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from merge.app import following, send, shared_files, signals
from merge.app.opening import open_campaign, users_accounts
from merge.campaign.ports import Watch
from merge.errors import Busy, ExitCode, LedgerError, Refused, Trouble
from merge.job import Event, Facts, JobState, Listener, facts_of
from merge.ledger.driver.migrating import refuse_older
from merge.ledger.machines import be_seen
from merge.ledger.work import HEARTBEAT_S, Work, make_queue, serve
from merge.model import Status

LEFT_FOR_S = 60
"""What this worker cannot do waits so long for another before it is looked at again."""

_LOOK_S = 1
"""How often a worker looks whether it is to end."""

_OF_THIS_MACHINE = {"fonts-differ", "pango-missing", "weasyprint-missing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a piece of work: an exit code, the name of the campaign, how many were sent,
    and whether another worker should go on after `wait_s` seconds, because
    this one cannot."""

    code: int
    again: bool = False
    wait_s: int = HEARTBEAT_S
    campaign: str = ""
    sent: int = 0
    trouble: Facts | None = None
    unexpected: str = ""  # the kind of an error that nobody foresaw


def work(
    listener: Listener,
    *,
    connections: int | None = None,
) -> None:
    """Be a worker until a signal asks to end: the message in hand is finished then.

    `connections`, of each sending, replace the campaign's setting.
    LedgerError("database-unnamed") where nobody says which server.
    """
    with closing(users_accounts()) as accounts:
        server = accounts.server
        if not server:
            raise LedgerError("database-unnamed")
        accounts.make_ready()
    make_queue(server)
    presence = be_seen(server)
    presence.keep()

    def say(**facts: str) -> None:
        with suppress(LedgerError):  # the server is away: it is said when that is back
            presence.say(**facts)

    def do(one: Work, is_ending: Callable[[], bool]) -> int | None:
        say(campaign=one.campaign_id)
        about = {"campaign": one.campaign_id, "kind": one.kind}
        listener(Event(code="worker-begins", facts=about))
        own = {"connections": connections}
        one = replace(one, facts={**one.facts, **own})
        done = _left(one) or _in_its_own_process(one, is_ending)
        about |= {"campaign": done.campaign or one.campaign_id}
        listener(Event(code="worker-ended", facts=asdict(done) | about))
        say()
        return done.wait_s if done.again else None

    def swept(n: int) -> None:
        listener(Event(code="worker-swept", facts={"n": n}))

    def beat() -> None:
        with suppress(LedgerError):
            presence.keep()

    with closing(presence):
        listener(Event(code="worker-waits"))
        asyncio.run(serve(server, do, swept=swept, beat=beat))


def _left(one: Work) -> Done | None:
    """Why this worker leaves it to one of another version of the program; None where it need not.

    Here, and not in a process of its own: it is asked again every minute until somebody can.
    """
    try:
        if one.kind not in _KINDS or "run" not in one.facts:
            raise Refused("work-unknown", kind=one.kind)
        with closing(users_accounts(looks=True)) as accounts:
            refuse_older(accounts.site_of(one.campaign_id))
    except Trouble as trouble:
        said = facts_of(trouble)
        return Done(code=trouble.exit_code, trouble=said, again=True, wait_s=LEFT_FOR_S)
    return None


def _in_its_own_process(one: Work, is_ending: Callable[[], bool]) -> Done:
    """No room of this program needs to be safe for threads, and its memory goes with it.

    Who ends the worker alone asks the process to end, too, which may have been asked already.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(one, there))
    process.start()
    there.close()
    while not here.poll(_LOOK_S):
        if is_ending():
            process.terminate()
            break
    try:
        done: Done = here.recv()
    except EOFError:  # it was killed
        done = Done(code=ExitCode.STOPPED, again=True)
    process.join()
    return done


def _child(one: Work, told: Pipe) -> None:
    with closing(told):
        told.send(_done(one))


def _done(one: Work) -> Done:
    try:
        with (
            shared_files.materialised(one.campaign_id) as folder,
            signals.listening(aborts=False) as watch,
        ):
            return _KINDS[one.kind](folder, one.facts, watch)
    except Trouble as trouble:
        is_own = isinstance(trouble, LedgerError | Busy) or trouble.code in _OF_THIS_MACHINE
        return Done(
            code=trouble.exit_code,
            trouble=facts_of(trouble),
            again=is_own,
            wait_s=LEFT_FOR_S,
        )
    except Exception as error:
        # Its words, and a traceback, may name people: they stay out of the log of a machine.
        return Done(
            code=ExitCode.PARTLY,
            unexpected=type(error).__name__,
            again=True,
            wait_s=LEFT_FOR_S,
        )


def _send(folder: Path, facts: Facts, watch: Watch) -> Done:
    """Beside the run that asked, as it was agreed to there; nothing where that lives no more."""
    run = facts["run"]
    with open_campaign(folder, access="read", command="send") as campaign:
        asked_by = campaign.ledger.commands.one(run)
        name = campaign.settings.campaign.name
    if asked_by is None or asked_by.state is not JobState.RUNNING:
        return Done(code=ExitCode.DONE, campaign=name)
    options = replace(
        following.options_of(asked_by), wait=False, helps=run, connections=facts["connections"]
    )
    with send.open(folder, options, watch=watch) as job:
        job.refuse_unapproved()
        job.refresh(asked_by.consents)
        job.refuse_others(run)
        result = job.run(asked_by.consents)
        return Done(
            code=result.code,
            campaign=name,
            again=watch.asked,
            sent=result.run.by_status[Status.SENT],
            trouble=facts_of(result.trouble) if result.trouble else None,
        )


_KINDS: Mapping[str, Callable[[Path, Facts, Watch], Done]] = {
    "send": _send,
}
