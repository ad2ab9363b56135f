"""Rows as files for other programs."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from pandas import DataFrame

Form = Literal["csv", "excel", "xlsx", "json"]
_ROWS_AT_ONCE, _ROWS_OF_A_WORKSHEET = 1000, 1_000_000
_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
_BEGINS_A_FORMULA = {*"=+-@|%", "\N{MINUS SIGN}"}


def written(
    columns: Sequence[str], rows: Iterable[Mapping[str, str] | Sequence[str]], form: Form
) -> Iterator[bytes]:
    """The parts of a file: CSV (RFC 4180) in UTF-8, and "excel" as a French Excel opens it by
    itself; a workbook, of text alone; or an array of objects.

    No cell starts a formula: in CSV such a cell gets a leading apostrophe.
    """
    if form == "json":
        yield json.dumps(list(rows), ensure_ascii=False, indent=1).encode() + b"\n"
    elif form == "xlsx":
        yield _workbook(_frames(columns, rows, _ROWS_OF_A_WORKSHEET))
    else:
        by, encoding = (";", "utf-8-sig") if form == "excel" else (",", "utf-8")
        for number, some in enumerate(_frames(columns, rows, _ROWS_AT_ONCE)):
            text = some.map(harmless).to_csv(
                sep=by, header=not number, index=False, lineterminator="\r\n"
            )
            yield text.encode("utf-8" if number else encoding)


def _workbook(frames: Iterable[DataFrame]) -> bytes:
    from pandas import ExcelWriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with ExcelWriter(content, "xlsxwriter", engine_kwargs={"options": options}) as workbook:
        for number, some in enumerate(frames, 1):
            name = f"publipostage {number}"
            some.to_excel(workbook, sheet_name=name, index=False, freeze_panes=(1, 0))
            workbook.sheets[name].autofit()
    return content.getvalue()


def _frames(columns: Sequence[str], rows: Iterable[Any], at_once: int) -> Iterator[DataFrame]:
    """So many rows each; one at least."""
    from pandas import DataFrame

    rest = iter(rows)
    some = list(islice(rest, at_once))
    yield DataFrame(some, columns=[*columns], dtype=object)
    while some := list(islice(rest, at_once)):
        yield DataFrame(some, columns=[*columns], dtype=object)


def note(place: Path, kind: str, name: str) -> None:
    """Remember a file with names in it that is downloaded: no erasure reaches it there."""
    from merge.app.opening import open_campaign

    with open_campaign(place, access="read", command="log") as campaign:
        if not campaign.is_blind:
            campaign.note_export(kind, name)


def harmless(cell: str) -> str:
    """The cell, with an apostrophe where a spreadsheet would take it for a formula.

    OWASP, "CSV injection": also behind white space and signs that nobody sees, and in the wide
    forms of East Asia, which a spreadsheet may fold.
    """
    seen = (sign for sign in cell if unicodedata.category(sign) not in _UNSEEN)
    first = unicodedata.normalize("NFKC", next(seen, ""))
    return "'" + cell if first[:1] in _BEGINS_A_FORMULA else cell
