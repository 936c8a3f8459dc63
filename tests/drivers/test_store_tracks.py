"""Tracks, as every telemetry store gives them: each device's samples side by side."""

from contextlib import aclosing
from datetime import datetime, timedelta

import pytest

from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import TelemetryStore, Window
from tests.drivers.store_contract import HOUR, MINUTE, START, WEIRD, Open, lamp

Row = tuple[datetime, tuple[float | None, ...]]


async def tracks(store: TelemetryStore, *metrics: Metric, window: Window = HOUR) -> dict[str, list[Row]]:
    """The tracks of lamps by device; each may come only once."""
    found: dict[str, list[Row]] = {}
    async with aclosing(store.tracks(DeviceKind.LAMP, metrics, window)) as stream:
        async for track in stream:
            assert track.device not in found
            found[track.device] = list(track.rows)
    return found


async def test_a_new_store_has_no_tracks(open_store: Open) -> None:
    async with open_store() as store:
        assert await tracks(store, Metric.LEVEL, Metric.POWER) == {}


async def test_tracks_hold_each_devices_samples_side_by_side_with_gaps_as_none(open_store: Open) -> None:
    async with open_store() as store:
        await store.write([lamp("08-1", 10, power_w=10.0), lamp("08-1", 5, level_pct=70.0, power_w=5.0)])
        await store.write([lamp("08-1", 10, level_pct=30.0), lamp("08-1", 20, level_pct=30.0, starts=7.0)])
        await store.write([lamp("09-1", 1, level_pct=100.0, power_w=60.0), lamp("unheard", 1, starts=7.0)])
        await store.write([Reading("A-008", DeviceKind.CABINET, START, {Metric.POWER: 900.0})])
        assert await tracks(store, Metric.LEVEL, Metric.POWER) == {
            "08-1": [
                (START + 5 * MINUTE, (70.0, 5.0)),
                (START + 10 * MINUTE, (30.0, 10.0)),
                (START + 20 * MINUTE, (30.0, None)),
            ],
            "09-1": [(START + MINUTE, (100.0, 60.0))],
        }
        assert await tracks(store, Metric.STARTS, window=Window(START, START + 2 * MINUTE)) == {
            "unheard": [(START + MINUTE, (7.0,))]
        }


async def test_a_track_takes_the_start_of_the_window_leaves_its_end_and_keeps_microseconds(
    open_store: Open,
) -> None:
    minutes = (0, 1, 1.0000005, 59.9999999, 60)
    async with open_store() as store:
        await store.write([lamp("08-1", minute, power_w=minute) for minute in minutes])
        window = Window(START + MINUTE, START + 60 * MINUTE)
        rows = (await tracks(store, Metric.POWER, window=window))["08-1"]
        assert [values for _, values in rows] == [(1.0,), (1.0000005,), (59.9999999,)]
        assert rows[1][0] == START + MINUTE + timedelta(microseconds=30)


async def test_tracks_of_a_city_come_whole_and_may_be_left_early(
    open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.influx.server.ROWS_A_PIECE", 700)
    readings = [
        lamp(f"L{n:04}", minute, power_w=float(n), level_pct=100.0)
        for n in range(2_500)
        for minute in range(3)
    ]
    long = [lamp("long", minute / 60, power_w=float(minute)) for minute in range(3_000)]
    async with open_store() as store:
        await store.write(readings)
        await store.write(long)
        found = await tracks(store, Metric.LEVEL, Metric.POWER)
        assert len(found) == 2_501
        assert [len(found[name]) for name in ("L0000", "L2499", "long")] == [3, 3, 3_000]
        assert [at for at, _ in found["long"]] == sorted(at for at, _ in found["long"])
        async with aclosing(store.tracks(DeviceKind.LAMP, [Metric.POWER], HOUR)) as stream:
            assert await anext(stream)
        await store.ping()


async def test_tracks_of_strange_names_are_theirs(open_store: Open) -> None:
    async with open_store() as store:
        await store.write([lamp(WEIRD, 0, power_w=1.0), lamp("x' OR 'x'='x", 0, power_w=2.0)])
        found = await tracks(store, Metric.POWER)
        assert found == {WEIRD: [(START, (1.0,))], "x' OR 'x'='x": [(START, (2.0,))]}
