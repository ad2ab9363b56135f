"""Seed the faults of tests/mutants/*.txt, one after the other, and see that a test fails of each.

In a text file, below `tests:` (files, or tests, that see them), more changes than one at will:

    * What is wrong then: what was promised.
    merge/some/file.py
    - the lines as they are
    + the lines as they are wrong

The lines are looked for in that file, then in all of merge/: found nowhere, or twice, is a failure,
and the fault is seeded anew in the new place. None is taken away, nor made easier. A fault meets
its `tests:`, and then all that run its lines, the quickest first: one run of the suite says which
(build/mutants/). With `--hints` it meets its `tests:` alone. Other words choose subjects or faults.
"""

from __future__ import annotations

import ast
import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import cache_from_source
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from coverage import CoverageData

ROOT = Path(__file__).parents[2]
CONTEXTS, TIMES = ROOT / "build/mutants/contexts", ROOT / "build/mutants/times.xml"
# What takes long to load: each fault is met in a fork of this process.
LOADED = "hypothesis xdist pytest_cov sqlalchemy.dialects.sqlite alembic pandas weasyprint pikepdf"


class Fault(NamedTuple):
    """What it says, the tests that see it, and path, old and new lines of each change."""

    words: str
    tests: Sequence[str]
    changes: Sequence[tuple[str, list[str], list[str]]]


def faults(path: Path) -> Iterator[Fault]:
    """Those of one subject."""
    head, *blocks = re.split(r"^\* ", path.read_text(encoding="utf-8"), flags=re.M)
    for block in blocks:
        words, *lines = block.split("\n")
        tests, at = re.findall(r"^tests: (.*)", f"{head}\n{block}", re.M)[-1].split(), ""
        changes: list[tuple[str, list[str], list[str]]] = []
        for line in lines:
            if line.startswith("merge/"):
                at = line
            elif line.startswith("-"):
                if not changes or changes[-1][2]:
                    changes.append((at, [], []))
                changes[-1][1].append(line[2:])
            elif line.startswith("+"):
                changes[-1][2].append(line[2:])
        yield Fault(f"{path.stem}: {words}", tests, changes)


def place(folder: Path, path: str, old: str) -> Path | None:
    """The one file that has these lines, once."""
    for files in ([folder / path], sorted((folder / "merge").rglob("*.py"))):
        found = {each: each.read_text("utf-8").count(old) for each in files if each.exists()}
        if any(found.values()):
            return max(found, key=found.__getitem__) if sum(found.values()) == 1 else None
    return None


def is_there(folder: Path, test: str) -> bool:
    """Whether a test has this name, or a file."""
    name, _, function = test.partition("::")
    path, start = folder / name, f"def {function.partition('[')[0]}" if function else ""
    return path.exists() and start in path.read_text("utf-8")


def write(path: Path, text: str) -> None:
    """Put this in the place of a module, whose compiled form may look as old."""
    path.write_text(text, encoding="utf-8")
    Path(cache_from_source(str(path))).unlink(missing_ok=True)


class Witness:
    """A plugin of pytest that writes down which test failed."""

    def __init__(self, at: Path) -> None:
        self.at = at

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.at.write_text(report.nodeid, encoding="utf-8")


def run(folder: Path, tests: Sequence[str], marked: str = "not server") -> tuple[int, str]:
    """pytest's exit code, and which of these tests failed first; servers and browsers are last."""
    said, chosen, failed = (folder / name for name in (".said", ".chosen", ".failed"))
    failed.unlink(missing_ok=True)
    chosen.write_text("\n".join(dict.fromkeys(tests)), encoding="utf-8")
    if not (process := os.fork()):
        code = 99
        try:
            with said.open("w") as out:
                os.dup2(out.fileno(), 1)
                os.dup2(out.fileno(), 2)
            os.chdir(folder)
            os.environ |= {"PYTHONPATH": str(folder), "PUBLIPOSTAGE_DNS": "off"}
            sys.path[:] = [str(folder), *(each for each in sys.path if each != str(ROOT))]
            sys.modules.pop("tests", None)
            asked = ["-x", "-q", "-n0", "--tb=no", "--assert=plain", "-m", marked, f"@{chosen}"]
            code = int(pytest.main(asked, [Witness(failed)]))
            sys.stdout.flush()
            atexit._run_exitfuncs()
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if code in (0, 5) and marked.startswith("not"):
        rest = run(folder, tests, "server")
        return rest if rest[0] != 5 else (code, "")
    told = failed if failed.exists() else said
    return code, told.read_text(encoding="utf-8", errors="replace")[-500:].strip()


