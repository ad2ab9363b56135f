"""Renders previews of one letter, in the helper process of `previewer`.

It reads the letter, which may be a stranger's, and the files that the letter names, but no ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from merge.app.campaign_files import CampaignFiles
from merge.letters.examples import columns_to_come, with_cells
from merge.letters.leftovers import Slip
from merge.letters.remarks import Remark
from merge.letters.template import CompiledTemplate
from merge.mail.message import page_name
from merge.model import Channel, FirstLetter, Letter, LetterFault, Recipient
from merge.paper.fonts.coverage import FontCoverage
from merge.paper.loading import load_weasyprint
from merge.paper.typesetting import Typesetter
from merge.paper.window import Window

PAGES_AT_MOST = 4
"""Pages shown as pictures: a letter has two, and a style sheet's mistake may make hundreds."""

DOTS_PER_INCH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewInput:
    """What one preview is rendered from. It is sent to the helper as a pickle.

    `compiling` is `letters.compiling` of the source. `first` is the first letter to this recipient,
    for a reminder; None for the first letter itself.
    """

    folder: Path
    look: str
    compiling: partial[CompiledTemplate]
    recipient: Recipient
    window: Window
    first: Mapping[str, FirstLetter] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMail:
    """A letter by e-mail, or its `fault`, with slips and remarks of its text.

    `html` embeds its pictures, `address` are the lines of the page's window. `waits_for` are the
    blanks that no column fills yet.
    """

    version: str
    subject: str = ""
    text: str = ""
    html: str = ""
    address: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    fault: LetterFault | None = None
    waits_for: tuple[str, ...] = ()
    slips: tuple[Slip, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """A letter on paper: its PDF, and PNG pictures of the first pages; or its `fault`.

    With a fault of the address window there are pages all the same: they show it.
    """

    pages: int = 0
    pdf: bytes = b""
    pictures: tuple[bytes, ...] = ()
    fault: LetterFault | None = None


def mail(shown: PreviewInput) -> ShownMail:
    """Render the e-mail. LetterError as `compile_template`, and for a file of the letter."""
    template, recipient, waits_for = _compiled(shown)
    letter = template.render(recipient, Channel.EMAIL)
    told = ShownMail(
        version=template.version,
        waits_for=waits_for,
        slips=template.slips,
        remarks=template.remarks,
    )
    if isinstance(letter, LetterFault):
        return replace(told, fault=letter)
    page = template.render(recipient, Channel.PAPER)
    return replace(
        told,
        subject=letter.subject,
        text=letter.text,
        html=CampaignFiles(shown.folder).html_alone(letter),
        address=() if isinstance(page, LetterFault) else page.address,
        attachments=_attachments(letter),
    )


def values(shown: PreviewInput, sources: Sequence[str]) -> Mapping[str, str]:
    """What each of these pieces of a letter says to the recipient, whatever fault it has."""
    named = [each for source in sources for each in columns_to_come(source)]
    to_come = "".join(f"{{{{ {each} }}}}" for each in dict.fromkeys(named))
    source = f"---\nsubject: -\n---\n\n- {to_come}\n"
    bare = replace(shown, compiling=partial(shown.compiling, source=source))
    template, recipient, _waits_for = _compiled(bare)
    return {each: template.value_of(each, recipient) for each in sources}


def page(shown: PreviewInput) -> ShownPage:
    """Set the pages. LetterError as `mail` and `Typesetter.run`; Misuse without Pango."""
    from merge.paper.measuring import flaws, pages_in, pictures

    load_weasyprint()
    source, path = shown.compiling.keywords["source"], shown.compiling.keywords["path"]
    _coverage(shown).refuse_missing(source, path)
    template, recipient, _waits_for = _compiled(shown)
    letter = template.render(recipient, Channel.PAPER)
    if isinstance(letter, LetterFault):
        return ShownPage(fault=letter)
    pdf = _typesetter(shown.folder, shown.window.sheet).alone(letter.key, letter.page.html)
    n = pages_in(pdf)
    (flaw,) = flaws(pdf, [n], [letter.address], shown.window)
    return ShownPage(
        pages=n,
        pdf=pdf,
        pictures=pictures(pdf, dots_per_inch=DOTS_PER_INCH, at_most=PAGES_AT_MOST),
        fault=LetterFault(key=letter.key, code=flaw.code, value=flaw.words) if flaw else None,
    )


def _compiled(shown: PreviewInput) -> tuple[CompiledTemplate, Recipient, tuple[str, ...]]:
    """The template, the recipient with a cell for each missing column, and these columns."""
    settled = shown.compiling.keywords
    columns = settled["columns"]
    waits_for = columns_to_come(settled["source"], columns, settled["audience"])
    template = shown.compiling(
        columns=frozenset((*columns, *waits_for)),
        unprintable=_coverage(shown).missing,
        first_letters=shown.first,
    )
    return template, with_cells(shown.recipient, waits_for, template.lines), waits_for


def _attachments(letter: Letter) -> tuple[str, ...]:
    page = (page_name(letter.attached),) if letter.attached else ()
    return (*page, *(each.name for each in letter.enclosures if not each.content_id))


_typesetter = lru_cache(1)(Typesetter)
_coverage_of = lru_cache(1)(FontCoverage)


def _coverage(shown: PreviewInput) -> FontCoverage:
    """The coverage of this style sheet's fonts, kept from one letter to the next."""
    return _coverage_of(shown.folder, shown.look)
