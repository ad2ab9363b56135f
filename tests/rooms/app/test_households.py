"""Claims about letters that share an envelope."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium

from merge.app.opening import open_campaign
from merge.letters.idiom import FRENCH, Idiom
from merge.model import Recipient
from merge.post.envelope import shared_names
from tests.facts import claims, wrong
from tests.pages import need_pages
from tests.webserver import here

FACTS = Path(__file__).with_name("households.txt")


def named(language, people):
    """The lines that name these people."""
    parts = ("civility", "first_name", "surname", "organisation")
    household = [
        Recipient(key=str(key), **dict(zip(parts, cells.split(";"), strict=False)))
        for key, cells in enumerate(people.split(" / "))
    ]
    idiom = Idiom(language)
    return shared_names(household, idiom.civilities, idiom.joints) or "none"


def test_a_household_is_named_as_households_txt_says():
    assert [line for claim in claims(FACTS) for line in wrong(FACTS, claim, named)] == []
    assert shared_names((), FRENCH.civilities, FRENCH.joints) is None


LOT = "outbox/lots/lot-0001.pdf"
ROWS = (
    "M. Paul MARTIN;1 rue du Port;35000 Rennes",
    "Dr Lou ROY;3 rue Haute;35000 Rennes",
    "Mme Anne MARTIN;1 rue du Port;35000 Rennes",
)


def texts(pdf: Path) -> list[str]:
    """What each page says that says something."""
    with pdfium.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return [" ".join(page.split()) for page in pages if page.strip()]


def test_where_a_list_has_households_one_envelope_for_each_is_offered(people):
    sheet = people.sheet(*ROWS, header="Nom complet;Adresse;CP Ville").read_bytes()
    settings = people.folder / "campaign.toml"
    with here(people.folder) as server:
        page = server.enter().at("recipients")
        shown = page.submit("recipients/upload", {"sheet": ("a.csv", sheet)})
        assert "1 household has several recipients on paper" in shown.text
        assert shown.submit("/take", households=True).url.endswith("/recipients")
        assert "households = true" in settings.read_text("utf-8")
        again = shown.at("recipients").submit("recipients/upload", {"sheet": ("a.csv", sheet)})
        again.submit("/take")  # it stays ticked
        assert "households = true" in settings.read_text("utf-8")


def test_letters_to_one_household_come_together_and_name_all_of_it(people):
    need_pages()
    letter = "---\nsubject: Bonjour\n---\n\n{{ salutation }},\n\n{{ signature }}\n"
    (people.folder / "letter.md").write_text(letter, encoding="utf-8")
    settings = people.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    chosen = text.replace("[paper]\n", "[paper]\nhouseholds = true\n")
    settings.write_text(chosen, encoding="utf-8")
    said = people.ok("import", str(people.sheet(*ROWS, header="Nom complet;Adresse;CP Ville")))
    assert "1 household gets several letters at one address" in said.err
    people.ok("print")
    with open_campaign(people.folder, access="read", command="show") as campaign:
        names = {each.key: each.first_name for each in campaign.ledger.recipients()}
        places = {names[each.key]: each.address for each in campaign.ledger.deliveries()}
    cover, *letters = texts(people.folder / LOT)
    assert "Envelopes (letters to one household share one) 2" in cover
    both = "M. Paul et Mme Anne M"
    assert [both in letter for letter in letters] == [True, True, False]
    assert ["Monsieur," in letter for letter in letters] == [True, False, False]
    assert ["Madame," in letter for letter in letters] == [False, True, False]
    assert places["Paul"] == places["Anne"] == "1 RUE DU PORT, 35000 RENNES"
