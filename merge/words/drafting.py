"""A campaign that is begun: what is asked of it; of its letter, what fills its blanks, and what of
it could not be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.letters.blanks import column_of
from merge.words.blanks import to_words, words_of
from merge.words.language import N_, _, translate
from merge.words.reasons import reason

if TYPE_CHECKING:
    from merge.app.drafting import LetterOffer
    from merge.letters.drafts.draft import Draft
    from merge.letters.drafts.unplaced import Unplaced
    from merge.letters.leftovers import Leftover
    from merge.letters.remarks import Remark
    from merge.model import Audience
    from merge.settings import Question

AUDIENCES: Mapping[Audience, str] = {
    "communes": N_("Communes: their mayors"),
    "people": N_("People: members, députés, customers"),
    "organisations": N_("Organisations: schools, associations, firms"),
}
"""Whom a campaign may write to."""

LABELS: Mapping[Question, str] = {
    "name": N_("Name of the campaign"),
    "group": N_("Your group"),
    "address": N_("Your postal address"),
    "place": N_("Where you write from"),
    "from_address": N_("E-mail address that the letters leave from"),
    "reply_to": N_("Address for answers"),
    "contact": N_("How to reach you"),
    "signature": N_("Who signs"),
    "address_source": N_("Where the addresses come from"),
}
"""As a form and the terminal ask for them."""

SOURCES: Sequence[str] = (
    "l'annuaire de l'administration (service-public.fr)",
    "les sites internet des mairies",
)
"""Where addresses of communes come from, most often, as the letter says it: in French."""

UNPLACED_WORDS: Mapping[str, str] = {
    "field": N_("Blanks of the Word file stand where the letter has no words: {words}"),
    "code": N_("Codes of the Word file are not kept: {words}"),
    "rule": N_(
        "A letter cannot say these codes of Word; they stay in it as blanks, and nothing leaves "
        "before you have put words or blanks of ours there: {words}"
    ),
    "hidden": N_("Words that the Word file hides are not in the letter: {words}"),
    "margin": N_(
        "Headers and footers are not in the letter: {words}. Settings put your logo, your address "
        "and a colour above each letter: [letterhead]."
    ),
    "logo": N_(
        "Pictures of the header are kept beside the letter: {words}. To have one above each "
        "letter, name it as the logo in [letterhead]."
    ),
    "struck": N_("Words that the Word file has struck out are not in the letter: {words}"),
    "deleted": N_(
        "Tracked changes are taken as accepted; these deleted words are not in the letter: {words}"
    ),
    "inserted": N_("Tracked changes are taken as accepted; these words were inserted: {words}"),
    "comment": N_("Comments are not in the letter: {words}"),
    "picture": N_("These pictures cannot be shown; save them as PNG: {words}"),
    "box": N_("Text boxes became paragraphs where they were anchored: {words}"),
    "layout": N_(
        "Tables that only set blocks side by side are taken apart; their blocks follow one "
        "another: {words}"
    ),
    "merged": N_("Merged cells of tables are taken apart: {words}"),
    "nested": N_("Tables inside the cell of another became lines of it: {words}"),
    "address": N_(
        "The block of the address is left out: the envelope and the page have it from your list. "
        "It said: {words}"
    ),
    "font": N_(
        "The fonts of the file ({words}) are not kept: letter.css says in which one letters are "
        "set."
    ),
    "lost": N_("These words stand where the letter has no place for them: {words}"),
    "look": N_("Layout: {words}."),
}
_AS_THEY_ARE = ("field", "code", "rule", "logo", "picture", "address", "font")
"""Kinds whose words are no quotation."""
LOOKS: Mapping[str, str] = {
    "first-line": N_("the indent of a first line is not kept"),
    "deep-indent": N_("an indent as far as the middle of the page is kept as a small one"),
    "tabs": N_("tabs are not kept: what stood behind them is indented a little"),
    "underline": N_("underlining is not kept"),
    "colour": N_("the colour of words is not kept"),
    "size": N_("the size of words is not kept"),
    "capitals": N_("words shown in capitals stand as they were typed"),
    "columns": N_("text in columns stands in one"),
    "position": N_("a picture stands in the text, not where it floated on the page"),
    "equation": N_("an equation stands as one line of signs"),
    "raised": N_("raised and lowered words stand on the line"),
    "page-break": N_("a page break inside a list or a table is not kept"),
}
_PLACES_AT_MOST = 3


def unplaced_words(unplaced: Sequence[Unplaced]) -> Iterator[str]:
    """What of a letter's file could not be kept: a sentence for each kind, with what and where."""
    found: dict[str, dict[str, list[str]]] = {}
    for each in unplaced:
        found.setdefault(each.kind, {}).setdefault(each.words, []).append(each.place)
    for kind, places in found.items():
        told = [_with_places(kind, words, those) for words, those in places.items()]
        yield translate(UNPLACED_WORDS[kind]).format(words=_("; ").join(told))


