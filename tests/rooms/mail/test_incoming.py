"""What comes back says what it is: bounces of every shape, delays, auto-replies, answers."""

from __future__ import annotations

import gc
import sys
from base64 import encodebytes
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from quopri import encodestring
from traceback import walk_stack

import pytest

from merge.mail.freeform import failed_addresses
from merge.mail.incoming import asks_to_stop, attachments, read, whole_text
from merge.mail.notices import read_bounce
from merge.outcome import Aim, Incoming, Sort
from tests import mails
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


BOUNCES = {
    "postfix": report("failed", "5.1.1", UNKNOWN),
    "headers only": report("failed", "5.1.1", UNKNOWN, returned=mails.HEADERS_ONLY),
    "mailbox full": report("failed", "5.2.2", "smtp; 552 5.2.2 mailbox full"),
    "expired 4.x": report("failed", "4.4.7", "smtp; 451 4.4.1 no answer from host; expired"),
    "no such domain": report("failed", "5.4.4", "X-Postfix; unable to look up host: no MX"),
    "disabled": report("failed", "5.2.1", "smtp; 550 5.2.1 The email account is disabled"),
    "orange": report("failed", "5.1.1", "smtp; 550 5.1.1 Adresse inconnue OFR_416 [416]"),
    "exchange 365": report(
        "failed",
        "5.1.10",
        "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP lookup",
        sender="postmaster@ville.example.org",
    ),
    "gmail": report(
        "failed",
        "5.1.1",
        "smtp; 550-5.1.1 The email account that you tried to reach does not exist.",
        sender="Mail Delivery Subsystem <mailer-daemon@googlemail.example.org>",
    ),
    "envelope id": report(
        "failed",
        "5.1.1",
        UNKNOWN,
        returned=mails.NOTHING,
        per_message=f"Original-Envelope-Id: {digest()}@example.org",
    ),
    "exim": mails.EXIM,
    "qmail": mails.QMAIL,
    "postfix of old": mails.POSTFIX_OLD,
}


@pytest.mark.parametrize("shape", BOUNCES)
def test_a_bounce_is_one_whatever_its_shape_and_says_which_letter(shape: str) -> None:
    found = look(BOUNCES[shape])
    assert found.sort is Sort.BOUNCE
    assert found.bounce is not None
    assert found.bounce.message_id == message_id()
    assert found.bounce.outcome.aim is Aim.RECIPIENT
    assert "mairie-1@example.org" in found.bounce.to
    assert digest() in found.digests or shape == "envelope id"


FRENCH = "Votre message n'a pas pu être remis à :\n\n{to}\n{line}\n\n{back}"


@pytest.mark.parametrize(
    ("sender", "subject", "line", "enhanced"),
    [
        ("postmaster@x.example", "Message non remis", "550 Utilisateur inconnu", ""),
        ("postmaster@x.example", "Votre lettre", "550 5.1.1 Utilisateur inconnu", "5.1.1"),
        ("x@x.example", "Votre lettre", "Boîte inconnue. (#5.1.1)", "5.1.1"),
        ("mailer-daemon@x.example", "Votre lettre", "550 Utilisateur inconnu", ""),
        ("postmaster@x.example", "Votre lettre", "550 Utilisateur inconnu", ""),
        ("postmaster@x.example", "RE: Votre lettre", "550 Utilisateur inconnu", ""),
        ("x@x.example", "Message non remis", "550 Utilisateur inconnu", ""),
        ("x@x.example", "Votre lettre", "550 5.4.7 Delayed for 5 days, giving up", "5.4.7"),
    ],
)
@pytest.mark.parametrize("back", [f"Message-ID: {message_id()}", ""])
def test_a_refusal_in_words_that_no_pattern_knows_is_a_bounce(
    sender: str, subject: str, line: str, enhanced: str, back: str
) -> None:
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


