"""Tables of a letter: in an e-mail, as plain text, and what is no table."""

from __future__ import annotations

from merge.letters import tables
from tests.examples import each_line
from tests.rooms.letters.test_markdown import refused
from tests.rooms.letters.test_template import having, html, text

PRICES = "| Article | Prix |\n|:--|--:|\n| Pain | 12,50 € |\n| Brioche<br>au beurre | 3 € |"


@each_line
def test_a_table_is_laid_out_in_columns_as_wide_as_what_they_hold(source, said):
    assert text(source, having(x="Marie-Thérèse"), columns=["x", "y"]) == said


def test_a_table_is_no_wider_than_a_line_of_an_e_mail():
    just = "y" * (tables.WIDEST - 5)
    assert text(f"| A | B |\n|---|---|\n| Zoé | {just} |").splitlines()[2] == f"Zoé  {just}"
    assert text(f"| A | B |\n|---|---|\n| Zoé | {just}y |").splitlines()[0] == "A\u00a0: Zoé"


def test_an_e_mail_has_the_look_of_a_table_in_its_tags():
    made = html(PRICES)
    assert made.startswith(
        '<div style="overflow-x: auto">\n<table border="0" cellpadding="0" cellspacing="0" style="'
    )
    assert '<th scope="col" align="right" valign="bottom" style="' in made
    assert '<td align="right" valign="top" style="' in made
    assert made.count("text-align: right") == 3
    assert "<th" not in html("|  |  |\n|---|---|\n| a | b |")
    assert "<br />\nau beurre</td>" in made


def test_the_authors_control_characters_part_no_cells():
    assert "\x1c" not in text("a\x1cb\n\n| A | B |\n|---|---|\n| 1\x1d | 2 |")


def test_a_rule_without_a_table_is_refused():
    assert refused("x\n|---|").code == "letter-table"
