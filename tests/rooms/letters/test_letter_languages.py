"""Claims about letters that are in another language than French."""

from __future__ import annotations

import dataclasses
import datetime
import re

import pytest

from merge.errors import LetterError
from merge.letters.signers import Signer
from merge.letters.template import CompiledTemplate, Writer, compile_template
from merge.model import Channel, FirstLetter, Letter, LetterFault, Recipient
from tests.examples import each_line

PAGE = (
    '<html lang="fr"><p class="subject">Objet&nbsp;: {{ letter.subject }}</p>'
    "{{ opening }}{{ body }}{{ closing }}{{ foot }}</html>"
)
MAIL = '<html lang="fr">{{ opening }}{{ body }}{{ closing }}{{ foot }}</html>'
WRITER = Writer(
    name="Le collectif",
    contact="contact@example.org",
    address=(),
    place="Rennes",
    place_article_code=0,
    signature=("Zoé",),
    address_source="your order of 2024",
)
FOOT = (
    "{{ groupe }} hat Ihnen geschrieben: {{ repondre_a }}, „{{ reference }}“. "
    "Ihre Adresse: {{ origine_adresse }}. Keine Briefe mehr: STOP.\n"
)
ANN = Recipient(
    key="p1",
    first_name="Ann",
    surname="Smith",
    email="ann@example.org",
    street=("1 High Street",),
    postcode="SW1A 1AA",
    locality="London",
    country="GB",
)


def compiled(body: str, locale: str = "de", **options: object) -> CompiledTemplate:
    given: dict[str, object] = {
        "look": "",
        "page_frame": PAGE,
        "own_foot": FOOT,
        "audience": "people",
        "writer": WRITER,
        "date": datetime.date(2026, 3, 1),
    }
    return compile_template(
        source=f"---\nsubject: Hallo!\n---\n{body}",
        mail_frame=MAIL,
        locale=locale,
        **(given | options),  # type: ignore[arg-type] # a test's own options
    )


def text(body: str, locale: str = "de", recipient: Recipient = ANN, **options: object) -> str:
    letter = compiled(body, locale, **options).render(recipient, Channel.EMAIL)
    assert isinstance(letter, Letter), letter
    return letter.text.partition("\n\n-- \n")[0].partition("-- \n")[0].strip()


@each_line
def test_dates_are_written_in_the_language_of_the_letter(locale: str, date: str) -> None:
    assert text("{{ date }}", locale) == date
    assert text("{{ Tag|date_longue }}".lower(), locale, ANN._replace(fields={"Tag": "01/03/2026"}),
                columns=("Tag",)) == date  # fmt: skip
    for day in ("2026-03-01", "01.03.2026"):
        told = ANN._replace(fields={"Tag": day})
        assert text("{{ tag|date_longue }}", locale, told, columns=("Tag",)) == date
    assert text("{{ date|date_longue }}", locale) == date


def test_a_number_is_written_in_the_language_of_the_letter() -> None:
    town = Recipient(key="1", commune="Bourg", population=12345, email="a@example.org")
    for locale, number in (("de", "12.345"), ("en", "12,345"), ("fr", "12\u202f345")):
        assert text("{{ population }}", locale, town, audience="communes") == number


@each_line
def test_a_letter_opens_by_what_is_stated_and_neutrally_where_nothing_is(
    locale: str, civility: str, opening: str
) -> None:
    assert text("{{ salutation }}", locale, ANN._replace(civility=civility)) == opening


@each_line
def test_a_blank_speaks_the_language_of_the_letter(blank: str, locale: str, said: str) -> None:
    """A Dutch name is written as the Taalunie advises."""
    writer = dataclasses.replace(WRITER, signers=tuple(Signer(name=each) for each in "ABC"))
    aa = ANN._replace(civility="M.", surname="van der Aa")
    firsts = {ANN.key: FirstLetter(date=datetime.date(2026, 3, 1), channel=Channel.PAPER)}
    assert text(blank, locale, aa, writer=writer, first_letters=firsts) == said


def test_pages_are_counted_in_the_language_of_the_letter() -> None:
    look = '@page { @bottom-right { content: "page " counter(page) "/" counter(pages) } }'
    frame = PAGE.replace("<p", "<style>{{ letter.look }}</style><p", 1)
    for locale, word in (("de", "Seite "), ("it", "pagina "), ("en", "page "), ("fi", "")):
        found = compiled("X", locale, look=look, page_frame=frame, own_foot=FOOT)
        page = found.render(ANN, Channel.PAPER)
        assert isinstance(page, Letter)
        assert f'content: "{word}" counter(page)' in page.page.html


def test_no_space_of_french_stands_in_a_page_or_a_mail_of_another_language() -> None:
    body = "So: ja! Nein? Doch; 12 %. “Yes”: {{ nom }}!\n\n- Erstens: so!\n- c? d;\n"
    for locale in ("de", "en", "es", "it"):
        template = compiled(body, locale)
        mail, page = (template.render(ANN, each) for each in (Channel.EMAIL, Channel.PAPER))
        assert isinstance(mail, Letter)
        assert isinstance(page, Letter)
        for written in (mail.subject, mail.text, mail.html, page.page.html):
            assert "\u202f" not in written
            assert not re.search("[\u00a0][:;!?%»]|«\u00a0", written.replace("&nbsp;", "\xa0"))
    assert "\u202f!" in text("So!", "fr"), "a French one has them"


