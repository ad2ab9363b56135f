"""Three made-up mayors, for previews while the campaign has no list yet. Pure.

The communes are real, with what the reference knows of each, and teach what French does to a name
(au Havre, à Bruz, de L'Haÿ-les-Roses). The mayors and their addresses are invented: a woman, a man,
and one of whom the list does not say.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import MappingProxyType

from merge.letters import head, language
from merge.letters.blanks import names_for
from merge.letters.kinds import COLUMN, variable_name
from merge.letters.lines import COUNT, DOTTED, Lines
from merge.letters.local import NAME as LOCAL
from merge.letters.values import FIRST_SENT
from merge.model import Audience, Recipient

BUILT_IN: Sequence[Recipient] = (
    Recipient(
        key="76351",
        commune="Le Havre",
        insee="76351",
        article_code=2,
        department="76",
        population=166_687,
        sex="F",
        first_name="Camille",
        surname="LEMOINE",
        email="mairie.le-havre@example.org",
        street=("1 place de la Mairie",),
        postcode="76600",
        locality="Le Havre",
    ),
    Recipient(
        key="35047",
        commune="Bruz",
        insee="35047",
        article_code=0,
        department="35",
        population=19_683,
        sex="M",
        first_name="Yann",
        surname="LE GALL",
        email="mairie.bruz@example.org",
        street=("1 place de la Mairie",),
        postcode="35170",
        locality="Bruz",
    ),
    Recipient(
        key="94038",
        commune="L'Haÿ-les-Roses",
        insee="94038",
        article_code=5,
        department="94",
        population=31_188,
        first_name="Dominique",
        surname="MARTIN",
        email="mairie.l-hay-les-roses@example.org",
        street=("1 place de la Mairie",),
        postcode="94240",
        locality="L'Haÿ-les-Roses",
    ),
)


def built_in(audience: Audience) -> Sequence[Recipient]:
    """The three; where nobody writes to communes they are no mayors."""
    if audience == "communes":
        return BUILT_IN
    civilities = {"F": "Mme", "M": "M."}
    return [
        each._replace(
            insee=None,
            article_code=None,
            population=None,
            commune="",
            organisation="Association d'exemple" if audience == "organisations" else "",
            civility=civilities.get(each.sex or "", ""),
            email=f"{each.first_name.lower()}@example.org",
            street=("1 rue de l'Exemple",),
            number=str(number),
        )
        for number, each in enumerate(BUILT_IN, 1)
    ]


def columns_to_come(
    source: str, columns: Collection[str] = (), audience: Audience = "communes"
) -> tuple[str, ...]:
    """Names in a letter.md that are neither the program's nor among the list's `columns`.

    In their order in the text; () for a source that cannot be parsed.
    """
    listed = {variable_name(each) for each in columns}
    known = names_for(audience) | {LOCAL, FIRST_SENT, COLUMN} | listed
    named = language.named(source)
    if head.value(source, "group"):
        known |= {*DOTTED, COUNT}
        named += tuple(name for each in DOTTED for name in language.columns_of(source, each))
    to_come = [each for each in named if each not in known]
    to_come += [each for each in language.columns_of(source, COLUMN) if each not in listed]
    return tuple(dict.fromkeys(to_come))


def with_cells(
    recipient: Recipient, to_come: Collection[str], lines: Lines | None = None
) -> Recipient:
    """The recipient with a placeholder cell, "[nom]", for every missing column; and a made-up one
    with rows, of which each says 1, where the letter has `lines`.

    The headers of these cells are the names in the letter: compile it with them as `columns`, too.
    """
    if lines and not recipient.row:
        recipient = lines.made_up(recipient, dict.fromkeys(lines.headers.values(), "1"))
    if not to_come:
        return recipient
    cells = {name: f"[{name}]" for name in to_come}
    return recipient._replace(fields=MappingProxyType({**cells, **recipient.fields}))
