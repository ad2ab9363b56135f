"""Questions to DNS, many at once: the one door to dnspython.

An answer is definite or it is none. That something is not there needs a proof: the SOA of the zone
that lacks it (RFC 2308 2), which those leave out who answer in a zone's place. A time-out, a
refusal, an answer to something else and names that lead in a circle are all "failed", which says
nothing about the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress

import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from merge.errors import SettingsError
from merge.mail.questions import NOT_ASKED, DnsAnswer, DnsQuestion

AT_ONCE = 100  # questions under way: a router at home answers so many, and 12,000 take no minute
ASKED_FOR_S = 60.0
_TRY_S, _QUESTION_S = 2.0, 6.0
_CONTROLS = ("gmail.com", "orange.fr")  # whoever says that these take no mail says so of anybody


def ask(
    questions: Collection[DnsQuestion],
    servers: str = "",
    *,
    within_s: float = ASKED_FOR_S,
    advance: Callable[[int], object] = lambda n: None,
) -> dict[DnsQuestion, DnsAnswer]:
    """All answers. "not-asked" is all of it where nobody answers, or nobody who can be believed,
    and what is left when the time is up.

    `servers` are "192.0.2.1, 192.0.2.2:5353", "" the system's own, "off" nobody.
    SettingsError("value-unfit").
    """
    found = dict.fromkeys(questions, NOT_ASKED)
    if not found or servers.strip().casefold() == "off":
        return found
    try:
        resolver = _resolver(servers)
    except (dns.resolver.NoResolverConfiguration, OSError):
        return found
    asyncio.run(_ask_all(resolver, found, within_s, advance))
    return found


def _resolver(servers: str) -> dns.asyncresolver.Resolver:
    named = [each.strip() for each in servers.split(",") if each.strip()]
    resolver = dns.asyncresolver.Resolver(configure=not named)
    if named:
        resolver.nameservers = [_server(each) for each in named]
    resolver.timeout, resolver.lifetime = _TRY_S, _QUESTION_S
    resolver.use_edns(0, 0, 1232)  # a long TXT in one packet, where the way lets it
    return resolver


def _server(named: str) -> dns.nameserver.Nameserver:
    host, colon, port = named.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, port = named, "53"
    try:
        address = str(ipaddress.ip_address(host.strip("[]")))
        if int(port) not in range(1, 65536):
            raise ValueError(port)
    except ValueError:
        example = "192.0.2.1, 192.0.2.2:5353, off"
        raise SettingsError(
            "value-unfit", column="PUBLIPOSTAGE_DNS", value=named, example=example
        ) from None
    return dns.nameserver.Do53Nameserver(address, int(port))


async def _ask_all(
    resolver: dns.asyncresolver.Resolver,
    found: dict[DnsQuestion, DnsAnswer],
    within_s: float,
    advance: Callable[[int], object],
) -> None:
    """Fill `found`."""
    left = iter(list(found))

    async def some() -> None:
        for question in left:
            found[question] = await _answer(resolver, question)
            advance(1)

    async def everything() -> None:
        controls = [_answer(resolver, DnsQuestion(name, "MAIL")) for name in _CONTROLS]
        if all(each.state == "found" for each in await asyncio.gather(*controls)):
            await asyncio.gather(*(some() for _ in range(min(AT_ONCE, len(found)))))

    with suppress(TimeoutError):
        await asyncio.wait_for(everything(), within_s)


async def _answer(resolver: dns.asyncresolver.Resolver, question: DnsQuestion) -> DnsAnswer:
    if question.kind in ("TXT", "MX"):
        return await _records(resolver, question.name, question.kind)
    if question.kind == "A":
        return await _address(resolver, question.name)
    servers = await _records(resolver, question.name, "MX")
    if servers.state == "found":
        return DnsAnswer("no-mail") if servers.values == ("",) else servers
    if servers.state != "nothing":
        return servers
    address = await _address(resolver, question.name)
    if address.state == "no-domain":
        return DnsAnswer("failed")  # of one name: there, and not there
    return DnsAnswer("found", (question.name,)) if address.state == "found" else address


async def _address(resolver: dns.asyncresolver.Resolver, name: str) -> DnsAnswer:
    found = await _records(resolver, name, "A")
    return await _records(resolver, name, "AAAA") if found.state == "nothing" else found


async def _records(resolver: dns.asyncresolver.Resolver, name: str, kind: str) -> DnsAnswer:
    try:
        found = await resolver.resolve(name, kind, search=False)
    except dns.resolver.NXDOMAIN as absent:
        replies: Sequence[dns.message.Message] = list(
            absent.responses().values()  # type: ignore[no-untyped-call] # dnspython has no type for it
        )
        return DnsAnswer("no-domain" if all(map(_is_proved, replies)) else "failed")
    except dns.resolver.NoAnswer as absent:
        return DnsAnswer(
            "nothing"
            if _is_proved(absent.response())  # type: ignore[no-untyped-call] # nor for it
            else "failed"
        )
    except (dns.exception.DNSException, OSError, ValueError):
        return DnsAnswer("failed")
    return DnsAnswer("found", tuple(_written(found, kind)))


def _is_proved(reply: dns.message.Message) -> bool:
    """Whether the zone is named that lacks it: one that the name, or its alias, lies in."""
    asked = [each.name for each in reply.question]
    aliases = [
        record.target
        for found in reply.answer
        if found.rdtype == dns.rdatatype.CNAME
        for record in found
    ]
    zones = [each.name for each in reply.authority if each.rdtype == dns.rdatatype.SOA]
    return any(name.is_subdomain(zone) for name in (*asked, *aliases) for zone in zones)


def _written(found: dns.resolver.Answer, kind: str) -> Iterator[str]:
    if kind == "MX":
        for record in sorted(found, key=lambda each: each.preference):
            yield record.exchange.to_text(omit_final_dot=True).rstrip(".").casefold()
    elif kind == "TXT":
        for record in found:
            yield b"".join(record.strings).decode("ascii", "replace")
    else:
        for record in found:
            yield record.address
