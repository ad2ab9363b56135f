"""Encoding, delimiter and header are guessed from what the whole file holds."""

from __future__ import annotations

import pytest

from merge.errors import SheetError
from merge.recipients.header import find_header
from merge.recipients.text import check_encoding, encoding_of, guess_delimiter
from tests.examples import each_line
from tests.tables import refusal


@each_line
def test_a_byte_order_mark_decides(mark: bytes, name: str) -> None:
    assert encoding_of(mark + b"x") == name


@each_line
def test_utf_16_without_a_mark_is_known_by_its_zeros(name: str) -> None:
    assert encoding_of("Commune;Prénom\nŒuilly;Zoé\n".encode(name)) == name


@each_line
def test_accents_after_megabytes_of_ascii_still_tell(name: str) -> None:
    names = "Œuilly;été\nÉvreux;Zoé\nL'Haÿ-les-Roses;Maëlys\nCœuvres;dépôt\n".encode(name)
    assert encoding_of(b"Commune;CP\n" + b"Rennes;35000\n" * 160_000 + names) == name


def test_a_byte_without_a_meaning_in_windows_is_found_wherever_it_stands() -> None:
    assert encoding_of(b"Ren\xe9\n" + b"x" * 200_000 + b"\xe9\x81\n") == "latin-1"
    assert encoding_of(b"Ren\xe9\x81\n\xe9\n") == "latin-1"


def test_half_a_character_at_the_end_is_no_utf_8() -> None:
    assert encoding_of("Évreux;é".encode()[:-1]) != "utf-8"


def test_bytes_that_are_no_text_say_so() -> None:
    with pytest.raises(SheetError) as caught:
        encoding_of(b"Commune\n\0\n" + b"x" * 100)
    assert (caught.value.code, caught.value.row) == ("not-a-sheet", 2)


def test_utf_32_is_refused_with_what_to_save_as() -> None:
    for text in ("Commune\nRennes\n", '{"service": []}'):
        error = refusal(text.encode("utf-32"))
        assert (error.code, error.facts) == ("not-a-sheet", {"kind": "UTF-32"})


@each_line
def test_what_is_no_encoding_of_text_is_refused(name: str) -> None:
    with pytest.raises(SheetError) as caught:
        check_encoding(name)
    assert (caught.value.code, caught.value.facts["value"]) == ("value-unfit", name)


@pytest.mark.parametrize("delimiter", ";,\t|")
def test_the_delimiter_is_the_one_that_cuts_out_known_headers(delimiter: str) -> None:
    title = "Liste des mairies; à jour, au 1er mars | version 2"
    rows = [["Code INSEE", "Commune"], ["35238", "Rennes"], ["29019", "Brest"]]
    assert guess_delimiter("\n".join([title, *map(delimiter.join, rows)])) == delimiter


def test_the_header_is_the_row_with_the_most_known_words() -> None:
    rows = [["Mairies"], [], ["Commune", "remarque"], ["Commune", "Courriel"], ["Rennes", "a@b"]]
    assert find_header(rows) == 3
    assert find_header([["35238", "a@example.org"]]) is None


def test_a_title_of_one_known_word_is_no_header_above_one_of_several() -> None:
    rows = [["Communes", ""], ["Commune", "Référent"], ["Mairie", "x"], ["Rennes", "Zoé"]]
    assert find_header(rows) == 1
    assert find_header([["Commune"], ["Rennes"], ["Mairie"]]) == 0
    assert find_header([["Mairies"], ["Commune"], ["Rennes"]]) == 1
    assert find_header([["Adresses", ""], ["Alpha", "Beta"], ["x", "y"]]) == 1


def test_without_a_known_word_the_header_is_the_first_row_of_several_cells() -> None:
    assert find_header([["Alpha"], ["", " "], ["Beta", "Gamma"], ["x", "y"]]) == 2
    assert find_header([["Alpha"], ["x"]]) == 0
    assert find_header([["", ""], [" "]]) is None
    assert find_header([["Alpha"], ["Beta", "a@example.org"]]) is None
