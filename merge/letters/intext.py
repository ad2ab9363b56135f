"""A block as plain text; no line is broken but by the author."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from merge.letters import notes, tables
from merge.letters.idiom import Idiom
from merge.letters.inhtml import alignment, picture_words
from merge.letters.placeholders import Placeholders


@dataclass(frozen=True, slots=True)
class PlainWriter:
    """Writes what stands in a letter without its form. Tags stay hidden."""

    tags: Placeholders
    idiom: Idiom

    def block(self, node: SyntaxTreeNode) -> str:
        """The block, with a blank line after it."""
        if node.type == "paragraph" and self.tags.is_tags_only(node):
            words = "".join("".join(self._inline(node.children)).split())
            return words + "\n\n" * any(tag.expression for tag in self.tags.tags_of(words))
        if node.type in ("paragraph", "heading"):
            return "".join(self._inline(node.children)) + ("\n" if node.hidden else "\n\n")
        if node.type in ("bullet_list", "ordered_list"):
            first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
            items = [self._item(item, i, first) for i, item in enumerate(node.children)]
            return "\n".join(items) + "\n\n"
        if node.type == "blockquote":
            return _prefixed(self._blocks(node), "> ", "> ") + "\n\n"
        if node.type == "container_div":
            return self._blocks(node) + "\n\n"
        if node.type == "page_break":
            return ""
        if node.type == "table":
            return "".join(self._table(node)) + "\n\n"
        return "* * *\n\n"  # a rule is all that is left

    def lines(self, paragraphs: Iterable[Token]) -> str:
        """The paragraphs of a note, one below the other."""
        inline = [token for token in paragraphs if token.type == "inline"]
        return "\n".join("".join(self._inline(SyntaxTreeNode([each]).children)) for each in inline)

    def _item(self, item: SyntaxTreeNode, i: int, first: int | None) -> str:
        bullet = "- " if first is None else f"{first + i}. "
        return _prefixed(self._blocks(item), bullet, " " * len(bullet))

    def _blocks(self, node: SyntaxTreeNode) -> str:
        return "".join(self.block(child) for child in node.children).rstrip("\n")

    def _table(self, table: SyntaxTreeNode) -> Iterator[str]:
        """As `tables.laid_out` takes it once it is filled."""
        rows = [row for part in table.children for row in part.children]
        cells = rows[0].children
        alignments = [alignment(cell.nester_tokens.opening) for cell in cells if cell.nester_tokens]
        has_head = table.children[0].type == "thead"
        head = [self._cell(cell) for cell in cells] if has_head else [""] * len(cells)
        # French has a space before its colon.
        yield tables.begin(alignments, head, self.idiom.typeset("x: ").removeprefix("x"))
        for row in rows[has_head:]:
            if self.tags.is_tags_only(row):
                yield "".join(self._cell(row.children[0]).split())
            else:
                begin, end = self.tags.repeated if self.tags.is_repeated(row) else ("", "")
                yield begin + tables.row([self._cell(cell) for cell in row.children]) + end
        yield tables.END

    def _cell(self, cell: SyntaxTreeNode) -> str:
        return "".join(self._inline(cell.children))

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
                    href = self.tags.marked(str(node.attrs["href"]))
                    yield words + self.tags.address(href, words)
                case "footnote_ref":
                    yield f"[{notes.call(node.meta['call'])}]"
                case "image":
                    if node.token and (words := picture_words(node.token).strip()):
                        yield f"[{words}]"
                case _:  # inline, strong, em and their like
                    yield from self._inline(node.children)


def _prefixed(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *((others + line) if line else "" for line in lines[1:])])
