"""What came back and what is in doubt: one inbox, each case with what a person can decide.

`look` only reads. `decide` keeps each decision; one that cannot be kept is returned with its
reason, and stops no other. `Job.read` fetches what came since the last time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Literal, cast
from zoneinfo import ZoneInfo

from merge.app import approval, suppress
from merge.app.approval import Change
from merge.app.chosen import Narrowing, recipient_called, the_one
from merge.app.confined import read_mail, whole_mail
from merge.app.mailbox import came_back, closed, mailbox, mailroom
from merge.app.opening import Campaign, now, open_campaign, who
from merge.app.running import running
from merge.campaign import answers, replies, returns
from merge.campaign.envelopes import Stays
from merge.campaign.mailroom import Evidence, in_doubt, look_in_mailbox, provable
from merge.campaign.replies import Desk, Harvest
from merge.errors import ExitCode, Misuse, Trouble
from merge.job import Event, Listener, Result, silent
from merge.ledger.records import Answer, By, Grade, Reply, Way, web_address
from merge.ledger.records import Decision as Policy
from merge.mail.folder import MailFiles
from merge.mail.incoming import asks_to_stop
from merge.model import Channel, Delivery, Recipient, Status
from merge.outcome import Sort
from merge.settings import PUBLIC_DOMAINS, Settings

READ_AT = "replies_read_at"
"""The fact that says when the mailbox was last read to its end."""

_BOOKMARK = "replies_read_to"


class CaseKind(StrEnum):
    """What a person is asked."""

    DOUBT = "doubt"  # was it sent, or not?
    STOP = "stop"  # does it ask for no more letters?
    WHOSE = "whose"  # of whom is it?
    ANSWER = "answer"  # what does it come to?
    REFUSED = "refused"  # it came back because of us: again, on paper, or left
    BOUNCE = "bounce"  # it failed or came back for a reason of its own: another address
    MAIL = "mail"  # nothing: every mail that was ever read


TO_DECIDE = (CaseKind.DOUBT, CaseKind.STOP, CaseKind.WHOSE, CaseKind.ANSWER, CaseKind.REFUSED)
"""Those that wait for a person's word."""

