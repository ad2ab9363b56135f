"""A campaign on a server without its folder: a worker's own folder, and the lots that come back."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Collection, Container, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from uuid import UUID

from merge import disks
from merge.app.campaign_files import FETCHED, is_kept_by_program, others, publish
from merge.app.opening import Campaign, home, users_accounts
from merge.errors import Busy, LedgerError, Refused
from merge.ledger.accounts import CAMPAIGNS
from merge.ledger.driver.locks import FileLocks
from merge.ledger.file_store import AGREED, NEWEST, FileStore, KeptFile
from merge.ledger.opening import ON_SERVER
from merge.paper.fonts.configuration import present
from merge.paper.lots import LOTS, made_of, published_path

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
            _leave_no_lots(folder)
            held.enter_context(FileLocks(folder).share("worker"))
        try:
            yield folder
        finally:
            held.close()
            with FileLocks(whole).one_migrator():
                if folder.exists():
                    _leave_no_lots(folder)


def _leave_no_lots(folder: Path) -> None:
    """Also none that a kill has left, unless another process works here."""
    with suppress(Busy), FileLocks(folder).exclusive("sweep"):
        shutil.rmtree(folder / LOTS.parent, ignore_errors=True)


def _fetch(store: FileStore, version: str, campaign_id: str, whole: Path) -> None:
    """Beside its place, so that a kill leaves no part of a folder there."""
    former = [path for path in whole.iterdir() if (path / FETCHED).exists()]
    making = whole / f".{secrets.token_hex(8)}.partial"
    disks.make_private_folder(making)
    try:
        store.fetch(version, making, former=former)
        if foreign := others(making):
            raise LedgerError("file-name-foreign", name=foreign[0])
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


def agreed_version(campaign: Campaign) -> str | None:
    """That of the files that were agreed to; None where there are none, or no server."""
    return campaign.files.version(AGREED) if campaign.files else None


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
    publish(campaign.folder, store, [AGREED, NEWEST])
    if [*fonts] != agreed_fonts:
        ledger.set_fact(_FONTS, json.dumps(fonts))


def keep_made(campaign: Campaign, path: str) -> None:
    """Keep a lot on the server that is made, before the ledger knows of it: see `made_path`."""
    if store := campaign.files:
        with disks.opened(campaign.folder, path) as file:
            store.keep(path, file)


def keep_lots(campaign: Campaign, numbers: Collection[int]) -> None:
    """Keep on the server all that lies in the folder of these lots, for who works elsewhere."""
    if (store := campaign.files) is None:
        return
    for path in _lying(campaign, numbers):
        name = path.relative_to(campaign.folder)
        with disks.opened(campaign.folder, name) as file:
            store.keep(name.as_posix(), file)


def remove_lots(campaign: Campaign, numbers: Collection[int]) -> None:
    """Leave nothing in the folder of these lots, which are kept on the server."""
    for path in _lying(campaign, numbers):
        path.unlink()


def _lying(campaign: Campaign, numbers: Collection[int]) -> Iterator[Path]:
    """The files in the folder that are of these lots."""
    for lot in campaign.ledger.lots():
        for pattern in made_of(lot.path) if lot.number in numbers else ():
            for top in disks.found(campaign.folder, pattern):
                for path in [each for each, _ in disks.walk(top)] if top.is_dir() else [top]:
                    if path.is_file():
                        yield path


def collect_lots(campaign: Campaign, numbers: Collection[int]) -> None:
    """Bring what was made of these lots elsewhere into the folder."""
    if (store := campaign.files) is None or not numbers:
        return
    paths = {lot.path: lot.number for lot in campaign.ledger.lots()}
    patterns = [each for path, n in paths.items() if n in numbers for each in made_of(path)]
    for kept, name in _matching(store, patterns, paths):
        if not is_kept_by_program(name):
            raise LedgerError("file-name-foreign", name=name)
        store.take(replace(kept, name=name), campaign.folder)


def kept_by(campaign: Campaign, patterns: Sequence[str]) -> Sequence[Path]:
    """Where in the folder what is kept on the server would lie, by these patterns of paths."""
    if (store := campaign.files) is None:
        return ()
    known = {lot.path for lot in campaign.ledger.lots()}
    found = _matching(store, patterns, known)
    return [disks.place(campaign.folder, kept.name) for kept, _name in found]


def _matching(
    store: FileStore, patterns: Sequence[str], known: Container[str]
) -> Iterator[tuple[KeptFile, str]]:
    """What is kept by these patterns, each with its name in a folder: a lot that the ledger knows
    was kept before it did. A pattern that is a folder matches all below it.
    """
    whole = [each for pattern in patterns for each in (pattern, f"{pattern}/*")]
    for kept in sorted(store.made().values()):
        name = published_path(kept.name) if kept.name in known else kept.name
        if any(fnmatchcase(name, pattern) for pattern in whole):
            yield kept, name
