"""The mailbox that sends: say which, and try it out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from merge import disks
from merge import settings as settings_room
from merge.app import approval, arrival, mail, mailbox, signin, writing
from merge.app.approval import Change
from merge.app.arrival import Arrival
from merge.app.opening import open_campaign, users_accounts
from merge.app.running import missing
from merge.errors import Busy, ExitCode, LedgerError, Refused, SettingsError, Trouble
from merge.job import Consent, Result, Want
from merge.ledger.accounts import Accounts
from merge.ledger.records import Destination
from merge.settings import AccountSettings, Settings
from merge.words.reasons import typed

if TYPE_CHECKING:
    from merge.mail.smtp import Offer

Given = Mapping[str, str | int]
"""Values of [account] by their keys in campaign.toml; "imap.host" is the host of [account.imap]."""

_OF_ONE_SERVER = ("provider", "host", "port", "tls", "send_by", "ca_file", "login")
_ALL = (*_OF_ONE_SERVER, "imap")


# What is still to be said


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A value that a person has still to say; `provider` is the one that the address is of."""

    field: Literal["from", "server", "login"]
    address: str
    provider: str = ""

    def raised(self, given: Given) -> Refused:
        """For whoever gave these options: the line to type."""
        name = "provider" if self.field == "server" else self.field
        return to_say(self.address, {**given, name: self.provider or "…"})


def completed(place: Path, given: Given) -> Given | Missing:
    """The whole account: what was given and the provider's own values; or what is missing.

    SettingsError("unknown-provider") for a slip, ("provider-without-password"). The provider of a
    domain of one's own is asked of DNS.
    """
    values = dict(given)
    if "provider" in given:
        _refuse_slip(str(given["provider"]))
    known = settings_room.load(place).account
    address = str(values.get("from", known.from_address)).strip()
    if not address:
        return Missing(field="from", address="")
    if not (known.host or {"provider", "host"} & given.keys()):
        guessed = settings_room.provider_of(address)
        _refuse_without_password(guessed)
        provider = guessed or _provider_by_dns(address)
        return Missing(field="server", address=address, provider=provider)
    if "provider" in values:
        named = settings_room.provider_named(str(values["provider"]))
        _refuse_without_password(named)
        values["provider"] = named or values["provider"]
    preset = settings_room.PROVIDERS.get(str(values.get("provider")))
    if preset and "login" not in values and preset.login_name == "before-at":
        values["login"] = address.partition("@")[0]
    if preset and "login" not in values and preset.login_name == "given":
        return Missing(field="login", address=address)
    return values


def to_say(address: str, said: Given) -> Refused:
    """The mailbox with this address lacks something: the line with these options is to be typed."""
    options = (f"--{re.sub('[._]', '-', name)} {typed(str(value))}" for name, value in said.items())
    return Refused("account-to-say", address=address, command=" ".join(options))


def _provider_by_dns(address: str) -> str:
    with closing(users_accounts()) as accounts:
        return arrival.provider_of(address, accounts)


def _refuse_without_password(provider: str) -> None:
    if provider in settings_room.WITHOUT_PASSWORD:
        raise SettingsError("provider-without-password", provider=provider)


def _refuse_slip(word: str) -> None:
    """SettingsError("unknown-provider") for "orangee"."""
    if not settings_room.provider_named(word):
        raise SettingsError(
            "unknown-provider",
            path="--provider",
            value=word,
            suggestion=settings_room.provider_like(word),
            choices=", ".join(settings_room.PROVIDERS),
        )


# Say which


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """campaign.toml with another account, not written yet; and the servers to look at first."""

    text: str
    settings: Settings
    destinations: Sequence[Destination]  # a password would go to each of them
    servers: Sequence[Change]  # of which something comes from the folder alone
    owner: str  # the provider that the address is of; "" for none that is known

    @property
    def wants(self) -> tuple[Want, ...]:
        """A yes to these servers."""
        return approval.servers_wanted(self.servers)


@contextmanager
def open(place: Path, values: Given) -> Iterator[Job]:
    """Another account for the campaign in this folder. SettingsError as `Job.plan`.

    A file of certificates that lies elsewhere is copied into the folder.
    """
    named = {name: str(values[name]) for name in ("ca_file", "imap.ca_file") if values.get(name)}
    inside = {name: _brought_in(place, file) for name, file in named.items()}
    with closing(users_accounts()) as accounts:
        yield Job(place, {**values, **inside}, accounts)


def _brought_in(folder: Path, file: str) -> str:
    """The name in the folder of a file that a person has named."""
    path = next((each for each in (folder / file, Path(file)) if each.exists()), None)
    if path is None:
        return file
    if (name := disks.name_below(folder, path)) is not None:
        return name.as_posix()
    path = path.resolve()
    data = approval.read_certificates(path.parent, path.name)
    return writing.put_beside(folder, f"{path.stem.strip(' .') or 'ca'}.pem", data)


