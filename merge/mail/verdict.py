"""An SMTP reply, out of its lines (RFC 5321 4.2.1) → what it says, and about whom; pure.

The rule above the rules: only a reply about the mailbox itself fails a recipient. A refusal of
the sender, the quota or the content says nothing about the mayor; failing the recipient for it
would send a letter on paper to somebody whose e-mail works. So when in doubt the account pauses,
which loses nothing.

Sources: RFC 5321 4.2 (reply codes), RFC 3463 with the IANA registry (enhanced codes), RFC 4954
(AUTH), and the codes of Orange and La Poste: postmaster.orange.fr, and the list of replies seen
in the wild that the bounce reader Sisimai keeps.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from merge.model import Status
from merge.outcome import Aim, Outcome, Phase

LONGEST_LINE = 10_000  # octets of a line; RFC 5321 4.5.3.1.5 allows 512
MOST_LINES = 100

NO_REPLY = -1
"""The code of what is no reply: no code, several of them, or no end."""

MOST_WORDS = 500

_ENHANCED = re.compile(r"^#?([245]\.\d{1,3}\.\d{1,3})(?![.\d])")
_REPEATED_ENHANCED = re.compile(r"\n#?[245]\.\d{1,3}\.\d{1,3}\s+")


def goes_on(line: bytes, lines_before: int) -> bool:
    """Whether another line follows this one: "250-". A reply of MOST_LINES is cut."""
    return line[3:4] == b"-" and line[:3].isdigit() and lines_before + 1 < MOST_LINES


def code_of(lines: Sequence[bytes]) -> int:
    """The code that every line begins with, else NO_REPLY.

    "550-…" and then "250 …" says that it was refused and that it was taken: whoever believes either
    half may write twice, or not at all.
    """
    first = lines[0][:3]
    if len(first) != 3 or not first.isdigit() or lines[-1][3:4] == b"-":
        return NO_REPLY
    if len(lines) > 1 and any(line[:3] != first for line in lines):
        return NO_REPLY
    return int(first)


def words_of(code: int, lines: Sequence[bytes]) -> bytes:
    """What a reply says behind its code; of what is no reply, everything."""
    start = 4 if code > 0 else 0
    return b"\n".join([line[start:].rstrip(b"\r\n") for line in lines])


# What a reply comes to.
_Verdict = tuple[Status, Aim]
_FAILS: _Verdict = (Status.FAILED, Aim.RECIPIENT)
_WAITS: _Verdict = (Status.DEFERRED, Aim.RECIPIENT)
_PAUSES: _Verdict = (Status.DEFERRED, Aim.ACCOUNT)
_RECONNECTS: _Verdict = (Status.DEFERRED, Aim.CONNECTION)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of the table. What is empty matches everything; the first rule that fits wins."""

    verdict: _Verdict
    codes: str = ""  # matched whole
    enhanced: str = ""  # matched whole
    words: str = ""  # searched for, in any case
    phases: frozenset[Phase] = frozenset()

    def fits(self, phase: Phase, code: str, enhanced: str, words: str) -> bool:
        return (
            (not self.phases or phase in self.phases)
            and (not self.codes or re.fullmatch(self.codes, code) is not None)
            and (not self.enhanced or re.fullmatch(self.enhanced, enhanced) is not None)
            and (not self.words or re.search(self.words, words, re.IGNORECASE) is not None)
        )


_BEFORE_RCPT = frozenset({Phase.CONNECT, Phase.LOGIN, Phase.MAIL})
_FROM_RCPT_ON = frozenset(Phase) - _BEFORE_RCPT
_AT_RCPT = frozenset({Phase.RCPT, Phase.BOUNCE})
_WHERE_WE_LOGGED_IN = frozenset(Phase) - {Phase.BOUNCE}
_AT_BODY = frozenset({Phase.BODY})

