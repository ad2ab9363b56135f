"""French for a letter to a mairie: the article of a commune, titles, names, dates, typography.

Every function is pure. The article codes are INSEE's TNCC ("type de nom en clair" of the code
officiel géographique): 0 no article, de/à; 1 no article, d'/à; 2 Le, du/au; 3 La; 4 Les, des/aux;
5 L'; 6 Aux, des/aux; 7 Las; 8 Los. The code, and not the first letter, tells whether an h is
mute: Ham is 0, Hyères is 1. In the COG a name includes its article.
"""

import datetime
import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

Sex = Literal["F", "M"] | None
"""The sex code of the RNE; None where it is not known, for it is never guessed from a name."""

Feminine = Literal["la Maire", "le Maire"]
FEMININES: tuple[Feminine, ...] = get_args(Feminine)
"""What a woman is called after "Madame": the campaign's choice."""


class Prepositional(NamedTuple):
    """A preposition and the name after it; `str` joins them, nothing stands between.

    `before` ends with its space or its apostrophe, and `name` is what may be emphasised: ("du ",
    "Havre"), ("d'", "Y"), ("de ", "L'Haÿ-les-Roses"). `guessed` is true where no code says how.
    """

    before: str
    name: str
    guessed: bool = False

    def __str__(self) -> str:
        return self.before + self.name


CORRECTED_CODES: Mapping[str, int] = MappingProxyType(
    {
        # 63448, born of a merger in 2019 and still coded 0, as if "Le" were no article.
        "Le Vernet-Chaméane": 2,
    }
)
"""What INSEE codes wrongly, by name.

Two names look wrong and are right: "Aux-Aussat" (32020, code 1: Aux is a village, d'Aux-Aussat),
"D'Huison-Longueville" (91198, code 0: the D' is part of the name, de D'Huison-Longueville). The
94 communes without a code are overseas, and `de` and `a` guess.
"""

_ARTICLES: Mapping[int, str] = MappingProxyType(
    {2: "Le ", 3: "La ", 4: "Les ", 5: "L'", 6: "Aux ", 7: "Las ", 8: "Los "}
)
_ARTICLE_LETTERS = tuple("LlAa")
# Only these melt into the preposition; La, L', Las and Los stay with the name.
_CONTRACTED: Mapping[int, tuple[str, str]] = MappingProxyType(
    {2: ("du ", "au "), 4: ("des ", "aux "), 6: ("des ", "aux ")}
)
# The TAAF and Clipperton are called by a common noun, which wants the article that it lacks.
_COMMON_NOUNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"Îles": ("des ", "aux "), "Île": ("de l'", "à l'"), "Archipel": ("de l'", "à l'")}
)
_PARENTHESES = re.compile(r"\s*\([^()]*\)")


def bare(name: str) -> str:
    """The name without its parentheses, which only tell two communes apart.

    "Château-Chinon (Ville)" gives "Château-Chinon".
    """
    return (_PARENTHESES.sub("", name) if "(" in name else name).strip()


def de(name: str, article_code: int | None) -> Prepositional:
    """The name after "de": "du Havre", "d'Y", "des Sables-d'Olonne", "de L'Haÿ-les-Roses".

    `name` is the COG's, article included, and `article_code` the TNCC. With None, or with a code
    that the name contradicts, the answer is read from the name and `guessed`.
    """
    name, code, guessed = _settled(name, article_code)
    return _phrase(name, code, guessed, form=0, otherwise="d'" if code == 1 else "de ")


def a(name: str, article_code: int | None) -> Prepositional:
    """The name after "à": "au Havre", "aux Sables-d'Olonne", "à Y", "à La Ferté-Bernard".

    The arguments and the guess are those of `de`.
    """
    name, code, guessed = _settled(name, article_code)
    return _phrase(name, code, guessed, form=1, otherwise="à ")


# The COG has no article for what is no département, but French has one.
_CORRECTED_DEPARTMENTS: Mapping[str, int] = MappingProxyType(
    {
        "Île de Clipperton": 5,
        "Nouvelle-Calédonie": 3,
        "Polynésie française": 3,
        "Terres australes et antarctiques françaises": 4,
    }
)
_OF_DEPARTMENT = ("de ", "d'", "du ", "de la ", "des ", "de l'")  # by TNCC


def of_department(name: str, article_code: int) -> str:
    """A département after "de": "de l'Ain", "du Nord", "de la Somme", "d'Ille-et-Vilaine".

    Unlike a commune's, its name in the COG does not include the article that `article_code` (TNCC)
    tells.
    """
    return _OF_DEPARTMENT[_CORRECTED_DEPARTMENTS.get(name, article_code)] + name


