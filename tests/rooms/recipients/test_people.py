"""People and organisations: keys that the ledger mints, who is found again by what, and what their
letters say. What an import asks and tells stands in faces/cli/import_people.txt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from merge.app import importing
from merge.app.opening import open_campaign
from merge.app.sheets import Reading
from merge.ledger.records import LogFilter, LogOrder
from merge.ledger.requeueing import of_record
from merge.ledger.schema import columns_of
from merge.model import Audience
from tests.desk import Desk
from tests.facts import claims, wrong
from tests.imports import Imports
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

FACTS = Path(__file__).with_name("letters_to_people.txt")
NUMBERED = "N° adhérent;Adhérent;E-mail"
COMPANIES = "Société;Nom;Adresse;CP Ville"
LOU = "Acme;Dr Lou ROY;3 rue Haute;75011 Paris"
ZOE = "Boulange;Mme Zoé ABEL;4 rue Haute;75011 Paris"
NOBODY = "Chorale;;5 rue Haute;75011 Paris"


def test_each_has_the_letter_that_letters_to_people_txt_says(people: Desk) -> None:
    made = Imports(people).made
    assert [line for claim in claims(FACTS) for line in wrong(FACTS, claim, made)] == []


@pytest.mark.parametrize(
    ("language", "said", "asked"), [("en-GB", "Ms", "Mrs"), ("de", "Frau", "Frau")]
)
def test_a_letter_in_another_language_has_its_word_for_a_civility(
    people: Desk, language: str, said: str, asked: str
) -> None:
    settings = people.folder / "campaign.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("[letter]\n", f'[letter]\nlanguage = "{language}"\n'), "utf-8")
    foot = "{{ groupe }} {{ repondre_a }} {{ reference }} {{ origine_adresse }} STOP\n"
    (people.folder / "foot.md").write_text(foot, "utf-8")
    body = f'{{{{ civilite }}}} {{{{ nom }}}}{{% if civilite == "{asked}" %}}!{{% endif %}}'
    sheet = "Mrs;Martin;1 rue Haute;75011 Paris"
    letter = Imports(people).made("Civilité;Nom;Adresse;CP Ville", "each row", body, sheet)
    assert letter == (f"{said} Martin!",)


def test_a_person_comes_before_their_company_and_an_organisation_before_whom_it_has(
    tmp_path: Path,
) -> None:
    by_name = LogOrder(by="name")
    listed: Mapping[Audience, list[str]] = {
        "people": ["Chorale", "Lou ROY, Acme", "Zoé ABEL, Boulange"],
        "organisations": ["Acme", "Boulange", "Chorale"],
    }
    for audience, expected in listed.items():
        desk = Desk(tmp_path / audience)
        desk.make(audience=audience)
        desk.run("import", str(desk.sheet(LOU, ZOE, NOBODY, header=COMPANIES)))
        with open_campaign(desk.folder, access="read", command="log") as campaign:
            listing = campaign.ledger.listing
            pages = [
                [line.recipient for line in listing.page(LogFilter(), order, start=0, size=9)[1]]
                for order in (by_name, replace(by_name, descending=True))
            ]
            names = {each.key: each.name for each in pages[0]}
            assert ([*names.values()], pages[1]) == (expected, pages[0][::-1])
            assert campaign.ledger.names_of([*names]) == names
        assert desk.ok("show", "Acme").out.startswith(f"{names['1']} (1)\n")


def test_what_an_import_of_before_kept_of_a_person_can_be_put_back(people: Desk) -> None:
    people.run("import", str(people.sheet(LOU, header=COMPANIES)))
    (lou,) = Imports(people).everybody()
    record = {name: value for name, (value,) in columns_of([lou]).items()}
    del record["is_person"]
    assert of_record(record) == lou._replace(is_person=False)


def test_a_letter_waits_again_when_the_sheet_does_not_say_any_more_that_its_reader_has_died(
    people: Desk,
) -> None:
    imports = Imports(people)
    imports.begin("---\nsubject: A\n---\n\nDébut. Fin.\n")
    for number, (dead, status) in enumerate(
        (("", "queued"), ("oui", "held"), ("oui", "held"), ("", "queued"), ("oui", "held"))
    ):
        imports.take("Nom;E-mail;Décédé", f"ROY;a@example.org;{dead} / ABEL;b@example.org;")
        found = people.sql("SELECT recipient, status FROM deliveries ORDER BY recipient")
        assert [*map(tuple, found)] == [("1", status), ("2", "queued")], number
    people.ok("import", "--undo")
    assert {status for (status,) in people.sql("SELECT status FROM deliveries")} == {"queued"}


# Whoever was written to


def test_a_mended_e_mail_of_one_known_by_name_alone_is_asked_about_and_nothing_goes_twice(
    people: Desk, capture_server: CaptureServer
) -> None:
    header = "Nom;Prénom;E-mail"
    (people.folder / "letter.md").write_text("---\nsubject: A\n---\n\nBonjour.\n", "utf-8")
    people.ok("import", str(people.sheet("SMITH;Ann;ann@example.org", header=header)))
    people.connect(capture_server)
    people.ok("send", "--really", "--yes", "--untested")
    mended = str(people.sheet("SMITH;Ann;ann.smith@example.org", header=header))
    assert people.run("import", mended, typed="n\n").code == 130
    people.ok("import", "--yes", mended)
    people.run("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 1
    assert [each.email for each in Imports(people).everybody()] == ["ann.smith@example.org"]


def test_who_may_have_a_letter_already_is_added_only_with_a_yes_that_names_nobody(
    people: Desk,
) -> None:
    people.ok("import", str(people.sheet("A7;Mme Anne MARTIN;a@example.org", header=NUMBERED)))
    people.sql("UPDATE deliveries SET status = 'sent'")
    rows = ("B7;Mme Anne MARTIN;a@example.org", "B8;M. Paul MARTIN;a@example.org")
    again = str(people.sheet(*rows, header=NUMBERED))
    before = people.figures()
    for typed, code in (("n\n", 130), ("", 2)):
        assert people.run("import", again, typed=typed).code == code
        assert people.figures() == before
    job = importing.Job(people.folder, [again], Reading(), lambda event: None)
    plan = job.plan(lambda each: None)
    assert [(each.code, each.facts) for each in plan.wants] == [("doubled", {"keys": [["2", "1"]]})]
    assert job.run((), lambda each: None).wants == plan.wants
    agreed = job.run([each.agreed() for each in plan.wants], lambda each: None)
    assert (agreed.wants, agreed.change.added) == ((), 2)
