"""Answers of a campaign's own wording, beside yes, no, conditions and received."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from merge.campaign.answers import understood
from merge.errors import Misuse, SettingsError
from merge.ledger.records import ANSWER_STATES
from merge.settings import FILE_NAME
from merge.settings.check import ANSWERS_OF_ALL, refuse_wrong
from merge.words import language
from merge.words.deliveries import ANSWER_WORDS, answer
from tests.desk import HAVRE, NICE, Desk, Y
from tests.webserver import serving

OWN = ["présent", "excusé", "donne pouvoir"]


def wordings(desk: Desk, *own: str) -> None:
    """From now on campaign.toml has these."""
    path = desk.folder / FILE_NAME
    text = path.read_text("utf-8").partition("\n[answers]")[0]
    path.write_text(f"{text}\n[answers]\nwordings = {json.dumps(own)}\n", "utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk.made(tmp_path, NICE, HAVRE, Y)
    wordings(desk, *OWN)
    return desk


def noted(desk: Desk) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(desk.ok("log", "--answers", "--format", "csv").out))
    return {row["commune"]: row["answer"] for row in rows}


def test_a_word_is_understood_without_its_accents_and_capitals() -> None:
    assert understood("PRESENT", OWN) == "présent"
    assert understood("Yes", OWN) == "yes"
    with pytest.raises(Misuse, match="not-one-of") as unknown:
        understood("absent", OWN)
    known = str(unknown.value.facts["choices"])
    assert known.endswith("received, présent, excusé, donne pouvoir")


def test_an_answer_of_ones_own_wording_is_noted_shown_counted_and_found(desk: Desk) -> None:
    desk.ok("answer", "Nice", "présent")
    desk.ok("answer", "Le Havre", "DONNE POUVOIR", "--note", "à Nice")
    desk.ok("answer", "Y", "yes")
    assert noted(desk) == {"Nice": "présent", "Le Havre": "donne pouvoir", "Y": "yes"}
    public = csv.DictReader(io.StringIO(desk.ok("report", "--csv").out))
    assert [row["answer"] for row in public] == ["présent", "donne pouvoir", "yes"]
    page = desk.folder / "report.html"
    desk.ok("report", "--html", str(page))
    assert ">donne pouvoir</td>" in page.read_text("utf-8")
    found = desk.ok("log", "--answer", "donne pouvoir").out
    assert ("Le Havre" in found, "Nice" in found) == (True, False)
    found = desk.ok("log", "--answer", "present", "--answer", "yes").out
    assert ("Le Havre" in found, "Nice" in found, "80829" in found) == (False, True, True)


def test_an_answer_keeps_its_wording_when_the_setting_changes_later(desk: Desk) -> None:
    desk.ok("answer", "Nice", "excusé")
    wordings(desk, "présent")
    assert noted(desk) == {"Nice": "excusé"}
    assert "Nice" in desk.ok("log", "--answer", "excuse").out
    assert desk.run("answer", "Le Havre", "excusé").code == 2
    assert noted(desk) == {"Nice": "excusé"}


def test_who_has_answered_so_is_not_reminded_and_no_longer_called(desk: Desk) -> None:
    desk.ok("answer", "Nice", "excusé")
    assert "Nice" not in desk.ok("log", "--answer", "none").out


def test_a_wording_that_cannot_be_one_is_refused_with_its_reason() -> None:
    table = [
        (["présent", "PRESENT"], "setting-answer-twice"),
        (["Oui"], "setting-answer-twice"),
        (["unread"], "setting-answer-twice"),
        (["phone"], "setting-answer-twice"),
        ([""], "value-unfit"),
        (["=1+1"], "value-unfit"),
        (["-h"], "value-unfit"),
        (["seize caractères"], "value-unfit"),
        (["a\u2028b"], "setting-control-character"),
        ([f"réponse {n}" for n in range(13)], "setting-out-of-range"),
        ([1], "wrong-type"),
        (3, "wrong-type"),
    ]
    wrong = []
    for given, code in table:
        with pytest.raises(SettingsError) as refused:
            refuse_wrong("answers.wordings", given)
        wrong += [(given, refused.value.code)] * (refused.value.code != code)
    assert wrong == []


def test_every_answer_of_all_campaigns_is_kept_from_having_another_sense() -> None:
    assert set(ANSWER_WORDS) <= ANSWERS_OF_ALL
    for tongue in ("en", "fr"):
        with language.speaking(tongue):
            assert {answer(code) for code in ANSWER_STATES} <= ANSWERS_OF_ALL


def test_the_page_notes_counts_lists_and_filters_them(desk: Desk) -> None:
    desk.ok("answer", "Y", "yes")
    with serving(campaign=desk.folder) as server:
        log = server.enter().follow("Log")
        nice = log.follow("Nice")
        done = nice.press("Write it down", meaning="donne pouvoir")
        assert "donne pouvoir" in done.text
        result = done.client.get(log.url.partition("/log")[0] + "/result")
        assert "1donne pouvoir" in result.text
        assert "Those who have answered so." in result.text
        found = log.client.get(log.url + "?answer=donne+pouvoir")
        assert ("Nice" in found.text, "Le Havre" in found.text) == (True, False)
        assert '--answer "donne pouvoir"' in found.text
        everybody = log.client.get(log.url + "?answer=donne")  # is none, and counts for nothing
        assert "Le Havre" in everybody.text
    assert noted(desk) == {"Y": "yes", "Nice": "donne pouvoir"}
