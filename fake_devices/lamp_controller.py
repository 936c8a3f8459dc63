"""The controller in each luminaire: keeps a programme, obeys orders until they expire, reports what it sees.

Written from docs/devices/lamp-controller.md. Times are seconds since 1970 UTC.
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from fake_devices.agenda import Agenda
from fake_devices.city_plan import PHASES, LampPlan
from fake_devices.draws import Noise
from fake_devices.lamp import FULL, WHOLE, Lamp
from fake_devices.lamp_document import LONGEST_PROGRAMME, ProgrammeError, read_programme
from fake_devices.lamp_programme import LampProgramme, factory_programme
from fake_devices.surroundings import Mains, air_c

SPREAD_S = 29.0
"""A change of level is reported within this time, at random, so that a city does not speak at once."""
CLOSEST_S = 1.0
"""Two reports of one controller are never closer than this."""
BOOT_S = (1.0, 29.0)
"""Between these a controller needs from power to its first message."""
LONGEST_ORDER = 1024
"""Octets; longer ones are refused."""
DIFFERENT_PROGRAMMES = 64
"""So many are kept read: a city's controllers mostly hold the same few."""
SHORTEST_S = 0.001
"""No controller looks at its programme again sooner than this: its clock counts milliseconds."""
LONGEST_ID = 64
LATEST_S = 2.0**32
"""No expiry beyond the range of an unsigned 32-bit clock."""
VOLTAGE_NOISE_V = 0.3
POWER_NOISE = 0.004
TEMPERATURE_NOISE_C = 0.4
HEAT_C_PER_W = 0.12
"""How much warmer than the air a controller gets for each watt beside it."""


class LampReport(NamedTuple):
    """One telemetry message, with the document's own keys and units."""

    lamp: str
    gateway: str
    ts: float
    seq: int
    level: float
    source: str
    order: str | None
    programme: str | None
    v: float
    i: float
    w: float
    pf: float
    wh: float
    hours: float
    starts: int
    temp: float
    serial: str
    fault: str | None


class LampEvent(NamedTuple):
    """One event message, with the document's own keys."""

    lamp: str
    gateway: str
    ts: float
    seq: int
    event: str
    ref: str | None = None
    why: str | None = None


class Feeder(Protocol):
    """The cable that a luminaire hangs on."""

    drop_v: float
    """Voltage lost on the way from the cabinet, V."""


LampMessage = LampReport | LampEvent


class Carrier(Protocol):
    """The air between a controller and its gateway."""

    carry: Callable[[LampMessage], None]
    """Takes a message."""


class Order(NamedTuple):
    """An order in force."""

    id: str
    level: float
    until: float


class OrderError(ValueError):
    """An order that is not obeyed; the message is the reason."""


