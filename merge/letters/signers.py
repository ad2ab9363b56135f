"""Those who sign under the group: who signs which letter, and how their names stand in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import count
from urllib.parse import quote

from markupsafe import escape

from merge.errors import LetterError
from merge.letters.idiom import FRENCH, Idiom

LINES_AT_MOST = 6
"""So many names stand one below the other; more of them are an enumeration."""

MOST = 120
"""So many may sign one letter on paper: a longer list is an attachment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One who signs. `insee` is the commune whose letter alone it signs; None is every letter.

    `role` is what the name is followed by ("infirmière"), "" for nothing.
    """

    name: str
    insee: str | None = None
    role: str = ""


def by_commune(signers: Iterable[Signer]) -> Mapping[str | None, tuple[Signer, ...]]:
    """Who signs the letter to each commune that has signers; None is every other commune.

    Those of the whole campaign stand before the commune's own, both as they are listed.
    """
    everywhere: list[Signer] = []
    own: dict[str, list[Signer]] = {}
    for signer in signers:
        (everywhere if signer.insee is None else own.setdefault(signer.insee, [])).append(signer)
    return {
        None: tuple(everywhere),
        **{insee: (*everywhere, *here) for insee, here in own.items()},
    }


def towns_with_signers(signers: Iterable[Signer]) -> frozenset[str]:
    """The INSEE codes of the communes where someone lives who signs."""
    return frozenset(signer.insee for signer in signers if signer.insee is not None)


def enumeration(signers: Sequence[Signer], idiom: Idiom = FRENCH) -> str:
    """Zoé; Zoé et Ali; Zoé, Ali (infirmier) et Jean; "" without anybody."""
    joints = ("", *idiom.joints(len(signers)))
    return "".join(
        joint + _in_enumeration(signer) for joint, signer in zip(joints, signers, strict=False)
    )


def fitting(signers: Sequence[Signer]) -> int:
    """How many of them, from the first on, stand on the two pages of the model letter."""
    if len(signers) <= LINES_AT_MOST:
        return len(signers)
    return _fitting([*map(_in_enumeration, signers[:MOST])])


def refuse_crowd(signers: Iterable[Signer], path: str) -> None:
    """LetterError("signers-crowd") when more than MOST sign one letter.

    `n` sign it, `most` may. `path` is the sheet that has them.
    """
    n = max(map(len, by_commune(signers).values()))
    if n > MOST:
        raise LetterError("signers-crowd", path=path, n=n, most=MOST)


def too_long_names(signers: Iterable[Signer]) -> tuple[int, int] | None:
    """How many sign one letter, and how many of them its two pages hold; None if they hold all.

    Of the letter that holds the fewest of its names.
    """
    n, most = max(
        ((len(each), fitting(each)) for each in by_commune(signers).values()),
        key=lambda counts: counts[0] - counts[1],
    )
    return (n, most) if most < n else None


class Signature(str):
    """The lines of the signature, and under them those who sign.

    As a string it is what the plain text says. In HTML the names of a long list are marked, so
    that the page can set them in columns where an e-mail has an enumeration: `span.signers` with
    more classes by their number and length (see below), in it a `span` a name and `span.joint`
    between two.
    """

    _html: str

    def __new__(
        cls, lines: Iterable[str], signers: Sequence[Signer], idiom: Idiom = FRENCH
    ) -> Signature:
        """The group's own `lines`, then the names."""
        text = list(lines)
        if len(signers) <= LINES_AT_MOST:
            text += map(_on_a_line, signers)
            html = [str(escape(line)) for line in text]
        else:
            html = [*(str(escape(line)) for line in text), _columns(signers, idiom)]
            text.append(enumeration(signers, idiom))
        self = super().__new__(cls, "\n".join(text))
        self._html = "<br>".join(html)
        return self

    def __html__(self) -> str:
        return self._html


def _columns(signers: Sequence[Signer], idiom: Idiom) -> str:
    names = tuple(map(_in_enumeration, signers))
    joints = ("", *(f'<span class="joint">{each}</span>' for each in idiom.joints(len(names))))
    html = "".join(
        f"{joint}<span>{escape(name)}</span>" for joint, name in zip(joints, names, strict=True)
    )
    return f'<span class="{_classes_of(names)}">{html}</span>'


def _on_a_line(signer: Signer) -> str:
    return f"{signer.name}, {signer.role}" if signer.role else signer.name


def _in_enumeration(signer: Signer) -> str:
    # A comma would make the role look like one more name.
    return f"{signer.name} ({signer.role})" if signer.role else signer.name


# --- names of a long list on paper: their columns, how small they are, and how many fit -----------

# A name with its role may be two lines or three, so lines are counted and not names. A line ends
# where the font of the model letter says, letter by letter, as in templates/vsa/letter.css; tests
# hold both to the pages that come of it.

# Of Liberation Serif, in thousandths of its size. What is not here is as wide as a capital.
_WIDTHS = {
    letter: width
    for width, letters in (
        (200, "|\u202f"),
        (250, " ,.\xa0"),
        (278, "/:;\\ijlt"),
        (333, "!()-I[]`fr’'·"),  # an apostrophe is set as ’
        (389, "Js"),
        (408, '"'),
        (444, "?acez"),
        (500, "#$*0123456789_bdghknopquvxy«»–"),
        (556, "FPS"),
        (564, "+<=>"),
        (611, "ELTZ"),
        (667, "BCRæ"),
        (778, "&m"),
        (889, "MŒÆ"),
        (944, "W"),
        (1000, "—…%@"),
    )
    for letter in letters
}
_CAPITAL = 722
_MAY_END_A_LINE = re.compile(r"(?<= )(?=[^ ])|(?<=\w[-/])(?=\w)")

