"""One small index of what senders have in hand, for the large one of where everything stands.

The large one was written to six times for each message that left, and a third of a commit was its
pages; those few who ask where everything stands read the table in milliseconds.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing but indexes."""
    op.drop_index("ix_deliveries_channel_status_claimant", "deliveries")
    in_hand = sa.text("claimant IS NOT NULL")
    op.create_index(
        "ix_deliveries_claimant",
        "deliveries",
        ["claimant"],
        sqlite_where=in_hand,
        postgresql_where=in_hand,
    )
