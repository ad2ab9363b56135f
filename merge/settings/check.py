"""campaign.toml → Settings: read, checked, and every error at the place of its key."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import ipaddress
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

from merge import disks
from merge.errors import SettingsError
from merge.french.communes import DEPARTMENTS, reference
from merge.paper.window import (
    LEAST_HEIGHT_MM,
    LEAST_WIDTH_MM,
    MOST_PLAY_MM,
    SHEET_HEIGHT_MM,
    SHEET_WIDTH_MM,
    USUAL_PLAY_MM,
    Window,
)
from merge.settings.hours import parse_hours
from merge.settings.mailboxes import MAILBOXES
from merge.settings.places import places
from merge.settings.providers import PROVIDERS, WITHOUT_PASSWORD, provider_like
from merge.settings.records import (
    SECTIONS,
    AccountSettings,
    Doc,
    Range,
    SenderSettings,
    Settings,
    fields,
    is_section,
    kind,
    usual,
)

FILE_NAME = "campaign.toml"
_AT_MOST = 1_000_000  # bytes
_TWICE = re.compile(r"twice|overwrite|Duplicate|immutable")  # in tomllib's messages
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
    return _Checker(path=path, places=places(text)).settings(given)


def text_of(folder: Path) -> str:
    """What stands in the campaign.toml of `folder`.

    SettingsError: "no-campaign", "settings-unreadable", "settings-not-utf8". Refused as
    `disks.read`.
    """
    path = folder / FILE_NAME
    try:
        data = disks.read(folder, FILE_NAME, _AT_MOST)
    except (FileNotFoundError, NotADirectoryError):
        raise SettingsError("no-campaign", path=str(path)) from None
    except OSError as error:
        raise SettingsError(
            "settings-unreadable", path=str(path), detail=error.strerror or ""
        ) from None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise SettingsError("settings-not-utf8", path=str(path), row=row) from None


def _syntax_place(message: str, text: str) -> tuple[int, int]:
    found = re.search(r"at line (\d+), column (\d+)", message)
    if found:
        return int(found[1]), int(found[2])
    last = text.rstrip("\n").rpartition("\n")[2]  # "at end of document"
    return text.rstrip("\n").count("\n") + 1, len(last) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checker:
    """Raw TOML values → Settings, or a SettingsError at the key's place."""

    path: str
    places: Mapping[tuple[str, ...], tuple[int, int]]

    def settings(self, given: Mapping[str, Any]) -> Settings:
        self._refuse_unknown(given, tuple(SECTIONS), ())
        for section, raw in given.items():
            if not isinstance(raw, dict):
                raise self._error("wrong-type", section, expected="section", got=_got(raw))
        sections = {
            name: self._section(name, record, self._with_provider(name, given.get(name, {})))
            for name, record in SECTIONS.items()
        }
        settings = Settings(**sections)
        self._check_transport(settings.account)
        return dataclasses.replace(settings, sender=self._with_place(settings.sender))

    def _section(self, section: str, record: type, raw: Mapping[str, Any]) -> Any:
        known = tuple(key for _, key, *_ in fields(record))
        self._refuse_unknown(raw, known, tuple(section.split(".")))
        values = {}
        for field, key, hint, doc, default in fields(record):
            name = f"{section}.{key}"
            if is_section(hint):
                inner = raw.get(key, {})
                if not isinstance(inner, dict):
                    raise self._error("wrong-type", name, expected="section", got=_got(inner))
                values[field] = self._section(name, hint, inner)
                continue
            example = f"{key} = {doc.example}" if doc.example else ""
            if key in raw:
                values[field] = self._value(name, raw[key], hint, doc)
                if not values[field] and hint is not bool and default not in ("", (), None):
                    raise self._error("setting-empty", name, example=example)
            elif default is dataclasses.MISSING:
                raise self._error("missing-setting", name, example=example)
        return record(**values)

    def _refuse_unknown(
        self, raw: Mapping[str, Any], known: Sequence[str], parents: tuple[str, ...]
    ) -> None:
        for key in raw:
            if key not in known:
                close = difflib.get_close_matches(key, known, n=1)
                name = ".".join((*parents, key))
                raise self._error("unknown-setting", name, suggestion=close[0] if close else "")

    def _value(self, name: str, raw: Any, hint: Any, doc: Doc) -> Any:
        if Window in get_args(hint) and isinstance(raw, dict):
            return self._window(name, raw, doc)
        hint = usual(hint)
        expected = kind(hint)
        if expected == "true or false":
            if not isinstance(raw, bool):
                raise self._error("wrong-type", name, expected=expected, got=_got(raw))
            return raw
        if expected == "lines":
            return self._lines(name, raw, doc)
        if expected == "range":
            return self._range(name, raw, doc)
        if expected == "whole number":
            return self._number(name, raw, doc)
        if expected == "date":
            if not isinstance(raw, datetime.date) or isinstance(raw, datetime.datetime):
                raise self._error("wrong-type", name, expected="date", got=_got(raw))
            return raw
        text = self._text(name, raw)
        if doc.form == "address":
            text = _without_marks(text)
        if get_origin(hint) is Literal:
            self._one_of(name, text, get_args(hint))
        elif text:
            self._form(name, text, doc)
        return text

    def _text(self, name: str, raw: Any) -> str:
        if not isinstance(raw, str):
            raise self._error("wrong-type", name, expected="text", got=_got(raw))
        text = raw.strip()
        # These go into headers and into the letter: a line break would begin another header.
        if _CONTROL.search(text):
            raise self._error("setting-control-character", name)
        return text

    def _lines(self, name: str, raw: Any, doc: Doc) -> tuple[str, ...]:
        lines = raw.strip().splitlines() if isinstance(raw, str) else raw
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise self._error("wrong-type", name, expected="lines", got=_got(raw))
        texts = tuple(self._text(name, line) for line in lines)
        for text in texts:
            self._form(name, text, doc)
        return texts

    def _number(self, name: str, raw: Any, doc: Doc) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise self._error("wrong-type", name, expected="whole number", got=_got(raw))
        if raw < doc.lowest or (doc.highest is not None and raw > doc.highest):
            raise self._error(
                "setting-out-of-range",
                name,
                value=raw,
                lowest=doc.lowest,
                highest=doc.highest or "…",
            )
        return raw

    def _range(self, name: str, raw: Any, doc: Doc) -> Range:
        if not isinstance(raw, dict):
            raise self._error("wrong-type", name, expected="range", got=_got(raw))
        parents = tuple(name.split("."))
        self._refuse_unknown(raw, ("min", "max"), parents)
        ends = {end: self._number(f"{name}.{end}", value, doc) for end, value in raw.items()}
        found = Range(**ends)
        if found.min is not None and found.max is not None and found.min > found.max:
            raise self._error(
                "setting-out-of-range", name, value=found.max, lowest=found.min, highest="…"
            )
        return found

    def _window(self, name: str, raw: Mapping[str, Any], doc: Doc) -> Window:
        """Own numbers, in mm: no smaller than an address, and on the sheet."""

        def length(key: str, lowest: float, highest: float) -> float:
            if key not in raw:
                example = f"window = {doc.example}"
                raise self._error("missing-setting", f"{name}.{key}", example=example)
            return self._length(f"{name}.{key}", raw[key], lowest, highest)

        keys = ("left", "top", "width", "height", "folds", "play")
        self._refuse_unknown(raw, keys, tuple(name.split(".")))
        left = length("left", 0, SHEET_WIDTH_MM - LEAST_WIDTH_MM)
        top = length("top", 0, SHEET_HEIGHT_MM - LEAST_HEIGHT_MM)
        folds = raw.get("folds", [])
        if not isinstance(folds, list) or len(folds) > 2:
            raise self._error("wrong-type", f"{name}.folds", expected="two folds", got=_got(folds))
        play = raw.get("play", [USUAL_PLAY_MM, USUAL_PLAY_MM])
        if not isinstance(play, list) or len(play) != 2:
            raise self._error("wrong-type", f"{name}.play", expected="two lengths", got=_got(play))
        across, down = (self._length(f"{name}.play", one, 0, MOST_PLAY_MM) for one in play)
        return Window(
            left_mm=left,
            top_mm=top,
            width_mm=length("width", LEAST_WIDTH_MM, SHEET_WIDTH_MM - left),
            height_mm=length("height", LEAST_HEIGHT_MM, SHEET_HEIGHT_MM - top),
            folds_mm=tuple(
                self._length(f"{name}.folds", fold, 1, SHEET_HEIGHT_MM - 1) for fold in folds
            ),
            play_across_mm=across,
            play_down_mm=down,
        )

    def _length(self, name: str, raw: Any, lowest: float, highest: float) -> float:
        if not isinstance(raw, (int, float)) or isinstance(raw, bool):
            raise self._error("wrong-type", name, expected="number", got=_got(raw))
        if not lowest <= raw <= highest:  # nan is nowhere
            raise self._error(
                "setting-out-of-range", name, value=raw, lowest=lowest, highest=f"{highest:g}"
            )
        return raw

    def _one_of(self, name: str, text: str, choices: Sequence[str]) -> None:
        if text not in choices:
            is_provider = name == "account.provider"
            close = difflib.get_close_matches(text.lower(), choices, n=1)
            raise self._error(
                "unknown-provider" if is_provider else "setting-not-one-of",
                name,
                value=text,
                choices=", ".join(choices),
                suggestion=provider_like(text) if is_provider else close[0] if close else "",
            )

    def _form(self, name: str, text: str, doc: Doc) -> None:
        """What the type does not say: an address, a zone, a code that exists, a file here."""
        if doc.form == "address" and not is_address(text):
            raise self._error("setting-not-an-address", name, value=text)
        if doc.form == "host" and ascii_host(text) is None:
            raise self._error("setting-not-a-host", name, value=text)
        if doc.form == "timezone":
            try:
                ZoneInfo(text)
            except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
                raise self._error("setting-unknown-timezone", name, value=text) from None
        if doc.form == "provider" and text in WITHOUT_PASSWORD:
            raise self._error("provider-without-password", name, provider=text)
        if doc.form == "provider":
            self._one_of(name, text, tuple(PROVIDERS))
        if doc.form == "hours" and parse_hours(text) is None:
            raise self._error("setting-not-hours", name, value=text)
        if doc.form == "department" and text not in DEPARTMENTS:
            raise self._error("setting-unknown-department", name, value=text)
        if doc.form == "insee" and text not in reference():
            raise self._error("setting-unknown-insee", name, value=text)
        if doc.form == "file" and (PurePath(text).is_absolute() or ".." in PurePath(text).parts):
            # What lies outside is missing in a backup, and on the machine of whoever adopts it.
            raise self._error("setting-outside-folder", name, value=text)

    def _with_provider(self, section: str, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """The account with its provider's values, and the usual port, where none were given."""
        if section != "account":
            return raw
        preset = PROVIDERS.get(raw["provider"]) if isinstance(raw.get("provider"), str) else None
        known = preset.account_settings() if preset else {}
        port = {"starttls": 587, "none": 25}.get(str(raw.get("tls")))
        return {
            **known,
            **({"port": port} if port else {}),
            **raw,
            "imap": _with_mailbox(str(raw.get("provider")), raw.get("imap", {})),
        }

    def _check_transport(self, account: AccountSettings) -> None:
        for name, server in (("account.tls", account), ("account.imap.tls", account.imap)):
            if server.tls == "none" and server.host and not is_loopback(server.host):
                raise self._error("tls-none-outside-loopback", name, host=server.host)

    def _with_place(self, sender: SenderSettings) -> SenderSettings:
        if sender.place:
            return sender
        if not sender.place_insee:
            raise self._error("missing-setting", "sender.place", example='place = "Rennes"')
        return dataclasses.replace(sender, place=reference()[sender.place_insee].name)

    def _error(self, code: str, name: str, **facts: object) -> SettingsError:
        keys = tuple(name.split("."))
        while keys and keys not in self.places:
            keys = keys[:-1]  # a missing key is shown at its section
        row, column = self.places.get(keys, (None, None))
        return SettingsError(code, path=self.path, row=row, column=column, name=name, **facts)


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


def _without_marks(text: str) -> str:
    """The text without what address books put around an address, and nobody sees (U+202A)."""
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")


def is_loopback(host: str) -> bool:
    """Whether a connection to `host` never leaves this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _with_mailbox(provider: str, raw: Any) -> Any:
    """[account.imap] with what the provider stands for, and the usual port, where none is given."""
    if not isinstance(raw, dict):
        return raw  # told where the section is read
    port = 143 if raw.get("tls") in ("starttls", "none") else 993
    return {"port": port, **MAILBOXES.get(provider, {}), **raw}


def _got(raw: Any) -> str:
    """The kind of a raw value, in the words of `SettingDoc.kind`."""
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
    return names[type(raw)]
