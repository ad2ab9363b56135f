"""Puts the composer of e-mails and the connection to the mail server together from the settings."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge import settings as settings_room
from merge.app import approval, signin
from merge.app.campaign_files import CampaignFiles
from merge.app.opening import Campaign, account_name, now
from merge.campaign.forecast import Allotment, Day, forecast
from merge.campaign.pace import Hours
from merge.campaign.ports import Sender, Template, Watch
from merge.errors import SettingsError
from merge.job import Event, Listener, silent
from merge.ledger.accounts import Accounts
from merge.ledger.quota import at_receiver
from merge.ledger.records import Destination, QuotaLimits
from merge.mail import receivers
from merge.mail.addresses import to_wire
from merge.mail.message import MailComposer
from merge.model import Letter
from merge.settings import AccountSettings, Settings

if TYPE_CHECKING:
    from merge.mail.connection import Server
    from merge.mail.smtp import Offer, SmtpPostOffice
    from merge.mail.transport import Secret
    from merge.mail.web import WebPostOffice
    from merge.paper.pdf import LotPress
    from merge.paper.window import Window

REHEARSAL = Path("outbox") / "rehearsal"
UNSUBSCRIBE_ABOVE = 1_000  # recipients; below that a person answers a person


@contextlib.contextmanager
def sender(
    campaign: Campaign, template: Template, watch: Watch, tell: Listener = silent
) -> Iterator[Sender]:
    """Everything a real sending needs: connected and logged in."""
    settings = campaign.settings
    office = _post_office(campaign.folder, settings, campaign.accounts)
    with contextlib.closing(office):
        yield Sender(
            ledger=campaign.ledger,
            archive=campaign.archive,
            accounts=campaign.accounts,
            gate=campaign.gate,
            template=template,
            composer=composer(campaign),
            post_office=office,
            watch=watch,
            account=campaign.account,
            limits=limits(settings),
            envelope_sender=to_wire(settings.account.from_address),  # the composer has looked at it
            connections=settings.account.connections,
            hours=hours(settings),
            receiver=_receiver_by_domain(campaign.accounts),
        )
    if signin.is_held_in_memory():
        tell(Event(code="sign-in-not-kept"))


def composer(campaign: Campaign) -> MailComposer:
    """Writes this campaign's e-mails."""
    settings_room.require_account(campaign.settings, connects=False)
    account = campaign.settings.account
    many = campaign.ledger.count_recipients() > UNSUBSCRIBE_ABOVE
    return MailComposer(
        from_name=campaign.settings.sender.name,
        from_address=account.from_address,
        campaign_id=campaign.ledger.campaign_id,
        reply_to=account.reply_to,
        list_unsubscribe=(account.reply_to or account.from_address) if many else None,
        one_click=account.one_click,
        files=CampaignFiles(campaign.folder).read,
        as_pdf=_page_setter(campaign.folder, campaign.window),
    )


def _page_setter(folder: Path, window: Window) -> Callable[[Letter], bytes]:
    """What sets the page that an e-mail takes along; the press is loaded for the first one."""

    @cache
    def press() -> LotPress:
        from merge.paper.pdf import LotPress

        return LotPress(folder, window=window, confined=True)

    return lambda page: press().single(page)


def limits(settings: Settings) -> QuotaLimits:
    """How much the account may send: the settings', else its provider's."""
    account = settings.account
    shares = {} if account.large_sender else receivers.shares()
    return QuotaLimits(
        per_minute=account.per_minute,
        per_hour=account.per_hour,
        per_day=account.per_day,
        receivers={name: QuotaLimits(per_day=n) for name, n in shares.items()},
    )


def _receiver_by_domain(accounts: Accounts) -> Callable[[str], str]:
    """Who receives mail for a domain, by what DNS has said today; "" where it was not asked."""
    names = {
        domain: receivers.receiver_of(servers[0]).name
        for (domain, kind), (_state, servers) in accounts.dns_answers.known(now()).items()
        if kind == "MAIL" and servers
    }
    return lambda domain: names.get(domain.casefold(), "")


def hours(settings: Settings) -> Hours | None:
    """When letters may leave, by the clocks of the campaign's zone; None is at any time."""
    found = settings_room.parse_hours(settings.account.hours)
    if found is None:
        return None
    zone = ZoneInfo(settings.campaign.timezone)
    return Hours(opens=found.opens, closes=found.closes, days=found.days, zone=zone)


def pace(settings: Settings) -> tuple[QuotaLimits, Hours | None]:
    """All that the settings say of when letters may leave."""
    return limits(settings), hours(settings)


