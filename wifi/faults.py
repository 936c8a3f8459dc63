"""Access points that no longer answer."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from city.casebook import Casebook
from city.confirmation import Rule
from city.incidents import Cause, Evidence, Incident, State
from city.measurements import DeviceKind, Metric, Reading
from city.symptoms import Symptom
from wifi.inventory import Inventory

DEFAULT_PERIOD = timedelta(seconds=60)
"""How often an access point is polled by default (``[snmp] period_s``)."""

MISSES = 3
ANSWERS = 2

JITTER = 0.1
"""Share of a period by which polls may come early: three in a row span a little less than two periods then."""


class WifiDiagnosis:
    """Watches every access point of a city, one poll at a time."""

    def __init__(
        self,
        inventory: Inventory,
        open_incidents: Iterable[Incident] = (),
        *,
        period: timedelta = DEFAULT_PERIOD,
    ) -> None:
        """``open_incidents`` are those that stood before a restart, and dismissed ones whose symptom may last."""
        known = tuple(open_incidents)
        rule = Rule(samples=MISSES, lasting=(MISSES - 1 - JITTER) * period, clear_samples=ANSWERS)
        self._cases = Casebook(known)
        self._seen_at: dict[str, datetime] = {}
        self._answered_at: dict[str, datetime] = {}
        self._down = {
            access_point: Symptom(Cause.AP_DOWN, access_point, DeviceKind.ACCESS_POINT, rule)
            for access_point in inventory.access_points
        }
        for incident in known:
            if incident.asset in self._down and incident.state is not State.CLOSED:
                clearing = incident.state is State.CLEARING
                self._down[incident.asset].restore(incident.since, clearing=clearing)

    @property
    def suspected(self) -> int:
        """How many access points have missed a poll, but not enough of them."""
        return self._cases.suspected

    def observe(self, reading: Reading) -> list[Incident]:
        """The incidents that an answer opens or moves; readings of radios and unknown devices change nothing."""
        if reading.kind is not DeviceKind.ACCESS_POINT:
            return []
        up = reading.values.get(Metric.UP, 1.0) > 0
        return self._judge(reading.device, reading.at, "answered" if up else "reported_down", down=not up)

    def missed(self, access_point: str, at: datetime) -> list[Incident]:
        """The incidents that a poll opens or moves by staying unanswered."""
        return self._judge(access_point, at, "unanswered", down=True)

    def forget(self, incident_id: str) -> None:
        """A person dismissed an incident: nothing more is said of it, until its symptom goes and comes again."""
        self._cases.forget(incident_id)

    def _judge(self, access_point: str, at: datetime, rule: str, *, down: bool) -> list[Incident]:
        symptom = self._down.get(access_point)
        seen_at = self._seen_at.get(access_point)
        if symptom is None or (seen_at is not None and at <= seen_at):
            return []
        self._seen_at[access_point] = at
        figures = {}
        if down and access_point in self._answered_at:
            figures["silent_s"] = (at - self._answered_at[access_point]).total_seconds()
        if not down:
            self._answered_at[access_point] = at
        finding = symptom.observe(Evidence(rule, at, figures), shows=down)
        return self._cases.enter(finding) if finding else []