_THE_SENDER = (
    r"\b(sender|return.?path|mail from|client|relay|your (account|mailbox|address)"
    r"|exp[ée]diteur|votre (compte|bo[iî]te|adresse))\b"
)
_TOO_FAST = r"\brates?\b|throttl|too (many|much|fast)|slow down|limit"
# What one account may send in a day: said with the codes of a mailbox too, but of no mailbox, which
# has a limit of what it takes.
_OUR_QUOTA = (
    r"\A(?!.*\b(receiv\w+|recipient.s|in(coming|bound))\b).*("
    r"\b(daily|hourly|send(ing|er)?|submission|outgoing|outbound)\b.{0,20}\b(quota|limit)"
    r"|\bquota\b.{0,9}\benvoi|\b(quota|limite)\b.{0,9}\b(journali|horaire)"
    r"|\bmax(imum)?\b.{0,40}\b(per|an?|par) (hour|day|heure|jour)\b)"
)
_ABOUT_US = (
    rf"{_TOO_FAST}|spam|block|polic|blacklist|deny ?list|reputation|dnsbl|\brbl\b|abus"
    r"|authenticat|\bspf\b|\bdkim\b|\bdmarc\b|prohibit|denied|not (permitted|allowed|authorized)"
)
# An account that nobody says is the recipient's is the one that logged in here; in a report, where
# nobody logged in, it is the recipient's.
_SHUT = (
    r"(suspended|disabled|deactivated|locked|blocked"
    r"|(suspendu|désactivé|desactive|bloqué|bloque|verrouillé|verrouille)e?)\b"
)
_OUR_ACCOUNT_SHUT = (
    r"\A(?!.*(recipient|mailbox|\buser|address|inbox|destinataire|utilisateur|bo[iî]te|adresse"
    r"|message to|you tried|you are trying)).*"
    rf"(\b(account|compte)\b.{{0,40}}\b{_SHUT}|\b{_SHUT}.{{0,20}}\b(account|compte)\b)"
)
_MAILBOX_FULL = r"(mailbox|user|recipient|account|inbox|bo[iî]te).{0,40}(full|quota|pleine|storage)"
_NO_MAILBOX = (
    r"(user|mailbox|recipient|address|account|destinataire|utilisateur).{0,60}"
    r"(unknown|not (found|exist)|no longer|does ?n.t exist|does not exist|invalid|disabled"
    r"|unavailable|inconnu|invalide|inexistant)"
    r"|(no such|unknown|invalid) (user|mailbox|recipient|address|account|local part)|no mailbox"
    r"|user does ?n.t have an? \S+ account"  # Yahoo's
    r"|mailbox name not allowed"  # the words of RFC 5321 4.2.3 for 553
)
# Said with the codes of a policy too (SFR, Sun), and before the name of a relay. Nothing in such a
# reply may be about whoever sends: of what has both, nobody knows which it means.
_NOBODY_THERE = (
    rf"\A(?!.*({_THE_SENDER.replace('relay', 'relay(?!=)')}|spam|polic|black|reputation|dnsbl"
    r"|\brbl\b|\bspf\b|dkim|dmarc|authenticat)).*"
    r"((user|recipient|mailbox|addressee|destinataire|utilisateur)\b.{0,30}"
    r"\b(unknown|not found|does ?n.t exist|does not exist|disabled|inconnu|inexistant)"
    r"|\b(no such|unknown|invalid|disabled) (user|recipient|mailbox|addressee))"
)
# RFC 4954 6, RFC 5248 (5.7.8), Microsoft's 5.7.57 "not authenticated to send"; and who closes the
# connection when the token that opened it has run out.
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_LOGIN_ENHANCED = frozenset({"5.7.8", "5.7.57"})
_TOKEN_IS_OVER = re.compile(
    r"\b(access|bearer|oauth\w*|auth\w*)[ -]token|\b(token|authentication|session)\b.{0,20}"
    r"\b(expired|revoked|no longer valid)|re-?authenticat",
    re.IGNORECASE,
)
_OPERATOR = r"\b(OFR|LPN|OUK)\w{0,3}_?"

