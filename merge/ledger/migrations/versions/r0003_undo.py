"""Undo: how the campaign stood before an import, and the recipients that it changed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Imports from before have no record of what they changed: they cannot be undone."""
    op.add_column("imports", sa.Column("counter", sa.Integer))
    op.add_column("imports", sa.Column("first_position", sa.Integer))
    op.add_column("imports", sa.Column("undone_at", sa.DateTime(timezone=True)))
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
