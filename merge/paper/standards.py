"""What a PDF says of the standard that it is made to: for a print shop, or for an archive.

PDF/X-4 (ISO 15930-7) with document parts (PDF/VT-1, ISO 16612-2) or PDF/A-2u (ISO 19005-2). No
validator of these standards looked at it, so it is *made to* one and never called conformant. All
of it is made last, from the title and the date of the whole: nothing is taken from its parts.
"""

from __future__ import annotations

import hashlib
import importlib.resources
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from xml.sax.saxutils import escape

from merge.model import MadeFor
from merge.paper import profiles

if TYPE_CHECKING:
    from pikepdf import Pdf

PROGRAM = "publipostage"

VERSIONS: Mapping[MadeFor, str] = {"printer": "1.7", "shop": "1.6", "archive": "1.7"}
"""The version of PDF that each standard is built on."""

_INTENTS: Mapping[str, MadeFor] = {"/GTS_PDFX": "shop", "/GTS_PDFA1": "archive"}


def whom_for(pdf: Pdf) -> MadeFor:
    """What a lot was made for: it says so itself."""
    for intent in pdf.Root.get("/OutputIntents", ()):
        if made_for := _INTENTS.get(str(intent.S)):
            return made_for
    return "printer"


def declare(pdf: Pdf, made_for: MadeFor, *, title: str, at: datetime) -> None:
    """Say of the whole what it is made to, once all of its pages are in it. Nothing for a printer.

    The same pages, title and date are the same document, with the same names for it.
    """
    if made_for == "printer":
        return
    from pikepdf import Array, Name

    pdf.Root.OutputIntents = Array([_intent(pdf, made_for)])
    seed = f"{made_for} {title} {at.isoformat()} {len(pdf.pages)}"
    metadata = pdf.make_stream(_xmp(made_for, title, at, seed, has_parts="/DPartRoot" in pdf.Root))
    metadata.Type, metadata.Subtype = Name.Metadata, Name.XML
    pdf.Root.Metadata = metadata
    if made_for == "shop":
        pdf.docinfo["/ModDate"] = pdf.docinfo["/CreationDate"]
        pdf.docinfo["/Trapped"] = Name("/False")


def _intent(pdf: Pdf, made_for: MadeFor) -> object:
    from pikepdf import Dictionary, Name, String

    if made_for == "shop":
        profile, channels, kind = profiles.content(profiles.FOGRA47), 4, Name.GTS_PDFX
        names = {
            "OutputConditionIdentifier": "FOGRA47",
            "OutputCondition": "Offset, uncoated white paper (ISO 12647-2, paper type 4)",
            "RegistryName": "http://www.color.org",
            "Info": "FOGRA47L Uncoated",
        }
    else:
        # WeasyPrint brings it, and the letters are set in its colours.
        srgb = importlib.resources.files("weasyprint.pdf").joinpath("sRGB2014.icc")
        profile, channels, kind = srgb.read_bytes(), 3, Name.GTS_PDFA1
        names = {
            "OutputConditionIdentifier": "sRGB IEC61966-2.1",
            "RegistryName": "http://www.color.org",
            "Info": "sRGB IEC61966-2.1",
        }
    stream = pdf.make_stream(profile)
    stream.N = channels
    intent = Dictionary(Type=Name.OutputIntent, S=kind, DestOutputProfile=stream)
    for key, said in names.items():
        intent[f"/{key}"] = String(said)
    return pdf.make_indirect(intent)


def _xmp(made_for: MadeFor, title: str, at: datetime, seed: str, *, has_parts: bool) -> bytes:
    """The same as the document's information, and the standard, for whoever reads XMP."""
    date = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    document, instance = (
        f"uuid:{UUID(bytes=hashlib.sha256(f'{what} {seed}'.encode()).digest()[:16], version=4)}"
        for what in ("document", "instance")
    )
    values = {
        "xmp:CreateDate": date,
        "xmp:ModifyDate": date,
        "xmp:MetadataDate": date,
        "xmp:CreatorTool": PROGRAM,
        "xmpMM:DocumentID": document,
        "xmpMM:InstanceID": instance,
        "xmpMM:VersionID": "1",
        "xmpMM:RenditionClass": "default",
    }
    if made_for == "archive":
        del values["xmp:ModifyDate"]  # as the document's information, which has none
        values |= {"pdfaid:part": "2", "pdfaid:conformance": "U"}
    else:
        values |= {"pdf:Trapped": "False", "pdfxid:GTS_PDFXVersion": "PDF/X-4"}
    if has_parts:
        values |= {"pdfvtid:GTS_PDFVTVersion": "PDF/VT-1", "pdfvtid:GTS_PDFVTModDate": date}
    listed = "".join(f"<{name}>{escape(value)}</{name}>\n" for name, value in values.items())
    return (
        '<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about=""'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:pdf="http://ns.adobe.com/pdf/1.3/"'
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"'
        ' xmlns:pdfvtid="http://www.npes.org/pdfvt/ns/id/"'
        ' xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">\n'
        "<dc:format>application/pdf</dc:format>\n"
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt>'
        f"</dc:title>\n{listed}"
        '</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="r"?>'
    ).encode()
