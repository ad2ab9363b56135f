"""WeasyPrint as its documentation shows it: `HTML(string=…).write_pdf(…)`, once a letter."""

import csv
import sys
from pathlib import Path

import jinja2
from weasyprint import HTML


def main(how: str, folder: Path) -> None:
    """One file a letter."""
    source = (folder / "letter.html").read_text(encoding="utf-8")
    template = jinja2.Environment(autoescape=True).from_string(source)
    with (folder / "html.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            HTML(string=template.render(row=row)).write_pdf(folder / how / f"{number}.pdf")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
