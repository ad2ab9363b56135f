"""The first step, the mailbox that sends: which, and with what password; and how much may leave."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from starlette.responses import Response

from merge import settings as settings_room
from merge.app import account as app
from merge.app import approval, configure, signin
from merge.app.account import AccountTest, Given, MailboxSeen, Missing
from merge.app.approval import Change
from merge.app.configure import SettingsShown
from merge.errors import Misuse, Refused, SettingsError, Trouble
from merge.ledger.records import Destination
from merge.web.exchange import Exchange
from merge.web.memory import SignInUnderWay
from merge.web.steps import StepLine, Wrong
from merge.words import mailbox, servers
from merge.words.language import _, translate
from merge.words.reasons.providers import PASSWORD_PAGES
from merge.words.settings import LABELS
from merge.words.troubles import reason_of

OTHER = "other"
NAMES: Mapping[str, str] = {
    **{"orange": "Orange", "free": "Free", "sfr": "SFR", "bouygues": "Bouygues Telecom"},
    **{"laposte": "La Poste", "ovh": "OVH", "infomaniak": "Infomaniak", "gandi": "Gandi"},
    **{"ionos": "IONOS", "mailo": "Mailo", "mailbox.org": "mailbox.org", "posteo": "Posteo"},
    **{"riseup": "Riseup", "disroot": "Disroot", "gmail": "Gmail", "workspace": "Google Workspace"},
    **{"microsoft365": "Microsoft 365", "outlook": "Outlook, Hotmail, Live, MSN"},
    **{"gmail-api": "Gmail API", "graph": "Microsoft Graph"},
    **{"yahoo": "Yahoo", "icloud": "iCloud"},
    **{"fastmail": "Fastmail", "zoho": "Zoho", "brevo": "Brevo", "proton": "Proton"},
}
"""The name of each provider."""

SERVER = ("host", "port", "tls", "ca_file", "login", "imap.host", "imap.port", "imap.tls")
"""The settings of a server that is no known provider's."""

CALLED = ("from", "provider", *SERVER)
"""What a summary calls by the words of `settings`; the other reasons say it themselves."""

SIGN_IN = ("client-id", "authorize", "token", "device", "scope")
"""What is typed to sign in, and shown again; the secret is not."""

PACE = ("account.per_hour", "account.per_day", "account.hours")


def line(exchange: Exchange, *, has_left: bool) -> StepLine:
    """The address, where the mailbox was tried here or letters have left by it."""
    seen = _seen(exchange)
    account = seen.settings.account
    is_known = (
        has_left
        or (seen.has_password and not signin.wants(account))
        or account.tls == "none"
        or _tried(exchange, seen.settings) is not None
    )
    if not account.host or not is_known or seen.servers:
        return StepLine(is_done=False, line=_("which the e-mails leave from"))
    return StepLine(is_done=True, line=account.from_address)


def _seen(exchange: Exchange) -> MailboxSeen:
    return app.look(exchange.place, settings=exchange.campaign.settings)


def is_unread(exchange: Exchange, step: str) -> bool:
    """Whether the mailbox was tried, and what comes back to it cannot be read."""
    tried = exchange.site.mailboxes.get(exchange.place)
    why = tried.trouble.code if tried and tried.trouble else "sent-folder-missing"
    return step == "mailbox" and why != "sent-folder-missing"


def hint(exchange: Exchange) -> Response:
    """The kind of password that the provider wants: the chosen one, or the one of a new address."""
    provider = exchange.text("provider")
    by_address = exchange.request.headers.get("hx-trigger-name") != "provider"
    if by_address and provider != OTHER:
        provider = settings_room.provider_of(exchange.text("from")) or provider
    shown = {
        "names": NAMES if by_address else (),
        "typed": {"provider": provider},
        **_password_words(provider),
    }
    return exchange.see("_mailbox_hints.html", **shown)


