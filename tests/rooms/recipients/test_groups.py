"""Several rows, one letter: invoices, families, the payments of a member."""

from __future__ import annotations

import io
import re
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path
from random import Random

import pytest
import xlsxwriter

from merge.app import letters, staging, uploads
from merge.app.opening import open_campaign
from merge.errors import ExitCode
from merge.letters import blanks
from merge.letters.drafts import draft
from merge.model import Audience, Channel, Letter, LetterFault, Recipient
from tests.desk import Desk, Said
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

HEADER = "N° client;Prénom;Nom;E-mail;Objet;Montant"
THE = "C1;Anne;MARTIN;anne@example.org;Thé;12,50 €"
CAFE = "C1;Anne;MARTIN;anne@example.org;Café;7,50 €"
PAUL = "C2;Paul;ROY;paul@example.org;Lait;3,00 €"
BODY = "{{ salutation }},\n\nVous devez {{ total.montant }} pour {{ nombre_lignes }} achats.\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    return made(tmp_path)


def made(folder: Path, audience: Audience = "people", group: str = "n_client") -> Desk:
    desk = Desk(folder / "campaign")
    desk.make(audience=audience)
    write(desk, BODY, group)
    return desk


def write(desk: Desk, body: str, group: str = "n_client", subject: str = "Facture") -> None:
    head = f"---\nsubject: {subject}\n" + (f"group: {group}\n" if group else "") + "---\n\n"
    (desk.folder / "letter.md").write_text(head + body, "utf-8")


def imported(desk: Desk, *rows: str, header: str = HEADER, options: Sequence[str] = ()) -> Said:
    return desk.run("import", *options, str(desk.sheet(*rows, header=header)))


def everybody(desk: Desk) -> dict[str, Recipient]:
    """By what their rows have in common."""
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        return {each.number: each for each in campaign.ledger.recipients()}


def made_letters(desk: Desk, channel: Channel = Channel.EMAIL) -> dict[str, Letter | LetterFault]:
    """Everybody's letter by the same."""
    with open_campaign(desk.folder, access="read", command="check") as campaign:
        template = letters.template(campaign)
        return {r.number: template.render(r, channel) for r in campaign.ledger.recipients()}


def text_of(desk: Desk, number: str) -> str:
    """The plain text of a letter, with plain spaces."""
    letter = made_letters(desk)[number]
    assert isinstance(letter, Letter), letter
    return letter.text.replace("\u202f", " ").replace("\u00a0", " ")


def fault_of(desk: Desk, number: str) -> tuple[str, str]:
    letter = made_letters(desk)[number]
    assert isinstance(letter, LetterFault)
    return letter.code, letter.value


def all_of(said: Said) -> str:
    """What was said, with plain spaces."""
    return (said.out + said.err).replace("\u202f", " ").replace("\u00a0", " ")


# What a group is


def test_rows_with_one_key_are_one_recipient_wherever_they_stand(desk: Desk) -> None:
    said = imported(desk, THE, PAUL, CAFE)
    assert (said.code, "3 rows: those with the same “group:” are one letter" in said.err) == (
        0,
        True,
    )
    found = everybody(desk)
    assert {number: each.rows for number, each in found.items()} == {"C1": (2, 4), "C2": (3,)}
    assert [line["Objet"] for line in found["C1"].lines] == ["Thé", "Café"]
    assert "Vous devez 20,00 € pour 2 achats." in text_of(desk, "C1")
    assert "Vous devez 3,00 € pour 1 achats." in text_of(desk, "C2")


def test_two_rows_that_differ_in_nothing_are_two_lines(desk: Desk) -> None:
    assert imported(desk, THE, THE).code == 0
    assert "25,00 €" in text_of(desk, "C1")


def test_an_empty_cell_contradicts_nothing_and_is_filled_from_another_row(desk: Desk) -> None:
    assert imported(desk, "C1;;;;Thé;12,50 €", "C1;Anne;MARTIN;;Lait;1 €", CAFE).code == 0
    (anne,) = everybody(desk).values()
    assert (anne.name, anne.email, anne.rows) == ("Anne Martin", "anne@example.org", (2, 3, 4))


