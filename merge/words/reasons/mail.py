"""The mail server, the account, addresses."""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import _
from merge.words.reasons.form import Reason

_NOT_TO_WRITE_TO = {
    "address-malformed": _("“{value}” is not an e-mail address."),
    "address-too-long": _("“{value}” is too long for an e-mail address."),
    "address-domain-invalid": _("“{value}” has no valid domain after the @."),
    "address-needs-smtputf8": _("“{value}” has an accent before the @, which few servers take."),
}
_MEND_THE_TOWN_S = _("Mend it: publipostage edit {key} email=…")
_MEND_ONE_S_OWN = _("Mend it in [account] of campaign.toml.")

_NO_MAILBOX = {
    "": _("The mailbox on {host}, port {port}, cannot be reached."),
    ": name-unknown": _("There is no server called {host}, or this computer has no connection."),
    ": nobody-listens": _(
        "The mailbox on {host} cannot be reached on port {port}: nobody listens there."
    ),
    ": no-reply-in-time": _("The mailbox on {host}, port {port}, does not answer."),
    ": too-slow": _("The mailbox on {host}, port {port}, let nobody in within two minutes."),
    ": too-much": _("What answers at {host}, port {port}, never ends: it is no mailbox."),
    ": no-route": _("This computer has no way to {host}: it has no network, or no connection."),
    ": no-answer-to-the-name": _(
        "The name {host} cannot be looked up now: this computer seems to have no connection."
    ),
    ": connection-lost": _(
        "The mailbox on {host}, port {port}, hung up before anybody was let in."
    ),
}
_LOOK_AT_THE_MAILBOX = _(
    'Sending does not need it. The usual ports are 993 with tls = "implicit" and 143 with '
    '"starttls"; look at [account.imap] in campaign.toml.'
)

