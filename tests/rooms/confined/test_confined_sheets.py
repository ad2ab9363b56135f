"""A sheet that would take the computer is given up, with the limit that it met and what to do."""

from __future__ import annotations

import gc
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from merge.app import confined
from merge.app.confined import SheetFile, read_sheet
from merge.confined import helpers
from merge.confined.helpers import Kept
from merge.confined.limits import MEBIBYTE, Limits
from merge.confined.plain import plain
from merge.errors import SheetError
from merge.recipients import helper
from merge.recipients.answers import PARTS, Question, SomeOfSheet, Understood, some_of_sheet
from merge.recipients.columns import assign
from merge.recipients.sheet import read_sheet as read_here
from tests.desk import HEADER, NICE, SAMPLE, Desk
from tests.house import ROOT
from tests.tables import everyone_in
from tests.workbooks import TEXT, open_document, with_rows

GOLDEN = ROOT / "tests/golden"


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """Without a helper that other tests have made large."""
    helpers.end()
    yield
    helpers.end()


def limited(monkeypatch: pytest.MonkeyPatch, cpu_s: float = 60, megabytes: int = 2048) -> None:
    limits = Limits(cpu_s=cpu_s, memory=megabytes * MEBIBYTE, wall_s=60)
    monkeypatch.setattr(confined, "_of_sheet", lambda path: limits)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def stopped(given: Path | io.BytesIO) -> SheetError:
    with pytest.raises(SheetError) as caught:
        read_sheet(given)
    return caught.value


def asked(file: SheetFile, **how: Any) -> tuple[Understood, list[SomeOfSheet]]:
    """What a sheet comes to, and all that the helper tells of it."""
    columns = assign(file.look({}, 1).headers)
    understood, some = file.people(Question(columns=columns, **how))
    return understood, list(some)


# --- as it is read here ---------------------------------------------------------------------------


def test_a_sheet_says_the_same_as_without_a_helper() -> None:
    for path in (
        SAMPLE,
        GOLDEN / "communes-tricky.csv",
        *sorted((GOLDEN / "workbooks").glob("mairies.*")),
    ):
        sheet = read_here(path)
        here, there = sheet.head(), read_sheet(path)
        assert [getattr(there, each.name) for each in fields(here)] == [
            getattr(here, each.name) for each in fields(here)
        ]
        people, problems = everyone_in(sheet)
        understood, told = asked(SheetFile(path, Kept()))
        assert [each for some in told for each in some.people] == people
        assert [replace(each, cell=None) for some in told for each in some.problems] == problems
        assert (understood.counts.taken, understood.counts.filled) == (len(people), sheet.filled)


def test_a_problem_has_its_cell_and_a_row_of_a_group_those_that_are_summed(tmp_path: Path) -> None:
    rows = "35238;Rennes;12", "35238;Brest;3", "29019;Brest;4", "Total;;19"
    path = written(tmp_path / "x.csv", "\n".join(["INSEE;Commune;Montant", *rows]).encode())
    how = {"group": "INSEE", "summed": ["Montant"], "here": {(2, "Montant"): "9"}}
    understood, told = asked(SheetFile(path, Kept()), **how)
    assert [each[:4] for each in understood.mended] == [(2, "Montant", "12", "9")]
    found = {(each.code, each.cell) for some in told for each in some.problems}
    assert {("cell-mended", "9"), ("name-of-another", "Brest")} <= found
    assert [(some.rows, some.cells) for some in told if some.rows] == [
        ([2, 3, 4], {"Montant": ["9", "3", "4"]})
    ]
    assert [each.rows for some in told for each in some.people] == [(2, 3), (4,)]


def test_an_error_of_reading_is_the_same(tmp_path: Path) -> None:
    for name, data in (("a.csv", b'Commune\n"x'), ("b.xlsx", b"PK\x03\x04"), ("c.pdf", b"")):
        path = written(tmp_path / name, data)
        with pytest.raises(SheetError) as here:
            read_here(path)
        there = stopped(path)
        assert (there.code, there.path, there.row, there.facts) == (
            *(here.value.code, str(path)),
            *(here.value.row, here.value.facts),
        )
    assert stopped(tmp_path / "absent.csv").code == "file-unreadable"
    assert stopped(tmp_path).code == "file-unreadable"


def test_whom_it_names_is_asked_of_the_sheet_that_was_looked_at(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", b"Commune;Dep\nRennes;35\n")
    kept = Kept()
    file = SheetFile(path, kept)
    question = Question(columns=assign(file.look({}).headers))
    written(path, b"Commune;Dep\nBrest;29\n")
    for _again in range(2):
        _understood, told = file.people(question)
        assert [each.commune for some in told for each in some.people] == ["Rennes"]
    for change in (kept.end, lambda: SheetFile(SAMPLE, kept).look({})):  # it has it no more
        change()
        with pytest.raises(SheetError) as caught:
            file.people(question)
        assert (caught.value.code, caught.value.path) == ("sheet-changed", str(path))
    written(path, b"Commune;Dep\nRennes;35\n")
    assert file.people(question)[0].counts.taken == 1


def test_a_stream_is_read_by_its_own_name_and_leaves_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = SheetFile(io.BytesIO(f"{HEADER}\r\n{NICE}\r\n".encode()), Kept())
    (copy,) = (each for each in tmp_path.iterdir() if each.is_file())  # beside the helper's folder
    assert os.name != "posix" or copy.stat().st_mode & 0o777 == 0o600
    head = file.look({})
    assert (head.path, [*head.rows]) == ("-", [2])
    assert [each.source for some in asked(file)[1] for each in some.people] == ["-"]
    del file
    gc.collect()
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]
    assert stopped(io.BytesIO(b'Commune\n"x')).path == "-"


