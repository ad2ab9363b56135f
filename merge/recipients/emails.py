"""The e-mail cell: which addresses it holds, and what is wrong with the rest.

An address is checked by its form alone (email-validator, RFC 5321 and 5322); no server is asked.
The door to email-validator.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from merge.french.communes import by_name, fold
from merge.recipients.cells import Problems, one_line

_NONE_GIVEN = frozenset(
    {"", "inconnu", "inconnue", "aucun", "aucune", "neant", "non", "non communique"}
    | {"non communiquee", "non renseigne", "non renseignee", "nc", "n c", "nr", "sans", "0", "x"}
    | {"pas d email", "pas d e mail", "pas de mail", "pas de courriel", "pas d adresse"}
    | {"unknown", "no email", "vide", "rien", "sans mail", "sans email", "sans courriel"}
)
# Signs alone are folded to nothing.
_LINKS = frozenset(
    {"", "ou", "et", "or", "and", "puis", "mail", "e mail", "email", "courriel", "mel", "mailto"}
)

# Where half of the mairies have their mailbox.
_COMMON_DOMAINS = (
    *("wanadoo.fr", "orange.fr", "gmail.com", "laposte.net", "hotmail.fr", "hotmail.com"),
    *("outlook.fr", "outlook.com", "yahoo.fr", "yahoo.com", "free.fr", "sfr.fr", "live.fr"),
    *("bbox.fr", "neuf.fr", "club-internet.fr", "numericable.fr", "aol.com", "nordnet.fr"),
)
# The shortest of them are one letter away from too many honest names.
_LONG_ENOUGH = tuple(domain for domain in _COMMON_DOMAINS if len(domain) >= len("yahoo.fr"))
# The provider's name with an end where it has no mailboxes for the public.
_WRONG_TOGETHER: Mapping[str, str] = {
    "gmail.fr": "gmail.com",
    "laposte.com": "laposte.net",
    "laposte.fr": "laposte.net",
    "orange.com": "orange.fr",
    "wanadoo.com": "wanadoo.fr",
    "wanadoo.net": "wanadoo.fr",
}

# A part of what email-validator accepts and leaves as it is: nearly all addresses. Capitals are not
# in it, for it lowers those of RFC 2142 (INFO, Postmaster), nor any end of special use.
_PLAIN = re.compile(
    r"(?=.{3,60}\Z)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*"
    r"@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+(?:fr|com|org|net|eu|info|bzh|re)"
)
_WEB_PAGE = re.compile(r"(?:https?:|ftp:|www\.)[^\s;,|<>]*", re.IGNORECASE)
# RFC 6068: what follows the question mark is the message's subject, copies and text.
_OF_MESSAGE = re.compile(r"\?(?:subject|cc|bcc|body)=[^\n;<>\"]*", re.IGNORECASE)
# "jean,dupont@example.org" and "jean.⏎dupont@example.org" are one address that was mistyped or cut.
_CUT = re.compile(
    r"(?<![^\s;,|<])([a-z][a-z0-9._-]{0,63})(,|(?<=[._-])\s{1,9})(?=[a-z][a-z0-9._-]{0,63}@)"
)
_SEPARATORS = re.compile(r"([\n;,|<>()\[\]:])")
_BETWEEN_WORDS = re.compile(r'[\s/"«»]+')
_AROUND = ".:'/*!?-"  # an address, where it is no part of it


def addresses(cell: str) -> tuple[tuple[str, ...], Problems]:
    """The valid addresses in the cell, in order, in ASCII, each once; and the problems.

    The first is written to. Codes: "email-none-given", "email-no-at", "email-invalid",
    "email-mended" (taken without the punctuation around it), "email-typo" (taken, and looks
    mistyped), "email-extra-words".

    Where other words stand beside an address, with no separator between them, it is not taken:
    dupont of "jean dupont@example.org" or of "jean . dupont@example.org" may be somebody else.
    """
    problems = Problems()
    if not cell:
        return (), problems
    if alone := _valid(cell):
        _tell_typo(alone, cell, problems)
        return (alone,), problems
    text = _OF_MESSAGE.sub("", _WEB_PAGE.sub(";", cell))
    if fold(cell) in _NONE_GIVEN:
        problems.tell("email-none-given", "email", cell)
    elif "@" in text:
        return _among(text, _WEB_PAGE.findall(cell), problems), problems
    elif text != cell or "/" in cell.strip("/"):
        problems.tell("email-invalid", "email", cell)
    else:
        problems.tell("email-no-at", "email", cell, _with_at(cell))
    return (), problems


def _among(text: str, extra: list[str], problems: Problems) -> tuple[str, ...]:
    """The addresses between separators; what else is there is told with the `extra` words."""
    found: dict[str, str] = {}  # a mailbox once, however it is capitalised
    pieces = _SEPARATORS.split(_CUT.sub(_with_space, text))
    for piece, end in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        parts = _BETWEEN_WORDS.split(piece)
        words = [each for each in parts if "@" in each or fold(each) not in _LINKS]
        if all("@" in word for word in words):
            for word in words:
                if address := _one(word, problems):
                    found.setdefault(address.lower(), address)
        elif "@" in piece:
            problems.tell("email-invalid", "email", one_line(piece), _meant_by(piece.split()))
        elif end != "<":  # the name before "<address>" is of no interest (RFC 5322)
            extra += words
    if extra:
        problems.tell("email-extra-words", "email", " ".join(extra))
    return tuple(found.values())


def _with_space(cut: re.Match[str]) -> str:
    """In two words, of which neither is taken for itself."""
    return f"{cut[1]}. " if cut[2] == "," else f"{cut[1]} "


def _one(word: str, problems: Problems) -> str:
    """The address that a word with "@" is, "" for none."""
    if not (address := _valid(word) or _valid(word.strip(_AROUND))):
        problems.tell("email-invalid", "email", word, _repaired(word))
        return ""
    if not _valid(word):
        problems.tell("email-mended", "email", word, address)
    _tell_typo(address, word, problems)
    return address


def _valid(text: str) -> str:
    """The address in ASCII, its domain in lower case; "" when it is none."""
    if _PLAIN.fullmatch(text):
        return text
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return ""
    return found.ascii_email or ""


def _tell_typo(address: str, typed: str, problems: Problems) -> None:
    local, _, domain = address.rpartition("@")
    if meant := _meant(domain):
        problems.tell("email-typo", "email", typed, f"{local}@{meant}")


@lru_cache(1024)
def _meant(domain: str) -> str:
    """The common domain that this one is a letter away from; "" when there is none."""
    if domain in _COMMON_DOMAINS:
        return ""
    found = process.extractOne(
        domain, _LONG_ENOUGH, scorer=DamerauLevenshtein.distance, score_cutoff=1
    )
    if not found:
        return _WRONG_TOGETHER.get(domain, "")
    name = domain.rpartition(".")[0]
    # Trangé has a domain of its own, one letter away from orange.fr.
    return found[0] if found[0].startswith(f"{name}.") or not by_name(name) else ""


def _meant_by(words: Sequence[str]) -> str:
    """The address that was perhaps torn apart, else the one of these words that has an "@"."""
    together = "".join(words)
    if not _PLAIN.fullmatch(together.lower() if "." in words else together):
        together = next(word for word in words if "@" in word)
    return _repaired(together)


def _repaired(word: str) -> str:
    """The address that was perhaps meant: without accents, and with all of a common domain whose
    end ("orange", "wanadoo.f") or dot is missing.
    """
    local, _, domain = word.strip(_AROUND).rpartition("@")
    letters = unicodedata.normalize("NFKD", local.replace("œ", "oe").replace("æ", "ae"))
    begun = domain.rstrip(".") or "@"
    whole = [each for each in _COMMON_DOMAINS if each.startswith(begun)]
    end = whole[0] if len(whole) == 1 else _meant(domain) or domain
    return _valid(re.sub("[\u0300-\u036f]", "", letters) + f"@{end}")


# How people hide an address from robots.
_AT = re.compile(r"\s*[\[({]\s*(?:at|à|a|arobase)\s*[\])}]\s*|\s+(?:at|arobase)\s+", re.IGNORECASE)
_DOT = re.compile(r"\s*[\[({]\s*(?:dot|point)\s*[\])}]\s*|\s+(?:dot|point)\s+", re.IGNORECASE)


def _with_at(cell: str) -> str:
    """The address that was meant where the @ is written out, or missing before a common domain."""
    word = _DOT.sub(".", _AT.sub("@", one_line(cell), count=1)).replace(" ", "")
    ends = (word.removesuffix(domain) for domain in _COMMON_DOMAINS)
    local = next((each for each in ends if each != word), word)
    return _valid(word if "@" in word else f"{local.rstrip('.-_')}@{word[len(local) :]}")
