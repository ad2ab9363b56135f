"""A campaign begins with ten letters, and is looked at on its way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from merge.campaign.stages import BOUNCES_TAKE, FIRST_STAGE, LATER_STAGE, send_in_stages
from merge.campaign.suppression import named
from merge.errors import Stopped
from merge.ledger.records import Kind, QuotaLimits
from merge.model import Message, Status
from tests.fakes import NO_SUCH_USER, OwnWatch, PlainTemplate, ScriptedOffice, town
from tests.place import START, Make

ALL = FIRST_STAGE + LATER_STAGE + 15


def test_the_first_ten_leave_then_someone_looks_then_a_hundred(make: Make) -> None:
    place, office, watch = make([town(n) for n in range(1, ALL + 1)]), ScriptedOffice(), OwnWatch()
    looks: list[int] = []
    told: list[int] = []
    with place.opened(office=office, watch=watch) as sender:
        run = send_in_stages(
            sender, look=lambda: looks.append(len(office.taken)), begun=told.append
        )
    assert looks == [FIRST_STAGE, FIRST_STAGE + LATER_STAGE]
    assert told == [FIRST_STAGE]
    assert watch.waits == [START + BOUNCES_TAKE]
    assert (run.sent, run.stopped_by) == (ALL, "")


def test_a_campaign_that_has_begun_waits_for_nothing(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 31)]), OwnWatch()
    with place.opened(watch=watch) as sender:
        send_in_stages(sender, look=lambda: None, limit=1)
        again = send_in_stages(sender, look=lambda: None)
    assert (again.sent, watch.waits) == (29, [])


def test_where_none_of_the_first_ten_left_nobody_waits_for_what_comes_back(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 31)]), OwnWatch()
    fates = {town(n).email or "": NO_SUCH_USER for n in range(1, 11)}
    told: list[int] = []
    with place.opened(office=ScriptedOffice(fates=fates), watch=watch) as sender:
        run = send_in_stages(sender, look=lambda: None, begun=told.append)
    assert (run.by_status[Status.FAILED], run.sent) == (10, 20)
    assert (told, watch.waits) == ([10], [START + BOUNCES_TAKE])


def test_what_the_look_finds_ends_it_and_the_others_stay_in_the_queue(make: Make) -> None:
    place = make([town(n) for n in range(1, 31)])

    def look() -> None:
        raise Stopped("too-many-bounces", bounced=3, sent=10)

    with place.opened() as sender, pytest.raises(Stopped, match="too-many-bounces"):
        send_in_stages(sender, look=look)
    assert place.statuses() == {Status.SENT: FIRST_STAGE, Status.QUEUED: 20}


@pytest.mark.parametrize("limit", [1, FIRST_STAGE, FIRST_STAGE + 2, FIRST_STAGE + LATER_STAGE + 1])
def test_a_limit_counts_over_all_stages_and_held_letters_count_in_none(
    make: Make, limit: int
) -> None:
    place = make([town(n) for n in range(1, 200)])
    template = PlainTemplate(at_fault=frozenset({town(2).key, town(14).key}))
    with place.opened(template=template) as sender:
        run = send_in_stages(sender, look=lambda: None, limit=limit)
    assert (run.sent, run.stopped_by) == (limit, "limit")


def test_letters_kept_back_on_the_way_do_not_use_up_a_limit(make: Make) -> None:
    place = make([town(n, email=f"m@{'ab'[n % 2]}{n}.example") for n in range(1, 41)])
    office, looks = ScriptedOffice(), list[int]()
    asked = [named(Kind.ADDRESS, f"m@b{n}.example") for n in range(1, 41, 2)]

    def ask_to_stop(message: Message) -> None:
        place.accounts.suppression.add(asked, "asked", START)

    def look() -> None:
        looks.append(len(office.taken))
        assert len(looks) < 5, "looks for ever"

    office.before_body = ask_to_stop
    with place.opened(office=office) as sender:
        run = send_in_stages(sender, look=look, limit=FIRST_STAGE + 2)
    assert run.by_status[Status.SUPPRESSED] > 2
    assert (run.sent, run.stopped_by, looks) == (FIRST_STAGE + 2, "limit", [FIRST_STAGE])


def test_whoever_asks_to_stop_is_not_kept_waiting_by_a_look(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 31)]), OwnWatch()
    looks: list[bool] = []

    def stop(sent: int) -> None:
        watch.asked = True

    with place.opened(watch=watch) as sender:
        run = send_in_stages(sender, look=lambda: looks.append(True), begun=stop)
    assert (run.sent, run.stopped_by, looks) == (FIRST_STAGE, "interrupted", [])


def test_where_nobody_can_look_it_is_one_stage(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 31)]), OwnWatch()
    fates = {str(town(3).email): NO_SUCH_USER}
    with place.opened(office=ScriptedOffice(fates=fates), watch=watch) as sender:
        run = send_in_stages(sender, look=None)
    assert (run.sent, run.by_status[Status.FAILED], watch.waits) == (29, 1, [])


def test_a_run_that_is_to_wait_says_what_left_in_all_stages(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 21)]), OwnWatch()
    fates = {str(town(15).email): NO_SUCH_USER}
    office, limits = ScriptedOffice(fates=fates), QuotaLimits(per_day=15)
    with place.opened(office=office, watch=watch, limits=limits) as sender:
        run = send_in_stages(sender, look=lambda: None, wait=True)
    assert (run.sent, run.stopped_by) == (15, "quota")
    assert run.next_at == START + timedelta(days=1)
