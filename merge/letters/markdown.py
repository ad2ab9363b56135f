"""Markdown with blanks → two templates that say the same: HTML and plain text.

markdown-it runs once a letter, never once a recipient: the blanks and `if`s hide behind words that
Markdown leaves alone (`placeholders`), the tokens are written as HTML (`inhtml`) and as text
(`intext`), and the tags take their places again. What HTML there is among them, `markup`
understands or takes away.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from merge.errors import LetterError
from merge.letters import inhtml, markup, notes, punctuation, tables
from merge.letters.dialect import parsed, readied
from merge.letters.enclosures import NamedFile
from merge.letters.footnotes import Footnotes, Note
from merge.letters.idiom import FRENCH, Idiom
from merge.letters.intext import PlainWriter
from merge.letters.language import Tag, names_in, speaks_of_line
from merge.letters.markup import Removed
from merge.letters.pictures import css_width
from merge.letters.placeholders import Placeholders

__all__ = ["Block", "Body", "parsed", "plain_line", "read"]


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

    `notes` are its footnotes, as often as they are called: see `notes.listed`. `pictures` are the
    files that it shows, by their paths below the campaign folder, and `removed` is the HTML that no
    recipient gets.
    """

    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]
    pictures: tuple[NamedFile, ...]
    removed: tuple[Removed, ...]


MOST_COLUMNS = 12
"""Of a table: more are too narrow on a page for their words."""

_PICTURE_AS_TEXT = re.compile(r"!\[[^\]]*\]\(")
# Under the head of a table: nothing but bars, dashes and colons.
_RULE = re.compile(r"^[ \t>]*+(?=[^\n]*\|)(?=[^\n]*-)[ \t|:-]++$", re.MULTILINE)
_BAR = re.compile(r"(?<!\\)\|")
_WIDTH_AS_TEXT = re.compile(r"\{\s*width\s*=[^{}]*\}?")
# A fence of a div that begins or ends nothing, or a page break, among words.
_LEFT = re.compile(r"(?<![\\:]):{3,}[ \t]*\w*|(?<!\\)(?P<newpage>\\newpage\b)")


def read(
    source: str,
    *,
    path: str,
    first_row: int,
    of_paragraphs: Collection[str] = (),
    idiom: Idiom = FRENCH,
) -> Body:
    """The letter's blocks, with the spaces of French typography where it is French.

    `first_row` is where the source begins in its file. The values called `of_paragraphs` are
    paragraphs themselves: none is put around them.

    LetterError: "letter-html" for an HTML document, as its name in `path` says; "letter-tangled"
    (`words`) for an `if` that opens inside an emphasis, a link or a paragraph and closes outside of
    it; "local-inline" (`words`) for a value of paragraphs that
    does not stand alone between two blank lines; "html-unclosed" (`words`);
    "picture-unclear" for a picture with a blank or an `if` in it, whose address cannot be one, or
    whose width is none; "line-outside-table" (`words`) for a cell of one row that is named
    elsewhere than in a row of a table, below its head; "letter-table" (`words`) for the rule of a
    table that is none, "table-cells" (`n`, `most`) for a row with more cells than its head,
    "table-wide" (`n`, `most`); "div-unknown" (`words`), also for one that never ends and for a
    \\newpage that does not stand alone; those of `Footnotes`.
    """
    if path.lower().endswith((".html", ".htm")):
        raise LetterError("letter-html", path=path)
    above = first_row - 1
    tags = Placeholders(notes.without_signs(tables.without_signs(source)), of_paragraphs)
    harmless, removed = markup.without_dangers(tags.source, path=path, above=above)
    marked = idiom.typeset(readied(harmless))
    tokens, more = markup.understood(parsed(marked), blank=tags.word, path=path, above=above)
    writer = PlainWriter(tags, idiom)
    inspector = _Inspector(tags, path, above, marked.split("\n"))
    depth: list[Tag] = []
    found: list[Block] = []
    footnotes = Footnotes(tokens, path, above, tags)
    for label, paragraphs in footnotes.written.items():
        for node in SyntaxTreeNode(paragraphs).children:
            inspector.check(node, [])
            inspector.hold_apart(node)
        footnotes.write(label, writer)
    footnotes.mark_calls()
    for block in _top_level(_with_heads(_with_breaks(footnotes.others))):
        tree = SyntaxTreeNode(block)
        open_before = len(depth)
        for node in tree.children:
            inspector.check(node, depth)
            inspector.hold_apart(node)
            inspector.hold_lines(node)
        linked = tags.linked(_repeating(_lifted(block, tags), tree, tags))
        text = "".join(writer.block(node) for node in tree.children)
        set_ = punctuation.of_tokens(linked, idiom, tags.punctuated)
        found.append(
            Block(
                html=tags.shown(inhtml.written(inhtml.in_mail(set_))),
                page=tags.shown(inhtml.written(inhtml.on_page(set_, tags))),
                text=tags.shown(text),
                words=frozenset(
                    word for tag in tags.tags_of(text) for word in re.findall(r"\w+", tag.source)
                ),
                depth=open_before,
            )
        )
    inspector.refuse_open(depth)
    return Body(
        blocks=tuple(found),
        notes=tuple(footnotes.called),
        pictures=tuple(inspector.pictures),
        removed=tuple(
            Removed(tags.restored(each.found), each.row)
            for each in sorted((*removed, *more), key=lambda each: each.row)
        ),
    )


