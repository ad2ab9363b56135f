"""Wrong use of a command."""

from __future__ import annotations

from collections.abc import Mapping

from merge.cli.language import _
from merge.cli.reasons.form import Reason

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
