"""What a person should confirm before a letter says it to some of its recipients.

They are looked for in the author's own words, never in a cell: a name that was guessed, a mayor
told to follow their own town, a village called a town, "we who live in …" from people who do not.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, Literal, TypeVar

from merge.french import grammar
from merge.letters import language, local
from merge.letters.frontmatter import FrontMatter
from merge.letters.kinds import COLUMN, variable_name
from merge.letters.language import Stretch, Tag, placed_pieces
from merge.letters.leftovers import HIDDEN, FixedText, on_one_line, row_in
from merge.letters.lines import DOTTED
from merge.letters.values import place as place_of
from merge.model import Recipient

_OF_COLUMN = re.compile(rf"\b(?:{'|'.join((COLUMN, *DOTTED))})\s*\.\s*(\w+)")
_QUOTED = re.compile(r"""([\"'])[^\"']*\1""")
_Kept = TypeVar("_Kept")
TOWN_FROM = 2_000
"""Inhabitants from which INSEE counts a commune as urban ("unité urbaine")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to say yes to, once for all the recipients whose `keys` it names.

    "html-removed", "attachments-not-on-paper", "font-missing" (a font that the look asks for, and
    that this machine has not: a family, or its "Bold" or "Italic"),
    "ours-not-column" (a blank of ours that a column of the list could be meant by),
    "local-unplaced" (the letter has no place for the local paragraphs of `keys`) and
    "sender-repeated" (lines at the top of the letter that pages have there by themselves)
    are about the letter alone.
    "guessed-article": `words` are the first guesses ("d'Arue, de Nouméa"). "recipient-named": the
    name as the letter writes it. "called-otherwise": a title of one sex, before those who may be of
    the other. "village-called-ville" and "claims-residence": the letter's
    words. `row` and `span` count in the source that was given.
    """

    code: Literal[
        "guessed-article",
        "recipient-named",
        "called-otherwise",
        "village-called-ville",
        "claims-residence",
        "html-removed",
        "attachments-not-on-paper",
        "font-missing",
        "sender-repeated",
        "ours-not-column",
        "local-unplaced",
    ]
    keys: tuple[str, ...] = ()
    words: str
    row: int
    path: str = ""  # of the file, where it is not the letter itself
    span: Stretch | None = field(default=None, compare=False)


class Remarks:
    """The remarks on a letter, its head included, that compiles, to readers seen one by one.

    `towns_with_signers` are the INSEE codes, or keys, of the towns where a signer lives, `columns`
    the headers of the sheet. An `if` on what is at stake (on `population` for a "ville", on
    `commune` or `insee` for a name, on `signataires` or `signature` for a residence) shows that the
    author has thought of it.
    """

    def __init__(
        self,
        source: str,
        readers: Iterable[Recipient] = (),
        *,
        towns_with_signers: Collection[str] = frozenset(),
        columns: Collection[str] = (),
    ) -> None:
        self.source, self.columns = source, columns
        self._looks: Sequence[_Look[Any]] = (
            *_guessed(source),
            *_named(source),
            *_titles(source),
            *_villages(source),
            *_residence(source, frozenset(towns_with_signers)),
            *_unplaced(source, local.columns(columns)),
        )
        for each in readers:
            self.see(each)

    def see(self, recipient: Recipient) -> None:
        """One more reader."""
        for look in self._looks:
            if seen := look.sees(recipient):
                look.seen.append(seen)

    def found(self) -> tuple[Remark, ...]:
        """The remarks on all readers seen so far."""
        return tuple(told for look in self._looks if look.seen for told in look.tells(look.seen))


@dataclass(frozen=True, slots=True)
class _Look(Generic[_Kept]):
    """One thing to look for in a letter. `sees` returns what to keep of a reader whom it concerns,
    and None of another; `tells` makes the remarks of all that was kept.
    """

    sees: Callable[[Recipient], _Kept | None]
    tells: Callable[[Sequence[_Kept]], Iterable[Remark]]
    seen: list[_Kept] = field(default_factory=list)


def _of_keys(remark: Remark, concerns: Callable[[Recipient], bool]) -> _Look[str]:
    """A remark on all whom it concerns."""
    return _Look(
        lambda recipient: recipient.key if concerns(recipient) else None,
        lambda keys: [replace(remark, keys=tuple(keys))],
    )


def _unplaced(source: str, columns: Sequence[str]) -> Iterator[_Look[str]]:
    if columns and local.NAME not in language.named(source):
        remark = Remark(code="local-unplaced", words="", row=1)
        yield _of_keys(remark, lambda recipient: local.has_some(recipient, columns))


def ours_not_columns(head: FrontMatter, columns: Mapping[str, str]) -> Iterator[Remark]:
    """The blanks of ours that these columns of the list could be meant by, by what a letter calls
    the columns; each where it comes first. A letter that names the column as well knows the two
    apart.
    """
    tags = [
        (_QUOTED.sub("", piece.source), piece.row + first_row - 1)
        for part, first_row in ((head.subject, head.subject_row), (head.body, head.body_row))
        for _place, piece in placed_pieces(part)
        if isinstance(piece, Tag) and not piece.is_comment
    ]
    known = {name for tag, _row in tags for name in _OF_COLUMN.findall(tag)}
    for column, ours in sorted(columns.items()):
        if column in known or (column != ours and any(_rows_of(column, tags))):
            continue
        if rows := _rows_of(ours, tags):
            yield Remark(code="ours-not-column", words=column, row=rows[0])


def _rows_of(name: str, tags: Iterable[tuple[str, int]]) -> Sequence[int]:
    called = re.compile(rf"(?<![\w.|]){re.escape(name)}(?!\w)")
    return [row for tag, row in tags if called.search(tag)]


def _words(
    source: str, *, unless: Collection[str], mark: Callable[[Tag], str] = lambda _tag: HIDDEN
) -> FixedText:
    """The author's words outside of every `if` that names one of `unless`; rows stay."""
    return FixedText(_outside(source, re.compile(rf"\b(?:{'|'.join(unless)})\b"), mark))


def _outside(
    source: str, decided: re.Pattern[str], mark: Callable[[Tag], str]
) -> Iterator[tuple[Stretch, str, bool]]:
    tests: list[str] = []
    for place, piece in placed_pieces(source):
        if isinstance(piece, str):
            skipped = any(decided.search(test) for test in tests)
            yield place, "\n" * piece.count("\n") if skipped else piece, not skipped
            continue
        yield place, mark(piece) + "\n" * piece.source.count("\n"), False
        match piece.keyword:
            case "if":
                tests.append(piece.source)
            case "elif":
                tests[-1] += piece.source
            case "endif":
                tests.pop()


# --- who writes, once more ------------------------------------------------------------------------


def repeated_sender(body: str, first_row: int, sender: Iterable[str]) -> Iterator[Remark]:
    """The blocks that the letter begins with, where their lines say who writes and nothing else."""
    known = sorted(filter(str.strip, map(_bare, sender)), key=len, reverse=True)
    found: list[tuple[int, str]] = []
    row = first_row
    for is_block, group in itertools.groupby(
        body.splitlines(), key=lambda line: line.strip() != ""
    ):
        lines = list(group)
        here = [
            (i, line.strip("*_#\\ "))
            for i, line in enumerate(lines, row)
            if _says_only(line, known)
        ]
        if is_block and not here:
            break
        found += here
        row += len(lines)
    if found:
        yield Remark(
            code="sender-repeated", words=" / ".join(words for _, words in found), row=found[0][0]
        )


def _bare(line: str) -> str:
    return f" {re.sub(r'[^0-9a-zà-öø-ÿœ]+', ' ', line.casefold()).strip()} "


def _says_only(line: str, known: Iterable[str]) -> bool:
    said = _bare(line)
    left = said
    for each in known:
        left = left.replace(each, " ")
    return bool(said.strip()) and not left.strip()


# --- a name that was guessed ----------------------------------------------------------------------

_MELTED = re.compile(r"\b(?:commune|ville)\b.*\|\s*(de|a)\b", re.DOTALL)
_EXAMPLES = 5


def _guessed(source: str) -> Iterator[_Look[tuple[str, str]]]:
    """Recipients whose "de" or "à" the letter uses, and no code tells and no row corrects."""
    used = {
        found[1]: (place, piece.row)
        for place, piece in reversed(list(placed_pieces(source)))
        if isinstance(piece, Tag) and (found := _MELTED.search(piece.source))
    }
    if not used:
        return
    first, row = min(used.values())
    melt = grammar.de if "de" in used else grammar.a

    def guess(recipient: Recipient) -> tuple[str, str] | None:
        phrase = melt(*place_of(recipient))
        is_told = not phrase.guessed or _is_corrected(recipient, used)
        return None if is_told else (recipient.key, str(phrase))

    def told(guesses: Sequence[tuple[str, str]]) -> Iterator[Remark]:
        yield Remark(
            code="guessed-article",
            keys=tuple(key for key, _phrase in guesses),
            words=", ".join(phrase for _key, phrase in guesses[:_EXAMPLES]),
            row=row,
            span=first,
        )

    yield _Look(guess, told)


def _is_corrected(recipient: Recipient, filters: Collection[str]) -> bool:
    """Whether the row has its own words for each of the filters."""
    typed = {variable_name(header) for header, cell in recipient.fields.items() if cell.strip()}
    return typed >= {f"commune_{each}" for each in filters}


# --- a recipient that the letter speaks of --------------------------------------------------------

OTHER_THINGS = frozenset(
    {"Argentine", "Avril", "École", "Mars", "Rue", "Soudan", "Suisse", "Toussaint", "Ville"}
)
"""Communes whose names the letters of citizens write with a capital for something else."""

# A small one-word town counts in mid-sentence only: Vers, Son and Contre are communes too.
_WELL_KNOWN = 10_000
_WORD = re.compile(r"\w+")
_CAPITAL = re.compile(r"(?<!\w)[A-ZÀ-ÖØ-ÞŒŸ]\w*")
_SENTENCE_STARTS = re.compile(r"(?:\A|[.!?…:]|\n)[ \t\u00a0\u202f*_>#«“\"(-]*\Z")
_ARTICLES = {"du ": "(?:[Ll]e|[Dd]u|[Aa]u)\\s+", "des ": "(?:[Ll]es|[Dd]es|[Aa]ux)\\s+"}


def _named(source: str) -> Iterator[_Look[Recipient]]:
    """The recipients whose own name stands in the letter, each name once, from top to bottom."""
    fixed = _words(source, unless=("commune", "insee", "code_postal"))
    text = fixed.text.replace("’", "'")
    capitals = set(_CAPITAL.findall(text))

    def may_be_named(recipient: Recipient) -> Recipient | None:
        if capitals.isdisjoint(_WORD.findall(recipient.commune)):  # nearly all of them
            return None
        return None if grammar.bare(recipient.commune) in OTHER_THINGS else recipient

    def told(those: Sequence[Recipient]) -> Iterable[Remark]:
        named: dict[str, list[Recipient]] = {}
        for recipient in those:
            named.setdefault(grammar.bare(recipient.commune), []).append(recipient)
        found = [
            Remark(
                code="recipient-named",
                keys=tuple(recipient.key for recipient in those),
                words=on_one_line(place[0]),
                row=1 + row_in(text, place),
                span=fixed.span(place),
            )
            for those in named.values()
            if (place := _place_of(those, text))
        ]
        return sorted(found, key=lambda remark: remark.row)

    yield _Look(may_be_named, told)


def _place_of(those: Sequence[Recipient], text: str) -> re.Match[str] | None:
    """Where the text names a commune, as a whole and not as a part of a longer name."""
    phrase = grammar.de(those[0].commune, those[0].article_code)
    name = phrase.name.replace("’", "'")
    article, core = _ARTICLES.get(phrase.before, ""), name
    for written in ("La ", "Las ", "Los ", "L'"):
        if name.startswith(written):
            article, core = f"[Ll]{written[1:].strip()}\\s*", name.removeprefix(written)
    words = re.escape(core).replace("\\ ", "\\s+")
    another = r"(?!\w|-\w)" if len(core.split()) > 1 else r"(?!\w|-\w|[ ][A-ZÀ-ÖØ-ÞŒŸ])"
    is_small = max(each.population or 0 for each in those) < _WELL_KNOWN
    for found in re.finditer(rf"(?<![\w-]){article}{words}{another}", text):
        if is_small and not article and core.isalpha():
            line = text.rfind("\n", 0, found.start()) + 1
            if _SENTENCE_STARTS.search(text, max(line - 1, 0), found.start()):
                continue
        return found
    return None


# --- a title of one sex ---------------------------------------------------------------------------

_MAYOR = "\2"
_MAN, _WOMAN = r"(?:[Mm]onsieur|M\.|Mr)", r"(?:[Mm]adame|Mme)"
# Not "Monsieur le Maire de Montpellier", who is somebody else.
_TITLE = re.compile(
    rf"(?<!\w)(?:(?P<M>{_MAN})|(?P<F>{_WOMAN}))\s+(?:l[ea]\s+[Mm]aire(?:sse)?(?!\w)|{_MAYOR})"
    r"(?!\s+(?:de\s+|d['’]|du\s+|des\s+)[*_]*[A-ZÀ-ÖØ-ÞŒŸ])"
)
_OTHER = {"M": re.compile(rf"(?<!\w){_WOMAN}"), "F": re.compile(rf"(?<!\w){_MAN}")}
_BESIDE = 40  # characters: "Madame la Maire, Monsieur le Maire" says both


def _titles(source: str) -> Iterator[_Look[str]]:
    """The author's own "Monsieur le Maire", if some of its mayors may be women."""
    fixed = _words(
        source,
        unless=("sexe", "titre", "salutation", "salutation_courte"),
        mark=lambda tag: _MAYOR if tag.expression.startswith("maire") else HIDDEN,
    )
    text = fixed.text
    told: set[str] = set()
    for found in _TITLE.finditer(text):
        sex = found.lastgroup or ""
        beside = text[max(0, found.start() - _BESIDE) : found.end() + _BESIDE]
        if sex not in told and not _OTHER[sex].search(beside):
            told.add(sex)
            remark = Remark(
                code="called-otherwise",
                words=on_one_line(found[0].replace(_MAYOR, "…")),
                row=1 + row_in(text, found),
                span=fixed.span(found),
            )
            yield _of_keys(remark, partial(_is_not, sex))


def _is_not(sex: str, recipient: Recipient) -> bool:
    return recipient.sex != sex


# --- a village called a town ----------------------------------------------------------------------

# Not "hôtel de ville", "en ville", "centre-ville", nor the town of a name that the letter gives.
_VILLE = re.compile(
    r"(?<![\w-])(?<![Ee]n )(?<!de )(?i:(?:notre|votre|cette|la|sa|une)\s+)?(?<!en )(?<!de )[Vv]ille"
    r"(?![\w-])(?!\s+(?:de\s+|d['’]|du\s+|des\s+)[*_]*[A-ZÀ-ÖØ-ÞŒŸ])"
)


def _villages(source: str) -> Iterator[_Look[str]]:
    fixed = _words(source, unless=("population",))
    if found := _VILLE.search(fixed.text):
        remark = Remark(
            code="village-called-ville",
            words=on_one_line(found[0]),
            row=1 + row_in(fixed.text, found),
            span=fixed.span(found),
        )
        yield _of_keys(
            remark, lambda each: each.population is not None and each.population < TOWN_FROM
        )


# --- "we who live in" -----------------------------------------------------------------------------

_COMMUNE = "\1"
_PEOPLE = r"(?:habitant|résident|riverain|citoyen)[^\s\0\1]*(?:\s+et\s+\w+[^\s\0\1]*)?"
_WE = (
    r"(?:\b(?:nous|je|en tant qu['’]|comme)(?:,|\s)*"
    r"(?:(?:sommes|suis|soussigné[^\s,]*|des|les|une?|plusieurs|quelques"
    r"|(?:collectif|groupe)\s+d(?:['’]|e\s))[\s,]*)*|(?:^|[.!?]\s+))"
)
_YOUR_TOWN = r"(?:votre|cette)\s+(?:ville|commune|village)\b"
_OF_THERE = (
    r"\s+(?:(?:de\s+la\s+(?:ville|commune)\s+)?(?:de\s+|d['’]\s*|à\s+)?"
    rf"[*_]*{_COMMUNE}|de\s+{_YOUR_TOWN})"
)
# Of no other place: "Nous sommes des habitant·es de Rennes" claims nothing elsewhere.
_OF_WHEREVER = (
    r"\b(?:nous\s+sommes|je\s+suis)\s+(?:(?:des|une?)\s+)?(?:habitant|résident|riverain)"
    r"[^\s\0\1]*?(?=[.;:!?](?:\s|\Z)|\s+qui\b)"
)
_LIVES = (
    r"(?:\bnous\s+(?:habitons|vivons|résidons)|\bj['’]habite|\bje\s+(?:vis|réside))"
    rf"(?=\s+(?:(?:à|dans)\s+)?(?:[*_]*{_COMMUNE}|{_YOUR_TOWN}))"
)
_CLAIM = re.compile(
    rf"{_WE}{_PEOPLE}(?={_OF_THERE})|{_OF_WHEREVER}|{_LIVES}", re.IGNORECASE | re.MULTILINE
)


def _residence(source: str, towns: frozenset[str]) -> Iterator[_Look[str]]:
    fixed = _words(
        source,
        unless=("signataires", "signature"),
        mark=lambda tag: _COMMUNE if re.search(r"\bcommune\b", tag.expression) else HIDDEN,
    )
    if found := _CLAIM.search(fixed.text):
        start, end = fixed.span(found)
        claim = found[0].lstrip(".!? \n")
        remark = Remark(
            code="claims-residence",
            words=on_one_line(claim),
            row=1 + row_in(fixed.text, found),
            span=Stretch(start + len(found[0]) - len(claim), end),
        )
        yield _of_keys(remark, lambda each: towns.isdisjoint((each.key, each.insee)))
