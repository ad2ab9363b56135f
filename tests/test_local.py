"""Claims about what only one recipient's letter says."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from merge.errors import LetterError
from merge.letters.kinds import Unwritable
from merge.letters.local import LocalNote, Passage, Passages, compile_passages
from merge.letters.values import Values, Writer
from merge.model import Recipient
from tests.test_template import without_marks

WRITER = Writer(
    name="Collectif",
    contact="contact@example.org",
    address=(),
    place="",
    place_article_code=None,
    signature=("Zoé",),
)
HAVRE = Recipient(
    key="76351", commune="Le Havre", insee="76351", article_code=2, department="76", sex="F"
)

COLUMN = "Paragraphe local"


def values(columns: Collection[str] = ()) -> Values:
    return Values(
        writer=WRITER, date=datetime.date(2026, 3, 1), feminine="la Maire", columns=columns
    )


def passages(files: Mapping[str, str] | None = None, columns: Collection[str] = ()) -> Passages:
    return compile_passages(
        {key: (f"local/{key}.md", source) for key, source in (files or {}).items()},
        values(columns).names,
        columns=columns,
    )


def of_file(source: str, recipient: Recipient = HAVRE) -> Passage:
    return passages({recipient.key: source}).of(recipient, values())


def with_cell(cell: str, header: str = COLUMN) -> Recipient:
    return HAVRE._replace(fields={header: cell})


def of_cell(cell: str, header: str = COLUMN) -> Passage:
    return passages(columns=[header]).of(with_cell(cell, header), values([header]))


# --- A file -------------------------------------------------------------------------------------


def test_a_file_says_the_same_in_both_channels():
    passage = of_file("Au **port** : rien.\n\n- une place\n- une rue\n")
    assert passage == "Au port\xa0: rien.\n\n- une place\n- une rue"
    assert passage.__html__() == (
        "<p>Au <strong>port</strong>\xa0: rien.</p>\n"
        "<ul>\n<li>une place</li>\n<li>une rue</li>\n</ul>\n"
    )


def test_a_link_of_a_file_says_its_address_on_the_page():
    passage = of_file("[Le plan](https://example.org/plan)")
    assert passage.__html__() == '<p><a href="https://example.org/plan">Le plan</a></p>\n'
    assert without_marks(passage.on_page.__html__()) == (
        '<p><a href="https://example.org/plan">Le plan</a> &lt;https://example.org/plan&gt;</p>\n'
    )


def test_a_file_has_the_blanks_of_the_letter():
    assert of_file("{{ salutation }}, nous vivons {{ commune|a }}.") == (
        "Madame la Maire, nous vivons au Havre."
    )


def test_a_blank_in_a_file_may_be_a_column_of_the_sheet():
    made = passages({"76351": "Rue {{ rue }}."}, columns=["Rue"])
    havre = HAVRE._replace(fields={"Rue": "<b>{{ 7*7 }}"})
    passage = made.of(havre, values(["Rue"]))
    assert passage == "Rue <b>{{ 7*7 }}."
    assert passage.__html__() == "<p>Rue &lt;b&gt;{{ 7*7 }}.</p>\n"


def test_the_lines_that_a_choice_leaves_out_leave_no_gap():
    source = "Un.\n\n{% if sexe == 'M' %}\n\nDeux.\n\n{% endif %}\n\nTrois."
    assert of_file(source) == "Un.\n\nTrois."


@pytest.mark.parametrize(
    "source", ["", "\n \n", "{# à écrire #}", "{% if sexe == 'M' %}Monsieur.{% endif %}"]
)
def test_a_file_that_says_nothing_is_nothing_in_either_channel(source):
    passage = of_file(source)
    assert (str(passage), passage.__html__(), bool(passage)) == ("", "", False)


def test_everybody_else_has_nothing():
    vitre = HAVRE._replace(key="35360")
    passage = passages({"76351": "Au port."}).of(vitre, values())
    assert (str(passage), passage.__html__(), bool(passage)) == ("", "", False)


def test_an_empty_value_that_a_file_needs_holds_its_recipient():
    with pytest.raises(Unwritable) as held:
        of_file("Vous êtes {{ population }}.")
    assert (held.value.code, held.value.field) == ("empty-value", "population")


@pytest.mark.parametrize(
    ("source", "code", "row", "facts"),
    [
        ("Un.\n\n{{ comune }}", "unknown-variable", 3, {"name": "comune", "suggestion": "commune"}),
        ("{{ local }}", "unknown-variable", 1, {"name": "local"}),
        ("Un.\n{{ commune|du }}", "unknown-filter", 2, {"name": "du"}),
        ("Un.\n\nÀ [xx], deux.", "leftover", 3, {"words": "[xx]"}),
        ("Un.\n\n{{ commune", "letter-syntax", 3, {}),
        ("{% for a in commune %}{% endfor %}", "letter-forbids", 1, {"name": "for"}),
        ("**{% if sexe %}** oui{% endif %}", "letter-tangled", 1, {}),
        ("Un.\n\n![deux](deux.png)", "local-picture", 3, {}),
        ("Un.\n\nDeux[^1].", "footnote-outside", 3, {}),
        ("Un[^a].\n\n[^a]: Loi.", "footnote-outside", 1, {}),
        ("Un ^[la loi].", "footnote-outside", 1, {}),
        ("---\nsubject: x\n---\nUn.", "local-front-matter", 1, {}),
    ],
)
def test_a_fault_of_a_file_names_the_file_and_the_row(source, code, row, facts):
    with pytest.raises(LetterError) as refused:
        passages({"76351": source})
    error = refused.value
    assert (error.code, error.place) == (code, f"local/76351.md:{row}")
    assert facts.items() <= error.facts.items()


def test_what_the_settings_lack_is_told_with_the_file_that_needs_it():
    with pytest.raises(LetterError) as refused:
        of_file("Depuis {{ lieu }}.")
    assert (refused.value.code, refused.value.path) == ("writer-lacks", "local/76351.md")
    assert refused.value.facts == {"name": "place"}


def test_what_only_rendering_finds_is_told_with_the_file():
    with pytest.raises(LetterError) as refused:
        passages({"76351": "{% if population > 'x' %}Un.{% endif %}"}).of(
            HAVRE._replace(population=9), values()
        )
    assert (refused.value.code, refused.value.path) == ("letter-fails", "local/76351.md")
    assert refused.value.facts["key"] == "76351"


def test_slips_are_sought_in_files_too():
    found = passages({"76351": "Un.\n\nDepuis l'an dernier, rien."}).slips
    assert [(path, slip.found, slip.row) for path, slip in found] == [
        ("local/76351.md", "l'an dernier", 3)
    ]


def test_html_that_nobody_gets_is_told_with_its_file():
    made = passages({"76351": "Un.\n\nDeux <script>alert(1)</script>trois."})
    assert [(path, each.row) for path, each in made.removed] == [("local/76351.md", 3)]
    assert "script" not in made.of(HAVRE, values()).__html__()


# --- A cell -------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["local", "Local", "Paragraphe local", "TEXTE LOCAL"])
def test_a_column_of_that_name_holds_local_paragraphs(header):
    assert of_cell("Au port.", header) == "Au port."


def test_no_other_column_does():
    assert of_cell("Au port.", "Locaux") == ""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", "\u2028"])
def test_the_lines_of_a_cell_are_paragraphs(end):
    passage = of_cell(f"  Un.{end}Deux ?{end}")
    assert passage == "Un.\n\nDeux\u202f?"
    assert passage.__html__() == "<p>Un.</p>\n<p>Deux\u202f?</p>\n"


def test_a_cell_is_text_and_never_template_or_markup():
    cell = "**{{ commune }}** <script>alert(1)</script> [a](b) {% if %} &amp;"
    passage = of_cell(cell)
    assert passage == cell
    assert passage.__html__() == f"<p>{escape(cell)}</p>\n"


@pytest.mark.parametrize("cell", ["", " \n ", "nan"])
def test_an_empty_cell_is_nothing(cell):
    assert (of_cell(cell), of_cell(cell).__html__()) == ("", "")


def test_a_cell_that_no_letter_can_carry_holds_its_recipient():
    with pytest.raises(Unwritable) as held:
        of_cell("Un.\nDeux\x07.")
    assert (held.value.code, held.value.field) == ("control-character", COLUMN)


def test_where_there_are_both_the_file_is_taken():
    made = passages({"76351": "Du fichier."}, columns=[COLUMN])
    assert made.of(with_cell("De la cellule."), values([COLUMN])) == "Du fichier."


class _Reader(HTMLParser):
    """The paragraphs that HTML shows; anything but whole <p> fails."""

    def __init__(self) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self.open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag == "p"
        assert not self.open
        assert not attrs
        self.open = True
        self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        assert tag == "p"
        assert self.open
        self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            self.paragraphs[-1] += data
        else:
            assert data == "\n"


@given(st.text(st.sampled_from("ab<>&\"'{}%*_[]()#-\n\r :?é\u2028"), max_size=60))
def test_no_cell_can_change_the_structure_of_a_letter(cell):
    passage = of_cell(cell)
    reader = _Reader()
    reader.feed(passage.__html__())
    reader.close()
    assert reader.paragraphs == (passage.split("\n\n") if passage else [])


# --- What to tell -------------------------------------------------------------------------------


def test_nothing_is_told_when_all_is_well():
    assert passages({"76351": "Un."}).notes([HAVRE], placed=True) == ()
    assert passages().notes([HAVRE], placed=False) == ()


def test_local_paragraphs_without_a_place_in_the_letter_are_told_and_counted():
    made = passages({"76351": "Un.", "00000": "Personne."}, columns=[COLUMN])
    recipients = [
        HAVRE,
        with_cell("Un.")._replace(key="35360"),
        with_cell(" ")._replace(key="35361"),
    ]
    notes = made.notes(recipients, placed=False)
    assert notes[0] == LocalNote(code="local-unplaced", texts=2)


def test_a_file_for_nobody_is_told_with_the_key_that_may_be_meant():
    recipients = [HAVRE._replace(key=key) for key in ("01004", "2A004")]
    made = passages({"1004": "Un.", "2a004": "Deux.", "99999": "Trois."})
    assert made.notes(recipients, placed=True) == (
        LocalNote(code="local-nobody", path="local/1004.md", suggestion="01004"),
        LocalNote(code="local-nobody", path="local/2a004.md", suggestion="2A004"),
        LocalNote(code="local-nobody", path="local/99999.md"),
    )


def test_a_file_and_a_cell_for_the_same_recipient_are_told():
    made = passages({"76351": "Un."}, columns=[COLUMN])
    assert made.notes([with_cell("Deux.")], placed=True) == (
        LocalNote(code="local-twice", key="76351", path="local/76351.md"),
    )


def test_telling_survives_a_cell_that_no_letter_can_carry():
    made = passages({"76351": "Un."}, columns=[COLUMN])
    assert made.notes([with_cell("\x07")], placed=True)[0].code == "local-twice"


def test_a_changed_file_changes_the_part_of_its_recipient_alone():
    before = passages({"76351": "Un.", "35360": "Deux."})
    after = passages({"76351": "Un !", "35360": "Deux."})
    assert before.version("76351") != after.version("76351")
    assert before.version("35360") == after.version("35360") != ""
    assert before.version("22050") == ""
