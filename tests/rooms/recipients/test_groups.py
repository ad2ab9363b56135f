"""Several rows, one letter: invoices, families, the payments of a member. What `check` and `import`
say of their sums stands in faces/cli/check_groups.txt.
"""

from __future__ import annotations

import io
import re
import sqlite3
from collections import defaultdict
from contextlib import closing
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path
from random import Random

import pytest

from merge.app import letters, preview, preview_worker, staging, uploads
from merge.app.opening import open_campaign
from merge.letters import blanks
from merge.letters.drafts import draft
from merge.model import Channel, Letter
from tests.desk import Desk
from tests.facts import claims, wrong
from tests.imports import Imports
from tests.servers.capture import CaptureServer
from tests.workbooks import workbook

pytest_plugins = ["tests.servers.fixtures"]

FACTS = Path(__file__).with_name("groups.txt")
HEADER = "N° client;Prénom;Nom;E-mail;Objet;Montant"
THE = "C1;Anne;MARTIN;anne@example.org;Thé;12,50 €"
CAFE = "C1;Anne;MARTIN;anne@example.org;Café;7,50 €"
PAUL = "C2;Paul;ROY;paul@example.org;Lait;3,00 €"
WRITTEN = {
    "purchases": HEADER,
    "Anne: ": THE.removesuffix("Thé;12,50 €"),
    "Paul: ": PAUL.removesuffix("Lait;3,00 €"),
}
"""What stands for more in groups.txt."""
TABLE = "| Objet | Montant |\n|:--|--:|\n| {{ ligne.objet }} | {{ ligne.montant }} |\n"


def letter_of(body: str, group: str = "group: n_client") -> str:
    return f"---\nsubject: Facture\n{group}\n---\n\nDébut\n\n{body}\n\nFin\n"


@pytest.fixture
def imports(people: Desk) -> Imports:
    """A campaign of purchases."""
    found = Imports(people)
    found.begin(letter_of("Vous devez {{ total.montant }} pour {{ nombre_lignes }} achats."))
    return found


def taken(imports: Imports, *rows: str, header: str = HEADER) -> list[str]:
    """Everybody's letter, when these rows have been imported."""
    imports.take(header, " / ".join(rows))
    return imports.letters()


def test_several_rows_make_the_letter_that_groups_txt_says(people: Desk) -> None:
    imports = Imports(people)

    def made(columns: str, read: str, body: str, steps: str) -> tuple[str, ...]:
        for name, cells in WRITTEN.items():
            steps = steps.replace(name, cells)
        return imports.made(WRITTEN.get(columns, columns), read, body, steps)

    assert [line for claim in claims(FACTS) for line in wrong(FACTS, claim, made)] == []


def test_towns_are_grouped_by_their_code(desk: Desk) -> None:
    imports = Imports(desk)
    imports.begin(letter_of("{{ commune }} : {{ total.montant }}", "group: Code INSEE"))
    rows = "35238;Rennes;r@example.org;10 €", "29019;Brest;;1 €", "35238;Rennes;;5,5 €"
    imports.take("Code INSEE;Commune;Courriel;Montant", " / ".join(rows))
    assert imports.letters() == ["Rennes : 15,50 €", "Brest : 1,00 €"]


def test_the_same_rows_stand_on_the_page_and_no_cell_is_markup(imports: Imports) -> None:
    imports.begin(letter_of(f"{TABLE}| **Total** | **{{{{ total.montant }}}}** |"))
    where = "MARTIN;m@example.org;1 rue du Port;35000 Rennes"
    header = "N° client;Nom;E-mail;Adresse;CP Ville;Objet;Montant"
    imports.take(header, f"C1;{where};<b>{{{{ date }}}}|*x*;12,50 € / C1;{where};Café;7,50 €")
    with open_campaign(imports.desk.folder, access="read", command="check") as campaign:
        (recipient,) = campaign.ledger.recipients()
        for channel in (Channel.EMAIL, Channel.PAPER):
            letter = letters.template(campaign).render(recipient, channel)
            assert isinstance(letter, Letter)
            html = letter.html if channel is Channel.EMAIL else letter.page.html
            words = re.sub(r"<[^>]+>|\s", "", html)
            cells = "ObjetMontant", "&lt;b&gt;{{date}}|*x*12,50€", "Café7,50€", "Total20,00€"
            assert "".join(cells) in words


def test_what_makes_no_group_is_refused_by_check_and_two_sheets_are_none(imports: Imports) -> None:
    desk = imports.desk
    taken(imports, THE, CAFE)
    for group, code in (("Objets", 2), ("N° client", 0), ("n_client", 0)):
        (desk.folder / "letter.md").write_text(letter_of("{{ total.montant }}", f"group: {group}"))
        assert (group, desk.run("check").code) == (group, code)
    sheet = str(desk.sheet(PAUL, header=HEADER))
    assert desk.run("import", sheet, sheet).code == 2  # rows may stand there twice
    assert len(imports.everybody()) == 1


def test_a_list_that_was_put_together_otherwise_makes_no_letter(imports: Imports) -> None:
    header = f"Facture;{HEADER}"
    for before in ("", "group: n_client"):
        imports.begin(letter_of("Bonjour.", before))
        taken(imports, f"A1;{THE}", f"A2;{CAFE}", header=header)
        now = letter_of("{{ total.montant }}", "group: Facture")
        (imports.desk.folder / "letter.md").write_text(now, encoding="utf-8")
        assert {each.partition(": ")[2] for each in imports.letters()} == {"!grouped-otherwise"}
        imports.desk.run("import", str(imports.desk.sheet(f"A1;{THE}", header=header)))


