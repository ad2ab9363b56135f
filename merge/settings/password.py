"""The mailbox's password: from the environment, a file or the keyring, never in the folder.

The door to keyring.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from merge.errors import SettingsError
from merge.settings.providers import PROVIDERS
from merge.settings.records import AccountSettings, Settings

_CREDENTIAL = "publipostage_password"


class Password(str):
    """A password that no traceback, log or debugger shows by accident."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Password('…')"


def password(settings: Settings, environ: Mapping[str, str]) -> Password:
    """The password of the account.

    PUBLIPOSTAGE_PASSWORD, else the file that PUBLIPOSTAGE_PASSWORD_FILE names, else systemd's
    credential `publipostage_password`, else the keyring.

    SettingsError: "password-file-missing", "password-file-readable" (by others),
    "password-file-encoding", "password-file-lines", "password-file-empty", "password-encoding",
    "no-password", "keyring-failed".
    """
    found = given_password(environ) or _from_keyring(settings.account)
    return password_meant(settings.account, found)


def password_meant(account: AccountSettings, typed: str) -> Password:
    """An application password is shown in groups of four, and people copy the spaces as well."""
    provider = PROVIDERS.get(account.provider)
    is_grouped = provider is not None and provider.credential == "application"
    return Password("".join(typed.split()) if is_grouped else typed)


def given_password(environ: Mapping[str, str]) -> Password | None:
    """What the environment or a file that it names holds; it comes before the keyring's.

    SettingsError: "password-file-…" and "password-encoding", as `password` does.
    """
    given = environ.get("PUBLIPOSTAGE_PASSWORD")
    if given:
        return _from_environment("PUBLIPOSTAGE_PASSWORD", given)
    named = environ.get("PUBLIPOSTAGE_PASSWORD_FILE")
    if named:
        return _from_file(Path(named), private=True)
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / _CREDENTIAL).exists():
        # systemd guards this folder itself, with an ACL that the mode bits do not show.
        return _from_file(Path(credentials) / _CREDENTIAL, private=False)
    return None


def imap_password(settings: Settings, environ: Mapping[str, str]) -> Password:
    """The password for IMAP: the account's own, as nearly every provider has it.

    PUBLIPOSTAGE_IMAP_PASSWORD, or the file that PUBLIPOSTAGE_IMAP_PASSWORD_FILE names, where it
    is another. Raises what `password` does.
    """
    given = environ.get("PUBLIPOSTAGE_IMAP_PASSWORD")
    if given:
        return _from_environment("PUBLIPOSTAGE_IMAP_PASSWORD", given)
    named = environ.get("PUBLIPOSTAGE_IMAP_PASSWORD_FILE")
    return _from_file(Path(named), private=True) if named else password(settings, environ)


def remember_password(account: AccountSettings, value: str) -> None:
    """Keep the password in the keyring. SettingsError: "no-keyring", "keyring-failed".

    It is read back: keyring's "null" takes a password and keeps none.
    """
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        keyring.set_password(*_entry(account), value)
        kept = keyring.get_password(*_entry(account)) == value
    except NoKeyringError:
        raise SettingsError("no-keyring") from None
    except KeyringError as error:
        raise SettingsError("keyring-failed", detail=type(error).__name__) from None
    if not kept:
        raise SettingsError("no-keyring")


def _from_keyring(account: AccountSettings) -> Password:
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    service, login = _entry(account)
    try:
        found = keyring.get_password(service, login)
    except NoKeyringError:
        found = None  # a machine without a screen; never plain text instead
    except KeyringError as error:
        raise SettingsError("keyring-failed", detail=type(error).__name__) from None
    if not found:
        raise SettingsError("no-password", login=login)
    return Password(found)


def _entry(account: AccountSettings) -> tuple[str, str]:
    """Service and user in the keyring: one password for each login on each server."""
    return f"publipostage:{account.host}", account.login or account.from_address


def _from_environment(name: str, value: str) -> Password:
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
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            "password-file-missing", path=str(path), detail=error.strerror
        ) from None
    try:
        line = content.decode("utf-8-sig").rstrip("\r\n")  # an editor ends a file with a line break
    except UnicodeDecodeError:
        line = "\0"
    if "\0" in line:  # PowerShell's ">" writes UTF-16
        raise SettingsError("password-file-encoding", path=str(path))
    if "\n" in line or "\r" in line:
        raise SettingsError("password-file-lines", path=str(path))
    if not line:
        raise SettingsError("password-file-empty", path=str(path))
    return Password(line)
