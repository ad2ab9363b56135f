"""Claims about a page of a letter with tables, footnotes and blocks, and what they look like."""

from __future__ import annotations

import re
from collections import Counter

import pypdfium2 as pdfium
import pytest
from pypdfium2 import raw

from merge.errors import LetterError
from merge.model import Channel, Letter
from merge.paper.typesetting import MOST_PAGES
from tests.pages import pdf_of
from tests.rooms.paper.test_page import (
    FULLEST,
    GOLDEN_TOLERANCE,
    campaigns_letter,
    difference,
    golden,
    picture_of,
)

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

HEAD = "---\nsubject: Votre facture\n---\n{{ salutation }},\n\nVoici.\n\n"
END = "\n\nCordialement,\n\n{{ signature }}"
TABLE = "| Article | Nombre | Prix |\n|:--|:-:|--:|\n"


def rendered(body: str) -> Letter:
    letter = campaigns_letter(source=HEAD + body + END).render(FULLEST, Channel.PAPER)
    assert isinstance(letter, Letter)
    return letter


def words_on(pdf: bytes) -> list[str]:
    with pdfium.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def assert_looks(letter: Letter, name: str, page: int) -> None:
    with pdfium.PdfDocument(pdf_of(letter)) as document:
        picture = picture_of(document, page)
    assert difference(picture, golden(f"{name}-{page}.png", picture)) < GOLDEN_TOLERANCE


@pytest.mark.parametrize("page", [1, 2])
def test_a_table_looks_as_it_should_over_two_pages(page: int) -> None:
    rows = "\n".join(f"| Pain n° {i}<br>au levain | {i} | {i * 3},50 € |" for i in range(20))
    assert_looks(rendered(TABLE + rows), "letter-table", page)


def test_a_table_of_300_rows_has_its_head_on_each_page_and_no_row_is_lost_or_broken() -> None:
    rows = "\n".join(f"| Pain{i}a<br>levain{i}b | {i}c | {i * 3},50 € |" for i in range(300))
    pages = words_on(pdf_of(rendered(TABLE + rows)))
    assert all("Article Nombre Prix" in page for page in pages)
    for i in range(300):
        (page,) = (page for page in pages if f"Pain{i}a" in page)
        assert f"levain{i}b" in page
        assert f"{i}c" in page
    assert "Cordialement" in pages[-1]
    assert "299c" in pages[-1]


@pytest.mark.parametrize("rows", ["{}\n|---|---|\n| fin | fin |", "| A | B |\n|---|---|\n{}"])
def test_a_row_taller_than_a_page_goes_on_on_the_next(rows: str) -> None:
    tall = f"| {'<br>'.join(f'ligne{i}a' for i in range(120))} | seul |"
    pages = words_on(pdf_of(rendered(rows.format(tall))))
    found = Counter(re.findall(r"ligne\d+a", " ".join(pages)))
    assert found == Counter(f"ligne{i}a" for i in range(120))


@pytest.mark.parametrize(
    "cells",
    [
        [f"{i * 1234567},00 €" for i in range(12)],
        ["9" * 60, "8" * 60, "7" * 60],
        ["mot " * 1250, "mot"],
    ],
    ids=["12-columns", "long-words", "5000-characters"],
)
def test_whatever_is_in_its_cells_a_table_stays_on_the_page(cells: list[str]) -> None:
    row = "|" + "|".join(cells) + "|"
    pdf = pdf_of(rendered(f"|{'A|' * len(cells)}\n|{'--|' * len(cells)}\n{row}"))
    said = Counter("".join(words_on(pdf)))
    for sign, n in Counter("".join("".join(cells).split())).items():
        assert said[sign] >= n
    with pdfium.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            rights = [text.get_rect(i)[2] for i in range(text.count_rects())]
            assert max(rights, default=0) <= page.get_width() - 20 / 25.4 * 72 + 0.5


FORMS = """Une phrase[^1], et {{ commune }}[^2].

| A | B |
|---|--:|
| x[^3] | 12 |

::: right
À droite de la page.
:::

::: center
Au milieu de la page.
:::

::: indent
En retrait, un paragraphe qui est assez long pour aller à la ligne, et encore un peu plus long.
:::

\\newpage

Page deux[^4].

[^1]: Une note : avec *italique* et
    une suite sur sa deuxième ligne.

[^2]: Chez {{ commune }}.

[^3]: Dans un tableau.

[^4]: Sur la page deux.
"""


