"""The gear: the settings as forms, who must not be written to, backup, erasing."""

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
from merge.words import dates, suppression
from merge.words.language import N_, _, audience, translate
from merge.words.reasons.form import Reason
from merge.words.settings import CHOICES, HINTS, LABELS, SECTIONS
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

LINES_SHOWN = 50
"""Lines of the suppression list that are shown; others are found by the search."""

_DAY = slice(-len("2000-01-01-000000.zip"), -len("-000000.zip"))  # in a backup's name
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
        words["none"] = _("none")
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
