"""Answers of a campaign's own wording, beside yes, no, conditions and received."""

from __future__ import annotations

import pytest

from merge.campaign.answers import understood
from merge.errors import Misuse, SettingsError
from merge.ledger.records import ANSWER_STATES
from merge.settings.check import ANSWERS_OF_ALL, refuse_wrong
from merge.words import language
from merge.words.deliveries import ANSWER_WORDS, answer

OWN = ["présent", "excusé", "donne pouvoir"]


def test_a_word_is_understood_without_its_accents_and_capitals() -> None:
    assert understood("PRESENT", OWN) == "présent"
    assert understood("Yes", OWN) == "yes"
    with pytest.raises(Misuse, match="not-one-of") as unknown:
        understood("absent", OWN)
    known = str(unknown.value.facts["choices"])
    assert known.endswith("received, présent, excusé, donne pouvoir")


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
