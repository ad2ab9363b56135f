"""Workbooks as Excel, LibreOffice and other programs write them, and as somebody could."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol

SHEET = "xl/worksheets/sheet1.xml"
MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
CONTENT = """<office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">
<office:body><office:spreadsheet><table:table table:name="Feuille1">{rows}</table:table>
</office:spreadsheet></office:body></office:document-content>"""
MANIFEST = """<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<m:file-entry m:full-path="content.xml" m:media-type="text/xml">{encryption}</m:file-entry>
</m:manifest>"""
TEXT = '<table:table-cell office:value-type="string"><text:p>{0}</text:p></table:table-cell>'
NEXT_ROW = "</table:table-row><table:table-row {0}>"
"""Between cells of an .ods: what comes then is in another row, which has these attributes."""


def package(compression: int = zipfile.ZIP_DEFLATED, /, **members: str | bytes) -> bytes:
    """A .zip of these files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return data.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    """The files in a .zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist()}


def changed(data: bytes, member: str, pattern: bytes, instead: bytes = b"") -> bytes:
    """The package with that written otherwise in one of its parts."""
    members = members_of(data)
    part, n = re.subn(pattern, lambda found: instead, members[member])
    assert n, pattern
    return package(**{**members, member: part})


# Excel


def workbook(
    *sheets: tuple[str, Sequence[Any]],
    hidden: str = "",
    merged: Sequence[str] = (),
    hidden_rows: Mapping[str, Collection[int]] = {},
) -> bytes:
    """An .xlsx; the last sheet that is not hidden is in front. A cell is a value, or a tuple: the
    value, the code that it is shown by, and of a formula its result.
    """
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            if name == hidden:
                sheet.hide()
            else:
                sheet.activate()
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    usual = "yyyy-mm-dd" if isinstance(cell, datetime.date) else "General"
                    value, code, *result = cell if isinstance(cell, tuple) else (cell, usual)
                    if value is not None:
                        sheet.write(r, c, value, book.add_format({"num_format": code}), *result)
            for cells in merged:
                r, c = xl_cell_to_rowcol(cells.partition(":")[0])
                sheet.merge_range(cells, rows[r][c])
            for number in hidden_rows.get(name, ()):
                sheet.set_row(number - 1, None, None, {"hidden": True})
    return data.getvalue()


def with_rows(*rows: str, begin: str = "") -> bytes:
    """An .xlsx that has these rows of XML under its header."""
    data = workbook(("F", [["Code INSEE", "Commune"]]))
    data = changed(data, SHEET, b"(?=</sheetData>)", "".join(rows).encode())
    return changed(data, SHEET, b"(?=<worksheet )", begin.encode())


# LibreOffice


def open_document(*rows: str, encryption: str = "") -> bytes:
    """An .ods of one sheet with these rows of XML."""
    content = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return package(
        **{
            "mimetype": MIMETYPE,
            "content.xml": CONTENT.format(rows=content),
            "META-INF/manifest.xml": MANIFEST.format(encryption=encryption),
        }
    )


def words(*texts: str) -> str:
    """Cells of an .ods."""
    return "".join(map(TEXT.format, texts))


def number(value: object, shown: str, kind: str = "float", more: str = "") -> str:
    """One of them, as it is kept and as it is shown."""
    return (
        f'<table:table-cell office:value-type="{kind}" office:value="{value}" {more}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )
