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
from tests.house import ROOT

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


@pytest.mark.parametrize(
    ("system", "release", "typed"),
    [
        ("linux", {"ID": "debian"}, "sudo apt install libpango"),
        ("linux", {"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "sudo apt install libpango"),
        ("linux", {"ID": "fedora"}, "sudo dnf install pango"),
        ("linux", None, "sudo apt install libpango"),
        ("darwin", None, "brew install pango"),
        ("win32", None, "pacman -S mingw-w64-ucrt-x86_64-pango"),
    ],
)
def test_it_is_said_in_the_words_of_that_system(system, release, typed, monkeypatch):
    def told():
        if release is None:
            raise OSError("no os-release")
        return release

    def imported():
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


def test_a_campaign_by_email_needs_no_pango(run, capture_server, monkeypatch):
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    new = ("new", "campaign", "--name", "Exemple", "--group", "Collectif d'exemple",
           "--contact", "contact@example.org", "--from", "contact@example.org",
           "--place", "Rennes", "--address", "35000 RENNES")  # fmt: skip
    server = ("--host", "localhost", "--port", str(capture_server.port),
              "--ca-file", str(capture_server.authority.ca_file))  # fmt: skip
    inside = ("-C", "campaign")
    done = run(
        new,
        (*inside, "account", "set", *server),
        (*inside, "import", str(ROOT / "data/communes.csv")),
        (*inside, "check"),
        (*inside, "preview", "--as", "eml"),
        (*inside, "send", "--test", "contact@example.org"),
        (*inside, "send", "--really", "--yes"),
    )
    assert done.returncode == 0, done.stderr
    assert len(capture_server.messages) > 1

    assert run((*inside, "print")).returncode == ExitCode.MISUSE
