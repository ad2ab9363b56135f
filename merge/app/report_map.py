"""The map of results as SVG: départements by colour, and towns with coordinates as dots.

Colours differ in lightness, too; whoever shows the map has a table with the same figures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from merge.french import maps
from merge.french.communes import DEPARTMENTS
from merge.words.language import _

if TYPE_CHECKING:
    from merge.app.report import Sums
    from merge.ledger.records import Figures, TownOnMap

    Tally = Figures | Sums

_TILE, _GAP, _LEFT, _IN_A_ROW = 40, 6, 6, 3

_STYLE = (
    "svg{--none:#f1efe9;--written:#c9d7e8;--answered:#7fa3cc;--some:#8fc3a4;--yes:#1d5b3a;--edge:#fff;"
    "--ink:#1c1b19;--line:#8d8a82;stroke-width:.8}"
    "@media(prefers-color-scheme:dark){svg{--none:#2a2925;--written:#33475c;--answered:#5f86b3;"
    "--some:#3f7a57;--yes:#8fd3a8;--edge:#171715;--ink:#ecebe6;--line:#8d897f}}"
    ".none{fill:var(--none)}.written{fill:var(--written)}.answered{fill:var(--answered)}"
    ".some{fill:var(--some)}.yes{fill:var(--yes)}path,rect{stroke:var(--edge)}"
    ".none{stroke:var(--line);stroke-width:.4}"
    "text{font:600 11px system-ui,sans-serif;text-anchor:middle;fill:var(--ink)}"
    ".yes+text{fill:var(--edge)}"
    ".dots{fill:none;stroke-linecap:round}.dots.rim{stroke:var(--ink)}"
    ".dots.written{stroke:var(--written)}.dots.answered{stroke:var(--answered)}"
    ".dots.yes{stroke:var(--yes)}"
)


def legend() -> Mapping[str, str]:
    """The meaning of each CSS class."""
    return {
        "yes": _("half of the towns or more are committed"),
        "some": _("a town is committed"),
        "answered": _("a town has answered"),
        "written": _("a town was written to"),
        "none": _("none yet"),
    }


def view_box() -> str:
    """That of the SVG."""
    return f"0 0 {maps.france().width} {maps.france().height}"


def shapes(tallies: Mapping[str, Tally], pages: Collection[str] = ()) -> Iterator[str]:
    """The SVG of each département, those overseas as tiles with their codes: a link to its page,
    of those that have one.
    """
    for code, shape in _shapes(tallies):
        yield f'<a href="departement/{code}.html">{shape}</a>' if code in pages else shape


def _shapes(tallies: Mapping[str, Tally]) -> Iterator[tuple[str, str]]:
    for code, path in maps.france().paths.items():
        yield (
            code,
            f'<path class="{_class(tallies.get(code))}" d="{path}">'
            f"<title>{escape(told(code, tallies.get(code)))}</title></path>",
        )
    overseas = _overseas(tallies)
    rows = -(-len(overseas) // _IN_A_ROW)
    for place, code in enumerate(overseas):
        row, column = divmod(place, _IN_A_ROW)
        x = _LEFT + column * (_TILE + _GAP)
        y = maps.france().height - (rows - row) * (_TILE + _GAP)
        yield (
            code,
            f'<g><title>{escape(told(code, tallies.get(code)))}</title><rect x="{x}" '
            f'y="{y}" width="{_TILE}" height="{_TILE}" rx="6" '
            f'class="{_class(tallies.get(code))}"/>'
            f'<text x="{x + _TILE // 2}" y="{y + _TILE // 2 + 4}">{code}</text></g>',
        )


def document(tallies: Mapping[str, Tally], towns: Sequence[TownOnMap]) -> str:
    """The map as a file of its own; it names no person."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view_box()}"><style>{_STYLE}</style>'
        f"{''.join(shapes(tallies))}{''.join(_dots(towns))}</svg>"
    )


def _dots(towns: Sequence[TownOnMap]) -> Iterator[str]:
    """A path for each kind, of lines without length and with round ends; the largest come last."""
    drawn = [(place, _dot(town)) for town in towns if (place := _place(town)) is not None]
    for size, kind in sorted({dot for _where, dot in drawn}):
        path = "".join(f"M{x:g} {y:g}h0" for (x, y), dot in drawn if dot == (size, kind))
        for wider, look in ((1.2, "rim"), (0, kind)):
            yield f'<path class="dots {look}" stroke-width="{size + wider}" d="{path}"/>'


def _place(town: TownOnMap) -> tuple[float, float] | None:
    try:
        latitude, longitude = (float(each.replace(",", ".")) for each in town[:2])
    except ValueError:
        return None
    return maps.france().place_of(latitude, longitude)


def _dot(town: TownOnMap) -> tuple[float, str]:
    """Size and CSS class."""
    if town.said == "yes":
        return 7, "yes"
    return (5, "answered") if town.said else (2.4, "written")


def _overseas(codes: Collection[str]) -> Sequence[str]:
    always = ["971", "972", "973", "974", "976"]
    drawn = {*always, *maps.france().paths}
    more = [c for c in codes if c in DEPARTMENTS and c not in drawn]
    return [*always, *more]


def _class(tally: Tally | None) -> str:
    if tally is None or not (tally.written or tally.answered):
        return "none"
    if tally.committed:
        return "yes" if 2 * tally.committed >= tally.written else "some"
    return "answered" if tally.answered else "written"


def named(code: str) -> str:
    """A département with its code; "?" where a town has none."""
    return f"{DEPARTMENTS.get(code, code)} ({code})" if code else "?"


def told(code: str, tally: Tally | None) -> str:
    """The figures of one département, in a sentence."""
    if tally is None:
        return named(code)
    found = _("{written} written to, {answered} have answered, {committed} committed").format(
        written=tally.written, answered=tally.answered, committed=tally.committed
    )
    return _("{label}: {value}").format(label=named(code), value=found)
