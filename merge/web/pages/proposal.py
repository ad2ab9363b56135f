"""A letter from a file: shown as the page that will be printed, with what is offered for it."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from merge.app import drafting, writing
from merge.app.drafting import LetterOffer
from merge.app.writing import EditConflict
from merge.errors import LetterError
from merge.letters.drafts.draft import KINDS, Draft
from merge.model import Audience
from merge.web.exchange import Exchange, get, post
from merge.web.saved import overtaken
from merge.words import blanks
from merge.words.drafting import offer_words, read_as
from merge.words.language import _, opened_for, speaking
from merge.words.troubles import reason_of

LETTER_AT_MOST = 30_000_000
"""Bytes of a Word file with its pictures."""


def show(exchange: Exchange) -> Response:
    """Choose the file that the letter comes from; a campaign that is begun from one has chosen."""
    key = exchange.query("proposal")
    draft = exchange.site.proposals.get(key)
    return _proposal(exchange, key, draft) if draft else _chooser(exchange)


def _chooser(exchange: Exchange, wrong: str = "") -> Response:
    return exchange.see(
        "letter_from.html",
        422 if wrong else 200,
        wrong={"file": wrong} if wrong else {},
        kinds=", ".join(KINDS),
    )


async def upload(exchange: Exchange) -> Response:
    """Propose the text of a file."""
    try:
        draft = await chosen_draft(exchange)
    except LetterError as error:
        return _chooser(exchange, str(reason_of(error)))
    if isinstance(draft, str):
        return _chooser(exchange, draft)
    key = secrets.token_urlsafe(9)
    exchange.site.proposals[key] = draft
    return _proposal(exchange, key, draft)


async def chosen_draft(exchange: Exchange) -> Draft | str:
    """The draft in the file of the field "file", or why there is none. LetterError."""
    files = exchange.files("file")
    if not files:
        return _("Choose a file first.")
    content = await files[0].read(LETTER_AT_MOST + 1)
    if len(content) > LETTER_AT_MOST:
        megabytes = LETTER_AT_MOST // 1_000_000
        return _("A letter's file has at most {megabytes} MB.").format(megabytes=megabytes)
    return await asyncio.to_thread(drafting.draft_of, content, files[0].filename or "")


def subject_of(draft: Draft, audience: Audience) -> str:
    """The subject of the letter that is made of it, its blanks as French words; "" for none."""
    source = drafting.taken(draft, (), audience=audience).source
    with speaking("fr"):
        opened_for(audience)
        words = blanks.to_words(writing.shown(source, "letter.md").subject)
    return re.sub(r"[\[\]]|\{\{.*?\}\}", "", words).strip()


def proposal(exchange: Exchange) -> Response:
    """Show the proposal with what was decided, or make it the campaign's letter."""
    key = exchange.text("proposal")
    draft = exchange.site.proposals.get(key)
    if draft is None:
        told = _("This proposal is no longer in memory: choose the file again.")
        return _chooser(exchange, told)
    if exchange.text("act") != "take":
        return _proposal(exchange, key, draft)
    subject = exchange.text("subject").strip()
    if not (subject or draft.ready):
        return _proposal(exchange, key, draft, {"subject": _("A letter needs a subject.")})
    letter = writing.look(exchange.campaign)  # the words that come are those of its campaign
    of = _of(exchange)
    yes = _accepted(exchange, drafting.offers(draft, **of))
    made = drafting.taken(draft, yes, subject=blanks.to_source(subject), **of)
    came = drafting.take(exchange.campaign, "", exchange.text("version"), made)
    if isinstance(came, EditConflict):
        return overtaken(exchange, letter.name, came)
    exchange.site.proposals.pop(key, None)
    return exchange.go("letter", query={"saved": 1})


def _of(exchange: Exchange) -> dict[str, Any]:
    """Whom the campaign writes to, by which list, and who writes."""
    settings = exchange.campaign.settings
    return {
        "audience": settings.campaign.audience,
        "columns": exchange.campaign.ledger.headers(),
        "sender": (*settings.sender_lines, settings.sender.contact),
    }


def _proposal(
    exchange: Exchange, key: str, draft: Draft, wrong: Mapping[str, str] | None = None
) -> Response:
    settings = exchange.campaign.settings
    return exchange.see(
        "letter_proposal.html",
        422 if wrong else 200,
        key=key,
        version=exchange.text("version") or writing.look(exchange.campaign).version,
        head=[*settings.sender_lines, *filter(None, [settings.sender.contact])],
        wrong=wrong or {},
        **_view(exchange, draft),
    )


def _accepted(exchange: Exchange, found: Sequence[LetterOffer]) -> Collection[str]:
    """The keys of the offers that were said yes to; a doubled head goes unless it is kept."""
    if "proposal" not in exchange.typed():
        return {each.key for each in found if each.code == "head"}
    added, left = exchange.text("add"), exchange.text("leave")
    every = {each.key for each in found}
    return ({*exchange.texts("offer"), *(every if added == "*" else {added})} - {left}) & every


def _view(exchange: Exchange, draft: Draft) -> dict[str, Any]:
    """What `_proposal.html` wants."""
    of = _of(exchange)
    found = drafting.offers(draft, **of)
    yes = _accepted(exchange, found)
    made = drafting.taken(draft, yes, **of)
    shown = writing.shown(made.source, "letter.md")
    marks = [each.words for each in found if each.key not in yes and each.code != "head"]
    return {
        "draft": draft,
        "subject": exchange.text("subject") or blanks.to_words(shown.subject, [*of["columns"]]),
        "offers": [(each, each.key in yes, *offer_words(each, of["audience"])) for each in found],
        "open_offers": sum(each.key not in yes for each in found),
        "gone": [w for e in found if e.code == "head" and e.key in yes for w in _lines(e)],
        "blocks": [(each.node, _plain(each.source)) for each in shown.blocks],
        "marked": lambda words: _marked(words, marks),
        "words_of": blanks.words_of,
        "notes": [*read_as(draft)],
        "left": list(dict.fromkeys(each.name for each in drafting.open_blanks(made.source))),
    }


def _lines(offer: LetterOffer) -> list[str]:
    return offer.words.split(" / ")


def _marked(words: str, marks: Collection[str]) -> list[tuple[bool, str]]:
    """The words in pieces: whether one is offered to become something else."""
    pieces = re.split("(" + "|".join(map(re.escape, marks)) + ")" if marks else r"(?!)", words)
    return [(i % 2 == 1, each) for i, each in enumerate(pieces) if each]


def _plain(source: str) -> str:
    """The words of what the editor has no shape for."""
    text = re.sub(r"(?m)^:::.*$|\{%.*?%\}|[*_#|\\]", "", blanks.to_words(source))
    return " ".join(text.split())


routes = [
    get("/c/{campaign:int}/letter/from", "letter-from", show),
    post("/c/{campaign:int}/letter/from/upload", "letter-upload", upload),
    post("/c/{campaign:int}/letter/proposal", "letter-proposal", proposal),
]
