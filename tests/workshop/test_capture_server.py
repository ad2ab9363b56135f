"""The demo's post office, run as `make demo` runs it."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from merge.mail.smtp import Server, open_post_office
from merge.model import Envelope, Message, Status
from tests.servers.ports import until
from tests.servers.sending import hand_in


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
def test_it_keeps_every_letter_and_ends_when_told(tmp_path: Path) -> None:
    folder, port_file = tmp_path / "office", tmp_path / "port"
    command = [sys.executable, "-m", "tests.servers.capture", str(folder)]
    command += ["--port-file", str(port_file), "--password", "demonstration"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            send(folder, port_file, process)
            assert len(list(folder.glob("*.eml"))) == 65
        finally:
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, b"")
    assert not port_file.exists()
    left = {path.name for path in folder.iterdir() if path.suffix != ".eml"}
    assert left == {"ca.pem"}
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in folder.iterdir())


def send(folder: Path, port_file: Path, process: subprocess.Popen[bytes]) -> None:
    until(lambda: port_file.exists() or process.poll() is not None)
    server = Server(
        host="localhost",
        port=int(port_file.read_text()),
        tls="implicit",
        from_address="groupe@example.org",
        ca_pem=(folder / "ca.pem").read_text("ascii"),
        timeout_s=30,
    )
    with closing(open_post_office(server, "demonstration")) as office:
        for number in range(65):
            one = Message(
                envelope=Envelope(sender="groupe@example.org", recipient="mairie@example.org"),
                message_id=f"<{number}@example.org>",
                data=f"Message-ID: <{number}@example.org>\r\n\r\nBonjour\r\n".encode(),
            )
            assert hand_in(office, one).status is Status.SENT
