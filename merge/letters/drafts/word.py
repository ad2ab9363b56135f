"""A Word file (.docx) → Markdown with blanks, and its pictures; the door to mammoth."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from merge.errors import LetterError
from merge.letters.drafts import fieldcodes, fromhtml, packages, word_fields, word_layout
from merge.letters.drafts import word_xml as xml
from merge.letters.drafts.unplaced import Kind, Unplaced, first_words, missing

_DOCUMENT = re.compile(r"word/document\d*\.xml")  # Word in a browser also writes document2.xml
_WITH_FIELDS = re.compile(r"word/(?:document|footnotes|endnotes)\d*\.xml")
_MARGINS = re.compile(r"word/(?:header|footer)\d*\.xml\Z")
_PICTURE = re.compile(
    r'<img(?P<alt> alt="[^"]*")? src="(?:data:(?P<kind>[^;"]*);base64,(?P<content>[^"]*))?"'
    r'(?P<width> width="[^"]*")? />'
)
_LOGO_ENDINGS: Mapping[str, str] = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "gif": "gif"}
_ENDINGS: Mapping[str, str] = {
    **dict.fromkeys(("image/png", "image/x-png"), "png"),
    **dict.fromkeys(("image/jpeg", "image/jpg", "image/pjpeg"), "jpg"),
    "image/gif": "gif",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordLetter:
    """The Markdown, the pictures by the names that it gives them, and what was left out."""

    markdown: str
    pictures: Mapping[str, bytes]
    unplaced: tuple[Unplaced, ...]


def read(content: bytes) -> WordLetter:
    """What a .docx says.

    LetterError: "letter-not-word" when it is none, and those of `packages.unpacked`.
    """
    try:
        parts = packages.unpacked(content, needed=_DOCUMENT)
        told = [*_fonts(parts), *_resolved(parts)]
        logos: dict[str, bytes] = {}
        told += _of_margins(parts, logos)
        shown, names = _shown(parts, told)
        told += word_layout.laid_out(shown)
        html, pictures, lost = _converted(_packed(shown))
        told += [Unplaced(kind="picture", words=name) for name in lost]
        letter = fromhtml.read(html)
        told += letter.unplaced
        unseen = names - Counter(re.findall(r"\[[^\[\]]+\]", letter.markdown))
        told += [Unplaced(kind="field", words=name) for name in unseen]
        told += missing(_paragraphs(shown), letter.markdown, told)
    except LetterError:
        raise
    except Exception as error:
        # zipfile, both XML parsers and mammoth raise what they like over a damaged file.
        raise LetterError("letter-not-word") from error
    return WordLetter(
        markdown=letter.markdown,
        pictures={**pictures, **logos},
        unplaced=tuple(told),
    )


# --- what is told and not converted ---------------------------------------------------------------


def _resolved(parts: MutableMapping[str, bytes]) -> list[Unplaced]:
    """Take tracked changes as accepted, and tell each; tell the comments."""
    told: list[Unplaced] = []
    comments = _comments(parts)
    for part in sorted(filter(_WITH_FIELDS.fullmatch, parts)):
        root = xml.parse(parts[part])
        for paragraph in xml.descendants(root, "p"):
            place = first_words(xml.said(paragraph))
            for change in xml.within(paragraph, "p", "ins", "moveTo", "del", "moveFrom"):
                kind: Kind = "deleted" if xml.name(change) in ("del", "moveFrom") else "inserted"
                if words := xml.said_in(change):
                    told.append(Unplaced(kind=kind, words=words, place=place))
            marks = xml.within(paragraph, "p", "commentReference")
            said = (comments.get(xml.attribute(mark, "id"), "") for mark in marks)
            told += [Unplaced(kind="comment", words=words, place=place) for words in said if words]
        for parent in list(root.iter()):
            if xml.name(parent) != "rPr":  # there it says that the paragraph's end was deleted
                for child in [c for c in parent if xml.name(c) in ("del", "moveFrom")]:
                    if xml.name(parent) != "trPr":
                        parent.remove(child)
        parts[part] = xml.packed(root)
    return told


def _fonts(parts: Mapping[str, bytes]) -> Iterator[Unplaced]:
    """The fonts that the text names itself; what a program sets by default nobody has chosen."""
    names: dict[str, None] = {}
    for part in sorted(filter(_DOCUMENT.fullmatch, parts)):
        for fonts in xml.descendants(xml.parse(parts[part]), "rFonts"):
            if name := xml.attribute(fonts, "ascii"):
                names[name] = None
    if names:
        yield Unplaced(kind="font", words=", ".join(sorted(names)))


def _comments(parts: Mapping[str, bytes]) -> dict[str, str]:
    part = parts.get("word/comments.xml")
    found = () if part is None else xml.descendants(xml.parse(part), "comment")
    return {xml.attribute(each, "id"): xml.said(each) for each in found}


def _of_margins(parts: Mapping[str, bytes], pictures: dict[str, bytes]) -> list[Unplaced]:
    """Words of headers and footers, and the pictures there, which are put among `pictures`."""
    told: dict[Unplaced, None] = {}  # most files have the same header several times
    for part in sorted(filter(_MARGINS.match, parts)):
        root = xml.parse(parts[part])
        place = "header" if part.startswith("word/header") else "footer"
        if words := xml.said(root):
            told[Unplaced(kind="margin", words=words, place=place)] = None
        related = parts.get(f"word/_rels/{part.removeprefix('word/')}.rels")
        targets = {} if related is None else _targets(related)
        for blip in xml.descendants(root, "blip", "imagedata"):
            target = targets.get(xml.attribute(blip, "embed") or xml.attribute(blip, "id"), "")
            file = f"word/{target}" if not target.startswith("/") else target[1:]
            ending = target.rpartition(".")[2].casefold()
            if file in parts and ending in _LOGO_ENDINGS:
                name = next((n for n, c in pictures.items() if c == parts[file]), "")
                name = name or f"logo-{len(pictures) + 1}.{_LOGO_ENDINGS[ending]}"
                pictures[name] = parts[file]
                told[Unplaced(kind="logo", words=name, place=place)] = None
            elif target:
                told[Unplaced(kind="picture", words=target, place=place)] = None
    return list(told)


def _targets(related: bytes) -> dict[str, str]:
    return {
        each.attrib.get("Id", ""): each.attrib.get("Target", "")
        for each in xml.descendants(xml.parse(related), "Relationship")
    }


def _paragraphs(parts: Mapping[str, bytes]) -> Iterator[str]:
    """What each paragraph of the text and its notes says."""
    for part in sorted(filter(_WITH_FIELDS.fullmatch, parts)):
        yield from map(xml.said, xml.descendants(xml.parse(parts[part]), "p"))


def _shown(
    parts: Mapping[str, bytes], told: list[Unplaced]
) -> tuple[dict[str, bytes], Counter[str]]:
    """The parts with their fields made visible, and the blanks that these are."""
    shown = dict(parts)
    names: Counter[str] = Counter()
    reader = fieldcodes.FieldReader()
    for name in sorted(filter(_WITH_FIELDS.fullmatch, parts)):  # the document comes first
        made = word_fields.visible(parts[name], reader)
        shown[name] = made.part
        names.update(made.names)
        told += made.untold
    return shown, names


def _packed(parts: Mapping[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name, part in parts.items():
            package.writestr(name, part)
    packed.seek(0)
    return packed


def _converted(file: io.BytesIO) -> tuple[str, dict[str, bytes], list[str]]:
    """The HTML, its pictures, and the names of those that cannot be shown."""
    import mammoth

    # A picture on somebody's disk or in the network is not fetched; one that is not in the file
    # must not cost the letter.
    def attributes(image: Any) -> dict[str, str]:
        width, words = word_layout.width_and_words(image.alt_text)
        said = {"alt": words, **({"width": width} if width else {})}
        try:
            (shown,) = mammoth.images.data_uri(image)
        except (KeyError, ValueError, OSError):  # mammoth: not in the file; linked; not readable
            return {**said, "src": ""}
        return {**said, "src": str(shown.attributes["src"])}

    html = mammoth.convert_to_html(
        file,
        convert_image=mammoth.images.img_element(attributes),
        style_map=word_layout.STYLE_MAP,
        include_embedded_style_map=False,
        external_file_access=False,
    ).value
    pictures: dict[str, bytes] = {}
    lost: list[str] = []

    def named(found: re.Match[str]) -> str:
        name = f"picture-{len(pictures) + len(lost) + 1}"
        kind = found["kind"] or ""
        if kind in _ENDINGS:
            name += f".{_ENDINGS[kind]}"
            pictures[name] = base64.b64decode(found["content"])
            return f'<img{found["alt"] or ""} src="{name}"{found["width"] or ""} />'
        lost.append(f"{name} ({kind})" if kind else name)
        return f'<img alt="{lost[-1]}" src="" />'  # stays as a blank

    return _PICTURE.sub(named, html), pictures, lost
