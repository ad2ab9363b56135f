"""Word files: small ones of the parts that a test is about, and whole ones as Word writes them,
with content types, styles and numbers, so that LibreOffice reads them too.

In text files their XML is shorter: names have no "w:", <run b i>words</run> is a run of that look,
‹ CODE › the code of a field, which is ⦃code⦙what it shows⦄.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from html import escape, unescape

from PIL import Image

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
PNG = b"\x89PNG\r\n\x1a\n picture"
SPACES = (
    f'xmlns:w="{W}" xmlns:r="{R}" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)
NUMBERING = (
    f'<w:numbering {SPACES}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
    '<w:numFmt w:val="bullet"/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="1">'
    '<w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
)


def docx(body: str, *, parts: dict[str, str | bytes] | None = None) -> bytes:
    """A Word file with that body, as small as one can be."""
    kinds = "".join(
        f'<Default Extension="{ending}" ContentType="{kind}"/>'
        for ending, kind in (
            ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
            ("xml", "application/xml"),
            ("png", "image/png"),
            ("emf", "image/x-emf"),
        )
    )
    related = "".join(
        f'<Relationship Id="{name}" Type="{R}/{kind}" Target="{target}"{mode}/>'
        for name, kind, target, mode in (
            ("link", "hyperlink", "https://example.org/a_(b)", ' TargetMode="External"'),
            ("png", "image", "media/image1.png", ""),
            ("emf", "image", "media/image2.emf", ""),
            ("away", "image", "file:///etc/passwd", ' TargetMode="External"'),
            ("numbers", "numbering", "numbering.xml", ""),
        )
    )
    everything: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}">{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELATED}"><Relationship Id="r" '
        f'Type="{R}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{RELATED}">{related}'
        "</Relationships>",
        "word/numbering.xml": NUMBERING,
        "word/document.xml": f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
        "word/media/image1.png": PNG,
        "word/media/image2.emf": b"emf",
        **(parts or {}),
    }
    return zipped(everything)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """The file of those parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def run(text: str, *forms: str) -> str:
    look = "".join(f"<w:{form}/>" for form in forms)
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def simple(code: str, shown: str = "Rennes", *forms: str) -> str:
    return f'<w:fldSimple w:instr="{escape(code)}">{run(shown, *forms)}</w:fldSimple>'


