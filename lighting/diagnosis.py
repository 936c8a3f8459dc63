"""The diagnosis of public lighting: readings in, incidents out, each cause once, with what follows from it.

A cause suppresses everything after it in this order: gateway, cabinet supply, phase, relay or breaker, controller,
driver, lamp (lighting-domain, section 3). Whoever stands further down is not judged while a parent is suspected, and
is judged anew, on its own, once that is over.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from city.casebook import Casebook
from city.incidents import Cause, Finding, Incident, State
from city.measurements import DeviceKind, Fact, Reading
from city.places import Site
from city.symptoms import Symptom
from lighting.cabinets import CabinetWatch
from lighting.faults import LampWatch
from lighting.feeders import CircuitWatch
from lighting.inventory import Inventory
from lighting.metering import MeterWatch
from lighting.meters import METER_SPAN_WH
from lighting.quorum import Quorum
from lighting.rules import QUIET_PERIODS, RULES, SUSPICION_HOLDS
from lighting.silence import SilenceWatch

LAMP_PERIOD = timedelta(minutes=5)
"""A powered lamp is heard at least this often, unless the settings say otherwise (docs/devices/lamp-controller.md)."""

TIDY_EVERY = timedelta(minutes=15)
"""How often old suspicions and old repairs are looked through."""

FEWEST_OF_A_TYPE = 10
"""With fewer lamps of a type, nothing is said of the type."""

_DARKEN = frozenset(
    {
        Cause.CABINET_SUPPLY_LOSS,
        Cause.PHASE_LOST,
        Cause.BREAKER_TRIP,
        Cause.RELAY_STUCK_OFF,
        Cause.VOLTAGE_SAG,
    }
)
"""Causes that take the lamps behind them."""


class LightingDiagnosis:
    """Watches every light point, circuit, cabinet and gateway of a city, one reading at a time."""

    def __init__(
        self,
        inventory: Inventory,
        site: Site,
        open_incidents: Iterable[Incident] = (),
        *,
        period: timedelta = LAMP_PERIOD,
        meter_spans_wh: Mapping[str, float | None] | None = None,
    ) -> None:
        """Prepare.

        Args:
            inventory: what stands in the streets.
            site: where.
            open_incidents: those that stood before a restart, dismissed ones whose symptom may last, and those that
                were closed of late and may come back.
            period: how often a powered lamp reports.
            meter_spans_wh: by cabinet, where its meter wraps; None: nowhere. The others' wrap at 2³² Wh.
        """
        self._meter_spans_wh = meter_spans_wh or {}
        known = tuple(open_incidents)
        self._inventory = inventory
        self._cases = Casebook(known)
        self._cabinets = {cabinet: CabinetWatch(cabinet) for cabinet in inventory.cabinets}
        self._circuits = {
            circuit.id: CircuitWatch(
                circuit,
                inventory.by_circuit.get(circuit.id, ()),
                self._cabinets[circuit.cabinet],
                site,
                QUIET_PERIODS * period,
            )
            for circuit in inventory.circuits.values()
        }
        self._types = _types(inventory)
        self._lamps = {
            point.id: LampWatch(
                point,
                self._circuits[point.circuit],
                site,
                inventory.lamp_types,
                self._types[point.lamp_type.id],
            )
            for point in inventory.light_points.values()
        }
        self._meters = {name: self._meter(name, period) for name in inventory.cabinets}
        self._tidied_at: datetime | None = None
        self._silence = SilenceWatch(self._lamps.values(), self._cabinets, period)
        for incident in known:
            symptom = self._symptom(incident)
            if symptom is not None and incident.state is not State.CLOSED:
                symptom.restore(incident.since, clearing=incident.state is State.CLEARING)

    def _meter(self, cabinet: str, period: timedelta) -> MeterWatch:
        circuits = [self._circuits[circuit.id] for circuit in self._inventory.cabinets[cabinet].circuits]
        lamps = [self._lamps[point.id] for point in self._inventory.by_cabinet.get(cabinet, ())]
        feeding = self._inventory.cabinets[cabinet]
        span_wh = self._meter_spans_wh.get(cabinet, METER_SPAN_WH)
        return MeterWatch(self._cabinets[cabinet], circuits, lamps, period, feeding, span_wh)

    @property
    def suspected(self) -> int:
        """How many symptoms have been seen but not confirmed."""
        return self._cases.suspected

    def observe(self, reading: Reading) -> list[Incident]:
        """The incidents that a reading opens or moves; readings of unknown devices change nothing."""
        kind, device = reading.kind, reading.device
        if kind is DeviceKind.LAMP:
            lamp = self._lamps.get(device)
            findings = lamp.observe(reading) if lamp else ()
            return self._entered(findings) if findings else []
        if kind is DeviceKind.CIRCUIT and device in self._circuits:
            return self._entered(self._circuits[device].observe(reading))
        if kind is DeviceKind.CABINET and device in self._cabinets:
            found = self._entered(self._cabinets[device].observe(reading))
            return found + self._entered(self._meters[device].observe(reading))
        if kind is DeviceKind.GATEWAY:
            self._silence.gateway(device, online=reading.facts.get(Fact.EVENT) == "online")
        return []

    def missed(self, cabinet: str, at: datetime) -> list[Incident]:
        """The incidents that a poll opens or moves by staying unanswered."""
        watch = self._cabinets.get(cabinet)
        if watch is None:
            return []
        found = self._entered(watch.missed(at))
        return found + self._entered(self._silence.with_cabinet(watch, at))

    def tick(self, now: datetime) -> list[Incident]:
        """What the passing of time brings to light; suspicions whose assets have fallen silent are let go."""
        if self._tidied_at is None or now - self._tidied_at >= TIDY_EVERY:
            self._tidied_at = now
            self._cases.drop_stale(now, SUSPICION_HOLDS)
            for circuit in self._circuits.values():
                circuit.let_go(now, SUSPICION_HOLDS)
        return self._entered(self._silence.tick(now))

    def forget(self, incident_id: str) -> None:
        """A person dismissed an incident: nothing more is said of it, until its symptom goes and comes again."""
        self._cases.forget(incident_id)

    def _entered(self, findings: Iterable[Finding]) -> list[Incident]:
        return [
            incident
            for finding in findings
            for incident in self._cases.enter(finding, self._children(finding))
        ]

    def _children(self, finding: Finding) -> tuple[str, ...]:
        """The light points that are dark or silent because of a cause."""
        inventory, asset = self._inventory, finding.asset
        if finding.says is not Finding.Says.RAISED:
            return ()
        if finding.cause is Cause.GATEWAY_LOST:
            return tuple(point.id for point in inventory.by_gateway.get(asset, ()))
        if finding.cause not in _DARKEN or finding.kind is DeviceKind.LAMP:
            return ()
        if finding.kind is DeviceKind.CIRCUIT:
            return self._circuits[asset].points
        cabinet, _, phase = asset.partition("/")
        points = inventory.by_cabinet.get(cabinet, ())
        return tuple(point.id for point in points if not phase or point.phase == phase)

    def _symptom(self, incident: Incident) -> Symptom | None:
        """The symptom behind an incident; None if there is no such asset any more."""
        cause, asset = incident.cause, incident.asset
        if asset in self._lamps:
            return self._lamps[asset].symptom(cause)
        if asset in self._silence.gateways and cause is Cause.GATEWAY_LOST:
            return self._silence.gateways[asset].lost
        if asset in self._types:
            return self._types[asset].symptom
        if asset in self._circuits:
            known: Sequence[Symptom] = self._circuits[asset].symptoms
        elif (cabinet := asset.partition("/")[0]) in self._cabinets:
            known = (*self._cabinets[cabinet].symptoms, self._meters[cabinet].drift)
        else:
            return None
        return next((each for each in known if (each.cause, each.asset) == (cause, asset)), None)


def _types(inventory: Inventory) -> Mapping[str, Quorum]:
    """What shows on most lamps of a type is a mistake in the inventory, not as many faults."""
    counts: dict[str, int] = {}
    for point in inventory.light_points.values():
        counts[point.lamp_type.id] = counts.get(point.lamp_type.id, 0) + 1
    rule = RULES[Cause.WRONG_LAMP_TYPE]
    return {
        name: Quorum(Symptom(Cause.WRONG_LAMP_TYPE, name, DeviceKind.LAMP, rule), count, FEWEST_OF_A_TYPE)
        for name, count in counts.items()
    }
