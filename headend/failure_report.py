"""What failed in a span of days, how soon it was repaired, and what will come to the end of its life."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from statistics import median

from city.errors import BadInput
from city.incidents import LIVE, Cause, Incident, State
from city.measurements import DeviceKind, Metric
from city.nights import night_of
from city.reports import AgeingPoint, CauseFigures, FailuresReport
from headend.core import Core
from headend.plan import Plan
from headend.records import Ticket
from lighting.ageing import Ageing, nearing_end, yearly_hours

USUAL_DAYS = 30
"""Days up to today that are reported when none are named."""
HOUR = timedelta(hours=1)


async def failures(core: Core, first: date | None, last: date | None) -> FailuresReport:
    """The report on the incidents opened from one day to another, both included, in the city's own time.

    Raises:
        BadInput: the days are the wrong way round.
        Unreachable: the records or the store are away.
    """
    zone, now = core.plan.site.zone, core.clock.now()
    last = last or now.astimezone(zone).date()
    first = first or last - timedelta(days=USUAL_DAYS - 1)
    if first > last:
        raise BadInput(f"from {first} to {last}: the first day comes after the last")
    start, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    await core.watch.save()
    stood = await core.records.incidents_during(start, end)
    opened = [incident for incident in stood if incident.opened_at >= start]
    tickets = {ticket.incident: ticket for ticket in await core.desk.tickets()}
    ageing, yearly_h = await _ageing(core, now)
    return FailuresReport(
        first=first,
        last=last,
        made_at=now,
        city=core.settings.city.name,
        time_zone=core.settings.city.time_zone,
        causes=_by_cause(opened, tickets),
        incidents=tuple(core.views.incident(each, tickets.get(each.id)) for each in opened),
        ageing=tuple(_ageing_view(each) for each in ageing),
        yearly_h=round(yearly_h, 1),
    )


async def _ageing(core: Core, now: datetime) -> tuple[list[Ageing], float]:
    plan, points = core.plan, core.inventory.lighting.light_points
    tonight = night_of(now, plan.site.zone)
    yearly_h = await asyncio.to_thread(_yearly_hours, plan, tonight)
    last = await core.store.last_values(DeviceKind.LAMP)
    burned = [
        (
            points[name],
            values[Metric.BURNING].value - points[name].hours_before,
            yearly_h[plan.calendar_of[name]],
        )
        for name, values in last.items()
        if name in points and Metric.BURNING in values
    ]
    total = sum(plan.points.values())
    mean_h = sum(yearly_h[name] * count for name, count in plan.points.items()) / total if total else 0.0
    return nearing_end(burned, now.astimezone(plan.site.zone).date()), mean_h


def _yearly_hours(plan: Plan, tonight: date) -> dict[str, float]:
    """Hours of light that each calendar asks for in a year."""
    return {name: yearly_hours(plan.light_plan, name, tonight, plan.site) for name in plan.points}


def _by_cause(incidents: Iterable[Incident], tickets: dict[str, Ticket]) -> tuple[CauseFigures, ...]:
    by_cause: defaultdict[Cause, list[Incident]] = defaultdict(list)
    for incident in incidents:
        by_cause[incident.cause].append(incident)
    return tuple(_figures(cause, by_cause[cause], tickets) for cause in Cause if cause in by_cause)


def _figures(cause: Cause, incidents: list[Incident], tickets: dict[str, Ticket]) -> CauseFigures:
    delays_h = [
        (each.closed_at - each.opened_at) / HOUR
        for each in incidents
        if each.state is State.CLOSED and each.closed_at
    ]
    return CauseFigures(
        cause=cause,
        incidents=len(incidents),
        standing=sum(each.state in LIVE for each in incidents),
        reopened=sum(each.reopened > 0 for each in incidents),
        dismissed=sum(each.state is State.DISMISSED for each in incidents),
        tickets=sum(each.id in tickets for each in incidents),
        repaired=len(delays_h),
        median_repair_h=round(median(delays_h), 2) if delays_h else None,
        worst_repair_h=round(max(delays_h), 2) if delays_h else None,
    )


def _ageing_view(ageing: Ageing) -> AgeingPoint:
    point = ageing.point
    return AgeingPoint(
        id=point.id,
        sector=point.sector,
        quarter=point.quarter,
        street=point.street,
        lamp_type=point.lamp_type.id,
        burned_h=round(ageing.burned_h, 1),
        rated_h=point.lamp_type.rated_h,
        expected=ageing.expected,
    )