@pytest.mark.parametrize("page", [1, 2])
def test_footnotes_and_blocks_look_as_they_should(page: int) -> None:
    assert_looks(rendered(FORMS), "letter-forms", page)


def test_a_footnote_stands_on_the_page_that_calls_it() -> None:
    first, second = words_on(pdf_of(rendered(FORMS)))
    for n, words in enumerate(("Une note : avec italique et une", "Chez", "Dans un tableau"), 1):
        assert f"{n}. {words}" in first
    assert "4. Sur la page deux." in second


def top_and_bottom(page: pdfium.PdfPage, words: str) -> tuple[float, float]:
    """Of these words, in points from the lower edge of the page."""
    text = page.get_textpage()
    found = text.search(words).get_next()
    assert found, words
    boxes = [text.get_charbox(found[0] + i) for i in range(found[1])]
    return max(box[3] for box in boxes), min(box[1] for box in boxes)


@pytest.mark.parametrize("more", range(24, 36, 2))
@pytest.mark.parametrize("note", ["", "\n\n[^1]: Une note."], ids=["", "note"])
def test_wherever_the_text_ends_nothing_stands_over_the_foot(more: int, note: str) -> None:
    called = "Appel[^1]." if note else "Fin."
    with pdfium.PdfDocument(pdf_of(rendered("Mot.\n\n" * more + called + note))) as document:
        last = document[len(document) - 1]
        signed, said = (top_and_bottom(last, words) for words in ("Zoé Martin", "vous a écrit"))
        assert signed[1] > said[0] + 10
        stop = top_and_bottom(last, "STOP")
        if note and "Appel" in last.get_textpage().get_text_range():
            assert stop[1] > top_and_bottom(last, "Une note")[0]
        elif not note:
            assert stop[1] < 75, "at the end of the page: its margin is 62"


@pytest.mark.parametrize("note", ["", "[^1].\n\n[^1]: Une note."], ids=["", "note"])
def test_the_rule_above_the_foot_is_as_wide_as_the_text(note: str) -> None:
    with pdfium.PdfDocument(pdf_of(rendered(f"Fin{note}"))) as document:
        drawn = [
            each.get_bounds() for each in document[0].get_objects(filter=[raw.FPDF_PAGEOBJ_PATH])
        ]
    ends = [(left, right) for left, _bottom, right, _top in drawn if right - left > 100]
    assert len(ends) == 1 + bool(note)
    for left, right in ends:
        assert (left, right) == pytest.approx((85, 510.2), abs=0.5), "30 and 180 mm"


def test_a_link_is_printed_in_black() -> None:
    linked = rendered("Voir [la page](https://example.org/a).")
    with pdfium.PdfDocument(pdf_of(linked)) as document:
        picture = document[0].render(scale=1).to_pil().convert("RGB")
    assert all(max(pixel) - min(pixel) < 8 for _count, pixel in picture.getcolors(1 << 24))


def test_of_many_long_footnotes_no_word_is_lost() -> None:
    said = [f"note{i} " + f"mot{i} " * 200 for i in range(30)]
    body = "\n\n".join(f"Appel {i}[^{i}]." for i in range(30))
    body += "".join(f"\n\n[^{i}]: {words}" for i, words in enumerate(said))
    words = " ".join(words_on(pdf_of(rendered(body)))).split()
    for i in range(30):
        assert words.count(f"mot{i}") == 200
        assert words.count(f"note{i}") == 1


def test_a_letter_of_hundreds_of_pages_is_told_from_whom_it_is() -> None:
    with pytest.raises(LetterError) as caught:
        pdf_of(rendered("\n\n\\newpage\n\n".join("abc" for _ in range(MOST_PAGES + 1))))
    assert caught.value.code == "letter-too-many-pages"
    assert caught.value.facts["n"] == MOST_PAGES + 1
    assert caught.value.facts["key"] == FULLEST.key


def test_a_template_of_300_pages_is_refused_before_anything_is_made() -> None:
    with pytest.raises(LetterError) as caught:
        rendered("La rue est un espace de rencontres et de droits. " * 19_000)
    assert (caught.value.code, caught.value.row) == ("letter-of-a-book", 4)
    assert caught.value.facts == {"n": 310, "most": 100}
