"""All communes' letters as text and HTML, beside mailmerge rendering the same letter.

In turns, medians of whole processes, start-up included. mailmerge parses its Markdown again for
each recipient, so it renders every tenth letter; compare by the cost of each.

    python -m tests.bench.letters
"""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import pkgutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from merge.french import grammar
from merge.french.communes import Commune, reference
from tests.bench.costs import ADDRESS, GROUP, HEAD, PLACE, Cost, cost, median, write_table
from tests.house import ROOT

VSA = ROOT / "templates" / "vsa"
EVERY = 10  # of the communes, for mailmerge
HOW_TO_GET_IT = "mailmerge is not here: pip install -c .ci/constraints.txt '.[bench]'"

DATE = datetime.date(2026, 3, 1)
ORIGIN = "annuaire de l'administration"


def measure(folder: Path, *, rounds: int) -> Iterable[Cost]:
    """The median of each; mailmerge goes first."""
    communes = list(reference().values())
    this = [sys.executable, "-m", __spec__.name]
    ours: list[Cost] = []
    theirs: list[Cost] = []
    if with_mailmerge := importlib.util.find_spec("mailmerge") is not None:
        template, database = for_mailmerge(folder, communes[::EVERY])
    for _round in range(rounds):
        if with_mailmerge:
            command = [*this, "mailmerge", str(template), str(database)]
            theirs.append(cost("", len(communes[::EVERY]), command))
        ours.append(cost("", len(communes), [*this, "ours"]))
    if theirs:
        yield median("mailmerge, text and HTML", theirs)
    yield median("letters, text and HTML", ours)


# --- ours -----------------------------------------------------------------------------------------


def render_ours() -> None:
    """What the program does between the ledger and the e-mail, for every commune."""
    from merge.letters.template import Writer, compile_template
    from merge.model import Channel, Letter, Recipient

    def read(name: str) -> str:
        return (VSA / name).read_text(encoding="utf-8")

    template = compile_template(
        source=read("letter.md"),
        look=read("letter.css"),
        page_frame=read("page.html.j2"),
        mail_frame=read("mail.html.j2"),
        writer=Writer(
            name=GROUP,
            contact=ADDRESS,
            address=(),
            place=PLACE,
            place_article_code=0,
            signature=(GROUP,),
            address_source=ORIGIN,
        ),
        date=DATE,
    )
    for commune in reference().values():
        recipient = Recipient(
            key=commune.insee,
            commune=commune.name,
            insee=commune.insee,
            article_code=commune.article_code,
            sex=_sex_of_mayor(commune),
            email=f"mairie-{commune.insee}@example.org",
        )
        assert isinstance(template.render(recipient, Channel.EMAIL), Letter)


def _sex_of_mayor(commune: Commune) -> grammar.Sex:
    return "F" if int(commune.insee[-1]) % 2 else "M"


# --- mailmerge's ----------------------------------------------------------------------------------


def render_mailmerge(template: Path, database: Path) -> None:
    """What mailmerge does between its database and its server, for every row."""
    message = importlib.import_module("mailmerge.template_message").TemplateMessage(template)
    for row in importlib.import_module("mailmerge.__main__").read_csv_database(database):
        message.render(row)


def for_mailmerge(folder: Path, communes: Iterable[Commune]) -> tuple[Path, Path]:
    """The letter as mailmerge's template, and what French needs ready in its database."""
    head, body = (VSA / "letter.md").read_text(encoding="utf-8").split("---\n", 2)[1:]
    foot = (pkgutil.get_data("merge.letters", "foot.md") or b"").decode()
    source = f"TO: {{{{ email }}}}\nFROM: {ADDRESS}\n{head}Content-Type: text/markdown\n\n"
    source += f"{body}\n\n{foot}"
    for ours, theirs in {
        "{{ commune|a }}": "{{ commune_a }}",
        "{{ commune|de }}": "{{ commune_de }}",
        "{{ commune|de(gras=true) }}": "{{ before }}**{{ name }}**",
        "{{ lieu|a|majuscule }}": f"À {PLACE}",
    }.items():
        source = source.replace(ours, theirs)
    template, database = folder / "mailmerge_template.txt", folder / "mailmerge_database.csv"
    template.write_text(source, encoding="utf-8")
    rows = list(_rows(communes))
    write_table(database, rows[0], (row.values() for row in rows), by=",")
    return template, database


def _rows(communes: Iterable[Commune]) -> Iterator[Mapping[str, str]]:
    for commune in communes:
        of = grammar.de(commune.name, commune.article_code)
        sex = _sex_of_mayor(commune)
        yield {
            "email": f"mairie-{commune.insee}@example.org",
            "commune_a": str(grammar.a(commune.name, commune.article_code)),
            "commune_de": str(of),
            "before": of.before,
            "name": of.name,
            "salutation": grammar.salutation(sex),
            "salutation_courte": grammar.short_salutation(sex),
            "reference": f"Réf. {commune.insee}",
            "date": grammar.long_date(DATE),
            "signature": GROUP,
            "groupe": GROUP,
            "repondre_a": ADDRESS,
            "origine_adresse": ORIGIN,
        }


def main(arguments: list[str]) -> None:
    match arguments:
        case ["ours"]:
            render_ours()
        case ["mailmerge", template, database]:
            render_mailmerge(Path(template), Path(database))
        case _:
            if importlib.util.find_spec("mailmerge") is None:
                print(HOW_TO_GET_IT)
            print(HEAD)
            with tempfile.TemporaryDirectory() as folder:
                for each in measure(Path(folder), rounds=3):
                    print(each.line(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
