"""`answer`, `log --answers`, `status` and `report`: what came of it, said at a terminal."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest

from merge.cli.options import Choice
from tests.desk import HAVRE, NICE, Desk, Y
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Nice and Y have their e-mail, Le Havre its letter in the post."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    desk.ok("print")
    desk.ok("print", "--posted", "1")
    return desk


def test_who_noted_it_may_have_no_name_on_this_computer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    desk.ok("answer", "Nice", "yes")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_value_may_be_typed_in_the_words_that_people_read(desk: Desk) -> None:
    choice = Choice({"yes": "oui", "received": "bien reçue"})
    typed = ("oui", "OUI", "yes", "Bien reçue", "bien recue")
    assert [choice.convert(each, None, None) for each in typed] == ["yes"] * 3 + ["received"] * 2
    with pytest.raises(click.BadParameter):
        choice.convert("peut-être", None, None)

    desk.ok("answer", "Le Havre", "yes, on conditions", "--by", "E-mail")
    (row,) = rows_of(desk.ok("log", "--answers", "--format", "csv").out)
    assert (row["answer"], row["answered_by"]) == ("conditions", "email")
    assert "Havre" in desk.ok("log", "--status", "Posted").out


def test_an_answer_by_phone_is_written_down_and_shown(desk: Desk) -> None:
    said = desk.ok(
        *("answer", "Le Havre", "conditions", "--by", "phone"),
        *("--note", "après le conseil", "--date", "2026-01-21"),
    )
    assert "Le Havre (76351): yes, on conditions, on 2026-01-21, by phone (après le conseil)." in (
        said.err
    )
    desk.ok("answer", "Le Havre", "yes", "--by", "meeting", "--date", "21/02/2026")
    shown = desk.ok("show", "Le Havre").out
    assert "Answer of the recipient: yes, on conditions, on 2026-01-21" in shown
    assert "Answer of the recipient: yes, on 2026-02-21, by meeting" in shown
    (row,) = rows_of(desk.ok("log", "--answers", "--format", "csv").out)
    assert (row["key"], row["answer"], row["answered_by"], row["note"]) == (
        "76351",
        "yes",
        "meeting",
        "",
    )
    assert "yes" in desk.ok("log", "--answers").out
    assert desk.ok("log", "--answers", "--commune", "Nice", "--format", "json").out == "[]\n"


def test_how_it_came_is_not_made_up(desk: Desk) -> None:
    said = desk.ok("answer", "Nice", "yes").err
    assert "Nice (06088): yes, on " in said
    assert "by" not in said
    (row,) = rows_of(desk.ok("log", "--answers", "--format", "csv").out)
    assert (row["answer"], row["answered_by"]) == ("yes", "")
    assert "phone" not in desk.ok("show", "Nice").out


def test_an_answer_from_before_the_letter_is_told(desk: Desk) -> None:
    for town in ("Nice", "Le Havre"):  # by e-mail, and in the post
        said = desk.ok("answer", town, "yes", "--date", "2026-01-21").err
        assert f"The letter to {town} left on " in said
        assert "left on" not in desk.ok("answer", town, "yes").err


@pytest.mark.parametrize("hour", [8, 15])
def test_of_one_days_answers_the_one_that_was_noted_last_counts(
    desk: Desk, hour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(datetime(2026, 3, 20, hour, minute, tzinfo=UTC) for minute in range(60))
    monkeypatch.setattr("merge.app.answer.now", lambda: next(times))
    desk.ok("answer", "Nice", "yes")
    desk.ok("answer", "Nice", "no", "--date", "2026-03-20")
    (row,) = rows_of(desk.ok("log", "--answers", "--format", "csv").out)
    assert (row["answer"], row["answered_on"]) == ("no", "2026-03-20")
    desk.ok("answer", "Nice", "conditions")
    (row,) = rows_of(desk.ok("log", "--answers", "--format", "csv").out)
    assert row["answer"] == "conditions"


def test_status_says_how_many_were_written_to_have_answered_and_are_committed(desk: Desk) -> None:
    assert "Answers" not in desk.ok("status").out
    desk.ok("answer", "Nice", "yes")
    desk.ok("answer", "Y", "no")
    told = "Answers: 3 recipients written to, 2 have answered, 1 has agreed, 1 no"
    status = desk.ok("status").out
    assert f"{told}\n    Nice (06088)\n    Y (80829)\n" in status  # and not Le Havre
    assert desk.ok("report").out.strip() == told
    assert "answers" not in desk.figures()  # a contract with scripts


def test_the_csv_for_the_coordinators_has_nothing_personal(desk: Desk, tmp_path: Path) -> None:
    desk.ok("answer", "Nice", "yes", "--note", "Mme Duchemin, 01 23 45 67 89")
    text = desk.ok("report", "--csv").out
    rows = {row["commune"]: row for row in rows_of(text)}
    assert set(rows) == {"Nice", "Le Havre", "Y"}
    assert (rows["Nice"]["channel"], rows["Nice"]["answer"]) == ("email", "yes")
    assert (rows["Le Havre"]["channel"], rows["Le Havre"]["answer"]) == ("paper", "")
    for never in ("ÇELIK", "Çelik", "nice@", "Duchemin", "LE GOFF", "Le Goff", "Hôtel"):
        assert never not in text
    file = tmp_path / "report.csv"
    desk.ok("report", "--csv", "--excel", "-o", str(file))
    assert file.read_bytes().startswith(b"\xef\xbb\xbfinsee;commune;")


class Page(HTMLParser):
    """What a page holds, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.classes: dict[str, int] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "srcset", "action", "data"):
                self.loads.append(str(value))
            if name == "class" and tag in ("path", "rect"):
                self.classes[str(value)] = self.classes.get(str(value), 0) + 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_one_file_that_loads_nothing_and_names_no_person(
    desk: Desk, tmp_path: Path
) -> None:
    desk.ok("answer", "Nice", "yes", "--note", "Mme Duchemin")
    file = tmp_path / "page.html"
    assert f"The page is in {file}." in desk.ok("report", "--html", str(file)).err
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert page.loads == []
    assert "script" not in page.tags
    assert "url(" not in text
    assert page.classes == {"yes": 1, "written": 2, "none": 96 + 5 - 3}
    assert "Alpes-Maritimes (06): 1 written to, 1 have answered, 1 committed" in text
    assert "<b>3</b> recipients written to" in text
    assert "CC BY 4.0" in text
    assert 'name="viewport"' in text
    assert "@media print" in text
    # On a phone there are no columns: each cell stands behind its title.
    assert '<td data-title="Answer">yes</td>' in text
    assert "@media screen and (max-width:34rem)" in text
    for never in ("Çelik", "ÇELIK", "Duchemin", "nice@", "contact@", "Hôtel"):
        assert never not in text


