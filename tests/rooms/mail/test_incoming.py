"""What comes back says what it is: bounces of every shape, delays, auto-replies, answers."""

from __future__ import annotations

import gc
import sys
from base64 import encodebytes
from collections.abc import Callable
from datetime import UTC, datetime
from quopri import encodestring
from traceback import walk_stack

import pytest

from merge.mail.freeform import failed_addresses
from merge.mail.incoming import asks_to_stop, read, whole
from merge.mail.notices import read_bounce
from merge.outcome import Aim, Incoming, Sort
from tests import mails
from tests.examples import each_line
from tests.mails import answer, digest, mail, message_id, report

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
US = frozenset({"groupe@example.org"})
FROM_A_DAEMON = "From: MAILER-DAEMON@mx.example.org\nSubject: failure notice"
IN_HTML = "From: mairie@example.org\nContent-Type: text/html; charset=utf-8"
UNCLOSED = ("<!--", "<a ", "</", "<?")
UNKNOWN = "smtp; 550 5.1.1 <mairie-1@example.org>: Recipient address rejected: User unknown"


def look(data: bytes) -> Incoming:
    found = read(data, at=NOON, own=US)
    assert found is not None
    return found


SHAPES = {
    "a standard report": report("failed", "5.1.1", UNKNOWN),
    "one with the headers alone": report("failed", "5.1.1", UNKNOWN, returned=mails.HEADERS_ONLY),
    "one with the envelope's id": report(
        "failed",
        "5.1.1",
        UNKNOWN,
        returned=mails.NOTHING,
        per_message=f"Original-Envelope-Id: {digest()}@example.org",
    ),
    "exim": mails.EXIM,
    "qmail": mails.QMAIL,
    "postfix of old": mails.POSTFIX_OLD,
    "exim, with nothing back": mails.NOTHING_BACK,
    "exchange, with nothing back": mails.EXCHANGE,
    "about spam": mails.SPAM_FREEFORM,
    "a standard report of a delay": report("delayed", "4.4.1", "smtp; 451 connection timed out"),
    "exim, of a delay": mails.EXIM_DELAY,
}


@each_line
def test_a_bounce_is_one_whatever_its_shape(
    shape: str, sort: str, code: int | None, enhanced: str | None, aim: str | None
) -> None:
    """And which letter it was, where it brings anything of it back."""
    found = look(SHAPES[shape])
    bounce = found.bounce
    said = bounce and (bounce.outcome.code, bounce.outcome.enhanced, bounce.outcome.aim.name)
    assert (found.sort, said) == (Sort[sort], (code, enhanced, aim) if aim else None)
    if bounce:
        is_back = "nothing back" not in shape
        assert bounce.to == "mairie-1@example.org"
        assert bounce.message_id == (message_id() if is_back else "")
        assert (digest() in found.digests) is (is_back and "envelope" not in shape)


FRENCH = "Votre message n'a pas pu être remis à :\n\n{to}\n{line}\n\n{back}"


@each_line
def test_a_refusal_in_words_that_no_pattern_knows_is_a_bounce(
    sender: str, subject: str, line: str, enhanced: str
) -> None:
    for back in (f"Message-ID: {message_id()}", ""):
        body = FRENCH.format(to="mairie-1@example.org", line=line, back=back)
        found = look(mails.freeform(sender, subject, body))
        assert found.sort is Sort.BOUNCE
        assert found.bounce is not None
        assert found.bounce.message_id == (message_id() if back else "")
        assert "mairie-1@example.org" in found.bounce.to
        assert (found.bounce.outcome.code, found.bounce.outcome.enhanced) == (550, enhanced)


@pytest.mark.parametrize(
    ("name", "encode"), [("base64", encodebytes), ("quoted-printable", encodestring)]
)
def test_a_refusal_is_read_in_every_encoding(name: str, encode: Callable[[bytes], bytes]) -> None:
    back = f"Message-ID: {message_id()}"
    line = "550 5.1.1 Boîte inconnue"
    body = FRENCH.format(to="mairie-1@example.org", line=line, back=back)
    encoded = encode(body.encode()).decode()
    more = f"Return-Path: <>\nContent-Transfer-Encoding: {name}"
    found = look(mails.freeform("x@x.example", "Message non remis", encoded, more=more))
    assert found.sort is Sort.BOUNCE
    assert found.bounce is not None
    assert found.bounce.message_id == message_id()
    assert "mairie-1@example.org" in found.bounce.to
    assert found.bounce.outcome.words == "Boîte inconnue"
    assert found.digests == (digest(),)


