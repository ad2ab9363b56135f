"""An uploaded list: what becomes of it, how it is read, its faults mended, then taken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import configure, staging, uploads
from merge.app.staging import Staged
from merge.app.uploads import Upload
from merge.errors import Misuse, Refused
from merge.settings import SOURCE
from merge.web.exchange import Exchange, Handler, get, post
from merge.words import columns, events, importing
from merge.words.language import _, translate
from merge.words.reasons import field, name_of
from merge.words.troubles import reason_of

_ENCODINGS = ("utf-8", "cp1252", "iso-8859-15", "mac-roman", "utf-16")
_DELIMITERS = (";", ",", "tab", "|")
_OF_A_KIND = 10
"""Rows with a fault of one kind that are shown beside those of others."""


async def show(exchange: Exchange) -> Response:
    """The file as it would be imported, with all its faults, or with those of one kind."""
    return await _shown(exchange, _upload(exchange))


async def change(exchange: Exchange, waiting: Upload) -> Response:
    """Read it otherwise, choose fields, correct cells, or forget all of that: as its button says.

    Nothing is taken.
    """
    what = exchange.text("do")
    if what == "anew":
        uploads.keep_choices(waiting, {})
        return exchange.go("list-file", waiting=waiting.token)
    if what == "reading":
        return await _read_otherwise(exchange, waiting)
    return await _keep(exchange, waiting, confirms=what == "columns", at=what or "problems")


async def _read_otherwise(exchange: Exchange, waiting: Upload, **query: int) -> Response:
    """Keep the reading options: encoding, separator, header row, worksheet, département."""
    row = exchange.text("header_row").strip()
    if row and not (row.isdecimal() and 0 < int(row) < 1_000_000):
        wrong = {"header_row": _("The number of a row: 1, 2, 3…")}
        return await _shown(exchange, waiting, 422, wrong=wrong)
    staging.set_reading(
        waiting,
        encoding=exchange.text("encoding") or None,
        delimiter=exchange.text("delimiter") or None,
        header_row=int(row) if row else None,
        sheet=exchange.text("worksheet") or None,
        department=exchange.text("department").strip() or None,
    )
    return exchange.go("list-file", waiting=waiting.token, query=query)


async def _keep(
    exchange: Exchange, waiting: Upload, *, confirms: bool = False, **query: str | int
) -> Response:
    """Keep what was changed on the page: the fields of columns, and cells."""
    staged = await exchange.site.staged.of(exchange.place, waiting)
    chosen = _chosen(exchange, staged)
    headers = [*chosen]
    if cells := _mended(exchange, staged):
        staging.mend(waiting, cells)
    try:
        if chosen != _shown_as(staged) or (confirms and not cells):
            staging.set_columns(waiting, headers, chosen)
    except Misuse as trouble:
        name = str(trouble.facts["field"])
        trouble.facts["field"] = field(name)
        at = next(at for at, header in enumerate(headers) if chosen[header] == name)
        wrong = {f"column-{at}": str(reason_of(trouble))}
        return await _shown(exchange, waiting, 422, wrong=wrong, chosen=chosen)
    return exchange.go("list-file", waiting=waiting.token, query=query)


def _shown_as(staged: Staged) -> dict[str, str]:
    """The field that the page shows for each column."""
    is_left_out = ("dropped", "aside")
    return {
        each.header: staging.LEFT_OUT if each.why in is_left_out else each.field
        for each in staged.columns
    }


def _chosen(exchange: Exchange, staged: Staged) -> dict[str, str]:
    typed, shown = exchange.typed(), _shown_as(staged)
    headers = enumerate(each.header for each in staged.columns)
    return {header: typed.get(f"column-{at}", shown[header]) for at, header in headers}


def _mended(exchange: Exchange, staged: Staged) -> dict[tuple[int, str], str]:
    """The cells that were changed in the form, and the one whose suggestion was taken."""
    headers = [column.header for column in staged.columns]
    suggested, cells = exchange.text("take"), dict[tuple[int, str], str]()
    for kind in staged.kinds:
        for each in kind.first:
            if each.problem.cell is None:
                continue
            problem = each.problem
            name = f"cell-{problem.row}-{headers.index(problem.column)}"
            if suggested == f"{name}-{problem.code}":
                cells[problem.row, problem.column] = each.suggested
            elif name in exchange.typed() and exchange.text(name) != each.problem.cell.replace(
                "\r\n", "\n"
            ):
                cells[problem.row, problem.column] = exchange.text(name)
    return cells


def _is_read_otherwise(exchange: Exchange, waiting: Upload, staged: Staged) -> bool:
    """Whether a reading option was changed on the page."""
    said, typed = uploads.choices(waiting).get("reading", {}), exchange.typed()
    shown = {each: said.get(each) for each in ("encoding", "delimiter", "header_row", "department")}
    shown["worksheet"] = said.get("sheet") or (staged.file.sheet if staged.file else None)
    return any(
        typed.get(each, value or "").strip() != str(value or "") for each, value in shown.items()
    )


def drop(exchange: Exchange) -> Response:
    """Remove the upload."""
    uploads.remove(_upload(exchange))
    return exchange.go("recipients")


async def take(exchange: Exchange, waiting: Upload) -> Response:
    """Import it as it was shown; what was changed on the page is kept and shown first."""
    staged = await exchange.site.staged.of(exchange.place, waiting)
    if _is_read_otherwise(exchange, waiting, staged):
        return await _read_otherwise(exchange, waiting, mended=1)
    if _mended(exchange, staged) or _chosen(exchange, staged) != _shown_as(staged):
        return await _keep(exchange, waiting, at="problems", mended=1)
    wants = staged.outcome.wants if staged.outcome else ()
    if wants and not exchange.text("names"):
        wrong = {"names": _("This is only taken with a yes of yours.")}
        return await _shown(exchange, waiting, 422, wrong=wrong)
    agreed = [want.agreed() for want in wants]
    shown = exchange.text("version")
    try:
        done = await exchange.jobs.call(staging.take, exchange.place, waiting, agreed, shown)
    except Refused as trouble:
        if trouble.code != "list-changed":
            raise
        return _changed(exchange, waiting)
    if done.wants:  # a letter has left since
        exchange.site.staged.forget_one(waiting)
        return exchange.go("list-file", waiting=waiting.token, query={"changed": 1})
    exchange.site.staged.end(exchange.place, done)
    return exchange.go("recipients")


# What is shown


async def _shown(
    exchange: Exchange, waiting: Upload, status: int = 200, **values: object
) -> Response:
    staged = await exchange.site.staged.of(exchange.place, waiting)
    reason = reason_of(staged.trouble) if staged.trouble else None
    told: dict[str, Any] = {"wrong": {}, "chosen": _shown_as(staged), **values}
    if reason and not told["wrong"]:
        told["wrong"] = {"": str(reason)}
        status = 422
    only = exchange.query("kind")
    kinds = [kind for kind in staged.kinds if only in ("", kind.code)]
    outcome, settings = staged.outcome, exchange.campaign.settings
    sheet = outcome.sheets[0] if outcome else None
    return exchange.see(
        "list_file.html",
        status,
        upload=waiting,
        staged=staged,
        outcome=outcome,
        sheet=sheet,
        version=uploads.version(waiting),
        changed=bool(exchange.query("changed")),
        mended=bool(exchange.query("mended")),
        at=exchange.query("at"),
        reason=reason,
        only=only if kinds else "",
        kinds=kinds or staged.kinds,
        at_most=None if only and kinds else _OF_A_KIND,
        source=settings.sender.address_source
        or (SOURCE if settings.campaign.is_to_communes else ""),
        households=outcome.change.households
        if outcome and not settings.campaign.is_to_communes
        else 0,
        one_envelope=settings.paper.households,
        by_email=sum(outcome.counts.email.values()) if outcome else 0,
        by_paper=sum(outcome.counts.paper.values()) if outcome else 0,
        groups=columns.groups(),
        kept_option=columns.kept_option(),
        left_out=staging.LEFT_OUT,
        encodings=_ENCODINGS,
        delimiters=_DELIMITERS,
        said=uploads.choices(waiting).get("reading", {}),
        translate=translate,
        field=field,
        proposal=columns.proposal,
        understood=columns.understood,
        name_of=name_of,
        problem=importing.problem,
        warnings=[importing.of_the_sheet(each) for each in staged.warnings],
        age=[*importing.age(sheet.age)] if sheet else [],
        noticed=[*importing.noticed(outcome.change)] if outcome else [],
        change=importing.import_change(outcome.change) if outcome else "",
        what_changed=importing.what_changed(staged.fields) if staged.fields else "",
        recipient=importing.recipient,
        to_agree=importing.to_agree(outcome.renamed, outcome.change.doubled)
        if outcome and outcome.wants
        else "",
        questions=[events.question(want) for want in outcome.wants] if outcome else [],
        worksheets=_worksheets(staged),
        places={column.header: at for at, column in enumerate(staged.columns)},
        **told,
    )


def _worksheets(staged: Staged) -> list[str]:
    """Other worksheets to choose from, where no table was found."""
    if staged.file or staged.trouble is None:
        return []
    others = str(staged.trouble.facts.get("others") or staged.trouble.facts.get("sheets") or "")
    return others.split(", ") if others else []


def _upload(exchange: Exchange) -> Upload:
    found = uploads.find(exchange.place, str(exchange.request.path_params["waiting"]))
    if found is None:  # it was taken, put away, or has waited for too long
        raise HTTPException(410)
    return found


def _as_shown(handler: Callable[[Exchange, Upload], Awaitable[Response]]) -> Handler:
    """A handler for the version that the form has shown; another one is shown anew. Where the
    addresses come from, and whether a household gets one envelope, is kept with the settings.
    """

    async def answer(exchange: Exchange) -> Response:
        waiting = _upload(exchange)
        if exchange.text("version") != uploads.version(waiting):
            return _changed(exchange, waiting)
        typed = {"sender.address_source": exchange.text("source").strip()}
        if "households-shown" in exchange.typed():
            is_on = bool(exchange.text("households"))
            if is_on != exchange.campaign.settings.paper.households:
                typed["paper.households"] = "true" if is_on else "false"
        exchange.let_go()
        if changes := {name: value for name, value in typed.items() if value}:
            configure.change(exchange.place, configure.look(exchange.place).version, changes)
        return await handler(exchange, waiting)

    return answer


def _changed(exchange: Exchange, waiting: Upload) -> Response:
    return exchange.go("list-file", waiting=waiting.token, query={"changed": 1})


_FILE = "/c/{campaign:int}/recipients/list/{waiting}"
routes = [
    get(_FILE, "list-file", show),
    post(f"{_FILE}/change", "list-change", _as_shown(change)),
    post(f"{_FILE}/drop", "list-drop", drop),
    post(f"{_FILE}/take", "list-take", _as_shown(take)),
]
