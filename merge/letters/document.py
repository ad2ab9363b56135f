"""A letter that is an HTML document → the tokens that the same letter in Markdown would give.

What a letter can say is built anew from what is known; nothing of the document is handed on as it
stands, so that nothing needs to be cleaned out of it. A sanitizer such as nh3 cannot say what it
removed and in which row, and drops somebody's words ("<votre ville>") with the unknown tags.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
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
_CELLS = frozenset(("td", "th"))
_OF_TABLES = _CELLS | {"table", "thead", "tbody", "tfoot", "tr"}
_ATTRIBUTES |= {key: {"align", "style", "colspan", "rowspan", "scope"} for key in _CELLS}
_ALIGNED = re.compile(r"\s*text-align\s*:\s*(left|right|center)\s*;?\s*", re.IGNORECASE)


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
        self._tables: list[_OpenTable] = []
        self._holders: list[str] = []  # the lists, items and quotations that are open, in the cell
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
        elif tag == "table" or (self._tables and tag in _OF_TABLES):
            self._begin_of_table(tag, values, is_told=is_told)
            return
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
        if self._tables and tag in _OF_TABLES:
            self._end_cell()
            if tag == "table":
                self._close_table()
        elif tag in BLOCKS:
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
        if self._tables and not self._tables[-1].cell:  # words between two rows
            self._begin_row()
            self._begin_cell("td", {})
        if not self._children:
            blank_lines = data[: len(data) - len(data.lstrip())].count("\n")
            self._line = self.getpos()[0] - 1 + blank_lines
        self._add(Token("text", "", 0, content=text))
        self._is_spaced = text.endswith(" ")

    def close(self) -> None:
        super().close()
        while self._tables:
            self._end_cell()
            self._close_table()
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

    @property
    def _level(self) -> int:
        return len(self._holders) + sum(each.level for each in self._tables)

    def _begin(self, tag: str, values: dict[str, str]) -> bool:
        """A block begins. Whether its tag says something that is lost."""
        self._end_paragraph()
        if tag in _HEADINGS:
            self._heading = tag
        elif tag == "hr":
            self.tokens.append(Token("hr", "hr", 0, level=self._level, block=True))
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
                level=self._level,
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
            level = self._level
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
        place, level = [self._line, self._line + 1], self._level
        if self._paragraphs and kind == "paragraph":
            self._paragraphs[-1].append(len(self.tokens))
        self.tokens += [
            Token(f"{kind}_open", tag, 1, map=place, level=level, block=True),
            Token("inline", "", 0, map=place, level=level + 1, children=said, content=content),
            Token(f"{kind}_close", tag, -1, level=level, block=True),
        ]

    # --- tables -----------------------------------------------------------------------------------

    def _begin_of_table(self, tag: str, values: dict[str, str], *, is_told: bool) -> None:
        row = self._above + self.getpos()[0]
        removed = Removed(short(self.get_starttag_text() or tag), row)
        if tag == "table":
            self._end_paragraph()
            self._tables.append(
                _OpenTable(
                    self.tokens,
                    self._holders,
                    self._paragraphs,
                    level=len(self._holders) + 1,
                    is_of_data=values.get("role", "") not in ("presentation", "none"),
                )
            )
            self._holders, self._paragraphs = [], []
        else:
            self._end_cell()
        style = _ALIGNED.fullmatch(values.get("style", "text-align:left"))
        self._tables[-1].tags.append((removed, is_told or not style))
        self._tables[-1].in_head |= tag == "thead"
        if tag in ("tbody", "tfoot"):
            self._tables[-1].in_head = False
        if tag == "tr":
            self._begin_row()
        elif tag in _CELLS:
            self._begin_cell(tag, values)

    def _begin_row(self) -> None:
        self._tables[-1].rows.append([])

    def _begin_cell(self, tag: str, values: dict[str, str]) -> None:
        table = self._tables[-1]
        if not table.rows:
            self._begin_row()
        align = values.get("align", "").lower()
        if found := _ALIGNED.fullmatch(values.get("style", "")):
            align = found[1].lower()
        spans = (values.get(name, "") for name in ("colspan", "rowspan"))
        across, down = (
            min(int(each), _MOST_SPANNED) if _NUMBER.fullmatch(each) else 1 for each in spans
        )
        table.cell = _Cell(
            is_head=tag == "th" or table.in_head,
            align=align if align in ("left", "right", "center") else "",
            across=max(across, 1),
            down=max(down, 1),
            line=self.getpos()[0] - 1,
        )
        table.rows[-1].append(table.cell)
        self.tokens, self._is_spaced = table.cell.tokens, True

    def _end_cell(self) -> None:
        """What is said in a cell ends with it; between two of them there is nothing to be said."""
        self._end_paragraph()
        while self._holders:
            self._close_holders(self._holders[-1])
        self._tables[-1].cell = None

    def _close_table(self) -> None:
        """Its tokens: of a table, or, where it only put things beside each other, what it held."""
        table = self._tables.pop()
        self.tokens, self._holders, self._paragraphs = table.around
        rows = table.grid()
        is_of_data = table.is_of_data and len(rows[0] if rows else ()) > 1
        self.removed += [each for each, is_told in table.tags if is_told or not is_of_data]
        if is_of_data:
            self.tokens += _table_tokens(rows, self._level)
            return
        for token in (token for row in table.rows for cell in row for token in cell.tokens):
            token.level -= 1
            if self._paragraphs and token.type == "paragraph_open" and token.level == self._level:
                self._paragraphs[-1].append(len(self.tokens))
            self.tokens.append(token)


_MOST_SPANNED = 100


@dataclass(slots=True)
class _Cell:
    is_head: bool = False
    align: str = ""
    across: int = 1
    down: int = 1
    line: int = 0
    tokens: list[Token] = field(default_factory=list)

    @property
    def is_of_words(self) -> bool:
        """Whether it holds paragraphs and nothing else."""
        return all(
            token.type in ("paragraph_open", "inline", "paragraph_close") for token in self.tokens
        )

    @property
    def inline(self) -> Token:
        """Its paragraphs, one below the other."""
        children: list[Token] = []
        for each in self.tokens:
            if each.type == "inline":
                children += [Token("hardbreak", "br", 0)] * bool(children)
                children += each.children or []
        content = "".join(each.content for each in self.tokens)
        place = [self.line, self.line + 1]
        return Token("inline", "", 0, map=place, children=children, content=content)


class _OpenTable:
    """A table that is being read; `around` is what was being read when it began."""

    def __init__(
        self,
        tokens: list[Token],
        holders: list[str],
        paragraphs: list[list[int]],
        *,
        level: int,
        is_of_data: bool,
    ) -> None:
        self.around = tokens, holders, paragraphs
        self.level = level
        self.tags: list[tuple[Removed, bool]] = []  # each, and whether it said what is lost
        self.rows: list[list[_Cell]] = []
        self.cell: _Cell | None = None
        self.in_head = False
        self._may_be_of_data = is_of_data

    @property
    def is_of_data(self) -> bool:
        """Whether it is no means of putting things beside each other, as newsletters do."""
        return self._may_be_of_data and all(cell.is_of_words for row in self.rows for cell in row)

    def grid(self) -> list[list[_Cell]]:
        """Its rows that have cells, all as long, with empty cells for those that others cover."""
        rows: list[list[_Cell]] = []
        covered: dict[int, int] = {}  # by column: in how many more rows
        for found in filter(None, self.rows):
            row: list[_Cell] = []
            for cell in found:
                while covered.get(len(row), 0):
                    covered[len(row)] -= 1
                    row.append(_Cell())
                for i in range(cell.across):
                    covered[len(row)] = cell.down - 1
                    row.append(_Cell(is_head=cell.is_head) if i else cell)
            rows.append(row)
        wide = max(map(len, rows), default=0)
        return [row + [_Cell() for _ in range(wide - len(row))] for row in rows]


def _table_tokens(rows: Sequence[Sequence[_Cell]], level: int) -> list[Token]:
    """The tokens of Markdown for a table; a column is aligned as the first of its cells that says
    how, those of its head last.
    """
    head = rows[:1] if all(cell.is_head or not cell.tokens for cell in rows[0]) else []
    body = rows[len(head) :]
    aligned = [
        next((row[i].align for row in (*body, *head) if row[i].align), "")
        for i in range(len(rows[0]))
    ]
    if not head:
        head = [[_Cell() for _ in rows[0]]]
    tokens: list[Token] = []
    _open(tokens, "table", level)
    for part, cell_tag, lines in (("thead", "th", head), ("tbody", "td", body)):
        if lines:
            _open(tokens, part, level + 1)
            for row in lines:
                _open(tokens, "tr", level + 2)
                tokens[-1].map = [row[0].line, row[0].line + 1]
                for cell, align in zip(row, aligned, strict=True):
                    _open(tokens, cell_tag, level + 3)
                    if align:
                        tokens[-1].attrs["style"] = f"text-align:{align}"
                    tokens += [
                        replace(cell.inline, level=level + 4),
                        Token(f"{cell_tag}_close", cell_tag, -1, level=level + 3, block=True),
                    ]
                tokens.append(Token("tr_close", "tr", -1, level=level + 2, block=True))
            tokens.append(Token(f"{part}_close", part, -1, level=level + 1, block=True))
    tokens.append(Token("table_close", "table", -1, level=level, block=True))
    return tokens


def _open(tokens: list[Token], tag: str, level: int) -> None:
    tokens.append(Token(f"{tag}_open", tag, 1, level=level, block=True))


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
