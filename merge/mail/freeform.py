"""A bounce that follows no standard → whom it is about, and what is said of them.

Whose it is comes first: what daemons are called, the empty return path, what their subjects say.
Only from such a sender a server's code, or its words, are a refusal: a mayor may write of an error
550, and an automatic reply comes from nobody, too. Beside our own patterns stand those of
flufl.bounce; this is the door to it.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime
from email.message import Message
from email.parser import BytesParser

from merge.mail.message import DIGEST
from merge.mail.plaintext import header, text_of
from merge.mail.verdict import one_line, verdict
from merge.model import Status
from merge.outcome import Aim, Bounce, Outcome, Phase, Sort

_LINES_READ = 5_000  # a report stands before the letter that it brings back
_WORDS_READ = 4_000
_DAEMONS = re.compile(
    r"(mailer[-_]?daemon|post_?master|mail-?daemon|mdaemon|.*-bounces?|bounces?|"
    r"mail\.?delivery\w*|microsoftexchange[0-9a-f]+)",
    re.IGNORECASE,
)
_PEOPLE_S_TOO = "postmaster"
_BOUNCES = re.compile(
    r"undeliver|delivery (status|fail)|returned mail|mail delivery|failure notice|"
    r"non (remis|distribu|délivr)|échec de (la )?(remise|distribution)|"
    r"message non|could not be delivered|impossible de remettre|bounce notification",
    re.IGNORECASE,
)
_GIVES_UP = re.compile(  # of those, what says that it is over
    r"undeliver|deliver\w* (has )?fail|returned mail|failure notice|mail fail|"
    r"notification: error|\(failure\)|non (remis|distribu|délivr)|"
    r"échec de (la )?(remise|distribution)|could not be delivered|impossible de remettre",
    re.IGNORECASE,
)
_PASSED_ON = re.compile(r"\s{0,5}(re|r[ée]p|tr|fwd?)\s?:", re.IGNORECASE)
_STILL_TRIES = re.compile(
    r"\bdelay(ed)?\b|not yet been delivered|still (being )?tr(ied|ying)|will continue|"
    r"warning (message )?only|will be retried|could not send \w+ for past|"
    r"only a temporary failure|retard[ée]|pas encore (été|pu)",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(r"permanent|giv(en|ing) up|définitive", re.IGNORECASE)
_SAYS_THAT_IT_FAILED = re.compile(
    r"(could|can) ?not be (delivered|reached|sent)|undeliverable|unable to deliver"
    r"|error (occurred while attempting to deliver|delivering)|did not reach"
    r"|(was|were|been) (automatically )?(rejected|refused|not delivered)"
    r"|(permanent|fatal|delivery) (fatal )?errors?\b|giv(en|ing) up"
    r"|(user|recipient|mailbox|address|domain|account).{0,40}"
    r"(unknown|not found|does not exist|not listed|disabled|incorrect)"
    r"|mailbox is full|quota exceeded|incorrectly\s+constructed"
    r"|pas pu [êe]tre (remis|d[ée]livr|distribu|achemin|envoy)|destinataire.{0,20}inconnu"
    r"|n.existe pas|bo[iî]te.{0,30}pleine",
    re.IGNORECASE,
)
_QMAIL = re.compile(r"^([^\r\n]{3,300}?)\(#([45]\.\d{1,3}\.\d{1,3})\)", re.MULTILINE)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_ADDRESSES_LOOKED_AT = 10
_REFUSALS = ("550", "551", "552", "553", "554")
_CODE = re.compile(
    r"(?<!\d)([45]\d\d)(?:[ :-]{1,5}#?([45]\.\d{1,3}\.\d{1,3}))?[ :-]{1,5}([^\r\n]{3,300})"
)
# Mimecast leaves the reply code out.
_ENHANCED = re.compile(r"^[ >-]{0,5}([45]\.\d{1,3}\.\d{1,3}) ([^\r\n]{3,300})", re.MULTILINE)


def read_freely(
    message: Message, data: bytes, *, at: datetime, sender: str, is_report: bool
) -> tuple[Sort, Bounce | None] | None:
    """A bounce, or a delay; None for what is neither.

    `is_report`: it says of itself that it is a report, in a form that cannot be read.
    """
    if not (is_report or _is_from_a_daemon(message, sender)):
        return None
    # Its words, which an encoding may hide, and all of it as it came, whatever its shape.
    whole = data.decode("utf-8", "replace")
    shown = text_of(message)
    words = shown if shown.strip() else whole.replace("\r\n", "\n").partition("\n\n")[2]
    text = f"{shown}\n{whole}"
    given_up, trying = failed_addresses(data)
    still_tries = _still_tries(message, words)
    if given_up and not still_tries:
        return Sort.BOUNCE, _bounce(text, at, given_up)
    if given_up or trying:
        return Sort.DELAY, None
    by_name = is_report or _is_named_as_one(message, sender)
    surely = is_report or _is_surely_one(message, sender)
    if still_tries:
        return (Sort.DELAY, None) if surely or (by_name and _codes(text)) else None
    if _tells_of_a_refusal(text, by_name=by_name) or (surely and _says_so(message, words, text)):
        return Sort.BOUNCE, _bounce(text, at, _addresses(text))
    return None


def _is_from_a_daemon(message: Message, sender: str) -> bool:
    if message["X-Failed-Recipients"] or _comes_from_nobody(message):
        return True
    return _is_named_as_one(message, sender) or _is_surely_one(message, sender)


def _comes_from_nobody(message: Message) -> bool:
    """As what answers by itself does, lest it be answered (RFC 5321 4.5.5)."""
    return header(message, "Return-Path") == "<>"


def _is_named_as_one(message: Message, sender: str) -> bool:
    """By its sender or its subject: an automatic reply often comes from <> as well.

    A small town may have no other mailbox than postmaster@, and 550 inhabitants.
    """
    if _is_a_daemon_s(sender):
        return True
    subject = header(message, "Subject")
    if _PASSED_ON.match(subject) and not _comes_from_nobody(message):
        return False
    return _is_a_postmaster_s(sender) or bool(_BOUNCES.search(subject))


def _is_surely_one(message: Message, sender: str) -> bool:
    """By a name that nobody has, or by its subject and one more: here words are enough."""
    name = header(message, "From").partition("<")[0].strip(' "')
    if _is_a_daemon_s(sender) or _is_a_daemon_s(name):
        return True
    subject = header(message, "Subject")
    if _PASSED_ON.match(subject):
        return False
    by_subject = _BOUNCES.search(subject) or _GIVES_UP.search(subject)
    return bool(by_subject) and (_is_a_postmaster_s(sender) or _comes_from_nobody(message))


def _is_a_daemon_s(sender: str) -> bool:
    local_part = sender.partition("@")[0]
    return bool(_DAEMONS.fullmatch(local_part)) and not _is_a_postmaster_s(sender)


def _is_a_postmaster_s(sender: str) -> bool:
    return sender.partition("@")[0].lower() == _PEOPLE_S_TOO


def _says_so(message: Message, words: str, text: str) -> bool:
    """In its subject, in Exim's header, or in the words before what it brings back.

    A server's code counts more than such words: where there is one, it was for now.
    """
    if _GIVES_UP.search(header(message, "Subject")) or message["X-Failed-Recipients"]:
        return True
    return not _codes(text) and bool(_SAYS_THAT_IT_FAILED.search(words[:_WORDS_READ]))


def _still_tries(message: Message, words: str) -> bool:
    """Exim's warnings name the same addresses as its bounces do."""
    said = f"{header(message, 'Subject')}\n{words[:_WORDS_READ]}"
    return bool(_STILL_TRIES.search(said)) and not _GIVEN_UP.search(said)


