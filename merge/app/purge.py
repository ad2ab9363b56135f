"""Erase what is personal everywhere that a campaign stands: ledger, archive, the files it made."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from pathlib import Path

from merge import disks
from merge import settings as settings_room
from merge.app import following, uploads
from merge.app.backup import BACKUPS, REPORT
from merge.app.campaign_files import others, written
from merge.app.campaigns import CampaignFolder, name_of
from merge.app.chosen import one_of, the_one
from merge.app.mail import REHEARSAL
from merge.app.new import LETTER, LOOK, REMINDER
from merge.app.opening import Campaign, now, open_campaign, users_accounts
from merge.app.paper import DISCARDED
from merge.app.running import missing, running
from merge.app.writing import before_of
from merge.campaign import suppression
from merge.campaign.envelopes import lies_in_a_lot
from merge.errors import ExitCode, Misuse, Refused, Trouble
from merge.job import Consent, Give, Listener, Result, Want, silent
from merge.ledger.accounts import Export
from merge.ledger.ledger import Ledger
from merge.ledger.opening import ARCHIVE, LEDGER, ON_SERVER, Access, ledger_file
from merge.ledger.records import Erasure, Kind, Reply, SuppressedName
from merge.model import Counts, Delivery, Recipient, Status
from merge.paper.lots import CUTTING, LOTS, MAKING, made_of
from merge.settings import FILE_NAME

WAITS = (Status.QUEUED, Status.DEFERRED)


def plan_erasure(ledger: Ledger, replies: Sequence[Reply], key: str | None) -> Erasure:
    """What belongs to one recipient, or to all. `replies` are all that the campaign has.

    A mail that may be theirs, while nobody has said whose it is, counts as theirs. The archive
    also has letters that no row names any more (one that was edited, one that was made and never
    left): whose they were cannot be told, so of one recipient's purge only what others' rows name
    is kept.

    Refused("purge-in-hand") while a letter of theirs is on its way or in doubt: what is erased
    could not be proved or posted any more. Letters of all that still wait are given up. Of one
    recipient ("purge-waiting") the next import would bring the letter back: it is suppressed first.
    """
    everyones = ledger.deliveries()
    deliveries = [d for d in everyones if key in (None, d.key)]
    waiting = [d.key for d in deliveries if d.status in WAITS]
    _refuse(deliveries, waiting if key is not None else ())
    theirs = [reply for reply in replies if key is None or _may_be_from(reply, key)]
    noted = ledger.answers.all()
    letters, answers = [d.sha256 for d in deliveries], [reply.sha256 for reply in theirs]
    evidence = [answer.evidence for answer in noted if key in (None, answer.key)]
    messages = dict.fromkeys(filter(None, [*letters, *answers, *evidence]))
    named = {each.sha256 for some in (everyones, replies) for each in some}
    named |= {answer.evidence for answer in noted}
    keys = [r.key for r in ledger.recipients() if key in (None, r.key)]
    numbers = {d.lot for d in deliveries if d.lot is not None}
    if key is not None:
        numbers |= _lots_it_was_in(ledger, key)
    return Erasure(
        keys=tuple(keys),
        messages=tuple(messages),
        kept=frozenset(named - messages.keys() - {""}),
        lots=tuple(lot.path for lot in ledger.lots() if key is None or lot.number in numbers),
        replies=len(theirs),
        attempts=sum(d.attempts for d in deliveries),
        waiting=len(waiting),
    )


def _lots_it_was_in(ledger: Ledger, key: str) -> set[int]:
    """All lots whose PDF holds a page to it, those that its letter has left since included."""
    told = (attempt.words for attempt in ledger.attempts(key) if attempt.phase == "lot")
    return {int(words) for words in told if words.isdigit()}


def _may_be_from(reply: Reply, key: str) -> bool:
    if reply.key is None:
        return key in {proposal.key for proposal in reply.proposals}
    return reply.key == key


def _refuse(deliveries: Sequence[Delivery], waiting: Sequence[str]) -> None:
    in_hand = [each for each in deliveries if _is_in_hand(each)]
    if in_hand:
        first = in_hand[0]
        raise Refused("purge-in-hand", n=len(in_hand), key=first.key, status=first.status)
    if waiting:
        raise Refused("purge-waiting", n=len(waiting), key=waiting[0])


def _is_in_hand(delivery: Delivery) -> bool:
    """On its way, in doubt, or in a lot that nobody has posted yet."""
    return delivery.status in (Status.SENDING, Status.UNKNOWN) or lies_in_a_lot(delivery)


def correspondents(messages: Iterable[bytes]) -> Iterator[SuppressedName]:
    """Whom these were written to or by, as a line of the suppression list may name them.

    An address that an `edit` has replaced since stands in no other place.
    """
    for message in messages:
        head, _, _ = message.partition(b"\r\n\r\n")
        headers = BytesHeaderParser().parsebytes(head)
        told = [str(value) for name in ("To", "From") for value in headers.get_all(name, [])]
        for _name, address in getaddresses(told):
            yield suppression.named(Kind.ADDRESS, address)
            yield suppression.named(Kind.DEAD, address)


OUTBOX = Path("outbox")
_SHEETS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".json", ".docx", ".zip"})
_NEVER_LISTED = frozenset({"outbox", "locks"})
# Of a migration; what a kill has left of a backup, another purge, an export.
_COPIES = (
    *("ledger.db.before-*", ".backup-*", "ledger.db.making*", "archive.db.making*"),
    disks.PARTIAL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be erased, and what a person alone can erase."""

    key: str | None  # of the one recipient; None is everybody
    erasure: Erasure
    files: tuple[Path, ...]  # of ours: they go
    left: tuple[Path, ...]  # of the person: they stay, and may hold names
    copies: tuple[Path, ...]  # of the whole campaign, for others' sake: they stay, with this one in
    elsewhere: tuple[Export, ...]  # exports, backups and downloads, which nothing here reaches

    @property
    def wants(self) -> tuple[Want, ...]:
        """A yes to just this."""
        facts = {
            "recipients": len(self.erasure.keys),
            "messages": len(self.erasure.messages),
            "waiting": self.erasure.waiting,
        }
        return (Want(code="erase", facts=facts, give=Give.YES, option="--yes"),)


