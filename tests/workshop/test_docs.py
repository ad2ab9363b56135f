"""The documents say all that the program can do, and nothing that it cannot."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import catalogue
import click
import pytest

from merge.cli.commands import publipostage
from merge.cli.options import Single
from merge.errors import ExitCode
from merge.letters.blanks import NAMES
from merge.letters.filters import FILTERS
from merge.settings import ENVIRONMENT, PROVIDERS, SETTINGS
from tests.desk import Desk
from tests.house import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
DOCS = sorted((ROOT / "docs").glob("*.md"))
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
TERMINAL = (ROOT / "docs" / "terminal.md").read_text(encoding="utf-8")


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name, command


COMMANDS = dict(commands(publipostage))
LIMITS = re.compile(r"\bx[<>]=|<=x\b")


def test_the_reference_is_what_the_program_says_of_itself() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, reference; text = open(sys.argv[1], encoding='utf-8').read(); "
            "sys.exit(reference.written(text) != text)",
            str(ROOT / "docs" / "reference.md"),
        ],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / ".ci")])},
        check=False,
    )
    assert done.returncode == 0, "docs/reference.md is behind the program: make reference"


def test_each_command_and_option_is_in_the_reference_and_says_if_it_may_be_given_again() -> None:
    """« [x>=1] » says nothing to who never saw a program."""
    failures = []
    for name, command in COMMANDS.items():
        with click.Context(command, info_name=name) as context:
            if f"`publipostage {name}" not in REFERENCE or LIMITS.search(command.get_help(context)):
                failures.append(name)
        for option in command.params:
            if isinstance(option, click.Option):
                again = option.multiple and not isinstance(option, Single)
                says = re.search("several times|once for each", option.help or "")
                if (again and not says) or not all(word in REFERENCE for word in option.opts):
                    failures.append(f"{name} {option.name}")
    assert failures == []


def test_the_reference_says_in_one_way_that_an_option_may_be_given_again() -> None:
    assert set(re.findall(r"Peut être (?:donnée?|répétée?)\b", REFERENCE)) == {"Peut être donnée"}


def test_every_variable_that_the_program_reads_is_documented() -> None:
    read = {
        name
        for path in (ROOT / "merge").rglob("*.py")
        for name in re.findall(r"PUBLIPOSTAGE_[A-Z_]+", path.read_text(encoding="utf-8"))
    }
    assert read <= {doc.name for doc in ENVIRONMENT}


def test_every_setting_and_variable_and_exit_code_stands_in_the_reference() -> None:
    for doc in (*SETTINGS, *ENVIRONMENT):
        assert f"| `{doc.name}` |" in REFERENCE
    for code in ExitCode:
        assert f"| `{code.value}` |" in REFERENCE


@pytest.mark.parametrize(
    ("name", "text"), [("README", README), ("reference", REFERENCE), ("terminal", TERMINAL)]
)
def test_no_document_names_a_command_or_option_that_is_not_there(name: str, text: str) -> None:
    shown = re.findall(
        r"publipostage ((?:-C \S+ )?[a-z]+(?:-[a-z]+)*(?: (?:set|test)\b)?)([^`\n]*)", text
    )
    assert shown
    for words, rest in shown:
        command = re.sub(r"^-C \S+ ", "", words)
        if command not in COMMANDS:
            command = command.split()[0]
        if command in ("account", "est", "takes"):  # prose, or a group
            continue
        assert command in COMMANDS, f"{name}: publipostage {command}"
        known = {opt for p in COMMANDS[command].params for opt in p.opts}
        for option in re.findall(r"(?<!\S)(--[a-z-]+)", rest):
            assert option in known, f"{name}: {command} {option}"


@pytest.mark.parametrize(
    "path", ["README.md", *(f"docs/{p.name}" for p in DOCS if p.name != "terminal.md")]
)  # what it names lies in a campaign
def test_every_file_that_a_document_names_is_there(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    for name in re.findall(r"`((?:merge|data|docs|templates|tests|\.ci)/[\w./-]*)`", text):
        assert (ROOT / name).exists(), name
    for target in re.findall(r"\]\(([^)#h][^)]*)\)", text):
        assert (ROOT / path).parent.joinpath(target).exists(), target


def test_the_architecture_names_every_room_and_every_step_of_the_way() -> None:
    rooms = {path.name for path in (ROOT / "merge").iterdir() if (path / "__init__.py").exists()}
    assert not {room for room in rooms if f"`merge/{room}/`" not in ARCHITECTURE}


def test_the_first_lines_of_readme_say_what_it_needs_to_be_used() -> None:
    first = "\n".join(README.splitlines()[:10])
    for word in ("Python 3.11", "make install", "--really", "new", "import", "check", "print"):
        assert word in first


def test_the_guide_is_two_pages_that_ask_for_no_terminal() -> None:
    assert len(GUIDE.split()) <= 1_200
    assert not re.findall(rf"`|publipostage (?:{'|'.join(COMMANDS)})\b|--\w|\w\.toml\b", GUIDE)
    assert len(re.findall(r"!\[[^\]]+\]\(page/\w+-wide\.png\)", GUIDE)) >= 4


def test_each_label_that_the_guide_quotes_is_one_that_the_page_says() -> None:
    labels = {str(one.string).replace("’", "'") for one in catalogue.read()}
    quoted = re.findall(r"« ([^»]+) »", GUIDE)
    assert len(quoted) >= 5
    assert not {each for each in quoted if each not in labels}


def test_the_terminal_page_names_all_that_a_new_campaign_has(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    there = {each.name + "/" * each.is_dir() for each in desk.folder.iterdir()}
    assert there == {name for name in there if f"\n| `{name}` |" in TERMINAL}


def test_the_terminal_page_names_every_blank_and_what_may_follow_its_bar() -> None:
    names = {*NAMES, *(f"|{each}" for each in FILTERS)}
    page = TERMINAL.replace("\\|", "|")
    assert not {name for name in names if not re.search(rf"{re.escape(name)}\b", page)}


def test_the_terminal_page_names_every_blank_of_the_model_letter() -> None:
    letter = Path(ROOT / "templates" / "vsa" / "letter.md").read_text(encoding="utf-8")
    for blank in re.findall(r"\{\{ (\w+)", letter):
        assert blank in TERMINAL


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_terminal_page_tells_of_each_provider_whether_it_has_caps_of_its_own(name: str) -> None:
    (row,) = [line for line in TERMINAL.splitlines() if line[:2] == "| " and f"`{name}`" in line]
    known = PROVIDERS[name]
    has_none = (known.per_minute, known.per_hour, known.per_day) == (None, 100, 300)
    assert ("100 par heure, 300 par jour" in row) is has_none
    assert ("mot de passe d'application" in row) is (known.credential == "application")
    assert ("on se connecte" in row) is (known.credential == "sign-in")