class Job:
    """An account that is set: plan, write, and log in."""

    def __init__(self, folder: Path, values: Given, accounts: Accounts) -> None:
        self._folder = folder
        self._values = values
        self._accounts = accounts

    def plan(self) -> Plan:
        """The campaign.toml that a run would write.

        A provider's name stands for its host, port, tls and limits; whoever names a provider or a
        host leaves the former one, its login and its certificates, and on another server its
        mailbox too. SettingsError when the settings would not hold, or a file of certificates does
        not.
        """
        folder, values = self._folder, self._values
        former = settings_room.load(folder).account
        text = settings_room.with_account(
            settings_room.text_of(folder), values, without=_left_behind(former, values)
        )
        settings = _yet_unwritten(text, values)
        moves = former.host and former.host != settings.account.host
        if moves and "imap.host" not in values:
            text = settings_room.with_account(text, {}, without=("imap",))  # the former one's
            settings = _yet_unwritten(text, values)
        settings_room.require_account(settings)
        address = settings.account.from_address
        alone = settings_room.with_account(text, {**values, "from": address}, without=_ALL)
        # What follows from the new values alone, whatever else the file says.
        said = approval.destinations(folder, settings_room.parse(alone, ""))
        new = approval.unapproved(folder, settings, self._accounts)
        owner = settings_room.provider_of(address)
        return Plan(
            text=text,
            settings=settings,
            destinations=approval.destinations(folder, settings),
            servers=approval.not_said(new, said, values, self._accounts),
            owner=owner if owner in settings_room.PROVIDERS else "",
        )

    def run(self, plan: Plan, consents: Sequence[Consent]) -> Result:
        """Write it. Misuse("file-unwritable"), and the file as it was."""
        if wants := missing(plan.wants, consents):
            return Result(code=ExitCode.REFUSED, wants=wants)
        writing.put(self._folder, settings_room.FILE_NAME, plan.text.encode())
        return Result(code=ExitCode.DONE)

    def agree(self, plan: Plan) -> None:
        """A person named these servers as theirs; a password may go there."""
        approval.approve(plan.destinations, self._accounts)

    def reach(self) -> None:
        """Connect and say goodbye: what is wrong with the server is told before a password is
        typed."""
        mail.reach(self._folder, self._accounts)

    def approve(
        self, plan: Plan, passwords: Mapping[Destination, str], *, tests: bool
    ) -> Offer | None:
        """The servers may have these passwords, or those that there are; log in, with `tests`.

        SettingsError("no-password") where there is none and one is needed.
        """
        servers = plan.destinations
        has_one = bool(passwords) or password_place(servers) != "nowhere"
        if not passwords:
            approval.hand_on_kept_password(servers)
        approval.approve(servers, self._accounts, sends_without=not has_one)
        if not has_one and plan.settings.account.tls != "none":
            raise SettingsError("no-password", login=servers[0].login)
        if not tests:
            return None
        return mail.log_in(self._folder, self._accounts, passwords.get(servers[0]))


def password_place(servers: Sequence[Destination]) -> PasswordPlace:
    """Where the account's password would be taken from now."""
    if settings_room.given_password(os.environ):
        return "environment"
    if servers[0] in settings_room.held_passwords():
        return "memory"
    return "keyring" if settings_room.kept_password(servers[0]) else "nowhere"


def keep_passwords(passwords: Mapping[Destination, str]) -> None:
    """Put each into the system's keyring. SettingsError("no-keyring") where there is none."""
    for each, password in passwords.items():
        settings_room.remember_password(each, password)


def _left_behind(former: AccountSettings, values: Given) -> Sequence[str]:
    """The keys that go because another server, or another mailbox, is named."""
    left = _OF_ONE_SERVER if {"provider", "host"} & values.keys() else ()
    if "imap.host" not in values:
        return left
    if values["imap.host"] != former.imap.host:
        return (*left, "imap")
    return (*left, *(f"imap.{key}" for key in _OF_ONE_SERVER))


def _yet_unwritten(text: str, values: Given) -> Settings:
    """The settings in a text that is in no file yet: what is wrong with it is wrong with an option,
    and a row of it leads nowhere."""
    try:
        return settings_room.parse(text, "")
    except SettingsError as error:
        facts: dict[str, Any] = error.facts
        key = str(facts["name"]).removeprefix("account.")
        option = f"--{re.sub('[._]', '-', key)}" if key in values else ""
        raise SettingsError(error.code, path=option, **facts) from None


# Try it out


