"""Sums of cells as people write them: exact, in one currency, and of nothing that is no number."""

from __future__ import annotations

from decimal import Decimal

import pytest

from merge.letters import amounts
from merge.letters.amounts import Summand
from merge.letters.kinds import Unwritable
from tests.examples import each_line


def summed(*cells: str, column: tuple[str, ...] = (), locale: str = "fr") -> str:
    """The sum of one letter's cells, in a column that has others too; plain spaces."""
    summands = [Summand(row=row, cell=cell) for row, cell in enumerate(cells, 2)]
    signs = amounts.proven_signs((*cells, *column))
    total = amounts.total(summands, field="Montant", signs=signs, locale=locale)
    return str(total).replace("\u202f", " ").replace("\u00a0", " ")


def refused(*cells: str, column: tuple[str, ...] = ()) -> tuple[str, str]:
    with pytest.raises(Unwritable) as caught:
        summed(*cells, column=column)
    return caught.value.code, caught.value.value


@each_line
def test_a_sum_is_what_the_cells_say(cells: tuple[str, ...], total: str | None) -> None:
    if total is None:
        assert refused(*cells) == ("not-an-amount", "3 (1)")
    else:
        assert summed(*cells) == total


@each_line
def test_a_sum_reads_as_the_language_of_the_letter_has_it(locale: str, total: str) -> None:
    assert summed("1234,50 €", locale=locale) == total


@each_line
def test_a_sign_that_several_currencies_have_stays_as_it_is_typed(locale: str, total: str) -> None:
    assert summed("12 $", locale=locale) == total


def test_what_may_be_thousands_or_decimals_is_decided_by_another_cell_of_the_column() -> None:
    assert refused("1.234") == ("not-an-amount", "2 (1.234)")
    assert summed("1.234", column=("12,5",)) == "1 234"
    assert summed("1.234", column=("12.5",)) == "1,234"
    assert refused("1.234", column=("12.5", "12,5")) == ("not-an-amount", "2 (1.234)")


def test_in_a_column_of_both_signs_what_reads_one_way_only_is_taken() -> None:
    assert summed("12.5", "12,5") == "25,0"


@each_line
def test_what_is_no_number_has_no_sum(cell: str) -> None:
    assert refused("3", cell) == ("not-an-amount", f"3 ({cell})")


@each_line
def test_an_empty_cell_has_no_sum(cell: str) -> None:
    assert refused("3", cell) == ("not-an-amount", "3")


@each_line
def test_a_sum_has_one_currency(cells: tuple[str, ...], at: str) -> None:
    assert refused(*cells) == ("not-an-amount", at)


def test_no_digit_is_lost_where_floats_would_lose_some() -> None:
    summands = [Summand(row=row, cell="0,1") for row in range(10_000)]
    total = amounts.total(summands, field="x", signs={","}, locale="fr")
    assert Decimal(total) == Decimal(1000)
