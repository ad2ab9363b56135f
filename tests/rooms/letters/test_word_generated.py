"""Many Word letters with all kinds of fields, in one another: each says what Word printed.

A letter is made of pieces whose result for one person is known beforehand: it is what a print in
Word leaves in the file.
"""

from __future__ import annotations

import datetime
import random
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from merge.app import new
from merge.letters.drafts import draft, word
from merge.letters.template import compile_template
from merge.model import Channel, Letter, Recipient
from tests.facts import facts
from tests.rooms.letters.test_template import WRITER
from tests.word_files import char, code, field, run, word_file

FRAME = "{{ opening }}{{ body }}{{ closing }}"
COLUMNS = {
    "Montant": "1234,5",
    "Reste": "0,125",
    "Adhésion": "2026-03-01",
    "Type": "actif",
    "Enfants": "2",
    "Quartier": "",
    "Rue": "quai Duguay-Trouin",
}
ANAIS = Recipient(
    key="1",
    civility="Mme",
    first_name="Anaïs",
    surname="Le Goff",
    sex="F",
    locality="Saint-Malo",
    postcode="35400",
    fields=COLUMNS,
)


def rendered(source: str) -> Letter:
    """The letter to Anaïs."""
    template = compile_template(
        source=source,
        look="",
        page_frame=FRAME,
        mail_frame=FRAME,
        writer=WRITER,
        date=datetime.date(2026, 3, 1),
        columns=frozenset((*COLUMNS, "civilite", "prenom", "nom", "ville")),
        audience="people",
    )
    made = template.render(ANAIS, Channel.EMAIL)
    assert isinstance(made, Letter), made
    return made


def letter_of(content: bytes) -> Letter:
    """What Anaïs reads of a Word file, its blanks filled by the columns of their names, of which
    "Rue" is kept as one of the list's own.
    """
    made = draft.read(content, "x.docx")
    fills = {each.name: each.name for each in made.blanks_for("people") if not each.certain}
    source = new.letter(made, subject="x", fills=fills, audience="people", columns=COLUMNS).source
    return rendered(source)


def words_of(html: str) -> list[str]:
    """The words of a page in the order of reading, without what lists put before them."""
    text = re.sub(r"<(?:br|/p|/td|/th|/li|/h\d|/tr)\b[^>]*>", " ", html)
    text = unescape(re.sub(r"<[^>]*>", "", text))
    return alike(text)


def alike(text: str) -> list[str]:
    """Words as both programs write them: one kind of space and of apostrophe."""
    text = re.sub(r"[\s\u00a0\u202f\u2009]+", " ", text.replace("’", "'"))
    text = re.sub(r"(?<=\w) (?=[;:!?€%])", "", text)
    return [each for each in text.split() if each not in ("•", "-", "–", "\ufeff")]


# --- pieces whose result is known -----------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A piece of a paragraph: its XML, and what it says to Anaïs."""

    xml: str
    said: str


SAID = Path(__file__).with_suffix(".txt")
FIELDS = [(*code, said) for code, (said,) in facts(SAID, "fields")]
CONDITIONS = [(*code, is_true) for code, (is_true,) in facts(SAID, "conditions")]
UNSAYABLE = [
    (f" {code} ", left)
    for (code,), (left,) in facts(SAID, "what no letter can say, and what is left of it")
]
WORDS = (
    *("adhérente", "l'assemblée", "du", "printemps", "aura", "lieu", "comme", "chaque", "année"),
    *("à", "la", "salle"),
)


def a_field(chance: random.Random) -> Part:
    whole, said = chance.choice(FIELDS)
    name, _, switches = whole.partition(" ")
    called = f'"{name}"' if chance.random() < 0.3 else name
    said_runs = run(said) if chance.random() < 0.7 else run(said[:2]) + run(said[2:])
    return Part(field(f" MERGEFIELD {called} {switches} ", said_runs), said)


def a_condition(chance: random.Random, depth: int) -> Part:
    condition, is_true = chance.choice(CONDITIONS)
    name, _, compared = condition.partition(" ")
    ways = [a_way(chance, depth), a_way(chance, depth) if chance.random() < 0.8 else Part("", "")]
    said = ways[is_true == "no"].said
    left = field(f" MERGEFIELD {name} ", run("x"))
    if chance.random() < 0.2:
        left = code('"') + left + code('"')
    xml = char("begin") + code(" IF ") + left + code(f' {compared} "') + ways[0].xml
    xml += code('" "') + ways[1].xml + code('" ') + char("separate") + run(said) + char("end")
    return Part(xml, said)


