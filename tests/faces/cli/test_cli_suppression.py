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
    said = desk.ok("suppress", word, *PHONE, "--yes")
    assert "It names 1 recipient of this campaign." in said.err
    assert desk.figures()["email"]["suppressed"] == 1
    desk.ok("suppress", word, "--take-back", *PHONE)
    assert desk.figures()["email"]["suppressed"] == 0


@pytest.mark.parametrize("word", ["nice@", "nice@example.org, y@example.org", "@-.org", "a b@c"])
def test_what_names_no_address_is_not_put_on_the_list(desk: Desk, word: str) -> None:
    said = desk.run("suppress", word, *PHONE, "--yes")
    assert said.code == 2
    assert "does not fit here" in said.err
    assert "Nobody is on the list." in desk.ok("suppress").err


def test_a_town_of_corsica_is_called_by_its_code_and_the_log_speaks_our_language(
    desk: Desk,
) -> None:
    desk.ok("import", str(desk.sheet("2A004;Ajaccio;;;;;1 rue X;20000;Ajaccio")))
    assert "On the list: commune 2A004." in desk.ok("suppress", "Ajaccio", *PHONE).err
    assert "2A004" in desk.ok("suppress").out
    assert " suppression list " in desk.ok("show", "Ajaccio").out


def test_a_recipient_is_put_on_the_list_and_its_letter_waits_no_more(desk: Desk) -> None:
    said = desk.ok("suppress", "Nice", *PHONE)
    assert "On the list: commune 06088." in said.err
    assert "It names 1 recipient of this campaign. 1 letter that could still have left" in said.err
    assert desk.figures()["email"]["suppressed"] == 1
    assert "06088,Nice,email,suppressed," in desk.ok("log", "--format", "csv").out
    assert "asked by phone" in desk.ok("show", "Nice").out
    again = desk.ok("suppress", "06088", *PHONE)
    assert "commune 06088 was on the list." in again.err


def test_another_campaign_of_the_same_user_keeps_the_suppression_list_too(
    desk: Desk, tmp_path: Path
) -> None:
    desk.ok("suppress", "Le Havre", *PHONE)
    desk.ok("suppress", "y@example.org", *PHONE)
    other = Desk(tmp_path / "other")
    other.make()
    other.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    said = other.ok("print", "--all")
    assert "2 letters do not leave: their recipients are on the suppression list" in said.err
    figures = other.figures()
    assert (figures["email"]["suppressed"], figures["paper"]["suppressed"]) == (1, 1)
    assert figures["paper"]["made"] == 1


def test_a_commune_that_is_in_no_sheet_yet_can_be_put_on_the_list(desk: Desk) -> None:
    said = desk.ok("suppress", "35238", *PHONE)
    assert "On the list: commune 35238." in said.err
    assert "It names 0 recipients" in said.err
    assert "On the list: commune 01004." in desk.ok("suppress", "1004", *PHONE).err


def test_a_domain_asks_first_and_says_how_many_it_is(desk: Desk) -> None:
    refused = desk.run("suppress", "@example.org", *PHONE, typed="n\n")
    assert refused.code != 0
    assert "example.org and all below it: that is 2 recipients" in refused.err
    assert "Nobody is on the list." in desk.ok("suppress").err
    desk.ok("suppress", "example.org", *PHONE, "--yes")
    assert desk.figures()["email"]["suppressed"] == 2


def test_the_list_says_what_who_why_and_when(desk: Desk) -> None:
    desk.ok("suppress", "Nice", *PHONE)
    desk.ok("suppress", "y@example.org", "--reason", "wrote: stop")
    lines = desk.ok("suppress").out.splitlines()
    assert lines[0].split() == ["What", "Who", "Why", "When"]
    assert lines[2].split()[:4] == ["commune", "06088", "asked", "by"]
    assert lines[3].split()[:4] == ["address", "y@example.org", "wrote:", "stop"]


def test_taking_back_says_how_many_can_leave_again(desk: Desk) -> None:
    desk.ok("suppress", "Nice", *PHONE)
    said = desk.ok("suppress", "Nice", "--take-back", "--reason", "a slip")
    assert "1 letter of this campaign can leave again." in said.err
    assert desk.figures()["email"]["queued"] == 2
    assert "a slip" in desk.ok("show", "Nice").out
    gone = desk.run("suppress", "Nice", "--take-back", "--reason", "again")
    assert gone.code == 2
    assert "“06088” is not on the list." in gone.err


def test_a_lot_that_is_made_already_is_named(desk: Desk) -> None:
    desk.ok("print")
    said = desk.ok("suppress", "Le Havre", *PHONE)
    assert "Lot 1, letter 1: do not post this envelope. Le Havre (76351): must not be" in said.err
    refused = desk.run("print", "--lot", "1", "--from", "1", "--to", "1")
    assert refused.code == 3
    assert "Lot 1 has a letter to someone who must not be written to: Le Havre (76351)." in (
        refused.err
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("Nice",), "The list needs a reason"),
        (("Nice", "--reason", " "), "The list needs a reason"),
        (("--take-back",), "--take-back goes with: KEY."),
        (("Nulle-Part", *PHONE), "Nobody in this campaign is called “Nulle-Part”."),
    ],
)
def test_what_is_not_clear_is_refused(desk: Desk, words: tuple[str, ...], why: str) -> None:
    said = desk.run("suppress", *words)
    assert said.code == 2
    assert why in said.err