# --- what it says is not believed -----------------------------------------------------------------

SHEET = b"Code INSEE;Commune;Courriel;row\n35238;Rennes;rennes@example.org;7\n"


ANOTHERS: Sequence[tuple[str, object]] = (
    *(("key", "35239"), ("insee", "35239"), ("insee", "99999"), ("commune", "Brest")),
    *(("surname", 7), ("surname", "X\x00"), ("surname", "\ud800"), ("organisation", "\x1b[2J")),
    *(("email", "a@b\nBcc: c@example.org"), ("email", "a b@example.org"), ("email", "a@b@c")),
    *(("alternates", ["x"]), ("alternates", [1]), ("street", ["1 rue\x9b"]), ("street", "1 rue")),
    *(("street", [None]), ("sex", "X"), ("row", "2"), ("row", True), ("population", 1.5)),
    *(("rows", ["2"]), ("lines", [["x"]]), ("lines", [{"row": 1}])),
    *(("lines", [{"row": "\x07"}]), ("kept", None), ("kept", "\u202e")),
)
"""Parts that no sheet says."""


def test_of_what_the_helper_says_only_recipients_of_a_sheet_are_made(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", SHEET)
    sheet = read_here(path)
    question = Question(columns=assign(sheet.headers), group="Code INSEE")
    said = helper.understand(path, {}, sheet.sha256, question)
    told = dict(json.loads(json.dumps([*said][1:], default=plain)))["people"]
    (right,) = some_of_sheet(["people", told], "x.csv", question).people
    assert (right.key, right.email) == ("35238", "rennes@example.org")
    assert right.fields == {"row": "7"}  # as a part is called, too
    for part, value in ANOTHERS:
        wrong = [*told]
        wrong[1 + [*PARTS, "kept"].index(part)] = [value]
        with pytest.raises((ValueError, TypeError)):
            print(part, some_of_sheet(["people", wrong], "x.csv", question))
    others: list[object] = [told[:-1], [*told, [""]], [2, [], *told[2:]], [10**12, *told[1:]]]
    for each in (*others, [None], [], {}, 5):
        with pytest.raises((ValueError, TypeError)):
            some_of_sheet(["people", each], "x.csv", question)


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits time alone")
def test_a_sheet_that_takes_too_much_memory_says_so_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, megabytes=100)
    cell = TEXT.format("Rennes")
    rows = f'</table:table-row><table:table-row table:number-rows-repeated="1900000">{cell * 15}'
    path = written(tmp_path / "x.ods", open_document(TEXT.format("Commune"), cell + rows))
    desk = Desk(tmp_path / "campaign")
    desk.make()
    said = desk.run("import", str(path))
    assert said.code == 2
    assert "Traceback" not in said.err
    assert desk.figures()["recipients"] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits time alone")
def test_a_sheet_that_takes_too_much_time_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, cpu_s=0.5)
    data = with_rows(*['<row r="7" hidden="1"><c r="A7"><v>1</v></c></row>'] * 1_500_000)
    error = stopped(written(tmp_path / "x.xlsx", data))
    assert error.code == "sheet-too-large"


def test_a_helper_that_ends_while_people_come_leaves_nothing_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(kept: Kept, task: Any, limits: Limits) -> Iterator[object]:
        answers = task()
        for each in answers if isinstance(answers, Iterator) else [answers]:
            yield json.loads(json.dumps(each, default=plain))
        if isinstance(answers, Iterator):
            raise helpers.RanAway("crash", "Segmentation fault")

    monkeypatch.setattr(Kept, "answers", told)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    said = desk.run("import", str(SAMPLE))
    assert said.code == 2
    assert "Segmentation fault" in said.err
    assert desk.figures()["recipients"] == 0


def test_what_is_no_sheet_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    file = SheetFile(SAMPLE, Kept())
    head = file.look({}, 0)
    question = Question(columns=assign(head.headers))
    typed: object = replace(head, filled="7")  # type: ignore[arg-type] # a helper may say so
    longer = replace(head, rows={2: ("x",)})
    plainly = [json.loads(json.dumps(each, default=plain)) for each in (typed, longer)]
    wrongs: Sequence[object] = (["x"] * 9, 7, None, {}, [["a"], 1], *plainly)
    for said in wrongs:
        monkeypatch.setattr(Kept, "answers", lambda *_, said=said: iter([said]))
        assert stopped(SAMPLE).code == "sheet-too-large"
        with pytest.raises(SheetError, match="sheet-too-large"):
            file.people(question)


def test_the_larger_the_file_the_more_it_may_take(tmp_path: Path) -> None:
    def limits(begin: bytes, size: int) -> Limits:
        with (tmp_path / "x").open("wb") as file:
            file.write(begin)
            file.truncate(size)
        return confined._of_sheet(tmp_path / "x")

    text, more = limits(b"Code", 1_000), limits(b"Code", 1_000_000_000)
    assert more.cpu_s > text.cpu_s + 300
    assert more.memory == text.memory
    assert limits(b"PK\x03\x04", 10_000_000).cpu_s > limits(b"Code", 10_000_000).cpu_s
    assert limits(b"[{", 200_000_000).memory > more.memory
