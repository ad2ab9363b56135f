"""What a new campaign needs to be told: each answer understood by itself, where it is typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

from merge.errors import SettingsError
from merge.french.communes import Commune, alike, by_former_name, by_name, fold, reference
from merge.settings.check import is_address
from merge.settings.write import Answers

Question = Literal[
    "name",
    "group",
    "contact",
    "from_address",
    "reply_to",
    "place",
    "address",
    "signature",
    "address_source",
]
QUESTIONS: Sequence[Question] = get_args(Question)
"""In the order in which the terminal asks."""

NEEDED: frozenset[Question] = frozenset({"name", "group", "place", "from_address", "contact"})
"""Without an answer to these there is no campaign."""

SOURCE = "l'annuaire de l'administration (service-public.fr)"
"""Where the towns' addresses come from, if nobody says another thing."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LINES = frozenset({"address", "signature"})
_TOWN = re.compile(r"(?P<street>.*?)[\s,;]*(?P<town>\b(?:[A-Z]{1,2}-)?\d{4,5} +[^\W\d].*)", re.S)


def answer(question: Question, typed: str) -> str:
    """What was meant, without blanks around it; lines are apart by "\\n". "" is no answer.

    SettingsError: "answer-empty", "setting-control-character", "value-unfit".
    """
    lines = [" ".join(line.split()) for line in re.split(r"\r\n|[\n\r]", typed)]
    if question in _LINES:
        lines = [line for line in lines if line]
        text = "\n".join(lines)
    else:
        text = typed.strip()
    if _UNPRINTABLE.search(text.replace("\n", "") if question in _LINES else text):
        raise SettingsError("setting-control-character", name=question)
    if not text:
        if question in NEEDED:
            raise SettingsError("answer-empty")
        return ""
    return _UNDERSTOOD.get(question, str)(text)


def places(answered: str) -> Sequence[Commune]:
    """The communes that a place may be, where it is the name of several."""
    found = [each for each in by_name(answered) if fold(each.name) == fold(answered)]
    return found or by_name(answered)


def almost(answered: str) -> Sequence[Commune] | None:
    """The communes with almost that name, where none has it or had it; None where one has."""
    if not answered or answered in reference() or by_name(answered) or by_former_name(answered):
        return None
    return alike(answered)


def answers(given: Mapping[Question, str]) -> Answers:
    """All that was understood, as campaign.toml is made of it."""
    return Answers(
        name=given["name"],
        group=given["group"],
        contact=given["contact"],
        from_address=given["from_address"],
        reply_to=given.get("reply_to", ""),
        place=given["place"],
        address=given.get("address", "").splitlines(),
        signature=given.get("signature", "").splitlines() or (given["group"],),
        address_source=given.get("address_source", ""),
    )


def town_of(address: str) -> str:
    """The town that an `answer` to "address" ends in, as an answer to "place"; "" for none."""
    town = re.sub(r"^\S+ +|\s+cedex\b.*", "", address.split("\n")[-1], flags=re.IGNORECASE)
    return answer("place", town) if town else ""


def _mailbox(text: str) -> str:
    if not is_address(text):
        raise SettingsError("value-unfit", value=text, example="group@example.org")
    return text


def _postal(text: str) -> str:
    """The lines of a postal address, typed on one line or on several."""
    found = _TOWN.fullmatch(text)
    if found is None or not found["street"]:
        example = "12 rue de la Paix, 35000 Rennes"
        raise SettingsError("value-unfit", value=text, example=example)
    street, town = found["street"], " ".join(found["town"].split())
    return "\n".join((*street.split("\n"), town))


def _place(text: str) -> str:
    """Where the letters are dated from: a commune's code, or its name as the reference spells it.

    A name that is in no reference (a hamlet, a town abroad) stays as it was typed.
    """
    code = text.upper()
    if code in reference():
        return code
    # A postcode, or one with the name behind it.
    is_number = re.match(r"\d[\dAB]\d", code) or not any(map(str.isalpha, text))
    if is_number or is_address(text):
        raise SettingsError("value-unfit", value=text, example="Rennes")
    names = {each.name for each in by_name(text) if fold(each.name) == fold(text)}
    return names.pop() if len(names) == 1 else text


_UNDERSTOOD: Mapping[Question, Callable[[str], str]] = {
    "from_address": _mailbox,
    "reply_to": _mailbox,
    "address": _postal,
    "place": _place,
}
