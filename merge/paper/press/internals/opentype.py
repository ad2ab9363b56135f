"""What a font does to a word for the sake of what stands beyond a space.

The press shapes words alone. That is right where no rule of the font that Latin text meets has a
space in it; kerning with the space itself is known to `text_styles`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from io import BytesIO
from typing import Any

# What HarfBuzz applies without being asked: https://harfbuzz.github.io/shaping-opentype-features
_FEATURES = {
    *("abvm", "blwm", "calt", "ccmp", "clig", "curs", "dist", "kern"),
    *("liga", "locl", "mark", "mkmk", "rand", "rclt", "rlig", "rvrn"),
}
_SCRIPTS = ("DFLT", "dflt", "latn")
_SPACES = (0x20, 0xA0)
_CONTEXTS = {"GSUB": (5, 6, 8), "GPOS": (7, 8)}  # kinds of lookups that look around
_EXTENSION = {"GSUB": 7, "GPOS": 9}


def has_rules_across_spaces(pango_font: Any, features: Collection[str]) -> bool:
    """Whether a rule with a space in it may apply to Latin text that asks for `features`, too."""
    from weasyprint.text.ffi import harfbuzz
    from weasyprint.text.fonts import get_hb_object_data, get_pango_font_hb_face

    face = get_pango_font_hb_face(pango_font)
    data = get_hb_object_data(face)
    return data is None or in_font(data, harfbuzz.hb_face_get_index(face) & 0xFFFF, features)


def in_font(data: bytes, number: int = 0, features: Collection[str] = ()) -> bool:
    """The same of a font file; `number` is that of the font in a collection."""
    from fontTools.ttLib import TTFont

    with TTFont(BytesIO(data), fontNumber=number, lazy=True) as font:
        glyphs = font.getBestCmap() or {}
        spaces = {glyphs[space] for space in _SPACES if space in glyphs}
        return any(
            _names(rule, spaces)
            for table, kinds in _CONTEXTS.items()
            if table in font and font[table].table.LookupList
            for rule in _rules(font[table].table, _EXTENSION[table], kinds, features)
        )


def _rules(
    table: Any, extension: int, kinds: Collection[int], features: Collection[str]
) -> Iterator[Any]:
    """The rules of a table that look around, and that Latin text may meet."""
    lookups = table.LookupList.Lookup
    waiting = [
        lookup
        for system in _systems(table)
        for i in (*system.FeatureIndex, system.ReqFeatureIndex)
        if i != 0xFFFF
        for record in [table.FeatureList.FeatureRecord[i]]
        if i == system.ReqFeatureIndex or record.FeatureTag in _FEATURES.union(features)
        for lookup in record.Feature.LookupListIndex
    ]
    seen: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        for rule in lookups[number].SubTable:
            rule = rule.ExtSubTable if rule.LookupType == extension else rule
            if rule.LookupType in kinds:
                yield rule
                waiting += [record.LookupListIndex for record in _records(rule)]


def _systems(table: Any) -> Iterator[Any]:
    for record in table.ScriptList.ScriptRecord if table.ScriptList else ():
        if record.ScriptTag in _SCRIPTS:
            script = record.Script
            if script.DefaultLangSys:
                yield script.DefaultLangSys
            yield from (each.LangSys for each in script.LangSysRecord)


def _names(rule: Any, spaces: Collection[str]) -> bool:
    """Whether a space is among the glyphs that must stand somewhere for a rule to apply."""
    if getattr(rule, "Format", 0) != 2:
        return any(name in spaces for name in _leaves(rule, str))
    # By classes: of what is before, within and behind. What is in none of them is of class 0.
    for kind, words in _BY_CLASS:
        classes = getattr(rule, f"{kind}ClassDef", None)
        if classes is not None:
            used = {number for word in words for number in _leaves(rule, int, under=word)}
            if any(classes.classDefs.get(space, 0) in used for space in spaces):
                return True
    return any(name in spaces for name in rule.Coverage.glyphs)


_BY_CLASS = (
    ("Backtrack", ("Backtrack",)),
    ("Input", ("Input",)),
    ("", ("Class",)),
    ("LookAhead", ("LookAhead",)),
)


def _records(rule: Any) -> Iterator[Any]:
    """What other lookups a rule applies to its glyphs."""
    return (each for _, each in _nodes(rule) if type(each).__name__.endswith("LookupRecord"))


def _nodes(node: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """What is in a table, down to its numbers and glyphs, each with its name."""
    if isinstance(node, list):
        for each in node:
            yield from _nodes(each, name)
        return
    yield name, node
    if hasattr(node, "ensureDecompiled"):
        node.ensureDecompiled()
        for name, each in vars(node).items():
            yield from _nodes(each, name)


def _leaves(rule: Any, kind: type, under: str = "") -> Iterator[Any]:
    return (each for name, each in _nodes(rule) if isinstance(each, kind) and under in ("", name))
