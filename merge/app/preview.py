"""One letter as its recipient will read it. Changes nothing."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from merge.app import letters
from merge.app.campaign_files import CampaignFiles
from merge.app.mail import composer
from merge.app.opening import Campaign, now, open_campaign
from merge.campaign import plan
from merge.campaign.plan import Pick
from merge.campaign.ports import Template
from merge.job import Listener
from merge.model import Channel, LetterFault, Recipient

PREVIEWS = Path("outbox") / "preview"

Form = Literal["text", "html", "pdf", "eml"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The letter, or why it cannot leave; `file` is where a program may find it to open it."""

    recipient: Recipient
    shown: bytes | LetterFault
    file: Path


def letter(place: Path, word: str | None, pick: Pick, form: Form, listener: Listener) -> Preview:
    """The letter to the one that `word` names, else to the one picked. Event: "caution".

    LetterError as `letters.template`; Misuse as `plan.the_one` and `plan.pick`.
    """
    with open_campaign(place, access="read", command="preview", listener=listener) as campaign:
        template = letters.template(campaign, gone_too=True)
        recipient = (
            plan.the_one(campaign.ledger.recipients(), word)
            if word is not None
            else plan.pick(campaign.ledger, template, pick, secrets.randbits(32))
        )
        name = hashlib.sha256(recipient.key.encode()).hexdigest()[:12]
        ending = "txt" if form == "text" else form
        return Preview(
            recipient=recipient,
            shown=_rendered(campaign, template, recipient, form),
            file=campaign.folder / PREVIEWS / f"{name}.{ending}",
        )


def _rendered(
    campaign: Campaign, template: Template, recipient: Recipient, form: Form
) -> bytes | LetterFault:
    rendered = template.render(recipient, Channel.PAPER if form == "pdf" else Channel.EMAIL)
    if isinstance(rendered, LetterFault):
        return rendered
    if form == "pdf":
        from merge.paper.pdf import LotPress

        return LotPress(campaign.folder, confined=True).single(rendered)
    if form == "eml":
        message = composer(campaign).compose(
            rendered, to=recipient.email or "", wave=rendered.wave, date=now()
        )
        return message if isinstance(message, LetterFault) else message.data
    if form == "html":
        return CampaignFiles(campaign.folder).html_alone(rendered).encode()
    return rendered.text.encode()
