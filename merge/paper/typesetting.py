"""HTML → pages, by WeasyPrint, which is loaded only when there is a page to set (`loading`).

What all letters share is loaded once: the fonts for the life of a `Typesetter`, pictures for each
run of letters. WeasyPrint logs what it could not do and prints on; here nothing of that is lost. An
error (a picture that is missing or broken) stops the lot before a page of it exists, and a
warning (CSS that it does not know) is kept for the caller.
"""

from __future__ import annotations

import hashlib
import logging
import mimetypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from merge import disks
from merge.confined.limits import next_piece
from merge.errors import LetterError, Refused
from merge.paper import hyphenation, tagging
from merge.paper.fonts.configuration import configuration
from merge.paper.loading import kind, load_weasyprint, page_boxes
from merge.paper.window import A4, SheetFormat

if TYPE_CHECKING:
    from weasyprint import HTML, Document
    from weasyprint.document import Page
    from weasyprint.urls import URLFetcher


_TOLERANCE_PX = 0.5 / 25.4 * 96
PIXELS_AT_MOST = 64_000_000
"""Of one picture: an A4 page at 800 dots an inch has 62 million, the largest camera 61."""

MOST_PAGES = 100
"""Of one letter: a style's mistake makes hundreds."""

_OF_PIXELS = ("PNG", "JPEG", "GIF", "WEBP")
_NAMING_FONTS = ("text/css", "image/svg+xml")
_16_BITS_OF_GREY = ("I;16", "I;16B", "I")  # what Pillow calls them, by its version

# The campaign folder is the root of every path in a letter.
_ROOT = "file:///"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeset:
    """Letters that were set together, one behind the other, sharing fonts and pictures."""

    pdf: bytes
    pages: tuple[int, ...]  # how many each letter has


