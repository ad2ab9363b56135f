"""A server that nobody approved for a password: what it is, what changed, and a person's yes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

from merge.cli import output
from merge.errors import Refused
from merge.words import servers
from merge.words.language import _
from merge.words.reasons import typed

if TYPE_CHECKING:
    from merge.app.approval import Change
    from merge.settings import Settings


class Approving(Protocol):
    """A job that connects to servers."""

    @property
    def settings(self) -> Settings:
        """The campaign's."""

    def servers(self) -> Sequence[Change]:
        """Those that a person has still to approve."""

    def approve(self, servers: Sequence[Change]) -> None:
        """A person's yes to these."""


def before_connecting(
    job: Approving, *, asking: Callable[[], AbstractContextManager[object]] = nullcontext
) -> None:
    """Ask whether a password may go to the campaign's servers, unless all of them are approved.

    Refused("servers-to-approve") where nobody is there to ask, click.Abort at a no.
    """
    if changes := job.servers():
        agree(changes, job.settings, asking=asking)
        job.approve(changes)
        output.say(servers.approved())


def agree(
    changes: Sequence[Change],
    settings: Settings,
    *,
    asking: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> None:
    """Show these servers, and ask. Refused("servers-to-approve"), click.Abort."""
    output.say(_("Nobody has approved this yet:"))
    for each in changes:
        output.say_each(servers.told(each.now, each.before, with_password=each.with_password))
    if not output.somebody_is_there():
        raise Refused("servers-to-approve", command=command(settings))
    output.say(
        _(
            "Whoever wrote campaign.toml chose this. If the folder is not yours, or you do not "
            "know why it changed, answer no."
        )
    )
    with asking():
        output.confirm(_("Is it your server, and may your password go there?"), abort=True)


def command(settings: Settings) -> str:
    """What approves the servers of these settings where no question can be asked."""
    from merge.settings import PROVIDERS, ImapSettings, ascii_host

    account, imap = settings.account, settings.account.imap
    preset = PROVIDERS.get(account.provider)
    words: dict[str, object] = {"provider": account.provider}
    its = {"host": account.host, "port": account.port, "tls": account.tls}
    if preset is None or any(getattr(preset, name) != value for name, value in its.items()):
        words |= its
    words |= {"ca-file": account.ca_file, "login": account.login}
    its = {name: getattr(imap, name) for name in ("host", "port", "tls", "ca_file", "login")}
    usual = {name: getattr(ImapSettings(), name) for name in its}
    known = preset.imap if preset else {}
    if imap.host and its != usual | {name: value for name, value in known.items() if name in its}:
        words |= {f"imap-{name.replace('_', '-')}": value for name, value in its.items()}
    for name in {"host", "imap-host"} & words.keys():  # as `servers.told` has it: signs look alike
        words[name] = ascii_host(str(words[name])) or words[name]
    options = (f"--{name} {typed(str(value))}" for name, value in words.items() if value)
    return " ".join(("publipostage account set", *options))
