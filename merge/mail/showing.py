"""Somebody's mail → HTML that is safe to show in a frame of its own; pure.

What is not known is dropped: only elements that set text stay, and of their attributes only those
that can do nothing but set it. No script, form, frame, style sheet or address from outside is left;
a picture is shown where the mail brings it along. Whoever shows it forbids the same once more, by
a header: see `merge.web.mails`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from html import escape
from html.parser import HTMLParser

from merge.mail.plaintext import (
    BROKEN,
    MOST_CHARACTERS,
    NOT_SHOWN,
    attachments_of,
    closed,
    decoded,
    header,
    leaves,
    no_collections,
    safe,
    text_of,
)

_ALONE = frozenset({"br", "hr", "img"})
_KNOWN = _ALONE.union(
    ("a", "abbr", "address", "b", "big", "blockquote", "caption", "center", "code", "dd", "del"),
    ("div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "i", "ins", "li"),
    ("ol", "p", "pre", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "table"),
    ("tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul"),
)
_ATTRIBUTES = frozenset[str]().union(
    ("align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "color", "colspan", "dir"),
    ("height", "lang", "rowspan", "size", "start", "style", "type", "valign", "width"),
)
# `url(`, an escape that hides it, or what leaves the text's own place.
_NO_STYLE = re.compile(r"[\\<>@]|url|expression|image|position|fixed|behaviou?r|binding", re.I)
_PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_PICTURES_AT_MOST = 3_000_000  # bytes of all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeMail:
    """A mail as it can be looked at: its headers as one line each, its words, its HTML.

    `html` is "" of a mail that has none; `left_out` counts its pictures from outside. All is empty
    where nothing of it can be read.
    """

    subject: str = ""
    sender: str = ""
    to: str = ""
    date: str = ""
    text: str = ""
    html: str = ""
    left_out: int = 0
    attached: tuple[str, ...] = ()


@no_collections()
def shown(data: bytes) -> SafeMail:
    """The mail with these bytes."""
    try:
        return _shown(BytesParser().parsebytes(data))
    except BROKEN:
        return SafeMail()


def _shown(message: Message) -> SafeMail:
    parts = list(leaves(message))
    writer = _SafeHtml(_pictures(parts))
    for part in parts:
        if part.get_content_type() == "text/html" and not part.get_filename():
            writer.write(_content(part))
            break
    return SafeMail(
        subject=header(message, "Subject"),
        sender=header(message, "From"),
        to=header(message, "To"),
        date=header(message, "Date"),
        text=text_of(message),
        html="".join(writer.pieces).strip(),
        left_out=writer.left_out,
        attached=tuple(attachments_of(message)),
    )


def _content(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    charset = str(part.get_param("charset") or "utf-8")
    return safe(decoded(content[: 4 * MOST_CHARACTERS], charset), most=4 * MOST_CHARACTERS)


def _pictures(parts: Sequence[Message]) -> Mapping[str, str]:
    """The pictures that came along as addresses of `data:`, by their Content-ID (RFC 2392)."""
    found: dict[str, str] = {}
    left = _PICTURES_AT_MOST
    for part in parts:
        kind, name = part.get_content_type(), str(part["Content-ID"] or "").strip(" <>")
        if not name or kind not in ("image/png", "image/jpeg", "image/gif"):
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and len(content) <= left:
            left -= len(content)
            found[name] = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return found


class _SafeHtml(HTMLParser):
    """HTML → what of it may be shown."""

    def __init__(self, pictures: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.left_out = 0
        self._pictures = pictures
        self._hidden = 0
        self._links: list[str] = []

    def write(self, html: str) -> None:
        """All of it; html.parser gives up on some broken declarations."""
        try:
            self.feed(closed(html))
            self.close()
        except (AssertionError, ValueError):
            pass

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._hidden = 0  # HTML lets the end of a head be left out
        elif tag in NOT_SHOWN:
            self._hidden += 1
        elif tag not in _KNOWN or self._hidden:
            return
        elif tag == "img":
            self._picture(dict(attrs))
        else:
            self.pieces.append(f"<{tag}{_kept(attrs)}>")
            if tag == "a":
                self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in NOT_SHOWN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _KNOWN - _ALONE and not self._hidden:
            if tag == "a" and self._links:
                self._where_it_leads(self._links.pop())
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(escape(data))

    def _picture(self, attributes: Mapping[str, str | None]) -> None:
        source = (attributes.get("src") or "").strip()
        address = self._pictures.get(source[4:]) if source[:4].lower() == "cid:" else None
        if address is None and _PICTURE.fullmatch(source) and len(source) < _PICTURES_AT_MOST:
            address = source
        if address is None:
            self.left_out += 1
            self.pieces.append(escape(f"[{attributes.get('alt') or '…'}]"))
            return
        kept = _kept([("alt", attributes.get("alt") or ""), *attributes.items()])
        self.pieces.append(f'<img src="{escape(address)}"{kept}>')

    def _where_it_leads(self, link: str) -> None:
        """A link cannot be followed from here; one that says less than it does is told."""
        said = "".join(self.pieces[-3:])
        if link.startswith(("http:", "https:", "mailto:")) and escape(link)[:200] not in said:
            self.pieces.append(escape(f" <{link[:200]}>"))


def _kept(attributes: Sequence[tuple[str, str | None]]) -> str:
    kept = {
        name: value or ""
        for name, value in reversed(attributes)
        if name in _ATTRIBUTES and not (name == "style" and _NO_STYLE.search(value or ""))
    }
    return "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
