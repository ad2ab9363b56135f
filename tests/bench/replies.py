"""Reading a mailbox of 20,000 mails, of which one in twenty is about a letter of ours."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from merge.mail.message import message_digest
from tests import mails
from tests.bench.costs import Cost, cost

_PRIVATE = "Bonjour,\n\n" + "Une phrase qui ne parle pas de nous, et qui est assez longue.\n" * 60


def write_mbox(path: Path, campaign: str, keys: list[str], n: int) -> None:
    """Answers, bounces and delays among newsletters and other people's mails."""
    with path.open("wb") as file:
        for number in range(n):
            key = keys[number % len(keys)]
            refers = f"<{message_digest(campaign, key, 1)}@example.org>"
            own_id = f"<{number}@example.com>"
            match number % 60:
                case 0:
                    data = mails.answer(refers=refers, own_id=own_id)
                case 1:
                    data = mails.report("delayed", "4.4.1", f"smtp; 451 timeout {number}")
                case 2:
                    data = mails.answer(refers=refers, own_id=own_id, more="Auto-Submitted: yes")
                case kind:
                    data = mails.answer(
                        refers="",
                        own_id=own_id,
                        sender=f"Quelqu'un <x{number}@example.com>",
                        body=_PRIVATE,
                        more="List-Id: <n.example.com>" if kind % 2 else "",
                    )
            lines = data.replace(b"\r\n", b"\n")
            file.write(b"From x@example.com Wed Nov 25 10:00:00 2026\n" + lines + b"\n\n")


def measure(folder: Path, campaign: Path, n: int) -> Iterable[Cost]:
    """Of a campaign whose letters have left; read, and read again when nothing is new."""
    with closing(sqlite3.connect(campaign / "ledger.db")) as ledger:
        ((campaign_id,),) = ledger.execute("SELECT uuid FROM campaign")
        sent = ledger.execute("SELECT recipient FROM deliveries WHERE status = 'sent'").fetchall()
    mbox = folder / "mails.mbox"
    write_mbox(mbox, campaign_id, [key for (key,) in sent], n)
    command = [sys.executable, "-m", "merge", "-C", str(campaign), "replies", "--yes"]
    command += ["--from", str(mbox)]
    yield cost("replies, an mbox", n, command)
    yield cost("replies, the same again", n, command)