class Typesetter:
    """Sets letters that may use the pictures, fonts and styles of one folder, and nothing else.

    Their pages are as large as the `sheet`, unless their style says otherwise.
    Misuse("weasyprint-missing" or "pango-missing") when it cannot work on this machine.
    """

    def __init__(self, folder: Path, sheet: SheetFormat = A4) -> None:
        self._html, self._css = load_weasyprint().HTML, load_weasyprint().CSS
        self._sheet = sheet
        width_mm, height_mm = sheet.size_mm
        # A style of the user's own: of two that say something, the letter's counts.
        self._page = self._css(string=f"@page {{ size: {width_mm}mm {height_mm}mm }}")
        hyphenation.install()
        self.fonts = configuration()
        self._fetcher = _fetcher_within(folder, self.fonts.take)
        self._warnings: dict[str, None] = {}  # in the order of their first appearance

    @property
    def warnings(self) -> tuple[str, ...]:
        """WeasyPrint's own words, each once, about everything that was set so far."""
        return tuple(self._warnings)

    def run(
        self, letters: Iterable[tuple[str, str]], size_mm: tuple[float, float] | None = None
    ) -> Typeset:
        """The pages of letters, each given as (key, HTML), in one PDF. Same input, same bytes.

        Memory grows with the number of letters: a caller with many makes several runs. Pages of
        our own may have another size, which their style says and `size_mm` repeats.
        LetterError: a file that the letter names cannot be used ("letter-file-unfit"; `path` is the
        file), "page-size" (`wanted`), or "letter-too-many-pages" (`n`, `most`).
        """
        pictures: dict[str, object] = {}
        documents = [
            self.render(key, self.parsed(html), pictures, size_mm) for key, html in letters
        ]
        pages = [page for document in documents for page in document.pages]
        return Typeset(
            pdf=self.write(pages, documents[0]),
            pages=tuple(len(document.pages) for document in documents),
        )

    def alone(self, key: str, html: str) -> bytes:
        """One document with tags for screen readers (PDF/UA-1). Errors as in `run`."""
        parsed = self.parsed(html)
        for picture in parsed.etree_element.iter("img"):
            if not picture.get("alt", "").strip():
                picture.set("alt", tagging.WORDLESS)
        document = self.render(key, parsed, {}, pdf_tags=True)
        identifier = hashlib.sha256(html.encode()).hexdigest().encode()
        return tagging.mended(
            self._written(document, pdf_variant="pdf/ua-1", pdf_identifier=identifier)
        )

    def lay_out(
        self, key: str, html: str, pictures: dict[str, object], **options: object
    ) -> Document:
        """The pages of one letter, not yet written. `pictures` are those of the run, shared."""
        return self.render(key, self.parsed(html), pictures, None, **options)

    def parsed(self, html: str) -> HTML:
        """A document that finds its files in the folder, and the fonts that its style names."""
        parsed = self._html(string=html, base_url=_ROOT, url_fetcher=self._fetcher)
        for element in parsed.etree_element.iter():
            if element.tag == "style":
                self.fonts.take(element.text or "")
            elif style := element.get("style"):
                self.fonts.take(style)
        return parsed

    def read_look(self, look: str) -> None:
        """Know the fonts of a style sheet before a page has it. LetterError as in `run`."""
        self.fonts.take(look)
        with self._listening():
            self._css(
                string=look, base_url=_ROOT, url_fetcher=self._fetcher, font_config=self.fonts
            )

    def render(
        self,
        key: str,
        parsed: HTML,
        pictures: dict[str, object],
        size_mm: tuple[float, float] | None = None,
        **options: object,
    ) -> Document:
        """`lay_out` of what `parsed` made."""
        next_piece()

        def laid_out(styles: Sequence[str]) -> Document:
            more = [self._css(string=style, font_config=self.fonts) for style in styles]
            return parsed.render(
                stylesheets=[self._page, *more], font_config=self.fonts, cache=pictures, **options
            )

        with self._listening(key):
            document = _fitted(parsed, laid_out)
        if len(document.pages) > MOST_PAGES:
            n = len(document.pages)
            raise LetterError("letter-too-many-pages", key=key, n=n, most=MOST_PAGES)
        for page in document.pages:
            right_mm = size_mm or self._sheet.size_mm
            for length, right in zip((page.width, page.height), right_mm, strict=True):
                if abs(length - right / 25.4 * 96) > _TOLERANCE_PX:
                    raise LetterError(
                        "page-size",
                        key=key,
                        width_mm=round(page.width / 96 * 25.4),
                        height_mm=round(page.height / 96 * 25.4),
                        wanted=self._sheet.title,
                    )
        return document

    def write(self, pages: Sequence[Page], like: Document) -> bytes:
        """Pages as one PDF, which says of itself what `like` does."""
        return self._written(like.copy(list(pages)))

    def _written(self, document: Document, **options: object) -> bytes:
        next_piece()
        with self._listening():
            return bytes(document.write_pdf(**options))

    @contextmanager
    def _listening(self, key: str = "") -> Iterator[None]:
        """Turn what WeasyPrint logs or raises meanwhile into LetterError and `warnings`."""
        from weasyprint.urls import FatalURLFetchingError

        heard = _Records()
        logger = logging.getLogger("weasyprint")
        logger.addHandler(heard)
        try:
            yield
        except FatalURLFetchingError as fatal:  # a BaseException: `except Exception` misses it
            unavailable = fatal.__cause__
            if isinstance(unavailable, Refused | LetterError):
                raise unavailable from None
            if not isinstance(unavailable, _Unavailable):
                raise LetterError("letter-file-unfit", key=key, words=str(fatal)) from fatal
            path = unavailable.path
            raise LetterError("letter-file-unfit", path=path, key=key, words="") from None
        finally:
            logger.removeHandler(heard)
        for record in heard.records:
            words = record.getMessage()
            if record.levelno >= logging.ERROR:
                url = record.args[0] if isinstance(record.args, tuple) and record.args else ""
                raise LetterError(
                    "letter-file-unfit", path=_path_in_folder(str(url)), key=key, words=words
                )
            self._warnings.setdefault(words)


class _Records(logging.Handler):
    """Keeps warnings and errors."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class _Unavailable(Exception):
    """A file that a letter names and that it may not or cannot use."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def _path_in_folder(url: str) -> str:
    """The path in the campaign folder that a URL of a letter means; a data: URL is cut short."""
    if url.startswith(_ROOT):
        return unquote(urlsplit(url).path).lstrip("/")
    return url if len(url) <= 80 else f"{url[:80]}…"


