"""Every code that a room returns or raises: why, and what to do next.

The words may use the facts that travel with the code, as {name}. `tests/test_words.py` holds that
every code of the program stands here and finds the facts that its words name.
"""

from __future__ import annotations

from collections.abc import Mapping

from merge.cli.language import _

Reason = tuple[str, str]
"""Why, and what to do; "" where nothing can or need be done."""

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
    "nobody-yet": (
        _("This campaign has no recipients yet."),
        _("Begin with: publipostage import SHEET"),
    ),
    "not-a-pair": (_("“{text}” is not of the form {form}."), ""),
    "number-differs": (
        _("“{typed}” is not {n}. Nothing was sent."),
        _("Type the number of letters to confirm, or use --yes in a script."),
    ),
    "test-or-really": (
        _("--test sends one letter to yourself, --really all of them."),
        _("Use one or the other."),
    ),
    "one-lot-at-a-time": (
        _("--discard, --printed and --posted say what became of a lot."),
        _("Use one of them at a time."),
    ),
    "no-message-kept": (
        _("No e-mail to {key} has been kept: none was sent."),
        _("See what it would be: publipostage preview {key} --as eml"),
    ),
    "folder-not-empty": (
        _("There is something in this folder already."),
        _("Give the name of a new folder."),
    ),
    "folder-unwritable": (
        _("This folder cannot be made or written: {words}."),
        _("Choose another place, or free some room."),
    ),
    "file-unwritable": (
        _("This file cannot be written: {words}."),
        _("Choose another place, or free some room."),
    ),
    "edit-unknown-field": (
        _("There is no column “{field}”."),
        _("Known: {known}."),
    ),
    "edit-bad-value": (
        _("“{value}” cannot be taken for {field}."),
        _("Nothing was changed."),
    ),
    "edit-empty-name": (_("A commune must have a name."), _("Nothing was changed.")),
}

SETTINGS: Mapping[str, Reason] = {
    "no-campaign": (
        _("There is no campaign here."),
        _("Go into its folder, or give it with -C DIR; a new one: publipostage new DIR"),
    ),
    "settings-unreadable": (_("The settings cannot be read: {detail}."), ""),
    "settings-not-utf8": (
        _("This line is not in UTF-8."),
        _("Open the file in a text editor and save it again as UTF-8."),
    ),
    "settings-syntax": (
        _("This cannot be read: {detail}."),
        _("A text stands between quotation marks, a list between brackets."),
    ),
    "unknown-setting": (
        _("There is no setting “{name}”. Close to it: {suggestion}."),
        _("Nothing was done. README lists all settings."),
    ),
    "missing-setting": (
        _("The setting “{name}” is missing."),
        _("Add it to campaign.toml, for example: {example}"),
    ),
    "wrong-type": (
        _("“{name}” must be {expected}, and it is {got}."),
        _("A text stands between quotation marks, a list between brackets."),
    ),
    "setting-empty": (_("“{name}” is empty."), _("For example: {example}")),
    "setting-control-character": (
        _("“{name}” holds a character that cannot be printed (a line break, a tab)."),
        _("Write it on one line."),
    ),
    "setting-not-an-address": (
        _("“{value}” is not an e-mail address."),
        _("It looks like group@example.org."),
    ),
    "setting-not-one-of": (
        _("“{value}” is none of: {choices}."),
        _("Nothing was done."),
    ),
    "setting-out-of-range": (
        _("{value} is not between {lowest} and {highest}."),
        _("Nothing was done."),
    ),
    "setting-unknown-department": (
        _("There is no département “{value}”."),
        _("Write it as 35, 2A or 974."),
    ),
    "setting-unknown-insee": (
        _("There is no commune with the INSEE code “{value}”."),
        _("It is not the postcode. It has five characters, like 35238."),
    ),
    "setting-unknown-timezone": (
        _("There is no time zone “{value}”."),
        _("For example: Europe/Paris"),
    ),
    "tls-none-outside-loopback": (
        _("Without encryption, everybody on the way to {host} could read the password."),
        _('Use tls = "implicit" or "starttls".'),
    ),
    "select-ambiguous-commune": (
        _("“{value}” is the name of several communes: {suggestion}."),
        _("Give the INSEE code."),
    ),
    "select-unknown-commune": (
        _("No recipient is called “{value}”."),
        _("Give an INSEE code or a name from the sheet."),
    ),
    "no-password": (
        _("There is no password for {login}."),
        _(
            "Type: publipostage account set (it goes into the system's keyring). On a machine "
            "without a keyring, put it into a file that only you can read and name that file in "
            "PUBLIPOSTAGE_PASSWORD_FILE."
        ),
    ),
    "no-keyring": (
        _("This machine has no keyring to keep the password in."),
        _(
            "Put it into a file that only you can read (chmod 600) and name that file in "
            "PUBLIPOSTAGE_PASSWORD_FILE."
        ),
    ),
    "keyring-failed": (
        _("The system's keyring did not answer ({detail})."),
        _("Unlock it, or use PUBLIPOSTAGE_PASSWORD_FILE."),
    ),
    "password-file-missing": (_("The password file cannot be read ({detail})."), ""),
    "password-file-readable": (
        _("Others can read this password file."),
        _("Type: chmod 600 {path}"),
    ),
    "password-file-empty": (_("The password file is empty."), ""),
}

