"""A machine that has some fonts alone: the same pages are set wherever a test runs."""

from __future__ import annotations

from pathlib import Path

from merge.paper import fonts


def fontconfig(folder: Path, *fonts: Path) -> Path:
    """A file for $FONTCONFIG_FILE under which there are only the fonts of some folders."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "fonts.conf"
    known = "".join(f"<dir>{each}</dir>" for each in fonts)
    path.write_text(f"<fontconfig>{known}<cachedir>{folder}/cache</cachedir></fontconfig>")
    return path


OF_THE_PROGRAM = Path(fonts.__file__).parent
"""The folder of the font files that come with the program."""
