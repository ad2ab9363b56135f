"""What a line of the suppression list keeps back: every letter, or campaigns only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from merge.app.opening import users_accounts
from merge.campaign.suppression import Gate, named, refuse_past_stops
from merge.errors import Refused
from merge.job import Consent
from merge.ledger.accounts import Accounts
from merge.ledger.handover import LIST, read_list
from merge.ledger.records import Kind, Reach, SuppressedName
from merge.model import Channel
from merge.settings import FILE_NAME
from tests import mails
from tests.cameback import drop, refers_to
from tests.desk import HAVRE, NICE, Desk, Y
from tests.fakes import town
from tests.servers.capture import CaptureServer
from tests.webserver import serving

pytest_plugins = ["tests.servers.fixtures"]

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
NICE_S = SuppressedName(Kind.ADDRESS, "nice@example.org")
ASKED = ("--reason", "asked by phone")


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    with closing(Accounts(tmp_path / "accounts.db")) as accounts:
        yield accounts


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    return Desk.made(tmp_path, NICE, HAVRE, Y)


def convocation(desk: Desk) -> None:
    """From now on its letters are a convocation."""
    path = desk.folder / FILE_NAME
    text = path.read_text("utf-8").replace("[campaign]", '[campaign]\npurpose = "convocation"')
    path.write_text(text, "utf-8")


def reaches(desk: Desk) -> dict[str, Reach]:
    with closing(users_accounts()) as accounts:
        return {line.value: line.reach for line in accounts.suppression.lines()}


# The rule


def test_a_convocation_goes_to_who_wants_no_campaigns_and_to_nobody_who_wants_no_letter(
    accounts: Accounts,
) -> None:
    campaigns, every, dead, both, other = (town(n, insee=f"0000{n}") for n in range(1, 6))
    listed = accounts.suppression
    listed.add([named(Kind.TOWN, campaigns.insee or "")], "stop", NOW, Reach.CAMPAIGNS)
    listed.add([named(Kind.TOWN, every.insee or "")], "stop", NOW)
    listed.add([named(Kind.DEAD, dead.email or "")], "came-back", NOW)
    listed.add([named(Kind.ADDRESS, both.email or "")], "stop", NOW, Reach.CAMPAIGNS)
    listed.add([named(Kind.TOWN, both.insee or "")], "moved", NOW)
    campaign, called = Gate(listed, "c"), Gate(listed, "c", is_convocation=True)
    everybody = [campaigns, every, dead, both, other]
    kept = [each for each in everybody if campaign.ruling(each, Channel.EMAIL)]
    assert kept == [campaigns, every, dead, both]
    assert [each for each in everybody if called.ruling(each, Channel.EMAIL)] == [every, dead, both]
    assert [each for each in everybody if called.passes_over(each)] == [campaigns]
    assert not any(map(campaign.passes_over, everybody))


def test_a_convocation_past_a_stop_needs_a_consent_to_at_least_so_many(accounts: Accounts) -> None:
    listed, both = accounts.suppression, [town(n, insee=f"0000{n}") for n in (1, 2)]
    listed.add([named(Kind.TOWN, each.insee or "") for each in both], "x", NOW, Reach.CAMPAIGNS)
    gate = Gate(listed, "c", is_convocation=True)
    for given in ((), (Consent(code="past-stops", facts={"n": 1}),)):
        with pytest.raises(Refused) as refused:
            refuse_past_stops(gate, both, given)
        assert (refused.value.code, refused.value.facts) == ("past-stops", {"n": 2})
    agreed = Consent(code="past-stops", facts={"n": 2})
    assert refuse_past_stops(gate, both, [agreed]) == (agreed,)
    assert refuse_past_stops(gate, both[:1], [agreed])[0].facts == {"n": 1}
    assert refuse_past_stops(gate, [town(3)], ()) == ()


# The list


def test_the_wider_reach_of_two_counts_and_only_a_person_makes_it_narrower(
    accounts: Accounts,
) -> None:
    listed = accounts.suppression

    def now_stands() -> tuple[str, Reach] | None:
        return listed.known().line(NICE_S)

    assert listed.add([NICE_S], "a mail", NOW, Reach.CAMPAIGNS) == 1
    assert listed.add([NICE_S], "again", NOW, Reach.CAMPAIGNS) == 0
    before = listed.edition()
    assert listed.add([NICE_S], "by phone", NOW) == 1
    assert now_stands() == ("by phone", Reach.EVERY)
    assert listed.edition() > before  # a sender at work hears of it
    assert listed.add([NICE_S], "a mail", NOW, Reach.CAMPAIGNS) == 0
    assert now_stands() == ("by phone", Reach.EVERY)
    assert listed.add([NICE_S], "a member", NOW, Reach.CAMPAIGNS, narrows=True) == 1
    assert now_stands() == ("a member", Reach.CAMPAIGNS)


def test_an_erased_line_keeps_its_reach_and_gets_no_reason_back(accounts: Accounts) -> None:
    listed = accounts.suppression
    listed.add([NICE_S], "a mail", NOW, Reach.CAMPAIGNS)
    listed.forget([NICE_S])
    assert listed.known().line(NICE_S) == ("", Reach.CAMPAIGNS)
    listed.add([NICE_S], "by phone", NOW)
    assert listed.known().line(NICE_S) == ("", Reach.EVERY)


def test_lines_older_than_the_reach_keep_back_every_letter(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    with closing(Accounts(path)) as accounts:
        accounts.suppression.add([NICE_S], "stop", NOW, Reach.CAMPAIGNS)
    with closing(sqlite3.connect(path)) as file:
        file.execute("ALTER TABLE peace_lines DROP COLUMN reach")
        file.commit()
    for _time in range(2):  # and it is added once
        with closing(Accounts(path)) as accounts:
            assert accounts.suppression.known().line(NICE_S) == ("stop", Reach.EVERY)


def test_a_line_that_an_older_program_writes_keeps_back_every_letter(accounts: Accounts) -> None:
    accounts.make_ready()
    with closing(sqlite3.connect(accounts.path)) as file:
        file.execute(
            "INSERT INTO peace_lines (digest, kind, value, reason, at) VALUES "
            "('d', 'address', 'a@example.org', 'x', '2026-01-01T00:00:00.000000Z')"
        )
        file.commit()
    (line,) = accounts.suppression.lines()
    assert line.reach is Reach.EVERY


# Files


def test_the_reach_goes_into_a_file_and_comes_back(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ok("suppress", "nice@example.org", *ASKED, "--reach", "campaigns")
    desk.ok("suppress", "y@example.org", *ASKED)
    assert "campaigns only" in desk.ok("suppress").out
    file = tmp_path / "list.csv"
    file.write_text(desk.ok("suppress", "--csv").out, encoding="utf-8", newline="")
    here = reaches(desk)
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "another"))
    desk.ok("adopt", "--yes")
    desk.ok("suppress", "--import", str(file), "--yes")
    assert reaches(desk) == here == {
        "nice@example.org": Reach.CAMPAIGNS,
        "y@example.org": Reach.EVERY,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "reach"),
    [
        ("Campagnes", Reach.CAMPAIGNS),
        ("toutes les lettres", Reach.EVERY),
        ("", Reach.EVERY),
        ("newsletters", Reach.EVERY),
    ],
)
def test_what_nobody_can_read_in_a_file_keeps_back_every_letter_and_is_told(
    desk: Desk, tmp_path: Path, said: str, reach: Reach
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"name,portée\nnice@example.org,{said}\n", encoding="utf-8")
    done = desk.run("suppress", "--import", str(file), "--yes")
    is_unclear = said == "newsletters"
    assert (done.code, "keeps back every letter: 2." in done.err) == (is_unclear, is_unclear)
    assert reaches(desk) == {"nice@example.org": reach}


@pytest.mark.parametrize(
    ("rows", "reach"),
    [
        ("name\nnice@example.org\n", Reach.CAMPAIGNS),  # it says nothing of the reach
        ("name,reach\nnice@example.org,every\n", Reach.EVERY),
    ],
)
def test_a_file_makes_a_line_wider_only_where_it_says_so(
    desk: Desk, tmp_path: Path, rows: str, reach: Reach
) -> None:
    desk.ok("suppress", "nice@example.org", *ASKED, "--reach", "campaigns")
    file = tmp_path / "list.csv"
    file.write_text(rows, encoding="utf-8")
    desk.ok("suppress", "--import", str(file), "--yes")
    assert reaches(desk) == {"nice@example.org": reach}


def test_a_campaign_is_handed_over_with_the_reach_of_each_line(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ok("suppress", "nice@example.org", *ASKED, "--reach", "campaigns")
    with closing(users_accounts()) as accounts:
        gone = SuppressedName(Kind.ADDRESS, "gone@example.org")
        accounts.suppression.add([gone], "x", NOW, Reach.CAMPAIGNS)
        accounts.suppression.forget([gone])
    file = tmp_path / "campaign.zip"
    desk.ok("hand-over", str(file), "--yes")
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "another"))
    theirs = Desk(tmp_path / "theirs")
    theirs.ok("adopt", str(file), "--yes")
    with closing(users_accounts()) as accounts:
        known = accounts.suppression.known()
        assert known.line(NICE_S) == ("asked by phone", Reach.CAMPAIGNS)
        assert known.line(gone) == ("", Reach.CAMPAIGNS)


def test_what_was_handed_over_before_there_was_a_reach_keeps_back_every_letter(
    desk: Desk, tmp_path: Path
) -> None:
    desk.ok("suppress", "nice@example.org", *ASKED, "--reach", "campaigns")
    desk.ok("hand-over", str(tmp_path / "campaign.zip"), "--yes")
    said = json.loads(ZipFile(tmp_path / "campaign.zip").read(LIST))
    said[0] = "publipostage hand-over 1"
    for line in said[-1][0]:
        line.pop()
    (line,) = read_list(json.dumps(said).encode()).passed.lines
    assert (line.value, line.reach) == ("nice@example.org", Reach.EVERY)


@pytest.mark.parametrize(
    "data", [b"{}", b"[]", b'["publipostage hand-over 1"]', b'["publipostage hand-over 1", 7]']
)
def test_a_hand_over_of_the_first_form_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match="zip-damaged"):
        read_list(data)


# At a terminal


def test_a_convocation_by_e_mail_asks_for_an_option_of_its_own(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.ok("suppress", "Nice", *ASKED, "--reach", "campaigns")
    desk.ok("suppress", "Y", *ASKED)
    desk.connect(capture_server)
    convocation(desk)
    rehearsed = desk.ok("send")
    assert "A rehearsal: " in rehearsed.err
    refused = desk.run("send", "--really", "--yes", "--untested")
    assert refused.code == 3
    assert "1 of these have asked for no more letters of campaigns." in refused.err
    assert "--convocation" in refused.err
    assert not capture_server.messages
    desk.ok("send", "--really", "--yes", "--untested", "--convocation")
    assert len(capture_server.messages) == 1
    assert desk.figures()["email"] == desk.figures()["email"] | {"sent": 1, "suppressed": 1}


def test_a_convocation_on_paper_asks_for_it_too_and_the_job_keeps_the_consent(desk: Desk) -> None:
    desk.ok("suppress", "Le Havre", *ASKED, "--reach", "campaigns")
    assert "Nobody is left" in desk.ok("print").err  # a campaign still
    convocation(desk)
    refused = desk.run("print")
    assert (refused.code, "--convocation" in refused.err) == (3, True)
    desk.ok("print", "--convocation")
    assert desk.figures()["paper"]["made"] == 1
    assert "It is a convocation, and only campaigns are to be kept back." in (
        desk.ok("show", "Le Havre").out
    )
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        query = "SELECT consents FROM commands WHERE command = 'print' ORDER BY number DESC"
        assert json.loads(ledger.execute(query).fetchone()[0]) == [["past-stops", {"n": 1}]]


def test_a_purpose_that_is_none_is_told_with_those_there_are(desk: Desk) -> None:
    path = desk.folder / FILE_NAME
    text = path.read_text("utf-8").replace("[campaign]", '[campaign]\npurpose = "assembly"')
    path.write_text(text, "utf-8")
    said = desk.run("status")
    assert said.code == 2
    assert "campaign, convocation" in said.err


def test_a_stop_is_about_campaigns_where_it_answers_one_and_a_person_says_it_of_a_convocation(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    stops = [
        mails.answer(
            sender=f"{name}@example.org",
            refers=refers_to(desk, key),
            body="Merci de ne plus nous écrire.",
            own_id=f"<{name}@example.org>",
        )
        for name, key in (("nice", "06088"), ("y", "80829"))
    ]
    desk.ok("replies", "--from", drop(desk, stops[0]), typed="y\n")
    assert reaches(desk) == {"06088": Reach.CAMPAIGNS}
    convocation(desk)
    later = desk.ok("replies", "--from", drop(desk, stops[1]), typed="\n\n")
    assert "--reach campaigns" in later.err  # Enter has decided nothing
    assert reaches(desk) == {"06088": Reach.CAMPAIGNS}
    # Nice's STOP answered a campaign; read again in a convocation, it is asked what it means.
    desk.ok("replies", "--from", drop(desk, stops[1]), typed="1\n2\n")
    assert reaches(desk) == {"06088": Reach.CAMPAIGNS, "80829": Reach.EVERY}
    assert "wants no more" not in desk.ok("replies", "--from", drop(desk, stops[1])).err


# On the page


def test_a_letter_of_a_convocation_asks_what_a_stop_to_it_means(desk: Desk) -> None:
    asked = "ou aussi pour les convocations"
    assert asked not in desk.ok("preview", "Nice").out
    convocation(desk)
    assert asked in desk.ok("preview", "Nice").out


def test_the_page_asks_which_letters_a_line_keeps_back(desk: Desk) -> None:
    with serving(campaign=desk.folder) as server:
        keeping = server.enter().follow("Keeping")
        kept = keeping.press("Put on the list", whom="Nice", reason="a member", reach="campaigns")
        assert "campaigns only" in kept.text
        kept.press("Put on the list", whom="Y", reason="by phone")
    assert reaches(desk) == {"06088": Reach.CAMPAIGNS, "80829": Reach.EVERY}


def test_the_page_prints_a_convocation_past_a_stop_only_when_its_box_is_ticked(desk: Desk) -> None:
    convocation(desk)
    desk.ok("suppress", "Le Havre", *ASKED, "--reach", "campaigns")
    with serving(campaign=desk.folder) as server:
        paper = server.enter().follow("Paper")
        asked = paper.press("Make the lots")
        assert asked.status == 422
        assert "1 of these have asked for no more letters of campaigns." in asked.text
        made = asked.press("Make the lots", convocation="1")
        while "Closing this page stops nothing" in made.text:
            made = made.follow("Look again")
    assert desk.figures()["paper"]["made"] == 1


def test_the_page_sends_a_convocation_past_a_stop_only_when_its_box_is_ticked(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.ok("suppress", "Nice", *ASKED, "--reach", "campaigns")
    desk.connect(capture_server)
    convocation(desk)
    with serving(campaign=desk.folder) as server:
        asked = server.enter().follow("Send").press("See what would leave")
        asked = asked.press("Go on", agreed="yes")  # without a test letter
        assert "1 of these have asked for no more letters of campaigns." in asked.text
        refused = asked.press("Go on")
        assert refused.status == 422
        assert "2 letters would leave" in refused.press("Go on", agreed="yes").text


def test_the_page_asks_of_a_stop_to_a_convocation_which_it_is(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.connect(capture_server)
    convocation(desk)
    desk.ok("send", "--really", "--yes", "--untested")
    stop = mails.answer(
        sender="nice@example.org",
        refers=refers_to(desk, "06088"),
        body="Merci de ne plus nous écrire.",
        own_id="<1@example.org>",
    )
    desk.ok("replies", "--yes", "--from", drop(desk, stop))
    with serving(campaign=desk.folder) as server:
        back = server.enter().follow("Came back")
        stops = back.client.get(back.url + "/stops")
        assert "Say which letters they mean" in stops.text
        done = stops.press("No more campaigns")
        assert "1 decided: No more campaigns (Nice)." in done.text
        assert "Nothing waits for you here." in done.text
    assert reaches(desk) == {"06088": Reach.CAMPAIGNS}
