"""Keeping others out: each sentence of the guard's contract, and whatever leads out of a campaign,
tried at every address of the real server.

What a browser alone can try (other sites, scripts in what is shown) is in test_web_hostile_pages.
"""

from __future__ import annotations

import asyncio
import io
import os
import random
import re
import secrets
import socket
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from merge.web.exchange import MOST_FILES
from merge.web.guard import COOKIE, FORM_AT_MOST, HEADERS
from merge.web.server import SILENT_AT_MOST, Connection
from merge.web.site import UPLOAD_AT_MOST, UPLOADS
from tests.desk import HAVRE, NICE, Desk
from tests.house import ROOT
from tests.servers.ports import PATIENCE_S, until
from tests.webserver import SAME_ORIGIN, Page, ServerProcess, address, asked, here, serving

CANARY = "le-canari-que-personne-ne-lit"
GETS, POSTS = asked("GET"), asked("POST")
FIELDS = sorted(
    {
        name
        for path in (ROOT / "merge/web").rglob("*.py")
        for name in re.findall(
            r"exchange\.(?:query|texts?|files)\(\s*f?[\"']([\w-]+)", path.read_text("utf-8")
        )
    }
)
OUT = ("../../secret.txt", "..\\..\\secret.txt", "{ground}/secret.txt", "secret.txt\0.png<b>")
TRICKS = (
    *("..%2f..%2fsecret.txt", "..%5c..%5csecret.txt", "%2e%2e/%2e%2e/secret.txt", "%00", "%ff"),
    *("..", ".", "-1", "0", "9" * 23, "1e9", "NaN", "%3Cscript%3E", "%27%20OR%201", "token-x"),
    *("a" * 3000, "%C3%A9", "%E2%80%AE", "static", "*", ""),
)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign, this user's home, and a file beside them that no request may read or change."""
    ground = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIPOSTAGE_HOME", str(ground / "home"))
        patch.setenv("PUBLIPOSTAGE_LANG", "en")
        Desk.made(ground, NICE, HAVRE)
    (ground / "secret.txt").write_text(CANARY)
    return ground


@pytest.fixture(scope="module")
def server(ground: Path) -> Iterator[ServerProcess]:
    with serving(ground / "home", campaign=ground / "campaign") as running:
        yield running


@pytest.fixture(scope="module")
def today(server: ServerProcess) -> Page:
    return server.enter()


