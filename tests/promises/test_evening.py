"""What people see and are told through a whole campaign is what tests/golden/evening-*.txt shows.

Where words were meant to change, REWRITE_GOLDEN=1 writes the texts again: read the difference.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.both import on_each_database
from tests.house import ROOT
from tests.servers.mailroom import made
from tests.servers.postfix import RealServers

pytest_plugins = ["tests.servers.fixtures"]

GOLDEN = ROOT / "tests/golden"
both_languages = pytest.mark.parametrize("language", ["fr", "en"])


def compare(name: str, *words: str) -> None:
    # A process of its own: part of the words are put into a language once, by import.
    done = subprocess.run(
        [sys.executable, "-m", "tests.evening", *words], capture_output=True, check=False
    )
    shown = done.stdout.decode()
    assert done.returncode == 0, shown + done.stderr.decode()
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(shown, encoding="utf-8")
    assert shown.splitlines() == golden.read_text(encoding="utf-8").splitlines()


@on_each_database
def test_a_campaign_says_what_it_always_said() -> None:
    compare("evening-fr", "fr")


def test_a_campaign_says_the_same_in_english() -> None:
    compare("evening-en", "en")


@both_languages
def test_a_campaign_whose_first_letters_come_back_says_what_it_always_said(
    language: str, real_mail_servers: RealServers
) -> None:
    real = real_mail_servers
    made(real, f"soiree-{language}", "Gesendet")
    compare(
        f"evening-staged-{language}",
        *(
            language,
            "--login",
            f"soiree-{language}@example.org",
            "--imap-port",
            str(real.imap_port),
        ),
        *("--ca-file", str(real.authority.ca_file)),
    )
