"""Claims about any letter: its blanks, its Markdown, and everything that can be wrong with it."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Mapping
from html import unescape
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from merge.errors import LetterError
from merge.letters import addresses, frontmatter
from merge.letters.kinds import variable_name
from merge.letters.letterhead import Letterhead
from merge.letters.remarks import Remark
from merge.letters.template import CompiledTemplate, Writer, compile_template
from merge.model import Channel, Letter, LetterFault, Recipient, Slotted
from tests.examples import each_line

FRAME = "{{ opening }}{{ body }}{{ closing }}"
WRITER = Writer(
    name="Collectif",
    contact="contact@example.org",
    address=(),
    place="Le Mans",
    place_article_code=2,
    signature=("Zoé", "Ali"),
    address_source="annuaire",
)
HAVRE = Recipient(
    key="76351",
    commune="Le Havre",
    insee="76351",
    article_code=2,
    department="76",
    population=165830,
    sex="F",
    first_name="Anne",
    surname="Le Goff",
    street=("1 place de la Mairie",),
    postcode="76600",
    locality="Le Havre",
)


def without_marks(page: str) -> str:
    """The HTML of a page without what keeps its addresses whole."""
    return page.replace(addresses.OPENING, "").replace(addresses.CLOSING, "")


def compiled(
    body: str,
    *,
    head: str = "subject: Objet",
    frame: str = FRAME,
    chosen: bool = False,
    **options: Any,
) -> CompiledTemplate:
    usual: dict[str, Any] = {"look": "", "writer": WRITER, "date": datetime.date(2026, 3, 1)}
    return compile_template(
        source=f"---\n{head}\n---\n{body}",
        page_frame=frame,
        mail_frame=frame,
        date_is_chosen=chosen,
        **(usual | options),
    )


def rendered(template: CompiledTemplate, channel: Channel, recipient: Recipient = HAVRE) -> Letter:
    letter = template.render(recipient, channel)
    assert isinstance(letter, Letter), letter
    return letter


def letter(body: str, recipient: Recipient = HAVRE, **options: Any) -> Letter:
    return rendered(compiled(body, **options), Channel.EMAIL, recipient)


def text(body: str, recipient: Recipient = HAVRE, **options: Any) -> str:
    """The plain text without the foot."""
    return letter(body, recipient, **options).text.partition("\n\n-- \n")[0]


def html(body: str, recipient: Recipient = HAVRE, **options: Any) -> str:
    return letter(body, recipient, **options).html.strip()


def having(**fields: str) -> Recipient:
    return HAVRE._replace(fields=fields)


def held(body: str, recipient: Recipient, **options: Any) -> LetterFault:
    fault = compiled(body, **options).render(recipient, Channel.EMAIL)
    assert isinstance(fault, LetterFault), fault
    return fault


# --- pages ----------------------------------------------------------------------------------------


def page(body: str, recipient: Recipient = HAVRE) -> Slotted:
    return rendered(compiled(body), Channel.PAPER, recipient).page


def test_a_letter_on_paper_says_where_its_links_lead() -> None:
    body = "[Ici](https://example.org/{{ insee }})\n\n{{ signature }}"
    assert "Ici</a> &lt;https://example.org/76351&gt;</p>" in without_marks(page(body).html)
    assert "&lt;" not in html(body)


BRANCHES = """
{% if population < 2000 %}Au village{% else %}À la ville{% endif %} {{ commune|de(gras=true) }},
{{ "{" }} {{ salutation }} }"""


def test_pages_have_the_same_parts_where_they_took_the_same_branches() -> None:
    havre = page(BRANCHES)
    city = HAVRE._replace(commune="Tom & Jerry", sex="M", population=2000)
    village = HAVRE._replace(population=1999)
    assert page(BRANCHES, city).parts == havre.parts
    assert "Tom &amp; Jerry" in "".join(page(BRANCHES, city).values)
    assert page(BRANCHES, village).parts != havre.parts


# --- blanks ---------------------------------------------------------------------------------------


@each_line
def test_an_author_can_name(blank: str, expected: str) -> None:
    assert text(blank) == expected


def test_a_column_is_named_without_accents_capitals_and_spaces() -> None:
    assert variable_name("Prénom de l'élu·e (2026)") == "prenom_de_l_elu_e_2026"
    header = "Vœu du Conseil"
    assert text("{{ voeu_du_conseil }}", having(**{header: "oui"}), columns=[header]) == "oui"


def test_a_column_never_takes_the_place_of_a_blank_of_ours() -> None:
    assert text("{{ date }}", having(Date="demain"), columns=["Date"]) == "1er mars 2026"


def test_a_correction_of_the_row_wins_with_and_without_bold() -> None:
    corrected = having(commune_de="de l’Havre", commune_a="en Havre")
    body = "{{ commune|de }}, {{ commune|a }}, {{ commune|de(gras=true) }}"
    assert text(body, corrected) == "de l’Havre, en Havre, de l’Havre"
    assert "de l’<strong>Havre</strong>" in html(body, corrected)


@each_line
def test_a_filter_of_dates_takes_times_and_both(typed: str, blank: str, said: str) -> None:
    assert text(f"{{{{ {blank} }}}}", having(x=typed), columns=["x"]) == said


@each_line
def test_a_part_of_a_date_that_is_not_there_holds_the_letter(typed: str, blank: str) -> None:
    assert held(f"{{{{ {blank} }}}}", having(x=typed), columns=["x"]).code == "not-a-date"


def test_the_first_of_a_month_has_its_er_raised_in_html() -> None:
    assert html("Le {{ date }}") == "<p>Le 1<sup>er</sup> mars 2026</p>"


def test_the_fixed_text_and_long_cells_get_the_spaces_of_french() -> None:
    body = "Quoi ? « {{ commune }} »: {{ x }}"
    expected = "Quoi\u202f? «\u00a0Le Havre\u00a0»\u00a0: Oui\u202f!"
    assert text(body, having(x="Oui !"), columns=["x"]) == expected
    assert html(body, having(x="Oui !"), columns=["x"]) == f"<p>{expected}</p>"


def test_the_subject_has_blanks_and_stays_on_one_line() -> None:
    made = letter("x", having(x="deux\nlignes"), head="subject: A: {{ x }}", columns=["x"])
    assert made.subject == "A\u00a0: deux lignes"


# --- pictures and attachments ---------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n and so on IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff and so on \xff\xda its lines \xff\xd9"


class Folder:
    """A campaign folder in memory."""

    def __init__(
        self, files: Mapping[str, bytes] | None = None, own: Mapping[str, int] | None = None
    ) -> None:
        self.own = own or {}
        self.files = {"logo.png": PNG, "a.pdf": b"a", "été 2.pdf": b"b", **(files or {})}

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def attachable(self) -> Mapping[str, int]:
        return self.own


def test_a_picture_travels_with_the_mail_and_lies_beside_the_page() -> None:
    template = compiled("![Le logo](logo.png) {{ commune }}", files=Folder())
    mail, page = rendered(template, Channel.EMAIL), rendered(template, Channel.PAPER)
    (picture,) = mail.enclosures
    assert (picture.path, picture.media_type) == ("logo.png", "image/png")
    assert f'src="cid:{picture.content_id}" alt="Le logo"' in mail.html
    assert 'src="logo.png" alt="Le logo"' in page.page.html
    assert page.enclosures == ()
    assert mail.text.startswith("[Le logo] Le Havre\n")
    assert page.text == mail.text


def test_a_picture_in_a_mail_says_how_wide_it_is():
    """Word's engine, which Outlook draws with, would show a photo in all its pixels."""
    for kind, (wide, told) in product(("PNG", "JPEG"), ((4000, 600), (600, 600), (31, 31))):
        within, whole = BytesIO(), BytesIO()
        Image.new("L", (160, 9)).save(within, kind)
        exif = Image.Exif()
        exif[0x9286] = within.getvalue()  # a small picture within it, as cameras put one there
        Image.new("RGB", (wide, 8)).save(whole, kind, exif=exif)
        mail = letter("![Le logo](logo.png)", files=Folder({"logo.png": whole.getvalue()}))
        assert f'<img width="{told}" style="max-width: 100%" src="cid:' in mail.html


