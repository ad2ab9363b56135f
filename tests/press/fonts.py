"""Common fonts, from Debian's packages, without installing anything on the machine.

The packages are unpacked into a folder and a fontconfig file is written that knows no other fonts:
the proof sets the same pages wherever it runs.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from merge.paper import fonts

OURS = "Publipostage Serif"
PACKAGES = {
    "Liberation Sans": "fonts-liberation",
    "DejaVu Serif": "fonts-dejavu-core",
    "Gentium Plus": "fonts-sil-gentiumplus",
    "EB Garamond": "fonts-ebgaramond",
    "Inter": "fonts-inter",
    "Cardo": "fonts-cardo",
    "Linux Libertine O": "fonts-linuxlibertine",
    "Carlito": "fonts-crosextra-carlito",
    "Caladea": "fonts-crosextra-caladea",
    "Lato": "fonts-lato",
    "Open Sans": "fonts-open-sans",
    "Roboto": "fonts-roboto-unhinted",
    "Cantarell": "fonts-cantarell",
    "TeX Gyre Pagella": "fonts-texgyre",
    "FreeSerif": "fonts-freefont-ttf",
}
"""Families and what brings them. Hinted and not, TrueType, CFF and variable, rich and plain."""


def fetch(folder: Path) -> None:
    """Unpack the packages into a folder, once. CalledProcessError says what apt or dpkg said."""
    done = folder / "packages.txt"
    wanted = "\n".join(sorted(PACKAGES.values()))
    if done.exists() and done.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(["apt-get", "-q", "download", *wanted.split()], cwd=folder, check=True)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
        package.unlink()
    done.write_text(wanted)


def fontconfig(folder: Path, *fonts: Path) -> Path:
    """A file for $FONTCONFIG_FILE under which there are only the fonts of some folders."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "fonts.conf"
    known = "".join(f"<dir>{each}</dir>" for each in fonts)
    path.write_text(f"<fontconfig>{known}<cachedir>{folder}/cache</cachedir></fontconfig>")
    return path


OF_THE_PROGRAM = Path(fonts.__file__).parent
"""The folder of the font files that come with the program."""
