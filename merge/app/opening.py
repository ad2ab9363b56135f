"""Open a campaign: its settings, its ledger, and the accounts of whoever runs the program."""

from __future__ import annotations

import contextlib
import getpass
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar
from zoneinfo import ZoneInfo

import machineid
import platformdirs

from merge import disks
from merge import settings as settings_room
from merge.app.campaign_files import FETCHED
from merge.app.chosen import Narrowing
from merge.campaign.envelopes import Stays, those_to_keep
from merge.campaign.returns import OwnAccount
from merge.campaign.suppression import Gate
from merge.errors import Refused, Trouble
from merge.job import Event, Listener, silent
from merge.ledger import opening
from merge.ledger.accounts import Accounts, Export
from merge.ledger.archive import Archive
from merge.ledger.ledger import Ledger
from merge.ledger.opening import Access, Caution
from merge.ledger.records import QuotaLimits
from merge.paper.window import Window
from merge.settings import SelectSettings, Settings
from merge.words.language import opened_for

_T = TypeVar("_T")


class Again(Generic[_T]):
    """What `begin` gives, from its beginning each time that it is gone through."""

    def __init__(self, begin: Callable[[], Iterator[_T]]) -> None:
        self._begin = begin

    def __iter__(self) -> Iterator[_T]:
        return self._begin()


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """One campaign folder, open."""

    folder: Path
    settings: Settings
    ledger: Ledger
    archive: Archive
    accounts: Accounts
    opened_at: datetime
    cautions: tuple[Caution, ...]

    @cached_property
    def gate(self) -> Gate:
        """The suppression list before this campaign's letters, read when it is first asked."""
        return Gate(self.accounts.suppression, self.ledger.campaign_id)

    @property
    def account(self) -> OwnAccount:
        """The account that its letters leave from by e-mail, beside this user's other campaigns."""
        return OwnAccount(
            accounts=self.accounts,
            name=account_name(self.settings),
            campaign_id=self.ledger.campaign_id,
        )

    @cached_property
    def is_on_server(self) -> bool:
        """Whether other machines may work on it, too."""
        return opening.id_on_server(self.folder) is not None

    @property
    def fetched_version(self) -> str | None:
        """Of the files in this folder, if a worker has fetched them; None in a person's folder."""
        if not self.accounts.has_fetched(self.folder):
            return None
        return disks.read(self.folder, FETCHED, 100).decode("ascii")

    @property
    def is_blind(self) -> bool:
        """accounts.db cannot be read, as `cautions` say: a reader tells all else without it."""
        return any(caution.code == "accounts-unreachable" for caution in self.cautions)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that people of this campaign live in."""
        return ZoneInfo(self.settings.campaign.timezone)

    @cached_property
    def sender_lines(self) -> tuple[str, ...]:
        """Those of the settings, in the punctuation of its letters."""
        from merge.letters.idiom import Idiom
        from merge.letters.punctuation import of_line
        from merge.post import locales

        letter = self.settings.letter
        idiom = Idiom(locales.known(letter.language), letter.typographic)
        return tuple(of_line(line, idiom) for line in self.settings.sender_lines)

    @cached_property
    def window(self) -> Window:
        """That of its envelopes, with the return address that is wanted in it."""
        paper = self.settings.paper
        line = " · ".join(self.sender_lines) if paper.return_address else ""
        return replace(paper.envelope, return_address=line)

    def envelopes_to_keep(self) -> Sequence[Stays]:
        """The letters in lots that should not go into the post; none where accounts.db, which says
        who opted out, cannot be read.
        """
        return () if self.is_blind else those_to_keep(self.ledger, self.gate)

    def exports(self) -> Sequence[Export]:
        """The files with names in them that no erasure reaches; none where accounts.db, which knows
        them, cannot be read.
        """
        return () if self.is_blind else self.accounts.exports.of(self.ledger.campaign_id)

    def note_export(self, kind: str, name: str) -> None:
        """One more such file is about to be written or downloaded: see `Export`."""
        self.accounts.exports.note(self.ledger.campaign_id, kind, name, now())

    def opened_export(self, kind: str, path: str | Path) -> BinaryIO:
        """Open such a file of the folder to be downloaded; the caller closes it. OSError."""
        file = disks.opened(self.folder, path)
        try:
            self.note_export(kind, Path(path).name)
        except BaseException:
            file.close()
            raise
        return file

    def chosen(self, narrowing: Narrowing) -> Sequence[str] | None:
        """The keys that a command may write to: `[select]`, narrowed by its options; None is all.

        `[select]` holds at every command, for who was imported before it was written, too.
        """
        if narrowing.is_everybody and self.settings.select == SelectSettings():
            return None
        keys = narrowed(self.ledger, narrowing)
        if self.settings.select == SelectSettings():
            return keys
        from merge.recipients import choosing

        left = choosing.chosen(self.ledger.listing.recipients(), self.settings.select)
        if keys is None:
            return left
        taken = frozenset(left)
        return [key for key in keys if key in taken]


def narrowed(ledger: Ledger, narrowing: Narrowing) -> Sequence[str] | None:
    """As `Narrowing.keys`, of a whole campaign, whose recipients are not held."""
    recipients = Again(ledger.listing.recipients)
    return narrowing.keys(recipients, (delivery for _who, delivery in ledger.listing.letters()))


def account_name(settings: Settings) -> str:
    """What a quota and a pause belong to: one login on one server, whatever the campaign.

    Without its case: two campaigns that spell one mailbox differently share its quota.
    """
    account = settings.account
    return f"{account.login or account.from_address} · {account.host}".casefold()


@contextlib.contextmanager
def open_campaign(
    folder: Path,
    *,
    access: Access,
    command: str,
    listener: Listener = silent,
) -> Iterator[Campaign]:
    """Open the campaign in `folder`: its settings, its ledger, this user's accounts.

    `access` is "read" (free, changes nothing), "share" (send, print) or "exclusive"
    (import, edit, resolve). Every error of the settings and of the ledger comes from here; the
    times that an error tells are those of the campaign's clocks. Event: "caution".
    """
    settings = settings_room.load(folder)
    if settings.campaign.example and access == "share" and command in ("send", "print"):
        raise Refused("example-campaign")
    zone = ZoneInfo(settings.campaign.timezone)
    try:
        with (
            contextlib.closing(users_accounts(looks=access == "read")) as accounts,
            opening.open_ledger(
                folder, access=access, command=command, accounts=accounts
            ) as opened,
        ):
            cautions = [*opened.cautions]
            if opened.fallen_in_doubt:
                n = str(opened.fallen_in_doubt)
                cautions.append(Caution(code="sender-died-before", path="", detail=n))
            for each in cautions:
                listener(Event(code="caution", facts=asdict(each)))
            opened_for(settings.campaign.audience)
            campaign = Campaign(
                folder=folder,
                settings=settings,
                ledger=opened.ledger,
                archive=opened.archive,
                accounts=accounts,
                opened_at=now(),
                cautions=tuple(cautions),
            )
            if settings.account.host and not campaign.is_blind:
                campaign = _with_limits_of_account(campaign, keep=access != "read")
            yield campaign
    except Trouble as trouble:
        for name, fact in trouble.facts.items():
            if isinstance(fact, datetime):
                trouble.facts[name] = fact.astimezone(zone)
        raise


def bring_up_to_date(folder: Path) -> None:
    """Let an older ledger be migrated, which may take long. Errors as of `open_campaign`."""
    with open_campaign(folder, access="read", command="status"):
        pass


def _with_limits_of_account(campaign: Campaign, *, keep: bool) -> Campaign:
    """Its settings with the limits that hold for all campaigns of its account: see `Accounts`."""
    settings, own = campaign.settings, campaign.settings.account
    said = QuotaLimits(per_minute=own.per_minute, per_hour=own.per_hour, per_day=own.per_day)
    account, which = account_name(settings), campaign.ledger.campaign_id
    counts = campaign.accounts.limits(account, which, said, keep=keep)
    limits = {name: getattr(counts, name) for name in ("per_minute", "per_hour", "per_day")}
    return replace(campaign, settings=replace(settings, account=replace(own, **limits)))


def home() -> Path:
    """The folder of what belongs to whoever runs the program: PUBLIPOSTAGE_HOME, else the user's
    data folder. It may not exist yet.
    """
    said = os.environ.get("PUBLIPOSTAGE_HOME")
    if said:
        return Path(said).expanduser()
    return platformdirs.user_data_path("publipostage", appauthor=False)


def documents() -> Path:
    """Where whoever runs the program keeps what they work on. It may not exist."""
    return platformdirs.user_documents_path()


def users_accounts(*, looks: bool = False) -> Accounts:
    """The accounts.db of whoever runs the program, which may not exist yet. Close it.

    `looks` is for whoever only reads, and may open it again and again.
    """
    # machine-id(5) asks that the id itself be kept to oneself: this is a hash with our name.
    try:
        machine = machineid.hashed_id("publipostage")
    except machineid.MachineIdNotFound:  # some containers have none
        machine = ""
    server = settings_room.database_address(os.environ)
    return Accounts(home() / "accounts.db", machine=machine, looks=looks, server=server)


def now() -> datetime:
    """The time at which a command acts, in UTC."""
    return datetime.now(UTC)


def who() -> str:
    """Whoever is at the keyboard; empty where the system has no name for them."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # in a container a user may be but a number
        return ""
