"""Local paragraphs: what only one recipient's letter says, where the letter has `{{ local }}`.

They come from `local/35238.md` in the campaign folder, named by the recipient's key: Markdown with
the blanks of the letter. Or from a column of the sheet: plain text, a paragraph a line, never
template or markup. Where there are both, the file is taken.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Self

from markupsafe import escape

from merge.errors import LetterError
from merge.letters import footnotes, language, markdown, punctuation
from merge.letters.filling import RENDERING_ERRORS, Compiled, compile_html, compile_text
from merge.letters.idiom import FRENCH, Idiom
from merge.letters.kinds import Unwritable, text, variable_name
from merge.letters.leftovers import Slip, leftovers, slips
from merge.letters.markup import Removed
from merge.letters.values import Values
from merge.model import Recipient

NAME = "local"
"""What the letter calls it: a paragraph of its own, `{{ local }}`."""

_COLUMNS = frozenset({NAME, "paragraphe_local", "paragraphes_locaux", "texte_local"})
_FENCE = "---"


class Passage(str):
    """A recipient's own paragraphs: as a string their plain text, and they know their HTML.

    Without any it is false in an `if` and prints nothing. The HTML is whole
    elements, so that a paragraph cannot be put around it.
    """

    html: str
    page: str

    def __new__(cls, plain: str, html: str, page: str = "") -> Self:
        """The same text in three forms; without a `page`, `html` is printed."""
        self = super().__new__(cls, plain)
        self.html = html
        self.page = page or html
        return self

    @property
    def on_page(self) -> Passage:
        """The same for a letter that is printed."""
        return Passage(self, self.page)

    def __html__(self) -> str:
        return self.html


NOTHING = Passage("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalNote:
    """What a person should know of the local paragraphs before the letters leave.

    "local-unplaced": `texts` recipients have one, and the letter has no place for it.
    "local-nobody": no recipient has the key that `path` names; `suggestion` may be meant.
    "local-twice": `key` has a file, `path`, and a cell; only the file is in the letter.
    """

    code: Literal["local-unplaced", "local-nobody", "local-twice"]
    path: str = ""
    key: str = ""
    suggestion: str = ""
    texts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    path: str
    source: str
    names: frozenset[str]
    removed: tuple[Removed, ...]
    text: Compiled
    html: Compiled
    page: Compiled

    def filled(self, recipient: Recipient, values: Values) -> Passage:
        known = values.of(recipient, self.names)
        try:
            plain = self.text.render(known)
            html, page = self.html.render(known), self.page.render(known)
        except Unwritable as fault:
            if fault.of_writer:
                raise LetterError("writer-lacks", path=self.path, name=fault.field) from None
            raise
        except RENDERING_ERRORS as error:
            raise LetterError(
                "letter-fails", path=self.path, words=str(error), key=recipient.key
            ) from error
        plain = re.sub(r"\n{3,}", "\n\n", plain).strip("\n")
        if not plain.strip():
            return NOTHING
        return Passage(plain, f"{html.strip()}\n", f"{page.strip()}\n")


def compile_passages(
    sources: Mapping[str, tuple[str, str]],
    names: Collection[str],
    *,
    columns: Collection[str] = (),
    idiom: Idiom = FRENCH,
) -> Passages:
    """The local paragraphs of a campaign, ready for any recipient.

    `sources` are the files as (path, Markdown), by the key that each is named after. `names` are
    those that a blank may use (`Values.names`). Of `columns`, the headers of the sheet, those
    called "local", "Paragraphe local" or "Texte local" hold local paragraphs.

    LetterError, with the file's path and row: "local-front-matter" for a head as the letter has;
    "local-picture" for a picture; "footnote-outside"; a code of `leftovers.Leftover` (`words`); and
    those of `language.read` and `markdown.read`.
    """
    allowed = frozenset(names) - {NAME}
    files = {
        key: _compiled(path, source, allowed, idiom) for key, (path, source) in sources.items()
    }
    return Passages(files, [each for each in columns if variable_name(each) in _COLUMNS], idiom)


def _compiled(path: str, source: str, names: Collection[str], idiom: Idiom) -> _File:
    lines = source.splitlines()
    source = "\n".join(lines)
    if lines and lines[0].rstrip() == _FENCE:
        raise LetterError("local-front-matter", path=path, row=1)
    footnotes.refuse(source, path=path, first_row=1)
    used = language.read(source, path=path, first_row=1, names=names, idiom=idiom)
    for left in leftovers(source):
        raise LetterError(left.code, path=path, row=left.row, words=left.found)
    body = markdown.read(source, path=path, first_row=1, idiom=idiom)
    for picture in body.pictures:
        raise LetterError("local-picture", path=path, row=picture.row)
    return _File(
        path=path,
        source=source,
        names=used,
        removed=body.removed,
        text=compile_text("".join(block.text for block in body.blocks), path, idiom=idiom),
        html=compile_html("".join(block.html for block in body.blocks), path, idiom=idiom),
        page=compile_html("".join(block.page for block in body.blocks), path, idiom=idiom),
    )


class Passages:
    """Which recipient has local paragraphs, and what they say."""

    def __init__(
        self, files: Mapping[str, _File], columns: Collection[str], idiom: Idiom = FRENCH
    ) -> None:
        self._idiom = idiom
        self._files = files
        self._columns = sorted(columns)

    @property
    def slips(self) -> tuple[tuple[str, Slip], ...]:
        """Each file's path with what its author should look at again."""
        return tuple(
            (file.path, slip) for file in self._files.values() for slip in slips(file.source)
        )

    @property
    def removed(self) -> tuple[tuple[str, Removed], ...]:
        """Each file's path with the HTML in it that nobody gets."""
        return tuple((file.path, each) for file in self._files.values() for each in file.removed)

    def of(self, recipient: Recipient, values: Values) -> Passage:
        """The recipient's paragraphs; false when there are none.

        Unwritable when a value that they need is empty, or a cell has a sign that no letter can
        carry. LetterError, with the file's path: "writer-lacks", "letter-fails".
        """
        file = self._files.get(recipient.key)
        return file.filled(recipient, values) if file else self._in_cells(recipient)

    def version(self, key: str) -> str:
        """SHA-256 of the recipient's file in hex, "" without one: its part of a fingerprint.

        A cell is in the recipient already.
        """
        file = self._files.get(key)
        return hashlib.sha256(file.source.encode()).hexdigest() if file else ""

    def notes(self, recipients: Iterable[Recipient], *, placed: bool) -> tuple[LocalNote, ...]:
        """What to tell about files and cells. `placed`: the letter has `{{ local }}`."""
        texts, keys, twice = 0, set[str](), set[str]()
        meant, plain = set(map(_plain, self._files)), dict[str, str]()
        for key, has_cell in ((each.key, self._has_cell(each)) for each in recipients):
            has_file = key in self._files
            texts += has_cell or has_file
            if has_file:
                keys.add(key)
            if has_file and has_cell:
                twice.add(key)
            if meant and (called := _plain(key)) in meant:
                plain[called] = key
        unplaced = [LocalNote(code="local-unplaced", texts=texts)] if texts and not placed else []
        return (
            *unplaced,
            *(
                LocalNote(
                    code="local-nobody", path=file.path, suggestion=plain.get(_plain(key), "")
                )
                for key, file in sorted(self._files.items())
                if key not in keys
            ),
            *(
                LocalNote(code="local-twice", key=key, path=self._files[key].path)
                for key in sorted(twice)
            ),
        )

    def _in_cells(self, recipient: Recipient) -> Passage:
        lines = [self._idiom.typeset(line) for line in self._lines(recipient)]
        html = "".join(
            f"<p>{escape(punctuation.of_line(line, self._idiom))}</p>\n" for line in lines
        )
        return Passage("\n\n".join(lines), html) if lines else NOTHING

    def _has_cell(self, recipient: Recipient) -> bool:
        try:
            return bool(self._lines(recipient))
        except Unwritable:
            return True

    def _lines(self, recipient: Recipient) -> list[str]:
        """The lines of its cells that say something."""
        return [
            line
            for header in self._columns
            for typed in recipient.fields.get(header, "").splitlines()
            if isinstance(line := text(typed, header), str)
        ]


def _plain(key: str) -> str:
    """A key for comparing; a spreadsheet may have made "1004" of "01004"."""
    return key.casefold().lstrip("0")
