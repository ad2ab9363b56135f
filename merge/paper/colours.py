"""The colours of pages → those that a print shop or an archive takes.

A shop prints with cyan, magenta, yellow and black: what is grey on the page becomes black ink
alone, and any other colour is converted by the profile of the paper. An archive keeps the colours
as they are, and forbids what no screen can show. Converted in place, after the pages are set, so
that whoever sets them knows nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from merge.errors import LetterError
from merge.model import MadeFor
from merge.paper import profiles

if TYPE_CHECKING:
    from pikepdf import Object, Pdf
    from PIL import Image

_RGB = re.compile(rb"^(\S+) (\S+) (\S+) (rg|RG)$", re.MULTILINE)
_OTHER_RGB = re.compile(rb"(?<!\S)(?:rg|RG)(?!\S)")
_SPACE = re.compile(rb"^/(\S+) (?:cs|CS)$", re.MULTILINE)
_FOR_A_SHOP = frozenset((b"DeviceCMYK", b"DeviceGray", b"Pattern"))
_PRINTED = 4  # a link that is on the page as printed, in the flags of an annotation


def prepare(pdf: Pdf, made_for: MadeFor) -> None:
    """Give all pages of a PDF, with all that they draw, the colours that such a lot may have.

    LetterError("page-colour"): the `reason` is "space" for a colour in a space of its own, "ink"
    for one of a press in an archive, "gradient" or "picture" for one that cannot be converted.
    """
    if made_for == "printer":
        return
    for page in pdf.pages:
        page.contents_coalesce()
        _write_in(page.obj.Contents, made_for)
        if made_for == "shop":
            page.trimbox = page.mediabox
            if "/Annots" in page.obj:  # a link: of no use on paper, and forbidden inside the trim
                del page.obj["/Annots"]
    for each in list(pdf.objects):
        _prepare(each, made_for)
    if made_for == "shop" and any(b"/DeviceRGB" in _unparsed(each) for each in pdf.objects):
        raise LetterError("page-colour", reason="space")


def _prepare(each: Object, made_for: MadeFor) -> None:
    from pikepdf import Dictionary, Stream

    if not isinstance(each, Dictionary | Stream):
        return
    if each.get("/Subtype") == "/Image":
        _prepare_picture(each, made_for)
    elif isinstance(each, Stream) and (each.get("/Subtype") == "/Form" or "/PatternType" in each):
        _write_in(each, made_for)
        if made_for == "shop" and "/Group" in each and "/CS" in each.Group:
            _in_ink(each.Group, "/CS")
    elif each.get("/Subtype") == "/Type3":
        for drawn in each.CharProcs.values():
            _write_in(drawn, made_for)
    elif "/ShadingType" in each and made_for == "shop":
        _convert_gradient(each)
    elif each.get("/Subtype") == "/Link":
        each.F = _PRINTED


def _write_in(content: Any, made_for: MadeFor) -> None:
    """Rewrite the operators that choose a colour: WeasyPrint writes each on its own line."""
    operators = content.read_bytes()
    spaces = set(_SPACE.findall(operators))
    if made_for == "archive":
        if b"DeviceCMYK" in spaces:
            raise LetterError("page-colour", reason="ink")
        return
    inked = _RGB.sub(_ink_of, operators)
    if spaces - _FOR_A_SHOP or _OTHER_RGB.search(inked):
        raise LetterError("page-colour", reason="space")
    if inked != operators:
        content.write(inked)


def _ink_of(found: re.Match[bytes]) -> bytes:
    *channels, operator = found.groups()
    ink = _inks(*map(float, channels))
    name = {(1, b"rg"): b"g", (1, b"RG"): b"G", (4, b"rg"): b"k", (4, b"RG"): b"K"}
    return b"%b %b" % (" ".join(ink).encode(), name[len(ink), operator])


@cache
def _inks(*rgb: float) -> tuple[str, ...]:
    """The operands of a colour on paper: one where black ink alone makes it, else four."""
    levels = [min(max(round(channel * 255), 0), 255) for channel in rgb]
    if len(set(levels)) == 1:
        return (f"{rgb[0]:.4g}",)
    from PIL import Image

    dot = _converted(Image.new("RGB", (1, 1), tuple(levels)))
    return tuple(f"{ink / 255:.3g}" for ink in dot.tobytes())


@cache
def _transform() -> Any:
    from PIL import ImageCms

    paper = ImageCms.ImageCmsProfile(BytesIO(profiles.content(profiles.FOGRA47)))
    return ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"),
        paper,
        "RGB",
        "CMYK",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


def _converted(picture: Image.Image) -> Image.Image:
    inked: Image.Image = _transform().apply(picture)
    return inked


def _prepare_picture(picture: Any, made_for: MadeFor) -> None:
    space = picture.get("/ColorSpace")
    if made_for == "archive":
        if space == "/DeviceCMYK":
            raise LetterError("page-colour", reason="ink")
        picture.Interpolate = False  # a reader may not make up pixels
        return
    if space in ("/DeviceGray", "/DeviceCMYK") or "/ImageMask" in picture:
        return
    from pikepdf import Name, PdfImage, PikepdfError

    try:
        seen = PdfImage(picture).as_pil_image()
    # A filter or space that pikepdf does not know, and data that Pillow cannot read.
    except (PikepdfError, NotImplementedError, ValueError, OSError):
        raise LetterError("page-colour", reason="picture") from None
    inked = _inked(seen.convert("RGB"))
    for key in ("/Decode", "/DecodeParms"):
        if key in picture:
            del picture[key]
    picture.ColorSpace = Name.DeviceGray if inked.mode == "L" else Name.DeviceCMYK
    picture.BitsPerComponent = 8
    picture.write(inked.tobytes())


def _inked(picture: Image.Image) -> Image.Image:
    from PIL import ImageChops

    red, green, blue = picture.split()
    is_grey = not any(ImageChops.difference(red, other).getbbox() for other in (green, blue))
    return red if is_grey else _converted(picture)


def _convert_gradient(shading: Any) -> None:
    """Its colours, between which a reader mixes ink where it mixed light before."""
    if shading.ColorSpace != "/DeviceRGB":
        return
    for function in _functions(shading.Function):
        if function.get("/FunctionType") != 2 or not {"/C0", "/C1"} <= set(function.keys()):
            raise LetterError("page-colour", reason="gradient")
        for end in ("/C0", "/C1"):
            function[end] = _four_inks([float(channel) for channel in function[end]])
    _in_ink(shading, "/ColorSpace")


def _functions(function: Any) -> Iterator[Any]:
    if "/Functions" in function:
        for each in function.Functions:
            yield from _functions(each)
    else:
        yield function


def _four_inks(rgb: list[float]) -> Any:
    from pikepdf import Array

    ink = [float(each) for each in _inks(*rgb)]
    return Array(ink if len(ink) == 4 else [0, 0, 0, 1 - ink[0]])


def _in_ink(holder: Any, key: str) -> None:
    from pikepdf import Name

    if holder[key] == "/DeviceRGB":
        holder[key] = Name.DeviceCMYK


def _unparsed(each: Object) -> bytes:
    """What an object says, without what its streams hold."""
    from pikepdf import Dictionary, Stream

    return Dictionary(dict(each.items())).unparse() if isinstance(each, Stream) else each.unparse()
