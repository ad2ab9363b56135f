"""`make install` puts the program into the desktop's menu, and `make uninstall` takes it out."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import desktop
import pytest

from tests.house import ROOT
from tests.needs import need

AWKWARD = 'a folder/50% $HOME `x` "\\bin/publipostage'


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share with space"))
    return tmp_path / "share with space"


def run(*words: str) -> None:
    subprocess.run([sys.executable, str(ROOT / ".ci/desktop.py"), *words], check=True)


def said(share: Path) -> dict[str, str]:
    """The keys of the entry."""
    text = (share / "applications/publipostage.desktop").read_text(encoding="utf-8")
    head, *lines = text.splitlines()
    assert head == "[Desktop Entry]"
    return dict(line.split("=", 1) for line in lines)


def words_of(exec_line: str) -> list[str]:
    """An Exec line as a desktop takes it apart: the escapes of a string, quotes, then codes."""
    text = exec_line.replace("\\\\", "\\")  # the only escape of a string that stands in it
    words, quoted, word = [], False, ""
    letters = iter(text)
    for letter in letters:
        if letter == '"':
            quoted = not quoted
        elif letter == "\\" and quoted:
            word += next(letters)
        elif letter == "%":
            assert next(letters) == "%"  # no file is handed on: no code stands in it
            word += "%"
        elif letter == " " and not quoted:
            words.append(word)
            word = ""
        else:
            word += letter
    return [*words, word]


@pytest.mark.parametrize("program", ["bin/publipostage", AWKWARD])
def test_the_entry_is_valid_and_starts_the_page_of_the_installed_program(share, tmp_path, program):
    need(shutil.which("desktop-file-validate"), "desktop-file-validate", "desktop-file-utils")
    installed = tmp_path / program
    run("install", str(installed))
    entry = share / "applications/publipostage.desktop"
    told = subprocess.run(
        ["desktop-file-validate", str(entry)], capture_output=True, encoding="utf-8", check=False
    )
    assert (told.returncode, told.stdout) == (0, "")
    keys = said(share)
    assert words_of(keys["Exec"]) == [str(installed), "web"]
    assert keys["TryExec"].replace("\\\\", "\\") == str(installed)
    assert keys["Terminal"] == "false"


def test_it_is_named_in_french_and_in_english(share, tmp_path):
    run("install", str(tmp_path / "publipostage"))
    keys = said(share)
    for name in ("GenericName", "Comment", "Keywords"):
        assert keys[name]
        assert keys[f"{name}[fr]"]


def test_its_icon_is_where_a_desktop_looks_and_needs_no_font(share, tmp_path):
    run("install", str(tmp_path / "publipostage"))
    icon = share / f"icons/hicolor/scalable/apps/{said(share)['Icon']}.svg"
    tags = set(re.findall(r"<(\w+)", icon.read_text(encoding="utf-8")))
    assert "path" in tags
    assert not tags & {"text", "image", "style", "script"}


def test_again_it_is_written_again_and_removed_it_is_gone(share, tmp_path):
    run("install", str(tmp_path / "old/publipostage"))
    run("install", str(tmp_path / "new/publipostage"))
    assert str(tmp_path / "new/publipostage") in said(share)["Exec"]
    run("remove")
    run("remove")
    left = [path.name for path in share.rglob("*") if path.is_file()]
    assert not [name for name in left if "publipostage" in name]


def test_without_a_data_folder_of_one_s_own_it_lies_in_the_usual_one(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for said in ("", "relative/folder"):
        monkeypatch.setenv("XDG_DATA_HOME", said)
        assert desktop.data_home() == tmp_path / ".local/share"
