"""Sending hours as people write them."""

from __future__ import annotations

from datetime import time

from merge.settings import SendingHours, parse_hours

WEEK = frozenset(range(5))


def test_the_same_hours_may_be_written_in_many_ways() -> None:
    for text in ("08:00-20:00", "8h-20h", "8-20", "08:00 - 20:00", "8h00–20h00", " 08:00-20h "):
        assert parse_hours(text) == SendingHours(opens=time(8), closes=time(20)), text


DAYS = [
    ("lun-ven 8h-20h", WEEK),
    ("Lundi - Vendredi 8h-20h", WEEK),
    ("mon-fri 08:00-20:00", WEEK),
    ("lun, mer 8h-20h", {0, 2}),
    ("lun mer ven-sam 8h-20h", {0, 2, 4, 5}),
    ("sam-lun 8h-20h", {5, 6, 0}),
    ("dimanche 8h-20h", {6}),
]


def test_days_of_the_week_stand_before_the_hours() -> None:
    for text, days in DAYS:
        hours = parse_hours(text)
        assert hours is not None
        assert (hours.days, hours.opens, hours.closes) == (days, time(8), time(20)), text


def test_hours_may_go_over_midnight_and_end_at_it() -> None:
    assert parse_hours("22:30-06:00") == SendingHours(opens=time(22, 30), closes=time(6))
    assert parse_hours("8:00-24:00") == SendingHours(opens=time(8), closes=time(0))


def test_what_names_no_hours_is_none() -> None:
    for text in (
        *("8", "20:00", "8h-25h", "8:60-20:00", "08:00-08:00", "00:00-24:00", "24:00-8:00"),
        *("lun-ven", "lunes 8h-20h", "lun-fév 8h-20h", "-lun 8h-20h", "lun- 8h-20h"),
        *("jour et nuit", "8h-20h lun"),
    ):
        assert parse_hours(text) is None, text
