"""What a provider means when it refuses the sender, its quota or its letters.

Read from the whole reply: code, enhanced code (RFC 3463) and words. The first line that fits wins,
so a provider's own codes stand before what all of them say. Sources: postmaster.orange.fr; Google,
"SMTP errors and codes"; Microsoft, "NDR codes in Exchange Online"; RFC 4954.
"""

from __future__ import annotations

import re

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

_LESS_ALIKE = N_(
    "Do not send the same again at once. Wait a day; write a true sentence for each (a "
    "column “Paragraphe local”), leave out pictures and links that are not needed, and "
    "send fewer an hour, by your settings."
)
_OPERATOR = r"\b(?:OFR|LPN|OUK)\w{0,3}?_?"

REFUSALS: tuple[tuple[str, Entry], ...] = (
    (
        rf"{_OPERATOR}1\d\d\b",
        (
            N_("The operator finds that too much comes from you, or that you are on a block list."),
            N_(
                "Wait a few hours, then send fewer: per_hour = 30 and connections = 1 in [account] "
                "of campaign.toml."
            ),
        ),
    ),
    (
        rf"{_OPERATOR}[23]\d\d\b",
        (
            N_("The operator does not know the server that sends for your domain (its name, SPF)."),
            N_("Ask the host of your domain to put its SPF record and name right."),
        ),
    ),
    (
        rf"{_OPERATOR}40\d\b",
        (
            N_("The operator refuses the address that you send from."),
            N_("Look at from in [account] of campaign.toml: it must be a mailbox that exists."),
        ),
    ),
    (
        rf"{_OPERATOR}5\d\d\b",
        (N_("The operator takes these letters for spam."), _LESS_ALIKE),
    ),
    (
        rf"{_OPERATOR}99\d\b",
        (
            N_("The operator has had bad experiences with the server that sends for you."),
            N_("Wait a day; if it goes on, ask your mail host, or send from another mailbox."),
        ),
    ),
    (
        r"5\.4\.5|daily user sending",
        (
            N_("Gmail's quota of 24 hours is spent: 500 messages, 2,000 with Workspace."),
            N_(
                "What you send from the webmail counts too. Go on in 24 hours; "
                "lower per_day in [account] of campaign.toml if it comes again."
            ),
        ),
    ),
    (
        r"5\.7\.139|5\.7\.30\b|basic authentication is|smtpclientauthentication",
        (
            N_("Microsoft lets no program in with a password, unless the administrator allows it."),
            N_(
                "With Microsoft 365 the administrator can allow “Authenticated SMTP” for this "
                "mailbox. Otherwise send from a mailbox elsewhere: {step}"
            ),
            Step(command="account", options=("set",)),
        ),
    ),
    (
        r"5\.7\.9\b|application-specific password|app(lication)? password",
        (
            N_("The provider wants an application password, not the account's own."),
            N_(
                "Make one in the account's security settings, after turning on two-step "
                "verification; then: {step}"
            ),
            Step(command="account", options=("set",)),
        ),
    ),
    (
        r"\b(53[045])\b|5\.7\.[38]\b",
        (
            N_("The login or the password is not right, or the provider wants another password."),
            N_(
                "Try both in the provider's webmail. If they work there, make an application "
                "password in the account's security settings. Then: {step}"
            ),
            Step(command="account", options=("set",)),
        ),
    ),
    (
        r"5\.7\.60\b|sendas|sender address"
        r"|not (allowed|owned|permitted).{0,40}(send|sender|from|user)",
        (
            N_("This mailbox may not send under the address that the letters come from."),
            N_(
                "Make from in [account] of campaign.toml the mailbox's own address; answers can go "
                "elsewhere with reply_to."
            ),
        ),
    ),
    (
        r"4\.3\.2\b|concurrent connections|too many (concurrent )?connections",
        (
            N_("Too many connections at once for this provider."),
            N_("Write connections = 1 in [account] of campaign.toml."),
        ),
    ),
    (
        r"5\.1\.8\b|5\.7\.50[123]|5\.7\.7\d\d|outbound sender|(account|mailbox|user).{0,30}"
        r"(blocked|suspended|disabled|locked)",
        (
            N_("The provider has stopped this account from sending."),
            N_(
                "Log in to its webmail or ask its support: it says why, and how the account is "
                "opened again. Do not go on from another mailbox with the same letter before you "
                "know why."
            ),
        ),
    ),
    (
        r"spam|unsolicited|bulk|reputation|blacklist|block ?list|listed|content|suspicious"
        r"|5\.7\.1\b.*block",
        (N_("The provider takes these letters for unwanted mail."), _LESS_ALIKE),
    ),
    (
        r"quota|limit|\brate\b|too (many|much|fast)|throttl|exceed|4\.4\.5|4\.7\.28|slow down",
        (
            N_("The provider finds that too much has left in too short a time."),
            N_(
                "What you send otherwise counts too. Go on tomorrow; lower "
                "per_hour and per_day in [account] of campaign.toml if it comes again."
            ),
        ),
    ),
)


def meaning(reply: str) -> Entry | None:
    """Why a provider refused so, and what to do; None when the reply is not understood."""
    found = (entry for pattern, entry in REFUSALS if re.search(pattern, reply, re.IGNORECASE))
    return next(found, None)
