"""Plain text → Markdown that says the same: nothing that was typed turns into markup.

What an author of plain text means by his lines is kept: paragraphs, lists, short lines one below
the other, `**bold**`. A line that a copy-and-paste broke is joined again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from merge.letters.blanks import spans

_LONG_LINE = 80  # characters: nobody breaks an address or a signature that late
_WRAPPED_AT_MOST = 100  # a text with longer lines was not wrapped: it is broken where it is meant
_WRAPPED_AT_LEAST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """The Markdown, and the words on both sides of each break that was joined."""

    markdown: str
    joined: tuple[str, ...]


def markdown(text: str) -> PlainText:
    """The plain text as Markdown; its blanks stand in it as they came."""
    # Spaces that moved a date to the right would make its line the widest of the text.
    text = re.sub(r"[ \t]+", " ", unicodedata.normalize("NFC", text))
    lines = text.splitlines()
    paragraphs, joined = _joined(list(_paragraphs([line.strip() for line in lines])))
    width = max((len(line) for lines in paragraphs for line in lines), default=0)
    written = _blocks([each for lines in paragraphs for each in _rewrapped(lines, width)])
    return PlainText(markdown=written, joined=tuple(joined))


def escaped(text: str, *, keeps_bold: bool = False) -> str:
    """Words of a paragraph as Markdown and template source that show them as they are.

    Blanks and tags stay. With `keeps_bold` so does `**…**`.
    """
    kept = list(spans(text))
    if keeps_bold:
        for found in _BOLD.finditer(text):
            kept += [(found.start(), found.start() + 2), (found.end() - 2, found.end())]
    parts: list[str] = []
    done = 0
    for start, end in sorted(kept):
        if start < done:
            continue
        parts += [_markup_escaped(text, done, start), text[start:end]]
        done = end
        if text[start] == "[" and text.startswith("(", end):  # or it would become a link
            parts.append("\\")
    return "".join([*parts, _markup_escaped(text, done, len(text))])


def line_start_escaped(text: str) -> str:
    """The line without what Markdown would take for more than words: a heading, a list, a
    quotation, a rule, a div, a table.
    """
    return _LINE_START.sub(lambda found: f"{found['before'] or ''}\\{found['mark']}", text)


_BOLD = re.compile(r"(?<!\*)\*\*(?=[^\s*])(?:(?!\*\*).)*?(?<=[^\s*])\*\*(?!\*)", re.DOTALL)
_MARKUP = re.compile(
    r"(?P<mark>[\\`*]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)"
    r"|\[(?=\^|[^\[\]]*\]\())"
    # What Jinja would read, and the sign of a picture: a template can say them as words.
    r"|(?P<tag>\{(?=[{%#])|[}%#](?=\})|!(?=\[))"
)
_LINE_START = re.compile(
    r"\A(?:(?P<before>[0-9]{1,9})(?=[.)](?:\s|\Z)))?"
    r"(?P<mark>(?<=[0-9])[.)]|(?<![0-9])(?:\#{1,6}(?=\s|\Z)|[-+](?=\s|\Z|-)|>"
    # A div, and the line below the head of a table.
    r"|:(?=::+\s*\w*\s*\Z)|[|:-](?=[-:|\s]*\|[-:|\s]*\Z)|\|(?=[-:|\s]*-[-:|\s]*\Z)))"
)


def _markup_escaped(text: str, start: int, end: int) -> str:
    """One stretch between blanks; what stands around it is seen, so that it ends words right."""
    parts: list[str] = []
    done = start
    for found in _MARKUP.finditer(text, start, end):
        mark = found[0]
        parts += [
            text[done : found.start()],
            f'{{{{ "{mark}" }}}}' if found["tag"] else f"\\{mark}",
        ]
        done = found.end()
    return "".join([*parts, text[done:end]])


# --- paragraphs and the breaks in them ----------------------------------------------------------


def _paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line:
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []


# No sentence and no heading ends with one of these.
_GOES_ON = (
    "à au aux avec ce ces cette chez comme d dans de des dont du elle en entre et il ils la le les "
    "leur leurs mais ne nos notre nous on ou par pas pour qu que qui sa sans se ses si son sous "
    "sur un une vers vos votre vous"
)


def _joined(paragraphs: list[list[str]]) -> tuple[list[list[str]], list[str]]:
    """The paragraphs, those put together again that a blank line tore apart."""
    whole: list[list[str]] = []
    joined: list[str] = []
    for paragraph in paragraphs:
        if whole and _is_torn(whole[-1][-1], paragraph[0]):
            before = whole[-1].pop()
            joined.append(" ".join([*before.split()[-3:], *paragraph[0].split()[:3]]))
            whole[-1] += [f"{before} {paragraph[0]}", *paragraph[1:]]
        else:
            whole.append(list(paragraph))
    return whole, joined


def _is_torn(before: str, after: str) -> bool:
    if len(before) < _WRAPPED_AT_LEAST or not before[-1].isalpha() or _bullet(after):
        return False
    return re.split(r"[\W_]+", before)[-1] in _GOES_ON.split() or after[0].islower()


def _rewrapped(lines: list[str], width: int) -> Iterator[list[str]]:
    """The paragraphs that the lines are, each a list of the lines that its author meant."""
    paragraph = [lines[0]]
    for above, line in pairwise(lines):
        before = paragraph[-1]
        if _bullet(line):
            paragraph.append(line)
        elif width > _WRAPPED_AT_MOST:
            if max(len(before), len(line)) > _LONG_LINE:
                yield paragraph
                paragraph = []
            paragraph.append(line)
        elif _had_room(above, line, width):
            paragraph.append(line)
        else:
            paragraph[-1] = f"{before} {line}"
    yield paragraph


def _had_room(above: str, line: str, width: int) -> bool:
    """Whether the first word of the line would have fitted on the one above it."""
    return len(above) + 1 + len(line.split()[0]) <= max(width, _WRAPPED_AT_LEAST)


# --- lists --------------------------------------------------------------------------------------

_BULLET = re.compile(r"(?:[-•*–▪◦·]|(?P<number>[0-9]{1,3})[.)])\s+(?P<item>\S.*)")


def _bullet(line: str) -> re.Match[str] | None:
    return _BULLET.fullmatch(line)


def _blocks(paragraphs: Sequence[Sequence[str]]) -> str:
    """The paragraphs as Markdown; two lines or more with bullets one after the other are a list."""
    flat = [(line, i) for i, lines in enumerate(paragraphs) for line in lines]
    parts: list[str] = []
    in_list = False
    last = -1
    for k, (line, i) in enumerate(flat):
        neighbours = [flat[j][0] for j in (k - 1, k + 1) if 0 <= j < len(flat)]
        bullet = _bullet(line)
        listed = bullet is not None and any(_follow(line, other) for other in neighbours)
        if parts:
            same = i == last and not listed and not in_list
            parts.append("\\\n" if same else "\n" if listed and in_list else "\n\n")
        if bullet and listed:
            mark = f"{bullet['number']}." if bullet["number"] else "-"
            parts.append(f"{mark} {line_start_escaped(escaped(bullet['item'], keeps_bold=True))}")
        else:
            parts.append(line_start_escaped(escaped(line, keeps_bold=True)))
        in_list, last = listed, i
    return "".join(parts) + "\n"


def _follow(line: str, other: str) -> bool:
    """Whether two lines are items of one list."""
    one, two = _bullet(line), _bullet(other)
    if not one or not two:
        return False
    if one["number"] and two["number"]:
        return abs(int(one["number"]) - int(two["number"])) == 1
    return line[0] == other[0]
