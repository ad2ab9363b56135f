"""A letter from elsewhere is proposed, and becomes the campaign's after a yes alone."""

from __future__ import annotations

from merge.app import drafting, writing
from merge.app.drafting import Filling
from merge.app.new import LETTER, model_letter
from merge.app.writing import EditConflict
from merge.letters.drafts.draft import Draft
from tests.desk import Desk

MODEL = (model_letter() / LETTER).read_text("utf-8")
PASTED = (
    "Objet : Vidéo à [ville]\n\nXXX, le [date]\n\n"
    "Nous, de [xx], demandons à [Truc] et [ce mot].\n\n[Nom de famille]\n"
)


def test_blanks_are_filled_as_somebody_said() -> None:
    made = drafting.proposed(
        drafting.draft_of_text(PASTED),
        fillings={
            "Truc": Filling(words="l'*équipe* [sic]"),
            "ce mot": Filling(is_own=True),
            "Nom de famille": Filling(expression="nom_de_famille"),
            "xx": Filling(expression="commune"),
        },
    )
    assert made.source == (
        "---\nsubject: Vidéo {{ commune|a }}\n---\n\n{{ lieu }}, le {{ date }}\n\n"
        "Nous, {{ commune|de }}, demandons à l'\\*équipe\\* [sic] et \\[ce mot].\n\n"
        "{{ nom_de_famille }}\n"
    )


def test_after_a_yes_it_is_the_letter_and_the_one_before_stays_beside_it(desk: Desk) -> None:
    version = desk.reads(writing.look).version
    made = drafting.proposed(drafting.draft_of_text(PASTED))
    new = desk.reads(drafting.take, "", version, made)
    assert new == desk.reads(writing.look).version
    assert (desk.folder / LETTER).read_text("utf-8") == made.source
    assert (desk.folder / writing.before_of(LETTER)).read_text("utf-8") == MODEL


def test_a_letter_that_has_changed_since_the_proposal_is_not_replaced(desk: Desk) -> None:
    version = desk.reads(writing.look).version
    (desk.folder / LETTER).write_text(MODEL + "Encore.\n", "utf-8")
    came = desk.reads(drafting.take, "", version, drafting.proposed(drafting.draft_of_text("a")))
    assert isinstance(came, EditConflict)
    assert (desk.folder / LETTER).read_text("utf-8") == MODEL + "Encore.\n"
    assert not (desk.folder / writing.before_of(LETTER)).exists()


def test_no_picture_of_the_folder_is_written_over(desk: Desk) -> None:
    (desk.folder / "picture-1.png").write_bytes(b"theirs")
    draft = Draft(body="![](picture-1.png)\n", subject="x", pictures={"picture-1.png": b"mine"})
    version = desk.reads(writing.look).version
    desk.reads(drafting.take, "", version, drafting.proposed(draft))
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
