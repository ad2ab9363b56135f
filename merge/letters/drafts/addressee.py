"""The block of the address at the top of a letter: blanks that the envelope and the page fill.

"«Civilité» «Nom» / «Adresse» / «CP» «Ville»" in the letter itself would print the address twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from merge.letters.kinds import variable_name

_TOP = 30  # lines: an address further down is a part of what is said
_BLANK = re.compile(r"\[(?P<square>[^\[\]\n|]+)(?:\|[^\[\]\n]*)?\]|«\s*(?P<quotes>[^«»\n]+?)\s*»")
_WHO = (
    "civilite titre politesse nom prenom complet destinataire societe raison sociale organisme "
    "organisation entreprise association structure etablissement service fonction maire mairie "
    "elu client adherent contact addressblock"
)
_STREET = (
    "adresse adresse1 adresse2 adresse3 adresse4 rue voie numero no complement batiment bp "
    "lieu_dit ligne ligne1 ligne2 ligne3 addressblock"
)
_TOWN = "cp code postal ville commune localite cedex codepostal bureau distributeur addressblock"
_JOINING = "de du des la le les l d et a n 1 2 3 pays"
_ALL = frozenset(" ".join((_WHO, _STREET, _TOWN, _JOINING)).split())
# What an author writes beside the blanks of an address.
_BESIDE = (
    "a l attention de du la le mairie hotel ville monsieur madame m mme maire ou cedex bp et "
    "service france"
)


def without_address(body: str) -> tuple[str, Sequence[str]]:
    """The Markdown without that block, and its lines; it must name a street and a town."""
    lines = body.split("\n")
    for start in range(min(len(lines), _TOP)):
        if not _is_of_address(lines[start]):
            continue
        end = start
        while end < len(lines) and (
            _is_of_address(lines[end])
            or (not lines[end].strip() and end + 1 < len(lines) and _is_of_address(lines[end + 1]))
        ):
            end += 1
        block = [line.rstrip("\\").strip() for line in lines[start:end] if line.strip()]
        if _names(block, _STREET) and _names(block, _TOWN):
            return _closed_up(lines[:start], lines[end:]), block
    return body, ()


def _words_of(name: str) -> set[str]:
    return set(variable_name(name).split("_"))


def _is_of_address(line: str) -> bool:
    """Whether the line holds blanks of an address, and nothing that says more."""
    names = [found["square"] or found["quotes"] for found in _BLANK.finditer(line)]
    if not names or not all(_words_of(each) <= _ALL for each in names):
        return False
    if not any(_words_of(each) - {*_JOINING.split()} for each in names):
        return False
    beside = variable_name(_BLANK.sub(" ", line))
    return all(word in _BESIDE.split() for word in beside.split("_") if word)


def _names(block: Sequence[str], wanted: str) -> bool:
    return any(
        _words_of(found["square"] or found["quotes"]) & {*wanted.split()}
        for line in block
        for found in _BLANK.finditer(line)
    )


def _closed_up(above: Sequence[str], below: Sequence[str]) -> str:
    """The rest, without a div that nothing stands in any more, and without a gap."""
    above, below = [*above], [*below]
    while above and not above[-1].strip():
        above.pop()
    while below and not below[0].strip():
        below.pop(0)
    if above and below and above[-1].startswith("::: ") and below[0] == ":::":
        return _closed_up(above[:-1], below[1:])
    if above and above[-1].startswith("::: "):  # the div goes on with what is below
        return "\n".join([*above, *below])
    if below and below[0] == ":::":
        return "\n".join([*above, *below])
    return "\n".join([*above, *([""] if above and below else []), *below])
