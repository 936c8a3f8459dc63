"""Dumps of real devices, served by a real simulator and read by the real driver: as LibreNMS expects, or why not."""

from collections.abc import Iterator
from typing import Any

import pytest

from drivers.profiles import load_profiles
from drivers.snmp.probe import probe
from drivers.snmp.session import Community
from tests.conformance import SNMP_DUMPS, needs_snmp_dumps
from tests.drivers.modbus_peers import HOST
from tests.drivers.snmp_expectations import dump_names, facts
from tests.drivers.snmpsim_peer import needs_snmpsim, snmpsim

pytestmark = [needs_snmp_dumps, needs_snmpsim]

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


async def test_tables_that_contradict_each_other_are_each_told_as_they_are(
    port: int, documents: Documents
) -> None:
    seen = await probed("vrp_ac6605-26", port, documents)
    assert len(seen["access_points"]) == 1
    assert of_all_radios(seen, "channel") == [6, 40]
    assert of_all_radios(seen, "utilization_pct") == [7, 1]
    assert of_all_radios(seen, "clients") == [0, 0], "as its table of radios and networks says"
    assert sum(ssid["clients"] for ssid in seen["ssids"]) == 7, "as its table of networks says"


async def test_every_interface_of_a_large_device_is_shown(port: int, documents: Documents) -> None:
    assert len((await probed("xirrus_aos", port, documents))["interfaces"]) == 188


async def test_what_another_vendor_has_is_never_asked_of_a_device_that_only_looks_like_it(
    port: int, documents: Documents
) -> None:
    known = {name: (await probed(name, port, documents))["device"]["profile"] for name in LINUX}
    assert known == LINUX


LINUX = {
    "asuswrt-merlin": "asuswrt-merlin",
    "grandstream-ap_gwn7660": "grandstream-gwn",
    "openwrt": "openwrt",
    "unifi_nanohd": "ubiquiti-unifi",
}
"""Devices of four makers with the same sysObjectID: that of net-snmp on Linux."""
