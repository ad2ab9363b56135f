"""Claims about what `make bench-print` gives to other tools: the same letter, in their language."""

from __future__ import annotations

import csv
import re
from html import unescape
from pathlib import Path

import jinja2
import pytest

from merge.model import Slotted
from tests.bench import material
from tests.press.campaign import communes, letters

N = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("material")
    material.write(folder, N)
    return folder


def filled(folder: Path, template: str, table: str) -> list[str]:
    """The template filled for each row, as the peers do it."""
    compiled = jinja2.Environment(autoescape=False).from_string(  # noqa: S701 - not HTML alone
        (folder / template).read_text(encoding="utf-8")
    )
    with (folder / table).open(encoding="utf-8", newline="") as file:
        return [compiled.render(row=row) for row in csv.DictReader(file)]


def words(html: str) -> list[str]:
    """The words that a reader sees on the pages."""
    return unescape(re.sub(r"<[^>]+>", " ", html)).split()


def expected() -> list[list[str]]:
    return [words(page.html[page.html.index("<body>") :]) for _, page in letters(communes(N))]


def test_a_template_with_blanks_and_a_table_make_the_programs_own_letter(folder: Path) -> None:
    pages = filled(folder, "ours.html", "html.csv")
    assert pages == [page.html for _, page in letters(communes(N))]


def test_typst_gets_the_same_words(folder: Path) -> None:
    for source, wanted in zip(filled(folder, "letter.typ", "typst.csv"), expected(), strict=True):
        _, letter = source.split("//letter\n")
        reference, *rest = wanted[1:]
        assert f"[Réf. {reference} #h(1fr)" in letter  # at the foot of the page
        text = re.sub(r"^#set .*$|#counter.*|#(rule|v\(5mm\))$", "", letter, flags=re.MULTILINE)
        text = re.sub(r"#linebreak\(\);|(?<!\\)(#[a-z]*(?=\[)|[\[\];])", " ", text)
        found = re.sub(r"\\(.)", r"\1", text).split()
        assert "".join(found) == "".join(rest)


def test_all_letters_in_one_document_have_each_a_section(folder: Path) -> None:
    source = (folder / "letters.html").read_text(encoding="utf-8")
    with (folder / "html.csv").open(encoding="utf-8", newline="") as file:
        rows = list(enumerate(csv.DictReader(file), 1))
    page = jinja2.Environment(autoescape=True).from_string(source)
    html = page.render(batch={"numbered_rows": rows})
    assert html.count("<section>") == N
    assert words(html[html.index("<body>") :]) == [word for one in expected() for word in one]


def test_letters_that_took_other_branches_are_no_template() -> None:
    with pytest.raises(ValueError, match="more than one template"):
        material.common([("a", Slotted(("a", ""), ("1",))), ("b", Slotted(("b", ""), ("1",)))])
