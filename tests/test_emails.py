"""The e-mail cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.recipients.emails import addresses


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("", ()),
        ("mairie@example.org", ("mairie@example.org",)),
        ("Mairie@Example.ORG", ("Mairie@example.org",)),
        ("a@example.org; b@example.org", ("a@example.org", "b@example.org")),
        ("a@example.org,b@example.org ou c@example.org", tuple(f"{x}@example.org" for x in "abc")),
        ("a@example.org\nb@example.org", ("a@example.org", "b@example.org")),
        ("a@example.org / b@example.org", ("a@example.org", "b@example.org")),
        ("a@example.org/b@example.org", ("a@example.org", "b@example.org")),
        ("a@example.org a@EXAMPLE.org", ("a@example.org",)),
        ("mailto:a@example.org", ("a@example.org",)),
        ("<a@example.org>", ("a@example.org",)),
        ("mairie@château.example.org", ("mairie@xn--chteau-xta.example.org",)),
    ],
)
def test_addresses_are_found_and_nothing_is_complained_about(
    cell: str, found: tuple[str, ...]
) -> None:
    assert addresses(cell) == (found, ())


@pytest.mark.parametrize(
    ("cell", "code", "suggestion"),
    [
        ("inconnu", "email-none-given", ""),
        ("Néant", "email-none-given", ""),
        ("-", "email-none-given", ""),
        ("pas d'e-mail", "email-none-given", ""),
        ("https://www.example.org/contact?a@b", "email-is-url", ""),
        ("www.example.org", "email-is-url", ""),
        ("example.org/contact", "email-is-url", ""),
        ("mairie.rahay72gmail.com", "email-no-at", "mairie.rahay72@gmail.com"),
        ("mairie.x-wanadoo.fr", "email-no-at", "mairie.x@wanadoo.fr"),
        ("mairie", "email-no-at", ""),
        ("mairie @example.org", "email-has-spaces", "mairie@example.org"),
        ("mairie@ example.org", "email-has-spaces", "mairie@example.org"),
        ("mairie.sercœur@example.org", "email-has-accents", "mairie.sercoeur@example.org"),
        ("secrétariat@example.org", "email-has-accents", "secretariat@example.org"),
        ("mairie@orange", "email-invalid", "mairie@orange.fr"),
        ("mairie@wanadoo.", "email-invalid", "mairie@wanadoo.fr"),
        ("mairie@@example.org", "email-invalid", ""),
        ("mairie.@example.org", "email-invalid", ""),
        ("accueils@.fr", "email-invalid", ""),
    ],
)
def test_what_is_no_address_is_never_mended_in_silence(
    cell: str, code: str, suggestion: str
) -> None:
    found, [flaw] = addresses(cell)
    assert found == ()
    assert (flaw.code, flaw.suggestion, flaw.taken) == (code, suggestion, True)


@pytest.mark.parametrize(
    ("cell", "found", "code", "suggestion"),
    [
        ("a@example.org.", "a@example.org", "email-mended", "a@example.org"),
        ("a@wannadoo.fr", "a@wannadoo.fr", "email-typo", "a@wanadoo.fr"),
        ("a@gmail.fr", "a@gmail.fr", "email-typo", "a@gmail.com"),
        ("Mairie a@example.org", "a@example.org", "email-extra-words", ""),
    ],
)
def test_what_is_taken_but_looks_wrong_is_told(
    cell: str, found: str, code: str, suggestion: str
) -> None:
    taken, [flaw] = addresses(cell)
    assert taken == (found,)
    assert (flaw.code, flaw.suggestion) == (code, suggestion)


@pytest.mark.parametrize(
    "domain", ["orange.fr", "yahoo.com", "ville-orange.fr", "sfr.fr", "sdr.fr"]
)
def test_an_honest_domain_is_no_typo(domain: str) -> None:
    assert addresses(f"a@{domain}")[1] == ()


def test_one_bad_address_does_not_lose_the_good_one() -> None:
    found, [flaw] = addresses("mairie@orange; b@example.org")
    assert found == ("b@example.org",)
    assert flaw.value == "mairie@orange"


@given(st.text(st.sampled_from("ab@.,; é/<>'\"-:\n"), max_size=12))
def test_what_is_found_can_stand_in_an_envelope(cell: str) -> None:
    found, _ = addresses(cell)
    for address in found:
        assert address.isascii()
        assert address.isprintable()
        assert address.count("@") == 1
        assert not set(address) & set(' ,;<>"\n')


@given(st.text(st.sampled_from("ab@.,; é/<>'-:\n"), min_size=1, max_size=12))
def test_a_filled_cell_gives_an_address_or_a_reason(cell: str) -> None:
    found, flaws = addresses(cell.strip())
    assert found or flaws or not cell.strip()
