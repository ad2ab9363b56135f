"""The campaign's own letter (templates/vsa), and mayors of real communes to whom it goes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import cache
from typing import Any

from merge.french.communes import reference
from merge.letters.template import CompiledTemplate, Writer, compile_template
from merge.model import Channel, Letter, Recipient, Sex
from merge.paper.window import PROFILES, Window
from merge.recipients import sheet
from tests.house import ROOT
from tests.pages import look as page_look
from tests.tables import everyone_in

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
    **options: Any,
) -> CompiledTemplate:
    return compile_template(
        source=source or read("letter.md"),
        look=page_look() if look is None else look,
        page_frame=read("page.html.j2"),
        mail_frame=read("mail.html.j2"),
        writer=writer,
        date=datetime.date(2026, 3, 1),
        **options,
    )


def town_of(insee: str) -> Recipient:
    """A commune of which nothing else is known."""
    commune = reference()[insee]
    return Recipient(
        key=insee,
        commune=commune.name,
        insee=insee,
        article_code=commune.article_code,
        department=commune.department,
        population=commune.population,
    )


def mayor_of(insee: str, sex: Sex = "F") -> Recipient:
    town = town_of(insee)
    return town._replace(
        sex=sex,
        email=f"mairie-{insee}@example.org",
        street=("1 place de la Mairie",),
        postcode=reference()[insee].postcodes[0],
        locality=town.commune,
    )


def rendered(template: CompiledTemplate, recipient: Recipient, channel: Channel) -> Letter:
    letter = template.render(recipient, channel)
    assert isinstance(letter, Letter), letter
    return letter


# --- with a window that is as full as it may be ---------------------------------------------------

GROUP = Writer(
    name="Collectif des habitant·es du quartier Saint-François",
    contact="collectif@example.org",
    address=("Maison des associations", "12 rue des Lilas", "76600 Le Havre"),
    place="Le Havre",
    place_article_code=2,
    signature=("Pour le collectif,", "Zoé Martin"),
    address_source="l'annuaire de l'administration (service-public.fr)",
)
"""A group whose own lines are as many as a group may have."""

FULLEST = Recipient(
    key="six-lines",
    commune="Évreux",
    article_code=1,
    street=("Bâtiment Queneau Quai Quinquet Q", "22 rue Jacques Queyranne", "CS 12345"),
    postcode="27000",
    locality="EVREUX JACQUES QUEYRANNE Q CEDEX",
)
"""Six lines, an accent on the capital of the first and tails on the letters of the last."""

NF_RIGHT = PROFILES["nf-right"]


def campaigns_letter(
    window: Window = NF_RIGHT, *, fold_marks: bool = False, **options: Any
) -> CompiledTemplate:
    """The group's letter, for an envelope."""
    return vsa(writer=GROUP, look=page_look(window, fold_marks=fold_marks), **options)


def fullest(
    window: Window = NF_RIGHT, *, channel: Channel = Channel.PAPER, **options: Any
) -> Letter:
    """The group's letter to the fullest address."""
    return rendered(campaigns_letter(window, **options), FULLEST, channel)


@cache
def everyone(window: Window = NF_RIGHT, *, fold_marks: bool = False) -> Sequence[Letter]:
    """The group's letters to everyone in the sample whom paper can reach, and to the fullest."""
    found, _ = everyone_in(sheet.read_sheet(ROOT / "data/communes.csv"))
    reached = [each for each in found if each.has_postal_address]
    template = campaigns_letter(window, fold_marks=fold_marks)
    return [rendered(template, each, Channel.PAPER) for each in (*reached, FULLEST)]
