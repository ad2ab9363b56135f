"""One row of a table: what it says of a town, its mayor and its postal address."""

from collections.abc import Sequence

import pytest

from merge.model import Recipient
from merge.recipients.cells import EMPTY_WORDS, CellProblem
from merge.recipients.columns import assign
from merge.recipients.contacts import RowReader
from merge.recipients.mayors import sex_of
from merge.recipients.sheet import Row, Table


def read(
    headers: str, *cells: str, department: str = ""
) -> tuple[Recipient | None, Sequence[CellProblem]]:
    names = tuple(headers.split(";"))
    table = Table(path="list/mairies.csv", headers=names, header_row=1, rows=())
    return RowReader(table, assign(names), department).read(Row(7, cells))


def taken(headers: str, *cells: str) -> Recipient:
    recipient, problems = read(headers, *cells)
    assert recipient is not None
    assert list(problems) == []
    return recipient


def codes(problems: Sequence[CellProblem]) -> list[tuple[str, str]]:
    return [(problem.code, problem.field) for problem in problems]


def test_a_recipient_knows_the_file_and_the_row_that_it_came_from() -> None:
    recipient = taken("INSEE", "35238")
    assert (recipient.source, recipient.row) == ("mairies.csv", 7)


def test_nothing_of_one_row_leaks_into_the_next() -> None:
    names = ("INSEE", "Nom", "Sexe", "Mail", "CP", "Remarque")
    table = Table(path="x.csv", headers=names, header_row=1, rows=())
    reader = RowReader(table, assign(names), "")
    _, problems = reader.read(Row(2, ("35238", "LE GOFF", "Dr", "nan", "1", "a")))
    assert len(problems) == 3
    second, problems = reader.read(Row(3, ("35360", "", "", "", "", "")))
    assert second == reader.read(Row(3, ("35360", "", "", "", "", "")))[0]
    assert second is not None
    assert (second.surname, second.sex, second.email, second.postcode) == ("", None, None, "")
    assert second.fields == {"Remarque": ""}
    assert list(problems) == []


@pytest.mark.parametrize(
    ("header", "typed", "sex"),
    [
        ("Nom", "Mme APPÉRÉ", "F"),
        ("Nom", "Madame APPÉRÉ", "F"),
        ("Nom", "Mlle APPÉRÉ", "F"),
        ("Nom", "Mademoiselle APPÉRÉ", "F"),
        ("Nom", "M. OUARDI", "M"),
        ("Nom", "Mr OUARDI", "M"),
        ("Nom", "Monsieur OUARDI", "M"),
        ("Nom", "M OUARDI", "M"),
        ("Nom", "Mme.APPÉRÉ", "F"),
        ("Maire", "M Stéphane OUARDI", "M"),
        ("Maire", "Madame la Maire, Nathalie APPÉRÉ", "F"),
        ("Prénom", "M Christine", None),  # a letter may stand for a first name
        ("Nom", "M'BAREK", None),
        ("Nom", "Monsieur le Maire OUARDI", "M"),
        ("Prénom", "Mme Nathalie", "F"),
        ("Maire", "Mme Nathalie APPÉRÉ", "F"),
        ("Nom et prénom", "M. Jean OUARDI", "M"),
        ("Nom complet", "Madame la Maire Nathalie APPÉRÉ", "F"),
        ("Nom", "M. et Mme DUPONT", None),
        ("Nom", "Mme/M. DUPONT", None),
        ("Maire", "Nathalie APPÉRÉ", None),  # never from a first name
        ("Maire", "Madame le Maire", None),  # of nobody in particular
        ("Nom", "MONSIEUR", None),
        ("Nom", "MADAMET", None),
        ("Remarque", "Mme Nathalie APPÉRÉ a répondu", None),
    ],
)
def test_a_civility_that_is_stated_before_a_name_counts(
    header: str, typed: str, sex: str | None
) -> None:
    recipient, problems = read(f"INSEE;{header}", "35238", typed)
    assert recipient is not None
    assert recipient.sex == sex
    assert {problem.code for problem in problems} <= {"title-in-name", "reads-as-empty"}


def test_the_title_of_a_mayor_is_no_part_of_the_name() -> None:
    recipient, _ = read("INSEE;Nom", "35238", "Madame la Maire APPÉRÉ")
    assert recipient is not None
    assert recipient.surname == "Appéré"


@pytest.mark.parametrize(("typed", "sex"), [("F", "F"), ("", "F"), ("Dr", "F"), ("M", None)])
def test_a_title_that_the_sex_of_the_sheet_contradicts_is_told_and_not_believed(
    typed: str, sex: str | None
) -> None:
    recipient, problems = read("INSEE;Civilité;Nom", "35238", typed, "Mme APPÉRÉ")
    assert recipient is not None
    assert recipient.sex == sex
    told = [(problem.value, problem.suggestion) for problem in problems if problem.field == "sex"]
    assert told == ([] if sex else [("M", "F")])


