"""What other processes do to a campaign's ledger while a test looks on, or kills them.

    with hands("hold", folder, accounts, "exclusive") as other:
        other.says("held")

A child says one line when it stands where the test wants it, and waits there for its end.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from merge.ledger.accounts import Accounts
from merge.ledger.driver.locks import FileLocks
from merge.ledger.driver.migrating import bring_up_to_date
from merge.ledger.driver.places import locks_at
from merge.ledger.ledger import Ledger
from merge.ledger.opening import ledger_place, open_ledger
from merge.ledger.records import Intent, QuotaLimits, Settled
from merge.model import Delivery, Status
from merge.outcome import Outcome, Phase
from tests.fakes import town
from tests.next_schema import next_schema

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


COUNTED = ("me@host", QuotaLimits(), NOON)
"""Whose sends `Ledger.commit` counts, without a limit, and when."""


def intent(delivery: Delivery) -> Intent:
    return Intent(
        delivery_id=delivery.id,
        message_id=f"<{delivery.key}@example.org>",
        address=f"mairie-{int(delivery.key)}@example.org",
        sha256="a" * 64,
        fingerprint="f" * 64,
    )


def claim(
    ledger: Ledger, keys: Sequence[str] | None, limit: int, now: datetime
) -> Sequence[Delivery]:
    """The first `limit` of the e-mails that may go, claimed."""
    waiting = [
        number for again in (False, True) for number, _ in ledger.may_go(keys, now, again=again)
    ]
    return [each.delivery for each in ledger.claim(waiting[:limit], now)]


def settled(delivery: Delivery, status: Status = Status.SENT, at: datetime = NOON) -> Settled:
    words = Outcome(status=status, phase=Phase.BODY, code=250, enhanced="2.0.0", words="ok")
    return Settled(delivery_id=delivery.id, at=at, outcome=words)


# The parent's side


@dataclass
class Child:
    """Another process, in the middle of something."""

    process: subprocess.Popen[str]

    def says(self, line: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == line

    def goes_on(self) -> None:
        """Past the line where it stands."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def rest(self) -> list[str]:
        """Let it end by itself; the lines it said meanwhile."""
        lines, _ = self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0
        return lines.split()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def hands(what: str, folder: Path, accounts: Accounts, *more: str) -> Iterator[Child]:
    """Start a child doing `what` (a function below) to the campaign; killed when done with."""
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "tests.ledger_hands",
        what,
        str(folder),
    ]
    with subprocess.Popen(
        [*command, str(accounts.path), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Child(process)
        finally:
            process.kill()


# The child's side


def hold(folder: Path, accounts: Accounts, access: str) -> None:
    locks = locks_at(ledger_place(folder, accounts))
    with (locks.exclusive if access == "exclusive" else locks.share)(access):
        _stand_still("held")


def send_one(folder: Path, accounts: Accounts) -> None:
    """Stands between the intent and the outcome, with a second delivery claimed."""
    with open_ledger(folder, access="share", command="send", accounts=accounts) as opened:
        first, _second = claim(opened.ledger, None, 2, NOON)
        assert opened.ledger.commit([], [intent(first)], *COUNTED).leaving
        _stand_still("intended")


def send_all(folder: Path, accounts: Accounts) -> None:
    """Claims and sends, two at a time, saying whom."""
    with open_ledger(folder, access="share", command="send", accounts=accounts) as opened:
        _stand_still("ready")
        while claimed := claim(opened.ledger, None, 2, NOON):
            written = opened.ledger.commit([], [intent(one) for one in claimed], *COUNTED).leaving
            assert len(written) == len(claimed)
            opened.ledger.commit([settled(one) for one in claimed], [], *COUNTED)
            print(*(one.key for one in claimed), sep="\n", flush=True)


def import_half(folder: Path, accounts: Accounts) -> None:
    """Stands in the middle of an import whose recipients are already in the transaction."""

    towns = [town(number) for number in range(1000, 3000)]
    with (
        open_ledger(folder, access="exclusive", command="import", accounts=accounts) as opened,
        opened.ledger.importing(NOON) as intake,
    ):
        intake.take(towns)
        _stand_still("halfway")
        intake.keep([("more.csv", "0" * 64)])


def migrate(folder: Path, accounts: Accounts) -> None:
    with next_schema():
        _stand_still("ready")
        backup = bring_up_to_date(folder / "ledger.db", FileLocks(folder))
    print(backup.name if backup else "nothing-due")


def spend(folder: Path, accounts: Accounts) -> None:
    _stand_still("ready")
    limits = QuotaLimits(per_hour=40)
    spent = 0
    while accounts.spend("me", limits, campaign_id=str(folder), counter=1, to=[""], now=NOON)[0]:
        spent += 1
    print(spent)


def witness(folder: Path, accounts: Accounts) -> None:
    """A sender with an intent in each commit."""
    with open_ledger(folder, access="share", command="send", accounts=accounts) as opened:
        for number, one in enumerate(claim(opened.ledger, None, 3, NOON), start=1):
            assert opened.ledger.commit([], [intent(one)], *COUNTED).leaving
            _stand_still(f"witnessed {number}")


def _stand_still(line: str) -> None:
    print(line, flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    _, what, folder, accounts, *more = sys.argv
    server = os.environ.get("PUBLIPOSTAGE_DATABASE", "")
    globals()[what](Path(folder), Accounts(Path(accounts), server=server), *more)
