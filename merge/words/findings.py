"""What a check of the letters found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.errors import Trouble
from merge.model import LetterFault
from merge.words import statuses
from merge.words.language import _, ngettext
from merge.words.reasons import reason
from merge.words.reasons.form import Reason
from merge.words.troubles import explain

if TYPE_CHECKING:
    from merge.app.check import CheckResult
    from merge.app.letters import LetterNotes
    from merge.letters.leftovers import Slip
    from merge.letters.remarks import Remark
    from merge.letters.similarity import Alikeness


FAULTS_SHOWN = 20


def fault(found: LetterFault, commune: str) -> str:
    """Why one letter cannot leave, and the edit that cures it."""
    return statuses.labelled(f"{commune} ({found.key})", str(of_fault(found)))


def of_fault(found: LetterFault) -> Reason:
    """The same without saying whose letter it is."""
    return reason(found.code, {"field": found.field, "value": found.value, "key": found.key})


def of_cells(found: LetterFault) -> Reason:
    """The same where cells are shown beside it: of all that have this one's fault."""
    return reason(found.code, {"field": found.field, "reason": "cells"})


def faults(faults: Sequence[LetterFault], names: Mapping[str, str]) -> Iterator[str]:
    """The letters that cannot leave, the first of them one by one; `names` by key."""
    for found in faults[:FAULTS_SHOWN]:
        yield fault(found, names[found.key])
    if len(faults) > FAULTS_SHOWN:
        yield f"{statuses.and_more(len(faults) - FAULTS_SHOWN)}."


def overlong(keys: Sequence[str], names: Mapping[str, str]) -> Iterator[str]:
    """The letters that want a second sheet, the first of them one by one; `names` by key."""
    for key in keys[:FAULTS_SHOWN]:
        yield _("{commune} ({key}): the letter has more than two pages.").format(
            commune=names[key], key=key
        )
    if len(keys) > FAULTS_SHOWN:
        yield f"{statuses.and_more(len(keys) - FAULTS_SHOWN)}."
    if keys:
        yield _("A third page is one more sheet: shorten letter.md, or accept it.")


def too_long_names(n: int, most: int) -> str:
    """Why a letter that so many sign wants a second sheet."""
    return _(
        "{n} people sign one letter; {most} of these names, with their roles, fit on the two "
        "pages of a letter as long as the model. Keep {most}, shorten roles, or accept it."
    ).format(n=n, most=most)


def unmeasured(lacking: Trouble) -> str:
    """Why nobody can say how the pages come out on this machine."""
    return _("The pages were not measured: {why}").format(why=explain(lacking))


def about_the_letter(about: LetterNotes) -> Iterator[str]:
    """What a person should look at in the letter, a line each."""
    for slip in about.slips:
        yield f"{about.path}:{slip.row}: {of_slip(slip)}"
    for remark in about.remarks:
        yield f"{remark.path or about.path}:{remark.row}: {of_remark(remark)}"


def of_slip(slip: Slip) -> Reason:
    """What its author should look at again."""
    return reason(f"slip-{slip.kind}", {"found": slip.found, "suggestion": slip.suggestion})


def of_remark(remark: Remark) -> Reason:
    """What a person should say yes to."""
    keys = ", ".join(remark.keys[:FAULTS_SHOWN])
    return reason(remark.code, {"words": remark.words, "n": len(remark.keys), "keys": keys})


def checked(result: CheckResult) -> str:
    """How many letters were made, for which channel, and how many of them are at fault."""
    n = result.findings.letters
    return _("{letters}: {channels}; at fault: {faults}.").format(
        letters=ngettext("{n} letter checked", "{n} letters checked", n).format(n=n),
        channels=statuses.by_channel(result.by_channel),
        faults=len(result.findings.faults),
    )


def alikeness(found: Alikeness) -> str:
    """How alike the letters are, and why that matters. "" for fewer than two."""
    if found.shared_percent is None:
        return ""
    return _(
        "{shared} % of each letter is word for word in the next one; {without} of {letters} "
        "have nothing of their own. Readers recognise a circular, and mail providers may "
        "take many alike messages for spam. One true sentence for each changes that: write "
        "it in a column “Paragraphe local”."
    ).format(shared=found.shared_percent, without=found.without_own, letters=found.letters)


def both_ways(n: int) -> str:
    """How many letters call their reader Madame and Monsieur."""
    said = ngettext(
        "{n} letter is addressed both ways (“Madame la Maire, Monsieur le Maire”): no sheet says "
        "which.",
        "{n} letters are addressed both ways (“Madame la Maire, Monsieur le Maire”): no sheet says "
        "which.",
        n,
    ).format(n=n)
    return f"{said} {_('A column “Civilité” does, or a title before the name (“Mme Dupont”).')}"
