"""The French catalogue: `make catalogue` brings it up to date and compiles it.

Takes every sentence of merge/, and those of click, which speaks in our name when a command is
mistyped. Both live in gettext's default domain, `messages`. What is still to be translated is
listed; tests/workshop/test_locale.py fails while there is any.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import jinja2
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import extract_from_ast

__all__ = ["MO", "Message", "compiled", "read", "said_in", "sentences"]

ROOT = Path(__file__).parent.parent
PO = ROOT / "merge/locale/fr/LC_MESSAGES/messages.po"
MO = PO.with_suffix(".mo")
CALLS = {"_": 1, "N_": 1, "gettext": 1, "ngettext": 2}
"""Functions that say a sentence → how many of their arguments are its forms."""
DOCUMENTED = "Doc"
"""A setting's record; its `help` is a sentence that README shows in French."""
HEADER = """\
# French sentences of publipostage, and of click, which it speaks through.
# `make catalogue` adds what is missing; the translations are written here."""


def said_in(tree: ast.Module) -> Iterator[tuple[int, list[ast.expr]]]:
    """(line, the arguments that are a sentence's forms) of each call that says one, in order.

    Babel's own extractor misses calls within f-strings on some versions of Python.
    """
    calls: list[tuple[int, int, list[ast.expr]]] = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id in CALLS:
            calls.append((node.lineno, node.col_offset, node.args[: CALLS[node.func.id]]))
        elif node.func.id == DOCUMENTED:
            said = [keyword.value for keyword in node.keywords if keyword.arg == "help"]
            calls.append((node.lineno, node.col_offset, said))
    for line, _column, forms in sorted(calls, key=lambda call: call[:2]):
        yield line, forms


def sentences() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """(file, msgid) or (file, (singular, plural)) of every sentence that people may read."""
    for name, folder in (("merge", ROOT / "merge"), ("click", Path(click.__file__).parent)):
        for path in sorted(folder.rglob("*.py")):
            for _line, forms in said_in(ast.parse(path.read_text(encoding="utf-8"))):
                texts = tuple(str(form.value) for form in forms if isinstance(form, ast.Constant))
                if len(texts) == len(forms):  # click hands variables on, in places
                    file = f"{name}/{path.relative_to(folder).as_posix()}"
                    yield file, texts if len(texts) > 1 else texts[0]
    for path in sorted((ROOT / "merge").glob("*/templates/*.html")):
        parsed = jinja2.Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        for _line, call, said in extract_from_ast(parsed, gettext_functions=("_", "ngettext")):
            forms_said = tuple(said) if isinstance(said, tuple) else (said,)
            known = tuple(each for each in forms_said[: CALLS[call]] if each)
            yield path.relative_to(ROOT).as_posix(), known if len(known) > 1 else known[0]


def read() -> Catalog:
    """The catalogue as it stands in the tree."""
    with PO.open("rb") as file:
        return read_po(file, locale="fr", domain="messages")


def compiled(catalogue: Catalog) -> bytes:
    """The .mo file's bytes."""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def _is_translated(message: Message) -> bool:
    said = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(said)


def update() -> int:
    """Write both files again. Returns how many sentences have no translation."""
    catalogue = read()
    template = Catalog(creation_date=catalogue.creation_date)
    for file, sentence in sentences():
        template.add(sentence, locations=[(file, 0)])
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.header_comment = HEADER
    catalogue.project, catalogue.version = "publipostage", "1"
    catalogue.msgid_bugs_address = "contributors"
    with PO.open("wb") as po:
        write_po(po, catalogue, width=100, include_lineno=False, ignore_obsolete=True)
    MO.write_bytes(compiled(catalogue))
    empty = [message for message in catalogue if message.id and not _is_translated(message)]
    for message in empty:
        print(f"not translated: {message.id!r}")
    return len(empty)


if __name__ == "__main__":
    sys.exit(1 if update() else 0)
