"""The annuaire de l'administration: the mairie of each commune, in plain text, or told."""

import codecs
import contextlib
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import SheetError
from merge.french.communes import reference
from merge.model import RowProblem
from merge.recipients.columns import assign
from merge.recipients.directory import HEADERS, Unfolding, read_json, unfolding
from merge.recipients.headers import field_called
from merge.recipients.sheet import Row

FIELDS = (  # of the export, in its order
    *("plage_ouverture", "site_internet", "copyright", "ancien_code_pivot", "partenaire", "nom"),
    *("date_modification", "adresse_courriel", "pivot", "id", "telephone", "formulaire_contact"),
    *("code_insee_commune", "adresse"),
)


def address(**parts: object) -> dict[str, object]:
    return {
        "type_adresse": "Adresse",
        "complement1": "",
        "complement2": "",
        "numero_voie": "1 place de la Mairie",
        "service_distribution": "",
        "code_postal": "45230",
        "nom_commune": "Montbouy",
        "pays": "France",
        "latitude": "47.86",
        "longitude": "2.81",
        **parts,
    }


def service(
    nom: object = "Mairie - Montbouy",
    code: object = "45210",
    kind: str = "mairie",
    **others: object,
) -> dict[str, Any]:
    """A service as the bulk file has it."""
    return {
        "plage_ouverture": [{"nom_jour_debut": "Lundi", "valeur_heure_debut_1": "09:00:00"}],
        "site_internet": [{"libelle": "", "valeur": "https://montbouy.example.org"}],
        "copyright": "Direction de l'information légale et administrative",
        "ancien_code_pivot": "",
        "partenaire": None,
        "nom": nom,
        "date_modification": "09/08/2023 13:30:19",
        "adresse_courriel": ["mairie@example.org"],
        "pivot": [{"type_service_local": kind, "code_insee_commune": [code]}],
        "id": "00000000-0000-4000-8000-000000000001",
        "telephone": [{"valeur": "02 38 00 00 00", "description": ""}],
        "formulaire_contact": [],
        "code_insee_commune": code,
        "adresse": [address()],
        **others,
    }


def bulk(*services: object) -> bytes:
    return json.dumps({"service": services}, ensure_ascii=False).encode()


def cells(data: bytes) -> list[dict[str, str]]:
    header, *rows = read_json(io.BytesIO(data))
    assert header == HEADERS
    return [dict(zip(HEADERS, row, strict=True)) for row in rows]


def one(**changes: object) -> dict[str, str]:
    (row,) = cells(bulk(service(**changes)))  # type: ignore[arg-type]
    return row


def names(*services: object) -> list[str]:
    return [row["Commune"] for row in cells(bulk(*services))]


def refused(data: bytes) -> SheetError:
    with pytest.raises(SheetError) as caught:
        read_json(io.BytesIO(data))
    return caught.value


def exported(each: Mapping[str, object], **cells: str) -> tuple[str, ...]:
    """The service as a row of the CSV: nested fields are strings of JSON."""

    def cell(value: object) -> str:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return ";".join(value)
        return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)

    return tuple(cells.get(field, cell(each[field] or "")) for field in FIELDS)


def unfolded(*rows: tuple[str, ...], headers: tuple[str, ...] = FIELDS) -> list[Row | RowProblem]:
    found = unfolding(headers)
    assert isinstance(found, Unfolding)
    return list(found.rows(Row(number, row) for number, row in enumerate(rows, start=2)))


# What is kept of a mairie


def test_a_mairie_is_a_row_of_columns_that_are_understood() -> None:
    assert one() == {
        "Code INSEE": "45210",
        "Commune": "Mairie - Montbouy",
        "Courriel": "mairie@example.org",
        "Complément d'adresse": "",
        "Adresse": "1 place de la Mairie",
        "Adresse 2": "",
        "Code postal": "45230",
        "Ville": "Montbouy",
        "Téléphone": "02 38 00 00 00",
        "Site internet": "https://montbouy.example.org",
        "Formulaire de contact": "",
    }
    columns = assign(HEADERS)
    assert list(columns.fields) == [
        *("insee", "commune", "email", "complement"),
        *("address", "address_2", "postcode", "locality"),
    ]
    assert list(columns.others) == ["Téléphone", "Site internet", "Formulaire de contact"]
    assert not columns.close


