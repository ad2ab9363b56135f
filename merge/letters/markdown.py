"""Markdown with blanks → two templates that say the same: HTML and plain text.

markdown-it runs once a letter, never once a recipient: the blanks and `if`s hide behind words that
Markdown leaves alone, the tokens are written as HTML and as text, and the tags take their places
again. What HTML there is among them, `markup` understands or takes away; a letter that is an HTML
document comes through `document` instead.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markdown_it.utils import EnvType, OptionsDict

from merge.errors import LetterError
from merge.letters import addresses, document, markup
from merge.letters.enclosures import NamedFile
from merge.letters.filling import LINK_TARGET, URL_PART
from merge.letters.idiom import FRENCH, Idiom
from merge.letters.language import Tag, names_in, pieces
from merge.letters.markup import Removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph, list, heading … of the letter, as template sources.

    `page` is the HTML of what is printed: where nobody can click, a link also says its address.
    `words` are those of its tags. Between blocks an `if` may be open: `depth` counts those that are
    open when the block begins.
    """

    html: str
    page: str
    text: str
    words: frozenset[str]
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A letter that has been read: its blocks from top to bottom.

    `pictures` are the files that it shows, by their paths below the campaign folder, and `removed`
    is the HTML that no recipient gets.
    """

    blocks: tuple[Block, ...]
    pictures: tuple[NamedFile, ...]
    removed: tuple[Removed, ...]


# Nothing that a person types by accident: an indented line is a paragraph, a row of dashes under a
# line is a rule. HTML is found tag by tag, and none is written as it was found.
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).disable(
    ["code", "fence", "lheading", "reference", "html_block"]
)
# A file is often called "ma signature.png"; Markdown wants <> around an address with a space.
_SPACED_PICTURE = re.compile(
    r"(!\[[^\[\]\n]*\]\()[ ]*([^<>()\"\n ][^<>()\"\n]*\.(?:png|jpe?g))[ ]*\)", re.IGNORECASE
)
_PICTURE_AS_TEXT = re.compile(r"!\[[^\]]*\]\(")


def parsed(source: str) -> list[Token]:
    """What Markdown sees in a source without tags, before anything of it is understood anew."""
    return _MARKDOWN.parse(source)


def read(
    source: str,
    *,
    path: str,
    first_row: int,
    of_paragraphs: Collection[str] = (),
    idiom: Idiom = FRENCH,
) -> Body:
    """The letter's blocks, with the spaces of French typography where it is French.

    It is Markdown, or an HTML document where the name in `path` says so. `first_row` is where the
    source begins in its file. The values called `of_paragraphs` are paragraphs themselves: none is
    put around them.

    LetterError: "letter-tangled" (`words`) for an `if` that opens inside an emphasis, a link or a
    paragraph and closes outside of it; "local-inline" (`words`) for a value of paragraphs that
    does not stand alone between two blank lines; "html-unclosed" (`words`);
    "picture-with-blank" for a picture with a blank or an `if` in it, "picture-unclear" for one
    whose address cannot be one.
    """
    above = first_row - 1
    tags = _Placeholders(source, path, above, of_paragraphs)
    harmless, removed = markup.without_dangers(tags.source, path=path, above=above)
    if path.lower().endswith((".html", ".htm")):
        tokens, more = document.tokens(idiom.typeset(harmless), blank=tags.word, above=above)
    else:
        marked = idiom.typeset(_SPACED_PICTURE.sub(r"\1<\2>)", harmless))
        tokens, more = markup.understood(
            _MARKDOWN.parse(marked), blank=tags.word, path=path, above=above
        )
    depth: list[Tag] = []
    found: list[Block] = []
    for block in _top_level(tokens):
        tree = SyntaxTreeNode(block)
        open_before = len(depth)
        for node in tree.children:
            tags.check(node, depth)
            tags.hold_apart(node)
        linked = tags.linked(tags.lifted(block))
        text = "".join(tags.text(node) for node in tree.children)
        found.append(
            Block(
                html=tags.shown(_written(linked)),
                page=tags.shown(_written(tags.on_page(linked))),
                text=tags.shown(text),
                words=frozenset(
                    word for tag in tags.tags_of(text) for word in re.findall(r"\w+", tag.source)
                ),
                depth=open_before,
            )
        )
    tags.refuse_open(depth)
    return Body(
        blocks=tuple(found),
        pictures=tuple(tags.pictures),
        removed=tuple(
            Removed(tags.restored(each.found), each.row)
            for each in sorted((*removed, *more), key=lambda each: each.row)
        ),
    )


def picture_tag(url: str, *, width: int | None = None) -> str:
    """How the HTML of a picture begins; what the author typed can never look like it.

    `width`, in CSS pixels, is for those who know no `max-width`.
    """
    wide = f' width="{width}"' if width else ""
    return f'<img{wide} style="max-width: 100%" src="{url}"'


def picture_url(name: str) -> str:
    """How a page names a picture, whatever signs are in its name."""
    return quote(name)


class _Renderer(RendererHTML):
    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A picture that is no wider than the page or the screen of a telephone."""
        url = picture_url(unquote(str(tokens[idx].attrs["src"])))
        return f'{picture_tag(url)} alt="{escape(_as_text(tokens[idx]))}">'


