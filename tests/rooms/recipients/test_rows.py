"""One row of a sheet → a recipient and problems: the facts of rows.txt."""

from pathlib import Path

from merge.french.courtesy import civility_of, short
from merge.recipients.wholenames import before_name, sex_of
from tests.facts import claims, wrong
from tests.tables import told

ROWS, PEOPLE = (Path(__file__).with_name(f"{name}.txt") for name in ("rows", "people"))
CIVILITIES = Path(__file__).with_name("civilities.txt")


def test_what_is_taken_of_a_row_is_what_rows_txt_says() -> None:
    assert [line for claim in claims(ROWS) for line in wrong(ROWS, claim, told)] == []


def test_what_is_taken_of_a_person_is_what_people_txt_says() -> None:
    assert [line for claim in claims(PEOPLE) for line in wrong(PEOPLE, claim, told)] == []


def civility(typed: str) -> object:
    stated = civility_of(typed)
    return "none" if stated is None else (stated, short(stated), sex_of(stated))


def test_a_civility_is_taken_as_it_is_stated_and_parted_from_the_name() -> None:
    stated, before = claims(CIVILITIES)
    assert [*wrong(CIVILITIES, stated, civility), *wrong(CIVILITIES, before, before_name)] == []