def test_a_daemon_needs_no_empty_return_path() -> None:
    body = FRENCH.format(to="mairie-1@example.org", line="550 Utilisateur inconnu", back="")
    data = mails.freeform("postmaster@x.example", "Message non remis", body, more="X-Nothing: 0")
    assert look(data).sort is Sort.BOUNCE


@pytest.mark.parametrize(
    "line",
    [
        "550 5.7.1 Non autorisé. Votre message n'a pas encore été remis.",
        "451 Boîte occupée. Essayez plus tard.",
    ],
)
def test_a_refusal_that_is_not_the_last_word_is_no_bounce(line: str) -> None:
    body = FRENCH.format(to="mairie-1@example.org", line=line, back="")
    found = look(mails.freeform("mailer-daemon@x.example", "Votre lettre", body))
    assert found.sort is not Sort.BOUNCE


def test_a_server_that_names_whom_it_did_not_reach_is_a_daemon_by_whatever_name() -> None:
    """Exim's header."""
    more = "X-Failed-Recipients: mairie-1@example.org"
    body = FRENCH.format(to="mairie-1@example.org", line="550 5.1.1 Inconnu", back="")
    data = mails.freeform("Serveur <serveur@x.example>", "Votre lettre", body, more=more)
    assert look(data).sort is Sort.BOUNCE


def test_an_automatic_reply_with_a_postal_address_is_no_refusal() -> None:
    body = "Je suis absente.\nMairie de Ville-1, BP 550 - 59000 Lille\nmairie-1@example.org"
    data = mails.freeform("mairie-1@example.org", "Absence", body)
    assert look(data).sort is Sort.AUTO


ABOUT_US = {
    "policy": report("failed", "5.7.1", "smtp; 554 5.7.1 Message refused by policy"),
    "spam": report("failed", "5.7.1", "smtp; 550 5.7.1 This message looks like spam"),
    "orange rates": report("failed", "5.0.0", "smtp; 550 Service refuse OFR_506 [506]"),
    "quota of ours": report("failed", "5.4.5", "smtp; 550 5.4.5 Daily sending quota exceeded"),
    "spam without a standard": mails.SPAM_FREEFORM,
}


@pytest.mark.parametrize("shape", ABOUT_US)
def test_a_bounce_about_spam_policy_or_quota_is_about_us(shape: str) -> None:
    found = look(ABOUT_US[shape])
    assert found.bounce is not None
    assert found.bounce.outcome.aim is Aim.ACCOUNT


@pytest.mark.parametrize("data", [mails.EXCHANGE, mails.NOTHING_BACK], ids=["exchange", "exim"])
def test_a_bounce_that_brings_nothing_of_the_letter_back_names_the_address(data: bytes) -> None:
    found = look(data)
    assert found.sort is Sort.BOUNCE
    assert found.bounce is not None
    assert (found.bounce.message_id, found.bounce.to) == ("", "mairie-1@example.org")
    assert found.digests == ()


def test_of_several_answers_of_a_server_the_refusal_counts() -> None:
    line = "451 4.4.1 Pas de réponse\n550 5.1.1 Utilisateur inconnu"
    body = FRENCH.format(to="mairie-1@example.org", line=line, back="")
    bounce = look(mails.freeform("mailer-daemon@x.example", "Votre lettre", body)).bounce
    assert bounce is not None
    assert (bounce.outcome.code, bounce.outcome.enhanced) == (550, "5.1.1")
    assert bounce.outcome.words == "Utilisateur inconnu"


def test_the_code_and_the_words_of_a_freeform_bounce_are_the_servers() -> None:
    for data in (mails.EXIM, mails.QMAIL):
        bounce = look(data).bounce
        assert bounce is not None
        assert (bounce.outcome.code, bounce.outcome.enhanced) == (550, "5.1.1")
        assert "nknown" in bounce.outcome.words


