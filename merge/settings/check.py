"""campaign.toml → Settings: read, checked, and every error at the place of its key.

No library does it: pydantic made these files longer (832 lines for 822) and every command slower
by 0.2 s, msgspec tells what is wrong in one English sentence, without a code.
"""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import ipaddress
import re
import tomllib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import time
from pathlib import Path, PurePath
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from merge import disks
from merge.errors import SettingsError
from merge.french.communes import DEPARTMENTS, fold, reference
from merge.paper.window import (
    LEAST_HEIGHT_MM,
    LEAST_WIDTH_MM,
    MOST_PLAY_MM,
    PROFILES,
    USUAL_PLAY_MM,
    Window,
)
from merge.post import locales
from merge.settings.providers import PROVIDERS, WITHOUT_PASSWORD, provider_like
from merge.settings.records import (
    FIELDS,
    SECTIONS,
    Field,
    Settings,
    fields,
)
from merge.settings.sections import Doc, PaperSettings, Range

KeyPath = tuple[str, ...]
Place = tuple[int, int]

_TOKEN = re.compile(
    r"""
      (?P<string> \"{3} (?:\\.|[^\\])*? \"{3,5} | '{3} .*? '{3,5}
                | " (?:\\.|[^"\\\n])* " | ' [^'\n]* ' )
    | (?P<comment> \#[^\n]* )
    | (?P<bare> [A-Za-z0-9_-]+ )
    | (?P<mark> [\[\]{}=\n] )
    """,
    re.VERBOSE | re.DOTALL,
)


def places_of_keys(text: str) -> Mapping[KeyPath, Place]:
    """Row and column, from 1, of each table and key, by its path: ("account", "port").

    `text` is valid TOML. Keys inside an inline table have no place of their own.
    """
    found: dict[KeyPath, Place] = {}
    table: KeyPath = ()
    parts: list[tuple[str, int]] = []  # of the key being read: the text and its offset
    in_value = False
    depth = 0  # of brackets inside a value

    def note(parents: KeyPath) -> KeyPath:
        path = parents
        for part, offset in parts:
            path = (*path, part)
            row = text.count("\n", 0, offset) + 1
            found.setdefault(path, (row, offset - text.rfind("\n", 0, offset)))
        parts.clear()
        return path

    for token in _TOKEN.finditer(text):
        if token.lastgroup == "comment":
            continue
        mark = token[0] if token.lastgroup == "mark" else ""
        if in_value:
            depth += (mark in ("[", "{")) - (mark in ("]", "}"))
            in_value = bool(depth) or mark != "\n"
        elif mark == "=":
            note(table)
            in_value = True
        elif mark == "]":
            if parts:  # the second bracket of [[table]] closes nothing
                table = note(())
        elif not mark:
            parts.append((_unquoted(token[0]), token.start()))
    return found


def _unquoted(key: str) -> str:
    if key[0] not in "\"'":
        return key
    value: str = tomllib.loads(f"key = {key}")["key"]
    return value


