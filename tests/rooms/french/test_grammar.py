"""French is right for every commune, title, name, date and mark of punctuation."""

import csv
import datetime
import re

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from merge.french.communes import DEPARTMENT_ARTICLES, fold, reference
from merge.french.grammar import (
    CORRECTED_CODES,
    Feminine,
    Prepositional,
    Sex,
    a,
    agreement,
    bare,
    de,
    is_long_date,
    long_date,
    of_department,
    salutation,
    short_salutation,
    surname_case,
    title,
    typography,
)
from tests.house import ROOT

GOLDEN = ROOT / "tests/golden" / "communes-tricky.csv"


def golden() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", golden(), ids=lambda row: row["nom"])
def test_the_tricky_communes_take_the_article_that_people_say(row: dict[str, str]) -> None:
    code = int(row["typeLiaison"]) if row["typeLiaison"] else None
    assert f"habitant·es {de(row['nom'], code)}" == row["habitants_de"]
    assert str(a(row["nom"], code)) == row["lieu_a"]


@pytest.mark.parametrize("row", golden(), ids=lambda row: row["nom"])
def test_the_tricky_communes_are_in_the_reference_with_that_code(row: dict[str, str]) -> None:
    commune = reference()[row["insee"]]
    code = int(row["typeLiaison"]) if row["typeLiaison"] else None
    assert (commune.name, commune.article_code) == (row["nom"], code)


@pytest.mark.parametrize(
    ("name", "code", "phrase"),
    [
        ("Le Havre", 2, Prepositional("du ", "Havre")),
        ("Y", 1, Prepositional("d'", "Y")),
        ("L'Haÿ-les-Roses", 5, Prepositional("de ", "L'Haÿ-les-Roses")),
        ("Les Sables-d'Olonne", 4, Prepositional("des ", "Sables-d'Olonne")),
        ("Aux Marais", 6, Prepositional("des ", "Marais")),
        ("Château-Chinon (Ville)", 0, Prepositional("de ", "Château-Chinon")),
        ("Le Vernet-Chaméane", 0, Prepositional("du ", "Vernet-Chaméane")),
        ("Aux-Aussat", 1, Prepositional("d'", "Aux-Aussat")),
        ("D'Huison-Longueville", 0, Prepositional("de ", "D'Huison-Longueville")),
    ],
)
def test_emphasis_can_be_put_on_the_name_alone(name: str, code: int, phrase: Prepositional) -> None:
    assert de(name, code) == phrase


@pytest.mark.parametrize(
    ("name", "of", "at"),
    [
        ("Le Mont-Dore", "du Mont-Dore", "au Mont-Dore"),
        ("La Foa", "de La Foa", "à La Foa"),
        ("L'Île-des-Pins", "de L'Île-des-Pins", "à L'Île-des-Pins"),
        ("Arue", "d'Arue", "à Arue"),
        ("Ua-Pou", "d'Ua-Pou", "à Ua-Pou"),
        ("Ouvéa", "d'Ouvéa", "à Ouvéa"),
        ("Huahine", "de Huahine", "à Huahine"),
        ("Houaïlou", "de Houaïlou", "à Houaïlou"),
        ("Yaté", "de Yaté", "à Yaté"),
        ("Nouméa", "de Nouméa", "à Nouméa"),
        ("Îles Éparses de l'océan Indien", "des Îles Éparses de l'océan Indien", "aux Îles É"),
        ("Archipel des Crozet", "de l'Archipel des Crozet", "à l'Archipel des Crozet"),
        ("Île de Clipperton", "de l'Île de Clipperton", "à l'Île de Clipperton"),
    ],
)
def test_a_name_without_a_code_is_guessed_and_says_so(name: str, of: str, at: str) -> None:
    assert str(de(name, None)) == of
    assert str(a(name, None)).startswith(at)
    assert de(name, None).guessed
    assert a(name, None).guessed


