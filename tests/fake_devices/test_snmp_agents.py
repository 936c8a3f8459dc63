import asyncio
import random
import shutil
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.places import Position
from fake_devices.access_points import AccessPoints
from fake_devices.city_plan import AccessPointPlan
from fake_devices.client_tables import identities
from fake_devices.snmp_agents import SnmpAgents

START = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
HERE = Position(47.7352, 7.3168)
V2C = ("-v2c", "-c", "public")
V3 = (
    "-v3",
    "-u",
    "falotier",
    "-l",
    "authPriv",
    "-a",
    "SHA-256",
    "-A",
    "authpass123",
    "-x",
    "AES",
    "-X",
    "privpass123",
)
WRITER = (V3[0], V3[1], "falotier-rw", *V3[3:])
SYS_UP_TIME = "1.3.6.1.2.1.1.3.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
RADIO = "1.3.6.1.3.6822.3.1"
RESTART = "1.3.6.1.3.6822.2.5.0"
CLIENTS = "1.3.6.1.3.6822.4.1"
LAST = f"{CLIENTS}.5.255.255.255.255.255"
MEASURED = [SYS_UP_TIME] + [f"{RADIO}.{column}.{radio}" for column in range(3, 10) for radio in (1, 2)]
END_OF_MIB = "No more variables left in this MIB View"

needs_net_snmp = pytest.mark.skipif(
    shutil.which("snmpwalk") is None, reason="net-snmp's tools are not installed"
)


def simulated(count: int = 3) -> AccessPoints:
    plan = [
        AccessPointPlan(id=f"AP-PAT-{number:02d}", hotspot="patinoire", position=HERE, clients_per_radio=50)
        for number in range(1, count + 1)
    ]
    return AccessPoints(plan, 1, START)


class NetSnmp:
    """Debian's tools, with an empty folder for what they like to keep."""

    def __init__(self, folder: Path) -> None:
        self._environment = {"PATH": "/usr/bin:/bin", "SNMP_PERSISTENT_DIR": str(folder), "MIBS": ""}

    async def run(self, tool: str, port: int, options: Sequence[str], *oids: str) -> list[str]:
        command = [tool, "-On", "-t2", "-r0", *options, f"127.0.0.1:{port}", *oids]
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return [line for line in output.decode().splitlines() if line and "directory" not in line]


@pytest.fixture
def net_snmp(tmp_path: Path) -> NetSnmp:
    return NetSnmp(tmp_path)


@needs_net_snmp
@pytest.mark.parametrize("options", [V2C, V3], ids=["v2c", "v3"])
@pytest.mark.parametrize("tool", ["snmpwalk", "snmpbulkwalk"])
async def test_a_walk_shows_the_whole_device_and_ends(
    net_snmp: NetSnmp, tool: str, options: Sequence[str]
) -> None:
    async with SnmpAgents(simulated(), ManualClock(START)) as agents:
        lines = await net_snmp.run(tool, agents.ports["AP-PAT-02"], options, "1.3.6.1")
        assert agents.sent == 0
    clients = simulated().state("AP-PAT-02", START).clients
    assert END_OF_MIB in lines[-1]
    lines = [line for line in lines if END_OF_MIB not in line]
    oids = [tuple(map(int, line.split(" = ")[0].strip(".").split("."))) for line in lines]
    assert oids == sorted(oids)
    assert len(oids) == 4 + 9 + 15 * 2 + 2 * 2 + 5 * clients
    assert f'.{SYS_NAME} = STRING: "AP-PAT-02"' in lines
    assert ".1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.3.6822.1" in lines
    assert '.1.3.6.1.2.1.31.1.1.1.1.2 = STRING: "wlan1"' in lines


@needs_net_snmp
@pytest.mark.parametrize("options", [V2C, V3], ids=["v2c", "v3"])
async def test_a_get_gives_what_the_simulation_holds(net_snmp: NetSnmp, options: Sequence[str]) -> None:
    access_points = simulated()
    clock = ManualClock(START)
    async with SnmpAgents(access_points, clock) as agents:
        await clock.advance(90)
        lines = await net_snmp.run("snmpget", agents.ports["AP-PAT-03"], [*options, "-Oqvt"], *MEASURED)
        assert agents.sent == 15
    state = access_points.state("AP-PAT-03", START + timedelta(seconds=90))
    expected: list[int] = [int(state.uptime_s * 100)]
    for field in (
        "channel",
        "clients",
        "airtime_pct",
        "noise_dbm",
        "tx_power_dbm",
        "in_octets",
        "out_octets",
    ):
        expected += [getattr(radio, field) for radio in state.radios]
    assert [int(line) for line in lines] == expected


@needs_net_snmp
async def test_only_measured_values_answered_to_gets_are_counted(net_snmp: NetSnmp) -> None:
    async with SnmpAgents(simulated(), ManualClock(START)) as agents:
        port = agents.ports["AP-PAT-01"]
        await net_snmp.run("snmpget", port, V2C, SYS_NAME, f"{RADIO}.2.1", "1.3.6.1.2.1.31.1.1.1.6.1")
        await net_snmp.run("snmpgetnext", port, V2C, f"{RADIO}.4")
        await net_snmp.run("snmpbulkget", port, V2C, f"{RADIO}.4")
        assert agents.sent == 0
        await net_snmp.run("snmpget", port, V2C, SYS_UP_TIME, f"{RADIO}.4.1", f"{RADIO}.4.9")
        assert agents.sent == 2