@pytest.mark.parametrize(
    ("typed", "surname", "code"),
    [
        ("-", "", "reads-as-empty"),
        ("???", "", "reads-as-empty"),
        ("VACANT", "", "reads-as-empty"),
        ("Non renseigné", "", "reads-as-empty"),
        ("Madame la Maire", "", "reads-as-empty"),
        ("Monsieur", "", "reads-as-empty"),
        ("M. DUPONT", "Dupont", "title-in-name"),
        ("Mme LE GOFF", "Le Goff", "title-in-name"),
        ("M. et Mme DUPONT", "Dupont", "title-in-name"),
        ("Mme/M. ÉTIENNE", "Étienne", "title-in-name"),
        ("Monsieur ou Madame LE GOFF", "Le Goff", "title-in-name"),
        ("M. OUARDI", "Ouardi", "title-in-name"),
        ("M LE GOFF", "Le Goff", "title-in-name"),
        ("M le Maire LE GOFF", "Le Goff", "title-in-name"),
        ("Mr.LE GOFF", "Le Goff", "title-in-name"),
        ("Madame la Maire, LE GOFF", "Le Goff", "title-in-name"),
        ("M", "M", None),
        ("M'BAREK", "M'Barek", None),
        ("Monsieur de La Tour", "de La Tour", "title-in-name"),
        ("RENNES", "", "surname-is-town"),
        ("Rennes-Dupont", "Rennes-Dupont", None),
        ("Madamet", "Madamet", None),
        ("MAIRE", "Maire", None),
        ("李", "李", None),
    ],
)
def test_what_is_no_name_of_a_mayor_is_none_and_told(
    typed: str, surname: str, code: str | None
) -> None:
    recipient, problems = read("INSEE;Nom", "35238", typed)
    assert recipient is not None
    assert recipient.surname == surname
    assert codes(problems) == ([(code, "surname")] if code else [])


def test_a_mayor_may_be_called_as_the_town_is_and_a_first_name_may_be_a_letter() -> None:
    recipient = taken("INSEE;Prénom;Nom", "35238", "M. Christine", "RENNES")
    assert (recipient.first_name, recipient.surname) == ("M. Christine", "Rennes")
    assert taken("INSEE;Prénom;Nom", "35238", "Anne", "NÉANT").surname == "Néant"
    first_name, _ = read("INSEE;Prénom", "35238", "Mme")
    assert first_name is not None
    assert first_name.first_name == ""


@pytest.mark.parametrize(
    "headers",
    [
        "Code de la commune;Nom de l'élu;Date de naissance"
        ";Code de la catégorie socio-professionnelle"
        ";Libellé de la catégorie socio-professionnelle;Date de début du mandat",
        "code_de_la_commune;nom_de_l_elu;date_de_naissance"
        ";code_de_la_categorie_socio_professionnelle"
        ";libelle_de_la_categorie_socio_professionnelle;date_de_debut_du_mandat",
        "Code Insee de la commune;Nom de l'élu;Date de naissance;Code profession"
        ";Libellé de la profession;Date de début du mandat",
        "codeinsee;nompsn;naissance;csp;libcsp;popsubcom",
    ],
)
def test_birth_dates_and_professions_of_the_rne_go_no_further(headers: str) -> None:
    recipient = taken(headers, "35238", "LE GOFF", "04/03/1951", "74", "Ancien cadre", "kept")
    assert dict(recipient.fields) == {headers.rpartition(";")[2]: "kept"}
    assert "1951" not in repr(recipient)
    assert "Ancien cadre" not in repr(recipient)


@pytest.mark.parametrize("word", sorted(EMPTY_WORDS))
def test_a_word_that_a_program_writes_for_nothing_is_told(word: str) -> None:
    recipient, problems = read("INSEE;Nom", "35238", word.upper())
    assert recipient is not None
    assert recipient.surname == ""
    assert codes(problems) == [("reads-as-empty", "surname")]


@pytest.mark.parametrize("word", ["NA", "None", "nan", "#N/A", "NULL", "#REF !"])
def test_a_commune_that_reads_as_empty_loses_no_row_that_has_its_code(word: str) -> None:
    recipient, problems = read("INSEE;Commune;Nom", "35238", word, "MARTIN")
    assert recipient is not None
    assert (recipient.commune, recipient.surname) == ("Rennes", "Martin")
    assert codes(problems) == [("reads-as-empty", "commune")]


@pytest.mark.parametrize(
    "name", ["NANA", "Nane", "Nonette", "NAN DUPONT", "NULLE", "Lena", "N'A", "N A"]
)
def test_a_name_that_only_holds_such_a_word_is_a_name(name: str) -> None:
    assert taken("INSEE;Nom;Remarque", "35238", name, name).surname != ""


def test_what_reads_as_empty_in_a_dropped_column_is_nobodys_business() -> None:
    assert taken("INSEE;Date de naissance", "35238", "nan").fields == {}


def test_a_sheet_of_codes_alone_is_enough() -> None:
    assert taken("INSEE", " 35238 ").commune == "Rennes"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("DE LA TOUR", "de La Tour"),
        ("LE GOFF", "Le Goff"),
        ("D'ALMEIDA", "d'Almeida"),
        ("O'BRIEN", "O'Brien"),
        ("ANDRIEU EPOUSE MARTIN", "Andrieu épouse Martin"),
        ("COTENTIN NÉE LEBOUR", "Cotentin née Lebour"),
        ("NÉE", "Née"),
        ("PIERRE-DIT-MERY", "Pierre-Dit-Mery"),
        ("van der Meer", "van der Meer"),
        ("MacDonald", "MacDonald"),
        ("De\u00a0 La  Tour", "De La Tour"),
    ],
)
def test_a_surname_in_capitals_gets_french_case_and_another_stays_as_typed(
    typed: str, kept: str
) -> None:
    assert taken("INSEE;Nom", "35238", typed).surname == kept


def test_first_names_in_capitals_get_french_case() -> None:
    assert taken("INSEE;Prénom", "35238", "JEAN-PIERRE").first_name == "Jean-Pierre"


