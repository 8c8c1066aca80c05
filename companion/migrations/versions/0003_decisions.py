"""Kept for the step between: it changes nothing."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nothing to do."""
