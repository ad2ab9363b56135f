"""Chromium without a window: all letters in one page of HTML, printed to one file."""

import csv
import subprocess
import sys
from pathlib import Path

import jinja2


def main(how: str, folder: Path) -> None:
    """Its profile is made afresh; nothing of another run helps."""
    source = (folder / "letters.html").read_text(encoding="utf-8")
    with (folder / "html.csv").open(encoding="utf-8", newline="") as file:
        rows = list(enumerate(csv.DictReader(file), 1))
    page = jinja2.Environment(autoescape=True).from_string(source)
    target = folder / how
    html = target / "all.html"
    html.write_text(page.render(batch={"numbered_rows": rows}), encoding="utf-8")
    subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *(f"--user-data-dir={target / 'profile'}", "--no-pdf-header-footer"),
            *(f"--print-to-pdf={target / 'all.pdf'}", html.as_uri()),
        ],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
