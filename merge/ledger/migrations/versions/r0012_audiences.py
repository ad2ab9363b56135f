"""Audiences: what people and organisations have, and a mayor has not."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Nobody had any of it before."""
    for name in ("organisation", "civility", "country", "number"):
        op.add_column(
            "recipients", sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''"))
        )
