"""The physics of a street cabinet: relays, breakers, the key switch, and a meter that sums its lamps."""

from dataclasses import dataclass
from random import Random
from typing import Literal, NamedTuple

from fake_devices.agenda import Agenda
from fake_devices.cabinet_programme import CabinetProgramme, CircuitMode
from fake_devices.city_plan import PHASES, CabinetPlan, CircuitPlan
from fake_devices.gazetteer import SITE
from fake_devices.lamp_controller import LampController
from fake_devices.street_clock import Place
from fake_devices.surroundings import Mains

SWITCHING_S = 0.001
"""A relay moves this long after the instant computed for it, so that rounding never has it look too early."""
METER_RANGE_WH = 2**32
Command = Literal["auto", "on", "off"]
NIGHT_FED_HASH = 1
"""Hash of the programme that a night-fed cabinet left the workshop with."""


class CircuitOrder(NamedTuple):
    """An order for one circuit, and until when by the cabinet's clock."""

    command: Command
    until: float


AUTOMATIC = CircuitOrder("auto", 0.0)


class Load(NamedTuple):
    """What flows through a circuit at an instant."""

    at: float
    energy_wh: float
    """All that its lamps have ever drawn."""
    watts: tuple[float, float, float]
    """By phase."""
    volt_amperes: tuple[float, float, float]


class Circuit:
    """One circuit: a relay and a breaker in series, lamps behind them."""

    def __init__(self, plan: CircuitPlan) -> None:
        self.plan = plan
        self.lamps: list[LampController] = []
        self.relay_closed = True
        self.breaker_tripped = False
        self.order = AUTOMATIC
        self._steady: Load | None = None

    @property
    def live(self) -> bool:
        """Whether its lamps have power."""
        return self.relay_closed and not self.breaker_tripped

    def changed(self) -> None:
        """A lamp behind it draws something else from now on."""
        self._steady = None

    def switch(
        self, at: float, *, relay_closed: bool | None = None, breaker_tripped: bool | None = None
    ) -> None:
        """Move the relay or the breaker; lamps lose or regain their power."""
        was_live = self.live
        self.relay_closed = self.relay_closed if relay_closed is None else relay_closed
        self.breaker_tripped = self.breaker_tripped if breaker_tripped is None else breaker_tripped
        if self.live == was_live:
            return
        for lamp in self.lamps:
            if self.live:
                lamp.power_returns(at)
            else:
                lamp.power_goes(at)

    def load(self, at: float) -> Load:
        """The sum of its lamps. While none of them changes or warms up, power is constant and energy a line."""
        steady = self._steady
        if steady is not None:
            drawn = sum(steady.watts) * (at - steady.at) / 3_600
            return Load(at, steady.energy_wh + drawn, steady.watts, steady.volt_amperes)
        energy, watts, volt_amperes, warm = 0.0, [0.0] * 3, [0.0] * 3, True
        for controller in self.lamps:
            lamp, phase = controller.lamp, PHASES.index(controller.plan.phase)
            power = lamp.power_w(at)
            energy += lamp.energy_wh(at)
            watts[phase] += power
            volt_amperes[phase] += power / lamp.pf
            warm = warm and lamp.warm_at <= at
        load = Load(
            at, energy, (watts[0], watts[1], watts[2]), (volt_amperes[0], volt_amperes[1], volt_amperes[2])
        )
        self._steady = load if warm else None
        return load


@dataclass(frozen=True, slots=True)
class CircuitSnapshot:
    """One circuit as its cabinet shows it."""

    id: str
    relay_closed: bool
    breaker_tripped: bool
    forced: bool
    voltage_v: float
    current_a: float
    power_w: float


@dataclass(frozen=True, slots=True)
class CabinetSnapshot:
    """One cabinet at one instant, in physical units."""

    id: str
    at: float
    door_open: bool
    local_mode: bool
    clock_s: int
    programme: int
    voltages_v: tuple[float, ...]
    currents_a: tuple[float, ...]
    power_w: float
    power_factor: float
    frequency_hz: float
    energy_wh: int
    circuits: tuple[CircuitSnapshot, ...]


