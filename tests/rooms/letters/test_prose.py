"""A block of a letter as words, blanks and emphasis, and back to Markdown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from merge.app.new import model_letter
from merge.letters import markdown
from merge.letters.blocks import split
from merge.letters.markdown import _PICTURE_AS_TEXT
from merge.letters.prose import ALIGNMENTS, Piece, Prose, read, write
from tests.examples import each_line

# What Markdown or Jinja would take for a sign, and what it does not stand in the way of.
WORDS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("# ", "- ", "+ ", "1. ", "2) ", "> ", "---", "* * *", "=== ", "```", "~~~"),
                *(
                    "**",
                    "*",
                    "_",
                    "__",
                    "\\",
                    "`",
                    "[",
                    "]",
                    "](",
                    "![",
                    "<",
                    "<b>",
                    "<!--",
                    "&amp;",
                ),
                *("{{", "{%", "{#", "}}", "%}", "{", "}", "[sic]", "[…]", "[xx]", "{{ commune }}"),
                *("mot", "é", "«", "»", ".", ",", " ", "\u00a0", "\n", "\t", "a_b", "|", "$", "1"),
            ]
        ),
        st.text(max_size=3),
    ),
    max_size=6,
).map("".join)
CHOICE = "{% if rue %}au [Rue], {{ commune|de }}{% endif %}"
PIECES = st.one_of(
    st.builds(
        Piece,
        st.just("text"),
        WORDS,
        st.booleans(),
        st.booleans(),
        st.sampled_from(["", "", "", "https://example.org/a_(b)?c=d&e#f", "mailto:a@example.org"]),
    ),
    st.builds(
        Piece, st.just("blank"), st.sampled_from(["commune|de", "date", "maire.nom|capitales"])
    ),
    st.builds(Piece, st.just("open"), st.sampled_from(["xx", "Nom du maire"]), st.booleans()),
    st.builds(
        Piece,
        st.just("choice"),
        st.sampled_from(['{% if sexe == "F" %}conviée{% else %}convié{% endif %}', CHOICE]),
        st.booleans(),
    ),
    st.builds(
        Piece,
        st.just("picture"),
        WORDS,
        src=st.sampled_from(["a.png", "img/a%20(b).jpg", "%C3%A9t%C3%A9%25.png"]),
        width=st.sampled_from(["", "5cm", "60%"]),
    ),
    st.builds(Piece, st.just("note"), st.sampled_from(["1", "a-b"]), st.booleans()),
    st.just(Piece("break")),
)
LINES = st.lists(PIECES, max_size=6).map(tuple)
TABLES = st.lists(st.sampled_from([*ALIGNMENTS]), min_size=1, max_size=3).flatmap(
    lambda columns: st.builds(
        Prose,
        kind=st.just("table"),
        columns=st.just(tuple(columns)),
        lines=st.integers(1, 3).flatmap(
            lambda n: st.lists(LINES, min_size=n * len(columns), max_size=n * len(columns)).map(
                tuple
            )
        ),
    )
)
BLOCKS = TABLES | st.builds(
    Prose,
    kind=st.sampled_from(["paragraph", "heading", "bullets", "numbers", "note"]),
    name=st.just("a-b"),
    lines=st.lists(LINES, min_size=1, max_size=3).map(tuple),
    level=st.integers(-1, 12),
    is_loose=st.booleans(),
)


def said(prose: Prose) -> list[tuple[str, str]]:
    """The words and blanks of a block, without the spaces that Markdown cannot keep."""
    found: list[tuple[str, str]] = []
    for line in prose.lines:
        for piece in line:
            is_said = piece.kind in ("text", "picture")
            words = "".join(piece.words.split()) if is_said else piece.words
            words = "".join(each for each in words if each.isprintable())
            if piece.kind == "picture":
                words += f" {piece.src} {piece.width}"
            if piece.kind == "text" and found and found[-1][0] == "text":
                found[-1] = ("text", found[-1][1] + words)
            elif words:
                found.append((piece.kind, words))
    return found


@given(BLOCKS)
def test_no_word_is_lost_gained_or_taken_for_a_sign(prose: Prose) -> None:
    source = write(prose)
    if not source:
        assert not said(prose)
        return
    again = read(source)
    if again is None:  # words that are a blank's own, or a broken picture's: no editor shows them
        text = "".join(each.words for line in prose.lines for each in line)
        assert '{{ "{" }}' in source or _PICTURE_AS_TEXT.search(text)
        return
    assert said(again) == said(prose)
    assert again.kind == prose.kind
    assert write(again) == source


@given(BLOCKS)
def test_what_is_written_is_one_block(prose: Prose) -> None:
    source = write(prose)
    assert [block.source for block in split(f"a\n\n{source}\n\nb").blocks] == [
        each for each in ("a", source, "b") if each
    ]


@each_line
def test_the_model_letters_are_written_as_they_were_read(name: str) -> None:
    for block in split((model_letter() / name).read_text()).blocks:
        prose = read(block.source)
        if prose is None:
            assert "{%" in block.source or block.source == "{{ local }}"
        else:
            assert write(prose) == block.source


@each_line
def test_what_can_be_said_anew_is_prose(source: str) -> None:
    prose = read(source)
    assert prose is not None
    assert read(write(prose)) == prose


@each_line
def test_what_an_editor_has_no_shape_for_is_not(source: str) -> None:
    assert read(source) is None


def test_bold_that_markdown_cannot_say_gives_up_its_signs_and_no_word() -> None:
    line = (Piece("text", "« gras »", strong=True), Piece("text", "suite"))
    assert write(Prose(lines=(line,))) == "**« gras** »suite"
    spaced = (Piece("text", "a"), Piece("text", " b ", strong=True), Piece("text", "c"))
    assert write(Prose(lines=(spaced,))) == "a **b** c"


def test_bold_beside_italics_keeps_both() -> None:
    line = (Piece("text", "a", strong=True), Piece("text", "b", em=True))
    prose = read(write(Prose(lines=(line,))))
    assert prose is not None
    assert prose.lines == (line,)


def test_a_link_goes_to_the_web_or_to_a_mailbox() -> None:
    line = (Piece("text", "a", link="javascript:alert(1)"),)
    assert write(Prose(lines=(line,))) == "a"


def test_two_lists_in_a_row_stay_two() -> None:
    first = write(Prose(kind="bullets", lines=((Piece("text", "a"),),)))
    second = write(Prose(kind="bullets", lines=((Piece("text", "b"),),)), besides=[first])
    assert [b.source for b in split(f"{first}\n\n{second}").blocks] == ["- a", "* b"]
    numbered = write(Prose(kind="numbers", lines=((Piece("text", "b"),),)), besides=["1. a"])
    assert numbered == "1) b"


def test_what_is_prose_reads_the_same_in_every_form() -> None:
    source = "Le [lien](http://example.org) {{ commune|de(gras=true) }}\nest **là**\\\nou pas."
    prose = read(source)
    assert prose is not None
    one, other = (
        markdown.read(each, path="", first_row=1).blocks[0] for each in (source, write(prose))
    )
    assert one.text == other.text
    assert one.html.split() == other.html.split()
