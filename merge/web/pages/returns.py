"""Came back: what waits for a person, in groups; each mail; and many decided at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import export
from merge.app import returns as app
from merge.app.opening import now
from merge.app.replies import AsksToStop, words_of
from merge.app.resolve import Doubt
from merge.app.returns import Case, Choice, Group, Returns, SettleResult, Verdict
from merge.errors import Misuse
from merge.outcome import Sort
from merge.web.downloads import download
from merge.web.exchange import Exchange, get, number_in, post
from merge.words import dates, events, returns, statuses
from merge.words import replies as words
from merge.words.language import N_, _, ngettext, translate
from merge.words.troubles import reason_of

PAGE = 50
"""Cases on one page."""


FIRST = "pick"
"""What is wrong with no case alone stands at the first of the page."""

TITLES: Mapping[Group, str] = {
    Group.DOUBTS: N_("In doubt"),
    Group.STOPS: N_("Ask for no more letters"),
    Group.STRANGERS: N_("Whose mail is it?"),
    Group.REPLIES: N_("Answers"),
    Group.REFUSED: N_("Refused because of you"),
    Group.BOUNCES: N_("Letters that came back"),
    Group.ALL: N_("All mails"),
}
LEADS: Mapping[Group, str] = {
    Group.DOUBTS: N_(
        "The connection broke between the letter and its receipt: nobody can say whether it "
        "arrived. It never leaves again by itself."
    ),
    Group.STOPS: N_(
        "These seem to want no more letters. Whoever is on the suppression list is not "
        "written to again, by e-mail or on paper, in any of your campaigns."
    ),
    Group.STRANGERS: N_(
        "Nothing in these mails proves which letter they answer. Nothing changes before you say "
        "whose they are."
    ),
    Group.REPLIES: N_("What do these answers come to? Your word counts in the result."),
    Group.REFUSED: N_(
        "These letters came back because of whoever sent them, or of what they say, and reached "
        "nobody. Another address would not help."
    ),
    Group.BOUNCES: N_(
        "These addresses do not work. Another address sends the letter again; whoever has a "
        "postal address gets it on paper."
    ),
    Group.ALL: N_("Every mail that was ever read for this campaign, the newest first."),
}
NOTHING: Mapping[Group, str] = {
    Group.ALL: N_("No mail has come yet."),
    Group.BOUNCES: N_("No letter came back."),
}
CHOICE_LABELS: Mapping[Choice, str] = {
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
COMMANDS: Mapping[Group, str] = {
    Group.DOUBTS: "publipostage resolve",
    Group.STOPS: "publipostage replies",
    Group.STRANGERS: "publipostage replies",
    Group.REPLIES: "publipostage answer",
    Group.REFUSED: "publipostage resolve --policy",
    Group.BOUNCES: "publipostage edit",
    Group.ALL: "publipostage replies --all",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case as a row; `at` is in the campaign's time zone."""

    case: Case
    who: str
    at: str
    told: Sequence[str]
    mail: int | None  # the number of its mail


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupGlance:
    """A group on the overview, with its first rows."""

    group: Group
    title: str
    lead: str
    rows: Sequence[CaseRow]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOutcome:
    """The result of a form in sentences; `wrong` has the reasons, by the id of a case's box."""

    done: Sequence[str] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    restore: Sequence[str] = ()  # keys that Undo takes off the suppression list


def show(exchange: Exchange) -> Response:
    """All groups, with the first of each."""
    found = app.look(exchange.campaign)
    groups = [
        GroupGlance(
            group=group,
            title=translate(TITLES[group]),
            lead=translate(LEADS[group]),
            rows=[_row(found, group, case) for case in found.cases[group][:3]],
            total=len(found.cases[group]),
        )
        for group in Group
        if group is not Group.ALL
    ]
    return exchange.see(
        "returns.html",
        found=found,
        groups=groups,
        waiting=[each for each in groups if each.total and each.group is not Group.BOUNCES],
        mails=len(found.cases[Group.ALL]),
    )


def show_group(exchange: Exchange) -> Response:
    """One group, a page at a time."""
    outcome = exchange.site.outcomes.get(exchange.query("came"), ToldOutcome())
    return _group_page(exchange, _group(exchange), outcome)