def test_what_people_write_in_different_ways_is_no_contradiction(desk: Desk) -> None:
    assert imported(desk, THE, "C1;ANNE;Martin;Anne@example.org;Café;1 €").code == 0


def test_a_column_that_is_the_same_in_all_rows_is_said_once(desk: Desk) -> None:
    write(desk, "Facture du {{ date_facture }} : {{ total.montant }}.\n")
    header = f"{HEADER};Date facture"
    assert imported(desk, f"{THE};1er mars", f"{CAFE};1er mars", header=header).code == 0
    assert "Facture du 1er mars : 20,00 €." in text_of(desk, "C1")


def test_a_column_that_differs_is_not_said_once_not_even_by_an_if(desk: Desk) -> None:
    imported(desk, THE, CAFE)
    for body in ("{{ objet }}", '{{ objet|ou("rien") }}', "{% if objet %}oui{% endif %}"):
        write(desk, f"{body} {{{{ total.montant }}}}\n")
        assert fault_of(desk, "C1")[0] == "lines-differ"


def test_a_letter_may_choose_by_what_a_sum_is(desk: Desk) -> None:
    write(desk, "{% if total.montant >= 20 %}beaucoup{% else %}peu{% endif %}\n")
    imported(desk, THE, CAFE, PAUL)
    assert ("beaucoup" in text_of(desk, "C1"), "peu" in text_of(desk, "C2")) == (True, True)


def test_a_family_is_one_letter_and_the_first_names_are_its_lines(desk: Desk) -> None:
    write(desk, "{{ nombre_lignes }} enfants, {{ total.cotisation }}.\n", "Famille")
    header = "Famille;Nom;Courriel;Adresse;CP Ville;Enfant;Cotisation"
    where = "DURAND;durand@example.org;1 rue du Port;35000 Rennes"
    imported(desk, f"F1;{where};Léa;10 €", f"F1;{where};Zoé;8 €", header=header)
    assert "2 enfants, 18,00 €." in text_of(desk, "F1")


def test_a_couple_at_one_address_contradicts_itself_unless_the_column_is_kept(desk: Desk) -> None:
    write(desk, "Vous êtes {{ nombre_lignes }}.\n", "Adresse")
    header = "Prénom;Nom;Adresse;CP Ville;E-mail"
    rows = [f"{name};DURAND;1 rue du Port;35000 Rennes;d@example.org" for name in ("Léa", "Luc")]
    said = imported(desk, *rows, header=header)
    assert said.code == 1
    assert "--keep Prénom" in all_of(said)
    assert fault_of(desk, "1 rue du Port")[0] == "rows-contradict"
    imported(desk, *rows, header=header, options=("--keep", "Prénom"))
    assert "Vous êtes 2." in text_of(desk, "1 rue du Port")


def test_towns_are_grouped_by_their_code(tmp_path: Path) -> None:
    desk = made(tmp_path, "communes", "Code INSEE")
    header = "Code INSEE;Commune;Courriel;Montant"
    rows = ["35238;Rennes;rennes@example.org;10 €", "29019;Brest;brest@example.org;1 €"]
    assert imported(desk, *rows, "35238;Rennes;;5,5 €", header=header).code == 0
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        assert {r.key: len(r.lines) for r in campaign.ledger.recipients()} == {
            "35238": 2,
            "29019": 1,
        }
    assert "15,50 €" in all_of(desk.ok("preview", "35238"))


# What holds a letter


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("C1;Anne;MARTEL;anne@example.org;Café;1 €", "Martin (2) ≠ Martel (3)"),
        ("C1;Anne;MARTIN;paul@example.org;Café;1 €", "anne@example.org (2) ≠ paul@example.org (3)"),
    ],
)
def test_a_contradiction_holds_the_letter_and_says_where(desk: Desk, other: str, told: str) -> None:
    said = imported(desk, THE, other, PAUL)
    assert (said.code, "The letter is held" in all_of(said)) == (1, True)
    assert fault_of(desk, "C1") == ("rows-contradict", told)
    assert isinstance(made_letters(desk)["C2"], Letter)


