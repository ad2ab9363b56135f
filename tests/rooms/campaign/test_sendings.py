"""Each sending of the texts in `sendings` ends as it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.both import on_server
from tests.promises.ledger_world import steps
from tests.sendings import Sendings

pytest_plugins = ["tests.servers.fixtures"]

TEXTS = Path(__file__).parent / "sendings"


def failures(folder: Path, name: str) -> list[str]:
    found = []
    for number, (title, told) in enumerate(steps((TEXTS / f"{name}.txt").read_text("utf-8"))):
        sendings, step = Sendings(folder / str(number)), ""
        try:
            for step, expected in told:
                came = sendings.do(step)
                if expected not in (None, came):
                    found.append(f"{title} | {step} = {came}, not {expected}")
        except Exception as error:
            found.append(f"{title} | {step}: {type(error).__name__} {error}")
        finally:
            sendings.close()
    return found


@pytest.mark.parametrize("name", sorted(path.stem for path in TEXTS.glob("*.txt")))
def test_each_sending_ends_as_it_is_told(tmp_path: Path, name: str) -> None:
    assert failures(tmp_path, name) == []


@on_server
def test_a_sending_of_a_campaign_on_a_server_ends_the_same(
    tmp_path: Path, each_database: str
) -> None:
    assert failures(tmp_path, "once") == []
