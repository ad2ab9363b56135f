"""French is right for every commune, title, name, date and mark of punctuation."""

import csv
import datetime
import re
from collections.abc import Callable
from pathlib import Path

from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from merge.french.communes import DEPARTMENT_ARTICLES, fold, reference
from merge.french.grammar import (
    CORRECTED_CODES,
    Feminine,
    Sex,
    a,
    agreement,
    bare,
    de,
    is_long_date,
    long_date,
    of_department,
    salutation,
    short_salutation,
    surname_case,
    title,
    typography,
)
from tests.facts import wrong
from tests.house import ROOT

GOLDEN = ROOT / "tests/golden" / "communes-tricky.csv"
FACTS = Path(__file__).with_name("grammar.txt")


def test_the_tricky_communes_take_the_article_that_people_say() -> None:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        name, code = reference()[row["insee"]].name, reference()[row["insee"]].article_code
        said = {"typeLiaison": "" if code is None else str(code), "nom": name}
        of = f"habitant·es {de(name, code)}"
        found.append(row | said | {"habitants_de": of, "lieu_a": str(a(name, code))})
    assert [row for row in found if row not in rows] == []


def articles(name: str, code: str) -> tuple[object, ...]:
    number = int(code) if code else None
    of = de(name, number)
    return of, of.name, a(name, number), of.guessed


def titles(sex: Sex, feminine: Feminine) -> tuple[str, ...]:
    return tuple(say(sex or None, feminine) for say in (salutation, short_salutation, title))


def agreed(masculine: str, feminine: str, neutral: str) -> tuple[str, ...]:
    return tuple(agreement(sex, masculine, feminine, neutral) for sex in ("M", "F", None))


def test_french_is_what_grammar_txt_says() -> None:
    claims: dict[str, Callable[..., object]] = {
        "a town has the article that people say": articles,
        "a département has the article that people say": lambda name: of_department(
            name, DEPARTMENT_ARTICLES[name]
        ),
        "titles agree with the sex and the choice of the campaign": titles,
        "a word agrees with the sex, and names both where it is unknown": agreed,
        "French spaces are put where they belong, and nowhere else": typography,
        "a surname in capitals gets the case of French": surname_case,
    }
    assert [line for claim, found in claims.items() for line in wrong(FACTS, claim, found)] == []


def test_no_commune_gets_a_double_article() -> None:
    wrong = re.compile(r"^(?:de|à) (?:Le|Les|Aux)\s|^(?:du|des|au|aux) (?:Le|La|Les|L')\b", re.I)
    for commune in reference().values():
        for phrase in (
            de(commune.name, commune.article_code),
            a(commune.name, commune.article_code),
        ):
            assert not wrong.search(str(phrase)), phrase
            assert "(" not in str(phrase)
            assert bare(commune.name).endswith(phrase.name)


def test_only_the_communes_without_a_code_are_guessed() -> None:
    for commune in reference().values():
        guessed = de(commune.name, commune.article_code).guessed
        assert guessed is (commune.article_code is None), commune


def test_every_name_that_begins_like_an_article_has_its_code_or_is_a_known_exception() -> None:
    article = re.compile(r"^(?:le|la|les|las|los|aux?|du|des|de)[ -]|^[ld]['’]", re.I)
    surprising = {
        commune.name
        for commune in reference().values()
        if commune.article_code in (0, 1) and article.search(commune.name)
    }
    assert surprising == {*CORRECTED_CODES, "Aux-Aussat", "D'Huison-Longueville"}


@given(st.text(max_size=30), st.sampled_from([None, *range(9)]))
def test_any_name_with_any_code_has_a_phrase(name: str, code: int | None) -> None:
    assert de(name, code).before
    assert a(name, code).before


@given(st.dates(datetime.date(1000, 1, 1)))
def test_a_date_in_words_is_known_as_one(date: datetime.date) -> None:
    assert is_long_date(long_date(date))


MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"


def test_only_the_first_of_a_month_is_an_ordinal() -> None:
    for number, month in enumerate(MONTHS.split(), 1):
        assert long_date(datetime.date(2026, number, 1)) == f"1er {month} 2026"
        assert long_date(datetime.date(2026, number, 21)) == f"21 {month} 2026"
    others = ["1 mars 2026", "32 mars 2026", "le 2 mars 2026", "2 mars", ""]
    assert list(filter(is_long_date, others)) == []


def test_babel_knows_the_months_and_not_the_first_of_one() -> None:
    """Where it does one day, ours can go."""
    for date in (datetime.date(2026, month, 9) for month in range(1, 13)):
        assert format_date(date, "long", locale="fr") == long_date(date)
    assert format_date(datetime.date(2026, 3, 1), "long", locale="fr") == "1 mars 2026"


FRENCH = st.text(alphabet="ab é1234_«»;:!?.,'’()*<>&@/%€M°n \u00a0\u202f\nwhtps", max_size=40)


@given(FRENCH)
def test_typography_twice_is_typography_once(text: str) -> None:
    assert typography(typography(text)) == typography(text)


@given(FRENCH)
def test_typography_changes_nothing_but_spaces(text: str) -> None:
    spaces = re.compile("[ \u00a0\u202f]")
    assert spaces.sub("", typography(text)) == spaces.sub("", text)


@given(st.from_regex(r"https://[a-z]{1,5}\.example/[a-z?:;!=&]{0,10}", fullmatch=True))
def test_a_web_address_is_never_touched(address: str) -> None:
    assert typography(f"voir {address} : là") == f"voir {address}\u00a0: là"


@given(st.text(alphabet="ABDELNOÉÇ'’-–/ ()", max_size=25))
def test_the_case_of_a_name_changes_no_letter_and_settles_at_once(text: str) -> None:
    cased = surname_case(text)
    assert surname_case(cased) == cased
    assert fold(cased) == fold(text)
