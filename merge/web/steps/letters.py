"""The second and third step: what will arrive, faults and notes of all letters, and a letter to
oneself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from merge.app import check as checking
from merge.app import send
from merge.app.check import CheckResult, Readiness
from merge.app.opening import now
from merge.errors import Misuse, Trouble
from merge.letters import amounts
from merge.letters.language import Stretch
from merge.letters.leftovers import Slip
from merge.letters.remarks import Remark
from merge.model import LetterFault, Status
from merge.web.exchange import STATUS, Exchange
from merge.web.memory import Check
from merge.web.pages.preview import begin
from merge.web.previews import Look
from merge.web.steps import StepLine, Wrong
from merge.words import arrival, blanks, findings, sending, sums
from merge.words import overview as words
from merge.words.language import _, ngettext
from merge.words.reasons.form import Reason
from merge.words.troubles import reason_of, unexpected, unwritten

GROUPS_SHOWN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The letters of the waves that wait, and what is still to be looked at of them."""

    looks: Sequence[Look]
    state: Readiness


async def look(exchange: Exchange) -> Letters:
    """Read how ready the letters are."""
    campaign = exchange.campaign
    looks = [await begin(exchange, wave=wave) for wave in checking.waves_waiting(campaign)]
    versions = {look.asked.wave: look.mail.version for look in looks if look.mail}
    return Letters(looks=looks, state=checking.look(campaign, versions))


def line(exchange: Exchange, seen: Letters | None, waiting: int) -> StepLine:
    """What the check came to; while letters leave nobody has `seen` what follows."""
    state = seen.state if seen else checking.look(exchange.campaign, {})
    last = exchange.site.checks.of(exchange.place)
    if last and last.is_at_work:
        return StepLine(is_done=False, line=_("the letters are being looked through"))
    if not seen or not waiting or not {"not-checked", "notes-open"} & state.open.keys():
        said = words.checked(state.checked, exchange.campaign.zone, now()) if state.checked else ""
        return StepLine(is_done=True, line=said)
    if "not-checked" not in state.open:
        n = state.open["notes-open"]
        said = ngettext("{n} remark to look at", "{n} remarks to look at", n).format(n=n)
    elif state.checked:
        said = _("the letter or the list has changed since it was looked through")
    else:
        said = ngettext(
            "{n} letter to look through", "{n} letters to look through", waiting
        ).format(n=waiting)
    return StepLine(is_done=False, line=said)


def test_line(exchange: Exchange, seen: Letters | None) -> StepLine:
    """Whose letter was sent to oneself, where this server knows it."""
    if seen and {"not-tested", "no-account"} & seen.state.open.keys():
        return StepLine(is_done=False, line=_("so that you see it before they do"))
    if tested := exchange.site.checks.tested.get(exchange.place):
        address, town = tested
        line = _("the one to {town}, sent to {address}").format(town=town, address=address)
    else:
        line = _("it has left") if checking.was_tested(exchange.campaign) else ""
    return StepLine(is_done=True, line=line)


def unseen(seen: Letters) -> str:
    """That nobody has looked at the pages yet, "" where somebody has."""
    n = seen.state.open.get("page-not-seen")
    return words.unseen(n) if n else ""


def check(exchange: Exchange) -> None:
    """Start a check of all letters in a process of its own."""
    exchange.site.checks.begin(exchange.place)


def confirm(exchange: Exchange) -> None:
    """Confirm notes, or withdraw the confirmation."""
    marks = exchange.texts("mark")
    checking.confirm(exchange.place, marks, taken_back=bool(exchange.text("back")))


async def test(exchange: Exchange) -> Wrong | None:
    """Send one letter to oneself."""
    address = exchange.text("address").strip()
    try:
        tried = await exchange.jobs.call(send.try_one, exchange.place, address)
    except Misuse as wrong:
        if wrong.code != "value-unfit":
            raise
        return Wrong(fields={"address": str(reason_of(wrong))})
    except Trouble as trouble:
        status = STATUS.get(trouble.exit_code, 500)
        return Wrong(fields={"address": str(reason_of(trouble))}, status=status)
    outcome, commune = tried.outcome, tried.recipient.name
    if isinstance(outcome, LetterFault):
        return Wrong(fields={"address": findings.fault(outcome, commune)})
    if outcome.status is not Status.SENT:
        return Wrong(fields={"address": sending.refused_test(outcome, address)}, status=409)
    exchange.site.checks.tested[exchange.place] = address, commune
    return None


