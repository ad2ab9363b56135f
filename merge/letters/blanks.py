"""The blanks of a plain letter: found, understood, and written as blanks of ours.

A blank takes with it the preposition before it, since the two melt: "la ville de **[xx]**" becomes
`la ville {{ commune|de(gras=true) }}`.
"""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from merge.errors import LetterError
from merge.letters import language, meanings
from merge.letters.filters import FILTERS
from merge.letters.kinds import COLUMN, variable_name
from merge.letters.meanings import UNKNOWN, BlankMeaning
from merge.letters.values import OF_OTHERS, Values, Writer
from merge.model import Audience

Preposition = Literal["", "de", "a"]

_NOBODY = Writer(name="", contact="", address=(), place="", place_article_code=None, signature=())


@cache
def names_for(audience: Audience) -> frozenset[str]:
    """The names that a letter to them can use without any sheet."""
    day = datetime.date(2000, 1, 1)
    none = Values(writer=_NOBODY, date=day, feminine="la Maire", columns=(), audience=audience)
    return none.names


NAMES = names_for("communes")

_OF_WRITER = frozenset(
    (
        *("date", "annee", "lieu", "groupe", "contact", "repondre_a", "origine_adresse"),
        *("signature", "signataires", "reference"),
    )
)
"""Blanks of ours that say nothing of whoever gets the letter."""


def is_of_writer(expression: str) -> bool:
    """Whether it says nothing of whoever gets the letter."""
    return re.split(r"[|.]", expression)[0] in _OF_WRITER


def of_column(name: str, ours: Collection[str] = ()) -> str:
    """What a letter writes for a column of that name: a merge field never means what the program
    says by itself. `ours` are names that mean something else in that letter.
    """
    is_ours = is_of_writer(name) or name == "numero" or name in ours
    return f"{COLUMN}.{name}" if is_ours else name


