"""One recipient: its data, its letter and mails, and a person's decisions about it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import edit as editing
from merge.app import export, inbox, recipients, suppress
from merge.app.edit import Edited
from merge.app.inbox import AnswerProof
from merge.app.recipients import Dossier
from merge.campaign.answers import EVIDENCE_AT_MOST
from merge.errors import Misuse, Trouble
from merge.job import silent
from merge.ledger.records import Grade, Meaning, Way
from merge.model import Recipient
from merge.outcome import Sort
from merge.web import tags, work
from merge.web.child import within
from merge.web.downloads import download
from merge.web.exchange import Exchange, get, post
from merge.words import answers, deliveries, envelopes, replies, statuses
from merge.words.language import N_, _, translate
from merge.words.reasons import field as field_words
from merge.words.reasons import reason
from merge.words.troubles import reason_of

ATTEMPT_COLUMNS = ("at", "channel", "status", "phase", "code", "words")

MOST = 999_999_999
OFTEN = (
    *("email", "organisation", "sex", "first_name", "surname", "street", "postcode", "locality"),
    *("country", "number"),
)
_CORRECTION_WORDS: Mapping[str, str] = {
    "commune_de": N_("“of” the commune, as in “du Havre”"),
    "commune_a": N_("“in” the commune, as in “au Havre”"),
}


DONE: Mapping[str, str] = {
    "answer": N_("The answer is written down. The latest counts; all are kept."),
    "early": N_(
        "The answer is written down, but the letter left after that day. If the day is wrong, "
        "write the answer down again: the latest counts."
    ),
    "edit": N_("The change is kept. A later list does not overrule it."),
    "suppress": N_("This recipient is never written to again, in none of your campaigns."),
    "take-back": N_("This recipient may be written to again."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EditField:
    """A field of the form (`name`), which `edit` knows as `called`."""

    name: str
    called: str
    label: str
    value: str
    lines: bool = False


def _fields(recipient: Recipient) -> Sequence[EditField]:
    return [
        EditField(
            name=f"edit-{place}",
            called=called,
            label=translate(_CORRECTION_WORDS[called])
            if called in _CORRECTION_WORDS
            else field_words(called),
            value=value,
            lines=called == "street" or "\n" in value,
        )
        for place, (called, value) in enumerate(editing.values(recipient).items(), 1)
    ]


def _version(recipient: Recipient) -> str:
    """A hash of the values that the form shows."""
    facts = [(each.called, each.value) for each in _fields(recipient)]
    return hashlib.sha256(repr((recipient.key, facts)).encode()).hexdigest()[:16]


def _number(exchange: Exchange) -> int:
    """404 for one that the ledger cannot look up."""
    found: int = exchange.request.path_params["number"]
    if found > MOST:
        raise HTTPException(404)
    return found


def _dossier(exchange: Exchange) -> Dossier:
    """404 for a number that nobody has."""
    try:
        return recipients.person(exchange.campaign, _number(exchange))
    except Misuse as misuse:
        if misuse.code == "nobody-called":
            raise HTTPException(404) from None
        raise


def see(exchange: Exchange) -> Response:
    """The page."""
    done = exchange.query("done")
    return _page(exchange, _dossier(exchange), done=translate(DONE[done]) if done in DONE else "")


def _page(
    exchange: Exchange,
    found: Dossier,
    *,
    status: int = 200,
    wrong: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    done: str = "",
    remarks: Sequence[str] = (),
) -> Response:
    recipient, delivery = found.recipient, found.delivery
    fields = _fields(recipient)
    return exchange.see(
        "recipient.html",
        status,
        found=found,
        recipient=recipient,
        known=[*deliveries.about(recipient)],
        state=tags.of_letter(delivery),
        way=statuses.channel(delivery.channel) if delivery else "",
        told=[*deliveries.of_letter(delivery, found.stand, found.zone)],
        details=[*deliveries.origin(recipient, delivery, found.stand)],
        attempts=[deliveries.cells(ATTEMPT_COLUMNS, row) for row in found.tried],
        columns=[deliveries.column(name) for name in ATTEMPT_COLUMNS],
        answers=[
            (
                tags.of_answer(each.meaning, unread=False),
                answers.line(each, found.zone),
                each.evidence,
            )
            for each in reversed(found.answers)
        ],
        mails=[(mail, replies.whole(mail, found.zone)) for mail in found.replies],
        has_written=any(
            each.reply.sort is Sort.ANSWER and each.reply.sha256 for each in found.replies
        ),
        edits=[deliveries.edited(each, found.zone) for each in found.edits],
        jobs=[deliveries.ran(each, found.zone) for each, _told in found.jobs],
        often=[each for each in fields if each.called in OFTEN],
        seldom=[each for each in fields if each.called not in OFTEN],
        version=_version(recipient),
        sexes={"": "—", "F": _("a woman"), "M": _("a man")} if recipient.commune else {},
        meanings={each: deliveries.answer(each) for each in (*Meaning, *found.wordings)},
        ways={each.value: deliveries.answer(each.value) for each in Way},
        grades=grades(),
        message=recipients.words(exchange.campaign, found),
        stays=[*envelopes.lines(found.stays)],
        opens=exchange.query("open"),
        wrong=wrong or {},
        typed=typed or {},
        done=done,
        remarks=remarks,
    )


# Its letter, and the mails that came back


async def file(exchange: Exchange) -> Response:
    """Its e-mail as it left, or its pages as they stand in the lot, bit for bit."""
    number, form = _number(exchange), exchange.request.path_params["form"]
    if form == "eml":
        content, media_type = recipients.message(exchange.campaign, number), "message/rfc822"
    elif form == "pdf":
        content = await exchange.jobs.call(work.letter_pages, exchange.place, number)
        media_type = "application/pdf"
    else:
        raise HTTPException(404)
    name = f"letter-{number}.{form}"
    export.note(exchange.place, "letter", name)
    return download(content, name, media_type)


# Decisions


def _same_recipient(exchange: Exchange) -> Dossier:
    """The recipient of the form; 410 where an undone import has given the number to another."""
    found = _dossier(exchange)
    if exchange.text("key") != found.recipient.key:
        raise HTTPException(410)
    return found


def answered(exchange: Exchange) -> Response:
    """Write down what the town has answered."""
    found = _same_recipient(exchange)
    meaning, way = exchange.text("meaning"), exchange.text("way")
    proof, wrong = proof_in(exchange)
    if meaning not in {*Meaning, *found.wordings}:
        wrong = {"meaning": _("Say what was answered."), **wrong}
    if not wrong:
        try:
            noted = inbox.answer(
                exchange.place,
                found.recipient.key,
                meaning,
                silent,
                way=Way(way) if way in {each.value for each in Way} else None,
                note=exchange.text("note"),
                proof=proof,
            )
        except Trouble as trouble:
            wrong[_PROOF_FIELDS.get(trouble.code, "")] = str(reason_of(trouble))
        else:
            early = "early" if answers.is_before_the_letter(noted) else "answer"
            return exchange.go("recipient", number=found.number, query={"done": early})
    return _page(exchange, found, status=422, wrong=wrong, typed=exchange.typed())


def grades() -> Mapping[str, str]:
    """What may prove an answer, with words."""
    return {each.value: deliveries.answer(each.value) for each in Grade}


def proof_in(exchange: Exchange, n: str = "") -> tuple[AnswerProof, dict[str, str]]:
    """What the fields of `proof` in _parts.html say, and what is wrong with one, by its id."""
    typed, grade = exchange.text(f"day{n}").strip(), exchange.text(f"grade{n}")
    chosen = exchange.files(f"document{n}")
    proof = AnswerProof(
        day=_day(typed),
        grade=Grade(grade) if grade in {*Grade} else None,
        address=exchange.text(f"address{n}").strip(),
        document=chosen[0].file.read(EVIDENCE_AT_MOST + 1) if chosen else None,
        by_mail=bool(exchange.text(f"by-mail{n}")),
        published=bool(exchange.text(f"publish{n}")),
    )
    if typed and proof.day is None:
        return proof, {f"day{n}": _("Write a day like 21/03/2026.")}
    try:
        inbox.refuse_unfit(exchange.campaign, proof)
    except Misuse as trouble:
        return proof, {_PROOF_FIELDS[trouble.code] + n: str(reason_of(trouble))}
    return proof, {}


_PROOF_FIELDS = {
    "answer-in-future": "day",
    "value-unfit": "address",
    "grade-address": "address",
    "evidence-unfit": "document",
    "evidence-none": "document",
}


def evidence(exchange: Exchange) -> Response:
    """Download a document that proves an answer."""
    digest = exchange.request.path_params["digest"]
    content, kind = inbox.evidence(exchange.campaign, digest)
    export.note(exchange.place, "evidence", name := f"document-{digest[:12]}.{kind}")
    return download(content, name, "application/octet-stream")


def _day(text: str) -> date | None:
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text):
        day, month, year = map(int, found.groups())
    elif found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        year, month, day = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


async def edited(exchange: Exchange) -> Response:
    """Keep the fields that were changed."""
    found = _same_recipient(exchange)
    typed, fields = exchange.typed(), _fields(found.recipient)
    if exchange.text("version") != _version(found.recipient):
        why = _(
            "This recipient has been changed meanwhile. Shown is how it is now; what you typed "
            "stands in the fields."
        )
        return _page(exchange, found, status=409, wrong={"": why}, typed=typed)
    changes = {
        each.called: typed[each.name]
        for each in fields
        if each.name in typed and typed[each.name].strip() != each.value
    }
    if not changes:
        return exchange.go("recipient", number=found.number)
    try:
        done = await exchange.jobs.call(
            editing.run, exchange.place, found.recipient.key, changes, silent
        )
    except Trouble as trouble:
        told, name = reason_of(trouble), _field_of(trouble, fields)
        why = told.why if name else " ".join(filter(None, (told.why, told.remedy)))
        return _page(exchange, found, status=422, wrong={name: why}, typed=typed)
    after = _dossier(exchange)
    if remarks := _remarks(done):
        return _page(exchange, after, done=translate(DONE["edit"]), remarks=remarks)
    return exchange.go("recipient", number=found.number, query={"done": "edit"})


def _field_of(trouble: Trouble, fields: Sequence[EditField]) -> str:
    called: Any = trouble.facts.get("field")
    return next((each.name for each in fields if each.called == called), "")


def _remarks(done: Edited) -> Sequence[str]:
    """Doubtful values that were kept, and envelopes with the former address."""
    said = [reason(code, facts).why for code, facts in done.remarks]
    return [*said, *envelopes.older(done.older)]


async def never(exchange: Exchange) -> Response:
    """Put it on the suppression list, or take it off."""
    found, what = (
        _same_recipient(exchange),
        "take-back" if exchange.text("what") == "take-back" else "suppress",
    )
    why = " ".join(exchange.text("reason").split())
    if not why:
        wrong = {"reason": _("Say why: what was asked, and when.")}
        return _page(exchange, found, status=422, wrong=wrong, typed=exchange.typed())
    opening = partial(suppress.open, exchange.place, found.recipient.key, silent)
    try:
        if what == "suppress":
            await exchange.jobs.call(within, opening, suppress.Job.run, (), why)
        else:
            await exchange.jobs.call(within, opening, suppress.Job.take_back, why)
    except Trouble as trouble:
        wrong = {"reason": str(reason_of(trouble))}
        return _page(exchange, found, status=422, wrong=wrong, typed=exchange.typed())
    return exchange.go("recipient", number=found.number, query={"done": what})


_ONE = "/c/{campaign:int}/recipients/{number:int}"

routes = [
    get(_ONE, "recipient", see),
    get(f"{_ONE}/letter.{{form}}", "recipient-file", file),
    get("/c/{campaign:int}/evidence/{digest}", "evidence", evidence),
    post(f"{_ONE}/answer", "recipient-answer", answered),
    post(f"{_ONE}/edit", "recipient-edit", edited),
    post(f"{_ONE}/never", "recipient-never", never),
]
