"""The annuaire de l'administration: the mairie of each commune, in plain text, or told.

Records go in, as the bulk JSON, as answers of the API and as a CSV; recipients and problems come
out, and directory.txt says which.
"""

import codecs
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame

from merge.errors import SheetError
from merge.french.communes import reference
from merge.recipients.columns import assign
from merge.recipients.directory import HEADERS, unfolded
from merge.recipients.headers import field_called
from merge.recipients.sheet import Sheet
from tests.facts import claims, wrong
from tests.tables import people_told, refusal, sheet_told, written

FACTS = Path(__file__).with_name("directory.txt")
FIELDS = (  # of the export, in its order
    *("plage_ouverture", "site_internet", "copyright", "ancien_code_pivot", "partenaire", "nom"),
    *("date_modification", "adresse_courriel", "pivot", "id", "telephone", "formulaire_contact"),
    *("code_insee_commune", "adresse"),
)
PLACE = {
    "type_adresse": "Adresse",
    "numero_voie": "1 place de la Mairie",
    "code_postal": "45230",
    "nom_commune": "Montbouy",
    "pays": "France",
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
        "adresse": [{**PLACE}],
        **others,
    }


def bulk(*services: object) -> bytes:
    return json.dumps({"service": services}, ensure_ascii=False).encode()


def exported(each: Mapping[str, object]) -> dict[str, str]:
    """The service as the CSV and the API have it: nested fields are strings of JSON."""

    def cell(value: object) -> str:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return ";".join(value)
        return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)

    return {field: cell(each[field] or "") for field in FIELDS}


def csv(*services: Mapping[str, str]) -> bytes:
    """The export; columns that a record has beside its own are somebody's."""
    return written([[*services[0]], *([*each.values()] for each in services)], ",").encode()


def taken(data: bytes) -> list[str]:
    """The parts of one recipient and what is told of them, or of nobody."""
    return [part for told in people_told(data) for part in told.split(" | ")]


def test_a_record_is_taken_as_directory_txt_says() -> None:
    usual = taken(bulk(service()))

    def beside_the_usual(changes: str) -> tuple[str, ...]:
        changed = service(**json.loads(changes))
        found = taken(bulk(changed))
        assert taken(csv(exported(changed))) == found
        return tuple(part for part in found if part not in usual or changes == "{}")

    def mairie(nom: str, code: str, kind: str) -> str:
        rows = sheet_told(bulk(service(nom, code, kind)))[1:]
        return rows[0].split(" · ")[1] if rows else ""

    def elected(code: str, one: str, other: str) -> tuple[str, ...]:
        told = []
        for names in ((one, other), (other, one)):
            called = [name.partition(", ") for name in names]
            both = [
                service(nom, code, ancien_code_pivot=old, adresse_courriel=f"{n}@example.org")
                for n, (nom, _, old) in enumerate(called, 2)
            ]
            of_csv = people_told(csv(*map(exported, both)))
            (problem,) = (each for each in of_csv if "second-town-hall" in each)
            assert of_csv == people_told(bulk(*both))
            told.append(problem.partition(" second-town-hall nom: ")[2])
        assert told[0] == told[1]
        return (told[0],)

    first, second, third = claims(FACTS)
    assert wrong(FACTS, first, beside_the_usual) == []
    assert wrong(FACTS, second, mairie) == []
    assert wrong(FACTS, third, elected) == []


def test_no_commune_of_the_reference_is_taken_for_a_branch_or_for_another() -> None:
    every = {insee: f"Mairie - {commune.name}" for insee, commune in reference().items()}
    services = [
        {"nom": name, "pivot": service(code=insee)["pivot"]} for insee, name in every.items()
    ]
    told = (row.partition(": ")[2].split(" · ")[:2] for row in sheet_told(bulk(*services))[1:])
    assert dict(told) == every


def test_mairies_without_a_code_are_not_taken_for_each_other() -> None:
    found = sheet_told(bulk(*(service(f"Mairie - {each}", None) for each in "AB")))[1:]
    assert [row.split(" · ")[1] for row in found] == ["Mairie - A", "Mairie - B"]


def test_what_a_computer_garbled_is_shown_and_no_number_is_rounded() -> None:
    data = bulk(service()).replace(b"1 place", rb"\ud83d \u0000 place")
    data = data.replace(b'"45230"', b"1" + b"0" * 5000)
    (row,) = sheet_told(data)[1:]
    assert " · \ufffd \0 place de la Mairie · " in row
    assert " · 1" + "0" * 5000 + " · " in row


# The forms of the JSON


def test_bulk_file_export_and_answers_of_the_api_say_the_same() -> None:
    nested = exported(service())
    for document in [
        [service()],
        [nested],
        {"total_count": 1, "results": [nested]},
    ]:
        assert sheet_told(json.dumps(document).encode()) == sheet_told(bulk(service()))
    empty: list[object] = [{"service": []}, {"results": []}, []]
    assert {sheet_told(json.dumps(each).encode()) for each in empty} == {
        ("refused: sheet-empty 1",)
    }


def test_every_encoding_of_json_is_read_and_another_never_in_silence() -> None:
    text = json.dumps([service("Mairie - Œuilly", "02565")], ensure_ascii=False)
    for encoding in ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]:
        assert "2: 02565 · Mairie - Œuilly · " in sheet_told(text.encode(encoding))[1]
    assert " · Mairie - \ufffduilly · " in sheet_told(text.encode("cp1252"))[1]


