"""Whether a letter that came back to oneself is signed (DKIM, RFC 6376): the one door to dkimpy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec

_FIELD = re.compile(
    rb"^dkim-signature:((?:[^\r\n]|\r?\n[ \t]){1,4000})", re.IGNORECASE | re.MULTILINE
)
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(rb"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,250}[A-Za-z0-9])?")
_LOOKED_AT = 5  # signatures: whoever forges more wants them to be asked for


def keys_named(data: bytes) -> Sequence[str]:
    """The names in DNS of the keys that the message is signed with, as it says itself.

    None where dkimpy is not installed: nobody could verify it.
    """
    if find_spec("dkim") is None:
        return ()
    head = _HEAD_ENDS.split(data, maxsplit=1)[0]
    found = []
    for field in _FIELD.findall(head)[:_LOOKED_AT]:
        tags = dict(tag.strip().partition(b"=")[::2] for tag in field.split(b";"))
        selector, domain = (tags.get(name, b"").strip() for name in (b"s", b"d"))
        if _NAME.fullmatch(selector) and _NAME.fullmatch(domain):
            found.append(f"{selector.decode()}._domainkey.{domain.decode()}".casefold())
    return list(dict.fromkeys(found))


def signers(data: bytes, keys: Mapping[str, str]) -> tuple[str, ...]:
    """The domains whose signature holds, by these keys. `data` may be anybody's."""
    import dkim

    def key(name: bytes, timeout: float = 0) -> bytes:
        return keys.get(name.decode("ascii", "replace").rstrip(".").casefold(), "").encode()

    held = []
    for number in range(len(keys_named(data))):
        message = dkim.DKIM(data)
        try:
            holds = message.verify(number, dnsfunc=key)
        except (dkim.DKIMException, ValueError):
            continue
        if holds:
            held.append(message.domain.decode("ascii").casefold())
    return tuple(dict.fromkeys(held))
