"""The console asks a real head-end for the day behind each kind of incident, and for what citizens reported."""

from datetime import timedelta
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.incidents import Cause
from city.measurements import Batch, DeviceKind, Metric, Reading
from city.messages import IncidentView
from console.client import ApiClient
from console.incident_day import day_of_incident
from headend.service import HeadEnd
from tests.console.small_city import SmallCity
from tests.headend.recording import EVENING, batch, lamp_dead, lamp_reading, until
from tests.headend.standing import standing, write_city

EARLIER = EVENING - timedelta(minutes=20)
MEASURED = {
    (DeviceKind.LAMP, "L1"): {Metric.POWER: 0.6, Metric.LEVEL: 100.0},
    (DeviceKind.CIRCUIT, "A-001/1"): {Metric.POWER: 180.0},
    (DeviceKind.CABINET, "A-001"): {Metric.POWER: 360.0, Metric.VOLTAGE_L2: 231.0},
    (DeviceKind.ACCESS_POINT, "AP-1"): {Metric.UPTIME: 7200.0, Metric.CLIENTS: 12.0},
    (DeviceKind.RADIO, "AP-1/1"): {Metric.CLIENTS: 12.0, Metric.AIRTIME: 20.0},
}


def _view(cause: Cause, kind: DeviceKind, asset: str) -> IncidentView:
    return SmallCity().incidents["i-l1"].model_copy(update={"cause": cause, "kind": kind, "asset": asset})


async def _measure(headend: HeadEnd) -> None:
    for (kind, device), values in MEASURED.items():
        headend.core.ingest(Batch(device, EARLIER, (Reading(device, kind, EARLIER, values),)))
    headend.core.ingest(batch(lamp_reading("L2", EARLIER)))
    await until(lambda: headend.core.spool.state.waiting == 0, 15.0)


@pytest.mark.parametrize(
    ("cause", "kind", "asset", "metric", "value"),
    [
        (Cause.LAMP_DEAD, DeviceKind.LAMP, "L1", Metric.POWER, 0.6),
        (Cause.BREAKER_TRIP, DeviceKind.CIRCUIT, "A-001/1", Metric.POWER, 180.0),
        (Cause.CABINET_SUPPLY_LOSS, DeviceKind.CABINET, "A-001", Metric.POWER, 360.0),
        (Cause.PHASE_LOST, DeviceKind.PHASE, "A-001/L2", Metric.VOLTAGE_L2, 231.0),
        (Cause.AP_REBOOTING, DeviceKind.ACCESS_POINT, "AP-1", Metric.UPTIME, 2.0),
        (Cause.AP_DOWN, DeviceKind.ACCESS_POINT, "AP-1", Metric.CLIENTS, 12.0),
        (Cause.INTERFERENCE, DeviceKind.RADIO, "AP-1/1", Metric.AIRTIME, 20.0),
        (Cause.BACKHAUL_DOWN, DeviceKind.HOTSPOT, "patinoire", Metric.CLIENTS, 12.0),
    ],
)
async def test_the_day_of_every_kind_comes_from_the_head_ends_own_histories(
    tmp_path: Path, cause: Cause, kind: DeviceKind, asset: str, metric: Metric, value: float
) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        await _measure(headend)
        async with ApiClient(console.url, console.token) as client:
            day = await day_of_incident(client, _view(cause, kind, asset))
        assert day is not None
        assert day.metric is metric
        assert [told for _, told in day.measured] == [pytest.approx(value)]
        if kind is DeviceKind.LAMP:
            assert [told for _, told in day.expected] == [60.0]


async def test_one_that_is_over_shows_the_day_up_to_its_end(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        await _measure(headend)
        over = EARLIER - timedelta(days=2)
        view = _view(Cause.LAMP_DEAD, DeviceKind.LAMP, "L1").model_copy(update={"closed_at": over})
        async with ApiClient(console.url, console.token) as client:
            day = await day_of_incident(client, view)
        assert day is not None
        assert day.start < over < day.end < EARLIER
        assert day.measured == []


async def test_the_consoles_own_calls_are_understood(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        dead = lamp_dead("L1")
        headend.core.watch._changed([dead])
        async with ApiClient(console.url, console.token) as client:
            assert (await client.assign(dead.id, "Marie")).assigned_to == "Marie"
            assert (await client.note(dead.id, "vu")).notes[-1].by == "supervisor"
            assert (await client.people()).names == ("supervisor",)
            assert await client.near_reports(dead.id) == ()
            [view] = await client.incidents()
            assert (view.assigned_to, len(view.notes)) == ("Marie", 1)
