"""Whatever happens to a ledger in whatever order: nobody twice, nobody lost, and no lie.

The stories are told one by one; the machine makes up its own. A history that fails is printed as
the steps of a story, to be kept with the others.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from merge.model import Channel, Counts, Status
from tests.both import on_each_database, on_server
from tests.fakes import sums_agree
from tests.promises.ledger_world import SENDERS, World
from tests.stories import failures

pytest_plugins = ["tests.servers.fixtures"]

STORIES = Path(__file__).parent / "stories"
SHEETS = ("", "", ":paper", ":nowhere", ":homeless", ":box", ":moved", ":moved2:paper", ":petit")
FILLED = {
    "sender": st.sampled_from(SENDERS),
    "n": st.sampled_from("1234"),
    "some": st.lists(st.sampled_from("1234"), unique=True, min_size=1).map(" ".join),
    "sheet": st.lists(
        st.tuples(st.sampled_from("12345"), st.sampled_from(SHEETS)).map("".join), min_size=1
    ).map(lambda rows: " ".join({row[0]: row for row in rows}.values())),
    "end": st.sampled_from(("sent", "sent", "deferred", "failed", "unknown", "queued")),
    "why": st.sampled_from(("unknown", "spam")),
    "decision": st.sampled_from(("later", "paper", "leave")),
    "wave": st.sampled_from("23"),
    "mark": st.sampled_from(("printed", "posted", "queued", "made")),
}


def any_of(*steps: str) -> st.SearchStrategy[str]:
    """One of these steps, its gaps filled."""

    def filled(step: str) -> st.SearchStrategy[str]:
        gaps = {gap: FILLED[gap] for _, gap, *_ in Formatter().parse(step) if gap}
        return st.fixed_dictionaries(gaps).map(lambda words: step.format(**words))

    return st.sampled_from(steps).flatmap(filled)


def story_failures(folder: Path, name: str) -> list[str]:
    """What of these stories came otherwise than they tell."""
    return failures(STORIES / f"{name}.txt", lambda number: closing(World(folder / number)))


@pytest.mark.parametrize("name", sorted(path.stem for path in STORIES.glob("*.txt")))
def test_each_story_of_a_ledger_ends_as_it_is_told(tmp_path: Path, name: str) -> None:
    assert story_failures(tmp_path, name) == []


def test_sums_that_disagree_are_seen() -> None:
    """What both models ask after each step can say no."""
    sent = {Channel.EMAIL: {Status.SENT: 2}, Channel.PAPER: {}}
    right = Counts(recipients=2, by_channel=sent, unreachable=0)
    assert sums_agree(right)
    assert not sums_agree(replace(right, recipients=3))


@on_server
def test_claims_are_told_alike_by_a_server(each_database: str, tmp_path: Path) -> None:
    assert each_database
    assert story_failures(tmp_path, "claims") == []


class Life(RuleBasedStateMachine):
    """Two who send and print, a person with sheets, edits and words, and death, on one ledger."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.world = World(self.place)
        self.happens("import 1 2 3 4:paper")
        self.happens("send anna 1 sent")  # that import is not taken back

    def teardown(self) -> None:
        self.world.close()
        shutil.rmtree(self.place)

    def happens(self, step: str) -> None:
        note(step)
        self.world.do(step)

    @rule(
        step=any_of(
            *("claim {sender}", "claim {sender} {some}", "intend {sender} {some}"),
            *("settle {sender} {n} {end}", "release {sender} {some}", "die {sender}"),
            *("refuse {sender} {n} failed", "hold {sender} {n}", "requeue {n}", "live {sender}"),
        )
    )
    def somebody_sends(self, step: str) -> None:
        self.happens(step)

    @rule(step=any_of("send {sender} {n} {end}", "send {sender} {n} sent", "wait 20"))
    def a_letter_leaves(self, step: str) -> None:
        self.happens(step)

    @rule(
        step=any_of("import {sheet}", "import {sheet}", "edit {sheet}", "consider {sheet}", "undo")
    )
    def a_sheet_comes(self, step: str) -> None:
        self.happens(step)

    @rule(
        step=any_of(
            *("resolve {n} sent", "resolve {n} queued", "prove {n}", "bounce {n} {why}"),
            *("bounce {n} {why}", "decide {n} {decision}", "return {n}", "save", "putback"),
        )
    )
    def something_comes_back(self, step: str) -> None:
        self.happens(step)

    @rule(
        step=any_of(
            *("remind 2", "remind 2", "remind {wave}", "takeback {wave}", "overtake"),
            *("answer {n}", "complain {n}", "mail {n}", "dismiss"),
            *("optout {n}", "optin {n}", "suppress {sender} {n}", "restore {n}"),
        )
    )
    def somebody_says_something(self, step: str) -> None:
        self.happens(step)

    @rule(
        step=any_of(
            *("lot {some}", "stack {some}", "bind", "bind", "mark {mark}", "mark posted {n}"),
            *("post {some}", "return {n}", "hand", "hand late"),
        )
    )
    def somebody_prints(self, step: str) -> None:
        self.happens(step)


@on_each_database
def test_whatever_happens_nobody_gets_two_and_nobody_is_lost(each_database: str) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=8 if each_database else 30,
            stateful_step_count=40,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            deadline=None,
        ),
    )
