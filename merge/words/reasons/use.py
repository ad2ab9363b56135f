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
    "example-campaign": (
        N_("This campaign is an example: nothing leaves it, and none of its mayors exists."),
        N_("Begin a campaign of your own for your letter."),
    ),
    "no-such-letter": (
        N_("This campaign has no letter called “{name}”."),
        N_("There are the letter and, if you write one, the reminder."),
    ),
    "letter-document": (
        N_("What the editor sent is no letter: nothing was saved."),
        N_("Load the page again. Your browser may have changed it."),
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
        N_("Nobody is left by what was chosen."),
        N_("Choose less narrowly."),
    ),
    "nobody-by-email": (
        N_("None of them has an e-mail address: there is no e-mail to try out."),
        N_("See the letter on paper: {step}"),
        Step(command="preview", options=("--as", "pdf", "-o", "letter.pdf")),
    ),
    "nobody-yet": (
        N_("This campaign has no recipients yet."),
        N_("Begin with: {step}"),
        Step(command="import", options=(N_("SHEET"),)),
    ),
    "typed-unreadable": (
        N_("What was typed is not in {encoding}, the encoding that this terminal is said to have."),
        N_(
            "Set the terminal to {encoding} (PuTTY: Window, Translation), and type it again. If "
            "it is the name of a file, give the file another one."
        ),
    ),
    "number-differs": (
        N_("“{typed}” is not {n}. Nothing was sent."),
        N_("Type the number of letters to confirm."),
    ),
    "consent-missing": (
        N_("This needs a yes of its own, and has none. Nothing was done."),
        N_("Answer the question, or use {option} in a script."),
    ),
    "skip-beyond-sheet": (
        N_("A sheet of {name} has {n} labels: with --skip at least one of them must be left."),
        N_("Count those that are gone from the first sheet, row by row."),
    ),
    "lot-range": (
        N_("“{word}” is not one letter of lot {number}, which has 1 to {letters}."),
        N_("The number of a letter stands on its sheets, and on its recipient's page: {step}"),
        Step(command="show", options=(N_("KEY"),)),
    ),
    "answer-in-future": (
        N_("{day} is in the future."),
        N_("Give the day on which the answer was given."),
    ),
    "grade-address": (
        N_("A deliberation has an address on the web, and nothing else has one here."),
        N_("Give the address where it is published. An extract on paper is a signed letter."),
    ),
    "evidence-unfit": (
        N_(
            "A document is a PDF, a picture (PNG, JPEG) or a mail (.eml), of at most {limit_mb} MB."
        ),
        N_("Save or scan it as a smaller PDF."),
    ),
    "evidence-none": (
        N_("There is no document here to keep or to publish."),
        N_("Give its file, or take the mail where one is kept."),
    ),
    "purge-waiting": (
        N_("Letters that still wait to leave: {n}, the first one to {key}."),
        N_("Send or print them, or say that they are not to be written to ({step}), then erase."),
        Step(command="suppress", options=(N_("KEY"), "--reason", "…")),
    ),
    "purge-in-hand": (
        N_("Letters on their way, in doubt or not yet posted: {n} ({key}: {status})."),
        N_("Settle them first: {step}, {step2}."),
        Step(command="resolve"),
        Step(command="print", options=("--posted", N_("LOT"))),
    ),
    "delete-sending": (
        N_("Letters of this campaign are still being sent."),
        N_("Stop that first, then delete the campaign: {step}"),
        Step(command="send"),
    ),
    "mails-unreadable": (
        N_("There are no mails that can be read here. {words}"),
        N_("Give a folder of .eml files, a Maildir, or an mbox file."),
    ),
    "replies-from-where": (
        N_("This campaign reads no mailbox."),
        N_(
            "Export the mails from your mail program, then: {step}. Or say which mailbox is "
            "read: {step2}"
        ),
        Step(command="replies", options=("--from", N_("FOLDER"))),
        Step(command="settings", options=("[account.imap]",)),
    ),
    "remind-after-when": (
        N_("After how long? A reminder goes to those whose letter left some time ago."),
        N_("Three weeks, for example: {step}"),
        Step(command="remind", options=("--after", "21d")),
    ),
    "remind-nothing": (
        N_("No reminder was ever opened."),
        N_("To open one: {step}"),
        Step(command="remind", options=("--after", "21d")),
    ),
    "list-no-name": (
        N_("No column says who must not be written to. The columns are: {columns}."),
        N_("Call one of them “name”: an address, a domain, a name or a number in each row."),
    ),
    "suppress-why": (
        N_("The list needs a reason: whoever reads it in two years must understand it."),
        N_("Give one, such as “asked by phone on 3 March”: {step}"),
        Step(command="suppress", options=(N_("KEY"), "--reason", "…")),
    ),
    "suppress-not-there": (
        N_("“{word}” is not on the list."),
        N_("See who is: {step}"),
        Step(command="suppress"),
    ),
    "nothing-kept": (
        N_("Nothing that was sent to {key} is kept in this form."),
        N_("See what it would be: {step}"),
        Step(command="preview", options=("{key}", "--as", "{form}")),
    ),
    "folder-not-empty": (
        N_("There is something in this folder already."),
        N_("Give the name of a new folder."),
    ),
    "report-folder": (
        N_(
            "Something lies in this folder that is no edition of this report, or was changed since."
        ),
        N_("Give the name of a new folder, or take away what is not of the report."),
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
        N_("Copy it, delete it here, and give the copy its name. Then try again."),
    ),
    "folder-file-too-large": (
        N_("This file has {size_mb} MB. It may have {limit_mb}."),
        N_("Put a smaller one in its place."),
    ),
    "no-path": (N_("“{value}” names no file or folder."), ""),
    "file-unwritable": (
        N_("This cannot be written: {words}."),
        N_("Choose another place, or free some room."),
    ),
    "report-on-sheet": (
        N_("This is the sheet itself: the report would be written over it."),
        N_("Give --report another name."),
    ),
    "pdf-on-terminal": (
        N_("A PDF or a workbook cannot be read in a terminal."),
        N_("Put it into a file: the same command, and behind it: > FILE"),
    ),
    "options-apart": (
        N_("These options do not go together: {options}."),
        N_("Nothing was done. Use one at a time; --help says what each is for."),
    ),
    "option-lacks": (
        N_("{options} goes with: {others}."),
        N_("Nothing was done. Add it, or leave the first out; --help says what each is for."),
    ),
    "edit-bad-value": (
        N_("“{value}” cannot be taken for “{field}”. Close to it: {suggestion}."),
        N_("Nothing was changed. It is written on one line, for example: {example}"),
    ),
    "edit-bad-value: postcode-of-another-country": (
        N_("“{value}” is a postcode of another country."),
        N_("Nothing was changed. Change the postcode and the country together."),
    ),
    "edit-of-rows": (
        N_("“{field}” stands in each row of this letter, and the sheet alone says it."),
        N_("Nothing was changed. Correct the sheet, and import it again."),
    ),
    "edit-empty-name": (N_("A commune must have a name."), N_("Nothing was changed.")),
}
