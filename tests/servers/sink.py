"""A fast mail server of ours in a process of its own, which says what it took and what it broke.

    with sink(Faults(seed=1, drop_after_dot=0.02), log=folder / "sink.jsonl") as server:
        server.wait_for(lambda: server.count("accepted") >= 10)

It speaks ESMTP with PIPELINING and 8BITMIME, lets in any login (or, with `tokens`, whom a provider
knows, for as long as it knows them), and writes an Event for everything
that decides whether somebody may be written to again: into its log, and to whoever started it,
before the client hears of it. Which message it breaks hangs on the seed, the recipient and how
often that recipient came, not on the order in which several clients arrive.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import smtplib
import ssl
import subprocess
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, fields
from http.client import HTTPConnection
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode, urlsplit

from tests.servers.certificates import Authority
from tests.servers.ports import PATIENCE_S

HOST = "127.0.0.1"

What = Literal["accepted", "answered", "unanswered", "cut", "refused", "logged-out", "holding"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened to one message.

    accepted     it came whole, the final dot included: this server has it
    answered     the client was told so
    unanswered   the client was not: the line was dropped, or nobody was there any more
    cut          this server dropped the line within the body
    refused      this server said 4xx
    logged-out   this server takes the token no more that the client logged in with, or says so
    holding      this server waits for `release`, as `hold` said
    """

    what: What
    to: str
    message_id: str
    at: float  # seconds since 1970


@dataclass(frozen=True, kw_only=True)
class Faults:
    """How likely each is, of 1, for a message; which ones, the seed says."""

    seed: int = 0
    drop_in_data: float = 0.0
    drop_after_dot: float = 0.0
    refuse_recipient: float = 0.0  # 450 to RCPT
    refuse_body: float = 0.0  # 451 to the final dot
    shut_down: float = 0.0  # 421 4.3.2 to RCPT, which ends the connection and nothing else
    turn_away: float = 0.0  # 421 4.7.0 to RCPT, which is about the sender
    tokens: str = ""  # where a provider is asked about them (RFC 7662); each time one is used
    login_port: int = 0  # a Dovecot's, which says whether a login is right; 0 lets in by `tokens`
    login_ca: str = ""  # the file of its authority
    log_out_at_mail: float = 0.0  # 530 to MAIL, by chance alone
    log_out_at_data: float = 0.0  # the same to DATA
    log_out_at_body: float = 0.0  # the same to the final dot
    slowest_ms: float = 0.0  # the reply to the final dot takes from nothing up to this
    hold: str = ""  # "354", "body" or "dot": the first message stands there until `release`

    def of(self, recipient: str, time: int) -> str:
        """The name of what befalls this recipient's message this time; "" for nothing."""
        chance = random.Random(f"{self.seed} {recipient} {time}").random()  # noqa: S311 no secret
        for name in (
            *("drop_in_data", "drop_after_dot", "refuse_recipient", "refuse_body"),
            *("shut_down", "turn_away", "log_out_at_data", "log_out_at_body"),
        ):
            chance -= getattr(self, name)
            if chance < 0:
                return name
        return ""


# --- the side of the test ------------------------------------------------------------------------


@dataclass(kw_only=True)
class Sink:
    """A server that runs, and what it has said so far."""

    port: int
    ca_file: Path | None
    process: subprocess.Popen[str]
    events: list[Event] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    _counts: Counter[str] = field(default_factory=Counter)

    def count(self, what: What) -> int:
        return self._counts[what]

    def wait_for(self, until: Callable[[], bool], timeout_s: float = PATIENCE_S) -> bool:
        """Whether it came about in time; looked at after each event, or `changed.notify_all`."""
        with self.changed:
            return self.changed.wait_for(until, timeout_s)

    def release(self, how: Literal["go", "give-up"]) -> None:
        """End the wait of `hold`: go on as if nothing were, or as a server whose patience ended."""
        assert self.process.stdin is not None
        self.process.stdin.write(how + "\n")
        self.process.stdin.flush()

    @contextmanager
    def one_more_client(self) -> Iterator[None]:
        """Greeted and let go: whatever the server had to do before, it has done."""
        with smtplib.SMTP(HOST, self.port, local_hostname="localhost"):
            yield

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = Event(**json.loads(line))
            with self.changed:
                self.events.append(event)
                self._counts[event.what] += 1
                self.changed.notify_all()


