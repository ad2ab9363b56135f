"""The suppression list: what stands on it, and which letters it stops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.job import Step
from merge.ledger.records import Kind, Suppression
from merge.words import dates, pages
from merge.words.language import N_, _, ngettext, translate

if TYPE_CHECKING:
    from merge.app.suppress import FilePlan, Plan

SUPPRESSED_WORDS: Mapping[Kind, str] = {
    Kind.TOWN: N_("commune"),
    Kind.RECIPIENT: N_("recipient of one campaign"),
    Kind.ADDRESS: N_("address"),
    Kind.DOMAIN: N_("domain"),
    Kind.DEAD: N_("dead address"),
}


def the_list(
    lines: Sequence[Suppression], zone: ZoneInfo, campaigns: Mapping[str, str], *, came_back: str
) -> tuple[list[str], list[list[str]]]:
    """Columns and rows; `came_back` is the reason of an address that the program put there, and
    `campaigns` are the folders of the campaigns, by their ids.
    """
    rows = [
        [
            translate(SUPPRESSED_WORDS[line.kind]),
            _who(line, campaigns) or _("(erased; still kept)"),
            _("a letter came back from it") if line.reason == came_back else line.reason,
            dates.day(f"{line.at.astimezone(zone):%Y-%m-%d}"),
        ]
        for line in lines
    ]
    return [_("What"), _("Who"), _("Why"), _("When")], rows


def _who(line: Suppression, campaigns: Mapping[str, str]) -> str:
    """Who that is: of a recipient of one campaign the key, and the folder where that is known."""
    campaign, _space, key = line.value.partition(" ")
    if line.kind is not Kind.RECIPIENT or campaign not in campaigns:
        return line.name
    return _("{key} in “{campaign}”").format(key=key, campaign=campaigns[campaign])


def kept(plan: Plan, *, is_new: bool, stopped: int) -> str:
    """What is on the list now, how many recipients that names, and which letters it stops."""
    said = _("On the list: {kind} {name}.") if is_new else _("{kind} {name} was on the list.")
    name = plan.line.name
    if plan.line.kind is Kind.RECIPIENT:  # of this campaign
        name = name.partition(" ")[2]
    on_it = said.format(kind=translate(SUPPRESSED_WORDS[plan.line.kind]), name=name)
    told = ngettext(
        "It names {n} recipient of this campaign.",
        "It names {n} recipients of this campaign.",
        len(plan.recipients),
    ).format(n=len(plan.recipients))
    if stopped:
        told = f"{told} {stopped_words(stopped)}"
    if plan.is_here_alone:
        told += " " + _(
            "It counts in this campaign alone: no mailbox is theirs alone, by which others would "
            "know them."
        )
    return f"{on_it}\n{told}"


def taken_back(n: int) -> str:
    """Taken off the list, and so many letters wait again."""
    return ngettext(
        "Taken off the list. {n} letter of this campaign can leave again.",
        "Taken off the list. {n} letters of this campaign can leave again.",
        n,
    ).format(n=n)


def from_file(plan: FilePlan) -> Iterator[str]:
    """What a file would put on the list, and which of its rows name nobody."""
    yield ngettext(
        "{n} line is new; {known} are on the list already.",
        "{n} lines are new; {known} are on the list already.",
        len(plan.lines),
    ).format(n=len(plan.lines), known=plan.known)
    if plan.left:
        yield ngettext(
            "{n} row names nobody that is known here, and is left out: {rows}.",
            "{n} rows name nobody that is known here, and are left out: {rows}.",
            len(plan.left),
        ).format(n=len(plan.left), rows=_rows(plan.left))


def _rows(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:20])) + (" …" if len(numbers) > 20 else "")


def taken(*, new: int, stopped: int) -> str:
    """What came of a file."""
    told = ngettext("{n} line is new on the list.", "{n} lines are new on the list.", new)
    return f"{told.format(n=new)} {stopped_words(stopped)}".strip()


def stopped_words(n: int) -> str:
    """So many letters do not leave; "" for none."""
    if not n:
        return ""
    return ngettext(
        "{n} letter that could still have left does not.",
        "{n} letters that could still have left do not.",
        n,
    ).format(n=n)


def stopped(n: int) -> str:
    """So many letters were about to leave, and the list stops them."""
    return ngettext(
        "{n} letter does not leave: its recipient is on the suppression list ({step}).",
        "{n} letters do not leave: their recipients are on the suppression list ({step}).",
        n,
    ).format(n=n, step=pages.told(Step(command="suppress")))
