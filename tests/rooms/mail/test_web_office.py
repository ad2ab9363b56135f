"""The post offices on the web, against a server that answers late, twice, wrongly, or never."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from merge.errors import AccountPaused, Refused, Stopped
from merge.mail.connection import Server
from merge.mail.web import GMAIL, GRAPH, Api, WebPostOffice, open_web_office
from merge.model import Envelope, Message, Status
from merge.outcome import Aim, Answered, Asked, Outcome, Phase, Unreachable
from tests.facts import wrong
from tests.servers.certificates import Authority
from tests.servers.webdoor import WebDoor, web_door

pytest_plugins = ["tests.servers.fixtures"]

SENDER = "groupe@example.org"
APIS = {"gmail": GMAIL, "graph": GRAPH}


class Tokens:
    """Token 1, and another when it is refused."""

    def __init__(self, *, most: int = 3) -> None:
        self.n = 1
        self.most = most

    def token(self, refused: str = "") -> str:
        if refused == f"token-{self.n}":
            if self.n == self.most:
                raise AccountPaused("sign-in-ended", login=SENDER)
            self.n += 1
        return f"token-{self.n}"


@pytest.fixture
def door(authority: Authority) -> Iterator[WebDoor]:
    with web_door(authority) as found:
        yield found


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest) -> Api:
    return APIS[request.param]


def server(door: WebDoor, authority: Authority, **other: Any) -> Server:
    facts = Server(
        host="localhost",
        port=door.port,
        tls="implicit",
        ca_pem=authority.ca_pem,
        from_address=SENDER,
        timeout_s=20,
    )
    return replace(facts, **other)


@pytest.fixture
def office(door: WebDoor, api: Api, authority: Authority) -> Iterator[WebPostOffice]:
    with closing(open_web_office(api, server(door, authority), Tokens())) as opened:
        yield opened


def message(name: str, data: bytes = b"") -> Message:
    to = f"{name}@example.org"
    return Message(
        envelope=Envelope(sender=SENDER, recipient=to),
        message_id=f"<{name}>",
        data=data or f"To: {to}\r\nSubject: x\r\n\r\nBonjour\r\n.\r\n".encode(),
    )


def send(office: WebPostOffice, *names: str) -> dict[str, Outcome]:
    """Each handed in as soon as it is asked for."""
    for name in names:
        office.offer(message(name))
    found: dict[str, Outcome] = {}
    while len(found) < len(names):
        for news in office.turn():
            assert not isinstance(news, Unreachable)
            if isinstance(news, Asked):
                office.hand_over(news.message)
            else:
                found[news.message.message_id.strip("<>")] = news.outcome
    return found


def test_a_letter_is_taken_as_it_is(office: WebPostOffice, door: WebDoor, api: Api) -> None:
    outcome = send(office, "mairie")["mairie"]
    assert outcome.status is Status.SENT
    assert outcome.phase is Phase.BODY
    assert door.accepted == ["mairie"]
    assert door.bodies == [message("mairie").data]
    assert outcome.words == ("id 18c1" if api is GMAIL else "accepted, request-id r-1")


def test_several_go_at_once(door: WebDoor, api: Api, authority: Authority) -> None:
    names = [f"mairie{i}" for i in range(9)]
    with closing(open_web_office(api, server(door, authority), Tokens(), connections=3)) as office:
        assert {each.status for each in send(office, *names).values()} == {Status.SENT}
    assert sorted(door.accepted) == names


def test_each_answer_is_about_the_mailbox_the_account_or_the_connection(
    door: WebDoor, api: Api, authority: Authority
) -> None:
    def fate(name: str, then: str = "") -> tuple[object, ...]:
        waits_s = 1 if name == "nothing" else 20
        to = server(door, authority, final_reply_timeout_s=waits_s)
        asked = door.asked.count(name)
        with closing(open_web_office(api, to, Tokens())) as office:
            outcome = send(office, name)[name]
            assert not then or send(office, then)[then].status is Status.SENT
        assert door.asked.count(name) == asked + (2 if name == "refused" else 1)
        return outcome.status, outcome.aim, outcome.phase

    here = Path(__file__).with_name("web_office.txt")
    goes_on = wrong(here, "and the next letter goes", partial(fate, then="next"))
    assert goes_on + wrong(here, "and no other letter is tried", fate) == []


def test_who_asks_us_to_wait_a_moment_is_waited_for(office: WebPostOffice, door: WebDoor) -> None:
    assert send(office, "slow")["slow"].aim is Aim.CONNECTION
    office.offer(message("next"))
    assert not office.turn()
    office.close(but_bodies=True)
    assert send(office, "next")["next"].status is Status.SENT
    assert door.accepted == ["next"]


def test_a_token_that_expires_is_replaced_and_the_letter_goes(
    office: WebPostOffice, door: WebDoor
) -> None:
    door.tokens = {"token-2"}
    assert send(office, "mairie")["mairie"].status is Status.SENT
    assert door.accepted == ["mairie"]


def test_a_sign_in_that_ended_is_told_and_the_letter_stays(
    door: WebDoor, api: Api, authority: Authority
) -> None:
    with closing(open_web_office(api, server(door, authority), Tokens(most=1))) as office:
        door.tokens = ()
        office.offer(message("mairie"))
        heard: list[object] = []
        while len(heard) < 2:
            for news in office.turn():
                if isinstance(news, Asked):
                    office.hand_over(news.message)
                else:
                    heard.append(news)
    answered, lost = heard
    assert isinstance(answered, Answered)
    assert (answered.outcome.status, answered.outcome.phase) == (Status.DEFERRED, Phase.LOGIN)
    assert isinstance(lost, Unreachable)
    assert lost.trouble.code == "sign-in-ended"


def test_what_was_not_handed_over_is_taken_back(office: WebPostOffice, door: WebDoor) -> None:
    first, second = message("one"), message("two")
    office.offer(first)
    office.offer(second)
    asked: list[object] = []
    while not asked:
        asked += office.turn()
    assert asked == [Asked(first)]
    office.close(but_bodies=True)
    assert send(office, "three")["three"].status is Status.SENT
    office.offer(first)
    while not office.turn():
        pass
    office.close(first)
    assert door.accepted == ["three"]


@pytest.mark.parametrize(
    ("tokens", "expected"), [({"other"}, AccountPaused), ({"token-2"}, None), ({"token-1"}, None)]
)
def test_opening_tries_the_token_without_a_message(
    door: WebDoor, api: Api, authority: Authority, tokens: set[str], expected: type | None
) -> None:
    door.tokens = tokens
    if expected is None:
        open_web_office(api, server(door, authority), Tokens()).close()
    else:
        with pytest.raises(expected, match="login-refused"):
            open_web_office(api, server(door, authority), Tokens())
    assert door.accepted == []


def test_nobody_there_and_a_certificate_of_nobody_we_trust(
    door: WebDoor, api: Api, authority: Authority
) -> None:
    with pytest.raises(Refused, match="certificate-untrusted"):
        open_web_office(api, server(door, authority, ca_pem=None), Tokens())
    with pytest.raises(Stopped, match="server-unreachable"):
        open_web_office(api, server(door, authority, port=1), Tokens())


def test_no_token_is_in_what_is_said(
    door: WebDoor, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(open_web_office(GMAIL, server(door, authority), Tokens())) as office:
        said = repr(send(office, "mairie", "500", "refused", "429"))
    assert "token-" not in said + caplog.text + repr(office)
