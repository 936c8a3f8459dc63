"""Whose clock dates a reading: the device's own where it can be believed, then the gateway's, the server's, ours."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

TimeSource = Literal["device", "gateway", "server", "receipt"]
"""Whose clock dated a reading: its device's, the gateway's that heard it, the network server's, or ours."""

EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
"""Clocks that were never set show 1970 or 2000; NAS, too, calls all before this invalid (nas-codecs, MIT)."""
SANE_CLOCK = timedelta(seconds=300)
"""How far a device's clock may be from a better one, and any clock ahead of ours."""


class Dated(NamedTuple):
    """When something was measured."""

    at: datetime
    time_from: TimeSource
    doubted: bool
    """Whether the device gave a time that cannot be right."""


def instant(stamp: object, *, unit_s: float = 1.0) -> datetime | None:
    """A time as devices and servers write it, UTC; None for what is none, or has no zone.

    Args:
        stamp: seconds since 1970 (or other units of them), or a text as RFC 3339 has it.
        unit_s: seconds that one step of a number is: 0.001 for milliseconds.
    """
    try:
        if isinstance(stamp, int | float) and not isinstance(stamp, bool):
            return datetime.fromtimestamp(stamp * unit_s, UTC)
        if isinstance(stamp, str) and len(stamp) < 40:
            read = datetime.fromisoformat(stamp)
            return read.astimezone(UTC) if read.tzinfo else None
    except (ValueError, OverflowError, OSError):
        pass
    return None


def date(
    device: datetime | None,
    gateways: Sequence[datetime | None],
    server: datetime | None,
    now: datetime,
    late: timedelta,
    *,
    said: bool,
) -> Dated:
    """When something was measured, by the best clock that can be believed.

    Args:
        device: the device's own time, where it can be read.
        gateways: when gateways heard it.
        server: when the network server had it.
        now: our time.
        late: how long whoever carries a message may hold it back.
        said: whether the device gave a time at all, readable or not.
    """
    if device is not None and not _is_sane(device, now, late):
        device = None
    if device is not None and not gateways and server is None:
        return Dated(device, "device", False)  # noqa: FBT003 - what most messages are: nobody contradicts it
    heard = [stamp for stamp in gateways if stamp is not None and _is_sane(stamp, now, late)]
    best: datetime | None = None
    best_from: TimeSource = "receipt"
    if heard:
        best, best_from = min(heard), "gateway"
    elif server is not None and _is_sane(server, now, late):
        best, best_from = server, "server"
    if device is not None and (best is None or abs(device - best) <= SANE_CLOCK):
        return Dated(device, "device", doubted=False)
    return Dated(best or now, best_from, doubted=said)


def _is_sane(stamp: datetime, now: datetime, late: timedelta) -> bool:
    return stamp - now <= SANE_CLOCK and now - stamp <= late and stamp >= EARLIEST