@pytest.mark.parametrize(
    "data",
    [
        report("delayed", "4.4.1", "smtp; 451 connection timed out"),
        mails.EXIM_DELAY,
        mails.freeform(
            "postmaster@x.example",
            "Votre lettre",
            "Your message to:\n\n  mairie-1@example.org\n\n"
            "This is just a warning, you do not need to take any action.",
        ),
        mails.freeform(
            "mailer-daemon@mx.example.org",
            "Warning: message delayed",
            "<mairie-1@example.org>: 451 4.4.1 timed out; will continue",
        ),
    ],
    ids=["standard", "exim", "message switch", "of its own"],
)
def test_a_delay_is_no_bounce(data: bytes) -> None:
    found = look(data)
    assert found.sort is Sort.DELAY
    assert found.bounce is None


WARNS = "Warning: could not send mail for past 4 hours"


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        (WARNS, "The following addresses had errors: mairie-1@example.org [timed out]"),
        ("Delivery (Delay)", "THIS IS A WARNING MESSAGE ONLY. It will be retried for 4 days."),
        ("Delivery: warning", "Note that this is only a temporary failure report."),
    ],
)
def test_a_warning_without_a_code_is_a_delay(subject: str, body: str) -> None:
    assert look(mails.freeform("MAILER-DAEMON@mx.example.org", subject, body)).sort is Sort.DELAY


@pytest.mark.parametrize(
    ("sender", "subject", "body"),
    [
        (
            "MAILER-DAEMON <>",
            "Mail delivery failed",
            "There was an error delivering your mail to <mairie-1@example.org>.\nHost not found",
        ),
        (
            "Mailer Daemon <MAILER-DAEMON@mx.example.org>",
            "Delivery status notification: error",
            "An error has occurred while attempting to deliver: mairie-1@example.org: no domain",
        ),
        (
            "postmaster@mx.example.org",
            "Undeliverable message",
            "--- Failure reasons ---\nUser not listed\nmairie-1@example.org",
        ),
        (
            "postmaster@mx.example.org",
            "Échec de remise",
            "Le message pour mairie-1@example.org n'a pas pu être remis.",
        ),
        ("mailer_daemon@mx.example.org", "Lettre", "mairie-1@example.org : boîte pleine"),
        ("post_master@mx.example.org", "Re: Lettre", "550 - no such user: mairie-1@example.org"),
        (
            "postmaster@mx.example.org",
            "Email Delivery Failure",
            "-- mairie-1@example.org\n-- 5.4.1 Recipient address rejected: Access denied.",
        ),
        (
            "serveur@mx.example.org",
            "Failure notice",
            "452 4.3.1 Insufficient storage for mairie-1@example.org",
        ),
    ],
)
def test_what_a_server_surely_gives_up_needs_no_code(sender: str, subject: str, body: str) -> None:
    found = look(mails.freeform(sender, subject, f"{body}\n\n{mails.HEADERS_BACK}"))
    assert found.sort is Sort.BOUNCE
    assert found.bounce is not None
    assert found.bounce.message_id == message_id()
    assert "mairie-1@example.org" in found.about
    assert found.bounce.outcome.aim is Aim.RECIPIENT


@pytest.mark.parametrize(
    ("sender", "subject", "body"),
    [
        ("mairie-1@example.org", "Absence", "Je suis absent. Ce service n'existe plus."),
        ("mairie-1@example.org", "Votre lettre", "Cette boîte est pleine, l'adresse n'existe pas."),
        ("postmaster@mairie.example", "Votre lettre", "Elle n'a pas pu être remise au maire."),
        ("mairie-1@example.org", "TR: Undeliverable: Lettre", "Que faire ?\nUser unknown"),
        ("mairie-1@example.org", "Fwd: Returned mail", "> could not be delivered"),
    ],
)
def test_words_that_a_living_person_may_write_are_no_refusal(
    sender: str, subject: str, body: str
) -> None:
    """An automatic reply comes from nobody, too."""
    for more in ("Return-Path: <>", "Return-Path: <x@example.org>"):
        found = look(mails.freeform(sender, subject, body, more=more))
        assert found.sort in (Sort.ANSWER, Sort.AUTO)


