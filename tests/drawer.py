"""A keyring in memory, and none at all, as fixtures of every test; one for several processes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import pytest
from keyring.backends import fail


class Drawer(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Cupboard(Drawer):
    """One that lies in a file, PUBLIPOSTAGE_TEST_CUPBOARD, and takes no long entries."""

    @property
    def _path(self) -> Path:
        return Path(os.environ["PUBLIPOSTAGE_TEST_CUPBOARD"])

    def _look(self) -> None:
        if self._path.exists():
            entries = json.loads(self._path.read_text("utf-8"))
            self.kept = {(service, username): value for service, username, value in entries}

    def _shut(self) -> None:
        beside = self._path.with_name(f"cupboard-{os.getpid()}")
        entries = [[*entry, value] for entry, value in self.kept.items()]
        beside.write_text(json.dumps(entries), "utf-8")
        beside.replace(self._path)

    def get_password(self, service: str, username: str) -> str | None:
        self._look()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        assert len(password.encode("utf-16-le")) <= 2_560  # as Windows' own
        self._look()
        super().set_password(service, username, password)
        self._shut()

    def delete_password(self, service: str, username: str) -> None:
        self._look()
        super().delete_password(service, username)
        self._shut()


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    before = keyring.get_keyring()
    drawer = Drawer()
    keyring.set_keyring(drawer)
    yield drawer
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring() -> Iterator[None]:
    """A machine without a screen."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)