def _phrase(
    name: str, code: int, guessed: bool, *, form: Literal[0, 1], otherwise: str
) -> Prepositional:
    """The phrase where `form` is 0 for "de" and 1 for "à" in the tables of what melts."""
    if guessed and (common := _COMMON_NOUNS.get(name.partition(" ")[0])):
        return Prepositional(common[form], name, guessed)
    if melted := _CONTRACTED.get(code):
        return Prepositional(melted[form], name[len(_ARTICLES[code]) :], guessed)
    return Prepositional(otherwise, name, guessed)


def _settled(name: str, article_code: int | None) -> tuple[str, int, bool]:
    """The bare name, the code to follow, and whether that code is a guess."""
    name = bare(name)
    code = CORRECTED_CODES.get(name, article_code)
    written = _written_article(name)
    if code in (0, 1) and written is None:
        return name, code, False
    if code is not None and code == written:
        return name, code, False
    return name, written if written is not None else _guessed_code(name), True


def _written_article(name: str) -> int | None:
    """The code of the article that the name begins with, in any case, or None."""
    if not name.startswith(_ARTICLE_LETTERS):  # most names
        return None
    start = name.casefold().replace("’", "'").replace(NO_BREAK_SPACE, " ")
    for code, article in _ARTICLES.items():
        if start.startswith(article.casefold()) and len(start) > len(article):
            return code
    return None


def _guessed_code(name: str) -> int:
    """0 or 1 by the first letters.

    An h counts as aspirate, for the names without a code are Polynesian (Hao, Huahine) or Kanak
    (Houaïlou). A y is a consonant before a vowel (Yaté) and a vowel before a consonant (Yvetot).
    """
    letters = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe").replace("æ", "ae"))
    letters = "".join(each for each in letters if each.isalpha())
    if letters.startswith("y"):
        return 0 if letters[1:2] in tuple("aeiou") else 1
    return 1 if letters.startswith(tuple("aeiou")) else 0


def salutation(sex: Sex, feminine: Feminine = "la Maire") -> str:
    """How a letter opens: "Madame la Maire", "Monsieur le Maire", both when the sex is unknown."""
    match sex:
        case "F":
            return f"Madame {feminine}"
        case "M":
            return "Monsieur le Maire"
        case None:
            return f"Madame {feminine}, Monsieur le Maire"


def short_salutation(sex: Sex, feminine: Feminine = "la Maire") -> str:
    """How a letter calls its reader in mid-text: "Mme la Maire", "M. le Maire".

    In full when the sex is unknown, because "Mme la Maire, M. le Maire" reads like a list.
    """
    match sex:
        case "F":
            return f"Mme {feminine}"
        case "M":
            return "M. le Maire"
        case None:
            return salutation(None, feminine)


def title(sex: Sex, feminine: Feminine = "la Maire") -> str:
    """The reader's line in an address: one person, whose sex may be unknown.

    "Madame la Maire ou Monsieur le Maire" names both forms whole, and fits in a postal line of 38
    characters; where the two share "le Maire", it is said once.
    """
    if sex is not None:
        return salutation(sex, feminine)
    if feminine == "le Maire":
        return "Madame ou Monsieur le Maire"
    return "Madame la Maire ou Monsieur le Maire"


def agreement(sex: Sex, masculine: str, feminine: str, neutral: str = "") -> str:
    """The form that agrees with a person, and the neutral one when the sex is unknown.

    Without a neutral form it is written from the two: "élu·e", "éternel·les" where the feminine
    only goes on from the masculine, else "cher ou chère".
    """
    match sex:
        case "F":
            return feminine
        case "M":
            return masculine
        case None:
            return neutral or _both(masculine, feminine)


def _both(masculine: str, feminine: str) -> str:
    if masculine == feminine:
        return masculine
    # The s of the plural is written once: élus, élues, élu·es.
    plural = masculine.endswith("s") and feminine.endswith("s")
    stem = masculine[:-1] if plural else masculine
    ending = feminine.removeprefix(stem)
    if stem and ending != feminine and ending.isalpha():
        return f"{stem}·{ending}"
    return f"{masculine} ou {feminine}"


_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def long_date(date: datetime.date) -> str:
    """The date in words: "1er mars 2026", "2 mars 2026"; only the first is an ordinal.

    Babel writes "1 mars 2026" (CLDR 47), and is 33 MB.
    """
    day = "1er" if date.day == 1 else str(date.day)
    return f"{day} {_MONTHS[date.month - 1]} {date.year}"


_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_SHORT_MONTHS = (
    *("janv.", "févr.", "mars", "avr.", "mai", "juin"),
    *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
)


