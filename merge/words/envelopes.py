"""Envelopes that should not go into the post, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.job import Step
from merge.model import Channel, Delivery, Status
from merge.words import pages
from merge.words.language import N_, _, translate
from merge.words.reasons import typed
from merge.words.statuses import and_more, status

if TYPE_CHECKING:
    from merge.campaign.envelopes import Older, Stays

WHY_WORDS: Mapping[str, str] = {
    "peace": N_("must not be written to"),
    "answered": N_("has answered since"),
    "came-back": N_("the letter that it reminds of came back"),
}


def lines(stays: Sequence[Stays]) -> Iterator[str]:
    """Where each lies and why it stays; under those of a lot, what to do about them."""
    for place, each in enumerate(stays):
        yield line(each)
        if stays[place + 1 :] and stays[place + 1].lot == each.lot:
            continue
        yield take_out(each.lot, [one.key for one in stays if one.lot == each.lot])
        if each.status is Status.MADE:
            yield _("If nothing is printed yet, make the lot anew without them: {command}").format(
                command=_discard(each.lot)
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
        why=translate(WHY_WORDS[each.why]),
    )


def take_out(lot: int, keys: Sequence[str]) -> str:
    """What to do about these: whoever stands not in the command counts as posted."""
    without = [word for key in keys for word in ("--except", typed(key))]
    posted = Step(command="print", options=("--posted", str(lot), *without))
    return _("Take out by hand what is not to be posted, then: {command}").format(
        command=pages.told(posted)
    )


def _discard(lot: int) -> str:
    return pages.told(Step(command="print", options=("--discard", str(lot))))


def taken_out(deliveries: Sequence[Delivery], names: Mapping[str, str]) -> Iterator[str]:
    """Where those stand now whose envelope was taken out; `names` by key."""
    for delivery in deliveries:
        yield _("{commune} ({key}): taken out of the lot; now: {status}.").format(
            commune=names[delivery.key], key=delivery.key, status=status(delivery.status)
        )
        if delivery.status is Status.QUEUED:
            yield _("The next “{next}” makes it again, unless: {command}").format(
                next="print" if delivery.channel is Channel.PAPER else "send",
                command=f'publipostage suppress {typed(delivery.key)} --reason "…"',
            )


def older(lots: Sequence[Older]) -> Iterator[str]:
    """Which letters in these lots are as they were before a change, and what to do about them."""
    for each in lots:
        for key, commune, position in each.shown:
            yield _(
                "{commune} ({key}): letter {position} of lot {lot} is as it was before this change."
            ).format(commune=commune, key=key, lot=each.lot, position=position)
        if left := len(each.keys) - len(each.shown):
            yield f"{and_more(left)}."
        if each.status is Status.MADE:
            yield _("If nothing is printed yet, make the lot anew: {command}").format(
                command=_discard(each.lot)
            )
        yield take_out(each.lot, each.keys)
