"""Claims about how alike letters are said to be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from merge.letters.similarity import Alikeness, Comparison

COMMON = "\n\n".join(
    f"{beginning} la rue est un espace de rencontres, et nous refusons qu'elle soit surveillée."
    for beginning in ("D'abord", "Ensuite", "Enfin", "Partout", "Ici")
)


def compared(*letters: tuple[str, str]) -> Alikeness:
    comparison = Comparison()
    for text, own in letters:
        comparison.add(text, own)
    return comparison.result()


def letter(town: str, own: str = "") -> tuple[str, str]:
    """A letter as the campaign makes it: common words, a town's name, its own paragraph."""
    middle = f"\n\n{own}" if own else ""
    demand = f"Nous, habitant·es de {town}, demandons à la mairie de s'engager par écrit."
    return f"{demand}{middle}\n\n{COMMON}\n", own


def test_the_same_letter_is_wholly_the_same():
    assert compared(letter("Rennes"), letter("Rennes")).shared_percent == 100


def test_a_name_in_a_blank_makes_hardly_a_difference():
    assert compared(letter("Rennes"), letter("Vitré"), letter("Le Havre")).shared_percent in (
        *(97, 98, 99),
    )


def test_a_paragraph_of_its_own_counts_in_full_even_where_its_small_words_are_elsewhere():
    own = "Les caméras de la place du marché ont été posées sans un vote de la commune de Vitré."
    text, _own = letter("Vitré", own)
    alike = compared(letter("Rennes"), (text, own))
    expected = 100 * (1 - len(own) / len(text))
    assert alike.shared_percent is not None
    assert expected - 2 < alike.shared_percent <= expected


def test_not_even_nearly_all_is_rounded_up_to_all():
    one, other = ("a " * 5000 + end for end in ("x", "y"))
    assert compared((one, ""), (other, "")).shared_percent == 99


def test_one_letter_alone_has_nothing_to_be_compared_with():
    assert compared(letter("Rennes")) == Alikeness(letters=1, without_own=1, shared_percent=None)


def test_letters_without_a_local_paragraph_have_nothing_of_their_own():
    alike = compared(letter("Rennes"), letter("Vitré", "À Vitré, rien."), letter("Y", " \n"))
    assert (alike.letters, alike.without_own) == (3, 2)


def test_a_local_paragraph_that_was_pasted_to_several_is_nobodys_own():
    pasted = "Dans notre ville, les caméras\nse multiplient."
    alike = compared(
        letter("Rennes", pasted),
        letter("Vitré", "À Vitré, rien."),
        letter("Fougères", pasted.replace("\n", " ")),
    )
    assert alike.without_own == 2


@given(st.lists(st.tuples(st.text("ab \n"), st.text("ab \n")), max_size=5))
def test_whatever_the_letters_the_figures_stay_within_their_bounds(letters):
    alike = compared(*letters)
    assert alike.letters == len(letters)
    assert 0 <= alike.without_own <= alike.letters
    if len(letters) < 2:
        assert alike.shared_percent is None
    else:
        assert alike.shared_percent is not None
        assert 0 <= alike.shared_percent <= 100
