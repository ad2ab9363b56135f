"""A letter as somebody wrote it (.txt, .md, .docx, .odt) → a draft: what it says, blanks and all.

file ─┬─ .txt   plain     ─┐
      ├─ .docx  word      ─┤
      ├─ .odt   as a .docx ┼─ Draft ─ subject, blanks ─ letter.md
      └─ .md    as it is  ─┘
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from merge.errors import LetterError
from merge.french import courtesy
from merge.letters import blanks, frontmatter, language
from merge.letters.blanks import Blank
from merge.letters.drafts import addressee, odt, plain, word
from merge.letters.drafts.unplaced import Unplaced
from merge.letters.drafts.word import WordLetter
from merge.letters.filters import FILTERS
from merge.letters.kinds import COLUMN, variable_name
from merge.letters.leftovers import Leftover, leftovers
from merge.model import Audience

KINDS = (".txt", ".md", ".docx", odt.KIND)
_HEAD_LINES = 20  # a line "Objet : …" further down is a part of what is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter before its blanks are filled.

    `subject` is "" where the letter tells none. A `ready` letter has its front matter, and is taken
    word for word. `pictures` go beside letter.md, `unplaced` is what its file held besides,
    `joined` are the words around each broken line that was put together, and `fields` the blanks
    that were merge fields. `font` is that of most of its text, "" where nobody chose one.
    """

    body: str
    subject: str = ""
    ready: bool = False
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    unplaced: tuple[Unplaced, ...] = ()
    joined: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()
    font: str = ""

    @property
    def blanks(self) -> tuple[Blank, ...]:
        """Its blanks, those of the subject first. A ready letter has none to fill."""
        return () if self.ready else blanks.find(self._whole)

    def blanks_for(
        self,
        audience: Audience,
        columns: Iterable[str] = (),
        of_sheet: Callable[[str], str] = lambda _called: "",
    ) -> tuple[Blank, ...]:
        """`blanks`, with what each means to whom the letter is written; `columns` are the headers
        of their list, where there is one, and `of_sheet` as `blanks.of_field` takes it.
        """
        return blanks.meant(self.blanks, audience, columns, self.fields, of_sheet)

    def compared_for(
        self, audience: Audience, columns: Iterable[str], of_sheet: Callable[[str], str]
    ) -> Mapping[str, str]:
        """What its conditions compare, as `blanks_for` would print it, by the names that they have
        for it. A name of ours is a column where a merge field is called so.
        """
        listed = {variable_name(each) for each in columns}
        fields = {variable_name(each) for each in self.fields}
        compared = " ".join(each[0] for each in _IF.finditer("" if self.ready else self.body))
        names = {n[0] for n in _NAME_OR_WORDS.finditer(compared) if n[0].isidentifier()}
        names -= (blanks.NAMES | listed) - fields
        found = {}
        for name in names - FILTERS.keys() - _IN_CONDITIONS:
            means = blanks.of_name(name, audience)
            found[name] = blanks.of_field(name, means, audience, listed, of_sheet).expression
        return found

    def source(self, meanings: Mapping[str, str], audience: Audience = "communes") -> str:
        """The text of letter.md, its blanks written as what they mean, by their names."""
        if self.ready:
            return self.body
        whole = _with_conditions(blanks.filled(self._whole, meanings), meanings, audience)
        subject, _, body = whole.partition("\n\n")
        return f"---\nsubject: {subject}\n---\n\n{body}"

    @property
    def _whole(self) -> str:
        """Subject and body as one text, in which the same blank has one name."""
        return f"{' '.join(self.subject.split())}\n\n{self.body}"


_IN_CONDITIONS = frozenset(("if", "elif", "and", "or", "not", "in", "is", "true", "false"))
_IF = re.compile(r"\{% (?:el)?if [^{}%]+ %\}")
_NAME_OR_WORDS = re.compile(r'"[^"]*"|[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)?')


