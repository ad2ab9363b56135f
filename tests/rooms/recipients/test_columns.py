"""Headers → fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import SheetError
from merge.french.communes import reference
from merge.recipients.columns import Columns, assign, understood
from merge.recipients.headers import _ALIASES, FIELDS, field_called, field_named, is_known
from merge.words.reasons import FIELD_WORDS

RNE_2022 = [
    *("Code du département", "Libellé du département"),
    *("Code de la collectivité à statut particulier",),
    *("Libellé de la collectivité à statut particulier",),
    *("Code de la commune", "Libellé de la commune"),
    *("Nom de l'élu", "Prénom de l'élu", "Code sexe", "Date de naissance"),
    *("Code de la catégorie socio-professionnelle",),
    *("Libellé de la catégorie socio-professionnelle",),
    *("Date de début du mandat", "Date de début de la fonction"),
]


def by_field(headers: list[str], columns: Columns) -> dict[str, str]:
    return {field: headers[index] for field, index in columns.fields.items()}


def test_the_headers_of_a_french_group_are_understood() -> None:
    headers = [
        *("Code INSEE", "Commune", "Sexe", "Prénom", "Nom"),
        *("Courriel", "Adresse", "Code postal", "Ville"),
    ]
    assert list(assign(headers).fields) == [
        *("insee", "commune", "sex", "first_name", "surname"),
        *("email", "address", "postcode", "locality"),
    ]


def test_the_official_list_of_mayors_is_understood_and_what_is_private_dropped() -> None:
    columns = assign(RNE_2022)
    assert by_field(RNE_2022, columns) == {
        "department": "Code du département",
        "insee": "Code de la commune",
        "commune": "Libellé de la commune",
        "surname": "Nom de l'élu",
        "first_name": "Prénom de l'élu",
        "sex": "Code sexe",
    }
    assert columns.dropped == tuple(RNE_2022[9:12])
    assert "Libellé du département" in columns.others
    assert columns.close == {}


def test_the_list_of_volunteers_is_understood() -> None:
    headers = ["département", "commune", "email"]
    assert list(assign(headers).fields) == ["department", "commune", "email"]


@pytest.mark.parametrize(
    "header",
    ["PRÉNOM", "prenom", "Prénom ", "pre\u0301nom", "Prénom :", "First_Name", "first name"],
)
def test_case_accents_and_punctuation_do_not_count(header: str) -> None:
    assert assign([header, "Commune"]).fields["first_name"] == 0


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("N° INSEE", "insee"),
        ("Code géographique", "insee"),
        ("INSEE_COM", "insee"),
        ("Nom de la commune", "commune"),
        ("Mairie de :", "commune"),
        ("LIBGEO", "commune"),
        ("Dep", "department"),
        ("N° dépt.", "department"),
        ("M./Mme", "sex"),
        ("Mme / M.", "sex"),
        ("H/F", "sex"),
        ("prenom_elu", "first_name"),
        ("nom_elu", "surname"),
        ("Nom du/de la maire", "surname"),
        ("Mail de la mairie", "email"),
        ("Adresse de messagerie", "email"),
        ("Courriel 1", "email"),
        ("Courriel 2", None),
        ("Votre adresse e-mail", None),  # of a form: it is the writer's own
        ("Tél", None),
        ("Téléphone de la mairie", None),
        ("CP", "postcode"),
        ("C.P.", "postcode"),
        ("CP - Ville", "postcode_locality"),
        ("Bureau de poste", None),
        ("Boîte postale", "address_2"),
        ("Libellé sexe", None),
        ("Titre", None),
        # What stands for the first of several, for one or more, or without its spaces
        ("adresse1", "address"),
        ("ADRESSE_1", "address"),
        ("Adresse n° 01", "address"),
        ("address1", "address"),
        ("adresse_ligne1", "address"),
        ("Adresses", "address"),
        ("addresses", "address"),
        ("Adresse complète", "address"),
        ("Adresse postale complète", "address"),
        ("zipcode", "postcode"),
        ("CP1", "postcode"),
        ("Codes postaux", "postcode"),
        ("E-mail(s)", "email"),
        ("Courriel·s", "email"),
        ("Adresse électronique 1", "email"),
        ("Adresses électroniques", "email"),
        ("Adresse(s) mail", "email"),
        ("Boîtes postales", "address_2"),
        ("adresse2", "address_2"),
        ("nomdelacommune", "commune"),
        ("Prénom(s)", "first_name"),
        # What is another thing
        ("E-mail 2", None),
        ("mail2", None),
        ("Adresse électronique 2", None),
        ("adresse3", "address_3"),
        ("adresse4", None),
        ("Adresse 11", None),
        ("Adresse web", None),
        ("Téléphone 1", None),
        ("Mil", None),
        ("FM", None),
        ("1", None),
    ],
)
def test_a_header_that_groups_write_is_understood_where_there_is_no_doubt(
    header: str, field: str | None
) -> None:
    assert field_called(header) == field


@pytest.mark.parametrize(
    "headers",
    [
        # LibreOffice and Excel lists of groups
        ["Dep", "Commune", "Civilité", "Nom", "Prénom", "Mail de la mairie", "Tél", "Remarques"],
        ["Mairie", "N° INSEE", "Adresse de messagerie", "CP", "Ville", "Téléphone", "Contacté le"],
        ["Commune", "Courriel 1", "Courriel 2", "Population", "Maire sortant", "Parti"],
        # What Framaforms and HelloAsso put beside the answers
        ["Numéro de série", "Date de soumission", "Commune", "Courriel", "Identifiant utilisateur"],
        ["Référence commande", "Date de la commande", "Commune", "Nom", "Prénom", "Code postal"],
        # The COG of INSEE, and the communes of data.gouv.fr
        ["TYPECOM", "COM", "REG", "DEP", "CTCD", "ARR", "TNCC", "NCC", "NCCENR", "CODGEO"],
        ["code_insee", "nom_standard", "dep_code", "dep_nom", "code_postal", "population"],
    ],
)
def test_a_list_as_groups_have_it_is_read_without_a_wrong_suggestion(headers: list[str]) -> None:
    assert assign(headers).close == {}


def test_the_name_of_the_departement_does_where_its_code_is_missing() -> None:
    columns = assign(["Libellé du département", "Commune"])
    assert (columns.fields, columns.others) == ({"commune": 1, "department": 0}, {})
    for code in ("Code INSEE", "Dep"):
        columns = assign(["Libellé du département", "Commune", code])
        assert columns.others == {"Libellé du département": 0}


@pytest.mark.parametrize(
    "header", ["Nom Prénom", "Prénom NOM", "Nom et prénom du maire", "Maire", "Nom complet"]
)
def test_one_cell_for_both_names_is_taken_where_no_column_has_one_of_them(header: str) -> None:
    columns = assign(["Commune", header])
    assert (columns.fields, columns.others) == ({"commune": 0, "whole_name": 1}, {})
    beside = assign(["Commune", "Nom", header])
    assert (beside.others, beside.close) == ({header: 2}, {})


def test_map_says_which_name_comes_first() -> None:
    for called, field in (
        ("nom complet", "whole_name"),
        ("prénom puis nom", "first_name_surname"),
        ("nom puis prénom", "surname_first_name"),
    ):
        columns = assign(["Commune", "Maire"], overrides={called: "Maire"})
        assert columns.fields == {field: 1, "commune": 0}


@pytest.mark.parametrize(
    ("called", "field"),
    [
        *(("courriel", "email"), ("Courriel", "email"), ("prénom", "first_name")),
        *(("nom", "surname"), ("civilité", "sex"), ("rue", "address"), ("street", "address")),
        *(("code postal", "postcode"), ("cp", "postcode"), ("ville", "locality")),
        *(("clé", "key"), ("code insee", "insee"), ("département", "department")),
    ],
)
def test_map_takes_the_names_that_people_use(called: str, field: str) -> None:
    columns = assign(["Commune", "Autre"], overrides={called: "Autre"})
    assert columns.fields[field] == 1


def test_every_field_is_told_with_a_french_name_that_is_understood() -> None:
    with pytest.raises(SheetError) as caught:
        assign(["Commune"], overrides={"zzz": "Commune"})
    told = str(caught.value.facts["choices"]).split(", ")
    assert [each.partition(" (")[0] for each in told] == list(FIELDS)
    for each in told:
        name, _, french = each.removesuffix(")").partition(" (")
        assert field_named(french) == name


def test_a_column_that_is_to_stay_itself_is_no_field_and_suggested_for_none() -> None:
    headers = ["Commune", "Courriel", "Mél secondaire", "Date de naissance"]
    columns = assign(headers, own={"Courriel", "Mél secondaire"})
    assert columns.fields == {"commune": 0}
    assert columns.others == {"Courriel": 1, "Mél secondaire": 2}
    assert (columns.close, columns.dropped) == ({}, ("Date de naissance",))


def test_a_first_name_is_never_suggested_for_a_surname() -> None:
    for header in ("Prénom de l'élue", "Prénom des élus", "Prenoms de l'elu", "prénom élu(e)"):
        assert assign(["Commune", header]).close.get(header) in ("first_name", None)
        assert header not in assign(["Commune", "Prénom", header]).close


def test_no_alias_stands_for_two_fields() -> None:
    for field, aliases in _ALIASES.items():
        headers = {"commune": "INSEE"}.get(field, "Commune")
        for alias in aliases:
            columns = assign([headers, alias])
            found = next(name for name, index in columns.fields.items() if index == 1)
            assert found == field, alias


def test_ville_is_the_commune_where_nothing_else_is() -> None:
    assert by_field(["Ville", "Mail"], assign(["Ville", "Mail"])) == {
        "commune": "Ville",
        "email": "Mail",
    }
    assert assign(["Commune", "Ville"]).fields == {"commune": 0, "locality": 1}
    assert assign(["CP Commune", "Mail"]).fields == {"commune": 0, "email": 1}
    assert assign(["CP Commune", "Ville"]).fields == {"postcode_locality": 0, "commune": 1}
    said = assign(["Code INSEE", "Ville"], overrides={"locality": "Ville"})
    assert said.fields == {"insee": 0, "locality": 1}


def test_two_columns_for_one_field_are_an_error_that_names_both() -> None:
    with pytest.raises(SheetError) as caught:
        assign(["Commune", "Mail", "Courriel"])
    assert caught.value.code == "two-columns-one-field"
    assert caught.value.facts == {"field": "email", "columns": "Mail, Courriel"}


def test_map_decides_and_what_it_passes_over_stays_for_the_letter() -> None:
    headers = ["Commune", "Mail", "Courriel", "Code"]
    columns = assign(headers, overrides={"email": "COURRIEL :", "key": "Code"})
    assert columns.fields == {"email": 2, "key": 3, "commune": 0}
    assert columns.others == {"Mail": 1, "Code": 3}


@pytest.mark.parametrize(
    ("headers", "overrides", "fields", "others"),
    [
        (["E-mail", "Nom"], {"key": "E-mail"}, {"key": 0, "email": 0, "surname": 1}, {}),
        (["company", "Mail"], {"key": "company"}, {"key": 0, "email": 1}, {"company": 0}),
        (
            ["company", "No"],
            {"commune": "company", "key": "No"},
            {"commune": 0, "key": 1},
            {"company": 0, "No": 1},
        ),
        # A code that is to be a key is to be no code of a commune; nor is a line printed twice.
        (["Code INSEE", "Commune"], {"key": "Code INSEE"}, {"key": 0, "commune": 1}, None),
        (["INSEE", "Adresse 2"], {"address": "Adresse 2"}, {"insee": 0, "address": 1}, None),
        (["INSEE", "Prénom"], {"surname": "Prénom"}, {"insee": 0, "surname": 1}, None),
        (["No", "Date de naissance"], {"key": "Date de naissance"}, {"key": 1}, {"No": 0}),
        (["No", "Mail"], {"key": "No", "email": "Mail"}, {"key": 0, "email": 1}, {"No": 0}),
    ],
)
def test_a_column_that_is_mapped_still_is_what_its_header_says(
    headers: list[str],
    overrides: dict[str, str],
    fields: dict[str, int],
    others: dict[str, int] | None,
) -> None:
    columns = assign(headers, overrides=overrides)
    assert columns.fields == fields
    assert others is None or columns.others == others


def test_a_header_as_it_is_known_comes_before_one_that_only_folds_to_it() -> None:
    columns = assign(["Commune", "Noms", "Nom", "CP1", "CP"])
    assert columns.fields == {"commune": 0, "surname": 2, "postcode": 4}
    assert columns.others == {"Noms": 1, "CP1": 3}
    with pytest.raises(SheetError, match="two-columns-one-field"):
        assign(["Commune", "CP1", "cp_01"])


def test_no_town_is_called_as_a_column_but_those_that_always_were() -> None:
    names = {commune.name for commune in reference().values() if is_known(commune.name)}
    assert names == {"Ville", "Villé", "Rue", "Villes"}


def test_map_takes_a_header_as_it_is_written_before_a_like_one() -> None:
    columns = assign(["Commune", "mel!", "mel"], overrides={"email": "mel"})
    assert columns.fields["email"] == 2


@pytest.mark.parametrize(
    ("overrides", "code", "suggestion"),
    [
        ({"emial": "Mail"}, "not-one-of", "email"),
        ({"email": "Male"}, "not-one-of", "Mail"),
        ({"email": "zzz"}, "not-one-of", ""),
    ],
)
def test_a_slip_in_map_is_an_error_with_a_suggestion(
    overrides: dict[str, str], code: str, suggestion: str
) -> None:
    with pytest.raises(SheetError) as caught:
        assign(["Commune", "Mail"], overrides=overrides)
    assert (caught.value.code, caught.value.facts["suggestion"]) == (code, suggestion)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Mail du maire", "email"),
        ("Courriel (à vérifier)", "email"),
        ("Adresse e-mail principale", "email"),
        ("Messagerie électronique", "email"),
        ("Sexe (F/M)", "sex"),
        ("Remarque", None),
    ],
)
def test_a_header_with_a_telling_word_is_suggested(header: str, field: str | None) -> None:
    assert assign(["Commune", header]).close.get(header) == field
    assert assign(["Commune", "Courriel", "Sexe", header]).close == {}


def test_two_columns_that_contradict_each_other_are_asked_about() -> None:
    headers = ["Commune", "Adresse 1", "Adresse mairie"]
    same = [("Nice", f"{n} rue X", f"{n} rue X, 06000 Nice") for n in range(20)]
    another = ("Nice", "4 rue X", "5 rue Y, 06000 Nice")
    for rows in ([], same, [*same, another]):
        assert understood(headers, rows=rows).fields["address_again"] == 2
    asked = understood(headers, rows=[*same, another, another])
    assert asked.contested == {"address": ("Adresse 1", "Adresse mairie")}
    assert not {"address", "address_again"} & asked.fields.keys()


def test_a_close_header_is_suggested_and_never_taken() -> None:
    columns = assign(["Commune", "Couriel", "Nom de l'élue", "Remarque"])
    assert columns.fields == {"commune": 0}
    assert columns.close == {"Couriel": "email", "Nom de l'élue": "surname"}
    assert list(columns.others) == ["Couriel", "Nom de l'élue", "Remarque"]


def test_a_field_that_is_there_is_suggested_for_no_other_column() -> None:
    assert assign(["Commune", "Courriel", "Couriels"]).close == {}


def test_a_sheet_without_code_key_or_name_is_refused_with_what_was_meant() -> None:
    with pytest.raises(SheetError) as caught:
        assign(["Comune", "Mail"])
    assert caught.value.code == "no-recipient-column"
    assert caught.value.facts["suggestion"] == "commune=Comune"


@given(st.lists(st.text(max_size=8) | st.sampled_from(RNE_2022), unique=True, max_size=8))
def test_every_column_has_exactly_one_place(headers: list[str]) -> None:
    headers = [header for header in headers if not is_known(header)]
    columns = assign(["Commune", *headers])
    placed = [*columns.fields.values(), *columns.others.values()]
    assert sorted(placed) == list(range(len(headers) + 1))


def test_every_field_can_be_mapped() -> None:
    for field in FIELDS:
        assert assign(["Commune", "x"], overrides={field: "x"}).fields[field] == 1


def test_every_field_that_can_be_mapped_has_a_word_for_people() -> None:
    assert {*FIELDS} <= FIELD_WORDS.keys()
