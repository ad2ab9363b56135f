"""The tokens of a block → HTML: of an e-mail, whose looks stand in its tags because mail programs
read no style sheet, and of a page, which has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from types import MappingProxyType
from urllib.parse import quote, unquote

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from merge.letters import addresses
from merge.letters.dialect import MARKDOWN
from merge.letters.placeholders import Placeholders


def picture_tag(url: str, *, width: int | None = None) -> str:
    """How the HTML of a picture begins; what the author typed can never look like it.

    `width`, in CSS pixels, is for those who know no `max-width`.
    """
    wide = f' width="{width}"' if width else ""
    return f'<img{wide} style="max-width: 100%" src="{url}"'


def picture_url(name: str) -> str:
    """How a page names a picture, whatever signs are in its name."""
    return quote(name)


def picture_words(picture: Token) -> str:
    """The words of a picture, without their emphasis."""
    return _RENDERER.renderInlineAsText(picture.children, MARKDOWN.options, {})


class _Renderer(RendererHTML):
    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A picture that is no wider than the page or the screen of a telephone."""
        url = picture_url(unquote(str(tokens[idx].attrs["src"])))
        return f'{picture_tag(url)} alt="{escape(picture_words(tokens[idx]))}">'


_RENDERER = _Renderer()
written = partial(_RENDERER.render, options=MARKDOWN.options, env={})
"""Tokens as HTML."""


# --- in an e-mail ---------------------------------------------------------------------------------

# Attributes and styles that Outlook for Windows, which draws as Word does, knows too.
_IN_MAIL: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "table_open": {
            **{"border": "0", "cellpadding": "0", "cellspacing": "0"},
            "style": "border-collapse: collapse; margin: 0 0 16px",
        },
        "th_open": {
            **{"scope": "col", "align": "left", "valign": "bottom"},
            "style": "padding: 4px 14px 4px 0; border-bottom: 1px solid #555555",
        },
        "td_open": {
            **{"align": "left", "valign": "top"},
            "style": "padding: 4px 14px 4px 0; border-bottom: 1px solid #cccccc",
        },
    }
)


def in_mail(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with their looks in their attributes."""
    return [_looking(token) for token in tokens]


def _looking(token: Token) -> Token:
    look = _IN_MAIL.get(token.type)
    if look is None:
        return token
    attrs: dict[str, str | int | float] = {**look}
    if align := alignment(token):
        attrs["align"] = align
        attrs["style"] = f"{look['style']}; text-align: {align}"
    return replace(token, attrs=attrs)


def alignment(cell: Token) -> str:
    """ "left", "center" or "right" of a cell of a table; "" where nothing is said."""
    return str(cell.attrs.get("style", "")).removeprefix("text-align:")


# --- on a page ------------------------------------------------------------------------------------


def on_page(tokens: Sequence[Token], tags: Placeholders) -> list[Token]:
    """The tokens of `Placeholders.linked`, with the address of each link behind its words.

    Addresses are kept whole. WeasyPrint heeds no `start` of a list, but its style.
    """
    printed = []
    for token in tokens:
        if token.children:
            token = replace(token, children=list(_spelt_out(token.children, tags)))
        elif "start" in token.attrs:
            before = f"counter-reset: list-item {int(token.attrs['start']) - 1}"
            token = replace(token, attrs={**token.attrs, "style": before})
        printed.append(token)
    return printed


def _spelt_out(tokens: Iterable[Token], tags: Placeholders) -> Iterator[Token]:
    href, words = "", ""
    for token in tokens:
        if token.type in ("text", "code_inline"):
            yield from _kept_whole(token, tags.choices)
        else:
            yield token
        match token.type:
            case "link_open":
                href, words = str(token.attrs["href"]), ""
            case "link_close":
                address = Token("text", "", 0, content=tags.address(href, words))
                yield from _kept_whole(address, tags.choices)
            case _:
                words += token.content


def _kept_whole(token: Token, choices: re.Pattern[str]) -> Iterator[Token]:
    """The words of a token, with the addresses in them marked, between one choice and the next.

    A choice may begin in an address and end elsewhere.
    """
    for piece, is_address in addresses.pieces(token.content):
        if not is_address:
            yield replace(token, content=piece)
            continue
        for i, part in enumerate(choices.split(piece)):
            if i % 2 or not part:
                yield replace(token, content=part)
                continue
            yield Token("html_inline", "", 0, content=addresses.OPENING)
            yield replace(token, content=part)
            yield Token("html_inline", "", 0, content=addresses.CLOSING)
