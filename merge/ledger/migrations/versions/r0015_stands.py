"""How a campaign stands is read from an index, without its deliveries."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Nothing of what is kept changes."""
    op.create_index(
        "ix_deliveries_wave_channel_status", "deliveries", ["wave", "channel", "status"]
    )