def _with_conditions(source: str, meanings: Mapping[str, str], audience: Audience) -> str:
    """The source with its conditions asking for what the blanks of the same name mean. Of a mayor's
    civility they ask by the sex: `titre` is "Madame la Maire", and never "Madame".
    """
    meant = {
        variable_name(name): meaning
        for name, meaning in meanings.items()
        if re.fullmatch(r"[a-z_.0-9]+", meaning)
    }
    is_of_mayors = audience == "communes" and meant.get(_CIVILITY) != _CIVILITY
    if is_of_mayors:
        meant.pop(_CIVILITY, None)

    def sexed(found: re.Match[str]) -> str:
        is_column = meant.get(found[1], "").startswith(COLUMN)
        return found[0] if is_column else _asking_for_sex(found)

    def asking(found: re.Match[str]) -> str:
        asked = _CIVILITY_ASKED.sub(sexed, found[0]) if is_of_mayors else found[0]
        return _NAME_OR_WORDS.sub(lambda name: meant.get(name[0], name[0]), asked)

    return _IF.sub(asking, source)


def _asking_for_sex(found: re.Match[str]) -> str:
    sex = _SEXES.get(courtesy.short(courtesy.civility_of(found[3]) or found[3]))
    return found[0] if sex is None else f'sexe {found[2]} "{sex}"'


_CIVILITY = "civilite"
_CIVILITY_ASKED = re.compile(rf'\b({_CIVILITY}|titre) ([=!]=) "([^"]*)"')
_SEXES: Mapping[str, str] = {"M.": "M", "Mme": "F", "Mlle": "F", "": ""}


def left_open(source: str, path: str) -> tuple[Leftover, ...]:
    """The blanks of a letter.md that nothing fills, as `check` reports them.

    LetterError for braces that it could not read, of the author of a Markdown letter.
    """
    try:
        language.read(source, path=path, first_row=1, names=blanks.NAMES)
    except LetterError as error:
        if error.code not in language.TO_COME:  # the sheet may have it
            raise
    return tuple(leftovers(source))


def kind_of(name: str) -> str:
    """One of KINDS, or how else the name ends."""
    return PurePosixPath(name).suffix.casefold()


def read(
    content: bytes, name: str, docx_of_odt: Callable[[bytes], bytes] = lambda content: content
) -> Draft:
    """The draft that a file of that name holds.

    LetterError: "letter-not-word" also for one that has to be saved as something else first,
    "letter-empty", and those of `word.read` and `frontmatter`.
    """
    kind = kind_of(name)
    if kind not in KINDS:
        raise LetterError("letter-not-word", path=name)
    try:
        if kind == odt.KIND:
            content = docx_of_odt(content)
        is_word = kind in (".docx", odt.KIND)
        draft = _from_word(word.read(content)) if is_word else _from_text(content, kind)
    except LetterError as error:
        error.path = error.path or name
        raise
    if not draft.body.strip():
        raise LetterError("letter-empty", path=name)
    frontmatter.refuse_a_book(draft.body, path=name)
    return draft


def _from_word(letter: WordLetter) -> Draft:
    subject, body = _subject(_composed(letter.markdown))
    body, told = _without_address(body)
    return Draft(
        body=body,
        subject=_without_markup(subject),
        pictures=letter.pictures,
        unplaced=(*told, *(each for each in letter.unplaced if not _is_of(each, told))),
        fields=letter.fields,
        font=letter.font,
    )


def _is_of(lost: Unplaced, address: Iterable[Unplaced]) -> bool:
    """Whether that is how a line of the block of the address looked, which is left out."""
    lines = (line for block in address for line in block.words.split(" / "))
    return lost.kind == "look" and _letters(lost.place) in map(_letters, lines)


def _letters(words: str) -> str:
    return re.sub(r"\W", "", words)


def _without_address(body: str) -> tuple[str, tuple[Unplaced, ...]]:
    body, block = addressee.without_address(body)
    told = (Unplaced(kind="address", words=" / ".join(block)),) if block else ()
    return body, told


