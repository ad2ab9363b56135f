"""Without Pango, everything that goes by e-mail works; only paper says what it lacks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from merge.errors import ExitCode
from tests.house import ROOT

# As where the libraries are missing: `import weasyprint` fails, with OSError from its dlopen, here
# and in every process that this one starts.
WITHOUT_WEASYPRINT = """raise OSError("cannot load library 'libpango-1.0-0'")"""


pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "instead").mkdir()
    (tmp_path / "instead" / "weasyprint.py").write_text(WITHOUT_WEASYPRINT, encoding="utf-8")
    before = os.environ["PYTHONPATH"]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "instead"), before]))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "merge", *arguments],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return run


def test_a_campaign_by_email_needs_no_pango(run, capture_server, monkeypatch):
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    new = ("new", "campaign", "--name", "Exemple", "--group", "Collectif d'exemple",
           "--contact", "contact@example.org", "--from", "contact@example.org",
           "--place", "Rennes", "--address", "35000 RENNES")  # fmt: skip
    server = ("--host", "localhost", "--port", str(capture_server.port),
              "--ca-file", str(capture_server.authority.ca_file))  # fmt: skip
    inside = ("-C", "campaign")
    for arguments in (
        new,
        (*inside, "account", "set", *server),
        (*inside, "import", str(ROOT / "data/communes.csv")),
        (*inside, "check"),
        (*inside, "preview", "--as", "eml"),
        (*inside, "send"),
        (*inside, "send", "--test", "contact@example.org"),
        (*inside, "send", "--really", "--yes"),
        (*inside, "status"),
        (*inside, "log"),
    ):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
    assert len(capture_server.messages) > 1

    assert "were not measured" in run(*inside, "check").stderr

    paper = run(*inside, "print")
    assert paper.returncode == ExitCode.MISUSE
    assert "libpango" in paper.stderr
