"""Replies: one inbox of what came back and what is in doubt, with one decision each."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import export, inbox, lots
from merge.app.inbox import TO_DECIDE, Case, CaseKind, Decided, Decision, Inbox
from merge.app.opening import now
from merge.errors import Trouble
from merge.job import silent
from merge.model import Status
from merge.outcome import Sort
from merge.web.downloads import download
from merge.web.exchange import Exchange, get, number_in, post
from merge.web.pages.recipient import grades, proof_in
from merge.words import dates, events, returns
from merge.words import replies as words
from merge.words.language import N_, _, ngettext, translate
from merge.words.troubles import reason_of

PAGE = 50
"""Cases on one page."""

KINDS: Mapping[CaseKind, tuple[str, str]] = {
    CaseKind.DOUBT: (
        N_("in doubt"),
        N_(
            "The connection broke between the letter and its receipt: nobody can say whether it "
            "arrived. It never leaves again by itself."
        ),
    ),
    CaseKind.STOP: (
        N_("no more letters?"),
        N_(
            "Whoever is on the suppression list is not written to again, by e-mail or on paper, in "
            "any of your campaigns."
        ),
    ),
    CaseKind.WHOSE: (
        N_("whose?"),
        N_(
            "Nothing in it proves which letter it answers. Nothing changes before you say whose it "
            "is."
        ),
    ),
    CaseKind.ANSWER: (
        N_("answer"),
        N_("What does it come to? Your word counts in the result."),
    ),
    CaseKind.REFUSED: (
        N_("refused because of you"),
        N_(
            "It came back because of whoever sent it, or of what it says, and reached nobody. "
            "Another address would not help."
        ),
    ),
    CaseKind.BOUNCE: (
        N_("came back"),
        N_(
            "This address does not work. Another address sends the letter again; whoever has a "
            "postal address gets it on paper."
        ),
    ),
    CaseKind.MAIL: ("", ""),
}
"""A word for each, and what is asked."""

BACK: Mapping[Status, tuple[str, str]] = {
    Status.RETURNED: (
        N_("envelope came back"),
        N_("With another address, this recipient can be written to again."),
    ),
    Status.FAILED: (N_("refused by the server"), KINDS[CaseKind.BOUNCE][1]),
}
"""The same of letters that came back otherwise than by a mail."""

CHOICE_LABELS: Mapping[str, str] = {
    "sent": N_("It was sent"),
    "not-sent": N_("Send it again"),
    "stop": N_("Never write again"),
    "no-stop": N_("It is no such wish"),
    "attach": N_("It is theirs"),
    "dismiss": N_("Of none: forget it"),
    "later": N_("Again, tomorrow at the earliest"),
    "paper": N_("On paper"),
    "leave": N_("Leave it"),
    "yes": N_("Yes"),
    "no": N_("No"),
    "conditions": N_("Yes, on conditions"),
    "received": N_("Received, no more"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOutcome:
    """The result of a form in sentences; `wrong` has the reasons, by the id of a case's row."""

    done: Sequence[str] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    undo: Sequence[str] = ()  # keys that Undo takes off the suppression list


def show(exchange: Exchange) -> Response:
    """What waits for a person, or one kind of it, a page at a time; one case is open."""
    return _page(exchange, exchange.site.outcomes.get(exchange.query("came"), ToldOutcome()))


