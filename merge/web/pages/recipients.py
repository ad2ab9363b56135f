"""The recipients: one table of everybody, as a file too; another list, one more by hand, and the
last import undone.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePath
from typing import Any, cast
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import importing, recipients, uploads
from merge.app.importing import Import, Undone
from merge.app.opening import now
from merge.errors import Trouble
from merge.job import silent
from merge.ledger.records import ANSWER_STATES, LogFilter, LogLine, LogOrder
from merge.model import Audience, Channel, Recipient, Status
from merge.web import tags, work
from merge.web.downloads import download
from merge.web.exchange import Exchange, get, post
from merge.words import deliveries, envelopes, statuses
from merge.words import importing as words
from merge.words.dates import day, moment
from merge.words.language import N_, _, audience, ngettext, translate
from merge.words.lots import place as lot_place
from merge.words.reasons import field, name_of
from merge.words.troubles import reason_of

FILTERS: Mapping[str, str] = {
    "all": N_("All"),
    "to-send": N_("To send"),
    "sent": N_("Sent"),
    "paper": N_("Paper"),
    "to-correct": N_("To correct"),
    "unreachable": N_("Out of reach"),
    "in-doubt": N_("In doubt"),
    "answered": N_("Have answered"),
}
SORTS: Mapping[str, str] = {
    "name": N_("by name"),
    "department": N_("by département"),
    "status": N_("by status"),
    "-at": N_("the latest first"),
    "at": N_("the oldest first"),
}
"""Of a minus sign the other way round."""
WEEKS = (1, 2, 3, 4, 6, 8)
_IMPORTS = 5
FILES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ANYBODY = {
    "sex": "Civilité",
    "first_name": "Prénom",
    "surname": "Nom",
    "email": "Courriel",
    "street": "Adresse",
    "postcode": "Code postal",
    "locality": "Ville",
}
_OF_COMMUNES = {"insee": "Code INSEE", "commune": "Commune", "department": "Département"}
_OF_OTHERS = {**_ANYBODY, "country": "Pays", "number": "Identifiant"}
BY_HAND: Mapping[Audience, Mapping[str, str]] = {
    "communes": {**_OF_COMMUNES, **_ANYBODY},
    "people": _OF_OTHERS,
    "organisations": {"organisation": "Organisation", **_OF_OTHERS},
}
"""The fields of one row, and the columns that are known for them."""


# What an address asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class TableAsked:
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


def _asking(chosen: LogFilter) -> TableAsked:
    """What asks for one of the filters that have a figure."""
    return TableAsked(
        state=" ".join(chosen.statuses),
        channel="".join("none" if way is None else way.value for way in chosen.channels),
        answer=" ".join(chosen.answers),
    )


def _several(said: str) -> Sequence[str]:
    """The answers of the address: those of every campaign, or one wording of this one."""
    words = tuple(said.split())
    return words if all(word in ANSWER_STATES for word in words) else (said,)


def _channel(name: str) -> Channel | None:
    return None if name == "none" else Channel(name)


def _asked(exchange: Exchange) -> TableAsked:
    wordings, given = recipients.wordings(exchange.campaign), exchange.request.query_params

    def among(name: str, known: Sequence[str]) -> str:
        """Those of the field's words that are known."""
        return " ".join(each for each in given.get(name, "").split() if each in known)

    answer = given.get("answer", "")
    code = given.get("department", "")
    number = given.get("page", "")
    weeks = given.get("weeks", "")
    sort = given.get("sort", "")
    return TableAsked(
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


# The table


def _row(line: LogLine, zone: ZoneInfo) -> Mapping[str, Any]:
    """A recipient in words, with a colour where a word has one; times in `zone`."""
    recipient, delivery, how = line.recipient, line.delivery, ""
    if delivery is not None:
        how = statuses.channel(delivery.channel)
        if delivery.lot is not None:
            lies = lot_place(str(delivery.lot), str(delivery.position))
            how = _("{channel}, lot {place}").format(channel=how, place=lies)
        if delivery.status is not Status.QUEUED:
            how = f"{how}, {moment(delivery.at, zone)}"
    answered_at = line.answered_at
    return {
        "number": line.number,
        "name": recipient.name or recipient.key,
        "department": recipient.department,
        "person": f"{_civility(recipient)} {recipient.person}".strip() if recipient.person else "",
        "state": tags.of_letter(delivery),
        "how": how,
        "answer": tags.of_answer(line.meaning, unread=line.unread),
        "answered_on": day(f"{answered_at.astimezone(zone):%Y-%m-%d}") if answered_at else "",
        "telephone": recipients.telephone(recipient),
    }


def _civility(recipient: Recipient) -> str:
    return recipient.civility or {"F": _("Ms"), "M": _("Mr")}.get(recipient.sex or "", "")


def show(exchange: Exchange) -> Response:
    """The page."""
    return _page(exchange, 200, wrong={})


def _page(exchange: Exchange, status: int, *, wrong: Mapping[str, str]) -> Response:
    asked, campaign = _asked(exchange), exchange.campaign
    table = recipients.table(campaign, asked.chosen, asked.order, asked.page)
    counts, asked = recipients.counts(campaign), replace(asked, page=table.number)
    ended = exchange.site.staged.ended(exchange.place)
    is_plain = asked.chosen.is_everybody and asked.page == 1  # whoever looks for one waits less
    imports = campaign.ledger.readings.imports(_IMPORTS) if is_plain else ()
    last = next((each for each in imports if each.can_be_undone), None)
    seen = exchange.see(
        "recipients.html",
        status,
        asked=asked,
        table=table,
        is_to_people=campaign.settings.campaign.is_to_people,
        lines=[_row(line, campaign.zone) for line in table.lines],
        counts=counts,
        filters=[
            (translate(label), counts[name], _asking(recipients.FILTERS[name]))
            for name, label in FILTERS.items()
            if counts[name] or name == "all"
        ],
        last=last,
        names=[PurePath(each).name for each in last.files] if last else (),
        left=importing.left_rows(campaign.ledger) if last else (),
        waiting=uploads.waiting(campaign.folder) if is_plain else (),
        done=_done(ended) if ended else (),
        undone=isinstance(ended, Undone),
        moment=lambda at: moment(at, campaign.zone),
        by_hand=[(name, field(name)) for name in BY_HAND[audience()]],
        name_of=name_of,
        sorts={
            name: translate(label)
            for name, label in SORTS.items()
            if name != "department" or table.departments
        },
        states={status.value: statuses.status(status) for status in Status},
        channels={
            **{name: statuses.channel(Channel(name)) for name in _channels()},
            "none": _("neither"),
        },
        answers={code: deliveries.answer(code) for code in (*ANSWER_STATES, *table.wordings)},
        weeks={n: ngettext("{n} week ago", "{n} weeks ago", n).format(n=n) for n in WEEKS},
        wrong=wrong,
        typed=exchange.typed(),
    )
    if exchange.is_swap:  # so that Back finds the same again
        seen.headers["Content-Location"] = exchange.url("recipients", query=asked.query())
    return seen


def _done(ended: Import | Undone) -> Sequence[str]:
    """What became of the list a moment ago."""
    told = [statuses.channels(ended.counts)]
    if isinstance(ended, Import):
        told += [words.import_change(ended.change), *words.noticed(ended.change)]
        told += envelopes.older(ended.older)
    return told


async def file(exchange: Exchange) -> Response:
    """Download all pages of the filtered table."""
    form = exchange.request.path_params["form"]
    if form not in FILES:
        raise HTTPException(404)
    asked = _asked(exchange)
    is_personal = exchange.campaign.settings.campaign.is_to_people
    said = _("recipients-personal-data.{form}") if is_personal else _("recipients.{form}")
    name = said.format(form=form)
    content = await exchange.jobs.call(
        work.log_file, exchange.place, asked.chosen, asked.order, form, name
    )
    return download(content, name, FILES[form])


# More of them, and fewer


def upload(exchange: Exchange) -> Response:
    """Store uploads, and show the first."""
    files = exchange.files("sheet")
    if not files:
        return _page(exchange, 422, wrong={"sheet": _("Choose a file first.")})
    try:
        kept = [uploads.keep(exchange.place, each.filename or "", each.file) for each in files]
    except Trouble as trouble:
        reason = reason_of(trouble)
        said = _("{file}: {reason}").format(file=trouble.path, reason=reason)
        return _page(exchange, 422, wrong={"sheet": said})
    return exchange.go("list-file", waiting=kept[0].token)


def by_hand(exchange: Exchange) -> Response:
    """One row that was typed: it goes the way of a file."""
    asked = BY_HAND[audience()]
    cells = [exchange.text(name).strip() for name in asked]
    if not any(cells):
        return _page(exchange, 422, wrong={next(iter(asked)): _("Fill in at least who it is.")})
    table = io.StringIO()
    writer = csv.writer(table, delimiter=";")
    writer.writerows([[*asked.values()], cells])
    name = _("added by hand") + ".csv"
    kept = uploads.keep(exchange.place, name, io.BytesIO(table.getvalue().encode()))
    return exchange.go("list-file", waiting=kept.token)


async def undo(exchange: Exchange) -> Response:
    """Undo the last import."""
    undone = await exchange.jobs.call(importing.undo, exchange.place, silent)
    exchange.site.staged.end(exchange.place, undone)
    return exchange.go("recipients")


_AT = "/c/{campaign:int}/recipients"
routes = [
    get(_AT, "recipients", show),
    get(f"{_AT}/file/{{form}}", "recipients-file", file),
    post(f"{_AT}/upload", "list-upload", upload),
    post(f"{_AT}/by-hand", "list-by-hand", by_hand),
    post(f"{_AT}/undo", "list-undo", undo),
]
