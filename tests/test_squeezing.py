"""What is squeezed comes back as it was, or is said to be damaged."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.ledger.squeezing import NotSqueezed, Squeezer, unsqueezed

LETTER = b"Subject: VSA\r\n\r\nMonsieur le Maire du Havre, nous refusons que nos rues\r\n" * 40


@given(data=st.binary(max_size=300), dictionary=st.binary(max_size=40))
def test_what_is_squeezed_comes_back(data: bytes, dictionary: bytes) -> None:
    squeezer = Squeezer(dictionary)
    for each in (data, dictionary + data, data):
        assert unsqueezed(squeezer.squeezed(each), dictionary) == each


def test_what_is_like_the_dictionary_takes_next_to_nothing() -> None:
    like = LETTER.replace(b"Havre", b"Mans", 1)
    assert len(Squeezer(LETTER).squeezed(like)) < 40 < len(Squeezer().squeezed(like))


@pytest.mark.parametrize("dictionary", [b"", LETTER])
def test_what_zlib_squeezed_is_still_read(dictionary: bytes) -> None:
    squeeze = zlib.compressobj(zdict=dictionary) if dictionary else zlib.compressobj()
    assert unsqueezed(squeeze.compress(LETTER) + squeeze.flush(), dictionary) == LETTER


@pytest.mark.parametrize("dictionary", [b"", LETTER])
@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"nothing at all",
        zlib.compress(LETTER)[:-9] + b"damaged!!",
        Squeezer().squeezed(LETTER)[:-1],
    ],
)
def test_what_was_damaged_is_never_given_out(damaged: bytes, dictionary: bytes) -> None:
    with pytest.raises(NotSqueezed):
        unsqueezed(damaged, dictionary)


def test_without_its_dictionary_a_message_does_not_come_back() -> None:
    squeezed = Squeezer(LETTER).squeezed(LETTER + b"Nice")
    with pytest.raises(NotSqueezed):
        unsqueezed(squeezed)
