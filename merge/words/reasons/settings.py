"""campaign.toml, the environment, the keyring."""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import _
from merge.words.reasons.form import Reason

SETTINGS: Mapping[str, Reason] = {
    "no-campaign": (
        _("There is no campaign here."),
        _("Go into its folder, or give it with -C DIR; a new one: publipostage new DIR"),
    ),
    "settings-unreadable": (
        _("The settings cannot be read: {detail}."),
        _("See that it is there and that you may read it."),
    ),
    "settings-not-utf8": (
        _("This line is not in UTF-8."),
        _("Open the file in a text editor and save it again as UTF-8."),
    ),
    "settings-syntax": (
        _("This cannot be read."),
        _('A text stands between straight quotation marks ("…"), a list between brackets.'),
    ),
    "settings-syntax: twice": (
        _("The same section or setting stands here a second time."),
        _("Keep one: a [section] once, with all its lines below it, and each setting once."),
    ),
    "unknown-setting": (
        _("There is no setting “{name}”. Close to it: {suggestion}."),
        _("Nothing was done. README lists all settings."),
    ),
    "no-account": (
        _("It is not said yet which mailbox the letters leave from."),
        _("Type: publipostage account set"),
    ),
    "missing-setting": (
        _("The setting “{name}” is missing."),
        _("Add it to campaign.toml, for example: {example}"),
    ),
    "wrong-type": (
        _("“{name}” is of the wrong kind. Expected: {expected}; found: {got}."),
        _(
            "A text stands between quotation marks, a list between brackets, a range between "
            "braces ({{ min = 2000 }}); a date (2026-03-21) or a number as it is."
        ),
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
    "setting-not-a-host": (
        _("“{value}” is no name of a server."),
        _("It looks like smtp.example.org: no https://, no port behind it, no e-mail address."),
    ),
    "setting-not-one-of": (
        _("“{value}” is none of: {choices}."),
        _("Nothing was done."),
    ),
    "unknown-provider": (
        _("“{value}” is no known provider. Close to it: {suggestion}."),
        _(
            "Known: {choices}. For any other, name its server for outgoing mail: publipostage "
            "account set --host SERVER"
        ),
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
    "setting-not-hours": (
        _("“{value}” does not say when letters may leave."),
        _("For example: 08:00-20:00, or with days: mon-fri 08:00-20:00"),
    ),
    "provider-without-password": (
        _("From a mailbox at “{provider}” no program can send with a password."),
        _(
            "Since September 2024 the personal mailboxes of Microsoft (Outlook, Hotmail, Live, "
            "MSN) want a login in the browser, and Tuta has no server for outgoing mail. Send from "
            "another mailbox (Infomaniak, OVH, Mailo, Orange, Gmail…), and have answers come to "
            "yours: reply_to."
        ),
    ),
    "tls-none-outside-loopback": (
        _("Without encryption, everybody on the way to {host} could read the password."),
        _('Use tls = "implicit" or "starttls".'),
    ),
    "setting-outside-folder": (
        _("{value} is outside the campaign folder."),
        _("Copy the file into the folder and write only its name."),
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
        _("Type the lines above, then: publipostage account test"),
    ),
    "keyring-failed": (
        _("The system's keyring did not answer ({detail})."),
        _("Unlock it, or use PUBLIPOSTAGE_PASSWORD_FILE."),
    ),
    "password-file-missing": (
        _("The password file cannot be read ({detail})."),
        _("See that it is there and that you may read it."),
    ),
    "password-file-readable": (
        _("Others can read this password file."),
        _("Type: chmod 600 {path}"),
    ),
    "password-encoding": (
        _("{name} is not in UTF-8."),
        _("Set it again in a terminal that writes UTF-8, or from a file in UTF-8."),
    ),
    "password-file-encoding": (
        _("The password file is not in UTF-8."),
        _("Save it again in UTF-8; Notepad of Windows asks for the encoding under “Save as”."),
    ),
    "password-file-lines": (
        _("The password file holds more than a password."),
        _("Leave nothing in it but the password, on one line."),
    ),
    "password-file-silent": (
        _("The password file is a pipe, and nothing came out of it."),
        _("Name a file that holds the password."),
    ),
    "password-file-empty": (
        _("The password file is empty."),
        _("Write the password into it."),
    ),
}
