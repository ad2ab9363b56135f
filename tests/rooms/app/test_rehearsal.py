"""A rehearsal keeps what would leave, and nothing else."""

from __future__ import annotations

from pathlib import Path, PurePath

from hypothesis import given
from hypothesis import strategies as st

from merge.app.rehearsal import RehearsalFolder, file_name
from merge.model import Envelope, Message


def message(message_id: str, *, to: str = "mairie@example.org", data: bytes = b"x\r\n") -> Message:
    return Message(
        envelope=Envelope(sender="groupe@example.org", recipient=to),
        message_id=message_id,
        data=data,
    )


def rehearse(folder: Path, *messages: Message) -> None:
    rehearsal = RehearsalFolder(folder.parent, PurePath(folder.name))
    for one in messages:
        rehearsal.keep(one)


def test_the_bytes_are_those_that_would_leave(tmp_path: Path) -> None:
    rehearse(tmp_path / "outbox" / "rehearsal", message("<1@example.org>", data=b"a\r\n.\r\n"))
    (kept,) = (tmp_path / "outbox" / "rehearsal").iterdir()
    assert kept.suffix == ".eml"
    assert kept.name.startswith("mairie-example-org-")
    assert kept.read_bytes() == b"a\r\n.\r\n"


def test_two_communes_that_share_a_mailbox_are_two_files(tmp_path: Path) -> None:
    rehearse(tmp_path, message("<1@example.org>"), message("<2@example.org>"))
    assert len(list(tmp_path.iterdir())) == 2


def test_a_rehearsal_replaces_the_one_before_and_touches_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    killed = Path(file_name(message("<3@example.org>"))).with_suffix(".partial")
    for left in (killed.name, ".0123456789abcdef.partial"):
        (tmp_path / left).write_text("half a letter")
    rehearse(tmp_path, message("<1@example.org>"), message("<2@example.org>"))
    rehearse(tmp_path, message("<2@example.org>", data=b"again\r\n"))
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert kept == {
        "notes.txt": b"mine",
        file_name(message("<2@example.org>")): b"again\r\n",
    }


def test_what_is_named_otherwise_is_somebodys_own(tmp_path: Path) -> None:
    """Somebody may save mails of theirs beside the letters of a rehearsal."""
    mails = (
        "1.eml",
        "Réponse de Rennes.eml",
        "draft.partial",
        "de-la-mairie-0123456789abcdef0.eml",
    )
    for name in mails:
        (tmp_path / name).write_text("mine", encoding="utf-8")
    rehearse(tmp_path, message("<1@example.org>"))
    rehearse(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(mails)


@given(address=st.text(max_size=300), other=st.text(max_size=300))
def test_no_address_leaves_the_folder_or_meets_another(address: str, other: str) -> None:
    name = file_name(message("<1@example.org>", to=f"{address}@example.org"))
    assert Path(name).name == name
    assert name.isascii()
    assert not name.startswith((".", "-"))
    assert len(name) <= 110
    meets = file_name(message("<2@example.org>", to=f"{other}@example.org"))
    assert name.lower() != meets.lower()
    # Windows reads "con.eml" and "con.x.eml" as the console.
    assert name.partition(".")[0] not in {"con", "prn", "aux", "nul", "com1", "lpt1"}
