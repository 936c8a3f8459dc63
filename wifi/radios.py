"""One radio: whether it sends, what disturbs it, and whether its counters count."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from math import isfinite

from city.confirmation import Rule
from city.counters import MOST_RADIO_OCTETS_PER_S, grown
from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind, Metric, Reading
from city.symptoms import Symptom
from wifi.load import RadioLoad, count_of, radio_load
from wifi.rules import (
    BUSY_OVER_PCT,
    BUSY_PCT,
    FEW_SHARE,
    GAP_PERIODS,
    INTERFERED_FOR,
    INTERFERED_OVER,
    INTERFERED_SAMPLES,
    JITTER,
    LOW_BPS,
    MISSES,
    NOISE_DBM,
    NOISE_OVER_DBM,
    SAME_POLL,
    UNLISTED_POLLS,
    silence_rule,
)

OCTETS = (Metric.IN_OCTETS, Metric.OUT_OCTETS)
MOVING = frozenset({Metric.CLIENTS, Metric.AIRTIME, Metric.NOISE, *OCTETS})
"""What moves while a radio is in use."""
BITS = 8
NOTHING: Mapping[Metric, float] = {}


class RadioWatch:
    """What one radio says, poll by poll."""

    __slots__ = ("_absent", "_capacity", "_gap", "_still_since", "changed_at", "first_at", "id",
                 "interference", "load", "moved_at", "off", "seen_at", "values")  # fmt: skip

    def __init__(self, radio: str, clients_per_radio: int, period: timedelta) -> None:
        """``clients_per_radio`` is how many clients it is meant for; ``period`` is how often it is polled."""
        self.id = radio
        self._capacity = clients_per_radio
        self._gap = GAP_PERIODS * period
        self.off = Symptom(Cause.RADIO_OFF, radio, DeviceKind.RADIO, silence_rule(period))
        rule = Rule(
            samples=INTERFERED_SAMPLES,
            lasting=INTERFERED_FOR - JITTER * period,
            clear_samples=INTERFERED_SAMPLES,
            clear_lasting=INTERFERED_OVER - JITTER * period,
        )
        self.interference = Symptom(Cause.INTERFERENCE, radio, DeviceKind.RADIO, rule)
        self.seen_at: datetime | None = None
        self.values = NOTHING
        self.load: RadioLoad = radio_load(radio, None, None, clients_per_radio)
        self.first_at: datetime | None = None
        self.changed_at: datetime | None = None
        """When any of its values last moved."""
        self.moved_at: datetime | None = None
        """When its octets last moved."""
        self._still_since: datetime | None = None
        self._absent = 0

    def observe(self, reading: Reading, *, excused: bool = False) -> Iterator[Finding]:
        """Take a reading; one that is not newer than the last is ignored. ``excused``: a person has it off."""
        at = reading.at
        values = {metric: value for metric, value in reading.values.items() if isfinite(value)}
        if self.seen_at is not None and at <= self.seen_at:
            return
        before, before_at = self.values, self.seen_at
        self.values, self.seen_at, self._absent = values, at, 0
        off = values.get(Metric.UP, 1.0) <= 0
        clients = values.get(Metric.CLIENTS)
        self.load = radio_load(
            self.id, count_of(clients), values.get(Metric.AIRTIME), self._capacity, sends=not off
        )
        elapsed_s = (at - before_at).total_seconds() if before_at else 0.0
        self._look_for_movement(before, elapsed_s, at)
        if not (off and excused):
            yield from _told(self.off, Evidence("reported_off" if off else "sends_again", at), shows=off)
        if not off:
            yield from self._judge_air(at, clients, self._rate_bps(before, elapsed_s))

    def unlisted(self, at: datetime) -> Iterator[Finding]:
        """Its access point was up, and did not list it."""
        self._absent += 1
        if self._absent > UNLISTED_POLLS - MISSES:
            figures = {"polls": float(self._absent)}
            yield from _told(self.off, Evidence("unlisted", at, figures), shows=True)

    def is_listed(self, polled_at: datetime) -> bool:
        """Whether it was in a poll of its access point."""
        return self.seen_at is not None and self.seen_at >= polled_at - SAME_POLL

    def let_go(self, at: datetime) -> Iterator[Finding]:
        """Its access point is down: what was only suspected of the radio cannot be judged any more."""
        self._still_since = None
        for symptom in (self.off, self.interference):
            if finding := symptom.drop(Evidence("not_known", at)):
                yield finding

    @property
    def unmoved_since(self) -> datetime | None:
        """Since when all of its values are as they are."""
        return self.changed_at or self.first_at

    def still_for(self, at: datetime) -> timedelta:
        """For how long its octets have not moved although it has clients."""
        return at - self._still_since if self._still_since else timedelta()

    def _look_for_movement(self, before: Mapping[Metric, float], elapsed_s: float, at: datetime) -> None:
        values, gap = self.values, elapsed_s > self._gap.total_seconds()
        if self.first_at is None:
            self.first_at = at
        elif any(values.get(metric) != before.get(metric) for metric in MOVING):
            self.changed_at = at
        known = [metric for metric in OCTETS if metric in values and metric in before]
        moved = any(values[metric] != before[metric] for metric in known)
        if moved:
            self.moved_at = at
        in_use = values.get(Metric.CLIENTS, 0.0) > 0 and before.get(Metric.CLIENTS, 0.0) > 0
        if moved or gap or not known or not in_use:
            self._still_since = None
        elif self._still_since is None:
            self._still_since = at - timedelta(seconds=elapsed_s)

    def _rate_bps(self, before: Mapping[Metric, float], elapsed_s: float) -> float | None:
        """Its own throughput since the reading before; None where nobody can say."""
        octets = 0.0
        for metric in OCTETS:
            if metric not in before or metric not in self.values or elapsed_s <= 0:
                return None
            counted = grown(before[metric], self.values[metric], MOST_RADIO_OCTETS_PER_S * elapsed_s)
            if counted is None:
                return None
            octets += counted
        return octets * BITS / elapsed_s

    def _judge_air(self, at: datetime, clients: float | None, rate_bps: float | None) -> Iterator[Finding]:
        airtime, noise = self.values.get(Metric.AIRTIME), self.values.get(Metric.NOISE)
        if airtime is None and noise is None:
            return
        counts = any(metric in self.values for metric in OCTETS)
        few = clients is not None and clients <= FEW_SHARE * self._capacity
        little = rate_bps < LOW_BPS if rate_bps is not None else not counts
        noisy = noise is not None and noise >= NOISE_DBM
        foreign = airtime is not None and airtime >= BUSY_PCT and few and little
        over = (airtime is None or airtime < BUSY_OVER_PCT) and (noise is None or noise < NOISE_OVER_DBM)
        if self.interference.confirmed and not (noisy or foreign or over):
            return  # between the thresholds, or its own people use the air: neither one nor the other
        rule = "noise_floor" if noisy else "busy_without_clients" if foreign else "air_free_again"
        figures = {
            metric.value: self.values[metric] for metric in MOVING - {*OCTETS} if metric in self.values
        }
        if rate_bps is not None:
            figures["throughput_kbps"] = round(rate_bps / 1000, 1)
        yield from _told(self.interference, Evidence(rule, at, figures), shows=noisy or foreign)


def _told(symptom: Symptom, evidence: Evidence, *, shows: bool) -> Iterator[Finding]:
    if (shows or symptom.present) and (finding := symptom.observe(evidence, shows=shows)):
        yield finding
