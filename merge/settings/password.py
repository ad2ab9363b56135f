"""The mailbox's password: from the environment, a file or the keyring, never in the folder.

The door to keyring, whose entries are bound to a whole `Destination`: what was kept for one server
is not found for another. Whether a person approved the server is the caller's question.

Who signed in at the provider has a grant in its place (`merge.mail.signin`), a text in JSON. It is
kept for the server of outgoing mail and serves the mailbox, too; in a keyring or a file, never in
the environment or in memory alone: it changes with every use, and each place must hear of it.

Where there is no keyring, a process that a person is at may hold what they typed in its memory, as
the page's server does. It hands it to the processes that work for it through the pipe that says
what to do: never by an argument, the environment, a log or a file.
"""

from __future__ import annotations

import json
import os
import re
import select
import stat
import sys
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from merge import disks
from merge.errors import SettingsError
from merge.ledger.records import Destination
from merge.settings.providers import PROVIDERS
from merge.settings.sections import AccountSettings

_CREDENTIAL = "publipostage_password"
_DATABASE_CREDENTIAL = "publipostage_database"
_OF_THE_ACCOUNT = ("PUBLIPOSTAGE_PASSWORD", "PUBLIPOSTAGE_PASSWORD_FILE")
_OF_DATABASE = ("PUBLIPOSTAGE_DATABASE", "PUBLIPOSTAGE_DATABASE_FILE")
_OF_IMAP = ("PUBLIPOSTAGE_IMAP_PASSWORD", "PUBLIPOSTAGE_IMAP_PASSWORD_FILE")
_CREDENTIALS = "CREDENTIALS_DIRECTORY"
_LONGEST_FILE = 10_000  # octets; no password has as many
PIPE_PATIENCE_S = 60  # a program at its other end may ask its own question first
LONGEST_ENTRY = 1_000  # characters; Windows' keyring takes 2,560 octets, in UTF-16
_LOOKS_AT_MOST = 5  # at a text in parts that another process writes meanwhile
_PARTS = re.compile(r"publipostage-parts:([ab]):(\d{1,3}):([0-9a-f]{64})")

_held: dict[Destination, Password] = {}  # by this process alone, until it ends


class Password(str):
    """A password that no traceback, log or debugger shows by accident."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Password('…')"

    def __reduce__(self) -> tuple[object, ...]:
        """Whole, through a pipe to a process of our own."""
        return Password, (str(self),)


def password(
    account: AccountSettings,
    to: Destination,
    environ: Mapping[str, str],
    *,
    outgoing: Destination | None = None,
) -> Password:
    """The password, or the grant, that this destination is given.

    The environment's (see `given_password`), else the one that this process holds, else the grant
    kept for the server of `outgoing` mail, else what the keyring has for this one.

    SettingsError: "file-unreadable", "password-file-readable" (by others),
    "password-file-unfit", "password-encoding", "grant-in-environment", "no-password",
    "keyring-failed".
    """
    given = given_password(environ, imap=to.protocol == "imap")
    found = given or _held.get(to)
    if not found and outgoing and is_grant(kept := kept_password(outgoing) or ""):
        found = Password(kept)
    found = found or kept_password(to)
    if not found:
        raise SettingsError("no-password", login=to.login)
    return found if is_grant(found) else password_meant(account, found)


def password_meant(account: AccountSettings, typed: str) -> Password:
    """An application password is shown in groups of four, and people copy the spaces as well."""
    provider = PROVIDERS.get(account.provider)
    is_grouped = provider is not None and provider.credential == "application"
    return Password("".join(typed.split()) if is_grouped else typed)


def given_password(environ: Mapping[str, str], *, imap: bool = False) -> Password | None:
    """What the environment or a file that it names holds; it comes before the keyring's.

    PUBLIPOSTAGE_PASSWORD, else the file that PUBLIPOSTAGE_PASSWORD_FILE names, else systemd's
    credential `publipostage_password`. Nearly every provider has one password for SMTP and `imap`;
    where IMAP has another, PUBLIPOSTAGE_IMAP_PASSWORD, or …_FILE, comes before these.

    SettingsError: "password-file-…" and "password-encoding", as `password` does.
    """
    name, path = _given(environ, imap=imap)
    if path is not None:
        # systemd guards its folder itself, with an ACL that the mode bits do not show.
        return _from_file(path, private=name != _CREDENTIALS)
    return _from_environment(name, environ[name]) if name else None


def _given(environ: Mapping[str, str], *, imap: bool) -> tuple[str, Path | None]:
    """The variable that gives the password, and the file that it names; "" for none."""
    for value, file in (*((_OF_IMAP,) if imap else ()), _OF_THE_ACCOUNT):
        if environ.get(value):
            return value, None
        if named := environ.get(file):
            return file, Path(named)
    if (credential := _credential(environ, _CREDENTIAL)) is not None:
        return _CREDENTIALS, credential
    return "", None


def _credential(environ: Mapping[str, str], name: str) -> Path | None:
    """The file of this credential (systemd.exec(5), LoadCredential), where there is one."""
    folder = environ.get(_CREDENTIALS)
    path = Path(folder) / name if folder else None
    return path if path is not None and path.exists() else None


def database_address(environ: Mapping[str, str]) -> str:
    """The address of the PostgreSQL database, which may hold a password; "" for none.

    PUBLIPOSTAGE_DATABASE, else the file that PUBLIPOSTAGE_DATABASE_FILE names, else systemd's
    credential `publipostage_database`. SettingsError: "password-file-…", as `password` does.
    """
    value, file = _OF_DATABASE
    if said := environ.get(value):
        return said
    if named := environ.get(file):
        return str(_from_file(Path(named), private=True))
    credential = _credential(environ, _DATABASE_CREDENTIAL)
    return str(_from_file(credential, private=False)) if credential else ""


def password_files(environ: Mapping[str, str]) -> Sequence[Path]:
    """The files with a password or a database's address that the environment names."""
    names = (_OF_THE_ACCOUNT[1], _OF_IMAP[1], _OF_DATABASE[1])
    return [Path(named) for name in names if (named := environ.get(name))]


