"""The letter's page, without JavaScript: a field a paragraph, blanks as words in brackets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from merge.app.new import LETTER, model_letter
from merge.web import site
from tests.desk import Desk
from tests.rooms.app.test_letter_files import PNG
from tests.webserver import Page, Server, serving
from tests.word_files import run, simple, word_file

MODEL = (model_letter() / LETTER).read_bytes()
STATIC = Path(site.__file__).parent / "static"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIPOSTAGE_HOME", str(folder / "home"))
        yield Desk.made(folder)


@pytest.fixture(scope="module")
def server(desk: Desk) -> Iterator[Server]:
    with serving(desk.folder.parent / "home", campaign=desk.folder) as running:
        yield running


@pytest.fixture(scope="module")
def today(server: Server) -> Page:
    return server.enter()


@pytest.fixture
def page(today: Page, desk: Desk) -> Page:
    (desk.folder / LETTER).write_bytes(MODEL)
    return today.follow("Letter")


def test_the_letter_is_told_as_french_on_a_page_in_english(page: Page) -> None:
    assert page.html.get("lang") == "en"
    french = page.html.xpath("//*[@lang='fr']")
    assert {each.get("name") for each in french} >= {"subject", "block-3", "added"}
    assert "vidéosurveillance algorithmique au Havre" in " ".join(
        each.text_content() for each in french if each.tag == "dd"
    )
    assert [each.get("data-tool") for each in french if each.tag == "div"] == ["text"]


def test_nobody_must_read_a_tag(page: Page) -> None:
    assert "{{" not in page.text
    fields = {each.get("name"): each.text_content() for each in page.html.iter("textarea")}
    assert fields["block-0"].strip() == "[At our town],"
    assert fields["block-3"].strip().startswith("Nous, habitant·es [of the commune], demandons")


def test_the_model_says_that_it_is_one_until_it_is_changed(page: Page) -> None:
    assert "This is the model letter" in page.text
    saved = page.press("Save the letter", block_3="Nous écrivons [at the commune].")
    assert "Saved." in saved.text
    assert "This is the model letter" not in saved.text


def test_a_letter_that_is_saved_with_a_blank_to_fill_says_one_thing(page: Page) -> None:
    saved = page.press("Save the letter", block_3="Nous, [XX], écrivons.")
    assert "It is saved as it stands." in saved.text
    assert "Saved." not in saved.text


def test_one_paragraph_is_saved_and_the_others_keep_their_bytes(page: Page, desk: Desk) -> None:
    saved = page.press(
        "Save the letter",
        block_3="Nous, [name of our group], écrivons [at the commune].\n\nMerci.",
        subject="Un objet pour [name of the commune]",
    )
    assert "Saved." in saved.text
    lines = MODEL.decode().split("\n")
    lines[1] = "subject: Un objet pour {{ commune }}"
    lines[10:11] = ["Nous, {{ groupe }}, écrivons {{ commune|a }}.", "", "Merci."]
    assert (desk.folder / LETTER).read_text("utf-8") == "\n".join(lines)
    assert "Un objet pour Le Havre" in saved.text


def test_a_letter_saved_untouched_keeps_every_byte(page: Page, desk: Desk) -> None:
    odd = MODEL.replace(b"\n", b"\r\n") + b"{% if population %}\r\n\r\n> x\r\n{% endif %}\r\n\r\n"
    (desk.folder / LETTER).write_bytes(odd)
    shown = page.client.get(page.url)
    assert shown.press("Save the letter").status == 200
    assert (desk.folder / LETTER).read_bytes() == odd


def test_a_form_that_is_posted_twice_changes_once(page: Page, desk: Desk) -> None:
    page.press("Save the letter", added="Une fois.")
    page.press("Save the letter", added="Une fois.")
    assert (desk.folder / LETTER).read_bytes() == MODEL + b"\nUne fois.\n"


def test_a_file_that_another_program_has_changed_is_not_overwritten(page: Page, desk: Desk) -> None:
    theirs = MODEL.replace(b"habitant", b"citoyen")
    (desk.folder / LETTER).write_bytes(theirs)
    shown = page.press("Save the letter", block_12="La mienne.")
    assert shown.status == 409
    assert (desk.folder / LETTER).read_bytes() == theirs
    stands, wanted = (each.text_content() for each in shown.html.iter("textarea"))
    assert "{{" not in stands + wanted
    assert "citoyen·es [of the commune]" in stands
    assert "habitant·es" in wanted
    assert "La mienne." in wanted
    untouched = shown.form("Save mine in its place").fields["was"]
    mine = shown.press("Save mine in its place", words=untouched)
    assert "Saved." in mine.text
    saved = (desk.folder / LETTER).read_bytes()
    assert saved == MODEL.replace(b"{{ signature }}", b"La mienne.")
    (desk.folder / LETTER).write_bytes(theirs)
    again = shown.client.get(mine.url)
    (desk.folder / LETTER).write_bytes(MODEL)
    shown = again.press("Save the letter", block_12="La mienne.")
    shown.press("Save mine in its place", words="Pour [of the commune].")
    assert (desk.folder / LETTER).read_text("utf-8").strip() == "Pour {{ commune|de }}."


def test_a_letter_without_a_subject_comes_back_with_what_was_typed(page: Page, desk: Desk) -> None:
    back = page.press("Save the letter", subject=" ", block_3="Gardé tel quel.")
    assert back.status == 422
    assert back.title.startswith("Error:")
    assert "Gardé tel quel." in back.answer.text
    assert (desk.folder / LETTER).read_bytes() == MODEL


def test_what_no_editor_writes_is_refused(page: Page, desk: Desk) -> None:
    for told in ("{", "[[]]", '[{"type": "script"}]', "[" * 10_000):
        form = page.client.get(page.url).form("Save the letter")
        data = dict(form.form_values()) | {"document": told}
        answer = page.client.post(
            urljoin(page.url, form.action), {k: [v] for k, v in data.items()}, None
        )
        assert answer.status == 422
    assert (desk.folder / LETTER).read_bytes() == MODEL


def test_before_there_is_a_list_three_made_up_mayors_read_it(page: Page) -> None:
    for number, commune in enumerate(("du Havre", "de Bruz", "de L'Haÿ-les-Roses"), 1):
        shown = page.client.get(f"{page.url}?number={number}")
        assert told_beside(shown)["values"]["commune|de"] == commune


def told_beside(page: Page) -> Any:
    return json.loads(page.html.get_element_by_id("shown").get("data-told"))


def test_what_is_to_be_looked_at_is_listed_at_its_words(page: Page) -> None:
    notes = {note["words"]: note["block"] for note in told_beside(page)["notes"]}
    assert notes["préfetures"] == 4
    links = {a.find("mark").text: a.get("href") for a in page.html.xpath("//a[@data-note]")}
    assert links["l'an dernier"] == "#block-6"
    assert page.html.get_element_by_id("block-6").text_content().count("l'an dernier") == 1


def test_the_way_from_a_check_leads_to_the_block(page: Page) -> None:
    at = MODEL.decode().index("l'an dernier")
    shown = page.client.get(f"{page.url}?at={at}")
    assert [each.get("id") for each in shown.html.xpath("//*[@autofocus]")] == ["block-6"]
    assert page.client.get(f"{page.url}?at=x").status == 200


def test_the_letter_beside_it_follows_what_is_typed_and_nothing_is_saved(
    page: Page, desk: Desk
) -> None:
    shown = page.html.get_element_by_id("shown")
    form = page.form("Save the letter")
    data = dict(form.form_values()) | {
        "once": shown.get("data-once"),
        "block-3": "Bonjour [of the commune], l'an dernier.",
        "number": "2",
        "expressions": "commune|de\ncommune * 2",
    }
    answer = page.client.post(urljoin(page.url, shown.get("data-draft")), data)
    assert answer.status == 200
    assert told_beside(answer)["values"] == {"commune|de": "de Bruz"}
    assert {"block": 3, "words": "l'an dernier"}.items() <= told_beside(answer)["notes"][0].items()
    (frame,) = answer.html.iter("iframe")
    assert "Bonjour de Bruz" in page.client.get(urljoin(page.url, frame.get("src"))).text
    assert (desk.folder / LETTER).read_bytes() == MODEL


def test_the_e_mail_stands_in_a_frame_that_can_do_nothing(page: Page) -> None:
    (frame,) = page.html.iter("iframe")
    assert frame.get("sandbox") == ""
    mail = page.client.get(urljoin(page.url, frame.get("src")))
    policy = mail.answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "habitant·es du Havre" in mail.text


def test_the_editor_is_told_what_each_blank_says(page: Page) -> None:
    told = json.loads(page.html.get_element_by_id("editor").get("data-letter"))
    assert told_beside(page)["values"]["commune|de"] == "du Havre"
    assert told["names"]["commune|de"] == "of the commune"
    assert told["document"]["content"][3]["attrs"] == {"n": 3}


def test_a_letter_that_cannot_be_made_is_told_beside_it(page: Page, desk: Desk) -> None:
    (desk.folder / LETTER).write_text("---\nsubject: x\n---\n\n{{ commune|dans }}\n", "utf-8")
    shown = page.client.get(page.url)
    assert shown.status == 200
    assert "dans" in shown.text
    assert "iframe" not in shown.answer.text


def test_a_letter_is_shown_before_every_blank_is_filled(page: Page, desk: Desk) -> None:
    (desk.folder / LETTER).write_text("---\nsubject: x\n---\n\nPour [Truc].\n", "utf-8")
    shown = page.client.get(page.url)
    assert "1 blank is still to fill." in shown.text
    assert [note["words"] for note in told_beside(shown)["notes"]] == ["[Truc]"]
    assert "{{" not in shown.text
    (frame,) = shown.html.iter("iframe")
    assert "Pour [Truc]." in page.client.get(urljoin(page.url, frame.get("src"))).text


def test_a_column_that_is_yet_to_come_stands_in_brackets(page: Page, desk: Desk) -> None:
    (desk.folder / LETTER).write_text("---\nsubject: x\n---\n\n{{ quartier }}\n", "utf-8")
    shown = page.client.get(page.url)
    (frame,) = shown.html.iter("iframe")
    assert "[quartier]" in page.client.get(urljoin(page.url, frame.get("src"))).text
    assert "[column: quartier]" in shown.answer.text


def test_the_page_of_a_letter_weighs_less_than_250_kilobytes(page: Page) -> None:
    sizes = {page.url: page.answer.num_bytes_downloaded}
    for each in page.html.xpath("//script[@src]/@src | //link/@href"):
        sizes[each] = page.client.get(urljoin(page.url, each)).answer.num_bytes_downloaded
    assert sum(sizes.values()) < 250_000, sizes


def test_the_bundled_editor_is_the_one_that_the_table_names() -> None:
    table = (STATIC / "VENDORED.md").read_text("utf-8")
    (row,) = (line for line in table.splitlines() if line.startswith("| editor.min.js |"))
    digest = hashlib.sha256((STATIC / "editor.min.js").read_bytes()).hexdigest()
    assert digest in row


# --- a letter from elsewhere ---------------------------------------------------------------------

PASTED = (
    "Objet : Vidéo à [ville]\n\nLe [date], de [xx], pour [Truc].\n\n"
    "Nous, habitants de [xx], écrivons.\n"
)


def test_a_pasted_letter_is_proposed_and_kept_after_a_yes(page: Page, desk: Desk) -> None:
    proposed = page.follow("Begin from another letter").press("Look at this text", pasted=PASTED)
    assert proposed.title.startswith("Is this your letter?")
    assert "{{" not in proposed.text
    assert "pour [Truc]" in proposed.answer.text
    assert (desk.folder / LETTER).read_bytes() == MODEL
    again = proposed.press("Look again", fill_3="=text", words_3="tous", residents="no")
    assert "pour tous." in again.answer.text
    assert (desk.folder / LETTER).read_bytes() == MODEL
    taken = again.press("Yes, take this letter")
    assert "Saved." in taken.text
    assert (desk.folder / LETTER).read_text("utf-8") == (
        "---\nsubject: Vidéo {{ commune|a }}\n---\n\n"
        "Le {{ date }}, {{ commune|de }}, pour tous.\n\nNous, {{ groupe }}, écrivons.\n"
    )
    assert (desk.folder / "letter.before.md").read_bytes() == MODEL


def test_a_file_that_is_no_letter_says_why_beside_its_field(page: Page, desk: Desk) -> None:
    chooser = page.follow("Begin from another letter")
    refused = chooser.press("Look at this file", files={"file": ("x.docx", b"no zip")})
    assert refused.status == 422
    assert refused.html.get_element_by_id("file-reason").text_content().strip()
    nothing = page.follow("Begin from another letter").press("Look at this text", pasted=" ")
    assert nothing.title.startswith("Error:")
    assert (desk.folder / LETTER).read_bytes() == MODEL


def test_a_text_file_is_proposed(page: Page) -> None:
    chooser = page.follow("Begin from another letter")
    shown = chooser.press(
        "Look at this file", files={"file": ("l.txt", "Bonjour à [ville]".encode("cp1252"))}
    )
    assert shown.title.startswith("Is this your letter?")
    assert "Bonjour [at the commune]" in shown.answer.text


def test_a_word_file_is_proposed_with_its_table_its_blanks_and_what_it_loses(
    page: Page, desk: Desk
) -> None:
    fields = f"{simple('MERGEFIELD Nom')}{run(', ')}{simple('NEXT')}{simple('MERGEFIELD Somme')}"
    rows = ((run("Poste", "b"), run("Somme", "b")), (run("Don"), run("5 €")))
    cells = ("".join(f"<w:tc><w:p>{each}</w:p></w:tc>" for each in row) for row in rows)
    style = '<w:tblPr><w:tblStyle w:val="Grilledutableau"/></w:tblPr>'
    table = f"<w:tbl>{style}{''.join(f'<w:tr>{each}</w:tr>' for each in cells)}</w:tbl>"
    content = word_file(f"<w:p>{fields}</w:p>{table}", header=f"<w:p>{run('Amis')}</w:p>")
    chooser = page.follow("Begin from another letter")
    shown = chooser.press("Look at this file", files={"file": ("Lettre.DOCX", content)})
    assert shown.title.startswith("Is this your letter?")
    assert [each.text_content() for each in shown.html.xpath("//div[@class='note']//li")] == [
        "Headers and footers are not in the letter: “Amis”. Settings put your logo, your address "
        "and a colour above each letter: [letterhead].",
        "A letter cannot say these codes of Word; they stay in it as blanks, and nothing leaves "
        "before you have put words or blanks of ours there: NEXT (at “Rennes, RennesRennes”)",
    ]
    taken = shown.press("Yes, take this letter", subject="Dons", fill_1="=text", words_1="vous")
    assert "“somme”" in taken.text
    assert (
        (desk.folder / LETTER)
        .read_text("utf-8")
        .endswith(
            "{{ maire.nom }}, vous{{ somme }}\n\n| Poste | Somme |\n| --- | --- |\n| Don | 5 € |\n"
        )
    )


def test_the_model_letter_is_taken_again(page: Page, desk: Desk) -> None:
    (desk.folder / LETTER).write_text("---\nsubject: x\n---\n\nrien\n", "utf-8")
    shown = page.follow("Begin from another letter").press("Look at the model letter")
    assert shown.press("Yes, take this letter").status == 200
    assert (desk.folder / LETTER).read_bytes() == MODEL


def test_a_proposal_that_the_server_has_forgotten_is_asked_for_again(page: Page) -> None:
    shown = page.follow("Begin from another letter").press("Look at the model letter")
    form = shown.form("Yes, take this letter")
    data = {**dict(form.form_values()), "proposal": "another", "act": "take"}
    back = page.client.post(urljoin(shown.url, form.action), data)
    assert back.status == 422


def test_blanks_that_nothing_fills_are_filled_in_a_table(page: Page, desk: Desk) -> None:
    (desk.folder / LETTER).write_text(
        "---\nsubject: x\n---\n\nPour [Truc], à [Quartier],\nle [ce mot]. [reste]\n", "utf-8"
    )
    shown = page.client.get(page.url)
    assert "no letter leaves" in shown.text
    filled = shown.press(
        "Fill them so", fill_0="groupe", fill_1="=column", fill_2="=own", words_1="Quartier"
    )
    assert (desk.folder / LETTER).read_text("utf-8") == (
        "---\nsubject: x\n---\n\nPour {{ groupe }}, à {{ quartier }},\nle \\[ce mot]. [reste]\n"
    )
    assert "reste" in filled.text


# --- pictures, attachments, local paragraphs ------------------------------------------------------


def test_a_file_is_attached_and_taken_out(page: Page, desk: Desk) -> None:
    files = page.follow("Pictures and attachments")
    shown = files.press("Attach it", files={"attachment": ("tract.pdf", b"%PDF-1.4 tract")})
    assert "Saved." in shown.text
    assert "tract.pdf" in shown.text
    assert b"attachments: tract.pdf\n" in (desk.folder / LETTER).read_bytes()
    assert "Saved." in shown.press("Take out").text
    assert (desk.folder / LETTER).read_bytes() == MODEL


def test_a_file_that_will_be_refused_says_so_beside_its_field(page: Page, desk: Desk) -> None:
    files = page.follow("Pictures and attachments")
    for button, field, name, data in (
        ("Attach it", "attachment", "a.pdf", b"x" * 9_000_000),
        ("Put it in", "picture", "a.png", b"GIF89a"),
    ):
        back = page.client.get(files.url).press(button, files={field: (name, data)})
        assert back.status == 422
        assert back.html.get_element_by_id(f"{field}-reason").text_content().strip()
    assert page.client.get(files.url).press("Attach it").status == 422
    assert (desk.folder / LETTER).read_bytes() == MODEL


def test_a_picture_is_put_behind_a_paragraph(page: Page, desk: Desk) -> None:
    files = page.follow("Pictures and attachments")
    shown = files.press(
        "Put it in", files={"picture": ("a.png", PNG)}, words="une caméra", behind="3"
    )
    assert "a picture in the text" in shown.text
    lines = (desk.folder / LETTER).read_text("utf-8").split("\n\n")
    assert lines[5] == "![une caméra](a.png)"
