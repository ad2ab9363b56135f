"""The same providers by IMAP: where their mailboxes are read, and who files what was sent.

A provider whose SMTP puts a copy into the folder of sent mail by itself is marked; with all others
the program asks the mailbox before it files one, so that a copy is never doubled. Hosts are those
of Thunderbird's ISPDB. Left out: who serves no mailbox (Brevo), or none to a password (Microsoft).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Copies = Literal["program", "provider", "none"]
"""Who puts a copy of what was sent into the folder of sent mail."""

MAILBOXES: Mapping[str, Mapping[str, str | int]] = MappingProxyType(
    {
        "gmail": {"host": "imap.gmail.com", "copies": "provider"},
        "workspace": {"host": "imap.gmail.com", "copies": "provider"},
        "orange": {"host": "imap.orange.fr"},
        "free": {"host": "imap.free.fr"},
        "sfr": {"host": "imap.sfr.fr"},
        "bouygues": {"host": "imap.bbox.fr"},
        "laposte": {"host": "imap.laposte.net"},
        "ovh": {"host": "ssl0.ovh.net"},
        "infomaniak": {"host": "mail.infomaniak.com"},
        "gandi": {"host": "mail.gandi.net"},
        "ionos": {"host": "imap.ionos.fr"},
        "mailo": {"host": "mail.mailo.com"},
        "mailbox.org": {"host": "imap.mailbox.org"},
        "posteo": {"host": "posteo.de"},
        "riseup": {"host": "mail.riseup.net"},
        "disroot": {"host": "disroot.org"},
        "yahoo": {"host": "imap.mail.yahoo.com"},
        "icloud": {"host": "imap.mail.me.com"},
        "fastmail": {"host": "imap.fastmail.com"},
        "zoho": {"host": "imap.zoho.eu"},
        # Its program Bridge, on this machine.
        "proton": {"host": "127.0.0.1", "port": 1143, "tls": "starttls", "copies": "provider"},
    }
)
"""The keys of `[account.imap]` that a provider's name stands for."""
