"""The controller in each luminaire: keeps a programme, obeys orders until they expire, reports what it sees.

Written from docs/devices/lamp-controller.md. Times are seconds since 1970 UTC.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fake_devices.agenda import Agenda
from fake_devices.city_plan import PHASES, LampPlan
from fake_devices.draws import Noise
from fake_devices.lamp import FULL, HOUR_S, Lamp
from fake_devices.lamp_programme import LampProgramme, ProgrammeError, read_programme
from fake_devices.surroundings import Mains, air_c

PERIOD_S = 300.0
SPREAD_S = 29.0
"""A change of level is reported within this time, at random, so that a city does not speak at once."""
CLOSEST_S = 1.0
"""Two reports of one controller are never closer than this."""
BOOT_S = (1.0, 29.0)
"""Between these a controller needs from power to its first message."""
LONGEST_MESSAGE = 1024
"""Octets; longer orders and programmes are refused."""
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


class LampEvent(NamedTuple):
    """One event message, with the document's own keys."""

    lamp: str
    gateway: str
    ts: float
    seq: int
    event: str
    ref: str | None = None
    why: str | None = None


LampMessage = LampReport | LampEvent


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
        send: Callable[[LampMessage], None],
    ) -> None:
        self.plan = plan
        self.lamp = lamp
        self.programme = programme
        self.order: Order | None = None
        self._mains = mains
        self._phase = PHASES.index(plan.phase)
        self._noise = noise
        self._agenda = agenda
        self._send = send
        self._seq = 0
        self._report_phase = noise.share() * PERIOD_S
        self._awake = False
        self._boot_at: float | None = None
        self._switch_at: float | None = None
        self._change_report_at: float | None = None
        self._period_report_at: float | None = None
        self._last_report = 0.0

    def power_returns(self, at: float) -> None:
        """The circuit is live: the lamp does what the programme says, the controller speaks once it has booted."""
        self.lamp.change(at, live=True)
        self._follow(at)
        least, most = BOOT_S
        self._boot_at = at + least + (most - least) * self._noise.share()
        self._agenda.at(self._boot_at, self._boot)

    def power_goes(self, at: float) -> None:
        """The circuit is dead: so is the controller. It forgets its order and keeps its programme."""
        self.lamp.change(at, live=False, level=0.0)
        self.order = None
        self._awake = False
        self._boot_at = self._switch_at = self._change_report_at = self._period_report_at = None

    def receive_order(self, at: float, payload: bytes) -> None:
        """A message on the order topic."""
        if not self._awake:
            return
        reference = None
        try:
            document = _document(payload)
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
        reference = None
        try:
            document = _document(payload)
            named = document.get("hash")
            reference = named[:LONGEST_ID] if isinstance(named, str) else None
            self.programme = read_programme(document)
        except (OrderError, ProgrammeError) as refusal:
            self._tell(at, "programme_refused", reference, str(refusal))
            return
        self._tell(at, "programme_accepted", reference)
        self._follow(at)

    def _follow(self, at: float) -> None:
        """Take the level that order or programme ask for now, and remember when that changes."""
        if self.order is not None and self.order.until <= at:
            self.order = None
        if self.order is not None:
            level, self._switch_at = self.order.level, self.order.until
        else:
            level, self._switch_at = self.programme.level_at(at), self.programme.next_change(at)
        if self._switch_at is not None:
            self._agenda.at(self._switch_at, self._switch)
        if level != self.lamp.level:
            self.lamp.change(at, level=level)
            if self._awake and self._change_report_at is None:
                self._change_report_at = at + SPREAD_S * self._noise.share()
                self._agenda.at(self._change_report_at, self._report_change)

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
        next_period = at + (self._report_phase - at) % PERIOD_S
        self._period_report_at = next_period if next_period > at else at + PERIOD_S
        self._agenda.at(self._period_report_at, self._report_period)

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

    def _report_period(self, at: float) -> None:
        if at != self._period_report_at:
            return
        self._period_report_at = at + PERIOD_S
        self._agenda.at(self._period_report_at, self._report_period)
        if at - self._last_report >= CLOSEST_S:
            self._report(at)

    def _report(self, at: float, source: str | None = None) -> None:
        lamp, order = self.lamp, self.order
        of_voltage, of_power, of_temperature = self._noise.three()
        volts = self._mains.voltage(self._phase, at) + VOLTAGE_NOISE_V * of_voltage
        watts = lamp.power_w(at) * (1 + POWER_NOISE * of_power)
        self._seq += 1
        self._last_report = at
        self._send(
            LampReport(
                self.plan.id,
                self.plan.gateway,
                round(at, 3),
                self._seq,
                lamp.level,
                source or ("programme" if order is None else "override"),
                None if order is None else order.id,
                self.programme.hash,
                round(volts, 1),
                round(watts / (volts * lamp.pf), 3),
                round(watts, 1),
                round(lamp.pf, 3),
                round(lamp.energy_wh(at), 1),
                round(lamp.burnt_s(at) / HOUR_S, 2),
                lamp.starts,
                round(air_c(at) + HEAT_C_PER_W * watts + TEMPERATURE_NOISE_C * of_temperature, 1),
            )
        )

    def _tell(self, at: float, event: str, reference: str | None = None, why: str | None = None) -> None:
        self._seq += 1
        self._send(LampEvent(self.plan.id, self.plan.gateway, round(at, 3), self._seq, event, reference, why))


def _document(payload: bytes) -> Mapping[str, Any]:
    if len(payload) > LONGEST_MESSAGE:
        raise OrderError(f"longer than {LONGEST_MESSAGE} octets")
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
