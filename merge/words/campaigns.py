"""What is said of a campaign folder that goes on from a copy, and of who may look into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.job import Step
from merge.words import dates, pages
from merge.words.language import N_, _, ngettext, translate

if TYPE_CHECKING:
    from pathlib import PurePath

    from merge.app.backup import AdoptionPlan
    from merge.ledger.accounts import Export


def adoption_risk(plan: AdoptionPlan) -> Iterator[str]:
    """What may go wrong when the campaign goes on from this ledger."""
    risk = plan.risk
    yield _("The campaign in {folder} would go on from this ledger.").format(folder=plan.folder)
    if risk.behind:
        yield ngettext(
            "It has missed {n} step after which letters may have left. Whoever got them would be "
            "written to a second time.",
            "It has missed {n} steps after which letters may have left. Whoever got them would "
            "be written to a second time.",
            risk.behind,
        ).format(n=risk.behind)
    if risk.code == "ledger-restarted":
        yield _(
            "The database was started again, restored or replaced, and this machine does not know "
            "whether the ledger has all that left. Whom it has lost would be written to a second "
            "time."
        )
    yield ngettext(
        "{n} letter is still to go according to it.",
        "{n} letters are still to go according to it.",
        risk.waiting,
    ).format(n=risk.waiting)
    if risk.opt_outs:
        n = len(risk.opt_outs.lines)
        yield ngettext(
            "{n} line comes with it for your list of those who must not be written to.",
            "{n} lines come with it for your list of those who must not be written to.",
            n,
        ).format(n=n)
        yield _("What your mailbox has sent elsewhere today does not count here: mind its limit.")
    if risk.code == "ledger-packed":
        yield _("It was closed where it was. Adopt it in one place only.")
        return
    if not risk.is_file:
        yield _(
            "The campaign is in the database; its letter, its pictures and its settings would be "
            "those of this folder from now on. Look at them first, if somebody has given them to "
            "you."
        )
        return
    yield _(
        "If the same campaign goes on in another folder or on another machine, whatever leaves "
        "there is not known here. Stop it there first."
    )
    if risk.code == "ledger-foreign" and not risk.opt_outs:
        yield _(
            "Who asked for no more letters after theirs had left is not known here either: that "
            "list stays with its user. Say it again before you go on: {step}"
        ).format(step=pages.told(Step(command="suppress")))


def closed_to_others(folder: str, *, is_closed: bool | None) -> str:
    """Whether others could look into the folder; `is_closed` is None where they still can."""
    if is_closed:
        return _("Other users of this computer could look into the folder. Now only you can.")
    if is_closed is None:
        return _(
            "WARNING: other users of this computer can look into {folder}, and this cannot be "
            "changed from here. Move the campaign to a folder of your own."
        ).format(folder=folder)
    return ""


def others(names: Sequence[str]) -> Iterator[str]:
    """What a copy of the campaign, or who unpacks one, leaves out."""
    if names:
        yield _("Left out, for no campaign has such files: {names}.").format(names=", ".join(names))


EXPORT_WORDS: Mapping[str, str] = {
    "backup": N_("backup"),
    "lot": N_("pages to print"),
    "log": N_("log"),
    "report": N_("report with names"),
    "letter": N_("letter to one recipient"),
    "mail": N_("mail that came back"),
    "evidence": N_("document of an answer"),
    "list": N_("suppression list"),
}


def given_up(n: int) -> str:
    """What becomes of letters that wait when everybody is erased."""
    return ngettext(
        "{n} letter has not left yet: it will not leave any more.",
        "{n} letters have not left yet: they will not leave any more.",
        n,
    ).format(n=n)


def copies(found: Sequence[PurePath]) -> str:
    """Whole campaigns in one file each, which the erasure of one recipient does not reach."""
    return ngettext(
        "This copy of the whole campaign stays, and still holds this recipient: {files}. Delete it "
        "if nobody needs it any more.",
        "These copies of the whole campaign stay, and still hold this recipient: {files}. Delete "
        "them if nobody needs them any more.",
        len(found),
    ).format(files=", ".join(str(each) for each in found))


def exports(found: Sequence[Export]) -> Iterator[str]:
    """Files that no erasure reaches: where, what, since when."""
    for each in found:
        kind = translate(EXPORT_WORDS.get(each.kind, each.kind))
        yield _("{name} ({kind}, {day})").format(
            name=each.name, kind=kind, day=dates.day(f"{each.at.astimezone():%Y-%m-%d}")
        )
