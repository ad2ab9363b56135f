"""docs/page/: six pages of the program, wide and narrow, as the people see them who use it.

A campaign in which everything has happened (tests/evening.py) is served, and Chromium looks at it;
and one of which nothing has left yet, for the page that sends.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser import chromium, person  # noqa: E402 the line above is where it is
from tests.desk import SAMPLE, Desk, a_user  # noqa: E402 the same
from tests.evening import over  # noqa: E402 the same
from tests.servers.faults import FaultServer  # noqa: E402 the same
from tests.webserver import serving  # noqa: E402 the same

PICTURES = ROOT / "docs" / "page"
PAGES = ("today", "letter", "recipients", "inbox")
LETTER = """---
subject: Pas de caméras dans nos rues
---

{{ lieu|a|majuscule }}, le {{ date }},

{{ salutation }},

Nous vous demandons de ne pas installer de caméras dans nos rues.

Bien cordialement,

{{ signature }}
"""
WIDTHS = {"wide": {"width": 1280, "height": 860}, "narrow": {"width": 390, "height": 860}}


def ready(folder: Path, port: int) -> Path:
    """A campaign with the sample list, and a letter without remarks that was tried."""
    desk = Desk(folder / "prête")
    desk.make()
    Path(desk.folder, "letter.md").write_text(LETTER, encoding="utf-8")
    desk.ok("import", str(SAMPLE))
    desk.ok("account", "set", "--host", "localhost", "--port", str(port), "--tls", "none")
    settings = Path(desk.folder, "campaign.toml")
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[account]\n", "[account]\nper_hour = 40\n"), encoding="utf-8")
    desk.ok("send", "--test", "groupe@example.org")
    return desk.folder


def main() -> None:
    """Play the evening in a folder that goes away, and take the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, FaultServer().running() as mail:
        os.environ |= {**a_user(Path(folder)), "PUBLIPOSTAGE_LANG": "fr"}
        campaign, next_one = over(Path(folder)), ready(Path(folder), mail.port)
        with serving(campaign=campaign) as server, chromium() as browser:
            for name, size in WIDTHS.items():
                with person(browser, server.token(), viewport=size) as page:
                    root = page.url.removesuffix("today")
                    for each in PAGES:
                        page.goto(root + each)
                        page.wait_for_load_state("networkidle")
                        page.screenshot(path=PICTURES / f"{each}-{name}.png")
                with person(browser, server.token(next_one), viewport=size) as page:
                    page.goto(page.url.removesuffix("today") + "send")
                    page.locator("#number").wait_for(timeout=120_000)
                    page.screenshot(path=PICTURES / f"send-{name}.png")


if __name__ == "__main__":
    main()