@pytest.fixture
def near(ground: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The first page of a server in this process, for whoever asks it a thousand times."""
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(ground / "home"))
    with here(ground / "campaign") as server:
        yield server.enter()


@pytest.fixture(autouse=True)
def _nothing_else_is_touched(ground: Path, today: Page) -> Iterator[None]:
    """Whatever was asked: the server lives, and what lies beside the campaign is as it was."""
    before = beside(ground)
    yield
    assert beside(ground) == before
    assert today.client.get(today.url).status == 200


def beside(ground: Path) -> dict[str, bytes]:
    mine = (ground / "campaign", ground / "home")
    return {
        str(path): path.read_bytes()
        for path in ground.rglob("*")
        if path.is_file() and not any(path.is_relative_to(each) for each in mine)
    }


def tells(answer: httpx.Response) -> str:
    """What an answer says that it should not."""
    wrong = [word for word in (CANARY, "Traceback") if word in answer.text]
    return f"{answer.status_code} {wrong}" if wrong or answer.status_code >= 500 else ""


def cookie_of(page: Page) -> str:
    (cookie,) = page.client.http.cookies.jar
    return f"{cookie.name}={cookie.value}"


def once_of(page: Page) -> str:
    """From a page that looks into no campaign."""
    cheap = page.client.get(page.url.partition("c/1/")[0] + "begin")
    return str(cheap.html.xpath("//input[@name='once']/@value")[0])


def raw(server: ServerProcess, request: str) -> tuple[int, str]:
    """What the server says to exactly these bytes; HOST, PATH and END stand for the right ones."""
    to = urlsplit(server.start)
    today = f"{urlsplit(server.root).path}c/1/today"
    for word, right in (("HOST", to.netloc), ("PATH", today), ("END", "Connection: close\r\n\r\n")):
        request = request.replace(word, right)
    with socket.create_connection((str(to.hostname), int(to.port or 0)), 10) as connection:
        connection.sendall(request.encode())
        answer = b""
        while some := connection.recv(65536):
            answer += some
    said = answer.decode(errors="replace")
    assert CANARY not in said
    return int(said.split(" ", 2)[1]), said


# --- where it is, and the way in ------------------------------------------------------------------


def test_it_listens_on_127_0_0_1_alone(server):
    port = urlsplit(server.start).port
    words = ["ss", "-Hltn", f"sport = :{port}"]
    listening = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert listening[3] == f"127.0.0.1:{port}"
    with pytest.raises(OSError):  # noqa: PT011 - whichever way the system says no
        socket.create_connection(("127.0.0.2", int(port or 0)), 2).close()


def test_nothing_is_there_without_its_random_root_which_cannot_be_guessed(server, today):
    root, token = urlsplit(server.start).path.strip("/").split("/start/")
    assert (len(root) >= 32, len(token) >= 43) == (True, True)
    host = f"http://{urlsplit(server.start).netloc}/"
    failures = []
    for path in ("", "c/1/today", "static/page.css", "start/x", "%52ANDOM/", "../", "favicon.ico"):
        for other in ("", f"{secrets.token_urlsafe(24)}/", f"{root[:-1]}/"):
            found = today.client.get(f"{host}{other}{path}").status
            failures += [(other, path)] * (found != 404)
    assert failures == []


def test_a_start_lets_in_once_by_a_cookie_for_this_root_and_for_no_script(server):
    start = server.token()
    with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
        for method in ("GET", "HEAD"):  # to look spends nothing
            assert client.request(method, start).status_code == 200
        entered = client.post(start, headers=SAME_ORIGIN)
    assert entered.status_code == 303
    said = entered.headers["set-cookie"].split("; ")
    assert said[0].startswith(f"{COOKIE}=")
    flags = {each.partition("=")[0].lower(): each.partition("=")[2] for each in said[1:]}
    assert flags["path"] == urlsplit(server.root).path
    assert "httponly" in flags
    assert flags["samesite"].lower() == "strict"
    assert not {"domain", "expires", "max-age"} & flags.keys()  # it ends with the browser
    with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
        assert client.post(start, headers=SAME_ORIGIN).status_code == 401
        assert client.get(start).status_code == 401
        assert not client.cookies


def test_one_token_lets_in_one_of_many_who_come_at_once(server):
    start = server.token()

    async def all_at_once() -> list[int]:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
            at = (client.post(start, headers=SAME_ORIGIN) for _ in range(20))
            return [answer.status_code for answer in await asyncio.gather(*at)]

    assert sorted(asyncio.run(all_at_once())) == [303, *[401] * 19]


def test_no_other_word_is_a_token_and_no_static_file_leads_out_of_its_folder(server):
    failures: list[object] = []
    for trick in TRICKS:
        for path in (f"start/{trick}", f"static/{trick}"):
            for method in ("GET", "POST"):
                at = f"{server.root}{path}"
                answer = httpx.request(method, at, headers=SAME_ORIGIN, trust_env=False)
                is_refused = answer.status_code in (400, 401, 404, 405)
                failures += [(method, path)] * (not is_refused or CANARY in answer.text)
        for path in (f"static/../../../{trick}", f"static//etc/{trick}"):
            at = urlsplit(server.root).path + path
            status, _ = raw(server, f"GET {at} HTTP/1.1\r\nHost: HOST\r\nEND")
            failures += [path] * (status not in (400, 401, 404, 405))
    assert failures == []


def test_no_other_cookie_lets_in(server, today, ground):
    with here(ground / "campaign") as another:
        foreign = cookie_of(another.enter())
    mine = cookie_of(today)
    cookies = {foreign: 401} | dict.fromkeys(
        ("", "x", "é", f"{COOKIE}=", f"{COOKIE}=x; {COOKIE}=y"), 401
    )
    # One of the same name that another program has set keeps nobody out.
    cookies |= dict.fromkeys(
        (f"{COOKIE}=x; {mine}", f"{mine}; {COOKIE}=x", f"a=b\r\nCookie: {mine}"), 200
    )
    found = {
        cookie: raw(server, f"GET PATH HTTP/1.1\r\nHost: HOST\r\nCookie: {cookie}\r\nEND")[0]
        for cookie in cookies
    }
    assert found == cookies


def test_the_browser_is_opened_on_a_private_file_and_its_arguments_hold_no_token(ground, tmp_path):
    told, browser = tmp_path / "told", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}.new && mv {told}.new {told}\n')
    browser.chmod(0o700)
    own = {"PUBLIPOSTAGE_HOME": f"{tmp_path}/home", "BROWSER": str(browser), "HOME": str(tmp_path)}
    words = [sys.executable, "-m", "merge", "web", str(ground / "campaign")]
    process = subprocess.Popen(words, env={**os.environ, **own}, stderr=subprocess.DEVNULL)
    try:
        until(told.exists)
        (argument,) = told.read_text().split()
        file = Path(urlsplit(argument).path)
        found = re.search(r"http://127\.0\.0\.1:\d+/[^\"]+", file.read_text())
        assert found is not None
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        line = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
        assert found[0].rpartition("/")[2] not in line
        with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
            assert client.post(found[0], headers=SAME_ORIGIN).status_code == 303
        assert not file.exists()  # what is spent is put away
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


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
        assert silent[-1].recv(1000).split()[1] == b"421"


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


# --- whose request it is --------------------------------------------------------------------------


def test_another_name_that_leads_here_is_refused(server, today):
    """DNS rebinding: whatever the browser was told a name means, it names that name."""
    port, mine = urlsplit(server.start).port, f"Cookie: {cookie_of(today)}\r\nEND"
    hosts = (
        *(f"localhost:{port}", "127.0.0.1", "127.0.0.1:1", f"evil.example:{port}", "evil.example"),
        *(f"[::1]:{port}", f"127.0.0.1:{port}.evil.example", f"127.0.0.1:{port}@evil.example"),
        *(f"0.0.0.0:{port}", f"127.0.0.1.nip.example:{port}", "", "HOST\r\nHost: evil.example"),
        "evil.example\r\nX-Forwarded-Host: HOST",
    )
    requests = [f"GET PATH HTTP/1.1\r\nHost: {host}\r\n{mine}" for host in hosts]
    requests += [f"GET PATH HTTP/1.0\r\n{mine}"]
    requests += [f"GET http://evil.examplePATH HTTP/1.1\r\nHost: evil.example\r\n{mine}"]
    failures = []
    for request in requests:
        status, said = raw(server, request)
        failures += [request] * (status not in (400, 421) or "Pas de VSA" in said)
    assert failures == []


def test_no_address_is_for_whoever_has_no_cookie_or_comes_from_another_site_or_port(server, today):
    """Another port of this computer is "same-site", and gets the strict cookie sent along."""
    http = today.client.http
    failures: list[object] = []
    with httpx.Client(trust_env=False, timeout=PATIENCE_S) as stranger:
        for route in (*GETS, *POSTS):
            at = server.root + address(route)
            method = "GET" if route in GETS else "POST"
            statuses = [stranger.request(method, at, headers=SAME_ORIGIN).status_code]
            sites: list[str | None] = ["same-site", "cross-site", "", "Same-Origin"]
            sites += ["none", None] if method == "POST" else []
            for site in sites:
                headers = {} if site is None else {"Sec-Fetch-Site": site}
                statuses.append(http.request(method, at, headers=headers).status_code)
            right = [401, *[403] * len(sites)]
            failures += [(route.name, statuses)] * (statuses != right)
    assert failures == []


def test_a_form_without_its_one_time_id_does_nothing(server, today):
    asks = {  # what a form asks while it is being filled: it changes nothing, any number of times
        name
        for path in (ROOT / "merge/web/pages").glob("*.py")
        for name in re.findall(r"\bask\(\s*\"[^\"]*\",\s*\"([\w-]+)\"", path.read_text("utf-8"))
    }
    failures = []
    for route in (each for each in POSTS if each.name not in asks):
        for once in (None, "x.y", "é", "a" * 9000):
            data = {} if once is None else {"once": once}
            at = server.root + address(route)
            answer = today.client.http.post(at, data=data, headers=SAME_ORIGIN)
            failures += [(route.name, once)] * (answer.status_code not in (400, 410))
    assert failures == []


def test_no_other_method_is_answered_and_no_web_socket_spoken(server, today):
    failures = []
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X"):
        answer = today.client.http.request(method, today.url, headers=SAME_ORIGIN)
        is_refused = answer.status_code in (400, 404, 405)
        told = "access-control-allow-origin" in answer.headers
        failures += [method] * (not is_refused or told)
    status, _ = raw(
        server,
        f"GET PATH HTTP/1.1\r\nHost: HOST\r\nCookie: {cookie_of(today)}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n",
    )
    failures += ["websocket"] * (status == 101)
    assert failures == []


def test_every_answer_has_every_header(server, today):
    root, client = server.root, today.client.http
    answers = {
        "page": client.get(today.url, headers=SAME_ORIGIN),
        "static": client.get(f"{root}static/page.css", headers=SAME_ORIGIN),
        "start": httpx.get(server.token(), trust_env=False, timeout=PATIENCE_S),
        "401": httpx.get(today.url, trust_env=False, timeout=PATIENCE_S),
        "403": client.post(f"{root}end"),
        "404": client.get(f"{root}nothing", headers=SAME_ORIGIN),
        "404 outside": client.get(root.replace(urlsplit(root).path, "/"), headers=SAME_ORIGIN),
        "405": client.put(today.url, headers=SAME_ORIGIN),
        "421": client.get(today.url, headers={"Host": "evil.example"}),
        "400": client.post(f"{root}end", headers=SAME_ORIGIN),
    }
    found = {
        name: {each: answer.headers.get(each) for each in (*HEADERS, "server")}
        for name, answer in answers.items()
    }
    assert found == {name: {**HEADERS, "server": None} for name in answers}
    policy = dict(
        each.partition(" ")[::2] for each in HEADERS["Content-Security-Policy"].split("; ")
    )
    assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self'")  # nothing inline
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
    assert HEADERS["Cache-Control"] == "no-store"


# --- what leads out of the campaign ---------------------------------------------------------------


def test_no_address_and_no_question_leads_out_of_the_campaign(near, ground):
    http, root = near.client.http, near.url.partition("c/1/")[0]
    failures: list[object] = []
    tricks = (*OUT, "-1", "9" * 30, "\N{RIGHT-TO-LEFT OVERRIDE}", "%", "a" * 300)
    tried: set[str] = set()
    for n, route in enumerate(GETS):
        for name in re.findall(r"{(\w+)", route.path):
            for trick in TRICKS[n % 5 :: 5] if name in tried else TRICKS:
                at = root + address(route, **{name: trick})
                told = tells(http.get(at, headers=SAME_ORIGIN))
                failures += [(at, told)] * bool(told)
            tried.add(name)
        for turn in (0, 4):  # each field another one, for some pages take a while
            query = {
                name: tricks[(n + turn) % len(tricks)].format(ground=ground)
                for n, name in enumerate(FIELDS)
            }
            at = root + address(route)
            told = tells(http.get(at, params=query, headers=SAME_ORIGIN))
            failures += [(at, turn, told)] * bool(told)
    assert failures == []


def test_no_form_leads_out_of_the_campaign(near, ground):
    root = near.url.partition("c/1/")[0]
    assert {"pick", "said", "page"} <= set(FIELDS)
    failures = []
    for route in POSTS:
        typed = {name: OUT[n % 4].format(ground=ground) for n, name in enumerate(FIELDS)}
        answer = near.client.http.post(
            root + address(route),
            data={**typed, "once": once_of(near)},
            headers=SAME_ORIGIN,
        )
        told = tells(answer)
        failures += [(route.name, told)] * bool(told)
    assert failures == []


def packed(**members: bytes) -> bytes:
    """A .zip of these; "__" in a name is "/", and "up" leads out."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/").replace("up/", "../"), content)
    return made.getvalue()


