"""Recipients → letters: the campaign's letter, compiled, and one of them to look at."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import lru_cache, partial
from pathlib import Path, PurePath
from typing import Literal
from urllib.parse import quote

from merge.errors import LetterError
from merge.french.communes import by_name, reference, spelled
from merge.letters.remarks import Remark, remarks
from merge.letters.signers import FITTING, Signer, by_commune
from merge.letters.template import CompiledTemplate, Writer, compile_template
from merge.model import Channel, LetterFault, Recipient
from merge.paper.glyphs import Glyphs
from merge.paper.window import rules
from merge.wiring.campaigns import Campaign, model_letter, now
from merge.wiring.confined import try_out
from merge.wiring.files import CampaignFiles
from merge.wiring.mail import composer

PAGE_FRAME = "page.html.j2"
MAIL_FRAME = "mail.html.j2"
LOCAL = Path("local")
PREVIEWS = Path("outbox") / "preview"


def template(campaign: Campaign) -> CompiledTemplate:
    """The campaign's letter, compiled, once it has shown in a child process that it ends.

    LetterError for a fault that would hit everybody; `letters` among its facts is how many.
    """
    settings, paper = campaign.settings, campaign.settings.paper
    frames = model_letter()
    look = _read(campaign.folder / settings.letter.look)
    columns = campaign.books.headers()
    compiling = partial(
        compile_template,
        source=_read(campaign.folder / settings.letter.template),
        look=look
        + rules(paper.envelope, fold_marks=paper.fold_marks)
        + _signature_picture(campaign),
        page_frame=_read(frames / PAGE_FRAME),
        mail_frame=_read(frames / MAIL_FRAME),
        writer=writer(campaign),
        date=_letter_date(campaign),
        date_is_chosen=settings.letter.date is not None,
        path=settings.letter.template,
        columns=columns,
        passages=_local_sources(campaign),
        unprintable=Glyphs().missing,
        files=CampaignFiles(campaign.folder),
        feminine=settings.letter.feminine,
        attach_pdf=settings.letter.attach_pdf,
    )
    try:
        try_out(compiling, columns, path=settings.letter.template)
        if settings.letter.attach_pdf:
            refuse_unprintable(campaign)
        return compiling()
    except LetterError as error:
        error.facts["letters"] = campaign.books.counts().recipients  # whom it hits: all of them
        raise


def remarks_on(
    campaign: Campaign, letter: CompiledTemplate, recipients: Sequence[Recipient]
) -> tuple[Remark, ...]:
    """What a person should say yes to before this letter goes to these recipients."""
    source = _read(campaign.folder / campaign.settings.letter.template)
    signing = writer(campaign)
    removed = (
        Remark(code="html-removed", keys=(), words=each.found, row=each.row, path=path)
        for path, each in letter.passages.removed
    )
    return (
        *letter.remarks,
        *removed,
        *remarks(source, recipients, towns_with_signers=signing.towns_with_signers),
    )


def _local_sources(campaign: Campaign) -> dict[str, tuple[str, str]]:
    """The local paragraphs as (path, source), by the key that each file is named after."""
    folder = campaign.folder / LOCAL
    sources: dict[str, tuple[str, str]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith("."):  # what a desktop leaves in a folder
            continue
        shown = (LOCAL / path.name).as_posix()
        if path.suffix.casefold() != ".md" or path.stem in sources:
            raise LetterError("local-file-name", path=shown)
        sources[path.stem] = (shown, _read(path))
    return sources


def refuse_unprintable(campaign: Campaign) -> None:
    """Refuse what would go wrong on every page.

    LetterError("letter-glyph-missing") when the letter, or a local one, has a character that no
    font has; "signers-crowd" (`n`, `most`) when more people sign one letter than its two pages
    have room for.
    """
    glyphs = Glyphs()
    template = campaign.settings.letter.template
    glyphs.refuse_missing(_read(campaign.folder / template), template)
    for path, source in _local_sources(campaign).values():
        glyphs.refuse_missing(source, path)
    n = max(map(len, by_commune(writer(campaign).signers).values()))
    if n > FITTING:
        raise LetterError("signers-crowd", path=campaign.settings.sender.signers, n=n, most=FITTING)


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


def writer(campaign: Campaign) -> Writer:
    """Who writes, with those who sign too. SheetError: see `merge.wiring.signers`."""
    settings, sender = campaign.settings, campaign.settings.sender
    if sender.place_insee:
        codes = {reference()[sender.place_insee].article_code}
    else:
        towns = spelled(sender.place) or by_name(sender.place)
        codes = {commune.article_code for commune in towns}
    return Writer(
        name=sender.name,
        contact=sender.contact,
        address=sender.address,
        place=sender.place,
        place_article_code=codes.pop() if len(codes) == 1 else None,
        signature=sender.signature,
        signers=_signers(campaign.folder / sender.signers) if sender.signers else (),
        reply_to=settings.account.reply_to or settings.account.from_address,
        address_source=sender.address_source,
    )


def _signers(path: Path) -> tuple[Signer, ...]:
    try:
        as_it_is = path.stat()
    except OSError:
        return _signers_of(path, None)  # which says what is wrong
    return _signers_of(path, (as_it_is.st_mtime_ns, as_it_is.st_size))


@lru_cache(1)
def _signers_of(path: Path, as_it_is: tuple[int, int] | None) -> tuple[Signer, ...]:
    """A command asks several times who signs. Another time or size is another sheet."""
    from merge.wiring.signers import read_signers

    return read_signers(path)


# The press finds files of the campaign folder by their names. In the look, the picture is on the
# page and in no e-mail; its sum makes another picture another version of the letter.
_PICTURE = """
.closing p:last-child {{ margin-top: 5mm }}
.closing p:last-child::before {{
  content: "";
  display: block;
  height: 20mm;
  margin-bottom: 1mm;
  background: url("{url}") left bottom / contain no-repeat; /* {sha256} */
}}
"""
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")  # what PNG and JPEG begin with


def _signature_picture(campaign: Campaign) -> str:
    """The rules of the look that set the signature's picture above its lines."""
    name = campaign.settings.sender.signature_picture
    if not name:
        return ""
    path = campaign.folder / name
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise LetterError("signature-picture-missing", path=str(path)) from None
    except OSError as error:
        raise LetterError("letter-unreadable", path=str(path), words=error.strerror) from None
    if not data.startswith(_PICTURES):
        raise LetterError("signature-picture-kind", path=str(path))
    url = quote(PurePath(name).as_posix())
    return _PICTURE.format(url=url, sha256=hashlib.sha256(data).hexdigest())


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
    if form == "html":
        return CampaignFiles(campaign.folder).html_alone(rendered).encode()
    return rendered.text.encode()


def preview_file(campaign: Campaign, recipient: Recipient, form: Form) -> Path:
    """Where `preview --open` puts it."""
    name = hashlib.sha256(recipient.key.encode()).hexdigest()[:12]
    ending = {"text": "txt"}.get(form, form)
    return campaign.folder / PREVIEWS / f"{name}.{ending}"
