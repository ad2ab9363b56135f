"""A campaign's files in the database: there and back, changed, removed, hostile, killed, shared."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import psycopg
import pytest

from merge.errors import LedgerError
from merge.ledger.compression import compress
from merge.ledger.driver.addresses import ServerPlace
from merge.ledger.file_store import (
    AGREED,
    NEWEST,
    PART,
    FileStore,
    KeptFile,
    _version_of,
)

pytest_plugins = ["tests.servers.fixtures"]

SCHEMA = "files_0"
FILES: Mapping[str, bytes] = {
    "campaign.toml": b"name = 'x'\n",
    "letter.md": "Madame, Monsieur, à Nîmes.\n".encode(),
    "letter.css": b"p { color: black }\n",
    "empty.css": b"",
    "local/06088.md": b"Nice\n",
    "attachments/plan.pdf": bytes(range(256)) * 20_000,  # 5 MB
    "attachments/one part.pdf": os.urandom(PART),
}


@pytest.fixture
def store(postgres_url: str) -> FileStore:
    return FileStore(ServerPlace(postgres_url, SCHEMA))


def folder_with(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    path.mkdir(exist_ok=True)
    return path


def found_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def private(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return path


def parts_in(url: str) -> list[tuple[str, int]]:
    with psycopg.connect(url) as connection:
        query = b"SELECT sha256, part FROM files_0.parts ORDER BY sha256, part"
        return connection.execute(query).fetchall()


def say(url: str, statement: bytes, *values: object) -> None:
    with psycopg.connect(url, options=f"-c search_path={SCHEMA}") as connection:
        connection.execute(statement, values or None)


def test_what_is_published_is_fetched_byte_for_byte_and_for_its_owner_alone(
    store: FileStore, tmp_path: Path
) -> None:
    version = store.publish(folder_with(tmp_path / "home", FILES), FILES, [AGREED])
    assert store.version(AGREED) == version
    assert store.version(NEWEST) is None
    there = private(tmp_path / "worker")
    store.fetch(version, there)
    assert found_in(there) == FILES
    if os.name != "nt":
        modes = {path.stat().st_mode & 0o777 for path in there.rglob("*") if path.is_file()}
        assert modes == {0o600}
        assert (there / "attachments").stat().st_mode & 0o777 == 0o700


def test_only_what_is_new_travels_and_what_no_list_names_goes(
    store: FileStore, postgres_url: str, tmp_path: Path
) -> None:
    home = folder_with(tmp_path / "home", FILES)
    first = store.publish(home, FILES, [AGREED, NEWEST])
    before = set(parts_in(postgres_url))
    (home / "letter.md").write_bytes(b"changed\n")
    (home / "local/06088.md").unlink()
    names = [name for name in FILES if name != "local/06088.md"]
    second = store.publish(home, names, [NEWEST])
    after = set(parts_in(postgres_url))
    assert after - before == {(sha256(b"changed\n").hexdigest(), 0)}
    assert before < after  # the first list is still agreed to
    store.fetch(first, private(tmp_path / "first"))
    store.fetch(second, private(tmp_path / "second"), former=[tmp_path / "first"])
    assert found_in(tmp_path / "first") == FILES
    assert found_in(tmp_path / "second") == {
        **{name: FILES[name] for name in names},
        "letter.md": b"changed\n",
    }
    assert store.publish(home, names, [AGREED]) == second
    assert {digest for digest, _ in parts_in(postgres_url)} == {
        sha256((home / name).read_bytes()).hexdigest() for name in names
    }
    with pytest.raises(LedgerError, match="files-missing"):
        store.fetch(first, private(tmp_path / "gone"))


def test_a_file_that_is_known_is_not_read_from_the_database_again(
    store: FileStore, postgres_url: str, tmp_path: Path
) -> None:
    version = store.publish(folder_with(tmp_path / "home", FILES), FILES, [AGREED])
    former = private(tmp_path / "former")
    store.fetch(version, former)
    (former / "letter.md").write_bytes(b"somebody wrote into it")
    digest = sha256(FILES["letter.md"]).hexdigest()
    say(postgres_url, b"UPDATE parts SET data = 'none' WHERE sha256 <> %s", digest)
    store.fetch(version, private(tmp_path / "worker"), former=[former])
    assert found_in(tmp_path / "worker") == FILES


def test_a_large_file_is_never_whole_in_memory(postgres_url: str, tmp_path: Path) -> None:
    home = folder_with(tmp_path / "home", {"campaign.toml": b""})
    size = 30 * PART
    with (home / "large.pdf").open("wb") as file:
        for _ in range(30):
            file.write(os.urandom(PART))
    script = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from merge.ledger.driver.addresses import ServerPlace\n"
        "from merge.ledger.file_store import FileStore\n"
        "store = FileStore(ServerPlace(sys.argv[1], 'files_0'))\n"
        "store.erase()\n"
        "status = Path('/proc/self/status')  # of this program alone, not of who started it\n"
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1])\n"
        "before = peak()\n"
        "version = store.publish(Path(sys.argv[2]), ['campaign.toml', 'large.pdf'], ['agreed'])\n"
        "published = peak()\n"
        "store.fetch(version, Path(sys.argv[3]))\n"
        "print(published - before, peak() - before)\n"
    )
    there = private(tmp_path / "worker")
    done = subprocess.run(
        [sys.executable, "-c", script, postgres_url, str(home), str(there)],
        capture_output=True,
        text=True,
        check=True,
    )
    grown = [int(each) * 1024 for each in done.stdout.split()]
    print(f"{size >> 20} MB: memory grew by", *(f"{each / PART:.1f} MB" for each in grown))
    assert max(grown) < size / 2
    assert (there / "large.pdf").read_bytes() == (home / "large.pdf").read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        *("../up.md", "a/../../up.md", "/etc/up.md", "C:up.md", "a\\b.md", "a\nb.md", "a\0b.md"),
        *("", "a//b.md", "a/", ".", "..", "a/ .. /b", "x" * 401, f"{'é' * 200}.md"),
        *("ledger.db", "LEDGER.DB-wal", "ledger.id", "archive.db", "locks/gate", "files.version"),
    ],
)
def test_a_hostile_name_is_refused_on_both_sides(
    name: str, store: FileStore, postgres_url: str, tmp_path: Path
) -> None:
    with pytest.raises(LedgerError, match="file-name-foreign"):
        store.publish(private(tmp_path / "home"), [name], [AGREED])
    with pytest.raises(LedgerError, match="file-name-foreign"):
        store.keep(name, BytesIO(b"x"))
    if "\0" in name:
        return  # PostgreSQL keeps none
    store.erase()  # makes the tables
    version = put_by_hand(postgres_url, [KeptFile(name, sha256(b"x").hexdigest(), 1)])
    there = private(tmp_path / "worker")
    with pytest.raises(LedgerError, match="file-name-foreign"):
        store.fetch(version, there)
    assert not found_in(tmp_path)
    with pytest.raises(LedgerError, match="file-name-foreign"):
        store.made()
    with pytest.raises(LedgerError, match="file-name-foreign"):
        store.take(KeptFile(name, "0", 1), there)


def put_by_hand(url: str, files: list[KeptFile]) -> str:
    """What whoever can write the database may put there."""
    version = _version_of(files)
    with psycopg.connect(url) as connection:
        for each in files:
            row = [each.name, each.sha256, each.size]
            connection.execute("INSERT INTO files_0.files VALUES (%s, %s, %s, %s)", [version, *row])
            connection.execute("INSERT INTO files_0.made VALUES (%s, %s, %s)", row)
    return version


def test_a_name_that_another_is_a_folder_of_is_refused(
    store: FileStore, postgres_url: str, tmp_path: Path
) -> None:
    store.publish(folder_with(tmp_path / "home", {"a": b"x"}), ["a"], [AGREED])
    digest = sha256(b"x").hexdigest()
    version = put_by_hand(postgres_url, [KeptFile(name, digest, 1) for name in ("a", "a/b")])
    with pytest.raises(LedgerError, match="file-name-foreign"):
        store.fetch(version, private(tmp_path / "worker"))


def test_a_link_in_the_folder_is_not_followed_out_of_it(store: FileStore, tmp_path: Path) -> None:
    home = folder_with(tmp_path / "home", {"campaign.toml": b""})
    (tmp_path / "secret.md").write_text("not yours")
    (home / "letter.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(Exception, match="folder-link"):
        store.publish(home, ["campaign.toml", "letter.md"], [AGREED])
    assert store.version(AGREED) is None


@pytest.mark.parametrize("data", [b"", None, b"no zstd", compress(bytes(50 * PART))])
def test_what_was_damaged_or_changed_in_the_database_is_not_taken(
    data: bytes | None, store: FileStore, postgres_url: str, tmp_path: Path
) -> None:
    names = ["attachments/plan.pdf"]
    version = store.publish(folder_with(tmp_path / "home", FILES), names, [AGREED])
    if data is None:
        say(postgres_url, b"DELETE FROM parts WHERE part = 3")
    else:
        say(postgres_url, b"UPDATE parts SET data = %s WHERE part = 3", data)
    there = private(tmp_path / "worker")
    with pytest.raises(LedgerError, match="file-damaged"):
        store.fetch(version, there)
    assert not found_in(there)
    say(postgres_url, b"UPDATE files SET size = size + 1")
    with pytest.raises(LedgerError, match="file-damaged"):
        store.fetch(version, there)


def test_a_kill_while_publishing_leaves_the_former_list_whole(
    store: FileStore, postgres_url: str, tmp_path: Path
) -> None:
    home = folder_with(tmp_path / "home", FILES)
    first = store.publish(home, FILES, [AGREED])
    (home / "attachments/plan.pdf").write_bytes(os.urandom(3 * PART))
    (home / "letter.md").write_bytes(b"changed\n")
    for times in range(1, 9):
        ended = subprocess.run(
            [sys.executable, "-c", KILLED, postgres_url, str(home), str(times)],
            capture_output=True,
            check=False,
        )
        if ended.returncode == 0:
            break
        assert ended.returncode == -9, ended.stderr.decode()
        assert store.version(AGREED) == first
        store.fetch(first, private(tmp_path / f"worker-{times}"))
        assert found_in(tmp_path / f"worker-{times}") == FILES
    else:
        pytest.fail("it never came to its end")
    assert times > 5  # parts, their name, the small files, the list
    second = store.version(AGREED)
    assert second is not None
    assert second != first
    store.fetch(second, private(tmp_path / "worker"))
    assert found_in(tmp_path / "worker") == found_in(home)
    kept = {digest for digest, _ in parts_in(postgres_url)}
    assert kept == {sha256(data).hexdigest() for data in found_in(home).values()}


KILLED = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
from merge.ledger.driver.addresses import ServerPlace
from merge.ledger.driver.postgres import PostgresDatabase
from merge.ledger.file_store import FileStore

left, writing = [int(sys.argv[3])], PostgresDatabase.writing

@contextmanager
def killed(self):
    with writing(self) as tx:
        yield tx
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

store, home = FileStore(ServerPlace(sys.argv[1], "files_0")), Path(sys.argv[2])
store.erase([])
PostgresDatabase.writing = killed
names = [str(p.relative_to(home)) for p in home.rglob("*") if p.is_file()]
store.publish(home, names, ["agreed"])
"""


