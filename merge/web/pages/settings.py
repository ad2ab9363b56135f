"""The gear: the settings as forms and as a text, who must not be written to, backup, erasing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from merge import settings as settings_room
from merge.app import backup, configure
from merge.app.backup import AdoptionPlan
from merge.campaign.suppression import CAME_BACK
from merge.errors import SettingsError, Trouble
from merge.letters.letterhead import LARGEST_LOGO
from merge.settings import FIELDS, FormField, Settings
from merge.web.exchange import Exchange, get, post
from merge.words import campaigns as words
from merge.words import dates, servers, suppression
from merge.words.language import N_, _, audience, translate
from merge.words.reasons.form import Reason
from merge.words.troubles import reason_of, unwritten

GROUPS: Mapping[str, Sequence[str]] = {
    N_("Who writes"): (
        *("sender.name", "sender.address", "sender.place", "sender.contact"),
        *("sender.signature", "sender.address_source"),
    ),
    N_("The letter"): (
        *("letter.date", "letter.feminine", "letter.language", "letter.attach_pdf"),
    ),
    N_("The letterhead"): ("letterhead.logo", "letterhead.colour", "letterhead.address"),
    N_("To whom"): (
        *("select.departments", "select.communes", "select.population", "select.exclude"),
    ),
    N_("On paper"): (
        *("paper.format", "paper.window", "paper.return_address"),
        *("paper.duplex", "paper.fold_marks"),
    ),
    N_("The campaign"): ("campaign.name", "campaign.retain_until"),
}
"""The usual settings. All others are folded below, by section."""

SECTIONS: Mapping[str, str] = {
    "campaign": N_("The campaign"),
    "sender": N_("Who writes"),
    "account": N_("The mailbox"),
    "account.imap": N_("Reading the mailbox"),
    "letter": N_("The letter"),
    "paper": N_("On paper"),
    "answers": N_("What can be answered"),
}

LABELS: Mapping[str, str] = {
    "campaign.name": N_("Name of the campaign"),
    "campaign.for": N_("Whom it writes to"),
    "campaign.timezone": N_("Time zone"),
    "campaign.example": N_("An example: nothing leaves it"),
    "campaign.retain_until": N_("Day from which personal data is to be erased"),
    "sender.name": N_("Your group"),
    "sender.contact": N_("How to reach you"),
    "sender.address": N_("Your postal address"),
    "sender.place": N_("The town you write from"),
    "sender.place_insee": N_("The same town by its INSEE code"),
    "sender.signature": N_("Who signs"),
    "sender.signature_picture": N_("Picture of a signature"),
    "sender.signers": N_("Sheet of those who sign too"),
    "sender.address_source": N_("Where the addresses come from"),
    "account.provider": N_("Provider"),
    "account.host": N_("Server for outgoing mail"),
    "account.port": N_("Port of the server for outgoing mail"),
    "account.tls": N_("How the connection is secured"),
    "account.send_by": N_("How letters leave"),
    "account.large_sender": N_("Receivers know me as a large sender"),
    "account.ca_file": N_("Certificates to trust (a PEM file)"),
    "account.login": N_("Login"),
    "account.from": N_("E-mail address that the letters leave from"),
    "account.reply_to": N_("E-mail address for the answers"),
    "account.one_click": N_("Address for unsubscribing with one click"),
    "account.per_minute": N_("Letters in a minute, at most"),
    "account.per_hour": N_("Letters in an hour, at most"),
    "account.per_day": N_("Letters in 24 hours, at most"),
    "account.hours": N_("At which hours"),
    "account.connections": N_("Connections at once, at most"),
    "account.messages_per_connection": N_("Letters over one connection"),
    "account.imap.host": N_("Server for reading"),
    "account.imap.port": N_("Port of the server for reading"),
    "account.imap.tls": N_("How that connection is secured"),
    "account.imap.ca_file": N_("Certificates to trust for reading (a PEM file)"),
    "account.imap.login": N_("Login for reading"),
    "account.imap.sent": N_("Folder of sent mail"),
    "account.imap.copies": N_("Copies of what was sent"),
    "answers.wordings": N_("Answers of your own"),
    "letter.template": N_("File of the letter"),
    "letter.look": N_("File of its look in print"),
    "letter.date": N_("Date of the letter"),
    "letter.feminine": N_("A woman who is mayor is"),
    "letter.language": N_("Language of the letter"),
    "letter.attach_pdf": N_("The letter as a PDF with each e-mail"),
    "letter.typographic": N_("Apostrophes and quotes as printers have them: ’ « »"),
    "letterhead.logo": N_("Logo"),
    "letterhead.colour": N_("Colour"),
    "letterhead.address": N_("Address, where it is not yours above"),
    "select.departments": N_("Only these départements"),
    "select.communes": N_("Only these recipients"),
    "select.population": N_("Only communes of so many inhabitants"),
    "select.exclude": N_("Never these recipients"),
    "paper.format": N_("The paper"),
    "paper.window": N_("The envelope and its window"),
    "paper.return_address": N_("Your address in the window, above the other one"),
    "paper.fold_marks": N_("Marks where the sheet is folded"),
    "paper.duplex": N_("Sides of a sheet"),
    "paper.per_lot": N_("Letters in a lot, at most"),
    "paper.order": N_("Order of the letters on paper"),
    "paper.marks": N_("Lot and sheet on each sheet, in small"),
    "paper.press": N_("Letters that are alike are set together"),
    "paper.grammage": N_("Grammes of a square metre of paper"),
    "paper.envelope_grammes": N_("Grammes of an empty envelope"),
    "paper.households": N_("One envelope for a household"),
}
"""The label of each setting."""

HINTS: Mapping[str, str] = {
    "campaign.retain_until": N_("From then on the program reminds you. Like 21/03/2026."),
    "sender.place": N_("It stands before the date: “Rennes, le 3 mars”."),
    "letter.date": N_("Like 21/03/2026. Empty: the day of the first real sending, then fixed."),
    "letter.language": N_("A code: fr, en-GB, de, pt-BR… Empty: French."),
    "letterhead.logo": N_("The name of a picture in the campaign folder: logo.png."),
    "letterhead.colour": N_("Like #1a4f8b: of your name, the subject, headings and a line."),
    "letterhead.address": N_("A line each. Empty: your postal address."),
    "select.departments": N_("By their codes: 35, 2A. Empty: all of your list."),
    "select.communes": N_("A line each: names, or numbers. Empty: all of your list."),
    "select.population": N_("For example 2000-10000; 2000- for at least so many."),
    "select.exclude": N_("A line each: names, or numbers."),
    "paper.window": N_("Where the window of your envelopes is. The page “Paper” has a test sheet."),
    "account.login": N_("The name to log in with, where it is not the address itself."),
    "account.reply_to": N_("Where answers go, where that is another mailbox."),
    "account.imap.ca_file": N_("A PEM file, where it is not that of the server for outgoing mail."),
    "account.imap.copies": N_("Whether a copy of each letter lies in the folder of sent mail."),
    "account.imap.host": N_(
        "So that the program sees what comes back: imap.example.org. “-” for none."
    ),
}
"""Hints in place of the reference's help, which is for those who know the file."""

