"""The e-mail: what a mail program reads back, and what can never get into it."""

from __future__ import annotations

import email
import email.header
import email.message
import email.policy
import email.utils
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from merge.errors import SettingsError
from merge.mail.addresses import AddressRefused, to_wire
from merge.mail.message import MailComposer
from merge.model import Channel, Letter, LetterFault, Parcel

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
) -> Parcel:
    parcel = by.compose(one, to=to, wave=wave, date=DATE)
    assert isinstance(parcel, Parcel)
    return parcel


def read(parcel: Parcel) -> email.message.EmailMessage:
    message = email.message_from_bytes(parcel.data, policy=email.policy.default)
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
    parcel = compose(composer(from_name="Collectif « Été »"), letter())
    message = read(parcel)
    assert [name for name, _ in message.items()] == HEADERS
    assert message["From"].addresses[0].display_name == "Collectif « Été »"
    assert message["From"].addresses[0].addr_spec == "groupe@example.org"
    assert message["Reply-To"] == "reponses@example.org"
    assert message["To"] == "mairie@example.org"
    assert message["Subject"] == "À la mairie du Havre"
    assert message["Date"].datetime == DATE.replace(microsecond=0)
    assert message["Message-ID"] == parcel.message_id
    assert message.get_content_type() == "multipart/alternative"
    assert parts(message) == [("text/plain", letter().text), ("text/html", letter().html)]
    assert parcel.envelope.sender == "groupe@example.org"
    assert parcel.envelope.recipient == "mairie@example.org"


def test_a_letter_that_is_handed_over_again_is_the_same_bytes() -> None:
    assert compose(composer(), letter()) == compose(composer(), letter())


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
    assert message["List-Unsubscribe"] == "<mailto:stop%2Bc1@example.org?subject=unsubscribe>"


def test_nothing_says_that_a_machine_answers() -> None:
    message = read(compose(composer(), letter()))
    assert message["Auto-Submitted"] is None
    assert message["Precedence"] is None


def test_a_domain_with_accents_travels_in_a_labels() -> None:
    parcel = compose(
        composer(from_address="groupe@forêt.example"), letter(), to="mairie@hôtel.example"
    )
    assert parcel.envelope.recipient == "mairie@xn--htel-vqa.example"
    assert parcel.envelope.sender == "groupe@xn--fort-ipa.example"
    assert parcel.message_id.endswith("@xn--fort-ipa.example>")
    assert read(parcel)["To"] == "mairie@xn--htel-vqa.example"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("mairie", "address-malformed"),
        ("@example.org", "address-malformed"),
        ("mairie@", "address-malformed"),
        ("", "address-malformed"),
        ("a b@example.org", "address-malformed"),
        ("a..b@example.org", "address-malformed"),
        ('"a b"@example.org', "address-malformed"),
        ("a@b@example.org", "address-malformed"),
        ("a,b@example.org", "address-malformed"),
        ("mairie@example.org\r\nBcc: x@example.org", "address-malformed"),
        ("mairie\n@example.org", "address-malformed"),
        ("mairie@example.org\n", "address-domain-invalid"),
        ("mairie@exam ple.org", "address-domain-invalid"),
        ("mairie@-example.org", "address-domain-invalid"),
        ("mairie@example..org", "address-domain-invalid"),
        ("mairie@[127.0.0.1]", "address-domain-invalid"),
        ("mairie@straße.example", "address-domain-invalid"),
        (f"mairie@{'é' * 70}.example", "address-domain-invalid"),
        ("sébastien@example.org", "address-needs-smtputf8"),
        (f"{'a' * 65}@example.org", "address-too-long"),
        (f"a@{'a.' * 130}example", "address-too-long"),
    ],
)
def test_an_address_that_cannot_be_written_down_is_a_fault_of_the_recipient(
    address: str, code: str
) -> None:
    fault = composer().compose(letter(), to=address, wave=1, date=DATE)
    assert fault == LetterFault(key="76351", code=code, field="email", value=address)


