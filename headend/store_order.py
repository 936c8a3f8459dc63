"""The store put in order now and then: summaries made, and what is too old dropped."""

import asyncio
import logging

from city.clock import Clock
from city.errors import Outside
from city.telemetry import TelemetryStore
from headend.clock_trust import ClockTrust
from headend.spool import Spool

log = logging.getLogger(__name__)

EVERY_S = 300.0
"""Clock seconds between two times."""
REST_REAL_S = 10.0
"""Real seconds at least: at high speeds, too, there is time for other things."""


async def put_in_order(store: TelemetryStore, spool: Spool, trust: ClockTrust, clock: Clock) -> None:
    """Have it put itself in order for ever; not by a clock in doubt, which might say that all is too old."""
    while True:
        await clock.sleep(EVERY_S)
        if spool.store_is_there and trust.why is None:
            try:
                await store.keep(clock.now())
            except Outside as error:
                log.warning("store: it could not be put in order: %s", error)
        await asyncio.sleep(REST_REAL_S)
