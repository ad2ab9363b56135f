"""What every test stands on: a home of its own, one language, no keyring, loopback only."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.desk import Desk
    from tests.webserver import Server

GUARD = Path(__file__).parent / "guard"
sys.path.insert(0, str(GUARD))

import loopback  # noqa: E402 the line above is where it is found

from merge.words.language import opened_for  # noqa: E402 the guard comes before everything else
from tests import once as once  # noqa: E402 the same; before anything that opens a ledger
from tests.drawer import drawer as drawer  # noqa: E402 the guard comes before everything else
from tests.drawer import no_keyring as no_keyring  # noqa: E402 the same
from tests.house import is_quick  # noqa: E402 the guard comes before everything else
from tests.place import make as make  # noqa: E402 the same; a fixture of every test of the core

# A machine at work is slower than any deadline; CI must not depend on chance.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")


MEMORY = Path("/dev/shm")  # noqa: S108 pytest makes a folder in it that is the user's alone
ROOM = 2 << 30


def _use_memory() -> None:
    """Keep the tests' folders in memory where there is room: a ledger syncs for every letter."""
    if not MEMORY.is_dir():
        return
    system = os.statvfs(MEMORY)
    has_room = system.f_bavail * system.f_frsize >= ROOM
    runs_programs = not system.f_flag & os.ST_NOEXEC  # Docker's does not
    if has_room and runs_programs:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


_use_memory()
os.environ["PUBLIPOSTAGE_DNS"] = "off"  # fixtures of a module come before `_house`


LONGEST = ("promises", "servers", "faces")
OF_DEBIAN = {"own_postgres", "postgres_url"}  # where a room is tried on a server, too


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="only what tests the pure rooms")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "server: asks a browser or a server of Debian's")


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that use a browser or a real server: `make mutants` runs them last. The folders
    with the longest files come first: no worker has one left when the others are through.
    """
    items.sort(key=lambda item: _room(item.path)[0] not in LONGEST)
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        params = item.callspec.params if hasattr(item, "callspec") else {}
        if (
            not {"servers", "browser"}.isdisjoint(_room(item.path))
            or not OF_DEBIAN.isdisjoint(item.fixturenames)
            or params.get("each_database") == "server"
        ):
            item.add_marker("server")


def _room(path: Path) -> tuple[str, ...]:
    return path.relative_to(GUARD.parent).parts


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: a test often waits for a program that it started."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_collection_finish() -> None:
    """What is there by now is there until the end: no look for garbage goes through it again."""
    gc.freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what `--quick` does not want; None where it has no say."""
    if not config.getoption("quick") or not collection_path.match("test_*.py"):
        return None
    return None if is_quick(collection_path) else True


@pytest.fixture(autouse=True)
def _house(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """No test sees, or writes into, what belongs to the person who runs it."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith(("PUBLIPOSTAGE_", "LC_"))]:
        monkeypatch.delenv(name)
    for name in ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.delenv(name, raising=False)  # nobody who sends letters sets it
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(home))
    monkeypatch.setenv("PUBLIPOSTAGE_DNS", "off")
    monkeypatch.setenv("PUBLIPOSTAGE_LANG", "en")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("PYTHONUTF8", "1")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    # A program that a test starts is watched as well.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(GUARD), str(GUARD.parents[1])]))
    opened_for("communes")  # a test that opened a campaign to people has left its words
    yield
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(autouse=True)
def _stays_on_loopback() -> Iterator[None]:
    """Fails the test that tried to leave, even when the program swallowed the refusal."""
    loopback.ATTEMPTS.clear()
    yield
    assert not loopback.ATTEMPTS


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One page's server for a whole file; for a test that has `shared`."""
    from tests.desk import a_user
    from tests.webserver import serving

    with serving(environ=a_user(tmp_path_factory.mktemp("user"))) as running:
        yield running


@pytest.fixture
def shared(one_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The file's server, whose user this test is: each test comes with a campaign of its own."""
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(one_server.home))
    return one_server


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A campaign to communes with nobody in it, and the password of the tests' servers."""
    from tests.desk import Desk

    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    return Desk.made(tmp_path)


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The same, to people."""
    from tests.desk import Desk

    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    return desk


@pytest.fixture
def pages_can_be_made() -> None:
    """Leaves the test out where this machine cannot make pages; fails it in CI."""
    from tests.pages import need_pages

    need_pages()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign folder with the one picture that the letters of `tests.pages` name."""
    from tests.pages import campaign_folder

    return campaign_folder(tmp_path / "campaign")
