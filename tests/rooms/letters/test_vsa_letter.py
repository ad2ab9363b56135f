"""Claims about the campaign's letter: the author's words, French, one letter in both channels."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest

from merge.errors import LetterError
from merge.french.communes import reference
from merge.letters.signers import Signer, fitting
from merge.letters.template import CompiledTemplate
from merge.mail.message import MailComposer
from merge.model import Channel, Message, Sex
from merge.paper.pdf import LotPress
from tests.examples import each_line
from tests.house import ROOT
from tests.pages import AT, need_pages, pdf_of, texts
from tests.vsa import WRITER, mayor_of, read, rendered, vsa

GOLDEN = ROOT / "tests/golden"
# --- the author's words ---------------------------------------------------------------------------

BLANKS = {
    "{{ lieu|a|majuscule }}": "A [lieu]",
    "{{ date }}": "[date]",
    "{{ salutation }}": "Monsieur le Maire / Madame la Maire",
    "{{ salutation_courte }}": "M. le Maire/Mme la Maire",
    "{{ commune|de }}": "de [xx]",
    "{{ commune|de(gras=true) }}": "de **[xx]**",
    "{{ signature }}": "[Signature]",
}


def test_the_template_is_the_authors_letter_word_for_word() -> None:
    _, _, body = read("letter.md").split("---\n", 2)
    for blank, words in BLANKS.items():
        assert body.count(blank) == 1
        body = body.replace(blank, words)
    original = (GOLDEN / "vsa-original.txt").read_text(encoding="utf-8")
    assert body.split() == original.split()


def test_its_broken_line_is_joined() -> None:
    assert "et aux États-Unis (San Francisco" in read("letter.md")


def test_the_authors_slips_stay_and_are_told_once_with_their_row() -> None:
    lines = read("letter.md").splitlines()
    slips = vsa().slips
    found = {(slip.kind, slip.found) for slip in slips}
    assert len(found) == len(slips)
    assert found >= {
        ("spelling", "préfetures"),
        ("spelling", "dans tous le pays"),
        ("spelling", "d'un de logiciels"),
        ("relative-date", "l'an dernier"),
    }
    for slip in slips:
        assert slip.found in lines[slip.row - 1]
        assert slip.found in rendered(vsa(), mayor_of("35238"), Channel.EMAIL).text


# --- what the mayors get --------------------------------------------------------------------------

TWENTY: dict[str, Sex] = {
    "76351": "F",  # Le Havre
    "85194": None,  # Les Sables-d'Olonne
    "94038": "M",  # L'Haÿ-les-Roses
    "80829": "F",  # Y
    "60703": "M",  # Aux Marais
    "58062": "F",  # Château-Chinon (Ville)
    "63448": "M",  # Le Vernet-Chaméane, coded as if it had no article
    "98809": None,  # L'Île-des-Pins, without a code
    "02565": "F",  # Œuilly
    "83069": "M",  # Hyères, whose h is mute
    "80410": None,  # Ham, whose h is not
    "72132": "F",  # La Ferté-Bernard
    "13055": "M",  # Marseille
    "75056": "F",  # Paris
    "2A004": "M",  # Ajaccio
    "66104": "M",  # Los Masos
    "31404": "F",  # Oô
    "17004": "M",  # Île-d'Aix
    "51513": None,  # Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson, the longest
    "98818": "F",  # Nouméa, without a code
}


def test_the_letters_read_as_they_did() -> None:
    """REWRITE_GOLDEN=1 writes them anew; read what changed before you keep it."""
    changed = [each for insee in TWENTY for each in changed_of(insee)]
    assert changed == []


def changed_of(insee: str) -> Iterator[str]:
    template = vsa(look="/* templates/vsa/letter.css */")
    recipient = mayor_of(insee, TWENTY[insee])
    mail = rendered(template, recipient, Channel.EMAIL)
    page = rendered(template, recipient, Channel.PAPER)
    assert page.text == mail.text
    composer = MailComposer(
        from_name=WRITER.name, from_address="contact@example.org", campaign_id="campaign"
    )
    message = composer.compose(mail, to=recipient.email or "", wave=1, date=AT)
    assert isinstance(message, Message)
    for name, now in (
        (f"{insee}.txt", f"{mail.subject}\n\n{mail.text}".encode()),
        (f"{insee}.mail.html", mail.html.encode()),
        (f"{insee}.page.html", page.page.html.encode()),
        (f"{insee}.eml", message.data),
    ):
        if now != golden(name, now):
            yield name


@pytest.mark.parametrize("insee", TWENTY)
def test_the_printed_letter_says_what_it_said(insee: str, tmp_path: Path) -> None:
    """Word for word; where a line breaks depends on the computer's fonts."""
    need_pages()
    page = rendered(vsa(), mayor_of(insee, TWENTY[insee]), Channel.PAPER)
    file = tmp_path / "letter.pdf"
    file.write_bytes(LotPress(tmp_path).single(page))
    now = "\n\f\n".join(texts(file))
    assert _unbroken(now) == _unbroken(golden(f"{insee}.pdf.txt", now.encode()).decode())


