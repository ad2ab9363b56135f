"""Tables as people read them: on a narrow terminal no date and no code is cut in two."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Sequence

import click
import pytest

from merge.cli import main, output
from merge.errors import Misuse

LOG = [
    line.split("|")
    for line in (
        "Code|Commune|Voie|État|Lot, lettre|Quand|Adresse|Réponse",
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


@pytest.mark.parametrize("width", [1, 20, 40])
def test_no_terminal_is_too_narrow(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = shown(monkeypatch, width, LOG)
    assert len(lines) > len(LOG)
    assert max(map(len, lines)) <= max(width, 4)  # a label, what is between, and a cell


@pytest.mark.parametrize("width", [50, 60, 70])
def test_where_columns_would_cut_dates_and_names_each_cell_has_a_line(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    assert shown(monkeypatch, width, LOG) == [
        "Code         01001",
        "Commune      L'Abergement-Clémenciat",
        "Voie         courriel",
        "État         envoyé",
        "Quand        2026-11-25 02:52",
        "Adresse      mairie-01001@example.org",
        "Réponse      OK: queued",
        "",
        "Code         13055",
        "Commune      Marseille",
        "Voie         papier",
        "État         à imprimer",
        "Lot, lettre  12/250",
        "Quand        2026-11-25 02:52",
        "Adresse      13233 Marseille Cedex 20",
    ]


def test_a_name_that_is_wider_than_its_column_is_parted_behind_its_hyphens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"
    lines = shown(monkeypatch, 80, [*LOG, ["51513", name, *LOG[1][2:]]])
    found = [line[7:20].strip() for line in lines]
    start = found.index("Saint-Remy-")
    assert found[start + 1 : start + 6] == ["en-", "Bouzemont-", "Saint-", "Genest-et-", "Isson"]


@pytest.mark.parametrize(("terminal", "is_drawn"), [("xterm", True), ("dumb", False)])
def test_a_bar_is_drawn_only_where_the_terminal_takes_orders(
    monkeypatch: pytest.MonkeyPatch, terminal: str, is_drawn: bool
) -> None:
    screen = Screen()
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.setattr(sys, "stderr", screen)
    with output.progress("Letters", 2) as advance:
        advance(2)
    assert ("\x1b[?25l" in screen.getvalue()) is is_drawn


def test_what_is_said_beside_a_bar_has_lines_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen)
    with output.progress("Letters", 3) as advance:
        advance(1)
        output.say("The quota is spent.")
        output.say("It goes on tomorrow.")
        advance(2)
    output.say("Done.")
    lines = [line.rpartition("\r")[2] for line in screen.getvalue().split("\n")]
    said = [line for line in lines if line and "Letters" not in line]
    assert said == ["The quota is spent.", "It goes on tomorrow.", "Done."]
    assert "" not in lines[: lines.index("It goes on tomorrow.")]


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


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])  # of readline
def test_letters_that_a_terminal_sends_in_another_encoding_are_no_accident(
    monkeypatch: pytest.MonkeyPatch, errors: str
) -> None:
    typed = io.BytesIO("été\n".encode("latin-1"))
    keyboard = io.TextIOWrapper(typed, encoding="utf-8", errors=errors)
    monkeypatch.setattr(sys, "stdin", keyboard)
    with pytest.raises(Misuse) as caught:
        output.ask("Group")
    assert (caught.value.code, caught.value.facts) == ("typed-unreadable", {"encoding": "UTF-8"})
    assert caught.value.__context__ is None  # which would hold a password


def answered(monkeypatch: pytest.MonkeyPatch, typed: str | None, *, abort: bool = False) -> bool:
    keyboard = io.StringIO("" if typed is None else f"{typed}\n")
    monkeypatch.setattr(sys, "stdin", keyboard)
    return output.confirm("Sûr ?", abort=abort)


@pytest.mark.parametrize("content", [b"%PDF-1.7 ...", b"PK\x03\x04..."])
def test_what_no_terminal_can_show_is_not_poured_over_one(
    monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(sys, "stdout", Screen())
    with pytest.raises(Misuse) as caught:
        output.data_bytes(content)
    assert caught.value.code == "pdf-on-terminal"


@pytest.mark.parametrize(
    "cell", ["communes.csv:100:Courriel", "liste.csv:1234:b:b", "[bold]gras[/bold]", "[xx] \\[y]"]
)
def test_a_cell_is_shown_as_it_is(capsys: pytest.CaptureFixture[str], cell: str) -> None:
    """To rich, row 100 of a sheet is the name of a picture: "communes.csv💯Courriel"."""
    output.table(["Où :100:"], [[cell]])
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1]) == ("Où :100:", cell)


def test_no_line_of_a_cell_begins_with_a_mark_that_a_no_break_space_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reason = "Déjà dans une ligne précédente (5)\u00a0; c’est elle qui compte."
    for width in range(24, 60):
        lines = shown(monkeypatch, width, [["Où", "Raison"], ["12", reason]])
        assert not [line for line in lines if line.lstrip(" \u00a0").startswith(";")], width
        assert "\u00a0;" in "".join(lines), width


# A title for the window, a cleared screen, a line written over another, C1, reading turned around.
HOSTILE = "a\x1b]0;b\x07\x1b[2Jc\rd\x9b2Je\u202ef\u2066g\u200fh\u2028i\x7fj"
HARMLESS = "a�]0;b��[2Jc�d�2Je�f�g�h�i�j"


def on_screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Whatever is said from now on, on a terminal."""
    screen = Screen()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


