"""`new`: each answer is looked at where it is typed; what the page keeps of a form."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from merge.app import new
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


def test_what_is_kept_is_its_users_alone(folder: Path) -> None:
    new.keep(1, folder, {"name": "N"})
    at = Path(os.environ["PUBLIPOSTAGE_HOME"]) / "begun"
    assert at.stat().st_mode & 0o077 == 0
    assert [each.stat().st_mode & 0o777 for each in at.iterdir()] == [0o600]
    new.keep(1, folder, {"name": "M"})
    new.keep(2, None, {})
    new.forget(1)
    new.forget(1)
    assert [each.number for each in new.unfinished()] == [2]
