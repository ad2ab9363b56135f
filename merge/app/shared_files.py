"""A campaign on a server without its folder: a worker's own folder, and the lots that come back."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from uuid import UUID

from merge import disks
from merge.app.campaign_files import FETCHED, publish
from merge.app.opening import Campaign, home, users_accounts
from merge.errors import Busy, LedgerError, Refused
from merge.ledger.driver.locks import FileLocks
from merge.ledger.file_store import AGREED, NEWEST, FileStore, KeptFile
from merge.ledger.opening import ON_SERVER
from merge.paper.fonts.configuration import present
from merge.paper.lots import made_of

CAMPAIGNS = "campaigns"
"""Below the user's own folder: for each campaign by its id, a folder for each version."""

_FONTS = "fonts"  # the fact


@contextmanager
def materialised(campaign_id: str, name: str = AGREED) -> Iterator[Path]:
    """A folder with the campaign's files as the list of this name has them, to open it there.

    Private, never changed once it is there, and kept while this context lasts; those of other
    versions go when nobody uses them. Several processes may come at once, and share it.
    LedgerError("files-missing") for a list that nobody has published, and as `FileStore.fetch`.
    """
    campaign_id = str(UUID(campaign_id))
    whole = disks.folder_in(home(), Path(CAMPAIGNS) / campaign_id)
    with closing(users_accounts()) as accounts, ExitStack() as held:
        store = FileStore(accounts.files_site_of(campaign_id))
        with FileLocks(whole).one_migrator():
            version = store.version(name)
            if version is None:
                raise LedgerError("files-missing", path=str(accounts.site_of(campaign_id)))
            folder = disks.place(whole, version)
            _sweep(whole, but=folder)
            if not folder.exists():
                _fetch(store, version, campaign_id, whole)
            held.enter_context(FileLocks(folder).share("worker"))
        yield folder


def _fetch(store: FileStore, version: str, campaign_id: str, whole: Path) -> None:
    """Beside its place, so that a kill leaves no part of a folder there."""
    former = [path for path in whole.iterdir() if (path / FETCHED).exists()]
    making = whole / f".{secrets.token_hex(8)}.partial"
    disks.make_private_folder(making)
    try:
        store.fetch(version, making, former=former)
        disks.write(making, ON_SERVER, f"{campaign_id}\n".encode())
        disks.write(making, FETCHED, version.encode())
        making.rename(whole / version)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _sweep(whole: Path, *, but: Path) -> None:
    """Remove what a kill has left, and the older versions that nobody uses.

    The newest of them stays until there is a newer one: most of its files are the next one's.
    """
    others = [path for path in whole.iterdir() if path != but and path.is_dir()]
    versions = sorted(
        (path for path in others if (path / FETCHED).exists()),
        key=lambda path: (path / FETCHED).stat().st_mtime_ns,
    )
    for path in others:
        if disks.is_partial(path.name):
            shutil.rmtree(path, ignore_errors=True)
    for path in versions[:-1]:
        with suppress(Busy), FileLocks(path).exclusive("sweep"):
            shutil.rmtree(path, ignore_errors=True)


def agree(campaign: Campaign, *, pages: bool) -> None:
    """The letter is fixed as it is now: so are the files that workers make it of.

    In a folder that a worker has fetched they must be those: Refused("files-not-agreed"). So must
    the fonts, if there are `pages` to be set: Refused("fonts-differ", `words`).
    """
    store, ledger = campaign.files, campaign.ledger
    if store is None:
        return
    look = campaign.settings.letter.look
    fonts = present(disks.read(campaign.folder, look).decode("utf-8", "replace"))
    agreed_fonts = ledger.fact_as(_FONTS, json.loads) or []
    if fetched := campaign.fetched_version:
        if store.version(AGREED) != fetched:
            raise Refused("files-not-agreed", path=str(campaign.folder))
        if pages and (words := sorted({*fonts} ^ {*agreed_fonts})):
            raise Refused("fonts-differ", path=look, words=", ".join(words))
        return
    publish(campaign.folder, campaign.settings, store, [AGREED, NEWEST])
    if [*fonts] != agreed_fonts:
        ledger.set_fact(_FONTS, json.dumps(fonts))


def keep_lots(campaign: Campaign, numbers: Collection[int]) -> None:
    """Keep on the server all that lies in the folder of these lots, for who works elsewhere."""
    if (store := campaign.files) is None:
        return
    for lot in campaign.ledger.lots():
        for pattern in made_of(lot.path) if lot.number in numbers else ():
            for top in disks.found(campaign.folder, pattern):
                for path in [each for each, _ in disks.walk(top)] if top.is_dir() else [top]:
                    name = path.relative_to(campaign.folder)
                    if path.is_file():
                        with disks.opened(campaign.folder, name) as file:
                            store.keep(name.as_posix(), file)


def collect_lot(campaign: Campaign, number: int) -> None:
    """Bring what was made of this lot elsewhere into the folder."""
    if (store := campaign.files) is None:
        return
    for lot in campaign.ledger.lots():
        if lot.number == number:
            for kept in _matching(store, (lot.path, *made_of(lot.path))):
                store.take(kept, campaign.folder)


def kept_by(campaign: Campaign, patterns: Sequence[str]) -> Sequence[Path]:
    """Where in the folder what is kept on the server would lie, by these patterns of paths."""
    store = campaign.files
    found = _matching(store, patterns) if store else ()
    return [disks.place(campaign.folder, kept.name) for kept in found]


def _matching(store: FileStore, patterns: Sequence[str]) -> Sequence[KeptFile]:
    """A pattern that is a folder matches all below it."""
    whole = [each for pattern in patterns for each in (pattern, f"{pattern}/*")]
    return [
        kept
        for name, kept in sorted(store.made().items())
        if any(fnmatchcase(name, pattern) for pattern in whole)
    ]
