"""The e-mail cell: which addresses it holds, and what is wrong with the rest.

An address is checked by its form alone (email-validator, RFC 5321 and 5322); no server is asked.
The door to email-validator.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from email_validator import EmailNotValidError, validate_email
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from merge.french.communes import fold
from merge.recipients.cells import Flaw

_NONE_GIVEN = frozenset(
    {"", "inconnu", "inconnue", "aucun", "aucune", "neant", "non", "non communique"}
    | {"non communiquee", "non renseigne", "non renseignee", "nc", "n c", "nr", "sans", "0", "x"}
    | {"pas d email", "pas d e mail", "pas de mail", "pas de courriel", "pas d adresse"}
    | {"unknown", "no email", "vide", "rien", "sans mail", "sans email", "sans courriel"}
)
_LINKS = frozenset({"ou", "et", "or", "and", "puis", "mail", "email", "courriel"})

# Where half of the mairies have their mailbox.
_COMMON_DOMAINS = (
    *("wanadoo.fr", "orange.fr", "gmail.com", "laposte.net", "hotmail.fr", "hotmail.com"),
    *("outlook.fr", "outlook.com", "yahoo.fr", "yahoo.com", "free.fr", "sfr.fr", "live.fr"),
    *("bbox.fr", "neuf.fr", "club-internet.fr", "numericable.fr", "aol.com", "nordnet.fr"),
)
# The shortest of them are one letter away from too many honest names.
_LONG_ENOUGH = tuple(domain for domain in _COMMON_DOMAINS if len(domain) >= len("yahoo.fr"))
_WRONG_TOGETHER = {"gmail.fr": "gmail.com"}


def addresses(cell: str) -> tuple[tuple[str, ...], tuple[Flaw, ...]]:
    """The valid addresses in the cell, in order, in ASCII, each once; and the flaws.

    The first is written to. Codes: "email-none-given", "email-is-url", "email-no-at",
    "email-has-spaces", "email-has-accents", "email-invalid", "email-mended" (taken without the
    punctuation around it), "email-typo" (taken, and looks mistyped), "email-extra-words".
    """
    if not cell:
        return (), ()
    alone = _valid(cell)  # nearly all cells
    if alone:
        return (alone,), _typo(alone, cell)
    if fold(cell) in _NONE_GIVEN:
        return (), (_flaw("email-none-given", cell),)
    if re.match(r"(https?:|www\.)", cell, re.IGNORECASE) or ("/" in cell and "@" not in cell):
        return (), (_flaw("email-is-url", cell),)
    words = _words(cell)
    together = "".join(words)
    if len(words) > 1 and cell.count("@") == 1 and any("@" in (w[0], w[-1]) for w in words):
        return (), (_flaw("email-has-spaces", cell, _valid(together)),)
    if not any("@" in word for word in words):
        return (), (_flaw("email-no-at", cell, _with_at(together)),)
    found: dict[str, None] = {}
    flaws: list[Flaw] = []
    for word in words:
        if "@" not in word:
            flaws.append(_flaw("email-extra-words", word))
            continue
        address, found_flaws = _one(word)
        flaws += found_flaws
        if address:
            found.setdefault(address)
    return tuple(found), tuple(flaws)


def _words(cell: str) -> Sequence[str]:
    separators = r"[\s;,|<>()\[\]\"«»]+" if cell.count("@") < 2 else r"[\s;,|<>()\[\]\"«»/]+"
    words = (
        re.sub(r"^mailto:", "", word, flags=re.IGNORECASE) for word in re.split(separators, cell)
    )
    return [word for word in words if word.strip(".:-'") and fold(word) not in _LINKS]


def _one(word: str) -> tuple[str, tuple[Flaw, ...]]:
    address = _valid(word)
    if address:
        return address, _typo(address, word)
    bare = word.strip(".:'")
    address = _valid(bare)
    if address:
        return address, (_flaw("email-mended", word, address), *_typo(address, word))
    local, _, domain = bare.rpartition("@")
    if not local.isascii():
        return "", (_flaw("email-has-accents", word, _valid(f"{_ascii(local)}@{domain}")),)
    return "", (_flaw("email-invalid", word, _valid(f"{local}@{_whole_domain(domain)}")),)


def _valid(text: str) -> str:
    """The address in ASCII, its domain in lower case; "" when it is none."""
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return ""
    return found.ascii_email or ""


def _typo(address: str, value: str) -> tuple[Flaw, ...]:
    local, _, domain = address.rpartition("@")
    meant = _meant(domain)
    return (_flaw("email-typo", value, f"{local}@{meant}"),) if meant else ()


@cache
def _meant(domain: str) -> str:
    """The common domain that this one is a letter away from; "" when there is none."""
    if domain in _COMMON_DOMAINS:
        return ""
    found = process.extractOne(
        domain, _LONG_ENOUGH, scorer=DamerauLevenshtein.distance, score_cutoff=1
    )
    return found[0] if found else _WRONG_TOGETHER.get(domain, "")


def _with_at(word: str) -> str:
    """The address that was meant where the @ is missing before a common domain."""
    for domain in _COMMON_DOMAINS:
        local = word.removesuffix(domain)
        if local != word:
            return _valid(f"{local.rstrip('.-_')}@{domain}")
    return ""


def _whole_domain(domain: str) -> str:
    """A common domain whose end is missing ("orange", "wanadoo.f"), else the same."""
    whole = [each for each in _COMMON_DOMAINS if domain and each.startswith(domain.rstrip("."))]
    return whole[0] if len(whole) == 1 else domain


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("æ", "ae"))
    return "".join(each for each in plain if not unicodedata.combining(each))


def _flaw(code: str, value: str, suggestion: str = "") -> Flaw:
    return Flaw(code=code, field="email", value=value, suggestion=suggestion)