def test_an_address_in_another_place_holds_the_letter(desk: Desk) -> None:
    header = "N° client;Nom;Adresse;CP Ville;Montant"
    rows = ("C1;MARTIN;1 rue du Port;35000 Rennes;1 €", "C1;MARTIN;1, rue du Port;29200 Brest;1 €")
    imported(desk, *rows, header=header)
    assert fault_of(desk, "C1") == ("rows-contradict", "35000 (2) ≠ 29200 (3)")


def test_one_row_that_cannot_be_taken_holds_the_letter(desk: Desk) -> None:
    imported(desk, THE, "C1;Anne;MARTIN;anne@example.org;Ca\x08fé;7,50 €", PAUL)
    assert fault_of(desk, "C1") == ("rows-faulty", "3")


@pytest.mark.parametrize(
    ("amount", "code", "value"),
    [
        ("sept", "not-an-amount", "3 (sept)"),
        ("n/a", "not-an-amount", "3"),
        ("7 $", "not-an-amount", "3 (7 $)"),
    ],
)
def test_a_sum_of_what_is_none_holds_the_letter_and_names_the_row(
    desk: Desk, amount: str, code: str, value: str
) -> None:
    imported(desk, THE, f"C1;Anne;MARTIN;anne@example.org;Café;{amount}", PAUL)
    assert fault_of(desk, "C1") == (code, value)
    said = all_of(desk.run("check"))
    assert f"in row {value}." in said
    assert "“Montant” in 1 letter that can leave: €3.00" in said
    assert "(letters without a sum: Anne Martin)" in said


def test_the_whole_column_decides_what_its_signs_mean(desk: Desk) -> None:
    imported(desk, "C1;Anne;MARTIN;anne@example.org;Café;1.234", PAUL.replace("3,00 €", "3"))
    assert fault_of(desk, "C1") == ("not-an-amount", "2 (1.234)")
    imported(desk, "C1;Anne;MARTIN;anne@example.org;Café;1.234", PAUL.replace("3,00 €", "3,5"))
    assert "1 234" in text_of(desk, "C1")


def test_a_held_letter_leaves_when_a_corrected_sheet_was_imported(desk: Desk) -> None:
    imported(desk, THE, CAFE.replace("MARTIN", "MARTEL"), PAUL)
    assert desk.run("check").code != 0
    assert imported(desk, THE, CAFE, PAUL).code == 0
    desk.ok("check")
    assert "20,00 €" in text_of(desk, "C1")


def test_a_fault_in_a_later_sheet_holds_the_letter_that_was_right(desk: Desk) -> None:
    imported(desk, THE, CAFE)
    imported(desk, THE, CAFE.replace("MARTIN", "MARTEL"))
    assert fault_of(desk, "C1")[0] == "rows-contradict"


# What is refused


def test_a_row_that_belongs_to_no_letter_is_left_out_and_told(desk: Desk) -> None:
    said = imported(desk, THE, CAFE, ";;;;Remise;20,00 €")
    assert (said.code, "This row has nothing in “…”" in all_of(said)) == (1, True)
    assert len(everybody(desk)) == 1


@pytest.mark.parametrize(
    "total",
    [
        *(";;;;Total;20,00 €", "C1;;;;Total;20,00 €", "Total C1;;;;;20,00 €"),
        "C1;Anne;MARTIN;anne@example.org;Somme;20",
    ],
)
def test_a_total_below_the_rows_of_one_letter_is_no_line_of_it(desk: Desk, total: str) -> None:
    said = imported(desk, THE, CAFE, total, HEADER, PAUL)
    assert said.code == 0, all_of(said)
    assert "Rows in the file: 5; taken: 3; left aside: 2." in said.err
    assert "20,00 €" in text_of(desk, "C1")
    assert "“Montant” in the sheet, 3 rows: €23.00" in all_of(said)


