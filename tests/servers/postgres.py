"""A real PostgreSQL: a private folder, a free port on loopback, nothing system-wide.

Its owner of databases is OWNER, no superuser, and logs in by SCRAM with a password of this run; it
listens on no Unix socket. PostgreSQL refuses to run as root: there it runs as nobody, whose the
folder is. It is stopped by its process id.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.servers.ports import PATIENCE_S, free_ports, until

APT_PACKAGES = ("postgresql",)
"""Debian 13 (17) and Ubuntu 24.04 (16). By .ci/run it makes no cluster when it is installed."""

OLDEST = 15
OWNER = "publipostage"
_SUPERUSER = "postgres"


@functools.cache
def _programs() -> Path | None:
    """The folder of `postgres` and `initdb`: on the PATH, else the newest that Debian has."""
    beside = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_major, reverse=True)
    found = shutil.which("postgres")
    for program in [Path(found).resolve(), *beside] if found else beside:
        if _major(program) >= OLDEST:
            return program.parent
    return None


def _major(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"\d+", said)
    assert version, said
    return int(version[0])


def missing() -> str:
    """What keeps it from running here; "" when nothing does."""
    if sys.platform != "linux":
        return "Linux"
    return "" if _programs() else f"PostgreSQL {OLDEST} or later"


@dataclass(kw_only=True)
class Postgres:
    """A server with a folder and a port that stay its own when it is killed and starts again."""

    root: Path
    port: int
    password: str
    durable: bool
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def processes(self) -> list[int]:
        """The server's own process id, and those of what it started for its connections."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [self.pid, *map(int, children.read_text().split())]

    def url(self, database: str, user: str = OWNER) -> str:
        return f"postgresql://{user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def make_database(self, how: str = "") -> str:
        """The URL of a new database, empty, that is OWNER's."""
        name = f"campaign_{next(self._numbers)}"
        self._administer(
            f"CREATE DATABASE {name} OWNER {OWNER} STRATEGY FILE_COPY {how}"  # is faster
        )
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove it, whoever is still connected: an empty one takes 8 MB."""
        self._administer(f"DROP DATABASE {conninfo_to_dict(url)['dbname']} WITH (FORCE)")

    def bytes_of(self, url: str) -> bytes:
        """All that its files hold of a database, but for the log of transactions."""
        self._administer("CHECKPOINT")
        with psycopg.connect(url) as connection:
            asked = "SELECT oid FROM pg_database WHERE datname = current_database()"
            (number,) = connection.execute(asked).fetchone() or (0,)
        folder = self.root / "data" / "base" / str(number)
        return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())

    def start(self) -> None:
        """Start it; after a kill it first recovers what was committed."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 100,
            "shared_buffers": "32MB",
            "min_wal_size": "32MB",
            "dynamic_shared_memory_type": "mmap",  # in the folder, so that a kill leaves none
            # Without both a kill loses nothing that was committed, a power cut may lose all.
            "fsync": self.durable,
            "full_page_writes": self.durable,
        }
        with (self.root / "log").open("ab") as log:
            self._process = self._run(
                *("postgres", "-D", str(self.root / "data")),
                *(f"--{name}={value}" for name, value in settings.items()),
                log=log.fileno(),
            )
        until(self._is_ready, why_not=lambda: self.log)

    def stop(self) -> None:
        """Close its connections, write all down and end it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE_S)
            self._process = None

    def kill(self) -> None:
        """SIGKILL to it and all that it started, in the middle of anything."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)  # so that it starts no other meanwhile
        processes = self.processes
        for pid in processes:
            os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        until(lambda: not any(map(runs, processes)))  # they hold its shared memory

    def base_backup(self, *how: str) -> Path:
        """A copy of its data as they are now; it goes on."""
        copy = self.root / "copy"
        said = f"host=127.0.0.1 port={self.port} user={_SUPERUSER} password={self.password}"
        with (self.root / "log").open("ab") as log:
            words = ("-d", said, "-D", str(copy), "--checkpoint=fast", "--no-sync", *how)
            made = self._run("pg_basebackup", *words, log=log.fileno())
        assert made.wait() == 0, self.log
        return copy

    def put_back(self, copy: Path) -> None:
        """It is gone, and all that it has is this copy; a standby is promoted."""
        self.kill()
        shutil.rmtree(self.root / "data")
        copy.rename(self.root / "data")
        self.start()
        if (self.root / "data" / "standby.signal").exists():
            self._administer("SELECT pg_promote()")

    @property
    def log(self) -> str:
        """What it wrote down, for the message of a failed assertion."""
        return (self.root / "log").read_text(errors="replace")

    def initialize(self) -> None:
        """Make the cluster in the folder, start it, and make OWNER."""
        password = self.root / "password"
        password.write_text(self.password)
        if user := _unprivileged():
            for path in (self.root, password):
                os.chown(path, *user)
        with (self.root / "log").open("wb") as log:
            initdb = self._run(
                *("initdb", "-D", str(self.root / "data"), f"--username={_SUPERUSER}"),
                *("--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"),
                *(f"--pwfile={password}", "--no-sync"),
                log=log.fileno(),
            )
        assert initdb.wait() == 0, self.log
        self.start()
        self._administer(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{self.password}'")

    def _run(self, program: str, *arguments: str, log: int) -> subprocess.Popen[bytes]:
        folder = _programs()
        assert folder is not None
        user, group = _unprivileged() or (None, None)
        return subprocess.Popen(
            [folder / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        try:
            self._administer("SELECT 1")
        except psycopg.OperationalError:  # it listens before it has recovered
            return False
        return True

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres", _SUPERUSER), autocommit=True) as connection:
            connection.execute(statement.encode())


def end_sessions(url: str) -> None:
    """End all sessions of a database, as a server does that goes away; they are gone then."""
    with psycopg.connect(url, autocommit=True) as own:
        own.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def work_of(url: str) -> Sequence[Mapping[str, Any]]:
    """What workers of this database are asked to do."""
    with psycopg.connect(url) as database:
        found = database.execute("SELECT args FROM publipostage.procrastinate_jobs").fetchall()
    return [args for (args,) in found]


def runs(pid: int) -> bool:
    """Whether there is such a process that has not ended; a zombie has."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def _unprivileged() -> tuple[int, int] | None:
    """Whom it runs as instead of root; None where a person runs it."""
    import pwd  # here, so that this module can be imported where there are no users of Unix

    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


@contextmanager
def real_postgres(*, durable: bool = True) -> Iterator[Postgres]:
    """Start one in a folder of its own that ends with it.

    Not durable, it never waits for a disk, and lies in memory where the tests' folders do: a new
    database is there in a tenth of the time. Not below pytest's own folders: nobody may go there.
    """
    memory = None if durable else os.environ.get("PYTEST_DEBUG_TEMPROOT")
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=memory) as folder:
        (port,) = free_ports(1)
        server = Postgres(
            root=Path(folder), port=port, password=secrets.token_urlsafe(12), durable=durable
        )
        try:
            server.initialize()
            yield server
        finally:
            server.stop()
