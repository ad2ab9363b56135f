"""The ledger, the archive, the locks, the lots."""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import _
from merge.words.reasons.form import Reason

# The two other databases may be damaged, too, and their names are the `reason` then.
_ACCOUNTS_DAMAGED = (
    _(
        "The file with your quotas, your suppression list and where your campaigns live is "
        "damaged; the campaign's ledger is not."
    ),
    _(
        "Put it back from a backup. Without one: move it away, run “publipostage adopt” in each "
        "campaign, and “publipostage suppress” for whoever must not be written to."
    ),
)
_ARCHIVE_DAMAGED = (
    _("The archive of the letters that were sent is damaged; the ledger is not."),
    _(
        "Put archive.db back from a backup, or move it away: sending goes on without it, but what "
        "is in it can no longer be shown."
    ),
)
_TAMPERED = _(
    "It could write twice to the same people: do not use this folder. Unpack a backup of your own "
    "into a new folder and run “publipostage adopt” there. Nothing was changed."
)
_RIGHTS = _(
    "Run the command as the user whose file it is, or give yourself the right to read and write it."
)

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
    "reply-missing": (
        _("There is no reply number {number}."),
        _("See which there are: publipostage replies --all"),
    ),
    "bounce-of-nothing": (
        _("No letter to {key} is out that could have come back."),
        _("To forget the report: publipostage replies --dismiss {number}"),
    ),
    "undo-nothing": (
        _("There is no import that can be undone."),
        _("To change one recipient: publipostage edit KEY FIELD=VALUE"),
    ),
    "undo-too-late": (
        _(
            "Since the last import something was sent, tried, printed or answered: it cannot be "
            "undone."
        ),
        _("Import the earlier file again: it updates what is there and sends nothing."),
    ),
    "ledger-missing": (
        _("This folder has no ledger."),
        _("If it should, unpack a backup into a new folder and run “publipostage adopt” there."),
    ),
    "ledger-gone": (
        _(
            "The ledger was moved, deleted or replaced while this command was at work: nothing "
            "more leaves."
        ),
        _(
            "Put the right ledger.db back and run the same command again; if the whole folder was "
            "moved, run it there."
        ),
    ),
    "ledger-exists": (_("This folder has a ledger already."), ""),
    "ledger-not-a-database": (
        _("This file is no ledger: it is not even a database."),
        _("Unpack a backup into a new folder and run “publipostage adopt” there."),
    ),
    "ledger-not-a-database: accounts.db": _ACCOUNTS_DAMAGED,
    "ledger-not-a-database: archive.db": _ARCHIVE_DAMAGED,
    "ledger-mixed": (
        _("This ledger.db was put back beside the log (ledger.db-wal) of another one."),
        _("Unpack the backup into a new folder, and run “publipostage adopt” there."),
    ),
    "ledger-not-a-ledger": (
        _("This database is not a ledger of publipostage."),
        _("Unpack a backup into a new folder and run “publipostage adopt” there."),
    ),
    "ledger-foreign-part": (
        _("Somebody has built something into this database that is not of publipostage: “{name}”."),
        _TAMPERED,
    ),
    "ledger-altered": (
        _("Somebody has changed how the tables of this database are built."),
        _TAMPERED,
    ),
    "ledger-damaged": (
        _("The ledger is damaged."),
        _(
            "Unpack a backup into a new folder and run “publipostage adopt” there. Nothing was "
            "changed."
        ),
    ),
    "ledger-damaged: accounts.db": _ACCOUNTS_DAMAGED,
    "ledger-damaged: archive.db": _ARCHIVE_DAMAGED,
    "ledger-error": (_("The ledger cannot be used: {words}."), _("Nothing was changed.")),
    "ledger-newer": (
        _("This ledger was written by a later version of the program ({version})."),
        _("Install that version or a later one. Nothing was changed."),
    ),
    "ledger-older-read-only": (
        _("This ledger is of an older version and cannot be written here."),
        _("Copy the folder to where you can write, then “publipostage adopt”."),
    ),
    "ledger-unreachable": (
        _("The ledger cannot be reached: {words}."),
        _("See that its disk is there and that the folder is yours, then try again."),
    ),
    "ledger-unreachable: accounts.db": (
        _("The file that knows of all your campaigns cannot be reached: {words}."),
        _("See that its disk is there and that the folder is yours, then try again."),
    ),
    "ledger-unreadable": (_("The ledger is there, but you may not read it."), _RIGHTS),
    "ledger-unreadable: accounts.db": (
        _("The file that knows of all your campaigns is there, but you may not read it."),
        _RIGHTS,
    ),
    "ledger-unreadable: archive.db": (
        _("The archive of the letters that were sent is there, but you may not read it."),
        _RIGHTS,
    ),
    "ledger-copied": (
        _("This is a copy of a campaign that lives in {known_path}."),
        _("Go on there; or, if this copy shall go on instead, read: publipostage adopt"),
    ),
    "ledger-carried": (
        _("This campaign lived in {known_path}, and is no longer there."),
        _("If you have moved it here, take it over: publipostage adopt"),
    ),
    "ledger-behind": (
        _(
            "This ledger is older than what has left from here: a backup was put back, or a copy "
            "of the campaign went on."
        ),
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
    "folder-read-only: accounts.db": (
        _("The folder where this program keeps your quotas cannot be written."),
        _("Make it yours again, or name another one in PUBLIPOSTAGE_HOME, and always the same."),
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
        _("The file that knows of all your campaigns cannot be read: {path}."),
        _("Reading goes on; sending will be refused until it can be."),
    ),
    "ledger-migrated": (
        _("The ledger was brought to this version of the program; the old one is {path}."),
        "",
    ),
    "sender-died-before": (
        _("An earlier sending was cut off; letters now in doubt: {detail}."),
        _("They are not sent again by themselves. See: publipostage log --status unknown"),
    ),
    "archive-missing": (_("The kept message {sha256} is not in the archive."), ""),
    "archive-damaged": (_("The kept message {sha256} is damaged."), ""),
    "backup-exists": (_("This file is there already."), _("Give another name.")),
    "recipient-missing": (_("{key} is not in the ledger."), ""),
    "lot-missing": (_("There is no lot {number}."), _("See: publipostage log")),
    "lot-status": (
        _("Lot {number} is “{status}”; it cannot become “{wanted}”."),
        _("See what can be done with it: publipostage status"),
    ),
    "lot-printed": (
        _("Lot {number} is printed already, since {since}."),
        _("When it is in the post: publipostage print --posted {number}"),
    ),
    "lot-posted": (
        _("Lot {number} has been in the post since {since}."),
        _("An envelope that came back: publipostage print --returned KEY"),
    ),
    "lot-discarded": (
        _("Lot {number} was given back: its letters may stand in another."),
        _("See: publipostage log"),
    ),
    "lot-incomplete": (
        _("A letter of lot {number} has gone another way since it was made."),
        _("Print the sheets that you need from the lot's own PDF."),
    ),
    "lot-not-in-doubt": (
        _("Lot {number} is “{status}”: there is nothing to settle."),
        _("See: publipostage status"),
    ),
    "lot-at-printer": (
        _("The printer still has all of lot {number}: these letters would come out twice."),
        _(
            "Wait for its end, or cancel the job at the printer; then: publipostage resolve --lot "
            "{number}"
        ),
    ),
    "part-in-doubt": (
        _("Letters {first} to {last} of lot {number} may still be at the printer."),
        _("Settle them: publipostage resolve --lot {number} --from {first} --to {last}"),
    ),
    "part-not-in-doubt": (
        _("No such letters of lot {number} are in doubt."),
        _("See: publipostage status"),
    ),
    "returned-not-posted": (
        _("No letter to {key} is in the post."),
        _("First say that its lot is: publipostage print --posted LOT"),
    ),
    "returned-already": (
        _("The envelope to {key} is marked as returned already."),
        _("There is nothing to do. To write to another address: publipostage edit {key} …"),
    ),
    "lot-exists": (
        _("Another file has the name of this lot."),
        _("Move it away and run the same command again."),
    ),
    "resolve-nothing": (_("The delivery to {key} is not in doubt."), ""),
    "resolve-no-policy": (
        _(
            "There is nothing to decide here: no letter came back because of its sender or its "
            "content, or you have decided already."
        ),
        _("See which came back, and why: publipostage log --status bounced"),
    ),
    "resolve-impossible": (_("A delivery in doubt cannot become “{status}”."), ""),
}