@each_line
def test_the_envelope_calls_its_reader_in_the_language_of_the_letter(
    locale: str, civility: str, named: str
) -> None:
    page = compiled("X", locale).render(ANN._replace(civility=civility), Channel.PAPER)
    assert isinstance(page, Letter)
    assert page.address[0] == named


def test_a_column_of_salutations_comes_first_in_any_language() -> None:
    said = ANN._replace(civility="Mme", fields={"Anrede": "Liebe Ann"})
    assert text("{{ salutation }}", "de", said, columns=("Anrede",)) == "Liebe Ann"


def test_a_letter_is_held_where_nothing_says_how_its_language_calls_a_reader() -> None:
    letter = compiled("{{ salutation }}", "fi", own_foot=FOOT).render(ANN, Channel.EMAIL)
    assert isinstance(letter, LetterFault)
    assert letter.code == "no-salutation"
    assert text("{{ salutation|ou('Hei') }}", "fi", own_foot=FOOT) == "Hei"


def test_a_mayor_is_called_neutrally_in_another_language() -> None:
    town = Recipient(key="1", commune="Bourg", sex="F", email="a@example.org")
    assert text("{{ salutation }}", "en", town, audience="communes") == "Dear Sir or Madam"


@each_line
def test_helpers_of_french_grammar_are_refused_in_another_language(blank: str) -> None:
    with pytest.raises(LetterError) as refused:
        compiled(f"\n{{{{ {blank} }}}}")
    assert (refused.value.code, refused.value.row) == ("french-filter", 5)


def test_page_and_e_mail_say_their_language_so_that_hyphens_are_its_own() -> None:
    letter = compiled("Hallo.", "pt_BR", own_foot=FOOT)
    mail, page = (letter.render(ANN, each) for each in (Channel.EMAIL, Channel.PAPER))
    assert isinstance(mail, Letter)
    assert isinstance(page, Letter)
    assert '<html lang="pt-BR">' in mail.html
    assert '<html lang="pt-BR"><p class="subject">Assunto: Hallo!' in page.page.html


# --- The foot -----------------------------------------------------------------------------------


def test_an_english_letter_has_an_english_foot_whatever_the_campaign_has() -> None:
    letter = compiled("Hello.", "en_GB", own_foot="Nothing.").render(ANN, Channel.EMAIL)
    assert isinstance(letter, Letter)
    assert "Le collectif wrote this letter to you." in letter.text
    assert "quoting “Ref.\u00a0p1”" in letter.text
    assert "Where your address comes from: your order of 2024." in letter.text
    assert "answer “STOP” to contact@example.org" in letter.text
    assert letter.reference == "Ref. p1"


def test_a_language_without_a_foot_of_ours_takes_the_campaigns_and_nothing_leaves_without() -> None:
    letter = compiled("Hallo.").render(ANN, Channel.EMAIL)
    assert isinstance(letter, Letter)
    assert "Le collectif hat Ihnen geschrieben: contact@example.org, „Ref.\u00a0p1“." in letter.text
    with pytest.raises(LetterError) as refused:
        compiled("Hallo.", own_foot=None)
    assert refused.value.code == "foot-missing"


@pytest.mark.parametrize(
    ("lost", "lacking"),
    [
        (("STOP", "stoppen"), "STOP"),
        (("{{ origine_adresse }}", "ein Verzeichnis"), "{{ origine_adresse }}"),
        (("{{ repondre_a }}", "{% if nom %}{{ repondre_a }}{% endif %}"), "{{ repondre_a }}"),
        (("STOP", "{# STOP #}"), "STOP"),
    ],
)
def test_a_foot_that_does_not_say_it_all_in_every_letter_is_refused(
    lost: tuple[str, str], lacking: str
) -> None:
    with pytest.raises(LetterError) as refused:
        compiled("Hallo.", own_foot=FOOT.replace(*lost))
    assert (refused.value.code, refused.value.facts["words"]) == ("foot-lacks", lacking)


@each_line
def test_a_footnote_in_a_foot_is_refused_whatever_is_wrong_with_it(note: str) -> None:
    with pytest.raises(LetterError) as refused:
        compiled("Hallo.", own_foot=f"{FOOT}\n\nGesetz{note}")
    error = refused.value
    row = f"{FOOT}\n\n".count("\n") + 1
    assert (error.code, error.place) == ("footnote", f"foot.md:{row}")


# --- The version --------------------------------------------------------------------------------


def test_the_language_counts_in_the_version_of_letters_that_are_not_french() -> None:
    versions = {compiled("Hallo.", each).version for each in ("fr", "fr_CH", "de", "de_AT")}
    assert len(versions) == 4


def test_the_version_of_a_french_letter_is_what_it_was_before_there_were_languages() -> None:
    before = "05b2ba59469f3034c5cb60cfed12a0c9a06aff3b9c0e2e5d195a8c7eeaba1ada"
    assert compiled("Bonjour.", "fr", audience="communes").version == before


@each_line
def test_the_town_of_an_address_is_known_by_its_postcode(
    postcode: str, locality: str, said: str
) -> None:
    someone = ANN._replace(postcode=postcode, locality=locality, country="")
    assert text("{{ ville|de }}, {{ ville|a }}", "fr", someone) == said