@pytest.mark.parametrize(
    ("name", "code", "of"),
    [
        ("Havre", 2, "de Havre"),
        ("Le Havre", 0, "du Havre"),
        ("Les Mées", None, "des Mées"),
        ("LE HAVRE", 2, "du HAVRE"),
        ("L’Haÿ-les-Roses", 5, "de L’Haÿ-les-Roses"),
        ("Œuilly", None, "d'Œuilly"),
        ("Yvetot", None, "d'Yvetot"),
        ("Le", None, "de Le"),
        ("", None, "de "),
    ],
)
def test_a_code_that_the_name_contradicts_never_cuts_the_name(
    name: str, code: int | None, of: str
) -> None:
    assert str(de(name, code)) == of


def test_no_commune_gets_a_double_article() -> None:
    wrong = re.compile(r"^(?:de|à) (?:Le|Les|Aux)\s|^(?:du|des|au|aux) (?:Le|La|Les|L')\b", re.I)
    for commune in reference().values():
        for phrase in (
            de(commune.name, commune.article_code),
            a(commune.name, commune.article_code),
        ):
            assert not wrong.search(str(phrase)), phrase
            assert "(" not in str(phrase)
            assert bare(commune.name).endswith(phrase.name)


def test_only_the_communes_without_a_code_are_guessed() -> None:
    for commune in reference().values():
        guessed = de(commune.name, commune.article_code).guessed
        assert guessed is (commune.article_code is None), commune


def test_every_name_that_begins_like_an_article_has_its_code_or_is_a_known_exception() -> None:
    article = re.compile(r"^(?:le|la|les|las|los|aux?|du|des|de)[ -]|^[ld]['’]", re.I)
    surprising = {
        commune.name
        for commune in reference().values()
        if commune.article_code in (0, 1) and article.search(commune.name)
    }
    assert surprising == {*CORRECTED_CODES, "Aux-Aussat", "D'Huison-Longueville"}


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("Ain", "de l'Ain"),
        ("Nord", "du Nord"),
        ("Somme", "de la Somme"),
        ("Landes", "des Landes"),
        ("Paris", "de Paris"),
        ("Ille-et-Vilaine", "d'Ille-et-Vilaine"),
        ("Val-d'Oise", "du Val-d'Oise"),
        ("La Réunion", "de La Réunion"),
        ("Polynésie française", "de la Polynésie française"),
        ("Nouvelle-Calédonie", "de la Nouvelle-Calédonie"),
        ("Île de Clipperton", "de l'Île de Clipperton"),
        (
            "Terres australes et antarctiques françaises",
            "des Terres australes et antarctiques françaises",
        ),
        ("Wallis et Futuna", "de Wallis et Futuna"),
    ],
)
def test_a_departement_has_the_article_that_people_say(name: str, phrase: str) -> None:
    assert of_department(name, DEPARTMENT_ARTICLES[name]) == phrase


@given(st.text(max_size=30), st.sampled_from([None, *range(9)]))
def test_any_name_with_any_code_has_a_phrase(name: str, code: int | None) -> None:
    assert de(name, code).before
    assert a(name, code).before


@pytest.mark.parametrize(
    ("sex", "feminine", "opening", "short", "address"),
    [
        ("F", "la Maire", "Madame la Maire", "Mme la Maire", "Madame la Maire"),
        ("F", "le Maire", "Madame le Maire", "Mme le Maire", "Madame le Maire"),
        ("M", "la Maire", "Monsieur le Maire", "M. le Maire", "Monsieur le Maire"),
        ("M", "le Maire", "Monsieur le Maire", "M. le Maire", "Monsieur le Maire"),
        (
            None,
            "la Maire",
            "Madame la Maire, Monsieur le Maire",
            "Madame la Maire, Monsieur le Maire",
            "Madame la Maire ou Monsieur le Maire",
        ),
        (
            None,
            "le Maire",
            "Madame le Maire, Monsieur le Maire",
            "Madame le Maire, Monsieur le Maire",
            "Madame ou Monsieur le Maire",
        ),
    ],
)
def test_titles_agree_with_the_sex_and_the_choice_of_the_campaign(
    sex: Sex, feminine: Feminine, opening: str, short: str, address: str
) -> None:
    assert salutation(sex, feminine) == opening
    assert short_salutation(sex, feminine) == short
    assert title(sex, feminine) == address
    assert len(address) <= 38