def _fetcher_within(folder: Path, take: Callable[[str], None]) -> URLFetcher:
    """Fetches `data:` and the files of `folder`. Anything else stops the lot.

    `take` hears what style sheets and drawings say, for the fonts that they name.

    Neither the network nor a file elsewhere on this machine is ever read, whatever a template
    from a stranger says (Refused as `disks.read`); and since no path of this machine enters the
    PDF, a campaign gives the same bytes wherever its folder lies.
    """
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    types = mimetypes.MimeTypes()  # its own table, not this machine's

    class FolderFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            name = _path_in_folder(url)
            if url.startswith("data:"):
                fetched = super().fetch(url, headers)
                _refuse_too_many_pixels(fetched.read(), name)
                return super().fetch(url, headers)
            if not url.startswith(_ROOT):
                raise _Unavailable(name)
            try:
                data = disks.read(folder, name)
            except OSError:
                raise _Unavailable(name) from None
            _refuse_too_many_pixels(data, name)
            if _is_torn(data):
                raise _Unavailable(name)
            kind = types.guess_type(name)[0] or "application/octet-stream"
            if kind in _NAMING_FONTS:
                take(data.decode(errors="replace"))
            return URLFetcherResponse(url, _in_8_bits(data), {"Content-Type": kind})

    return FolderFetcher(fail_on_errors=True)


def _refuse_too_many_pixels(data: bytes, name: str) -> None:
    """LetterError("letter-file-pixels") for a picture that says that it is larger than any page
    needs; before it is decoded, which takes memory and time by its pixels and not by its bytes.
    """
    from weasyprint.images import Image

    kept, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # Pillow's own limit has no words
    try:
        with Image.open(BytesIO(data)) as picture:
            pixels = picture.width * picture.height * getattr(picture, "n_frames", 1)
    except (OSError, SyntaxError, ValueError):
        return  # no picture that Pillow knows
    finally:
        Image.MAX_IMAGE_PIXELS = kept
    if pixels > PIXELS_AT_MOST:
        raise LetterError(
            "letter-file-pixels",
            path=name,
            megapixels=round(pixels / 1_000_000),
            most=PIXELS_AT_MOST // 1_000_000,
        )


def _is_torn(data: bytes) -> bool:
    """Whether this is a picture that ends before its end, as a copy does that was broken off.

    WeasyPrint puts what there is of it into the PDF, and whoever shows that makes the rest black.
    """
    from weasyprint.images import Image, ImageFile

    kept, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        with Image.open(BytesIO(data), formats=_OF_PIXELS) as picture:
            picture.load()
    except Image.UnidentifiedImageError:
        return False  # a style, a font, a drawing; WeasyPrint knows what is none of them
    except (OSError, SyntaxError, ValueError):  # what Pillow says of them
        return True
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = kept
    return False


def _in_8_bits(data: bytes) -> bytes:
    """The file, but a picture in 16 bits of grey, as scanners save it, in 8.

    WeasyPrint puts its bytes into the PDF as 8 bits of three colours, and everybody sees a black
    box.
    """
    from weasyprint.images import Image

    try:
        picture = Image.open(BytesIO(data), formats=["PNG"])
    except Image.UnidentifiedImageError:
        return data
    if picture.mode not in _16_BITS_OF_GREY:
        return data
    eight = picture.convert("I").point(lambda grey: grey * (1 / 257)).convert("L")
    eight.info.pop("transparency", None)  # the white of a scan, on paper that is white
    written = BytesIO()
    eight.save(written, "PNG")
    return written.getvalue()


# --- a table that is wider than its page ---------------------------------------------------------

# WeasyPrint lets it run over the edge of the sheet, without a word.
_ROUNDED_PX = 0.1
# How a table gives way, step by step. Words that may end anywhere take WeasyPrint a hundred times
# as long, so they come last.
_SMALLER = "th, td { font-size: 7.5pt !important; padding: 0.6mm 2mm 0.6mm 0 !important }"
_BROKEN = "th, td, th *, td * { overflow-wrap: anywhere !important }"


def _fitted(parsed: Any, render: Callable[[Sequence[str]], Any]) -> Any:
    """The document that `render` lays out with the first of these styles in which it fits.

    `parsed` is the same before it is laid out.
    """
    document = render(())
    if next(parsed.etree_element.iter("table"), None) is None:
        return document
    for styles in ((_SMALLER,), (_SMALLER, _BROKEN)):
        if not _is_too_wide(document):
            break
        document = render(styles)
    return document


def _is_too_wide(document: Any) -> bool:
    """Whether a table leaves the text area of a page."""
    return any(
        kind(box) == "TableBox"
        and box.position_x + box.margin_width() > page.content_box_x() + page.width + _ROUNDED_PX
        for page in page_boxes(document)
        for box in page.descendants()
    )
