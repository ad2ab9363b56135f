"""One worksheet of an XLSX, XLSB, XLS or ODS → rows of text; the door to calamine."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

from merge.errors import SheetError


def worksheet(data: bytes, wanted: str | None) -> tuple[str, list[tuple[str, ...]]]:
    """The name and the rows of the wanted worksheet, else of the first visible one with text.

    SheetError: "workbook-password", "workbook-damaged", "no-such-worksheet", "sheet-empty".
    """
    from python_calamine import CalamineError, PasswordError, SheetVisibleEnum, load_workbook

    if _is_encrypted(data):
        raise SheetError("workbook-password")
    try:
        book = load_workbook(io.BytesIO(data))
        names = [
            each.name for each in book.sheets_metadata if each.visible == SheetVisibleEnum.Visible
        ]
        if wanted is not None:
            if wanted not in book.sheet_names:
                raise SheetError(
                    "no-such-worksheet", sheet=wanted, sheets=", ".join(book.sheet_names)
                )
            names = [wanted]
        for name in names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            records = [tuple(map(_cell_text, row)) for row in rows]
            if any(any(record) for record in records):
                return name, records
    except PasswordError:
        raise SheetError("workbook-password") from None
    except CalamineError as error:
        raise SheetError("workbook-damaged", detail=str(error)) from None
    raise SheetError("sheet-empty")


def _is_encrypted(data: bytes) -> bool:
    """By what the two formats of today write around the secret; calamine only sees no workbook."""
    if "EncryptedPackage".encode("utf-16-le") in data:  # [MS-OFFCRYPTO] 2.3.4.4
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            return b"encryption-data" in file.read("META-INF/manifest.xml")
    except (zipfile.BadZipFile, KeyError):
        return False


def _cell_text(value: Any) -> str:
    """A cell as a person reads it: 1001 and not "1001.0", a day without its midnight."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)
