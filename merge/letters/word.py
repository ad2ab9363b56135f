"""A Word file (.docx) → Markdown with blanks, and its pictures; the door to mammoth."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from merge.errors import LetterError
from merge.letters import fromhtml, wordfields

_DOCUMENT = re.compile(r"word/document\d*\.xml")  # Word in a browser also writes document2.xml
_MEGABYTES_AT_MOST = 50  # of all parts, unpacked: a zip can ask for any amount of memory
_TEXT_MEGABYTES_AT_MOST = 5  # of XML, which becomes objects of many times its size
_WITH_FIELDS = re.compile(r"word/(?:document|footnotes|endnotes)\d*\.xml")
_MARGINS = re.compile(r"word/(?:header|footer)\d*\.xml\Z")
_PICTURE = re.compile(
    r'<img(?P<alt> alt="[^"]*")? src="(?:data:(?P<kind>[^;"]*);base64,(?P<content>[^"]*))?" />'
)
_ENDINGS: Mapping[str, str] = {
    **dict.fromkeys(("image/png", "image/x-png"), "png"),
    **dict.fromkeys(("image/jpeg", "image/jpg", "image/pjpeg"), "jpg"),
    "image/gif": "gif",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """What the Word file holds and the letter does not.

    "field": a blank where no letter has words; "margin": words of a header or a footer; "struck":
    words that are struck out; "picture": one of a kind that no mail program shows, or that is not
    in the file.
    """

    kind: Literal["field", "margin", "struck", "picture"]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordLetter:
    """The Markdown, the pictures by the names that it gives them, and what was left out."""

    markdown: str
    pictures: Mapping[str, bytes]
    unplaced: tuple[Unplaced, ...]


def read(content: bytes) -> WordLetter:
    """What a .docx says.

    LetterError: "letter-not-word" when it is none, "letter-too-large" (`megabytes` at most).
    """
    try:
        parts = _parts(content)
        shown, names = _shown(parts)
        html, pictures, lost = _converted(_packed(shown))
        margins = [wordfields.words(parts[name]) for name in sorted(parts) if _MARGINS.match(name)]
    except LetterError:
        raise
    except Exception as error:
        # zipfile, both XML parsers and mammoth raise what they like over a damaged file.
        raise LetterError("letter-not-word") from error
    markdown = fromhtml.markdown(html)
    missing = names - Counter(re.findall(r"\[[^\[\]]+\]", markdown))
    return WordLetter(
        markdown=markdown,
        pictures=pictures,
        unplaced=(
            *(Unplaced(kind="field", words=name) for name in missing),
            *(Unplaced(kind="margin", words=said) for said in dict.fromkeys(margins) if said),
            *(Unplaced(kind="struck", words=said) for said in fromhtml.struck_out(html)),
            *(Unplaced(kind="picture", words=name) for name in lost),
        ),
    )


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        members = package.infolist()
        if not any(_DOCUMENT.fullmatch(member.filename) for member in members):
            raise LetterError("letter-not-word")
        texts = sum(each.file_size for each in members if each.filename.endswith(".xml"))
        whole = sum(each.file_size for each in members)
        for size, most in ((whole, _MEGABYTES_AT_MOST), (texts, _TEXT_MEGABYTES_AT_MOST)):
            if size > most * 1_000_000:
                raise LetterError("letter-too-large", megabytes=most)
        return {each.filename: package.read(each) for each in members if not each.is_dir()}


def _shown(parts: Mapping[str, bytes]) -> tuple[dict[str, bytes], Counter[str]]:
    """The parts with their fields made visible, and the blanks that these are."""
    shown = dict(parts)
    names: Counter[str] = Counter()
    for name, part in parts.items():
        if _WITH_FIELDS.fullmatch(name):
            shown[name], found = wordfields.visible(part)
            names.update(found)
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
    without_content = mammoth.images.img_element(lambda _image: {"src": ""})

    def with_content(image: Any) -> Any:
        try:
            return mammoth.images.data_uri(image)
        except (KeyError, ValueError, OSError):  # mammoth: not in the file; linked; not readable
            return without_content(image)

    html = mammoth.convert_to_html(
        file,
        convert_image=with_content,
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
            return f'<img{found["alt"] or ""} src="{name}" />'
        lost.append(f"{name} ({kind})" if kind else name)
        return f'<img alt="{lost[-1]}" src="" />'  # stays as a blank

    return _PICTURE.sub(named, html), pictures, lost
