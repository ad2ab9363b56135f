"""One letter as its recipient will read it. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from merge.app import chosen, letters
from merge.app.campaign_files import CampaignFiles
from merge.app.mail import composer
from merge.app.opening import Campaign, now, open_campaign
from merge.app.preview_worker import PreviewInput
from merge.campaign.ports import Template
from merge.campaign.reminders import first_letters
from merge.errors import Misuse
from merge.job import Listener
from merge.letters.examples import built_in
from merge.letters.trial import SOMEBODY
from merge.model import Channel, FirstLetter, LetterFault, Recipient
from merge.settings import SOURCE

Form = Literal["text", "html", "pdf", "eml"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The letter, or why it cannot leave."""

    recipient: Recipient
    shown: bytes | LetterFault


def letter(place: Path, word: str | None, form: Form, listener: Listener) -> Preview:
    """The letter to the one that `word` names, else the next to leave. Event: "caution".

    LetterError as `letters.template`; Misuse as `chosen.the_one` and `chosen.next_one`.
    """
    with open_campaign(place, access="read", command="preview", listener=listener) as campaign:
        template = letters.template(campaign, gone_too=True)
        recipient = (
            chosen.the_one(campaign.ledger.recipients(), word)
            if word is not None
            else chosen.next_one(campaign.ledger)
        )
        return Preview(
            recipient=recipient,
            shown=_rendered(campaign, template, recipient, form),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedLetter:
    """The letter to preview, the number of its recipient, and those before and after.

    `number` counts from 1 in the order of the sheet, `of` of them; before there is a list, among
    the three made-up mayors (`is_made_up`).
    """

    shown: PreviewInput
    wave: int
    number: int
    of: int
    before: int | None
    after: int | None
    is_made_up: bool

    @property
    def path(self) -> str:
        """The file of the letter."""
        return str(self.shown.compiling.keywords["path"])

    @property
    def source(self) -> str:
        """The text of the letter."""
        return str(self.shown.compiling.keywords["source"])


def select(
    campaign: Campaign,
    number: int | None = None,
    *,
    wave: int | None = None,
    source: str | None = None,
    on_paper: bool = False,
) -> PreviewedLetter:
    """Select the letter to the recipient with this number, else the next one to leave; on paper,
    where that is wanted and one does.

    `wave` is by default that of the recipient; `source` is an unsaved text of the letter. It is not
    rendered here, but by `previewer.Previewer`.
    Misuse("nobody-called"); LetterError for a file of the letter that cannot be read.
    """
    ledger = campaign.ledger
    of = ledger.count_recipients()
    made_up = built_in(campaign.settings.campaign.audience)
    if not of:
        number = number or 1
        recipient = made_up[number - 1] if number <= len(made_up) else None
    else:
        number = number or (ledger.number_waiting([Channel.PAPER]) if on_paper else None)
        number = number or ledger.number_waiting() or ledger.numbers_beside(0)[1] or 1
        recipient = ledger.recipient_numbered(number)
    if recipient is None:
        raise Misuse("nobody-called", word=number)
    before, after = ledger.numbers_beside(number) if of else _beside(number, len(made_up))
    wave = wave or ledger.reminders.wave_of(recipient.key)
    shown = _input_for(campaign, recipient, wave, source)
    who = shown.compiling.keywords["writer"]
    if not of and not who.address_source:  # that is asked with the list
        shown.compiling.keywords["writer"] = replace(who, address_source=SOURCE)
    return PreviewedLetter(
        shown=shown,
        wave=wave,
        number=number,
        of=of or len(made_up),
        before=before,
        after=after,
        is_made_up=not of,
    )


def _beside(number: int, of: int) -> tuple[int | None, int | None]:
    return number - 1 or None, number + 1 if number < of else None


def _input_for(
    campaign: Campaign, recipient: Recipient, wave: int, source: str | None
) -> PreviewInput:
    key = recipient.key
    first: Mapping[str, FirstLetter] | None = None
    name = campaign.settings.letter.template
    if wave > 1:
        name = letters.reminder_file(campaign, wave)
        first = first_letters(campaign.ledger, campaign.zone, key)
        first = first or dict.fromkeys((key,), letters.SOME_FIRST[SOMEBODY])
    if source is None:
        source = letters.source_of(campaign, name)
    look = letters.source_of(campaign, campaign.settings.letter.look)
    return PreviewInput(
        folder=campaign.folder.absolute(),
        look=look,
        compiling=letters.compiling(campaign, name, wave, _lines(source)),
        recipient=recipient._replace(fields=dict(recipient.fields)),  # no pickle takes another
        window=campaign.window,
        first=first,
    )


def _lines(text: str) -> str:
    """With one character for each line break, as a file is read."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _rendered(
    campaign: Campaign, template: Template, recipient: Recipient, form: Form
) -> bytes | LetterFault:
    rendered = template.render(recipient, Channel.PAPER if form == "pdf" else Channel.EMAIL)
    if isinstance(rendered, LetterFault):
        return rendered
    if form == "pdf":
        from merge.paper.pdf import LotPress

        window = campaign.window
        return LotPress(campaign.folder, window=window, confined=True).single(rendered)
    if form == "eml":
        message = composer(campaign).compose(
            rendered, to=recipient.email or "", wave=rendered.wave, date=now()
        )
        return message if isinstance(message, LetterFault) else message.data
    if form == "html":
        return CampaignFiles(campaign.folder).html_alone(rendered).encode()
    return rendered.text.encode()