def test_what_makes_no_group_is_refused_and_nothing_is_taken(desk: Desk) -> None:
    header = f"{HEADER};Date de naissance"
    for group in ("N° clients", "Date de naissance"):  # a slip; what is not kept
        write(desk, BODY, group)
        said = imported(desk, f"{THE};1970-01-01", header=header)
        assert (said.code, everybody(desk)) == (ExitCode.MISUSE, {})
    write(desk, BODY)
    sheet = str(desk.sheet(THE, header=HEADER))
    assert desk.run("import", sheet, sheet).code == ExitCode.MISUSE  # rows may stand there twice
    assert everybody(desk) == {}


def test_check_refuses_a_group_that_is_no_column_of_the_list(desk: Desk) -> None:
    imported(desk, THE, CAFE)
    for group, code in (("Objets", 2), ("N° client", 0), ("n_client", 0)):
        write(desk, BODY, group)
        assert (group, desk.run("check").code) == (group, code)


ROW = "| Objet |\n|--|\n| {{ %s }} |\n"
NOT_FILLED = (
    *("{{ total.montent }}", "{{ total }}", "{{ total.prix }}"),  # no column
    *("{{ ligne.objet }}", "- {{ ligne.objet }}", "[ici](https://example.org/{{ ligne.objet }})"),
    "| {{ ligne.objet }} | Montant |\n|--|--|\n| x | y |",
    "| Objet | Montant |\n|--|--|\n| {% if ligne.objet %} | |\n| x | y |\n| {% endif %} | |",
    *(ROW % "ligne.prix", ROW % "ligne", ROW % "ligne.prenom"),
    "{% for ligne in _lignes %}{{ ligne.objet }}{% endfor %}",
)


def test_what_no_line_or_sum_fills_is_refused_by_check(desk: Desk) -> None:
    imported(desk, THE, CAFE)
    passed = []
    for body in NOT_FILLED:
        write(desk, f"{body}\n")
        passed += [body] * (desk.run("check").code in (0, 1))
    for blank in ("total.montant", "ligne.objet", "nombre_lignes"):
        write(desk, ROW % blank, group="")
        passed += [blank] * (desk.run("check").code in (0, 1))
    write(desk, BODY, subject="{{ ligne.objet }}")
    passed += ["subject"] * (desk.run("check").code in (0, 1))
    assert passed == []


def test_a_column_that_was_named_for_a_field_holds_rows_together(desk: Desk) -> None:
    header = HEADER.replace("N° client", "Dossier")
    imported(desk, THE, CAFE, header=header, options=("--map", "key=Dossier"))
    write(desk, BODY, "Dossier")
    imported(desk, THE, CAFE, header=header, options=("--map", "key=Dossier"))
    assert "20,00 €" in text_of(desk, "C1")


def test_a_row_whose_cells_are_not_certain_is_of_any_letter(desk: Desk) -> None:
    said = imported(desk, THE, f"{CAFE};8;9", PAUL)
    assert "may be a line of any letter" in all_of(said)
    assert everybody(desk) == {}


def test_a_list_that_was_read_row_by_row_makes_no_letter(desk: Desk) -> None:
    write(desk, "Bonjour.\n", group="")
    imported(desk, THE, PAUL)
    write(desk, BODY)
    assert fault_of(desk, "C1")[0] == "grouped-otherwise"
    imported(desk, THE, CAFE, PAUL)
    assert "20,00 €" in text_of(desk, "C1")


def test_a_list_that_was_put_together_otherwise_makes_no_letter(desk: Desk) -> None:
    header = f"Facture;{HEADER}"
    imported(desk, f"A1;{THE}", f"A2;{CAFE}", header=header)
    write(desk, BODY, "Facture")
    assert fault_of(desk, "C1")[0] == "grouped-otherwise"


def test_two_keys_that_are_nearly_written_alike_are_told(desk: Desk) -> None:
    said = imported(desk, THE, CAFE.replace("C1", "c1"), options=["--yes"])
    assert "“c1” and “C1” are two letters" in all_of(said)
    assert len(everybody(desk)) == 2


# A row of a table for each line

TABLE = """| Objet | Montant |
|:--|--:|
| {{ ligne.objet }} | {{ ligne.montant }} |
| **Total** | **{{ total.montant }}** |
"""


