"""Is this the ledger that was here before? A copy, or an older state, would send letters twice.

Order of life: the ledger commits (counter N+1, with the intents), then the quota is spent and
N+1 is witnessed in accounts.db, then the bodies leave. So a ledger *ahead*
of what was witnessed is sound (the program died between the two, and nothing left), and one
*behind* has forgotten something that may have left.

    "ledger-foreign"   this user and machine never saw the campaign, or it has lived elsewhere since
    "ledger-behind"    older than what is known to have left from here: a backup was restored
    "ledger-copied"    another file than the one that is known, which may still be in use
    "ledger-carried"   another file, and the one that is known is no longer in its place
    "ledger-moved"     it is kept elsewhere now, as the ledger says: see `moving`
    "ledger-handed-over"  it was handed over, and is nobody's until somebody takes it up

A folder that was moved keeps its file (`driver.files.file_id`); a file that was replaced in place
keeps its path. Of a ledger on a server that is the note in the folder: each user says once that a
folder is the campaign's, for it brings its letter. What a worker has fetched is the database's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, insert, inspect, select, update

from merge.errors import ExitCode, LedgerError
from merge.ledger import schema
from merge.ledger.accounts import Accounts, Registered
from merge.ledger.driver.database import Database
from merge.ledger.driver.files import file_id, reaching
from merge.ledger.ledger import Ledger

HAND_OVER = "hand-over"
"""The command whose row says who handed a campaign over, and when."""

_NOBODY = ""  # the install of a ledger that was handed over or has moved
MOVED_TO = "moved_to"
"""The fact that names the new place of a ledger that has moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What a campaign's adoption risks: whoever waits here may have been written to elsewhere.

    `code` is why the ledger is refused, None when it is not. `counter_known` is None when
    nothing is known here. `known_path` is where the campaign last lived, "" when unknown.
    `waiting` is how many deliveries may still leave according to this ledger, which is a file in
    the folder or, where it is not `is_file`, on a server.
    """

    code: str | None
    counter_here: int
    counter_known: int | None
    known_path: str
    waiting: int
    is_file: bool

    @property
    def behind(self) -> int:
        """How many steps after which letters may have left this ledger has missed."""
        return max(0, (self.counter_known or 0) - self.counter_here)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Self:
    """What a ledger says of itself, where it lies, and what it would say that belongs there."""

    campaign_id: str
    install: str
    moved_to: str
    home: str
    is_file: bool
    is_fetched: bool
    seen: Registered


def check_identity(database: Database, accounts: Accounts, *, hands_over: bool = False) -> None:
    """Refuse a ledger that may not be the one; else note where it lies and how far it has come.

    What hands it over may go on where that was interrupted.
    """
    known, here = _both(database, accounts)
    _refuse_moved(here)
    code = _judge(here, known)
    if code == "ledger-handed-over" and hands_over and not _is_handed_over(database):
        return
    if code is not None:
        raise LedgerError(
            code,
            detail=_handed_over_by(database) if here.install == _NOBODY else "",
            path=here.seen.path,
            known_path=known.path if known else "",
            counter=here.seen.counter,
            counter_known=known.counter if known else None,
        )
    seen = here.seen
    if here.is_fetched and known is not None and not accounts.has_fetched(known.path):
        seen = replace(known, counter=seen.counter)  # the folder stays a person's
    if known != seen:
        accounts.register(here.campaign_id, seen)


def trouble_with_identity(database: Database, accounts: Accounts) -> tuple[str, str] | None:
    """The code with which a writer would be refused, and the known ledger; changes nothing.

    LedgerError("ledger-moved"): to read what is left of it would tell of another time.
    """
    known, here = _both(database, accounts)
    _refuse_moved(here)
    code = _judge(here, known)
    if code == "ledger-handed-over":
        return code, _handed_over_by(database)
    return (code, known.path if known else "") if code else None


def risk(database: Database, accounts: Accounts) -> Adoption:
    """What `adopt` would risk; changes nothing. LedgerError("ledger-moved")."""
    known, here = _both(database, accounts)
    _refuse_moved(here)
    return Adoption(
        code=_judge(here, known),
        counter_here=here.seen.counter,
        counter_known=known.counter if known else None,
        known_path=known.path if known else "",
        waiting=Ledger(database, accounts).counts().waiting,
        is_file=here.is_file,
    )


def take_in(database: Database, accounts: Accounts) -> Adoption:
    """Make this ledger the campaign's one ledger, ahead of every other that is known here."""
    adoption = risk(database, accounts)
    if adoption.code is None:
        return adoption
    counter = max(adoption.counter_here, adoption.counter_known or 0) + 1
    home = home_of(database, accounts)
    with database.writing() as tx:
        tx.execute(update(schema.campaign).values(counter=counter, install=home))
    register(database, accounts)
    return adoption


def hand_over(database: Database, accounts: Accounts) -> bool:
    """From now on no command may write to this ledger, here or in any copy, until `take_in`.

    The step is witnessed too: a backup of before is behind. False where it was so already.
    """
    ours = schema.campaign.c.install != _NOBODY
    with database.writing() as tx:
        step = {"counter": schema.campaign.c.counter + 1, "install": _NOBODY}
        is_new = tx.execute(update(schema.campaign).where(ours).values(**step)).rowcount == 1
        row = tx.execute(select(schema.campaign.c.uuid, schema.campaign.c.counter)).one()
    accounts.witness(row.uuid, row.counter)
    return is_new


