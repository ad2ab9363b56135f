"""A schema behind the newest, which no program has: so that there is an older ledger to migrate."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from merge.ledger import migrations
from merge.ledger.driver import migrating
from merge.ledger.driver.sqlite import SqliteDatabase

BEFORE = migrating.newest()
NEXT = f"{int(BEFORE) + 1:04}"

_REVISION = f"""
from alembic import op

revision, down_revision = "{NEXT}", "{BEFORE}"


def upgrade() -> None:
    op.create_index("ix_attempts_at", "attempts", ["at"])
"""


@contextmanager
def next_schema() -> Iterator[None]:
    """Within it the program's newest schema is NEXT, and every ledger of BEFORE an older one."""
    before = migrating.SCRIPTS
    with tempfile.TemporaryDirectory() as place:
        scripts = Path(place, "migrations")
        shutil.copytree(Path(str(migrations.__file__)).parent, scripts)
        (scripts / "versions" / "next.py").write_text(_REVISION, encoding="utf-8")
        migrating.SCRIPTS, migrating.SHAPES[NEXT] = str(scripts), ""
        try:
            with closing(SqliteDatabase(Path(place, "next.db"))) as database:
                migrating.migrate(database)
                with database.reading() as tx:
                    shape = migrating.shape_of(tx)
            migrating.SHAPES[NEXT] = sha256(repr(shape).encode()).hexdigest()
            yield
        finally:
            migrating.SHAPES.pop(NEXT, None)
            migrating.SCRIPTS = before
