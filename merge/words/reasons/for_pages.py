"""The same on a page, for people who type no commands: what REASONS says by an option, a file of
settings or a terminal is said here by what a page has. Steps need no words here: a page names the
page on which they are taken.
"""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import N_

_LATER = N_("Try again later.")
_AT_THE_COLUMN = N_("If it is meant so, choose it at that column.")
_E_MAILS_AT_THE_COLUMN = N_("If these are the e-mails, choose it at that column.")
_BACKUP = N_(
    "Unpack a backup of your own into a new folder, and open that folder on the page “Your "
    "campaigns”: it asks what to do. Nothing was changed."
)
_TAMPERED = N_(
    "It could write twice to the same people: do not use this folder. Unpack a backup of your own "
    "into a new folder, and open that one on the page “Your campaigns”. Nothing was changed."
)
_ACCOUNTS_DAMAGED = N_(
    "Put it back from a backup. Without one: move it away, take each campaign over again on its "
    "page “Keeping”, and write down there who must not be written to."
)
_SERVER = N_("Look at server, port and encryption on the page “Mailbox”.")
_IN_LETTER_CSS = N_(
    "It is the look of the letter (its file letter.css): leave the place around the address free."
)
_SHORTER_RETURN_ADDRESS = N_(
    "Shorten your address or your name on the page “Settings”, or take your address out of the "
    "window there."
)
_ACCEPT_EDIT = N_("Look at the letter as it is now; if it is meant so, say so with the box.")