def part_of_date(date: datetime.date, part: str) -> str:
    """A part of a date as Word calls it: "dd" two digits, "dddd" the weekday, "MMM" "janv."…"""
    weekday = _WEEKDAYS[date.weekday()]
    return {
        "d": str(date.day),
        "dd": f"{date.day:02}",
        "ddd": f"{weekday[:3]}.",
        "dddd": weekday,
        "M": str(date.month),
        "MM": f"{date.month:02}",
        "MMM": _SHORT_MONTHS[date.month - 1],
        "MMMM": _MONTHS[date.month - 1],
        "yy": f"{date.year % 100:02}",
        "yyyy": f"{date.year:04}",
    }[part]


_LONG_DATE = re.compile(rf"(?:(?:1er|[2-9]|[12]\d|3[01]) )?(?:{'|'.join(_MONTHS)}) \d{{4}}")


def is_long_date(text: str) -> bool:
    """Whether a text is a date as `long_date` writes it, or the month of one."""
    return _LONG_DATE.fullmatch(text) is not None


NARROW_SPACE = "\u202f"
"""The narrow no-break space that French puts before ; ! and ? and between three digits"""
NO_BREAK_SPACE = "\u00a0"
"""The no-break space that French puts before : % and €, after M. and n°, and inside « »"""

_SPACE = "[ \u00a0\u2009\u202f]"
# Each begins at the beginning of a word, or a long word would be searched from each of its letters.
ADDRESS = (
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*://[^\s<>«»]*"
    r"|www\.[^\s<>«»]*|mailto:[^\s<>«»]*"
    r"|(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)*"
)
"""A regular expression for addresses of the web and of e-mail."""
# What must come out as it went in: these, HTML tags and entities.
_UNTOUCHED = rf"{ADDRESS}|</?[A-Za-z!][^<>]*>|&\#?\w+;"
# A mark of punctuation ends something: a time ("10:30"), a path or a smiley goes on after it.
_ENDS = r"(?=[;:!?]*(?:[\s)\]}»”\"*_<,…]|\.\.|$))"
# Where the space is missing it is only added after a letter, a digit or what closes a bracket, and
# after one that Markdown sets in bold or italics.
_WORD_ENDS = r"(?<=[^\W_])|(?<=[)»”%])|(?<=[^\W_]\*)|(?<=[^\W_]\*\*)"
_TYPOGRAPHY = re.compile(
    rf"(?P<untouched>{_UNTOUCHED})"
    rf"|(?P<opening>«){_SPACE}*(?=[^\s»])"
    rf"|(?<=[^\s«]){_SPACE}*(?P<closing>»)"
    rf"|(?:(?<=\S){_SPACE}+|{_WORD_ENDS})(?P<high>[;!?]){_ENDS}"
    rf"|(?:(?<=\S){_SPACE}+|{_WORD_ENDS})(?P<colon>:){_ENDS}"
    rf"|(?P<figure>(?<![\w.,])(?<!\d{_SPACE})[1-9]\d{{0,2}}(?:{_SPACE}\d{{3}})+)(?![\d.]|{_SPACE}\d)"
    rf"|(?:(?<=\d)|(?<=\d\*)|(?<=\d\*\*)){_SPACE}+(?P<unit>[%€])"
    rf"|(?P<title>(?<!\w)(?:MM?\.|M(?:me|lle)s?|[nN]°)){_SPACE}+(?=[*_]*\w)"
)


def typography(text: str) -> str:
    """The text with the no-break spaces of French; idempotent.

    U+202F before ; ! and ?, U+00A0 before : and inside « », whether a space was typed or none.
    Where a space was typed, U+202F between the thousands of a figure, U+00A0 before % and € and
    after M., Mme and n°.
    Never inside a web address, an e-mail address, a time, an HTML tag or an entity, so that it
    may be given Markdown or HTML. Source: Lexique des règles typographiques of the Imprimerie
    nationale.
    """
    return _TYPOGRAPHY.sub(_typeset, text)


