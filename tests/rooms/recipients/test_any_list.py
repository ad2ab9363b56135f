"""A whole campaign to customers in five countries, from a workbook to mail and paper; and where a
letter goes for whom a list has two mailboxes.
"""

from __future__ import annotations

import re
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests import anylist
from tests.anylist import Somebody
from tests.desk import Desk
from tests.imports import Imports
from tests.pages import need_pages
from tests.servers.capture import Captured, CaptureServer
from tests.servers.faults import FaultServer
from tests.workbooks import workbook

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
COLUMNS = "Customer no;Title;First name;Last name;Company;Email;Street;Zip;City;Country;Rang"


def customers(folder: Path, people: list[Somebody]) -> str:
    """A workbook of them; cells of digits are numbers, which lose their zeros as in Excel."""
    rows: list[list[object]] = [[*COLUMNS.split(";")]]
    for each in people:
        cells = (
            *(f"C-{each.number}", each.civility, each.first_name, each.surname, each.company),
            *(each.email, each.street, each.postcode, each.town, each.country, str(each.number)),
        )
        rows.append([int(cell) if cell.isdigit() else cell for cell in cells])
    path = folder / "customers.xlsx"
    path.write_bytes(workbook(("Clients", rows)))
    return str(path)


def opening(message: Captured) -> tuple[str, str]:
    """To whom it went, and how it opens; nothing was left open in it."""
    parsed = message_from_bytes(message.data, policy=policy.default)
    plain = parsed.get_body(preferencelist=("plain",))
    assert plain is not None
    text = " ".join(plain.get_content().split())
    assert not re.search(r"\b(nan|None|NaN)\b|\{\{|\}\}", text), text
    (recipient,) = message.recipients
    return recipient, text.partition("Début, ")[2].partition(", fin.")[0]


def test_customers_in_five_countries_are_written_to_once_and_doubled_by_no_correction(
    people: Desk, tmp_path: Path, capture_server: CaptureServer
) -> None:
    need_pages()
    (people.folder / "letter.md").write_text(LETTER, encoding="utf-8")
    listed = anylist.made_up(60, countries=anylist.COUNTRIES, on_paper=30)
    people.run("import", customers(tmp_path, listed))
    before = {each.number: each for each in Imports(people).everybody()}
    assert {n: each.postcode for n, each in before.items()} == {
        f"C-{each.number}": each.postcode for each in listed
    }
    people.ok("check")
    people.connect(capture_server)
    people.ok("send", "--really", "--yes", "--untested")
    assert Counter(map(opening, capture_server.messages)) == Counter(
        (each.email, each.opening) for each in listed if each.email
    )
    people.ok("print", "--yes")
    on_paper = [each for each in listed if not each.email]
    letters = anylist.windows(people.folder / "outbox" / "lots" / "lot-0001.pdf")
    assert len(letters) == len(on_paper)
    for window, page in letters:
        (who,) = (each for each in on_paper if f", {each.name}, fin." in page)
        assert who.name in " ".join(window[:2])
        assert (f"Chez {who.company}." in page) is bool(who.company)
        assert (who.company in window) is bool(who.company)
    last_lines = [window[-1] for window, _page in letters]
    abroad = Counter(each.country.upper() for each in on_paper if each.country != "France")
    at_home = len(on_paper) - abroad.total()
    assert Counter(last_lines[at_home:]) == abroad, "they come last"
    for step in ("printed", "posted"):
        people.ok("print", f"--{step}", "1")
    written_to = people.figures()
    people.run("import", "--yes", customers(tmp_path, anylist.corrected(listed)))
    assert {each.number: each.key for each in Imports(people).everybody()} == {
        n: each.key for n, each in before.items()
    }
    people.ok("send", "--really", "--yes", "--untested")
    people.ok("print", "--yes")
    assert people.figures() == written_to, "nobody is written to again"


# Two mailboxes

BOTH = ("--map", "email=E-mail Assemblée", "--map", "email_2=E-mail circonscription", "--yes")
TWO_MAILBOXES = "CP Ville;Nom complet;E-mail Assemblée;E-mail circonscription"


def sent_to(desk: Desk, server: FaultServer, *sheets: str, times: int = 2) -> list[str]:
    """To whom the server took a letter, when each of these sheets was sent in so many runs."""
    (desk.folder / "letter.md").write_text(HELLO, encoding="utf-8")
    desk.ok("account", "set", "--host", "localhost", "--port", str(server.port), "--tls", "none")
    for rows in sheets:
        desk.run("import", str(desk.sheet(rows, header=TWO_MAILBOXES)), *BOTH)
        for _run in range(times):
            desk.run("send", "--really", "--yes", "--untested")
    return [each.recipient for each in server.accepted]


def test_the_second_mailbox_is_tried_when_the_server_knows_no_such_first_one(
    people: Desk, fault_server: FaultServer
) -> None:
    row = ";Anne MARTIN;gone@example.org;b@example.org"
    assert sent_to(people, fault_server, row) == ["b@example.org"]
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
    people: Desk, fault_server: FaultServer, first: str, second: str, offered: int
) -> None:
    assert sent_to(people, fault_server, f";Anne MARTIN;{first};{second}", times=4) == []
    assert len(fault_server.offered) == offered


def test_a_mailbox_that_a_later_sheet_brings_is_the_next_after_a_refused_one(
    people: Desk, fault_server: FaultServer
) -> None:
    row = "35000 Rennes;Anne MARTIN;gone@example.org;"
    assert sent_to(people, fault_server, row, row.replace("gone", "c")) == ["c@example.org"]


def test_whose_refused_letter_is_on_paper_gets_no_second_one_by_e_mail(
    people: Desk, fault_server: FaultServer
) -> None:
    need_pages()
    row = "35000 Rennes;Anne MARTIN;gone@example.org;"
    assert sent_to(people, fault_server, row) == []
    people.ok("print", "--all")
    assert sent_to(people, fault_server, f"{row}b@example.org") == []
    assert fault_server.offered == ["gone@example.org"]
