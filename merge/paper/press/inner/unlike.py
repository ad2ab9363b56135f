"""What nobody can promise."""

from __future__ import annotations


class Unlike(Exception):
    """Nobody can promise that this comes out as WeasyPrint sets it. `str` says why, in a word."""