class Cabinet:
    """One cabinet. It runs its programme alone and obeys orders until they expire."""

    def __init__(self, plan: CabinetPlan, mains: Mains, draw: Random, agenda: Agenda) -> None:
        self.plan = plan
        self.circuits = tuple(Circuit(circuit) for circuit in plan.circuits)
        self.mains = mains
        self.door_open = False
        self.local_mode = False
        self.clock_error_s = 0
        """By what the cabinet's clock is ahead of the truth."""
        self.programme = _programme(len(plan.circuits), astronomical=False)
        self._agenda = agenda
        self._wake_at: float | None = None
        self._meter_wh = draw.uniform(0, METER_RANGE_WH)
        """What the meter showed beyond the sum of its lamps' counters."""

    def clock(self, at: float) -> float:
        """What the cabinet's clock shows."""
        return at + self.clock_error_s

    def hold(self, at: float, programme: CabinetProgramme) -> None:
        """Take a programme and run it from now on."""
        self.programme = programme
        self.obey(at)

    def hold_factory(self, at: float, *, night_fed: bool) -> None:
        """Run what it came from the workshop with: all circuits permanently closed, or from dusk to dawn."""
        self.hold(at, _programme(len(self.circuits), astronomical=night_fed))

    def order(self, at: float, circuit: int, order: CircuitOrder) -> None:
        """Take an order for a circuit (from 0)."""
        self.circuits[circuit].order = order
        self.obey(at)

    def set_clock(self, at: float, shown: int) -> None:
        """Have the clock show something else."""
        self.clock_error_s = shown - int(at)
        self.obey(at)

    def open_for_work(self, at: float, dark: int) -> None:
        """A technician opens the door, turns the key to local and switches one circuit (from 0) off."""
        self.door_open = self.local_mode = True
        self.circuits[dark].switch(at, relay_closed=False)

    def close_after_work(self, at: float) -> None:
        """Key back to automatic, door shut."""
        self.door_open = self.local_mode = False
        self.obey(at)

    def obey(self, at: float) -> None:
        """Put each relay where key, order or programme want it, and remember when that changes."""
        now = self.clock(at)
        changes = [self.programme.next_change(now)]
        for number, circuit in enumerate(self.circuits):
            if circuit.order.until <= now:
                circuit.order = AUTOMATIC
            else:
                changes.append(circuit.order.until)
            if not self.local_mode:
                wanted = {"auto": self.programme.is_closed(number, now), "on": True, "off": False}
                circuit.switch(at, relay_closed=wanted[circuit.order.command])
        next_change = min((change for change in changes if change is not None), default=None)
        if next_change is None:
            self._wake_at = None
            return
        self._wake_at = max(next_change - self.clock_error_s, at) + SWITCHING_S
        self._agenda.at(self._wake_at, self._wake)

    def _wake(self, at: float) -> None:
        if at == self._wake_at:
            self.obey(at)

    def snapshot(self, at: float) -> CabinetSnapshot:
        """What its instruments show."""
        loads = [circuit.load(at) for circuit in self.circuits]
        volts = tuple(self.mains.voltage(phase, at) for phase in range(len(PHASES)))
        factor = self.mains.meter_factor(at)
        apparent = [factor * sum(load.volt_amperes[phase] for load in loads) for phase in range(len(PHASES))]
        power = factor * sum(sum(load.watts) for load in loads)
        energy = self._meter_wh + sum(load.energy_wh for load in loads)
        return CabinetSnapshot(
            id=self.plan.id,
            at=at,
            door_open=self.door_open,
            local_mode=self.local_mode,
            clock_s=int(self.clock(at)),
            programme=self.programme.hash,
            voltages_v=volts,
            currents_a=tuple(va / v for va, v in zip(apparent, volts, strict=True)),
            power_w=power,
            power_factor=power / sum(apparent) if sum(apparent) else 1.0,
            frequency_hz=self.mains.frequency(at),
            energy_wh=int(energy) % METER_RANGE_WH,
            circuits=tuple(
                CircuitSnapshot(
                    id=circuit.plan.id,
                    relay_closed=circuit.relay_closed,
                    breaker_tripped=circuit.breaker_tripped,
                    forced=circuit.order is not AUTOMATIC,
                    voltage_v=volts[0] if circuit.live else 0.0,
                    current_a=factor * sum(va / v for va, v in zip(load.volt_amperes, volts, strict=True)),
                    power_w=factor * sum(load.watts),
                )
                for circuit, load in zip(self.circuits, loads, strict=True)
            ),
        )


def _programme(circuits: int, *, astronomical: bool) -> CabinetProgramme:
    place = Place(SITE.latitude, SITE.longitude, 60, summer_time=True)
    modes = (CircuitMode(astronomical=astronomical),) * circuits
    return CabinetProgramme(place, modes, NIGHT_FED_HASH if astronomical else 0)
