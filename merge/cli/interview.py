"""What `new` asks at a terminal: every answer is looked at where it is typed, and kept at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from merge.cli import output
from merge.errors import Trouble
from merge.words import dates
from merge.words import interview as words
from merge.words.language import _, translate
from merge.words.reasons import reason
from merge.words.statuses import labelled
from merge.words.troubles import answers_kept, reason_of

if TYPE_CHECKING:
    from merge.model import Audience
    from merge.settings import Question

_FILLED = "fill:"  # what stands before the name of a blank


class Interview:
    """The answers to one campaign. Given as options, kept from before, or asked for.

    Only where somebody is there is anything kept, and more asked than must be.
    """

    def __init__(
        self, folder: Path, given: Mapping[Question, str], audience: Audience | None = None
    ) -> None:
        self.folder = folder
        self.answers: dict[str, str] = {str(each): value for each, value in given.items()}
        self._given: frozenset[str] = frozenset(given)
        if audience is not None:
            self.answers["audience"] = audience
            self._given |= {"audience"}
        self._is_there = output.somebody_is_there()
        self._number: int | None = None
        self._asked: list[Question | Literal["audience"]] = []

    @property
    def is_kept(self) -> bool:
        """Whether something is kept that the same command goes on with."""
        return self._number is not None

    @property
    def asks_more(self) -> bool:
        """Whether somebody is there who did not say all that must be said in the first place."""
        return self._is_there and bool(self._asked)

    def ask(self) -> Mapping[Question, str]:
        """All of them, in order. Where somebody is there, and at last: are they right?"""
        from merge.settings import NEEDED, QUESTIONS

        must = [each for each in QUESTIONS if each in NEEDED and each not in self.answers]
        if must and self._is_there:
            self._take_up()
        for each in QUESTIONS:
            is_wanted = each in must or (must and self._is_there and each != "signature")
            if is_wanted and each not in self.answers:
                self._ask(each)
        if self.asks_more:
            self.audience()  # seen with the other answers, and changed there
            while wrong := self._wrong():
                self._ask_again(self._asked[wrong - 1])
        return {each: self.answers[each] for each in QUESTIONS if each in self.answers}

    def audience(self) -> Audience:
        """Whom the campaign writes to: asked where somebody is asked at all."""
        if self.answers.get("audience") not in words.AUDIENCES and self.asks_more:
            self._ask_audience()
        kept = self.answers.get("audience")
        return next((each for each in words.AUDIENCES if each == kept), "communes")

    def _ask_audience(self) -> None:
        asked = [translate(each) for each in words.AUDIENCES.values()]
        picked = output.choose(translate(words.AUDIENCE), asked)
        if "audience" not in self._asked:
            self._asked.append("audience")
        self.keep("audience", [*words.AUDIENCES][int(picked) - 1])

    def keep(self, name: str, value: str) -> None:
        """One more answer, of those that are asked elsewhere."""
        self.answers[name] = value
        if self._is_there:
            from merge.app import interview

            with suppress(Trouble):  # a full disk ends no interview
                self._number = interview.keep(self._number, self.folder, self.answers)

    def is_made(self) -> None:
        """There is a campaign: nothing need be kept."""
        if self._number is not None:
            from merge.app import interview

            interview.forget(self._number)
            self._number = None

    @property
    def fills(self) -> Mapping[str, str]:
        """What blanks mean, of those that were asked before."""
        return {
            name.removeprefix(_FILLED): value
            for name, value in self.answers.items()
            if name.startswith(_FILLED)
        }

    def keep_fill(self, name: str, meaning: str) -> None:
        """What a blank of the letter means."""
        self.keep(f"{_FILLED}{name}", meaning)

    def _take_up(self) -> None:
        from merge.app import interview
        from merge.settings import QUESTIONS

        if (before := interview.newest_for(self.folder)) is None:
            return
        day = dates.day(before.at.astimezone().date().isoformat())
        output.say(words.begun_before(day, len(before.answers)))
        self._number = before.number
        if output.choose(_("Go on?"), [_("Go on with them"), _("Begin anew")]) == 1:
            kept = _still_right(before.answers)
            self.answers = {**kept, **{n: self.answers[n] for n in self._given}}
            if (
                self.answers.get("audience", "communes") != "communes"
                and self.answers.get("address_source") in words.SOURCES
                and "address_source" not in self._given
            ):
                del kept["address_source"], self.answers["address_source"]
            self._asked = [each for each in QUESTIONS if each in kept]
            if kept.get("audience") in words.AUDIENCES and "audience" not in self._given:
                self._asked.append("audience")

    def _ask(self, question: Question) -> None:
        before = self.answers.get(question, "")
        if question == "address_source":
            answer = _source(self.audience())
        else:
            answer = _asked(question, before)
            if question == "place":
                answer = _of_several(answer) if self._is_there else answer
        if question not in self._asked:
            self._asked.append(question)
        self.keep(question, answer)

    def _ask_again(self, question: Question | Literal["audience"]) -> None:
        if question != "audience":
            self._ask(question)
            return
        before = self.audience()
        self._ask_audience()
        if self.audience() != before and "address_source" not in self._given:
            self._ask("address_source")  # where the addresses of others came from

    def _wrong(self) -> int:
        """The number of the answer to change; 0 where all are right."""
        output.say(_("Your answers:"))
        for number, each in enumerate(self._asked, 1):
            told = ", ".join(self.answers[each].splitlines()) or _("none")
            if each == "audience":
                told = translate(words.AUDIENCES[self.audience()])
            elif each == "place":
                told = _place(told)
            output.say(f"  {number}  {labelled(words.label(each), told)}")

        def understood(typed: str) -> int:
            text = typed.strip() or "0"
            if not text.isdecimal() or int(text) > len(self._asked):
                raise click.UsageError(_("Type a number from 1 to {n}.").format(n=len(self._asked)))
            return int(text)

        question = _("Enter if they are right; the number of one to change it")
        wrong: int = output.ask(question, default="", show_default=False, value_proc=understood)
        return wrong


@contextmanager
def nothing_made_yet(interview: Interview | None = None) -> Iterator[None]:
    """Whoever stops here is not sent to a ledger that there is not."""
    try:
        yield
    except (click.Abort, KeyboardInterrupt) as error:
        if isinstance(error.__context__, EOFError) and not output.somebody_is_there():
            raise
        kept = interview is not None and interview.is_kept
        raise output.NothingMade(kept=kept) from error
    except (Trouble, OSError):
        if interview is not None and interview.is_kept:
            output.say(answers_kept())
        raise


def _still_right(kept: Mapping[str, str]) -> dict[str, str]:
    """Without what cannot be an answer: the page keeps what was typed, right or wrong."""
    from merge.settings import QUESTIONS, answer

    right = dict(kept)
    for question in QUESTIONS:
        if question in kept:
            try:
                right[question] = answer(question, kept[question])
            except Trouble:
                del right[question]
    return right


def _understood(question: Question, typed: str) -> str:
    """`settings.answer`, whose trouble makes the terminal ask again."""
    from merge.settings import answer

    try:
        return answer(question, typed)
    except Trouble as trouble:
        raise click.UsageError(str(reason_of(trouble))) from None


def _asked(question: Question, before: str) -> str:
    from merge.settings import NEEDED

    how = {"default": ", ".join(before.splitlines()), "show_default": bool(before)}
    answer: str = output.ask(
        words.question(question),
        value_proc=partial(_understood, question),
        **(how if before or question not in NEEDED else {}),
    )
    return answer


def _source(audience: Audience) -> str:
    understood = partial(_understood, "address_source")

    def said(typed: str) -> str:
        if not (source := understood(typed)):
            raise click.UsageError(str(reason("answer-empty", {})))
        return source

    if audience != "communes":
        return str(output.ask(translate(words.SOURCE_OF_OTHERS), value_proc=said))
    chosen = output.choose(
        words.question("address_source"),
        [*words.SOURCES, _("somewhere else: type it")],
        other=understood,
    )
    if isinstance(chosen, str):
        return chosen
    if chosen <= len(words.SOURCES):
        return words.SOURCES[chosen - 1]
    return str(output.ask(words.label("address_source"), value_proc=understood))


def _place(answered: str) -> str:
    """A code with the name that it stands for."""
    from merge.settings import name_of_place

    name = name_of_place(answered)
    return name if name == answered else f"{name} ({answered})"


def _of_several(place: str) -> str:
    """Which of the communes of that name it is."""
    from merge.settings import places

    found = places(place)
    if len(found) < 2:
        return place
    chosen = output.choose(
        _("Several communes are called so. Which is it?"),
        [*(f"{each.name} ({each.department})" for each in found), _("none of these")],
    )
    return found[int(chosen) - 1].insee if int(chosen) <= len(found) else place
