"""How well incidents match a scenario's truth, as ``falotier evaluate`` prints it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Protocol

from city.incidents import Incident

GRACE = timedelta(hours=2)
"""An incident still counts for a fault when it is raised within this time after the fault's end."""


class Fault(Protocol):
    """One fault of the truth."""

    @property
    def kind(self) -> str:
        """What was broken, as in the scenario file."""

    @property
    def asset(self) -> str:
        """What it was broken on."""

    @property
    def at(self) -> datetime:
        """From when, UTC."""

    @property
    def until(self) -> datetime | None:
        """Until when, UTC; None: to the end."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one evaluation; rates are None where nothing was there to count."""

    truth: int
    found: int
    missed: tuple[str, ...]
    false_incidents: int
    precision: float | None
    recall: float | None
    cause_accuracy: float | None
    median_delay_s: float | None
    worst_delay_s: float | None
    tickets: int
    false_tickets_per_lamp_night: float


def score(
    faults: Sequence[Fault],
    incidents: Iterable[Incident],
    public: Sequence[Incident],
    lamps: int,
    nights: int,
) -> Scores:
    """Match incidents to faults: same cause and asset, while the fault lasts or within ``GRACE`` after it.

    Args:
        faults: the truth.
        incidents: all that was raised, children suppressed under a root cause left out.
        public: those of the incidents that would become tickets.
        lamps: light points in the scenario.
        nights: how many nights it lasts.
    """
    raised = sorted(incidents, key=lambda incident: incident.opened_at)
    matched: dict[int, Incident] = {}
    on_asset: set[int] = set()
    false: list[Incident] = []
    for incident in raised:
        near = [
            n for n, fault in enumerate(faults) if fault.asset == incident.asset and _covers(fault, incident)
        ]
        right = [n for n in near if faults[n].kind == incident.cause]
        on_asset.update(near)
        if right:
            matched.setdefault(right[0], incident)
        else:
            false.append(incident)
    delays = [(matched[n].opened_at - faults[n].at).total_seconds() for n in matched]
    false_tickets = sum(incident in public for incident in false)
    return Scores(
        truth=len(faults),
        found=len(matched),
        missed=tuple(f"{f.kind} {f.asset}" for n, f in enumerate(faults) if n not in matched),
        false_incidents=len(false),
        precision=1 - len(false) / len(raised) if raised else None,
        recall=len(matched) / len(faults) if faults else None,
        cause_accuracy=len(matched) / len(on_asset) if on_asset else None,
        median_delay_s=median(delays) if delays else None,
        worst_delay_s=max(delays) if delays else None,
        tickets=len({incident.id for incident in public}),
        false_tickets_per_lamp_night=false_tickets / (lamps * nights),
    )


def _covers(fault: Fault, incident: Incident) -> bool:
    ended = fault.until is not None and incident.opened_at > fault.until + GRACE
    return fault.at <= incident.opened_at and not ended
