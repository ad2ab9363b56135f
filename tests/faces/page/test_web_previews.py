"""The page shows letters as they are read: the e-mail in its own sandbox, the pages as pictures."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urljoin

import pytest

from merge.app import preview
from merge.app.previewer import Previewer
from merge.web import previews
from merge.web.previews import Previews
from merge.web.server import tcp_socket
from tests.desk import HAVRE, NICE, Desk, Y
from tests.pages import need_pages
from tests.webserver import Page, here


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    with here(desk.folder) as server:
        yield server.enter().at("letter")


def look_at(page: Page, way: str) -> bytes:
    """What the first frame or picture, or the link with that end, leads to."""
    (to, *_) = page.html.xpath(
        "//iframe/@src | //main//img/@src" if not way else f"//a[contains(@href, '{way}')]/@href"
    )
    return page.client.get(urljoin(page.url, to)).answer.content


def test_a_letter_is_shown_as_the_command_writes_it_and_a_draft_before_it_is_saved(
    page: Page, desk: Desk
) -> None:
    assert look_at(page, "").decode() == desk.ok("preview", "06088", "--as", "html").out
    asked = dict(page.form("Save the letter").form_values())
    asked |= {"subject": "Essai [at the commune]", "block-3": "Bonjour, brouillon.", "number": "2"}
    (to,) = page.html.xpath("//@data-draft")
    shown = page.client.post(urljoin(page.url, to), asked)
    assert "Essai au Havre" in shown.text
    assert b"brouillon" in look_at(shown, "")
    assert "brouillon" not in (desk.folder / "letter.md").read_text(encoding="utf-8")


def test_pages_are_pictures_and_a_pdf(page: Page) -> None:
    need_pages()
    (pages, *_) = page.html.xpath("//a[contains(@href, '/page')]/@href")
    shown = page.client.get(urljoin(page.url, pages))
    assert look_at(shown, "").startswith(b"\x89PNG")
    assert look_at(shown, "letter.pdf").startswith(b"%PDF")


# The helper


@pytest.fixture
def shown(desk: Desk) -> preview.PreviewedLetter:
    return desk.reads(preview.select, 1)


def test_the_same_letter_is_made_once(shown):
    class Counting(Previewer):
        n = 0

        def mail(self, shown):
            self.n += 1
            return super().mail(shown)

    async def twice(previews: Previews) -> None:
        token = previews.keep(shown)
        looks = await asyncio.gather(previews.look(token), previews.look(token))
        assert all(look and look.mail for look in looks)

    counting = Counting()
    of = Previews(counting)
    asyncio.run(twice(of))
    of.end()
    assert counting.n == 1
    assert not counting.is_there


def test_a_helper_that_nobody_asks_is_let_go_of(shown, monkeypatch):
    class Seen(Previewer):
        was_there = False

        def mail(self, shown):
            self.was_there = self.is_there
            return super().mail(shown)

    async def wait() -> None:
        await of.look(of.keep(shown))
        while seen.is_there:
            await asyncio.sleep(0)

    monkeypatch.setattr(previews, "IDLE_S", 0.0)
    seen = Seen()
    of = Previews(seen)
    asyncio.run(wait())
    assert seen.was_there


def test_only_so_many_letters_have_addresses(shown, monkeypatch):
    monkeypatch.setattr(previews, "KEPT", 2)
    of = Previews()
    first, *_ = (of.keep(shown) for _ in range(3))
    assert asyncio.run(of.look(first)) is None
    assert asyncio.run(of.page(first)) is None


def test_a_letter_that_cannot_be_made_is_told_each_time(shown, desk):
    asked = desk.reads(preview.select, 1, source="no head")

    async def twice() -> list[str]:
        token = of.keep(asked, is_draft=True)
        looks = [await of.look(token), await of.look(token)]
        return [look.trouble.code for look in looks if look and look.trouble]

    of = Previews()
    assert asyncio.run(twice()) == ["subject-missing"] * 2
    of.end()


def test_the_server_s_answers_wait_for_no_acknowledgement():
    async def asked() -> bool:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            nodelay.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        nodelay = asyncio.get_running_loop().create_future()
        with closing(tcp_socket()) as listening:
            listening.bind(("127.0.0.1", 0))
            server = await asyncio.start_server(answer, sock=listening)
            _reader, writer = await asyncio.open_connection(*listening.getsockname())
            found = await nodelay
            writer.close()
            server.close()
        return bool(found)

    assert asyncio.run(asked())
