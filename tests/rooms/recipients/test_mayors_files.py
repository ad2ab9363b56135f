"""The répertoire national des élus (RNE) of every year is understood, and its age is told.

Each edition is made here, byte by byte, as the ministry published it: the towns are real, the
people are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.model import Recipient, RowProblem
from merge.recipients.columns import assign
from merge.recipients.mayors import ELECTION, FileAge
from merge.recipients.sheet import Row, read_sheet
from tests.tables import everyone_in


@dataclass(frozen=True, slots=True)
class Mayor:
    insee: str
    label: str  # as the RNE writes it: "Oeuilly", "Le Plessis-Aux-Bois"
    surname: str
    first_name: str
    sex: str


MAYORS = (
    Mayor("01001", "L'Abergement-Clémenciat", "DE LA TOUR", "Éric", "M"),
    Mayor("02565", "Oeuilly", "LE GOFF", "Zoé", "F"),
    Mayor("2A004", "Ajaccio", "D'ALMEIDA", "Anne-Sophie", "F"),
    Mayor("72181", "Le Mans", "ÇELIK", "Étienne", "M"),
    Mayor("97105", "Basse-Terre", "MARTIN", "Jean", "M"),
    Mayor("97502", "Saint-Pierre", "DUVAL", "Ève", "F"),
    Mayor("97611", "Mamoudzou", "NÉE", "Ali", "M"),
    Mayor("98735", "Papeete", "TERIITAHI", "Maeva", "F"),
    Mayor("98818", "Nouméa", "PIERRE-DIT-MERY", "Dominique", "M"),
    Mayor("02565", "Oeuilly", "LE GOFF", "Zoé", "F"),  # some communes are listed twice
    Mayor("35112", "Fleurigné", "VASSEUR", "Léa", "F"),  # until 2024
)
LETTERS = {"971": "ZA", "975": "ZS", "976": "ZM", "987": "ZP", "988": "ZN"}  # of 2019

OFFICIAL = {
    "Code du département": "department",
    "Libellé du département": "department_label",
    "Code de la collectivité à statut particulier": "",
    "Libellé de la collectivité à statut particulier": "",
    "Code de la commune": "insee",
    "Libellé de la commune": "label",
    "Nom de l'élu": "surname",
    "Prénom de l'élu": "first_name",
    "Code sexe": "sex",
    "Date de naissance": "birth",
    "Code de la catégorie socio-professionnelle": "profession_code",
    "Libellé de la catégorie socio-professionnelle": "profession",
    "Date de début du mandat": "mandate",
    "Date de début de la fonction": "function",
}
OF_2019 = {
    "Code du département (Maire)": "department_letters",
    "Libellé de département (Maires)": "department_label",
    "Code Insee de la commune": "three_digits",
    "Libellé de la commune": "label",
    "Population de la commune": "population",
    "Nom de l'élu": "surname",
    "Prénom de l'élu": "first_name",
    "Code sexe": "sex",
    "Date de naissance": "birth",
    "Code profession": "profession_code",
    "Libellé de la profession": "profession",
    "Date de début du mandat": "mandate",
    "Date de début de la fonction": "function",
}
OF_2014 = {
    "codeinsee": "insee",
    "libdpt": "department_label",
    "libsubcom": "label",
    "popsubcom": "population",
    "nompsn": "surname",
    "prepsn": "first_name",
    "civpsn": "title",
    "naissance": "birth",
    "csp": "profession_code",
    "libcsp": "profession",
}
SNAKES = {
    "code_du_departement": "department",
    "libelle_du_departement": "department_label",
    "code_de_la_collectivite_a_statut_particulier": "",
    "libelle_de_la_collectivite_a_statut_particulier": "",
    "code_de_la_commune": "insee",
    "libelle_de_la_commune": "label",
    "nom_de_l_elu": "surname",
    "prenom_de_l_elu": "first_name",
    "code_sexe": "sex",
    "date_de_naissance": "birth",
    "code_de_la_categorie_socio_professionnelle": "profession_code",
    "libelle_de_la_categorie_socio_professionnelle": "profession",
    "date_de_debut_du_mandat": "mandate",
    "date_de_debut_de_la_fonction": "function",
}
SHORT_SNAKES = {
    "code_departement": "department",
    "libelle_departement": "department_label",
    "code_commune": "insee",
    "libelle_commune": "label",
    "nom_elu": "surname",
    "prenom_elu": "first_name",
    "code_sexe": "sex",
    "libelle_sexe": "title",
    "date_naissance": "birth",
    "code_categorie_socio_professionnelle": "profession_code",
    "libelle_categorie_socio_professionnelle": "profession",
    "date_debut_mandat": "mandate",
    "date_debut_fonction": "function",
}


@dataclass(frozen=True, kw_only=True)
class Edition:
    """How one year's file is written."""

    headers: Mapping[str, str]
    elected: date | None
    encoding: str = "utf-8"
    delimiter: str = ";"
    line_end: str = "\n"
    title: str = ""
    day: str = "%d/%m/%Y"
    keeps_zeros: bool = True

    def bytes(self) -> bytes:
        lines = [self.delimiter.join(self.headers)]
        for mayor in MAYORS:
            cells = self._cells(mayor)
            lines.append(self.delimiter.join(cells[name] for name in self.headers.values()))
        if self.title:
            lines.insert(0, self.title)
        return "".join(f"{line}{self.line_end}" for line in lines).encode(self.encoding)

    def _cells(self, mayor: Mayor) -> Mapping[str, str]:
        overseas = mayor.insee.startswith(("97", "98"))
        department = mayor.insee[: 3 if overseas else 2]
        insee = mayor.insee if self.keeps_zeros else mayor.insee.lstrip("0")
        return {
            "": "",
            "department": ""
            if overseas
            else department
            if self.keeps_zeros
            else department.lstrip("0"),
            "department_letters": LETTERS.get(department, department),
            "department_label": "Outre-mer" if overseas else "Métropole",
            "insee": insee,
            "three_digits": mayor.insee[2:],
            "label": mayor.label,
            "population": "1234",
            "surname": mayor.surname,
            "first_name": mayor.first_name,
            "sex": mayor.sex,
            "title": {"M": "M", "F": "MME"}[mayor.sex],
            "birth": date(1951, 3, 4).strftime(self.day),
            "profession_code": "74",
            "profession": "Ancien cadre",
            "mandate": self.elected.strftime(self.day) if self.elected else "",
            "function": self.elected.replace(day=28).strftime(self.day) if self.elected else "",
        }


