"""Letter: the editor; beside it for whom it is shown, what to look at, pictures and attachments."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from merge.app import writing
from merge.app.drafting import open_blanks
from merge.app.new import REMINDER
from merge.app.writing import EditConflict, WrittenLetter
from merge.errors import LetterError, Misuse, Trouble
from merge.letters.aligned import KINDS, fenced
from merge.letters.blanks import is_expression
from merge.letters.editable import BlockEdit, edits_of, subject_nodes
from merge.letters.enclosures import encoded_size
from merge.letters.language import Stretch
from merge.letters.prose import is_choice, open_as_words
from merge.model import LARGEST_MESSAGE
from merge.web.downloads import download
from merge.web.exchange import Exchange, get, number_in, post
from merge.web.pages import preview
from merge.web.previews import Look
from merge.web.saved import saved
from merge.words import blanks, findings
from merge.words.blanks import BlankGroup
from merge.words.language import _, decimal
from merge.words.reasons import reason
from merge.words.reasons.form import Reason
from merge.words.troubles import reason_of

MOST_EXPRESSIONS = 200


async def show(exchange: Exchange) -> Response:
    """The page."""
    return await _page(exchange, await _looked_at(exchange, exchange.query("file")))


async def _looked_at(exchange: Exchange, name: str) -> WrittenLetter:
    """A helper reads it, which other pages do not wait for."""
    return await asyncio.to_thread(writing.look, exchange.campaign, name)


async def _page(
    exchange: Exchange, letter: WrittenLetter, wrong: Mapping[str, str] | None = None
) -> Response:
    """The page, with what was typed where something of it is `wrong`."""
    exchange.site.texts[letter.version] = letter.source
    typed = exchange.typed()
    number = exchange.query("number") or typed.get("number", "")
    names = _names(letter)
    beside = await _beside(exchange, letter, number, expressions=[*names])
    subject = blanks.to_words(letter.shown.subject, letter.columns)
    files = writing.files(exchange.campaign, letter)
    settings = exchange.campaign.settings
    return exchange.see(
        "letter.html",
        422 if wrong else 200,
        letter=letter,
        tabs=[
            (label, exchange.url("letter", query={"file": name}), name == letter.name)
            for name, label in zip(
                sorted((letter.name, *letter.others), key=lambda name: name == REMINDER),
                (_("The letter"), _("The reminder")),
                strict=False,
            )
        ],
        view="page" if exchange.query("on") == "paper" else "text",
        version=typed.get("version", letter.version),
        sender=[*settings.sender_lines, *filter(None, [settings.sender.contact])],
        beside=beside,
        fields=[_field(letter, i, typed, beside) for i in range(len(letter.shown.blocks))],
        subject=typed.get("subject", subject),
        added=typed.get("added", ""),
        menu=_menu(letter),
        editor=json.dumps(_for_editor(exchange, letter, names, typed), ensure_ascii=False),
        at=_block_at(letter, exchange.query("at")),
        why=findings.of_fault,
        **_of(beside),
        files=files,
        megabytes=_megabytes,
        why_file={e.name: str(reason(e.code, {"name": e.name})) for e in files.files if e.code},
        alt=typed.get("words", ""),
        behind=typed.get("behind", ""),
        wrong=wrong or {},
        saved=exchange.query("saved"),
    )


def _megabytes(size: int) -> str:
    return decimal(round(size / 1_000_000, 2))


def _field(
    letter: WrittenLetter, n: int, typed: Mapping[str, str], beside: Beside
) -> Mapping[str, Any]:
    """A block as a text field, without JavaScript; without the fences of an aligned one. A closed
    one is none, and its words are what it says.
    """
    block = letter.shown.blocks[n]
    if not block.is_prose:
        return {"n": n, "is_prose": False, "words": beside.values.get(f"#{n}", "")}
    aligned, inside = block.unfenced
    was = blanks.to_words(inside, letter.columns).replace("\r\n", "\n")
    words = typed.get(f"block-{n}", was)
    rows = max(2, sum(1 + len(line) // 70 for line in words.splitlines()))
    return {"n": n, "is_prose": True, "words": words, "was": was, "rows": rows, "aligned": aligned}


def _of(beside: Beside) -> Mapping[str, Any]:
    """What `_preview.html` wants."""
    return {"look": beside.look, "trouble": beside.reason}


def _block_at(letter: WrittenLetter, at: str) -> int | None:
    """The block in which this character of the file stands."""
    if (start := number_in(at)) is None:
        return None
    text = letter.source.replace("\r\n", "\n")
    row = text.count("\n", 0, start) + 1
    return max((n for n, each in enumerate(letter.shown.blocks) if each.row <= row), default=None)


def _menu(letter: WrittenLetter) -> Sequence[BlankGroup]:
    return blanks.menu(letter.columns, is_reminder=letter.is_reminder, has_lines=letter.has_lines)


def _names(letter: WrittenLetter) -> Mapping[str, str]:
    """The words for each blank of the letter and of the menu, by expression."""
    expressions = [each for group in _menu(letter) for each, _words in group.choices]
    used = _expressions(
        [*subject_nodes(letter.shown.subject), *(each.node for each in letter.shown.blocks)]
    )
    return {each: blanks.words_of(each, letter.columns) for each in (*expressions, *used)}


def _for_editor(
    exchange: Exchange, letter: WrittenLetter, names: Mapping[str, str], typed: Mapping[str, str]
) -> Mapping[str, object]:
    """The data for the editor's script. `typed` is its own document, to be shown again."""
    return {
        "typed": typed.get("document"),
        "subject": subject_nodes(typed.get("subject-source", letter.shown.subject)),
        "document": {"type": "doc", "content": [each.node for each in letter.shown.blocks]},
        "names": names,
        "pictures": exchange.url("letter-file"),
        "expressions": {words: each for each, words in names.items()},
        "sentences": {
            "blank": _("blank:"),
            "open": _("blank that nothing fills yet:"),
            "key": _("Enter changes it."),
            "put": _("Put the blank"),
            "change": _("Change the blank"),
            "done": _("Put in:"),
            "text": _("Text of the letter"),
            "closed": _("This passage is not changed here."),
            "drop": _("Take it out"),
            "nothing": _("(nothing)"),
            "note": _("Note"),
            "address": _("An address begins with https:// or mailto:"),
        },
    }


