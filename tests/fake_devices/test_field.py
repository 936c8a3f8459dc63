import asyncio
import json
import stat
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from pymodbus.client import AsyncModbusTcpClient

from city.clock import ManualClock, SimulatedClock, SystemClock
from city.errors import BadInput
from city.settings import DynamicSection, load_settings, parse_settings
from fake_devices.city_files import Addresses, Rhythm, settings_text
from fake_devices.city_plan import plan_city
from fake_devices.field import FakeField, FieldPlan
from fake_devices.mqtt_lamps import VALUES
from fake_devices.scenario import Happening, Scenario

START = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
PATIENCE_S = 10
SMALL = FieldPlan(lamps=40, access_points=5)


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.005)


async def test_settings_and_inventory_point_at_all_that_answers(tmp_path: Path) -> None:
    clock = SimulatedClock.starting(START, speed=60.0)
    clock.hold()
    async with FakeField(SMALL, clock) as field:
        file = tmp_path / "city.toml"
        field.write_settings(file, Rhythm(api_port=0, modbus_period_s=30, snmp_period_s=90))
        settings = load_settings(file)
        inventory = json.loads((tmp_path / "inventory.geojson").read_text(encoding="utf-8"))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert (settings.api.port, settings.modbus.period_s, settings.snmp.period_s) == (0, 30, 90)
        assert field.desk is not None
        assert settings.desk.url == field.desk.url
        assert settings.desk.api_key.get_secret_value() == field.desk.api_key
        assert abs(settings.clock.now() - clock.now()) < timedelta(seconds=60 * PATIENCE_S)
        kinds = [feature["properties"]["kind"] for feature in inventory["features"]]
        assert (kinds.count("light-point"), kinds.count("cabinet"), kinds.count("access-point")) == (40, 2, 5)
        assert "fictional" in inventory["note"]
        cabinet = inventory["features"][0]["properties"]["modbus"]
        client = AsyncModbusTcpClient(cabinet["host"], port=cabinet["port"])
        assert await client.connect()
        assert not (await client.read_input_registers(0, count=8, device_id=cabinet["unit"])).isError()
        client.close()


async def test_sent_counts_what_lamps_and_cabinets_have_told() -> None:
    clock = ManualClock(START)
    async with FakeField(SMALL, clock, desk=False) as field:
        await clock.advance(60)
        await eventually(lambda: field.published >= 80 and field.backlog == 0)
        field.quiesce()
        await eventually(lambda: field.backlog == 0)
        told = field.sent
        assert told % VALUES == 0
        client = AsyncModbusTcpClient("127.0.0.1", port=field.addresses.modbus_ports["A-001"])
        assert await client.connect()
        await client.read_input_registers(10, count=12)
        assert field.sent == told + 10
        client.close()


async def test_a_cabinet_without_power_by_day_is_night_fed_in_the_inventory(tmp_path: Path) -> None:
    noise = Happening("daytime_unpowered", None, None, "A-002", "noise 1", "cabinet")
    scenario = Scenario("test", START, noise=(noise,))
    async with FakeField(FieldPlan(60, 0, 1, scenario), ManualClock(START), desk=False) as field:
        field.write_settings(tmp_path / "city.toml")
    inventory = json.loads((tmp_path / "inventory.geojson").read_text(encoding="utf-8"))
    feeds = {
        feature["properties"]["id"]: {circuit["feed"] for circuit in feature["properties"]["circuits"]}
        for feature in inventory["features"]
        if feature["properties"]["kind"] == "cabinet"
    }
    assert feeds == {"A-001": {"permanent"}, "A-002": {"night"}}


def test_a_scenario_that_does_not_fit_is_refused_before_anything_starts() -> None:
    fault = Happening("lamp_dead", START, None, "99-9999", "fault 1", "lamp")
    plan = FieldPlan(60, 0, 1, Scenario("test", START, file="x.toml", faults=(fault,)))
    with pytest.raises(BadInput, match=r"x.toml: fault 1: lamp: got '99-9999'"):
        FakeField(plan, ManualClock(START))


def test_without_a_simulated_clock_the_settings_hold_no_simulation() -> None:
    text = settings_text(Addresses(1883, {}, {}, "public", None, ""), SystemClock(), Rhythm())
    assert "[simulation]" not in text
    assert "[desk]" not in text
    assert "port = 8350" in text


def test_a_city_with_streets_around_its_ice_rink_has_a_rule_for_those_who_leave_it() -> None:
    addresses, file = Addresses(1883, {}, {}, "public", None, ""), Path("city.toml")

    def rules(lamps: int, aps: int) -> tuple[DynamicSection, ...]:
        text = settings_text(addresses, SystemClock(), Rhythm(), plan_city(lamps, aps, 1))
        return parse_settings(tomllib.loads(text), file).dynamic

    assert rules(30, 60) == ()
    assert rules(600, 0) == ()
    (rule,) = rules(600, 60)
    assert (rule.hotspot, rule.selector, rule.never_past) == ("patinoire", "group:abords-patinoire", time(1))
    assert rule.until_below == rule.clients // 2
