"""Make a campaign: its settings, its letter with its look, an empty ledger."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from merge import disks
from merge import settings as settings_room
from merge.app.opening import documents, users_accounts
from merge.errors import LetterError, Misuse, Trouble
from merge.ledger import opening
from merge.model import Audience
from merge.settings import Answers

if TYPE_CHECKING:
    from merge.letters.blanks import Blank
    from merge.letters.drafts.draft import Draft
    from merge.letters.leftovers import Leftover
    from merge.letters.remarks import Remark

LETTER = "letter.md"
LOOK = "letter.css"
REMINDER = "reminder.md"


def read_draft(file: Path | None, audience: Audience = "communes") -> Draft:
    """The letter to begin with: somebody's file, else the model letter to mayors; to others one
    whose text has still to be written. It keeps its font where this machine has it.
    """
    from merge.app import confined

    if file is None:
        return own_draft(model_letter() if audience == "communes" else _ordinary())
    try:
        return _in_its_font(confined.read_draft(file.read_bytes(), str(file)))
    except OSError as error:
        raise LetterError("file-unreadable", path=str(file), words=error.strerror) from None


def own_draft(folder: Path) -> Draft:
    """The letter in this folder of the program's own."""
    from merge.letters.drafts import draft

    return draft.read((folder / LETTER).read_bytes(), LETTER)


def _in_its_font(draft: Draft) -> Draft:
    """The draft without its font where this machine has it not, else without being told of it."""
    if not draft.font:
        return draft
    from merge.letters.drafts.unplaced import fonts_told
    from merge.paper.fonts.configuration import present

    if draft.font.casefold() not in present(_look_in(draft.font)):
        return replace(draft, font="")
    told = [each for each in draft.unplaced if each.kind != "font"]
    fonts = (each.words.split(", ") for each in draft.unplaced if each.kind == "font")
    lost = fonts_told({*itertools.chain.from_iterable(fonts)} - {draft.font}, ())
    return replace(draft, unplaced=(*lost, *told))


def _look_in(font: str) -> str:
    said = "/* The font of the letter that this campaign began from. */"
    return f'\n{said}\nhtml {{\n  font-family: "{font}", serif;\n}}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A letter.md to write, what it was made of, and what a person has still to say of it."""

    draft: Draft
    source: str
    meanings: Mapping[str, str]  # of its blanks, by their names; "" where nothing fills one
    left: Sequence[Leftover] = ()
    blanks: Sequence[Blank] = ()  # of which nobody said what they mean
    claims_residence: bool  # that those who write live there, and nobody said whether they do
    # What changes if nobody of them does: the words before and after.
    residence_changes: Sequence[tuple[str, str]] = ()


def has_no_subject(draft: Draft) -> bool:
    """Whether somebody has to say it."""
    return not (draft.ready or draft.subject)


def letter(
    draft: Draft,
    *,
    subject: str | None = None,
    fills: Mapping[str, str] | None = None,
    residents: bool | None = None,
    audience: Audience = "communes",
    columns: Iterable[str] = (),
) -> NewLetter:
    """The draft with its blanks filled as `fills` say, else where they are beyond doubt; `columns`
    are the headers of the list, where there is one.

    Misuse("letter-ready") when there is nothing to fill, ("not-one-of").
    LetterError: "value-unfit", and what `left_open` raises.
    """
    from merge.letters.drafts.draft import left_open, residence_changes, without_residents

    fills = fills or {}
    if draft.ready and (subject or fills):
        raise Misuse("letter-ready")
    if subject:
        draft = replace(draft, subject=subject)
    by_name = _by_name(blanks_of(draft, audience, columns))
    said = _said(by_name, fills, audience)
    blanks = [blank for name, blank in by_name.items() if name not in said]
    proposed = {blank.name: blank.proposal if blank.certain else "" for blank in blanks}
    meanings = {name: {**proposed, **said}[name] for name in by_name}
    compared = draft.compared_for(audience, columns, partial(blank_of_field, audience=audience))
    source = draft.source({**compared, **meanings}, audience)
    changes = residence_changes(source)
    if residents is False:
        source = without_residents(source)
    return NewLetter(
        draft=draft,
        source=source,
        meanings=meanings,
        left=() if draft.ready else left_open(source, LETTER),
        blanks=blanks,
        claims_residence=bool(changes) and residents is None,
        residence_changes=changes,
    )


