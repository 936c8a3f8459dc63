"""What a diagnosis is told of the past when it begins."""

from datetime import datetime

from city.incidents import REOPENS_WITHIN, Incident, State
from headend.records import Records


async def known_incidents(records: Records, now: datetime) -> list[Incident]:
    """The incidents that stand, those that a person dismissed, and those that were mended of late.

    The last are open again if their trouble comes back.

    Raises:
        Unreachable: the records are away.
    """
    known = [*await records.live_incidents(), *await records.incidents({State.DISMISSED})]
    closed = await records.incidents({State.CLOSED}, limit=None)
    return known + [
        each for each in closed if each.closed_at is not None and now - each.closed_at <= REOPENS_WITHIN
    ]