def test_a_row_of_a_table_is_there_once_for_each_line(desk: Desk) -> None:
    write(desk, TABLE)
    imported(desk, THE, PAUL, CAFE)
    assert (
        "Objet  Montant\n-----  -------\nThé    12,50 €\nCafé    7,50 €\nTotal  20,00 €\n"
    ) in text_of(desk, "C1")
    assert "Lait    3,00 €\nTotal   3,00 €\n" in text_of(desk, "C2")
    for channel in (Channel.EMAIL, Channel.PAPER):
        letter = made_letters(desk, channel)["C1"]
        if channel is Channel.PAPER:
            assert isinstance(letter, LetterFault)  # no postal address
            continue
        assert isinstance(letter, Letter)
        rows = re.findall(r"<tr>.*?</tr>", letter.html, re.DOTALL)
        assert [re.sub(r"<[^>]+>|\s", "", row) for row in rows] == [
            *("ObjetMontant", "Thé12,50€", "Café7,50€", "Total20,00€"),
        ]


def test_what_a_sheet_says_is_never_markup_nor_code_in_a_line(desk: Desk) -> None:
    write(desk, TABLE)
    imported(desk, "C1;Anne;MARTIN;anne@example.org;<b>{{ date }}|*x*;1 €")
    letter = made_letters(desk)["C1"]
    assert isinstance(letter, Letter)
    assert "&lt;b&gt;{{ date }}|*x*" in letter.html
    assert "<b>{{ date }}|*x*" in letter.text


def test_a_line_may_leave_a_cell_empty_and_choose_by_it(desk: Desk) -> None:
    row = '| {{ ligne.objet }}{% if ligne.note %} !{% endif %} | {{ ligne.note|ou("–") }} |\n'
    write(desk, f"| Objet | Note |\n|--|--|\n{row}")
    header = f"{HEADER};Note"
    imported(desk, f"{THE};chaud", f"{CAFE};", header=header)
    assert re.search(r"Thé !\s+chaud\nCafé\s+–\n", text_of(desk, "C1"))


def test_the_same_rows_stand_on_the_page(desk: Desk) -> None:
    write(desk, TABLE)
    header = "N° client;Nom;Adresse;CP Ville;Objet;Montant"
    where = "MARTIN;1 rue du Port;35000 Rennes"
    imported(desk, f"C1;{where};Thé;12,50 €", f"C1;{where};Café;7,50 €", header=header)
    letter = made_letters(desk, Channel.PAPER)["C1"]
    assert isinstance(letter, Letter)
    words = re.sub(r"<[^>]+>|\s", "", letter.page.html)
    assert "ObjetMontantThé12,50€Café7,50€Total20,00€" in words


def test_a_table_that_is_too_wide_for_a_mail_has_each_line_below_the_other(desk: Desk) -> None:
    write(desk, TABLE)
    imported(desk, THE.replace("Thé", "Thé " + "très " * 16 + "noir"), CAFE)
    assert "Objet : Café\nMontant : 7,50 €\n\nObjet : Total\nMontant : 20,00 €" in text_of(
        desk, "C1"
    )


def test_a_letter_of_rows_can_be_begun_from_before_its_list() -> None:
    source = (
        "---\nsubject: Facture\ngroup: n_client\n---\n\nVous devez {{ total.montant }} pour "
        "{{ nombre_lignes }} achats.\n\n| Objet |\n|--|\n| {{ ligne.objet }} |\n"
    )
    assert draft.left_open(source, "letter.md") == ()
    assert blanks.is_expression("total.montant")


def test_a_column_that_is_called_total_is_one(desk: Desk) -> None:
    write(desk, "{{ total }}\n", group="")
    imported(desk, "1;Anne;MARTIN;anne@example.org;12 €", header="N°;Prénom;Nom;E-mail;Total")
    desk.ok("check")


