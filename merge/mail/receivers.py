"""Who receives mail for others: known by its servers, and what it says that it wants.

Only what a provider has published. Sources, read in 2026: Orange, postmaster.orange.fr ("Email
delivery guidelines", 15 May 2026); Google, "Email sender guidelines" (support.google.com/a/answer/
81126); Yahoo, senders.yahooinc.com ("Sender best practices"); Microsoft, "Strengthening email
ecosystem: Outlook's new requirements for high-volume senders" (2025), which is about its consumer
mailboxes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from merge.mail.authentication import is_below

Demand = Literal["spf", "dkim", "dmarc", "spf-or-dkim", "one-click"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One of them. `bulk_from`: from so many letters a day on it also wants what is in `bulk`."""

    name: str
    servers: tuple[str, ...]  # what the names of its MX end with
    wants: tuple[Demand, ...] = ()
    bulk_from: int | None = None
    bulk: tuple[Demand, ...] = ()

    def is_bulk(self, per_day: int) -> bool:
        """Whether so many letters a day make a large sender here."""
        return self.bulk_from is not None and per_day >= self.bulk_from


_ALL: tuple[Demand, ...] = ("spf", "dkim", "dmarc")

RECEIVERS: tuple[Receiver, ...] = (
    Receiver(name="Orange", servers=("orange.fr",), wants=_ALL, bulk_from=1_000),
    Receiver(
        name="Google",
        servers=("google.com", "googlemail.com"),
        wants=("spf-or-dkim",),
        bulk_from=5_000,
        bulk=(*_ALL, "one-click"),
    ),
    Receiver(
        name="Yahoo",
        servers=("yahoodns.net",),
        wants=("spf-or-dkim",),
        bulk_from=5_000,
        bulk=(*_ALL, "one-click"),
    ),
    Receiver(
        name="Microsoft",
        servers=("outlook.com", "mx.microsoft"),
        bulk_from=5_000,
        bulk=_ALL,
    ),
    Receiver(name="La Poste", servers=("laposte.net",)),
    Receiver(name="Free", servers=("free.fr",)),
    Receiver(name="SFR", servers=("sfr.fr",)),
    Receiver(name="Bouygues Telecom", servers=("bbox.fr",)),
    Receiver(name="OVH", servers=("ovh.net", "ovh.com")),
    Receiver(name="IONOS", servers=("ionos.fr", "kundenserver.de")),
    Receiver(name="Gandi", servers=("gandi.net",)),
    Receiver(name="Infomaniak", servers=("infomaniak.ch",)),
    Receiver(name="Apple", servers=("icloud.com",)),
    Receiver(name="Mailinblack", servers=("mailinblack.com",)),
)

OTHERS = Receiver(name="", servers=())
"""All whom nobody knows anything of."""


def shares() -> Mapping[str, int]:
    """How many letters a day keep a sender from being a large one, by receiver: nine tenths, so
    that their own mail still has room."""
    return {each.name: each.bulk_from * 9 // 10 for each in RECEIVERS if each.bulk_from is not None}


def receiver_of(server: str) -> Receiver:
    """Whose server this is."""
    for each in RECEIVERS:
        if any(is_below(server, name) for name in each.servers):
            return each
    return OTHERS
