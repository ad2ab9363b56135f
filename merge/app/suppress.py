"""Put somebody on the suppression list, for every campaign of this user, or take them off it; the
list as a CSV file, and one from another computer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zoneinfo import ZoneInfo

from merge.app import export
from merge.app.chosen import called, one_of
from merge.app.confined import read_sheet
from merge.app.opening import Campaign, now, open_campaign
from merge.app.running import missing, running
from merge.campaign import suppression
from merge.campaign.envelopes import Stays
from merge.errors import ExitCode, Misuse
from merge.french import communes
from merge.french.communes import fold
from merge.job import Consent, Give, Listener, Result, Want
from merge.ledger.records import Kind, Reply, SuppressedName, Suppression
from merge.model import Recipient

if TYPE_CHECKING:
    from merge.recipients.cells import Cells


_DOMAIN = re.compile(r"(?:[\w-]+\.)+[\w-]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a word names: the line of the list, and whom of this campaign that is.

    A person or an organisation has no name that other campaigns know: `also` is their mailbox, by
    which those find them, where nobody else of this campaign has it.
    """

    line: SuppressedName
    recipients: Sequence[Recipient]
    also: Sequence[SuppressedName] = ()
    is_here_alone: bool = False  # other campaigns cannot know them

    @property
    def wants(self) -> tuple[Want, ...]:
        """A yes to a whole domain."""
        if self.line.kind is not Kind.DOMAIN:
            return ()
        facts = {"name": self.line.value, "n": len(self.recipients)}
        return (Want(code="whole-domain", facts=facts, give=Give.YES, option="--yes"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The whole list, and the time zone of who looks at it. `campaigns` are the names of folders,
    by the campaign that a line of one recipient is about.
    """

    lines: Sequence[Suppression]
    zone: ZoneInfo
    campaigns: Mapping[str, str]


def listed(place: Path, listener: Listener) -> Listed:
    """Read the list."""
    with open_campaign(place, access="read", command="suppress", listener=listener) as campaign:
        lines = campaign.accounts.suppression.lines()
        return Listed(lines=lines, zone=campaign.zone, campaigns=folders_of(lines, campaign))


def folders_of(lines: Sequence[Suppression], campaign: Campaign) -> Mapping[str, str]:
    """The names of the folders in which the campaigns of these lines were last seen, by id."""
    ids = {line.value.partition(" ")[0] for line in lines if line.kind is Kind.RECIPIENT}
    seen = {each: campaign.accounts.registered(each) for each in ids if each}
    return {
        each: Path(known.path).parent.name for each, known in seen.items() if known and known.path
    }


@contextmanager
def open(place: Path, word: str | SuppressedName, listener: Listener) -> Iterator[Job]:
    """Put on the list, or take off it, what `word` names, or the line itself."""
    with open_campaign(place, access="share", command="suppress", listener=listener) as campaign:
        yield Job(campaign, word)


class Job:
    """One word about the list.

    It names a domain, an address, a recipient or a commune of the reference.
    Misuse("nobody-called"), ("several-called") or ("value-unfit").
    """

    def __init__(self, campaign: Campaign, word: str | SuppressedName) -> None:
        from merge.recipients.cells import clean

        recipients = campaign.ledger.recipients()
        if isinstance(word, SuppressedName):
            line = word
        else:  # copied from a mail, it has marks around it that nobody sees
            line = line_of(campaign, recipients, clean(word))
        named = suppression.those_named(recipients, [line], campaign.ledger.campaign_id)
        also: Sequence[SuppressedName] = ()
        is_minted = not campaign.settings.campaign.is_to_communes
        if line.kind is Kind.RECIPIENT and is_minted:
            also = _own_mailboxes(campaign, recipients, named)
        self._campaign = campaign
        self._plan = Plan(
            line=line,
            recipients=named,
            also=also,
            is_here_alone=line.kind is Kind.RECIPIENT and is_minted and not also,
        )

    @property
    def _options(self) -> Mapping[str, str]:
        """Of the job's row. Addresses are in the list alone."""
        keys = [recipient.key for recipient in self._plan.recipients]
        kind = {"kind": self._plan.line.kind.value}
        return {**kind, "key": keys[0]} if len(keys) == 1 else kind

    def plan(self) -> Plan:
        """Whom it names."""
        return self._plan

    def run(self, consents: Sequence[Consent], reason: str) -> Result:
        """Put it on the list, for every campaign; what waits in this one stays here. Facts:
        `is_new`, and `stopped`, how many letters could have left and do not.
        """
        if wants := missing(self._plan.wants, consents):
            return Result(code=ExitCode.REFUSED, wants=wants)
        campaign, lines = self._campaign, [self._plan.line, *self._plan.also]
        with running(campaign, "suppress", self._options, consents) as job:
            is_new = bool(campaign.accounts.suppression.add(lines, reason, now()))
            facts = {"is_new": is_new, "stopped": keep_suppressed(campaign)}
            return job.end(Result(code=ExitCode.DONE, facts=facts))

    def take_back(self, why: str) -> Result:
        """Take it off the list, and put back what waited here; fact: `back`, how many letters.

        An address that counts as dead lives again. `why` stays with each letter that is put back.
        Misuse("suppress-not-there").
        """
        campaign, line = self._campaign, self._plan.line
        lines = [line, *self._plan.also]
        if line.kind is Kind.ADDRESS:
            lines.append(suppression.named(Kind.DEAD, line.value))
        with running(campaign, "suppress", {**self._options, "undo": True}, ()) as job:
            if not campaign.accounts.suppression.take_back(lines):
                raise Misuse("suppress-not-there", word=line.name)
            campaign.gate.renew()
            back = suppression.end_suppression(campaign.ledger, campaign.gate, lines, now(), why)
            return job.end(Result(code=ExitCode.DONE, facts={"back": back}))

    def to_keep(self) -> Sequence[Stays]:
        """The envelopes in lots that should not be posted now."""
        return self._campaign.envelopes_to_keep()


def _own_mailboxes(
    campaign: Campaign, recipients: Sequence[Recipient], named: Sequence[Recipient]
) -> Sequence[SuppressedName]:
    """The addresses of these that are no other's: a couple with one mailbox is two."""
    found = dict.fromkeys(
        suppression.named(Kind.ADDRESS, address)
        for each in named
        for address in filter(None, (each.email, *each.alternates))
    )
    there = campaign.ledger.campaign_id
    return [
        line
        for line in found
        if all(each in named for each in suppression.those_named(recipients, [line], there))
    ]


def line_of(campaign: Campaign, recipients: Sequence[Recipient], word: str) -> SuppressedName:
    """The line that a word means. Misuse as `Job`."""
    local, at, domain = word.rpartition("@")
    if at and not local:
        return suppression.named(Kind.DOMAIN, _domain_of(domain, word))
    if at:
        return suppression.named(Kind.ADDRESS, _address(word, word))
    found = called(recipients, word)
    if not found:
        code = communes.with_zero(word.upper())
        if code in communes.reference():
            return suppression.named(Kind.TOWN, code)
        if _DOMAIN.fullmatch(word):
            return suppression.named(Kind.DOMAIN, _domain_of(word, word))
    return suppression.named_of(one_of(found, word), campaign.ledger.campaign_id)


def _address(text: str, word: str) -> str:
    """The one address in the text as the list has it; written otherwise it names nobody."""
    from merge.recipients.emails import addresses

    found, _problems = addresses(text)
    if len(found) != 1:
        raise Misuse("value-unfit", value=word, example="mairie@example.org, example.org")
    return found[0]


def _domain_of(domain: str, word: str) -> str:
    return _address(f"anyone@{domain}", word).rpartition("@")[2]


def is_suppressed(campaign: Campaign, recipient: Recipient) -> bool:
    """Whether somebody put this recipient on the list."""
    campaign.gate.renew()
    return campaign.gate.ruling(recipient) is not None


def asking_to_stop(campaign: Campaign) -> Sequence[tuple[Recipient, Reply]]:
    """Who seems to want no more letters, with the latest mail that says so; none suppressed."""
    mails = campaign.ledger.replies.waiting("stop")[::-1]
    asking = {reply.key: reply for reply in mails if reply.key is not None}
    return [
        (each, asking[each.key])
        for each in campaign.ledger.recipients_of(list(asking))
        if not is_suppressed(campaign, each)
    ]


def keep_suppressed(campaign: Campaign) -> int:
    """Apply the list to all that waits in this campaign; how many letters it has stopped."""
    campaign.gate.renew()
    if not campaign.gate.names_anybody:
        return 0
    return len(suppression.keep_suppressed(campaign.ledger, campaign.gate, now()))


COLUMNS = ("kind", "name", "reason", "date")
_TITLES: Mapping[str, frozenset[str]] = {
    "kind": frozenset({"kind"}),
    "name": frozenset({"name", "who", "qui", "email", "adresse", "courriel", "domaine"}),
    "reason": frozenset({"reason", "why", "pourquoi", "motif", "raison"}),
}


def written(place: Path, *, excel: bool = False) -> bytes:
    """The list as CSV, without lines of one campaign or lines erased by a purge."""
    with open_campaign(place, access="read", command="suppress") as campaign:
        rows = [
            {
                "kind": line.kind.value,
                "name": line.name,
                "reason": "" if line.reason == suppression.CAME_BACK else line.reason,
                "date": f"{line.at.astimezone(campaign.zone):%Y-%m-%d}",
            }
            for line in campaign.accounts.suppression.lines()
            if line.value and line.kind is not Kind.RECIPIENT  # of one campaign, here
        ]
        return b"".join(export.written(COLUMNS, rows, "excel" if excel else "csv"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """What a file would add to the list. `left` are numbers of rows that name nobody."""

    lines: Sequence[Suppression]  # those that are not on it yet
    known: int
    left: Sequence[int]
    recipients: int  # of this campaign whom the new lines name

    @property
    def wants(self) -> tuple[Want, ...]:
        """Consent to add just these; none where nothing is new."""
        facts = {"n": len(self.lines), "recipients": self.recipients}
        want = Want(code="take-list", facts=facts, give=Give.YES, option="--yes")
        return (want,) if self.lines else ()


@contextmanager
def open_for_file(place: Path, listener: Listener) -> Iterator[Campaign]:
    """A campaign in whose name a list is taken."""
    with open_campaign(place, access="share", command="suppress", listener=listener) as campaign:
        yield campaign


def plan_file(campaign: Campaign, file: Path | BinaryIO) -> FilePlan:
    """Read a sheet with a column “name” in row 1, and list the lines that it would add.

    SheetError; Misuse("list-no-name").
    """
    table = read_sheet(file, header_row=1)  # a guess may take a short list's first line for data
    place_of = {
        what: next((n for n, title in enumerate(table.headers) if fold(title) in titles), None)
        for what, titles in _TITLES.items()
    }
    if place_of["name"] is None:
        raise Misuse("list-no-name", path=table.path, columns=", ".join(table.headers))

    def cell(cells: Cells, what: str) -> str:
        place = place_of[what]
        return "" if place is None else cells[place].strip()

    recipients, at = campaign.ledger.recipients(), now()
    known = campaign.accounts.suppression.known()
    lines: dict[SuppressedName, Suppression] = {}
    left = [problem.row for problem in table.told]
    old = 0
    for row, cells in table.rows.items():
        name = cell(cells, "name").removeprefix("'")
        try:
            line = line_of(campaign, recipients, name)
        except Misuse:
            left.append(row)
            continue
        if cell(cells, "kind") == Kind.DEAD and line.kind is Kind.ADDRESS:
            line = suppression.named(Kind.DEAD, line.value)
        if known.reason(line) is not None:
            old += 1
            continue
        lines[line] = Suppression(
            kind=line.kind,
            value=line.value,
            reason=cell(cells, "reason") or Path(table.path).name,
            at=at,
        )
    named = suppression.those_named(recipients, lines, campaign.ledger.campaign_id)
    return FilePlan(
        lines=list(lines.values()),
        known=old,
        left=sorted(left),
        recipients=len(named),
    )


def take_file(campaign: Campaign, plan: FilePlan, consents: Sequence[Consent]) -> Result:
    """Add the lines. Facts: `new` lines, and letters `stopped`."""
    if wants := missing(plan.wants, consents):
        return Result(code=ExitCode.REFUSED, wants=wants)
    with running(campaign, "suppress", {"lines": len(plan.lines)}, consents) as job:
        new = campaign.accounts.suppression.take(plan.lines)
        facts = {"new": new, "stopped": keep_suppressed(campaign)}
        code = ExitCode.PARTLY if plan.left else ExitCode.DONE
        return job.end(Result(code=code, facts=facts))