@pytest.mark.parametrize("first_name", ["Dominique", "Marie", "Jean"])
def test_no_first_name_says_a_sex(first_name: str) -> None:
    assert taken("INSEE;Prénom;Nom", "35238", first_name, "MARTIN").sex is None


@pytest.mark.parametrize(
    ("typed", "sex"),
    [
        *[("F", "F"), ("Féminin", "F"), ("MME", "F"), ("Mlle", "F"), ("M", "M"), ("h", "M")],
        *[("Madame le Maire", "F"), ("Mme la maire,", "F"), ("Monsieur le Maire", "M")],
        *[("Femme", "F"), ("Madame", "F"), ("female", "F"), ("Ms", "F"), ("Mrs", "F")],
        *[("Madame la Maire", "F"), ("Mme le Maire", "F"), ("M. le Maire", "M")],
        *[("Homme", "M"), ("Monsieur", "M"), ("Masculin", "M"), ("male", "M")],
        *[("M. ", "M"), ("Mr", "M"), ("", None), ("Dr", None), ("Marie", None), ("1", None)],
    ],
)
def test_a_sex_is_what_a_code_or_a_title_says(typed: str, sex: str | None) -> None:
    assert sex_of(typed) == sex


def postal(headers: str, *cells: str) -> tuple[tuple[str, ...], str, str]:
    recipient = taken(f"INSEE;{headers}", *cells)
    return recipient.street, recipient.postcode, recipient.locality


@pytest.mark.parametrize(
    ("headers", "cells", "expected"),
    [
        ("Adresse;CP;Ville", ("1 rue X", "35000", "Rennes"), (("1 rue X",), "35000", "Rennes")),
        ("CP;Ville", ("35031", "Rennes Cedex"), ((), "35031", "Rennes Cedex")),
        ("Ville", ("35000 Rennes",), ((), "35000", "Rennes")),
        ("Ville", ("35031 RENNES CEDEX 7",), ((), "35031", "RENNES CEDEX 7")),
        ("CP;Ville", ("35031 CEDEX 7", "Rennes"), ((), "35031", "Rennes CEDEX 7")),
        ("CP;Ville", ("35031 Cedex", "Rennes Cedex 7"), ((), "35031", "Rennes Cedex 7")),
        ("CP", ("35031 CEDEX 7",), ((), "35031", "Rennes CEDEX 7")),
        ("CP;Commune;Ville", ("35031", "Rennes", "CEDEX 7"), ((), "35031", "Rennes CEDEX 7")),
        ("CP", ("35000 Rennes",), ((), "35000", "Rennes")),
        ("CP;cp_ville", ("35031", "35031 RENNES CEDEX"), ((), "35031", "RENNES CEDEX")),
        ("CP;cp_ville", ("35031", "35031 Rennes Cedex 7"), ((), "35031", "Rennes Cedex 7")),
        ("CP;cp_ville", ("35000", "RENNES"), ((), "35000", "RENNES")),
        ("CP;cp_ville", ("35000", "35000"), ((), "35000", "Rennes")),
        ("CP;cp_ville", ("", "35031 Rennes Cedex"), ((), "35031", "Rennes Cedex")),
        ("CP;cp_ville", ("35000", ""), ((), "35000", "Rennes")),
        (
            "Commune;CP;Ville;cp_ville",
            ("Rennes", "35031", "RENNES", "35031 Rennes Cedex"),
            ((), "35031", "Rennes Cedex"),
        ),
        (
            "Commune;Ville;cp_ville",
            ("Rennes", "Rennes", "35031 CEDEX 7"),
            ((), "35031", "Rennes CEDEX 7"),
        ),
        ("cp_ville", ("35 000 Rennes",), ((), "35000", "Rennes")),
        ("cp_ville", ("F-35000 Rennes",), ((), "35000", "Rennes")),
        ("cp_ville", ("35000 - Rennes",), ((), "35000", "Rennes")),
        ("cp_ville", ("35000",), ((), "35000", "Rennes")),
        ("Commune;Ville", ("Rennes", "35000 Rennes"), ((), "35000", "Rennes")),
        ("CP;Commune;Ville", ("35000", "Rennes", "35000 Rennes"), ((), "35000", "Rennes")),
        ("Adresse", ("1 rue X\n35000 Rennes",), (("1 rue X",), "35000", "Rennes")),
        ("Adresse", ("1 rue X, 35000 Rennes",), (("1 rue X",), "35000", "Rennes")),
        ("Adresse", ("1 rue X - 35031 Rennes Cedex 7",), (("1 rue X",), "35031", "Rennes Cedex 7")),
        ("Adresse", ("1 rue X 35000 RENNES",), (("1 rue X",), "35000", "RENNES")),
        (
            "Adresse;CP;Ville",
            ("1 rue X\nBP 12345\n35000 Rennes", "35000", "Rennes"),
            (("1 rue X", "BP 12345"), "35000", "Rennes"),
        ),
        ("Adresse", ("1 rue X, CS 35000 Rennes",), (("1 rue X, CS 35000 Rennes",), "", "")),
        ("Adresse", ("1 rue X",), (("1 rue X",), "", "")),
        ("Adresse;Adresse 2", ("1  rue X", "BP 3"), (("1 rue X", "BP 3"), "", "")),
        ("Adresse;BP", ("1 rue X", "3"), (("1 rue X", "BP 3"), "", "")),
        ("Adresse;BP", ("1 rue X", "BP 3"), (("1 rue X", "BP 3"), "", "")),
        ("Adresse;B.P.", ("1 rue X", "3"), (("1 rue X", "BP 3"), "", "")),
        ("BP;CP", ("35012", "35000"), (("BP 35012",), "35000", "Rennes")),
        ("Adresse;Boîte postale", ("1 rue X", ""), (("1 rue X",), "", "")),
        ("adresse1;adresse2;zipcode", ("rue X", "3", "35000"), (("rue X", "3"), "35000", "Rennes")),
        ("Adresse;Boîtes postales", ("1 rue X", "3"), (("1 rue X", "BP 3"), "", "")),
        ("Adresse;BP/CS", ("1 rue X", "1234"), (("1 rue X", "BP 1234"), "", "")),
        ("Adresse;Bâtiment", ("1 rue X", "2"), (("Bâtiment 2", "1 rue X"), "", "")),
        ("Adresse;Bâtiment", ("1 rue X", "B"), (("Bâtiment B", "1 rue X"), "", "")),
        ("Adresse;Bâtiment", ("1 rue X", "Le Donjon"), (("Le Donjon", "1 rue X"), "", "")),
        ("Adresse;Adresse 2", ("rue X", "3"), (("rue X", "3"), "", "")),
        (
            "Adresse 1;adresse_cp_ville",
            ("12 rue X", "35000 Rennes"),
            (("12 rue X",), "35000", "Rennes"),
        ),
        (
            "adresse_cp_ville;Adresse3;Adresse2;Adresse1;Complément",
            ("35000 Rennes", "BP 3", "Lieu-dit Y", "12 rue X", "Bât. B"),
            (("Bât. B", "12 rue X", "Lieu-dit Y", "BP 3"), "35000", "Rennes"),
        ),
        (
            "Adresse 1;Adresse 2;adresse_cp_ville",
            ("12 rue X", "BP 3", "12, Rue X BP 3 35000 Rennes"),
            (("12 rue X", "BP 3"), "35000", "Rennes"),
        ),
        (
            "Adresse 1;Adresse complète",
            ("", "12 rue X, 35000 Rennes"),
            (("12 rue X",), "35000", "Rennes"),
        ),
        ("Adresse 1;Adresse complète", ("12 rue X", ""), (("12 rue X",), "", "")),
        (
            "Rue;Adresse;CP;Ville",
            ("12 rue X", "Bât. B, 12 rue X", "35000", "Rennes"),
            (("Bât. B, 12 rue X",), "35000", "Rennes"),
        ),
        ("N° de voie;Rue;Adresse", ("12", "rue X", "12 rue X RENNES"), (("12 rue X",), "", "")),
        ("Lieu-dit;BP;Rue", ("Le Bas", "3", "12 rue X"), (("12 rue X", "Le Bas", "BP 3"), "", "")),
        (
            "Adresse complète;Complément;Adresse 2",
            ("Bât. B, 12 rue X, BP 3, 35000 Rennes", "Bât. B", "BP 3"),
            (("Bât. B, 12 rue X, BP 3",), "35000", "Rennes"),
        ),
        (
            "Adresse;Complément d'adresse",
            ("1 rue X", "Hôtel de Ville"),
            (("Hôtel de Ville", "1 rue X"), "", ""),
        ),
    ],
)
def test_a_postal_address_is_understood_in_whatever_columns_it_stands(
    headers: str, cells: tuple[str, ...], expected: tuple[tuple[str, ...], str, str]
) -> None:
    assert postal(headers, "35238", *cells) == expected


