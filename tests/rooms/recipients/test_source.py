"""The bytes of a sheet are read once, wherever they come from."""

import errno
import hashlib
import io
import os
import threading
from pathlib import Path

import pytest

from merge.errors import SheetError
from merge.recipients.source import Source


def test_a_stream_that_gives_its_bytes_once_can_be_read_again() -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"Commune\nRennes\n")
    os.close(write_end)
    with os.fdopen(read_end, "rb") as stream:
        source = Source(stream)
    assert (source.name, source.size) == ("-", 15)
    assert source.sha256 == hashlib.sha256(b"Commune\nRennes\n").hexdigest()
    one, other = source.open(), source.open()
    assert (one.read(3), other.read(), one.read()) == (
        b"Com",
        b"Commune\nRennes\n",
        b"mune\nRennes\n",
    )


def test_no_copy_of_a_stream_is_written_that_others_could_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = Source(io.BytesIO(b"Commune\n"))
    assert not list(tmp_path.iterdir())
    assert source.data == b"Commune\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_a_named_pipe_is_read_once_and_kept(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[b"Commune\n"])
    writer.start()
    source = Source(pipe)
    writer.join()
    assert source.open().read() == source.open().read() == b"Commune\n"


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    for path, number in ((tmp_path / "none", errno.ENOENT), (tmp_path, errno.EISDIR)):
        with pytest.raises(SheetError) as caught:
            Source(path)
        assert (caught.value.code, caught.value.path) == ("file-unreadable", str(path))
        assert caught.value.facts == {"words": os.strerror(number)}


def test_a_stream_that_breaks_says_why() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(SheetError) as caught:
        Source(Broken())
    assert caught.value.code == "file-unreadable"
    assert caught.value.facts == {"words": "Input/output error"}
