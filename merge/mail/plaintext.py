"""Somebody's mail → text that is safe to show on a terminal; pure.

Nothing of it is run, fetched or obeyed: scripts and styles are dropped, links are shown as text,
and no character is let through that could move a cursor or turn the direction of reading.
html.parser reads the HTML: nh3 took 28 s for 500 kB of nested `<div>`, this 0.3 s, and drops what
it takes for an unknown element ("<votre ville>").
"""

from __future__ import annotations

import gc
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from html.parser import HTMLParser

BROKEN = (
    *(ValueError, LookupError, ArithmeticError, RecursionError, TypeError, AttributeError),
    MessageError,
)
"""What the standard library's parser raises at a mail that is broken, most likely on purpose."""


@contextmanager
def no_collections() -> Iterator[None]:
    """Let Python collect no garbage in work that may use up the stack.

    What a collection frees there, from anywhere in the process, cannot even be closed: Python says
    so on stderr, once an object.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


MOST_CHARACTERS = 100_000
MOST_PARTS = 200

NOT_SHOWN = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object"})
_ENDS_A_LINE = frozenset(
    ("p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "hr", "pre")
) | {f"h{n}" for n in range(1, 7)}


# What letters, French and their punctuation are made of needs no second look.
_NOT_SURELY_SAFE = re.compile("[^\n\t -~\xa0-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u20ac]")


def _if_safe(found: re.Match[str]) -> str:
    category = unicodedata.category(found[0])
    return "" if category in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else found[0]


def safe(text: str, *, most: int = MOST_CHARACTERS) -> str:
    """The text without control characters, marks of direction and surrogates; lines stay lines."""
    text = text[: most + 1].replace("\r\n", "\n").replace("\r", "\n")
    shown = _NOT_SURELY_SAFE.sub(_if_safe, text)
    return shown[:most] + (" …" if len(text) > most else "")


def header(message: Message, name: str) -> str:
    """A header's words (RFC 2047) as one safe line; "" when it is not there."""
    raw = next((str(v) for k, v in message.raw_items() if k.lower() == name.lower()), "")
    return " ".join(safe(_words_in(raw), most=500).split())


def _words_in(raw: str) -> str:
    """What stands in a header, in the form of RFC 2047 or not."""
    try:
        pieces = [
            piece if isinstance(piece, str) else decoded(piece, charset or "utf-8")
            for piece, charset in decode_header(raw[:4000])
        ]
    except (ValueError, LookupError, MessageError):  # broken base64, an unknown charset
        pieces = [raw]
    return "".join(pieces).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def text_of(message: Message) -> str:
    """What a person reads of it: the plain part, else the HTML's words; "" when there is none."""
    found: dict[str, str] = {}
    for part in leaves(message):
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and kind not in found and not part.get_filename():
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                found[kind] = decoded(
                    content[: 4 * MOST_CHARACTERS], str(part.get_param("charset") or "utf-8")
                )
    plain = found.get("text/plain", "")
    return safe(plain if plain.strip() else _words_of(found.get("text/html", "")))


def attachments_of(message: Message) -> list[str]:
    """The names of the files that come with it; the kind of one that has no name.

    Pictures within the text, a logo most often, and signatures of programs are none.
    """
    found: list[str] = []
    for part in leaves(message):
        kind, name = part.get_content_type(), part.get_filename()
        is_drawn = part.get_content_maintype() == "image" and part["Content-ID"]
        if kind.endswith("-signature") or is_drawn or (not name and kind.startswith("text/")):
            continue
        found.append(" ".join(safe(_words_in(name) if name else kind, most=100).split()))
    return found


def own_words(text: str) -> str:
    """The text without what it quotes below or between: what its writer has to say."""
    own: list[str] = []
    start = 0
    while found := _QUOTES_BELOW.search(text, start):
        own.append(text[start : found.start()])
        start = found.end()
        if not _IS_MARKED.match(text, start):  # nobody knows where the quotation ends
            break
    else:
        own.append(text[start:])
    lines = "".join(own).split("\n")
    return "\n".join(line for line in lines if not line.lstrip().startswith((">", "|"))).strip()


