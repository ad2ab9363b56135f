"""Begin a letter from the model, pasted text or a file."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from merge.app import drafting, writing
from merge.app.drafting import Filling
from merge.app.new import blanks_of
from merge.app.writing import EditConflict, WrittenLetter
from merge.errors import LetterError
from merge.letters.blanks import Blank
from merge.letters.drafts.draft import KINDS, Draft
from merge.letters.kinds import variable_name
from merge.web.exchange import Exchange, get, post
from merge.web.saved import overtaken
from merge.words import blanks
from merge.words.drafting import read_as, residence_words
from merge.words.language import _
from merge.words.troubles import reason_of

LETTER_AT_MOST = 30_000_000
"""Bytes of a Word file with its pictures."""


def show(exchange: Exchange) -> Response:
    """Choose what the letter begins from."""
    return _chooser(exchange)


def _chooser(exchange: Exchange, wrong: Mapping[str, str] | None = None) -> Response:
    letter = writing.look(exchange.campaign)
    return exchange.see(
        "letter_new.html",
        422 if wrong else 200,
        letter=letter,
        wrong=wrong or {},
        typed=exchange.typed(),
        kinds=", ".join(KINDS),
    )


def begin(exchange: Exchange) -> Response:
    """Propose the model letter, or the pasted text."""
    if exchange.text("from") == "model":
        return _propose(exchange, drafting.model())
    pasted = exchange.text("pasted")
    if not pasted.strip():
        return _chooser(exchange, {"pasted": _("Paste the text of your letter here first.")})
    try:
        return _propose(exchange, drafting.draft_of_text(pasted))
    except LetterError as error:
        return _chooser(exchange, {"pasted": str(reason_of(error))})


async def upload(exchange: Exchange) -> Response:
    """Propose the text of a file."""
    files = exchange.files("file")
    if not files:
        return _chooser(exchange, {"file": _("Choose a file first.")})
    content = await files[0].read(LETTER_AT_MOST + 1)
    if len(content) > LETTER_AT_MOST:
        megabytes = LETTER_AT_MOST // 1_000_000
        told = _("A letter's file has at most {megabytes} MB.").format(megabytes=megabytes)
        return _chooser(exchange, {"file": told})
    try:
        return _propose(exchange, drafting.draft_of(content, files[0].filename or ""))
    except LetterError as error:
        return _chooser(exchange, {"file": str(reason_of(error))})


def _propose(exchange: Exchange, draft: Draft) -> Response:
    key = secrets.token_urlsafe(9)
    exchange.site.proposals[key] = draft
    return _proposal(exchange, writing.look(exchange.campaign), key, draft, {})


def proposal(exchange: Exchange) -> Response:
    """Show the proposal with its blanks filled, or make it the campaign's letter."""
    key = exchange.text("proposal")
    draft = exchange.site.proposals.get(key)
    if draft is None:
        told = _("This proposal is no longer in memory: choose the file again.")
        return _chooser(exchange, {"file": told})
    letter = writing.look(exchange.campaign)  # the words that come are those of its campaign
    if exchange.text("act") != "take":
        return _proposal(exchange, letter, key, draft, fillings(exchange))
    subject = exchange.text("subject").strip()
    if not (subject or draft.ready):
        wrong = {"subject": _("A letter needs a subject.")}
        return _proposal(exchange, letter, key, draft, fillings(exchange), wrong)
    made = drafting.proposed(
        draft,
        subject=blanks.to_source(subject),
        fillings=fillings(exchange),
        residents=_residents(exchange),
        audience=letter.audience,
        columns=letter.columns,
    )
    came = drafting.take(exchange.campaign, "", exchange.text("version"), made)
    if isinstance(came, EditConflict):
        stands = writing.look(exchange.campaign)
        return overtaken(exchange, stands.name, came, stands.columns)
    exchange.site.proposals.pop(key, None)
    return exchange.go("letter", query={"saved": 1})


def _residents(exchange: Exchange) -> bool | None:
    return {"yes": True, "no": False}.get(exchange.text("residents"))


def _proposal(
    exchange: Exchange,
    letter: WrittenLetter,
    key: str,
    draft: Draft,
    chosen: Mapping[str, Filling],
    wrong: Mapping[str, str] | None = None,
) -> Response:
    subject = exchange.text("subject") or blanks.to_words(draft.subject)
    made = drafting.proposed(
        draft,
        subject=blanks.to_source(subject),
        fillings=chosen,
        residents=_residents(exchange),
        audience=letter.audience,
        columns=letter.columns,
    )
    return exchange.see(
        "letter_proposal.html",
        422 if wrong else 200,
        key=key,
        draft=draft,
        letter=letter,
        version=exchange.text("version") or letter.version,
        subject=subject,
        rows=rows(blanks_of(draft, letter.audience, letter.columns), chosen),
        menu=blanks.menu(letter.columns),
        words_of=blanks.words_of,
        notes=list(read_as(draft)),
        claims_residence=made.claims_residence or bool(exchange.text("residents")),
        residence_words=list(
            residence_words(
                [
                    (blanks.to_words(old), blanks.to_words(new))
                    for old, new in made.residence_changes
                ]
            )
        ),
        residents=exchange.text("residents"),
        text=blanks.to_words(made.source, letter.columns),
        wrong=wrong or {},
    )


# --- the table of blanks --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankRow:
    """A row of the table: a blank, and the filling that is chosen or proposed."""

    n: int
    name: str
    around: str
    choice: str
    words: str
    is_certain: bool


def rows(found: Sequence[Blank], chosen: Mapping[str, Filling]) -> Sequence[BlankRow]:
    """A row for each name: an uncertain blank if there is one of that name."""
    by_name: dict[str, Blank] = {}
    for blank in found:
        if blank.name not in by_name or not blank.certain:
            by_name[blank.name] = blank
    made = []
    for n, (name, blank) in enumerate(by_name.items()):
        filling = chosen.get(name)
        choice, words = (blank.proposal, "") if filling is None else _shown(filling)
        made.append(
            BlankRow(
                n=n,
                name=name,
                around=blank.around,
                choice=choice,
                words=words,
                is_certain=blank.certain,
            )
        )
    return made


def _shown(filling: Filling) -> tuple[str, str]:
    if filling.is_own:
        return "=own", ""
    return ("=text", filling.words) if filling.words else (filling.expression, "")


def fillings(exchange: Exchange) -> Mapping[str, Filling]:
    """The fillings chosen in the form, by the names of the blanks."""
    found: dict[str, Filling] = {}
    typed = exchange.typed()
    for n in range(len(typed)):
        if (name := typed.get(f"name-{n}")) is None:
            break
        choice, words = exchange.text(f"fill-{n}"), exchange.text(f"words-{n}").strip()
        match choice:
            case "=own":
                found[name] = Filling(is_own=True)
            case "=text":
                found[name] = Filling(words=words)
            case "=column":
                found[name] = Filling(expression=variable_name(words or name))
            case _:
                found[name] = Filling(expression=choice)
    return found


routes = [
    get("/c/{campaign:int}/letter/new", "letter-new", show),
    post("/c/{campaign:int}/letter/new", "letter-begin", begin),
    post("/c/{campaign:int}/letter/new/upload", "letter-upload", upload),
    post("/c/{campaign:int}/letter/proposal", "letter-proposal", proposal),
]
