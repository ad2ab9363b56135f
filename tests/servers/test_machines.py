"""Several machines and one database, which is lost at times: nobody gets two, nobody is lost.

The large one is `make crash-many`: only there the account's cap is met and links are cut for long.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.needs import need
from tests.promises.crash.many import LOSSES, lose, prove
from tests.promises.crash.trial import Plan
from tests.servers import postgres

SEED = 20261124


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    need(not postgres.missing(), postgres.missing(), " ".join(postgres.APT_PACKAGES))
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    for name in ("PUBLIPOSTAGE_HOME", "PUBLIPOSTAGE_DATABASE", "PYTHONPATH"):
        monkeypatch.setenv(name, "")  # they are others afterwards


def test_machines_that_share_nothing_but_a_database_double_nobody_and_lose_nobody(
    tmp_path: Path,
) -> None:
    plan = Plan(recipients=100, kills=3, connections=2, seed=SEED, senders=3, workers=2)
    machines, figures = prove(plan, tmp_path, restarts=1, longest_cut_s=2)
    assert figures.broken == []
    assert (machines.restarted, machines.cut) == (1, 2)
    assert machines.granted > 0
    assert figures.sent + figures.unknown == 100


@pytest.mark.parametrize("what", LOSSES)
def test_nobody_gets_a_second_letter_from_a_server_that_has_lost_commits(
    tmp_path: Path, what: str
) -> None:
    plan = Plan(recipients=40, kills=0, connections=2, seed=SEED, senders=3)
    codes, copies = lose(LOSSES[what], plan, tmp_path, watched_s=5)
    assert (codes, copies) == ([3, 3, 3], 0)
