"""Histories of clients leave the head-end without their small counts; all else is told as it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from city.clock import ManualClock
from city.history import HOUR
from city.measurements import DeviceKind, Metric, Reading
from headend.service import HeadEnd
from tests.headend.standing import Console, standing, write_city

NOW = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
COUNTS = (0, 3, 4, 5, 40)
"""In the five hours before now, at both radios of the access point; between the second and the third nobody looked."""


@asynccontextmanager
async def counted(folder: Path, extra: str = "") -> AsyncIterator[tuple[HeadEnd, Console]]:
    hours = [NOW - timedelta(hours=back) for back in (6, 5, 3, 2, 1)]
    async with standing(write_city(folder, extra), ManualClock(NOW)) as (headend, console):
        await headend.store.write(
            [
                reading
                for at, count in zip(hours, COUNTS, strict=True)
                for reading in (
                    Reading("AP-1", DeviceKind.ACCESS_POINT, at, {Metric.UPTIME: 3.0}),
                    Reading("AP-1/1", DeviceKind.RADIO, at, {Metric.CLIENTS: count, Metric.AIRTIME: 3.0}),
                    Reading("AP-1/2", DeviceKind.RADIO, at, {Metric.CLIENTS: 0.0}),
                    Reading("AP-1/ville", DeviceKind.SSID, at, {Metric.CLIENTS: count}),
                )
            ]
        )
        for kind in (DeviceKind.RADIO, DeviceKind.SSID):  # as at a start: then it knows that they are there
            headend.core.snapshot.restore(kind, await headend.store.last_values(kind))
        yield headend, console


async def series(console: Console, path: str) -> Any:
    view = await console.get(f"/history/{path}&hours=8&points=24")
    (found,) = view["now"]["series"] if "by=device" not in path else view["now"]["series"][:1]
    return view["small_count"], [each["value"] for each in found["samples"]], found["masked"]


async def test_small_counts_are_named_as_masked_and_have_no_sample_wherever_they_are_asked_for(
    tmp_path: Path,
) -> None:
    masked = ["2026-11-30T11:00:00Z", "2026-11-30T13:00:00Z"]
    async with counted(tmp_path) as (_, console):
        for path in (
            "devices/AP-1/1?metric=clients",
            "devices/AP-1/1?metric=clients&as=max",
            "devices/AP-1/ville?metric=clients",
            "groups?kind=radio&by=device&metric=clients",
            "groups?kind=radio&by=hotspot&metric=clients",
            "groups?kind=ssid&by=device&metric=clients",
        ):
            assert await series(console, path) == (5, [0, 5, 40], masked), path


async def test_the_time_before_is_masked_too(tmp_path: Path) -> None:
    async with counted(tmp_path) as (headend, console):
        week = timedelta(days=7)
        await headend.store.write(
            [Reading("AP-1/1", DeviceKind.RADIO, NOW - week - HOUR, {Metric.CLIENTS: 2.0})]
        )
        view = await console.get("/history/devices/AP-1/1?metric=clients&hours=8&points=24&compare=week")
        (before,) = view["before"]["series"]
    assert (before["samples"], before["masked"]) == ([], ["2026-11-23T15:00:00Z"])


async def test_only_clients_are_masked(tmp_path: Path) -> None:
    async with counted(tmp_path) as (_, console):
        assert await series(console, "devices/AP-1/1?metric=airtime_pct") == (0, [3] * 5, [])


async def test_the_settings_say_what_is_small(tmp_path: Path) -> None:
    async with counted(tmp_path, "[wifi]\nsmall_count = 0\n") as (_, console):
        assert await series(console, "devices/AP-1/1?metric=clients") == (0, list(COUNTS), [])
    (tmp_path / "ten").mkdir()
    async with counted(tmp_path / "ten", "[wifi]\nsmall_count = 10\n") as (_, console):
        _, told, masked = await series(console, "devices/AP-1/1?metric=clients")
    assert (told, len(masked)) == ([0, 40], 3)
