"""Typst: a file a letter ("typst-each"), or one for every hundred ("typst-100")."""

import csv
import sys
from pathlib import Path

import jinja2
import typst

TOGETHER = {"typst-each": 1, "typst-100": 100}


def main(how: str, folder: Path) -> None:
    """One compiler and one set of fonts for all files: what it remembers, it may use."""
    environment = jinja2.Environment(autoescape=False)  # noqa: S701 - Typst is no HTML
    frame, _, source = (folder / "letter.typ").read_text(encoding="utf-8").partition("//letter\n")
    template = environment.from_string(source)
    with (folder / "typst.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[(folder / "fonts.txt").read_text(encoding="utf-8")],
    )
    compiler = typst.Compiler(font_paths=fonts)
    for start in range(0, len(rows), TOGETHER[how]):
        some = "".join(template.render(row=row) for row in rows[start : start + TOGETHER[how]])
        compiler.compile(
            input=(frame + some).encode(),
            output=str(folder / how / f"{start}.pdf"),
            format="pdf",
            pdf_tags=False,
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
