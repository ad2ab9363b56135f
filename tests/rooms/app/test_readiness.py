"""What was not readiness at yet, as data: it shrinks by looking, and grows by a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.app import readiness, survey
from merge.app.check import CheckResult
from merge.app.opening import open_campaign
from tests.desk import HAVRE, NICE, Desk, Y
from tests.pages import need_pages

VERSION = {1: "a"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE, Y)


def left(desk: Desk, versions: readiness.LetterVersions) -> dict[str, int]:
    return {each.code: each.n for each in desk.reads(readiness.look, versions).open_points}


def write(desk: Desk, body: str) -> str:
    source = f"---\nsubject: Essai\n---\n\n{body}\n"
    (desk.folder / "letter.md").write_text(source, encoding="utf-8")
    return source


def set_fact(desk: Desk, name: str, value: str) -> None:
    with open_campaign(desk.folder, access="share", command="x") as campaign:
        campaign.ledger.set_fact(name, value)


def test_a_check_counts_until_the_letter_or_the_list_is_another(desk):
    need_pages()
    write(desk, "Bonjour {{ commune }}.")
    result = readiness.check_all(desk.folder)
    checked = desk.reads(readiness.look, result.versions).checked
    assert checked is not None
    assert (checked.letters, checked.faults, checked.changed, checked.notes) == (3, 0, (), ())
    assert "not-checked" not in left(desk, result.versions)
    assert left(desk, VERSION)["changed-since"] == 3
    desk.ok("edit", "06088", "surname=DUPONT")
    again = desk.reads(readiness.look, result.versions).checked
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
    assert desk.reads(readiness.look, result.versions).confirmed == frozenset(marks)
    readiness.confirm(desk.folder, marks[:1], taken_back=True)
    assert left(desk, result.versions)["notes-open"] == 1
    readiness.confirm(desk.folder, marks[:1])
    desk.ok("edit", "06088", "sex=F")  # one more who is no "Monsieur"
    result = readiness.check_all(desk.folder)
    assert left(desk, result.versions)["notes-open"] == 1


def marks_of(result: CheckResult) -> list[str]:
    return [mark for about in result.notes for mark, _note in readiness.notes_with_marks(about)]


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


# A text that is being written


def test_a_survey_finds_the_longest_letter_and_the_worst(desk):
    found = survey.run(desk.folder, source="---\nsubject: E\n---\n\nBonjour {{ commune }}, à Nice")
    assert (found.of, found.longest, found.worst, found.n_at_fault) == (3, 2, 1, 0)
    assert [each.code for each in found.notes.remarks] == ["recipient-named"]
    found = survey.run(desk.folder, source="---\nsubject: E\n---\n\nBonjour {{ sexe }}")
    assert (found.worst, found.n_at_fault) == (3, 1)
    assert found.numbers == {"80829": 3}
