"""A password that a process holds in its memory, where there is no keyring, and hands on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from merge.app import account
from merge.errors import AccountPaused, SettingsError, Trouble
from merge.ledger.records import Destination
from merge.settings import (
    held_passwords,
    hold_passwords,
    load,
    password,
    remember_password,
)
from merge.settings.password import _held
from merge.web.jobs import Jobs
from tests.desk import Desk
from tests.drawer import Drawer
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

SMTP = Destination(
    protocol="smtp", host="smtp.example.org", port=465, tls="implicit", ca="", login="a@example.org"
)


@pytest.fixture(autouse=True)
def afterwards() -> Iterator[None]:
    yield
    _held.clear()


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, no_keyring: None) -> Desk:
    """A campaign whose server is approved, and no password anywhere."""
    desk = Desk(tmp_path / "campaign")
    desk.make()
    toml = desk.folder / "campaign.toml"
    toml.write_text(
        toml.read_text("utf-8").replace(
            "[account]\n",
            f'[account]\nhost = "localhost"\nport = {capture_server.port}\n'
            f'ca_file = "{capture_server.authority.put_in(desk.folder)}"\n',
        ),
        "utf-8",
    )
    desk.approve()
    return desk


def meant(desk: Desk, typed: str) -> Mapping[Destination, str]:
    return account.passwords_meant(desk.folder, typed)


def files_of(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())


def test_a_password_is_held_for_one_server_alone_and_comes_before_the_keyrings(
    desk: Desk, drawer: Drawer
) -> None:
    settings = load(desk.folder).account
    remember_password(SMTP, "kept")
    hold_passwords({SMTP: "held"})
    assert password(settings, SMTP, {}) == "held"
    assert password(settings, SMTP, {"PUBLIPOSTAGE_PASSWORD": "given"}) == "given"
    for other in (replace(SMTP, host="evil.example.org"), replace(SMTP, protocol="imap")):
        with pytest.raises(SettingsError) as caught:
            password(settings, other, {})
        assert caught.value.code == "no-password"
    assert "held" not in repr(held_passwords())


def test_one_that_the_server_takes_is_kept_in_the_keyring_where_there_is_one(
    desk: Desk, drawer: Drawer, capture_server: CaptureServer
) -> None:
    assert account.try_out(desk.folder, meant(desk, capture_server.password)).kept_in == "keyring"
    assert list(drawer.kept.values()) == [capture_server.password]
    _held.clear()
    assert account.try_out(desk.folder).kept_in == "keyring"


def test_without_a_keyring_it_stays_in_memory_and_nowhere_else(
    desk: Desk, capture_server: CaptureServer, tmp_path: Path
) -> None:
    capture_server.password = "a-secret-of-ours"
    assert account.try_out(desk.folder, meant(desk, capture_server.password)).kept_in == "memory"
    assert account.try_out(desk.folder).kept_in == "memory"
    assert capture_server.password.encode() not in files_of(tmp_path)
    assert capture_server.password not in "".join(os.environ.values())
    _held.clear()
    with pytest.raises(SettingsError) as caught:
        account.try_out(desk.folder)
    assert caught.value.code == "no-password"


def test_one_that_the_server_refuses_is_kept_nowhere(desk: Desk, drawer: Drawer) -> None:
    with pytest.raises(Trouble) as caught:
        account.try_out(desk.folder, meant(desk, "wrong"))
    assert (type(caught.value), caught.value.code) == (AccountPaused, "login-refused")
    assert drawer.kept == {}


def test_one_that_was_typed_for_a_server_goes_to_no_other_that_took_its_place(
    desk: Desk, drawer: Drawer, capture_server: CaptureServer
) -> None:
    typed = meant(desk, capture_server.password)
    toml = desk.folder / "campaign.toml"
    toml.write_text(
        toml.read_text("utf-8").replace("[account]\n", '[account]\nlogin = "z@example.org"\n'),
        "utf-8",
    )
    desk.approve()
    with pytest.raises(SettingsError) as caught:
        account.try_out(desk.folder, typed)
    assert (caught.value.code, capture_server.logins, drawer.kept) == ("no-password", 0, {})


def test_a_server_that_is_approved_anew_gets_the_one_that_is_held(
    desk: Desk, capture_server: CaptureServer
) -> None:
    """The mailbox by IMAP, of which the password is nearly always the same."""
    account.try_out(desk.folder, meant(desk, capture_server.password))
    toml = desk.folder / "campaign.toml"
    toml.write_text(
        toml.read_text("utf-8") + '[account.imap]\nhost = "localhost"\nport = 1\n', "utf-8"
    )
    with account.trying(desk.folder) as job:
        job.approve(job.servers())
        tried = job.run()
    assert {to.protocol for to in held_passwords()} == {"smtp", "imap"}
    assert (tried.trouble and tried.trouble.code) == "mailbox-unreachable"


def test_the_pages_jobs_get_what_its_server_holds(
    desk: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    with pytest.raises(SettingsError) as caught:
        asyncio.run(Jobs().call(account.try_out, desk.folder))
    assert caught.value.code == "no-password"
    hold_passwords(meant(desk, capture_server.password))
    assert asyncio.run(Jobs().call(account.try_out, desk.folder)).kept_in == "memory"
