"""Networks by name: whatever a device says, a name that can be kept, and sums only of what is known."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from city.measurements import Batch, DeviceKind, Metric, Reading
from drivers.snmp.seen import SeenSsid
from drivers.snmp.ssids import LONGEST_OCTETS, MOST, Networks, ssid_name, ssid_readings
from tests.drivers.snmp_peers import NOW


def clients(*ssids: SeenSsid) -> dict[str, float]:
    readings = ssid_readings("AP-1", ssids, NOW)
    assert all(each.kind is DeviceKind.SSID and each.at == NOW for each in readings)
    assert all(set(each.values) == {Metric.CLIENTS} for each in readings)
    return {each.device: each.values[Metric.CLIENTS] for each in readings}


def test_each_network_is_told_by_who_counts_it() -> None:
    assert clients(SeenSsid("Mulhouse-WiFi", 12), SeenSsid("agents", 0)) == {
        "AP-1/Mulhouse-WiFi": 12,
        "AP-1/agents": 0,
    }


def test_several_of_one_name_are_one_and_what_is_not_known_is_not_told() -> None:
    assert clients(SeenSsid("ville", 3), SeenSsid("ville", 4), SeenSsid("agents", None)) == {"AP-1/ville": 7}
    assert clients(SeenSsid("ville", 3), SeenSsid("ville", None)) == {}


def test_a_hostile_name_drives_no_terminal_and_breaks_no_series() -> None:
    assert ssid_name("a/b\\c\x1b[2J\u202e") == "a-b-c[2J"
    assert ssid_name("é" * 20) == "é" * 16
    assert clients(SeenSsid("\x07\n", 3), SeenSsid(" ", 1)) == {}


def test_no_device_makes_more_series_than_a_controller_has_networks() -> None:
    assert len(clients(*(SeenSsid(f"net {number}", 1) for number in range(MOST + 100)))) == MOST


def test_a_device_that_makes_names_up_is_told_no_more_networks_than_one_can_have() -> None:
    refused: Counter[str] = Counter()
    networks = Networks(refused)
    told: set[str] = set()
    for poll in range(4):
        names = [SeenSsid("ville", 1), *(SeenSsid(f"{poll} {number}", 1) for number in range(200))]
        own = Reading("AP-1", DeviceKind.ACCESS_POINT, NOW, {Metric.UPTIME: 1.0})
        batch = networks.bounded(Batch("AP-1", NOW, (own, *ssid_readings("AP-1", names, NOW))))
        assert batch.readings[0] is own
        assert batch.readings[1].device == "AP-1/ville"
        told |= {each.device for each in batch.readings[1:]}
    assert len(told) == MOST
    assert sum(refused.values()) == 801 - MOST
    other = Batch("AP-2", NOW, ssid_readings("AP-2", [SeenSsid("ville", 1)], NOW))
    assert networks.bounded(other).readings == other.readings


@given(st.text())
def test_any_name_becomes_one_that_can_be_kept(name: str) -> None:
    kept = ssid_name(name)
    assert kept.isprintable()
    assert len(kept.encode()) <= LONGEST_OCTETS
    assert not {"/", "\\"} & set(kept)
    assert ssid_name(kept) == kept
