"""Reading a mailbox of 20,000 mails, of which one in twenty is about a letter of ours.

From an mbox, and by IMAP from a Dovecot of this machine where Debian's Postfix and Dovecot are
installed and who runs it is root: the figures are of our process, the server's work is its own.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from merge.mail.message import message_digest
from tests import mails
from tests.bench.costs import Cost, cost
from tests.desk import Desk
from tests.servers.postfix import PASSWORD, RealServers, missing, real_servers

_PRIVATE = "Bonjour,\n\n" + "Une phrase qui ne parle pas de nous, et qui est assez longue.\n" * 60
_MAILBOX = "courrier"
_IMAP = """
[account.imap]
host = "localhost"
port = {port}
login = "{mailbox}@example.org"
ca_file = "{ca_file}"
copies = "none"
"""


def measure(folder: Path, campaign: Path, n: int) -> Iterable[Cost]:
    """Of a campaign whose letters have left; read, and read again when nothing is new."""
    with closing(sqlite3.connect(campaign / "ledger.db")) as ledger:
        ((campaign_id,),) = ledger.execute("SELECT uuid FROM campaign")
        sent = ledger.execute("SELECT recipient FROM deliveries WHERE status = 'sent'").fetchall()
    keys = [key for (key,) in sent]
    command = [sys.executable, "-m", "merge", "-C", str(campaign), "replies", "--yes"]
    mbox = folder / "mails.mbox"
    _write_mbox(mbox, _mails(campaign_id, keys, n, "mbox"))
    from_mbox = [*command, "--from", str(mbox)]
    yield cost("replies, an mbox", n, from_mbox)
    yield cost("replies, the same again", n, from_mbox)
    if lacking := missing():
        print(f"replies by IMAP: left out, it wants {lacking}", flush=True)
        return
    with (
        tempfile.TemporaryDirectory(prefix="mail-", dir="/tmp") as root,
        real_servers(Path(root), [_MAILBOX]) as servers,
    ):
        _fill(servers, _mails(campaign_id, keys, n, "imap"))
        _point(campaign, servers)
        yield cost("replies by IMAP, a real Dovecot", n, command)
        yield cost("replies by IMAP, nothing new", n, command)


def _mails(campaign: str, keys: Sequence[str], n: int, series: str) -> Iterator[bytes]:
    """Answers, delays and automatic replies among newsletters and other people's mails."""
    for number in range(n):
        refers = f"<{message_digest(campaign, keys[number % len(keys)], 1)}@example.org>"
        own_id = f"<{number}.{series}@example.com>"
        match number % 60:
            case 0:
                yield mails.answer(refers=refers, own_id=own_id)
            case 1:
                yield mails.report("delayed", "4.4.1", f"smtp; 451 timeout {number} {series}")
            case 2:
                yield mails.answer(refers=refers, own_id=own_id, more="Auto-Submitted: yes")
            case kind:
                yield mails.answer(
                    refers="",
                    own_id=own_id,
                    sender=f"Quelqu'un <x{number}@example.com>",
                    body=_PRIVATE,
                    more="List-Id: <n.example.com>" if kind % 2 else "",
                )


def _write_mbox(path: Path, found: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for data in found:
            lines = data.replace(b"\r\n", b"\n")
            file.write(b"From x@example.com Wed Nov 25 10:00:00 2026\n" + lines + b"\n\n")


def _fill(servers: RealServers, found: Iterable[bytes]) -> None:
    """Into the Maildir, as a delivery would: by IMAP it would take longer than to read it."""
    box = servers.root / "vmail" / _MAILBOX
    for name in ("new", "cur", "tmp"):
        (box / name).mkdir(parents=True)
    for number, data in enumerate(found):
        (box / "new" / f"{number}.bench").write_bytes(data)
    for path in (box, *box.rglob("*")):
        shutil.chown(path, "mail", "mail")


def _point(campaign: Path, servers: RealServers) -> None:
    """Give the campaign this mailbox."""
    os.environ["PUBLIPOSTAGE_IMAP_PASSWORD"] = PASSWORD
    settings = campaign / "campaign.toml"
    with settings.open("a", encoding="utf-8") as file:
        ca_file = servers.authority.put_in(campaign)
        file.write(_IMAP.format(port=servers.imap_port, mailbox=_MAILBOX, ca_file=ca_file))
    Desk(campaign).approve()