def test_view(exchange: Exchange) -> dict[str, Any]:
    """The address that the letter to oneself goes to: the mailbox's, where none was typed."""
    tested = exchange.site.checks.tested.get(exchange.place)
    typed = exchange.text("address") or (tested[0] if tested else "")
    return {"address": typed or exchange.campaign.settings.account.from_address}


def view(exchange: Exchange, seen: Letters) -> dict[str, Any]:
    """What the last check found."""
    last = exchange.site.checks.of(exchange.place)
    result, looks = last.result if last else None, seen.looks
    return {
        "broken": next((reason_of(each.trouble) for each in looks if each.trouble), None),
        "is_at_work": bool(last and last.is_at_work),
        "failed": _failed(last),
        "to_check": not result or "not-checked" in seen.state.open,
        "summary": words.checked(seen.state.checked, exchange.campaign.zone, now())
        if seen.state.checked
        else "",
        "result": result,
        "groups": _groups(exchange, result, looks) if result else (),
        "place_of": amounts.place_of,
        "details": _details(result) if result else (),
        "sums": list(sums.compared(result.sums)) if result else (),
        "notes": _notes(exchange, result, seen) if result else (),
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


def _groups(
    exchange: Exchange, found: CheckResult, looks: Sequence[Look]
) -> Sequence[Mapping[str, Any]]:
    """Faults grouped by their reason, the largest group first."""
    groups: dict[str, tuple[Reason, list[LetterFault]]] = {}
    for fault in found.findings.faults:
        is_of_cell = fault.code == amounts.FAULT
        said = findings.of_cells(fault) if is_of_cell else findings.of_fault(fault)
        groups.setdefault(said.why, (said, []))[1].append(fault)
    path, source = (looks[0].asked.path, looks[0].asked.source) if looks else ("", "")
    shown = sorted(groups.values(), key=lambda group: len(group[1]), reverse=True)[:GROUPS_SHOWN]
    return [
        {
            "why": said,
            "faults": faults,
            "is_of_cells": faults[0].code == amounts.FAULT,
            "excerpt": _excerpt(
                exchange, source, _standing(found, path, source, found.blanks.get(faults[0].field))
            ),
        }
        for said, faults in shown
    ]


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


def _notes(exchange: Exchange, found: CheckResult, seen: Letters) -> Sequence[Mapping[str, Any]]:
    """Notes, those still to be confirmed first."""
    sources = {look.asked.path: look.asked.source for look in seen.looks}
    lines = []
    for about in found.notes:
        for mark, note in checking.notes_with_marks(about):
            path = getattr(note, "path", "") or about.path
            source = sources.get(path, "")
            line = {
                "mark": mark,
                "why": findings.of_slip(note)
                if isinstance(note, Slip)
                else findings.of_remark(note),
                "excerpt": _excerpt(exchange, source, _standing(found, path, source, note.span)),
                "of": note.keys if isinstance(note, Remark) else (),
                "is_confirmed": mark in seen.state.confirmed,
            }
            lines.append(line)
    return sorted(lines, key=lambda each: each["is_confirmed"])


def _standing(found: CheckResult, path: str, source: str, span: Stretch | None) -> Stretch | None:
    """Where the words that a check marked stand in `source` now; None where they are gone."""
    checked = found.sources.get(path)
    return span.carried(checked, source) if span and checked is not None else None


def _excerpt(exchange: Exchange, source: str, span: Stretch | None) -> Mapping[str, str] | None:
    """The line around these words, with the address of the editor; None where their place is not
    known.
    """
    if span is None or span.end > len(source):
        return None
    before, after = blanks.around(source, span)
    return {
        "before": before,
        "words": blanks.to_words(source[span.start : span.end]),
        "after": after,
        "url": exchange.url("letter", query={"at": span.start}),
    }
