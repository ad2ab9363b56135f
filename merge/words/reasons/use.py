"""Wrong use of a command."""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import _
from merge.words.reasons.form import Reason

USE: Mapping[str, Reason] = {
    "nobody-called": (
        _("Nobody in this campaign is called “{word}”."),
        _("Give an INSEE code, the name of a commune, or an e-mail address."),
    ),
    "several-called": (
        _("“{word}” is the name of several: {keys}."),
        _("Give the code instead of the name."),
    ),
    "no-such-department": (
        _("Nobody in this campaign is in département {word}."),
        _("Write it as 35, 2A or 974."),
    ),
    "nobody-chosen": (
        _("Nobody is left by these options and by [select] in campaign.toml."),
        _("Leave some of them out."),
    ),
    "nobody-by-email": (
        _("None of them has an e-mail address: there is no e-mail to try out."),
        _("See the letter on paper: publipostage preview --as pdf --open"),
    ),
    "nobody-yet": (
        _("This campaign has no recipients yet."),
        _("Begin with: publipostage import SHEET"),
    ),
    "not-a-pair": (_("“{text}” is not of the form {form}."), ""),
    "typed-unreadable": (
        _("What was typed is not in {encoding}, the encoding that this terminal is said to have."),
        _(
            "Set the terminal to {encoding} (PuTTY: Window, Translation), and type it again. If "
            "it is the name of a file, give the file another one."
        ),
    ),
    "number-differs": (
        _("“{typed}” is not {n}. Nothing was sent."),
        _("Type the number of letters to confirm, or use --yes in a script."),
    ),
    "table-into-file": (
        _("The table is for the screen; -o wants a format for files."),
        _("Add --format csv (with --excel for a French Excel), xlsx or json."),
    ),
    "test-or-really": (
        _("--test sends one letter to yourself, --really all of them."),
        _("Use one or the other."),
    ),
    "one-lot-at-a-time": (
        _(
            "--discard, --printed, --posted and --returned say what became of a lot or a letter, "
            "and --test-sheet prints none."
        ),
        _("Use one of them at a time."),
    ),
    "lots-are-whole": (
        _(
            "--all, --department, --commune and --status choose who gets into new lots. What is "
            "said of a lot that is made is said of all its letters."
        ),
        _(
            "Leave them out. Some letters again: --lot LOT --from … --to …; all but some in the "
            "post: --posted LOT --except KEY"
        ),
    ),
    "part-of-which-lot": (
        _("--from and --to are letters of a lot."),
        _("Say which: publipostage print --lot LOT --from … --to …"),
    ),
    "lot-for-what": (
        _("Where is lot {number} to be printed, or which of its letters?"),
        _(
            "Add --printer URI, or --from and --to for some letters as a file, or --separate for a "
            "file a letter."
        ),
    ),
    "separate-alone": (
        _("--separate makes files of lot {number}, of all its letters, and prints nothing."),
        _("Type: publipostage print --lot {number} --separate"),
    ),
    "lot-range": (
        _(
            "Lot {number} has the letters 1 to {letters}: --from and --to name the first and the "
            "last of those that are wanted again."
        ),
        _("The number of a letter stands in the log: publipostage show KEY"),
    ),
    "printer-name": (
        _("“{text}” is neither the address of a printer nor the name of a queue."),
        _("For example ipp://192.168.1.20/ipp/print, or a name that “lpstat -e” lists."),
    ),
    "resolve-both": (
        _("--sent, --not-sent, --printed and --not-printed say different things."),
        _("Say the one that you know."),
    ),
    "resolve-what": (
        _("A delivery is settled by KEY with --sent or --not-sent, a lot by --lot."),
        _("Use one or the other. For a lot: publipostage resolve --lot LOT"),
    ),
    "resolve-by-lot": (
        _("This letter is in doubt with the whole of lot {lot}."),
        _("Settle the lot: publipostage resolve --lot {lot}"),
    ),
    "answer-in-future": (
        _("{day} is still to come."),
        _("Give the day on which the answer was given, as 2026-03-21."),
    ),
    "attempts-or-answers": (
        _("--attempts and --answers are two tables."),
        _("Use one or the other."),
    ),
    "one-report-at-a-time": (
        _("--csv and --html are two reports."),
        _("Use one or the other."),
    ),
    "purge-waiting": (
        _("Letters that still wait to leave: {n}, the first one to {key}."),
        _(
            "Send or print them, or say that they are not to be written to (publipostage suppress "
            "KEY --reason …), then erase."
        ),
    ),
    "purge-in-hand": (
        _("Letters on their way, in doubt or not yet posted: {n} ({key}: {status})."),
        _(
            "Settle them first: publipostage resolve, publipostage print --posted LOT, or "
            "--discard LOT."
        ),
    ),
    "mails-unreadable": (
        _("There are no mails that can be read here. {words}"),
        _("Give a folder of .eml files, a Maildir, or an mbox file."),
    ),
    "replies-from-where": (
        _("This campaign reads no mailbox."),
        _(
            "Export the mails from your mail program, then: publipostage replies --from FOLDER. Or "
            "fill [account.imap] in campaign.toml."
        ),
    ),
    "suppress-whom": (
        _("Whom? --reason and --take-back want a recipient, an address or a domain."),
        _("For example: publipostage suppress KEY --reason TEXT"),
    ),
    "remind-after-when": (
        _("After how long? A reminder goes to those whose letter left some time ago."),
        _("For example: publipostage remind --after 21d (or --undo to close the last wave)"),
    ),
    "remind-nothing": (
        _("No reminder was ever opened."),
        _("To open one: publipostage remind --after 21d"),
    ),
    "suppress-why": (
        _("The list wants a reason: whoever reads it in two years must understand it."),
        _('Add --reason, for example --reason "asked by phone on 3 March".'),
    ),
    "suppress-no-address": (
        _("“{word}” is no e-mail address and no domain."),
        _("One at a time, for example mairie@example.org, or example.org for all of a domain."),
    ),
    "suppress-not-there": (
        _("“{word}” is not on the list."),
        _("See who is: publipostage suppress"),
    ),
    "no-message-kept": (
        _("No e-mail to {key} has been kept: none was sent."),
        _("See what it would be: publipostage preview {key} --as eml"),
    ),
    "no-pages-kept": (
        _("The letter to {key} stands in no lot."),
        _("See what it would be: publipostage preview {key} --as pdf"),
    ),
    "folder-not-empty": (
        _("There is something in this folder already."),
        _("Give the name of a new folder."),
    ),
    "folder-link": (
        _(
            "This is a link, which leads to {value}. In a campaign's folder no link is followed: "
            "whoever gave you the folder could have files of your own read, sent or overwritten."
        ),
        _(
            "If the link is yours, put in its place what it leads to. If it is not, delete the "
            "link, and ask whoever gave you the folder why it is there."
        ),
    ),
    "folder-name-outside": (
        _("{value} is outside the campaign folder."),
        _("Copy the file into the folder and write only its name."),
    ),
    "folder-no-file": (
        _("This is no file but a pipe, a device or something else that may never end."),
        _("Delete it; if it is to be there, put the file itself in its place."),
    ),
    "folder-second-name": (
        _(
            "This file has a second name on this disk (a hard link): what the program writes here "
            "would be written there too."
        ),
        _("Copy it, delete it here, and give the copy its name. Then run the same command again."),
    ),
    "folder-file-too-large": (
        _("This file has {size_mb} MB. It may have {limit_mb}."),
        _("Put a smaller one in its place."),
    ),
    "folder-unwritable": (
        _("This folder cannot be made or written: {words}."),
        _("Choose another place, or free some room."),
    ),
    "file-unwritable": (
        _("This file cannot be written: {words}."),
        _("Choose another place, or free some room."),
    ),
    "report-on-sheet": (
        _("This is the sheet itself: the report would be written over it."),
        _("Give --report another name."),
    ),
    "pdf-on-terminal": (
        _("A PDF cannot be read in a terminal."),
        _("Put it into a file: the same command, and behind it: > letter.pdf"),
    ),
    "workbook-on-terminal": (
        _("A workbook cannot be read in a terminal."),
        _("Put it into a file: the same command, and behind it: -o log.xlsx"),
    ),
    "edit-unknown-field": (
        _("There is no column “{field}”."),
        _("Known: {known}."),
    ),
    "edit-bad-value": (
        _("“{value}” cannot be taken for “{field}”. Close to it: {suggestion}."),
        _("Nothing was changed."),
    ),
    "edit-bad-value: control-character": (
        _("“{field}” cannot take a line break, or a character that cannot be printed."),
        _("Nothing was changed. Type it on one line."),
    ),
    "edit-bad-value: name-disagrees": (
        _("“{value}” is not the name of this commune: by its INSEE code it is {suggestion}."),
        _("Nothing was changed. Another commune is another recipient: add its row to the sheet."),
    ),
    "edit-bad-value: unknown-sex": (
        _("“{value}” is neither F nor M."),
        _("Nothing was changed. Write F or M, or nothing after the = where nobody knows."),
    ),
    "edit-bad-value: unknown-article-code": (
        _("“{value}” is no article code."),
        _("Nothing was changed. It is a digit from 0 to 8, that of INSEE for Le, La, Les…"),
    ),
    "edit-bad-value: bad-postcode": (
        _("“{value}” is no postcode."),
        _("Nothing was changed. It has five digits, like 35000."),
    ),
    "edit-bad-value: not-a-name": (
        _("“{value}” is no name."),
        _("Nothing was changed. Write the name alone; an e-mail address goes behind email=."),
    ),
    "edit-bad-value: email-in-street": (
        _("“{value}” is an e-mail address, and no line of a postal one."),
        _("Nothing was changed. An e-mail address goes behind email=."),
    ),
    "edit-bad-value: email-none-given": (
        _("“{value}” is no e-mail address."),
        _("Nothing was changed. To take the address away, write nothing after the =."),
    ),
    "edit-bad-value: email-is-url": (
        _("“{value}” is a web page, not an e-mail address."),
        _("Nothing was changed. An address looks like mairie@example.org."),
    ),
    "edit-bad-value: email-no-at": (
        _("“{value}” is no e-mail address: it has no @. Close to it: {suggestion}."),
        _("Nothing was changed. An address looks like mairie@example.org."),
    ),
    "edit-bad-value: email-has-spaces": (
        _("There is a space in “{value}”. Close to it: {suggestion}."),
        _("Nothing was changed. An address looks like mairie@example.org."),
    ),
    "edit-bad-value: email-has-accents": (
        _("There is an accent in “{value}”. Close to it: {suggestion}."),
        _("Nothing was changed. An address looks like mairie@example.org."),
    ),
    "edit-bad-value: email-invalid": (
        _("“{value}” is not an e-mail address. Close to it: {suggestion}."),
        _("Nothing was changed. An address looks like mairie@example.org."),
    ),
    "edit-empty-name": (_("A commune must have a name."), _("Nothing was changed.")),
}