@pytest.mark.parametrize(
    ("action", "sort"),
    [
        ("delivered", Sort.RECEIPT),
        ("relayed", Sort.RECEIPT),
        ("expanded (list)", Sort.RECEIPT),
        ("Delivered", Sort.RECEIPT),
        ("delayed", Sort.DELAY),
        ("failure", Sort.BOUNCE),
        ("perdu", Sort.BOUNCE),  # by what is said beside it
    ],
)
def test_a_receipt_says_that_it_arrived_and_the_rest_is_read_freely(
    action: str, sort: Sort
) -> None:
    assert look(report(action, "4.0.0", "smtp; 550 no such user")).sort is sort


def test_a_report_that_says_nothing_is_left_to_a_person() -> None:
    head = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
    found = look(mail(f"From: serveur@example.org\nSubject: Rapport\n{head}", "--b\n\nx\n--b--"))
    assert found.sort is Sort.ANSWER


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


@pytest.mark.parametrize("kind", ["abuse", "Opt-Out", "fraud", "x-unheard-of", ""])
def test_a_complaint_is_no_answer_and_says_of_which_letter(kind: str) -> None:
    found = look(mails.complaint(kind))
    assert (found.sort, found.complaint) == (Sort.COMPLAINT, kind.lower() or "other")
    assert found.digests == (digest(),)
    assert found.about == ("mairie-1@example.org",)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_a_report_of_what_is_no_spam_is_no_complaint(kind: str) -> None:
    assert look(mails.complaint(kind)).sort is Sort.RECEIPT


def test_a_delivery_and_a_reading_receipt_are_neither_bounce_nor_answer() -> None:
    assert look(report("delivered", "2.0.0", "smtp; 250 ok")).sort is Sort.RECEIPT
    head = """\
From: mairie-1@example.org
Subject: Lu : Lettre
Content-Type: multipart/report; report-type=disposition-notification; boundary="b\""""
    assert look(mail(head, "--b\n\nLu.\n--b--")).sort is Sort.RECEIPT


@pytest.mark.parametrize(
    "more",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-replied; owner-email=mairie-1@example.org",
        "X-Autoreply: yes",
        "X-Autorespond: 1",
        "Precedence: auto_reply",
    ],
)
def test_an_automatic_reply_says_so_in_its_header(more: str) -> None:
    assert look(answer(more=more)).sort is Sort.AUTO


@pytest.mark.parametrize(
    "subject",
    [
        "Réponse automatique : Lettre",
        "=?utf-8?q?R=C3=A9ponse_automatique?=",
        "Automatic reply: Lettre",
        "Absence du bureau",
        "Accusé de réception de votre courriel",
        "Votre message a bien été reçu",
        "Mailinblack : demande d'authentification",
        "Merci de confirmer votre adresse",
    ],
)
def test_an_automatic_reply_without_the_header_is_known_by_its_subject(subject: str) -> None:
    assert look(answer(subject=subject)).sort is Sort.AUTO


def test_what_our_own_subject_says_behind_re_is_not_what_the_writer_says() -> None:
    for subject in ("Re: Absence de caméras à Nice", "RE : Stop à la VSA", "TR: Stop à la VSA"):
        found = look(answer(subject=subject))
        assert found.sort is Sort.ANSWER
        assert asks_to_stop(found.subject, found.text) == ""
    assert look(answer(subject="Absence Re: Pas de VSA")).sort is Sort.AUTO
    stop = look(answer(subject="STOP Re: Pas de VSA"))
    assert asks_to_stop(stop.subject, stop.text) == "STOP"