@pytest.mark.parametrize(
    ("street", "whole"),
    [("12 rue X", "14 rue Y, 35000 Rennes"), ("12 rue X, 35700 Rennes", "12 rue X, 35000 Rennes")],
)
def test_of_two_addresses_of_a_row_none_is_chosen(street: str, whole: str) -> None:
    recipient, problems = read("INSEE;Rue;Adresse complète;CP", "35238", street, whole, "35000")
    assert recipient is not None
    assert (recipient.street, recipient.postcode) == ((), "")
    assert codes(problems) == [("addresses-differ", "address_again")]


def test_five_digits_of_a_bp_or_a_cs_are_told_and_called_neither() -> None:
    recipient, problems = read("INSEE;Adresse;BP/CS;CP", "35238", "1 rue X", "12345", "35000")
    assert recipient is not None
    assert recipient.street == ("1 rue X", "12345")
    assert codes(problems) == [("second-postcode", "address")]


def test_the_town_of_a_cedex_agrees_with_its_code_and_is_found_by_its_name() -> None:
    assert taken("INSEE;Ville;CP", "13055", "MARSEILLE CEDEX 20", "13233").key == "13055"
    recipient, problems = read("Ville;CP", "Rennes Cedex 7", "35031")
    assert recipient is not None
    assert (recipient.key, recipient.locality) == ("35238", "Rennes Cedex 7")
    assert codes(problems) == [("matched-by-name", "commune")]


def test_a_name_that_begins_with_a_number_is_no_place_of_the_post() -> None:
    names = ("No", "Commune", "CP")
    table = Table(path="x.csv", headers=names, header_row=1, rows=())
    reader = RowReader(table, assign(names, overrides={"key": "No"}), "")
    recipient, _ = reader.read(Row(2, ("8", "2 Rives", "35000")))
    assert recipient is not None
    assert (recipient.commune, recipient.locality) == ("2 Rives", "")


def test_an_arrondissement_at_the_end_is_part_of_the_locality() -> None:
    assert postal("Adresse", "75056", "2 place X 75004 Paris 4e")[1:] == ("75004", "Paris 4e")


