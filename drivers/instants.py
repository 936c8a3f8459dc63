"""Instants as whole microseconds since the epoch, which is how both stores keep them."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_microseconds(instant: datetime) -> int:
    """Exact: no float is involved."""
    return (instant - EPOCH) // MICROSECOND


def from_microseconds(number: int) -> datetime:
    """The instant, UTC."""
    return EPOCH + number * MICROSECOND
