"""Claims about where a letter goes on to its second page, for letters of many lengths.

Each word of the body says which paragraph it is of, and so does each line that is read back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pytest

from merge.model import Letter
from tests.pages import need_pages, pages_of
from tests.vsa import FULLEST, fullest

SHORT, LONG = 5, 12  # paragraphs: the signature comes near the end of the first or second page
WORDS = 62  # of a paragraph: five lines

Lines = Counter[int]  # of each paragraph


def letter(paragraphs: int, more: int, last: int) -> Letter:
    """So many lines more at the top, and words in the last paragraph."""
    body = ["Ligne."] * more
    body += [f"mot{n} " * (last if n == paragraphs else WORDS) for n in range(1, paragraphs + 1)]
    source = "\n\n".join(
        ["---\nsubject: x\n---\n{{ lieu|a }}", *body, "Salutations,", "{{ signature }}"]
    )
    return fullest(source=source)


@pytest.fixture(scope="module")
def pages() -> Sequence[Sequence[str]]:
    """The text of each page of each letter: they differ by a line, and by their last words."""
    need_pages()
    letters = [
        letter(paragraphs, more, last=45 if more % 2 else 3)
        for paragraphs in (SHORT, LONG)
        for more in range(12)
    ]
    return pages_of(*letters)


def lines(page: str) -> Lines:
    found = (re.search(r"\bmot(\d+)\b", line) for line in page.splitlines())
    return Counter(int(each[1]) for each in found if each)


def test_no_line_of_a_paragraph_is_alone_on_a_page(pages):
    parted = 0
    for letter_pages in pages:
        for before, after in zip(
            map(lines, letter_pages), map(lines, letter_pages[1:]), strict=False
        ):
            for paragraph in before & after:
                parted += 1
                assert before[paragraph] >= 2
                assert after[paragraph] >= 2
    assert parted > 5, "or nothing was tried"


def test_the_signature_is_never_alone_on_a_page(pages):
    """With it go the last sentence, words of the body and the foot, wherever the page ends."""
    ends = set()
    for letter_pages in pages:
        (signed,) = (page for page in letter_pages if "Zoé Martin" in page)
        assert "Salutations" in signed
        assert lines(signed)
        assert "vous a écrit cette lettre" in signed
        ends.add((len(letter_pages), min(lines(signed).total(), 12)))
    assert len(ends) > 3, "or the page ended in the same place each time"


def test_every_page_tells_which_it_is(pages):
    for letter_pages in pages:
        for number, page in enumerate(letter_pages, start=1):
            assert page.rstrip().endswith(f"page {number}/{len(letter_pages)}")
            assert f"Réf. {FULLEST.key}" in page