def test_who_a_letter_is_to_is_said_once_and_not_in_its_lines(desk: Desk) -> None:
    imported(desk, THE, CAFE)
    write(desk, "| Objet |\n|--|\n| {{ ligne.prenom }} |\n")
    said = desk.run("check")
    assert "“ligne.prenom” is no column of the rows: “prenom” is said" in all_of(said)
    assert "Write {{ prenom }}." in all_of(said)
    imported(desk, THE, CAFE, options=("--keep", "Prénom"))
    assert "Anne" in text_of(desk, "C1")


def test_a_letter_in_english_says_its_sum_in_english(desk: Desk) -> None:
    toml = desk.folder / "campaign.toml"
    toml.write_text(toml.read_text().replace("[letter]", '[letter]\nlanguage = "en-GB"', 1))
    write(desk, "You owe {{ total.montant }} for {{ nombre_lignes }} things.\n")
    imported(desk, THE, "C1;Anne;MARTIN;anne@example.org;Café;1 000,00 €")
    assert "You owe €1,012.50 for 2 things." in text_of(desk, "C1")


# What comes later


def test_a_sheet_that_is_imported_twice_doubles_no_line(desk: Desk) -> None:
    imported(desk, THE, PAUL, CAFE)
    before = everybody(desk)
    said = imported(desk, CAFE, THE, PAUL)
    assert "changed: 1, unchanged: 1" in all_of(said)  # in another order
    assert "changed: 0, unchanged: 2" in all_of(imported(desk, CAFE, THE, PAUL))
    assert [len(each.lines) for each in before.values()] == [2, 1]
    assert "20,00 €" in text_of(desk, "C1")


