"""Claims about the labels and envelopes that carry the addresses of a lot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from merge.paper import measuring, stationery
from merge.paper.pdf import LotPress
from merge.paper.stationery import ENVELOPES, LABELS, SheetWords, on_labels
from merge.paper.typesetting import Typesetter
from merge.paper.window import A4, PROFILES, Area
from tests.desk import Desk
from tests.goldens import unlike
from tests.pages import LOT, texts
from tests.printers import desk as desk

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

SIX = (
    *("Mairie d'Évreux", "Madame la Maire & <Messieurs>", "BATIMENT QUENEAU"),
    *("22 RUE JACQUES QUEYRANNE", "CS 12345", "27000 EVREUX CEDEX"),
)
NARROW = next(LABELS["L7159"].places())
SENDER = ("Collectif d'exemple", "12 rue Haute", "35000 Rennes")


@pytest.fixture
def press(tmp_path: Path) -> LotPress:
    return LotPress(tmp_path, window=PROFILES["nf-right"])


def some(n: int) -> list[tuple[str, Sequence[str]]]:
    """Addresses of two to six lines."""
    return [(str(i), (f"Mairie {i}", *SIX[1 : 2 + i % 5])) for i in range(n)]


def test_the_labels_of_a_sheet_lie_on_it_and_none_on_another():
    sheet = Area(left_mm=0, top_mm=0, right_mm=A4.width_mm, bottom_mm=A4.height_mm)
    for name, kind in LABELS.items():
        labels = [place.sometimes for place in kind.places()]
        assert len(labels) == kind.on_a_sheet, name
        assert all(sheet.holds(label) for label in labels), name
        for i, label in enumerate(labels):
            inner = {"left": 0.01, "top": 0.01, "right": -0.01, "bottom": -0.01}
            near = {f"{side}_mm": getattr(label, f"{side}_mm") + d for side, d in inner.items()}
            assert not any(Area(**near).touches(other) for other in labels[i + 1 :]), name


@pytest.mark.parametrize("name", LABELS)
def test_each_address_stands_on_a_label_of_its_own_in_the_order_given(tmp_path, press, name):
    """One as wide as its label is not left out."""
    wide = ("Atelier W", "Ąžuolas AVENIR", "WAGRAMSTRASSE 1 W", "10115 BERLIN", "ALLEMAGNE")
    n, skipped = LABELS[name].on_a_sheet + 3, 5
    addresses = [*some(n - 1), ("wide", wide)]
    made = press.addresses(LOT, name, addresses, skipped=skipped)
    assert (made.path, made.n, made.faults) == (f"outbox/lots/lot-0001-addresses-{name}.pdf", n, [])
    pages = texts(tmp_path / made.path)
    assert len(pages) == 2
    said = [int(number) for page in pages for number in re.findall(r"Mairie (\d+)", page)]
    assert sorted(said) == list(range(n - 1))
    assert f"Mairie {LABELS[name].on_a_sheet - skipped}" in pages[1]
    assert f"Mairie {LABELS[name].on_a_sheet - skipped - 1} " in f"{pages[0]} "


def test_a_line_too_long_for_the_labels_is_a_fault_and_nothing_of_it_is_printed(
    tmp_path: Path, press: LotPress
) -> None:
    long = ("W" * 38, "27000 EVREUX")
    made = press.addresses(LOT, "L7160", [("1", SIX), ("long", long), ("2", SIX)])
    assert made.n == 2
    assert [(fault.key, fault.code, fault.value) for fault in made.faults] == [
        ("long", "address-not-on-label", "W" * 38)
    ]
    assert "WW" not in texts(tmp_path / made.path)[0]
    assert press.addresses(LOT, "L7163", [("long", long)]).n == 1
    none = press.addresses(LOT, "L7160", [("long", long)])
    assert (none.path, none.n, len(none.faults)) == ("", 0, 1)


def test_a_name_is_shortened_for_the_labels_and_a_street_parted_where_six_lines_hold_it(
    tmp_path: Path, press: LotPress
) -> None:
    street = "22 BOULEVARD DE LA REPUBLIQUE DE METZ"
    narrow = ("Mairie de Saint-Jean-d'Aigues-Vives", "09300 SAINT JEAN D AIGUES VIVES")
    full = ("Mairie", "Anne", "A", "B", street, "57000 METZ")
    some = [("1", narrow), ("2", ("Mairie", street, "57000 METZ")), ("3", full)]
    made = press.addresses(LOT, "L7159", some)
    assert [(fault.key, fault.value) for fault in made.faults] == [("3", street)]
    (page,) = texts(tmp_path / made.path)
    assert "Mairie de St-Jean-d'Aigues-Vives" in page
    assert "22 BOULEVARD DE LA REPUBLIQUE DE METZ 57000 METZ" in page
    press.addresses(LOT, "L7163", [("1", narrow)])
    assert narrow[0] in texts(tmp_path / "outbox/lots/lot-0001-addresses-L7163.pdf")[0]
    (shown,) = stationery.fitted(["Mairie de Saint-Christophe-des-Bois-en-Forez"], NARROW)
    assert shown == "Mairie"


def test_a_label_that_shows_more_than_its_address_is_seen(tmp_path: Path) -> None:
    """What is measured is the page, not what was meant."""
    sheets = on_labels("L7160", [SIX, SIX])
    (html,) = sheets.documents()
    moved = html.replace("</body>", '<p style="position: absolute; top: 17mm; left: 80mm">Ici</p>')
    pdf = Typesetter(tmp_path).run([("", moved)]).pdf
    first, second = measuring.misplaced(pdf, sheets.pages)
    assert first is None
    assert second is not None
    assert second.code == "text-in-window"
    assert "Ici" in second.words


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_envelope_is_a_page_with_the_address_where_the_post_reads_it(tmp_path, press, name):
    made = press.addresses(LOT, name, [("widest", ("W" * 38, *SIX[1:])), *some(5)], sender=SENDER)
    assert (made.n, made.faults) == (6, [])
    with pdfium.PdfDocument(tmp_path / made.path) as document:
        assert len(document) == 6
        size = [round(length / 72 * 25.4) for length in document[5].get_size()]
    assert size == [ENVELOPES[name].width_mm, ENVELOPES[name].height_mm]
    pages = texts(tmp_path / made.path)
    assert all("Collectif d'exemple 12 rue Haute 35000 Rennes" in page for page in pages)
    assert [f"Mairie {i} " in page for i, page in enumerate(pages[1:])] == [True] * 5


def test_labels_envelopes_and_their_test_sheets_look_as_they_should(tmp_path, press):
    """A test sheet has the outlines of the labels, and the place of the address."""
    labels = press.addresses(LOT, "L7160", some(14), skipped=4)
    envelopes = press.addresses(LOT, "DL", [("1", SIX)], sender=SENDER)
    assert unlike(tmp_path / labels.path, {"labels-L7160": 1}) == []
    assert unlike(tmp_path / envelopes.path, {"envelope-DL": 1}) == []
    for name, sender in (("L7163", ()), ("DL", SENDER)):
        sheet = press.test_sheet(SheetWords(), name, sender)
        assert unlike(tmp_path / sheet, {f"test-sheet-{name}": 1}) == []


# --- The command ----------------------------------------------------------------------------------


def test_a_lot_gets_labels_and_envelopes_and_is_no_other_for_it(desk: Desk) -> None:
    desk.ok("print")
    before = desk.figures()
    desk.ok("print", "--lot", "1", "--labels", "L7163", "--skip", "13")
    pages = texts(desk.folder / "outbox/lots/lot-0001-addresses-L7163.pdf")
    assert len(pages) == 2
    desk.ok("print", "--lot", "1", "--envelopes", "C5")
    envelopes = texts(desk.folder / "outbox/lots/lot-0001-addresses-C5.pdf")
    letters = texts(desk.folder / "outbox/lots/lot-0001.pdf")[2::2]  # behind the cover
    towns = [re.findall(r"01400 [A-Z ]+[A-Z]", page)[0] for page in envelopes]
    assert [town in page for town, page in zip(towns, letters, strict=True)] == [True] * 4
    assert all("1 rue de l’Exemple" in page for page in envelopes)
    assert desk.figures() == before