_RULES = (
    # Orange, Wanadoo and La Poste end their words with a code of their own (OFR, LPN, OUK) and
    # put it behind almost any enhanced code, so it is read first. 416 no such user, 417 mailbox
    # full, 420 archived, 426 closed are about the mailbox. The others are about us: 1xx block
    # lists and rates, 2xx and 3xx names and SPF, 40x the sender, 5xx spam and DMARC, 99x
    # reputation.
    _Rule(_FAILS, codes=r"5..", words=rf"{_OPERATOR}(416|417|420|426)\b", phases=_FROM_RCPT_ON),
    _Rule(_WAITS, codes=r"4..", words=rf"{_OPERATOR}(416|417|420|426)\b", phases=_FROM_RCPT_ON),
    _Rule(_PAUSES, words=rf"{_OPERATOR}\d{{3}}\b"),
    # RFC 4954 4 and 6: 530 authentication required, 534, 535 and 538 it failed; 432, 454 for now.
    _Rule(_PAUSES, codes=r"53[0458]|432|454"),
    # RFC 5321 3.8: the server closes this connection. RFC 3463 X.3.2, X.4.2: it shuts down, or
    # this connection was idle or has carried enough; a fresh one may do. Any other 421 is how
    # providers say "too much, go away for a while".
    _Rule(_RECONNECTS, codes="421", enhanced=r"4\.(3\.[02]|4\.[12])"),
    _Rule(
        _RECONNECTS,
        codes="421",
        words=r"timed? ?out|timeout|idle|shutting down|messages (in|on|per) (this|one) connection",
    ),
    _Rule(_PAUSES, codes="421"),
    # Before RCPT the server has not heard of the recipient: whatever it refuses is the sender.
    _Rule(_PAUSES, phases=_BEFORE_RCPT),
    # What an account may send is spent. Microsoft's 5.2.12Z is how much one mailbox takes.
    _Rule(_FAILS, enhanced=r"5\.2\.12[12]"),
    _Rule(_PAUSES, words=_OUR_QUOTA),
    # 4xx. Greylisting is about the pair (RFC 6647 2.1) and passes; but a sender is slowed down
    # with 450 and 452 too. X.1.7, X.1.8: the sender's address.
    _Rule(_WAITS, codes=r"4..", words=r"gr[ea]y ?list"),
    _Rule(_PAUSES, codes=r"4..", enhanced=r"4\.1\.[78]|4\.4\.5"),
    _Rule(_WAITS, codes=r"4..", enhanced=r"4\.[12]\..*"),
    _Rule(
        _PAUSES,
        codes=r"4..",
        enhanced=r"(4\.7\..*|4\.5\.3)?",  # 4.5.3 is too many recipients: of one, a quota
        words=rf"{_TOO_FAST}|{_THE_SENDER}|\bquota|spam|reputation|block",
    ),
    _Rule(_WAITS, codes=r"4.."),
    # The recipient does not exist, says a server that takes this for a matter of its policy. 5.7.13
    # (RFC 5248's registry) is a login to a disabled account where we log in.
    _Rule(_PAUSES, enhanced=r"5\.7\.13", words=_OUR_ACCOUNT_SHUT, phases=_WHERE_WE_LOGGED_IN),
    _Rule(_PAUSES, enhanced=r"5\.7\.13", words=_THE_SENDER),
    _Rule(_FAILS, codes=r"5..", enhanced=r"5\.7\.13", phases=_AT_RCPT),
    _Rule(
        _FAILS,
        codes=r"5..",
        enhanced=r"5\.(7\.[01]|3\.0|0\.0)",
        words=_NOBODY_THERE,
        phases=_AT_RCPT,
    ),
    # An Exchange mailbox or group that takes mail from inside only, or from a list of senders.
    _Rule(_FAILS, codes=r"5..", enhanced=r"5\.7\.(124|13[3-6])", phases=_FROM_RCPT_ON),
    _Rule(
        _FAILS,
        codes=r"5..",
        words=r"RESOLVER\.RST\.(Auth|NotAuth|SenderNotAuth|Restricted)",
        phases=_FROM_RCPT_ON,
    ),
    # Microsoft puts its sender's quota and rights under X.2.Z, the mailbox's own.
    _Rule(_PAUSES, enhanced=r"5\.2\..*", words=r"submissionquota|sendas|message limit"),
    # RFC 3463 X.7.Z: security and policy. 5.4.5: Gmail's spent quota; 5.1.90: Microsoft's.
    _Rule(_PAUSES, enhanced=r"5\.7\..*|5\.4\.5|5\.1\.([78]|90)"),
    # X.1.0, X.2.0 and X.4.1 say little: the words say whether it is about us.
    _Rule(
        _PAUSES,
        enhanced=r"5\.([12]\.0|4\.1)",
        words=r"spam|block|relay|reputation|\bsender\b|polic|content",
    ),
    _Rule(
        _PAUSES,
        enhanced=r"5\.[12]\.0",
        words=_OUR_ACCOUNT_SHUT,
        phases=_WHERE_WE_LOGGED_IN,
    ),
    # X.1.Z the address, X.2.Z the mailbox; X.4.1 Microsoft's unknown recipient, X.4.4 no route to
    # its domain, X.6.7 (RFC 6531) its server cannot take such an address.
    _Rule(_FAILS, enhanced=r"5\.([12]\..*|4\.[14]|6\.7)"),
    # The way to its domain goes in a circle or took too long; Exchange Online says so with 5.4.14
    # and 5.4.3ZZ. Behind a body it would be the way that our own server takes.
    _Rule(_FAILS, enhanced=r"5\.4\.([67]|14|3\d\d)", phases=_AT_RCPT),
    # Anything else after the body is about the content (RFC 5321 4.2.5).
    _Rule(_PAUSES, phases=_AT_BODY),
    # RCPT without a useful enhanced code: the words decide. "Sender address unknown" is about us,
    # "user unknown" is not; "account suspended" is, "mailbox disabled" is not; "over quota" is the
    # recipient's where it stands beside "mailbox".
    _Rule(_PAUSES, words=_THE_SENDER),
    _Rule(_PAUSES, words=_OUR_ACCOUNT_SHUT, phases=_WHERE_WE_LOGGED_IN),
    _Rule(_FAILS, phases=_AT_RCPT, words=rf"{_MAILBOX_FULL}|{_NO_MAILBOX}"),
    _Rule(_PAUSES, words=_ABOUT_US),
    # RFC 5321 4.2.3 and 3.3: 550 mailbox unavailable, 551 not local, 552 over its allocation,
    # 553 name not allowed, 501 an argument that it cannot read; RFC 7504 4: 556 no mail at all.
    _Rule(_FAILS, codes=r"55[01236]|501", enhanced=r"(5\.0\.0)?", phases=_AT_RCPT),
    # 500, 502, 503, 504, 554, 555 and the unheard of: something between the server and us.
    _Rule(_PAUSES),
)


