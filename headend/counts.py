"""What became of the measurements of one head-end."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the measurements, in values."""

    ingested: int
    duplicates: int
    """Came twice and were dropped; not among the ingested."""
    stored: int
    """Accepted by the store since the start."""
    in_store: int | None
    """What the store held when it was closed, as it says itself; None while it runs, or if it could not say."""
    lost: int
    waiting: int
