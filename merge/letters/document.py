"""A letter that is an HTML document → the tokens that the same letter in Markdown would give.

What a letter can say is built anew from what is known; nothing of the document is handed on as it
stands, so that nothing needs to be cleaned out of it. A sanitizer such as nh3 cannot say what it
removed and in which row, and drops somebody's words ("<votre ville>") with the unknown tags.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token

from merge.letters.markup import BLOCKS, INLINE, KNOWN, Removed, may_be_linked, short, trimmed

_SPACES = re.compile(r"[ \t\n\r\f]+")  # HTML's own: a no-break space is meant
_NUMBER = re.compile("[0-9]{1,9}")  # as many digits as Markdown takes
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HOLDERS = {
    "ul": "bullet_list",
    "ol": "ordered_list",
    "li": "list_item",
    "blockquote": "blockquote",
}
_FRAME = frozenset(("html", "body", "p", "div", "main", "article", "section"))  # say nothing more
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}, "html": {"lang"}}


def tokens(source: str, *, blank: re.Pattern[str], above: int) -> tuple[list[Token], list[Removed]]:
    """The tokens of Markdown for the document, and what of it no recipient gets.

    The source has passed `markup.without_dangers`; `blank` is how a blank begins that may be the
    whole address of a link; `above` counts the rows of the file before the source.
    """
    reader = _Document(blank, above)
    reader.feed(source)
    reader.close()
    return reader.tokens, reader.removed


class _Document(HTMLParser):
    def __init__(self, blank: re.Pattern[str], above: int) -> None:
        super().__init__(convert_charrefs=True)
        self.tokens: list[Token] = []
        self.removed: list[Removed] = []
        self._blank = blank
        self._above = above
        self._holders: list[str] = []  # the lists, items and quotations that are open
        self._paragraphs: list[list[int]] = []  # of each open item: where they begin in `tokens`
        self._heading = ""
        self._children: list[Token] = []  # of the paragraph that is being read
        self._inline: list[tuple[str, Token]] = []  # what is open in it
        self._line = 0
        self._is_spaced = True

    # --- what the parser finds --------------------------------------------------------------------

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in KNOWN:
            self.handle_data(self.get_starttag_text() or "")  # somebody's words: "<votre ville>"
            return
        is_told = bool(values.keys() - _ATTRIBUTES.get(tag, set()))
        if tag in INLINE:
            self._open_inline(tag, Token(f"{INLINE[tag]}_open", INLINE[tag], 1))
        elif tag == "br":
            self._add(Token("hardbreak", "br", 0))
            self._is_spaced = True
        elif tag == "a" and self._may_link(href := values.get("href", "").strip()):
            attributes: dict[str, str | int | float] = {"href": normalizeLink(href)}
            self._open_inline(tag, Token("link_open", "a", 1, attrs=attributes))
        elif tag == "img" and values.get("src"):
            self._add(_picture(values["src"], values.get("alt", "")))
            self._is_spaced = False
        elif tag in BLOCKS:
            is_told |= self._begin(tag, values)
        else:
            is_told = True
        if is_told:
            row = self._above + self.getpos()[0]
            self.removed.append(Removed(short(self.get_starttag_text() or tag), row))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._end_paragraph()
            if tag in _HOLDERS and tag in self._holders:
                self._close_holders(tag)
        elif tag in [name for name, _token in self._inline]:
            while self._close_inline() != tag:
                pass

    def handle_data(self, data: str) -> None:
        text = _SPACES.sub(" ", data)
        if self._is_spaced:
            text = text.removeprefix(" ")
        if not text:
            return
        if not self._children:
            blank_lines = data[: len(data) - len(data.lstrip())].count("\n")
            self._line = self.getpos()[0] - 1 + blank_lines
        self._add(Token("text", "", 0, content=text))
        self._is_spaced = text.endswith(" ")

    def close(self) -> None:
        super().close()
        self._end_paragraph()
        while self._holders:
            self._close_holders(self._holders[-1])

    # --- within a paragraph -----------------------------------------------------------------------

    def _add(self, token: Token) -> None:
        if not self._children:
            self._line = self._line if token.type == "text" else self.getpos()[0] - 1
            self._children = [replace(opened) for _name, opened in self._inline]
        self._children.append(token)

    def _may_link(self, href: str) -> bool:
        is_inside_another = any(name == "a" for name, _token in self._inline)
        return not is_inside_another and may_be_linked(href, self._blank)

    def _open_inline(self, name: str, token: Token) -> None:
        self._add(token)
        self._inline.append((name, token))

    def _close_inline(self) -> str:
        name, token = self._inline.pop()
        if self._children:
            self._children.append(_closing(token))
        return name

    # --- paragraphs and what holds them -----------------------------------------------------------

    def _begin(self, tag: str, values: dict[str, str]) -> bool:
        """A block begins. Whether its tag says something that is lost."""
        self._end_paragraph()
        if tag in _HEADINGS:
            self._heading = tag
        elif tag == "hr":
            self.tokens.append(Token("hr", "hr", 0, level=len(self._holders), block=True))
        elif tag in _HOLDERS:
            in_list = [name for name in self._holders if name in ("ul", "ol", "li")]
            if tag == "li":
                if not in_list:
                    return True
                if in_list[-1] == "li":  # HTML lets the end of an item be left out
                    self._close_holders("li")
            self._open_holder(tag, values)
        else:
            return tag not in _FRAME
        return False

    def _open_holder(self, tag: str, values: dict[str, str]) -> None:
        start = values.get("start", "")
        attributes: dict[str, str | int | float] = (
            {"start": int(start)} if tag == "ol" and _NUMBER.fullmatch(start) else {}
        )
        self.tokens.append(
            Token(
                f"{_HOLDERS[tag]}_open",
                tag,
                1,
                attrs=attributes,
                level=len(self._holders),
                block=True,
            )
        )
        self._holders.append(tag)
        self._paragraphs.append([])

    def _close_holders(self, tag: str) -> None:
        """Close the innermost of this name, and all that is open in it."""
        closed = ""
        while closed != tag:
            closed = self._holders.pop()
            level = len(self._holders)
            paragraphs = self._paragraphs.pop()
            if closed == "li" and len(paragraphs) == 1:  # Markdown's tight list
                for i in (paragraphs[0], paragraphs[0] + 2):
                    self.tokens[i].hidden = True
            self.tokens.append(
                Token(f"{_HOLDERS[closed]}_close", closed, -1, level=level, block=True)
            )

    def _end_paragraph(self) -> None:
        for _name, token in reversed(self._inline):
            if self._children:
                self._children.append(_closing(token))
        said = trimmed(self._children)
        kind, tag = ("heading", self._heading) if self._heading else ("paragraph", "p")
        self._children, self._heading, self._is_spaced = [], "", True
        if not any(token.nesting == 0 for token in said):
            return
        content = "".join(each.content if each.type == "text" else "\ufffc" for each in said)
        place, level = [self._line, self._line + 1], len(self._holders)
        if self._paragraphs and kind == "paragraph":
            self._paragraphs[-1].append(len(self.tokens))
        self.tokens += [
            Token(f"{kind}_open", tag, 1, map=place, level=level, block=True),
            Token("inline", "", 0, map=place, level=level + 1, children=said, content=content),
            Token(f"{kind}_close", tag, -1, level=level, block=True),
        ]


def _closing(opening: Token) -> Token:
    return Token(opening.type.replace("_open", "_close"), opening.tag, -1)


def _picture(src: str, alt: str) -> Token:
    return Token(
        "image",
        "img",
        0,
        attrs={"src": normalizeLink(src.strip()), "alt": ""},
        content=alt,
        children=[Token("text", "", 0, content=alt)],
    )
