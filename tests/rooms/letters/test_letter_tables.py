"""Tables of a letter: in an e-mail, as plain text, and what is no table."""

from __future__ import annotations

from merge.letters import tables
from tests.rooms.letters.test_markdown import refused
from tests.rooms.letters.test_template import having, html, text

PRICES = "| Article | Prix |\n|:--|--:|\n| Pain | 12,50 € |\n| Brioche<br>au beurre | 3 € |"


def test_a_table_is_laid_out_in_columns() -> None:
    assert text(f"a\n\n{PRICES}\n\nb") == (
        "a\n\n"
        "Article       Prix\n"
        "---------  -------\n"
        "Pain       12,50\u00a0€\n"
        "Brioche        3\u00a0€\n"
        "au beurre\n\n"
        "b"
    )


def test_columns_are_as_wide_as_what_was_filled_in() -> None:
    source = "| Nom | Solde |\n|---|:-:|\n| {{ nom_du_membre }} | {{ solde|ou('0') }} |"
    columns = ["Nom du membre", "Solde"]
    member = having(**{"Nom du membre": "Marie-Thérèse", "Solde": "12"})
    assert text(source, member, columns=columns).splitlines()[2] == "Marie-Thérèse    12"
    other = having(**{"Nom du membre": "Jo", "Solde": ""})
    assert text(source, other, columns=columns).splitlines()[2] == "Jo     0"


def test_a_table_with_a_line_that_is_too_long_says_its_heads_before_its_values() -> None:
    long = "mot " * 20
    source = f"| Nom | | Texte |\n|---|---|---|\n| Zoé | x | {long} |\n| Ali |  | court |"
    assert text(source) == (
        f"Nom\u00a0: Zoé\nx\nTexte\u00a0: {long.strip()}\n\nNom\u00a0: Ali\nTexte\u00a0: court"
    )
    just = "y" * (tables.WIDEST - 5)
    assert text(f"| A | B |\n|---|---|\n| Zoé | {just} |").splitlines()[2] == f"Zoé  {just}"
    assert text(f"| A | B |\n|---|---|\n| Zoé | {just}y |").splitlines()[0] == "A\u00a0: Zoé"


def test_a_head_that_says_nothing_is_none() -> None:
    source = "|  |  |\n|---|---|\n| a | b |"
    assert text(source) == "a  b"
    assert "<th" not in html(source)
    assert text("|  |  |\n|---|---|") == ""


def test_a_table_in_a_list_or_a_quotation_stays_in_it() -> None:
    table = "| A | B |\n|---|---|\n| 1 | 2 |"
    assert text("- a\n\n  " + table.replace("\n", "\n  ")) == "- a\n\n  A  B\n  -  -\n  1  2"
    assert text("1. " + table.replace("\n", "\n   ")) == "1. A  B\n   -  -\n   1  2"
    assert text("> " + table.replace("\n", "\n> ")) == "> A  B\n> -  -\n> 1  2"


def test_a_bar_in_a_blank_or_behind_a_stroke_parts_no_cells() -> None:
    source = "| A | B |\n|---|---|\n| {{ commune|de }} | a \\| b |"
    assert text(source).splitlines()[2] == "du Havre  a | b"


def test_rows_may_stand_in_a_choice() -> None:
    source = "| A | B |\n|---|---|\n{% if population > %d %}\n| 1 | 2 |\n{% endif %}\n| 3 | 4 |"
    assert text(source.replace("%d", "10")) == "A  B\n-  -\n1  2\n3  4"
    assert text(source.replace("%d", "999999")) == "A  B\n-  -\n3  4"
    assert html(source.replace("%d", "999999")).count("<tr>") == 2


def test_an_e_mail_has_the_look_of_a_table_in_its_tags() -> None:
    made = html(PRICES)
    assert made.startswith(
        '<div style="overflow-x: auto">\n<table border="0" cellpadding="0" cellspacing="0" style="'
    )
    assert '<th scope="col" align="right" valign="bottom" style="' in made
    assert '<td align="right" valign="top" style="' in made
    assert made.count("text-align: right") == 3
    assert "<td" in made
    assert "<br />\nau beurre</td>" in made


def test_the_authors_control_characters_part_no_cells() -> None:
    assert "\x1c" not in text("a\x1cb\n\n| A | B |\n|---|---|\n| 1\x1d | 2 |")


def test_what_only_looks_like_the_rule_of_a_table_is_none() -> None:
    assert text("a | b\n\n- - -\n\nc") == "a | b\n\n* * *\n\nc"
    assert text("\\|---|") == "|---|"
    assert refused("x\n|---|").code == "letter-table"