@pytest.mark.parametrize(
    ("insee", "typed", "locality", "problem"),
    [
        ("35238", "35000", "", None),
        ("35238", "35031", "Rennes Cedex", None),  # a CEDEX is in no reference
        ("35238", "35031", "", None),
        ("97411", "97717", "Saint-Denis Cedex 9", None),  # CEDEX of Réunion
        ("35238", "29200", "Rennes", "postcode-disagrees"),
        ("35238", "29019", "Rennes Cedex", "postcode-disagrees"),
        ("97411", "97139", "Saint-Denis", "postcode-disagrees"),  # of Guadeloupe
        ("76351", "76000", "Le Havre", "postcode-disagrees"),  # of Rouen
        ("76351", "76000", "", "postcode-disagrees"),
        ("76351", "76000", "CEDEX", "postcode-disagrees"),
        ("76351", "76000", "Rouen", None),  # the mairie has its letters there
        ("76351", "76000", "Rouen Cedex", None),
        ("35238", "35", "Rennes", "bad-postcode"),
        ("01004", "1500", "", "zero-restored"),
    ],
)
def test_a_postcode_is_compared_with_the_reference(
    insee: str, typed: str, locality: str, problem: str | None
) -> None:
    recipient, problems = read("INSEE;Commune;CP;Ville", insee, "", typed, locality)
    assert recipient is not None
    assert [each.code for each in problems] == ([problem] if problem else [])


def test_a_lost_zero_in_the_last_line_of_an_address_is_put_back_and_told() -> None:
    recipient, problems = read("INSEE;Adresse", "01004", "1 rue X\n1500 Ambérieu-en-Bugey")
    assert recipient is not None
    assert (recipient.street, recipient.postcode) == (("1 rue X",), "01500")
    assert codes(problems) == [("zero-restored", "postcode")]


def test_a_house_number_of_four_digits_is_no_postcode() -> None:
    typed = "1517 route de Lyon"
    assert postal("Adresse;Ville", "01004", typed, "Ambérieu-en-Bugey")[0] == (typed,)
    assert postal("Adresse;CP", "01004", typed, "01500")[:2] == ((typed,), "01500")


def test_a_column_of_e_mails_that_map_names_is_no_street_and_not_told_again() -> None:
    names = ("INSEE", "Adresse", "CP")
    table = Table(path="x.csv", headers=names, header_row=1, rows=())
    reader = RowReader(table, assign(names, overrides={"email": "Adresse"}), "")
    recipient, problems = reader.read(Row(2, ("35238", "mairie@example.org", "35000")))
    assert recipient is not None
    assert (recipient.email, recipient.street) == ("mairie@example.org", ())
    assert codes(problems) == []
    recipient, problems = reader.read(Row(3, ("35238", "n/a", "35000")))
    assert codes(problems) == [("reads-as-empty", "email")]


def test_an_e_mail_that_is_the_key_is_still_written_to() -> None:
    names = ("E-mail", "Ville", "company")
    table = Table(path="x.csv", headers=names, header_row=1, rows=())
    overrides = {"key": "E-mail", "commune": "Ville"}
    reader = RowReader(table, assign(names, overrides=overrides), "")
    recipient, problems = reader.read(Row(2, ("a@example.org", "35031 Rennes Cedex", "ACME")))
    assert recipient is not None
    assert (recipient.key, recipient.email) == ("a@example.org", "a@example.org")
    assert (recipient.commune, recipient.town_line) == ("Rennes", "35031 Rennes Cedex")
    assert recipient.fields == {"company": "ACME"}
    assert codes(problems) == []


def test_an_e_mail_is_no_line_of_a_street_and_told() -> None:
    recipient, problems = read("INSEE;Adresse;CP", "35238", "1 rue X\nmairie@example.org", "35000")
    assert recipient is not None
    assert recipient.street == ("1 rue X",)
    assert codes(problems) == [("email-in-street", "address")]


@pytest.mark.parametrize("typed", ["01500", "1500", "01 500", "F-01500", ""])
def test_a_postcode_that_is_written_twice_is_one(typed: str) -> None:
    street = "1 rue X, 01500 Ambérieu-en-Bugey"
    recipient, problems = read("INSEE;Adresse;CP", "01004", street, typed)
    assert recipient is not None
    assert (recipient.street, recipient.postcode) == (("1 rue X",), "01500")
    assert ("second-postcode", "address") not in codes(problems)


@pytest.mark.parametrize("country", [", France", "\nFRANCE", ",france"])
def test_a_country_behind_the_town_is_no_line_of_a_letter_within_it(country: str) -> None:
    """As maps and address books write it: the last line stood twice in the window."""
    typed = f"1 rue X, 35000 Rennes{country}"
    for postcode in ("35000", ""):
        expected = (("1 rue X",), "35000", "Rennes")
        assert postal("Adresse;CP", "35238", typed, postcode) == expected
    _, problems = read("INSEE;Adresse;CP", "35238", typed, "35200")
    assert [(problem.code, problem.value) for problem in problems] == [
        ("second-postcode", "1 rue X, 35000 Rennes")
    ]


@pytest.mark.parametrize(
    "street", ["1 rue de France", "Rue X, France", "France", "1 rue X,\nFRANCE"]
)
def test_a_country_without_a_town_before_it_stays(street: str) -> None:
    assert postal("Adresse", "35238", street)[0] == tuple(street.splitlines())


