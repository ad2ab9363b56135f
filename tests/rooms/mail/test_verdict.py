"""What each reply of a mail server leads to, phase by phase."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from merge.mail.verdict import MOST_WORDS, one_line, verdict
from merge.model import Status
from merge.outcome import Aim, Phase

FAILS = (Status.FAILED, Aim.RECIPIENT)
WAITS = (Status.DEFERRED, Aim.RECIPIENT)
PAUSES = (Status.DEFERRED, Aim.ACCOUNT)
RECONNECTS = (Status.DEFERRED, Aim.CONNECTION)

SAID = [
    # A mailbox that is not there, or takes nothing.
    (Phase.RCPT, "550 5.1.1 <x@example.org>: Recipient address rejected: User unknown", FAILS),
    (Phase.RCPT, "550 User unknown", FAILS),
    (Phase.RCPT, "550 No such user here", FAILS),
    (Phase.RCPT, "550 Requested action not taken: mailbox unavailable", FAILS),
    (Phase.RCPT, "553 Requested action not taken: mailbox name not allowed", FAILS),
    (Phase.RCPT, "550 #5.1.0 Address rejected.", FAILS),
    (Phase.RCPT, "552 5.2.2 Mailbox full", FAILS),
    (Phase.RCPT, "552 Mailbox over quota", FAILS),
    (Phase.RCPT, "550 5.1.1 Adresse d au moins un destinataire invalide. OFR_416 [416]", FAILS),
    (Phase.RCPT, "552 5.1.1 Boite du destinataire pleine. OFR_417 [417]", FAILS),
    (Phase.RCPT, "550 5.5.0 Boite du destinataire archivee. LPN007_420", FAILS),
    # What a report tells of: at the recipient's server nobody of us has an account.
    (Phase.BOUNCE, "554 This account has been disabled or discontinued", FAILS),
    (Phase.BOUNCE, "550 5.1.0 Account suspended", FAILS),
    (Phase.BOUNCE, "550 5.0.0 Compte suspendu", FAILS),
    (Phase.BOUNCE, "550 5.7.1 Refused by policy", PAUSES),
    (Phase.RCPT, "550 5.4.1 Recipient address rejected: Access denied", FAILS),
    # That somebody does not exist, said as if it were a matter of policy.
    (Phase.BOUNCE, "550 5.7.1 <x@example.org>: Recipient address rejected: User unknown", FAILS),
    (Phase.RCPT, "550 5.7.1 <x@example.org>: Recipient address rejected: User unknown", FAILS),
    (Phase.BOUNCE, "550 5.7.1 550 User Unknown: x@example.org", FAILS),
    (Phase.BOUNCE, "553 5.7.1 Invalid recipient x@example.org", FAILS),
    (Phase.BOUNCE, "525 5.7.13 Disabled recipient address", FAILS),
    (Phase.BOUNCE, "525 5.7.13 User account disabled", FAILS),
    (Phase.RCPT, "525 5.7.13 Disabled recipient address", FAILS),
    (Phase.RCPT, "525 5.7.13 This account has been disabled", PAUSES),
    (Phase.LOGIN, "525 5.7.13 User account disabled", PAUSES),
    (Phase.BOUNCE, "553 5.3.0 <x@example.org>... Addressee unknown, relay=[192.0.2.7]", FAILS),
    (Phase.RCPT, "553 5.3.0 Addressee unknown", FAILS),
    (Phase.BOUNCE, "554 5.0.0 dd This user doesn't have a example.org account", FAILS),
    (Phase.BOUNCE, "550 5.7.1 Destinataire inconnu", FAILS),
    (Phase.RCPT, "550 5.7.1 Sender address rejected: User unknown", PAUSES),
    (Phase.RCPT, "550 5.7.1 Unknown user; client host blocked by our reputation list", PAUSES),
    (Phase.RCPT, "550 5.7.1 Unable to relay: unknown user", PAUSES),
    (Phase.BOUNCE, "550 5.7.1 Unknown recipient's policy", PAUSES),
    (Phase.BODY, "550 5.7.1 Your message has an unknown user agent", PAUSES),
    (Phase.RCPT, "550 Mailbox disabled, not accepting messages", FAILS),
    (Phase.RCPT, "550 5.2.1 The email account that you tried to reach is disabled", FAILS),
    (Phase.RCPT, "550 The account that you tried to reach is disabled", FAILS),
    (Phase.RCPT, "550 Recipient account disabled", FAILS),
    (Phase.RCPT, "550 User account is locked", FAILS),
    (Phase.RCPT, "550 Compte du destinataire désactivé", FAILS),
    (Phase.RCPT, "556 5.1.10 Recipient address has null MX", FAILS),
    (Phase.RCPT, "550", FAILS),
    (Phase.BODY, "552 5.2.2 The recipient's inbox is full", FAILS),
    (Phase.RCPT, "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", FAILS),
    (Phase.RCPT, "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required", FAILS),
    (Phase.RCPT, "550 5.2.122 The recipient's hourly receive limit has been exceeded", FAILS),
    (Phase.RCPT, "554 5.4.6 mail for example.org loops back to myself", FAILS),
    (Phase.RCPT, "550 5.4.310 DNS domain example.org does not exist", FAILS),
    (Phase.RCPT, "550 5.4.316 Message expired, connection refused", FAILS),
    # A mailbox that may take it later.
    (Phase.RCPT, "450 4.2.1 The user is receiving mail at a rate that is too high", WAITS),
    (Phase.RCPT, "452 4.2.2 The user has reached the daily receiving limit", WAITS),
    (Phase.RCPT, "450 4.2.1 Max 50 incoming mails per hour for this mailbox", WAITS),
    (Phase.RCPT, "450 4.7.1 Greylisted, see the rate at which you come back", WAITS),
    (Phase.RCPT, "451 4.3.0 Temporary lookup failure", WAITS),
    (Phase.RCPT, "452 4.2.2 Mailbox full", WAITS),
    (Phase.BODY, "451 Local error in processing", WAITS),
    # The sender, the quota, the content.
    (Phase.RCPT, "550 5.7.1 Refused by policy", PAUSES),
    (Phase.RCPT, "554 5.7.1 Relay access denied", PAUSES),
    (Phase.RCPT, "550 Relaying denied", PAUSES),
    (Phase.RCPT, "550 relay not permitted", PAUSES),
    (Phase.RCPT, "550 Message looks like spam", PAUSES),
    (Phase.RCPT, "550 Blocked", PAUSES),
    (Phase.RCPT, "550 Administrative prohibition", PAUSES),
    (Phase.RCPT, "550 Sender address does not exist", PAUSES),
    (Phase.RCPT, "550 Your account is disabled", PAUSES),
    (Phase.RCPT, "550 Account suspended", PAUSES),
    (Phase.RCPT, "550 This account has been disabled", PAUSES),
    (Phase.RCPT, "550 5.1.0 Account suspended", PAUSES),
    (Phase.BODY, "550 5.2.0 Account suspended", PAUSES),
    (Phase.RCPT, "550 Sending is disabled for this account", PAUSES),
    (Phase.RCPT, "550 Votre compte est suspendu", PAUSES),
    (Phase.RCPT, "550 Compte désactivé", PAUSES),
    (Phase.RCPT, "550 Adresse de l'expéditeur inconnue", PAUSES),
    (Phase.RCPT, "550 5.1.8 Sender domain not found", PAUSES),
    (Phase.RCPT, "550 5.3.5 System configuration error", PAUSES),
    (Phase.RCPT, "450 4.1.8 Sender domain not found", PAUSES),
    (Phase.RCPT, "450 4.7.1 Client host rejected: cannot find your hostname", PAUSES),
    (Phase.RCPT, "452 Too many messages, slow down", PAUSES),
    (Phase.RCPT, "550 5.4.5 Daily user sending limit exceeded", PAUSES),
    (Phase.BODY, "550 5.4.5 Daily user sending limit exceeded", PAUSES),
    (Phase.RCPT, "550 5.1.90 You've reached your daily limit for message recipients", PAUSES),
    (Phase.BODY, "550 5.1.90 Message refused", PAUSES),
    (Phase.RCPT, "550 You have reached your daily sending quota", PAUSES),
    (Phase.RCPT, "550 You have exceeded your hourly quota of recipients", PAUSES),
    (Phase.RCPT, "552 5.2.2 You have exceeded your email sending quota", PAUSES),
    (Phase.RCPT, "452 4.2.2 Sending quota exceeded", PAUSES),
    (Phase.RCPT, "550 5.1.1 Sender quota exceeded", PAUSES),
    (Phase.RCPT, "550 Quota d'envoi dépassé, réessayez demain", PAUSES),
    (Phase.RCPT, "550 Domain example.org has exceeded the max emails per hour (200/200)", PAUSES),
    (Phase.RCPT, "550 Maximum number of messages sent per day reached", PAUSES),
    (Phase.RCPT, "550 Mailbox unavailable; Mail send limit exceeded", PAUSES),
    (Phase.BODY, "554 5.4.6 Too many hops", PAUSES),
    (Phase.BODY, "550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]", PAUSES),
    (Phase.BODY, "550 5.2.2 Submission quota exceeded", PAUSES),
    (Phase.BODY, "554 5.2.252 SendAsDenied; not allowed to send as x@example.org", PAUSES),
    (Phase.BODY, "550 5.5.0 Service refuse. Veuillez essayer plus tard. LPN005_510", PAUSES),
    (Phase.RCPT, "550 ME Adresse IP source bloquee pour incident de spam. OFR006_102", PAUSES),
    (Phase.BODY, "554 5.6.0 Message contains a virus", PAUSES),
    (Phase.BODY, "554 Transaction failed", PAUSES),
    (Phase.DATA, "554 5.5.1 Error: no valid recipients", PAUSES),
    (Phase.MAIL, "550 5.1.1 User unknown", PAUSES),
    (Phase.MAIL, "553 5.7.1 Sender address rejected: not owned by user", PAUSES),
    (Phase.MAIL, "451 4.3.0 Try again", PAUSES),
    (Phase.MAIL, "530 5.7.0 Must issue a STARTTLS command first", PAUSES),
    (Phase.RCPT, "530 Authentication required", PAUSES),
    (Phase.LOGIN, "535 5.7.8 Username and Password not accepted", PAUSES),
    (Phase.LOGIN, "454 4.7.0 Temporary authentication failure", PAUSES),
    (Phase.RCPT, "421 4.7.0 Try again later, closing connection", PAUSES),
    (Phase.MAIL, "421 ME Trop de connexions, veuillez verifier OFR005_104 [104]", PAUSES),
    (Phase.RCPT, "421 Service not available", PAUSES),
    # Only this connection.
    (Phase.MAIL, "421 4.4.2 Error: timeout exceeded", RECONNECTS),
    (Phase.RCPT, "421 4.3.2 Service shutting down", RECONNECTS),
    (Phase.MAIL, "421 too many messages in this connection", RECONNECTS),
    # No SMTP, or not what could come here.
    (Phase.MAIL, "354 Go ahead", RECONNECTS),
    (Phase.RCPT, "999 Hello", RECONNECTS),
    (Phase.DATA, "250 OK", RECONNECTS),
    (Phase.BODY, "354 Go ahead", (Status.UNKNOWN, Aim.CONNECTION)),
    (Phase.BODY, "999 Hello", (Status.UNKNOWN, Aim.CONNECTION)),
    # The one to hope for.
    (Phase.BODY, "250 2.0.0 Ok: queued as 4ABC", (Status.SENT, Aim.RECIPIENT)),
]


def test_a_reply_is_about_the_mailbox_the_account_or_the_connection() -> None:
    failures = []
    for phase, line, expected in SAID:
        code, _, text = line.partition(" ")
        outcome = verdict(phase, int(code), text.encode())
        if (outcome.phase, outcome.status, outcome.aim) != (phase, *expected):
            failures.append((line, outcome))
    assert failures == []


def test_the_enhanced_code_is_taken_out_of_the_words() -> None:
    outcome = verdict(Phase.RCPT, 550, b"5.1.1 User unknown,\n5.1.1 try\r\n5.1.1 another")
    assert (outcome.code, outcome.enhanced) == (550, "5.1.1")
    assert outcome.words == "User unknown, try another"


def test_an_enhanced_code_of_another_class_than_the_reply_is_only_words() -> None:
    outcome = verdict(Phase.RCPT, 450, b"5.1.1 User unknown")
    assert (outcome.enhanced, outcome.status) == ("", Status.DEFERRED)


def test_the_words_of_a_server_without_utf8_are_read() -> None:
    assert one_line("Boîte pleine".encode("latin-1")) == "Boîte pleine"


_REPLIES = st.one_of(
    st.binary(max_size=800),
    st.sampled_from(SAID).map(lambda said: said[1].encode()),
    st.from_regex(rb"[245]\.[0-9]\.[0-9]{1,2} [a-zA-Z ]{0,40}", fullmatch=True),
)


@example(phase=Phase.CONNECT, code=500, reply=b"OFR416")  # Orange's "no such user", to us
@given(phase=st.sampled_from(Phase), code=st.integers(-1, 1000), reply=_REPLIES)
def test_whatever_a_server_says_the_house_rules_hold(phase: Phase, code: int, reply: bytes) -> None:
    outcome = verdict(phase, code, reply)
    if outcome.status is Status.FAILED:
        assert outcome.aim is Aim.RECIPIENT
        assert phase not in (Phase.CONNECT, Phase.LOGIN, Phase.MAIL)
        assert 500 <= code <= 599
    elif outcome.status in (Status.SENT, Status.UNKNOWN):
        assert phase is Phase.BODY
    else:
        assert outcome.status is Status.DEFERRED
    assert len(outcome.words) <= MOST_WORDS
    assert outcome.words.isprintable() or not outcome.words.isascii()
    assert "\n" not in outcome.words
