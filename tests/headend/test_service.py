"""The service: starting, stopping and starting again."""

import asyncio
import socket
from datetime import timedelta
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.errors import BadInput
from city.incidents import State
from city.messages import LampState
from city.settings import load_settings
from headend.service import HeadEnd
from tests.headend.recording import EVENING, batch, lamp_dead, lamp_reading, until
from tests.headend.standing import standing, write_city

ORDER = {"selector": "L1", "level_pct": 40, "for_s": 7200, "reason": "chantier"}


async def test_it_starts_while_everything_outside_is_dead_and_says_what_is(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path), clock) as (_, console):
        await clock.advance(90)
        async with asyncio.timeout(5):
            while True:
                await clock.advance(1)
                await asyncio.sleep(0.01)
                connections = {each["name"]: each for each in (await console.get("/summary"))["connections"]}
                if all("not" not in connections[name]["detail"][:4] for name in ("mqtt", "desk")):
                    break
        assert {name: each["up"] for name, each in connections.items()} == {
            "mqtt": False, "modbus": False, "snmp": False, "desk": False, "store": True,
        }  # fmt: skip
        assert all(each["detail"] for each in connections.values() if not each["up"])


async def test_restart_keeps_incidents_overrides_and_last_values(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    file = write_city(tmp_path)
    incident = lamp_dead("L2")
    async with standing(file, clock) as (headend, console):
        headend.core.ingest(
            batch(lamp_reading("L1", clock.now()), lamp_reading("L2", clock.now(), power=0.6))
        )
        headend.core.watch._changed([incident])
        status, order = await console.ask("POST", "/orders", ORDER)
        assert status == 200
    assert headend.counts.in_store == headend.counts.stored == headend.counts.ingested == 4
    await clock.advance(60)
    async with standing(file, clock) as (again, console):
        points = {point["id"]: point for point in await console.get("/light-points")}
        assert points["L2"]["state"] == LampState.FAILED
        assert points["L1"]["state"] == LampState.OVERRIDDEN
        assert (points["L1"]["effect_pct"], points["L1"]["asked_pct"]) == (100.0, 40.0)
        assert [each["id"] for each in await console.get("/incidents")] == [incident.id]
        assert [each["id"] for each in await console.get("/orders") if each["active"]] == [order["id"]]
        assert again.counts.ingested == 0
        acts = [entry["act"] for entry in await console.get("/journal")]
        assert acts == ["start", "stop", "order", "start"]


async def test_an_incident_of_the_last_moment_is_written_down_on_stopping(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    file = write_city(tmp_path)
    async with standing(file, clock) as (headend, _):
        headend.core.watch._changed([lamp_dead("L1")])
        headend.stop()
    async with standing(file, clock) as (again, _):
        assert [each.asset for each in again.core.watch.live] == ["L1"]
        again.core.watch._changed([again.core.watch.live[0].moved(State.CLOSED, EVENING)])
        again.stop()
    async with standing(file, clock) as (last, _):
        assert last.core.watch.live == []


async def test_cancelling_it_loses_nothing_either(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    headend = HeadEnd(load_settings(write_city(tmp_path)), clock)
    ready = asyncio.Event()
    running = asyncio.create_task(headend.run(lambda _: ready.set()))
    await ready.wait()
    headend.core.ingest(batch(lamp_reading("L1", clock.now())))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert headend.counts.in_store == 2


async def test_an_occupied_port_is_told_in_one_line_and_nothing_is_opened(tmp_path: Path) -> None:
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", 0))
        occupied.listen()
        port = occupied.getsockname()[1]
        file = write_city(tmp_path, f"[api]\nport = {port}\n")
        with pytest.raises(BadInput, match=rf"^api: port {port} is taken"):
            await HeadEnd(load_settings(file), ManualClock(EVENING)).run()
    assert not (tmp_path / "records.sqlite").exists()


@pytest.mark.parametrize(
    ("extra", "error"),
    [
        ('[inventory]\nfile = "nowhere.geojson"\n', "nowhere.geojson: no such file"),
        ('[programmes]\nfile = "nowhere.toml"\n', "nowhere.toml: cannot be read"),
        ('[programmes]\nfile = "inventory.geojson"\n', "not TOML"),
        ('[profiles]\nfolders = ["nowhere"]\n', "no such folder of profiles"),
        ('[telemetry]\nengine = "influxdb"\nurl = "influx"\n', "telemetry.url"),
    ],
)
async def test_what_the_settings_name_wrongly_is_told_before_anything_starts(
    tmp_path: Path, extra: str, error: str
) -> None:
    with pytest.raises(BadInput, match=error):
        HeadEnd(load_settings(write_city(tmp_path, extra)), ManualClock(EVENING))


async def test_a_host_that_is_not_ours_is_told(tmp_path: Path) -> None:
    file = write_city(tmp_path, '[api]\nhost = "192.0.2.7"\nport = 0\n')
    with pytest.raises(BadInput, match=r"api: cannot listen on 192\.0\.2\.7"):
        await HeadEnd(load_settings(file), ManualClock(EVENING)).run()


async def test_the_timeline_has_a_row_every_five_minutes_of_the_clock(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path), clock) as (headend, console):
        headend.core.ingest(batch(lamp_reading("L1", clock.now())))
        await clock.advance(16 * 60)
        await until(lambda: len(headend.core.timeline.rows) == 3)
        rows = await console.get("/timeline")
        assert [row["at"] for row in rows] == [f"2026-11-30T16:{minute:02d}:00Z" for minute in (5, 10, 15)]
        assert (rows[0]["lit"], rows[0]["mean_level_pct"], rows[0]["planned_level_pct"]) == (1, 100.0, 100.0)


async def test_a_lamp_falls_silent_without_a_message(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path), clock) as (headend, _):
        headend.core.ingest(batch(lamp_reading("L1", clock.now())))
        await clock.advance(timedelta(minutes=20).total_seconds())
        headend.core.lamps.doubt_all()
        headend.core.lamps.refresh()
        assert headend.core.lamps.all["L1"].state is LampState.SILENT


async def test_reports_go_into_a_file_feed_where_the_settings_say_so(tmp_path: Path) -> None:
    file = write_city(tmp_path, '[desk]\nkind = "file"\n')
    async with standing(file, ManualClock(EVENING)) as (headend, console):
        headend.core.watch._changed([lamp_dead("L1")])
        await headend.core.watch.save()
        feed = tmp_path / "allo-proximite" / "requests.csv"
        await until(lambda: feed.exists() and lamp_dead("L1").id in feed.read_text(encoding="utf-8"))
        desk = next(c for c in (await console.get("/summary"))["connections"] if c["name"] == "desk")
        assert desk["up"]
