"""Envelopes that should not go into the post, said wherever somebody may be about to post them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from merge.cli import output
from merge.words.envelopes import lines

if TYPE_CHECKING:
    from merge.app.opening import Campaign


def tell(campaign: Campaign) -> None:
    """Say which envelopes stay, of all lots."""
    from merge.app.suppress import envelopes_to_keep

    output.say_each(lines(envelopes_to_keep(campaign)))
