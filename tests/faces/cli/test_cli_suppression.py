"""`suppress`: a list that one can read, add to and take back from, at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import HAVRE, NICE, Desk, Y

PHONE = ("--reason", "asked by phone")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE, Y)


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


def test_another_campaign_of_the_same_user_keeps_the_suppression_list_too(
    desk: Desk, tmp_path: Path
) -> None:
    desk.ok("suppress", "Le Havre", *PHONE)
    desk.ok("suppress", "y@example.org", *PHONE)
    other = Desk(tmp_path / "other")
    other.make()
    other.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    other.ok("print", "--all")
    figures = other.figures()
    assert (figures["email"]["suppressed"], figures["paper"]["suppressed"]) == (1, 1)
    assert figures["paper"]["made"] == 1


def test_a_lot_with_somebody_who_must_not_be_written_to_is_not_printed_again(desk: Desk) -> None:
    desk.ok("print")
    desk.ok("suppress", "Le Havre", *PHONE)
    refused = desk.run("print", "--lot", "1", "--from", "1", "--to", "1")
    assert refused.code == 3
    assert "Lot 1 has a letter to someone who must not be written to: Le Havre (76351)." in (
        refused.err
    )
