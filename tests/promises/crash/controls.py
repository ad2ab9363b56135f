"""Two senders that must fail the proof of `tests.promises.crash.trial`.

They are what people write: a loop around smtplib that keeps a list of those who are done. One puts
a recipient on the list after the server has taken the message, the other before.

    python -m tests.promises.crash.controls after|before FOLDER PORT SENDER
"""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TextIO, get_args

SENDER = "groupe@example.org"
ALL = -1  # a sender who has all recipients to himself

Marks = Literal["after", "before"]
MARKS: tuple[Marks, ...] = get_args(Marks)


@dataclass(kw_only=True)
class Control:
    """A loop with a list. Each sender has every other recipient, so that they never meet."""

    marks: Marks
    connections: int = 1
    _folder: Path = field(init=False)
    _port: int = field(init=False)

    @property
    def name(self) -> str:
        return f"marks {self.marks}"

    def prepare(self, folder: Path, addresses: Sequence[str], port: int) -> None:
        self._folder, self._port = folder, port
        (folder / "addresses").write_text("\n".join(addresses), "ascii")

    def command(self, sender: int) -> Sequence[str]:
        module = [sys.executable, "-m", __name__]
        return [*module, self.marks, str(self._folder), str(self._port), str(sender)]

    def finish(self, run: int) -> bool:
        return subprocess.run(self.command(ALL), check=False).returncode == 0

    def disturb(self, number: int, of: int) -> None:
        """The kills are enough."""

    def standing(self) -> Mapping[str, str]:
        done = _marked(self._folder)
        addresses = (self._folder / "addresses").read_text("ascii").split()
        return {each: "sent" if each in done else "queued" for each in addresses}


def _marked(folder: Path) -> set[str]:
    marks = folder / "marks"
    return set(marks.read_text("ascii").split()) if marks.exists() else set()


def send_with_a_list(marks: str, folder: Path, port: int, sender: int) -> int:
    """0 when nobody is left, 4 when somebody is."""
    addresses = (folder / "addresses").read_text("ascii").split()
    mine = addresses if sender == ALL else addresses[sender::2]
    done = _marked(folder)
    left = 0
    with (folder / "marks").open("a", encoding="ascii") as to, a_mailbox(port) as mailbox:
        for address in mine:
            if address in done:
                continue
            if marks == "before":
                _mark(to, address)
            try:
                if mailbox.sock is None:
                    mailbox.connect("127.0.0.1", port)
                mailbox.sendmail(SENDER, [address], f"Message-ID: <{address}>\r\n\r\nBonjour\r\n")
            except (smtplib.SMTPException, OSError):
                left += 1
                continue
            if marks == "after":
                _mark(to, address)
    return 4 if left else 0


@contextmanager
def a_mailbox(port: int) -> Iterator[smtplib.SMTP]:
    mailbox = smtplib.SMTP("127.0.0.1", port, local_hostname="localhost")
    try:
        yield mailbox
    finally:
        with suppress(smtplib.SMTPException, OSError):
            mailbox.quit()


def _mark(marks: TextIO, address: str) -> None:
    marks.write(address + "\n")
    marks.flush()
    os.fsync(marks.fileno())


if __name__ == "__main__":
    _, how, where, at, which = sys.argv
    sys.exit(send_with_a_list(how, Path(where), int(at), int(which)))