@cache
def known() -> tuple[CoverageData, dict[str, float]]:
    """Which test runs which lines, and its seconds: measured once, by the whole suite."""
    if not TIMES.exists():
        TIMES.parent.mkdir(parents=True, exist_ok=True)
        options = f"-q -n auto --dist loadfile --cov=merge --cov-context=test --junit-xml={TIMES}"
        command = [sys.executable, "-m", "pytest", *options.split(), "--cov-report="]
        environ = {**os.environ, "COVERAGE_FILE": str(CONTEXTS)}
        subprocess.run(command, cwd=ROOT, env=environ, check=True)
    data = CoverageData(str(CONTEXTS))
    data.read()
    cases = ElementTree.parse(TIMES).iter("testcase")  # noqa: S314 - pytest wrote it
    named = ((f"{c.get('classname', '').replace('.', '/')}.py::{c.get('name')}", c) for c in cases)
    return data, {name: float(case.get("time") or 0) for name, case in named}


def running(path: Path, text: str, old: str) -> Sequence[str]:
    """The tests that run these lines, the quickest first."""
    data, took = known()
    by_line, first = data.contexts_by_lineno(str(ROOT / path)), text[: text.index(old)].count("\n")
    lines = range(first + 1, first + old.count("\n") + 2)
    names = {each.partition("|")[0] for line in lines for each in by_line.get(line, ())} - {""}
    return sorted(names, key=lambda name: took.get(name, 60))


def judge(folder: Path, fault: Fault, *, by_hints: bool) -> tuple[str, str]:
    """What became of it, and by which test."""
    sound: dict[Path, str] = {}
    tests = [each for each in fault.tests if is_there(folder, each)]
    try:
        for path, *lines in fault.changes:
            old, new = map("\n".join, lines)
            if not (at := place(folder, path, old)):
                return "NOT FOUND", f"{path}: {old}"
            text = at.read_text(encoding="utf-8")
            sound.setdefault(at, text)
            tests += () if by_hints else running(at.relative_to(folder), text, old)
            ast.parse(wrong := text.replace(old, new))
            write(at, wrong)
        code, test = run(folder, tests)
    except SyntaxError as error:
        return "BROKEN", str(error)
    finally:
        for at, text in sound.items():
            write(at, text)
    return {0: "SURVIVED", 1: "killed"}.get(code, "BROKEN"), test


def main(options: Sequence[str]) -> int:
    """Print what becomes of each; 0 when all are killed, by tests that pass without them."""
    chosen = [each for path in sorted(Path(__file__).parent.glob("*.txt")) for each in faults(path)]
    for word in set(options) - {"--hints"}:
        chosen = [each for each in chosen if word in each.words]
    for name in LOADED.split():
        with suppress(ImportError):
            import_module(name)
    killers = list[str]()
    folder = Path(tempfile.mkdtemp(prefix="mutants-"))
    try:
        left_out = shutil.ignore_patterns(".git", ".*venv*", ".*_cache", "build", "__pycache__")
        shutil.copytree(ROOT, folder, ignore=left_out, dirs_exist_ok=True)
        for fault in chosen:
            began = time.monotonic()
            state, test = judge(folder, fault, by_hints="--hints" in options)
            killers += [test] if state == "killed" else []
            took = f"{time.monotonic() - began:5.0f} s"
            print(f"{state:9}{took}  {fault.words}\n{'':18}{test}", flush=True)
        code, test = run(folder, killers) if killers else (0, "")
    finally:
        shutil.rmtree(folder)
    print(f"{len(killers)} of {len(chosen)} killed;", f"red without: {test}" if code else "sound")
    return int(code != 0 or len(killers) < len(chosen))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
