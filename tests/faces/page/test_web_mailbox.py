"""The page of the mailbox: which, with what password, and how much leaves when."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from merge.settings import load
from tests.browser import person
from tests.desk import NICE, Desk, Y
from tests.faces.page.test_web_new import reasons
from tests.servers import dns
from tests.servers.authorization import CLIENT_ID, SCOPE, AuthorizationDesk
from tests.servers.capture import CaptureServer
from tests.webserver import Page, Server, serving

pytest_plugins = ["tests.servers.fixtures"]

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, Y)


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    with serving(campaign=desk.folder, environ=NO_KEYRING) as running:
        yield running


@pytest.fixture
def mailbox(server: Server) -> Page:
    return server.enter().follow("Mailbox")


def own_server(capture: CaptureServer) -> dict[str, str]:
    """What a person types for a server of their own."""
    return {
        "provider": "other",
        "host": "localhost",
        "port": str(capture.port),
        "ca_file": str(capture.authority.ca_file),
    }


def test_the_provider_is_proposed_by_the_address_and_says_what_its_password_is(
    desk: Desk, mailbox: Page
) -> None:
    page = mailbox.press("Take this mailbox", None, **{"from": "g@gmail.com"}, provider="gmail")
    assert (page.status, load(desk.folder).account.host) == (200, "smtp.gmail.com")
    assert "one made for this program alone" in page.text
    assert "myaccount.google.com/apppasswords" in page.text
    toml = desk.folder / "campaign.toml"
    toml.write_text(toml.read_text("utf-8").replace('provider = "gmail"', ""), "utf-8")
    page = page.client.get(page.url)
    assert page.form("Take this mailbox").fields["provider"] == "gmail"


def test_whose_mailbox_an_address_of_ones_own_domain_is_is_proposed_by_where_its_mail_goes(
    desk: Desk,
) -> None:
    own = "mairie-de-y.example.org"
    with (
        dns.serving({own: {"MX": ["1 aspmx.l.google.com."]}}) as names,
        serving(campaign=desk.folder, environ={"PUBLIPOSTAGE_DNS": names.address}) as running,
    ):
        page = running.enter().follow("Mailbox")
        page = page.press("Take this mailbox", None, **{"from": f"a@{own}"}, provider="")
        assert (page.status, list(reasons(page))) == (422, ["provider"])
        assert "at Google Workspace: if so, go on" in page.text
        page = page.press("Take this mailbox")
        assert (page.status, load(desk.folder).account.provider) == (200, "workspace")


def test_a_wrong_answer_stands_beside_its_field_and_nothing_is_written(
    desk: Desk, mailbox: Page
) -> None:
    before = (desk.folder / "campaign.toml").read_bytes()
    for typed, field in [
        ({"from": "un groupe", "provider": "orange"}, "from"),
        ({"from": "g@tuta.io", "provider": ""}, "from"),
        ({"from": "g@example.org", "provider": "brevo"}, "login"),
        ({"from": "g@example.org", "provider": "other", "host": "https://x"}, "host"),
        ({"from": "g@example.org", "provider": "other", "host": "x", "port": "99999"}, "port"),
        ({"from": "g@example.org", "provider": "other", "host": ""}, "host"),
    ]:
        page = mailbox.press("Take this mailbox", None, **typed)
        assert (page.status, list(reasons(page))) == (422, [field])
        (link,) = page.html.xpath("//*[@id='wrong']//a")
        (label,) = page.html.xpath("//label[@for=$field]", field=field)
        assert link.text_content().startswith(f"{label.text_content()}: ")
        assert page.form("Take this mailbox").fields["from"] == typed["from"]
        mailbox = page.client.get(mailbox.url)
    assert (desk.folder / "campaign.toml").read_bytes() == before


def test_another_provider_takes_nothing_of_the_former_one_along(desk: Desk, mailbox: Page) -> None:
    page = mailbox.press("Take this mailbox", None, **{"from": "moi@free.fr"}, provider="free")
    assert load(desk.folder).account.login == "moi"
    page.press("Take this mailbox", None, **{"from": "moi@orange.fr"}, provider="orange")
    account = load(desk.folder).account
    assert (account.host, account.login) == ("smtp.orange.fr", "")


def test_a_right_password_is_tried_and_kept_in_memory_where_there_is_no_keyring(
    desk: Desk, server: Server, capture_server: CaptureServer, tmp_path: Path
) -> None:
    capture_server.password = "a-secret-of-ours"
    typed = own_server(capture_server)
    page = server.enter().follow("Mailbox").press("Take this mailbox", None, **typed)
    page = page.press("Connect and try it", password=capture_server.password)
    assert "the login is accepted" in page.text
    assert "in this program's memory alone" in page.text
    assert "Will the letters arrive?Not asked" in page.text
    assert capture_server.password not in page.answer.text
    page = page.press("Connect and try it")  # the one that it holds
    assert (page.status, "the login is accepted" in page.text) == (200, True)
    found = b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
    assert capture_server.password.encode() not in found


def test_a_wrong_password_is_told_in_the_command_lines_words_and_not_shown_again(
    desk: Desk, server: Server, capture_server: CaptureServer
) -> None:
    typed = own_server(capture_server)
    toml = desk.folder / "campaign.toml"  # as somebody else may have written it
    lines = f'[account]\nhost = "localhost"\nport = {typed["port"]}\n'
    lines += f'ca_file = "{capture_server.authority.put_in(desk.folder)}"\n'
    toml.write_text(toml.read_text("utf-8").replace("[account]\n", lines), "utf-8")
    page = server.enter().follow("Mailbox").press("Connect and try it", password="wrong-one")
    assert (page.status, list(reasons(page))) == (422, ["approve"])
    assert capture_server.logins == 0
    page = page.press("Connect and try it", password="wrong-one", approve="1")
    assert (page.status, list(reasons(page))) == (422, ["password"])
    assert "refused the login" in reasons(page)["password"]
    assert "wrong-one" not in page.answer.text
    page = page.client.get(page.url.removesuffix("/try")).press("Connect and try it")
    assert "There is no password" in page.text


def test_a_yes_to_a_server_is_none_to_another_that_took_its_place_in_the_file(
    desk: Desk, server: Server, capture_server: CaptureServer
) -> None:
    toml = desk.folder / "campaign.toml"
    before = toml.read_text("utf-8")

    def says(host: str) -> None:
        lines = f'[account]\nhost = "{host}"\nport = {capture_server.port}\n'
        lines += f'ca_file = "{capture_server.authority.put_in(desk.folder)}"\n'
        toml.write_text(before.replace("[account]\n", lines), "utf-8")

    says("smtp.example.org")
    shown = server.enter().follow("Mailbox")
    says("localhost")
    page = shown.press("Connect and try it", password="a-secret", approve="1")
    assert (page.status, list(reasons(page))) == (409, ["password"])
    assert (capture_server.logins, "localhost" in page.text) == (0, True)
    assert "a-secret" not in page.answer.text


def test_limits_and_hours_are_written_and_say_how_long_it_takes(desk: Desk, mailbox: Page) -> None:
    assert "2 letters would leave so" in mailbox.text
    fields = {"account.per_day": "250", "account.hours": "lun-ven 8h-20h"}
    page = mailbox.press("Keep these limits", None, **fields)
    assert "Sending hours: lun-ven 8h-20h" in page.text
    assert load(desk.folder).account.per_day == 250
    assert "5000 letters would leave so" in page.press("Reckon", letters="5000").text
    assert page.press("Reckon", letters="many").status == 200
    page = page.press("Keep these limits", None, **{"account.per_day": "beaucoup"})
    assert (page.status, list(reasons(page))) == (422, ["account.per_day"])


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(desk: Desk, mailbox: Page) -> None:
    toml = desk.folder / "campaign.toml"
    toml.write_text(toml.read_text("utf-8") + "# mine\n", "utf-8")
    page = mailbox.press("Keep these limits", None, **{"account.per_day": "7"})
    assert (page.status, "changed" in page.text) == (409, True)
    page = mailbox.press("Take this mailbox", None, **{"from": "g@gmail.com"}, provider="gmail")
    assert page.status == 409
    assert toml.read_text("utf-8").endswith("# mine\n")
    assert load(desk.folder).account.per_day != 7


def test_what_the_password_is_follows_the_choice(server: Server, browser: Browser) -> None:
    with person(browser, server.start, language="en") as page:
        page.get_by_role("navigation").get_by_role("link", name="Mailbox").click()
        page.wait_for_load_state()
        page.get_by_label("Whose mailbox is it?").focus()
        page.get_by_label("Whose mailbox is it?").select_option("Gmail")
        expect(page.locator("#hints")).to_contain_text("sixteen letters")
        expect(page.get_by_label("Whose mailbox is it?")).to_be_focused()


def back_from(page: Page) -> tuple[str, Page]:
    """What the person reads at the provider, in another tab, and then on the page."""
    (link,) = page.html.xpath("//a[contains(@href, '/authorize')]")
    there = httpx.get(link.get("href"), follow_redirects=True, trust_env=False, timeout=30)
    for _again in range(100):
        page = page.press("I have signed in: go on")
        if "has not answered yet" not in page.text:
            return there.text, page
        time.sleep(0.1)  # the page has no other sign of it than this button
    raise AssertionError("the provider's answer never came")


def test_a_person_signs_in_at_the_provider_and_what_it_gives_is_in_the_guarded_file(
    desk: Desk, capture_server: CaptureServer, provider: AuthorizationDesk, tmp_path: Path
) -> None:
    file = tmp_path / "grant"
    environ = {**NO_KEYRING, "PUBLIPOSTAGE_PASSWORD_FILE": str(file)}
    with serving(campaign=desk.folder, environ=environ) as running:
        page = running.enter().follow("Mailbox")
        page = page.press("Take this mailbox", None, **own_server(capture_server))
        addresses = {
            "authorize": f"{provider.url}/authorize",
            "token": f"{provider.url}/token",
            "scope": SCOPE,
        }
        wrong = page.press("Sign in in the browser", None, **addresses)
        assert (wrong.status, list(reasons(wrong))) == (422, ["client-id"])
        page = wrong.press("Sign in in the browser", None, **addresses, **{"client-id": CLIENT_ID})
        early = page.press("I have signed in: go on")
        assert (early.status, "has not answered yet" in early.text) == (422, True)
        thanked, page = back_from(page)
        assert "close this tab" in thanked
        assert "it offers: LOGIN, PLAIN" in page.text.replace("PLAIN, LOGIN", "LOGIN, PLAIN")
        assert not [each for each in provider.issued() if each in page.answer.text]
    assert json.loads(file.read_text("utf-8"))["grant"]["client_id"] == CLIENT_ID
    assert "client_id" not in (desk.folder / "campaign.toml").read_text("utf-8")


def test_a_sign_in_that_is_refused_or_given_up_leaves_everything_as_it_was(
    desk: Desk, capture_server: CaptureServer, provider: AuthorizationDesk, server: Server
) -> None:
    page = server.enter().follow("Mailbox")
    page = page.press("Take this mailbox", None, **own_server(capture_server))
    addresses = {"authorize": f"{provider.url}/authorize", "token": f"{provider.url}/token"}
    typed = {**addresses, "scope": SCOPE, "client-id": CLIENT_ID}
    for button in ("Sign in in the browser", "Sign in on another device, by a code"):
        device = {"device": f"{provider.url}/device_authorization"}
        page = page.press(button, None, **{**typed, **device, "client-id": "wrong"})
        assert (page.status, list(reasons(page))) == (422, ["client-id"])
        assert "did not succeed" in page.text
        again = page.form(button).fields
        assert (again["client-id"], again["token"]) == ("wrong", typed["token"])
    page = page.press("Sign in in the browser", None, **typed)
    page = page.press("Do not sign in")
    assert "I have signed in" not in page.text
    provider.consent = "no"
    page = page.press("Sign in in the browser", None, **typed)
    _refused, page = back_from(page)
    assert page.status == 422
    assert list(reasons(page)) == ["client-id"]
    assert "did not succeed" in page.text
    assert page.form("Sign in in the browser").fields["client-id"] == CLIENT_ID
    provider.consent = "yes"
    page = page.press("Sign in in the browser", None, **typed)
    _thanked, page = back_from(page)
    assert (page.status, list(reasons(page))) == (422, ["client-id"])
    assert "This computer has no keyring" in page.text
    assert "I have signed in" not in page.text
    assert not [each for each in provider.issued() if each in page.answer.text]
