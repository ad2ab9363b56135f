"""Rows → recipients, or reasons."""

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import SheetError
from merge.french.communes import reference
from merge.model import Recipient, RowProblem
from merge.recipients.sheet import Row, Table, read_sheet
from tests.house import ROOT
from tests.tables import everyone_in


def imported(
    headers: str, *rows: Sequence[str], department: str | None = None, **overrides: str
) -> tuple[list[Recipient], list[RowProblem]]:
    names = tuple(headers.split(";"))
    table = Table(
        path="list/mairies.csv",
        headers=names,
        rows=[Row(number, tuple(cells)) for number, cells in enumerate(rows, start=2)],
        header_row=1,
    )
    return everyone_in(table, department=department, **overrides)


def problem_of(headers: str, *cells: str) -> RowProblem:
    [problem] = imported(headers, cells)[1]
    return problem


def test_a_row_of_a_french_group_is_a_recipient() -> None:
    found, problems = imported(
        "Code INSEE;Commune;Sexe;Prénom;Nom;Courriel;Adresse;Code postal;Ville;Remarque",
        (
            *("02565", "OEUILLY", "Mme", "Zoé", "LE GOFF", "mairie@Example.org"),
            *("15  rue de Bourg\nBP 3", "02160", "Oeuilly", "l'été"),
        ),
    )
    assert problems == []
    assert found == [
        Recipient(
            key="02565",
            commune="Œuilly",
            insee="02565",
            article_code=1,
            department="02",
            population=reference()["02565"].population,
            sex="F",
            first_name="Zoé",
            surname="Le Goff",
            email="mairie@example.org",
            street=("15 rue de Bourg", "BP 3"),
            postcode="02160",
            locality="Oeuilly",
            fields={"Remarque": "l'été"},
            source="mairies.csv",
            row=2,
        )
    ]


def test_a_second_row_is_told_at_the_column_that_says_who_it_is() -> None:
    for headers, cells, column in (
        ("INSEE;Commune", ("35238", "Rennes"), "INSEE"),
        ("Commune;Dep", ("Rennes", "35"), "Commune"),
    ):
        _, problems = imported(headers, cells, cells)
        assert (problems[-1].code, problems[-1].column) == ("duplicate-key", column)


@pytest.mark.parametrize(
    ("headers", "cells", "code", "at", "suggested"),
    [
        *(
            (headers, cells, "bad-postcode", at, "35460")
            for headers, cells, at in (
                ("Commune;CP", ("Les Portes du Coglais", "3500"), "CP"),
                ("CP Ville", ("3500 Les Portes du Coglais",), "CP Ville"),
                ("Ville", ("3500 Les Portes du Coglais",), "Ville"),
                (
                    "Commune;Adresse",
                    ("Les Portes du Coglais", "1 r\n3500 Les Portes du Coglais"),
                    "Adresse",
                ),
                ("CP;Ville", ("", "3500 Les Portes du Coglais"), "Ville"),
            )
        ),
        ("CP;Commune", ("01000", "Rennes"), "postcode-disagrees", "CP", "35000, 35200, 35700"),
        ("CP;Commune", ("99000", "Rennes"), "postcode-disagrees", "CP", "35000, 35200, 35700"),
        ("CP;Commune", ("35440", "Montreuil"), "unknown-name", "Commune", ""),  # two are near
        ("CP;Commune", ("35000", "Reine"), "unknown-name", "Commune", ""),
    ],
)
def test_a_postcode_that_is_wrong_is_blamed_itself(
    headers: str, cells: Sequence[str], code: str, at: str, suggested: str
) -> None:
    problem = problem_of(headers, *cells)
    assert (problem.code, problem.column, problem.taken) == (code, at, False)
    assert problem.suggestion == suggested or not suggested


def test_the_sample_is_taken_whole() -> None:
    table = read_sheet(ROOT / "data" / "communes.csv")
    found, problems = everyone_in(table)
    assert problems == []
    assert len(found) == len(list(table.rows)) >= 65
    assert sum(recipient.email is None for recipient in found) == 6
    assert {recipient.article_code for recipient in found} == {0, 1, 2, 3, 4, 5, 6, 8, None}


