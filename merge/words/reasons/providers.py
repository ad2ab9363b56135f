"""What is peculiar about each provider's mailboxes: which password it wants, and where it is made.

As of 2026. Providers move their menus: each sentence says what to look for, too.
"""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import N_

PECULIARITIES: Mapping[str, tuple[str, ...]] = {
    "gmail": (
        N_(
            "Gmail refuses the account's own password here. Turn on two-step verification "
            "(myaccount.google.com/security), then make an application password "
            "(myaccount.google.com/apppasswords) and type it here: sixteen letters."
        ),
    ),
    "workspace": (
        N_(
            "Google Workspace refuses the account's own password here. Turn on two-step "
            "verification, then make an application password (myaccount.google.com/apppasswords) "
            "and type it here. If there is no such page, your administrator has closed it."
        ),
    ),
    "microsoft365": (
        N_(
            "Microsoft 365 takes no password from a program any more: you sign in in the browser. "
            "The administrator must allow sending for this mailbox (admin centre, Users, Mail, "
            "Manage email apps, “Authenticated SMTP”); where they will not, take the provider "
            "“graph”, which sends by the web."
        ),
    ),
    "outlook": (
        N_(
            "Outlook, Hotmail, Live and MSN take no password from a program any more: you sign in "
            "in the browser. In the settings of the webmail (Mail, Forwarding and IMAP), let "
            "programs use IMAP, so that this one sees what comes back."
        ),
    ),
    "gmail-api": (
        N_(
            "The Gmail API sends by the web, where no mail server can be reached. It reads "
            "nothing: what comes back you read yourself, and hand over with `replies --from`."
        ),
    ),
    "graph": (
        N_(
            "Microsoft Graph sends by the web, where no mail server can be reached. It says that "
            "it accepted a letter, not that it sent it, and reads nothing: what comes back you "
            "read yourself, and hand over with `replies --from`."
        ),
    ),
    "ovh": (
        N_(
            "OVH: it is the password of the mailbox, which is set in the customer area (Web Cloud, "
            "Emails), not the customer area's own. With two-step verification in the webmail, make "
            "an application password there. E-mail Pro and Exchange have servers of their own, "
            "which the customer area shows: --host pro1.mail.ovh.net --port 587 --tls starttls"
        ),
    ),
    "infomaniak": (
        N_(
            "Infomaniak: the password of the mailbox, or one that you make for this program in "
            "the manager (Mail Service, the address, Devices). 500 messages in 24 hours; paid "
            "mailboxes may send 1,440: then per_day = 1296."
        ),
    ),
    "orange": (
        N_(
            "Orange: the password of this mailbox. If it is refused although it is right, look in "
            "the settings of Orange's webmail whether mail programs may use the mailbox."
        ),
    ),
    "free": (
        N_(
            "Free: the login is what stands before the @. “SMTP authentifié” must be turned on for "
            "the mailbox in the subscriber's area (Gérer mes comptes e-mail)."
        ),
    ),
    "laposte": (
        N_(
            "La Poste: the password of laposte.net. If it is refused although it is right, look in "
            "the settings of the webmail whether mail programs may use the mailbox."
        ),
    ),
    "gandi": (
        N_(
            "Gandi: the password of the mailbox. Its mailboxes are for ordinary mail, and it may "
            "suspend one that sends in bulk: keep to few letters a day."
        ),
    ),
    "ionos": (
        N_(
            "IONOS: the password of the mailbox. A contract younger than 30 days sends less: 50 "
            "an hour in the first week (per_hour = 45), 100 in the second, 400 in the third."
        ),
    ),
    "yahoo": (
        N_(
            "Yahoo refuses the account's own password here. Make an application password: account "
            "information, Security, “Generate app password”."
        ),
    ),
    "icloud": (
        N_(
            "Apple refuses the account's own password here. Make one for this program: "
            "account.apple.com, Sign-In and Security, “App-Specific Passwords”."
        ),
    ),
    "fastmail": (
        N_(
            "Fastmail refuses the account's own password here. Make one for this program: "
            "Settings, Privacy & Security, “Manage app passwords”, with access to SMTP."
        ),
    ),
    "zoho": (
        N_(
            "Zoho: with two-step verification make an application password (accounts.zoho.eu, "
            "Security). How much may leave depends on the account; the cap is for a new one."
        ),
    ),
    "brevo": (
        N_(
            "Brevo: the login and the SMTP key (not the account's password) stand under “SMTP & "
            "API”. The address that you send from must be one of your confirmed senders. Without "
            "a subscription 300 messages a day leave."
        ),
    ),
    "proton": (
        N_(
            "Proton lets programs send only through its own program Proton Mail Bridge, with a "
            "subscription. Start it on this machine, type the password that it shows, and give its "
            "certificate (Settings, Advanced, Export TLS certificates): --ca-file cert.pem"
        ),
    ),
}

PASSWORD_PAGES: Mapping[str, str] = {
    "gmail": "https://myaccount.google.com/apppasswords",
    "workspace": "https://myaccount.google.com/apppasswords",
    "yahoo": "https://login.yahoo.com/account/security",
    "icloud": "https://account.apple.com/",
    "fastmail": "https://app.fastmail.com/settings/security",
    "zoho": "https://accounts.zoho.eu/home#security/app_password",
    "brevo": "https://app.brevo.com/settings/keys/smtp",
    "infomaniak": "https://manager.infomaniak.com/",
    "ovh": "https://www.ovh.com/manager/",
}
"""Where a password is made, as of 2026."""

_GOOGLE_CLIENT = (
    N_("Open console.cloud.google.com and make a project; any name will do."),
    N_("“APIs & Services”, “Library”: look for “Gmail API”, and press “Enable”."),
    N_(
        "“Google Auth Platform”, “Get started”: a name (publipostage), your own address, and the "
        "audience “External” (for an address of your Workspace: “Internal”)."
    ),
    N_(
        "“Audience”: press “Publish app”. A client that is “Testing” is signed out after seven "
        "days. Google need not verify it: when you sign in it warns you of an unknown program, "
        "which is yours (“Advanced”, “Go to publipostage”)."
    ),
    N_("“Clients”, “Create client”, kind “Desktop app”: copy the client id and the secret."),
)
_MICROSOFT_CLIENT = (
    N_(
        "Open entra.microsoft.com (the administrator may have to): “App registrations”, “New "
        "registration”."
    ),
    N_(
        "A name (publipostage); accounts “in any organizational directory and personal Microsoft "
        "accounts”; redirect “Public client/native (mobile & desktop)”: http://localhost"
    ),
    N_(
        "Under “Authentication” switch “Allow public client flows” on: a code that is typed on "
        "another device needs it."
    ),
    N_(
        "Under “API permissions” add, as delegated: SMTP.Send and IMAP.AccessAsUser.All (“APIs my "
        "organization uses”, Office 365 Exchange Online), for Graph only Mail.Send."
    ),
    N_("Copy the “Application (client) ID” of its first page. It has no secret."),
)
CLIENT_STEPS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("gmail", "workspace", "gmail-api"), _GOOGLE_CLIENT),
    **dict.fromkeys(("microsoft365", "outlook", "graph"), _MICROSOFT_CLIENT),
}
"""How a client id of one's own is made, as of 2026."""
