"""The account that letters leave from: when it is refused as a sender, all its campaigns pause.

Reports that say so (spam, policy, a blocked address) are about whoever sends, not about one
campaign. One server's is no rule: three of them, and more than one letter in twenty, are. The pause
stands beside the quotas, in accounts.db, until a person who has read the server's words lifts it
with `--accept-bounces`, in any campaign of the account, or decides what becomes of the letters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from merge.errors import AccountPaused
from merge.ledger.accounts import Accounts
from merge.ledger.records import PolicyReports
from merge.outcome import Bounce, Outcome

PAUSES_AT = 3  # letters
PAUSES_OVER_PERCENT = 5  # of a hundred


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccount:
    """The account of one campaign. `name` is what its quota goes by, too."""

    accounts: Accounts
    name: str
    campaign_id: str

    def hear(self, refused: PolicyReports) -> None:
        """Pause the account if too many letters came back because of us; never for a single one."""
        if (
            refused.letters >= PAUSES_AT
            and refused.letters * 100 > refused.of * PAUSES_OVER_PERCENT
        ):
            self.pause(refused.reports)

    def pause(self, reports: Sequence[Bounce]) -> None:
        """These say that the sender is refused. Said again, it counts once."""
        self.accounts.pause(self.name, self.campaign_id, reports)

    def lift(self) -> None:
        """A person has read why."""
        self.accounts.lift(self.name)

    def lift_own(self) -> None:
        """A person has decided about what this campaign heard; not about what others did."""
        self.accounts.lift(self.name, self.campaign_id)

    def refused(self, outcome: Outcome) -> AccountPaused:
        """What the server said is about whoever sends: AccountPaused("account-paused")."""
        return AccountPaused(
            "account-paused",
            reason="",
            account=self.name,
            reply=outcome.code,
            enhanced=outcome.enhanced,
            words=outcome.words,
        )

    def login_refused(self, trouble: AccountPaused) -> AccountPaused:
        """The same of a login. A run begins with one that succeeds: the password is right. What
        ended a sign-in has words of its own.
        """
        if trouble.code.startswith("sign-in"):
            return trouble
        said: Mapping[str, Any] = trouble.facts
        return AccountPaused(
            "account-paused",
            reason="later-login",
            account=self.name,
            reply=said.get("reply"),
            enhanced="",
            words=said.get("words", ""),
        )

    def refusal(self) -> AccountPaused | None:
        """AccountPaused("bounce-about-us") while it is paused. One look at accounts.db."""
        pause = self.accounts.paused(self.name)
        if pause is None:
            return None
        return AccountPaused(
            "bounce-about-us",
            n=pause.reports,
            codes=" ".join(filter(None, (str(pause.code or ""), pause.enhanced))) or "?",
            account=self.name,
            folder=pause.folder,
        )
