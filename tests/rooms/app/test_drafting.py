"""A letter from elsewhere is proposed, and becomes the campaign's after a yes alone."""

from __future__ import annotations

from merge.app import drafting, writing
from merge.app.new import LETTER, model_letter
from merge.app.writing import EditConflict
from merge.letters.drafts import draft
from merge.letters.drafts.draft import Draft
from tests.desk import Desk

MODEL = (model_letter() / LETTER).read_text("utf-8")
SENDER = ("Les Amis du rail", "4 rue des Lices", "35000 Rennes")
WORDS = """**Les Amis du rail**
4 rue des Lices

Rennes, le 24 novembre 2026

Objet : La halte

Madame, Monsieur le Maire,

Depuis le 3 mai 2026, la halte de NOM DE LA COMMUNE et de [ville] attend [Truc], SNCF RESEAU aussi.

Nous, habitants de [ville], écrivons.

Agréez, Madame, Monsieur le Maire, nos vœux.
"""
DRAFT = draft.read(WORDS.encode(), "lettre.md")


def test_what_is_offered_for_a_letter_and_nothing_else() -> None:
    assert [(each.key, each.becomes) for each in drafting.offers(DRAFT, sender=SENDER)] == [
        ("head:Les Amis du rail / 4 rue des Lices", ""),
        ("date:24 novembre 2026", "date"),
        ("salutation:Madame, Monsieur le Maire", "salutation"),
        ("blank:NOM DE LA COMMUNE", "commune"),
        ("residents:Nous, habitants {{ commune|de }},", "Nous, {{ groupe }},"),
    ]
    ready = draft.read(b"---\nsubject: x\n---\n\nMadame, Monsieur,\n", "lettre.md")
    assert drafting.offers(ready, sender=SENDER) == ()


def test_what_nobody_said_yes_to_stays_word_for_word() -> None:
    words = WORDS.replace("Objet : La halte\n", "").replace("de [ville]", "{{ commune|de }}")
    none = drafting.taken(DRAFT, (), sender=SENDER).source
    assert none == f"---\nsubject: La halte\n---\n\n{words}"
    unknown = drafting.taken(DRAFT, ("blank:Truc", "date:3 mai 2026"), sender=SENDER)
    assert unknown.source == none


def test_each_offer_changes_its_own_words_alone() -> None:
    every = drafting.offers(DRAFT, sender=SENDER)
    none = drafting.taken(DRAFT, (), sender=SENDER).source
    changes = (
        ("**Les Amis du rail**\n4 rue des Lices\n\n", ""),
        ("24 novembre 2026", "{{ date }}"),
        ("Madame, Monsieur le Maire", "{{ salutation }}"),
        ("de NOM DE LA COMMUNE", "{{ commune|de }}"),
        ("Nous, habitants {{ commune|de }},", "Nous, {{ groupe }},"),
    )
    for each, (old, new) in zip(every, changes, strict=True):
        assert drafting.taken(DRAFT, (each.key,), sender=SENDER).source == none.replace(old, new)
    all_of_them = drafting.taken(DRAFT, [each.key for each in every], sender=SENDER).source
    assert all_of_them == (
        "---\nsubject: La halte\n---\n\nRennes, le {{ date }}\n\n\n{{ salutation }},\n\n"
        "Depuis le 3 mai 2026, la halte {{ commune|de }} et {{ commune|de }} attend [Truc], "
        "SNCF RESEAU aussi.\n\nNous, {{ groupe }}, écrivons.\n\n"
        "Agréez, {{ salutation }}, nos vœux.\n"
    )


def test_after_a_yes_it_is_the_letter_and_the_one_before_stays_beside_it(desk: Desk) -> None:
    version = desk.reads(writing.look).version
    made = drafting.taken(DRAFT, ())
    new = desk.reads(drafting.take, "", version, made)
    assert new == desk.reads(writing.look).version
    assert (desk.folder / LETTER).read_text("utf-8") == made.source
    assert (desk.folder / writing.before_of(LETTER)).read_text("utf-8") == MODEL


def test_a_letter_that_has_changed_since_the_proposal_is_not_replaced(desk: Desk) -> None:
    version = desk.reads(writing.look).version
    (desk.folder / LETTER).write_text(MODEL + "Encore.\n", "utf-8")
    came = desk.reads(drafting.take, "", version, drafting.taken(DRAFT, ()))
    assert isinstance(came, EditConflict)
    assert (desk.folder / LETTER).read_text("utf-8") == MODEL + "Encore.\n"
    assert not (desk.folder / writing.before_of(LETTER)).exists()


def test_no_picture_of_the_folder_is_written_over(desk: Desk) -> None:
    (desk.folder / "picture-1.png").write_bytes(b"theirs")
    found = Draft(body="![](picture-1.png)\n", subject="x", pictures={"picture-1.png": b"mine"})
    version = desk.reads(writing.look).version
    desk.reads(drafting.take, "", version, drafting.taken(found, ()))
    assert (desk.folder / "picture-1.png").read_bytes() == b"theirs"
    assert (desk.folder / "picture-1-2.png").read_bytes() == b"mine"
    assert "![](picture-1-2.png)" in (desk.folder / LETTER).read_text("utf-8")


# --- the letter that a campaign has --------------------------------------------------------------

OWN = (
    "---\r\nsubject: À [ville]\r\nattachments: a.pdf\r\n---\r\n\r\n"
    "Le {{ date }}, de [xx], XXX et [ce mot], {{ commune|de }}.\r\n\r\n> [Truc]\r\n"
)


def test_only_what_nothing_fills_is_an_open_blank() -> None:
    assert [each.name for each in drafting.open_blanks(OWN)] == [
        "ville", "xx", "XXX", "ce mot", "Truc"
    ]  # fmt: skip
    assert drafting.open_blanks(MODEL) == ()