def test_another_json_is_no_sheet() -> None:
    for data in [
        b"{}",
        b'{"type": "FeatureCollection", "features": [{"type": "Feature"}]}',
        b'{"service": {"nom": "Mairie"}}',
        b'[{"commune": "Montbouy"}]',
        b"[" * 100_000 + b"]" * 100_000,
    ]:
        error = refusal(data)
        assert (error.code, error.facts) == ("not-a-sheet", {"kind": "JSON"})


def test_a_download_that_stopped_is_told_with_its_line() -> None:
    data = json.dumps({"service": [service("Mairie - Écotay")]}, ensure_ascii=False, indent=1)
    for cut in (data[:-3], data[: data.index("cotay")]):
        error = refusal(cut.encode())
        assert (error.code, error.row) == ("workbook-damaged", cut.count("\n") + 1)
    in_a_character = data.encode()[: data.encode().index("É".encode()) + 1]
    assert refusal(in_a_character).code == "workbook-damaged"
    assert refusal(codecs.BOM_UTF8).code in ("workbook-damaged", "sheet-empty")
    broken = {**exported(service()), "adresse": '[{"code_postal"'}
    assert sheet_told(json.dumps([broken]).encode())[1:] == ("!2 broken-json-cell",)


# The CSV


def test_rows_of_the_csv_keep_their_order_and_their_numbers() -> None:
    found = sheet_told(
        csv(
            exported(service("Préfecture", kind="prefecture")),
            exported(service("Mairie - Rennes", "35238")),
            exported(service("Mairie déléguée - Cortrat")),
            exported(service()),
        )
    )
    assert [row.split(" · ")[0] for row in found[1:]] == ["3: 35238", "5: 45210"]
    upper = {field.upper(): cell for field, cell in exported(service()).items()}
    assert sheet_told(csv(upper))[1].startswith("2: 45210 · Mairie - Montbouy · ")
    two_columns = {"pivot": '[{"type_service_local": "mairie"}]', "nom": "Mairie - Montbouy"}
    deleted = sheet_told(csv({**two_columns, "code_insee_commune": "45210"}))[1]
    assert deleted == "2: 45210 · Mairie - Montbouy" + " · " * 9
    plain = {"pivot": "mairie", "telephone": "02 38 00 00 00", "adresse": "Le Bourg"}
    by_hand = people_told(csv({**exported(service()), **plain}))[0]
    assert "street Le Bourg | Téléphone: 02 38 00 00 00" in by_hand


def test_columns_that_somebody_added_are_kept_and_told_from_those_of_the_annuaire() -> None:
    own = {"Notre note": "déjà écrit", "Suivi": "oui", "Suivi ?": "non", "Téléphone": "06"}
    own |= {"COURRIEL :": "own@example.org"}
    each = exported(service())
    for row in ({**each, **own}, {**own, **each}):
        headers, cells = sheet_told(csv(row))[:2]
        kept = dict(zip(headers.split(" · "), cells.partition(": ")[2].split(" · "), strict=True))
        assert {name: kept[name] for name in own} == own
        assert kept["Téléphone (annuaire)"] == "02 38 00 00 00"
        with pytest.raises(SheetError, match="two-columns-one-field"):  # which counts is asked
            people_told(csv(row))
        for column in ("Courriel (annuaire)", "COURRIEL :"):
            columns = assign([*kept], overrides={"email": column})
            assert columns.fields["email"] == [*kept].index(column)
    every = (*FIELDS, *(f"{header} ?" for header in HEADERS))
    found = unfolded(
        Sheet(path="-", headers=every, header_row=1, frame=DataFrame(columns=[*every]))
    )
    for header, beside in zip(HEADERS, found.headers, strict=False):
        assert beside == f"{header} (annuaire)"
        assert field_called(beside) == field_called(header)


def test_a_broken_cell_is_told_and_spoils_no_other_row() -> None:
    for cell in ['[{"valeur": "02', "[[[", "{'valeur': 1}", "[" * 100_000]:
        for column in ["pivot", "adresse", "telephone", "site_internet"]:
            broken = exported(service("Mairie - Cortrat")) | {column: cell}
            _, *found = sheet_told(csv(broken, exported(service("Mairie - Rennes", "35238"))))
            assert found[0] == "!2 broken-json-cell"
            assert found[1].startswith("3: 35238 · Mairie - Rennes · ")
    cortrat, montbouy = exported(service("Mairie - Cortrat")), exported(service())
    told = sheet_told(csv(cortrat, montbouy | {"adresse": '[{"code_postal"'}))[1:]
    assert sorted(told) == ["!2 second-town-hall", "!3 broken-json-cell"], "it is not replaced"


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
    _headers, *found = sheet_told(json.dumps(document).encode())  # or it is refused
    given_text = "".join(texts(odd))
    for row in found:
        assert row.startswith("!") or row.count(" · ") >= len(HEADERS) - 1
        row.encode()
        for word in ("None", "null", "True", "False", "true", "false", "nan", "NaN", "Infinity"):
            assert word not in row or word in given_text


def texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


@given(
    column=st.sampled_from(FIELDS),
    cell=st.text(st.characters(exclude_characters="\0"), max_size=10)  # NUL is no text
    | ODD.map(lambda value: json.dumps(value)),
)
def test_no_cell_of_the_csv_gives_a_traceback_or_loses_another_row(column: str, cell: str) -> None:
    rennes = exported(service("Mairie - Rennes", "35238")) | {column: cell}
    _headers, *found = sheet_told(csv(rennes, exported(service())))
    assert [row for row in found if row.startswith("3: 45210 · ")]
    "".join(found).encode()
