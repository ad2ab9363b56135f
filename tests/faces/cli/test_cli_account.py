"""Which server gets a password, and which wants none; see account*.txt for what is told."""

from __future__ import annotations

from pathlib import Path

import click.termui
import pytest

from merge.cli import output
from merge.settings import PROVIDERS
from merge.words.reasons.providers import PECULIARITIES
from tests.desk import NICE, Desk
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]


def test_a_certificate_that_has_expired_gets_no_password(
    desk: Desk, authority: Authority, tmp_path: Path
) -> None:
    expired = CaptureServer(folder=tmp_path, authority=authority, expired=True)
    with expired.running():
        where = ("--port", str(expired.port), "--ca-file", str(authority.ca_file))
        assert desk.run("account", "set", "--host", "localhost", *where).code == 3
    assert expired.logins == 0


@pytest.mark.usefixtures("no_keyring")
def test_the_server_of_this_machine_may_want_no_password(
    desk: Desk, fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PUBLIPOSTAGE_PASSWORD")
    fault_server.hello = "250 faults.example.org"
    where = ("--host", "127.0.0.1", "--port", str(fault_server.port), "--tls", "none")
    desk.ok("account", "set", *where)  # with nobody to ask
    monkeypatch.setattr(click.termui, "hidden_prompt_func", lambda prompt: "")
    monkeypatch.setattr(output, "somebody_is_there", lambda: True)
    desk.ok("account", "set", *where)
    desk.ok("account", "test")
    desk.ok("import", str(desk.sheet(NICE)))
    desk.ok("send", "--really", "--yes", "--untested")
    assert desk.figures()["email"]["sent"] == 1


def test_every_provider_with_a_password_of_its_own_kind_explains_it() -> None:
    wants = {name for name, each in PROVIDERS.items() if each.credential != "own"}
    assert wants <= set(PECULIARITIES)
    assert set(PECULIARITIES) <= set(PROVIDERS)
