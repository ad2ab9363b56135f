"""docs/page/: six pages of the program, wide and narrow, as the people see them who use it.

A campaign in which everything has happened (tests/evening.py) is served, and Chromium looks at it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser import chromium, person  # noqa: E402 the line above is where it is
from tests.desk import a_user  # noqa: E402 the same
from tests.evening import over  # noqa: E402 the same
from tests.webserver import serving  # noqa: E402 the same

PICTURES = ROOT / "docs" / "page"
PAGES = ("today", "letter", "recipients", "send", "inbox")
WIDTHS = {"wide": {"width": 1280, "height": 860}, "narrow": {"width": 390, "height": 860}}


def main() -> None:
    """Play the evening in a folder that goes away, and take the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {**a_user(Path(folder)), "PUBLIPOSTAGE_LANG": "fr"}
        campaign = over(Path(folder))
        with serving(campaign=campaign) as server, chromium() as browser:
            for name, size in WIDTHS.items():
                with person(browser, server.token(), viewport=size) as page:
                    root = page.url.removesuffix("today")
                    for each in PAGES:
                        page.goto(root + each)
                        page.wait_for_load_state("networkidle")
                        page.screenshot(path=PICTURES / f"{each}-{name}.png")


if __name__ == "__main__":
    main()
