"""Word files as Word writes them: with content types, styles and numbers, so that LibreOffice
reads them too. Tests that compare the two begin here.
"""

from __future__ import annotations

import struct
import zlib

from tests.rooms.letters.test_word import NUMBERING, RELATED, SPACES, TYPES, R, zipped

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
    """A small picture of one colour."""
    rows = b"".join(b"\0" + b"\x1a\x4f\x8b" * width for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    end = chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + end


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
