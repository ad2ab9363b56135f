"""Claims about those who sign too: whose letter, in which order, and how a sheet names them."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.app.confined import read_sheet
from merge.errors import SheetError
from merge.letters.signers import (
    LINES_AT_MOST,
    Signature,
    Signer,
    by_commune,
    enumeration,
    fitting,
    towns_with_signers,
)
from merge.recipients.signers import signers_in
from tests.examples import each_line

ZOE, ALI, JEANNE = Signer(name="Zoé"), Signer(name="Ali", insee="76351"), Signer(name="Jeanne")
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
SIGNERS = st.builds(
    Signer, name=NAMES, insee=st.sampled_from([None, "35238", "76351"]), role=st.just("") | NAMES
)


# --- who signs which letter -----------------------------------------------------------------------


def test_the_campaigns_signers_stand_before_those_of_the_town() -> None:
    signing = by_commune([ALI, ZOE, JEANNE])
    assert signing == {None: (ZOE, JEANNE), "76351": (ZOE, JEANNE, ALI)}


@given(st.lists(SIGNERS))
def test_nobody_is_lost_and_nobody_signs_the_letter_to_another_town(signers: list[Signer]) -> None:
    signing = by_commune(signers)
    assert towns_with_signers(signers) == signing.keys() - {None}
    for town, some in signing.items():
        assert {one.insee for one in some} <= {None, town}
        assert sorted(some, key=signers.index) == sorted(
            [one for one in signers if one.insee in (None, town)], key=signers.index
        )


# --- how the names stand --------------------------------------------------------------------------


def test_names_are_enumerated_as_french_does() -> None:
    nurse = Signer(name="Ali", role="infirmier")
    said = [enumeration(each) for each in ([], [ZOE], [ZOE, ALI], [ZOE, nurse, JEANNE])]
    assert said == ["", "Zoé", "Zoé et Ali", "Zoé, Ali (infirmier) et Jeanne"]


def test_a_few_names_stand_below_each_other() -> None:
    signature = Signature(["Le collectif"], [ZOE, Signer(name="Ali", role="infirmier")])
    assert signature == "Le collectif\nZoé\nAli, infirmier"
    assert signature.__html__() == "Le collectif<br>Zoé<br>Ali, infirmier"


def test_many_names_are_an_enumeration_that_a_page_can_set_in_columns() -> None:
    signature = Signature(["Le collectif"], [ZOE] * (LINES_AT_MOST + 1))
    assert signature == "Le collectif\nZoé, Zoé, Zoé, Zoé, Zoé, Zoé et Zoé"
    assert signature.__html__().startswith('Le collectif<br><span class="signers"><span>Zoé</span>')
    assert '<span class="joint"> et </span>' in signature.__html__()


@each_line
def test_how_many_fit_is_a_question_of_their_lines(role: str, most: int) -> None:
    everyone = [Signer(name="Camille Durand", role=role)] * 130
    assert fitting(everyone) == most
    assert fitting(everyone[:most]) == most
    assert fitting(everyone[: most - 1]) == most - 1


def test_a_name_without_a_place_to_break_it_is_one_line() -> None:
    assert fitting([Signer(name="x" * 300)] * 120) == 45


@given(st.lists(NAMES, min_size=1, max_size=2), st.lists(SIGNERS, max_size=2 * LINES_AT_MOST))
def test_the_html_of_a_signature_says_what_its_text_says(
    lines: list[str], signers: list[Signer]
) -> None:
    signature = Signature(lines, signers)
    html = signature.__html__().replace("<br>", "\n")
    assert unescape(re.sub("<[^>]*>", "", html)) == signature


def test_a_name_is_never_markup() -> None:
    names = [Signer(name="<b>Zoé</b>", role="a & b")]
    for signers in (names, names * 9):
        html = Signature(["<i>"], signers).__html__()
        assert "&lt;i&gt;<br>" in html
        assert "&lt;b&gt;Zoé&lt;/b&gt;" in html
        assert "a &amp; b" in html


# --- a sheet of signers ---------------------------------------------------------------------------


def read(
    folder: Path, *lines: str, name: str = "signers.csv", encoding: str = "utf-8"
) -> tuple[Signer, ...]:
    (folder / name).write_text("\n".join(lines) + "\n", encoding=encoding, newline="")
    return signers_in(read_sheet(folder / name), str(folder / name))


@each_line
def test_a_sheet_of_any_dialect_is_understood(
    tmp_path: Path, lines: tuple[str, ...], encoding: str
) -> None:
    assert read(tmp_path, *lines, encoding=encoding) == (
        Signer(name="Zoé Martin", insee="76351"),
        Signer(name="Ali Benali"),
    )


def test_what_they_are_follows_their_name(tmp_path: Path) -> None:
    assert read(tmp_path, "Nom;Qualité", " Zoé  Martin ;infirmière", "Ali;nan") == (
        Signer(name="Zoé Martin", role="infirmière"),
        Signer(name="Ali"),
    )


def refused(folder: Path, *lines: str) -> SheetError:
    with pytest.raises(SheetError) as caught:
        read(folder, *lines)
    assert caught.value.path == str(folder / "signers.csv")
    return caught.value


@each_line
def test_a_wrong_row_is_an_error_at_its_place(
    tmp_path: Path, header: str, row: str, code: str, column: str | None
) -> None:
    error = refused(tmp_path, header, ";".join(["Ali"] + [""] * header.count(";")), row)
    assert (error.code, error.row, error.column) == (code, 3, column)


def test_a_row_that_was_cut_in_two_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "Nom;Commune", "Ali;", "Jeanne;", "Zoé;Rennes;35")
    assert (error.code, error.row) == ("signers-unclear", 4)


def test_a_name_of_several_communes_is_never_guessed(tmp_path: Path) -> None:
    error = refused(tmp_path, "Nom;Commune", "Zoé;Rochefort")
    assert error.facts["value"] == "Rochefort"
    assert str(error.facts["suggestion"]).startswith("17299 Rochefort, ")
    [zoe] = read(tmp_path, "Nom;Commune;Département", "Zoé;Rochefort;17")
    assert zoe.insee == "17299"


@each_line
def test_a_header_that_says_no_name_or_two_is_refused(tmp_path: Path, header: str) -> None:
    row = ";".join("a" * (header.count(";") + 1))
    assert refused(tmp_path, header, row).code == "signers-unclear"


def test_a_sheet_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SheetError) as caught:
        read_sheet(tmp_path / "signers.csv")
    assert caught.value.code == "file-unreadable"
