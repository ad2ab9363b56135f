"""Check and test: faults and notes of all letters, a letter to oneself, and open points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import RedirectResponse, Response

from merge.app import readiness, trial
from merge.app.check import CheckResult
from merge.app.opening import now
from merge.app.readiness import OpenPoint, Readiness
from merge.errors import Misuse, Trouble
from merge.letters import amounts
from merge.letters.language import Stretch
from merge.letters.leftovers import Slip
from merge.letters.remarks import Remark
from merge.model import LetterFault, Status
from merge.web.exchange import STATUS, Exchange, get, post
from merge.web.memory import Check, Tested
from merge.web.pages.preview import begin
from merge.web.previews import Look
from merge.words import arrival, blanks, findings, sending, sums
from merge.words import overview as words
from merge.words.reasons.form import Reason
from merge.words.troubles import reason_of, unexpected, unwritten

GROUPS_SHOWN = 30
NAMES_SHOWN = 12
_BY_CHECKING = ("not-checked", "changed-since")
_FOR_INFORMATION = ("pages-not-measured", "no-mailbox")
"""Open points that a person cannot settle here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A recipient, and the address of its page."""

    commune: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Words of the letter in their context, with the address of the editor."""

    before: str
    words: str
    after: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellAtFault:
    """A cell of the sheet that keeps a sum from being made, and whose letter waits for it."""

    row: str
    column: str
    cell: str
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultGroup:
    """Letters that cannot leave for the same reason. Where cells of the sheet are the reason, they
    are shown, and no excerpt.
    """

    why: Reason
    names: Sequence[Name]
    more: int
    excerpt: Excerpt | None
    cells: Sequence[CellAtFault]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLine:
    """A note to be confirmed: its words, and the recipients that it concerns."""

    mark: str
    why: Reason
    place: str
    excerpt: Excerpt | None
    names: Sequence[Name]
    more: int
    is_confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftLine:
    """An open point, and the address where it is settled."""

    code: str
    words: str
    url: str


async def show(exchange: Exchange) -> Response:
    """The page."""
    return await _page(exchange)


async def check(exchange: Exchange) -> Response:
    """Start a check of all letters in a process of its own."""
    exchange.site.checks.begin(exchange.place)
    return exchange.go("check")


def confirm(exchange: Exchange) -> Response:
    """Confirm notes, or withdraw the confirmation."""
    marks = exchange.texts("mark")
    readiness.confirm(exchange.place, marks, taken_back=bool(exchange.text("back")))
    return RedirectResponse(exchange.url("check") + "#notes", status_code=303)


async def test(exchange: Exchange) -> Response:
    """Send one letter to oneself."""
    address = exchange.text("address").strip()
    try:
        tried = await exchange.jobs.call(trial.try_one, exchange.place, address)
    except Misuse as wrong:
        if wrong.code != "value-unfit":
            raise
        return await _page(exchange, 422, {"address": str(reason_of(wrong))})
    except Trouble as trouble:
        status = STATUS.get(trouble.exit_code, 500)
        return await _page(exchange, status, {"address": str(reason_of(trouble))})
    outcome, commune = tried.outcome, tried.recipient.name
    if isinstance(outcome, LetterFault):
        return await _page(exchange, 422, {"address": findings.fault(outcome, commune)})
    if outcome.status is not Status.SENT:
        return await _page(exchange, 409, {"address": sending.refused_test(outcome, address)})
    exchange.site.checks.tested[exchange.place] = Tested(address, commune)
    return RedirectResponse(exchange.url("check") + "#test", status_code=303)


