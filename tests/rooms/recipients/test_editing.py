"""One recipient mended by hand."""

from __future__ import annotations

import pytest

from merge.errors import Misuse
from merge.model import Recipient
from merge.recipients import editing
from merge.words.troubles import explain

RENNES = Recipient(key="35238", insee="35238", commune="Rennes", fields={"Remarque": "x"})


@pytest.mark.parametrize(
    ("field", "typed", "attribute", "value"),
    [
        ("email", "a@Example.org; b@example.org", "email", "a@example.org"),
        ("email", "a@example.org; b@example.org", "alternates", ("b@example.org",)),
        ("email", "", "email", None),
        ("sex", "Mme", "sex", "F"),
        ("sex", "", "sex", None),
        ("surname", " Le  Goff ", "surname", "Le Goff"),
        ("surname", "Mme  LE GOFF", "surname", "Le Goff"),
        ("locality", "Rennes  Cedex", "locality", "Rennes Cedex"),
        ("locality", "", "locality", ""),
        ("street", "1  rue X\n \nBP 2", "street", ("1 rue X", "BP 2")),
        ("postcode", "35 000", "postcode", "35000"),
        ("article_code", "2", "article_code", 2),
        ("article_code", "", "article_code", None),
        ("email", "a@orage.fr; b", "email", "a@orage.fr"),
        ("commune", "RENNES", "commune", "Rennes"),
        ("Remarque", "é", "fields", {"Remarque": "é"}),
    ],
)
def test_an_edit_is_checked_as_a_sheet_is_and_changes_nothing_else(
    field: str, typed: str, attribute: str, value: object
) -> None:
    before = RENNES._replace(email="old@example.org")
    after = editing.edited(before, {field: typed})
    assert getattr(after, attribute) == value
    touched = {
        "email": {"email", "alternates"},
        "postcode": {"postcode", "locality"},
        "surname": {"surname", "sex"},
    }.get(field, {attribute})
    for name in set(Recipient._fields) - touched:
        assert getattr(after, name) == getattr(before, name)


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({"street": "1 rue X", "postcode": "35000"}, (("1 rue X",), "35000", "Rennes")),
        ({"adresse": "1 rue X, 35200 Rennes"}, (("1 rue X",), "35200", "Rennes")),
        ({"ville": "35031 Rennes Cedex"}, ((), "35031", "Rennes Cedex")),
        ({"street": "BP 3\n35031 Rennes Cedex"}, (("BP 3",), "35031", "Rennes Cedex")),
        (
            {"street": "1 rue X, 35200 Rennes", "ville": "Rennes Sud"},
            (("1 rue X",), "35200", "Rennes Sud"),
        ),
        ({"adresse": "1 rue X, 35 000 Rennes", "cp": "35000"}, (("1 rue X",), "35000", "Rennes")),
        (
            {"street": "1 rue X, 35200 Rennes", "postcode": "35000"},
            (("1 rue X, 35200 Rennes",), "35000", "Rennes"),
        ),
    ],
)
def test_an_address_that_is_typed_reaches_the_mairie_as_a_sheet_s_would(
    changes: dict[str, str], address: tuple[tuple[str, ...], str, str]
) -> None:
    after = editing.edited(RENNES, changes)
    assert (after.street, after.postcode, after.locality) == address


@pytest.mark.parametrize(
    ("called", "name"),
    [("Tél", "Tél"), ("tel", "Tel"), ("N° DE TÉL", "N° de tél"), ("commune_de", "commune_de")],
)
def test_a_cell_is_called_by_its_header_and_a_correction_by_its_name(
    called: str, name: str
) -> None:
    cells = {"Tel": "1", "Tél": "2", "N° de tél": "3"}
    after = editing.edited(RENNES._replace(fields=cells), {called: "du x"})
    assert after.fields == {**cells, name: "du x"}


def test_a_postcode_without_its_town_leaves_the_town_that_is_known() -> None:
    before = RENNES._replace(postcode="35000", locality="Rennes Sud")
    after = editing.edited(before, {"adresse": "1 rue X, 35200"})
    assert (after.street, after.postcode, after.locality) == (("1 rue X",), "35200", "Rennes Sud")


