"""Records ↔ plain values that JSON has, by the types that the records declare.

A process that read what a stranger wrote is not believed: what it hands over is text, from which
only what is asked for is made here. A pickle could make anything of it.
"""

from __future__ import annotations

import base64
import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence, Set
from datetime import date
from enum import Enum
from functools import cache
from pathlib import Path, PurePath
from typing import Any, Literal, TypeVar, Union

_AS_THEY_ARE = (str, int, float, bool)

_Made = TypeVar("_Made")


def plain(value: object) -> Any:
    """For `json.dumps`, what `rebuilt` makes a value again of that JSON has no form for."""
    if dataclasses.is_dataclass(value):
        return [getattr(value, each.name) for each in dataclasses.fields(value)]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return list(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"no plain form of {type(value).__name__}")


def rebuilt(kind: type[_Made], value: Any) -> _Made:
    """The value of this type. ValueError when it is none."""
    made: _Made = _rebuilt(kind, value)
    return made


def _rebuilt(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is object:
        return value
    if origin in (Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        (kind,) = (each for each in arguments if each is not type(None))
        return _rebuilt(kind, value)
    if origin is Literal:
        return _checked(value, value in arguments)
    if origin is tuple and arguments[1:] == (...,):
        return tuple(
            _rebuilt(arguments[0], each) for each in _checked(value, isinstance(value, list))
        )
    if origin is tuple:
        return _each(arguments, value)
    if origin is not None and issubclass(origin, Mapping):
        pairs = _checked(value, isinstance(value, dict)).items()
        named = int if arguments[0] is int else str  # JSON has names alone
        return {named(name): _rebuilt(arguments[1], each) for name, each in pairs}
    if origin is not None and issubclass(origin, Sequence | Set):
        made = (_rebuilt(arguments[0], each) for each in _checked(value, isinstance(value, list)))
        return frozenset(made) if issubclass(origin, Set) else tuple(made)
    return _one(kind, value)


def _one(kind: Any, value: Any) -> Any:
    if kind is float and type(value) is int:
        return float(value)
    if kind in _AS_THEY_ARE:
        return _checked(value, type(value) is kind)
    if issubclass(kind, Enum):
        return kind(value)
    if kind is bytes:
        return base64.b64decode(_checked(value, isinstance(value, str)), validate=True)
    if issubclass(kind, date):
        return kind.fromisoformat(_checked(value, isinstance(value, str)))
    if kind is Path:
        return Path(_checked(value, isinstance(value, str)))
    names, hints = _fields(kind)
    parts = _each(hints, value)
    return kind(**dict(zip(names, parts, strict=True)))


@cache
def _fields(kind: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """The names of a record's fields, and their types."""
    hints = typing.get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        names = tuple(each.name for each in dataclasses.fields(kind))
    else:
        names = kind._fields  # of a NamedTuple
    return names, tuple(hints[name] for name in names)


def _each(kinds: Sequence[Any], values: Any) -> tuple[Any, ...]:
    _checked(values, isinstance(values, list) and len(values) == len(kinds))
    return tuple(_rebuilt(kind, value) for kind, value in zip(kinds, values, strict=True))


def _checked(value: Any, is_right: bool) -> Any:
    if not is_right:
        raise ValueError(f"unexpected {type(value).__name__}")
    return value
