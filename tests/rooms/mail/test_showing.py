"""A mail in a frame: its text as it was set, and nothing else that HTML can do."""

from __future__ import annotations

import pytest

from merge.app.confined import shown_mail
from merge.mail.showing import shown
from merge.web.downloads import download
from merge.web.mails import FRAME_POLICY, frame
from tests.examples import each_line

PIXEL = "R0lGODlhAQABAAAAACw="


def mail(html: str, *more: str) -> bytes:
    """A mail with that HTML, and other parts behind it."""
    parts = [f"Content-Type: text/html; charset=utf-8\r\n\r\n{html}", *more]
    body = "".join(f"--x\r\n{part}\r\n" for part in parts)
    head = "From: M. le Maire <m@example.org>\r\nTo: g@example.org\r\nSubject: =?utf-8?q?R=C3=A9p?="
    return (
        f"{head}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n{body}"
        "--x--\r\n"
    ).encode()


def html_of(html: str, *more: str) -> str:
    return shown(mail(html, *more)).html


def test_text_stays_as_it_was_set() -> None:
    html = (
        '<h1>Bonjour</h1><p style="color: red">Nous <b>refusons</b>, <em>merci</em>&nbsp;!</p>'
        '<table border="1"><tr><td colspan="2">é &lt;é&gt; &amp;</td></tr></table><hr>'
    )
    assert html_of(html) == html.replace("&nbsp;", "\xa0")


@each_line
def test_nothing_that_acts_or_loads_is_left(html: str) -> None:
    left = html_of(f"<p>avant</p>{html}<p>après").lower()
    assert "avant" in left
    for word in ('evil.example/"', "url(", 'onerror="', "onclick", "<script", "<img", "href"):
        assert word not in left, left
    for tag in ("form", "input", "button", "iframe", "object", "embed", "svg", "style", "link"):
        assert f"<{tag}" not in left
    for tag in ("meta", "base", "video", "math", "noscript"):
        assert f"<{tag}" not in left


def test_a_picture_that_came_along_is_shown_and_one_from_outside_is_counted() -> None:
    picture = (
        "Content-Type: image/gif\r\nContent-ID: <logo@x>\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{PIXEL}"
    )
    html = '<img alt="Logo" src="cid:logo@x" width="9"><img src="cid:none"><img src="http://a.b/c">'
    found = shown(mail(html, picture))
    assert f'<img src="data:image/gif;base64,{PIXEL}" width="9" alt="Logo">' in found.html
    assert found.left_out == 2
    assert found.attached == ()


def test_a_link_that_says_another_address_than_it_leads_to_is_told() -> None:
    lie = '<a href="https://evil.example/x">https://mairie.example</a>'
    assert html_of(lie) == "<a>https://mairie.example &lt;https://evil.example/x&gt;</a>"
    plain = '<a href="https://mairie.example">https://mairie.example</a>'
    assert html_of(plain) == "<a>https://mairie.example</a>"


def test_headers_words_and_attachments_come_beside_it() -> None:
    attached = 'Content-Type: application/pdf; name="d.pdf"\r\n\r\nx'
    found = shown(mail("<p>Oui", attached))
    assert (found.subject, found.sender) == ("Rép", "M. le Maire <m@example.org>")
    assert (found.text, found.html, found.attached) == ("Oui", "<p>Oui", ("d.pdf",))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff" * 1000,
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n" * 5000,
        mail("<div>" * 100_000),
        mail("<" * 300_000),
        mail("<a href='" * 50_000),
        mail("<!--" * 50_000),
        b"Content-Type: text/html; charset=no-such\r\n\r\n<p>\xe9t\xe9",
    ],
)
def test_a_broken_or_endless_mail_is_shown_as_far_as_it_goes(data: bytes) -> None:
    assert shown_mail(data) == shown(data)


def test_a_frame_is_shut_by_its_own_header_and_a_file_is_no_page() -> None:
    answer = frame(html_of("<p>Oui"))
    policy = answer.headers["content-security-policy"]
    assert policy == FRAME_POLICY
    assert policy.startswith("sandbox; default-src 'none'")
    assert "allow-" not in policy
    assert b"<p>Oui" in answer.body
    words_alone = frame("", "1 < 2 <script>")
    assert b"<pre>1 &lt; 2 &lt;script&gt;</pre>" in words_alone.body
    kept = download(b"x", "mail-3.eml")
    assert kept.headers["content-disposition"] == 'attachment; filename="mail-3.eml"'
    assert kept.headers["content-security-policy"].startswith("sandbox")
