"""Pictures and attachments of a letter: put in, taken out, with what will be refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.datastructures import UploadFile
from starlette.responses import Response

from merge.app import letter_files, writing
from merge.app.writing import EditConflict, WrittenLetter
from merge.errors import LetterError, Misuse
from merge.letters.enclosures import encoded_size
from merge.model import LARGEST_MESSAGE
from merge.web.exchange import Exchange, get, number_in, post
from merge.web.saved import saved
from merge.words import blanks
from merge.words.language import _, decimal
from merge.words.reasons import reason
from merge.words.troubles import reason_of


def show(exchange: Exchange) -> Response:
    """The files of the letter."""
    return _page(exchange, writing.look(exchange.campaign, exchange.query("file")))


def _page(
    exchange: Exchange, letter: WrittenLetter, wrong: Mapping[str, str] | None = None
) -> Response:
    files = letter_files.look(exchange.campaign, letter)
    return exchange.see(
        "letter_files.html",
        422 if wrong else 200,
        letter=letter,
        files=files,
        megabytes=_megabytes,
        why={each.name: _why(each.name, each.code) for each in files.files if each.code},
        places=[
            (n, blanks.to_words(block.source, letter.columns)[:60])
            for n, block in enumerate(letter.shown.blocks)
        ],
        typed=exchange.typed(),
        wrong=wrong or {},
        saved=exchange.query("saved"),
    )


def _megabytes(size: int) -> str:
    return decimal(round(size / 1_000_000, 2))


def _why(name: str, code: str) -> str:
    return str(reason(code, {"name": name}))


async def attach(exchange: Exchange) -> Response:
    """Attach a file to every e-mail."""
    campaign, version = exchange.campaign, exchange.text("version")

    def add(letter: WrittenLetter, name: str, data: bytes) -> str | EditConflict:
        return letter_files.attach(campaign, letter, version, name, data)

    return await _added(exchange, "attachment", add)


async def picture(exchange: Exchange) -> Response:
    """Put a picture into the text."""
    campaign, version = exchange.campaign, exchange.text("version")
    words, behind = exchange.text("words").strip(), number_in(exchange.text("behind"))

    def add(letter: WrittenLetter, name: str, data: bytes) -> str | EditConflict:
        return letter_files.add_picture(
            campaign, letter, version, name, data, words=words, behind=behind
        )

    return await _added(exchange, "picture", add)


async def _added(
    exchange: Exchange, field: str, add: Callable[[WrittenLetter, str, bytes], str | EditConflict]
) -> Response:
    letter = writing.look(exchange.campaign, exchange.text("file"))
    chosen = exchange.files(field)
    if not chosen:
        return _page(exchange, letter, {field: _("Choose a file first.")})
    try:
        came = add(letter, chosen[0].filename or "", await _bytes(chosen[0]))
    except (Misuse, LetterError) as trouble:
        return _page(exchange, letter, {field: str(reason_of(trouble))})
    return saved(exchange, "letter-files", letter, came)


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
    came = letter_files.detach(exchange.campaign, letter, version, name)
    return saved(exchange, "letter-files", letter, came)


routes = [
    get("/c/{campaign:int}/letter/files", "letter-files", show),
    post("/c/{campaign:int}/letter/files/attachment/upload", "letter-attach", attach),
    post("/c/{campaign:int}/letter/files/picture/upload", "letter-picture", picture),
    post("/c/{campaign:int}/letter/files/detach", "letter-detach", detach),
]
