"""What a domain publishes about who may send for it: SPF (RFC 7208) and DMARC (RFC 7489).

Read as a receiver does, but for one thing: the address that a provider will send from is not known
before it sends. So SPF is asked whether it names the provider's own published record. Of what it
names by address it stays unknown: the server that letters are handed to is seldom the one that
sends them on. What a test letter shows that came back says more (`signatures`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Literal, NamedTuple

from merge.mail.questions import DnsAnswer, DnsQuestion, Kind

Verdict = Literal["passes", "fails", "unknown"]

Asking = Callable[[DnsQuestion], DnsAnswer]

MOST_LOOKUPS = 10  # RFC 7208 4.6.4
MOST_VOIDS = 2  # the same

_TERM = re.compile(
    r"(?P<qualifier>[-+?~]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?::(?P<value>[^\s/]+))?(?P<length>/\d{1,3})?(?://\d{1,3})?",
    re.IGNORECASE,
)
_MAY_STAND_ALONE = ("a", "mx", "ptr")
_BY_ADDRESS = ("ip4", "ip6")
_MODIFIER = re.compile(r"(?P<name>[a-z][\w.-]*)=(?P<value>\S*)", re.IGNORECASE)


class Finding(NamedTuple):
    """What was found of one mechanism. `code` says why it does not pass; "" where it does."""

    verdict: Verdict
    code: str = ""
    detail: str = ""  # a name of DNS, a number


PASSES = Finding("passes")


class Dmarc(NamedTuple):
    """A domain's policy. Without a record `policy` is "", and `finding` says why."""

    finding: Finding
    policy: str = ""  # "none", "quarantine", "reject"
    is_strict: bool = False  # of DKIM: the very domain, and none above or below it


class _Ended(Exception):
    """The evaluation has come to an end."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def spf(domain: str, published: Sequence[str], ask: Asking) -> Finding:
    """Whether a letter in this domain's name passes that is sent by a provider which has published
    these records ("_spf.example.org") for its customers; it may have published none.

    It passes where the domain's record names such a record.
    """
    try:
        _Spf(domain, published, ask).walk(domain)  # it ends by itself
    except _Ended as end:
        return end.finding
    raise AssertionError("an evaluation has an end")


class _Spf:
    """One evaluation, in the order of RFC 7208 4.6: the first term that matches decides."""

    def __init__(self, domain: str, published: Sequence[str], ask: Asking) -> None:
        self._domain = domain
        self._published = frozenset(map(_folded, published))
        self._ask = ask
        self._lookups = self._voids = 0
        self._is_open = not published  # a term may match, for all that is known

    def walk(
        self,
        domain: str,
        *,
        within: tuple[str, ...] = (),
        is_ours: bool = True,
        is_included: bool = False,
    ) -> None:
        """Evaluate one record; raises _Ended but for one that is included, which may not match.

        What is not `is_ours` is about the servers of others.
        """
        if domain in within:
            raise _Ended(Finding("fails", "spf-loops", domain))
        terms, redirect = self._terms(domain, is_first=not within)
        within = (*within, domain)
        for name, qualifier, value in terms:
            if name == "all":
                if is_included:
                    return  # no match is no match (RFC 7208 5.2)
                self._end(qualifier)
            elif name == "include":
                self._include(value, qualifier, within)
            else:
                if name not in _BY_ADDRESS:
                    self._look_up(name, value or domain)
                self._is_open = self._is_open or is_ours
        if redirect:
            self._count(redirect)
            self.walk(redirect, within=within, is_ours=is_ours, is_included=is_included)
        elif not is_included:
            self._end("?")

    def _include(self, target: str, qualifier: str, within: tuple[str, ...]) -> None:
        self._count(target)
        if "%" in target:  # a macro is about one letter: the address it comes from
            self._is_open = True
            return
        is_ours = is_below(target, self._domain)
        self.walk(target, within=within, is_ours=is_ours, is_included=True)
        if target in self._published:
            raise _Ended(PASSES if qualifier == "+" else Finding("fails", "spf-not-named"))

    def _look_up(self, name: str, target: str) -> None:
        self._count(target)
        if name in ("a", "mx", "exists") and "%" not in target:
            kind: Kind = "MX" if name == "mx" else "A"
            self._heard(DnsQuestion(target, kind))

    def _end(self, qualifier: str) -> None:
        if qualifier == "+":
            raise _Ended(PASSES)
        if self._is_open:
            raise _Ended(Finding("unknown", "spf-by-address"))
        raise _Ended(Finding("fails", "spf-not-named"))

    def _count(self, target: str) -> None:
        self._lookups += 1
        if self._lookups > MOST_LOOKUPS:
            raise _Ended(Finding("fails", "spf-too-many", target))

    def _heard(self, question: DnsQuestion) -> DnsAnswer:
        answer = self._ask(question)
        if not answer.is_definite:
            raise _Ended(Finding("unknown", "spf-unanswered", question.name))
        self._voids += answer.state != "found"
        if self._voids > MOST_VOIDS:
            raise _Ended(Finding("fails", "spf-voids", question.name))
        return answer

    def _terms(self, domain: str, *, is_first: bool) -> tuple[list[tuple[str, str, str]], str]:
        """A record's terms (name, qualifier, value), and where it leads on."""
        answer = self._ask(DnsQuestion(domain, "TXT"))
        if not answer.is_definite:
            raise _Ended(Finding("unknown", "spf-unanswered", domain))
        records = [each for each in answer.values if each.casefold().split(" ", 1)[0] == "v=spf1"]
        if len(records) > 1:
            raise _Ended(Finding("fails", "spf-several", domain))
        if not records:
            code = "spf-none" if is_first else "spf-leads-nowhere"  # RFC 7208 5.2 and 6.1
            raise _Ended(Finding("fails", code, domain))
        terms, redirect = [], ""
        for word in records[0].split()[1:]:
            if found := _TERM.fullmatch(word):
                name, value = found["name"].casefold(), _folded(found["value"] or "")
                if (bool(value) is (name == "all") and name not in _MAY_STAND_ALONE) or (
                    name in _BY_ADDRESS and not _is_network(value + (found["length"] or ""))
                ):
                    raise _Ended(Finding("fails", "spf-broken", word))
                terms.append((name, found["qualifier"] or "+", value))
                if name == "all":
                    return terms, ""  # what is behind it is never looked at
            elif found := _MODIFIER.fullmatch(word):
                if found["name"].casefold() == "redirect":
                    redirect = _folded(found["value"])
            else:
                raise _Ended(Finding("fails", "spf-broken", word))
        return terms, redirect


