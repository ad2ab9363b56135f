"""Each way in which a mail server may answer, and what the ledger then holds.

A file of dialogues/ names the fault and its RFC; says who waits for a letter (`to`), what the
server answers (`tests.servers.faults`), and what must hold (below `--`): for each recipient the
status, the phase and the words of the last attempt, whose letter the server has, and how the run
ended. It is spoken over a real socket, with PIPELINING (RFC 2920) and without, unless it says what
the server `offers`. Then the server is well again and a day has passed: all get their letter who
were neither refused nor are in doubt, and nobody gets two.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from merge.campaign.deliver import send
from merge.errors import Trouble
from merge.mail.smtp import Server, SmtpPostOffice, open_post_office
from merge.mail.tokens import TokenSource
from merge.model import Status
from merge.words.troubles import explain
from tests.fakes import OwnWatch, at_most, town
from tests.place import Place
from tests.servers.authorization import AuthorizationDesk
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]

DIALOGUES = sorted(Path(__file__).parent.joinpath("dialogues").glob("*.txt"))
PASSWORD = "hunter2"
ECHOED = b64encode(b"\0groupe@example.org\0hunter2").decode()
STAY = (Status.FAILED, Status.UNKNOWN, Status.HELD)
# What a file may say of the server and of us; all else is the script.
FACTS = {
    "to": "a b c",
    "offers": "",
    "logins": "PLAIN LOGIN XOAUTH2",
    "tls": "none",
    "password": "",  # or "token"
    "tokens": "9",  # that the provider gives, before the sign-in ends
    "connections": "1",
    "timeout": "20",
    "loses": "nothing",  # or "what follows": what came in the same write
}


class Scene(NamedTuple):
    """One file: what is so, what the server answers, what must hold."""

    facts: dict[str, str]
    script: dict[str, str]
    holds: dict[str, str]

    @classmethod
    def read(cls, path: Path, offers: str) -> Scene:
        head, *lines = path.read_text("utf-8").splitlines()
        assert head.startswith("# "), "the first line names the fault"
        assert len(lines) < 30
        before, after = lines[: lines.index("--")], lines[lines.index("--") + 1 :]
        said, holds = (
            dict(line.split(": ", 1) for line in part if line and not line.startswith("#"))
            for part in (before, after)
        )
        script = {key: said.pop(key) for key in [*said] if key not in FACTS}
        return cls(FACTS | {"offers": offers} | said, script, holds)


class Evening:
    """A campaign with a recipient for each name, and the server that it is sent to."""

    def __init__(
        self, folder: Path, scene: Scene, provider: AuthorizationDesk, secret: str | TokenSource
    ) -> None:
        self.provider, self.secret = provider, secret
        provider.gives = int(scene.facts["tokens"])
        self.facts, self.names = scene.facts, scene.facts["to"].split()
        towns = [
            town(n, key=name, email=f"{name}@example.org") for n, name in enumerate(self.names)
        ]
        self.place, self.watch, self.told = Place(folder, towns), OwnWatch(), ""
        offers = [each for each in self.facts["offers"].split(", ") if each]
        self.server = FaultServer(
            script=scene.script,
            offers=tuple(offers),
            logins=self.facts["logins"],
            forgets=self.facts["loses"] == "what follows",
        )

    def sent(self) -> str:
        """Send all that may go; how it ended."""
        try:
            with (
                closing(self.office()) as office,
                self.place.opened(office=office, watch=self.watch) as sender,
            ):
                run = send(replace(sender, connections=int(self.facts["connections"])))
                return run.stopped_by or "done"
        except Trouble as trouble:
            self.told += explain(trouble) + repr(trouble.facts)
            reply = trouble.facts.get("reply") or trouble.facts.get("reason", "")
            return f"{trouble.exit_code.name.lower()}, {trouble.code} {reply}".strip()

    def office(self) -> SmtpPostOffice:
        timeout_s = float(self.facts["timeout"])
        server = Server(
            host="127.0.0.1",
            port=self.server.port,
            tls=self.facts["tls"],  # type: ignore[arg-type] # one of three
            from_address="groupe@example.org",
            timeout_s=timeout_s,
            opening_timeout_s=2 * timeout_s,
            final_reply_timeout_s=timeout_s,
        )
        office = open_post_office(
            server,
            self.secret if self.facts["password"] else "",
            connections=int(self.facts["connections"]),
            unpipelined=lambda: self.server.came.update(["lost"]),
        )
        at_most(200, office)
        return office

    def standing(self) -> dict[str, str]:
        """What the ledger holds of each, in one line."""
        with self.place.opened("read") as sender:
            lines = {}
            for name in self.names:
                delivery = sender.ledger.delivery(name)
                assert delivery
                said = [delivery.detail]
                for each in sender.ledger.attempts(name):  # the last counts
                    words = (each.code, each.enhanced, each.words)
                    said = [each.phase, " ".join(str(word) for word in words if word)[:80]]
                lines[name] = ", ".join(filter(None, [delivery.status, *said]))
            return lines

    def taken(self) -> Counter[str]:
        return Counter(each.recipient.partition("@")[0] for each in self.server.accepted)

    def found(self, ended: str) -> dict[str, str]:
        return self.standing() | {
            "taken": " ".join(sorted(self.taken().elements())) or "nothing",
            "ended": ended,
            "connections": str(self.server.connections),
            "logins": str(self.server.came["AUTH"]),
            "tokens asked for": str(self.provider.refreshes),
            "half bodies": str(self.server.came["half a body"]),
            "told that pipelining is lost": str(self.server.came["lost"]),
        }

    def a_day_later(self) -> None:
        """The server is well, and takes what it is offered."""
        self.server.is_cured, self.server.logins, self.server.offers = True, FACTS["logins"], ()
        self.facts = FACTS
        self.watch.pass_by(timedelta(hours=25))


def told_apart() -> Iterator[object]:
    """Each dialogue; twice where letters are offered and it leaves open what the server offers."""
    for path in DIALOGUES:
        yield pytest.param(path, "PIPELINING", id=path.stem)
        if re.search("^(MAIL|RCPT|DATA|BODY|DOT)", path.read_text("utf-8"), re.MULTILINE):
            yield pytest.param(path, "", id=f"{path.stem} word by word")


@pytest.mark.parametrize(("path", "offers"), [*told_apart()])
def test_a_dialogue_ends_as_it_says_and_a_day_later_all_is_well(
    request: pytest.FixtureRequest, tmp_path: Path, path: Path, offers: str
) -> None:
    scene = Scene.read(path, offers)
    is_by_token = scene.facts["password"] == "token"
    provider = request.getfixturevalue("provider") if is_by_token else AuthorizationDesk()
    secret: str | TokenSource = request.getfixturevalue("tokens") if is_by_token else PASSWORD
    evening = Evening(tmp_path, scene, provider, secret)
    with closing(evening.place.accounts), evening.server.running():
        found = evening.found(evening.sent())
        differs = {key: found[key] for key, line in scene.holds.items() if found[key] != line}
        assert not differs
        assert {*evening.names, "taken", "ended"} <= scene.holds.keys()

        evening.a_day_later()
        evening.sent()
        later, taken = evening.standing(), evening.taken()
    stands = {name: (found[name], later[name]) for name in evening.names}
    lost = {
        name: each
        for name, each in stands.items()
        if not each[1].startswith(found[name] if found[name].startswith(STAY) else Status.SENT)
    }
    assert not lost
    secrets = {PASSWORD, ECHOED, *provider.issued()}
    assert [secret for secret in secrets if secret in evening.told] == []
    assert max(taken.values(), default=1) == 1
    assert {name for name in evening.names if later[name].startswith(Status.SENT)} <= {*taken}
