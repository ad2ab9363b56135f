"""campaign.toml, the environment, the keyring."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

SETTINGS: Mapping[str, Entry] = {
    "no-campaign": (
        N_("There is no campaign here."),
        N_("Go into its folder, or give it with -C DIR; a new one: {step}"),
        Step(command="new", options=(N_("DIR"),)),
    ),
    "settings-unreadable": (
        N_("The settings cannot be read: {detail}."),
        N_("See that it is there and that you may read it."),
    ),
    "settings-not-utf8": (
        N_("This line is not in UTF-8."),
        N_("Open the file in a text editor and save it again as UTF-8."),
    ),
    "settings-syntax": (
        N_("This cannot be read."),
        N_('A text stands between straight quotation marks ("…"), a list between brackets.'),
    ),
    "settings-syntax: twice": (
        N_("The same section or setting stands here a second time."),
        N_("Keep one: a [section] once, with all its lines below it, and each setting once."),
    ),
    "unknown-setting": (
        N_("There is no setting “{name}”. Close to it: {suggestion}."),
        N_("Nothing was done. docs/reference.md lists all settings."),
    ),
    "no-account": (
        N_("The mailbox that the letters leave from is not set yet."),
        N_("Type: {step}"),
        Step(command="account", options=("set",)),
    ),
    "account-to-say": (
        N_("How the mailbox {address} sends is still to be said."),
        N_("Type this line if it is right, with what you know in place of “…”: {step}"),
        Step(command="account", options=("set", "{command}")),
    ),
    "missing-setting": (
        N_("The setting “{name}” is missing."),
        N_("Add it to campaign.toml, for example: {example}"),
    ),
    "wrong-type": (
        N_("“{name}” is of the wrong kind. Expected: {expected}; found: {got}."),
        N_(
            "A text stands between quotation marks, a list between brackets, a range between "
            "braces ({{ min = 2000 }}); a date (2026-03-21) or a number as it is."
        ),
    ),
    "setting-empty": (N_("“{name}” is empty."), N_("For example: {example}")),
    "setting-control-character": (
        N_("“{name}” holds a character that cannot be printed (a line break, a tab)."),
        N_("Write it on one line."),
    ),
    "answer-empty": (N_("It cannot be empty."), ""),
    "answer-unprintable": (
        N_("It holds a character that cannot be printed (a line break, a tab)."),
        N_("Write it on one line."),
    ),
    "answer-no-place": (
        N_("“{value}” is no place."),
        N_("Type the name of a commune, or its INSEE code."),
    ),
    "answer-no-town": (
        N_("A postal address ends with a postcode and a town."),
        N_("For example: 12 rue de la Paix, 35000 Rennes"),
    ),
    "answer-no-street": (
        N_("There is no street or place before the postcode."),
        N_("For example: 12 rue de la Paix, 35000 Rennes"),
    ),
    "setting-no-colour": (
        N_("“{value}” is no colour."),
        N_("Write it like #1a4f8b."),
    ),
    "setting-pale-colour": (
        N_("“{value}” is too pale to be read on white: its contrast is {contrast} of {least}."),
        N_("Choose a darker one, like #1a4f8b."),
    ),
    "setting-not-an-address": (
        N_("“{value}” is not an e-mail address."),
        N_("It looks like group@example.org."),
    ),
    "setting-no-click": (
        N_("“{value}” is no address for one click."),
        N_(
            "It begins with https:// and has {{reference}} where the recipient's reference goes, "
            "for example: https://example.org/stop?ref={{reference}}"
        ),
    ),
    "setting-not-a-host": (
        N_("“{value}” is no name of a server."),
        N_("It looks like smtp.example.org: no https://, no port behind it, no e-mail address."),
    ),
    "settings-changed": (
        N_("campaign.toml was changed by somebody else meanwhile."),
        N_("Nothing was overwritten. Look at what it says now, and decide again."),
    ),
    "typed-no-number": (
        N_("“{value}” is no whole number."),
        N_("Write it in figures, for example 250."),
    ),
    "typed-no-day": (
        N_("“{value}” is no day."),
        N_("Write it like 21/03/2026."),
    ),
    "typed-no-range": (
        N_("“{value}” does not say from how many to how many."),
        N_("For example 2000-10000; 2000- for at least so many, -10000 for at most."),
    ),
    "setting-not-one-of": (
        N_("“{value}” is none of: {choices}."),
        N_("Nothing was done."),
    ),
    "unknown-provider": (
        N_("“{value}” is no known provider. Close to it: {suggestion}."),
        N_("Known: {choices}. For any other, name its server for outgoing mail: {step}"),
        Step(command="account", options=("set", "--host", N_("SERVER"))),
    ),
    "setting-out-of-range": (
        N_("{value} is not between {lowest} and {highest}."),
        N_("Nothing was done."),
    ),
    "window-of-other-paper": (
        N_("The window {value} is for {of}, and the paper is {paper}."),
        N_(
            "For {paper} there is: {choices}; or your own measures. Or change format in [paper]; "
            "nothing was done."
        ),
    ),
    "setting-unknown-department": (
        N_("There is no département “{value}”."),
        N_("Write it as 35, 2A or 974."),
    ),
    "setting-unknown-insee": (
        N_("There is no commune with the INSEE code “{value}”."),
        N_("It is not the postcode. It has five characters, like 35238."),
    ),
    "setting-unknown-timezone": (
        N_("There is no time zone “{value}”."),
        N_("For example: Europe/Paris"),
    ),
    "setting-unknown-language": (
        N_("“{value}” is no code of a language. Close to it: {suggestion}."),
        N_("For example: fr, en-GB, de, pt-BR"),
    ),
    "setting-not-hours": (
        N_("“{value}” does not say when letters may leave."),
        N_("For example: 08:00-20:00, or with days: mon-fri 08:00-20:00"),
    ),
    "setting-no-answer": (
        N_("“{value}” cannot be an answer: it has more than 15 characters, or begins with a sign."),
        N_("For example: présent, excusé, pouvoir"),
    ),
    "setting-answer-twice": (
        N_("“{value}” stands there twice, or is an answer of every campaign."),
        N_("Leave it out: yes, no, conditions and received are always there."),
    ),
    "setting-too-many": (
        N_("These are {n}; there may be {limit}."),
        N_("Leave some out."),
    ),
    "dns-server-malformed": (
        N_("{name} names “{value}”, which is no address of a DNS server."),
        N_("An IP address, with its port behind a colon if it is another than 53; or: off"),
    ),
    "provider-without-password": (
        N_("From a mailbox at “{provider}” no program can send."),
        N_(
            "It has no server for outgoing mail. Send from another mailbox (Infomaniak, OVH, "
            "Mailo, Orange, Gmail…), and have answers come to yours: reply_to."
        ),
    ),
    "sign-in-unknown": (
        N_("How one signs in at {provider} is not known."),
        N_(
            "Say its addresses, which its help has under “OAuth 2.0”: --authorize-url, "
            "--token-url and --scope (with --device-url for a code on another device). Or type a "
            "password, if it takes one: --sign-in no"
        ),
    ),
    "web-without-sign-in": (
        N_("By {host} letters leave only for whoever has signed in at the provider."),
        N_("Sign in: {step}. A password opens nothing there."),
        Step(command="account", options=("set", "--sign-in", "browser")),
    ),
    "no-client-id": (
        N_("To sign in there, this program needs a client id of your own."),
        N_("Make it there, and give it: {step}"),
        Step(command="account", options=("set", "--sign-in", "browser", "--client-id", "ID")),
    ),
    "no-client-secret": (
        N_("At this provider a client id comes with a secret, and it is missing."),
        N_("Copy it beside the client id, and type it when you are asked: {step}"),
        Step(command="account", options=("set",)),
    ),
    "tls-none-outside-loopback": (
        N_("Without encryption, everybody on the way to {host} could read the password."),
        N_('Use tls = "implicit" or "starttls".'),
    ),
    "setting-outside-folder": (
        N_("{value} is outside the campaign folder."),
        N_("Copy the file into the folder and write only its name."),
    ),
    "select-ambiguous-commune": (
        N_("“{value}” is the name of several communes: {suggestion}."),
        N_("Give the INSEE code."),
    ),
    "select-unknown-commune": (
        N_("No recipient is called “{value}”."),
        N_("Give a number or a name from the sheet."),
    ),
    "no-password": (
        N_("There is no password for {login}."),
        N_(
            "Type: {step} (it goes into the system's keyring). On a machine without a keyring, "
            "put it into a file that only you can read and name that file in "
            "PUBLIPOSTAGE_PASSWORD_FILE."
        ),
        Step(command="account", options=("set",)),
    ),
    "no-keyring": (
        N_("This machine has no keyring to keep the password in."),
        N_("Type the lines above, then: {step}"),
        Step(command="account", options=("test",)),
    ),
    "grant-malformed": (
        N_("What was kept of your sign-in cannot be read."),
        N_("Sign in again: {step}"),
        Step(command="account", options=("set",)),
    ),
    "grant-in-environment": (
        N_("{name} holds a sign-in, and every program that this one starts could read it."),
        N_("Put it into a file that only you can read, named in PUBLIPOSTAGE_PASSWORD_FILE."),
    ),
    "grant-unwritable": (
        N_("The sign-in cannot be kept in this file."),
        N_(
            "It changes with every use: PUBLIPOSTAGE_PASSWORD_FILE must name a file, in a folder "
            "that you may write in."
        ),
    ),
    "password-in-the-way": (
        N_("There is a password in {name}, and it comes before a sign-in."),
        N_("Nothing was changed. Take it away, and sign in again."),
    ),
    "sign-in-address": (
        N_("{value} is no address that a sign-in may go to."),
        N_("It begins with https://, as the provider says it."),
    ),
    "keyring-failed": (
        N_("The system's keyring did not answer ({detail})."),
        N_("Unlock it, or use PUBLIPOSTAGE_PASSWORD_FILE."),
    ),
    "password-file-missing": (
        N_("The password file cannot be read ({detail})."),
        N_("See that it is there and that you may read it."),
    ),
    "password-file-readable": (
        N_("Others can read this password file."),
        N_("Type: chmod 600 {path}"),
    ),
    "password-encoding": (
        N_("{name} is not in UTF-8."),
        N_("Set it again in a terminal that writes UTF-8, or from a file in UTF-8."),
    ),
    "password-file-encoding": (
        N_("The password file is not in UTF-8."),
        N_("Save it again in UTF-8; Notepad of Windows asks for the encoding under “Save as”."),
    ),
    "password-file-lines": (
        N_("The password file holds more than a password."),
        N_("Leave nothing in it but the password, on one line."),
    ),
    "password-file-silent": (
        N_("The password file is a pipe, and nothing came out of it."),
        N_("Name a file that holds the password."),
    ),
    "password-file-empty": (
        N_("The password file is empty."),
        N_("Write the password into it."),
    ),
}
