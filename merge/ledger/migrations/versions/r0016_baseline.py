"""The ledger as it begins: recipients, deliveries, attempts, lots, and where they came from."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = None

_NOTHING = sa.text("''")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=_NOTHING)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """From nothing."""
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("install", sa.String(36), nullable=False),
        sa.Column("counter", sa.Integer, nullable=False),
        _time("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
    )
    op.create_table(
        "commands",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("command", sa.String(16), nullable=False),
        _text("options"),
        _text("consents"),
        _text("who"),
        _text("sender"),
        sa.Column("state", sa.String(16), nullable=False),
        _time("started_at"),
        _time("at"),
        _time("next_at", nullable=True),
        sa.Column("stop_requested", sa.Boolean, nullable=False),
        sa.Column("exit_code", sa.Integer),
        _text("result"),
        sa.PrimaryKeyConstraint("number", name="pk_commands"),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
    )
    op.create_table(
        "files",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_files"),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer, nullable=False),
        _time("at"),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("absent", sa.Integer, nullable=False),
        sa.Column("counter", sa.Integer, nullable=False),
        sa.Column("first_position", sa.Integer, nullable=False),
        _time("undone_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
    )
    op.create_table(
        "lots",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        _time("at"),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("letters", sa.Integer, nullable=False),
        sa.Column("sheets", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        _time("printed_at", nullable=True),
        _time("posted_at", nullable=True),
        _time("handed_at", nullable=True),
        _text("handed_to"),
        sa.PrimaryKeyConstraint("number", name="pk_lots"),
    )
    op.create_table(
        "mended_cells",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("shape", sa.String(64), nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("header", sa.Text, nullable=False),
        _text("before"),
        _text("after"),
        sa.Column("anchor", sa.Text, nullable=False),
        _time("at"),
        sa.PrimaryKeyConstraint("number", name="pk_mended_cells"),
    )
    op.create_index("ix_mended_cells_shape", "mended_cells", ["shape"])
    op.create_table(
        "recipients",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        _text("commune"),
        sa.Column("insee", sa.String(5)),
        sa.Column("article_code", sa.Integer),
        _text("department"),
        sa.Column("population", sa.Integer),
        sa.Column("sex", sa.String(1)),
        _text("first_name"),
        _text("surname"),
        sa.Column("email", sa.Text),
        _text("alternates"),
        _text("street"),
        _text("postcode"),
        _text("locality"),
        _text("fields"),
        _text("source"),
        sa.Column("row", sa.Integer, nullable=False),
        _text("edited"),
        _text("organisation"),
        _text("civility"),
        _text("country"),
        _text("number"),
        _text("lines"),
        _text("rows"),
        _text("fault"),
        sa.Column("is_person", sa.Boolean, nullable=False, server_default=sa.false()),
        _text("search"),
        sa.PrimaryKeyConstraint("key", name="pk_recipients"),
        sa.UniqueConstraint("position", name="uq_recipients_position"),
    )
    op.create_table(
        "answers",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("recipient", sa.String(255), nullable=False),
        sa.Column("meaning", sa.String(16), nullable=False),
        _time("at"),
        sa.Column("way", sa.String(16), nullable=False),
        _text("note"),
        _time("noted_at"),
        _text("who"),
        sa.PrimaryKeyConstraint("number", name="pk_answers"),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.key"], name="fk_answers_recipient"),
    )
    op.create_index("ix_answers_recipient", "answers", ["recipient"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("recipient", sa.String(255), nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        _time("at"),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("code", sa.Integer),
        _text("enhanced"),
        _text("words"),
        sa.Column("duration_ms", sa.Integer, nullable=False),
        _text("sender"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.key"], name="fk_attempts_recipient"),
    )
    op.create_index("ix_attempts_recipient_wave", "attempts", ["recipient", "wave"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("recipient", sa.String(255), nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        _time("at"),
        _text("address"),
        _text("message_id"),
        sa.Column("code", sa.Integer),
        _text("enhanced"),
        _text("detail"),
        sa.Column("sha256", sa.String(64), nullable=False, server_default=_NOTHING),
        sa.Column("fingerprint", sa.String(64), nullable=False, server_default=_NOTHING),
        sa.Column("lot", sa.Integer),
        sa.Column("position", sa.Integer),
        sa.Column("sheets", sa.Integer),
        sa.Column("claimant", sa.String(80)),
        _time("not_before", nullable=True),
        sa.Column("taken_from", sa.String(16)),
        sa.Column("copied", sa.String(64), nullable=False, server_default=_NOTHING),
        sa.Column("copier", sa.String(80)),
        sa.Column("rested_from", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("recipient", "wave", name="uq_deliveries_recipient_wave"),
        sa.ForeignKeyConstraint(["lot"], ["lots.number"], name="fk_deliveries_lot"),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.key"], name="fk_deliveries_recipient"),
    )
    in_hand = sa.text("claimant IS NOT NULL")
    op.create_index(
        "ix_deliveries_claimant",
        "deliveries",
        ["claimant"],
        sqlite_where=in_hand,
        postgresql_where=in_hand,
    )
    op.create_index("ix_deliveries_lot", "deliveries", ["lot"])
    op.create_index(
        "ix_deliveries_wave_channel_status", "deliveries", ["wave", "channel", "status"]
    )
    op.create_table(
        "edits",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("recipient", sa.String(255), nullable=False),
        _time("at"),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_edits"),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.key"], name="fk_edits_recipient"),
    )
    op.create_index("ix_edits_recipient", "edits", ["recipient"])
    op.create_table(
        "events",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("command", sa.Integer, nullable=False),
        _time("at"),
        _text("code"),
        _text("facts"),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
        sa.ForeignKeyConstraint(["command"], ["commands.number"], name="fk_events_command"),
    )
    op.create_index("ix_events_command", "events", ["command"])
    op.create_table(
        "import_before",
        sa.Column("import_id", sa.Integer, nullable=False),
        sa.Column("recipient", sa.String(255), nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("import_id", "recipient", name="pk_import_before"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_import_before_import_id"),
        sa.ForeignKeyConstraint(
            ["recipient"], ["recipients.key"], name="fk_import_before_recipient"
        ),
    )
    op.create_index("ix_import_before_recipient", "import_before", ["recipient"])
    op.create_table(
        "import_sources",
        sa.Column("import_id", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "place", name="pk_import_sources"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_import_sources_import_id"),
    )
    op.create_table(
        "readings",
        sa.Column("import_id", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("shape", sa.String(64), nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("import_id", "place", name="pk_readings"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_readings_import_id"),
    )
    op.create_table(
        "replies",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("sort", sa.String(16), nullable=False),
        _time("at"),
        sa.Column("recipient", sa.String(255)),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("by", sa.String(16)),
        _text("proposals"),
        _text("sender"),
        _text("sender_name"),
        _text("subject"),
        sa.Column("sha256", sa.String(64), nullable=False, server_default=_NOTHING),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("is_cut", sa.Boolean, nullable=False),
        sa.Column("from_elsewhere", sa.Boolean, nullable=False),
        _text("wants_peace"),
        sa.Column("dismissed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_replies"),
        sa.UniqueConstraint("identity", name="uq_replies_identity"),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.key"], name="fk_replies_recipient"),
    )
    op.create_index("ix_replies_recipient", "replies", ["recipient"])
