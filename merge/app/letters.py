"""Reads and compiles the letter of a campaign and its reminders."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

from merge import disks
from merge.app.campaign_files import CampaignFiles
from merge.app.confined import read_sheet, try_out
from merge.app.new import (
    LETTER,
    REMINDER,
    blank_of_field,
    is_foreign_reminder,
    model_letter,
)
from merge.app.opening import Campaign
from merge.app.shared_files import agree
from merge.app.sheets import Reading
from merge.campaign.check import fix_letter, refuse_changed_letter, refuse_untested
from merge.campaign.ports import Template
from merge.campaign.reminders import Waves, fact_of, first_letters, heard, versions
from merge.errors import LetterError, Refused, Trouble
from merge.french.communes import by_name, reference, spelled
from merge.job import Consent, Want
from merge.ledger.ledger import Ledger
from merge.letters import blanks, foot, frontmatter, head, language
from merge.letters.idiom import Idiom
from merge.letters.kinds import COLUMN, variable_name
from merge.letters.leftovers import Slip
from merge.letters.letterhead import Letterhead, logo
from merge.letters.lines import TOTAL, signs_of
from merge.letters.remarks import Remark, Remarks, ours_not_columns
from merge.letters.signers import Signer, refuse_crowd, signature_picture
from merge.letters.template import CompiledTemplate, Writer, compile_template
from merge.letters.trial import SOMEBODY
from merge.model import Channel, FirstLetter, Recipient
from merge.paper.fonts import refuse_wide
from merge.paper.fonts.configuration import absent, lacking
from merge.paper.fonts.coverage import FontCoverage
from merge.paper.window import rules
from merge.post import locales
from merge.recipients.headers import field_named
from merge.settings import FILE_NAME

SOME_FIRST = {SOMEBODY: FirstLetter(date=date(2026, 3, 1), channel=Channel.EMAIL)}

_SUBJECT = "letter_subject"  # a fact of the ledger

PAGE_FRAME = "page.html.j2"
MAIL_FRAME = "mail.html.j2"
_TEXT_AT_MOST = 20_000_000  # bytes: a look may bring its fonts along


def template(campaign: Campaign, *, gone_too: bool = False) -> Template:
    """The campaign's letter, and beside it those of the later waves that wait: compiled, once each
    has shown in a child process that it ends.

    `gone_too`: also those of waves of which all has left, for who looks at one of them.
    LetterError for a fault that would hit everybody; `letters` among its facts is how many.
    """
    first = _compiled(campaign, campaign.settings.letter.template)
    book = campaign.ledger.reminders
    reminded = book.waves()  # none is opened while this command shares the campaign
    if not reminded:
        return first
    firsts = first_letters(campaign.ledger, campaign.zone)
    waiting = book.waiting()
    waves = set(reminded.values()) if gone_too else set(waiting) - {1}
    mails = () if gone_too else campaign.ledger.replies.undecided()
    return Waves(
        first=first,
        reminders={wave: reminder(campaign, wave, firsts) for wave in sorted(waves)},
        wave_of=lambda key: book.wave_of(key) if key in reminded else 1,
        firsts=firsts,
        waiting=tuple(waiting),
        undecided=heard((), mails).undecided,
    )


def reminder(
    campaign: Campaign, wave: int, firsts: Mapping[str, FirstLetter], name: str | None = None
) -> CompiledTemplate:
    """The letter of a later wave, from the file `name`, else from the one it was opened with.

    LetterError as `template`; "reminder-missing"; "reminder-foreign" for the model's, of another
    letter.
    """
    name = name or reminder_file(campaign, wave)
    letter = _read(campaign.folder, campaign.settings.letter.template)
    if not disks.place(campaign.folder, name).is_file():
        raise LetterError("reminder-missing", path=name)
    if is_foreign_reminder(letter, _read(campaign.folder, name)):
        raise LetterError("reminder-foreign", path=name)
    return _compiled(campaign, name, wave, firsts)


def reminder_file(campaign: Campaign, wave: int) -> str:
    """The letter that a wave was opened with, else the usual one."""
    return campaign.ledger.fact(fact_of("letter_file", wave)) or REMINDER


def _compiled(
    campaign: Campaign,
    name: str,
    wave: int = 1,
    firsts: Mapping[str, FirstLetter] | None = None,
) -> CompiledTemplate:
    source = _read(campaign.folder, name)
    making = compiling(campaign, name, wave, source)
    try:
        _refuse_local_files(campaign)
        # That a letter of ours ends was seen before it was shipped.
        if all(source != _read(model_letter(), each) for each in (LETTER, REMINDER)):
            _try_out(making, firsts)
        if campaign.settings.letter.attach_pdf:
            refuse_unprintable(campaign)
        return making(first_letters=firsts)
    except LetterError as error:
        letters = campaign.ledger.count_recipients()
        if not letters and error.code == "unknown-variable" and not error.facts["suggestion"]:
            # It was written before its list.
            wanted = str(error.facts["name"]).removeprefix(f"{COLUMN}.")
            raise LetterError(
                "column-to-come", path=error.path, row=error.row, name=wanted
            ) from None
        error.facts["letters"] = letters  # whom it hits: all of them
        if error.code == "unknown-variable":
            # A column that was understood has a name of ours in a letter.
            called = str(error.facts["name"]).removeprefix(f"{COLUMN}.")
            ours = blank_of_field(called, campaign.settings.campaign.audience)
            error.facts["suggestion"] = ours or error.facts["suggestion"]
        raise


def _try_out(making: partial[CompiledTemplate], firsts: Mapping[str, FirstLetter] | None) -> None:
    some = SOME_FIRST if firsts is not None else None
    settled = making.keywords
    try_out(partial(making, first_letters=some), settled["columns"], path=settled["path"])


def compiling(campaign: Campaign, name: str, wave: int, source: str) -> partial[CompiledTemplate]:
    """What compiles a letter of this campaign: all but the first letters that it may speak of.

    `source` is what stands in the file called `name`, or will. Nothing of a stranger's is
    understood yet.
    """
    settings, paper = campaign.settings, campaign.settings.paper
    frames = model_letter()
    look = _read(campaign.folder, settings.letter.look)
    return partial(
        compile_template,
        source=source,
        look=look
        + rules(campaign.window, fold_marks=paper.fold_marks)
        + _signature_picture(campaign),
        page_frame=_read(frames, PAGE_FRAME),
        mail_frame=_read(frames, MAIL_FRAME),
        writer=writer(campaign),
        date=_letter_date(campaign, wave),
        date_is_chosen=wave == 1 and settings.letter.date is not None,
        path=name,
        columns=campaign.ledger.headers(),
        unprintable=FontCoverage(campaign.folder, look).missing,
        files=CampaignFiles(campaign.folder),
        feminine=settings.letter.feminine,
        attach_pdf=settings.letter.attach_pdf,
        audience=settings.campaign.audience,
        locale=locales.known(settings.letter.language),
        own_foot=_own_foot(campaign),
        signs=_signs(campaign, source, name),
        letterhead=_letterhead(campaign),
        sets_punctuation=settings.letter.typographic,
        first_subject=_first_subject(campaign) if wave > 1 else "",
    )


def _first_subject(campaign: Campaign) -> str:
    """The subject of the first letter, with its blanks: as it left, else as it would now."""
    if (sent := campaign.ledger.fact(_SUBJECT)) is not None:
        return sent
    name = campaign.settings.letter.template
    return frontmatter.split(_read(campaign.folder, name), name).subject


def _signs(campaign: Campaign, source: str, path: str) -> Mapping[str, Collection[str]]:
    """Of a letter to several rows at once: the columns of the sheet, with the decimal signs that
    those prove of which it says the total. LetterError("group-unknown-column").
    """
    group = frontmatter.unquoted(head.value(source, "group"))
    if not group:
        return {}
    headers, called = campaign.ledger.headers(), language.columns_of(source, TOTAL)
    _refuse_unknown_group(campaign, group, headers, path, head.row(source, "group"))
    summed = [each for each in headers if variable_name(each) in called]
    of_summed = signs_of(campaign.ledger.recipients(), summed) if summed else {}
    return dict.fromkeys(headers, ()) | of_summed


def _refuse_unknown_group(
    campaign: Campaign, wanted: str, headers: Collection[str], path: str, row: int
) -> None:
    """LetterError where no column of the list, if there is one, can be meant."""
    from merge.recipients.columns import nearest

    ledger, audience = campaign.ledger, campaign.settings.campaign.audience
    if not ledger.count_recipients() or field_named(wanted, audience):
        return
    of_fields = [Reading.of(each.reading).overrides.values() for each in ledger.readings.last()]
    first = ledger.recipient_numbered(1)
    of_lines = first.lines[0] if first and first.lines else ()
    known = sorted({*headers, *of_lines, *chain.from_iterable(of_fields)})
    if any(variable_name(each) == variable_name(wanted) for each in known):
        return
    raise LetterError(
        "group-unknown-column",
        path=path,
        row=row,
        wanted=wanted,
        headers=", ".join(known),
        suggestion=nearest(wanted, known),
    )


def _own_foot(campaign: Campaign) -> str | None:
    """The campaign's own foot, None where it has none; French and English letters have ours."""
    is_there = disks.place(campaign.folder, foot.OWN).is_file()
    return _read(campaign.folder, foot.OWN) if is_there else None


