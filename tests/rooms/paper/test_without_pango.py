"""Without Pango, everything that goes by e-mail works; only paper says what it lacks."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from merge.errors import ExitCode, Misuse
from merge.paper import loading
from merge.words.language import speaking
from merge.words.troubles import explain
from tests.desk import HAVRE, HEADER, NICE, Y
from tests.evening import GROUP
from tests.examples import each_line

# As where the libraries are missing: `import weasyprint` fails, with OSError from its dlopen, here
# and in every process that this one starts.
WITHOUT_WEASYPRINT = """raise OSError("cannot load library 'libpango-1.0-0'")"""
SEVERAL = """
import json, sys
from merge.cli import main
for words in json.loads(sys.argv[1]):
    if code := main(words):
        sys.exit(code)
"""

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "instead").mkdir()
    (tmp_path / "instead" / "weasyprint.py").write_text(WITHOUT_WEASYPRINT, encoding="utf-8")
    before = os.environ["PYTHONPATH"]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "instead"), before]))

    def run(*commands: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """One after the other in one process, which ends with the code of the first that failed."""
        return subprocess.run(
            [sys.executable, "-c", SEVERAL, json.dumps(commands)],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return run


@each_line
def test_it_is_said_in_the_words_of_that_system(
    monkeypatch, system: str, release: str | None, typed: str
) -> None:
    def told() -> dict[str, str]:
        if release is None:
            raise OSError("no os-release")
        name, _, like = release.partition(" like ")
        return {"ID": name, "ID_LIKE": like}

    def imported() -> None:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "freedesktop_os_release", told)
    monkeypatch.setattr(loading, "_imported", imported)
    with pytest.raises(Misuse) as caught:
        loading.load_weasyprint()
    with speaking("en"):
        said = explain(caught.value)
    assert "libpango-1.0-0" in said
    assert typed in said


def test_a_campaign_by_email_needs_no_pango(run, capture_server, monkeypatch, tmp_path):
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    (tmp_path / "towns.csv").write_text("\n".join((HEADER, NICE, Y, HAVRE)), encoding="utf-8")
    server = ("--host", "localhost", "--port", str(capture_server.port),
              "--ca-file", str(capture_server.authority.ca_file))  # fmt: skip
    inside = ("-C", "campaign")
    done = run(
        ("new", "campaign", *GROUP),
        (*inside, "account", "set", *server),
        (*inside, "import", "towns.csv", "--yes"),
        (*inside, "check"),
        (*inside, "preview", "--as", "eml"),
        (*inside, "send", "--test", "contact@example.org"),
        (*inside, "send", "--really", "--yes"),
        (*inside, "print"),
    )
    assert len(capture_server.messages) > 1, done.stderr
    assert done.returncode == ExitCode.MISUSE
    assert "libpango" in done.stderr
