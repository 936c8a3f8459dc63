"""The diagnosis of public lighting: readings in, incidents out, each cause once, with what follows from it."""

from collections.abc import Iterable
from datetime import datetime

from city.casebook import Casebook
from city.incidents import Cause, Finding, Incident, State
from city.measurements import DeviceKind, Reading
from city.places import Site
from city.symptoms import Symptom
from lighting.faults import LampWatch
from lighting.feeders import SUSPICION_HOLDS, CabinetWatch, CircuitWatch
from lighting.inventory import Inventory


class LightingDiagnosis:
    """Watches every light point, circuit and cabinet of a city, one reading at a time."""

    def __init__(self, inventory: Inventory, site: Site, open_incidents: Iterable[Incident] = ()) -> None:
        """``open_incidents`` are those that stood before a restart, and dismissed ones whose symptom may last."""
        known = tuple(open_incidents)
        self._cases = Casebook(known)
        self._cabinets = {cabinet: CabinetWatch() for cabinet in inventory.cabinets}
        self._circuits = {
            circuit.id: CircuitWatch(
                circuit, inventory.by_circuit.get(circuit.id, ()), self._cabinets[circuit.cabinet], site
            )
            for circuit in inventory.circuits.values()
        }
        self._lamps = {
            point.id: LampWatch(point, self._circuits[point.circuit], site)
            for point in inventory.light_points.values()
        }
        for incident in known:
            symptom = self._symptom(incident)
            if symptom is not None and incident.state is not State.CLOSED:
                symptom.restore(incident.since, clearing=incident.state is State.CLEARING)

    @property
    def suspected(self) -> int:
        """How many symptoms have been seen but not confirmed."""
        return self._cases.suspected

    def observe(self, reading: Reading) -> list[Incident]:
        """The incidents that a reading opens or moves; readings of unknown devices change nothing."""
        finding: Finding | None = None
        suppressed: tuple[str, ...] = ()
        if reading.kind is DeviceKind.LAMP:
            lamp = self._lamps.get(reading.device)
            finding = lamp.observe(reading) if lamp else None
        elif reading.kind is DeviceKind.CIRCUIT:
            circuit = self._circuits.get(reading.device)
            if circuit:
                finding, suppressed = circuit.observe(reading), circuit.points
        elif reading.kind is DeviceKind.CABINET and reading.device in self._cabinets:
            self._cabinets[reading.device].observe(reading)
        return self._cases.enter(finding, suppressed) if finding else []

    def tick(self, now: datetime) -> list[Incident]:
        """Let go of suspicions whose assets have fallen silent, which changes no incident."""
        self._cases.drop_stale(now, SUSPICION_HOLDS)
        for circuit in self._circuits.values():
            circuit.let_go(now, SUSPICION_HOLDS)
        return []

    def forget(self, incident_id: str) -> None:
        """A person dismissed an incident: nothing more is said of it, until its symptom goes and comes again."""
        self._cases.forget(incident_id)

    def _symptom(self, incident: Incident) -> Symptom | None:
        if incident.cause is Cause.BREAKER_TRIP:
            circuit = self._circuits.get(incident.asset)
            return circuit.trip if circuit else None
        lamp = self._lamps.get(incident.asset)
        return lamp.symptom(incident.cause) if lamp else None
