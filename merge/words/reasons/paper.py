"""The PDFs of the lots, and the print service that takes them."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

PAPER: Mapping[str, Entry] = {
    "lp-missing": (
        N_("This computer has no print service (CUPS, with its lp) that could take the lot."),
        N_("Print it by hand: in actual size, on the sides that its cover sheet says."),
    ),
    "lp-refuses": (
        N_("The print service did not take it: {words}."),
        N_("Printers are listed by: lpstat -e. Then the same again, with --yes."),
    ),
    "lot-handed-over": (
        N_("Lot {number} was handed to “{printer}” on {since}: its sheets may be printed."),
        N_("If none came out, and none will: {step}"),
        Step(command="print", options=("--lot", "{number}", "--printer", "{printer}", "--yes")),
    ),
    "not-in-lot": (
        N_("There is no letter to {key} in lot {number}, or it was taken out before."),
        N_("What is in it: {step}, in the column of lots."),
        Step(command="log"),
    ),
    "lot-at-fault": (
        N_("{faults} of {letters} letters of lot {lot} are at fault, the first one being {key}."),
        N_(
            "So many faults are the letter's or the sheet's. This lot was not made. See them: "
            "{step}"
        ),
        Step(command="check"),
    ),
    "lot-suppressed": (
        N_("Lot {number} has a letter to someone who must not be written to: {keys}."),
        N_("Give it back, and print the others anew: {step}"),
        Step(command="print", options=("--discard", "{number}")),
    ),
    "lot-file-missing": (
        N_("The PDF of lot {number} is not in its place as it was made."),
        N_("Put it back from a backup; or, if the lot is not posted yet, give it back: {step}"),
        Step(command="print", options=("--discard", "{number}")),
    ),
    "lot-file-missing: cut-off": (
        N_("The PDF of lot {number} is not yet in its place: making it was cut off."),
        N_("To put it there: {step}"),
        Step(command="print"),
    ),
}