def test_the_address_for_letters_comes_before_that_of_the_building() -> None:
    letters = address(
        type_adresse="Adresse postale",
        numero_voie="",
        service_distribution="BP 12",
        code_postal="45231",
        nom_commune="Montbouy Cedex",
    )
    for order in ([address(), letters], [letters, address()]):
        row = one(adresse=order)
        assert [row[name] for name in ("Adresse", "Adresse 2", "Code postal", "Ville")] == [
            *("", "BP 12", "45231", "Montbouy Cedex"),
        ]


def test_an_address_for_letters_that_no_letter_reaches_is_passed_over() -> None:
    for missing in ["code_postal", "nom_commune"]:
        letters = address(type_adresse="Adresse postale", numero_voie="BP 12", **{missing: ""})
        assert one(adresse=[letters, address()])["Adresse"] == "1 place de la Mairie"


def test_both_complements_are_kept_each_on_its_line() -> None:
    row = one(adresse=[address(complement1="Hôtel de ville", complement2="Bâtiment B")])
    assert row["Complément d'adresse"] == "Hôtel de ville\nBâtiment B"
    row = one(adresse=[address(complement1="", complement2="Bâtiment B")])
    assert row["Complément d'adresse"] == "Bâtiment B"


def test_every_address_of_a_mairie_is_kept() -> None:
    for written in [
        ["a@example.org", "b@example.org"],
        "a@example.org;b@example.org",
        ["a@example.org; ", "b@example.org"],
    ]:
        assert one(adresse_courriel=written)["Courriel"] == "a@example.org; b@example.org"


def test_several_telephones_and_a_contact_form_are_kept() -> None:
    row = one(
        telephone=[{"valeur": "02 38 00 00 00"}, {"valeur": ["02 38 00 00 01"]}],
        site_internet="https://montbouy.example.org/contact",
        formulaire_contact=["https://example.org/écrire"],
    )
    assert row["Téléphone"] == "02 38 00 00 00; 02 38 00 00 01"
    assert row["Site internet"] == "https://montbouy.example.org/contact"
    assert row["Formulaire de contact"] == "https://example.org/écrire"


def test_numbers_are_text_as_they_stand() -> None:
    assert one(code=1001, adresse=[address(code_postal=1400)])["Code INSEE"] == "1001"
    assert one(code=1001.0, telephone=2.5)["Téléphone"] == "2.5"
    data = bulk(service()).replace(b'"45230"', b"1" + b"0" * 5000)
    assert cells(data)[0]["Code postal"] == "1" + "0" * 5000


def test_what_is_missing_or_null_is_empty() -> None:
    bare = {"pivot": [{"type_service_local": "mairie", "code_insee_commune": ["45210"]}]}
    (row,) = cells(bulk(bare))
    assert row == {**dict.fromkeys(HEADERS, ""), "Code INSEE": "45210"}
    nulls = {**dict.fromkeys(service()), "pivot": service()["pivot"]}
    assert cells(bulk(nulls)) == [row]
    data = bulk(service(telephone=float("nan"), site_internet=True, adresse=[None]))
    assert [cells(data)[0][name] for name in ("Téléphone", "Site internet", "Adresse")] == [""] * 3


def test_what_looks_like_markup_or_a_control_character_stays_text() -> None:
    row = one(adresse=[address(numero_voie="<b>1</b> rue\u0000 du\u009c Four\nLe Bourg")])
    assert row["Adresse"] == "<b>1</b> rue\u0000 du\u009c Four\nLe Bourg"


def test_half_a_character_is_shown_as_such() -> None:
    data = bulk(service()).replace(b"1 place", rb"\ud83d place")
    assert cells(data)[0]["Adresse"] == "\ufffd place de la Mairie"


