"""Light points: the list, one in full, and its curves."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import TypeAdapter

from city.measurements import Kind, Metric
from city.messages import LightPointDetail, LightPointView, SampleView
from city.replacements import ReplacementRequest, ReplacementView
from city.telemetry import Aggregate, Window
from headend.routes.gate import Observer, Technician, TheCore
from headend.routes.replay import LONGEST, Past, instant_of
from headend.unknown import Unknown

router = APIRouter(prefix="/light-points")

_LIST = TypeAdapter(list[LightPointView])
HOURS_MOST = 24 * 31
SAMPLES_MOST = 5000
"""Samples in one answer, at most."""


@router.get("")
async def light_points(core: TheCore, _: Observer) -> Response:
    """Every light point; dumped at once, since there may be twenty thousand."""
    views = await core.views.light_points()
    return Response(_LIST.dump_json(views), media_type="application/json")


@router.get("/{name}")
async def light_point(core: TheCore, _: Observer, past: Past, name: str) -> LightPointDetail:
    """All that is known of one, or was at a past instant."""
    return await (core.views if past is None else past).light_point(name)


@router.get("/{name}/replacements")
async def replacements(core: TheCore, _: Observer, name: str) -> list[ReplacementView]:
    """The lamps that were put in the place of others there, last first."""
    return await core.replacements.of(name)


@router.post("/{name}/replacement")
async def replace(
    core: TheCore, token: Technician, name: str, request: ReplacementRequest
) -> ReplacementView:
    """Put a new lamp in its place; the head-end takes up the changed inventory at once."""
    return await core.replacements.replace(name, request, token)


@router.get("/{name}/series")
async def series(
    core: TheCore,
    _: Observer,
    name: str,
    metric: Metric = Metric.POWER,
    hours: Annotated[float, Query(gt=0, le=HOURS_MOST)] = 24.0,
    step_s: Annotated[float, Query(ge=1)] = 300.0,
    at: Annotated[str | None, Query(max_length=LONGEST)] = None,
) -> list[SampleView]:
    """One metric over the last hours, or those up to an instant: a mean per step, or a counter's last stand.

    A step without a value has none.
    """
    if name not in core.lamps.all:
        raise Unknown(f"light point {name}: there is none of that name")
    end = core.clock.now() if at is None else instant_of(at)
    span = timedelta(hours=hours)
    step = max(timedelta(seconds=step_s), span / SAMPLES_MOST)
    # What has just come in still counts: the window's end is excluded.
    window = Window(end - span, end + timedelta(seconds=1))
    aggregate = Aggregate.LAST if metric.kind is Kind.COUNTER else Aggregate.MEAN
    samples = await core.store.series(name, metric, window, step, aggregate)
    return [SampleView(at=sample.at, value=sample.value) for sample in samples]