@contextmanager
def without_passwords(environ: MutableMapping[str, str]) -> Iterator[None]:
    """Take the passwords out of `environ` meanwhile, for programs that inherit it."""
    names = (*_OF_THE_ACCOUNT, *_OF_IMAP, *_OF_DATABASE, _CREDENTIALS)
    taken = {name: environ.pop(name) for name in names if name in environ}
    try:
        yield
    finally:
        environ.update(taken)


def hold_passwords(passwords: Mapping[Destination, str]) -> None:
    """Keep these in the memory of this process, each for the very server that it is for."""
    _held.update({to: Password(value) for to, value in passwords.items()})


def held_passwords() -> Mapping[Destination, Password]:
    """Those, for a process that works for this one."""
    return dict(_held)


def is_grant(text: str) -> bool:
    """Whether this is no password, but what a person gave by signing in."""
    with suppress(ValueError):
        return text.lstrip().startswith("{") and "grant" in json.loads(text)
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantPlace:
    """Where a grant is kept: the guarded file or credential that the environment names, else the
    keyring's entry of the server for outgoing mail. Read it and write it under one lock.
    """

    to: Destination
    file: Path | None
    first: str = field(default="", repr=False)  # what a pipe had: nothing comes out of it twice

    @property
    def name(self) -> str:
        """Another one for each place, for its lock."""
        service, login = _entry(self.to)
        of_keyring = f"{service}\0{login}"
        at = str(self.file.resolve()) if self.file else of_keyring
        return sha256(at.encode("utf-8", "surrogateescape")).hexdigest()[:32]

    def read(self) -> str:
        """Its text as it is now. SettingsError: "no-password", and as `password`."""
        if self.file is None:
            text = kept_password(self.to) or ""
        elif self.first and not self.file.is_file():
            text = self.first
        else:
            text = _from_file(self.file, private=False)  # its rights were looked at before
        if not is_grant(text):
            raise SettingsError("no-password", login=self.to.login)
        return text

    def write(self, text: str) -> bool:
        """Keep it here, whole or not at all; False where the file may not be written.

        SettingsError: "no-keyring", "keyring-failed".
        """
        if self.file is None:
            remember_password(self.to, text)
            return True
        at = self.file.resolve()
        if at.exists() and not (at.is_file() and os.access(at, os.W_OK)):
            return False
        try:
            with disks.replacing(at) as file:
                file.write(text.encode() + b"\n")
        except OSError:
            return False
        return True


def grant_place(to: Destination, outgoing: Destination, environ: Mapping[str, str]) -> GrantPlace:
    """Where this destination's grant is, or will be. SettingsError("password-in-the-way") where the
    environment gives a password, which comes before it.
    """
    name, path = _given(environ, imap=to.protocol == "imap")
    if name and path is None:
        raise SettingsError("password-in-the-way", name=name)
    return GrantPlace(to=outgoing, file=path)


def remember_password(to: Destination, value: str) -> None:
    """Keep the password in the keyring. SettingsError: "no-keyring", "keyring-failed".

    It is read back: keyring's "null" takes a password and keeps none.
    """
    from keyring.errors import KeyringError, NoKeyringError

    try:
        _set(*_entry(to), value)
        kept = _get(*_entry(to)) == value
    except NoKeyringError:
        raise SettingsError("no-keyring") from None
    except KeyringError as error:
        raise SettingsError("keyring-failed", detail=type(error).__name__) from None
    if not kept:
        raise SettingsError("no-keyring")


def kept_password(to: Destination) -> Password | None:
    """The keyring's, where there is one and it has one. SettingsError("keyring-failed").

    An entry of 0.1.0 names the host and the login alone; it was made for SMTP, and counts for it.
    """
    from keyring.errors import KeyringError, NoKeyringError

    entries = [_entry(to)]
    if to.protocol == "smtp":
        entries.append((f"publipostage:{to.host}", to.login))
    try:
        kept = (_get(*entry) for entry in entries)
        found = next(filter(None, kept), None)
    except NoKeyringError:
        return None  # a machine without a screen; never plain text instead
    except KeyringError as error:
        raise SettingsError("keyring-failed", detail=type(error).__name__) from None
    return Password(found) if found else None


def _get(service: str, login: str) -> str | None:
    """One entry, put together of its parts where it was too long for one."""
    import keyring

    for _ in range(_LOOKS_AT_MOST):
        head = keyring.get_password(service, login)
        parts = _PARTS.fullmatch(head or "")
        if parts is None:
            return head
        edition, count, digest = parts.groups()
        names = [f"{service}:{edition}{number}" for number in range(int(count))]
        whole = "".join(keyring.get_password(name, login) or "" for name in names)
        if sha256(whole.encode()).hexdigest() == digest:
            return whole
    raise SettingsError("keyring-failed", detail="parts")


def _set(service: str, login: str, value: str) -> None:
    """One entry, in parts where it is too long: the former ones stand until the new ones do."""
    import keyring
    from keyring.errors import KeyringError

    former = _PARTS.fullmatch(keyring.get_password(service, login) or "")
    if len(value) <= LONGEST_ENTRY:
        keyring.set_password(service, login, value)
    else:
        edition = "b" if former and former[1] == "a" else "a"
        starts = range(0, len(value), LONGEST_ENTRY)
        for number, start in enumerate(starts):
            part = value[start : start + LONGEST_ENTRY]
            keyring.set_password(f"{service}:{edition}{number}", login, part)
        digest = sha256(value.encode()).hexdigest()
        head = f"publipostage-parts:{edition}:{len(starts)}:{digest}"
        keyring.set_password(service, login, head)
    for number in range(int(former[2]) if former else 0):
        with suppress(KeyringError):  # some stores delete nothing; the next but one overwrites it
            keyring.delete_password(f"{service}:{former and former[1]}{number}", login)


def _entry(to: Destination) -> tuple[str, str]:
    """Service and user in the keyring."""
    service = ":".join(filter(None, (to.protocol, to.host, str(to.port), to.tls, to.ca)))
    return f"publipostage:{service}", to.login


def _from_environment(name: str, value: str) -> Password:
    if is_grant(value):
        raise SettingsError("grant-in-environment", name=name)
    try:
        value.encode()
        return Password(value)
    except UnicodeEncodeError:  # Python hands on what it could not read as halves of characters
        pass
    raise SettingsError("password-encoding", name=name)  # outside: the error holds the password


def _from_file(path: Path, *, private: bool) -> Password:
    try:
        mode = path.stat().st_mode
        if private and os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError("password-file-readable", path=str(path))
        content = _beginning(path, is_pipe=stat.S_ISFIFO(mode))
    except OSError as error:
        raise SettingsError("file-unreadable", path=str(path), words=error.strerror) from None
    try:
        line = content.decode("utf-8-sig").rstrip("\r\n")  # an editor ends a file with a line break
    except UnicodeDecodeError:
        line = "\0"
    if "\0" in line:  # PowerShell's ">" writes UTF-16
        raise SettingsError("password-file-unfit", path=str(path))
    if is_grant(line):
        return Password(line)
    if not line or "\n" in line or "\r" in line or len(content) > _LONGEST_FILE:
        raise SettingsError("password-file-unfit", path=str(path))
    return Password(line)


def _beginning(path: Path, *, is_pipe: bool) -> bytes:
    """As much of it as a password may have, and an octet. SettingsError("password-file-unfit")."""
    if sys.platform == "win32" or not is_pipe:
        with path.open("rb") as file:
            return file.read(_LONGEST_FILE + 1)
    # To open one that nobody writes into would wait for ever.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as pipe:
        if not select.select([pipe], [], [], PIPE_PATIENCE_S)[0]:
            raise SettingsError("password-file-unfit", path=str(path))
        os.set_blocking(pipe.fileno(), True)
        return pipe.read(_LONGEST_FILE + 1)