def test_the_code_is_that_of_the_pivot() -> None:
    row = service(code_insee_commune="45234")
    assert cells(bulk(row))[0]["Code INSEE"] == "45210"
    row = service("Mairie de Paris", kind="paris_mairie")
    row["pivot"][0]["code_insee_commune"] = ["75101", "75056"]
    assert cells(bulk(row))[0]["Code INSEE"] == "75056"
    row = service(pivot=[{"type_service_local": "mairie"}])
    assert cells(bulk(row))[0]["Code INSEE"] == "45210"
    row = service("Mairie - Paris Centre", "75101", code_insee_commune="75056")
    assert cells(bulk(row)) == []


# Which services are the mairie of a commune


def test_other_services_are_left_out() -> None:
    assert names(
        service("Préfecture - Loiret", kind="prefecture"),
        service(),
        service("Brigade de gendarmerie - Montbouy", kind="gendarmerie"),
        service("Mairie mobile - Montbouy", kind="mairie_mobile"),
        service("Mairie - Montbouy", kind="paris_mairie_arrondissement"),
    ) == ["Mairie - Montbouy"]


def test_a_mairie_that_is_another_service_too_is_one() -> None:
    both = service()
    both["pivot"].insert(0, {"type_service_local": "msap", "code_insee_commune": ["45234"]})
    assert cells(bulk(both))[0]["Code INSEE"] == "45210"


def test_overseas_and_paris_have_a_mairie_of_another_type() -> None:
    assert names(
        service("Mairie - Saint-Pierre", "97502", "mairie_com"),
        service("Mairie de Paris", "75056", "paris_mairie"),
    ) == ["Mairie - Saint-Pierre", "Mairie de Paris"]


BRANCHES = """
45210: Mairie déléguée - Montbouy, Mairie Déléguée - Cortrat, Mairié déléguée - Cortrat
45210: Mairie  déléguée – Cortrat, Mairie deleguee de Cortrat, Mairie annexe - Montbouy
45210: Mairie - Montbouy - annexe, Mairie - Montbouy (annexe du Bourg), Mairie associée - Cortrat
45210: Mairie de quartier - Montbouy, Antenne de la mairie - Montbouy
69123: Mairie - Lyon - 1er arrondissement
13055: Mairie - Marseille - 4e et 5e arrondissements
75056: Mairie - Paris Centre (ancien 2e arrondissement)
75101: Mairie - Paris Centre
69389: Mairie - Lyon 9
13216: Mairie - Marseille
75120: """
SOUND_LIKE_ONE = {
    "Mairie - Le Quartier": "63293",
    "Mairie - Demi-Quartier": "74099",
    "Mairie - Lantenne-Vertière": "25326",
    "Mairie - Château-Chinon - Ville": "58062",
}


def test_a_branch_is_no_mairie_even_where_it_is_listed_alone() -> None:
    taken = []
    for code, _, branches in (line.partition(": ") for line in BRANCHES.splitlines()[1:]):
        taken += [found for each in branches.split(", ") for found in names(service(each, code))]
    assert taken == []


def test_a_commune_whose_name_sounds_like_a_branch_is_none() -> None:
    for name, code in SOUND_LIKE_ONE.items():
        assert names(service(name, code)) == names(service(name, "99999")) == [name]


def test_no_commune_of_the_reference_is_taken_for_a_branch_or_for_another() -> None:
    every = {insee: f"Mairie - {commune.name}" for insee, commune in reference().items()}
    services = [
        {"nom": name, "pivot": service(code=insee)["pivot"]} for insee, name in every.items()
    ]
    found = cells(bulk(*services))
    assert {row["Code INSEE"]: row["Commune"] for row in found} == every


def test_what_stands_beside_the_name_is_not_the_commune() -> None:
    assert names(service("Mairie - Lyon - Mairie centrale", "69123")) == ["Lyon"]


# Several mairies of one commune


