"""A DNS of the tests' own on loopback, with whatever zones a test wants, and with faults.

    with serving({"example.org": {"MX": ["10 mx.example.org."]}}) as server:
        answers = ask(questions, server.address)

A name is what its zone says; beneath a zone, what is not named does not exist; any other name
belongs to the root, which knows nothing else. `Fault`s replace the answer to a name.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.servers.ports import PATIENCE_S

HOST = "127.0.0.1"

Zone = Mapping[str, Sequence[str]]
"""Records of one name, by type: {"MX": ["10 mx.example.org."]}. "CNAME" is followed once."""

Fault = Literal["silent", "servfail", "wrong-id", "other-question", "truncated", "unproved"]
"""silent: no answer. truncated: by UDP only its beginning. unproved: it lacks the SOA."""

CONTROLS: Mapping[str, Zone] = {
    "gmail.com": {"MX": ["5 gmail-smtp-in.l.google.com."]},
    "orange.fr": {"MX": ["10 smtp-in.orange.fr."]},
}
"""What a DNS that can be believed knows."""


@dataclass(kw_only=True)
class DnsServer:
    """One that runs; `asked` counts questions by name and type."""

    names: Mapping[str, Zone]
    faults: Mapping[str, Fault] = field(default_factory=dict)
    port: int = 0
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def address(self) -> str:
        """As PUBLIPOSTAGE_DNS wants it."""
        return f"{HOST}:{self.port}"

    def reply(self, wire: bytes, *, by_tcp: bool) -> bytes | None:
        query = dns.message.from_wire(wire)
        (asked,) = query.question
        name = asked.name.to_text(omit_final_dot=True).casefold()
        self.asked[name, dns.rdatatype.to_text(asked.rdtype)] += 1
        reply = dns.message.make_response(query, recursion_available=True)
        fault = self.faults.get(name)
        if fault == "silent":
            return None
        if fault == "servfail":
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply.to_wire()
        if fault == "other-question":
            reply.question = [
                dns.rrset.RRset(dns.name.from_text("evil.test."), asked.rdclass, asked.rdtype)
            ]
        if fault == "wrong-id":
            reply.id = (query.id + 1) % 65536
        if fault == "truncated" and not by_tcp:
            reply.flags |= dns.flags.TC
            return reply.to_wire()
        self._fill(reply, name, asked.rdtype, proves=fault != "unproved")
        return reply.to_wire(max_size=65535)

    def _fill(
        self, reply: dns.message.Message, name: str, kind: dns.rdatatype.RdataType, *, proves: bool
    ) -> None:
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            zone = self.names.get(name)
            if zone is None:
                reply.set_rcode(dns.rcode.NXDOMAIN)
                break
            alias = zone.get("CNAME")
            records = alias or zone.get(dns.rdatatype.to_text(kind))
            if not records:
                break
            reply.answer.append(
                dns.rrset.from_text(
                    f"{name}.", 60, "IN", dns.rdatatype.CNAME if alias else kind, *records
                )
            )
            if not alias:
                return
            name = alias[0].rstrip(".").casefold()
        if proves:
            zone_of_it = name.split(".", 1)[-1] if reply.rcode() == dns.rcode.NXDOMAIN else name
            told = "ns.test. root.test. 1 60 60 60 60"
            reply.authority.append(dns.rrset.from_text(f"{zone_of_it}.", 60, "IN", "SOA", told))


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._server.reply(data, by_tcp=False)
        if answer is not None:
            self._transport.sendto(answer, addr)  # type: ignore[attr-defined]


async def _listen(server: DnsServer, ready: threading.Event, end: asyncio.Event) -> None:
    async def by_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(2), "big")
        answer = server.reply(await reader.readexactly(length), by_tcp=True)
        if answer is not None:
            writer.write(len(answer).to_bytes(2, "big") + answer)
            await writer.drain()
        writer.close()

    listening = await asyncio.start_server(by_tcp, HOST, server.port)
    server.port = listening.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(
        lambda: _Udp(server), local_addr=(HOST, server.port)
    )
    ready.set()
    async with listening:
        await end.wait()
    udp.close()


@contextmanager
def serving(
    names: Mapping[str, Zone],
    faults: Mapping[str, Fault] | None = None,
    *,
    is_believable: bool = True,
) -> Iterator[DnsServer]:
    """A server in a thread, which knows the `CONTROLS` too if it `is_believable`."""
    known = {**(CONTROLS if is_believable else {}), **names}
    server = DnsServer(names=known, faults=faults or {})
    ready, loop, end = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(_listen(server, ready, end)), daemon=True
    )
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()
