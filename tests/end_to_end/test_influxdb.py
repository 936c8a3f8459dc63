"""The head-end over a real InfluxDB 1.6, as a city with a server would run it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from city.clock import SimulatedClock
from city.measurements import Metric
from city.settings import load_settings
from city.telemetry import Window
from fake_devices.city_files import Rhythm
from fake_devices.field import FakeField, FieldPlan
from headend.service import HeadEnd
from tests.drivers.influxd import running_influxd

DUSK = datetime(2026, 11, 30, 15, 36, tzinfo=UTC)
LONG = timedelta(minutes=14)
SPEED = 120.0
WITHIN_S = 60.0


async def test_what_the_field_sends_is_in_influxdb_to_the_unit_and_comes_back(tmp_path: Path) -> None:
    with running_influxd(tmp_path) as url:
        clock = SimulatedClock.starting(DUSK, SPEED)
        clock.release(until=DUSK)
        async with FakeField(FieldPlan(lamps=30, access_points=2, seed=1), clock) as field:
            file = tmp_path / "city.toml"
            field.write_settings(file, Rhythm(api_port=0))
            with file.open("a") as settings:
                settings.write(f'\n[telemetry]\nengine = "influxdb"\ndialect = "v1"\nurl = "{url}"\n')
            head = HeadEnd(load_settings(file), clock)
            ready = asyncio.Event()
            async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
                tasks.create_task(head.run(lambda _url: ready.set()))
                await ready.wait()
                clock.release(until=DUSK + LONG)
                await clock.sleep(LONG.total_seconds() - 1)
                field.quiesce()
                while field.backlog or head.counts.ingested < field.sent or head.counts.waiting:
                    await asyncio.sleep(0.05)
                lamp = next(iter(field.world.lamps))
                window = Window(DUSK, DUSK + LONG)
                levels = await head.store.series(lamp, Metric.LEVEL, window, timedelta(minutes=1))
                head.stop()
        assert head.counts.in_store == head.counts.ingested == field.sent > 0
        assert [sample.value for sample in levels][-1] == 100
