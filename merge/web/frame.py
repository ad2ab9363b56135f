"""The frame of a campaign's pages: its name, its rooms, and what waits in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from merge.app.overview import Glance
from merge.errors import Trouble
from merge.job import Step
from merge.model import Status
from merge.words import pages
from merge.words.language import translate

if TYPE_CHECKING:
    from merge.web.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameStep:
    """A link of the frame; `note` says what is there, in a word or a number."""

    label: str
    url: str
    is_here: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFrame:
    """What stands around a page."""

    name: str
    rooms: Sequence[FrameStep]
    gear: FrameStep


def of(exchange: Exchange) -> PageFrame:
    """The frame of the page that is shown. A campaign that cannot be read has no notes."""
    try:
        seen = exchange.glance
    except Trouble:
        return _frame(exchange, exchange.place.name, {})
    return _frame(exchange, seen.name, _notes(seen))


def ways_out(exchange: Exchange, steps: Sequence[Step]) -> Sequence[FrameStep]:
    """Links to where the steps of a reason are taken; none outside a campaign."""
    if exchange.number is None:
        return ()
    wanted = {pages.page_of(step) for step in steps}
    return [_link(exchange, page, {}) for page in pages.PAGES if page in wanted]


def _frame(exchange: Exchange, name: str, notes: Mapping[str, str]) -> PageFrame:
    rooms = [[_link(exchange, page, notes) for page in room] for room in pages.ROOMS]
    here = next((room for room in rooms if any(each.is_here for each in room)), ())
    *doors, gear = [replace(room[0], is_here=room is here) for room in rooms]
    return PageFrame(name=name, rooms=doors, gear=gear)


def _link(exchange: Exchange, page: str, notes: Mapping[str, str]) -> FrameStep:
    path, url = exchange.request.url.path, exchange.url(page)
    return FrameStep(
        label=translate(pages.PAGES[page]),
        url=url,
        is_here=path == url or path.startswith(url + "/"),
        note=notes.get(page, ""),
    )


def _notes(seen: Glance) -> Mapping[str, str]:
    email, paper = seen.counts.email, seen.counts.paper
    figures = {
        "recipients": seen.counts.recipients,
        "send": sum(
            each.get(status, 0)
            for each in (email, paper)
            for status in (Status.QUEUED, Status.DEFERRED)
        ),
        "inbox": seen.waiting,
    }
    return {name: f"{n:n}" for name, n in figures.items() if n}
