"""Is this the ledger that was here before? A copy, or an older state, would send letters twice.

Order of life: the ledger commits (counter N+1, with the intents), then the quota is spent and
N+1 is witnessed in accounts.db, then the bodies leave. So a ledger *ahead*
of what was witnessed is sound (the program died between the two, and nothing left), and one
*behind* has forgotten something that may have left.

    "ledger-foreign"   this user and machine never saw the campaign, or it has lived elsewhere since
    "ledger-behind"    older than what is known to have left: a backup was restored
    "ledger-restarted" its server was started again since, and this machine does not know it exactly
    "ledger-copied"    another file than the one that is known, which may still be in use
    "ledger-carried"   another file, and the one that is known is no longer in its place
    "ledger-closed"    `backup --close` ended it here: it can be packed again and erased, no more
    "ledger-packed"    it comes out of the .zip of that, and is nobody's until somebody adopts it

A folder that was moved keeps its file (`driver.files.file_id`); a file that was replaced in place
keeps its path. Of a ledger on a server that is the note in the folder: each user says once that a
folder is the campaign's, for it brings its letter. What a worker has fetched is the database's own.

Each machine witnesses what it has seen alone. So after a start of the server, be it of a standby or
of a copy, the first to go on is one whose witness is exactly where the ledger is; the ledger keeps
that it was, for the others. Whoever finds it behind notes that in it, and stops who is at work.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import delete, insert, inspect, select, update

from merge.confined.plain import plain, rebuilt
from merge.errors import LedgerError, Refused
from merge.ledger import schema
from merge.ledger.accounts import Accounts, Registered
from merge.ledger.driver.database import Database
from merge.ledger.driver.files import file_id, reaching
from merge.ledger.ledger import Ledger
from merge.ledger.suppression import HashedLines

_NOBODY = ""  # the install of a ledger that was closed
_OPT_OUTS = "opt_outs"
"""The fact of a copy in a .zip: who of its recipients opted out, as `HashedLines`."""

_STARTED, _MISSED = "server_started", "missed_to"
"""The facts of a ledger on a server: at which start somebody knew it exactly, and how far it had
come for whoever has found it behind."""

_of_opt_outs = schema.facts.c.name == _OPT_OUTS
_of_identity = schema.facts.c.name.in_((_OPT_OUTS, _STARTED, _MISSED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What a campaign's adoption risks: whoever waits here may have been written to elsewhere.

    `code` is why the ledger is refused, None when it is not. `counter_known` is None when
    nothing is known here. `known_path` is where the campaign last lived, "" when unknown.
    `waiting` is how many deliveries may still leave according to this ledger, which is a file in
    the folder or, where it is not `is_file`, on a server. `opt_outs` come with it out of a .zip.
    """

    code: str | None
    counter_here: int
    counter_known: int | None
    known_path: str
    waiting: int
    is_file: bool
    opt_outs: HashedLines | None

    @property
    def behind(self) -> int:
        """How many steps after which letters may have left this ledger has missed."""
        return max(0, (self.counter_known or 0) - self.counter_here)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Self:
    """What a ledger says of itself, where it lies, and what it would say that belongs there."""

    campaign_id: str
    install: str
    opt_outs: str | None
    home: str
    is_file: bool
    is_fetched: bool
    started: str
    is_confirmed: bool
    missed_to: int
    seen: Registered


def check_identity(database: Database, accounts: Accounts, *, may_be_closed: bool = False) -> None:
    """Refuse a ledger that may not be the one; else note where it lies and how far it has come."""
    known, here = _both(database, accounts)
    code = _judge(here, known)
    if code == "ledger-closed" and may_be_closed:
        return
    if code is not None:
        if code == "ledger-behind" and known and not here.is_file:
            _mark_behind(database, accounts, max(known.counter, here.missed_to))
        raise LedgerError(
            code,
            path=here.seen.path,
            known_path=known.path if known else "",
            counter=here.seen.counter,
            counter_known=_furthest(here, known),
        )
    if not here.is_confirmed:
        Ledger(database, accounts).set_fact(_STARTED, here.started)
    seen = here.seen
    if here.is_fetched and known is not None and not accounts.has_fetched(known.path):
        seen = replace(known, counter=seen.counter)  # the folder stays a person's
    if known != seen:
        accounts.register(here.campaign_id, seen)


def trouble_with_identity(database: Database, accounts: Accounts) -> tuple[str, str] | None:
    """The code with which a writer would be refused, and the known ledger; changes nothing."""
    known, here = _both(database, accounts)
    code = _judge(here, known)
    return (code, known.path if known else "") if code else None


def risk(database: Database, accounts: Accounts) -> Adoption:
    """What `adopt` would risk; changes nothing. LedgerError("ledger-closed");
    Refused("zip-refused") for opt-outs that are none.
    """
    known, here = _both(database, accounts)
    code = _judge(here, known)
    if code == "ledger-closed":
        raise LedgerError(code, path=here.seen.path)
    return Adoption(
        code=code,
        counter_here=here.seen.counter,
        counter_known=_furthest(here, known),
        known_path=known.path if known else "",
        waiting=Ledger(database, accounts).counts().waiting,
        is_file=here.is_file,
        opt_outs=None if here.opt_outs is None else _parsed(here),
    )


