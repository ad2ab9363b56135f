"""A postal block obeys NF Z10-011, or says why there is none; case by case postal.txt tells it."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from merge.french.communes import reference
from merge.french.grammar import de, title
from merge.french.postal import CHARACTERS, LINES, AddressBlock, PostalProblem, block, capitals
from tests.facts import wrong

FACTS = Path(__file__).with_name("postal.txt")


def lines_of(*typed: str) -> tuple[str, ...]:
    """The block of these lines, the last two of which are postcode and locality."""
    *lines, postcode, locality = typed
    made = block(lines, postcode, locality)
    if isinstance(made, PostalProblem):
        return f"!{made.code}", made.field, made.value
    return made.lines


def street_of(typed: str) -> tuple[str, ...]:
    return lines_of("Mairie", "", typed, "72400", "X")[1:-1]


def shortened(word: str) -> str:
    """What is left of the word where one letter more would have no room."""
    for letters in range(1, CHARACTERS):
        (line, *more) = street_of(f"1 {word} {'X' * letters}")
        if more or not line.startswith(f"1 {capitals(word)} "):
            return line.removeprefix("1 ").removesuffix(f" {'X' * letters}")
    raise AssertionError(word)


def test_a_block_is_the_norms_or_says_why_there_is_none() -> None:
    claims = {
        "an address typed in one cell is parted": street_of,
        "every house number stays with the street behind it": street_of,
        "a house number behind its street stays there": street_of,
        "a street is abbreviated only where it must be": street_of,
        "a word is abbreviated as La Poste does where one letter has no room": shortened,
        "a line that is too long is shortened at words": lambda typed: lines_of(
            typed, "51290", "X"
        )[0],
        "a block is the norm's, or says why there is none": lines_of,
        "capitals are letters, digits and spaces": capitals,
    }
    assert [line for claim, found in claims.items() for line in wrong(FACTS, claim, found)] == []


def test_a_word_of_half_a_character_stands_in_no_window() -> None:
    assert lines_of("Mairie\ud800", "76000", "X")[0] == "!bad-character"


def test_every_commune_has_a_block_and_none_is_cut_in_mid_word() -> None:
    for commune in reference().values():
        if not commune.postcodes or (len(commune.name) < 20 and commune.name.isascii()):
            continue  # short names of plain letters fit as they are
        mairie = f"Mairie {de(commune.name, commune.article_code)}"
        made = lines_of(
            *(mairie, title(None), "Place de la Mairie"), commune.postcodes[0], commune.name
        )
        assert len(made) == 4
        assert max(map(len, made)) <= CHARACTERS
        assert made[0] in (mairie, mairie.replace("Saint", "St"), "Mairie")
        words = set(capitals(commune.name).replace("SAINT", "ST").split())
        assert set(made[-1].replace("SAINT", "ST").split()[1:]) <= words


ANYTHING = st.text(max_size=50)


@given(st.lists(ANYTHING, max_size=7), ANYTHING | st.just("76000"), ANYTHING)
def test_anything_typed_gives_a_block_of_the_norm_or_a_problem(
    lines: list[str], postcode: str, locality: str
) -> None:
    made = block(lines, postcode, locality)
    if isinstance(made, AddressBlock):
        assert 2 <= len(made.lines) <= LINES
        assert all(0 < len(line) <= CHARACTERS for line in made.lines)
        assert re.fullmatch(r"[0-9]{5}( [A-Z0-9]+)+", made.lines[-1])


@given(st.lists(st.text(alphabet="aé ,.;-'0123\nBPCS", max_size=40), max_size=3))
def test_from_the_street_on_there_is_no_punctuation(lines: list[str]) -> None:
    made = block(["Mairie", "Madame la Maire", *lines], "76000", "Rouen")
    if isinstance(made, AddressBlock):
        assert all(re.fullmatch(r"[A-Z0-9]+( [A-Z0-9]+)*", line) for line in made.lines[2:])


@given(
    st.lists(
        st.lists(
            st.sampled_from(["3", "5 bis", "rue X", "Bourg", "BP 4", "B"]), max_size=4
        ).flatmap(
            lambda words: st.sampled_from([", ", " - ", " ", "\n"]).map(lambda by: by.join(words))
        ),
        max_size=3,
    )
)
def test_no_word_of_an_address_is_lost_or_printed_twice(lines: list[str]) -> None:
    made = block(["Mairie", "", *lines], "76000", "Rouen")
    if isinstance(made, AddressBlock):
        typed = capitals(" ".join(lines)).split()
        assert sorted(" ".join(made.lines[1:-1]).split()) == sorted(typed)


@given(ANYTHING)
def test_capitals_twice_are_capitals_once(text: str) -> None:
    assert capitals(capitals(text)) == capitals(text)