_IS_MARKED = re.compile(r"\s*>")
_MARGIN = r"[*_ \t\xa0]{0,10}"  # "*De :*" of those who make text of HTML
# French and English, then German, Spanish, Italian, Dutch, Portuguese and Catalan.
_FROM = rf"{_MARGIN}(?:de|from|von|da|van){_MARGIN}:"
_OTHER_HEADER = (
    rf"{_MARGIN}(?:envoyé|sent|à|to|date|objet|subject|gesendet|an|datum|betreff"
    r"|enviado(?: el|a em)?|para|fecha|asunto|inviato|a|data|oggetto|verzonden|aan|onderwerp"
    r"|assunto|enviat|assumpte)"
    rf"{_MARGIN}:"
)
_ON_DAY = r"(?:le|on|el|il|em|a) .{0,40}\d"
_WROTE = r"(?:a écrit|wrote|escribió|ha scritto|escreveu|va escriure)"
_MESSAGE = (
    r"(?:message d.origine|original message|message (?:transféré|initial|original)"
    r"|(?:e-?mail|mail|courriel) (?:d.origine|original|transféré)|forwarded message"
    r"|(?:ursprüngliche|weitergeleitete|original)[ -]nachricht|mensaje (?:original|reenviado)"
    r"|messaggio (?:originale|inoltrato)|(?:oorspronkelijk|doorgestuurd) bericht"
    r"|mensagem (?:original|encaminhada)|missatge (?:original|reenviat))"
)
_BEGINS = (
    r"(?:début du message (?:transféré|réexpédié)|begin forwarded message"
    r"|anfang der weitergeleiteten nachricht|inicio del mensaje reenviado"
    r"|inizio messaggio inoltrato|begin doorgestuurd bericht|início da mensagem reencaminhada)"
)
_QUOTES_BELOW = re.compile(
    rf"^(?:{_MARGIN}(?:"
    rf"-{{2,}} *{_MESSAGE}|{_BEGINS}"
    r"|(?:le|on) .{5,200}\b(?:a écrit|wrote)\s{0,5}:?[ \t\xa0]{0,5}$"
    rf"|{_ON_DAY}.{{5,200}}\b{_WROTE}\s{{0,5}}:[ \t\xa0]{{0,5}}$"
    # Gmail's
    rf"|{_ON_DAY}.{{5,200}}\n.{{0,80}}\b(?:écrit|scritto|{_WROTE})\s{{0,5}}:[ \t\xa0]{{0,5}}$"
    r"|(?:am|op) .{0,40}\d.{0,60}\b(?:schrieb|schreef)\b.{0,120}(?:\n.{0,80})?:[ \t\xa0]{0,5}$"
    r"|missatge de .{3,120}\bdel dia .{5,60}:[ \t\xa0]{0,5}$"
    r"|origine de votre adresse\b|where your address comes from\b"  # the foot of our own letter
    r")"
    r"|.{3,120} (?:a écrit le|schrieb am) .{5,60}:[ \t\xa0]{0,5}$"
    r"|\s{0,10}_{10,}[ \t\xa0]{0,5}$"
    # A header, or its first two lines: "De : Collectif <…>", Zimbra's "De: …", "*From:* …".
    rf"|{_FROM}(?:.+@|.{{0,200}}\n\s{{0,5}}{_OTHER_HEADER})"
    r").*$",
    re.IGNORECASE | re.MULTILINE,
)


def leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in their order; messages within it are not looked into."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() == "multipart":
            waiting[:0] = [each for each in inner if isinstance(each, Message)]
        elif not isinstance(inner, list):
            yield part


def decoded(content: bytes, charset: str) -> str:
    """Text in that charset, else in the first of two others that could be it."""
    for encoding in (charset, "utf-8"):
        try:
            return content.decode(encoding)
        except (LookupError, UnicodeError, ValueError):  # unknown, another one, NUL in its name
            continue
    return content.decode("cp1252", "replace")


class _Words(HTMLParser):
    """HTML → its words, and where its links lead."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._hidden = 0  # HTML lets the end of a head be left out
        elif tag in NOT_SHOWN:
            self._hidden += 1
        elif tag in _ENDS_A_LINE:
            self.pieces.append("\n")
        elif tag in ("td", "th"):
            self.pieces.append(" ")
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in NOT_SHOWN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _ENDS_A_LINE:
            self.pieces.append("\n")
        elif tag == "a" and self._links:
            link = self._links.pop()
            if link.startswith(("http:", "https:", "mailto:")) and not self._hidden:
                self.pieces.append(f" <{link[:200]}>")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(re.sub(r"\s+", " ", data))


def closed(html: str) -> str:
    """The HTML without an unclosed comment or tag at its end.

    Some Pythons would search for the end again at each character of it (CVE-2025-6069).
    """
    for opens, closes in (("<!--", "-->"), ("<", ">")):
        start = html.find(opens, html.rfind(closes) + 1)
        html = html if start < 0 else html[:start]
    return html


def _words_of(html: str) -> str:
    parser = _Words()
    try:
        parser.feed(closed(html))
        parser.close()
    except (AssertionError, ValueError):  # html.parser gives up on some broken declarations
        pass
    lines = (" ".join(line.split()) for line in "".join(parser.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
