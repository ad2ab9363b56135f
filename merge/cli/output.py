"""Data to stdout, talk to stderr. The one place that knows about terminals."""

from __future__ import annotations

import codecs
import contextlib
import itertools
import os
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from merge import disks
from merge.errors import Misuse
from merge.words.language import _

if TYPE_CHECKING:
    from rich.console import Console

PLAIN = {"\u202f": "\u00a0", "→": "->", "œ": "oe", "Œ": "OE", "≥": ">=", "✓": "x"}

_BETWEEN_COLUMNS = 2
_KEPT_WHOLE = len("2026-11-25")
_LEAST_OF_A_WORD = 8  # in a line of a narrow column: of less nobody makes out a name
_UNBROKEN = "\ue000"  # for a no-break space, where rich would begin a line with what is behind it
# What moves the cursor, gives a terminal orders (ECMA-48), turns the direction of reading (UAX 9),
# or is there without being seen: zero-width signs, fillers, tags and variation selectors, which
# make two names look alike. Names of files, letters and mails are other people's.
_ORDERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_COMMAND = re.compile(r"publipostage(?: [^\s()«»“”.,;]+)+")  # in a sentence
# Characters that a terminal shows in one column each, and that are no orders.
_ONE_COLUMN_EACH = re.compile("[ -~\u00a0-\u00ac\u00ae-\u024f\u2010-\u2027\u202f-\u203a€]*")
_NO_BREAKS = str.maketrans({"\u00a0": _UNBROKEN, "\u202f": _UNBROKEN})


def _nearest(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: the nearest that the other side can show, never a crash."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    shown = []
    for character in error.object[error.start : error.end]:
        plain = PLAIN.get(character) or unicodedata.normalize("NFKD", character)
        try:
            plain.encode(error.encoding)
        except UnicodeEncodeError:
            plain = plain.encode("ascii", "ignore").decode() or "?"
        shown.append(plain)
    return "".join(shown), error.end


def prepare(streams: Sequence[TextIO]) -> None:
    """Let French text pass through any pipe, cp1252 and ASCII included."""
    codecs.register_error("nearest", _nearest)
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="nearest")


def without_orders(text: str, stream: TextIO) -> str:
    """The text; for a terminal, with a sign in the place of each character that is an order."""
    if not stream.isatty():
        return text
    return _ORDERS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def prose(text: str, stream: TextIO) -> str:
    """As `without_orders`; on a terminal with lines that end between words.

    A command that fits on a line stays on one, so that it can be taken from there.
    """
    shown = without_orders(text, stream)
    if not stream.isatty():
        return shown
    width = shutil.get_terminal_size().columns
    return "\n".join(folded for line in shown.split("\n") for folded in _between_words(line, width))


def _between_words(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]

    indent = line[: len(line) - len(line.lstrip(" "))]

    def held(command: re.Match[str]) -> str:
        fits = len(indent + command[0]) < width  # with the stop that may follow
        return command[0].replace(" ", _UNBROKEN) if fits else command[0]

    folded = textwrap.wrap(
        _COMMAND.sub(held, line),
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return [each.replace(_UNBROKEN, " ") for each in folded] or [""]


def data(text: str) -> None:
    """A result, to stdout."""
    click.echo(prose(text, sys.stdout))


def data_as_is(text: str) -> None:
    """A result that has lines of its own: JSON, a path."""
    click.echo(without_orders(text, sys.stdout))


def data_bytes(content: bytes) -> None:
    """A result, to stdout: to the last bit where another program reads it.

    Misuse("pdf-on-terminal") where nobody could read it.
    """
    if not sys.stdout.isatty():
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    elif content.startswith((b"%PDF", b"PK\x03\x04")):
        raise Misuse("pdf-on-terminal")
    else:
        click.echo(without_orders(content.decode(errors="replace"), sys.stdout), nl=False)


def give_up_stdout() -> None:
    """What stdout did not take is let go: Python would try again at exit, and end with its 120."""
    with contextlib.suppress(OSError, ValueError):  # not a file, in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Bar:
    """The terminal's last line, where a bar may stand."""

    has_bar = False

    @classmethod
    def end(cls) -> None:
        """What follows begins below the bar, which is drawn anew when it advances."""
        if cls.has_bar:
            cls.has_bar = False
            click.echo(err=True)


def say(text: str = "") -> None:
    """Talk, to stderr: on a line of its own, where a bar is drawn."""
    _Bar.end()
    click.echo(prose(text, sys.stderr), err=True)


def say_each(lines: Iterable[str]) -> None:
    """Say one line after the other."""
    for line in lines:
        say(line)


def ask(question: str, **how: Any) -> Any:
    """What a person types, asked for on stderr; `how` is click's. French has a space before ":".

    Misuse("typed-unreadable") when a terminal sends letters in another encoding than it says.
    """
    asked = prose(question, sys.stderr)
    try:
        typed = click.prompt(asked, prompt_suffix=_(": "), err=True, **how)
        str(typed).encode()  # readline hands on what it could not read, as halves of characters
        return typed
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        encoding = error.encoding.upper()
    say()  # below the question
    raise Misuse("typed-unreadable", encoding=encoding)  # outside: the error holds what was typed


def somebody_is_there() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


class NothingMade(click.Abort):
    """Whoever was asked stopped before there was a campaign."""


def confirm(question: str, *, abort: bool = False) -> bool:
    """A person's yes or no, and no by itself, in their own letters: click knows y and n alone.

    click.Abort when there is nobody to answer and, with `abort`, when it is a no.
    """
    yes, no = _("yes"), _("no")
    while True:
        typed = ask(f"{question} [{yes[0]}/{no[0].upper()}]", default="", show_default=False)
        said = typed.strip().lower()
        if said in (yes, yes[0], "yes", "y"):
            return True
        if said in ("", no, no[0], "no", "n"):
            break
        say(_("Type {yes} or {no}.").format(yes=yes, no=no))
    if abort:
        raise click.Abort
    return False


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table to stdout: as wide as the terminal, as wide as needed in a pipe.

    A terminal that is too narrow for its columns gets a line for each cell instead.
    """
    from rich.console import Console

    width = None if sys.stdout.isatty() else 10_000
    # A cell is text: neither "[bold]" nor the ":100:" of a place in a sheet means anything else.
    console = Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)
    widths = _widths(list(zip(headers, *rows, strict=True)), console.width)
    lines = _columns(headers, rows, widths, console) if widths else _cards(headers, rows, console)
    whole = "\n".join(line.replace(_UNBROKEN, "\u00a0").rstrip() for line in lines)
    click.echo(whole.strip("\n"))  # with the orders that rich has put in


def _columns(
    headers: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], console: Console
) -> Iterator[str]:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    head = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
        header_style="bold",
    )
    for header, wide in zip(headers, widths, strict=True):
        head.add_column(header, overflow="fold", width=wide)
    with console.capture() as capture:
        console.print(head)
    yield from capture.get().splitlines()
    for row in rows:
        yield from _lines(row, widths, console)


def _cards(
    headers: Sequence[str], rows: Sequence[Sequence[str]], console: Console
) -> Iterator[str]:
    label = max(1, min(max(map(len, headers)), console.width // 3))
    widths = (label, max(1, console.width - label - _BETWEEN_COLUMNS))
    for row in rows:
        for header, cell in zip(headers, row, strict=True):
            if cell:
                yield from _lines((header, cell), widths, console)
        yield ""


def _lines(row: Sequence[str], widths: Sequence[int], console: Console) -> Iterator[str]:
    """A row as rich's Table sets it, which takes 15 s and 240 MB for 35,000 of them."""
    from rich.cells import set_cell_size

    cells = [_folded(cell, wide, console) for cell, wide in zip(row, widths, strict=True)]
    for line in itertools.zip_longest(*cells, fillvalue=""):
        padded = (set_cell_size(each, wide) for each, wide in zip(line, widths, strict=True))
        yield (" " * _BETWEEN_COLUMNS).join(padded)


def _folded(cell: str, wide: int, console: Console) -> Sequence[str]:
    """The lines of a cell that is so wide."""
    from rich.text import Text

    if len(cell) <= wide and _ONE_COLUMN_EACH.fullmatch(cell):  # nearly all
        return (cell.translate(_NO_BREAKS),)
    parted = _parted(_printable(cell), wide)
    return [line.plain for line in Text(parted).wrap(console, wide, overflow="fold")]


def _parted(cell: str, wide: int) -> str:
    """The cell, where words are wider than its lines parted behind a hyphen or an @ if they can be:
    "Saint-Remy-" and "en-", and not "Saint-Remy-e" and "n-".
    """
    if wide < 2 or len(cell) <= wide:
        return cell
    return re.sub(rf"(?=\S{{{wide + 1}}})(\S{{1,{wide - 1}}}[-@])(?=\S)", r"\1\n", cell)


def _printable(cell: str) -> str:
    return without_orders(cell, sys.stdout).translate(_NO_BREAKS)


def _widths(cells: Sequence[Sequence[str]], width: int) -> Sequence[int]:
    """How wide each column is, from its cells: dates and codes whole, and words while they can.

    Empty when there is no room for that. rich itself narrows the widest first, whatever is in it,
    and cuts dates and names in two.
    """
    room = width - _BETWEEN_COLUMNS * (len(cells) - 1)
    wanted = [max(map(len, column)) for column in cells]
    longest = [
        max(len(word) for cell in column for word in (cell.translate(_NO_BREAKS).split() or [""]))
        for column in cells
    ]
    narrower = (
        [one if one <= _KEPT_WHOLE else min(one, limit) for one in longest]
        for limit in range(max(*longest, _LEAST_OF_A_WORD), _LEAST_OF_A_WORD - 1, -1)
    )
    widths = next((some for some in narrower if sum(some) <= room), [])
    for _spare in range(room - sum(widths)):
        short = [i for i, one in enumerate(widths) if one < wanted[i]]
        if not short:
            break
        widths[min(short, key=widths.__getitem__)] += 1
    return widths


def to_file(
    path: Path, content: bytes | Iterable[bytes], *, campaign: Path, is_public: bool = False
) -> None:
    """Write a result, whole or in parts, where the person wants it, in place of what is there.

    It holds names and addresses, so it is its owner's alone, but where it `is_public`. A device or
    a pipe (/dev/stdout) gets it as it is.

    Misuse("file-unwritable") with the reason; below the `campaign`, Refused as `disks.place`.
    """
    parts = [content] if isinstance(content, bytes) else content
    try:
        at = disks.place_of_result(path, campaign)
        if at is None:
            with path.open("ab") as file:  # what a shell redirects (>>) keeps what it has
                file.writelines(parts)
        elif is_public:
            at.parent.mkdir(parents=True, exist_ok=True)
            with disks.replacing(at, mode=0o666) as file:
                file.writelines(parts)
        else:
            disks.make_private_folder(at.parent)
            with disks.replacing(at) as file:
                file.writelines(parts)
    except OSError as error:
        raise Misuse("file-unwritable", path=str(path), words=error.strerror) from error


@contextlib.contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], object]]:
    """A bar with ETA on stderr, on a terminal only that takes orders. Yields what advances it.

    A terminal whose window was closed takes nothing any more, and that ends no work.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda n: None
        return
    with click.progressbar(
        length=length, label=label, file=sys.stderr, show_pos=True, show_eta=True
    ) as bar:

        def advance(n: int) -> None:
            with contextlib.suppress(OSError):
                bar.update(n)
            _Bar.has_bar = True

        _Bar.has_bar = True
        try:
            yield advance
        finally:
            _Bar.has_bar = False  # the bar ends its line itself
