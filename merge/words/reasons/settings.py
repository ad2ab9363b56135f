"""campaign.toml, the environment, the keyring."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

SETTINGS: Mapping[str, Entry] = {
    "no-campaign": (
        N_("There is no campaign here."),
        N_("Choose its folder, or begin a new campaign: {step}"),
        Step(command="new", options=(N_("DIR"),)),
    ),
    "not-utf8": (
        N_("This is not in UTF-8."),
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
        N_("Nothing was done. The reference has all settings."),
    ),
    "no-account": (
        N_("The mailbox that the letters leave from is not set yet."),
        N_("Say it here: {step}"),
        Step(command="account", options=("set",)),
    ),
    "account-to-say": (
        N_("How the mailbox {address} sends is still to be said."),
        N_("Type this line if it is right, with what you know in place of “…”: {step}"),
        Step(command="account", options=("set", "{command}")),
    ),
    "missing-setting": (
        N_("The setting “{name}” is missing or empty."),
        N_("Fill it in, for example: {example} ({step})"),
        Step(command="settings"),
    ),
    "wrong-type": (
        N_("“{name}” is of the wrong kind. Expected: {expected}; found: {got}."),
        N_(
            "A text stands between quotation marks, a list between brackets, a range between "
            "braces ({{ min = 2000 }}); a date (2026-03-21) or a number as it is."
        ),
    ),
    "setting-control-character": (
        N_("“{name}” holds a character that cannot be printed (a line break, a tab)."),
        N_("Write it on one line."),
    ),
    "answer-empty": (N_("It cannot be empty."), ""),
    "setting-pale-colour": (
        N_("“{value}” is too pale to be read on white: its contrast is {contrast} of {least}."),
        N_("Choose a darker one, like #1a4f8b."),
    ),
    "settings-changed": (
        N_("The settings were changed by somebody else meanwhile."),
        N_("Nothing was overwritten. Look at what they say now, and decide again."),
    ),
    "not-one-of": (
        N_("“{value}” is none of: {choices}. Close to it: {suggestion}."),
        N_("Nothing was done."),
    ),
    "value-unfit": (
        N_("“{value}” does not fit here. Close to it: {suggestion}."),
        N_("Nothing was done. For example: {example}"),
    ),
    "own-address-unfit": (
        N_("“{value}” does not fit here. {words}"),
        N_("Mend it: {step}"),
        Step(command="settings", options=("[account]",)),
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
    "setting-answer-twice": (
        N_("“{value}” stands there twice, or is an answer of every campaign."),
        N_("Leave it out: yes, no, conditions and received are always there."),
    ),
    "provider-without-password": (
        N_("From a mailbox at “{provider}” no program can send."),
        N_(
            "It has no server for outgoing mail. Send from another mailbox (Infomaniak, OVH, "
            "Mailo, Orange, Gmail…), and have answers come to yours: give it as the address for "
            "the answers ({step})."
        ),
        Step(command="settings", options=("[account] reply_to",)),
    ),
    "sign-in-unknown": (
        N_("How one signs in at {provider} is not known."),
        N_(
            "Type a password if it takes one: {step}. The page (Mailbox) takes the addresses that "
            "its help has under “OAuth 2.0”."
        ),
        Step(command="account", options=("set", "--sign-in", "no")),
    ),
    "web-without-sign-in": (
        N_("By {host} letters leave only for whoever has signed in at the provider."),
        N_("Sign in: {step}. A password opens nothing there."),
        Step(command="account", options=("set", "--sign-in", "browser")),
    ),
    "no-client-id": (
        N_("To sign in there, this program needs a client id of your own."),
        N_("Make it as the steps say, and give it: {step}"),
        Step(command="account", options=("set", "--sign-in", "browser", "--client-id", "ID")),
    ),
    "no-client-secret": (
        N_("At this provider a client id comes with a secret, and it is missing."),
        N_("Copy it beside the client id, and give it: {step}"),
        Step(command="account", options=("set",)),
    ),
    "tls-none-outside-loopback": (
        N_("Without encryption, everybody on the way to {host} could read the password."),
        N_("Choose an encryption, which the provider names: implicit or starttls."),
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
            "Type it: {step}. Where there is no keyring, a file that only you can read keeps it: "
            "{step2}"
        ),
        Step(command="account", options=("set",)),
        Step(command="environment", options=("PUBLIPOSTAGE_PASSWORD_FILE",)),
    ),
    "no-keyring": (
        N_("This computer has no keyring to keep the password in."),
        N_(
            "Name a file for it that only you can read: {step}. On the page, type it anew: it is "
            "kept for as long as the program runs."
        ),
        Step(command="environment", options=("PUBLIPOSTAGE_PASSWORD_FILE",)),
    ),
    "grant-malformed": (
        N_("What was kept of your sign-in cannot be read."),
        N_("Sign in again: {step}"),
        Step(command="account", options=("set",)),
    ),
    "grant-in-environment": (
        N_("{name} holds a sign-in, and every program that this one starts could read it."),
        N_("Put it into a file that only you can read, and name that: {step}"),
        Step(command="environment", options=("PUBLIPOSTAGE_PASSWORD_FILE",)),
    ),
    "grant-unwritable": (
        N_("The sign-in cannot be kept in this file."),
        N_("It changes with every use: its file must be in a folder that you may write in."),
    ),
    "password-in-the-way": (
        N_("There is a password in {name}, and it comes before a sign-in."),
        N_("Nothing was changed. Take it away, and sign in again."),
    ),
    "keyring-failed": (
        N_("The system's keyring did not answer ({detail})."),
        N_("Unlock it (often by logging in again), and try again."),
    ),
    "password-file-unfit": (
        N_("This file does not hold a password."),
        N_("Leave nothing in it but the password, on one line, in UTF-8."),
    ),
    "password-file-readable": (
        N_("Others can read this password file."),
        N_("Its owner alone may read it: take the right to read it from everybody else."),
    ),
    "password-encoding": (
        N_("{name} is not in UTF-8."),
        N_("Set it again, in UTF-8."),
    ),
}
