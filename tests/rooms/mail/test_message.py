"""The e-mail: what a mail program reads back, and what can never get into it."""

from __future__ import annotations

import email
import email.header
import email.message
import email.policy
import email.utils
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from merge.errors import LetterError, SettingsError
from merge.mail import incoming
from merge.mail.addresses import to_wire
from merge.mail.message import MailComposer
from merge.model import LARGEST_MESSAGE, Channel, Enclosure, Letter, LetterFault, Message, Slotted
from tests.facts import wrong

HERE = Path(__file__).with_name("message.txt")

DATE = datetime(2026, 11, 24, 9, 30, 12, 345678, tzinfo=timezone(timedelta(hours=1)))
HEADERS = [
    "Date",
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
]


def composer(**other: object) -> MailComposer:
    facts: dict[str, object] = {
        "from_name": "Collectif de Rennes",
        "from_address": "groupe@example.org",
        "reply_to": "reponses@example.org",
        "campaign_id": "c1",
    }
    return MailComposer(**(facts | other))  # type: ignore[arg-type]


def letter(**other: object) -> Letter:
    facts: dict[str, object] = {
        "key": "76351",
        "channel": Channel.EMAIL,
        "reference": "Réf. 76351",
        "subject": "À la mairie du Havre",
        "text": "Madame la Maire,\n\n.\nFrom ici, l’été…\n",
        "html": "<!DOCTYPE html>\n<p style='color: #333'>Madame la Maire, l’été…</p>\n",
    }
    return Letter(**(facts | other))  # type: ignore[arg-type]


def compose(
    by: MailComposer, one: Letter, *, to: str = "mairie@example.org", wave: int = 1
) -> Message:
    composed = by.compose(one, to=to, wave=wave, date=DATE)
    assert isinstance(composed, Message)
    return composed


def read(composed: Message) -> email.message.EmailMessage:
    message = email.message_from_bytes(composed.data, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    assert not message.defects
    return message


def parts(message: email.message.EmailMessage) -> list[tuple[str, str]]:
    found = []
    for part in message.iter_parts():
        assert isinstance(part, email.message.EmailMessage)
        assert not part.defects
        found.append((part.get_content_type(), part.get_content().replace("\r\n", "\n")))
    return found


def test_the_standard_library_reads_the_same_letter_back() -> None:
    composed = compose(composer(from_name="Collectif « Été »"), letter())
    message = read(composed)
    assert [name for name, _ in message.items()] == HEADERS
    assert message["From"].addresses[0].display_name == "Collectif « Été »"
    assert message["From"].addresses[0].addr_spec == "groupe@example.org"
    assert message["Reply-To"] == "reponses@example.org"
    assert message["To"] == "mairie@example.org"
    assert message["Subject"] == "À la mairie du Havre"
    assert message["Date"].datetime == DATE.replace(microsecond=0)
    assert message["Message-ID"] == composed.message_id
    assert message.get_content_type() == "multipart/alternative"
    assert parts(message) == [("text/plain", letter().text), ("text/html", letter().html)]
    assert composed.envelope.sender == "groupe@example.org"
    assert composed.envelope.recipient == "mairie@example.org"


LETTERS = st.builds(
    letter,
    key=st.sampled_from(["1", "2", "3"]),
    subject=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=90),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    html=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
)


@given(st.lists(LETTERS, max_size=6))
def test_what_was_written_before_never_shows_in_a_letter(letters: list[Letter]) -> None:
    by = composer()
    for one in letters:
        assert compose(by, one) == compose(composer(), one)


# Its value may never change: bounces and answers of letters long gone are matched by it.
KNOWN_MESSAGE_ID = "<9f6d1c2b3219d98b971e967806fef0e8fd0bebb8@example.org>"


def test_the_message_id_is_one_of_campaign_recipient_and_wave() -> None:
    first = compose(composer(), letter()).message_id
    assert re.fullmatch(r"<[0-9a-f]{40}@example\.org>", first)
    others = {
        compose(composer(campaign_id="c2"), letter()).message_id,
        compose(composer(), letter(key="76352")).message_id,
        compose(composer(), letter(), wave=2).message_id,
        compose(composer(from_address="groupe@example.com"), letter()).message_id,
        # No two triples are written alike.
        compose(composer(campaign_id='c1", "76351'), letter(key="")).message_id,
    }
    assert len(others | {first}) == 6
    assert compose(composer(), letter(subject="autre", text="autre")).message_id == first
    assert compose(composer(), letter(), to="autre@example.org").message_id == first
    assert first == KNOWN_MESSAGE_ID