ENTITY = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">
<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&e;&b;</x>"""
BAD = {  # each by a name that leads somewhere
    "../../secret.txt": b"",
    "a\0b.csv": b"\0" * 5000,
    "/etc/passwd.xlsx": packed(**{"xl__workbook.xml": ENTITY, "[Content_Types].xml": ENTITY}),
    "<script>.docx": packed(**{"word__document.xml": ENTITY, "[Content_Types].xml": ENTITY}),
    "x" * 300 + ".xlsx": packed(**{"xl__worksheets__sheet1.xml": b" " * 3_000_000}),
    "CON.zip": packed(**{"up__up__secret.txt": b"changed", "__etc__x": b"x"}),
    ".": random.Random(1).randbytes(20_000),  # noqa: S311 - the same noise each time
    "page.txt": b"\xff\xfe{{ x.__class__.__mro__ }}{% for i in range(10**9) %}{% endfor %}",
}


def test_a_bad_file_is_refused_in_words_and_what_was_sent_is_its_users_alone(near, ground):
    root = near.url.partition("c/1/")[0]
    routes = [each for each in POSTS if each.path.rpartition("/")[2] in UPLOADS]
    fields = sorted(
        {
            name
            for path in (ROOT / "merge/web/pages").glob("*.py")
            for name in re.findall(r"exchange\.files\([\"']([\w-]+)", path.read_text("utf-8"))
        }
    )
    assert (len(routes) >= 5, len(fields) >= 5) == (True, True)
    failures = []
    for route in routes:
        for name, content in (*BAD.items(), ("", b"")):
            answer = near.client.http.post(
                root + address(route),
                data={"once": once_of(near)},
                files=[(field, (name, content)) for field in fields] if name else None,
                headers=SAME_ORIGIN,
            )
            told = tells(answer)
            failures += [(route.name, name, told)] * bool(told)
    assert failures == []
    kept = (each for each in (ground / "campaign").rglob("*.*") if "report" not in each.parts)
    assert {each.stat().st_mode & 0o177 for each in kept} <= {0, 0o100}  # a report is public


# --- too much -------------------------------------------------------------------------------------


def memory_mb(server: ServerProcess, what: str = "VmHWM") -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (kilobytes,) = re.findall(rf"{what}:\s+(\d+) kB", status)
    return int(kilobytes) / 1000


def body(total: int, once: str) -> Iterator[bytes]:
    """A form with a file of so many bytes, a bit at a time."""
    yield (
        f'--b\r\nContent-Disposition: form-data; name="once"\r\n\r\n{once}\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="../../x"\r\n\r\n'
    ).encode()
    for _ in range(total // 1_000_000):
        yield b"x" * 1_000_000
    yield b"\r\n--b--\r\n"


@pytest.mark.parametrize("says", [True, False], ids=["that says so", "that does not say"])
def test_an_upload_of_a_gigabyte_is_cut_off_early_and_takes_no_memory(server, today, says):
    once, sent, before = once_of(today), 0, memory_mb(server, "VmRSS")

    def told() -> Iterator[bytes]:
        nonlocal sent
        for some in body(1_000_000_000, once):
            sent += len(some)
            yield some

    headers = {**SAME_ORIGIN, "Content-Type": "multipart/form-data; boundary=b"}
    if says:
        headers["Content-Length"] = str(1_000_000_000)
    with suppress(httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        at = f"{server.root}c/1/recipients/upload"
        assert today.client.http.post(at, content=told(), headers=headers).status_code == 413
    assert sent < UPLOAD_AT_MOST * 1.2, "it read on and on"
    assert memory_mb(server) - before < 80


def test_a_form_of_too_many_bytes_fields_or_files_is_refused(server, today):
    at, http = f"{server.root}c/1/inbox", today.client.http
    large = http.post(at, data={"x": "x" * (FORM_AT_MOST + 1)}, headers=SAME_ORIGIN)
    assert large.status_code == 413
    fields = http.post(at, data={f"f{n}": "1" for n in range(20_000)}, headers=SAME_ORIGIN)
    assert fields.status_code in (400, 413)
    files = [("f", (f"{n}.txt", b"x")) for n in range(MOST_FILES * 4)]
    assert http.post(at, files=files, headers=SAME_ORIGIN).status_code in (400, 413)
    headers = {**SAME_ORIGIN, "Content-Type": "multipart/form-data; boundary=b"}
    nonsense = (
        b"",
        b"--b",
        b"--b\r\n\r\n",
        b"\0" * 1000,
        b"--b\r\nContent-Disposition: form-data;",
    )
    found = [http.post(at, content=each, headers=headers).status_code for each in nonsense]
    assert found == [400] * len(nonsense)


# --- another user of this computer, and what is left behind ---------------------------------------


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
        with httpx.Client(trust_env=False, timeout=PATIENCE_S, follow_redirects=True) as client:
            client.post(start, headers=SAME_ORIGIN)
            client.get(start)
            client.get(start.partition("start/")[0] + "nowhere")
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
        assert process.stdout.read() == ""
        talk.seek(0)
        assert talk.read() == ""
    assert not [path for path in (tmp_path / "home").rglob("*log*") if path.is_file()]


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can be somebody else for a moment"
)
def test_another_user_of_this_computer_gets_nothing(server, ground):
    for above in (ground, *ground.parents):
        if above.stat().st_uid == os.getuid() and above != above.parent:
            above.chmod(above.stat().st_mode | 0o011)  # what is closed is closed by itself

    def as_nobody(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, user=65534, group=65534, extra_groups=[], capture_output=True, text=True,
            cwd="/", env={"PATH": os.environ["PATH"]}, check=False,
        )  # fmt: skip

    server.token()
    assert as_nobody("cat", str(ground / "secret.txt")).stdout == CANARY  # it may be there at all
    for path in (ground / "home/web", ground / "campaign"):
        assert as_nobody("ls", str(path)).returncode != 0
    for path in (ground / "home/web").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
        assert as_nobody("cat", str(path)).returncode != 0, path
    for secret in ("cmdline", "environ"):
        told = as_nobody("cat", f"/proc/{server.process.pid}/{secret}").stdout
        assert urlsplit(server.root).path.strip("/") not in told