SHEET: Mapping[str, Reason] = {
    "no-such-sheet": (_("There is no such file."), _("Look at its name and where it is.")),
    "sheet-is-a-folder": (_("This is a folder."), _("Give the file that is in it.")),
    "sheet-unreadable": (_("This file cannot be read: {detail}."), ""),
    "unknown-extension": (
        _("Files that end in “{extension}” are not spreadsheets that can be read."),
        _("Save it as CSV, XLSX or ODS."),
    ),
    "not-a-sheet": (
        _("This is not a spreadsheet but {kind}."),
        _("Save the table as CSV, XLSX or ODS."),
    ),
    "sheet-empty": (_("This sheet is empty."), ""),
    "header-only": (_("There is a header and not one row below it."), ""),
    "no-header": (
        _("No row of this sheet looks like a header."),
        _("Say which it is with --header-row N, and its columns with --map FIELD=COLUMN."),
    ),
    "header-row-beyond": (_("There is no header in row {row}."), _("The sheet has {rows} rows.")),
    "duplicate-header": (
        _("Two columns are called “{column}”."),
        _("Rename one of them in the sheet."),
    ),
    "unknown-encoding": (
        _("There is no encoding “{encoding}”."),
        _("Common ones: utf-8, cp1252, iso-8859-15, mac-roman."),
    ),
    "encoding-does-not-fit": (
        _("This row is not in {encoding}."),
        _("Leave --encoding out to let the program look, or try another one."),
    ),
    "nul-bytes": (
        _("This row holds bytes that are no text."),
        _("Open it in a spreadsheet and save it again as CSV (UTF-8)."),
    ),
    "bad-delimiter": (
        _("“{delimiter}” cannot separate columns."),
        _("One character, or the word “tab”."),
    ),
    "open-quote": (
        _("A quotation mark is opened here and never closed."),
        _("Remove it, or close it."),
    ),
    "row-too-wide": (
        _("This row has more fields than any other."),
        _("A cell that holds the separator must stand between quotation marks."),
    ),
    "workbook-password": (
        _("This workbook is protected by a password."),
        _("Open it and save it again without."),
    ),
    "workbook-damaged": (
        _("This workbook cannot be read: {detail}."),
        _("Open it in a spreadsheet program and save it again."),
    ),
    "no-such-worksheet": (_("There is no sheet “{sheet}” in it."), _("There are: {sheets}.")),
    "map-unknown-field": (
        _("--map: there is no field “{field}”."),
        _("Known: {known}."),
    ),
    "map-unknown-column": (
        _("--map: this sheet has no column “{column}”."),
        _("It has: {headers}."),
    ),
    "two-columns-one-field": (
        _("The columns {columns} both mean “{field}”."),
        _("Say which one counts: --map {field}=COLUMN"),
    ),
    "no-recipient-column": (
        _("No column says who the recipients are. The columns are: {headers}."),
        _("A column with INSEE codes is needed; say which: --map insee=COLUMN"),
    ),
    "wrong-encoding": (
        _("The header “{column}” was read in the wrong encoding ({encoding})."),
        _("Nothing was taken. Say which it is: --encoding {suggestion}"),
    ),
    "unknown-department": (
        _("There is no département “{department}”."),
        _("Write it as 35, 2A or 974."),
    ),
    "wrong-encoding-or-column": (
        _(
            "{rows} of {of} names of communes are unknown or belong to another code "
            "({examples}). Read as {encoding}."
        ),
        _(
            "Nothing was taken. The encoding is wrong (--encoding cp1252 or utf-8), or a column is "
            "(--map)."
        ),
    ),
}

