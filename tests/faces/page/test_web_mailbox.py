"""The page of the mailbox: which, with what password, and how much leaves when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from merge.errors import Refused
from merge.words.mailbox import unusable
from tests.desk import NICE, Desk, Y
from tests.faces.page.test_web_forms import wrong
from tests.sending import with_account
from tests.servers.authorization import CLIENT_ID, SCOPE, AuthorizationDesk
from tests.servers.capture import CaptureServer
from tests.servers.ports import until
from tests.webserver import SAME_ORIGIN, Page, Server, serving

pytest_plugins = ["tests.servers.fixtures"]

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, Y)


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    with serving(campaign=desk.folder, environ=NO_KEYRING) as running:
        yield running


def own_server(capture: CaptureServer) -> dict[str, str]:
    """What a person types for a server of their own."""
    return {
        "provider": "other",
        "host": "localhost",
        "port": str(capture.port),
        "ca_file": str(capture.authority.ca_file),
    }


def test_a_right_password_is_tried_and_kept_in_memory_where_there_is_no_keyring(
    desk: Desk, server: Server, capture_server: CaptureServer, tmp_path: Path
) -> None:
    capture_server.password = "a-secret-of-ours"
    typed = own_server(capture_server)
    page = server.enter().at("send").submit("/mailbox", None, **typed)
    assert (page.status, wrong(page), capture_server.logins) == (422, ["password"], 0)
    page = page.submit("/mailbox", password=capture_server.password)
    assert (page.status, capture_server.logins) == (200, 1)
    assert capture_server.password not in page.answer.text
    page = page.at("send?step=mailbox").submit("/mailbox")  # the one that it holds
    assert (page.status, capture_server.logins) == (200, 2)
    found = b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
    assert capture_server.password.encode() not in found


def back_from(page: Page) -> tuple[str, Page]:
    """What the person reads at the provider, in another tab, and then on the page."""
    (link,) = page.html.xpath("//a[contains(@href, '/authorize')]")
    there = httpx.get(link.get("href"), follow_redirects=True, trust_env=False, timeout=30)
    seen = [page]

    def has_answered() -> bool:
        seen.append(seen[-1].submit("mailbox/signed-in"))
        return not seen[-1].html.xpath("//a[contains(@href, '/authorize')]")

    until(has_answered)
    return there.text, seen[-1]


def test_a_person_signs_in_at_the_provider_and_what_it_gives_is_in_the_guarded_file(
    desk: Desk, capture_server: CaptureServer, provider: AuthorizationDesk, tmp_path: Path
) -> None:
    file = tmp_path / "grant"
    environ = {**NO_KEYRING, "PUBLIPOSTAGE_PASSWORD_FILE": str(file)}
    with serving(campaign=desk.folder, environ=environ) as running:
        page = running.enter().at("send")
        page = page.submit("/mailbox", None, **own_server(capture_server))
        addresses = {
            "authorize": f"{provider.url}/authorize",
            "token": f"{provider.url}/token",
            "scope": SCOPE,
        }
        refused = page.submit("mailbox/sign-in", None, **addresses)
        assert (refused.status, wrong(refused)) == (422, ["client-id"])
        page = refused.submit("mailbox/sign-in", None, **addresses, **{"client-id": CLIENT_ID})
        early = page.submit("mailbox/signed-in")
        assert early.status == 422
        thanked, page = back_from(page)
        assert "client_id" not in thanked
        assert not [each for each in provider.issued() if each in page.answer.text]
    assert json.loads(file.read_text("utf-8"))["grant"]["client_id"] == CLIENT_ID
    assert "client_id" not in (desk.folder / "campaign.toml").read_text("utf-8")


def test_the_provider_follows_an_address_that_is_typed_anew(desk: Desk, server: Server) -> None:
    with_account(desk, 'provider = "free"')
    page = server.enter().at("send?step=mailbox")
    page.submit("/mailbox", **{"from": "a@orange.fr"})
    assert 'provider = "orange"' in (desk.folder / "campaign.toml").read_text("utf-8")
    asked = {"from": "a@laposte.net", "provider": "orange"}
    headers = {**SAME_ORIGIN, "HX-Request": "true"}
    shown = page.client.http.post(page.at("mailbox/hint").url, data=asked, headers=headers)
    assert '<option value="laposte" selected>' in shown.text


def test_a_mailbox_that_only_lacks_a_folder_of_sent_mail_is_not_said_to_be_useless() -> None:
    told = unusable(Refused("sent-folder-missing", folders="INBOX"))
    assert told.startswith("No folder of sent mail was found in the mailbox. It has: INBOX.")
