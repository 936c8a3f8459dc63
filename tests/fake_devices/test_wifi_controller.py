"""A Wi-Fi controller of the simulated city, asked by net-snmp and by the head-end's own driver."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import fake_devices
from city.clock import ManualClock
from city.measurements import DeviceKind, Metric
from drivers.profiles import load_profiles
from drivers.snmp.agents import Agent, Community, User
from drivers.snmp.controllers import read_access_points
from drivers.snmp.poller import SnmpPoller
from drivers.snmp.session import SnmpSession
from drivers.snmp.traps import TrapListener
from fake_devices import snmp_devices, wifi_controller_mib
from fake_devices.access_points import NEWCOMER_AFTER, AccessPoints
from fake_devices.city_plan import CityPlan, plan_city
from fake_devices.client_tables import client_table, identities
from fake_devices.scenario import load_scenario
from fake_devices.snmp_agents import V3_AUTH_KEY, V3_PRIV_KEY, V3_WRITER, SnmpAgents
from tests.drivers.mqtt_peers import eventually
from tests.drivers.snmp_peers import inventoried
from tests.fake_devices.test_snmp_agents import END_OF_MIB, V2C, NetSnmp, needs_net_snmp
from wifi.inventory import AccessPoint

START = datetime(2026, 11, 30, 13, 0, tzinfo=UTC)
PLAN: CityPlan = plan_city(30, 40, 1)
WLC = "WLC-1"
PROFILE = load_profiles("snmp")["falotier-wlc"]
AP_TABLE = "1.3.6.1.3.6822.7.1"
CLIENT_TABLE = "1.3.6.1.3.6822.6.9.1"


def simulated() -> AccessPoints:
    return AccessPoints(PLAN.access_points, PLAN.seed, START, PLAN.newcomers)


def behind(how: str, access_points: AccessPoints) -> str:
    """One of the controller's access points, which is told to be down in a certain way."""
    return next(
        each.id for each in PLAN.access_points if each.controller and access_points._all[each.id].how == how
    )


def inventory(port: int, name: str) -> AccessPoint:
    known = inventoried(name, port)
    return AccessPoint(known.id, known.hotspot, known.position, "127.0.0.1", port, "falotier-wlc", 40)


@pytest.fixture
def net_snmp(tmp_path: Path) -> NetSnmp:
    return NetSnmp(tmp_path)


def test_one_controller_speaks_for_the_town_centre_and_the_station() -> None:
    hotspots = {each.hotspot for each in PLAN.access_points if each.controller == WLC}
    assert PLAN.wifi_controllers == (WLC,)
    assert hotspots == {"centre-ville", "gare"}
    assert plan_city(30, 5, 1).wifi_controllers == (), "nobody buys one for two access points"


async def test_only_controllers_and_those_that_stand_alone_have_a_port() -> None:
    async with SnmpAgents(simulated(), ManualClock(START)) as agents:
        alone = {each.id for each in PLAN.access_points if not each.controller}
        assert set(agents.ports) == {*alone, WLC}


@needs_net_snmp
async def test_a_walk_shows_the_whole_controller_in_order_and_ends(net_snmp: NetSnmp) -> None:
    access_points = simulated()
    async with SnmpAgents(access_points, ManualClock(START)) as agents:
        lines = await net_snmp.run("snmpbulkwalk", agents.ports[WLC], V2C, "1.3.6.1")
        assert agents.sent == 0
    listed = access_points.listed(WLC, START)
    clients = sum(access_points.state(name, START).clients for name in listed)
    assert END_OF_MIB in lines[-1]
    lines = [line for line in lines if END_OF_MIB not in line]
    oids = [tuple(map(int, line.split(" = ")[0].strip(".").split("."))) for line in lines]
    assert oids == sorted(set(oids))
    assert len(oids) == 4 + 6 + 8 * len(listed) + 10 * 2 * len(listed) + 2 * 2 + 5 * clients


@needs_net_snmp
async def test_what_does_not_exist_is_told_apart(net_snmp: NetSnmp) -> None:
    async with SnmpAgents(simulated(), ManualClock(START)) as agents:
        lines = await net_snmp.run(
            "snmpget", agents.ports[WLC], V2C, f"{AP_TABLE}.7.1.2.3.4.5.6", f"{AP_TABLE}.77.1"
        )
    assert "Instance" in lines[0]
    assert "Object" in lines[1]