ROWS: Mapping[str, Reason] = {
    "close-header": (
        _("The column “{value}” was kept but not understood."),
        _("If it is meant so: --map {suggestion}"),
    ),
    "unnamed-column": (_("A column without a header was kept as “{column}”."), ""),
    "too-many-fields": (
        _("This row has a field too many (“{value}”): one of its cells was cut in two."),
        "",
    ),
    "stray-quote": (_("A quotation mark in this cell has swallowed the rows after it."), ""),
    "reads-as-empty": (_("“{value}” was taken for an empty cell."), ""),
    "control-character": (_("A character in this cell cannot be printed ({value})."), ""),
    "encoding-unproven": (
        _("“{value}” was read as {suggestion}, and no name of a commune can prove it."),
        _("Look at the accents, or give --encoding."),
    ),
    "no-key": (
        _("“{value}” has no INSEE code, and no département and name that tell which one it is."),
        _("Perhaps: {suggestion}"),
    ),
    "no-name": (_("No name of a commune for “{value}”."), ""),
    "zero-restored": (_("“{value}” had lost its leading zero: taken as {suggestion}."), ""),
    "unknown-insee": (
        _("There is no commune with the INSEE code “{value}”."),
        _("Perhaps: {suggestion}"),
    ),
    "name-disagrees": (
        _("“{value}” is not the name that goes with this INSEE code."),
        _("The reference says: {suggestion}."),
    ),
    "name-of-another": (
        _("“{value}” is the name of another commune than this INSEE code."),
        _("Perhaps: {suggestion}"),
    ),
    "branch-office": (_("“{value}” is an annex or a mairie déléguée, not the mairie."), ""),
    "matched-by-name": (_("“{value}” has no INSEE code: taken as {suggestion} by its name."), ""),
    "ambiguous-name": (
        _("“{value}” is the name of several communes."),
        _("Give the INSEE code; one of: {suggestion}"),
    ),
    "unknown-name": (
        _("No commune is called “{value}” there."),
        _("Perhaps: {suggestion}"),
    ),
    "duplicate-key": (
        _("“{value}” stands in an earlier row already ({suggestion}); that one was taken."),
        "",
    ),
    "unknown-sex": (_("“{value}” says neither F nor M: the letter will say both."), ""),
    "unknown-article-code": (_("“{value}” is no article code (0 to 8)."), ""),
    "email-none-given": (_("“{value}” is no address: this one gets paper."), ""),
    "email-is-url": (_("“{value}” is a web page, not an e-mail address."), ""),
    "email-no-at": (_("“{value}” has no @."), _("Perhaps: {suggestion}")),
    "email-has-spaces": (_("There is a space in “{value}”."), _("Perhaps: {suggestion}")),
    "email-has-accents": (_("“{value}” has an accent."), _("Perhaps: {suggestion}")),
    "email-invalid": (_("“{value}” is not an e-mail address."), _("Perhaps: {suggestion}")),
    "email-mended": (_("“{value}” was taken as {suggestion}."), ""),
    "email-typo": (
        _("“{value}” was taken, and looks mistyped."),
        _("Perhaps: {suggestion}"),
    ),
    "email-extra-words": (_("“{value}” beside the address was left out."), ""),
    "bad-postcode": (_("“{value}” is not a postcode."), _("Perhaps: {suggestion}")),
    "postcode-zero-restored": (
        _("“{value}” had lost its leading zero: taken as {suggestion}."),
        "",
    ),
    "postcode-disagrees": (
        _("“{value}” is not a postcode of this commune (it may be its CEDEX)."),
        _("The reference says: {suggestion}."),
    ),
}

