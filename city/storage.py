"""How what was measured fares on its way to the telemetry store: what the head-end tells of it."""

from datetime import datetime

from pydantic import Field

from city.message import Message


class StorageView(Message):
    """Every value that was taken in is stored, waiting or lost; nothing else can become of it."""

    taken: int
    """Values taken in since the start, and those found waiting then."""
    stored: int
    """Values that the store has taken since the start."""
    waiting: int
    """Values that wait for the store."""
    lost: int
    """Values that will never be stored."""
    losses: dict[str, int] = Field(default_factory=dict)
    """Why, and how many: ``spool full``, ``disk full``, ``damaged``, or what the store said to a point."""
    oldest: datetime | None = None
    """When the oldest value that waits was taken in; None while nothing does."""
    lag_s: float = 0.0
    """For how long the oldest value that waits has waited, s."""
    bytes: int = 0
    """What waits takes up on the disk."""
    bytes_most: int = 0
    """What it may take up."""
    damaged: int = 0
    """Records found damaged and set aside since the start."""
    dead_letters: int = 0
    """Readings that the store refused for what they are, kept aside with the reason."""
    is_catching_up: bool = False
    """The store is back, and what waited for it is being written beside what comes in."""
