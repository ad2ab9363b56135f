"""Claims about the campaign's letter: the author's words, French, one letter in both channels."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import accumulate

import pikepdf
import pypdfium2 as pdfium
import pytest

from merge.errors import LetterError
from merge.french.communes import reference
from merge.letters.signers import Signer, fitting
from merge.letters.template import CompiledTemplate
from merge.mail.message import MailComposer
from merge.model import Channel, Letter, Message, Sex
from tests.examples import each_line
from tests.house import ROOT
from tests.pages import AT, need_pages, pages_of, pdf_of, run_of
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


def test_the_printed_letter_says_what_it_said():
    """Word for word; where a line breaks depends on the computer's fonts."""
    need_pages()
    changed = []
    template = vsa()
    printed = pages_of(
        *(rendered(template, mayor_of(*who), Channel.PAPER) for who in TWENTY.items())
    )
    for insee, pages in zip(TWENTY, printed, strict=True):
        now = "\n\f\n".join(" ".join(page.split()) for page in pages)
        if _unbroken(now) != _unbroken(golden(f"{insee}.pdf.txt", now.encode()).decode()):
            changed.append(insee)
    assert changed == []


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


def edges(page: Letter, *words: str) -> list[tuple[float, float]]:
    """How far in mm these words of its second page begin from the left edge and from the lower."""
    with pdfium.PdfDocument(pdf_of(page)) as document:
        text = document[1].get_textpage()
        found = [text.search(each).get_next() for each in words]
        assert all(found), words
        boxes = [text.get_charbox(at) for at, _count in found]
    return [(left / 72 * 25.4, top / 72 * 25.4) for left, _bottom, _right, top in boxes]


def test_only_the_signature_is_set_as_one_whatever_stands_around_it():
    need_pages()
    for after in ("P.-S. Voyez le rapport.", "P. J. :\n\n1. le rapport"):
        page = rendered(
            vsa(source=read("letter.md") + f"\n{after}\n"), mayor_of("80829"), Channel.PAPER
        )
        above, signed, below = edges(page, "Nous vous prions", "Pour le collectif", after[:3])
        assert above[1] - signed[1] > 12  # room for a pen
        assert signed[0] == pytest.approx(105, abs=1)
        assert below[0] == pytest.approx(30, abs=1)
        assert below[1] < signed[1] - 10
    points = "- un point ;\n\n- un dernier.\n\n{{ signature }}"
    for behind in ([], ["premier", "rapport"]):
        source = read("letter.md").replace("{{ signature }}", points)
        source += "\n\nP. J. :\n" + "".join(f"\n- {each}\n" for each in behind)
        page = rendered(vsa(source=source), mayor_of("80829"), Channel.PAPER)
        signed, *listed = edges(page, "Pour le collectif", "un point", "un dernier", *behind)
        assert max(left for left, _ in listed) < 50
        assert signed[0] == pytest.approx(105, abs=1)


LONGEST = "51513"
"""Of all names of communes: the letter that has the least room for those who sign."""


def signed_by(count: int, name: str = "Anne-Charlotte de la Rochefoucauld") -> CompiledTemplate:
    signers = [Signer(name="Zoé Première"), *[Signer(name=name)] * (count - 2)]
    return vsa(writer=dataclasses.replace(WRITER, signers=(*signers, Signer(name="Ali Dernier"))))


def test_names_stand_in_columns_without_the_words_between_them():
    need_pages()
    counts = {6: 1, 7: 2, 25: 3, 43: 3, 45: 3, 46: 2}
    run = run_of(
        *(rendered(signed_by(count, "Qy"), mayor_of("76351"), Channel.PAPER) for count in counts)
    )
    found = []
    with pdfium.PdfDocument(run.pdf) as document:
        for first in accumulate(run.pages[:-1], initial=0):
            text = document[first + 1].get_textpage()
            names = [i for i in range(text.count_chars()) if text.get_text_range(i, 2) == "Qy"]
            found.append(len({round(text.get_charbox(i)[0]) for i in names}))
            assert "Qy," not in text.get_text_bounded()
    assert found == list(counts.values())


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


def signed(signers: Sequence[Signer], source: str | None = None) -> Letter:
    template = vsa(writer=dataclasses.replace(WRITER, signers=tuple(signers)), source=source)
    return rendered(template, mayor_of(LONGEST, None), Channel.PAPER)


def numbers(page: str) -> list[int]:
    """Of those whose name is on this page, column by column."""
    return [int(found) for found in re.findall(r"\bN(\d+)\b", page)]


def test_so_many_of_these_names_fit_on_two_pages_as_is_said():
    need_pages()
    letters = []
    for signers in LONG.values():
        most = fitting(signers)
        assert 0 < most < len(signers)
        letters += [signed(signers[:most]), signed(signers[: most + 1])]
    assert run_of(*letters).pages == (2, 3) * len(LONG)


def test_names_that_do_not_fit_go_on_over_the_next_page():
    """Two sheets at most; the last page has more than a rest, and the foot is behind the names.

    Where they are few, the last sentence goes with them.
    """
    need_pages()
    lists = [LONG["names"], LONG["all"]]
    lists += [signers[: fitting(signers) + 1] for signers in lists]
    for those, pages in zip(lists, pages_of(*map(signed, lists)), strict=True):
        assert len(pages) == 3 or (len(pages) == 4 and len(those) > 100)
        begins = next(n for n, page in enumerate(pages) if "considération distinguée" in page)
        first, *more = named = [numbers(page) for page in pages[begins:]]
        assert [n for page in named for n in page] == list(range(len(those)))
        assert len(first) >= 8
        assert all(len(page) >= 6 for page in more)
        assert "STOP" in pages[-1]


def test_wherever_the_text_ends_nothing_is_alone():
    """Neither the signature without names, nor the foot, nor a few names of many."""
    need_pages()
    end = "Fin du texte.\n\nSalutations,\n\n{{ signature }}"
    sources = ["---\nsubject: x\n---\n" + "Mot.\n\n" * more + end for more in range(8, 48, 10)]
    names = LONG["names"]
    for pages in pages_of(*(signed(names, source) for source in sources)):
        last = next(page for page in pages if "Salutations" in page)
        assert "Fin du texte" in last
        assert "Zoé Martin" in last
        assert len(numbers(last)) >= 8
        assert "STOP" in pages[-1]
        assert len(numbers(pages[-1])) >= 6
        assert [n for page in pages for n in numbers(page)] == list(range(len(names)))


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
