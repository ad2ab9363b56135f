"""People: a recipient of a list of people is called by the person, not by their organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """The next import of their list says it of those who are there."""
    op.add_column(
        "recipients", sa.Column("is_person", sa.Boolean, nullable=False, server_default=sa.false())
    )
