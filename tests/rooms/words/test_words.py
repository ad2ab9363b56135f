"""Every code that the program can say has words, and the facts that its words name."""

from __future__ import annotations

import ast
import re
import shlex
import sqlite3
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest

from merge import errors, words
from merge.app.opening import open_campaign
from merge.campaign.reminders import WhyNot
from merge.errors import LedgerError, SettingsError, SheetError, Trouble
from merge.french.postal import ProblemCode
from merge.job import Step
from merge.ledger.driver.files import _CODES as LEDGER_CODES
from merge.ledger.driver.files import trouble_of
from merge.ledger.driver.session import _CODES as SERVER_CODES
from merge.model import LetterFault, Status
from merge.recipients.editing import name_of
from merge.words.dates import on
from merge.words.deliveries import COLUMN_WORDS, column
from merge.words.findings import fault
from merge.words.language import speaking
from merge.words.pages import PAGE_OF, PAGES
from merge.words.reasons import EDITED_BY_WORD, REASONS, in_words, reason
from merge.words.reasons.databases import DATABASE
from merge.words.reasons.ledger import LEDGER
from merge.words.reasons.letters import LETTER
from merge.words.reasons.mail import MAIL
from merge.words.reasons.paper import PAPER
from merge.words.reasons.refusals import REFUSALS
from merge.words.reasons.remarks import FAULTS, REMARKS, SLIPS
from merge.words.reasons.rows import OF_A_SHEET, ROWS
from merge.words.reasons.settings import SETTINGS
from merge.words.reasons.sheets import SHEET
from merge.words.reasons.use import USE
from merge.words.reminders import LEFT_OUT_WORDS
from merge.words.statuses import STATUS_WORDS, status
from merge.words.troubles import explain
from tests.desk import Desk
from tests.house import HOUSE, ROOT

MERGE = ROOT / "merge"
TROUBLES = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, Trouble)
}
VALUES = {
    "Caution",
    "CellProblem",
    "Flaw",
    "LetterFault",
    "Remark",
    "RowProblem",
}.union(("Empty", "Unwritable", "_Fault", "_Form", "_Unavailable"))
HELPERS = {"problem", "_as_kept", "_problem", "_error", "_unknown", "_not_taken", "AddressRefused"}
HELPERS |= {"tell"}  # of a cell, or of a row
HELPERS |= {"opened"}  # is told the code of a refused token: merge/mail/transport.py
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+|busy|leftover|duplicate")
ALWAYS = {"path", "row", "column", "suggestion", "name", "letters"}
"""What the place of an error, `settings.check` or `app.letters` adds by itself."""


