"""Page “Send”: look, agree, type the number; then it goes on alone, is paused and taken up."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from merge.app import following
from merge.job import JobState
from merge.model import Status
from tests.desk import Desk
from tests.faces.page.test_web_jobs import PATIENCE_S, over
from tests.rooms import test_kill
from tests.rooms.app.test_app_send import with_account
from tests.servers.capture import CaptureServer
from tests.webserver import Page, serving

pytest_plugins = ["tests.servers.fixtures"]

many = test_kill.desk  # 250 towns and a server that takes their letters


@pytest.fixture
def page(many: Desk) -> Iterator[Page]:
    """Its page “Send”."""
    with serving(campaign=many.folder) as server:
        yield server.enter().follow("Send")


def agreed(page: Page, **chosen: Any) -> Page:
    """The plan, after the yes to a letter that was not tried out."""
    seen = page.press("See what would leave", **chosen)
    assert "has not been tested" in seen.text
    return seen.press("Go on", agreed=True)


def test_letters_leave_only_behind_a_box_and_the_number_of_letters(
    page: Page, many: Desk, capture_server: CaptureServer
) -> None:
    seen = page.press("See what would leave")
    unticked = seen.press("Go on")
    assert (unticked.status, unticked.title.startswith("Error:")) == (422, True)
    plan = unticked.press("Go on", agreed=True)
    assert "250 letters to send from groupe@example.org: 250 today." in plan.text
    for typed, says in (("soon", "does not fit here"), ("2020-01-01T09:00", "does not fit here")):
        plan = plan.press("Send 250 letters", number="250", at=typed)
        assert (plan.status, says in plan.text) == (422, True), plan.text
    wrong = plan.press("Send 250 letters", number="25", at="")
    assert wrong.status == 422
    assert wrong.form("Send 250 letters").fields["number"] == "25"
    assert not capture_server.messages
    wrong.press("Send 250 letters", number="250")
    assert over(many).counts.email[Status.SENT] == len(capture_server.messages) == 250
    ended = page.client.get(page.url)
    assert "250 letters have left" in ended.text
    assert "All of it is done." in ended.text
    assert "Result" in ended.follow("See what came of it").title
    assert "publipostage send --really --wait" in ended.text


def test_a_sending_that_begins_later_says_so_and_is_stopped(page: Page, many: Desk) -> None:
    later = f"{datetime.now() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    agreed(page).press("Send 250 letters", number="250", at=later)
    while (seen := following.last_sending(many.folder)) is None or not seen.record.next_at:
        pass
    waits = page.client.get(page.url)
    assert "Nothing leaves before the time that was set." in waits.text
    waits.press("Pause")
    assert over(many).counts.email[Status.QUEUED] == 250


def test_a_pause_ends_after_the_letter_in_hand_and_the_rest_goes_on_with_its_number_filled_in(
    page: Page, many: Desk, capture_server: CaptureServer
) -> None:
    with_account(many, "per_minute = 20")
    going = agreed(page).press("Send 250 letters", number="250")
    assert capture_server.wait_for(20, timeout_s=PATIENCE_S)
    going = page.client.get(page.url)
    assert "You may close this page" in going.text
    going.press("Pause")
    assert over(many).record.exit_code == 130
    paused = page.client.get(page.url)
    assert "20 letters have left, 230 remain" in paused.text
    settings = many.folder / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("per_minute = 20\n", ""), "utf-8")
    paused.press("Go on with the 230 letters").press("Send 230 letters")
    assert over(many).counts.email[Status.SENT] == len(capture_server.messages) == 250


def test_a_form_that_is_posted_twice_sends_once(
    page: Page, many: Desk, capture_server: CaptureServer
) -> None:
    plan = agreed(page, limit="3")
    for _ in range(2):
        plan.press("Send 3 letters", number="3")
    assert over(many).counts.email[Status.SENT] == len(capture_server.messages) == 3


def test_a_plan_that_was_shown_twice_is_sent_once(
    page: Page, many: Desk, capture_server: CaptureServer
) -> None:
    plan = agreed(page, limit="3")
    shown = [plan, plan.client.get(plan.url)]
    with ThreadPoolExecutor() as hands:
        list(hands.map(lambda each: each.press("Send 3 letters", number="3"), shown))
    assert over(many).counts.email[Status.SENT] == len(capture_server.messages) == 3


def test_a_tab_whose_plan_another_one_has_overtaken_agrees_to_nothing(
    page: Page, many: Desk, capture_server: CaptureServer
) -> None:
    asked = page.press("See what would leave", commune="01001")
    plan = asked.press("Go on", agreed=True)
    other_tab = page.client.get(page.url).press("See what would leave", limit="1")
    other_tab.press("Go on", agreed=True)
    said = "Something has changed since you looked, and nothing has left."
    overtaken = plan.press("Send 1 letter", number="1")
    assert overtaken.url.endswith("/send/plan")
    assert said in overtaken.text
    assert "--limit 1" in overtaken.text
    assert said in asked.press("Go on", agreed=True).text
    assert following.last_sending(many.folder) is None
    assert not capture_server.messages


def test_a_plan_that_has_changed_is_shown_again_and_nothing_leaves(
    page: Page, many: Desk, capture_server: CaptureServer
) -> None:
    plan = agreed(page)
    row = "99352;Brest;F;A;B;brest@example.org;;;"
    many.ok("import", str(many.sheet("29019" + row[5:])))
    changed = plan.press("Send 250 letters", number="250")
    assert "Something has changed since you looked, and nothing has left." in changed.text
    assert "251 letters would leave" in changed.text
    assert not capture_server.messages


def test_whom_nobody_is_called_is_said_beside_the_field(page: Page) -> None:
    wrong = page.press("See what would leave", commune="Atlantis", limit="x")
    assert wrong.status == 422
    assert "Type a number" in wrong.text
    wrong = wrong.press("See what would leave", commune="Atlantis", limit="3")
    assert "Nobody in this campaign is called “Atlantis”." in wrong.text
    form = wrong.form("See what would leave")
    assert (form.fields["commune"].strip(), form.fields["limit"]) == ("Atlantis", "3")


def test_a_server_that_comes_up_again_shows_the_job_that_went_on(
    many: Desk, capture_server: CaptureServer
) -> None:
    with_account(many, "per_minute = 20")
    with serving(campaign=many.folder) as server:
        agreed(server.enter().follow("Send")).press("Send 250 letters", number="250")
        server.process.kill()
    assert capture_server.wait_for(20, timeout_s=PATIENCE_S)
    with serving(campaign=many.folder) as server:
        going = server.enter().follow("Send")
        assert "letters of 250 have left" in going.text
        going.press("Pause")
    assert over(many).record.state is JobState.ENDED
    assert following.last_sending(many.folder) is not None
