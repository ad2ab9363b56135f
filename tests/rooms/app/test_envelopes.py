"""What comes after a lot is made: the envelope is named, taken out by hand, and not said posted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from merge.app import remind as reminders
from merge.app.opening import now
from tests.desk import HAVRE, Desk

Y = "80829;Y;;Claude;VAN DEN BERG;;1 rue de la Mairie;80190;Y"
BREST = "29019;Brest;M;Bob;BREIZ;;3 rue de la Mairie;29200;Brest"
CALLED = ("--reason", "asked by phone")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Three letters lie in lot 1."""
    monkeypatch.setattr(reminders, "now", lambda: now() + timedelta(days=30))
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(HAVRE, Y, BREST)))
    desk.ok("print")
    return desk


def paper(desk: Desk) -> dict[str, int]:
    return {status: n for status, n in desk.figures()["paper"].items() if n}


def test_who_is_changed_when_the_letter_is_made_has_the_old_one_in_the_lot(desk: Desk) -> None:
    line = "Y (80829): letter 3 of lot 1 is as it was before this change."
    edited = desk.ok("edit", "Y", "surname=MARTIN").err
    assert line in edited
    assert "publipostage print --discard 1" in edited
    sheet = str(desk.sheet(HAVRE, Y, BREST.replace("3 rue", "4 rue")))
    assert "before this change" not in desk.ok("import", sheet, "--dry-run").err
    desk.ok("print", "--printed", "1")
    imported = desk.ok("import", sheet).err
    assert "Brest (29019): letter 1 of lot 1 is as it was" in imported
    assert "publipostage print --posted 1 --except 29019" in imported
    assert "80829): its letter" not in imported  # the sheet says of it what it said
    assert "--discard" not in imported  # its sheets are there
    desk.ok("print", "--posted", "1", "--except", "29019")
    assert "before this change" not in desk.ok("edit", "Y", "surname=PETIT").err


def test_what_is_taken_out_does_not_count_as_posted(desk: Desk) -> None:
    desk.ok("suppress", "Y", *CALLED)
    desk.ok("answer", "Brest", "no")
    said = desk.ok("print", "--posted", "1", "--except", "Y", "--except", "29019")
    assert "Lot 1 (1 letter): posted." in said.err
    assert "Y (80829): taken out of the lot; now: not to be written to." in said.err
    assert "Brest (29019): taken out of the lot; now: waiting." in said.err
    assert "makes it again, unless: publipostage suppress 29019" in said.err
    assert paper(desk) == {"posted": 1, "suppressed": 1, "queued": 1}
    assert "do not post" not in desk.ok("status").out


def test_posting_asks_about_each_that_should_stay_and_a_script_is_told(desk: Desk) -> None:
    desk.ok("suppress", "Y", *CALLED)
    nobody_there = desk.run("print", "--posted", "1")
    assert nobody_there.code != 0
    assert paper(desk) == {"made": 3}
    said = desk.ok("print", "--posted", "1", typed="y\n")
    assert "Was it taken out, so that it is not in the post?" in said.err
    assert paper(desk) == {"posted": 2, "suppressed": 1}


def test_what_a_script_does_not_name_counts_as_posted_and_it_says_so(desk: Desk) -> None:
    desk.ok("suppress", "Y", *CALLED)
    said = desk.ok("print", "--posted", "1", "--yes")
    assert "It counts as posted." in said.err
    assert paper(desk) == {"posted": 3}


def test_a_reminder_in_a_lot_is_closed_when_it_is_taken_out(desk: Desk) -> None:
    desk.ok("print", "--posted", "1")
    desk.ok("remind", "--after", "21d", "--really")
    desk.ok("print")
    desk.ok("answer", "Y", "yes")
    told = desk.ok("print", "--returned", "Brest").err
    assert "Y (80829): has answered since." in told
    assert "Brest (29019): the letter that it reminds of came back." in told
    said = desk.ok("print", "--posted", "2", typed="y\ny\n")
    assert "Y (80829): taken out of the lot; now: posted." in said.err
    assert "Brest (29019): taken out of the lot; now: returned by the post." in said.err
    assert "2 reminders do not leave: an answer has come" in said.err
    assert paper(desk) == {"posted": 2, "returned": 1}
    assert desk.ok("print").err.count("Nobody is left to be written to on paper.") == 1


def test_its_pages_in_that_lot_are_erased_with_whoever_was_taken_out(desk: Desk) -> None:
    desk.ok("suppress", "Y", *CALLED)
    desk.ok("print", "--posted", "1", "--except", "Y")
    assert list((desk.folder / "outbox" / "lots").glob("*.pdf"))
    desk.ok("purge", "Y", "--really", "--yes")
    assert not list((desk.folder / "outbox" / "lots").glob("*.pdf"))