@contextmanager
def sink(
    faults: Faults | None = None, *, log: Path | None = None, tls: Path | None = None
) -> Iterator[Sink]:
    """Run it until the block ends. `tls` is a folder for its authority; the log is kept."""
    command = [sys.executable, "-m", __name__]
    for name, value in asdict(faults or Faults()).items():
        command += [f"--{name}", str(value)]
    command += ["--log", str(log or os.devnull)]
    ca_file = None
    if tls is not None:
        command += ["--tls", str(tls)]
        ca_file = tls / "ca.pem"
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        server = Sink(port=int(process.stdout.readline()), ca_file=ca_file, process=process)
        listening = threading.Thread(target=server._listen, name="sink")
        listening.start()
        try:
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
            listening.join()


# --- the side of the server ----------------------------------------------------------------------


class _House:
    """What all connections share."""

    def __init__(self, faults: Faults, log: Path) -> None:
        self.faults = faults
        self.came: Counter[str] = Counter()  # recipient → how often
        self.pace = random.Random(faults.seed)  # noqa: S311 no secret
        self.to_hold = faults.hold
        self.held: _Talk | None = None
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def say(self, what: What, to: str, message_id: str) -> None:
        event = Event(what=what, to=to, message_id=message_id, at=time.time())
        line = json.dumps(asdict(event)).encode("ascii") + b"\n"
        os.write(self._log, line)
        os.write(sys.stdout.fileno(), line)


