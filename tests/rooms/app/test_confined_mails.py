"""A mail that would keep the computer busy is given up, told, and costs no other mail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from merge.app import confined
from merge.app.confined import read_mail
from merge.confined import helpers
from merge.confined.limits import A_MAIL
from merge.mail.incoming import read
from merge.outcome import FIRST_LOOK_OCTETS, Sort
from tests.desk import NICE, Desk
from tests.mails import answer, digest, mail

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows limits time alone")


def nested(depth: int = 600, *, lines: int = 60_000, more: str = "") -> bytes:
    """Parts within parts: each line is compared with the boundary of every one of them."""
    parts = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(1, depth)
    )
    head = (
        f"From: nice@example.org\nSubject: Re: votre lettre\nMessage-ID: <deep@example.org>\n{more}"
        "Content-Type: multipart/mixed; boundary=b0"
    )
    return mail(head, f"--b0\n{parts}\n" + "-\n" * lines)[:FIRST_LOOK_OCTETS]


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(confined, "A_MAIL", replace(A_MAIL, cpu_s=0.5))
    monkeypatch.setattr(confined, "WHOLE_MAIL", replace(A_MAIL, cpu_s=0.5))
    helpers.end()
    yield
    helpers.end()


@pytest.mark.parametrize("data", [answer(), answer(more="Auto-Submitted: auto-replied\n"), b"\0"])
def test_a_mail_says_the_same_as_without_a_helper(data: bytes) -> None:
    assert read_mail(data, at=NOON) == read(data, at=NOON)
    own = frozenset({"mairie-1@example.org"})
    assert read_mail(data, at=NOON, own=own) == read(data, at=NOON, own=own)


@POSIX
@pytest.mark.usefixtures("_quick")
def test_of_a_mail_that_takes_too_much_the_headers_are_read() -> None:
    refers = f"In-Reply-To: <{digest()}@example.org>\n"
    found = read_mail(nested(more=refers), at=NOON)
    assert found is not None
    assert found.is_given_up
    assert (found.sort, found.sender) == (Sort.ANSWER, "nice@example.org")
    assert (found.subject, found.digests) == ("Re: votre lettre", (digest(),))
    assert read_mail(nested(), at=NOON, own=frozenset({"nice@example.org"})) is None
    again = read_mail(nested(), at=NOON)
    assert again is not None
    assert again.identity == found.identity


@POSIX
@pytest.mark.usefixtures("_quick")
def test_it_is_told_proposed_by_its_sender_and_the_others_are_read(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE)))
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "1.eml").write_bytes(nested())
    (folder / "2.eml").write_bytes(answer(sender="nice@example.org", own_id="<2@example.org>"))
    said = desk.run("replies", "--from", str(folder), "--yes")
    assert said.code == 1
    assert "only its headers were looked at" in said.err
    assert "nice@example.org" in said.err
    assert "Traceback" not in said.err
    assert "2 mails were read. New: 2 answers" in said.err
    assert desk.run("replies", "--from", str(folder), "--yes").code == 0  # it is known