class LampController:
    """One controller in its luminaire."""

    def __init__(
        self,
        plan: LampPlan,
        lamp: Lamp,
        mains: Mains,
        programme: LampProgramme,
        noise: Noise,
        agenda: Agenda,
        air: Carrier,
        feeder: Feeder,
    ) -> None:
        self.plan = plan
        self.lamp = lamp
        self.programme = programme
        self.order: Order | None = None
        self.source = "programme"
        """Who moves it while no order does: its programme, or a photocell ("local")."""
        self.powered = False
        self.clock_error_s = 0.0
        """By what its clock is ahead of the truth."""
        self.serial = plan.serial
        self._mains = mains
        self._feeder = feeder
        self.phase = PHASES.index(plan.phase)
        self._noise = noise
        self._agenda = agenda
        self._air = air
        self._seq = 0
        agenda.regularly(noise.share(), self._report_regularly)
        self._awake = False
        self._boot_at: float | None = None
        self._switch_at: float | None = None
        self._change_report_at: float | None = None
        self._last_report = 0.0

    def power_returns(self, at: float) -> None:
        """The circuit is live: the lamp does what the programme says, the controller speaks once it has booted."""
        self.powered = True
        self.lamp.change(at, live=True)
        self._follow(at)
        least, most = BOOT_S
        self._boot_at = at + least + (most - least) * self._noise.share()
        self._agenda.at(self._boot_at, self._boot)

    def power_goes(self, at: float) -> None:
        """The circuit is dead: so is the controller. It forgets its order and keeps its programme."""
        self.lamp.change(at, live=False, level=0.0)
        self.order = None
        self.powered = self._awake = False
        self._boot_at = self._switch_at = self._change_report_at = None

    def receive_order(self, at: float, payload: bytes) -> None:
        """A message on the order topic."""
        if not self._awake:
            return
        reference = None
        try:
            document = _document(payload, LONGEST_ORDER)
            reference = _id(document)
            if document.get("report") is True:
                self._report_soon(at)
                return
            if document.get("resume") is True:
                self.order = None
            else:
                self.order = _order(document, at)
        except OrderError as refusal:
            self._tell(at, "order_refused", reference, str(refusal))
            return
        self._tell(at, "order_accepted", reference)
        self._follow(at)

    def receive_programme(self, at: float, payload: bytes) -> None:
        """A message on the programme topic."""
        if not self._awake:
            return
        try:
            self.programme = _programme(payload)
        except (OrderError, ProgrammeError) as refusal:
            self._tell(at, "programme_refused", _hash(payload), str(refusal))
            return
        self._tell(at, "programme_accepted", self.programme.hash)
        self._follow(at)

    def _follow(self, at: float) -> None:
        """Take the level that order or programme ask for now, and remember when that changes."""
        now = at + self.clock_error_s
        if self.order is not None and self.order.until <= now:
            self.order = None
        level, change_at = self.programme.level_at(now), self.programme.next_change(now)
        fading = self.programme.is_fading(now)
        if self.order is not None:
            level, change_at, fading = self.order.level, self.order.until, False
        elif self.source == "local":
            level, fading = FULL, False
        self._switch_at = max(change_at - self.clock_error_s, at + SHORTEST_S)
        self._agenda.at(self._switch_at, self._switch)
        if level != self.lamp.level:
            self.lamp.change(at, level=level)
            if self._awake and self._change_report_at is None and not fading:
                self._change_report_at = at + SPREAD_S * self._noise.share()
                self._agenda.at(self._change_report_at, self._report_change)

    def photocell(self, at: float, *, dark: bool) -> None:
        """Its photocell sees darkness, and lights it up; or sees light again."""
        self.source = "local" if dark else "programme"
        if self._awake:
            self._follow(at)

    def replace(self, at: float, serial: str) -> None:
        """Another controller in its place, as it comes from the workshop."""
        self.serial = serial
        self.order, self.programme = None, factory_programme()
        if self._awake:
            self._follow(at)

    def set_clock(self, at: float, error_s: float) -> None:
        """Have its clock be wrong by so much, or right again."""
        self.clock_error_s = error_s
        if self._awake:
            self._follow(at)

    def _switch(self, at: float) -> None:
        if at == self._switch_at:
            self._follow(at)

    def _boot(self, at: float) -> None:
        if at != self._boot_at:
            return
        self._awake, self._boot_at = True, None
        self._seq = -1
        self._tell(at, "boot")
        self._report(at, source="boot")

    def _report_soon(self, at: float) -> None:
        """Report at once, or as soon as two reports may follow each other; a change still to be told goes with it."""
        self._change_report_at = max(at, self._last_report + CLOSEST_S)
        if self._change_report_at > at:
            self._agenda.at(self._change_report_at, self._report_change)
        else:
            self._report_change(at)

    def _report_change(self, at: float) -> None:
        if at != self._change_report_at:
            return
        if at - self._last_report < CLOSEST_S:
            self._change_report_at = self._last_report + CLOSEST_S
            self._agenda.at(self._change_report_at, self._report_change)
            return
        self._change_report_at = None
        self._report(at)

    def _report_regularly(self, at: float) -> None:
        if self._awake and at - self._last_report >= CLOSEST_S:
            self._report(at)

    def _report(self, at: float, source: str | None = None) -> None:
        lamp, order, feeder = self.lamp, self.order, self._feeder
        of_voltage, of_power, of_temperature = self._noise.three()
        watts, energy_wh, burnt_h = lamp.figures(at)
        volts = self._mains.voltage(self.phase, at) - feeder.drop_v + VOLTAGE_NOISE_V * of_voltage
        watts *= 1 + POWER_NOISE * of_power
        self._seq += 1
        self._last_report = at
        self._air.carry(
            LampReport(
                self.plan.id,
                self.plan.gateway,
                at + self.clock_error_s,
                self._seq,
                lamp.level,
                source or (self.source if order is None else "override"),
                None if order is None else order.id,
                self.programme.hash,
                volts,
                watts / (volts * lamp.pf),
                watts,
                lamp.pf,
                energy_wh,
                burnt_h,
                lamp.starts,
                air_c(at) + HEAT_C_PER_W * watts + lamp.broken.heat_c + TEMPERATURE_NOISE_C * of_temperature,
                self.serial,
                None if lamp.broken is WHOLE else self._fault(),
            )
        )

    def _fault(self) -> str | None:
        """What it has found wrong itself: only a driver with a digital bus tells its controller."""
        broken = self.lamp.broken
        if not self.plan.lamp_type.tells:
            return None
        if broken.gear:
            return "gear"
        return "lamp" if broken.dead and self.lamp.level > 0 else None

    def _tell(self, at: float, event: str, reference: str | None = None, why: str | None = None) -> None:
        self._seq += 1
        stamp = at + self.clock_error_s
        self._air.carry(LampEvent(self.plan.id, self.plan.gateway, stamp, self._seq, event, reference, why))


@lru_cache(maxsize=DIFFERENT_PROGRAMMES)
def _programme(payload: bytes) -> LampProgramme:
    """The same object for the same message: what it makes of a night is worked out once for all who hold it."""
    return read_programme(_document(payload, LONGEST_PROGRAMME))


def _hash(payload: bytes) -> str | None:
    """What a programme that was refused calls itself."""
    try:
        named = _document(payload, LONGEST_PROGRAMME).get("hash")
    except OrderError:
        return None
    return named[:LONGEST_ID] if isinstance(named, str) else None


def _document(payload: bytes, longest: int) -> Mapping[str, Any]:
    if len(payload) > longest:
        raise OrderError(f"longer than {longest} octets")
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise OrderError("not JSON") from error
    if not isinstance(document, dict):
        raise OrderError("not a JSON object")
    return document


def _id(document: Mapping[str, Any]) -> str:
    order = document.get("id")
    if not isinstance(order, str) or not 1 <= len(order) <= LONGEST_ID:
        raise OrderError("id missing")
    return order


def _order(document: Mapping[str, Any], at: float) -> Order:
    level, until = document.get("level"), document.get("until")
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 <= level <= FULL:
        raise OrderError("level is not a number from 0 to 100")
    if isinstance(until, bool) or not isinstance(until, (int, float)) or not 0 <= until < LATEST_S:
        raise OrderError("expiry missing")
    if until <= at:
        raise OrderError("expiry in the past")
    return Order(_id(document), float(level), float(until))
