"""No token in folder, ledger, log, error, process list or dump: everything is searched for them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from merge.app.signin import keep
from merge.ledger.records import Destination
from merge.mail.signin import Grant
from tests.desk import NICE, Desk, Y
from tests.servers.authorization import USER, AuthorizationDesk
from tests.servers.ports import PATIENCE_S
from tests.servers.sink import Faults, sink

pytest_plugins = ["tests.servers.fixtures"]

SEND = ("send", "--really", "--yes", "--untested")
TALKATIVE = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from merge.cli import main
sys.exit(main(sys.argv[1:]))
"""


def needles(secrets: Iterable[str]) -> Iterator[bytes]:
    """Each secret as it stands, and as it stands within a longer text in base64."""
    for secret in secrets:
        yield secret.encode()
        for before in range(3):
            yield b64encode(b"x" * before + secret.encode())[8:40]


def found_in(haystack: bytes, provider: AuthorizationDesk) -> list[bytes]:
    return [needle for needle in needles(provider.issued()) if needle in haystack]


def processes() -> bytes:
    """What anybody, or at least their own user, can read of everything that runs here."""
    said = b""
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            with suppress(OSError):  # it has ended meanwhile
                said += (process / name).read_bytes()
    return said


def files(*folders: Path, but: Path) -> bytes:
    every = [each for folder in folders for each in folder.rglob("*") if each.is_file()]
    return b"".join(each.read_bytes() for each in every if each != but)


def dumps(*folders: Path) -> bytes:
    said = b""
    for path in (each for folder in folders for each in folder.rglob("*.db")):
        with closing(sqlite3.connect(path)) as database:
            said += "\n".join(database.iterdump()).encode("utf-8", "surrogateescape")
    return said


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no list of processes here")
def test_a_campaign_by_tokens_shows_none_of_them_anywhere(
    provider: AuthorizationDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant, home = tmp_path / "grant", Path(os.environ["PUBLIPOSTAGE_HOME"])
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD_FILE", str(grant))
    to = Destination(protocol="smtp", host="localhost", port=1, tls="none", ca="", login=USER)
    keep(Grant.of(provider.signed_in()), to)
    assert found_in(grant.read_bytes(), provider)  # the search finds what is there
    with sink(Faults(tokens=provider.introspection, hold="dot")) as server:
        desk = Desk(tmp_path / "campaign")
        desk.make()
        where = ("--host", "localhost", "--port", str(server.port), "--tls", "none")
        desk.ok("account", "set", "--no-test", *where)
        desk.ok("import", str(desk.sheet(NICE, Y)))
        with subprocess.Popen(
            [sys.executable, "-c", TALKATIVE, "-C", str(desk.folder), *SEND],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as sending:
            try:
                assert server.wait_for(lambda: server.count("holding") == 1)
                running = processes()
                assert str(desk.folder).encode() in running
                provider.revoke()  # the second letter meets a server that lets nobody in
                server.release("go")
                out, err = sending.communicate(timeout=PATIENCE_S)
            finally:
                sending.kill()
        assert sending.returncode == 4
        assert b"DEBUG" in err  # all that the libraries have to say
        assert found_in(running, provider) == []
        assert found_in(out + err, provider) == []
        told = desk.ok("log", "--format", "json").out + desk.run("status").err
        assert found_in(told.encode(), provider) == []
        assert provider.refreshes >= 1
    assert found_in(files(tmp_path, home, but=grant), provider) == []
    assert found_in(dumps(tmp_path, home), provider) == []
    assert desk.figures()["email"]["sent"] == 1