def a_way(chance: random.Random, depth: int) -> Part:
    """The words of one way: they stand in the code of the condition."""
    parts = []
    for _ in range(chance.randint(1, 2)):
        kind = chance.random()
        if depth and kind < 0.35:
            parts.append(a_condition(chance, depth - 1))
        elif kind < 0.65:
            parts.append(a_field(chance))
        else:
            words = " ".join(chance.sample(WORDS, 2)) + " "
            parts.append(Part(code(words), words))
    return Part("".join(part.xml for part in parts), "".join(part.said for part in parts))


def a_paragraph(chance: random.Random, properties: str = "") -> Part:
    parts = []
    for _ in range(chance.randint(2, 4)):
        kind = chance.random()
        if kind < 0.3:
            words = " ".join(chance.sample(WORDS, 3)) + " "
            parts.append(Part(run(words, *chance.choice([(), ("b",), ("i",), ("b", "i")])), words))
        elif kind < 0.6:
            parts.append(a_field(chance))
        else:
            parts.append(a_condition(chance, 2))
        parts.append(Part(run(" "), " "))
    xml = "".join(part.xml for part in parts)
    return Part(
        f"<w:p><w:pPr>{properties}</w:pPr>{xml}</w:p>", "".join(part.said for part in parts)
    )


def a_block(chance: random.Random) -> Part:
    kind = chance.random()
    if kind < 0.6:
        alignment = chance.choice(["", '<w:jc w:val="right"/>', '<w:jc w:val="center"/>'])
        return a_paragraph(chance, alignment)
    if kind < 0.8:
        number = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
        items = [a_paragraph(chance, number) for _ in range(2)]
        return Part("".join(each.xml for each in items), " ".join(each.said for each in items))
    cells = [a_paragraph(chance) for _ in range(4)]
    borders = '<w:tblPr><w:tblStyle w:val="Grilledutableau"/></w:tblPr>'
    grid = '<w:tblGrid><w:gridCol w:w="4500"/><w:gridCol w:w="4500"/></w:tblGrid>'
    rows = "".join(
        "<w:tr>" + "".join(f"<w:tc>{each.xml}</w:tc>" for each in cells[i : i + 2]) + "</w:tr>"
        for i in (0, 2)
    )
    end = run("fin")
    return Part(
        f"<w:tbl>{borders}{grid}{rows}</w:tbl><w:p>{end}</w:p>",
        " ".join([*(each.said for each in cells), "fin"]),
    )


def a_letter(seed: int) -> Part:
    """The body of a letter, and what it says to Anaïs."""
    chance = random.Random(seed)  # noqa: S311 - a letter is no secret
    blocks = [a_block(chance) for _ in range(chance.randint(3, 6))]
    greeting = Part(
        f"<w:p>{run('Bonjour Anaïs, voici la lettre.')}</w:p>", "Bonjour Anaïs, voici la lettre."
    )
    blocks.insert(0, greeting)
    return Part("".join(each.xml for each in blocks), " ".join(each.said for each in blocks))


def test_a_generated_letter_says_what_word_printed():
    wrong = []
    for seed in range(200):
        letter = a_letter(seed)
        found = words_of(letter_of(word_file(letter.xml)).html)
        if found != alike(letter.said):
            wrong.append((seed, found, letter.said))
    assert wrong == []


def test_each_code_that_no_letter_can_say_is_named_and_stays_open():
    wrong = []
    for seed in range(60):
        codes = random.Random(seed).sample(UNSAYABLE, 3)  # noqa: S311 - as above
        body = a_letter(seed).xml + "".join(
            f"<w:p>{run('Lieu ')}{field(each, run(left) if left else '')}</w:p>"
            for each, left in codes
        )
        made = word.read(word_file(body))
        told = [each.words for each in made.unplaced if each.kind == "rule"]
        named = [" ".join(each.split()) for each, _left in codes]
        opened = [f"[{each.replace('|', '')[:20]}" in made.markdown for each in named]
        if told != named or not all(opened):
            wrong.append((seed, told, opened))
    assert wrong == []
