"""The e-mail cell: which addresses it holds, and what is wrong with the rest.

An address is checked by its form alone (email-validator, RFC 5321 and 5322); no server is asked.
The door to email-validator.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from urllib.parse import unquote

from email_validator import EmailNotValidError, validate_email
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from merge.french.communes import by_name, fold
from merge.recipients.cells import CellProblem, one_line

_NONE_GIVEN = frozenset(
    {"", "inconnu", "inconnue", "aucun", "aucune", "neant", "non", "non communique"}
    | {"non communiquee", "non renseigne", "non renseignee", "nc", "n c", "nr", "sans", "0", "x"}
    | {"pas d email", "pas d e mail", "pas de mail", "pas de courriel", "pas d adresse"}
    | {"unknown", "no email", "vide", "rien", "sans mail", "sans email", "sans courriel"}
)
_LINKS = frozenset({"ou", "et", "or", "and", "puis", "mail", "e mail", "email", "courriel", "mel"})

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

# A part of what email-validator accepts and leaves as it is, domain aside. Capitals are not in
# it, for it lowers those of RFC 2142 (INFO, Postmaster). So short, no domain makes it too long.
_PLAIN = re.compile(r"(?=.{3,60}\Z)([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)@([A-Za-z0-9.-]+)")
_DOMAINS_REMEMBERED = 16_384  # twice those of all mairies


def addresses(cell: str) -> tuple[tuple[str, ...], tuple[CellProblem, ...]]:
    """The valid addresses in the cell, in order, in ASCII, each once; and the problems.

    The first is written to. Codes: "email-none-given", "email-no-at", "email-invalid",
    "email-mended" (taken without the punctuation around it), "email-typo" (taken, and looks
    mistyped), "email-extra-words".
    """
    if not cell:
        return (), ()
    if plain := _PLAIN.fullmatch(cell):  # nearly all cells
        local, typed = plain.groups()
        domain, meant = _judged(typed)
        if domain and not meant:
            return (f"{local}@{domain}",), ()
    alone = _valid(cell)
    if alone:
        return (alone,), _typo(alone, cell)
    if fold(cell) in _NONE_GIVEN:
        return (), (_problem("email-none-given", cell),)
    pieces = _pieces(cell)
    if not any("@" in word and not _is_url(word) for words in pieces for word in words):
        return (), (_without_at(cell, pieces),)
    found: dict[str, str] = {}  # a mailbox once, however it is capitalised
    problems: list[CellProblem] = []
    extra: list[str] = []
    for words in pieces:
        for address in _addresses_among(words, problems, extra):
            found.setdefault(address.lower(), address)
    if extra:
        problems.append(_problem("email-extra-words", " ".join(extra)))
    return tuple(found.values()), tuple(problems)


# The name from its beginning on: sought at each letter of it, a long cell would take minutes.
_NAMED = re.compile(
    r"(?:\A|(?<=[<>@;,\n]))[^<>@;,\n]*<\s*(?:mailto:)?([^<>@\s]+@[^<>@\s]+)\s*>", re.IGNORECASE
)
_LABEL = re.compile(r"^(?:mailto|e-?mail|m[ée]l|courriel):(?=.)", re.IGNORECASE)
# RFC 6068: what follows the question mark is the message's subject, copies and text.
_LINK = re.compile(r"mailto:([^\s?<>\"]*)\?[^\n;<>\"]*", re.IGNORECASE)
_LINK_WITHOUT_SCHEME = re.compile(
    r"(?<=@)([a-z0-9.-]{1,253})\?(?:subject|cc|bcc|body)=[^\n;<>\"]*", re.IGNORECASE
)
# "jean,dupont@example.org" and "jean.⏎dupont@example.org" are one address that was mistyped or cut.
_COMMA_FOR_DOT = re.compile(r"(?<![^\s;|<])([a-z]{1,64}),(?=[a-z][a-z0-9._-]{0,63}@)")
_COMMA = "\0"  # stands for that comma, which parts nothing
_CUT_AT_LINE_END = re.compile(
    r"(?<![^\s;,|<])([a-z][a-z0-9._-]{0,63}[._-])[ \t]{0,9}\n\s{0,9}(?=[a-z0-9][a-z0-9._-]{0,63}@)"
)


def _pieces(cell: str) -> Sequence[Sequence[str]]:
    """The words between separators; the name before "<address>" is of no interest (RFC 5322)."""
    cell = _LINK.sub(lambda link: unquote(link[1]), cell)
    cell = _LINK_WITHOUT_SCHEME.sub(r"\1", cell)
    cell = _NAMED.sub(r";\1;", cell)
    cell = _CUT_AT_LINE_END.sub(r"\1 ", _COMMA_FOR_DOT.sub(rf"\1{_COMMA}", cell))
    separators = r"[\n;,|<>()\[\]\"«»]" if cell.count("@") < 2 else r"[\n;,|<>()\[\]\"«»/]"
    return [
        [_LABEL.sub("", word) for word in piece.split()] for piece in re.split(separators, cell)
    ]


def _addresses_among(
    words: Sequence[str], problems: list[CellProblem], extra: list[str]
) -> Iterator[str]:
    """The addresses between two separators; adds to the problems, and to the `extra` words.

    Neither "jean dupont@example.org" nor "jean . dupont@example.org" is taken: dupont may be
    somebody else.
    """
    is_torn = any(map(_is_torn, words)) or _stops_early(words)
    if sum("@" in word for word in words) == 1 and is_torn:
        problems.append(_problem("email-invalid", " ".join(words), _valid("".join(words))))
        return
    before: list[str] = []
    for word in words:
        if _is_url(word):
            problems.append(_problem("email-invalid", word))
        elif "@" in word and before:
            together = "".join((*before, word))
            is_whole = together.islower() or any(each in _TIES for each in before)
            meant = _valid(together if is_whole else word)
            problems.append(_problem("email-invalid", " ".join((*before, word)), meant))
            before = []
        elif "@" in word:
            address, its_problems = _one(word)
            problems += its_problems
            if address:
                yield address
        elif before and _is_tie(word, before):
            before.append(word)
        elif fold(word) in _LINKS or not word.strip(".:-'/"):
            extra += before
            before = []
        elif word.endswith(":"):
            extra += (*before, word)
            before = []
        else:
            before.append(word)
    extra += before


def _is_torn(word: str) -> bool:
    """Whether the word is a piece of an address: "@example.org", ".org"."""
    return "@" in (word[0], word[-1]) or bool(re.match(r"\.\w", word))


_STOPS_EARLY = re.compile(
    r"@[^@ ]{1,253}(?:\. | \. )(?:fr|com|org|net|eu|info|bzh|re|nc|pf|corsica)(?= |\Z)"
)


def _stops_early(words: Sequence[str]) -> bool:
    """Whether an address ends within its domain: "a@example. org", "a@example . org"."""
    return bool(_STOPS_EARLY.search(" ".join(words)))


_TIES = (".", "-")


def _is_tie(word: str, before: Sequence[str]) -> bool:
    """Whether a sign between spaces may be one of the address: "jean . dupont@example.org".

    A dash parts a label from an address too: "Secrétariat - a@example.org".
    """
    return word == "." or (
        word == "-" and bool(re.fullmatch("[a-z]+", before[0])) and not before[1:]
    )


_URL = re.compile(r"(?:https?:|ftp:|www\.)", re.IGNORECASE)


def _is_url(word: str) -> bool:
    return bool(_URL.match(word)) or ("/" in word.strip("/") and "@" not in word)


def _without_at(cell: str, pieces: Sequence[Sequence[str]]) -> CellProblem:
    """Why nothing in the cell can be an address, and the one that may be meant."""
    words = [word for piece in pieces for word in piece]
    if any(map(_is_url, words)):
        return _problem("email-invalid", cell)
    spaced = one_line(cell)  # of a run of spaces each would be a beginning
    written_out = _AT.sub("@", spaced, count=1)
    meant = "" if written_out == spaced else _valid(_DOT.sub(".", written_out))
    return _problem("email-no-at", cell, meant or _with_at("".join(words)))


# How people hide an address from robots.
_AT = re.compile(r"\s*[\[({]\s*(?:at|à|a|arobase|@)\s*[\])}]\s*|\s+(?:at|arobase)\s+|＠", re.I)
_DOT = re.compile(r"\s*[\[({]\s*(?:dot|point|\.)\s*[\])}]\s*|\s+(?:dot|point)\s+", re.I)


def _one(word: str) -> tuple[str, tuple[CellProblem, ...]]:
    if _COMMA in word:
        meant = _valid(word.replace(_COMMA, "."))
        return "", (_problem("email-invalid", word, meant),)
    address = _valid(word)
    if address:
        return address, _typo(address, word)
    bare = word.strip(".:'/*!?-")
    address = _valid(bare)
    if address:
        return address, (_problem("email-mended", word, address), *_typo(address, word))
    local, _, domain = bare.rpartition("@")
    meant = f"{_ascii(local)}@{domain if not local.isascii() else _whole_domain(domain)}"
    return "", (_problem("email-invalid", word, _valid(meant)),)


def _valid(text: str) -> str:
    """The address in ASCII, its domain in lower case; "" when it is none."""
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return ""
    return found.ascii_email or ""


@lru_cache(maxsize=_DOMAINS_REMEMBERED)
def _judged(typed: str) -> tuple[str, str]:
    """The domain as email-validator has it, "" when it is none; and the one that was meant."""
    domain = _valid(f"a@{typed}").removeprefix("a@")
    return domain, _meant(domain)


def _typo(address: str, value: str) -> tuple[CellProblem, ...]:
    local, _, domain = address.rpartition("@")
    _, meant = _judged(domain)
    return (_problem("email-typo", value, f"{local}@{meant}"),) if meant else ()


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


def _with_at(word: str) -> str:
    """The address that was meant where the @ is missing before a common domain."""
    for domain in _COMMON_DOMAINS:
        local = word.removesuffix(domain)
        if local != word:
            return _valid(f"{local.rstrip('.-_')}@{domain}")
    return ""


def _whole_domain(domain: str) -> str:
    """The common domain whose end ("orange", "wanadoo.f") or dot is missing, else the same."""
    whole = [each for each in _COMMON_DOMAINS if domain and each.startswith(domain.rstrip("."))]
    return whole[0] if len(whole) == 1 else _meant(domain) or domain


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("æ", "ae"))
    return "".join(each for each in plain if not unicodedata.combining(each))


def _problem(code: str, value: str, suggestion: str = "") -> CellProblem:
    typed = value.replace(_COMMA, ",")
    return CellProblem(code=code, field="email", value=typed, suggestion=suggestion)
