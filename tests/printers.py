"""An `lp` that prints nothing, and a campaign whose four letters wait for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from merge.french.communes import reference
from tests.desk import Desk

FOUR = [
    f"{insee};{reference()[insee].name};F;Anne;LE GOFF;;1 place de la Mairie;01400;{insee}-Ville"
    for insee in ("01001", "01002", "01004", "01006")
]
_LP = """#!/bin/sh
printf '%s\\n' "$@" >>"$0.said"
env | grep -q geheim && echo "the password" >>"$0.said"
echo end >>"$0.said"
[ -e "$0.refuses" ] && { echo "lp: The printer or class does not exist." >&2; exit 1; }
echo "request id is bureau-7 (1 file(s))"
"""


@dataclass(frozen=True)
class OwnLp:
    """An `lp` that prints nothing, and remembers what it was told."""

    folder: Path

    @classmethod
    def on_the_path(cls, folder: Path, patch: pytest.MonkeyPatch) -> OwnLp:
        """The first one of the PATH, in a folder of its own."""
        folder.mkdir()
        (folder / "lp").write_text(_LP, "utf-8")
        (folder / "lp").chmod(0o755)
        patch.setenv("PATH", os.pathsep.join((str(folder), os.environ["PATH"])))
        return cls(folder)

    @property
    def told(self) -> list[list[str]]:
        """The words of each time."""
        said = self.folder / "lp.said"
        text = said.read_text("utf-8") if said.exists() else ""
        return [words.splitlines() for words in text.split("end\n")[:-1]]

    def refuse(self, really: bool = True) -> None:
        refuses = self.folder / "lp.refuses"
        refuses.touch() if really else refuses.unlink(missing_ok=True)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A campaign with four towns that have no e-mail."""
    return Desk.made(tmp_path, *FOUR)


def paper(desk: Desk) -> dict[str, int]:
    """How many letters on paper are in which state."""
    return {status: n for status, n in desk.figures()["paper"].items() if n}
