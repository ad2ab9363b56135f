"""The streams of an OLE2 file ([MS-CFB]), in which Excel 97 kept its workbooks.

The door to olefile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO


class BadOleFile(Exception):
    """Cut or damaged."""


def streams(file: IO[bytes]) -> Mapping[str, bytes]:
    """The streams by their names; of one that is encrypted or of Word, at least the names."""
    import olefile

    try:
        with olefile.OleFileIO(file, raise_defects=olefile.DEFECT_INCORRECT) as ole:
            return {path[-1]: ole.openstream(path).read() for path in ole.listdir()}
    except (OSError, IndexError, ValueError) as error:
        raise BadOleFile from error