def test_a_shared_mailbox_is_not_a_duplicate() -> None:
    found, problems = imported(
        "INSEE;Courriel", ("58062", "a@example.org"), ("58063", "a@example.org")
    )
    assert [recipient.email for recipient in found] == ["a@example.org"] * 2
    assert problems == []


def test_the_second_row_of_a_commune_is_not_taken() -> None:
    found, [problem] = imported("INSEE;Mail", ("01004", "a@x.fr"), ("01004", "b@x.fr"))
    assert [recipient.email for recipient in found] == ["a@x.fr"]
    assert (problem.code, problem.row, problem.column) == ("duplicate-key", 3, "INSEE")
    assert (problem.value, problem.suggestion, problem.taken) == ("01004", "2", False)


def test_no_e_mail_is_no_error() -> None:
    found, problems = imported("INSEE;Courriel;CP", ("35238", "", "35000"))
    assert problems == []
    assert found[0].email is None
    assert found[0].has_postal_address


def test_several_addresses_are_kept_for_later() -> None:
    [recipient], problems = imported("INSEE;Mail", ("35238", "a@x.fr; b@x.fr, c@x.fr"))
    assert (recipient.email, recipient.alternates) == ("a@x.fr", ("b@x.fr", "c@x.fr"))
    assert problems == []


def test_a_bad_address_leaves_the_recipient_to_paper_and_says_where_it_stands() -> None:
    problem = problem_of("INSEE;Mél", "35238", "mairie@orange")
    assert problem == RowProblem(
        path="list/mairies.csv",
        row=2,
        column="Mél",
        value="mairie@orange",
        code="email-invalid",
        suggestion="mairie@orange.fr",
        taken=True,
    )


@pytest.mark.parametrize(
    ("typed", "sex"),
    [
        *[("F", "F"), ("f", "F"), ("Mme", "F"), ("Madame", "F"), ("M", "M"), ("M.", "M")],
        *[("H", "M"), ("Monsieur", "M"), ("", None)],
    ],
)
def test_the_sex_is_what_its_column_says(typed: str, sex: str | None) -> None:
    [recipient], problems = imported("INSEE;Sexe;Prénom", ("35238", typed, "Dominique"))
    assert recipient.sex == sex
    assert problems == []


def test_an_unknown_sex_is_reported_and_not_guessed() -> None:
    [recipient], [problem] = imported("INSEE;Civilité;Prénom", ("35238", "Dr", "Marie"))
    assert recipient.sex is None
    assert (problem.code, problem.value) == ("unknown-sex", "Dr")


@pytest.mark.parametrize("word", ["nan", "NaN", "None", "NA", "#N/A", "NULL", "#REF!"])
def test_what_a_program_wrote_for_nothing_is_nothing_and_told(word: str) -> None:
    cells = ("35238", word, word, word)
    [recipient], problems = imported("INSEE;Nom;Courriel;Remarque", cells)
    assert (recipient.surname, recipient.email) == ("", None)
    assert recipient.fields == {"Remarque": ""}
    assert [(p.code, p.column, p.value) for p in problems] == [
        ("reads-as-empty", column, word) for column in ("Nom", "Courriel", "Remarque")
    ]


@pytest.mark.parametrize(
    "sign", ["\x00", "\x07", "\x1b", "\x7f", "\x81", "\u2028", "\u202e", "\ufffd"]
)
def test_a_control_character_anywhere_refuses_the_row(sign: str) -> None:
    for cells in [("35238", f"a{sign}b", ""), ("35238", "", f"x{sign}")]:
        found, [problem] = imported("INSEE;Nom;Remarque", cells)
        assert found == []
        assert problem.code == "control-character"
        assert sign not in problem.value or sign == "\ufffd"


