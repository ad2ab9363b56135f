"""`new`: each answer is looked at where it is typed; an example."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from merge.app import campaigns
from merge.errors import SettingsError
from merge.settings import Question, answer
from tests.desk import Said, run
from tests.facts import claims, wrong

TABLE = Path(__file__).with_suffix(".txt")
REQUIRED = "Nom\nCollectif\nc\ng@example.org\nRennes\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "campaign"


def types(folder: Path, typed: str, *options: str) -> Said:
    return run("new", str(folder), *options, typed=typed)


def code_of(question: Question, typed: str) -> str:
    with pytest.raises(SettingsError) as caught:
        answer(question, typed)
    return caught.value.code


def test_an_answer_is_understood_by_itself_as_new_txt_says() -> None:
    understood, refused = claims(TABLE)
    assert wrong(TABLE, understood, answer) == []
    assert wrong(TABLE, refused, code_of) == []


@pytest.mark.parametrize("where", ["merge.app.new.disks.write", "merge.ledger.opening.begin"])
@pytest.mark.parametrize("was_there", [True, False])
def test_half_a_campaign_is_not_left_where_a_whole_one_is_to_stand(
    folder: Path, monkeypatch: pytest.MonkeyPatch, where: str, was_there: bool
) -> None:
    calls = []

    def full(*words: object, **_: object) -> None:
        calls.append(words)
        if len(calls) > 1 or "ledger" in where:
            raise OSError(errno.ENOSPC, "No space left on device", "x")

    if was_there:
        folder.mkdir()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(where, full)
        assert types(folder, REQUIRED).code in (2, 3)
    assert folder.exists() is was_there
    assert types(folder, REQUIRED).code == 0


def test_an_example_has_three_mayors_and_no_slip_and_nothing_leaves_it(folder: Path) -> None:
    campaigns.example(folder, "Exemple")
    assert "Le Havre" in run("-C", str(folder), "log").out
    assert "préfecture" in (folder / "letter.md").read_text("utf-8")
    checked = run("-C", str(folder), "check").out
    assert "slip of the pen" not in checked
    for words in (
        ("send", "--really"),
        ("send", "--test", "groupe@example.org"),
        ("print",),
    ):
        refused = run("-C", str(folder), *words)
        assert refused.code == 3, words
        assert "is an example" in refused.err
    assert run("-C", str(folder), "check").out == checked