def verdict(phase: Phase, code: int, reply: bytes, *, duration_ms: int = 0) -> Outcome:
    """The outcome of a reply that is an error, or that answers the final dot.

    Of a reply that a report tells of (BOUNCE), the server is the recipient's, and the phase not
    known. `code` is 0 or less when the reply was no SMTP. A reply that makes no sense where it
    stands ends the connection, and after the body it proves nothing: UNKNOWN.
    """
    enhanced, words = _read(code, reply)
    status, aim = _judge(phase, code, enhanced, words)
    return Outcome(
        status=status,
        phase=phase,
        aim=aim,
        code=code if 200 <= code <= 599 else None,
        enhanced=enhanced,
        words=words,
        duration_ms=duration_ms,
    )


def is_about_login(outcome: Outcome) -> bool:
    """Whether a refusal is of the login itself, which may have been right when it was made: an
    access token runs out, or is taken back, between any two commands.
    """
    return outcome.code is not None and (
        outcome.code in _LOGIN_CODES
        or outcome.enhanced in _LOGIN_ENHANCED
        or (
            (outcome.code == 421 or outcome.code >= 500)
            and bool(_TOKEN_IS_OVER.search(outcome.words))
        )
    )


def one_line(reply: bytes) -> str:
    """A server's words as one line: no control characters, at most MOST_WORDS characters."""
    return _on_one_line(_decoded(reply))


def _decoded(reply: bytes) -> str:
    try:
        return reply.decode("utf-8")
    except UnicodeDecodeError:
        return reply.decode("latin-1")  # what a French server means that knows no UTF-8


def _on_one_line(text: str) -> str:
    if not text.isprintable():  # few are not, and this is asked of every reply to a letter
        text = "".join(
            " " if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char
            for char in text
        )
    return " ".join(text.split())[:MOST_WORDS]


def _read(code: int, reply: bytes) -> tuple[str, str]:
    text = _decoded(reply).strip()
    found = _ENHANCED.match(text)
    if not found or not found[1].startswith(str(code)[:1]):  # RFC 2034 4: the classes agree
        return "", _on_one_line(text)
    rest = text[found.end() :]
    if "\n" in rest:  # RFC 2034 4 repeats the code on every line; once is enough for people
        rest = _REPEATED_ENHANCED.sub("\n", rest)
    return found[1], _on_one_line(rest)


def _judge(phase: Phase, code: int, enhanced: str, words: str) -> _Verdict:
    if phase is Phase.BODY and 200 <= code <= 299:
        return Status.SENT, Aim.RECIPIENT
    if 400 <= code <= 599:
        return next(r.verdict for r in _RULES if r.fits(phase, str(code), enhanced, words))
    return (Status.UNKNOWN, Aim.CONNECTION) if phase is Phase.BODY else _RECONNECTS