@pytest.mark.parametrize(
    ("insee", "typed", "postcode", "problem"),
    [
        ("01004", "1500", "01500", "zero-restored"),
        ("35238", "1500", "", "bad-postcode"),  # of the Ain, or of nowhere
        ("35238", "35000.0", "35000", None),
        ("35238", "３５０００", "", "bad-postcode"),
        ("35238", "350001", "", "bad-postcode"),
    ],
)
def test_a_zero_is_lost_where_the_commune_begins_with_one(
    insee: str, typed: str, postcode: str, problem: str | None
) -> None:
    recipient, problems = read("INSEE;Adresse;CP", insee, "1 rue X", typed)
    assert recipient is not None
    assert recipient.postcode == postcode
    assert [each.code for each in problems] == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("locality", "department", "postcode"),
    [
        ("Ixelles", "", ""),
        ("Bruxelles", "", ""),
        ("", "", ""),
        ("Ixelles", "59", ""),
        ("Bourg-en-Bresse", "", "01050"),
        ("Bourg-en-Bresse Cedex", "", "01050"),
        ("", "Ain", "01050"),
        ("", "1", "01050"),
    ],
)
def test_four_digits_become_a_french_postcode_only_in_a_french_row(
    locality: str, department: str, postcode: str
) -> None:
    names = ("N°", "Commune", "Département", "Adresse", "CP", "Ville")
    table = Table(path="x.csv", headers=names, header_row=1, rows=())
    reader = RowReader(table, assign(names, overrides={"key": "N°"}), "")
    row = Row(2, ("7", "Une école", department, "1 rue X", "1050", locality))
    recipient, problems = reader.read(row)
    assert recipient is not None
    assert recipient.postcode == postcode
    expected = "zero-restored" if postcode else "bad-postcode"
    assert codes(problems) == [(expected, "postcode")]


@pytest.mark.parametrize("street", ["1 rue X, 35000", "1 rue X\n35000", "1 rue X , 35 000 "])
@pytest.mark.parametrize("postcode", ["35000", ""])
def test_a_postcode_without_its_town_is_no_line_of_the_street(street: str, postcode: str) -> None:
    """It stood in the window above the last line, or the letter was held for want of one."""
    expected = (("1 rue X",), "35000", "Rennes")
    assert postal("Adresse;CP", "35238", street, postcode) == expected


@pytest.mark.parametrize("street", ["Route de Vern 12345", "1 rue X, BP 35000", "CS 35000"])
def test_a_number_of_five_digits_is_no_postcode_by_itself(street: str) -> None:
    assert postal("Adresse;CP", "35238", street, "35000")[0] == (street,)


def test_an_address_with_two_postcodes_is_told() -> None:
    typed = "1 rue X - CS 11001 - 35031 Rennes Cedex"
    recipient, problems = read("INSEE;Adresse;CP", "35238", typed, "35000")
    assert recipient is not None
    assert (recipient.street, recipient.postcode) == ((typed,), "35000")
    assert codes(problems) == [("second-postcode", "address")]


@pytest.mark.parametrize("header", ["Ville", "CP Ville"])
def test_a_town_below_the_postcode_of_another_cell_is_told(header: str) -> None:
    headers = f"INSEE;Adresse;CP;{header}"
    _, problems = read(headers, "35238", "1 rue X", "35000", "35031 Rennes Cedex")
    assert [(problem.code, problem.value, problem.suggestion) for problem in problems] == [
        ("locality-left-out", "35031 Rennes Cedex", "35000")
    ]
    for typed in ("35 000", "F-35000", ""):
        assert read(headers, "35238", "1 rue X", typed, "35000 Rennes")[1] == []


@pytest.mark.parametrize(
    ("cells", "town_line", "problem"),
    [
        (("35000", "35031 Rennes Cedex"), "35000 Rennes", "locality-left-out"),
        (("35031", "35000 Rennes"), "35031 Rennes", "locality-left-out"),
        (("35031", "35999 Rennes-Beaulieu"), "35031 Rennes-Beaulieu", "locality-left-out"),
        (("35000", "29200 Brest"), "35000", "locality-left-out"),  # an address of nobody
        (("35000", "35400 Saint-Malo"), "35000", "locality-left-out"),
        (("35000", "35000 Rennes"), "35000 Rennes", None),
    ],
)
def test_a_town_is_never_put_below_the_postcode_of_another(
    cells: tuple[str, str], town_line: str, problem: str | None
) -> None:
    names = ("No", "Association", "CP", "CP Ville")
    overrides = {"key": "No", "commune": "Association"}
    reader = RowReader(
        Table(path="x.csv", headers=names, header_row=1, rows=()),
        assign(names, overrides=overrides),
        "",
    )
    recipient, problems = reader.read(Row(2, ("7", "Les Amis", *cells)))
    assert recipient is not None
    assert recipient.town_line == town_line
    assert [each.code for each in problems] == ([problem] if problem else [])


def test_two_towns_in_one_row_are_told() -> None:
    headers = "INSEE;Commune;CP;Ville;CP Ville"
    recipient, problems = read(headers, "35238", "Rennes", "35000", "Rennes", "35000 Betton")
    assert recipient is not None
    assert recipient.town_line == "35000 Rennes"
    assert [(problem.code, problem.value, problem.suggestion) for problem in problems] == [
        ("locality-left-out", "35000 Betton", "Rennes")
    ]
    for line in ("35000 Rennes", "35000", "Rennes", ""):
        assert read(headers, "35238", "Rennes", "35000", "RENNES", line)[1] == []