def _tells_of_a_refusal(text: str, *, by_name: bool) -> bool:
    """A server's own refusal, in words that no pattern knows: French, for one.

    A bare number may be of a postal address, unless it is a daemon `by_name` that says it.
    """
    return any(
        enhanced.startswith("5") or (by_name and code in _REFUSALS)
        for code, enhanced, _words in _codes(text)
    )


def _addresses(text: str) -> tuple[str, ...]:
    """What it may be about: a person is asked where a letter was sent there."""
    return tuple(dict.fromkeys(_ADDRESS.findall(text)))[:_ADDRESSES_LOOKED_AT]


def _codes(text: str) -> list[tuple[str, str, str]]:
    """(reply code, enhanced code, words) of each line that looks like a server's.

    qmail writes "Sorry, no mailbox here by that name. (#5.1.1)".
    """
    found: list[tuple[str, str, str]] = _CODE.findall(text)
    if found:
        return found
    bare = [(words, code) for code, words in _ENHANCED.findall(text)]
    bare += _QMAIL.findall(text)
    return [(f"{code[0]}50", code, words.strip(" >")) for words, code in bare]


def _bounce(text: str, at: datetime, given_up: tuple[str, ...]) -> Bounce:
    """The server's line decides whether it is about the mailbox or about us; without one, 550."""
    codes = _codes(text)
    code, enhanced, words = next(
        (found for found in codes if found[0].startswith("5")), codes[0] if codes else ("", "", "")
    )
    told = one_line(f"{enhanced} {words}".encode())
    reply = verdict(Phase.BOUNCE, 550 if not code.startswith("5") else int(code), told.encode())
    ids = re.findall(rf"<{DIGEST}@[^<>\s]+>", text)
    return Bounce(
        message_id=ids[-1] if ids else "",
        to=", ".join(given_up),
        at=at,
        outcome=Outcome(
            status=Status.BOUNCED,
            phase=Phase.BOUNCE,
            aim=Aim.ACCOUNT if reply.aim is Aim.ACCOUNT and codes else Aim.RECIPIENT,
            code=int(code) if code else None,
            enhanced=enhanced,
            words=one_line(words.encode()),
        ),
    )


def failed_addresses(data: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses that a bounce gives up, and those for which a server still tries.

    The library's patterns were written for real mails, not for hostile ones: whatever it trips
    over is a mail that it does not know. It looks at each line a hundred times: of a mail that is
    very long it gets the beginning.
    """
    from flufl.bounce import all_failures

    # It tells of each of its own exceptions with a traceback, which nobody can do anything about.
    logging.getLogger("flufl.bounce").disabled = True
    try:
        beginning = b"\n".join(data.split(b"\n", _LINES_READ)[:_LINES_READ])
        trying, given_up = all_failures(BytesParser().parsebytes(beginning))
    except Exception:  # each of its seventeen detectors has failures of its own
        return (), ()
    return _texts(given_up), _texts(trying)


def _texts(addresses: frozenset[bytes]) -> tuple[str, ...]:
    return tuple(sorted(address.decode("utf-8", "replace") for address in addresses))