def _with_places(kind: str, words: str, places: Sequence[str]) -> str:
    if kind == "look":
        said = translate(LOOKS[words])
    else:
        said = words if kind in _AS_THEY_ARE else _("“{text}”").format(text=words)
    named = [
        _("“{text}”").format(text=place)
        for place in dict.fromkeys(places)
        if place not in ("", words)
    ]
    if not named or kind in ("margin", "logo"):
        return said
    where = ", ".join(named[:_PLACES_AT_MOST])
    if len(named) > _PLACES_AT_MOST:
        where = _("{places} and elsewhere").format(places=where)
    return _("{what} (at {places})").format(what=said, places=where)


def offer_words(offer: LetterOffer, audience: Audience) -> tuple[str, str]:
    """The words that it is about, and what may become of them."""
    match offer.code:
        case "head":
            return offer.words, _("is what each page has above the letter: it goes from the text.")
        case "date":
            return offer.words, _("can become the day on which each letter leaves.")
        case "salutation" if audience == "communes":
            told = _("can become “Madame la Maire” or “Monsieur le Maire”, after the person.")
            return offer.words, told
        case "salutation":
            return offer.words, _("can become the form of address that fits each person.")
        case "blank":
            told = _("can become, for each: {words}.").format(words=words_of(offer.becomes))
            return offer.words, told
    return to_words(offer.words), _("is so where somebody of yours lives; else: “{words}”").format(
        words=to_words(offer.becomes)
    )


def residence_words(changes: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What the letter says of those who write, before and after it is changed."""
    for before, after in changes:
        yield _("  before: “{before}”").format(before=before)
        yield _("  after: “{after}”").format(after=after)


def read_as(draft: Draft) -> Iterator[str]:
    """What the draft has not as its file has it; to be told before anything is made."""
    for words in draft.joined:
        yield _("A broken line was joined: “{words}”.").format(words=words)
    if draft.font:
        yield _(
            "Pages are set in the font of the file, {font}, which this computer has: letter.css "
            "says so."
        ).format(font=draft.font)
    yield from unplaced_words(draft.unplaced)


def made_of(
    meanings: Mapping[str, str],
    left: Sequence[Leftover],
    audience: Audience = "communes",
    remarks: Sequence[Remark] = (),
) -> Iterator[str]:
    """What becomes of the blanks; `left` is still to fill, and the `remarks` are about the lines of
    the letter.
    """
    for name, expression in meanings.items():
        if column := column_of(expression, audience):
            yield _("[{name}] will come from the column “{column}” of your sheet.").format(
                name=name, column=column
            )
    for place in left:
        if place.code == "leftover":
            yield _(
                "letter.md:{row}: nothing fills {found} yet. Write a blank there, or words."
            ).format(row=place.row, found=place.found)
        else:
            yield f"letter.md:{place.row}: {reason(place.code, {'words': place.found})}"
    for remark in remarks:
        yield f"letter.md:{remark.row}: {reason(remark.code, {'words': remark.words})}"


def label(name: Question) -> str:
    """What the answer is called."""
    return translate(LABELS[name])


def source_of(said: str) -> str:
    """What every letter says of its address, or that somebody still has to say it."""
    if not said:
        return _(
            "Say where the addresses come from: address_source in campaign.toml. Every letter says "
            "it, and none leaves before."
        )
    return _(
        "Every letter says that its address comes from {source}. If that is not so, change "
        "address_source in campaign.toml."
    ).format(source=said)
