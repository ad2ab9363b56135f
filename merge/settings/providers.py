"""Mail hosts that groups use: how to connect, and how much they let one account send.

The caps are 90 % of what each provider publishes (support pages, read in 2025 and 2026), so that
the sender's own mail still has room. Where a provider publishes nothing, the cap is that of an
unknown one: 100 an hour and 300 a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Tls = Literal["implicit", "starttls", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The `[account]` settings that naming a provider stands for."""

    host: str
    port: int = 465
    tls: Tls = "implicit"
    per_hour: int = 100
    per_day: int = 300


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        # 500 a rolling day; Workspace 2,000. Both want a password for applications.
        "gmail": Provider(host="smtp.gmail.com", per_hour=100, per_day=450),
        "workspace": Provider(host="smtp.gmail.com", per_hour=180, per_day=1800),
        # 500 in 24 hours, 1,440 for some offers.
        "infomaniak": Provider(host="mail.infomaniak.com", per_day=450),
        # About 200 an hour and account.
        "ovh": Provider(host="ssl0.ovh.net", per_hour=180, per_day=1800),
        # 300 a day without a subscription.
        "brevo": Provider(host="smtp-relay.brevo.com", port=587, tls="starttls", per_day=270),
        "orange": Provider(host="smtp.orange.fr"),
        "free": Provider(host="smtp.free.fr"),
        "laposte": Provider(host="smtp.laposte.net"),
        "gandi": Provider(host="mail.gandi.net"),
    }
)