EDITIONS = {
    "2014": Edition(headers=OF_2014, elected=None, encoding="iso-8859-1"),
    "2019": Edition(
        headers=OF_2019,
        elected=date(2014, 3, 23),
        encoding="iso-8859-1",
        delimiter="\t",
        line_end="\r\n",
        title="Titre du rapport",
    ),
    "2021": Edition(headers=OFFICIAL, elected=date(2020, 5, 18), delimiter="\t"),
    "2022": Edition(headers=OFFICIAL, elected=date(2020, 5, 18), encoding="iso-8859-1"),
    "2022-09": Edition(headers=OFFICIAL, elected=date(2022, 5, 18), delimiter="\t"),
    "2023": Edition(
        headers=SNAKES, elected=date(2020, 5, 18), delimiter=",", day="%Y-%m-%dT00:00:00"
    ),
    "2023, short": Edition(
        headers=SHORT_SNAKES, elected=date(2020, 5, 18), day="%Y-%m-%d 00:00:00.000"
    ),
    "2024": Edition(headers=OFFICIAL, elected=date(2023, 5, 18), keeps_zeros=False),
    "2026": Edition(headers=OFFICIAL, elected=date(2026, 3, 22), day="%Y-%m-%d"),
}
every_edition = pytest.mark.parametrize("year", EDITIONS)


@pytest.fixture
def sheet(tmp_path: Path, year: str) -> Path:
    path = tmp_path / "elus-maires.csv"
    path.write_bytes(EDITIONS[year].bytes())
    return path


def read(path: Path) -> tuple[list[Recipient], list[RowProblem]]:
    return everyone_in(read_sheet(path))


@every_edition
def test_every_mayor_is_found_and_the_town_has_its_own_name(sheet: Path) -> None:
    recipients, _ = read(sheet)
    assert [(each.key, each.commune, each.department) for each in recipients] == [
        ("01001", "L'Abergement-Clémenciat", "01"),
        ("02565", "Œuilly", "02"),
        ("2A004", "Ajaccio", "2A"),
        ("72181", "Le Mans", "72"),
        ("97105", "Basse-Terre", "971"),
        ("97502", "Saint-Pierre", "975"),
        ("97611", "Mamoudzou", "976"),
        ("98735", "Papeete", "987"),
        ("98818", "Nouméa", "988"),
    ]
    assert [(each.sex, each.first_name, each.surname) for each in recipients][:4] == [
        ("M", "Éric", "de La Tour"),
        ("F", "Zoé", "Le Goff"),
        ("F", "Anne-Sophie", "d'Almeida"),
        ("M", "Étienne", "Çelik"),
    ]


@every_edition
def test_only_what_is_wrong_is_reported(sheet: Path, year: str) -> None:
    _, problems = read(sheet)
    header_row = 2 if EDITIONS[year].title else 1
    code = 3 if year == "2019" else 5
    problems = [each for each in problems if each.code != "zero-restored"]
    assert [(each.row - header_row, each.code, each.value, each.taken) for each in problems] == [
        (10, "duplicate-key", "02565", False),
        (11, "vanished-commune", "35112"[-code:], False),
    ]
    assert problems[0].suggestion == str(header_row + 2)  # the row that was kept
    assert problems[1].suggestion == "35062 La Chapelle-Fleurigné"


