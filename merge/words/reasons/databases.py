"""A campaign on a PostgreSQL server: the server, the files there, and moves there and back."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

_AGAIN = N_("Nothing was changed by this. Try again later, or tell whoever keeps the database.")

DATABASE: Mapping[str, Entry] = {
    "files-too-large": (
        N_(
            "The files that letters are made of have {size_mb} MB; machines that help take at most "
            "{limit_mb} MB: {words}."
        ),
        N_("Make the pictures and attachments smaller, or take out what no letter needs."),
    ),
    "files-missing": (
        N_("The database has no sound files of this campaign's letters."),
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
        N_("The address of this campaign's PostgreSQL database is missing, or is none."),
        N_(
            "Write postgresql://user:password@host/database, as whoever keeps it gave it to you: "
            "{step}"
        ),
        Step(command="environment", options=("PUBLIPOSTAGE_DATABASE",)),
    ),
    "database-refuses": (
        N_("The database at {path} refuses this: {words}"),
        N_(
            "Look at the user, the password and the name in its address, or tell whoever keeps "
            "it. Nothing was changed."
        ),
    ),
    "database-unencrypted": (
        N_("Names and a password would go to {host} unencrypted."),
        N_(
            "Have the server offer TLS, and take “sslmode=disable” and the like out of its "
            "address: {step}. Only a database on this machine is spoken to without it."
        ),
        Step(command="environment", options=("PUBLIPOSTAGE_DATABASE",)),
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
