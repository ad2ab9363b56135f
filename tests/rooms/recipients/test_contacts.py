"""Several rows → recipients, or reasons; of one alone rows.txt tells."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import SheetError
from merge.french.communes import reference
from merge.model import RowProblem
from merge.recipients.sheet import Table, read_sheet
from tests.house import ROOT
from tests.tables import everyone_in, imported


def test_a_second_row_is_told_at_the_column_that_says_who_it_is() -> None:
    for headers, cells, column in (
        ("INSEE;Commune", ("35238", "Rennes"), "INSEE"),
        ("Commune;Dep", ("Rennes", "35"), "Commune"),
    ):
        _, problems = imported(headers, cells, cells)
        assert (problems[-1].code, problems[-1].column) == ("duplicate-key", column)


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


def test_a_bad_address_leaves_the_recipient_to_paper_and_says_where_it_stands() -> None:
    [recipient], [problem] = imported("INSEE;Mél", ("35238", "mairie@orange"))
    assert (recipient.source, recipient.row, recipient.email) == ("-", 2, None)
    assert problem == RowProblem(
        path="-",
        row=2,
        column="Mél",
        value="mairie@orange",
        code="email-invalid",
        suggestion="mairie@orange.fr",
        taken=True,
    )


def test_an_address_of_many_communes_is_taken_for_each_and_told() -> None:
    rows = [(code, "cc@example.org") for code in ("35238", "35360", "35093", "35051")]
    found, problems = imported("INSEE;Mail", *rows, ("35047", "bruz@example.org"), ("35024", ""))
    assert [each.email for each in found[:4]] == ["cc@example.org"] * 4
    assert [(each.code, each.row, each.suggestion) for each in problems] == [
        ("shared-mailbox", 4, "2"),
        ("shared-mailbox", 5, "3"),
    ]


def test_what_is_no_departement_is_refused() -> None:
    with pytest.raises(SheetError, match="value-unfit"):
        imported("commune", ("Montbouy",), department="453")


def test_nothing_of_one_row_leaks_into_the_next() -> None:
    headers, bare = "INSEE;Nom;Sexe;Mail;CP;Remarque", ("35360", "", "", "", "", "")
    found, problems = imported(headers, ("35238", "LE GOFF", "Dr", "nan", "1", "a"), bare)
    assert [problem.row for problem in problems] == [2] * 3
    assert found[1]._replace(row=2) == imported(headers, bare)[0][0]


def test_a_very_long_address_is_left_as_it_is_typed() -> None:
    typed = "1 rue X " + "12345 - " * 5_000 + "9"
    [recipient], _ = imported("INSEE;Adresse", ("35238", typed))
    assert (recipient.street, recipient.postcode) == ((typed,), "")


def test_a_close_header_is_a_problem_with_the_option_to_type() -> None:
    _, [problem] = imported("INSEE;Couriel", ("35238", "a@example.org"))
    assert (problem.code, problem.row, problem.suggestion) == ("close-header", 1, "email=Couriel")


ACCENTED = [c for c in list(reference().values())[::90] if "é" in c.name or "è" in c.name][:30]
PLAIN = [c for c in list(reference().values())[::90] if c.name.isascii()][:30]


def as_read(encoding: str, read_as: str, headers: str) -> Table:
    rows = [f"{c.insee};{c.name};{c.department}" for c in (*PLAIN, *ACCENTED)]
    return read_sheet(io.BytesIO("\n".join([headers, *rows]).encode(encoding)), encoding=read_as)


WRONG_READINGS = """
utf-8 cp1252, utf-8 mac-roman, utf-8 latin-1, cp1252 mac-roman, cp1252 cp850, cp1252 cp1251,
mac-roman latin-1"""


def test_a_wrong_encoding_never_passes_in_silence() -> None:
    for encoding, read_as in map(str.split, WRONG_READINGS.split(",")):
        for headers in ("INSEE;Commune;Dep", "x;Commune;Dep"):
            with pytest.raises(SheetError) as caught:
                everyone_in(as_read(encoding, read_as, headers))
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


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6) | st.sampled_from(
    ["35238", "1004", "Rennes", "a@b.fr", "M", "35", "nan"]
)


# Three spoilt names would be a wrong encoding.
@given(st.lists(st.lists(CELL, min_size=9, max_size=9).filter(any), min_size=1, max_size=2))
def test_every_row_is_a_recipient_or_has_a_reason(rows: list[list[str]]) -> None:
    headers = "INSEE;Commune;Dep;Sexe;Nom;Mail;Adresse;CP;Autre"
    found, problems = imported(headers, *rows)
    kept = {recipient.row for recipient in found}
    lost = {problem.row for problem in problems if not problem.taken}
    assert kept | lost == set(range(2, len(rows) + 2))
    assert not kept & lost
    assert len({recipient.key for recipient in found}) == len(found)
