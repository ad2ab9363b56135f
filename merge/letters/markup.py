"""The little HTML that a letter may hold, and what becomes of the rest.

What a letter from a stranger could do harm with goes in two steps: `without_dangers` takes out of
the source what has a content of its own (scripts, styles, comments), `understood` makes of each tag
that is left the token that Markdown has for it, or nothing. No tag of the author's is ever handed
on as it was typed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token

from merge.errors import LetterError


@dataclass(frozen=True, slots=True)
class Removed:
    """HTML that the letter held and no recipient gets; what it stood around has stayed."""

    found: str
    row: int


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Elements whose content is no text of the letter.
_WITH_CONTENT = _names(
    "applet audio canvas frameset head iframe math noembed noframes noscript object plaintext "
    "script select style svg template textarea title video xmp"
)
# What each becomes; both channels can say it.
INLINE = {"b": "strong", "strong": "strong", "i": "em", "em": "em"}
INLINE |= {name: name for name in ("u", "sup", "sub", "span")}
BLOCKS = _names(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav "
    "ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul"
)
_SAYING_NOTHING = frozenset(("<p>", "</p>", "<div>", "</div>"))
_OTHERS = _names(
    "a abbr acronym area base basefont bdi bdo bgsound big blink br button cite code col colgroup "
    "data datalist del dfn dir embed font frame image img input ins kbd label link map mark "
    "marquee meta meter nobr output param picture progress q rp rt ruby s samp slot small source "
    "strike time track tt var wbr"
)
KNOWN = _WITH_CONTENT | BLOCKS | _OTHERS | frozenset(INLINE)

DANGER = re.compile(
    rf"(?<!\\)(?:<(?P<comment>!--)(?:.*?(?P<comment_ends>-->))?"
    rf"|<(?P<element>{'|'.join(sorted(_WITH_CONTENT))})\b[^<>]*>"
    rf"(?:.*?(?P<element_ends></(?P=element)\s*>))?"
    r"|</?(?:o|v|w|m|st1):[a-z]+[^<>]*>)",  # Word's own
    re.DOTALL | re.IGNORECASE,
)
_LONGEST_SHOWN = 60
_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+\Z", re.IGNORECASE)


def may_be_linked(href: str, blank: re.Pattern[str]) -> bool:
    """Whether a link may lead there: to the web, to an address, or where a cell says (`blank`)."""
    return bool(_LINK.match(href) or blank.match(href))


def without_dangers(source: str, *, path: str, above: int) -> tuple[str, list[Removed]]:
    """The source without comments and elements such as scripts; its rows stay where they were.

    `above` counts the rows of the file before the source. LetterError("html-unclosed", `words`)
    where such an element has no end: all that follows would go with it.
    """
    removed: list[Removed] = []

    def gone(found: re.Match[str]) -> str:
        row = above + 1 + source.count("\n", 0, found.start())
        element, ends = found["comment"] or found["element"], found["comment_ends"]
        if element and not (ends or found["element_ends"]):
            raise LetterError("html-unclosed", path=path, row=row, words=short(found[0]))
        removed.append(Removed(short(found[0]), row))
        return "\n" * found[0].count("\n")

    return DANGER.sub(gone, source), removed


def short(found: str) -> str:
    """What was found, on one line that a person can take in."""
    words = " ".join(found.split())
    return words if len(words) <= _LONGEST_SHOWN else words[:_LONGEST_SHOWN] + "…"


def understood(
    tokens: Sequence[Token], *, blank: re.Pattern[str], path: str, above: int
) -> tuple[list[Token], list[Removed]]:
    """The tokens of Markdown with no HTML left in them.

    Bold and its like, line breaks and links become what Markdown has for them. Where an element
    such as <p> or <div> begins or ends, a paragraph does. `blank` is how a blank begins that may
    be the whole address of a link. LetterError as in `without_dangers`.
    """
    clean: list[Token] = []
    removed: list[Removed] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        i += 1
        if not any(child.type == "html_inline" for child in token.children or ()):
            clean.append(token)
            continue
        row = above + 1 + (token.map[0] if token.map else 0)
        inside = _Inside(token.children or [], row, blank, path)
        removed += inside.removed
        pieces = [piece for piece in map(trimmed, inside.pieces) if piece]
        if clean[-1].type == "paragraph_open":
            opening, closing = clean.pop(), tokens[i]
            i += 1
            hidden = opening.hidden and len(pieces) < 2
            for piece in pieces:
                clean += [
                    replace(opening, hidden=hidden),
                    _holding(token, piece),
                    replace(closing, hidden=hidden),
                ]
        else:  # a heading stays one, and so does a cell of a table
            is_cell = clean[-1].type in ("th_open", "td_open")
            between = Token("hardbreak", "br", 0) if is_cell else _space()
            whole = [each for piece in pieces for each in (between, *piece)][1:]
            clean.append(_holding(token, whole))
    return clean, removed


def _space() -> Token:
    return Token("softbreak", "br", 0)


def _holding(inline: Token, children: list[Token]) -> Token:
    """The inline token with other children. Its content says whether it is more than tags."""
    said = "".join(each.content if each.type == "text" else "\ufffc" for each in children)
    return replace(inline, children=children, content=said)


def trimmed(piece: list[Token]) -> list[Token]:
    """The tokens of a paragraph without the space at its ends, [] when that is all there is."""
    start, end = 0, len(piece)
    while start < end and _is_space(piece[start]):
        start += 1
    while end > start and _is_space(piece[end - 1]):
        end -= 1
    kept = piece[start:end]
    if kept and kept[0].type == "text":
        kept[0] = replace(kept[0], content=kept[0].content.lstrip(" "))
    if kept and kept[-1].type == "text":
        kept[-1] = replace(kept[-1], content=kept[-1].content.rstrip(" "))
    return kept


def _is_space(token: Token) -> bool:
    return token.type == "softbreak" or (token.type == "text" and not token.content.strip(" "))


@dataclass(frozen=True, slots=True)
class _Tag:
    """One tag as a browser would read it. `name` is "" for what is no element at all."""

    name: str
    closes: bool
    attributes: tuple[tuple[str, str], ...]

    @property
    def href(self) -> str:
        return next((value for name, value in self.attributes if name == "href"), "").strip()


class _TagReader(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.tag = _Tag("", False, ())
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = _Tag(tag, False, tuple((name, value or "") for name, value in attrs))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.tag = _Tag(tag, True, ())


class _Inside:
    """What one paragraph holds, its HTML understood: `pieces` are the paragraphs it becomes."""

    def __init__(
        self, children: Sequence[Token], row: int, blank: re.Pattern[str], path: str
    ) -> None:
        self._blank = blank
        self.removed: list[Removed] = []
        tags = {
            i: _TagReader(token.content).tag
            for i, token in enumerate(children)
            if token.type == "html_inline"
        }
        kept = self._pairs(children, tags)
        opened: Counter[str] = Counter()  # of what is removed, so that one telling is enough
        self.pieces: list[list[Token]] = [[]]
        depth = 0
        for i, token in enumerate(children):
            if token.type in ("softbreak", "hardbreak"):
                row += 1
            tag = tags.get(i)
            if tag is None:
                depth += token.nesting
                self.pieces[-1].append(token)
                continue
            if i in kept:
                depth += -1 if tag.closes else 1
                self.pieces[-1].append(self._token(kept[i], tag))
                is_told = bool(tag.attributes) and (
                    tag.name != "a" or {name for name, _ in tag.attributes} > {"href"}
                )
            elif tag.name and tag.name not in KNOWN:
                # No HTML, so it is somebody's words: "<votre ville>". They stay, as text.
                self.pieces[-1].append(replace(token, type="text"))
                is_told = False
            elif tag.name == "br":
                self.pieces[-1].append(Token("hardbreak", "br", 0))
                is_told = bool(tag.attributes)
            else:
                if tag.name in _WITH_CONTENT and not tag.closes:
                    raise LetterError(
                        "html-unclosed", path=path, row=row, words=short(token.content)
                    )
                if tag.name in BLOCKS and depth == 0:
                    self.pieces.append([])
                elif tag.name in BLOCKS:
                    self.pieces[-1].append(_space())
                is_told = token.content.lower() not in _SAYING_NOTHING
                if tag.closes and opened[tag.name]:
                    opened[tag.name] -= 1
                    is_told = False
                elif not tag.closes:
                    opened[tag.name] += 1
            if is_told:
                self.removed.append(Removed(short(token.content), row))
            row += token.content.count("\n")

    def _pairs(self, children: Sequence[Token], tags: dict[int, _Tag]) -> dict[int, str]:
        """The tags that stay, each with the element that it becomes: opened and closed in order."""
        kept: dict[int, str] = {}
        open_now: list[tuple[int, str]] = []  # Markdown's own have the name ""
        for i, token in enumerate(children):
            tag = tags.get(i)
            if tag is None:
                if token.type == "link_open":
                    open_now = [each for each in open_now if each[1] != "a"]
                    open_now.append((i, "link"))
                elif token.nesting > 0:
                    open_now.append((i, ""))
                elif token.nesting < 0:
                    while children[open_now.pop()[0]].type == "html_inline":
                        pass  # it was opened inside of what ends here, and never closed
            elif tag.closes:
                if open_now and open_now[-1][1] == tag.name:
                    start, _name = open_now.pop()
                    kept[start] = kept[i] = INLINE.get(tag.name, "link")
            elif tag.name in INLINE or self._is_link(tag, open_now):
                open_now.append((i, tag.name))
        return kept

    def _is_link(self, tag: _Tag, around: Sequence[tuple[int, str]]) -> bool:
        """A link to the web or an address, and in no other link."""
        return (
            tag.name == "a"
            and not any(name in ("a", "link") for _i, name in around)
            and may_be_linked(tag.href, self._blank)
        )

    def _token(self, element: str, tag: _Tag) -> Token:
        name = "a" if element == "link" else element
        if tag.closes:
            return Token(f"{element}_close", name, -1)
        attrs: dict[str, str | int | float] = (
            {"href": normalizeLink(tag.href)} if element == "link" else {}
        )
        return Token(f"{element}_open", name, 1, attrs=attrs)
