"""The log: all recipients, looked through a page at a time, and as a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import log
from merge.app.opening import now
from merge.ledger.records import ANSWER_STATES, LogFilter, LogOrder
from merge.model import Channel, Status
from merge.web import work
from merge.web.downloads import download
from merge.web.exchange import Exchange, get
from merge.web.lines import shown
from merge.words import deliveries, statuses
from merge.words.language import N_, _, ngettext, translate
from merge.words.reasons import typed

SORTS: Mapping[str, str] = {
    "name": N_("by name"),
    "department": N_("by département"),
    "status": N_("by status"),
    "-at": N_("the latest first"),
    "at": N_("the oldest first"),
}
"""Of a minus sign the other way round."""
WEEKS = (1, 2, 3, 4, 6, 8)
FILES = {
    "csv": ("text/csv; charset=utf-8", "--format csv --excel"),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "--format xlsx",
    ),
}
"""Each with its media type, and the options of `log` that make it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAsked:
    """The filter, order and page that an address asks for; invalid values are ignored."""

    words: str = ""
    state: str = ""
    channel: str = ""
    department: str = ""
    answer: str = ""
    weeks: int = 0
    sort: str = "name"
    page: int = 1

    @property
    def chosen(self) -> LogFilter:
        """The filter."""
        return LogFilter(
            find=self.words,
            statuses=tuple(Status(each) for each in self.state.split()),
            channels=(_channel(self.channel),) if self.channel else (),
            departments=(self.department,) if self.department else (),
            answers=_several(self.answer),
            left_before=now() - timedelta(weeks=self.weeks) if self.weeks else None,
        )

    @property
    def order(self) -> LogOrder:
        """The order."""
        by = cast("Any", self.sort.removeprefix("-"))
        return LogOrder(by=by, descending=self.sort.startswith("-"))

    def query(self, **other: object) -> Mapping[str, object]:
        """The query of the address, with some fields changed."""
        asked = replace(self, **other)  # type: ignore[arg-type]  # by the name of its field
        named = {
            "words": asked.words,
            "state": asked.state,
            "channel": asked.channel,
            "department": asked.department,
            "answer": asked.answer,
            "weeks": asked.weeks or "",
            "sort": asked.sort if asked.sort != "name" else "",
            "page": asked.page if asked.page > 1 else "",
        }
        return {name: value for name, value in named.items() if value}

    def command(self, form: str = "") -> str:
        """The command line that shows the same, or writes it to a file."""
        options = [("--find", self.words)] if self.words else []
        options += [("--status", each) for each in self.state.split()]
        options += [("--channel", self.channel)] if self.channel else []
        options += [("--department", self.department)] if self.department else []
        options += [("--answer", each) for each in _several(self.answer)]
        options += [("--after", f"{self.weeks}w")] if self.weeks else []
        said = [f"{name} {typed(value)}" for name, value in options]
        said += [FILES[form][1], f"-o log.{form}"] if form else []
        return " ".join(["publipostage log", *said])


def _several(said: str) -> Sequence[str]:
    """The answers of the address: those of every campaign, or one wording of this one."""
    words = said.split()
    return words if all(word in ANSWER_STATES for word in words) else (said,)


def _channel(name: str) -> Channel | None:
    return None if name == "none" else Channel(name)


def _asked(exchange: Exchange) -> LogAsked:
    wordings, field = log.wordings(exchange.campaign), exchange.request.query_params

    def among(name: str, known: Sequence[str]) -> str:
        """Those of the field's words that are known."""
        return " ".join(each for each in field.get(name, "").split() if each in known)

    answer = field.get("answer", "")
    code = field.get("department", "")
    number = field.get("page", "")
    weeks = field.get("weeks", "")
    sort = field.get("sort", "")
    return LogAsked(
        words=exchange.query("words").strip()[:200],
        state=among("state", [status.value for status in Status]),
        channel=among("channel", [*_channels(), "none"]).partition(" ")[0],
        department=code if re.fullmatch(r"[0-9AB]{2,3}", code) else "",
        answer=answer if answer in wordings else among("answer", ANSWER_STATES),
        weeks=int(weeks) if re.fullmatch(r"[1-9][0-9]?", weeks) else 0,
        sort=sort if sort in SORTS else "name",
        page=int(number) if re.fullmatch(r"[0-9]{1,8}", number) else 1,
    )


def _channels() -> Sequence[str]:
    return [channel.value for channel in Channel]


def show(exchange: Exchange) -> Response:
    """The page, or its lines alone."""
    asked = _asked(exchange)
    page = log.page(exchange.campaign, asked.chosen, asked.order, asked.page)
    seen = exchange.see(
        "log_lines.html" if exchange.is_swap else "log.html",
        asked=replace(asked, page=page.number),
        page=page,
        next_step=_next_step(exchange, page, asked),
        lines=[shown(line, page.zone) for line in page.lines],
        sorts={
            name: translate(label)
            for name, label in SORTS.items()
            if name != "department" or page.departments
        },
        states={status.value: statuses.status(status) for status in Status},
        channels={
            **{name: statuses.channel(Channel(name)) for name in _channels()},
            "none": _("neither"),
        },
        answers={code: deliveries.answer(code) for code in (*ANSWER_STATES, *page.wordings)},
        weeks={n: ngettext("{n} week ago", "{n} weeks ago", n).format(n=n) for n in WEEKS},
    )
    if exchange.is_swap:  # so that Back finds the same again
        seen.headers["Content-Location"] = exchange.url("log", query=asked.query(page=page.number))
    return seen


def _next_step(exchange: Exchange, page: log.LogPage, asked: LogAsked) -> tuple[str, str, str]:
    """A sentence, what to click, and where that leads."""
    if not page.total and asked.chosen.is_everybody:
        return _("Nobody is here yet."), _("Take a list"), exchange.url("list")
    told = _("Who is to be called, thanked, or written to again?")
    return told, _("Look at the result"), exchange.url("result")


async def file(exchange: Exchange) -> Response:
    """Download all pages of the filtered log."""
    form = exchange.request.path_params["form"]
    if form not in FILES:
        raise HTTPException(404)
    asked = _asked(exchange)
    chosen, order = asked.chosen, asked.order
    is_personal = exchange.campaign.settings.campaign.is_to_people
    said = _("log-personal-data.{form}") if is_personal else _("log.{form}")
    name = said.format(form=form)
    content = await exchange.jobs.call(work.log_file, exchange.place, chosen, order, form, name)
    return download(content, name, FILES[form][0])


routes = [
    get("/c/{campaign:int}/log", "log", show),
    get("/c/{campaign:int}/log/file/{form}", "log-file", file),
]