@pytest.mark.parametrize(
    ("masculine", "feminine", "neutral", "unknown"),
    [
        ("élu", "élue", "", "élu·e"),
        ("élus", "élues", "", "élu·es"),
        ("éternels", "éternelles", "", "éternel·les"),
        ("cher", "chère", "", "cher ou chère"),
        ("cher", "chère", "cher·e", "cher·e"),
        ("le conseiller", "la conseillère", "", "le conseiller ou la conseillère"),
        ("responsable", "responsable", "", "responsable"),
        ("s", "us", "", "s ou us"),
        ("", "e", "", " ou e"),
    ],
)
def test_a_word_agrees_with_the_sex_and_names_both_when_it_is_unknown(
    masculine: str, feminine: str, neutral: str, unknown: str
) -> None:
    assert agreement("M", masculine, feminine, neutral) == masculine
    assert agreement("F", masculine, feminine, neutral) == feminine
    assert agreement(None, masculine, feminine, neutral) == unknown


@pytest.mark.parametrize(
    ("date", "words"),
    [
        (datetime.date(2026, 3, 1), "1er mars 2026"),
        (datetime.date(2026, 8, 2), "2 août 2026"),
        (datetime.date(2026, 12, 31), "31 décembre 2026"),
        (datetime.date(2026, 2, 21), "21 février 2026"),
    ],
)
def test_only_the_first_of_a_month_is_an_ordinal(date: datetime.date, words: str) -> None:
    assert long_date(date) == words


@given(st.dates(datetime.date(1000, 1, 1)))
def test_a_date_in_words_is_known_as_one(date: datetime.date) -> None:
    assert is_long_date(long_date(date))


@pytest.mark.parametrize("text", ["1 mars 2026", "32 mars 2026", "le 2 mars 2026", "2 mars", ""])
def test_other_words_are_no_date(text: str) -> None:
    assert not is_long_date(text)


def test_a_year_has_its_twelve_months() -> None:
    words = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
    dates = [datetime.date(2026, month, 9) for month in range(1, 13)]
    assert [long_date(date) for date in dates] == [f"9 {month} 2026" for month in words.split()]