def _group_page(
    exchange: Exchange, group: Group, outcome: ToldOutcome, status: int = 200
) -> Response:
    found = app.look(exchange.campaign)
    cases = found.cases[group]
    pages = max(1, -(-len(cases) // PAGE))
    number = min(max(number_in(exchange.query("page")) or 1, 1), pages)
    rows = [_row(found, group, each) for each in cases[(number - 1) * PAGE : number * PAGE]]
    here = [f"pick-{row.case.number}" for row in rows]
    wrong = {
        here[0] if name == FIRST and here else name: why for name, why in outcome.wrong.items()
    }
    return exchange.see(
        "returns_group.html",
        status,
        group=group,
        title=translate(TITLES[group]),
        lead=translate(LEADS[group]),
        nothing=translate(NOTHING.get(group, N_("Nothing waits for you here."))),
        command_line=COMMANDS[group],
        rows=rows,
        total=len(cases),
        number=number,
        pages=pages,
        says=_says(found, group),
        speaks_for=words.speaks_for,
        ticked=frozenset(exchange.texts("pick")),
        typed=exchange.typed(),
        done=outcome.done,
        restore=outcome.restore,
        wrong={name if name in here else "": why for name, why in wrong.items()},
        hint=returns.how_to_know() if group is Group.DOUBTS and rows else "",
    )


async def settle(exchange: Exchange) -> Response:
    """Decide one case by its own button, or all that are ticked."""
    group = _group(exchange)
    verdicts, wrong = _verdicts(exchange, group)
    back = exchange.text("mail")
    if wrong and back.isdecimal():
        return _mail_page(exchange, int(back), wrong, 422)
    if wrong:
        return _group_page(exchange, group, ToldOutcome(wrong=wrong), 422)
    decided = await exchange.jobs.call(app.settle, exchange.place, group, verdicts)
    if back.isdecimal() and not decided.refused and verdicts[0].choice in ("attach", "no-stop"):
        return exchange.go("returns-mail", number=int(back))
    return _go_with_outcome(exchange, group, _outcome(decided))


async def restore(exchange: Exchange) -> Response:
    """Undo: take them off the suppression list."""
    names: list[str] = []
    for key in exchange.texts("key"):
        decided = await exchange.jobs.call(
            app.restore, exchange.place, key, _("put there by mistake")
        )
        names += [each.recipient.name for each in decided.kept if each.recipient]
    line = _("Off the suppression list again: {names}.").format(names=", ".join(names))
    return _go_with_outcome(exchange, Group.STOPS, ToldOutcome(done=[line]))


def show_mail(exchange: Exchange) -> Response:
    """One mail, and what can be decided about it."""
    return _mail_page(exchange, exchange.request.path_params["number"], {})


def _mail_page(
    exchange: Exchange, number: int, wrong: Mapping[str, str], status: int = 200
) -> Response:
    found = app.look(exchange.campaign)
    case = found.case(Group.ALL, number)
    group = _group_of(found, case)
    if case.reply is None:
        raise HTTPException(404)
    return exchange.see(
        "returns_mail.html",
        status,
        case=case,
        reply=case.reply,
        text=words_of(exchange.campaign, case.reply)[0],
        row=_row(found, group, case),
        group=group,
        title=translate(TITLES[group]),
        says=_says(found, group),
        speaks_for=words.speaks_for,
        heading=words.heading(case.reply, found.zone).splitlines()[1:],
        sort=words.sort(case.reply),
        is_report=case.reply.sort is Sort.BOUNCE,
        wrong=wrong,
        typed=exchange.typed(),
    )


def file(exchange: Exchange) -> Response:
    """Download the mail as it came."""
    number = exchange.request.path_params["number"]
    name = f"mail-{number}.eml"
    content = app.message(exchange.campaign, number)
    export.note(exchange.place, "mail", name)
    return download(content, name)


def _group(exchange: Exchange) -> Group:
    try:
        return Group(exchange.request.path_params["group"])
    except ValueError:
        raise HTTPException(404) from None


def _group_of(found: Returns, case: Case) -> Group:
    """The group in which this mail waits for a decision; `ALL` if it does not."""
    for group in (Group.STOPS, Group.STRANGERS, Group.REPLIES):
        if any(each.number == case.number for each in found.cases[group]):
            return group
    return Group.ALL


def _says(found: Returns, group: Group) -> Sequence[tuple[Choice, str]]:
    return [(choice, _label(choice)) for choice in found.choices[group]]


def _label(choice: Choice) -> str:
    """What its button says; an answer of the campaign's own wording says it as it is."""
    return translate(CHOICE_LABELS[choice]) if choice in CHOICE_LABELS else choice


def _row(found: Returns, group: Group, case: Case) -> CaseRow:
    at: datetime | None = case.reply.at if case.reply else None
    if at is None and case.delivery:
        at = case.delivery.at
    return CaseRow(
        case=case,
        who=_who(case),
        at=dates.moment(at, found.zone) if at else "",
        told=list(_lines(group, case)),
        mail=case.reply.number if case.reply else None,
    )


def _who(case: Case) -> str:
    if case.recipient:
        return f"{case.recipient.name} ({case.recipient.key})"
    sender = case.reply and (case.reply.sender_name or case.reply.sender)
    return _("{sender}: whose?").format(sender=sender) if sender else _("whose?")


def _lines(group: Group, case: Case) -> Sequence[str]:
    """What helps to decide, a line each."""
    if group is Group.DOUBTS and case.delivery and case.recipient:
        doubt = Doubt(recipient=case.recipient, delivery=case.delivery, is_absent=False)
        return list(returns.doubt(doubt))
    if group is Group.STOPS and case.reply and case.recipient:
        return words.asks_to_stop(AsksToStop(recipient=case.recipient, reply=case.reply))[0]
    if group in (Group.REFUSED, Group.BOUNCES) and case.delivery:
        letter = case.delivery
        said = " ".join(filter(None, (str(letter.code or ""), letter.enhanced, letter.detail)))
        told = [_("The server says: {words}").format(words=said)] if said else []
        return [letter.address, statuses.status(letter.status), *told]
    if case.reply is None:
        return ()
    who = f"{case.reply.sender_name} <{case.reply.sender}>".strip()
    lines = [words.sort(case.reply), who, case.reply.subject]
    if case.reply.key is None:
        lines.append(words.wish_of_a_stranger(case.reply))
    return [*lines, words.from_elsewhere()] if case.reply.from_elsewhere else lines


def _verdicts(exchange: Exchange, group: Group) -> tuple[Sequence[Verdict], Mapping[str, str]]:
    """The form's decisions: one row's button "NUMBER CHOICE", or a choice for all ticked rows."""
    single, _space, word = exchange.text("one").partition(" ")
    said = word or exchange.text("said")
    numbers = [single] if word else exchange.texts("pick")
    found = app.look(exchange.campaign)
    if said not in found.choices[group] or not all(
        each.isdecimal() and len(each) < 12 for each in numbers
    ):
        raise HTTPException(400)
    if not numbers:
        return (), {FIRST: _("Tick what you have decided about, then press the button again.")}
    verdicts: list[Verdict] = []
    wrong: dict[str, str] = {}
    for number in numbers:
        key = exchange.text(f"other-{number}").strip() or exchange.text(f"whose-{number}").strip()
        if said == "attach" and not key:
            name = f"other-{number}" if f"other-{number}" in exchange.typed() else f"pick-{number}"
            wrong[name] = _("Say whose it is: choose, or type a name or a number of your list.")
        verdicts.append(
            Verdict(
                number=int(number),
                choice=said,
                key=key,
                reason=_suppression_reason(found, int(number))
                if group is Group.STOPS
                else exchange.text("note"),
                at=_moment(exchange.text(f"at-{number}"))
                if group in (Group.DOUBTS, Group.REFUSED)
                else None,
            )
        )
    return verdicts, wrong


def _moment(posted: str) -> datetime:
    try:
        return datetime.fromisoformat(posted)
    except ValueError:
        raise HTTPException(400) from None


def _suppression_reason(found: Returns, number: int) -> str:
    """The reason noted on the suppression list."""
    try:
        case = found.case(Group.STOPS, number)
    except Misuse:
        return ""
    if case.recipient is None or case.reply is None:
        return ""
    return words.asks_to_stop(AsksToStop(recipient=case.recipient, reply=case.reply))[1]


def _go_with_outcome(exchange: Exchange, group: Group, outcome: ToldOutcome) -> Response:
    name = secrets.token_hex(8)
    exchange.site.outcomes[name] = outcome
    return exchange.go("returns-group", group=group.value, query={"came": name})


def _outcome(decided: SettleResult) -> ToldOutcome:
    """Decisions kept, events, and decisions refused, in sentences."""
    done, by = [], dict[str, list[str]]()
    for each in decided.kept:
        name = each.recipient.name if each.recipient else f"nº {each.verdict.number}"
        if each.proved is not None and each.recipient is not None:
            done.append(returns.stands(each.recipient, each.proved))
        else:
            by.setdefault(_label(each.verdict.choice), []).append(name)
    for what, names in by.items():
        n = len(names)
        line = ngettext("{n} decided: {what} ({names}).", "{n} decided: {what} ({names}).", n)
        done.append(line.format(n=n, what=what, names=", ".join(names)))
    for event in decided.events:
        done += events.told(event, now())
    return ToldOutcome(
        done=done,
        wrong={
            f"pick-{each.verdict.number}": _("{who}: not decided. {why}").format(
                who=each.recipient.name if each.recipient else f"nº {each.verdict.number}",
                why=reason_of(each.trouble),
            )
            for each in decided.refused
        },
        restore=[
            each.recipient.key
            for each in decided.kept
            if each.verdict.choice == "stop" and each.recipient
        ],
    )


routes = [
    get("/c/{campaign:int}/returns", "returns", show),
    get("/c/{campaign:int}/returns/{group}", "returns-group", show_group),
    post("/c/{campaign:int}/returns/{group}", "returns-settle", settle),
    post("/c/{campaign:int}/returns/stops/restore", "returns-restore", restore),
    get("/c/{campaign:int}/returns/mail/{number:int}", "returns-mail", show_mail),
    get("/c/{campaign:int}/returns/mail/{number:int}/file", "returns-mail-file", file),
]
