"""What a channel declares about itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from merge.model import Channel, Recipient, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpec:
    """One channel. Its words stand under its name in `merge.words.statuses`."""

    channel: Channel
    statuses: tuple[Status, ...]
    """Where a delivery on it can stand, in the order of `status --json`."""
    moves: Mapping[Status, Collection[Status]]
    """What may follow what."""
    reaches: Callable[[Recipient], bool]
    """Whether a letter on it can be addressed to somebody."""
    reaches_sql: Callable[[Any], Any]
    """The same as SQL, of the columns of the ledger's table of recipients."""
    takes_over: Collection[tuple[Channel, Status]] = ()
    """Whom it may take from another channel: that one did not reach them, and that is certain."""
    by_lot: bool = False
    """Its letters go together, and what failed is tried again with its lot; else one by one."""
    on_page: bool = False
    """Its letter is a page with the address in a window; else the text and HTML of an e-mail."""
    in_letters: str
    """How the French letter of a reminder calls it, after "par"."""
