"""A campaign at the real Postfix and Dovecot, and its mailbox as another mail program sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imapclient import IMAPClient

from merge.mail.transport import trust
from tests.desk import HAVRE, NICE, Desk, Y
from tests.servers.postfix import PASSWORD, RealServers

SEND = ("send", "--really", "--yes", "--untested")
SENT = "Gesendet"
NOBODY = Y.replace("y@example.org", "personne@example.org")


@contextmanager
def by_hand(real: RealServers, name: str) -> Iterator[IMAPClient]:
    """This mailbox as a mail program sees it."""
    context = trust(real.authority.ca_pem)
    with IMAPClient("localhost", real.imap_port, ssl_context=context) as client:
        client.login(f"{name}@example.org", PASSWORD)
        yield client


def made(real: RealServers, name: str, folder: str) -> None:
    with by_hand(real, name) as client:
        if not client.folder_exists(folder):
            client.create_folder(folder)


def put(real: RealServers, name: str, *data: bytes, folder: str = "INBOX") -> None:
    with by_hand(real, name) as client:
        for each in data:
            client.append(folder, each)


def desk_at(real: RealServers, folder: Path, mailbox: str, *, filed_by: str = "program") -> Desk:
    """A campaign to Nice, Le Havre (on paper) and NOBODY, which sends from this mailbox."""
    desk = Desk(folder / "campaign")
    desk.make()
    desk.ok(
        *("account", "set", "--host", "localhost", "--tls", "implicit", "--no-test"),
        *("--port", str(real.late_port), "--login", f"{mailbox}@example.org"),
        *("--ca-file", str(real.authority.ca_file)),
    )
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace("groupe@example.org", f"{mailbox}@example.org")
    imap = f'[account.imap]\nhost = "localhost"\nport = {real.imap_port}\ncopies = "{filed_by}"\n'
    settings.write_text(text.replace("[letter]", f"{imap}\n[letter]"), encoding="utf-8")
    desk.approve()
    mairie = NICE.replace("nice@example.org", "mairie@example.org")
    desk.ok("import", str(desk.sheet(mairie, HAVRE, NOBODY)))
    return desk
