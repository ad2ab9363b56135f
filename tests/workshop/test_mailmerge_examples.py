"""The examples that mailmerge's README documents (github.com/awdeorio/mailmerge), as campaigns."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image

from tests.desk import Desk
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

SPACE = "\N{NO-BREAK SPACE}"  # before a colon, in French
TWO = 'email,name,number\nmyself@example.org,"Myself",17\nbob@example.org,"Bob",42\n'
GRADES = """\
email,name,p1,p2,p3,midterm,grade
myself@example.org,"My Self",100,100,100,100,A+
borderline@example.org,"Borderline Name",50,50,50,50,C-
failing@example.org,"Failing Name",0,0,0,0,F
"""


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    desk.connect(capture_server)
    return desk


def written(desk: Desk, sheet: str, body: str, *head: str) -> None:
    """A campaign with mailmerge's database, and a letter with this body."""
    path = desk.folder.with_name("mailmerge_database.csv")
    path.write_text(sheet, encoding="utf-8")
    desk.ok("import", str(path))
    front = "\n".join(["---", "subject: Testing mailmerge", *head, "---", ""])
    (desk.folder / "letter.md").write_text(f"{front}\n{body}", encoding="utf-8")


def sent(desk: Desk, server: CaptureServer) -> dict[str, EmailMessage]:
    """Every mail by its recipient."""
    desk.ok("send", "--really", "--yes", "--untested")
    found = {each.recipients[0]: each.data for each in server.messages}
    assert len(found) == len(server.messages)
    return {to: message_from_bytes(data, policy=policy.default) for to, data in found.items()}


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    assert body is not None
    text: str = body.get_content()
    return text


def test_the_first_example_is_the_same_mail_to_each(
    desk: Desk, capture_server: CaptureServer
) -> None:
    written(desk, TWO, "Hi, {{ nom_complet }},\n\nYour number is {{ number }}.\n")
    mails = sent(desk, capture_server)
    assert {to: part(mail, "plain").splitlines()[:3] for to, mail in mails.items()} == {
        "myself@example.org": ["Hi, Myself,", "", "Your number is 17."],
        "bob@example.org": ["Hi, Bob,", "", "Your number is 42."],
    }
    assert {mail["Subject"] for mail in mails.values()} == {"Testing mailmerge"}
    assert {mail["To"].addresses[0].addr_spec for mail in mails.values()} == mails.keys()


def test_a_dry_run_comes_first_and_nothing_leaves(
    desk: Desk, capture_server: CaptureServer
) -> None:
    written(desk, TWO, "Hi, {{ nom_complet }},\n\nYour number is {{ number }}.\n")
    desk.ok("send")
    assert not capture_server.messages
    assert len(list((desk.folder / "outbox" / "rehearsal").glob("*.eml"))) == 2
    assert "Your number is 42." in desk.ok("preview", "Bob").out


@pytest.mark.parametrize(
    ("blank", "here"),
    [("name", "nom_complet"), ("Name", "nom_complet"), ("last_name", "nom"), ("nomber", "number")],
)
def test_a_blank_of_mailmerge_s_is_answered_with_what_it_is_called_here(
    desk: Desk, blank: str, here: str
) -> None:
    written(desk, TWO, f"Hi, {{{{ {blank} }}}},\n")
    said = desk.run("check")
    assert (said.code, f"Close to it: {here}." in said.out + said.err) == (2, True)


def test_the_advanced_example_says_to_each_what_its_grade_asks_for(
    desk: Desk, capture_server: CaptureServer
) -> None:
    body = """\
Dear {{ nom_complet }},

Project 1: {{ p1 }}

Midterm exam: {{ midterm }}

At this time, your estimated letter grade is {{ grade }}.

{% if grade == "C-" %}
I am concerned that you will be on the border of the pass/fail line.
{% elif grade == "D+" or grade == "D" or grade == "D-" or grade == "E" or grade == "F" %}
I am writing because I am concerned about your grade in EECS 280.
{% endif %}
"""
    written(desk, GRADES, body)
    mails = {to: part(mail, "plain") for to, mail in sent(desk, capture_server).items()}
    assert all(f"Project 1{SPACE}: " in text for text in mails.values())
    assert "Dear Borderline Name," in mails["borderline@example.org"]
    told = {to: ("on the border" in text, "I am writing" in text) for to, text in mails.items()}
    assert told == {
        "myself@example.org": (False, False),
        "borderline@example.org": (True, False),
        "failing@example.org": (False, True),
    }


def test_markdown_becomes_plain_text_and_html_in_one_mail(
    desk: Desk, capture_server: CaptureServer
) -> None:
    body = """\
You can add:

- Emphasis, aka italics, with *asterisks*.
- Strong emphasis, aka bold, with **asterisks**.

1. Item 1
2. Item 2

How about some [hyperlinks](https://example.org/eecs485)?

# This is a heading.

## And another heading.
"""
    written(desk, TWO, body)
    for mail in sent(desk, capture_server).values():
        html = part(mail, "html")
        assert mail.get_content_type() in ("multipart/alternative", "multipart/mixed")
        for tag in ("<em>asterisks</em>", "<strong>asterisks</strong>", "<ol", "<ul", "<h1", "<h2"):
            assert tag in html
        assert 'href="https://example.org/eecs485"' in html
        assert "https://example.org/eecs485" in part(mail, "plain")


def test_attachments_go_with_every_mail_and_each_one_s_own_with_its_own(
    desk: Desk, capture_server: CaptureServer
) -> None:
    sheet = TWO.replace("number\n", "number,file\n")
    sheet = sheet.replace("17\n", "17,Myself_submission.txt\n").replace(
        "42\n", "42,Bob_submission.txt\n"
    )
    (desk.folder / "file2.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    (desk.folder / "attachments").mkdir()
    for name in ("Myself", "Bob"):
        (desk.folder / "attachments" / f"{name}_submission.txt").write_text(f"by {name}\n")
    head = ("attachments: file2.pdf", "attachment_column: file")
    written(desk, sheet, "Hi, {{ nom_complet }},\n\nThis email contains two attachments.\n", *head)
    mails = sent(desk, capture_server)
    names = {
        to: sorted(str(each.get_filename()) for each in mail.iter_attachments())
        for to, mail in mails.items()
    }
    assert names == {
        "myself@example.org": ["Myself_submission.txt", "file2.pdf"],
        "bob@example.org": ["Bob_submission.txt", "file2.pdf"],
    }


def test_a_picture_stands_in_the_mail_itself(desk: Desk, capture_server: CaptureServer) -> None:
    Image.new("RGB", (8, 8), "red").save(desk.folder / "image.jpg")
    written(desk, TWO, "Hi, {{ nom_complet }},\n\n![image alt-description](image.jpg)\n")
    for mail in sent(desk, capture_server).values():
        assert 'alt="image alt-description"' in part(mail, "html")
        (picture,) = (each for each in mail.walk() if each.get_content_maintype() == "image")
        assert f'src="cid:{picture["Content-ID"][1:-1]}"' in part(mail, "html")
