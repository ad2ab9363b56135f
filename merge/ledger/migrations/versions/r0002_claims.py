"""Claims: who has a delivery in hand, until when it waits, and whose queue a lot emptied."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """What is deferred is due; what stands in `sending` has no claimant, so it is in doubt."""
    op.add_column("deliveries", sa.Column("claimant", sa.String(80)))
    op.add_column("deliveries", sa.Column("not_before", sa.DateTime(timezone=True)))
    op.add_column("deliveries", sa.Column("taken_from", sa.String(16)))
    op.execute("UPDATE deliveries SET not_before = at WHERE status = 'deferred'")
    op.create_index(
        "ix_deliveries_channel_status_claimant", "deliveries", ["channel", "status", "claimant"]
    )