def sent_lately(settings: Settings, accounts: Accounts) -> list[tuple[datetime, int]]:
    """When this account sent how many in the last 24 hours, over all campaigns."""
    return list(accounts.spent(account_name(settings), now() - timedelta(days=1)))


def days_for(n: int, keys: Sequence[str] | None, campaign: Campaign) -> tuple[Day, ...]:
    """On which days `n` of the e-mails that wait leave, by whom they have their mailboxes with.

    `keys` narrows; None is everybody. Where they are fewer than wait, they are of all receivers
    alike, as the order of a sending has it.
    """
    settings, accounts = campaign.settings, campaign.accounts
    waiting, whose = campaign.ledger.mail_domains(keys), _receiver_by_domain(accounts)
    letters: Counter[str] = Counter()
    for domain, some in waiting.items():
        letters[whose(domain)] += some
    of = max(n, waiting.total())
    going = {name: n * some // of for name, some in letters.items()}
    shares = allotments(going, settings, accounts).values()
    return days_it_takes(n, settings, sent_lately(settings, accounts), list(shares))


def allotments(
    letters: Mapping[str, int], settings: Settings, accounts: Accounts
) -> Mapping[str, Allotment]:
    """Of the letters to these receivers, those to whoever has rules for large senders."""
    own, since = limits(settings).receivers, now() - timedelta(days=1)
    return {
        name: Allotment(
            letters=letters[name],
            limits=own.get(name, QuotaLimits()),
            spent=accounts.spent(at_receiver(account_name(settings), name), since),
        )
        for name in receivers.shares()
        if letters.get(name)
    }


def days_it_takes(
    n: int,
    settings: Settings,
    spent: Sequence[tuple[datetime, int]],
    shares: Sequence[Allotment] = (),
) -> tuple[Day, ...]:
    """On which days `n` letters leave, within limits and hours, after what has left lately."""
    return forecast(
        n,
        limits(settings),
        now=now(),
        zone=ZoneInfo(settings.campaign.timezone),
        hours=hours(settings),
        spent=spent,
        shares=shares,
    )


def reach(folder: Path, accounts: Accounts) -> None:
    """Connect, encrypted as the settings say, and say goodbye: no password is needed for that."""
    settings = settings_room.load(folder)
    _open_post_office(settings, approval.smtp(folder, settings), accounts, "").close()


def log_in(folder: Path, accounts: Accounts, password: str | None = None) -> Offer:
    """Connect and log in, with `password` if it is given; what the server offers. Sends nothing."""
    settings = settings_room.load(folder)
    with contextlib.closing(_post_office(folder, settings, accounts, password)) as office:
        return office.offers


def _post_office(
    folder: Path, settings: Settings, accounts: Accounts, password: str | None = None
) -> SmtpPostOffice | WebPostOffice:
    settings_room.require_account(settings)
    server = approval.smtp(folder, settings)
    approved = approval.require(server.destination, accounts)
    secret: str | Secret = password or ""
    if not password and approved.with_password:
        secret = _secret(settings, server.destination)
    return _open_post_office(settings, server, accounts, secret)


def _open_post_office(
    settings: Settings, named: approval.Named, accounts: Accounts, password: str | Secret
) -> SmtpPostOffice | WebPostOffice:
    """Connected; `accounts` know what the server does worse than it says."""
    from merge.mail.smtp import Server, open_post_office

    account = settings.account
    server = Server(
        host=account.host,
        port=account.port,
        tls=account.tls,
        ca_pem=named.ca_pem,
        login=account.login,
        from_address=account.from_address,
        messages_per_connection=account.messages_per_connection,
        pipelining=accounts.pipelines(account.host, account.port, now()),
    )
    if account.send_by != "smtp":
        return _open_web_office(account, server, password)

    def note_unpipelined() -> None:
        accounts.note_unpipelined(account.host, account.port, now())

    return open_post_office(
        server, password, connections=account.connections, unpipelined=note_unpipelined
    )


def _open_web_office(
    account: AccountSettings, server: Server, tokens: str | Secret
) -> WebPostOffice:
    from merge.mail.tokens import TokenSource
    from merge.mail.web import GMAIL, GRAPH, open_web_office

    if not isinstance(tokens, TokenSource):
        raise SettingsError("web-without-sign-in", host=account.host)
    api = GMAIL if account.send_by == "gmail-api" else GRAPH
    return open_web_office(api, server, tokens, connections=account.connections)


def _secret(settings: Settings, to: Destination) -> str | Secret:
    """The account's; "" where there is none and the mail server of this machine may want none."""
    try:
        return signin.secret(settings.account, to, to)
    except SettingsError as error:
        if error.code == "no-password" and to.tls == "none":
            return ""
        raise
