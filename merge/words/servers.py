"""A server that nobody approved for a password: what it is, and what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from merge.ledger.records import Destination
from merge.words.language import N_, _, translate
from merge.words.statuses import labelled

ENCRYPTION: Mapping[str, str] = {
    "implicit": N_("from the start (implicit)"),
    "starttls": N_("after a first greeting (starttls)"),
    "none": N_("none; the connection does not leave this machine"),
}
PROTOCOLS: Mapping[str, str] = {
    "smtp": N_("Outgoing mail (SMTP)"),
    "imap": N_("The mailbox (IMAP)"),
}
_SHOWN_OF_HASH = 16  # of 64: nobody compares more, and the whole of it is what counts


def told(server: Destination, before: Destination | None, *, with_password: bool) -> Iterator[str]:
    """What the server is, a line each; where another one like it is approved, old → new."""
    yield f"  {translate(PROTOCOLS[server.protocol])}"
    formerly = dict(_facts(before)) if before else {}
    for name, value in _facts(server):
        former = formerly.get(name, value)
        shown = value if former == value else f"{former} → {value}"
        yield f"    {labelled(name, shown)}"
    if server.tls == "none":
        password = _("sent without encryption") if with_password else _("none is sent")
        yield f"    {labelled(_('password'), password)}"


def _facts(server: Destination) -> Iterator[tuple[str, str]]:
    yield _("server"), server.host
    yield _("port"), str(server.port)
    yield _("encryption"), translate(ENCRYPTION[server.tls])
    if server.tls != "none":
        yield _("certificates trusted"), _certificates(server)
    yield _("login"), server.login


def _certificates(server: Destination) -> str:
    if not server.ca:
        return _("those of this computer")
    return _("those of a file (SHA-256 {start}…)").format(start=server.ca[:_SHOWN_OF_HASH])


def approved() -> str:
    """A person said yes to the servers."""
    return _("Approved. You are asked again only when something of it changes.")
