"""What is said of a campaign folder that goes on from a copy, and of who may look into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.job import Step
from merge.words import dates, pages
from merge.words.language import N_, _, decimal, ngettext, translate
from merge.words.reasons import typed

if TYPE_CHECKING:
    from pathlib import PurePath

    from merge.app.backup import AdoptionPlan
    from merge.app.handover import Plan
    from merge.app.move import Plan as MovePlan
    from merge.ledger.exports import Export


def adoption_risk(plan: AdoptionPlan) -> Iterator[str]:
    """What may go wrong when the campaign goes on from this ledger."""
    risk, passed = plan.risk, plan.handed_over
    yield _("The campaign in {folder} would go on from this ledger.").format(folder=plan.folder)
    if risk.behind:
        yield ngettext(
            "It has missed {n} step after which letters may have left. Those towns would be "
            "written to a second time.",
            "It has missed {n} steps after which letters may have left. Those towns would be "
            "written to a second time.",
            risk.behind,
        ).format(n=risk.behind)
    yield ngettext(
        "{n} letter is still to go according to it.",
        "{n} letters are still to go according to it.",
        risk.waiting,
    ).format(n=risk.waiting)
    if passed:
        yield _(
            "{who} has handed it over on {day}: nothing leaves from there any more. Take it up in "
            "one place only."
        ).format(who=passed.who, day=dates.day(f"{passed.at:%Y-%m-%d}"))
        yield ngettext(
            "{n} line comes with it for your list of those who must not be written to.",
            "{n} lines come with it for your list of those who must not be written to.",
            passed.passed.opted_out,
        ).format(n=passed.passed.opted_out)
        return
    if risk.code == "ledger-handed-over":
        yield _(
            "It was handed over from here. Whoever has the .zip may have taken it up: whatever "
            "leaves there is not known here, and those towns would be written to a second time. "
            "Ask first, and have it thrown away there."
        )
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
    if risk.code == "ledger-foreign":
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


def what_is_handed_over(plan: Plan) -> Iterator[str]:
    """What goes, and what that means for this place."""
    yield _("The campaign in {folder} would go to {file}, with all its letters.").format(
        folder=plan.folder, file=plan.file
    )
    yield ngettext(
        "{n} letter is still to go: from here it leaves no more.",
        "{n} letters are still to go: from here they leave no more.",
        plan.waiting,
    ).format(n=plan.waiting)
    yield ngettext(
        "{n} line of your list of those who must not be written to goes along; your password does "
        "not.",
        "{n} lines of your list of those who must not be written to go along; your password does "
        "not.",
        plan.opted_out,
    ).format(n=plan.opted_out)


def handed_over(file: str, left_out: Sequence[str]) -> Iterator[str]:
    """It is done: what to give to whom, and what is left here."""
    yield _("Handed over: {file}. Nothing leaves from here any more.").format(file=file)
    yield _(
        "Give this file to one person alone: it has all names and letters. It is taken up by: "
        "publipostage -C FOLDER adopt {file}"
    ).format(file=typed(file.replace("\\", "/").rpartition("/")[2]))
    for path in left_out:
        yield _("{path} is a link or no file, and is not in it.").format(path=path)


def others(names: Sequence[str]) -> Iterator[str]:
    """What a copy of the campaign, or who unpacks one, leaves out."""
    if names:
        yield _("Left out, for no campaign has such files: {names}.").format(names=", ".join(names))


def what_is_moved(plan: MovePlan) -> Iterator[str]:
    """What goes from where to where, and what becomes of the old place."""
    yield _("The campaign is in {old}, and would be in {new}.").format(old=plan.old, new=plan.new)
    yield _("{recipients} recipients, {letters} letters, {size} MB.").format(
        recipients=plan.recipients,
        letters=plan.letters,
        size=decimal(round(plan.size / 1_000_000, 1)),
    )
    if plan.opted_out:
        yield ngettext(
            "{n} line of your list of those who must not be written to goes along; what was sent "
            "in the last two days counts there, too.",
            "{n} lines of your list of those who must not be written to go along; what was sent "
            "in the last two days counts there, too.",
            plan.opted_out,
        ).format(n=plan.opted_out)
    if plan.to == "database":
        yield _(
            "ledger.db and archive.db are erased from the folder once all is there; letter, "
            "settings and printed lots stay in it."
        )
    else:
        yield _(
            "Once all is here, it is erased there. A backup of the database that its keeper has "
            "made still holds it."
        )


def moved(place: str, *, to: str) -> Iterator[str]:
    """It is done."""
    yield _("The campaign is in {place}.").format(place=place)
    if to == "database":
        yield _("Its folder stays: go on from there as before.")
    else:
        yield _(
            "Your quotas and your suppression list are in the database as long as "
            "PUBLIPOSTAGE_DATABASE is set; who opts out there later is not known without it."
        )


EXPORT_WORDS: Mapping[str, str] = {
    "backup": N_("backup"),
    "hand-over": N_("campaign that was handed over"),
    "move": N_("copy of a move that was cut off"),
    "lot": N_("pages to print"),
    "log": N_("log"),
    "report": N_("report with names"),
    "letter": N_("letter to one recipient"),
    "mail": N_("mail that came back"),
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