def char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def code(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve">{escape(text)}</w:instrText></w:r>'


def field(words: str, *result: str) -> str:
    """A complex field whose code is split over runs, as Word does."""
    half = len(words) // 2
    shown = char("separate") + "".join(result) if result else ""
    return char("begin") + code(words[:half]) + code(words[half:]) + shown + char("end")


_FIELD = {
    "⦃": char("begin"),
    "⦙": char("separate"),
    "⦄": char("end"),
    "‹": '<w:r><w:instrText xml:space="preserve">',
    "›": "</w:instrText></w:r>",
}
_TAG = re.compile(r"<(/?)(?!run\b)([A-Za-z]\w*)(?=[\s/>])([^<>]*)>")
_ATTRIBUTE = re.compile(r'(?<=\s)(\w+=")')
_RUN = re.compile("<run([^<>]*)>([^<]*)</run>")


def expanded(short: str) -> str:
    """The XML that is written so in a text file."""
    named = _TAG.sub(
        lambda tag: f"<{tag[1]}w:{tag[2]}" + _ATTRIBUTE.sub(r"w:\1", tag[3]) + ">", short
    )
    for sign, xml in _FIELD.items():
        named = named.replace(sign, xml)
    return _RUN.sub(lambda found: run(unescape(found[2]), *found[1].split()), named)


_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"
_KINDS = {
    "document": f"{_MAIN}.document.main+xml",
    "styles": f"{_MAIN}.styles+xml",
    "numbering": f"{_MAIN}.numbering+xml",
    "footnotes": f"{_MAIN}.footnotes+xml",
    "header1": f"{_MAIN}.header+xml",
    "footer1": f"{_MAIN}.footer+xml",
    "comments": f"{_MAIN}.comments+xml",
}
STYLES = (
    f'<w:styles {SPACES}><w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
    '<w:name w:val="Normal"/></w:style>'
    + "".join(
        f'<w:style w:type="paragraph" w:styleId="Titre{n}"><w:name w:val="heading {n}"/>'
        f'<w:basedOn w:val="Normal"/><w:pPr><w:outlineLvl w:val="{n - 1}"/></w:pPr>'
        "<w:rPr><w:b/></w:rPr></w:style>"
        for n in (1, 2, 3)
    )
    + '<w:style w:type="paragraph" w:styleId="Droite"><w:name w:val="Droite"/>'
    '<w:basedOn w:val="Normal"/><w:pPr><w:jc w:val="right"/></w:pPr></w:style>'
    '<w:style w:type="table" w:styleId="Grilledutableau"><w:name w:val="Table Grid"/>'
    '<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="4"/><w:insideH w:val="single" w:sz="4"/>'
    "</w:tblBorders></w:tblPr></w:style></w:styles>"
)


def png(width: int = 40, height: int = 20) -> bytes:
    """A picture of one colour, whose file is small however large it is."""
    written = io.BytesIO()
    Image.new("1", (width, height)).save(written, "PNG", optimize=True)
    return written.getvalue()


def word_file(
    body: str,
    *,
    footnotes: str = "",
    header: str = "",
    footer: str = "",
    comments: str = "",
    numbering: str = NUMBERING,
) -> bytes:
    """A Word file with that body; notes, header, footer and comments by their inner XML."""
    parts: dict[str, str] = {
        "styles": STYLES,
        "numbering": numbering,
        "footnotes": footnotes and f"<w:footnotes {SPACES}>{footnotes}</w:footnotes>",
        "header1": header and f"<w:hdr {SPACES}>{header}</w:hdr>",
        "footer1": footer and f"<w:ftr {SPACES}>{footer}</w:ftr>",
        "comments": comments and f"<w:comments {SPACES}>{comments}</w:comments>",
    }
    parts = {name: content for name, content in parts.items() if content}
    margins = "".join(
        f'<w:{name[:-1]}Reference w:type="default" r:id="{name}"/>'
        for name in ("header1", "footer1")
        if name in parts
    )
    page = '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1417" w:right="1417" '
    page += 'w:bottom="1417" w:left="1417" w:header="708" w:footer="708" w:gutter="0"/>'
    parts["document"] = (
        f"<w:document {SPACES}><w:body>{body}<w:sectPr>{margins}{page}</w:sectPr></w:body>"
        "</w:document>"
    )
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_KINDS[name]}"/>' for name in parts
    )
    related = "".join(
        f'<Relationship Id="{name}" Type="{R}/{name.rstrip("1")}" Target="{name}.xml"/>'
        for name in parts
        if name != "document"
    )
    picture = f'<Relationship Id="png" Type="{R}/image" Target="media/image1.png"/>'
    link = (
        f'<Relationship Id="link" Type="{R}/hyperlink" Target="https://example.org/page" '
        'TargetMode="External"/>'
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    everything: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{head}<Types xmlns="{TYPES}">'
        f'<Default Extension="rels" ContentType="{_RELATIONS}"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="png" ContentType="image/png"/>{overrides}</Types>',
        "_rels/.rels": f'{head}<Relationships xmlns="{RELATED}"><Relationship Id="r" '
        f'Type="{R}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'{head}<Relationships xmlns="{RELATED}">{related}'
        f"{picture}{link}</Relationships>",
        "word/media/image1.png": png(),
    }
    for name, content in parts.items():
        everything[f"word/{name}.xml"] = head + content
        if name in ("header1", "footer1"):
            relation = f'{head}<Relationships xmlns="{RELATED}">{picture}</Relationships>'
            everything[f"word/_rels/{name}.xml.rels"] = relation
    return zipped(everything)


# --- LibreOffice's ---

_ODF = "urn:oasis:names:tc:opendocument:xmlns"
ODF_SPACES = " ".join(
    f'xmlns:{short}="{_ODF}:{short}:1.0"' for short in ("office", "text", "manifest")
)
ODF_SPACES += f' xmlns:draw="{_ODF}:drawing:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'


def odt_file(body: str, *, parts: dict[str, str | bytes] | None = None) -> bytes:
    """A text of LibreOffice with that body, as small as one can be."""
    everything: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"<office:document-content {ODF_SPACES}><office:body><office:text>{body}"
        "</office:text></office:body></office:document-content>",
        **(parts or {}),
    }
    return zipped(everything)