def test_accents_are_composed_and_what_is_invisible_goes() -> None:
    [recipient], problems = imported(
        "INSEE;Prénom;Nom;Mail",
        ("35238\u200f", "E\u0301ric\u200b", "\ufeffRoux", "\u200emairie@example.org"),
    )
    assert (recipient.first_name, recipient.surname) == ("Éric", "Roux")
    assert recipient.email == "mairie@example.org"
    assert problems == []


@pytest.mark.parametrize("before", "\u061c\u200c\u200d\u202a\u202d\u2063\u2066\u2068\u206f")
@pytest.mark.parametrize("after", ["\u202c", "\u2069", ""])
def test_what_an_address_book_has_around_what_is_copied_from_it_goes(
    before: str, after: str
) -> None:
    """Nobody sees why such a row is refused; "from left to right" is how it is read anyway."""
    cells = ("35238", "Éric", "Roux", "mairie@example.org", "35000")
    [recipient], problems = imported(
        "INSEE;Prénom;Nom;Mail;CP", [f"{before}{cell}{after}" for cell in cells]
    )
    assert problems == []
    assert (recipient.key, recipient.first_name, recipient.surname) == ("35238", "Éric", "Roux")
    assert (recipient.email, recipient.postcode) == ("mairie@example.org", "35000")


def test_an_address_of_many_communes_is_taken_for_each_and_told() -> None:
    rows = [(code, "cc@example.org") for code in ("35238", "35360", "35093", "35051")]
    found, problems = imported("INSEE;Mail", *rows, ("35047", "bruz@example.org"), ("35024", ""))
    assert [each.email for each in found[:4]] == ["cc@example.org"] * 4
    assert [(each.code, each.row, each.suggestion) for each in problems] == [
        ("shared-mailbox", 4, "2"),
        ("shared-mailbox", 5, "3"),
    ]


def test_the_key_is_the_code_else_the_column_that_map_names() -> None:
    found, problems = imported(
        "INSEE;Numéro;Commune;Code article",
        ("35238", "7", "Rennes", ""),
        ("", "8", "Communauté du Pays", "2"),
        key="Numéro",
    )
    assert [recipient.key for recipient in found] == ["35238", "8"]
    assert found[1].commune == "Communauté du Pays"
    assert (found[1].insee, found[1].article_code) == (None, 2)
    assert problems == []


def test_a_key_without_a_name_is_no_town_to_write_to() -> None:
    found, [problem] = imported("Numéro;Commune", ("8", ""), key="Numéro")
    assert found == []
    assert (problem.code, problem.value, problem.taken) == ("no-name", "8", False)


def test_a_row_with_neither_code_nor_key_is_never_keyed_by_its_name() -> None:
    found, [problem] = imported("Commune;Courriel", ("Montbouy", "a@example.org"))
    assert found == []
    assert (problem.code, problem.suggestion) == ("no-key", "45210 Montbouy")


def test_departement_and_name_find_the_code_and_say_so() -> None:
    found, [problem] = imported("département;commune", ("45", "Mairie - Montbouy"))
    assert [recipient.key for recipient in found] == ["45210"]
    assert (problem.code, problem.suggestion, problem.taken) == ("matched-by-name", "45210", True)


def test_a_departement_can_be_given_for_all_rows_or_come_from_the_postcode() -> None:
    assert imported("commune", ("Montbouy",), department="45")[0][0].key == "45210"
    assert imported("commune;CP", ("Montbouy", "45230"))[0][0].key == "45210"
    assert imported("commune;CP Ville", ("Montbouy", "45230 Montbouy"))[0][0].key == "45210"
    with pytest.raises(SheetError) as caught:
        imported("commune", ("Montbouy",), department="453")
    assert caught.value.code == "value-unfit"


@pytest.mark.parametrize("typed", ["03190", "3190", "3190.0", "F-03190"])
def test_a_postcode_that_lost_its_zero_finds_no_namesake_elsewhere(typed: str) -> None:
    # There is a Vaux in 31, too, whose département "3190" begins with.
    [vaux], _ = imported("commune;CP", ("Vaux", typed))
    assert (vaux.key, vaux.postcode) == ("03301", "03190")


