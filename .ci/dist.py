"""Builds what others install: the wheel, and a zip for Windows that brings all it needs to begin.

    python .ci/dist.py [FOLDER]        into dist/ where no folder is named

The zip has uv's program (from its own wheel on PyPI), our wheel, the versions that were proven
together, and a script that installs them for one person.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from platforms import PYTHON, ROOT, SYSTEMS

UV = "uv==0.13.9"
WINDOWS = ROOT / ".ci" / "packaging" / "windows"
_BEGAN = (1980, 1, 1, 0, 0, 0)  # the same files make the same zip


def wheel(folder: Path) -> Path:
    """Build our wheel into the folder."""
    before = set(folder.glob("*.whl"))
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    quiet = subprocess.DEVNULL
    subprocess.run(build, cwd=ROOT, check=True, stdout=quiet)  # noqa: S603 - our own environment
    built = set(folder.glob("*.whl"))
    return max(built - before or built, key=lambda path: path.stat().st_mtime_ns)


def uv_wheel(folder: Path) -> Path:
    """Fetch uv's wheel for Windows into the folder, from the index that pip is set up with."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    asked = ["--platform", SYSTEMS[0].tag, "--dest", str(folder), UV]
    subprocess.run([*pip, *asked], check=True)  # noqa: S603 - our own environment
    (found,) = folder.glob("uv-*.whl")
    return found


def for_windows(ours: Path, uv: Path, folder: Path) -> Path:
    """The zip, made of our wheel and uv's."""
    inside = {
        "install.cmd": _windows_text("install.cmd"),
        # Without the mark, Windows' own PowerShell would read its accents wrong.
        "install.ps1": b"\xef\xbb\xbf" + _windows_text("install.ps1"),
        "README.txt": b"\xef\xbb\xbf" + _windows_text("README.txt"),
        "publipostage.ico": (WINDOWS / "publipostage.ico").read_bytes(),
        "constraints.txt": (ROOT / ".ci" / "constraints.txt").read_bytes(),
        ours.name: ours.read_bytes(),
    }
    with zipfile.ZipFile(uv) as packed:
        for name in packed.namelist():
            base = name.rpartition("/")[2]
            if name.endswith(".data/scripts/uv.exe"):
                inside["uv.exe"] = packed.read(name)
            elif "/licenses/" in name and base:
                inside[f"uv-{base}.txt"] = packed.read(name)
    version = ours.name.split("-")[1]
    made = folder / f"publipostage-{version}-windows.zip"
    new = made.with_suffix(".new")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(inside.items()):
            info = zipfile.ZipInfo(f"publipostage-{version}/{name}", _BEGAN)
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, content)
    new.replace(made)
    return made


def _windows_text(name: str) -> bytes:
    text = (WINDOWS / name).read_text(encoding="utf-8").replace("@PYTHON@", PYTHON)
    return text.replace("\n", "\r\n").encode()


def main() -> int:
    """Build both, and say where they lie."""
    folder = Path(*sys.argv[1:2]).absolute() if sys.argv[1:] else ROOT / "dist"
    folder.mkdir(parents=True, exist_ok=True)
    ours = wheel(folder)
    print(os.path.relpath(ours))
    with tempfile.TemporaryDirectory() as fetched:
        print(os.path.relpath(for_windows(ours, uv_wheel(Path(fetched)), folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
