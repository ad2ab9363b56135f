"""Log in with an access token: what is said, and what is made of a refusal."""

from __future__ import annotations

import base64
import traceback

import pytest

from merge.errors import AccountPaused
from merge.mail.smtp import Server, open_post_office
from merge.mail.tokens import TokenSource
from tests.servers.authorization import AuthorizationDesk
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]


def at(server: FaultServer) -> Server:
    return Server(host="localhost", port=server.port, tls="none", from_address="a,b@example.org")


def said_at_login(server: FaultServer) -> list[str]:
    return [line for line in server.commands if line.startswith("AUTH")]


def test_a_token_is_said_by_the_standard_s_way_else_as_google_and_microsoft_have_it(
    tokens: TokenSource,
) -> None:
    bearer = f"auth=Bearer {tokens.token()}\1\1"
    with FaultServer().running() as server:
        standard = f"n,a=a=2Cb@example.org,\1host=127.0.0.1\1port={server.port}\1{bearer}"
        theirs = f"user=a,b@example.org\1{bearer}"
        for logins, way, expected in (
            ("PLAIN XOAUTH2 OAUTHBEARER", "OAUTHBEARER", standard),
            ("LOGIN PLAIN XOAUTH2", "XOAUTH2", theirs),
        ):
            server.logins = logins
            open_post_office(at(server), tokens).close()
            _auth, by, said = said_at_login(server)[-1].split()
            assert (by, base64.b64decode(said).decode()) == (way, expected)


def test_one_that_is_too_long_for_a_command_is_an_answer(
    provider: AuthorizationDesk, tokens: TokenSource
) -> None:
    provider.token_octets = 1_500
    with FaultServer(logins="XOAUTH2").running() as server:
        open_post_office(at(server), tokens).close()
        assert said_at_login(server) == ["AUTH XOAUTH2"]


REASON = base64.b64encode(b'{"status":"invalid_token"}').decode()


@pytest.mark.parametrize(("way", "answer"), [("OAUTHBEARER", "AQ=="), ("XOAUTH2", "")])
def test_a_reason_is_answered_and_no_error_of_a_refusal_holds_a_token(
    provider: AuthorizationDesk, tokens: TokenSource, way: str, answer: str
) -> None:
    for reason, words in (("", ""), (REASON, ' {"status":"invalid_token"}'), ("no base64", "")):
        refusing = FaultServer(logins=way, refuse_login="535 5.7.8 no", reason=reason)
        with refusing.running() as server, pytest.raises(AccountPaused) as caught:
            open_post_office(at(server), tokens)
        lines = said_at_login(server)
        assert len(set(lines)) == len(lines) == 2  # the second time with another one
        assert server.commands.count(answer) == (2 if reason else 0)
        assert caught.value.facts["words"] == f"5.7.8 no {way} …{words}"
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.facts)
        assert [secret for secret in provider.issued() if secret in told] == []
        assert caught.value.__context__ is None


def test_one_that_was_taken_back_says_so_and_no_server_hears_of_it(
    provider: AuthorizationDesk, tokens: TokenSource
) -> None:
    provider.revoke()
    with FaultServer(logins="XOAUTH2").running() as server:
        with pytest.raises(AccountPaused, match="sign-in-ended"):
            open_post_office(at(server), tokens)
        assert server.connections == 0
