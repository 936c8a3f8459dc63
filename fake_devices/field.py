"""The simulated city on real sockets: everything that a head-end can be pointed at, on ports of the loopback."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from city.clock import Clock
from fake_devices.broker import Kind, broker
from fake_devices.city_files import Addresses, Rhythm, write_city
from fake_devices.city_plan import LAMPS_PER_CABINET, plan_city
from fake_devices.modbus_cabinets import ModbusCabinets
from fake_devices.mqtt_lamps import MqttLamps
from fake_devices.open311_desk import Open311Desk
from fake_devices.scenario import Scenario, resolve
from fake_devices.snmp_agents import COMMUNITY, WRITER, SnmpAgents
from fake_devices.world import PERIOD_S, World


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """Which city to simulate."""

    lamps: int = 1200
    access_points: int = 60
    seed: int = 1
    scenario: Scenario | None = None
    """What goes wrong; its own sizes and seed do not count here."""
    lamps_per_cabinet: int = LAMPS_PER_CABINET
    """On the average."""
    traps_port: int | None = None
    """Of the loopback, to which access points and Wi-Fi controllers send traps; None: they send none."""


class FakeField:
    """The simulated city; it answers while its context is entered.

    Its time is the clock's: hold the clock until the head-end listens, or the first messages are spoken into the
    wind.
    """

    def __init__(
        self, plan: FieldPlan, clock: Clock, *, desk: bool = True, prefer_broker: Kind | None = None
    ) -> None:
        """Draw the city.

        Raises:
            BadInput: the sizes make no city, or the scenario names what does not stand in it.
        """
        city = plan_city(plan.lamps, plan.access_points, plan.seed, plan.lamps_per_cabinet)
        resolved = None if plan.scenario is None else resolve(plan.scenario, city)
        period_s = PERIOD_S if plan.scenario is None else plan.scenario.telemetry_s
        self.world = World(city, clock.now(), resolved, period_s=period_s)
        self.desk: Open311Desk | None = Open311Desk(clock) if desk else None
        self._clock = clock
        self._prefer_broker = prefer_broker
        self._cabinets = ModbusCabinets(self.world, clock)
        self._traps_port = plan.traps_port
        self._agents = SnmpAgents(self.world.access_points, clock, plan.traps_port)
        self._lamps: MqttLamps | None = None
        self._mqtt_port = 0
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open every port and connect every gateway.

        Raises:
            Unreachable: the broker does not start.
            OSError: no port is left.
        """
        async with AsyncExitStack() as opening:
            self._mqtt_port = await opening.enter_async_context(broker(self._prefer_broker))
            await opening.enter_async_context(self._cabinets)
            await opening.enter_async_context(self._agents)
            if self.desk is not None:
                await opening.enter_async_context(self.desk)
            lamps = MqttLamps(self.world, self._clock, self._mqtt_port)
            self._lamps = await opening.enter_async_context(lamps)
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close everything."""
        await self._open.aclose()

    @property
    def sent(self) -> int:
        """Measured values that the devices have sent: acknowledged by the broker, or answered to a poll.

        Without what Wi-Fi controllers tell, which cannot be counted here (``SnmpAgents.sent``).
        """
        return self._cabinets.sent + self._agents.sent + (self._lamps.sent if self._lamps else 0)

    @property
    def published(self) -> int:
        """Messages of lamps that the broker has acknowledged."""
        return self._lamps.published if self._lamps else 0

    @property
    def backlog(self) -> int:
        """Messages of lamps that the broker has not acknowledged yet."""
        return self._lamps.backlog if self._lamps else 0

    @property
    def addresses(self) -> Addresses:
        """Where everything answers."""
        return Addresses(
            mqtt_port=self._mqtt_port,
            modbus_ports=self._cabinets.ports,
            snmp_ports=self._agents.ports,
            snmp_community=COMMUNITY,
            desk_url=self.desk.url if self.desk else None,
            desk_key=self.desk.api_key if self.desk else "",
            traps_port=self._traps_port,
            snmp_writer=WRITER,
        )

    def quiesce(self) -> None:
        """Let lamps say nothing new; once ``backlog`` is 0, ``sent`` only grows when devices are polled."""
        if self._lamps is not None:
            self._lamps.quiesce()

    def write_settings(self, path: Path, rhythm: Rhythm | None = None) -> None:
        """Write ``city.toml`` to ``path`` (readable by its owner alone) and ``inventory.geojson`` beside it.

        Raises:
            OSError: the folder cannot be written to.
        """
        world = self.world
        rhythm = replace(rhythm or Rhythm(), lamp_period_s=world.period_s)
        write_city(path, world.plan, self.addresses, world.scenario.night_fed, self._clock, rhythm)
