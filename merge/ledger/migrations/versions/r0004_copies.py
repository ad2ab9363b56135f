"""Copies: which message's copy lies in the folder of sent mail, and who is about to file one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """No copy of what was sent before is known of; the mailbox is asked before one is filed."""
    op.add_column(
        "deliveries", sa.Column("copied", sa.String(64), nullable=False, server_default="")
    )
    op.add_column("deliveries", sa.Column("copier", sa.String(80)))
