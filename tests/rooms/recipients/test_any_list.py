"""Whole campaigns to members, customers and députés, from the file to mail and paper."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from merge.app.opening import open_campaign
from merge.errors import ExitCode
from merge.model import Recipient
from tests import anylist, mails
from tests.anylist import Somebody
from tests.desk import Desk
from tests.pages import need_pages
from tests.servers.capture import CaptureServer
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]

LETTER = """\
---
subject: Pour {{ nom_complet }}
---

Début, {{ salutation }}, {{ nom_complet }}, fin.

{% if organisation %}Chez {{ organisation }}.{% endif %}

À {{ ville }}, vous êtes le numéro {{ rang }}.

{{ signature }}
"""

HELLO = "---\nsubject: Bonjour\n---\n\nBonjour,\n\nÀ bientôt.\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    (desk.folder / "letter.md").write_text(LETTER, encoding="utf-8")
    return desk


def everybody(desk: Desk) -> dict[str, Recipient]:
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        return {each.key: each for each in campaign.ledger.recipients()}


def sent_and_printed(
    desk: Desk, server: CaptureServer, people: list[Somebody]
) -> list[tuple[list[str], str]]:
    """Send and print it; each mail has been looked at, the letters are given back."""
    need_pages()
    desk.ok("check")
    desk.connect(server)
    settings = desk.folder / "campaign.toml"
    limits = "[account]\nper_hour = 100000\nper_day = 100000"
    toml = settings.read_text(encoding="utf-8").replace("[account]", limits, 1)
    settings.write_text(toml, encoding="utf-8")
    desk.ok("send", "--really", "--yes", "--untested")
    expected = Counter((each.email, each.opening) for each in people if each.email)
    assert anylist.openings(server.messages) == expected
    desk.ok("print", "--yes")
    (lot,) = (desk.folder / "outbox" / "lots").glob("*.pdf")
    letters = anylist.windows(lot)
    assert len(letters) == sum(not each.email for each in people)
    return letters


# --- members, from a French Excel -----------------------------------------------------------------

MEMBERS = "Rang;Adhérent;Mél;Adresse;CP Ville"


def members(path: Path, people: list[Somebody]) -> Path:
    rows = (
        (
            *(str(each.number), f"{each.civility} {each.first_name} {each.surname}".strip()),
            *(each.email, each.street, f"{each.postcode} {each.town}"),
        )
        for each in people
    )
    return anylist.excel_csv(path, MEMBERS, rows, title="Adhérents à jour de leur cotisation")


def test_members_of_a_french_excel_are_written_to_once_and_doubled_by_no_correction(
    desk: Desk, tmp_path: Path, capture_server: CaptureServer
) -> None:
    people = anylist.made_up(150, on_paper=30)
    desk.ok("import", str(members(tmp_path / "members.csv", people)))
    before = everybody(desk)
    assert [each.surname for each in before.values()] == [each.surname.title() for each in people]
    letters = sent_and_printed(desk, capture_server, people)
    expected = {
        f"{each.civility} {each.name}".strip(): f"Début, {each.opening}, fin."
        for each in people
        if not each.email
    }
    assert {window[0] for window, _page in letters} == expected.keys()
    assert all(expected[window[0]] in page for window, page in letters)
    desk.ok("print", "--printed", "1")
    desk.ok("print", "--posted", "1")
    written_to = desk.figures()
    mended = anylist.corrected(people)
    desk.ok("import", "--yes", str(members(tmp_path / "mended.csv", mended)))
    after = everybody(desk)
    assert after.keys() == before.keys()
    assert {each.fields["Rang"]: each.key for each in after.values()} == {
        each.fields["Rang"]: each.key for each in before.values()
    }
    assert {each.email for each in after.values()} == {each.email or None for each in mended}
    desk.ok("send", "--really", "--yes", "--untested")
    desk.ok("print", "--yes")
    assert desk.figures() == written_to, "nobody is written to again"


# --- customers in five countries, from a workbook ------------------------------------------------

CUSTOMERS = ("Customer no", "Title", "First name", "Last name", "Company", "Email")
PLACE = ("Street", "Zip", "City", "Country", "Rang")


def customers(path: Path, people: list[Somebody]) -> Path:
    rows = (
        (
            *(f"C-{each.number}", each.civility, each.first_name, each.surname, each.company),
            *(each.email, each.street, each.postcode, each.town, each.country, str(each.number)),
        )
        for each in people
    )
    return anylist.workbook(path, [*CUSTOMERS, *PLACE], rows)


def test_customers_in_five_countries_have_their_mail_and_their_envelopes(
    desk: Desk, tmp_path: Path, capture_server: CaptureServer
) -> None:
    people = anylist.made_up(100, countries=anylist.COUNTRIES, on_paper=50)
    desk.run("import", str(customers(tmp_path / "customers.xlsx", people)))
    before = everybody(desk)
    assert {each.number: each.postcode for each in before.values()} == {
        f"C-{each.number}": each.postcode for each in people
    }
    letters = sent_and_printed(desk, capture_server, people)
    last_lines = [window[-1] for window, _page in letters]
    at_home = sum(each.country == "France" and not each.email for each in people)
    abroad = [line for line in last_lines if line in ("SUISSE", "BELGIQUE", "ALLEMAGNE")]
    assert len(abroad) == 30
    assert last_lines.count("ROYAUME-UNI") == 10
    assert {*last_lines[:at_home]}.isdisjoint({*abroad, "ROYAUME-UNI"}), "they come last"
    by_name = {each.name: each for each in people}
    for window, page in letters:
        (who,) = (each for name, each in by_name.items() if f", {name}, fin." in page)
        assert who.name in " ".join(window[:2])
        assert (f"Chez {who.company}." in page) is bool(who.company)
        assert (who.company in window) is bool(who.company)
    mended = anylist.corrected(people)
    desk.run("import", "--yes", str(customers(tmp_path / "mended.xlsx", mended)))
    assert {each.number: each.key for each in everybody(desk).values()} == {
        each.number: each.key for each in before.values()
    }


# --- députés with two addresses each --------------------------------------------------------------

DEPUTES = "Rang;Civilité;Prénom;Nom;E-mail 1;E-mail 2"
PLACES = "Adresse;Code postal;Ville;Adresse permanence;CP permanence;Ville permanence"
OFFICE = "126 rue de l'Université;75355;Paris 07 SP"
AT_HOME = (
    *("--map", "address=Adresse permanence", "--map", "postcode=CP permanence"),
    *("--map", "locality=Ville permanence"),
)


def deputes(path: Path, people: list[Somebody]) -> Path:
    rows = (
        (
            *(str(each.number), each.civility, each.first_name, each.surname, each.email),
            *(each.email and f"permanence-{each.number}@example.org", *OFFICE.split(";")),
            *(each.street, each.postcode, each.town),
        )
        for each in people
    )
    return anylist.excel_csv(path, f"{DEPUTES};{PLACES}", rows)


def test_deputes_are_written_to_at_the_first_of_two_mailboxes_and_where_was_chosen(
    desk: Desk, tmp_path: Path, capture_server: CaptureServer
) -> None:
    people = anylist.made_up(120, on_paper=30)
    desk.ok("import", str(deputes(tmp_path / "deputes.csv", people)), *AT_HOME)
    before = everybody(desk)
    assert [each.alternates for each in before.values()] == [
        (f"permanence-{each.number}@example.org",) if each.email else () for each in people
    ]
    letters = sent_and_printed(desk, capture_server, people)
    streets = {each.street.upper() for each in people if not each.email}
    assert {window[-2] for window, _page in letters} == streets
    mended = anylist.corrected(people)
    desk.ok("import", "--yes", str(deputes(tmp_path / "mended.csv", mended)))
    after = everybody(desk)
    assert after.keys() == before.keys()
    assert all(each.fields["Rang"] == before[key].fields["Rang"] for key, each in after.items())
    messages = len(capture_server.messages)
    desk.ok("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == messages


TWO_MAILBOXES = "Nom complet;E-mail Assemblée;E-mail circonscription"
BOTH = ("--map", "email=E-mail Assemblée", "--map", "email_2=E-mail circonscription")


@pytest.mark.parametrize(
    ("header", "more"),
    [("Nom;CP Ville;Autre courriel", ()), ("Nom;CP Ville;Boîte", ("--map", "email_2=Boîte"))],
)
def test_a_second_mailbox_without_a_first_is_the_only_one(
    desk: Desk, header: str, more: tuple[str, ...]
) -> None:
    for mailbox in ("a@example.org", "b@example.org"):
        desk.run("import", str(desk.sheet(f"MARTIN;35000 Rennes;{mailbox}", header=header)), *more)
        assert [each.email for each in everybody(desk).values()] == [mailbox]


def test_the_second_mailbox_is_tried_when_the_letter_to_the_first_comes_back(
    desk: Desk, fault_server: FaultServer, tmp_path: Path
) -> None:
    row = "Anne MARTIN;a@example.org;b@example.org"
    desk.ok("import", str(desk.sheet(row, header=TWO_MAILBOXES)), *BOTH)
    (desk.folder / "letter.md").write_text(HELLO, encoding="utf-8")
    port = str(fault_server.port)
    desk.ok("account", "set", "--host", "localhost", "--port", port, "--tls", "none")
    desk.ok("send", "--really", "--yes", "--untested")
    (first,) = fault_server.accepted
    headers = f"To: {first.recipient}\nMessage-ID: {first.message_id}\n"
    words = f"smtp; 550 5.1.1 {first.recipient}: unknown user"
    returned = f"Content-Type: text/rfc822-headers\n\n{headers}"
    (tmp_path / "mails").mkdir()
    report = mails.report("failed", "5.1.1", words, returned=returned, to=first.recipient)
    (tmp_path / "mails" / "1.eml").write_bytes(report)
    desk.run("replies", "--from", str(tmp_path / "mails"))
    desk.ok("send", "--really", "--yes", "--untested")
    assert [each.recipient for each in fault_server.accepted] == ["a@example.org", "b@example.org"]


def sent_to(desk: Desk, server: FaultServer, *rows: str, times: int = 2) -> list[str]:
    """To whom the server took a letter, of these in the sheet, in so many runs."""
    desk.run("import", str(desk.sheet(*rows, header=f"CP Ville;{TWO_MAILBOXES}")), *BOTH, "--yes")
    (desk.folder / "letter.md").write_text(HELLO, encoding="utf-8")
    desk.ok("account", "set", "--host", "localhost", "--port", str(server.port), "--tls", "none")
    for _run in range(times):
        desk.run("send", "--really", "--yes", "--untested")
    return [each.recipient for each in server.accepted]


def test_the_second_mailbox_is_tried_when_the_server_knows_no_such_first_one(
    desk: Desk, fault_server: FaultServer
) -> None:
    row = ";Anne MARTIN;gone@example.org;b@example.org"
    assert sent_to(desk, fault_server, row, times=1) == []
    assert [each.email for each in everybody(desk).values()] == ["b@example.org"]
    assert sent_to(desk, fault_server, row) == ["b@example.org"]
    assert fault_server.offered == ["gone@example.org", "b@example.org"]


@pytest.mark.parametrize(
    ("first", "second", "offered"),
    [
        ("gone@example.org", "multiline@example.org", 2),  # each of them once
        ("550-body@example.org", "b@example.org", 1),  # the body had left
        ("552@example.org", "b@example.org", 1),  # it is somebody's, and full
        ("554@example.org", "b@example.org", 1),
    ],
)
def test_no_other_mailbox_is_tried_where_the_first_is_not_known_to_be_nobodys(
    desk: Desk, fault_server: FaultServer, first: str, second: str, offered: int
) -> None:
    assert sent_to(desk, fault_server, f";Anne MARTIN;{first};{second}", times=4) == []
    assert len(fault_server.offered) == offered


def test_a_mailbox_that_a_later_sheet_brings_is_the_next_after_a_refused_one(
    desk: Desk, fault_server: FaultServer
) -> None:
    row = "35000 Rennes;Anne MARTIN;gone@example.org;"
    assert sent_to(desk, fault_server, row) == []
    assert sent_to(desk, fault_server, row.replace("gone", "c"), times=3) == ["c@example.org"]


def test_whose_refused_letter_is_on_paper_gets_no_second_one_by_e_mail(
    desk: Desk, fault_server: FaultServer
) -> None:
    need_pages()
    row = "35000 Rennes;Anne MARTIN;gone@example.org;"
    assert sent_to(desk, fault_server, row) == []
    desk.ok("print", "--all")
    sheet = desk.sheet(f"{row}b@example.org", header=f"CP Ville;{TWO_MAILBOXES}")
    desk.run("import", str(sheet), *BOTH, "--yes")
    desk.run("send", "--really", "--yes", "--untested")
    assert fault_server.offered == ["gone@example.org"]


# --- what cannot be imported ----------------------------------------------------------------------


def test_a_list_that_says_of_nobody_who_it_is_is_refused_and_a_twin_left_aside(desk: Desk) -> None:
    for header in ("Rue;CP Ville", "N° adhérent;Matricule;Rue"):
        rows = [";".join("x" * (header.count(";") + 1))]
        assert desk.run("import", str(desk.sheet(*rows, header=header))).code == ExitCode.MISUSE
    twins = desk.sheet("MARTIN;35000 Rennes", "MARTIN;35000 Rennes", header="Nom;CP Ville")
    assert desk.run("import", str(twins)).code == ExitCode.PARTLY
    assert len(everybody(desk)) == 1
