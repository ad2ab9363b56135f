"""Letter: its text with blanks, and beside it what a recipient will read."""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from merge.app import preview, writing
from merge.app.drafting import open_blanks
from merge.app.preview import AskedFor
from merge.app.previewing import Previewer
from merge.app.showing import ShownMail
from merge.app.writing import Overtaken, WrittenLetter
from merge.errors import Misuse, Trouble
from merge.letters.editable import BlockEdit, edits_of
from merge.web import mails
from merge.web.exchange import Exchange, get, post
from merge.web.pages.letter_new import rows
from merge.words import blanks
from merge.words.language import _
from merge.words.troubles import reason_of

DRAFTS_KEPT = 12
"""Letters that are typed and not saved yet: of each tab the last ones."""


@dataclass(frozen=True, slots=True)
class LetterDraft:
    """A letter as somebody is typing it."""

    place: Path
    name: str
    source: str


_previewer = Previewer()
_drafts: OrderedDict[str, LetterDraft] = OrderedDict()
_shown: OrderedDict[str, str] = OrderedDict()  # texts that a form was made of, by their versions


def show(exchange: Exchange) -> Response:
    """The page."""
    letter = writing.look(exchange.place, exchange.query("file"))
    return _page(exchange, letter)


def _page(
    exchange: Exchange, letter: WrittenLetter, status: int = 200, wrong: str = ""
) -> Response:
    """The page, with what was typed where something of it is `wrong` (the subject)."""
    _keep(_shown, letter.version, letter.source)
    typed = exchange.typed()
    beside = _beside(exchange, letter, exchange.query("number") or typed.get("number", ""))
    subject = blanks.to_words(letter.shown.subject, letter.columns)
    return exchange.see(
        "letter.html",
        status,
        letter=letter,
        version=typed.get("version", letter.version),
        beside=beside,
        fields=[_field(letter, i, typed) for i in range(len(letter.shown.blocks))],
        subject=typed.get("subject", subject),
        added=typed.get("added", ""),
        menu=blanks.menu(letter.columns, is_reminder=letter.is_reminder),
        words_of=blanks.words_of,
        rows=rows(open_blanks(letter.source), {}),
        editor=json.dumps(_for_editor(letter, beside, typed.get("document")), ensure_ascii=False),
        wrong={"subject": wrong} if wrong else {},
        saved=exchange.query("saved"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockField:
    """A field for one block, for who has no JavaScript."""

    n: int
    words: str
    was: str
    rows: int
    is_prose: bool


def _field(letter: WrittenLetter, n: int, typed: Mapping[str, str]) -> BlockField:
    block = letter.shown.blocks[n]
    was = blanks.to_words(block.source, letter.columns) if block.is_prose else block.source
    was = was.replace("\r\n", "\n")
    words = typed.get(f"block-{n}", was)
    rows = sum(1 + len(line) // 70 for line in words.splitlines())
    return BlockField(n=n, words=words, was=was, rows=max(rows, 2), is_prose=block.is_prose)


def _for_editor(letter: WrittenLetter, beside: Beside, typed: str | None) -> Mapping[str, object]:
    """What the script of the page is told; it stands in an attribute, as JSON.

    `typed` is what it told itself, to be shown again.
    """
    menu = blanks.menu(letter.columns, is_reminder=letter.is_reminder)
    expressions = [each for group in menu for each, _words in group.choices]
    used = _expressions([each.node for each in letter.shown.blocks])
    names = {each: blanks.words_of(each, letter.columns) for each in (*expressions, *used)}
    return {
        "typed": typed,
        "document": {"type": "doc", "content": [each.node for each in letter.shown.blocks]},
        "values": beside.values([*names]),
        "names": names,
        "expressions": {words: each for each, words in names.items()},
        "sentences": {
            "blank": _("blank:"),
            "put": _("Put the blank"),
            "change": _("Change the blank"),
            "done": _("Put in:"),
            "text": _("Text of the letter"),
            "address": _("An address begins with https:// or mailto:"),
        },
    }


def _expressions(nodes: Sequence[Any]) -> list[str]:
    """Of all blanks of a document, each once."""
    found: dict[str, None] = {}
    for node in nodes:
        if node["type"] == "blank" and node["attrs"]["expression"]:
            found[node["attrs"]["expression"]] = None
        found |= dict.fromkeys(_expressions(node.get("content", [])))
    return [*found]


# --- beside it ------------------------------------------------------------------------------------


class Beside:
    """What one recipient will read, or why not."""

    def __init__(self, exchange: Exchange, asked: AskedFor | None, trouble: Trouble | None) -> None:
        self.asked = asked
        self.reason = trouble and reason_of(trouble)
        self.draft = ""
        self.form = "page" if exchange.query("as") == "page" else "mail"
        self.mail: ShownMail | None = None
        if asked is not None:
            try:
                self.mail = _previewer.mail(asked.shown)
            except Trouble as trouble_of_letter:
                self.reason = reason_of(trouble_of_letter)

    def values(self, expressions: Sequence[str]) -> Mapping[str, str]:
        """What each blank says to this recipient."""
        if self.asked is None:
            return {}
        return _previewer.values(self.asked.shown, expressions)


def _beside(
    exchange: Exchange, letter: WrittenLetter, number: str, source: str | None = None
) -> Beside:
    wave = 2 if letter.is_reminder else 1
    try:
        asked = preview.asked(
            exchange.place, _number(number), wave=wave, source=source or letter.source
        )
    except Trouble as trouble:
        return Beside(exchange, None, trouble)
    return Beside(exchange, asked, None)


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and len(typed) < 9 else None


def mail(exchange: Exchange) -> Response:
    """The e-mail alone, for its frame."""
    shown = _previewer.mail(_asked(exchange).shown)
    if shown.fault is not None:
        return mails.frame("", _("This letter is held back."))
    return HTMLResponse(shown.html, headers={"Content-Security-Policy": mails.FRAME_POLICY})


def page(exchange: Exchange) -> Response:
    """One page of the letter on paper, as a picture."""
    shown = _previewer.page(_asked(exchange).shown)
    n = _number(exchange.query("page")) or 1
    if n > len(shown.pictures):
        raise HTTPException(404)
    return Response(shown.pictures[n - 1], media_type="image/png")


def pdf(exchange: Exchange) -> Response:
    """The letter on paper, as a PDF."""
    shown = _previewer.page(_asked(exchange).shown)
    return mails.download(shown.pdf, "letter.pdf", "application/pdf")


def _asked(exchange: Exchange) -> AskedFor:
    draft = _drafts.get(exchange.query("draft"))
    source = draft.source if draft and draft.place == exchange.place else None
    wave = 2 if exchange.query("wave") == "2" else 1
    number = exchange.request.path_params["number"]
    return preview.asked(exchange.place, number, wave=wave, source=source)


# --- changed --------------------------------------------------------------------------------------


def draft(exchange: Exchange) -> Response:
    """The letter beside the text while it is typed: nothing is saved."""
    name, version = exchange.text("file"), exchange.text("version")
    letter = writing.look(exchange.place, name)
    try:
        source = writing.drafted(exchange.place, letter.name, version, *_typed(exchange, letter))
    except Misuse as misuse:
        return exchange.trouble(misuse)
    beside = _beside(exchange, letter, exchange.text("number"), source)
    key = secrets.token_urlsafe(9)
    _keep(_drafts, key, LetterDraft(exchange.place, letter.name, source))
    beside.draft = key
    beside.form = "page" if exchange.text("as") == "page" else "mail"
    return exchange.see("_letter_beside.html", beside=beside, letter=letter)


def save(exchange: Exchange) -> Response:
    """Write what was typed, unless the file has changed meanwhile."""
    name, version = exchange.text("file"), exchange.text("version")
    letter = writing.look(exchange.place, name)
    base = _shown.get(version, "")
    try:
        subject, edits = _typed(exchange, letter)
    except Misuse as misuse:
        return exchange.trouble(misuse)
    if subject is not None and not subject.strip():
        return _page(exchange, letter, 422, wrong=_("A letter needs a subject."))
    came = writing.save(exchange.place, letter.name, version, subject, edits, base=base)
    if isinstance(came, Overtaken):
        return _overtaken(exchange, letter.name, came)
    query = {"saved": 1, **({"file": letter.name} if letter.is_reminder else {})}
    if exchange.text("number"):
        query["number"] = exchange.text("number")
    return exchange.go("letter", query=query)


def _overtaken(exchange: Exchange, name: str, came: Overtaken) -> Response:
    return exchange.see("letter_overtaken.html", 409, name=name, came=came)


def take_mine(exchange: Exchange) -> Response:
    """Whoever has seen both texts says that theirs is the letter."""
    name, source = exchange.text("file"), exchange.text("source")
    came = writing.save_source(exchange.place, name, exchange.text("version"), source)
    if isinstance(came, Overtaken):
        return _overtaken(exchange, name, came)
    return exchange.go("letter", query={"saved": 1})


def _typed(
    exchange: Exchange, letter: WrittenLetter
) -> tuple[str | None, Sequence[BlockEdit] | None]:
    """The subject and the blocks of the form; None for what is as it was. Misuse."""
    typed = exchange.text("subject")
    is_same = typed == blanks.to_words(letter.shown.subject, letter.columns)
    subject = None if is_same else blanks.to_source(typed)
    told = exchange.text("document")
    if told:
        try:
            document = json.loads(told)
        except (ValueError, RecursionError):
            raise Misuse("letter-document") from None
        return subject, edits_of(document)
    return subject, _of_fields(exchange)


def _of_fields(exchange: Exchange) -> Sequence[BlockEdit] | None:
    """What the fields of the paragraphs say: each with what it was, to know what has changed."""
    edits: list[BlockEdit] = []
    fields = exchange.typed()
    for n in range(len(fields)):
        if f"block-{n}" not in fields:
            break
        typed, was = exchange.text(f"block-{n}"), exchange.text(f"was-{n}")
        if typed == was:
            edits.append(BlockEdit(of=n))
        else:
            is_prose = f"source-{n}" not in fields
            edits.append(BlockEdit(of=n, source=blanks.to_source(typed) if is_prose else typed))
    if added := exchange.text("added"):
        edits.append(BlockEdit(source=blanks.to_source(added)))
    return edits if any(each.source is not None for each in edits) else None


def _keep(kept: OrderedDict[str, Any], key: str, value: object) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > DRAFTS_KEPT:
        kept.popitem(last=False)


routes = [
    get("/c/{campaign:int}/letter", "letter", show),
    post("/c/{campaign:int}/letter/save", "letter-save", save),
    post("/c/{campaign:int}/letter/draft", "letter-draft", draft),
    post("/c/{campaign:int}/letter/mine", "letter-mine", take_mine),
    get("/c/{campaign:int}/letter/mail/{number:int}", "letter-mail", mail),
    get("/c/{campaign:int}/letter/page/{number:int}", "letter-page", page),
    get("/c/{campaign:int}/letter/pdf/{number:int}", "letter-pdf", pdf),
]