LETTER: Mapping[str, Reason] = {
    "letter-missing": (
        _("The letter is not there."),
        _("[letter] in campaign.toml says where it should be."),
    ),
    "letter-not-utf8": (
        _("This file is not in UTF-8."),
        _("Open it in a text editor and save it again as UTF-8."),
    ),
    "letter-unreadable": (_("This file cannot be read: {words}."), ""),
    "letter-empty": (_("The letter has no text."), ""),
    "letter-syntax": (
        _("The braces here cannot be understood: {words}."),
        _("A blank looks like {{{{ commune }}}}."),
    ),
    "letter-forbids": (
        _("A letter cannot use “{name}”."),
        _("It holds blanks like {{{{ commune }}}} and choices like {{% if sexe %}}."),
    ),
    "letter-tangled": (
        _("This choice begins in one paragraph and ends in another: {words}"),
        _("Put its beginning and its end into the same paragraph, or each on a line of its own."),
    ),
    "letter-picture": (
        _("A picture cannot stand here yet."),
        _("Take it out of the letter."),
    ),
    "letter-attachments": (
        _("This version of the program sends no attachments yet."),
        _("Take the line “attachments:” out of the letter, and give a link instead."),
    ),
    "letter-fails": (
        _("The letter cannot be made for {key}: {words}."),
        _("Look at the blanks of the letter."),
    ),
    "leftover": (
        _("This blank is filled by nothing: {words}"),
        _("Replace it by a blank like {{{{ commune }}}}."),
    ),
    "look-with-tags": (_("The look holds HTML tags."), _("It may hold nothing but CSS.")),
    "unknown-filter": (
        _("Nothing is called “|{name}”. Close to it: {suggestion}."),
        _("The guide lists what may follow a bar."),
    ),
    "unknown-variable": (
        _("The letter names “{name}”, which no column gives. Close to it: {suggestion}."),
        _("Nothing has left: it would be missing in every letter. Mend letter.md."),
    ),
    "writer-lacks": (
        _("The letter needs “{name}” of [sender], and it is empty."),
        _("Fill it in campaign.toml."),
    ),
    "front-matter-open": (
        _("The lines at the top of the letter begin with --- and never end."),
        _("Put --- on a line of its own below them."),
    ),
    "front-matter-line": (_("This line is not of the form “name: value”: {words}"), ""),
    "front-matter-unknown": (
        _("The letter has no setting “{name}”. Close to it: {suggestion}."),
        _("At the top of a letter stands “subject”."),
    ),
    "front-matter-twice": (_("“{name}” stands here twice."), _("Remove one of them.")),
    "subject-missing": (
        _("The letter has no subject."),
        _("Put “subject: …” between two lines of --- at its top."),
    ),
    "letter-changed": (
        _("The letter was changed after the first ones had left."),
        _("To go on with the changed letter, add --accept-edit. Look at it first: preview."),
    ),
    "letter-untested": (
        _("Nobody has seen this version of the letter arrive."),
        _("Send one to yourself first: publipostage send --test YOU@… (or add --untested)"),
    ),
    "check-failed": (
        _("{faults} of {letters} letters are at fault, the first one being {key}."),
        _("So many faults are the letter's or the sheet's. Nothing has left."),
    ),
    "letter-file-missing": (
        _("The letter to {key} shows a picture that is not in the campaign folder."),
        _("Put it there, or take it out of the letter. No page was made."),
    ),
    "letter-file-outside": (
        _("The letter to {key} asks for a file outside the campaign folder."),
        _("Copy it into the folder. No page was made."),
    ),
    "letter-file-remote": (
        _("The letter to {key} asks for something from the network."),
        _("Download it into the campaign folder. No page was made."),
    ),
    "letter-file-unreadable": (
        _("The letter to {key} shows something that cannot be read: {words}."),
        _("No page was made."),
    ),
    "page-not-a4": (
        _("The letter to {key} is set on a page of {width_mm} × {height_mm} mm."),
        _("In letter.css, @page must say: size: A4"),
    ),
    "weasyprint-missing": (
        _("The program that makes the pages (WeasyPrint) cannot start: {words}."),
        _("E-mail works without it. To print: make install"),
    ),
    "pango-missing": (
        _("A library that makes the pages is missing: {library}."),
        _(
            "E-mail works without it. To print, type: sudo apt install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation"
        ),
    ),
}

