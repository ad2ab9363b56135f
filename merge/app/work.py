"""A worker: it helps to send campaigns that are kept on a server, one after the other.

It has no folder of theirs, but the files that were agreed to. The ledger gives each letter to one
sender; a worker that comes when all is done finds nothing to send.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from merge.app import approval, following, running, send, shared_files
from merge.app.opening import open_campaign, users_accounts
from merge.campaign.digests import hashes_of
from merge.campaign.ports import Watch
from merge.errors import Busy, ExitCode, LedgerError, Refused, Trouble
from merge.job import Consent, Event, Facts, Give, JobState, Listener, Want, facts_of
from merge.ledger.machines import be_seen
from merge.ledger.opening import witness
from merge.ledger.work import HEARTBEAT_S, make_queue, serve
from merge.model import Status
from merge.settings import load

LEFT_FOR_S = 60
"""After so long, work that this worker cannot do is offered again."""

_LOOK_S = 1
"""How often a worker looks whether it is to end."""

_OF_THIS_MACHINE = {"files-unapproved", "fonts-differ", "pango-missing", "weasyprint-missing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Help this run of a campaign."""

    campaign_id: str
    run: int


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


def wants(campaigns: Sequence[str]) -> Iterator[Want]:
    """A yes to the files of each as they are now, unless this user gave it on this machine.

    LedgerError as `materialised`.
    """
    with closing(users_accounts()) as accounts:
        for campaign_id in campaigns:
            with shared_files.materialised(campaign_id) as folder:
                settings, version = load(folder), folder.name
                if not accounts.approvals.has_files(campaign_id, version):
                    facts = {
                        "campaign_id": campaign_id,
                        "version": version,
                        "campaign": settings.campaign.name,
                        "mailbox": settings.account.from_address,
                        "folder": str(folder),
                    }
                    yield Want(code="files", facts=facts, give=Give.YES, option="--yes")


def work(
    listener: Listener,
    campaigns: Sequence[str],
    consents: Sequence[Consent],
) -> None:
    """Work for these campaigns until a signal asks to end; finish the message in hand then.

    `consents` answer `wants`; a campaign whose yes is missing sends nothing.
    """
    with closing(users_accounts()) as accounts:
        server = accounts.server
        for given in consents:
            accounts.approvals.add_files(given.facts["campaign_id"], given.facts["version"])
    make_queue(server)
    presence = be_seen(server)
    presence.keep()

    def say(**facts: str) -> None:
        with suppress(LedgerError):  # the server is away: it is said when that is back
            presence.say(**facts)

    def do(campaign_id: str, run: int, is_ending: Callable[[], bool]) -> int | None:
        say(campaign=campaign_id)
        listener(Event(code="worker-begins", facts={"campaign": campaign_id}))
        work = Work(campaign_id=campaign_id, run=run)
        done = _in_its_own_process(work, is_ending)
        about = {"campaign": done.campaign or campaign_id}
        listener(Event(code="worker-ended", facts=asdict(done) | about))
        say()
        return done.wait_s if done.again else None

    def swept(n: int) -> None:
        listener(Event(code="worker-swept", facts={"n": n}))

    def beat() -> None:
        with suppress(LedgerError):
            presence.keep()
        with closing(users_accounts()) as accounts:
            for each in campaigns:
                with suppress(Trouble):
                    witness(each, accounts)

    with closing(presence):
        listener(Event(code="worker-waits"))
        asyncio.run(serve(server, campaigns, do, swept=swept, beat=beat))


def _in_its_own_process(work: Work, is_ending: Callable[[], bool]) -> Done:
    """So nothing needs to be safe for threads, and its memory goes with it.

    When the worker is to end, so is the process: a signal may have reached the worker alone.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(work, there))
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


def _child(work: Work, told: Pipe) -> None:
    with closing(told):
        told.send(_done(work))


def _done(work: Work) -> Done:
    try:
        with (
            shared_files.materialised(work.campaign_id) as folder,
            running.listening(aborts=False) as watch,
        ):
            return _send(work, folder, watch)
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


def _send(work: Work, folder: Path, watch: Watch) -> Done:
    """Send with the consents of the run that asked; nothing if that has ended.

    Refused("files-unapproved") for files that nobody has approved on this machine.
    """
    with open_campaign(folder, access="read", command="send") as campaign:
        asked_by = campaign.ledger.commands.one(work.run)
        name = campaign.settings.campaign.name
        if not campaign.accounts.approvals.has_files(work.campaign_id, folder.name):
            raise Refused("files-unapproved", campaign=work.campaign_id)
    if asked_by is None or asked_by.state is not JobState.RUNNING:
        return Done(code=ExitCode.DONE, campaign=name)
    options = replace(following.options_of(asked_by), wait=False, helps=work.run)
    with send.open(folder, options, watch=watch) as job:
        for each in job.servers():
            approval.require(each.now, job.campaign.accounts)
        job.refresh(asked_by.consents)
        shared_files.refuse_others(job.campaign, work.run, hashes_of(job.waiting()))
        result = job.run(asked_by.consents)
        return Done(
            code=result.code,
            campaign=name,
            again=watch.asked,
            sent=result.run.by_status[Status.SENT],
            trouble=facts_of(result.trouble) if result.trouble else None,
        )
