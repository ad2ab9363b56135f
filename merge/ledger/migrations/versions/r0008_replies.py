"""Replies: mails that came back, whose they are, and where the archive has them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Nothing was kept of answers before; the next reading of the mailbox finds them."""

    def text(name: str) -> sa.Column[str]:
        return sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''"))

    op.create_table(
        "replies",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("sort", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recipient", sa.String(255)),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("by", sa.String(16)),
        text("proposals"),
        text("sender"),
        text("sender_name"),
        text("subject"),
        sa.Column("sha256", sa.String(64), nullable=False, server_default=sa.text("''")),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("is_cut", sa.Boolean, nullable=False),
        sa.Column("from_elsewhere", sa.Boolean, nullable=False),
        text("wants_peace"),
        sa.Column("dismissed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_replies"),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.key"], name="fk_replies_recipient"),
        sa.UniqueConstraint("identity", name="uq_replies_identity"),
    )
    op.create_index("ix_replies_recipient", "replies", ["recipient"])