@pytest.mark.parametrize(
    "put",
    [
        output.data,
        output.say,
        lambda text: output.data_bytes(text.encode()),
        lambda text: output.table(["Code"], [[text]]),
        lambda text: output.confirm(text),
    ],
    ids=["data", "talk", "file", "table", "question"],
)
def test_nothing_that_others_wrote_moves_the_cursor_of_a_terminal_or_turns_its_text(
    monkeypatch: pytest.MonkeyPatch, put: Callable[[str], object]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    screen = on_screen(monkeypatch)
    put(HOSTILE)
    assert HARMLESS in re.sub(r"\x1b\[\d*m", "", screen.getvalue())


def test_what_is_for_another_program_stays_as_it_is(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    output.data_bytes(HOSTILE.encode())
    assert capfdbinary.readouterr().out == HOSTILE.encode()


def test_the_lines_of_a_mail_are_the_lines_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_screen(monkeypatch)
    output.data_bytes("Objet\t: été\r\n\r\nBonjour\r\n".encode())
    assert screen.getvalue() == "Objet\t: été\n\nBonjour\n"


@pytest.mark.parametrize("arguments", [["-C", HOSTILE, "status"], ["log", "--status", HOSTILE]])
def test_neither_does_an_error_that_repeats_what_was_given(
    monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str]
) -> None:
    screen = on_screen(monkeypatch)
    main(arguments)
    assert "g�h�i�j" in screen.getvalue()
    assert not (set(HOSTILE) - set(HARMLESS)) & set(screen.getvalue())


@pytest.mark.parametrize(
    "sign", ["\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\U000e0041", "\ufe0f", "\u3164"]
)
def test_a_sign_that_nobody_sees_is_seen_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    screen = on_screen(monkeypatch)
    output.say(f"mairie{sign}@example.org")
    output.table(["Adresse"], [[f"mairie{sign}@example.org"]])
    assert sign not in screen.getvalue()
    assert screen.getvalue().count("mairie�@example.org") == 2


PROSE = (
    "    Un lot composé n’a encore rien dépensé : imprimez-le, comptez les feuilles, puis tapez "
    "publipostage print --lot 12 --from 35047. Rien n’est perdu."
)


@pytest.mark.parametrize("put", [output.data, output.say])
def test_prose_breaks_between_words_at_the_edge_of_a_terminal(
    monkeypatch: pytest.MonkeyPatch, put: Callable[[str], object]
) -> None:
    for width in range(16, 90):
        screen = on_screen(monkeypatch)
        monkeypatch.setenv("COLUMNS", str(width))
        put(PROSE)
        lines = screen.getvalue().splitlines()
        assert " ".join(" ".join(lines).split()) == PROSE.strip(), width
        assert all(len(line) <= width for line in lines), width
        assert all(line.startswith("    ") for line in lines), width


def test_a_command_that_fits_stays_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_screen(monkeypatch)
    monkeypatch.setenv("COLUMNS", "60")
    output.say(PROSE)
    assert "publipostage print --lot 12 --from 35047" in screen.getvalue()


def test_json_and_paths_keep_their_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_screen(monkeypatch)
    monkeypatch.setenv("COLUMNS", "20")
    output.data_as_is('{"commune": "Le Grand-Bourg", "postcode": "23240"}')
    assert screen.getvalue() == '{"commune": "Le Grand-Bourg", "postcode": "23240"}\n'