MAIL: Mapping[str, Reason] = {
    "server-unreachable": (
        _("The mail server {host}, port {port}, cannot be reached ({reason})."),
        _("Look at the connection and at [account] in campaign.toml; then run the same command."),
    ),
    "server-unreachable: name-unknown": (
        _("There is no server called {host}, or this computer has no connection."),
        _("If you are connected, look for a slip in host, in [account] of campaign.toml."),
    ),
    "server-unreachable: nobody-listens": (
        _("The mail server {host} cannot be reached on port {port}: nobody listens there."),
        _(
            'The usual ports are 465 with tls = "implicit" and 587 with "starttls"; look at '
            "[account] in campaign.toml."
        ),
    ),
    "server-unreachable: no-reply-in-time": (
        _("The mail server {host}, port {port}, does not answer."),
        _(
            "Some networks (offices, schools, hotels) close these ports: try another one, a "
            "phone's for example. Then run the same command again."
        ),
    ),
    "server-unreachable: silent": (
        _("The mail server {host}, port {port}, takes the connection, and says nothing."),
        _(
            'Port 465 goes with tls = "implicit", port 587 with "starttls": with the wrong one '
            "each side waits for the other. If that is right, run the same command again later."
        ),
    ),
    "server-unreachable: connection-lost": (
        _("The mail server {host}, port {port}, hung up before a word was said."),
        _(
            'Port 465 goes with tls = "implicit", port 587 with "starttls". If that is right, run '
            "the same command again later."
        ),
    ),
    "server-unreachable: hung-up": (
        _("The mail server {host}, port {port}, hung up before anybody was let in."),
        _("Run the same command again later. If it does so each time, ask the provider why."),
    ),
    "server-unreachable: too-slow": (
        _("The mail server {host}, port {port}, let nobody in within two minutes."),
        _("It answers, and too slowly. Run the same command again later."),
    ),
    "server-unreachable: too-much": (
        _("What answers at {host}, port {port}, never ends: it is no server for outgoing mail."),
        _(
            "Look at host and port in campaign.toml, [account]: the port is nearly always 465 or "
            "587."
        ),
    ),
    "server-unreachable: no-route": (
        _("This computer has no way to {host}: it has no network, or no connection."),
        _("Look at the connection (cable, Wi-Fi, a VPN); then run the same command again."),
    ),
    "server-unreachable: no-answer-to-the-name": (
        _("The name {host} cannot be looked up now: this computer seems to have no connection."),
        _("Look at the connection (cable, Wi-Fi, a VPN); then run the same command again."),
    ),
    "server-refuses-us": (
        _("The mail server {host}, port {port}, refuses this connection for good: {reply} {words}"),
        _(
            "To try again will not help, and the password is not in question. Often the address of "
            "your connection to the Internet is on a list of unwanted senders: try another network "
            "(a phone's for example), or show these words to the provider."
        ),
    ),
    "server-not-ready": (
        _("The mail server {host}, port {port}, does not want to talk now: {reply} {words}"),
        _("Run the same command again later."),
    ),
    "server-not-ready: no-smtp": (
        _("What answers at {host}, port {port}, is no server for outgoing mail. It says: {words}"),
        _(
            "Look at host and port in campaign.toml, [account]: the port is nearly always 465 or "
            "587."
        ),
    ),
    "connection-lost": (
        _("The connection was lost {times} times in a row: {words}"),
        _("Nobody is marked as failed. Run the same command again later."),
    ),
    "connection-lost: connection-lost": (
        _("The connection was lost {times} times in a row."),
        _("Nobody is marked as failed. Run the same command again later."),
    ),
    "certificate-untrusted": (
        _("The certificate of {host} cannot be trusted: {words}."),
        _(
            "Somebody may be listening; the password was not sent. A private authority goes into "
            "ca_file in campaign.toml."
        ),
    ),
    "certificate-untrusted: expired": (
        _("The certificate of {host} cannot be trusted: {words}."),
        _(
            "Look at the date of this computer: if it is wrong, every certificate seems to be. If "
            "it is right, only the provider can help. The password was not sent."
        ),
    ),
    "certificate-untrusted: other-name": (
        _("The certificate of {host} is for another name: {words}."),
        _(
            "Write host in campaign.toml as the provider writes it: not your own domain, not an "
            "address of numbers. The password was not sent."
        ),
    ),
    "tls-failed": (
        _("No encrypted connection to {host} came about: {words}."),
        _('Port 465 goes with tls = "implicit", port 587 with "starttls".'),
    ),
    "starttls-not-offered": (
        _("{host} offers no encryption on port {port}."),
        _('The password was not sent. Try port 465 with tls = "implicit".'),
    ),
    "tls-none-not-loopback": (
        _("Without encryption, everybody on the way to {host} could read the password."),
        _('Use tls = "implicit" or "starttls".'),
    ),
    "ca-file-unreadable": (
        _("The file of certificates cannot be read: {words}."),
        _("ca_file in campaign.toml must name a file in PEM form."),
    ),
    "ca-file-no-pem": (
        _("This file holds no certificate in PEM form."),
        _(
            "It begins with -----BEGIN CERTIFICATE-----. Whoever runs the server has it; with a "
            "provider that everybody knows, do without ca_file."
        ),
    ),
    "server-unapproved": (
        _("Nobody has approved {host}, port {port}, and a password would go there."),
        _("Nothing was sent. Look at it, and approve it if it is yours: publipostage account set"),
    ),
    "servers-to-approve": (
        _("Nobody has approved the server above, and no password goes to it."),
        _(
            "Nothing was sent. If it is yours, approve it: run the same command in a terminal and "
            "answer the question, or type: {command}"
        ),
    ),
    "login-not-offered": (
        _("{host} does not take a login here."),
        _("Look at host and port in [account] of campaign.toml."),
    ),
    "login-of-another-kind": (
        _(
            "{host} lets nobody in with a password in a way that this program knows; it has: "
            "{ways}."
        ),
        _(
            "With XOAUTH2 alone, the provider wants a login in the browser: send from a mailbox "
            "elsewhere. The password was not sent."
        ),
    ),
    "login-refused": (
        _("{host} refused the login {login}: {reply} {words}"),
        _(
            "Nothing has left. Look at the password (some providers want an application password), "
            "then: publipostage account set"
        ),
    ),
    "login-put-off": (
        _("{host} lets {login} in later, not now: {reply} {words}"),
        _(
            "This says nothing against the password: keep it, and run the same command again in a "
            "few minutes."
        ),
    ),
    "tls-failed: imap": (
        _("No encrypted connection to {host} came about: {words}."),
        _LOOK_AT_THE_MAILBOX,
    ),
    "starttls-not-offered: imap": (
        _("{host} offers no encryption on port {port}."),
        _LOOK_AT_THE_MAILBOX,
    ),
    **{
        f"mailbox-unreachable{reason}": (why, _LOOK_AT_THE_MAILBOX)
        for reason, why in _NO_MAILBOX.items()
    },
    "mailbox-login-refused": (
        _("{host} refused the login {login} to the mailbox: {words}"),
        _(
            "Sending does not need it; copies in Sent and bounces do. Look at [account.imap] in "
            "campaign.toml; another password goes into PUBLIPOSTAGE_IMAP_PASSWORD."
        ),
    ),
    "mailbox-refused": (
        _("The mailbox on {host} does not do what it is asked: {words}"),
        _("Sending does not need it. It is tried again at the next run."),
    ),
    "mailbox-lost": (
        _("The connection to the mailbox on {host} was lost ({words})."),
        _("Sending does not need it. It is tried again at the next run."),
    ),
    "mailbox-lost: too-slow": (
        _("The mailbox on {host} takes too long over one answer: it was left."),
        _("Sending does not need it. It is tried again at the next run."),
    ),
    "mailbox-lost: too-much": (
        _("The mailbox on {host} says more than it was asked for, without end: it was left."),
        _("Sending does not need it. It is tried again at the next run."),
    ),
    "sent-folder-missing": (
        _("No folder of sent mail was found in the mailbox. It has: {folders}."),
        _("Name the right one in campaign.toml, [account.imap], sent = …"),
    ),
    "too-many-bounces": (
        _("{bounced} letters came back, of {sent} sent: nothing more is sent now."),
        _(
            "Some hosts block a mailbox for that. Look at why (publipostage log --status bounced), "
            "mend the addresses with edit, then: publipostage send --really --accept-bounces"
        ),
    ),
    "bounce-about-us": (
        _(
            "Letters came back because their sender or their content is refused ({n} so far, the "
            "last with {codes}): no campaign sends from {account} now."
        ),
        _(
            "This is not about the recipients: nobody gets paper for it by itself. Read the "
            "server's words (publipostage log --attempts in {folder}), wait or ask the provider, "
            "then say there what becomes of these letters: publipostage resolve. To go on without: "
            "publipostage send --really --accept-bounces"
        ),
    ),
    "server-away": (
        _("{last} It was tried again for {minutes} minutes."),
        _(
            "Nothing is lost. When the connection is back, go on with: publipostage send --really "
            "(with --wait it tries until you end it)."
        ),
    ),
    "refused-alone": (
        _("your mail server refused it time and again while others left. It said: {value}"),
        _(
            "It is held, and the others go on. Ask the provider what it has against it; then let "
            "it go again, with the same address or another one: publipostage edit {key} email=…"
        ),
    ),
    "account-paused": (
        _("The server refuses this sender, its quota or its content: {reply} {words}"),
        _(
            "This is not about the recipient: nobody is marked as failed. Read the server's words, "
            "wait or ask the provider, then run the same command again."
        ),
    ),
    "account-paused: later-login": (
        _(
            "The server lets this account in no more, though it did when the run began: {reply} "
            "{words}"
        ),
        _(
            "So do providers that find that too much has left in a short time; nobody is marked as "
            "failed. Wait an hour, then run the same command again, with a lower per_hour in "
            "[account] of campaign.toml. If nobody is let in then either, look at the password: "
            "publipostage account set"
        ),
    ),
    "quota-spent": (
        _("The account's quota is spent."),
        _("There is room again {when}: run the same command then."),
    ),
    "rehearsal-not-written": (
        _("The rehearsal cannot be written: {words}."),
        _("Free some room, or look at who may write there."),
    ),
    "sender-name-unprintable": (
        _("The sender's name cannot stand in an e-mail."),
        _("Remove line breaks and control characters from [sender] name."),
    ),
    "subject-unprintable": (
        _("its subject cannot stand in an e-mail: “{value}”."),
        _("A cell with a line break is the usual cause: mend it with edit."),
    ),
    "letter-not-text": (_("its text cannot stand in an e-mail."), ""),
    **{code: (why, _MEND_THE_TOWN_S) for code, why in _NOT_TO_WRITE_TO.items()},
    **{f"{code}: own": (why, _MEND_ONE_S_OWN) for code, why in _NOT_TO_WRITE_TO.items()},
    **{f"{code}: typed": (why, "") for code, why in _NOT_TO_WRITE_TO.items()},
}