LEDGER: Mapping[str, Reason] = {
    "busy": (
        _("Another command is at work on this campaign: {command}, process {pid} on {host}."),
        _("Wait for it, or stop it (Ctrl-C there), and run this one again."),
    ),
    "ledger-busy": (
        _("The ledger is being written by another program."),
        _("Wait a moment and run the same command again."),
    ),
    "lot-overtaken": (
        _("While lot {lot} was being made, another command took some of its letters."),
        _("Nothing is lost. Run the same command again."),
    ),
    "ledger-missing": (
        _("This folder has no ledger."),
        _("If it should, copy it back from a backup and run “publipostage adopt”."),
    ),
    "ledger-exists": (_("This folder has a ledger already."), ""),
    "ledger-not-a-database": (
        _("This file is no ledger: it is not even a database."),
        _("Put the right ledger.db back from a backup, then “publipostage adopt”."),
    ),
    "ledger-not-a-ledger": (
        _("This database is not a ledger of publipostage."),
        _("Put the right ledger.db back from a backup, then “publipostage adopt”."),
    ),
    "ledger-damaged": (
        _("The ledger is damaged."),
        _("Put it back from a backup, then “publipostage adopt”. Nothing was changed."),
    ),
    "ledger-error": (_("The ledger cannot be used: {words}."), _("Nothing was changed.")),
    "ledger-newer": (
        _("This ledger was written by a later version of the program ({version})."),
        _("Install that version or a later one. Nothing was changed."),
    ),
    "ledger-older-read-only": (
        _("This ledger is of an older version and cannot be written here."),
        _("Copy the folder to where you can write, then “publipostage adopt”."),
    ),
    "ledger-unreachable": (_("The ledger cannot be reached: {words}."), ""),
    "ledger-copied": (
        _("This is a copy of a campaign that lives in {known_path}."),
        _("Go on there; or, if this copy shall go on instead, read: publipostage adopt"),
    ),
    "ledger-behind": (
        _("This ledger is older than what has left from here: a backup was put back."),
        _("Towns could be written to twice. Read first: publipostage adopt"),
    ),
    "ledger-foreign": (
        _("This campaign comes from another machine or another user."),
        _("It may have gone on there. Read first: publipostage adopt"),
    ),
    "folder-read-only": (
        _("This folder cannot be written."),
        _("Copy it to where you can write, then “publipostage adopt”."),
    ),
    "disk-full": (
        _("The disk is full."),
        _("Free some room and run the same command again: nothing is lost."),
    ),
    "locks-unsupported": (
        _("This file system cannot keep two commands apart (it has no locks)."),
        _("Move the campaign to a disk of this computer."),
    ),
    "network-file-system": (
        _("{path} is on a network file system ({detail}), where locks cannot be trusted."),
        _("Move the campaign to a disk of this computer before you send."),
    ),
    "accounts-unreachable": (
        _("The file that knows of all your campaigns cannot be read: {path} ({detail})."),
        _("Reading goes on; sending will be refused until it can be."),
    ),
    "ledger-migrated": (
        _("The ledger was brought to this version of the program; the old one is {path}."),
        "",
    ),
    "archive-missing": (_("The kept message {sha256} is not in the archive."), ""),
    "archive-damaged": (_("The kept message {sha256} is damaged."), ""),
    "backup-exists": (_("This file is there already."), _("Give another name.")),
    "recipient-missing": (_("{key} is not in the ledger."), ""),
    "lot-missing": (_("There is no lot {number}."), _("See: publipostage log")),
    "lot-status": (
        _("Lot {number} is “{status}”; it cannot become “{wanted}”."),
        _("A lot is made, then printed, then posted; a made one can be given back."),
    ),
    "lot-exists": (
        _("Another file has the name of this lot."),
        _("Move it away and run the same command again."),
    ),
    "resolve-nothing": (_("The delivery to {key} is not in doubt."), ""),
    "resolve-impossible": (_("A delivery in doubt cannot become “{status}”."), ""),
}

