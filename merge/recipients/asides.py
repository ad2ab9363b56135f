"""Rows of a sheet that are about nobody: a total, the header again, what explains it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from merge.french.communes import fold
from merge.recipients.cells import CellProblem, clean, one_line
from merge.recipients.headers import folded

# In a folded cell. Not "Somme-Tourbe", which is a commune.
_TOTAL = re.compile(
    r"(?:grand |sous |sub|nombre |montant )?(?:total|totaux|totals)(?: .*)?"
    r"|(?:somme|sum)(?: (?:des|of|total).*)?"
)
_TELLING = re.compile(
    r"totau?[lx]|\bsomme|\bsum|obligatoire|facultati|required|optional", re.IGNORECASE
)
_NUMBER = re.compile(r"[-+(]?\d[\d\s.,']*(?:[€$£%]|[^\W\d]+)?\)?")
_EXPLAINS = re.compile(r"(?:champ |colonne )?(?:obligatoire|facultati[fv]e?|required|optional)s?")


def aside(headers: Sequence[str], cells: Sequence[str]) -> CellProblem | None:
    """Why a row is about nobody, by its cells alone; None where it may be about somebody."""
    is_told = _TELLING.search("\n".join(cells))
    if not is_told and folded(headers[0]) != folded(cells[0]) != "":  # nearly all rows
        return None
    if total := total_in(headers, cells):
        return total
    filled = _filled(headers, cells)
    again = [each for each in filled if folded(each[0]) == folded(each[1])]
    explaining = [each for each in filled if _EXPLAINS.fullmatch(fold(each[1]))]
    if again and len(again) == len(filled):
        return _problem("header-again", *again[0])
    return _problem("header-again", *explaining[0]) if 2 * len(explaining) > len(filled) else None


def total_in(
    headers: Sequence[str], cells: Sequence[str], but: Collection[int] = ()
) -> CellProblem | None:
    """A row of numbers beside the word for a total; cells in the columns `but` say nothing."""
    filled = _filled(headers, cells, but)
    totals = [each for each in filled if _TOTAL.fullmatch(fold(each[1]))]
    numbers = sum(bool(_NUMBER.fullmatch(text)) for _, text in filled)
    is_one = totals and len(totals) + numbers == len(filled)
    return _problem("totals-row", *totals[0]) if is_one else None


def _filled(
    headers: Sequence[str], cells: Sequence[str], but: Collection[int] = ()
) -> Sequence[tuple[str, str]]:
    pairs = enumerate(zip(headers, cells, strict=True))
    texts = [(header, one_line(clean(cell))) for i, (header, cell) in pairs if i not in but]
    return [each for each in texts if each[1]]


def _problem(code: str, header: str, text: str) -> CellProblem:
    return CellProblem(code=code, field=header, value=text, taken=False)
