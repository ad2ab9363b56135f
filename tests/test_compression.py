"""What is compressed comes back as it was, or is said to be damaged."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.ledger.compression import Compressor, NotCompressedError, decompress

LETTER = b"Subject: VSA\r\n\r\nMonsieur le Maire du Havre, nous refusons que nos rues\r\n" * 40


@given(data=st.binary(max_size=300), dictionary=st.binary(max_size=40))
def test_what_is_compressed_comes_back(data: bytes, dictionary: bytes) -> None:
    compressor = Compressor(dictionary)
    for each in (data, dictionary + data, data):
        assert decompress(compressor.compress(each), dictionary) == each


def test_what_is_like_the_dictionary_takes_next_to_nothing() -> None:
    like = LETTER.replace(b"Havre", b"Mans", 1)
    assert len(Compressor(LETTER).compress(like)) < 40 < len(Compressor().compress(like))


@pytest.mark.parametrize("dictionary", [b"", LETTER])
def test_what_zlib_compressed_is_still_read(dictionary: bytes) -> None:
    compress = zlib.compressobj(zdict=dictionary) if dictionary else zlib.compressobj()
    assert decompress(compress.compress(LETTER) + compress.flush(), dictionary) == LETTER


@pytest.mark.parametrize("dictionary", [b"", LETTER])
@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"nothing at all",
        zlib.compress(LETTER)[:-9] + b"damaged!!",
        Compressor().compress(LETTER)[:-1],
    ],
)
def test_what_was_damaged_is_never_given_out(damaged: bytes, dictionary: bytes) -> None:
    with pytest.raises(NotCompressedError):
        decompress(damaged, dictionary)


def test_without_its_dictionary_a_message_does_not_come_back() -> None:
    compressed = Compressor(LETTER).compress(LETTER + b"Nice")
    with pytest.raises(NotCompressedError):
        decompress(compressed)
