"""What proves an answer: its grade, the address of a deliberation, a document that is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Nothing is known of the answers of before but how they came."""
    for name, kind, nothing in (
        ("grade", sa.String(16), sa.text("''")),
        ("address", sa.Text, sa.text("''")),
        ("evidence", sa.String(64), sa.text("''")),
        ("published", sa.Boolean, sa.false()),
    ):
        op.add_column("answers", sa.Column(name, kind, nullable=False, server_default=nothing))