def test_without_reply_to_and_with_list_unsubscribe() -> None:
    by = composer(reply_to="", list_unsubscribe="stop+c1@example.org")
    message = read(compose(by, letter()))
    assert message["Reply-To"] is None
    mailto = "<mailto:stop%2Bc1@example.org?subject=STOP%20R%C3%A9f.%2076351>"
    assert message["List-Unsubscribe"] == mailto
    assert message["List-Unsubscribe-Post"] is None


def test_a_request_by_mail_names_whose_it_is_and_is_read_as_one() -> None:
    by = composer(list_unsubscribe="stop@example.org")
    for reference, named in {
        "Réf. 76351": ("76351",),
        "é" * 60: (),
        "Réf. " + "x" * 61: (),
    }.items():
        header = str(read(compose(by, letter(reference=reference)))["List-Unsubscribe"])
        (subject,) = parse_qs(urlsplit(header.strip("<>")).query)["subject"]
        asking = EmailMessage()
        asking["From"], asking["Subject"] = "mairie@example.org", subject
        said = incoming.read(asking.as_bytes(), at=DATE)
        assert said is not None
        assert said.references == named
        assert incoming.asks_to_stop(said.subject, said.text).startswith("STOP")


def test_one_click_is_offered_beside_the_mail_where_there_is_an_address_for_it() -> None:
    url = "https://example.org/stop?ref={reference}"
    by = composer(list_unsubscribe="stop@example.org", one_click=url)
    message = read(compose(by, letter(key="a&b é")))
    assert str(message["List-Unsubscribe"]).startswith(
        "<https://example.org/stop?ref=a%26b%20%C3%A9>, <mailto:stop@example.org?"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read(compose(composer(one_click=url), letter()))["List-Unsubscribe"] is None


def test_a_domain_with_accents_travels_in_a_labels() -> None:
    composed = compose(
        composer(from_address="groupe@forêt.example"), letter(), to="mairie@hôtel.example"
    )
    assert composed.envelope.recipient == "mairie@xn--htel-vqa.example"
    assert composed.envelope.sender == "groupe@xn--fort-ipa.example"
    assert composed.message_id.endswith("@xn--fort-ipa.example>")
    assert read(composed)["To"] == "mairie@xn--htel-vqa.example"


def test_an_address_that_cannot_be_written_down_is_a_fault_of_the_recipient() -> None:
    def fault(address: str) -> str:
        found = composer().compose(letter(), to=address, wave=1, date=DATE)
        assert isinstance(found, LetterFault), address
        assert (found.key, found.field, found.value) == ("76351", "email", address)
        return found.code

    assert wrong(HERE, "an address", fault) == []


@pytest.mark.parametrize("name", ["from_address", "reply_to", "list_unsubscribe"])
def test_a_sender_address_that_cannot_be_written_down_is_a_setting_to_mend(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        composer(**{name: "x@example.org\r\nBcc: y@example.org"})
    assert caught.value.code == "own-address-unfit"


@pytest.mark.parametrize("value", ["a\nb", "a\r\nBcc: x@example.org", "a\0", "a\u2028b", "a\ud800"])
def test_a_control_character_is_refused_and_never_stripped(value: str) -> None:
    fault = composer().compose(letter(subject=value), to="mairie@example.org", wave=1, date=DATE)
    assert fault == LetterFault(key="76351", code="subject-unprintable", value=value)
    with pytest.raises(SettingsError) as caught:
        composer(from_name=value)
    assert caught.value.code == "sender-name-unprintable"


def test_half_a_character_in_the_letter_is_a_fault() -> None:
    for broken in (letter(text="a\ud800"), letter(html="a\udfff")):
        fault = composer().compose(broken, to="mairie@example.org", wave=1, date=DATE)
        assert fault == LetterFault(key="76351", code="letter-not-text")


ANY_TEXT = st.text(max_size=3000)
IN_HEADER = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300)
IN_CELL = IN_HEADER | st.text(max_size=400)


@given(subject=IN_CELL, name=IN_CELL, to=st.text(max_size=99), text=ANY_TEXT, html=ANY_TEXT)
@example(subject="a\r\nBcc: x@example.org", name="x", to="", text=" end \nof line \t\n", html="")
@example(subject="x", name='"\\" <x@example.org>, "', to="", text="x" * 3000, html="é" * 1500)
@example(
    subject="=?utf-8?q?=0D=0ABcc=3A_x?=",
    name="=?utf-8?q?=0A?=",
    to="a@example.org\r\nBcc: x",
    text="a\rb\r\nc\n\n\n",
    html="--=_boundary\r\n--=_boundary--",
)
def test_what_is_written_is_read_back_and_nothing_else_gets_in(
    subject: str, name: str, to: str, text: str, html: str
) -> None:
    try:
        by = composer(from_name=name)
    except SettingsError:
        return
    for address in (to, f"{to}@example.org", "mairie@example.org"):
        one = letter(subject=subject, text=text, html=html)
        composed = by.compose(one, to=address, wave=1, date=DATE)
        if isinstance(composed, LetterFault):
            continue
        assert composed.data.isascii()
        assert max(map(len, composed.data.split(b"\r\n"))) <= 78
        assert not re.search(rb"\r(?!\n)|(?<!\r)\n", composed.data)
        message = read(composed)
        assert [name for name, _ in message.items()] == HEADERS
        assert [a.addr_spec for a in message["From"].addresses] == ["groupe@example.org"]
        assert message["To"] == composed.envelope.recipient == to_wire(address)
        raw = email.message_from_bytes(composed.data)  # the older parser, which decodes on request
        assert decoded(raw["Subject"]) == subject
        shown, _address = email.utils.parseaddr(raw["From"].replace("\r\n", ""))
        assert decoded(shown) == (name if name.strip() else "")
        assert parts(message) == [("text/plain", ended(text)), ("text/html", ended(html))]


def decoded(value: str) -> str:
    return "".join(
        part if isinstance(part, str) else part.decode(charset or "ascii")
        for part, charset in email.header.decode_header(value.replace("\r\n", ""))
    )


def ended(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines if lines.endswith("\n") else f"{lines}\n"


def test_the_time_zone_of_the_sender_is_kept() -> None:
    assert b"Date: Tue, 24 Nov 2026 09:30:12 +0100\r\n" in compose(composer(), letter()).data
    utc = composer().compose(
        letter(), to="mairie@example.org", wave=1, date=datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    )
    assert isinstance(utc, Message)
    assert b"Date: Fri, 02 Jan 2026 03:04:00 +0000\r\n" in utc.data


# --- pictures and attachments ---------------------------------------------------------------------

LOGO, ANNEX, OWN = b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"%PDF " + b"\r\n.\r\n" * 99, b"own"


def enclosure(path: str, data: bytes, *, content_id: str = "") -> Enclosure:
    kind = "image/png" if content_id else "application/pdf"
    digest = hashlib.sha256(data).hexdigest()
    return Enclosure(path=path, media_type=kind, content_id=content_id, sha256=digest)


PICTURE = enclosure("images/logo.png", LOGO, content_id="abc@publipostage")
EVERYBODYS = enclosure("Délibération n° 12.pdf", ANNEX)
ONES_OWN = Enclosure(path="attachments/own.pdf", media_type="application/pdf", column="Annexe")
FILES = {PICTURE.path: LOGO, EVERYBODYS.path: ANNEX, ONES_OWN.path: OWN}


def composing(files: Mapping[str, bytes] = FILES) -> MailComposer:
    return composer(files=files.get)


def tree(part: email.message.EmailMessage) -> object:
    if not part.is_multipart():
        assert not part.defects
        return part.get_content_type()
    return [part.get_content_subtype(), *(tree(each) for each in part.iter_parts())]  # type: ignore[arg-type]


def files_in(message: email.message.EmailMessage) -> dict[str | None, bytes]:
    return {
        part.get_filename(): part.get_payload(decode=True)  # type: ignore[misc]
        for part in message.walk()
        if part.get_content_disposition()
    }


def test_pictures_lie_beside_the_html_and_attachments_behind_it_all() -> None:
    message = read(compose(composing(), letter(enclosures=(PICTURE, EVERYBODYS, ONES_OWN))))
    assert tree(message) == [
        "mixed",
        ["alternative", "text/plain", ["related", "text/html", "image/png"]],
        "application/pdf",
        "application/pdf",
    ]
    assert [name for name, _ in message.items()] == HEADERS
    assert files_in(message) == {
        "logo.png": LOGO,
        "Délibération n° 12.pdf": ANNEX,
        "own.pdf": OWN,
    }
    picture = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert picture["Content-ID"] == "<abc@publipostage>"
    assert picture.get_content_disposition() == "inline"
    related = next(p for p in message.walk() if p.get_content_subtype() == "related")
    assert related.get_param("type") == "text/html"  # RFC 2387 3.1
    said = message.get_body(("plain",))
    assert said is not None
    assert said.get_content().replace("\r\n", "\n") == letter().text


def test_the_printed_letter_goes_along_before_what_else_is_attached() -> None:
    page = letter(
        channel=Channel.PAPER, reference="Réf. 12/34\r\nBcc: x", page=Slotted(("<p>Page",))
    )
    by = composer(files=FILES.get, as_pdf=lambda each: each.page.html.encode())
    message = read(compose(by, letter(enclosures=(EVERYBODYS,), attached=page)))
    assert list(files_in(message).items()) == [
        ("Réf. 12-34--Bcc- x.pdf", b"<p>Page"),
        ("Délibération n° 12.pdf", ANNEX),
    ]
    assert [name for name, _ in message.items()] == HEADERS


def test_the_same_files_are_the_same_bytes() -> None:
    one = letter(enclosures=(PICTURE, EVERYBODYS, ONES_OWN))
    by = composing()
    assert compose(by, one) == compose(by, one) == compose(composing(), one)


def test_files_that_are_gone_changed_or_too_large_hold_their_recipient_or_stop_all() -> None:
    one = letter(enclosures=(EVERYBODYS, ONES_OWN))
    most = (LARGEST_MESSAGE - 3_000) // 78 * 57

    def comes_of(**files: bytes) -> object:
        there = {EVERYBODYS.path: files.get("annex"), ONES_OWN.path: files.get("own")}
        try:
            by = composer(files=there.get)
            made = by.compose(one, to="mairie@example.org", wave=1, date=DATE)
        except LetterError as error:
            return error.code, error.path
        if isinstance(made, Message):
            return LARGEST_MESSAGE - 3_000 < len(made.data) <= LARGEST_MESSAGE
        return made

    own = LetterFault(key="76351", code="", field="Annexe", value="own.pdf")
    changed = ("letter-file-changed", EVERYBODYS.path)
    assert comes_of(annex=ANNEX) == replace(own, code="attachment-missing")
    assert comes_of(own=OWN) == comes_of(own=OWN, annex=ANNEX + b"!") == changed
    assert comes_of(annex=ANNEX, own=b"x" * most) is True
    assert comes_of(annex=ANNEX, own=b"x" * (most + 3_000)) == replace(
        own, code="message-too-large"
    )


def test_no_kind_of_file_can_add_a_header() -> None:
    broken = Enclosure(path="a.pdf", media_type="text/plain\r\nBcc: x@example.org")
    with pytest.raises(ValueError, match="no header line"):
        compose(composer(files=lambda path: b"x"), letter(enclosures=(broken,)))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1))
@example('a"b\\c.pdf')
@example("a\r\nBcc: x@example.org.pdf")
@example("é" * 100 + ".pdf")
@example("a" * 100 + ".pdf")
@example("utf-8''x%41.pdf")
def test_a_file_name_is_read_back_and_adds_no_header(name: str) -> None:
    by = composer(files=lambda path: b"x")
    one = letter(enclosures=(Enclosure(path=f"attachments/{name}", media_type="application/pdf"),))
    composed = compose(by, one)
    assert max(map(len, composed.data.split(b"\r\n"))) <= 78
    raw = email.message_from_bytes(composed.data)
    (part,) = (each for each in raw.walk() if each.get_content_disposition())
    assert part.keys() == ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition"]
    assert part.get_filename() == name.strip()  # the parser's own habit
