"""A campaign on a server without its folder: what a worker makes its letters of, and for whom."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from uuid import UUID

from merge import disks
from merge.app.campaign_files import FETCHED, packed, unpack
from merge.app.opening import Campaign, home, users_accounts
from merge.campaign.digests import are_among
from merge.errors import Busy, Refused, Trouble
from merge.ledger.accounts import CAMPAIGNS
from merge.ledger.archive import KeptFiles
from merge.ledger.driver.locks import FileLocks
from merge.ledger.driver.migrating import refuse_older
from merge.ledger.driver.places import database_at
from merge.ledger.opening import ON_SERVER
from merge.paper.fonts.configuration import present

_FONTS = "fonts"  # the fact
_AGREED = "agreed_to"  # the fact: a run, and the hashes of those that it was agreed to for

HANDS = 8
"""Workers that each run asks for. Those too many find nothing to send, and end."""


def ask_for_hands(campaign: Campaign, run: int, agreed: Sequence[int]) -> None:
    """Ask workers to send this run's letters, too, to the deliveries with these hashes. Nothing
    where the campaign is not kept on a server.
    """
    if not campaign.is_on_server:
        return
    from merge.ledger.work import make_queue  # no file needs a queue

    make_queue(campaign.accounts.server)
    campaign.ledger.set_fact(_AGREED, json.dumps([run, [*agreed]]))
    campaign.ledger.ask_for_hands(run, HANDS)


def dismiss_hands(campaign: Campaign, run: int) -> None:
    """Take back what this run asked for and no worker has begun. If the server is away, the worker
    that takes it finds the run ended.
    """
    if not campaign.is_on_server:
        return
    from merge.ledger.work import take_out  # no file needs a queue

    with suppress(Trouble):
        take_out(campaign.accounts.server, campaign.ledger.campaign_id, run)


def refuse_others(campaign: Campaign, run: int, waiting: Sequence[int]) -> None:
    """Refused("agreed-to-others") where one of these hashes is of somebody whom that run was not
    agreed to for.
    """
    asked_by, agreed = campaign.ledger.fact_as(_AGREED, json.loads) or (0, ())
    if asked_by != run or not are_among(waiting, agreed):
        raise Refused("agreed-to-others")


@contextmanager
def materialised(campaign_id: str) -> Iterator[Path]:
    """A folder with the files of the campaign that were agreed to, to open it there.

    Private, never changed once it is there, and kept while this context lasts; those of other
    versions go when nobody uses them. Several processes may come at once, and share it.
    LedgerError as `KeptFiles.take`, `unpack` and `refuse_older`; ("database-address").
    """
    campaign_id = str(UUID(campaign_id))
    whole = disks.folder_in(home(), Path(CAMPAIGNS) / campaign_id)
    with ExitStack() as held:
        site = held.enter_context(closing(users_accounts())).site_of(campaign_id)
        refuse_older(site)
        database = held.enter_context(closing(database_at(site, read_only=True)))
        with FileLocks(whole).one_migrator():
            version, data = KeptFiles(database).take()
            folder = disks.place(whole, version)
            _sweep(whole, but=folder)
            if not folder.exists():
                _fetch(data, version, campaign_id, whole)
            held.enter_context(FileLocks(folder).share("worker"))
        yield folder


def _fetch(data: bytes, version: str, campaign_id: str, whole: Path) -> None:
    """Beside its place, so that a kill leaves no part of a folder there."""
    making = whole / f".{secrets.token_hex(8)}.partial"
    disks.make_private_folder(making)
    try:
        unpack(data, making)
        disks.write(making, ON_SERVER, f"{campaign_id}\n".encode())
        disks.write(making, FETCHED, version.encode())
        making.rename(whole / version)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _sweep(whole: Path, *, but: Path) -> None:
    """Remove what a kill has left, and the versions that nobody uses."""
    for path in whole.iterdir():
        if disks.is_partial(path.name):
            shutil.rmtree(path, ignore_errors=True)
        elif path != but and (path / FETCHED).exists():
            with suppress(Busy), FileLocks(path).exclusive("sweep", wait_s=0):
                shutil.rmtree(path, ignore_errors=True)


def agree(campaign: Campaign, *, pages: bool) -> None:
    """The letter is fixed as it is now: so are the files that workers make it of.

    In a folder that a worker has fetched they must be those: Refused("files-not-agreed"). So must
    the fonts, if there are `pages` to be set: Refused("fonts-differ", `words`). As `packed`, too.
    """
    if not campaign.is_on_server:
        return
    ledger, look = campaign.ledger, campaign.settings.letter.look
    fonts = present(disks.read(campaign.folder, look).decode("utf-8", "replace"))
    agreed_fonts = ledger.fact_as(_FONTS, json.loads) or []
    if fetched := campaign.fetched_version:
        if ledger.files.version() != fetched:
            raise Refused("files-not-agreed", path=str(campaign.folder))
        if pages and (words := sorted({*fonts} ^ {*agreed_fonts})):
            raise Refused("fonts-differ", path=look, words=", ".join(words))
        return
    ledger.files.keep(packed(campaign.folder))
    if [*fonts] != agreed_fonts:
        ledger.set_fact(_FONTS, json.dumps(fonts))
