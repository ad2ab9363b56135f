"""Log in with an access token: what is said, and what is made of a refusal."""

from __future__ import annotations

import base64
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from merge.errors import AccountPaused, Refused, Trouble
from merge.mail.mailbox import ImapServer, open_mailbox
from merge.mail.smtp import Server, open_post_office
from merge.mail.tokens import TokenSource
from merge.mail.transport import Secret
from merge.model import Envelope, Message, Status
from merge.outcome import Answered, Asked
from tests.needs import need
from tests.servers import dovecot
from tests.servers.authorization import USER, AuthorizationDesk
from tests.servers.dovecot import TokenServers, token_servers
from tests.servers.faults import FaultServer
from tests.servers.postfix import RealServers
from tests.servers.sending import hand_in
from tests.servers.sink import sink

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def tokens(provider: AuthorizationDesk) -> TokenSource:
    kept = [provider.signed_in()]

    def keep(text: str) -> bool:
        kept.append(text)
        return True

    return TokenSource(read=lambda: kept[-1], keep=keep, lock=nullcontext)


def at(server: FaultServer) -> Server:
    return Server(host="localhost", port=server.port, tls="none", from_address="a,b@example.org")


def said_at_login(server: FaultServer) -> list[str]:
    return [line for line in server.commands if line.startswith("AUTH")]


# --- what is said --------------------------------------------------------------------------------


def test_a_token_is_said_by_the_standard_s_way_where_it_is_offered(tokens: TokenSource) -> None:
    with FaultServer(logins="PLAIN XOAUTH2 OAUTHBEARER").running() as server:
        open_post_office(at(server), tokens).close()
        (line,) = said_at_login(server)
    _, way, said = line.split()
    assert way == "OAUTHBEARER"
    bearer = f"auth=Bearer {tokens.token()}"
    about = f"host=127.0.0.1\1port={server.port}"
    assert base64.b64decode(said).decode() == f"n,a=a=2Cb@example.org,\1{about}\1{bearer}\1\1"


def test_else_as_google_and_microsoft_have_it(tokens: TokenSource) -> None:
    with FaultServer(logins="LOGIN PLAIN XOAUTH2").running() as server:
        open_post_office(at(server), tokens).close()
        (line,) = said_at_login(server)
    said = base64.b64decode(line.split()[2]).decode()
    assert said == f"user=a,b@example.org\1auth=Bearer {tokens.token()}\1\1"


def test_one_that_is_too_long_for_a_command_is_an_answer(
    provider: AuthorizationDesk, tokens: TokenSource
) -> None:
    provider.token_octets = 1_500
    with FaultServer(logins="XOAUTH2").running() as server:
        open_post_office(at(server), tokens).close()
        assert said_at_login(server) == ["AUTH XOAUTH2"]


def test_a_server_that_takes_passwords_alone_hears_no_token(tokens: TokenSource) -> None:
    with FaultServer(logins="PLAIN LOGIN").running() as server:
        with pytest.raises(Refused, match="sign-in-not-taken") as caught:
            open_post_office(at(server), tokens)
        assert said_at_login(server) == []
    assert caught.value.facts["ways"] == "PLAIN, LOGIN"


# --- refused -------------------------------------------------------------------------------------

REASON = base64.b64encode(b'{"status":"invalid_token"}').decode()


@pytest.mark.parametrize(("way", "answer"), [("OAUTHBEARER", "AQ=="), ("XOAUTH2", "")])
@pytest.mark.parametrize("reason", ["", REASON, "no base64"])
def test_refused_twice_in_a_row_the_account_pauses_and_no_error_holds_a_token(
    provider: AuthorizationDesk, tokens: TokenSource, way: str, answer: str, reason: str
) -> None:
    refusing = FaultServer(logins=way, refuse_login="535 5.7.8 no", reason=reason)
    with refusing.running() as server:
        with pytest.raises(AccountPaused, match="sign-in-refused") as caught:
            open_post_office(at(server), tokens)
        lines = said_at_login(server)
        assert len(set(lines)) == len(lines) == 2  # the second time with another one
        assert server.commands.count(answer) == (2 if reason else 0)
    words = str(caught.value.facts["words"])
    assert words == f"5.7.8 no {way} …" + (
        ' {"status":"invalid_token"}' if reason == REASON else ""
    )
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.facts)
    assert not [secret for secret in provider.issued() if secret in told]
    assert caught.value.__context__ is None


def test_not_now_is_no_reason_for_another_token(
    provider: AuthorizationDesk, tokens: TokenSource
) -> None:
    with FaultServer(logins="XOAUTH2", refuse_login="454 4.7.0 later").running() as server:
        with pytest.raises(Trouble, match="login-put-off"):
            open_post_office(at(server), tokens)
        assert len(said_at_login(server)) == 1
    assert provider.refreshes == 1


def test_one_that_was_taken_back_says_so_and_no_server_hears_of_it(
    provider: AuthorizationDesk, tokens: TokenSource
) -> None:
    provider.revoke()
    with FaultServer(logins="XOAUTH2").running() as server:
        with pytest.raises(AccountPaused, match="sign-in-ended"):
            open_post_office(at(server), tokens)
        assert server.connections == 0


# --- ended in mid-campaign -----------------------------------------------------------------------

STEPS = ("MAIL", "RCPT", "DATA", "BODY")


def letter(number: int) -> Message:
    to = f"mairie-{number}@example.org"
    return Message(
        envelope=Envelope(sender=USER, recipient=to),
        message_id=f"<{number}@example.org>",
        data=b"Subject: x\r\n\r\nBonjour\r\n",
    )


@pytest.fixture(params=[("PIPELINING",), ()], ids=["pipelining", "step by step"])
def ending(request: pytest.FixtureRequest) -> Iterator[FaultServer]:
    with FaultServer(logins="XOAUTH2", offers=request.param).running() as server:
        yield server


