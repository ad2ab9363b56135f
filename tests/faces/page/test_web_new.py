"""The page for a new campaign, and the list of those that there are."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from merge.app.new import unfinished
from merge.settings import load
from tests.browser import person
from tests.desk import NICE, Desk
from tests.webserver import Page, Server, serving

ANSWERS = {
    "name": "Pas de VSA",
    "group": "Collectif",
    "address": "12 rue de la Paix, 35000 Rennes",
    "place": "rennes",
    "contact": "06 00 00 00 00",
    "residents": "no",
    "from_address": "groupe@example.org",
    "source": "l'annuaire de l'administration (service-public.fr)",
}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(tmp_path / "Documents"))
    with serving() as running:
        yield running


def once(page: Page, button: str) -> str:
    """The one-time id of that form."""
    return str(page.form(button).fields["once"])


def reasons(page: Page) -> dict[str, str]:
    """What the summary says of each field."""
    links = page.html.xpath("//div[@id='wrong']//a")
    return {link.get("href").removeprefix("#"): link.text_content() for link in links}


def test_a_form_that_is_loaded_again_has_what_was_answered(server: Server) -> None:
    new = server.enter().follow("New campaign")
    wrong = new.press("Make the campaign", None, **{**ANSWERS, "contact": ""})
    assert wrong.status == 422
    again = wrong.client.get(wrong.url)
    assert again.form("Make the campaign").fields["group"] == ANSWERS["group"]


def test_a_campaign_is_made_without_a_terminal(server: Server, tmp_path: Path) -> None:
    new = server.enter().follow("New campaign")
    made = new.press("Make the campaign", None, **ANSWERS)
    assert (made.status, made.url.endswith("/letter")) == (200, True)
    folder = tmp_path / "Documents" / "publipostage" / "pas-de-vsa"
    settings = load(folder)
    assert (settings.sender.place, settings.sender.signature) == ("Rennes", ("Collectif",))
    assert settings.sender.address == ("12 rue de la Paix", "35000 Rennes")
    assert "Nous, {{ groupe }}," in (folder / "letter.md").read_text("utf-8")
    assert folder.stat().st_mode & 0o077 == 0
    assert unfinished() == []


def test_a_second_one_of_that_name_stands_beside_the_first(server: Server, tmp_path: Path) -> None:
    new = server.enter().follow("New campaign")
    for _ in range(2):
        new = new.client.get(new.url)
        assert new.press("Make the campaign", None, **ANSWERS).status == 200
    found = (tmp_path / "Documents" / "publipostage").iterdir()
    assert {each.name for each in found} == {"pas-de-vsa", "pas-de-vsa-2"}


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    server: Server, tmp_path: Path
) -> None:
    wrong = {"place": "35000", "from_address": "un groupe", "address": "Rennes", "group": ""}
    new = server.enter().follow("New campaign").press("Make the campaign", None, **ANSWERS | wrong)
    assert (new.status, new.title[:6]) == (422, "Error:")
    assert list(reasons(new)) == ["group", "address", "place", "from_address"]
    form = new.form("Make the campaign")
    assert (form.fields["place"], form.fields["name"]) == ("35000", "Pas de VSA")
    right = {name: ANSWERS[name] for name in ("place", "from_address", "address", "group")}
    assert new.press("Make the campaign", None, **right).status == 200


def test_what_was_answered_is_found_again_and_can_be_thrown_away(server: Server) -> None:
    new = server.enter().follow("New campaign")
    campaigns = new.press("Keep this for later", name="À finir", place="35000")
    assert "À finir" in campaigns.text
    again = campaigns.follow("Go on")
    assert again.form("Make the campaign").fields["place"] == "35000"
    campaigns = campaigns.press("Throw these answers away")
    assert "À finir" not in campaigns.text


def test_a_folder_with_something_in_it_is_told_at_its_field(server: Server, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "x").touch()
    new = server.enter().follow("New campaign")
    new = new.press("Make the campaign", None, **ANSWERS, folder=str(tmp_path / "taken"))
    assert list(reasons(new)) == ["folder"]
    (tmp_path / "file").touch()
    new = new.press("Make the campaign", folder=str(tmp_path / "file" / "below"))
    assert list(reasons(new)) == ["folder"]
    assert new.press("Make the campaign", folder="ma campagne").status == 200
    assert load(tmp_path / "ma campagne").campaign.name == "Pas de VSA"


def test_communes_of_one_name_are_offered(server: Server, tmp_path: Path) -> None:
    new = server.enter().follow("New campaign")
    new = new.press("Make the campaign", None, **ANSWERS | {"place": "Château-Chinon"}, folder="x")
    assert list(reasons(new)) == ["place"]
    assert new.press("Make the campaign", place_of="58063").status == 200
    assert load(tmp_path / "x").sender.place_insee == "58063"


def test_a_place_that_is_no_commune_is_told_and_taken(server: Server, tmp_path: Path) -> None:
    new = server.enter().follow("New campaign")
    wrong = ANSWERS | {"place": "Renne", "contact": ""}
    told = new.press("Make the campaign", None, **wrong, folder="x")
    assert list(reasons(told)) == ["contact"]
    assert "No commune is called “Renne”. If it is a hamlet, leave it so." in told.text
    assert "Or did you mean: Rennes (35)" in told.text
    assert told.press("Make the campaign", contact="06 00 00 00 00").status == 200
    assert load(tmp_path / "x").sender.place == "Renne"


def test_an_answer_is_looked_at_and_kept_as_soon_as_its_field_is_left(
    server: Server, browser: Browser
) -> None:
    with person(browser, server.start, language="en") as page:
        page.get_by_role("link", name="New campaign").click()
        page.wait_for_load_state()
        page.get_by_label("Your group").fill("Collectif")
        page.get_by_label("E-mail address that the letters leave from").fill("un groupe")
        page.keyboard.press("Tab")
        said = page.locator("#from_address-said")
        expect(said).to_contain_text("does not fit here")
        expect(page.locator("#live")).to_contain_text("does not fit here")
        expect(page.locator("#reply_to")).to_be_focused()
        page.get_by_label("E-mail address that the letters leave from").fill("g@tuta.io")
        page.keyboard.press("Tab")
        expect(said).to_contain_text("no program can send")
        page.get_by_label("The town you write from").fill("Château-Chinon")
        page.keyboard.press("Tab")
        page.get_by_label("Château-Chinon (Ville) (58)").check()
        (kept,) = unfinished()
        assert kept.answers["group"] == "Collectif"


@pytest.mark.parametrize("folder", ["a\nb", "~nobody-is-called-so/x", "x" * 300, "/proc/x/y"])
def test_what_can_be_no_folder_is_told_at_its_field(server: Server, folder: str) -> None:
    campaigns = server.enter()
    page = campaigns.client.post(
        campaigns.url + "open", {"once": once(campaigns, "Open it"), "folder": folder}
    )
    assert (page.status, list(reasons(page))) == (422, ["folder"])
    new = campaigns.follow("New campaign")
    typed = {**ANSWERS, "once": once(new, "Make the campaign"), "folder": folder, "begun": "7"}
    page = new.client.post(new.url, typed)
    assert (page.status, list(reasons(page))) == (422, ["folder"])


def test_what_is_typed_is_shown_as_words_and_never_as_a_page(server: Server) -> None:
    script = '"><script>alert(1)</script>{{ 7*7 }}'
    new = server.enter().follow("New campaign")
    typed = {"name": script, "place": script, "from_address": script}
    page = new.press("Make the campaign", None, **ANSWERS | typed)
    assert (page.status, list(reasons(page))) == (422, ["from_address"])
    assert "<script>alert" not in page.answer.text
    assert "49" not in page.form("Make the campaign").fields["name"]
    campaigns = page.press("Keep this for later")
    assert "<script>alert" not in campaigns.answer.text


# --- the list ---


def test_the_list_says_how_each_stands_and_hides_none(server: Server, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "one")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE)))
    for name in ("toml", "gone"):
        Desk(tmp_path / name).make()
    (tmp_path / "toml" / "campaign.toml").write_text("[campaign\n", "utf-8")
    shutil.rmtree(tmp_path / "gone")
    page = server.enter()
    assert "1 by e-mail" in page.text
    assert "This cannot be read." in page.text
    assert "1 campaign is no longer where it was" in page.text
    assert page.follow("Pas de VSA").html.findtext(".//h1") == "Today"


def test_a_copy_is_opened_by_its_folder_and_told_as_one(server: Server, tmp_path: Path) -> None:
    Desk(tmp_path / "one").make()
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    page = server.enter().press("Open it", folder="nowhere")
    assert (page.status, list(reasons(page))) == (422, ["folder"])
    assert page.form("Open it").fields["folder"] == "nowhere"
    today = page.press("Open it", folder="copy")
    assert today.html.findtext(".//h1") == "Today"
    page = today.follow("publipostage")
    assert page.follow("go on with it here").html.findtext(".//h1") == "Keeping"


def test_of_people_the_page_takes_no_directory_of_mairies_for_their_source(
    server: Server, tmp_path: Path
) -> None:
    asked = ANSWERS | {"audience": "people"}
    new = server.enter().follow("New campaign").press("Make the campaign", None, **asked)
    assert list(reasons(new)) == ["source"]
    assert new.form("Make the campaign").fields["source"] == "other"
    made = new.press("Make the campaign", None, address_source="votre adhésion")
    assert made.status == 200
    folder = tmp_path / "Documents" / "publipostage" / "pas-de-vsa"
    assert load(folder).sender.address_source == "votre adhésion"


def test_what_only_communes_are_asked_is_hidden_from_others(
    server: Server, browser: Browser
) -> None:
    with person(browser, server.start, language="en") as page:
        page.get_by_role("link", name="New campaign").click()
        page.wait_for_load_state()
        expect(page.locator("#residents-said")).to_be_attached()
        expect(page.get_by_text("l'annuaire de l'administration")).to_be_visible()
        page.get_by_label("People: members").check()
        expect(page.get_by_text("l'annuaire de l'administration")).to_be_hidden()
        expect(page.get_by_text("Yes, in every one")).to_be_hidden()