class _Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self, house: _House) -> None:
        self.house = house
        self.buffer = bytearray()
        self.recipient = self.fate = self.token = ""
        self.in_body = self.waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.say("220 sink.example.org ESMTP")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.go_on()

    def go_on(self) -> None:
        """Take from the buffer what is whole, unless this connection waits for something."""
        while not (self.waits or self.transport.is_closing()):
            if self.in_body:
                if not self.take_body():
                    return
            else:
                end = self.buffer.find(b"\r\n")
                if end < 0:
                    return
                line = bytes(self.buffer[:end])
                del self.buffer[: end + 2]
                self.obey(line)

    def obey(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            ways = "XOAUTH2 OAUTHBEARER" if self.house.faults.tokens else "PLAIN"
            self.say("250-sink.example.org", "250-PIPELINING", "250-8BITMIME", f"250 AUTH {ways}")
        elif verb == b"AUTH":
            if self.house.faults.tokens:
                said = b64decode(line.split()[2]).decode()
                self.token = said.partition("auth=Bearer ")[2].partition("\1")[0]
            port = self.house.faults.login_port
            is_right = self.is_let_in_at(port, line) if port else self.is_logged_in
            self.say("235 2.7.0 Welcome" if is_right else "535 5.7.8 Token not accepted")
        elif verb == b"MAIL" and self.is_logged_out_by("log_out_at_mail"):
            self.log_out()
        elif verb == b"RCPT":
            self.recipient = line[line.find(b"<") + 1 : line.find(b">")].decode("ascii")
            self.house.came[self.recipient] += 1
            self.fate = self.house.faults.of(self.recipient, self.house.came[self.recipient])
            self.answer_recipient()
        elif verb == b"DATA":
            if not self.recipient:
                self.say("503 5.5.1 No valid recipients")
                return
            if self.fate == "log_out_at_data":
                self.log_out()
                return
            self.say("354 Go ahead")
            self.in_body = True
            if self.house.to_hold == "354":
                self.hold()
        elif verb == b"QUIT":
            self.say("221 2.0.0 Bye")
            self.transport.close()
        else:
            self.say("250 2.0.0 OK")

    def is_let_in_at(self, port: int, line: bytes) -> bool:
        """What a Dovecot says to this AUTH."""
        trust = ssl.create_default_context(cafile=self.house.faults.login_ca)
        with smtplib.SMTP_SSL("localhost", port, "localhost", context=trust) as dovecot:
            dovecot.ehlo()
            code, _words = dovecot.docmd(line.decode())
            if code == 334:
                code, _words = dovecot.docmd("AQ==" if b"OAUTHBEARER" in line else "")
        return code == 235

    @property
    def is_logged_in(self) -> bool:
        """Whether the provider says so now."""
        where = self.house.faults.tokens
        if not where:
            return True
        parts = urlsplit(where)  # the password stands in it, as Dovecot has it
        who = b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        about = {
            "Authorization": f"Basic {who}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        with closing(HTTPConnection(str(parts.hostname), parts.port)) as provider:
            provider.request("POST", parts.path, urlencode({"token": self.token}), about)
            return bool(json.load(provider.getresponse())["active"])

    def is_logged_out_by(self, fault: str) -> bool:
        by_chance = self.house.pace.random() < getattr(self.house.faults, fault)
        return by_chance or not self.is_logged_in

    def log_out(self) -> None:
        self.house.say("logged-out", self.recipient, "")
        self.recipient = ""
        self.say("530 5.7.57 Client not authenticated to send mail")

    def answer_recipient(self) -> None:
        reply = {
            "refuse_recipient": "450 4.2.0 Greylisted, come back later",
            "shut_down": "421 4.3.2 Service shutting down",
            "turn_away": "421 4.7.0 Too many messages, come back later",
        }.get(self.fate)
        if reply is None:
            self.say("250 2.1.5 OK")
            return
        self.house.say("refused", self.recipient, "")
        self.recipient = ""
        self.say(reply)
        if reply.startswith("421"):
            self.transport.close()

    def take_body(self) -> bool:
        """Whether the body has come whole. Its end is CRLF.CRLF, after a first line at least."""
        if self.buffer and self.house.to_hold == "body":
            self.hold()
            return False
        if self.buffer and self.fate == "drop_in_data":
            self.house.say("cut", self.recipient, self.message_id)
            self.transport.abort()
            return False
        end = self.buffer.find(b"\r\n.\r\n")
        if end < 0:
            return False
        message_id = self.message_id
        del self.buffer[: end + 5]
        self.in_body = False
        if self.fate == "refuse_body":
            self.house.say("refused", self.recipient, message_id)
            self.say("451 4.3.0 Try again later")
            self.recipient = ""
            return True
        if self.fate == "log_out_at_body":
            self.log_out()
            return True
        self.house.say("accepted", self.recipient, message_id)
        if self.house.to_hold == "dot":
            self.hold()
        elif slowest_s := self.house.faults.slowest_ms / 1000:
            self.waits = True
            delay_s = self.house.pace.uniform(0, slowest_s)
            asyncio.get_running_loop().call_later(delay_s, self.answer_body, message_id)
        else:
            self.answer_body(message_id)
        return True

    def answer_body(self, message_id: str) -> None:
        self.waits = False
        recipient, self.recipient = self.recipient, ""
        if self.transport.is_closing():
            self.house.say("unanswered", recipient, message_id)
        elif self.fate == "drop_after_dot":
            self.house.say("unanswered", recipient, message_id)
            self.transport.abort()
        else:
            self.say("250 2.0.0 OK: queued")
            self.house.say("answered", recipient, message_id)
            self.go_on()

    @property
    def message_id(self) -> str:
        """Of the message in the buffer, as far as it has come."""
        start = self.buffer.find(b"Message-ID: ")
        if start < 0:
            return ""
        end = self.buffer.find(b"\r\n", start)
        return self.buffer[start + len("Message-ID: ") : max(end, start)].decode("ascii").strip()

    def hold(self) -> None:
        self.waits, self.house.held = True, self
        self.held_at, self.house.to_hold = self.house.to_hold, ""
        self.house.say("holding", self.recipient, "")

    def release(self, how: str) -> None:
        self.waits = False
        if self.held_at == "dot":
            self.answer_body("")
        if how == "give-up":
            self.say("421 4.4.2 Timeout, closing the connection")
            self.transport.close()
        else:
            self.go_on()

    def say(self, *lines: str) -> None:
        self.transport.write("\r\n".join([*lines, ""]).encode("ascii"))


async def _serve(house: _House, context: ssl.SSLContext | None) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    def read_release() -> None:
        how = sys.stdin.readline().strip()
        if how and house.held is not None:
            house.held.release(how)
        elif not how:  # whoever started it has gone
            loop.remove_reader(sys.stdin)
            stop.set()

    loop.add_reader(sys.stdin, read_release)
    server = await loop.create_server(lambda: _Talk(house), HOST, 0, ssl=context, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()
    server.close()


def main(arguments: Sequence[str]) -> None:
    """Say the port on the first line, then each Event as JSON, until SIGTERM."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}")
    for each in fields(Faults):
        parser.add_argument(f"--{each.name}", type=type(each.default), default=each.default)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--tls", type=Path)
    chosen = vars(parser.parse_args(arguments))
    log, tls = chosen.pop("log"), chosen.pop("tls")
    context = Authority.in_folder(tls).server_context() if tls else None
    asyncio.run(_serve(_House(Faults(**chosen), log), context))


if __name__ == "__main__":
    main(sys.argv[1:])
