"""The campaign folder: made, opened, copied, taken over."""

from __future__ import annotations

import contextlib
import getpass
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import machineid

from merge import disks
from merge import settings as settings_room
from merge.campaign.account import OwnAccount
from merge.campaign.suppression import Gate
from merge.errors import LetterError, Misuse, Trouble
from merge.garbage import without_what_is_there
from merge.ledger import opening
from merge.ledger.accounts import Accounts
from merge.ledger.archive import Archive
from merge.ledger.backup import Saved, backup
from merge.ledger.books import Books
from merge.ledger.identity import Adoption
from merge.ledger.opening import Access, Caution
from merge.settings import Answers, Settings

if TYPE_CHECKING:
    from merge.letters.draft import Draft

LETTER = "letter.md"
LOOK = "letter.css"
REMINDER = "reminder.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign folder, open."""

    folder: Path
    settings: Settings
    books: Books
    archive: Archive
    accounts: Accounts
    gate: Gate
    opened_at: datetime
    cautions: tuple[Caution, ...]

    @property
    def account(self) -> OwnAccount:
        """The account that its letters leave from by e-mail, beside this user's other campaigns."""
        return OwnAccount(
            accounts=self.accounts,
            name=account_name(self.settings),
            campaign_id=self.books.campaign_id,
        )

    @property
    def is_blind(self) -> bool:
        """accounts.db cannot be read, as `cautions` say: a reader tells all else without it."""
        return any(caution.code == "accounts-unreachable" for caution in self.cautions)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that people of this campaign live in."""
        return ZoneInfo(self.settings.campaign.timezone)


def account_name(settings: Settings) -> str:
    """What a quota and a pause belong to: one login on one server, whatever the campaign.

    Without its case: two campaigns that spell one mailbox differently share its quota.
    """
    account = settings.account
    return f"{account.login or account.from_address} · {account.host}".casefold()


@contextlib.contextmanager
def open_campaign(folder: Path, *, access: Access, command: str) -> Iterator[Campaign]:
    """Open the campaign in `folder`: its settings, its ledger, this user's accounts.

    `access` is "read" (free, changes nothing), "share" (send, print) or "exclusive"
    (import, edit, resolve). Every error of the settings and of the ledger comes from here; the
    times that an error tells are those of the campaign's clocks.
    """
    settings = settings_room.load(folder)
    with (
        _local_times(ZoneInfo(settings.campaign.timezone)),
        contextlib.closing(users_accounts()) as accounts,
        opening.open_books(folder, access=access, command=command, accounts=accounts) as opened,
        without_what_is_there(),
    ):
        yield Campaign(
            folder=folder,
            settings=settings,
            books=opened.books,
            archive=opened.archive,
            accounts=accounts,
            gate=Gate(accounts.suppression, opened.books.campaign_id),
            opened_at=now(),
            cautions=(*opened.cautions, *_in_doubt(opened)),
        )


@contextlib.contextmanager
def _local_times(zone: ZoneInfo) -> Iterator[None]:
    try:
        yield
    except Trouble as trouble:
        for name, fact in trouble.facts.items():
            if isinstance(fact, datetime):
                trouble.facts[name] = fact.astimezone(zone)
        raise


def _in_doubt(opened: opening.Opened) -> Iterator[Caution]:
    if opened.buried:
        yield Caution(code="sender-died-before", path="", detail=str(opened.buried))


def read_draft(file: Path | None = None) -> Draft:
    """The letter to begin with: somebody's file, else the model letter."""
    from merge.app import confined
    from merge.letters import draft

    read = confined.read_draft if file else draft.read
    file = file or model_letter() / LETTER
    try:
        return read(file.read_bytes(), str(file))
    except OSError as error:
        raise LetterError("letter-unreadable", path=str(file), words=error.strerror) from None


def refuse_unless_empty(folder: Path) -> None:
    """Misuse("folder-not-empty") when something is there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Misuse("folder-not-empty", path=str(folder))


def create_campaign(
    folder: Path,
    answers: Answers,
    *,
    letter: str,
    pictures: Mapping[str, bytes],
    with_reminder: bool,
) -> None:
    """Make a campaign: settings, the letter with its look and pictures, an empty ledger.

    `with_reminder`: the letter is the program's own, whose reminder goes with it.

    Misuse("folder-not-empty") when something is there already.
    """
    refuse_unless_empty(folder)
    text = settings_room.campaign_toml(answers)
    settings_room.parse(text, settings_room.FILE_NAME)  # an answer that is no setting is told now
    with contextlib.closing(users_accounts()) as accounts:
        accounts.make_ready()  # first: without it, half a campaign would stand there
    try:
        disks.make_private_folder(folder)
        disks.write(folder, settings_room.FILE_NAME, text.encode())
        disks.write(folder, LETTER, letter.encode())
        for name in (LOOK, REMINDER) if with_reminder else (LOOK,):
            disks.write(folder, name, (model_letter() / name).read_bytes())
        for name, content in pictures.items():
            disks.write(folder, name, content)
    except OSError as error:
        raise Misuse("folder-unwritable", path=str(folder), words=error.strerror) from error
    with contextlib.closing(users_accounts()) as accounts:
        opening.create_books(folder, accounts=accounts)


def backup_campaign(folder: Path, file: Path) -> Saved:
    """Copy a live campaign into one file."""
    settings_room.load(folder)
    return backup(folder, file)


def adoption_risk(folder: Path) -> Adoption:
    """What `adopt` would risk."""
    with contextlib.closing(users_accounts()) as accounts:
        return opening.adoption_risk(folder, accounts=accounts)


def adopt_campaign(folder: Path) -> Adoption:
    """Make this folder the campaign's home."""
    with contextlib.closing(users_accounts()) as accounts:
        return opening.adopt(folder, accounts=accounts)


def close_to_others(folder: Path) -> bool | None:
    """Take from other users of this machine what rights they have to a campaign that was taken in.

    Whether they had any; None where they have them still: the disk keeps none, or it is not ours.
    """
    if not disks.is_open_to_others(folder):
        return False
    with contextlib.suppress(OSError):
        disks.close_to_others(folder)
    return None if disks.is_open_to_others(folder) else True


def users_accounts() -> Accounts:
    """The accounts.db of whoever runs the program. Close it."""
    path = settings_room.user_data_folder(os.environ) / "accounts.db"
    return Accounts(path, machine=_this_machine())


def _this_machine() -> str:
    """Which machine this is, "" where the system does not say (some containers).

    machine-id(5) asks that the id itself be kept to oneself: this is a hash with our name.
    """
    try:
        return machineid.hashed_id("publipostage")
    except machineid.MachineIdNotFound:
        return ""


def model_letter() -> Path:
    """The letter that comes with the program: in the wheel, or beside `merge/` in a clone."""
    here = Path(__file__).parents[1]
    inside = here / "templates"
    return (inside if inside.is_dir() else here.parent / "templates") / "vsa"


def now() -> datetime:
    """The time at which a command acts, in UTC."""
    return datetime.now(UTC)


def who() -> str:
    """Whoever is at the keyboard; empty where the system has no name for them."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # in a container a user may be but a number
        return ""