ON_PAGE: Mapping[str, tuple[str, str]] = {
    # Use
    "no-such-letter": ("", N_("There are the letter and, if you write one, the reminder.")),
    "nobody-chosen": (N_("Nobody is left by what was chosen."), N_("Choose less narrowly.")),
    "number-differs": ("", N_("Type the number of letters to confirm.")),
    "answer-in-future": ("", N_("Give the day on which the answer was given, as 21/03/2026.")),
    "purge-in-hand": ("", N_("Settle them first: {step}, {step2}.")),
    "purge-waiting": (
        "",
        N_("Send or print them, or say that they are not to be written to ({step}), then erase."),
    ),
    "replies-from-where": ("", N_("Say on the page “Settings” which mailbox is read.")),
    "suppress-why": ("", N_("For example: asked by phone on 3 March.")),
    "remind-after-when": ("", N_("For example: three weeks.")),
    "folder-second-name": (
        "",
        N_("Copy it, delete it here, and give the copy its name. Then try again."),
    ),
    # Settings
    "no-campaign": (
        "",
        N_("Choose another folder, or begin a new campaign on the page “Your campaigns”."),
    ),
    "unknown-setting": ("", N_("Nothing was done. The page “Settings” has all that there are.")),
    "no-account": ("", N_("Say it here: {step}")),
    "missing-setting": ("", N_("Fill it on the page “Settings”, for example: {example}")),
    "writer-lacks": (
        N_("The letter needs “{name}” of the sender, and it is empty."),
        N_("Fill it on the page “Settings”."),
    ),
    "settings-changed": (
        N_("The settings were changed by somebody else meanwhile."),
        N_("Nothing was overwritten. Look at what they say now, and decide again."),
    ),
    "provider-without-password": (
        "",
        N_(
            "It has no server for outgoing mail. Send from another mailbox (Infomaniak, OVH, "
            "Mailo, Orange, Gmail…), and have answers come to yours: give it as the address for "
            "the answers."
        ),
    ),
    "sign-in-unknown": ("", N_("Choose the provider above, or type a password if it takes one.")),
    "no-client-id": ("", N_("Make it as the steps say, and paste it here.")),
    "no-client-secret": ("", N_("Copy it beside the client id, and paste it here.")),
    "tls-none-outside-loopback": ("", N_("Choose an encryption: the provider says which.")),
    "no-password": ("", N_("Type it here: {step}")),
    "no-keyring": (
        N_("This computer has no keyring to keep the password in."),
        N_("Type it anew ({step}): it is kept for as long as this program runs."),
    ),
    "grant-in-environment": ("", N_("Put it into a file that only you can read, and name that.")),
    "grant-unwritable": (
        "",
        N_("It changes with every use: its file must be in a folder that you may write in."),
    ),
    "keyring-failed": ("", N_("Unlock it (often by logging in again), and try again.")),
    "password-file-readable": (
        "",
        N_("Its owner alone may read it: take the right to read it from everybody else."),
    ),
    "password-encoding": ("", N_("Set it again, in UTF-8.")),
    # Sheets
    "no-workbook": ("", N_("Hand over the workbook that has it.")),
    "wrong-encoding-or-column": (
        "",
        N_("Nothing was taken. Choose another encoding (cp1252 or utf-8), or another column."),
    ),
    # Rows
    "asked-not": (
        "",
        N_(
            "To write all the same, take the word out of the cell; or, at a column for it, choose "
            "“kept under its own name”."
        ),
    ),
    "group-contradicts": (
        "",
        N_(
            "Write the same in all its rows, and import again. Where it is not about the "
            "addressee but about each line, choose “kept under its own name” at that column."
        ),
    ),
    "group-dropped-column": (
        "",
        N_("Write another column there, or choose “kept under its own name” at this one."),
    ),
    "close-header": ("", _AT_THE_COLUMN),
    "encoding-unproven": ("", N_("Look at the accents, or choose another encoding.")),
    "district-code": (
        "",
        N_("To write to mayors of arrondissements, put them into a campaign of their own."),
    ),
    "name-kept-whole": (
        "",
        N_(
            "Write the surname in capitals in the sheet, or choose at that column which comes "
            "first."
        ),
    ),
    "edit-bad-value: postcode-of-another-country": (
        "",
        N_("Nothing was changed. Change the postcode and the country together."),
    ),
    "name-not-parted": (
        "",
        N_(
            "Choose at that column which comes first, write the surname in capitals in the sheet, "
            "or correct this recipient once the list is taken."
        ),
    ),
    "surname-is-town": (
        "",
        N_("If the mayor is called so, correct this recipient once the list is taken."),
    ),
    "email-elsewhere": (
        "",
        N_("If it is theirs, correct this recipient once the list is taken."),
    ),
    "email-in-street": ("", _E_MAILS_AT_THE_COLUMN),
    "emails-not-taken": ("", _E_MAILS_AT_THE_COLUMN),
    "emails-unusable": ("", N_("Is it the right column? If not, choose another for the e-mails.")),
    "postcodes-not-taken": ("", N_("If these are the postcodes, choose it at that column.")),
    "postcodes-unusable": (
        "",
        N_("Is it the right column? If not, choose another for the postcodes."),
    ),
    "addresses-without-postcode": (
        "",
        N_("Add a column “Code postal” to the file, or choose which column it is."),
    ),
    "addresses-without-street": ("", N_("Choose which column has the streets.")),
    # The letter
    "letter-missing": ("", N_("Write it anew on the page “Letter”.")),
    "reminder-missing": ("", N_("Write it on the page “Letter”.")),
    "reminder-begun": ("", N_("Write its words on the page “Letter”.")),
    "reminder-foreign": ("", N_("Write your own words on the page “Letter”.")),
    "letter-ready": ("", N_("Change the letter itself.")),
    "letter-file-changed": ("", N_("Look at it, then go on.")),
    "unknown-variable": (
        "",
        N_("Nothing has left: it would be missing in every letter ({letters}). Mend the letter."),
    ),
    "letter-changed": ("", _ACCEPT_EDIT),
    "letter-changed-in-lots": (
        "",
        N_(
            "To make them anew, give these lots back. Or look at the letter as it is now; if it is "
            "meant so, say so with the box."
        ),
    ),
    "letter-untested": ("", N_("Send one to yourself first: page “Check and test”.")),
    # The ledger
    "busy": (
        N_("Another command is at work on this campaign since {since}: {command}."),
        N_("Wait for it to end, or stop it where you began it; then try again."),
    ),
    "lot-overtaken": (
        N_("While lot {lot} was being made, some of its letters went another way."),
        N_("Nothing is lost. Make the lots again."),
    ),
    "ledger-missing": ("", _BACKUP),
    "ledger-gone": (
        N_(
            "The ledger was moved, deleted or replaced while this was going on: nothing more "
            "leaves."
        ),
        N_("Put the campaign's folder back as it was, and try again."),
    ),
    "ledger-damaged": ("", _BACKUP),
    "ledger-damaged: accounts.db": ("", _ACCOUNTS_DAMAGED),
    "ledger-altered": ("", _TAMPERED),
    "ledger-older-read-only": (
        "",
        N_("Copy the folder to where you can write, and open the copy."),
    ),
    "ledger-copied": ("", N_("Go on there; or, to go on with this copy instead: {step}")),
    "ledger-behind": ("", N_("The same people could be written to twice. Read this first: {step}")),
    "ledger-foreign": ("", N_("It may have gone on there. Read this first: {step}")),
    "zip-no-campaign": (
        "",
        N_("It is what “Make a backup” has made, on the page “Keeping”."),
    ),
    "folder-read-only": ("", N_("Copy it to where you can write, and open the copy.")),
    "folder-read-only: accounts.db": ("", N_("Make it yours again.")),
    "disk-full": ("", N_("Free some room and try again: nothing is lost.")),
    "locks-unsupported": (
        N_("This disk cannot keep apart two programs that work on one campaign (it has no locks)."),
        N_("Move the campaign to a disk of this computer."),
    ),
    # Mail
    "server-not-ready": ("", _LATER),
    "servers-to-approve": (
        "",
        N_("Nothing was sent. If it is yours, approve it on the page “Mailbox”."),
    ),
    "login-not-offered": ("", _SERVER),
    "login-put-off": (
        "",
        N_("This says nothing against the password: keep it, and try again in a few minutes."),
    ),
    "mailbox-login-refused": (
        "",
        N_(
            "Sending does not need it; copies of what was sent and what comes back do. Look at the "
            "password, on the page “Mailbox”."
        ),
    ),
    "mailbox-sign-in-refused": (
        "",
        N_(
            "Sending does not need it; copies of what was sent and what comes back do. IMAP may be "
            "switched off there, or your sign-in not be for it."
        ),
    ),
    "sent-folder-missing": ("", N_("Name the right one on the page “Settings”.")),
    "too-many-bounces": (
        "",
        N_(
            "Some hosts block a mailbox for that. Look at why ({step}) and mend the addresses "
            "there; then go on: {step2}"
        ),
    ),
    "server-away": ("", N_("Nothing is lost. When the connection is back, go on: {step}")),
    "account-paused": (
        "",
        N_(
            "This is not about the recipient: nobody is marked as failed. Read the server's words, "
            "wait or ask the provider, then go on."
        ),
    ),
    "account-paused: later-login": (
        N_(
            "The server no longer lets this account in, though it did at the beginning: {reply} "
            "{words}"
        ),
        N_(
            "So do providers that find that too much has left in a short time; nobody is marked "
            "as failed. Wait an hour, then go on with fewer letters an hour. If nobody is let in "
            "then either, look at the password: {step}"
        ),
    ),
    "quota-spent": ("", N_("There is room again {when}: go on then.")),
    "subject-unprintable": (
        "",
        N_("A cell with a line break is the usual cause: correct it on the recipient's page."),
    ),
    "server-takes-less: all": ("", N_("Make what goes along with them smaller, then go on.")),
    # Paper
    "lot-file-missing: cut-off": (
        N_("The PDF of lot {number} is not yet in its place: making it was cut off."),
        N_("Make the lots again: that puts it there."),
    ),
    # What a check finds
    "leftover: unwritten": (
        "",
        N_("Write its subject and its text on the page “Letter”."),
    ),
    "ours-not-column": (
        "",
        N_("If you mean the column, put it there from “Blank”, under “A column of the list”."),
    ),
    "leftover-column": (
        "",
        N_("A column of your list is called so: choose it under “Blank” and put it there."),
    ),
    "said-once": (
        "",
        N_(
            "Write {{{{ {suggestion} }}}}. If each row has its own, choose “kept under its own "
            "name” at that column when you import the sheet."
        ),
    ),
    "not-in-rows": (
        "",
        N_(
            "Choose “kept under its own name” at that column when you import the sheet, or name "
            "another."
        ),
    ),
    "address-not-in-window": (
        "",
        N_("Choose the window on the page “Settings”; in letter.css, leave the address as it is."),
    ),
    "return-address-not-in-window": ("", _SHORTER_RETURN_ADDRESS),
    "return-address-wide": ("", _SHORTER_RETURN_ADDRESS),
    "text-in-window": ("", _IN_LETTER_CSS),
    "drawing-in-window": ("", _IN_LETTER_CSS),
    "recipient-named": ("", N_("Give it another sentence, or leave it out of the list.")),
}
"""Why ("" where that is the same) and what to do, by the code and its reason as in REASONS."""