CHOICES: Mapping[CaseKind, Sequence[str]] = {
    CaseKind.DOUBT: ("sent", "not-sent"),
    CaseKind.STOP: ("stop", "no-stop"),
    CaseKind.WHOSE: ("attach", "dismiss"),
    CaseKind.ANSWER: ("yes", "no", "conditions", "received"),
    CaseKind.REFUSED: ("later", "paper", "leave"),
    CaseKind.BOUNCE: (),
    CaseKind.MAIL: ("attach", "dismiss"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A mail (`number` is its own), or a letter (then it is the delivery's; `reply` its report).

    `recipient_number` is 0 for a mail of nobody known.
    """

    kind: CaseKind
    number: int
    at: datetime
    recipient: Recipient | None = None
    recipient_number: int = 0
    delivery: Delivery | None = None
    reply: Reply | None = None
    possible: Sequence[tuple[Recipient, By]] = ()  # who may have sent it, and the evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Cases, newest first; `choices` are those of this campaign."""

    cases: Sequence[Case]
    choices: Mapping[CaseKind, Sequence[str]]

    def case(self, kind: CaseKind, number: int) -> Case:
        """The one with this number. Misuse("reply-missing")."""
        for each in self.cases:
            if (each.kind, each.number) == (kind, number):
                return each
        raise Misuse("reply-missing", number=number)


def counts(campaign: Campaign, kinds: Sequence[CaseKind] = TO_DECIDE) -> Mapping[CaseKind, int]:
    """How many there are of each."""
    ledger = campaign.ledger
    letters: Mapping[CaseKind, Callable[[], Sequence[object]]] = {
        CaseKind.DOUBT: lambda: in_doubt(ledger),
        CaseKind.STOP: lambda: suppress.asking_to_stop(campaign),
        CaseKind.REFUSED: ledger.refused_as_senders,
        CaseKind.BOUNCE: lambda: ledger.came_back(waiting=False),
    }
    mails = ledger.replies
    return {each: len(letters[each]()) if each in letters else mails.count(each) for each in kinds}


def look(
    campaign: Campaign, kinds: Sequence[CaseKind] = TO_DECIDE, at_most: int | None = None
) -> Inbox:
    """The cases of these kinds, or so many of the newest."""
    own = (*CHOICES[CaseKind.ANSWER], *campaign.settings.answers.wordings)
    found = [case for kind in kinds for case in _cases(campaign, kind, at_most)]
    return Inbox(
        cases=sorted(found, key=lambda case: case.at, reverse=True)[:at_most],
        choices={**CHOICES, CaseKind.ANSWER: own},
    )


def _cases(campaign: Campaign, kind: CaseKind, at_most: int | None) -> Sequence[Case]:
    ledger = campaign.ledger
    if kind is CaseKind.DOUBT:
        return _letters(campaign, kind, in_doubt(ledger))
    if kind in (CaseKind.REFUSED, CaseKind.BOUNCE):
        back = ledger.came_back(waiting=kind is CaseKind.REFUSED, at_most=at_most)
        return _letters(campaign, kind, back)
    if kind is CaseKind.STOP:
        mails: Sequence[Reply] = [mail for _who, mail in suppress.asking_to_stop(campaign)]
    else:
        mails = ledger.replies.waiting(kind, at_most)
    proposed = [key for mail in mails for key, _by in mail.proposals]
    known, numbers = _known(campaign, [*(mail.key for mail in mails if mail.key), *proposed])
    return [
        Case(
            kind=kind,
            number=mail.number,
            at=mail.at,
            recipient=known.get(mail.key or ""),
            recipient_number=numbers.get(mail.key or "", 0),
            reply=mail,
            possible=[(known[key], by) for key, by in mail.proposals if key in known],
        )
        for mail in mails
    ]


def _letters(campaign: Campaign, kind: CaseKind, letters: Sequence[Delivery]) -> Sequence[Case]:
    known, numbers = _known(campaign, [each.key for each in letters])
    reports = campaign.ledger.replies.reports(list(known))
    return [
        Case(
            kind=kind,
            number=each.id,
            at=each.at,
            recipient=known[each.key],
            recipient_number=numbers[each.key],
            delivery=each,
            reply=reports.get((each.key, each.wave)) if each.channel is Channel.EMAIL else None,
        )
        for each in letters
    ]


def _known(
    campaign: Campaign, keys: Sequence[str]
) -> tuple[Mapping[str, Recipient], Mapping[str, int]]:
    known = {each.key: each for each in campaign.ledger.recipients_of(keys)}
    return known, campaign.ledger.numbers_of(list(known))


# One mail


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeReply:
    """A mail that came back, with all that it says and the names of its files."""

    reply: Reply
    text: str  # quotes included
    attached: Sequence[str]
    reported: str = ""  # the server's own words in a report that a person is to decide about


def whole(campaign: Campaign, reply: Reply) -> WholeReply:
    """A mail with all that is kept of it."""
    data = campaign.archive.get(reply.sha256) if reply.sha256 else b""
    text, attached = whole_mail(data) if data else ("", ())
    is_asked_about = reply.sort is Sort.BOUNCE and reply.key is None
    found = read_mail(data, at=reply.at) if is_asked_about and data else None
    said = found.bounce.outcome if found and found.bounce else None
    words = (str(said.code or ""), said.enhanced, said.words) if said else ()
    return WholeReply(
        reply=reply, text=text, attached=attached, reported=" ".join(filter(None, words))
    )


def kept(campaign: Campaign, number: int, key: str | None = None) -> bytes:
    """The mail with that number as it came, of all or of one recipient. Misuse("reply-missing"),
    also where no bytes of it are kept.
    """
    for reply in campaign.ledger.replies.all(key):
        if reply.number == number and reply.sha256:
            return campaign.archive.get(reply.sha256)
    raise Misuse("reply-missing", number=number)


# At work


@contextmanager
def open(place: Path, command: str, listener: Listener, word: str | None = None) -> Iterator[Job]:
    """The inbox to be read and decided; with "resolve" alone what is in doubt or was refused can
    be, and `word` may name one recipient. Events: "came-back", "reminders-closed".
    """
    access: Literal["exclusive", "share"] = "exclusive" if command == "resolve" else "share"
    with open_campaign(place, access=access, command=command, listener=listener) as campaign:
        key = the_one(campaign.ledger.recipients(), word).key if word is not None else None
        with running(campaign, command, {"key": key}, (), listener=listener) as run:
            job = Job(campaign, key, run.tell)
            yield job
            run.end(Result(code=job.code))


@dataclass(slots=True)
class Job:
    """One look into the inbox, and what a person says of it."""

    campaign: Campaign
    key: str | None  # of the one who was named; None is everybody
    tell: Listener
    code: ExitCode = ExitCode.DONE

    @property
    def settings(self) -> Settings:
        """The campaign's."""
        return self.campaign.settings

    def servers(self) -> Sequence[Change]:
        """Those to approve before the mailbox is read."""
        return approval.to_approve(self.campaign, sends=False)

    def approve(self, servers: Sequence[Change]) -> None:
        """A person's yes to these."""
        approval.approve_for(self.campaign, servers)

    def read(self, source: Path | None = None) -> Harvest | None:
        """Read what came since the last time, from the mailbox or from `source`: .eml files in a
        folder, a Maildir or an mbox. None where there is no mailbox.

        Misuse("mails-unreadable"). Trouble when the mailbox is out of reach, or refuses: what was
        read until then is kept.
        """
        desk, ledger = _desk(self.campaign), self.campaign.ledger
        if source is not None:
            return replies.read_replies(desk, MailFiles(source, now=now()), note=lambda to: None)
        door = mailbox(self.campaign)
        if door is None:
            return None
        began = [at for at in (ledger.first_sent_at(), *(lot.at for lot in ledger.lots())) if at]
        if not began:
            return Harvest()

        def note(read_to: str) -> None:
            if read_to:
                ledger.set_fact(_BOOKMARK, read_to)

        with door() as box:
            found = box.letterbox(since=min(began), after=ledger.fact(_BOOKMARK) or "")
            harvest = replies.read_replies(desk, found, note=note)
        ledger.set_fact(READ_AT, now().isoformat())
        return harvest

    def follow(self, harvest: Harvest) -> None:
        """Tell which letters came back by it, and which reminders it has overtaken."""
        for event in (
            *came_back(self.campaign, harvest.returned, len(harvest.alternates)),
            *closed(harvest.closed),
        ):
            self.tell(event)

    def mails(
        self, narrowing: Narrowing, only: Sequence[Reply] | None = None
    ) -> Sequence[tuple[Reply, str]]:
        """All that were ever read about those who are chosen, or of these `only`; each with the
        name of whose it is.
        """
        keys = None if narrowing.is_everybody else frozenset(self.campaign.chosen(narrowing) or ())
        identities = None if only is None else {reply.identity for reply in only}
        found = [
            reply
            for reply in self.campaign.ledger.replies.all()
            if (identities is None or reply.identity in identities)
            and (keys is None or reply.key in keys)
        ]
        names = self.campaign.ledger.names_of([reply.key for reply in found if reply.key])
        return [(reply, names.get(reply.key or "", "")) for reply in found]

    def waiting(self, *kinds: CaseKind) -> Sequence[Case]:
        """Cases in the order of the sheet, then as they came."""
        found = look(self.campaign, kinds).cases[::-1]
        return sorted(found, key=lambda case: case.recipient_number)

    def provable(self) -> bool:
        """Whether the mailbox could prove something of a letter in doubt."""
        return bool(provable(self.campaign.ledger))

    def prove(self) -> Evidence | None:
        """What the mailbox proves, written down; None where there is nothing to look for, or in."""
        campaign, room = self.campaign, mailroom(self.campaign)
        if room is None or not self.provable():
            return None
        return look_in_mailbox(campaign.ledger, campaign.archive, room, now=now(), who=who())

    def named(self, verdict: Status | None) -> tuple[Recipient, Delivery]:
        """The one recipient, and the letter in doubt; with QUEUED also one that came back because
        of us. Misuse("resolve-nothing").
        """
        ledger, key = self.campaign.ledger, str(self.key)
        delivery = ledger.delivery(key)
        if delivery is None or not (
            delivery.status is Status.UNKNOWN
            or (verdict is Status.QUEUED and delivery.id in ledger.stands_of_refused())
        ):
            raise Misuse("resolve-nothing", key=key)
        return ledger.recipients_of([key])[0], delivery

    def settle(self, key: str, verdict: Status) -> Delivery:
        """Keep a person's word on one letter: SENT, or QUEUED to send it again."""
        return self.campaign.ledger.resolve(key, verdict, now(), who())

    def decide(self, policy: Policy, keys: Sequence[str] | None = None) -> Sequence[Recipient]:
        """Keep a person's word on the letters that came back because of us: those to `keys`, else
        the one's, else all; whose they are. Misuse("resolve-no-policy") where there are none.
        """
        campaign = self.campaign
        if keys is None and self.key is not None:
            keys = [self.key]
        decided = returns.decide(campaign.ledger, campaign.account, policy, keys, now(), who())
        if not decided:
            raise Misuse("resolve-no-policy")
        return campaign.ledger.recipients_of([each.key for each in decided])

    def attach(self, number: int, word: str) -> tuple[Recipient, Harvest]:
        """A person says whose a mail is; what follows, of a report.

        Misuse: see `the_one` and `replies.attach`.
        """
        recipient = recipient_called(self.campaign.ledger, word)
        return recipient, replies.attach(_desk(self.campaign), number, recipient.key)


def _desk(campaign: Campaign) -> Desk:
    account = campaign.settings.account
    ours = (account.from_address, account.reply_to, account.login)
    return Desk(
        ledger=campaign.ledger,
        replies=campaign.ledger.replies,
        archive=campaign.archive,
        suppression=campaign.accounts.suppression,
        account=campaign.account,
        read=read_mail,
        asks_to_stop=asks_to_stop,
        own=frozenset(address.casefold() for address in ours if address),
        public=PUBLIC_DOMAINS,
        now=now,
    )


# Decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerProof:
    """The day of an answer, and the proof of it.

    `document` is a file's content; without one `by_mail` takes the mail itself.
    """

    day: date | None = None
    grade: Grade | None = None
    address: str = ""
    document: bytes | None = None
    by_mail: bool = False
    published: bool = False

    @property
    def said(self) -> Grade | None:
        """The grade that a person said: an address is that of a deliberation."""
        return self.grade or (Grade.DELIBERATION if self.address else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A person's word on one case: one of its choices.

    `key` is whom a mail is attached to, `note` and `proof` what is kept with it. `at` is the time
    of the letter that was shown: the decision does not cover a later one.
    """

    kind: CaseKind
    number: int
    choice: str
    key: str = ""
    note: str = ""
    proof: AnswerProof = field(default_factory=AnswerProof)
    at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Decided:
    """What was kept, with what the mailbox had proved instead; what was not, and why."""

    kept: list[tuple[Decision, Recipient | None, Status | None]] = field(default_factory=list)
    refused: list[tuple[Decision, Recipient | None, Trouble]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def decide(place: Path, decisions: Sequence[Decision]) -> Decided:
    """Keep these. Before a letter in doubt is sent again the mailbox is read: where it proves that
    it was sent, that counts.
    """
    done, known = Decided(), dict[Decision, Case]()
    kinds = {each.kind for each in decisions}
    command = "resolve" if kinds & {CaseKind.DOUBT, CaseKind.REFUSED} else "replies"
    with open_campaign(place, access="read", command=command) as campaign:
        shown = look(campaign, sorted(kinds))
    for each in decisions:
        case: Case | None = None
        try:
            if each.choice not in shown.choices[each.kind]:
                raise Misuse("reply-missing", number=each.number)
            case = shown.case(each.kind, each.number)
            _refuse_another(case.delivery, each.at)
            known[each] = case
        except Misuse as trouble:  # decided meanwhile, in another tab or at a terminal
            done.refused.append((each, _whose(case), trouble))
    if not known:
        return done
    try:
        with open(place, command, done.events.append) as job:
            if any(each.choice == "not-sent" for each in known):
                job.prove()
            for each, case in known.items():
                try:
                    done.kept.append((each, *_kept(job, each, case)))
                except Trouble as trouble:
                    done.refused.append((each, _whose(case), trouble))
    except Trouble as trouble:
        told = [each for each, *_rest in (*done.kept, *done.refused)]
        left = [each for each in known if each not in told]
        done.refused += [(each, _whose(known[each]), trouble) for each in left]
    return done


def _refuse_another(letter: Delivery | None, shown: datetime | None) -> None:
    """Misuse("letter-left-again"): another copy has left since, which may have arrived."""
    if letter is not None and shown is not None and letter.at != shown:
        raise Misuse("letter-left-again", key=letter.key)


def _whose(case: Case | None) -> Recipient | None:
    possible = case.possible if case else ()
    return (case.recipient if case else None) or (possible[0][0] if possible else None)


def _kept(job: Job, word: Decision, case: Case) -> tuple[Recipient | None, Status | None]:
    """Keep it; whose the case is from now on, and what has proved that word to be needless."""
    campaign, recipient = job.campaign, case.recipient
    if case.delivery is not None and word.kind is CaseKind.DOUBT:
        letter = campaign.ledger.delivery(case.delivery.key)
        if letter is not None and letter.status is not Status.UNKNOWN:  # before its time: proved
            return recipient, letter.status
        _refuse_another(letter, case.delivery.at)
        sent = word.choice == "sent"
        job.settle(case.delivery.key, Status.SENT if sent else Status.QUEUED)
    elif case.delivery is not None:
        job.decide(cast("Policy", word.choice), [case.delivery.key])
    elif word.kind is CaseKind.ANSWER and recipient is not None:  # a wording may be "stop", too
        mails, came = [case.reply] if case.reply else [], min(case.at, now())
        day = word.proof.day or came.astimezone(campaign.zone).date()
        proof = replace(word.proof, day=day)
        _note(campaign, recipient, word.choice, mails, note=word.note, proof=proof)
    elif word.choice == "attach":
        recipient, harvest = job.attach(word.number, word.key)
        job.follow(harvest)
    elif word.choice == "dismiss":
        campaign.ledger.replies.dismiss(word.number)
        recipient = None
    elif word.choice == "no-stop":
        campaign.ledger.replies.asks_for_nothing(word.number)
    elif word.choice == "stop" and recipient is not None:
        suppress.Job(campaign, recipient.key).run((), word.note)
    return recipient, None


def restore(place: Path, key: str, why: str) -> Sequence[Recipient]:
    """Take somebody off the suppression list who was put there by mistake."""
    with suppress.open(place, key, silent) as job:
        job.take_back(why)
        return job.plan().recipients


# Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedAnswer:
    """The answer that was kept, and the printed letters that it makes needless."""

    recipient: Recipient
    answer: Answer
    left_at: datetime | None  # the first letter that reached this town; None when none has left
    zone: ZoneInfo
    to_keep: Sequence[Stays]


def answer(
    place: Path,
    key: str,
    said: str,
    listener: Listener,
    *,
    way: Way | None,
    note: str,
    proof: AnswerProof,
) -> NotedAnswer:
    """Write down an answer of whom `key` names. Misuse as `_note` and `chosen.the_one`."""
    with open_campaign(place, access="share", command="answer", listener=listener) as campaign:
        recipient = recipient_called(campaign.ledger, key)
        mails = campaign.ledger.replies.all(recipient.key)
        noted = _note(campaign, recipient, said, mails, way=way, note=note, proof=proof)
        return NotedAnswer(
            recipient=recipient,
            answer=noted,
            left_at=_left_at(campaign, recipient),
            zone=campaign.zone,
            to_keep=campaign.envelopes_to_keep(),
        )


def _note(
    campaign: Campaign,
    recipient: Recipient,
    said: str,
    mails: Sequence[Reply],
    *,
    way: Way | None = None,
    note: str,
    proof: AnswerProof,
) -> Answer:
    """Without a day, today; without a way, by e-mail if it wrote one of these `mails`.

    `said` is a `Meaning`, or a wording of campaign.toml. Misuse as `refuse_unfit`, and
    `answers.understood`; ("evidence-none").
    """
    noted_at = now()
    meaning = answers.understood(said, campaign.settings.answers.wordings)
    refuse_unfit(campaign, proof)
    wrote = [mail.sha256 for mail in mails if mail.sort is Sort.ANSWER]
    evidence = next(filter(None, reversed(wrote)), "") if proof.by_mail else ""
    if proof.document is not None:  # kept before the answer that names it
        (evidence,) = campaign.archive.put([proof.document])
    if proof.by_mail and not evidence:
        raise Misuse("evidence-none")
    noted = Answer(
        key=recipient.key,
        meaning=meaning,
        # By noon, so that of one day's answers the one that is noted last counts.
        at=min(noted_at, datetime.combine(proof.day or _today(campaign), time(12), campaign.zone)),
        way=way or (Way.EMAIL if wrote else None),
        note=" ".join(note.split()),
        noted_at=noted_at,
        who=who(),
        grade=proof.said,
        address=proof.address,
        evidence=evidence,
        published=proof.published,
    )
    with running(campaign, "answer", {"key": recipient.key, "meaning": meaning}, ()) as job:
        campaign.ledger.answers.add(noted)
        job.end(Result(code=ExitCode.DONE))
    return noted


def refuse_unfit(campaign: Campaign, proof: AnswerProof) -> None:
    """Misuse("answer-in-future"), ("value-unfit") for what is no address on the web,
    ("grade-address"), ("evidence-unfit"), ("evidence-none").
    """
    if proof.day is not None and proof.day > _today(campaign):
        raise Misuse("answer-in-future", day=proof.day)
    try:
        web_address(proof.address)
    except ValueError as error:
        example = "https://www.example.org/deliberations/12.pdf"
        raise Misuse("value-unfit", value=str(error), example=example) from None
    if (proof.said is Grade.DELIBERATION) != bool(proof.address):
        raise Misuse("grade-address")
    document, most = proof.document, answers.EVIDENCE_AT_MOST
    if document is not None:
        if len(document) > most or not answers.evidence_kind(document):
            raise Misuse("evidence-unfit", limit_mb=most // 1_000_000)
    elif proof.published and not proof.by_mail:
        raise Misuse("evidence-none")


def _today(campaign: Campaign) -> date:
    return now().astimezone(campaign.zone).date()


def evidence(campaign: Campaign, digest: str) -> tuple[bytes, str]:
    """A document that proves an answer, and the ending of its name. Misuse("evidence-none")."""
    if digest not in {each.evidence for each in campaign.ledger.answers.all()}:
        raise Misuse("evidence-none")
    document = campaign.archive.get(digest)
    return document, answers.evidence_kind(document) or "eml"


def _left_at(campaign: Campaign, recipient: Recipient) -> datetime | None:
    ledger = campaign.ledger
    latest = ledger.delivery(recipient.key)
    waves = range(1, latest.wave + 1) if latest else ()
    found = (ledger.delivery(recipient.key, wave) for wave in waves)
    (town,) = answers.towns([recipient], [*filter(None, found)], ledger.lots(), (), ())
    return town.written_at
