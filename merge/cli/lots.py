"""Lots at a printer: handed over, made again in part, settled when in doubt."""

from __future__ import annotations

from pathlib import Path

from merge.cli import consents, events, output
from merge.cli.running import listening
from merge.errors import ExitCode, Misuse
from merge.model import PrintJob, Status
from merge.words import deliveries, envelopes, findings, lots, statuses
from merge.words.language import _, ngettext
from merge.words.printing import came_of, job_name


def print_lot_again(
    folder: Path,
    number: int | None,
    first: str | None,
    last: str | None,
    printer: str | None,
    *,
    separate: bool,
    yes: bool,
) -> ExitCode:
    """`--lot`: a whole lot to a printer, or some of its letters again, on paper or as a file; or
    each of its letters as a file of its own."""
    from merge.app import lots as app

    is_part = first is not None or last is not None
    if number is None:
        raise Misuse("part-of-which-lot")
    if separate:
        if printer is not None or is_part:
            raise Misuse("separate-alone", number=number)
        return _separate(folder, number)
    with (
        listening() as signals,
        events.shown() as listener,
        app.open(folder, number, listener=listener) as job,
    ):
        if printer is None and not is_part:
            raise Misuse("lot-for-what", number=job.lot.number)
        output.say_each(envelopes.lines(job.to_keep()))
        letters = job.letters(first, last)
        if printer is None:
            path, file = job.part(*letters, consents.agree(job.wants_of_a_part(), yes=yes))
            output.data(
                _("{path}: letters {first} to {last}, {sheets} sheets").format(
                    path=path, first=letters[0], last=letters[1], sheets=file.sheets
                )
            )
            return ExitCode.DONE
        wants = job.wants_of_a_part() if is_part else job.wants_again()
        if wants and not yes:
            job.check_printer(printer, signals)
        given = consents.agree(wants, yes=yes)
        ended = job.hand_over(printer, letters if is_part else None, given, signals)
        output.say(came_of(ended, job.lot))
    if signals.asked and ended.status is Status.ACCEPTED:
        return ExitCode.INTERRUPTED
    return ExitCode.DONE if ended.status is Status.FINISHED else ExitCode.PARTLY


def print_addresses(folder: Path, number: int, name: str, skipped: int) -> ExitCode:
    """The addresses of a lot on labels or envelopes of this name."""
    from merge.app import lots as app

    with events.shown() as listener, app.open(folder, number, listener=listener) as job:
        made, communes = job.addresses(name, skipped)
        output.say_each(envelopes.lines(job.to_keep()))
    if made.path:
        output.data(
            ngettext("{path}: {n} address", "{path}: {n} addresses", made.n).format(
                path=made.path, n=made.n
            )
        )
    output.say_each(findings.fault(fault, communes[fault.key]) for fault in made.faults)
    return ExitCode.PARTLY if made.faults else ExitCode.DONE


def _separate(folder: Path, number: int) -> ExitCode:
    from merge.app import lots as app

    with events.shown() as listener, app.open(folder, number, listener=listener) as job:
        made = job.separate()
    n = made.letters
    output.data(
        ngettext("{path}: {n} letter", "{path}: {n} letters", n).format(path=made.folder, n=n)
    )
    output.say(_("All of them, with a list: {path}").format(path=made.zip))
    return ExitCode.DONE


def resolve_lot(folder: Path, number: int, verdict: Status | None) -> ExitCode:
    """A lot in doubt: the printer's own list is asked for proof, then a person.

    `verdict` is what that person has said on the command line: PRINTED, or MADE for nothing.
    """
    from merge.app import lots as app

    with (
        events.shown() as listener,
        app.open(folder, number, listener=listener, access="exclusive") as job,
    ):
        found, lot = job.look_up(), job.lot
        if found.status is not Status.UNKNOWN:
            output.say(came_of(found, lot))
            output.say_each(envelopes.lines(job.to_keep()))
            return ExitCode.DONE if found.status is Status.FINISHED else ExitCode.PARTLY
        verdict = verdict or _ask_about(found, lot.sheets)
        if verdict is Status.FAILED:
            output.say(
                _(
                    "Some came out: make the others again (publipostage print --lot {number} "
                    "--from … --to …); when all are there, say --printed."
                ).format(number=number)
            )
            output.say(_("Then it stays in doubt. Look at the sheets, and run this again."))
            return ExitCode.PARTLY
        lot = job.settle(verdict)
        output.say(
            _("Lot {number}: {status}.").format(number=number, status=statuses.status(lot.status))
        )
        output.say(lots.lot_step(lot))
        output.say_each(envelopes.lines(job.to_keep()))
    return ExitCode.DONE


def resolve_part(
    folder: Path,
    number: int,
    first: int | None,
    last: int | None,
    verdict: Status | None,
) -> ExitCode:
    """Letters of a lot that were printed again and are in doubt: as `resolve_lot`."""
    from merge.app import lots as app

    with (
        events.shown() as listener,
        app.open(folder, number, listener=listener, access="exclusive") as job,
    ):
        lot = job.lot
        found, sheets = job.look_up_part(first, last)
        if found.status is Status.UNKNOWN:
            found = job.settle_part(found, verdict or _ask_about(found, sheets))
    output.say(came_of(found, lot))
    done = (Status.FINISHED, Status.PRINTED, Status.MADE)
    return ExitCode.DONE if found.status in done else ExitCode.PARTLY


def _ask_about(found: PrintJob, sheets: int) -> Status:
    """What a person at the printer sees: PRINTED for all, MADE for nothing, FAILED for some."""
    output.say(
        _("The printer proves nothing about it: {name}. {why}").format(
            name=job_name(found), why=deliveries.cell("detail", found.words)
        )
    )
    if output.confirm(
        _("Are all {sheets} sheets there, the cover sheet included?").format(sheets=sheets),
    ):
        return Status.PRINTED
    if output.confirm(_("Did no sheet come out, and is the job gone from the printer?")):
        return Status.MADE
    return Status.FAILED