@pytest.mark.parametrize(
    ("kept", "other"),
    [
        ({"nom": "Mairie - Montbouy"}, {"nom": "Mairie - Cortrat"}),
        ({"nom": "Mairie - Montbouy"}, {"nom": "Mairie - Montbouy - Service technique"}),
        ({"nom": "Mairie - Montbouy - Accueil"}, {"nom": "Mairie - Cortrat"}),
        (
            {"nom": "Mairie - Montbouy", "ancien_code_pivot": "mairie-45210-02"},
            {"nom": "Mairie - Montbouy - A", "ancien_code_pivot": "mairie-45210-01"},
        ),
        ({"nom": "Mairie - Montbouy"}, {"nom": "Mairie (démarches administratives) - Montbouy"}),
        (
            {"nom": "Mairie – Montbouy", "ancien_code_pivot": "mairie-45210-01"},
            {"nom": "Mairie - Montbouy", "ancien_code_pivot": "mairie-45210-02"},
        ),
        ({"nom": "Mairie - Montbouy"}, {"nom": "Mairie - Montbouy", "code": "45210 "}),
        (
            {"nom": "Mairie - L'Abergement-Clémenciat", "code": "01001"},
            {"nom": "Mairie", "code": 1001},
        ),
    ],
)
def test_the_one_with_the_name_of_the_commune_is_kept_wherever_it_stands(
    kept: dict[str, Any], other: dict[str, Any]
) -> None:
    kept_row = service(**kept, adresse_courriel=["kept@example.org"])
    other_row = service(**other, adresse_courriel=["other@example.org"])
    orders = [[kept_row, other_row]]
    if kept["nom"] != other["nom"]:  # of two alike the first
        orders.append([other_row, kept_row])
    for order in orders:
        # The other follows after all rows, where it is the second of its commune.
        found = cells(bulk(*order, service("Mairie - Rennes", "35238")))
        assert [row["Courriel"] for row in found] == [
            *("kept@example.org", "mairie@example.org", "other@example.org"),
        ]
        number = 2 + order.index(kept_row)
        row, problem = unfolded(*map(exported, order))
        if not isinstance(row, Row):
            row, problem = problem, row
        assert isinstance(row, Row)
        assert isinstance(problem, RowProblem)
        assert (row.number, row.cells[2]) == (number, "kept@example.org")
        assert problem == RowProblem(
            path="",
            row=5 - number,
            column="nom",
            value=str(other["nom"]),
            code="second-town-hall",
            suggestion=str(kept["nom"]),
            taken=False,
        )


def test_a_name_that_would_command_a_terminal_is_told_without_its_signs() -> None:
    found = unfolded(
        exported(service("Mairie - Cortrat\x1b[2J")), exported(service("Mairie - Montbouy\x1b[2J"))
    )
    (problem,) = (each for each in found if isinstance(each, RowProblem))
    assert (problem.value, problem.suggestion) == (
        *("Mairie - Montbouy\ufffd[2J", "Mairie - Cortrat\ufffd[2J"),
    )


def test_mairies_without_a_code_are_not_taken_for_each_other() -> None:
    lost = [service(f"Mairie - {name}", None) for name in ("Montbouy", "Cortrat")]
    assert names(*lost) == ["Mairie - Montbouy", "Mairie - Cortrat"]


# The forms of the JSON


def nested(each: Mapping[str, object]) -> dict[str, object]:
    """The service as the API answers: nested fields are strings of JSON."""
    return dict(zip(FIELDS, exported(each), strict=True))


def test_bulk_file_export_and_answers_of_the_api_say_the_same() -> None:
    for document in [
        {"service": [service()]},
        [service()],
        [nested(service())],
        {"total_count": 1, "results": [nested(service())]},
        {"nhits": 1, "records": [{"recordid": "1", "fields": nested(service())}]},
        {"total_count": 1, "records": [{"record": {"id": "1", "fields": nested(service())}}]},
    ]:
        assert cells(json.dumps(document).encode()) == cells(bulk(service()))


def test_every_encoding_of_json_is_read() -> None:
    for encoding in ["utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"]:
        data = json.dumps([service("Mairie - Œuilly", "02565")], ensure_ascii=False).encode(
            encoding
        )
        assert cells(data)[0]["Commune"] == "Mairie - Œuilly"


def test_another_encoding_is_never_read_in_silence() -> None:
    data = json.dumps([service("Mairie - Écotay")], ensure_ascii=False).encode("cp1252")
    assert cells(data)[0]["Commune"] == "Mairie - \ufffdcotay"


