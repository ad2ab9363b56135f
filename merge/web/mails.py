"""A mail as it is shown: in a frame of its own, which can do nothing.

Its HTML was rebuilt of what may be shown (`merge.mail.showing`). What a fault there would let
through the browser forbids: the answer's own header makes it a document without an origin, scripts,
forms or windows, which loads nothing from anywhere.
"""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse, Response

from merge.words.language import _, code, ngettext

FRAME_POLICY = "; ".join(
    (
        "sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline'",  # a mail sets its text so; no address is left in it
        "img-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)

_HEADERS = {"X-DNS-Prefetch-Control": "off"}
_LOOK = (
    "body{margin:1rem;font:16px/1.5 system-ui,'Liberation Sans',sans-serif;color:#1d1d1b;"
    "background:#fff;overflow-wrap:anywhere}img,table{max-width:100%;height:auto}"
    "pre{white-space:pre-wrap}"
)


def frame(html: str, text: str = "", *, left_out: int = 0) -> Response:
    """What an `<iframe sandbox>` of a page shows: the mail's HTML, else its words.

    `left_out` pictures from outside are not shown, and that is said.
    """
    # Towns and those who write to them do so in French, whatever the page speaks.
    body = f'<div lang="fr">{html or f"<pre>{escape(text)}</pre>"}</div>'
    if html and left_out:
        told = ngettext(
            "{n} picture from outside is not shown: to fetch it would tell that this mail is read.",
            "{n} pictures from outside are not shown: to fetch them would tell that this mail is "
            "read.",
            left_out,
        ).format(n=left_out)
        body = f"<p><small>{escape(told)}</small></p><hr>{body}"
    page = (
        f'<!doctype html><html lang="{code()}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(_('A mail'))}</title><style>{_LOOK}</style><body>{body}</body></html>"
    )
    headers = {**_HEADERS, "Content-Security-Policy": FRAME_POLICY}
    return HTMLResponse(page, headers=headers)