def test_a_picture_of_a_paragraph_that_is_not_there_stays_at_home() -> None:
    body = "{% if sexe == 'M' %}![](logo.png){% else %}x{% endif %}"
    assert letter(body, files=Folder()).enclosures == ()
    assert letter(body, HAVRE._replace(sex="M"), files=Folder()).enclosures


def test_what_a_cell_says_never_becomes_a_picture() -> None:
    cell = '![x](logo.png) <img src="cid:x">'
    made = letter("{{ x }}", having(x=cell), columns=["x"], files=Folder())
    assert "<img" not in made.html
    assert made.text.startswith(cell)


SENDER = dataclasses.replace(WRITER, address=("12 rue des Lilas", "72000 Le Mans"))


@each_line
def test_a_letter_that_begins_with_who_writes_is_told(source: str, words: str, row: int) -> None:
    told = compiled(source, writer=SENDER).remarks
    assert told == (Remark(code="sender-repeated", words=words, row=row),)


@each_line
def test_a_letter_that_begins_with_anything_else_repeats_nobody(source: str) -> None:
    assert compiled(source, writer=SENDER).remarks == ()


def test_the_lines_of_a_letterhead_are_those_that_pages_have() -> None:
    head = Letterhead(address=("4 place du Port",))
    (told,) = compiled("4 place du Port\n\nx", writer=SENDER, letterhead=head).remarks
    assert told.words == "4 place du Port"
    assert compiled("12 rue des Lilas\n\nx", writer=SENDER, letterhead=head).remarks == ()


