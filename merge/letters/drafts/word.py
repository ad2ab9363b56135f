"""A Word file (.docx) → Markdown with blanks, and its pictures; the door to mammoth."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element

from merge.errors import LetterError
from merge.letters.drafts import fieldcodes, fromhtml, packages, word_fields, word_layout
from merge.letters.drafts import word_xml as xml
from merge.letters.drafts.unplaced import (
    Kind,
    Unplaced,
    first_words,
    fonts_told,
    missing,
    usual_font,
)
from merge.letters.drafts.word_styles import Styles

_DOCUMENT = re.compile(r"word/document\d*\.xml")  # Word in a browser also writes document2.xml
_TEXT = re.compile(r"word/(?:document|footnotes|endnotes)\d*\.xml")
_MARGINS = re.compile(r"word/(?:header|footer)\d*\.xml\Z")
_PICTURE = re.compile(
    r'<img(?P<alt> alt="[^"]*")? src="(?:data:(?P<kind>[^;"]*);base64,(?P<content>[^"]*))?"'
    r'(?P<width> width="[^"]*")? />'
)
_ENDINGS: Mapping[str, str] = {
    **dict.fromkeys(("image/png", "image/x-png"), "png"),
    **dict.fromkeys(("image/jpeg", "image/jpg", "image/pjpeg"), "jpg"),
    "image/gif": "gif",
}

_Texts: TypeAlias = Mapping[str, Element]
"""The parts with words by their names, the document first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordLetter:
    """The Markdown, the pictures by the names that it gives them, and what was left out. `fields`
    are the blanks that were merge fields, `font` that of most of the text where somebody chose it.
    """

    markdown: str
    pictures: Mapping[str, bytes]
    unplaced: tuple[Unplaced, ...]
    fields: frozenset[str] = frozenset()
    font: str = ""


def read(content: bytes) -> WordLetter:
    """What a .docx says.

    LetterError: "letter-not-word" when it is none, and those of `packages.unpacked`.
    """
    try:
        parts = packages.unpacked(content, needed=_DOCUMENT)
        # Those with words, which all that follows changes in place.
        texts = {name: xml.parse(parts[name]) for name in sorted(filter(_TEXT.fullmatch, parts))}
        styles = Styles(parts.get("word/styles.xml"))
        font = _usual_font(texts, styles)
        told = [*_fonts(texts, styles), *_resolved(texts, _comments(parts))]
        logos: dict[str, bytes] = {}
        told += _of_margins(parts, logos)
        reader = fieldcodes.FieldReader()
        names = _shown(texts, told, reader)
        layout = word_layout.WordLayout(parts)
        for name, root in texts.items():
            layout.rewrite(root, is_note="document" not in name)
        told += layout.told
        changed = {name: xml.packed(root) for name, root in texts.items()}
        html, pictures, lost = _converted(_packed({**parts, **layout.numbering, **changed}))
        told += [Unplaced(kind="picture", words=name) for name in lost]
        letter = fromhtml.read(html)
        told += letter.unplaced
        unseen = names - Counter(re.findall(r"\[[^\[\]]+\]", letter.markdown))
        told += [Unplaced(kind="field", words=name) for name in unseen]
        paragraphs = (p for root in texts.values() for p in xml.descendants(root, "p"))
        told += missing(map(xml.said, paragraphs), letter.markdown, told)
    except LetterError:
        raise
    except Exception as error:
        # zipfile, both XML parsers and mammoth raise what they like over a damaged file.
        raise LetterError("letter-not-word") from error
    return WordLetter(
        markdown=letter.markdown,
        pictures={**pictures, **logos},
        unplaced=tuple(told),
        fields=frozenset(reader.columns),
        font=font,
    )


# --- what is told and not converted ---------------------------------------------------------------


def _resolved(texts: _Texts, comments: Mapping[str, str]) -> Iterator[Unplaced]:
    """Take tracked changes as accepted, and tell each; tell the comments."""
    for root in texts.values():
        for paragraph in xml.descendants(root, "p"):
            place = first_words(xml.said(paragraph))
            for change in xml.within(paragraph, "p", "ins", "moveTo", "del", "moveFrom"):
                kind: Kind = "deleted" if xml.name(change) in ("del", "moveFrom") else "inserted"
                if words := xml.said_in(change):
                    yield Unplaced(kind=kind, words=words, place=place)
            for mark in xml.within(paragraph, "p", "commentReference"):
                if words := comments.get(xml.attribute(mark, "id"), ""):
                    yield Unplaced(kind="comment", words=words, place=place)
        for parent in list(root.iter()):
            if xml.name(parent) not in ("rPr", "trPr"):  # there it says that an end was deleted
                for child in [c for c in parent if xml.name(c) in ("del", "moveFrom")]:
                    parent.remove(child)


def _fonts(texts: _Texts, styles: Styles) -> Iterator[Unplaced]:
    """The fonts that the text names itself, and those of its styles."""
    root = next(root for part, root in texts.items() if _DOCUMENT.fullmatch(part))
    names = {xml.attribute(fonts, "ascii") for fonts in xml.descendants(root, "rFonts")}
    written = filter(xml.said, xml.descendants(root, "p"))
    return fonts_told(names, (font for each in written for font in styles.fonts(each)))


def _usual_font(texts: _Texts, styles: Styles) -> str:
    root = next(root for part, root in texts.items() if _DOCUMENT.fullmatch(part))
    set_in: Counter[str] = Counter()
    for paragraph in xml.descendants(root, "p"):
        for run in xml.within(paragraph, "p", "r"):
            signs = sum(len(each.text or "") for each in run if xml.name(each) == "t")
            set_in[styles.font_of(run, paragraph)] += signs
    return usual_font(set_in)


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
            if file in parts and (ending := packages.picture_ending(target)):
                name = next((n for n, c in pictures.items() if c == parts[file]), "")
                name = name or f"logo-{len(pictures) + 1}.{ending}"
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


def _shown(texts: _Texts, told: list[Unplaced], reader: fieldcodes.FieldReader) -> Counter[str]:
    """Make the fields visible; the blanks that these are."""
    names: Counter[str] = Counter()
    for root in texts.values():  # the document comes first
        made = word_fields.show(root, reader)
        names.update(made.names)
        told += made.untold
    return names


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
