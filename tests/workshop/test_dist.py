"""What `make dist` builds for Windows: one zip with all that the installer needs."""

from __future__ import annotations

import zipfile
from pathlib import Path

import dist
import pytest


@pytest.fixture
def uv(tmp_path: Path) -> Path:
    """A wheel as uv's own is laid out."""
    path = tmp_path / "uv-1-py3-none-win_amd64.whl"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("uv/__init__.py", "")
        packed.writestr("uv-1.data/scripts/uv.exe", b"MZ the program")
        packed.writestr("uv-1.data/scripts/uvx.exe", b"MZ another")
        packed.writestr("uv-1.dist-info/licenses/LICENSE-MIT", "its licence")
    return path


@pytest.fixture
def inside(tmp_path: Path, uv: Path) -> dict[str, bytes]:
    ours = tmp_path / "publipostage-0.2.0-py3-none-any.whl"
    ours.write_bytes(b"our wheel")
    with zipfile.ZipFile(dist.for_windows(ours, uv, tmp_path)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_the_zip_has_all_that_its_installer_names(inside):
    folder = "publipostage-0.2.0/"
    assert inside[f"{folder}uv.exe"] == b"MZ the program"
    assert inside[f"{folder}publipostage-0.2.0-py3-none-any.whl"] == b"our wheel"
    assert inside[f"{folder}uv-LICENSE-MIT.txt"] == b"its licence"
    assert b"weasyprint==" in inside[f"{folder}constraints.txt"]
    script = inside[f"{folder}install.ps1"].decode("utf-8-sig")
    for named in ("uv.exe", "constraints.txt", "publipostage.ico"):
        assert named in script
        assert folder + named in inside
    assert "install.ps1" in inside[f"{folder}install.cmd"].decode("ascii")


def test_its_shortcut_opens_no_black_window_and_no_module_of_the_folder_it_starts_in(inside):
    script = inside["publipostage-0.2.0/install.ps1"].decode("utf-8-sig")
    assert "pythonw.exe" in script
    assert "'-P -m merge web'" in script
    assert "@PYTHON@" not in script


def test_windows_reads_its_texts_as_they_were_written(inside):
    for name in ("install.ps1", "README.txt"):
        text = inside[f"publipostage-0.2.0/{name}"]
        assert text.startswith(b"\xef\xbb\xbf")  # else its accents are read in another encoding
        assert text.count(b"\n") == text.count(b"\r\n")


def test_the_same_files_make_the_same_zip(tmp_path, uv):
    ours = tmp_path / "publipostage-0.2.0-py3-none-any.whl"
    ours.write_bytes(b"our wheel")
    first = dist.for_windows(ours, uv, tmp_path).read_bytes()
    assert dist.for_windows(ours, uv, tmp_path).read_bytes() == first
