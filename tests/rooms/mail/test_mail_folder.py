"""Mails in files: a folder of .eml, a Maildir, an mbox; each read in bounded memory."""

from __future__ import annotations

import io
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from merge.errors import Misuse
from merge.mail.folder import MailFiles
from merge.outcome import FIRST_LOOK_OCTETS, Mail
from tests.mails import answer

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def read(path: Path) -> list[Mail]:
    return [mail for batch in MailFiles(path, now=NOW).mails() for mail in batch]


def mbox(*mails: bytes) -> bytes:
    return b"".join(
        b"From someone@example.org Wed Nov 25 10:00:00 2026\n"
        + mail.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
        + b"\n\n"
        for mail in mails
    )


def test_eml_files_are_read_wherever_they_lie_below_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "1.EML").write_bytes(answer())
    (tmp_path / "2.eml").write_bytes(answer())
    (tmp_path / "note.txt").write_bytes(answer())
    (tmp_path / "Reçus.mbox").mkdir()  # as Apple Mail exports it
    (tmp_path / "Reçus.mbox" / "mbox").write_bytes(mbox(answer(), answer()))
    assert len(read(tmp_path)) == 4
    assert [mail.data for mail in read(tmp_path / "2.eml")] == [answer()]


def test_a_maildir_is_read(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    assert read(tmp_path) == []
    for name in ("cur", "new", "tmp"):
        (tmp_path / name / "1764064800.M1P1.host:2,S").write_bytes(answer())
    assert len(read(tmp_path)) == 2


def test_an_mbox_is_cut_at_its_from_lines_and_quoted_ones_are_text(tmp_path: Path) -> None:
    path = tmp_path / "export.mbox"
    second = answer(body="From here on it is text.\n\nFrom 2026 on.")
    path.write_bytes(mbox(answer(), second))
    first, other = read(path)
    assert first.data.rstrip() == answer().replace(b"\r\n", b"\n").rstrip()
    assert b"\nFrom here on it is text.\n\nFrom 2026 on." in other.data


def test_words_without_end_behind_a_from_are_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "export.mbox"
    path.write_bytes(mbox(answer()) + (b"\nFrom " + b"x" * 90_000 + b"\n") * 50)
    assert len(read(path)) == 1  # and not in hours


OUTLOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


@pytest.mark.parametrize("name", ["lettre.msg", "vide.mbox", "1.eml"])
def test_what_holds_no_mail_is_refused_and_not_told_as_no_answer(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(OUTLOOK if name != "vide.mbox" else b"")
    for path in (tmp_path, tmp_path / name, tmp_path / "absent"):
        with pytest.raises(Misuse) as caught:
            read(path)
        assert caught.value.code == "mails-unreadable"


def test_a_mail_came_when_the_first_server_says_so_and_never_in_the_future(tmp_path: Path) -> None:
    head = b"Received: from a by b; Wed, 25 Nov 2026 09:30:00 +0100\r\n"
    (tmp_path / "1.eml").write_bytes(head + answer())
    (tmp_path / "2.eml").write_bytes(answer())
    (tmp_path / "3.eml").write_bytes(answer().replace(b"2026 10:00", b"2036 10:00"))
    (tmp_path / "4.eml").write_bytes(answer().replace(b"Date: ", b"Date: hier "))
    (tmp_path / "5.eml").write_bytes(b"Date: Fri, 31 Dec 9999 23:59:00 -1200\r\n\r\n")
    assert [mail.at.isoformat() for mail in read(tmp_path)] == [
        "2026-11-25T08:30:00+00:00",
        "2026-11-25T09:00:00+00:00",
        *[NOW.isoformat()] * 3,
    ]


@pytest.mark.parametrize("kind", ["eml", "mbox"])
def test_of_fifty_megabytes_only_the_beginning_is_read_until_more_is_asked_for(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"gros.{kind}"
    huge = answer(body=("y" * 75 + "\n") * 660_000)
    path.write_bytes(huge if kind == "eml" else mbox(huge))
    size = len(huge)
    del huge
    tracemalloc.start()
    (mail,) = read(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000
    assert len(mail.data) == FIRST_LOOK_OCTETS
    assert mail.is_cut
    assert mail.size > size * 0.95  # an mbox has shorter line ends


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes on this system")
def test_a_pipe_is_refused_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    opened: list[Path] = []

    def note(path: Path, _mode: str) -> io.BytesIO:
        """To open it would wait for ever."""
        opened.append(path)
        return io.BytesIO()

    monkeypatch.setattr(Path, "open", note)
    with pytest.raises(Misuse) as caught:
        read(tmp_path / "pipe")
    assert (caught.value.code, opened) == ("mails-unreadable", [])


def test_many_mails_come_a_few_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "many.mbox"
    path.write_bytes(mbox(*[answer(own_id=f"<{n}@x>") for n in range(1000)]))
    sizes = [len(batch) for batch in MailFiles(path, now=NOW).mails()]
    assert sum(sizes) == 1000
    assert max(sizes) == 200
