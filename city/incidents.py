"""Incidents: one cause, however many lamps it darkens, as a state machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2s

from city.errors import BadInput
from city.measurements import DeviceKind


class Cause(StrEnum):
    """What is broken."""

    CABINET_SUPPLY_LOSS = "cabinet_supply_loss"
    PHASE_LOST = "phase_lost"
    BREAKER_TRIP = "breaker_trip"
    RELAY_STUCK_ON = "relay_stuck_on"
    RELAY_STUCK_OFF = "relay_stuck_off"
    LAMP_DEAD = "lamp_dead"
    DRIVER_FAULT = "driver_fault"
    DAY_BURNER = "day_burner"
    CYCLING = "cycling"
    LED_STRING_OUT = "led_string_out"
    HIGH_POWER = "high_power"
    DIMMING_STUCK = "dimming_stuck"
    LOW_POWER_FACTOR = "low_power_factor"
    VOLTAGE_SAG = "voltage_sag"
    VOLTAGE_HIGH = "voltage_high"
    OVER_TEMPERATURE = "over_temperature"
    WRONG_LAMP_TYPE = "wrong_lamp_type"
    CONTROLLER_SWAPPED = "controller_swapped"
    CONTROLLER_SILENT = "controller_silent"
    GATEWAY_LOST = "gateway_lost"
    CABINET_SILENT = "cabinet_silent"
    LOCAL_OVERRIDE = "local_override"
    DOOR_OPEN = "door_open"
    CLOCK_DRIFT = "clock_drift"
    METER_DRIFT = "meter_drift"
    AP_DOWN = "ap_down"
    AP_FLAPPING = "ap_flapping"
    AP_REBOOTING = "ap_rebooting"
    RADIO_OFF = "radio_off"
    RADIO_SATURATED = "radio_saturated"
    """Of a hotspot: full at its busy hours, day after day."""
    INTERFERENCE = "interference"
    BACKHAUL_DOWN = "backhaul_down"
    """Of a hotspot: all of its access points at once."""
    WIFI_CONTROLLER_LOST = "wifi_controller_lost"
    COUNTERS_STUCK = "counters_stuck"


class State(StrEnum):
    """Where an incident stands; a suspicion is not yet an incident and lives in its detector."""

    OPEN = "open"
    CLEARING = "clearing"
    """The symptom is gone, but not yet for long enough to be believed."""
    CLOSED = "closed"
    """Telemetry proved the repair."""
    DISMISSED = "dismissed"
    """A person said that it is none."""


VISIBLE = frozenset(
    {
        Cause.CABINET_SUPPLY_LOSS,
        Cause.PHASE_LOST,
        Cause.BREAKER_TRIP,
        Cause.RELAY_STUCK_ON,
        Cause.RELAY_STUCK_OFF,
        Cause.LAMP_DEAD,
        Cause.DRIVER_FAULT,
        Cause.LED_STRING_OUT,
        Cause.DAY_BURNER,
        Cause.CYCLING,
    }
)
"""Confirmed faults of lamps and of what feeds them: what people in the street can see."""

REOPENS_WITHIN = timedelta(days=7)
"""The same cause on the same asset within this time of its repair is the same incident, open again."""

LIVE = frozenset({State.OPEN, State.CLEARING})
"""The states in which an incident still stands."""

_MAY_FOLLOW: Mapping[State, frozenset[State]] = {
    State.OPEN: frozenset({State.CLEARING, State.CLOSED, State.DISMISSED}),
    State.CLEARING: frozenset({State.OPEN, State.CLOSED, State.DISMISSED}),
    State.CLOSED: frozenset(),
    State.DISMISSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a detector believes what it says: the rule, and the figures that it saw."""

    rule: str
    """Which rule was convinced; a stable name that the console translates."""
    at: datetime
    figures: Mapping[str, float] = field(default_factory=dict)
    """What was seen and what was expected, by name with its unit (``power_w``, ``expected_w``)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a detector says of one asset at one instant."""

    class Says(StrEnum):
        """What has changed."""

        SUSPECTED = "suspected"
        RAISED = "raised"
        DOUBTED = "doubted"
        CLEARING = "clearing"
        RELAPSED = "relapsed"
        CLEARED = "cleared"

    says: Says
    cause: Cause
    asset: str
    kind: DeviceKind
    at: datetime
    since: datetime
    evidence: Evidence
    probable: bool = False
    """The evidence is partial."""


ID_BYTES = 5
"""Short enough to be typed; among 10,000 incidents two alike are a matter of one in 20,000."""


def incident_id(cause: Cause, asset: str, since: datetime) -> str:
    """A short name that is the same however often the same trouble is found, across restarts too."""
    signature = f"{cause}|{asset}|{since.timestamp():.0f}"
    return "i-" + blake2s(signature.encode(), digest_size=ID_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class Incident:
    """One cause on one asset, with its evidence and all that follows from it."""

    id: str
    cause: Cause
    asset: str
    kind: DeviceKind
    state: State
    since: datetime
    """First sample that showed the symptom, UTC."""
    opened_at: datetime
    """When it was confirmed, UTC."""
    evidence: tuple[Evidence, ...]
    suppressed: tuple[str, ...] = ()
    """Assets that are dark or silent because of this cause, and raise no incident of their own."""
    closed_at: datetime | None = None
    acknowledged_by: str | None = None
    dismissed_because: str | None = None
    probable: bool = False
    """The evidence is partial: what would confirm it, a meter or a relay, is missing or silent."""
    reopened: int = 0
    """How often it came back within ``REOPENS_WITHIN`` of its repair."""

    @property
    def points(self) -> int:
        """How many light points or access points it takes from the city."""
        return len(self.suppressed) or 1

    def moved(self, state: State, at: datetime, evidence: Evidence | None = None) -> "Incident":
        """The same incident in another state.

        Raises:
            BadInput: an incident in its present state cannot go there.
        """
        if state not in _MAY_FOLLOW[self.state]:
            raise BadInput(f"incident {self.id} is {self.state}: it cannot become {state}")
        ended = state in {State.CLOSED, State.DISMISSED}
        return replace(
            self,
            state=state,
            closed_at=at if ended else None,
            evidence=(*self.evidence, evidence) if evidence else self.evidence,
        )

    def back(self, finding: Finding, suppressed: tuple[str, ...]) -> "Incident":
        """The same incident, open again: its repair did not last.

        Raises:
            BadInput: it was not closed.
        """
        if self.state is not State.CLOSED:
            raise BadInput(f"incident {self.id} is {self.state}: it cannot come back")
        return replace(
            self,
            state=State.OPEN,
            opened_at=finding.at,
            closed_at=None,
            evidence=(finding.evidence,),
            suppressed=suppressed,
            acknowledged_by=None,
            probable=finding.probable,
            reopened=self.reopened + 1,
        )

    def acknowledged(self, by: str) -> "Incident":
        """The same incident, known to a named person."""
        return replace(self, acknowledged_by=by)

    def dismissed(self, at: datetime, because: str) -> "Incident":
        """The same incident, dismissed by a person with a reason.

        Raises:
            BadInput: no reason was given, or the incident is already over.
        """
        if not because.strip():
            raise BadInput(f"incident {self.id}: give the reason why it is dismissed")
        return replace(self.moved(State.DISMISSED, at), dismissed_because=because.strip())
