"""The log of an inserter: which letters of which lots are in envelopes, as the machine says.

A row is a sheet, by its code (`lots.SheetCode`), or a letter, by its reference; beside it stands
what became of it, and perhaps the number of the envelope. A letter is `inserted` when each of its
sheets was put once, in order, into one envelope that has no sheet of another. Everything else is
left to a person: what the machine says is never "posted".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from merge.errors import SheetError
from merge.model import Page
from merge.paper.lots import SheetCode, key_of

Verdict = Literal["inserted", "missing", "doubled", "mixed"]
"""`mixed`: its sheets are out of order, in several envelopes, or with another's; or the log says
that a sheet is missing after it was inserted."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

WhyUnread = Literal["row", "code", "status", "elsewhere", "left"]
"""Why a row settles nothing: it cannot be read; it has no code or reference that is known, no
status that is known, the code of a lot that is not this one, or of a letter that left its lot."""

_COLUMNS: Mapping[str, frozenset[str]] = {
    "code": frozenset(
        {"code", "data matrix", "datamatrix", "barcode", "code barres", "reference", "ref"}
        | {"id", "sheet", "feuille", "document", "piece", "pli id"}
    ),
    "status": frozenset({"status", "state", "result", "statut", "etat", "resultat"}),
    "envelope": frozenset({"envelope", "enveloppe", "pli", "envelope number", "set"}),
}
_WORDS: Mapping[str, frozenset[str]] = {
    "inserted": frozenset(
        {"inserted", "ok", "good", "done", "complete", "success", "insere", "inseree", "bon"}
        | {"complet", "complete", "mis sous pli"}
    ),
    "missing": frozenset(
        {"missing", "not inserted", "dropped", "rejected", "reject", "diverted", "jam", "ko"}
        | {"manquant", "manquante", "absent", "absente", "rejete", "rejetee", "bourrage"}
    ),
    "doubled": frozenset(
        {"double", "doubled", "double feed", "multi feed", "multifeed", "doublon"}
    ),
}


class LotPlace(NamedTuple):
    """Where a letter stands: its lot, and its place in it."""

    lot: int
    place: int


class Unread(NamedTuple):
    """A row of the log that settles nothing."""

    row: int
    why: WhyUnread
    said: str  # what stands there


@dataclass(frozen=True, slots=True, kw_only=True)
class InserterLog:
    """What a log says, by letter, and of which rows nothing is taken."""

    verdicts: Mapping[LotPlace, Verdict]
    unread: Sequence[Unread]


class _SheetRead(NamedTuple):
    row: int
    letter: LotPlace
    leaves: tuple[int, ...]  # of its letter; all of them where a row names the letter
    envelope: str


@dataclass(slots=True, kw_only=True)
class _Heard:
    """What the rows of one letter say."""

    inserted: list[_SheetRead] = field(default_factory=list)
    missing: list[_SheetRead] = field(default_factory=list)
    is_doubled: bool = False


def read_log(
    headers: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str] | None]],
    letters: Mapping[LotPlace, Page],
    references: Mapping[str, LotPlace],
    *,
    lots: Mapping[int, int],
    path: str,
) -> InserterLog:
    """Settle a log, whose rows are None where they could not be taken.

    `letters` are those that lie in lots, `references` find them by key, and `lots` has how many
    letters were made in each. SheetError("inserter-log-columns").
    """
    columns = _columns(headers, path)
    heard: dict[LotPlace, _Heard] = {}
    unread: list[Unread] = []
    for number, cells in rows:
        if cells is None:
            unread.append(Unread(number, "row", ""))
            continue
        cell = {name: cells[column].strip() for name, column in columns.items()}
        sheet = _sheet(number, cell, letters, references, lots)
        if isinstance(sheet, Unread):
            unread.append(sheet)
            continue
        word = folded(cell["status"])
        said = next((what for what, words in _WORDS.items() if word in words), None)
        if said is None:
            unread.append(Unread(number, "status", cell["status"]))
            continue
        of_letter = heard.setdefault(sheet.letter, _Heard())
        if said == "doubled":
            of_letter.is_doubled = True
        else:
            (of_letter.inserted if said == "inserted" else of_letter.missing).append(sheet)
    shared = set(_shared(heard))
    return InserterLog(
        verdicts={
            place: _verdict(of_letter, letters[place].sheets, is_shared=place in shared)
            for place, of_letter in sorted(heard.items())
        },
        unread=unread,
    )


