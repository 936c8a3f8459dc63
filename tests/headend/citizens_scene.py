"""A desk and the reading of citizens' reports at work, between their records and a simulated Allô Proximité."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from math import cos, radians

import aiohttp

from city.errors import Unreachable
from city.incidents import Incident
from city.measurements import Metric
from city.places import Position
from headend.citizens import Citizens
from headend.records import KeptReport, ReportState
from headend.snapshot import Snapshot
from lighting.inventory import Inventory, LightPoint
from tests.headend.desk_scene import PLACE, WAIT_S, Scene, scene
from tests.headend.recording import lamp_reading
from tests.headend.small_city import small_inventory

HERE = Position(47.75, 7.34)
LAMP = "08-1173"
DARK = "La lampe est éteinte depuis trois jours"


def east(metres: float) -> Position:
    return Position(HERE.latitude, HERE.longitude + metres / (111_195 * cos(radians(HERE.latitude))))


def street(*metres: float) -> Inventory:
    """Light points 08-1173, 08-1174 … so far east of HERE."""
    template: LightPoint = small_inventory().light_points["L1"]
    points = [
        replace(template, id=f"08-{1173 + number}", position=east(at)) for number, at in enumerate(metres)
    ]
    return Inventory({point.id: point for point in points}, small_inventory().cabinets)


@dataclass
class Citizenry:
    """What citizens and telemetry do to a head-end."""

    base: Scene
    inventory: Inventory
    snapshot: Snapshot = field(default_factory=Snapshot)
    incidents: dict[str, Incident] = field(default_factory=dict)
    looks: list[str] = field(default_factory=list)
    link_is_away: bool = False

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """The head-end as it starts after a crash: with its records, and nothing else."""
        self.base.another_desk()
        self.citizens = Citizens(
            self.base.records,
            self.base.open311,
            self.base.clock,
            self.base.settings,
            self.inventory,
            self.snapshot,
            self.incidents,
            lambda _: PLACE,
            self._look,
        )
        self.base.desk.adopt = self.citizens.adopt

    async def _look(self, point: LightPoint) -> None:
        if self.link_is_away:
            raise Unreachable("mqtt: no connection to the broker")
        self.looks.append(point.id)

    async def stands(self, incident: Incident) -> None:
        self.incidents[incident.id] = incident
        await self.base.desk.opened(incident, PLACE)

    async def is_over(self, incident: Incident) -> None:
        self.incidents[incident.id] = incident
        await self.base.desk.closed(incident)

    def says(self, lamp: str, level: float, power: float) -> None:
        reading = lamp_reading(lamp, self.base.clock.now(), level=level, power=power)
        assert Metric.POWER in reading.values
        self.snapshot.take(reading)

    async def kept(self) -> list[KeptReport]:
        return await self.base.records.citizens.all()

    async def states(self) -> list[str]:
        return sorted(report.state.value for report in await self.kept())

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(each.run()) for each in (self.base.desk, self.citizens)]
            yield
            for worker in workers:
                worker.cancel()

    async def pass_until(self, condition: Callable[[], bool], step_s: float = 30.0) -> None:
        """Let time pass until something is so."""
        deadline = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            await self.base.clock.advance(step_s)
            await asyncio.sleep(0.01)

    async def reaches(self, *states: ReportState, step_s: float = 30.0) -> list[KeptReport]:
        """Let time pass until the reports that are kept are in these states."""
        wanted = sorted(state.value for state in states)
        deadline = time.monotonic() + WAIT_S
        while (found := await self.states()) != wanted:
            assert time.monotonic() < deadline, f"{found}, expected {wanted}"
            await self.base.clock.advance(step_s)
            await asyncio.sleep(0.01)
        return await self.kept()


async def report(city: Citizenry, at: Position | None = None, text: str = DARK, **more: str) -> str:
    """A citizen's report, posted as the service's own form would; returns its number."""
    place = at or HERE
    form = {
        "api_key": city.base.service.api_key,
        "service_code": "eclairage-public",
        "lat": f"{place.latitude:.7f}",
        "long": f"{place.longitude:.7f}",
        "description": text,
        "attribute[fault]": "autre",
        **more,
    }
    url = f"{city.base.service.url}/requests.json"
    async with aiohttp.ClientSession() as http, http.post(url, data=form) as answer:
        assert answer.status == 200, await answer.text()
        return str((await answer.json())[0]["service_request_id"])


@asynccontextmanager
async def citizenry(*metres: float) -> AsyncIterator[Citizenry]:
    async with scene() as base:
        yield Citizenry(base, street(*(metres or (0.0,))))
