"""List this user's campaigns, each with its counts and its next step."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from merge import settings as settings_room
from merge.app import following, new
from merge.app.opening import open_campaign, users_accounts
from merge.app.overview import todos
from merge.errors import LedgerError, Trouble
from merge.job import silent
from merge.ledger.opening import Caution, is_older, ledger_file
from merge.model import Counts

LOOKED_INTO = 30
"""Campaigns that are opened for the list: each costs some hundredths of a second."""

_NOT_HERE = frozenset({"ledger-missing", "no-campaign"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFolder:
    """A folder that should have a campaign. `trouble` is why it cannot be opened."""

    place: Path
    trouble: Trouble | None = None

    @property
    def has_lost_its_ledger(self) -> bool:
        """Whether only its settings are left: the rest was moved, or its deletion was killed."""
        return self.trouble is not None and self.trouble.code == "ledger-missing"

    @property
    def is_gone(self) -> bool:
        """Whether it no longer has one."""
        return self.trouble is not None and self.trouble.code in _NOT_HERE


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCampaign(CampaignFolder):
    """One in the list.

    Beyond the first `LOOKED_INTO` nothing is read: `counts` and `trouble` are None.
    """

    name: str
    counts: Counts | None = None
    todo: str | None = None
    is_sending: bool = False
    cautions: Sequence[Caution] = ()


def campaigns(also: Iterable[Path] = ()) -> Sequence[KnownCampaign]:
    """The campaigns in this user's accounts.db and the folders in `also`, last written first.

    Those that are gone come at the end.

    LedgerError where accounts.db cannot be read.
    """
    by_time = _by_time(also)
    found = [look(place) for place in by_time[:LOOKED_INTO]]
    found += [KnownCampaign(place=place, name=place.name) for place in by_time[LOOKED_INTO:]]
    return sorted(found, key=lambda each: each.is_gone)


def last_written() -> Mapping[str, Any]:
    """The settings of the campaign last written, as TOML has them; {} for none. An example is
    none.
    """
    for place in _by_time():
        with suppress(Trouble, OSError):
            text = settings_room.text_of(place)
            if not settings_room.parse(text, str(place)).campaign.example:
                return tomllib.loads(text)
    return {}


def _by_time(also: Iterable[Path] = ()) -> Sequence[Path]:
    with closing(users_accounts()) as accounts:
        known = {Path(each.path).parent for each in accounts.all_registered()}
    return sorted(sorted({*known, *also}), key=_written_at, reverse=True)


def example(folder: Path, name: str) -> None:
    """As `new.create`, a campaign to look at, with three made-up mayors; nothing leaves it."""
    from merge.app.importing import Job
    from merge.app.sheets import Reading
    from merge.letters.leftovers import respelled

    answers = settings_room.Answers(
        name=name,
        group="Collectif d'exemple",
        contact="contact@example.org",
        place="Rennes",
        address=("1 rue de l'Exemple", "35000 Rennes"),
        signature=("Collectif d'exemple",),
        address_source=settings_room.SOURCE,
        example=True,
    )
    made = new.letter(new.own_draft(new.model_letter()), residents=False)
    made = replace(made, source=respelled(made.source))
    new.create(folder, answers, made, with_reminder=True)
    sheet = str(new.model_letter().with_name("example") / "list.csv")
    Job(folder, (sheet,), Reading(), silent, yes=True).run((), lambda _: None)


def look(place: Path) -> KnownCampaign:
    """Read one campaign. A Trouble is in the result, and never raised.

    An older ledger is left alone: it is migrated by whoever opens the campaign.
    """
    try:
        name = settings_room.load(place).campaign.name
        if is_older(place):
            return KnownCampaign(place=place, name=name)
        with open_campaign(place, access="read", command="status") as campaign:
            counts = campaign.ledger.counts()
            return KnownCampaign(
                place=place,
                name=name,
                counts=counts,
                todo=todos(campaign, counts)[0],
                is_sending=following.is_sending(campaign),
                cautions=campaign.cautions,
            )
    except Trouble as trouble:
        return KnownCampaign(place=place, name=name_of(place), trouble=trouble)
    except OSError as error:  # a disk that was taken away
        unreadable = LedgerError("ledger-unreachable", path=str(place), words=error.strerror)
        return KnownCampaign(place=place, name=place.name, trouble=unreadable)


def name_of(place: Path) -> str:
    """The campaign's name, or its folder's where its settings cannot be read."""
    try:
        return settings_room.load(place).campaign.name
    except (Trouble, OSError):
        return place.name


def _written_at(place: Path) -> float:
    try:
        return ledger_file(place).stat().st_mtime
    except OSError:
        return 0.0
