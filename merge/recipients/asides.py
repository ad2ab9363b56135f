"""Rows of a sheet that are left aside: of nobody (a total, the header again, what explains it), and
of those to whom the sheet itself says not to write.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.french.communes import fold
from merge.recipients.cells import EMPTY_WORDS, CellProblem, Problems, clean, one_line
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
    """Whether the cell has a word by which `aside` may find that its row is about nobody."""
    return bool(_TELLING.search(cell))


def aside(headers: Sequence[str], cells: Sequence[str]) -> CellProblem | None:
    """Why a row is about nobody, by its cells alone; None where it may be about somebody."""
    is_told = _TELLING.search("\n".join(cells))
    if not is_told and folded(headers[0]) != folded(cells[0]) != "":  # nearly all rows
        return None
    if total := total_in(headers, cells):
        return total
    filled = _filled(headers, cells)
    again = [folded(header) == folded(text) for header, text in filled]
    explaining = [each for each in filled if _EXPLAINS.fullmatch(fold(each[1]))]
    if filled and all(again):
        return _nobody(*filled[0])
    return _nobody(*explaining[0]) if 2 * len(explaining) > len(filled) else None


def total_in(
    headers: Sequence[str], cells: Sequence[str], but: Collection[int] = ()
) -> CellProblem | None:
    """A row of numbers beside the word for a total; cells in the columns `but` say nothing."""
    filled = _filled(headers, cells, but)
    totals = [each for each in filled if _TOTAL.fullmatch(fold(each[1]))]
    numbers = sum(bool(_NUMBER.fullmatch(text)) for _, text in filled)
    is_one = totals and len(totals) + numbers == len(filled)
    return _nobody(*totals[0]) if is_one else None


def _filled(
    headers: Sequence[str], cells: Sequence[str], but: Collection[int] = ()
) -> Sequence[tuple[str, str]]:
    pairs = enumerate(zip(headers, cells, strict=True))
    texts = [(header, one_line(clean(cell))) for i, (header, cell) in pairs if i not in but]
    return [each for each in texts if each[1]]


def _nobody(header: str, text: str) -> CellProblem:
    return CellProblem(code="aside-row", field=header, value=text, taken=False)


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
_NO = r"(?:no|non|n|nein|false|faux|0|jamais|never|refus\w*)\b.*"

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
# With what their cells say then.
_KINDS = (
    (_REFUSING, re.compile(rf"(?!{_NO}).+")),
    (_AGREEING, re.compile(_NO)),
    (_STATUS, _OVER),
)
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
    return next((no for of_header, no in _KINDS if of_header.fullmatch(bare)), None)


class AskedNot:
    """Finds the cells that say not to write to the recipient of their row.

    `order` has all columns as they are to be read: first those whose header is about that.
    """

    def __init__(self, headers: Sequence[str], columns: Columns) -> None:
        self._kinds = {i: kind for name, i in columns.asides.items() if (kind := _kind(name))}
        whole = {i for header, i in columns.others.items() if is_whole_name(header)}
        self._named = {*columns.fields.values(), *whole}
        self.order = dict.fromkeys((*self._kinds, *range(len(headers))))

    def perhaps(self, column: int, cells: Iterable[str]) -> bool:
        """Whether it is worth to `read` the column's cells: of nearly all columns it is not."""
        return column in self._kinds or _has_telltale("\n".join(cells))

    def read(
        self, column: int, header: str, cell: str, said: str, *who: str, problems: Problems
    ) -> tuple[str, str]:
        """The cell, without the mark where it holds a name; and the fault of the row, which is
        `said` where another cell gave it already.
        """
        if not self._says_so(cell, column):
            return cell, said
        if not said:
            value, name = one_line(clean(cell)), " ".join(filter(None, map(one_line, who)))
            problems.tell("asked-not", header, value, name[:_WHO_AT_MOST], taken=False)
            said = f"row-asks-not {header}={value}"
        if column in self._named:
            cell = " ".join(word for word in cell.split() if not _is_mark(word))
        return cell, said

    def _says_so(self, cell: str, column: int) -> bool:
        no, text = self._kinds.get(column), cell.strip(" \n\t-–—/.☐")
        is_filled = text and text.lower() not in EMPTY_WORDS
        if no and is_filled and no.fullmatch(fold(text) or text):  # "✓" alone is a yes
            return True
        return self._is_marked(cell, column)

    def _is_marked(self, cell: str, column: int) -> bool:
        if not _has_telltale(cell):
            return False
        text = fold(cell)
        in_name = _IN_NAME.search(text) or _SIGN_IN_NAME.search(cell)
        return bool(_SAYS_SO.fullmatch(text) or (column in self._named and in_name))


_WHO_AT_MOST = 60


def _has_telltale(text: str) -> bool:
    lower = text.lower()
    return any(each in lower for each in _TELLTALE)


def _is_mark(word: str) -> bool:
    text = fold(word)
    return not text or bool(_IN_NAME.fullmatch(text) or _SIGN_IN_NAME.search(word))
