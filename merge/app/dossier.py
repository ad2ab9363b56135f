"""Everything that a campaign keeps of one recipient, to be handed to whoever asks what that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Any

from merge.app.opening import Campaign
from merge.app.replies import words_of
from merge.app.suppression import is_suppressed
from merge.model import Recipient


def dossier(campaign: Campaign, recipient: Recipient) -> dict[str, Any]:
    """Its record, letters, every attempt, mails with their words, answers; times are ISO 8601.

    The bytes of letters and mails are had by `show --eml`, `--pdf` and `--reply`.
    """
    ledger, key = campaign.ledger, recipient.key
    record: dict[str, Any] = {
        "recipient": recipient._asdict(),
        "letters": [each._asdict() for each in ledger.deliveries() if each.key == key],
        "attempts": [attempt._asdict() for attempt in ledger.attempts(key)],
        "replies": [
            asdict(reply) | {"text": words_of(campaign, reply)} for reply in ledger.replies.all(key)
        ],
        "answers": [asdict(answer) for answer in ledger.answers.all(key)],
        "must_not_be_written_to": is_suppressed(campaign, recipient),
    }
    plain: dict[str, Any] = _plain(record)
    return plain


def _plain(value: Any) -> Any:
    """As JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.value if isinstance(value, Enum) else value