async def _page(
    exchange: Exchange, status: int = 200, wrong: Mapping[str, str] | None = None
) -> Response:
    looks = [
        await begin(exchange, wave=wave) for wave in readiness.waves_waiting(exchange.campaign)
    ]
    versions = {look.asked.wave: look.mail.version for look in looks if look.mail}
    state = readiness.look(exchange.campaign, versions)
    last = exchange.site.checks.of(exchange.place)
    result = last.result if last else None
    tested = exchange.site.checks.tested.get(exchange.place)
    is_at_work = bool(last and last.is_at_work)
    left = [_left(exchange, each) for each in state.open_points]
    aside = _FOR_INFORMATION + (_BY_CHECKING if is_at_work else ())
    to_do = [each for each in left if each.code not in aside]
    return exchange.see(
        "check.html",
        status,
        wrong=wrong or {},
        address=exchange.text("address") or (tested.address if tested else ""),
        broken=next(((each, reason_of(each.trouble)) for each in looks if each.trouble), None),
        is_at_work=is_at_work,
        failed=_failed(last),
        summary=words.checked(state.checked, state.zone, now()) if state.checked else "",
        result=result,
        groups=_groups(exchange, result, looks) if result else (),
        overlong=_names(exchange, result, result.findings.overlong) if result else (),
        arrives=_arrives(result) if result else (),
        details=_details(result) if result else (),
        sums=list(sums.compared(result.sums)) if result else (),
        notes=_notes(exchange, result, looks, state) if result else (),
        notes_open=sum(each.n for each in state.open_points if each.code == "notes-open"),
        said_sent=sending.tested(tested.commune, tested.address) if tested else "",
        left=left,
        next_left=next(iter(to_do), None),
        can_test=not {"no-account", "servers-not-approved"}
        & {each.code for each in state.open_points},
        **_shares(result),
    )


def _shares(result: CheckResult | None) -> dict[str, Any]:
    found = result.findings if result else None
    return {
        "letters": found.letters if found else 0,
        "n_at_fault": len(found.faults) if found else 0,
        "stops_all": bool(found and found.stops_all),
    }


def _failed(last: Check | None) -> Reason | None:
    """Why the last check could not be made."""
    error = last.trouble if last else None
    if error is None:
        return None
    if isinstance(error, Trouble):
        return reason_of(error)
    said = unwritten(error) if isinstance(error, OSError) else unexpected(error)
    return Reason(why=said, remedy="")


def _groups(exchange: Exchange, found: CheckResult, looks: Sequence[Look]) -> Sequence[FaultGroup]:
    """Faults grouped by their reason, the largest group first."""
    groups: dict[str, list[tuple[LetterFault, Reason]]] = {}
    for fault in found.findings.faults:
        is_of_cell = fault.code == amounts.FAULT
        said = findings.of_cells(fault) if is_of_cell else findings.of_fault(fault)
        groups.setdefault(said.why, []).append((fault, said))
    path, source = (looks[0].asked.path, looks[0].asked.source) if looks else ("", "")
    shown = []
    for those in sorted(groups.values(), key=len, reverse=True)[:GROUPS_SHOWN]:
        fault, said = those[0]
        is_of_cell = fault.code == amounts.FAULT
        names = _names(exchange, found, [each.key for each, _said in those[:NAMES_SHOWN]])
        shown.append(
            FaultGroup(
                why=said,
                names=names,
                more=len(those) - len(names),
                excerpt=None
                if is_of_cell
                else _excerpt(
                    exchange, source, _standing(found, path, source, found.blanks.get(fault.field))
                ),
                cells=[
                    _cell(each, name)
                    for (each, _said), name in zip(those, names, strict=False)
                    if is_of_cell
                ],
            )
        )
    return shown


def _cell(fault: LetterFault, name: Name) -> CellAtFault:
    row, cell = amounts.place_of(fault.value)
    return CellAtFault(row=row, column=fault.field, cell=cell, name=name)


def _names(exchange: Exchange, found: CheckResult, keys: Sequence[str]) -> Sequence[Name]:
    return [
        Name(
            commune=found.names.get(key, key),
            url=exchange.url("recipient", number=found.numbers.get(key, 0)),
        )
        for key in keys
    ]


