"""Mail hosts that groups use: how to connect, what password they want, how much they let through.

The caps are 90 % of what each provider publishes (support pages, read in 2025 and 2026; the page is
named beside each), so that the sender's own mail still has room. Where only an hour is published,
a day is ten of them. Where we found no number, the cap is that of an unknown provider: 100 an hour
and 300 a day. Hosts and ports are those of Thunderbird's ISPDB and the providers' own pages.

A provider whose SMTP puts a copy into the folder of sent mail by itself is marked; with all others
the program asks the mailbox before it files one, so that a copy is never doubled.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Literal

Tls = Literal["implicit", "starttls", "none"]

Copies = Literal["program", "provider", "none"]
"""Who puts a copy of what was sent into the folder of sent mail."""

Credential = Literal["own", "application", "key", "bridge", "sign-in"]
"""What a provider takes: the mailbox's own password; one that is made for an application, in the
account's security settings; a key of the sending service; that of a program on this machine; no
password at all."""

SendBy = Literal["smtp", "gmail-api", "graph"]
"""The way that letters leave: a mail server, or where that is closed a provider's door on the web.
"""

_NOT_SETTINGS = frozenset(
    {"imap", "domains", "spf", "servers", "credential", "login_name", "sign_in"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How a person signs in at a provider, with a client id of their own (OAuth 2.0)."""

    authorize: str  # the address that a browser opens
    token: str
    scopes: tuple[str, ...]
    device: str = ""  # where a code to type on another device comes from
    has_secret: bool = False  # a client has a secret, which it shows to nobody else
    redirect_host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The `[account]` settings that naming a provider stands for, and what to know of it."""

    host: str
    port: int = 465
    tls: Tls = "implicit"
    send_by: SendBy = "smtp"
    per_minute: int | None = None
    per_hour: int = 100
    per_day: int = 300
    connections: int = 1
    messages_per_connection: int = 80  # Orange closes after 100; of the others we know nothing

    imap: Mapping[str, str | int] = field(default_factory=dict)  # [account.imap]; {}: no mailbox
    domains: tuple[str, ...] = ()  # whose addresses are mailboxes of this provider
    servers: tuple[str, ...] = ()  # what the MX of its mailboxes in domains of one's own end with
    spf: tuple[str, ...] = ()  # the records that its customers include in theirs
    credential: Credential = "own"
    sign_in: SignIn | None = None
    login_name: Literal["address", "before-at", "given"] = "address"  # "given": it tells you one

    def account_settings(self) -> Mapping[str, str | int]:
        """The keys of `[account]` that this provider stands for."""
        known = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _NOT_SETTINGS}
        return {key: value for key, value in known.items() if value is not None}


_SFR_DOMAINS = (
    *("sfr.fr", "neuf.fr", "club-internet.fr", "cegetel.net", "numericable.fr", "9online.fr"),
    *("noos.fr", "9business.fr", "numericable.com", "evhr.net", "modulonet.fr", "guideo.fr"),
)
_OUTLOOK_DOMAINS = (
    *("outlook.com", "outlook.fr", "hotmail.com", "hotmail.fr", "live.com", "live.fr"),
    *("msn.com", "windowslive.com"),
)
_YAHOO_DOMAINS = ("yahoo.fr", "yahoo.com", "ymail.com", "rocketmail.com", "myyahoo.com", "aol.com")


def _google(*scopes: str) -> SignIn:
    """developers.google.com, "OAuth 2.0 for iOS & Desktop Apps": no device code for mail."""
    return SignIn(
        # Without these it gives an access token alone to whoever signs in a second time.
        authorize="https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent",
        token="https://oauth2.googleapis.com/token",  # noqa: S106 - an address, no secret
        scopes=scopes,
        has_secret=True,
    )


def _microsoft(tenant: str, *scopes: str) -> SignIn:
    """learn.microsoft.com, "Authenticate an IMAP, POP or SMTP connection using OAuth". Of a
    redirect to "localhost" any port passes, of one to 127.0.0.1 none.
    """
    at = f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
    return SignIn(
        authorize=f"{at}/authorize",
        token=f"{at}/token",
        device=f"{at}/devicecode",
        scopes=(*scopes, "offline_access"),
        redirect_host="localhost",
    )


_GOOGLE_MAIL = _google("https://mail.google.com/")
_MICROSOFT_MAIL = (
    "https://outlook.office.com/SMTP.Send",
    "https://outlook.office.com/IMAP.AccessAsUser.All",
)
_MICROSOFT_IMAP = {"host": "outlook.office365.com"}
# 30 a minute, 10,000 recipients a day, 3 connections (learn.microsoft.com, "Exchange Online
# limits").
_EXCHANGE = Provider(
    host="smtp.office365.com",
    port=587,
    tls="starttls",
    per_minute=27,
    per_hour=1620,
    per_day=9000,
    connections=2,
    credential="sign-in",
    sign_in=_microsoft("organizations", *_MICROSOFT_MAIL),
    imap=_MICROSOFT_IMAP,
    servers=("mail.protection.outlook.com", "mx.microsoft"),
    # learn.microsoft.com/defender-office-365/email-authentication-spf-configure
    spf=("spf.protection.outlook.com",),
)

PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        # --- providers of access, in France; we found no number of messages a day ---
        # 2 connections from one address and 100 messages over each (postmaster.orange.fr).
        "orange": Provider(
            host="smtp.orange.fr",
            connections=2,
            messages_per_connection=90,
            domains=("orange.fr", "wanadoo.fr", "voila.fr"),
            imap={"host": "imap.orange.fr"},
        ),
        # It wants the name before the @ (ISPDB, free.fr).
        "free": Provider(
            host="smtp.free.fr",
            domains=("free.fr", "aliceadsl.fr", "libertysurf.fr"),
            login_name="before-at",
            imap={"host": "imap.free.fr"},
        ),
        "sfr": Provider(host="smtp.sfr.fr", domains=_SFR_DOMAINS, imap={"host": "imap.sfr.fr"}),
        "bouygues": Provider(
            host="smtp.bbox.fr", domains=("bbox.fr",), imap={"host": "imap.bbox.fr"}
        ),
        "laposte": Provider(
            host="smtp.laposte.net", domains=("laposte.net",), imap={"host": "imap.laposte.net"}
        ),
        # --- hosts of domains and mailboxes, in Europe ---
        # About 200 an hour and account. E-mail Pro and Exchange have hosts of their own.
        "ovh": Provider(
            # github.com/ovh/docs, dns_zone_spf: of all but Private Exchange, by address
            servers=("mail.ovh.net",),
            spf=("mx.ovh.com",),
            host="ssl0.ovh.net",
            per_hour=180,
            per_day=1800,
            imap={"host": "ssl0.ovh.net"},
        ),
        # 500 in 24 hours; 1,440 for what is paid for (infomaniak.com, FAQ 2065).
        "infomaniak": Provider(
            # infomaniak.com/support/faq/2199
            servers=("infomaniak.ch",),
            spf=("spf.infomaniak.ch",),
            host="mail.infomaniak.com",
            per_day=450,
            domains=("ik.me", "ikmail.com", "etik.com"),
            imap={"host": "mail.infomaniak.com"},
        ),
        # No number found; it suspends mailboxes for mass mail (docs.gandi.net, "limits").
        "gandi": Provider(
            # helpdesk.gandi.net, "What is an SPF record?"
            servers=("mail.gandi.net",),
            spf=("_mailcust.gandi.net",),
            host="mail.gandi.net",
            imap={"host": "mail.gandi.net"},
        ),
        # 500 an hour once the contract is 30 days old; 50 in the first week (ionos.com, "mass
        # mailing limits").
        "ionos": Provider(
            # ionos.de/hilfe, "Spam-Versand vermeiden mit SPF-Record", as quoted; zones that it made
            servers=("ionos.fr", "kundenserver.de"),
            spf=("_spf-eu.ionos.com",),
            host="smtp.ionos.fr",
            per_hour=450,
            per_day=4500,
            imap={"host": "imap.ionos.fr"},
        ),
        "mailo": Provider(
            host="mail.mailo.com",
            domains=("mailo.com", "mailo.eu", "netcourrier.com", "net-c.fr", "emailasso.net"),
            imap={"host": "mail.mailo.com"},
        ),
        # It says that it depends on the account's age and habits (kb.mailbox.org).
        "mailbox.org": Provider(
            # kb.mailbox.org, "SPF, DKIM, and DMARC"
            servers=("mailbox.org",),
            spf=("mailbox.org",),
            host="smtp.mailbox.org",
            domains=("mailbox.org",),
            imap={"host": "imap.mailbox.org"},
        ),
        "posteo": Provider(
            host="posteo.de",
            domains=("posteo.net", "posteo.de", "posteo.eu", "posteo.org"),
            imap={"host": "posteo.de"},
        ),
        "riseup": Provider(
            host="mail.riseup.net", domains=("riseup.net",), imap={"host": "mail.riseup.net"}
        ),
        "disroot": Provider(
            host="disroot.org", domains=("disroot.org",), imap={"host": "disroot.org"}
        ),
        # --- the large ones; all of them want a password made for an application ---
        # 500 a rolling day; Workspace 2,000.
        "gmail": Provider(
            # support.google.com/a/answer/33786 and 10685031
            spf=("_spf.google.com",),
            host="smtp.gmail.com",
            per_day=450,
            domains=("gmail.com", "googlemail.com"),
            credential="application",
            sign_in=_GOOGLE_MAIL,
            imap={"host": "imap.gmail.com", "copies": "provider"},
        ),
        "workspace": Provider(
            servers=("google.com", "googlemail.com"),
            spf=("_spf.google.com",),
            host="smtp.gmail.com",
            per_hour=180,
            per_day=1800,
            credential="application",
            sign_in=_GOOGLE_MAIL,
            imap={"host": "imap.gmail.com", "copies": "provider"},
        ),
        # The Gmail API, where SMTP is closed; it reads nothing (scope gmail.send).
        "gmail-api": Provider(
            spf=("_spf.google.com",),
            host="gmail.googleapis.com",
            port=443,
            send_by="gmail-api",
            per_day=450,
            credential="sign-in",
            sign_in=_google("https://www.googleapis.com/auth/gmail.send"),
        ),
        "microsoft365": _EXCHANGE,
        # Personal mailboxes take no password from a program since 16 September 2024. What they may
        # send depends on their history (support.microsoft.com, "Sending limits").
        "outlook": Provider(
            servers=("olc.protection.outlook.com",),
            host="smtp-mail.outlook.com",
            port=587,
            tls="starttls",
            domains=_OUTLOOK_DOMAINS,
            credential="sign-in",
            sign_in=_microsoft("consumers", *_MICROSOFT_MAIL),
            imap=_MICROSOFT_IMAP,
        ),
        # Microsoft Graph, where SMTP is closed: the same limits; it reads nothing (Mail.Send).
        "graph": replace(
            _EXCHANGE,
            host="graph.microsoft.com",
            port=443,
            tls="implicit",
            send_by="graph",
            sign_in=_microsoft("common", "https://graph.microsoft.com/Mail.Send"),
            imap={},
        ),
        "yahoo": Provider(
            host="smtp.mail.yahoo.com",
            domains=_YAHOO_DOMAINS,
            credential="application",
            imap={"host": "imap.mail.yahoo.com"},
        ),
        # 1,000 messages a day (support.apple.com/102198).
        "icloud": Provider(
            # what its set-up of a domain writes into zones
            servers=("icloud.com",),
            spf=("icloud.com",),
            host="smtp.mail.me.com",
            port=587,
            tls="starttls",
            per_day=900,
            domains=("icloud.com", "me.com", "mac.com"),
            credential="application",
            imap={"host": "imap.mail.me.com"},
        ),
        "fastmail": Provider(
            # its own record, and what its set-up writes (fastmail.help, "Manual DNS configuration")
            servers=("messagingengine.com",),
            spf=("spf.messagingengine.com",),
            host="smtp.fastmail.com",
            domains=("fastmail.com", "fastmail.fm"),
            credential="application",
            imap={"host": "imap.fastmail.com"},
        ),
        # From 50 to 500 an hour, by reputation (zoho.com, "rates and limits").
        "zoho": Provider(
            # zones of European accounts have the one or the other, zoho.com/billing/kb the second
            servers=("zoho.eu",),
            spf=("zohomail.eu", "zoho.eu"),
            host="smtp.zoho.eu",
            per_hour=45,
            per_day=450,
            domains=("zohomail.eu", "zoho.eu"),
            credential="application",
            imap={"host": "imap.zoho.eu"},
        ),
        # --- services for sending ---
        # 300 a day without a subscription.
        "brevo": Provider(
            host="smtp-relay.brevo.com",
            port=587,
            tls="starttls",
            per_day=270,
            credential="key",
            login_name="given",
        ),
        # Only through its program Bridge, on this machine (proton.me/mail/bridge).
        "proton": Provider(
            # proton.me/support/anti-spoofing-custom-domain
            servers=("protonmail.ch",),
            spf=("_spf.protonmail.ch",),
            host="127.0.0.1",
            port=1025,
            tls="starttls",
            domains=("proton.me", "protonmail.com", "protonmail.ch", "pm.me"),
            credential="bridge",
            imap={"host": "127.0.0.1", "port": 1143, "tls": "starttls", "copies": "provider"},
        ),
    }
)

WITHOUT_PASSWORD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # It has no SMTP at all.
        "tuta": ("tuta.com", "tutanota.com", "tutamail.com", "tuta.io", "keemail.me"),
    }
)
"""Providers from whose mailboxes no program can send, and their domains."""

PUBLIC_DOMAINS = frozenset(
    (
        *(domain for provider in PROVIDERS.values() for domain in provider.domains),
        *(domain for domains in WITHOUT_PASSWORD.values() for domain in domains),
        *("nordnet.fr", "gmx.fr", "gmx.com", "caramail.com"),
    )
)
"""Where anybody has a mailbox: two addresses there have nothing in common."""

_ALSO_CALLED: Mapping[str, str] = MappingProxyType(
    {
        **{"google": "gmail", "googlemail": "gmail", "google workspace": "workspace"},
        **{"wanadoo": "orange", "la poste": "laposte", "laposte.net": "laposte"},
        **{"bbox": "bouygues", "bouygues telecom": "bouygues", "numericable": "sfr"},
        **{"ovhcloud": "ovh", "1and1": "ionos", "1&1": "ionos", "sendinblue": "brevo"},
        **{"mailbox": "mailbox.org", "netcourrier": "mailo", "apple": "icloud", "aol": "yahoo"},
        **{"protonmail": "proton", "proton mail": "proton", "tutanota": "tuta"},
        **{"microsoft 365": "microsoft365", "office365": "microsoft365"},
        **{"office 365": "microsoft365", "exchange online": "microsoft365"},
        **{"microsoft": "outlook", "hotmail": "outlook"},
        **{"gmail api": "gmail-api", "microsoft graph": "graph"},
        **{"live": "outlook", "msn": "outlook", "outlook.com": "outlook"},
    }
)


def provider_named(words: str) -> str:
    """The name of the provider that a person calls so, or "". Also one of WITHOUT_PASSWORD."""
    name = " ".join(words.casefold().split())
    name = _ALSO_CALLED.get(name, name)
    return name if name in PROVIDERS or name in WITHOUT_PASSWORD else provider_of(f"@{name}")


def provider_like(words: str) -> str:
    """The provider that was probably meant by a name of no provider ("orangee"), or ""."""
    known = {name: name for name in (*PROVIDERS, *WITHOUT_PASSWORD)} | dict(_ALSO_CALLED)
    close = difflib.get_close_matches(" ".join(words.casefold().split()), known, n=1)
    return known[close[0]] if close else ""


def provider_of(address: str) -> str:
    """The provider of a mailbox, by the domain of its address; "" for a domain of one's own."""
    domain = address.rpartition("@")[2].casefold()
    for name, provider in PROVIDERS.items():
        if domain in provider.domains:
            return name
    return next((name for name, domains in WITHOUT_PASSWORD.items() if domain in domains), "")
