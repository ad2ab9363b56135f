"""The language people are spoken to in: French, unless the system or PUBLIPOSTAGE_LANG differs.

gettext's default domain is ours, so that click's own sentences are translated with the rest.
English is the source and needs no catalogue.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from pathlib import Path

CATALOGUES = Path(__file__).parent.parent / "locale"
SYSTEM_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # in gettext's own order


def wanted(environ: Mapping[str, str]) -> str:
    """ "fr" or "en". A system that names no language (C, POSIX, nothing) gets French."""
    chosen = environ.get("PUBLIPOSTAGE_LANG") or next(
        (environ[name] for name in SYSTEM_VARIABLES if environ.get(name)), "C"
    )
    language = chosen.split(":")[0].split(".")[0].split("_")[0].lower()
    return "fr" if language in ("fr", "c", "posix") else "en"


def install(environ: Mapping[str, str]) -> None:
    """Make `_` and click speak that language. Before any command is imported: help is text too."""
    gettext.bindtextdomain("messages", str(CATALOGUES))
    gettext.textdomain("messages")
    os.environ["LANGUAGE"] = wanted(environ)  # what gettext reads first, at each look-up
    _Spoken.catalogue = gettext.translation("messages", CATALOGUES, fallback=True)


def code() -> str:
    """The language that is spoken, as HTML names it (BCP 47)."""
    return wanted(os.environ)


class _Spoken:
    """The catalogue that `install` chose.

    gettext's own functions look for its file again at each sentence, and there are a thousand.
    """

    catalogue = gettext.NullTranslations()


def _(message: str) -> str:
    """The sentence in the language that is spoken."""
    return _Spoken.catalogue.gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The sentence that goes with n."""
    return _Spoken.catalogue.ngettext(singular, plural, n)


def decimal(number: float) -> str:
    """The number as it is written in that language: French has a comma."""
    return f"{number:g}".replace(".", "," if code() == "fr" else ".")
