"""The ledger, the archive, the locks, the lots."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

# The two other databases may be damaged, too, and their names are the `reason` then.
_ACCOUNTS_DAMAGED = (
    N_(
        "The file with your quotas, your suppression list and where your campaigns live is "
        "damaged; the campaign's ledger is not."
    ),
    N_(
        "Put it back from a backup. Without one: move it away, take each campaign over again "
        "({step}), and write down who must not be written to ({step2})."
    ),
    Step(command="adopt"),
    Step(command="suppress"),
)
_ARCHIVE_DAMAGED = (
    N_("The archive of the letters that were sent is damaged; the ledger is not."),
    N_(
        "Put archive.db back from a backup, or move it away: sending goes on without it, but what "
        "is in it can no longer be shown."
    ),
)
_TAMPERED = (
    N_(
        "It could write twice to the same people: do not use this folder. Unpack a backup of "
        "your own into a new folder, and take it over there: {step}. Nothing was changed."
    ),
    Step(command="adopt"),
)
_BACKUP = N_(
    "Unpack a backup of your own into a new folder, and take it over there: {step}. Nothing was "
    "changed."
)
_TO_BE_WRITTEN = N_("Copy the folder to where you can write, and take the copy over: {step}")
_TRY_AGAIN = N_("Wait a moment and try again.")

LEDGER: Mapping[str, Entry] = {
    "busy": (
        N_(
            "Another command is at work on this campaign since {since}: {command}, process {pid} "
            "on {host}."
        ),
        N_("Wait for it to end, or stop it where you began it; then try again."),
    ),
    "busy: unnamed": (
        N_("Another command is at work on this campaign."),
        _TRY_AGAIN,
    ),
    "busy: web": (
        N_(
            "The page has been at work since {since}, process {pid} on {host}, and does not say at "
            "what address."
        ),
        N_("End that process, and try again."),
    ),
    "ledger-busy": (
        N_("The ledger is being written by another program."),
        _TRY_AGAIN,
    ),
    "lot-overtaken": (
        N_("While lot {lot} was being made, some of its letters went another way."),
        N_("Nothing is lost. Make the lots again."),
    ),
    "reply-missing": (
        N_("There is no reply number {number}."),
        N_("See which there are: {step}"),
        Step(command="replies", options=("--all",)),
    ),
    "bounce-of-nothing": (
        N_("No letter to {key} was sent that could have come back."),
        N_("To forget the report: {step}"),
        Step(command="replies", options=("--dismiss", "{number}")),
    ),
    "undo-nothing": (
        N_("There is no import that can be undone."),
        N_("To change one recipient: {step}"),
        Step(command="edit", options=(N_("KEY"), N_("FIELD=VALUE"))),
    ),
    "undo-too-late": (
        N_(
            "Since the last import something was sent, tried, printed or answered: it cannot be "
            "undone."
        ),
        N_(
            "Give back lots that are not in the post ({step}), or import the earlier file again: "
            "it updates what is there and sends nothing."
        ),
        Step(command="print", options=("--discard", N_("LOT"))),
    ),
    "ledger-missing": (
        N_("This folder has no ledger."),
        _BACKUP,
        Step(command="adopt"),
    ),
    "ledger-gone": (
        N_(
            "The ledger was moved, deleted or replaced while this was going on: nothing more "
            "leaves."
        ),
        N_("Put the campaign's folder back as it was, and try again."),
    ),
    "ledger-altered": (
        N_("Somebody has changed how this database is built: “{name}”."),
        *_TAMPERED,
    ),
    "ledger-damaged": (
        N_("The ledger is damaged, or this is none."),
        _BACKUP,
        Step(command="adopt"),
    ),
    "ledger-damaged: accounts.db": _ACCOUNTS_DAMAGED,
    "ledger-damaged: archive.db": _ARCHIVE_DAMAGED,
    "ledger-error": (N_("The ledger cannot be used: {words}."), N_("Nothing was changed.")),
    "ledger-newer": (
        N_("This ledger was written by a later version of the program ({version})."),
        N_("Install that version or a later one. Nothing was changed."),
    ),
    "ledger-older": (
        N_(
            "This ledger is of an older version of the program ({version}), and a worker brings "
            "none up to date while others may be at work on it."
        ),
        N_("In the campaign's folder, “{step}” with this version of the program does that."),
        Step(command="status"),
    ),
    "ledger-older-read-only": (
        N_("This ledger is of an older version and cannot be written here."),
        _TO_BE_WRITTEN,
        Step(command="adopt"),
    ),
    "ledger-too-old": (
        N_("This campaign was begun with publipostage 0.1, and this version cannot open it."),
        N_("Go on with it in version 0.1.0. Nothing was changed."),
    ),
    "ledger-unreachable": (
        N_("This file cannot be reached or read: {words}."),
        N_("See that its disk is there and that file and folder are yours, then try again."),
    ),
    "ledger-copied": (
        N_("This is a copy of a campaign that lives in {known_path}."),
        N_("Go on there; or, to go on with this copy instead: {step}"),
        Step(command="adopt"),
    ),
    "ledger-carried": (
        N_("This campaign lived in {known_path}, and is no longer there."),
        N_("If you have moved it here, take it over: {step}"),
        Step(command="adopt"),
    ),
    "ledger-behind": (
        N_(
            "This ledger is older than what has left from here: a backup was put back, or a copy "
            "of the campaign went on."
        ),
        N_("The same people could be written to twice. Read this first: {step}"),
        Step(command="adopt"),
    ),
    "ledger-restarted": (
        N_(
            "The database was started again, restored or replaced by another since this machine "
            "saw this campaign: what left meanwhile may be missing from its ledger."
        ),
        N_(
            "The machine that sent last goes on by itself, and after it the others. Where none "
            "does, the same people could be written to twice. Read this first: {step}"
        ),
        Step(command="adopt"),
    ),
    "adopt-missed": (
        N_("A ledger that has missed steps is taken over by their number alone."),
        N_("Read what that risks; to take it over in spite of it: {step}"),
        Step(command="adopt", options=("--missed", "{n}")),
    ),
    "ledger-foreign": (
        N_("This campaign comes from another machine or another user."),
        N_("It may have gone on there. Read this first: {step}"),
        Step(command="adopt"),
    ),
    "ledger-closed": (
        N_("This campaign was closed here, and goes on elsewhere."),
        N_("It can be packed once more (“{step}”) or erased (“{step2}”), and nothing else."),
        Step(command="backup", options=("--close", N_("FILE"))),
        Step(command="purge"),
    ),
    "ledger-packed": (
        N_("This campaign comes out of a .zip, and was closed where it was."),
        N_("To go on with it here and nowhere else: {step}"),
        Step(command="adopt"),
    ),
    "adopt-lives": (
        N_("This campaign is in use here already, in {known_path}."),
        N_("Go on there; or close it there first: {step}"),
        Step(command="backup", options=("--close", N_("FILE"))),
    ),
    "zip-no-campaign": (
        N_("This is no .zip with a campaign in it."),
        N_("A backup makes one: {step}"),
        Step(command="backup", options=(N_("FILE"),)),
    ),
    "zip-refused": (
        N_("This .zip is damaged, too large, or holds what publipostage never puts there: {value}"),
        N_("Nothing was taken over. Ask whoever gave it to you for another one."),
    ),
    "folder-read-only": (
        N_("This folder cannot be written."),
        _TO_BE_WRITTEN,
        Step(command="adopt"),
    ),
    "folder-read-only: accounts.db": (
        N_("The folder where this program keeps your quotas cannot be written."),
        N_("Make it yours again, or name another one, and keep to that one: {step}"),
        Step(command="environment", options=("PUBLIPOSTAGE_HOME",)),
    ),
    "disk-full": (
        N_("The disk is full."),
        N_("Free some room and try again: nothing is lost."),
    ),
    "locks-unsupported": (
        N_("This disk cannot keep apart two programs that work on one campaign (it has no locks)."),
        N_("Move the campaign to a disk of this computer."),
    ),
    "network-file-system": (
        N_("{path} is on a network file system ({detail}), where locks cannot be trusted."),
        N_("Move the campaign to a disk of this computer before you send."),
    ),
    "accounts-unreachable": (
        N_("The file that knows of all your campaigns cannot be read: {path}."),
        N_("Reading goes on; sending will be refused until it can be."),
    ),
    "ledger-migrated": (
        N_("The ledger was brought to this version of the program; the old one is {path}."),
        "",
    ),
    "sender-died-before": (
        N_("An earlier sending was cut off; letters now in doubt: {detail}."),
        N_("They are not sent again by themselves. See: {step}"),
        Step(command="log", options=("--status", "unknown")),
    ),
    "archive-missing": (N_("The kept message {sha256} is not in the archive."), ""),
    "archive-damaged": (N_("The kept message {sha256} is damaged."), ""),
    "file-exists": (
        N_("This file is there already."),
        N_("Give another name, or move it away and try again."),
    ),
    "lot-missing": (N_("There is no lot {number}."), N_("See: {step}"), Step(command="log")),
    "lot-status": (
        N_("Lot {number} has been “{status}” since {since}: that cannot be done with it."),
        N_("See what can be done with it: {step}"),
        Step(command="status"),
    ),
    "lot-discarded": (
        N_("Lot {number} was given back: its letters may stand in another."),
        N_("See: {step}"),
        Step(command="log"),
    ),
    "lot-incomplete": (
        N_("A letter of lot {number} has gone another way since it was made."),
        N_("Print the sheets that you need from the lot's own PDF."),
    ),
    "returned-not-posted": (
        N_("No letter to {key} is in the post."),
        N_("First say that its lot is: {step}"),
        Step(command="print", options=("--posted", N_("LOT"))),
    ),
    "returned-already": (
        N_("The envelope to {key} is marked as returned already."),
        N_("There is nothing to do. To write to another address: {step}"),
        Step(command="edit", options=("{key}", "…")),
    ),
    "list-changed": (
        N_("Another list was imported since {path} was shown."),
        N_("Look at what it comes to now, and take it again."),
    ),
    "letter-left-again": (
        N_("The letter to {key} has left again since this page was shown."),
        N_("Look at how it stands now, and decide again."),
    ),
    "resolve-nothing": (N_("The delivery to {key} is not in doubt."), ""),
    "resolve-no-policy": (
        N_(
            "There is nothing to decide here: no letter came back because of its sender or its "
            "content, or you have decided already."
        ),
        N_("See which came back, and why: {step}"),
        Step(command="log", options=("--status", "bounced")),
    ),
}