def test_babel_knows_the_months_and_not_the_first_of_one() -> None:
    """Where it does one day, ours can go."""
    for date in (datetime.date(2026, month, 9) for month in range(1, 13)):
        assert format_date(date, "long", locale="fr") == long_date(date)
    assert format_date(datetime.date(2026, 3, 1), "long", locale="fr") == "1 mars 2026"


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Non ; oui ! Quoi ?", "Non\u202f; oui\u202f! Quoi\u202f?"),
        ("Non; oui! Quoi?", "Non\u202f; oui\u202f! Quoi\u202f?"),
        ("Quoi ?!", "Quoi\u202f?!"),
        ("Quoi ?… Vraiment ?...", "Quoi\u202f?… Vraiment\u202f?..."),
        ("« Pourquoi ?, dites-vous »", "«\u00a0Pourquoi\u202f?, dites-vous\u00a0»"),
        ("N° 12", "N°\u00a012"),
        ("Objet : la VSA", "Objet\u00a0: la VSA"),
        ("Objet: la VSA", "Objet\u00a0: la VSA"),
        ("« la ville »", "«\u00a0la ville\u00a0»"),
        ("«la ville» ?", "«\u00a0la ville\u00a0»\u202f?"),
        ("**Attention** !", "**Attention**\u202f!"),
        ("**Objet**: la *VSA*! **2**?", "**Objet**\u00a0: la *VSA*\u202f! **2**\u202f?"),
        ("(sic !)", "(sic\u202f!)"),
        ("**Non !** _Quoi ?_", "**Non\u202f!** _Quoi\u202f?_"),
        ("à 10:30 ; à 9:05", "à 10:30\u202f; à 9:05"),
        ("lire https://a.example/?q=1;b=2 !", "lire https://a.example/?q=1;b=2\u202f!"),
        ("lire « https://a.example/b:c »", "lire «\u00a0https://a.example/b:c\u00a0»"),
        ("[lien](https://a.example/?b;c)", "[lien](https://a.example/?b;c)"),
        ("écrire à x!y@example.org !", "écrire à x!y@example.org\u202f!"),
        ("www.a.example/?b; mailto:a?b;", "www.a.example/?b; mailto:a?b;"),
        ("mailto:x@example.org?subject=a", "mailto:x@example.org?subject=a"),
        ('<p style="color: red;">Oui !</p>', '<p style="color: red;">Oui\u202f!</p>'),
        ("&nbsp;&#160; ", "&nbsp;&#160; "),
        ("![image](a.png) ![b](c.png)", "![image](a.png) ![b](c.png)"),
        (":-) ;-)", ":-) ;-)"),
        ("un\n: deux\n! trois", "un\n: deux\n! trois"),
        ("12 000 habitants", "12\u202f000 habitants"),
        ("1 234 567 € et 50 %", "1\u202f234\u202f567\u00a0€ et 50\u00a0%"),
        ("06 12 34 56 78, 0 800 123 456", "06 12 34 56 78, 0 800 123 456"),
        ("en 2023 150 caméras", "en 2023 150 caméras"),
        ("M. Dupont, Mme Le Goff, n° 12", "M.\u00a0Dupont, Mme\u00a0Le Goff, n°\u00a012"),
        (
            "Mlle Martin, MM. X et Y, Mmes A et B",
            "Mlle\u00a0Martin, MM.\u00a0X et Y, Mmes\u00a0A et B",
        ),
        ("la SCM. Dupont", "la SCM. Dupont"),
        ("M. **Dupont**, n° _12_", "M.\u00a0**Dupont**, n°\u00a0_12_"),
        ("**1 200** € et *5* %", "**1\u202f200**\u00a0€ et *5*\u00a0%"),
    ],
)
def test_french_spaces_are_put_where_they_belong_and_nowhere_else(typed: str, set_: str) -> None:
    assert typography(typed) == set_


FRENCH = st.text(alphabet="ab é1234_«»;:!?.,'’()*<>&@/%€M°n \u00a0\u202f\nwhtps", max_size=40)


@given(FRENCH)
def test_typography_twice_is_typography_once(text: str) -> None:
    assert typography(typography(text)) == typography(text)


@given(FRENCH)
def test_typography_changes_nothing_but_spaces(text: str) -> None:
    spaces = re.compile("[ \u00a0\u202f]")
    assert spaces.sub("", typography(text)) == spaces.sub("", text)


@given(st.from_regex(r"https://[a-z]{1,5}\.example/[a-z?:;!=&]{0,10}", fullmatch=True))
def test_a_web_address_is_never_touched(address: str) -> None:
    assert typography(f"voir {address} : là") == f"voir {address}\u00a0: là"


