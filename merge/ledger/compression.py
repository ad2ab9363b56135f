"""Bytes compressed with Zstandard (RFC 8878)."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class NotCompressedError(ValueError):
    """These bytes are nothing that `compress` made."""


def compress(data: bytes) -> bytes:
    return zstd.compress(data)


def decompress(data: bytes, most: int = sys.maxsize - 1) -> bytes:
    """The bytes again. NotCompressedError for what was damaged, or would be more than `most`."""
    decompressor = zstd.ZstdDecompressor()
    try:
        whole = decompressor.decompress(data, max_length=most + 1)
    except zstd.ZstdError as error:
        raise NotCompressedError(str(error)) from error
    if not decompressor.eof or len(whole) > most:
        raise NotCompressedError("cut off, or too large")
    return whole
