"""Make lots of those whom e-mail does not reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from merge.app import letters, paper
from merge.app.chosen import Narrowing
from merge.app.opening import Campaign, open_campaign
from merge.app.remind import hold_back
from merge.app.running import running
from merge.campaign import batch, check
from merge.campaign.batch import Printed
from merge.campaign.envelopes import NOT_YET_POSTED, Stays
from merge.campaign.ports import Template, Watch
from merge.campaign.reminders import versions
from merge.errors import Busy, ExitCode, Refused
from merge.job import Consent, JobState, Listener, Result, progress, silent
from merge.ledger.ledger import Ledger
from merge.model import Channel, Counts, Lot
from merge.words.lots import cover_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Lots:
    """What came of it. Where nothing is new, `lying` are the lots that are not in the post."""

    code: ExitCode
    printed: Printed
    names: Mapping[str, str]  # of those who are told of, by key
    counts: Counts
    lying: Sequence[Lot]
    to_keep: Sequence[Stays]
    is_nothing_new: bool


def run(
    watch: Watch,
    place: Path,
    narrowing: Narrowing,
    *,
    all_queued: bool,
    separate: bool,
    accept_edit: bool = False,
    consents: Sequence[Consent] = (),
    listener: Listener = silent,
) -> Lots:
    """Record whom the suppression list and answers stop, check the letters, and make the lots. A
    consent is to a changed letter in just the versions that it names; of a refusal the facts name
    them.

    Events as `hold_back`, "pages-made" (`n`, `of`). Refused as `campaign.check`; LetterError.
    """
    with open_campaign(place, access="share", command="print", listener=listener) as campaign:
        hold_back(campaign, listener)
        ledger = campaign.ledger
        keys = campaign.chosen(narrowing)
        template = letters.template(campaign)
        also = [Channel.EMAIL] if all_queued else []
        if waiting := ledger.candidates(keys, [*also, Channel.PAPER]):
            letters.refuse_unprintable(campaign)
            found = check.check(template, waiting, of=ledger.count_recipients())
            check.refuse_unless_right(found)
            check.requeue_cured(ledger, found)
        n = ledger.count_for_paper(keys, all_queued=all_queued)
        agreed: list[Consent] = []
        if n:
            if not accept_edit:
                agreed += _agreed_to_edit(ledger, template, consents)
            letters.fix(campaign, template, mailed=False)
        options = {"all": all_queued, "separate": separate}
        with running(campaign, "print", options, agreed, listener=listener, watch=watch) as job:
            _refuse_beside_another(campaign, job.number)
            printer = paper.printer(
                campaign,
                template,
                job,
                cover_words(campaign.zone),
                separate=separate,
            )
            advance: Callable[[int], object] = (
                progress(job.tell, "pages-made", n) if n else lambda letters: None
            )
            made = batch.print_lots(printer, keys=keys, all_queued=all_queued, advance=advance)
            code = _exit_code(made)
            job.end(Result(code=code, facts={"lots": [lot.number for lot in made.lots]}))
        return _told(campaign, made, code)


def _told(campaign: Campaign, made: Printed, code: ExitCode) -> Lots:
    ledger = campaign.ledger
    named = [*(fault.key for fault in made.faults), *made.unreachable]
    named += [key for lot in made.lots for key in lot.overlong]
    is_nothing_new = not (made.lots or made.faults or made.interrupted)
    lying = [lot for lot in ledger.lots() if lot.status in NOT_YET_POSTED]
    shown = lying if is_nothing_new else []
    return Lots(
        code=code,
        printed=made,
        names=ledger.names_of(named),
        counts=ledger.counts(),
        lying=shown,
        to_keep=campaign.envelopes_to_keep() if shown else (),
        is_nothing_new=is_nothing_new,
    )


def _refuse_beside_another(campaign: Campaign, number: int) -> None:
    """Busy while a printing that began before this row makes lots, on whatever machine."""
    for each in campaign.ledger.commands.latest("print"):
        makes_lots = each.state is JobState.RUNNING and "separate" in each.options
        if makes_lots and each.number < number:
            about: dict[str, Any] = {"command": each.command, "since": each.started_at}
            raise Busy("busy", path=str(campaign.folder), reason="unnamed", **about)


def _agreed_to_edit(
    ledger: Ledger, template: Template, consents: Sequence[Consent]
) -> Sequence[Consent]:
    """The consent that a changed letter needs; none where it has not changed."""
    try:
        check.refuse_changed_letter(ledger, template, "print")
    except Refused as trouble:
        facts = {"versions": {str(wave): each for wave, each in versions(template).items()}}
        agreed = Consent(code=trouble.code, facts=facts)
        if agreed not in consents:
            trouble.facts.update(facts)
            raise
        return (agreed,)
    return ()


def _exit_code(made: Printed) -> ExitCode:
    if made.interrupted:
        return ExitCode.INTERRUPTED
    if isinstance(made.refused, Busy):
        return ExitCode.STOPPED
    return ExitCode.PARTLY if made.faults or made.refused else ExitCode.DONE
