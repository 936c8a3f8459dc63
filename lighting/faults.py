"""Lamps, judged one reading at a time: dead ones, and ones that burn although they are off."""

from datetime import datetime, timedelta

from city.confirmation import Rule
from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind, Fact, Metric, Reading
from city.places import Site
from city.symptoms import Symptom
from lighting.feeders import DEAD_SHARE, PROVEN_SHARE, SUSPICION_HOLDS, CircuitWatch
from lighting.inventory import LightPoint
from lighting.power import dark_below_w, expected_power
from lighting.sun import dark_spans

LAMP_RULE = Rule(samples=2, lasting=timedelta(minutes=2), clear_samples=2, gap=SUSPICION_HOLDS)
"""Two samples of the lamp in a row; it reports every five minutes, and once more after a change of level."""

SETTLING = timedelta(seconds=30)
"""A lamp may report this long before its level is in effect (docs/devices/lamp-controller.md)."""

SUN_GUARD = timedelta(minutes=15)
"""Around sunset and sunrise clocks and photocells may differ by so much without any fault."""

FOREIGN_SOURCES = frozenset({"local", "boot"})
"""Sources of a level that no order and no programme of ours explains."""


class LampWatch:
    """One light point. A healthy lamp's reading costs a few comparisons."""

    __slots__ = (
        "_burner",
        "_changed_at",
        "_circuit",
        "_counted_w",
        "_dark_below_w",
        "_dead",
        "_dead_below_w",
        "_expected_w",
        "_generation",
        "_lamp_type",
        "_level",
        "_seen_at",
        "_settling",
        "_site",
    )

    def __init__(self, point: LightPoint, circuit: CircuitWatch, site: Site) -> None:
        self._lamp_type = point.lamp_type
        self._circuit = circuit
        self._site = site
        self._dead = Symptom(Cause.LAMP_DEAD, point.id, DeviceKind.LAMP, LAMP_RULE)
        self._burner = Symptom(Cause.DAY_BURNER, point.id, DeviceKind.LAMP, LAMP_RULE)
        self._dark_below_w = dark_below_w(point.lamp_type)
        self._settling = max(SETTLING, timedelta(seconds=point.lamp_type.warm_up_s))
        self._seen_at: datetime | None = None
        self._changed_at: datetime | None = None
        self._level: float | None = None
        self._expected_w = 0.0
        self._dead_below_w = 0.0
        self._counted_w = 0.0
        self._generation = 0

    def symptom(self, cause: Cause) -> Symptom:
        """The symptom of one of its two causes."""
        return self._burner if cause is Cause.DAY_BURNER else self._dead

    def observe(self, reading: Reading) -> Finding | None:
        """Take what the lamp said; a reading that is not newer than the last is ignored."""
        at, values = reading.at, reading.values
        if self._seen_at is not None and at <= self._seen_at:
            return None
        level, power = values.get(Metric.LEVEL), values.get(Metric.POWER)
        if level is None or power is None:
            self._heard_event(reading)
            return None
        changed = self._note_level(at, level)
        if level > 0:
            symptom, other = self._dead, self._burner
            shows = power < self._dead_below_w
            proven = power >= PROVEN_SHARE * self._expected_w
        else:
            symptom, other = self._burner, self._dead
            shows = power > self._dark_below_w
            proven = not shows
        if not (shows or symptom.present or other.suspected):
            return None
        evidence = Evidence(
            f"{symptom.cause.value}_power",
            at,
            {"power_w": power, "expected_w": round(self._expected_w, 1), "level_pct": level},
        )
        if other.suspected:
            return other.drop(evidence)
        if changed:
            return None
        if self._must_wait(reading, lit=level > 0):
            return symptom.drop(evidence)
        if symptom.confirmed and not shows and not proven:
            return None
        return symptom.observe(evidence, shows=shows)

    def _heard_event(self, reading: Reading) -> None:
        """An event: a lamp that has just booted lights up anew."""
        self._circuit.heard_lamp(reading.at, 0.0)
        if reading.facts.get(Fact.EVENT) == "boot":
            self._changed_at = max(reading.at, self._changed_at or reading.at)

    def _note_level(self, at: datetime, level: float) -> bool:
        """Remember the level and since when; whether it is too early to judge the power."""
        self._seen_at = at
        circuit = self._circuit
        changed = level != self._level
        if changed:
            self._changed_at, self._level = at, level
            self._expected_w = expected_power(self._lamp_type, level)
            self._dead_below_w = max(self._dark_below_w, DEAD_SHARE * self._expected_w)
        if self._generation != circuit.generation:
            self._generation, self._counted_w = circuit.generation, 0.0
        circuit.heard_lamp(at, self._expected_w - self._counted_w)
        self._counted_w = self._expected_w
        if changed or (self._changed_at is not None and at - self._changed_at < self._settling):
            return True
        return circuit.closed_since is not None and at - circuit.closed_since < self._settling

    def _must_wait(self, reading: Reading, *, lit: bool) -> bool:
        """Whether something other than the lamp may explain what it shows."""
        if self._circuit.leaves_lamps_alone(reading.at):
            return True
        if reading.facts.get(Fact.SOURCE) in FOREIGN_SOURCES:
            return True
        return not lit and _is_near_sun_edge(reading.at, self._site)


def _is_near_sun_edge(at: datetime, site: Site) -> bool:
    edges = [edge for span in dark_spans(at, at, site) for edge in (span.sunset, span.sunrise)]
    return any(abs(at - edge) < SUN_GUARD for edge in edges if edge is not None)
