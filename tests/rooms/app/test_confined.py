"""A letter that would take the computer with it is stopped in a process of its own."""

from __future__ import annotations

import datetime
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from merge.app import confined, letters
from merge.app.confined import try_out
from merge.confined import helpers
from merge.errors import LetterError
from merge.letters import trial
from merge.letters.template import CompiledTemplate, Writer, compile_template
from merge.letters.trial import try_once
from tests.desk import NICE, Desk

FRAME = "{{ opening }}{{ body }}{{ closing }}{{ foot }}"
WRITER = Writer(
    name="Collectif",
    contact="contact@example.org",
    address=("1 rue d'Exemple",),
    place="Rennes",
    place_article_code=0,
    signature=("Zoé",),
    address_source="annuaire de l'administration",
)


def letter(body: str) -> Callable[[], CompiledTemplate]:
    return partial(
        compile_template,
        source=f"---\nsubject: Objet\n---\n{body}",
        look="",
        page_frame=FRAME,
        mail_frame=FRAME,
        writer=WRITER,
        date=datetime.date(2026, 3, 1),
        columns=(),
    )


def stopped(attempt: Callable[[], None]) -> LetterError:
    with pytest.raises(LetterError) as caught:
        attempt()
    return caught.value


# --- letters that are right -----------------------------------------------------------------------


def test_a_letter_goes_without_a_trial_only_as_it_came_with_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    monkeypatch.setattr(letters, "try_out", lambda *_, path: tried.append(path))
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE)))
    desk.ok("preview", "--as", "text")
    assert tried == []
    source = (desk.folder / "letter.md").read_text(encoding="utf-8")
    (desk.folder / "letter.md").write_text(f"{source}\n", encoding="utf-8")
    desk.ok("preview", "--as", "text")
    assert tried == ["letter.md"]


def test_a_letter_that_runs_away_is_stopped_in_front_of_the_user(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE)))
    (desk.folder / "letter.md").write_text(
        "---\nsubject: Objet\n---\n{{ commune" + "|majuscule" * 5_000 + " }}", encoding="utf-8"
    )
    said = desk.run("preview", "--as", "text")
    assert said.code == 2
    assert "letter.md" in said.err
    assert "nested too deeply" in said.err


# --- letters with a fault -------------------------------------------------------------------------


def test_the_childs_own_error_comes_back_with_its_place_and_facts() -> None:
    error = stopped(lambda: try_out(letter("Un\n\n{{ comune }}")))
    assert (error.code, error.path, error.row) == ("unknown-variable", "letter.md", 6)
    assert error.facts == {"name": "comune", "suggestion": "commune"}


@pytest.mark.parametrize(
    ("body", "limits"),
    [
        ("Là.\n\n" * 50_000, {"time", "memory"}),
        ("{{ " + "(" * 100_000 + "commune" + ")" * 100_000 + " }}", {"depth"}),
        ("[" * 290_000, {"time", "output"}),
        ("{{ " + "9" * 5_000 + " }}", {"crash"}),
    ],
    ids=["paragraphs", "brackets", "a line of [", "a number of 5,000 digits"],
)
def test_a_letter_that_runs_away_names_the_limit_that_stopped_it(
    body: str, limits: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "time" in limits:  # a second of it proves as much as four
        monkeypatch.setattr(confined, "LETTER", replace(confined.LETTER, cpu_s=1))
    error = stopped(lambda: try_out(letter(body), path="my.md"))
    assert error.code == "letter-runaway"
    assert error.facts["words"] in limits
    assert error.path in ("letter.md", "my.md")


@pytest.mark.parametrize(
    "body",
    ["Nous sommes là.\n\n" * 600_000, "{% include 'x' %}\n" * 600_000, "{{ '" + "a" * 2_000_000],
    ids=["10 MB", "10 MB of includes", "2 MB in a blank"],
)
def test_a_letter_of_megabytes_is_a_book(body: str) -> None:
    assert stopped(lambda: try_out(letter(body))).code == "letter-of-a-book"


def test_more_than_any_letter_is_too_much_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "OUTPUT_AT_MOST", 100_000)  # few words can become many
    try_once(letter("Nous. " * 8_000))
    error = stopped(lambda: try_once(letter("Nous. " * 17_000)))
    assert (error.code, error.facts["words"]) == ("letter-runaway", "output")


# --- the child ------------------------------------------------------------------------------------


def running(code: str) -> Callable[[], CompiledTemplate]:
    """What a letter could do if it found a way out of its language."""
    return cast(Callable[[], CompiledTemplate], partial(exec, code))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits time alone")
def test_a_child_that_computes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "LETTER", replace(confined.LETTER, cpu_s=1, wall_s=60))
    four_seconds = (
        "import time; end = time.process_time() + 4\nwhile time.process_time() < end: pass"
    )
    error = stopped(lambda: try_out(running(four_seconds)))
    assert (error.code, error.facts["words"]) == ("letter-runaway", "time")


def test_a_child_that_sleeps_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "LETTER", replace(confined.LETTER, wall_s=1.0))
    error = stopped(lambda: try_out(running("import time; time.sleep(60)")))
    assert (error.code, error.facts["words"]) == ("letter-runaway", "time")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits time alone")
def test_a_child_that_eats_memory_or_writes_a_file_is_ended(tmp_path: Path) -> None:
    error = stopped(lambda: try_out(running(f"bytearray({4 * confined.LETTER.memory})")))
    assert (error.code, error.facts["words"]) == ("letter-runaway", "memory")
    file = tmp_path / "file"
    stopped(lambda: try_out(running(f"open({str(file)!r}, 'w').write('x' * 100_000)")))
    assert not file.read_text()


def test_a_child_knows_no_password_and_no_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    monkeypatch.chdir(tmp_path)
    telling = (
        "import os, sys\n"
        "from merge.errors import LetterError\n"
        "raise LetterError('told', names='PUBLIPOSTAGE' in ' '.join(os.environ), "
        f"here='' in sys.path or {str(tmp_path)!r} in sys.path)"
    )
    error = stopped(lambda: try_out(running(telling)))
    assert error.facts == {"names": "False", "here": "False"}


def test_what_a_helper_leaves_among_the_temporary_files_goes_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    helpers.end()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = Path(helpers.run(tempfile.mkdtemp, replace(confined.LETTER, files=1000)))
    assert left.is_dir()
    assert left.is_relative_to(tmp_path)
    helpers.end()
    assert not [*tmp_path.iterdir()]


def test_no_module_of_the_folder_that_one_works_in_is_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "jinja2.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    try_out(letter("Un"))
    assert not (tmp_path / "run").exists()
