"""What others do meanwhile: a write or a migration that no page waits for, a start, an erasure."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any
from weakref import ref

import httpx
import pytest

from merge.app.opening import home
from merge.app.send import Options
from merge.ledger import opening
from merge.ledger.driver.database import BUSY_TIMEOUT_S
from merge.ledger.driver.locks import FileLocks
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.listing import Listing
from merge.ledger.opening import LEDGER, is_older
from merge.web import work
from merge.web.guard import COOKIE
from merge.web.instance import Address, Instance
from merge.web.jobs import Jobs
from merge.web.site import Site
from merge.web.steps.sending import PlannedSending
from merge.words.pages import PAGES
from tests.desk import HAVRE, NICE, Desk
from tests.faces.page.test_web_jobs import untested
from tests.house import ROOT
from tests.next_schema import BEFORE, next_schema
from tests.servers.ports import PATIENCE_S
from tests.webserver import SAME_ORIGIN, Page, Server, serving

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE)


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    with serving(campaign=desk.folder) as server:
        yield server


@pytest.fixture
def keeping(server: Server) -> Page:
    """Its page “Settings”, of one who gives up before SQLite does."""
    page = server.enter().at("settings")
    page.client.http.timeout = BUSY_TIMEOUT_S / 2
    return page


@asynccontextmanager
async def tabs(*places: Path) -> AsyncIterator[tuple[Site, httpx.AsyncClient]]:
    """A server of these campaigns in this process, and a browser that was let in."""
    site = Site(Address(port=9, root="/there/"), Instance(home()))
    site.sessions.add("known")
    for place in places:
        site.open(place)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(site.app()),
        base_url=f"http://{site.address.host}",
        cookies={COOKIE: "known"},
        headers={**SAME_ORIGIN, "Accept-Language": "en"},
    ) as client:
        yield site, client


@pytest.fixture
def older(tmp_path: Path, desk: Desk) -> Iterator[Desk]:
    """A campaign whose ledger is of the schema before the newest."""
    made = Desk(tmp_path / "older" / "campaign")
    made.make()
    path = made.folder / LEDGER
    path.unlink()
    with closing(sqlite3.connect(path)) as ledger:
        ledger.executescript((ROOT / f"tests/golden/ledger-{BEFORE}.sql").read_text("utf-8"))
    with next_schema():
        desk.ok("status")
        yield made


@pytest.mark.parametrize("file", ["accounts.db", LEDGER])
def test_a_form_says_that_another_is_writing_instead_of_waiting_for_it(
    desk: Desk, keeping: Page, file: str
) -> None:
    path = (home() if file == "accounts.db" else desk.folder) / file
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        busy = keeping.submit("keeping/never", whom="Le Havre", reason="asked by phone")
        assert busy.status == 422
        assert busy.at("recipients").status == 200
    assert busy.submit("keeping/never").status == 200


def test_a_page_opens_its_campaign_once_however_much_it_asks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, opens = list[Path](), opening.open_ledger

    def counted(folder: Path, **how: Any) -> Any:
        opened.append(folder)
        return opens(folder, **how)

    monkeypatch.setattr(opening, "open_ledger", counted)

    async def looked() -> None:
        async with tabs(desk.folder) as (site, client):
            for name in PAGES:
                opened.clear()
                answer = await client.get(site.url(name, {"campaign": 1}, None))
                assert (name, answer.status_code, opened) == (name, 200, [desk.folder])

    asyncio.run(looked())


def test_a_page_that_stumbles_tells_pages_of_the_ledger_out_of_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(*_asked: object, **_how: object) -> None:
        raise ValueError("what a page that is no page reads as")

    monkeypatch.setattr(SqliteDatabase, "is_sound", lambda _database: False)
    monkeypatch.setattr(Listing, "page", stumbles)

    async def looked() -> None:
        async with tabs(desk.folder) as (site, client):
            answer = await client.get(site.url("recipients", {"campaign": 1}, None))
            assert answer.status_code == 409
            assert "The ledger is damaged" in answer.text
            assert desk.folder.name in answer.text

    asyncio.run(looked())


def test_a_gate_that_a_stopped_process_holds_stops_no_page(desk: Desk, keeping: Page) -> None:
    with FileLocks(desk.folder)._one_at_a_time("gate", 0):
        busy = keeping.submit("keeping/never", whom="Le Havre", reason="asked by phone")
        assert busy.status == 422


def test_other_pages_answer_while_an_older_ledger_is_migrated(
    desk: Desk, older: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def call(_jobs: Jobs, work: Callable[[Path], None], place: Path) -> None:
        asked.set()
        await goes_on.wait()
        work(place)

    monkeypatch.setattr(Jobs, "call", call)

    async def looked() -> None:
        async with tabs(desk.folder, older.folder) as (site, client):
            pages = [site.url("today", {"campaign": number}, None) for number in (1, 2)]
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


def test_another_tab_says_that_a_sending_is_being_prepared(
    many: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()
    refused = asyncio.run(Jobs().start(work.send, many.folder, Options(), []))

    async def start(*_asked: object) -> object:
        begun.set()
        await goes_on.wait()
        return refused

    monkeypatch.setattr(Jobs, "start", start)

    async def looked() -> None:
        async with tabs(many.folder) as (site, client):
            here = site.place(1)
            page = partial(site.url, parameters={"campaign": 1}, query=None)
            typed = {"once": site.once.give()}
            options, consents = Options(limit=3), untested(many, 3)[:1]
            planned = await site.jobs.call(work.plan, here, options, consents)
            draft = PlannedSending(options=options, consents=consents, planned=planned)
            site.plans[here] = draft
            form = {**typed, "draft": draft.name, "number": "3", "letter-untested": "yes"}
            sends = asyncio.create_task(client.post(page("send-begin"), data=form))
            async with asyncio.timeout(PATIENCE_S):
                await begun.wait()
            shown = await client.get(page("send"))
            assert page("send-plan") not in shown.text
            part = site.url("send", {"campaign": 1}, {"state": "starting", "at": 0})
            assert (await client.get(part, headers={"HX-Request": "true"})).status_code == 204
            goes_on.set()
            assert (await sends).status_code == 303
            over = await client.get(part, headers={"HX-Request": "true"})
            assert (over.status_code, over.headers["HX-Refresh"]) == (204, "true")
            step = site.url("send", {"campaign": 1}, {"step": "sending"})
            assert page("send-plan") in (await client.get(step)).text

    asyncio.run(looked())


def test_whoever_was_erased_elsewhere_is_forgotten_here(desk: Desk) -> None:
    class Named:
        """Something that has a name in it."""

    def remembered(site: Site) -> list[ref[Named]]:
        """In each of the server's memories one."""
        stores: list[Any] = [
            *(site.staged._kept, site.staged._ended, site.checks._checks, site.checks.tested),
            *(site.previews._kept, site.lists, site.plans, site.texts),
        ]
        things = [Named() for _store in stores]
        for store, thing in zip(stores, things, strict=True):
            store["x"] = thing
        return [ref(each) for each in things]

    async def looked() -> None:
        async with tabs(desk.folder) as (site, client):
            page = partial(site.url, parameters={"campaign": 1}, query=None)
            once = site.once.give()
            added = {"once": once, "whom": "Nice", "reason": "asked by Monsieur ÇELIK"}
            assert (await client.post(page("keeping-add"), data=added)).status_code == 303
            assert "Nice" in (await client.get(page("recipients"))).text
            kept = remembered(site)
            assert (await client.get(page("today"))).status_code == 200
            assert all(each() for each in kept)
            for key in ("06088", "76351"):
                desk.ok("suppress", key, "--reason", "wish")
            desk.ok("purge", "--really", "--yes")
            assert (await client.get(page("settings"))).status_code == 200
            assert not any(each() for each in kept)
            assert site.once._answers == {once: None}

    asyncio.run(looked())
