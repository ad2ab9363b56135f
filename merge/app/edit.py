"""Change one recipient by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from merge.app.chosen import recipient_called
from merge.app.opening import Campaign, now, open_campaign
from merge.app.running import running
from merge.campaign.envelopes import Older, made_before
from merge.channels import channel_for, ways_to
from merge.errors import ExitCode
from merge.job import Facts, Listener, Result
from merge.model import Channel, Delivery, Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What became of one recipient."""

    recipient: Recipient  # as it was
    remarks: Sequence[tuple[str, Facts]]  # row problems: what looks wrong, and was taken
    delivery: Delivery | None  # None when nothing reaches it
    older: Sequence[Older]  # a letter on paper that was made before


def run(place: Path, key: str, changes: Mapping[str, str], listener: Listener) -> Edited:
    """Change these fields of whom `key` names, each checked as a sheet's would be.

    Misuse as `chosen.the_one` and `editing.edited`.
    """
    from merge.recipients import editing

    with open_campaign(place, access="exclusive", command="edit", listener=listener) as campaign:
        before = recipient_called(campaign.ledger, key)
        with running(campaign, "edit", {"key": before.key, "changes": dict(changes)}, ()) as job:
            edited = editing.edited(before, changes)
            named = {editing.name_of(called, before.fields): changes[called] for called in changes}
            campaign.ledger.edit(edited, named, _channel_left(campaign, edited), now())
            delivery = campaign.ledger.delivery(before.key)
            job.end(Result(code=ExitCode.DONE))
        return Edited(
            recipient=before,
            remarks=[
                (problem.code, {"value": problem.value, "suggestion": problem.suggestion})
                for problem in editing.noticed(edited, changes)
            ],
            delivery=delivery,
            older=made_before(campaign.ledger, [before.key]) if delivery else (),
        )


def values(recipient: Recipient) -> Mapping[str, str]:
    """What `run` may change of a recipient, as it takes it, in the order in which one looks."""
    from merge.recipients.editing import is_of_rows

    every = _values(recipient)
    return {name: value for name, value in every.items() if not is_of_rows(recipient, name)}


def _values(recipient: Recipient) -> Mapping[str, str]:
    from merge.recipients.editing import CORRECTIONS

    fields = recipient.fields
    code = recipient.article_code
    name_and_address = {
        "first_name": recipient.first_name,
        "surname": recipient.surname,
        "street": "\n".join(recipient.street),
        "postcode": recipient.postcode,
        "locality": recipient.locality,
    }
    emails = ", ".join(filter(None, (recipient.email, *recipient.alternates)))
    if not recipient.commune:
        return {
            "email": emails,
            "organisation": recipient.organisation,
            "sex": recipient.civility,
            **name_and_address,
            "country": recipient.country,
            "number": recipient.number,
            **fields,
        }
    return {
        "email": emails,
        "sex": recipient.sex or "",
        **name_and_address,
        "commune": recipient.name,
        "article_code": "" if code is None else str(code),
        **{name: fields.get(name, "") for name in CORRECTIONS},
        **{name: value for name, value in fields.items() if name not in CORRECTIONS},
    }


def _channel_left(campaign: Campaign, recipient: Recipient) -> Channel | None:
    """As `channel_for`; the next where the e-mail is known to be dead and there is another way."""
    is_dead = campaign.gate.is_dead(recipient)
    open_ways = (way for way in ways_to(recipient) if not (is_dead and way is Channel.EMAIL))
    return next(open_ways, channel_for(recipient))
