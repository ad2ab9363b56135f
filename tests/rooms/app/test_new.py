"""`new`: each answer is looked at where it is typed; what the page keeps of a form."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from merge.app import new
from merge.errors import SettingsError
from merge.settings import NEEDED, Question, answer
from tests.desk import Said, run

REQUIRED = "Nom\nCollectif\nc\ng@example.org\nRennes\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "campaign"


def types(folder: Path, typed: str, *options: str) -> Said:
    return run("new", str(folder), *options, typed=typed)


# --- one answer ---


@pytest.mark.parametrize(
    ("question", "typed", "meant"),
    [
        ("name", "  Pas de VSA\u00a0", "Pas de VSA"),
        ("address", "12 rue de la Paix, 35000 Rennes", "12 rue de la Paix\n35000 Rennes"),
        ("address", "12, rue de la Paix\r\n35000  Rennes", "12, rue de la Paix\n35000 Rennes"),
        ("address", "Chez X\nLe Bourg\n35000 Rennes", "Chez X\nLe Bourg\n35000 Rennes"),
        ("address", "rue X 4, CH-1003 Lausanne", "rue X 4\nCH-1003 Lausanne"),
        ("address", "BP 12345, 35031 Rennes Cedex", "BP 12345\n35031 Rennes Cedex"),
        ("address", " ", ""),
        ("place", "2a004", "2A004"),
        ("place", "le havre", "Le Havre"),
        ("place", "Lausanne", "Lausanne"),
        ("reply_to", "", ""),
        ("signature", "Anne\n\nBob\n", "Anne\nBob"),
    ],
)
def test_an_answer_is_understood_by_itself(question: Question, typed: str, meant: str) -> None:
    assert answer(question, typed) == meant


@pytest.mark.parametrize(
    ("question", "typed", "code"),
    [
        *((each, " ", "answer-empty") for each in sorted(NEEDED)),
        ("name", "a\tb", "setting-control-character"),
        ("group", "a\nb", "setting-control-character"),
        ("signature", "a\tb\x07", "setting-control-character"),
        ("from_address", "un groupe", "value-unfit"),
        ("reply_to", "g@exemple", "value-unfit"),
        ("place", "35000", "value-unfit"),
        ("place", "g@example.org", "value-unfit"),
        ("address", "12 rue de la Paix", "value-unfit"),
        ("address", "35000 Rennes", "value-unfit"),
    ],
)
def test_a_wrong_answer_says_why(question: Question, typed: str, code: str) -> None:
    with pytest.raises(SettingsError) as caught:
        answer(question, typed)
    assert caught.value.code == code


# --- the whole of it ---


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


# --- what is kept ---


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


# --- people and organisations ---