def test_the_sheet_may_correct_an_article() -> None:
    [recipient], problems = imported("INSEE;TNCC", ("63448", "2"))
    assert recipient.article_code == 2
    assert problems == []
    assert problem_of("INSEE;TNCC", "63448", "12").code == "unknown-article-code"


@pytest.mark.parametrize(
    ("insee", "typed", "postcode", "code"),
    [
        ("35238", "35000", "35000", None),
        ("35238", "35 000", "35000", None),
        ("35238", "F-35000", "35000", None),
        ("35238", "35031", "35031", None),  # CEDEX
        ("01004", "1500", "01500", "zero-restored"),
        ("01004", "1500.0", "01500", "zero-restored"),
        ("27229", "2700", "", "bad-postcode"),
        ("35238", "3500O", "", "bad-postcode"),
        ("35238", "29200", "29200", "postcode-disagrees"),
        ("2A004", "20000", "20000", None),
        ("97101", "97139", "97139", None),
    ],
)
def test_a_postcode_has_five_digits_that_fit_its_commune(
    insee: str, typed: str, postcode: str, code: str | None
) -> None:
    [recipient], problems = imported("INSEE;CP", (insee, typed))
    assert recipient.postcode == postcode
    assert [problem.code for problem in problems] == ([code] if code else [])


def test_postcode_and_locality_in_one_cell_are_two() -> None:
    [recipient], _ = imported("INSEE;cp_ville", ("13055", "13233 Marseille Cedex 20"))
    assert (recipient.postcode, recipient.locality) == ("13233", "Marseille Cedex 20")


def test_a_mairie_is_in_its_commune_where_no_locality_is_written() -> None:
    [recipient], _ = imported("INSEE;CP", ("58062", "58120"))
    assert recipient.locality == "Château-Chinon"


def test_a_close_header_is_a_problem_with_the_option_to_type() -> None:
    _, [problem] = imported("INSEE;Couriel", ("35238", "a@example.org"))
    assert (problem.code, problem.row, problem.suggestion) == ("close-header", 1, "email=Couriel")


ACCENTED = [c for c in list(reference().values())[::90] if "é" in c.name or "è" in c.name][:30]
PLAIN = [c for c in list(reference().values())[::90] if c.name.isascii()][:30]


def as_read(encoding: str, read_as: str, headers: str) -> Table:
    rows = [f"{c.insee};{c.name};{c.department}" for c in (*PLAIN, *ACCENTED)]
    return read_sheet(io.BytesIO("\n".join([headers, *rows]).encode(encoding)), encoding=read_as)


@pytest.mark.parametrize("headers", ["INSEE;Commune;Dep", "x;Commune;Dep"])
@pytest.mark.parametrize(
    ("encoding", "read_as"),
    [
        ("utf-8", "cp1252"),
        ("utf-8", "mac-roman"),
        ("utf-8", "latin-1"),
        ("cp1252", "mac-roman"),
        ("cp1252", "cp850"),
        ("cp1252", "cp1251"),
        ("mac-roman", "latin-1"),
    ],
)
def test_a_wrong_encoding_never_passes_in_silence(
    encoding: str, read_as: str, headers: str
) -> None:
    table = as_read(encoding, read_as, headers)
    with pytest.raises(SheetError) as caught:
        everyone_in(table)
    assert caught.value.code == "wrong-encoding-or-column"
    assert caught.value.facts["encoding"] == read_as
    assert caught.value.facts["examples"]


def test_the_right_encoding_passes() -> None:
    for headers in ("INSEE;Commune;Dep", "x;Commune;Dep"):
        table = as_read("cp1252", "cp1252", headers)
        found, _ = everyone_in(table)
        assert len(found) == len(PLAIN) + len(ACCENTED)


def test_a_column_of_names_moved_by_one_row_stops_the_import() -> None:
    names = [commune.name for commune in PLAIN]
    codes = [commune.insee for commune in PLAIN]
    rows = list(zip(codes, names[1:] + names[:1], strict=True))
    with pytest.raises(SheetError) as caught:
        imported("INSEE;Commune", *rows)
    assert caught.value.code == "wrong-encoding-or-column"