def blanks_of(draft: Draft, audience: Audience, columns: Iterable[str] = ()) -> Sequence[Blank]:
    """The blanks of a draft, with what they mean to whom the letter is written."""
    return draft.blanks_for(audience, columns, partial(blank_of_field, audience=audience))


def blank_of_field(called: str, audience: Audience) -> str:
    """The blank for what a column called so says; "" where it is none of a sheet's fields."""
    from merge.recipients.headers import field_named

    of_fields = _BLANKS if audience == "communes" else _BLANKS_OF_OTHERS
    return of_fields.get(field_named(called, audience) or "", "")


_BLANKS: Mapping[str, str] = {
    "commune": "commune",
    "department": "departement",
    "first_name": "maire.prenom",
    "surname": "maire.nom",
    "postcode": "code_postal",
    "locality": "commune",
}
_BLANKS_OF_OTHERS: Mapping[str, str] = {
    "key": "numero",
    "civility": "civilite",
    "sex": "civilite",
    "first_name": "prenom",
    "surname": "nom",
    "whole_name": "nom_complet",
    "organisation": "organisation",
    "address": "adresse",
    "postcode": "code_postal",
    "locality": "ville",
    "email": "courriel",
}
"""The blank of a letter for each field of a sheet."""


def _by_name(blanks: Iterable[Blank]) -> Mapping[str, Blank]:
    by_name: dict[str, Blank] = {}
    for blank in blanks:  # one that is in doubt speaks for its namesakes
        if blank.name not in by_name or not blank.certain:
            by_name[blank.name] = blank
    return by_name


def _said(
    by_name: Mapping[str, Blank], fills: Mapping[str, str], audience: Audience
) -> Mapping[str, str]:
    from merge.letters.blanks import meaning
    from merge.letters.meanings import folded

    said: dict[str, str] = {}
    for typed, value in fills.items():
        alike = (each for each in by_name if folded(each) == folded(typed))
        name = typed if typed in by_name else next(alike, None)
        if name is None:
            raise Misuse("not-one-of", value=typed, choices=", ".join(by_name))
        said[name] = meaning(value, audience) if value.strip() else ""
    return said


def proposed_folder(name: str) -> Path:
    """Where a campaign of that name may stand: among this user's documents, where nothing is."""
    from merge.french.communes import fold

    word = "-".join(re.findall(r"[a-z0-9]+", fold(name)))[:40].strip("-") or "campagne"
    among = documents() / "publipostage"
    numbers = (f"-{n}" if n > 1 else "" for n in itertools.count(1))
    return next(at for n in numbers if not (at := among / f"{word}{n}").exists())


