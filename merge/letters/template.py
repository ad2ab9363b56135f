"""The campaign's letter, compiled once: template + recipient → Letter. Pure.

source ─ frontmatter ─ language ─ leftovers ─ markdown ─┬─ HTML in the frame of the page
              │                         markup ─┘  │    ├─ HTML in the frame of the e-mail
              └────────── enclosures ──────────────┘    └─ plain text

Each of the three is one Jinja template, the frame around it included, so that a recipient costs
one rendering of HTML and one of text.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from types import MappingProxyType

from markupsafe import Markup

from merge.errors import LetterError
from merge.french import grammar
from merge.french.postal import AddressBlock, PostalProblem
from merge.letters import (
    foot,
    footnotes,
    frontmatter,
    language,
    local,
    markdown,
    notes,
    punctuation,
    tables,
)
from merge.letters.enclosures import Enclosures, Files, NamedFile, NoFiles, enclosures
from merge.letters.filling import RENDERING_ERRORS, Compiled, compile_html, compile_text
from merge.letters.filters import SEX
from merge.letters.idiom import FRENCH, Idiom
from merge.letters.kinds import FRAME, Frame, Unwritable
from merge.letters.leftovers import Slip, refuse_leftovers, slips
from merge.letters.letterhead import NO_LETTERHEAD, Letterhead, in_mail, in_text
from merge.letters.letterhead import look as letterhead_look
from merge.letters.lines import LINE, TOTAL, Lines, fault_of_rows
from merge.letters.markup import Removed
from merge.letters.parts import (
    FORMS,
    framed,
    in_parts,
    joined,
    notes_in_mail,
    notes_in_text,
    without_gaps,
)
from merge.letters.pictures import travelling
from merge.letters.remarks import Remark, ours_not_columns, repeated_sender
from merge.letters.values import FIRST_SENT, Values, Writer
from merge.model import (
    Audience,
    Channel,
    FirstLetter,
    Letter,
    LetterFault,
    Pieced,
    Recipient,
    Slotted,
)
from merge.post import envelope

__all__ = ["CompiledTemplate", "Slip", "Writer", "compile_template"]

# Mail programs take what follows for a signature, and leave it out of an answer.
_SIGNATURE_MARK = "-- \n"
_SPACES = re.compile(r"[ \n]+")
# What a sheet says of a recipient, and a page may show.
_SHOWN = ("commune", "organisation", "civility", "first_name", "surname", "locality")


def compile_template(
    *,
    source: str,
    look: str,
    page_frame: str,
    mail_frame: str,
    writer: Writer,
    date: datetime.date,
    path: str = "letter.md",
    columns: Collection[str] = (),
    feminine: grammar.Feminine = "la Maire",
    date_is_chosen: bool = False,
    attach_pdf: bool = False,
    files: Files | None = None,
    unprintable: Callable[[str], Sequence[str]] = lambda _text: (),
    first_letters: Mapping[str, FirstLetter] | None = None,
    first_subject: str = "",
    audience: Audience = "communes",
    locale: str = FRENCH.locale,
    own_foot: str | None = None,
    signs: Mapping[str, Collection[str]] = MappingProxyType({}),
    letterhead: Letterhead = NO_LETTERHEAD,
    sets_punctuation: bool = True,
) -> CompiledTemplate:
    """The letter of the Markdown `source`, ready to be rendered for any recipient.

    `look` is the CSS of the page. The frames are HTML in which `{{ opening }}`, `{{ body }}`,
    `{{ closing }}` and `{{ foot }}` stand for the letter's parts, and `letter` has the rest (see
    `kinds.Frame`). `columns` are the headers of the sheet that a blank may name, `feminine` is
    what a woman is called after "Madame". A `date` that someone chose counts in the version; the
    day of the first real sending does not, or no test of yesterday would hold today. `files` are
    what the letter may show and attach; without them it has no enclosures, and a picture is
    missing. The content of everybody's files counts in the version. `unprintable` tells which
    characters of a text no font has. With `attach_pdf` every e-mail has its page too, and the
    faults of a page hold it. With `first_letters`, by key, it is a reminder, which may speak of
    them; `first_subject` is their subject, with its blanks. `audience` decides what it may name
    of its readers. `locale` is the letter's language, as Babel calls it; one that has no foot of
    ours ends with `own_foot`, the campaign's. `signs` are the sheet's own columns
    with the decimal signs of those that it adds up, see `lines.signs_of`. `letterhead` stands
    at its top. `sets_punctuation`: see `punctuation`.

    LetterError, with path and row, for everything that would hit every recipient: see
    `frontmatter.split`, `language.read`, `markdown.read`, `enclosures.enclosures`; a code of
    `leftovers.Leftover` (`words`); "footnote" for one in the subject or the foot;
    "look-with-tags" for a look with "</" in it; and those of `foot`.
    """
    if "</" in look:
        raise LetterError("look-with-tags", row=look[: look.index("</")].count("\n") + 1)
    idiom = Idiom(locale, sets_punctuation)
    page_frame, mail_frame = idiom.framed(page_frame), idiom.framed(mail_frame)
    look = idiom.looking(look)
    foot_source = foot.source(idiom, own_foot)
    head = frontmatter.split(source, path)
    values = Values(
        writer=writer,
        date=date,
        feminine=feminine,
        columns=columns,
        first_letters=first_letters,
        first_subject=lambda recipient: quoted_to(recipient),
        audience=audience,
        idiom=idiom,
        group=head.group,
        signs=signs,
    )
    names = values.names - {local.NAME}
    of_line = {each for each in names if each.partition(".")[0] == LINE}
    quotes = first_subject if "objet" in language.columns_of(source, FIRST_SENT) else ""
    quotable = names - of_line - {FIRST_SENT}
    of_quoted = language.read(quotes, path=path, first_row=1, names=quotable, idiom=idiom)
    quoted = compile_text(markdown.plain_line(quotes, idiom), path, values.shared, idiom)

    def quoted_to(recipient: Recipient) -> str:
        return quoted.render(values.of(recipient, of_quoted)).strip()

    footnotes.refuse(head.subject, path=path, first_row=head.subject_row)
    subject = _read(head.subject, names - of_line, path, head.subject_row, values)
    body = _read(head.body, names | {local.NAME}, path, head.body_row, values)
    footnotes.refuse(foot_source, path=foot.OWN, first_row=1)
    of_foot = _read(foot_source, names, foot.OWN, 1, values)
    foot.refuse_lacking(foot_source)
    written = markdown.read(
        head.body, path=path, first_row=head.body_row, of_paragraphs={local.NAME}, idiom=idiom
    )
    below = markdown.read(foot_source, path=foot.OWN, first_row=1, idiom=idiom)
    parts, page_parts = (
        in_parts(written.blocks, form) | {"foot": joined(below.blocks, form)} for form in FORMS
    )
    parts["closing"] += notes_in_mail(written.notes)
    enclosed = enclosures(
        files or NoFiles(),
        path=path,
        pictures=(
            *written.pictures,
            *below.pictures,
            *([NamedFile(letterhead.logo.name, 1)] if letterhead.logo else []),
        ),
        attachments=head.attachments if files else (),
        column=head.attachment_column if files else None,
        columns=columns,
    )
    look += letterhead_look(letterhead)
    version: dict[str, object] = {
        "source": [source, foot_source, look, page_frame, mail_frame],
        "writer": asdict(writer),
        "date": date.isoformat() if date_is_chosen else "",
        "feminine": feminine,
    }
    if quotes:
        version["first_subject"] = quotes
    if enclosed.digests:
        version["files"] = enclosed.digests
    if attach_pdf:
        version["attach_pdf"] = True
    if not sets_punctuation:
        version["punctuation"] = "as typed"
    if letterhead:
        version["letterhead"] = asdict(letterhead)
    if locale != FRENCH.locale:
        version["language"] = locale
    subject_line = compile_text(
        markdown.plain_line(head.subject, idiom), path, values.shared, idiom
    )
    lines = tuple(each for each in letterhead.address or writer.address if each != writer.name)
    said = (*lines, writer.contact) if writer.contact else lines
    name, *shown_lines = (punctuation.of_line(each, idiom) for each in (writer.name, *lines))
    contact = [writer.contact] if writer.contact else []
    shown_logo = enclosed.pictures[letterhead.logo.name] if letterhead.logo else None
    text = compile_text(
        (
            joined(written.blocks, "text")
            + notes_in_text(written.notes)
            + _SIGNATURE_MARK
            + joined(below.blocks, "text")
        ).strip("\n"),
        path,
        values.shared,
        idiom,
    )
    html = compile_html(
        travelling(framed(mail_frame, parts), enclosed.pictures),
        "mail.html.j2",
        values.shared,
        idiom,
    )
    return CompiledTemplate(
        path=path,
        version=hashlib.sha256(
            json.dumps(version, ensure_ascii=False, sort_keys=True).encode()
        ).hexdigest(),
        variables=subject | body,
        lines=values.lines,
        sums=values.lines.columns(language.columns_of(source, TOTAL)) if values.lines else (),
        places_passages=local.NAME in body,
        has_italics="<em>" in page_parts["body"] + page_parts["closing"],
        _head=head,
        _removed=written.removed,
        _sender=(writer.name, *said),
        _enclosed=enclosed,
        _attaches_page=attach_pdf,
        _local_columns=local.columns(columns),
        _values=values,
        _idiom=idiom,
        _unprintable=unprintable,
        _frame=partial(
            Frame,
            sender=name,
            sender_lines=tuple(shown_lines),
            contact=writer.contact,
            look=Markup(look),  # noqa: S704 - the user's own style sheet, without "</"
            letterhead=Markup(  # noqa: S704 - HTML of ours, its words escaped
                in_mail(
                    letterhead,
                    name,
                    (*shown_lines, *contact),
                    shown_logo.content_id if shown_logo else "",
                )
            ),
        ),
        _names=(subject | body | of_foot) - {local.NAME},
        _top=(in_text(letterhead, writer.name, said),) if letterhead else (),
        _subject=subject_line,
        _text=text,
        _html=html,
        _page=compile_html(framed(page_frame, page_parts), "page.html.j2", idiom=idiom),
    )


def _read(
    source: str, names: Collection[str], path: str, first_row: int, values: Values
) -> frozenset[str]:
    """The names that a piece of the source uses; LetterError for what no recipient can get."""
    used = language.read(source, path=path, first_row=first_row, names=names, idiom=values.idiom)
    refuse_leftovers(source, path=path, first_row=first_row, column=values.column)
    return used


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompiledTemplate:
    """One letter with blanks. Fills `merge.campaign.ports.Template`.

    `variables` are the names that the letter uses; `places_passages`: it has a place for local
    paragraphs. With `lines` several rows are one recipient; `sums` are the columns that it adds up.
    """

    path: str
    version: str
    variables: frozenset[str]
    lines: Lines | None
    sums: tuple[str, ...]
    places_passages: bool
    has_italics: bool
    _head: frontmatter.FrontMatter
    _removed: tuple[Removed, ...]
    _sender: tuple[str, ...]
    _enclosed: Enclosures
    _attaches_page: bool
    _local_columns: Sequence[str]
    _values: Values
    _idiom: Idiom
    _unprintable: Callable[[str], Sequence[str]]
    _frame: Callable[..., Frame]  # of what all letters share
    _names: frozenset[str]
    _top: tuple[str, ...]  # of the plain text
    _subject: Compiled
    _text: Compiled
    _html: Compiled
    _page: Compiled

    def render(
        self, recipient: Recipient, channel: Channel, names: envelope.Names | None = None
    ) -> Letter | LetterFault:
        """The recipient's letter, or the fault that holds it back. `names` go on an envelope that
        several share.

        LetterFault: "empty-value", "control-character", "not-a-date", "not-a-link", and for paper
        "glyph-missing" and "address-" before a code of `postal.PostalProblem`, for e-mail one of
        `Enclosures.of`.
        LetterError: "writer-lacks" (`name`, a
        field of Writer) or "letter-fails" (`words`, `key`), which would hit everybody.
        """
        if held := fault_of_rows(recipient, self.lines):
            return held
        try:
            return self._rendered(recipient, channel, names=names)
        except Unwritable as fault:
            if fault.of_writer:
                raise LetterError("writer-lacks", path=self.path, name=fault.field) from None
            return LetterFault(
                key=recipient.key,
                code=fault.code,
                field=fault.field or _column_of(fault.value, recipient, self._idiom),
                value=fault.value,
            )
        except RENDERING_ERRORS as error:
            raise LetterError(
                "letter-fails", path=self.path, words=str(error), key=recipient.key
            ) from error

    def household(self, people: Sequence[Recipient]) -> envelope.Names | None:
        """The names on an envelope that these share; None where it cannot be one."""
        return self._values.household(people)

    @property
    def subject(self) -> str:
        """Its subject, with its blanks."""
        return self._head.subject

    @property
    def slips(self) -> tuple[Slip, ...]:
        """What its author should look at again."""
        head = self._head
        return (
            *slips(head.subject, first_row=head.subject_row, starts_at=head.subject_at),
            *slips(head.body, first_row=head.body_row, starts_at=head.body_at),
        )

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What its author has to know of it, whoever it goes to."""
        attached = self._head.attachments[:1]
        unprinted = [(", ".join(self.attachments), each.row) for each in attached]
        if column := self._head.attachment_column:
            unprinted.append((column.name, column.row))
        return (
            *(Remark(code="attachments-not-on-paper", words=w, row=row) for w, row in unprinted),
            *(
                Remark(code="html-removed", words=each.found, row=each.row)
                for each in self._removed
            ),
            *ours_not_columns(self._head, {each: each for each in self._values.called_as_ours}),
            *repeated_sender(self._head.body, self._head.body_row, self._sender),
        )

    @property
    def attachments(self) -> tuple[str, ...]:
        """The files in the campaign folder that go with every e-mail."""
        return tuple(each.name for each in self._head.attachments)

    def value_of(self, source: str, recipient: Recipient) -> str:
        """What a piece of a letter says to this recipient, as plain text; "" where it says nothing
        or cannot be read.

        Its names need not be among those of the letter.
        """
        try:
            names = frozenset(language.named(source)) | {SEX}
            language.read(source, path="", first_row=1, names=names, idiom=self._idiom)
            values: dict[str, object] = {
                **self._values.of(recipient, names & self._values.names),
                local.NAME: local.paragraphs(recipient, self._local_columns, self._idiom),
            }
            said = source
            if not language.expression_in(source):
                body = markdown.read(
                    source, path="", first_row=1, of_paragraphs={local.NAME}, idiom=self._idiom
                )
                said = joined(body.blocks, "text")
            return (
                compile_text(said, self.path, self._values.shared, self._idiom)
                .render(values)
                .strip()
            )
        except (Unwritable, LetterError, *RENDERING_ERRORS):
            return ""

    def own(self, recipient: Recipient) -> local.Passage:
        """The local paragraphs of this recipient; false when there are none."""
        if not self.places_passages:
            return local.NOTHING
        return local.paragraphs(recipient, self._local_columns, self._idiom)

    def own_version(self, recipient: Recipient) -> str:
        """SHA-256 of what this recipient alone gets out of files; "" when there is nothing.

        The file's content is hashed, because its name may stay while its content changes.
        """
        return self._enclosed.version(recipient)

    def _rendered(
        self,
        recipient: Recipient,
        channel: Channel,
        *,
        is_posted: bool = True,
        names: envelope.Names | None = None,
    ) -> Letter:
        values: dict[str, object] = {**self._values.of(recipient, self._names)}
        values[local.NAME] = self.own(recipient)
        on_page = channel is Channel.PAPER
        subject = self._subject.render(values).strip()
        if "  " in subject or "\n" in subject:
            subject = _SPACES.sub(" ", subject)
        block = self._address(recipient, names, is_posted) if on_page else AddressBlock(())
        quoted = f"{self._idiom.reference} {recipient.key}"  # by an answer
        values[FRAME] = self._frame(
            key=recipient.key,
            subject=punctuation.of_line(subject, self._idiom),
            reference=quoted,
            address=block.lines,
        )
        page = Slotted()
        html = Pieced()
        if on_page:
            page = self._page.slotted(values)
            self._hold_unprintable(recipient, page)
        else:
            html = Pieced(*self._html.pieces(values))
        text = Pieced(*self._top, *self._text.pieces(values), "\n")
        if notes.SIGN in text:
            html, text = (Pieced(*notes.numbered(each.pieces)) for each in (html, text))
        if tables.SIGN in text:
            text = Pieced(tables.laid_out(text))
        return Letter(
            key=recipient.key,
            channel=channel,
            reference=quoted,
            subject=subject,
            text=without_gaps(text) if self._text.chooses or self.places_passages else text,
            html=html,
            page=page,
            address=block.lines,
            addressee=block.addressee,
            name=recipient.name,
            enclosures=() if on_page else self._enclosed.of(recipient, html),
            attached=(
                self._rendered(recipient, Channel.PAPER, is_posted=False)
                if channel is Channel.EMAIL and self._attaches_page
                else None
            ),
        )

    def _hold_unprintable(self, recipient: Recipient, page: Slotted) -> None:
        """Unwritable("glyph-missing") for a character of a cell, on this page, that no font has."""
        typed = (
            *(getattr(recipient, name) for name in _SHOWN),
            *recipient.street,
            *recipient.fields.values(),
            *(cell for line in recipient.lines for cell in line.values()),
        )
        if not self._unprintable("".join(typed)):  # one question for nearly everybody
            return
        of_lines = (header for line in recipient.lines for header in line)
        fields = [*_SHOWN, *["street"] * len(recipient.street), *recipient.fields, *of_lines]
        for field, cell in zip(fields, typed, strict=True):
            for character in self._unprintable(cell):
                if character in page.html:
                    raise Unwritable("glyph-missing", field, character)

    def _address(
        self, recipient: Recipient, names: envelope.Names | None, is_posted: bool
    ) -> AddressBlock:
        """The lines of the window: the addressee, the street, the town, another country.

        The first of them on a page that is not posted, where the others would not bring it there.
        """
        names = names or self._values.addressee(recipient)
        block = envelope.block(
            names, recipient.street, recipient.postcode, recipient.locality, recipient.country
        )
        if isinstance(block, PostalProblem):
            if not is_posted:
                lines = tuple(filter(None, names))
                return AddressBlock(lines, len(lines))
            raise Unwritable(f"address-{block.code}", block.field, block.value)
        return block


def _column_of(value: str, recipient: Recipient, idiom: Idiom) -> str:
    """The column that a value came from, which a filter does not know; "" when none has it."""
    cells = recipient.fields.items()
    return next((header for header, cell in cells if value in (cell, idiom.typeset(cell))), "")
