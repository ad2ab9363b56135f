"""A machine that helps: worker."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import click

from merge.cli import consents, options, output
from merge.errors import Refused
from merge.words import machines
from merge.words.language import _


@click.command(
    help=_(
        "Send campaigns that are kept in the database of PUBLIPOSTAGE_DATABASE, beside "
        "the machine that began it and other workers, until it is stopped. CAMPAIGN is what stands "
        "in “ledger.id” of its folder. It needs no folder: letter and settings come from the "
        "database, and you approve them here; the password and the yes to its mail server come "
        "from here."
    )
)
@click.argument("campaigns", metavar=_("CAMPAIGN…"), type=click.UUID, nargs=-1, required=True)
@options.yes
def worker(campaigns: Sequence[UUID], yes: bool) -> None:
    from merge.app import work

    ids = [str(each) for each in campaigns]
    wants = [*work.wants(ids)]
    if wants and not yes and not output.somebody_is_there():
        raise Refused("files-unapproved", campaign=wants[0].facts["campaign_id"])
    work.work(
        lambda event: output.say(machines.told(event)),
        ids,
        consents.agree(wants, yes=yes),
    )
