"""A campaign is read through `app` alone: what a page or a worker calls, the command line calls."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from merge.app import check, log, preview, report, show, status
from merge.campaign.plan import Narrowing
from merge.errors import Misuse
from merge.job import Event, Step, progress
from merge.model import Channel, Status
from merge.words.overview import overview
from tests.desk import HAVRE, NICE, Desk, Y

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of a campaign: one by e-mail and two on paper."""
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y.replace("y@example.org", ""))))
    return desk.folder


def test_status_is_a_record_of_figures_recipients_and_steps(place: Path) -> None:
    seen = status.look(place, NOW)
    assert (seen.name, seen.counts.recipients) == ("Pas de VSA", 3)
    assert (seen.counts.email[Status.QUEUED], seen.counts.paper[Status.QUEUED]) == (1, 2)
    assert [todo.step for todo in seen.todos] == [
        Step(command="account", options=("set",)),
        Step(command="print"),
    ]
    assert status.figures(seen.counts)["recipients"] == 3


def test_words_make_the_screen_of_that_record_alone(place: Path) -> None:
    seen = status.look(place, NOW)
    (place / "ledger.db").unlink()
    assert list(overview(seen)) == [
        "“Pas de VSA”: 3 recipients\nBy e-mail: 1 waiting\nOn paper: 2 waiting",
        "To do: publipostage account set",
        "To do: publipostage print",
    ]


def test_the_log_has_a_row_for_each_of_those_chosen(place: Path) -> None:
    everybody = log.rows(place, Narrowing())
    assert [row["key"] for row in everybody.rows] == ["06088", "76351", "80829"]
    chosen = log.rows(place, Narrowing(departments=["76"]))
    assert chosen.columns == log.LOG_COLUMNS
    assert [(row["key"], row["status"]) for row in chosen.rows] == [("76351", "queued")]
    assert not log.rows(place, Narrowing(), "attempts").rows
    assert not log.rows(place, Narrowing(), "answers").rows


def test_a_dossier_is_all_about_the_one_whom_a_word_names(place: Path) -> None:
    found = show.dossier(place, "le havre")
    assert (found.recipient.key, found.attempts, found.replies) == ("76351", [], [])
    assert found.delivery is not None
    assert found.delivery.channel is Channel.PAPER
    assert show.record(place, "76351")["recipient"]["surname"] == "Le Goff"
    for kept in (show.message, show.pages):
        with pytest.raises(Misuse):
            kept(place, "76351")


def test_one_is_read_by_a_number_with_what_was_changed_and_which_jobs_had_it_in_hand(
    place: Path,
) -> None:
    desk = Desk(place)
    desk.ok("edit", "76351", "email=havre@example.org", "surname=Martin")
    desk.ok("answer", "Le Havre", "no", "--note", "au téléphone")
    desk.ok("suppress", "76351", "--reason", "par courrier")
    desk.ok("suppress", "06088", "--reason", "autre")
    number = show.dossier(place, "76351").number
    found = show.dossier(place, number)
    assert (found.recipient.key, found.is_suppressed) == ("76351", True)
    assert [(each.field, each.value) for each in found.edits] == [
        ("email", "havre@example.org"),
        ("surname", "Martin"),
    ]
    assert [job.command for job in found.jobs] == ["edit", "answer", "suppress"]
    assert [each.status for each in found.letters] == [Status.SUPPRESSED]
    assert not found.has_message
    known = show.record(place, number)
    assert [edit["value"] for edit in known["edits"]] == ["havre@example.org", "Martin"]
    assert [job["command"] for job in known["jobs"]] == ["edit", "answer", "suppress"]
    said = desk.ok("show", "76351").out
    assert "Surname: Martin" in said
    assert "answer, " in said
    for nobody in (0, 4, -1):
        with pytest.raises(Misuse):
            show.dossier(place, nobody)


def test_a_key_is_found_whatever_its_capitals_and_a_name_is_still_looked_for(place: Path) -> None:
    desk = Desk(place)
    desk.run("import", str(desk.sheet("2a004;Ajaccio;;;;;;;", "B7;X;;;;;;;")))
    for word in ("2A004", " 2a004 ", "ajaccio", "Ajaccio"):
        assert show.dossier(place, word).recipient.commune == "Ajaccio"
    with pytest.raises(Misuse):
        show.dossier(place, "nowhere")


def test_a_report_counts_towns_and_names_no_person(place: Path) -> None:
    Desk(place).ok("answer", "06088", "yes", "--note", "le maire était là")
    found = report.look(place, NOW)
    assert (found.tally.answered, found.tally.committed) == (1, 1)
    assert [(each.code, each.tally.towns) for each in found.departments] == [
        ("06", 1),
        ("76", 1),
        ("80", 1),
    ]
    (row,) = found.towns
    assert row["insee"] == "06088"
    assert "note" not in row


def test_a_check_tells_its_listener_how_far_it_is_and_returns_what_it_found(place: Path) -> None:
    heard: list[Event] = []
    found = check.run(place, Narrowing(communes=["06088"]), heard.append)
    assert (found.by_channel, found.findings.faults) == ({Channel.EMAIL: 1}, ())
    assert found.alikeness.letters == 1
    made = [Event(code="letters-made", facts={"n": n, "of": 1}) for n in (0, 1)]
    assert [event for event in heard if event.code == "letters-made"] == made
    assert {event.code for event in heard} == {"letters-made", "domains-asked"}


def test_progress_is_told_once_a_hundredth() -> None:
    heard: list[int] = []
    advance = progress(lambda event: heard.append(event.facts["n"]), "letters-made", 34_969)
    for _letter in range(34_969):
        advance(1)
    assert (heard[0], heard[-1], len(heard)) == (0, 34_969, 101)


def test_a_preview_is_the_letter_itself(place: Path) -> None:
    heard: list[Event] = []
    found = preview.letter(place, None, "text", heard.append)
    assert (found.recipient.key, heard) == ("06088", [])
    assert isinstance(found.shown, bytes)
    assert "Nice" in found.shown.decode()


def test_a_listener_hears_what_is_not_right_but_stops_nothing(place: Path) -> None:
    copy = shutil.copytree(place, place.with_name("copy"))
    heard: list[Event] = []
    preview.letter(copy, "06088", "text", heard.append)
    assert [(event.code, event.facts["code"]) for event in heard] == [("caution", "ledger-copied")]
