"""The footnotes of a letter: what each says, and where it is called. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from merge.errors import LetterError
from merge.letters import inhtml, punctuation
from merge.letters.intext import PlainWriter
from merge.letters.placeholders import Placeholders


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A footnote, as its words stand behind its number; on a page it stands where it is called."""

    html: str
    text: str
    row: int


_ANY = re.compile(r"(?<!\\)(?:\[\^[^\[\]\n]+\]|\^\[[^\[\]\n]+\])")


def refuse(source: str, *, path: str, first_row: int) -> None:
    """LetterError("footnote") for a note, whole or not: those of the letter are numbered alone."""
    if note := _ANY.search(source):
        row = first_row + source.count("\n", 0, note.start())
        raise LetterError("footnote", path=path, row=row, words=note[0])


class Footnotes:
    """The footnotes among the tokens of a letter, and the `others`.

    `written` are their paragraphs, by what each is called by. Once all of them have gone through
    `write`, `mark_calls` puts them where they are called, and `called` are those.

    LetterError("footnote") for one that is not there, not called, there twice or empty, that is
    more than paragraphs, or that calls another.
    """

    def __init__(self, tokens: Sequence[Token], path: str, above: int, tags: Placeholders) -> None:
        self._path, self._above, self._tags = path, above, tags
        self.written: dict[str, list[Token]] = {}
        self._forms: dict[str, tuple[str, Note]] = {}  # on the page, and elsewhere
        self.others: list[Token] = []
        self.called: list[Note] = []
        rows: dict[str, int] = {}
        inside: str | None = None
        for token in tokens:
            if token.type == "footnote_reference_open":
                label = str(token.meta["label"])
                if inside is not None or label in self.written:
                    raise self._error(label, self._row(token))
                self.written[label] = []
                rows[label], inside, level = self._row(token), label, token.level + 1
            elif token.type == "footnote_reference_close":
                inside = None
            elif inside is None:
                self.others.append(token)
            else:
                if token.type not in ("paragraph_open", "inline", "paragraph_close"):
                    raise self._error(inside, self._row(token))
                token.level -= level
                self.written[inside].append(token)
        self._calls = [
            (inline, child)
            for inline in self.others
            for child in inline.children or ()
            if child.type == "footnote_ref"
        ]
        for inline, call in self._calls:
            if call.meta["label"] not in self.written:
                raise self._error(call.meta["label"], self._row(inline))
        labels = {call.meta["label"] for _inline, call in self._calls}
        for label, paragraphs in self.written.items():
            if label not in labels or not any(token.children for token in paragraphs):
                raise self._error(label, rows[label])
            for token in paragraphs:
                for child in token.children or ():
                    if child.type == "footnote_ref":
                        raise self._error(child.meta["label"], self._row(token))

    def write(self, label: str, writer: PlainWriter) -> None:
        """Know what a note says, in HTML and as plain text."""
        tags = self._tags
        inline = [each for each in tags.linked(self.written[label]) if each.type == "inline"]
        text = writer.lines(inline)
        inline = punctuation.of_tokens(inline, writer.idiom, tags.punctuated)
        # WeasyPrint takes a note out of its line before it makes one space of many, and a break.
        on_page = re.sub(
            "[ \\n]+",
            " ",
            "<br>".join(inhtml.written(inhtml.on_page([each], tags)) for each in inline),
        )
        html = "<br>".join(inhtml.written([each]) for each in inline)
        note = Note(html=tags.shown(html), text=tags.shown(text), row=self._row(inline[0]))
        self._forms[label] = on_page, note

    def mark_calls(self) -> None:
        """Tell each call which of the notes it calls, from top to bottom, and its words."""
        for n, (_inline, call) in enumerate(self._calls):
            on_page, note = self._forms[call.meta["label"]]
            call.meta.update(call=n, on_page=on_page)
            self.called.append(note)

    def _row(self, token: Token) -> int:
        return self._above + 1 + (token.map[0] if token.map else 0)

    def _error(self, label: str, row: int) -> LetterError:
        return LetterError(
            "footnote", path=self._path, row=row, words=f"[^{self._tags.restored(label)}]"
        )