def _is_network(named: str) -> bool:
    try:
        ip_network(named, strict=False)
    except ValueError:
        return False
    return True


def dmarc(domain: str, ask: Asking) -> Dmarc:
    """The policy of a domain: its own, else that of the nearest domain above it.

    Without a list of public suffixes: nobody above an organisation has a record for it.
    """
    labels = domain.split(".")
    for i in range(max(1, len(labels) - 1)):
        name = ".".join(labels[i:])
        answer = ask(DnsQuestion(f"_dmarc.{name}", "TXT"))
        if not answer.is_definite:
            return Dmarc(Finding("unknown", "dmarc-unanswered", name))
        records = [each for each in answer.values if each.replace(" ", "").startswith("v=DMARC1")]
        if len(records) == 1:
            return _policy(dict(_tags(records[0])), name, is_own=i == 0)
        if records:
            return Dmarc(Finding("fails", "dmarc-broken", name))
    return Dmarc(Finding("fails", "dmarc-none", domain))


def _policy(tags: Mapping[str, str], name: str, *, is_own: bool) -> Dmarc:
    policy = tags.get("p", "")
    if not is_own:
        policy = tags.get("sp", policy)
    if policy not in ("none", "quarantine", "reject"):
        return Dmarc(Finding("fails", "dmarc-broken", name))
    return Dmarc(PASSES, policy, tags.get("adkim", "r") == "s")


def _tags(record: str) -> Iterator[tuple[str, str]]:
    for tag in record.split(";"):
        name, _equals, value = tag.partition("=")
        yield name.strip().casefold(), value.strip().casefold()


def is_aligned(signer: str, domain: str, *, is_strict: bool) -> bool:
    """Whether a signature of this domain counts for a letter in the other's name.

    Two domains below the same one, without either below the other, are taken for strangers.
    """
    if is_strict or signer == domain:
        return signer == domain
    return is_below(signer, domain) or ("." in signer and is_below(domain, signer))


def is_below(name: str, domain: str) -> bool:
    """Whether the name is this domain, or one below it."""
    return name == domain or name.endswith(f".{domain}")


def _folded(name: str) -> str:
    return name.rstrip(".").casefold()