@contextmanager
def open(place: Path, listener: Listener, *, really: bool) -> Iterator[Campaign]:
    """A campaign to purge. Without `really` one can only plan it."""
    access: Access = "closed" if really else "read"
    with open_campaign(place, access=access, command="purge", listener=listener) as campaign:
        yield campaign


def plan(campaign: Campaign, word: str | None) -> Plan:
    """List what a purge would erase: of everybody, or of one recipient, called by a `word`.

    Misuse: see `_whom`. Refused("purge-waiting"), ("purge-in-hand") and as `disks.place`.
    """
    ledger, folder = campaign.ledger, campaign.folder
    key = _whom(ledger.recipients(), word).key if word is not None else None
    erasure = plan_erasure(ledger, ledger.replies.all(), key)
    ours = _ours(campaign, erasure, everybody=key is None)
    _refuse_links(folder, ours)
    return Plan(
        key=key,
        erasure=erasure,
        files=tuple(ours),
        left=tuple(sorted(path.relative_to(folder) for path in _theirs(folder))),
        copies=tuple(_copies(folder)) if key is not None else (),
        elsewhere=tuple(campaign.exports()),
    )


def run(campaign: Campaign, word: str | None, consents: Sequence[Consent]) -> Result:
    """Erase it. `damaged`: how many letters and mails of others went with it, being damaged.

    Files first, then archive and ledger, so that a kill on the way is run again. The list
    before the archive, which alone knows some of the addresses that it names.
    """
    planned = plan(campaign, word)
    if wants := missing(planned.wants, consents):
        return Result(code=ExitCode.REFUSED, wants=wants)
    erasure = planned.erasure
    with running(campaign, "purge", {}, consents) as job:
        names = {
            *(
                each
                for recipient in campaign.ledger.recipients_of(erasure.keys)
                for each in suppression.personal_names(recipient, campaign.ledger.campaign_id)
            ),
            *correspondents(campaign.archive.messages(but=erasure.kept)),
        }
        for path in planned.files:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        for upload in uploads.waiting(campaign.folder):  # lists that nobody has taken yet
            uploads.remove(upload)
        campaign.accounts.suppression.forget(sorted(names))
        damaged = campaign.archive.erase(but=erasure.kept)
        campaign.ledger.erase(erasure, now(), everybody=planned.key is None)
        return job.end(Result(code=ExitCode.DONE, facts={"damaged": damaged}))


def _whom(recipients: Sequence[Recipient], word: str) -> Recipient:
    """As `the_one`; an address also where it is another one that they have."""
    sought = word.strip().casefold()
    theirs = [each for each in recipients if sought in map(str.casefold, each.alternates)]
    if "@" not in word or not theirs:
        return the_one(recipients, word)
    return one_of([each for each in recipients if each in theirs or _is_at(each, sought)], word)


def _is_at(recipient: Recipient, address: str) -> bool:
    return (recipient.email or "").casefold() == address


