"""A whole campaign on the page, from a first page with nothing on it: with a mouse, by keyboard
alone, without scripts, in Chromium. What a person does until the first ten letters have left is
counted. The mail server, the mailbox and their mails are real.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import chdir
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from merge.french.communes import reference
from tests.browser import person
from tests.evening import Evening, Mailbox
from tests.hands import Keys, Mouse, until
from tests.servers.mailroom import made
from tests.servers.postfix import PASSWORD, TOWNS, RealServers
from tests.webserver import ServerProcess, serving
from tests.word_files import run, word_file
from tests.workbooks import workbook

pytest_plugins = ["tests.servers.fixtures"]

AT_MOST = 15
"""Clicks, and fields, from the first page to the first ten letters."""

BY_EMAIL, ON_PAPER = 160, 20

LOST = "L'Abergement-Clémenciat"
"""The first town of the list: nobody has its address."""

LETTER = (
    "Collectif d'exemple",
    "1 rue de l'Exemple, 35000 Rennes",
    "Objet : Pas de caméras à [commune]",
    "Madame, Monsieur le Maire,",
    "Nous demandons un débat à [commune].",
    "Bien à vous,",
    "Claude Exemple",
)

WAYS: Mapping[str, tuple[type[Mouse], Mapping[str, Any]]] = {
    "mouse": (Mouse, {}),
    "keys": (Keys, {}),
    "plain": (Mouse, {"java_script_enabled": False}),
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}  # of the documents, too
    with serving(environ={"PUBLIPOSTAGE_LANG": "en", **home}) as running:
        yield running


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The letter in Word, and the list in Excel with a line above its headers."""
    body = "".join(f"<w:p>{run(line)}</w:p>" for line in LETTER)
    (tmp_path / "lettre.docx").write_bytes(word_file(body))
    towns = [each for each in reference().values() if each.postcodes][: BY_EMAIL + ON_PAPER]
    rows = [["Mairies de la région"]]
    rows.append(["Code INSEE", "Commune", "Maire", "E-mail(s)", "Adresse", "CP Ville"])
    for n, town in enumerate(towns):
        who = f"{('M. Étienne', 'Mme Ève')[n % 2]} {('ÇELIK', 'LEROY', 'LE GOFF')[n % 3]}"
        box = f"mairie-{town.insee}" if n else "nobody"
        email = f"{box}@{TOWNS}.example.org" if n < BY_EMAIL else ""
        place = f"{town.postcodes[0]} {town.name}"
        rows.append([town.insee, town.name, who, email, "1 rue de la Mairie", place])
    (tmp_path / "mairies.xlsx").write_bytes(workbook(("Mairies", rows)))
    return tmp_path


@pytest.mark.parametrize("way", WAYS)
def test_an_evening_takes_few_clicks_and_few_fields(
    way: str, browser: Browser, server: ServerProcess, files: Path, real_mail_servers: RealServers
) -> None:
    mail, kind, how = real_mail_servers, *WAYS[way]
    made(mail, f"page-{way}", "Gesendet")
    before = len(mail.delivered(TOWNS, 0))
    with person(browser, server.start, language="en", **how) as page:
        hands = kind(page)
        _to_the_first_ten(hands, files, mail, f"page-{way}@example.org", scripts=way != "plain")
        print(f"{way}: clicks {hands.clicks}, fields {hands.fields}")
        assert hands.clicks <= AT_MOST
        assert hands.fields <= AT_MOST
        [campaign] = files.glob("Documents/publipostage/*")
        asked = "un débat" if way == "mouse" else "un vote"
        assert f"demandons {asked} {{{{ commune|a }}}}." in (campaign / "letter.md").read_text(
            "utf-8"
        )
        hands.press("Pause")
        until(hands, "10 letters have left, 150 remain")
        if way != "plain":
            _to_the_last_receipt(hands, campaign, mail, f"page-{way}@example.org")
    arrived = mail.delivered(TOWNS, before + 9)[before:]
    assert len({message_from_bytes(each)["To"] for each in arrived}) == len(arrived) == 9


