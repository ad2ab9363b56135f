"""What pyproject.toml declares is what merge/ imports, and nothing loads before it is needed."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from merge.cli import main
from tests.house import HEAVY, HOUSE, ROOT, Module, library


def declared(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def imported(modules: list[Module]) -> set[str]:
    """The distributions that the outside imports come from."""
    distributions = {**packages_distributions(), "backports.zstd": ["backports.zstd"]}
    return {
        canonicalize_name(name)
        for module in modules
        for found in module.imports
        if library(found.target)
        for name in distributions.get(library(found.target), [f"no-such:{found.target}"])
    }


def test_what_is_declared_is_imported_and_what_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # zoneinfo reads the first where the system has no time zones, Starlette forms with the second,
    # pandas writes workbooks with the third
    by_others = {"tzdata", "python-multipart", "xlsxwriter"}
    extras = project["optional-dependencies"]
    extra = declared(extras["postgres"])
    found = imported([module for module in HOUSE if module.name != "merge.french.make_outlines"])
    assert declared(project["dependencies"]) - by_others == found - extra
    assert extra <= found


HOLES = {"requests": "2.32.3", "filelock": "3.20.2", "fonttools": "4.60.1"}
"""The last version of each with a hole that others have told."""


def test_no_version_with_a_known_hole_is_accepted_or_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = (ROOT / ".ci/constraints.txt").read_text(encoding="utf-8").splitlines()
    lines = [*project["dependencies"], *(pin for pin in pins if pin[:1].isalpha())]
    found = [each for each in map(Requirement, lines) if canonicalize_name(each.name) in HOLES]
    assert len(found) == 2 * len(HOLES)
    for each in found:
        assert not each.specifier.contains(HOLES[canonicalize_name(each.name)]), str(each)


def loaded_by(words: list[str], folder: Path) -> set[str]:
    """The modules that a command loads, run by itself in a folder."""
    code = (
        f"import json, sys; from merge.cli import main; main({words}); "
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_help_loads_nothing_heavy(tmp_path):
    loaded = {name.partition(".")[0] for name in loaded_by(["--help"], tmp_path)}
    assert "click" in loaded
    assert not loaded & HEAVY


def test_a_command_loads_no_other(tmp_path):
    loaded = loaded_by(["send", "--help"], tmp_path)
    assert "merge.cli.send" in loaded
    assert not loaded & {"merge.cli.print", "merge.cli.importing", "merge.cli.replies"}


ONE_COMMAND = """
import gc, sys
from merge.cli import main
sys.argv = ["publipostage", "--version"]
main()
print(gc.get_freeze_count() > 10_000)
"""


def test_what_a_process_of_its_own_leaves_is_not_looked_through():
    ended = subprocess.run(
        [sys.executable, "-c", ONE_COMMAND], capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines()[-1] == "True"


def test_a_command_inside_another_program_leaves_its_garbage_alone():
    frozen = gc.get_freeze_count()
    main(["--version"])
    assert gc.get_freeze_count() <= frozen
