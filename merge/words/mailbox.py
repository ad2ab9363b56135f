"""What people are told of their mailbox: its provider's ways, its server's, how much may leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from merge.errors import Trouble
from merge.job import Step
from merge.model import LARGEST_MESSAGE
from merge.words import pages, sending
from merge.words.language import N_, _, decimal, ngettext, translate
from merge.words.reasons.providers import CLIENT_STEPS, PECULIARITIES
from merge.words.troubles import explain

if TYPE_CHECKING:
    from merge.mail.smtp import Offer
    from merge.settings import AccountSettings, ImapSettings, Settings


def hints(account: AccountSettings, owner: str) -> Iterator[str]:
    """What is peculiar about this provider's mailboxes, before the password is asked for.

    `owner` is the provider whose mailbox the sender's address is, "" when nobody knows it.
    """
    yield from peculiarities(account.provider)
    yield from mismatch(account, owner)


def peculiarities(provider: str) -> Iterator[str]:
    """What a provider wants that others do not."""
    yield from map(translate, PECULIARITIES.get(provider, ()))


def mismatch(account: AccountSettings, owner: str) -> Iterator[str]:
    """The address is a mailbox of another provider than the one that sends."""
    if owner and account.provider and owner != account.provider:
        yield _(
            "Mind: {address} is a mailbox at “{owner}”; “{provider}” may refuse to send for it, or "
            "send under another address."
        ).format(address=account.from_address, owner=owner, provider=account.provider)


CREDENTIALS: Mapping[str, str] = {
    "own": N_("It is the password of this mailbox, the one that you type in its webmail."),
    "application": N_(
        "It is not the password that you log in with: it is one made for this program alone."
    ),
    "key": N_("It is a key of the sending service, not the password that you log in with."),
    "bridge": N_("It is the password that the provider's own program shows on this computer."),
    "sign-in": N_("There is no password: you sign in at the provider, in your browser."),
}
"""What a provider's password is."""


WAYS: Mapping[str, str] = {
    "no": N_("by a password that you make there for this program alone (application password)"),
    "browser": N_("by the browser of this computer, with no password here"),
    "code": N_("by a code that you type on another device, with no password here"),
}
"""How one logs in where there is a choice."""


def what_password(credential: str) -> str:
    """What to type where a provider asks for a password."""
    return translate(CREDENTIALS[credential])


def client_steps(provider: str) -> Iterator[str]:
    """How to make a client id of one's own there."""
    if steps := CLIENT_STEPS.get(provider):
        yield _(
            "To sign in there this program needs a client id of your own. You make it once, it "
            "costs nothing:"
        )
        for number, step in enumerate(steps, 1):
            yield f"  {number}. {translate(step)}"


def open_address(address: str) -> str:
    """To sign in by the browser."""
    return _(
        "Say yes in the browser of this computer. If it does not open by itself, open this "
        "address in it:\n{address}\nWaiting for you, ten minutes at most (Ctrl-C stops)."
    ).format(address=address)


def type_code(code: str, address: str) -> str:
    """To sign in on another device."""
    return _(
        "On any device, open {address} and type this code: {code}\n"
        "Waiting for you, ten minutes at most (Ctrl-C stops)."
    ).format(address=address, code=code)


def signed_in(login: str, file: str) -> str:
    """Where what was given is kept."""
    if file:
        return _("Signed in as {login}. What the provider gave is kept in {file}.").format(
            login=login, file=file
        )
    return _("Signed in as {login}. What the provider gave is in the system's keyring.").format(
        login=login
    )


def sign_in_pages() -> tuple[str, str, str]:
    """What the browser shows when it comes back: with a yes, a no, or from somebody else."""
    return (
        _("Thank you. You can close this tab and go back to publipostage."),
        _("The provider did not agree. Close this tab: publipostage says what it said."),
        _("This is no answer to a sign-in of publipostage that is under way. Nothing was changed."),
    )


def sign_in_not_kept() -> str:
    """The place of the grant cannot be written, and the provider rotates."""
    return _(
        "Your sign-in changes with every use, and the file that it is in cannot be written: it "
        "holds until this program ends. Keep it in a file that can be, and sign in again."
    )


def password_file_steps() -> str:
    """How to keep a password where there is no keyring, to be typed line by line."""
    return _(
        "Where there is no keyring, keep the password in a file that only you "
        "can read. Type this, with the password on the one line of the file:\n"
        "    mkdir -p -m 700 ~/.publipostage\n"
        "    (umask 077; nano ~/.publipostage/password)\n"
        "    export PUBLIPOSTAGE_PASSWORD_FILE=~/.publipostage/password\n"
        "The last line is for this terminal; put it into ~/.profile too, and it is for always."
    )


def offers(account: AccountSettings, found: Offer) -> str:
    """What the server for outgoing mail said of itself, in words that need no RFC."""
    lines = [
        (
            _("{host}, port {port}: connected, and the login is accepted.")
            if found.asks_for_login
            else _("{host}, port {port}: connected; it asks for no login.")
        ).format(host=account.host, port=account.port),
        _("Encryption: {tls}; nobody on the way can read along.").format(tls=found.tls)
        if found.tls
        else _("Encryption: none; the connection does not leave this machine."),
        _("Size: a message may have up to {mb} MB, pictures and attachments included.").format(
            mb=decimal(min(found.size_limit, LARGEST_MESSAGE) // 100_000 / 10)
        )
        if found.size_limit
        else _("Size: the server names no limit; this program keeps to 10 MB."),
    ]
    return "\n".join(lines)


def caps(settings: Settings, spent: int) -> str:
    """How much may leave within the limits in force, and how much has."""
    account = settings.account
    lines = [
        _(
            "Caps in force: {caps}. They hold for all campaigns that send from this account; to "
            "change them: per_hour and per_day in [account] of campaign.toml."
        ).format(caps=sending.caps(account)),
        ngettext(
            "{n} connection at a time, renewed after {messages} messages.",
            "Up to {n} connections at a time, each renewed after {messages} messages.",
            account.connections,
        ).format(n=account.connections, messages=account.messages_per_connection),
    ]
    if account.hours:
        lines.append(
            _("Sending hours: {hours}, by the clocks of {zone}.").format(
                hours=account.hours, zone=settings.campaign.timezone
            )
        )
    if spent:
        lines.append(_("Sent in the last 24 hours: {n}.").format(n=spent))
    return "\n".join(lines)


def copies_filed(n: int) -> str:
    """So many copies of what was sent are in the mailbox now."""
    return ngettext(
        "{n} copy was put into the folder of sent mail.",
        "{n} copies were put into the folder of sent mail.",
        n,
    ).format(n=n)


def answers_elsewhere(reply_to: str) -> str:
    """Answers may lie in another mailbox than the one that sends."""
    return _(
        "Answers go to {address}. If that is another mailbox, this program does not see them "
        "there: export them, then: {step}"
    ).format(
        address=reply_to,
        step=pages.told(Step(command="replies", options=("--from", _("FOLDER")))),
    )


def not_read() -> str:
    """No mailbox is named."""
    told = _("No mailbox is read: no copies of what is sent, and what comes back is not seen.")
    step = pages.told(Step(command="settings", options=("[account.imap]",)))
    return f"{told} {_('To change that: {step}').format(step=step)}"


def unusable(trouble: Trouble) -> str:
    """Nobody could log in to the mailbox, or it lacks a folder."""
    why = explain(trouble)
    if trouble.code == "sent-folder-missing":  # it is read all the same
        return why
    return _("The mailbox cannot be used. {why}").format(why=why)


def is_read(imap: ImapSettings, copies_in: str) -> str:
    """What is done with the mailbox; `copies_in` is the folder of copies, "" for none."""
    if copies_in:
        told = _("The mailbox on {host} is read, and copies of what is sent go into “{folder}”.")
    elif imap.copies == "provider":
        told = _("The mailbox on {host} is read; the provider files copies of what is sent.")
    else:
        told = _("The mailbox on {host} is read; no copies of what is sent are filed.")
    return told.format(host=imap.host, folder=copies_in)