async def set_and_try(exchange: Exchange) -> Wrong | None:
    """Write the mailbox into campaign.toml if another was typed; connect and log in."""
    typed = {name: exchange.text(name).strip() for name in ("from", "provider", *SERVER)}
    before = _written(configure.look(exchange.place))
    if wrong := _refuse_changed(exchange, exchange.text("version")):
        return Wrong(fields=wrong, status=409)  # and what they say now, not what was typed
    version = exchange.text("version")
    if typed["provider"] == before["provider"] != OTHER and typed["from"] != before["from"]:
        by_address = settings_room.provider_of(typed["from"])
        typed["provider"] = by_address if by_address in NAMES else typed["provider"]
    if any(typed[name] != before[name] for name in typed) or not before["provider"]:
        done = await _set(exchange, typed, before)
        if isinstance(done, Wrong):
            return done
        version = done
        if signin.wants(app.look(exchange.place).settings.account):
            return None  # the page says how
    return await _try(exchange, version)


async def _set(exchange: Exchange, typed: dict[str, str], before: Mapping[str, str]) -> Wrong | str:
    """Write it: the version that the file then has."""
    try:
        given = _given(typed, before)
        values = await asyncio.to_thread(app.completed, exchange.place, given)
        provider = values.provider if isinstance(values, Missing) else ""
        if provider and provider == settings_room.provider_of(typed["from"]):  # its own domain
            typed["provider"] = provider
            values = await asyncio.to_thread(app.completed, exchange.place, _given(typed, before))
        if isinstance(values, Missing):
            server = "host" if typed["provider"] == OTHER else "provider"
            field = {"from": "from", "server": server, "login": "login"}[values.field]
            wrong = {field: _("It cannot be empty.")}
            if field == "provider" and values.provider in NAMES:
                typed["provider"] = values.provider
                name = NAMES[values.provider]
                told = _("By its address this mailbox is at {provider}: if so, go on.")
                wrong = {field: told.format(provider=name)}
            return Wrong(fields=wrong, more={"typed": typed})
        with app.open(exchange.place, values) as job:
            plan = job.plan()
            if plan.wants and not exchange.text("approve"):
                wrong = {"approve": _("Look at this server first: part of it was not said here.")}
                return Wrong(fields=wrong, more={"typed": typed, "asked": plan.servers})
            job.run(plan, [want.agreed() for want in plan.wants])
            job.agree(plan)
    except SettingsError as trouble:
        name = str(trouble.facts.get("name", "")).removeprefix("account.")
        if trouble.code.startswith("ca-file"):
            name = "ca_file"
        field = name if name in typed else "provider" if typed["provider"] else "from"
        return Wrong(fields={field: str(reason_of(trouble))}, more={"typed": typed})
    except Misuse as trouble:  # a full disk
        return Wrong(fields={"": str(reason_of(trouble))}, more={"typed": typed})
    exchange.site.mailboxes.pop(exchange.place, None)
    return sha256(plan.text.encode()).hexdigest()


async def _try(exchange: Exchange, version: str) -> Wrong | None:
    """In a process of its own; keep the password if it was right."""
    typed, other = exchange.text("password").strip("\n"), exchange.text("imap-password").strip("\n")
    place, waiting = exchange.place, app.look(exchange.place).servers
    meant = app.passwords_meant(place, typed, other) if typed else {}
    if wrong := _refuse_changed(
        exchange, version, "password"
    ):  # after reading: this is what it saw
        return Wrong(fields=wrong, status=409)
    if waiting and not exchange.text("approve"):
        return Wrong(fields={"approve": _("Say first that this is your server.")})
    approved: list[Destination] = [each.now for each in waiting]
    try:
        tried = await exchange.jobs.call(app.try_out, place, meant, approved)
    except Trouble as trouble:
        exchange.site.mailboxes.pop(place, None)
        return Wrong(fields={"password": str(reason_of(trouble))})
    if meant and tried.kept_in == "memory":
        settings_room.hold_passwords(meant)
    exchange.site.mailboxes[place] = tried
    return None