def test_of_two_postcodes_both_are_told_until_an_edit_says_which() -> None:
    changes = {"adresse": "1 rue X, 35031 Rennes Cedex", "cp": "35000"}
    before = editing.edited(RENNES, changes)
    assert [problem.code for problem in editing.noticed(before, changes)] == ["second-postcode"]
    assert editing.edited(before, {"nom": "Martin"}).street == before.street
    after = editing.edited(before, {"cp": "35031"})
    assert (after.street, after.postcode, after.locality) == (("1 rue X",), "35031", "Rennes Cedex")
    assert not editing.noticed(after, {"cp": "35031"})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Courriel": "mairie@orage.fr"}, "email-typo"),
        ({"nom": "Mme MARTIN"}, "title-in-name"),
        ({"cp": "75001"}, "postcode-disagrees"),
        ({"ville": "75001 Paris"}, "postcode-disagrees"),
        ({"adresse": "1 rue X, 75001 Paris"}, "postcode-disagrees"),
        ({"ville": "35031 Rennes Cedex", "cp": "35000"}, "locality-left-out"),
        ({"nom": "Martin", "cp": "35000"}, None),
    ],
)
def test_what_looks_wrong_is_taken_and_told(changes: dict[str, str], code: str | None) -> None:
    after = editing.edited(RENNES, changes)
    assert [problem.code for problem in editing.noticed(after, changes)] == ([code] if code else [])


def test_a_title_that_is_typed_before_a_name_states_the_civility() -> None:
    unknown = RENNES._replace(sex=None)
    assert editing.edited(unknown, {"nom": "Mme MARTIN"}).sex == "F"
    assert editing.edited(unknown, {"nom": "Mme MARTIN", "sexe": "M"}).sex == "M"
    man = RENNES._replace(sex="M")
    after = editing.edited(man, {"nom": "Mme MARTIN"})
    assert after.sex == "M"
    told = [problem.code for problem in editing.noticed(after, {"nom": "Mme MARTIN"})]
    assert told == ["sex-disagrees", "title-in-name"]


def test_a_locality_that_is_known_stays_with_another_postcode() -> None:
    before = RENNES._replace(postcode="35031", locality="Rennes Cedex")
    assert editing.edited(before, {"postcode": "35000"}).locality == "Rennes Cedex"


@pytest.mark.parametrize(
    ("field", "typed", "code", "reason"),
    [
        ("fax", "01 02 03 04 05", "not-one-of", None),
        ("key", "35000", "not-one-of", None),
        ("email", "a@orange", "edit-bad-value", "email-invalid"),
        ("adresse", "1 rue X\nmairie@example.org", "edit-bad-value", "email-in-street"),
        ("sex", "Dr", "edit-bad-value", "unknown-sex"),
        ("postcode", "350", "edit-bad-value", "bad-postcode"),
        ("article_code", "9", "edit-bad-value", "unknown-article-code"),
        ("nom", "a@example.org", "edit-bad-value", "not-a-name"),
        ("nom", "MARTIN 06 12 34 56 78", "edit-bad-value", "not-a-name"),
        ("surname", "a\x00b", "edit-bad-value", None),
        ("commune", " ", "edit-empty-name", None),
        ("commune", "Paris", "edit-bad-value", "name-disagrees"),
        ("surname", "A\nBcc: x", "edit-bad-value", None),
    ],
)
def test_a_wrong_edit_is_refused_with_its_reason(
    field: str, typed: str, code: str, reason: str | None
) -> None:
    with pytest.raises(Misuse) as caught:
        editing.edited(RENNES, {field: typed})
    assert (caught.value.code, caught.value.facts.get("reason")) == (code, reason)


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("courriel", "truc", "“truc” cannot be taken for “courriel”."),
        ("courriel", "mairiewanadoo.fr", "Close to it: mairie@wanadoo.fr."),
        ("courriel", "a@orange", "Close to it: a@orange.fr."),
        ("adresse", "mairie@example.org", "“mairie@example.org” cannot be taken for “adresse”."),
        ("sexe", "Z", "for example: F, M"),
        ("code postal", "abc", "for example: 35000"),
        ("article_code", "9", "for example: 0, 1, 2… 8"),
        ("nom", "a\x00b", "“a b” cannot be taken for “nom”."),
        ("commune", "Paris", "for example: Rennes"),
    ],
)
def test_a_refusal_says_why_and_what_fits(field: str, typed: str, told: str) -> None:
    with pytest.raises(Misuse) as caught:
        editing.edited(RENNES, {field: typed})
    said = explain(caught.value)
    assert told in said
    assert "Nothing was changed." in said


def test_who_is_no_commune_takes_another_name() -> None:
    person = Recipient(key="7", commune="Zoé")
    assert editing.edited(person, {"commune": "Zoé  Martin"}).commune == "Zoé Martin"


def test_a_refusal_calls_the_field_as_it_was_typed() -> None:
    with pytest.raises(Misuse) as caught:
        editing.edited(RENNES, {"Courriel": "toto"})
    assert caught.value.facts["field"] == "Courriel"
