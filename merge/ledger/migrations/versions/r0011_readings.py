"""Readings: how sheets were read, for the next ones like them, and the cells mended in them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Of imports of before nobody knows."""
    op.create_table(
        "readings",
        sa.Column("import_id", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("shape", sa.String(64), nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("import_id", "place", name="pk_readings"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_readings_import_id"),
    )
    nothing = sa.text("''")
    op.create_table(
        "mended_cells",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("shape", sa.String(64), nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("header", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False, server_default=nothing),
        sa.Column("after", sa.Text, nullable=False, server_default=nothing),
        sa.Column("anchor", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_mended_cells"),
    )
    op.create_index("ix_mended_cells_shape", "mended_cells", ["shape"])
