"""Days and moments as people say them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from merge.app.opening import account_name
from merge.campaign.forecast import Day
from merge.errors import Stopped
from merge.job import facts_of
from merge.settings import Answers, Settings, campaign_toml, parse
from merge.words.dates import at
from merge.words.sending import away, forecast, rest

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # half past eleven at night in Paris


@pytest.fixture
def settings() -> Settings:
    answers = Answers(
        name="n",
        group="g",
        contact="c",
        place="Rennes",
        signature=["s"],
        from_address="groupe@example.org",
    )
    return parse(campaign_toml(answers), "campaign.toml")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 24, 22, 45, tzinfo=UTC), "today at 23:45"),
        (datetime(2026, 11, 24, 22, 45, 0, 1, tzinfo=UTC), "today at 23:46"),
        (datetime(2026, 11, 24, 23, 0, tzinfo=UTC), "Wednesday 25 November at 00:00"),
        (datetime(2026, 11, 24, 22, 59, 30, tzinfo=UTC), "Wednesday 25 November at 00:00"),
        (datetime(2026, 7, 1, 6, 0, tzinfo=UTC), "Wednesday 1st July at 08:00"),
    ],
)
def test_a_moment_is_told_by_the_campaign_s_clock_and_never_too_early(
    moment: datetime, said: str
) -> None:
    assert at(moment, PARIS, NOW) == said


def test_a_few_days_are_told_one_by_one_and_many_by_their_ends(settings: Settings) -> None:
    november = [Day(date=date(2026, 11, 24 + n), letters=3 if n == 0 else 270) for n in range(5)]
    assert forecast(3, settings, november[:1], NOW) == (
        "3 letters to send from groupe@example.org: 3 today."
    )
    assert rest(273, settings, november[:2], NOW) == (
        "273 letters have still to leave: 3 today, 270 on Wednesday 25 November."
    )
    assert forecast(1083, settings, november, NOW) == (
        "1083 letters to send from groupe@example.org: 3 today, then up to 270 a day, "
        "done on Saturday 28 November (5 days)."
    )
    assert forecast(270, settings, november[1:2], NOW).endswith(": 270 on Wednesday 25 November.")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([(0, 160)], "160 today"),
        ([(0, 100), (60, 60)], "100 now, 60 at 10:10"),
        ([(60, 60)], "60 at 10:10"),
        ([(0, 100), (60, 100), (120, 100), (180, 60)], "100 now, 260 from 10:10 to 12:10"),
    ],
)
def test_of_today_it_is_told_what_leaves_now_and_when_the_rest_does(
    settings: Settings, parts: list[tuple[int, int]], said: str
) -> None:
    morning = datetime(2026, 11, 24, 8, 10, tzinfo=UTC)
    day = Day(
        date=date(2026, 11, 24),
        letters=sum(n for _at, n in parts),
        parts=[(morning + timedelta(minutes=at), n) for at, n in parts],
    )
    assert forecast(day.letters, settings, [day], morning).endswith(f": {said}.")


def test_while_the_server_is_out_of_reach_the_next_try_is_told_by_the_clock() -> None:
    trouble = Stopped("server-unreachable", reason="no-route", host="mail.example.org", port=465)
    next_at = datetime(2026, 11, 24, 9, 0, 40, tzinfo=UTC)
    facts = {"by_status": {}, "next_at": next_at, "why": facts_of(trouble)}
    said = away({**facts, "zone": "Europe/Paris"})
    assert "cannot be reached. This computer has no connection." in said
    assert "Next try at 10:00:40. Ctrl-C ends it" in said


def test_one_account_is_one_however_a_campaign_spells_it(settings: Settings) -> None:
    def named(login: str, host: str) -> str:
        account = replace(settings.account, login=login, host=host)
        return account_name(replace(settings, account=account))

    typed = named("Groupe@Example.org", "SMTP.example.org")
    assert typed == named("groupe@example.org", "smtp.example.org")
    assert typed != named("groupe@example.org", "mail.example.org")
