"""Lots that are made: to a printer, in part again, as files, and their addresses."""

from __future__ import annotations

import re
from pathlib import Path

from merge.cli import consents, events, output
from merge.errors import ExitCode, Misuse
from merge.words import envelopes, findings, lots
from merge.words.language import _, ngettext


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
        raise Misuse("option-lacks", options="--from, --to", others="--lot")
    if separate:
        if printer is not None or is_part:
            raise Misuse("options-apart", options="--separate, --printer, --from, --to")
        return _separate(folder, number)
    if printer is not None:
        refuse_address(printer)
        if not is_part:
            hand_lot_over(folder, number, printer, again=yes)
            return ExitCode.DONE
    with events.shown() as listener, app.open(folder, number, listener=listener) as job:
        if not is_part:
            others = "--printer, --from, --to, --separate"
            raise Misuse("option-lacks", options="--lot", others=others)
        output.say_each(envelopes.lines(job.to_keep()))
        letters = job.letters(first, last)
        given = consents.agree(job.wants_of_a_part(), yes=yes)
        if printer is not None:
            said = job.hand_over(printer, letters, given, again=False)
            output.say(lots.handed_over(number, printer, said, *letters))
            return ExitCode.DONE
        path, file = job.part(*letters, given)
    output.data(
        _("{path}: letters {first} to {last}, {sheets} sheets").format(
            path=path, first=letters[0], last=letters[1], sheets=file.sheets
        )
    )
    return ExitCode.DONE


def refuse_address(printer: str) -> None:
    """Misuse("value-unfit") for what is no name of a queue (lpadmin(8)), but an address."""
    if not _QUEUE.fullmatch(printer):
        raise Misuse("value-unfit", value=printer, example="bureau (lpstat -e)")


_QUEUE = re.compile(r"[^\s/#\\'\"?:-][^\s/#\\'\"?:]{0,126}")


def hand_lot_over(folder: Path, number: int, printer: str, *, again: bool = False) -> None:
    """A whole lot to a printer; `again` is a person's word that it may go a second time."""
    from merge.app import lots as app

    with events.shown() as listener, app.open(folder, number, listener=listener) as job:
        output.say_each(envelopes.lines(job.to_keep()))
        said = job.hand_over(printer, None, (), again=again)
        output.say(lots.handed_over(number, printer, said))
        output.say(lots.lot_step(job.lot))


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
