"""Reports: the proof of a night, the failures of a span of days, its energy, and the use of its Wi-Fi."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from city.errors import Outside
from city.reports import FailuresReport, NightHead
from headend.energy_report import EnergyReporter
from headend.failure_report import failures as failures_of
from headend.night_report import NightReporter
from headend.routes.gate import Observer, TheCore
from headend.wifi_report import WifiReporter

router = APIRouter(prefix="/reports")

LINES_AT_ONCE = 100
"""Light points that are judged and sent together, about 20 ms."""


@router.get("/night")
async def night(core: TheCore, _: Observer, night: date | None = None) -> StreamingResponse:
    """Every light point in one night, the last that is over by default.

    One JSON document, sent while it is being made: its first line is the head, then comes one line per light point.
    If the store goes away meanwhile, an ``error`` stands after what was known until then.
    """
    reporter = NightReporter(core, night)
    return StreamingResponse(_document(await reporter.open(), reporter), media_type="application/json")


async def _document(head: NightHead, reporter: NightReporter) -> AsyncGenerator[str, None]:
    yield head.model_dump_json()[:-1] + ', "points": ['
    error, lines, separator = "", list[str](), "\n"
    try:
        async with aclosing(reporter.points()) as points:
            async for point in points:
                lines.append(separator + point.model_dump_json())
                separator = ",\n"
                if len(lines) >= LINES_AT_ONCE:
                    yield "".join(lines)
                    lines = []
                    await asyncio.sleep(0)  # sending waits only for a slow reader, and others want a turn
    except Outside as gone:
        error = f', "error": {json.dumps(str(gone))}'
    yield "".join(lines) + f"\n]{error}}}\n"


@router.get("/energy")
async def energy(
    core: TheCore,
    _: Observer,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
) -> StreamingResponse:
    """What was drawn and saved from one day to another; by default in the month of yesterday, up to it.

    One JSON document: it begins with how many steps it takes and one line for each that is done; ``report`` is the
    report. If the store goes away meanwhile, an ``error`` stands in its place.
    """
    reporter = EnergyReporter(core, first, last)
    await core.store.ping()
    return StreamingResponse(_steps(reporter), media_type="application/json")


async def _steps(reporter: EnergyReporter) -> AsyncGenerator[str, None]:
    yield f'{{"total": {reporter.steps}, "steps": [\n'
    try:
        async with aclosing(reporter.run()) as steps:
            async for done in steps:
                yield f"{',' if done > 1 else ''}{done}\n"
        yield f'], "report": {reporter.report().model_dump_json()}}}\n'
    except Outside as gone:
        yield f'], "error": {json.dumps(str(gone))}}}\n'


@router.get("/failures")
async def failures(
    core: TheCore,
    _: Observer,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
) -> FailuresReport:
    """The incidents opened from one day to another, the last thirty days by default, and the forecast of ageing."""
    return await failures_of(core, first, last)


@router.get("/wifi")
async def wifi(
    core: TheCore,
    _: Observer,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    hotspot: Annotated[str | None, Query(max_length=80)] = None,
) -> StreamingResponse:
    """How the public places were used from one day to another; by default in the month of yesterday, up to it.

    One JSON document that comes as the one on energy does, with a line for each place. Small counts are masked.
    """
    reporter = WifiReporter(core, first, last, hotspot)
    await core.store.ping()
    return StreamingResponse(_days(reporter), media_type="application/json")


async def _days(reporter: WifiReporter) -> AsyncGenerator[str, None]:
    yield f'{{"total": {reporter.steps}, "steps": [\n'
    try:
        async with aclosing(reporter.run()) as steps:
            async for done in steps:
                yield f"{',' if done > 1 else ''}{done}\n"
    except Outside as gone:
        yield f'], "error": {json.dumps(str(gone))}}}\n'
        return
    yield f'], "report": {reporter.head().model_dump_json(exclude={"places"})[:-1]}, "places": [\n'
    for number, place in enumerate(reporter.places()):
        yield f"{',' if number else ''}{place.model_dump_json()}\n"
        await asyncio.sleep(0)
    yield "]}}\n"
