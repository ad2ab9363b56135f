"""Templates that are hard to set fast, as `nasty/*.html` has them, filled for
the hard people of `nasty/people.txt`.

A template begins with a comment on a line of
its own, `<!-- name: why it is hard -->`, and goes on to the next one. Where it is no whole document
it stands in a frame of A4 and French. `&filler;` is a sentence of three lines, `&pageful;`
paragraphs that nearly fill a page; between `&address;` and `&end;` stands an address as a letter
has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markupsafe import Markup

from merge.french import grammar
from merge.french.communes import reference
from merge.letters import addresses, filling
from merge.letters.filling import Compiled
from merge.model import Slotted
from tests.examples import sections, text

FOLDER = Path(__file__).parent / "nasty"


@dataclass(frozen=True, kw_only=True)
class Hard:
    """One recipient.

    `values` fill the blanks of a nasty template: `town`, `de` and `a` are its name and what "de"
    and "à" make of it, `person` is who is written to, `street` a line of the address, `note` what
    someone typed into the sheet, `number` a count, `page` a word for a URL, `markup` a value that
    is HTML (as `commune|de(gras=true)` is).
    """

    key: str
    values: Mapping[str, str]


def _people() -> Iterator[Hard]:
    """Those of the text."""
    said = {}
    for heading, lines in sections(FOLDER / "people.txt").items():
        cells = (line.partition(":") for line in lines if line)
        said[heading.partition(":")[0]] = {name: text(cell) for name, _, cell in cells}
    usual = said.pop("usual")
    for key, own in said.items():
        town = own["town"]
        commune = reference().get(town)
        name, code = (commune.name, commune.article_code) if commune else (town, 0)
        bold = grammar.de(name, code)
        markup = f"{bold.before}<strong>{bold.name}</strong>" if commune else f"<b>{town}</b>"
        values = {
            "markup": markup,
            **usual,
            **own,
            "town": grammar.bare(name) or name,
            "de": str(bold),
            "a": str(grammar.a(name, code)),
        }
        # That it is HTML is what makes it hard.
        yield Hard(key=key, values=values | {"markup": Markup(values["markup"])})  # noqa: S704 ours


RECIPIENTS = tuple(_people())


# --- templates ------------------------------------------------------------------------------------

FRAME = (
    '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Lettre</title><style>'
    "@page { size: A4; margin: 20mm } "
    'html { font: 11pt/1.4 "Publipostage Serif", serif } '
    "p { margin: 0 0 3mm; text-align: justify; hyphens: auto }"
    "</style></head><body>%s</body></html>"
)
FILLER = (
    "La rue est un espace de rencontres, d'exercice de nos droits politiques, un lieu de création "
    "au sein duquel une surveillance aussi massive qu'intrusive n'a pas sa place : l'œuvre de "
    "quelques habitant·es, à Zürich comme à L'Haÿ-les-Roses."
)
PAGEFUL = f"<p>{FILLER}</p>" * 12

_TITLE = re.compile(r"^<!-- ([^:\n]+): (.+) -->$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Nasty:
    """One template. `group` is the file that it stands in."""

    group: str
    name: str
    why: str
    source: str

    def letters(self, recipients: Iterable[Hard] = RECIPIENTS) -> list[tuple[str, Slotted]]:
        """The letter of each recipient, by its key."""
        return [(each.key, self._compiled.slotted(each.values)) for each in recipients]

    @cached_property
    def _compiled(self) -> Compiled:
        source = self.source if self.source.startswith("<!DOCTYPE") else FRAME % self.source
        source = source.replace("&filler;", FILLER).replace("&pageful;", PAGEFUL)
        source = source.replace("&address;", addresses.OPENING).replace("&end;", addresses.CLOSING)
        return filling.compile_html(source, f"{self.group}.html")


def _read(path: Path) -> Iterable[Nasty]:
    _, *found = _TITLE.split(path.read_text(encoding="utf-8"))
    for name, why, source in zip(*[iter(found)] * 3, strict=True):
        yield Nasty(group=path.stem, name=name, why=why, source=source.strip())


TEMPLATES = tuple(each for path in sorted(FOLDER.glob("*.html")) for each in _read(path))
