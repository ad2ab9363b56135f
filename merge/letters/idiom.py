"""What the language of a letter decides: its dates, numbers, spaces, and how it calls its reader.

French is the program's own: its grammar is in `merge.french`. Of other languages Babel knows dates,
numbers and enumerations; how a letter opens in one is a table here, by civilities as they were
stated. What the table lacks, a column of salutations has to say.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from merge.french import courtesy, grammar
from merge.letters.kinds import Empty, Written, WrittenNumber
from merge.model import Recipient
from merge.post import locales

FRENCH_ONLY: frozenset[str] = frozenset({"de", "a", "accord"})
"""Filters that know French grammar, and of no other language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Courtesy:
    """How a letter opens. `forms` are by civility, and want a surname; `short` in mid-text, and
    `outside` before the whole name on the envelope.
    """

    neutral: str
    forms: Mapping[str, str]
    short: Mapping[str, str]
    outside: Mapping[str, str]


def _courtesy(
    neutral: str,
    to_him: str,
    to_her: str,
    him: str,
    her: str,
    *,
    outside: tuple[str, str],
    called: str = "",
) -> _Courtesy:
    """`called` is how the text calls him, where that is another word."""
    return _Courtesy(
        neutral=neutral,
        forms={"M.": f"{to_him} {him}", "Mme": f"{to_her} {her}"},
        short={"M.": called or him, "Mme": her},
        outside=dict(zip(("M.", "Mme"), outside, strict=True)),
    )


def _english(words: Mapping[str, str]) -> _Courtesy:
    forms = {civility: f"Dear {word}" for civility, word in words.items()}
    return _Courtesy(neutral="Dear Sir or Madam", forms=forms, short=words, outside=words)


_BRITISH = {"M.": "Mr", "Mme": "Ms", "Mlle": "Miss", "Mx": "Mx", "Dr": "Dr"}
_AMERICAN = {"M.": "Mr.", "Mme": "Ms.", "Mlle": "Miss", "Mx": "Mx.", "Dr": "Dr."}
_COURTESIES: Mapping[str, _Courtesy] = {
    "en": _english(_BRITISH),
    **dict.fromkeys(("en_US", "en_CA"), _english(_AMERICAN)),  # Merriam-Webster; TERMIUM Plus
    "de": _courtesy(
        *("Sehr geehrte Damen und Herren", "Sehr geehrter", "Sehr geehrte", "Herr", "Frau"),
        outside=("Herrn", "Frau"),  # DIN 5008
    ),
    "es": _courtesy(
        *("Estimado/a señor/a", "Estimado", "Estimada", "señor", "señora"),
        outside=("Sr.", "Sra."),
    ),
    "it": _courtesy(
        *("Gentile signora, gentile signore", "Gentile", "Gentile", "signor", "signora"),
        outside=("Sig.", "Sig.ra"),
    ),
    # "heer" behind "Geachte" alone: taaladvies.net.
    "nl": _courtesy(
        *("Geachte heer, mevrouw", "Geachte", "Geachte", "heer", "mevrouw"),
        outside=("De heer", "Mevrouw"),
        called="meneer",
    ),
    "pt": _courtesy(
        *("Exmo.(a) Senhor(a)", "Exmo.", "Exma.", "Senhor", "Senhora"), outside=("Sr.", "Sra.")
    ),
    # With capitals in a vocative: Manual de Redação da Presidência da República.
    "pt_BR": _courtesy(
        *("Prezado(a) Senhor(a)", "Prezado", "Prezada", "Senhor", "Senhora"),
        outside=("Sr.", "Sra."),
    ),
    "ca": _courtesy(
        *("Benvolgut senyor, benvolguda senyora", "Benvolgut", "Benvolguda", "senyor", "senyora"),
        outside=("Sr.", "Sra."),
    ),
}
_SUBJECT: Mapping[str, str] = {
    **{"en": "Subject:", "de": "Betreff:", "es": "Asunto:", "it": "Oggetto:", "nl": "Betreft:"},
    **{"pt": "Assunto:", "ca": "Assumpte:"},
}
"""What stands before the subject on a page; nothing in a language that is not here."""
_PAGE: Mapping[str, str] = {
    **{"en": "page ", "de": "Seite ", "es": "página ", "it": "pagina ", "nl": "pagina "},
    **{"pt": "página ", "ca": "pàgina "},
}
"""What stands before the number of a page, likewise."""

_WAYS: Mapping[str, Mapping[str, str]] = {
    "en": {"courriel": "e-mail", "courrier postal": "post"},
    "de": {"courriel": "E-Mail", "courrier postal": "Post"},
    "es": {"courriel": "correo electrónico", "courrier postal": "correo postal"},
    "it": {"courriel": "e-mail", "courrier postal": "posta"},
    "nl": {"courriel": "e-mail", "courrier postal": "post"},
    "pt": {"courriel": "e-mail", "courrier postal": "correio"},
    "ca": {"courriel": "correu electrònic", "courrier postal": "correu postal"},
}
"""What a reminder calls the way of the first letter, by the French of the channel."""


