"""What a person reads on each page, and is told of what they do there, is what the texts here show.

A text begins with its campaign. Then a line is a step of that person, and what is shown of it:

    > go WORDS                             the link that says this
    > open ADDRESS                         below the campaign's; of a page that has no link here
    > press BUTTON | field=words | ...     in the form that has it; "=@NAME" is one of FILES, or
                                           what this pattern finds beside the campaign
    > until WORDS                          look again until the page says this
    keep NAME, > back NAME                 another tab, as it was
    $ status                               a command, of which only what it ended with is told
    & letter.md | old | new                another program changes a file
    @ VERB WORDS                           what happens beside: a method of `Teller`
    ? VERB WORDS                           what became of it: the same, with what is told

A step that begins with ">>" shows the title and what it came to alone. Where words were meant to
change, REWRITE_GOLDEN=1 writes the texts again: read the difference.
"""

from __future__ import annotations

import difflib
import os
import re
import resource
import shlex
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urljoin

import pytest

from merge.app.opening import open_campaign
from tests import cameback, evening
from tests.desk import HAVRE, NICE, Desk, Y, a_user
from tests.faces.page.shown import shown, steady
from tests.rooms.app.test_letter_files import PNG
from tests.servers.capture import CaptureServer
from tests.servers.ports import until
from tests.webserver import Page, here

pytest_plugins = ["tests.servers.fixtures"]

TEXTS = sorted(Path(__file__).parent.glob("*.txt"))
DINAN = "22050;Dinan;F;Élise;MARTIN;;1 rue Haute;22100;Dinan"
FILES = {
    "contact.csv": b"Code INSEE;Contact;Maire\n35238;r@example.org;Mme N. APPERE\n29019;;X Y\n",
    "slips.csv": b"Code INSEE;Courriel\n35238;r@oange.fr\n29019;b@example\n",
    "page.csv": b"<html><body>x</body></html>",
    "tract.pdf": b"%PDF-1.4 tract",
    "camera.png": PNG,
    "no.docx": b"no zip",
    "letter.txt": "Objet : Vidéo à [ville]\n\nBonjour à [xx], pour [Truc].\n".encode("cp1252"),
    "haltes.txt": (
        b"Collectif d'exemple\n1 rue de l'Exemple\n\nRennes, le 24 novembre 2026\n\n"
        b"Objet : La halte\n\nMadame, Monsieur le Maire,\n\nLa halte de NOM DE LA COMMUNE ferme.\n"
    ),
}
MENDED = ("letter.md", "reminder.md", "campaign.toml")


def _connected(folder: Path, server: CaptureServer) -> Path:
    desk = Desk.made(folder, NICE, HAVRE, Y, DINAN)
    desk.connect(server)
    return desk.folder


def _people(folder: Path, server: CaptureServer) -> Path:
    desk = Desk(folder / "campaign")
    desk.make(audience="people")
    desk.connect(server)
    return desk.folder


CAMPAIGNS: dict[str, Callable[[Path, CaptureServer], Path | None]] = {
    "none": lambda folder, server: None,
    "empty": lambda folder, server: Desk.made(folder).folder,
    "list": lambda folder, server: Desk.made(folder, NICE, HAVRE, Y, DINAN).folder,
    "connected": _connected,
    "people": _people,
    "returns": lambda folder, server: cameback.campaign(Desk(folder / "campaign"), server).folder,
}
"""Made anew for its text. "connected" is "list" with a mailbox, as "people" and "returns" have."""


