"""The mail server, the account, addresses."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

_MEND_THE_TOWN_S = (N_("Mend it: {step}"), Step(command="edit", options=("{key}", "email=…")))
_PORTS = N_(
    "The password was not sent. Encryption from the beginning (implicit) goes with port 465, or "
    "993 for reading; STARTTLS with 587, or 143."
)
_PORTS_OF_SMTP = N_(
    "Look at the connection (cable, Wi-Fi, a VPN), and at the server's name, its port and its "
    "encryption: port 465 goes with encryption from the beginning (implicit), port 587 with "
    "STARTTLS. Some networks (offices, schools, hotels) close these ports: try another one, a "
    "phone's for example."
)

MAIL: Mapping[str, Entry] = {
    "server-unreachable": (
        N_("The mail server {host}, port {port}, cannot be reached. {reason}"),
        _PORTS_OF_SMTP,
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
        N_("Try again later."),
    ),
    "connection-lost": (
        N_("The sending broke off {times} times in a row. {words}"),
        N_("Nobody is marked as failed. Try again later."),
    ),
    "certificate-untrusted": (
        N_("The certificate of {host} cannot be trusted: {words}."),
        N_(
            "The password was not sent. Look at the date of this computer, and write the server's "
            "name as the provider does. Otherwise somebody may be listening; a private authority "
            "is named in the settings (ca_file)."
        ),
    ),
    "tls-failed": (N_("No encrypted connection to {host} came about: {words}."), _PORTS),
    "starttls-not-offered": (N_("{host} offers no encryption on port {port}."), _PORTS),
    "ca-file-unreadable": (
        N_("No certificate in PEM form can be read from this file."),
        N_(
            "It begins with -----BEGIN CERTIFICATE-----. Whoever runs the server has it; with a "
            "provider that everybody knows, do without one."
        ),
    ),
    "server-unapproved": (
        N_("Nobody has approved {host}, port {port}, and a password would go there."),
        N_("Nothing was sent. Look at it, and approve it if it is yours: {step}"),
        Step(command="account", options=("set",)),
    ),
    "servers-to-approve": (
        N_("Nobody has approved the server above, and no password goes to it."),
        N_("Nothing was sent. If it is yours, approve it: {command}"),
    ),
    "login-not-offered": (
        N_("{host} does not take a login here."),
        N_("Look at server, port and encryption: {step}"),
        Step(command="account", options=("set",)),
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
    "sign-in-failed": (
        N_("The sign-in at {provider} did not succeed. {words}"),
        N_(
            "Nothing was changed. Close old tabs of {provider}, and begin again. If it showed an "
            "error, look at the client id, its secret and its redirect address where they were "
            "made; what an organisation forbids, its administrator can allow."
        ),
    ),
    "login-put-off": (
        N_("{host} lets {login} in later, not now: {reply} {words}"),
        N_("This says nothing against the password: keep it, and try again in a few minutes."),
    ),
    "mailbox-unreachable": (
        N_("The mailbox on {host}, port {port}, cannot be reached. {reason}"),
        N_("Sending does not need it. The usual ports are 993 (TLS) and 143 (STARTTLS)."),
    ),
    "mailbox-login-refused": (
        N_("{host} refused the login {login} to the mailbox: {words}"),
        N_(
            "Sending does not need it; copies of what was sent and what comes back do. Look at "
            "the password: {step}"
        ),
        Step(command="account", options=("set",)),
    ),
    "mailbox-sign-in-refused": (
        N_("{host} does not take your sign-in for the mailbox {login}: {words}"),
        N_(
            "Sending does not need it; copies of what was sent and what comes back do. IMAP may "
            "be switched off there, or your sign-in not be for it."
        ),
    ),
    "mailbox-refused": (
        N_("The mailbox on {host} refuses a request: {words}"),
        N_("Sending does not need it. It is tried again at the next run."),
    ),
    "mailbox-lost": (
        N_("The connection to the mailbox on {host} was lost. {words}"),
        N_("Sending does not need it. It is tried again at the next run."),
    ),
    "sent-folder-missing": (
        N_("No folder of sent mail was found in the mailbox. It has: {folders}."),
        N_("Name the right one: {step}"),
        Step(command="settings", options=("[account.imap] sent",)),
    ),
    "too-many-bounces": (
        N_("{bounced} letters came back, of {sent} sent: nothing more is sent now."),
        N_(
            "Some hosts block a mailbox for that. Look at why ({step}) and mend the addresses "
            "there; then go on: {step2}"
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
        N_("Nothing is lost. When the connection is back, go on: {step}"),
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
            "This is not about the recipient: nobody is marked as failed. Read the server's "
            "words, wait or ask the provider, then go on."
        ),
    ),
    "account-paused: later-login": (
        N_(
            "The server no longer lets this account in, though it did at the beginning: {reply} "
            "{words}"
        ),
        N_(
            "So do providers that find that too much has left in a short time; nobody is marked "
            "as failed. Wait an hour, then go on with fewer letters an hour ({step}). If nobody is "
            "let in then either, look at the password: {step2}"
        ),
        Step(command="settings", options=("[account] per_hour",)),
        Step(command="account", options=("set",)),
    ),
    "quota-spent": (
        N_("The account's quota is spent."),
        N_("There is room again {when}: go on then."),
    ),
    "sender-name-unprintable": (
        N_("The sender's name cannot stand in an e-mail."),
        N_("Remove line breaks and control characters from [sender] name."),
    ),
    "subject-unprintable": (
        N_("its subject cannot stand in an e-mail: “{value}”."),
        N_("A cell with a line break is the usual cause: correct it."),
    ),
    "letter-not-text": (N_("its text cannot stand in an e-mail."), ""),
    "address-malformed": (N_("“{value}” is not an e-mail address."), *_MEND_THE_TOWN_S),
    "address-needs-smtputf8": (
        N_("“{value}” has an accent before the @, which few servers take."),
        *_MEND_THE_TOWN_S,
    ),
}