def keep_after_all(database: Database, accounts: Accounts) -> None:
    """Nothing was handed over: it is ours as before."""
    with database.writing() as tx:
        tx.execute(update(schema.campaign).values(install=home_of(database, accounts)))


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """Which campaign a ledger is of, how far it has come, and where it has moved to ("": it has
    not). One that `is_open` serves."""

    campaign_id: str
    counter: int
    is_open: bool
    moved_to: str


def standing(database: Database) -> LedgerState | None:
    """What a ledger says of itself; None where there is none."""
    if not database.is_there():
        return None
    with database.reading() as tx:
        if not inspect(tx).has_table(schema.campaign.name):
            return None
        row = tx.execute(select(schema.campaign)).one()
        moved_to = _moved_to(tx)
    is_open = row.install != _NOBODY
    return LedgerState(
        campaign_id=row.uuid,
        counter=row.counter,
        is_open=is_open,
        moved_to="" if is_open else moved_to,
    )


def settle(tx: Connection, home: str) -> None:
    """In the copy that a campaign moves to: it is at home there, a step later."""
    step = {"counter": schema.campaign.c.counter + 1, "install": home}
    tx.execute(update(schema.campaign).values(**step))


def move_away(database: Database, accounts: Accounts, place: str) -> None:
    """From now on every command refuses this ledger, and says that place. Witnessed, as
    `hand_over`: a copy of before is behind.
    """
    with database.writing() as tx:
        settle(tx, _NOBODY)
        tx.execute(insert(schema.facts).values(name=MOVED_TO, value=place))
        row = tx.execute(select(schema.campaign.c.uuid, schema.campaign.c.counter)).one()
    accounts.witness(row.uuid, row.counter)


def register(database: Database, accounts: Accounts) -> None:
    """This is where its campaign lives from now on."""
    _known, here = _both(database, accounts)
    accounts.register(here.campaign_id, here.seen)


def another_home(database: Database, accounts: Accounts) -> Path | None:
    """Where this campaign lives as far as is known, when that is not here and still there."""
    known, here = _both(database, accounts)
    if known is None or not _is_still_there(known):
        return None
    home = Path(known.path)
    with reaching(home):  # one folder may have two names: a Mac tells no capitals apart
        return None if home.parent.samefile(Path(here.seen.path).parent) else home


def place_of(path: Path, *, counter: int, lies_at: Path | None = None) -> Registered:
    """Where the file at `path` lies, or will lie once it is renamed to `lies_at`."""
    with reaching(path):
        return Registered(
            path=str((lies_at or path).resolve()),
            file_id=file_id(path),
            counter=counter,
        )


def _both(database: Database, accounts: Accounts) -> tuple[Registered | None, _Self]:
    """What is known of the campaign, and only then the ledger itself.

    A sender at work advances first the ledger and then what is known: read in this order, its
    counter can only look ahead of that, and never behind.
    """
    with database.reading() as tx:
        campaign_id = tx.execute(select(schema.campaign.c.uuid)).scalar_one()
    known = accounts.registered(campaign_id)
    with database.reading() as tx:
        row = tx.execute(select(schema.campaign.c.install, schema.campaign.c.counter)).one()
        moved_to = _moved_to(tx) if row.install == _NOBODY else ""
    path, number = database.whereabouts()
    seen = Registered(path=path, file_id=number, counter=row.counter)
    return known, _Self(
        campaign_id=campaign_id,
        install=row.install,
        moved_to=moved_to,
        home=home_of(database, accounts),
        is_file=database.is_file,
        is_fetched=not database.is_file and accounts.has_fetched(path),
        seen=seen,
    )


def home_of(database: Database, accounts: Accounts) -> str:
    """Whom a ledger names that belongs here: for a file the user on this machine, and else the
    database itself, which many users and machines share."""
    return database.system() or accounts.install_id


def _judge(here: _Self, known: Registered | None) -> str | None:
    if here.install == _NOBODY:
        return "ledger-handed-over"
    if here.install != here.home:
        return "ledger-foreign" if here.is_file else "ledger-copied"
    if known is None:
        return None if here.is_fetched else "ledger-foreign"
    if here.seen.counter < known.counter:
        return "ledger-behind"
    if here.is_fetched or here.seen.path == known.path:
        return None
    if _is_still_there(known):
        return "ledger-copied"
    return None if here.seen.file_id == known.file_id else "ledger-carried"


def _refuse_moved(here: _Self) -> None:
    if here.moved_to:
        raise LedgerError("ledger-moved", path=here.seen.path, detail=here.moved_to)


def _moved_to(tx: Connection) -> str:
    named = select(schema.facts.c.value).where(schema.facts.c.name == MOVED_TO)
    return tx.execute(named).scalar_one_or_none() or ""


def _is_handed_over(database: Database) -> bool:
    """Whether the file that hands it over was finished."""
    row = _hand_over_row(database)
    return row is not None and row.exit_code == ExitCode.DONE


def _handed_over_by(database: Database) -> str:
    """Who, and when; "" where the ledger does not say."""
    row = _hand_over_row(database)
    if row is None:
        return ""
    return ", ".join(filter(None, [row.who, f"{row.started_at.astimezone():%Y-%m-%d %H:%M}"]))


def _hand_over_row(database: Database) -> Row[*tuple[Any, ...]] | None:
    commands = schema.commands
    rows = select(commands).where(commands.c.command == HAND_OVER)
    with database.reading() as tx:
        return tx.execute(rows.order_by(commands.c.number.desc()).limit(1)).first()


def _is_still_there(known: Registered) -> bool:
    """Whether the known ledger lies where it was: then this one, elsewhere, is another."""
    try:
        return file_id(Path(known.path)) == known.file_id
    except OSError:
        return False
