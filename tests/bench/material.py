"""The campaign's letter for a thousand communes, as each tool of `make bench-print` wants it.

The program renders the letters; what is the same in all of them becomes the template and what is
not a column of a table. From there each tool gets the same words, bold and breaks in its own
language, and fills its template from its table itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

from merge.model import Slotted
from tests.bench.costs import write_table
from tests.press.campaign import communes, letters
from tests.press.fonts import OF_THE_PROGRAM

SYSTEM_NAMES = {"Publipostage Serif": "Liberation Serif", "Publipostage Mono": "Liberation Mono"}
"""The same files, as tools know them that have not got them from this program."""

_BLANK = re.compile(r"\{\{ row\.(v\d+)(?:\|safe)? \}\}")
_TYPST_SIGNS = re.compile(r"([\\`*_#$@<>~\[\]\"'/=+-])")


def write(folder: Path, n: int) -> None:
    """All templates and tables, for `n` letters."""
    template, rows = common(letters(communes(n)))
    page = template
    for ours, theirs in SYSTEM_NAMES.items():
        page = page.replace(ours, theirs)
    (folder / "ours.html").write_text(template.replace("|safe", ""), encoding="utf-8")
    # A look that no short cut can be taken for: columns are balanced by what stands in them.
    falling = template.replace("<main>", '<main style="columns: 2">').replace("|safe", "")
    (folder / "falling.html").write_text(falling, encoding="utf-8")
    (folder / "letter.html").write_text(page, encoding="utf-8")
    (folder / "letters.html").write_text(_all_in_one(page), encoding="utf-8")
    (folder / "letter.typ").write_text(_typst(_blocks(page)), encoding="utf-8")
    (folder / "fonts.txt").write_text(str(OF_THE_PROGRAM), encoding="utf-8")
    _table(folder / "html.csv", rows, lambda html: html)
    _table(folder / "typst.csv", rows, _typst_text)


def common(pages: Sequence[tuple[str, Slotted]]) -> tuple[str, Sequence[Mapping[str, str]]]:
    """The letters as one template with blanks, and a row for each of them.

    A value that everybody has stands in the template. ValueError when they took other branches.
    """
    (_, first), *_ = pages
    if any(page.parts != first.parts for _, page in pages):
        raise ValueError("letters of more than one template")
    differ = [len({page.values[i] for _, page in pages}) > 1 for i in range(len(first.values))]
    template = first.parts[0]
    for i, part in enumerate(first.parts[1:]):
        template += (f"{{{{ row.v{i}|safe }}}}" if differ[i] else first.values[i]) + part
    rows = [
        {f"v{i}": value for i, value in enumerate(page.values) if differ[i]} for _, page in pages
    ]
    return template, rows


def _table(path: Path, rows: Sequence[Mapping[str, str]], translate: Callable[[str], str]) -> None:
    (first, *_) = rows
    write_table(path, first, ([translate(html) for html in row.values()] for row in rows), by=",")


def _all_in_one(page: str) -> str:
    """One document of all letters, each on pages of its own."""
    head, body, tail = re.split(r"(?<=<body>)|(?=</body>)", page)
    head = head.replace("</style>", "section { break-after: page; position: relative }</style>")
    head = re.sub(r"(?<=<title>).*(?=</title>)", "Lettres", head)
    loop = "{% for number, row in batch.numbered_rows %}<section>"
    return f"{head}{loop}{body}</section>{{% endfor %}}{tail}"


class _Reader(HTMLParser):
    """The letter's page as blocks: where each stands, and its HTML."""

    _PLACES = ("reference", "sender", "window", "subject", "opening", "closing", "foot")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.blocks: list[tuple[str, str]] = []
        self._place = ""
        self._text: list[str] | None = None
        self._opened_by = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "span":  # keeps an address whole, which the others cannot be told
            return
        named = (dict(attrs).get("class") or "").split()
        if place := next((each for each in named if each in self._PLACES), ""):
            self._place = place
        elif tag == "main":
            self._place = "body"
        if self._text is not None:
            line = "<br>" if self._text else ""  # a div within a block is a line of it
            self._text.append(line if tag == "div" else f"<{tag}>")
        elif tag in ("p", "address") or place == "reference":
            self._text = []
            self._opened_by = tag

    def handle_endtag(self, tag: str) -> None:
        if self._text is None or tag == "span":
            return
        if tag == self._opened_by:
            self.blocks.append((self._place, "".join(self._text).strip()))
            self._text = None
        elif tag != "div":
            self._text.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def _blocks(page: str) -> Sequence[tuple[str, str]]:
    reader = _Reader()
    reader.feed(page[page.index("<body>") :])
    closing = [i for i, (place, _) in enumerate(reader.blocks) if place == "closing"]
    reader.blocks[closing[-1]] = ("signature", reader.blocks[closing[-1]][1])
    return reader.blocks


