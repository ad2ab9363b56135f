"""The language of the command line: French, unless the system or PUBLIPOSTAGE_LANG differs."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from merge import words

CATALOGUES = Path(__file__).parent.parent / "locale"
SYSTEM_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # in gettext's own order


def wanted(environ: Mapping[str, str]) -> str:
    """ "fr" or "en". A system that names no language (C, POSIX, nothing) gets French."""
    chosen = environ.get("PUBLIPOSTAGE_LANG") or next(
        (environ[name] for name in SYSTEM_VARIABLES if environ.get(name)), "C"
    )
    language = chosen.split(":")[0].split(".")[0].split("_")[0].lower()
    return "fr" if language in ("fr", "c", "posix") else "en"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within it, we and click speak that language.

    A command's help is put into it once, when its module is imported: import them within.
    """
    # click speaks through gettext's default domain, which is therefore ours.
    gettext.bindtextdomain("messages", str(CATALOGUES))
    gettext.textdomain("messages")
    os.environ["LANGUAGE"] = language  # what gettext reads first, at each look-up
    with words.speaking(language):
        yield
