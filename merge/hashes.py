"""Numbers for very many texts, kept by their hashes alone."""

from __future__ import annotations

from array import array

_SLOTS = 1 << 12  # at first; always a power of two


class NumberByHash:
    """A number for each of very many texts: an open-addressed table of their hashes.

    A dict of a million keys is 100 MB and more; here an entry takes 12 bytes, and at most as much
    again stands empty. Two texts of one hash are one: of a million, once in thirty million sheets,
    and nobody can choose such texts, for Python salts its hashes in each process.
    """

    def __init__(self) -> None:
        self._make(_SLOTS)

    def setdefault(self, hashed: int, number: int) -> int:
        """As of a dict; a number is positive."""
        slot = self._slot(hashed)
        known: int = self._numbers[slot]
        if known:
            return known
        self._put(slot, hashed, number)
        return number

    def increase(self, hashed: int) -> int:
        """Count it once more; how often it was counted by now."""
        slot = self._slot(hashed)
        n: int = self._numbers[slot] + 1
        if n > 1:
            self._numbers[slot] = n
        else:
            self._put(slot, hashed, 1)
        return n

    def _make(self, slots: int) -> None:
        self._hashes = array("q", bytes(8 * slots))
        self._numbers = array("I", bytes(4 * slots))  # 0 where a slot is empty
        self._mask = slots - 1
        self._free = slots * 2 // 3

    def _slot(self, hashed: int) -> int:
        """Where it stands, or would."""
        hashes, numbers, mask = self._hashes, self._numbers, self._mask
        slot = hashed & mask
        while numbers[slot] and hashes[slot] != hashed:
            slot = (slot + 1) & mask
        return slot

    def _put(self, slot: int, hashed: int, number: int) -> None:
        self._hashes[slot], self._numbers[slot] = hashed, number
        self._free -= 1
        if not self._free:
            entries = zip(self._hashes, self._numbers, strict=True)
            self._make(2 * len(self._numbers))
            for each, its_number in entries:
                if its_number:
                    self._put(self._slot(each), each, its_number)
