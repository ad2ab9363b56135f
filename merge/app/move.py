"""Move a campaign from its folder to the user's database, or back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from merge.app.opening import Campaign, account_name, now, open_campaign, users_accounts, who
from merge.app.running import missing
from merge.app.shared_files import collect_lots
from merge.errors import ExitCode, LedgerError, Misuse, Refused
from merge.job import Consent, Give, JobState, Listener, Result, Want
from merge.ledger import moving
from merge.ledger.accounts import Accounts
from merge.ledger.driver.addresses import SHARED, ServerPlace
from merge.ledger.handover import SENDS_SINCE
from merge.ledger.moving import MOVE, Move
from merge.ledger.opening import id_on_server, ledger_file
from merge.ledger.passing import PassedOn

Where = Literal["database", "folder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would move, from where to where."""

    folder: Path
    old: str
    new: str
    to: Where
    recipients: int
    letters: int
    size: int  # bytes
    opted_out: int  # lines of the suppression list that go along

    @property
    def wants(self) -> tuple[Want, ...]:
        """A yes to just this."""
        facts = {"old": self.old, "new": self.new}
        return (Want(code=MOVE, facts=facts, give=Give.YES, option="--yes"),)


def where(said: str) -> Where:
    """“database”, “folder”, or the address of the user's database without its password.

    Misuse("move-password") for one with it: everybody on the machine would see it in the list of
    processes, and the shell keeps it. ("move-elsewhere") for another one, ("move-where").
    LedgerError("move-nowhere").
    """
    if said in ("database", "folder"):
        return "database" if said == "database" else "folder"
    try:
        parts = urlsplit(said)
        if parts.password is not None or "password" in parse_qs(parts.query):
            raise Misuse("move-password")
        asked = str(ServerPlace(said, SHARED))
    except (ValueError, LedgerError):
        raise Misuse("move-where") from None
    known = _address()
    if asked != known:
        raise Misuse("move-elsewhere", path=known)
    return "database"


def finish(place: Path) -> str | None:
    """Bring to its end a move of this folder that was cut off: where the campaign is now.

    None where there was none.
    """
    with closing(users_accounts()) as accounts:
        move = moving.unfinished(place, accounts)
        if move is None:
            return None
        _finish(move, accounts)
        return str(move.new)


def is_at(place: Path, to: Where) -> bool:
    """Whether the campaign in this folder is there already. LedgerError("ledger-twice")."""
    is_kept = ledger_file(place).is_file()
    return is_kept and (id_on_server(place) is not None) == (to == "database")


@contextmanager
def open(place: Path, to: Where, listener: Listener) -> Iterator[Job]:
    """A move of the campaign in this folder; it is finished when this ends.

    Misuse("move-already") where it is there, LedgerError("move-nowhere"),
    Refused("move-waiting") while a sending waits to go on, ("move-fetched") in a worker's folder.
    """
    if is_at(place, to):
        raise Misuse("move-already", path=str(place))
    if to == "database":
        _address()
    with open_campaign(place, access="exclusive", command=MOVE, listener=listener) as campaign:
        job = Job(campaign, to)
        yield job
    if job.is_carried:  # the old ledger is open no longer
        finish(place)


class Job:
    """One move."""

    def __init__(self, campaign: Campaign, to: Where) -> None:
        self._campaign = campaign
        self._to = to
        ledger = campaign.ledger
        self._move = moving.planned(campaign.folder, campaign.accounts, ledger.campaign_id)
        self._gives, self._takes = campaign.accounts.passing_on(to_server=to == "database")
        self.is_carried = False
        if campaign.fetched_version:
            raise Refused("move-fetched", path=str(campaign.folder))
        for record in ledger.commands.all():
            if record.state is JobState.WAITING:
                raise Refused("move-waiting", path=str(campaign.folder), command=record.command)

    def plan(self) -> Plan:
        """What would move."""
        campaign = self._campaign
        counts = campaign.ledger.counts()
        return Plan(
            folder=campaign.folder.resolve(),
            old=str(self._move.old),
            new=str(self._move.new),
            to=self._to,
            recipients=counts.recipients,
            letters=sum(sum(each.values()) for each in counts.by_channel.values()),
            size=self._move.old.size,
            opted_out=self._passed().opted_out,
        )

    def run(self, consents: Sequence[Consent]) -> Result:
        """Carry it over. Facts: `place`.

        The copy is noted as a file that no erasure reaches, as long as it may be left by a kill.
        """
        plan = self.plan()
        if wants := missing(plan.wants, consents):
            return Result(code=ExitCode.REFUSED, wants=wants)
        campaign, accounts = self._campaign, self._campaign.accounts
        if self._to == "folder":
            collect_lots(campaign, [lot.number for lot in campaign.ledger.lots()])
        self._takes.take(self._passed(), now())
        campaign.note_export(MOVE, plan.new)
        try:
            moving.carry(self._move, accounts, at=now(), who=who())
        except BaseException:
            with suppress(LedgerError):  # a server that is gone may keep it
                if not moving.is_copied(self._move):
                    _forget_copy(accounts, campaign.ledger.campaign_id)
            raise
        self.is_carried = True
        return Result(code=ExitCode.DONE, facts={"place": plan.new})

    def _passed(self) -> PassedOn:
        campaign, account = self._campaign, account_name(self._campaign.settings)
        return self._gives.give(campaign.ledger.campaign_id, account, now() - SENDS_SINCE)


def _finish(move: Move, accounts: Accounts) -> None:
    _forget_copy(accounts, moving.campaign_at(move.old))  # from now on it is the campaign
    moving.finish(move, accounts)


def _forget_copy(accounts: Accounts, campaign_id: str) -> None:
    for note in accounts.exports.of(campaign_id):
        if note.kind == MOVE:
            accounts.exports.forget(campaign_id, note.number)


def _address() -> str:
    """Of the user's database, without its password. LedgerError("move-nowhere") for none."""
    with closing(users_accounts()) as accounts:
        if not accounts.server:
            raise LedgerError("move-nowhere")
        return str(ServerPlace(accounts.server, SHARED))