class Teller:
    """Takes the steps of a text, and tells what is shown of each."""

    def __init__(
        self, campaign: Path | None, folder: Path, mail: CaptureServer, patch: pytest.MonkeyPatch
    ) -> None:
        self.desk, self.folder = Desk(campaign or folder), folder
        self.mail, self.patch = mail, patch
        self._seen = len(mail.messages)
        self._kept: dict[str, Page] = {}
        self._files = self._read()
        self._servers, self._meanwhile = ExitStack(), ExitStack()
        self.page = self._enter(campaign)

    def close(self) -> None:
        self.free()
        self._servers.close()

    def _enter(self, campaign: Path | None) -> Page:
        return self._servers.enter_context(here(campaign)).enter(language="fr")

    def tell(self, step: str) -> str:
        """What a step comes to."""
        sign, _, words = step.partition(" ")
        verb, _, more = words.partition(" ")
        if sign == "$":
            return f"= {self.desk.run(*shlex.split(words)).code}"
        if sign == "&":
            name, old, new = (each.strip().replace("\\n", "\n") for each in words.split("|"))
            path = self.desk.folder / name
            text = path.read_text("utf-8")
            assert old in text, step
            path.write_text(text.replace(old, new) if old else text + new, "utf-8")
            return ""
        if sign in "@?":
            told = getattr(self, verb)(*[more] * bool(more))
            return "\n".join(told or ())
        if sign == "keep":
            self._kept[words] = self.page
            return ""
        self.page = self._go(verb, more)
        said = self.page.html.xpath("//*[@id='wrong'] | //main//*[contains(@class, 'done')]")
        told = " ".join(" ".join(each.text_content().split()) for each in said)
        head = f"= {self.page.status} {self.page.title}"
        return f"{head}\n{shown(self.page) if sign == '>' else steady(told)}"

    def held(self) -> None:
        """Another command has the campaign, until "free"."""
        held = open_campaign(self.desk.folder, access="exclusive", command="send")
        self._meanwhile.enter_context(held)

    def full(self) -> None:
        """The disk takes nothing, until "free": a limit on the size of files stands for it."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        self._meanwhile.callback(resource.setrlimit, resource.RLIMIT_FSIZE, before)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))

    def free(self) -> None:
        self._meanwhile.close()

    def another(self, name: str) -> None:
        """Another user of another computer, at whose page `name` is a folder that may be made."""
        home = self.folder / "another"
        for each in ("HOME", "PUBLIPOSTAGE_HOME"):
            self.patch.setenv(each, str(home))
        self.desk = Desk(home / name)
        self.page = self._enter(None)

    def file(self, words: str) -> None:
        """Another beside the campaign: its name, and what is in it."""
        name, _, text = words.partition(" ")
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("\\n", "\n"), "utf-8")

    def copy(self, name: str) -> None:
        """The campaign's folder, copied beside it."""
        shutil.copytree(self.desk.folder, self.folder / name)

    def environ(self, words: str) -> None:
        """A variable with its value; without one it is none."""
        name, _, value = words.partition(" ")
        self.patch.setenv(name, value) if value else self.patch.delenv(name)

    def sql(self, statement: str) -> None:
        """Of another program."""
        self.desk.sql(statement)

    def figures(self) -> Iterator[str]:
        """Who is in which state."""
        for channel in ("email", "paper"):
            found = self.desk.figures()[channel]
            yield f"{channel}: " + ", ".join(f"{n} {state}" for state, n in found.items() if n)

    def field(self, name: str) -> list[str]:
        """What stands in a field of the page."""
        (field, *_) = self.page.html.xpath("//*[@name=$name]", name=name)
        return [str(field.value)]

    def taken(self) -> Iterator[str]:
        """To whom the mail server took letters since it was asked before."""
        found = self.mail.messages[self._seen :]
        self._seen += len(found)
        yield from sorted(to for message in found for to in message.recipients)

    def logins(self) -> list[str]:
        """How often somebody has logged in to the mail server."""
        return [str(self.mail.logins)]

    def files(self, pattern: str) -> list[str]:
        """The campaign's that it finds, each with who may do what with it."""
        found = {
            each.relative_to(self.desk.folder): each for each in self.desk.folder.glob(pattern)
        }
        modes = {str(name): stat.filemode(path.stat().st_mode) for name, path in found.items()}
        return [f"{modes[name]} {steady(name)}" for name in sorted(modes)]

    def rows(self, statement: str) -> list[str]:
        """What the ledger says to that."""
        return [" | ".join(map(str, row)) for row in self.desk.sql(statement)]

    def changed(self) -> Iterator[str]:
        """What became of the files since it was asked before."""
        before, self._files = self._files, self._read()
        for name in sorted({*before, *self._files}):
            diff = difflib.unified_diff(before.get(name, []), self._files.get(name, []), n=0)
            yield from (f"{name} {line}" for line in [*diff][3:] if line[0] in "+-")

    def _go(self, verb: str, more: str) -> Page:
        if verb == "back":
            return self._kept[more]
        if verb == "go":
            return self.page.follow(more)
        if verb == "until":
            until(lambda: more in self._again().text)
            return self.page
        if verb == "open":
            at = re.match(r".*/c/\d+/", self.page.url)
            return self.page.client.get(urljoin(at[0] if at else self.page.url, more))
        button, *typed = (each.strip() for each in more.split("|"))
        fields = {name: value for name, _, value in (each.partition("=") for each in typed)}
        files = {}
        for name, value in [*fields.items()]:
            if value.startswith("@") and (found := self._found(value[1:])):
                files[name] = found
                del fields[name]
        return self.page.press(
            button, files, **{k: v.replace("\\n", "\n") for k, v in fields.items()}
        )

    def _found(self, name: str) -> tuple[str, bytes] | None:
        if name in FILES:
            return name, FILES[name]
        path = max(self.folder.glob(name), default=None)
        return (path.name, path.read_bytes()) if path else None

    def _again(self) -> Page:
        self.page = self.page.client.get(self.page.url)
        return self.page

    def _read(self) -> dict[str, list[str]]:
        places = (self.desk.folder / name for name in MENDED)
        return {each.name: each.read_text("utf-8").splitlines() for each in places if each.exists()}


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One evening for all who only look at it."""
    folder = tmp_path_factory.mktemp("evening")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**a_user(folder), "PUBLIPOSTAGE_LANG": "fr"}.items():
            patch.setenv(name, value)
        return folder, evening.over(folder)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_a_page_says_what_it_always_said(
    text: Path,
    tmp_path: Path,
    over: tuple[Path, Path],
    capture_server: CaptureServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = text.read_text("utf-8")
    head, *rest = before.splitlines()
    make = CAMPAIGNS.get(head.removeprefix("campaign: "))
    folder = tmp_path if make else over[0]
    for name, value in {**a_user(folder), "HOME": str(folder)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    campaign = make(folder, capture_server) if make else over[1]
    found = [head]
    with closing(Teller(campaign, folder, capture_server, monkeypatch)) as teller:
        for step in (line for line in rest if re.match(r"(>>?|[$&@?]|keep) ", line)):
            found += ["", step, *teller.tell(step).splitlines()]
    after = "\n".join([*found, ""])
    if os.environ.get("REWRITE_GOLDEN"):
        text.write_text(after, "utf-8")
    assert after.splitlines() == text.read_text("utf-8").splitlines()
