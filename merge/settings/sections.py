"""Every setting, once: its type, its default, its help; a record for each section of the file.

The checker, the table in docs/reference.md and the tests are driven by these fields: `records` has
them by their names.
"""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass
from typing import Annotated, Literal

from merge.french.grammar import Feminine
from merge.model import Audience, PaperName
from merge.paper.window import FORMATS, PROFILES, ProfileName, SheetFormat, Window
from merge.settings.providers import Copies, SendBy, Tls

Form = Literal[
    "",
    "address",
    "timezone",
    "department",
    "insee",
    "provider",
    "file",
    "hours",
    "host",
    "answer",
    "language",
    "colour",
]
"""What else a text must be, and `settings.check` looks at."""

MOST_CONNECTIONS = 32  # more than any provider wants to see from one sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Doc:
    """What a setting is for, and what its type alone does not say about its values."""

    help: str
    key: str = ""  # in the file, where it cannot be the field's name
    example: str = ""  # a TOML value
    lowest: int = 1
    highest: int | None = None
    form: Form = ""
    of_communes: bool = False  # says nothing where a campaign writes to people or organisations


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """From `min` to `max`, both included; None is open."""

    min: int | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSettings:
    """The campaign itself."""

    name: Annotated[
        str,
        Doc(help="What the campaign is called.", example='"Pas de caméras chez nous"'),
    ]
    audience: Annotated[
        Audience,
        Doc(
            help="Whom it writes to: communes (their mayors), people (members, députés, "
            "customers) or organisations (schools, associations).",
            key="for",
        ),
    ] = "communes"
    timezone: Annotated[
        str,
        Doc(help="The zone of the times that are shown and of the date.", form="timezone"),
    ] = "Europe/Paris"
    retain_until: Annotated[
        datetime.date | None,
        Doc(help="From this day on, `status` reminds you to erase what is personal (`purge`)."),
    ] = None

    example: Annotated[
        bool, Doc(help="A campaign to look at, with made-up recipients: nothing leaves it.")
    ] = False

    @property
    def is_to_communes(self) -> bool:
        """Whether there is something to draw on a map of France."""
        return self.audience == "communes"

    @property
    def is_to_people(self) -> bool:
        """Whether a name alone says something of somebody: that they are a member, a customer."""
        return self.audience == "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderSettings:
    """Who writes, as the letter says it."""

    name: Annotated[
        str, Doc(help="The person or group who writes.", example='"Collectif de Rennes"')
    ]
    contact: Annotated[
        str,
        Doc(help="How to reach the sender, as the letter says.", example='"contact@example.org"'),
    ]
    address: Annotated[
        tuple[str, ...], Doc(help="The sender's postal address, a line each, above the letter.")
    ] = ()
    place: Annotated[
        str,
        Doc(
            help="The town before the date; needed, unless `place_insee` is there.",
            example='"Rennes"',
        ),
    ] = ""
    place_insee: Annotated[
        str,
        Doc(help="The same town by its INSEE code.", form="insee"),
    ] = ""
    signature: Annotated[
        tuple[str, ...],
        Doc(
            help="What stands under the letter, a line each.", example='["Le collectif de Rennes"]'
        ),
    ]
    signature_picture: Annotated[
        str,
        Doc(
            help="A picture (PNG or JPEG, in the campaign folder) above the signature, on paper.",
            example='"signature.png"',
            form="file",
        ),
    ] = ""
    signers: Annotated[
        str,
        Doc(
            help="A sheet in the campaign folder with the names of those who sign too, all letters "
            "or one.",
            example='"signers.csv"',
            form="file",
        ),
    ] = ""
    address_source: Annotated[
        str,
        Doc(
            help="Where the recipients' addresses come from; nothing leaves while it is empty.",
            example="\"l'annuaire de l'administration (service-public.fr)\"",
        ),
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """The same mailbox, read by IMAP: copies in Sent, bounces, proofs. Without a host, none."""

    host: Annotated[
        str,
        Doc(
            help="The IMAP server of the same mailbox, for copies in Sent and for what comes back; "
            'known with `provider`. "" does without.',
            example='"imap.example.org"',
            form="host",
        ),
    ] = ""
    port: Annotated[int, Doc(help="Its port; 143 with starttls or none.", highest=65535)] = 993
    tls: Annotated[
        Tls, Doc(help="How the connection is kept secret; none is for this machine only.")
    ] = "implicit"
    ca_file: Annotated[
        str,
        Doc(
            help="Certificates to trust, a PEM file in the campaign folder, where it is not "
            "`account.ca_file`.",
            form="file",
        ),
    ] = ""
    login: Annotated[str, Doc(help="The name to log in with, where it is not the account's.")] = ""
    sent: Annotated[
        str,
        Doc(
            help="The folder of sent mail, where the server does not say which it is.",
            example='"Envoyés"',
        ),
    ] = ""
    copies: Annotated[
        Copies,
        Doc(
            help="A copy of each letter in the folder of sent mail: the program puts it there, the "
            "provider does so by itself, or there is none. Known with `provider`."
        ),
    ] = "program"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """The mailbox that sends. Needed for e-mail only."""

    provider: Annotated[
        str,
        Doc(
            help="A known mail host; stands for host, port, tls, limits and connections.",
            form="provider",
        ),
    ] = ""
    host: Annotated[
        str, Doc(help="The SMTP server.", example='"smtp.example.org"', form="host")
    ] = ""
    port: Annotated[int, Doc(help="Its port; 587 with starttls, 25 with none.", highest=65535)] = (
        465
    )
    tls: Annotated[
        Tls, Doc(help="How the connection is kept secret; none is for this machine only.")
    ] = "implicit"
    send_by: Annotated[
        SendBy,
        Doc(
            help="How letters leave: smtp, or where that is closed the provider's own door on the "
            "web, gmail-api or graph (Microsoft), with `host` and `port` of that."
        ),
    ] = "smtp"
    ca_file: Annotated[
        str,
        Doc(
            help="Certificates to trust instead of the system's, a PEM file in the campaign "
            "folder.",
            form="file",
        ),
    ] = ""
    login: Annotated[str, Doc(help="The name to log in with, where it is not `from`.")] = ""
    from_address: Annotated[
        str,
        Doc(
            help="Address that the letters are sent from.",
            key="from",
            example='"contact@example.org"',
            form="address",
        ),
    ] = ""
    reply_to: Annotated[
        str, Doc(help="Where answers go, where it is not `from`.", form="address")
    ] = ""
    one_click: Annotated[
        str,
        Doc(
            help="A page of yours where one click ends all letters to a recipient (RFC 8058); "
            "large campaigns name it beside the e-mail address for that.",
            example='"https://example.org/stop?ref={reference}"',
            form="click",
        ),
    ] = ""
    per_minute: Annotated[int | None, Doc(help="Messages a minute at most.")] = None
    per_hour: Annotated[int, Doc(help="Messages in any hour at most.")] = 100
    per_day: Annotated[int, Doc(help="Messages in any 24 hours at most.")] = 300
    large_sender: Annotated[
        bool,
        Doc(
            help="Receivers know you as a large sender: to those who have rules for these, as many "
            "leave a day as to anybody. Else nine tenths of what they call many."
        ),
    ] = False
    hours: Annotated[
        str,
        Doc(
            help="When letters may leave, in the campaign's time zone, days of the week first if "
            "they matter; else at any time.",
            example='"lun-ven 08:00-20:00"',
            form="hours",
        ),
    ] = ""
    connections: Annotated[
        int, Doc(help="How many connections at once, at most.", highest=MOST_CONNECTIONS)
    ] = 1
    messages_per_connection: Annotated[
        int, Doc(help="After so many messages a connection is renewed.")
    ] = 500  # Exim closes after 1,000, Postfix never; presets have fewer
    imap: Annotated[ImapSettings, Doc(help="The same mailbox by IMAP.")] = ImapSettings()

    @property
    def answers_elsewhere(self) -> str:
        """The address that answers go to, "" where it is the mailbox that sends."""
        is_here = self.reply_to.casefold() in ("", self.from_address.casefold())
        return "" if is_here else self.reply_to


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSettings:
    """Which letter, and its date."""

    template: Annotated[str, Doc(help="The letter, in the campaign folder.", form="file")] = (
        "letter.md"
    )
    look: Annotated[str, Doc(help="Its print look, in the campaign folder.", form="file")] = (
        "letter.css"
    )
    date: Annotated[
        datetime.date | None,
        Doc(help="The date of the letter; else the day of the first real sending, then fixed."),
    ] = None
    feminine: Annotated[
        Feminine,
        Doc(help="What a woman who is mayor is called, after “Madame”.", of_communes=True),
    ] = "la Maire"
    language: Annotated[
        str,
        Doc(
            help="The language that the letter is written in: its dates, numbers, hyphens and "
            "foot. A code such as de, en-GB or pt-BR.",
            form="language",
        ),
    ] = "fr"
    attach_pdf: Annotated[
        bool, Doc(help="Whether each e-mail takes its letter along as a PDF, as it is printed.")
    ] = False
    typographic: Annotated[
        bool,
        Doc(
            help="Whether apostrophes, quotes, ... and -- are set as printers have them (’ « » … –)"
            " on paper and in HTML mail; the file and the plain text keep what was typed."
        ),
    ] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterheadSettings:
    """What stands at the top of each letter, on paper and by e-mail."""

    logo: Annotated[
        str,
        Doc(
            help="A picture (PNG or JPEG, in the campaign folder, of 2 MB at most) above the "
            "sender.",
            example='"logo.png"',
            form="file",
        ),
    ] = ""
    colour: Annotated[
        str,
        Doc(
            help="The colour of the sender's name, the subject, headings and a line, as #rrggbb; "
            "dark enough to be read on white.",
            example='"#1a4f8b"',
            form="colour",
        ),
    ] = ""
    address: Annotated[
        tuple[str, ...],
        Doc(
            help="Its lines, where they are not the sender's address.",
            example='["Maison des associations", "35000 Rennes"]',
        ),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectSettings:
    """Which of the imported recipients are written to. An absent setting narrows nothing."""

    departments: Annotated[
        tuple[str, ...],
        Doc(help="Only these départements, by code.", example='["35", "2A"]', form="department"),
    ] = ()
    communes: Annotated[tuple[str, ...], Doc(help="Only these: names or numbers.")] = ()
    population: Annotated[
        Range | None,
        Doc(
            help="Only communes of so many inhabitants.",
            example="{ min = 2000 }",
            lowest=0,
            of_communes=True,
        ),
    ] = None
    exclude: Annotated[tuple[str, ...], Doc(help="Never these: names or numbers.")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSettings:
    """How the letters on paper are made into lots."""

    format: Annotated[
        PaperName,
        Doc(help="The paper: A4, A5, or letter (US Letter). Each has windows of its own."),
    ] = "A4"
    window: Annotated[
        ProfileName | Window,
        Doc(
            help="The envelope: nf-right (French DL, window on the right), sn-left, sn-right "
            "(Swiss), sn-left-c5, sn-right-c5 (Swiss C5, the sheet folded once), din (German), "
            "din-c6 (German C6, for A5), us-10 (number 10, for letter), or in mm what its window "
            "shows of the folded sheet.",
            example="{ left = 100, top = 55, width = 90, height = 24, folds = [99, 198] }",
        ),
    ] = "nf-right"
    return_address: Annotated[
        bool,
        Doc(
            help="The sender's name and address in one small line above the recipient's, in the "
            "window: [letterhead] address, else that of [sender]."
        ),
    ] = False
    fold_marks: Annotated[bool, Doc(help="Short lines at the edge where the sheet is folded.")] = (
        False
    )
    duplex: Annotated[
        Literal["long-edge", "one-sided"], Doc(help="Both sides of a sheet, or one.")
    ] = "long-edge"
    per_lot: Annotated[int, Doc(help="Letters in one lot at most.", highest=5000)] = 250
    order: Annotated[
        Literal["postcode", "department", "sheet"],
        Doc(help="The order of the letters in the lots."),
    ] = "postcode"
    marks: Annotated[
        bool,
        Doc(
            help="Each sheet of a lot says in small which one it is: after a jam, which letters "
            "are missing."
        ),
    ] = True
    press: Annotated[
        bool,
        Doc(help="Letters that are alike are set together, much faster; false: each by itself."),
    ] = True
    grammage: Annotated[
        int, Doc(help="What a square metre of the paper weighs, in grammes.", highest=500)
    ] = 80
    envelope_grammes: Annotated[
        int, Doc(help="What an empty envelope weighs, in grammes.", highest=200)
    ] = 5
    households: Annotated[
        bool,
        Doc(
            help="Letters to people of one household, at one address, come one after the other, "
            "and all their names stand in the window: they go into one envelope."
        ),
    ] = False

    @property
    def sheet(self) -> SheetFormat:
        """The paper."""
        return FORMATS[self.format]

    @property
    def envelope(self) -> Window:
        """The window, whether by name or in numbers; `Settings.window` has what stands in it."""
        if isinstance(self.window, Window):
            return dataclasses.replace(self.window, sheet=self.sheet)
        return PROFILES[self.window]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersSettings:
    """What can be answered, beside yes, no, conditions and received."""

    wordings: Annotated[
        tuple[str, ...],
        Doc(
            help="Answers of your own, of at most 15 characters, 12 at most; an answer that was "
            "noted keeps its wording when this changes.",
            example='["présent", "excusé", "pouvoir"]',
            form="answer",
            highest=12,
        ),
    ] = ()
