"""Unpack a campaign from a .zip, a hand-over or a backup, and adopt it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from merge import disks
from merge.app import backup
from merge.app.backup import AdoptionPlan
from merge.app.confined import look_into_zip
from merge.app.running import missing
from merge.errors import ExitCode, Misuse, Refused
from merge.job import Consent, Result
from merge.ledger import handover, opening, unpacking
from merge.ledger.handover import LIST

_UNPACKED = ".taking-up-"


@contextmanager
def open(file: Path, place: Path) -> Iterator[Job]:
    """Unpack `file` into a hidden folder inside `place`, the campaign folder to be.

    Misuse("take-up-not-empty") where something lies in that folder, ("zip-no-campaign");
    Refused("zip-refused"), ("zip-too-large"), ("zip-damaged"), ("disk-full"); errors of a ledger
    that cannot be trusted.
    """
    if not file.is_file():
        raise Misuse("zip-no-campaign", path=str(file))
    is_new = not place.exists()
    if not is_new and (not place.is_dir() or any(_visible(place))):
        raise Misuse("take-up-not-empty", path=str(place))
    found = look_into_zip(file)
    disks.make_private_folder(place)
    try:
        with (
            disks.disk_full_told(),
            TemporaryDirectory(dir=place, prefix=_UNPACKED, ignore_cleanup_errors=True) as at,
        ):
            unpacking.refuse_no_room(found.files, place)
            digests = unpacking.unpack(file, found.files, Path(at))
            try:
                opening.refuse_unsound(Path(at))
                _refuse_changed(file, Path(at), digests, found.left_out)
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
        return backup.adopt(self._place, consents)

    def put_in_place(self) -> None:
        """Move its files into the campaign folder; no command can write there until it is adopted.

        The ledger moves last: a kill before that leaves no campaign there.
        """
        last = unpacking.LEDGER
        for path in sorted(self._unpacked.iterdir(), key=lambda path: path.name == last):
            path.rename(self._place / path.name)


def _visible(place: Path) -> Iterator[Path]:
    """The files there, except what an interrupted try has left."""
    return (path for path in place.iterdir() if not path.name.startswith(_UNPACKED))


def _refuse_changed(
    file: Path, unpacked: Path, digests: dict[str, str], left_out: Sequence[str]
) -> None:
    """Refused("zip-damaged") where a file is not the one that was handed over."""
    said = handover.handed_over(unpacked)
    if said is None:
        return
    found = {name: digest for name, digest in digests.items() if name != LIST}
    for name in sorted({*said.files, *found}.difference(left_out)):
        if said.files.get(name) != found.get(name):
            raise Refused("zip-damaged", path=str(file), value=name)
