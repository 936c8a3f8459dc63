"""Which light points burned correctly in a night: telemetry, plan, orders and incidents, put together."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import date, datetime, timedelta

from city.errors import BadInput
from city.incidents import Cause, Incident, State
from city.measurements import DeviceKind, Metric
from city.nights import night_bounds, night_of
from city.reports import NightHead, NightPoint, Verdict
from city.telemetry import Window
from headend.core import Core
from headend.plan import Plan
from lighting.inventory import Inventory, LightPoint
from lighting.night_proof import (
    BURNED_SHARE,
    COVERED_SHARE,
    TOLERANCE_SHARE,
    LampSample,
    Proof,
    Span,
    prove,
    without,
)
from lighting.orders import Override, ordered_dark

LATE = timedelta(minutes=15)
"""Clock time after the end of light for which what the lamps said last may still be on its way to the store."""
ROOT_FIRST = {cause: rank for rank, cause in enumerate(Cause)}
WELL = frozenset({Verdict.BURNED, Verdict.NOT_PLANNED})
HOUR = timedelta(hours=1)


class NightReporter:
    """One night's report, being made."""

    def __init__(self, core: Core, night: date | None) -> None:
        """``night`` is the evening's date; None for the last that is over.

        Raises:
            BadInput: the night is not over yet.
        """
        self._core = core
        self._plan, self._points = core.plan, core.inventory.lighting.light_points
        now = core.clock.now()
        last = last_night(now, core.plan)
        self.night = last if night is None else night
        if self.night > last:
            raise BadInput(f"night {self.night}: it is not over yet; the last that is over is {last}")
        self._spans_by_calendar = {name: self._plan.lit_spans(name, self.night) for name in self._plan.points}
        self._spans = sorted(span for spans in self._spans_by_calendar.values() for span in spans)
        self._dark: Mapping[str, list[Span]] = {}
        self._incidents: Mapping[str, Incident] = {}

    async def open(self) -> NightHead:
        """Read what is known besides telemetry.

        Raises:
            Unreachable: the records or the store are away.
        """
        plan = self._plan.light_plan
        core, (start, end) = self._core, night_bounds(self.night, self._plan.site.zone)
        await core.store.ping()
        await core.watch.save()
        self._dark = _dark_by_point(await core.records.overrides_during(start, end))
        if self._spans:
            stood = await core.records.incidents_during(
                self._spans[0][0], max(until for _, until in self._spans)
            )
            self._incidents = _by_point(stood, core.inventory.lighting)
        return NightHead(
            night=self.night,
            start=start,
            end=end,
            programme=" · ".join(plan.calendars[name].title for name in self._plan.points),
            planned_h=self._planned_h(),
            city=core.settings.city.name,
            time_zone=core.settings.city.time_zone,
            total=len(self._points),
            burned_share=BURNED_SHARE,
            covered_share=COVERED_SHARE,
            tolerance_share=TOLERANCE_SHARE,
        )

    async def points(self) -> AsyncGenerator[NightPoint, None]:
        """Every light point, in no order: first those that were heard of.

        Raises:
            Unreachable: the store has gone away meanwhile.
        """
        silent = dict(self._points)
        if self._spans:
            window = Window(self._spans[0][0], max(until for _, until in self._spans))
            tracks = self._core.store.tracks(DeviceKind.LAMP, [Metric.LEVEL, Metric.POWER], window)
            async with aclosing(tracks):
                async for track in tracks:
                    if point := silent.pop(track.device, None):
                        yield self._point(point, track.rows)
        for point in silent.values():
            yield self._point(point, [])

    def _planned_h(self) -> float:
        """Hours of light that the plan asks for, averaged over the light points."""
        hours = {
            name: sum((until - since for since, until in spans), timedelta()) / HOUR
            for name, spans in self._spans_by_calendar.items()
        }
        total = sum(self._plan.points.values())
        return (
            sum(hours[name] * points for name, points in self._plan.points.items()) / total if total else 0.0
        )

    def _point(self, point: LightPoint, samples: Sequence[LampSample]) -> NightPoint:
        dark = self._dark.get(point.id)
        planned = self._spans_by_calendar[self._plan.calendar_of[point.id]]
        spans = without(planned, dark) if dark else planned
        proof = prove(point.lamp_type, spans, samples)
        incident = None if proof.verdict in WELL else self._incidents.get(point.id)
        return _view(point, proof, incident)


def last_night(now: datetime, plan: Plan) -> date:
    """The last night whose light is over, and of which the last words have had time to come in."""
    night = night_of(now, plan.site.zone)
    ends = [until for name in plan.points for _, until in plan.lit_spans(name, night)]
    return night if ends and now >= max(ends) + LATE else night - timedelta(days=1)


def _dark_by_point(overrides: Iterable[Override]) -> Mapping[str, list[Span]]:
    by_point: defaultdict[str, list[Override]] = defaultdict(list)
    for override in overrides:
        for point in override.points:
            by_point[point].append(override)
    return {point: dark for point, orders in by_point.items() if (dark := ordered_dark(orders))}


def _by_point(incidents: Iterable[Incident], inventory: Inventory) -> Mapping[str, Incident]:
    """The incident that explains each light point's trouble: of several, the one nearest to the root."""
    found: dict[str, Incident] = {}
    for incident in sorted(incidents, key=lambda each: ROOT_FIRST[each.cause]):
        if incident.state is not State.DISMISSED:
            for point in {incident.asset, *incident.suppressed} & inventory.light_points.keys():
                found.setdefault(point, incident)
    return found


def _view(point: LightPoint, proof: Proof, incident: Incident | None) -> NightPoint:
    return NightPoint(
        id=point.id,
        sector=point.sector,
        quarter=point.quarter,
        street=point.street,
        cabinet=point.cabinet,
        circuit=point.circuit,
        lamp_type=point.lamp_type.id,
        verdict=proof.verdict,
        planned_h=round(proof.planned_h, 3),
        covered_share=round(proof.covered_share, 3),
        lit_h=round(proof.lit_h, 3),
        mean_w=None if proof.mean_w is None else round(proof.mean_w, 2),
        expected_w=None if proof.expected_w is None else round(proof.expected_w, 2),
        incident=incident.id if incident else None,
        cause=incident.cause if incident else None,
    )