class Grouping(NamedTuple):
    """The column whose rows are one recipient, "" where each row is one, and the columns that the
    letter adds up, all as the letter calls them.
    """

    column: str
    summed: Sequence[str]


def grouping_of(campaign: Campaign) -> Grouping:
    """As the campaign's letter says; none where there is no letter yet."""
    try:
        source = _read(campaign.folder, campaign.settings.letter.template)
    except LetterError as error:
        if error.code == "letter-missing":
            return Grouping("", ())
        raise
    column = frontmatter.unquoted(head.value(source, "group"))
    return Grouping(column, language.columns_of(source, TOTAL) if column else ())


def source_of(campaign: Campaign, name: str) -> str:
    """The text of a letter of this campaign. LetterError as `template`."""
    return _read(campaign.folder, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterNotes:
    """What a person should look at in one letter."""

    path: str
    slips: Sequence[Slip]
    remarks: Sequence[Remark]


def remarks_on(
    campaign: Campaign, letter: CompiledTemplate, readers: Iterable[Recipient] = ()
) -> Remarks:
    """Begin the remarks on this letter, from these readers: `Remarks.see` takes in others."""
    return Remarks(
        _read(campaign.folder, letter.path),
        readers,
        towns_with_signers=writer(campaign).towns_with_signers,
        columns=campaign.ledger.headers(),
    )


def notes_on(campaign: Campaign, letter: CompiledTemplate, seen: Remarks) -> LetterNotes:
    """The letter's notes: its slips, and all remarks on it. `seen` has those on its readers."""
    name = campaign.settings.letter.look
    look = _read(campaign.folder, name)
    missing = [(each, each) for each in absent(look)]
    missing += [(each, f"{each} Bold") for each in lacking(look, "bold")]
    if letter.has_italics:
        missing += [(each, f"{each} Italic") for each in lacking(look, "italic")]
    fonts = (
        Remark(code="font-missing", words=font, row=_row_of(family, look), path=name)
        for family, font in missing
    )
    audience = campaign.settings.campaign.audience
    meant = {
        variable_name(each): blanks.of_field(
            each,
            blanks.of_name(each, audience),
            audience,
            (),
            lambda e: blank_of_field(e, audience),
        ).expression
        for each in seen.columns
    }
    meant = {name: ours for name, ours in meant.items() if ours not in ("", name)}
    shadowing = ours_not_columns(frontmatter.split(seen.source, letter.path), meant)
    return LetterNotes(
        path=letter.path,
        slips=letter.slips,
        remarks=(*letter.remarks, *shadowing, *fonts, *seen.found()),
    )


def _row_of(words: str, text: str) -> int:
    return text.count("\n", 0, text.find(words)) + 1


def _refuse_local_files(campaign: Campaign) -> None:
    """A letter would leave without the paragraph that its author wrote there."""
    folder = disks.place(campaign.folder, "local")
    names = (each.name for each in folder.iterdir()) if folder.is_dir() else ()
    if found := sum(not name.startswith(".") for name in names):  # what a desktop leaves behind
        raise LetterError("local-files", path=folder.name, n=found)


def refuse_unprintable(campaign: Campaign) -> None:
    """Refuse what would go wrong on every page.

    LetterError("letter-glyph-missing") when the letter, a reminder that waits or who signs
    has a character that no font of the look has; "signers-crowd" (`n`, `most`) when more
    people sign one letter than its two pages have room for, were each of them one line. `most` is
    how many of these have; "return-address-wide".
    """
    refuse_wide(campaign.window, FILE_NAME)
    coverage = FontCoverage(campaign.folder, _read(campaign.folder, campaign.settings.letter.look))
    later = [wave for wave in campaign.ledger.reminders.waiting() if wave > 1]
    for name in (campaign.settings.letter.template, *(reminder_file(campaign, w) for w in later)):
        coverage.refuse_missing(_read(campaign.folder, name), name)
    idiom = Idiom(locales.known(campaign.settings.letter.language))
    below = foot.source(idiom, _own_foot(campaign))
    coverage.refuse_missing(below, foot.OWN)
    who = writer(campaign)
    own = [who.name, who.contact, who.place, *who.address, *who.signature]
    own += campaign.settings.letterhead.address
    coverage.refuse_missing("".join(own), FILE_NAME, has_rows=False)
    for signer in who.signers:
        coverage.refuse_missing(
            signer.name + signer.role, campaign.settings.sender.signers, has_rows=False
        )
    refuse_crowd(who.signers, campaign.settings.sender.signers)


def fix(campaign: Campaign, letter: Template, *, mailed: bool) -> None:
    """The letter and its date stay as they are from now on: see `fix_letter`."""
    days = {wave: _letter_date(campaign, wave) for wave in versions(letter)}
    agree(campaign, pages=campaign.settings.letter.attach_pdf or not mailed)
    fix_letter(campaign.ledger, letter, days, mailed=mailed)
    first = letter.first if isinstance(letter, Waves) else letter
    if 1 in days and isinstance(first, CompiledTemplate):
        campaign.ledger.set_fact(_SUBJECT, first.subject)


def _letter_date(campaign: Campaign, wave: int) -> date:
    """The same for as long as a command runs, be it over midnight."""
    fixed = campaign.ledger.fact_as(fact_of("letter_date", wave), date.fromisoformat)
    if wave == 1 and campaign.settings.letter.date is not None:
        return campaign.settings.letter.date
    return fixed or campaign.opened_at.astimezone(campaign.zone).date()


def writer(campaign: Campaign) -> Writer:
    """Who writes, with those who sign too. SheetError: those of `read_sheet` and `signers_in`."""
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
        signers=_signers(disks.place(campaign.folder, sender.signers)) if sender.signers else (),
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
    from merge.recipients.signers import signers_in

    return signers_in(read_sheet(path), str(path))


def _signature_picture(campaign: Campaign) -> str:
    """The rules of the look that set the signature's picture above its lines."""
    name = campaign.settings.sender.signature_picture
    if not name:
        return ""
    data, path = _picture(campaign.folder, name)
    return signature_picture(PurePath(name).as_posix(), data, path)


def _letterhead(campaign: Campaign) -> Letterhead:
    """The logo, colour and address of `[letterhead]`. LetterError as `_picture`, and those of
    `letterhead.logo`.
    """
    wanted = campaign.settings.letterhead
    shown = None
    if wanted.logo:
        data, path = _picture(campaign.folder, wanted.logo)
        shown = logo(PurePath(wanted.logo).as_posix(), data, path)
    return Letterhead(logo=shown, colour=wanted.colour, address=wanted.address)


def _picture(folder: Path, name: str) -> tuple[bytes, str]:
    """The bytes of a picture that the settings name, and where it lies.

    LetterError: "names-file-missing", "file-unreadable".
    """
    path = str(folder / name)
    try:
        return disks.read(folder, name), path
    except FileNotFoundError:
        raise LetterError("names-file-missing", path=path, name=name) from None
    except OSError as error:
        raise LetterError("file-unreadable", path=path, words=error.strerror) from None


def _read(folder: Path, name: str) -> str:
    """The text of a file below the folder, with "\n" behind its lines. Refused as `disks.read`."""
    path = folder / name
    try:
        text = disks.read(folder, name, _TEXT_AT_MOST).decode("utf-8-sig")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        raise LetterError("letter-missing", path=str(path)) from None
    except UnicodeDecodeError:
        raise LetterError("not-utf8", path=str(path)) from None
    except OSError as error:
        raise LetterError("file-unreadable", path=str(path), words=error.strerror) from None


def wanted(
    ledger: Ledger,
    template: Template,
    consents: Sequence[Consent],
    command: Literal["send", "print"] = "send",
) -> tuple[Want, Trouble] | None:
    """The consent that the letter still needs, with the refusal that asks for it; None for none.
    What is printed needs no test.
    """
    facts = {"versions": {str(wave): each for wave, each in versions(template).items()}}
    refusals: Sequence[tuple[str, Callable[[], None]]] = (
        ("--accept-edit", lambda: refuse_changed_letter(ledger, template, command)),
        ("--untested", lambda: refuse_untested(ledger, template, untested=command == "print")),
    )
    for option, refuse in refusals:
        try:
            refuse()
        except Refused as trouble:
            want = Want(code=trouble.code, facts=facts, option=option)
            if want.agreed() not in consents:
                return want, trouble
    return None
