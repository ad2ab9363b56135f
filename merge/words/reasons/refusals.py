"""What a provider means when it refuses the sender, its quota or its letters.

Read from the whole reply: code, enhanced code (RFC 3463) and words. The first line that fits wins,
so a provider's own codes stand before what all of them say. Sources: postmaster.orange.fr; Google,
"SMTP errors and codes"; Microsoft, "NDR codes in Exchange Online"; RFC 4954.
"""

from __future__ import annotations

import re

from merge.words.language import _
from merge.words.reasons.form import Reason

_LESS_ALIKE = _(
    "Do not send the same again at once. Wait a day; write a true sentence about each town "
    "(local/CODE.md), leave out pictures and links that are not needed, and send fewer: per_hour = "
    "30 in [account] of campaign.toml."
)
_OPERATOR = r"\b(?:OFR|LPN|OUK)\w{0,3}?_?"

REFUSALS: tuple[tuple[str, Reason], ...] = (
    (
        rf"{_OPERATOR}1\d\d\b",
        (
            _("The operator finds that too much comes from you, or that you are on a block list."),
            _(
                "Wait a few hours, then send fewer: per_hour = 30 and connections = 1 in [account] "
                "of campaign.toml."
            ),
        ),
    ),
    (
        rf"{_OPERATOR}[23]\d\d\b",
        (
            _("The operator does not know the server that sends for your domain (its name, SPF)."),
            _("Ask the host of your domain to put its SPF record and name right."),
        ),
    ),
    (
        rf"{_OPERATOR}40\d\b",
        (
            _("The operator refuses the address that you send from."),
            _("Look at from in [account] of campaign.toml: it must be a mailbox that exists."),
        ),
    ),
    (
        rf"{_OPERATOR}5\d\d\b",
        (_("The operator takes these letters for spam."), _LESS_ALIKE),
    ),
    (
        rf"{_OPERATOR}99\d\b",
        (
            _("The operator has had bad experiences with the server that sends for you."),
            _("Wait a day; if it goes on, ask your mail host, or send from another mailbox."),
        ),
    ),
    (
        r"5\.4\.5|daily user sending",
        (
            _("Gmail's quota of 24 hours is spent: 500 messages, 2,000 with Workspace."),
            _(
                "What you send from the webmail counts too. Run the same command again in 24 "
                "hours; lower per_day in [account] of campaign.toml if it comes again."
            ),
        ),
    ),
    (
        r"5\.7\.139|5\.7\.30\b|basic authentication is|smtpclientauthentication",
        (
            _("Microsoft lets no program in with a password, unless the administrator allows it."),
            _(
                "With Microsoft 365 the administrator can allow “Authenticated SMTP” for this "
                "mailbox. Otherwise send from a mailbox elsewhere: publipostage account set"
            ),
        ),
    ),
    (
        r"5\.7\.9\b|application-specific password|app(lication)? password",
        (
            _("The provider wants an application password, not the account's own."),
            _(
                "Make one in the account's security settings, after turning on two-step "
                "verification; then: publipostage account set"
            ),
        ),
    ),
    (
        r"\b(53[045])\b|5\.7\.[38]\b",
        (
            _("The login or the password is not right, or the provider wants another password."),
            _(
                "Try both in the provider's webmail. If they work there, make an application "
                "password in the account's security settings. Then: publipostage account set"
            ),
        ),
    ),
    (
        r"5\.7\.60\b|sendas|sender address"
        r"|not (allowed|owned|permitted).{0,40}(send|sender|from|user)",
        (
            _("This mailbox may not send under the address that the letters come from."),
            _(
                "Make from in [account] of campaign.toml the mailbox's own address; answers can go "
                "elsewhere with reply_to."
            ),
        ),
    ),
    (
        r"4\.3\.2\b|concurrent connections|too many (concurrent )?connections",
        (
            _("Too many connections at once for this provider."),
            _("Write connections = 1 in [account] of campaign.toml."),
        ),
    ),
    (
        r"5\.1\.8\b|5\.7\.50[123]|5\.7\.7\d\d|outbound sender|(account|mailbox|user).{0,30}"
        r"(blocked|suspended|disabled|locked)",
        (
            _("The provider has stopped this account from sending."),
            _(
                "Log in to its webmail or ask its support: it says why, and how the account is "
                "opened again. Do not go on from another mailbox with the same letter before you "
                "know why."
            ),
        ),
    ),
    (
        r"spam|unsolicited|bulk|reputation|blacklist|block ?list|listed|content|suspicious"
        r"|5\.7\.1\b.*block",
        (_("The provider takes these letters for unwanted mail."), _LESS_ALIKE),
    ),
    (
        r"quota|limit|\brate\b|too (many|much|fast)|throttl|exceed|4\.4\.5|4\.7\.28|slow down",
        (
            _("The provider finds that too much has left in too short a time."),
            _(
                "What you send otherwise counts too. Run the same command again tomorrow; lower "
                "per_hour and per_day in [account] of campaign.toml if it comes again."
            ),
        ),
    ),
)


def meaning(reply: str) -> Reason | None:
    """Why a provider refused so, and what to do; None when the reply is not understood."""
    found = (words for pattern, words in REFUSALS if re.search(pattern, reply, re.IGNORECASE))
    return next(found, None)
