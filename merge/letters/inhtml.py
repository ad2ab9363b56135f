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
from urllib.parse import unquote

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from merge.letters import addresses, notes
from merge.letters.dialect import MARKDOWN
from merge.letters.pictures import css_width, picture_tag, picture_url
from merge.letters.placeholders import Placeholders


def picture_words(picture: Token) -> str:
    """The words of a picture, without their emphasis."""
    return _RENDERER.renderInlineAsText(picture.children, MARKDOWN.options, {})


class _Renderer(RendererHTML):
    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A picture that is no wider than the page or the screen of a telephone."""
        picture = tokens[idx]
        url = picture_url(unquote(str(picture.attrs["src"])))
        tag = picture_tag(url, width=css_width(str(picture.attrs.get("width", ""))))
        return f'{tag} alt="{escape(picture_words(picture))}">'


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


_DIVS_IN_MAIL: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "right": {"align": "right", "style": "text-align: right"},
        "center": {"align": "center", "style": "text-align: center"},
        "indent": {"style": "margin-left: 32px"},
    }
)
DIVS = tuple(_DIVS_IN_MAIL)
"""What a fenced div may be called."""


def in_mail(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with their looks in their attributes. A mail has no pages, and where its screen is
    too narrow for a table, this alone is moved to and fro.
    """
    found: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            found.append(Token("html_block", "", 0, content='<div style="overflow-x: auto">\n'))
        if token.type != "page_break":
            found.append(_looking(token))
        if token.type == "table_close":
            found.append(Token("html_block", "", 0, content="</div>\n"))
    return found


def _looking(token: Token) -> Token:
    if any(child.type == "footnote_ref" for child in token.children or ()):
        return replace(token, children=[_called(child) for child in token.children or ()])
    if token.type == "container_div_open":
        return replace(token, attrs={**_DIVS_IN_MAIL[token.info.strip()]})
    look = _IN_MAIL.get(token.type)
    if look is None:
        return token
    attrs: dict[str, str | int | float] = {**look}
    if align := alignment(token):
        attrs["align"] = align
        attrs["style"] = f"{look['style']}; text-align: {align}"
    return replace(token, attrs=attrs)


def _called(token: Token) -> Token:
    """The number of a note, where it is called."""
    if token.type != "footnote_ref":
        return token
    number = notes.call(token.meta["call"])
    return Token("html_inline", "", 0, content=f"<sup>{number}</sup>")


def alignment(cell: Token) -> str:
    """ "left", "center" or "right" of a cell of a table; "" where nothing is said."""
    return str(cell.attrs.get("style", "")).removeprefix("text-align:")


# --- on a page ------------------------------------------------------------------------------------


_PAGE_BREAK = '<div class="newpage"></div>\n'


def on_page(tokens: Sequence[Token], tags: Placeholders) -> list[Token]:
    """The tokens of `Placeholders.linked`, with the address of each link behind its words.

    Addresses are kept whole. WeasyPrint heeds no `start` of a list, but its style.
    """
    printed = []
    for token in tokens:
        if token.children:
            token = replace(token, children=list(_spelt_out(token.children, tags)))
        elif token.type == "container_div_open":
            token = replace(token, attrs={"class": token.info.strip()})
        elif token.type == "page_break":
            token = replace(token, type="html_block", content=_PAGE_BREAK)
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
        elif token.type == "footnote_ref":  # WeasyPrint takes it to the foot of the page
            note = f'<span class="note">{token.meta["on_page"]}</span>'
            yield Token("html_inline", "", 0, content=note)
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
