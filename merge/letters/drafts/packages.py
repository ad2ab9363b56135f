"""The parts of a letter's file that is a zip (.docx, .odt), of a size that can be read."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from types import MappingProxyType

from merge.errors import LetterError

MEGABYTES_AT_MOST = 50  # of all parts, unpacked: a zip can ask for any amount of memory
TEXT_MEGABYTES_AT_MOST = 5  # of XML, which becomes objects of many times its size
_ENDINGS: Mapping[str, str] = MappingProxyType(
    {"png": "png", "jpg": "jpg", "jpeg": "jpg", "gif": "gif"}
)
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # how Word wraps a file that has a password


def unpacked(content: bytes, *, needed: re.Pattern[str]) -> dict[str, bytes]:
    """The parts by their names.

    LetterError: "letter-not-word" when no part is the one `needed`, "letter-encrypted",
    "letter-too-large" (`megabytes` at most); what zipfile raises over a damaged file.
    """
    if content.startswith(_OLD_OFFICE) and _ENCRYPTED in content:
        raise LetterError("letter-encrypted")
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        members = package.infolist()
        if not any(needed.fullmatch(member.filename) for member in members):
            raise LetterError("letter-not-word")
        if any(member.flag_bits & 1 for member in members):
            raise LetterError("letter-encrypted")
        texts = sum(each.file_size for each in members if each.filename.endswith(".xml"))
        whole = sum(each.file_size for each in members)
        if texts > TEXT_MEGABYTES_AT_MOST * 1_000_000:
            raise LetterError("letter-too-large", megabytes=TEXT_MEGABYTES_AT_MOST)
        if whole > MEGABYTES_AT_MOST * 1_000_000:
            raise LetterError("letter-too-large", megabytes=MEGABYTES_AT_MOST)
        return {each.filename: package.read(each) for each in members if not each.is_dir()}


def picture_ending(file: str) -> str:
    """How the name of that picture ends beside a letter; "" for one that no mail program shows."""
    return _ENDINGS.get(file.rpartition(".")[2].casefold(), "")
