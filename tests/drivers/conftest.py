"""Telemetry stores of each kind, opened again and again."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from pydantic import SecretStr

from city.settings import TelemetrySection
from city.telemetry import TelemetryStore
from drivers.embedded import EmbeddedStore
from drivers.influx import InfluxStore
from tests.drivers.influx_v2 import ORGANISATION, TOKEN, FakeInflux
from tests.drivers.influxd import running_influxd
from tests.drivers.store_contract import Open, tags_of

_names = count()


@pytest.fixture(scope="module")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_influxd(tmp_path_factory.mktemp("influxd")) as url:
        yield url


@pytest.fixture(params=["embedded", "influxdb", "influxdb2"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    if request.param == "embedded":
        return lambda: EmbeddedStore(tmp_path / "telemetry", tags_of)
    influxd = request.getfixturevalue("influxd")
    name = f"city {next(_names)}"
    if request.param == "influxdb":
        settings = TelemetrySection(engine="influxdb", dialect="v1", url=influxd, database=name)
        return lambda: InfluxStore(settings, tags_of)
    server = FakeInflux(influxd)

    @asynccontextmanager
    async def opened() -> AsyncIterator[TelemetryStore]:
        async with server.serving() as url:
            if name not in server.buckets:
                await server.add_bucket(name)
            settings = TelemetrySection(
                engine="influxdb", url=url, database=name, organisation=ORGANISATION, token=SecretStr(TOKEN)
            )
            async with InfluxStore(settings, tags_of) as store:
                yield store

    return opened
