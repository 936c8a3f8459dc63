"""What network servers wrap around a device's bytes."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.measurements import Fact, Metric
from drivers.mqtt.codec import LARGEST_PAYLOAD, decode
from drivers.mqtt.envelope import MOST_GATEWAYS, Uplink, canonical, eui, open_envelope, shipped_envelopes
from drivers.mqtt.examine import examine
from drivers.profiles import load_profiles
from tests.conformance import CONFORMANCE, NOT_OURS

PROFILES = load_profiles("mqtt")
NAS = PROFILES["nas-ul20xx"]
NOW = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
V3_TOPIC = "application/430/device/70b3d5b020073208/event/up"
EUI = "70B3D5B020073208"
REAL = CONFORMANCE / "chirpstack" / "nas-lcu-v3-uplink.json"

V3: dict[str, Any] = {"devEUI": "cLPVsCAHMgg=", "devAddr": "guTIZg==", "fCnt": 3, "fPort": 60, "data": "Af5k"}
V4: dict[str, Any] = {
    "deduplicationId": "3ac7e3c4",
    "deviceInfo": {"devEui": "70b3d5b020073208"},
    "fCnt": 3,
    "fPort": 60,
    "data": "Af5k",
}
TTN: dict[str, Any] = {
    "end_device_ids": {"dev_eui": EUI},
    "uplink_message": {"session_key_id": "AYf", "f_port": 60, "frm_payload": "Af5k"},
}


def opened(message: dict[str, Any]) -> Uplink:
    uplink = open_envelope(NAS.opened, json.dumps(message).encode())
    assert isinstance(uplink, Uplink), uplink
    return uplink


@pytest.mark.skipif(not REAL.is_file(), reason=NOT_OURS)
@pytest.mark.parametrize("wrapped", [True, False])
def test_a_real_uplink_says_what_its_own_network_server_has_decoded(wrapped: bool) -> None:
    document = json.loads(REAL.read_text(encoding="utf-8"))
    document = document if wrapped else document["payload"]
    now = datetime(2024, 7, 1, 13, 43, 47, tzinfo=UTC)
    heard = decode(NAS, V3_TOPIC, json.dumps(document).encode(), retained=False, now=now)

    assert not heard.refused
    assert heard.warnings == ("metering_com_error",)
    assert heard.gateway == "70B3D5B02000017E"
    assert heard.time_from == "device"
    (reading,) = heard.readings
    assert reading.device == EUI
    assert reading.at == datetime(2024, 7, 1, 13, 43, 42, tzinfo=UTC)
    assert reading.values == {Metric.TEMPERATURE: 26.0, Metric.LEVEL: 0.0}
    assert reading.facts[Fact.DIMMING_SOURCE] == "calendar_day"
    assert reading.facts[Fact.SOURCE] == "programme"

    fields = examine(NAS, json.dumps(document).encode(), topic="", port=None, now=NOW).document()["fields"]
    theirs = json.loads(document.get("payload", document)["objectJSON"])["data"]
    assert fields["downlink_rssi_dbm"] == theirs["downlink_rssi__dBm"] == -71
    assert fields["downlink_snr_db"] == theirs["downlink_snr__dB"] == 7
    assert fields["controller_temperature_c"] == theirs["mcu_temperature__C"] == 26
    assert fields["sensors"]["ldr_input"] == theirs["sensor_source"]["ldr_input"] == 222
    assert {name: fields[name] for name in theirs["status"]} == theirs["status"]
    assert {name: fields[name] for name in theirs["active_alerts"]} == theirs["active_alerts"]
    (source,), (their_source,) = fields["dimming_sources"], theirs["dimming_source"]
    assert source["address"] == their_source["address"]
    assert source["reason"] == their_source["reason"]
    assert source["level_pct"] == their_source["dimming_level__percent"]


@pytest.mark.parametrize(
    "text",
    [
        "cLPVsCAHMgg=",
        "70B3D5B020073208",
        "70b3d5b020073208",
        "70:b3:d5:b0:20:07:32:08",
        "70-B3-D5-B0-20-07-32-08",
        "0x70b3d5b020073208",
    ],
)
def test_a_device_has_one_name_however_it_is_written(text: str) -> None:
    assert eui(text) == canonical(text) == EUI
    assert opened({**V3, "devEUI": text}).device == EUI
    assert opened({**V4, "deviceInfo": {"devEui": text}}).device == EUI


@pytest.mark.parametrize(
    "text",
    [None, 7, "", "70b3d5b0200732", "cLPVsCAHMg==", "x" * 16, "70b3d5b02007320g", "é" * 8, "A" * 10_000],
)
def test_what_is_no_eui_names_nobody(text: object) -> None:
    assert eui(text) is None


def test_the_three_network_servers_are_told_apart_by_where_the_device_stands() -> None:
    for message, name in (
        (V3, "chirpstack-v3"),
        ({"type": "up", "payload": V3}, "chirpstack-v3"),
        (V4, "chirpstack-v4"),
        (TTN, "ttn-v3"),
    ):
        uplink = opened(message)
        assert (uplink.envelope, uplink.device, uplink.port, uplink.payload.hex()) == (
            name,
            EUI,
            60,
            "01fe64",
        )


def test_copies_of_one_uplink_have_one_counter_and_others_another() -> None:
    assert opened(V3).counter == opened({**V3, "rxInfo": []}).counter == "guTIZg==/3"
    assert (
        opened({**V3, "devAddr": "AAAAAA=="}).counter != opened(V3).counter
    )  # it has joined again, and counts anew
    assert opened(V4).counter == "3ac7e3c4"
    assert opened({**V3, "fCnt": None}).counter == ""


def test_the_things_stack_leaves_out_a_counter_that_is_zero_and_the_others_do_not() -> None:
    assert opened(TTN).counter == "AYf/0"
    without = {key: value for key, value in V3.items() if key != "fCnt"}
    assert opened(without).counter == ""


def test_the_gateway_that_heard_it_best_is_named_and_absurd_ones_do_no_harm() -> None:
    heard_by = [
        {
            "gatewayID": "cLPVsCADKGg=",
            "time": None,
            "rssi": -127,
            "loRaSNR": -4.2,
            "location": {"latitude": -48.9},
        },
        {"gatewayID": "cLPVsCAAAX4=", "time": "2026-11-30T18:59:58Z", "rssi": -57, "loRaSNR": 9.75},
        {"gatewayID": 7, "time": [], "rssi": "loud"},
        "gateway",
        None,
    ]
    uplink = opened({**V3, "rxInfo": heard_by + heard_by * MOST_GATEWAYS})
    assert uplink.gateways[0].id == "70B3D5B02000017E"
    assert uplink.gateways[0].snr_db == 9.75
    assert len(uplink.gateways) == MOST_GATEWAYS
    heard = decode(NAS, V3_TOPIC, json.dumps({**V3, "rxInfo": heard_by}).encode(), retained=False, now=NOW)
    assert heard.gateway == "70B3D5B02000017E"
    assert heard.time_from == "gateway"
    assert heard.readings[0].at == NOW - timedelta(seconds=2)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({**V3, "data": "Af5"}, "data: not base64"),
        ({**V3, "data": "Af5k!"}, "data: not base64"),
        ({**V3, "data": 7}, "data: not base64"),
        ({**V3, "data": base64.b64encode(bytes(300)).decode()}, "data: longer than 255 bytes"),
        ({**V3, "fPort": "60"}, "fPort: not a port"),
        ({**V3, "fPort": 256}, "fPort: not a port"),
        ({**V3, "fPort": True}, "fPort: not a port"),
        ({**V3, "fPort": 7}, "a port or a beginning that the profile does not know"),
        ({**V3, "data": ""}, "no payload"),
        ({key: value for key, value in V3.items() if key != "data"}, "no payload"),
        ({**V3, "devEUI": "cLPVsCAHMgg"}, "no envelope of chirpstack-v4, chirpstack-v3, ttn-v3"),
        ({**V3, "devEUI": "cLPVsCAHMgk="}, "another device than its topic's"),
        ({**V3, "objectJSON": "{"}, "objectJSON: not JSON"),
        ({**V3, "objectJSON": "[1]"}, "objectJSON: not a JSON object"),
        ({**V3, "objectJSON": "NaN"}, "objectJSON: NaN or infinity"),
        ({**V3, "objectJSON": {"a": 1}}, "objectJSON: not a text"),
        ({**V4, "object": "{}"}, "object: not an object"),
        ({}, "no envelope of chirpstack-v4, chirpstack-v3, ttn-v3"),
        ({"payload": [V3]}, "no envelope of chirpstack-v4, chirpstack-v3, ttn-v3"),
    ],
)  # fmt: skip
def test_an_envelope_that_is_wrong_is_refused_with_a_reason(message: dict[str, Any], reason: str) -> None:
    heard = decode(NAS, V3_TOPIC, json.dumps(message).encode(), retained=False, now=NOW)
    assert heard.refused == (reason,)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff{}", "not UTF-8"),
        (b'{"devEUI": "cLPVsCAHMgg=", "fPort": 60', "not JSON"),
        (b'{"devEUI": "cLPVsCAHMgg=", "devEUI": "cLPVsCAHMgg="}', "a key twice"),
        (b'{"fCnt": NaN}', "NaN or infinity"),
        (b'{"fCnt": ' + b"9" * 400 + b"}", "an integer beyond 64 bits"),
        (b'{"rxInfo": ' + b"[" * 100 + b"]" * 100 + b"}", "nested too deeply"),
        (b"[" * (LARGEST_PAYLOAD + 1), "longer than 64 kB"),
    ],
)
def test_hostile_json_is_refused_with_a_reason(payload: bytes, reason: str) -> None:
    assert decode(NAS, V3_TOPIC, payload, retained=False, now=NOW).refused == (reason,)


def test_an_uplink_that_the_broker_kept_is_never_taken_for_live() -> None:
    heard = decode(NAS, V3_TOPIC, json.dumps(V3).encode(), retained=True, now=NOW)
    assert heard.refused == ("retained",)
    assert not heard.readings


def test_nothing_of_a_network_server_says_that_a_value_is_zero_but_where_the_profile_says_so() -> None:
    ttn, v4 = PROFILES["ttn-v3"], PROFILES["chirpstack-v4"]
    decoded = {"voltage_v": 229.5}
    message = {**TTN, "uplink_message": {"f_port": 2, "frm_payload": "AQ==", "decoded_payload": decoded}}
    heard = decode(ttn, "v3/a@ttn/devices/x/up", json.dumps(message).encode(), retained=False, now=NOW)
    assert heard.readings[0].values == {Metric.LEVEL: 0.0, Metric.VOLTAGE: 229.5}
    heard = decode(v4, V3_TOPIC, json.dumps({**V4, "object": decoded}).encode(), retained=False, now=NOW)
    assert heard.readings[0].values == {Metric.VOLTAGE: 229.5}


LEAVES = st.none() | st.booleans() | st.integers(-(2**65), 2**65) | st.floats() | st.text(max_size=20)
WORDS = [
    *(
        "devEUI",
        "deviceInfo",
        "devEui",
        "fPort",
        "data",
        "rxInfo",
        "gatewayID",
        "time",
        "object",
        "objectJSON",
    ),
    *(
        "payload",
        "end_device_ids",
        "dev_eui",
        "uplink_message",
        "frm_payload",
        "f_port",
        "decoded_payload",
        "rssi",
    ),
]
MESSAGES = st.dictionaries(
    st.sampled_from(WORDS),
    st.recursive(
        LEAVES | st.sampled_from(["cLPVsCAHMgg=", EUI, "Af5k", "AY6ygmYgAEcHGgACAd7+IQAA", "{}"]),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
        ),
        max_leaves=12,
    ),
    max_size=6,
)


@given(
    base=st.sampled_from([V3, V4, TTN, {}]),
    over=MESSAGES,
    profile=st.sampled_from([each for each in PROFILES.values() if each.opened]),
)
def test_no_envelope_whatsoever_makes_the_decoder_raise(
    base: dict[str, Any], over: dict[str, Any], profile: Any
) -> None:
    payload = json.dumps({**base, **over}).encode()
    for topic in (V3_TOPIC, "v3/a@ttn/devices/x/up"):
        heard = decode(profile, topic, payload, retained=False, now=NOW)
        assert heard.readings or heard.refused
        assert all(len(reason) < 200 for reason in heard.refused)
    looked = examine(profile, payload, topic="", port=None, now=NOW).document()
    json.dumps(looked, default=str)


@given(
    payload=st.binary(max_size=300),
    port=st.integers(0, 255),
    envelope=st.sampled_from([*shipped_envelopes()]),
)
def test_no_bytes_in_an_envelope_make_the_decoder_raise(payload: bytes, port: int, envelope: str) -> None:
    data = base64.b64encode(payload).decode()
    message = {
        "chirpstack-v3": {**V3, "fPort": port, "data": data},
        "chirpstack-v4": {**V4, "fPort": port, "data": data},
        "ttn-v3": {**TTN, "uplink_message": {"f_port": port, "frm_payload": data}},
    }[envelope]
    topic = "v3/a@ttn/devices/x/up" if envelope == "ttn-v3" else V3_TOPIC
    heard = decode(NAS, topic, json.dumps(message).encode(), retained=False, now=NOW)
    assert heard.refused or heard.route is not None
