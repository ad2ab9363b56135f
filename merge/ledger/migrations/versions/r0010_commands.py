"""Commands: one row for each job (a run of a command), the events it told, and what it staged."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Jobs of before left no row."""
    nothing = sa.text("''")
    op.create_table(
        "commands",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("command", sa.String(16), nullable=False),
        sa.Column("options", sa.Text, nullable=False, server_default=nothing),
        sa.Column("consents", sa.Text, nullable=False, server_default=nothing),
        sa.Column("who", sa.Text, nullable=False, server_default=nothing),
        sa.Column("sender", sa.Text, nullable=False, server_default=nothing),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("stop_requested", sa.Boolean, nullable=False),
        sa.Column("exit_code", sa.Integer),
        sa.Column("result", sa.Text, nullable=False, server_default=nothing),
        sa.PrimaryKeyConstraint("number", name="pk_commands"),
    )
    op.create_table(
        "events",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("command", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text, nullable=False, server_default=nothing),
        sa.Column("facts", sa.Text, nullable=False, server_default=nothing),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
        sa.ForeignKeyConstraint(["command"], ["commands.number"], name="fk_events_command"),
    )
    op.create_index("ix_events_command", "events", ["command"])
