"""Mails as they come back for letters, written for the tests: whatever servers and people send."""

from __future__ import annotations

from merge.mail.message import message_digest

CAMPAIGN = "c"


def digest(number: int = 1, campaign: str = CAMPAIGN, wave: int = 1) -> str:
    return message_digest(campaign, f"{number:05}", wave)


def message_id(number: int = 1, campaign: str = CAMPAIGN) -> str:
    return f"<{digest(number, campaign)}@example.org>"


def mail(head: str, body: str = "Bonjour.") -> bytes:
    return f"{head.strip()}\n\n{body}\n".replace("\n", "\r\n").encode()


def answer(
    number: int = 1,
    *,
    sender: str = "Mairie de Ville-1 <mairie-1@example.org>",
    subject: str = "Re: votre lettre",
    body: str = "Madame, Monsieur,\n\nNous avons bien lu votre lettre.",
    refers: str | None = None,
    more: str = "",
    own_id: str = "<reponse-1@mairie.example.org>",
    campaign: str = CAMPAIGN,
) -> bytes:
    """A secretary presses "reply"."""
    refers = message_id(number, campaign) if refers is None else refers
    head = f"""\
Return-Path: <mairie-1@example.org>
From: {sender}
To: groupe@example.org
Subject: {subject}
Date: Wed, 25 Nov 2026 10:00:00 +0100
Message-ID: {own_id}
{f"In-Reply-To: {refers}" if refers else "X-Nothing: 0"}
{more or "X-More: 0"}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit"""
    return mail(head, body)


def report(
    action: str,
    status: str,
    diagnosis: str,
    *,
    returned: str | None = None,
    campaign: str = CAMPAIGN,
    per_message: str = "",
    sender: str = "MAILER-DAEMON@mx.example.org (Mail Delivery System)",
    to: str = "mairie-1@example.org",
) -> bytes:
    """RFC 3464, with whatever of the letter the server brings back."""
    returned = (
        f"Content-Type: message/rfc822\n\nFrom: groupe@example.org\nTo: {to}\n"
        f"Message-ID: {message_id(campaign=campaign)}\nSubject: Lettre\n\nMonsieur le Maire,"
        if returned is None
        else returned
    )
    body = f"""\
--b
Content-Type: text/plain; charset=utf-8

Votre message n'a pas été remis.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
{per_message or "Arrival-Date: Tue, 24 Nov 2026 10:00:00 +0100"}

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Diagnostic-Code: {diagnosis}
--b
{returned}
--b--"""
    head = f"""\
Return-Path: <>
From: {sender}
To: groupe@example.org
Subject: Undelivered Mail Returned to Sender
Date: Wed, 25 Nov 2026 10:00:00 +0100
Message-ID: <{action}-{status}-{len(diagnosis)}@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b\""""
    return mail(head, body)


def complaint(
    kind: str = "abuse", *, returned: str | None = None, campaign: str = CAMPAIGN
) -> bytes:
    """RFC 5965: somebody has pressed "this is spam"."""
    returned = (
        f"Content-Type: message/rfc822\n\nTo: mairie-1@example.org\n"
        f"Message-ID: {message_id(campaign=campaign)}\n\nMonsieur le Maire,"
        if returned is None
        else returned
    )
    head = f"""\
Return-Path: <fbl@fai.example.net>
From: fbl@fai.example.net
To: groupe@example.org
Subject: FW: Lettre
Message-ID: <fbl-{kind}@fai.example.net>
Content-Type: multipart/report; report-type=feedback-report; boundary="b\""""
    body = f"""\
--b
Content-Type: text/plain

This is an email abuse report.
--b
Content-Type: message/feedback-report

{f"Feedback-Type: {kind}" if kind else "X-Nothing: 0"}
User-Agent: fbl/1.0
Version: 1
Original-Rcpt-To: <mairie-1@example.org>

--b
{returned}
--b--"""
    return mail(head, body)


