"""Begin a campaign: where the letter is, and who writes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from starlette.responses import Response

from merge.app import campaigns
from merge.app import new as app
from merge.errors import LetterError, Misuse, SettingsError, Trouble
from merge.letters.drafts.draft import KINDS, Draft
from merge.model import Audience
from merge.settings import Answers, Question, answer, is_address, town_of
from merge.web.exchange import Exchange, get, post
from merge.web.pages.proposal import chosen_draft, subject_of
from merge.words import dates
from merge.words.drafting import AUDIENCES, label
from merge.words.language import _, translate
from merge.words.statuses import labelled
from merge.words.troubles import reason_of


def show(exchange: Exchange) -> Response:
    """The form, with who wrote the last campaign."""
    return _see(exchange, campaigns.last_written())


async def begin(exchange: Exchange) -> Response:
    """Make the campaign; what a file says is shown before it becomes its letter."""
    if exchange.text("from") == "example":
        place = app.proposed_folder(_("Example"))
        await exchange.jobs.call(campaigns.example, place, _("Example"))
        return exchange.go("letter", campaign=exchange.site.open(place))
    wrong, name, key, draft = dict[str, str](), exchange.text("name"), "", None
    if exchange.text("from") == "file":
        key = exchange.text("proposal")
        draft = exchange.site.proposals.get(key)
        if exchange.files("file") or not draft:
            draft = await _chosen(exchange, wrong)
            key = secrets.token_urlsafe(9)
        if draft:
            exchange.site.proposals[key] = draft
            files = exchange.files("file")
            name = subject_of(draft, _audience(exchange)) or (
                PurePath(files[0].filename or "").stem if files else name
            )
    last = campaigns.last_written()
    answers = _answers(exchange, name, last, wrong)
    place = Path()
    try:
        place = exchange.path("folder") or app.proposed_folder(answers.name)
        app.refuse_unless_empty(place)
        if not wrong:
            app.begin(place, answers, last.get("account", {}))
    except Trouble as trouble:
        wrong["folder"] = str(reason_of(trouble))
    except OSError as error:
        unwritable = Misuse("file-unwritable", words=error.strerror)
        wrong["folder"] = str(reason_of(unwritable))
    if wrong:
        return _see(exchange, last, wrong, key if draft else "", name)
    number = exchange.site.open(place)
    if draft is None:
        return exchange.go("letter", campaign=number)
    return exchange.go("letter-from", campaign=number, query={"proposal": key})


async def _chosen(exchange: Exchange, wrong: dict[str, str]) -> Draft | None:
    try:
        draft = await chosen_draft(exchange)
    except LetterError as error:
        draft = str(reason_of(error))
    if isinstance(draft, str):
        wrong["file"] = draft
        return None
    return draft


def _answers(
    exchange: Exchange, name: str, last: Mapping[str, Any], wrong: dict[str, str]
) -> Answers:
    """What was answered. What is wrong with a field is put into `wrong`."""
    questions: Sequence[Question] = ("group", "address", "contact")
    said = dict[Question, str]()
    for question in questions:
        try:
            said[question] = answer(question, exchange.text(question))
            if not said[question]:
                raise SettingsError("answer-empty")
        except SettingsError as error:
            wrong[question] = labelled(label(question), str(reason_of(error)))
    contact, group = said.get("contact", ""), said.get("group", "")
    before = last.get("sender", {})
    return Answers(
        name=name or _("Letter of {day}").format(day=dates.on(date.today())),
        group=group,
        contact=contact,
        place=town_of(said.get("address", "")),
        address=said.get("address", "").splitlines(),
        signature=before["signature"] if before.get("name") == group else (group,),
        from_address=contact if is_address(contact) else "",
        audience=_audience(exchange),
    )


def _audience(exchange: Exchange) -> Audience:
    return next((each for each in AUDIENCES if each == exchange.text("audience")), "communes")


def _see(
    exchange: Exchange,
    last: Mapping[str, Any],
    wrong: Mapping[str, str] | None = None,
    proposal: str = "",
    name: str = "",
) -> Response:
    sender = last.get("sender", {})
    known = {
        "group": sender.get("name", ""),
        "address": "\n".join(sender.get("address", ())),
        "contact": sender.get("contact", ""),
        "audience": last.get("campaign", {}).get("for", "communes"),
    }
    return exchange.see(
        "begin.html",
        422 if wrong else 200,
        typed=known | dict(exchange.typed()) | {"name": name},
        is_known=bool(last) and not {*known}.intersection(wrong or {}),
        proposal=proposal,
        audiences={value: translate(words) for value, words in AUDIENCES.items()},
        kinds=", ".join(KINDS),
        wrong=wrong or {},
    )


routes = [
    get("/begin", "begin", show),
    post("/begin/upload", "begin-upload", begin),
]
