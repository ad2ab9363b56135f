"""A page as a text: its headings, words, fields, buttons and links, a line each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from tests.evening import neutral
from tests.webserver import Page

HEADINGS = {f"h{n}": "#" * n + " " for n in range(1, 5)}
BLOCKS = (
    *("address", "article", "caption", "dd", "details", "div", "dl", "dt", "fieldset", "figure"),
    *("form", "label", "legend", "li", "main", "ol", "option", "p", "pre", "section", "summary"),
    *("table", "tr", "ul", *HEADINGS),
)
STARTS = {"li": "- ", "summary": "▸ ", "legend": "", **HEADINGS}
_CHANGES = [
    (re.compile(r"/[\w/.-]*/pytest-\d+/(?:popen-gw\d+/)?[\w-]+(?=/)"), "/…"),
    (re.compile(r"(processus )\d+ sur [\w-]+"), r"\g<1>0"),
    (re.compile(r"(?<=/)(?=[\w-]*[A-Z\d_])[\w-]{16,}(?![\w.-])|(?<=preview/)[\w-]{12}"), "TOKEN"),
    (re.compile(r"\b\d\d?:\d\d(:\d\d)?\b"), "00:00"),
    (
        re.compile(r"\b(lun|mar|mercre|jeu|vendre|same)di(?= (1er|\d))|\bdimanche(?= (1er|\d))"),
        "lundi",
    ),
    (re.compile(r"(\bport\W{1,4})\d{4,5}\b"), r"\g<1>0"),
    (re.compile(r"\b\d\d? h \d\d\b"), "0 h 00"),
    (re.compile(r"/[\w/.-]*/(?=(campaign|campagne|home)\b)"), "/…/"),
    (re.compile(r"(?<=campaign-)[\d-]{8,}|(?<=campagne-)[\d-]{8,}"), "2000"),
    (re.compile(r"(partiraient ainsi\W*)\d.*"), r"\g<1>…"),  # by the hour
    (re.compile(r"(?<=at=)\d+|(?<=new/)\d+"), "0"),
    (re.compile(r"\b[\d,]+ (?:ko|Ko|Mo)\b"), "0 Ko"),
]


def shown(page: Page) -> str:
    """The main part of a page. What changes from one day, port or folder to the next does not."""
    (main,) = page.html.iter("main")
    lines = (" ".join(line.split()) for line in "".join(_told(main, page)).split("\n"))
    return steady("\n".join(line for line in lines if line.strip(" |")))


def steady(words: str) -> str:
    """With one time, token and folder for all."""
    for changing, constant in _CHANGES:
        words = changing.sub(constant, words)
    return neutral(words)


def _told(node: Any, page: Page) -> Iterator[str]:
    tag = node.tag if isinstance(node.tag, str) else "script"
    if tag not in ("script", "style", "template") and node.get("type") != "hidden":
        is_block = tag in BLOCKS
        yield "\n" * is_block + STARTS.get(tag, "")
        yield from _beginning(tag, node, page)
        if tag not in ("textarea", "select", "svg"):
            yield node.text or ""
            for each in node:
                yield from _told(each, page)
        yield {"a": f"]({_way(node.get('href'), page)})", "button": "]]", "mark": "*"}.get(tag, "")
        yield " | " if tag in ("td", "th") else ""
        yield "\n" * is_block
    yield node.tail or ""


def _beginning(tag: str, node: Any, page: Page) -> Iterator[str]:
    name = f"{node.get('name')}{'!' * (node.get('aria-invalid') == 'true')}"
    if tag == "a":
        yield "["
    elif tag == "mark":
        yield "*"
    elif tag == "button":
        yield "[[" + "off: " * (node.get("disabled") is not None)
    elif tag == "form":
        yield f"{{{_way(node.get('action'), page)}}}\n"
    elif tag in ("iframe", "img"):
        yield f"{{{tag} {node.get('title') or node.get('alt')}: {_way(node.get('src'), page)}}}"
    elif tag == "textarea":
        words = " ".join((node.text or "").split())
        yield f"{{{name}: {words}}}"
    elif tag == "select":
        chosen = [
            each.text.strip() for each in node.iter("option") if each.get("selected") is not None
        ]
        others = [each.text.strip() for each in node.iter("option")]
        yield f"{{{name}: {' '.join(chosen) or others[0]}; {len(others)} choices}}"
    elif tag == "input" and node.get("type") in ("checkbox", "radio"):
        is_ticked = node.get("checked") is not None
        yield f"{{{name}={node.get('value')}{': ticked' * is_ticked}}} "
    elif tag == "input":
        yield f"{{{name}: {node.get('value') or ''}}}"


def _way(to: str | None, page: Page) -> str:
    """Where it leads, from the campaign on."""
    whole = urljoin(page.url, to or "")
    below = re.sub(r"^http://127\.0\.0\.1:\d+/[\w-]{32}/(c/\d+/)?", "", whole)
    return "" if whole == page.url else below
