"""A bounce that follows no standard → whom it is about, by the patterns that flufl.bounce knows.

The door to flufl.bounce.
"""

from __future__ import annotations

import logging
from copy import deepcopy
from email.message import Message

_LINES_READ = 5_000  # a report stands before the letter that it brings back


def failed_addresses(message: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses that a bounce gives up, and those for which a server still tries.

    The library's patterns were written for real mails, not for hostile ones: whatever it trips
    over is a mail that it does not know. It looks at each line a hundred times: of a mail that is
    very long it gets the beginning.
    """
    from flufl.bounce import all_failures

    # It tells of each of its own exceptions with a traceback, which nobody can do anything about.
    logging.getLogger("flufl.bounce").disabled = True
    try:
        trying, given_up = all_failures(_beginning(message))
    except Exception:  # each of its seventeen detectors has failures of its own
        return (), ()
    return _texts(given_up), _texts(trying)


def _beginning(message: Message) -> Message:
    """The mail, without the lines that are too many for the library."""
    payloads = [part.get_payload() for part in message.walk()]
    if sum(each.count("\n") for each in payloads if isinstance(each, str)) <= _LINES_READ:
        return message
    short, left = deepcopy(message), _LINES_READ
    for part in short.walk():
        payload = part.get_payload()
        if isinstance(payload, str):
            lines = payload.splitlines(keepends=True)
            part.set_payload("".join(lines[:left]))
            left = max(0, left - len(lines))
    return short


def _texts(addresses: frozenset[bytes]) -> tuple[str, ...]:
    return tuple(sorted(address.decode("utf-8", "replace") for address in addresses))
