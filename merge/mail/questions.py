"""What is asked of DNS, and what it says: records that need no library."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["MAIL", "TXT", "MX", "A"]
"""MAIL is where letters to a domain go (RFC 5321 5.1): its MX, else its own address.
Of A, the address may be of IPv6."""

State = str
"""One of "found", "nothing", "no-domain", "no-mail", "failed" and "not-asked".

no-mail: it says itself that it takes none (RFC 7505); nothing: no record, nor an address.
"""


class DnsQuestion(NamedTuple):
    """What is asked of one name, which is written as a server wants it."""

    name: str
    kind: Kind


class DnsAnswer(NamedTuple):
    """What was heard. Of mail: its servers, best first; of TXT: the texts. Only "found" has any."""

    state: State
    values: tuple[str, ...] = ()

    @property
    def is_definite(self) -> bool:
        """Whether it says anything of the name."""
        return self.state not in ("failed", "not-asked")


NOT_ASKED = DnsAnswer("not-asked")