@pytest.mark.parametrize("name", ["from_address", "reply_to", "list_unsubscribe"])
def test_a_sender_address_that_cannot_be_written_down_is_a_setting_to_mend(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        composer(**{name: "x@example.org\r\nBcc: y@example.org"})
    assert caught.value.code == "address-malformed"


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


def test_a_date_without_a_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="aware"):
        composer().compose(
            letter(), to="mairie@example.org", wave=1, date=DATE.replace(tzinfo=None)
        )


ANY_TEXT = st.text(max_size=400)
HEADER_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300)


@given(subject=ANY_TEXT, name=ANY_TEXT, to=ANY_TEXT)
@example(subject="a\r\nBcc: x@example.org", name="x", to="mairie@example.org")
@example(subject="x", name='"\\" <x@example.org>, "', to="mairie@example.org")
@example(subject="=?utf-8?q?=0D=0ABcc=3A_x?=", name="=?utf-8?q?=0A?=", to="mairie@example.org")
def test_no_cell_can_add_a_header_or_a_recipient(subject: str, name: str, to: str) -> None:
    try:
        by = composer(from_name=name)
    except SettingsError:
        return
    for address in (to, f"{to}@example.org", "mairie@example.org"):
        parcel = by.compose(letter(subject=subject), to=address, wave=1, date=DATE)
        if isinstance(parcel, LetterFault):
            continue
        head = parcel.data.partition(b"\r\n\r\n")[0]
        unfolded = head.replace(b"\r\n ", b"").split(b"\r\n")
        assert [line.partition(b":")[0].decode() for line in unfolded] == HEADERS
        assert parcel.envelope.recipient == to_wire(address)
        message = read(parcel)
        assert [name for name, _ in message.items()] == HEADERS
        assert [a.addr_spec for a in message["From"].addresses] == ["groupe@example.org"]
        assert message["To"] == parcel.envelope.recipient


@given(subject=HEADER_TEXT, name=HEADER_TEXT)
def test_what_stands_in_a_header_is_read_back_to_the_letter(subject: str, name: str) -> None:
    parcel = compose(composer(from_name=name), letter(subject=subject))
    raw = email.message_from_bytes(parcel.data)  # the older parser, which decodes on request
    assert decoded(raw["Subject"]) == subject
    shown, address = email.utils.parseaddr(raw["From"].replace("\r\n", ""))
    assert address == "groupe@example.org"
    assert decoded(shown) == (name if name.strip() else "")


def decoded(value: str) -> str:
    return "".join(
        part if isinstance(part, str) else part.decode(charset or "ascii")
        for part, charset in email.header.decode_header(value.replace("\r\n", ""))
    )


@given(text=st.text(max_size=3000), html=st.text(max_size=3000))
@example(text=" trailing \nspaces \t\n", html="--=_boundary\r\n--=_boundary--")
@example(text="x" * 3000, html="é" * 1500)
@example(text="a\rb\r\nc\n\n\n", html="")
def test_any_text_is_read_back_and_no_line_is_long(text: str, html: str) -> None:
    parcel = compose(composer(), letter(text=text, html=html))
    message = read(parcel)
    assert parts(message) == [("text/plain", ended(text)), ("text/html", ended(html))]
    assert parcel.data.isascii()
    assert parcel.data.endswith(b"\r\n")
    assert max(map(len, parcel.data.split(b"\r\n"))) <= 78
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", parcel.data)


def ended(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines if lines.endswith("\n") else f"{lines}\n"


@given(st.text(max_size=80), st.text(max_size=80))
def test_an_address_on_the_wire_is_one_ascii_word(local_part: str, domain: str) -> None:
    try:
        wire = to_wire(f"{local_part}@{domain}")
    except AddressRefused:
        return
    assert re.fullmatch(r"[!-~]+@[A-Za-z0-9.-]+", wire)
    assert wire.partition("@")[0] == local_part


def test_the_time_zone_of_the_sender_is_kept() -> None:
    assert b"Date: Tue, 24 Nov 2026 09:30:12 +0100\r\n" in compose(composer(), letter()).data
    utc = composer().compose(
        letter(), to="mairie@example.org", wave=1, date=datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    )
    assert isinstance(utc, Parcel)
    assert b"Date: Fri, 02 Jan 2026 03:04:00 +0000\r\n" in utc.data