_MELTING: Mapping[str, Collection[str]] = {
    "commune": ("de", "a"),
    "lieu": ("de", "a"),
    "departement": ("de",),
}
"""Names that know what "de" and "à" make of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """One blank where it stands.

    `name` is what it is called, the same for all that mean the same; `found` is all that it takes
    up in the text, text[start:end], preposition and emphasis included; `row` counts from 1.
    `proposal` is an expression of the letter's language, "" when nothing is known; one that is not
    `certain` wants a person's yes. `around` are the words it stands in.
    """

    name: str
    found: str
    start: int
    end: int
    row: int
    proposal: str
    certain: bool
    around: str
    _preposition: Preposition
    _is_capital: bool
    _emphasis: str
    _mark: tuple[int, int]  # the blank itself, in `found`
    _filters: str = ""  # "|capitales" of "[Commune|capitales]"

    def written(self, meaning: str) -> str:
        """The source that stands in its place; an unknown one stays, in square brackets."""
        before = self.found[: self._mark[0]]
        after = self.found[self._mark[1] :]
        if not meaning:
            return f"{before}[{self.name}{self._filters}]{after}"
        base, *filters = (part.strip() for part in meaning.split("|"))
        melting = self._preposition in _MELTING.get(base, ())
        if not melting or (filters and filters[0] not in "dea"):
            return f"{before}{{{{ {meaning}{self._filters} }}}}{after}"
        base += self._filters  # before "de", which stays as it is
        bold = "(gras=true)" if self._emphasis in ("**", "__") and not self._filters else ""
        wrap = "" if bold else self._emphasis
        chosen = filters[0] if filters else self._preposition
        high = "|majuscule" if self._is_capital else ""
        return f"{wrap}{{{{ {base}|{chosen}{bold}{high} }}}}{wrap}"


def meant(
    found: Iterable[Blank],
    audience: Audience,
    columns: Iterable[str] = (),
    fields: Collection[str] = (),
    of_sheet: Callable[[str], str] = lambda _called: "",
) -> tuple[Blank, ...]:
    """What they mean to whom the letter is written. `columns` are the headers of the list, `fields`
    the names of those that were merge fields, and `of_sheet` as `of_field` takes it.
    """
    listed = {variable_name(each) for each in columns}
    ours = found if audience == "communes" else map(_for_others, found)
    return tuple(_as_column(each, audience, fields, listed, of_sheet) for each in ours)


def _for_others(blank: Blank) -> Blank:
    """The blank with what it means in a letter to people or organisations."""
    means = meanings.for_others(blank.name, BlankMeaning(blank.proposal, certain=blank.certain))
    return replace(blank, proposal=means.expression, certain=means.certain)


def _as_column(
    blank: Blank,
    audience: Audience,
    fields: Collection[str],
    listed: Collection[str],
    of_sheet: Callable[[str], str],
) -> Blank:
    """The blank as `of_field` has it where it is one of the `fields`; as a column where it is
    called as one and nothing else is known of it.
    """
    bare = _NUMBERED.sub("", blank.name)
    name = variable_name(bare)
    means = BlankMeaning(blank.proposal, certain=blank.certain)
    if bare in fields:
        means = of_field(bare, means, audience, listed, of_sheet)
    elif name in listed and not blank.proposal and is_expression(of_column(name)):
        means = BlankMeaning(of_column(name))
    return replace(blank, proposal=means.expression, certain=means.certain)


def of_field(
    called: str,
    means: BlankMeaning,
    audience: Audience,
    listed: Collection[str],
    of_sheet: Callable[[str], str],
) -> BlankMeaning:
    """What a merge field says, be it printed or compared: the kept column of its name, whatever
    else it could mean; or what it `means` of its reader; or the blank `of_sheet` for the field of
    a sheet that is called so ("" for none: «Société» is `organisation`); or else a column to come
    ("[Montant]" is `montant`, "[Groupe]" `colonne.groupe`). Nobody has a field for the author.
    """
    name = variable_name(called)
    is_listed = name in listed
    column = of_column(name, names_for(audience) if is_listed else ())
    said = means.expression
    is_open = said in ("", "numero") or is_of_writer(said)
    if is_listed or is_open:
        said = "" if is_listed else of_sheet(called)
        return BlankMeaning(said or column) if said or is_expression(column) else means
    if name not in meanings.DOUBTFUL and name not in OF_OTHERS:
        return means
    # A cell says "Madame", and no office.
    return BlankMeaning(meanings.AS_CIVILITY if said == "titre" else said)


_NUMBERED = re.compile(r" [0-9]+$")  # one of several that are called alike


def find(text: str) -> tuple[Blank, ...]:
    """The blanks and choices of a letter, from top to bottom, in plain text or Markdown.

    Tags of ours with a filter or an `if` are no blanks: they are filled already.
    """
    return tuple(_named(list(_blanks(text))))


def filled(text: str, chosen: Mapping[str, str]) -> str:
    """The text with each blank written as what it means, by its name.

    One that means nothing or is not in the mapping stays as `[name]`, which `leftovers` finds.
    """
    parts: list[str] = []
    done = 0
    for blank in find(text):
        parts += [text[done : blank.start], blank.written(chosen.get(blank.name, ""))]
        done = blank.end
    return "".join([*parts, text[done:]])


def of_name(name: str, audience: Audience) -> BlankMeaning:
    """What a name means by itself in a letter to these."""
    means = meanings.of_name(name)
    return means if audience == "communes" else meanings.for_others(name, means)


def meaning(typed: str, audience: Audience = "communes") -> str:
    """The expression that a person means by "ville", "commune" or "commune|de".

    A name that is not ours is a column of a sheet to come. LetterError("value-unfit", `words`)
    for what the letter's language cannot say.
    """
    typed = typed.strip()
    is_to_communes = audience == "communes"
    if typed in (NAMES if is_to_communes else OF_OTHERS):
        return typed
    if re.fullmatch(r"[\w '’-]+", typed):
        understood = of_name(typed, audience)
        return understood.expression if understood.certain else variable_name(typed)
    if not is_expression(typed):
        raise LetterError("value-unfit", value=typed, example="commune, date, lieu, signature")
    return typed


def column_of(expression: str, audience: Audience = "communes") -> str:
    """The column of a sheet to come that an expression reads; "" when the name is ours."""
    name = re.split(r"[|.]", expression.removeprefix(f"{COLUMN}."))[0].strip()
    if expression.startswith(f"{COLUMN}."):
        return name
    is_ours = name in names_for(audience)
    return name if re.fullmatch(r"[^\W\d]\w*", name) and not is_ours else ""


def is_expression(typed: str) -> bool:
    """Whether a blank may say this: a name of ours, or one of a sheet to come, with our filters."""
    source = f"{{{{ {typed} }}}}"
    try:
        language.read(source, path="", first_row=1, names=NAMES)
    except LetterError as error:
        if error.code not in language.TO_COME:
            return False
    return len(list(language.pieces(source))) == 1


# --- what a blank looks like --------------------------------------------------------------------

_M = r"(?:monsieur|mr\.?|m\.)"
_MME = r"(?:madame|mme\.?)"
_EITHER = r"(?:\s*[/|]\s*|,?\s+ou\s+)"
_LE_LA = r"(?:le|la)(?:\s*/\s*(?:le|la)|\s*\((?:le|la)\))?"
_CHOICE = (
    rf"\[?(?<!\w)(?:{_M}\s+le\s+maire{_EITHER}{_MME}\s+l[ea]\s+maire(?:sse)?"
    rf"|{_MME}\s+l[ea]\s+maire(?:sse)?{_EITHER}{_M}\s+le\s+maire"
    rf"|\[?(?:{_M}{_EITHER}{_MME}|{_MME}{_EITHER}{_M})\]?\s+{_LE_LA}\s+maire"
    rf"|(?:{_M},?\s+{_MME}|{_MME},?\s+{_M})\s+(?:le\s*/\s*la|la\s*/\s*le)\s+maire)(?!\w)\]?"
)
_SLOT = r"(?:(?i:jj|mm|x{2,4})|_{2,}|\.{2,}|…)"  # a part of a day to be written: "JJ/MM/AAAA"
_FORMS = re.compile(
    rf"(?P<choice>(?i:{_CHOICE}))"
    r"|\{\{(?P<tag>[^{}\n]*)\}\}"
    r"|\{%\s*(?:(?:el)?if\s[^%{}]+|else|endif)\s*%\}"
    r"|(?<![\\!])\[(?P<twice>\[)?(?!sic\]|…\]|\.\.\.\]|\^)(?P<square>[^\[\]\n]{1,60})\]"
    r"(?(twice)\])(?!\()"
    r"|(?<!\])\((?P<round>(?i:nom d|votre |[àa] compl|ins[ée]r|indiqu|compl[ée]t)[^()\n]{1,50})\)"
    r"|«[ \u00a0\u202f]?(?P<quotes>[^«»\[\]{}<>\n]{1,60}?)[ \u00a0\u202f]?»"
    r"|(?<!\\)<(?P<chevrons><)?(?P<angles>[^\W\d_](?:[^<>\n@/=:]{0,58}\w)?)>(?(chevrons)>)"
    r"|(?<![\w%])%(?P<percent>[^\W\d]\w{1,40})%(?!\w)"
    r"|\$?\{\s*(?!width\s*=)(?P<brace>[^\W\d][^{}\n|%#]{0,58}?)\s*\}"
    rf"|(?<![\w/\\])(?P<day>{_SLOT}\s?/\s?{_SLOT}\s?/\s?"
    rf"(?:{_SLOT}|(?i:aa(?:aa)?|20(?:\d\d|xx|__|\.\.))))(?![\w/])"
    r"|(?<!\\)(?P<line>_{3,}|\.{4,}|…{2,})"
    r"|(?<![\w\\])(?P<letters>X{3,}|x{2,})(?!\w)"
)
_DE = r"(?:de\s+la|de\s+l['’]|de|du|des|d['’])"
_A = r"(?:[àÀ]\s+la|[àÀ]\s+l['’]|[àÀ]|aux?)"
_PREPOSITIONS = re.compile(rf"{_DE}(?:\s*/\s*{_DE})+|{_A}(?:\s*/\s*{_A})+", re.IGNORECASE)
_HTML = (
    "a b i u s p br hr em strong sub sup div span ul ol li h1 h2 h3 h4 h5 h6 table tr td th img "
    "pre code center font small big script style iframe object embed form html head body meta link "
    "svg math video audio button input textarea select option title"
)
_MERGE_FIELD = re.compile(r"\w+(?:_\w+)+")
_SHORT = re.compile(r"(?i)\b(?:m\.|mr\b|mme\b)")


@dataclass(frozen=True, slots=True)
class _FoundBlank:
    """A candidate for a blank: its place, its words, and the meaning of the words alone."""

    start: int
    end: int
    name: str
    meaning: BlankMeaning
    is_choice: bool = False
    in_brackets: bool = False
    filters: str = ""


_FILTER = r"\|(?P<{}>[a-z_]+)(?:\(\"[^\"|]*\"\))?"
_FILTERED = re.compile(rf"(?P<name>[^|]+){_FILTER.format('first')}(?:{_FILTER.format('second')})?")


_FILTERS_BEHIND = re.compile(rf"{_FILTER.format('first')}(?:{_FILTER.format('second')})?(?=\])")


def _without_filters(inside: str) -> tuple[str, str]:
    """What is in square brackets, and the filters of ours that it ends with."""
    found = _FILTERED.fullmatch(inside)
    if not found or any(found[each] not in (None, *FILTERS) for each in ("first", "second")):
        return inside, ""
    return found["name"].strip(), inside[found.end("name") :]


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the blanks and tags stand: what an escape of Markdown must leave alone."""
    for found in _FORMS.finditer(text):
        if found.lastgroup is None or _form(text, found) or _is_tag(found):
            yield found.span()


