"""The mailbox that sends: which, with what password, and what its server offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from merge.cli import approval, mailroom, options, output
from merge.errors import ExitCode, SettingsError, Trouble
from merge.words import mailbox, sending, statuses
from merge.words.language import _
from merge.words.overview import todo

if TYPE_CHECKING:
    from merge.ledger.records import Destination
    from merge.settings import Settings

FORECAST_FOR = (100, 1000)  # letters: what a group may have before it
Given = dict[str, str | int]
"""What is known of [account], by the keys of campaign.toml."""


@click.group(
    subcommand_metavar=_("COMMAND [ARGS]..."),
    help=_("The mailbox that the letters are sent from."),
)
def account() -> None:
    """A group of two commands."""


@account.command(
    "set",
    help=_(
        "Say which mailbox, and test the login. The password goes to its server and to no other "
        "that a folder names; the system's keyring keeps it, and it is never written into the "
        "campaign."
    ),
)
@click.option(
    "--provider", metavar=_("NAME"), help=_("A known provider (orange, gmail, infomaniak, ovh…).")
)
@click.option("--host", help=_("Name of the server for outgoing mail, if it is no known provider."))
@click.option("--port", type=options.Number(1, 65535), help=_("Its port (465 or 587)."))
@click.option(
    "--tls",
    type=click.Choice(["implicit", "starttls", "none"]),
    help=_("How the connection is secured; “none” only on this machine."),
)
@click.option("--ca-file", help=_("Certificate of a private authority (PEM)."))
@click.option("--from", metavar=_("ADDRESS"), help=_("Address that the letters are sent from."))
@click.option("--login", help=_("Login, if it is not the address that the letters are sent from."))
@click.option("--imap-host", help=_("The server of the same mailbox for reading (IMAP)."))
@click.option("--imap-port", type=options.Number(1, 65535), help=_("Its port (993 or 143)."))
@click.option(
    "--imap-tls",
    type=click.Choice(["implicit", "starttls", "none"]),
    help=_("The same as --tls, for reading."),
)
@click.option("--imap-ca-file", help=_("The same as --ca-file, for reading, if it is another."))
@click.option("--imap-login", help=_("The same as --login, for reading, if it is another."))
@click.option("--no-test", is_flag=True, help=_("Do not connect."))
@click.pass_context
def account_set(context: click.Context, /, no_test: bool, **values: str | int | None) -> None:
    from merge.app import approval as approvals
    from merge.app import mail
    from merge.app.opening import users_accounts
    from merge.settings import PROVIDERS, provider_of

    folder = options.folder(context)
    given = {
        name.replace("imap_", "imap."): value for name, value in values.items() if value is not None
    }
    given = _complete(folder, given)
    draft = mail.draft_account(folder, given)
    settings, servers = draft.settings, draft.destinations
    with closing(users_accounts()) as accounts:
        new = approvals.unapproved(folder, settings, accounts)
        if unsaid := approvals.not_said(new, draft.said, given, accounts):
            approval.agree(unsaid, settings)
        mail.write_account(draft)
        owner = provider_of(settings.account.from_address)
        output.say_each(mailbox.hints(settings.account, owner if owner in PROVIDERS else ""))
        place = mail.password_place(servers)
        typed: Mapping[Destination, str] = {}
        if place != "environment" and output.somebody_is_there():
            if not no_test:
                mail.reach(
                    folder, accounts
                )  # what is wrong with it is told before a password is typed
            typed = _ask_for_passwords(settings, servers, place)
        has_one = bool(typed) or place != "nowhere"
        if not typed:
            approvals.hand_on_kept_password(servers)
        approvals.approve(servers, accounts, sends_without=not has_one)
        if not has_one and settings.account.tls != "none":
            raise SettingsError("no-password", login=servers[0].login)
        if not no_test:
            found = mail.log_in(folder, accounts, typed.get(servers[0]))
            output.say(mailbox.offers(settings.account, found))
    if typed:
        _keep(typed)
    output.say(_what_next(folder))


@account.command("test", help=_("Connect, log in, and say what the server offers. Sends nothing."))
@click.pass_context
def account_test(context: click.Context) -> ExitCode:
    from merge import settings
    from merge.app import mail
    from merge.app.opening import now, users_accounts

    folder = options.folder(context)
    known = settings.load(folder)
    with closing(users_accounts()) as accounts:
        approval.ask(folder, known, accounts)
        found = mail.log_in(folder, accounts)
        spent = mail.sent_lately(known, accounts)
        output.data(mailbox.offers(known.account, found))
        output.data(mailbox.caps(known, sum(n for _at, n in spent)))
        for n in FORECAST_FOR:
            days = mail.days_it_takes(n, known, spent)
            output.data(sending.example(n, known, days, now()))
        return mailroom.try_out(folder, known.account.imap, accounts)


def _what_next(folder: Path) -> str:
    """A letter to oneself, if one waits to be sent; before that, there must be recipients."""
    from merge.app.status import next_todo

    try:
        found = next_todo(folder)
    except Trouble:  # the mailbox is set all the same; `status` says what is wrong with the ledger
        return _("Next: {command}").format(command="publipostage status")
    return statuses.next_is_a_test() if found.code == "send" else todo(found.code)


def _complete(folder: Path, given: Given) -> Given:
    """What was given, and what else is needed: asked for, or known of the provider."""
    from merge import settings

    if "provider" in given:
        _refuse_slip(str(given["provider"]), is_provider=True)
    known = settings.load(folder).account
    asks = not given or not (known.host or {"provider", "host"} & given.keys())
    if "from" not in given and (asks or not known.from_address):
        given["from"] = output.ask(
            _("E-mail address that the letters are sent from"),
            default=known.from_address or None,
        )
    address = str(given.get("from", known.from_address)).strip()
    if asks:
        guessed = settings.provider_of(address)
        _refuse_without_password(guessed)
        typed = output.ask(
            _("Provider, or name of its server for outgoing mail"),
            default=guessed or known.provider or known.host or None,
        )
        if typed not in (known.provider, known.host):
            _refuse_slip(typed, is_provider=False)
            given["provider" if settings.provider_named(typed) else "host"] = typed
    if "provider" in given:
        named = settings.provider_named(str(given["provider"]))
        _refuse_without_password(named)
        given["provider"] = named or given["provider"]
    preset = settings.PROVIDERS.get(str(given.get("provider")))
    if preset and "login" not in given and preset.login_name == "before-at":
        given["login"] = address.partition("@")[0]
    if preset and "login" not in given and preset.login_name == "given":
        given["login"] = output.ask(
            _("Login that {provider} gives you").format(provider=given["provider"])
        )
    return given


def _refuse_without_password(provider: str) -> None:
    from merge import settings

    if provider in settings.WITHOUT_PASSWORD:
        raise SettingsError("provider-without-password", provider=provider)


def _refuse_slip(word: str, *, is_provider: bool) -> None:
    """SettingsError("unknown-provider") for "orangee", where a server may be named, too.

    One in a network of one's own may have a name without a point: that goes with --host.
    """
    from merge import settings

    close = settings.provider_like(word)
    if settings.provider_named(word) or not (is_provider or (close and "." not in word)):
        return
    raise SettingsError(
        "unknown-provider",
        path="--provider" if is_provider else "",
        value=word,
        suggestion=close,
        choices=", ".join(settings.PROVIDERS),
    )


def _ask_for_passwords(
    settings: Settings, servers: Sequence[Destination], place: Literal["keyring", "nowhere"]
) -> dict[Destination, str]:
    """The passwords that are typed; none where that in the keyring stays, or none is needed.

    The mail server of this very machine may know whom it talks to.
    """
    from merge.settings import password_meant

    known = settings.account
    may_be_empty = place == "keyring" or known.tls == "none"
    question = {
        "keyring": _("Password (Enter: the one in the keyring)"),
        "nowhere": _("Password (Enter: none)") if may_be_empty else _("Password"),
    }[place]
    password = password_meant(known, _ask_hidden(question, may_be_empty=may_be_empty))
    sending, *reading = servers
    typed = dict.fromkeys(servers, str(password)) if password else {}
    for each in reading:
        if each.login != sending.login:
            another = _ask_hidden(
                _("Password of {login} on {host} (Enter: the same)").format(
                    login=each.login, host=each.host
                ),
                may_be_empty=True,
            )
            typed |= {each: another} if another else {}
    return typed


def _ask_hidden(question: str, *, may_be_empty: bool) -> str:
    default = {"default": "", "show_default": False} if may_be_empty else {}
    return str(output.ask(question, hide_input=True, **default))


def _keep(passwords: Mapping[Destination, str]) -> None:
    from merge.app import mail

    try:
        mail.keep_passwords(passwords)
    except SettingsError as error:
        if error.code == "no-keyring":
            output.say(mailbox.password_file_steps())
        raise
    output.say(_("The password is in the system's keyring."))