_EVERY_DAY = frozenset(range(7))
_DAYS = {
    name: number
    for names in (
        ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    )
    for number, full in enumerate(names)
    for name in (full, full[:3])
}
_TIME = r"(?P<{0}_hour>\d{{1,2}})(?:[:h](?P<{0}_minute>\d\d)?)?"
_HOURS = re.compile(
    rf"(?:(?P<days>[a-z ,-]*[a-z]) )?{_TIME.format('opens')}-{_TIME.format('closes')}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingHours:
    """From `opens` to `closes` on these days (Monday is 0). `closes` at or before `opens` is on
    the next day; midnight closes a day as 00:00."""

    opens: time
    closes: time
    days: frozenset[int] = _EVERY_DAY


def parse_hours(text: str) -> SendingHours | None:
    """The hours that a text means; None when it means none."""
    found = _HOURS.fullmatch(re.sub(r" ?- ?", "-", " ".join(_plain(text).split())))
    if found is None:
        return None
    opens, closes = _time(found, "opens"), _time(found, "closes")
    try:
        days = frozenset(_days(found["days"])) if found["days"] else _EVERY_DAY
    except KeyError:
        return None
    if opens is None or closes is None or opens == closes:
        return None  # whoever wants all day leaves the setting out
    return SendingHours(opens=opens, closes=closes, days=days)


def _plain(text: str) -> str:
    """Lower case, and any dash as a hyphen."""
    return "".join("-" if unicodedata.category(c) == "Pd" else c for c in text.casefold())


def _time(found: re.Match[str], which: str) -> time | None:
    hour, minute = int(found[f"{which}_hour"]), int(found[f"{which}_minute"] or 0)
    if (hour, minute, which) == (24, 0, "closes"):
        return time(0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _days(text: str) -> Iterator[int]:
    """The days of "lun-ven" or "lun, mer". KeyError for a word that is no day."""
    for part in re.split(r"[ ,]+", text):
        first, dash, last = part.partition("-")
        begins, ends = _DAYS[first], _DAYS[last if dash else first]
        yield from ((begins + n) % 7 for n in range((ends - begins) % 7 + 1))


LEAST_CONTRAST = 4.5
"""Of words (success criterion 1.4.3)."""


def contrast_on_white(colour: str) -> float:
    """From 1, white, to 21, black; `colour` is #rrggbb or #rgb."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(each * 2 for each in digits)
    red, green, blue = (_linear(int(digits[i : i + 2], 16) / 255) for i in (0, 2, 4))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(share: float) -> float:
    """The light of one of the three in sRGB."""
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


FILE_NAME = "campaign.toml"
ANSWERS_OF_ALL = frozenset(
    {
        *("yes", "no", "conditions", "received", "unread", "some", "none"),
        *("email", "paper", "phone", "post", "meeting", "deliberation", "letter", "spoken"),
        *("to be read", "any answer", "no answer", "yes, on conditions"),
        *(
            "oui",
            "non",
            "oui, sous conditions",
            "bien reçue",
            "à lire",
            "une réponse",
            "sans réponse",
        ),
    }
)
"""What a file calls an answer, or how it came, and their words: no campaign has another sense for
one of these."""
_AT_MOST = 1_000_000  # bytes
_TWICE = re.compile(r"twice|overwrite|Duplicate|immutable")  # in tomllib's messages
_Number = TypeVar("_Number", int, float)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def load(folder: Path) -> Settings:
    """The settings of the campaign in `folder`.

    SettingsError: those of `text_of`, "settings-syntax", "unknown-setting", "missing-setting",
    "wrong-type" and the codes of bad values, each with the row and column of the key as far as it
    has one. Refused as `disks.read`.
    """
    return parse(text_of(folder), str(folder / FILE_NAME))


def parse(text: str, path: str) -> Settings:
    """The settings in the text of a campaign.toml; `path` is what errors call it."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        row, column = _syntax_place(str(error), text)
        # tomllib's own words are English, and for who knows TOML; this fault alone is one of sense.
        reason = "twice" if _TWICE.search(str(error)) else ""
        raise SettingsError(
            "settings-syntax", path=path, row=row, column=column, reason=reason
        ) from None
    try:
        return _settings(given)
    except SettingsError as error:
        found, keys = places_of_keys(text), tuple(str(error.facts["name"]).split("."))
        while keys and keys not in found:
            keys = keys[:-1]  # a missing key is shown at its section
        error.path, (error.row, error.column) = path, found.get(keys, (None, None))
        raise


def require_account(settings: Settings, *, connects: bool = True) -> None:
    """What e-mail needs beyond `load`; a rehearsal does not connect, and needs no server.

    SettingsError: "no-account", or "missing-setting" when only the address is not said.
    """
    account = settings.account
    if connects and not account.host:
        raise SettingsError("no-account")
    if not account.from_address:
        raise SettingsError(
            "missing-setting",
            path=FILE_NAME,
            name="account.from",
            example='from = "contact@example.org"',
        )


def text_of(folder: Path) -> str:
    """What stands in the campaign.toml of `folder`.

    SettingsError: "no-campaign", "file-unreadable", "not-utf8". Refused as
    `disks.read`.
    """
    return decoded(bytes_of(folder), str(folder / FILE_NAME))


def bytes_of(folder: Path) -> bytes:
    """The campaign.toml of `folder`, to the last byte. Raises what `text_of` does."""
    path = folder / FILE_NAME
    try:
        return disks.read(folder, FILE_NAME, _AT_MOST)
    except (FileNotFoundError, NotADirectoryError):
        raise SettingsError("no-campaign", path=str(path)) from None
    except OSError as error:
        raise SettingsError("file-unreadable", path=str(path), words=error.strerror) from None


def decoded(data: bytes, path: str) -> str:
    """The text of these bytes. SettingsError("not-utf8")."""
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise SettingsError("not-utf8", path=path, row=row) from None


def _syntax_place(message: str, text: str) -> tuple[int, int]:
    found = re.search(r"at line (\d+), column (\d+)", message)
    if found:
        return int(found[1]), int(found[2])
    last = text.rstrip("\n").rpartition("\n")[2]  # "at end of document"
    return text.rstrip("\n").count("\n") + 1, len(last) + 1


def _settings(given: Mapping[str, Any]) -> Settings:
    """Raw TOML values → Settings. SettingsError with the `name` of the setting, without a place."""
    _refuse_unknown(given, SECTIONS, "")
    for section, raw in given.items():
        if not isinstance(raw, dict):
            raise _wrong_type(section, "section", raw)
    given = {**given, "account": _with_provider(given.get("account", {}))}
    settings = Settings(
        **{name: _section(name, record, given.get(name, {})) for name, record in SECTIONS.items()}
    )
    account = settings.account
    for name, server in (("account.tls", account), ("account.imap.tls", account.imap)):
        if server.tls == "none" and server.host and not is_loopback(server.host):
            raise SettingsError("tls-none-outside-loopback", name=name, host=server.host)
    sender = settings.sender
    if not sender.place:
        if not sender.place_insee:
            raise SettingsError("missing-setting", name="sender.place", example='place = "Rennes"')
        sender = dataclasses.replace(sender, place=reference()[sender.place_insee].name)
    _refuse_off_sheet(settings.paper)
    if settings.paper.return_address and not (settings.letterhead.address or sender.address):
        example = 'address = ["12 rue des Lilas", "35000 Rennes"]'
        raise SettingsError("missing-setting", name="sender.address", example=example)
    return dataclasses.replace(settings, sender=sender)


def _with_provider(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """[account] with its provider's values, and the usual ports, where none were given."""
    provider = str(raw.get("provider"))
    preset = PROVIDERS.get(provider)
    known = preset.account_settings() if preset else {}
    port = {"starttls": 587, "none": 25}.get(str(raw.get("tls")))
    imap = raw.get("imap", {})
    if isinstance(imap, dict):  # else it is told where the section is read
        imap_port = 143 if imap.get("tls") in ("starttls", "none") else 993
        imap = {"port": imap_port, **(preset.imap if preset else {}), **imap}
    return {**known, **({"port": port} if port else {}), **raw, "imap": imap}


def _section(section: str, record: type, raw: Mapping[str, Any]) -> Any:
    _refuse_unknown(raw, [field.key for field in fields(record)], section)
    values = {}
    for field in fields(record):
        key, doc = field.key, field.doc
        name = f"{section}.{key}"
        example = f"{key} = {doc.example}" if doc.example else ""
        if field.kind == "section":
            inner = raw.get(key, {})
            if not isinstance(inner, dict):
                raise _wrong_type(name, "section", inner)
            values[field.name] = _section(name, field.type, inner)
        elif key in raw:
            value = values[field.name] = _value(name, raw[key], field)
            may_be_empty = field.type is bool or field.default in ("", (), None)
            if not value and not may_be_empty:
                raise SettingsError("missing-setting", name=name, example=example)
        elif field.default is dataclasses.MISSING:
            raise SettingsError("missing-setting", name=name, example=example)
    return record(**values)


def _refuse_unknown(raw: Mapping[str, Any], known: Collection[str], section: str) -> None:
    for key in raw:
        if key not in known:
            name = f"{section}.{key}" if section else key
            raise SettingsError("unknown-setting", name=name, suggestion=_close(key, known))


def _close(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word, known, n=1)), "")


# --- one value ------------------------------------------------------------------------------------


def refuse_wrong(name: str, raw: Any) -> None:
    """SettingsError where this setting ("account.per_hour") cannot have that TOML value."""
    _value(name, raw, FIELDS[name])


def _value(name: str, raw: Any, field: Field) -> Any:
    doc = field.doc
    if field.may_be_window and isinstance(raw, dict):
        return _window(name, raw, doc)
    match field.kind:
        case "true or false":
            return _typed(name, raw, bool, "true or false")
        case "whole number":
            return _between(name, _typed(name, raw, int, field.kind), doc.lowest, doc.highest)
        case "date":
            return _typed(name, raw, datetime.date, "date")
        case "range":
            return _range(name, raw, doc)
        case "lines":
            lines = raw.strip().splitlines() if isinstance(raw, str) else raw
            if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
                raise _wrong_type(name, "lines", raw)
            texts = tuple(_text(name, line, doc) for line in lines)
            if doc.form and "" in texts:  # départements: "" would choose those who have none
                raise _unfit(name, "", doc)
            if doc.form == "answer":
                _refuse_twice(name, texts)
            if doc.highest is not None:
                _between(name, len(texts), 0, doc.highest)
            return texts
    text = _text(name, raw, doc)
    return _one_of(name, text, field.choices) if field.choices else text


def _typed(name: str, raw: Any, wanted: type, expected: str) -> Any:
    """The value itself; `True` is no number here, and a time of day makes no date."""
    if type(raw) is not wanted:
        raise _wrong_type(name, expected, raw)
    return raw


def _text(name: str, raw: Any, doc: Doc) -> str:
    text: str = _typed(name, raw, str, "text").strip()
    # These go into headers and into the letter: a line break would begin another header.
    if _CONTROL.search(text):
        raise SettingsError("setting-control-character", name=name)
    if doc.form == "address":
        # without what address books put around one, and nobody sees (U+202A)
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    if text and doc.form == "provider":
        if text in WITHOUT_PASSWORD:
            raise SettingsError("provider-without-password", name=name, provider=text)
        return _one_of(name, text, tuple(PROVIDERS))
    if text and doc.form and not _FORMS[doc.form].holds(text):
        raise _unfit(name, text, doc)
    if text and doc.form == "colour" and (contrast := contrast_on_white(text)) < LEAST_CONTRAST:
        raise SettingsError(
            "setting-pale-colour",
            name=name,
            value=text,
            contrast=round(contrast, 1),
            least=LEAST_CONTRAST,
        )
    return text


def _unfit(name: str, text: str, doc: Doc) -> SettingsError:
    if doc.form == "file":
        return SettingsError("folder-name-outside", name=name, value=text)
    near = ", ".join(locales.nearest(text)) if doc.form == "language" else ""
    example = _FORMS[doc.form].example
    return SettingsError("value-unfit", name=name, value=text, example=example, suggestion=near)


def _refuse_twice(name: str, answers: Sequence[str]) -> None:
    """An answer that could be taken for another one, of this campaign or of every one."""
    known = {fold(each) for each in ANSWERS_OF_ALL}
    for each in answers:
        if fold(each) in known:
            raise SettingsError("setting-answer-twice", name=name, value=each)
        known.add(fold(each))


def _one_of(name: str, text: str, choices: Sequence[str]) -> str:
    if text not in choices:
        is_provider = name == "account.provider"
        raise SettingsError(
            "unknown-provider" if is_provider else "not-one-of",
            name=name,
            value=text,
            choices=", ".join(choices),
            suggestion=provider_like(text) if is_provider else _close(text.lower(), choices),
        )
    return text


def _between(name: str, number: _Number, lowest: float, highest: float | None) -> _Number:
    if not lowest <= number <= (number if highest is None else highest):  # nan is nowhere
        raise SettingsError(
            "setting-out-of-range",
            name=name,
            value=number,
            lowest=lowest,
            highest="…" if highest is None else f"{highest:g}",
        )
    return number


def _range(name: str, raw: Any, doc: Doc) -> Range:
    ends = _typed(name, raw, dict, "range")
    _refuse_unknown(ends, ("min", "max"), name)
    for end, value in ends.items():
        number = _typed(f"{name}.{end}", value, int, "whole number")
        _between(f"{name}.{end}", number, doc.lowest, doc.highest)
    found = Range(**ends)
    if found.min is not None and found.max is not None:
        _between(name, found.max, found.min, None)
    return found


def _window(name: str, raw: Mapping[str, Any], doc: Doc) -> Window:
    """Own numbers, in mm; whether the sheet has room for them, `_refuse_off_sheet` looks."""

    def length(key: str, lowest: float = 0) -> float:
        if key not in raw:
            example = f"window = {doc.example}"
            raise SettingsError("missing-setting", name=f"{name}.{key}", example=example)
        return _length(f"{name}.{key}", raw[key], lowest, None)

    _refuse_unknown(raw, ("left", "top", "width", "height", "folds", "play"), name)
    folds = raw.get("folds", [])
    if not isinstance(folds, list) or len(folds) > 2:
        raise _wrong_type(f"{name}.folds", "two folds", folds)
    play = raw.get("play", [USUAL_PLAY_MM, USUAL_PLAY_MM])
    if not isinstance(play, list) or len(play) != 2:
        raise _wrong_type(f"{name}.play", "two lengths", play)
    across, down = (_length(f"{name}.play", one, 0, MOST_PLAY_MM) for one in play)
    return Window(
        left_mm=length("left"),
        top_mm=length("top"),
        width_mm=length("width", LEAST_WIDTH_MM),
        height_mm=length("height", LEAST_HEIGHT_MM),
        folds_mm=tuple(_length(f"{name}.folds", fold, 1, None) for fold in folds),
        play_across_mm=across,
        play_down_mm=down,
    )


def _refuse_off_sheet(paper: PaperSettings) -> None:
    """A window for other paper, or one whose own numbers leave the paper that there is."""
    window, sheet, name = paper.window, paper.sheet, "paper.window"
    if not isinstance(window, Window):
        if PROFILES[window].sheet is not sheet:
            fitting = [each for each, known in PROFILES.items() if known.sheet is sheet]
            raise SettingsError(
                "window-of-other-paper",
                name=name,
                value=window,
                of=PROFILES[window].sheet.title,
                paper=sheet.title,
                choices=", ".join(fitting),
            )
        return
    right_mm, bottom_mm = sheet.width_mm - window.left_mm, sheet.height_mm - window.top_mm
    _between(f"{name}.left", window.left_mm, 0, sheet.width_mm - LEAST_WIDTH_MM)
    _between(f"{name}.top", window.top_mm, 0, sheet.height_mm - LEAST_HEIGHT_MM)
    _between(f"{name}.width", window.width_mm, LEAST_WIDTH_MM, right_mm)
    _between(f"{name}.height", window.height_mm, LEAST_HEIGHT_MM, bottom_mm)
    for fold_mm in window.folds_mm:
        _between(f"{name}.folds", fold_mm, 1, sheet.height_mm - 1)


def _length(name: str, raw: Any, lowest: float, highest: float | None) -> float:
    if type(raw) not in (int, float):
        raise _wrong_type(name, "number", raw)
    length: float = raw
    return _between(name, length, lowest, highest)


def _wrong_type(name: str, expected: str, raw: Any) -> SettingsError:
    """What was expected and what was found, in the words of `SettingDoc.kind`."""
    names = {
        str: "text",
        bool: "true or false",
        int: "whole number",
        float: "number",
        list: "list",
        dict: "section",
        datetime.date: "date",
        datetime.datetime: "date and time",
        datetime.time: "time",
    }
    return SettingsError("wrong-type", name=name, expected=expected, got=names[type(raw)])


# --- what a text must be --------------------------------------------------------------------------


def is_address(text: str) -> bool:
    """Whether a person's own address has the form of one."""
    return re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;.]+(\.[^@\s<>,;.]+)+", text) is not None


