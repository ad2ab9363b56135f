"""Try a letter on a made-up recipient before it is made for anybody. Pure.

A letter may come from a stranger, and could use up time or memory: `merge.app.confined` runs this
in a process of its own, with limits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from merge.errors import LetterError
from merge.letters.template import CompiledTemplate
from merge.model import Channel, Recipient

OUTPUT_AT_MOST = 1_000_000
"""Characters of one letter in one form."""


def try_once(compiling: Callable[[], CompiledTemplate], columns: Collection[str] = ()) -> None:
    """Compile the letter and render it for one made-up recipient, on every channel.

    `columns` are the headers of the sheet. A LetterFault of that recipient does not count.
    LetterError: those of compiling and rendering, and "letter-runaway", whose `words` name what
    the letter used up: "output", "memory" or "depth" (things inside each other).
    """
    try:
        template = compiling()
        recipient = _somebody(columns)
        if template.lines:
            recipient = template.lines.made_up(recipient, dict.fromkeys(columns, "1"))
        for channel in Channel:
            letter = template.render(recipient, channel)
            forms = (getattr(letter, form, "") for form in ("subject", "text", "html"))
            if any(len(form) > OUTPUT_AT_MOST for form in forms):
                raise LetterError("letter-runaway", path=template.path, words="output")
    except MemoryError:
        raise LetterError("letter-runaway", words="memory") from None
    except RecursionError:
        raise LetterError("letter-runaway", words="depth") from None


SOMEBODY = "00000"
"""The key of the made-up recipient."""


def _somebody(columns: Collection[str]) -> Recipient:
    """A mayor, and whoever else, of whom everything is known."""
    return Recipient(
        key=SOMEBODY,
        commune="Le Bourg-d'Exemple",
        insee="00000",
        article_code=2,
        department="35",
        population=1234,
        sex="F",
        first_name="Dominique",
        surname="D'EXEMPLE",
        email="mairie@example.org",
        street=("1 place de la Mairie",),
        postcode="35000",
        locality="Le Bourg-d'Exemple",
        organisation="Association d'Exemple",
        civility="Mme",
        number="1",
        fields=dict.fromkeys(columns, "2026-03-01"),  # the one text that is also a date
    )
