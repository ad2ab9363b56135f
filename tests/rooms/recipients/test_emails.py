"""The e-mail cell, whatever stands in it; what it says is told in rows.txt."""

from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from merge.recipients.emails import addresses

LOCAL = st.from_regex(r"[a-zA-Z0-9._-]{1,64}", fullmatch=True) | st.sampled_from(
    ["info", "INFO", "Postmaster", "a.", ".a", "a..b", "-", "_", "é"]
)
DOMAIN = st.from_regex(r"[a-z0-9.-]{1,24}(\.fr|\.re|[a-zA-Z])", fullmatch=True) | st.sampled_from(
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


def test_the_longest_cell_keeps_nobody_waiting() -> None:
    """Each of these took minutes: a cell has as many characters as CSV lets it."""
    cells = (
        *("a" * 130_000, f"a{' ' * 130_000}b", "( " * 65_000, f"mailto:{'?' * 130_000}"),
        *(f"mairie at{' ' * 130_000}example point org", "a. \n" * 32_000, "@a. " * 32_000),
        f"{'a. ' * 43_000}@",
    )
    assert [addresses(cell)[0] for cell in cells] == [()] * len(cells)
