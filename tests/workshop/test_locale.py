"""The program speaks French: every sentence of it, with the same blanks as in the source."""

from __future__ import annotations

import ast
import gettext
import io
import os
import re
import string
import subprocess
import sys

import catalogue

from tests.house import HOUSE

FRENCH = catalogue.read()
SENTENCES = [message for message in FRENCH if message.id]


def blanks(text: str) -> set[str]:
    """The names in braces, or of %(name)s where click has those."""
    if "%(" in text:
        return set(re.findall(r"%\((\w+)\)", text))
    return {
        name for _text, name, _spec, _conv in string.Formatter().parse(text) if name is not None
    }


def forms(message: catalogue.Message) -> list[tuple[str, str]]:
    """(English, French) pairs: one, or singular and plural."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    assert isinstance(message.string, tuple)
    return list(zip(message.id, message.string, strict=True))


def test_every_sentence_is_written_out_where_it_is_said():
    """A sentence put together at run time could not be in the catalogue."""
    computed = [
        f"{module.name}:{line}"
        for module in HOUSE
        for line, forms in catalogue.said_in(module.tree)
        for form in forms
        if not (isinstance(form, ast.Constant) and isinstance(form.value, str))
    ]
    assert not computed


def test_every_sentence_is_in_the_catalogue_click_s_own_among_them():
    known = {message.id for message in SENTENCES}
    assert {"Options", "Send for real."} <= known
    assert not {text for _file, text in catalogue.sentences()} - known, "`make catalogue` does it"


def test_a_sentence_within_an_f_string_is_found():
    tree = ast.parse("f'{_(\"By e-mail\")}: {n}'")
    assert [ast.unparse(form) for _line, forms in catalogue.said_in(tree) for form in forms]


def test_nothing_is_left_in_english_or_guessed():
    assert not [m.id for m in SENTENCES if not all(french for _english, french in forms(m))]
    assert not [m.id for m in SENTENCES if m.fuzzy]


def test_the_catalogue_has_nothing_that_is_no_longer_said():
    assert {m.id for m in SENTENCES} <= {text for _file, text in catalogue.sentences()}


def test_what_click_puts_a_colon_behind_has_a_space_before_it():
    headings = {m.string for m in SENTENCES if m.id in ("Options", "Commands")}
    assert headings == {"Options\u00a0", "Commandes\u00a0"}


REFUSED = re.compile(
    r"\bcana(?:l|ux)\b|\bboîtes?\b|(?<!sur du )(?<!feuille )\bblancs?\b|\bvagues?\b|\brappels?\b"
    r"|\brend(?:re|u|ez) (?:un|ce|le) lot|compos\w+ (?:un|ce|le|les|des) lots?\b|\bretours\b",
    re.IGNORECASE,
)
"""What voie, messagerie, champ, relance, annuler un lot and courriels revenus say."""


def test_one_thing_has_one_word_in_french():
    said = [french for message in SENTENCES for _english, french in forms(message)]
    assert not [text for text in said if REFUSED.search(text)]


def test_no_plural_is_left_to_the_reader():
    """ "1 letter(s)" is what a program says; `ngettext`, or a colon before the number, does not."""
    in_parentheses = re.compile(r"\w\((?:e?s|x)\)")
    assert [
        pair
        for message in SENTENCES
        for pair in forms(message)
        if in_parentheses.search("\n".join(pair))
    ] == []


def test_french_has_the_blanks_of_the_source():
    pairs = [pair for message in SENTENCES for pair in forms(message)]
    assert not [(english, french) for english, french in pairs if blanks(english) != blanks(french)]


def test_a_lost_blank_is_found():
    assert blanks("{n} letters to {place}") != blanks("{n} lettres")
    assert blanks("%(prog)s, version") != blanks("version")


def test_french_keeps_its_punctuation_on_the_line():
    """A sign that wants a space before it has one that does not break: help text is wrapped."""
    loose = re.compile(r" [:;?!%»](?=[\s\u00a0\u202f)».,…]|$)|« ")
    assert not [french for m in SENTENCES for _english, french in forms(m) if loose.search(french)]


def test_a_suggestion_can_be_left_out_in_french_too():
    """`reasons.reason` takes this sentence out where nothing is close."""
    left_out = " Close to it: {suggestion}."
    pairs = [pair for message in SENTENCES for pair in forms(message)]
    french_of = dict(pairs)
    assert not [
        english
        for english, french in pairs
        if left_out in english and french_of[left_out] not in french
    ]


def test_the_compiled_catalogue_is_the_written_one():
    assert catalogue.MO.read_bytes() == catalogue.compiled(FRENCH), "make catalogue compiles it"


def test_the_compiled_catalogue_is_read_by_gettext():
    french = gettext.GNUTranslations(io.BytesIO(catalogue.MO.read_bytes()))
    assert french.gettext("Show this message and exit.") == "Affiche cette aide."


def french_help(encoding: str) -> str:
    """`publipostage --help` in French, through a pipe of that encoding."""
    environment = os.environ | {"PUBLIPOSTAGE_LANG": "fr", "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-m", "merge", "--help"], env=environment, capture_output=True, check=True
    )
    return done.stdout.decode(encoding)


def test_french_passes_a_cp1252_pipe_whole():
    """That of a Windows console. It has no narrow space; a no-break space stands for it."""
    assert french_help("cp1252") == french_help("utf-8").replace("\u202f", "\u00a0")
