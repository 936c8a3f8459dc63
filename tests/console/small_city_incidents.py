"""What people write to the small city's incidents, what its citizens reported, and the days behind the evidence."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web
from pydantic import TypeAdapter

from city.casework import AssignRequest, NoteRequest, NoteView, PeopleView
from city.citizens import CitizenReportView, NearReportView
from city.history import Compare
from city.history_views import HistoryPeriod, HistorySeries, HistoryView
from city.measurements import DeviceKind, Metric
from city.messages import IncidentView, SampleView
from tests.console.small_city import BREAKER, NOMINAL_W, NOW, SmallCity

if TYPE_CHECKING:
    from tests.console.fake_headend import FakeHeadEnd

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
DUSK_H, DAWN_H = 16, 7
BROKE_AT = NOW - timedelta(minutes=31)
PEOPLE = PeopleView(names=("Marie", "Marie-Claude", "Paul"))
_REPORTS = TypeAdapter(list[NearReportView])


def add_routes(app: web.Application, head: "FakeHeadEnd") -> None:
    """The routes of what people say of incidents; to be added before the general one of acts."""

    def changed(incident: IncidentView) -> web.Response:
        head.city.incidents[incident.id] = incident
        return web.Response(text=incident.model_dump_json(), content_type="application/json")

    async def people(_: web.Request) -> web.Response:
        return web.Response(text=PEOPLE.model_dump_json(), content_type="application/json")

    async def assign(request: web.Request) -> web.Response:
        asked = AssignRequest.model_validate_json(await request.read())
        incident = head.city.incidents[request.match_info["id"]]
        return changed(incident.model_copy(update={"assigned_to": asked.name or None}))

    async def note(request: web.Request) -> web.Response:
        asked = NoteRequest.model_validate_json(await request.read())
        incident = head.city.incidents[request.match_info["id"]]
        notes = (*incident.notes, NoteView(at=NOW, by="Marie", text=asked.text))
        return changed(incident.model_copy(update={"notes": notes}))

    async def near(request: web.Request) -> web.Response:
        if head.history_away:
            return web.json_response({"error": "records: away"}, status=503)
        incident, report = request.match_info["id"], request.match_info.get("report")
        if incident == "i-l1":
            head.reports = [
                each
                if each.report.id != report
                else each.model_copy(update={"joined": request.method == "POST"})
                for each in head.reports
            ]
        found = head.reports if incident == "i-l1" else []
        return web.Response(body=_REPORTS.dump_json(found), content_type="application/json")

    app.router.add_get("/api/incidents/people", people)
    app.router.add_post("/api/incidents/{id}/assign", assign)
    app.router.add_post("/api/incidents/{id}/notes", note)
    app.router.add_get("/api/incidents/{id}/citizen-reports", near)
    app.router.add_post("/api/incidents/{id}/citizen-reports/{report}", near)
    app.router.add_delete("/api/incidents/{id}/citizen-reports/{report}", near)


def reports() -> list[NearReportView]:
    """Two citizens who saw the dead lamp in rue Mercière, one of them by its number."""
    return [_report("638350", ("0205",), 0.0, 25), _report("638361", ("0206", "0204"), 34.0, 12)]


def _report(number: str, lamps: tuple[str, ...], away: float, minutes: int) -> NearReportView:
    at = NOW - timedelta(minutes=minutes)
    report = CitizenReportView(
        id=number, state="unmatched", trouble="dark", light_points=lamps, place="rue Mercière", latitude=None,
        longitude=None, incident=None, requested_at=at, updated_at=at, ended_at=None, detail="",
    )  # fmt: skip
    return NearReportView(report=report, distance_m=away, joined=False)


def history(city: SmallCity, device: str, metric: Metric, query: Mapping[str, str]) -> HistoryView | None:
    """A day of a lamp, a circuit or an access point; None for what is none of them."""
    line: Callable[[datetime, Metric], float]
    if device in city.light_points:
        kind, line = DeviceKind.LAMP, _of_lamp
    elif device == BREAKER:
        kind, line = DeviceKind.CIRCUIT, _of_circuit
    elif device in city.access_points and metric is Metric.CLIENTS:
        return _view(DeviceKind.ACCESS_POINT, device, metric, [], None)
    else:
        return None
    start = NOW - DAY
    ats = [start + number * QUARTER for number in range(96)]
    now = [SampleView(at=at, value=line(at, metric)) for at in ats]
    before = None
    if query.get("compare") == "day":
        before = [SampleView(at=at - DAY, value=line(at - DAY, metric)) for at in ats]
    return _view(kind, device, metric, now, before)


def _is_night(at: datetime) -> bool:
    return at.hour >= DUSK_H or at.hour < DAWN_H


def _of_lamp(at: datetime, metric: Metric) -> float:
    level = 70.0 if _is_night(at) else 0.0
    if metric is Metric.LEVEL:
        return level
    return 0.4 if at >= BROKE_AT else level / 100 * NOMINAL_W


def _of_circuit(at: datetime, metric: Metric) -> float:
    del metric
    return 254.8 if _is_night(at) and at < NOW - timedelta(minutes=9) else 0.0


def _view(
    kind: DeviceKind, device: str, metric: Metric, now: list[SampleView], before: list[SampleView] | None
) -> HistoryView:
    def period(end: datetime, samples: list[SampleView]) -> HistoryPeriod:
        series = HistorySeries(name=device, samples=tuple(samples))
        return HistoryPeriod(start=end - DAY, end=end, series=(series,))

    return HistoryView(
        metric=metric, unit=metric.unit, shown="mean", kind=kind, by="device", across=None,
        time_zone="Europe/Paris", step_s=QUARTER.total_seconds(), now=period(NOW, now),
        compare=Compare.DAY if before is not None else None,
        before=period(NOW - DAY, before) if before is not None else None,
    )  # fmt: skip
