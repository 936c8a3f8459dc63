"""Lamps, judged one reading at a time: everything that a luminaire and its controller may have."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind, Fact, Metric, Reading
from city.places import Site
from city.symptoms import Symptom
from lighting.feeders import CircuitWatch
from lighting.inventory import Feed, LampType, LightPoint
from lighting.lamp_power import UNDECIDED, WELL, LampPower, Onset, Verdict
from lighting.power import power_factor_limit
from lighting.quorum import Quorum
from lighting.rules import COOL_C, CRITICAL_C, PROVEN_SHARE, RULES, SAG_OVER_V, SAG_V, SWELL_OVER_V, SWELL_V
from lighting.starts import Starts
from lighting.sun import dark_spans

SETTLING = timedelta(seconds=30)
"""A lamp may report this long before its level is in effect (docs/devices/lamp-controller.md)."""

SUN_GUARD = timedelta(minutes=15)
"""Around sunset and sunrise clocks and photocells may differ by so much without any fault."""

FOREIGN_SOURCES = frozenset({"local", "boot"})
"""Sources of a level that no order and no programme of ours explains."""

_LEVEL, _POWER, _VOLTAGE, _TEMPERATURE = Metric.LEVEL, Metric.POWER, Metric.VOLTAGE, Metric.TEMPERATURE
_FACTOR, _STARTS, _ENERGY = Metric.POWER_FACTOR, Metric.STARTS, Metric.ENERGY
_SERIAL, _FAULT, _SOURCE = Fact.SERIAL, Fact.FAULT, Fact.SOURCE
# Named once: on Python 3.11 looking up a member of an enumeration costs more than looking up its value.

LONG_AGO = datetime.min.replace(tzinfo=UTC)

NOMINAL_V, COOL_ENOUGH_C = 230.0, 0.0
"""Stand for what a controller does not measure."""

_OF_POWER = frozenset(
    {
        Cause.LAMP_DEAD,
        Cause.DRIVER_FAULT,
        Cause.LED_STRING_OUT,
        Cause.HIGH_POWER,
        Cause.DIMMING_STUCK,
        Cause.WRONG_LAMP_TYPE,
    }
)
"""A lit lamp's power shows one of these at most."""
_DARK = frozenset({Cause.LAMP_DEAD, Cause.DRIVER_FAULT})
_OF_TYPE = frozenset({Cause.LED_STRING_OUT, Cause.HIGH_POWER, Cause.WRONG_LAMP_TYPE})
"""What shows on most lamps of one type is a mistake about the type."""

_OWN_WORD = frozenset({Cause.CONTROLLER_SWAPPED, Cause.CYCLING, Cause.CONTROLLER_SILENT})
"""What a controller's word proves whatever its feed may do."""


