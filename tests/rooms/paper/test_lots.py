"""Claims about who is in which lot, and where each letter stands in it."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from merge.model import Addressed, Page, Recipient
from merge.paper.cover import (
    WEIGHTS,
    Cover,
    CoverWords,
    IndexEntry,
    cover_html,
    weighed,
)
from merge.paper.fonts import width_mm
from merge.paper.lots import (
    ORDERS,
    checksum,
    cover_sheets,
    letter_path,
    made_path,
    places,
    plan_lots,
    published_path,
)
from tests.pages import COVER, LOT


def town(key: str, postcode: str = "", department: str = "") -> Recipient:
    return Recipient(key=key, commune=key, postcode=postcode, department=department)


def lots_of(
    recipients: Sequence[Recipient], *, order: str, per_lot: int = 100
) -> list[list[Recipient]]:
    keys = [ORDERS[order](recipient) for recipient in recipients]
    lots = plan_lots(range(len(recipients)), keys, per_lot=per_lot)
    return [[recipients[number] for number in lot] for lot in lots]


def keys_of(*recipients: Recipient, order: str) -> list[str]:
    return [recipient.key for lot in lots_of(recipients, order=order) for recipient in lot]


def page(key: str, position: int = 1) -> Page:
    return Page(key=key, position=position, sheets=1, sha256="0" * 64)


@given(
    st.lists(st.integers(1000, 98999).map(lambda n: f"{n:05}")),
    st.integers(1, 7),
    st.sampled_from(["postcode", "department", "sheet"]),
)
def test_everyone_is_in_one_lot_and_no_lot_is_empty_or_too_large(
    postcodes: list[str], per_lot: int, order: str
) -> None:
    everyone = [town(str(i), code, code[:2]) for i, code in enumerate(postcodes)]
    lots = lots_of(everyone, order=order, per_lot=per_lot)
    planned = [recipient.key for lot in lots for recipient in lot]
    assert sorted(planned) == sorted(recipient.key for recipient in everyone)
    assert all(len(lot) == per_lot for lot in lots[:-1])
    assert all(0 < len(lot) <= per_lot for lot in lots)


def test_a_lot_is_in_the_order_that_was_asked_for() -> None:
    """Neighbours keep that of the sheet; Corsica is between 19 and 21, overseas at the end."""
    departments = [town(d, department=d) for d in ("974", "21", "2B", "30", "2A", "19", "", "01")]
    codes = [("b", "75001"), ("a", "75000"), ("d", "75001"), ("c", "13001")]
    towns = [town(key, code, code[:2]) for key, code in codes]
    assert keys_of(*departments, order="department") == [
        *("01", "19", "2A", "2B", "21", "30", "974", "")
    ]
    assert keys_of(*towns, order="department") == ["c", "a", "b", "d"]
    assert keys_of(*towns, order="postcode") == ["c", "a", "b", "d"]
    assert keys_of(*towns, order="sheet") == ["b", "a", "d", "c"]


def test_sheets_of_a_letter() -> None:
    for duplex, sheets in ((True, [1, 1, 2]), (False, [1, 2, 3])):
        assert [place.sheets for place in places([1, 2, 3], duplex=duplex)] == sheets


@given(st.lists(st.integers(1, 9), min_size=1), st.booleans())
def test_no_sheet_ever_carries_two_recipients(pages: list[int], duplex: bool) -> None:
    sides = 2 if duplex else 1
    placed = places(pages, duplex=duplex)
    assert placed[0].first_page == cover_sheets(len(pages), duplex=duplex) * sides + 1
    for before, after in pairwise(placed):
        assert after.first_page == before.first_page + before.pages + before.blanks
        assert after.position == before.position + 1
    for place in placed:
        assert (place.first_page - 1) % sides == 0
        assert place.pages + place.blanks == place.sheets * sides
        assert 0 <= place.blanks < sides


def test_the_checksum_knows_who_and_in_which_order() -> None:
    lot = checksum([page("a", 1), page("b", 2)])
    assert lot == checksum([page("a", 1), page("b", 2)])
    assert lot != checksum([page("b", 1), page("a", 2)])
    assert lot != checksum([page("a", 1)])
    # Whoever compares a cover sheet with the ledger works it out in this way.
    lines = "".join(f"{n} {key} 1 {'0' * 64}\n" for n, key in enumerate("ab", 1))
    assert lot == hashlib.sha256(lines.encode()).hexdigest()


def test_two_makings_of_one_lot_have_two_files_and_one_place() -> None:
    one, other = made_path(7, "a" * 64), made_path(7, "b" * 64)
    assert one == "outbox/making/lot-0007-aaaaaaaaaaaa.pdf"
    assert one != other
    assert published_path(one) == published_path(other) == "outbox/lots/lot-0007.pdf"
    assert published_path("outbox/lots/lot-0007.pdf") == "outbox/lots/lot-0007.pdf"


@given(st.lists(st.text(), min_size=2, max_size=40))
def test_files_of_recipients_never_collide_and_have_plain_names(keys: list[str]) -> None:
    names = [
        str(letter_path(LOT, place, Addressed(key, key[::-1]))) for place, key in enumerate(keys, 1)
    ]
    assert len({name.casefold() for name in names}) == len(keys)
    for name in names:
        assert set(name) <= set(string.ascii_lowercase + string.digits + "-./")
        assert len(name) < 130


def test_the_file_of_a_recipient_carries_its_name_and_key_for_the_eye() -> None:
    assert str(letter_path(LOT, 12, Addressed("35047", "Bruz"))) == (
        "outbox/lots/lot-0001/lot-01-012-bruz-35047.pdf"
    )
    made = LOT._replace(path="outbox/making/lot-0123-aaaaaaaaaaaa.pdf", number=123, letters=5000)
    to = Addressed("a" * 90, "L'Haÿ/Roses")
    assert str(letter_path(made, 12, to)) == (
        f"outbox/lots/lot-0123/lot-123-0012-l-hay-roses-{'a' * 40}.pdf"
    )
    assert letter_path(LOT, 1, Addressed("日", "")).name == "lot-01-001.pdf"


# --- The index, and what a lot weighs -------------------------------------------------------------


def lines_of(cover: Cover) -> str:
    return cover_html(cover, CoverWords(), measured=width_mm)


def to(place: int, name: str, last_line: str, grammes: float = 9.0) -> IndexEntry:
    return IndexEntry(place=place, to=name, last_line=last_line, grammes=grammes)


def test_the_cover_says_the_campaign_and_who_is_where():
    html = lines_of(COVER)
    assert "Pas de &lt;VSA&gt;" in html
    for line in (">1\u200276084\u2002Le Havre</pre>", "\u2002a&lt;b&gt;&amp;c</pre>"):
        assert line in html
    name = "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"  # is smaller, and whole
    smaller = lines_of(replace(COVER, index=[to(9, name, "51290 ST REMY")]))
    assert f'pt; line-height: 0">{name}</span>' in smaller


def test_postage_is_by_where_an_envelope_goes_and_an_unusual_one_is_told_at_its_letter():
    index = [
        to(1, "Bruz", "35170 BRUZ"),
        to(2, "Laval", "53000 LAVAL", 30.0),
        to(3, "Köln", "ALLEMAGNE"),
        to(4, "Rennes", "35000 RENNES"),
        to(5, "Tokyo", "JAPON"),
        to(6, "Nouméa", "98800 NOUMEA"),
    ]
    html = lines_of(replace(COVER, index=index))
    assert "Envelopes by weight</dt><dd><span>3 × up to 20 g · 1 × up to 100 g<" in html
    for zone in ("Europe", "world"):
        assert f"Envelopes by weight · {zone}</dt><dd><span>1 × up to 20 g<" in html
    for line in ("Bruz</pre>", "Laval · up to 100 g<", "Köln · Europe, up to 20 g<"):
        assert line in html.replace("\n", "</pre>")


def test_envelopes_are_weighed_and_counted_by_the_steps_of_the_post():
    weights = (9.99, 20.0, 20.01, 1999.5, 2000.1)
    html = lines_of(replace(COVER, index=[to(n, "x", "1 X", g) for n, g in enumerate(weights, 1)]))
    assert "2 × up to 20 g · 1 × up to 100 g · 1 × up to 2.00 kg · 1 × parcel" in html
    assert "4.05 kg" in html


def test_letters_to_one_household_are_weighed_in_their_one_envelope() -> None:
    assert weighed([1, 2, 1, 3], [False, True, True, False], WEIGHTS) == (
        WEIGHTS.of(4), None, None, WEIGHTS.of(3),
    )  # fmt: skip
