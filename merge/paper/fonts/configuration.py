"""The fonts that pages can be set in: those of the program, and those that a campaign names.

Fontconfig would let every font of the machine stand in for a sign that the named ones lack: then a
desktop prints what a server shows as a box. So WeasyPrint gets a configuration that begins with
none of them. A family is added when a style sheet or a drawing of the campaign names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from merge.errors import Misuse
from merge.paper import fonts
from merge.paper.loading import load_weasyprint

if TYPE_CHECKING:
    from weasyprint.text.fonts import FontConfiguration

_ALIASES = "".join(
    f"<alias><family>{name}</family><prefer><family>{family}</family></prefer></alias>"
    for name, family in (
        ("serif", fonts.SERIF),
        ("sans-serif", fonts.SERIF),
        ("monospace", fonts.MONO),
    )
)
_COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->", re.DOTALL)
_FACE = re.compile(r"@font-face\s*\{[^{}]*\}", re.IGNORECASE)
# A style sheet, or the attributes of an SVG drawing. A custom property may be a font further down.
_VALUE = re.compile(
    r"(?:\bfont(?:-family)?|--[\w-]+)\s*[:=]\s*(?=([^;{}<>]{0,1000}))", re.IGNORECASE
)
_NAME = re.compile(
    r"\"([^\"]*)\"|'([^']*)'|(?<![\w.-])([^\W\d][\w-]*(?:\s+[^\W\d][\w-]*)*)(?!\s*\()"
)


def named(style: str) -> frozenset[str]:
    """The families that a style sheet or a drawing names and does not bring, in small letters.

    Whatever else stands among the values of a font is in it too: no font is called "bold".
    """
    rest, brought = _without_faces(style)
    return frozenset(_names(rest)) - brought


def _without_faces(style: str) -> tuple[str, frozenset[str]]:
    """A style sheet without its comments and @font-face rules, and the families of these."""
    style = _COMMENT.sub(" ", style)
    brought = frozenset(name for face in _FACE.findall(style) for name in _names(face))
    return _FACE.sub(" ", style), brought


def _names(style: str) -> Iterator[str]:
    for value in _VALUE.findall(style):
        for groups in _NAME.findall(value):
            for name in "".join(groups).split(","):
                yield " ".join(name.split()).casefold()


# The shorthand ends with its families, of which one that is worth asking for is quoted.
_FAMILIES = re.compile(
    r"\bfont(?:-family\s*:|\s*:[^;{}<>\"']{0,100}(?=[\"']))\s*([^;{}<>]{1,1000})", re.IGNORECASE
)
_GENERIC = frozenset({"serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui"}).union(
    {"ui-serif", "ui-sans-serif", "ui-monospace", "ui-rounded", "math", "emoji"},
    {"inherit", "initial", "unset"},
)


def absent(style: str) -> tuple[str, ...]:
    """The families that a style sheet asks for first where this machine has none of their list.

    () without WeasyPrint, which looks for them.
    """
    rest, brought = _without_faces(style)
    there = brought | {fonts.SERIF.casefold(), fonts.MONO.casefold()}
    asked = _asked_for(rest)
    return tuple(
        first
        for first, wanted in asked.items()
        if there.isdisjoint(wanted) and not _has_one(wanted)
    )


def lacking(style: str, cut: Cut) -> tuple[str, ...]:
    """The families that a style sheet asks for first which this machine has without that cut.

    () without WeasyPrint, which looks for them.
    """
    machines = present(style)
    return tuple(
        first
        for first, wanted in _asked_for(_without_faces(style)[0]).items()
        if wanted[0] in machines
        and not any(map(_CUTS[cut].search, _installed()[wanted[0]].values()))
    )


Cut = Literal["bold", "italic"]
_CUTS: Mapping[Cut, re.Pattern[str]] = {
    "bold": re.compile("bold|black|heavy"),
    "italic": re.compile("italic|oblique|slanted"),
}


def _asked_for(rest: str) -> dict[str, list[str]]:
    """The families of each list that does not begin with a generic one, by its first as typed."""
    found: dict[str, list[str]] = {}
    for value in _FAMILIES.findall(rest):
        typed = [each.strip().strip("\"'").strip() for each in value.split(",")]
        names = [" ".join(name.split()).casefold() for name in typed]
        if names[0] and names[0] not in _GENERIC:
            found.setdefault(typed[0], [name for name in names if name not in _GENERIC])
    return found


def present(style: str) -> tuple[str, ...]:
    """The families of this machine, and not of the program, that a style sheet names.

    () without WeasyPrint, which looks for them.
    """
    wanted = named(style) - _GENERIC - {fonts.SERIF.casefold(), fonts.MONO.casefold()}
    try:
        if wanted:
            load_weasyprint()
    except Misuse:
        return ()
    return tuple(sorted(name for name in wanted if name in _installed()))


def _has_one(names: Iterable[str]) -> bool:
    try:
        load_weasyprint()
    except Misuse:
        return True
    return any(name in _installed() for name in names)


def configuration() -> Any:
    """The fonts of the program, for WeasyPrint; `take` adds others. Misuse: see `loading`."""
    weasyprint = load_weasyprint()
    from weasyprint.urls import URLFetcherResponse

    def fetch(url: str) -> URLFetcherResponse:
        return URLFetcherResponse(url, fonts.content(url.removeprefix(fonts.FONTS)))

    found = _class()()
    # Read here and not with each letter: what is known to a configuration, every look finds.
    weasyprint.CSS(string=fonts.faces(), font_config=found, url_fetcher=fetch)
    found.hold()
    return found


@cache
def _class() -> type[FontConfiguration]:
    from weasyprint.text.ffi import ffi, fontconfig, pangoft2
    from weasyprint.text.fonts import FontConfiguration

    ffi.cdef("FcConfig * FcConfigCreate (void);")

    class NamedFonts(FontConfiguration):  # type: ignore[misc]  # WeasyPrint has no types
        """What pages are set in. It begins with nothing, whatever the machine has.

        `has_others` when a campaign has named or brought a font that is not the program's.
        """

        has_others = False

        def __init__(self) -> None:
            super().__init__()
            self._config = fontconfig.FcConfigCreate()
            self._map = ffi.cast("PangoFcFontMap *", self.font_map)
            pangoft2.pango_fc_font_map_set_config(self._map, self._config)
            fontconfig.FcConfigDestroy(self._config)  # the map has a reference of its own
            rules = f"<fontconfig>{_ALIASES}</fontconfig>".encode()
            fontconfig.FcConfigParseAndLoadFromMemory(self._config, rules, True)
            self._styles: set[str] = set()
            self._known: set[str] = set()

        def hold(self) -> None:
            """No font of the machine comes in under a name that one has by now."""
            for font in _fonts(self._config, fontconfig.FcSetApplication):
                self._known |= set(_strings(font, b"family"))

        def take(self, style: str) -> None:
            """Add the fonts of this machine that a style sheet or a drawing names."""
            if style in self._styles:
                return
            self._styles.add(style)
            wanted = named(style) - self._known
            self._known |= wanted
            files = sorted({file for name in wanted for file in _installed().get(name, ())})
            for file in files:
                fontconfig.FcConfigAppFontAddFile(self._config, file)
            self.has_others = self.has_others or bool(files) or "@font-face" in style
            if files:
                self.strut_layouts.clear()
                pangoft2.pango_fc_font_map_config_changed(self._map)

    return NamedFonts


@cache
def _installed() -> dict[str, dict[bytes, str]]:
    """The files of this machine's fonts, by family, each with the names of its cuts."""
    from weasyprint.text.ffi import ffi, fontconfig

    config = ffi.gc(fontconfig.FcInitLoadConfigAndFonts(), fontconfig.FcConfigDestroy)
    found: dict[str, dict[bytes, str]] = {}
    for font in _fonts(config, fontconfig.FcSetSystem):
        cuts = " ".join(_strings(font, b"style"))
        for name in _strings(font, b"family"):
            files = found.setdefault(name, {})
            for file in _raw(font, b"file"):
                files[file] = f"{files.get(file, '')} {cuts}"
    return found


def _fonts(config: Any, kind: Any) -> Iterator[Any]:
    from weasyprint.text.ffi import ffi, fontconfig

    known = fontconfig.FcConfigGetFonts(config, kind)
    if known != ffi.NULL:
        yield from known.fonts[0 : known.nfont]


def _strings(font: Any, kind: bytes) -> Iterator[str]:
    return (each.decode(errors="replace").casefold() for each in _raw(font, kind))


def _raw(font: Any, kind: bytes) -> Iterator[bytes]:
    """All that a font has of one kind."""
    from weasyprint.text.ffi import ffi, fontconfig

    found = ffi.new("FcChar8 **")
    n = 0
    while fontconfig.FcPatternGetString(font, kind, n, found) == fontconfig.FcResultMatch:
        yield ffi.string(found[0])
        n += 1
