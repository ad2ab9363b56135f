"""An import locks nothing while a person thinks: what others do meanwhile counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.app import edit, importing, recipients
from merge.app.sheets import Reading
from merge.job import Event
from merge.ledger.records import FieldChange
from merge.model import RowProblem
from tests.desk import HAVRE, NICE, Desk, Y
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

Notices = list[RowProblem | FieldChange]
CELIK = ["06088", "surname", "Çelik", "Martin"]
VAN_DEN_BERG = ["80829", "surname", "Van den Berg", "Durand"]


def nobody(event: Event) -> None:
    """A listener that is told nothing."""
    raise AssertionError(event)


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Nice was written to; the others were not."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested", "--commune", "06088")
    return desk


@pytest.fixture
def sheet(desk: Desk) -> Path:
    """Nice and Y have other mayors."""
    others = (NICE.replace("ÇELIK", "MARTIN"), HAVRE, Y.replace("VAN DEN BERG", "DURAND"))
    return desk.sheet(*others)


def surnames(desk: Desk) -> list[str | None]:
    """Of Nice and Y, as the ledger has them."""
    return [desk.reads(recipients.person, key).recipient.surname for key in ("06088", "80829")]


def test_what_is_not_agreed_to_keeps_nothing_and_the_yes_needs_no_sheet_any_more(
    desk: Desk, sheet: Path
) -> None:
    first, then = Notices(), Notices()
    job = importing.Job(desk.folder, [str(sheet)], Reading(), nobody)
    asked = job.run((), first.append)
    assert [want.facts["names"] for want in asked.wants] == [[CELIK]]
    assert surnames(desk) == ["Çelik", "Van den Berg"]
    sheet.unlink()
    done = job.run([want.agreed() for want in asked.wants], then.append)
    assert (done.wants, done.change, then) == ((), asked.change, first)
    assert surnames(desk) == ["Martin", "Durand"]


def test_a_letter_that_leaves_while_an_import_waits_for_its_yes_is_asked_about(
    desk: Desk, sheet: Path
) -> None:
    job = importing.Job(desk.folder, [str(sheet)], Reading(), nobody)
    asked = job.run((), Notices().append)
    desk.ok("send", "--really", "--yes", "--untested", "--commune", "80829")
    again = job.run([want.agreed() for want in asked.wants], Notices().append)
    assert [want.facts["names"] for want in again.wants] == [[CELIK, VAN_DEN_BERG]]
    assert surnames(desk) == ["Çelik", "Van den Berg"]
    assert not job.run([want.agreed() for want in again.wants], Notices().append).wants
    assert surnames(desk) == ["Martin", "Durand"]


def test_an_edit_while_an_import_waits_for_its_yes_outlives_it(desk: Desk, sheet: Path) -> None:
    job = importing.Job(desk.folder, [str(sheet)], Reading(), nobody)
    assert job.run((), Notices().append).wants
    edit.run(desk.folder, "06088", {"nom": "Dupont"}, nobody)
    done = job.run((), Notices().append)  # no name of theirs would change any more
    assert (done.wants, done.change.edited) == ((), ("06088",))
    assert surnames(desk) == ["Dupont", "Durand"]
