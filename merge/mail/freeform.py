"""A bounce that follows no standard → whom it is about, by the patterns that flufl.bounce knows.

The door to flufl.bounce.
"""

from __future__ import annotations

import logging
from email.iterators import body_line_iterator
from email.message import Message
from itertools import islice

_LINES_AT_MOST = 5_000


def failed_addresses(message: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses that a bounce gives up, and those for which a server still tries.

    The library's patterns were written for real mails, not for hostile ones: whatever it trips
    over is a mail that it does not know, and so is one of so many lines as no real bounce has. It
    looks at each line a hundred times.
    """
    from flufl.bounce import all_failures

    # It tells of each of its own exceptions with a traceback, which nobody can do anything about.
    logging.getLogger("flufl.bounce").disabled = True
    try:
        if any(True for _line in islice(body_line_iterator(message), _LINES_AT_MOST, None)):
            return (), ()
        trying, given_up = all_failures(message)
    except Exception:  # each of its seventeen detectors has failures of its own
        return (), ()
    return _texts(given_up), _texts(trying)


def _texts(addresses: frozenset[bytes]) -> tuple[str, ...]:
    return tuple(sorted(address.decode("utf-8", "replace") for address in addresses))
