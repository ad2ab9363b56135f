"""What a .docx that LibreOffice makes of its text (.odt) would say wrongly.

Source: OASIS OpenDocument 1.3, Part 3, §5.4 (sections) and §7 (fields).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from merge.errors import LetterError
from merge.letters.drafts import packages
from merge.letters.drafts import word_xml as xml
from merge.letters.drafts.unplaced import first_words

KIND = ".odt"
_CONTENT = re.compile(r"content\.xml")
_OF_SOME = frozenset(
    (
        *("conditional-text", "hidden-text"),
        *("database-next", "database-row-select", "database-row-number"),
    )
)
_BROUGHT_IN = frozenset(
    (
        *("section-source", "image", "object", "object-ole", "plugin", "floating-frame"),
        *("fill-image", "background-image"),
    )
)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/|\.\./", re.IGNORECASE)


def refuse_hidden(content: bytes) -> None:
    """LetterError("odt-hidden", `words`) for what is there for some readers alone, which a .docx
    says to all of them or to nobody, and for what lies in another file.

    "letter-not-word" and those of `packages.unpacked`.
    """
    try:
        parts = packages.unpacked(content, needed=_CONTENT)
        if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
            raise LetterError("letter-encrypted")
        roots = [xml.parse(parts[each]) for each in ("content.xml", "styles.xml") if each in parts]
    except LetterError:
        raise
    except Exception as error:
        # zipfile and the XML parser raise what they like over a damaged file.
        raise LetterError("letter-not-word") from error
    if found := dict.fromkeys(words for root in roots for words in _hidden(root)):
        raise LetterError("odt-hidden", words=" / ".join(found))


def _hidden(root: Element) -> Iterator[str]:
    for paragraph in xml.descendants(root, "p", "h"):
        if "hidden-paragraph" in map(xml.name, paragraph.iter()):
            yield first_words("".join(paragraph.itertext()))
    for each in root.iter():
        kind, href = xml.name(each), xml.attribute(each, "href")
        is_shut = kind == "section" and xml.attribute(each, "display") in ("none", "condition")
        if is_shut or kind in _OF_SOME:
            yield first_words("".join(each.itertext())) or kind
        elif kind in _BROUGHT_IN and _ELSEWHERE.match(href):
            yield href