def test_two_publishers_at_once_leave_two_whole_lists(postgres_url: str, tmp_path: Path) -> None:
    def publish(name: str) -> None:
        mine = FileStore(ServerPlace(postgres_url, SCHEMA))
        for round_ in range(8):
            files = {**FILES, "letter.md": f"{name} {round_}\n".encode(), "big.pdf": name.encode()}
            files["big.pdf"] *= 600_000 + round_
            mine.publish(folder_with(tmp_path / name, files), files, [name])

    with ThreadPoolExecutor() as pool:
        [*pool.map(publish, [AGREED, NEWEST])]
    store = FileStore(ServerPlace(postgres_url, SCHEMA))
    for name in (AGREED, NEWEST):
        version = store.version(name)
        assert version is not None
        store.fetch(version, private(tmp_path / f"worker-{name}"))
        assert found_in(tmp_path / f"worker-{name}") == found_in(tmp_path / name)


def test_what_was_made_goes_the_other_way_and_is_erased(
    store: FileStore, postgres_url: str, tmp_path: Path
) -> None:
    lot = "outbox/lots/lot-01.pdf"
    store.keep(lot, BytesIO(b"first" * PART))
    store.keep(lot, BytesIO(b"Paule Duchemin" * PART))
    store.keep("outbox/lots/lot-02.pdf", BytesIO(b"other"))
    home = private(tmp_path / "home")
    made = store.made()
    assert set(made) == {lot, "outbox/lots/lot-02.pdf"}
    store.take(made[lot], home)
    store.take(made[lot], home)
    assert found_in(home) == {lot: b"Paule Duchemin" * PART}
    store.erase([lot])
    assert [*store.made()] == ["outbox/lots/lot-02.pdf"]
    assert parts_in(postgres_url) == [(sha256(b"other").hexdigest(), 0)]
    store.publish(folder_with(home, FILES), FILES, [AGREED])
    store.erase()
    assert parts_in(postgres_url) == []
    assert store.version(AGREED) is None


def test_who_only_reads_makes_nothing(store: FileStore, postgres_url: str, tmp_path: Path) -> None:
    assert store.version(AGREED) is None
    assert store.made() == {}
    with pytest.raises(LedgerError, match="files-missing"):
        store.fetch("0" * 64, tmp_path)
    with psycopg.connect(postgres_url) as connection:
        query = b"SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'files%'"
        assert connection.execute(query).fetchone() == (0,)


def test_the_store_of_a_later_program_is_refused(store: FileStore, postgres_url: str) -> None:
    store.erase()
    say(postgres_url, b"COMMENT ON TABLE files IS '99'")
    with pytest.raises(LedgerError, match="ledger-newer"):
        FileStore(ServerPlace(postgres_url, SCHEMA)).version(AGREED)