@needs_net_snmp
async def test_what_does_not_exist_is_told_apart(net_snmp: NetSnmp) -> None:
    async with SnmpAgents(simulated(), ManualClock(START)) as agents:
        port = agents.ports["AP-PAT-01"]
        lines = await net_snmp.run(
            "snmpget", port, V2C, f"{RADIO}.4.3", f"{RADIO}.99.1", "1.3.6.1.2.1.1.3", "1.3.6"
        )
        assert ["Instance" in line for line in lines] == [True, False, True, False]
        assert all("No Such" in line for line in lines)
        (last,) = await net_snmp.run("snmpgetnext", port, V2C, LAST)
        assert END_OF_MIB in last


@needs_net_snmp
async def test_a_bulk_request_is_answered_as_the_standard_has_it(net_snmp: NetSnmp) -> None:
    async with SnmpAgents(simulated(), ManualClock(START)) as agents:
        port = agents.ports["AP-PAT-01"]
        lines = await net_snmp.run(
            "snmpbulkget", port, [*V2C, "-Cn1", "-Cr2"], "1.3.6.1.2.1.1.3", f"{RADIO}.4", f"{RADIO}.9"
        )
        got = [line.split(" = ")[0].removeprefix(".") for line in lines]
        assert got == [SYS_UP_TIME, f"{RADIO}.4.1", f"{RADIO}.9.1", f"{RADIO}.4.2", f"{RADIO}.9.2"]
        past_the_end = await net_snmp.run("snmpbulkget", port, [*V2C, "-Cr3"], LAST)
        assert [END_OF_MIB in line for line in past_the_end][-1]
        assert await net_snmp.run("snmpbulkget", port, [*V2C, "-Cr0"], RADIO) == []


@needs_net_snmp
@pytest.mark.parametrize("options", [V2C, V3], ids=["v2c", "v3"])
async def test_those_who_may_only_read_cannot_write(net_snmp: NetSnmp, options: Sequence[str]) -> None:
    access_points = simulated()
    async with SnmpAgents(access_points, ManualClock(START)) as agents:
        port = agents.ports["AP-PAT-01"]
        for oid in (RESTART, f"{RADIO}.11.1", SYS_NAME):
            lines = await net_snmp.run("snmpset", port, options, oid, "i", "2")
            assert any("noAccess" in line for line in lines), lines
    state = access_points.state("AP-PAT-01", START)
    assert state.up
    assert all(radio.admin_up for radio in state.radios)


@needs_net_snmp
async def test_a_radio_that_is_switched_off_carries_nobody_and_most_find_the_other(net_snmp: NetSnmp) -> None:
    access_points, clock = simulated(), ManualClock(START)
    async with SnmpAgents(access_points, clock) as agents:
        port = agents.ports["AP-PAT-01"]
        before = access_points.state("AP-PAT-01", START)
        await net_snmp.run("snmpset", port, WRITER, f"{RADIO}.11.2", "i", "2")
        after = access_points.state("AP-PAT-01", START)
        assert [radio.up for radio in after.radios] == [True, False]
        assert after.radios[1].clients == 0
        assert before.radios[0].clients < after.radios[0].clients < before.clients
        lines = await net_snmp.run(
            "snmpget", port, [*V2C, "-Oqv"], f"{RADIO}.10.2", f"{RADIO}.11.2", "1.3.6.1.2.1.2.2.1.8.2"
        )
        assert lines == ["2", "2", "2"]
        octets = after.radios[1].out_octets
        await clock.advance(600)
        still = access_points.state("AP-PAT-01", clock.now())
        assert still.radios[1].out_octets == octets
        assert still.radios[0].out_octets > after.radios[0].out_octets
        await net_snmp.run("snmpset", port, WRITER, f"{RADIO}.11.2", "i", "1")
        assert access_points.state("AP-PAT-01", clock.now()).radios[1].clients > 0


@needs_net_snmp
async def test_a_restart_takes_it_away_for_two_minutes_and_sets_its_counters_to_zero(
    net_snmp: NetSnmp,
) -> None:
    access_points, clock = simulated(), ManualClock(START)
    async with SnmpAgents(access_points, clock) as agents:
        port = agents.ports["AP-PAT-01"]
        assert await net_snmp.run("snmpset", port, [*WRITER, "-Oqv"], RESTART, "i", "1") == ["1"]
        await clock.advance(119)
        assert "Timeout" in (await net_snmp.run("snmpget", port, [*V2C, "-t0.2"], SYS_UP_TIME))[0]
        await clock.advance(2)
        lines = await net_snmp.run("snmpget", port, [*V2C, "-Oqvt"], SYS_UP_TIME, f"{RADIO}.9.1", RESTART)
        assert lines[0] == "100"
        assert int(lines[1]) < 10**7
        assert lines[2] == "0"


