"""Microsoft Graph: `sendMail` with the message in MIME (Microsoft's reference, v1.0).

It answers 202 before anything has left: *accepted*, and no id but that of the request. It puts a
copy into the folder of sent mail by itself, and may write a Message-ID of its own. Letters have
left that it answered with 429, as its users report: such an answer leaves a doubt.
"""

from __future__ import annotations

import base64

from merge.mail.web import ApiAnswer
from merge.model import Message

HOST = "graph.microsoft.com"


class GraphApi:
    """Requests and answers. Fills `merge.mail.web.Api`."""

    size_limit = 2_900_000  # a request may have 4 MB, and base64 makes four octets of three
    path = "/v1.0/me/sendMail"
    content_type = "text/plain"
    refuses_recipient = frozenset({"ErrorInvalidRecipients"})
    refuses_for_now = frozenset(
        {"ApplicationThrottled", "ErrorExceededMessageLimit", "ErrorMessageSubmissionBlocked"}
    )
    slows_down_in_doubt = True

    def body(self, message: Message) -> bytes:
        """The message in base64."""
        return base64.b64encode(message.data)

    def reason(self, answer: ApiAnswer) -> str:
        """The `code` of the error."""
        error = answer.said.get("error")
        return str(error.get("code", "")) if isinstance(error, dict) else ""

    def accepted(self, answer: ApiAnswer) -> str:
        """The id of the request, for its support."""
        return f"accepted, request-id {answer.headers.get('request-id', '?')}"
