"""Rows of a sheet that are left aside: of nobody (a total, the header again, what explains it), and
of those to whom the sheet itself says not to write.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.french.communes import fold
from merge.recipients.cells import EMPTY_WORDS, CellProblem, Cells, clean, one_line
from merge.recipients.headers import folded, is_whole_name

ASIDE = frozenset({"aside-row", "asked-not"})
"""Problems of rows that are left aside, and nothing is amiss with the sheet."""

if TYPE_CHECKING:
    from merge.recipients.columns import Columns

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


def may_be_aside(cell: str) -> bool:
    """Whether `aside` finds a word in the cell that is not of a person's row."""
    return bool(_TELLING.search(cell))


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
        return _problem("aside-row", *again[0])
    return _problem("aside-row", *explaining[0]) if 2 * len(explaining) > len(filled) else None


def total_in(
    headers: Sequence[str], cells: Sequence[str], but: Collection[int] = ()
) -> CellProblem | None:
    """A row of numbers beside the word for a total; cells in the columns `but` say nothing."""
    filled = _filled(headers, cells, but)
    totals = [each for each in filled if _TOTAL.fullmatch(fold(each[1]))]
    numbers = sum(bool(_NUMBER.fullmatch(text)) for _, text in filled)
    is_one = totals and len(totals) + numbers == len(filled)
    return _problem("aside-row", *totals[0]) if is_one else None


def _filled(
    headers: Sequence[str], cells: Sequence[str], but: Collection[int] = ()
) -> Sequence[tuple[str, str]]:
    pairs = enumerate(zip(headers, cells, strict=True))
    texts = [(header, one_line(clean(cell))) for i, (header, cell) in pairs if i not in but]
    return [each for each in texts if each[1]]


def _problem(code: str, header: str, text: str) -> CellProblem:
    return CellProblem(code=code, field=header, value=text, taken=False)


_DEAD = r"decedee?s?|deceased|npai"
_NO_MORE = (
    rf"{_DEAD}|dcd|defunte?|unsubscribed|desabonnee?|desinscrite?"
    r"|(?:ne|n) (?:plus|pas) (?:\w+ )?(?:ecrire|contacter|envoyer|solliciter|relancer|demarcher)"
    r"|do not (?:write|contact|e ?mail|mail)|n habite (?:pas|plus)"
)
# In a cell of any column. Not "décédé, votre père", which a letter may say.
_SAYS_SO = re.compile(rf"(?:{_NO_MORE})(?: (?:le|en|depuis|on|in|since|a|[0-9]).*)?")
_IN_NAME = re.compile(rf"\b(?:{_DEAD})\b")
_SIGN_IN_NAME = re.compile(r"†|\((?:dcd|feue?)\)", re.IGNORECASE)
_OVER = re.compile(
    rf"(?:{_NO_MORE}|opt(?:ed)? out|(?:annul|desist|resili|radie|cancel|void)\w*"
    r"|(?:rembours|refund)\w*(?! parti)|(?:hard )?bounced"
    r"|cleaned|complained|blacklisted|bloquee?|blocked)\b.*"
)
_NO = re.compile(r"(?:no|non|n|nein|false|faux|0|jamais|never|refus\w*)\b.*")

# Headers, without their spaces: over a cell that says yes, or when;
_WRITE = r"(?:e?mail|courri|lettre|letter|newsletter|infolettre|message|contact|post|write)\w*"
_ASK = r"(?:ecrire|contacter|envoyer|solliciter|relancer|demarcher)"
_REFUSING = re.compile(
    r"(?:is|est|date)?(?:decedee?|deceased|defunte?|npai|annulee?|cancell?ed|desabonnee?|desinscrite?)"
    r"(?:le|at|on|date|time)?|date(?:de)?(?:deces|desinscription|desabonnement)|dateofdeath"
    rf"|(?:has|is|{_WRITE})?opt(?:ed)?out(?:of)?(?:{_WRITE}|date)?|unsub\w*"
    rf"|(?:donot|dont|nobulk|pasde|plusde|refus|refusde|stop)(?:bulk|send|les?)?{_WRITE}"
    rf"|ne(?:pas|plus)\w{{0,4}}?{_ASK}\w*|ne(?:souhaite|veut)(?:plus|pas)\w*|stop|(?:{_WRITE})?blacklist(?:ed|ee?)?"
)
# over one that says no;
_AGREEING = re.compile(
    r"\w*(?:optin|consent)\w*|(?:is)?subscribed|acceptezvous"
    r"|(?:j|vous)?(?:accept|souhait|autoris|veu|voul|doyouagree|iagree)\w*"
    r"(?:recevoir|receive|contact|courri|mail|lettre|message|sollicit|communic|inform|donnee|data)"
    r"\w*"
)
# and over one that says what has become of somebody.
_STATUS = re.compile(r"(?:statuts?|status|etat)(?:(?:d|l)\w+)?|\w+status")
# Each mark has one of these, whatever its accents: cheaper than an expression.
_TELLTALE = (
    *("écéd", "eced", "écede", "ecéd", "deceas", "npai", "dcd", "†", "(feu", "funt"),
    *("unsub", "désabonn", "desabonn", "désinscrit", "desinscrit", "ne plus ", "ne pas "),
    *("n'h", "n’h", "do not "),
)


