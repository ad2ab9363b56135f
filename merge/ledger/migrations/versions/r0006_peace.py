"""Peace: where a delivery stood before whom it goes to asked for none."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing was ever suppressed before."""
    op.add_column("deliveries", sa.Column("rested_from", sa.String(16)))
