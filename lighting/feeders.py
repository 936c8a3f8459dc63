"""What feeds the lamps, judged: cabinets with people at work, and circuits whose breaker has tripped."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from city.confirmation import Rule
from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind, Metric, Reading
from city.places import Site
from city.symptoms import Symptom
from lighting.inventory import Circuit, LightPoint
from lighting.sun import is_up

LAMP_PERIOD = timedelta(minutes=5)
"""A powered lamp is heard at least this often (docs/devices/lamp-controller.md)."""

SILENT_AFTER = 3 * LAMP_PERIOD
"""Nothing heard for this long is silence (lighting-domain, section 3: three times its own period)."""

GRACE = timedelta(minutes=15)
"""How long lamps are left alone after power is back or people have gone: they boot, warm up and report."""

LONGEST_WORK = timedelta(hours=12)
"""A door open for longer, or a local mode unconfirmed for longer, is nobody at work any more."""

WORD_HOLDS = timedelta(minutes=10)
"""How long a cabinet's last word on a relay is believed."""

PRESENT_V = 180.0
"""Above this a circuit has voltage; mains under a brown-out still reads more."""

DEAD_SHARE = 0.15
"""Under this share of its expected power something is dead (lighting-domain, section 3)."""

PROVEN_SHARE = 0.5
"""From this share of its expected power on something is proven alive; between the two nothing is said."""

WORTH_JUDGING_W = 20.0
"""A circuit whose lamps should draw less than this is not judged by its power."""

SUSPICION_HOLDS = timedelta(hours=2)
"""Doubtful samples that lie further apart than this are not consecutive; the slowest nodes report hourly."""

BREAKER_RULE = Rule(samples=2, lasting=timedelta(seconds=30), clear_samples=2, gap=SUSPICION_HOLDS)
"""Two polls of the cabinet in a row, a poll being a minute by default."""

MAINS = (Metric.VOLTAGE_L1, Metric.VOLTAGE_L2, Metric.VOLTAGE_L3)


class CabinetWatch:
    """What a cabinet says of itself that decides whether its circuits and lamps may be judged."""

    __slots__ = ("_door_open_since", "_free_from", "_local", "seen_at", "supplied")

    def __init__(self) -> None:
        self.seen_at: datetime | None = None
        self.supplied = True
        """Whether any phase of its meter has voltage; believed until it says otherwise."""
        self._local = False
        self._door_open_since: datetime | None = None
        self._free_from: datetime | None = None

    def observe(self, reading: Reading) -> None:
        """Take a reading; one that is not newer than the last is ignored."""
        at, values = reading.at, reading.values
        if self.seen_at is not None and at <= self.seen_at:
            return
        was_at_work = self.at_work(at)
        self.seen_at = at
        self._local = bool(values.get(Metric.LOCAL_OVERRIDE, self._local))
        door_open = values.get(Metric.DOOR_OPEN, 0.0) > 0
        self._door_open_since = (self._door_open_since or at) if door_open else None
        mains = [values[phase] for phase in MAINS if phase in values]
        self.supplied = not mains or max(mains) > PRESENT_V
        if was_at_work and not self.at_work(at):
            self._free_from = at + GRACE

    def at_work(self, at: datetime) -> bool:
        """Whether people are at work on it: local mode, or the door open (for a working day at most)."""
        if self._local and self.seen_at is not None and at - self.seen_at < LONGEST_WORK:
            return True
        return self._door_open_since is not None and at - self._door_open_since < LONGEST_WORK

    def unsettled(self, at: datetime) -> bool:
        """Whether people are at work, or have only just gone."""
        return self.at_work(at) or (self._free_from is not None and at < self._free_from)