def freeform(sender: str, subject: str, body: str, more: str = "Return-Path: <>") -> bytes:
    """A bounce that follows no standard."""
    head = f"""\
{more}
From: {sender}
To: groupe@example.org
Subject: {subject}
Date: Wed, 25 Nov 2026 10:00:00 +0100
Message-ID: <{len(body)}.{len(subject)}@mx.example.org>
Content-Type: text/plain; charset=utf-8"""
    return mail(head, body)


HEADERS_BACK = f"""\
From: groupe@example.org
To: mairie-1@example.org
Message-ID: {message_id()}
Subject: Lettre"""

EXIM = freeform(
    "Mail Delivery System <Mailer-Daemon@mx.example.org>",
    "Mail delivery failed: returning message to sender",
    f"""\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  mairie-1@example.org
    SMTP error from remote mail server after RCPT TO:<mairie-1@example.org>:
    550 5.1.1 <mairie-1@example.org>: Recipient address rejected: User unknown

------ This is a copy of the message's headers. ------

{HEADERS_BACK}""",
    more="X-Failed-Recipients: mairie-1@example.org\nReturn-Path: <>\nAuto-Submitted: auto-replied",
)
QMAIL = freeform(
    "MAILER-DAEMON@mx.example.org",
    "failure notice",
    f"""\
Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<mairie-1@example.org>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 User unknown
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

Return-Path: <groupe@example.org>
{HEADERS_BACK}

Monsieur le Maire,""",
)
POSTFIX_OLD = mail(
    """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: groupe@example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <postfix@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="p\"""",
    f"""\
--p
Content-Description: Notification
Content-Type: text/plain

This is the Postfix program at host mx.example.org.

I'm sorry to have to inform you that the message returned
below could not be delivered to one or more destinations.

                        The Postfix program

<mairie-1@example.org>: host mx2.example.org[192.0.2.7] said: 550 5.1.1
    <mairie-1@example.org>: Recipient address rejected: User unknown

--p
Content-Description: Undelivered Message
Content-Type: message/rfc822

{HEADERS_BACK}

Monsieur le Maire,
--p--""",
)
EXCHANGE = freeform(
    "System Administrator <postmaster@ville.example.org>",
    "Undeliverable: Lettre",
    """\
Your message

  To:      mairie-1@example.org
  Subject: Lettre
  Sent:    Tue, 24 Nov 2026 10:00:00 +0100

did not reach the following recipient(s):

mairie-1@example.org on Tue, 24 Nov 2026 10:00:05 +0100
    The recipient name is not recognized
        The MTS-ID of the original message is: c=fr;a= ;p=ville;l=SRV-0001
    MSEXCH:IMS:VILLE:SITE:SRV 0 (000C05A6) Unknown Recipient""",
)
SPAM_FREEFORM = freeform(
    "Mail Delivery System <Mailer-Daemon@mx.example.org>",
    "Mail delivery failed: returning message to sender",
    f"""\
A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  mairie-1@example.org
    SMTP error from remote mail server after end of data:
    550 5.7.1 Message rejected as spam by content filtering

------ This is a copy of the message's headers. ------

{HEADERS_BACK}""",
    more="X-Failed-Recipients: mairie-1@example.org\nReturn-Path: <>",
)
NOTHING_BACK = freeform(
    "Mail Delivery System <Mailer-Daemon@mx.example.org>",
    "Mail delivery failed: returning message to sender",
    """\
A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  mairie-1@example.org
    unrouteable mail domain "example.org\"""",
    more="X-Failed-Recipients: mairie-1@example.org\nReturn-Path: <>",
)
EXIM_DELAY = freeform(
    "Mail Delivery System <Mailer-Daemon@mx.example.org>",
    "Warning: message 1abcDE-000001-XY delayed 24 hours",
    """\
This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.org.

The message identifier is:     1abcDE-000001-XY
The subject of the message is: Lettre
The address to which the message has not yet been delivered is:

  mairie-1@example.org
    Delay reason: Connection timed out

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals if the message
remains undelivered.""",
    more="X-Failed-Recipients: mairie-1@example.org\nReturn-Path: <>",
)
HEADERS_ONLY = f"Content-Type: text/rfc822-headers\n\n{HEADERS_BACK}\n"
NOTHING = "Content-Type: text/plain\n\n(the letter is not returned)\n"
