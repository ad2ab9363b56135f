"""What came back for the letters: read, shown, and decided by a person where nothing else does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from merge.cli import approval, envelopes, mailroom, options, output
from merge.errors import ExitCode, Misuse
from merge.outcome import Sort
from merge.words import findings, troubles
from merge.words.language import _, ngettext
from merge.words.reasons import typed
from merge.words.replies import attached, from_elsewhere, heading, sort, waiting

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.campaign.replies import Harvest
    from merge.ledger.records import Reply
    from merge.model import Recipient

BY_WORDS: Mapping[str, str] = {
    "reference": _("it quotes the reference"),
    "address": _("it comes from that address"),
    "domain": _("it comes from the same mail domain"),
    "commune": _("it names the commune"),
}
REPORTS = (Sort.BOUNCE, Sort.COMPLAINT)
LINES_SHOWN = 6
UNPROVEN = _(
    "Nothing in it proves that it is about a letter of yours, and anybody can write such a mail: "
    "nothing has changed. If you say whose it is, that letter counts as come back."
)


@click.command(
    help=_(
        "Read what came back: answers, automatic replies, letters that could not be delivered. "
        "From the mailbox (IMAP; nothing in it changes), or with --from from files. Run it as "
        "often as you like: each mail counts once."
    )
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar=_("PATH"),
    help=_("A folder of .eml files, a Maildir or an mbox, instead of the mailbox."),
)
@click.option(
    "--attach",
    "attached",
    multiple=True,
    metavar=_("NUMBER=KEY"),
    help=_("This mail is from that recipient. Can be given several times."),
)
@click.option(
    "--dismiss",
    "dismissed",
    multiple=True,
    type=options.NUMBER,
    metavar=_("NUMBER"),
    help=_("This mail is about no letter of yours: forget it. Can be given several times."),
)
@click.option("--all", "show_all", is_flag=True, help=_("Show all that were ever read."))
@options.narrowing
@options.yes
@click.pass_context
def replies(
    context: click.Context,
    source: Path | None,
    attached: tuple[str, ...],
    dismissed: tuple[int, ...],
    show_all: bool,
    departments: tuple[str, ...],
    communes: tuple[str, ...],
    statuses: tuple[str, ...],
    yes: bool,
) -> ExitCode:
    from merge.app import replies as wired
    from merge.app.confined import expect_mails
    from merge.app.opening import now, open_campaign
    from merge.app.sheets import chosen
    from merge.campaign.account import refuse_paused

    narrowing = options.narrowed(departments, communes, statuses)
    if not (attached or dismissed or show_all):
        expect_mails()
    with open_campaign(options.folder(context), access="share", command="replies") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        keys = None if narrowing.is_everybody else frozenset(chosen(campaign, narrowing) or ())
        if attached or dismissed:
            _decide(campaign, attached, dismissed)
            envelopes.tell(campaign)
            return ExitCode.DONE
        if show_all:
            _show(campaign, campaign.ledger.replies.all(), keys)
            return ExitCode.DONE
        if source is None:
            approval.before_the_mailbox(campaign)
        harvest = (
            wired.read_mailbox(campaign) if source is None else wired.read_files(campaign, source)
        )
        if harvest is None:
            nowhere = Misuse("replies-from-where")
            if not campaign.ledger.replies.undecided():
                raise nowhere
            output.say(troubles.explain(nowhere))
        else:
            if source is None:
                mailroom.tell_what_is_not_read(campaign)
            _tell(campaign, harvest)
            new = {reply.identity for reply in harvest.kept}
            _show(campaign, [r for r in campaign.ledger.replies.all() if r.identity in new], keys)
        _ask_whose(campaign, ask=not yes)
        _ask_to_stop(campaign, ask=not yes)
        envelopes.tell(campaign)
        refuse_paused(campaign.ledger, campaign.account, now())
    return ExitCode.PARTLY if harvest is not None and harvest.given_up else ExitCode.DONE


def _decide(campaign: Campaign, attached: Sequence[str], dismissed: Sequence[int]) -> None:
    from merge.app import replies as wired
    from merge.campaign.plan import the_one

    for pair in attached:
        number, equals, word = pair.partition("=")
        if not (equals and number.strip().isdecimal()):
            raise Misuse("not-a-pair", text=pair, form=_("NUMBER=KEY"))
        recipient = the_one(campaign.ledger.recipients(), word)
        which = options.NUMBER.convert(int(number), None, None)
        harvest = wired.attach(campaign, which, recipient.key)
        output.say(
            _("Reply {number} is from {commune} ({key}).").format(
                number=number, commune=recipient.commune, key=recipient.key
            )
        )
        _tell_what_followed(campaign, harvest)
    for each in dismissed:
        wired.dismiss(campaign, each)
        output.say(_("Reply {number} is forgotten.").format(number=each))


def _tell(campaign: Campaign, harvest: Harvest) -> None:
    count = harvest.count()
    output.say(
        ngettext("{n} mail was read.", "{n} mails were read.", harvest.seen).format(n=harvest.seen)
        + " "
        + _(
            "New: {answers} answers, {autos} automatic replies, {back} that came back, {delays} "
            "delayed, {complaints} complaints."
        ).format(
            answers=count[Sort.ANSWER],
            autos=count[Sort.AUTO],
            back=len(harvest.bounced) + len(harvest.about_us),
            delays=count[Sort.DELAY],
            complaints=count[Sort.COMPLAINT],
        )
    )
    for mail in harvest.given_up:
        output.say(
            _(
                "A mail is broken or takes too much to read, and only its headers were looked at: "
                "“{subject}” from {sender}, {at}. If you expect it, look at it in your mail "
                "program."
            ).format(
                subject=mail.subject,
                sender=mail.sender or "?",
                at=mail.at.astimezone(campaign.zone).strftime("%Y-%m-%d %H:%M"),
            )
        )
    mailroom.tell_what_came_back(campaign, harvest.returned, len(harvest.alternates))
    output.say_each(findings.closed(harvest.closed))


def _tell_what_followed(campaign: Campaign, harvest: Harvest) -> None:
    """Of a report that a person has taken for true."""
    mailroom.tell_what_came_back(campaign, harvest.returned, len(harvest.alternates))
    output.say_each(findings.closed(harvest.closed))


def _show(campaign: Campaign, shown: Sequence[Reply], keys: Collection[str] | None) -> None:
    communes = campaign.ledger.communes_of([reply.key for reply in shown if reply.key])
    rows = [
        [
            str(reply.number),
            reply.at.astimezone(campaign.zone).strftime("%Y-%m-%d %H:%M"),
            f"{communes[reply.key]} ({reply.key})" if reply.key else _("whose?"),
            sort(reply),
            reply.sender,
            reply.subject,
        ]
        for reply in shown
        if keys is None or reply.key in keys
    ]
    if rows:
        titles = [_("Number"), _("When"), _("Commune"), _("What"), _("From"), _("Subject")]
        output.table(titles, rows)


def _ask_whose(campaign: Campaign, *, ask: bool) -> None:
    """Each mail that repeats nothing of ours, with whom it may be from; a person decides."""
    from merge.app import replies as wired

    undecided = campaign.ledger.replies.undecided()
    if not undecided:
        return
    recipients = campaign.ledger.recipients()
    communes = {r.key: r.commune for r in recipients}
    left = len(undecided)
    for reply in undecided if ask else ():
        output.say()
        output.say(heading(reply, campaign.zone))
        output.say(beginning(wired.words_of(campaign, reply)))
        if came_along := attached(reply, wired.attached_to(campaign, reply)):
            output.say(came_along)
        is_report = reply.sort is Sort.BOUNCE
        if said_by_server := wired.reported(campaign, reply):
            output.say(_("The server says: {words}").format(words=said_by_server))
        if is_report:
            output.say(UNPROVEN)
        for place, (key, by) in enumerate(reply.proposals, start=1):
            why = _("it names that address") if reply.sort in REPORTS else BY_WORDS[by]
            output.say(f"  {place}: {communes[key]} ({key}), {why}")
        question = (
            _("Whose letter came back? A number from above, or KEY; 0: none; Enter: later")
            if is_report
            else _("Whose is it? A number from above, or KEY; 0: of none; Enter: later")
        )
        try:
            said = output.ask(
                question,
                default="",
                show_default=False,
            ).strip()
        except click.Abort:  # nobody there to answer: what was answered is kept
            output.say()  # below the question
            break
        if said == "0":
            wired.dismiss(campaign, reply.number)
        elif said:
            try:
                _attach_as_said(campaign, reply, said, recipients)
            except Misuse as misuse:
                output.say(troubles.explain(misuse))
                continue
        else:
            continue
        left -= 1
    if left:
        output.say(waiting(left))


def _attach_as_said(
    campaign: Campaign, reply: Reply, said: str, recipients: Sequence[Recipient]
) -> None:
    """By a place among the proposals, or by anything that names a recipient."""
    from merge.app import replies as wired
    from merge.campaign.plan import the_one

    if said.isdecimal() and 0 < int(said) <= len(reply.proposals):
        key = reply.proposals[int(said) - 1].key
    else:
        key = the_one(recipients, said).key
    _tell_what_followed(campaign, wired.attach(campaign, reply.number, key))


def _ask_to_stop(campaign: Campaign, *, ask: bool) -> None:
    """Whoever seems to ask for no more letters: a person decides whether that is so."""
    from merge.app import suppress as suppression

    asked_for = {
        reply.key: reply
        for reply in campaign.ledger.replies.all()
        if reply.wants_peace and reply.key is not None
    }
    for recipient in campaign.ledger.recipients_of(list(asked_for)):
        if suppression.is_suppressed(campaign, recipient):
            continue
        reply = asked_for[recipient.key]
        line = reply.wants_peace
        if reply.sort is Sort.COMPLAINT:
            told = _(
                "{commune} ({key}) called your letter unwanted, at its provider: a complaint "
                "({line}). Each one makes it likelier that your letters are taken for spam."
            )
            because = _("complained at its provider ({line})").format(line=line)
        else:
            told = _("{commune} ({key}) seems to want no more letters: “{line}”")
            because = _("wrote: “{line}”").format(line=line)
        command = f'publipostage suppress {typed(recipient.key)} --reason "…"'
        output.say(told.format(commune=recipient.commune, key=recipient.key, line=line))
        if reply.from_elsewhere:
            output.say(from_elsewhere())
        try:
            # Enter alone decides nothing: it would lose a refusal.
            if ask and output.confirm(_("Put it on the suppression list?"), must_say=True):
                suppression.Job(campaign, recipient.key).run((), because)
                continue
        except click.Abort:
            output.say()
            ask = False
        output.say(_("To put it on the suppression list: {command}").format(command=command))


def beginning(text: str) -> str:
    """The first lines of a mail."""
    lines = [line for line in text.splitlines() if line.strip()][:LINES_SHOWN]
    return "\n".join(f"    {line[:200]}" for line in lines)
