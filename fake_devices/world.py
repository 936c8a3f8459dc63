"""The whole simulated city without a socket: physics, controllers, and what goes wrong, moved on by hand."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

from fake_devices.access_points import AccessPoints
from fake_devices.agenda import Agenda
from fake_devices.air import Air
from fake_devices.cabinet import Cabinet, CabinetSnapshot, Circuit
from fake_devices.city_plan import CityPlan
from fake_devices.draws import Noise, draws
from fake_devices.lamp import Lamp
from fake_devices.lamp_controller import LampController, LampMessage
from fake_devices.lamp_programme import factory_programme
from fake_devices.mishaps import arrange
from fake_devices.scenario import Resolved
from fake_devices.surroundings import Mains

MICROSECOND = timedelta(microseconds=1)
PERIOD_S = 300.0
"""How often a lamp controller reports, unless a scenario says otherwise."""


class World:
    """The city. It starts with all its power coming on: every controller boots within half a minute."""

    def __init__(
        self,
        plan: CityPlan,
        start: datetime,
        scenario: Resolved | None = None,
        *,
        period_s: float = PERIOD_S,
        gateways: Collection[str] | None = None,
    ) -> None:
        """Build the city, or only what speaks through some of its ``gateways``."""
        self.plan = plan
        self.scenario = scenario or Resolved()
        self.access_points = AccessPoints(plan.access_points, plan.seed, start, plan.newcomers)
        self.cabinets: dict[str, Cabinet] = {}
        self.circuits: dict[str, Circuit] = {}
        self.lamps: dict[str, LampController] = {}
        self.period_s = period_s
        """How often a lamp controller reports."""
        self._now = start.timestamp()
        self.agenda = Agenda(self._now, period_s)
        self.air = Air(self.agenda, draws(plan.seed, f"air {sorted(gateways or ())}"))
        self.gateway_news: list[tuple[str, bool]] = []
        """Gateways that have gone (False) or come back, for whoever takes them away."""
        self._build(plan.gateways if gateways is None else gateways)
        for cabinet in self.scenario.night_fed & self.cabinets.keys():
            self.cabinets[cabinet].hold_factory(self._now, night_fed=True)
        for truth in (*self.scenario.faults, *self.scenario.noise):
            arrange(self, truth)

    def _build(self, gateways: Collection[str]) -> None:
        programme = factory_programme()
        for cabinet_plan in self.plan.cabinets:
            if cabinet_plan.circuits[0].lamps[0].gateway not in gateways:
                continue
            draw = draws(self.plan.seed, f"physics {cabinet_plan.id}")
            mains = Mains(draw)
            noise = Noise(draws(self.plan.seed, f"noise {cabinet_plan.id}"))
            cabinet = Cabinet(cabinet_plan, mains, draw, self.agenda)
            self.cabinets[cabinet_plan.id] = cabinet
            for circuit in cabinet.circuits:
                self.circuits[circuit.plan.id] = circuit
                for lamp_plan in circuit.plan.lamps:
                    controller = LampController(
                        lamp_plan,
                        Lamp(lamp_plan.lamp_type, draw, self._now, circuit.changed),
                        mains,
                        programme,
                        noise,
                        self.agenda,
                        self.air,
                        circuit,
                    )
                    self.lamps[lamp_plan.id] = controller
                    circuit.lamps.append(controller)
                    controller.power_returns(self._now)

    @property
    def now(self) -> datetime:
        """How far the world has got, UTC."""
        return datetime.fromtimestamp(self._now, UTC)

    @staticmethod
    def instant(seconds: float) -> datetime:
        """Seconds since 1970 as UTC."""
        return datetime.fromtimestamp(seconds, UTC)

    def next_at(self) -> datetime | None:
        """When something will have happened next: to the microsecond, and never too early."""
        instant = self.agenda.next_at()
        return None if instant is None else datetime.fromtimestamp(instant, UTC) + MICROSECOND

    def advance(self, to: datetime) -> None:
        """Let everything happen up to an instant; going back changes nothing."""
        instant = to.timestamp()
        if instant > self._now:
            self.agenda.run(instant)
            self._now = instant

    def take_messages(self) -> list[LampMessage]:
        """What has arrived from the lamps since this was last asked, in the order of arrival."""
        return self.air.take()

    def cabinet_snapshots(self) -> Iterator[CabinetSnapshot]:
        """What every cabinet's instruments show now; nothing of those that cannot be reached."""
        return (cabinet.snapshot(self._now) for cabinet in self.cabinets.values() if cabinet.answers)

    def receive_order(self, lamp: str, payload: bytes) -> None:
        """A message on a lamp's order topic; a lamp that does not exist hears nothing."""
        if lamp in self.lamps:
            self.lamps[lamp].receive_order(self._now, payload)

    def receive_programme(self, lamp: str, payload: bytes) -> None:
        """A message on a lamp's programme topic; a lamp that does not exist hears nothing."""
        if lamp in self.lamps:
            self.lamps[lamp].receive_programme(self._now, payload)
