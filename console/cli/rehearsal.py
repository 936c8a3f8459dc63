"""``demo --headless``: hours of the simulated city in minutes, and what came of them."""

import asyncio
import logging
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from city.clock import SimulatedClock
from city.measurements import Reading
from city.settings import load_settings
from console.cli.arguments import iso, say
from console.cli.service import log_to_stderr

if TYPE_CHECKING:
    from fake_devices.field import FakeField, FieldPlan
    from headend.service import HeadEnd

LOOK_EVERY_S = 0.01
"""Real seconds between two looks at what is on its way."""
HOLD_ABOVE = 250
"""Values on their way (some 30 lamp messages) above which time is held until they have arrived."""
STRIDE = timedelta(seconds=15)
"""Time never runs further than this between two looks, however long a look is in coming."""
LONGEST_POLL = timedelta(seconds=60)
"""Simulated time for which a poll may be under way before time is held until it ends."""
VALUES_A_MESSAGE = 9
"""About how many values a lamp's message carries."""
STUCK_AFTER_S = 2.0
"""Real seconds without any traffic after which what has not arrived never will."""
FAST = 30.0
"""From this speed on, devices are polled less often."""
FAST_MODBUS_S, FAST_SNMP_S = 120.0, 300.0
"""Simulated seconds between two polls then: access points as often as the summary has rows."""
NEARLY_ALL = 0.99
"""Share of the lamps that makes the city lit: one dead lamp must not hide it."""
SAY_EVERY = timedelta(hours=1)


class Behind:
    """What Wi-Fi controllers have told, counted where it is taken in.

    Of a controller's tables the driver makes the measurements of many access points, one after the other, and one of
    a row that is missing too: a controller cannot count them itself. All else is counted by who sends it.
    """

    def __init__(self) -> None:
        self.values = 0
        self._counted: frozenset[str] = frozenset()

    def follow(self, head: "HeadEnd") -> None:
        """Count from now on, before the clock runs."""
        behind = [each for each in head.inventory.wifi.access_points.values() if each.controller]
        self._counted = frozenset(name for each in behind for name in (each.id, each.controller))
        head.core.ingest.on_news(self._take)

    def _take(self, reading: Reading) -> None:
        if reading.device.partition("/")[0] in self._counted:
            self.values += len(reading.values)


async def rehearse(plan: "FieldPlan", began: datetime, until: datetime, speed: float) -> dict[str, Any]:
    """Run city and head-end in one event loop from one simulated instant to another, and tell what happened."""
    log_to_stderr(logging.WARNING)
    clock = SimulatedClock.starting(began, speed)
    clock.release(until=began)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="falotier-") as folder:
        behind = Behind()
        async with _lit(plan, clock, Path(folder), behind) as (field, head):
            pace, dusk = _Pace(clock, field, head, behind), _Dusk(head, began)
            await _run_until(until, clock, pace, dusk, head)
            clock.hold()
            await _all_arrived(field, pace)
            summary = await _summary(field, head)
        stored = head.counts.in_store
    usage = resource.getrusage(resource.RUSAGE_SELF)
    sent = field.sent + behind.values
    return {
        "simulated": {"from": iso(began), "to": iso(until), "wall_s": round(time.monotonic() - started, 1)},
        **summary,
        "dusk": dusk.document(),
        "measurements": {
            "sent": sent,
            "ingested": head.counts.ingested,
            "stored": stored,
            "lost": None if stored is None else sent - stored,
        },
        "cost": {
            "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
            "max_rss_mb": round(usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2), 1),
        },
    }


@asynccontextmanager
async def _lit(
    plan: "FieldPlan", clock: SimulatedClock, folder: Path, behind: Behind
) -> AsyncIterator[tuple["FakeField", "HeadEnd"]]:
    """The simulated city with a head-end that is ready; both have ended when this is left."""
    from fake_devices.city_files import Rhythm
    from fake_devices.field import FakeField
    from headend.service import HeadEnd

    async with FakeField(plan, clock) as field:
        file = folder / "city.toml"
        rhythm = Rhythm(api_port=0)
        if clock.anchor.speed >= FAST:
            rhythm = replace(rhythm, modbus_period_s=FAST_MODBUS_S, snmp_period_s=FAST_SNMP_S)
        field.write_settings(file, rhythm)
        head = HeadEnd(load_settings(file), clock)
        ready = asyncio.Event()

        def on_ready(_: str) -> None:
            behind.follow(head)
            ready.set()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(head.run(on_ready))
            await ready.wait()
            yield field, head
            head.stop()


class _Pace:
    """Holds simulated time while too much is on its way: data that comes late would mean something else."""

    def __init__(self, clock: SimulatedClock, field: "FakeField", head: "HeadEnd", behind: Behind) -> None:
        self._clock = clock
        self._field = field
        self._behind = behind
        self._head = head
        self._gone = 0
        """Values that were sent and will never arrive: an answer that came after its time-out."""
        self._last = (0, 0)
        self._last_change = time.monotonic()

    @property
    def on_its_way(self) -> int:
        """Values, about."""
        arrived = self._head.counts.ingested - self._behind.values + self._gone
        return VALUES_A_MESSAGE * self._field.backlog + self._field.sent - arrived

    @property
    def stuck(self) -> bool:
        """Whether nothing has been sent or has arrived for a while."""
        last = (self._field.sent, self._head.counts.ingested)
        if last != self._last:
            self._last, self._last_change = last, time.monotonic()
        return time.monotonic() - self._last_change > STUCK_AFTER_S

    def look(self) -> None:
        """Let the clock run one stride further, unless too much is on its way."""
        if self.stuck:
            self._gone += self.on_its_way
        now, poll = self._clock.now(), self._head.oldest_poll
        # A device that does not answer costs real seconds: simulated hours must not pass meanwhile.
        if self.on_its_way < HOLD_ABOVE and (poll is None or now - poll < LONGEST_POLL):
            self._clock.release(now + STRIDE)


