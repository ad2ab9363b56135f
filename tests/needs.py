"""What a test wants of the system beyond Python: a server, a tool, a library.

On a desk a test whose server is missing is skipped, and pytest's last lines say which packages
would bring it. In CI it fails: there .ci/run has installed all of them.
"""

from __future__ import annotations

import os

import pytest


def need(found: object, what: str, packages: str) -> None:
    """Go on if it was found; otherwise skip the test, or fail it where CI=true.

    `what` names the thing for a person ("Postfix"); `packages` are Debian's, space-separated.
    """
    if found:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing: .ci/apt-tests should name {packages}", pytrace=False)
    pytest.skip(f"{what} is missing: apt-get install {packages}")
