"""`suppress`: a list that one can read, add to and take back from, at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import NICE, Desk, Y

PHONE = ("--reason", "asked by phone")


@pytest.mark.parametrize(
    "word",
    [
        "Nice <NICE@élan.example.org>",
        "mailto:nice@élan.example.org",
        "nice@xn--lan-9la.example.org.",
        "@élan.example.org",
        "Élan.example.org",
        "@xn--lan-9la.example.org.",
        "\u202anice@élan.example.org\u202c",
        "\u200bélan.example.org",
    ],
)
def test_an_address_or_a_domain_names_whom_it_means_however_it_is_written(
    tmp_path: Path, word: str
) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE.replace("@example.org", "@élan.example.org"), Y)))
    desk.ok("suppress", word, *PHONE, "--yes")
    assert desk.figures()["email"]["suppressed"] == 1
    desk.ok("suppress", word, "--take-back", *PHONE)
    assert desk.figures()["email"]["suppressed"] == 0
