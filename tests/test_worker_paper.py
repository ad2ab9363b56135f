"""Workers on paper: other machines that make lots of a printing which they did not begin."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from merge.app import following
from merge.app.shared_files import materialised
from merge.french.communes import reference
from merge.ledger.lot_plan import LotPlan
from tests.desk import Desk, a_user
from tests.dying import dies
from tests.test_without_pango import WITHOUT_WEASYPRINT

pytest_plugins = ["tests.servers.fixtures"]

PATIENCE_S = 300
N, PER_LOT = 24, 4


@pytest.fixture
def campaign(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name, value in (a_user(tmp_path) | {"PUBLIPOSTAGE_DATABASE": postgres_url}).items():
        monkeypatch.setenv(name, value)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    settings = desk.folder / "campaign.toml"
    text = settings.read_text("utf-8")
    assert "per_lot = 250" in text
    settings.write_text(text.replace("per_lot = 250", f"per_lot = {PER_LOT}"), "utf-8")
    towns = list(reference().values())[:N]
    rows = [f"{c.insee};{c.name};F;A;B;;1 rue de la Mairie;01000;Ville" for c in towns]
    desk.ok("import", str(desk.sheet(*rows)))
    return desk


@contextmanager
def worker(home: Path, **environ: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "merge", "worker"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **a_user(home), **environ},
    ) as process:
        assert process.stderr is not None
        assert "Waits for work" in process.stderr.readline()
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> str:
    """What a worker has said by the end of what it had in hand."""
    process.send_signal(signal.SIGTERM)
    _out, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    return said


def wait(until: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < give_up
        time.sleep(0.2)


def in_hands(campaign: Desk) -> set[str]:
    """The tokens of those who make a lot just now."""
    found = campaign.sql("SELECT value FROM facts WHERE name = 'lots_in_hand'")
    return set(json.loads(found[0][0])["tokens"].values()) if found else set()


def before_the_first_lot(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Whoever prints in this process does that when its lots are planned, before it takes one."""
    take, first = LotPlan.take, [do]

    def taking(plan: LotPlan, printing: int, numbers: Iterable[int]) -> int | None:
        if first:
            first.pop()()
        return take(plan, printing, numbers)

    monkeypatch.setattr(LotPlan, "take", taking)


def lots_in(campaign: Desk) -> Sequence[int]:
    """The numbers of the lots in the ledger: the file of each is here, and is what it says."""
    lots = campaign.sql("SELECT number, sha256 FROM lots ORDER BY number")
    for number, digest in lots:
        file = campaign.folder / "outbox" / "lots" / f"lot-{number:04}.pdf"
        assert sha256(file.read_bytes()).hexdigest() == digest
    return [number for number, _digest in lots]


def pdfs(home: Path) -> Sequence[Path]:
    return [*home.rglob("*.pdf")]


def test_a_worker_makes_lots_beside_the_one_who_began(
    campaign: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_the_first_lot(monkeypatch, lambda: wait(lambda: in_hands(campaign)))
    with worker(tmp_path / "elsewhere") as process:
        told = campaign.ok("print", "--separate").out
        said = ended(process)
    assert [line.split(":")[0][-8:-4] for line in told.splitlines()] == [
        f"{number:04}" for number in range(1, 7)
    ]
    assert lots_in(campaign) == [1, 2, 3, 4, 5, 6]
    assert "Begins to make lots: campaign" in said
    assert "made here" in said.splitlines()[1]
    assert "no lot made here" not in said.splitlines()[1]
    assert pdfs(tmp_path / "elsewhere") == []
    for number in range(1, 7):  # also those that were cut up elsewhere
        assert len(pdfs(campaign.folder / "outbox" / "lots" / f"lot-{number:04}")) == PER_LOT
    assert campaign.figures()["paper"]["made"] == N


def test_what_was_begun_by_one_who_is_killed_others_finish(campaign: Desk, tmp_path: Path) -> None:
    began = subprocess.Popen(
        [sys.executable, "-m", "merge", "-C", str(campaign.folder), "print"], start_new_session=True
    )
    wait(lambda: campaign.sql("SELECT number FROM lots"))
    os.killpg(began.pid, signal.SIGKILL)
    began.wait()
    with worker(tmp_path / "first") as first, worker(tmp_path / "second"):
        wait(lambda: in_hands(campaign) or campaign.figures()["paper"]["made"] == N)
        first.kill()
        wait(lambda: campaign.figures()["paper"]["made"] == N)
        assert "Nobody is left" in campaign.ok("print").err
    assert lots_in(campaign) == [1, 2, 3, 4, 5, 6]


def test_whoever_stops_the_printing_stops_the_workers_too(
    campaign: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop() -> None:
        wait(lambda: in_hands(campaign))
        ((number,),) = campaign.sql(
            "SELECT max(number) FROM commands WHERE options NOT LIKE '%helps%'"
        )
        following.ask_to_stop(campaign.folder, number)

    before_the_first_lot(monkeypatch, stop)
    with worker(tmp_path / "elsewhere") as process:
        assert campaign.run("print").code == 130
        ended(process)
    counts = campaign.figures()["paper"]
    assert counts["queued"] > 0
    assert counts["queued"] + counts["made"] == N
    assert campaign.sql("SELECT name FROM facts WHERE name IN ('lot_plan', 'lots_in_hand')") == []


@pytest.mark.parametrize("lacking", ["a font called nowhere", "libpango"])
def test_a_worker_that_lacks_something_says_so_and_leaves_the_lots_to_others(
    lacking: str,
    campaign: Desk,
    tmp_path: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environ = {}
    if lacking == "libpango":
        (tmp_path / "weasyprint.py").write_text(WITHOUT_WEASYPRINT, "utf-8")
        path = os.pathsep.join([str(tmp_path), a_user(tmp_path)["PYTHONPATH"]])
        environ = {"PYTHONPATH": path}

    def waiting() -> int:
        """Works that somebody has tried, and that are left for later."""
        with psycopg.connect(postgres_url, options="-c search_path=publipostage") as connection:
            query = (
                b"SELECT count(*) FROM procrastinate_jobs WHERE attempts > 0 AND status = 'todo'"
            )
            found = connection.execute(query + b" AND scheduled_at > now()").fetchone()
            return found[0] if found else 0

    def refused() -> None:
        if lacking != "libpango":  # the look names none
            campaign.sql("""INSERT INTO facts VALUES ('fonts', '["nowhere"]')""")
        wait(waiting)

    before_the_first_lot(monkeypatch, refused)
    with worker(tmp_path / "elsewhere", **environ) as process:
        campaign.ok("print")
        said = ended(process)
    assert "no lot made here" in said
    assert lacking.split()[-1] in said
    assert lots_in(campaign) == [1, 2, 3, 4, 5, 6]


def test_a_lot_is_on_the_server_before_the_ledger_knows_of_it(campaign: Desk) -> None:
    dies(campaign, "merge.ledger.ledger:Ledger.commit_lot", "after", "print")
    (made,) = (campaign.folder / "outbox" / "making").glob("lot-*.pdf")
    content = made.read_bytes()
    made.unlink()  # the machine is gone, too
    campaign.ok("print", "--lot", "1", "--separate")
    assert (campaign.folder / "outbox" / "lots" / "lot-0001.pdf").read_bytes() == content
    ((campaign_id,),) = campaign.sql("SELECT uuid FROM campaign")
    with materialised(campaign_id) as folder:
        assert pdfs(folder) == []