def test_of_several_answers_of_a_server_the_refusal_counts() -> None:
    line = "451 4.4.1 Pas de réponse\n550 5.1.1 Utilisateur inconnu"
    body = FRENCH.format(to="mairie-1@example.org", line=line, back="")
    bounce = look(mails.freeform("mailer-daemon@x.example", "Votre lettre", body)).bounce
    assert bounce is not None
    assert (bounce.outcome.code, bounce.outcome.enhanced) == (550, "5.1.1")
    assert bounce.outcome.words == "Utilisateur inconnu"


@each_line
def test_what_a_server_surely_gives_up_needs_no_code(sender: str, subject: str, body: str) -> None:
    found = look(mails.freeform(sender, subject, f"{body}\n\n{mails.HEADERS_BACK}"))
    assert found.sort is Sort.BOUNCE
    assert found.bounce is not None
    assert found.bounce.message_id == message_id()
    assert "mairie-1@example.org" in found.about
    assert found.bounce.outcome.aim is Aim.RECIPIENT


@each_line
def test_words_that_a_living_person_may_write_are_no_refusal(
    sender: str, subject: str, body: str
) -> None:
    """An automatic reply comes from nobody, too."""
    for more in ("Return-Path: <>", "Return-Path: <x@example.org>"):
        found = look(mails.freeform(sender, subject, body, more=more))
        assert found.sort in (Sort.ANSWER, Sort.AUTO)


MAILS: dict[str, Callable[..., bytes]] = {
    "answer": lambda subject: answer(subject=subject),
    "answer with": lambda header: answer(more=header),
    "answer of": lambda sender, subject, body: answer(sender=sender, subject=subject, body=body),
    "freeform": lambda sender, subject, body, header="": mails.freeform(
        sender, subject, body, **({"more": header} if header else {})
    ),
    "complaint": mails.complaint,
    "report": lambda action: report(action, "4.0.0", "smtp; 550 no such user"),
    "mail": mail,
}


@each_line
def test_a_mail_is_of_its_sort(made: str, said: tuple[str, ...], sort: str) -> None:
    assert look(MAILS[made](*said)).sort is Sort[sort]


def test_a_refusal_in_the_form_of_a_reading_receipt_is_a_bounce() -> None:
    """As Dovecot writes it."""
    head = """\
From: Mail Delivery Subsystem <postmaster@example.org>
Subject: Automatically rejected mail
Auto-Submitted: auto-replied (rejected)
Content-Type: multipart/report; report-type=disposition-notification; boundary="b\""""
    said = "Your message to <mairie-1@example.org> was automatically rejected:\nQuota exceeded"
    found = look(mail(head, f"--b\n\n{said}\n--b--"))
    assert found.sort is Sort.BOUNCE
    assert found.about == ("mairie-1@example.org",)


@each_line
def test_a_complaint_is_no_answer_and_says_of_which_letter(kind: str) -> None:
    found = look(mails.complaint(kind))
    assert (found.sort, found.complaint) == (Sort.COMPLAINT, kind.lower() or "other")
    assert found.digests == (digest(),)
    assert found.about == ("mairie-1@example.org",)


def test_what_our_own_subject_says_behind_re_is_not_what_the_writer_says() -> None:
    for subject in ("Re: Absence de caméras à Nice", "RE : Stop à la VSA", "TR: Stop à la VSA"):
        found = look(answer(subject=subject))
        assert found.sort is Sort.ANSWER
        assert asks_to_stop(found.subject, found.text) == ""
    assert look(answer(subject="Absence Re: Pas de VSA")).sort is Sort.AUTO
    stop = look(answer(subject="STOP Re: Pas de VSA"))
    assert asks_to_stop(stop.subject, stop.text) == "STOP"


def test_an_answer_says_which_letter_it_answers_by_either_header() -> None:
    assert look(answer()).digests == (digest(),)
    assert look(answer(more="Auto-Submitted: no")).sort is Sort.ANSWER
    both = answer(refers="<x@y>", more=f"References: {message_id(2)} {message_id(1)}")
    assert look(both).digests == (digest(1), digest(2))  # the last is what it answers


