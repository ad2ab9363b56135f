"""Tokens in the place of a password: where the grant is kept, and one refresh at a time."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked

from merge.app import approval
from merge.app import signin as app
from merge.errors import AccountPaused, Refused, SettingsError
from merge.ledger.records import Destination
from merge.mail.signin import Grant
from merge.mail.tokens import TokenSource
from merge.mail.transport import Token, base64_of
from merge.settings import (
    AccountSettings,
    GrantPlace,
    given_password,
    is_grant,
    kept_password,
    password,
    remember_password,
)
from merge.settings.password import LONGEST_ENTRY
from tests.drawer import Drawer
from tests.servers.authorization import AuthorizationDesk

pytest_plugins = ["tests.servers.fixtures"]

SMTP = Destination(
    protocol="smtp", host="localhost", port=465, tls="implicit", ca="", login="a@example.org"
)
IMAP = replace(SMTP, protocol="imap", port=993)
ACCOUNT = AccountSettings(from_address="a@example.org", provider="gmail")
LONG = "é" * (3 * LONGEST_ENTRY + 1)


def source(kept: list[str]) -> TokenSource:
    def keep(text: str) -> bool:
        kept.append(text)
        return True

    return TokenSource(read=lambda: kept[-1], keep=keep, lock=nullcontext)


# --- tokens --------------------------------------------------------------------------------------


def test_one_token_serves_until_it_is_old_or_refused(provider: AuthorizationDesk) -> None:
    tokens = source([provider.signed_in()])
    first = tokens.token()
    assert tokens.token() == first
    second = tokens.token(refused=first)
    assert second != first
    assert tokens.token(refused=first) == second  # another connection has replaced it already
    assert provider.refreshes == 2


def test_a_token_shows_itself_nowhere(provider: AuthorizationDesk) -> None:
    tokens = source([provider.signed_in()])
    for each in (tokens, tokens.at_login()):
        assert "access-" not in repr(each)
        with pytest.raises(TypeError):
            pickle.dumps(each)


def test_a_reply_that_repeats_a_token_is_told_without_it() -> None:
    token = Token("ya29.a-token-that-nobody-may-see-" + "x" * 200)
    at = {"login": "a@example.org", "host": "x.example.org", "port": 465}
    for mechanism in ("XOAUTH2", "OAUTHBEARER"):
        said = base64_of(token.said(mechanism, **at))  # type: ignore[arg-type]
        for echo in (said, said[:200], said[3:], token.reveal(), token.reveal()[:60]):
            shown = token.hidden_in(f"535 5.7.8 not {echo} today".encode(), "a@example.org")
            assert shown.decode() == "535 5.7.8 not … today"
    ours = b"535-5.7.8 Username and Password not accepted. https://support.google.com/mail/?p=Bad"
    assert token.hidden_in(ours, "a@example.org") == ours


def test_one_that_was_taken_back_wants_a_person_whose_new_sign_in_is_heard_of(
    provider: AuthorizationDesk,
) -> None:
    kept = [provider.signed_in()]
    tokens = source(kept)
    old = tokens.token()
    provider.revoke()
    with pytest.raises(AccountPaused, match="sign-in-ended"):
        tokens.token(refused=old)
    kept.append(provider.signed_in())
    assert tokens.token(refused=old) in provider.by_access_token


@pytest.mark.parametrize("rotates", [True, False])
def test_a_kill_before_an_answer_is_kept_costs_a_sign_in_only_where_the_former_token_has_ended(
    provider: AuthorizationDesk, rotates: bool
) -> None:
    provider.rotates = rotates
    kept = provider.signed_in()

    def killed(_text: str) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TokenSource(read=lambda: kept, keep=killed, lock=nullcontext).token()
    after = source([kept])
    if rotates:
        with pytest.raises(AccountPaused, match="sign-in-ended"):
            after.token()
    else:
        assert after.token() in provider.by_access_token
    assert provider.refreshes == 2


# --- where a grant is ----------------------------------------------------------------------------


def test_a_long_grant_is_in_the_keyring_in_parts_that_any_keyring_takes(drawer: Drawer) -> None:
    remember_password(SMTP, LONG)
    assert kept_password(SMTP) == LONG
    assert max(map(len, drawer.kept.values())) <= LONGEST_ENTRY
    former = dict(drawer.kept)
    remember_password(SMTP, LONG[:-1] + "x")
    assert kept_password(SMTP) == LONG[:-1] + "x"
    assert len(drawer.kept) == len(former)  # no part of the former one is left
    remember_password(SMTP, "short")
    assert (kept_password(SMTP), len(drawer.kept)) == ("short", 1)


@pytest.mark.parametrize("stops_after", [0, 2, 4])
def test_a_kill_while_parts_are_written_leaves_the_former_grant_or_the_new_one(
    drawer: Drawer, monkeypatch: pytest.MonkeyPatch, stops_after: int
) -> None:
    remember_password(SMTP, LONG)
    left = iter(range(stops_after))

    def set_password(service: str, username: str, value: str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        drawer.kept[service, username] = value

    monkeypatch.setattr(drawer, "set_password", set_password)
    with pytest.raises(KeyboardInterrupt):
        remember_password(SMTP, LONG[:-1] + "x")
    assert kept_password(SMTP) == LONG


def test_a_grant_serves_the_mailbox_too_and_is_not_changed_as_a_password_is(
    provider: AuthorizationDesk, drawer: Drawer
) -> None:
    text = provider.signed_in(scopes=("one", "two"))
    remember_password(IMAP, "an old one")
    app.keep(Grant.of(text), SMTP)
    assert password(ACCOUNT, SMTP, {}) == text
    assert password(ACCOUNT, IMAP, {}, outgoing=SMTP) == text
    assert password(ACCOUNT, IMAP, {}) == "anoldone"
    given = {"PUBLIPOSTAGE_IMAP_PASSWORD": "an other"}
    assert password(ACCOUNT, IMAP, given, outgoing=SMTP) == "another"


def test_a_grant_is_not_handed_on_to_another_entry(
    provider: AuthorizationDesk, drawer: Drawer
) -> None:
    app.keep(Grant.of(provider.signed_in()), SMTP)
    approval.hand_on_kept_password([SMTP, IMAP])
    assert kept_password(IMAP) is None


def test_one_in_the_environment_is_refused_and_not_shown(provider: AuthorizationDesk) -> None:
    with pytest.raises(SettingsError, match="grant-in-environment") as caught:
        given_password({"PUBLIPOSTAGE_PASSWORD": provider.signed_in()})
    assert "refresh-" not in repr(caught.value.facts)


@pytest.fixture(autouse=True)
def _sources() -> Iterator[None]:
    yield
    app._sources.clear()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "grant"
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD_FILE", str(path))
    return path


def test_a_guarded_file_is_written_anew_with_every_rotation(
    provider: AuthorizationDesk, file: Path
) -> None:
    app.keep(Grant.of(provider.signed_in()), SMTP)
    before = file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert app.secret(ACCOUNT, SMTP, SMTP).reveal() in provider.by_access_token
    assert app.secret(ACCOUNT, IMAP, SMTP).reveal() in provider.by_access_token
    after = file.read_text("utf-8")
    assert (is_grant(after), after == before) == (True, False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (provider.reuses, [p.name for p in file.parent.iterdir()]) == (0, ["grant"])


def _locked(patch: pytest.MonkeyPatch, drawer: Drawer, file: Path) -> None:
    def locked(*_: object) -> None:
        raise KeyringLocked

    patch.delenv("PUBLIPOSTAGE_PASSWORD_FILE")
    patch.setattr(drawer, "set_password", locked)


def _password_file(patch: pytest.MonkeyPatch, drawer: Drawer, file: Path) -> None:
    file.write_text("my password\n", "utf-8")
    file.chmod(0o600)


def _password_given(patch: pytest.MonkeyPatch, drawer: Drawer, file: Path) -> None:
    patch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")


@pytest.mark.parametrize(
    ("there", "code"),
    [
        (_locked, "keyring-failed"),
        (_password_file, "password-in-the-way"),
        (_password_given, "password-in-the-way"),
    ],
)
def test_where_a_grant_cannot_be_kept_nothing_is_and_what_is_there_stays(
    provider: AuthorizationDesk,
    monkeypatch: pytest.MonkeyPatch,
    drawer: Drawer,
    file: Path,
    there: Callable[[pytest.MonkeyPatch, Drawer, Path], None],
    code: str,
) -> None:
    there(monkeypatch, drawer, file)
    before = file.exists() and file.read_bytes()
    with pytest.raises(SettingsError, match=code):
        app.keep(Grant.of(provider.signed_in()), SMTP)
    assert (drawer.kept, file.exists() and file.read_bytes()) == ({}, before)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
def test_a_pipe_is_read_once(provider: AuthorizationDesk, file: Path) -> None:
    os.mkfifo(file, 0o600)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(file.write_text, provider.signed_in(), "utf-8")
        tokens = app.secret(ACCOUNT, SMTP, SMTP)
        writing.result()
    assert tokens.reveal() in provider.by_access_token
    assert isinstance(tokens, TokenSource)
    assert tokens.token(refused=tokens.reveal()) in provider.by_access_token


def test_a_credential_that_nobody_writes_is_held_in_memory_until_another_is_there(
    provider: AuthorizationDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = tmp_path / "publipostage_password"
    credential.write_text(provider.signed_in(), "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(GrantPlace, "write", lambda *_: False)
    assert not app.is_held_in_memory()
    tokens, for_the_mailbox = (app.secret(ACCOUNT, to, SMTP) for to in (SMTP, IMAP))
    assert isinstance(tokens, TokenSource)
    for _ in range(2):
        tokens.token(refused=tokens.token())
    assert for_the_mailbox.reveal() == tokens.reveal()
    credential.write_text(provider.signed_in(), "utf-8")
    assert tokens.token(refused=tokens.token()) in provider.by_access_token
    assert (app.is_held_in_memory(), provider.reuses) == (True, 0)
    with pytest.raises(SettingsError, match="grant-unwritable"):
        app.keep(Grant.of(provider.signed_in()), SMTP)


def test_a_token_goes_to_the_servers_of_its_grant_alone(
    provider: AuthorizationDesk, drawer: Drawer
) -> None:
    app.keep(Grant.of(provider.signed_in(hosts=("smtp.example.org",))), SMTP)
    with pytest.raises(Refused, match="sign-in-for-another-host"):
        app.secret(ACCOUNT, SMTP, SMTP)
    assert provider.refreshes == 0


# --- several processes ---------------------------------------------------------------------------

PROCESSES, TIMES = 4, 5


def refresh(_number: int) -> list[str]:
    """In a process of its own: a token that is refused, again and again."""
    tokens = app.secret(ACCOUNT, SMTP, SMTP)
    assert isinstance(tokens, TokenSource)
    had = [tokens.token()]
    while len(had) < TIMES:
        had.append(tokens.token(refused=had[-1]))
    return had


def test_processes_at_once_rotate_without_logging_one_out(
    provider: AuthorizationDesk, file: Path
) -> None:
    provider.token_octets = 1_500  # as long as Microsoft's
    app.keep(Grant.of(provider.signed_in()), SMTP)
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawned) as pool:
        had = [token for each in pool.map(refresh, range(PROCESSES)) for token in each]
    assert len(set(had)) == PROCESSES * TIMES == provider.refreshes
    assert provider.reuses == 0
    assert not any(provider.by_access_token[token].is_revoked for token in had)
