"""The mailbox that sends: which, with what password, and how much may leave when."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from merge import settings as settings_room
from merge.app import account as app
from merge.app import approval, configure, signin
from merge.app.account import Given, MailboxSeen, Missing
from merge.app.approval import Change
from merge.app.configure import SettingsShown
from merge.errors import Misuse, Refused, SettingsError, Trouble
from merge.ledger.records import Destination
from merge.model import Status
from merge.web.exchange import Exchange, ask, get, number_in, post
from merge.web.memory import SignInUnderWay
from merge.web.pages.settings import LABELS
from merge.words import arrival, mailbox, sending, servers
from merge.words.language import _, translate
from merge.words.reasons.providers import PASSWORD_PAGES
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
MOST = 1_000_000
"""Letters in a forecast at most; there are 35,000 towns."""


def show(exchange: Exchange) -> Response:
    """The settings as they are, without connecting."""
    return _see(exchange)


def hint(exchange: Exchange) -> Response:
    """The kind of password that the chosen provider wants."""
    provider = exchange.text("provider") or settings_room.provider_of(exchange.text("from"))
    return exchange.see("_mailbox_hints.html", **_password_words(provider))


async def set_mailbox(exchange: Exchange) -> Response:
    """Write the mailbox into campaign.toml."""
    typed = {name: exchange.text(name).strip() for name in ("from", "provider", *SERVER)}
    if wrong := _refuse_changed(exchange):
        return _see(exchange, 409, wrong=wrong, typed=typed)
    try:
        given = _given(typed, _written(configure.look(exchange.place)))
        values = await asyncio.to_thread(app.completed, exchange.place, given)
        if isinstance(values, Missing):
            server = "host" if typed["provider"] == OTHER else "provider"
            field = {"from": "from", "server": server, "login": "login"}[values.field]
            wrong = {field: _("It cannot be empty.")}
            if field == "provider" and values.provider in NAMES:
                typed["provider"] = values.provider
                name = NAMES[values.provider]
                told = _("By its address this mailbox is at {provider}: if so, go on.")
                wrong = {field: told.format(provider=name)}
            return _see(exchange, 422, wrong=wrong, typed=typed)
        with app.open(exchange.place, values) as job:
            plan = job.plan()
            if plan.wants and not exchange.text("approve"):
                wrong = {"approve": _("Look at this server first: part of it was not said here.")}
                return _see(exchange, 422, wrong=wrong, typed=typed, asked=plan.servers)
            job.run(plan, [want.agreed() for want in plan.wants])
            job.agree(plan)
    except SettingsError as trouble:
        name = str(trouble.facts.get("name", "")).removeprefix("account.")
        if trouble.code.startswith("ca-file"):
            name = "ca_file"
        field = name if name in typed else "provider" if typed["provider"] else "from"
        return _see(exchange, 422, wrong={field: str(reason_of(trouble))}, typed=typed)
    except Misuse as trouble:  # a full disk
        return _see(exchange, 422, wrong={"": str(reason_of(trouble))}, typed=typed)
    exchange.site.mailboxes.pop(exchange.place, None)
    return exchange.go("mailbox")


async def try_out(exchange: Exchange) -> Response:
    """Connect and log in, in a process of its own; keep the password if it was right."""
    typed, other = exchange.text("password").strip("\n"), exchange.text("imap-password").strip("\n")
    place, waiting = exchange.place, app.look(exchange.place).servers
    meant = app.passwords_meant(place, typed, other) if typed else {}
    if wrong := _refuse_changed(exchange, "password"):  # after reading, so that this is what it saw
        return _see(exchange, 409, wrong=wrong)
    if waiting and not exchange.text("approve"):
        return _see(exchange, 422, wrong={"approve": _("Say first that this is your server.")})
    approved: list[Destination] = [each.now for each in waiting]
    try:
        tried = await exchange.jobs.call(app.try_out, place, meant, approved)
    except Trouble as trouble:
        exchange.site.mailboxes.pop(place, None)
        return _see(exchange, 422, wrong={"password": str(reason_of(trouble))})
    if meant and tried.kept_in == "memory":
        settings_room.hold_passwords(meant)
    exchange.site.mailboxes[place] = tried
    return exchange.go("mailbox")


async def sign_in(exchange: Exchange) -> Response:
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
    if wrong := _refuse_changed(exchange, "client-id"):
        return _see(exchange, 409, wrong=wrong, typed=typed)
    if waiting and not exchange.text("approve"):
        wrong = {"approve": _("Say first that this is your server.")}
        return _see(exchange, 422, wrong=wrong, typed=typed)
    elsewhere = bool(exchange.text("elsewhere"))
    try:
        begun = await asyncio.to_thread(signin.begin_at, place, asked, elsewhere=elsewhere)
    except Trouble as trouble:
        field = {"no-client-secret": "client-secret", "value-unfit": "token"}
        wrong = {field.get(trouble.code, "client-id"): str(reason_of(trouble))}
        return _see(exchange, 422, wrong=wrong, typed=typed)
    _stop_signing_in(exchange)
    exchange.site.sign_ins[place] = SignInUnderWay(*begun, typed)
    return exchange.go("mailbox")


async def signed_in(exchange: Exchange) -> Response:
    """A person says that they have signed in: keep what came of it, and try it out."""
    place, under_way = exchange.place, exchange.site.sign_ins.get(exchange.place)
    if under_way is None:
        return exchange.go("mailbox")
    if exchange.text("stop"):
        _stop_signing_in(exchange)
        return exchange.go("mailbox")
    if not under_way.grant.done():
        wrong = {"signed-in": _("The provider has not answered yet. Say yes there first.")}
        return _see(exchange, 422, wrong=wrong)
    del exchange.site.sign_ins[place]
    approved = [each.now for each in app.look(place).servers]
    try:
        signin.keep(under_way.grant.result(), under_way.to)
        tried = await exchange.jobs.call(app.try_out, place, None, approved)
    except Trouble as trouble:
        exchange.site.mailboxes.pop(place, None)
        wrong = {"client-id": str(reason_of(trouble))}
        return _see(exchange, 422, wrong=wrong, typed=under_way.typed)
    exchange.site.mailboxes[place] = tried
    return exchange.go("mailbox")


def _stop_signing_in(exchange: Exchange) -> None:
    if under_way := exchange.site.sign_ins.pop(exchange.place, None):
        under_way.stop()


def pace(exchange: Exchange) -> Response:
    """Limits and hours."""
    typed = {name: exchange.text(name) for name in PACE}
    try:
        done = configure.change(exchange.place, exchange.text("version"), typed)
    except Refused as trouble:
        return _see(exchange, 409, wrong={PACE[0]: str(reason_of(trouble))}, typed=typed)
    except Misuse as trouble:
        return _see(exchange, 422, wrong={"": str(reason_of(trouble))}, typed=typed)
    if done.troubles:
        wrong = {name or PACE[0]: str(reason_of(each)) for name, each in done.troubles.items()}
        return _see(exchange, 422, wrong=wrong, typed=typed)
    return exchange.go("mailbox")


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


def _refuse_changed(exchange: Exchange, field: str = "from") -> dict[str, str]:
    if configure.look(exchange.place).version == exchange.text("version"):
        return {}
    return {field: str(reason_of(Refused("settings-changed")))}


def _see(
    exchange: Exchange,
    status: int = 200,
    *,
    wrong: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    asked: Sequence[Change] = (),
) -> Response:
    campaign, waiting = None, 0
    with suppress(Trouble):  # the mailbox is set all the same; Today tells what the ledger lacks
        campaign = exchange.campaign
        email = campaign.ledger.counts().email
        waiting = email.get(Status.QUEUED, 0) + email.get(Status.DEFERRED, 0)
    letters = exchange.query("letters")
    chosen = min(number_in(letters) or 0, MOST)
    numbers = dict.fromkeys(filter(None, (chosen, waiting, *app.FORECAST_FOR)))
    seen = app.look(exchange.place, list(numbers), campaign.settings if campaign else None)
    form = configure.look(exchange.place)
    account, now, shown = seen.settings.account, datetime.now(UTC), _written(form)
    if not shown["provider"] and seen.owner in NAMES:
        shown["provider"] = seen.owner
    return exchange.see(
        "mailbox.html",
        status,
        wrong=wrong or {},
        called={name: _called(name) for name in wrong or () if name in (*CALLED, *PACE)},
        typed={**dict.fromkeys(SIGN_IN, ""), **shown, **(typed or {})},
        version=form.version,
        names=NAMES,
        encryption={name: translate(words) for name, words in servers.ENCRYPTION.items()},
        seen=seen,
        account=account,
        asked=_shown(asked),
        to_approve=_shown(seen.servers),
        tried=_result(exchange, seen),
        forecasts=[sending.example(n, seen.settings, seen.forecasts[n], now) for n in numbers],
        letters=letters,
        caps=mailbox.caps(seen.settings, seen.spent).splitlines()[1:],
        in_force={name: _in_force(account, name) for name in PACE},
        elsewhere=_elsewhere(seen),
        under_way=exchange.site.sign_ins.get(exchange.place),
        signs_in=signin.wants(account),
        known=signin.known(account),
        steps=list(mailbox.client_steps(account.provider)),
        **_password_words(shown["provider"]),
    )


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


def _servers(exchange: Exchange, seen: MailboxSeen) -> Sequence[Destination]:
    """Those of the settings; none where these name what is not there."""
    with suppress(Trouble):
        return approval.destinations(exchange.place, seen.settings)
    return ()


def _result(exchange: Exchange, seen: MailboxSeen) -> dict[str, object] | None:
    """The result of the last test, in words; None where it was of other servers than these."""
    tried = exchange.site.mailboxes.get(exchange.place)
    if tried is None or tried.servers != _servers(exchange, seen):
        return None
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
        "is_unread": tried.trouble is not None,
        "kept_in": tried.kept_in,
        "arrival": list(arrival.expected(tried.arrival)) if tried.arrival else [],
    }


def _called(name: str) -> str:
    """What its field says that it is."""
    return translate(LABELS[name if name in PACE else f"account.{name}"])


def _in_force(account: settings_room.AccountSettings, name: str) -> str:
    return str(getattr(account, name.removeprefix("account.")))


routes = [
    get("/c/{campaign:int}/mailbox", "mailbox", show),
    ask("/c/{campaign:int}/mailbox/hint", "mailbox-hint", hint),
    post("/c/{campaign:int}/mailbox", "mailbox-set", set_mailbox),
    post("/c/{campaign:int}/mailbox/try", "mailbox-try", try_out),
    post("/c/{campaign:int}/mailbox/sign-in", "mailbox-sign-in", sign_in),
    post("/c/{campaign:int}/mailbox/signed-in", "mailbox-signed-in", signed_in),
    post("/c/{campaign:int}/mailbox/pace", "mailbox-pace", pace),
]
