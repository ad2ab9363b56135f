"""What leads out of the campaign, in every parameter of every route; and too much of everything."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.routing import Route

from merge.web.exchange import MOST_FILES
from merge.web.guard import FORM_AT_MOST
from merge.web.site import UPLOAD_AT_MOST, found_routes
from tests.hostile import CANARY, is_alive, raw, root_of, status_of
from tests.house import ROOT
from tests.webserver import SAME_ORIGIN, Page, Server

pytest_plugins = ["tests.hostile_fixtures"]
pytestmark = pytest.mark.long

ANSWERS_OF_A_GUARD = {400, 401, 403, 404, 405, 409, 410, 413, 421, 422}

OUT = ("../../secret.txt", "..\\..\\secret.txt", "{ground}/secret.txt", "secret.txt\0.png<b>")
TRICKS = (
    *("..%2f..%2fsecret.txt", "..%5c..%5csecret.txt", "%2e%2e/%2e%2e/secret.txt", "%00", "%ff"),
    *(
        "..",
        ".",
        "-1",
        "0",
        "99999999999999999999999",
        "1e9",
        "NaN",
        "%3Cscript%3E",
        "%27%20OR%201",
    ),
    *("a" * 3000, "%C3%A9", "%E2%80%AE", "static", "token"),
)
ROUTES = found_routes()
GETS = [each for each in ROUTES if "GET" in (each.methods or ())]
POSTS = [
    each for each in ROUTES if "POST" in (each.methods or ()) and each.name not in ("end", "enter")
]
ASKS = {  # what a form asks while it is being filled: it changes nothing, any number of times
    name
    for path in (ROOT / "merge/web/pages").glob("*.py")
    for name in re.findall(r"\bask\(\s*\"[^\"]*\",\s*\"([\w-]+)\"", path.read_text("utf-8"))
}
FIELDS = sorted(
    {
        name
        for path in (ROOT / "merge/web").rglob("*.py")
        for name in re.findall(
            r"exchange\.(?:query|texts?|files)\(\s*f?[\"']([\w-]+)", path.read_text("utf-8")
        )
    }
)


def known(route: Route, **parameters: object) -> str:
    """Its address with these parameters, and 1 for each that is not said."""
    return re.sub(
        r"{(\w+)(?::\w+)?}", lambda found: str(parameters.get(found[1], 1)), route.path
    ).lstrip("/")


def contents(ground: Path) -> dict[str, bytes]:
    """All files that no request may touch: those outside the campaign and the server's own."""
    mine = (ground / "campaign", ground / "home")
    return {
        str(path.relative_to(ground)): path.read_bytes()
        for path in ground.rglob("*")
        if path.is_file() and not any(path.is_relative_to(each) for each in mine)
    }


def refuse_to_tell(answer: httpx.Response, what: str) -> None:
    assert answer.status_code < 500, (what, answer.text[:2000])
    assert CANARY not in answer.text, what
    assert "Traceback" not in answer.text, what


@pytest.mark.parametrize("route", GETS, ids=lambda route: route.name)
def test_no_address_leads_out_of_the_campaign(server, today, route):
    root, http = root_of(server), today.client.http
    for name in re.findall(r"{(\w+)", route.path):
        for trick in TRICKS:
            asked = root + known(route, **{name: trick})
            refuse_to_tell(http.get(asked, headers=SAME_ORIGIN), asked)


@pytest.mark.parametrize("route", GETS, ids=lambda route: route.name)
def test_no_question_leads_out_of_the_campaign(server, today, ground, route):
    asked = root_of(server) + known(route)
    tricks = (*OUT, "-1", "9" * 30, "\N{RIGHT-TO-LEFT OVERRIDE}", "%", "a" * 300)
    for turn in (0, 4):  # each field another one, for some pages take a while
        query = {
            name: tricks[(n + turn) % len(tricks)].format(ground=ground)
            for n, name in enumerate(FIELDS)
        }
        refuse_to_tell(today.client.http.get(asked, params=query, headers=SAME_ORIGIN), asked)


def test_the_fields_of_every_page_are_tried():
    assert {"pick", "said", "page"} <= set(FIELDS)
    assert len(POSTS) > 5


@pytest.mark.parametrize("route", POSTS, ids=lambda route: route.name)
def test_no_form_leads_out_of_the_campaign(server, today, ground, route):
    before = contents(ground)
    once = today.client.get(today.url).form("End the program").fields["once"]
    tricks = (OUT[n % len(OUT)].format(ground=ground) for n in range(len(FIELDS)))
    answer = today.client.http.post(
        root_of(server) + known(route, group="strangers"),
        data={**dict(zip(FIELDS, tricks, strict=True)), "once": once},
        headers=SAME_ORIGIN,
    )
    refuse_to_tell(answer, route.name)
    assert contents(ground) == before
    assert is_alive(today)


@pytest.mark.parametrize(
    "route", [each for each in POSTS if each.name not in ASKS], ids=lambda route: route.name
)
def test_a_form_without_its_one_time_id_does_nothing(server, today, route):
    for data in ({}, {"once": "x.y"}, {"once": "é"}, {"once": "a" * 9000}):
        answer = today.client.http.post(
            root_of(server) + known(route), data=data, headers=SAME_ORIGIN
        )
        assert answer.status_code in (400, 410), (route.name, data)


