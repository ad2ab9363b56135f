"""The printer, and the PDFs of the lots that go to it."""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import _
from merge.words.reasons.form import Reason

PAPER: Mapping[str, Reason] = {
    "printer-unreachable": (
        _("The printer cannot be reached: {words}."),
        _("Switch it on, look at its cable or network, and run the same command again."),
    ),
    "printer-tls": (
        _("No trusted encrypted connection to the printer came about: {words}."),
        _("In a network of your own, ipp:// in place of ipps:// does without encryption."),
    ),
    "printer-wants-tls": (
        _("This printer wants an encrypted connection."),
        _("Write ipps:// in place of ipp://."),
    ),
    "printer-forbids": (
        _("The printer lets nobody print without a login ({words})."),
        _("Print the PDF of the lot by hand: publipostage print, without --printer."),
    ),
    "printer-missing": (
        _("There is no such printer or queue there."),
        _("Look at the end of the address; queues are listed by: lpstat -e"),
    ),
    "printer-junk": (
        _("What answers there does not talk like a printer (IPP)."),
        _("Look at the address. Printers answer at ipp://ADDRESS/ipp/print"),
    ),
    "printer-refuses": (
        _("The printer refuses: {words}."),
        _("Print the PDF of the lot by hand: publipostage print, without --printer."),
    ),
    "printer-not-accepting": (
        _("The printer takes no jobs at the moment."),
        _("See to it at the printer, and run the same command again."),
    ),
    "printer-stopped": (
        _("The printer has stopped. {words}"),
        _("See to it at the printer (paper, a jam, a pause), and run the same command again."),
    ),
    "printer-no-pdf": (
        _("This printer takes no PDF."),
        _("Print through a queue of this computer (CUPS), which turns PDF into what it takes."),
    ),
    "printer-no-a4": (
        _("This printer does not know A4."),
        _("Set A4 paper at the printer or in its queue."),
    ),
    "printer-no-duplex": (
        _("This printer does not print on both sides."),
        _('Write duplex = "one-sided" under [paper] in campaign.toml, or use another printer.'),
    ),
    "lot-needs-duplex": (
        _("Lot {number} is made for both sides, and this printer prints on one."),
        _(
            'Use another printer; or write duplex = "one-sided" under [paper] in campaign.toml and '
            "make the lot anew: publipostage print --discard {number}, then publipostage print"
        ),
    ),
    "not-in-lot": (
        _("There is no letter to {key} in lot {number}, or it was taken out before."),
        _("What is in it: publipostage log, in the column of lots."),
    ),
    "except-what": (
        _("--except says which letters of a lot are not in the post; it goes with --posted LOT."),
        "",
    ),
    "lot-at-fault": (
        _("{faults} of {letters} letters of lot {lot} are at fault, the first one being {key}."),
        _(
            "So many faults are the letter's or the sheet's. This lot was not made. See them: "
            "publipostage check"
        ),
    ),
    "lot-at-peace": (
        _("Lot {number} has a letter to someone who must not be written to: {keys}."),
        _("Give it back, and print the others anew: publipostage print --discard {number}"),
    ),
    "lot-file-missing": (
        _("The PDF of lot {number} is not in its place: it was moved, or a purge erased it."),
        _(
            "Put it back from a backup; or, if the lot is not posted yet, give it back: "
            "publipostage print --discard {number}"
        ),
    ),
    "lot-file-missing: cut-off": (
        _("The PDF of lot {number} is not yet in its place: the command that made it was cut off."),
        _("To put it there: publipostage print"),
    ),
    "lot-file-changed": (
        _("This is not the PDF of lot {number} as it was made: its checksum differs."),
        _("Put the right file back, or give the lot back: publipostage print --discard {number}"),
    ),
}