def test_a_challenge_is_nobodys_answer() -> None:
    sender = '"Mairie de Ville-1 via Mailinblack" <mairie-1@example.org>'
    assert look(answer(sender=sender)).sort is Sort.AUTO


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


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Re: votre lettre", "Bien reçu, Réf. 80829."),
        ("Re: votre lettre", "Bien reçu, Réf.\u00a080829."),
        ("AW: Unser Brief", "Danke, „Ref.\u00a080829“."),
        ("Re: our letter", "Ref. 80829: no, thank you."),
        ("Re: votre lettre", "Vos réf. : 80829\nNos réf. : 2026-114"),
        ("Re: votre lettre", "V/RÉF 80829, reçu."),
        ("Re: votre lettre", "Votre référence, Réf. 80829-"),
        ("Re: votre lettre", "Votre référence Réf.\xa080829 a été lue."),
        ("Re: votre lettre", "Dossier réf. n° 80829 : merci"),
        ("Votre courrier (Réf. 80829)", "Bien reçu."),
    ],
)
def test_a_reference_is_read_as_people_write_it(subject: str, body: str) -> None:
    assert "80829" in look(answer(subject=subject, body=body, refers="")).references


def test_a_reference_that_ends_with_a_full_stop_is_one() -> None:
    assert "Y." in look(answer(body="Réf. Y.", refers="")).references


OUR_FOOT = """\
Origine de votre adresse : l'annuaire. Pour ne plus recevoir de courrier de notre part, il suffit de
répondre « STOP » à groupe@example.org."""


@pytest.mark.parametrize(
    "head",
    [
        '----- Mail original -----\nDe: "Collectif" <groupe@example.org>\nÀ: "mairie"',  # Zimbra
        'De: "Collectif" <groupe@example.org>\nÀ: "mairie"\nEnvoyé: Mardi',
        "De\xa0: Collectif <groupe@example.org>\nEnvoyé\xa0: mardi",  # Outlook
        "De : Collectif d'exemple\nEnvoyé : mardi 24 novembre 2026 10:00",
        "*De :* Collectif <groupe@example.org>",
        "________________________________\nDe : Collectif <groupe@example.org>",
        "-----Message d’origine-----\nDe : Collectif",
        "-------- E-mail d'origine --------",
        "Début du message transféré :",
        "Le mar. 24 nov. 2026 à 10:00, Collectif d'exemple <groupe@example.org> a\nécrit\xa0:\n",
        "Collectif d'exemple <groupe@example.org> a écrit le 24/11/2026 10:00 CET :",
        "",  # nothing tells where it begins
    ],
)
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


@pytest.mark.parametrize(
    "line",
    [
        "STOP",
        "Merci de ne plus nous écrire.",
        "Veuillez retirer cette adresse de votre liste.",
        "Nous ne souhaitons plus recevoir vos messages.",
        "Merci de supprimer notre adresse de vos fichiers",
        "Je vous demande de cesser vos envois.",
        "Please unsubscribe us",
        "Merci de nous désinscrire",
        "Nous ne voulons plus recevoir vos courriels.",
        "Ne nous écrivez plus.",
        "Ne m’envoyez plus rien",
        "Merci de ne plus m'envoyer vos courriers",
        "Merci de ne pas nous recontacter",
        "Prière de ne plus importuner la mairie",
        "Merci d'arrêter de nous envoyer ces messages",
        "Merci d'arrêter vos envois.",
        "Veuillez rayer la mairie de vos listes.",
        "Je m'oppose au traitement de mes données.",
        "Nous nous opposons à tout traitement des données nous concernant.",
        "Merci de ne plus nous faire parvenir de courrier",
        "Prière de ne plus recevoir vos messages",
        "Merci de nous désabonner",
        "Nous ne souhaitons plus être sollicités par votre association",
        "N'envoyez plus rien à la mairie",
        "Retirez-moi de là",
        "Do not contact us again",
        "Please remove us",
        "Stop à vos courriels sur les caméras",
        "Stop au harcèlement par courriel sur la vidéosurveillance",
        "Stop aux caméras, et stop à vos messages",
        "Nous refusons de recevoir vos courriels",
        "Je refuse vos messages.",
        "Laissez-nous tranquilles.",
        "Foutez-nous la paix",
        "Plus de mails de votre part",
        "Plus rien, svp",
        "On ne veut plus de vos courriers",
        "La mairie ne veut plus recevoir vos lettres",
        "C'est du spam, arrêtez !",
        "Arrêtez ça tout de suite",
        "Veuillez radier",
        "Veuillez nous retirer",
        "Inutile de nous relancer",
        "Pas la peine de nous réécrire.",
        "Abstenez-vous de nous contacter",
        "Ça suffit ces messages",
        "Marre de vos mails !",
        "Merci de mettre fin à vos envois",
        "Merci de stopper vos envois",
        "Supprimez-nous de votre mailing",
        "Stop Merci",
        "Je vous dis stop.",
    ],
)
def test_whoever_asks_to_stop_is_heard(line: str) -> None:
    found = look(answer(body=f"Bonjour,\n{line}\nCordialement"))
    assert asks_to_stop(found.subject, found.text) == line


