"""All settings by their names, and what a table or a form shows of each: see `sections`."""

from __future__ import annotations

import dataclasses
import datetime
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from merge.paper.window import Window
from merge.settings.sections import (
    AccountSettings,
    AnswersSettings,
    CampaignSettings,
    Doc,
    LetterheadSettings,
    LetterSettings,
    PaperSettings,
    Range,
    SelectSettings,
    SenderSettings,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of campaign.toml. `account` holds the provider's values where none were given."""

    campaign: CampaignSettings
    sender: SenderSettings
    account: AccountSettings
    letter: LetterSettings
    letterhead: LetterheadSettings
    select: SelectSettings
    paper: PaperSettings
    answers: AnswersSettings

    @property
    def sender_lines(self) -> tuple[str, ...]:
        """Who writes and where from, as the letterhead has it: where an envelope comes back to."""
        name, address = self.sender.name, self.letterhead.address or self.sender.address
        return (name, *(line for line in address if line != name))


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDoc:
    """One row of the table of settings."""

    name: str  # "account.from", or an environment variable
    kind: str  # "text", "whole number", "true or false", "lines", "date", "range", or "a" | "b"
    default: str  # in TOML; "" where there is none
    required: bool
    help: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A setting as its section's record declares it."""

    name: str  # in the record
    key: str  # in the file
    type: Any  # the first, where there may be several
    kind: str  # "section" for one of its own, `[account.imap]`; else see `SettingDoc.kind`
    choices: tuple[str, ...]  # empty for a text that may be any
    may_be_window: bool  # numbers of the sender's own
    doc: Doc
    default: Any


@cache
def fields(section: type) -> Sequence[Field]:
    """The settings of a section."""
    hints, found = get_type_hints(section, include_extras=True), []
    for field in dataclasses.fields(section):
        hint, doc = get_args(hints[field.name])
        hints_of_it = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
        first = hints_of_it[0]
        found.append(
            Field(
                name=field.name,
                key=doc.key or field.name,
                type=first,
                kind=_kind(first),
                choices=get_args(first) if get_origin(first) is Literal else (),
                may_be_window=Window in hints_of_it,
                doc=doc,
                default=field.default,
            )
        )
    return found


def _kind(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " | ".join(f'"{value}"' for value in get_args(hint))
    if get_origin(hint) is tuple:
        return "lines"
    if dataclasses.is_dataclass(hint) and hint is not Range:
        return "section"
    names = {bool: "true or false", int: "whole number", datetime.date: "date", Range: "range"}
    return names.get(hint, "text")


SECTIONS: Mapping[str, type] = get_type_hints(Settings)


def _toml(value: Any) -> str:
    if value in (dataclasses.MISSING, None, "", ()):
        return ""
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _every(section: str, section_type: type) -> Iterator[tuple[str, Field]]:
    for field in fields(section_type):
        name = f"{section}.{field.key}"
        if field.kind == "section":
            yield from _every(name, field.type)
        else:
            yield name, field


FIELDS: Mapping[str, Field] = {
    name: field
    for section, section_type in SECTIONS.items()
    for name, field in _every(section, section_type)
}
"""Every setting, by its name: "account.imap.host"."""

SETTINGS: tuple[SettingDoc, ...] = tuple(
    SettingDoc(
        name=name,
        kind=field.kind,
        default=_toml(field.default),
        required=field.default is dataclasses.MISSING,
        help=field.doc.help,
        example=field.doc.example,
    )
    for name, field in FIELDS.items()
)

ENVIRONMENT: tuple[SettingDoc, ...] = tuple(
    SettingDoc(
        name=name, kind="text", default="", required=False, help=doc.help, example=doc.example
    )
    for name, doc in {
        "PUBLIPOSTAGE_PASSWORD": Doc(help="The mailbox's password; comes before all others."),
        "PUBLIPOSTAGE_PASSWORD_FILE": Doc(
            help="A file that holds it, which nobody else may read.",
            example="/etc/publipostage/password",
        ),
        "PUBLIPOSTAGE_IMAP_PASSWORD": Doc(
            help="The password for IMAP, where it is another than the mailbox's."
        ),
        "PUBLIPOSTAGE_IMAP_PASSWORD_FILE": Doc(
            help="A file that holds it, which nobody else may read.",
            example="/etc/publipostage/imap-password",
        ),
        "CREDENTIALS_DIRECTORY": Doc(
            help="Set by systemd (LoadCredential=publipostage_password:…): it holds the password."
        ),
        "PUBLIPOSTAGE_DATABASE": Doc(
            help="The PostgreSQL database (15 or later) where campaigns are begun, with quotas, "
            "pauses and the suppression list, in place of files.",
            example="postgresql://publipostage@192.0.2.3/publipostage",
        ),
        "PUBLIPOSTAGE_DATABASE_FILE": Doc(
            help="A file that holds this address with its password, which nobody else may read.",
            example="/etc/publipostage/database",
        ),
        "PUBLIPOSTAGE_HOME": Doc(
            help="Where quotas, approved servers and the identity of campaigns are kept, in place "
            "of the user's data folder.",
            example="/var/lib/publipostage",
        ),
        "PUBLIPOSTAGE_DNS": Doc(
            help="The DNS servers to ask about the domains of addresses, in place of the "
            "system's; “off” asks none.",
            example="192.0.2.1, 192.0.2.2:5353",
        ),
        "PUBLIPOSTAGE_LANG": Doc(
            help="The language of the program (fr, en), in place of the system's.", example="fr"
        ),
        "PUBLIPOSTAGE_DEBUG": Doc(
            help="Set to 1: an error that nobody foresaw shows where it happened.", example="1"
        ),
    }.items()
)
