"""Every channel there is, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from merge.channels.email import EMAIL
from merge.channels.paper import PAPER
from merge.channels.spec import ChannelSpec
from merge.model import Channel, Recipient

_specs: dict[str, ChannelSpec] = {each.channel: each for each in (EMAIL, PAPER)}


@contextmanager
def registered(spec: ChannelSpec) -> Iterator[ChannelSpec]:
    """Within it there is this channel too, after the others."""
    _specs[spec.channel] = spec
    try:
        yield spec
    finally:
        del _specs[spec.channel]


def every() -> Sequence[ChannelSpec]:
    """E-mail and paper, and whatever else is registered."""
    return tuple(_specs.values())


def spec_of(channel: Channel) -> ChannelSpec:
    """What a channel declares. KeyError for a name that nobody has registered."""
    return _specs[channel]


def named(name: str) -> Channel:
    """The channel of this name. LookupError when there is none."""
    return _specs[name].channel


def ways_to(recipient: Recipient) -> Iterator[Channel]:
    """The channels that reach a recipient, the first choice first."""
    return (each.channel for each in _specs.values() if each.reaches(recipient))


def channel_for(recipient: Recipient) -> Channel | None:
    """The first choice: e-mail where there is an address, paper for the rest; None for nobody's."""
    return next(ways_to(recipient), None)


def takes_over(channel: Channel, other: Channel | None) -> bool:
    """Whether a letter may go on this channel in place of the other."""
    return any(taken is other for taken, _status in spec_of(channel).takes_over)
