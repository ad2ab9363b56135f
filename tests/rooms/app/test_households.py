"""Claims about letters that share an envelope."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest

from merge.app.opening import open_campaign
from merge.letters.idiom import FRENCH, Idiom
from merge.model import Recipient
from merge.post.envelope import shared_names
from tests.desk import Desk
from tests.pages import need_pages

ANNE = Recipient(key="1", civility="Mme", first_name="Anne", surname="MARTIN")
PAUL = Recipient(key="2", civility="M.", first_name="Paul", surname="Martin")
LEA = Recipient(key="3", first_name="Léa", surname="MARTIN")
ROY = Recipient(key="4", civility="Dr", first_name="Lou", surname="ROY")
NAMELESS = Recipient(key="5", email="x@example.org")
LONG = Recipient(key="6", civility="M.", first_name="Jean-Christophe", surname="MARTIN")


@pytest.mark.parametrize(
    ("people", "names"),
    [
        ((ANNE, PAUL), ("", "Mme Anne et M. Paul MARTIN")),
        ((ANNE, PAUL, LEA), ("", "Mme Anne, M. Paul et Léa MARTIN")),
        ((ANNE, ROY), ("Mme Anne MARTIN", "Dr Lou ROY")),
        ((ANNE, ROY, PAUL), ("Mme Anne et M. Paul MARTIN", "Dr Lou ROY")),
        (
            (LONG, PAUL._replace(first_name="Marie-Antoinette")),
            ("M. Jean-Christophe MARTIN", "M. Marie-Antoinette Martin"),
        ),
        (
            (ANNE._replace(first_name=""), PAUL._replace(first_name="")),
            ("", "Mme et M. MARTIN"),
        ),
        ((ANNE._replace(civility="", first_name=""), PAUL), ("MARTIN", "M. Paul Martin")),
    ],
)
def test_a_household_is_named_as_each_of_it_is(people, names):
    assert shared_names(people, FRENCH.civilities, FRENCH.joints) == names


@pytest.mark.parametrize(
    ("locale", "named"),
    [
        ("en_GB", "Ms Anne and Mr Paul MARTIN"),
        ("de", "Frau Anne und Herrn Paul MARTIN"),
        ("nl", "Mevrouw Anne en De heer Paul MARTIN"),
        ("es", "Sra. Anne y Sr. Paul MARTIN"),
        ("it", "Sig.ra Anne e Sig. Paul MARTIN"),
        ("fi", "Mme Anne ja M. Paul MARTIN"),
        ("fr_CH", "Mme Anne et M. Paul MARTIN"),
    ],
)
def test_a_household_is_named_in_the_language_of_its_letters(locale, named):
    idiom = Idiom(locale)
    assert shared_names((ANNE, PAUL), idiom.civilities, idiom.joints) == ("", named)


@pytest.mark.parametrize(
    "people",
    [
        (),
        (ANNE,),
        (ANNE, ANNE._replace(key="9")),
        (ANNE, NAMELESS),
        (ANNE, PAUL._replace(organisation="Théâtre")),
        (ANNE, ROY, LEA._replace(surname="KONÉ")),
        (ANNE, PAUL, LEA, LONG),
        (ANNE, PAUL._replace(surname="M" * 39)),
    ],
)
def test_what_two_lines_do_not_name_is_no_household(people):
    assert shared_names(people, FRENCH.civilities, FRENCH.joints) is None


LOT = "outbox/lots/lot-0001.pdf"
ROWS = (
    "M. Paul MARTIN;1 rue du Port;35000 Rennes",
    "Dr Lou ROY;3 rue Haute;35000 Rennes",
    "Mme Anne MARTIN;1 rue du Port;35000 Rennes",
)


def desk_of(folder: Path, *, households: bool) -> Desk:
    """Where a lot of these letters is printed."""
    need_pages()
    desk = Desk(folder / "campaign")
    desk.make(audience="people")
    letter = "---\nsubject: Bonjour\n---\n\n{{ salutation }},\n\n{{ signature }}\n"
    (desk.folder / "letter.md").write_text(letter, encoding="utf-8")
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    choice = "[paper]\nhouseholds = true\n" if households else "[paper]\n"
    settings.write_text(text.replace("[paper]\n", choice), encoding="utf-8")
    desk.ok("import", str(desk.sheet(*ROWS, header="Nom complet;Adresse;CP Ville")))
    desk.ok("print")
    return desk


def texts(pdf: Path) -> list[str]:
    """What each page says that says something."""
    with pdfium.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return [" ".join(page.split()) for page in pages if page.strip()]


def printed(folder: Path, *, households: bool) -> tuple[list[str], dict[str, str]]:
    """The text of each page of a lot, and where each letter goes, by the person's first name."""
    desk = desk_of(folder, households=households)
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        names = {each.key: each.first_name for each in campaign.ledger.recipients()}
        places = {names[each.key]: each.address for each in campaign.ledger.deliveries()}
    return texts(desk.folder / LOT), places


def test_letters_to_one_household_come_together_and_name_all_of_it(tmp_path):
    (cover, *letters), places = printed(tmp_path, households=True)
    assert "Envelopes (letters to one household share one) 2" in cover
    both = "M. Paul et Mme Anne M"
    assert [both in letter for letter in letters] == [True, True, False]
    assert ["Monsieur," in letter for letter in letters] == [True, False, False]
    assert ["Madame," in letter for letter in letters] == [False, True, False]
    assert places["Paul"] == places["Anne"] == "1 RUE DU PORT, 35000 RENNES"
