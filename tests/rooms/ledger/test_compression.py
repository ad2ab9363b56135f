"""What is compressed comes back as it was, or is said to be damaged."""

from __future__ import annotations

import pytest

from merge.ledger.archive import NotCompressedError, compress, decompress

LETTER = b"Subject: VSA\r\n\r\nMonsieur le Maire du Havre, nous refusons que nos rues\r\n" * 40


@pytest.mark.parametrize(
    "damaged", [b"", b"nothing at all", compress(LETTER)[:-1], compress(LETTER)[:-9] + b"damaged!!"]
)
def test_what_was_damaged_is_never_given_out(damaged: bytes) -> None:
    with pytest.raises(NotCompressedError):
        decompress(damaged)


def test_no_more_is_made_of_it_than_was_said() -> None:
    assert decompress(compress(LETTER), len(LETTER)) == LETTER
    with pytest.raises(NotCompressedError):
        decompress(compress(LETTER), len(LETTER) - 1)
