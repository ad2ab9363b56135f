"""What others do meanwhile: a write or a migration that no page waits for, a start, an erasure."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any
from weakref import ref

import httpx
import pytest

from merge.app import suppress
from merge.app.opening import home
from merge.app.send import Options
from merge.errors import Misuse
from merge.ledger import opening
from merge.ledger.driver.database import BUSY_TIMEOUT_S
from merge.ledger.driver.locks import FileLocks
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.listing import Listing
from merge.ledger.opening import LEDGER, is_older
from merge.web import exchange, work
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
from tests.webserver import SAME_ORIGIN, Page, Server, in_no_hurry, serving

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
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(site.app()),
        base_url=f"http://{site.address.host}",
        cookies={COOKIE: "known"},
        headers={**SAME_ORIGIN, "Accept-Language": "en"},
    )
    with in_no_hurry():
        async with client:
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


class Held:
    """Work that is begun, counted, and goes on when it may."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, comes: object) -> None:
        self.begun, self._comes, self.goes_on = 0, comes, asyncio.Event()
        monkeypatch.setattr(Jobs, "call", self._call)

    async def _call(self, *_asked: object, **_how: object) -> object:
        self.begun += 1
        await self.goes_on.wait()
        return self._comes


def test_what_takes_a_while_says_so_and_a_second_press_and_a_reload_find_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch, ())

    async def looked() -> None:
        async with tabs(desk.folder) as (site, client):
            monkeypatch.setattr(exchange, "SOON_S", 0.01)
            save = site.url("keeping-save", {"campaign": 1}, None)
            presses = [await client.post(save, data={"once": site.once.give()}) for _tab in "ab"]
            addresses = [each.headers["Location"] for each in presses]
            monkeypatch.setattr(exchange, "SOON_S", PATIENCE_S)
            for address in (*addresses, addresses[0]):
                shown = await client.get(address)
                assert "The backup is being made." in shown.text
            swap = {"HX-Request": "true"}
            poll = await client.get(addresses[0], headers=swap)
            assert (poll.status_code, "HX-Refresh" in poll.headers) == (204, False)
            ends = asyncio.create_task(site.finish())  # the server was asked to end meanwhile
            held.goes_on.set()
            await ends
            poll = await client.get(addresses[0], headers=swap)
            assert (poll.status_code, poll.headers["HX-Refresh"]) == (204, "true")
            for address in (*addresses, addresses[0]):
                came = await client.get(address)
                assert came.headers["Location"].endswith("settings?done=saved")
            assert held.begun == 1

    asyncio.run(looked())


def test_a_file_that_takes_a_while_is_announced_where_it_was_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch, b"name;town")

    async def looked() -> None:
        async with tabs(desk.folder) as (site, client):
            monkeypatch.setattr(exchange, "SOON_S", 0.01)
            file = site.url("recipients-file", {"campaign": 1, "form": "csv"}, None)
            for _reload in "ab":
                assert "The file is being made." in (await client.get(file)).text
            picture = client.get(file, headers={"Sec-Fetch-Dest": "image"})
            seen = asyncio.create_task(picture)
            held.goes_on.set()
            assert (await seen).content == b"name;town"
            monkeypatch.setattr(exchange, "SOON_S", PATIENCE_S)
            while "The file is ready" not in (said := await client.get(file)).text:
                await asyncio.sleep(0)
            assert 'href=""' in said.text
            assert (await client.get(file)).content == b"name;town"
            assert held.begun == 2  # the picture has its own

    asyncio.run(looked())


def test_other_pages_answer_while_a_form_waits_for_something(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, goes_on = threading.Event(), threading.Event()

    def refuses(*_asked: object) -> None:
        waits.set()
        assert goes_on.wait(PATIENCE_S)
        raise Misuse("nobody-called", word="Nice")

    monkeypatch.setattr(suppress, "open", refuses)

    async def looked() -> None:
        async with tabs(desk.folder) as (site, client):
            never = site.url("keeping-add", {"campaign": 1}, None)
            typed = {"once": site.once.give(), "whom": "Nice", "reason": "asked"}
            form = asyncio.create_task(client.post(never, data=typed))
            assert await asyncio.to_thread(waits.wait, PATIENCE_S)
            assert (await client.get(site.url("campaigns", {}, None))).status_code == 200
            assert not form.done()
            goes_on.set()
            assert (await form).status_code == 422

    asyncio.run(looked())


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
