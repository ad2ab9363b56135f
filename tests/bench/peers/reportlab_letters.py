"""ReportLab's platypus: a file a letter ("reportlab-each"), or all in one ("reportlab-all")."""

import csv
import json
import sys
from pathlib import Path

import jinja2
from reportlab.lib.enums import TA_JUSTIFY, TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    ActionFlowable,
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
)

TEXT, LINE = 11, 11 * 1.36
MARGIN, FOOT = 20 * mm, 22 * mm


class Window(Flowable):  # type: ignore[misc]  # ReportLab has no types
    """Lines that stand in the window of the envelope, wherever the text is."""

    def __init__(self, lines):
        super().__init__()
        self.lines = lines

    def wrap(self, _width, _height):
        """It takes no room."""
        return 0, 0

    def drawOn(self, canvas, _x, _y, _sW=0):
        """At 105 and 55 mm from the corner of the sheet."""
        canvas.setFont("Mono", 10)
        for number, line in enumerate(self.lines):
            canvas.drawString(105 * mm, A4[1] - 55 * mm - 9 - number * 3.95 * mm, line)


def fonts(folder):
    """The same files that all others use."""
    for name, file in (
        ("Serif", "LiberationSerif-Regular"),
        ("Serif-Bold", "LiberationSerif-Bold"),
        ("Mono", "LiberationMono-Regular"),
    ):
        pdfmetrics.registerFont(TTFont(name, f"{folder}/{file}.ttf"))
    pdfmetrics.registerFontFamily(
        "Serif", normal="Serif", bold="Serif-Bold", italic="Serif", boldItalic="Serif-Bold"
    )


def styles():
    """Justified and hyphenated, as pyphen hyphenates; no kerning, which ReportLab has not."""
    left = ParagraphStyle("left", fontName="Serif", fontSize=TEXT, leading=LINE, alignment=TA_LEFT)
    body = ParagraphStyle(
        "body",
        parent=left,
        alignment=TA_JUSTIFY,
        spaceAfter=2.6 * mm,
        hyphenationLang="fr_FR",
        hyphenationMinWordLength=6,
        allowOrphans=0,
        allowWidows=0,
    )
    return {
        "sender": ParagraphStyle("sender", parent=left, fontSize=10, leading=13),
        "opening": ParagraphStyle("opening", parent=left, leftIndent=85 * mm),
        "subject": ParagraphStyle("subject", parent=left, fontName="Serif-Bold", spaceAfter=4 * mm),
        "body": body,
        "signature": ParagraphStyle(
            "signature", parent=left, leftIndent=85 * mm, spaceBefore=12 * mm
        ),
        "foot": ParagraphStyle("foot", parent=left, fontSize=8, leading=10, textColor="#333333"),
    }


def document(path):
    """A4, with the reference and the page's number at the foot of every page."""

    def foot(canvas, doc):
        canvas.setFont("Serif", 8)
        canvas.drawString(MARGIN, 11 * mm, doc.reference)
        canvas.drawRightString(A4[0] - MARGIN, 11 * mm, f"page {doc.page - doc.before}/2")

    doc = BaseDocTemplate(str(path), pagesize=A4, pageCompression=1)
    frame = Frame(MARGIN, FOOT, A4[0] - 2 * MARGIN, A4[1] - MARGIN - FOOT, 0, 0, 0, 0)
    doc.addPageTemplates(PageTemplate(frames=[frame], onPageEnd=foot))
    doc.reference, doc.before = "", 0
    return doc


class Begin(ActionFlowable):  # type: ignore[misc]  # the same
    """From here on, pages are those of another letter."""

    def __init__(self, reference):
        super().__init__(("begin",))
        self.reference = reference

    def apply(self, doc):
        """Take its reference, and count its pages from one."""
        doc.reference, doc.before = self.reference, doc.page - 1


def story(blocks, style):
    """The letter's blocks as ReportLab's flowables."""
    reference = next(text for place, text in blocks if place == "reference")
    yield Begin(reference)
    head = [Paragraph(text, style[place]) for place, text in blocks if place == "sender"]
    yield Window(next(text for place, text in blocks if place == "window").split("<br/>"))
    yield from head
    yield Spacer(0, 63 * mm - 4 * 13)
    closing = []
    for place, text in blocks:
        if place in ("opening", "subject", "body"):
            yield Paragraph(text, style[place])
            if place == "opening" and text.startswith("Le"):
                yield Spacer(0, 5 * mm)
        elif place in ("closing", "signature"):
            closing.append(Paragraph(text, style["body" if place == "closing" else "signature"]))
    yield KeepTogether(closing)
    yield Spacer(0, 10 * mm)
    yield KeepTogether(
        [Paragraph(text, style["foot"]) for place, text in blocks if place == "foot"]
    )


def main(how: str, folder: Path) -> None:
    """Blocks of (place, markup) come filled from a template, as everybody's do."""
    fonts((folder / "fonts.txt").read_text(encoding="utf-8"))
    source = (folder / "letter.json").read_text(encoding="utf-8")
    template = jinja2.Environment(autoescape=False).from_string(source)  # noqa: S701 - no HTML
    with (folder / "reportlab.csv").open(encoding="utf-8", newline="") as file:
        letters = [json.loads(template.render(row=row)) for row in csv.DictReader(file)]
    style = styles()
    if how == "reportlab-each":
        for number, blocks in enumerate(letters):
            document(folder / how / f"{number}.pdf").build(list(story(blocks, style)))
        return
    flowables = [each for blocks in letters for each in (PageBreak(), *story(blocks, style))]
    document(folder / how / "all.pdf").build(flowables[1:])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
