"""The page shows letters as they are read: the e-mail in its own sandbox, the pages as pictures."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from merge.app import preview
from merge.app.previewer import Previewer
from merge.web import previews
from merge.web.previews import Previews
from merge.web.server import tcp_socket
from tests.desk import HAVRE, NICE, Desk, Y
from tests.pages import need_pages
from tests.webserver import Server, serving


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path)


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    with serving(campaign=desk.folder) as server:
        yield server


def at(page, path):
    """An address of the campaign that this page is of."""
    return page.client.get(re.sub(r"/today$", f"/{path}", page.url))


def frame_of(page):
    (frame,) = page.html.iter("iframe")
    return page.client.get(f"http://{page.answer.url.netloc.decode()}{frame.get('src')}")


def test_a_letter_is_shown_as_the_command_writes_it(server, desk):
    first = at(server.enter(), "preview")
    assert "To Nice" in first.text
    assert "1 of 3" in first.text
    assert frame_of(first).answer.text == desk.ok("preview", "06088", "--as", "html").out
    second = first.press("Next")
    assert "To Le Havre" in second.text
    assert "au Havre" in second.text
    assert "To Nice" in second.press("Previous").text


def test_a_mail_stands_in_a_sandbox_of_its_own(server):
    page = at(server.enter(), "preview")
    (frame,) = page.html.iter("iframe")
    assert frame.get("sandbox") == ""
    policy = frame_of(page).answer.headers["Content-Security-Policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "img-src data:", "form-action 'none'"} <= set(policy)
    assert not any("script-src" in each for each in policy)


def test_somebody_is_found_by_name_and_by_code(server):
    page = at(server.enter(), "preview")
    havre = page.press("Show", find="havre")
    assert "To Le Havre" in havre.text
    assert "havre" not in havre.url
    assert "To Y" in havre.press("Show", find="80829").text
    none = page.client.get(page.url).press("Show", find="nowhere at all")
    assert "Nobody is called so" in none.text
    assert "To Nice" in none.text
    both = none.press("Show", find="Hôtel-de-Ville")
    assert "2 recipients" in both.text
    assert "To Le Havre" in both.follow("Le Havre").text


def test_the_longest_and_the_worst_are_found(server, desk):
    letter = desk.folder / "letter.md"
    letter.write_text("---\nsubject: E\n---\n\nBonjour {{ sexe }} {{ commune }}", encoding="utf-8")
    page = at(server.enter(), "preview")
    assert "To Y" in page.press("The worst").text
    assert "To Le Havre" in page.press("The longest").text


def test_a_draft_has_addresses_before_it_is_saved(server, desk):
    source = "---\nsubject: Essai {{ commune|a }}\n---\n\nBonjour, brouillon.\n"
    page = at(server.enter(), "preview")
    once = page.client.get(re.sub(r"/preview$", "/today", page.url))
    shown = page.client.post(
        page.url,
        {"once": once.html.xpath("//input[@name='once']/@value")[0], "source": source, "number": 2},
    )
    assert "Essai au Havre" in shown.text
    assert "brouillon" in frame_of(shown).answer.text
    assert "Essai à Nice" in shown.press("Previous").text
    assert "brouillon" not in (desk.folder / "letter.md").read_text(encoding="utf-8")


def test_what_is_wrong_with_a_letter_is_told_with_its_place(server, desk):
    letter = desk.folder / "letter.md"
    letter.write_text("---\nsubject: E\n---\n\nBonjour {{ comune }} {{", encoding="utf-8")
    page = at(server.enter(), "preview")
    assert page.status == 200
    assert "letter.md:5" in page.text
    assert "braces" in page.text


def test_pages_are_pictures_and_a_pdf(server, desk):
    need_pages()
    page = at(server.enter(), "preview").follow("Show the pages")
    first, second = page.html.iter("img")
    assert first.get("alt") == "Page 1 of the letter to: Nice"
    root = f"http://{page.answer.url.netloc.decode()}"
    picture = page.client.get(f"{root}{second.get('src')}")
    assert picture.answer.content.startswith(b"\x89PNG")
    assert page.follow("as a PDF").answer.content.startswith(b"%PDF")
    missing = page.client.get(f"{root}{first.get('src')}".replace("1.png", "9.png"))
    assert missing.status == 404


def test_an_address_that_is_long_gone_is_told(server):
    page = at(server.enter(), "preview")
    assert page.client.get(f"{page.url}/nothing").status == 410
    assert page.client.get(f"{page.url}/nothing/mail").status == 410
    assert page.client.get(f"{page.url}/nothing/page").status == 410
    assert page.client.get(f"{page.url}?number=99999999999999999999").status == 200
    assert "Nobody in this campaign is called “77”" in page.client.get(f"{page.url}?number=77").text


def test_without_pango_the_page_says_so_and_the_email_is_there(desk, tmp_path):
    instead = tmp_path / "instead"
    instead.mkdir()
    (instead / "weasyprint.py").write_text(
        """raise OSError("cannot load library 'libpango-1.0-0'")""", encoding="utf-8"
    )
    with serving(campaign=desk.folder, environ={"PYTHONPATH": str(instead)}) as server:
        page = at(server.enter(), "preview")
        assert "an example, until there is a list" in page.text
        assert "Bonjour" in frame_of(page).answer.text or "Maire" in frame_of(page).answer.text
        told = page.follow("Show the pages").text
    assert "libpango" in told
    assert "E-mail works without it" in told


# The helper


@pytest.fixture
def shown(desk: Desk) -> preview.PreviewedLetter:
    return preview.select(desk.folder, 1)


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
    asked = preview.select(desk.folder, 1, source="no head")

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