_RENDERER = _Renderer()
_written = partial(_RENDERER.render, options=_MARKDOWN.options, env={})


def plain_line(source: str, idiom: Idiom = FRENCH) -> str:
    """The template source of a line that is no Markdown, such as a subject, typeset."""
    tags = _Placeholders(source, "", 0)
    return tags.shown(idiom.typeset(tags.source))


def _top_level(tokens: Sequence[Token]) -> Iterable[Sequence[Token]]:
    """The tokens of one block after the other."""
    start = 0
    for i, token in enumerate(tokens, 1):
        if token.level == 0 and token.nesting <= 0:
            yield tokens[start:i]
            start = i


class _Placeholders:
    """A source with its tags replaced by placeholder words, and the way back.

    `word` matches such a word. `pictures` are those that `check` has seen.
    """

    def __init__(
        self, source: str, path: str, above: int, of_paragraphs: Collection[str] = ()
    ) -> None:
        self._path = path
        self._of_paragraphs = of_paragraphs
        self._above = above
        self._tags: list[Tag] = []
        self.pictures: list[NamedFile] = []
        # The words must not be the author's own.
        mark = "zq"
        while mark in source.casefold():
            mark += "q"
        self.word = re.compile(rf"{mark}(\d+)x")
        self._target = re.compile(rf"({mark}\d+)x")
        self._in_link = re.compile(rf"({mark})(\d+)([yz])")
        parts: list[str] = []
        for piece in pieces(source):
            if isinstance(piece, str):
                parts.append(piece)
            elif not piece.is_comment:
                parts.append(f"{mark}{len(self._tags)}x")
                self._tags.append(piece)
        self.source = "".join(parts)
        choices = [f"{mark}{i}x" for i, tag in enumerate(self._tags) if tag.keyword]
        self._choices = re.compile(f"({'|'.join(choices) or '(?!)'})")

    def tags_of(self, text: str) -> list[Tag]:
        """The tags that a text with hidden tags holds, in order."""
        return [self._tags[int(found[1])] for found in self.word.finditer(text)]

    def restored(self, text: str) -> str:
        """The text with its tags in their places, to be shown to a person."""
        return self.word.sub(lambda found: self._tags[int(found[1])].source, text)

    def shown(self, text: str) -> str:
        """A template: the tags in their places, and no brace of the text taken for one."""
        text = text.replace("{", '{{ "{" }}')
        return self.restored(self._in_link.sub(self._link_tag, text))

    def _link_tag(self, found: re.Match[str]) -> str:
        """A blank in the address of a link: all of it (y), or a part (z)."""
        expression = self._tags[int(found[2])].expression
        return f"{{{{ ({expression})|{LINK_TARGET if found[3] == 'y' else URL_PART} }}}}"

    def check(self, node: SyntaxTreeNode, around: list[Tag]) -> None:
        """Hold that each `if` ends in the element in which it begins.

        `around` are the tags open outside the node; a paragraph of nothing but `if` tags stands
        between the others and changes them.
        """
        if node.type == "image":
            self._see(node)
            return
        if node.type == "text" and _PICTURE_AS_TEXT.search(node.content):
            raise LetterError("picture-unclear", path=self._path, row=self._row(node))
        if node.type in ("text", "code_inline"):
            for tag in self.tags_of(node.content):
                self._count(tag, around)
            return
        if node.type == "link":
            for tag in self.tags_of(str(node.attrs.get("href", ""))):
                if tag.keyword:
                    self._refuse(tag)
        if node.type == "inline" or self._is_tags_only(node):
            for child in node.children:
                self.check(child, around)
            return
        inside: list[Tag] = []
        for child in node.children:
            self.check(child, inside)
        self.refuse_open(inside)

    def _see(self, picture: SyntaxTreeNode) -> None:
        """Note the file. What a mail shows must be known before it is filled for anybody."""
        src, row = str(picture.attrs["src"]), self._row(picture)
        if self.tags_of(f"{src} {picture.content} {picture.attrs.get('title', '')}"):
            raise LetterError("picture-with-blank", path=self._path, row=row)
        self.pictures.append(NamedFile(unquote(src), row))

    def hold_apart(self, node: SyntaxTreeNode) -> None:
        """LetterError unless a value of paragraphs stands alone, in no paragraph, list or line."""
        if node.type == "paragraph" and self._is_tags_only(node):
            return
        for each in node.walk():
            words = str(each.attrs.get("href", "")) if each.type == "link" else each.content
            for tag in self.tags_of(words):
                if tag.expression and not names_in(tag).isdisjoint(self._of_paragraphs):
                    raise LetterError(
                        "local-inline", path=self._path, row=self._above + tag.row, words=tag.source
                    )

    def _row(self, node: SyntaxTreeNode) -> int:
        """Where the paragraph begins that the node is in."""
        while not node.map and node.parent:
            node = node.parent
        return self._above + 1 + (node.map[0] if node.map else 0)

    def _count(self, tag: Tag, around: list[Tag]) -> None:
        if tag.keyword == "if":
            around.append(tag)
        elif tag.keyword and not around:
            self._refuse(tag)
        elif tag.keyword == "endif":
            around.pop()

    def refuse_open(self, around: list[Tag]) -> None:
        """LetterError when an `if` is still open."""
        if around:
            self._refuse(around[-1])

    def _refuse(self, tag: Tag) -> None:
        raise LetterError(
            "letter-tangled", path=self._path, row=self._above + tag.row, words=tag.source
        )

    def _is_tags_only(self, node: SyntaxTreeNode) -> bool:
        """Whether a paragraph is no paragraph but `{% if … %}`, or a value of paragraphs, alone."""
        if node.type != "paragraph":
            return False
        content = node.children[0].content
        return not self.word.sub("", content).strip() and all(
            tag.keyword or tag.expression in self._of_paragraphs for tag in self.tags_of(content)
        )

    def lifted(self, block: Sequence[Token]) -> list[Token]:
        """The tokens without the paragraphs around tags that stand alone."""
        tokens = list(block)
        for opening, inline, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
            if opening.type == "paragraph_open" and self._is_tags_only(
                SyntaxTreeNode([opening, inline, closing]).children[0]
            ):
                opening.hidden = closing.hidden = True
        return tokens

    def linked(self, tokens: list[Token]) -> list[Token]:
        """The tokens with the blanks of link addresses marked as such."""
        for token in tokens:
            for child in token.children or ():
                if child.type == "link_open":
                    child.attrs["href"] = self._marked(str(child.attrs["href"]))
        return tokens

    def on_page(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens of `linked`, with the address of each link behind its words.

        Addresses are kept whole. WeasyPrint heeds no `start` of a list, but its style.
        """
        printed = []
        for token in tokens:
            if token.children:
                token = replace(token, children=list(self._spelt_out(token.children)))
            elif "start" in token.attrs:
                before = f"counter-reset: list-item {int(token.attrs['start']) - 1}"
                token = replace(token, attrs={**token.attrs, "style": before})
            printed.append(token)
        return printed

    def _spelt_out(self, tokens: Iterable[Token]) -> Iterator[Token]:
        href, words = "", ""
        for token in tokens:
            if token.type in ("text", "code_inline"):
                yield from self._kept_whole(token)
            else:
                yield token
            match token.type:
                case "link_open":
                    href, words = str(token.attrs["href"]), ""
                case "link_close":
                    address = Token("text", "", 0, content=self._address(href, words))
                    yield from self._kept_whole(address)
                case _:
                    words += token.content

    def _kept_whole(self, token: Token) -> Iterator[Token]:
        """The words of a token, with the addresses in them marked, between one choice and the next.

        A choice may begin in an address and end elsewhere.
        """
        for piece, is_address in addresses.pieces(token.content):
            if not is_address:
                yield replace(token, content=piece)
                continue
            for i, part in enumerate(self._choices.split(piece)):
                if i % 2 or not part:
                    yield replace(token, content=part)
                    continue
                yield Token("html_inline", "", 0, content=addresses.OPENING)
                yield replace(token, content=part)
                yield Token("html_inline", "", 0, content=addresses.CLOSING)

    def _address(self, href: str, words: str) -> str:
        """What follows the words of a link that are not its address themselves."""
        href = href.removeprefix("mailto:")
        meant = self.restored(self._in_link.sub(r"\1\2x", href))
        return "" if meant == self.restored(words) else f" <{href}>"

    def _marked(self, href: str) -> str:
        whole = self._target.match(href)
        if whole:
            href = f"{whole[1]}y{href[whole.end() :]}"
        return self._target.sub(r"\1z", href)

    # --- plain text -----------------------------------------------------------------------------

    def text(self, node: SyntaxTreeNode) -> str:
        """A block as plain text, a blank line after it; no line is broken but by the author."""
        if node.type == "paragraph" and self._is_tags_only(node):
            words = "".join("".join(self._inline(node.children)).split())
            return words + "\n\n" * any(tag.expression for tag in self.tags_of(words))
        if node.type in ("paragraph", "heading"):
            return "".join(self._inline(node.children)) + ("\n" if node.hidden else "\n\n")
        if node.type in ("bullet_list", "ordered_list"):
            first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
            items = [self._item(item, i, first) for i, item in enumerate(node.children)]
            return "\n".join(items) + "\n\n"
        if node.type == "blockquote":
            return _prefixed(self._blocks(node), "> ", "> ") + "\n\n"
        return "* * *\n\n"  # a rule is all that is left

    def _item(self, item: SyntaxTreeNode, i: int, first: int | None) -> str:
        bullet = "- " if first is None else f"{first + i}. "
        return _prefixed(self._blocks(item), bullet, " " * len(bullet))

    def _blocks(self, node: SyntaxTreeNode) -> str:
        return "".join(self.text(child) for child in node.children).rstrip("\n")

    def _inline(self, nodes: Iterable[SyntaxTreeNode]) -> Iterable[str]:
        for node in nodes:
            match node.type:
                case "text" | "code_inline":
                    yield node.content
                case "softbreak":
                    yield " "
                case "hardbreak":
                    yield "\n"
                case "link":
                    words = "".join(self._inline(node.children))
                    yield words + self._address(self._marked(str(node.attrs["href"])), words)
                case "image":
                    if node.token and (words := _as_text(node.token).strip()):
                        yield f"[{words}]"
                case _:  # inline, strong, em and their like
                    yield from self._inline(node.children)


def _as_text(picture: Token) -> str:
    """The words of a picture, without their emphasis."""
    return _RENDERER.renderInlineAsText(picture.children, _MARKDOWN.options, {})


def _prefixed(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *((others + line) if line else "" for line in lines[1:])])
