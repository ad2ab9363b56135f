"""What one page waits for keeps no other page waiting: another's write, or an older ledger."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from merge.app.opening import home
from merge.ledger.driver.database import BUSY_TIMEOUT_S
from merge.ledger.driver.locks import Locks
from merge.ledger.driver.migrating import VERSIONS
from merge.ledger.opening import LEDGER, is_older
from merge.web import jobs
from merge.web.guard import COOKIE
from merge.web.instance import Address, Instance
from merge.web.site import Site
from tests.desk import HAVRE, NICE, Desk
from tests.test_ledger_migrating import GOLDEN
from tests.test_web_jobs import PATIENCE_S
from tests.webserver import SAME_ORIGIN, Page, Server, serving


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE)


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    with serving(campaign=desk.folder) as server:
        yield server


@pytest.fixture
def keeping(server: Server) -> Page:
    """Its page “Keeping”, of one who gives up before SQLite does."""
    page = server.enter().follow("Keeping")
    page.client.http.timeout = BUSY_TIMEOUT_S / 2
    return page


@pytest.fixture
def older(tmp_path: Path) -> Desk:
    """A campaign whose ledger is of the first program."""
    desk = Desk(tmp_path / "older" / "campaign")
    desk.make()
    path = desk.folder / LEDGER
    path.unlink()
    with closing(sqlite3.connect(path)) as ledger:
        ledger.executescript((GOLDEN / f"ledger-{VERSIONS[0]}.sql").read_text("utf-8"))
    return desk


@pytest.mark.parametrize("file", ["accounts.db", LEDGER])
def test_a_form_says_that_another_is_writing_instead_of_waiting_for_it(
    desk: Desk, keeping: Page, file: str
) -> None:
    path = (home() if file == "accounts.db" else desk.folder) / file
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        busy = keeping.press("Put on the list", whom="Le Havre", reason="asked by phone")
        assert busy.status == 422
        said = busy.html.get_element_by_id("wrong").text_content()
        assert "written by another" in said
        assert "try again" in said
        assert "Le Havre" in busy.follow("Log").text
    assert "It is on the list" in busy.press("Put on the list").text


def test_a_gate_that_a_stopped_process_holds_stops_no_page(desk: Desk, keeping: Page) -> None:
    with Locks(desk.folder)._one_at_a_time("gate", 0):
        busy = keeping.press("Put on the list", whom="Le Havre", reason="asked by phone")
        assert "try again" in busy.html.get_element_by_id("wrong").text_content()


def test_other_pages_answer_while_an_older_ledger_is_migrated(
    desk: Desk, older: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(Address(port=9, root="/there/"), Instance(home()))
    site.sessions.add("known")
    numbers = [site.open(each.folder) for each in (desk, older)]
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def call(work: Callable[[Path], None], place: Path) -> None:
        asked.set()
        await goes_on.wait()
        work(place)

    monkeypatch.setattr(jobs, "call", call)

    async def looked() -> None:
        transport = httpx.ASGITransport(site.app())
        async with httpx.AsyncClient(
            transport=transport,
            base_url=f"http://{site.address.host}",
            cookies={COOKIE: "known"},
            headers=SAME_ORIGIN,
        ) as client:
            pages = [site.url("today", {"campaign": number}, None) for number in numbers]
            waits = asyncio.create_task(client.get(pages[1]))
            async with asyncio.timeout(PATIENCE_S):
                await asked.wait()
            for other in (pages[0], site.url("campaigns", {}, None)):
                assert (await client.get(other)).status_code == 200
            assert is_older(older.folder)
            goes_on.set()
            assert (await waits).status_code == 200

    asyncio.run(looked())
    assert not is_older(older.folder)
