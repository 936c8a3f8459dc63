"""Circuits, judged: tripped breakers, relays that do not do as asked, and whether the lamps behind may be judged."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind, Metric, Reading
from city.places import Site
from city.symptoms import Symptom
from lighting.cabinets import GRACE, CabinetWatch
from lighting.inventory import Circuit, Feed, LightPoint
from lighting.quorum import Quorum
from lighting.rules import DEAD_SHARE, PRESENT_V, PROVEN_SHARE, RULES, STRAY_W, SWITCHING
from lighting.sun import is_up

WORD_HOLDS = timedelta(minutes=10)
"""How long a cabinet's last word on a relay is believed."""

WORTH_JUDGING_W = 20.0
"""A circuit whose lamps should draw less than this is not judged by its power."""

_RELAY = (Cause.RELAY_STUCK_ON, Cause.RELAY_STUCK_OFF)


class CircuitWatch:
    """One circuit: follows its breaker and its relay, and knows whether the lamps behind it may be judged."""

    __slots__ = ("_asked", "_asked_since", "_closed", "_nominal_w", "_seen_at", "_settled_from", "_silent_after",
                 "_site", "cabinet", "circuit", "closed_since", "dark", "expected_w", "generation", "lamp_at", "points",
                 "relay", "sag", "trip")  # fmt: skip

    def __init__(
        self,
        circuit: Circuit,
        points: tuple[LightPoint, ...],
        cabinet: CabinetWatch,
        site: Site,
        silent_after: timedelta,
    ) -> None:
        """``silent_after`` is how long a lamp must have said nothing to be silent."""

        def symptom(cause: Cause) -> Symptom:
            return Symptom(cause, circuit.id, DeviceKind.CIRCUIT, RULES[cause])

        self.circuit = circuit
        self.points = tuple(point.id for point in points)
        self.cabinet = cabinet
        self.trip = symptom(Cause.BREAKER_TRIP)
        self.relay = {cause: symptom(cause) for cause in _RELAY}
        self.dark = Quorum(self.trip, len(points))
        """Lamps that are dark while the cabinet says nothing."""
        self.sag = Quorum(symptom(Cause.VOLTAGE_SAG), len(points))
        self.expected_w = 0.0
        """What the lamps heard in this generation should draw at the levels they report, W."""
        self.generation = 0
        """Counts the losses of power: what lamps said before the last one no longer counts."""
        self.lamp_at: datetime | None = None
        """When one of its lamps was last heard."""
        self.closed_since: datetime | None = None
        """When its relay was first seen closed this time; None as long as the cabinet has not said so."""
        self._nominal_w = sum(point.lamp_type.nominal_w for point in points)
        self._site = site
        self._silent_after = silent_after
        self._seen_at: datetime | None = None
        self._closed: bool | None = None
        self._asked: bool | None = None
        self._asked_since: datetime | None = None
        self._settled_from: datetime | None = None

    @property
    def symptoms(self) -> tuple[Symptom, ...]:
        """All that it may have."""
        return (self.trip, *self.relay.values(), self.sag.symptom)

    @property
    def is_down(self) -> bool:
        """Whether its lamps may be without power because of it."""
        return self.trip.present or self.relay[Cause.RELAY_STUCK_OFF].present

    def heard_lamp(self, at: datetime, more_w: float) -> None:
        """One of its lamps spoke, and should draw ``more_w`` more than it was counted with."""
        self.expected_w += more_w
        if self.lamp_at is None or at > self.lamp_at:
            self.lamp_at = at

    def is_fresh(self, at: datetime) -> bool:
        """Whether its cabinet has lately said how it is."""
        return self._seen_at is not None and at - self._seen_at <= WORD_HOLDS

    def leaves_lamps_alone(self, at: datetime, phase: str) -> bool:
        """Whether what a lamp shows at an instant may come from its feed, or from people at work."""
        if self.trip.present and (self.is_fresh(at) or not self.dark.reached):
            return True
        if self.relay[Cause.RELAY_STUCK_OFF].present or self.cabinet.unsettled(at):
            return True
        if self._settled_from is not None and at < self._settled_from:
            return True
        return self.cabinet.unfed(at, phase) or (self.is_fresh(at) and self._closed is False)

    def fed_since(self, at: datetime, phase: str) -> datetime | None:
        """Since when a lamp on a phase has its power for certain, as far as the cabinet knows; None if it has not."""
        if self.leaves_lamps_alone(at, phase):
            return None
        if self.is_fresh(at):
            return self.closed_since if self._closed else None
        # Nobody says how it is: a permanent circuit is fed until somebody says that it is not.
        return datetime.min.replace(tzinfo=UTC) if self.circuit.feed is Feed.PERMANENT else None

    def observe(self, reading: Reading) -> Iterator[Finding]:
        """Take a reading of the circuit; one that is not newer than the last is ignored."""
        at, values = reading.at, reading.values
        if self._seen_at is not None and at <= self._seen_at:
            return
        self._seen_at = at
        self._note_relay(at, values)
        if self.cabinet.supply.confirmed:
            self._lamps_lost_power()
        for finding in (*self._judge_breaker(at, values), *self._judge_relay(at, values)):
            if finding.says in {Finding.Says.DOUBTED, Finding.Says.CLEARED}:
                self._settled_from = (
                    finding.at + GRACE
                )  # lamps need time once it is no longer held against their feed
            yield finding

    def let_go(self, now: datetime, after: timedelta) -> None:
        """Drop suspicions if the cabinet has not spoken for a time."""
        if self._seen_at is not None and now - self._seen_at > after:
            for symptom in self.symptoms:
                if symptom.suspected:
                    symptom.drop(Evidence("silent", now))

    def _judge_breaker(self, at: datetime, values: Mapping[Metric, float]) -> Iterator[Finding]:
        flagged = values.get(Metric.BREAKER_TRIPPED)
        rule = "breaker_flag" if flagged is not None else "circuit_silent"
        finding = None
        if self.cabinet.at_work(at):
            finding = self.trip.drop(self._evidence("people_at_work", at, values))
        elif flagged > 0 if flagged is not None else self._is_silent(at, values):
            finding = self.trip.observe(self._evidence(rule, at, values), shows=True)
            if self.trip.confirmed:
                self._lamps_lost_power()
        elif self.trip.present and (not self.trip.confirmed or self._is_proven(at, values)):
            finding = self.trip.observe(self._evidence("power_back", at, values), shows=False)
        if finding is not None:
            yield finding

    def _judge_relay(self, at: datetime, values: Mapping[Metric, float]) -> Iterator[Finding]:
        """A relay that is closed although it should be open, or the other way round."""
        asked, power = self._asked, values.get(Metric.POWER, 0.0)
        settled = self._asked_since is not None and at - self._asked_since >= SWITCHING
        judged = not (self.cabinet.at_work(at) or self.cabinet.in_local or self.trip.present)
        stray = self._closed is False and power > STRAY_W
        shown = {
            Cause.RELAY_STUCK_ON: asked is False and (self._closed is True or stray),
            Cause.RELAY_STUCK_OFF: asked is True and self._closed is False and not stray,
        }
        for cause, symptom in self.relay.items():
            if not shown[cause] and not symptom.present:
                continue
            rule = "relay_off_draws_power" if stray else "relay_disagrees"
            finding = None
            if shown[cause] and not (judged and settled):
                finding = symptom.drop(self._evidence(rule, at, values))
            elif shown[cause] or self._has_moved(cause):
                finding = symptom.observe(
                    self._evidence(rule if shown[cause] else "answered", at, values), shows=shown[cause]
                )
            if finding is not None:
                yield finding

    def _has_moved(self, cause: Cause) -> bool:
        """Whether the relay stands where it did not stand while it was stuck: by itself, agreement proves nothing."""
        return self._closed is (cause is Cause.RELAY_STUCK_OFF)

    def _note_relay(self, at: datetime, values: Mapping[Metric, float]) -> None:
        asked = values.get(Metric.RELAY_ASKED)
        if asked is not None and (asked > 0) is not self._asked:
            # What is seen first may have been asked long before.
            self._asked_since = at if self._asked is not None else at - SWITCHING
            self._asked = asked > 0
        relay = values.get(Metric.RELAY_CLOSED)
        if relay is None:
            return
        if relay > 0 and not self._closed:
            self.closed_since = at
        elif relay <= 0 and self._closed:
            self._lamps_lost_power()
        self._closed = relay > 0

    def _lamps_lost_power(self) -> None:
        self.generation += 1
        self.expected_w = 0.0

    def _is_silent(self, at: datetime, values: Mapping[Metric, float]) -> bool:
        """Without a flag from the breaker: fed and switched on, no power drawn, and every lamp gone silent."""
        power = values.get(Metric.POWER)
        if power is None or self.lamp_at is None or self.closed_since is None or not self._closed:
            return False
        if self.cabinet.supply.present or self.expected_w < WORTH_JUDGING_W:
            return False
        quiet = at - max(self.lamp_at, self.closed_since)
        return quiet >= self._silent_after and power < DEAD_SHARE * self.expected_w

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
        seen = (
            Metric.BREAKER_TRIPPED,
            Metric.RELAY_CLOSED,
            Metric.RELAY_ASKED,
            Metric.VOLTAGE,
            Metric.POWER,
        )
        figures = {metric.value: values[metric] for metric in seen if metric in values}
        return Evidence(rule, at, {**figures, "expected_w": round(self.expected_w, 1)})