def test_what_a_person_writes_below_names_a_letter_by_its_reference_alone() -> None:
    """And what a server sends back names it by its Message-ID alone."""
    quoted = f"> Message-ID: {message_id(3)}\n> Réf. 80829"
    found = look(answer(refers="", body=quoted))
    assert (found.digests, found.references) == ((), ("80829",))
    refused = f"550 5.1.1 no such user\n{quoted}"
    back = mails.freeform("mailer-daemon@x.example", "Undelivered", refused)
    bounce = look(back)
    assert (bounce.sort, bounce.digests, bounce.references) == (Sort.BOUNCE, (digest(3),), ())


def test_an_address_with_the_digest_in_it_says_which_letter_too() -> None:
    data = answer(refers="").replace(
        b"To: groupe@example.org", f"To: groupe+{digest(7)}@example.org".encode()
    )
    assert look(data).verp == (digest(7),)


def test_our_own_mail_is_nobodys_answer() -> None:
    assert read(answer(sender="Nous <Groupe@Example.org>"), at=NOON, own=US) is None


def test_a_report_that_bears_our_own_address_is_one_all_the_same() -> None:
    assert look(report("failed", "5.1.1", UNKNOWN, sender="groupe@example.org")).sort is Sort.BOUNCE


def test_what_is_quoted_below_is_not_what_the_writer_says() -> None:
    body = """\
Madame, Monsieur,

Le conseil en parlera.

Le 24 nov. 2026 à 10:00, Collectif <groupe@example.org> a écrit :
> Madame la Maire,
> Pour ne plus rien recevoir de nous, dites-le.
> Réf. 00001"""
    found = look(answer(body=body))
    assert found.text == "Madame, Monsieur,\n\nLe conseil en parlera."
    assert found.references == ("00001",)
    assert asks_to_stop(found.subject, found.text) == ""


@each_line
def test_a_reference_is_read_as_people_write_it(subject: str, body: str) -> None:
    assert "80829" in look(answer(subject=subject, body=body, refers="")).references


def test_a_reference_that_ends_with_a_full_stop_is_one() -> None:
    assert "Y." in look(answer(body="Réf. Y.", refers="")).references


OUR_FOOT = """\
Origine de votre adresse : l'annuaire. Pour ne plus recevoir de courrier de notre part, il suffit de
répondre « STOP » à groupe@example.org."""


@each_line
def test_our_own_letter_below_an_answer_asks_for_no_suppression(head: str) -> None:
    quoted = f"{head}\n\nCessez d'installer des caméras.\n\n{OUR_FOOT}" if head else OUR_FOOT
    found = look(answer(body=f"Le conseil en parlera.\n\n{quoted}"))
    assert found.text == "Le conseil en parlera."
    assert asks_to_stop(found.subject, found.text) == ""


def test_an_answer_below_what_it_quotes_is_heard_too() -> None:
    # Thunderbird puts the cursor there.
    quoted = "\n".join(f"> {line}" for line in OUR_FOOT.split("\n"))
    head = "Le 24/11/2026 à 10:00, Collectif a écrit :"
    found = look(answer(body=f"{head}\n{quoted}\n\nMerci de ne plus nous écrire.\n"))
    assert found.text == "Merci de ne plus nous écrire."


@each_line
def test_whoever_asks_to_stop_is_heard(line: str) -> None:
    found = look(answer(body=f"Bonjour,\n{line}\nCordialement"))
    assert asks_to_stop(found.subject, found.text) == line


@each_line
def test_an_ordinary_answer_asks_for_nothing(line: str) -> None:
    found = look(answer(body=line))
    assert asks_to_stop(found.subject, found.text) == ""


def test_a_stop_is_heard_over_the_end_of_a_line_and_within_a_long_one() -> None:
    wish = "Merci de ne plus nous écrire."
    found = look(answer(body="Bonjour.\n\nMerci de ne plus\nnous écrire.\n\nLe secrétariat"))
    assert asks_to_stop(found.subject, found.text) == wish
    found = look(answer(body=f"{'Nous avons lu votre lettre. ' * 20}{wish} Le secrétariat"))
    assert asks_to_stop(found.subject, found.text) == wish
    found = look(answer(body=f"{'Nous avons lu votre lettre, ' * 20}{wish}"))
    assert asks_to_stop(found.subject, found.text) == ""  # nobody asks so


# --- In other languages ---------------------------------------------------------------------------