class CircuitWatch:
    """One circuit: follows its breaker, and knows whether the lamps behind it may be judged."""

    __slots__ = (
        "_closed",
        "_lamp_at",
        "_nominal_w",
        "_seen_at",
        "_settled_from",
        "_site",
        "cabinet",
        "circuit",
        "closed_since",
        "expected_w",
        "generation",
        "points",
        "trip",
    )

    def __init__(
        self, circuit: Circuit, points: tuple[LightPoint, ...], cabinet: CabinetWatch, site: Site
    ) -> None:
        self.circuit = circuit
        self.points = tuple(point.id for point in points)
        self.cabinet = cabinet
        self.trip = Symptom(Cause.BREAKER_TRIP, circuit.id, DeviceKind.CIRCUIT, BREAKER_RULE)
        self.expected_w = 0.0
        """What the lamps heard in this generation should draw at the levels they report, W."""
        self.generation = 0
        """Counts the losses of power: what lamps said before the last one no longer counts."""
        self._nominal_w = sum(point.lamp_type.nominal_w for point in points)
        self._site = site
        self._seen_at: datetime | None = None
        self._closed: bool | None = None
        self.closed_since: datetime | None = None
        """When its relay was first seen closed this time; None as long as the cabinet has not said so."""
        self._lamp_at: datetime | None = None
        self._settled_from: datetime | None = None

    def heard_lamp(self, at: datetime, more_w: float) -> None:
        """One of its lamps spoke, and should draw ``more_w`` more than it was counted with."""
        self.expected_w += more_w
        if self._lamp_at is None or at > self._lamp_at:
            self._lamp_at = at

    def leaves_lamps_alone(self, at: datetime) -> bool:
        """Whether what a lamp shows at an instant may come from its feed, or from people at work."""
        if self.trip.present or (self._settled_from is not None and at < self._settled_from):
            return True
        if self.cabinet.unsettled(at):
            return True
        fresh = self._seen_at is not None and at - self._seen_at <= WORD_HOLDS
        return fresh and self._closed is False

    def observe(self, reading: Reading) -> Finding | None:
        """Take a reading of the circuit; one that is not newer than the last is ignored."""
        at, values = reading.at, reading.values
        if self._seen_at is not None and at <= self._seen_at:
            return None
        self._seen_at = at
        self._note_relay(at, values)
        flagged = values.get(Metric.BREAKER_TRIPPED)
        rule = "breaker_flag" if flagged is not None else "circuit_silent"
        if self.cabinet.at_work(at):
            return self._settle(self.trip.drop(self._evidence("people_at_work", at, values)))
        tripped = flagged > 0 if flagged is not None else self._is_silent(at, values)
        if tripped:
            found = self.trip.observe(self._evidence(rule, at, values), shows=True)
            if self.trip.confirmed:
                self._lamps_lost_power()
            return found
        if not self.trip.present or (self.trip.confirmed and not self._is_proven(at, values)):
            return None
        return self._settle(self.trip.observe(self._evidence("power_back", at, values), shows=False))

    def let_go(self, now: datetime, after: timedelta) -> None:
        """Drop a suspicion if the cabinet has not spoken for a time."""
        if self.trip.suspected and self._seen_at is not None and now - self._seen_at > after:
            self.trip.drop(Evidence("silent", now))

    def _note_relay(self, at: datetime, values: Mapping[Metric, float]) -> None:
        relay = values.get(Metric.RELAY_CLOSED)
        if relay is None:
            return
        if relay > 0 and not self._closed:
            self.closed_since = at
        self._closed = relay > 0

    def _settle(self, finding: Finding | None) -> Finding | None:
        """Give the lamps time once the breaker is no longer held against them."""
        if finding is not None and finding.says in {Finding.Says.DOUBTED, Finding.Says.CLEARED}:
            self._settled_from = finding.at + GRACE
        return finding

    def _lamps_lost_power(self) -> None:
        self.generation += 1
        self.expected_w = 0.0

    def _is_silent(self, at: datetime, values: Mapping[Metric, float]) -> bool:
        """Without a flag from the breaker: fed and switched on, no power drawn, and every lamp gone silent."""
        power = values.get(Metric.POWER)
        if power is None or self._lamp_at is None or self.closed_since is None or not self._closed:
            return False
        if not self.cabinet.supplied or self.expected_w < WORTH_JUDGING_W:
            return False
        quiet = at - max(self._lamp_at, self.closed_since)
        return quiet >= SILENT_AFTER and power < DEAD_SHARE * self.expected_w

    def _is_proven(self, at: datetime, values: Mapping[Metric, float]) -> bool:
        """Whether telemetry proves that the lamps have their power back; by night it takes more than a volt."""
        voltage, power = values.get(Metric.VOLTAGE), values.get(Metric.POWER)
        if self._closed is False or (voltage is not None and voltage < PRESENT_V):
            return False
        if self.expected_w > 0:
            return power is None or power >= PROVEN_SHARE * self.expected_w
        if is_up(self._site.position, at):
            return voltage is not None
        return power is not None and power >= DEAD_SHARE * self._nominal_w

    def _evidence(self, rule: str, at: datetime, values: Mapping[Metric, float]) -> Evidence:
        seen = (Metric.BREAKER_TRIPPED, Metric.RELAY_CLOSED, Metric.VOLTAGE, Metric.POWER)
        figures = {metric.value: values[metric] for metric in seen if metric in values}
        return Evidence(rule, at, {**figures, "expected_w": round(self.expected_w, 1)})