async def test_the_driver_reads_of_each_access_point_what_the_simulation_holds() -> None:
    access_points, clock, refused = simulated(), ManualClock(START), Counter[str]()
    async with SnmpAgents(access_points, clock) as agents, SnmpSession(2.0) as session:
        agent = Agent("127.0.0.1", agents.ports[WLC], Community("public"))
        found = {each.name: each for each in await read_access_points(session, agent, PROFILE, refused)}
    assert refused == {}
    assert set(found) == {each.id for each in PLAN.access_points if each.controller}
    for name, seen in found.items():
        state = access_points.state(str(name), START)
        assert (seen.up, seen.clients) == (True, state.clients)
        assert seen.uptime_s == pytest.approx(state.uptime_s, abs=0.01)
        for radio, truth in zip(seen.radios, state.radios, strict=True):
            assert (radio.up, radio.channel, radio.clients) == (truth.up, truth.channel, truth.clients)
            assert (radio.utilization_pct, radio.noise_dbm) == (truth.airtime_pct, truth.noise_dbm)
            assert (radio.in_octets, radio.out_octets) == (truth.in_octets, truth.out_octets)


@pytest.mark.parametrize("how", ["missing_row", "status"])
async def test_one_that_is_down_is_listed_no_more_or_says_so_and_the_others_answer(how: str) -> None:
    access_points, clock = simulated(), ManualClock(START)
    dead = behind(how, access_points)
    async with SnmpAgents(access_points, clock) as agents, SnmpPoller(2.0) as poller:
        known = inventory(agents.ports[WLC], dead)
        up = await poller.read(known, PROFILE, Community("public"), clock.now())
        assert up.readings[0].values[Metric.UP] == 1.0
        access_points.set_down(dead, down=True, at=clock.now())
        await clock.advance(60)
        assert (dead in access_points.listed(WLC, clock.now())) == (how == "status")
        down = await poller.read(known, PROFILE, Community("public"), clock.now())
        of_it = [reading.values for reading in down.readings if reading.kind is not DeviceKind.SSID]
        assert of_it == [{Metric.UP: 0.0}]
        other = next(name for name in access_points.controllers[WLC] if name != dead)
        batch = await poller.read(
            inventory(agents.ports[WLC], other), PROFILE, Community("public"), clock.now()
        )
        assert {reading.kind for reading in batch.readings} >= {DeviceKind.ACCESS_POINT, DeviceKind.RADIO}


@needs_net_snmp
async def test_a_lost_controller_says_nothing_while_others_do(net_snmp: NetSnmp) -> None:
    access_points = simulated()
    async with SnmpAgents(access_points, ManualClock(START)) as agents:
        access_points.lose_controller(WLC, lost=True)
        lines = await net_snmp.run("snmpget", agents.ports[WLC], [*V2C, "-t0.3"], "1.3.6.1.2.1.1.3.0")
        assert "Timeout" in lines[0]
        (alone, *_) = (each.id for each in PLAN.access_points if not each.controller)
        lines = await net_snmp.run("snmpget", agents.ports[alone], V2C, "1.3.6.1.2.1.1.3.0")
        assert "Timeticks" in lines[0]
        access_points.lose_controller(WLC, lost=False)
        lines = await net_snmp.run("snmpget", agents.ports[WLC], V2C, "1.3.6.1.2.1.1.3.0")
        assert "Timeticks" in lines[0]


async def test_a_new_access_point_is_listed_some_time_after_the_start() -> None:
    access_points = simulated()
    (newcomer,) = PLAN.newcomers
    assert newcomer.id not in {each.id for each in PLAN.access_points}
    assert newcomer.id not in access_points.listed(WLC, START)
    assert newcomer.id in access_points.listed(WLC, START + NEWCOMER_AFTER)