def _calls() -> Iterator[tuple[str, str, frozenset[str], str]]:
    """(what is made, its code, the facts that go with it, where) all over the program."""
    for path in sorted(MERGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            made = node.func
            name = getattr(made, "id", getattr(made, "attr", ""))
            if name not in TROUBLES | VALUES | HELPERS:
                continue
            named = [k.value for k in node.keywords if k.arg == "code"]
            codes = (found for argument in [*named, *node.args] if (found := _codes(argument)))
            facts = frozenset(k.arg or "**" for k in node.keywords)
            for code in next(codes, ()):
                yield name, code, facts, f"{path.relative_to(MERGE)}:{node.lineno}"


def _codes(argument: ast.expr) -> list[str]:
    """The code that an argument is, or the two between which it chooses."""
    match argument:
        case ast.IfExp(body=body, orelse=other):
            return _codes(body) + _codes(other)
        case ast.Constant(value=str(text)) if CODE.fullmatch(text):
            return [text]
    return []


CALLS = list(_calls())
SPOKEN = {code for _, code, _, _ in CALLS}
# Codes that are put together or looked up, so that no call names them.
DYNAMIC = {
    *LEDGER_CODES.values(),
    *SERVER_CODES.values(),
    *("not-selected", "leftover", "footnote"),
    *("letter-changed", "letter-changed-in-lots"),
    "ledger-error",
    "ledger-foreign",
    "ledger-behind",
    "ledger-copied",
    "ledger-carried",
    "ledger-closed",
    "ledger-packed",
    "postcode-of-another-country",
    "empty-value",
    "slip-spelling",
    "slip-relative-date",
    "slip-preposition",
    "slip-elision",
    "slip-markup",
    "slip-invisible",
    *(f"address-{code}" for code in get_args(ProblemCode)),
}


def _of_a_sheet() -> Iterator[str]:
    """The codes that one step of reading a sheet gives to the next, which tells them."""
    for path in sorted((MERGE / "recipients").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else ""
            if isinstance(text, str) and (code := text.partition(" ")[0]) in REASONS:
                yield code


DYNAMIC.update(_of_a_sheet())


def _names(text: str | Step) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(str(text)) if name}


def _facts_of(code: str) -> set[str]:
    """The facts that the words of a code name; the commands in them are no facts."""
    named = {n for text in REASONS[code] for n in _names(text)}
    return {n for n in named if not n.startswith("step")}


def test_a_code_has_words_in_one_room_only() -> None:
    """The rooms' words are joined into one mapping, where the last would win in silence."""
    rooms = [LEDGER, DATABASE, LETTER, MAIL, PAPER, SETTINGS, SHEET, ROWS, OF_A_SHEET, USE]
    rooms += [FAULTS, SLIPS, REMARKS]
    assert sum(map(len, rooms)) == len(REASONS)


def test_every_code_has_words_and_no_words_are_left_for_what_nobody_says() -> None:
    assert {"unknown-setting", "ledger-newer", "no-header", "address-lost"} <= SPOKEN
    assert {code.partition(": ")[0] for code in REASONS} == SPOKEN | DYNAMIC
    assert list(LEFT_OUT_WORDS) == [why.value for why in WhyNot]
    assert [code for code in FAULTS if not _facts_of(code) <= {"key", "field", "value"}] == []
    assert set(STATUS_WORDS) == set(Status)
    assert {"key", "commune", "channel", "status", "at", "address", "detail"} <= set(COLUMN_WORDS)


def test_words_for_one_reason_of_a_code_name_no_other_facts_than_the_code_s_own() -> None:
    of_one = [code for code in REASONS if ": " in code]
    assert of_one
    for code in of_one:
        general = _facts_of(code.partition(": ")[0])
        assert _facts_of(code) <= general, code


def test_the_facts_that_the_words_name_travel_with_the_code() -> None:
    lacking = [
        (where, code, missing)
        for name, code, facts, where in CALLS
        if name in TROUBLES and "**" not in facts  # those are put together elsewhere
        if (missing := _facts_of(code) - facts - ALWAYS)
    ]
    assert lacking == []


def test_one_process_speaks_two_languages_in_turns() -> None:
    def said() -> tuple[str, str, str, str]:
        shown = explain(LedgerError("lot-missing", number=3)).partition("\n")[0]
        return shown, status(Status.POSTED), on(date(2026, 12, 1)), column("commune")

    english = said()
    assert english == ("There is no lot 3.", "posted", "Tuesday 1st December", "Name")
    with words.speaking("fr"):
        french = said()
        with words.speaking("en"):
            assert said() == english
        assert said() == french
    assert french[1:] == ("posté", "mardi 1er décembre", "Nom")
    assert french[0] != english[0]
    assert said() == english


def test_a_constant_of_these_rooms_is_marked_and_not_translated() -> None:
    """What is put into a language by import stays in it."""
    for module in HOUSE:
        if module.within("merge.words", "merge.app"):
            once = list(_said_by_import(module.tree))
            assert not once, f"{module.name}: {once}"


def test_a_constant_that_is_translated_is_found() -> None:
    assert list(_said_by_import(ast.parse("A = {1: _('yes')}\ndef f():\n    return _('no')"))) == [
        1
    ]


def _said_by_import(node: ast.AST) -> Iterator[int]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Call) and getattr(child.func, "id", "") in ("_", "ngettext"):
            yield child.lineno
        yield from _said_by_import(child)


def test_the_edit_that_is_named_can_be_typed_as_it_stands() -> None:
    found = LetterFault(key="06088", code="empty-value", field="Date de réunion")
    assert fault(found, "Nice") == (
        "Nice (06088): “Date de réunion” is empty, and the letter needs it. "
        'Fill it: publipostage edit 06088 "Date de réunion"=…'
    )


def test_an_error_reads_path_row_column_reason_and_what_to_do() -> None:
    error = SettingsError(
        "unknown-setting", path="a.toml", row=7, column=1, name="acount", suggestion="account"
    )
    first, second = explain(error).splitlines()
    assert first == "a.toml:7:1: There is no setting “acount”. Close to it: account."
    assert second


def test_no_break_spaces_reach_the_reader_and_a_server_s_line_breaks_do_not() -> None:
    why = reason("file-unreadable", {"words": "«\u00a0a\u202f»\r\n  b"}).why
    assert "«\u00a0a\u202f» b" in why