def _expressions(nodes: Sequence[Any]) -> list[str]:
    """Of all blanks of a document, each once."""
    found: dict[str, None] = {}
    for node in nodes:
        attrs = node.get("attrs", {})
        if said := attrs.get("expression") or attrs.get("source"):
            found[said] = None
        found |= dict.fromkeys(_expressions(node.get("content", [])))
    return [*found]


# --- beside it ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterNote:
    """A slip, remark or fault at its words; `block` is None for the subject."""

    why: str
    block: int | None
    words: str

    @property
    def shown(self) -> str:
        """The words, their blanks in brackets."""
        return blanks.to_words(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The preview for one recipient, or the reason why there is none; notes on the text.

    `values` are those of the blanks for that recipient, by expression.
    """

    look: Look | None
    reason: Reason | None
    values: Mapping[str, str]
    notes: Sequence[LetterNote]

    @property
    def told(self) -> str:
        """The data for the editor's script, as JSON."""
        notes = [
            {"block": each.block, "words": _in_editor(each.words), "why": each.why}
            for each in self.notes
            if each.words
        ]
        return json.dumps({"values": self.values, "notes": notes}, ensure_ascii=False)


async def _beside(
    exchange: Exchange,
    letter: WrittenLetter,
    number: str,
    source: str | None = None,
    expressions: Sequence[str] = (),
) -> Beside:
    wave = 2 if letter.is_reminder else 1
    text = letter.source if source is None else source
    is_on_paper = exchange.query("on") == "paper"
    try:
        look = await preview.begin(
            exchange, number_in(number), wave=wave, source=source, on_paper=is_on_paper
        )
        if look.trouble and look.trouble.code in ("leftover", "leftover-column"):
            # What it will look like can be seen before every blank is filled.
            bare = open_as_words(text)
            look = await preview.begin(exchange, look.asked.number, wave=wave, source=bare)
    except Trouble as trouble:
        return Beside(look=None, reason=reason_of(trouble), values={}, notes=())
    notes = _notes(exchange, letter, look, text)
    asked = {**{each: _source_of(each) for each in expressions}, **_closed(letter)}
    came = await exchange.site.previews.values(look.token, [*asked.values()])
    values = {each: came.get(source, "") for each, source in asked.items()}
    reason = reason_of(look.trouble) if look.trouble else None
    return Beside(look=look, reason=reason, values=values, notes=notes)


def _source_of(expression: str) -> str:
    """A blank, or a choice, as it stands in the letter."""
    return expression if expression.startswith("{%") else f"{{{{ {expression} }}}}"


def _closed(letter: WrittenLetter) -> Mapping[str, str]:
    """The sources of closed blocks by what the editor calls them."""
    return {f"#{n}": b.source for n, b in enumerate(letter.shown.blocks) if not b.is_prose}


def _notes(
    exchange: Exchange, letter: WrittenLetter, look: Look, source: str
) -> Sequence[LetterNote]:
    """Slips and remarks of this text, and those of the last check that still apply."""
    text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    rows = [block.row for block in letter.shown.blocks]
    if look.trouble is not None and look.trouble.row:
        words = str(look.trouble.facts.get("words", ""))
        return [
            _note(
                str(reason_of(look.trouble).why),
                text,
                rows,
                _found_in(text, words, look.trouble.row),
            )
        ]
    left = _("Nothing fills this blank yet: as long as it is so, no letter leaves.")
    open_ones = dict.fromkeys(each.found for each in open_blanks(text, letter.audience))
    found = [(left, _found_in(text, each, 1)) for each in open_ones]
    if look.mail is not None:
        found += [(str(findings.of_slip(each)), each.span) for each in look.mail.slips]
        found += [(str(findings.of_remark(each)), each.span) for each in look.mail.remarks]
    last = exchange.site.checks.of(exchange.place)
    result = last.result if last else None
    checked = result.sources.get(letter.name, "") if result else ""
    for about in result.notes if result else ():
        for remark in about.remarks if about.path == letter.name else ():
            span = remark.span and remark.span.carried(checked, text)
            if remark.keys and span and text[span.start : span.end] == remark.words:
                found.append((str(findings.of_remark(remark)), span))
    return [_note(why, text, rows, span) for why, span in found]


def _found_in(text: str, words: str, row: int) -> Stretch | None:
    """Where these words stand, in their row if they are there."""
    lines = text.split("\n")
    above = len("\n".join(["", *lines[: row - 1]]))
    for start in (above, 0):
        if words and (at := text.find(words, start)) >= 0:
            return Stretch(at, at + len(words))
    return None


def _note(why: str, text: str, rows: Sequence[int], span: Stretch | None) -> LetterNote:
    if span is None or span.end > len(text):
        return LetterNote(why=why, block=None, words="")
    row = text.count("\n", 0, span.start) + 1
    blocks = [n for n, first in enumerate(rows) if first <= row]
    block = blocks[-1] if blocks else None
    return LetterNote(why=why, block=block, words=text[span.start : span.end])


def _in_editor(words: str) -> str:
    """Words of the source as the editor's text: a blank, a picture … is one character."""
    words = _LEAVES.sub("\ufffc", words.replace("\n", " ").replace("**", ""))
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", words)


_LEAVES = re.compile(
    r"\{%\s*if\b.*?\{%\s*endif\s*%\}|\{\{.*?\}\}|\[\^[^\]]+\]|!\[.*?\]\(.*?\)(?:\{.*?\})?"
)


# --- changed --------------------------------------------------------------------------------------


async def draft(exchange: Exchange) -> Response:
    """The preview of the unsaved text, for htmx."""
    name, version = exchange.text("file"), exchange.text("version")
    letter = await _looked_at(exchange, name)
    typed = _typed(exchange, letter)
    source = await asyncio.to_thread(writing.drafted, exchange.place, letter.name, version, *typed)
    asked = exchange.text("expressions").split("\n")[:MOST_EXPRESSIONS]
    expressions = [each for each in asked if is_expression(each) or is_choice(each)]
    beside = await _beside(exchange, letter, exchange.text("number"), source, expressions)
    return exchange.see(
        "_letter_beside.html", beside=beside, is_draft=True, why=findings.of_fault, **_of(beside)
    )


async def save(exchange: Exchange) -> Response:
    """Write what was typed, unless the file has changed meanwhile."""
    if "source" in exchange.typed():
        return await asyncio.to_thread(_take_mine, exchange)
    name, version = exchange.text("file"), exchange.text("version")
    letter = await _looked_at(exchange, name)
    base = exchange.site.texts.get(version, "")
    if wrong := _half_left(exchange, letter):
        return await _page(exchange, letter, wrong)
    try:
        subject, edits = _typed(exchange, letter)
    except Misuse as misuse:
        return exchange.trouble(misuse)
    if subject is not None and not subject.strip():
        return await _page(exchange, letter, {"subject": _("A letter needs a subject.")})
    came = await asyncio.to_thread(
        writing.save, exchange.campaign, letter.name, version, subject, edits, base=base
    )
    number = exchange.text("number")
    return saved(exchange, "letter", letter, came, **({"number": number} if number else {}))


def _take_mine(exchange: Exchange) -> Response:
    """Settle a conflict: save the user's own text."""
    name, source = exchange.text("file"), exchange.text("source")
    letter = writing.look(exchange.campaign, name)
    came = writing.save_source(exchange.campaign, name, exchange.text("version"), source)
    return saved(exchange, "letter", letter, came)


def put_back(exchange: Exchange) -> Response:
    """The letter as it was before the last change; once more, as it was after it."""
    letter = writing.look(exchange.campaign, exchange.text("file"))
    came = writing.put_back(exchange.campaign, letter.name, exchange.text("version"))
    return saved(exchange, "letter", letter, came)


def _typed(
    exchange: Exchange, letter: WrittenLetter
) -> tuple[str | None, Sequence[BlockEdit] | None]:
    """The subject and the blocks of the form; None for what is as it was. Misuse."""
    typed = exchange.text("subject")
    is_same = typed == blanks.to_words(letter.shown.subject, letter.columns)
    subject = None if is_same else blanks.to_source(typed)
    if "subject-source" in exchange.typed():
        subject = exchange.text("subject-source")
    told = exchange.text("document")
    if told:
        try:
            document = json.loads(told)
        except (ValueError, RecursionError):
            raise Misuse("letter-document") from None
        return subject, edits_of(document)
    return subject, _of_fields(exchange)


def _half_left(exchange: Exchange, letter: WrittenLetter) -> Mapping[str, str]:
    """The plain fields that have lost a blank by a slip, and which."""
    fields = exchange.typed()
    stood = {"subject": blanks.to_words(letter.shown.subject, letter.columns)}
    stood |= {f"block-{n[4:]}": words for n, words in fields.items() if n.startswith("was-")}
    said = _("{blank} is no longer understood: write it as it was, or take it out whole.")
    return {
        name: said.format(blank=gone[0])
        for name, words in stood.items()
        if not fields.get("document") and (gone := blanks.lost(words, fields.get(name, "")))
    }


def _of_fields(exchange: Exchange) -> Sequence[BlockEdit] | None:
    """Edits by the fields of blocks, each of which carries its former text."""
    edits: list[BlockEdit] = []
    fields = exchange.typed()
    for n in range(len(fields)):
        if f"block-{n}" not in fields:
            break
        typed, was = exchange.text(f"block-{n}"), exchange.text(f"was-{n}")
        if typed == was:
            edits.append(BlockEdit(of=n))
        else:
            source = blanks.to_source(typed)
            if (kind := exchange.text(f"aligned-{n}")) in KINDS:
                source = fenced(kind, source.replace("\r\n", "\n"))
            edits.append(BlockEdit(of=n, source=source))
    if added := exchange.text("added"):
        edits.append(BlockEdit(source=blanks.to_source(added)))
    return edits if any(each.source is not None for each in edits) else None


# --- pictures and attachments ---------------------------------------------------------------------


async def attach(exchange: Exchange) -> Response:
    """Attach a file to every e-mail."""
    campaign, version = exchange.campaign, exchange.text("version")

    def add(letter: WrittenLetter, name: str, data: bytes) -> str | EditConflict:
        return writing.attach(campaign, letter, version, name, data)

    return await _added(exchange, "attachment", add)


async def picture(exchange: Exchange) -> Response:
    """Put a picture into the text."""
    campaign, version = exchange.campaign, exchange.text("version")
    words, behind = exchange.text("words").strip(), number_in(exchange.text("behind"))

    def add(letter: WrittenLetter, name: str, data: bytes) -> str | EditConflict:
        return writing.add_picture(
            campaign, letter, version, name, data, words=words, behind=behind
        )

    return await _added(exchange, "picture", add)


async def _added(
    exchange: Exchange, field: str, add: Callable[[WrittenLetter, str, bytes], str | EditConflict]
) -> Response:
    letter = await _looked_at(exchange, exchange.text("file"))
    chosen = exchange.files(field)
    if not chosen:
        return await _page(exchange, letter, {field: _("Choose a file first.")})
    try:
        data = await _bytes(chosen[0])
        came = await asyncio.to_thread(add, letter, chosen[0].filename or "", data)
    except (Misuse, LetterError) as trouble:
        return await _page(exchange, letter, {field: str(reason_of(trouble))})
    return saved(exchange, "letter", letter, came)


async def _bytes(chosen: UploadFile) -> bytes:
    """LetterError("enclosures-too-large") for what no message can carry."""
    data = await chosen.read(LARGEST_MESSAGE + 1)
    if len(data) > LARGEST_MESSAGE:
        raise LetterError(
            "enclosures-too-large",
            path=chosen.filename or "",
            size_mb=round(encoded_size(chosen.size or len(data)) / 1_000_000, 1),
            limit_mb=LARGEST_MESSAGE // 1_000_000,
        )
    return data


def detach(exchange: Exchange) -> Response:
    """Take an attachment out."""
    letter = writing.look(exchange.campaign, exchange.text("file"))
    name, version = exchange.text("name"), exchange.text("version")
    came = writing.detach(exchange.campaign, letter, version, name)
    return saved(exchange, "letter", letter, came)


def file(exchange: Exchange) -> Response:
    """A picture of the letter, for the editor."""
    found = writing.picture(exchange.campaign, exchange.query("name"))
    if found is None:
        return Response(status_code=404)
    return download(found, "picture", "image/png" if found.startswith(b"\x89") else "image/jpeg")


routes = [
    get("/c/{campaign:int}/letter", "letter", show),
    get("/c/{campaign:int}/letter/file", "letter-file", file),
    post("/c/{campaign:int}/letter/save", "letter-save", save),
    post("/c/{campaign:int}/letter/draft", "letter-draft", draft),
    post("/c/{campaign:int}/letter/before", "letter-before", put_back),
    post("/c/{campaign:int}/letter/attachment/upload", "letter-attach", attach),
    post("/c/{campaign:int}/letter/picture/upload", "letter-picture", picture),
    post("/c/{campaign:int}/letter/detach", "letter-detach", detach),
]