def _to_the_first_ten(
    hands: Mouse, files: Path, mail: RealServers, address: str, *, scripts: bool
) -> None:
    hands.go("New campaign")
    hands.fill("group", "Collectif d'exemple")
    hands.fill("address", "1 rue de l'Exemple, 35000 Rennes")
    hands.fill("contact", address)
    hands.upload("file", files / "lettre.docx")
    hands.press("Begin with this letter")
    hands.press("ake this letter")
    hands.page.wait_for_load_state("networkidle")  # that the letter's pages were seen is noted
    assert "Pas de caméras à la commune" in hands.page.locator("header").inner_text()
    assert "No letter can be made" not in hands.read()
    if isinstance(hands, Keys):
        _change_a_word(hands)
    elif not scripts:
        hands.fill("block-1", "Nous demandons un vote [at the commune].")
        hands.press("Save the letter")

    hands.go("Recipients")
    hands.upload("sheet", files / "mairies.xlsx")
    hands.press("Read it")
    assert "180 rows, 180 taken" in until(hands, "Nothing is kept yet")
    hands.press("ake this list")

    hands.go("To the sending")
    hands.choose("provider", "other")
    for name, value in {
        "password": PASSWORD,
        "host": "localhost",
        "port": str(mail.late_port),
        "ca_file": str(mail.authority.ca_file),
        "imap.host": "localhost",
        "imap.port": str(mail.imap_port),
    }.items():
        hands.fill(name, value)
    hands.press("Try it")
    if not scripts:
        hands.press("Check all letters")
    until(hands, "Send it to me")
    hands.press("Send it to me")
    mail.delivered(address.partition("@")[0], 1)
    if not scripts:
        hands.press("See what would leave")
    until(hands, "Type that number")
    hands.fill("number", "160")
    hands.press("Send 160 letters")
    assert "10 letters of 160 have left" in until(hands, "10 letters of 160|ended")


def _change_a_word(keys: Keys) -> None:
    keys.reach(lambda at: at["role"] == "textbox" and "Subject" not in at["words"])
    board = keys.page.keyboard
    for key in ("Control+Home", "ArrowDown", "Home", *["Control+ArrowRight"] * 3):
        board.press(key)
    board.press("Control+Shift+ArrowRight")
    board.type(" vote")
    keys.press("Save the letter")
    keys.page.wait_for_load_state("networkidle")


def _to_the_last_receipt(hands: Mouse, campaign: Path, mail: RealServers, address: str) -> None:
    name = address.partition("@")[0]
    mail.delivered(name, 2)  # one came back
    box = Mailbox(login=address, imap_port=mail.imap_port, ca_file=mail.authority.ca_file)
    with chdir(campaign):
        stop = Evening().answer("01002", f"Mairie <mairie-01002@{TOWNS}.example.org>")
    box.deliver(stop.replace(b"Re: votre lettre", b"STOP"))
    hands.go("Today")
    until(hands, "Read the mailbox now")
    hands.press("Read the mailbox now")
    until(hands, "no more letters")
    hands.go("Replies")
    hands.press("Never write again")
    hands.press("It is theirs")  # a proposal: the mail proves nothing

    hands.go("Send")
    hands.go("Open : Paper")
    hands.press("Make the lots")
    until(hands, "Made: lot 1")
    hands.go("Go on with it")
    hands.press("All sheets are there")
    hands.choose("sure", "yes")
    hands.press("This lot is in the post")

    hands.go("Recipients")
    assert "Paper 21" in hands.read()  # and whoever the e-mail did not reach
    hands.fill("words", LOST)
    until(hands, f"{LOST} 01 .* posted")
    hands.go(LOST)
    hands.choose("meaning", "conditions")
    hands.choose("way", "phone")
    hands.fill("note", "by phone, he says")
    document = campaign.parent / "letter.pdf"
    document.write_bytes(b"%PDF-1.7")
    hands.choose("grade", "letter")
    hands.upload("document", document)
    hands.press("Write it down")
    assert "Proof: signed letter, document for the group alone" in hands.read()
    assert "by phone, he says" in hands.read()
    hands.go("Replies")
    hands.go("The result")
    assert "nan" not in hands.read().split()
