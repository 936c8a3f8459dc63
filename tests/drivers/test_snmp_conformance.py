"""Dumps of real devices, served by a real simulator and read by the real driver: as LibreNMS expects, or why not."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from city.measurements import Batch, DeviceKind, Metric
from drivers.profiles import load_profiles
from drivers.snmp.controllers import read_access_points
from drivers.snmp.plan import METRICS, can_be_planned, make_plan, readings_of
from drivers.snmp.poller import SnmpPoller
from drivers.snmp.probe import look, probe
from drivers.snmp.seen import total
from drivers.snmp.session import Community
from drivers.snmp.ssids import ssid_name
from tests.conformance import SNMP_DUMPS, needs_snmp_dumps
from tests.drivers.modbus_peers import HOST
from tests.drivers.snmp_expectations import dump_names, facts
from tests.drivers.snmp_objects import AGENT, SnmpObjects, objects_of_dump
from tests.drivers.snmp_peers import NOW, inventoried
from tests.drivers.snmpsim_peer import needs_snmpsim, snmpsim

pytestmark = needs_snmp_dumps

PROFILES = list(load_profiles("snmp").values())
TIMEOUT_S = 5.0
SIX_GHZ = "LibreNMS takes a channel of 6 GHz for none, or for one of 2.4 GHz"
MODE = "LibreNMS's own words for a mode of operation"
BY_MAC = "it counts the rows of a table whose index is clients' MAC addresses, which is never walked"
EXCEPTIONS = {
    ("aruba-instant", "frequency 3"): SIX_GHZ,
    ("aruba-instant", "frequency 6"): SIX_GHZ,
    ("aruba-instant_105", "clients 1"): BY_MAC,
    ("epmp", "model"): MODE,
    ("epmp_epmp-ap-connected-sta", "model"): MODE,
    ("merakimr_cw9176", "frequency 3"): SIX_GHZ,
}
"""By dump and figure: why the probe rightly says something else than LibreNMS."""

Documents = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with snmpsim(SNMP_DUMPS, tmp_path_factory.mktemp("snmpsim")) as serving:
        yield serving


@pytest.fixture(scope="module")
def documents() -> Documents:
    """What has been probed so far."""
    return {}


def of_all_radios(seen: dict[str, Any], field: str) -> list[Any]:
    return [radio[field] for each in seen["access_points"] for radio in each["radios"]]


async def probed(name: str, port: int, documents: Documents) -> dict[str, Any]:
    if name not in documents:
        documents[name] = await probe(HOST, port, Community(name), PROFILES, TIMEOUT_S)
    return documents[name]


@needs_snmpsim
@pytest.mark.parametrize("name", dump_names())
async def test_every_figure_is_what_another_program_reads_or_it_is_said_why(
    name: str, port: int, documents: Documents
) -> None:
    seen = await probed(name, port, documents)
    found = list(facts(name, seen))
    assert len({fact.what for fact in found}) == len(found) > 0
    wrong = {fact.what: fact for fact in found if fact.got != fact.expected}
    excused = {what for dump, what in EXCEPTIONS if dump == name}
    assert wrong.keys() - excused == set(), [wrong[what] for what in wrong.keys() - excused]
    assert excused - wrong.keys() == set(), "an exception that is not needed any more"


@needs_snmpsim
async def test_a_controller_is_read_whole_though_its_totals_and_its_tables_disagree(
    port: int, documents: Documents
) -> None:
    seen = await probed("arubaos", port, documents)
    access_points = seen["access_points"]
    assert len(access_points) == len({each["name"] for each in access_points}) == 690
    assert {len(each["radios"]) for each in access_points} == {2}
    clients, utilization = of_all_radios(seen, "clients"), of_all_radios(seen, "utilization_pct")
    assert (len(clients), sum(clients), max(clients)) == (1380, 6695, 99)
    assert (round(sum(utilization) / 1380, 1), max(utilization)) == (5.4, 74)
    assert sum(each["clients"] for each in access_points) == 6695
    assert (seen["totals"]["access_points"], seen["totals"]["clients"]) == (1386, 2654)
    assert len(seen["interfaces"]) == 97


@needs_snmpsim
async def test_access_points_behind_a_virtual_controller_are_told_apart(
    port: int, documents: Documents
) -> None:
    seen = await probed("aruba-instant", port, documents)
    assert [each["up"] for each in seen["access_points"]] == [True] * 3
    assert of_all_radios(seen, "clients") == [0] * 8
    bands = zip(of_all_radios(seen, "channel"), of_all_radios(seen, "band"), strict=True)
    assert {channel for channel, band in bands if band == "6"} == {53, 69}
    older = await probed("aruba-instant_105", port, documents)
    assert len(older["access_points"]) == 2
    assert of_all_radios(older, "utilization_pct") == [0, 21, 0, 13]
    assert of_all_radios(older, "clients") == [None] * 4


@needs_snmpsim
async def test_tables_that_contradict_each_other_are_each_told_as_they_are(
    port: int, documents: Documents
) -> None:
    seen = await probed("vrp_ac6605-26", port, documents)
    assert len(seen["access_points"]) == 1
    assert of_all_radios(seen, "channel") == [6, 40]
    assert of_all_radios(seen, "utilization_pct") == [7, 1]
    assert of_all_radios(seen, "clients") == [0, 0], "as its table of radios and networks says"
    assert sum(ssid["clients"] for ssid in seen["ssids"]) == 7, "as its table of networks says"


@needs_snmpsim
async def test_every_interface_of_a_large_device_is_shown(port: int, documents: Documents) -> None:
    assert len((await probed("xirrus_aos", port, documents))["interfaces"]) == 188


@needs_snmpsim
async def test_what_another_vendor_has_is_never_asked_of_a_device_that_only_looks_like_it(
    port: int, documents: Documents
) -> None:
    known = {name: (await probed(name, port, documents))["device"]["profile"] for name in LINUX}
    assert known == LINUX


@needs_snmpsim
@pytest.mark.parametrize("name", ["aruba-instant", "unifi_nanohd", "stellar_oaw-ap1321"])
async def test_a_controller_and_what_stands_alone_are_polled_over_the_wire(
    name: str, port: int, documents: Documents
) -> None:
    seen = await probed(name, port, documents)
    profile = next(each for each in PROFILES if each.name == seen["device"]["profile"])
    shown = seen["access_points"][0]
    access_point = inventoried(shown["id"], port, profile.name)
    async with SnmpPoller(TIMEOUT_S) as poller:
        for _ in range(2):
            batch = await poller.read(access_point, profile, Community(name), NOW)
    own = batch.readings[0].values
    assert own.get(Metric.CLIENTS, shown["clients"]) == shown["clients"]
    polled = {name.rpartition("/")[2]: values for name, values in radios_of(batch).items()}
    assert polled == {radio["id"]: polled_of(radio) for radio in shown["radios"]}
    assert networks_of(batch).items() <= counted_of(seen).items()
    assert networks_of(batch)


def radios_of(batch: Batch) -> dict[str, dict[Metric, float]]:
    """What a poll says of radios, but for whether they send: a probe does not show that."""
    return {
        each.device: {metric: value for metric, value in each.values.items() if metric is not Metric.UP}
        for each in batch.readings
        if each.kind is DeviceKind.RADIO
    }


def networks_of(batch: Batch) -> dict[str, float]:
    return {
        each.device.partition("/")[2]: each.values[Metric.CLIENTS]
        for each in batch.readings
        if each.kind is DeviceKind.SSID
    }


def counted_of(seen: dict[str, Any]) -> dict[str, float | None]:
    """The clients of each network, as a probe shows them."""
    counted: dict[str, list[float | None]] = {}
    for ssid in seen["ssids"]:
        counted.setdefault(ssid_name(ssid["name"]), []).append(ssid["clients"])
    return {name: total(parts) for name, parts in counted.items()}


def polled_of(radio: dict[str, Any]) -> dict[Metric, float]:
    fields = {
        says: radio[says] for says, metric in METRICS.items() if says in radio and metric is not Metric.UP
    }
    return {METRICS[says]: value for says, value in fields.items() if value is not None}


@pytest.mark.parametrize("name", dump_names())
async def test_a_poll_brings_of_every_radio_what_a_probe_shows(name: str) -> None:
    device = SnmpObjects(objects_of_dump(SNMP_DUMPS / f"{name}.snmprec"))
    seen = await look(device, AGENT, PROFILES)
    profile = next(each for each in PROFILES if each.name == seen["device"]["profile"])
    refused = Counter[str]()
    if profile.stands == "alone" and can_be_planned(profile):
        plan = await make_plan(device, AGENT, profile, seen["device"]["sys_object_id"])
        device.walked.clear()
        batch, complete = plan.batch("AP", await device.get(AGENT, plan.oids), NOW, refused)
        assert complete
        assert not device.walked
        batches = [batch]
    else:
        found = await read_access_points(device, AGENT, profile, refused, polled_only=True)
        batches = [readings_of("AP", each, NOW) for each in found]
    assert len(batches) == len(seen["access_points"])
    for batch, shown in zip(batches, seen["access_points"], strict=True):
        radios = {f"AP/{radio['id']}": polled_of(radio) for radio in shown["radios"]}
        assert radios_of(batch) == {radio: values for radio, values in radios.items() if values}
        assert networks_of(batch).items() <= counted_of(seen).items()
        if (clients := batch.readings[0].values.get(Metric.CLIENTS)) is not None:
            assert clients == shown["clients"]
    assert not [reason for reason in refused if "noSuch" not in reason]


LINUX = {
    "asuswrt-merlin": "asuswrt-merlin",
    "grandstream-ap_gwn7660": "grandstream-gwn",
    "openwrt": "openwrt",
    "unifi_nanohd": "ubiquiti-unifi",
}
"""Devices of four makers with the same sysObjectID: that of net-snmp on Linux."""
