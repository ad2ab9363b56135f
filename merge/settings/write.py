"""campaign.toml as `new` writes it, for a person to read and go on with; the door to tomlkit."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from merge.model import Audience
from merge.settings.providers import PROVIDERS

_SOURCES: Mapping[Audience, tuple[str, str]] = {
    "communes": ("les adresses des mairies", "l'annuaire de l'administration (service-public.fr)"),
    "people": ("les adresses", "votre adhésion"),
    "organisations": ("les adresses", "votre site internet"),
}
"""What the comment calls the addresses, and an example of where they come from."""

_OF_COMMUNES = (
    "# Ceux qui signent aussi, dans un tableau : Nom ; Commune (ou code INSEE), rien pour toutes.",
    '# « Madame la Maire » ou « Madame le Maire ».\n# feminine = "la Maire"\n',
    '# communes = ["35238", "Saint-Malo"]\n# population = { min = 2000 }\n# exclude = ["35051"]',
)
_OF_OTHERS = (
    "# Ceux qui signent aussi, dans un tableau : une colonne Nom.",
    "",
    '# exclude = ["12"]',
)
"""Comments on signers, on the word for a mayor, and on who is chosen from the list."""


_EXAMPLE = """\
# Un exemple, avec des maires inventés : rien n'en part.
example = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What `new` asked for. `place` is a name or an INSEE code. "" and () become comments."""

    name: str
    group: str
    contact: str
    place: str
    signature: Sequence[str]
    address: Sequence[str] = ()
    reply_to: str = ""
    from_address: str = ""
    address_source: str = ""
    audience: Audience = "communes"
    timezone: str = "Europe/Paris"
    example: bool = False


def campaign_toml(answers: Answers) -> str:
    """A commented campaign.toml that `load` takes, whatever quotes and accents the answers hold."""
    addresses, source = _SOURCES[answers.audience]
    signers, feminine, chosen = _OF_COMMUNES if answers.audience == "communes" else _OF_OTHERS
    return f"""\
# Les réglages de la campagne. Une ligne qui commence par « # » n'est pas lue.
# Une faute de frappe est signalée avec son numéro de ligne ; rien ne part tant qu'elle reste.

[campaign]
name = {_text(answers.name)}
# À qui : "communes" (leurs maires), "people" (des gens) ou "organisations". À ne plus changer une
# fois les destinataires importés.
for = {_text(answers.audience)}
{_EXAMPLE if answers.example else ""}timezone = {_text(answers.timezone)}

[sender]
# Qui écrit, tel que la lettre le dit.
name = {_text(answers.group)}
contact = {_text(answers.contact)}
{_or_comment("address", _lines(answers.address), '["12 rue de la Paix", "35000 Rennes"]')}
# « Fait à » : la ville devant la date.
{_place(answers.place)}
signature = {_lines(answers.signature)}
# D'où viennent {addresses} : chaque lettre le dit. À corriger si ce n'est pas vrai.
{_or_comment("address_source", _text(answers.address_source), _text(source))}
{signers}
# signers = "signers.csv"
# signature_picture = "signature.png"

[account]
# La boîte aux lettres qui envoie. Le mot de passe n'est jamais écrit ici.
# Un fournisseur connu :
{_comment(", ".join(PROVIDERS))}
# provider = "gmail"
# ou bien un autre serveur :
# host = "smtp.example.org"
# port = 465
# tls = "implicit"
{_or_comment("from", _text(answers.from_address), '"contact@example.org"')}
{_or_comment("reply_to", _text(answers.reply_to), '"contact@example.org"')}
# Pas plus de messages que le fournisseur n'en laisse partir.
# per_hour = 100
# per_day = 300
# À quelles heures les lettres partent, et quels jours ; sans rien, à toute heure.
# hours = "lun-ven 08:00-20:00"

