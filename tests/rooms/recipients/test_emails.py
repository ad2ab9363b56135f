"""The e-mail cell."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from merge.recipients.emails import addresses

both = ("a@example.org", "b@example.org")


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
        ("Mairie de X <a@example.org>", ("a@example.org",)),
        ("La maire <a@example.org>; Le secrétariat <b@example.org>", both),
        ("e-mail : a@example.org - b@example.org", both),
        ("email:a@example.org", ("a@example.org",)),
        ("a@example.org; A@EXAMPLE.org", ("a@example.org",)),
        ("INFO@EXAMPLE.ORG", ("info@example.org",)),  # RFC 2142
        ("Info.Mairie@EXAMPLE.ORG", ("Info.Mairie@example.org",)),
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
        ("https://www.example.org/contact?a@b", "email-invalid", ""),
        ("www.example.org", "email-invalid", ""),
        ("example.org/contact", "email-invalid", ""),
        ("mairie.rahay72gmail.com", "email-no-at", "mairie.rahay72@gmail.com"),
        ("mairie.x-wanadoo.fr", "email-no-at", "mairie.x@wanadoo.fr"),
        ("mairie", "email-no-at", ""),
        ("mairie @example.org", "email-invalid", "mairie@example.org"),
        ("mairie@ example.org", "email-invalid", "mairie@example.org"),
        ("mairie@example .org", "email-invalid", "mairie@example.org"),
        ("mairie(at)example.org", "email-no-at", "mairie@example.org"),
        ("mairie [at] example [dot] org", "email-no-at", "mairie@example.org"),
        ("mairie arobase example point org", "email-no-at", "mairie@example.org"),
        ("02 38 00 00 00", "email-no-at", ""),
        ("mairie.sercœur@example.org", "email-invalid", "mairie.sercoeur@example.org"),
        ("secrétariat@example.org", "email-invalid", "secretariat@example.org"),
        ("mairie@orange", "email-invalid", "mairie@orange.fr"),
        ("mairie@wanadoo.", "email-invalid", "mairie@wanadoo.fr"),
        ("mairie@orangefr", "email-invalid", "mairie@orange.fr"),
        ("mairie@@example.org", "email-invalid", ""),
        ("mairie@example..org", "email-invalid", ""),
        ("mairie@example.local", "email-invalid", ""),
        ("mairie.@example.org", "email-invalid", ""),
        ("accueils@.fr", "email-invalid", ""),
    ],
)
def test_what_is_no_address_is_never_mended_in_silence(
    cell: str, code: str, suggestion: str
) -> None:
    found, [problem] = addresses(cell)
    assert found == ()
    assert (problem.code, problem.suggestion, problem.taken) == (code, suggestion, True)


@pytest.mark.parametrize(
    ("cell", "found", "code", "suggestion"),
    [
        ("a@example.org.", "a@example.org", "email-mended", "a@example.org"),
        ("a@wannadoo.fr", "a@wannadoo.fr", "email-typo", "a@wanadoo.fr"),
        ("a@gmail.fr", "a@gmail.fr", "email-typo", "a@gmail.com"),
        ("a@laposte.fr", "a@laposte.fr", "email-typo", "a@laposte.net"),
        ("a@example.org/", "a@example.org", "email-mended", "a@example.org"),
        ("a@example.org (le secrétariat)", "a@example.org", "email-extra-words", ""),
        ("Secrétariat : a@example.org", "a@example.org", "email-extra-words", ""),
        ("www.example.org a@example.org", "a@example.org", "email-invalid", ""),
        ("www.example.org / a@example.org", "a@example.org", "email-invalid", ""),
    ],
)
def test_what_is_taken_but_looks_wrong_is_told(
    cell: str, found: str, code: str, suggestion: str
) -> None:
    taken, [problem] = addresses(cell)
    assert taken == (found,)
    assert (problem.code, problem.suggestion) == (code, suggestion)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *[("wannadoo.fr", "wanadoo.fr"), ("wandoo.fr", "wanadoo.fr"), ("wanadoo.f", "wanadoo.fr")],
        *[("orage.fr", "orange.fr"), ("ornage.fr", "orange.fr"), ("orange.f", "orange.fr")],
        *[("orange.com", "orange.fr"), ("gmial.com", "gmail.com"), ("gmail.co", "gmail.com")],
        *[("gmail.fr", "gmail.com"), ("laposte.fr", "laposte.net"), ("hotmial.fr", "hotmail.fr")],
    ],
)
def test_a_domain_a_letter_away_from_where_mairies_are_is_suggested(typed: str, meant: str) -> None:
    taken, [problem] = addresses(f"mairie.x@{typed}")
    assert taken == (f"mairie.x@{typed}",)
    assert (problem.code, problem.suggestion) == ("email-typo", f"mairie.x@{meant}")


@pytest.mark.parametrize(
    "domain",
    [
        *["orange.fr", "yahoo.com", "ville-orange.fr", "sfr.fr", "sdr.fr", "numericable.com"],
        *["trange.fr", "grane.fr", "morhange.fr", "frangy.fr", "live.com", "yahoo.ca"],  # communes
    ],
)
def test_an_honest_domain_is_no_typo(domain: str) -> None:
    assert addresses(f"a@{domain}")[1] == ()


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("jean dupont@example.org", "jeandupont@example.org"),
        ("Jean Dupont dupont@example.org", "dupont@example.org"),
        ("a@example.org, jean dupont@example.org", "jeandupont@example.org"),
        ("jean . dupont@example.org", "jean.dupont@example.org"),
        ("Jean . dupont@example.org", "Jean.dupont@example.org"),
        ("jean. dupont@example.org", "jean.dupont@example.org"),
        ("jean .dupont@example.org", "jean.dupont@example.org"),
        ("jean - dupont@example.org", "jean-dupont@example.org"),
        ("jean _ dupont@example.org", "jean_dupont@example.org"),
        ("jean.\ndupont@example.org", "jean.dupont@example.org"),
        ("a@example.org ; jean . dupont@example.org", "jean.dupont@example.org"),
    ],
)
def test_half_an_address_is_never_written_to(cell: str, meant: str) -> None:
    found, [problem] = addresses(cell)
    assert "dupont@example.org" not in found
    assert (problem.code, problem.suggestion) == ("email-invalid", meant)


def test_a_comma_in_the_place_of_a_dot_is_never_a_separator() -> None:
    found, [problem] = addresses("a@example.org; jean,dupont@example.org")
    assert found == ("a@example.org",)
    assert (problem.code, problem.value) == ("email-invalid", "jean,dupont@example.org")
    assert problem.suggestion == "jean.dupont@example.org"
    assert addresses("x jean,dupont@example.org")[1][0].value == "x jean,dupont@example.org"
    assert addresses("a@example.org,jean@example.org")[0] == ("a@example.org", "jean@example.org")


@pytest.mark.parametrize(
    "cell", ["a@example . org", "a@example. org", "a@example .org", "a@mairie.example . org"]
)
def test_an_address_that_ends_within_its_domain_is_never_written_to(cell: str) -> None:
    found, [problem] = addresses(cell)
    assert found == ()
    assert (problem.code, problem.suggestion) == ("email-invalid", cell.replace(" ", ""))


@pytest.mark.parametrize(
    "cell",
    [
        "mailto:a@example.org?subject=Bonjour Madame",
        "mailto:a%40example.org?subject=x&cc=b@example.org",
        "<mailto:a@example.org?body=x>",
        "a@example.org?subject=Bonjour",
    ],
)
def test_a_link_gives_its_address_without_subject_and_copies(cell: str) -> None:
    assert addresses(cell) == (("a@example.org",), ())


@pytest.mark.parametrize("cell", ["Secrétariat de mairie - a@example.org", ". a@example.org"])
def test_a_dash_behind_a_label_is_no_part_of_the_address(cell: str) -> None:
    assert addresses(cell)[0] == ("a@example.org",)


LOCAL = st.from_regex(r"[a-zA-Z0-9._-]{1,64}", fullmatch=True) | st.sampled_from(
    ["info", "INFO", "Postmaster", "a.", ".a", "a..b", "-", "_", "é"]
)
DOMAIN = st.from_regex(r"[a-zA-Z0-9.-]{1,24}", fullmatch=True) | st.sampled_from(
    ["example.org", "EXAMPLE.ORG", "xn--chteau-xta.example", "xn--zz.fr", "x.local", "a.b", "a-.fr"]
)


@given(st.builds("{}@{}".format, LOCAL, DOMAIN) | st.text(max_size=30))
def test_the_short_way_says_nothing_that_email_validator_would_not(cell: str) -> None:
    try:
        judged = validate_email(cell, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        judged = None
    if judged:
        assert addresses(cell)[0] == (judged,)
    else:
        assert cell not in addresses(cell)[0]


def test_one_bad_address_does_not_lose_the_good_one() -> None:
    found, [problem] = addresses("mairie@orange; b@example.org")
    assert found == ("b@example.org",)
    assert problem.value == "mairie@orange"


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
    found, problems = addresses(cell.strip())
    assert found or problems or not cell.strip()


@pytest.mark.parametrize(
    "cell",
    [
        "a" * 130_000,
        f"a{' ' * 130_000}b",
        "( " * 65_000,
        f"mairie at{' ' * 130_000}example point org",
        f"mailto:{'?' * 130_000}",
        "a. \n" * 32_000,
        "@a. " * 32_000,
        f"{'a. ' * 43_000}@",
    ],
)
def test_the_longest_cell_keeps_nobody_waiting(cell: str) -> None:
    """Each of these took minutes: a cell has as many characters as CSV lets it."""
    assert addresses(cell)[0] == ()
