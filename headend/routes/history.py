"""Histories: of one device, and of all of a kind by group."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from city.history import POINTS, POINTS_MOST, Compare, window_of
from city.history_views import HistoryView
from city.measurements import DeviceKind, Metric
from city.telemetry import Aggregate, Tag
from headend.core import Core
from headend.history import DEVICE, Asked, History, Shown
from headend.history_masking import without_small_counts
from headend.routes.gate import Observer, TheCore

router = APIRouter(prefix="/history")


def _asked(
    core: TheCore,
    _: Observer,
    metric: Metric,
    begin: Annotated[str | None, Query(alias="from", max_length=40)] = None,
    end: Annotated[str | None, Query(alias="to", max_length=40)] = None,
    hours: Annotated[float | None, Query(gt=0, le=24 * 366 * 10)] = None,
    points: Annotated[int, Query(ge=1, le=POINTS_MOST)] = POINTS,
    shown: Annotated[Shown | None, Query(alias="as")] = None,
    compare: Compare | None = None,
    across: Literal["sum", "mean"] = "sum",
) -> Asked:
    """What every question on history says."""
    window = window_of(begin, end, hours, core.clock.now(), core.plan.site.zone)
    return Asked(metric, window, points, begin is None, shown, compare, Aggregate(across))


Question = Annotated[Asked, Depends(_asked)]


@router.get("/devices/{name:path}")
async def device(core: TheCore, asked: Question, name: str) -> Response:
    """One metric of one device of any kind; names hold slashes: ``A-017/2``."""
    return await _written(core, await History(core, asked).of_device(name))


@router.get("/groups")
async def groups(
    core: TheCore,
    asked: Question,
    kind: DeviceKind,
    by: Literal["device", "sector", "cabinet", "hotspot"] = "sector",
) -> Response:
    """One metric of all devices of a kind, summed or averaged by group, or each by itself."""
    return await _written(core, await History(core, asked).by_group(kind, None if by == DEVICE else Tag(by)))


async def _written(core: Core, view: HistoryView) -> Response:
    """As JSON, which takes a tenth of a second where there are many samples; small counts of clients stay here."""

    def write() -> str:
        return without_small_counts(view, core.settings.wifi.small_count).model_dump_json()

    return Response(await asyncio.to_thread(write), media_type="application/json")
