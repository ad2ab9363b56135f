"""Tables as people read them: on a narrow terminal no date and no code is cut in two."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Sequence

import click
import pytest

from merge.cli import output
from merge.errors import Misuse

LOG = [
    line.split("|")
    for line in (
        "Code|Commune|Canal|État|Lot, lettre|Quand|Adresse|Réponse",
        "01001|L'Abergement-Clémenciat|courriel|envoyé||2026-11-25 02:52|"
        "mairie-01001@example.org|OK: queued",
        "13055|Marseille|papier|à imprimer|12/250|2026-11-25 02:52|13233 Marseille Cedex 20|",
    )
]


class Screen(io.StringIO):
    """A terminal, as far as a table can tell."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, width: int, rows: Sequence[Sequence[str]]) -> list[str]:
    screen = Screen()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", screen)
    output.table(rows[0], rows[1:])
    monkeypatch.undo()
    return re.sub(r"\x1b\[\d*m", "", screen.getvalue()).splitlines()


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_log_is_as_wide_as_the_terminal_and_cuts_no_date_code_or_town(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    lines = shown(monkeypatch, width, LOG)
    assert max(map(len, lines)) == width
    for whole in ("13055", "Marseille", "courriel", "imprimer", "12/250", "2026-11-25", "Réponse"):
        assert any(whole in line for line in lines), whole


def test_a_wide_terminal_shows_each_row_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(shown(monkeypatch, 200, LOG)) == len(LOG) + 1


@pytest.mark.parametrize("width", [20, 40])
def test_no_terminal_is_too_narrow(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = shown(monkeypatch, width, LOG)
    assert len(lines) > len(LOG)
    assert max(map(len, lines)) <= width


YES = ("o", "Oui", "y", "yes", "peut-être\noui")
NO = ("n", "non", "")


@pytest.mark.parametrize("typed", YES + NO)
def test_a_question_takes_the_yes_of_its_language_and_of_english(
    monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    french = {"yes": "oui", "no": "non"}
    monkeypatch.setattr(output, "_", lambda text: french.get(text, text))
    assert answered(monkeypatch, typed) is (typed in YES)


def test_without_anybody_to_answer_a_question_aborts(monkeypatch: pytest.MonkeyPatch) -> None:
    for typed, abort in (("", True), ("n\n", True), (None, False)):
        with pytest.raises(click.Abort):
            answered(monkeypatch, typed, abort=abort)


def answered(monkeypatch: pytest.MonkeyPatch, typed: str | None, *, abort: bool = False) -> bool:
    keyboard = io.StringIO("" if typed is None else f"{typed}\n")
    monkeypatch.setattr(sys, "stdin", keyboard)
    return output.confirm("Sûr ?", abort=abort)


def test_a_pdf_is_not_poured_over_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Screen())
    with pytest.raises(Misuse) as caught:
        output.data_bytes(b"%PDF-1.7 ...")
    assert caught.value.code == "pdf-on-terminal"


@pytest.mark.parametrize("width", range(24, 60))
def test_no_line_of_a_cell_begins_with_a_mark_that_a_no_break_space_holds(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    reason = "Déjà dans une ligne précédente (5)\u00a0; c’est elle qui compte."
    lines = shown(monkeypatch, width, [["Où", "Raison"], ["12", reason]])
    assert not [line for line in lines if line.lstrip(" \u00a0").startswith(";")]
    assert "\u00a0;" in "".join(lines)
