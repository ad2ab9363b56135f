"""Envelopes that should not go into the post, said wherever somebody may be about to post them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.campaign.envelopes import Why
from merge.cli import output
from merge.model import Delivery, Status
from merge.words import statuses
from merge.words.language import _
from merge.words.reasons import typed

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.campaign.envelopes import Stays

_SHOWN = 10  # of those in one lot

WHY_WORDS: Mapping[Why, str] = {
    Why.SUPPRESSED: _("must not be written to"),
    Why.ANSWERED: _("has answered since"),
    Why.CAME_BACK: _("the letter that it reminds of came back"),
}


def lines(stays: Sequence[Stays]) -> Iterator[str]:
    """Where each lies and why it stays; under those of a lot, what to do about them."""
    for place, each in enumerate(stays):
        yield line(each)
        if stays[place + 1 :] and stays[place + 1].lot == each.lot:
            continue
        yield _take_out(each.lot, [one.key for one in stays if one.lot == each.lot])
        if each.status is Status.MADE:
            yield _("If nothing is printed yet, make the lot anew without them: {command}").format(
                command=f"publipostage print --discard {each.lot}"
            )


def line(each: Stays) -> str:
    """Where one lies, and why it should not be posted."""
    return _(
        "Lot {lot}, letter {position}: do not post this envelope. {commune} ({key}): {why}."
    ).format(
        lot=each.lot,
        position=each.position,
        commune=each.commune,
        key=each.key,
        why=WHY_WORDS[each.why],
    )


def tell(campaign: Campaign, lot: int | None = None) -> None:
    """Say which envelopes stay, of all lots or of one."""
    from merge.app.suppression import envelopes_to_keep

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
        yield _take_out(lot, [one.key for one in inside])


def _take_out(lot: int, keys: Sequence[str]) -> str:
    """What to do about these: whoever stands not in the command counts as posted."""
    without = " ".join(f"--except {typed(key)}" for key in keys)
    return _("Take out by hand what is not to be posted, then: {command}").format(
        command=f"publipostage print --posted {lot} {without}"
    )


def taken_out(campaign: Campaign, lot: int, words: Sequence[str], *, ask: bool) -> Sequence[str]:
    """The keys of those whose envelope stays, as a person says: `words`, and each that is asked.

    Misuse("nobody-called") or ("several-called"). Unless `ask`, what was not named is posted.
    """
    from merge.app.suppression import envelopes_to_keep
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
