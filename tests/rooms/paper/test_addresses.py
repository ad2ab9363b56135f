"""Claims about web and e-mail addresses on paper: what is printed can be typed again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from merge.letters import addresses, markdown
from merge.model import Channel, Letter, Slotted
from merge.paper.press import Press, Tier
from merge.paper.typesetting import Typesetter
from tests.examples import each_line
from tests.pages import need_pages
from tests.rooms.letters.test_template import HAVRE, WRITER, compiled, having

PETITION = "https://www.example.org/petitions/videosurveillance_algorithmique"
BARE = "technopolice.example/villes"
EMAIL = "secretariat.administration@communautededecommunes.example.org"
LONG = "https://example.org/" + "videosurveillance" * 12
LOOK = (
    "@page { size: A4; margin: 20mm 100mm 20mm 20mm } "
    'html { font: 11pt/1.4 "Publipostage Serif" } p { hyphens: auto; text-align: justify }'
)
WIDE, NARROW = (
    f'<html lang="fr"><title>Lettre</title><style>{look}</style><body>{{{{ body }}}}'
    for look in (LOOK.replace("100mm", "20mm"), LOOK)
)


def marked(source: str) -> str:
    (block,) = markdown.read(source, path="letter.md", first_row=1).blocks
    words = block.page.removeprefix("<p>").removesuffix("</p>\n")
    return words.replace(addresses.OPENING, "‹").replace(addresses.CLOSING, "›")


def printed(pdf: bytes) -> str:
    """All that is printed, without spaces and the ends of lines."""
    with pdfium.PdfDocument(pdf) as document:
        texts = [each.get_textpage().get_text_bounded() for each in document]
    return "".join("".join(texts).split())


def pages(
    body: str, shifts: Sequence[int], frame: str = NARROW, **fields: str
) -> list[tuple[str, Slotted]]:
    """Letters in which the words stand at so many places of their lines."""
    template = compiled(body, columns=tuple(fields), frame=frame)
    found = []
    for shift in shifts:
        mayor = having(**fields)._replace(surname="N" + "o" * shift, key=str(shift))
        rendered = template.render(mayor, Channel.PAPER)
        assert isinstance(rendered, Letter)
        found.append((mayor.key, rendered.page))
    return found


@each_line
def test_an_address_of_the_letter_is_marked_and_no_other_word(source: str, page: str) -> None:
    assert marked(source) == page


def test_an_address_in_a_cell_is_marked_too() -> None:
    template = compiled("{{ site }}", columns=("site",))
    for cell, marks in ((PETITION, 1), (f"Voir {BARE} & {EMAIL}", 2), ("Rien. Du tout.", 0)):
        rendered = template.render(having(site=cell), Channel.PAPER)
        assert isinstance(rendered, Letter)
        assert rendered.page.html.partition("<p>Collectif")[0].count(addresses.OPENING) == marks


def test_what_is_no_text_of_the_page_is_left_alone() -> None:
    frame = (
        "<title>{{ letter.subject }}</title><style>{{ letter.look }}</style>"
        '<meta content="{{ letter.subject }}">{{ body }}<b title="{{ letter.subject }}">x</b>'
    )
    body = "[ici]({{ site }})"
    template = compiled(
        body,
        columns=("site",),
        frame=frame,
        head=f"subject: Voir {PETITION}",
        look=f"p {{ background: url({PETITION}) }}",
    )
    rendered = template.render(having(site=PETITION), Channel.PAPER)
    assert isinstance(rendered, Letter)
    written = rendered.page.html
    assert (
        f"<title>Voir {PETITION}</title><style>p {{ background: url({PETITION}) }}</style>"
        in written
    )
    assert f'<meta content="Voir {PETITION}">' in written
    assert f'<b title="Voir {PETITION}">' in written
    assert f'<a href="{PETITION}">ici</a>' in written
    assert f"{addresses.OPENING}{PETITION}" in written  # behind the link's words


@pytest.mark.parametrize("form", ["fast", "plain", "attached"])
def test_no_hyphen_is_printed_in_an_address(tmp_path: Path, form: str) -> None:
    need_pages()
    body = (
        f"Nous {{{{ maire.nom }}}} demandons {PETITION} et {BARE}, à {EMAIL} ou "
        f"[ici]({PETITION}) ; {{{{ maire.nom }}}} : {{{{ site }}}}, {LONG}."
    )
    shifts = range(0, 60, 6)
    letters = pages(body, shifts, site=f"{PETITION}/incomprehensiblement")
    if form == "attached":
        typesetter = Typesetter(tmp_path)
        texts = [printed(typesetter.alone(key, each.html)) for key, each in letters[:5]]
    else:
        press = Press(tmp_path)
        tier: Tier = "plain" if form == "plain" else "auto"
        texts = [printed(press.run([one], tier=tier).pdf) for one in letters]
    for text in texts:
        assert text.count(PETITION) == 3
        assert text.count(BARE) == text.count(EMAIL) == text.count(LONG) == 1
        assert f"{PETITION}/incomprehensiblement" in text


def test_letters_with_addresses_go_the_fast_way(tmp_path: Path) -> None:
    need_pages()
    body = (
        f"Nous {{{{ maire.nom }}}} demandons {PETITION}, et ({BARE}), {EMAIL}; "
        f"{{{{ maire.nom }}}}.\n\n{{{{ site }}}} ou [ici]({PETITION})"
    )
    press = Press(tmp_path)
    press.run(pages(body, range(16), WIDE, site=BARE))
    assert press.tally.fast > press.tally.plain


def test_the_foot_of_a_letter_has_its_address_whole() -> None:
    rendered = compiled("a", frame="{{ foot }}").render(HAVRE, Channel.PAPER)
    assert isinstance(rendered, Letter)
    whole = f"{addresses.OPENING}{WRITER.contact}"
    assert rendered.page.html.count(f"{whole},{addresses.CLOSING}") == 1
    assert rendered.page.html.count(f"{whole}.{addresses.CLOSING}") == 1