def _is_tag(found: re.Match[str]) -> bool:
    return found.lastgroup == "tag" and is_expression(found["tag"].strip())


def _form(text: str, found: re.Match[str]) -> _FoundBlank | None:
    """The blank of a match, None where it only looks like one."""
    kind = found.lastgroup
    if kind is None:
        return None
    inside = found[kind].strip()
    if kind == "choice":
        short = _SHORT.search(inside) is not None
        form = _FoundBlank(
            *found.span(), " ".join(inside.strip("[]").split()), UNKNOWN, is_choice=True
        )
        return replace(form, meaning=BlankMeaning("salutation_courte" if short else "salutation"))
    inside, filters = _without_filters(inside) if kind == "square" else (inside, "")
    means = BlankMeaning("date") if kind == "day" else meanings.of_name(inside)
    if kind == "tag":
        return _form_of_tag(found, inside, means)
    if kind == "quotes" and not (means.certain or _MERGE_FIELD.fullmatch(inside)):
        return None  # a quotation
    if kind == "round":
        if not (means.certain or meanings.says_nothing(inside)):
            return None  # an aside
        is_plain = not inside.casefold().startswith("votre")
        means = replace(means, certain=means.certain and is_plain)
    if kind == "angles" and (
        inside.casefold().split()[0] in _HTML.split() or (" " in inside and means is UNKNOWN)
    ):
        return None
    if kind == "brace" and " " in inside and means is UNKNOWN:
        return None
    if kind == "line" and _is_alone(text, *found.span()):
        return None  # a rule, or the line to sign on
    if kind == "square" and _PREPOSITIONS.fullmatch(inside):
        return None  # "[de/du/des] [ville]": the choice belongs to the next blank
    bracketed = kind not in ("line", "letters", "day")
    return _FoundBlank(
        *found.span(), inside or found[0], means, in_brackets=bracketed, filters=filters
    )


