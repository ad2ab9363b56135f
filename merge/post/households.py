"""Several people at one address: what stands above the street of the envelope that they share."""

from collections.abc import Callable, Mapping, Sequence

from merge.french.postal import CHARACTERS
from merge.model import Recipient
from merge.post.envelope import Names, addressee, called


def names_of(
    people: Sequence[Recipient],
    civilities: Mapping[str, str],
    joints: Callable[[int], Sequence[str]],
) -> Names | None:
    """The two lines that name all of them: "Mme Anne et M. Paul MARTIN", or a line each for two.

    Each name as it is stated, but for the `civilities` that the language of the letters calls
    otherwise; `joints` are what stands there between each two of n names. None for fewer than two,
    for an organisation, for two of one name, and where two lines do not hold them.
    """
    people = [called(each, civilities) for each in people]
    whole = [person for _organisation, person in map(addressee, people)]
    if len(set(whole)) < max(len(people), 2) or not all(whole):
        return None
    if any(each.organisation for each in people):
        return None
    by_surname: dict[str, list[Recipient]] = {}
    for each in people:
        by_surname.setdefault(each.surname.casefold(), []).append(each)
    for lines in ([_named(some, joints) for some in by_surname.values()], whole):
        if len(lines) <= 2 and all(0 < len(line) <= CHARACTERS for line in lines):
            return (lines[0], lines[1]) if len(lines) == 2 else ("", lines[0])
    return None


def _named(people: Sequence[Recipient], joints: Callable[[int], Sequence[str]]) -> str:
    """Those of one surname on one line; "" where one of them is nothing but that surname."""
    given = [f"{each.civility} {each.first_name}".strip() for each in people]
    if not all(given):
        return "" if len(people) > 1 else people[0].surname
    said = "".join(map("".join, zip(given, (*joints(len(given)), ""), strict=True)))
    return f"{said} {people[0].surname}".strip()
