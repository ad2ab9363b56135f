"""What was not looked at yet, as data: it shrinks by looking, and grows by a change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from merge.app import check
from merge.app.check import CheckResult
from merge.app.opening import open_campaign
from tests.desk import HAVRE, NICE, Desk, Y
from tests.pages import need_pages

VERSION = {1: "a"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE, Y)


def left(desk: Desk, versions: check.LetterVersions) -> Mapping[str, int]:
    return desk.reads(check.look, versions).open


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
    result = check.check_all(desk.folder)
    checked = desk.reads(check.look, result.versions).checked
    assert checked is not None
    assert (checked.letters, checked.faults, checked.is_changed, checked.notes) == (3, 0, False, ())
    assert "not-checked" not in left(desk, result.versions)
    assert left(desk, VERSION)["not-checked"] == 3
    desk.ok("edit", "06088", "surname=DUPONT")
    again = desk.reads(check.look, result.versions).checked
    assert again is not None
    assert again.is_changed
    desk.ok("import", str(desk.sheet(NICE)))
    assert left(desk, VERSION)["not-checked"] == 3


def test_a_yes_to_a_remark_is_kept_for_these_words_and_these_people(desk):
    need_pages()
    write(desk, "Monsieur le Maire, malgrés tout, la ville de Nice le fait.")
    result = check.check_all(desk.folder)
    marks = marks_of(result)
    assert left(desk, result.versions)["notes-open"] == len(marks) == 3
    check.confirm(desk.folder, marks)
    assert "notes-open" not in left(desk, result.versions)
    assert desk.reads(check.look, result.versions).confirmed == frozenset(marks)
    check.confirm(desk.folder, marks[:1], taken_back=True)
    assert left(desk, result.versions)["notes-open"] == 1
    check.confirm(desk.folder, marks[:1])
    desk.ok("edit", "06088", "sex=F")  # one more who is no "Monsieur"
    result = check.check_all(desk.folder)
    assert left(desk, result.versions)["notes-open"] == 1


def marks_of(result: CheckResult) -> list[str]:
    return [mark for about in result.notes for mark, _note in check.notes_with_marks(about)]


def test_a_letter_that_was_tested_from_a_mailbox_is_no_more_left(desk):
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    assert left(desk, VERSION).keys() >= {"no-account", "not-tested"}
    host = '[account]\nhost = "mail.example.org"\ntls = "implicit"\n'
    settings.write_text(text.replace("[account]\n", host), encoding="utf-8")
    set_fact(desk, "tested_version", "a")
    assert left(desk, VERSION).keys().isdisjoint({"no-account", "not-tested"})