@pytest.mark.parametrize("field", ["Nom de l'association", "Prix $", "phone"])
def test_a_command_to_type_is_one_that_a_shell_takes(field: str) -> None:
    told = reason("empty-value", {"key": "Syndicat d'eau", "field": field})
    assert told.why == f"“{field}” is empty, and the letter needs it."
    command = told.remedy.partition(": ")[2]
    assert shlex.split(command) == ["publipostage", "edit", "Syndicat d'eau", f"{field}=…"]


def test_what_to_do_names_its_commands_as_steps_and_no_others() -> None:
    wrong = []
    for code, (_why, remedy, *steps) in REASONS.items():
        named = sorted(name for name in _names(remedy) if name.startswith("step"))
        if named != ["step", "step2", "step3"][: len(steps)] or "publipostage " in remedy:
            wrong.append(code)
    assert wrong == []


def test_none_is_never_shown() -> None:
    error = LedgerError("ledger-copied", path="ledger.db", known_path=None)
    assert "None" not in explain(error)


def test_an_error_tells_the_day_by_the_clocks_of_the_campaign(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    before_midnight = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)  # of the 26th, in Paris
    with (
        pytest.raises(LedgerError) as caught,
        open_campaign(desk.folder, access="read", command="print"),
    ):
        raise LedgerError("lot-handed-over", number=1, printer="bureau", since=before_midnight)
    assert "2026-11-26" in explain(caught.value)


@pytest.mark.parametrize("number", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB])
@pytest.mark.parametrize("name", ["accounts.db", "archive.db"])
def test_nobody_puts_an_older_ledger_back_because_another_file_is_damaged(
    number: int, name: str
) -> None:
    """To put back a sound ledger's backup, and to adopt it, is to write to towns twice."""
    code = "ledger-damaged"
    damage = sqlite3.DatabaseError("malformed")
    damage.sqlite_errorcode = number
    for path, spoken in (
        (Path("home", name), f"{code}: {name}"),
        (Path("campaign/ledger.db"), code),
    ):
        trouble = trouble_of(damage, path)
        assert trouble.code == code
        assert reason(trouble.code, trouble.facts) == in_words(REASONS[spoken], {})


@pytest.mark.parametrize(("field", "said"), [("Number", "Number"), ("surname", "Nom")])
def test_what_a_person_or_a_sheet_has_written_is_not_translated(field: str, said: str) -> None:
    asked = SheetError("not-one-of", value="Number", choices="Town", suggestion="")
    lacking = LetterFault(key="35238", code="empty-value", field=field)
    with words.speaking("fr"):
        assert "Number" in explain(asked)
        assert said in fault(lacking, "Rennes").partition("publipostage")[0]


TYPED_ONLY = {
    *("typed-unreadable", "options-apart", "option-lacks", "report-on-sheet", "pdf-on-terminal"),
    "skip-beyond-sheet",
    *("work-unknown", "ledger-older", "lp-refuses"),
}
"""What is wrong with a command line alone."""

TERMINAL = re.compile(
    rf"(^|\W)--[a-z]|publipostage ({'|'.join(PAGE_OF)}|new)\b|-C |\blpstat\b|PUBLIPOSTAGE_|"
    r"[Ss]ame command|[Rr]un the|même commande|\b[Ll]ancez|Ctrl|chmod|=…"
)
"""What only somebody at a terminal understands."""


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_tells_a_person_to_type_a_command(language: str) -> None:
    found = []
    with words.speaking(language, on_page=True):
        for entry in sorted(set(REASONS) - TYPED_ONLY):
            code, _, why = entry.partition(": ")
            facts: dict[str, object] = dict.fromkeys(_facts_of(entry), "x")
            found.append(str(reason(code, facts | {"reason": why} if why else facts)))
        found += [str(in_words(entry, {})) for _signs, entry in REFUSALS]
    assert not list(filter(TERMINAL.search, found))


def test_every_step_of_a_reason_has_its_page() -> None:
    steps = {each.command for entry in REASONS.values() for each in entry[2:]}
    elsewhere = {
        "new",
        "-C",
        "worker",
        "environment",
        "{command}",
    }  # of no open campaign; of no page
    assert steps - elsewhere <= set(PAGE_OF)
    assert set(PAGE_OF.values()) <= set(PAGES)


def test_in_french_a_field_is_called_by_a_word_that_edit_takes() -> None:
    wrong = []
    for name in EDITED_BY_WORD:
        with speaking("fr"):
            told = reason("empty-value", {"field": name, "key": "2", "value": ""})
        (change,) = shlex.split(told.remedy.partition("edit 2 ")[2])
        if name_of(change.partition("=")[0], {}) != {"civility": "sex"}.get(name, name):
            wrong.append((name, change))
    assert wrong == []
