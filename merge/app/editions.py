"""A folder with the newest edition of a report, and the earlier ones in it.

It is whole, whatever is killed: an edition is written beside it, and takes its place by two
renames. What a kill left between them is mended by whoever writes the next one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from merge import disks
from merge.app import joining, report_pages
from merge.app.report import Report
from merge.app.report_pages import PACKAGE, SUMS
from merge.campaign.answers import Row
from merge.errors import Misuse

_EARLIER = "editions"


def publish(report: Report, at: Path) -> None:
    """Write an edition into this folder, and move the one that is there below it.

    Misuse: "report-folder" where anything else lies there, "file-unwritable".
    """
    at = Path(os.path.realpath(at))
    beside, before = (at.with_name(f".{at.name}.{name}-edition") for name in ("next", "last"))
    try:
        at.parent.mkdir(parents=True, exist_ok=True)
        if before.exists() and _is_vacant(at):
            _take_place(before, at)
        day, rows = _standing(at, report.id)
        for left in (beside, before):
            if left.exists():
                shutil.rmtree(left)
        _write(report, beside, at, day, rows)
        if day:
            at.rename(before)
        _take_place(beside, at)
        shutil.rmtree(before, ignore_errors=True)
    except OSError as error:
        raise Misuse("file-unwritable", path=str(at), words=error.strerror) from error


def _is_vacant(at: Path) -> bool:
    return not at.exists() or (at.is_dir() and not any(at.iterdir()))


def _take_place(folder: Path, at: Path) -> None:
    if at.exists():
        at.rmdir()
    folder.rename(at)


def _write(report: Report, to: Path, last: Path, day: str, earlier: Sequence[Row]) -> None:
    """The new edition, with the `last` one, which is of that day, and those below it."""
    names: list[str] = []
    to.mkdir()
    if day:
        below = last / _EARLIER
        names = sorted((each.name for each in below.glob("*")), reverse=True)
        same_day = sum(name.startswith(day) for name in names)
        names.insert(0, f"{day}-{same_day + 1}" if same_day else day)
        shutil.copytree(last, to / _EARLIER / names[0], ignore=shutil.ignore_patterns(_EARLIER))
        if below.exists():
            shutil.copytree(below, to / _EARLIER, dirs_exist_ok=True)
    for name, content in report_pages.files(report, earlier, names).items():
        (to / name).parent.mkdir(exist_ok=True)
        (to / name).write_bytes(content)


def _standing(at: Path, whose: str) -> tuple[str, Sequence[Row]]:
    """The day of the edition that stands there, and its rows; "" for none."""
    if _is_vacant(at):
        return "", ()
    try:
        package = json.loads((at / PACKAGE).read_bytes())
        lines = (at / SUMS).read_text("utf-8").splitlines()
        sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
        there = {
            path.relative_to(at).as_posix()
            for path, found in disks.walk(at)
            if not stat.S_ISDIR(found.st_mode)
        }
        there = {name for name in there if not name.startswith(f"{_EARLIER}/")}
        is_whole = there == {*sums, SUMS} and all(
            hashlib.sha256((at / name).read_bytes()).hexdigest() == sums[name] for name in sums
        )
        day, (rows, *_others) = package["created"][:10], package["resources"]
        date.fromisoformat(day)
        if is_whole and package["id"] == whose and rows["path"] in sums:
            has_rows = rows["path"] != report_pages.FIGURES
            return day, joining.read(at / rows["path"]).rows if has_rows else ()
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        pass
    raise Misuse("report-folder", path=str(at))