@needs_net_snmp
@pytest.mark.parametrize(
    ("oid", "kind", "value", "answer"),
    [
        (SYS_NAME, "s", "x", "notWritable"),
        (f"{RADIO}.11.3", "i", "1", "notWritable"),
        (f"{RADIO}.11.1", "i", "3", "wrongValue"),
        (f"{RADIO}.11.1", "s", "on", "wrongType"),
        (RESTART, "i", "2", "wrongValue"),
    ],
)
async def test_what_makes_no_sense_is_not_written(
    net_snmp: NetSnmp, oid: str, kind: str, value: str, answer: str
) -> None:
    async with SnmpAgents(simulated(), ManualClock(START)) as agents:
        lines = await net_snmp.run("snmpset", agents.ports["AP-PAT-01"], WRITER, oid, kind, value)
    assert any(answer in line for line in lines), lines


@needs_net_snmp
async def test_the_table_of_clients_names_everybody_who_is_there_and_is_never_counted(
    net_snmp: NetSnmp,
) -> None:
    access_points = simulated()
    async with SnmpAgents(access_points, ManualClock(START)) as agents:
        lines = await net_snmp.run("snmpbulkwalk", agents.ports["AP-PAT-01"], [*V2C, "-Oqv"], CLIENTS)
        assert agents.sent == 0
    there = list(identities("AP-PAT-01", access_points.state("AP-PAT-01", START)))
    said = " ".join(lines).lower().replace('"', "")
    assert len(there) == access_points.state("AP-PAT-01", START).clients > 5
    for mac, ip, user in there:
        assert mac.replace(":", " ") in said
        assert ip in said
        assert user in said


@needs_net_snmp
@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (("-v1", "-c", "public"), "Timeout"),
        (("-v2c", "-c", "private"), "Timeout"),
        (("-v3", "-u", "falotier", "-l", "noAuthNoPriv"), "Unsupported security level"),
        (("-v3", "-u", "falotier", "-l", "authNoPriv", "-a", "SHA-256", "-A", "authpass123"), "level"),
        (("-v3", "-u", "nobody", "-l", "noAuthNoPriv"), "Unknown user name"),
        ((*V3[:8], "authpass124", *V3[9:]), "Authentication failure"),
    ],
)
async def test_strangers_learn_nothing(net_snmp: NetSnmp, options: Sequence[str], answer: str) -> None:
    async with SnmpAgents(simulated(), ManualClock(START)) as agents:
        lines = await net_snmp.run("snmpget", agents.ports["AP-PAT-01"], [*options, "-t0.3"], SYS_UP_TIME)
        assert agents.sent == 0
    assert any(answer in line for line in lines), lines
    assert not any("Timeticks" in line for line in lines)


@needs_net_snmp
async def test_a_dead_access_point_is_silent_beside_one_that_answers(net_snmp: NetSnmp) -> None:
    access_points = simulated()
    clock = ManualClock(START)
    async with SnmpAgents(access_points, clock) as agents:
        access_points.set_down("AP-PAT-01", down=True, at=clock.now())
        dead, alive = await asyncio.gather(
            net_snmp.run("snmpget", agents.ports["AP-PAT-01"], [*V2C, "-t0.3"], SYS_UP_TIME),
            net_snmp.run("snmpget", agents.ports["AP-PAT-02"], V2C, SYS_UP_TIME),
        )
        assert "Timeout" in dead[0]
        assert "Timeticks" in alive[0]
        await clock.advance(60)
        access_points.set_down("AP-PAT-01", down=False, at=clock.now())
        await clock.advance(1)
        (back,) = await net_snmp.run("snmpget", agents.ports["AP-PAT-01"], [*V2C, "-Oqvt"], SYS_UP_TIME)
        assert back == "100"


@needs_net_snmp
async def test_garbage_is_dropped_and_the_next_question_answered(net_snmp: NetSnmp) -> None:
    chance = random.Random(7)  # noqa: S311 - the same garbage each time
    good = bytes.fromhex("302702010104067075626c6963a01a020200ff020100020100300e300c06082b060102010103000500")
    async with SnmpAgents(simulated(), ManualClock(START)) as agents:
        port = agents.ports["AP-PAT-01"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for turn in range(500):
                datagram = bytearray(good)
                for _ in range(chance.randrange(1, 4)):
                    datagram[chance.randrange(len(datagram))] = chance.randrange(256)
                stranger.sendto(datagram[: chance.randrange(1, len(good) + 1)], ("127.0.0.1", port))
                if turn % 50 == 0:
                    await net_snmp.run("snmpget", port, V2C, SYS_UP_TIME)
        (answer,) = await net_snmp.run("snmpget", port, V2C, SYS_NAME)
    assert "AP-PAT-01" in answer


async def test_three_hundred_agents_share_one_engine_and_free_their_ports() -> None:
    async with SnmpAgents(simulated(300), ManualClock(START)) as agents:
        ports = list(agents.ports.values())
        assert len(set(ports)) == 300
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        again.bind(("127.0.0.1", ports[0]))
