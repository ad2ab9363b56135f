"""The door to WeasyPrint."""

from __future__ import annotations

import ctypes.util
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any
from warnings import catch_warnings, simplefilter

from merge.errors import Misuse


def load_weasyprint() -> Any:
    """The library, or Misuse that says what is missing: itself, or Pango and its companions."""
    # It prints advice on stdout, which is for data, and warns of a machine
    # without fonts, which needs none, or without HarfBuzz's subsetter, where a lot takes longer.
    with redirect_stdout(StringIO()), catch_warnings():
        simplefilter("ignore", DeprecationWarning)
        simplefilter("ignore", UserWarning)
        try:
            return _imported()
        except ImportError as error:
            raise Misuse("weasyprint-missing", words=str(error)) from error
        except OSError as error:
            named = re.search(r"library '([^']+)'", str(error))
            library = named[1] if named else ""
            raise Misuse("pango-missing", library=library, words=str(error)) from error


def _imported() -> Any:
    try:
        with _loader_alone():
            import weasyprint
    except OSError:  # libraries in a place that only a search finds
        import weasyprint
    return weasyprint


@contextmanager
def _loader_alone() -> Iterator[None]:
    """Let the loader of Linux find libraries, by the last of the names that WeasyPrint tries.

    At each name before it ctypes would start ldconfig, gcc and ld, and all that they find is a
    name for the loader. Elsewhere it starts nothing.
    """
    if sys.platform != "linux":
        yield
        return
    search = ctypes.util.find_library
    ctypes.util.find_library = lambda name: None
    try:
        yield
    finally:
        ctypes.util.find_library = search
