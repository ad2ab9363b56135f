"""What is said of a campaign folder that goes on from a copy, and of who may look into it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from merge.words.language import _, ngettext

if TYPE_CHECKING:
    from merge.ledger.identity import Adoption


def adoption_risk(folder: str, risk: Adoption) -> Iterator[str]:
    """What may go wrong when the campaign goes on from this ledger."""
    yield _("The campaign in {folder} would go on from this ledger.").format(folder=folder)
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
    yield _(
        "If the same campaign goes on in another folder or on another machine, whatever leaves "
        "there is not known here. Stop it there first."
    )
    if risk.code == "ledger-foreign":
        yield _(
            "Who asked for no more letters after theirs had left is not known here either: that "
            "list stays with its user. Say it again before you go on: publipostage suppress"
        )


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