@dataclass(frozen=True, slots=True)
class Idiom:
    """A letter's language: `locale` as Babel calls it.

    `sets_punctuation`: its apostrophes, quotes, dashes and ellipses are set as printers have them.
    """

    locale: str = "fr"
    sets_punctuation: bool = False

    @property
    def language(self) -> str:
        """The language without its country."""
        return locales.language(self.locale)

    @property
    def is_french(self) -> bool:
        """Whether the helpers of French serve it."""
        return self.language == "fr"

    @property
    def nouns_have_capitals(self) -> bool:
        """Whether a capital says nothing of names."""
        return self.language in ("de", "lb")

    @property
    def reference(self) -> str:
        """What stands before a recipient's key, for an answer to quote."""
        return "Réf." if self.is_french else "Ref."

    @property
    def lacks(self) -> Collection[str]:
        """The filters that are of no use in it."""
        return () if self.is_french else FRENCH_ONLY

    def framed(self, frame: str) -> str:
        """A frame of ours, which is written in French, in this language."""
        if self.locale == "fr":
            return frame
        frame = frame.replace('lang="fr"', f'lang="{locales.tag(self.locale)}"')
        if self.is_french:
            return frame
        label = _SUBJECT.get(self.language, "")
        return frame.replace("Objet&nbsp;: ", f"{label} " if label else "")

    def looking(self, look: str) -> str:
        """A look whose pages are counted in this language: "Seite 1/2"."""
        if self.is_french:
            return look
        return look.replace(
            '"page " counter(page)', f'"{_PAGE.get(self.language, "")}" counter(page)'
        )

    def typeset(self, text: str) -> str:
        """The text with the spaces of French typography, where it is French."""
        return grammar.typography(text) if self.is_french else text

    def date(self, day: datetime.date) -> str:
        """The date as a letter has it: "1er mars 2026", its "er" raised in HTML."""
        if not self.is_french:
            return Written(("", locales.long_date(day, self.locale)))
        first, rest = grammar.long_date(day).split(" ", 1)
        if first == "1er":
            return Written(("", "1"), ("sup", "er"), ("", f" {rest}"))
        return f"{first} {rest}"

    def moment(self, day: datetime.date | None, clock: datetime.time | None) -> str:
        """A day, a time of day or both, at least one, as a letter has them: "1er mars 2026 à
        18 h 30".
        """
        if day is None or clock is None:
            return self.date(day) if day else self._clock(clock) if clock else ""
        if not self.is_french:
            return Written(("", locales.long_date(day, self.locale, clock)))
        date = self.date(day)
        pieces = date.pieces if isinstance(date, Written) else (("", date),)
        return Written(*pieces, ("", f" à {self._clock(clock)}"))

    def _clock(self, clock: datetime.time) -> str:
        if not self.is_french:
            return Written(("", locales.clock(clock, self.locale)))
        said = f"{clock.hour} h {clock:%M}" if clock.minute else f"{clock.hour} h"
        return Written(("", said.replace(" ", grammar.NO_BREAK_SPACE)))

    def part_of_date(self, day: datetime.date, part: str) -> str:
        """A part of a date as Word calls it: "dd", "MMMM", "yyyy"."""
        if self.is_french:
            return grammar.part_of_date(day, part)
        return locales.part_of_date(day, part, self.locale)

    def number(self, count: int) -> WrittenNumber:
        """A count that reads as in this language."""
        return WrittenNumber(count, "" if self.is_french else self.locale)

    def joints(self, n: int) -> Sequence[str]:
        """What stands between each two of n names that are enumerated: ", " and " et "."""
        if n < 2:
            return ()
        return [", "] * (n - 2) + [" et "] if self.is_french else locales.joints(n, self.locale)

    def way(self, in_french: str) -> str | Empty:
        """What a letter came by; `in_french` is what its channel says."""
        if self.is_french:
            return in_french
        return _WAYS.get(self.language, {}).get(in_french) or Empty("premier_envoi")

    def salutation(self, recipient: Recipient) -> str | Empty:
        """How the letter opens: never by more than is stated, and neutrally where nothing is."""
        if self.is_french:
            return courtesy.salutation(recipient.civility, recipient.person)
        table = self._courtesy
        stated = courtesy.short(recipient.civility)
        form = table.forms.get(stated) if table and recipient.surname else None
        if form:
            return f"{form} {self._surname_of(recipient)}"
        return table.neutral if table else Empty("salutation", code="no-salutation")

    def short_salutation(self, recipient: Recipient) -> str | Empty:
        """How the letter calls its reader in mid-text: "Ms Martin", else the whole name."""
        if self.is_french:
            called = (recipient.civility, recipient.surname, recipient.person)
            return courtesy.short_salutation(*called) or Empty("surname")
        form = self.civility(recipient.civility)
        if form and recipient.surname:
            return f"{form} {self._surname_of(recipient)}"
        return recipient.person or self.salutation(recipient)

    def civility(self, stated: str) -> str:
        """What the text calls a civility; "" where it has no word for it but the one stated."""
        table = None if self.is_french else self._courtesy
        return table.short.get(courtesy.short(stated), "") if table else ""

    @property
    def civilities(self) -> Mapping[str, str]:
        """What a civility is on the envelope; one that is not there stays as it is stated."""
        table = None if self.is_french else self._courtesy
        return table.outside if table else {}

    def _surname_of(self, recipient: Recipient) -> str:
        """Behind a civility. In Dutch its first letter is high where no first name stands before
        it, "Geachte heer Van der Aa" (taaladvies.net).
        """
        surname = recipient.surname
        return surname[:1].upper() + surname[1:] if self.language == "nl" else surname

    @property
    def _courtesy(self) -> _Courtesy | None:
        return _COURTESIES.get(self.locale) or _COURTESIES.get(self.language)


FRENCH = Idiom()
