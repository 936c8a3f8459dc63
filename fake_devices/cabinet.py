"""The physics of a street cabinet: relays, breakers, the key switch, and a meter that sums its lamps."""

from collections.abc import Sequence
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
        self.relay_asked = True
        """Where key, order or programme want the relay."""
        self.relay_stuck: bool | None = None
        """Closed or open for good, whatever is asked; None: it moves."""
        self.breaker_tripped = False
        self.order = AUTOMATIC
        self.fed = [True] * len(PHASES)
        """Phases that have voltage before the breaker."""
        self.drop_v = 0.0
        """Voltage lost in its cable, V."""
        self._other_w = 0.0
        self._other_wh = 0.0
        self._other_at = 0.0
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
        """Ask the relay to move, or move the breaker; lamps lose or regain their power."""
        self.relay_asked = self.relay_asked if relay_closed is None else relay_closed
        self.relay_closed = self.relay_asked if self.relay_stuck is None else self.relay_stuck
        self.breaker_tripped = self.breaker_tripped if breaker_tripped is None else breaker_tripped
        self.feed(at)

    def feed(self, at: float) -> None:
        """Give each lamp its power, or take it, as relay, breaker and phases are now."""
        live, fed = self.live, self.fed
        for lamp in self.lamps:
            powered = live and fed[lamp.phase]
            if powered and not lamp.powered:
                lamp.power_returns(at)
            elif lamp.powered and not powered:
                lamp.power_goes(at)

    def other_load(self, at: float, watts: float) -> None:
        """Something that is no lamp draws so much from now on: a garland, a market stall."""
        self._other_wh, self._other_at = self._others_wh(at), at
        self._other_w = watts

    def _others_wh(self, at: float) -> float:
        return self._other_wh + self._other_w * (at - self._other_at) / 3_600

    def load(self, at: float) -> Load:
        """The sum of what hangs on it. While no lamp changes or warms up, power is constant and energy a line."""
        lamps = self._lamps_load(at)
        if not self._other_at:
            return lamps
        others = self._other_w if self.live else 0.0
        first, *rest = lamps.watts
        first_va, *rest_va = lamps.volt_amperes
        return Load(
            at,
            lamps.energy_wh + self._others_wh(at),
            (first + others, rest[0], rest[1]),
            (first_va + others, rest_va[0], rest_va[1]),
        )

    def _lamps_load(self, at: float) -> Load:
        steady = self._steady
        if steady is not None:
            drawn = sum(steady.watts) * (at - steady.at) / 3_600
            return Load(at, steady.energy_wh + drawn, steady.watts, steady.volt_amperes)
        energy, watts, volt_amperes, warm = 0.0, [0.0] * 3, [0.0] * 3, True
        for controller in self.lamps:
            lamp, phase = controller.lamp, controller.phase
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
    relay_asked: bool
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
        self.answers = True
        """Whether its controller can be reached."""
        self._agenda = agenda
        self._wake_at: float | None = None
        self._meter_share = 1.0
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

    def supply(self, at: float, absent: Sequence[int], *, back: bool = False) -> None:
        """Phases (from 0) of the network go, or come back."""
        for phase in absent:
            self.mains.absent[phase] = not back
            for circuit in self.circuits:
                circuit.fed[phase] = back
        for circuit in self.circuits:
            circuit.feed(at)

    def meter_drifts(self, at: float, share: float) -> None:
        """Have the meter show so much of what really flows from now on."""
        drawn = sum(circuit.load(at).energy_wh for circuit in self.circuits)
        self._meter_wh += (self._meter_share - share) * drawn
        self._meter_share = share

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
        factor = self._meter_share * self.mains.meter_factor(at)
        apparent = [factor * sum(load.volt_amperes[phase] for load in loads) for phase in range(len(PHASES))]
        power = factor * sum(sum(load.watts) for load in loads)
        energy = self._meter_wh + self._meter_share * sum(load.energy_wh for load in loads)
        return CabinetSnapshot(
            id=self.plan.id,
            at=at,
            door_open=self.door_open,
            local_mode=self.local_mode,
            clock_s=int(self.clock(at)),
            programme=self.programme.hash,
            voltages_v=volts,
            currents_a=tuple(_amperes(va, v) for va, v in zip(apparent, volts, strict=True)),
            power_w=power,
            power_factor=power / sum(apparent) if sum(apparent) else 1.0,
            frequency_hz=self.mains.frequency(at),
            energy_wh=int(energy) % METER_RANGE_WH,
            circuits=tuple(
                CircuitSnapshot(
                    id=circuit.plan.id,
                    relay_closed=circuit.relay_closed,
                    relay_asked=circuit.relay_asked,
                    breaker_tripped=circuit.breaker_tripped,
                    forced=circuit.order is not AUTOMATIC,
                    voltage_v=max(volts) if circuit.live else 0.0,
                    current_a=factor
                    * sum(_amperes(va, v) for va, v in zip(load.volt_amperes, volts, strict=True)),
                    power_w=factor * sum(load.watts),
                )
                for circuit, load in zip(self.circuits, loads, strict=True)
            ),
        )


def _amperes(volt_amperes: float, volts: float) -> float:
    return volt_amperes / volts if volts else 0.0


def _programme(circuits: int, *, astronomical: bool) -> CabinetProgramme:
    place = Place(SITE.latitude, SITE.longitude, 60, summer_time=True)
    modes = (CircuitMode(astronomical=astronomical),) * circuits
    return CabinetProgramme(place, modes, NIGHT_FED_HASH if astronomical else 0)