@pytest.mark.parametrize(
    ("sender", "body"),
    [
        ("postmaster@mairie.example", "Notre réponse a été retardée, le conseil a siégé."),
        ("mairie@mairie.example", "451 habitants, et notre réponse a été retardée."),
    ],
)
def test_an_answer_that_is_late_is_no_delay(sender: str, body: str) -> None:
    assert look(mails.freeform(sender, "Votre lettre", body)).sort is Sort.ANSWER


@pytest.mark.parametrize(
    "line",
    [
        "Nous ne manquerons pas de vous répondre.",
        "La commune ne dispose pas de caméras.",
        "Votre lettre a été transmise au conseil.",
        "Un arrêt de bus est prévu.",
        "L'arrêté de la commune vous sera adressé par courriel.",
        "Nous n'envoyons pas de délibération par courriel.",
        "Je vous prie de ne pas hésiter à me recontacter.",
        "Merci de ne pas hésiter à nous contacter.",
        "Nous nous opposons au traitement algorithmique des images.",
        "Si vous l'avez reçu par erreur, merci de ne pas le transmettre à des tiers.",
        "Nous regrettons de ne pouvoir vous faire parvenir la délibération.",
        "La mairie est ouverte non-stop de 9 h à 17 h.",
        "Stop aux caméras !",
        "Nous aussi disons stop à la vidéosurveillance algorithmique.",
        "Stop à l'algorithme, stop au fichage.",
        "La commune refuse de recevoir ces équipements.",
        "La commune a supprimé les bases de données biométriques.",
        "Nous vous attendrons à l'arrêt Stop Café.",
        "Stop Café, place du Marché, est ouvert.",
        "Au stop, prenez à gauche.",
        "L'autocollant Stop Pub est en mairie.",
        "Plus de lettres nous arrivent que nous n'en pouvons lire.",
        "À la fin de votre courrier, vous demandez une réponse.",
        "Cela suffit à montrer que la commune est prudente.",
        "Ces électeurs sont à radier de la liste électorale.",
        "Nous n'acceptons plus de dossiers après le 3 mars.",
        "Inutile d'envoyer un chèque.",
        "Nous ne voulons pas nous retirer du projet.",
    ],
)
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