def _from_text(content: bytes, kind: str) -> Draft:
    text = _composed(_decoded(content))
    if text.startswith("---\n"):
        head = frontmatter.split(text, "")
        return Draft(body=text, subject=head.subject, ready=True)
    subject, body = _subject(text)
    if kind == ".md":
        return Draft(body=body, subject=_without_markup(subject))
    written = plain.markdown(body)
    body, told = _without_address(written.markdown)
    return Draft(body=body, subject=subject.replace("**", ""), joined=written.joined, unplaced=told)


def _composed(text: str) -> str:
    """Each accent with its letter: a Mac may keep them apart, and mail programs show two signs."""
    return unicodedata.normalize("NFC", text)


def _decoded(content: bytes) -> str:
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return "\n".join(text.splitlines()) + "\n"
    raise LetterError("letter-not-word")


def _encodings(content: bytes) -> tuple[str, ...]:
    """UTF-16 says so at its start; what is no UTF-8 comes from an old Windows."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("utf-16",)
    return ("utf-8-sig", "cp1252")


_SUBJECT = re.compile(
    r"[ \t]*[*_]{0,3}(?:objet|sujet)[*_]{0,3}\s*:\s*(?P<words>\S.*?)\\?", re.IGNORECASE
)


def _subject(text: str) -> tuple[str, str]:
    """What a line "Objet : …" says, and the text without it."""
    lines = text.splitlines()
    subject = ""
    for i, line in enumerate(lines[:_HEAD_LINES]):
        if found := _SUBJECT.fullmatch(line):
            subject, before, behind = found["words"].strip(), lines[:i], lines[i + 1 :]
            goes_on = bool(behind and behind[0].strip())
            if before and not (goes_on and before[-1].endswith("\\")):
                before[-1] = before[-1].removesuffix("\\")
                before += [""] * bool(goes_on and before[-1].strip())
            lines = before + behind
            break
    return subject, "\n".join(lines).strip("\n") + "\n"


_EMPHASIS = re.compile(
    r"(?<!\\)(?:\*+(?=\S)|(?<=\S)\*+)|(?<![\\\w])_{1,3}(?=[^\W_])|(?<=[^\W_])_{1,3}(?!\w)"
)


def _without_markup(words: str) -> str:
    """Markdown as a plain line, for a subject is none."""
    return re.sub(r"\\(?=[^\w\s])", "", _EMPHASIS.sub("", words)).strip()


# --- "Nous, habitant·es de X": untrue where nobody who signs lives there --------------------------

_INHABITANTS = (
    r"(?:les\s+)?habitante?(?:[·.(-]?e?[·.)-]?s?\)?|s)?"
    r"(?:\s+et\s+(?:les\s+)?habitante?s)?"
)
_AROUND = (
    r"\s+et\s+(?:(?:de\s+(?:ses|nos|la|l['’])|des|du)\s*)"
    r"(?:environs|alentours|(?:communes?|villes?|villages?)\s+(?:voisin(?:e?s)?|alentour|proches?)"
    r"|agglomération|région|métropole|pays)"
)
_RESIDENCE = re.compile(
    rf"(?P<we>\bnous),?\s+{_INHABITANTS}"
    r"(?:\s+de\s+la\s+(?:ville|commune))?\s+\{\{\s*commune\s*\|\s*de\b[^{}]*\}\}"
    rf"(?:{_AROUND})?\s*,?(?=\s)",
    re.IGNORECASE,
)


def claims_residence(source: str) -> bool:
    """Whether a letter says that those who write live where its reader is mayor."""
    return _RESIDENCE.search(source) is not None


def without_residents(source: str) -> str:
    """The letter, in which the group says its name where it said that it lived there."""
    return _RESIDENCE.sub(_group_instead, source)


def residence_changes(source: str) -> tuple[tuple[str, str], ...]:
    """What `without_residents` would change: each time the words before and after."""
    return tuple(
        (" ".join(found[0].split()), _group_instead(found)) for found in _RESIDENCE.finditer(source)
    )


def _group_instead(found: re.Match[str]) -> str:
    return f"{found['we']}, {{{{ groupe }}}},"
