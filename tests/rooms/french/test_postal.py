"""A postal block obeys NF Z10-011, or says why there is none."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.french.communes import reference
from merge.french.grammar import de, title
from merge.french.postal import CHARACTERS, LINES, AddressBlock, PostalProblem, block, capitals


def lines_of(lines: Sequence[str], postcode: str, locality: str) -> tuple[str, ...]:
    made = block(lines, postcode, locality)
    assert isinstance(made, AddressBlock), made
    return made.lines


def test_the_order_is_that_of_an_organisation() -> None:
    made = block(
        [
            "Mairie de L'Haÿ-les-Roses",
            "Madame la Maire",
            "Hôtel de Ville",
            "41, rue Jean-Jaurès",
            "BP 12",
        ],
        "94240",
        "L'Haÿ-les-Roses",
    )
    assert str(made).splitlines() == [
        "Mairie de L'Haÿ-les-Roses",
        "Madame la Maire",
        "HOTEL DE VILLE",
        "41 RUE JEAN JAURES",
        "BP 12",
        "94240 L HAY LES ROSES",
    ]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("1, place de la Mairie", ["1 PLACE DE LA MAIRIE"]),
        ("10 - Rue du Port", ["10 RUE DU PORT"]),
        ("Bât A – 10 bis – rue du Port", ["BAT A", "10 BIS RUE DU PORT"]),
        ("1 bis, rue de l'Église", ["1 BIS RUE DE L EGLISE"]),
        ("n° 4, rue Viet", ["4 RUE VIET"]),
        ("12 et 14, rue Viet", ["12 ET 14 RUE VIET"]),
        ("Hôtel de Ville, 3 rue Viet", ["HOTEL DE VILLE", "3 RUE VIET"]),
        ("Hôtel de Ville - 3, rue Viet", ["HOTEL DE VILLE", "3 RUE VIET"]),
        ("12 - 14 rue Viet", ["12 14 RUE VIET"]),
        ("PK 5,5 route de Montabo", ["PK 5 5 ROUTE DE MONTABO"]),
        ("Rue du 8-Mai-1945, Bourg", ["RUE DU 8 MAI 1945", "BOURG"]),
        ("3 rue Viet BP n° 1034", ["3 RUE VIET", "BP 1034"]),
        ("CS 10 305 - 3 rue Viet", ["3 RUE VIET", "CS 10 305"]),
        ("3 rue Viet\n\n  B.P. 4 ", ["3 RUE VIET", "BP 4"]),
        ("BP12, 3 rue Viet", ["3 RUE VIET", "BP 12"]),
        ("3 rue Viet c.s. 10305", ["3 RUE VIET", "CS 10305"]),
        ("3 rue Viet, Boîte postale 7", ["3 RUE VIET", "BP 7"]),
        ("BP 10 305 rue Viet", ["305 RUE VIET", "BP 10"]),
        ("BP 10 305", ["BP 10 305"]),
        ("BP 10 045 Le Bourg", ["LE BOURG", "BP 10 045"]),
        ("TSA 40001 3 rue Viet", ["3 RUE VIET", "TSA 40001"]),
        ("T.S.A. 40001 3 rue Viet", ["3 RUE VIET", "TSA 40001"]),
        ("3 rue du CS Racing", ["3 RUE DU CS RACING"]),
        ("  ,  ", []),
        ("", []),
    ],
)
def test_an_address_typed_in_one_cell_is_parted(typed: str, printed: list[str]) -> None:
    assert list(lines_of(["Mairie", "", typed], "72400", "X")[1:-1]) == printed


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("3, 5, 7 rue Viet", ["3 5 7 RUE VIET"]),
        ("Mairie - 3, 5, 7, rue Viet", ["MAIRIE", "3 5 7 RUE VIET"]),
        ("1, 3 et 5 rue Viet, BP 12", ["1 3 ET 5 RUE VIET", "BP 12"]),
        ("3, 5, et 7, rue Viet", ["3 5 ET 7 RUE VIET"]),
        ("12 bis, 14 ter, rue Viet", ["12 BIS 14 TER RUE VIET"]),
        ("12, bis, rue Viet", ["12 BIS RUE VIET"]),
        ("12 A, 12B, rue Viet", ["12 A 12B RUE VIET"]),
        ("2quater, 2 quinquies, rue Viet", ["2QUATER 2 QUINQUIES RUE VIET"]),
        ("Courtil, 2, Le Bourg", ["COURTIL", "2 LE BOURG"]),
        ("3 & 5, rue Viet", ["3 ET 5 RUE VIET"]),
        ("3 au 7, rue Viet", ["3 AU 7 RUE VIET"]),
        ("12, 14 - rue Viet", ["12 14 RUE VIET"]),
        ("10250, route de Nice", ["10250 ROUTE DE NICE"]),
        ("n°s 4 et 6, rue Viet", ["4 ET 6 RUE VIET"]),
        ("numéro 4, rue Viet", ["NUMERO 4 RUE VIET"]),
        ("PK 5,5, route de Montabo", ["PK 5 5 ROUTE DE MONTABO"]),
        ("Km 3, route de Montabo", ["KM 3 ROUTE DE MONTABO"]),
        ("12, 14", ["12 14"]),
        ("12, BP 3", ["12", "BP 3"]),
        ("Rue du Port, 3, rue Viet", ["RUE DU PORT", "3 RUE VIET"]),
        ("Place du Port, 3, 5 rue Viet", ["PLACE DU PORT", "3 5 RUE VIET"]),
        ("Place du Port, 3, 5 B, 7 rue Viet", ["PLACE DU PORT", "3 5 B 7 RUE VIET"]),
        ("Place du Port, 3, 5 B rue Viet", ["PLACE DU PORT", "3 5 B RUE VIET"]),
        ("1 rue du Port, 3, Le Bourg", ["1 RUE DU PORT", "3 LE BOURG"]),
        ("ZA du Moulin, 4 rue Viet", ["ZA DU MOULIN", "4 RUE VIET"]),
        ("D 12, 3 rue Viet", ["D 12", "3 RUE VIET"]),
        ("Bât. 3, rue Viet", ["BAT 3", "RUE VIET"]),
        ("3\nrue Viet", ["3 RUE VIET"]),
        ("3\n5 rue Viet", ["3", "5 RUE VIET"]),  # a building's, and a street's
    ],
)
def test_every_house_number_stays_with_the_street_behind_it(typed: str, printed: list[str]) -> None:
    assert list(lines_of(["Mairie", "", typed], "72400", "X")[1:-1]) == printed


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Place de la Mairie, 2", ["PLACE DE LA MAIRIE 2"]),
        ("Place de la Mairie, 2 bis", ["PLACE DE LA MAIRIE 2 BIS"]),
        ("Place de la Mairie – 2, BP 12", ["PLACE DE LA MAIRIE 2", "BP 12"]),
        ("Place de la Mairie, BP 12, 2", ["PLACE DE LA MAIRIE 2", "BP 12"]),
        ("Place de la Mairie, 2, 4", ["PLACE DE LA MAIRIE 2 4"]),
        ("Place de la Mairie, 2, Le Bourg", ["PLACE DE LA MAIRIE 2", "LE BOURG"]),
        ("Place de la Mairie, 2, et 4, Le Bourg", ["PLACE DE LA MAIRIE 2 ET 4", "LE BOURG"]),
        (
            "Place Viet, 2quater, 2, quinquies, Le Bourg",
            ["PLACE VIET 2QUATER 2 QUINQUIES", "LE BOURG"],
        ),
        ("Rue Viet, 4, bât. B", ["RUE VIET 4", "BAT B"]),
        ("Rue Viet, n° 4", ["RUE VIET 4"]),
        ("Rue Viet, nos 4 et 6", ["RUE VIET NOS 4 ET 6"]),
        ("Rue Viet, 12 à 16", ["RUE VIET 12 A 16"]),
        ("Rue Viet, 3\nLe Bourg", ["RUE VIET 3", "LE BOURG"]),
        ("Le Bourg, 12", ["LE BOURG 12"]),
        ("Le Bourg\n12", ["LE BOURG 12"]),
        ("Hôtel de Ville\n2\n4 rue Viet", ["HOTEL DE VILLE 2", "4 RUE VIET"]),
        ("3 rue Viet\n72000", ["3 RUE VIET", "72000"]),  # another postcode, which is told
        ("Place Viet\n72 000", ["PLACE VIET", "72 000"]),
        (
            "Promenade Renée-Interminablement-Longue, 3",
            ["PROMENADE RENEE INTERMINABLEMENT", "LONGUE 3"],
        ),
        (f"Voie {'A' * 28} BB, 12 bis", [f"VOIE {'A' * 28}", "BB 12 BIS"]),
        (f"{'A' * 38}, 12", ["A" * 38, "12"]),
        (f"A {'A' * 36}, 12", [f"A {'A' * 36}", "12"]),
        (f"A {'A' * 35}, 12", ["A", f"{'A' * 35} 12"]),
    ],
)
def test_a_house_number_behind_its_street_stays_there(typed: str, printed: list[str]) -> None:
    assert list(lines_of(["Mairie", "", typed], "72400", "X")[1:-1]) == printed


@pytest.mark.parametrize(
    ("locality", "printed"),
    [
        ("Marseille Cedex 20", "MARSEILLE CEDEX 20"),
        ("Marseille cédex 02", "MARSEILLE CEDEX 02"),
        ("MARSEILLE CEDEX", "MARSEILLE CEDEX"),
        ("Marseille Cedex08", "MARSEILLE CEDEX 08"),
        ("Marseille Cedex n° 2", "MARSEILLE CEDEX 2"),
        (
            "Saint-Germain-en-Laye-sur-Yvette Cedex",
            "ST GERMAIN LAYE SUR YVETTE CEDEX",
        ),
    ],
)
def test_a_cedex_is_kept(locality: str, printed: str) -> None:
    made = lines_of(["Mairie", "", "Quai du Port"], "13233", locality)
    assert made[-1] == f"13233 {printed}"


def test_a_postcode_typed_twice_is_printed_once() -> None:
    assert lines_of(["Mairie", "Maire"], "76600", "76600 Le Havre")[-1] == "76600 LE HAVRE"


def test_a_line_that_lacks_leaves_no_blank() -> None:
    assert lines_of(["Mairie", " ", "", "Le Bourg"], "01400", "X") == (
        "Mairie",
        "LE BOURG",
        "01400 X",
    )
    assert lines_of(["", "Madame la Maire"], "01400", "X") == ("Madame la Maire", "01400 X")


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Mairie de Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson", "Mairie"),
        ("Mairie de Saint-Laurent-les-Bains-du-Mont", "Mairie de St-Laurent-les-Bains-du-Mont"),
        ("Mairie d'Ille-et-Saint-Aubin-Sainte-Barbe", "Mairie d'Ille-et-St-Aubin-Ste-Barbe"),
        (
            "Monsieur Jean-François de Saint-Amand-Laforêt",
            "M. Jean-François de St-Amand-Laforêt",
        ),
        ("Madame Marie-Thérèse Dupont épouse Durand", "Mme Marie-Thérèse Dupont épouse Durand"),
        ("Madame Marie-Thérèse de Saint-Amand-Lys", "Madame Marie-Thérèse de St-Amand-Lys"),
        ("Madame Marie-Thérèse de Saint-Amand-Ly", "Madame Marie-Thérèse de Saint-Amand-Ly"),
    ],
)
def test_a_line_that_is_too_long_is_shortened_at_words(typed: str, printed: str) -> None:
    assert lines_of([typed], "51290", "X") == (printed, "51290 X")


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("19 avenue du Docteur René-Pierre Signé", "19 AVENUE DU DOCTEUR RENE PIERRE SIGNE"),
        ("119 avenue du Docteur René-Pierre Signé", "119 AV DU DOCTEUR RENE PIERRE SIGNE"),
        (
            "12 avenue du Maréchal-de-Lattre-de-Tassigny prolongée",
            "12 AV MAL LATTRE DE TASSIGNY PROLONGEE",
        ),
    ],
)
def test_a_street_is_abbreviated_only_when_it_must_be(typed: str, printed: str) -> None:
    assert lines_of(["Mairie", "", typed], "58120", "X")[1] == printed


@pytest.mark.parametrize(
    ("whole", "short"),
    [
        *(("Saint", "ST"), ("Sainte", "STE"), ("Saints", "STS"), ("Saintes", "STES")),
        *(("avenue", "AV"), ("boulevard", "BD"), ("chemin", "CHE"), ("faubourg", "FG")),
        *(("impasse", "IMP"), ("lotissement", "LOT"), ("place", "PL"), ("quartier", "QUA")),
        *(("résidence", "RES"), ("route", "RTE"), ("square", "SQ"), ("bâtiment", "BAT")),
        *(("immeuble", "IMM"), ("zone artisanale", "ZA"), ("zone industrielle", "ZI")),
        *(("capitaine", "CNE"), ("colonel", "CEL"), ("commandant", "CDT"), ("docteur", "DR")),
        *(("général", "GAL"), ("lieutenant", "LT"), ("maréchal", "MAL"), ("président", "PDT")),
        ("professeur", "PR"),
    ],
)
def test_a_word_is_abbreviated_as_la_poste_does_where_one_letter_has_no_room(
    whole: str, short: str
) -> None:
    name = "X" * (CHARACTERS - len(f"1 {short} "))
    assert lines_of(["Mairie", "", f"1 {whole} {name}"], "58120", "X")[1] == f"1 {short} {name}"


def test_small_words_go_at_last() -> None:
    typed = "Rue de la Paix et des Martyrs sous les Tilleuls aux Chênes sur Loire"
    printed = "RUE PAIX MARTYRS TILLEULS CHENES LOIRE"
    assert lines_of(["Mairie", "", typed], "58120", "X")[1] == printed


@pytest.mark.parametrize(
    ("postcode", "locality", "problem"),
    [
        ("", "Rouen", PostalProblem("no-postcode", "postcode", "")),
        ("2700", "Évreux", PostalProblem("bad-postcode", "postcode", "2700")),
        ("2A000", "Ajaccio", PostalProblem("bad-postcode", "postcode", "2A000")),
        ("٧٦٠٠٠", "Rouen", PostalProblem("bad-postcode", "postcode", "٧٦٠٠٠")),
        ("76000", " - ", PostalProblem("no-locality", "locality", " - ")),
        ("76000", "Ro\0uen", PostalProblem("bad-character", "locality", "Ro\0uen")),
        ("76000", "Руан", PostalProblem("bad-character", "locality", "Руан")),
    ],
)
def test_a_last_line_that_cannot_be_is_a_problem(
    postcode: str, locality: str, problem: PostalProblem
) -> None:
    assert block(["Mairie", "", "Le Bourg"], postcode, locality) == problem


def test_an_address_to_nobody_is_a_problem() -> None:
    assert block([], "76000", "Rouen") == PostalProblem("no-addressee", "organisation", "")
    assert block(["", " ", "Le Bourg"], "76000", "X") == PostalProblem(
        "no-addressee", "organisation", ""
    )


def test_a_street_that_no_abbreviation_fits_is_parted_between_words() -> None:
    made = lines_of(["Mairie", "", "9 rue du 6e-Régiment-de-Tirailleurs-Sénégalais"], "83210", "X")
    assert made[1:-1] == ("9 RUE 6E REGIMENT TIRAILLEURS", "SENEGALAIS")


def test_a_word_that_no_line_holds_is_a_problem_and_never_cut() -> None:
    made = block(["Mairie", "", "3 rue " + "Interminable" * 4], "76000", "Rouen")
    assert isinstance(made, PostalProblem)
    assert (made.code, made.field) == ("line-too-long", "street")


def test_a_locality_that_no_abbreviation_fits_is_a_problem() -> None:
    made = block(["Mairie"], "76000", "Interminable" * 4)
    assert isinstance(made, PostalProblem)
    assert (made.code, made.field) == ("line-too-long", "locality")


@pytest.mark.parametrize(
    "locality",
    [
        "Villeneuve Montmorency Grandchamp Outreforêt",
        "Chateauneuf Montmorency Grandchamp Cedex 12",
        "Montigny Mornay Villeneuve Grandchamp Vingeanne",
    ],
)
def test_a_locality_loses_no_word_in_silence(locality: str) -> None:
    made = block(["Mairie"], "76000", locality)
    assert isinstance(made, PostalProblem)
    assert (made.code, made.field) == ("line-too-long", "locality")


def test_a_locality_is_abbreviated_as_the_norm_has_it_before_it_is_held() -> None:
    made = lines_of(["Mairie"], "76000", "Le Faubourg du Général de Gaulle Sainte Hermine")
    assert made[-1] == "76000 LE FG GENERAL GAULLE STE HERMINE"


def test_lines_share_one_before_a_block_has_too_many() -> None:
    made = lines_of(
        ["Mairie", "Madame la Maire", "Bât. A", "Esc. B", "3 rue X", "BP 4"], "76000", "X"
    )
    assert made[2:-1] == ("BAT A ESC B 3 RUE X BP 4",)
    long = ["Mairie", "Madame la Maire", *(f"{word * 30}" for word in "ABCD")]
    problem = block(long, "76000", "X")
    assert isinstance(problem, PostalProblem)
    assert problem.code == "too-many-lines"


def test_a_name_in_another_alphabet_may_stand_in_the_first_two_lines_only() -> None:
    assert isinstance(block(["Mairie", "Łucja Ђ"], "76000", "X"), AddressBlock)
    problem = PostalProblem("bad-character", "street", "rue Ђ")
    assert block(["Mairie", "", "rue Ђ"], "76000", "X") == problem


@pytest.mark.parametrize("character", ["\ue000", "\ud800", "\u0378", "\x07"])
def test_what_no_font_has_stands_in_no_window(character: str) -> None:
    value = f"Mairie{character}"
    assert block([value], "76000", "X") == PostalProblem("bad-character", "organisation", value)
    assert isinstance(block(["Mai\u00adrie"], "76000", "X"), AddressBlock)  # nobody sees it


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("L'Haÿ-les-Roses", "L HAY LES ROSES"),
        ("Œuilly", "OEUILLY"),
        ("Île-d'Aix", "ILE D AIX"),
        ("Dupont & fils n°3", "DUPONT ET FILS N 3"),
        ("Straße", "STRASSE"),
    ],
)
def test_capitals_are_letters_digits_and_spaces(text: str, plain: str) -> None:
    assert capitals(text) == plain


def test_every_commune_has_a_block_and_none_is_cut_in_mid_word() -> None:
    for commune in reference().values():
        if not commune.postcodes:
            continue
        mairie = f"Mairie {de(commune.name, commune.article_code)}"
        made = lines_of(
            [mairie, title(None), "Place de la Mairie"], commune.postcodes[0], commune.name
        )
        assert len(made) == 4
        assert max(map(len, made)) <= CHARACTERS
        assert made[0] in (mairie, mairie.replace("Saint", "St"), "Mairie")
        words = set(capitals(commune.name).replace("SAINT", "ST").split())
        assert set(made[-1].replace("SAINT", "ST").split()[1:]) <= words


ANYTHING = st.text(max_size=50)


@given(st.lists(ANYTHING, max_size=7), ANYTHING | st.just("76000"), ANYTHING)
def test_anything_typed_gives_a_block_of_the_norm_or_a_problem(
    lines: list[str], postcode: str, locality: str
) -> None:
    made = block(lines, postcode, locality)
    if isinstance(made, AddressBlock):
        assert 2 <= len(made.lines) <= LINES
        assert all(0 < len(line) <= CHARACTERS for line in made.lines)
        assert re.fullmatch(r"[0-9]{5}( [A-Z0-9]+)+", made.lines[-1])


@given(st.lists(st.text(alphabet="aé ,.;-'0123\nBPCS", max_size=40), max_size=3))
def test_from_the_street_on_there_is_no_punctuation(lines: list[str]) -> None:
    made = block(["Mairie", "Madame la Maire", *lines], "76000", "Rouen")
    if isinstance(made, AddressBlock):
        assert all(re.fullmatch(r"[A-Z0-9]+( [A-Z0-9]+)*", line) for line in made.lines[2:])


@given(
    st.lists(
        st.lists(
            st.sampled_from(["3", "5 bis", "rue X", "Bourg", "BP 4", "B"]), max_size=4
        ).flatmap(
            lambda words: st.sampled_from([", ", " - ", " ", "\n"]).map(lambda by: by.join(words))
        ),
        max_size=3,
    )
)
def test_no_word_of_an_address_is_lost_or_printed_twice(lines: list[str]) -> None:
    made = block(["Mairie", "", *lines], "76000", "Rouen")
    if isinstance(made, AddressBlock):
        typed = capitals(" ".join(lines)).split()
        assert sorted(" ".join(made.lines[1:-1]).split()) == sorted(typed)


@given(ANYTHING)
def test_capitals_twice_are_capitals_once(text: str) -> None:
    assert capitals(capitals(text)) == capitals(text)
