"""Keeping others out: each sentence of the guard's contract, tried against the real server.

Names that lead out and too much of everything are in test_web_hostile_input; what a browser alone
can try (other sites, scripts in what is shown) is in test_web_hostile_pages.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import socket
import stat
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from merge.web.guard import COOKIE, HEADERS
from merge.web.server import SILENT_AT_MOST, Connection
from tests.hostile import CANARY, cookie_of, is_alive, raw, root_of, status_of
from tests.webserver import SAME_ORIGIN, serving

pytest_plugins = ["tests.hostile_fixtures"]

# Where it is, and the way in


def test_it_listens_on_127_0_0_1_alone(server):
    port = urlsplit(server.start).port
    listening = subprocess.run(
        ["ss", "-Hltn", f"sport = :{port}"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert listening[3] == f"127.0.0.1:{port}"
    with pytest.raises(OSError):  # noqa: PT011 - whichever way the system says no
        socket.create_connection(("127.0.0.2", int(port or 0)), 2).close()


@pytest.mark.parametrize(
    "path", ["", "c/1/today", "static/page.css", "start/x", "%52ANDOM/", "../", "favicon.ico"]
)
def test_nothing_is_there_without_its_random_root(server, today, path):
    host = f"http://{urlsplit(server.start).netloc}/"
    found = today.client.get(host + path)
    assert found.status == 404
    for other in (secrets.token_urlsafe(24), root_of(server).rstrip("/")[-32:-1]):
        assert today.client.get(f"{host}{other}/{path}").status == 404


def test_its_root_and_its_tokens_cannot_be_guessed(server):
    root, token = urlsplit(server.start).path.strip("/").split("/start/")
    assert len(root) >= 32
    assert len(token) >= 43


def test_the_cookie_is_for_this_root_and_for_no_script(server):
    with httpx.Client(trust_env=False) as client:
        entered = client.post(server.token(), headers=SAME_ORIGIN)
    assert entered.status_code == 303
    said = entered.headers["set-cookie"].split("; ")
    assert said[0].startswith(f"{COOKIE}=")
    flags = {each.partition("=")[0].lower(): each.partition("=")[2] for each in said[1:]}
    assert flags["path"] == urlsplit(root_of(server)).path
    assert "httponly" in flags
    assert flags["samesite"].lower() == "strict"
    assert not {"domain", "expires", "max-age"} & flags.keys()  # it ends with the browser


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_start_page_spends_nothing(server, method):
    start = server.token()
    with httpx.Client(trust_env=False) as client:
        for _ in range(3):
            assert client.request(method, start).status_code == 200
        assert client.post(start, headers=SAME_ORIGIN).status_code == 303


def test_a_used_token_lets_nobody_in(server):
    start = server.token()
    with httpx.Client(trust_env=False) as client:
        assert client.post(start, headers=SAME_ORIGIN).status_code == 303
    with httpx.Client(trust_env=False) as client:
        assert client.post(start, headers=SAME_ORIGIN).status_code == 401
        assert client.get(start).status_code == 401
        assert not client.cookies


def test_one_token_lets_in_one_of_many_who_come_at_once(server):
    start = server.token()

    async def all_at_once() -> list[int]:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            answers = await asyncio.gather(
                *(client.post(start, headers=SAME_ORIGIN) for _ in range(20))
            )
        return [answer.status_code for answer in answers]

    assert sorted(asyncio.run(all_at_once())) == [303, *[401] * 19]


@pytest.mark.parametrize(
    "token", ["x", "", "..%2f..%2fsecret.txt", "%00", "a" * 5000, "*", "token-x", "é"]
)
def test_no_other_word_is_a_token(server, token):
    for method in ("GET", "POST"):
        with httpx.Client(trust_env=False) as client:
            answer = client.request(method, f"{root_of(server)}start/{token}", headers=SAME_ORIGIN)
        assert answer.status_code in (401, 404), (method, token)
        assert CANARY not in answer.text


@pytest.mark.parametrize("cookie", ["", "x", "é", f"{COOKIE}=", f"{COOKIE}=x; {COOKIE}=y"])
def test_no_other_cookie_lets_in(server, cookie):
    host = urlsplit(server.start).netloc
    path = urlsplit(root_of(server)).path
    answer = raw(
        server,
        f"GET {path}c/1/today HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n"
        "Connection: close\r\n\r\n",
    )
    assert status_of(answer) == 401


def test_a_cookie_is_bound_to_the_start_that_gave_it(ground, tmp_path):
    with serving(tmp_path / "home", campaign=ground / "campaign") as before:
        cookie = cookie_of(before.enter())
    with serving(tmp_path / "home", campaign=ground / "campaign") as server:
        path = urlsplit(root_of(server)).path
        answer = raw(
            server,
            f"GET {path}c/1/today HTTP/1.1\r\nHost: {urlsplit(server.start).netloc}\r\n"
            f"Cookie: {cookie}\r\nConnection: close\r\n\r\n",
        )
        assert status_of(answer) == 401
        assert "Pas de VSA" not in answer


def test_the_browser_is_opened_on_a_private_file_and_its_arguments_hold_no_token(
    ground, tmp_path, monkeypatch
):
    told = tmp_path / "told"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}.new && mv {told}.new {told}\n')
    browser.chmod(0o700)
    environ = {
        **os.environ,
        "PUBLIPOSTAGE_HOME": str(tmp_path / "home"),
        "BROWSER": str(browser),
        "HOME": str(tmp_path),
    }
    words = [sys.executable, "-m", "merge", "web", str(ground / "campaign")]
    process = subprocess.Popen(words, env=environ, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not told.exists() and time.monotonic() < until:
            time.sleep(0.05)  # the browser is a process of its own
        (argument,) = told.read_text().split()
        file = Path(urlsplit(argument).path)
        address = re.search(r"http://127\.0\.0\.1:\d+/[^\"]+", file.read_text())
        assert address is not None
        token = address[0].rpartition("/")[2]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        line = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
        assert token not in line
        with httpx.Client(trust_env=False) as client:
            assert client.post(address[0], headers=SAME_ORIGIN).status_code == 303
        assert not file.exists()  # what is spent is put away
    finally:
        process.terminate()
        process.wait(30)


def test_a_cookie_of_the_same_name_that_another_program_set_keeps_nobody_out(server, today):
    mine = cookie_of(today)
    host, path = urlsplit(server.start).netloc, urlsplit(root_of(server)).path
    for cookies in (f"{COOKIE}=x; {mine}", f"{mine}; {COOKIE}=x", f"a=b\r\nCookie: {mine}"):
        answer = raw(
            server,
            f"GET {path}c/1/today HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\n"
            "Connection: close\r\n\r\n",
        )
        assert status_of(answer) == 200


def test_silent_connections_keep_nobody_out(server, today):
    place = urlsplit(server.start)
    with ExitStack() as held:
        silent = [
            held.enter_context(socket.create_connection((place.hostname, place.port)))
            for _ in range(SILENT_AT_MOST + 200)
        ]
        assert today.client.get(today.url).status == 200
        handles = Path(f"/proc/{server.process.pid}/fd")
        assert len([*handles.iterdir()]) < SILENT_AT_MOST + 150
        for each in silent[:150]:
            each.settimeout(30)
            with suppress(ConnectionResetError):
                assert each.recv(1) == b""
        silent[-1].sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert status_of(silent[-1].recv(1000).decode()) == 421


def test_a_connection_that_asks_nothing_is_closed_after_a_while(monkeypatch):
    async def closed(said: bytes) -> bool:
        loop, later = asyncio.get_running_loop(), []
        monkeypatch.setattr(loop, "call_later", lambda _s, then: later.append(then))
        connection = Connection(uvicorn.Config(print, log_config=None), ServerState(), {})
        transport = Mock()
        connection.connection_made(transport)
        connection.conn.receive_data(said)
        later[0]()
        return bool(transport.abort.called)

    assert asyncio.run(closed(b""))
    assert asyncio.run(closed(b"GET / HTTP/1.1\r\nHost:"))


# Whose request it is


@pytest.mark.parametrize(
    "host",
    [
        "localhost:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "evil.example:{port}",
        "evil.example",
        "[::1]:{port}",
        "127.0.0.1:{port}.evil.example",
        "127.0.0.1:{port}@evil.example",
        "0.0.0.0:{port}",
        "127.0.0.1.nip.example:{port}",
        "",
    ],
)
def test_another_name_that_leads_here_is_refused(server, today, host):
    """DNS rebinding: whatever the browser was told a name means, it names that name."""
    port = urlsplit(server.start).port
    answer = raw(
        server,
        f"GET {urlsplit(today.url).path} HTTP/1.1\r\nHost: {host.format(port=port)}\r\n"
        f"Cookie: {cookie_of(today)}\r\nConnection: close\r\n\r\n",
    )
    assert status_of(answer) in (400, 421)
    assert "Pas de VSA" not in answer


def test_two_hosts_or_none_or_another_in_the_request_line_are_refused(server, today):
    host, path = urlsplit(server.start).netloc, urlsplit(today.url).path
    cookie = f"Cookie: {cookie_of(today)}\r\nConnection: close\r\n\r\n"
    for request in (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n{cookie}",
        f"GET {path} HTTP/1.0\r\n{cookie}",
        f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: {host}\r\n{cookie}",
        f"GET http://evil.example{path} HTTP/1.1\r\nHost: evil.example\r\n{cookie}",
    ):
        answer = raw(server, request)
        assert status_of(answer) in (400, 421), request
        assert "Pas de VSA" not in answer


@pytest.mark.parametrize("site", [None, "same-site", "cross-site", "none", "", "Same-Origin"])
def test_nothing_is_changed_for_another_site_or_port(server, today, site):
    """Another port of this computer is "same-site", and gets the strict cookie sent along."""
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    once = today.form("End the program").fields["once"]
    posted = today.client.http.post(f"{root_of(server)}end", data={"once": once}, headers=headers)
    assert posted.status_code == 403
    assert is_alive(today)


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_nothing_is_shown_to_another_site_or_port(today, site):
    shown = today.client.http.get(today.url, headers={"Sec-Fetch-Site": site})
    assert shown.status_code == 403
    assert "Pas de VSA" not in shown.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X"])
def test_no_other_method_is_answered(today, method):
    answer = today.client.http.request(method, today.url, headers=SAME_ORIGIN)
    assert answer.status_code in (400, 404, 405)
    assert "access-control-allow-origin" not in answer.headers


def test_a_web_socket_is_not_spoken(server, today):
    answer = raw(
        server,
        f"GET {urlsplit(today.url).path} HTTP/1.1\r\nHost: {urlsplit(server.start).netloc}\r\n"
        f"Cookie: {cookie_of(today)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )
    assert status_of(answer) != 101


def test_every_answer_has_every_header(server, today):
    root = root_of(server)
    client = today.client.http
    answers = {
        "page": client.get(today.url, headers=SAME_ORIGIN),
        "static": client.get(f"{root}static/page.css", headers=SAME_ORIGIN),
        "script": client.get(f"{root}static/htmx.min.js", headers=SAME_ORIGIN),
        "start": httpx.get(server.token(), trust_env=False),
        "401": httpx.get(today.url, trust_env=False),
        "403": client.post(f"{root}end"),
        "404": client.get(f"{root}nothing", headers=SAME_ORIGIN),
        "404 outside": client.get(root.replace(urlsplit(root).path, "/"), headers=SAME_ORIGIN),
        "405": client.put(today.url, headers=SAME_ORIGIN),
        "421": client.get(today.url, headers={"Host": "evil.example"}),
        "400": client.post(f"{root}end", headers=SAME_ORIGIN),
    }
    for name, answer in answers.items():
        missing = {each: answer.headers.get(each) for each in HEADERS}
        assert missing == HEADERS, name
        assert "server" not in answer.headers
    policy = dict(
        each.partition(" ")[::2] for each in HEADERS["Content-Security-Policy"].split("; ")
    )
    for what in ("script-src", "style-src"):
        assert policy[what] == "'self'"  # nothing inline, no eval, nothing from outside
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
    assert HEADERS["Referrer-Policy"] == "same-origin"
    assert HEADERS["Cache-Control"] == "no-store"
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert HEADERS["Cross-Origin-Resource-Policy"] == "same-origin"


def test_it_writes_no_log_of_who_asked_what(ground, tmp_path):
    environ = {**os.environ, "PUBLIPOSTAGE_HOME": str(tmp_path / "home")}
    words = [sys.executable, "-m", "merge", "web", "--no-open", str(ground / "campaign")]
    with (
        (tmp_path / "stderr").open("w+") as talk,
        subprocess.Popen(
            words, env=environ, stdout=subprocess.PIPE, stderr=talk, text=True
        ) as process,
    ):
        assert process.stdout is not None
        start = process.stdout.readline().strip()
        with httpx.Client(trust_env=False, follow_redirects=True) as client:
            client.post(start, headers=SAME_ORIGIN)
            client.get(start)
            client.get(start.partition("start/")[0] + "nowhere")
        process.terminate()
        assert process.wait(30) == 0
        assert process.stdout.read() == ""
        talk.seek(0)
        assert talk.read() == ""
    assert not [path for path in (tmp_path / "home").rglob("*log*") if path.is_file()]


# Another user of this computer


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can be somebody else for a moment"
)
def test_another_user_of_this_computer_gets_nothing(server, today, ground):
    for above in (ground, *ground.parents):
        if above.stat().st_uid == os.getuid() and above != above.parent:
            above.chmod(above.stat().st_mode | 0o011)  # what is closed is closed by itself

    def as_nobody(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, user=65534, group=65534, extra_groups=[], capture_output=True, text=True,
            cwd="/", env={"PATH": os.environ["PATH"]}, check=False,
        )  # fmt: skip

    assert as_nobody("cat", str(ground / "secret.txt")).stdout == CANARY  # it may be there at all
    for path in (ground / "home/web", ground / "campaign"):
        assert as_nobody("ls", str(path)).returncode != 0
    for path in (ground / "home/web").rglob("*"):
        assert as_nobody("cat", str(path)).returncode != 0, path
    for secret in ("cmdline", "environ"):
        told = as_nobody("cat", f"/proc/{server.process.pid}/{secret}").stdout
        assert urlsplit(root_of(server)).path.strip("/") not in told
    port = urlsplit(server.start).port
    asks = (
        "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
        "s.sendall(f'GET / HTTP/1.1\\r\\nHost: 127.0.0.1:{sys.argv[1]}\\r\\n"
        "Connection: close\\r\\n\\r\\n'.encode()); print(s.recv(9000).decode())"
    )
    said = as_nobody("/usr/bin/python3", "-c", asks, str(port)).stdout
    assert " 404 " in said.splitlines()[0]
    assert "Pas de VSA" not in said


def test_what_lets_its_user_in_is_for_its_user_alone(server, ground):
    server.token()
    assert stat.S_IMODE((ground / "home/web").stat().st_mode) == 0o700
    for path in (ground / "home/web").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
