"""A whole campaign on the page, from an empty folder to the last receipt, with a mouse in Chromium.
The mail server, the mailbox and their mails are real.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from tests.browser import chromium, person
from tests.evening import Evening, Mailbox
from tests.hands import Mouse, until
from tests.servers.postfix import PASSWORD, RealServers
from tests.webserver import Server, serving

pytest_plugins = ["tests.servers.fixtures"]

SHEET = """\
Mairies de la région;;;;;
Code INSEE;Commune;Maire;E-mail(s);Adresse;CP Ville
06088;Nice;M. Étienne ÇELIK;ville-a@example.org;5 rue de l'Hôtel-de-Ville;06364 Nice
80829;Y;Mme Claude VAN DEN BERG;ville-b@example.org;1 rue de la Mairie;80190 Y
35238;Rennes;Mme Nathalie APPERE;ville-c@example.org;Place de la Mairie;35000 Rennes
59350;Lille;Mme Ève LEROY;personne@example.org;Place Augustin-Laurent;59000 Lille
76351;Le Havre;Mme Anne LE GOFF;;1517 place de l'Hôtel-de-Ville;76084 Le Havre Cedex
"""
"""As a French Excel writes it: cp1252, a line above the headers, names and towns in one cell."""

TOWNS = {"06088": "ville-a", "80829": "ville-b", "35238": "ville-c"}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(environ={"PUBLIPOSTAGE_LANG": "en"}) as running:
        yield running


LETTER = """\
Objet : Pas de caméras

Madame, Monsieur le Maire,

Nous vous demandons de ne jamais installer de vidéosurveillance algorithmique.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lettre.txt").write_text(LETTER, "utf-8")
    (tmp_path / "mairies.csv").write_bytes(SHEET.replace("\n", "\r\n").encode("cp1252"))
    return tmp_path


def test_an_evening_with_the_mouse(
    server: Server, folder: Path, real_mail_servers: RealServers
) -> None:
    with chromium() as browser, person(browser, server.start, language="en") as page:
        _evening(Mouse(page), folder, real_mail_servers, "page-souris")


def _evening(hands: Mouse, folder: Path, mail: RealServers, mailbox: str) -> None:
    address = f"{mailbox}@example.org"
    campaign = folder / "campagne"
    before = {town: len(mail.delivered(town, 0)) for town in TOWNS.values()}

    hands.go("New campaign")
    for name, value in {
        "group": "Collectif d'exemple",
        "address": "1 rue de l'Exemple, 35000 Rennes",
        "contact": address,
        "folder": str(campaign),
    }.items():
        hands.fill(name, value)
    hands.upload("file", folder / "lettre.txt")
    hands.press("Begin with this letter")
    hands.press("ake this letter")
    assert (campaign / "campaign.toml").is_file()
    hands.page.wait_for_load_state("networkidle")  # that the letter's pages were seen is noted

    hands.go("Recipients")
    hands.upload("sheet", folder / "mairies.csv")
    hands.press("Read it")
    assert "5 rows, 5 taken" in until(hands, "Nothing is kept yet")
    hands.press("ake this list")
    assert "The list is taken." in hands.read()

    hands.go("Send")
    for name, value in {
        "host": "localhost",
        "port": str(mail.late_port),
        "ca_file": str(mail.authority.ca_file),
        "imap.host": "localhost",
        "imap.port": str(mail.imap_port),
    }.items():
        hands.fill(name, value)
    hands.choose("provider", "other")
    hands.fill("password", PASSWORD)
    hands.press("Try it")
    if "It is my server" in hands.read():
        hands.choose("approve", "1")
        hands.fill("password", PASSWORD)
        hands.press("Try it")

    assert "No folder of sent mail" in hands.read()
    hands.go("What will arrive")
    while "It is meant so" in until(hands, "It is meant so|Send it to me"):
        hands.press("It is meant so")
    hands.fill("address", address)
    hands.press("Send it to me")
    mail.delivered(mailbox, 1)

    until(hands, "Type that number")
    hands.fill("number", "4")
    hands.press("Send 4 letters")
    until(hands, "It ended|remain")
    for town, n in before.items():
        assert len(mail.delivered(town, n + 1)) == n + 1
    mail.delivered(mailbox, 2)  # Lille came back

    box = Mailbox(login=address, imap_port=mail.imap_port, ca_file=mail.authority.ca_file)
    with chdir(campaign):
        stop = Evening().answer("80829", "Mairie d'Y <ville-b@example.org>")
    box.deliver(stop.replace(b"Re: votre lettre", b"STOP"))
    hands.go("Today")
    until(hands, "Read the mailbox now")
    hands.press("Read the mailbox now")
    until(hands, "no more letters")
    hands.go("Replies")
    hands.press("Never write again")

    hands.go("Send")
    hands.press("Make the lots")
    until(hands, "Made: lot 1")
    hands.go("Go on with it")
    hands.press("All sheets are there")
    hands.choose("sure", "yes")
    hands.press("This lot is in the post")

    hands.go("Recipients")
    said = hands.read()
    assert said.count("posted") >= 2
    hands.go("Nice")
    assert "ville-a@example.org" in hands.read()
    hands.go("Replies")
    hands.go("The result")
    assert "nan" not in hands.read().split()
    for town, n in before.items():
        assert len(mail.delivered(town, n + 1)) == n + 1, town