def asking_not(headers: Mapping[str, int]) -> Mapping[str, int]:
    """Of these columns, those that say to whom not to write: opt-outs, consents, deaths, statuses
    of an order.
    """
    return {header: i for header, i in headers.items() if _kind(header)}


def _kind(header: str) -> re.Pattern[str] | None:
    bare = fold(header).replace(" ", "").replace("_", "")
    kinds = (_REFUSING, _AGREEING, _STATUS)
    return next((kind for kind in kinds if kind.fullmatch(bare)), None)


class AskedNot:
    """Tells the rows of those to whom their sheet says not to write."""

    def __init__(self, headers: Sequence[str], columns: Columns) -> None:
        self._headers = headers
        self._kinds = {i: kind for name, i in columns.asides.items() if (kind := _kind(name))}
        self._who = [columns.fields[each] for each in columns.identity if each in columns.fields]
        whole = {i for header, i in columns.others.items() if is_whole_name(header)}
        self._named = {*columns.fields.values(), *whole}

    def of(self, cells: Cells) -> CellProblem | None:
        """By a column for it, or by a mark in any cell."""
        for i, kind in self._kinds.items():
            if cells[i] and _refuses(kind, cells[i]):
                return self._problem(cells, i)
        whole = "\n".join(cells).lower()
        for telltale in _TELLTALE:
            if telltale in whole:
                marked = (i for i in range(len(cells)) if self._is_marked(cells, i))
                return next((self._problem(cells, i) for i in marked), None)
        return None

    def unmarked(self, cells: Cells) -> Cells:
        """The same without what is said beside a name."""
        return tuple(
            " ".join(word for word in cell.split() if not _is_mark(word))
            if i in self._named and self._is_marked(cells, i)
            else cell
            for i, cell in enumerate(cells)
        )

    def perhaps(self, column: int, cells: Collection[str]) -> Collection[str]:
        """Those of a column's cells that may say so: nearly always none."""
        kind, whole = self._kinds.get(column), "\n".join(cells).lower()
        telltales = [each for each in _TELLTALE if each in whole]
        if not (kind or telltales):
            return ()
        return {
            cell
            for cell in cells
            if (kind and cell and _refuses(kind, cell))
            or any(each in cell.lower() for each in telltales)
        }

    def _is_marked(self, cells: Cells, column: int) -> bool:
        text = fold(cells[column])
        in_name = _IN_NAME.search(text) or _SIGN_IN_NAME.search(cells[column])
        return bool(_SAYS_SO.fullmatch(text) or (column in self._named and in_name))

    def _problem(self, cells: Cells, column: int) -> CellProblem:
        who = " ".join(filter(None, (one_line(clean(cells[i])) for i in self._who)))
        value = one_line(clean(cells[column]))
        return CellProblem(
            code="asked-not",
            field=self._headers[column],
            value=value,
            suggestion=who[:_WHO_AT_MOST],
            taken=False,
        )


_WHO_AT_MOST = 60


def _is_mark(word: str) -> bool:
    folded = fold(word)
    return not folded or bool(_IN_NAME.fullmatch(folded) or _SIGN_IN_NAME.search(word))


def _refuses(kind: re.Pattern[str], cell: str) -> bool:
    text = fold(cell)
    if kind is _STATUS:
        return bool(_OVER.fullmatch(text))
    if kind is _AGREEING:
        return bool(_NO.fullmatch(text))
    # A sign alone is a yes: "✓".
    is_filled = cell.strip(" \n\t-–—/.☐") and cell.strip().lower() not in EMPTY_WORDS
    return bool(is_filled and not _NO.fullmatch(text))