@each_line
def test_our_letter_is_quoted_in_the_readers_language_and_asks_for_nothing(head: str) -> None:
    # A foot of the campaign's own, in a language that has none of ours.
    foot = "Wenn Sie keine Briefe mehr wünschen, schreiben Sie STOP. No más: STOP. Basta: STOP."
    found = look(answer(body=f"Danke. Gracias. Grazie.\n\n{head}\n\n{foot}"))
    assert found.text == "Danke. Gracias. Grazie."
    assert asks_to_stop(found.subject, found.text) == ""


@each_line
def test_a_foot_that_nothing_marks_as_quoted_asks_for_nothing(foot: str) -> None:
    found = look(answer(body=f"Thank you.\n\n{foot}"))
    assert asks_to_stop(found.subject, found.text) == ""


def test_who_begins_a_sentence_as_a_quotation_begins_is_heard_to_the_end() -> None:
    for line in ("El alcalde nos escribió:", "Il sindaco ha scritto:", "A friend of mine wrote:"):
        body = f"{line}\n\nSTOP"
        assert asks_to_stop("", look(answer(body=body)).text) == "STOP"


@each_line
def test_our_own_subject_behind_the_prefix_of_a_language_is_not_the_writers(prefix: str) -> None:
    found = look(answer(subject=f"{prefix}: Stop! Urlaub fuori sede", body="Danke."))
    assert found.sort is Sort.ANSWER
    assert asks_to_stop(found.subject, found.text) == ""


def test_a_page_whose_head_has_no_end_is_read_and_cells_stay_apart() -> None:
    html = "<html><head><title>x</title><body><table><tr><td>Bonjour.<td>Cessez vos envois.</table>"
    found = look(answer(body=html).replace(b"text/plain", b"text/html"))
    assert found.text == "Bonjour. Cessez vos envois."
    assert asks_to_stop(found.subject, found.text) == "Cessez vos envois."


def test_the_files_that_come_with_a_mail_are_named() -> None:
    head = 'From: m@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"'
    parts = (
        "Content-Type: text/plain\n\nCi-joint.",
        'Content-Type: application/pdf; name="=?utf-8?q?r=C3=A9ponse=1B[2J.pdf?="\n\nx',
        "Content-Type: application/msword\n\nx",
        "Content-Type: image/png; name=logo.png\nContent-ID: <logo>\n\nx",
        "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx",
    )
    data = mail(head, "".join(f"--b\n{part}\n" for part in parts) + "--b--")
    assert whole(data) == ("Ci-joint.", ("réponse[2J.pdf", "application/msword"))
    assert whole(answer())[1] == ()


def test_the_same_mail_is_the_same_from_anywhere_and_a_forged_one_is_another() -> None:
    exported = answer() + b"\r\nX: added by a mail program\r\n"
    assert look(answer()).identity == look(exported).identity
    forged = answer(sender="Autre <autre@example.net>")
    assert look(forged).identity != look(answer()).identity
    nameless = answer(own_id="")
    assert look(nameless).identity != look(nameless + b"x").identity


def test_a_newsletter_is_known_as_one() -> None:
    assert look(answer(more="List-Id: <nouvelles.example.org>")).is_bulk
    assert not look(answer()).is_bulk


# Hostile mails


HTML = """\
From: =?utf-8?q?Mairie_=1B[2J?= <mairie-1@example.org>
Subject: =?utf-8?b?G1szMW1yb3VnZQ==?=
Content-Type: text/html; charset=utf-8"""


def test_html_becomes_words_and_nothing_of_it_runs_or_moves_the_cursor() -> None:
    body = """\
<html><head><title>x</title><style>p{}</style></head><body>
<script>alert('nu')</script><p onclick="evil()">Bonjour&nbsp;!</p>
<p>Voir <a href="https://example.org/piste?id=1">le site</a></p>
<img src="https://example.org/mouchard.gif"><iframe src="https://example.net"></iframe>
\x1b[2J\x1b]0;titre\x07\u202egnidaer</body></html>"""
    found = look(mail(HTML, body))
    assert found.text.startswith("Bonjour !\n")
    assert "le site <https://example.org/piste?id=1>" in found.text
    for never in ("alert", "evil", "\x1b", "\x07", "\u202e", "mouchard", "p{}"):
        assert never not in found.text
    assert "\x1b" not in found.subject + found.sender_name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\xfe" * 1000,
        b"From: a@b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x\r\n--x",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nqapla'",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"From: =?utf-8?b?!!!?= <<<>>>@@\r\nDate: never\r\n\r\nx",
        b"From: =?utf-8?b?a?= <a@b>\r\nSubject: =?utf-8?b?a?=\r\n\r\nx",
        b"Subject: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"References: " + b"<" * 100_000 + b"\r\n\r\n",
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(3000)
        ),
        b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    ],
    ids=[
        *(
            "empty",
            "zeros",
            "no parts",
            "charset",
            "base64",
            "from",
            "cut word",
            "subject",
            "references",
        ),
        *("deep", "within"),
    ],
)
def test_a_broken_mail_is_an_answer_without_words_at_worst(data: bytes) -> None:
    found = look(data)
    assert found.sort is Sort.ANSWER
    assert found.digests == ()
    assert len(found.subject) < 600
    words, attached = whole(data)
    assert isinstance(words, str)
    assert len(attached) < 300


