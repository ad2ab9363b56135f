"""What each command says, in French, as people see it: the texts beside this file, played anew.

A line says what is done: `#` (words for the reader), `@` (what happens beside: a method of `Stage`
and its words), `|` (a line of its file), `$` (what is typed) and `<` (answers to questions); or
what is told: `1` (stdout), `2` (stderr) and `=` (the exit code). PORT is a mail server's that wants
TLS and the password "secret", PLAIN that of one without (tests/servers/faults.py).

REWRITE_GOLDEN=1 writes what is told anew: read the difference. A new text needs what is done.
"""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import click
import click.termui
import pytest

from merge.app.opening import now
from tests import cameback, desk, mails
from tests.drawer import Drawer
from tests.evening import GROUP, Evening, neutral
from tests.servers.capture import CaptureServer
from tests.servers.faults import FaultServer
from tests.workbooks import workbook

pytest_plugins = ["tests.servers.fixtures"]

CHANGES = [  # from one day or server to the next, and what stands for it
    (re.compile(r"→ \d{5}$", re.MULTILINE), "→ 0"),
    (re.compile(r"\b[0-9a-f]{16}…"), "0123…"),
    (re.compile(r"(1000 lettres partiraient ainsi.: ).*"), r"\g<1>…"),
    (re.compile(r"(?:aujourd’hui|demain|le \w+ \w+ \w+) à \d\d:\d\d"), "plus tard"),
]
TEXTS = sorted(Path(__file__).parent.glob("*.txt"))
STEP = re.compile(
    r"@ (?P<beside>.+)\n(?P<file>(?:\|.*\n)*)|\$ (?P<typed>.+)\n(?P<answers>(?:<.*\n)*)"
)


class Stage(Evening):
    """A person in the folder of a campaign, and what happens there beside what they type."""

    def __init__(
        self, server: CaptureServer, plain: FaultServer, patch: pytest.MonkeyPatch
    ) -> None:
        super().__init__()
        self.server, self.patch, self.here = server, patch, desk.Desk(Path())
        ports = {"PORT": server.port, "PLAIN": plain.port, "ca.pem": server.authority.ca_file}
        self.stands_for = {name: str(value) for name, value in ports.items()}

    def campaign(self, *more: str) -> None:
        """A new one, in this folder."""
        self.silently("new", ".", *GROUP, *more)

    def silently(self, *words: str) -> None:
        """A command that another text shows."""
        said = desk.run(*words)
        assert said.code in (0, 1), said.err

    def connected(self) -> None:
        self.here.connect(self.server)

    def sent(self) -> None:
        """Connected, and all that can leave by e-mail has left."""
        self.connected()
        self.silently("send", "--really", "--yes", "--untested")

    def file(self, path: str, text: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        Path(path).write_text(Path(path).read_text("utf-8") + text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        text = Path(path).read_text("utf-8")
        assert old in text, old
        Path(path).write_text(text.replace(old, new, 1), encoding="utf-8")

    def remove(self, path: str) -> None:
        Path(path).unlink()

    def approve(self) -> None:
        self.here.approve()

    def raw(self, path: str, hexadecimal: str) -> None:
        Path(path).write_bytes(bytes.fromhex(hexadecimal))

    def workbook(self, path: str, *sheets: str) -> None:
        """Each as `name=cell;cell/cell;cell`."""
        split = [each.partition("=") for each in sheets]
        rows = [(name, [row.split(";") for row in of.split("/")]) for name, _, of in split]
        Path(path).write_bytes(workbook(*rows))

    def environ(self, name: str, value: str = "") -> None:
        self.patch.setenv(name, value) if value else self.patch.delenv(name)

    def keyboard(self, hidden: str = "") -> None:
        """Somebody is there from now on, and types this where nothing is shown."""
        self.patch.setattr(sys.modules["merge.cli.output"], "somebody_is_there", lambda: True)
        self.patch.setattr(click.termui, "hidden_prompt_func", lambda prompt: hidden)

    def days(self, n: str) -> None:
        """So many have passed."""
        self.patch.setattr("merge.app.remind.now", lambda: now() + timedelta(days=int(n)))

    def sql(self, statement: str) -> None:
        """Of another program."""
        with closing(sqlite3.connect("ledger.db")) as ledger, ledger:
            ledger.execute(statement)

    def doubt(self, key: str) -> None:
        cameback.doubt(self.here, key)

    def answers(self, name: str, key: str, sender: str, body: str = "Bonjour.") -> None:
        """A mail about the letter to `key`, or about nobody knows which (-)."""
        refers = "" if key == "-" else self.refers_to(key)
        self._mail(name, mails.answer(refers=refers, sender=sender, body=body, own_id=f"<{name}>"))

    def returns(self, name: str, key: str, to: str, status: str, said: str) -> None:
        """A server's report, of the same."""
        if key == "-":
            data = mails.report("failed", status, said, returned=mails.NOTHING, to=to)
        else:
            data = cameback.came_back(self.here, key, to, status, said)
        self._mail(name, data.replace(b"Message-ID: <failed-", f"Message-ID: <{name}-".encode(), 1))

    def _mail(self, name: str, data: bytes) -> None:
        Path("mails").mkdir(exist_ok=True)
        Path("mails", f"{name}.eml").write_bytes(data)

    def play(self, text: str) -> str:
        """The text with what is told now."""

        def step(found: re.Match[str]) -> str:
            if beside := found["beside"]:
                name, *words = shlex.split(beside)
                lines = re.sub(r"(?m)^\| ?", "", found["file"])
                getattr(self, name)(*words, *([lines] if lines else []))
                return found[0]
            words = [self.stands_for.get(word, word) for word in shlex.split(found["typed"])[1:]]
            self.types(*words, answers=re.sub(r"(?m)^< ?", "", found["answers"]))
            told = neutral(re.sub(r"\A.*\n(<.*\n)*", "", "\n".join(self.shown)))
            self.shown.clear()
            for changing, constant in CHANGES:
                told = changing.sub(constant, told)
            return found[0] + told.replace(str(Path.cwd().parent), "/dossier")

        return STEP.sub(step, re.sub(r"(?m)^[12=].*\n", "", text))


@pytest.fixture(scope="module", autouse=True)
def french() -> Iterator[None]:
    """The program as somebody starts it who speaks French: commands have their help by import."""
    before = {name: each for name, each in sys.modules.items() if name.startswith("merge.cli")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["merge"], "cli", None)
        for kind in (click.STRING, click.INT, click.IntRange):
            patch.setattr(kind, "name", kind.name)
        for name in before:
            patch.delitem(sys.modules, name)
        patch.setattr(desk, "main", import_module("merge.cli").main)
        yield
        for name in [name for name in sys.modules if name.startswith("merge.cli")]:
            del sys.modules[name]


@pytest.mark.parametrize("path", TEXTS, ids=[path.stem for path in TEXTS])
def test_a_command_says_what_it_always_said(
    path: Path,
    tmp_path: Path,
    capture_server: CaptureServer,
    fault_server: FaultServer,
    drawer: Drawer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_LANG", "fr")
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "campagne").mkdir()
    monkeypatch.chdir(tmp_path / "campagne")
    text = path.read_text(encoding="utf-8")
    told = Stage(capture_server, fault_server, monkeypatch).play(text)
    assert "Traceback" not in told, told
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(told, encoding="utf-8")
    assert told.splitlines() == path.read_text(encoding="utf-8").splitlines()
