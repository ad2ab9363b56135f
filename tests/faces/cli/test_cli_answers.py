"""`answer`, `log --answers`, `status` and `report`: what came of it, said at a terminal."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from lxml import html  # type: ignore[import-untyped]  # shipped without types

from tests.desk import HAVRE, NICE, Desk, Y
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(desk: Desk, capture_server: CaptureServer) -> Desk:
    """Nice and Y have their e-mail, Le Havre its letter in the post."""
    desk.sent(capture_server, NICE, HAVRE, Y)
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


def test_the_page_is_one_file_that_loads_nothing_and_names_no_person(
    desk: Desk, tmp_path: Path
) -> None:
    desk.ok("answer", "Nice", "yes", "--note", "Mme Duchemin")
    file = tmp_path / "page.html"
    assert f"The page is in {file}." in desk.ok("report", "--html", str(file)).err
    text = file.read_text(encoding="utf-8")
    page = html.document_fromstring(text)
    assert page.xpath("//@src | //@href | //@srcset | //@action | //@data | //script") == []
    assert "url(" not in text
    areas = Counter(page.xpath("//*[self::path or self::rect]/@class"))
    assert areas == {"yes": 1, "written": 2, "none": 96 + 5 - 3}
    assert "Alpes-Maritimes (06): 1 written to, 1 have answered, 1 committed" in text
    assert "<b>3</b> recipients written to" in text
    assert "IGN, ADMIN EXPRESS COG 2024" in text
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
    desk.sql("UPDATE recipients SET commune = '<img src=x>' WHERE key = '06088'")
    desk.ok("answer", "06088", "no")
    desk.ok("report", "--html", str(tmp_path / "page.html"))
    page = html.document_fromstring((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.xpath("//script | //img") == []
