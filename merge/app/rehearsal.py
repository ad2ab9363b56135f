"""Everything but the sending: the same letters, the same bytes, into a folder.

A rehearsal touches no delivery, spends no quota and asks no server.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath
from typing import Literal

from merge import disks
from merge.app import letters
from merge.app.chosen import Narrowing
from merge.app.mail import REHEARSAL, composer
from merge.app.opening import Campaign, now, open_campaign
from merge.campaign.check import (
    Findings,
    refuse_changed_letter,
    refuse_unless_right,
    refuse_untested,
)
from merge.campaign.ports import Template
from merge.errors import Stopped, Trouble
from merge.job import Listener
from merge.ledger.reading import Candidates
from merge.model import Channel, Letter, LetterFault, Message

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
LONGEST_ADDRESS_IN_NAME = 80
# See `file_name`; earlier versions wrote beside it first.
_OURS = re.compile(r"[a-z0-9-]+-[0-9a-f]{16}\.(?:eml|partial)")


class RehearsalFolder:
    """Takes every message and keeps it.

    `name` is that of the folder below the campaign's. Refused as `disks.place`; Stopped
    `file-unwritable` when the folder cannot be written to.
    """

    def __init__(self, campaign: Path, name: PurePath) -> None:
        try:
            self._folder = disks.folder_in(campaign, name)
            for old in self._folder.iterdir():
                if _OURS.fullmatch(old.name) or disks.is_partial(old.name):
                    old.unlink()
        except OSError as error:
            raise _not_written(campaign / name, error) from error

    def keep(self, message: Message) -> None:
        """Write its exact bytes into a file of its own."""
        name = file_name(message)
        try:
            disks.write(self._folder, name, message.data)
        except OSError as error:
            raise _not_written(self._folder / name, error) from error


def file_name(message: Message) -> str:
    """A name that shows whom the letter is for and belongs to this letter only.

    The address is for people: its letters and digits, so that it cannot leave the folder, be
    hidden, or be a device of Windows. The digest of the Message-ID tells two letters to one
    address apart, and two addresses that a file system takes for one.
    """
    address = _NOT_IN_A_NAME.sub("-", message.envelope.recipient.lower()).strip("-")
    digest = hashlib.sha256(message.message_id.encode("utf-8")).hexdigest()[:16]
    return f"{address[:LONGEST_ADDRESS_IN_NAME]}-{digest}.eml"


def _not_written(path: Path, error: OSError) -> Stopped:
    return Stopped("file-unwritable", path=str(path), words=error.strerror or str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a rehearsal wrote, and what comes before a real sending: a step, or a trouble."""

    written: int
    folder: Path
    faults: Sequence[LetterFault]
    names: dict[str, str]  # of those at fault, by key
    first: Literal["account", "test", ""]
    in_the_way: Trouble | None


def rehearse(place: Path, narrowing: Narrowing, limit: int | None, listener: Listener) -> Rehearsal:
    """The same as a real sending, into a folder."""
    with open_campaign(place, access="read", command="send", listener=listener) as campaign:
        template = letters.template(campaign)
        waiting = campaign.ledger.candidates(campaign.chosen(narrowing), [Channel.EMAIL])
        folder, compose = RehearsalFolder(campaign.folder, REHEARSAL), composer(campaign).compose
        written, faults, date = 0, list[LetterFault](), now()
        for each in islice(waiting, limit):
            made: Letter | Message | LetterFault = template.render(each.recipient, Channel.EMAIL)
            if isinstance(made, Letter) and each.recipient.email:
                made = compose(made, to=each.recipient.email, wave=made.wave, date=date)
            if isinstance(made, LetterFault):
                faults.append(made)
            elif isinstance(made, Message):
                folder.keep(made)
                written += 1
        found = Findings(
            letters=written + len(faults),
            faults=tuple(faults),
            of=campaign.ledger.count_recipients(),
        )
        has_account = bool(campaign.settings.account.host)
        trouble = _in_the_way(campaign, template, found, waiting) if has_account else None
        is_untested = trouble is not None and trouble.code == "letter-untested"
        return Rehearsal(
            written=written,
            folder=campaign.folder / REHEARSAL,
            faults=faults,
            names=dict(campaign.ledger.names_of([f.key for f in faults])),
            first="test" if is_untested else "" if has_account else "account",
            in_the_way=None if is_untested else trouble,
        )


def _in_the_way(
    campaign: Campaign, template: Template, found: Findings, waiting: Candidates
) -> Trouble | None:
    """Why a real sending would be refused."""
    try:
        refuse_changed_letter(campaign.ledger, template, "send")
        refuse_unless_right(found)
        refuse_untested(campaign.ledger, template, untested=False)
    except Trouble as trouble:
        return trouble
    return None if campaign.is_blind else campaign.account.refusal()
