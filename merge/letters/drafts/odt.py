"""A text of LibreOffice (.odt) → Markdown with blanks, and its pictures, as `word` does.

Source: OASIS OpenDocument 1.3, Part 3. The HTML that comes of it is of the dialect of `fromhtml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from xml.etree.ElementTree import Element

from merge.errors import LetterError
from merge.letters.drafts import fieldcodes, fromhtml, lengths, odt_fields, packages
from merge.letters.drafts import word_xml as xml
from merge.letters.drafts.odt_fields import words_of
from merge.letters.drafts.odt_styles import Lists, OdtStyles, TextLook
from merge.letters.drafts.unplaced import (
    Kind,
    Unplaced,
    first_words,
    fonts_told,
    missing,
    usual_font,
)
from merge.letters.drafts.word import WordLetter

_CONTENT = re.compile(r"content\.xml")
_REPEATED_AT_MOST = 100


def read(content: bytes) -> WordLetter:
    """What an .odt says. LetterError as `word.read`."""
    try:
        parts = packages.unpacked(content, needed=_CONTENT)
        if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
            raise LetterError("letter-encrypted")
        reader = _OdtReader(parts)
        html = reader.html()
        made = fromhtml.read(html)
        told = [*reader.told, *made.unplaced]
        told += missing(reader.said, made.markdown, told)
    except LetterError:
        raise
    except Exception as error:
        # zipfile and the XML parser raise what they like over a damaged file.
        raise LetterError("letter-not-word") from error
    return WordLetter(
        markdown=made.markdown,
        pictures=reader.pictures,
        unplaced=tuple(told),
        fields=frozenset(reader.fields.columns),
        font=reader.font,
    )


# What stands before the text and is none of it.
_NO_TEXT = frozenset(
    (
        *("forms", "sequence-decls", "variable-decls", "user-field-decls", "dde-connection-decls"),
        *("tracked-changes", "soft-page-break", "alphabetical-index-auto-mark-file"),
    )
)
_FRAMES = ("frame", "custom-shape", "rect", "g", "text-box", "a")


class _OdtReader:
    def __init__(self, parts: dict[str, bytes]) -> None:
        self._parts = parts
        self._root = xml.parse(parts["content.xml"])
        self._around = xml.parse(parts["styles.xml"]) if "styles.xml" in parts else None
        self._styles = OdtStyles(self._root, self._around)
        self._lists = Lists(self._root, self._around)
        self.fields = fieldcodes.FieldReader()
        self._notes: list[str] = []
        self._after: list[str] = []  # blocks anchored in the paragraph that is being read
        self._place = ""
        self._is_note = False
        self._inserted: dict[str, list[str]] = {}
        self._insertions: frozenset[str] = frozenset()
        self._deleted: dict[str, str] = {}  # words whose place has still to come
        self.font = ""
        self.pictures: dict[str, bytes] = {}
        self.told: list[Unplaced] = []
        self.said: list[str] = []  # what each paragraph says, to look whether all of it is there

    def _tell(self, kind: Kind, words: str, place: str | None = None) -> None:
        self.told.append(
            Unplaced(kind=kind, words=words, place=self._place if place is None else place)
        )

    def html(self) -> str:
        """The whole text."""
        body = next(xml.descendants(self._root, "body"))
        text = next((each for each in body if xml.name(each) == "text"), body)
        self._changes(text)
        if self._around is not None:
            self._margins(self._around)
        self.told += fonts_told((), self._styles.fonts(text))
        self.font = usual_font(self._styles.signs_by_font(text))
        blocks = "".join(self._blocks(text))
        if self._notes:
            items = (
                f'<li id="footnote-{number}">{note}</li>'
                for number, note in enumerate(self._notes, 1)
            )
            blocks += f"<ol>{''.join(items)}</ol>"
        for words in self._inserted.values():
            if said := " ".join("".join(words).split()):
                self._tell("inserted", said, "")
        for said in filter(None, self._deleted.values()):
            self._tell("deleted", said, "")
        return blocks

    # --- what is told -----------------------------------------------------------------------------

    def _changes(self, text: Element) -> None:
        inserted = set()
        for region in xml.descendants(text, "changed-region"):
            key = xml.attribute(region, "id")
            for change in region:
                if xml.name(change) == "deletion":
                    self._deleted[xml.attribute(region, "id")] = words_of(change)
                elif xml.name(change) == "insertion":
                    inserted.add(key)
        self._insertions = frozenset(inserted)

    def _margins(self, root: Element) -> None:
        for margin in xml.descendants(root, "header", "footer", "header-first", "footer-first"):
            place = xml.name(margin).removesuffix("-first")
            if words := words_of(margin):
                told = Unplaced(kind="margin", words=words, place=place)
                if told not in self.told:
                    self.told.append(told)
            for image in xml.descendants(margin, "image"):
                file = xml.attribute(image, "href")
                if file in self._parts and (ending := packages.picture_ending(file)):
                    name = f"logo-{len(self.pictures) + 1}.{ending}"
                    self.pictures[name] = self._parts[file]
                    self._tell("logo", name, place)
                else:
                    self._tell("picture", file, place)

    # --- blocks -----------------------------------------------------------------------------------

    def _blocks(self, parent: Element, *, in_cell: bool = False) -> Iterator[str]:
        for element in parent:
            kind = xml.name(element)
            if kind in ("p", "h"):
                yield from self._paragraph(element)
            elif kind == "list":
                yield self._list(element, level=1, style="", in_cell=in_cell)
            elif kind == "table":
                yield self._table(element, in_cell=in_cell)
            elif kind in _FRAMES:
                yield from self._anchored(element)
            elif kind == "annotation":
                self._comment(element)
            elif kind not in _NO_TEXT:
                if xml.attribute(element, "display") in ("none", "condition"):
                    self._tell("hidden", first_words(words_of(element)), "")
                    continue
                yield from self._blocks(element, in_cell=in_cell)

    def _paragraph(self, element: Element, label: str = "") -> Iterator[str]:
        style = self._styles.paragraph(xml.attribute(element, "style-name"))
        self._place, outer = first_words(words_of(element)), self._place
        self.said.append(words_of(element, self.fields))
        waiting, self._after = self._after, []
        is_heading = xml.name(element) == "h"
        words = self._inline(element, style.look if not is_heading else style.look.plain())
        level = min(max(xml.number(element, "outline-level"), 1), 6)
        if is_heading and not label:
            label = self._lists.of_heading(element, level)
        if label and words.strip():
            words = f"{escape(label)} {words}"
        kind = style.alignment
        if not kind:
            first_line_cm = style.first_line_cm if words.strip() else 0
            kind, lost = lengths.indent(style.indent_cm, first_line_cm, _leading_tabs(element))
            for look in lost:
                self._tell("look", look)
        tag = f"h{level}" if is_heading else "p"
        if style.breaks_before:
            yield "<p><hr/></p>"
        if words.strip():
            attribute = f' class="{kind}"' if kind else ""
            yield f"<{tag}{attribute}>{words}</{tag}>"
        yield from self._after
        if style.breaks_after:
            yield "<p><hr/></p>"
        self._after, self._place = waiting, outer

    def _list(self, element: Element, *, level: int, style: str, in_cell: bool) -> str:
        style = xml.attribute(element, "style-name") or style
        numbered = self._lists.begin(element, style, level)
        html = ""
        is_open = False
        for item in element:
            if xml.name(item) not in ("list-item", "list-header"):
                continue
            label = numbered.next(item) if xml.name(item) == "list-item" else None
            is_heading = any(xml.name(each) == "h" for each in item)
            # Words alone can say the number of a heading, and one such as "a)".
            if label is not None and (is_heading or not label.kind):
                if is_open:
                    html, is_open = f"{html}</{numbered.tag}>", False
                html += "".join(self._labelled(item, label.words, level, style, in_cell))
                continue
            if not is_open:
                start = f' start="{label.number}"' if label and label.kind == "number" else ""
                html, is_open = f"{html}<{numbered.tag}{start}>", True
            number = ""
            if label is not None and label.kind == "number":
                number = f'<span class="number">{label.number}</span>'
            html += f"<li>{number}{self._item(item, level, style, in_cell)}</li>"
        return f"{html}</{numbered.tag}>" if is_open else html

    def _item(self, item: Element, level: int, style: str, in_cell: bool) -> str:
        html = ""
        for each in item:
            if xml.name(each) == "list":
                html += self._list(each, level=level + 1, style=style, in_cell=in_cell)
            elif xml.name(each) in ("p", "h"):
                # In an item no block is set by itself.
                html += re.sub(r'(<[ph]\d?) class="\w+"', r"\1", "".join(self._paragraph(each)))
        return html

    def _labelled(
        self, item: Element, label: str, level: int, style: str, in_cell: bool
    ) -> Iterator[str]:
        for each in item:
            if xml.name(each) == "list":
                yield self._list(each, level=level + 1, style=style, in_cell=in_cell)
            elif xml.name(each) in ("p", "h"):
                html = "".join(self._paragraph(each, label))
                yield html.replace("<p>", '<p class="indent">') if level > 1 else html
                label = ""

    def _table(self, table: Element, *, in_cell: bool) -> str:
        head: list[str] = []
        body: list[str] = []
        rows = [
            (row, bool(is_head))
            for is_head, row in _rows(table)
            for _ in range(_repeated(row, "number-rows-repeated"))
        ]
        cells = [[each for each in row if xml.name(each) == "table-cell"] for row, _ in rows]
        is_bare = len(rows) == 1 and not any(
            self._styles.has_border(xml.attribute(cell, "style-name")) for cell in cells[0]
        )
        is_layout = not in_cell and (is_bare or max(map(len, cells), default=0) == 1)
        if is_layout:
            self._tell("layout", first_words(words_of(table)), "")
        elif in_cell:
            self._tell("nested", first_words(words_of(table)), "")
        # Most people write a head in bold, and say nothing of it.
        is_bold = len(rows) > 1 and all(map(self._is_bold, filter(words_of, cells[0])))
        is_bold = is_bold and any(map(words_of, cells[0]))
        for i, ((_, is_head), row) in enumerate(zip(rows, cells, strict=True)):
            tag = "th" if is_head else "td"
            line = "".join(
                self._cell(cell, tag, in_cell=not is_layout)
                for cell in row
                for _ in range(_repeated(cell, "number-columns-repeated"))
            )
            (head if is_head or (i == 0 and is_bold) else body).append(f"<tr>{line}</tr>")
        attribute = ' class="layout"' if is_layout else ""
        heads = f"<thead>{''.join(head)}</thead>" if head else ""
        return f"<table{attribute}>{heads}<tbody>{''.join(body)}</tbody></table>"

    def _cell(self, cell: Element, tag: str, *, in_cell: bool) -> str:
        across = xml.attribute(cell, "number-columns-spanned")
        down = xml.attribute(cell, "number-rows-spanned")
        spans = f' colspan="{escape(across)}"' if across not in ("", "1") else ""
        spans += f' rowspan="{escape(down)}"' if down not in ("", "1") else ""
        return f"<{tag}{spans}>{''.join(self._blocks(cell, in_cell=in_cell))}</{tag}>"

    def _is_bold(self, cell: Element) -> bool:
        for paragraph in xml.descendants(cell, "p"):
            style = self._styles.paragraph(xml.attribute(paragraph, "style-name"))
            plain = (paragraph.text or "") + "".join(each.tail or "" for each in paragraph)
            if plain.strip() and not style.look.bold:
                return False
            for span in xml.descendants(paragraph, "span"):
                look = self._styles.text(xml.attribute(span, "style-name"), style.look)
                if words_of(span) and not look.bold:
                    return False
        return True

    # --- inside a paragraph -----------------------------------------------------------------------

    def _inline(self, element: Element, look: TextLook) -> str:
        html = self._text(element.text or "", look)
        for child in element:
            html += self._node(child, look)
            html += self._text(child.tail or "", look)
        return html

    def _text(self, words: str, look: TextLook) -> str:
        for heard in self._inserted.values():
            heard.append(words)
        if not words:
            return ""
        if look.hidden:
            if words.strip():
                self._tell("hidden", " ".join(words.split()))
            return ""
        if words.strip():
            for each in look.lacking:
                if each != "size" or not self._is_note:  # a note has a size of its own
                    self._tell("look", each)
        html = escape(re.sub("[\ue000-\uf8ff]", "", words))
        for tag in look.tags:
            html = f"<{tag}>{html}</{tag}>"
        return html

    def _node(self, node: Element, look: TextLook) -> str:
        kind = xml.name(node)
        match kind:
            case "span":
                return self._inline(
                    node, self._styles.text(xml.attribute(node, "style-name"), look)
                )
            case "a":
                href = escape(xml.attribute(node, "href"))
                return f'<a href="{href}">{self._inline(node, look)}</a>'
            case "line-break":
                return "<br/>"
            case "tab" | "s":
                return self._text(" ", look)
            case "note":
                return self._note(node)
            case "annotation":
                self._comment(node)
                return ""
            case "change-start" | "change-end" | "change":
                self._change(node)
                return ""
            case _ if kind in _FRAMES:
                inline, blocks = self._frame(node)
                self._after += blocks
                return inline
            case "ruby" | "ruby-base" | "meta" | "meta-field":
                return self._inline(node, look)
            case "ruby-text":
                return f" ({self._inline(node, look)}) "
            case "annotation-end" | "bookmark" | "soft-page-break":
                return ""
        return self._field(node, look)

    def _field(self, node: Element, look: TextLook) -> str:
        """A field says its name or its tag; what is none, its words."""
        code, said = odt_fields.code_of(node, self.fields), None
        if code.text:
            said = self.fields.said(code)
        if said is None or said.text is None:
            return self._inline(node, look)
        if said.untold:
            kind: Kind = "rule" if said.text else "code"
            self._tell(kind, first_words(said.untold))
        return self._text(said.text, look)

    def _note(self, note: Element) -> str:
        body = xml.child(note, "note-body")
        place = len(self._notes)
        self._notes.append("")
        number = place + 1
        self._is_note = True
        self._notes[place] = "" if body is None else "".join(self._blocks(body))
        self._is_note = False
        return f'<a href="#footnote-{number}">[{number}]</a>'

    def _comment(self, node: Element) -> None:
        words = " ".join(words_of(each) for each in xml.descendants(node, "p"))
        if words.strip():
            self._tell("comment", words)

    def _change(self, node: Element) -> None:
        key = xml.attribute(node, "change-id")
        if deleted := self._deleted.pop(key, ""):
            self._tell("deleted", deleted)
        if key in self._insertions and xml.name(node) == "change-start":
            self._inserted.setdefault(key, [])
        elif key in self._inserted and xml.name(node) == "change-end":
            words = " ".join("".join(self._inserted.pop(key)).split())
            if words:
                self._tell("inserted", words)

    # --- frames -----------------------------------------------------------------------------------

    def _anchored(self, frame: Element) -> Iterator[str]:
        inline, blocks = self._frame(frame)
        if inline:
            yield f"<p>{inline}</p>"
        yield from blocks

    def _frame(self, frame: Element) -> tuple[str, list[str]]:
        """The picture of a frame, and the blocks of a text box."""
        if xml.name(frame) == "a" and not any(xml.name(each) in _FRAMES for each in frame):
            return self._inline(frame, TextLook()), []
        image = xml.child(frame, "image")
        if image is not None and xml.child(frame, "object") is None:
            return self._picture(frame, image), []
        blocks = list(self._blocks(frame))
        box = xml.child(frame, "text-box")
        if blocks and (box is not None or xml.name(frame) in ("custom-shape", "rect")):
            self._tell("box", first_words(words_of(frame)))
        if not blocks and any(True for _ in xml.descendants(frame, "object", "object-ole")):
            self._tell("picture", xml.attribute(frame, "name") or "object")
        return "", blocks

    def _picture(self, frame: Element, image: Element) -> str:
        file = xml.attribute(image, "href")
        said = (words_of(each) for each in frame if xml.name(each) in ("title", "desc"))
        alt = next(filter(None, said), "")
        number = len(self.pictures) + 1
        if file not in self._parts or not (ending := packages.picture_ending(file)):
            self._tell("picture", file)
            return f'<img alt="{escape(alt or file)}" src=""/>'
        name = f"picture-{number}.{ending}"
        self.pictures[name] = self._parts[file]
        if xml.attribute(frame, "anchor-type") not in ("as-char", ""):
            self._tell("look", "position")
        width = lengths.width(lengths.cm(xml.attribute(frame, "width")))
        wide = f' width="{width}"' if width else ""
        return f'<img alt="{escape(alt)}" src="{name}"{wide}/>'


def _rows(table: Element) -> Iterator[tuple[bool, Element]]:
    for part in table:
        if xml.name(part) == "table-row":
            yield False, part
        elif xml.name(part) in ("table-rows", "table-row-group"):
            yield from _rows(part)
        elif xml.name(part) == "table-header-rows":
            yield from ((True, row) for row in part if xml.name(row) == "table-row")


def _repeated(element: Element, called: str) -> int:
    count = xml.number(element, called, 1)
    return 1 if count > _REPEATED_AT_MOST else count


def _leading_tabs(paragraph: Element) -> int:
    tabs = 0
    if (paragraph.text or "").strip():
        return 0
    for child in paragraph:
        if xml.name(child) != "tab":
            return tabs
        tabs += 1
        if (child.tail or "").strip():
            return tabs
    return tabs
