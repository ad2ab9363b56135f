"""campaign.toml as a form: what a field shows of each setting, and the value that was typed."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from merge.errors import SettingsError
from merge.settings.check import refuse_wrong
from merge.settings.records import FIELDS, SETTINGS, Field, SettingDoc
from merge.settings.write import as_toml

NOTHING = "-"
"""Typed for "none" in a field where nothing means the provider's own value."""

_MAY_BE_NONE = frozenset({"account.imap.host"})
_NAMES = frozenset({"departments", "communes", "exclude"})  # of which commas part two
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./](\d{1,2})[./](\d{4})")
_RANGE = re.compile(r"(\d*)\s*(?:-|–|…|\.\.\.?)\s*(\d*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A setting: what it is for, and what stands in the file, as a person would type it."""

    doc: SettingDoc
    choices: Sequence[str]
    may_be_window: bool  # other than its choices: numbers of the sender's own
    is_written: bool
    value: str  # "" where nothing is written

    @property
    def section(self) -> str:
        """The table that it stands in: "account.imap"."""
        return self.doc.name.rpartition(".")[0]


def form_fields(text: str) -> Sequence[FormField]:
    """Every setting, in the order of the reference. `text` is TOML, whatever it says."""
    given = tomllib.loads(text)
    found = []
    for doc in SETTINGS:
        raw, field = _written(given, doc.name), FIELDS[doc.name]
        found.append(
            FormField(
                doc=doc,
                choices=field.choices or (("true", "false") if field.type is bool else ()),
                may_be_window=field.may_be_window,
                is_written=raw is not None,
                value="" if raw is None else _shown(doc.name, raw),
            )
        )
    return found


def understood(name: str, typed: str) -> Any:
    """The TOML value of this setting that was meant; None takes it out of the file.

    SettingsError: the codes of bad values.
    """
    field, words = FIELDS[name], typed.strip()
    if not words:
        return None
    if words == NOTHING and name in _MAY_BE_NONE:
        return ""
    value = _value(field, name, words)
    refuse_wrong(name, value)
    return value


def _value(field: Field, name: str, words: str) -> Any:
    match field.kind:
        case "whole number":
            digits = re.sub(r"[\s\u00a0\u202f]", "", words)
            if not re.fullmatch(r"-?\d{1,9}", digits):
                raise SettingsError("value-unfit", name=name, value=words, example="250")
            return int(digits)
        case "true or false":
            return words == "true" if words in ("true", "false") else words
        case "date":
            return _day(name, words)
        case "range":
            return _range(name, words)
        case "lines":
            parted = re.split(r"[\n,;]", words) if field.key in _NAMES else words.split("\n")
            return [line.strip() for line in parted if line.strip()]
    if field.may_be_window and words.startswith("{"):
        try:
            return tomllib.loads(f"window = {words}")["window"]
        except tomllib.TOMLDecodeError:
            return words  # it is told as a text that is none of the choices
    return words


def _day(name: str, words: str) -> datetime.date:
    if found := _DAY.fullmatch(words):
        year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
        try:
            return datetime.date(int(year), int(month), int(day))
        except ValueError:
            pass
    raise SettingsError("value-unfit", name=name, value=words, example="21/03/2026")


def _range(name: str, words: str) -> Mapping[str, int]:
    found = _RANGE.fullmatch(re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d)", "", words))
    if found is None or not (found[1] or found[2]):
        example = "2000-10000, 2000-, -10000"
        raise SettingsError("value-unfit", name=name, value=words, example=example)
    ends = {"min": found[1], "max": found[2]}
    return {end: int(digits) for end, digits in ends.items() if digits}


def _written(given: Mapping[str, Any], name: str) -> Any:
    found: Any = given
    for key in name.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _shown(name: str, raw: Any) -> str:
    """As `understood` takes it; what is of a wrong kind, as it stands in the file."""
    field = FIELDS[name]
    if raw == "" and name in _MAY_BE_NONE:
        return NOTHING
    if isinstance(raw, str):
        return raw
    if isinstance(raw, list) and all(isinstance(line, str) for line in raw):
        return "\n".join(raw)
    if field.kind == "range" and isinstance(raw, dict) and raw.keys() <= {"min", "max"}:
        return f"{raw.get('min', '')}-{raw.get('max', '')}"
    return as_toml(raw)
