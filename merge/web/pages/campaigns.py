"""This user's campaigns, unfinished forms, and a field to open another folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from merge import settings
from merge.app import campaigns as app
from merge.app import new
from merge.app.campaigns import KnownCampaign
from merge.app.keeping import NOT_THE_ONE
from merge.errors import SettingsError, Trouble
from merge.web.exchange import Exchange, get, post
from merge.words import dates, statuses
from merge.words.reasons import reason
from merge.words.reasons.form import Reason
from merge.words.troubles import reason_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLine:
    """A campaign in the list."""

    number: int
    name: str
    place: Path
    stands: str
    warnings: tuple[Reason, ...]
    is_gone: bool
    way_out: str  # the page that mends it, "" for none


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunLine:
    """An unfinished form in the list."""

    number: int
    name: str
    day: str


def show(exchange: Exchange) -> Response:
    """The page."""
    return _see(exchange)


def open_folder(exchange: Exchange) -> Response:
    """Open a folder that is not in the list, such as a copy, or one on a stick."""
    try:
        place = exchange.path("folder") or Path.home()
        settings.bytes_of(place)
    except Trouble as trouble:
        wrong = {"folder": str(reason_of(trouble))}
        return _see(exchange, 422, wrong=wrong, typed=exchange.text("folder"))
    return exchange.go("today", campaign=exchange.site.open(place))


def _see(
    exchange: Exchange,
    status: int = 200,
    wrong: dict[str, str] | None = None,
    typed: str = "",
) -> Response:
    lines = [_line(exchange, each) for each in app.campaigns(exchange.site.places)]
    begun = [
        BegunLine(
            number=each.number,
            name=each.answers.get("name", ""),
            day=dates.day(each.at.astimezone().date().isoformat()),
        )
        for each in new.unfinished()
    ]
    return exchange.see(
        "campaigns.html", status, lines=lines, begun=begun, wrong=wrong or {}, typed=typed
    )


def _line(exchange: Exchange, known: KnownCampaign) -> CampaignLine:
    warnings = [
        reason(each.code, {"path": each.path, "detail": each.detail, "known_path": each.detail})
        for each in known.cautions
    ]
    if known.trouble and not known.is_gone:
        warnings.append(reason_of(known.trouble))
    return CampaignLine(
        number=exchange.site.open(known.place),
        name=known.name,
        place=known.place,
        stands=statuses.channels(known.counts) if known.counts else "",
        warnings=tuple(warnings),
        is_gone=known.is_gone,
        way_out=_way_out(known),
    )


def _way_out(known: KnownCampaign) -> str:
    if isinstance(known.trouble, SettingsError):
        return "settings"
    return "keeping" if NOT_THE_ONE & {each.code for each in known.cautions} else ""


routes = [
    get("/", "campaigns", show),
    post("/open", "open-folder", open_folder),
]
