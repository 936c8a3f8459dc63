"""Reading a device by its profile: rows joined, sums only of what is whole, and nothing guessed."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import Refused
from drivers.profiles import load_profiles
from drivers.snmp import reader
from drivers.snmp.codec import Missing, Value
from drivers.snmp.probe import look
from drivers.snmp.profile import SnmpProfile
from drivers.snmp.reader import System, read
from drivers.snmp.seen import Seen
from tests.drivers.snmp_objects import AGENT, Dead, SnmpObjects

SHIPPED = load_profiles("snmp")
SYSTEM = System("1.3.6.1.4.1.99.1", "a device", "AP-1", 7.0)
MAC = "0.0.94.0.83"
"""The first five octets of the addresses kept for documentation (RFC 7042)."""


def profile(*tables: dict[str, Any], stands: str = "controller", **more: Any) -> SnmpProfile:
    head = {"name": "mine", "title": "Mine", "source": "a test", "vendor": "x", "stands": stands}
    known = {"recognise": {"sys_object_id": ["1.3.6.1.4.1.99"]}}
    return SnmpProfile.model_validate({**head, **known, "table": tables, **more})


APS: dict[str, Any] = {
    "of": "access_points",
    "entry": "1.3.1",
    "index": "ap:mac",
    "column": [
        {"says": "name", "column": "2", "poll": False},
        {"says": "up", "column": "3", "codes": {"1": 1}, "other": 0},
    ],
}
RADIOS: dict[str, Any] = {
    "of": "radios",
    "entry": "1.3.2",
    "index": "ap:mac radio",
    "column": [{"says": "channel", "column": "3"}, {"says": "clients", "column": "4"}],
}


async def seen_of(known: SnmpProfile, objects: Mapping[str, Value]) -> Seen:
    return await read(SnmpObjects(objects), AGENT, known, SYSTEM)


async def test_rows_of_several_tables_are_put_together_by_what_they_name() -> None:
    noise = {
        "of": "radios",
        "entry": "1.3.3",
        "index": "ap:mac radio channel",
        "same": "channel",
        "column": [{"says": "noise_dbm", "column": "21"}],
    }
    seen = await seen_of(
        profile(noise, APS, RADIOS),
        {
            f"1.3.1.2.{MAC}.1": b"gare-1",
            f"1.3.1.3.{MAC}.1": 1,
            f"1.3.1.3.{MAC}.2": 2,
            f"1.3.2.3.{MAC}.1.0": 6,
            f"1.3.2.4.{MAC}.1.0": 3,
            f"1.3.2.4.{MAC}.1.1": 5,
            f"1.3.2.4.{MAC}.3.0": 9,
            f"1.3.3.21.{MAC}.1.0.1": -70,
            f"1.3.3.21.{MAC}.1.0.6": -95,
            "1.3.1.2.5": b"a row of another shape",
        },
    )
    first, second, third = seen.access_points
    assert (first.id, first.name, first.up, first.clients) == ("00:00:5e:00:53:01", "gare-1", True, 8)
    assert [(radio.id, radio.channel, radio.noise_dbm) for radio in first.radios] == [
        ("0", 6, -95),
        ("1", None, None),
    ]
    assert (second.up, second.clients, second.radios) == (False, None, [])
    assert (third.id, third.up, third.clients) == ("00:00:5e:00:53:03", None, 9), "only a radio names it"
    assert (seen.totals.access_points, seen.totals.access_points_up, seen.totals.clients) == (3, None, None)
    assert {"what": "access_points.name", "why": "not given by 1 of 2"} in seen.unread


async def test_a_sum_is_only_of_what_is_known_of_every_part() -> None:
    ssids = {
        "of": "ssids",
        "entry": "1.3.4",
        "index": "ssid:text",
        "column": [
            {"says": "clients", "column": "2", "combine": "sum"},
            {"says": "clients", "column": "3", "combine": "sum"},
        ],
    }
    ville, eau = "5.118.105.108.108.101", "3.101.97.117"
    objects: dict[str, Value] = {f"1.3.4.2.{ville}": 4, f"1.3.4.3.{ville}": 5, f"1.3.4.2.{eau}": 1}
    seen = await seen_of(profile(ssids), objects)
    assert [(ssid.name, ssid.clients) for ssid in seen.ssids] == [("eau", None), ("ville", 9)]
    assert seen.totals.clients is None
    seen = await seen_of(profile(ssids), objects | {f"1.3.4.3.{eau}": 2})
    assert seen.totals.clients == 12
    del objects[f"1.3.4.3.{ville}"]
    seen = await seen_of(profile(ssids), objects)
    assert [ssid.clients for ssid in seen.ssids] == [1, 4], "a device that has no such column has one band"


async def test_rows_are_counted_and_what_none_counts_has_none() -> None:
    names = {"of": "ssids", "entry": "1.3.5", "index": "row", "column": [{"says": "ssid", "column": "2"}]}
    clients = {
        "of": "ssids",
        "entry": "1.3.6",
        "index": "row",
        "only": {"column": "4", "unless": "^monitor$"},
        "column": [{"says": "ssid", "column": "4"}, {"says": "clients", "count": True}],
    }
    objects: dict[str, Value] = {"1.3.5.2.1": b"ville", "1.3.5.2.2": b"eau"}
    known = profile(names, clients, stands="alone")
    seen = await seen_of(known, objects)
    assert [(ssid.name, ssid.clients) for ssid in seen.ssids] == [("ville", 0), ("eau", 0)]
    objects |= {f"1.3.6.4.{row}": ssid for row, ssid in enumerate([b"ville", b"ville", b"monitor"])}
    seen = await seen_of(known, objects)
    assert [(ssid.name, ssid.clients) for ssid in seen.ssids] == [("ville", 2), ("eau", 0)]
    assert seen.access_points[0].clients == seen.totals.clients == 2
    by_address: dict[str, Value] = {"1.3.5.2.1": b"ville", f"1.3.6.4.6.{MAC}.1": b"ville"}
    seen = await seen_of(known, by_address)
    assert [(ssid.name, ssid.clients) for ssid in seen.ssids] == [("ville", None)], "it was not counted"
    assert {"what": "ssids", "why": "rows by another index (1 rows)"} in seen.unread
    broken = SnmpObjects(objects, {"1.3.6.4": Refused("nonsense")})
    seen = await read(broken, AGENT, known, SYSTEM)
    assert [(ssid.name, ssid.clients) for ssid in seen.ssids] == [("ville", None), ("eau", None)]


async def test_rows_of_the_same_radio_are_combined_as_the_profile_says() -> None:
    networks = {
        "of": "radios",
        "entry": "1.3.7",
        "index": "row",
        "column": [
            {"says": "radio", "column": "9"},
            {"says": "band", "column": "9", "codes": {"ng": "2.4", "na": "5"}},
            {"says": "channel", "column": "4"},
            {"says": "clients", "column": "8", "combine": "sum"},
            {"says": "utilization_pct", "column": "5", "combine": "max"},
            {"says": "noise_dbm", "column": "6", "combine": "mean"},
        ],
    }
    objects: dict[str, Value] = {
        "1.3.7.9.1": b"ng", "1.3.7.9.2": b"ng", "1.3.7.9.3": b"na", "1.3.7.4.1": 6, "1.3.7.4.2": 7, "1.3.7.8.1": 3,
        "1.3.7.8.2": 4, "1.3.7.8.3": 5, "1.3.7.5.1": 12, "1.3.7.5.2": 30, "1.3.7.6.1": -90, "1.3.7.6.2": -95,
    }  # fmt: skip
    seen = await seen_of(profile(networks, stands="alone"), objects)
    (own,) = seen.access_points
    assert (own.id, own.up, own.clients) == ("AP-1", True, 12)
    first, second = own.radios
    assert (first.id, first.band, first.channel, first.clients) == ("ng", "2.4", 6, 7)
    assert (first.utilization_pct, first.noise_dbm) == (30, -92.5)
    assert (second.id, second.band, second.clients, second.noise_dbm) == ("na", "5", 5, None)


@pytest.mark.parametrize(
    ("counted", "listed", "told"), [(2, 0, 2), (0, 0, 0), (None, 0, None), (5, 2, 5), (1, 2, 2), (None, 2, 2)]
)
async def test_access_points_are_those_that_a_controller_counts_or_lists(
    counted: int | None, listed: int, told: int | None
) -> None:
    totals = {"of": "totals", "entry": "1.3.5", "column": [{"says": "access_points", "column": "1"}]}
    objects: dict[str, Value] = {f"1.3.1.3.{MAC}.{row}": 1 for row in range(listed)}
    if counted is not None:
        objects["1.3.5.1.0"] = counted
    seen = await seen_of(profile(totals, APS), objects)
    assert seen.totals.access_points == told
    assert seen.totals.access_points_up == (listed or None)


async def test_the_first_table_that_says_something_is_believed() -> None:
    again = {**RADIOS, "entry": "1.3.9", "column": [{"says": "clients", "column": "7"}]}
    objects: dict[str, Value] = {
        f"1.3.2.3.{MAC}.1.0": 36, f"1.3.2.4.{MAC}.1.0": 3, f"1.3.2.3.{MAC}.1.1": 40, f"1.3.9.7.{MAC}.1.0": 99,
        f"1.3.9.7.{MAC}.1.1": 8,
    }  # fmt: skip
    (ap,) = (await seen_of(profile(RADIOS, again), objects)).access_points
    assert [radio.clients for radio in ap.radios] == [3, 8]


async def test_a_table_under_the_devices_own_object_identifier_is_found() -> None:
    own = {
        "of": "radios",
        "entry": "{sysObjectID}.1.2",
        "index": "radio",
        "column": [{"says": "channel", "column": "4"}],
    }
    text = [{"says": "model", "oid": "{sysObjectID}.9.0"}]
    seen = await seen_of(
        profile(own, stands="alone", text=text, bands=["2.4", "5"]),
        {"1.3.6.1.4.1.99.1.1.2.4.1": 149, "1.3.6.1.4.1.99.1.9.0": b"M1"},
    )
    (radio,) = seen.access_points[0].radios
    assert (radio.band, radio.frequency_mhz, seen.model) == ("5", 5745, "M1")


async def test_a_frequency_tells_channel_and_band_and_a_doubtful_channel_neither() -> None:
    table = {
        "of": "radios",
        "entry": "1.3.8",
        "index": "radio",
        "column": [{"says": "channel", "column": "1"}, {"says": "frequency_mhz", "column": "2"}],
    }
    seen = await seen_of(
        profile(table, stands="alone"), {"1.3.8.2.1": 6215, "1.3.8.1.2": 5, "1.3.8.2.3": 5197, "1.3.8.1.4": 0}
    )
    told = [(radio.channel, radio.frequency_mhz, radio.band) for radio in seen.access_points[0].radios]
    assert told == [(53, 6215, "6"), (5, None, None), (None, 5197, "5"), (None, None, None)]
    assert {"what": "radios.band", "why": "the channel alone does not tell it, of 1 of 4"} in seen.unread


async def test_words_are_taken_from_the_first_object_that_has_any() -> None:
    text = [
        {"says": "firmware", "oid": "1.3.5.1.0", "match": "Version (.+)"},
        {"says": "firmware", "oid": "1.3.5.2.0"},
        {"says": "serial", "oid": "1.3.5.3", "first_row": True},
        {"says": "model", "oid": "1.3.5.9.0"},
    ]
    seen = await seen_of(
        profile(stands="alone", text=text),
        {"1.3.5.1.0": b"none", "1.3.5.2.0": b"8.4", "1.3.5.3.1": b"", "1.3.5.3.2": b"S-2"},
    )
    assert (seen.firmware, seen.serial, seen.model) == ("8.4", "S-2", None)
    assert {"what": "device.model", "why": "not given"} in seen.unread


async def test_what_fails_half_way_leaves_what_was_read() -> None:
    objects: dict[str, Value] = {f"1.3.1.2.{MAC}.1": b"gare-1", f"1.3.2.4.{MAC}.1.0": 3}
    broken = SnmpObjects(objects, {"1.3.2.3": Refused("192.0.2.1:161: answers go backwards")})
    seen = await read(broken, AGENT, profile(APS, RADIOS), SYSTEM)
    assert seen.access_points[0].radios[0].clients == 3
    assert seen.unread[0] == {
        "what": "radios.channel at 1.3.2.3",
        "why": "192.0.2.1:161: answers go backwards",
    }
    dead = Dead({})
    seen = await read(dead, AGENT, profile(APS, RADIOS), SYSTEM)
    assert dead.walked == ["1.3.1.2", "1.3.1.3"], "it was asked on and on"
    assert seen.access_points == []
    assert len(seen.unread) == 6


async def test_each_column_is_walked_once_and_no_more_rows_than_are_borne(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader, "MOST_ROWS", dict.fromkeys(reader.MOST_ROWS, 3))
    again = {**RADIOS, "column": [{"says": "clients", "column": "4"}]}
    device = SnmpObjects({f"1.3.2.4.{MAC}.1.{row}": 1 for row in range(10)})
    seen = await read(device, AGENT, profile(APS, RADIOS, again), SYSTEM)
    assert sorted(device.walked) == sorted(set(device.walked))
    assert len(seen.access_points[0].radios) == 3
    assert {
        "what": "radios.clients at 1.3.2.4",
        "why": "more than 3 rows: the others are left out",
    } in seen.unread


async def test_nonsense_is_refused_counted_and_the_rest_is_read() -> None:
    objects: dict[str, Value] = {f"1.3.2.4.{MAC}.1.{row}": b"\xff" for row in range(3)}
    seen = await seen_of(profile(RADIOS), objects | {f"1.3.2.3.{MAC}.1.0": 36})
    assert {"what": "radios.clients", "why": "not a number (3 rows)"} in seen.unread
    assert seen.access_points[0].radios[0].channel == 36


def _oids(known: SnmpProfile) -> list[str]:
    columns = [
        f"{table.entry.replace('{sysObjectID}', SYSTEM.object_id)}.{column.column}"
        for table in known.table
        for column in table.column
        if column.column is not None
    ]
    return columns + [source.oid.removesuffix(".0") for source in known.text]


VALUES = st.integers(-(2**70), 2**70) | st.binary(max_size=12) | st.text(max_size=5) | st.just(Missing("x"))


@given(data=st.data(), name=st.sampled_from(sorted(SHIPPED)))
async def test_whatever_a_device_answers_the_probe_says_something(data: st.DataObject, name: str) -> None:
    known = SHIPPED[name]
    row = st.sampled_from(["0", "1", f"{MAC}.1", f"{MAC}.1.1", "3.65.80.49", "1.2.65.80.1"]) | st.lists(
        st.integers(0, 2**32 - 1), min_size=1, max_size=9
    ).map(lambda arcs: ".".join(map(str, arcs)))
    oid = st.builds(lambda column, index: f"{column}.{index}", st.sampled_from(_oids(known)), row)
    device = SnmpObjects(data.draw(st.dictionaries(oid, VALUES, max_size=30)))
    seen = await read(device, AGENT, known, SYSTEM)
    for access_point in seen.access_points:
        for radio in access_point.radios:
            assert radio.id
            assert radio.clients is None or radio.clients >= 0
    assert (await look(device, AGENT, [known]))["unread"] is not None