@pytest.mark.parametrize(
    ("typed", "cased"),
    [
        ("MARTIN", "Martin"),
        ("LEFÈVRE", "Lefèvre"),
        ("ÇELIK", "Çelik"),
        ("DE LA TOUR", "de La Tour"),
        ("DE L'HAMAIDE", "de L'Hamaide"),
        ("LE GOFF", "Le Goff"),
        ("LE FLOC'H", "Le Floc'h"),
        ("LA ROCCA", "La Rocca"),
        ("DU BOIS", "du Bois"),
        ("DU FAYET DE LA TOUR", "du Fayet de La Tour"),
        ("DES COURTILS", "des Courtils"),
        ("D'ALMEIDA", "d'Almeida"),
        ("D’ALMEIDA", "d'Almeida"),
        ("D' ORNANO", "d'Ornano"),
        ("DUPONT III", "Dupont III"),
        ("HENRI IV", "Henri IV"),
        ("IV", "IV"),
        ("DUPONT (IV)", "Dupont (IV)"),
        ("DUPONT-IV ÉPOUSE DURAND", "Dupont-IV épouse Durand"),
        ("D'HONDT", "D'Hondt"),
        ("D’HOOGHE-DUPONT", "D'Hooghe-Dupont"),
        ("D'HULSTER", "D'Hulster"),
        ("D'HARCOURT", "d'Harcourt"),
        ("D'HEROUEL", "d'Herouel"),
        ("DE L’ ÉTOILE", "de L'Étoile"),
        ("GUYOMARC'H LE BRAS", "Guyomarc'h Le Bras"),
        ("GISCARD D'ESTAING", "Giscard d'Estaing"),
        ("L'HERMITTE", "L'Hermitte"),
        ("O'BRIEN", "O'Brien"),
        ("O'BRIEN-MACDONALD", "O'Brien-Macdonald"),
        ("MCDONALD", "McDonald"),
        ("N'GUYEN", "N'Guyen"),
        ("C'HOAT", "C'hoat"),
        ("PRUD'HOMME", "Prud'homme"),
        ("DELL'AGNOLA", "Dell'Agnola"),
        ("DI MARTINO", "Di Martino"),
        ("DA SILVA-GRACZYK", "Da Silva-Graczyk"),
        ("DUPONT–D'ALMEIDA", "Dupont–d'Almeida"),
        ("DUPONT‑DURAND", "Dupont‑Durand"),
        ("DUPONT/DE LA TOUR", "Dupont/de La Tour"),
        ("DUPONT(DURAND)", "Dupont(Durand)"),
        ("DURAND (DE LA TOUR)", "Durand (de La Tour)"),
        ("DOS SANTOS", "Dos Santos"),
        ("VAN DEN BERG", "Van den Berg"),
        ("VAN DE WALLE", "Van de Walle"),
        ("VON MOEGEN", "von Moegen"),
        ("VON DER MARCK", "von der Marck"),
        ("GARCÍA Y LÓPEZ", "García y López"),
        ("PELLETIER-LE BARBIER", "Pelletier-Le Barbier"),
        ("DUPONT ÉPOUSE DURAND", "Dupont épouse Durand"),
        ("ANDRIEU EPOUSE VERLAGUET", "Andrieu épouse Verlaguet"),
        ("RAUZY ÉPSE FREBAULT", "Rauzy épouse Frebault"),
        ("RAUZY EP. FREBAULT", "Rauzy épouse Frebault"),
        ("RAUZY VVE FREBAULT", "Rauzy veuve Frebault"),
        ("DURAND (NÉE LE GOFF)", "Durand (née Le Goff)"),
        ("DURAND NEE DE LA TOUR", "Durand née de La Tour"),
        ("DUPONT-D'ALMEIDA", "Dupont-d'Almeida"),
        ("ÉPOUSE", "Épouse"),
        ("NÉE MARTIN", "Née Martin"),
        ("MARTIN NÉE", "Martin Née"),
        ("DE NADAÏ NÉE SAUDEL", "de Nadaï née Saudel"),
        ("LOUBET DIT GAJOL", "Loubet dit Gajol"),
        ("NÉE", "Née"),
        ("NEE", "Nee"),
        ("PIERRE-DIT-MERY", "Pierre-Dit-Mery"),
        ("DE", "De"),
        ("LE", "Le"),
        ("  LE   GOFF ", "Le Goff"),
        ("de la Tour", "de la Tour"),
        ("dupont", "dupont"),
        ("McCartney", "McCartney"),
        ("", ""),
        ("123", "123"),
    ],
)
def test_a_surname_in_capitals_gets_the_case_of_french(typed: str, cased: str) -> None:
    assert surname_case(typed) == cased


@given(st.text(alphabet="ABDELNOÉÇ'’-–/ ()", max_size=25))
def test_the_case_of_a_name_changes_no_letter_and_settles_at_once(text: str) -> None:
    cased = surname_case(text)
    assert surname_case(cased) == cased
    assert fold(cased) == fold(text)
