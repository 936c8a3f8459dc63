"""Joining a citizen's report to an incident by hand, and parting them: where words and distance did not decide.

unmatched | suspected | nothing_seen ─► attached    a person says that the incident explains it
attached ─► unmatched                               a person says that it does not: left for people
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from city.clock import Clock
from city.errors import BadInput
from city.incidents import LIVE, Incident
from city.measurements import DeviceKind
from city.places import Position
from headend.citizen_book import CitizenBook
from headend.records import KeptReport, Records, ReportState
from headend.unknown import Unknown
from lighting.inventory import LightPoint
from lighting.nearby import METRES_PER_DEGREE, distance_m

NEAR_M = 150.0
"""A report is shown with an incident within this distance of its lamps: a person may know more than we do."""
MOST_NEAR = 20
JOINABLE = frozenset({ReportState.UNMATCHED, ReportState.SUSPECTED, ReportState.NOTHING_SEEN})
"""The states from which a person may join a report to an incident."""
OF_LIGHTING = frozenset(
    {DeviceKind.LAMP, DeviceKind.CIRCUIT, DeviceKind.CABINET, DeviceKind.PHASE, DeviceKind.GATEWAY}
)
FURTHEST_NORTH_COSINE = 0.4
"""No lamp of ours is beyond 66° of latitude: there a degree of longitude is at least so much of one of latitude."""


@dataclass(frozen=True, slots=True)
class NearReport:
    """A report, and how far from an incident it is."""

    report: KeptReport
    distance_m: float | None
    """To the nearest lamp that the incident takes; None where nobody knows where it is."""
    joined: bool


class Joining:
    """What a person may say of reports and incidents. Methods raise Unreachable when the records are away."""

    def __init__(
        self, book: CitizenBook, records: Records, clock: Clock, points: Mapping[str, LightPoint]
    ) -> None:
        self._book = book
        self._records = records
        self._clock = clock
        self._points = points

    async def near(self, incident: Incident, spot: Position) -> list[NearReport]:
        """The reports joined to an incident, then those near enough to be joined to it, the nearest first.

        ``spot``: where it is, when none of its lamps is on file.
        """
        await self._book.open()
        if incident.kind not in OF_LIGHTING:
            return []
        places = self._places(incident) or [spot]
        all_kept = frozenset(ReportState) - {ReportState.FORGOTTEN}
        joined = [each for each in self._book.within(all_kept) if each.incident == incident.id]
        found = [NearReport(each, self._distance(each, places), joined=True) for each in joined]
        if incident.state in LIVE:
            free = [NearReport(each, self._distance(each, places), joined=False) for each in self._free()]
            found += [each for each in free if each.distance_m is not None and each.distance_m <= NEAR_M]
        found.sort(key=lambda each: (not each.joined, each.distance_m or 0.0, each.report.id))
        return found[:MOST_NEAR]

    async def join(self, report: str, incident: Incident) -> None:
        """Say that an incident explains a report.

        Raises:
            BadInput: it is explained, or over, already; or the incident is none of lighting.
            Unknown: there is no such report.
        """
        if incident.kind not in OF_LIGHTING:
            raise BadInput(f"incident {incident.id}: citizens' reports are of lamps, and it is of Wi-Fi")

        def attach(present: KeptReport) -> KeptReport:
            if present.state is ReportState.ATTACHED and present.incident == incident.id:
                return present
            if present.state not in JOINABLE:
                of = f" to {present.incident}" if present.incident else ""
                raise BadInput(f"citizen's report {report} is {present.state}{of}: it cannot be joined")
            return replace(
                present, state=ReportState.ATTACHED, incident=incident.id, ended_at=None, detail=""
            )

        await self._change(report, attach)

    async def part(self, report: str, incident: Incident) -> None:
        """Say that an incident does not explain a report, which is then for people to look into.

        Raises:
            BadInput: it is not joined to this incident, or the incident's ticket goes on in it.
            Unknown: there is no such report.
        """
        ticket = await self._records.tickets.get(incident.id)
        if ticket is not None and ticket.adopted and ticket.service_id == report:
            raise BadInput(f"citizen's report {report}: the incident's own ticket goes on in it")
        now = self._clock.now()

        def free(present: KeptReport) -> KeptReport:
            if present.state is not ReportState.ATTACHED or present.incident != incident.id:
                raise BadInput(f"citizen's report {report} is not joined to {incident.id}")
            # Not to one of the states in which the head-end looks for an incident: it would find the same again.
            return replace(
                present,
                state=ReportState.UNMATCHED,
                incident=None,
                ended_at=now,
                detail=f"a person parted it from {incident.id}",
            )

        await self._change(report, free)

    async def _change(self, report: str, change: Callable[[KeptReport], KeptReport]) -> None:
        await self._book.open()
        kept = self._book.get(report)
        if kept is None or kept.state is ReportState.FORGOTTEN:
            raise Unknown(f"citizen's report {report}: there is none of that number")
        await self._book.change(report, change)

    def _free(self) -> list[KeptReport]:
        return self._book.within(JOINABLE)

    def _places(self, incident: Incident) -> list[Position]:
        names = (incident.asset, *incident.suppressed)
        return [self._points[name].position for name in names if name in self._points]

    def _distance(self, report: KeptReport, places: Sequence[Position]) -> float | None:
        """To the nearest of some places, m; None where the report has none, or it is out of the question."""
        name = report.named or (report.suspects[0] if report.suspects else "")
        here = report.position or (self._points[name].position if name in self._points else None)
        if here is None:
            return None
        # Most reports are elsewhere in the city: their distance to each lamp of a large outage need not be reckoned.
        reach = NEAR_M / METRES_PER_DEGREE
        close = [each for each in places if abs(each.latitude - here.latitude) <= reach]
        wide = reach / FURTHEST_NORTH_COSINE
        close = [each for each in close if abs(each.longitude - here.longitude) <= wide]
        return min((distance_m(here, each) for each in close), default=None)
