"""Every way to start a process: none runs what lies in the current folder, a stranger's perhaps."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import merge
from merge.app import work
from merge.french.communes import reference
from merge.paper import runs
from tests.desk import Desk
from tests.house import ROOT
from tests.pages import need_pages
from tests.servers.ports import until
from tests.webserver import serving
from tests.word_files import odt_file

SCRIPT = str(Path(sys.executable).with_name("publipostage"))
WALKED = {
    *("merge/app/work.py", "merge/confined/helpers.py", "merge/paper/runs.py"),
    *("merge/web/child.py", "merge/web/jobs.py", "merge/web/server.py"),
    *("merge/app/paper.py", "merge/app/confined.py"),  # start no Python: `lp`, LibreOffice
}
"""What starts processes."""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A campaign on paper, in whose folder one works. Modules and programs of all names that might
    be looked for lie there, and none is run.
    """
    need_pages()
    towns = list(reference().values())[:6]
    rows = [f"{c.insee};{c.name};F;A;B;;1 rue de la Mairie;01000;Ville" for c in towns]
    desk, ran = Desk.made(tmp_path, *rows), tmp_path / "ran"
    for name in {*sys.stdlib_module_names, "merge", "click", "weasyprint", "pandas"}:
        module = f"open({str(ran)!r}, 'a').write(__name__ + '\\n')\n"
        (desk.folder / f"{name}.py").write_text(module, encoding="ascii")
    for name in ("xdg-settings", "xdg-open", "lp", "soffice", "spamassassin", "perl", "gcc"):
        (desk.folder / name).write_text(f"#!/bin/sh\necho {name} >> {ran}\n", encoding="ascii")
        (desk.folder / name).chmod(0o700)
    monkeypatch.chdir(desk.folder)
    yield desk
    assert not ran.exists(), ran.read_text()


def careless() -> dict[str, str]:
    """The environment of who has the current folder first among the places of programs."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    return kept | {"PATH": f":.:{os.environ['PATH']}"}


def test_no_way_to_start_a_process_runs_what_lies_in_the_folder(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in (["import", "../communes.csv"], ["preview", "01001"], ["check"]):
        subprocess.run([SCRIPT, *words], env=careless(), check=True, capture_output=True)
    # LibreOffice, which reads a letter
    reading = f"from merge.app import confined; confined.read_draft({odt_file('')!r}, 'a.odt')"
    words = [sys.executable, "-P", "-c", reading]
    done = subprocess.run(words, env={**os.environ, "PATH": "."}, stderr=subprocess.PIPE)
    assert b"letter-not-word" in done.stderr
    # A worker
    id_ = "00000000-0000-4000-8000-000000000000"
    ended = work._in_its_own_process(work.Work(campaign_id=id_, run=1), lambda: False)
    assert ended.trouble or ended.unexpected
    # A pool, and its helpers
    for name in ("LETTERS_IN_A_RUN", "LETTERS_IN_A_PROOF"):
        monkeypatch.setattr(runs, name, 2)
    monkeypatch.setattr(runs, "WORTH_WORKERS_S", 0)
    monkeypatch.setattr(runs, "cores", lambda: 2)
    desk.ok("check")
    # The page and its jobs
    with serving(campaign=desk.folder, environ=careless()) as server:
        page = server.enter()
        assert page.at("letter").follow("Show the pages").status == 200
        page.at("send?step=paper").submit("paper/make")
        until(lambda: page.at("paper/1").status == 200)


def test_nothing_else_starts_a_process() -> None:
    starting = re.compile(r"^(?:import|from) .*\b(?:subprocess|multiprocessing|pty)\b", re.M)
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "merge").rglob("*.py")
        if starting.search(path.read_text("utf-8"))
    }
    assert found <= WALKED


def test_the_folder_is_on_no_path_of_what_is_started(tmp_path: Path) -> None:
    telling = "import json, merge, os, sys; print(json.dumps([sys.path, dict(os.environ)]))"
    relative = {"PATH": ".::/bin", "PYTHONPATH": f":.:{Path(merge.__file__).parents[1]}"}
    said = subprocess.check_output(
        [sys.executable, "-c", telling], env=os.environ | relative, cwd=tmp_path
    )
    path, environ = json.loads(said)
    assert not {"", ".", str(tmp_path)} & set(path)
    assert environ["PATH"] == "/bin"
    assert environ["PYTHONPATH"] == str(Path(merge.__file__).parents[1])
    assert environ["PYTHONSAFEPATH"] == "1"


def test_nobody_is_told_to_start_it_from_where_they_are() -> None:
    """Of a folder that has a `merge/` Python runs that, and no program can prevent it."""
    told = [
        *(ROOT / "merge").rglob("*.py"), *(ROOT / "merge").rglob("*.po"),
        *(ROOT / "docs").rglob("*.md"), *(ROOT / "templates").rglob("*"),
        *(ROOT / ".ci" / "packaging").rglob("*"), ROOT / "README.md",
    ]  # fmt: skip
    for path in told:
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            assert not re.search(r"(?<!-P )-m merge\b", text), path
