"""People and organisations: keys that the ledger mints, and who is found again by what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from merge.app import importing
from merge.app.opening import open_campaign
from merge.app.sheets import Reading
from merge.french import courtesy
from merge.french.postal import PostalProblem
from merge.ledger.records import LogFilter, LogOrder
from merge.ledger.requeueing import of_record
from merge.ledger.schema import recipient_row
from merge.model import Audience, Recipient
from merge.post import envelope
from tests.desk import HEADER as COMMUNES
from tests.desk import NICE, Desk
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

HEADER = "Adhérent;E-mail;Adresse;CP Ville"
ANNE = "Mme Anne MARTIN;anne@example.org;1 rue du Port;35000 Rennes"
PAUL = "M. Paul MARTIN;anne@example.org;1 rue du Port;35000 Rennes"
ROY = "Dr Lou ROY;;3 rue Haute;75011 Paris"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    return desk


def taken(desk: Desk, *rows: str, header: str = HEADER) -> dict[str, Recipient]:
    """Everybody by key, when a sheet with these rows has been imported."""
    desk.run("import", str(desk.sheet(*rows, header=header)))
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        return {each.key: each for each in campaign.ledger.recipients()}


TO_ONE = (
    '---\nsubject: A\n---\n\n{{ civilite }} {{ nom }}, {% if civilite == "Madame" %}chère'
    '{% elif civilite == "Mr" %}cher{% else %}bonjour{% endif %}, {{ salutation_courte }}\n'
)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("Madame", "Madame Martin, chère, Mme Martin"),
        ("MADAME", "Madame Martin, chère, Mme Martin"),
        ("Mme", "Mme Martin, chère, Mme Martin"),
        ("Monsieur", "Monsieur Martin, cher, M. Martin"),
        ("Monsieur et Madame", "Monsieur et Madame Martin, bonjour, M. et Mme Martin"),
        ("Docteure", "Docteure Martin, bonjour, Dr Martin"),
        ("Mrs", "Mme Martin, chère, Mme Martin"),
    ],
)
def test_a_letter_says_the_civility_of_its_column_and_asks_for_it_in_any_way(
    desk: Desk, cell: str, said: str
) -> None:
    (desk.folder / "letter.md").write_text(TO_ONE, encoding="utf-8")
    (someone,) = taken(desk, f"{cell};Martin;1 rue Haute;75011 Paris", header=LISTED).values()
    assert desk.ok("preview", "1").out.startswith(f"{said}\n")
    who, _ = envelope.addressee(envelope.called(someone, {}))[::-1]
    assert who == f"{courtesy.short(someone.civility)} Martin"


@pytest.mark.parametrize(
    ("cell", "condition", "holds"),
    [
        ("Docteure", 'civilite == "Dr"', True),
        ("Dr", 'civilite == "Docteure"', True),
        ("Docteur", 'civilite == "Docteure"', False),
        ("Monsieur et Madame", 'civilite == "M. et Mme"', True),
        ("Monsieur et Madame", 'civilite == "Monsieur"', False),
        ("Madame", '"Mme" in civilite', True),
        ("Madame", 'civilite|ressemble("Mme")', True),
        ("Madame", 'civilite|ressemble("Mm*")', True),
        ("Madame", 'civilite|ressemble("Mad*")', True),
        ("Monsieur", 'civilite|ressemble("Mm*")', False),
        ("Madame", 'civilite != "Mme"', False),
    ],
)
def test_a_question_about_a_civility_is_answered_however_a_sheet_spells_it(
    desk: Desk, cell: str, condition: str, holds: bool
) -> None:
    source = f"---\nsubject: A\n---\n\n{{% if {condition} %}}yes{{% else %}}no{{% endif %}}\n"
    (desk.folder / "letter.md").write_text(source, encoding="utf-8")
    taken(desk, f"{cell};Martin;1 rue Haute;75011 Paris", header=LISTED)
    assert desk.ok("preview", "1").out.startswith("yes\n" if holds else "no\n")


@pytest.mark.parametrize(
    ("language", "said", "asked"), [("en-GB", "Ms", "Mrs"), ("de", "Frau", "Frau")]
)
def test_a_letter_in_another_language_has_its_word_for_a_civility(
    desk: Desk, language: str, said: str, asked: str
) -> None:
    settings = desk.folder / "campaign.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("[letter]\n", f'[letter]\nlanguage = "{language}"\n'), "utf-8")
    foot = "{{ groupe }} {{ repondre_a }} {{ reference }} {{ origine_adresse }} STOP\n"
    (desk.folder / "foot.md").write_text(foot, "utf-8")
    source = f'{{{{ civilite }}}} {{{{ nom }}}}{{% if civilite == "{asked}" %}}!{{% endif %}}'
    (desk.folder / "letter.md").write_text(f"---\nsubject: A\n---\n\n{source}\n", "utf-8")
    taken(desk, "Mrs;Martin;1 rue Haute;75011 Paris", header=LISTED)
    assert desk.ok("preview", "1").out.startswith(f"{said} Martin!\n")


OF_LIST = "Nom;CP Ville;Date;Groupe"


def check_of(desk: Desk, body: str) -> str:
    (desk.folder / "letter.md").write_text(f"---\nsubject: A\n---\n\n{body}\n", encoding="utf-8")
    desk.ok("import", str(desk.sheet("Martin;75011 Paris;3 mai 2019;Loups", header=OF_LIST)))
    said = desk.run("check")
    return said.out + said.err


def test_a_column_called_as_a_blank_of_ours_is_told_and_can_be_named(desk: Desk) -> None:
    told = "letter.md:6: The letter says here what the program reads, and not your list's column"
    assert told in check_of(desk, "Bonjour.\n{% if date %}Le {{ date }}{% endif %}")
    assert "write {{ colonne.date }}" in desk.run("check").err
    for known in ("{{ colonne.date }}, {{ groupe }}, {{ colonne.groupe }}", '{{ nom|ou("date") }}'):
        assert "here what the program reads" not in check_of(desk, f"Bonjour {known}")
    assert told in check_of(desk, "Bonjour.\nLe {{ date }}, {% if nom %}1.date{% endif %}")
    check_of(desk, "Depuis {{ colonne.date }}, {{ colonne.groupe|capitales }}")
    assert desk.ok("preview", "1").out.startswith("Depuis 3 mai 2019, LOUPS\n")


def test_a_column_that_a_blank_of_ours_could_be_meant_by_is_told(desk: Desk) -> None:
    header = "Prénom;Nom;CP Ville;Contact;Civilité;Titre"
    listed = desk.sheet("Anne;Martin;75011 Paris;Paul Durand;Mme;Dr", header=header)
    letter = desk.folder / "letter.md"
    letter.write_text(
        "---\nsubject: A\n---\n\n{{ civilite }} {{ nom_complet }}\n", encoding="utf-8"
    )
    desk.ok("import", str(listed))
    said = desk.run("check").err
    assert all(f"not your list's column “{each}”" in said for each in ("contact", "titre"))
    letter.write_text("---\nsubject: A\n---\n\n{{ nom_complet }}, {{ colonne.contact }}\n", "utf-8")
    assert "not your list's column" not in desk.run("check").err


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{{ colonne }}", "“colonne” says nothing by itself"),
        ("{{ colonne.datte }}", "Close to it: colonne.date."),
        ("Le [Date]", "A column of your list is called so: write {{ colonne.date }} there."),
        ("Au [Groupe|capitales]", "write {{ colonne.groupe|capitales }} there."),
        ("Le [Lieu]", "Replace it by a blank like"),
    ],
)
def test_what_names_no_column_is_told_what_does(desk: Desk, body: str, told: str) -> None:
    assert told in check_of(desk, body)


def test_a_column_that_is_called_as_the_word_for_columns_is_one(desk: Desk) -> None:
    row = desk.sheet("Martin;75011 Paris;rouge;mai", header="Nom;CP Ville;Colonne;Date")
    source = "---\nsubject: A\n---\n\n{{ colonne }} {{ date }}\n"
    (desk.folder / "letter.md").write_text(source, "utf-8")
    desk.ok("import", str(row))
    assert desk.ok("preview", "1").out.startswith("rouge ")
    assert "colonne." not in desk.ok("check").err  # which would name nothing


def test_a_column_of_salutations_is_told_where_mayors_are_greeted_by_the_program(
    tmp_path: Path,
) -> None:
    mayors = Desk(tmp_path / "mayors")
    mayors.make()
    source = "---\nsubject: A\n---\n\n{{ salutation }}\n"
    (mayors.folder / "letter.md").write_text(source, "utf-8")
    mayors.ok("import", str(mayors.sheet(f"{NICE};Cher ami", header=f"{COMMUNES};Salutation")))
    assert "write {{ colonne.salutation }}" in mayors.ok("check").err


def test_a_column_of_salutations_is_what_people_are_greeted_by(desk: Desk) -> None:
    (desk.folder / "letter.md").write_text("---\nsubject: A\n---\n\n{{ salutation }}\n", "utf-8")
    row = desk.sheet("Martin;75011 Paris;Cher ami", header="Nom;CP Ville;Salutation")
    desk.ok("import", str(row))
    assert "colonne." not in desk.ok("check").err
    assert desk.ok("preview", "1").out.startswith("Cher ami\n")


def test_a_letter_that_is_written_before_its_list_waits_for_the_column(desk: Desk) -> None:
    source = "---\nsubject: A\n---\n\n{{ colonne.date }}\n"
    (desk.folder / "letter.md").write_text(source, "utf-8")
    assert "The letter waits for the column “date” of a list" in desk.run("check").err


LISTED = "Civilité;Nom;Adresse;CP Ville"

COMPANIES = "Société;Nom;Adresse;CP Ville"
LOU = "Acme;Dr Lou ROY;3 rue Haute;75011 Paris"
ZOE = "Boulange;Mme Zoé ABEL;4 rue Haute;75011 Paris"
NOBODY = "Chorale;;5 rue Haute;75011 Paris"


def names_listed(desk: Desk) -> list[str]:
    by_name = LogOrder(by="name")
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        _total, lines = campaign.ledger.listing.page(LogFilter(), by_name, start=0, size=9)
        backwards = replace(by_name, descending=True)
        _total, others = campaign.ledger.listing.page(LogFilter(), backwards, start=0, size=9)
        names = [line.recipient.name for line in lines]
        keys = [line.recipient.key for line in lines]
        assert [line.recipient.key for line in others] == keys[::-1]
        assert campaign.ledger.names_of(keys) == dict(zip(keys, names, strict=True))
        return names


def test_a_person_of_a_company_comes_before_it_and_is_found_by_either(desk: Desk) -> None:
    taken(desk, LOU, ZOE, NOBODY, header=COMPANIES)
    assert names_listed(desk) == ["Chorale", "Lou ROY, Acme", "Zoé ABEL, Boulange"]
    assert desk.ok("show", "Acme").out.startswith("Lou ROY, Acme (1)\n")
    assert "Lou ROY, Acme" in desk.ok("log").out
    assert desk.ok("show", "lou roy, acme").out == desk.ok("show", "Acme").out


def test_an_organisation_comes_before_whom_is_written_to_there(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "organisations")
    desk.make(audience="organisations")
    taken(desk, LOU, ZOE, NOBODY, header=COMPANIES)
    assert names_listed(desk) == ["Acme", "Boulange", "Chorale"]


def test_what_an_import_of_before_kept_of_a_person_can_be_put_back(desk: Desk) -> None:
    (lou,) = taken(desk, LOU, header=COMPANIES).values()
    record = {**recipient_row(lou)}
    del record["is_person"]
    assert of_record(record) == lou._replace(is_person=False)


def test_who_is_called_by_an_office_is_greeted_by_it_and_by_no_name(desk: Desk) -> None:
    rows = ("Mme la Directrice;1 rue Haute;35000 Rennes", "Mme Le Gall;2 rue Haute;35000 Rennes")
    said = desk.run("import", str(desk.sheet(*rows, header="Destinataire;Adresse;CP Ville")))
    assert "“la Directrice”" not in said.out + said.err
    (desk.folder / "letter.md").write_text("---\nsubject: O\n---\n\n{{ salutation }},\n\nÀ vous.\n")
    assert "Madame la Directrice,\n" in desk.ok("preview", "1").out
    assert "Madame,\n" in desk.ok("preview", "2").out


def test_the_columns_of_country_and_departement_are_the_letters_too(desk: Desk) -> None:
    header = "N° client;Nom;Adresse 1;Code postal;Ville;Département;Pays"
    taken(desk, "C1;Mme ROY;1 rue Haute;1201;Genève;Ventes;Suisse", header=header)
    letter = "---\nsubject: O\n---\n\n{{ departement }}, {{ pays }}.\n"
    (desk.folder / "letter.md").write_text(letter, encoding="utf-8")
    assert "Ventes, Suisse." in desk.ok("preview", "1").out
    assert "Number in the sheet: C1" in desk.ok("show", "1").out


def test_a_letter_says_the_address_that_is_known_of_its_reader(desk: Desk) -> None:
    header = "Nom;E-mail;Adresse 1;Adresse 2;CP Ville"
    taken(desk, "Dr ROY;roy@example.org;Bât. A;3 rue Haute;75011 Paris", header=header)
    letter = (
        "---\nsubject: O\n---\n\n{{ adresse }}, {{ code_postal }} {{ ville }}. {{ courriel }}\n"
    )
    (desk.folder / "letter.md").write_text(letter, encoding="utf-8")
    said = desk.ok("preview", "1").out
    assert "Bât. A, 3 rue Haute, 75011 Paris. roy@example.org\n" in said
    for ours, typed in (("adresse", "rue"), ("courriel", "mail")):
        (desk.folder / "letter.md").write_text(letter.replace(ours, typed), encoding="utf-8")
        assert f"Close to it: {ours}." in desk.run("preview", "1").err


def test_a_letter_of_which_the_reader_has_no_e_mail_is_held_with_its_reason(desk: Desk) -> None:
    taken(desk, ROY)
    (desk.folder / "letter.md").write_text("---\nsubject: O\n---\n\n{{ courriel }}\n", "utf-8")
    refused = desk.run("preview", "1")
    assert (refused.code, "edit 1 email=" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("streets", "is_told"), [(["", "", ""], True), (["", "", "X", "X"], False)]
)
def test_a_list_whose_streets_were_not_taken_is_told(
    desk: Desk, streets: list[str], is_told: bool
) -> None:
    rows = [
        f"Mme {name} ROY;;{street};35000 Rennes"
        for name, street in zip(("Anne", "Lou", "Léa", "Inès"), streets, strict=False)
    ]
    said = desk.run("import", str(desk.sheet(*rows, "Mme Zoé PIC;z@example.org;;", header=HEADER)))
    assert ("their envelopes have no street (3)" in said.out + said.err) is is_told


def test_a_couple_with_one_mailbox_is_two_and_stays_two(desk: Desk) -> None:
    first = taken(desk, ANNE, PAUL)
    assert [each.first_name for each in first.values()] == ["Anne", "Paul"]
    assert taken(desk, PAUL, ANNE).keys() == first.keys()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("anne@example.org", "anne.martin@example.org"),
        ("MARTIN", "MARTYN"),
        ("1 rue du Port", "2 rue du Port"),
        ("35000 Rennes", "35700 Rennes"),
        ("Mme Anne MARTIN", "MARTIN Anne"),
    ],
)
def test_a_sheet_that_is_corrected_and_imported_again_doubles_nobody(
    desk: Desk, wrong: str, right: str
) -> None:
    before = taken(desk, ANNE, PAUL, ROY)
    after = taken(desk, ANNE.replace(wrong, right), PAUL, ROY)
    assert after.keys() == before.keys()
    assert after["2"]._replace(row=0) == before["2"]._replace(row=0)


def test_two_of_one_name_are_told_apart_by_where_they_live(desk: Desk) -> None:
    here, there = "Mme Anne MARTIN;;;35000 Rennes", "Mme Anne MARTIN;;;29200 Brest"
    before = taken(desk, here, there)
    assert taken(desk, there, here).keys() == before.keys()
    assert {each.locality for each in before.values()} == {"Rennes", "Brest"}


def test_namesakes_in_one_town_are_told_apart_by_their_streets(desk: Desk) -> None:
    rows = [f"Mme Anne MARTIN;;{n} rue du Port;35000 Rennes" for n in range(1, 9)]
    before = taken(desk, *rows)
    mended = [rows[0].replace("Port", "Porc"), *rows[1:]]
    after = taken(desk, *reversed(mended))
    assert {key: each.street[0][0] for key, each in after.items()} == {
        key: each.street[0][0] for key, each in before.items()
    }


def test_two_who_are_the_same_in_all_but_a_column_of_the_letter_stay_two(desk: Desk) -> None:
    header = f"{HEADER};Cotisation"
    rows = [f"{ANNE};25 €", f"{ANNE};30 €"]
    before = taken(desk, *rows, header=header)
    assert taken(desk, *reversed(rows), header=header).keys() == before.keys()


def test_somebody_new_is_not_taken_for_a_namesake_who_stands_further_down(desk: Desk) -> None:
    taken(desk, ANNE)
    new = "Mme Anne MARTIN;am@example.org;9 rue Haute;35000 Rennes"
    found = taken(desk, new, ANNE)
    assert [each.email for each in found.values()] == ["anne@example.org", "am@example.org"]


def test_whoever_may_be_doubled_is_named_and_nobody_else_in_the_town(desk: Desk) -> None:
    header = f"N° adhérent;{HEADER}"
    taken(desk, f"A7;{ANNE}", header=header)
    said = desk.run("import", str(desk.sheet(f"B7;{ANNE}", f"B8;{PAUL}", header=header)))
    assert "1 of those added seems to be here already" in said.err
    assert "second letter: 2. If" in said.err


def test_the_sheets_own_number_finds_whoever_has_changed_altogether(desk: Desk) -> None:
    header = f"N° adhérent;{HEADER}"
    taken(desk, f"A7;{ANNE}", header=header)
    found = taken(desk, "A7;Mme Anne DURAND;durand@example.org;;29200 Brest", header=header)
    assert [(each.key, each.surname) for each in found.values()] == [("1", "Durand")]


def test_another_number_is_another_person_whatever_else_is_the_same(desk: Desk) -> None:
    header = f"N° adhérent;{HEADER}"
    taken(desk, f"A7;{ANNE}", header=header)
    assert len(taken(desk, f"A8;{ANNE}", header=header)) == 2


SHORT = "Nom;Prénom;E-mail"
ANN = "SMITH;Ann;ann@example.org"


def written_to(desk: Desk, server: CaptureServer, *rows: str, header: str = SHORT) -> None:
    """Everybody in a sheet with these rows has their letter."""
    taken(desk, *rows, header=header)
    (desk.folder / "letter.md").write_text("---\nsubject: Bonjour\n---\n\nBonjour,\n\nÀ bientôt.\n")
    desk.connect(server)
    desk.ok("send", "--really", "--yes", "--untested")


def test_a_mended_e_mail_of_one_known_by_name_alone_is_asked_about_and_nothing_goes_twice(
    desk: Desk, capture_server: CaptureServer
) -> None:
    written_to(desk, capture_server, ANN)
    mended = desk.sheet(ANN.replace("ann@", "ann.smith@"), header=SHORT)
    said = desk.run("import", str(mended), typed="n\n")
    told = " ".join((said.out + said.err).split())
    assert (said.code, "1 address would change" in told) == (130, True)
    assert "“ann@example.org” becomes “ann.smith@example.org”" in told
    assert "keep the earlier one in the sheet" in told
    desk.ok("import", "--yes", str(mended))
    desk.run("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 1
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        assert [each.email for each in campaign.ledger.recipients()] == ["ann.smith@example.org"]


NUMBERED = f"N° adhérent;{HEADER}"


def test_who_may_have_a_letter_already_is_added_only_with_a_yes(
    desk: Desk, capture_server: CaptureServer
) -> None:
    written_to(desk, capture_server, f"A7;{ANNE}", header=NUMBERED)
    rows = (f"B7;{ANNE}", f"B8;{PAUL}")
    again = desk.sheet(*rows, header=NUMBERED)
    before = desk.figures()
    for typed, code in (("n\n", 130), ("", 2)):
        said = desk.run("import", str(again), typed=typed)
        told = " ".join((said.out + said.err).split())
        assert said.code == code
        assert "1 of those added has the name and an address of somebody" in told
        assert "2 Anne Martin: perhaps 1" in told
        assert "the number and the e-mail that they had" in told
        assert desk.figures() == before
    said = desk.run("import", str(desk.sheet(f"A7;{ANNE}", header=NUMBERED)))  # as it advises
    assert (said.code, desk.figures()) == (0, before)
    desk.ok("import", "--yes", str(desk.sheet(*rows, header=NUMBERED)))
    assert desk.figures()["recipients"] == 3


def test_who_may_have_a_letter_already_is_a_want_of_the_job_and_names_nobody(
    desk: Desk, capture_server: CaptureServer
) -> None:
    written_to(desk, capture_server, f"A7;{ANNE}", header=NUMBERED)
    again = desk.sheet(f"B7;{ANNE}", f"B8;{PAUL}", header=NUMBERED)
    with importing.open(desk.folder, [str(again)], Reading(), lambda event: None) as job:
        plan = job.plan(lambda each: None)
        assert [(each.code, each.facts) for each in plan.wants] == [
            ("doubled", {"keys": [["2", "1"]]})
        ]
        assert job.run((), lambda each: None).wants == plan.wants
        agreed = job.run([each.agreed() for each in plan.wants], lambda each: None)
    assert (agreed.wants, agreed.change.added) == ((), 2)


@pytest.mark.parametrize(
    ("header", "before", "after"),
    [
        (SHORT, (ANN,), (ANN, "SMITH;Ann;other@example.org")),  # the earlier one is there, too
        (SHORT, (ANN, "SMITH;Ann;ann2@example.org"), ("SMITH;Ann;other@example.org",)),
        (
            f"{SHORT};Code postal;Ville",
            (f"{ANN};35000;Rennes",),
            ("SMITH;Ann;other@example.org;29200;Brest",),
        ),
        (f"{SHORT};ID", (f"{ANN};",), ("SMITH;Ann;other@example.org;A2",)),
    ],
    ids=["both in the sheet", "two of the name", "another town", "a number"],
)
def test_a_namesake_is_somebody_new_where_anything_says_so(
    desk: Desk,
    capture_server: CaptureServer,
    header: str,
    before: tuple[str, ...],
    after: tuple[str, ...],
) -> None:
    written_to(desk, capture_server, *before, header=header)
    desk.ok("import", str(desk.sheet(*after, header=header)))
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        assert len(list(campaign.ledger.recipients())) == len(before) + 1


def test_an_e_mail_that_an_edit_mended_is_not_doubled_by_the_sheet_as_it_was(desk: Desk) -> None:
    taken(desk, ANN, header=SHORT)
    desk.ok("edit", "1", "email=ann.smith@example.org")
    (found,) = taken(desk, ANN, header=SHORT).values()
    assert found.email == "ann.smith@example.org"


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        (("prénom=Françoise",), ("Françoise", "Lefèvre")),
        (("first_name=Francoise",), ("Francoise", "Lefèvre")),
        (("nom=Lefèvre",), ("Françoise", "Lefèvre")),
        (("prénom=Francoise", "nom=Lefevre"), ("Francoise", "Lefevre")),
        (("prénom=Anne",), ("Anne", "Françoise Lefèvre")),
    ],
)
def test_an_edit_of_one_part_parts_a_name_that_was_kept_whole(
    desk: Desk, changes: Sequence[str], names: tuple[str, str]
) -> None:
    header = "Nom complet;E-mail"
    taken(desk, "Françoise Lefèvre;f@example.org", header=header)
    desk.ok("edit", "1", *changes)
    (found,) = taken(desk, "Françoise Lefèvre;f@example.org", header=header).values()
    assert (found.first_name, found.surname) == names


def test_a_column_that_is_told_which_name_comes_first_is_no_second_column(desk: Desk) -> None:
    rows = ("Anne Martin;35000 Rennes", "Paul et Zoé Roy;35000 Rennes")
    sheet = str(desk.sheet(*rows, header="Nom et prénom;CP Ville"))
    before = desk.run("import", sheet)
    assert "--map first_name_surname=" in before.out
    said = desk.run("import", sheet, "--map", "prénom puis nom=Nom et prénom")
    assert "--map" not in said.out + said.err
    assert "“Paul et Zoé Roy”" in said.out
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        anne, couple = campaign.ledger.recipients()
    assert (anne.first_name, anne.surname, anne.fields) == ("Anne", "Martin", {})
    assert (couple.first_name, couple.surname) == ("", "Paul et Zoé Roy")


def test_the_suppression_list_names_the_folder_of_a_recipient_of_one_campaign(desk: Desk) -> None:
    taken(desk, ROY)
    said = desk.ok("suppress", "1", "--reason", "asked by phone")
    assert "On the list: recipient of one campaign 1." in said.err
    assert f"1 in “{desk.folder.name}”" in desk.ok("suppress").out


def test_a_particle_alone_is_no_first_name(desk: Desk) -> None:
    taken(desk, "Mme Le Goff;g@example.org", header="Nom complet;E-mail")
    desk.ok("edit", "1", "nom=Goff")
    (found,) = taken(desk).values()
    assert (found.first_name, found.surname) == ("", "Goff")


@pytest.mark.parametrize("country", ["Suisse", "Monaco"])
def test_a_letter_with_a_postcode_of_another_country_is_held_until_it_is_mended(
    desk: Desk, country: str
) -> None:
    header = "Nom complet;Adresse;CP;Ville;Pays"
    wrong = f"Mme Ann SMITH;1 rue Haute;10115;Berlin;{country}"
    taken(desk, wrong, header=header)
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        (found,) = campaign.ledger.recipients()
    made = envelope.block(
        envelope.addressee(found), found.street, found.postcode, found.locality, found.country
    )
    assert isinstance(made, PostalProblem)
    assert (made.code, made.field) == ("postcode-of-another-country", "postcode")
    (desk.folder / "letter.md").write_text("---\nsubject: Bonjour\n---\n\nBonjour,\n\nÀ vous.\n")
    checked = desk.run("check")
    assert (checked.code, "postcode=…" in checked.out + checked.err) == (1, True)
    desk.run("print")
    paper = desk.figures()["paper"]
    assert (paper["held"], paper["made"]) == (1, 0)
    if country == "Monaco":
        taken(desk, wrong.replace(country, "Allemagne"), header=header)
    else:
        desk.ok("edit", "1", "postcode=10115", "country=DE")
    assert desk.figures()["paper"]["queued"] == 1


def test_whom_nobody_wrote_to_yet_is_not_asked_about(desk: Desk) -> None:
    taken(desk, ANN, header=SHORT)
    desk.ok("import", str(desk.sheet("SMITH;Ann;other@example.org", header=SHORT)))
    assert len(taken(desk, ANN, header=SHORT)) == 2


def test_the_page_of_a_report_has_a_map_where_communes_are_written_to_alone(
    tmp_path: Path,
) -> None:
    audiences: Mapping[Audience, int] = {"organisations": 0, "people": 0, "communes": 1}
    for audience, maps in audiences.items():
        desk = Desk(tmp_path / audience)
        desk.make(audience=audience)
        desk.ok("report", "--html", str(tmp_path / f"{audience}.html"))
        page = (tmp_path / f"{audience}.html").read_text("utf-8")
        assert page.count("<svg") == maps
        assert page.count("Outlines of the départements") == maps


# Those to whom a sheet says not to write


def test_a_column_of_opt_outs_is_the_letters_own_by_a_word_that_is_remembered(desk: Desk) -> None:
    sheet = str(desk.sheet(f"{ANNE};", f"{ROY};Annulé", header=f"{HEADER};Statut"))
    assert "taken: 2;" in desk.ok("import", sheet, "--keep", "Statut").err
    assert "taken: 2;" in desk.ok("import", sheet).err


@pytest.mark.parametrize(
    "again",
    [
        "A8;Mme Anne MARTIN;anne@example.org;1 rue du Port;35000 Rennes",
        ";Mme Anne MARTIN;;1 rue du Port;35000 Rennes",
        ";Mme Anne MARTIN;a.m@example.org;1, rue du port;35000 RENNES",
        ";anne martin;anne@example.org;;",
    ],
    ids=["another number", "no e-mail", "another e-mail", "no civility"],
)
def test_nearly_equal_rows_of_a_first_sheet_are_asked_about(desk: Desk, again: str) -> None:
    sheet = desk.sheet(f"A7;{ANNE}", again, f"A9;{PAUL}", f"A6;{ROY}", header=NUMBERED)
    said = desk.run("import", str(sheet))
    assert "1 of those added has the name and an address of somebody" in said.err
    assert "artin: perhaps 1" in said.err
    assert desk.figures()["recipients"] == 0
    desk.ok("import", "--yes", str(sheet))
    desk.ok("import", str(sheet))  # it was agreed to
    assert desk.figures()["recipients"] == 4