def _typeset(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "opening":
            return "«" + NO_BREAK_SPACE
        case "closing":
            return NO_BREAK_SPACE + "»"
        case "high":
            return NARROW_SPACE + found["high"]
        case "colon":
            return NO_BREAK_SPACE + ":"
        case "figure":
            return re.sub(_SPACE, NARROW_SPACE, found["figure"])
        case "unit":
            return NO_BREAK_SPACE + found["unit"]
        case "title":
            return found["title"] + NO_BREAK_SPACE
        case _:
            return found[0]


# French keeps "de", "d'", "du" and "des" low and raises the article: de La Tour, Le Goff.
_LOW_PARTICLES = frozenset({"de", "du", "des", "von", "zu", "y"})
# After Van and von the articles are low (Van den Berg, von der Marck); the Italian and Portuguese
# Di, Da, Dos have been capitals in France since they came.
_LOW_ARTICLES = frozenset({"de", "dem", "den", "der", "het", "ter", "ten"})
# How registers tie two names together, in full as a letter wants it.
_CONNECTORS: Mapping[str, str] = MappingProxyType(
    {
        "epouse": "épouse",
        "epse": "épouse",
        "ep": "épouse",
        "veuve": "veuve",
        "vve": "veuve",
        "nee": "née",
        "dit": "dit",
        "dite": "dite",
    }
)
# A capital follows these and a single letter (D'Hondt, O'Brien); elsewhere the apostrophe is
# inside a word (Prud'homme, Guyomarc'h).
_ELIDED_ARTICLES = frozenset({"dell", "dall", "dal", "degl", "sant"})


def surname_case(surname: str) -> str:
    """A surname in capitals, as registers have it, in the case of French.

    DE LA TOUR gives "de La Tour", LE GOFF "Le Goff", D'ALMEIDA "d'Almeida", O'BRIEN "O'Brien",
    D'HONDT "D'Hondt", for there the D' is the Flemish article, DUPONT III "Dupont III",
    VAN DEN BERG "Van den Berg", DUPONT ÉPOUSE DURAND "Dupont épouse Durand". A particle or a
    connector needs a name after it, a connector also one before, between spaces: NÉE and
    PIERRE-DIT-MERY are surnames. What is not all capitals was typed by someone who knew, and
    only loses superfluous spaces.
    """
    if surname.upper() != surname or surname.lower() == surname:
        return " ".join(surname.split())
    if surname.isalpha():  # most names
        return _name_part(surname)
    words = _ELISION.sub(r"\1", surname).split()
    last = len(words) - 1
    return " ".join(
        _name_word(
            word,
            follows_another=i > 0,
            precedes_another=i < last,
            after_van=bool(_VAN.fullmatch(" ".join(words[:i]))),
        )
        for i, word in enumerate(words)
    )


_ORDINALS = frozenset({"II", "III", "IV"})  # DUPONT II, who is the son of the first
_ELISION = re.compile(r"\b([A-Z]['’])\s+(?=\w)")  # D' ORNANO, as some registers have it
_VAN = re.compile(r"(?:.*\W)?V[AO]N(?: (?:DE|HET))?")
# Hyphens of every kind, strokes, parentheses: what follows them is another name.
_BETWEEN = re.compile(r"([^\w'’\u0300-\u036f]+)")


def _name_word(word: str, *, follows_another: bool, precedes_another: bool, after_van: bool) -> str:
    """One word between spaces, the names in it one by one."""
    if follows_another and precedes_another:
        opening = "(" if word.startswith("(") else ""
        connector = _CONNECTORS.get(_without_accents(word).lower().strip("(."))
        if connector:
            return opening + connector
    parts = _BETWEEN.split(word)
    last = len(parts) - 1
    return "".join(
        part.lower()
        if (precedes_another or i < last)
        and (part.lower() in _LOW_PARTICLES or (after_van and part.lower() in _LOW_ARTICLES))
        else _name_part(part)
        for i, part in enumerate(parts)
    )


_MAC = re.compile(r"MC([A-Z]{2,})")
# The spellings of Dutch behind the article: d'Harcourt and d'Heilly are French.
_FLEMISH = re.compile(r"H(?:AE|E[EY]|ER(?:DE|T)$|O[EO]|ONDT|OKER|OLLANDER|ULST|UY)")


def _name_part(part: str) -> str:
    """One name: a capital first, and after an apostrophe where one belongs."""
    if part in _ORDINALS:
        return part
    before, apostrophe, after = part.replace("’", "'").partition("'")
    if apostrophe and before and after:
        start = before.lower()
        if start == "d" and not _FLEMISH.match(after):
            return "d'" + _name_part(after)
        if start == "c" and after.startswith("H"):
            return "C'" + after.lower()
        if len(start) == 1 or start in _ELIDED_ARTICLES:
            return _capitalised(before) + "'" + _name_part(after)
        return _capitalised(part)
    if mac := _MAC.fullmatch(part):
        return f"Mc{mac[1].capitalize()}"
    return _capitalised(part)


def _capitalised(word: str) -> str:
    """The first letter high and the others low, past an apostrophe."""
    for i, character in enumerate(word):
        if character.isalpha():
            return word[: i + 1] + word[i + 1 :].lower()
    return word


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(each for each in decomposed if not unicodedata.combining(each))
