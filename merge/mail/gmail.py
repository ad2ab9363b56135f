"""The Gmail API: `users.messages.send`, with the message as it is (Google's reference, v1).

The scope `gmail.send` is enough for it, and reads nothing. Google keeps a Message-ID of ours or
writes its own, so the id that it answers with is kept; From is changed into the account's own where
it is no alias of it.
"""

from __future__ import annotations

from merge.mail.web import ApiAnswer
from merge.model import Message

HOST = "gmail.googleapis.com"


class GmailApi:
    """Requests and answers. Fills `merge.mail.web.Api`."""

    size_limit = 25_000_000  # of a message; an upload may have 35 MB
    path = "/upload/gmail/v1/users/me/messages/send?uploadType=media"
    content_type = "message/rfc822"
    refuses_recipient = frozenset({"invalidTo"})
    refuses_for_now = frozenset(
        {"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded"}
    )
    slows_down_in_doubt = False

    def body(self, message: Message) -> bytes:
        """The bytes of the message."""
        return bytes(message.data)

    def reason(self, answer: ApiAnswer) -> str:
        """The first `reason` of the error. Of a To that it cannot read, only its words tell."""
        error = answer.said.get("error")
        if not isinstance(error, dict):
            return ""
        if answer.words.startswith("Invalid To header"):
            return "invalidTo"
        errors = error.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else {}
        return str(first.get("reason", "")) if isinstance(first, dict) else ""

    def accepted(self, answer: ApiAnswer) -> str:
        """Its id of the message."""
        return f"id {answer.said.get('id', '?')}"
