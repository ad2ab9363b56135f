"""Claims about the PDF that goes by mail, as somebody hears it who does not see it (PDF/UA-1)."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image

from merge.letters.letterhead import Letterhead, logo
from merge.model import Channel, Letter
from merge.paper.typesetting import Typesetter
from tests.pages import need_pages
from tests.rooms.letters.test_letter_languages import ANN, compiled
from tests.rooms.letters.test_template import Folder
from tests.rooms.paper.test_letter_pages import END, HEAD
from tests.vsa import FULLEST, campaigns_letter

raw = pdfium.raw

EVERYTHING = """Une phrase[^1] sur la {{ commune }}.

## Un titre

| A | B |
|---|--:|
| x[^2] | 12 |

- un
- deux
  - deux et demi

1. premier
2. second

![La signature de *tous*](signature.png)

![](signature.png)

<https://example.org/a> et [le site](https://example.org/b).

::: right
À droite.
:::

[^1]: Une première note.
[^2]: La seconde, **plus longue**.
"""


@dataclass(kw_only=True)
class Heard:
    """An element of the structure tree, as a reader comes to it."""

    kind: str
    texts: list[str] = field(default_factory=list)  # its own, without its children's
    alt: str = ""
    scope: str = ""
    box: tuple[float, ...] = ()
    links: list[str] = field(default_factory=list)
    children: list[Heard] = field(default_factory=list)

    def all(self, kind: str = "") -> Iterator[Heard]:
        if not kind or self.kind == kind:
            yield self
        for child in self.children:
            yield from child.all(kind)

    @property
    def text(self) -> str:
        return " ".join("".join((*self.texts, *(child.text for child in self.children))).split())


@dataclass(kw_only=True)
class Said:
    """A whole document: its tree, what is in no tag of it, and what it says of itself."""

    tree: Heard
    artifacts: list[str]
    unmarked: list[str]  # texts and pictures that are neither in a tag nor an artifact
    unheard: list[str]  # in a tag that nobody comes to
    root: dict[str, str]
    info: dict[str, str]
    metadata: str
    links: int


def said_by(pdf: bytes) -> Said:
    marked: dict[tuple[int, int], str] = {}
    artifacts, unmarked = [], []
    with pdfium.PdfDocument(pdf) as document:
        for number, page in enumerate(document):
            for words, mark, is_artifact in _drawn(page):
                if is_artifact:
                    artifacts.append(words)
                elif mark < 0:
                    unmarked.append(words)
                else:
                    marked[number, mark] = marked.get((number, mark), "") + words
    with pikepdf.open(BytesIO(pdf)) as opened:
        pages = {page.obj.objgen: number for number, page in enumerate(opened.pages)}
        (top,) = opened.Root.StructTreeRoot.K
        tree = _heard(top, pages, marked)
        return Said(
            tree=tree,
            artifacts=artifacts,
            unmarked=unmarked,
            unheard=[words for words in marked.values() if words.strip()],
            root=_copied(opened.Root),
            info={name: str(value) for name, value in opened.docinfo.items()},
            metadata=str(opened.open_metadata()),
            links=sum(len(page.get("/Annots", ())) for page in opened.pages),
        )


def _copied(root: pikepdf.Object) -> dict[str, str]:
    """What the catalogue says of the whole document."""
    return {
        "lang": str(root.Lang),
        "marked": str(root.MarkInfo.Marked),
        "title": str(root.ViewerPreferences.DisplayDocTitle),
    }


def _drawn(page: pdfium.PdfPage) -> Iterator[tuple[str, int, bool]]:
    """Each text and picture of a page: its words, its mark (-1 without), if it is an artifact."""
    text = page.get_textpage()
    for each in page.get_objects():
        if each.type == raw.FPDF_PAGEOBJ_PATH:
            words = ""
        elif each.type == raw.FPDF_PAGEOBJ_TEXT:
            words = _words(each, text)
        else:
            words = "▣"
        around: pdfium.PdfObject | None = each  # what a form holds is marked as the form is
        names, mark = [], -1
        while around:
            names += [_mark_name(around, i) for i in range(raw.FPDFPageObj_CountMarks(around))]
            mark = max(mark, raw.FPDFPageObj_GetMarkedContentID(around))
            around = around.container
        yield words, mark, "Artifact" in names


def _words(drawn: pdfium.PdfObject, text: pdfium.PdfTextPage) -> str:
    size = raw.FPDFTextObj_GetText(drawn, text, None, 0)
    buffer = ctypes.create_string_buffer(size)
    short = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    raw.FPDFTextObj_GetText(drawn, text, short, size)
    return buffer.raw.decode("utf-16-le").rstrip("\0")


def _mark_name(drawn: pdfium.PdfObject, i: int) -> str:
    mark = raw.FPDFPageObj_GetMark(drawn, i)
    buffer, size = (ctypes.c_ushort * 64)(), ctypes.c_ulong()
    raw.FPDFPageObjMark_GetName(mark, buffer, 128, size)
    return bytes(buffer)[: size.value].decode("utf-16-le").rstrip("\0")


def _heard(
    element: pikepdf.Object,
    pages: dict[tuple[int, int], int],
    marked: dict[tuple[int, int], str],
) -> Heard:
    """What is read leaves `marked`."""
    found = Heard(kind=str(element.S)[1:], alt=str(element.get("/Alt", "")))
    if "/A" in element:
        found.scope = str(element.A.get("/Scope", ""))[1:]
        found.box = tuple(float(length) for length in element.A.get("/BBox", ()))
    kid: Any
    for kid in element.get("/K", ()):
        if isinstance(kid, int):
            found.texts.append(marked.pop((pages[element.Pg.objgen], kid), ""))
        elif kid.get("/Type") == "/OBJR":
            assert kid.Obj.Contents
            found.links.append(str(kid.Obj.Contents))
        else:
            found.children.append(_heard(kid, pages, marked))
    return found


def picture() -> bytes:
    written = BytesIO()
    Image.new("L", (60, 30), 99).save(written, "PNG")
    return written.getvalue()


FILES = Folder({"signature.png": picture(), "logo.png": picture()})
LETTERHEAD = Letterhead(
    logo=logo("logo.png", picture(), "logo.png"), colour="#1a4f8b", address=("1, rue Basse",)
)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    need_pages()
    return said_by(pdf_of(tmp_path_factory.mktemp("said"), EVERYTHING))


def pdf_of(folder: Path, body: str) -> bytes:
    for name in ("signature.png", "logo.png"):
        (folder / name).write_bytes(picture())
    page = letter_of(body)
    return Typesetter(folder).alone(page.key, page.page.html)


def letter_of(body: str) -> Letter:
    template = campaigns_letter(source=HEAD + body + END, files=FILES, letterhead=LETTERHEAD)
    page = template.render(FULLEST, Channel.PAPER)
    assert isinstance(page, Letter)
    return page


def kinds(within: Heard, *kinds: str) -> list[str]:
    return [each.kind for each in within.all() if each.kind in kinds]


def test_a_mailed_pdf_says_its_title_its_language_and_that_it_is_tagged(said: Said) -> None:
    assert said.root == {"lang": "fr", "marked": "True", "title": "True"}
    assert said.info["/Title"] == "Votre facture"
    assert 'pdfuaid:part="1"' in said.metadata
    assert "Votre facture" in said.metadata


def test_whatever_it_shows_is_heard_or_an_artifact(said: Said) -> None:
    assert said.tree.kind == "Document"
    assert [words for words in said.unmarked if words] == []
    assert said.unheard == []
    foot = " ".join(said.artifacts)
    assert re.search(r"page 1/\d", foot)
    assert "page 1/" not in said.tree.text


def test_it_is_heard_in_the_order_of_the_letter(tmp_path: Path) -> None:
    need_pages()
    without_notes = re.sub(r"\[\^\d\](: .*)?", "", EVERYTHING)
    heard = said_by(pdf_of(tmp_path, without_notes)).tree
    for sign in list(heard.all("Lbl")):
        sign.texts, sign.children = [], []
    html = letter_of(without_notes).page.html.partition("<body>")[2]
    html = re.sub(r'<div class="room">.*?</div>', "", html, flags=re.DOTALL)  # is not seen
    written = unescape(re.sub("<[^>]*>", "", html.partition("</div>")[2]))  # behind the reference
    assert bare(heard.text) == bare(written)


def bare(text: str) -> str:
    """Without pictures, nor spaces and hyphens, which the end of a line takes or brings."""
    return re.sub(r"[▣\s\x02\ufffe\u00ad\u2010-]", "", text)


def test_a_note_is_heard_at_the_end_of_its_page(said: Said) -> None:
    notes = [part.text for part in said.tree.children if part.kind == "NonStruct"]
    assert bare(" ".join(notes)) == "1.Unepremièrenote.2.Laseconde,pluslongue."


def test_a_table_says_what_heads_its_columns(said: Said) -> None:
    (table,) = said.tree.all("Table")
    assert kinds(table, "TR", "TH", "TD") == ["TR", "TH", "TH", "TR", "TD", "TD"]
    assert [(head.text, head.scope) for head in table.all("TH")] == [
        ("A", "Column"),
        ("B", "Column"),
    ]


def test_a_picture_with_words_is_a_figure_and_one_without_is_none(said: Said) -> None:
    (figure,) = said.tree.all("Figure")
    assert figure.alt == "La signature de tous"
    left, bottom, right, top = figure.box
    assert 0 < left < right < 595
    assert 0 < bottom < top < 842
    assert "▣" in said.artifacts


def test_a_link_is_told_once_and_says_where_it_leads(said: Said) -> None:
    links = {link.text: link.links for link in said.tree.all("Link")}
    assert links == {
        "https://example.org/a": ["https://example.org/a"],
        "le site": ["https://example.org/b"],
    }
    assert said.links == 2
    assert not [each for each in said.tree.all() if each.links and each.kind != "Link"]


def test_a_letter_in_another_language_says_so(tmp_path: Path) -> None:
    need_pages()
    page = compiled("Guten Tag.").render(ANN, Channel.PAPER)
    assert isinstance(page, Letter)
    said = said_by(Typesetter(tmp_path).alone(page.key, page.page.html))
    assert said.root["lang"] == "de"
    assert "Guten Tag." in said.tree.text
