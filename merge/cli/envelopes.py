"""Envelopes that should not go into the post, said wherever somebody may be about to post them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from merge.cli import output
from merge.model import Delivery, Status
from merge.words import statuses
from merge.words.envelopes import line, lines, take_out
from merge.words.language import _
from merge.words.reasons import typed

if TYPE_CHECKING:
    from merge.app.opening import Campaign

_SHOWN = 10  # of those in one lot


def tell(campaign: Campaign, lot: int | None = None) -> None:
    """Say which envelopes stay, of all lots or of one."""
    from merge.app.suppress import envelopes_to_keep

    for each in lines([one for one in envelopes_to_keep(campaign) if lot in (None, one.lot)]):
        output.say(each)


def older_lines(campaign: Campaign, keys: Collection[str]) -> Iterator[str]:
    """Which letters to these, who are changed by now, lie in a lot that was made before."""
    from merge.campaign.envelopes import NOT_YET_POSTED, lies_in_a_lot

    lots: dict[int, list[Delivery]] = {}
    for each in campaign.ledger.deliveries(NOT_YET_POSTED) if keys else ():
        if each.key in keys and lies_in_a_lot(each):
            lots.setdefault(each.lot or 0, []).append(each)
    for lot, inside in sorted(lots.items()):
        shown = inside[:_SHOWN]
        communes = campaign.ledger.communes_of([one.key for one in shown])
        for one in shown:
            yield _(
                "{commune} ({key}): letter {position} of lot {lot} is as it was before this change."
            ).format(commune=communes[one.key], key=one.key, lot=lot, position=one.position)
        if len(inside) > _SHOWN:
            yield f"{statuses.and_more(len(inside) - _SHOWN)}."
        if inside[0].status in (Status.MADE, Status.FAILED):
            yield _("If nothing is printed yet, make the lot anew: {command}").format(
                command=f"publipostage print --discard {lot}"
            )
        yield take_out(lot, [one.key for one in inside])


def taken_out(campaign: Campaign, lot: int, words: Sequence[str], *, ask: bool) -> Sequence[str]:
    """The keys of those whose envelope stays, as a person says: `words`, and each that is asked.

    Misuse("nobody-called") or ("several-called"). Unless `ask`, what was not named is posted.
    """
    from merge.app.suppress import envelopes_to_keep
    from merge.campaign.plan import the_one

    recipients = campaign.ledger.recipients()
    keys = [the_one(recipients, word).key for word in words]
    for each in envelopes_to_keep(campaign):
        if each.lot != lot or each.key in keys:
            continue
        output.say(line(each))
        if not ask:
            output.say(_("It counts as posted. Left out it would be with --except."))
        elif output.confirm(_("Was it taken out, so that it is not in the post?")):
            keys.append(each.key)
    return list(dict.fromkeys(keys))


def tell_taken_out(campaign: Campaign, keys: Sequence[str]) -> None:
    """Where those stand now whose envelope was taken out."""
    communes = campaign.ledger.communes_of(keys)
    for key in keys:
        delivery = campaign.ledger.delivery(key)
        if delivery is None:
            continue
        output.say(
            _("{commune} ({key}): taken out of the lot; now: {status}.").format(
                commune=communes[key], key=key, status=statuses.status(delivery.status)
            )
        )
        if delivery.status is Status.QUEUED:
            output.say(
                _("The next “print” makes it again, unless: {command}").format(
                    command=f'publipostage suppress {typed(key)} --reason "…"'
                )
            )
