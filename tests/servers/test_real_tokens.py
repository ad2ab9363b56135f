"""Debian's Dovecot lets people in by the tokens of a provider alone."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from merge.errors import AccountPaused
from merge.mail.mailbox import ImapServer, open_mailbox
from merge.mail.smtp import Server, open_post_office
from merge.mail.tokens import TokenSource
from tests.needs import need
from tests.servers import dovecot
from tests.servers.authorization import USER, AuthorizationDesk
from tests.servers.dovecot import TokenServers, token_servers
from tests.servers.sink import sink

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture(params=["xoauth2", "oauthbearer"])
def real(request: pytest.FixtureRequest, provider: AuthorizationDesk) -> Iterator[TokenServers]:
    missing = dovecot.missing()
    need(not missing, missing, " ".join(dovecot.APT_PACKAGES))
    with (
        tempfile.TemporaryDirectory(prefix="tok-") as folder,
        sink() as relay,
        token_servers(
            Path(folder), provider, relay_port=relay.port, mechanisms=request.param
        ) as servers,
    ):
        yield servers


def test_it_lets_in_by_tokens_to_send_and_to_read_and_refuses_what_the_provider_does_not_know(
    real: TokenServers, provider: AuthorizationDesk, tokens: TokenSource
) -> None:
    ca_pem = real.ca_file.read_text()
    smtp = Server(
        host="localhost", port=real.smtp_port, tls="implicit", from_address=USER, ca_pem=ca_pem
    )
    imap = ImapServer(
        host="localhost", port=real.imap_port, tls="implicit", login=USER, ca_pem=ca_pem
    )
    for refreshes in (1, 2):
        open_post_office(smtp, tokens).close()
        with open_mailbox(imap, tokens) as mailbox:
            assert mailbox.sent_folder == "Gesendet"
        assert provider.refreshes == refreshes
        provider.expire()  # it finds out by itself, and goes on with another one

    provider.lifetime_s = 0  # what it gives from here on has ended at once
    with pytest.raises(AccountPaused, match="sign-in-refused") as by_smtp:
        open_post_office(smtp, tokens)
    with (
        pytest.raises(AccountPaused, match="mailbox-sign-in-refused") as by_imap,
        open_mailbox(imap, tokens),
    ):
        pass
    for caught, words in ((by_smtp, '"status":"'), (by_imap, "AUTHENTICATIONFAILED")):
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.facts)
        assert ("access-" in told, words in told) == (False, True), told
