"""Puts the program into the menu of this person's desktop, or takes it out again.

    python .ci/desktop.py install PROGRAM     as the freedesktop specifications have it
    python .ci/desktop.py remove

The program is named by its whole path: a desktop's session often has another PATH than a terminal.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent / "packaging" / "desktop"
NAME = "publipostage"


def data_home() -> Path:
    """$XDG_DATA_HOME; a relative one counts as none, as the specification has it."""
    said = os.environ.get("XDG_DATA_HOME", "")
    return Path(said) if Path(said).is_absolute() else Path.home() / ".local" / "share"


def places() -> tuple[Path, Path]:
    """Where the entry lies, and its icon."""
    share = data_home()
    icons = share / "icons" / "hicolor" / "scalable" / "apps"
    return share / "applications" / f"{NAME}.desktop", icons / f"{NAME}.svg"


def value(text: str) -> str:
    r"""A string as a desktop entry has it: what begins with "\" means something there."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def argument(text: str) -> str:
    """One argument of an Exec line, between quotes, and with no field code in it."""
    for mark in ("\\", '"', "`", "$"):
        text = text.replace(mark, "\\" + mark)
    return '"' + text.replace("%", "%%") + '"'


def entry(program: Path) -> str:
    """The whole entry that starts this program."""
    text = (HERE / f"{NAME}.desktop").read_text(encoding="utf-8")
    text = text.replace("@PROGRAM@", value(argument(str(program))))
    return text.replace("@PATH@", value(str(program)))


def install(program: Path) -> None:
    """Write the entry and its icon; done again, they are written again. macOS has no such menu."""
    if sys.platform == "darwin":
        return
    desktop, icon = places()
    for path, text in (
        (desktop, entry(program)),
        (icon, (HERE / f"{NAME}.svg").read_text(encoding="utf-8")),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    refresh()


def remove() -> None:
    """Take both away; where there are none it does nothing."""
    for path in places():
        path.unlink(missing_ok=True)
    refresh()


def refresh() -> None:
    """Let a desktop that is running look again; one without these programs looks by itself."""
    desktop, icon = places()
    theme = icon.parents[2]
    if theme.is_dir():
        os.utime(theme)  # by its time, whoever keeps icons in memory knows that one has come
    for command in (
        ("update-desktop-database", "-q", str(desktop.parent)),
        ("gtk-update-icon-cache", "-q", "-t", "-f", str(theme)),
    ):
        # A cache is made anew where there is one: one that nobody else renews would hide icons.
        has_cache = command[0].startswith("update") or (theme / "icon-theme.cache").exists()
        if has_cache and shutil.which(command[0]) and Path(command[-1]).is_dir():
            subprocess.run(command, check=False)  # noqa: S603 - these two programs, our folders


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["install", program]:
            install(Path(program).absolute())
        case ["remove"]:
            remove()
        case _:
            sys.exit(__doc__)
