"""Each sending of the texts in `sendings` ends as it is told."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.both import on_server
from tests.sendings import Sendings
from tests.stories import failures

pytest_plugins = ["tests.servers.fixtures"]

TEXTS = Path(__file__).parent / "sendings"


def story_failures(folder: Path, name: str) -> list[str]:
    return failures(TEXTS / f"{name}.txt", lambda number: closing(Sendings(folder / number)))


@pytest.mark.parametrize("name", sorted(path.stem for path in TEXTS.glob("*.txt")))
def test_each_sending_ends_as_it_is_told(tmp_path: Path, name: str) -> None:
    assert story_failures(tmp_path, name) == []


@on_server
def test_a_sending_of_a_campaign_on_a_server_ends_the_same(
    tmp_path: Path, each_database: str
) -> None:
    assert story_failures(tmp_path, "once") == []
