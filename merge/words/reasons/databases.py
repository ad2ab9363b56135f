"""A campaign on a PostgreSQL server: the server, the files there, and moves there and back."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

_AGAIN = N_("Nothing was changed by this. Try again later, or tell whoever keeps the database.")
_KEEPER = N_("Tell whoever keeps the database of your group. Nothing was changed.")

DATABASE: Mapping[str, Entry] = {
    "file-damaged": (
        N_("The files of the campaign in the database at {path} are damaged."),
        N_(
            "Nothing was taken. On the machine that has the campaign's folder, “{step}” puts them "
            "there again."
        ),
        Step(command="send"),
    ),
    "files-too-large": (
        N_(
            "The files that letters are made of have {size_mb} MB; machines that help take at most "
            "{limit_mb} MB: {words}."
        ),
        N_("Make the pictures and attachments smaller, or take out what no letter needs."),
    ),
    "file-name-foreign": (
        N_("“{name}” is no name that a file of a campaign has in a database."),
        N_("Nothing was taken. Tell whoever keeps the database: this program never writes that."),
    ),
    "files-missing": (
        N_("The database at {path} has no files of this campaign's letters."),
        N_("Run “{step}” on the machine that has the campaign's folder; it puts them there."),
        Step(command="send"),
    ),
    "files-not-agreed": (
        N_("The files in {path} are no longer those that were agreed to: others are by now."),
        N_("Nothing left from here. The worker fetches the others by itself when it starts again."),
    ),
    "files-unapproved": (
        N_("The letter or the settings of this campaign are not those approved on this machine."),
        N_("Nothing left from here. Read them and say yes: {step}"),
        Step(command="worker", options=("{campaign}",)),
    ),
    "agreed-to-others": (
        N_("Others wait for a letter now than the sending was agreed to for. None left from here."),
        N_("Once that sending has ended, send again: what is agreed to then is what leaves."),
    ),
    "fonts-differ": (
        N_(
            "This machine and the one where the letter was agreed to do not have the same fonts: "
            "{words}."
        ),
        N_("Install them on both, or put their files into the campaign's folder and its look."),
    ),
    "database-address": (
        N_("PUBLIPOSTAGE_DATABASE is no address of a PostgreSQL database."),
        N_("Write postgresql://user:password@host/database, as whoever keeps it gave it to you."),
    ),
    "database-encoding": (
        N_("The database at {path} keeps or sorts text otherwise than this program ({words})."),
        N_(
            "Make another with: createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 "
            "publipostage"
        ),
    ),
    "database-forbids": (
        N_("The database at {path} does not allow that: {words}"),
        N_("Its user must be its owner: tell whoever keeps it."),
    ),
    "database-full": (
        N_("The disk of the database at {path} is full."),
        N_("Tell whoever keeps it. What had been written is kept."),
    ),
    "database-login-refused": (
        N_("The database at {path} does not take this user or password: {words}"),
        N_("Correct PUBLIPOSTAGE_DATABASE, or the file of PUBLIPOSTAGE_DATABASE_FILE."),
    ),
    "database-of-another": (
        N_("In the database at {path} somebody else has made the schema “{name}”."),
        N_("Have whoever keeps the database remove it, or make you a database of your own."),
    ),
    "database-missing": (
        N_("There is no such database: {path}"),
        N_("Correct PUBLIPOSTAGE_DATABASE, or have the database made."),
    ),
    "database-not-ready": (
        N_("The database at {path} is just starting or ending, or stands by for another."),
        _AGAIN,
    ),
    "database-overloaded": (
        N_("The database at {path} takes no more connections, or has no memory left: {words}"),
        _AGAIN,
    ),
    "database-read-only": (
        N_("The database at {path} takes no changes."),
        N_("Write to the one that it is a copy of, or tell whoever keeps it."),
    ),
    "database-too-old": (
        N_("The database at {path} is PostgreSQL {version}; this program needs {oldest} or later."),
        N_("Have it brought up to date."),
    ),
    "database-unencrypted": (
        N_("Names and a password would go to {host} unencrypted."),
        N_(
            "Take “sslmode=disable” and the like out of PUBLIPOSTAGE_DATABASE, and have the server "
            "offer TLS. Only a database on this machine is spoken to without it."
        ),
    ),
    "database-unnamed": (
        N_("This campaign is kept in a database, and nobody says in which."),
        N_("Set PUBLIPOSTAGE_DATABASE to its address, or PUBLIPOSTAGE_DATABASE_FILE to a file."),
    ),
    "database-unreachable": (
        N_("The database at {path} cannot be reached: {words}"),
        _AGAIN,
    ),
    "database-without-driver": (
        N_("What speaks to PostgreSQL (psycopg) is not installed."),
        N_("Install psycopg beside this program (its extra: publipostage[postgres])."),
    ),
    "ledger-twice": (
        N_("In {path} there are a ledger.db and a ledger.id, which says that it is in a database."),
        N_(
            "Move away the one that is not the campaign's: a copy that came in from a backup, most "
            "often. Nothing was changed."
        ),
    ),
    "copy-differs": (
        N_("The copy of the table {name} is not what it was copied from: a disk may be failing."),
        N_("The copy was thrown away, and nothing was changed. Have the disks looked at."),
    ),
}

DATABASE_ON_PAGE: Mapping[str, tuple[str, str]] = {
    "database-address": (N_("The address of the database is wrong."), _KEEPER),
    **dict.fromkeys(
        ("database-encoding", "database-login-refused", "database-of-another"), ("", _KEEPER)
    ),
    **dict.fromkeys(("database-missing", "database-unencrypted"), ("", _KEEPER)),
    "database-unnamed": ("", _KEEPER),
}
"""As `for_pages`."""
