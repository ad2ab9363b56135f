"""The répertoire national des élus (RNE) of every year is understood, and its age is told.

The files of golden/mayors are each edition, byte by byte, as the ministry published it: its
headers, encoding, delimiter, dates. The towns are real, the people are not.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame

from merge.recipients.mayors import ELECTION, FileAge
from merge.recipients.sheet import read_sheet
from tests.facts import wrong
from tests.house import ROOT
from tests.tables import people_told

GOLDEN = ROOT / "tests/golden/mayors"
FACTS = Path(__file__).with_name("mayors.txt")
MAYORS = [
    "01001 | sex M | first_name Éric | surname de La Tour",
    "02565 | sex F | first_name Zoé | surname Le Goff",
    "2A004 | sex F | first_name Anne-Sophie | surname d'Almeida",
    "72181 | sex M | first_name Étienne | surname Çelik",
    "97105 | sex M | first_name Jean | surname Martin",
    "97502 | sex F | first_name Ève | surname Duval",
    "97611 | sex M | first_name Ali | surname Née",
    "98735 | sex F | first_name Maeva | surname Teriitahi",
    "98818 | sex M | first_name Dominique | surname Pierre-Dit-Mery",
]


def age_of(path: Path) -> FileAge:
    age = FileAge.of(read_sheet(path).frame)
    assert age is not None
    return age


def test_every_edition_has_the_same_mayors_and_the_age_of_its_newest_term() -> None:
    def edition(name: str) -> tuple[object, ...]:
        told = people_told((GOLDEN / name).read_bytes())
        people, problems = told[: len(MAYORS)], told[len(MAYORS) :]
        assert [" | ".join(each.split(" | ")[:4]) for each in people] == MAYORS
        assert not any(private in each for each in people for private in ("1951", "cadre", ": 74"))
        age = age_of(GOLDEN / name)
        more = people[0].split(" | ")[4:]
        return (age.newest, age.year, age.before_election, *more, *problems)

    claim = "an edition has a newest term, a year, is before the election; what else it says"
    assert wrong(FACTS, claim, edition) == []


def test_a_file_without_mayors_or_without_a_date_has_no_age() -> None:
    for headers in (
        ["Commune", "Courriel"],
        ["Commune", "Date de début du mandat"],  # of whom, it does not say
        ["Commune", "Nom du maire", "Courriel"],  # nothing dates it
    ):
        assert FileAge.of(DataFrame(columns=headers)) is None


def age_with(*days: str) -> FileAge:
    age = FileAge.of(DataFrame({"Nom": "MARTIN", "date_debut_mandat": days}))
    assert age is not None
    return age


def test_the_first_round_is_where_the_new_mandate_begins() -> None:
    days = {"14/03/2026": True, "15/03/2026": False, "2026-03-14": True, "2026-03-15": False}
    assert {day: age_with(day).before_election for day in days} == days


def test_a_slip_makes_no_file_newer() -> None:
    slips = " inconnue 31/02/2026 03/23/2026 23/03/2062 2026 23/03/26 0"
    for slip in slips.split(" "):
        age = age_with("18/05/2020", slip)
        assert (age.newest, age.before_election) == (date(2020, 5, 18), True)
    unread = age_with("hier", "")
    assert (unread.newest, unread.year, unread.before_election) == (None, None, False)


@given(
    st.lists(st.dates(date(1995, 1, 1), date(2031, 12, 31)), min_size=1),
    st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", " %Y-%m-%d %H:%M:%S.000Z"]),
)
def test_the_newest_is_the_last_day_in_whatever_order_they_come(
    days: list[date], form: str
) -> None:
    age = age_with(*(day.strftime(form) for day in days))
    assert age.newest == max(days)
    assert age.before_election == (max(days) < ELECTION)