def test_a_letter_of_rows_can_be_begun_before_its_list(people: Desk) -> None:
    source = letter_of(f"Vous devez {{{{ total.montant }}}}.\n\n{TABLE}")
    assert draft.left_open(source, "letter.md") == ()
    assert blanks.is_expression("total.montant")
    (people.folder / "letter.md").write_text(source, encoding="utf-8")
    shown = preview_worker.mail(people.reads(preview.select).shown)
    assert shown.fault is None  # with made-up rows


# What comes later


def test_a_sheet_that_is_imported_twice_doubles_no_line(imports: Imports) -> None:
    before = taken(imports, THE, PAUL, CAFE)
    assert taken(imports, CAFE, THE, PAUL) == before
    taken(imports, THE, PAUL)
    imports.desk.ok("import", "--undo")
    assert imports.letters() == before


def test_rows_that_come_after_sending_never_go_by_themselves(
    imports: Imports, capture_server: CaptureServer
) -> None:
    desk = imports.desk
    taken(imports, THE, PAUL)
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    taken(imports, THE, CAFE, PAUL)
    desk.run("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 2
    assert "12,50" in desk.ok("show", "C1", "--eml").out  # what was sent stays what it was


def test_purge_leaves_no_line(imports: Imports, capture_server: CaptureServer) -> None:
    desk = imports.desk
    taken(imports, THE, CAFE)
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    desk.ok("purge", "--really", "--yes")
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        kept = ledger.execute("SELECT lines, rows, fault FROM recipients").fetchall()
    assert kept == [("", "", "")]
    assert "Thé".encode() not in (desk.folder / "ledger.db").read_bytes()


def test_what_holds_the_rows_together_is_not_for_an_edit(imports: Imports) -> None:
    before = taken(imports, THE, CAFE)
    for change in ("number=C9", "Montant=9 €", "montant=9 €", "Objet=Thé"):
        assert imports.desk.run("edit", "C1", change).code == 2, change
    imports.desk.ok("edit", "C1", "email=neuve@example.org")
    assert taken(imports, THE, CAFE) == before
    assert [each.email for each in imports.everybody()] == ["neuve@example.org"]


def test_a_list_that_is_handed_to_the_page_is_mended_by_its_letters(imports: Imports) -> None:
    folder = imports.desk.folder
    rows = (HEADER, THE, PAUL, CAFE.replace("MARTIN", "MARTEL"))
    upload = uploads.keep(folder, "f.csv", io.BytesIO("\r\n".join([*rows, ""]).encode()))
    staged = staging.stage(folder, upload)
    assert staged.outcome is not None
    assert [each.number for each in staged.outcome.sheets[0].first] == ["C1", "C2"]
    assert [(kind.code, kind.first[0].problem.cell) for kind in staged.kinds] == [
        ("group-contradicts", "MARTEL")
    ]
    staging.mend(upload, {(4, "Nom"): "MARTIN"})
    staging.take(folder, upload, [])
    assert imports.letters()[0] == "C1: Vous devez 20,00 € pour 2 achats."


def test_the_total_of_an_earlier_sheet_is_not_that_of_one_whose_import_was_killed(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(job: object, result: object) -> None:
        raise KeyboardInterrupt

    taken(imports, THE, CAFE, PAUL)
    with monkeypatch.context() as patched:
        patched.setattr("merge.app.running.Running.end", die)
        imports.desk.run("import", str(imports.desk.sheet(THE, PAUL, PAUL, header=HEADER)))
    assert "€23.00" not in imports.desk.run("check").out


def as_typed(amount: Decimal) -> str:
    """As a French spreadsheet has it: "1 234,56 €"."""
    return f"{amount:,.2f} €".replace(",", " ").replace(".", ",")


def test_a_workbook_adds_up_in_the_mails_that_leave(
    imports: Imports, tmp_path: Path, capture_server: CaptureServer
) -> None:
    chance, expected = Random(29), defaultdict[str, Decimal](Decimal)  # noqa: S311 - no secret
    rows: list[list[object]] = [[*HEADER.split(";")]]
    for n in range(60):
        who = f"c{n if n < 8 else chance.randrange(8)}"
        amount = Decimal(chance.randrange(-5_000, 2_000_000)) / 100
        expected[f"{who}@example.org"] += amount
        cells = [who, "Anne", f"B{who}", f"{who}@example.org", "Achat"]
        rows.append([*cells, (float(amount), '#,##0.00 "€"')])
    path = tmp_path / "factures.xlsx"
    path.write_bytes(workbook(("F", rows)))
    desk = imports.desk
    desk.ok("import", str(path))
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    said = {}
    for message in capture_server.messages:
        part = message_from_bytes(message.data, policy=policy.default).get_body(("plain",))
        assert part is not None
        said[message.recipients[0]] = " ".join(part.get_content().split())
    assert said.keys() == expected.keys()
    for address, total in expected.items():
        assert f"Vous devez {as_typed(total)} pour" in said[address]
    assert f"€{sum(expected.values()):,.2f}" in desk.run("check").out