[letter]
template = "letter.md"
look = "letter.css"
# La date de la lettre ; sans elle, le jour du premier envoi réel.
# date = 2026-11-24
{feminine}# La langue de la lettre : "en", "de", "pt-BR"… ; sans elle, le français.
# language = "fr"
# Joindre à chaque courriel sa lettre en PDF, telle qu'elle s'imprime.
# attach_pdf = true
# Laisser ' " ... et -- tels que tapés ; sans cela, l'imprimé et le courriel en HTML ont ’ « » … –.
# typographic = false

[letterhead]
# L'en-tête, sur papier et par courriel : un logo (PNG ou JPEG, dans ce dossier), une couleur, une
# adresse si elle n'est pas celle de [sender].
# logo = "logo.png"
# colour = "#1a4f8b"
# address = ["Maison des associations", "35000 Rennes"]

[select]
# À qui écrire, parmi les destinataires importés. Sans rien, à tout le monde.
# departments = ["35", "2A"]
{chosen}

[paper]
# Le papier : "A4", "A5" (avec window = "din-c6") ou "letter" (US Letter, avec window = "us-10").
# format = "A4"
# L'enveloppe : "nf-right" (DL française, fenêtre à droite), "sn-left", "sn-right", "din"…, ou en mm
# ce que sa fenêtre montre de la feuille pliée. Pour essayer : publipostage print --test-sheet
window = "nf-right"
# par exemple : window = {{ left = 100, top = 55, width = 90, height = 24, folds = [99, 198] }}
# (avec play = [10, 11] : de combien de mm la feuille glisse, en largeur et en hauteur)
# Votre adresse, en une petite ligne au-dessus de celle du destinataire, dans la fenêtre.
# return_address = true
# De petits traits au bord, là où la feuille se plie.
# fold_marks = true
duplex = "long-edge"
per_lot = 250
"""


def with_account(
    text: str, values: Mapping[str, str | int], *, without: Collection[str] = ()
) -> str:
    """The text of campaign.toml with these keys of [account] set; all else stays as it is.

    "imap.host" is that of [account.imap]. `without` are keys that go, unless they are set.
    """
    changes: dict[str, Any] = {f"account.{key}": None for key in without}
    return with_settings(text, changes | {f"account.{key}": value for key, value in values.items()})


def with_settings(text: str, changes: Mapping[str, Any]) -> str:
    """The text of campaign.toml with these settings ("account.imap.host") set to TOML values.

    None takes one out; one that is as it was is not touched. Comments and order stay.
    """
    import tomlkit

    document = tomlkit.parse(text)
    for name, value in changes.items():
        *sections, key = name.split(".")
        table: Any = document
        for section in sections:
            if section not in table and value is not None:
                table[section] = tomlkit.table()
            table = table.get(section, {})
            if not isinstance(table, dict):  # wrong, and told by whoever reads it
                break
        if not isinstance(table, dict):
            continue
        if value is None:
            table.pop(key, None)
        elif key not in table or table[key] != value:
            table[key] = _inline(value) if isinstance(value, dict) else value
    return tomlkit.dumps(document)


def as_toml(value: Any) -> str:
    """A value as it stands behind the `=`."""
    import tomlkit

    item: Any = tomlkit.item(_inline(value) if isinstance(value, dict) else value)
    return str(item.as_string())


def _inline(values: Mapping[str, Any]) -> Any:
    import tomlkit

    made = tomlkit.inline_table()
    made.update(values)
    return made


def _text(value: str) -> str:
    import tomlkit

    return tomlkit.string(value).as_string() if value else ""


def _lines(values: Sequence[str]) -> str:
    return "[" + ", ".join(map(_text, values)) + "]" if values else ""


def _place(value: str) -> str:
    key = "place_insee" if re.fullmatch(r"[0-9][0-9AB][0-9]{3}", value) else "place"
    return f"{key} = {_text(value)}"


def _comment(text: str) -> str:
    return textwrap.fill(text, 100, initial_indent="#   ", subsequent_indent="#   ")


def _or_comment(key: str, value: str, example: str) -> str:
    return f"{key} = {value}" if value else f"# {key} = {example}"
