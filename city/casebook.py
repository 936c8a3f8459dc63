"""The casebook: the live incidents of one domain, moved on by what its detectors find."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from city.incidents import LIVE, REOPENS_WITHIN, Cause, Finding, Incident, State, incident_id

_MOVES = {
    Finding.Says.CLEARING: State.CLEARING,
    Finding.Says.RELAPSED: State.OPEN,
    Finding.Says.CLEARED: State.CLOSED,
}


class Casebook:
    """One incident for each cause on each asset, however often it is found, and across restarts."""

    def __init__(self, incidents: Iterable[Incident] = ()) -> None:
        """``incidents`` are those known before a restart; the ones that are over only matter if they come back."""
        known = tuple(incidents)
        self._live = {(each.cause, each.asset): each for each in known if each.state in LIVE}
        self._over = {(each.cause, each.asset): each for each in known if each.state is State.CLOSED}
        self._suspicions: dict[tuple[Cause, str], datetime] = {}

    @property
    def suspected(self) -> int:
        """How many symptoms have been seen but not confirmed."""
        return len(self._suspicions)

    def enter(self, finding: Finding, suppressed: tuple[str, ...] = ()) -> list[Incident]:
        """The incident that a finding opens or moves, if any; ``suppressed`` follows from it when it opens."""
        key = (finding.cause, finding.asset)
        if finding.says is Finding.Says.SUSPECTED:
            self._suspicions[key] = finding.at
            return []
        self._suspicions.pop(key, None)
        if finding.says is Finding.Says.RAISED:
            over = self._over.pop(key, None)
            back = over is not None and over.closed_at and finding.at - over.closed_at <= REOPENS_WITHIN
            raised = over.back(finding, suppressed) if over and back else _opened(finding, suppressed)
            self._live[key] = raised
            return [raised]
        incident = self._live.get(key)
        if incident is None or finding.says is Finding.Says.DOUBTED:
            return []
        # Flapping must not pile up evidence: only what opened the incident and what closed it is kept.
        closes = finding.says is Finding.Says.CLEARED
        moved = incident.moved(_MOVES[finding.says], finding.at, finding.evidence if closes else None)
        if closes:
            del self._live[key]
            self._over[key] = moved
        else:
            self._live[key] = moved
        return [moved]

    def forget(self, incident: str) -> None:
        """Leave an incident aside, by id: a person dismissed it."""
        self._live = {key: each for key, each in self._live.items() if each.id != incident}

    def drop_stale(self, now: datetime, after: timedelta) -> None:
        """Let go of suspicions neither confirmed nor doubted for a time, and of old repairs."""
        self._suspicions = {key: at for key, at in self._suspicions.items() if now - at <= after}
        self._over = {
            key: each
            for key, each in self._over.items()
            if each.closed_at is not None and now - each.closed_at <= REOPENS_WITHIN
        }


def _opened(finding: Finding, suppressed: tuple[str, ...]) -> Incident:
    return Incident(
        id=incident_id(finding.cause, finding.asset, finding.since),
        cause=finding.cause,
        asset=finding.asset,
        kind=finding.kind,
        state=State.OPEN,
        since=finding.since,
        opened_at=finding.at,
        evidence=(finding.evidence,),
        suppressed=suppressed,
        probable=finding.probable,
    )