async def sign_in(exchange: Exchange) -> Wrong | None:
    """Begin to sign in at the provider: the page says where to go on."""
    place, waiting = exchange.place, app.look(exchange.place).servers
    typed = {name: exchange.text(name).strip() for name in SIGN_IN}
    asked = signin.ClientSaid(
        client_id=typed["client-id"],
        client_secret=exchange.text("client-secret").strip(),
        authorize=typed["authorize"],
        token=typed["token"],
        device=typed["device"],
        scopes=tuple(typed["scope"].split()),
    )
    if wrong := _refuse_changed(exchange, exchange.text("version"), "client-id"):
        return Wrong(fields=wrong, status=409, more={"typed": typed})
    if waiting and not exchange.text("approve"):
        wrong = {"approve": _("Say first that this is your server.")}
        return Wrong(fields=wrong, more={"typed": typed})
    elsewhere = bool(exchange.text("elsewhere"))
    try:
        begun = await asyncio.to_thread(signin.begin_at, place, asked, elsewhere=elsewhere)
    except Trouble as trouble:
        field = {"no-client-secret": "client-secret", "value-unfit": "token"}
        wrong = {field.get(trouble.code, "client-id"): str(reason_of(trouble))}
        return Wrong(fields=wrong, more={"typed": typed})
    _stop_signing_in(exchange)
    exchange.site.sign_ins[place] = SignInUnderWay(*begun, typed)
    return None


async def signed_in(exchange: Exchange) -> Wrong | None:
    """A person says that they have signed in: keep what came of it, and try it out."""
    place, under_way = exchange.place, exchange.site.sign_ins.get(exchange.place)
    if under_way is None:
        return None
    if exchange.text("stop"):
        _stop_signing_in(exchange)
        return None
    if not under_way.grant.done():
        wrong = {"signed-in": _("The provider has not answered yet. Say yes there first.")}
        return Wrong(fields=wrong)
    del exchange.site.sign_ins[place]
    approved = [each.now for each in app.look(place).servers]
    try:
        signin.keep(under_way.grant.result(), under_way.to)
        tried = await exchange.jobs.call(app.try_out, place, None, approved)
    except Trouble as trouble:
        exchange.site.mailboxes.pop(place, None)
        wrong = {"client-id": str(reason_of(trouble))}
        return Wrong(fields=wrong, more={"typed": under_way.typed})
    exchange.site.mailboxes[place] = tried
    return None


def _stop_signing_in(exchange: Exchange) -> None:
    if under_way := exchange.site.sign_ins.pop(exchange.place, None):
        under_way.stop()


def pace(exchange: Exchange) -> Wrong | None:
    """Limits and hours."""
    typed = {name: exchange.text(name) for name in PACE}
    try:
        troubles = configure.change(exchange.place, exchange.text("version"), typed)
    except Refused as trouble:
        return Wrong(fields={PACE[0]: str(reason_of(trouble))}, status=409, more={"typed": typed})
    except Misuse as trouble:
        return Wrong(fields={"": str(reason_of(trouble))}, more={"typed": typed})
    if troubles:
        wrong = {name or PACE[0]: str(reason_of(each)) for name, each in troubles.items()}
        return Wrong(fields=wrong, more={"typed": typed})
    return None


def _given(typed: Mapping[str, str], written: Mapping[str, str]) -> Given:
    """Values of [account] as typed; those of the former provider are dropped with it.

    SettingsError for the first that is invalid.
    """
    is_known = typed["provider"] not in ("", OTHER)
    names = ("provider", "login", "ca_file") if is_known else SERVER
    moves = typed["provider"] != written["provider"]
    given: dict[str, str | int] = {}
    for name in ("from", *names):
        if moves and name in SERVER and typed[name] == written[name]:
            continue
        if name == "ca_file":  # `app.open` brings it into the folder
            value: str | int | None = typed[name] or None
        else:
            value = settings_room.understood(f"account.{name}", typed[name])
        if value is not None:
            given[name] = value
    return given


def _written(form: SettingsShown) -> dict[str, str]:
    """What campaign.toml says, by the names of the form's fields."""
    written = {each.doc.name: each.value for each in form.fields}
    shown = {name: written.get(f"account.{name}", "") for name in ("from", "provider", *SERVER)}
    if not shown["provider"] and shown["host"]:
        shown["provider"] = OTHER
    return shown | {name: written.get(name, "") for name in PACE}