@pytest.mark.parametrize(
    "service",
    ["CS 63126", "C.S. 63126", "c. s. 63126", "T.S.A. 63126", "BP 63126", "B. P. n° 63126"],
)
@pytest.mark.parametrize("behind", [" Rennes Cedex", ", 5 rue X", " - 5 rue X"])
def test_the_digits_of_a_service_of_the_post_are_no_postcode(service: str, behind: str) -> None:
    typed = f"Hôtel de Ville, {service}{behind}"
    recipient, problems = read("INSEE;Adresse;CP", "35238", typed, "35000")
    assert recipient is not None
    assert (recipient.street, recipient.postcode) == ((typed,), "35000")
    assert codes(problems) == []
    assert postal("Adresse", "35238", typed)[:2] == ((typed,), "")


def test_a_postcode_behind_a_service_of_the_post_is_one() -> None:
    for service in ("CS 12", "C.S. 63126", "T.S.A. 63126", "B.P. 4"):
        typed = f"1 rue X {service} 35031 Rennes Cedex"
        expected = ((f"1 rue X {service}",), "35031", "Rennes Cedex")
        assert postal("Adresse", "35238", typed) == expected
    assert postal("Adresse", "35238", "C.S. 63126 Rennes 35031 Rennes Cedex")[1] == "35031"


def test_a_very_long_address_is_left_as_it_is_typed() -> None:
    typed = "1 rue X " + "12345 - " * 5_000 + "9"
    assert postal("Adresse", "35238", typed) == ((typed,), "", "")


def test_no_address_at_all_is_kept_for_the_list() -> None:
    recipient = taken("INSEE;Mail;Adresse;CP", "35238", "", "", "")
    assert recipient.email is None
    assert not recipient.has_postal_address


def test_letters_of_windows_in_place_of_control_characters_are_mended_and_told() -> None:
    recipient, problems = read(
        "INSEE;Adresse;CP;Ville", "35238", "3 rue du C\x9cur", "35000", "Rennes"
    )
    assert recipient is not None
    assert recipient.street == ("3 rue du Cœur",)
    assert [(problem.code, problem.field, problem.suggestion) for problem in problems] == [
        ("letter-mended", "Adresse", "3 rue du Cœur")
    ]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("FranÃ§ois", "François"),
        ("ZoÃ©", "Zoé"),
        ("CÅ“ur", "Cœur"),
        ("Dâ€™Alès".replace("è", "Ã¨"), "D’Alès"),
        ("Ã‰ric", "Éric"),
    ],
)
def test_a_name_that_was_encoded_twice_is_mended_and_told(typed: str, meant: str) -> None:
    recipient, problems = read("INSEE;Commune;Prénom", "35238", "Rennes", typed)
    assert recipient is not None
    assert recipient.first_name == meant
    assert [(problem.code, problem.field, problem.suggestion) for problem in problems] == [
        ("letter-mended", "Prénom", meant)
    ]


@pytest.mark.parametrize("typed", ["João", "Âne", "Château", "Ångström", "Zoé", "ÃO « é »"])
def test_letters_that_were_encoded_once_stay(typed: str) -> None:
    assert taken("INSEE;Remarque", "35238", typed).fields["Remarque"] == typed


@pytest.mark.parametrize(
    ("header", "office", "is_taken"),
    [
        ("Libellé de la fonction", "Maire", True),
        ("Libellé de la fonction", "1er adjoint au Maire", False),
        ("Libellé de la fonction", "", False),  # a councillor
        ("Fonction", "", True),
        ("Fonction", "Madame la Maire", True),
        ("Fonction", "Maire et conseillère départementale", True),
        ("Fonction", "Conseillère départementale et maire", True),
        ("Fonction", "Ancien conseiller, maire depuis 2020", True),
        ("Mandat", "Conseiller régional", True),
        ("Mandat", "Conseillère municipale d'opposition", False),
        ("Fonction", "Adjoint au maire, maire délégué", False),
        ("Fonction", "Secrétaire de mairie", True),
        ("Fonction", "Maire-adjointe", False),
        ("Fonction", "Maire délégué", False),
        ("Fonction", "Maire de la commune déléguée", False),
        ("Qualité", "Ancienne maire", False),
        ("Mandat", "Conseillère municipale", False),
    ],
)
def test_a_deputy_is_not_taken_for_the_mayor(header: str, office: str, is_taken: bool) -> None:
    recipient, problems = read(f"INSEE;Nom;{header}", "35238", "Martin", office)
    assert (recipient is not None) == is_taken
    assert codes(problems) == ([] if is_taken else [("not-the-mayor", header)])


@pytest.mark.parametrize("header", ["Nom et prénom", "Maire", "Prénom et nom du maire"])
def test_nor_is_one_whose_whole_name_is_in_one_cell(header: str) -> None:
    """No field takes such a column; the mayor's row was left out as one that came again."""
    recipient, problems = read(f"INSEE;{header};Fonction", "35238", "Martin Paul", "1er adjoint")
    assert recipient is None
    assert codes(problems) == [("not-the-mayor", "Fonction")]


def test_a_control_character_in_a_dropped_column_refuses_the_row_too() -> None:
    recipient, [problem] = read("INSEE;Date de naissance", "35238", "a\x00b")
    assert recipient is None
    assert (problem.code, problem.field, problem.taken) == (
        "control-character",
        "Date de naissance",
        False,
    )


def test_the_departement_given_for_all_holds_where_there_is_no_column() -> None:
    recipient, _ = read("commune", "Montbouy", department="45")
    assert recipient is not None
    assert recipient.key == "45210"
    recipient, _ = read("commune;Dep", "Montbouy", "45", department="35")
    assert recipient is not None
    assert recipient.key == "45210"


