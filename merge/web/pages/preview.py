"""A letter as its recipient reads it: subject, e-mail in a frame of its own, pages as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from html import escape

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from merge.app import check, preview, recipients
from merge.app.preview_worker import ShownPage
from merge.errors import Trouble
from merge.ledger.records import LogFilter, LogLine, LogOrder
from merge.web.exchange import Exchange, get, number_in, post
from merge.web.previews import Look
from merge.words.blanks import to_words
from merge.words.findings import of_fault
from merge.words.troubles import reason_of

FOUND_AT_MOST = 20
FRAME_POLICY = "; ".join(
    (
        "sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)


async def begin(
    exchange: Exchange,
    number: int | None = None,
    *,
    wave: int | None = None,
    source: str | None = None,
    on_paper: bool = False,
) -> Look:
    """A letter to include by `_preview.html`, as `look`. Errors as of `preview.select`.

    What is wrong with the letter itself is in the look.
    """
    asked = preview.select(exchange.campaign, number, wave=wave, source=source, on_paper=on_paper)
    previews = exchange.site.previews
    return await _look(exchange, previews.keep(asked, is_draft=source is not None))


async def one(exchange: Exchange) -> Response:
    """A letter that has an address."""
    return await _shown(exchange, await _look(exchange, _token(exchange)))


async def other(exchange: Exchange) -> Response:
    """The same letter to somebody else, by number."""
    look = await _look(exchange, _token(exchange))
    return await _shown(exchange, await _to(exchange, look, number_in(exchange.query("number"))))


async def find(exchange: Exchange) -> Response:
    """The same letter to the one who is called so; those of whom there are several are listed.

    By a form: no address names anybody.
    """
    look = await _look(exchange, _token(exchange))
    typed = exchange.text("find").strip()
    page = recipients.table(exchange.campaign, LogFilter(find=typed), LogOrder(by="name"), 1)
    if page.total != 1:
        lines = page.lines[:FOUND_AT_MOST]
        return await _shown(exchange, look, typed=typed, found=lines, total=page.total)
    look = await _to(exchange, look, page.lines[0].number)
    if exchange.is_swap:
        return await _shown(exchange, look)
    return exchange.go("preview-of", token=look.token)


async def _to(exchange: Exchange, look: Look, number: int | None) -> Look:
    """The letter that is looked at, a draft as it is, to the one with this number."""
    source = look.asked.source if look.is_draft else None
    return await begin(exchange, number, wave=look.asked.wave, source=source)


async def mail(exchange: Exchange) -> Response:
    """The e-mail alone, as it will leave, in its own sandbox."""
    look = await _look(exchange, _token(exchange))
    html = look.mail.html if look.mail else ""
    if not html and look.asked.source:  # no letter can be made of it: what stands there
        html = f"<pre style='white-space: pre-wrap'>{escape(to_words(look.asked.source))}</pre>"
    return HTMLResponse(html, headers={"Content-Security-Policy": FRAME_POLICY})


async def page(exchange: Exchange) -> Response:
    """Its pages; or why there are none, which stops nothing else."""
    token = _token(exchange)
    look = await _look(exchange, token)
    shown, trouble = ShownPage(), None
    try:
        shown = await exchange.site.previews.page(token) or _gone()
    except Trouble as wrong:
        trouble = reason_of(wrong)
    if shown.pdf and not look.is_draft and look.mail:
        # It changes nothing that anybody waits for: another command may have the campaign.
        with suppress(Trouble):
            check.note_page_seen(exchange.campaign, look.asked.wave, look.mail.version)
    template = "_pages.html" if exchange.is_swap else "pages.html"
    return exchange.see(template, look=look, shown=shown, trouble=trouble, why=of_fault)


async def file(exchange: Exchange) -> Response:
    """One of its pages as a picture, or all as a PDF, as `preview --as pdf` writes them."""
    shown = await exchange.site.previews.page(_token(exchange)) or _gone()
    number, _dot, kind = exchange.request.path_params["file"].partition(".")
    if kind == "pdf" and shown.pdf:
        return Response(shown.pdf, media_type="application/pdf")
    asked = number_in(number)
    if kind != "png" or asked is None or not 1 <= asked <= len(shown.pictures):
        raise HTTPException(404)
    return Response(shown.pictures[asked - 1], media_type="image/png")


def _token(exchange: Exchange) -> str:
    return str(exchange.request.path_params["token"])


def _gone() -> ShownPage:
    raise HTTPException(410)


async def _look(exchange: Exchange, token: str) -> Look:
    look = await exchange.site.previews.look(token)
    if look is None:  # the server has begun anew, or forty others were shown since
        raise HTTPException(410)
    return look


async def _shown(
    exchange: Exchange,
    look: Look,
    *,
    typed: str = "",
    found: Sequence[LogLine] = (),
    total: int | None = None,
) -> Response:
    template = "_preview.html" if exchange.is_swap else "preview.html"
    return exchange.see(
        template,
        look=look,
        trouble=reason_of(look.trouble) if look.trouble else None,
        why=of_fault,
        typed=typed,
        found=found,
        total=total,
    )


_AT = "/c/{campaign:int}/preview"
routes = [
    get(f"{_AT}/{{token}}", "preview-of", one),
    get(f"{_AT}/{{token}}/other", "preview-other", other),
    post(f"{_AT}/{{token}}/find", "preview-find", find),
    get(f"{_AT}/{{token}}/mail", "preview-mail", mail),
    get(f"{_AT}/{{token}}/page", "preview-page", page),
    get(f"{_AT}/{{token}}/page/{{file}}", "preview-file", file),
]