async def test_acts_on_an_access_point_behind_it_change_its_physics() -> None:
    access_points, clock = simulated(), ManualClock(START)
    name = "AP-CTR-02"
    writer = User(V3_WRITER, V3_AUTH_KEY, V3_PRIV_KEY)
    async with SnmpAgents(access_points, clock) as agents, SnmpPoller(2.0) as poller:
        known = inventory(agents.ports[WLC], name)
        before = access_points.state(name, START)
        assert await poller.act(known, PROFILE, writer, "disable", "", clock.now())
        assert access_points.state(name, clock.now()).clients == 0 < before.clients
        assert await poller.act(known, PROFILE, writer, "enable", "", clock.now())
        assert access_points.state(name, clock.now()).clients == before.clients
        assert not await poller.act(known, PROFILE, writer, "restart", "", clock.now())
        assert access_points.is_down(name, clock.now())
        await clock.advance(150)
        state = access_points.state(name, clock.now())
        assert state.up
        assert state.uptime_s == 30


@needs_net_snmp
async def test_its_table_of_clients_names_everybody_behind_it(net_snmp: NetSnmp) -> None:
    access_points = simulated()
    async with SnmpAgents(access_points, ManualClock(START)) as agents:
        lines = await net_snmp.run("snmpbulkwalk", agents.ports[WLC], [*V2C, "-Oqv"], CLIENT_TABLE)
    said = " ".join(lines)
    for name in access_points.listed(WLC, START):
        for _, ip, user in identities(name, access_points.state(name, START)):
            assert ip in said
            assert user in said


async def test_polls_never_come_near_the_tables_of_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def table(*of: Any) -> Any:
        made.append(of)
        return client_table(*of)

    for module in (snmp_devices, wifi_controller_mib):
        monkeypatch.setattr(module, "client_table", table)
    access_points, clock = simulated(), ManualClock(START)
    async with SnmpAgents(access_points, clock) as agents, SnmpPoller(2.0) as poller:
        for name in ("AP-CTR-01", "AP-CTR-02"):
            await poller.read(inventory(agents.ports[WLC], name), PROFILE, Community("public"), clock.now())
        profiles = load_profiles("snmp")
        for _ in range(2):
            alone = inventoried("AP-PAT-01", agents.ports["AP-PAT-01"])
            await poller.read(alone, profiles["falotier-ap"], Community("public"), clock.now())
    assert made == []


def test_the_story_of_a_lost_controller_has_forty_access_points_behind_it() -> None:
    file = Path(fake_devices.__file__).parent / "scenarios" / "wifi-controller-lost.toml"
    told = load_scenario(file)
    plan = plan_city(told.lamps, told.access_points, told.seed)
    assert sum(each.controller == WLC for each in plan.access_points) == 40


async def test_it_tells_by_a_trap_who_has_gone_and_who_has_come_back() -> None:
    access_points, clock = simulated(), ManualClock(START)
    profiles = load_profiles("snmp").values()
    listener = TrapListener("127.0.0.1", 0, [Community("public")], profiles)
    async with listener, SnmpAgents(access_points, clock, listener.port):
        access_points.set_down("AP-GAR-01", down=True, at=clock.now())
        notice = await listener.next()
        assert (notice.says, notice.access_point) == ("ap_down", "AP-GAR-01")
        await clock.advance(300)
        access_points.set_down("AP-GAR-01", down=False, at=clock.now())
        notice = await listener.next()
        assert (notice.says, notice.access_point, notice.profile) == ("ap_up", "AP-GAR-01", "falotier-wlc")


async def test_one_that_stands_alone_tells_that_it_has_started_anew_and_a_dead_one_nothing() -> None:
    access_points, clock = simulated(), ManualClock(START)
    listener = TrapListener("127.0.0.1", 0, [Community("public")], ())
    async with listener, SnmpAgents(access_points, clock, listener.port) as agents:
        access_points.set_down("AP-PAT-01", down=True, at=clock.now())
        await clock.advance(300)
        access_points.set_down("AP-PAT-01", down=False, at=clock.now())
        assert (await listener.next()).says == "ap_restarted"
        access_points.restart("AP-PAT-02", clock.now())
        await eventually(lambda: not access_points.news)
        assert listener.heard == 1, "it boots for two minutes before it says so"
        await clock.advance(timedelta(seconds=121).total_seconds())
        assert (await listener.next()).says == "ap_restarted"
        assert agents.ports
