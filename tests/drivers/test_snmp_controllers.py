"""Access points behind controllers, and those whose rows come and go, as they are polled."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from city.errors import Outside, Refused, Unreachable
from city.measurements import Batch, DeviceKind, Fact, Metric
from drivers.snmp.codec import Missing, Value
from drivers.snmp.controllers import Controllers, read_access_points
from drivers.snmp.names import plain_name
from drivers.snmp.plan import can_be_planned, make_plan
from drivers.snmp.profile import SYS_UPTIME, SnmpProfile
from drivers.snmp.session import Agent
from drivers.snmp.unlisted import UnlistedAccessPoints
from tests.drivers.snmp_objects import AGENT, SnmpObjects
from tests.drivers.snmp_peers import NOW, inventoried
from tests.drivers.test_snmp_reader import APS, MAC, RADIOS, profile
from wifi.inventory import AccessPoint

PERIOD = timedelta(minutes=1)
SERIALS = {**APS, "column": [*APS["column"], {"says": "serial", "column": "4", "poll": False}]}
PROFILE = profile(SERIALS, RADIOS)
OBJECTS: dict[str, Value] = {
    f"1.3.1.2.{MAC}.1": b"gare-1", f"1.3.1.3.{MAC}.1": 1, f"1.3.1.4.{MAC}.1": b"S1", f"1.3.2.3.{MAC}.1.0": 6,
    f"1.3.2.4.{MAC}.1.0": 3, f"1.3.1.2.{MAC}.2": b"gare-2", f"1.3.1.3.{MAC}.2": 2, f"1.3.2.4.{MAC}.2.0": 0,
}  # fmt: skip


class Polled:
    """A controller and what polls it."""

    def __init__(
        self,
        objects: Mapping[str, Value] = OBJECTS,
        known: SnmpProfile = PROFILE,
        failing: Mapping[str, Outside] | None = None,
    ) -> None:
        self.device = SnmpObjects(objects, failing)
        self.refused: Counter[str] = Counter()
        self.unlisted = UnlistedAccessPoints()
        self._profile = known
        self._controllers = Controllers(self.device, self.refused, self.unlisted)

    async def read(self, name: str, after: timedelta = timedelta(0)) -> Batch:
        return await self.read_one(inventoried(name, 161), after)

    async def read_one(self, access_point: AccessPoint, after: timedelta = timedelta(0)) -> Batch:
        return await self._controllers.read(access_point, AGENT, self._profile, NOW + after)

    @property
    def reads(self) -> int:
        """How often the table of access points was walked."""
        return self.device.walked.count("1.3.1.3")


@pytest.mark.parametrize("name", ["00:00:5E:00:53:01", "0000.5e00.5301", "GARE-1", "s1"])
async def test_an_access_point_is_found_by_its_address_its_name_or_its_serial_number(name: str) -> None:
    batch = await Polled().read(name)
    own, radio = batch.readings
    assert (batch.source, own.device, own.kind) == (name, name, DeviceKind.ACCESS_POINT)
    assert own.values == {Metric.UP: 1, Metric.CLIENTS: 3}
    assert (radio.device, radio.kind) == (f"{name}/0", DeviceKind.RADIO)
    assert radio.values == {Metric.CHANNEL: 6, Metric.CLIENTS: 3}


async def test_one_read_serves_all_access_points_of_a_controller_once_in_a_period() -> None:
    polled = Polled()
    await asyncio.gather(polled.read("gare-1"), polled.read("gare-2"))
    first_time = polled.reads  # the names are read as well then
    later = await polled.read("gare-1", PERIOD)
    assert later.received_at == NOW + PERIOD
    shared = await polled.read("gare-2", PERIOD + timedelta(seconds=20))
    assert shared.received_at == NOW + PERIOD, "the sampling time is that of the read"
    assert polled.reads == first_time + 1
    assert polled.device.walked.count("1.3.1.2") == 1, "names are read once"


async def test_an_access_point_that_a_controller_says_is_down_or_lists_no_more_is_down() -> None:
    polled = Polled()
    down = await polled.read("gare-2")
    assert [reading.values for reading in down.readings] == [{Metric.UP: 0}]
    await polled.read("gare-1")
    for oid in list(polled.device.objects):
        if f".{MAC}.1" in oid:
            del polled.device.objects[oid]
    gone = await polled.read("gare-1", PERIOD)
    assert [reading.values for reading in gone.readings] == [{Metric.UP: 0}]
    assert [each.readings[0].facts for each in (down, gone)] == [
        {Fact.WHY: "status"},
        {Fact.WHY: "missing_row"},
    ]


async def test_an_access_point_that_is_up_says_nothing_of_why() -> None:
    batch = await Polled().read("gare-1")
    assert all(not reading.facts for reading in batch.readings)


async def test_an_access_point_may_have_another_name_than_its_controller_has_for_it() -> None:
    polled = Polled()
    batch = await polled.read_one(replace(inventoried("AP-7", 161), listed_as="00-00-5E-00-53-01"))
    assert [reading.device for reading in batch.readings] == ["AP-7", "AP-7/0"]
    with pytest.raises(Refused, match=r"AP-8: .* \(listed_as '00:00:5e:00:53:99'\)"):
        await polled.read_one(replace(inventoried("AP-8", 161), listed_as="00:00:5e:00:53:99"))


async def test_an_access_point_that_no_controller_ever_listed_is_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"gare-9: the controller at 192\.0\.2\.1:161 lists no access point"):
        await Polled().read("gare-9")


async def test_a_controller_that_cannot_be_read_whole_says_nothing_of_what_is_missing() -> None:
    broken = SnmpObjects(OBJECTS, {"1.3.2.4": Unreachable("192.0.2.1:161: no answer")})
    with pytest.raises(Unreachable, match=r"walking 1\.3\.2\.4"):
        await read_access_points(broken, AGENT, PROFILE, Counter())


async def test_nonsense_of_a_controller_is_counted() -> None:
    polled = Polled({**OBJECTS, f"1.3.2.3.{MAC}.2.0": 999})
    await polled.read("gare-1")
    assert polled.refused["channel: out of range"] > 0


def test_addresses_are_compared_however_they_are_written() -> None:
    assert len({plain_name(name) for name in ("00:00:5e:00:53:01", "00-00-5E-00-53-01", "00005E005301")}) == 1
    assert plain_name(" Gare-1 ") == "gare-1"


COUNTED: dict[str, Any] = {
    "of": "ssids",
    "entry": "1.3.6",
    "index": "row",
    "column": [{"says": "ssid", "column": "4"}, {"says": "clients", "count": True}],
}


def test_what_counts_rows_is_walked_and_the_rest_is_planned() -> None:
    fixed = {**RADIOS, "index": "radio"}
    channels = {**fixed, "column": RADIOS["column"][:1]}
    assert can_be_planned(profile(fixed, stands="alone"))
    assert can_be_planned(profile(fixed, COUNTED, stands="alone")), "radios have clients of their own"
    assert not can_be_planned(profile(channels, COUNTED, stands="alone"))
    per_radio = {
        **COUNTED,
        "of": "radios",
        "column": [{"says": "radio", "column": "4"}, COUNTED["column"][1]],
    }
    assert not can_be_planned(profile(channels, per_radio, stands="alone"))
    noise = {"of": "radios", "entry": "1.3.3", "index": "radio channel", "same": "channel"}
    assert not can_be_planned(
        profile(fixed, {**noise, "column": [{"says": "noise_dbm", "column": "21"}]}, stands="alone")
    )


async def planned(
    known: SnmpProfile, objects: Mapping[str, Value]
) -> tuple[SnmpObjects, Batch, bool, Counter[str]]:
    device, refused = SnmpObjects(objects), Counter[str]()
    plan = await make_plan(device, AGENT, known, "")
    device.walked.clear()
    batch, complete = plan.batch("AP-1", await device.get(AGENT, plan.oids), NOW, refused)
    assert not device.walked
    return device, batch, complete, refused


async def test_a_plan_asks_for_exact_objects_and_sums_what_the_profile_sums() -> None:
    networks = {
        "of": "radios",
        "entry": "1.3.7",
        "index": "row",
        "column": [
            {"says": "radio", "column": "9", "poll": False},
            {"says": "name", "column": "2"},
            {"says": "frequency_mhz", "column": "4"},
            {"says": "clients", "column": "8", "combine": "sum"},
        ],
    }
    total = {"of": "totals", "entry": "1.3.5", "column": [{"says": "clients", "column": "1"}]}
    objects: dict[str, Value] = {
        "1.3.7.9.1": b"wlan/0", "1.3.7.9.2": b"wlan/0", "1.3.7.9.3": b"na", "1.3.7.4.1": 2437, "1.3.7.8.1": 3,
        "1.3.7.8.2": 4, "1.3.7.8.3": 5, "1.3.7.4.3": 5180, SYS_UPTIME: 1200, "1.3.5.1.0": 12,
    }  # fmt: skip
    device, batch, complete, refused = await planned(profile(networks, total, stands="alone"), objects)
    own, first, second = batch.readings
    assert own.values == {Metric.UPTIME: 12, Metric.CLIENTS: 12}
    assert (first.device, first.values) == ("AP-1/wlan-0", {Metric.CHANNEL: 6, Metric.CLIENTS: 7})
    assert (second.device, second.values) == ("AP-1/na", {Metric.CHANNEL: 36, Metric.CLIENTS: 5})
    assert complete
    assert refused == {"frequency_mhz: noSuchInstance": 1}
    assert len(device.got) == len(set(device.got)), "an object was asked for twice"


async def test_a_plan_tells_when_a_radio_is_gone() -> None:
    fixed = {**RADIOS, "index": "radio"}
    known = profile(fixed, stands="alone")
    device = SnmpObjects({"1.3.2.3.1": 6, "1.3.2.3.2": 36})
    plan = await make_plan(device, AGENT, known, "")
    del device.objects["1.3.2.3.2"]
    batch, complete = plan.batch("AP-1", await device.get(AGENT, plan.oids), NOW, Counter())
    assert not complete
    assert [reading.device for reading in batch.readings] == ["AP-1", "AP-1/1"]
    _, _, none_found, _ = await planned(known, {})
    assert not none_found


class Slow(SnmpObjects):
    """Answers only when it is let."""

    def __init__(self, objects: Mapping[str, Value]) -> None:
        super().__init__(objects)
        self.let = asyncio.Event()

    async def walk(self, agent: Agent, column: str, most: int) -> dict[str, Value]:
        await self.let.wait()
        return await super().walk(agent, column, most)

    async def get(self, agent: Agent, oids: Sequence[str]) -> dict[str, Value]:
        return {oid: Missing("x") for oid in oids}


async def test_a_poll_that_is_given_up_leaves_the_controller_to_the_next() -> None:
    device = Slow(OBJECTS)
    controllers = Controllers(device, Counter())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await controllers.read(inventoried("gare-1", 161), AGENT, PROFILE, NOW)
    device.let.set()
    batch = await controllers.read(inventoried("gare-2", 161), AGENT, PROFILE, NOW + PERIOD)
    assert batch.received_at == NOW + PERIOD


NETWORKS: dict[str, Any] = {
    "of": "ssids",
    "entry": "1.3.8",
    "index": "ssid",
    "column": [{"says": "name", "column": "2"}, {"says": "clients", "column": "38"}],
}
WITH_NETWORKS: dict[str, Value] = {
    **OBJECTS,
    "1.3.8.2.1": b"Mulhouse-WiFi", "1.3.8.38.1": 4, "1.3.8.2.2": b"agents", "1.3.8.38.2": 1,
}  # fmt: skip


def networks(batch: Batch) -> dict[str, float]:
    return {
        each.device: each.values[Metric.CLIENTS] for each in batch.readings if each.kind is DeviceKind.SSID
    }


async def test_the_networks_of_a_controller_come_with_whoever_has_it_read() -> None:
    polled = Polled(WITH_NETWORKS, profile(SERIALS, RADIOS, NETWORKS))
    behind = [replace(inventoried(name, 161), controller="WLC-1") for name in ("gare-1", "gare-2")]
    first, second = [await polled.read_one(each) for each in behind]
    assert networks(first) == {"WLC-1/Mulhouse-WiFi": 4, "WLC-1/agents": 1}
    assert networks(second) == {}
    assert len(networks(await polled.read_one(behind[1], PERIOD))) == 2


async def test_networks_of_a_controller_without_a_name_are_told_under_its_address() -> None:
    polled = Polled(WITH_NETWORKS, profile(SERIALS, RADIOS, NETWORKS))
    assert set(networks(await polled.read("gare-1"))) == {
        "192.0.2.1:161/Mulhouse-WiFi",
        "192.0.2.1:161/agents",
    }


async def test_networks_that_cannot_be_read_cost_no_access_point_its_answer() -> None:
    failing = {"1.3.8.38": Unreachable("192.0.2.1:161: no answer")}
    polled = Polled(WITH_NETWORKS, profile(SERIALS, RADIOS, NETWORKS), failing)
    batch = await polled.read("gare-1")
    assert [each.kind for each in batch.readings] == [DeviceKind.ACCESS_POINT, DeviceKind.RADIO]
    assert polled.refused["ssids: could not be read"] > 0


async def test_no_table_of_clients_and_no_table_of_each_radio_is_walked_of_a_controller() -> None:
    dear = {
        **NETWORKS,
        "entry": "1.3.9",
        "index": "ap:mac radio row",
        "column": [{"says": "ssid", "column": "6"}],
    }
    counted = {**NETWORKS, "entry": "1.3.10", "index": "row", "column": COUNTED["column"]}
    polled = Polled(WITH_NETWORKS, profile(SERIALS, RADIOS, dear, counted))
    assert networks(await polled.read("gare-1")) == {}
    assert not [oid for oid in polled.device.walked if oid.startswith(("1.3.9.", "1.3.10."))]


async def test_a_radio_tells_whether_it_sends() -> None:
    radios = {
        **RADIOS,
        "column": [*RADIOS["column"], {"says": "up", "column": "12", "codes": {"1": 0, "2": 1}}],
    }
    objects = {**OBJECTS, f"1.3.2.12.{MAC}.1.0": 1, f"1.3.2.12.{MAC}.1.1": 2, f"1.3.2.4.{MAC}.1.1": 5}
    _, off, on = (await Polled(objects, profile(SERIALS, radios)).read("gare-1")).readings
    assert (off.values[Metric.UP], on.values[Metric.UP]) == (0, 1)


async def test_a_planned_access_point_tells_of_its_radios_and_networks_with_no_object_asked_twice() -> None:
    rows = {"of": "radios", "entry": "1.3.7", "index": "row"}
    radios = {
        **rows,
        "column": [
            {"says": "radio", "column": "9", "poll": False},
            {"says": "up", "column": "22"},
            {"says": "clients", "column": "8", "combine": "sum"},
        ],
    }
    names = {
        **rows,
        "of": "ssids",
        "column": [{"says": "ssid", "column": "6"}, {"says": "clients", "column": "8", "combine": "sum"}],
    }
    objects: dict[str, Value] = {
        "1.3.7.9.1": b"ng", "1.3.7.9.2": b"na", "1.3.7.9.3": b"na", "1.3.7.6.1": b"ville", "1.3.7.6.2": b"ville",
        "1.3.7.6.3": b"agents", "1.3.7.8.1": 3, "1.3.7.8.2": 4, "1.3.7.8.3": 5, "1.3.7.22.1": 0, "1.3.7.22.2": 1,
        "1.3.7.22.3": 1, SYS_UPTIME: 1200,
    }  # fmt: skip
    device, batch, complete, _ = await planned(profile(radios, names, stands="alone"), objects)
    assert complete
    assert [(each.device, dict(each.values)) for each in batch.readings[1:3]] == [
        ("AP-1/ng", {Metric.UP: 0, Metric.CLIENTS: 3}),
        ("AP-1/na", {Metric.UP: 1, Metric.CLIENTS: 9}),
    ]
    assert networks(batch) == {"AP-1/ville": 7, "AP-1/agents": 5}
    assert len(device.got) == len(set(device.got))


async def test_a_network_that_is_gone_does_not_have_the_rows_looked_for_at_each_poll() -> None:
    known = profile(
        {**RADIOS, "index": "radio"},
        {**NETWORKS, "column": [{"says": "clients", "column": "38"}], "index": "ssid:text"},
        stands="alone",
    )
    device = SnmpObjects({"1.3.2.3.1": 6, "1.3.2.4.1": 2, "1.3.8.38.2.104.105": 2})
    plan = await make_plan(device, AGENT, known, "")
    batch, complete = plan.batch("AP-1", await device.get(AGENT, plan.oids), NOW, Counter())
    assert (networks(batch), complete) == ({"AP-1/hi": 2}, True)
    del device.objects["1.3.8.38.2.104.105"]
    batch, complete = plan.batch("AP-1", await device.get(AGENT, plan.oids), NOW, Counter())
    assert (networks(batch), complete) == ({}, True)
