"""What page “Send” says of a job that waits, was killed or failed; and what it asks first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from merge.app import send as sending
from merge.app.opening import now, open_campaign, users_accounts
from merge.app.running import why_of
from merge.campaign.plan import mark_of
from merge.errors import ExitCode, Stopped
from merge.job import Consent, Event
from merge.ledger.commands import Commands
from merge.model import Channel
from merge.web import work
from tests.desk import HAVRE, NICE, Desk, Y
from tests.faces.page.test_web_jobs import untested
from tests.mailboxes import SPAM, came_back
from tests.rooms.app.test_app_send import with_account
from tests.servers.faults import FaultServer
from tests.webserver import Page, serving

pytest_plugins = ["tests.servers.fixtures"]

AGREED = (Consent(code="letters", facts={"n": 2}),)
OPTIONS = {"narrowing": {"departments": [], "communes": [], "statuses": []}, "wait": True}
WAITS = {
    "by_status": {"sent": 1},
    "stopped_by": "quota",
    "zone": "Europe/Paris",
    "hours": "",
    "limits": {"per_minute": None, "per_hour": 100, "per_day": 300},
}


@pytest.fixture
def desk(tmp_path: Path, fault_server: FaultServer) -> Desk:
    """Two wait for an e-mail, and the server needs no password."""
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("account", "set", "--host", "127.0.0.1", "--port", str(fault_server.port),
            "--tls", "none")  # fmt: skip
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    return desk


@contextmanager
def row(desk: Desk) -> Iterator[tuple[Commands, int]]:
    """The row of a sending, which this process keeps."""
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        commands = campaign.ledger.commands
        waiting = campaign.ledger.candidates(None, [Channel.EMAIL]).deliveries()
        options = OPTIONS | {"who": mark_of(waiting)}
        yield commands, commands.begin("send", options, AGREED, now(), "anna")


def pause(desk: Desk) -> None:
    """A letter came back because of whoever sends: the account sends no more."""
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        account, number = campaign.account, campaign.ledger.campaign_id
        campaign.accounts.pause(account.name, number, [came_back(1, now(), SPAM)])


@contextmanager
def at_send(desk: Desk) -> Iterator[Page]:
    with serving(campaign=desk.folder) as server:
        yield server.enter().follow("Send")


def test_a_job_that_waits_says_why_and_until_when(desk: Desk) -> None:
    until = now() + timedelta(hours=3)
    with closing(users_accounts()) as accounts, accounts.living("send") as waiter:
        with row(desk) as (commands, number):
            event = Event(code="waiting", facts={**WAITS, "next_at": until})
            commands.tell(number, event, now())
            commands.wait(number, until, now(), waiter.token)
        with at_send(desk) as page:
            assert "The account's quota is spent (100 an hour, 300 a day)." in page.text
            assert "It goes on by itself" in page.text
            assert page.title == "Send: waiting – publipostage"
            assert "See what would leave" not in page.text
            today = page.follow("Today")
            assert "The sending: 0 letters of 2 have left." in today.text


def test_a_sending_that_is_over_leads_to_the_paper_that_waits(desk: Desk) -> None:
    (desk.folder / "letter.md").write_text("---\nsubject: E\n---\n\nBonjour.", "utf-8")
    desk.ok("send", "--really", "--yes", "--untested")
    with at_send(desk) as page:
        (step,) = page.html.xpath("//*[@class='next']//a")
        assert step.text == "To the paper"


def test_a_job_whose_process_is_gone_says_when_and_how_many_remain(desk: Desk) -> None:
    with row(desk) as (_commands, number):
        pass
    with at_send(desk) as page:
        assert "Stopped today at" in page.text
        assert "2 letters remain" in page.text
        assert page.form("Go on with the 2 letters").fields["job"] == str(number)
        assert "The sending was stopped, 2 letters remain" in page.follow("Today").text


def test_the_rest_is_shown_before_it_leaves_and_its_number_filled_in_if_it_is_the_same(
    desk: Desk, fault_server: FaultServer
) -> None:
    with row(desk):
        pass
    with at_send(desk) as page:
        plan = page.press("Go on with the 2 letters").press("Go on", agreed=True)
        assert plan.form("Send 2 letters").fields["number"] == "2"
        desk.ok("import", str(desk.sheet("29019;Brest;F;A;B;brest@example.org;;;")))
        again = page.client.get(page.url)
        other = again.press("Go on with the 2 letters").press("Go on", agreed=True)
        assert other.form("Send 3 letters").fields["number"] == ""
    assert not fault_server.accepted


def test_the_number_of_the_rest_is_typed_anew_where_as_many_others_wait(
    desk: Desk, fault_server: FaultServer
) -> None:
    with row(desk):
        pass
    desk.ok("suppress", "06088", "--reason", "asked by phone")
    desk.ok("import", str(desk.sheet("29019;Brest;F;A;B;brest@example.org;;;")))
    with at_send(desk) as page:
        plan = page.press("Go on with the 2 letters").press("Go on", agreed=True)
        assert plan.form("Send 2 letters").fields["number"] == ""
        assert "no longer the ones you agreed to" in plan.text
    assert not fault_server.accepted


def test_a_page_of_an_earlier_job_goes_on_with_nothing(desk: Desk) -> None:
    with row(desk):
        pass
    with at_send(desk) as page:
        with row(desk):
            pass
        assert page.press("Go on with the 2 letters").url.endswith("/send")


def test_what_comes_back_after_the_look_is_not_agreed_to(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed, _letters = untested(desk, 2)
    pause(desk)
    (want,) = work.plan(desk.folder, sending.Options(), [agreed]).plan.wants
    open_really, late = sending.open, iter([desk])

    @contextmanager
    def opened(place: Path, options: sending.Options, **how: Any) -> Iterator[sending.Job]:
        with open_really(place, options, **how) as job:
            yield job
        for each in late:  # once
            pause(each)

    monkeypatch.setattr(sending, "open", opened)
    planned = work.plan(desk.folder, sending.Options(), [agreed], looked_at=want)
    assert planned.plan.letters == 2
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        assert campaign.accounts.paused(campaign.account.name)


def test_why_a_job_was_stopped_is_said_with_what_to_do_and_where(desk: Desk) -> None:
    stopped = Stopped("too-many-bounces", bounced=3, sent=10)
    back = {"bounced": [], "about_us": 0, "said": [], "next": 3}
    with row(desk) as (commands, number):
        commands.tell(number, Event(code="begun", facts={"sent": 10}), now())
        commands.tell(number, Event(code="came-back", facts=back), now())
        commands.end(number, ExitCode.STOPPED, why_of(stopped), now())
    with at_send(desk) as page:
        assert "3 letters came back, of 10 sent: nothing more is sent now." in page.text
        assert "The first 10 letters have left." in page.text
        assert page.follow("Log").status == 200


def test_an_error_that_nobody_foresaw_is_told_by_the_row_of_its_job(desk: Desk) -> None:
    with row(desk) as (commands, number):
        failed = {"trouble": "unexpected", "kind": "ZeroDivisionError"}
        commands.end(number, ExitCode.PARTLY, failed, now())
    with at_send(desk) as page:
        assert "something it does not know (ZeroDivisionError)" in page.text


def test_a_server_that_nobody_approved_is_shown_and_approved_by_a_box(
    desk: Desk, fault_server: FaultServer
) -> None:
    with_account(desk, 'login = "other"')
    with at_send(desk) as page:
        asked = page.press("See what would leave")
        assert "login: groupe@example.org → other" in asked.text
        assert not fault_server.offered
        plan = asked.press("Go on", agreed=True)
        assert "has not been tested" in plan.text
        assert "2 letters would leave" in plan.press("Go on", agreed=True).text


def test_a_paused_account_sends_again_once_somebody_has_looked_why(desk: Desk) -> None:
    pause(desk)
    with at_send(desk) as page:
        plan = page.press("See what would leave").press("Go on", agreed=True)
        assert "I have looked why letters came back: go on." in plan.text
        assert plan.follow("Look at what came back first").status == 200
        unticked = plan.press("Go on")
        assert unticked.status == 422
        assert "2 letters would leave" in unticked.press("Go on", agreed=True).text


def test_a_letter_that_was_changed_is_looked_at_before_it_goes_on(
    desk: Desk, fault_server: FaultServer
) -> None:
    desk.ok("send", "--really", "--yes", "--untested", "--commune", "Y")
    letter = desk.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\nEncore un mot.\n", "utf-8")
    with at_send(desk) as page:
        asked = page.press("See what would leave")
        assert "The letter was changed after the first ones had left." in asked.text
        assert "I have looked at the changed letter: go on with it." in asked.text
        plan = asked.press("Go on", agreed=True)
        while "would leave" not in plan.text:
            plan = plan.press("Go on", agreed=True)
        assert "publipostage send --really --accept-edit" in plan.text
    assert [each.recipient for each in fault_server.accepted] == ["y@example.org"]
