"""What each command says, in French, as people see it: the texts beside this file, played anew.

A line says what is done: `#` (words for the reader), `@` (what happens beside: a method of `Stage`
and its words), `|` (a line of its file), `$` (what is typed), `<` (answers to questions) and `?`
(what became of it: an `ask_` method); or what is told: `1` (stdout), `2` (stderr), `=` (the exit
code) and `:` (what became of it). PORT is a mail server's that wants TLS and the password "secret",
PLAIN that of one without (tests/servers/faults.py); each is started when it is named.

REWRITE_GOLDEN=1 writes what is told anew: read the difference. A new text needs what is done.
"""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from email import message_from_bytes, policy
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import click.termui
import keyring
import pytest
from keyring.backends import fail

from merge.app.opening import now
from tests import cameback, desk, mails
from tests.drawer import Drawer
from tests.dying import dies
from tests.evening import GROUP, Evening, neutral
from tests.printers import OwnLp
from tests.servers import dns
from tests.servers.capture import CaptureServer
from tests.servers.faults import FaultServer
from tests.workbooks import workbook

pytest_plugins = ["tests.servers.fixtures"]

CHANGES = [  # from one day or server to the next, and what stands for it
    (re.compile(r"→ \d{5}$", re.MULTILINE), "→ 0"),
    (re.compile(r"\b[0-9a-f]{16}…"), "0123…"),
    (re.compile(r"(1000 lettres partiraient ainsi.: ).*"), r"\g<1>…"),
    (re.compile(r"(?<=localhost:)\d{5}\b"), "0"),
    (re.compile(r"(?:aujourd’hui|demain|(?:le )?\w+ \d+e?r? \w+) à \d\d:\d\d"), "plus tard"),
]
TEXTS = sorted(Path(__file__).parent.glob("*.txt"))
STEP = re.compile(
    r"(?m)^(?:@ (?P<beside>.+)\n(?P<file>(?:\|.*\n)*)|\? (?P<asked>.+)\n"
    r"|\$ (?P<typed>.+)\n(?P<answers>(?:<.*\n)*))"
)