def test_a_lost_zero_is_restored_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "elus-maires.csv"
    path.write_bytes(EDITIONS["2024"].bytes())
    _, problems = read(path)
    restored = [(each.value, each.suggestion) for each in problems if each.code == "zero-restored"]
    assert restored[:2] == [("1001", "01001"), ("2565", "02565")]


@every_edition
def test_neither_birth_nor_profession_is_kept(sheet: Path, year: str) -> None:
    headers = EDITIONS[year].headers
    private = [name for name, what in headers.items() if what.startswith(("birth", "profession"))]
    assert list(assign(read_sheet(sheet).headers).dropped) == private
    recipients, _ = read(sheet)
    kept = {text for each in recipients for text in each.fields.values()}
    assert not any("1951" in text or "cadre" in text or text == "74" for text in kept)


@every_edition
def test_what_a_letter_may_want_stays_under_its_header(sheet: Path, year: str) -> None:
    headers = EDITIONS[year].headers
    recipients, _ = read(sheet)
    kept = recipients[0].fields
    labels = [name for name, what in headers.items() if what == "department_label"]
    dates = [name for name, what in headers.items() if what in ("mandate", "function")]
    assert [kept[name] for name in labels] == ["Métropole"]
    assert all(kept[name] for name in dates)


@every_edition
def test_no_official_header_looks_like_a_slip(sheet: Path) -> None:
    assert assign(read_sheet(sheet).headers).close == {}


# How old it is


def age_of(path: Path) -> FileAge:
    table = read_sheet(path)
    age = FileAge.of(table.headers)
    assert age is not None
    for row in table.rows:
        assert isinstance(row, Row)
        age.see(row.cells)
    return age


@pytest.mark.parametrize(
    ("year", "newest", "told", "before"),
    [
        ("2014", None, 2014, True),
        ("2019", date(2014, 3, 28), 2014, True),
        ("2021", date(2020, 5, 28), 2020, True),
        ("2022", date(2020, 5, 28), 2020, True),
        ("2022-09", date(2022, 5, 28), 2022, True),
        ("2023", date(2020, 5, 28), 2020, True),
        ("2023, short", date(2020, 5, 28), 2020, True),
        ("2024", date(2023, 5, 28), 2023, True),
        ("2026", date(2026, 3, 28), 2026, False),
    ],
)
def test_the_newest_term_of_office_tells_the_age(
    sheet: Path, newest: date | None, told: int, before: bool
) -> None:
    age = age_of(sheet)
    assert (age.newest, age.year, age.before_election) == (newest, told, before)


@pytest.mark.parametrize(
    "headers",
    [
        ["Commune", "Courriel"],
        ["Commune", "Date de début du mandat"],  # of whom, it does not say
        ["Commune", "Nom du maire", "Courriel"],  # nothing dates it
    ],
)
def test_a_file_without_mayors_or_without_a_date_has_no_age(headers: list[str]) -> None:
    assert FileAge.of(headers) is None


def age_with(*days: str) -> FileAge:
    age = FileAge.of(["Nom", "date_debut_mandat"])
    assert age is not None
    for day in days:
        age.see(["MARTIN", day])
    return age


@pytest.mark.parametrize(
    ("day", "before"),
    [("14/03/2026", True), ("15/03/2026", False), ("2026-03-14", True), ("2026-03-15", False)],
)
def test_the_first_round_is_where_the_new_mandate_begins(day: str, before: bool) -> None:
    assert age_with(day).before_election is before


@pytest.mark.parametrize(
    "slip", ["", "inconnue", "31/02/2026", "03/23/2026", "23/03/2062", "2026", "23/03/26", "0"]
)
def test_a_slip_makes_no_file_newer(slip: str) -> None:
    age = age_with("18/05/2020", slip)
    assert (age.newest, age.before_election) == (date(2020, 5, 18), True)


def test_a_file_whose_dates_nobody_can_read_is_of_no_known_year() -> None:
    age = age_with("hier", "")
    assert (age.newest, age.year, age.before_election) == (None, None, False)


@given(
    st.lists(st.dates(date(1995, 1, 1), date(2031, 12, 31)), min_size=1),
    st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", " %Y-%m-%d %H:%M:%S.000Z"]),
)
def test_the_newest_is_the_last_day_in_whatever_order_they_come(
    days: list[date], form: str
) -> None:
    age = age_with(*(day.strftime(form) for day in days))
    assert age.newest == max(days)
    assert age.before_election == (max(days) < ELECTION)
