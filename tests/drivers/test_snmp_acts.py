"""Acts on access points: which row is meant, and a real agent that is told what to do."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput, Refused
from drivers.profiles import load_profiles
from drivers.snmp.acts import act_of, row_of
from drivers.snmp.agents import Community, User
from drivers.snmp.index import read_index, write_index
from drivers.snmp.poller import SnmpPoller
from drivers.snmp.profile import SnmpProfile
from tests.drivers.snmp_peers import inventoried, needs_snmpd, snmpd

NOW = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
MAC = "00:00:5e:00:53:0a"
CISCO = load_profiles("snmp")["cisco-wlc"]
WRITER = User("opsrw", "authpass123", "privpass123")
READER = User("opsro", "authpass123", "privpass123")
WRITABLE = 'createUser opsrw SHA-256 "authpass123" AES "privpass123"\nrwuser opsrw priv\n'
SYS_CONTACT = "1.3.6.1.2.1.1.4"


def alone(*acts: dict[str, Any]) -> SnmpProfile:
    return SnmpProfile.model_validate(
        {
            "name": "x",
            "title": "x",
            "source": "x",
            "vendor": "x",
            "stands": "alone",
            "table": [
                {
                    "of": "radios",
                    "entry": "1.3.6.1.4.1.9",
                    "index": "radio",
                    "column": [{"says": "clients", "column": "1"}],
                }
            ],
            "act": acts,
        }
    )


DISABLE_RADIO = {"does": "disable", "to": "radios", "oid": "1.3.6.1.2.1.2.2.1.7", "value": 2}
SWITCH = {"to": "access_points", "oid": SYS_CONTACT, "instance": "0", "type": "text"}
CONTACTS = (
    {**SWITCH, "does": "enable", "value": "on"},
    {**SWITCH, "does": "disable", "value": "off"},
    {**SWITCH, "does": "restart", "value": "again"},
)


@pytest.mark.parametrize(
    ("does", "radio", "oid", "row"),
    [
        ("restart", "", "1.3.6.1.4.1.14179.2.2.1.1.11", "0.0.94.0.83.10"),
        ("disable", "", "1.3.6.1.4.1.14179.2.2.1.1.37", "0.0.94.0.83.10"),
        ("enable", "1", "1.3.6.1.4.1.14179.2.2.2.1.34", "0.0.94.0.83.10.1"),
    ],
)
def test_a_controllers_row_is_named_by_mac_address_and_radio(
    does: Any, radio: str, oid: str, row: str
) -> None:
    act = act_of(CISCO, does, radio)
    assert (act.oid, row_of(CISCO, act, MAC, radio)) == (oid, row)


def test_a_radio_of_a_device_that_stands_alone_is_named_by_its_number() -> None:
    profile = alone(DISABLE_RADIO)
    assert row_of(profile, act_of(profile, "disable", "3"), "AP-1", "3") == "3"


def test_what_a_profile_does_not_know_is_told_with_what_it_knows() -> None:
    with pytest.raises(BadInput, match="does not restart access points; it can: disable radios"):
        act_of(alone(DISABLE_RADIO), "restart", "")


@pytest.mark.parametrize(("name", "radio"), [("AP-1", ""), (MAC, "both"), ("00:00:5e", "1")])
def test_a_row_that_cannot_be_named_is_bad_input(name: str, radio: str) -> None:
    act = act_of(CISCO, "disable", radio)
    with pytest.raises(BadInput, match="cisco-wlc: disable"):
        row_of(CISCO, act, name, radio)


@given(octets=st.binary(min_size=6, max_size=6), number=st.integers(0, 2**32 - 1), text=st.text(max_size=40))
def test_an_index_that_was_written_is_read_back(octets: bytes, number: int, text: str) -> None:
    said: Any = {"ap": octets.hex(":"), "radio": str(number), "ssid": text}
    arcs = [int(arc) for arc in write_index("ap:mac radio ssid:text", said).split(".")]
    assert read_index("ap:mac radio ssid:text", arcs) == said or len(text.encode()) > 255


@needs_snmpd
async def test_a_real_agent_is_switched_and_holds_what_was_written(tmp_path: Path) -> None:
    profile = alone(*CONTACTS)
    async with snmpd(tmp_path, conf=WRITABLE) as port, SnmpPoller(2.0) as poller:
        access_point = inventoried("AP-1", port)
        assert await poller.act(access_point, profile, WRITER, "disable", "", NOW)
        assert await poller.act(access_point, profile, WRITER, "enable", "", NOW)
        assert not await poller.act(access_point, profile, WRITER, "restart", "", NOW)


@needs_snmpd
async def test_nothing_is_written_as_a_community_nor_where_the_user_may_not(tmp_path: Path) -> None:
    profile = alone(*CONTACTS)
    async with snmpd(tmp_path, conf=WRITABLE) as port, SnmpPoller(2.0) as poller:
        access_point = inventoried("AP-1", port)
        with pytest.raises(BadInput, match="SNMPv3"):
            await poller.act(access_point, profile, Community("public"), "disable", "", NOW)
        with pytest.raises(Refused, match=SYS_CONTACT):
            await poller.act(access_point, profile, READER, "disable", "", NOW)
