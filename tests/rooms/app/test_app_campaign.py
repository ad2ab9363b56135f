"""A campaign from its first file to its letters, by `app` alone: what each face goes through."""

from __future__ import annotations

from pathlib import Path

from merge.app import new


def test_a_letter_of_ones_own_says_what_is_still_to_be_said_of_it(tmp_path: Path) -> None:
    file = tmp_path / "lettre.txt"
    file.write_text("À [bidule], habitants de [ville]\n", "utf-8")
    draft = new.read_draft(file)
    assert new.has_no_subject(draft)
    asked = new.letter(draft, subject="Sans caméras")
    assert [blank.name for blank in asked.blanks] == ["bidule", "ville"]
    assert (asked.meanings["bidule"], len(asked.left)) == ("", 1)
    made = new.letter(draft, subject="Sans caméras", fills={"bidule": "slogan", "ville": "commune"})
    assert (made.blanks, made.left) == ([], ())
    assert "{{ slogan }}" in made.source
