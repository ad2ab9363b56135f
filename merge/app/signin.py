"""Signed in at the provider: where the grant is kept, and what connects with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from merge import disks
from merge import settings as settings_room
from merge.app import approval
from merge.app.opening import home
from merge.errors import Refused, SettingsError
from merge.ledger.driver.locks import FileLocks
from merge.ledger.records import Destination
from merge.settings import AccountSettings, GrantPlace, Password, SignIn
from merge.words import mailbox as words

if TYPE_CHECKING:
    from merge.mail.signin import Client, Grant, Pending
    from merge.mail.tokens import TokenSource
    from merge.mail.transport import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSaid:
    """What a person says of a client id of their own; the addresses where no provider is known."""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    authorize: str = ""
    token: str = ""
    device: str = ""
    scopes: tuple[str, ...] = ()
    redirect_host: str = "127.0.0.1"  # RFC 8252 7.3


Way = Literal["browser", "code", "no"]
"""To sign in by the browser of this machine, by a code that is typed on another device, or not: by
a password."""


def known(account: AccountSettings) -> SignIn | None:
    """How one signs in at this account's provider, as far as the program knows."""
    provider = settings_room.PROVIDERS.get(account.provider)
    return provider.sign_in if provider else None


def wants(account: AccountSettings) -> bool:
    """Whether its provider takes no password."""
    provider = settings_room.PROVIDERS.get(account.provider)
    return provider is not None and provider.credential == "sign-in"


def ways(account: AccountSettings) -> Sequence[Way]:
    """How one logs in at this account's provider, the usual way first."""
    its = known(account)
    if its is None:
        return ("no",)
    signing_in: Sequence[Way] = ("browser", "code") if its.device else ("browser",)
    return signing_in if wants(account) else ("no", *signing_in)


def given() -> Password | None:
    """What the environment gives. A file that it names may have still to be made, by signing in:
    None. SettingsError as `settings.given_password`.
    """
    try:
        return settings_room.given_password(os.environ)
    except SettingsError as error:
        if error.code != "file-unreadable":
            raise
        return None


def former(to: Destination) -> Client | None:
    """The client of whoever is signed in there already. SettingsError as `settings.password`."""
    from merge.mail.signin import Grant

    kept = given() or settings_room.kept_password(to) or ""
    return Grant.of(kept).client if settings_room.is_grant(kept) else None


def client(
    account: AccountSettings,
    servers: Sequence[Destination],
    asked: ClientSaid,
    last: Client | None,
) -> Client:
    """Who asks. What is not said is the provider's, else as it was for whoever is signed in
    (`former`).

    SettingsError: "sign-in-unknown" (no address), "no-client-id", "no-client-secret",
    "value-unfit".
    """
    from merge.mail.signin import Client

    its = known(account)
    at = its if its and not asked.token else asked if asked.token else last
    if at is None or not (at.authorize and at.token and at.scopes):
        raise SettingsError("sign-in-unknown", provider=account.provider or account.host)
    is_same = last is not None and asked.client_id in ("", last.client_id)
    client_id = asked.client_id or (last.client_id if last else "")
    secret = asked.client_secret or (last.client_secret if last and is_same else "")
    if not client_id:
        raise SettingsError("no-client-id")
    if its and its.has_secret and not secret:
        raise SettingsError("no-client-secret")
    return Client(
        provider=account.provider or account.host,
        authorize=at.authorize,
        token=at.token,
        device=at.device,
        client_id=client_id,
        client_secret=secret,
        scopes=at.scopes,
        hosts=tuple(dict.fromkeys(each.host for each in servers)),
        redirect_host=at.redirect_host,
    )


def begin_at(
    place: Path, asked: ClientSaid, *, elsewhere: bool = False
) -> tuple[Pending, Destination]:
    """`begin` for the mailbox of the campaign in this folder. Errors as of `client` and `begin`."""
    settings = settings_room.load(place)
    servers = approval.destinations(place, settings)
    who = client(settings.account, servers, asked, former(servers[0]))
    return begin(who, servers[0], elsewhere=elsewhere), servers[0]


def begin(client: Client, to: Destination, *, elsewhere: bool = False) -> Pending:
    """Ask the provider for this mailbox: by the browser of this machine, or, where the client says
    `device`, by a code that is typed `elsewhere`. `wait` for it, `keep` what comes, and `close` it.

    Raises as `Pending.wait`.
    """
    from merge.mail.signin import Browser, DeviceCode, Pages, check

    if elsewhere:
        return DeviceCode(client)
    check(client)
    done, declined, foreign = words.sign_in_pages()
    return Browser(
        client,
        login_hint=to.login,
        pages=Pages(done=done, declined=declined, foreign=foreign),
    )


def keep(grant: Grant, to: Destination) -> GrantPlace:
    """Keep what a person gave, for their server of outgoing mail; returns where.

    SettingsError: "no-keyring", "keyring-failed", "password-in-the-way", "grant-unwritable", and as
    `settings.password`: nothing is changed.
    """
    place = settings_room.grant_place(to, to, os.environ)
    with _lock(place):
        if place.file and place.file.exists():
            former = settings_room.given_password(os.environ)
            if former and not settings_room.is_grant(former):
                raise SettingsError("password-in-the-way", name=str(place.file))
        if not place.write(grant.text()):
            raise SettingsError("grant-unwritable", path=str(place.file))
    return place


_sources: dict[str, tuple[Client, TokenSource]] = {}  # by their places


def secret(account: AccountSettings, to: Destination, outgoing: Destination | None) -> Secret:
    """What logs in there: tokens of the grant, the same for all that this process connects to, or
    the password.

    `outgoing` is the server for outgoing mail, whose grant serves the mailbox too. Refused
    "sign-in-for-another-host"; SettingsError as `settings.password`, and "grant-malformed".
    """
    from merge.mail.signin import Grant
    from merge.mail.tokens import TokenSource
    from merge.mail.transport import Secret

    found = settings_room.password(account, to, os.environ, outgoing=outgoing)
    if not settings_room.is_grant(found):
        return Secret(found)
    grant = Grant.of(found)
    if not grant.may_go_to(to.host):
        raise Refused("sign-in-for-another-host", host=to.host, hosts=", ".join(grant.client.hosts))
    named = settings_room.grant_place(to, outgoing or to, os.environ)
    place = GrantPlace(to=named.to, file=named.file, first=found)
    client, source = _sources.get(place.name, (None, None))
    if source is None or client != grant.client:
        source = TokenSource(read=place.read, keep=place.write, lock=partial(_lock, place))
        _sources[place.name] = grant.client, source
    return source


def is_held_in_memory() -> bool:
    """Whether a grant has changed with use, and could not be kept where it is."""
    return any(source.is_held for _client, source in _sources.values())


def _lock(place: GrantPlace) -> AbstractContextManager[None]:
    disks.make_private_folder(home())
    return FileLocks(home()).one_refresh(place.name)
