"""What comes back: into the ledger, when it is a reason to stop, and what a person decides.

Hosts count too. Some block a mailbox for a day after fifteen messages that came back within an
hour; a list of which one address in twenty is dead looks bought. It is cheaper to stop and ask.
Whoever has looked goes on with `--accept-bounces`: what came back until then counts no more.

Reports that are about whoever sends (spam, policy, a blocked address) pause the account, for all of
its campaigns. One server's is no rule: three of them, and more than one letter in twenty, are. The
pause stands beside the quotas, in accounts.db, until a person who has read the server's words lifts
it, in any campaign of the account, or decides about the letters.

Letters that came back because of whoever sent them, or of what they say, wait: neither their next
address nor paper would help. One decision is for all of them: again later, on paper, or left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from merge.campaign.pace import FIRST_STAGE
from merge.campaign.ports import Mailbox
from merge.errors import AccountPaused, Stopped
from merge.ledger.accounts import Accounts
from merge.ledger.ledger import Ledger
from merge.ledger.records import Decision, PolicyReports, Returned, ReturnRate
from merge.model import Delivery
from merge.outcome import Bounce, Outcome

MOST_AN_HOUR = 15  # easyname and others block a mailbox at that
MOST_PERCENT = 5
PERCENT_OF_AT_LEAST = 40  # letters; of fewer, a share says nothing
MOST_OF_THE_FIRST = 3  # of the ten that a campaign begins with
PAUSES_AT = 3  # letters
PAUSES_OVER_PERCENT = 5  # of a hundred

ACCEPTED = "bounces_accepted_at"
"""When a person last said to go on, in spite of all that came back: a fact of the ledger."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_BOOKMARK = "mailbox_read_to"
_DECIDED = "refused_decided_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccount:
    """The account of one campaign. `name` is what its quota goes by, too."""

    accounts: Accounts
    name: str
    campaign_id: str

    def hear(self, refused: PolicyReports) -> None:
        """Pause the account if too many letters came back because of us; never for a single one."""
        if (
            refused.letters >= PAUSES_AT
            and refused.letters * 100 > refused.of * PAUSES_OVER_PERCENT
        ):
            self.pause(refused.reports)

    def pause(self, reports: Sequence[Bounce]) -> None:
        """These say that the sender is refused. Said again, it counts once."""
        self.accounts.pause(self.name, self.campaign_id, reports)

    def lift(self) -> None:
        """A person has read why."""
        self.accounts.lift(self.name)

    def refused(self, outcome: Outcome) -> AccountPaused:
        """AccountPaused("account-paused"), with the reply by which a server refused the sender."""
        return AccountPaused(
            "account-paused",
            reason="",
            account=self.name,
            reply=outcome.code,
            enhanced=outcome.enhanced,
            words=outcome.words,
        )

    def login_refused(self, trouble: AccountPaused) -> AccountPaused:
        """The same of a login. A run begins with one that succeeds: the password is right. What
        ended a sign-in has words of its own.
        """
        if trouble.code.startswith("sign-in"):
            return trouble
        said: Mapping[str, Any] = trouble.facts
        return AccountPaused(
            "account-paused",
            reason="later-login",
            account=self.name,
            reply=said.get("reply"),
            enhanced="",
            words=said.get("words", ""),
        )

    def refusal(self) -> AccountPaused | None:
        """AccountPaused("bounce-about-us") while it is paused. One look at accounts.db."""
        pause = self.accounts.paused(self.name)
        if pause is None:
            return None
        return AccountPaused(
            "bounce-about-us",
            n=pause.reports,
            codes=" ".join(filter(None, (str(pause.code or ""), pause.enhanced))) or "?",
            account=self.name,
            folder=pause.folder,
        )


def read_returns(ledger: Ledger, mailbox: Mailbox, account: OwnAccount) -> Returned:
    """Read what came back since the last time into the ledger. Trouble when the mailbox fails."""
    since = ledger.first_sent_at()
    if since is None:
        return Returned(bounced=(), about_us=())
    notices = mailbox.bounces(since=since, after=ledger.fact(_BOOKMARK) or "")
    returned = take(ledger, notices.bounces, account)
    # After the ledger: a kill in between reads them again, and each counts once.
    ledger.set_fact(_BOOKMARK, notices.read_to)
    return returned


def accept_bounces(ledger: Ledger, account: OwnAccount, now: datetime) -> None:
    """A person has looked at what came back so far: it is no reason to stop any more."""
    ledger.set_fact(ACCEPTED, now.isoformat())
    account.lift()


def refuse_too_many(ledger: Ledger, now: datetime) -> None:
    """Stopped("too-many-bounces"), of what came back since somebody last looked."""
    accepted = ledger.fact_as(ACCEPTED, datetime.fromisoformat)
    tried = ledger.tried_since(accepted or LONG_AGO)
    if _are_too_many(tried, now) or _are_of_the_first(ledger, tried.bounced):
        back = len(tried.bounced) + len(tried.refused)
        raise Stopped("too-many-bounces", bounced=back, sent=tried.accepted)


def _are_of_the_first(ledger: Ledger, bounced: Sequence[datetime]) -> bool:
    """Of the ten that a campaign begins with three are enough: that is no share of chance.

    Of ten since somebody has looked they are not: reports may be late ones of those before.
    """
    return (
        len(bounced) >= MOST_OF_THE_FIRST and ledger.tried_since(LONG_AGO).accepted <= FIRST_STAGE
    )


def _are_too_many(tried: ReturnRate, now: datetime) -> bool:
    """By the hour, which ends by itself, or by their share of all that was sent.

    What came back because of us says nothing of the list: the account hears of it.
    """
    an_hour_ago = now - timedelta(hours=1)
    if sum(at > an_hour_ago for at in (*tried.bounced, *tried.refused)) >= MOST_AN_HOUR:
        return True
    n = tried.accepted
    return n >= PERCENT_OF_AT_LEAST and len(tried.bounced) * 100 >= n * MOST_PERCENT


def take(ledger: Ledger, bounces: Sequence[Bounce], account: OwnAccount) -> Returned:
    """Reports into the ledger; of those about us the account hears, since a person last looked."""
    looked = (ledger.fact_as(name, datetime.fromisoformat) for name in (ACCEPTED, _DECIDED))
    since = max(filter(None, looked), default=LONG_AGO)
    return ledger.bounced(bounces, account.hear, since=since)


def has_read_mailbox(ledger: Ledger) -> bool:
    """Whether somebody, or a sending, has ever looked what came back."""
    return ledger.fact(_BOOKMARK) is not None


def decide(
    ledger: Ledger,
    account: OwnAccount,
    decision: Decision,
    keys: Sequence[str] | None,
    now: datetime,
    who: str,
) -> Sequence[Delivery]:
    """A person's word on letters that came back because of us; without `keys`, on all that wait.

    Whoever has decided about all has looked at why: the account is paused for them no more.
    """
    wanted = ledger.refused_as_senders() if keys is None else keys
    decided = ledger.decide_refused(decision, wanted, now, who)
    if decided and not ledger.refused_as_senders():
        ledger.set_fact(_DECIDED, now.isoformat())
        account.accounts.lift(account.name, account.campaign_id)  # not for what others heard
    return decided