def take_in(database: Database, accounts: Accounts) -> Adoption:
    """Make this ledger the campaign's one ledger, ahead of every other that is known here."""
    adoption = risk(database, accounts)
    if adoption.code is None:
        return adoption
    counter = max(adoption.counter_here, adoption.counter_known or 0) + 1
    home = home_of(database, accounts)
    if adoption.opt_outs:  # before anything can leave from here
        accounts.suppression.take_hashed(adoption.opt_outs)
    with database.writing() as tx:
        tx.execute(update(schema.campaign).values(counter=counter, install=home))
        tx.execute(delete(schema.facts).where(_of_identity))
    if not database.is_file:
        Ledger(database, accounts).set_fact(_STARTED, database.started())
    register(database, accounts)
    return adoption


def close(database: Database, accounts: Accounts) -> bool:
    """From now on no command may write to this ledger, here or in any copy, until `take_in` of what
    `pack` has marked. False where it was so already.

    The step is known here too: a backup of before is behind.
    """
    ours = schema.campaign.c.install != _NOBODY
    with database.writing() as tx:
        step = {"counter": schema.campaign.c.counter + 1, "install": _NOBODY}
        is_new = tx.execute(update(schema.campaign).where(ours).values(**step)).rowcount == 1
        tx.execute(delete(schema.facts).where(_of_opt_outs))
        row = tx.execute(select(schema.campaign.c.uuid, schema.campaign.c.counter)).one()
    path, _file = database.whereabouts()  # whose file is none that is in use any more
    accounts.register(row.uuid, Registered(path=path, file_id="", counter=row.counter))
    return is_new


def reopen(database: Database, accounts: Accounts) -> None:
    """It was closed, and there is no .zip: it is ours as before."""
    with database.writing() as tx:
        tx.execute(update(schema.campaign).values(install=home_of(database, accounts)))
    register(database, accounts)


def pack(copy: Database, opt_outs: HashedLines) -> None:
    """Mark the copy of a ledger that goes into a .zip."""
    said = json.dumps(opt_outs, ensure_ascii=False, default=plain)
    with copy.writing() as tx:
        tx.execute(delete(schema.facts).where(_of_opt_outs))
        tx.execute(insert(schema.facts).values(name=_OPT_OUTS, value=said))


def detach(copy: Database) -> None:
    """The copy of a ledger is nobody's until `take_in`."""
    with copy.writing() as tx:
        tx.execute(update(schema.campaign).values(install=_NOBODY))


def is_open(database: Database) -> bool:
    """Whether there is a ledger, and it was not closed."""
    if not database.is_there():
        return False
    with database.reading() as tx:
        if not inspect(tx).has_table(schema.campaign.name):
            return False
        return bool(tx.execute(select(schema.campaign.c.install)).scalar_one() != _NOBODY)


def register(database: Database, accounts: Accounts) -> None:
    """This is where its campaign lives from now on."""
    _known, here = _both(database, accounts)
    accounts.register(here.campaign_id, here.seen)


def refuse_living(campaign_id: str, accounts: Accounts) -> None:
    """LedgerError("adopt-lives") where this campaign is in use here already."""
    known = accounts.registered(campaign_id)
    if known is not None and _is_still_there(known):
        raise LedgerError("adopt-lives", known_path=known.path)


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
        found = tx.execute(select(schema.facts).where(_of_identity)).all()
    facts = {row.name: row.value for row in found}
    path, number = database.whereabouts()
    started = database.started()
    seen = Registered(path=path, file_id=number, counter=row.counter)
    return known, _Self(
        campaign_id=campaign_id,
        install=row.install,
        opt_outs=facts.get(_OPT_OUTS),
        home=home_of(database, accounts),
        is_file=database.is_file,
        is_fetched=not database.is_file and accounts.has_fetched(path),
        started=started,
        is_confirmed=facts.get(_STARTED, "") == started,
        missed_to=int(facts.get(_MISSED, 0)),
        seen=seen,
    )


def home_of(database: Database, accounts: Accounts) -> str:
    """Whom a ledger names that belongs here: for a file the user on this machine, and else the
    database itself, which many users and machines share."""
    return database.system() or accounts.install_id


def _judge(here: _Self, known: Registered | None) -> str | None:
    if here.install == _NOBODY:
        return "ledger-closed" if here.opt_outs is None else "ledger-packed"
    if here.install != here.home:
        return "ledger-foreign" if here.is_file else "ledger-copied"
    if here.missed_to or (known and here.seen.counter < known.counter):
        return "ledger-behind"
    if not (here.is_confirmed or (known and here.seen.counter == known.counter)):
        return "ledger-restarted"
    if known is None:
        return None if here.is_fetched else "ledger-foreign"
    if here.is_fetched or here.seen.path == known.path:
        return None
    if _is_still_there(known):
        return "ledger-copied"
    return None if here.seen.file_id == known.file_id else "ledger-carried"


def _furthest(here: _Self, known: Registered | None) -> int | None:
    return max(known.counter, here.missed_to) if known else here.missed_to or None


def _mark_behind(database: Database, accounts: Accounts, missed_to: int) -> None:
    """Nobody goes on before it is adopted, and who is at work ends."""
    Ledger(database, accounts).set_fact(_MISSED, str(missed_to))
    with database.writing() as tx:
        tx.execute(update(schema.commands).values(stop_requested=True))


def _parsed(here: _Self) -> HashedLines:
    try:
        found = rebuilt(HashedLines, json.loads(here.opt_outs or ""))
        if any(line.at.tzinfo is None for line in found.lines):
            raise ValueError("a time without its zone")
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Refused("zip-refused", path=here.seen.path, value=_OPT_OUTS) from None
    return found


def _is_still_there(known: Registered) -> bool:
    """Whether the known ledger lies where it was: then this one, elsewhere, is another."""
    try:
        return file_id(Path(known.path)) == known.file_id
    except OSError:
        return False