CHOICES: Mapping[str, str] = {
    **servers.ENCRYPTION,
    "communes": N_("communes"),
    "people": N_("people"),
    "organisations": N_("organisations"),
    "true": N_("yes"),
    "false": N_("no"),
    "nf-right": N_("French (DL), window on the right"),
    "sn-left": N_("Swiss, window on the left"),
    "sn-right": N_("Swiss, window on the right"),
    "sn-left-c5": N_("Swiss C5 (the sheet folded once), window on the left"),
    "sn-right-c5": N_("Swiss C5 (the sheet folded once), window on the right"),
    "din": N_("German (DIN)"),
    "din-c6": N_("German C6 (DIN), for A5"),
    "us-10": N_("United States, number 10, for US Letter"),
    "A4": N_("A4"),
    "A5": N_("A5"),
    "letter": N_("US Letter (8.5 × 11 in)"),
    "long-edge": N_("both sides"),
    "one-sided": N_("one side"),
    "postcode": N_("by postcode"),
    "department": N_("by département"),
    "sheet": N_("as in the sheet"),
    "smtp": N_("over the server for outgoing mail"),
    "gmail-api": "Gmail API",
    "graph": "Microsoft Graph",
    "program": N_("this program files them"),
    "provider": N_("the provider files them by itself"),
    "la Maire": N_("“Madame la Maire”"),
    "le Maire": N_("“Madame le Maire”"),
}
"""The label of each choice."""