def _unbroken(text: str) -> str:
    return re.sub("[\\s\\-\\N{HYPHEN}\\N{SOFT HYPHEN}\ufffe]", "", text)


def golden(name: str, now: bytes) -> bytes:
    """What a letter was; with REWRITE_GOLDEN, what it is `now`."""
    path = GOLDEN / "letters" / name
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_bytes(now)
    return path.read_bytes()


def test_no_town_of_the_reference_keeps_its_article_behind_a_preposition() -> None:
    template = vsa()
    double = re.compile(r"\b(?:de|du|des|d'|à|au|aux)\s*(?:Le|Les|Aux) ")
    some = [insee for insee, commune in reference().items() if commune.postcodes][::17]
    assert len(some) > 2000
    for insee in some:
        letter = rendered(template, mayor_of(insee), Channel.EMAIL)
        for said in (letter.subject, letter.text, re.sub(r"</?strong>", "", letter.html)):
            if insee != "32020":  # Aux-Aussat: the Aux is the village's name
                assert not double.search(said), insee


# --- both channels say the same -------------------------------------------------------------------


def test_every_letter_says_who_writes_and_how_to_answer_or_be_left_alone() -> None:
    for channel in (Channel.EMAIL, Channel.PAPER):
        letter = rendered(vsa(), mayor_of("35238"), channel)
        assert letter.reference == "Réf. 35238"
        foot = letter.text.partition("\n-- \n")[2].replace("\u00a0", " ")
        told = ["Collectif Rennes sans caméras vous a écrit", "contact@example.org"]
        told += ["Réf. 35238", "annuaire de l'administration", "STOP"]
        assert [each for each in told if each not in foot] == []


@each_line
def test_no_letter_is_without_what_every_letter_says(lack: str) -> None:
    template = vsa(writer=dataclasses.replace(WRITER, **{lack: " "}))  # type: ignore[arg-type]
    for channel in (Channel.EMAIL, Channel.PAPER):
        with pytest.raises(LetterError) as caught:
            template.render(mayor_of("35238"), channel)
        assert (caught.value.code, caught.value.facts["name"]) == ("writer-lacks", lack)


def test_a_sender_whose_address_begins_with_its_name_is_named_once() -> None:
    writer = dataclasses.replace(WRITER, address=(WRITER.name, *WRITER.address))
    page = rendered(vsa(writer=writer), mayor_of("76351"), Channel.PAPER)
    assert page.page.html == rendered(vsa(), mayor_of("76351"), Channel.PAPER).page.html


# --- the page -------------------------------------------------------------------------------------


def test_what_is_typed_as_code_is_set_in_a_font_of_the_program() -> None:
    need_pages()
    source = read("letter.md").replace("{{ signature }}", "`abc`\n\n{{ signature }}")
    page = rendered(vsa(source=source), mayor_of("80829"), Channel.PAPER)
    with pikepdf.open(BytesIO(pdf_of(page))) as document:
        fonts = {
            str(thing.BaseFont).partition("+")[2]
            for thing in document.objects
            if isinstance(thing, pikepdf.Dictionary) and "/DescendantFonts" in thing
        }
    assert {name for name in fonts if not name.startswith("Publipostage-")} == set()


