"""What the ledger has of an attempt of which no server said anything."""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import N_, translate

OUR_WORDS: Mapping[str, str] = {
    "reminder-overtaken": N_("An answer had come, or the letter before came back: no reminder."),
    "proof-copy": N_("It was taken: the mailbox has the copy that the provider filed."),
    "proof-bounce": N_("It was taken: it came back later."),
    "policy-paper": N_("It goes on paper, you said."),
    "policy-left": N_("It stays as it is, you said."),
    "sender-died": N_("The program stopped in mid-message; nobody knows whether it arrived."),
    "connection-lost": N_("The connection was lost."),
    "no-reply-in-time": N_("The server did not answer in time."),
    "name-unknown": N_("It has another name, or this computer has no connection."),
    "nobody-listens": N_("Nobody listens there."),
    "no-route": N_("This computer has no connection."),
    "no-server": N_("What answers there is no mail server."),
    "too-slow": N_("It answers, and too slowly."),
    "server-unreachable": N_("The server could not be reached."),
    "server-not-ready": N_("The server did not want to talk."),
    "starttls-not-offered": N_("The server offered no encryption."),
    "login-not-offered": N_("The server took no login."),
    "login-of-another-kind": N_("The server took no login with a password."),
    "login-refused": N_("The server refused the login."),
    "sign-in-garbled": N_("The provider's answer makes no sense."),
    "body-not-crlf": N_("The message was malformed and was not sent; tell the authors."),
    "domain-no-mail": N_("Its domain says that it takes no e-mail."),
    "domain-nothing": N_("Its domain has no server for e-mail."),
    "domain-no-domain": N_("Its domain does not exist."),
    "domain-has-mail": N_("Its domain has e-mail again."),
    "address-malformed": N_("This is not an e-mail address."),
    "address-needs-smtputf8": N_("The address has an accent before the @."),
}
"""What stands in the ledger where no server said anything."""


def ours(code: str) -> str:
    """The sentence for a code of ours; "" for a server's own words."""
    return translate(OUR_WORDS.get(code, ""))
