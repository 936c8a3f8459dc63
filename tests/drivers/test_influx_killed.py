"""A real InfluxDB that dies in the middle of writes, and one over a network, for which writes are packed."""

import asyncio
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from pydantic import SecretStr

from city.errors import Unreachable
from city.measurements import DeviceKind, Metric, Reading, count_values
from city.settings import TelemetrySection
from drivers.influx import InfluxStore
from tests.drivers.influx_v2 import ORGANISATION, TOKEN, FakeInflux
from tests.drivers.influxd import Influxd, running_influxd, started_influxd

AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
WITHIN_S = 30.0
IN_THE_MIDDLE_S = 0.005
"""A request of 5,000 lines takes the server ten times as long."""


def readings(first: int, number: int) -> list[Reading]:
    return [
        Reading(
            f"L{n % 500:03}",
            DeviceKind.LAMP,
            AT + timedelta(seconds=n),
            {Metric.POWER: n / 7, Metric.LEVEL: 70.0},
        )
        for n in range(first, first + number)
    ]


@pytest.fixture
def influxd(tmp_path: Path) -> Iterator[Influxd]:
    with started_influxd(tmp_path) as server:
        yield server


async def test_nothing_that_was_written_is_lost_and_nothing_is_doubled_when_the_server_is_killed(
    influxd: Influxd,
) -> None:
    settings = TelemetrySection(dialect="v1", url=influxd.url)
    batches = [readings(n, 10_000) for n in range(0, 60_000, 10_000)]
    async with asyncio.timeout(WITHIN_S), InfluxStore(settings, lambda _: {}) as store:
        await store.ping()
        post, posts, failures = store._writer._post, count(1), list[str]()

        async def dying(body: bytes) -> None:
            if next(posts) in {4, 9}:
                asyncio.get_running_loop().call_later(IN_THE_MIDDLE_S, os.kill, influxd.pid, signal.SIGKILL)
            await post(body)

        store._writer._post = dying  # type: ignore[method-assign]
        for batch in batches:
            while (failure := await failure_of(store, batch)) is not None:
                failures.append(str(failure))
                await asyncio.to_thread(influxd.start_again)
        assert len(failures) == 2
        assert all("cannot be reached" in failure for failure in failures)
        assert await store.count() == sum(map(count_values, batches))


async def failure_of(store: InfluxStore, batch: list[Reading]) -> Unreachable | None:
    try:
        await store.write(batch)
    except Unreachable as error:
        return error
    return None


async def test_what_goes_over_a_network_is_packed_and_arrives_whole(tmp_path: Path) -> None:
    with running_influxd(tmp_path) as backend:
        fake = FakeInflux(backend)
        await fake.add_bucket("ville")
        async with fake.serving() as url:
            for settings in (
                TelemetrySection(dialect="v1", url=backend),
                TelemetrySection(
                    url=url, database="ville", organisation=ORGANISATION, token=SecretStr(TOKEN)
                ),
            ):
                store = InfluxStore(settings, lambda _: {})
                assert store._server.is_near
                store._server.is_near = False
                async with store:
                    await store.write(readings(0, 6_000))
                    assert await store.count() == 12_000
        assert fake.encodings == ["gzip", "gzip"]


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://127.0.0.1:8086", True),
        ("http://localhost:8086", True),
        ("http://[::1]:8086", True),
        ("http://influx:8086", False),
        ("https://192.0.2.7", False),
        ("http://127.evil.example", False),
    ],
)
def test_only_the_loopback_is_near(url: str, near: bool) -> None:
    assert InfluxStore(TelemetrySection(url=url), lambda _: {})._server.is_near == near
