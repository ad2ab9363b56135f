"""A mail that came in → what it says about a letter of ours: bounce, delay, auto-reply, answer.

What a mail says of itself decides (RFC 3464, RFC 3834, RFC 5965, RFC 8098); then, for bounces that
follow no standard, `freeform`. Anybody can write a mail:
nothing here is believed beyond what it says, and a mail that cannot be read is an answer without
words, for a person to look at.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import getaddresses, parseaddr
from itertools import pairwise
from urllib.parse import unquote

from merge.mail import phrases
from merge.mail.freeform import read_freely
from merge.mail.message import DIGEST
from merge.mail.notices import (
    arrived,
    bounce_of,
    complaint_about,
    delayed,
    is_rejection,
    reports,
)
from merge.mail.plaintext import BROKEN, attachments_of, header, no_collections, own_words, text_of
from merge.outcome import Bounce, Incoming, Sort

_DIGESTS = re.compile(rf"<({DIGEST})@")
_IN_ADDRESS = re.compile(rf"\+({DIGEST})(?![0-9a-f])")
# Here as below nothing that may go on for long stands beside its like: a mail of spaces alone would
# be searched from each of them to the end.
# What is behind it is only looked at, as it may be the next "Réf.".
_REFERENCE = re.compile(
    r"\br[ée]f(?:[ée]rence)?s?\.?[\s:]*(?:n°\s?)?(?=([0-9A-Za-z][\w.-]{0,40}))", re.IGNORECASE
)
_AUTO_SUBJECT = re.compile(
    r"(r[ée]ponse automatique|automatic reply|auto(matic)?[- ]?re(ply|sponse)|out of (the )?office|"
    rf"accus[ée] (de )?r[ée]ception|autoreply|abwesenheit|{phrases.AUTO_SUBJECT})",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"absen(ce|t)|en cong[ée]s?|votre (message|mail|courriel|demande) (a|est) bien ([ée]t[ée] )?"
    rf"(re[çc]ue?|enregistr[ée]e?|arriv[ée]e?)|{phrases.AWAY}",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(  # Mailinblack and its like hold a letter until somebody has clicked
    r"mail ?in ?black|demande d.authentification|sender verification"
    r"|v[ée]rification de l.exp[ée]dit"
    r"|(confirme[rz]|valide[rz]|authentifie[rz]) (votre|l.) ?(adresse|e-?mail|envoi|exp[ée]diteur)",
    re.IGNORECASE,
)
_SUBJECT_OF_OURS = re.compile(
    rf"\b(re|r[ée]p|tr|fwd?|{phrases.REPLY_PREFIXES})\s?:.*", re.IGNORECASE
)
_TO_WRITE = (
    r"(envo[iy]|[ée]cri|contact|sollicit|adress|d[ée]march|importun|d[ée]rang|relanc|spam|harcel)"
)
_MAIL = (
    r"(courri|m[ea]il|messag|lettre|relance|spam|newsletter|sollicitation)\w*"
    r"|(envoi|pub|publicit[ée])s?"
)
_ME = r"((nous|me|moi|lui|leur|la mairie) |[ml]['’])"
_US = rf"{_ME}?(r[ée]?)?"
_YOURS = rf"(vos|ces|cette|votre|ce genre de|d['’]autres) (\w+ )?({_MAIL})"
_NO_MORE = rf"plus (jamais |aucun\w* |un seul |de |d['’])?(\w+ )?({_MAIL}|rien)"
_BEGINS = r"((?<!\w )|(?<=veuillez )|(?<=faut ))"  # a sentence, or what stands behind a comma
_TO_ITS_END = (
    r"(,? (svp|stp|merci|s['’]il (vous|te) pla[iî]t|maintenant|comme [çc]a|[çc]a|cela|tout|de suite"
    r"|imm[ée]diatement|d[ée]finitivement))*(?=\W*$)"
)
# What a mayor is against, as our letter is.
_NOT_OF_PICTURES = r"(?!.*(image|vid[ée]o|algorithm|biom[ée]tr))"
_TO_PICTURES = (
    r"(?! (à|au|aux) (\w+[ '’])?(cam[ée]ra|vid[ée]o|surveill|algorithm|biom[ée]tr|fichage|vsa\b))"
)
# The foot of a letter quotes the word, and says where to: a language has feet that nobody knows.
_IN_A_FOOT = r"(?!\s?[”“»\"'’].{0,60}@)"
# Roads have them ("au stop, prenez à gauche"), and names do ("l'arrêt Stop Café", "Stop Pub").
_OF_A_ROAD = r"(?<!arr[êe]t )(?<!panneau )(?<!feu )(?<!au )(?<!du )(?<!en )"
_IN_A_NAME = r"(?!(?-i:(?<=Stop) [A-ZÀ-Ý](?!erci)))"
_FRENCH = (
    rf"(?<!non[- ])(?<!auto-){_OF_A_ROAD}stop\b{_IN_A_NAME}{_IN_A_FOOT}{_TO_PICTURES}",
    r"d[ée]sins?cri\w+|d[ée]sabonn\w+",
    rf"ne (plus|pas) (?!h[ée]sit)(\w+ ){{0,3}}{_US}({_TO_WRITE}\w*(er|re)|recevoir|faire parvenir)",
    rf"n(e |['’]){_US}{_TO_WRITE}\w*ez (plus|pas)",
    r"ne (souhait|d[ée]sir|v[eo]u[ltx])\w* (plus|pas) (\w+ ){0,3}(recevoir|[êe]tre)",
    rf"(souhait|d[ée]sir|v[eo]u[ltx]|accept)\w* (plus|pas) (de )?{_YOURS}",
    rf"{_BEGINS}{_NO_MORE}{_TO_ITS_END}|{_NO_MORE} (de votre part|venant de vous)",
    rf"(inutile|(pas|plus|nul) (la peine|besoin)|[ée]vite[rz]|abst\w+(-vous)?) d(e |['’])"
    rf"({_ME}(r[ée]?)?{_TO_WRITE}|relanc|insist)\w*",
    r"(arr[êe]te[rz]?|stoppe[rz]|suspend(re|ez)) (de |d['’]|vos |ces |les |tout |avec \w+ )"
    rf"({_US}{_TO_WRITE}|{_MAIL})\w*",
    rf"{_BEGINS}((arr[êe]te|stoppe)[rz]?|([çc]a|cela) suffit,?( (avec )?{_YOURS})?){_TO_ITS_END}",
    rf"(assez|marre|ras[ -]le[ -]bol) de {_YOURS}|met\w* (fin|un terme) à {_YOURS}",
    r"c['’]est du (spam|pourriel|harc[èe]lement)",
    r"refus(e|ons) (de recevoir )?(vos|tout) (\w+ )?(courri|m[ea]il|message|envoi|lettre)\w*",
    r"laisse[rz][ -](nous|moi) (tranquilles?|en paix)|(foute|fiche)[rz][ -](nous|moi) la paix",
    r"cesse[rz]|(retire|enl[èe]ve|supprime|efface|raye|oublie)[rz][ -]"
    r"(moi|nous|cette adresse|notre adresse|mon adresse)",
    r"(merci de|veuillez|vouloir) (nous|me) (retirer|enlever|supprimer|effacer|rayer|[ôo]ter)"
    r"|radie[rz](?!.*[ée]lect)",
    r"((supprim|retir|effac|enlev)\w+|ray(er|ez)|[ôo]te[rz]) (\w+ ){0,4}"
    r"(listes?|fichiers?|bases?|contacts|adresses?|(coor)?donn[ée]es)\b"
    rf"{_NOT_OF_PICTURES}",
    rf"oppos(e|ons) (à|au) (\w+ ){{0,3}}traitement{_NOT_OF_PICTURES}",
)
_SUPPRESSED = re.compile(
    rf"\b({'|'.join(_FRENCH)}"
    rf"|unsubscribe|do not (contact|write)|remove (me|us)|{phrases.ASKS_TO_STOP})\b",
    re.IGNORECASE,
)
_NO_FAILURES = ("disposition-notification", "feedback-report")  # of the second: no complaint
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;]) ")
_LONGEST_SENTENCE_ASKING = 300
_NAMING = ("Subject", "List-Unsubscribe")
_HEAD_OCTETS = 64_000
_LINES_LOOKED_AT = 60


@no_collections()
def read(data: bytes, *, at: datetime, own: frozenset[str] = frozenset()) -> Incoming | None:
    """What the mail says; None for one that we wrote ourselves (`own` addresses, case-folded).

    `data` may be cut off at any place.
    """
    try:
        return _read(data, at, own)
    except BROKEN:
        return read_head(data, at=at, own=own)


@no_collections()
def read_head(data: bytes, *, at: datetime, own: frozenset[str] = frozenset()) -> Incoming | None:
    """What the headers alone say, of a mail that is broken or takes too much to read: an answer
    without words, for a person to look at. None as in `read`.
    """
    try:
        message = BytesHeaderParser().parsebytes(data[:_HEAD_OCTETS])
        name, address = parseaddr(header(message, "From"))
        quoted = f"{header(message, 'References')} {header(message, 'In-Reply-To')}"
        found = Incoming(
            identity=_identity(message, data),
            sort=Sort.ANSWER,
            at=at,
            sender=address.casefold(),
            sender_name=name,
            subject=header(message, "Subject"),
            digests=tuple(dict.fromkeys(reversed(_DIGESTS.findall(quoted[-8000:])))),
            is_bulk=_is_bulk(message),
            is_given_up=True,
        )
    except BROKEN:
        return unread(data, at=at)
    return None if found.sender in own else found


def unread(data: bytes, *, at: datetime) -> Incoming:
    """A mail of which nothing can be read, not even its headers."""
    identity = hashlib.sha256(data).hexdigest()
    return Incoming(identity=identity, sort=Sort.ANSWER, at=at, is_given_up=True)


@no_collections()
def whole(data: bytes) -> tuple[str, tuple[str, ...]]:
    """What a person reads of a mail, quotes included, and the names of the files that come with it.
    "" and none when there is nothing, or it is broken.
    """
    try:
        message = BytesParser().parsebytes(data)
        return text_of(message), tuple(attachments_of(message))
    except BROKEN:
        return "", ()


def _read(data: bytes, at: datetime, own: frozenset[str]) -> Incoming | None:
    message = BytesParser().parsebytes(data)
    name, address = parseaddr(header(message, "From"))
    sender = address.casefold()
    sort, bounce = _sort(message, data, at, sender)
    if sender in own and sort is Sort.ANSWER:
        return None
    is_answer = sort in (Sort.ANSWER, Sort.AUTO)
    subject, text = header(message, "Subject"), text_of(message)
    words = own_words(text)
    quoted = f"{header(message, 'References')} {header(message, 'In-Reply-To')}"
    found = _DIGESTS.findall(quoted[-8000:])
    if not found and not is_answer:
        # Where a report brings the letter back, or only quotes its headers.
        back = re.findall(_DIGESTS.pattern.encode(), data)
        found = [*_DIGESTS.findall(text), *(digest.decode() for digest in back)]
    words_back = text if is_answer else _brought_back(message)
    return Incoming(
        identity=_identity(message, data),
        sort=sort,
        at=at,
        sender=sender,
        sender_name=name,
        subject=subject,
        digests=tuple(dict.fromkeys(reversed(found))),  # the last is what it answers
        verp=tuple(dict.fromkeys(_IN_ADDRESS.findall(_addressed_to(message)))),
        references=() if found and not is_answer else _references(f"{subject}\n{words_back}"),
        bounce=bounce,
        about=_about(message, bounce),
        complaint=(complaint_about(message) or ("", ()))[0],
        text=words,
        is_bulk=_is_bulk(message),
    )


def _brought_back(message: Message) -> str:
    """What of a letter a report brings back, but for its Message-ID: its provider may have written
    one of its own, and left what else names the letter.
    """
    parts = list(message.walk())
    heads = [unquote(header(each, name)) for each in parts for name in _NAMING]
    return "\n".join((*heads, *map(text_of, parts)))


def _about(message: Message, bounce: Bounce | None) -> tuple[str, ...]:
    """The addresses that a report names: they propose whose it is, and prove nothing."""
    if bounce is None:
        return (complaint_about(message) or ("", ()))[1]
    named = (parseaddr(each)[1].casefold() for each in bounce.to.split(","))
    return tuple(dict.fromkeys(filter(None, named)))


def _references(text: str) -> tuple[str, ...]:
    """The keys behind "Réf."; what ends in a full stop is one with it, and one without."""
    found = _REFERENCE.findall(text)
    return tuple(dict.fromkeys(key for each in found for key in (each, each.rstrip(".-"))))


def _identity(message: Message, data: bytes) -> str:
    """Of a mail that is exported with another first line, the same; of a forged one, another."""
    said = [header(message, name) for name in ("Message-ID", "From", "Date", "Subject")]
    if not said[0]:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _sort(message: Message, data: bytes, at: datetime, sender: str) -> tuple[Sort, Bounce | None]:
    """A report that says nothing of itself that can be read is looked at like any other mail."""
    if complaint_about(message):
        return Sort.COMPLAINT, None
    report = reports(message)
    if report == "delivery-status":
        bounce = bounce_of(message, at=at)
        if bounce is not None:
            return Sort.BOUNCE, bounce
        if delayed(message):
            return Sort.DELAY, None
        if arrived(message):
            return Sort.RECEIPT, None
    elif report in _NO_FAILURES and not is_rejection(message):
        return Sort.RECEIPT, None
    found = read_freely(message, data, at=at, sender=sender, is_report=bool(report))
    if found is not None:
        return found
    return (Sort.AUTO if _is_automatic(message) else Sort.ANSWER), None


def _is_automatic(message: Message) -> bool:
    """RFC 3834 5, and what programs wrote before it or beside it."""
    submitted = header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return True
    if any(message[name] for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponse")):
        return True
    if header(message, "Precedence").lower() in ("auto_reply", "auto-reply"):
        return True
    subject = header(message, "Subject")
    if _CHALLENGE.search(f"{header(message, 'From')} {_own_subject(subject)}"):
        return True
    return bool(_AUTO_SUBJECT.search(subject) or _AWAY.search(_own_subject(subject)))


def _own_subject(subject: str) -> str:
    """What the writer says in it: behind "Re:" stand our own words ("Stop à …", "Absence de …")."""
    return _SUBJECT_OF_OURS.sub("", subject)


def _is_bulk(message: Message) -> bool:
    lists = ("List-Id", "List-Unsubscribe", "List-Post", "Feedback-ID")
    if any(message[name] for name in lists):
        return True
    return header(message, "Precedence").lower() in ("bulk", "list", "junk")


def _addressed_to(message: Message) -> str:
    names = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
    lines = [str(value) for name in names for value in message.get_all(name, [])]
    return " ".join(address for _name, address in getaddresses(lines[:20]))


def asks_to_stop(subject: str, words: str) -> str:
    """The sentence of an answer that asks for no more letters; "" when none does."""
    lines = [_own_subject(subject), *words.split("\n")[:_LINES_LOOKED_AT]]
    broken = (f"{line.rstrip()} {below}" for line, below in pairwise(lines[1:]))
    for line in (*lines, *broken):
        for sentence in _SENTENCE_ENDS.split(line):
            if len(sentence) <= _LONGEST_SENTENCE_ASKING and _SUPPRESSED.search(sentence):
                return sentence.strip()
    return ""