_PAGE_BREAK = "\\newpage"


def _with_breaks(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens, with paragraphs of nothing but \\newpage as what they are."""
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        is_break = tokens[i].type == "paragraph_open" and tokens[i + 1].content == _PAGE_BREAK
        if is_break:
            level, place = tokens[i].level, tokens[i].map
            kept.append(Token("page_break", "div", 0, level=level, map=place, block=True))
        else:
            kept.append(tokens[i])
        i += 3 if is_break else 1
    return kept


def plain_line(source: str, idiom: Idiom = FRENCH) -> str:
    """The template source of a line that is no Markdown, such as a subject, typeset."""
    tags = Placeholders(source)
    return tags.shown(idiom.typeset(tags.source))


def _top_level(tokens: Sequence[Token]) -> Iterable[Sequence[Token]]:
    """The tokens of one block after the other."""
    start = 0
    for i, token in enumerate(tokens, 1):
        if token.level == 0 and token.nesting <= 0:
            yield tokens[start:i]
            start = i


_HEAD_AT_MOST = 150  # signs of a cell


def _with_heads(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens without the heads of tables that say nothing.

    A long one is a row like the others: WeasyPrint repeats a head on each page, and leaves out
    without a word the one that is as tall as a page.
    """
    kept: list[Token] = []
    head: list[Token] = []
    for i, token in enumerate(tokens):
        if head or token.type == "thead_open":
            head.append(token)
        else:
            kept.append(token)
        if token.type == "thead_close":
            has_body = tokens[i + 1].type == "tbody_open"  # else the table ends
            if any(len(each.content) > _HEAD_AT_MOST for each in head):
                head[0].tag = head[-1].tag = "tbody"
            if any(each.children for each in head) or not has_body:
                kept += head
            head = []
    return kept


def _lifted(block: Sequence[Token], tags: Placeholders) -> list[Token]:
    """The tokens without the paragraphs, and the rows of a table, around tags that stand alone."""
    tokens = list(block)
    for i, opening in enumerate(tokens):
        if opening.type not in ("paragraph_open", "tr_open"):
            continue
        kind = opening.type.replace("open", "close")
        end = next(j for j in range(i, len(tokens)) if tokens[j].type == kind) + 1
        if tags.is_tags_only(SyntaxTreeNode(tokens[i:end]).children[0]):
            for token in tokens[i:end]:
                token.hidden = token.type != "inline"
    return tokens


def _repeating(block: Sequence[Token], tree: SyntaxTreeNode, tags: Placeholders) -> list[Token]:
    """The tokens with a loop around each row that stands there once for each line."""
    rows = [row for row in tree.walk() if tags.is_repeated(row)]
    around = {id(row.nester_tokens.opening) for row in rows if row.nester_tokens}
    around |= {id(row.nester_tokens.closing) for row in rows if row.nester_tokens}
    begin, end = (Token("html_block", "", 0, content=word) for word in tags.repeated)
    repeated: list[Token] = []
    for token in block:
        is_at_edge = id(token) in around
        repeated += [begin] * (is_at_edge and token.nesting > 0)
        repeated.append(token)
        repeated += [end] * (is_at_edge and token.nesting < 0)
    return repeated


class _Inspector:
    """Holds that what is read can be written, and notes the `pictures` that it sees."""

    def __init__(self, tags: Placeholders, path: str, above: int, lines: Sequence[str]) -> None:
        self._tags = tags
        self._path = path
        self._above = above
        self._lines = lines  # of the source
        self.pictures: list[NamedFile] = []

    def check(self, node: SyntaxTreeNode, around: list[Tag]) -> None:
        """Hold that each `if` ends in the element in which it begins.

        `around` are the tags open outside the node; a paragraph of nothing but `if` tags stands
        between the others and changes them.
        """
        if node.type == "image":
            self._see(node)
            return
        if node.type == "text" and _PICTURE_AS_TEXT.search(node.content):
            raise LetterError("picture-unclear", path=self._path, row=self._row(node), words="")
        if node.type == "text" and (typed := _WIDTH_AS_TEXT.search(node.content)):
            row = self._row(node)
            raise LetterError("picture-unclear", path=self._path, row=row, words=typed[0])
        if node.type in ("text", "code_inline"):
            for tag in self._tags.tags_of(node.content):
                self._count(tag, around)
            return
        if node.type == "link":
            for tag in self._tags.tags_of(str(node.attrs.get("href", ""))):
                if tag.keyword:
                    self._refuse(tag)
        self._hold_table(node)
        self._hold_div(node)
        if node.type == "inline":
            for child in node.children:
                self.check(child, around)
            return
        if self._tags.is_tags_only(node):
            for inline in (each for each in node.walk() if each.type == "inline"):
                self.check(inline, around)
            return
        inside: list[Tag] = []
        for child in node.children:
            self.check(child, inside)
        self.refuse_open(inside)

    def _hold_table(self, node: SyntaxTreeNode) -> None:
        """LetterError for what Markdown would show as text, or leave out."""
        if node.type == "inline" and (rule := _RULE.search(node.content)):
            row = self._row(node) + node.content.count("\n", 0, rule.start())
            raise LetterError("letter-table", path=self._path, row=row, words=rule[0].strip())
        if node.type != "tr":
            return
        most = len(node.children)
        if most > MOST_COLUMNS:
            raise LetterError(
                "table-wide", path=self._path, row=self._row(node), n=most, most=MOST_COLUMNS
            )
        if node.map and node.children[0].type == "td":
            cells = _BAR.split(self._lines[node.map[0]].strip(" \t>"))
            n = len(cells) - (not cells[0]) - (not cells[-1])
            if n > most:
                raise LetterError(
                    "table-cells", path=self._path, row=self._row(node), n=n, most=most
                )

    def _hold_div(self, node: SyntaxTreeNode) -> None:
        """LetterError for signs of ours that would be read as they stand."""
        if node.type == "inline" and (found := _LEFT.search(node.content)):
            row = self._row(node) + node.content.count("\n", 0, found.start())
            raise LetterError(
                "div-unknown",
                path=self._path,
                row=row,
                words=found[0].strip(),
            )
        if node.type == "container_div" and node.nester_tokens:
            name = node.nester_tokens.opening.info.strip()
            if name not in inhtml.DIVS:
                words = self._tags.restored(name)
                raise LetterError(
                    "div-unknown", path=self._path, row=self._row(node), words=f"::: {words}"
                )
            if node.nester_tokens.opening.meta.get("is_open"):
                row = self._row(node)
                raise LetterError("div-unknown", path=self._path, row=row, words=f"::: {name}")

    def _see(self, picture: SyntaxTreeNode) -> None:
        """Note the file. What a mail shows must be known before it is filled for anybody."""
        src, row = str(picture.attrs["src"]), self._row(picture)
        if self._tags.tags_of(f"{src} {picture.content} {picture.attrs.get('title', '')}"):
            raise LetterError("picture-unclear", path=self._path, row=row, words="")
        others = picture.meta.get("insecure_attrs", {})
        width = str(picture.attrs.get("width", ""))
        if others or (width and not css_width(width)):
            words = " ".join(f"{name}={value}" for name, value in others.items())
            raise LetterError("picture-unclear", path=self._path, row=row, words=words or width)
        self.pictures.append(NamedFile(unquote(src), row))

    def hold_apart(self, node: SyntaxTreeNode) -> None:
        """LetterError unless a value of paragraphs stands alone, in no paragraph, list or line."""
        if node.type == "paragraph" and self._tags.is_tags_only(node):
            return
        for each in node.walk():
            for tag in self._tags.tags_in(each):
                if tag.expression and self._tags.are_paragraphs(names_in(tag)):
                    raise LetterError(
                        "local-inline", path=self._path, row=self._above + tag.row, words=tag.source
                    )

    def hold_lines(self, node: SyntaxTreeNode) -> None:
        """LetterError where a cell of one row is named outside of a row of a table."""
        if self._tags.is_repeated(node):
            return
        for tag in filter(speaks_of_line, self._tags.tags_in(node)):
            raise LetterError(
                "line-outside-table", path=self._path, row=self._above + tag.row, words=tag.source
            )
        for child in node.children:
            self.hold_lines(child)

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