@each_line
def test_what_stands_behind_the_signature_is_not_set_as_one(after: str) -> None:
    need_pages()
    source = read("letter.md") + f"\n{after}\n"
    page = rendered(vsa(source=source), mayor_of("80829"), Channel.PAPER)
    with pdfium.PdfDocument(pdf_of(page)) as document:
        text = document[1].get_textpage()

        def stands(words: str) -> tuple[float, float]:
            """How many mm from the left edge and from the lower one."""
            found = text.search(words).get_next()
            assert found, words
            left, _bottom, _right, top = text.get_charbox(found[0])
            return left / 72 * 25.4, top / 72 * 25.4

        above, signed, below = map(stands, ("Nous vous prions", "Pour le collectif", after[:3]))
    assert above[1] - signed[1] > 12  # room for a pen
    assert signed[0] == pytest.approx(105, abs=1)
    assert below[0] == pytest.approx(30, abs=1)
    assert below[1] < signed[1] - 10


@each_line
def test_the_last_point_of_a_list_in_the_end_is_not_set_as_a_signature(behind: str) -> None:
    need_pages()
    points = "- un point ;\n\n- un dernier.\n\n"
    source = read("letter.md").replace("{{ signature }}", f"{points}{{{{ signature }}}}")
    page = rendered(vsa(source=f"{source}\n{behind}"), mayor_of("80829"), Channel.PAPER)
    with pdfium.PdfDocument(pdf_of(page)) as document:
        text = document[1].get_textpage()

        def left(words: str) -> float:
            """How many mm from the left edge."""
            return float(text.get_charbox(text.search(words).get_next()[0])[0]) / 72 * 25.4

        listed = [*map(left, ("un point", "un dernier", *behind.split()[-3::2]))]
        signed = left("Pour le collectif")
    assert max(listed) < 50, listed
    assert signed == pytest.approx(105, abs=1)


@pytest.mark.parametrize("more", range(15, 26))
def test_the_signature_is_never_alone_on_a_page(more: int) -> None:
    """Wherever the text ends, the last sentence and words of the body go with the name."""
    need_pages()
    filler = "\n\n".join(["Mot."] * more)
    source = (
        f"---\nsubject: x\n---\n{filler}\n\nFin du texte.\n\nSalutations,\n\n{{{{ signature }}}}"
    )
    page = rendered(vsa(source=source), mayor_of("76351"), Channel.PAPER)
    with pdfium.PdfDocument(pdf_of(page)) as document:
        pages = [sheet.get_textpage().get_text_bounded() for sheet in document]
    signed = next(text for text in pages if "Zoé Martin" in text)
    assert "Salutations" in signed
    assert "Fin du texte" in signed


LONGEST = "51513"
"""Of all names of communes: the letter that has the least room for those who sign."""


def signed_by(count: int, name: str = "Anne-Charlotte de la Rochefoucauld") -> CompiledTemplate:
    signers = [Signer(name="Zoé Première"), *[Signer(name=name)] * (count - 2)]
    return vsa(writer=dataclasses.replace(WRITER, signers=(*signers, Signer(name="Ali Dernier"))))


@each_line
def test_names_stand_in_columns_without_the_words_between_them(count: int, columns: int) -> None:
    need_pages()
    page = rendered(signed_by(count, "Qy"), mayor_of("76351"), Channel.PAPER)
    with pdfium.PdfDocument(pdf_of(page)) as document:
        text = document[1].get_textpage()
        found = [i for i in range(text.count_chars()) if text.get_text_range(i, 2) == "Qy"]
        assert len({round(text.get_charbox(i)[0]) for i in found}) == columns
        assert "Qy," not in text.get_text_bounded()


# --- names that are two lines or three ------------------------------------------------------------

ROLES = (
    "présidente de l'association des parents d'élèves",
    "infirmière au centre hospitalier universitaire",
    "professeure de mathématiques au lycée Émile-Zola",
)


