"""The head of the sheet, as `[letterhead]` in the settings has it: a logo, a colour, an address.

On paper it stands where the sender does, beside the window of the envelope; in an e-mail above the
letter. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape

from merge.errors import LetterError
from merge.letters.enclosures import is_picture, size_of
from merge.letters.pictures import picture_url

LARGEST_LOGO = 2_000_000
"""Bytes: it travels with every e-mail."""

_WIDEST_MM, _HIGHEST_MM = 58, 22  # beside the window of every envelope, and above no address
_PIXELS_PER_MM = 96 / 25.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A picture of the campaign folder, and how large it is shown."""

    name: str
    sha256: str
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What it holds. `colour` is one of CSS, `address` the lines in place of the sender's; false
    where nothing is said.
    """

    logo: Logo | None = None
    colour: str = ""
    address: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.logo or self.colour or self.address)


NO_LETTERHEAD = Letterhead()
"""Nothing but who writes."""


def logo(name: str, data: bytes, path: str) -> Logo:
    """The logo that these bytes are, as large as there is room.

    LetterError, with the `path` of the file: "folder-file-too-large" (`size_mb`, `limit_mb`), and
    "picture-unfit" for what is no whole PNG or JPEG.
    """
    if len(data) > LARGEST_LOGO:
        raise LetterError(
            "folder-file-too-large",
            path=path,
            size_mb=round(len(data) / 1_000_000, 1),
            limit_mb=LARGEST_LOGO // 1_000_000,
        )
    if not is_picture(data):
        raise LetterError("picture-unfit", path=path, name=name)
    width, height = size_of(data)
    ratio = width / height if width and height else _WIDEST_MM / _HIGHEST_MM
    height_mm = min(_HIGHEST_MM, _WIDEST_MM / ratio)
    return Logo(
        name=name,
        sha256=sha256(data).hexdigest(),
        width_mm=round(height_mm * ratio, 2),
        height_mm=round(height_mm, 2),
    )


# As part of the look it is on every page of a lot, and its sum makes another picture another
# version of the letter.
_LOGO = """
.sender::before {{
  content: "";
  display: block;
  width: {width_mm:g}mm;
  max-width: 100%;
  height: {height_mm:g}mm;
  margin-bottom: 2mm;
  background: url("{url}") left top / contain no-repeat; /* {sha256} */
}}
"""
_COLOUR = """
.sender strong, .subject, h1, h2, h3 {{ color: {colour} }}
.sender::after {{
  content: "";
  display: block;
  border-bottom: 0.8pt solid {colour};
  padding-top: 1.5mm;
}}
th {{ border-bottom-color: {colour} }}
"""


def look(head: Letterhead) -> str:
    """The rules of the look that show it on a page."""
    rules = ""
    if head.logo:
        rules += _LOGO.format(
            url=picture_url(head.logo.name),
            sha256=head.logo.sha256,
            width_mm=head.logo.width_mm,
            height_mm=head.logo.height_mm,
        )
    if head.colour:
        rules += _COLOUR.format(colour=head.colour)
    return rules


def in_mail(head: Letterhead, name: str, lines: Sequence[str], content_id: str) -> str:
    """The HTML above an e-mail, "" without a letterhead; `content_id` is that of its logo."""
    if not head:
        return ""
    colour = head.colour or "#444444"
    shown = ""
    if head.logo:
        wide, high = (
            round(mm * _PIXELS_PER_MM) for mm in (head.logo.width_mm, head.logo.height_mm)
        )
        shown = (
            f'<img src="cid:{content_id}" width="{wide}" height="{high}" alt="" '
            f'style="display: block; border: 0; margin: 0 0 8px;">'
        )
    said = "".join(f"<br>{escape(line)}" for line in lines)
    return (
        f'<table border="0" cellpadding="0" cellspacing="0" width="100%" role="presentation" '
        f'style="border-collapse: collapse; margin: 0 0 24px;"><tr><td align="left" valign="top" '
        f'style="padding: 0 0 8px; border-bottom: 2px solid {colour}; font-size: 14px; '
        f'line-height: 1.4;">{shown}<strong style="color: {colour};">{escape(name)}</strong>'
        f"{said}</td></tr></table>\n"
    )


def in_text(head: Letterhead, name: str, lines: Sequence[str]) -> str:
    """The same as plain text."""
    return "\n".join((name, *lines)) + "\n\n" if head else ""