def _arrives(found: CheckResult) -> Sequence[tuple[str, Sequence[str]]]:
    """Whether the letters will arrive: sentences, each with its points."""
    said = [*arrival.domains_without_mail(found.arrival, found.names)]
    if found.arrival.domains:
        said += arrival.expected(found.arrival)
    shown: list[tuple[str, list[str]]] = []
    for each in said:
        if each.startswith("- ") and shown:
            shown[-1][1].append(each.removeprefix("- "))
        else:
            shown.append((each, []))
    return shown


def _details(found: CheckResult) -> Sequence[str]:
    """Further results of the check, a sentence each."""
    said = []
    if found.unmeasured:
        said.append(findings.unmeasured(found.unmeasured))
    if found.too_long_names:
        said.append(findings.too_long_names(*found.too_long_names))
    said += [*arrival.domains_without_mail(found.arrival, found.names)]
    if found.arrival.domains:
        said += [*arrival.expected(found.arrival)]
    if found.findings.letters:
        said.append(findings.alikeness(found.alikeness))
    if found.findings.both_ways:
        said.append(findings.both_ways(found.findings.both_ways))
    return [each for each in said if each]


def _notes(
    exchange: Exchange, found: CheckResult, looks: Sequence[Look], state: Readiness
) -> Sequence[NoteLine]:
    """Notes, those still to be confirmed first."""
    sources = {look.asked.path: look.asked.source for look in looks}
    lines = []
    for about in found.notes:
        for mark, note in readiness.notes_with_marks(about):
            path = getattr(note, "path", "") or about.path
            keys = note.keys if isinstance(note, Remark) else ()
            names = _names(exchange, found, keys[:NAMES_SHOWN])
            row: int | None = note.row
            span = note.span
            source = sources.get(path, "")
            if found.sources.get(path, source) != source:  # changed since
                span = _standing(found, path, source, span)
                row = source.count("\n", 0, span.start) + 1 if span else None
            lines.append(
                NoteLine(
                    mark=mark,
                    why=_said(note),
                    place=f"{path}:{row}" if row else path,
                    excerpt=_excerpt(exchange, source, span),
                    names=names,
                    more=len(keys) - len(names),
                    is_confirmed=mark in state.confirmed,
                )
            )
    return sorted(lines, key=lambda each: each.is_confirmed)


def _said(note: Slip | Remark) -> Reason:
    said = findings.of_slip(note) if isinstance(note, Slip) else findings.of_remark(note)
    # Nobody has to read a blank as the file has it.
    why, remedy = blanks.to_words(said.why), blanks.to_words(said.remedy)
    return replace(said, why=why, remedy=remedy)


def _standing(found: CheckResult, path: str, source: str, span: Stretch | None) -> Stretch | None:
    """Where the words that a check marked stand in `source` now; None where they are gone."""
    checked = found.sources.get(path)
    return span.carried(checked, source) if span and checked is not None else None


def _excerpt(exchange: Exchange, source: str, span: Stretch | None) -> Excerpt | None:
    """The line around these words; None where their place is not known."""
    if span is None or span.end > len(source):
        return None
    before, after = blanks.around(source, span)
    return Excerpt(
        before=before,
        words=blanks.to_words(source[span.start : span.end]),
        after=after,
        url=exchange.url("letter", query={"at": span.start}),
    )


def _left(exchange: Exchange, what: OpenPoint) -> LeftLine:
    pages = {
        "page-not-seen": "letter",
        "pages-not-measured": "letter",
        "no-account": "mailbox",
        "servers-not-approved": "mailbox",
        "no-mailbox": "mailbox",
        "mailbox-not-read": "inbox",
    }
    here = {"notes-open": "#notes", "not-tested": "#test"}
    page = pages.get(what.code)
    query = {"on": "paper"} if page == "letter" else None
    url = exchange.url(page, query=query) if page else here.get(what.code, "")
    return LeftLine(code=what.code, words=words.open_point(what), url=url)


routes = [
    get("/c/{campaign:int}/check", "check", show),
    post("/c/{campaign:int}/check", "check-now", check),
    post("/c/{campaign:int}/check/confirm", "check-confirm", confirm),
    post("/c/{campaign:int}/check/test", "check-test", test),
]
