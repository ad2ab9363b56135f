"""Those who sign under the group: who signs which letter, and how their names stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import escape

from merge.letters import crowds

LINES_AT_MOST = 6
"""So many names stand one below the other; more of them are an enumeration."""

FITTING = 120
"""So many names of a line each stand on the two pages of the model letter; a test holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One who signs. `insee` is the commune whose letter alone it signs; None is every letter.

    `role` is what the name is followed by ("infirmière"), "" for nothing.
    """

    name: str
    insee: str | None = None
    role: str = ""


def by_commune(signers: Iterable[Signer]) -> Mapping[str | None, tuple[Signer, ...]]:
    """Who signs the letter to each commune that has signers; None is every other commune.

    Those of the whole campaign stand before the commune's own, both as they are listed.
    """
    everywhere: list[Signer] = []
    own: dict[str, list[Signer]] = {}
    for signer in signers:
        (everywhere if signer.insee is None else own.setdefault(signer.insee, [])).append(signer)
    return {
        None: tuple(everywhere),
        **{insee: (*everywhere, *here) for insee, here in own.items()},
    }


def towns_with_signers(signers: Iterable[Signer]) -> frozenset[str]:
    """The INSEE codes of the communes where someone lives who signs."""
    return frozenset(signer.insee for signer in signers if signer.insee is not None)


def enumeration(signers: Sequence[Signer]) -> str:
    """Zoé; Zoé et Ali; Zoé, Ali (infirmier) et Jean; "" without anybody."""
    return "".join(
        _joint(i, len(signers)) + _in_enumeration(signer) for i, signer in enumerate(signers)
    )


def fitting(signers: Sequence[Signer]) -> int:
    """How many of them, from the first on, stand on the two pages of the model letter."""
    if len(signers) <= LINES_AT_MOST:
        return len(signers)
    return crowds.fitting([*map(_in_enumeration, signers[:FITTING])])


class Signature(str):
    """The lines of the signature, and under them those who sign.

    As a string it is what the plain text says. In HTML the names of a long list are marked, so
    that the page can set them in columns where an e-mail has an enumeration: `span.signers` with
    more classes by their number and length (`crowds`), in it a `span` a name and `span.joint`
    between two.
    """

    _html: str

    def __new__(cls, lines: Iterable[str], signers: Sequence[Signer]) -> Signature:
        """The group's own `lines`, then the names."""
        text = list(lines)
        if len(signers) <= LINES_AT_MOST:
            text += map(_on_a_line, signers)
            html = [str(escape(line)) for line in text]
        else:
            html = [*(str(escape(line)) for line in text), _columns(signers)]
            text.append(enumeration(signers))
        self = super().__new__(cls, "\n".join(text))
        self._html = "<br>".join(html)
        return self

    def __html__(self) -> str:
        return self._html


def _columns(signers: Sequence[Signer]) -> str:
    names = tuple(map(_in_enumeration, signers))
    html = "".join(
        (f'<span class="joint">{_joint(i, len(names))}</span>' if i else "")
        + f"<span>{escape(name)}</span>"
        for i, name in enumerate(names)
    )
    return f'<span class="{crowds.classes_of(names)}">{html}</span>'


def _joint(i: int, count: int) -> str:
    """What stands before the name at place `i`."""
    if i == 0:
        return ""
    return " et " if i == count - 1 else ", "


def _on_a_line(signer: Signer) -> str:
    return f"{signer.name}, {signer.role}" if signer.role else signer.name


def _in_enumeration(signer: Signer) -> str:
    # A comma would make the role look like one more name.
    return f"{signer.name} ({signer.role})" if signer.role else signer.name
