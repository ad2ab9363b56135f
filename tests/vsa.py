"""The campaign's own letter (templates/vsa), and mayors of real communes to whom it goes."""

from __future__ import annotations

import datetime

from merge.french.communes import reference
from merge.letters.template import CompiledTemplate, Writer, compile_template
from merge.model import Channel, Letter, Recipient, Sex
from tests.house import ROOT
from tests.pages import look as page_look

VSA = ROOT / "templates/vsa"
WRITER = Writer(
    name="Collectif Rennes sans caméras",
    contact="contact@example.org",
    address=("12 rue de la Paix", "35000 Rennes"),
    place="Rennes",
    place_article_code=0,
    signature=("Pour le collectif,", "Zoé Martin"),
    address_source="annuaire de l'administration",
)


def read(name: str) -> str:
    return (VSA / name).read_text(encoding="utf-8")


def vsa(
    *,
    source: str | None = None,
    look: str | None = None,
    writer: Writer = WRITER,
    sets_punctuation: bool = True,
) -> CompiledTemplate:
    return compile_template(
        source=read("letter.md") if source is None else source,
        look=page_look() if look is None else look,
        page_frame=read("page.html.j2"),
        mail_frame=read("mail.html.j2"),
        writer=writer,
        date=datetime.date(2026, 3, 1),
        sets_punctuation=sets_punctuation,
    )


def mayor_of(insee: str, sex: Sex = "F") -> Recipient:
    commune = reference()[insee]
    return Recipient(
        key=insee,
        commune=commune.name,
        insee=insee,
        article_code=commune.article_code,
        department=commune.department,
        population=commune.population,
        sex=sex,
        email=f"mairie-{insee}@example.org",
        street=("1 place de la Mairie",),
        postcode=commune.postcodes[0],
        locality=commune.name,
    )


def rendered(template: CompiledTemplate, recipient: Recipient, channel: Channel) -> Letter:
    letter = template.render(recipient, channel)
    assert isinstance(letter, Letter), letter
    return letter