def in_office(count: int, name: str) -> tuple[Signer, ...]:
    """People with roles of about 50 letters; the number of each is behind its name."""
    return tuple(Signer(name=f"{name} N{n}", role=ROLES[n % 3]) for n in range(count))


def named_at_length(count: int) -> tuple[Signer, ...]:
    name = "Anne-Charlotte Marie-Thérèse de la Rochefoucauld-Doudeau"
    return tuple(Signer(name=f"{name} N{n}") for n in range(count))


LONG = {
    "roles": in_office(110, "Zoé Martin"),
    "names": named_at_length(120),
    "both": in_office(60, "Anne-Charlotte de la Rochefoucauld"),
    "all": in_office(120, "Anne-Charlotte de la Rochefoucauld"),
    "mixed": (*in_office(50, "Jean Petit"), *(Signer(name=f"Ali N{n}") for n in range(50, 120))),
}


@cache
def pages_signed_by(signers: tuple[Signer, ...], source: str | None = None) -> list[str]:
    template = vsa(writer=dataclasses.replace(WRITER, signers=signers), source=source)
    page = rendered(template, mayor_of(LONGEST, None), Channel.PAPER)
    with pdfium.PdfDocument(pdf_of(page)) as document:
        return [sheet.get_textpage().get_text_bounded() for sheet in document]


def numbers(page: str) -> list[int]:
    """Of those whose name is on this page, column by column."""
    return [int(found) for found in re.findall(r"\bN(\d+)\b", page)]


@pytest.mark.parametrize("signers", LONG.values(), ids=LONG)
def test_so_many_of_these_names_fit_on_two_pages_as_is_said(signers: tuple[Signer, ...]) -> None:
    need_pages()
    most = fitting(signers)
    assert 0 < most < len(signers)
    assert len(pages_signed_by(signers[:most])) == 2
    assert len(pages_signed_by(signers[: most + 1])) == 3


@pytest.mark.parametrize("signers", [LONG["names"], LONG["all"]], ids=["names", "all"])
def test_names_that_do_not_fit_go_on_over_the_next_page(signers: tuple[Signer, ...]) -> None:
    """Two sheets at most; the last page has more than a rest, and the foot is behind the names.

    Where they are few, the last sentence goes with them.
    """
    need_pages()
    for those in (signers[: fitting(signers) + 1], signers):
        pages = pages_signed_by(those)
        assert len(pages) == 3 or (len(pages) == 4 and len(those) > 100)
        begins = next(n for n, page in enumerate(pages) if "considération distinguée" in page)
        first, *more = named = [numbers(page) for page in pages[begins:]]
        assert [n for page in named for n in page] == list(range(len(those)))
        assert len(first) >= 8
        assert all(len(page) >= 6 for page in more)
        assert "STOP" in pages[-1]


@pytest.mark.parametrize("more", range(8, 48, 10))
def test_wherever_the_text_ends_nothing_is_alone(more: int) -> None:
    """Neither the signature without names, nor the foot, nor a few names of many."""
    need_pages()
    signers = LONG["names"]
    filler = "\n\n".join(["Mot."] * more)
    pages = pages_signed_by(
        signers,
        f"---\nsubject: x\n---\n{filler}\n\nFin du texte.\n\nSalutations,\n\n{{{{ signature }}}}",
    )
    signed = next(page for page in pages if "Salutations" in page)
    assert "Fin du texte" in signed
    assert "Zoé Martin" in signed
    assert len(numbers(signed)) >= 8
    assert "STOP" in pages[-1]
    assert len(numbers(pages[-1])) >= 6
    assert [n for page in pages for n in numbers(page)] == list(range(len(signers)))


def test_an_e_mail_has_its_style_in_attributes_and_fetches_nothing() -> None:
    source = (
        read("letter.md") + "\n## Titre\n\n- liste\n\n> citation\n\n[lien](https://x.example)\n"
    )
    html = rendered(vsa(source=source), mayor_of("35238"), Channel.EMAIL).html
    assert "style=" in html
    # Many mail programs drop a style sheet, and take what a letter fetches for a spy.
    assert not re.search(
        r"<(?:style|link|script|iframe)|\sclass=|@import|url\(|src=\"(?!cid:)", html
    )
