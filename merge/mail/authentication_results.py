"""What the server that took a letter says of it: Authentication-Results (RFC 8601).

Anybody can write such a field, so only the topmost counts, and that only from a server that takes
mail for the mailbox (`merge.mail.receivers`), of a letter that reached it from elsewhere.

Read without a library: `authres` has had no release since 2019, has no wheel, and refuses what
Microsoft writes (results without a name before them) and what Yahoo calls "unknown".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from merge.mail.authentication import PASSES, Finding, is_aligned, is_below
from merge.mail.receivers import beside
from merge.mail.verdict import one_line

Method = Literal["spf", "dkim", "dmarc"]

_LONGEST = 8_000  # of a field, which takes some hundreds
_MOST_HOPS = 50
_MOST_WORDS = 200
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"(authentication-results|received)[ \t]*:", re.IGNORECASE)
_RESULT = re.compile(
    r"\s*(?P<method>[a-z][a-z0-9-]*)\s*(?:/\s*\d+\s*)?=\s*(?P<result>[a-z]+)(?![\w-])",
    re.IGNORECASE,
)
_PROPERTY = re.compile(
    r'(?<![\w.-])(?P<name>[a-z]+\s*\.\s*[a-z-]+)\s*=\s*(?P<value>"[^"]*"|[^\s"]+)', re.IGNORECASE
)
_REASON = re.compile(r'(?<![\w.-])reason\s*=\s*("[^"]*"|[^\s"]+)', re.IGNORECASE)
_FROM = re.compile(r"\s*from\s+(?P<said>[^\s()]+)\s*(?:\((?P<found>[^()]*)\))?", re.IGNORECASE)
_BY = re.compile(r"(?<!\S)by\s+(?P<name>[^\s();]+)", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z][a-z0-9-]+", re.IGNORECASE)
_NOWHERE = ("local", "localdomain", "internal", "lan", "intern", "home", "arpa")

_ABOUT: Mapping[str, Sequence[str]] = {
    "spf": ("smtp.mailfrom", "smtp.mail"),
    "dkim": ("header.d", "header.i"),
    "dmarc": ("header.from",),
}
"""Which property names the domain that was looked at, by method."""

_FAILURES = frozenset({"fail", "hardfail", "softfail", "permerror", "policy", "neutral", "none"})


class MethodResult(NamedTuple):
    """What one method found: the result's word, of which domain, and the server's own words."""

    method: str
    result: str
    domain: str
    words: str


class Judged(NamedTuple):
    """What became known of a message. `code` says why nothing did: "came-from-inside" (it never
    left the provider), "no-results", "unknown-server", which `server` is the name of.
    """

    code: str
    server: str = ""  # "" also of one that does not say its name
    results: tuple[MethodResult, ...] = ()


UNHEARD = Finding("unknown", "unheard")


def judged(data: bytes, takers: Collection[str], *, is_nameless: bool, sender: str) -> Judged:
    """What the server says that took this message. `takers` are the names below which it may be,
    `is_nameless` whether it may leave its own out, `sender` the server that letters are handed to.
    """
    if not _came_from_elsewhere(data, takers, sender):
        return Judged("came-from-inside")
    text = next(_fields(data, b"authentication-results"), "")
    parts = _parts(text) if text else None
    if parts is None:
        return Judged("no-results")
    name = parts[0][0]
    if "=" in name:
        return Judged("", "", _results(parts)) if is_nameless else Judged("no-results")
    server, *version = name.split() or [""]
    if not server or version not in ([], ["1"]):
        return Judged("no-results")
    server = _domain(server)
    if not any(is_below(server, each) for each in takers):
        return Judged("unknown-server", one_line(server.encode())[:_MOST_WORDS])
    return Judged("", server, _results(parts[1:]))


def said_of(
    method: Method, results: Sequence[MethodResult], domain: str, *, is_strict: bool = False
) -> Finding:
    """What these say of a letter in this domain's name; `is_strict` as `is_aligned` has it.

    Of several signatures one that holds is enough (RFC 6376 6.1); else the first result counts.
    """
    its = [each for each in results if each.method == method]
    if method != "dkim":
        its = its[:1]
    for each in its:
        # DMARC is about the domain in From alone, and few repeat it.
        about = each.domain or (domain if method == "dmarc" else "")
        if each.result == "pass" and is_aligned(about, domain, is_strict=is_strict):
            return PASSES
    if not its or not all(each.result in _FAILURES for each in its):
        return UNHEARD  # of another domain, a time-out of theirs, a word of their own
    said = ": ".join(filter(None, (its[0].result, its[0].words)))
    return Finding("fails", f"{method}-heard", said)


def _came_from_elsewhere(data: bytes, takers: Collection[str], sender: str) -> bool:
    """Whether a server below one of these names took the message from one that is below none.

    What the first server took came from a person's machine: that counts only where it was handed
    over by the server that sends for them, or by one beside it.
    """
    hops = [_hop(each) for each in islice(_fields(data, b"received"), _MOST_HOPS)]
    for i, (names, taker) in enumerate(hops):
        is_ours = any(is_below(taker, each) for each in takers)
        is_foreign = names and not any(is_below(n, each) for n in names for each in takers)
        is_first = i == len(hops) - 1
        by_sender = any(is_below(name, beside(sender)) for name in names)
        if is_ours and is_foreign and (by_sender or not is_first):
            return True
    return False


def _results(parts: Sequence[tuple[str, str]]) -> tuple[MethodResult, ...]:
    results = []
    for text, comment in parts:
        if named := _RESULT.match(text):
            method = named["method"].casefold()
            about = {
                "".join(each["name"].casefold().split()): _domain(each["value"])
                for each in reversed([*_PROPERTY.finditer(text)])
            }
            reason = _REASON.search(text)
            words = reason[1].strip('"') if reason else comment
            results.append(
                MethodResult(
                    method=method,
                    result=named["result"].casefold(),
                    domain=next((about[p] for p in _ABOUT.get(method, ()) if about.get(p)), ""),
                    words=one_line(words.encode("utf-8", "replace"))[:_MOST_WORDS],
                )
            )
    return tuple(results)


def _domain(value: str) -> str:
    return value.strip('"<>').rpartition("@")[2].rstrip(".").casefold()


def _fields(data: bytes, name: bytes) -> Iterator[str]:
    """The values of these fields, the topmost first, on one line each; "" of one that is too long.

    A field goes on in lines that begin with white space (RFC 5322 2.2.3).
    """
    lines = _HEAD_ENDS.split(data, maxsplit=1)[0].split(b"\n")
    starts = [i for i, line in enumerate(lines) if line[:1] not in (b" ", b"\t")]
    for n, start in enumerate(starts[:1_000]):
        named = _FIELD.match(lines[start])
        if named and named[1].lower() == name:
            end = starts[n + 1] if n + 1 < len(starts) else len(lines)
            value = b" ".join([lines[start][named.end() :], *lines[start + 1 : end]])
            yield value.decode("utf-8", "replace") if len(value) <= _LONGEST else ""


def _parts(text: str) -> list[tuple[str, str]] | None:
    """What stands between semicolons, each without its comments, and these; None where quotes or
    parentheses do not match (RFC 5322 3.2.2, RFC 8601 2.2).
    """
    parts: list[tuple[list[str], list[str]]] = [([], [])]
    depth, is_quoted, is_escaped = 0, False, False
    for char in text:
        bare, comment = parts[-1]
        into = comment if depth else bare
        if is_escaped:
            into.append("?" if char in '"\\' else char)  # no quote ends where a quoted one stands
            is_escaped = False
        elif char == "\\" and (depth or is_quoted):
            is_escaped = True
        elif char == '"' and not depth:
            is_quoted = not is_quoted
            bare.append(char)
        elif is_quoted:
            bare.append(char)
        elif char == "(":
            into.append(char if depth else " ")
            depth += 1
        elif char == ")" and depth:
            depth -= 1
            comment.append(char if depth else " ")
        elif char == ";" and not depth:
            parts.append(([], []))
        else:
            into.append(char)
    if depth or is_quoted:
        return None
    return [("".join(bare).strip(), "".join(comment).strip()) for bare, comment in parts]


def _hop(received: str) -> tuple[Sequence[str], str]:
    """Under which names a server is known that handed a message over, and who took it."""
    parts = _parts(received)
    by, since = _BY.search(parts[0][0] if parts else ""), _FROM.match(received)
    taker = _domain(by["name"]) if by else ""
    told = f"{since['said']} {since['found'] or ''}" if since else ""
    names = (_domain(word) for word in told.split() if _NAME.fullmatch(word.rstrip(".")))
    return [name for name in names if name.rpartition(".")[2] not in _NOWHERE], taker
