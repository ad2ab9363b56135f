"""One Word letter with all that a letter has a form for, from the file to the mail and the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from merge.app import new
from merge.letters.drafts import draft
from merge.model import Channel, Letter
from tests.examples import each_line, sections
from tests.pages import need_pages, pdf_of
from tests.vsa import fullest
from tests.word_files import expanded, run, word_file
from tests.word_letters import NUMBERS

BODY = expanded("".join(sections(Path(__file__).with_suffix(".txt"))["the letter"]))
NOTE = f'<w:footnote w:id="2"><w:p>{run("Voir le bilan de 2025.")}</w:p></w:footnote>'


def sent(channel: Channel) -> Letter:
    made = draft.read(word_file(BODY, footnotes=NOTE, numbering=NUMBERS), "lettre.docx")
    source = new.letter(made, subject="Bilan", audience="people").source
    return fullest(source=source, channel=channel)


@pytest.fixture(scope="module")
def mail() -> Letter:
    return sent(Channel.EMAIL)


@each_line
def test_an_e_mail_has_the_form_of_the_word_file(mail: Letter, part: str) -> None:
    assert part in mail.html


def test_the_text_of_the_e_mail_has_it_too(mail: Letter) -> None:
    text = mail.text.partition("\n\n-- \n")[0].replace("\u202f", " ").replace("\u00a0", " ")
    assert text.split("\n\n") == [
        "Rennes, le 3 mai",
        "Bonjour Anaïs,",
        "Tout est dit dans la note[1].",
        "« Le marais n'attend pas. »",
        "Poste    Somme\n-----  -------\nDons   1 200 €\nSalle    300 €",
        "1. Signez\n2. Datez",
        "Bulletin à renvoyer",
        "[1] Voir le bilan de 2025.",
    ]


def test_a_page_has_it_too() -> None:
    need_pages()
    with pdfium.PdfDocument(pdf_of(sent(Channel.PAPER))) as document:
        first, second = ([*_lines(page)] for page in document)
        middle = document[0].get_width() / 2
    edges = {words: (left, right) for words, left, right in (*first, *second)}
    margin = edges["Bonjour Anaïs,"][0]
    assert edges["Rennes, le 3 mai"][0] > middle
    assert edges["«\u00a0Le marais n’attend pas.\u00a0»"][0] > margin + 20
    assert edges["1\u202f200\u00a0€"][1] == pytest.approx(edges["300\u00a0€"][1], abs=0.5)
    assert "Voir le bilan de 2025." in [words for words, _left, _right in first]
    words, left, right = second[0]
    assert words == "Bulletin à renvoyer"
    assert (left + right) / 2 == pytest.approx(middle, abs=1)


def _lines(page: pdfium.PdfPage) -> Iterator[tuple[str, float, float]]:
    """What stands on a page, with its left and right edges in points."""
    text = page.get_textpage()
    for i in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(i)
        yield text.get_text_bounded(left, bottom, right, top).strip(), left, right
