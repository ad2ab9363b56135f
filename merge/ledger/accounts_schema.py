"""The tables of accounts.db: what belongs to the sender and not to one campaign.

Times are stored in UTC. A table that is missing is made. The list of an earlier version may have a
column `reach` more, with a default: nobody reads it.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from merge.ledger.column_types import UtcTime

metadata = MetaData()

# A row for each machine that this file has lived on: copied along with its campaigns, it must not
# vouch for them elsewhere.
installs = Table(
    "installs",
    metadata,
    Column("machine", String(64), primary_key=True),
    Column("uuid", String(36), nullable=False),
)

# Where each campaign's ledger was last seen, and how far it had come.
campaigns = Table(
    "campaigns",
    metadata,
    Column("campaign", String(36), primary_key=True),
    Column("path", Text, nullable=False),
    # What the driver tells the file by; text, for Windows has more than 64 bits.
    Column("inode", String(40), key="file_id", nullable=False),
    Column("counter", Integer, nullable=False),
)

# How much an account has sent: `total` counts all of it, this row's included (see `quota`).
sends = Table(
    "sends",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("total", Integer, nullable=False),
    Index("ix_sends_account_at", "account", "at"),
)

# How much an account may send: what counts (`campaign` is ""), and what each campaign said last.
limits = Table(
    "limits",
    metadata,
    Column("account", Text, primary_key=True),
    Column("campaign", String(36), primary_key=True),
    Column("per_minute", Integer),
    Column("per_hour", Integer),
    Column("per_day", Integer),
)

# Accounts that nothing may leave from until a person has looked: a row for each report that said
# so. The key makes a report that is read again after a kill the same row. The server's words stay
# in the ledger of the campaign that it was about: they may hold a name or an address.
pauses = Table(
    "pauses",
    metadata,
    Column("account", Text, primary_key=True),
    Column("campaign", String(36), primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("code", Integer),
    Column("enhanced", String(16), nullable=False),
)

# Servers that a person approved for a password. The key is the whole of it: another port,
# encryption, certificate or login is another row.
approvals = Table(
    "approvals",
    metadata,
    Column("protocol", String(8), primary_key=True),
    Column("host", Text, primary_key=True),
    Column("port", Integer, primary_key=True),
    Column("tls", String(16), primary_key=True),
    Column("ca", String(64), primary_key=True),
    Column("login", Text, primary_key=True),
    Column("with_password", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
)

# The files of a campaign that a person approved for the workers of this machine, by their hash.
approved_files = Table(
    "approved_files",
    metadata,
    Column("campaign", String(36), primary_key=True),
    Column("sha256", String(64), nullable=False),
)

# Mail servers that lose what follows a pipelined command.
unpipelined = Table(
    "unpipelined",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("port", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
)

# What DNS said of domains; for a day; `said` is JSON.
dns_answers = Table(
    "dns_answers",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("said", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

# The suppression list: one row with this user's own pepper for the hashes, and how often the list
# has changed.
suppression = Table(
    "peace",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pepper", LargeBinary, nullable=False),
    Column("edition", Integer, nullable=False),
)
suppression_lines = Table(
    "peace_lines",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("value", Text, nullable=False),  # "" once purged
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

# Peppers of other users, whose campaign was adopted: its lines are known by the hash alone.
suppression_peppers = Table(
    "peace_peppers",
    metadata,
    Column("pepper", LargeBinary, primary_key=True),
)

# Files with names in them that were written outside a campaign's folder, or downloaded from the
# page: an erasure cannot reach them, and names them.
exports = Table(
    "exports",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("campaign", String(36), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_exports_campaign", "campaign"),
)

SHARED = (sends, limits, pauses, suppression, suppression_lines, suppression_peppers)
"""What is on the server, where there is one."""
