"""The whole simulated city without a socket: physics, controllers, and what goes wrong, moved on by hand."""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from fake_devices.access_points import AccessPoints
from fake_devices.agenda import Agenda
from fake_devices.cabinet import Cabinet, CabinetSnapshot, Circuit
from fake_devices.city_plan import CityPlan
from fake_devices.draws import Noise, draws
from fake_devices.lamp import Lamp
from fake_devices.lamp_controller import LampController, LampMessage
from fake_devices.lamp_programme import factory_programme
from fake_devices.scenario import Resolved, Truth
from fake_devices.surroundings import Mains

MICROSECOND = timedelta(microseconds=1)
MOST_UNTAKEN = 500_000
"""Messages kept for whoever takes them; beyond, the oldest go (a gateway's memory is not endless)."""


class World:
    """The city. It starts with all its power coming on: every controller boots within half a minute."""

    def __init__(self, plan: CityPlan, start: datetime, scenario: Resolved | None = None) -> None:
        self.plan = plan
        self.scenario = scenario or Resolved()
        self.access_points = AccessPoints(plan.access_points, plan.seed, start)
        self.cabinets: dict[str, Cabinet] = {}
        self.circuits: dict[str, Circuit] = {}
        self.lamps: dict[str, LampController] = {}
        self._agenda = Agenda()
        self._untaken: deque[LampMessage] = deque(maxlen=MOST_UNTAKEN)
        self._now = start.timestamp()
        self._build()
        for truth in (*self.scenario.faults, *self.scenario.noise):
            self._arrange(truth)

    def _build(self) -> None:
        programme = factory_programme()
        for cabinet_plan in self.plan.cabinets:
            draw = draws(self.plan.seed, f"physics {cabinet_plan.id}")
            mains = Mains(draw)
            cabinet = Cabinet(cabinet_plan, mains, draw, self._agenda)
            self.cabinets[cabinet_plan.id] = cabinet
            for circuit in cabinet.circuits:
                self.circuits[circuit.plan.id] = circuit
                for lamp_plan in circuit.plan.lamps:
                    controller = LampController(
                        lamp_plan,
                        Lamp(lamp_plan.lamp_type, draw, self._now, circuit.changed),
                        mains,
                        programme,
                        Noise(self.plan.seed, lamp_plan.id),
                        self._agenda,
                        self._untaken.append,
                    )
                    self.lamps[lamp_plan.id] = controller
                    circuit.lamps.append(controller)
                    controller.power_returns(self._now)

    @property
    def now(self) -> datetime:
        """How far the world has got, UTC."""
        return datetime.fromtimestamp(self._now, UTC)

    def next_at(self) -> datetime | None:
        """When something will have happened next: to the microsecond, and never too early."""
        instant = self._agenda.next_at()
        return None if instant is None else datetime.fromtimestamp(instant, UTC) + MICROSECOND

    def advance(self, to: datetime) -> None:
        """Let everything happen up to an instant; going back changes nothing."""
        instant = to.timestamp()
        if instant > self._now:
            self._agenda.run(instant)
            self._now = instant

    def take_messages(self) -> list[LampMessage]:
        """What the lamps have said since this was last asked, in the order of time."""
        taken = list(self._untaken)
        self._untaken.clear()
        return taken

    def cabinet_snapshots(self) -> Iterator[CabinetSnapshot]:
        """What every cabinet's instruments show now."""
        return (cabinet.snapshot(self._now) for cabinet in self.cabinets.values())

    def receive_order(self, lamp: str, payload: bytes) -> None:
        """A message on a lamp's order topic; a lamp that does not exist hears nothing."""
        if lamp in self.lamps:
            self.lamps[lamp].receive_order(self._now, payload)

    def receive_programme(self, lamp: str, payload: bytes) -> None:
        """A message on a lamp's programme topic; a lamp that does not exist hears nothing."""
        if lamp in self.lamps:
            self.lamps[lamp].receive_programme(self._now, payload)

    def _arrange(self, truth: Truth) -> None:
        begin, end = self._acts(truth)
        self._agenda.at(truth.at.timestamp(), begin)
        if truth.until is not None:
            self._agenda.at(truth.until.timestamp(), end)

    def _acts(self, truth: Truth) -> tuple[Callable[[float], None], Callable[[float], None]]:
        """What happens to the physics when something begins, and when it ends."""
        asset = truth.asset
        match truth.kind:
            case "lamp_dead":
                lamp = self.lamps[asset].lamp
                return (lambda at: lamp.change(at, dead=True), lambda at: lamp.change(at, dead=False))
            case "day_burner":
                lamp = self.lamps[asset].lamp
                return (
                    lambda at: lamp.change(at, burns_always=True),
                    lambda at: lamp.change(at, burns_always=False),
                )
            case "breaker_trip":
                circuit = self.circuits[asset]
                return (
                    lambda at: circuit.switch(at, breaker_tripped=True),
                    lambda at: circuit.switch(at, breaker_tripped=False),
                )
            case "ap_down":
                points = self.access_points
                return (
                    lambda at: points.set_down(asset, down=True, at=datetime.fromtimestamp(at, UTC)),
                    lambda at: points.set_down(asset, down=False, at=datetime.fromtimestamp(at, UTC)),
                )
            case "maintenance_window":
                cabinet = self.cabinets[asset]
                dark = draws(self.plan.seed, f"work {asset}").randrange(len(cabinet.circuits))
                return (lambda at: cabinet.open_for_work(at, dark), cabinet.close_after_work)
            case "daytime_unpowered":
                cabinet = self.cabinets[asset]
                return (
                    lambda at: cabinet.hold_factory(at, night_fed=True),
                    lambda at: cabinet.hold_factory(at, night_fed=False),
                )
        raise AssertionError(truth.kind)
