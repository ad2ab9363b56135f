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

TWO = 'email,name,number\nmyself@example.org,"Myself",17\nbob@example.org,"Bob",42\n'


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    desk.connect(capture_server)
    return desk


def written(desk: Desk, sheet: str, body: str) -> None:
    """A campaign with mailmerge's database, and a letter with this body."""
    path = desk.folder.with_name("mailmerge_database.csv")
    path.write_text(sheet, encoding="utf-8")
    desk.ok("import", str(path))
    front = "" if body.startswith("---") else "---\nsubject: Testing mailmerge\n---\n\n"
    (desk.folder / "letter.md").write_text(front + body, encoding="utf-8")


def mail_has(mail: EmailMessage, sign: str, what: str) -> bool:
    """As the signs of the text say it."""
    kind = "html" if sign == "<" else "plain"
    body = mail.get_body(preferencelist=(kind,))
    assert body is not None
    if sign == "@":
        return what in [each.get_filename() for each in mail.iter_attachments()]
    return (what in body.get_content()) is (sign != "-")


def test_each_example_becomes_the_mails_that_it_is_about(
    tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    _, *examples = Path(__file__).with_suffix(".txt").read_text("utf-8").split("\n\n")
    failures = []
    for number, (title, *lines) in enumerate(each.strip().split("\n") for each in examples):
        sheet, letter = (
            "".join(f"{line[2:]}\n" for line in lines if line[0] == sign) for sign in "|>"
        )
        desk = Desk(tmp_path / str(number))
        desk.make(audience="people")
        desk.connect(capture_server)
        Image.new("RGB", (8, 8), "red").save(desk.folder / "image.jpg")
        (desk.folder / "file2.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
        (desk.folder / "attachments").mkdir()
        for name in ("Myself", "Bob"):
            (desk.folder / "attachments" / f"{name}_submission.txt").write_text(f"by {name}\n")
        written(desk, sheet, letter)
        before = len(capture_server.messages)
        desk.ok("send", "--really", "--yes", "--untested")
        mails = {
            each.recipients[0]: message_from_bytes(each.data, policy=policy.default)
            for each in capture_server.messages[before:]
        }
        assert len(mails) == sheet.count("@")
        for to, sign, what in (line.split(" ", 2) for line in lines if line[0] not in "|>"):
            if not mail_has(mails[to], sign, what):
                failures.append(f"{title} {to} {sign} {what}")
    assert failures == []


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
