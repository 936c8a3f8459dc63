"""One look at an SNMP device: the simulated access point, and a real snmpd that is none."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from city.errors import BadInput, Refused, Unreachable
from drivers.profiles import load_profiles
from drivers.snmp.codec import Value
from drivers.snmp.interfaces import IF_DESCR, IF_HC_IN_OCTETS, IF_IN_OCTETS, IF_NAME, IF_OPER_STATUS
from drivers.snmp.probe import look as look_at
from drivers.snmp.probe import probe
from drivers.snmp.profile import SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SnmpProfile
from drivers.snmp.session import Community, Credentials, User
from tests.drivers.modbus_peers import HOST, free_port
from tests.drivers.snmp_objects import AGENT, Dead, SnmpObjects
from tests.drivers.snmp_peers import air, needs_snmpd, snmpd

PROFILES = list(load_profiles("snmp").values())
PUBLIC = Community("public")
SHORT_S = 0.2


async def look(port: int, credentials: Credentials, timeout_s: float = 5.0) -> dict[str, Any]:
    return await probe(HOST, port, credentials, PROFILES, timeout_s)


@pytest.mark.parametrize(
    "credentials", [PUBLIC, User("falotier", "authpass123", "privpass123")], ids=["v2c", "v3"]
)
async def test_an_access_point_is_recognised_and_shown_whole(credentials: Credentials) -> None:
    async with air() as here:
        (ap,) = here.inventory
        seen = await look(ap.port, credentials)
        truth = here.physics.state(ap.id, here.clock.now())
    json.dumps(seen)
    assert seen["device"] == {
        "vendor": "falotier",
        "profile": "falotier-ap",
        "sys_object_id": "1.3.6.1.3.6822.1",
        "sys_descr": "Falotier simulated access point",
        "model": "SIM-AP",
        "serial": "SIMAPPAT01",
        "firmware": "1.0",
        "uptime_s": pytest.approx(truth.uptime_s, abs=0.01),
    }
    (shown,) = seen["access_points"]
    clients = sum(radio.clients for radio in truth.radios)
    assert (shown["id"], shown["name"], shown["up"], shown["clients"]) == (ap.id, ap.id, True, clients)
    first = truth.radios[0]
    assert shown["radios"][0] == {
        "id": "1",
        "band": "2.4",
        "channel": first.channel,
        "frequency_mhz": 2407 + 5 * first.channel,
        "clients": first.clients,
        "utilization_pct": first.airtime_pct,
        "noise_dbm": first.noise_dbm,
        "tx_power_dbm": first.tx_power_dbm,
        "in_octets": first.in_octets,
        "out_octets": first.out_octets,
    }
    assert seen["totals"] == {"clients": clients, "access_points": 1, "access_points_up": 1}
    assert seen["ssids"] == []
    assert seen["interfaces"][0] == {
        "if_index": 1,
        "name": "wlan0",
        "oper_up": True,
        "in_octets": first.in_octets,
        "out_octets": first.out_octets,
    }
    assert seen["unread"] == []


@needs_snmpd
@pytest.mark.parametrize(
    "credentials", [PUBLIC, User("opsro", "authpass123", "privpass123")], ids=["v2c", "v3"]
)
async def test_a_real_agent_falls_back_to_what_any_device_gives(
    tmp_path: Path, credentials: Credentials
) -> None:
    async with snmpd(tmp_path) as port:
        seen = await look(port, credentials)
    device = seen["device"]
    assert device["profile"] == "if-mib"
    assert device["sys_object_id"].startswith("1.3.6.1.4.1.8072.3.2.")
    assert device["uptime_s"] >= 0
    assert device["model"] is None
    assert [loopback["name"] for loopback in seen["interfaces"] if loopback["name"] == "lo"] == ["lo"]
    assert seen["access_points"] == []
    assert seen["totals"] == {"clients": None, "access_points": None, "access_points_up": None}
    assert any(unread["what"] == "radios" for unread in seen["unread"])


@needs_snmpd
async def test_wrong_credentials_are_refused_where_the_protocol_says_so(tmp_path: Path) -> None:
    async with snmpd(tmp_path) as port:
        with pytest.raises(Refused, match=r"(?i)digest|wrong authentication password"):
            await look(port, User("opsro", "wrongpass123", "privpass123"))
        with pytest.raises(Refused, match=r"(?i)unknown|no user"):
            await look(port, User("nobody", "authpass123", "privpass123"))
        with pytest.raises(Unreachable, match="wrong community"):
            await look(port, Community("private"), SHORT_S)


def _device(objects: Mapping[str, Value]) -> SnmpObjects:
    """A device of net-snmp on Linux, which many makers' are."""
    return SnmpObjects({SYS_OBJECT_ID: "1.3.6.1.4.1.8072.3.2.10", SYS_DESCR: b"Linux x", **objects})


