"""A campaign and its server: a plugin of the tests that mean harm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import HAVRE, NICE, Desk
from tests.hostile import CANARY
from tests.webserver import Page, Server, serving


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign, this user's home, and a file beside them that no request may read or change."""
    ground = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIPOSTAGE_HOME", str(ground / "home"))
        patch.setenv("PUBLIPOSTAGE_LANG", "en")
        desk = Desk(ground / "campaign")
        desk.make()
        desk.ok("import", str(desk.sheet(NICE, HAVRE)))
    (ground / "secret.txt").write_text(CANARY)
    return ground


@pytest.fixture(scope="module")
def server(ground: Path) -> Iterator[Server]:
    with serving(ground / "home", campaign=ground / "campaign") as running:
        yield running


@pytest.fixture(scope="module")
def today(server: Server) -> Page:
    return server.enter()
