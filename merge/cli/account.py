"""The mailbox that sends: which, with what password, and what its server offers."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from merge.cli import approval, options, output
from merge.errors import ExitCode, SettingsError, Trouble
from merge.words import arrival, mailbox, statuses
from merge.words.language import _, translate
from merge.words.overview import todo

if TYPE_CHECKING:
    from merge.app.account import Given, Job, Plan
    from merge.app.signin import ClientSaid
    from merge.ledger.records import Destination
    from merge.mail.signin import Client
    from merge.settings import AccountSettings, Settings


@click.group(
    subcommand_metavar=_("COMMAND [ARGS]..."),
    help=_("The mailbox that the letters are sent from."),
)
def account() -> None:
    """A group of two commands."""


def _port(name: str, *, help: str) -> Callable[[options.F], options.F]:
    return click.option(name, type=options.Number(1, 65535), help=help)


def _tls(name: str, *, help: str) -> Callable[[options.F], options.F]:
    return click.option(name, type=click.Choice(["implicit", "starttls", "none"]), help=help)


@account.command(
    "set",
    help=_(
        "Say which mailbox, and test the login. The password goes to its server and to no other "
        "that a folder names; the system's keyring keeps it, and it is never written into the "
        "campaign."
    ),
    epilog=options.OR_THE_PAGE,
)
@click.option(
    "--provider", metavar=_("NAME"), help=_("A known provider (orange, gmail, infomaniak, ovh…).")
)
@click.option("--host", help=_("Name of the server for outgoing mail, if it is no known provider."))
@_port("--port", help=_("Its port (465 or 587)."))
@_tls("--tls", help=_("How the connection is secured; “none” only on this machine."))
@click.option("--ca-file", help=_("Certificate of a private authority (PEM)."))
@click.option("--from", metavar=_("ADDRESS"), help=_("Address that the letters are sent from."))
@click.option("--login", help=_("Login, if it is not the address that the letters are sent from."))
@click.option("--imap-host", help=_("The server of the same mailbox for reading (IMAP)."))
@_port("--imap-port", help=_("Its port (993 or 143)."))
@_tls("--imap-tls", help=_("The same as --tls, for reading."))
@click.option("--imap-ca-file", help=_("The same as --ca-file, for reading, if it is another."))
@click.option("--imap-login", help=_("The same as --login, for reading, if it is another."))
@click.option(
    "--sign-in",
    type=click.Choice(["browser", "code", "no"]),
    help=_(
        "Sign in at the provider, in place of a password: in the browser of this computer, or by a "
        "code that you type on another device."
    ),
)
@click.option("--client-id", metavar=_("ID"), help=_("Your own client id at the provider."))
@click.option("--no-test", is_flag=True, help=_("Do not connect."))
@click.pass_context
def account_set(
    context: click.Context,
    /,
    no_test: bool,
    sign_in: str | None,
    client_id: str | None,
    **values: str | int | None,
) -> None:
    from merge.app import account as app
    from merge.app.signin import ClientSaid

    asked = ClientSaid(client_id=client_id or "")
    folder = options.folder(context)
    given = {
        name.replace("imap_", "imap."): value for name, value in values.items() if value is not None
    }
    completed = app.completed(folder, given)
    if isinstance(completed, app.Missing):
        raise completed.raised(given)
    with app.open(folder, completed) as job:
        plan = job.plan()
        if plan.servers:
            approval.agree(plan.servers, plan.settings)
        output.say_each(mailbox.hints(plan.settings.account, plan.owner))
        has_signed_in = _sign_in(plan, given, sign_in, asked)  # before anything is written
        job.run(plan, [want.agreed() for want in plan.wants])
        passwords: Mapping[Destination, str] = {}
        if has_signed_in:
            job.agree(plan)
        elif output.somebody_is_there():
            passwords = _typed_passwords(job, plan, tests=not no_test)
        found = job.approve(plan, passwords, tests=not no_test)
        if found is not None:
            output.say(mailbox.offers(plan.settings.account, found))
    if passwords:
        _keep(passwords)
    output.say(_what_next(folder))


@account.command("test", help=_("Connect, log in, and say what the server offers. Sends nothing."))
@click.pass_context
def account_test(context: click.Context) -> ExitCode:
    from merge.app import account as app

    with app.trying(options.folder(context)) as job:
        approval.before_connecting(job)
        tried = job.run()
        settings = job.settings
    output.data(mailbox.offers(settings.account, tried.offer))
    output.data(mailbox.caps(settings, tried.spent))
    if tried.arrival:
        for line in arrival.expected(tried.arrival):
            output.data(line)
    imap = settings.account.imap
    if tried.trouble:
        output.say(mailbox.unusable(tried.trouble))
        return ExitCode.PARTLY
    output.data(mailbox.is_read(imap, tried.copies_in) if imap.host else mailbox.not_read())
    return ExitCode.DONE


def _what_next(folder: Path) -> str:
    """A letter to oneself, if one waits to be sent; before that, there must be recipients."""
    from merge.app.overview import status

    try:
        found = status(folder, datetime.now(UTC)).todos[0]
    except Trouble:  # the mailbox is set all the same; `status` says what is wrong with the ledger
        return _("Next: {command}").format(command="publipostage status")
    return statuses.next_is_a_test() if found == "send" else todo(found)


def _sign_in(plan: Plan, given: Given, how: str | None, asked: ClientSaid) -> bool:
    """A person says yes at their provider, and what it gives is kept, as was said by `how`. Whoever
    was signed in stays so. False where a password logs in.

    Refused("account-to-say") where the provider has several ways and a person said none.
    """
    from merge.app import signin
    from merge.app.account import to_say

    account, servers = plan.settings.account, plan.destinations
    is_meant = bool(how or asked.client_id)
    if how == "no" or not (is_meant or (signin.known(account) and output.somebody_is_there())):
        return False
    former = signin.former(servers[0])
    if former and not is_meant:
        output.say(_("You are signed in already. To sign in again, add --sign-in browser."))
        return True
    way, *others = (how or "browser",) if is_meant else signin.ways(account)
    if others:
        for each in (way, *others):
            output.say(f"  --sign-in {each}  {translate(mailbox.WAYS[each])}")
        raise to_say(account.from_address, {**given, "sign-in": way})
    if not asked.client_id and former is None:
        output.say_each(mailbox.client_steps(account.provider))
    asked = _with_secret(account, former, asked)
    client = signin.client(account, servers, asked, former)
    pending = signin.begin(client, servers[0], elsewhere=way == "code")
    try:
        if pending.user_code:
            output.say(mailbox.type_code(pending.user_code, pending.address))
        else:
            output.say(mailbox.open_address(pending.address))
            _open_browser(pending.address)
        grant = pending.wait()
    finally:
        pending.close()
    place = signin.keep(grant, servers[0])
    output.say(mailbox.signed_in(servers[0].login, str(place.file or "")))
    return True


def _open_browser(address: str) -> None:
    """Where there is a screen: a browser in the terminal would hold up whoever waits for it."""
    on_a_desktop = sys.platform in ("win32", "darwin")
    if on_a_desktop or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _with_secret(account: AccountSettings, former: Client | None, asked: ClientSaid) -> ClientSaid:
    """With the secret of a client id, typed where it is not known."""
    from merge.app import signin

    its = signin.known(account)
    is_former = former is not None and asked.client_id in ("", former.client_id)
    if not (its and its.has_secret and asked.client_id and output.somebody_is_there()) or is_former:
        return asked
    return replace(asked, client_secret=_ask_hidden(_("Client secret"), may_be_empty=False))


def _typed_passwords(job: Job, plan: Plan, *, tests: bool) -> dict[Destination, str]:
    """What is typed, where the environment gives none."""
    from merge.app import account as app

    place = app.password_place(plan.destinations)
    if place == "environment":
        return {}
    if tests:
        job.reach()
    return _ask_for_passwords(plan.settings, plan.destinations, is_kept=place != "nowhere")


def _ask_for_passwords(
    settings: Settings, servers: Sequence[Destination], *, is_kept: bool
) -> dict[Destination, str]:
    """The passwords that are typed; none where that in the keyring stays, or none is needed.

    The mail server of this very machine may know whom it talks to.
    """
    from merge.settings import password_meant

    known = settings.account
    may_be_empty = is_kept or known.tls == "none"
    if is_kept:
        question = _("Password (Enter: the one in the keyring)")
    else:
        question = _("Password (Enter: none)") if may_be_empty else _("Password")
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
    from merge.app import account as app

    try:
        app.keep_passwords(passwords)
    except SettingsError as error:
        if error.code == "no-keyring":
            output.say(mailbox.password_file_steps())
        raise
    output.say(_("The password is in the system's keyring."))
