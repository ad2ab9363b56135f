"""Unpack a campaign from the .zip of a backup, and adopt it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from merge import disks
from merge.app import backup
from merge.app.backup import AdoptionPlan
from merge.app.confined import look_into_zip
from merge.app.opening import users_accounts
from merge.app.running import missing
from merge.errors import ExitCode, Misuse, Refused
from merge.job import Consent, Result
from merge.ledger import opening, unpacking

_UNPACKED = ".taking-up-"


@contextmanager
def open(file: Path, place: Path) -> Iterator[Job]:
    """Unpack `file` into a hidden folder inside `place`, the campaign folder to be.

    Misuse("folder-not-empty") where something lies in that folder, ("zip-no-campaign");
    Refused("zip-refused"), ("disk-full"); errors of a ledger
    that cannot be trusted.
    """
    if not file.is_file():
        raise Misuse("zip-no-campaign", path=str(file))
    is_new = not place.exists()
    if not is_new and (not place.is_dir() or any(_visible(place))):
        raise Misuse("folder-not-empty", path=str(place))
    found = look_into_zip(file)
    disks.make_private_folder(place)
    try:
        with (
            disks.disk_full_told(),
            TemporaryDirectory(dir=place, prefix=_UNPACKED, ignore_cleanup_errors=True) as at,
        ):
            unpacking.refuse_no_room(found.files, place)
            unpacking.unpack(file, found.files, Path(at))
            try:
                with closing(users_accounts()) as accounts:
                    opening.refuse_unsound(Path(at), accounts)
            except Refused as error:  # nobody knows where it was unpacked
                error.path = str(file)
                raise
            yield Job(Path(at), place, found.left_out)
    finally:
        if is_new and not any(place.iterdir()):
            place.rmdir()


def unpack(file: Path, place: Path) -> Sequence[str]:
    """Unpack it into place without adopting it; what is left out. Errors as `open`."""
    with open(file, place) as job:
        job.put_in_place()
        return job.left_out


class Job:
    """One unpacked campaign. `left_out` names what in the .zip is no file of a campaign."""

    def __init__(self, unpacked: Path, place: Path, left_out: Sequence[str]) -> None:
        self.left_out = left_out
        self._unpacked = unpacked
        self._place = place

    def plan(self) -> AdoptionPlan:
        """The risks of adopting it."""
        return replace(backup.adoption(self._unpacked), folder=self._place.resolve())

    def run(self, consents: Sequence[Consent]) -> Result:
        """Put it in place and adopt it; facts as `backup.adopt`."""
        if wants := missing(self.plan().wants, consents):
            return Result(code=ExitCode.REFUSED, wants=wants)
        self.put_in_place()
        return backup.take(self._place)

    def put_in_place(self) -> None:
        """Move its files into the campaign folder, or its ledger to the user's server; no command
        can write there until it is adopted.

        The ledger, or its note, moves last: a kill before that leaves no campaign there.
        """
        with closing(users_accounts()) as accounts:
            if accounts.server:
                opening.put_on_server(self._unpacked, accounts)
        last = opening.ledger_file(self._unpacked).name
        for path in sorted(self._unpacked.iterdir(), key=lambda path: path.name == last):
            path.rename(self._place / path.name)


def _visible(place: Path) -> Iterator[Path]:
    """The files there, except what an interrupted try has left."""
    return (path for path in place.iterdir() if not path.name.startswith(_UNPACKED))