@pytest.mark.parametrize("step", STEPS)
def test_a_token_that_ends_at_any_step_is_replaced_and_the_letter_leaves_once(
    ending: FaultServer, provider: AuthorizationDesk, tokens: TokenSource, step: str
) -> None:
    with closing(open_post_office(at(ending), tokens)) as office:
        for number in range(3):  # each time anew: what works in between counts
            ending.logs_out = [step]
            assert hand_in(office, letter(number)).status is Status.SENT
    assert [each.recipient for each in ending.accepted] == [
        letter(number).envelope.recipient for number in range(3)
    ]
    assert provider.refreshes == 4
    assert provider.reuses == 0


@pytest.mark.parametrize("step", STEPS)
def test_where_another_one_does_not_help_the_account_pauses_and_nothing_is_sent(
    ending: FaultServer, provider: AuthorizationDesk, tokens: TokenSource, step: str
) -> None:
    ending.logs_out = [step] * 2
    with (
        closing(open_post_office(at(ending), tokens)) as office,
        pytest.raises(AccountPaused, match="sign-in-refused"),
    ):
        hand_in(office, letter(1))
    assert (ending.accepted, provider.refreshes) == ([], 2)


def test_one_that_is_taken_back_in_mid_campaign_pauses_it_with_the_words_that_help(
    ending: FaultServer, provider: AuthorizationDesk, tokens: TokenSource
) -> None:
    with closing(open_post_office(at(ending), tokens)) as office:
        assert hand_in(office, letter(1)).status is Status.SENT
        provider.revoke()
        ending.logs_out = ["MAIL"]
        with pytest.raises(AccountPaused, match="sign-in-ended"):
            hand_in(office, letter(2))
    assert len(ending.accepted) == 1


def test_several_connections_that_end_at_once_are_one_refusal(
    ending: FaultServer, provider: AuthorizationDesk, tokens: TokenSource
) -> None:
    server = at(ending)
    with closing(open_post_office(server, tokens, connections=3)) as office:
        for number in range(3):
            office.offer(letter(number))
        asked: list[Message] = []
        while len(asked) < 3:  # as many connections, and each has a letter
            asked += [each.message for each in office.turn() if isinstance(each, Asked)]
        ending.logs_out = ["BODY"] * 3
        answers: list[Answered] = []
        for message in asked:
            office.hand_over(message)
        while len(answers) < 3:
            answers += [each for each in office.turn() if isinstance(each, Answered)]
        assert {each.outcome.status for each in answers} == {Status.QUEUED}
        assert hand_in(office, letter(4)).status is Status.SENT
    assert provider.refreshes == 2


# --- Debian's Dovecot ----------------------------------------------------------------------------


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


def smtp(real: TokenServers) -> Server:
    return Server(
        host="localhost",
        port=real.smtp_port,
        tls="implicit",
        from_address=USER,
        ca_pem=real.ca_file.read_text(),
    )


def imap(real: TokenServers) -> ImapServer:
    return ImapServer(
        host="localhost",
        port=real.imap_port,
        tls="implicit",
        login=USER,
        ca_pem=real.ca_file.read_text(),
    )


def test_dovecot_lets_in_by_tokens_alone_to_send_and_to_read(
    real: TokenServers, provider: AuthorizationDesk, tokens: TokenSource
) -> None:
    open_post_office(smtp(real), tokens).close()
    with open_mailbox(imap(real), tokens) as mailbox:
        assert mailbox.sent_folder == "Gesendet"
    assert provider.refreshes == 1
    provider.expire()  # both find out by themselves, and go on with another one
    open_post_office(smtp(real), tokens).close()
    assert provider.refreshes == 2
    provider.expire()
    with open_mailbox(imap(real), tokens) as mailbox:
        assert mailbox.sent_folder == "Gesendet"
    assert provider.refreshes == 3


def test_dovecot_refuses_what_the_provider_does_not_know(
    real: TokenServers, provider: AuthorizationDesk, tokens: TokenSource
) -> None:
    def unknown() -> None:
        provider.by_access_token.clear()

    for kind, words, opened in (
        ("sign-in-refused", '"status":"401"', lambda its: open_post_office(smtp(real), its)),
        (
            "mailbox-sign-in-refused",
            "AUTHENTICATIONFAILED",
            lambda its: open_mailbox(imap(real), its).__enter__(),
        ),
    ):
        with pytest.raises(AccountPaused, match=kind) as caught:
            opened(Forgotten(tokens, unknown))
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.facts)
        assert ("access-" in told, words in told) == (False, True), told


class Forgotten(Secret):
    """Tokens that their provider forgets at once."""

    __slots__ = ("_forget", "_tokens")

    def __init__(self, tokens: TokenSource, forget: object) -> None:
        super().__init__("")
        self._tokens, self._forget = tokens, forget

    @property
    def is_token(self) -> bool:
        return True

    def at_login(self) -> Secret:
        found = self._tokens.at_login()
        self._forget()  # type: ignore[operator]
        return found

    def refuse(self, used: Secret) -> None:
        self._tokens.refuse(used)


def test_a_mailbox_that_takes_passwords_alone_hears_no_token(
    real_mail_servers: RealServers, tokens: TokenSource
) -> None:
    server = ImapServer(
        host="localhost",
        port=real_mail_servers.imap_port,
        tls="implicit",
        login=USER,
        ca_pem=real_mail_servers.authority.ca_file.read_text(),
    )
    with pytest.raises(Refused, match="sign-in-not-taken") as caught, open_mailbox(server, tokens):
        pass
    assert "PLAIN" in str(caught.value.facts["ways"])