def test_a_renamed_commune_here_and_there_stops_nothing() -> None:
    rows = [(commune.insee, commune.name) for commune in (*PLAIN, *ACCENTED)]
    rows[3] = (rows[3][0], "Villeneuve-Ancienne")
    found, [problem] = imported("INSEE;Commune", *rows)
    assert len(found) == len(rows)
    assert (problem.code, problem.suggestion) == ("name-disagrees", PLAIN[3].name)


def test_names_that_are_cut_short_stop_nothing() -> None:
    found, problems = imported("INSEE;Commune", ("35188", "Montfort"), ("35006", "ARGENTRE"),
        ("35253", "Saint-Aubin"), ("35238", "Rennes"))  # fmt: skip
    assert len(found) == 4
    assert [each.code for each in problems] == ["short-name"] * 3


def test_former_names_with_accents_are_no_wrong_encoding() -> None:
    found, problems = imported("INSEE;Commune", ("01338", "Saint-Benoît"),
        ("02018", "Anizy-le-Château"), ("04033", "La Bréole"))  # fmt: skip
    assert len(found) == 3
    assert [each.code for each in problems] == ["former-name"] * 3


def test_accents_left_out_by_hand_are_no_wrong_encoding() -> None:
    rows = [(c.insee, c.name.upper().translate(str.maketrans("ÉÈ", "EE"))) for c in ACCENTED]
    assert len(imported("INSEE;Commune", *rows)[0]) == len(rows)


def test_a_departement_behind_a_name_is_no_wrong_encoding() -> None:
    rows = [("29019", "Brest (Finistère)"), ("29232", "QUIMPER (Finistère)"), ("29151", "Morlaix")]
    found, problems = imported("INSEE;Commune", *rows, ("29103", "Landerneau - 29"))
    assert (len(found), problems) == (4, [])


def test_a_code_of_another_departement_than_the_rows_is_told_and_left_out() -> None:
    rows = (("35", "35238", "Rennes"), ("974", "93066", "Saint-Denis"), ("35", "29019", ""))
    found, problems = imported("Département;INSEE;Commune", *rows)
    assert [each.key for each in found] == ["35238"]
    assert [(each.code, each.row, each.column, each.taken) for each in problems] == [
        ("department-disagrees", 3, "INSEE", False),
        ("department-disagrees", 4, "INSEE", False),
    ]
    found, [problem] = imported("INSEE", ("35238",), ("29019",), department="35")
    assert (len(found), problem.code, problem.row) == (1, "department-disagrees", 3)


def test_where_no_name_can_prove_the_encoding_that_is_told() -> None:
    sheet = "INSEE;Nom\n35238;Éric\n35360;Zoé\n"
    assert everyone_in(read_sheet(io.BytesIO(sheet.encode())))[1] == []
    _, [problem] = everyone_in(read_sheet(io.BytesIO(sheet.encode("cp1252"))))
    assert (problem.code, problem.value, problem.suggestion) == (
        "encoding-unproven",
        "Éric",
        "cp1252",
    )


CELL = st.text(max_size=6) | st.sampled_from(
    ["35238", "1004", "Rennes", "a@b.fr", "M", "35", "nan"]
)


# Three spoilt names would be a wrong encoding.
@given(st.lists(st.lists(CELL, min_size=9, max_size=9), min_size=1, max_size=2))
def test_every_row_is_a_recipient_or_has_a_reason(rows: list[list[str]]) -> None:
    headers = "INSEE;Commune;Dep;Sexe;Nom;Mail;Adresse;CP;Autre"
    found, problems = imported(headers, *rows)
    kept = {recipient.row for recipient in found}
    lost = {problem.row for problem in problems if not problem.taken}
    assert kept | lost == set(range(2, len(rows) + 2))
    assert not kept & lost
    assert len({recipient.key for recipient in found}) == len(found)
