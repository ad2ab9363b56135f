"""Disks and files as a machine may have them: mounted in a way of their own, or not one's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.needs import need

_ABOVE_RIGHTS = "-dac_override,-dac_read_search"  # what root reads everything by


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[None]:
    """A mount for the length of a test. Only root can; others leave the test out."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount")
    done = subprocess.run(["mount", *options, place], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine does not mount: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def held_by_rights() -> Sequence[str]:
    """What a command stands behind so that the rights of files hold for it, for root's too."""
    if sys.platform == "win32":
        pytest.skip("Windows has no such rights")  # it has lists of its own, which chmod leaves
    if os.geteuid() != 0:
        return ()
    found = shutil.which("setpriv")
    need(found, "setpriv", "util-linux")
    prefix = (str(found), "--bounding-set", _ABOVE_RIGHTS)
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        # A container may forbid it: no package that CI installs would bring it.
        pytest.skip("root cannot lay down its rights here")
    return prefix


def said(desk: Desk, *words: str) -> tuple[int, str]:
    """What a command says of whom the rights of files hold."""
    program = [sys.executable, "-m", "merge", "-C", str(desk.folder)]
    done = subprocess.run(
        [*held_by_rights(), *program, *words], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr
