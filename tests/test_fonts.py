"""Claims about the fonts that come with the program."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from merge.paper import fonts
from merge.paper.pdf import LotPress
from tests.house import ROOT
from tests.pages import AT, LETTERS, campaign_folder, need_pages

# Fontconfig's whole configuration: no folder with fonts.
NO_FONTS = '<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig></fontconfig>'


@pytest.fixture
def without_fonts(tmp_path: Path):
    """Runs a script as on a machine that has not one font."""
    need_pages()
    configuration = tmp_path / "fonts.conf"
    configuration.write_text(NO_FONTS)

    def run(script: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script, *arguments],
            env={**os.environ, "FONTCONFIG_FILE": str(configuration)},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.strip()

    return run


def test_they_are_those_that_were_released_to_the_last_byte():
    folder = Path(fonts.__file__).parent
    sums = {f"{hashlib.sha256(fonts.content(name)).hexdigest()}  {name}" for name in fonts.names()}
    assert sums == set((folder / "SHA256SUMS").read_text().splitlines())
    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "LICENSE").read_text()


@pytest.mark.parametrize("name", ["LICENSE", "../__init__.py", "Liberation.ttf"])
def test_nothing_else_passes_for_one_of_them(name):
    with pytest.raises(FileNotFoundError):
        fonts.content(name)


def test_a_machine_without_fonts_prints_the_same_lot(without_fonts, tmp_path):
    folder = campaign_folder(tmp_path / "campaign")
    script = (
        "import sys; from pathlib import Path; from tests.pages import AT, LETTERS; "
        "from merge.paper.pdf import LotPress; "
        "print(LotPress(Path(sys.argv[1])).make(1, LETTERS, AT).sha256)"
    )
    assert without_fonts(script, str(folder)) == LotPress(folder).make(1, LETTERS, AT).sha256


def test_they_alone_have_what_every_french_text_is_made_of(without_fonts):
    script = (
        "from merge.paper import glyphs; asked = glyphs._Fonts(); "
        "print([each for each in sorted(glyphs._FRENCH) if not asked.have(each)])"
    )
    assert without_fonts(script) == "[]"


def test_a_look_from_before_they_came_finds_them_by_their_own_names(without_fonts, tmp_path):
    script = (
        "import sys; from pathlib import Path; from merge.paper.typesetting import Typesetter; "
        "style = '<style>p { font-family: %s }</style>'; "
        "typesetter = Typesetter(Path(sys.argv[1])); "
        "page = lambda font: typesetter.run([('', style % font + '<p>Œuvre')]).pdf; "
        "print(*(page('Liberation ' + each) == page('Publipostage ' + each) "
        "for each in ('Serif', 'Mono')))"
    )
    assert without_fonts(script, str(tmp_path)) == "True True"