def test_an_empty_list_is_a_header_alone() -> None:
    for document in [{"service": []}, {"results": []}, []]:
        assert read_json(io.BytesIO(json.dumps(document).encode())) == [HEADERS]


def test_another_json_is_no_sheet() -> None:
    for data in [
        b"{}",
        b'{"type": "FeatureCollection", "features": [{"type": "Feature"}]}',
        b'{"service": {"nom": "Mairie"}}',
        b'[{"commune": "Montbouy"}]',
        b'"mairie"',
        b"[" * 100_000 + b"]" * 100_000,
        json.dumps(service()).encode(),
    ]:
        error = refused(data)
        assert (error.code, error.facts) == ("not-a-sheet", {"kind": "JSON"})


def test_a_download_that_stopped_is_told_with_its_line() -> None:
    data = json.dumps({"service": [service("Mairie - Écotay")]}, ensure_ascii=False, indent=1)
    for cut in (data[:-3], data[: data.index("cotay")], data[:1]):
        error = refused(cut.encode())
        assert (error.code, error.row) == ("workbook-damaged", cut.count("\n") + 1)
    in_a_character = data.encode()[: data.encode().index("É".encode()) + 1]
    assert refused(in_a_character).code == "workbook-damaged"
    assert refused(codecs.BOM_UTF8).code == "workbook-damaged"


def test_a_nested_string_that_is_broken_is_told() -> None:
    error = refused(json.dumps([{**nested(service()), "adresse": '[{"code_postal"'}]).encode())
    assert (error.code, error.column) == ("workbook-damaged", "adresse")


# The CSV


def test_the_csv_says_what_the_json_says() -> None:
    each = service(adresse_courriel=["a@example.org", "b@example.org"])
    for headers in (FIELDS, tuple(header.upper() for header in FIELDS)):
        (row,) = unfolded(exported(each), headers=headers)
        assert isinstance(row, Row)
        assert row.number == 2
        assert [row.cells] == read_json(io.BytesIO(bulk(each)))[1:]


@pytest.mark.parametrize(
    ("headers", "is_export"),
    [
        (FIELDS, True),
        (tuple(header.upper() for header in FIELDS), True),
        (("nom", "pivot"), True),
        (("Nom", "Prénom", "Adresse", "Courriel"), False),
        (HEADERS, False),
        ((), False),
    ],
)
def test_an_export_is_known_by_its_headers(headers: tuple[str, ...], is_export: bool) -> None:
    assert (unfolding(headers) is not None) == is_export


def test_rows_keep_their_order_and_their_numbers() -> None:
    found = unfolded(
        exported(service("Préfecture", kind="prefecture")),
        exported(service("Mairie - Rennes", "35238")),
        exported(service("Mairie déléguée - Cortrat")),
        exported(service()),
    )
    assert [(row.number, row.cells[1]) for row in found if isinstance(row, Row)] == [
        (3, "Mairie - Rennes"),
        (5, "Mairie - Montbouy"),
    ]
    assert len(found) == 2


@pytest.mark.parametrize("is_last", [True, False])
def test_columns_that_somebody_added_are_kept_and_told_from_those_of_the_annuaire(
    is_last: bool,
) -> None:
    own = {"Notre note": "déjà écrit", "Suivi": "oui", "Suivi ?": "non", "Téléphone": "06"}
    own |= {"COURRIEL :": "own@example.org"}
    each = exported(service())
    headers = (*FIELDS, *own) if is_last else (*own, *FIELDS)
    found = unfolding(headers)
    assert found is not None
    (row,) = unfolded(
        (*each, *own.values()) if is_last else (*own.values(), *each), headers=headers
    )
    assert isinstance(row, Row)
    kept = dict(zip(found.headers, row.cells, strict=True))
    assert {name: kept[name] for name in own} == own
    assert kept["Téléphone (annuaire)"] == "02 38 00 00 00"
    with pytest.raises(SheetError) as caught:
        assign(found.headers)
    assert caught.value.code == "two-columns-one-field"
    assert caught.value.facts == {"field": "email", "columns": "Courriel (annuaire), COURRIEL :"}
    for column in ("Courriel (annuaire)", "COURRIEL :"):
        columns = assign(found.headers, overrides={"email": column})
        assert row.cells[columns.fields["email"]] == kept[column]