def test_what_a_campaign_or_a_commune_is_called_is_text_on_the_page(
    desk: Desk, tmp_path: Path
) -> None:
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("Pas de VSA", "<script>alert(1)</script>"), encoding="utf-8")
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        ledger.execute("UPDATE recipients SET commune = '<img src=x>' WHERE key = '06088'")
        ledger.commit()
    desk.ok("answer", "06088", "no")
    desk.ok("report", "--html", str(tmp_path / "page.html"))
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert not {"script", "img"} & set(page.tags)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("answer", "Nice", "yes", "--date", "2999-01-01"), "2999-01-01 is in the future."),
        (("answer", "Nulle-Part", "yes"), "Nobody in this campaign is called"),
        (("answer", "Nice", "peut-être"), "Invalid value"),
        (("log", "--answers", "--attempts"), "do not go together: --attempts, --answers."),
        (("report", "--csv", "--html", "x.html"), "do not go together: --csv, --html."),
    ],
)
def test_what_is_not_clear_is_refused(desk: Desk, words: tuple[str, ...], why: str) -> None:
    said = desk.run(*words)
    assert said.code == 2
    assert why in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("answer", "Nice", "yes", "--date", "hier"), "“hier” is no day like 2026-03-21"),
        (("answer", "Nice", "perhaps"), "“perhaps” is none of: yes, no, conditions (yes, on"),
        (("log", "--status", "gone"), "queued (waiting), sending (being sent), sent, "),
        (("log", "-o", "log.csv"), "-o goes with: --format csv, xlsx, json."),
    ],
)
def test_what_is_not_understood_is_told_in_words_that_can_be_typed(
    desk: Desk, words: tuple[str, ...], told: str
) -> None:
    said = desk.run(*words)
    assert (said.code, "%" in said.err) == (2, False)
    assert told in said.err
