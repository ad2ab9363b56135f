"""Two hundred Word letters with all kinds of fields, in one another: each says what Word printed.

A letter is made of pieces whose result for one person is known beforehand: it is what a print in
Word leaves in the file.
"""

from __future__ import annotations

import datetime
import random
import re
from dataclasses import dataclass
from html import unescape

import pytest

from merge.app import new
from merge.letters.drafts import draft, word
from merge.letters.template import compile_template
from merge.model import Channel, Letter, Recipient
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


FIELDS = (
    ("Nom", "", "Le Goff"),
    ("Nom", r"\* Upper", "LE GOFF"),
    ("Nom", r"\* Lower \* MERGEFORMAT", "le goff"),
    ("Prénom", r"\* FirstCap", "Anaïs"),
    ("Type", r"\* Caps", "Actif"),
    ("Type", r"\* Upper \* CHARFORMAT", "ACTIF"),
    ("Rue", r"\* Caps", "Quai Duguay-Trouin"),
    ("Ville", "", "Saint-Malo"),
    ("CP", r"\* MERGEFORMAT", "35400"),
    ("Montant", r'\# "# ##0,00 €"', "1 234,50 €"),
    ("Montant", r"\# 0", "1235"),
    ("Montant", r'\# "#,##0.00"', "1,234.50"),
    ("Reste", r'\# "0,00"', "0,13"),
    ("Reste", r'\# "0,###"', "0,125"),
    ("Enfants", r"\# 000", "002"),
    ("Adhésion", r'\@ "dd/MM/yyyy"', "01/03/2026"),
    ("Adhésion", r'\@ "dddd d MMMM yyyy"', "dimanche 1er mars 2026"),
    ("Adhésion", r'\@ "MMM yy"', "mars 26"),
    ("Adhésion", r'\@ "d MMMM yyyy"', "1er mars 2026"),
    ("Adhésion", r'\@ "jj/MM/aa"', "01/03/26"),
    ("Rue", r'\b "au " \f ","', "au quai Duguay-Trouin,"),
    ("Quartier", r'\b "quartier " \f "."', ""),
)
CONDITIONS = (
    ("Sexe", "=", '"F"', True),
    ("Sexe", "<>", '"F"', False),
    ("Type", "=", "actif", True),
    ("Type", "=", '"Actif"', False),
    ("Type", "=", '"act*"', True),
    ("Type", "<>", '"?ctif"', False),
    ("Enfants", ">", "1", True),
    ("Enfants", "<=", '"1,5"', False),
    ("Enfants", "=", "2", True),
    ("Enfants", "=", "02", True),
    ("Montant", ">=", "1234,5", True),
    ("Montant", "<", "1000", False),
    ("Quartier", "=", '""', True),
    ("Quartier", "<>", '""', False),
    ("Ville", "=", '"Saint-Malo"', True),
    ("CP", "=", '"35*"', True),
    ("CP", "<>", '"35400"', False),
    ("Adhésion", "=", '"2026-03-01"', True),
)
# What no letter can say: the code, and what the last print left of it.
UNSAYABLE = (
    (" NEXT ", ""),
    (' NEXTIF "a" = "b" ', ""),
    (' SKIPIF "a" = "b" ', ""),
    (" = 2 * 21 ", "42"),
    (r" MERGEFIELD Enfants \* CardText ", "deux"),
    (r' MERGEFIELD Adhésion \@ "hh:mm AM/PM" ', "12:00 AM"),
    (r' MERGEFIELD Montant \# "0,00;(0,00);nul" ', "1234,50"),
    (' IF "a" = "b" "c" "d" ', "d"),
    (" COMPARE a = b ", "0"),
)
WORDS = (
    *("adhérente", "l'assemblée", "du", "printemps", "aura", "lieu", "comme", "chaque", "année"),
    *("à", "la", "salle"),
)


def a_field(chance: random.Random) -> Part:
    name, switches, said = chance.choice(FIELDS)
    called = f'"{name}"' if chance.random() < 0.3 else name
    said_runs = run(said) if chance.random() < 0.7 else run(said[:2]) + run(said[2:])
    return Part(field(f" MERGEFIELD {called} {switches} ", said_runs), said)


def a_condition(chance: random.Random, depth: int) -> Part:
    name, operator, right, is_true = chance.choice(CONDITIONS)
    ways = [a_way(chance, depth), a_way(chance, depth) if chance.random() < 0.8 else Part("", "")]
    said = ways[0 if is_true else 1].said
    left = field(f" MERGEFIELD {name} ", run("x"))
    if chance.random() < 0.2:
        left = code('"') + left + code('"')
    xml = char("begin") + code(" IF ") + left + code(f' {operator} {right} "') + ways[0].xml
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


@pytest.mark.parametrize("seed", range(200))
def test_a_generated_letter_says_what_word_printed(seed: int) -> None:
    letter = a_letter(seed)
    made = letter_of(word_file(letter.xml))
    assert words_of(made.html) == alike(letter.said)


@pytest.mark.parametrize("seed", range(60))
def test_each_code_that_no_letter_can_say_is_named_and_stays_open(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - as above
    known = a_letter(seed)
    codes = chance.sample(UNSAYABLE, 3)
    body = known.xml + "".join(
        f"<w:p>{run('Lieu ')}{field(each, run(left) if left else '')}</w:p>" for each, left in codes
    )
    made = word.read(word_file(body))
    told = [each.words for each in made.unplaced if each.kind == "rule"]
    assert told == [" ".join(each.split()) for each, _left in codes]
    for each, _left in codes:
        assert f"[{' '.join(re.sub(r'[|]', '', each).split())[:20]}" in made.markdown
