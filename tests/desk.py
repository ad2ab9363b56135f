"""A person at a terminal, for tests: types commands, reads what comes back."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from unittest.mock import patch

from merge.app import approval, new
from merge.app.opening import Campaign, open_campaign, users_accounts
from merge.cli import main
from merge.model import Audience
from merge.settings import Answers, load
from tests.both import ledger_sql
from tests.house import ROOT
from tests.servers.capture import CaptureServer

P = ParamSpec("P")
R = TypeVar("R")

SAMPLE = Path(__file__).parents[1] / "data" / "communes.csv"
HEADER = "Code INSEE;Commune;Sexe;Prénom;Nom;Courriel;Adresse;Code postal;Ville"
NICE = "06088;Nice;M;Étienne;ÇELIK;nice@example.org;5 rue de l'Hôtel-de-Ville;06364;Nice"
HAVRE = "76351;Le Havre;F;Anne;LE GOFF;;1517 place de l'Hôtel-de-Ville;76084;Le Havre Cedex"
Y = "80829;Y;;Claude;VAN DEN BERG;y@example.org;1 rue de la Mairie;80190;Y"


def a_user(folder: Path) -> dict[str, str]:
    """The environment of a user whose files lie there: nothing that they start can reach beyond
    loopback."""
    return {
        "PUBLIPOSTAGE_HOME": f"{folder}/home",
        "PUBLIPOSTAGE_DNS": "off",
        "PUBLIPOSTAGE_PASSWORD": "secret",
        "PUBLIPOSTAGE_LANG": "en",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "guard"), str(ROOT)]),
    }


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one command did: its exit code, data on stdout, talk on stderr."""

    code: int
    out: str
    err: str


class Desk:
    """One campaign folder and the commands typed in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def made(cls, folder: Path, *rows: str) -> Desk:
        """One with a campaign in `folder`, with the recipients of these rows."""
        desk = cls(folder / "campaign")
        desk.make()
        if rows:
            desk.ok("import", str(desk.sheet(*rows)))
        return desk

    def sent(self, server: CaptureServer, *rows: str) -> None:
        """Import these rows and send them what leaves by e-mail, through this server."""
        self.ok("import", str(self.sheet(*rows)))
        self.connect(server)
        self.ok("send", "--really", "--yes", "--untested")

    def run(self, *words: str, typed: str = "") -> Said:
        """`publipostage -C folder WORDS…`, with `typed` on the keyboard."""
        return run("-C", str(self.folder), *words, typed=typed)

    def ok(self, *words: str, typed: str = "") -> Said:
        """The same for a command that must succeed."""
        said = self.run(*words, typed=typed)
        assert said.code == 0, said.out + said.err
        return said

    def reads(
        self, reader: Callable[Concatenate[Campaign, P], R], *args: P.args, **options: P.kwargs
    ) -> R:
        """What a reader of app finds in the campaign."""
        with open_campaign(self.folder, access="read", command="status") as campaign:
            return reader(campaign, *args, **options)

    def make(self, *, place: str = "Rennes", audience: Audience = "communes") -> None:
        """`new`, with everything on the command line."""
        answers = {
            "name": "Pas de VSA",
            "group": "Collectif d'exemple",
            "contact": "contact@example.org",
            "from": "groupe@example.org",
            "place": place,
            "address": "1 rue de l'Exemple",
            "for": audience,
        }
        if audience != "communes":
            answers["address-source"] = "votre adhésion"
        options = [word for name, value in answers.items() for word in (f"--{name}", value)]
        said = run("new", str(self.folder), *options)
        assert said.code == 0, said.out + said.err

    def connect(self, server: CaptureServer) -> None:
        """`account set` to a server on loopback; the password comes from the environment."""
        self.ok(
            "account", "set", "--host", "localhost", "--port", str(server.port),
            "--tls", "implicit", "--ca-file", str(server.authority.ca_file),
        )  # fmt: skip

    def approve(self) -> None:
        """The yes of a person who looked at the servers in a campaign.toml that a test wrote."""
        with closing(users_accounts()) as accounts:
            servers = approval.destinations(self.folder, load(self.folder))
            approval.approve(servers, accounts)

    def sheet(self, *rows: str, header: str = HEADER) -> Path:
        """A French Excel's CSV beside the campaign."""
        path = self.folder.with_name("communes.csv")
        path.write_text("\r\n".join([header, *rows, ""]), encoding="utf-8-sig")
        return path

    def sql(self, statement: str, **values: object) -> Sequence[Any]:
        """As another program's hand: see `both.sql`."""
        with closing(users_accounts()) as accounts:
            return ledger_sql(self.folder, accounts, statement, **values)

    def figures(self) -> dict[str, Any]:
        """`status --json`, without who is at work on a server: the same in files and there."""
        figures: dict[str, Any] = json.loads(self.ok("status", "--json").out)
        figures.pop("machines", None)
        return figures


class _Stream(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")

    def text(self) -> str:
        self.flush()
        return cast("io.BytesIO", self.buffer).getvalue().decode()


def run(*words: str, typed: str = "") -> Said:
    """`publipostage WORDS…` in this process."""
    out, err = _Stream(), _Stream()
    keyboard = io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8")
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "stdin", keyboard):
        code = main(list(words))
    return Said(code=code, out=out.text(), err=err.text())


ANSWERS = Answers(
    name="Pas de VSA",
    group="Collectif d'exemple",
    contact="contact@example.org",
    from_address="groupe@example.org",
    place="Rennes",
    address=("1 rue de l'Exemple",),
    signature=("Collectif d'exemple",),
    address_source="l'annuaire",
)


def begin(place: Path, file: Path | None = None) -> new.NewLetter:
    """A campaign with this letter, or with the model's."""
    made = new.letter(new.read_draft(file), residents=True)
    new.create(place, ANSWERS, made, with_reminder=file is None)
    return made
