"""Groups: several rows of a sheet are one recipient with lines."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Every recipient of before is one row."""
    for name in ("lines", "rows", "fault"):
        op.add_column(
            "recipients", sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''"))
        )