LINES_SHOWN = 50
"""Lines of the suppression list that are shown; others are found by the search."""

_DAY = slice(-len("2000-01-01-000000.zip"), -len("-000000.zip"))  # in a backup's name
NO_COPIES = N_("none")
WINDOW, OWN_WINDOW = "paper.window", "paper.window.own"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingShown:
    """One setting as its field shows it."""

    name: str
    label: str
    help: str
    kind: str
    choices: Sequence[tuple[str, str]]
    value: str
    usual: str  # the default

    @property
    def says(self) -> str:
        """Its value in a line."""
        first, *_rest = (self.value or "").split("\n")
        return dict(self.choices).get(first, first) or self.usual


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsGroup:
    """Settings under one heading."""

    title: str
    fields: Sequence[SettingShown]
    is_open: bool

    @property
    def says(self) -> str:
        """Its first two answers in a line, for who has it folded."""
        return ", ".join(filter(None, (each.says for each in self.fields[:2])))


def show(exchange: Exchange) -> Response:
    """The page."""
    return see(exchange)


def change(exchange: Exchange) -> Response:
    """Write the changed settings, or none, with the reason beside each invalid field."""
    typed = {name: exchange.text(name) for name in FIELDS if name in exchange.typed()}
    if own := exchange.text(OWN_WINDOW).strip():
        typed[WINDOW] = own
    try:
        troubles = configure.change(exchange.place, exchange.text("version"), typed)
    except Trouble as trouble:  # a full disk, or written meanwhile: what it says now is shown
        wrong, is_changed = {"": str(reason_of(trouble))}, trouble.code == "settings-changed"
        if is_changed:
            return see(exchange, 409, wrong=wrong)
        return see(exchange, 422, wrong=wrong, typed=typed)
    return _answer(exchange, troubles, typed)


def logo(exchange: Exchange) -> Response:
    """Put a logo into the folder and name it."""
    chosen = exchange.files("logo")
    if not chosen:
        return see(exchange, 422, wrong={"logo": _("Choose a file first.")})
    data, name = chosen[0].file.read(LARGEST_LOGO + 1), chosen[0].filename or ""
    try:
        troubles = configure.add_logo(exchange.place, exchange.text("version"), name, data)
    except Trouble as trouble:
        return see(exchange, 422, wrong={"logo": str(reason_of(trouble))})
    return _answer(exchange, troubles, {})


def _answer(
    exchange: Exchange, troubles: Mapping[str, SettingsError], typed: Mapping[str, str]
) -> Response:
    if not troubles:
        return exchange.go("settings", query={"done": "written"})
    wrong = {name: str(reason_of(each)) for name, each in troubles.items()}
    return see(exchange, 422, wrong=wrong, typed=typed)


