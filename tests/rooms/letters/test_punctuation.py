"""Claims about punctuation: what is set as printers have it, and what stays as it was typed."""

from __future__ import annotations

import dataclasses
import re
from html import unescape

from merge.letters import punctuation
from merge.letters.idiom import Idiom
from merge.model import Channel
from tests.examples import each_line
from tests.vsa import WRITER, mayor_of, read, rendered, vsa

FRENCH = Idiom("fr", sets_punctuation=True)
HAY = "94038"  # L'Haÿ-les-Roses


def said(body: str, *, subject: str = "x", channel: Channel = Channel.PAPER) -> str:
    """What stands in the letter, its no-break spaces as "~"."""
    source = f"---\nsubject: {subject}\n---\n{body}\n\n{{{{ signature }}}}\n"
    letter = rendered(vsa(source=source), mayor_of(HAY), channel)
    html = letter.page.html if channel is Channel.PAPER else letter.html
    return re.sub("[\u00a0\u202f]", "~", unescape(html))


@each_line
def test_what_is_typed_is_set_as_printers_have_it(typed: str, shown: str) -> None:
    for channel in (Channel.PAPER, Channel.EMAIL):
        assert shown in said(typed, channel=channel)


def test_an_abbreviation_that_fills_a_blank_ends_the_sentence_with_its_own_stop() -> None:
    jr = mayor_of(HAY)._replace(first_name="Zoé", surname="Martin Jr.")
    source = (
        "---\nsubject: x\n---\n{{ maire.nom_complet }}. {{ maire.nom }}... {{ maire.nom }}, fin.\n"
    )
    page = unescape(rendered(vsa(source=source), jr, Channel.PAPER).page.html)
    assert "Zoé Martin Jr. Martin Jr.… Martin Jr., fin." in re.sub("[\u00a0\u202f]", " ", page)


@each_line
def test_an_address_stays_as_it_is(address: str) -> None:
    assert address in said(f"Voir {address} d'ici.")
    assert address in said(f"[d'ici]({address})")
    assert address in punctuation.of_line(f"Voir {address} d'ici.", FRENCH)


def test_the_subject_on_paper_who_writes_and_who_signs() -> None:
    writer = dataclasses.replace(
        WRITER, name="L'Asso", address=("1 rue de l'Église",), signature=("Pour l'asso,", "Zoé")
    )
    source = read("letter.md").replace("Pas de vidéo", '"Stop" à la vidéo')
    template = vsa(source=source, writer=writer)
    page = unescape(rendered(template, mayor_of(HAY), Channel.PAPER).page.html)
    assert "Objet\u00a0: «\u00a0Stop\u00a0» à la vidéosurveillance algorithmique à L’Haÿ" in page
    for words in ("<strong>L’Asso</strong>", "1 rue de l’Église", "Pour l’asso,", "L’Asso vous a"):
        assert words in page
    mail = rendered(template, mayor_of(HAY), Channel.EMAIL)
    assert mail.subject.startswith('"Stop" à')


def test_the_window_the_reference_and_the_plain_text_keep_what_they_had() -> None:
    page = rendered(vsa(), mayor_of(HAY), Channel.PAPER)
    assert page.address[0] == "Mairie de L'Haÿ-les-Roses"
    assert f"<div>{page.address[0]}</div>" in unescape(page.page.html)
    assert "’" not in page.text
    assert page.text.count("'") > 20


def test_the_setting_leaves_everything_as_it_was_typed() -> None:
    look = "/**/"
    typed = dataclasses.replace(WRITER, name="L'Asso")
    for channel in (Channel.PAPER, Channel.EMAIL):
        letter = rendered(
            vsa(look=look, writer=typed, sets_punctuation=False), mayor_of(HAY), channel
        )
        assert "’" not in (letter.page.html or letter.html)
    one, other = (vsa(look=look, sets_punctuation=each).version for each in (True, False))
    assert one != other


@each_line
def test_quotes_are_those_of_the_language(locale: str, shown: str) -> None:
    idiom = Idiom(locale.replace("-", "_"), sets_punctuation=True)
    assert punctuation.of_line('l\'un "deux"', idiom) == shown
