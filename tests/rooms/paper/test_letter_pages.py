"""Claims about a page of a letter with tables, footnotes and blocks, and what they look like."""

from __future__ import annotations

import re
from collections import Counter
from itertools import accumulate

import pypdfium2 as pdfium
import pytest
from pypdfium2 import raw

from merge.errors import LetterError
from merge.model import Letter
from merge.paper.typesetting import MOST_PAGES
from tests.goldens import unlike
from tests.pages import pdf_of, run_of
from tests.vsa import FULLEST, fullest

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

HEAD = "---\nsubject: Votre facture\n---\n{{ salutation }},\n\nVoici.\n\n"
END = "\n\nCordialement,\n\n{{ signature }}"
TABLE = "| Article | Nombre | Prix |\n|:--|:-:|--:|\n"


def rendered(body: str) -> Letter:
    return fullest(source=HEAD + body + END)


def words_on(pdf: bytes) -> list[str]:
    with pdfium.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def test_a_table_looks_as_it_should_over_two_pages():
    rows = "\n".join(f"| Pain n° {i}<br>au levain | {i} | {i * 3},50 € |" for i in range(20))
    assert unlike(pdf_of(rendered(TABLE + rows)), {"letter-table-1": 1, "letter-table-2": 2}) == []


def test_a_long_table_has_its_head_on_each_page_and_no_row_is_lost_or_broken():
    rows = "\n".join(f"| Pain{i}a<br>levain{i}b | {i}c | {i * 3},50 € |" for i in range(100))
    pages = words_on(pdf_of(rendered(TABLE + rows)))
    assert len(pages) > 3
    assert all("Article Nombre Prix" in page for page in pages)
    for i in range(100):
        (page,) = (page for page in pages if f"Pain{i}a" in page)
        assert f"levain{i}b" in page
        assert f"{i}c" in page
    assert "Cordialement" in pages[-1]
    assert "99c" in pages[-1]


TALL = f"| {'<br>'.join(f'ligne{i}a' for i in range(120))} | seul |"
CELLS = (
    [f"{i * 1234567},00 €" for i in range(12)],
    ["9" * 60, "8" * 60, "7" * 60],
    ["mot " * 1250, "mot"],
)
NOTES = [f"note{i} " + f"mot{i} " * 200 for i in range(30)]
BODIES = [
    TALL + "\n|---|---|\n| fin | fin |",
    "| A | B |\n|---|---|\n" + TALL,
    *(f"|{'A|' * len(cells)}\n|{'--|' * len(cells)}\n|{'|'.join(cells)}|" for cells in CELLS),
    "\n\n".join(f"Appel {i}[^{i}]." for i in range(30))
    + "".join(f"\n\n[^{i}]: {words}" for i, words in enumerate(NOTES)),
]


def test_no_sign_is_lost_and_none_leaves_the_page_whatever_is_in_a_table_or_a_footnote():
    """Rows taller than a page, many columns, long words, and notes longer than their pages."""
    for body in BODIES:
        pdf = pdf_of(rendered(body))
        said = Counter("".join(words_on(pdf)))
        cells = re.sub(r"<br>|\[\^\d+\]:?|[|\s-]", "", body)
        assert {sign for sign, n in Counter(cells).items() if said[sign] < n} == set()
        for found in (r"ligne\d+a", r"note\d+"):
            assert Counter(re.findall(found, " ".join(words_on(pdf)))) == Counter(
                re.findall(found, body)
            )
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


def test_a_footnote_stands_on_the_page_that_calls_it_and_blocks_look_as_they_should():
    pdf = pdf_of(rendered(FORMS))
    first, second = words_on(pdf)
    for n, words in enumerate(("Une note : avec italique et une", "Chez", "Dans un tableau"), 1):
        assert f"{n}. {words}" in first
    assert "4. Sur la page deux." in second
    assert unlike(pdf, {"letter-forms-1": 1, "letter-forms-2": 2}) == []


def top_and_bottom(page: pdfium.PdfPage, words: str) -> tuple[float, float]:
    """Of these words, in points from the lower edge of the page."""
    text = page.get_textpage()
    found = text.search(words).get_next()
    assert found, words
    boxes = [text.get_charbox(found[0] + i) for i in range(found[1])]
    return max(box[3] for box in boxes), min(box[1] for box in boxes)


def test_wherever_the_text_ends_nothing_stands_over_the_foot():
    """And the rule above it is as wide as the text: from 30 to 180 mm."""
    ends = [("Fin.", more) for more in range(24, 36, 2)]
    ends += [("Appel[^1].\n\n[^1]: Une note.", more) for more in range(24, 36, 2)]
    run = run_of(*(rendered("Mot.\n\n" * more + end) for end, more in ends))
    with pdfium.PdfDocument(run.pdf) as document:
        for (end, _more), number in zip(ends, accumulate(run.pages), strict=True):
            last = document[number - 1]
            signed, said = (top_and_bottom(last, words) for words in ("Zoé Martin", "vous a écrit"))
            assert signed[1] > said[0] + 10
            stop = top_and_bottom(last, "STOP")
            noted = "Appel" in last.get_textpage().get_text_range()
            if noted:
                assert stop[1] > top_and_bottom(last, "Une note")[0]
            elif end == "Fin.":
                assert stop[1] < 75, "at the end of the page: its margin is 62"
            drawn = [each.get_bounds() for each in last.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH])]
            rules = [(left, right) for left, _low, right, _high in drawn if right - left > 100]
            assert len(rules) == 1 + noted
            for rule in rules:
                assert rule == pytest.approx((85, 510.2), abs=0.5)


def test_a_link_is_printed_in_black():
    linked = rendered("Voir [la page](https://example.org/a).")
    with pdfium.PdfDocument(pdf_of(linked)) as document:
        picture = document[0].render(scale=1).to_pil().convert("RGB")
    assert all(max(pixel) - min(pixel) < 8 for _count, pixel in picture.getcolors(1 << 24))


def test_a_letter_of_hundreds_of_pages_is_told_from_whom_it_is():
    with pytest.raises(LetterError) as caught:
        pdf_of(rendered("\n\n\\newpage\n\n".join("abc" for _ in range(MOST_PAGES + 1))))
    assert caught.value.code == "letter-too-many-pages"
    assert caught.value.facts["n"] == MOST_PAGES + 1
    assert caught.value.facts["key"] == FULLEST.key


def test_a_template_of_300_pages_is_refused_before_anything_is_made():
    with pytest.raises(LetterError) as caught:
        rendered("La rue est un espace de rencontres et de droits. " * 19_000)
    assert (caught.value.code, caught.value.row) == ("letter-of-a-book", 4)
    assert caught.value.facts == {"n": 310, "most": 100}
