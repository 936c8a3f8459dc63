"""Meters, judged against the lamps: hour by hour, what a cabinet counted beside what its lamps say they drew."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from city.counters import grown
from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind, Metric, Reading
from city.symptoms import Symptom
from lighting.cabinets import CabinetWatch
from lighting.faults import LampWatch
from lighting.feeders import CircuitWatch
from lighting.inventory import Cabinet
from lighting.meters import METER_SPAN_WH, MOST_OF_NOMINAL, most_cabinet_w
from lighting.rules import RULES

HOUR = timedelta(hours=1)
DRIFT = 0.15
"""A meter that is off by more drifts (SLM: 15 % of the energy) …"""
WELL = 0.10
"""… and by less than this it is well again."""
AVAILABLE = 0.7
"""Of the lamps, weighted by their power, must have spoken for an hour to count (SLM: 70 % of the data)."""
BURNING = 0.15
"""An hour in which the lamps drew less than this share of their full power is not judged."""
ALIKE = 1.2
"""A drifting meter is off by the same share at every load, give or take this; another load on the circuit is not …"""
LOADS_APART = 1.3
"""… which shows only if the heaviest hour drew so many times what the lightest did."""
HOURS = 5
"""So many judged hours in a row are looked at together."""
PERIODS = 3
"""A lamp whose last word is older than so many of its periods is not counted."""


class _Mark(NamedTuple):
    """What was read at the end of an hour."""

    at: datetime
    meter_wh: float
    lamps_wh: dict[str, float]


class _Hour(NamedTuple):
    lamps_wh: float
    ratio: float


class MeterWatch:
    """One cabinet's meter. Only a share that is wrong alike at all loads is held against it: garlands come and go."""

    __slots__ = ("_cabinet", "_circuits", "_hours", "_lamps", "_mark", "_most_w", "_nominal_w",
                 "_period", "_span_wh", "drift")  # fmt: skip

    def __init__(
        self,
        cabinet: CabinetWatch,
        circuits: Sequence[CircuitWatch],
        lamps: Sequence[LampWatch],
        period: timedelta,
        feeding: Cabinet,
        span_wh: float | None = METER_SPAN_WH,
    ) -> None:
        """Watch.

        Args:
            cabinet: what is known of it otherwise.
            circuits: those it feeds.
            lamps: those on them.
            period: how often a powered lamp reports.
            feeding: the cabinet in the inventory.
            span_wh: where its meter wraps; None: nowhere.
        """
        self._cabinet = cabinet
        self._circuits = circuits
        self._lamps = lamps
        self._period = period
        self._nominal_w = sum(lamp.point.lamp_type.nominal_w for lamp in lamps)
        self._most_w = most_cabinet_w(self._nominal_w, feeding)
        self._span_wh = span_wh
        self._mark: _Mark | None = None
        self._hours: list[_Hour] = []
        self.drift = Symptom(Cause.METER_DRIFT, cabinet.id, DeviceKind.CABINET, RULES[Cause.METER_DRIFT])

    def observe(self, reading: Reading) -> Iterator[Finding]:
        """Take what the meter shows; once an hour it is judged."""
        at, meter_wh = reading.at, reading.values.get(Metric.ENERGY)
        if meter_wh is None or not self._lamps:
            return
        mark = self._mark
        if mark is not None and at - mark.at < HOUR and at.hour == mark.at.hour:
            if self._is_disturbed(at):
                self._mark = None
            return
        self._mark = None if self._is_disturbed(at) else _Mark(at, meter_wh, self._lamps_wh(at))
        if mark is not None and self._mark is not None:
            yield from self._judge(mark, self._mark)

    def _is_disturbed(self, at: datetime) -> bool:
        """Whether meter and lamps cannot be compared: something is without power, or people are at work."""
        cabinet = self._cabinet
        if cabinet.unsettled(at) or cabinet.supply.present or any(p.present for p in cabinet.phases.values()):
            return True
        return any(circuit.is_down for circuit in self._circuits)

    def _lamps_wh(self, at: datetime) -> dict[str, float]:
        """The counters of all lamps that have spoken of late, carried on to an instant by their power."""
        return {
            lamp.point.id: lamp.energy_wh + lamp.watts * (at - lamp.seen_at).total_seconds() / 3_600
            for lamp in self._lamps
            if lamp.energy_wh is not None and at - lamp.seen_at <= PERIODS * self._period
        }

    def _judge(self, begin: _Mark, end: _Mark) -> Iterator[Finding]:
        hours = (end.at - begin.at) / HOUR
        drawn = {
            lamp.point.id: end.lamps_wh[lamp.point.id] - begin.lamps_wh[lamp.point.id]
            for lamp in self._lamps
            if lamp.point.id in end.lamps_wh and lamp.point.id in begin.lamps_wh
        }
        sane = {
            lamp.point.id: lamp.point.lamp_type.nominal_w
            for lamp in self._lamps
            if 0 <= drawn.get(lamp.point.id, -1.0) <= MOST_OF_NOMINAL * lamp.point.lamp_type.nominal_w * hours
        }
        heard = sum(sane.values()) / self._nominal_w
        lamps_wh = sum(drawn[name] for name in sane)
        meter_wh = grown(begin.meter_wh, end.meter_wh, self._most_w * hours, self._span_wh)
        if heard < AVAILABLE or lamps_wh < BURNING * heard * self._nominal_w * hours or meter_wh is None:
            return
        self._hours = [*self._hours, _Hour(lamps_wh / heard / hours, heard * meter_wh / lamps_wh)][-HOURS:]
        yield from self._conclude(end.at, meter_wh, lamps_wh / heard)

    def _conclude(self, at: datetime, meter_wh: float, lamps_wh: float) -> Iterator[Finding]:
        ratios = [hour.ratio for hour in self._hours]
        off = [abs(ratio - 1) for ratio in ratios]
        loads = [hour.lamps_wh for hour in self._hours]
        alike = max(off) <= ALIKE * min(off)
        shows = len(ratios) == HOURS and min(off) > DRIFT and alike and max(loads) > LOADS_APART * min(loads)
        figures = {"meter_wh": meter_wh, "lamps_wh": round(lamps_wh, 1), "ratio": round(ratios[-1], 3)}
        if shows or (self.drift.present and off[-1] < WELL):
            rule = "meter_against_lamps" if shows else "answered"
            finding = self.drift.observe(Evidence(rule, at, figures), shows=shows)
            if finding is not None:
                yield finding
