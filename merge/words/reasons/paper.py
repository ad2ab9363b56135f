"""The printer, and the PDFs of the lots that go to it."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

PAPER: Mapping[str, Entry] = {
    "printer-unreachable": (
        N_("The printer cannot be reached: {words}."),
        N_("Switch it on, look at its cable or network, and run the same command again."),
    ),
    "printer-tls": (
        N_("No trusted encrypted connection to the printer came about: {words}."),
        N_("In a network of your own, ipp:// in place of ipps:// does without encryption."),
    ),
    "printer-wants-tls": (
        N_("This printer wants an encrypted connection."),
        N_("Write ipps:// in place of ipp://."),
    ),
    "printer-forbids": (
        N_("The printer lets nobody print without a login ({words})."),
        N_("Print the PDF of the lot by hand: {step}, without --printer."),
        Step(command="print"),
    ),
    "printer-missing": (
        N_("There is no such printer or queue there."),
        N_("Look at the end of the address; queues are listed by: lpstat -e"),
    ),
    "printer-junk": (
        N_("What answers there does not talk like a printer (IPP)."),
        N_("Look at the address. Printers answer at ipp://ADDRESS/ipp/print"),
    ),
    "printer-refuses": (
        N_("The printer refuses: {words}."),
        N_("Print the PDF of the lot by hand: {step}, without --printer."),
        Step(command="print"),
    ),
    "printer-not-accepting": (
        N_("The printer takes no jobs at the moment."),
        N_("See to it at the printer, and run the same command again."),
    ),
    "printer-stopped": (
        N_("The printer has stopped. {words}"),
        N_("See to it at the printer (paper, a jam, a pause), and run the same command again."),
    ),
    "printer-no-pdf": (
        N_("This printer takes no PDF."),
        N_("Print through a queue of this computer (CUPS), which turns PDF into what it takes."),
    ),
    "printer-no-media": (
        N_("This printer does not know {paper}."),
        N_("Set {paper} paper at the printer or in its queue."),
    ),
    "printer-no-duplex": (
        N_("This printer does not print on both sides."),
        N_('Write duplex = "one-sided" under [paper] in campaign.toml, or use another printer.'),
    ),
    "lot-needs-duplex": (
        N_("Lot {number} is made for both sides, and this printer prints on one."),
        N_(
            'Use another printer; or write duplex = "one-sided" under [paper] in campaign.toml '
            "and make the lot anew: {step}, then {step2}"
        ),
        Step(command="print", options=("--discard", "{number}")),
        Step(command="print"),
    ),
    "not-in-lot": (
        N_("There is no letter to {key} in lot {number}, or it was taken out before."),
        N_("What is in it: {step}, in the column of lots."),
        Step(command="log"),
    ),
    "except-what": (
        N_("--except says which letters of a lot are not in the post; it goes with --posted LOT."),
        "",
    ),
    "lot-at-fault": (
        N_("{faults} of {letters} letters of lot {lot} are at fault, the first one being {key}."),
        N_(
            "So many faults are the letter's or the sheet's. This lot was not made. See them: "
            "{step}"
        ),
        Step(command="check"),
    ),
    "lot-at-peace": (
        N_("Lot {number} has a letter to someone who must not be written to: {keys}."),
        N_("Give it back, and print the others anew: {step}"),
        Step(command="print", options=("--discard", "{number}")),
    ),
    "lot-file-missing": (
        N_("The PDF of lot {number} is not in its place: it was moved, or a purge erased it."),
        N_("Put it back from a backup; or, if the lot is not posted yet, give it back: {step}"),
        Step(command="print", options=("--discard", "{number}")),
    ),
    "lot-file-missing: cut-off": (
        N_(
            "The PDF of lot {number} is not yet in its place: the command that made it was cut off."
        ),
        N_("To put it there: {step}"),
        Step(command="print"),
    ),
    "lot-file-changed": (
        N_("This is not the PDF of lot {number} as it was made: its checksum differs."),
        N_("Put the right file back, or give the lot back: {step}"),
        Step(command="print", options=("--discard", "{number}")),
    ),
}
