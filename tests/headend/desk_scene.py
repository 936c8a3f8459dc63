"""A desk at work between its records and a simulated Allô Proximité, in time turned by hand."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from city.clock import ManualClock
from city.incidents import Cause, Evidence, Finding, Incident, State, incident_id
from city.measurements import DeviceKind
from city.places import Position
from city.settings import DeskSection
from drivers.open311 import Open311
from fake_devices.open311_desk import Open311Desk
from headend.desk import Desk
from headend.records import Records, Ticket, TicketState
from headend.ticket_words import Place, describe

DUSK = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
PLACE = Place(Position(47.7512345678, 7.3391111111), "rue Franklin, Mulhouse")
HOUR_S = 3600.0
KINDS = {
    Cause.CABINET_SUPPLY_LOSS: DeviceKind.CABINET,
    Cause.PHASE_LOST: DeviceKind.PHASE,
    Cause.BREAKER_TRIP: DeviceKind.CIRCUIT,
    Cause.RELAY_STUCK_ON: DeviceKind.CIRCUIT,
    Cause.RELAY_STUCK_OFF: DeviceKind.CIRCUIT,
    Cause.AP_DOWN: DeviceKind.ACCESS_POINT,
}
WAIT_S = 20.0
"""Real seconds after which a test has waited in vain."""


def incident(asset: str = "08-1173", cause: Cause = Cause.LAMP_DEAD, points: int = 0) -> Incident:
    evidence = Evidence("no_power_while_lit", DUSK, {"power_w": 0.4, "expected_w": 34.0})
    return Incident(
        id=incident_id(cause, asset, DUSK),
        cause=cause,
        asset=asset,
        kind=KINDS.get(cause, DeviceKind.LAMP),
        state=State.OPEN,
        since=DUSK,
        opened_at=DUSK,
        evidence=(evidence,),
        suppressed=tuple(f"17-{n}" for n in range(points)),
    )


def repaired(broken: Incident) -> Incident:
    at = DUSK + timedelta(hours=2)
    return broken.moved(State.CLOSED, at, Evidence("power_back", at, {"power_w": 33.8}))


def back(closed: Incident, days: int = 1) -> Incident:
    """The same trouble, some days after it was repaired."""
    at = DUSK + timedelta(days=days)
    evidence = Evidence("no_power_while_lit", at, {"power_w": 0.5, "expected_w": 34.0})
    finding = Finding(Finding.Says.RAISED, closed.cause, closed.asset, closed.kind, at, at, evidence)
    return closed.back(finding, closed.suppressed)


def repaired_again(again: Incident) -> Incident:
    at = again.opened_at + timedelta(hours=2)
    return again.moved(State.CLOSED, at, Evidence("power_back", at, {"power_w": 33.9}))


@dataclass
class Scene:
    """A desk at work between its records and a simulated Allô Proximité, in time turned by hand."""

    clock: ManualClock
    records: Records
    service: Open311Desk
    open311: Open311
    settings: DeskSection
    desk: Desk

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            worker = group.create_task(self.desk.run())
            yield
            worker.cancel()

    async def ticket(self, of: Incident) -> Ticket:
        found = await self.records.tickets.get(of.id)
        assert found is not None
        return found

    async def reaches(self, of: Incident, state: TicketState) -> Ticket:
        async def there() -> bool:
            return (await self.ticket(of)).state is state

        await until(there)
        return await self.ticket(of)

    def another_desk(self, open311: Open311 | None = None, **settings: int) -> Desk:
        changed = self.settings.model_copy(update=settings)
        self.desk = Desk(self.records, open311 or self.open311, self.clock, changed)
        return self.desk


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not await condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.005)


async def turn(scene: Scene, condition: Callable[[], Awaitable[bool]], step_s: float) -> None:
    """Let time pass on the clock, step by step, until a condition holds."""
    deadline = time.monotonic() + WAIT_S
    while not await condition():
        assert time.monotonic() < deadline, "waited in vain"
        await scene.clock.advance(step_s)
        await asyncio.sleep(0.01)


@asynccontextmanager
async def scene(api_key: str | None = None) -> AsyncIterator[Scene]:
    clock = ManualClock(DUSK)
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(Open311Desk(clock))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        records = await stack.enter_async_context(Records("sqlite+aiosqlite:///records.sqlite", folder))
        open311 = await stack.enter_async_context(
            Open311(service.url, api_key or service.api_key, "mulhouse.fr", timeout_s=2.0)
        )
        settings = DeskSection(url=service.url)
        yield Scene(
            clock, records, service, open311, settings, Desk(records, open311, clock, settings, describe)
        )


def is_up(city: Scene) -> Callable[[], Awaitable[bool]]:
    async def up() -> bool:
        return city.desk.connection.up

    return up


def in_state(city: Scene, state: TicketState, of: Incident | None = None) -> Callable[[], Awaitable[bool]]:
    async def there() -> bool:
        return (await city.ticket(of or incident())).state is state

    return there


def attempted(city: Scene, number: int) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return (await city.ticket(incident())).attempts >= number

    return reached
