"""Jobs: what was handed to a printer, and when a lot was printed and posted."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """When lots of before were printed and posted, their recipients' attempts tell."""
    op.add_column("lots", sa.Column("printed_at", sa.DateTime(timezone=True)))
    op.add_column("lots", sa.Column("posted_at", sa.DateTime(timezone=True)))
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("lot", sa.Integer, nullable=False),
        sa.Column("printer", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer),
        sa.Column("first", sa.Integer),
        sa.Column("last", sa.Integer),
        sa.Column("words", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("sender", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["lot"], ["lots.number"], name="fk_jobs_lot"),
    )
    op.create_index("ix_jobs_lot", "jobs", ["lot"])