MAIL: Mapping[str, Reason] = {
    "server-unreachable": (
        _("The mail server {host}, port {port}, cannot be reached ({reason})."),
        _("Look at the connection and at [account] in campaign.toml; then run the same command."),
    ),
    "server-not-ready": (
        _("The mail server {host} does not want to talk now: {reply} {words}"),
        _("Run the same command again later."),
    ),
    "connection-lost": (
        _("The connection was lost {times} times in a row: {words}"),
        _("Nobody is marked as failed. Run the same command again later."),
    ),
    "certificate-untrusted": (
        _("The certificate of {host} cannot be trusted: {words}."),
        _(
            "Somebody may be listening; the password was not sent. A private authority goes into "
            "ca_file in campaign.toml."
        ),
    ),
    "tls-failed": (
        _("No encrypted connection to {host} came about: {words}."),
        _('Port 465 goes with tls = "implicit", port 587 with "starttls".'),
    ),
    "starttls-not-offered": (
        _("{host} offers no encryption on port {port}."),
        _('The password was not sent. Try port 465 with tls = "implicit".'),
    ),
    "tls-none-not-loopback": (
        _("Without encryption, everybody on the way to {host} could read the password."),
        _('Use tls = "implicit" or "starttls".'),
    ),
    "ca-file-unreadable": (
        _("The certificates cannot be read: {words}."),
        _("ca_file in campaign.toml must name a file in PEM form."),
    ),
    "login-not-offered": (
        _("{host} does not take a login here."),
        _("Look at host and port in [account] of campaign.toml."),
    ),
    "login-refused": (
        _("{host} refused the login {login}: {reply} {words}"),
        _(
            "Nothing has left. Look at the password (some providers want an application password), "
            "then: publipostage account set"
        ),
    ),
    "account-paused": (
        _("The server refuses this sender, its quota or its content: {reply} {words}"),
        _(
            "This is not about the recipient: nobody is marked as failed. Read the server's words, "
            "wait or ask the provider, then run the same command again."
        ),
    ),
    "quota-spent": (
        _("The account's quota is spent."),
        _("Run the same command again later; “publipostage send --really --wait” waits itself."),
    ),
    "rehearsal-not-written": (
        _("The rehearsal cannot be written: {words}."),
        _("Free some room, or look at who may write there."),
    ),
    "sender-name-unprintable": (
        _("The sender's name cannot stand in an e-mail."),
        _("Remove line breaks and control characters from [sender] name."),
    ),
    "subject-unprintable": (
        _("its subject cannot stand in an e-mail: “{value}”."),
        _("A cell with a line break is the usual cause: mend it with edit."),
    ),
    "letter-not-text": (_("its text cannot stand in an e-mail."), ""),
    "address-malformed": (
        _("“{value}” is not an e-mail address."),
        _("Mend it: publipostage edit {key} email=…"),
    ),
    "address-too-long": (
        _("“{value}” is too long for an e-mail address."),
        _("Mend it: publipostage edit {key} email=…"),
    ),
    "address-domain-invalid": (
        _("“{value}” has no valid domain after the @."),
        _("Mend it: publipostage edit {key} email=…"),
    ),
    "address-needs-smtputf8": (
        _("“{value}” has an accent before the @, which few servers take."),
        _("Mend it: publipostage edit {key} email=…"),
    ),
}

FAULTS: Mapping[str, Reason] = {
    "address-bad-postcode": (
        _("“{value}” is not a postcode."),
        _("Mend it: publipostage edit {key} postcode=…"),
    ),
    "address-no-addressee": (_("there is nobody to address the letter to."), ""),
    "address-no-postcode": (
        _("the postcode is missing."),
        _("Fill it: publipostage edit {key} postcode=…"),
    ),
    "address-no-locality": (
        _("the locality is missing."),
        _("Fill it: publipostage edit {key} locality=…"),
    ),
    "address-bad-character": (
        _("a character of the postal address cannot be printed: “{value}”."),
        _("Mend it: publipostage edit {key} {field}=…"),
    ),
    "address-line-too-long": (
        _("a line of the postal address is longer than 38 characters: “{value}”."),
        _("Shorten it: publipostage edit {key} street=…"),
    ),
    "address-too-many-lines": (
        _("the postal address has more than six lines: “{value}”."),
        _("Shorten it: publipostage edit {key} street=…"),
    ),
    "not-a-date": (_("“{value}” is not a date."), _("Mend it: publipostage edit {key} {field}=…")),
    "not-a-link": (_("“{value}” is not a link."), _("Mend it: publipostage edit {key} {field}=…")),
    "empty-value": (
        _("“{field}” is empty, and the letter needs it."),
        _("Fill it: publipostage edit {key} {field}=…"),
    ),
}

SLIPS: Mapping[str, Reason] = {
    "slip-spelling": (_("“{found}” looks like a slip of the pen. It stays as it is."), ""),
    "slip-relative-date": (_("“{found}” grows old: is it still true? It stays as it is."), ""),
}

REASONS: Mapping[str, Reason] = {
    code: words
    for group in (USE, SETTINGS, SHEET, ROWS, LETTER, LEDGER, MAIL, FAULTS, SLIPS)
    for code, words in group.items()
}


class _Facts(dict[str, object]):
    """A fact that is not known reads as nothing; None is never shown to a person."""

    def __missing__(self, name: str) -> str:
        return ""


def reason(code: str, facts: Mapping[str, object]) -> Reason:
    """Why and what to do, with the facts in place. An empty suggestion leaves its sentence out."""
    known = _Facts({name: "" if value is None else value for name, value in facts.items()})
    why, remedy = REASONS[code]
    if "{suggestion}" in remedy and not known["suggestion"]:
        remedy = ""
    if not known["suggestion"]:
        why = why.replace(_(" Close to it: {suggestion}."), "")
    return " ".join(why.format_map(known).split()), " ".join(remedy.format_map(known).split())