def _form_of_tag(found: re.Match[str], inside: str, means: BlankMeaning) -> _FoundBlank | None:
    if inside in NAMES:
        means = BlankMeaning(inside)
    elif is_expression(inside) and (means is UNKNOWN or not re.fullmatch(r"[\w ]+", inside)):
        return None  # a column of a sheet to come, or an expression
    return _FoundBlank(*found.span(), inside or found[0], means, in_brackets=True)


def _is_alone(text: str, start: int, end: int) -> bool:
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line = text[line_start : len(text) if line_end < 0 else line_end]
    return line.strip() == text[start:end]


# --- where it stands ----------------------------------------------------------------------------


def _chosen(word: str) -> str:
    """The preposition, or several to choose from: "de/du", "de (du)", "[de/du/des]"."""
    several = rf"{word}(?:\s*/\s*{word})+"
    return rf"(?:\[{several}\]|\({several}\)|{word}(?:\s*/\s*{word}|\s*\({word}\))*)"


_BEFORE = re.compile(
    rf"(?<![\w'’-])(?:(?P<de>{_chosen(_DE)})|(?P<a>{_chosen(_A)}|(?-i:^A)))\s*\Z",
    re.IGNORECASE | re.MULTILINE,
)
_EMPHASIS = re.compile(r"(?:\*{1,3}|_{1,3})$")
_AROUND = 30
_NEAR = 200  # characters on either side that may say what a blank means
_WORD_AT_MOST = 40  # no preposition, with all that may be said for it, is longer


def _blanks(text: str) -> Iterator[tuple[_FoundBlank, Blank]]:
    end_before = 0
    for found in _FORMS.finditer(text):
        if form := _form(text, found):
            blank = _placed(text, form, end_before)
            yield form, blank
            end_before = blank.end


