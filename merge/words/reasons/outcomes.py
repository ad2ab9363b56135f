"""What the ledger has of an attempt of which no server and no printer said anything."""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import _

OUR_WORDS: Mapping[str, str] = {
    "reminder-overtaken": _("An answer had come, or the letter before came back: no reminder."),
    "proof-copy": _("It was taken: the mailbox has the copy that the provider filed."),
    "proof-bounce": _("It was taken: it came back later."),
    "policy-paper": _("It goes on paper, you said."),
    "policy-left": _("It stays as it is, you said."),
    "sender-died": _("The program stopped in mid-message; nobody knows whether it arrived."),
    "connection-lost": _("The connection was lost."),
    "no-reply-in-time": _("The server did not answer in time."),
    "server-unreachable": _("The server could not be reached."),
    "server-not-ready": _("The server did not want to talk."),
    "starttls-not-offered": _("The server offered no encryption."),
    "login-not-offered": _("The server took no login."),
    "login-of-another-kind": _("The server took no login with a password."),
    "login-refused": _("The server refused the login."),
    "body-not-crlf": _("The message was malformed and was not sent; tell the authors."),
    "address-malformed": _("This is not an e-mail address."),
    "address-needs-smtputf8": _("The address has an accent before the @."),
    "interrupted": _("You stopped the program while the printer was taking it."),
    "not-handed-over": _("The program stopped before the printer heard of it."),
    "pages-unreadable": _("The PDF was moved away, or cannot be read: the printer got nothing."),
    "print-died": _("The program stopped while the printer was taking it."),
    "printer-junk": _("The printer's answer cannot be read."),
    "printer-unreachable": _("The printer cannot be reached."),
    "job-pending": _("It waits its turn at the printer."),
    "job-held": _("It is held at the printer: release it there."),
    "job-processing": _("The printer is at work on it, or is switched off."),
    "job-stopped": _("The printer has stopped in the middle: no paper, or a jam."),
    "job-no-paper": _("The printer has it, and says that it has no more paper."),
    "job-jam": _("The printer has it, and says that paper is jammed."),
    "job-open": _("The printer has it, and says that a door or a tray is open."),
    "job-no-ink": _("The printer has it, and says that it has no more ink or toner."),
    "job-canceled": _("It was cancelled at the printer, or the printer gave it up."),
    "job-aborted": _("The printer gave it up."),
    "job-vanished": _("The printer no longer knows of it."),
}
"""What stands in the ledger where no server and no printer said anything."""