def ascii_host(text: str) -> str | None:
    """The name of a server, or its address, as a connection asks for it; None when it is neither.

    A name outside ASCII is in A-labels (RFC 5890): a Cyrillic "о" is no "o" then.
    """
    with suppress(ValueError):
        return str(ipaddress.ip_address(text))
    with suppress(UnicodeError):
        name = text.encode("idna").decode("ascii")
        if re.fullmatch(r"\w([\w-]*\w)?(\.\w([\w-]*\w)?)*\.?", name, re.ASCII):
            return name
    return None


def is_loopback(host: str) -> bool:
    """Whether a connection to `host` never leaves this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_timezone(text: str) -> bool:
    try:
        return bool(ZoneInfo(text).key)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return False


class _Form(NamedTuple):
    holds: Callable[[str], object]
    example: str


_FORMS: Mapping[str, _Form] = {
    "address": _Form(is_address, "group@example.org"),
    "host": _Form(ascii_host, "smtp.example.org"),
    "click": _Form(
        re.compile(r"(?=.{1,200}$)https://[!-;=?-~]+?/[!-;=?-~]*\{reference\}[!-;=?-~]*").fullmatch,
        "https://example.org/stop?ref={reference}",
    ),
    "timezone": _Form(_is_timezone, "Europe/Paris"),
    "hours": _Form(parse_hours, "mon-fri 08:00-20:00"),
    "department": _Form(DEPARTMENTS.get, "35, 2A, 974"),
    # It stands on a button, and in a column of the ledger that has 16 characters.
    "answer": _Form(lambda text: len(text) <= 15 and text[:1].isalnum(), "présent"),
    "colour": _Form(re.compile(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}").fullmatch, "#1a4f8b"),
    "insee": _Form(lambda text: text in reference(), "35238"),
    "language": _Form(locales.known, "fr, en-GB, de"),
    # What lies outside is missing in a backup, and on the machine of whoever adopts it.
    "file": _Form(
        lambda text: not PurePath(text).anchor and ".." not in PurePath(text).parts,
        "letter.md",
    ),
}