PasswordPlace = Literal["environment", "memory", "keyring", "nowhere"]
"""Where a password is taken from. "memory" is that of this process, for as long as it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTest:
    """The server's offer, and the number of letters sent lately.

    `servers` are those that were asked. `copies_in` is the folder of the mailbox where copies go;
    `trouble`, why it cannot be used.
    """

    servers: Sequence[Destination]
    offer: Offer
    spent: int
    copies_in: str = ""
    trouble: Trouble | None = None
    kept_in: PasswordPlace = "nowhere"
    arrival: Arrival | None = None  # None where the ledger cannot be read


@contextmanager
def trying(place: Path) -> Iterator[Trying]:
    """A try of the account of the campaign in this folder. It sends nothing."""
    settings = _in_force(place)
    with closing(users_accounts()) as accounts:
        yield Trying(place, settings, accounts)


class Trying:
    """Connect and log in, once a person has approved the servers."""

    def __init__(self, folder: Path, settings: Settings, accounts: Accounts) -> None:
        self.folder = folder
        self.settings = settings
        self.accounts = accounts

    def servers(self) -> Sequence[Change]:
        """Those that a person has still to approve."""
        return approval.unapproved(self.folder, self.settings, self.accounts)

    def approve(self, servers: Sequence[Change]) -> None:
        """A person's yes to these."""
        approval.approve_for(self, servers)

    def run(self) -> AccountTest:
        """To the server for outgoing mail, then to the mailbox if there is one."""
        settings = self.settings
        offer = mail.log_in(self.folder, self.accounts)
        spent = mail.sent_lately(settings, self.accounts)
        copies_in, trouble = "", None
        if settings.account.imap.host:
            try:
                copies_in = mailbox.sent_folder(self.folder, self.accounts)
                if letter := arrival.last_letter_to_oneself(self.folder):
                    came_back = mailbox.message(self.folder, self.accounts, letter)
                    with suppress(Busy):  # the next test will keep it
                        arrival.note_letter_to_oneself(self.folder, came_back)
            except Trouble as caught:
                trouble = caught
        servers = approval.destinations(self.folder, settings)
        return AccountTest(
            servers=servers,
            offer=offer,
            spent=sum(n for _at, n in spent),
            copies_in=copies_in,
            trouble=trouble,
            arrival=_arrival(self.folder),
            kept_in=password_place(servers),
        )


def _in_force(place: Path) -> Settings:
    """The settings with the limits of the account; those of the file alone where the ledger cannot
    be read.
    """
    with suppress(Trouble), open_campaign(place, access="read", command="account") as campaign:
        return campaign.settings
    return settings_room.load(place)


def _arrival(folder: Path) -> Arrival | None:
    """Whether the letters that wait will arrive; None where the ledger cannot be read."""
    with suppress(LedgerError):
        return arrival.look(folder)
    return None


def try_out(
    place: Path,
    typed: Mapping[Destination, str] | None = None,
    approved: Sequence[Destination] = (),
) -> AccountTest:
    """`Trying.run`, with the passwords that a person typed, which are kept if they are right.

    `typed` is as `passwords_meant` has it: whatever campaign.toml says by now, none goes elsewhere.
    `approved` are servers that they said yes to. Passwords are kept in the keyring; where there is
    none `kept_in` is "memory", and whoever asked holds them, or nobody does.

    SettingsError("no-password"), and what connecting raises: then nothing is kept. A mailbox that
    cannot be read keeps nothing from being kept.
    """
    with trying(place) as job:
        if typed:
            settings_room.hold_passwords(typed)
        job.approve([each for each in job.servers() if each.now in approved])
        tried = job.run()
    if typed and tried.kept_in == "memory":
        try:
            keep_passwords(typed)
        except SettingsError as error:
            if error.code != "no-keyring":
                raise
        else:
            return replace(tried, kept_in="keyring")
    return tried


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSeen:
    """What is known of a campaign's mailbox without connecting to it, or asking the keyring.

    `owner` is the provider whose mailbox the address is, "" for one that is not known.
    """

    settings: Settings
    owner: str
    servers: Sequence[Change]  # that a person has still to approve
    has_password: bool  # given by the environment, or held by this process


def look(place: Path, settings: Settings | None = None) -> MailboxSeen:
    """The mailbox of the campaign in this folder. `settings` are those in force, where they were
    read.
    """
    settings = settings or _in_force(place)
    held = settings_room.held_passwords()
    with closing(users_accounts()) as accounts:
        return MailboxSeen(
            settings=settings,
            owner=settings_room.provider_of(settings.account.from_address),
            servers=approval.unapproved(place, settings, accounts),
            has_password=bool(signin.given())
            or any(to in held for to in approval.destinations(place, settings)),
        )


def passwords_meant(place: Path, typed: str, typed_imap: str = "") -> Mapping[Destination, str]:
    """Whom the passwords that a person typed for this campaign's mailbox are for."""
    settings = settings_room.load(place)
    meant = settings_room.password_meant(settings.account, typed)
    other = settings_room.password_meant(settings.account, typed_imap) or meant
    return {
        to: other if to.protocol == "imap" else meant
        for to in approval.destinations(place, settings)
    }
