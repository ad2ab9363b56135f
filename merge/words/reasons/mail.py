"""The mail server, the account, addresses."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

_NOT_TO_WRITE_TO = {
    "address-malformed": N_("“{value}” is not an e-mail address."),
    "address-too-long": N_("“{value}” is too long for an e-mail address."),
    "address-domain-invalid": N_("“{value}” has no valid domain after the @."),
    "address-needs-smtputf8": N_("“{value}” has an accent before the @, which few servers take."),
}
_MEND_THE_TOWN_S = (N_("Mend it: {step}"), Step(command="edit", options=("{key}", "email=…")))
_MEND_ONE_S_OWN = N_("Mend it in [account] of campaign.toml.")

_NO_MAILBOX = {
    "": N_("The mailbox on {host}, port {port}, cannot be reached."),
    ": name-unknown": N_("There is no server called {host}, or this computer has no connection."),
    ": nobody-listens": N_(
        "The mailbox on {host} cannot be reached on port {port}: nobody listens there."
    ),
    ": no-reply-in-time": N_("The mailbox on {host}, port {port}, does not answer."),
    ": too-slow": N_("The mailbox on {host}, port {port}, let nobody in within two minutes."),
    ": too-much": N_("What answers at {host}, port {port}, never ends: it is no mailbox."),
    ": no-route": N_("This computer has no way to {host}: it has no network, or no connection."),
    ": no-answer-to-the-name": N_(
        "The name {host} cannot be looked up now: this computer seems to have no connection."
    ),
    ": connection-lost": N_(
        "The mailbox on {host}, port {port}, hung up before anybody was let in."
    ),
}
_LOOK_AT_THE_MAILBOX = N_(
    'Sending does not need it. The usual ports are 993 with tls = "implicit" and 143 with '
    '"starttls"; look at [account.imap] in campaign.toml.'
)

MAIL: Mapping[str, Entry] = {
    "server-unreachable": (
        N_("The mail server {host}, port {port}, cannot be reached ({reason})."),
        N_("Look at the connection and at [account] in campaign.toml; then run the same command."),
    ),
    "server-unreachable: name-unknown": (
        N_("There is no server called {host}, or this computer has no connection."),
        N_("If you are connected, look for a slip in host, in [account] of campaign.toml."),
    ),
    "server-unreachable: nobody-listens": (
        N_("The mail server {host} cannot be reached on port {port}: nobody listens there."),
        N_(
            'The usual ports are 465 with tls = "implicit" and 587 with "starttls"; look at '
            "[account] in campaign.toml."
        ),
    ),
    "server-unreachable: no-reply-in-time": (
        N_("The mail server {host}, port {port}, does not answer."),
        N_(
            "Some networks (offices, schools, hotels) close these ports: try another one, a "
            "phone's for example. Then run the same command again."
        ),
    ),
    "server-unreachable: silent": (
        N_("The mail server {host}, port {port}, takes the connection, and says nothing."),
        N_(
            'Port 465 goes with tls = "implicit", port 587 with "starttls": with the wrong one '
            "each side waits for the other. If that is right, run the same command again later."
        ),
    ),
    "server-unreachable: connection-lost": (
        N_("The mail server {host}, port {port}, hung up before a word was said."),
        N_(
            'Port 465 goes with tls = "implicit", port 587 with "starttls". If that is right, run '
            "the same command again later."
        ),
    ),
    "server-unreachable: hung-up": (
        N_("The mail server {host}, port {port}, hung up before anybody was let in."),
        N_("Run the same command again later. If it does so each time, ask the provider why."),
    ),
    "server-unreachable: too-slow": (
        N_("The mail server {host}, port {port}, let nobody in within two minutes."),
        N_("It answers, and too slowly. Run the same command again later."),
    ),
    "server-unreachable: too-much": (
        N_("What answers at {host}, port {port}, never ends: it is no server for outgoing mail."),
        N_(
            "Look at host and port in campaign.toml, [account]: the port is nearly always 465 or "
            "587."
        ),
    ),
    "server-unreachable: no-route": (
        N_("This computer has no way to {host}: it has no network, or no connection."),
        N_("Look at the connection (cable, Wi-Fi, a VPN); then run the same command again."),
    ),
    "server-unreachable: no-answer-to-the-name": (
        N_("The name {host} cannot be looked up now: this computer seems to have no connection."),
        N_("Look at the connection (cable, Wi-Fi, a VPN); then run the same command again."),
    ),
    "server-refuses-us": (
        N_(
            "The mail server {host}, port {port}, refuses this connection for good: {reply} {words}"
        ),
        N_(
            "Trying again will not help, and the password is not the cause. Often the "
            "address of your connection to the Internet is on a list of unwanted senders: "
            "try another network (a phone's for example), or show these words to the "
            "provider."
        ),
    ),
    "server-not-ready": (
        N_("The mail server {host}, port {port}, does not want to talk now: {reply} {words}"),
        N_("Run the same command again later."),
    ),
    "server-not-ready: no-smtp": (
        N_("What answers at {host}, port {port}, is no server for outgoing mail. It says: {words}"),
        N_(
            "Look at host and port in campaign.toml, [account]: the port is nearly always 465 or "
            "587."
        ),
    ),
    "connection-lost": (
        N_("The connection was lost {times} times in a row: {words}"),
        N_("Nobody is marked as failed. Run the same command again later."),
    ),
    "connection-lost: connection-lost": (
        N_("The connection was lost {times} times in a row."),
        N_("Nobody is marked as failed. Run the same command again later."),
    ),
    "certificate-untrusted": (
        N_("The certificate of {host} cannot be trusted: {words}."),
        N_(
            "Somebody may be listening; the password was not sent. A private authority goes into "
            "ca_file in campaign.toml."
        ),
    ),
    "certificate-untrusted: expired": (
        N_("The certificate of {host} cannot be trusted: {words}."),
        N_(
            "Look at the date of this computer: if it is wrong, every certificate seems to be. If "
            "it is right, only the provider can help. The password was not sent."
        ),
    ),
    "certificate-untrusted: other-name": (
        N_("The certificate of {host} is for another name: {words}."),
        N_(
            "Write host in campaign.toml as the provider writes it: not your own domain, not an "
            "address of numbers. The password was not sent."
        ),
    ),
    "tls-failed": (
        N_("No encrypted connection to {host} came about: {words}."),
        N_('Port 465 goes with tls = "implicit", port 587 with "starttls".'),
    ),
    "starttls-not-offered": (
        N_("{host} offers no encryption on port {port}."),
        N_('The password was not sent. Try port 465 with tls = "implicit".'),
    ),
    "tls-none-not-loopback": (
        N_("Without encryption, everybody on the way to {host} could read the password."),
        N_('Use tls = "implicit" or "starttls".'),
    ),
    "ca-file-unreadable": (
        N_("The file of certificates cannot be read: {words}."),
        N_("ca_file in campaign.toml must name a file in PEM form."),
    ),
    "ca-file-no-pem": (
        N_("This file holds no certificate in PEM form."),
        N_(
            "It begins with -----BEGIN CERTIFICATE-----. Whoever runs the server has it; with a "
            "provider that everybody knows, do without ca_file."
        ),
    ),
    "server-unapproved": (
        N_("Nobody has approved {host}, port {port}, and a password would go there."),
        N_("Nothing was sent. Look at it, and approve it if it is yours: {step}"),
        Step(command="account", options=("set",)),
    ),
    "servers-to-approve": (
        N_("Nobody has approved the server above, and no password goes to it."),
        N_(
            "Nothing was sent. If it is yours, approve it: run the same command in a terminal and "
            "answer the question, or type: {command}"
        ),
    ),
    "login-not-offered": (
        N_("{host} does not take a login here."),
        N_("Look at host and port in [account] of campaign.toml."),
    ),
    "login-of-another-kind": (
        N_("{host} offers no login with a password that this program knows; it offers: {ways}."),
        N_(
            "With XOAUTH2 or OAUTHBEARER alone, one signs in at the provider, in the browser: "
            "{step}. The password was not sent."
        ),
        Step(command="account", options=("set", "--sign-in", "browser")),
    ),
    "login-refused": (
        N_("{host} refused the login {login}: {reply} {words}"),
        N_(
            "Nothing has left. Look at the password (some providers want an application "
            "password), then: {step}"
        ),
        Step(command="account", options=("set",)),
    ),
    "sign-in-ended": (
        N_("You are no longer signed in: {host} takes back what you allowed ({words})."),
        N_(
            "Nothing is lost. It ends when a password is changed, when an administrator says so, "
            "or after a time. Sign in again: {step}. Then go on where you stopped."
        ),
        Step(command="account", options=("set",)),
    ),
    "sign-in-refused": (
        N_("{host} does not take your sign-in: {words}"),
        N_(
            "Nothing is lost. Whoever runs the domain may have to allow it (at Microsoft 365: "
            "“Authenticated SMTP” for this mailbox), or the client id is no longer right. Sign in "
            "again: {step}"
        ),
        Step(command="account", options=("set",)),
    ),
    "sign-in-unreachable": (
        N_("The provider's sign-in at {host} gives no answer: {words}"),
        N_("Nothing is lost. Look at the connection; then go on where you stopped."),
    ),
    "sign-in-not-taken": (
        N_("{host} takes no sign-in here; it offers: {ways}."),
        N_("Keep a password for it instead: {step}"),
        Step(command="account", options=("set",)),
    ),
    "sign-in-for-another-host": (
        N_("You signed in for {hosts}, and {host} is another server: it is shown nothing."),
        N_("If it is the provider's own, sign in again with it: {step}"),
        Step(command="account", options=("set",)),
    ),
    "sign-in-declined": (
        N_("{provider} was told no: {words}"),
        N_("Nothing was changed. To sign in, say yes there."),
    ),
    "sign-in-timeout": (
        N_("Nobody came back from {provider} in time."),
        N_(
            "Nothing was changed. Begin again; if {provider} showed an error and no way back, the "
            "client id or its redirect address is probably not what it knows."
        ),
    ),
    "sign-in-foreign-redirect": (
        N_("Something came back that was not the answer to this sign-in, and nothing else did."),
        N_("Nothing was changed. Close old tabs of {provider}, and begin again."),
    ),
    "sign-in-stopped": (
        N_("The sign-in at {provider} was stopped."),
        N_("Nothing was changed."),
    ),
    "sign-in-failed": (
        N_("The sign-in at {provider} failed: {words}"),
        N_("Nothing was changed. Begin again."),
    ),
    "sign-in-for-an-hour": (
        N_("{provider} let you in for an hour only, without what a later hour needs."),
        N_(
            "Nothing was changed. The client must be allowed offline access (the scope "
            "“offline_access” at Microsoft)."
        ),
    ),
    "client-unknown": (
        N_("{provider} does not know this client: {words}"),
        N_(
            "Nothing was changed. Look at the client id, its secret and its redirect address "
            "(http://localhost, or http://127.0.0.1) where it was made."
        ),
    ),
    "tenant-forbids": (
        N_("The organisation at {provider} does not allow this sign-in: {words}"),
        N_("Nothing was changed. Its administrator can allow this client; show them these words."),
    ),
    "login-put-off": (
        N_("{host} lets {login} in later, not now: {reply} {words}"),
        N_(
            "This says nothing against the password: keep it, and run the same command again in a "
            "few minutes."
        ),
    ),
    "tls-failed: imap": (
        N_("No encrypted connection to {host} came about: {words}."),
        _LOOK_AT_THE_MAILBOX,
    ),
    "starttls-not-offered: imap": (
        N_("{host} offers no encryption on port {port}."),
        _LOOK_AT_THE_MAILBOX,
    ),
    **{
        f"mailbox-unreachable{reason}": (why, _LOOK_AT_THE_MAILBOX)
        for reason, why in _NO_MAILBOX.items()
    },
    "mailbox-login-refused": (
        N_("{host} refused the login {login} to the mailbox: {words}"),
        N_(
            "Sending does not need it; copies in Sent and bounces do. Look at [account.imap] in "
            "campaign.toml; another password goes into PUBLIPOSTAGE_IMAP_PASSWORD."
        ),
    ),
    "mailbox-sign-in-refused": (
        N_("{host} does not take your sign-in for the mailbox {login}: {words}"),
        N_(
            "Sending does not need it; copies in Sent and bounces do. IMAP may be switched off "
            "there, or your sign-in not be for it; another password goes into "
            "PUBLIPOSTAGE_IMAP_PASSWORD."
        ),
    ),
    "mailbox-refused": (
        N_("The mailbox on {host} refuses a request: {words}"),
        N_("Sending does not need it. It is tried again at the next run."),
    ),
    "mailbox-lost": (
        N_("The connection to the mailbox on {host} was lost ({words})."),
        N_("Sending does not need it. It is tried again at the next run."),
    ),
    "mailbox-lost: too-slow": (
        N_("The mailbox on {host} takes too long over one answer: the connection was closed."),
        N_("Sending does not need it. It is tried again at the next run."),
    ),
    "mailbox-lost: too-much": (
        N_("The mailbox on {host} never stops answering: the connection was closed."),
        N_("Sending does not need it. It is tried again at the next run."),
    ),
    "sent-folder-missing": (
        N_("No folder of sent mail was found in the mailbox. It has: {folders}."),
        N_("Name the right one in campaign.toml, [account.imap], sent = …"),
    ),
    "too-many-bounces": (
        N_("{bounced} letters came back, of {sent} sent: nothing more is sent now."),
        N_(
            "Some hosts block a mailbox for that. Look at why ({step}), mend the addresses with "
            "edit, then: {step2}"
        ),
        Step(command="log", options=("--status", "bounced")),
        Step(command="send", options=("--really", "--accept-bounces")),
    ),
    "bounce-about-us": (
        N_(
            "Letters came back because their sender or their content is refused ({n} so far, the "
            "last with {codes}): no campaign sends from {account} now."
        ),
        N_(
            "This is not about the recipients: nobody gets paper for it by itself. Read the "
            "server's words ({step} in {folder}), wait or ask the provider, then say there what "
            "becomes of these letters: {step2}. To go on without: {step3}"
        ),
        Step(command="log", options=("--attempts",)),
        Step(command="resolve"),
        Step(command="send", options=("--really", "--accept-bounces")),
    ),
    "server-away": (
        N_("{last} It was tried again for {minutes} minutes."),
        N_(
            "Nothing is lost. When the connection is back, go on with: {step} (with --wait it "
            "tries until you end it)."
        ),
        Step(command="send", options=("--really",)),
    ),
    "refused-alone": (
        N_("your mail server refused it time and again while others left. It said: {value}"),
        N_(
            "It is held, and the others go on. Ask the provider what it has against it; then let "
            "it go again, with the same address or another one: {step}"
        ),
        Step(command="edit", options=("{key}", "email=…")),
    ),
    "account-paused": (
        N_("The server refuses this sender, its quota or its content: {reply} {words}"),
        N_(
            "This is not about the recipient: nobody is marked as failed. Read the server's words, "
            "wait or ask the provider, then run the same command again."
        ),
    ),
    "account-paused: later-login": (
        N_(
            "The server no longer lets this account in, though it did when the run began: "
            "{reply} {words}"
        ),
        N_(
            "So do providers that find that too much has left in a short time; nobody is marked "
            "as failed. Wait an hour, then run the same command again, with a lower per_hour in "
            "[account] of campaign.toml. If nobody is let in then either, look at the password: "
            "{step}"
        ),
        Step(command="account", options=("set",)),
    ),
    "quota-spent": (
        N_("The account's quota is spent."),
        N_("There is room again {when}: run the same command then."),
    ),
    "rehearsal-not-written": (
        N_("The rehearsal cannot be written: {words}."),
        N_("Free some room, or look at who may write there."),
    ),
    "sender-name-unprintable": (
        N_("The sender's name cannot stand in an e-mail."),
        N_("Remove line breaks and control characters from [sender] name."),
    ),
    "subject-unprintable": (
        N_("its subject cannot stand in an e-mail: “{value}”."),
        N_("A cell with a line break is the usual cause: mend it with edit."),
    ),
    "letter-not-text": (N_("its text cannot stand in an e-mail."), ""),
    **{code: (why, *_MEND_THE_TOWN_S) for code, why in _NOT_TO_WRITE_TO.items()},
    **{f"{code}: own": (why, _MEND_ONE_S_OWN) for code, why in _NOT_TO_WRITE_TO.items()},
    **{f"{code}: typed": (why, "") for code, why in _NOT_TO_WRITE_TO.items()},
}