# The whole campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What deleting a campaign would erase; `erased` is None where its ledger is gone already.

    `left` are the files that somebody put into its folder: they stay.
    """

    name: str
    counts: Counts | None = None
    erased: Plan | None = None
    left: Sequence[str]


def deletion(place: Path) -> Deletion:
    """Refused("delete-sending") while a sending is at work or waits its turn; else as `plan`."""
    texts, name = _texts(place), name_of(place)
    left = sorted({*written(place), *others(place)}.difference(texts))
    if not ledger_file(place).exists():
        return Deletion(name=name, left=left)
    with open(place, silent, really=False) as campaign:
        counts, planned = campaign.ledger.counts(), _plan_deletion(campaign)
    return Deletion(name=name, counts=counts, erased=planned, left=left)


def delete(place: Path, consents: Sequence[Consent]) -> Result:
    """Erase everybody, then delete the ledger, then letter and settings. The folder stays where
    anything else lies in it. Refused as `deletion`.

    What a kill leaves is whole, with nobody's name in it, or has no ledger and opens no more; the
    settings go last, so that it is deleted again.
    """
    texts, result = _texts(place), Result(code=ExitCode.DONE)
    if ledger_file(place).exists():
        with open(place, silent, really=True) as campaign:
            _plan_deletion(campaign)
            result = run(campaign, None, consents)
        if result.wants:
            return result
    patterns = (ON_SERVER, f"{LEDGER}*", f"{ARCHIVE}*", "locks/*")
    kept = [path for pattern in patterns for path in disks.found(place, pattern)]
    for path in (*kept, *(disks.place(place, name) for name in texts)):
        path.unlink(missing_ok=True)
    with closing(users_accounts()) as accounts:
        accounts.unregister([str(place.resolve() / name) for name in (LEDGER, ON_SERVER)])
    for folder in (place / "locks", place):
        with suppress(OSError):  # it is not empty
            folder.rmdir()
    return result


def _plan_deletion(campaign: Campaign) -> Plan:
    if following.is_sending(campaign):
        raise Refused("delete-sending")
    return plan(campaign, None)


def _texts(place: Path) -> Sequence[str]:
    """What the program wrote or copied for a person to go on with; the settings come last."""
    letters, own = [LETTER, REMINDER], [LOOK]
    with suppress(Trouble):
        settings = settings_room.load(place)
        account, letter = settings.account, settings.letter
        letters = [letter.template, REMINDER]
        own = [letter.look, account.ca_file, account.imap.ca_file]
    own += [*letters, *map(before_of, letters)]
    return [*{*own}.intersection(written(place)), FILE_NAME]


# In every campaign of this user


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundIn(CampaignFolder):
    """A campaign that has somebody's address: what of them would be erased, or why it cannot be."""

    plan: Plan | None = None


def everywhere(address: str) -> Sequence[FoundIn]:
    """Where the one with this address stands, in all campaigns that accounts.db knows.

    Misuse("value-unfit"); LedgerError where accounts.db cannot be read.
    """
    if "@" not in address:
        raise Misuse("value-unfit", value=address, example="anne@example.org")
    with closing(users_accounts()) as accounts:
        places = sorted({Path(each.path).parent for each in accounts.all_registered()})
    found = []
    for place in places:
        try:
            with open(place, silent, really=False) as campaign:
                found.append(FoundIn(place=place, plan=plan(campaign, address)))
        except Trouble as trouble:
            if trouble.code != "nobody-called":
                found.append(FoundIn(place=place, trouble=trouble))
    return found


def erase_in(found: FoundIn, consents: Sequence[Consent], listener: Listener) -> Result:
    """Erase them in one of these campaigns."""
    key = found.plan.key if found.plan else None
    if key is None:  # a purge without a key is one of everybody
        raise ValueError("nobody was found there")
    with open(found.place, listener, really=True) as campaign:
        return run(campaign, key, consents)


def _refuse_links(folder: Path, ours: Iterable[Path]) -> None:
    """What lies behind a link would not be erased. Refused as `disks.place`."""
    for top in ours:
        for path, _found in disks.walk(top) if top.is_dir() else ():
            disks.place(folder, path.relative_to(folder))


def _ours(campaign: Campaign, erasure: Erasure, *, everybody: bool) -> list[Path]:
    """Files in the folder that the program made, and that hold something of theirs."""
    folder = campaign.folder
    names, patterns = _ours_are(erasure, everybody=everybody)
    whole = [path for name in names if (path := disks.place(folder, name)).exists()]
    found = [path for pattern in patterns for path in disks.found(folder, pattern)]
    return [*dict.fromkeys((*whole, *found))]


def _ours_are(erasure: Erasure, *, everybody: bool) -> tuple[Sequence[Path], Sequence[str]]:
    """Folders, and patterns of paths."""
    if everybody:
        return [OUTBOX], _COPIES
    left_by_kill = str(LOTS / f"{CUTTING}*")
    lots = (each for path in erasure.lots for each in (path, *made_of(path)))
    return [REHEARSAL, Path(MAKING), DISCARDED, REPORT], [*_COPIES, left_by_kill, *lots]


def _copies(folder: Path) -> Iterator[Path]:
    """Whole campaigns in one file each, of which nobody can be taken out."""
    for path in disks.found(folder, str(BACKUPS / "*.zip")):
        yield path.relative_to(folder)


def _theirs(folder: Path) -> list[Path]:
    """Tables, copies and documents that somebody put into the campaign folder."""
    return [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in _SHEETS
        and path.is_file()
        and path.relative_to(folder).parts[0] not in _NEVER_LISTED
    ]