class LampWatch:
    """One light point. A healthy lamp's reading costs a few comparisons."""

    __slots__ = ("_booted_at", "_counted_w", "_feeds_by_day", "_generation", "_groups", "_judged_at", "_odd",
                 "_pf_limit", "_power", "_ready_from", "_serial", "_site", "_starts", "_symptoms", "_type_group",
                 "circuit", "energy_wh", "heard_at", "point", "seen_at", "watts")  # fmt: skip

    def __init__(
        self,
        point: LightPoint,
        circuit: CircuitWatch,
        site: Site,
        types: Collection[LampType],
        type_group: Quorum | None = None,
    ) -> None:
        """``types`` are all that stand in the city; ``type_group`` watches all lamps of this one's type."""
        self.point = point
        self.circuit = circuit
        self.seen_at = LONG_AGO
        """Sampling time of its last telemetry."""
        self.heard_at = LONG_AGO
        """The same of anything that it has said."""
        self.watts = 0.0
        self.energy_wh: float | None = None
        self._site = site
        self._power = LampPower(point.lamp_type, [each for each in types if each != point.lamp_type])
        self._type_group = type_group
        self._feeds_by_day = circuit.circuit.feed is Feed.PERMANENT
        self._symptoms: dict[Cause, Symptom] = {}
        self._groups: set[Quorum] = set()
        """Those in which it is counted."""
        self._odd = False
        """Whether it has a symptom, or is counted in a group."""
        self._starts = Starts()
        self._serial = point.serial or None
        self._pf_limit = 0.0
        self._ready_from = self._judged_at = self._booted_at = LONG_AGO
        self._counted_w = 0.0
        self._generation = 0

    def symptom(self, cause: Cause) -> Symptom:
        """The symptom of one of its causes; one that was never seen begins here."""
        known = self._symptoms.get(cause)
        if known is None:
            known = self._symptoms[cause] = Symptom(cause, self.point.id, DeviceKind.LAMP, RULES[cause])
            self._odd = True
        return known

    @property
    def silent(self) -> Symptom | None:
        """Its silence, if it was ever noticed."""
        return self._symptoms.get(Cause.CONTROLLER_SILENT)

    def observe(self, reading: Reading) -> Sequence[Finding]:
        """Take what the lamp said; a reading that is not newer than the last is ignored."""
        at, values = reading.at, reading.values
        if at <= self.seen_at:
            return ()
        level, watts = values.get(_LEVEL), values.get(_POWER)
        if level is None or watts is None:
            self._hear_event(reading)
            return ()
        power, circuit = self._power, self.circuit
        facts = reading.facts
        if (
            level == power.level
            and power.low_w <= watts <= power.high_w
            and not self._odd
            and at >= self._ready_from
            and circuit.generation == self._generation
            and SAG_OVER_V <= values.get(_VOLTAGE, NOMINAL_V) <= SWELL_OVER_V
            and values.get(_TEMPERATURE, COOL_ENOUGH_C) <= COOL_C
            and values.get(_FACTOR, 1.0) >= self._pf_limit
            and values.get(_STARTS) == self._starts.count
            and facts.get(_SERIAL) == self._serial
            and _FAULT not in facts
            and facts.get(_SOURCE) != "boot"
        ):
            self.seen_at = self.heard_at = at
            if level:
                self._judged_at = at
            self.watts, self.energy_wh = watts, values.get(_ENERGY)
            circuit.lamp_at = at
            return ()
        return list(self._look(reading, level, watts))

    def _hear_event(self, reading: Reading) -> None:
        """An event: a lamp that has just booted lights up anew."""
        self.heard_at = max(reading.at, self.heard_at)
        self.circuit.heard_lamp(reading.at, 0.0)
        if reading.facts.get(Fact.EVENT) == "boot":
            self._boot(reading.at)

    def _boot(self, at: datetime) -> None:
        self._booted_at = max(at, self._booted_at)
        self._ready_from = max(self._ready_from, at + self._settling)
        self._starts.excuse()

    @property
    def _settling(self) -> timedelta:
        return max(SETTLING, timedelta(seconds=self.point.lamp_type.warm_up_s))

    def _look(self, reading: Reading, level: float, watts: float) -> Iterator[Finding]:
        """What a reading shows that is not plainly well."""
        at, values, facts = reading.at, reading.values, reading.facts
        changed = self._note_state(at, level, facts)
        evidence = self._evidence(at, values)
        yield from self._count_starts(values, evidence, lit=level > 0)
        yield from self._judge_serial(facts, evidence)
        yield from self._drop_of_other_state(evidence, lit=level > 0)
        if self._must_wait(at, facts, lit=level > 0):
            yield from self._drop(evidence, frozenset(self._symptoms) - _OWN_WORD)
        elif not changed:
            yield from self._judge_light(level, watts, values, facts, evidence)
            yield from self._judge_voltage(values, evidence)
            yield from self._judge_temperature(values, evidence)
        self.watts, self.energy_wh = watts, values.get(Metric.ENERGY)
        self._symptoms = {cause: each for cause, each in self._symptoms.items() if each.present}
        self._odd = bool(self._symptoms or self._groups)

    def _note_state(self, at: datetime, level: float, facts: Mapping[Fact, str]) -> bool:
        """Remember the level and since when; whether it is too early to judge."""
        self.seen_at, circuit, power = at, self.circuit, self._power
        self.heard_at = max(at, self.heard_at)
        if facts.get(Fact.SOURCE) == "boot":
            self._boot(at)
        changed = level != power.level
        if changed:
            if level > 0 and not power.level:
                self._starts.excuse()
            power.set_level(level)
            self._pf_limit = power_factor_limit(self.point.lamp_type, level)
            self._ready_from = max(self._ready_from, at + self._settling)
        if self._generation != circuit.generation:
            self._generation, self._counted_w = circuit.generation, 0.0
            self._starts.excuse()
        circuit.heard_lamp(at, power.expected_w - self._counted_w)
        self._counted_w = power.expected_w
        if changed or at < self._ready_from:
            return True
        return circuit.closed_since is not None and at - circuit.closed_since < self._settling

    def _must_wait(self, at: datetime, facts: Mapping[Fact, str], *, lit: bool) -> bool:
        """Whether something other than the lamp may explain what it shows."""
        if self.circuit.leaves_lamps_alone(at, self.point.phase) or facts.get(Fact.SOURCE) in FOREIGN_SOURCES:
            return True
        return not lit and _is_near_sun_edge(at, self._site)

    def _judge_light(
        self,
        level: float,
        watts: float,
        values: Mapping[Metric, float],
        facts: Mapping[Fact, str],
        evidence: Evidence,
    ) -> Iterator[Finding]:
        if level <= 0:
            shows = watts > self._power.dark_w
            yield from self._follow(Cause.DAY_BURNER, "day_burner_power", evidence, shows=shows)
            return
        if not watts >= 0:  # NaN too: nothing can be told
            return
        verdict = self._power.judge(
            watts, values.get(Metric.POWER_FACTOR), facts.get(Fact.FAULT), self._onset()
        )
        yield from self._judge_power(verdict, watts, evidence)
        if verdict.cause not in _DARK:
            yield from self._judge_power_factor(values, evidence)
        if verdict is WELL:
            self._judged_at = evidence.at

    def _onset(self) -> Onset:
        """What lies between the last good sample and this one."""
        if not self._feeds_by_day:
            closed = self.circuit.closed_since
            powered = closed is not None and closed > self._judged_at
            return Onset.POWERED if powered or self._booted_at > self._judged_at else Onset.BURNING
        return Onset.INTERRUPTED if self._booted_at > self._judged_at else Onset.BURNING

    def _judge_power(self, verdict: Verdict, watts: float, evidence: Evidence) -> Iterator[Finding]:
        if verdict is UNDECIDED:
            return
        if verdict.cause is not None:
            yield from self._drop(evidence, _OF_POWER - {verdict.cause})
            yield from self._raise_or_group(
                verdict.cause, verdict.rule, self._group_of(verdict.cause, evidence.at), evidence
            )
            return
        yield from self._leave_groups(evidence)
        for cause in _OF_POWER & self._symptoms.keys():
            if cause not in _DARK or watts >= PROVEN_SHARE * self._power.expected_w:
                yield from self._follow(cause, "burned_correctly", evidence, shows=False)

    def _group_of(self, cause: Cause, at: datetime) -> Quorum | None:
        """Who else would show it, were it not the lamp's own: its type, or a circuit whose cabinet is silent."""
        if cause in _OF_TYPE:
            return self._type_group
        return self.circuit.dark if cause in _DARK and not self.circuit.is_fresh(at) else None

    def _raise_or_group(
        self, cause: Cause, rule: str, group: Quorum | None, evidence: Evidence
    ) -> Iterator[Finding]:
        """A symptom is the lamp's own, unless most of its circuit or of its type show it."""
        if group is not None:
            self._groups.add(group)
            if (finding := group.note(self.point.id, evidence, shows=True)) is not None:
                yield finding
            if group.reached:
                yield from self._drop(evidence, frozenset({cause}))
                return
        yield from self._follow(cause, rule, evidence, shows=True)

    def _leave_groups(self, evidence: Evidence, group: Quorum | None = None) -> Iterator[Finding]:
        """It shows nothing any more that a group counts; ``group`` is the only one meant, if given."""
        for each in self._groups & ({group} if group else self._groups):
            self._groups.discard(each)
            if (finding := each.note(self.point.id, evidence, shows=False)) is not None:
                yield finding

    def _judge_power_factor(self, values: Mapping[Metric, float], evidence: Evidence) -> Iterator[Finding]:
        factor = values.get(Metric.POWER_FACTOR)
        if factor is not None and self._pf_limit > 0:
            shows = factor < self._pf_limit
            yield from self._follow(Cause.LOW_POWER_FACTOR, "power_factor_below_curve", evidence, shows=shows)

    def _judge_voltage(self, values: Mapping[Metric, float], evidence: Evidence) -> Iterator[Finding]:
        volts = values.get(Metric.VOLTAGE)
        if volts is None:
            return
        sag = self.circuit.sag
        if volts < SAG_V and not self.circuit.cabinet.sags:
            yield from self._raise_or_group(Cause.VOLTAGE_SAG, "voltage_low", sag, evidence)
        elif volts > SAG_OVER_V:
            yield from self._leave_groups(evidence, sag)
            yield from self._follow(Cause.VOLTAGE_SAG, "voltage_low", evidence, shows=False)
        if volts > SWELL_V or volts < SWELL_OVER_V:
            yield from self._follow(Cause.VOLTAGE_HIGH, "voltage_high", evidence, shows=volts > SWELL_V)

    def _judge_temperature(self, values: Mapping[Metric, float], evidence: Evidence) -> Iterator[Finding]:
        celsius = values.get(Metric.TEMPERATURE)
        if celsius is not None and (celsius > CRITICAL_C or celsius < COOL_C):
            shows = celsius > CRITICAL_C
            yield from self._follow(Cause.OVER_TEMPERATURE, "temperature_critical", evidence, shows=shows)

    def _judge_serial(self, facts: Mapping[Fact, str], evidence: Evidence) -> Iterator[Finding]:
        serial = facts.get(Fact.SERIAL)
        if self._serial is None:
            self._serial = serial
        elif serial is not None:
            shows = serial != self._serial
            yield from self._follow(Cause.CONTROLLER_SWAPPED, "serial_changed", evidence, shows=shows)

    def _count_starts(
        self, values: Mapping[Metric, float], evidence: Evidence, *, lit: bool
    ) -> Iterator[Finding]:
        count = values.get(Metric.STARTS)
        if count is None:
            return
        at = evidence.at
        started = self._starts.observe(at, count)
        if started:
            self._booted_at = at
            # It has burned in between: two dark samples around a start are no dead lamp.
            yield from self._drop(evidence, _DARK)
            if self._starts.cycles(at):
                yield from self._follow(Cause.CYCLING, "starts_counted", evidence, shows=True)
        elif Cause.CYCLING in self._symptoms and lit:
            yield from self._follow(Cause.CYCLING, "burned_correctly", evidence, shows=False)
            if not self._symptoms[Cause.CYCLING].present:
                self._starts.forget()

    def _follow(self, cause: Cause, rule: str, evidence: Evidence, *, shows: bool) -> Iterator[Finding]:
        if not shows and cause not in self._symptoms:
            return
        named = Evidence(rule if shows else "burned_correctly", evidence.at, evidence.figures)
        finding = self.symptom(cause).observe(named, shows=shows)
        if finding is not None:
            yield finding

    def _drop_of_other_state(self, evidence: Evidence, *, lit: bool) -> Iterator[Finding]:
        """Doubts about a lit lamp do not outlive its light, nor those about a dark one the dark."""
        other = frozenset({Cause.DAY_BURNER}) if lit else _OF_POWER | {Cause.LOW_POWER_FACTOR}
        yield from self._drop(evidence, other)

    def _drop(self, evidence: Evidence, causes: frozenset[Cause]) -> Iterator[Finding]:
        """Let go of suspicions that can no longer be judged; what is confirmed stays."""
        for cause in causes & self._symptoms.keys():
            if (finding := self._symptoms[cause].drop(evidence)) is not None:
                yield finding

    def _evidence(self, at: datetime, values: Mapping[Metric, float]) -> Evidence:
        power = self._power
        figures = {
            "power_w": values.get(Metric.POWER, 0.0),
            "expected_w": round(power.expected_w, 1),
            "level_pct": values.get(Metric.LEVEL, 0.0),
        }
        for metric in (Metric.VOLTAGE, Metric.POWER_FACTOR, Metric.TEMPERATURE, Metric.STARTS):
            if metric in values:
                figures[metric.value] = values[metric]
        return Evidence("", at, figures)


def _is_near_sun_edge(at: datetime, site: Site) -> bool:
    edges = [edge for span in dark_spans(at, at, site) for edge in (span.sunset, span.sunrise)]
    return any(abs(at - edge) < SUN_GUARD for edge in edges if edge is not None)