def test_attachments_go_to_everybody_by_e_mail_and_the_author_is_told_that_paper_has_none():
    template = compiled("x", head="subject: x\nattachments: a.pdf, ./été 2.pdf", files=Folder())
    assert template.attachments == ("a.pdf", "./été 2.pdf")
    assert [
        (e.name, e.media_type, e.content_id) for e in rendered(template, Channel.EMAIL).enclosures
    ] == [
        ("a.pdf", "application/pdf", ""),
        ("été 2.pdf", "application/pdf", ""),
    ]
    assert rendered(template, Channel.PAPER).enclosures == ()
    (told,) = template.remarks
    assert (told.code, told.words, told.row) == (
        "attachments-not-on-paper",
        "a.pdf, ./été 2.pdf",
        3,
    )


OWN: dict[str, Any] = {
    "head": "subject: x\nattachment_column: Pièce jointe",
    "columns": ["Pièce jointe"],
}


def test_a_column_names_each_recipients_own_attachment() -> None:
    folder = Folder(own={"Arre\u0302te\u0301.pdf": 9})  # as macOS writes names
    made = letter("x", having(**{"Pièce jointe": " Arrêté.pdf "}), files=folder, **OWN)
    (own,) = made.enclosures
    assert (own.path, own.column) == ("attachments/Arre\u0302te\u0301.pdf", "Pièce jointe")
    as_in_a_blank = OWN | {"head": "subject: x\nattachment_column: piece_jointe"}
    assert letter(
        "x", having(**{"Pièce jointe": "Arrêté.pdf"}), files=folder, **as_in_a_blank
    ).enclosures
    for cell in ("", " ", "nan"):
        assert not letter("x", having(**{"Pièce jointe": cell}), files=folder, **OWN).enclosures
    assert not letter("x", files=folder, **OWN).enclosures


@each_line
def test_a_cell_that_names_no_file_of_its_folder_holds_its_recipient(cell: str, code: str) -> None:
    folder = Folder(own={"a.pdf": 9, "large.zip": 7_400_000})
    recipient = having(**{"Pièce jointe": cell})
    fault = held("x", recipient, files=folder, **OWN)
    assert (fault.code, fault.field) == (code, "Pièce jointe")
    assert rendered(compiled("x", files=folder, **OWN), Channel.PAPER, recipient)


def test_another_file_of_the_same_name_is_another_letter_of_its_recipient_alone() -> None:
    own = {"a.pdf": 9, "b.pdf": 9}
    before = Folder({"attachments/a.pdf": b"first", "attachments/b.pdf": b"b"}, own)
    after = Folder({"attachments/a.pdf": b"other", "attachments/b.pdf": b"b"}, own)
    mended, same = (compiled("x", files=folder, **OWN) for folder in (after, before))
    assert mended.version == same.version
    named = {cell: having(**{"Pièce jointe": cell}) for cell in ("a.pdf", "b.pdf", "", "../x")}
    assert mended.own_version(named["a.pdf"]) != same.own_version(named["a.pdf"]) != ""
    assert mended.own_version(named["b.pdf"]) == same.own_version(named["b.pdf"]) != ""
    assert mended.own_version(named[""]) == mended.own_version(named["../x"]) == ""