def test_rows_that_come_after_sending_never_go_by_themselves(
    desk: Desk, capture_server: CaptureServer
) -> None:
    imported(desk, THE, PAUL)
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 2
    said = imported(desk, THE, CAFE, PAUL, options=("--yes",))
    assert "its rows are others now: Anne Martin (C1)." in all_of(said)
    assert "Nothing of such rows is sent by itself." in all_of(said)
    assert "publipostage new DIR" in all_of(said)
    assert ("C1, Café, 7,50 €" in all_of(said), "C1, Thé" in all_of(said)) == (True, False)
    desk.run("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 2
    assert "12,50" in desk.ok("show", "C1", "--eml").out  # what was sent stays what it was
    said = imported(desk, CAFE, THE, PAUL, options=("--yes",))
    assert "sent by itself" not in all_of(said)  # nothing new but the order


def test_check_tells_what_has_left_from_rows_that_came_later(
    desk: Desk, capture_server: CaptureServer
) -> None:
    imported(desk, THE, PAUL)
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    lou = "C3;Lou;B;lou@example.org;Thé;1,25 €"
    imported(desk, THE, CAFE, PAUL, lou, options=("--yes",))
    imported(desk, THE, CAFE, CAFE, PAUL, lou, options=("--yes",))  # more of it, once more
    checked = all_of(desk.run("check"))
    for line in (
        "“Montant” in the sheet, 5 rows: €31.75",
        "“Montant” in 1 letter that can leave: €1.25",
        "“Montant” in 2 letters that have left or lie in a lot: €15.50",
        "“Montant” in rows that came or changed after their letter had left: €15.00. "
        "Whose: Anne Martin (rows 3, 4)",
        "make another campaign of it: publipostage new DIR",
    ):
        assert line in checked
    assert ("in no letter" in checked, "no letter goes now" in checked) == (False, False)


def test_check_counts_a_row_that_was_mended_after_sending_by_its_difference(
    desk: Desk, capture_server: CaptureServer
) -> None:
    imported(desk, THE, CAFE, PAUL)
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    imported(desk, THE, PAUL.replace("3,00", "2,00"), options=("--yes",))  # and a row less
    checked = all_of(desk.run("check"))
    assert "“Montant” in 2 letters that have left or lie in a lot: €23.00" in checked
    assert "had left: -€8.50. Whose: Anne Martin, Paul Roy (row 3)" in checked
    desk.ok("import", "--undo")
    checked = all_of(desk.run("check"))
    assert "“Montant” in 2 letters that have left or lie in a lot: €23.00" in checked
    assert "had left" not in checked


def test_rows_that_came_after_a_lot_was_made_are_not_in_it(desk: Desk) -> None:
    header = "N° client;Nom;Adresse;CP Ville;Objet;Montant"
    where = "MARTIN;1 rue du Port;35000 Rennes"
    imported(desk, f"C1;{where};Thé;12,50 €", header=header)
    desk.ok("print", "--yes")
    imported(
        desk, f"C1;{where};Thé;12,50 €", f"C1;{where};Lait;1 €", header=header, options=("--yes",)
    )
    checked = all_of(desk.run("check"))
    assert "“Montant” in 1 letter that has left or lies in a lot: €12.50" in checked
    assert "after their letter had left: €1.00. Whose: Martin (row 3)" in checked


def test_an_import_that_is_taken_back_brings_the_lines_back(desk: Desk) -> None:
    imported(desk, THE, PAUL)
    imported(desk, THE, CAFE, PAUL)
    desk.ok("import", "--undo")
    assert "12,50 €" in text_of(desk, "C1")


def test_purge_leaves_no_line(desk: Desk, capture_server: CaptureServer) -> None:
    imported(desk, THE, CAFE)
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    desk.ok("purge", "--really", "--yes")
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        assert ledger.execute("SELECT lines, rows, fault FROM recipients").fetchall() == [
            ("", "", "")
        ]
    assert "Thé".encode() not in (desk.folder / "ledger.db").read_bytes()


def test_what_holds_the_rows_together_is_not_for_an_edit(desk: Desk) -> None:
    imported(desk, THE, CAFE)
    for change in ("number=C9", "Montant=9 €", "montant=9 €", "Objet=Thé"):
        said = desk.run("edit", "C1", change)
        assert "the sheet alone says it" in all_of(said), change
    desk.ok("edit", "C1", "email=neuve@example.org")
    imported(desk, THE, CAFE)
    assert everybody(desk)["C1"].email == "neuve@example.org"


# What is shown


def test_a_list_that_is_handed_to_the_page_is_shown_by_its_letters(desk: Desk) -> None:
    rows = (HEADER, THE, PAUL, CAFE.replace("MARTIN", "MARTEL"))
    upload = uploads.keep(desk.folder, "f.csv", io.BytesIO("\r\n".join([*rows, ""]).encode()))
    staged = staging.stage(desk.folder, upload)
    assert staged.outcome is not None
    assert [each.number for each in staged.outcome.first] == ["C1", "C2"]
    (kind,) = staged.kinds
    assert (kind.code, kind.first[0].cell) == ("group-contradicts", "MARTEL")
    staging.mend(upload, {(4, "Nom"): "MARTIN"})
    staging.take(desk.folder, upload, [])
    assert "20,00 €" in text_of(desk, "C1")


def test_check_shows_the_sheet_beside_the_letters(desk: Desk) -> None:
    rows = (THE, CAFE, PAUL, "C3;Lou;B;lou@example.org;Thé;1,25 €")
    contradicting = "C3;Lou;A;lou@example.org;Thé;1,25 €"
    said = imported(desk, *rows, contradicting, ";;;;Remise;25,50 €")
    assert "“Montant” in the sheet, 6 rows: €51.00" in all_of(said)
    checked = all_of(desk.run("check"))
    assert "“Montant” in the sheet, 6 rows: €51.00" in checked
    assert "“Montant” in 2 letters that can leave: €23.00" in checked
    assert "“Montant” in letters that are held: €2.50 (Lou B)" in checked
    assert "“Montant” in no letter: €25.50 (rows that were not taken: 7)" in checked


def test_check_says_why_it_does_not_know_the_total_of_the_sheet(desk: Desk) -> None:
    imported(desk, THE, CAFE, PAUL)
    assert "is not known" not in all_of(desk.run("check"))
    imported(desk, PAUL)  # and not the other
    checked = all_of(desk.run("check"))
    assert "“Montant”: the total of the sheet is not known" in checked
    assert "“Montant” in 2 letters that can leave: €23.00" in checked


def test_the_total_of_an_earlier_sheet_is_not_that_of_one_whose_import_was_killed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(desk, THE, CAFE, PAUL)

    def die(job: object, result: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("merge.app.running.Running.end", die)
        imported(desk, THE, PAUL, PAUL)
    checked = all_of(desk.run("check"))
    assert "“Montant”: the total of the sheet is not known" in checked
    assert "“Montant” in 2 letters that can leave: €18.50" in checked


def test_show_and_log_say_how_many_lines_there_are(desk: Desk) -> None:
    imported(desk, THE, PAUL, CAFE)
    shown = all_of(desk.ok("show", "C1"))
    assert ("Lines: 2" in shown, "Row 4: C1, Café, 7,50 €" in shown) == (True, True)
    log = desk.ok("log", "--format", "csv").out.splitlines()
    assert [line.rsplit(",", 1)[1] for line in log] == ["lines", "2", "1"]


def test_a_letter_before_its_list_is_shown_with_made_up_rows(desk: Desk) -> None:
    from merge.app.survey import run

    found = run(desk.folder)
    assert found.n_at_fault == 0


# Everything at once


def invoices(n: int, customers: int) -> list[tuple[int, Decimal]]:
    """Whose each row is, and what it says; each customer has one at least."""
    chance = Random(29)  # noqa: S311 - not for secrets
    whose = [*range(customers), *(chance.randrange(customers) for _row in range(n - customers))]
    chance.shuffle(whose)
    return [(each, Decimal(chance.randrange(-5_000, 2_000_000)) / 100) for each in whose]


def as_typed(amount: Decimal) -> str:
    """As a French spreadsheet has it: "1 234,56 €"."""
    return f"{amount:,.2f} €".replace(",", " ").replace(".", ",")


def test_four_hundred_rows_to_sixty_customers_add_up(desk: Desk) -> None:
    rows = invoices(400, 60)
    expected: defaultdict[str, Decimal] = defaultdict(Decimal)
    for customer, amount in rows:
        expected[f"C{customer}"] += amount
    said = imported(
        desk,
        *(
            f"C{who};Anne;MARTIN{who};c{who}@example.org;Achat {i};{as_typed(amount)}"
            for i, (who, amount) in enumerate(rows)
        ),
    )
    assert said.code == 0
    found = made_letters(desk)
    assert found.keys() == expected.keys()
    for number, total in expected.items():
        letter = found[number]
        assert isinstance(letter, Letter)
        text = letter.text.replace("\u202f", " ").replace("\u00a0", " ")
        n = sum(1 for who, _amount in rows if f"C{who}" == number)
        assert f"Vous devez {as_typed(total)} pour {n} achats." in text
    in_all = f"€{sum(expected.values()):,.2f}"
    checked = all_of(desk.run("check"))
    assert f"“Montant” in the sheet, 400 rows: {in_all}" in checked
    assert f"“Montant” in 60 letters that can leave: {in_all}" in checked


def test_a_workbook_adds_up_in_the_mails_that_leave(
    desk: Desk, tmp_path: Path, capture_server: CaptureServer
) -> None:
    rows = invoices(40, 6)
    path = tmp_path / "factures.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        euros = workbook.add_format({"num_format": '#,##0.00 "€"'})
        sheet.write_row(0, 0, HEADER.split(";"))
        for i, (who, amount) in enumerate(rows, 1):
            sheet.write_row(i, 0, [f"C{who}", "Anne", f"B{who}", f"c{who}@example.org", "Achat"])
            sheet.write_number(i, 5, float(amount), euros)
    desk.ok("import", str(path))
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    expected: defaultdict[str, Decimal] = defaultdict(Decimal)
    for customer, amount in rows:
        expected[f"c{customer}@example.org"] += amount
    sent = {each.recipients[0]: each for each in capture_server.messages}
    assert sent.keys() == expected.keys()
    for address, total in expected.items():
        mail = message_from_bytes(sent[address].data, policy=policy.default)
        part = mail.get_body(("plain",))
        assert part is not None
        text = part.get_content().replace("\u202f", " ").replace("\u00a0", " ")
        assert f"Vous devez {as_typed(total)} " in text.replace("\n", " ")
