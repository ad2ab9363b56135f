"""Who ends a long command at the terminal, and is told that it was heard."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING

from merge.words.language import _

if TYPE_CHECKING:
    from merge.app.running import Signals


def listening() -> AbstractContextManager[Signals]:
    """See `app.running.listening`."""
    from merge.app import running

    return running.listening(_acknowledge)


def _acknowledge() -> None:
    """Tell whoever sits at the terminal: a silent server is waited for up to ten minutes.

    Straight to the terminal, for a handler may have interrupted a write to the stream.
    """
    words = _("Stopping after what is in hand; Ctrl-C once more ends it at once.")
    with suppress(OSError, ValueError):  # closed, or no file
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), f"\n{words}\n".encode(errors="replace"))
