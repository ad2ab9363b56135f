"""Twenty Word letters of associations say word for word what LibreOffice makes of them."""

from __future__ import annotations

import re

from merge.app import new
from merge.letters.drafts import word
from merge.letters.drafts.draft import Draft
from tests.rooms.letters.test_word_generated import alike, rendered, words_of
from tests.word_letters import GOLDEN, LETTERS, content, digest

# What LibreOffice puts before the items of lists that have no number of their own in Markdown.
_LABEL = re.compile(r"^\s*(?:\d+\.|[•–-])\s+", re.MULTILINE)


def test_a_letter_says_what_libreoffice_says_and_tells_nothing_without_a_reason():
    wrong = []
    for name in LETTERS:
        read = word.read(content(name))
        made = Draft(body=read.markdown)
        fills = {each.name: each.name for each in made.blanks_for("people") if not each.certain}
        source = new.letter(made, subject="x", fills=fills, audience="people").source
        first, _, said = (GOLDEN / f"{name}.txt").read_text("utf-8").partition("\n")
        assert first == digest(name), "the letter was changed: python -m tests.word_letters"
        if words_of(rendered(source).html) != alike(_LABEL.sub("", said)):
            wrong.append(name)
        if {each.kind for each in read.unplaced} != (
            {"layout"} if name in ("entete", "signatures") else set()
        ):
            wrong.append(f"{name}: {read.unplaced}")
    assert wrong == []
