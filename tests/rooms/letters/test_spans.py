"""What is told of a letter also says at which of its words, for a page that marks them."""

from hypothesis import given
from hypothesis import strategies as st

from merge.letters import frontmatter
from merge.letters.language import Stretch, placed_pieces
from merge.letters.leftovers import on_one_line, slips
from merge.letters.remarks import Remarks
from merge.model import Recipient
from tests.examples import each_line
from tests.house import ROOT

MODEL = (ROOT / "templates/vsa/letter.md").read_text(encoding="utf-8")
TOWN = Recipient(key="06088", commune="Nice", insee="06088", sex="F", population=900)


def words_at(source, span):
    assert span is not None
    return on_one_line(source[span.start : span.end])


def told(source):
    head = frontmatter.split(source, "letter.md")
    return [
        *slips(head.subject, first_row=head.subject_row, starts_at=head.subject_at),
        *slips(head.body, first_row=head.body_row, starts_at=head.body_at),
    ]


def test_each_slip_of_the_model_stands_where_it_says():
    found = told(MODEL)
    assert len(found) > 5
    for slip in found:
        assert words_at(MODEL, slip.span) == slip.found
        assert MODEL.count("\n", 0, slip.span.start) + 1 == slip.row


@each_line
def test_a_slip_of_the_subject_stands_where_it_says(subject):
    source = f"---\nattachments: subject.pdf\n{subject}\n---\n\nBonjour."
    (slip,) = told(source)
    assert words_at(source, slip.span) == "malgrés"


@each_line
def test_blanks_before_a_slip_move_nothing(body, words):
    (slip,) = slips(body)
    assert words_at(body, slip.span) == words


@each_line
def test_a_remark_stands_where_it_says(body, words):
    guessed = TOWN._replace(commune="Xanadu", key="X1", insee=None, population=None)
    found = Remarks(body, [TOWN, guessed]).found()
    assert words in [words_at(body, each.span) for each in found]


@given(st.lists(st.sampled_from(["a ", "\n", "{{ date }}", "{# b #}", "{%- if sexe -%}", "\r\n"])))
def test_pieces_are_what_stands_at_their_places(parts):
    source = "".join(parts)
    read = source.replace("\r\n", "\n")
    for place, piece in placed_pieces(source):
        assert read[slice(*place)] == (piece if isinstance(piece, str) else piece.source)


def test_a_span_moves_by_what_stands_before():
    assert Stretch(2, 5).moved(10) == (12, 15)
