"""Signed in at the provider: where the grant is kept, and what connects with it."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING

from merge import disks
from merge import settings as settings_room
from merge.app.opening import home
from merge.errors import Refused, SettingsError
from merge.ledger.driver.locks import Locks
from merge.ledger.records import Destination
from merge.settings import AccountSettings, GrantPlace
from merge.words import mailbox as words

if TYPE_CHECKING:
    from merge.mail.signin import Client, Grant, Pending
    from merge.mail.tokens import TokenSource
    from merge.mail.transport import Secret


def begin(client: Client, to: Destination, *, elsewhere: bool = False) -> Pending:
    """Ask the provider for this mailbox: by the browser of this machine, or, where the client says
    `device`, by a code that is typed `elsewhere`. `wait` for it, `keep` what comes, and `close` it.

    Raises as `Pending.wait`.
    """
    from merge.mail.signin import Browser, DeviceCode, Pages

    if elsewhere:
        return DeviceCode(client)
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
    return Locks(home()).one_refresh(place.name)
