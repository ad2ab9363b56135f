"""Recipients → letters: the campaign's letter, compiled, and one of them to look at."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Literal

from merge.errors import LetterError
from merge.french.communes import by_name, reference
from merge.letters.template import CompiledTemplate, Writer, compile_template
from merge.model import Channel, LetterFault, Recipient
from merge.settings import Settings
from merge.wiring.campaigns import Campaign, model_letter, now
from merge.wiring.mail import composer

PAGE_FRAME = "page.html.j2"
MAIL_FRAME = "mail.html.j2"
PREVIEWS = Path("outbox") / "preview"


def template(campaign: Campaign) -> CompiledTemplate:
    """The campaign's letter, compiled. LetterError for a fault that would hit everybody."""
    settings = campaign.settings
    frames = model_letter()
    columns = {name for recipient in campaign.books.recipients() for name in recipient.fields}
    compiled = compile_template(
        source=_read(campaign.folder / settings.letter.template),
        look=_read(campaign.folder / settings.letter.look),
        page_frame=_read(frames / PAGE_FRAME),
        mail_frame=_read(frames / MAIL_FRAME),
        writer=_writer(settings),
        date=_letter_date(campaign),
        date_is_chosen=settings.letter.date is not None,
        path=settings.letter.template,
        columns=columns,
    )
    if compiled.attachments:
        # Said, not left out in silence: nobody may believe that the annex went with the letter.
        raise LetterError("letter-attachments", path=compiled.path)
    return compiled


def fix(campaign: Campaign, letter: CompiledTemplate, *, mailed: bool) -> None:
    """From the first real sending on, the letter and its date stay as they are.

    `mailed`: by e-mail; what was only printed has not been seen to arrive.
    """
    if campaign.books.fact("letter_date") is None:
        campaign.books.set_fact("letter_date", _letter_date(campaign).isoformat())
    if campaign.books.fact("letter_version") != letter.version:
        campaign.books.set_fact("letter_version", letter.version)
    if mailed:
        campaign.books.set_fact("mailed_version", letter.version)


def _letter_date(campaign: Campaign) -> date:
    fixed = campaign.books.fact("letter_date")
    if campaign.settings.letter.date is not None:
        return campaign.settings.letter.date
    return date.fromisoformat(fixed) if fixed else now().astimezone(campaign.zone).date()


def _writer(settings: Settings) -> Writer:
    sender = settings.sender
    codes = {commune.article_code for commune in by_name(sender.place)}
    if sender.place_insee:
        codes = {reference()[sender.place_insee].article_code}
    return Writer(
        name=sender.name,
        contact=sender.contact,
        address=sender.address,
        place=sender.place,
        place_article_code=codes.pop() if len(codes) == 1 else None,
        signature=sender.signature,
        reply_to=settings.account.reply_to or settings.account.from_address,
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise LetterError("letter-missing", path=str(path)) from None
    except UnicodeDecodeError:
        raise LetterError("letter-not-utf8", path=str(path)) from None
    except OSError as error:
        raise LetterError("letter-unreadable", path=str(path), words=error.strerror) from None


Form = Literal["text", "html", "pdf", "eml"]


def preview(
    campaign: Campaign, letter: CompiledTemplate, recipient: Recipient, form: Form
) -> bytes | LetterFault:
    """One letter in the form that is asked for."""
    rendered = letter.render(recipient, Channel.PAPER if form == "pdf" else Channel.EMAIL)
    if isinstance(rendered, LetterFault):
        return rendered
    if form == "pdf":
        from merge.paper.pdf import LotPress

        return LotPress(campaign.folder).single(rendered)
    if form == "eml":
        parcel = composer(campaign).compose(rendered, to=recipient.email or "", wave=1, date=now())
        return parcel if isinstance(parcel, LetterFault) else parcel.data
    return (rendered.text if form == "text" else rendered.html).encode()


def preview_file(campaign: Campaign, recipient: Recipient, form: Form) -> Path:
    """Where `preview --open` puts it."""
    name = hashlib.sha256(recipient.key.encode()).hexdigest()[:12]
    ending = {"text": "txt"}.get(form, form)
    return campaign.folder / PREVIEWS / f"{name}.{ending}"
