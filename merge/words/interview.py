"""The questions of `new`, which the page asks, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from merge.words.language import N_, _, translate

if TYPE_CHECKING:
    from merge.model import Audience
    from merge.settings import Question

AUDIENCE = N_("Whom do you write to?")
AUDIENCES: Mapping[Audience, str] = {
    "communes": N_("Communes: their mayors"),
    "people": N_("People: members, députés, customers"),
    "organisations": N_("Organisations: schools, associations, firms"),
}
"""Whom a campaign may write to."""

QUESTION_WORDS: Mapping[Question, str] = {
    "name": N_("Name of the campaign"),
    "group": N_("Your group, as the letters shall name it"),
    "address": N_("Your postal address (12 rue de la Paix, 35000 Rennes); Enter for none"),
    "place": N_("Where you write from (the commune, or its INSEE code)"),
    "from_address": N_("E-mail address that the letters are sent from"),
    "reply_to": N_("Address for answers, if it is another one; else Enter"),
    "contact": N_("How to answer you (an e-mail address, a phone number)"),
    "signature": N_("Who signs"),
    "address_source": N_("Where do the addresses come from?"),
}
"""As a terminal asks them."""

LABELS: Mapping[str, str] = {
    "audience": N_("Who is written to"),
    "name": N_("Name of the campaign"),
    "group": N_("Your group"),
    "address": N_("Your postal address"),
    "place": N_("Where you write from"),
    "from_address": N_("E-mail address that the letters are sent from"),
    "reply_to": N_("Address for answers"),
    "contact": N_("How to reach you"),
    "signature": N_("Who signs"),
    "address_source": N_("Where the addresses come from"),
}
"""As a list of the answers calls them."""

SOURCE_OF_OTHERS = N_(
    "Where do the addresses come from? As the letter is to say it: “your membership”, “your order”"
)
"""What a terminal asks where no communes are written to."""

SOURCES: Sequence[str] = (
    "l'annuaire de l'administration (service-public.fr)",
    "les sites internet des mairies",
)
"""Where addresses of communes come from, most often, as the letter says it: in French."""


def question(name: Question) -> str:
    """What a terminal asks."""
    return translate(QUESTION_WORDS[name])


def label(name: str) -> str:
    """What the answer is called."""
    return translate(LABELS[name])


def begun_before(day: str, n: int) -> str:
    """Somebody comes back to answers that were kept."""
    return _("You had begun this campaign on {day}; {n} of your answers are kept.").format(
        day=day, n=n
    )


def source_of(said: str) -> str:
    """What every letter says of its address, or that somebody still has to say it."""
    if not said:
        return _(
            "Say where the addresses come from: address_source in campaign.toml. Every letter says "
            "it, and none leaves before."
        )
    return _(
        "Every letter says that its address comes from {source}. If that is not so, change "
        "address_source in campaign.toml."
    ).format(source=said)
