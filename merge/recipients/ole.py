"""The streams of an OLE2 file ([MS-CFB]), in which Excel 97 kept its workbooks.

The door to olefile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO


class BadOleFile(Exception):
    """Cut or damaged."""


def streams(file: IO[bytes]) -> Mapping[str, bytes]:
    """The streams by their names; of one that is encrypted or of Word, at least the names.

    Those of an object that is embedded in the file, a Word document say, are not the file's own.
    """
    import olefile

    try:
        with olefile.OleFileIO(file, raise_defects=olefile.DEFECT_INCORRECT) as ole:
            own = [path[0] for path in ole.listdir() if len(path) == 1]
            return {name: ole.openstream([name]).read() for name in own}
    except (OSError, IndexError, ValueError) as error:
        raise BadOleFile from error
