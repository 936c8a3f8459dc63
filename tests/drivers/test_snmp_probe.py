"""One look at an SNMP device: the simulated access point, and a real snmpd that is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from city.errors import Refused, Unreachable
from drivers.profiles import load_profiles
from drivers.snmp.probe import probe
from drivers.snmp.session import Community, Credentials, User
from tests.drivers.modbus_peers import HOST, free_port
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
        "frequency_mhz": None,
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
        with pytest.raises(Refused, match=r"(?i)digest"):
            await look(port, User("opsro", "wrongpass123", "privpass123"))
        with pytest.raises(Refused, match=r"(?i)unknown"):
            await look(port, User("nobody", "authpass123", "privpass123"))
        with pytest.raises(Unreachable, match="wrong community"):
            await look(port, Community("private"), SHORT_S)


async def test_a_password_that_no_user_can_have_is_refused_not_a_crash() -> None:
    with pytest.raises((Refused, Unreachable)):
        await look(free_port(), User("opsro", "short", "x"), SHORT_S)


async def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="no answer"):
        await look(free_port(), PUBLIC, SHORT_S)


def test_credentials_are_not_shown() -> None:
    assert "public" not in repr(PUBLIC)
    assert "authpass" not in repr(User("opsro", "authpass123", "privpass123"))
