"""The published report, as a browser shows it from a folder."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from merge.ledger.records import Meaning
from tests.browser import NARROW, WIDE, complaints, scrolls_sideways, visitor
from tests.desk import HAVRE, NICE, Desk, Y


def test_the_report_keeps_nobody_out(desk: Desk, tmp_path: Path, browser: Browser) -> None:
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    desk.sql("UPDATE deliveries SET status = 'sent'")
    for town, meaning in zip(("06088", "76351"), (Meaning.YES, Meaning.CONDITIONS), strict=True):
        desk.ok("answer", town, meaning)
    for _edition in range(2):
        desk.ok("report", str(tmp_path / "site"))
    against = []
    for width in (NARROW, WIDE):
        for name in ("index", "departement/06", "departement/76", "methode"):
            at = (tmp_path / "site" / f"{name}.html").as_uri()
            with visitor(browser, at, viewport=width) as page:
                against += complaints(page) + ["sideways"] * scrolls_sideways(page)
                drawn = page.evaluate("getComputedStyle(document.body).maxWidth")
                assert drawn != "none", name  # the style is there
    assert against == []
