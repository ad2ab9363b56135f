"""One letter handed in at a post office, without the ledger between the steps."""

from __future__ import annotations

from merge.campaign import trial
from merge.mail.smtp import SmtpPostOffice
from merge.model import Message
from merge.outcome import Outcome


def hand_in(office: SmtpPostOffice, message: Message, *, sender: str = "") -> Outcome:
    """Offer it, hand it over, and say what came of it; `sender` gets what comes back."""
    if sender:
        message = message._replace(envelope=message.envelope._replace(sender=sender))
    outcome = trial.hand_in(office, message, lambda: True)
    assert outcome is not None
    return outcome
