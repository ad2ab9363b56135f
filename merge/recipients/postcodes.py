"""The postcode of a row: five digits that fit its commune."""

from __future__ import annotations

import re

from merge.french.communes import Commune
from merge.recipients.cells import Flaw


def postcode_of(typed: str, commune: Commune | None) -> tuple[str, tuple[Flaw, ...]]:
    """The five digits, "" when there are none to trust; and the flaws.

    A CEDEX stands in no reference: its first two digits are compared with those of the commune.
    Codes: "bad-postcode" (not taken), "postcode-zero-restored", "postcode-disagrees" (kept).
    """
    if not typed:
        return "", ()
    code = re.sub(r"^FR?-|\s|\.0$", "", typed, flags=re.IGNORECASE)
    known = ", ".join(commune.postcodes) if commune else ""
    starts = {postcode[:2] for postcode in commune.postcodes} if commune else set()
    if re.fullmatch(r"[1-9]\d{3}", code) and (not starts or "0" + code[0] in starts):
        code = f"0{code}"
        return code, (_flaw("postcode-zero-restored", typed, code),)
    if not re.fullmatch(r"\d{5}", code) or not code.isascii():
        return "", (_flaw("bad-postcode", typed, known),)
    if starts and code[:2] not in starts:
        return code, (_flaw("postcode-disagrees", typed, known),)
    return code, ()


def _flaw(code: str, value: str, suggestion: str) -> Flaw:
    return Flaw(code=code, field="postcode", value=value, suggestion=suggestion)
