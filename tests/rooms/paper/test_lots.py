"""Claims about who is in which lot, and where each letter stands in it."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.model import Addressed, Channel, Letter, Lot, Page, Recipient, Status
from merge.paper.cover import (
    WEIGHTS,
    Cover,
    CoverWords,
    IndexEntry,
    Weights,
    cover_html,
    index,
    step,
    weighed,
)
from merge.paper.fonts import width_mm
from merge.paper.lots import (
    ORDERS,
    Place,
    bookmark,
    checksum,
    cover_pages,
    cover_sheets,
    letter_path,
    made_path,
    places,
    plan_lots,
    published_path,
)

COVER = Cover(
    number=3,
    letters=2,
    sheets=4,
    first="76351 · Mairie du Havre",
    last="a<b>&c",
    duplex=True,
    at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    checksum="ab" * 32,
    index=[
        IndexEntry(place=1, to="Le Havre", last_line="76084 LE HAVRE CEDEX", grammes=9.99),
        IndexEntry(place=2, to="a<b>&c", last_line="80190 Y"),
    ],
    campaign="Pas de <VSA>",
)

LOT = Lot(
    number=1,
    at=COVER.at,
    path="outbox/lots/lot-0001.pdf",
    letters=40,
    sheets=41,
    sha256="0" * 64,
    status=Status.MADE,
)


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


def test_a_lot_is_sorted_by_postcode_and_neighbours_keep_the_order_of_the_sheet() -> None:
    towns = town("b", "75001"), town("a", "02110"), town("d", "75001"), town("c", "13001")
    assert keys_of(*towns, order="postcode") == ["a", "c", "b", "d"]


def test_the_order_of_the_sheet_is_kept_when_asked_for() -> None:
    assert keys_of(town("b", "75001"), town("a", "02110"), order="sheet") == ["b", "a"]


def test_corsica_stands_between_19_and_21_and_the_overseas_at_the_end() -> None:
    towns = [town(d, department=d) for d in ("974", "21", "2B", "30", "2A", "19", "", "01")]
    assert keys_of(*towns, order="department") == ["01", "19", "2A", "2B", "21", "30", "974", ""]


def test_within_a_department_letters_go_by_postcode() -> None:
    towns = town("x", "35700", "35"), town("y", "35000", "35")
    assert keys_of(*towns, order="department") == ["y", "x"]


def test_nobody_to_write_to_makes_no_lot() -> None:
    assert plan_lots([], [], per_lot=250) == []


def test_a_lot_of_no_letters_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="a lot of 0 letters"):
        plan_lots([1], [""], per_lot=0)


@pytest.mark.parametrize(
    ("pages", "duplex", "sheets"),
    [(1, True, 1), (2, True, 1), (3, True, 2), (1, False, 1), (2, False, 2), (3, False, 3)],
)
def test_sheets_of_a_letter(pages: int, duplex: bool, sheets: int) -> None:
    assert places([pages], duplex=duplex)[0].sheets == sheets


def test_a_letter_of_one_page_is_followed_by_a_blank_one_when_duplex() -> None:
    assert places([1, 2, 3], duplex=True) == (
        Place(position=1, first_page=3, pages=1, blanks=1, sheets=1),
        Place(position=2, first_page=5, pages=2, blanks=0, sheets=1),
        Place(position=3, first_page=7, pages=3, blanks=1, sheets=2),
    )


def test_one_sided_paper_has_no_blank_pages() -> None:
    assert places([1, 2], duplex=False) == (
        Place(position=1, first_page=2, pages=1, blanks=0, sheets=1),
        Place(position=2, first_page=3, pages=2, blanks=0, sheets=2),
    )


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


def letter(*address: str, name: str = "Le Havre") -> Letter:
    return Letter(
        key="76351",
        channel=Channel.PAPER,
        reference="76351",
        subject="",
        text="",
        address=address,
        name=name,
    )


def test_a_bookmark_says_the_key_the_commune_and_the_last_line_of_the_address() -> None:
    lines = "Mairie du Havre", "BP 51", "76084 LE HAVRE CEDEX"
    assert bookmark(letter(*lines)) == "76351 · Le Havre · 76084 LE HAVRE CEDEX"
    assert bookmark(letter()) == "76351 · Le Havre"


def test_a_bookmark_has_the_whole_name_that_the_window_has_no_room_for() -> None:
    name = "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"
    found = letter("Mairie", "51290 ST REMY EN BOUZEMONT ST GENEST", name=name)
    assert bookmark(found) == f"76351 · {name} · 51290 ST REMY EN BOUZEMONT ST GENEST"


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


def test_lots_beyond_9999_keep_their_names_apart() -> None:
    assert published_path(made_path(10_007, "a" * 64)) == "outbox/lots/lot-10007.pdf"


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


def test_the_cover_sheet_says_what_to_count() -> None:
    html = cover_html(COVER, CoverWords(), measured=width_mm)
    for words in ("Lot 3", "76351 · Mairie du Havre", "2026-03-01 09:30 UTC", "both sides"):
        assert words in html
    assert " ".join(["abab"] * 16) in html


def test_the_cover_sheet_speaks_the_callers_language() -> None:
    words = CoverWords(lang="fr", lot="Lot n° {number}", date=lambda at: f"le {at.day} mars")
    html = cover_html(COVER, words, measured=width_mm)
    assert '<html lang="fr">' in html
    assert "Lot n° 3" in html
    assert "le 1 mars" in html


def test_a_name_cannot_write_markup_on_the_cover_sheet() -> None:
    assert "a&lt;b&gt;&amp;c" in cover_html(COVER, CoverWords(), measured=width_mm)


# --- The index, and what a lot weighs -------------------------------------------------------------


def test_an_index_begins_on_the_first_page_and_goes_on_over_pages_of_its_own() -> None:
    pages = [cover_pages(n) for n in (1, 24, 25, 204, 205, 500)]
    assert pages == [1, 1, 2, 2, 3, 4]
    assert [cover_sheets(n, duplex=True) for n in (24, 204, 205, 500)] == [1, 1, 2, 2]
    assert [cover_sheets(n, duplex=False) for n in (24, 204, 500)] == [1, 2, 4]


def test_the_cover_says_the_campaign_and_who_is_where() -> None:
    html = cover_html(COVER, CoverWords(), measured=width_mm)
    assert "Pas de &lt;VSA&gt;" in html
    for line in (">1\u200276084\u2002Le Havre</pre>", "\u2002a&lt;b&gt;&amp;c</pre>"):
        assert line in html


def test_a_long_name_is_smaller_and_whole() -> None:
    name = "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"
    entry = IndexEntry(place=9, to=name, last_line="51290 ST REMY")
    assert f'pt; line-height: 0">{name}</span>' in cover_html(
        replace(COVER, index=[entry]), CoverWords(), measured=width_mm
    )


def test_postage_is_by_where_an_envelope_goes_and_an_unusual_one_is_told_at_its_letter() -> None:
    towns = [
        ("Bruz", "35170 BRUZ", 9.0),
        ("Laval", "53000 LAVAL", 30.0),
        ("Köln", "ALLEMAGNE", 9.0),
    ]
    towns += [
        ("Rennes", "35000 RENNES", 9.0),
        ("Tokyo", "JAPON", 9.0),
        ("Nouméa", "98800 NOUMEA", 9.0),
    ]
    index = [
        IndexEntry(place=n, to=to, last_line=last, grammes=grammes)
        for n, (to, last, grammes) in enumerate(towns, 1)
    ]
    html = cover_html(replace(COVER, index=index), CoverWords(), measured=width_mm)
    assert "Envelopes by weight</dt><dd><span>3 × up to 20 g · 1 × up to 100 g<" in html
    for zone in ("Europe", "world"):
        assert f"Envelopes by weight · {zone}</dt><dd><span>1 × up to 20 g<" in html
    for line in ("Bruz</pre>", "Laval · up to 100 g<", "Köln · Europe, up to 20 g<"):
        assert line in html.replace("\n", "</pre>")


def test_envelopes_are_weighed_and_counted_by_the_steps_of_the_post() -> None:
    weights = [9.99, 20.0, 20.01, 1999.5, 2000.1]
    index = [
        IndexEntry(place=n, to="x", last_line="1 X", grammes=g) for n, g in enumerate(weights, 1)
    ]
    html = cover_html(replace(COVER, index=index), CoverWords(), measured=width_mm)
    assert "2 × up to 20 g · 1 × up to 100 g · 1 × up to 2.00 kg · 1 × parcel" in html
    assert "4.05 kg" in html


def test_a_sheet_of_usual_paper_weighs_five_grammes() -> None:
    assert [WEIGHTS.of(n) for n in (1, 3, 4)] == [9.99, 19.97, 24.96]
    assert [step(WEIGHTS.of(n)) for n in (3, 4)] == [20, 100]
    assert Weights(paper=120, envelope=20).of(10) == 94.84


def test_letters_to_one_household_are_weighed_in_their_one_envelope() -> None:
    assert weighed([1, 2, 1, 3], [False, True, True, False], WEIGHTS) == (
        WEIGHTS.of(4), None, None, WEIGHTS.of(3),
    )  # fmt: skip


def test_an_index_line_begins_with_the_commune() -> None:
    made = index([page("76351", 7)], ["76351 · Le Havre · 76084 LE HAVRE CEDEX"], [9.99])
    assert made == [
        IndexEntry(place=7, to="Le Havre", last_line="76084 LE HAVRE CEDEX", grammes=9.99)
    ]