def test_each_column_of_the_annuaire_means_the_same_beside_ones_own() -> None:
    found = unfolding((*FIELDS, *(f"{header} ?" for header in HEADERS)))
    assert found is not None
    for header, beside in zip(HEADERS, found.headers, strict=False):
        assert beside == f"{header} (annuaire)"
        assert field_called(beside) == field_called(header)


def test_columns_that_somebody_deleted_are_empty() -> None:
    headers = ("code_insee_commune", "nom", "pivot")
    (row,) = unfolded(
        ("45210", "Mairie - Montbouy", '[{"type_service_local": "mairie"}]'), headers=headers
    )
    assert isinstance(row, Row)
    assert row.cells == ("45210", "Mairie - Montbouy", *[""] * 9)


def test_cells_that_somebody_made_plain_are_taken_as_they_stand() -> None:
    plain = {"pivot": "mairie", "telephone": "02 38 00 00 00", "adresse": "Le Bourg"}
    (row,) = unfolded(exported(service(), **plain))
    assert isinstance(row, Row)
    kept = dict(zip(HEADERS, row.cells, strict=True))
    assert (kept["Code INSEE"], kept["Téléphone"], kept["Adresse"]) == (
        *("45210", "02 38 00 00 00", "Le Bourg"),
    )


def test_a_broken_cell_is_told_and_spoils_no_other_row() -> None:
    for cell in ['[{"valeur": "02', "[[[", "{'valeur': 1}", "[" * 100_000]:
        for column in ["pivot", "adresse", "telephone", "site_internet"]:
            broken, row = unfolded(
                exported(service("Mairie - Rennes", "35238"), **{column: cell}), exported(service())
            )
            assert broken == RowProblem(
                path="", row=2, column=column, value=cell, code="broken-json-cell", taken=False
            )
            assert isinstance(row, Row)
            assert row.cells[1] == "Mairie - Montbouy"


def test_another_does_not_replace_the_mairie_whose_cell_is_broken() -> None:
    problems = unfolded(
        exported(service("Mairie - Cortrat")), exported(service(), adresse='[{"code_postal"')
    )
    assert [getattr(each, "code", "row") for each in problems] == [
        *("broken-json-cell", "second-town-hall"),
    ]


# Anything may stand anywhere

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["valeur", "pivot", "fields", "code_postal", "type_service_local"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to each value of a document, its own included."""
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(found for key, each in inner for found in places(each, (*path, key)))]


@given(st.data())
def test_no_value_anywhere_gives_a_traceback_or_a_word_for_nothing(data: st.DataObject) -> None:
    document: dict[str, Any] = {"service": [service(), service("Mairie - Rennes", "35238")]}
    *way, last = data.draw(st.sampled_from(places(document)[1:]))
    odd = data.draw(ODD)
    target: Any = document
    for key in way:
        target = target[key]
    target[last] = odd
    found: list[tuple[str, ...]] = []
    with contextlib.suppress(SheetError):  # without its list, or with half a string of JSON
        found = read_json(io.BytesIO(json.dumps(document).encode()))
    given_text = "".join(texts(odd))
    for row in found:
        assert len(row) == len(HEADERS)
        "".join(row).encode()
        for word in ("None", "null", "True", "False", "true", "false", "nan", "NaN", "Infinity"):
            assert word not in "".join(row) or word in given_text


def texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


@given(
    column=st.sampled_from(FIELDS),
    cell=st.text(max_size=10) | ODD.map(lambda value: json.dumps(value)),
)
def test_no_cell_of_the_csv_gives_a_traceback_or_loses_another_row(column: str, cell: str) -> None:
    found = unfolded(
        exported(service("Mairie - Rennes", "35238"), **{column: cell}), exported(service())
    )
    rows = [each for each in found if isinstance(each, Row)]
    assert [row for row in rows if row.number == 3]
    for row in rows:
        assert len(row.cells) == len(HEADERS)
        "".join(row.cells).encode()
