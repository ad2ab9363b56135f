"""The letter's editor in Chromium: by keyboard, with blanks as chips, filling the plain form."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Route, expect
from playwright.sync_api import Page as Tab

from merge.app.new import LETTER, model_letter
from merge.letters import frontmatter, head
from merge.letters.drafts import word
from tests.browser import NARROW, and_wait, complaints, person, scrolls_sideways
from tests.desk import Desk
from tests.house import ROOT
from tests.webserver import Server, serving
from tests.word_letters import LETTERS, content

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MODEL = (model_letter() / LETTER).read_text("utf-8")
LINES = MODEL.split("\n")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("editor")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIPOSTAGE_HOME", str(folder / "home"))
        yield Desk.made(folder)


@pytest.fixture(scope="module")
def server(desk: Desk) -> Iterator[Server]:
    with serving(desk.folder.parent / "home", campaign=desk.folder) as running:
        yield running


@pytest.fixture
def tab(server: Server, browser: Browser, desk: Desk) -> Iterator[Tab]:
    (desk.folder / LETTER).write_text(MODEL, "utf-8")
    with person(browser, server.token(), language="en") as tab:
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        and_wait(tab, tab.get_by_role("link", name="The letter").first.click)
        expect(text(tab)).to_be_visible()
        yield tab
    assert [each for each in said if not re.search("409|422", each)] == []  # a form that came back


def text(tab: Tab) -> Locator:
    return tab.get_by_role("textbox", name="Text of the letter")


def paragraph(tab: Tab, n: int) -> Locator:
    return text(tab).locator("p").nth(n)


def to_start_of(tab: Tab, n: int) -> None:
    """The caret before the first word of a paragraph."""
    paragraph(tab, n).click(position={"x": 2, "y": 6})
    tab.keyboard.press("Home")


def save(tab: Tab) -> None:
    and_wait(tab, tab.get_by_role("button", name="Save the letter").click)
    expect(tab.locator("[role=status]").first).to_contain_text(re.compile("^Saved|It is saved"))


def saved(desk: Desk) -> list[str]:
    return (desk.folder / LETTER).read_text("utf-8").split("\n")


def test_a_letter_saved_untouched_keeps_every_byte(tab: Tab, desk: Desk) -> None:
    expect(tab.locator("#plain")).to_be_hidden()
    save(tab)
    assert saved(desk) == LINES


def test_the_text_begins_high_up_and_its_tools_stay_in_view(tab: Tab) -> None:
    tab.set_viewport_size({"width": 1280, "height": 500})
    assert text(tab).evaluate("it => it.getBoundingClientRect().top") < 300
    tab.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert tab.locator(".tools").evaluate("it => it.getBoundingClientRect().top") == 0


PASTE = """(editor, words) => {
  const held = new DataTransfer();
  held.setData("text/plain", words);
  const how = { clipboardData: held, bubbles: true, cancelable: true };
  editor.dispatchEvent(new ClipboardEvent("paste", how));
}"""


def test_blanks_that_are_pasted_are_blanks_and_brackets_that_are_meant_stay(
    tab: Tab, desk: Desk
) -> None:
    to_start_of(tab, 3)
    text(tab).evaluate(PASTE, "Pour [of the commune], [sic] [xx]. ")
    expect(paragraph(tab, 3).locator(".chip")).to_have_count(3)
    to_start_of(tab, 3)
    tab.keyboard.type("[yy]")
    tab.keyboard.press("Backspace")
    expect(paragraph(tab, 3).locator(".chip")).to_have_count(3)
    save(tab)
    assert saved(desk)[10] == f"\\[yy]Pour {{{{ commune|de }}}}, [sic] [xx]. {LINES[10]}"


def test_a_blank_is_changed_by_keyboard_alone(tab: Tab, desk: Desk) -> None:
    to_start_of(tab, 3)
    for _sign in "Nous, habitant·es ":
        tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(".ProseMirror-selectednode")).to_have_text("du Havre")
    expect(tab.locator("#live")).to_have_text("du Havre, blank: of the commune. Enter changes it.")
    tab.keyboard.press("Enter")
    choice = tab.locator("[data-tool=choice]")
    expect(choice).to_be_focused()
    choice.select_option("commune|a")
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("button", name="Change the blank")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(text(tab)).to_be_focused()
    expect(paragraph(tab, 3).locator(".chip")).to_have_text("au Havre")
    expect(tab.locator("#live")).to_have_text("Put in: au Havre, blank: at the commune")
    save(tab)
    changed = [*LINES]
    changed[10] = LINES[10].replace("commune|de", "commune|a")
    assert saved(desk) == changed


def test_the_toolbar_is_one_stop_whose_buttons_the_arrows_reach(tab: Tab) -> None:
    def pressed(key: str) -> str:
        tab.keyboard.press(key)
        return str(tab.evaluate("document.activeElement.dataset.tool"))

    tab.locator("#view-text").focus()
    assert pressed("Tab") == "strong"
    assert pressed("ArrowLeft") == "redo"
    assert pressed("ArrowRight") == "strong"
    assert pressed("ArrowRight") == "em"
    assert pressed("End") == "redo"
    assert pressed("Home") == "strong"
    assert pressed("ArrowRight") == "em"
    assert pressed("Tab") == "address"
    assert pressed("Shift+Tab") == "em"
    tab.keyboard.press("Escape")
    expect(text(tab)).to_be_focused()


def test_what_no_editor_has_a_shape_for_is_shown_as_it_reads_and_can_be_taken_out(
    tab: Tab, desk: Desk
) -> None:
    closed = "{% if population %}\n\nOui, **{{ commune }}**\n\n{% else %}\n\nNon\n\n{% endif %}"
    odd = f"{MODEL}\n{closed}\n\nFin\n"
    (desk.folder / LETTER).write_text(odd, "utf-8")
    tab.reload()
    block = text(tab).locator(".closed")
    expect(block).to_have_text("Oui, Le HavreThis passage is not changed here. Take it out")
    paragraph(tab, -1).click()
    tab.keyboard.press("End")
    tab.keyboard.type(" !")
    save(tab)
    assert saved(desk) == odd.replace("Fin", "Fin !").split("\n")
    assert complaints(tab) == []
    block.get_by_role("button").click()
    expect(block).to_have_count(0)
    save(tab)
    assert saved(desk) == f"{MODEL}\nFin !\n".split("\n")


CHOICE = "{% if population %}Vous, {{ commune|de }}{% else %}Toi{% endif %}"


def test_a_choice_within_a_sentence_is_a_chip_that_says_what_it_says_here(
    tab: Tab, desk: Desk
) -> None:
    (desk.folder / LETTER).write_text(f"{MODEL}\n{CHOICE}, voici.\n", "utf-8")
    tab.reload()
    chip = paragraph(tab, -1).locator(".chip")
    expect(chip).to_have_text("Vous, du Havre")
    expect(chip).to_have_attribute("title", "by: number of inhabitants")
    paragraph(tab, -1).click()
    tab.keyboard.press("End")
    tab.keyboard.type(" Fin")
    save(tab)
    assert saved(desk) == f"{MODEL}\n{CHOICE}, voici. Fin\n".split("\n")
    expect(chip).to_have_text("Vous, du Havre")
    assert complaints(tab) == []


def test_a_blank_that_nothing_fills_within_a_choice_is_filled_where_it_stands(
    tab: Tab, desk: Desk
) -> None:
    odd = "{% if population %}au [Lieu|capitales]{% endif %}."
    (desk.folder / LETTER).write_text(f"{MODEL}\n{odd}\n", "utf-8")
    tab.reload()
    paragraph(tab, -1).locator(".chip.open").click()
    tab.locator("[data-tool=choice]").select_option("commune")
    tab.get_by_role("button", name="Change the blank").click()
    expect(paragraph(tab, -1)).to_have_text("au LE HAVRE.")
    save(tab)
    assert saved(desk)[-2] == odd.replace("[Lieu|capitales]", "{{ commune|capitales }}")


def test_a_footnote_is_written_below_and_goes_with_its_call(tab: Tab, desk: Desk) -> None:
    noted = f"{MODEL}\nUn[^x].\n\n[^x]: Note {{{{ commune|de }}}}\n\nDeux.\n"
    (desk.folder / LETTER).write_text(noted, "utf-8")
    tab.reload()
    notes = text(tab).locator(".footnote")
    expect(notes).to_have_text("Note du Havre")
    expect(text(tab).locator("sup")).to_have_attribute("data-number", "1")
    paragraph(tab, -1).click()
    tab.keyboard.press("End")
    tool(tab, "Note").click()
    tab.keyboard.type("Autre\nsuite")
    expect(notes).to_have_count(2)
    expect(notes.last).to_have_attribute("data-number", "2")
    assert complaints(tab) == []
    save(tab)
    changed = noted.replace("Deux.", "Deux.[^2]\n\n[^2]: Autre\\\n    suite")
    assert saved(desk) == changed.split("\n")
    paragraph(tab, -4).click()
    tab.keyboard.press("End")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("Backspace")
    expect(notes).to_have_count(1)
    save(tab)
    assert saved(desk) == [*LINES, "Un.", "", *changed.split("\n")[-5:]]


def test_a_page_begins_anew_where_a_rule_is(tab: Tab, desk: Desk) -> None:
    to_start_of(tab, 3)
    tool(tab, "Page break").click()
    expect(text(tab).locator("hr")).to_have_count(1)
    save(tab)
    assert saved(desk) == [*LINES[:11], "", "\\newpage", *LINES[11:]]
    text(tab).locator("hr").click()
    tab.keyboard.press("Delete")
    save(tab)
    assert saved(desk) == LINES


def test_a_picture_is_shown_and_made_narrower(tab: Tab, desk: Desk) -> None:
    (desk.folder / "un logo.png").write_bytes(PNG)
    (desk.folder / LETTER).write_text(f"{MODEL}\n![Notre logo](un logo.png)\n\nFin\n", "utf-8")
    tab.reload()
    shown = text(tab).get_by_role("img", name="Notre logo")
    expect(shown).to_have_js_property("naturalWidth", 1)
    shown.click()
    tool(tab, "Middle").click()
    expect(shown).to_have_css("width", re.compile(r"[1-9]\d\d"))
    assert complaints(tab) == []
    save(tab)
    assert saved(desk) == [*LINES, "![Notre logo](<un logo.png>){width=60%}", "", "Fin", ""]


def test_who_types_before_the_scripts_are_there_goes_on_in_the_same_field(
    tab: Tab, desk: Desk
) -> None:
    late: list[Route] = []
    tab.route("**/editor.min.js", lambda route: late.append(route), times=1)
    tab.get_by_role("button", name="Save the letter").click()
    tab.locator("#block-3").press_sequentially("Tôt. ")
    with tab.expect_event("load"):
        late.pop().continue_()
    tab.keyboard.type("Plus tard. ")
    save(tab)
    assert saved(desk)[10] == f"Tôt. Plus tard. {LINES[10]}"


def test_the_editor_keeps_nobody_out(tab: Tab) -> None:
    assert complaints(tab) == []
    tab.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    assert not scrolls_sideways(tab)


def test_a_subject_that_is_missing_keeps_what_was_typed(tab: Tab, desk: Desk) -> None:
    to_start_of(tab, 3)
    tab.keyboard.type("Gardé. ")
    tab.get_by_label("Subject").fill(" ")
    and_wait(tab, tab.get_by_role("button", name="Save the letter").click)
    expect(tab).to_have_title("Error: Letter – publipostage")
    expect(paragraph(tab, 3)).to_contain_text("Gardé. Nous")
    tab.get_by_label("Subject").fill("Un objet")
    save(tab)
    changed = [*LINES]
    changed[1], changed[10] = "subject: Un objet", f"Gardé. {LINES[10]}"
    assert saved(desk) == changed


def test_the_subject_is_a_line_with_blanks_as_chips(tab: Tab, desk: Desk) -> None:
    subject = tab.get_by_role("textbox", name="Subject")
    expect(subject).to_have_text("Pas de vidéosurveillance algorithmique au Havre")
    expect(subject.locator(".chip")).to_have_text("au Havre")
    save(tab)
    assert saved(desk) == LINES
    subject.click(position={"x": 2, "y": 6})
    tab.keyboard.press("Home")
    tab.keyboard.type("[date ?] [of the commune] : ")
    tab.locator("[data-tool=choice]").select_option("population")
    tab.get_by_role("button", name="Put the blank").click()
    expect(subject).to_be_focused()
    expect(subject.locator(".chip")).to_have_count(4)
    assert complaints(tab) == []
    tab.keyboard.press("Enter")
    tab.keyboard.press("ArrowRight")
    expect(text(tab)).to_be_focused()
    expect(subject.locator(".chip")).to_have_count(4)
    save(tab)
    said = LINES[1].removeprefix("subject: ")
    changed = f"[date ?] {{{{ commune|de }}}} : {{{{ population }}}}{said}"
    assert head.value("\n".join(saved(desk)), "subject") == changed
    assert saved(desk)[2:] == LINES[2:]


RIGHT = "::: right\n**Anaïs**\\\nà Nantes\n\nLe 3 mars\n:::"


def test_what_stands_to_the_right_is_edited_where_it_stands(tab: Tab, desk: Desk) -> None:
    (desk.folder / LETTER).write_text(f"{MODEL}\n{RIGHT}\n\nFin.\n", "utf-8")
    tab.reload()
    div = text(tab).locator("[data-aligned=right]")
    expect(div.locator("p")).to_have_text(["Anaïsà Nantes", "Le 3 mars"])
    expect(div.locator("p").last).to_have_css("text-align", "right")
    expect(text(tab)).not_to_contain_text(":::")
    expect(text(tab).locator("pre")).to_have_count(0)
    div.locator("p").last.click()
    tab.keyboard.press("End")
    tab.keyboard.type(" 2026")
    expect(tool(tab, "To the right")).to_have_attribute("aria-pressed", "true")
    tool(tab, "Centred").click()
    expect(tool(tab, "Centred")).to_have_attribute("aria-pressed", "true")
    expect(text(tab).locator("[data-aligned=center] p")).to_have_text(["Le 3 mars 2026"])
    assert complaints(tab) == []
    save(tab)
    changed = f"{MODEL}\n::: right\n**Anaïs**\\\nà Nantes\n:::\n\n::: center\nLe 3 mars 2026\n:::"
    assert saved(desk) == f"{changed}\n\nFin.\n".split("\n")
    text(tab).locator("[data-aligned=center] p").click()
    tool(tab, "Centred").click()
    expect(text(tab).locator("[data-aligned=center]")).to_have_count(0)
    tool(tab, "Undo typing").click()
    expect(text(tab).locator("[data-aligned=center]")).to_have_count(1)


def test_several_paragraphs_are_set_in_and_out_again_with_every_byte(tab: Tab, desk: Desk) -> None:
    to_start_of(tab, 3)
    tab.keyboard.press("Shift+ArrowDown")
    paragraph(tab, 4).click(modifiers=["Shift"])
    tool(tab, "Set in").click()
    expect(text(tab).locator("[data-aligned=indent] > p")).to_have_count(2)
    tool(tab, "Set in").click()
    expect(text(tab).locator("[data-aligned]")).to_have_count(0)
    save(tab)
    assert saved(desk) == LINES


TABLE = "| Jour | **Lieu** |\n| :-- | --: |\n| lundi | {{ commune }} \\| |"


def test_a_table_is_one_whose_cells_are_changed_and_rows_added(tab: Tab, desk: Desk) -> None:
    (desk.folder / LETTER).write_text(f"{MODEL}\n{TABLE}\n", "utf-8")
    tab.reload()
    cells = text(tab).locator("table td")
    expect(cells).to_have_text(["Jour", "Lieu", "lundi", "Le Havre |"])
    expect(cells.nth(1)).to_have_css("text-align", "right")
    save(tab)
    assert saved(desk) == f"{MODEL}\n{TABLE}\n".split("\n")
    expect(tool(tab, "+ row")).to_be_hidden()
    cells.nth(2).click()
    expect(tool(tab, "+ row")).to_be_visible()
    assert complaints(tab) == []
    tab.keyboard.press("End")
    tab.keyboard.type(" soir")
    tab.keyboard.press("Tab")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.type("!")
    tab.keyboard.press("Tab")
    tab.keyboard.type("jeudi")
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Shift+Tab")
    tool(tab, "+ column").click()
    tab.keyboard.type("Heure|s")
    tool(tab, "+ row").click()
    expect(cells).to_have_count(12)
    tool(tab, "− row").click()
    expect(cells).to_have_count(9)
    tab.keyboard.press("Enter")
    tab.keyboard.type("Fin.")
    save(tab)
    changed = (
        "| Jour |  | **Lieu** |\n| :-- | --- | --: |\n"
        "| lundi soir | Heure&#124;s | {{ commune }} &#124;! |\n| jeudi |  |  |\n\nFin.\n"
    )
    assert saved(desk) == f"{MODEL}\n{changed}".split("\n")
    cells.nth(4).click()
    tool(tab, "− column").click()
    expect(cells).to_have_count(6)
    tool(tab, "Undo typing").click()
    expect(cells).to_have_count(9)


def test_a_table_is_put_in_and_taken_out(tab: Tab, desk: Desk) -> None:
    to_start_of(tab, 3)
    tool(tab, "Table").click()
    tab.keyboard.type("a")
    tab.keyboard.press("Tab")
    tab.keyboard.type("b")
    save(tab)
    assert saved(desk) == [*LINES[:11], "", "| a | b |", "| --- | --- |", "|  |  |", *LINES[11:]]
    text(tab).locator("td").first.click()
    tool(tab, "− row").click()
    tool(tab, "− row").click()
    expect(text(tab).locator("table")).to_have_count(0)
    save(tab)
    assert saved(desk) == LINES


SIGNS = re.compile(r":::|\\\\|\{\{|\{%|\[\^|!\[")


def test_no_letter_out_of_word_and_no_model_shows_a_sign_of_its_source(
    tab: Tab, desk: Desk
) -> None:
    read = [word.read(content(name)).markdown for name in LETTERS]
    models = [
        frontmatter.split(each.read_text("utf-8"), "letter.md").body
        for each in sorted((ROOT / "templates").glob("*/*.md"))
    ]
    assert SIGNS.search("\n".join(read))
    body = "\n\n".join([*read, *models])
    (desk.folder / LETTER).write_text(f"---\nsubject: Toutes\n---\n\n{body}\n", "utf-8")
    tab.reload()
    expect(text(tab)).to_contain_text("Saint-Malo")
    assert SIGNS.findall(text(tab).inner_text()) == []
    assert SIGNS.findall(tab.locator("main").inner_text()) == []
    assert scrolls_sideways(tab) is False


def tool(tab: Tab, name: str) -> Locator:
    return tab.get_by_role("toolbar").get_by_role("button", name=name)


def test_two_versions_of_a_letter_are_shown_as_their_reader_gets_them(tab: Tab, desk: Desk) -> None:
    to_start_of(tab, 3)
    tab.keyboard.type("La mienne. ")
    theirs = MODEL.replace("Nous, ", "La leur. [Nom] Nous, ")
    (desk.folder / LETTER).write_text(theirs, "utf-8")
    and_wait(tab, tab.get_by_role("button", name="Save the letter").click)
    expect(tab).to_have_title("The letter has changed meanwhile – publipostage")
    frames = tab.locator("iframe")
    expect(frames).to_have_count(2)
    expect(frames.nth(0).content_frame.locator("body")).to_contain_text("La leur. [Nom] Nous, habi")
    expect(frames.nth(1).content_frame.locator("body")).to_contain_text("La mienne. Nous, habitant")
    assert SIGNS.findall(tab.locator("main").inner_text()) == []
    assert complaints(tab) == []
    and_wait(tab, tab.get_by_role("button", name="Save mine in its place").click)
    changed = [*LINES]
    changed[10] = f"La mienne. {LINES[10]}"
    assert saved(desk) == changed
