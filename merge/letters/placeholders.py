"""A letter's source with its tags hidden behind words that Markdown leaves alone, and the way back.

A word stands for `{{ … }}` or `{% … %}` as it stands in the source; in the address of a link it
says whether it is all of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from merge.letters import lines
from merge.letters.filling import LINK_TARGET, PUNCTUATED, URL_PART
from merge.letters.language import Tag, pieces, speaks_of_line


class Placeholders:
    """A source with its tags replaced by placeholder words, and the way back.

    `word` matches such a word, and `choices` those that stand for a `{% … %}`, as a group.
    `repeated` are the two that stand around a row which is there once for each line.
    """

    def __init__(self, source: str, of_paragraphs: Collection[str] = ()) -> None:
        self._of_paragraphs = of_paragraphs
        self._tags: list[Tag] = []
        # The words must not be the author's own.
        mark = "zq"
        while mark in source.casefold():
            mark += "q"
        self.word = re.compile(rf"{mark}(\d+)x")
        self._target = re.compile(rf"({mark}\d+)x")
        self._in_link = re.compile(rf"({mark})(\d+)([yz])")
        self._punctuated = re.compile(rf"{mark}(\d+)([vw])")
        self._any = re.compile(rf"{mark}(\d+)[v-x]")
        parts: list[str] = []
        for piece in pieces(source):
            if isinstance(piece, str):
                parts.append(piece)
            elif not piece.is_comment:
                parts.append(f"{mark}{len(self._tags)}x")
                self._tags.append(piece)
        self.source = "".join(parts)
        self.repeated = tuple(self._word(mark, each) for each in (lines.BEGIN, lines.END))
        choices = [f"{mark}{i}x" for i, tag in enumerate(self._tags) if tag.keyword]
        self.choices = re.compile(f"({'|'.join(choices) or '(?!)'})")

    def _word(self, mark: str, source: str) -> str:
        """A word for a tag that no author writes."""
        self._tags.append(Tag(source=source, row=0))
        return f"{mark}{len(self._tags) - 1}x"

    def tags_of(self, text: str) -> list[Tag]:
        """The tags that a text with hidden tags holds, in order."""
        return [self._tags[int(found[1])] for found in self.word.finditer(text)]

    def restored(self, text: str) -> str:
        """The text with its tags in their places, to be shown to a person."""
        return self._any.sub(lambda found: self._tags[int(found[1])].source, text)

    def shown(self, text: str) -> str:
        """A template: the tags in their places, and no brace of the text taken for one."""
        text = text.replace("{", '{{ "{" }}')
        text = self._punctuated.sub(self._punctuated_tag, text)
        return self.restored(self._in_link.sub(self._link_tag, text))

    def punctuated(self, text: str) -> str:
        """The text with those of its blanks marked whose values are to be set as it is."""
        return self.word.sub(self._mark, text)

    def _mark(self, found: re.Match[str]) -> str:
        tag = self._tags[int(found[1])]
        is_of_words = tag.expression and tag.expression not in self._of_paragraphs
        is_before_a_stop = found.string.startswith(".", found.end())
        kind = "x" if not is_of_words else "v" if is_before_a_stop else "w"
        return f"{found[0][:-1]}{kind}"

    def _punctuated_tag(self, found: re.Match[str]) -> str:
        tag = self._tags[int(found[1])]
        before, behind = tag.source.split(tag.expression, 1)
        stops = "(stops=true)" if found[2] == "v" else ""
        return f"{before}({tag.expression})|{PUNCTUATED}{stops}{behind}"

    def _link_tag(self, found: re.Match[str]) -> str:
        """A blank in the address of a link: all of it (y), or a part (z)."""
        expression = self._tags[int(found[2])].expression
        return f"{{{{ ({expression})|{LINK_TARGET if found[3] == 'y' else URL_PART} }}}}"

    # --- what is nothing but tags -----------------------------------------------------------------

    def is_tags_only(self, node: SyntaxTreeNode) -> bool:
        """Whether this is no paragraph but `{% if … %}`, or a value of paragraphs, alone; or a row
        of a table that is no row but `{% if … %}`.
        """
        if node.type == "tr":
            first, *others = (cell.children[0].content for cell in node.children)
            return (
                not "".join(others).strip()
                and self._is_of_tags(first)
                and all(tag.keyword for tag in self.tags_of(first))
            )
        if node.type != "paragraph":
            return False
        content = node.children[0].content
        return not self.word.sub("", content).strip() and all(
            tag.keyword or tag.expression in self._of_paragraphs for tag in self.tags_of(content)
        )

    def is_repeated(self, row: SyntaxTreeNode) -> bool:
        """Whether this row of a table speaks of a line, and stands there once for each."""
        return (
            row.type == "tr"
            and row.parent is not None
            and row.parent.type == "tbody"
            and not self.is_tags_only(row)
            and any(speaks_of_line(tag) for each in row.walk() for tag in self.tags_in(each))
        )

    def tags_in(self, node: SyntaxTreeNode) -> list[Tag]:
        """The tags of a node of text, or of the address of a link."""
        if node.type in ("text", "code_inline"):
            return self.tags_of(node.content)
        return self.tags_of(str(node.attrs.get("href", ""))) if node.type == "link" else []

    def _is_of_tags(self, content: str) -> bool:
        return bool(self.tags_of(content)) and not self.word.sub("", content).strip()

    def are_paragraphs(self, names: frozenset[str]) -> bool:
        """Whether one of these names is a value of paragraphs."""
        return not names.isdisjoint(self._of_paragraphs)

    # --- addresses of links -----------------------------------------------------------------------

    def linked(self, tokens: list[Token]) -> list[Token]:
        """The tokens with the blanks of link addresses marked as such."""
        for token in tokens:
            for child in token.children or ():
                if child.type == "link_open":
                    child.attrs["href"] = self.marked(str(child.attrs["href"]))
        return tokens

    def marked(self, href: str) -> str:
        """The address of a link with its blanks marked as such."""
        whole = self._target.match(href)
        if whole:
            href = f"{whole[1]}y{href[whole.end() :]}"
        return self._target.sub(r"\1z", href)

    def address(self, href: str, words: str) -> str:
        """What follows the words of a link, marked, that are not its address themselves."""
        href = href.removeprefix("mailto:")
        meant = self.restored(self._in_link.sub(r"\1\2x", href))
        return "" if meant == self.restored(words) else f" <{href}>"
