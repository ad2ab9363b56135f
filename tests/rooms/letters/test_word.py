"""Claims about Word letters: no merge field vanishes, and what was set in bold is bold."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import LetterError
from merge.letters.drafts import fromhtml, word
from merge.letters.drafts.unplaced import LOOKS, Unplaced
from merge.letters.drafts.word import WordLetter
from merge.words import drafting
from tests.examples import each_line, sections
from tests.rooms.letters.test_plain import said_by
from tests.word_files import PNG, RELATED, SPACES, TYPES, R, W, docx, expanded, run, simple

TO_WRITE_ON = re.compile(r"(?:\\?_){8,}")
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"


def letter(body: str, **options: dict[str, str | bytes]) -> WordLetter:
    return word.read(docx(body, **options))


# --- word.txt -------------------------------------------------------------------------------------

Case = tuple[str, dict[str, str | bytes], list[str]]


def cases(lines: list[str]) -> Iterator[Case]:
    """The bodies of one claim, other parts ("+"), and what is said ("→") and told ("!")."""
    body, parts, said = "", dict[str, str | bytes](), list[str]()
    for line in lines:
        if said and line[0] not in "→!":
            yield body, {**parts}, said
            body, said = "", []
        if line[0] in "→!":
            said.append(line)
        elif line.startswith("+"):
            _, name, part = line.split(" ", 2)
            root, rest = expanded(part).split(">", 1) if part[1].islower() else (part, "")
            parts[name] = f"{root} {SPACES}>{rest}" if rest else part
        else:
            body += line
    yield body, parts, said


def told(made: WordLetter) -> list[str]:
    lines = ["! " + f"{each.kind}: {each.words} @ {each.place}".removesuffix(" @ ")
             for each in made.unplaced]  # fmt: skip
    lines += [f"! file: {name}" for name, content in made.pictures.items() if content == PNG]
    return lines + [f"! set in: {made.font}"] * bool(made.font)


def test_each_letter_says_what_word_prints_and_what_it_cannot_say_is_told() -> None:
    wrong = []
    for claim, lines in sections(Path(__file__).with_name("word.txt")).items():
        for body, parts, expected in cases(lines):
            made = letter(expanded(body), parts=parts)
            said = TO_WRITE_ON.sub(lambda line: f"_×{line[0].count('_')}", made.markdown)
            found = [f"→ {said.strip()}".strip().replace("\n", "⏎"), *told(made)]
            if found != expected:
                wrong.append((claim, body, found))
    assert wrong == []


def test_each_look_has_its_words() -> None:
    assert drafting.LOOKS.keys() == set(LOOKS)


@each_line
def test_html_becomes_the_markdown_that_says_it(html: str, expected: str) -> None:
    assert fromhtml.read(html).markdown == expected


def test_a_table_of_a_million_columns_is_none() -> None:
    wide = '<tr><tc><tcPr><gridSpan val="1000000"/></tcPr><p/></tc><tc><p/></tc></tr>'
    row = "<tr><tc><p><run>c</run></p></tc><tc><p><run>d</run></p></tc></tr>"
    borders = '<tblPr><tblBorders><top val="single"/></tblBorders></tblPr>'
    made = letter(expanded(f"<tbl>{borders}{wide}{row}</tbl>"))
    assert len(made.markdown) < 2_000


# --- other files ----------------------------------------------------------------------------------


def test_a_strict_file_is_read_alike() -> None:
    body = f"<w:p>{simple(' MERGEFIELD Commune ')}</w:p>"
    document = f"<w:document {SPACES}><w:body>{body}</w:body></w:document>".replace(W, STRICT)
    assert word.read(docx("", parts={"word/document.xml": document})).markdown == "[Commune]\n"


def test_a_letter_of_word_in_a_browser_is_read_alike() -> None:
    body = f"<w:p>{run('à ')}{simple(' MERGEFIELD Commune ')}</w:p>"
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(docx(body))) as package,
        zipfile.ZipFile(file, "w") as renamed,
    ):
        for name in package.namelist():
            content = package.read(name).replace(b"word/document.xml", b"word/document2.xml")
            renamed.writestr(name.replace("document.xml", "document2.xml"), content)
    assert word.read(file.getvalue()).markdown == "à [Commune]\n"


def test_a_picture_on_the_disk_of_whoever_opens_the_letter_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "own.png").write_bytes(PNG)
    related = (
        f'<Relationship Id="away" Type="{R}/image" Target="{(tmp_path / "own.png").as_uri()}"'
        ' TargetMode="External"/>'
    )
    made = letter(
        "<w:p><w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
        '<a:blip r:link="away"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r></w:p>",
        parts={
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{RELATED}">{related}'
            "</Relationships>"
        },
    )
    assert made.pictures == {}
    assert made.unplaced == (Unplaced(kind="picture", words="picture-1"),)


# --- looks ----------------------------------------------------------------------------------------


runs = st.lists(
    st.tuples(st.text(st.sampled_from('ab é.,*_(!"'), min_size=1), st.booleans(), st.booleans()),
    min_size=1,
).filter(lambda runs: "___" not in "".join(text for text, _, _ in runs))


@given(runs)
def test_whatever_is_bold_or_italic_the_words_stay(runs: list[tuple[str, bool, bool]]) -> None:
    html = ""
    for text, bold, italic in runs:
        inner = f"<em>{escape(text)}</em>" if italic else escape(text)
        html += f"<strong>{inner}</strong>" if bold else inner
    said = said_by(fromhtml.read(f"<p>x</p><p>{html}</p>").markdown)
    assert "".join(said.split()) == "".join(f"x{''.join(text for text, _, _ in runs)}".split())


@each_line
def test_a_picture_is_called_by_its_kind_as_programs_write_it(kind: str, ending: str) -> None:
    picture = (
        "<w:p><w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
        '<a:blip r:embed="png"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r></w:p>"
    )
    default = f'<Default Extension="png" ContentType="{kind}"/>'
    made = letter(
        picture, parts={"[Content_Types].xml": f'<Types xmlns="{TYPES}">{default}</Types>'}
    )
    assert made.pictures == {f"picture-1.{ending}": PNG}
    assert made.unplaced == ()


def test_raised_and_lowered_digits_stay_and_other_words_are_told() -> None:
    made = fromhtml.read(
        "<h2>A <b>b</b></h2><p>1<sup>er</sup></p>"
        "<p>10<sup>2</sup> m<b><sup>3</sup></b>, CO<sub>2</sub></p><p>e<sup>ix</sup></p>"
    )
    assert made.markdown == "## A **b**\n\n1er\n\n10² m**³**, CO₂\n\neix\n"
    assert made.unplaced == (Unplaced(kind="look", words="raised", place="eix"),)


# --- what is no letter ----------------------------------------------------------------------------


def claiming(content: bytes, size: int) -> bytes:
    """A Word file whose list of parts says so of the size of its picture."""
    claimed = bytearray(docx("", parts={PICTURE: content}))
    entry = claimed.rindex(PICTURE.encode()) - 46
    claimed[entry + 24 : entry + 28] = size.to_bytes(4, "little")
    return bytes(claimed)


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 20}">'
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
PICTURE = "word/media/image1.png"


def test_what_is_no_letter_or_unpacks_without_end_is_refused():
    laughing = f"{LAUGHS}]><w:document {SPACES}><w:body>&h;</w:body></w:document>"
    cases: list[tuple[str, bytes, str, object]] = [
        ("nothing", b"", "letter-not-word", None),
        ("an old .doc", b"\xd0\xcf\x11\xe0 an old .doc", "letter-not-word", None),
        ("cut short", docx("")[:200], "letter-not-word", None),
        *(
            (f"broken {name}", docx("", parts={name: "<w:document"}), "letter-not-word", None)
            for name in ("word/document.xml", "_rels/.rels", "word/header1.xml")
        ),
        ("a large part", docx("", parts={PICTURE: b"\0" * 60_000_000}), "letter-too-large", 50),
        ("a claim of 100 MB", claiming(PNG, 100_000_000), "letter-too-large", 50),
        ("a claim of less", claiming(PNG + bytes(1_000_000), 100), "letter-not-word", None),
        ("a large text", docx(" " * 6_000_000), "letter-too-large", 5),
        ("entities", docx("", parts={"word/document.xml": laughing}), "letter-not-word", None),
    ]
    failures = []
    for what, content, code, megabytes in cases:
        with pytest.raises(LetterError) as caught:
            word.read(content)
        if (caught.value.code, caught.value.facts.get("megabytes")) != (code, megabytes):
            failures.append((what, caught.value.code, caught.value.facts))
    assert failures == []
    assert word.read(docx("", parts={PICTURE: PNG + bytes(6_000_000)})).markdown == "\n"