def _page(exchange: Exchange, outcome: ToldOutcome, status: int = 200) -> Response:
    asked = exchange.query("kind") or exchange.text("kind")
    kind = CaseKind(asked) if asked in {*CaseKind} else None
    counts = inbox.counts(exchange.campaign, [*CaseKind])
    kinds = (kind,) if kind else TO_DECIDE
    total = sum(counts[each] for each in kinds)
    pages = max(1, -(-total // PAGE))
    number = min(max(number_in(exchange.query("page")) or 1, 1), pages)
    found = inbox.look(exchange.campaign, kinds, at_most=number * PAGE)
    cases = {_id(case): case for case in found.cases[(number - 1) * PAGE :]}
    opened = exchange.query("open") or exchange.text("open")
    if opened not in cases and kind is not CaseKind.MAIL:
        opened = next(iter(cases), "")
    return exchange.see(
        "inbox.html",
        status,
        account=exchange.campaign.settings.account,
        kind=kind,
        counts=counts,
        filters=[(each, translate(KINDS[each][0])) for each in TO_DECIDE if counts[each]],
        waiting=sum(counts[each] for each in TO_DECIDE),
        rows=[_row(each, exchange.campaign.zone) for each in cases.values()],
        open=_opened(exchange, found, cases[opened]) if opened in cases else None,
        together=[(choice, _label(choice)) for choice in found.choices[kind] if choice != "attach"]
        if kind and len(cases) > 1
        else (),
        ticked=frozenset(exchange.texts("pick")),
        typed=exchange.typed(),
        grades=grades(),
        number=number,
        pages=pages,
        posted=exchange.campaign.ledger.counts().paper[Status.POSTED],
        done=outcome.done,
        undo=outcome.undo,
        wrong={
            name if name.partition("-")[2] in cases or name == "envelope" else "": why
            for name, why in outcome.wrong.items()
        },
    )


def _asked(case: Case) -> tuple[str, str]:
    return (case.delivery and BACK.get(case.delivery.status)) or KINDS[case.kind]


def _id(case: Case) -> str:
    return f"{case.kind}-{case.number}"


def _row(case: Case, zone: ZoneInfo) -> Mapping[str, Any]:
    tag, mail, letter = _asked(case)[0], case.reply, case.delivery
    came = case.recipient is None and mail and (mail.sender_name or mail.sender)
    return {
        "id": _id(case),
        "case": case,
        "who": case.recipient.name if case.recipient else came or _("whose?"),
        "tag": translate(tag) if tag else words.sort(mail) if mail else "",
        "at": dates.moment(case.at, zone),
        "said": letter.address if letter else mail and (mail.wants_peace or mail.subject),
    }


def _opened(exchange: Exchange, found: Inbox, case: Case) -> Mapping[str, Any]:
    """All that helps to decide about the case."""
    mail, letter = case.reply, case.delivery
    told, more = [translate(_asked(case)[1])], list[str]()
    if case.kind is CaseKind.DOUBT and letter and case.recipient:
        told.append(returns.how_to_know())
        more += returns.doubt(case.recipient, letter, is_absent=False)
    elif case.kind is CaseKind.STOP and mail and case.recipient:
        told = [*words.asks_to_stop(case.recipient, mail)[0], *told]
    elif letter:
        said = " ".join(filter(None, (str(letter.code or ""), letter.enhanced, letter.detail)))
        more += [_("The server says: {words}").format(words=said)] if said else []
    elif mail and mail.sort is Sort.BOUNCE and mail.key is None:
        told = [words.proves_nothing()]
    elif mail and mail.key is None:
        told.append(words.wish_of_a_stranger(mail))
    whole = inbox.whole(exchange.campaign, mail) if mail else None
    return {
        "id": _id(case),
        "told": [line for line in told if line],
        "more": more,
        "heading": words.heading(mail, exchange.campaign.zone).splitlines()[1:] if mail else (),
        "text": whole.text[: words.SHOWN_AT_MOST] if whole else "",
        "attached": words.attached(mail, whole.attached) if mail and whole else "",
        "possible": [(who, words.speaks_for(mail, by)) for who, by in case.possible if mail],
        "says": [(choice, _label(choice)) for choice in found.choices[case.kind]],
    }


def _label(choice: str) -> str:
    """An answer of the campaign's own wording is said as it is."""
    return translate(CHOICE_LABELS[choice]) if choice in CHOICE_LABELS else choice


def file(exchange: Exchange) -> Response:
    """Download a mail as it came."""
    number = exchange.request.path_params["number"]
    content = inbox.kept(exchange.campaign, number)
    export.note(exchange.place, "mail", name := f"mail-{number}.eml")
    return download(content, name)


async def decide(exchange: Exchange) -> Response:
    """Decide one case by its own button, or all that are ticked; Undo; an envelope that came."""
    if keys := exchange.texts("undo"):
        return await _restore(exchange, keys)
    if "envelope" in exchange.typed():
        return _envelope(exchange)
    decisions, wrong = _decisions(exchange)
    if wrong:
        return _page(exchange, ToldOutcome(wrong=wrong), 422)
    decided = await exchange.jobs.call(inbox.decide, exchange.place, decisions)
    (first, *_others) = decisions
    follows = first.choice in ("attach", "no-stop") and not decided.refused
    more = {"open": f"{CaseKind.ANSWER}-{first.number}"} if follows else {}
    return _go(exchange, _outcome(decided), more)


def _go(exchange: Exchange, outcome: ToldOutcome, more: Mapping[str, str]) -> Response:
    exchange.site.outcomes[name := secrets.token_hex(8)] = outcome
    kind = {"kind": exchange.text("kind")} if exchange.text("kind") else {}
    return exchange.go("inbox", query={**kind, **more, "came": name})


async def _restore(exchange: Exchange, keys: Sequence[str]) -> Response:
    names: list[str] = []
    for key in keys:
        mistake = _("put there by mistake")
        found = await exchange.jobs.call(inbox.restore, exchange.place, key, mistake)
        names += [each.name for each in found]
    line = _("Off the suppression list again: {names}.").format(names=", ".join(names))
    return _go(exchange, ToldOutcome(done=[line]), {})


def _envelope(exchange: Exchange) -> Response:
    try:
        lots.returned(exchange.place, exchange.text("envelope").strip(), silent)
    except Trouble as trouble:
        wrong = {"envelope": str(reason_of(trouble))}
        return _page(exchange, ToldOutcome(wrong=wrong), 422)
    line = _("The envelope is noted as returned.")
    return _go(exchange, ToldOutcome(done=[line]), {})


def _decisions(exchange: Exchange) -> tuple[Sequence[Decision], Mapping[str, str]]:
    """The form's: one case's button "ID CHOICE", or a choice for all ticked rows."""
    single, _space, word = exchange.text("one").partition(" ")
    said = word or exchange.text("said")
    ids = [single] if word else exchange.texts("pick")
    if not ids:
        ask = _("Tick what you have decided about, then press the button again.")
        return (), {"": ask}
    asked = [each.partition("-") for each in ids]
    if not all(kind in {*CaseKind} and n.isdecimal() and len(n) < 12 for kind, _dash, n in asked):
        raise HTTPException(400)
    found = inbox.look(exchange.campaign, [*{CaseKind(kind) for kind, _dash, _n in asked}])
    decisions, wrong = list[Decision](), dict[str, str]()
    for name, (kind, _dash, number) in zip(ids, asked, strict=True):
        if said not in found.choices[CaseKind(kind)]:
            raise HTTPException(400)
        key = exchange.text(f"other-{name}").strip() or exchange.text(f"whose-{name}").strip()
        if said == "attach" and not key:
            wrong[f"other-{name}"] = _(
                "Say whose it is: choose, or type a name or a number of your list."
            )
        proof, unfit = proof_in(exchange, f"-{name}")
        wrong |= unfit
        decisions.append(
            Decision(
                kind=CaseKind(kind),
                number=int(number),
                choice=said,
                key=key,
                note=_reason(found, int(number)) if said == "stop" else exchange.text("note"),
                proof=proof,
                at=_moment(exchange.text(f"at-{name}")),
            )
        )
    return decisions, wrong


def _moment(posted: str) -> datetime | None:
    try:
        return datetime.fromisoformat(posted) if posted else None
    except ValueError:
        raise HTTPException(400) from None


def _reason(found: Inbox, number: int) -> str:
    """Why, as the suppression list says it."""
    for case in found.cases:
        if (case.kind, case.number) == (CaseKind.STOP, number) and case.recipient and case.reply:
            return words.asks_to_stop(case.recipient, case.reply)[1]
    return ""


def _outcome(decided: Decided) -> ToldOutcome:
    """Decisions kept, events, and decisions refused, in sentences."""
    done, by = [], dict[str, list[str]]()
    for word, who, proved in decided.kept:
        if proved is not None and who is not None:
            done.append(returns.stands(who, proved))
        else:
            by.setdefault(_label(word.choice), []).append(who.name if who else f"nº {word.number}")
    for what, names in by.items():
        n = len(names)
        line = ngettext("{n} decided: {what} ({names}).", "{n} decided: {what} ({names}).", n)
        done.append(line.format(n=n, what=what, names=", ".join(names)))
    for event in decided.events:
        done += events.told(event, now())
    return ToldOutcome(
        done=done,
        wrong={
            f"row-{word.kind}-{word.number}": _("{who}: not decided. {why}").format(
                who=who.name if who else f"nº {word.number}", why=reason_of(trouble)
            )
            for word, who, trouble in decided.refused
        },
        undo=[who.key for word, who, _proved in decided.kept if word.choice == "stop" and who],
    )


routes = [
    get("/c/{campaign:int}/inbox", "inbox", show),
    post("/c/{campaign:int}/inbox", "inbox-decide", decide),
    get("/c/{campaign:int}/inbox/mail/{number:int}", "inbox-file", file),
]
