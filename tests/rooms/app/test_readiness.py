"""What was not readiness at yet, as data: it shrinks by looking, and grows by a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.app import readiness, survey
from merge.app.check import CheckResult
from merge.app.opening import open_campaign
from merge.errors import LetterError
from tests.desk import HAVRE, NICE, Desk, Y
from tests.pages import need_pages

VERSION = {1: "a"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE, Y)


def left(desk: Desk, versions: readiness.LetterVersions) -> dict[str, int]:
    return {each.code: each.n for each in readiness.look(desk.folder, versions).open_points}


def write(desk: Desk, body: str) -> str:
    source = f"---\nsubject: Essai\n---\n\n{body}\n"
    (desk.folder / "letter.md").write_text(source, encoding="utf-8")
    return source


def set_fact(desk: Desk, name: str, value: str) -> None:
    with open_campaign(desk.folder, access="share", command="x") as campaign:
        campaign.ledger.set_fact(name, value)


def test_at_first_nothing_was_looked_at(desk):
    assert left(desk, VERSION) == {"not-checked": 3, "page-not-seen": 1, "no-account": 2}


def test_a_check_counts_until_the_letter_or_the_list_is_another(desk):
    need_pages()
    write(desk, "Bonjour {{ commune }}.")
    result = readiness.check_all(desk.folder)
    checked = readiness.look(desk.folder, result.versions).checked
    assert checked is not None
    assert (checked.letters, checked.faults, checked.changed, checked.notes) == (3, 0, (), ())
    assert "not-checked" not in left(desk, result.versions)
    assert left(desk, VERSION)["changed-since"] == 3
    desk.ok("edit", "06088", "surname=DUPONT")
    again = readiness.look(desk.folder, result.versions).checked
    assert again is not None
    assert again.changed == ("list",)
    desk.ok("import", str(desk.sheet(NICE)))
    assert left(desk, VERSION)["changed-since"] == 3


def test_a_yes_to_a_remark_is_kept_for_these_words_and_these_people(desk):
    need_pages()
    write(desk, "Monsieur le Maire, malgrés tout, la ville de Nice le fait.")
    result = readiness.check_all(desk.folder)
    marks = marks_of(result)
    assert left(desk, result.versions)["notes-open"] == len(marks) == 3
    readiness.confirm(desk.folder, marks)
    assert "notes-open" not in left(desk, result.versions)
    assert readiness.look(desk.folder, result.versions).confirmed == frozenset(marks)
    readiness.confirm(desk.folder, marks[:1], taken_back=True)
    assert left(desk, result.versions)["notes-open"] == 1
    readiness.confirm(desk.folder, marks[:1])
    desk.ok("edit", "06088", "sex=F")  # one more who is no "Monsieur"
    result = readiness.check_all(desk.folder)
    assert left(desk, result.versions)["notes-open"] == 1


def marks_of(result: CheckResult) -> list[str]:
    return [mark for about in result.notes for mark, _note in readiness.notes_with_marks(about)]


def test_marks_tell_nothing_of_what_they_stand_for(desk):
    need_pages()
    write(desk, "La ville de Nice le fait.")
    readiness.check_all(desk.folder)
    with open_campaign(desk.folder, access="read", command="x") as campaign:
        kept = campaign.ledger.fact("checked") or ""
    assert '"notes": ["' in kept
    assert "Nice" not in kept
    assert "06088" not in kept


def test_a_page_that_was_seen_counts_for_its_version(desk):
    readiness.note_page_seen(desk.folder, 1, "a")
    readiness.note_page_seen(desk.folder, 1, "a")
    assert "page-not-seen" not in left(desk, VERSION)
    assert "page-not-seen" in left(desk, {1: "b"})


def test_a_tested_letter_and_a_mailbox_that_was_read_are_no_more_left(desk):
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    host = '[account]\nhost = "mail.example.org"\ntls = "implicit"\n'
    settings.write_text(text.replace("[account]\n", host), encoding="utf-8")
    assert left(desk, VERSION).keys() >= {"servers-not-approved", "not-tested", "no-mailbox"}
    desk.approve()
    set_fact(desk, "tested_version", "a")
    assert left(desk, VERSION).keys().isdisjoint({"servers-not-approved", "not-tested"})
    imap = '[account.imap]\nhost = "mail.example.org"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + imap, encoding="utf-8")
    assert "mailbox-not-read" in left(desk, VERSION)
    set_fact(desk, "mailbox_read_to", "x")
    assert left(desk, VERSION).keys().isdisjoint({"no-mailbox", "mailbox-not-read"})


def test_a_check_says_where_the_letter_needs_what_somebody_lacks(desk):
    need_pages()
    source = write(desk, "Bonjour.\n\nVous êtes {{ sexe }}, {{ code_postal }}.")
    desk.ok("edit", "80829", "postcode=")
    result = readiness.check_all(desk.folder)
    fault, *_ = result.findings.faults
    assert result.numbers[fault.key] == 3
    place = result.blanks["sex"]
    assert source[place.start : place.end] == "{{ sexe }}"


# A text that is being written


def test_a_survey_finds_the_longest_letter_and_the_worst(desk):
    found = survey.run(desk.folder, source="---\nsubject: E\n---\n\nBonjour {{ commune }}, à Nice")
    assert (found.of, found.longest, found.worst, found.n_at_fault) == (3, 2, 1, 0)
    assert [each.code for each in found.notes.remarks] == ["recipient-named"]
    found = survey.run(desk.folder, source="---\nsubject: E\n---\n\nBonjour {{ sexe }}")
    assert (found.worst, found.n_at_fault) == (3, 1)
    assert found.numbers == {"80829": 3}


def test_a_survey_lets_a_blank_wait_and_refuses_what_everybody_would_get(desk):
    found = survey.run(desk.folder, source="---\nsubject: E\n---\n\nBonjour {{ adjointe }}")
    assert found.n_at_fault == 0
    with pytest.raises(LetterError, match="letter-syntax"):
        survey.run(desk.folder, source="---\nsubject: E\n---\n\nBonjour {{ adjointe")


def test_without_a_list_a_survey_looks_at_the_made_up_mayors(tmp_path):
    desk = Desk(tmp_path / "empty")
    desk.make()
    found = survey.run(desk.folder)
    assert (found.of, found.n_at_fault) == (3, 0)
    assert found.longest == 3


def test_a_survey_of_a_reminder_reads_its_own_file(desk):
    assert survey.run(desk.folder, wave=2).notes.path == "reminder.md"
