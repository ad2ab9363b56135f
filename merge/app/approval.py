"""The servers that a campaign names for a password, and which of them a person approved.

campaign.toml may come from a stranger: whoever wrote it says where the letters, and the password of
whoever sends them, would go. So each server is approved as a whole (`Destination`), once, by the
person at the keyboard; that stands in accounts.db, for all campaigns of this user.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal, Protocol

from merge import disks
from merge import settings as settings_room
from merge.app.opening import Campaign, now
from merge.errors import Refused, SettingsError
from merge.job import Want
from merge.ledger.accounts import Accounts
from merge.ledger.records import Approval, Destination
from merge.settings import AccountSettings, ImapSettings, Settings

_CA_AT_MOST = 1_000_000  # octets; all the authorities of a system take a quarter of it

# What of a server the keys of [account] say one by one. A provider or a host says all of it.
_SAID_BY: Mapping[str, Mapping[str, Collection[str]]] = {
    "smtp": {
        "port": ("port",),
        "tls": ("tls", "port", "ca"),  # the usual port goes with it; "none" trusts no certificate
        "ca_file": ("ca",),
        "login": ("login",),
        "from": ("login",),
    },
    "imap": {
        "imap.port": ("port",),
        "imap.tls": ("tls", "port", "ca"),
        "imap.ca_file": ("ca",),
        "imap.login": ("login",),
        "ca_file": ("ca",),
        "login": ("login",),
        "from": ("login",),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A server that campaign.toml names, and the certificates that are trusted there (PEM)."""

    destination: Destination
    ca_pem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A server that is not approved, beside the approved one that is most like it."""

    now: Destination
    before: Destination | None
    with_password: bool


def smtp(folder: Path, settings: Settings) -> Named:
    """The server for outgoing mail.

    SettingsError: "ca-file-unreadable"; Refused as `disks.read`.
    """
    account = settings.account
    return _named(folder, "smtp", account, account.ca_file, account.login or account.from_address)


def imap(folder: Path, settings: Settings) -> Named:
    """The server of the mailbox. Raises what `smtp` does."""
    account, its = settings.account, settings.account.imap
    login = its.login or account.login or account.from_address
    return _named(folder, "imap", its, its.ca_file or account.ca_file, login)


def _named(
    folder: Path,
    protocol: Literal["smtp", "imap"],
    server: AccountSettings | ImapSettings,
    ca_file: str,
    login: str,
) -> Named:
    ca_pem, ca = _certificates(folder, ca_file if server.tls != "none" else "")
    to = Destination(
        protocol=protocol,
        host=settings_room.ascii_host(server.host) or server.host,
        port=server.port,
        tls=server.tls,
        ca=ca,
        login=login,
    )
    return Named(destination=to, ca_pem=ca_pem)


def destinations(folder: Path, settings: Settings) -> Sequence[Destination]:
    """All servers that a password would go to. Raises what `smtp` does."""
    account = settings.account
    return [
        *([smtp(folder, settings).destination] if account.host else ()),
        *([imap(folder, settings).destination] if account.imap.host else ()),
    ]


def unapproved(folder: Path, settings: Settings, accounts: Accounts) -> Sequence[Change]:
    """The servers of this campaign that nobody has approved as they are now."""
    approvals = accounts.approvals.all()
    return [
        Change(
            now=to,
            before=_most_like(to, approvals),
            with_password=to.protocol == "imap" or to.tls != "none" or _has_password(to),
        )
        for to in destinations(folder, settings)
        if _approval(to, approvals) is None
    ]


def not_said(
    changes: Sequence[Change],
    said: Collection[Destination],
    keys: Collection[str],
    accounts: Accounts,
) -> Sequence[Change]:
    """Those of which something comes from the folder alone: a person has still to look at it.

    Neither `said` as a whole, nor an approved one that these keys of [account] changed.
    """
    approvals = [each.destination for each in accounts.approvals.all()]

    def is_said(to: Destination) -> bool:
        by = _SAID_BY[to.protocol]
        changed = {field for key in keys for field in by.get(key, ())}
        return to in said or any(to.differs_in(each) <= changed for each in approvals)

    return [each for each in changes if not is_said(each.now)]


def approve(
    destinations: Sequence[Destination], accounts: Accounts, *, sends_without: bool = False
) -> None:
    """A person said that these are theirs; `sends_without` a password where they send."""
    at = now()
    accounts.approvals.add(
        Approval(
            destination=to,
            with_password=not (sends_without and to.protocol == "smtp"),
            at=at,
        )
        for to in destinations
    )


class HasServers(Protocol):
    """A campaign, or what is known of it before its ledger is opened."""

    @property
    def folder(self) -> Path:
        """Where it stands."""

    @property
    def settings(self) -> Settings:
        """Its campaign.toml."""

    @property
    def accounts(self) -> Accounts:
        """Those of whoever runs the program."""


def approve_for(campaign: HasServers, changes: Sequence[Change]) -> None:
    """A person said yes to these servers of a campaign: its passwords may go there."""
    hand_on_kept_password(destinations(campaign.folder, campaign.settings))
    approve(
        [each.now for each in changes],
        campaign.accounts,
        sends_without=not all(each.with_password for each in changes),
    )


def to_approve(campaign: Campaign, *, sends: bool) -> Sequence[Change]:
    """The servers to ask about first. Where nothing is sent, once the mailbox is approved, the
    other server may wait.
    """
    changes = unapproved(campaign.folder, campaign.settings, campaign.accounts)
    is_mailbox = any(each.now.protocol == "imap" for each in changes)
    return changes if sends or is_mailbox else ()


def servers_wanted(changes: Sequence[Change]) -> tuple[Want, ...]:
    """The yes to all of them; none where there are none."""
    servers = [{**asdict(each.now), "with_password": each.with_password} for each in changes]
    return (
        (Want(code="servers", facts={"servers": servers}, option="account set"),) if servers else ()
    )


def hand_on_kept_password(destinations: Sequence[Destination]) -> None:
    """The keyring's password for SMTP is kept for each of these as they are, where it has none.

    The mailbox's is the same with nearly every provider; 0.1.0 looked it up by the SMTP server. One
    that this process holds is held for each of them.
    """
    outgoing = [to for to in destinations if to.protocol == "smtp"]
    if not outgoing or settings_room.given_password(os.environ):
        return
    held = settings_room.held_passwords()
    if outgoing[0] in held:
        settings_room.hold_passwords({to: held.get(to, held[outgoing[0]]) for to in destinations})
        return
    kept = settings_room.kept_password(outgoing[0])
    if settings_room.is_grant(kept or ""):
        return  # one for both: another copy of it would soon be a former one
    for to in destinations if kept else ():
        if to.protocol == "smtp" or not settings_room.kept_password(to):
            settings_room.remember_password(to, str(kept))


def require(to: Destination, accounts: Accounts) -> Approval:
    """The approval of this very server. Refused("server-unapproved")."""
    found = _approval(to, accounts.approvals.all())
    if found is None:
        raise Refused("server-unapproved", host=to.host, port=to.port)
    return found


def _approval(to: Destination, approvals: Sequence[Approval]) -> Approval | None:
    """The approval of this server. One given without a password does not cover a password."""
    found = next((each for each in approvals if each.destination == to), None)
    if found and not found.with_password and settings_room.given_password(os.environ):
        return None
    return found


def _has_password(to: Destination) -> bool:
    return bool(
        settings_room.given_password(os.environ)
        or to in settings_room.held_passwords()
        or settings_room.kept_password(to)
    )


def _most_like(to: Destination, approvals: Sequence[Approval]) -> Destination | None:
    """Of those that are equally like it, the last one."""
    same = (each.destination for each in approvals if each.destination.protocol == to.protocol)
    return min(same, key=lambda each: len(to.differs_in(each)), default=None)


def _certificates(folder: Path, name: str) -> tuple[str | None, str]:
    """The text of a file of certificates, and the SHA-256 of what stands in it."""
    if not name:
        return None, ""
    content = read_certificates(folder, name)
    return _pem(content), sha256(content).hexdigest()


def read_certificates(folder: Path, name: str) -> bytes:
    """A file of certificates in this folder.

    SettingsError: "ca-file-unreadable"; Refused as `disks.read`.
    """
    from merge.mail.transport import trust

    try:
        content = disks.read(folder, name, _CA_AT_MOST)
        trust(_pem(content))
    except (OSError, SettingsError):
        raise SettingsError("ca-file-unreadable", path=str(folder / name)) from None
    return content


def _pem(content: bytes) -> str:
    return content.decode("ascii", "ignore")  # around the certificates may stand whose they are
