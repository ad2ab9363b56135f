"""This program, put to the proof of `tests.promises.crash.trial`; `controls` must fail it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from merge.app.signin import keep
from merge.ledger.records import Destination
from merge.mail.signin import Grant
from tests.desk import Desk
from tests.promises.crash.clock import lying_clock, own_clock
from tests.promises.crash.controls import SENDER
from tests.servers import dovecot
from tests.servers.authorization import AuthorizationDesk
from tests.servers.dovecot import TokenServers
from tests.servers.sink import sink

LONG_ENOUGH = timedelta(hours=14)  # for what was refused for now to be due again


SEND = ("send", "--really", "--yes", "--untested")


@dataclass(kw_only=True)
class Publipostage:
    """The program, by its command line."""

    connections: int
    name: str = "publipostage"
    folder: Path = field(init=False)

    def prepare(self, folder: Path, addresses: Sequence[str], port: int) -> None:
        self.folder = folder / "campaign"
        sheet = folder / "towns.csv"
        rows = [f"{mail};Ville-{n};{mail};35000;RENNES" for n, mail in enumerate(addresses)]
        head = "Numéro;Commune;Courriel;Code postal;Ville"
        sheet.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
        desk = Desk(self.folder)
        desk.make()
        desk.ok(
            *("account", "set", "--no-test", "--host", "localhost", "--port", str(port)),
            *("--tls", "none"),
        )
        allow(self.folder / "campaign.toml", self.connections)
        desk.ok("import", str(sheet), "--map", "key=Numéro")

    def command(self, sender: int) -> Sequence[str]:
        return [sys.executable, "-m", "merge", "-C", str(self.folder), *SEND]

    def finish(self, run: int) -> bool:
        with own_clock(), lying_clock(ahead=(run + 1) * LONG_ENOUGH):
            return Desk(self.folder).run(*SEND).code in (0, 1)  # what is in doubt stays so

    def disturb(self, number: int, of: int) -> None:
        """The kills are enough."""

    def standing(self) -> Mapping[str, str]:
        rows = json.loads(Desk(self.folder).ok("log", "--format", "json").out)
        return {row["key"]: row["status"] for row in rows}


@dataclass(kw_only=True)
class SignedIn(Publipostage):
    """The same, signed in at a provider that is on the side of a thief half-way: it takes back all
    that it gave. A person signs in again wherever a sign-in has ended.

    It ends with that, and with a kill between the provider's answer and its keeping, for the former
    refresh token is worth nothing by then.
    """

    provider: AuthorizationDesk
    revoked_at: int  # the so-manieth start of a sender
    dovecot: TokenServers | None = None  # with the mailbox, which gets the copies
    name: str = "signed in"
    starts: int = 0
    sign_ins: int = 0

    def prepare(self, folder: Path, addresses: Sequence[str], port: int) -> None:
        self.grant = folder / "grant"
        os.environ.pop("PUBLIPOSTAGE_PASSWORD", None)
        os.environ["PUBLIPOSTAGE_PASSWORD_FILE"] = str(self.grant)
        self._sign_in()
        super().prepare(folder, addresses, port)
        if self.dovecot:
            settings = self.folder / "campaign.toml"
            shutil.copy(self.dovecot.ca_file, self.folder / "mailbox.pem")
            imap = (
                f'[account.imap]\nhost = "localhost"\nport = {self.dovecot.imap_port}\n'
                f'ca_file = "mailbox.pem"\ncopies = "program"\n\n[letter]'
            )
            text = settings.read_text("utf-8").replace("[letter]", imap, 1)
            settings.write_text(text, "utf-8")
            Desk(self.folder).approve()

    def command(self, sender: int) -> Sequence[str]:
        self._look_after_the_sign_in()
        self.starts += 1
        if self.starts == self.revoked_at:
            self.provider.revoke()
        return super().command(sender)

    def finish(self, run: int) -> bool:
        self._look_after_the_sign_in()
        return super().finish(run)

    def _look_after_the_sign_in(self) -> None:
        token = Grant.of(self.grant.read_text("utf-8")).refresh_token
        issued = self.provider.by_refresh_token[token]
        if issued.is_revoked or issued.is_used:
            self._sign_in()

    def _sign_in(self) -> None:
        self.sign_ins += 1
        to = Destination(protocol="smtp", host="localhost", port=1, tls="none", ca="", login=SENDER)
        keep(Grant.of(self.provider.signed_in()), to)


@contextmanager
def real_login(provider: AuthorizationDesk) -> Iterator[TokenServers | None]:
    """A Dovecot that lets in by this provider's tokens, where there is one."""
    if dovecot.missing():
        yield None
        return
    # A short path: its sockets live under it.
    with (
        TemporaryDirectory(prefix="tok-") as folder,
        sink() as relay,  # it lets nobody in that it could not relay for
        dovecot.token_servers(
            Path(folder), provider, relay_port=relay.port, mechanisms="xoauth2 oauthbearer"
        ) as servers,
    ):
        yield servers


def allow(settings: Path, connections: int) -> None:
    """No limits worth the name, and so many connections."""
    account = f"[account]\nper_hour = 10000000\nper_day = 10000000\nconnections = {connections}\n"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[account]\n", account, 1), encoding="utf-8")