def test_an_address_or_a_cell_that_was_not_cut_is_no_name() -> None:
    """A separator was missing, and the letter greeted "Madame a@example.org"."""
    names = ("INSEE", "Sexe", "Prénom", "Nom")
    table = Table(path="x.csv", headers=names, header_row=1, rows=(), delimiter=";")
    reader = RowReader(table, assign(names), "")
    for typed in ("a@example.org", "DUPONT a@example.org", "DUPONT;a"):
        recipient, problems = reader.read(Row(2, ("35238", "F", "Anne", typed)))
        assert recipient is not None
        assert (recipient.first_name, recipient.surname, recipient.sex) == ("Anne", "", "F")
        assert codes(problems) == [("not-a-name", "surname")]
    recipient, problems = reader.read(Row(3, ("35238", "F", "a@example.org", "DUPONT, épouse X")))
    assert recipient is not None
    assert (recipient.first_name, codes(problems)) == ("", [("not-a-name", "first_name")])
    assert recipient.surname


@pytest.mark.parametrize(
    "typed",
    [
        *("DUPONT 06 12 34 56 78", "DUPONT (2020)", "DUPONT (Mme)", "DUPONT / MARTIN", "DUPONT*"),
        *("DUPONT ?", "DUPONT : à vérifier", "Mme DUPONT [réélue]", "DUPONT (M.)", "DUPONT_A"),
    ],
)
def test_a_remark_beside_a_name_is_not_printed_as_the_name(typed: str) -> None:
    """ "Monsieur Benoît Dupont 06 12 34 56 78" stood on the envelope, and nobody was told."""
    recipient, problems = read("INSEE;Prénom;Nom", "35238", "Anne", typed)
    assert recipient is not None
    assert (recipient.first_name, recipient.surname) == ("Anne", "")
    assert [(problem.code, problem.field, problem.value) for problem in problems] == [
        ("not-a-name", "surname", typed)
    ]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("L’HÔTE-D'ORVES", "L'Hôte-d'Orves"),
        ("Dupont – Martin", "Dupont – Martin"),
        ("TERIIEROʻO A TERIIEROOITERAI", "TERIIEROʻO A TERIIEROOITERAI"),
        ("J.-C.", "J.-C."),
        ("Dupont, Martin", "Dupont, Martin"),
        ("Gabriel (Gaby)", "Gabriel (Gaby)"),
        ("Nguyê\u0303n", "Nguyễn"),
    ],
)
def test_the_signs_that_names_have_are_of_a_name(typed: str, name: str) -> None:
    assert taken("INSEE;Nom", "35238", typed).surname.casefold() == name.casefold()


def test_an_address_in_a_column_that_is_not_read_is_told_where_there_is_no_other() -> None:
    headers = "INSEE;Courriel 1;Courriel 2"
    recipient, problems = read(headers, "35238", "", "a@example.org")
    assert recipient is not None
    assert recipient.email is None
    assert [
        (problem.code, problem.field, problem.value, problem.suggestion) for problem in problems
    ] == [("email-elsewhere", "Courriel 2", "a@example.org", "35238 courriel=a@example.org")]
    taken(headers, "35238", "b@example.org", "a@example.org")
    taken("INSEE;Courriel;Twitter;Site", "35238", "", "@rennes", "www.rennes.example.org")
    # Where no column is the e-mails', the whole sheet is warned of.
    taken("INSEE;Contact", "35238", "a@example.org")
    _, problems = read(headers, "35238", "a.example.org", "a@example.org")
    assert codes(problems) == [("email-no-at", "email"), ("email-elsewhere", "Courriel 2")]


def test_a_cell_for_postcode_and_commune_says_both() -> None:
    recipient, problems = read("CP Commune;Adresse", "35031 RENNES CEDEX", "Place de la Mairie")
    assert recipient is not None
    assert (recipient.insee, recipient.postcode) == ("35238", "35031")
    assert recipient.locality == "RENNES CEDEX"
    assert codes(problems) == [("matched-by-name", "commune")]


@pytest.mark.parametrize(
    ("headers", "cells", "street"),
    [
        ("N° de voie;Nom de la voie", ("5", "place du Château"), "5 place du Château"),
        ("N° voie;Type de voie;Nom voie", ("22 bis", "RUE", "du Port"), "22 bis RUE du Port"),
        ("Type de voie;Libellé de la voie", ("rue", "du Port"), "rue du Port"),
        ("N°;Rue", ("12-14", "rue du Port"), "12-14 rue du Port"),
        ("Rue;N° de rue", ("rue du Port", "3"), "3 rue du Port"),
        ("N°;Rue", ("", "Le Bourg"), "Le Bourg"),
        ("N°;Rue", ("0", "Le Bourg"), "Le Bourg"),
        ("N°;Rue", ("7", "12 rue du Port"), "12 rue du Port"),  # the number of the row
        ("N°;Téléphone;Rue", ("7", "", "rue du Port"), "rue du Port"),
    ],
)
def test_a_number_in_a_column_of_its_own_stands_before_the_street(
    headers: str, cells: tuple[str, ...], street: str
) -> None:
    recipient = taken(f"INSEE;{headers};CP", "35238", *cells, "35000")
    assert recipient.street == (street,)


def test_the_number_of_the_row_is_no_number_of_a_street() -> None:
    assert taken("N°;Adresse;CP;INSEE", "7", "Le Bourg", "35000", "35238").street == ("Le Bourg",)
