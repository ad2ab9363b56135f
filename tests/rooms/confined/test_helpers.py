"""A helper does what it is asked within its limits, and a stranger's work ends it alone."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from merge.confined import helpers
from merge.confined.helpers import RanAway
from merge.confined.limits import MEBIBYTE, Limits
from merge.confined.plain import plain, rebuilt
from merge.errors import LetterError, Misuse

SMALL = Limits(cpu_s=1, memory=64 * MEBIBYTE, wall_s=20)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows limits time alone")


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """With helpers of one's own, and none left behind."""
    helpers.end()
    yield
    helpers.end()


def doing(code: str) -> Callable[[], object]:
    return partial(exec, code)


def telling(code: str) -> Callable[[], object]:
    return partial(eval, code)


def met(task: Callable[[], object], limits: Limits = SMALL) -> RanAway:
    with pytest.raises(RanAway) as caught:
        helpers.run(task, limits)
    return caught.value


def asked(task: Callable[[], object]) -> Any:
    return helpers.run(task, SMALL)


# --- limits ---------------------------------------------------------------------------------------


@POSIX
def test_what_c_code_says_that_lost_its_memory_error_is_told_as_memory() -> None:
    lost = "<method 'run' of 'Press' objects> returned NULL without setting an exception"
    assert met(doing(f"raise SystemError({lost!r})")).limit == "memory"


@POSIX
def test_memory_that_was_loaded_before_is_not_counted() -> None:
    half = f"import sys; sys.kept = bytearray({SMALL.memory // 2})"
    for _ in range(3):
        assert asked(doing(half.replace("kept", f"kept{_}"))) is None


@POSIX
def test_each_answer_begins_the_time_anew() -> None:
    slow = "(sum(1 for _ in range(6_000_000)) for _ in range(6))"
    found = list(helpers.answers(telling(slow), SMALL))
    assert found == [6_000_000] * 6


def test_an_answer_that_is_too_long_is_not_taken() -> None:
    short = Limits(cpu_s=5, memory=SMALL.memory, wall_s=20, answer=1_000)
    assert met(telling("'x' * 5_000"), short).limit == "output"


def test_what_goes_wrong_otherwise_is_told_with_its_words() -> None:
    error = met(doing("raise ValueError('no such thing')"))
    assert (error.limit, error.detail) == ("crash", "ValueError: no such thing")
    assert met(doing("import os; os._exit(3)")).limit == "crash"
    assert met(doing("f = lambda f: f(f)\nf(f)")).limit == "depth"


# --- walls ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('localhost', 25)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
        ".sendto(b'x', ('127.0.0.1', 9))",
    ],
)
def test_a_helper_has_no_network(code: str) -> None:
    assert "no network" in met(doing(code)).detail


def test_what_a_library_prints_is_no_answer() -> None:
    assert asked(telling("print('noise') or __import__('os').write(1, b'more') and 5")) == 5


@POSIX
def test_words_without_end_on_the_way_hold_nobody_up() -> None:
    assert asked(doing("import os\nfor _ in range(9):\n  print('x' * 90_000)")) is None


# --- many tasks -----------------------------------------------------------------------------------


def test_one_helper_serves_task_after_task_and_another_one_after_a_limit() -> None:
    pid = telling("__import__('os').getpid()")
    first = asked(pid)
    assert asked(pid) == first != os.getpid()
    met(doing("raise MemoryError"))
    assert asked(pid) != first


def test_one_that_told_an_error_of_the_house_serves_on() -> None:
    pid = telling("__import__('os').getpid()")
    first = asked(pid)
    with pytest.raises(LetterError):
        asked(doing("from merge.errors import LetterError; raise LetterError('x')"))
    assert asked(pid) == first


def test_who_asks_for_less_than_all_gets_no_old_answer_the_next_time() -> None:
    with contextlib.closing(helpers.answers(telling("iter(range(9))"), SMALL)) as some:
        assert next(some) == 0
    assert asked(telling("'new'")) == "new"


def test_an_answer_that_is_forgotten_half_read_leaves_no_process() -> None:
    answers = helpers.answers(telling("iter(range(9))"), SMALL)
    forgotten: list[object] = [answers]
    forgotten.append(forgotten)  # as an error keeps whom it passed through
    assert next(answers) == 0
    assert helpers._at_work
    del answers, forgotten
    gc.collect()
    assert not helpers._at_work


def test_a_helper_that_somebody_ended_is_replaced() -> None:
    pid = asked(telling("__import__('os').getpid()"))
    helpers._free[0]._process.kill()
    helpers._free[0]._process.wait()
    assert asked(telling("__import__('os').getpid()")) != pid


def test_two_sheets_at_a_time_have_a_helper_each() -> None:
    one = helpers.answers(telling("iter('abc')"), SMALL)
    other = helpers.answers(telling("iter('xyz')"), SMALL)
    assert list(zip(one, other, strict=True)) == [("a", "x"), ("b", "y"), ("c", "z")]


# --- what comes back ------------------------------------------------------------------------------


def test_an_error_of_the_house_comes_back_as_it_was() -> None:
    code = (
        "from merge.errors import LetterError\n"
        "raise LetterError('told', path='a', row=3, column='B', n=5, words='é', path2=print)"
    )
    with pytest.raises(LetterError) as caught:
        asked(doing(code))
    error = caught.value
    assert (error.code, error.path, error.row, error.column) == ("told", "a", 3, "B")
    assert (error.facts["n"], error.facts["words"]) == (5, "é")


def test_half_a_character_comes_back_as_it_was() -> None:
    assert asked(telling("'\\ud83d'")) == "\ud83d"


class Colour(StrEnum):
    RED = "red"


class Pair(NamedTuple):
    left: int
    right: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    name: str
    colour: Colour
    day: date
    at: datetime
    data: bytes
    pair: Pair | None
    pairs: tuple[Pair, ...]
    both: tuple[int, str]
    some: frozenset[int]
    named: dict[str, float]
    numbered: dict[int, tuple[str, ...]]
    either: Literal["a", "b"]
    path: Path


RECORD = Record(
    name="x",
    colour=Colour.RED,
    day=date(2026, 3, 1),
    at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    data=b"\0\xff",
    pair=None,
    pairs=(Pair(1, "a"), Pair(2)),
    both=(1, "b"),
    some=frozenset({1, 2}),
    named={"a": 1.5, "b": 2},
    numbered={7: ("a",)},
    either="b",
    path=Path("a/b"),
)


def through_json(value: object) -> Any:
    import json

    return json.loads(json.dumps(value, default=plain))


def test_a_record_is_made_again_of_its_plain_form() -> None:
    assert rebuilt(Record, through_json(RECORD)) == RECORD


def test_what_is_not_of_the_declared_type_is_not_made() -> None:
    wrong = {
        0: 5,
        1: "blue",
        2: "x",
        4: "?",
        5: [1],
        6: "ab",
        7: [1],
        9: [],
        10: {"x": []},
        11: "c",
    }
    for place, value in wrong.items():
        told = through_json(RECORD)
        told[place] = value
        with pytest.raises(ValueError, match=r"."):
            rebuilt(Record, told)


def test_no_error_but_those_of_the_house_is_made() -> None:
    assert type(helpers._trouble(["ExitCode", "x", "", None, None, {}])).__name__ == "Trouble"
    assert type(helpers._trouble(["Misuse", "x", "", None, None, {}])) is Misuse