@pytest.mark.parametrize("trick", TRICKS)
def test_no_static_file_leads_out_of_its_folder(server, trick):
    answer = httpx.get(f"{root_of(server)}static/{trick}", trust_env=False)
    assert answer.status_code in (400, 401, 404, 405)
    for raw_path in (f"static/../../../{trick}", f"static//etc/{trick}"):
        path = urlsplit(root_of(server)).path + raw_path
        said = raw(
            server,
            f"GET {path} HTTP/1.1\r\nHost: {urlsplit(server.start).netloc}\r\n"
            "Connection: close\r\n\r\n",
        )
        assert status_of(said) in ANSWERS_OF_A_GUARD


# Too much


def memory_mb(server: Server, what: str = "VmHWM") -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (kilobytes,) = re.findall(rf"{what}:\s+(\d+) kB", status)
    return int(kilobytes) / 1000


def body(total: int, once: str) -> Iterator[bytes]:
    """A form with a file of so many bytes, a bit at a time."""
    yield (
        f'--b\r\nContent-Disposition: form-data; name="once"\r\n\r\n{once}\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="../../x"\r\n\r\n'
    ).encode()
    some = b"x" * 1_000_000
    for _ in range(total // len(some)):
        yield some
    yield b"\r\n--b--\r\n"


def upload(today: Page, address: str, total: int, *, says: bool) -> int | None:
    """The answer; None where the server closed the line in the middle."""
    once = today.client.get(today.url).form("End the program").fields["once"]
    sent = 0

    def told() -> Iterator[bytes]:
        nonlocal sent
        for some in body(total, once):
            sent += len(some)
            yield some

    headers = {**SAME_ORIGIN, "Content-Type": "multipart/form-data; boundary=b"}
    if says:
        headers["Content-Length"] = str(sum(map(len, body(total, once))))
    try:
        answer = today.client.http.post(address, content=told(), headers=headers)
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        status = None
    else:
        status = answer.status_code
    assert sent < UPLOAD_AT_MOST * 1.2, "it read on and on"
    return status


@pytest.mark.parametrize("says", [True, False], ids=["that says so", "that does not say"])
@pytest.mark.parametrize("to", ["returns/strangers", "list/upload"])
def test_an_upload_of_a_gigabyte_is_cut_off_early_and_takes_no_memory(
    server, today, says, to, tmp_path
):
    address = f"{root_of(server)}c/1/{to}"
    before = memory_mb(server, "VmRSS")
    kept = set(Path(os.environ.get("TMPDIR", "/tmp")).glob("tmp*"))  # noqa: S108 - looked at alone
    assert upload(today, address, 1_000_000_000, says=says) in (413, 404, None)
    assert memory_mb(server) - before < 80
    assert is_alive(today)
    new = set(Path(os.environ.get("TMPDIR", "/tmp")).glob("tmp*")) - kept  # noqa: S108 - the same
    assert sum(path.stat().st_size for path in new if path.is_file()) < UPLOAD_AT_MOST


def test_a_form_of_too_many_bytes_fields_or_files_is_refused(server, today):
    address, http = f"{root_of(server)}c/1/returns/strangers", today.client.http
    large = http.post(address, data={"x": "x" * (FORM_AT_MOST + 1)}, headers=SAME_ORIGIN)
    assert large.status_code == 413
    fields = http.post(address, data={f"f{n}": "1" for n in range(20_000)}, headers=SAME_ORIGIN)
    assert fields.status_code in (400, 413)
    files = [("f", (f"{n}.txt", b"x")) for n in range(MOST_FILES * 4)]
    assert http.post(address, files=files, headers=SAME_ORIGIN).status_code in (400, 413)
    assert is_alive(today)


@pytest.mark.parametrize(
    "content",
    [b"", b"--b", b"--b\r\n\r\n", b"\0" * 1000, b'--b\r\nContent-Disposition: form-data; name="'],
)
def test_a_form_that_is_none_is_refused(server, today, content):
    answer = today.client.http.post(
        f"{root_of(server)}c/1/returns/strangers", content=content,
        headers={**SAME_ORIGIN, "Content-Type": "multipart/form-data; boundary=b"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert is_alive(today)


def test_two_hundred_requests_at_once_are_all_answered(server, today):
    address = f"{root_of(server)}c/1/returns/all"

    async def all_at_once() -> list[int]:
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(
            trust_env=False, timeout=500, limits=limits, cookies=today.client.http.cookies
        ) as client:
            answers = await asyncio.gather(
                *(client.get(address, headers=SAME_ORIGIN) for _ in range(200))
            )
        return [answer.status_code for answer in answers]

    assert set(asyncio.run(all_at_once())) == {200}


def test_one_form_that_is_posted_a_hundred_times_at_once_is_done_once(server, today, ground):
    page = today.client.get(f"{root_of(server)}c/1/returns/all")
    once = page.form("End the program").fields["once"]

    async def all_at_once() -> list[tuple[int, str]]:
        async with httpx.AsyncClient(
            trust_env=False, timeout=120, cookies=today.client.http.cookies
        ) as client:
            answers = await asyncio.gather(
                *(
                    client.post(
                        f"{root_of(server)}c/1/returns/strangers",
                        data={"once": once, "said": "dismiss"},
                        headers=SAME_ORIGIN,
                    )
                    for _ in range(100)
                )
            )
        return [(answer.status_code, answer.text) for answer in answers]

    assert len(set(asyncio.run(all_at_once()))) == 1
