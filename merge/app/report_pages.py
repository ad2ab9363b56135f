"""The files of a report: pages without a script, the rows, and what describes them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from html import escape
from itertools import chain
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from merge.app import export, report_map
from merge.app.report import CONTRADICTORY, Report, Sums, combined
from merge.campaign.answers import ANSWERED, Row, State, evidence_kind
from merge.french import maps
from merge.french.communes import DEPARTMENTS, department_of
from merge.ledger.records import Grade
from merge.model import Channel
from merge.words import answers as words
from merge.words import language
from merge.words.dates import day
from merge.words.deliveries import answer
from merge.words.language import _, ngettext
from merge.words.statuses import first_of

FIGURES, PACKAGE, SUMS = "figures.csv", "datapackage.json", "SHA256SUMS"
EVIDENCE = "preuves"
_NAMED = 1000
"""Names in a list of what has changed; the rows have all."""
_JUDGED = ("answered_on", "state", "grade")  # a purge takes the rest
_HATCHED = {
    State.CONDITIONS: ("#8fc3a4", "#1d5b3a", "M0 4l4-4"),
    State.REFUSES: ("#b4532f", "#fff", "M0 0l4 4"),
    CONTRADICTORY: ("#fff", "#1c1b19", "M0 4l4-4M0 0l4 4"),
}
"""Background, lines, and how these go: what differs by more than its lightness."""
_UNWRITTEN = "none"
_LICENCE = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}


def data_file(report: Report) -> str:
    """The file of its rows."""
    if report.is_to_people:
        return FIGURES
    return "communes.csv" if report.is_to_communes else "recipients.csv"


def files(
    report: Report, earlier: Sequence[Row] = (), editions: Sequence[str] = ()
) -> Mapping[str, bytes]:
    """What stands in the folder, by its name. `editions` are those before, the latest first, which
    had the rows `earlier`.
    """
    today = f"{report.at:%Y-%m-%d}"
    columns, rows = report.table
    new, corrected = list[Row](), list[Row]()
    if not report.is_to_people:
        before = dict(_keyed(earlier))
        pairs = [(row, before.get(whose)) for whose, row in _keyed(rows)]
        rows = [_with_correction(row, old, today) for row, old in pairs]
        new = [row for row, old in pairs if row["state"] in ANSWERED and not _has_answered(old)]
        corrected = [row for row, old in pairs if _is_corrected(row, old)]
    answered = [row for row in rows if not report.is_to_people and row["state"] in ANSWERED]
    data = [data_file(report), *(["communes.geojson"] if report.is_to_communes else ())]
    made = {data[0]: b"".join(export.written(columns, rows, "csv"))}
    if report.is_to_communes:
        made["communes.geojson"] = _geojson(answered)
    documents = {
        sha: f"{EVIDENCE}/{sha}.{evidence_kind(each) or 'eml'}"
        for sha, each in report.evidence.items()
    }
    made |= {name: report.evidence[sha] for sha, name in documents.items()}
    towns = combined(report.rows) if report.sources else report.rows
    groups = defaultdict[str, list[Row]](list)
    for town in towns if not report.is_to_people else ():
        groups[town["department"]].append(town)
    sums = {code: Sums.of(some) for code, some in sorted(groups.items())}
    pages = [code for code in sums if report.is_to_communes and code in DEPARTMENTS]

    def page(template: str, title: str, root: str = "", **values: Any) -> bytes:
        shared = {
            "name": report.name,
            "group": report.group,
            "sources": report.sources,
            "documents": documents,
            "language": language.code(),
            "credit": "" if root else _credit(report),
        }
        return (
            _templates()
            .get_template(template)
            .render(title=title, root=root, **shared, **values)
            .encode()
        )

    for code in pages:
        some = [row for row in answered if row["department"] == code]
        made[f"departement/{code}.html"] = page(
            "departement.html",
            report_map.named(code),
            "../",
            sums=sums[code],
            rows=some,
            others=[(each, _alike(groups[code], each)) for each in (State.SILENT, State.LOST)],
            **_drawn(code, groups[code]),
        )
    made["index.html"] = page(
        "index.html",
        report.name,
        today=today,
        sums=Sums.of(towns),
        unread=report.tally.unread,
        contradictory=sum(town["state"] == CONTRADICTORY for town in towns),
        earlier=editions[0] if editions else "",
        new=new,
        corrected=corrected,
        shapes="".join(report_map.shapes(sums, pages)) if report.is_to_communes else "",
        view_box=report_map.view_box(),
        map_legend=report_map.legend().items(),
        size=9,
        departments=[(code, report_map.named(code), each) for code, each in sums.items() if code],
        pages=pages,
        rows=() if pages else answered,
        data=data,
        editions=editions,
    )
    made["methode.html"] = page(
        "methode.html",
        _("Method, and how to have something corrected"),
        letters=report.letters,
        left_out=[(n, words.left_out(why, n)) for why, n in report.left_out.items()],
        contact=report.contact,
        has_map=report.is_to_communes,
        corrections=[row for row in answered if row["corrected_on"]],
    )
    made["style.css"] = _templates().get_template("style.css").render().encode()
    made[PACKAGE] = _described(report, columns, {name: made[name] for name in data})
    sums_of = (f"{_sha256(made[name])}  {name}\n" for name in sorted(made))
    return {**made, SUMS: "".join(sums_of).encode()}


def _keyed(rows: Iterable[Row]) -> Iterator[tuple[tuple[object, ...], Row]]:
    """Each row behind what is the same in each edition."""
    seen: Counter[tuple[str, str]] = Counter()
    for row in rows:
        whose = row["insee"] or row["commune"], row.get("asked_by", "")
        seen[whose] += 1
        yield (*whose, seen[whose]), row


def _has_answered(row: Row | None) -> bool:
    return row is not None and row["state"] in ANSWERED


def _is_corrected(row: Row, old: Row | None) -> bool:
    return (
        old is not None and _has_answered(old) and any(row[each] != old[each] for each in _JUDGED)
    )


def _with_correction(row: Row, old: Row | None, today: str) -> Row:
    corrected = today if _is_corrected(row, old) else (old or row)["corrected_on"]
    return {**row, "corrected_on": corrected}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- pages ----------------------------------------------------------------------------------------


@cache
def environment(package: str) -> Environment:
    """The templates of this package, in the language that is spoken when they are rendered."""
    made = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(_=_, ngettext=ngettext)
    return made


@cache
def _templates() -> Environment:
    made = environment("merge.app")
    made.globals.update(
        day=day, word=answer, so_many=words.so_many, counted=words.sums, named=_named
    )
    made.globals.update(time_taken=words.time_taken, contacted=words.contacted, pattern=_pattern)
    return made


def _named(rows: Sequence[Row]) -> str:
    names = [f"{row['commune']} ({row['department'] or '?'})" for row in rows]
    return _(": ") + first_of(names, _NAMED) if names else ""


def _alike(rows: Iterable[Row], state: State) -> Sequence[tuple[str, Sequence[str]]]:
    """The names of those in this state, by how and when they were written to."""
    found = defaultdict[str, list[str]](list)
    for row in rows:
        if row["state"] == state:
            found[words.contacted(row)].append(row["commune"])
    return [*found.items()]


def _drawn(code: str, towns: Sequence[Row]) -> Mapping[str, Any]:
    """The map of a département: one shape with its borders, and above it whoever has answered."""
    sheet = maps.of(code)
    if sheet is None:
        return {"shapes": ""}
    said = {town["insee"]: town for town in towns}
    found, silent = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for insee, path in sheet.paths.items():
        town = said.get(insee)
        if town and town["state"] in (*ANSWERED, CONTRADICTORY):
            shape = f'<path d="{path}"><title>{escape(town["commune"])}</title></path>'
            found[town["state"]].append(shape)
        else:
            silent[town["state"] if town else _UNWRITTEN].append(path)
    most = max(silent, key=lambda state: len(silent[state]), default=_UNWRITTEN)
    shapes = [f'<path class="{most}" d="{maps.together(sheet.paths.values())[0]}"/>']
    shapes += [
        f'<path class="{state}" d="{"".join(some)}"/>'
        for state, some in silent.items()
        if state != most
    ]
    between = maps.together(chain.from_iterable(silent.values()))[1]
    shapes.append(f'<path class="edge" d="{between}"/>')
    shapes += [
        f'<g class="{state}"{_pattern(state)}>{"".join(some)}</g>' for state, some in found.items()
    ]
    size = round(sheet.width / 40)
    patterns = "".join(
        f'<pattern id="{state}" width="4" height="4" patternUnits="userSpaceOnUse" '
        f'patternTransform="scale({size / 9:.2f})" stroke="{line}"><rect width="4" height="4" '
        f'fill="{ground}"/><path d="{path}"/></pattern>'
        for state, (ground, line, path) in _HATCHED.items()
        if state in found
    )
    shown = [each for each in (*State, CONTRADICTORY, _UNWRITTEN) if each in {*found, *silent}]
    return {
        "view_box": f"0 0 {sheet.width} {sheet.height}",
        "shapes": f"<defs>{patterns}</defs>{''.join(shapes)}",
        "size": size,
        "states": [(state, words.so_many(state, 1)) for state in shown],
    }


def _pattern(state: str) -> str:
    return f' fill="url(#{state})"' if state in _HATCHED else ""


def _credit(report: Report) -> str:
    if not report.is_to_communes:
        return _("Made by publipostage; it names nobody.")
    return _(
        "Made by publipostage; it names no person. Outlines of the départements: {credit}. "
        "Communes: INSEE, code officiel géographique, Licence Ouverte 2.0."
    ).format(credit=maps.CREDIT)


# --- data -----------------------------------------------------------------------------------------


def _geojson(rows: Iterable[Row]) -> bytes:
    """Those who have answered, as RFC 7946 has it; one whose place is not known is nowhere."""
    features = [
        {
            "type": "Feature",
            "geometry": _point(row["insee"]),
            "properties": {name: row[name] for name in ("insee", "state")},
        }
        for row in rows
    ]
    return _json({"type": "FeatureCollection", "features": features})


def _point(insee: str) -> Mapping[str, Any] | None:
    sheet = maps.of(department_of(insee))
    if sheet is None or insee not in sheet.paths:
        return None
    longitudes, latitudes = zip(*sheet.rings(insee)[0], strict=True)
    place = [round((min(each) + max(each)) / 2, 4) for each in (longitudes, latitudes)]
    return {"type": "Point", "coordinates": place}


def _described(report: Report, columns: Sequence[str], data: Mapping[str, bytes]) -> bytes:
    """The Data Package of the data (specs.frictionlessdata.io)."""
    (rows, content), *others = data.items()
    choices = {"channel": [*Channel], "state": [*State], "grade": [*Grade]}
    fields = [
        {
            "name": name,
            "type": "integer" if name == "n" else "date" if name.endswith("_on") else "string",
        }
        | ({"constraints": {"enum": choices[name]}} if name in choices else {})
        for name in columns
    ]
    resources = [
        _resource(rows, content)
        | {"profile": "tabular-data-resource", "schema": {"fields": fields}, "encoding": "utf-8"},
        *(_resource(name, each) for name, each in others),
    ]
    return _json(
        {
            "profile": "data-package",
            "name": "publipostage",
            "id": report.id,
            "title": report.name,
            "created": report.at.isoformat(timespec="seconds"),
            "contributors": [{"title": each} for each in report.sources or (report.group,)],
            "licenses": [_LICENCE],
            "sources": [{"title": "INSEE, code officiel géographique"}]
            if report.is_to_communes
            else [],
            "resources": resources,
        }
    )


def _resource(name: str, content: bytes) -> dict[str, Any]:
    return {
        "name": name.replace(".", "-"),
        "path": name,
        "format": name.rpartition(".")[2],
        "bytes": len(content),
        "hash": f"sha256:{_sha256(content)}",
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
