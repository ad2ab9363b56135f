"""What a test wants of the system beyond Python: a server, a tool, a library.

On a desk a test whose server is missing is left out, and pytest's last lines say which packages
would bring it. In CI it fails: there .ci/run has installed all of them.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

LEFT_OUT: Counter[tuple[str, str]] = Counter()
"""(what is missing, the Debian packages that bring it) → tests that were left out for it."""


def need(found: object, what: str, packages: str) -> None:
    """Go on if it was found; otherwise leave the test out, or fail it where CI=true.

    `what` names the thing for a person ("Postfix"); `packages` are Debian's, space-separated.
    """
    if found:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing: .ci/apt-tests should name {packages}", pytrace=False)
    LEFT_OUT[what, packages] += 1
    pytest.skip(f"{what} is missing")