async def test_a_profile_that_asks_one_object_more_is_taken_only_for_the_right_answer() -> None:
    distro = "1.3.6.1.4.1.8072.9"
    head = {"title": "x", "source": "a test", "vendor": "x", "stands": "alone"}
    prefix = ["1.3.6.1.4.1.8072.3.2.10"]
    asking = {"sys_object_id": prefix, "ask": distro, "answers": "^OpenWrt"}
    profiles = [
        SnmpProfile.model_validate({"name": "linux", **head, "recognise": {"sys_object_id": prefix}}),
        SnmpProfile.model_validate({"name": "openwrt", **head, "recognise": asking}),
    ]

    async def known(device: SnmpObjects) -> Any:
        return (await look_at(device, AGENT, profiles))["device"]["profile"]

    assert await known(_device({distro: b"OpenWrt 21.02"})) == "openwrt"
    assert await known(_device({f"{distro}.3.1": b"OpenWrt 21.02"})) == "openwrt"
    assert await known(_device({distro: b"Debian"})) == "linux"
    assert await known(_device({})) == "linux"
    stranger = SnmpObjects({SYS_OBJECT_ID: "1.3.6.1.4.1.99"})
    assert await known(stranger) is None
    assert distro not in stranger.got


async def test_narrow_counters_are_shown_where_there_are_no_wide_ones() -> None:
    device = _device(
        {
            f"{IF_DESCR}.1": b"eth0", f"{IF_DESCR}.2": b"wlan0", f"{IF_NAME}.2": b"wifi", f"{IF_OPER_STATUS}.2": 2,
            f"{IF_IN_OCTETS}.1": 7, f"{IF_IN_OCTETS}.2": 8, f"{IF_HC_IN_OCTETS}.2": 2**40, f"{IF_DESCR}.3": b"x",
        }
    )  # fmt: skip
    seen = await look_at(device, AGENT, PROFILES)
    assert seen["interfaces"] == [
        {"if_index": 1, "name": "eth0", "oper_up": None, "in_octets": 7, "out_octets": None},
        {"if_index": 2, "name": "wifi", "oper_up": False, "in_octets": 2**40, "out_octets": None},
        {"if_index": 3, "name": "x", "oper_up": None, "in_octets": None, "out_octets": None},
    ]
    assert {"what": "interfaces.in_octets", "why": "not given by 1 of 3"} in seen["unread"]


async def test_a_device_that_stops_answering_is_shown_as_far_as_it_went() -> None:
    seen = await look_at(Dead({SYS_OBJECT_ID: "1.3.6.1.3.6822.1", SYS_UPTIME: 100}), AGENT, PROFILES)
    assert (seen["device"]["profile"], seen["device"]["uptime_s"]) == ("falotier-ap", 1.0)
    (own,) = seen["access_points"]
    assert (own["clients"], own["radios"], seen["interfaces"]) == (None, [], [])
    assert {"what": "interfaces", "why": "192.0.2.1:161: no answer"} in seen["unread"]


async def test_a_password_that_no_user_can_have_is_refused_not_a_crash() -> None:
    with pytest.raises((BadInput, Refused, Unreachable)):
        await look(free_port(), User("opsro", "short", "x"), SHORT_S)


async def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="no answer"):
        await look(free_port(), PUBLIC, SHORT_S)


def test_credentials_are_not_shown() -> None:
    assert "public" not in repr(PUBLIC)
    assert "authpass" not in repr(User("opsro", "authpass123", "privpass123"))
