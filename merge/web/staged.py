"""The files of lists that were lately shown, as they were read, and what was done last."""

from __future__ import annotations

from pathlib import Path

from merge.app import staging, uploads
from merge.app.importing import Undone
from merge.app.sheet_shown import Staged
from merge.app.staging import ListTaken
from merge.app.uploads import Upload
from merge.web import jobs
from merge.web.recent import Recent

KEPT = 4


class StagedFiles:
    """Of one server. A file is read again only where something else was said of it."""

    def __init__(self) -> None:
        self._kept = Recent[tuple[str, str], Staged](KEPT)
        self._ended = Recent[Path, ListTaken | Undone](KEPT)

    async def of(self, place: Path, upload: Upload) -> Staged:
        """The file as it would be taken now."""
        key = (upload.token, uploads.version(upload))
        if key not in self._kept:
            self._kept[key] = await jobs.call(staging.stage, place, upload)
        return self._kept[key]

    def forget(self, upload: Upload) -> None:
        """The campaign has changed: what was read is to be read again."""
        for key in [each for each in self._kept if each[0] == upload.token]:
            del self._kept[key]

    def forget_all(self) -> None:
        """The recipients have changed."""
        self._kept.clear()

    def end(self, place: Path, done: ListTaken | Undone) -> None:
        """What was done, to be told once."""
        self._ended[place] = done
        self.forget_all()

    def ended(self, place: Path) -> ListTaken | Undone | None:
        """What was done last and not told yet."""
        return self._ended.pop(place, None)
