"""The page of a campaign: figures, a map by département, tables. One file, nothing loaded into it.

It names no person, is read on a phone, and prints in black and white: a lighter or darker
département says the same as its colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Literal

from merge.app import report_map
from merge.french import maps
from merge.words import language
from merge.words.answers import counted
from merge.words.dates import day
from merge.words.deliveries import answer
from merge.words.language import _

if TYPE_CHECKING:
    from merge.app.report import Report
    from merge.campaign.answers import Row
    from merge.ledger.records import DepartmentFigures, Figures

_STYLE = """
:root{--none:#f1efe9;--written:#c9d7e8;--answered:#7fa3cc;--yes:#1d5b3a;--ink:#1c1b19;--line:#8d8a82}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1rem;color:var(--ink);background:#fff;
font:1rem/1.5 system-ui,"Liberation Sans",sans-serif}
h1{font-size:1.5rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;
margin:1rem 0;padding:0;list-style:none}
.figures li{border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}
.figures b{display:block;font-size:1.9rem;line-height:1.1}
figure{margin:1rem 0}svg{width:100%;height:auto;max-height:85vh}
.none{fill:var(--none)}.written{fill:var(--written)}.answered{fill:var(--answered)}
.yes{fill:var(--yes)}
svg path,svg rect{stroke:#fff;stroke-width:.8}svg .none{stroke:var(--line);stroke-width:.4}
svg text{font:600 11px system-ui,sans-serif;text-anchor:middle;fill:var(--ink)}
svg .yes+text{fill:#fff}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;padding:0;list-style:none;font-size:.9rem}
.legend span{display:inline-block;width:1em;height:1em;border:1px solid var(--line);
vertical-align:-.1em;margin-right:.4em}
.legend .none{background:var(--none)}.legend .written{background:var(--written)}
.legend .answered{background:var(--answered)}.legend .yes{background:var(--yes)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d9d6cf}
td:not(:first-child){white-space:nowrap}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
thead th{border-bottom:2px solid var(--ink)}
footer{margin-top:2rem;font-size:.85rem;color:#55524b}
@media screen and (max-width:34rem){th,td{padding:.3rem .25rem}table{font-size:.85rem}
.counts th{font-size:.75rem}
.said thead{display:none}.said tr{display:flex;flex-wrap:wrap;gap:0 .9rem;padding:.4rem 0;
border-bottom:1px solid #d9d6cf}.said td{border:0;padding:0;order:3;color:#55524b}
.said td::before{content:attr(data-title) " "}
.said td:nth-child(1),.said td:nth-child(4){font-size:1rem;color:var(--ink)}
.said td:nth-child(1){order:1;flex:1 1 50%;font-weight:600}
.said td:nth-child(4){order:2;flex:0 1 auto;white-space:normal}
.said td:nth-child(1)::before,.said td:nth-child(4)::before{content:none}}
@media print{body{max-width:none;padding:0;font-size:10pt}svg{max-height:15cm}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}tr,figure{break-inside:avoid}
thead{display:table-header-group}h2{break-after:avoid}}
"""


def html_page(report: Report) -> str:
    """The whole page, in the language that is spoken."""
    answered = [row for row in report.towns if row["answer"]]
    title = escape(report.name)
    parts = [
        f'<!doctype html>\n<html lang="{language.code()}">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">",
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1>{title}</h1>\n<p>{escape(_('As of {day}').format(day=day(report.day)))}</p>",
        _figures(report.tally),
    ]
    if report.is_to_communes:
        parts.append(_map(report.departments))
    if answered:
        parts += [f"<h2>{escape(_('What was answered'))}</h2>", _answers(answered)]
    if not report.is_to_people:
        parts += [f"<h2>{escape(_('By département'))}</h2>", _by_department(report.departments)]
    parts.append(f"<footer><p>{escape(_credit(report))}</p></footer>\n</body>\n</html>\n")
    return "\n".join(parts)


def _figures(tally: Figures) -> str:
    items = (f"<li><b>{n}</b> {escape(what)}</li>" for n, what in counted(tally))
    return f'<ul class="figures">{"".join(items)}</ul>'


def _map(departments: Sequence[DepartmentFigures]) -> str:
    shapes = "".join(report_map.shapes({each.code: each.tally for each in departments}))
    label = escape(_("France by département"), quote=True)
    size = report_map.view_box()
    drawn = f'<svg viewBox="{size}" role="img" aria-label="{label}">{shapes}</svg>'
    legend = "".join(
        f'<li><span class="{which}"></span>{escape(what)}</li>'
        for which, what in report_map.legend().items()
    )
    return f'<figure>{drawn}<figcaption><ul class="legend">{legend}</ul></figcaption></figure>'


def _answers(rows: Sequence[Row]) -> str:
    titles = (_("Name"), _("Written on"), _("By"), _("Answer"), _("Answered on"))
    return _table(
        titles,
        [
            (
                f"{row['commune']} ({row['department']})" if row["department"] else row["commune"],
                day(row["date"]),
                answer(row["channel"]),
                answer(row["answer"]),
                day(row["answered_on"]),
            )
            for row in rows
        ],
        kind="said",
    )


def _by_department(departments: Sequence[DepartmentFigures]) -> str:
    titles = (_("Département"), _("Were written to"), _("Have answered"), _("Have agreed"))
    rows = [
        (
            report_map.named(each.code),
            str(each.tally.written),
            str(each.tally.answered),
            str(each.tally.committed),
        )
        for each in departments
        if each.tally.written or each.tally.answered
    ]
    return _table(titles, rows, kind="counts")


def _table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, kind: Literal["said", "counts"]
) -> str:
    """On a phone a row that is "said" is a paragraph, each cell behind its title."""

    def line(tag: str, cells: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{about(tag, place)}>{escape(cell)}</{tag}>" for place, cell in enumerate(cells)
        )

    def about(tag: str, place: int) -> str:
        if kind == "counts":
            return ' class="n"' if place else ""
        return f' data-title="{escape(titles[place], quote=True)}"' if tag == "td" else ""

    body = "".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    head = f"<thead><tr>{line('th', titles)}</tr></thead>"
    return f'<div class="wide"><table class="{kind}">{head}<tbody>{body}</tbody></table></div>'


def _credit(report: Report) -> str:
    if report.names_people:
        return _("Made by publipostage. It names people: give it to nobody who may not know them.")
    if report.is_to_people:
        return _("Made by publipostage; it names nobody.")
    if not report.is_to_communes:
        return _("Made by publipostage; it names no person.")
    return _(
        "Made by publipostage; it names no person. Outlines of the départements: {credit}. "
        "Communes: INSEE, code officiel géographique, Licence Ouverte 2.0."
    ).format(credit=maps.CREDIT)