def see(
    exchange: Exchange,
    status: int = 200,
    *,
    wrong: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """The page, all folded but where something was done or is wrong."""
    shown, told = configure.look(exchange.place), wrong or {}
    fields = {each.doc.name: each for each in shown.fields if _says_something(each)}
    settings = None if shown.trouble else settings_room.parse(shown.text, "")
    trouble = shown.trouble

    def group(title: str, names: Sequence[str]) -> SettingsGroup:
        made = [_shown(fields[name], settings, typed or {}) for name in names if name in fields]
        return SettingsGroup(
            title=translate(title), fields=made, is_open=any(name in told for name in names)
        )

    first = {name for names in GROUPS.values() for name in names}
    rest: dict[str, list[str]] = {}
    for name, each in fields.items():
        if name not in first:
            rest.setdefault(each.section, []).append(name)
    others = [group(SECTIONS[section], names) for section, names in rest.items()]
    return exchange.see(
        "settings.html",
        status,
        wrong=told,
        typed=typed or {},
        called={name: translate(LABELS[name]) for name in told if name in LABELS},
        version=shown.version,
        groups=[group(title, names) for title, names in GROUPS.items()] if fields else [],
        rest=others,
        rest_is_open=any(each.is_open for each in others),
        done=exchange.query("done"),
        fault=reason_of(trouble) if trouble else None,
        fault_place=trouble.place if trouble else "",
        erased_from=fields["campaign.retain_until"].value if fields else "",
        **_kept_or_not(exchange),
        **more,
    )


def _kept_or_not(exchange: Exchange) -> Mapping[str, Any]:
    """The settings are shown, and can be mended, where the campaign cannot be opened."""
    try:
        return {"kept": _kept(exchange), "unread": None}
    except Trouble as trouble:
        is_told = isinstance(trouble, SettingsError)  # on the page, above
        return {"kept": None, "unread": None if is_told else reason_of(trouble)}
    except OSError as error:
        return {"kept": None, "unread": Reason(why=unwritten(error), remedy="")}


def _kept(exchange: Exchange) -> Mapping[str, Any]:
    """The list of whom not to write to, the backup, and where the campaign goes on."""
    search = exchange.query("search")
    seen = backup.look(exchange.campaign, search)
    lines = seen.lines[:LINES_SHOWN]
    _columns, rows = suppression.the_list(lines, seen.zone, seen.campaigns, came_back=CAME_BACK)
    is_closed = seen.not_ours is not None and seen.not_ours.code == "ledger-closed"
    adoption = backup.adoption(exchange.place) if seen.not_ours and not is_closed else None
    unpacked = words.others(exchange.site.left_out.get(exchange.place, ()))
    return {
        "seen": seen,
        "search": search,
        "lines": list(zip(lines, rows, strict=True)),
        "is_closed": is_closed,
        "risk": [*unpacked, *words.adoption_risk(adoption)] if adoption else [],
        "risk_facts": facts_of(adoption) if adoption else "",
        "exports": list(zip(seen.exports, words.exports(seen.exports), strict=True)),
        "others": list(words.others(seen.others)),
        "saved": dates.day(seen.backups[0][_DAY]) if seen.backups else "",  # the last backup's day
    }


def facts_of(plan: AdoptionPlan) -> str:
    """What one agrees to, to compare what was shown with what is so now."""
    return "|".join(f"{name}={value}" for name, value in sorted(plan.wants[0].facts.items()))


def _says_something(field: FormField) -> bool:
    """Whether it means anything in this campaign, or stands in its file all the same."""
    of_communes = FIELDS[field.doc.name].doc.of_communes
    return field.is_written or audience() == "communes" or not of_communes


def _shown(field: FormField, settings: Settings | None, typed: Mapping[str, str]) -> SettingShown:
    name = field.doc.name
    value = typed.get(name, field.value)
    words = {choice: translate(CHOICES.get(choice, choice)) for choice in field.choices}
    if name.endswith("copies"):
        words["none"] = translate(NO_COPIES)
    if field.may_be_window and value.startswith("{"):
        words[value] = _("measures of your own (below)")
    usual = _usual(settings, name) if settings and not field.is_written else ""
    return SettingShown(
        name=name,
        label=translate(LABELS[name]),
        help=translate(HINTS.get(name, field.doc.help)).replace("`", ""),
        kind="choice" if words else field.doc.kind,
        choices=list(words.items()),
        value=value,
        usual=words.get(usual, usual),
    )


def _usual(settings: Settings, name: str) -> str:
    """The value where the file has none: the default, or the provider's."""
    found: Any = settings
    *sections, _key = name.split(".")
    for section in sections:
        found = getattr(found, section)
    value = getattr(found, FIELDS[name].name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else ""


routes = [
    get("/c/{campaign:int}/settings", "settings", show),
    post("/c/{campaign:int}/settings", "settings-change", change),
    post("/c/{campaign:int}/settings/logo/upload", "settings-logo", logo),
]