class Stage(Evening):
    """A person in the folder of a campaign, and what happens there beside what they type."""

    def __init__(self, request: pytest.FixtureRequest, ends: ExitStack) -> None:
        super().__init__()
        self.fixture, self.ends, self.here = request.getfixturevalue, ends, desk.Desk(Path())
        self.patch: pytest.MonkeyPatch = self.fixture("monkeypatch")
        self.seen = {"PORT": 0, "PLAIN": 0, "lp": 0}

    @cached_property
    def server(self) -> CaptureServer:
        """The one at PORT."""
        started: CaptureServer = self.fixture("capture_server")
        return started

    @cached_property
    def plain(self) -> FaultServer:
        """The one at PLAIN."""
        started: FaultServer = self.fixture("fault_server")
        return started

    @cached_property
    def printer(self) -> OwnLp:
        """The only one that there is."""
        return OwnLp.on_the_path(Path.cwd().parent / "programs", self.patch)

    def meant(self, words: str) -> str:
        """What they are with what stands for a server."""
        if words == "ca.pem":
            return str(self.server.authority.ca_file)
        words = re.sub(r"\bPORT\b", lambda _: str(self.server.port), words)
        return re.sub(r"\bPLAIN\b", lambda _: str(self.plain.port), words)

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
        r"""`\n` is a line break."""
        old, new = (words.replace("\\n", "\n") for words in (old, new))
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

    def nobody(self) -> None:
        """It is a script from now on."""
        self.patch.setattr(sys.modules["merge.cli.output"], "somebody_is_there", lambda: False)

    def no_keyring(self) -> None:
        """A machine without a screen."""
        keyring.set_keyring(fail.Keyring())

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

    def folder(self, path: str) -> None:
        """Whatever follows is done there."""
        Path(path).mkdir(exist_ok=True)
        self.patch.chdir(path)

    def move(self, path: str) -> None:
        """The campaign's folder, to there."""
        self.patch.chdir(Path.cwd().rename(Path(path).resolve()))

    def user(self, name: str) -> None:
        """Another one, with a list and passwords of their own."""
        self.patch.setenv("PUBLIPOSTAGE_HOME", str(Path.cwd().parent / f"home-{name}"))

    def dns(self, zones: str = "") -> None:
        """A line a record, `NAME TYPE DATA`; or `NAME FAULT`. It knows what it knew before, too."""
        names: dict[str, dict[str, list[str]]] = {}
        faults: dict[str, dns.Fault] = {}
        for name, kind, *data in (line.split(" ", 2) for line in zones.splitlines()):
            if data:
                names.setdefault(name, {}).setdefault(kind, []).extend(data)
            else:
                faults[name] = kind  # type: ignore[assignment] # a line's own word
        started = self.ends.enter_context(dns.serving(names, faults))
        self.patch.setenv("PUBLIPOSTAGE_DNS", started.address)

    def trusted(self) -> None:
        """The certificates of the server at PORT lie in the campaign's folder."""
        self.server.authority.put_in(Path())

    def lp(self, how: str = "works") -> None:
        """What the printer's own program does from now on: it `works`, or `refuses`; or none is
        there (`absent`)."""
        self.printer.refuse(how == "refuses")
        path = os.pathsep.join((str(self.printer.folder), os.defpath))
        self.patch.setenv("PATH", "" if how == "absent" else path)

    def killed(self, when: str, point: str, *words: str) -> None:
        """A command, before or after MODULE:FUNCTION."""
        dies(self.here, point, when, *words)

    def ask_figures(self) -> Iterator[str]:
        """Who is in which state."""
        figures = self.here.figures()
        for channel in ("email", "paper"):
            found = ", ".join(f"{n} {state}" for state, n in figures[channel].items() if n)
            yield f"{channel}: {found or 'nobody'}"

    def ask_taken(self, *headers: str) -> Iterable[str]:
        """Whom the servers took a letter to since somebody asked, with these headers."""
        told: list[tuple[str, bytes]] = []
        if "server" in vars(self):
            mine = [(each.recipients[0], each.data) for each in self.server.messages]
            told += self._since("PORT", mine)
        if "plain" in vars(self):
            told += self._since("PLAIN", [(to.recipient, to.data) for to in self.plain.accepted])
        mails = [(to, message_from_bytes(data, policy=policy.default)) for to, data in told]
        said = [" | ".join([to, *(str(mail[h] or "–") for h in headers)]) for to, mail in mails]
        return sorted(said) or ["nobody"]

    def ask_lp(self) -> Iterable[str]:
        """What `lp` was told since."""
        return [*self._since("lp", [" ".join(words) for words in self.printer.told])] or ["nothing"]

    def _since(self, what: str, found: list[Any]) -> list[Any]:
        before, self.seen[what] = self.seen[what], len(found)
        return found[before:]

    def ask_files(self, *globs: str) -> Iterable[str]:
        """Which there are, and for whom."""
        found = {path for each in globs for path in Path().glob(each)}
        told = [f"{stat.filemode(path.stat().st_mode)} {path}" for path in sorted(found)]
        return told or ["none"]

    def ask_text(self, path: str, *begin: str) -> Iterable[str]:
        """What stands in a file, or those of its lines that begin so."""
        lines = Path(path).read_text("utf-8-sig").splitlines()
        return [line for line in lines if line.startswith(begin or "")]

    def ask_keyring(self) -> Iterable[str]:
        """Every password in it."""
        kept = self.fixture("drawer").kept.items()
        return [f"{service} {login}: {password}" for (service, login), password in kept] or ["none"]

    def ask_sql(self, statement: str) -> Iterable[str]:
        """The rows of the ledger that this finds."""
        rows = [" | ".join(map(str, row)) for row in self.here.sql(statement)]
        return rows or ["none"]

    def play(self, text: str) -> str:
        """The text with what is told now."""

        def step(found: re.Match[str]) -> str:
            if beside := found["beside"]:
                name, *words = map(self.meant, shlex.split(beside))
                lines = re.sub(r"(?m)^\| ?", "", found["file"])
                getattr(self, name)(*words, *([lines] if lines else []))
                return found[0]
            if asked := found["asked"]:
                name, *words = shlex.split(asked)
                return found[0] + steady("".join(f": {line}\n" for line in self.asks(name, words)))
            words = [self.meant(word) for word in shlex.split(found["typed"])[1:]]
            self.types(*words, answers=re.sub(r"(?m)^< ?", "", found["answers"]))
            told = re.sub(r"\A.*\n(<.*\n)*", "", "\n".join(self.shown))
            self.shown.clear()
            return found[0] + steady(told)

        return STEP.sub(step, re.sub(r"(?m)^[12=:].*\n", "", text))

    def asks(self, name: str, words: list[str]) -> Iterable[str]:
        """What a `?` line comes to."""
        told: Iterable[str] = getattr(self, f"ask_{name}")(*words)
        return told


def steady(told: str) -> str:
    """The text without what is another each time."""
    told = neutral(told)
    for changing, constant in CHANGES:
        told = changing.sub(constant, told)
    return told.replace(str(Path.cwd().parent), "/dossier")


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
    drawer: Drawer,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_LANG", "fr")
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "campagne").mkdir()
    monkeypatch.chdir(tmp_path / "campagne")
    text = path.read_text(encoding="utf-8")
    with ExitStack() as ends:
        told = Stage(request, ends).play(text)
    assert "Traceback" not in told, told
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(told, encoding="utf-8")
    assert told.splitlines() == path.read_text(encoding="utf-8").splitlines()
