"""Wrong use of a command."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

USE: Mapping[str, Entry] = {
    "attachment-name": (
        N_("No letter can name a file called “{name}”."),
        N_("Give it a name without commas and colons, which does not begin with a point."),
    ),
    "no-such-letter": (
        N_("This campaign has no letter called “{name}”."),
        N_("Its letters are the one that campaign.toml names, and reminder.md."),
    ),
    "letter-document": (
        N_("What the editor sent is no letter: nothing was saved."),
        N_("Load the page again. Your browser may have changed it."),
    ),
    "nobody-numbered": (
        N_("Nobody has the number {number} here."),
        N_("The list may have changed since: look for the name."),
    ),
    "nobody-called": (
        N_("Nobody in this campaign is called “{word}”."),
        N_("Give a number, a name, or an e-mail address."),
    ),
    "several-called": (
        N_("“{word}” is the name of several: {keys}."),
        N_("Give the code instead of the name."),
    ),
    "no-such-department": (
        N_("Nobody in this campaign is in département {word}."),
        N_("Write it as 35, 2A or 974."),
    ),
    "no-such-job": (N_("This campaign has no job n° {n}."), ""),
    "work-too-long": (
        N_("This took more than {minutes} minutes and was ended. Nothing of it was kept."),
        N_("Try again with less at once, or while the computer is less busy."),
    ),
    "nobody-chosen": (
        N_("Nobody is left by these options and by [select] in campaign.toml."),
        N_("Leave some of them out."),
    ),
    "nobody-by-email": (
        N_("None of them has an e-mail address: there is no e-mail to try out."),
        N_("See the letter on paper: {step}"),
        Step(command="preview", options=("--as", "pdf", "--open")),
    ),
    "nobody-yet": (
        N_("This campaign has no recipients yet."),
        N_("Begin with: {step}"),
        Step(command="import", options=(N_("SHEET"),)),
    ),
    "not-a-pair": (N_("“{text}” is not of the form {form}."), ""),
    "typed-unreadable": (
        N_("What was typed is not in {encoding}, the encoding that this terminal is said to have."),
        N_(
            "Set the terminal to {encoding} (PuTTY: Window, Translation), and type it again. If "
            "it is the name of a file, give the file another one."
        ),
    ),
    "number-differs": (
        N_("“{typed}” is not {n}. Nothing was sent."),
        N_("Type the number of letters to confirm, or use --yes in a script."),
    ),
    "consent-missing": (
        N_("This needs a yes of its own, and has none. Nothing was done."),
        N_("Answer the question, or use {option} in a script."),
    ),
    "table-into-file": (
        N_("The table is for the screen; -o needs a format for files."),
        N_("Add --format csv (with --excel for a French Excel), xlsx or json."),
    ),
    "test-or-really": (
        N_("--test sends one letter to yourself, --really all of them."),
        N_("Use one or the other."),
    ),
    "at-without-really": (
        N_("--at says when letters leave for real; without --really none does."),
        N_("Add --really, or leave --at out."),
    ),
    "no-such-time": (
        N_("“{typed}” is no time like “2026-12-01 09:00” or 09:00."),
        N_("Type a day and a time, or a time alone."),
    ),
    "time-past": (N_("That time is past."), N_("Name one that is to come.")),
    "time-skipped": (
        N_("There is no {time} on that day: the clocks are put forward."),
        N_("Name another time."),
    ),
    "time-twice": (
        N_("There is {time} twice on that day: the clocks are put back."),
        N_("Name another time."),
    ),
    "one-lot-at-a-time": (
        N_(
            "--discard, --printed, --posted and --returned say what became of a lot or a letter, "
            "and --test-sheet prints none."
        ),
        N_("Use one of them at a time."),
    ),
    "lots-are-whole": (
        N_(
            "--all, --department, --commune and --status choose who gets into new lots. What is "
            "said of a lot that is made is said of all its letters."
        ),
        N_(
            "Leave them out. Some letters again: --lot LOT --from … --to …; all but some in the "
            "post: --posted LOT --except KEY"
        ),
    ),
    "part-of-which-lot": (
        N_("--from and --to are letters of a lot."),
        N_("Say which: {step}"),
        Step(command="print", options=("--lot", N_("LOT"), "--from", "…", "--to", "…")),
    ),
    "lot-for-what": (
        N_("Where is lot {number} to be printed, or which of its letters?"),
        N_(
            "Add --printer NAME, or --from and --to for some letters as a file, or --separate for "
            "a file a letter."
        ),
    ),
    "separate-alone": (
        N_("--separate makes files of lot {number}, of all its letters, and prints nothing."),
        N_("Type: {step}"),
        Step(command="print", options=("--lot", "{number}", "--separate")),
    ),
    "addresses-of-what": (
        N_(
            "--labels and --envelopes print the addresses of one lot, in its order, and nothing "
            "else; --skip says how many labels of the first sheet are gone."
        ),
        N_("Type: {step}"),
        Step(command="print", options=("--lot", N_("LOT"), "--labels", "L7160", "--skip", "0")),
    ),
    "skip-beyond-sheet": (
        N_("A sheet of {name} has {n} labels: with --skip at least one of them must be left."),
        N_("Count those that are gone from the first sheet, row by row."),
    ),
    "lot-range": (
        N_(
            "Lot {number} has the letters 1 to {letters}: --from and --to name the first and the "
            "last of those that are wanted again."
        ),
        N_("The number of a letter stands on its sheets and in the log: {step}"),
        Step(command="show", options=(N_("KEY"),)),
    ),
    "lot-backwards": (
        N_("Letter {last} of lot {number} lies before letter {first}: there is nothing between."),
        N_("First the one that is nearer to the cover, then the other."),
    ),
    "place-of-other-lot": (
        N_("“{word}” is a letter of another lot: lot {number} has {letters}."),
        N_("The number of the lot stands on each sheet, before that of the letter."),
    ),
    "nobody-in-lot": (
        N_("Lot {number} has no letter to “{word}”."),
        N_("Who is in it stands on its cover."),
    ),
    "several-in-lot": (
        N_("“{word}” has several letters in lot {number}: {places}."),
        N_("Give the number of one of them."),
    ),
    "printer-name": (
        N_("“{text}” is not the name of a printer of this computer."),
        N_("Their names are listed by: lpstat -e"),
    ),
    "resolve-both": (
        N_("--sent and --not-sent say different things."),
        N_("Say the one that you know."),
    ),
    "resolve-what": (
        N_("A delivery is settled by KEY with --sent or --not-sent, without --policy."),
        N_("Use one or the other."),
    ),
    "answer-unknown": (
        N_("“{word}” is no answer that this campaign knows. Known: {known}."),
        N_("Answers of your own stand in campaign.toml, under [answers]: wordings."),
    ),
    "answer-in-future": (
        N_("{day} is in the future."),
        N_("Give the day on which the answer was given, as 2026-03-21."),
    ),
    "attempts-or-answers": (
        N_("--attempts and --answers are two tables."),
        N_("Use one or the other."),
    ),
    "names-in-a-file": (
        N_("--names is for a report with a row for each: figures have no names."),
        N_("Add --csv, or --html FILE."),
    ),
    "one-report-at-a-time": (
        N_("--csv and --html are two reports."),
        N_("Use one or the other."),
    ),
    "purge-no-address": (
        N_("“{word}” is no e-mail address: by another name campaigns do not know the same person."),
        N_("For example: {step}"),
        Step(command="purge", options=("anne@example.org", "--everywhere")),
    ),
    "purge-waiting": (
        N_("Letters that still wait to leave: {n}, the first one to {key}."),
        N_("Send or print them, or say that they are not to be written to ({step}), then erase."),
        Step(command="suppress", options=(N_("KEY"), "--reason", "…")),
    ),
    "purge-in-hand": (
        N_("Letters on their way, in doubt or not yet posted: {n} ({key}: {status})."),
        N_("Settle them first: {step}, {step2}, or --discard LOT."),
        Step(command="resolve"),
        Step(command="print", options=("--posted", N_("LOT"))),
    ),
    "mails-unreadable": (
        N_("There are no mails that can be read here. {words}"),
        N_("Give a folder of .eml files, a Maildir, or an mbox file."),
    ),
    "replies-from-where": (
        N_("This campaign reads no mailbox."),
        N_(
            "Export the mails from your mail program, then: {step}. Or fill [account.imap] in "
            "campaign.toml."
        ),
        Step(command="replies", options=("--from", N_("FOLDER"))),
    ),
    "suppress-whom": (
        N_("Who? --reason and --take-back need a recipient, an address or a domain."),
        N_("For example: {step}"),
        Step(command="suppress", options=(N_("KEY"), "--reason", N_("TEXT"))),
    ),
    "remind-after-when": (
        N_("After how long? A reminder goes to those whose letter left some time ago."),
        N_("For example: {step} (or --undo to close the last wave)"),
        Step(command="remind", options=("--after", "21d")),
    ),
    "remind-nothing": (
        N_("No reminder was ever opened."),
        N_("To open one: {step}"),
        Step(command="remind", options=("--after", "21d")),
    ),
    "suppress-file-alone": (
        N_("--csv and --import stand alone: they are about the whole list."),
        "",
    ),
    "list-no-name": (
        N_("No column says who must not be written to. The columns are: {columns}."),
        N_("Call one of them “name”: an address, a domain, a name or a number in each row."),
    ),
    "suppress-why": (
        N_("The list needs a reason: whoever reads it in two years must understand it."),
        N_('Add --reason, for example --reason "asked by phone on 3 March".'),
    ),
    "suppress-no-address": (
        N_("“{word}” is no e-mail address and no domain."),
        N_("One at a time, for example mairie@example.org, or example.org for all of a domain."),
    ),
    "suppress-not-there": (
        N_("“{word}” is not on the list."),
        N_("See who is: {step}"),
        Step(command="suppress"),
    ),
    "no-message-kept": (
        N_("No e-mail to {key} has been kept: none was sent."),
        N_("See what it would be: {step}"),
        Step(command="preview", options=("{key}", "--as", "eml")),
    ),
    "no-pages-kept": (
        N_("The letter to {key} stands in no lot."),
        N_("See what it would be: {step}"),
        Step(command="preview", options=("{key}", "--as", "pdf")),
    ),
    "folder-not-empty": (
        N_("There is something in this folder already."),
        N_("Give the name of a new folder."),
    ),
    "folder-link": (
        N_(
            "This is a link, which leads to {value}. In a campaign's folder no link is followed: "
            "whoever gave you the folder could have files of your own read, sent or overwritten."
        ),
        N_(
            "If the link is yours, put in its place what it leads to. If it is not, delete the "
            "link, and ask whoever gave you the folder why it is there."
        ),
    ),
    "folder-name-outside": (
        N_("{value} is outside the campaign folder."),
        N_("Copy the file into the folder and write only its name."),
    ),
    "folder-no-file": (
        N_("This is no file but a pipe, a device or something else that may never end."),
        N_("Delete it; if it is to be there, put the file itself in its place."),
    ),
    "folder-second-name": (
        N_(
            "This file has a second name on this disk (a hard link): what the program writes here "
            "would be written there too."
        ),
        N_("Copy it, delete it here, and give the copy its name. Then run the same command again."),
    ),
    "folder-file-too-large": (
        N_("This file has {size_mb} MB. It may have {limit_mb}."),
        N_("Put a smaller one in its place."),
    ),
    "no-path": (N_("“{value}” names no file or folder."), ""),
    "folder-unwritable": (
        N_("This folder cannot be made or written: {words}."),
        N_("Choose another place, or free some room."),
    ),
    "file-unwritable": (
        N_("This file cannot be written: {words}."),
        N_("Choose another place, or free some room."),
    ),
    "upload-too-large": (
        N_("This file is larger than {limit_mb} MB."),
        N_("Save the sheet that you need as CSV (UTF-8), and hand that over."),
    ),
    "columns-one-field": (
        N_("Two columns cannot both be “{field}”: {columns}."),
        N_("Choose one of them, and keep the other under its own name."),
    ),
    "report-on-sheet": (
        N_("This is the sheet itself: the report would be written over it."),
        N_("Give --report another name."),
    ),
    "pdf-on-terminal": (
        N_("A PDF cannot be read in a terminal."),
        N_("Put it into a file: the same command, and behind it: > letter.pdf"),
    ),
    "workbook-on-terminal": (
        N_("A workbook cannot be read in a terminal."),
        N_("Put it into a file: the same command, and behind it: -o log.xlsx"),
    ),
    "edit-unknown-field": (
        N_("There is no column “{field}”."),
        N_("Known: {known}."),
    ),
    "edit-bad-value": (
        N_("“{value}” cannot be taken for “{field}”. Close to it: {suggestion}."),
        N_("Nothing was changed."),
    ),
    "edit-bad-value: control-character": (
        N_("“{field}” cannot take a line break, or a character that cannot be printed."),
        N_("Nothing was changed. Type it on one line."),
    ),
    "edit-bad-value: name-disagrees": (
        N_("“{value}” is not the name of this commune: by its INSEE code it is {suggestion}."),
        N_("Nothing was changed. Another commune is another recipient: add its row to the sheet."),
    ),
    "edit-bad-value: unknown-sex": (
        N_("“{value}” is neither F nor M."),
        N_("Nothing was changed. Write F or M, or nothing after the = where nobody knows."),
    ),
    "edit-bad-value: unknown-article-code": (
        N_("“{value}” is no article code."),
        N_("Nothing was changed. It is a digit from 0 to 8, that of INSEE for Le, La, Les…"),
    ),
    "edit-bad-value: bad-postcode": (
        N_("“{value}” is no postcode."),
        N_("Nothing was changed. It has five digits, like 35000."),
    ),
    "edit-bad-value: postcode-of-another-country": (
        N_("“{value}” is a postcode of another country."),
        N_("Nothing was changed. Change both together: “code postal=…” and “pays=…”."),
    ),
    "edit-bad-value: unknown-country": (
        N_("“{value}” is no country that is known."),
        N_("Nothing was changed. Write its name, or its code of two letters."),
    ),
    "edit-bad-value: unknown-region": (
        N_("“{value}” is no state or province of that country."),
        N_("Nothing was changed. Write its code or its name, as the country's post does."),
    ),
    "edit-bad-value: not-a-name": (
        N_("“{value}” is no name."),
        N_("Nothing was changed. Write the name alone; an e-mail address goes behind email=."),
    ),
    "edit-bad-value: email-in-street": (
        N_("“{value}” is an e-mail address, and no line of a postal one."),
        N_("Nothing was changed. An e-mail address goes behind email=."),
    ),
    "edit-bad-value: email-none-given": (
        N_("“{value}” is no e-mail address."),
        N_("Nothing was changed. To take the address away, write nothing after the =."),
    ),
    "edit-bad-value: email-is-url": (
        N_("“{value}” is a web page, not an e-mail address."),
        N_("Nothing was changed. An address looks like mairie@example.org."),
    ),
    "edit-bad-value: email-no-at": (
        N_("“{value}” is no e-mail address: it has no @. Close to it: {suggestion}."),
        N_("Nothing was changed. An address looks like mairie@example.org."),
    ),
    "edit-bad-value: email-has-spaces": (
        N_("There is a space in “{value}”. Close to it: {suggestion}."),
        N_("Nothing was changed. An address looks like mairie@example.org."),
    ),
    "edit-bad-value: email-has-accents": (
        N_("There is an accent in “{value}”. Close to it: {suggestion}."),
        N_("Nothing was changed. An address looks like mairie@example.org."),
    ),
    "edit-bad-value: email-invalid": (
        N_("“{value}” is not an e-mail address. Close to it: {suggestion}."),
        N_("Nothing was changed. An address looks like mairie@example.org."),
    ),
    "edit-of-rows": (
        N_("“{field}” stands in each row of this letter, and the sheet alone says it."),
        N_("Nothing was changed. Correct the sheet, and import it again."),
    ),
    "edit-empty-name": (N_("A commune must have a name."), N_("Nothing was changed.")),
}