QUOTED = {
    "de, Gmail": "Am Di., 24. Nov. 2026 um 10:00 Uhr schrieb Collectif <groupe@example.org>:\n",
    "de, Gmail, wrapped": "Am Di., 24. Nov. 2026 um 10:00 Uhr schrieb Coll <\nc@example.org>:",
    "de, Outlook": "Von: Collectif <groupe@example.org>\nGesendet: Dienstag, 24. November 2026",
    "de, Outlook, no address": "Von: Collectif\nGesendet: Dienstag, 24. November 2026 10:00",
    "de, Thunderbird": "Am 24.11.26 um 10:00 schrieb Collectif:",
    "de, GMX": "Collectif <groupe@example.org> schrieb am 24.11.2026 10:00 CET:",
    "de, Zimbra": "-----Ursprüngliche Nachricht-----",
    "en, Gmail": "On Tue, 24 Nov 2026 at 10:00, Collectif <groupe@example.org> wrote:\n",
    "en, Outlook": "From: Collectif\nSent: Tuesday, November 24, 2026 10:00",
    "es, Gmail": "El mar, 24 nov 2026 a las 10:00, Collectif (<groupe@example.org>) escribió:\n",
    "es, Gmail, wrapped": "El mar, 24 nov 2026 a las 10:00, Coll (<c@example.org>)\nescribió:",
    "es, Outlook": "De: Collectif\nEnviado el: martes, 24 de noviembre de 2026 10:00",
    "es, Zimbra": "----- Mensaje original -----",
    "it, Gmail": "Il giorno mar 24 nov 2026 alle ore 10:00 Coll <\nc@example.org> ha scritto:",
    "it, Thunderbird": "Il 24/11/26 10:00, Collectif ha scritto:",
    "it, Outlook": "Da: Collectif\nInviato: martedì 24 novembre 2026 10:00",
    "nl, Gmail": "Op di 24 nov 2026 om 10:00 schreef Collectif <groupe@example.org>:",
    "pt, Gmail": "Em ter., 24 de nov. de 2026 às 10:00, Collectif escreveu:",
    "ca, Gmail": "Missatge de Collectif <groupe@example.org> del dia dt., 24 de nov. 2026:",
}


@pytest.mark.parametrize("head", QUOTED.values(), ids=QUOTED)
def test_our_letter_is_quoted_in_the_readers_language_and_asks_for_nothing(head: str) -> None:
    # A foot of the campaign's own, in a language that has none of ours.
    foot = "Wenn Sie keine Briefe mehr wünschen, schreiben Sie STOP. No más: STOP. Basta: STOP."
    found = look(answer(body=f"Danke. Gracias. Grazie.\n\n{head}\n\n{foot}"))
    assert found.text == "Danke. Gracias. Grazie."
    assert asks_to_stop(found.subject, found.text) == ""


@pytest.mark.parametrize(
    "foot",
    [
        "Where your address comes from: a list. To receive no more letters from us, simply answer"
        " “STOP” to groupe@example.org.",
        "Ihre Adresse: eine Liste. Um nichts mehr zu erhalten: „STOP“ an groupe@example.org.",
        "Su dirección: una lista. Responda «STOP» a groupe@example.org.",
        "Il Suo indirizzo: un elenco. Risponda “STOP” a groupe@example.org.",
    ],
)
def test_a_foot_that_nothing_marks_as_quoted_asks_for_nothing(foot: str) -> None:
    found = look(answer(body=f"Thank you.\n\n{foot}"))
    assert asks_to_stop(found.subject, found.text) == ""


def test_who_begins_a_sentence_as_a_quotation_begins_is_heard_to_the_end() -> None:
    for line in ("El alcalde nos escribió:", "Il sindaco ha scritto:", "A friend of mine wrote:"):
        body = f"{line}\n\nSTOP"
        assert asks_to_stop("", look(answer(body=body)).text) == "STOP"


@pytest.mark.parametrize(
    "line",
    [
        *("Unsubscribe", "Please stop writing to me.", "Please take me off your mailing list."),
        *("Remove my e-mail address from your list.", "Don't contact me again.", "Opt out"),
        *("I no longer wish to receive your letters.", "No more letters, please."),
        *("I don’t want any more e-mails from you.", "Please delete my data."),
        *("STOPP", "Abmelden", "Bitte melden Sie mich ab.", "Bitte keine weiteren E-Mails."),
        *("Bitte streichen Sie mich von Ihrer Liste.", "Bitte schreiben Sie mir nicht mehr."),
        *("Bitte tragen Sie mich aus Ihrem Verteiler aus.", "Löschen Sie meine Daten."),
        *("Ich möchte keine Briefe mehr von Ihnen erhalten.", "Hören Sie auf, mir zu schreiben."),
        "Ich widerspreche der Verarbeitung meiner Daten.",
        *("BAJA", "Deseo darme de baja de su lista.", "Por favor, deme de baja."),
        *("No me escriban más.", "No quiero recibir más correos.", "Borren mis datos."),
        *("Elimine mi dirección de su lista.", "Dejen de escribirme."),
        *("Cancellatemi dalla lista.", "Disiscrivetemi", "Non scrivetemi più.", "BASTA"),
        *("Non desidero più ricevere le vostre lettere.", "Smettete di scrivermi."),
        *("Cancellate i miei dati.", "Rimuovete il mio indirizzo dalla vostra lista."),
        *("Uitschrijven", "Geen brieven meer, alstublieft.", "Não quero receber mais nada."),
        "No vull rebre més cartes.",
    ],
)
def test_whoever_asks_to_stop_in_another_language_is_heard(line: str) -> None:
    found = look(answer(body=f"Hello,\n{line}\nRegards"))
    assert asks_to_stop(found.subject, found.text) == line


