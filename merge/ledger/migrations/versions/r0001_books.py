"""The ledger: recipients, deliveries, attempts, lots, and where they came from."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


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
        "facts",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
    )
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
        sa.PrimaryKeyConstraint("key", name="pk_recipients"),
        sa.UniqueConstraint("position", name="uq_recipients_position"),
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
        "imports",
        sa.Column("id", sa.Integer, nullable=False),
        _time("at"),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("absent", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
    )
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
        "lots",
        sa.Column("number", sa.Integer, nullable=False),
        _time("at"),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("letters", sa.Integer, nullable=False),
        sa.Column("sheets", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_lots"),
    )
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
        sa.Column("sha256", sa.String(64), nullable=False, server_default=""),
        sa.Column("fingerprint", sa.String(64), nullable=False, server_default=""),
        sa.Column("lot", sa.Integer),
        sa.Column("position", sa.Integer),
        sa.Column("sheets", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("recipient", "wave", name="uq_deliveries_recipient_wave"),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.key"], name="fk_deliveries_recipient"),
        sa.ForeignKeyConstraint(["lot"], ["lots.number"], name="fk_deliveries_lot"),
    )
    op.create_index("ix_deliveries_lot", "deliveries", ["lot"])
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
