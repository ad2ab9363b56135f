"""One letter to oneself, over the same connection as in life, before the first real sending."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from merge.campaign.check import untested_waves
from merge.campaign.letters_to_send import too_large
from merge.campaign.ports import PostOffice, Sender, Template
from merge.campaign.reminders import Waves, fact_of, version_in, versions
from merge.errors import Misuse, Stopped
from merge.ledger.ledger import Ledger
from merge.model import Channel, LetterFault, Message, Recipient, Status
from merge.outcome import Aim, Answered, Outcome, Unreachable

TEST_MESSAGE = "test_message"
"""The Message-ID of the last letter to oneself: a fact of the ledger."""

WAVE_OF_A_TRIAL = 0  # so that its Message-ID is not the one the mayor's letter will have


def whose(ledger: Ledger, keys: Sequence[str] | None, template: Template) -> Recipient:
    """Whose letter is tried, of these keys (None: of all): the next to get one by e-mail, first in
    a version that nobody has seen; else the first who has an address.

    Misuse: "nobody-yet" before the first import, "nobody-chosen" without keys, "nobody-by-email".
    """
    unseen = untested_waves(ledger, versions(template))
    first: Recipient | None = None
    for recipient in ledger.candidates(keys, [Channel.EMAIL]).recipients():
        if recipient.email:
            first = first or recipient
            wave = template.wave_of(recipient.key) if isinstance(template, Waves) else 1
            if not unseen or wave in unseen:
                return recipient
    if first:
        return first
    recipients = ledger.recipients()
    if not recipients:
        raise Misuse("nobody-yet")
    meant = [each for each in recipients if keys is None or each.key in keys]
    if not meant:
        raise Misuse("nobody-chosen")
    first = next((each for each in meant if each.email), None)
    if first is None:
        raise Misuse("nobody-by-email")
    return first


def try_out(sender: Sender, recipient: Recipient, to: str) -> Outcome | LetterFault:
    """Send the recipient's letter to `to`. Touches no delivery; spends one of the quota.

    Accepted, this version of the letter counts as tested. Stopped("quota-spent") when the
    account has none left (`when` it has), AccountPaused when the server refuses the account.
    """
    letter = sender.template.render(recipient, Channel.EMAIL)
    if isinstance(letter, LetterFault):
        return letter
    now = sender.watch.now()
    message = sender.composer.compose(letter, to=to, wave=WAVE_OF_A_TRIAL, date=now)
    if isinstance(message, LetterFault):
        return message
    if fault := too_large(recipient.key, len(message.data), sender.post_office.size_limit):
        return fault

    def spend_one() -> bool:
        granted = sender.accounts.spend(
            sender.account.name,
            sender.limits,
            campaign_id=sender.ledger.campaign_id,
            counter=sender.ledger.counter,
            to=[""],
            now=sender.watch.now(),
        )
        return granted == [True]

    outcome = hand_in(sender.post_office, message, spend_one)
    if outcome is None:
        # By the quota alone: a letter to oneself may leave at any hour.
        left = sender.accounts.quota_left(sender.account.name, sender.limits, now)
        raise Stopped("quota-spent", when=left.next_at or now)
    if outcome.aim is Aim.ACCOUNT:
        raise sender.account.refused(outcome)
    if outcome.status is Status.SENT:
        version = version_in(sender.template, letter.wave)
        sender.ledger.set_fact(fact_of("tested_version", letter.wave), version)
        sender.ledger.set_fact(TEST_MESSAGE, message.message_id)
    return outcome


def hand_in(office: PostOffice, message: Message, may_leave: Callable[[], bool]) -> Outcome | None:
    """One message alone, from the offer to its outcome. None when it may not leave after all.

    `may_leave` is asked when the server waits for the body.
    """
    office.offer(message)
    while True:
        for news in office.turn():
            if isinstance(news, Answered):
                if news.outcome.status is not Status.QUEUED:
                    return news.outcome
                office.offer(message)  # the login was refused, and not the letter
            elif isinstance(news, Unreachable):
                raise news.trouble
            elif not may_leave():
                office.close(message)
                return None
            else:
                office.hand_over(message)
