"""A reading that a real store refuses among thousands, on both ways to it: it alone is left out, with its reason."""

import json
from collections.abc import Iterator
from datetime import timedelta
from math import nan
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from city.clock import ManualClock
from city.measurements import DeviceKind, Metric, Reading
from city.settings import TelemetrySection
from city.telemetry import TelemetryStore, Window
from drivers.embedded import EmbeddedStore
from drivers.influx import InfluxStore
from headend.connections import Connections
from headend.spool import Spool
from tests.drivers.influxd import running_influxd
from tests.headend.recording import EVENING
from tests.headend.spool.spools import nothing

READINGS = 3000
BAD = (7, 1400, 2999)
TYPED_OTHERWISE = b"lamp,device=L0 temperature_c=14i 1796054400000000000"
"""Somebody has written whole numbers into a field of ours: InfluxDB takes no others there since."""


@pytest.fixture(scope="module")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_influxd(tmp_path_factory.mktemp("influxd")) as url:
        yield url


@pytest.fixture(params=["embedded", "influxdb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TelemetryStore:
    if request.param == "embedded":
        return EmbeddedStore(tmp_path / "telemetry", lambda device: {})
    url, database = request.getfixturevalue("influxd"), tmp_path.name
    _post(f"{url}/query?q=CREATE+DATABASE+{database}", b"")
    _post(f"{url}/write?db={database}", TYPED_OTHERWISE)
    settings = TelemetrySection(engine="influxdb", dialect="v1", url=url, database=database)
    return InfluxStore(settings, lambda device: {})


def _post(url: str, body: bytes) -> None:
    with urlopen(Request(url, body, method="POST"), timeout=10):  # noqa: S310 (our own loopback)
        pass


def reading(number: int, store: TelemetryStore) -> Reading:
    values = {Metric.LEVEL: 70.0, Metric.POWER: float(number)}
    if number in BAD:
        if isinstance(store, InfluxStore):
            values[Metric.TEMPERATURE] = 14.5
        else:
            values[Metric.LEVEL] = nan
    return Reading(f"L{number}", DeviceKind.LAMP, EVENING + timedelta(seconds=number % 60), values)


@pytest.mark.parametrize("way", ["live", "backlog"])
async def test_only_what_is_malformed_is_left_out_and_everybody_sees_why(
    store: TelemetryStore, tmp_path: Path, way: str
) -> None:
    clock = ManualClock(EVENING)
    connections = Connections(clock)
    spool = Spool(store, tmp_path / "spool", TelemetrySection(spool_leaves_mib=0), clock, connections)
    await spool.open(nothing)
    if way == "backlog":
        spool._drain._go_away(TimeoutError())
    for number in range(READINGS):
        spool.put(reading(number, store))
    await spool._commit()
    while spool.waiting:
        assert await spool._drain.open(nothing)
        spool._drain._allowed = 1e6
        assert await spool._drain._write_waiting()
    state = spool.state
    bad_values = sum(len(reading(number, store).values) for number in BAD)
    assert (state.dead_letters, state.lost) == (len(BAD), bad_values)
    assert state.stored == state.taken - bad_values
    [view] = connections.views()
    assert (view.up, view.refused) == (True, bad_values)
    assert view.reasons == state.losses
    assert sum(view.reasons.values()) == bad_values
    letters = [
        json.loads(line) for line in (tmp_path / "spool" / "dead-letters.jsonl").read_text().splitlines()
    ]
    assert {letter["device"] for letter in letters} == {f"L{number}" for number in BAD}
    assert all(
        ("nan" if isinstance(store, EmbeddedStore) else "conflict") in letter["why"] for letter in letters
    )
    window = Window(EVENING, EVENING + timedelta(minutes=1))
    there = {track.device async for track in store.tracks(DeviceKind.LAMP, [Metric.POWER], window)}
    assert {f"L{number}" for number in range(READINGS) if number not in BAD} <= there
    await spool.close(5)
