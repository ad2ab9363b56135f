"""An evening on the terminal: every command that a group types, and all that it is told.

`python -m tests.evening fr` plays one with a mail server on loopback and prints the transcript.
With `--login`, `--imap-port` and `--ca-file` of a running Dovecot it plays another, in which the
mailbox is read between the first ten letters and the rest. tests/promises/test_evening.py compares
both with tests/golden/.

A line begins with `$` (what was typed), `<` (answers to questions), `1` (stdout), `2` (stderr) or
`=` (the exit code).
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import ssl
import sys
import tempfile
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from imapclient import IMAPClient

from merge.mail.message import message_digest
from tests import desk, mails
from tests.servers.faults import FaultServer
from tests.servers.postfix import PASSWORD

SHEET = """\
Code INSEE;Commune;Sexe;Prénom;Nom;Courriel;Adresse;Code postal;Ville
06088;Nice;M;Étienne;ÇELIK;nice@example.org;5 rue de l'Hôtel-de-Ville;06364;Nice
80829;Y;;Claude;VAN DEN BERG;y@example.org;1 rue de la Mairie;80190;Y
29019;Brest;M;Bob;BREIZ;drop-after-dot@example.org;2 rue Frézier;29200;Brest
35238;Rennes;F;Anne;DUPONT;550@example.org;Place de la Mairie;35000;Rennes
13055;Marseille;M;Jean;MARTIN;m@example.org, n@example.org;Quai du Port;13002;Marseille
31555;Toulouse;F;Zoé;LE GALL;toulouse@example.org;1 place du Capitole;31000;Toulouse
33063;Bordeaux;M;Luc;PETIT;bordeaux@example.org;Place Pey-Berland;33000;Bordeaux
59350;Lille;F;Ève;LEROY;lille@example.org;Place Augustin-Laurent;59000;Lille
67482;Strasbourg;F;Jeanne;MEYER;strasbourg@example.org;1 parc de l'Étoile;67000;Strasbourg
44109;Nantes;F;Johanna;MOREAU;nantes@example.org;2 rue de l'Hôtel-de-Ville;44000;Nantes
34172;Montpellier;M;Michel;ROUX;montpellier@example.org;1 place Frêche;34000;Montpellier
76351;Le Havre;F;Anne;LE GOFF;;1517 place de l'Hôtel-de-Ville;76084;Le Havre Cedex
02110;Le Nouvion-en-Thiérache;M;Paul;DURAND;;Place du Général de Gaulle;02170;Le Nouvion
75056;Paris;F;Anne;MARTIN;paris(at)example.org;;;
99999;Nulle-Part;M;X;Y;nulle@example.org;;;
"""
GROUP = (
    *("--name", "Pas de VSA", "--group", "Collectif d'exemple", "--contact", "06 00 00 00 00"),
    *("--from", "groupe@example.org", "--place", "Rennes"),
    *("--address", "1 rue de l'Exemple", "--address", "35000 Rennes"),
)

_CHANGES = [  # from one evening to the next, and what stands for it
    (re.compile(r"\b20\d\d-\d\d-\d\d(?=\b|T)"), "2000-01-01"),
    (re.compile(r"\b\d\d/\d\d/20\d\d\b"), "01/01/2000"),
    (re.compile(r"(?<=2000-01-01)([ T])\d\d:\d\d"), r"\g<1>00:00"),
    (re.compile(r"(?<=T00:00):\d\d[+-]\d\d:\d\d"), ":00+00:00"),
    (re.compile(r"(2000(?:-01-01)?(?: à| at)) \d\d:\d\d"), r"\g<1> 00:00"),
    # The letter's own days are of 2024 and before.
    (re.compile(r"\b(1er|\d{1,2}) [a-zéû]+ 20(2[6-9]|[3-9]\d)\b"), "1er janvier 2000"),
    (re.compile(r"\b[0-9a-f]{40,}\b"), "0123456789abcdef"),
    (re.compile(r"\bport( |: | : |\N{NO-BREAK SPACE}: )\d{5}"), r"port\g<1>0"),
    (re.compile(r"/\S*/ca\.pem"), "ca.pem"),
    # Who is at work is told of a campaign on a server alone.
    (re.compile(r"^1 Machines\W*:\n(1     .*\n)+", re.MULTILINE), ""),
    (re.compile(r', "machines": \{.*?\}'), ""),
]


def neutral(shown: str) -> str:
    """The text with one time, day, port and identifier for all."""
    for changing, constant in _CHANGES:
        shown = changing.sub(constant, shown)
    return shown


@dataclass
class Evening:
    """A person in a campaign folder, and what the screen has shown since the evening began."""

    shown: list[str] = field(default_factory=list)

    def types(self, *words: str, answers: str = "") -> None:
        said = desk.run(*words, typed=answers)
        self.shown.append(f"$ publipostage {shlex.join(words)}")
        for sign, text in (("<", answers), ("1", said.out), ("2", said.err)):
            self.shown += [f"{sign} {line}".rstrip() for line in text.splitlines()]
        self.shown.append(f"= {said.code}\n")

    def refers_to(self, key: str) -> str:
        """The Message-ID of the letter to a town."""
        ((campaign,),) = desk.Desk(Path()).sql("SELECT uuid FROM campaign")
        return f"<{message_digest(campaign, key, 1)}@example.org>"

    def answer(self, key: str, sender: str, more: str = "") -> bytes:
        own_id = f"<{key}-{len(more)}@mairie.example.org>"
        return mails.answer(refers=self.refers_to(key), sender=sender, more=more, own_id=own_id)

    def came_back(self, key: str, to: str) -> bytes:
        headers = f"To: {to}\nMessage-ID: {self.refers_to(key)}\n"
        return mails.report(
            "failed",
            "5.1.1",
            f"smtp; 550 5.1.1 {to}: unknown user",
            returned=f"Content-Type: text/rfc822-headers\n\n{headers}",
            to=to,
        )


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """A mailbox of a Dovecot that runs, which has a folder of sent mail."""

    login: str
    imap_port: int
    ca_file: Path

    def deliver(self, *found: bytes) -> None:
        context = ssl.create_default_context(cafile=self.ca_file)
        with IMAPClient("localhost", self.imap_port, ssl_context=context) as client:
            client.login(self.login, PASSWORD)
            for data in found:
                client.append("INBOX", data)


def whole(evening: Evening, port: int) -> None:
    """A campaign from `new` to `report`, without a mailbox."""
    types = evening.types
    types("new", ".", *GROUP)
    types("import", "../communes.csv")
    types("check")
    types("preview", "Nice")
    types("send")
    types("account", "set", "--host", "localhost", "--port", str(port), "--tls", "none")
    types("send", "--really")
    types("send", "--test", "groupe@example.org")
    types("send")
    types("send", "--really", answers="13\n")
    types("send", "--really", answers="11\n")
    types("send", "--really")
    types("status")
    Path("mails").mkdir()
    for name, data in {
        "1.eml": evening.answer("06088", "Mairie de Nice <nice@example.org>"),
        "2.eml": evening.answer("80829", "y@example.org", more="Auto-Submitted: auto-replied"),
        "3.eml": evening.came_back("59350", "lille@example.org"),
        "4.eml": mails.answer(refers="", sender="Mairie de Toulouse <x@example.com>"),
    }.items():
        Path("mails", name).write_bytes(data)
    types("replies", "--from", "mails")
    types("replies", "--attach", "4=31555")
    types("answer", "Nice", "yes", "--note", "Au conseil de mars")
    types("resolve")
    types("resolve", "29019", "--sent")
    types("edit", "Paris", "courriel=paris@example.org")
    types("suppress", "bordeaux@example.org")
    types("print")
    types("print", "--printed", "1")
    types("print", "--posted", "1")
    types("send", "--really", "--yes")
    types("status")
    types("status", "--json")
    types("log")
    types("log", "--attempts")
    types("log", "--format", "csv")
    types("show", "Nice")
    types("show", "Le Havre")
    types("remind", "--after", "21d")
    types("report")
    types("report", "--csv")


def over(folder: Path) -> Path:
    """The campaign of a whole evening: sent, in doubt, held, came back, printed. `folder` is empty;
    whoever calls has the environment of its user."""
    (folder / "communes.csv").write_text(SHEET, encoding="utf-8-sig")
    campaign = folder / "campagne"
    campaign.mkdir()
    with FaultServer().running() as server, chdir(campaign):
        whole(Evening(), server.port)
    return campaign


def staged(evening: Evening, port: int, mailbox: Mailbox) -> None:
    """A campaign of whose first ten letters too many come back, which its mailbox tells."""

    def while_it_waits(*_: object) -> None:  # two minutes, for the servers that look for somebody
        towns = {"13055": "m", "33063": "bordeaux", "59350": "lille"}
        mailbox.deliver(*(evening.came_back(key, f"{to}@example.org") for key, to in towns.items()))

    types = evening.types
    imap = ("--imap-host", "localhost", "--imap-login", mailbox.login)
    types("new", ".", *GROUP)
    types("import", "../communes.csv")
    types(
        *("account", "set", "--host", "localhost", "--port", str(port), "--tls", "none", *imap),
        *("--imap-port", str(mailbox.imap_port), "--imap-tls", "implicit"),
        *("--ca-file", str(mailbox.ca_file)),
    )
    with patch("merge.app.running.Running.wait_until", while_it_waits):
        types("send", "--really", "--untested", answers="11\n")
    types("status")
    types("send", "--really", "--untested", answers="1\n")
    types("send", "--really", "--untested", "--accept-bounces", answers="1\n")
    mailbox.deliver(evening.answer("06088", "Mairie de Nice <nice@example.org>"))
    types("replies")
    types("resolve")
    types("resolve", "29019", "--not-sent")
    types("status")
    types("log", "--attempts")


def main() -> None:
    """Play one evening in a folder that goes away, and print it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("language", choices=["fr", "en"])
    parser.add_argument("--login")
    parser.add_argument("--imap-port", type=int)
    parser.add_argument("--ca-file", type=Path)
    arguments = parser.parse_args()
    evening = Evening()
    with tempfile.TemporaryDirectory() as folder, FaultServer().running() as server:
        os.environ |= {
            "PUBLIPOSTAGE_HOME": folder,
            "PUBLIPOSTAGE_DNS": "off",
            "PUBLIPOSTAGE_LANG": arguments.language,
            "PUBLIPOSTAGE_PASSWORD": PASSWORD,  # the other server takes any
        }
        Path(folder, "communes.csv").write_text(SHEET, encoding="utf-8-sig")
        campaign = Path(folder, "campagne")
        campaign.mkdir()
        with chdir(campaign):
            if arguments.login is None:
                whole(evening, server.port)
            else:
                mailbox = Mailbox(
                    login=arguments.login,
                    imap_port=arguments.imap_port,
                    ca_file=arguments.ca_file,
                )
                staged(evening, server.port, mailbox)
    sys.stdout.buffer.write(neutral("\n".join(evening.shown)).encode())


if __name__ == "__main__":
    main()
