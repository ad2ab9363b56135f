"""Claims about the fonts that come with the program."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from merge.paper import fonts
from merge.paper.fonts import configuration
from merge.paper.fonts.coverage import FontCoverage
from merge.paper.pdf import LotPress
from merge.paper.typesetting import Typesetter
from tests.examples import each_line
from tests.house import ROOT
from tests.pages import AT, LETTERS, campaign_folder, need_pages
from tests.press.fonts import fontconfig, write_own_font

SIGN = "\N{SNOWMAN}"  # the program's fonts do not have it


def symbols(path: Path, family: str = "Desktop Symbols") -> Path:
    """A font that has this sign alone, in a folder that may not be there yet."""
    path.parent.mkdir(exist_ok=True)
    return write_own_font(path.parent, path.name, family, SIGN)


@pytest.fixture
def without_fonts(tmp_path: Path):
    """Runs a script as on another machine, far away, that has not one font."""
    need_pages()

    def run(script: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script, *arguments],
            env={
                **os.environ,
                "FONTCONFIG_FILE": str(fontconfig(tmp_path / "bare")),
                "PYTHONHASHSEED": "7",
                "TZ": "Asia/Tokyo",
            },
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


def test_another_machine_without_fonts_prints_the_same_lot(without_fonts, tmp_path):
    folder = campaign_folder(tmp_path / "campaign")
    script = (
        "import sys; from pathlib import Path; from tests.pages import AT, LETTERS; "
        "from merge.paper.pdf import LotPress; "
        "print(LotPress(Path(sys.argv[1])).make(1, LETTERS, AT).sha256)"
    )
    assert without_fonts(script, str(folder)) == LotPress(folder).make(1, LETTERS, AT).sha256


def test_they_alone_have_what_every_french_text_is_made_of(without_fonts):
    script = (
        "from merge.paper.fonts.configuration import configuration; "
        "from merge.paper.fonts import coverage; asked = coverage._Pango(configuration()); "
        "print([each for each in sorted(coverage._FRENCH) if not asked.have(each)])"
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


# --- what else the machine has --------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes this a machine that has the fonts of these folders, and not one other."""
    need_pages()

    def become(*having: Path) -> None:
        monkeypatch.setenv("FONTCONFIG_FILE", str(fontconfig(tmp_path / "machine", *having)))
        configuration._installed.cache_clear()

    yield become
    configuration._installed.cache_clear()


@pytest.fixture
def desktop(tmp_path: Path) -> Path:
    return symbols(tmp_path / "desktop" / "symbols.ttf").parent


def missing(folder: Path, look: str) -> tuple[str, ...]:
    return FontCoverage(folder, look).missing(SIGN)


def page(folder: Path, look: str, more: str = SIGN) -> bytes:
    """As it is printed."""
    return Typesetter(folder).run([("", _HTML.format(look, more))]).pdf


def attached(folder: Path, look: str) -> bytes:
    """As it goes with an e-mail."""
    return Typesetter(folder).alone("", _HTML.format(look, SIGN))


_HTML = "<html lang=fr><title>Lettre</title><style>{}</style><p>Neige {}"


@pytest.mark.parametrize("made", [page, attached])
def test_no_font_of_the_machine_stands_in_unasked(machine, desktop, tmp_path, made):
    looks = ("", 'p { font-family: "Another", serif }', "p { font: 9pt sans-serif }")
    said = []
    for having in ((), (desktop,)):
        machine(*having)
        said.append([(made(tmp_path, look), missing(tmp_path, look)) for look in looks])
    assert said[0] == said[1]
    assert [each for _made, each in said[0]] == [(SIGN,)] * 3


def test_a_font_that_the_look_names_is_used_where_the_machine_has_it(machine, desktop, tmp_path):
    (tmp_path / "signs.css").write_text("p { font-family: 'Desktop Symbols', serif }")
    looks = (
        'p { font-family: serif, "Desktop  symbols" }',
        "html { --signs: Desktop Symbols } p { font: italic 11pt/1.4 var(--signs), serif }",
        '@media print { p { font: 11pt "Desktop Symbols" } }',
        '@import url("signs.css");',
    )
    machine()
    assert [missing(tmp_path, look) for look in looks] == [(SIGN,)] * 4
    bare = [page(tmp_path, look) for look in looks]
    machine(desktop)
    assert [missing(tmp_path, look) for look in looks] == [()] * 4
    assert not {page(tmp_path, look) for look in looks}.intersection(bare)


def test_a_font_in_the_campaign_folder_prints_the_same_on_every_machine(machine, tmp_path):
    symbols(tmp_path / "own.ttf")
    look = '@font-face { font-family: Own; src: url("own.ttf") } p { font-family: serif, Own }'
    machine()
    assert missing(tmp_path, look) == ()
    bare = page(tmp_path, look)
    machine(symbols(tmp_path / "desktop" / "other.ttf", "Own").parent)
    assert page(tmp_path, look) == bare


def test_a_picture_that_names_a_font_is_drawn_in_it(machine, desktop, tmp_path):
    (tmp_path / "sign.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
        f'<text y="15" font-family="Desktop Symbols" font-size="12">{SIGN}</text></svg>',
        encoding="utf-8",
    )
    machine()
    bare = page(tmp_path, "", '<img src="sign.svg">')
    machine(desktop)
    assert page(tmp_path, "", '<img src="sign.svg">') != bare


@each_line
def test_the_families_of_a_look_are_found(look: str, names: list[str]) -> None:
    assert configuration.named(look) >= {*names}
    assert not configuration.named(look) & {"comment", "a", "navy", "b"}


@each_line
def test_a_font_that_this_machine_has_not_is_told(look: str, names: tuple[str, ...]) -> None:
    assert configuration.absent(look) == names


def test_a_font_without_a_cut_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    need_pages()
    there = {
        "thin": {b"thin.otf": " regular", b"thin-i.otf": " italic"},
        "full": {b"full.otf": " regular", b"full-b.otf": " demibold semibold"},
        "one file": {b"variable.ttf": " regular bold"},
    }
    monkeypatch.setattr(configuration, "_installed", lambda: there)
    asked = 'p { font: 11pt "%s", serif }'
    assert configuration.lacking(asked % "Thin", "bold") == ("Thin",)
    assert configuration.lacking(asked % "Thin", "italic") == ()
    assert configuration.lacking(asked % "Full", "italic") == ("Full",)
    for name in ("Full", "One File", "Nobody Has It", "Publipostage Serif"):
        assert configuration.lacking(asked % name, "bold") == ()
    brought = "@font-face { font-family: Thin; src: url(a.ttf) }"
    assert configuration.lacking(brought + asked % "Thin", "bold") == ()


def test_the_look_of_the_campaign_asks_for_no_font_that_is_not_there() -> None:
    look = (ROOT / "templates/vsa/letter.css").read_text(encoding="utf-8")
    assert configuration.absent(look) == ()