_TEXT_PT, _GAP_PT = 150 / 25.4 * 72, 5 / 25.4 * 72  # the width of the text; between two columns


@dataclass(frozen=True, slots=True)
class _Setting:
    """One way to set the names: the classes that letter.css knows it by, and its measures."""

    classes: str
    columns: int
    size_pt: float
    leading: float

    def height(self, names: Sequence[str]) -> float:
        """In points, of the columns when they are as even as names that stay whole can be."""
        lines = self._lines(names)
        least = max(-(-sum(lines) // self.columns), max(lines, default=0))
        rows = next(n for n in count(least) if _filled(lines, self.columns, n) == len(lines))
        return rows * self.size_pt * self.leading

    def pages(self, names: Sequence[str]) -> int:
        """How many pages the model letter has when the names go on from the second one."""
        lines = self._lines(names)
        lines = [sum(lines[:4]), *lines[4:-6], sum(lines[-6:])]  # those that a break never parts
        for page in count(2):
            room = _ROOM_PT if page == 2 else _PAGE_PT
            rows = int(room / self.size_pt / self.leading)
            lines = lines[_filled(lines, self.columns, rows) :]
            if not lines:
                return page
        raise AssertionError

    def _lines(self, names: Sequence[str]) -> list[int]:
        width = (_TEXT_PT - (self.columns - 1) * _GAP_PT) / self.columns / self.size_pt * 1000
        return [_lines(name, width) for name in names]


# The first is for so many names at most. A list that would not stand on the second page takes the
# next one that does.
_LARGE_AT_MOST = 24
_ON_TWO_PAGES = (
    _Setting("signers", 2, 10, 1.25),
    _Setting("signers many", 3, 9, 1.25),
    _Setting("signers crowd", 3, 8.5, 1.2),
    _Setting("signers crowd wide", 2, 8.5, 1.2),
)
_ROOM_PT = 158
"""Under the model letter to the commune with the longest name, on its second page, with the foot:
15 lines of the smallest. There is one more line of the text, which another hyphen may want.
"""

# If another page is needed anyway the names are set larger, which also fills that page.
_ON_MORE_PAGES = (
    _Setting("signers long", 2, 10, 1.25),
    _Setting("signers many long", 3, 9, 1.25),
    _Setting("signers crowd long", 3, 8.5, 1.2),
)
_PAGE_PT = 640
"""On the pages after the second one, with the foot: any may become the last."""


@lru_cache(64)  # every letter asks, and most for the same names
def _classes_of(names: tuple[str, ...]) -> str:
    """The classes of the columns that these names stand in."""
    for setting in _ON_TWO_PAGES[len(names) > _LARGE_AT_MOST :]:
        if setting.height(names) <= _ROOM_PT:
            return setting.classes
    return min(_ON_MORE_PAGES, key=lambda setting: setting.pages(names)).classes  # the largest


def _fitting(names: Sequence[str]) -> int:
    """How many of these names, from the first on, stand on the two pages of the model letter."""
    return next(
        n
        for n in range(len(names), -1, -1)
        if any(setting.height(names[:n]) <= _ROOM_PT for setting in _ON_TWO_PAGES)
    )


def _filled(lines: Sequence[int], columns: int, rows: int) -> int:
    """How many names fill so many columns of so many rows, each of them whole; one at least."""
    column, used = 1, 0
    for n, each in enumerate(lines):
        if n and used + each > rows:
            if column == columns:
                return n
            column, used = column + 1, 0
        used += each
    return len(lines)


def _lines(name: str, width: float) -> int:
    """How many lines a name is; all but the first begin one em further in."""
    lines, filled = 1, 0
    for bare, whole in _pieces(name):
        if filled and filled + bare > width:
            lines, filled = lines + 1, 1000
        filled += whole
    return lines


@lru_cache(1024)
def _pieces(name: str) -> tuple[tuple[int, int], ...]:
    """What a line may end after: its width at the end of one, and before more."""
    return tuple((_wide(piece.rstrip(" ")), _wide(piece)) for piece in _MAY_END_A_LINE.split(name))


def _wide(text: str) -> int:
    plain = unicodedata.normalize("NFD", text)
    return sum(_WIDTHS.get(c, _CAPITAL) for c in plain if not unicodedata.combining(c))


# The press finds files of the campaign folder by their names. In the look, the picture is on the
# page and in no e-mail; its sum makes another picture another version of the letter.
_PICTURE = """
.closing > p:last-child, .closing > div > p:last-child {{ margin-top: 5mm }}
.closing > p:last-child::before, .closing > div > p:last-child::before {{
  content: "";
  display: block;
  height: 20mm;
  margin-bottom: 1mm;
  background: url("{url}") left bottom / contain no-repeat; /* {sha256} */
}}
"""
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")  # what PNG and JPEG begin with


def signature_picture(url_path: str, data: bytes, path: str) -> str:
    """The rules of the look that set a picture above the signature's lines.

    LetterError("picture-unfit") for what is neither PNG nor JPEG.
    """
    if not data.startswith(_PICTURES):
        raise LetterError("picture-unfit", path=path, name=url_path)
    return _PICTURE.format(url=quote(url_path), sha256=sha256(data).hexdigest())