def _columns(headers: Sequence[str], path: str) -> Mapping[str, int]:
    columns = columns_of(headers, _COLUMNS)
    if not {"code", "status"} <= columns.keys():
        raise SheetError("inserter-log-columns", path=path, headers=", ".join(headers))
    return columns


def _sheet(
    row: int,
    cell: Mapping[str, str],
    letters: Mapping[LotPlace, Page],
    references: Mapping[str, LotPlace],
    lots: Mapping[int, int],
) -> _SheetRead | Unread:
    said, envelope = cell["code"], cell.get("envelope", "")
    code = SheetCode.read(said)
    if code is None:
        # "Réf. 35238" as the letter says it, or the key alone.
        known = references.get(said) or references.get(said.rpartition(" ")[2])
        if known is None:
            return Unread(row, "code", said)
        return _SheetRead(row, known, tuple(range(1, letters[known].sheets + 1)), envelope)
    place = LotPlace(code.lot, code.place)
    page = letters.get(place)
    if page is None:
        was_there = code.place <= lots.get(code.lot, 0)
        return Unread(row, "left" if was_there else "elsewhere", said)
    if key_of(page.sha256) != code.key or code.leaves != page.sheets or code.leaf > page.sheets:
        return Unread(row, "elsewhere", said)
    return _SheetRead(row, place, (code.leaf,), envelope)


def _shared(heard: Mapping[LotPlace, _Heard]) -> Iterator[LotPlace]:
    """Letters of which a sheet is in an envelope with another's, where envelopes have numbers;
    where they have none, letters between whose sheets there are others."""
    inserted = sorted(sheet for each in heard.values() for sheet in each.inserted)
    by_number: dict[str, set[LotPlace]] = {}
    last: _SheetRead | None = None
    seen: set[LotPlace] = set()
    for sheet in inserted:
        if sheet.envelope:
            by_number.setdefault(sheet.envelope, set()).add(sheet.letter)
        elif last is not None and last.letter != sheet.letter and sheet.letter in seen:
            before = [each.leaves for each in heard[sheet.letter].inserted if each.row < sheet.row]
            if sheet.leaves not in before:  # the same sheet again is a double
                yield sheet.letter
        seen.add(sheet.letter)
        last = sheet
    for letters in by_number.values():
        if len(letters) > 1:
            yield from letters


def _verdict(heard: _Heard, sheets: int, *, is_shared: bool) -> Verdict:
    leaves = [leaf for sheet in heard.inserted for leaf in sheet.leaves]
    if heard.is_doubled or len(leaves) > len(set(leaves)):
        return "doubled"
    rows = [sheet.row for sheet in heard.inserted]
    too_late = rows and any(sheet.row > rows[-1] for sheet in heard.missing)
    is_split = len({sheet.envelope for sheet in heard.inserted}) > 1
    if is_shared or is_split or leaves != sorted(leaves) or (too_late and len(leaves) == sheets):
        return "mixed"
    return "inserted" if len(leaves) == sheets else "missing"


def columns_of(headers: Sequence[str], called: Mapping[str, Collection[str]]) -> Mapping[str, int]:
    """The first column for each of these names that has one; how it may be `called`, folded."""
    found: dict[str, int] = {}
    for column, header in enumerate(headers):
        for name, spellings in called.items():
            if folded(header) in spellings:
                found.setdefault(name, column)
    return found


def folded(text: str) -> str:
    """Words of a log without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"[a-z0-9]+", letters))
