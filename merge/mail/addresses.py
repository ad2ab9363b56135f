"""An e-mail address as it may stand in a header or an SMTP command; pure.

Whether an address is likely to exist is for `merge.recipients`. Here it is made safe to write
down: an address that cannot be written exactly as it was given is refused, never mended.
"""

from __future__ import annotations

import re
from typing import Literal

AddressFault = Literal["address-malformed", "address-needs-smtputf8"]

# RFC 5321 4.1.2, Dot-string: no quoted local part, for the sake of servers that mishandle them.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")

# IDNA 2003, which the standard library speaks, turns these into other letters, and so into
# another domain than the one that IDNA 2008 registers (RFC 5894 7.2).
_READ_IN_TWO_WAYS = frozenset("ßς\u200c\u200d")

LONGEST_LOCAL_PART = 64  # RFC 5321 4.5.3.1.1
LONGEST_ADDRESS = 254  # RFC 5321 4.5.3.1.3: a path of 256 with its angle brackets


class AddressRefused(ValueError):
    """An address cannot be written down. `code` says why; the text never holds the address."""

    def __init__(self, code: AddressFault) -> None:
        super().__init__(code)
        self.code = code


def to_wire(address: str) -> str:
    """The ASCII form of an address, its domain in A-labels (RFC 5890). AddressRefused.

    The local part is kept to the letter: only its own server may fold its case.
    """
    local_part, at, domain = address.rpartition("@")
    if not at or not local_part or not domain:
        raise AddressRefused("address-malformed")
    if not local_part.isascii():
        raise AddressRefused("address-needs-smtputf8")  # RFC 6531; few mairies' servers speak it
    # RFC 2047 5: no encoded word in an address. Readers decode one all the same, or trip over it.
    if not _LOCAL_PART.fullmatch(local_part) or "=?" in local_part:
        raise AddressRefused("address-malformed")
    wire_domain = _a_labels(domain)
    wire = f"{local_part}@{wire_domain}"
    if len(local_part) > LONGEST_LOCAL_PART or len(wire) > LONGEST_ADDRESS:
        raise AddressRefused("address-malformed")
    return wire


def _a_labels(domain: str) -> str:
    if not domain.isascii():
        if not _READ_IN_TWO_WAYS.isdisjoint(domain):
            raise AddressRefused("address-malformed")
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            raise AddressRefused("address-malformed") from None
    if not _DOMAIN.fullmatch(domain):
        raise AddressRefused("address-malformed")
    return domain