class _Dusk:
    """When the city lights up, closer than the five minutes of the timeline's rows."""

    def __init__(self, head: "HeadEnd", began: datetime) -> None:
        self._core = head.core
        self._began = began
        self.sunset: datetime | None = None
        """The first one of the rehearsal."""
        self.lit_at: datetime | None = None
        """When nearly all lamps had reported that they are lit."""

    def look(self, now: datetime) -> None:
        """Look at the lamps between sunset and the moment when they are lit."""
        if self.lit_at is not None:
            return
        sunset, _ = self._core.plan.sun(now)
        if sunset is None or not self._began <= sunset <= now:
            return
        self.sunset = sunset
        self._core.lamps.refresh()
        counts = self._core.lamps.counts()
        if counts.lit >= NEARLY_ALL * counts.total:
            self.lit_at = now

    def document(self) -> dict[str, str | None]:
        """As the summary has it."""
        return {
            "sunset": iso(self.sunset) if self.sunset else None,
            "lit_at": iso(self.lit_at) if self.lit_at else None,
        }


async def _run_until(
    until: datetime, clock: SimulatedClock, pace: _Pace, dusk: _Dusk, head: "HeadEnd"
) -> None:
    """Let time run, and say each hour how the city does."""
    zone = head.core.settings.city.site.zone
    say_next = clock.now()
    while (now := clock.now()) < until:
        await asyncio.sleep(LOOK_EVERY_S)
        pace.look()
        dusk.look(now)
        if now >= say_next:
            lamps = head.core.lamps.counts()
            say(f"{now.astimezone(zone):%Y-%m-%d %H:%M}  {lamps.lit}/{lamps.total}")
            say_next = now + SAY_EVERY


async def _all_arrived(field: "FakeField", pace: _Pace) -> None:
    """Wait until what was sent has been taken in; what never comes is told in the summary."""
    field.quiesce()
    while pace.on_its_way > 0 and not pace.stuck:  # noqa: ASYNC110 - two counters of different rooms, no event
        await asyncio.sleep(LOOK_EVERY_S)


async def _summary(field: "FakeField", head: "HeadEnd") -> dict[str, Any]:
    """What the head-end knows at the end, and what the fake Allô Proximité holds."""
    core = head.core
    await core.watch.save()
    lamps = core.lamps.counts()
    return {
        "lamps": {"total": lamps.total, "lit": lamps.lit, "failed": lamps.failed, "silent": lamps.silent},
        "timeline": [row.model_dump(mode="json") for row in core.timeline.rows],
        "incidents": await _incidents(head),
        "tickets": _tickets(field),
        "wifi": [
            {
                "hotspot": hotspot.id,
                "peak_load_pct": core.timeline.peaks[hotspot.id].load_pct,
                "peak_clients": core.timeline.peaks[hotspot.id].clients,
                "access_points": hotspot.access_points,
                "access_points_up": hotspot.access_points_up,
            }
            for hotspot in core.hotspots.hotspots()
        ],
    }


async def _incidents(head: "HeadEnd") -> list[dict[str, Any]]:
    """Every incident since the start, oldest first."""
    tickets = {ticket.incident: ticket for ticket in await head.core.records.tickets.all()}
    incidents = sorted(await head.core.records.incidents(), key=lambda each: each.opened_at)
    return [
        {
            "id": each.id,
            "cause": each.cause,
            "asset": each.asset,
            "state": each.state,
            "opened_at": iso(each.opened_at),
            "closed_at": iso(each.closed_at) if each.closed_at else None,
            "suppressed": len(each.suppressed),
            "ticket": tickets[each.id].service_id if each.id in tickets else None,
        }
        for each in incidents
    ]


def _tickets(field: "FakeField") -> list[dict[str, Any]]:
    """Every ticket, as the fake Allô Proximité itself has it."""
    return [
        {
            "id": ticket.id,
            "status": ticket.status,
            "points": ticket.points,
            "opened_at": iso(ticket.opened_at),
            "closed_at": iso(ticket.closed_at) if ticket.closed_at else None,
        }
        for ticket in (field.desk.tickets if field.desk else [])
    ]


def print_summary(summary: dict[str, Any]) -> None:
    """The same for people: a line for each thing that counts."""
    lamps, measured, cost = summary["lamps"], summary["measurements"], summary["cost"]
    simulated = summary["simulated"]
    print(f"{simulated['from']} → {simulated['to']} in {simulated['wall_s']} s")
    print(
        f"lamps         {lamps['lit']} lit of {lamps['total']}, {lamps['failed']} failed, {lamps['silent']} silent"
    )
    print(f"measurements  {measured['sent']} sent, {measured['stored']} stored, {measured['lost']} lost")
    for incident in summary["incidents"]:
        ended = incident["closed_at"] or "still open"
        print(
            f"incident      {incident['opened_at']} {incident['cause']} {incident['asset']},"
            f" {incident['suppressed']} suppressed, ticket {incident['ticket'] or 'none'}, {ended}"
        )
    for hotspot in summary["wifi"]:
        peak = "–" if hotspot["peak_load_pct"] is None else f"{hotspot['peak_load_pct']:.0f} %"
        print(f"wi-fi         {hotspot['hotspot']}: at most {peak}, {hotspot['peak_clients']} clients")
    print(f"cost          {cost['cpu_s']} s of CPU, {cost['max_rss_mb']} MB")
