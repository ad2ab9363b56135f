"""Pressed twice, in two tabs, again after a kill, or after the list has changed: nobody gets two
letters, nobody is lost, and nothing leaves that was not agreed to.

The large one, which kills at random, is `make crash-page`.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import following
from merge.app import send as sending
from merge.app.opening import home, now, open_campaign
from merge.app.running import Clock
from merge.campaign.digests import hashes_of, mark_of
from merge.french.communes import reference
from merge.job import Consent
from merge.model import Channel, Status
from merge.web import work
from merge.web.exchange import Exchange
from merge.web.memory import ANSWERS_KEPT, Once, Recent
from tests.desk import HAVRE, NICE, Desk, Y
from tests.faces.page.test_web_jobs import over, untested
from tests.mailboxes import SPAM, came_back
from tests.promises.crash.candidates import allow
from tests.servers.capture import CaptureServer
from tests.servers.ports import until
from tests.webserver import Page, here

pytest_plugins = ["tests.servers.fixtures"]

TOWNS = 30


# --- ids of forms ---------------------------------------------------------------------------------


def test_a_form_that_is_posted_twice_is_done_once() -> None:
    once, done = Once(), []

    async def act() -> Response:
        done.append(1)
        await asyncio.sleep(0)
        return Response("first")

    async def twice() -> tuple[Response, Response]:
        form = once.give()
        return await asyncio.gather(once.begin(form, act, form), once.begin(form, act, form))

    first, second = asyncio.run(twice())
    assert (done, first) == ([1], second)


def test_a_form_that_came_to_nothing_may_be_posted_again() -> None:
    once, form = Once(), ""
    came: list[Response | Exception] = [ValueError(), Response(status_code=500), Response("done")]

    async def act() -> Response:
        await asyncio.sleep(0)
        if isinstance(answer := came.pop(0), Exception):
            raise answer
        return answer

    async def press() -> list[Response | BaseException]:
        both = (
            once.begin(form, act, form),
            once.begin(form, act, form),
        )  # a double click is one press
        return [*await asyncio.gather(*both, return_exceptions=True)]

    async def three_times() -> None:
        failed, busy, done = [await press() for _ in range(3)]
        assert isinstance(failed[0], ValueError)
        assert isinstance(busy[0], Response)
        assert busy[0].status_code == 500
        assert done[0] is done[1]
        assert (await press(), came) == (done, [])

    form = once.give()
    asyncio.run(three_times())


def test_a_file_is_like_no_other_whatever_it_is_called() -> None:
    asked: Any = SimpleNamespace(jobs=None, url=SimpleNamespace(path="/list/upload"))

    def asks(once: str, sheet: UploadFile | str) -> object:
        return Exchange(asked, asked, "fr", FormData([("once", once), ("sheet", sheet)])).asks

    one, two = (UploadFile(BytesIO(each), size=1, filename="mairies.csv") for each in (b"a", b"b"))
    assert asks("1", one) == asks("2", one)
    assert asks("1", one) != asks("2", two)
    assert asks("1", "mairies.csv") == asks("2", "mairies.csv")


def test_a_form_of_another_server_is_refused() -> None:
    async def never() -> Response:
        raise AssertionError

    for form in ("", "x.y", Once().give()):
        with pytest.raises(HTTPException):
            Once().begin(form, never, form)


def test_an_old_form_that_is_posted_again_does_nothing_though_its_answer_is_gone() -> None:
    once, done = Once(), []

    async def act() -> Response:
        done.append(1)
        return Response("done")

    async def first_and_again() -> None:
        forms = [once.give() for _ in range(ANSWERS_KEPT + 2)]
        for form in (*forms, forms[-1]):
            await once.begin(form, act, form)
        with pytest.raises(HTTPException) as gone:
            await once.begin(forms[0], act, 0)
        assert gone.value.status_code == 410

    asyncio.run(first_and_again())
    assert len(done) == ANSWERS_KEPT + 2


def test_only_what_was_set_last_is_remembered() -> None:
    recent = Recent[str, int](2)
    recent["a"], recent["b"] = 1, 2
    recent["a"] = 3  # once more: it is the newest
    recent["c"] = 4
    assert dict(recent) == {"a": 3, "c": 4}


# --- a sending ------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Thirty towns wait for an e-mail."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    rows = [
        f"{c.insee};{c.name};F;A;B;mairie-{c.insee}@example.org;;;"
        for c in list(reference().values())[:TOWNS]
    ]
    desk = Desk.made(tmp_path, *rows)
    desk.connect(capture_server)
    allow(desk.folder / "campaign.toml", 1)
    return desk


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    with here(desk.folder) as server:
        yield server.enter().at("send")


def planned(page: Page, **chosen: Any) -> Page:
    """What would leave, and the form to say yes to it."""
    return page.at("send?step=sending").submit("send/plan", **chosen)


def yes(plan: Page, n: int, **more: Any) -> Page:
    """To this plan, with a letter that was not tried out."""
    return plan.submit("send/begin", number=str(n), letter_untested=True, **more)


def typed(plan: Page) -> str:
    """The number of letters that stands in its field."""
    (number,) = plan.html.xpath("//input[@name='number']")
    return str(number.get("value"))


def at_once(*presses: Callable[[], Page]) -> None:
    with ThreadPoolExecutor() as hands:
        for each in [hands.submit(press) for press in presses]:
            each.result()


def test_letters_leave_only_behind_a_box_and_the_number_of_letters(
    page: Page, desk: Desk, capture_server: CaptureServer
) -> None:
    plan = planned(page).submit("send/begin", number=str(TOWNS))
    assert (plan.status, typed(plan)) == (422, str(TOWNS))
    for number, at in (("30", "soon"), ("30", "2020-01-01T09:00"), ("3", ""), ("", "")):
        plan = plan.submit("send/begin", number=number, at=at, letter_untested=True)
        assert (plan.status, typed(plan)) == (422, number)
    assert not capture_server.messages
    plan.submit("send/begin", number=str(TOWNS), letter_untested=True)
    assert over(desk).counts.email[Status.SENT] == len(capture_server.messages) == TOWNS


def test_a_plan_that_is_pressed_twice_in_two_tabs_is_sent_once(
    page: Page, desk: Desk, capture_server: CaptureServer
) -> None:
    plan = planned(page, limit="3")
    shown = plan.client.get(plan.url)
    tabs = (plan, plan, shown)
    at_once(*[lambda each=each: yes(each, 3) for each in tabs])
    yes(plan, 3)
    assert over(desk).counts.email[Status.SENT] == len(capture_server.messages) == 3


def test_a_sending_that_begins_later_is_stopped(page: Page, desk: Desk) -> None:
    later = f"{datetime.now() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    yes(planned(page), TOWNS, at=later)
    until(lambda: (seen := desk.reads(following.last_sending)) and seen.record.next_at)
    page.at("send").submit("send/pause")
    seen = desk.reads(following.last_sending)
    assert seen is not None
    assert seen.record.stop_requested
    (waits,) = (home() / "locks").glob("send-*.lock")
    os.kill(int(waits.name.split("-")[1]), signal.SIGTERM)  # else it looks into its row by and by
    assert over(desk).counts.email[Status.QUEUED] == TOWNS


# --- the rest of a sending that is over -----------------------------------------------------------


@pytest.fixture
def stopped(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Two wait for an e-mail; a sending of theirs was begun, and its process is gone."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk = Desk.made(tmp_path, NICE, HAVRE, Y)
    desk.connect(capture_server)
    begun(desk)
    return desk


def begun(desk: Desk) -> None:
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        waiting = campaign.ledger.candidates(None, [Channel.EMAIL]).deliveries()
        narrowing: dict[str, list[str]] = {"departments": [], "communes": [], "statuses": []}
        options = {"narrowing": narrowing, "wait": True, "who": mark_of(hashes_of(waiting))}
        agreed = (Consent(code="letters", facts={"n": 2}),)
        campaign.ledger.commands.begin("send", options, agreed, now(), "anna")


def pause(desk: Desk, letter: int = 1) -> None:
    """A letter came back because of whoever sends: the account sends no more."""
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        account, number = campaign.account, campaign.ledger.campaign_id
        campaign.accounts.pause(account.name, number, [came_back(letter, now(), SPAM)])


def test_the_number_of_the_rest_is_filled_in_only_where_it_is_of_the_same_people(
    stopped: Desk,
) -> None:

    def number(at_send: Page) -> str:
        return typed(at_send.at("send?step=sending").submit("send/go-on"))

    with here(stopped.folder) as server:
        sent = server.enter().at("send?step=sending")
        assert number(sent) == "2"
        stopped.ok("suppress", "06088", "--reason", "asked by phone")
        stopped.ok("import", str(stopped.sheet("29019;Brest;F;A;B;brest@example.org;;;")))
        assert number(sent) == ""  # as many, but others
        begun(stopped)
        asked = sent.submit("send/go-on")  # of an earlier job
        assert typed(asked) == ""


def test_what_comes_back_after_the_look_is_not_agreed_to(
    stopped: Desk, capture_server: CaptureServer
) -> None:
    agreed, letters = untested(stopped, 2)
    pause(stopped)
    planned = work.plan(stopped.folder, sending.Options(), [agreed])
    ((want, _why),) = planned.asked
    assert planned.plan.letters == 2
    pause(stopped, letter=2)
    consents = [agreed, want.agreed(), letters]
    (asked,) = work.send(Clock(), stopped.folder, sending.Options(), consents).wants
    assert asked.code == want.code
    with open_campaign(stopped.folder, access="share", command="send") as campaign:
        assert campaign.accounts.paused(campaign.account.name)
    assert not capture_server.messages
    again = work.plan(stopped.folder, sending.Options(), [agreed]).asked[0][0].agreed()
    work.send(Clock(), stopped.folder, sending.Options(), [agreed, again, letters])
    assert len(capture_server.messages) == 2
