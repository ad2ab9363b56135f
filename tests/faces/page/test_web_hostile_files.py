"""Every kind of bad file, to every address that takes one: refused in words, and kept apart."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from merge.web.site import UPLOADS, found_routes
from tests.hostile import CANARY, is_alive, root_of
from tests.house import ROOT
from tests.webserver import SAME_ORIGIN, Page, Server

pytest_plugins = ["tests.hostile_fixtures"]
pytestmark = pytest.mark.long

UPLOAD_ROUTES = [
    each
    for each in found_routes()
    if "POST" in (each.methods or ()) and each.path.rpartition("/")[2] in UPLOADS
]
FIELDS = sorted(
    {
        name
        for path in (ROOT / "merge/web/pages").glob("*.py")
        for name in re.findall(r"exchange\.files\([\"']([\w-]+)", path.read_text("utf-8"))
    }
)


def packed(**members: bytes) -> bytes:
    """A .zip of these; "__" in a name is "/", and "up" leads out."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/").replace("up/", "../"), content)
    return made.getvalue()


ENTITY = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">
<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&e;&b;</x>"""
BAD: dict[str, bytes] = {
    "nothing.csv": b"",
    "nul.csv": b"\0" * 5000,
    "noise.xlsx": random.Random(1).randbytes(20_000),  # noqa: S311 - the same noise each time
    "truncated.xlsx": packed(xl__workbook_xml=b"<x/>")[:-30],
    "entity.xlsx": packed(**{"xl__workbook.xml": ENTITY, "[Content_Types].xml": ENTITY}),
    "entity.docx": packed(**{"word__document.xml": ENTITY, "[Content_Types].xml": ENTITY}),
    "bomb.xlsx": packed(**{"xl__worksheets__sheet1.xml": b" " * 30_000_000}),
    "bomb.docx": packed(**{"word__document.xml": b" " * 30_000_000}),
    "out.zip": packed(**{"up__up__secret.txt": b"changed", "__etc__x": b"x"}),
    "out.docx": packed(**{"up__up__secret.txt": b"changed"}),
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 3000,
    "page.csv": b"<html><script>alert(1)</script></html>",
    "half.csv": "Commune;É".encode("utf-16")[:-1],
    "long.csv": b"a" * 1_000_000,
    "deep.json": b"[" * 100_000,
    "letter.txt": b"\xff\xfe{{ x.__class__.__mro__ }}{% for i in range(10**9) %}{% endfor %}",
    "picture.png": b"\x89PNG\r\n\x1a\n" + b"\xff" * 2000,
    "document.pdf": b"%PDF-1.7\n%%EOF",
}
NAMES = ("../../secret.txt", "/etc/passwd", "a\0b.csv", "CON.csv", "x" * 300, "<script>.docx", ".")


def around(ground: Path) -> dict[str, bytes]:
    """What lies beside the campaign and the server's own files."""
    mine = (ground / "campaign", ground / "home")
    return {
        str(path): path.read_bytes()
        for path in ground.rglob("*")
        if path.is_file() and not any(path.is_relative_to(each) for each in mine)
    }


def tell(answer: httpx.Response, what: object) -> None:
    assert answer.status_code < 500, (what, answer.text[-3000:])
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text


def address(route: Route) -> str:
    return re.sub(r"{\w+(?::\w+)?}", "1", route.path).lstrip("/")


def posted(server: Server, today: Page, route: Route, name: str, content: bytes) -> httpx.Response:
    once = today.client.get(today.url).form("End the program").fields["once"]
    return today.client.http.post(
        root_of(server) + address(route),
        data={"once": once},
        files=[(field, (name, content)) for field in FIELDS],
        headers=SAME_ORIGIN,
    )


def test_every_address_that_takes_files_is_tried():
    assert len(UPLOAD_ROUTES) >= 5
    assert FIELDS


@pytest.mark.parametrize("route", UPLOAD_ROUTES, ids=lambda route: route.name)
def test_a_bad_file_is_refused_in_words_and_changes_nothing_else(server, today, ground, route):
    before = around(ground)
    for name, content in BAD.items():
        tell(posted(server, today, route, name, content), (route.name, name))
    assert around(ground) == before
    assert is_alive(today)


@pytest.mark.parametrize("route", UPLOAD_ROUTES, ids=lambda route: route.name)
def test_a_bad_name_of_a_file_leads_nowhere(server, today, ground, route):
    before, passwd = around(ground), Path("/etc/passwd").stat().st_mtime_ns
    for name in NAMES:
        tell(posted(server, today, route, name, b"Commune\nNice\n"), (route.name, name))
    assert around(ground) == before
    assert Path("/etc/passwd").stat().st_mtime_ns == passwd


@pytest.mark.parametrize("route", UPLOAD_ROUTES, ids=lambda route: route.name)
def test_a_form_without_its_file_says_so(server, today, route):
    once = today.client.get(today.url).form("End the program").fields["once"]
    tell(
        today.client.http.post(
            root_of(server) + address(route), data={"once": once}, headers=SAME_ORIGIN
        ),
        route.name,
    )


def test_nothing_that_was_sent_lies_about_for_others(server, today, ground):
    posted(server, today, UPLOAD_ROUTES[0], "x.csv", b"Commune\n" + b"Nice\n" * 1000)
    for path in (ground / "campaign").rglob("*"):
        if path.is_file():
            assert not path.stat().st_mode & 0o077, path
            assert not path.stat().st_mode & 0o111, path