@pytest.mark.parametrize(
    "line",
    [
        "If you have received this e-mail in error, do not forward it to third parties.",
        "I do not want to be quoted.",
        "We have no further remarks, and look forward to your next letter.",
        "Die Abmeldung der Kinder ist bis Freitag möglich.",
        "Wir haben keine weiteren Fragen.",
        "Die Sitzung steht auf unserer Liste.",
        "La participación es más baja que el año pasado.",
        "No dude en escribirnos.",
        "Non esiti a scriverci.",
        "Questo non basta per una decisione.",
        "Wij hebben geen vragen meer.",
    ],
)
def test_an_ordinary_answer_in_another_language_asks_for_nothing(line: str) -> None:
    found = look(answer(body=line))
    assert asks_to_stop(found.subject, found.text) == ""


@pytest.mark.parametrize(
    "subject",
    [
        *("Out of Office: your letter", "On annual leave until 3 December", "Auto: Hello"),
        *("Automatische Antwort: Hallo", "Abwesend bis 3. Dezember", "Ich bin nicht im Büro"),
        *("Eingangsbestätigung", "Ihre Nachricht ist bei uns eingegangen", "Urlaub: Hallo"),
        *("Respuesta automática: Hola", "Fuera de la oficina", "Ausente hasta el 3"),
        *("Hemos recibido su mensaje", "Acuse de recibo"),
        *("Risposta automatica: Ciao", "Fuori sede", "Assenza dall'ufficio", "In ferie fino al 3"),
        *("Abbiamo ricevuto la Sua email", "Conferma di ricezione"),
        *("Automatisch antwoord: Hallo", "Resposta automática: Olá", "Afwezig tot 3 december"),
    ],
)
def test_an_automatic_reply_in_another_language_is_known_by_its_subject(subject: str) -> None:
    assert look(answer(subject=subject)).sort is Sort.AUTO


@pytest.mark.parametrize("prefix", ["AW", "Antw", "WG", "RV", "R", "RIF", "RES"])
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
    assert attachments(data) == ["réponse[2J.pdf", "application/msword"]
    assert attachments(answer()) == []


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
    assert isinstance(whole_text(data), str)
    assert len(attachments(data)) < 300


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
    expected = failed_addresses(message_from_bytes(mails.EXIM))
    assert expected != ((), ())
    assert failed_addresses(message_from_bytes(mails.EXIM + b"\r\n" * 150_000)) == expected


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
    [look, whole_text, lambda data: read_bounce(data, at=NOON)],
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


def test_a_person_who_writes_about_an_error_550_is_no_daemon() -> None:
    body = "Notre serveur dit : 550 5.1.1 mairie-1@example.org: user unknown. Que faire ?"
    assert look(answer(body=body)).sort is Sort.ANSWER


@pytest.mark.parametrize("subject", ["Re: votre lettre", "RE : votre lettre", "Rép: votre lettre"])
def test_a_person_who_answers_from_postmaster_is_no_daemon(subject: str) -> None:
    data = mails.answer(
        sender="Mairie <postmaster@ville-1.example.org>",
        subject=subject,
        body="Bonjour,\n\nNotre commune compte 550 habitants et aucune caméra.",
    )
    assert look(data).sort is Sort.ANSWER
