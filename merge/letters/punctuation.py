"""The punctuation that a typewriter has not: ’ for ', « » “ ” „ “ for ", … for ..., – for --. Pure.

It is made when a letter is set, on a page and in the HTML of an e-mail; the author's file and the
plain text of an e-mail keep what was typed. Code and addresses of the web and of e-mail stay too.
The words of a template are set once, when it is compiled; what fills a blank, with each letter.
Which quotes face which way is markdown-it's own rule; their form is the language's, also within
quotes that the author typed as printers have them. A full stop behind an abbreviation's is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore, smartquotes
from markdown_it.token import Token
from markupsafe import escape

from merge.french.grammar import NO_BREAK_SPACE
from merge.letters import addresses
from merge.letters.idiom import Idiom

_FRENCH = (f"«{NO_BREAK_SPACE}", f"{NO_BREAK_SPACE}»", "“", "”")
_QUOTES: Mapping[str, tuple[str, str, str, str]] = {
    "fr": _FRENCH,
    "en": ("“", "”", "‘", "’"),
    "nl": ("“", "”", "‘", "’"),
    "pt_BR": ("“", "”", "‘", "’"),
    "de": ("„", "“", "‚", "‘"),
    **dict.fromkeys(("es", "it", "pt", "ca"), ("«", "»", "“", "”")),
}
"""Of each language: the outer ones and those within them. Of another they stay straight."""
_STRAIGHT = ('"', '"', "'", "'")
_OPENS, _CLOSES = "\ue000", "\ue001"  # stand for outer ones until it is known what is around them

_ANY = re.compile(r"['\"]|\.\.|--")
_ELLIPSIS = re.compile(r"(?<!\.)\.{3}(?!\.)")
_STOPS = re.compile(r"(?<=[^\W_])\.\.(?![./\w])")
# A dash is not before a letter, as in "--help", and more of them are a line to write on.
_LONG_DASH = re.compile(r"(?<!-)---(?!-)")
_DASH = re.compile(r"(?<!\S)--(?=[\s,.;:!?)»]|$)|(?<=[^-\s])--(?=[^-\s]|$)")
_WITHIN_WORD = re.compile(r"(?<=\w)'(?=\w)")
# "les années '80": to markdown-it it would begin a quotation.
_DECADE = re.compile(r"(?<![\w'])'(?=\d\ds?(?![\w']))")
_TAGS = re.compile(r"(<[^>]*>)")
_HELD = "held"
_KEPT = 2000  # of names and their like: many letters say the same


def of_tokens(tokens: Iterable[Token], idiom: Idiom, marked: Callable[[str], str]) -> list[Token]:
    """The tokens with the punctuation of their text set; those given stay as they are.

    `marked` marks the blanks of a text, whose values want the same.
    """
    if not idiom.sets_punctuation:
        return list(tokens)
    return [
        replace(token, children=_set(token.children, idiom, marked))
        if token.type == "inline" and token.children
        else token
        for token in tokens
    ]


def _set(
    children: Sequence[Token], idiom: Idiom, marked: Callable[[str], str] = str
) -> list[Token]:
    """The children of an inline token. A pair of quotes may stand around other tokens."""
    parts = [part for child in children for part in _without_addresses(child)]
    inline = Token("inline", "", 0, content='"', children=parts)
    quotes = _QUOTES.get(idiom.locale) or _QUOTES.get(idiom.language, _STRAIGHT)
    smartquotes(StateCore("", _markdown(quotes), {}, [inline]))
    _nest([part for part in parts if part.type == "text"], quotes)
    for part in parts:
        if part.type == "text":
            part.content = marked(idiom.typeset(_with_signs(part.content)))
        elif part.type == _HELD:
            part.type = "text"
    return parts


def _nest(parts: Sequence[Token], quotes: Sequence[str]) -> None:
    """Give quotes within others their inner form, whoever made those."""
    outer, inner = quotes[:2], quotes[2:]
    typed = tuple(each.strip() for each in outer)
    around = list[Sequence[str]]()  # the quotations that are open; a typed one is `typed`

    def formed(found: re.Match[str]) -> str:
        mark = found[0]
        if mark in (_OPENS, typed[0]):
            is_within = bool(around) and around[-1] is not inner
            around.append(typed if mark != _OPENS else inner if is_within else outer)
            return mark if mark != _OPENS else around[-1][0]
        if mark == _CLOSES:
            while around and around[-1] is typed:
                around.pop()
            return around.pop()[1]
        if around and around[-1] is typed:
            around.pop()
        return mark

    marks = re.compile(f"[{_OPENS}{_CLOSES}{''.join(typed)}]")
    for part in parts:
        part.content = marks.sub(formed, part.content)


def _without_addresses(token: Token) -> Iterator[Token]:
    """The token, of text in pieces, with the addresses in it held back."""
    if token.type != "text":
        yield token
        return
    for piece, is_address in addresses.pieces(token.content):
        if is_address:
            yield replace(token, type=_HELD, content=piece)
        else:
            yield replace(token, content=_DECADE.sub("’", piece))


def _with_signs(text: str) -> str:
    if ".." in text:
        text = _STOPS.sub(".", _ELLIPSIS.sub("…", text))
    if "--" in text:
        text = _DASH.sub("–", _LONG_DASH.sub("—", text))
    return text


@lru_cache(8)
def _markdown(quotes: tuple[str, ...]) -> MarkdownIt:
    marks = quotes if quotes is _STRAIGHT else (_OPENS, _CLOSES, *quotes[2:])
    return MarkdownIt("commonmark", {"typographer": True, "quotes": list(marks)})


def of_line(text: str, idiom: Idiom) -> str:
    """A text that is no Markdown: a subject, a name, a value."""
    if not idiom.sets_punctuation or not _ANY.search(text):
        return text
    # What nearly all of them are: L'Haÿ-les-Roses.
    if not ('"' in text or "." in text or "@" in text or "--" in text):
        text = _WITHIN_WORD.sub("’", text)
        if "'" not in text:
            return text
    return _line(text, idiom)


@lru_cache(_KEPT)
def _line(text: str, idiom: Idiom) -> str:
    return "".join(each.content for each in _set([Token("text", "", 0, content=text)], idiom))


@lru_cache(_KEPT)
def of_html(html: str, idiom: Idiom) -> str:
    """The HTML of a value, its tags as they are."""
    bits = _TAGS.split(html)
    bits[::2] = (str(escape(of_line(unescape(bit), idiom))) for bit in bits[::2])
    return "".join(bits)