@each_line
def test_a_file_that_cannot_go_with_the_letter_is_everybodys_fault(
    head: str, body: str, code: str, row: int
) -> None:
    with pytest.raises(LetterError) as caught:
        compiled(body, head=f"subject: x{head}", columns=["annexes"], files=Folder())
    assert (caught.value.code, caught.value.row) == (code, row)


@each_line
def test_a_picture_that_was_copied_in_part_goes_to_nobody(kind: str) -> None:
    whole = BytesIO()
    Image.effect_noise((90, 90), 99).save(whole, kind)
    data = whole.getvalue()
    for torn in (data[: len(data) // 2], data[:200], data[:-2]):
        with pytest.raises(LetterError, match="picture-unfit"):
            compiled("![](logo.png)", head="subject: x", files=Folder({"logo.png": torn}))
    folder = Folder({"logo.png": data + b"\0\0"})  # some cameras add what is theirs
    assert letter("![](logo.png)", head="subject: x", files=folder).enclosures


def test_what_everybody_gets_is_limited_before_anything_leaves() -> None:
    folder = Folder({"a.pdf": b"x" * 7_000_000, "logo.png": PNG + b"x" * 300_000})
    head = "subject: x\nattachments: a.pdf"
    assert len(letter("x", head=head, files=folder).enclosures) == 1
    with pytest.raises(LetterError) as caught:
        compiled("![](logo.png)", head=head, files=folder)
    assert caught.value.code == "enclosures-too-large"
    assert caught.value.facts == {"size_mb": 10.0, "limit_mb": 10}


# --- Markdown, once, for both channels ------------------------------------------------------------


@each_line
def test_markdown_becomes(source: str, as_html: str | None, as_text: str | None) -> None:
    if as_html is None and as_text is None:
        with pytest.raises(LetterError, match="leftover"):
            compiled(source)
        return
    assert text(source) == as_text
    if as_html is not None:
        assert html(source) == as_html


def test_a_choice_may_stand_around_paragraphs_and_across_the_opening() -> None:
    body = "{{ lieu }}\n\n{% if sexe %}\n\n{{ salutation }}\n\n{% endif %}\n\n{{ signature }}"
    assert text(body) == "Le Mans\n\nMadame la Maire\n\nZoé\nAli"


# --- strict before anything leaves ----------------------------------------------------------------


@each_line
def test_a_number_is_never_printed_in_another_currency(
    form: str, cell: str, printed: str | None
) -> None:
    made = compiled(f"{{{{ don|nombre('{form}') }}}}", columns=["Don"])
    rendered = made.render(HAVRE._replace(fields={"Don": cell}), Channel.EMAIL)
    if isinstance(rendered, Letter):
        assert rendered.text.partition("\n")[0] == printed
    else:
        assert (printed, rendered.code, rendered.field) == (None, "other-currency", "Don")


@each_line
def test_a_blank_that_is_called_as_a_column_is_told_what_to_write(
    blank: str, code: str, suggestion: str | None
) -> None:
    with pytest.raises(LetterError) as caught:
        compiled(f"Venez {blank}.", columns=["Créneau", "Date"])
    assert (caught.value.code, caught.value.facts.get("suggestion")) == (code, suggestion)


@each_line
def test_a_fault_of_the_letter_names_its_row(
    body: str, code: str, row: int, facts: tuple[str, ...]
) -> None:
    with pytest.raises(LetterError) as caught:
        compiled(body, files=Folder({"a.png": PNG}))
    assert (caught.value.code, caught.value.path, caught.value.row) == (code, "letter.md", row)
    assert {f"{name}={value}" for name, value in caught.value.facts.items()} >= {*facts}


@each_line
def test_what_only_looks_like_a_leftover_passes(body: str) -> None:
    assert compiled(body).variables == frozenset()


@each_line
def test_a_fault_of_the_head_names_its_row(source: str, code: str, row: int) -> None:
    with pytest.raises(LetterError) as caught:
        compile_template(
            source=source,
            look="",
            page_frame=FRAME,
            mail_frame=FRAME,
            writer=WRITER,
            date=datetime.date(2026, 3, 1),
        )
    assert (caught.value.code, caught.value.row) == (code, row)


@each_line
def test_quotation_marks_around_a_value_of_the_head_are_no_part_of_it(
    typed: str, subject: str
) -> None:
    assert frontmatter.split(f"---\nsubject: {typed}\n---\na", "letter.md").subject == subject


def test_a_setting_of_the_writer_that_is_empty_is_everybodys_fault() -> None:
    template = compiled("{{ lieu }}", writer=dataclasses.replace(WRITER, place=""))
    with pytest.raises(LetterError) as caught:
        template.render(HAVRE, Channel.EMAIL)
    assert (caught.value.code, caught.value.facts["name"]) == ("writer-lacks", "place")


def test_a_blank_that_fails_is_everybodys_fault() -> None:
    template = compiled("{{ commune|de(fort=true) }}")
    with pytest.raises(LetterError, match="letter-fails"):
        template.render(HAVRE, Channel.EMAIL)


def test_a_look_cannot_leave_its_style_tag() -> None:
    with pytest.raises(LetterError) as caught:
        compiled("a", look="p {}\n</style><script>")
    assert (caught.value.code, caught.value.row) == ("look-with-tags", 2)


@each_line
def test_an_empty_value_holds_its_recipient(blank: str) -> None:
    for cell in ("", " ", "nan", "None", "\n"):
        fault = held(blank, having(x=cell), columns=["x"])
        assert (fault.key, fault.code, fault.field) == ("76351", "empty-value", "x")


def test_an_empty_value_that_the_letter_allows_is_no_fault() -> None:
    body = "a {{ x|ou('rien') }}{% if x %}b{% endif %}{% if x == 'c' %}d{% endif %}"
    assert text(body, having(x="nan"), columns=["x"]) == "a rien"
    assert text(body, columns=["x"]) == "a rien"


def test_an_unknown_mayor_is_empty_and_not_none() -> None:
    nobody = HAVRE._replace(surname="", first_name="")
    assert held("{{ maire }}", nobody).field == "surname"
    assert text("{{ maire|ou(salutation) }}", nobody) == "Madame la Maire"


def test_an_address_that_is_no_address_holds_paper_but_no_mail() -> None:
    recipient = HAVRE._replace(postcode="766")
    template = compiled("a")
    fault = template.render(recipient, Channel.PAPER)
    assert isinstance(fault, LetterFault)
    assert (fault.code, fault.field, fault.value) == ("address-bad-postcode", "postcode", "766")
    assert isinstance(template.render(recipient, Channel.EMAIL), Letter)


# --- the version ----------------------------------------------------------------------------------


def test_the_version_is_that_of_everything_that_stands_in_the_letter_or_goes_with_it():
    head = "subject: x\nattachments: a.pdf"
    folders = [Folder(), Folder({"a.pdf": b"A"}), Folder({"logo.png": JPEG})]
    versions = {
        compiled("a").version,
        compiled("b").version,
        compiled("a", look="p {}").version,
        compiled("a", frame=FRAME + "<hr>").version,
        compiled("a", writer=dataclasses.replace(WRITER, contact="x")).version,
        compiled("a", chosen=True).version,
        compiled("a", chosen=True, date=datetime.date(2026, 3, 2)).version,
        *(compiled("![](logo.png)", head=head, files=each).version for each in folders),
    }
    assert len(versions) == 10
    same = compiled("a", date=datetime.date(2026, 3, 2), files=Folder())  # a day that nobody chose
    assert compiled("a").version == same.version


# --- cells are text -------------------------------------------------------------------------------


@each_line
def test_a_cell_is_never_template_or_markup(cell: str) -> None:
    recipient = having(x=cell)._replace(surname=cell)
    body = "{{ x }} / {{ maire.nom }} / {{ x|majuscule }}"
    assert text(body, recipient, columns=["x"]).startswith(cell + " / " + cell)
    assert "<script" not in html(body, recipient, columns=["x"])
    assert not {"strong", "em", "a"} & {
        tag for tag, _ in tags(html(body, recipient, columns=["x"]))
    }


def test_a_name_stays_on_one_line_and_a_paragraph_of_a_cell_keeps_its_lines() -> None:
    recipient = having(x="un\r\ndeux")._replace(commune="Le\nHavre")
    assert text("{{ commune }}: {{ x }}", recipient, columns=["x"]) == "Le Havre\u00a0: un\ndeux"
    assert "un<br>deux" in html("{{ x }}", recipient, columns=["x"])


@each_line
def test_a_cell_gives_no_link_that_a_browser_would_run(cell: str) -> None:
    fault = held("[a]({{ x }})", having(x=cell), columns=["x"])
    assert (fault.code, fault.field) == ("not-a-link", "x")


def test_a_part_of_a_link_stays_a_part() -> None:
    source = "[a](https://example.org/?q={{ x }})"
    assert "?q=%26b%3D%22c" in html(source, having(x='&b="c'), columns=["x"])


@each_line
def test_a_sign_that_no_letter_can_carry_holds_its_recipient(sign: str) -> None:
    assert held("{{ x }}", having(x=f"a{sign}b"), columns=["x"]).code == "control-character"
    assert held("{{ commune }}", HAVRE._replace(commune=f"a{sign}")).field == "commune"


INSIDE = r'(?:[^>"]|"[^"]*")*'  # a tag


def tags(html: str) -> list[tuple[str, list[str]]]:
    """All that a browser takes for a tag, but ends of lines, with the names of its attributes."""
    found = re.findall(rf"<(?!br\b)([/!?]?\w*)({INSIDE})>", html)
    return [(tag, re.findall(r'([\w-]+)="[^"]*"', rest)) for tag, rest in found]


def words_of(html: str) -> list[str]:
    """What plain text says of it."""
    html = re.sub(rf'(?s)<a href="([^"]*)"{INSIDE}>(.*?)</a>', r"\2 &lt;\1&gt;", html)
    html = re.sub(r"<br[^>]*>|</(?:p|li|h2)>", " ", html.replace("<li>", "- "))
    return unescape(re.sub(f"<{INSIDE}>", "", html)).split()


EVERYTHING, AS_TYPED = (
    compiled(
        """## {{ commune|a|majuscule }}

{{ salutation }} {{ maire }}, **{{ commune|de }}** {{ commune|de(gras=true) }} {{ x }}

- {{ x|capitales }}
- [lien](https://example.org/ "{{ x }}") {{ departement|ou("?") }}
- {{ x|insecable }} {{ y|ou("rien") }}

<p>m<sup>2</sup> <u>{{ x }}</u> <b>{{ commune|de(gras=true) }}</b></p>

{{ signature }}
""",
        head="subject: {{ commune }} {{ x }}",
        columns=["x", "y"],
        frame="{{ opening }}{{ body }}{{ closing }}-- {{ foot }}",
        sets_punctuation=sets,
    )
    for sets in (True, False)
)
PLAIN = EVERYTHING.render(having(x="a", y="b"), Channel.EMAIL)
cells = st.text(max_size=30) | st.text(
    st.sampled_from("<>&\"'{}%[]()*_`#-|\\\n\r\t !:/aé"), max_size=30
)


@given(x=cells, y=cells, commune=cells, surname=cells, department=cells)
def test_no_cell_can_change_the_structure_of_a_letter_and_both_channels_say_the_same(
    x: str, y: str, commune: str, surname: str, department: str
) -> None:
    recipient = having(x=x, y=y)._replace(commune=commune, surname=surname, department=department)
    made = EVERYTHING.render(recipient, Channel.EMAIL)
    if isinstance(made, LetterFault):
        assert made.code in {"empty-value", "control-character"}
        return
    assert isinstance(PLAIN, Letter)
    assert tags(made.html) == tags(PLAIN.html)
    assert "\n" not in made.subject
    typed = AS_TYPED.render(recipient, Channel.EMAIL)
    assert isinstance(typed, Letter)
    assert typed.text == made.text
    assert words_of(typed.html) == made.text.split()


@each_line
def test_a_department_that_is_not_known_is_an_empty_value(blank: str) -> None:
    nowhere = HAVRE._replace(department="")
    fault = LetterFault(key="76351", code="empty-value", field="department")
    assert held(f"{{{{ {blank} }}}}", nowhere) == fault
    assert text("{{ departement|ou('rien') }}{% if departement %}x{% endif %}", nowhere) == "rien"
    assert text(f"{{{{ {blank} }}}}", HAVRE) in ("76", "Seine-Maritime")