def _refuse_changed(exchange: Exchange, version: str, field: str = "") -> dict[str, str]:
    if configure.look(exchange.place).version == version:
        return {}
    return {field: str(reason_of(Refused("settings-changed")))}


def view(
    exchange: Exchange,
    *,
    wrong: Mapping[str, str],
    typed: Mapping[str, str] | None = None,
    asked: Sequence[Change] = (),
) -> dict[str, Any]:
    """The settings as they are, without connecting."""
    seen = _seen(exchange)
    form = configure.look(exchange.place)
    account, shown = seen.settings.account, _written(form)
    if not shown["provider"] and seen.owner in NAMES:
        shown["provider"] = seen.owner
    tried = _tried(exchange, seen.settings)
    return {
        "called": {name: _called(name) for name in wrong if name in CALLED},
        "typed": {**dict.fromkeys(SIGN_IN, ""), **shown, **(typed or {})},
        "version": form.version,
        "names": NAMES,
        "encryption": {name: translate(words) for name, words in servers.ENCRYPTION.items()},
        "seen": seen,
        "account": account,
        "to_approve": _shown(asked or seen.servers),
        "tried": _result(tried, seen) if tried else None,
        "elsewhere": _elsewhere(seen),
        "under_way": exchange.site.sign_ins.get(exchange.place),
        "signs_in": signin.wants(account),
        "known": signin.known(account),
        "client_steps": list(mailbox.client_steps(account.provider)),
        **_password_words(shown["provider"]),
    }


def pace_view(exchange: Exchange, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The limits in force."""
    form, seen = configure.look(exchange.place), _seen(exchange)
    account = seen.settings.account
    return {
        "account": account,
        "version": form.version,
        "called": {name: _called(name) for name in PACE},
        "pace": {**_written(form), **(typed or {})},
        "in_force": {name: str(getattr(account, name.removeprefix("account."))) for name in PACE},
    }


def _shown(changes: Sequence[Change]) -> list[list[str]]:
    return [
        list(servers.told(each.now, each.before, with_password=each.with_password))
        for each in changes
    ]


def _password_words(provider: str) -> dict[str, Any]:
    """The kind of password, the provider's peculiarities, and the address where it is made."""
    known = settings_room.PROVIDERS.get(provider)
    refused = provider in settings_room.WITHOUT_PASSWORD
    trouble = SettingsError("provider-without-password", provider=provider)
    return {
        "what": "" if refused else mailbox.what_password(known.credential if known else "own"),
        "refused": str(reason_of(trouble)) if refused else "",
        "hints": list(mailbox.peculiarities(provider)),
        "made_at": PASSWORD_PAGES.get(provider, ""),
    }


def _elsewhere(seen: MailboxSeen) -> list[str]:
    """Warnings about the sender's address and the address for answers."""
    account, owner = seen.settings.account, seen.owner
    told = list(mailbox.mismatch(account, owner if owner in settings_room.PROVIDERS else ""))
    if account.answers_elsewhere:
        told.append(mailbox.answers_elsewhere(account.answers_elsewhere))
    return told


def _tried(exchange: Exchange, settings: settings_room.Settings) -> AccountTest | None:
    """The last test; None where it was of other servers than these."""
    tried = exchange.site.mailboxes.get(exchange.place)
    with suppress(Trouble):  # the settings name what is not there
        if tried and tried.servers == approval.destinations(exchange.place, settings):
            return tried
    return None


def _result(tried: AccountTest, seen: MailboxSeen) -> dict[str, object]:
    """The result of the test, in words."""
    account = seen.settings.account
    if tried.trouble:
        reading = mailbox.unusable(tried.trouble)
    elif account.imap.host:
        reading = mailbox.is_read(account.imap, tried.copies_in)
    else:
        reading = mailbox.not_read()
    first, *others = mailbox.offers(account, tried.offer).splitlines()
    return {
        "first": first,
        "others": others,
        "reading": reading,
        "is_whole": account.imap.host and tried.trouble is None,
        "kept_in": tried.kept_in,
    }


def _called(name: str) -> str:
    """What its field says that it is."""
    return translate(LABELS[name if name in PACE else f"account.{name}"])