def _placed(text: str, form: _FoundBlank, not_before: int) -> Blank:
    """The blank with its emphasis and its preposition, which begin behind the one before."""
    start, end = form.start, form.end
    emphasis = _emphasis(text, start, end)
    start, end = start - len(emphasis), end + len(emphasis)
    floor = max(not_before, start - _WORD_AT_MOST)
    # From the start of a line on, or "A" would look like one.
    lines = text[text.rfind("\n", 0, floor) + 1 : start]
    word = None if form.is_choice else _BEFORE.search(lines, floor - (start - len(lines)))
    kind: Preposition = ("de" if word["de"] else "a") if word else ""
    begins = start - len(word[0]) if word else start
    near = text[max(0, begins - _NEAR) : begins], text[end : end + _NEAR]
    means = _meaning(form, *near, kind)
    whole_start, whole_end = (begins, end) if kind else (form.start, form.end)
    return Blank(
        name=form.name,
        found=text[whole_start:whole_end],
        start=whole_start,
        end=whole_end,
        row=text.count("\n", 0, form.start) + 1,
        proposal=means.expression,
        certain=means.certain,
        around=_words_around(text, whole_start, whole_end),
        _preposition=kind,
        _is_capital=word is not None and word[0].lstrip("[(")[0].isupper(),
        _emphasis=emphasis if kind else "",
        _mark=(form.start - whole_start, form.end - whole_start),
        _filters=form.filters,
    )


def _words_around(text: str, start: int, end: int) -> str:
    """A blank with the words beside it in its line, none cut in two; no filter of a blank."""
    before = _FILTERS_BEHIND.sub("", text[text.rfind("\n", 0, start) + 1 : start])
    blank = _FILTERS_BEHIND.sub("", text[start:end])
    after = _FILTERS_BEHIND.sub("", text[end:].partition("\n")[0])
    after = after.removesuffix("\\")  # how Markdown breaks a line
    if len(before) > _AROUND:
        before = before[-_AROUND:].partition(" ")[2]
    if len(after) > _AROUND:
        after = after[:_AROUND].rpartition(" ")[0]
    return " ".join((before + blank + after).split())


def _emphasis(text: str, start: int, end: int) -> str:
    """The Markdown marks that hold this blank and nothing else."""
    found = _EMPHASIS.search(text, max(0, start - 3), start)
    if not found or not text.startswith(found[0], end):
        return ""
    return found[0] if text[end + len(found[0]) :][:1] != found[0][0] else ""


def _meaning(form: _FoundBlank, before: str, after: str, preposition: Preposition) -> BlankMeaning:
    if form.is_choice:
        return form.meaning
    if meanings.says_nothing(form.name):
        return meanings.from_place(before, after, preposition)
    if form.meaning.expression == "commune" and meanings.is_of_letterhead(
        before, after, preposition
    ):
        return BlankMeaning("lieu")
    if form.meaning.expression == "signature" and meanings.is_behind_title(before):
        return BlankMeaning("maire", certain=False)
    if form.meaning.expression == "titre" and meanings.is_before_name(after):
        return BlankMeaning(meanings.AS_CIVILITY, certain=False)
    if form.meaning.expression == "date" and not meanings.is_dateline(before, after):
        return UNKNOWN  # the day of a meeting, an order, a law
    return form.meaning


# --- one name for what means the same -----------------------------------------------------------


def _named(found: list[tuple[_FoundBlank, Blank]]) -> Iterator[Blank]:
    """The blanks with one name for each meaning: an XXX that is a date is not the XXX of a town.

    A blank that says nothing and whose place says nothing either means what its namesakes mean, if
    they agree: `[xx]` is one thing; XXX may be another one, and ____ is whatever comes.
    """
    proposals: defaultdict[str, list[str]] = defaultdict(list)
    for _, blank in found:
        known = proposals[_key(blank.name)]
        if blank.proposal and blank.proposal not in known:
            known.append(blank.proposal)
    names: dict[tuple[str, str, bool], str] = {}
    counts: defaultdict[str, int] = defaultdict(int)
    for i, (form, blank) in enumerate(found):
        key = _key(blank.name)
        alone = not (blank.proposal or form.meaning.expression)  # says nothing where it stands
        if alone and len(proposals[key]) == 1 and re.match(r"\w", form.name):
            blank = replace(blank, proposal=proposals[key][0], certain=form.in_brackets)
        loose = not blank.proposal and meanings.says_nothing(form.name)
        # The date of a letter is one thing, and in the midst of it [date] is another.
        in_doubt = form.in_brackets and not blank.certain
        group = (key, blank.proposal or (str(i) if loose else ""), in_doubt)
        if group not in names:
            counts[key] += 1
            names[group] = form.name if counts[key] == 1 else f"{form.name} {counts[key]}"
        yield replace(blank, name=names[group])


def _key(name: str) -> str:
    return variable_name(name) or name[:1]
