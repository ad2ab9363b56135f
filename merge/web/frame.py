"""The frame of a campaign's pages: its name, its steps, and what each came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from merge.app.overview import Glance, glance
from merge.errors import Trouble
from merge.job import Step
from merge.model import Status
from merge.words import pages
from merge.words.language import translate

if TYPE_CHECKING:
    from merge.web.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameStep:
    """One line of the frame's list; `note` says what it came to, in a word or a number."""

    label: str
    url: str
    is_here: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFrame:
    """What stands around a page."""

    name: str
    steps: Sequence[FrameStep]


def of(exchange: Exchange) -> PageFrame:
    """The frame of the page that is shown. A campaign that cannot be read has no notes."""
    try:
        seen = glance(exchange.campaign)
    except Trouble:
        return PageFrame(name=exchange.place.name, steps=_steps(exchange, {}))
    return PageFrame(name=seen.name, steps=_steps(exchange, _notes(seen)))


def ways_out(exchange: Exchange, steps: Sequence[Step]) -> Sequence[FrameStep]:
    """Links to where the steps of a reason are taken; none outside a campaign."""
    if exchange.number is None:
        return ()
    wanted = {pages.page_of(step) for step in steps}
    urls = {exchange.url(name) for name in wanted if name}
    return [step for step in _steps(exchange, {}) if step.url in urls]


def _steps(exchange: Exchange, notes: Mapping[str, str]) -> Sequence[FrameStep]:
    path, found = exchange.request.url.path, []
    for name, label in pages.PAGES.items():
        url = exchange.url(name)
        is_here = path == url or path.startswith(url + "/")
        found.append(
            FrameStep(label=translate(label), url=url, is_here=is_here, note=notes.get(name, ""))
        )
    return found


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