@pytest.mark.parametrize(
    "data",
    [
        mail(FROM_A_DAEMON, " " * 200_000 + "x"),
        mail(FROM_A_DAEMON, f"{' ' * 2_000}x\n" * 500),
        report(
            "failed",
            "5.1.1",
            UNKNOWN,
            returned=f"Content-Type: text/rfc822-headers\n\nMessage-ID: <{'@' * 500_000}\n",
        ),
        mail("From: mairie@example.org", f"On Monday she wrote{' ' * 400_000}x"),
        mail("From: mairie@example.org", f"Réf.{' ' * 400_000}§"),
        *(mail(IN_HTML, sign * 100_000) for sign in UNCLOSED),
    ],
    ids=["spaces", "lines of spaces", "message-id", "she wrote", "reference", *UNCLOSED],
)
def test_a_mail_that_goes_on_and_on_is_read_all_the_same(data: bytes) -> None:
    assert look(data).digests == ()  # and not in hours


def test_of_a_bounce_of_lines_without_end_the_beginning_is_read() -> None:
    """The library that knows a hundred wordings looked at each line for each of them."""
    said = "<mairie-1@example.org>: 550 5.1.1 User unknown"
    assert look(mail(FROM_A_DAEMON, said + "\n" * 150_000)).sort is Sort.BOUNCE
    expected = failed_addresses(mails.EXIM)
    assert expected != ((), ())
    assert failed_addresses(mails.EXIM + b"\r\n" * 150_000) == expected


@pytest.mark.parametrize("sign", UNCLOSED)
def test_html_that_ends_within_a_tag_keeps_the_words_before(sign: str) -> None:
    assert look(mail(IN_HTML, f"<p>Bonjour</p> à vous {sign}")).text == "Bonjour\nà vous"
    assert look(mail(IN_HTML, f"{sign}> à vous")).sort is Sort.ANSWER


def test_the_words_of_qmail_are_those_before_its_code() -> None:
    said = " > Sorry, no mailbox here by that name. (#5.1.1)"
    bounce = look(mail(FROM_A_DAEMON, f"<mairie-1@example.org>:\n{said}")).bounce
    assert bounce is not None
    assert bounce.outcome.words == "Sorry, no mailbox here by that name."
    assert bounce.outcome.enhanced == "5.1.1"


@pytest.mark.parametrize(
    "reads",
    [look, whole, lambda data: read_bounce(data, at=NOON)],
    ids=["read", "whole text", "read bounce"],
)
def test_no_garbage_is_looked_for_at_the_end_of_the_stack(reads: Callable[[bytes], object]) -> None:
    # A file that a collection closes there says on stderr that it cannot be closed.
    parsing = []

    def looks_for_garbage(phase: str, _: dict[str, int]) -> None:
        within = (frame.f_globals["__name__"] for frame, _ in walk_stack(sys._getframe(1)))
        parsing.append("email.feedparser" in within)

    before = gc.get_threshold()
    gc.callbacks.append(looks_for_garbage)
    gc.set_threshold(1)
    try:
        reads(b"Content-Type: message/rfc822\r\n\r\n" * 3000)
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(looks_for_garbage)
    assert gc.isenabled()
    assert not any(parsing)


def test_a_bounce_with_octets_beyond_ascii_shows_nobody_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = b"From: Remise \xe9chou\xe9e <mailer-daemon@example.org>\r\nReturn-Path: <>\r\n\r\nx"
    assert look(data).sort is Sort.ANSWER
    assert caplog.records == []  # what nobody catches goes to stderr