# --- Typst's language ----------------------------------------------------------------------------

_TYPST_FRAME = """\
#set page(paper: "a4", margin: (x: 20mm, top: 20mm, bottom: 22mm))
#set text(font: "Liberation Serif", size: 11pt, lang: "fr", hyphenate: false,
  top-edge: 0.75em, bottom-edge: -0.25em)
#set par(justify: false, leading: 0.36em, spacing: 0.36em)
#set smartquote(enabled: false)
#let body(it) = block(below: 0.36em + 2.6mm,
  { set text(hyphenate: true); set par(justify: true); it })
#let opening(it) = block(inset: (left: 85mm), it)
#let subject(it) = block(below: 0.36em + 4mm, strong(it))
#let sender(it) = block(height: 63mm, width: 75mm, below: 0pt,
  { set text(size: 10pt); set par(leading: 0.3em); it })
#let window(it) = place(top + left, dx: 85mm, dy: 35.15mm,
  { set text(font: "Liberation Mono", size: 10pt); set par(leading: 1.2pt); it })
#let closing(it) = block(sticky: true, body(it))
#let signature(it) = block(above: 12mm, inset: (left: 85mm), it)
#let foot(it) = block(above: 0.36em, below: 0pt,
  { set text(size: 8pt); set par(leading: 0.25em); it })
#let rule = block(above: 10mm, below: 1.5mm, line(length: 100%, stroke: 0.3pt + rgb("#999")))
//letter
"""


def _typst(blocks: Iterable[tuple[str, str]]) -> str:
    placed = [(place, _typst_text(html)) for place, html in blocks]
    reference = next(text for place, text in placed if place == "reference")
    lines = [
        "#[",
        '#set page(footer: text(size: 8pt, fill: rgb("#555"), '
        f"[{reference} #h(1fr) page #context counter(page).display()]))",
        "#counter(page).update(1)",
    ]
    before = ""
    for place, text in placed:
        if place == "reference":
            continue
        if place == "foot" and before != "foot":
            lines.append("#rule")
        if place == "subject":
            lines.append("#v(5mm)")
        lines.append(f"#{place}[{text}]")
        before = place
    return _TYPST_FRAME + "\n".join([*lines, "]", ""])


def _typst_text(html: str) -> str:
    """A piece of the letter's HTML in Typst's markup; its blanks stay."""
    tags = {
        "<strong>": "#strong[",
        "</strong>": "];",
        "<sup>": "#super[",
        "</sup>": "];",
        "<br>": "#linebreak();",
    }
    pieces = re.split(r"(</?[a-z]+>|\{\{.*?\}\})", html)
    return "".join(
        tags.get(piece)
        or (_BLANK.sub(r"{{ row.\1 }}", piece) if piece.startswith("{{") else _typst_escaped(piece))
        for piece in pieces
    )


def _typst_escaped(text: str) -> str:
    return _TYPST_SIGNS.sub(r"\\\1", unescape(text))
