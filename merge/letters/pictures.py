"""A picture in the HTML of a letter: how its tag looks, and how wide it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from merge.model import Enclosure

WIDEST = 600
"""CSS pixels in an e-mail: as wide as its lines."""

_WIDTH = re.compile(r"(\d{1,5}(?:[.,]\d{1,3})?)(cm|mm|px|%)")
_PIXELS = MappingProxyType({"cm": 96 / 2.54, "mm": 96 / 25.4, "px": 1.0, "%": WIDEST / 100})


def css_width(typed: str) -> str:
    """The width that an author typed as CSS has it; "" for what is none."""
    found = _WIDTH.fullmatch(typed)
    number = found[1].replace(",", ".") if found else "0"
    return f"{number}{found[2]}" if found and float(number) else ""


def picture_tag(url: str, *, width: str = "", pixels: int | None = None) -> str:
    """How the HTML of a picture begins; what the author typed can never look like it.

    `width` is one of CSS, "" for its own; `pixels` is for those who know no `max-width`.
    """
    wide = f' width="{pixels}"' if pixels else ""
    wanted = f"; width: {width}" if width else ""
    return f'<img{wide} style="max-width: 100%{wanted}" src="{url}"'


_TAG = re.compile(
    r'<img style="max-width: 100%(?:; width: (?P<width>[^"]*))?" src="(?P<url>[^"]*)"'
)


def picture_url(name: str) -> str:
    """How a page names a picture, whatever signs are in its name."""
    return quote(name)


def travelling(html: str, pictures: Mapping[str, Enclosure]) -> str:
    """The HTML of an e-mail, whose pictures, by their names, travel with it (RFC 2392).

    Each says how wide it is: Outlook for Windows draws with Word's engine, which knows no
    `max-width`, and would show a photo of a telephone in all its pixels.
    """
    by_url = {picture_url(name): picture for name, picture in pictures.items()}

    def in_mail(found: re.Match[str]) -> str:
        picture = by_url.get(found["url"])
        if picture is None:
            return found[0]
        width = found["width"] or ""
        wanted = _WIDTH.fullmatch(width)
        wide = round(float(wanted[1]) * _PIXELS[wanted[2]]) if wanted else picture.width
        pixels = min(wide, WIDEST) or None
        return picture_tag(f"cid:{picture.content_id}", width=width, pixels=pixels)

    return _TAG.sub(in_mail, html)