def refuse_unless_empty(folder: Path) -> None:
    """Misuse("folder-not-empty") when something is there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Misuse("folder-not-empty", path=str(folder))


def create(
    folder: Path,
    answers: Answers,
    letter: NewLetter,
    *,
    with_reminder: bool,
) -> None:
    """Make it. `with_reminder`: the letter is the program's own, whose reminder goes with it where
    it is the one to mayors; any other letter gets one that its author has still to write.

    Misuse("folder-not-empty") when something is there already.
    """
    refuse_unless_empty(folder)
    text = settings_room.campaign_toml(answers)
    settings_room.parse(text, settings_room.FILE_NAME)  # an answer that is no setting is told now
    with contextlib.closing(users_accounts()) as accounts:
        accounts.make_ready()  # first: without it, half a campaign would stand there
    was_there = folder.exists()
    try:
        disks.make_private_folder(folder)
        disks.write(folder, settings_room.FILE_NAME, text.encode())
        disks.write(folder, LETTER, letter.source.encode())
        look = (model_letter() / LOOK).read_text("utf-8")
        look += _look_in(letter.draft.font) if letter.draft.font else ""
        disks.write(folder, LOOK, look.encode())
        is_ours = with_reminder and answers.audience == "communes"
        reminder = model_reminder() if is_ours else own_reminder()
        disks.write(folder, REMINDER, reminder.encode())
        for name, content in letter.draft.pictures.items():
            disks.write(folder, name, content)
        with contextlib.closing(users_accounts()) as accounts:
            opening.create_ledger(folder, accounts=accounts)
    except (OSError, Trouble) as error:
        _unmake(folder, letter.draft.pictures, was_there=was_there)
        if isinstance(error, OSError):
            words = error.strerror
            raise Misuse("file-unwritable", path=str(folder), words=words) from error
        raise


def begin(folder: Path, answers: Answers, account: Mapping[str, Any]) -> None:
    """As `create`, with a letter that has still to be written. The mailbox is that of `account`,
    the [account] of another campaign, unless it names certificates in that campaign's folder.
    """
    create(folder, answers, letter(own_draft(_ordinary())), with_reminder=False)
    imap = account.get("imap", {})
    if "ca_file" in {*account, *imap}:
        return
    values = {f"imap.{key}": value for key, value in imap.items()} | dict(account)
    values.pop("imap", None)
    text = settings_room.with_account(settings_room.text_of(folder), values)
    disks.write(folder, settings_room.FILE_NAME, text.encode())


def repeated_sender(letter: NewLetter, answers: Answers) -> Sequence[Remark]:
    """The lines at its top that say who writes, as each page will say above them."""
    from merge.letters import frontmatter, remarks

    head = frontmatter.split(letter.source, LETTER)
    sender = (answers.group, *answers.address, answers.contact)
    return tuple(remarks.repeated_sender(head.body, head.body_row, sender))


def model_reminder() -> str:
    """The reminder of the model letter, which speaks of that letter alone."""
    return (model_letter() / REMINDER).read_text("utf-8")


def is_unwritten(folder: Path, name: str) -> bool:
    """Whether this letter still has what `new` leaves to its author; False where none is there."""
    from merge.letters.frontmatter import LONGEST
    from merge.letters.leftovers import TO_WRITE

    try:
        source = disks.read(folder, name, 4 * LONGEST).decode("utf-8", "replace")
    except (OSError, Trouble):  # told by whoever makes letters
        return False
    return any(words in source for words in TO_WRITE)


def own_reminder() -> str:
    """A reminder of any letter: it names its date and its subject, and waits for its words."""
    return (_ordinary() / REMINDER).read_text("utf-8")


def _ordinary() -> Path:
    return model_letter().with_name("ordinary")


def is_foreign_reminder(letter: str, reminder: str) -> bool:
    """Whether the reminder is the model's, unchanged, while the letter is another one."""
    if reminder != model_reminder():
        return False
    model = (model_letter() / LETTER).read_text("utf-8").splitlines()
    return {*letter.splitlines()}.isdisjoint(line for line in model if len(line) > _A_PARAGRAPH)


_A_PARAGRAPH = 100  # characters: two letters have no longer line in common by chance


def _unmake(folder: Path, pictures: Iterable[str], *, was_there: bool) -> None:
    """Half a campaign is none, and would keep a whole one from being made there."""
    for name in (settings_room.FILE_NAME, LETTER, LOOK, REMINDER, *pictures):
        with contextlib.suppress(OSError):
            (folder / name).unlink()
    with contextlib.suppress(OSError):  # a disk that was taken away
        for left in (*folder.glob("ledger.db.making*"), *folder.glob("locks/*")):
            left.unlink()
        for left in folder.glob("locks"):
            left.rmdir()
        if not was_there:
            folder.rmdir()


def model_letter() -> Path:
    """The letter that comes with the program: in the wheel, or beside `merge/` in a clone."""
    here = Path(__file__).parents[1]
    inside = here / "templates"
    return (inside if inside.is_dir() else here.parent / "templates") / "vsa"
