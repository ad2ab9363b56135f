"""Answers: what towns said, by whatever way, as a person put it down."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """What was answered before, a person puts down."""
    op.create_table(
        "answers",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("recipient", sa.String(255), nullable=False),
        sa.Column("meaning", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("number", name="pk_answers"),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.key"], name="fk_answers_recipient"),
    )
    op.create_index("ix_answers_recipient", "answers", ["recipient"])
