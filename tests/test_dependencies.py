"""What pyproject.toml declares is what merge/ imports, and nothing loads before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    data_only = {"tzdata"}  # zoneinfo reads it where the system has no time zones
    assert declared(project["dependencies"]) - data_only == imported(HOUSE)


def test_help_loads_nothing_heavy(tmp_path):
    code = (
        "import json, sys; from merge.cli import main; main(['--help']); "
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "click" in loaded
    assert not loaded & HEAVY
