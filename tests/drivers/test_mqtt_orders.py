"""What lamp controllers are told, in JSON or in the envelope of their network server."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput, Unreachable
from city.measurements import Fact, Metric
from drivers.mqtt.codec import decode
from drivers.mqtt.heard import Route
from drivers.mqtt.orders import compose, frame_bytes, send_frame
from drivers.profiles import load_profiles

PROFILES = load_profiles("mqtt")
NAS = PROFILES["nas-ul20xx"]
NOW = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
NAMES = {"application": "430", "device": "70b3d5b020073208"}
PARTS = {"order": "o-1", "level": 50.0, "until": 1796062200.0, "reason": "chantier"}


def route(envelope: str, **names: str) -> Route:
    return Route("70B3D5B020073208", names or NAMES, envelope)


@pytest.mark.parametrize(
    ("name", "values", "digits"),
    [
        ("manual dimming", {"destinations": [{"address": "dali_broadcast", "level_pct": 100}]}, "60 01FE64"),
        (
            "profile",
            {
                "profile_id": 0,
                "address": "dali_broadcast",
                "monday": True,
                "tuesday": True,
                "wednesday": True,
                "thursday": True,
                "friday": True,
                "steps": [{"time": "01:00", "level_pct": 20}, {"time": "05:30", "level_pct": "inactive"}],
            },
            "50 210002FE3E00061421FF",
        ),
        (
            "alert limits",
            {
                "min_power_w": 20,
                "max_power_w": 75,
                "min_voltage_v": 215,
                "max_voltage_v": 245,
                "min_power_factor": 0.8,
            },
            "50 160114004B00D700F50050",
        ),
        ("clock", {"time": "2020-01-16T15:23:31Z"}, "50 09F37F205E"),
        ("fade", {"fade_s": 64.0}, "50 220E"),
    ],
)
def test_frames_are_as_the_data_sheet_has_them(name: str, values: dict[str, Any], digits: str) -> None:
    port, payload = frame_bytes(NAS, name, values)
    assert f"{port} {payload.hex().upper()}" == digits


def test_each_network_server_is_handed_a_downlink_as_it_wants_it() -> None:
    level = {"level": 100}
    v3 = compose(NAS, "order", route("chirpstack-v3"), level)
    assert v3.topic == "application/430/device/70b3d5b020073208/command/down"
    assert json.loads(v3.payload) == {"confirmed": False, "fPort": 60, "data": "Af5k"}
    v4 = compose(NAS, "order", route("chirpstack-v4"), level)
    assert v4.topic == v3.topic
    assert json.loads(v4.payload) == {
        "devEui": "70b3d5b020073208",
        "confirmed": False,
        "fPort": 60,
        "data": "Af5k",
    }
    ttn = compose(NAS, "order", route("ttn-v3", application="lamps@ttn", device="rue-12"), level)
    assert ttn.topic == "v3/lamps@ttn/devices/rue-12/down/push"
    (downlink,) = json.loads(ttn.payload)["downlinks"]
    assert downlink == {"f_port": 60, "frm_payload": "Af5k", "confirmed": False, "priority": "NORMAL"}


def test_half_light_of_a_zen_controller_is_as_its_manual_has_it() -> None:
    message = compose(PROFILES["zen-lorawan-dali"], "order", route("ttn-v3"), PARTS)
    (downlink,) = json.loads(message.payload)["downlinks"]
    assert (downlink["f_port"], downlink["frm_payload"]) == (8, "hAEy")
    assert base64.b64decode("hAEy").hex() == "840132"
    assert PROFILES["zen-lorawan-dali"].override_ends == "slot"


def test_a_route_that_an_uplink_has_told_leads_back_to_its_device() -> None:
    uplink = {"deviceInfo": {"devEui": "70b3d5b020073208"}, "fPort": 60, "data": "Af5k"}
    topic = "application/5f1c/device/70b3d5b020073208/event/up"
    heard = decode(NAS, topic, json.dumps(uplink).encode(), retained=False, now=NOW)
    assert heard.route is not None
    assert (
        compose(NAS, "resume", heard.route, {}).topic
        == "application/5f1c/device/70b3d5b020073208/command/down"
    )


def test_a_controller_that_repeats_an_order_confirms_its_level_and_measures_nothing() -> None:
    order = json.loads(compose(NAS, "order", route("chirpstack-v3"), {"level": 35}).payload)
    uplink = {"devEUI": "cLPVsCAHMgg=", "fPort": order["fPort"], "data": order["data"]}
    topic = "application/430/device/70b3d5b020073208/event/up"
    heard = decode(NAS, topic, json.dumps(uplink).encode(), retained=False, now=NOW)
    (reading,) = heard.readings
    assert reading.facts == {Fact.EVENT: "order_accepted"}
    assert reading.values == {Metric.LEVEL: 35.0}


@pytest.mark.parametrize(
    ("digits", "event", "why"),
    [
        ("133C0C", "order_refused", "address_not_available"),
        ("133284", "configuration_refused", "profile_step_count"),
        ("131764", "downlink_refused", "100"),
    ],
)
def test_a_refused_downlink_comes_to_light_as_an_event(digits: str, event: str, why: str) -> None:
    uplink = {"devEUI": "cLPVsCAHMgg=", "fPort": 99, "data": base64.b64encode(bytes.fromhex(digits)).decode()}
    topic = "application/430/device/70b3d5b020073208/event/up"
    heard = decode(NAS, topic, json.dumps(uplink).encode(), retained=False, now=NOW)
    (happened,) = [reading for reading in heard.readings if Fact.EVENT in reading.facts]
    assert happened.facts == {Fact.EVENT: event, Fact.WHY: why}


def test_orders_in_json_are_as_ever() -> None:
    plain = Route("08-1173", {"gateway": "GW-4", "lamp": "08-1173"})
    message = compose(PROFILES["falotier-json"], "order", plain, PARTS)
    assert message.topic == "falotier/GW-4/08-1173/order"
    assert json.loads(message.payload) == {
        "id": "o-1",
        "level": 50.0,
        "until": 1796062200.0,
        "reason": "chantier",
    }


@pytest.mark.parametrize(
    ("level", "sent"),
    [
        (50.0, {"state": "ON", "brightness": 127}),
        (100.0, {"state": "ON", "brightness": 254}),
        (0.0, {"state": "OFF", "brightness": 0}),
    ],
)
def test_a_zigbee_light_is_told_its_brightness_of_254_steps(level: float, sent: dict[str, Any]) -> None:
    light = Route("parc-3", {"lamp": "parc-3"})
    message = compose(PROFILES["zigbee2mqtt-light"], "order", light, {**PARTS, "level": level})
    assert message.topic == "zigbee2mqtt/parc-3/set"
    assert json.loads(message.payload) == sent


@given(level=st.integers(0, 100))
def test_a_zigbee_light_that_obeys_says_the_level_that_it_was_told(level: int) -> None:
    light = PROFILES["zigbee2mqtt-light"]
    sent = json.loads(
        compose(light, "order", Route("p", {"lamp": "p"}), {**PARTS, "level": float(level)}).payload
    )
    heard = decode(light, "zigbee2mqtt/p", json.dumps(sent).encode(), retained=False, now=NOW)
    assert heard.reading is not None
    assert heard.reading.values[Metric.LEVEL] == pytest.approx(level, abs=0.2)


@pytest.mark.parametrize(
    ("profile", "what", "where", "parts", "says"),
    [
        ("chirpstack-v4", "order", route("chirpstack-v4"), PARTS, "chirpstack-v4 takes no order"),
        ("zigbee2mqtt-light", "resume", Route("p", {"lamp": "p"}), {}, "takes no resume"),
        ("nas-ul20xx", "order", route(""), PARTS, "no way to it is known before its first uplink"),
        ("nas-ul20xx", "order", Route("7", {}, "ttn-v3"), PARTS, "no application that can stand in a topic"),
        (
            "nas-ul20xx",
            "order",
            route("ttn-v3", application="a/b", device="x"),
            PARTS,
            "can stand in a topic",
        ),
        ("nas-ul20xx", "order", route("ttn-v3"), {}, "order: level is missing"),
        (
            "nas-ul20xx",
            "order",
            route("ttn-v3"),
            {"level": 300.0},
            "level_pct: got 300.0, expected at most 100",
        ),
        ("falotier-json", "order", Route("p", {"lamp": "p"}), PARTS, "no gateway that can stand in a topic"),
    ],
)
def test_an_order_that_cannot_be_sent_is_said_in_one_line(
    profile: str, what: Any, where: Route, parts: dict[str, Any], says: str
) -> None:
    with pytest.raises((BadInput, Unreachable)) as caught:
        compose(PROFILES[profile], what, where, parts)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_lamp_that_has_not_been_heard_of_may_be_reached_later() -> None:
    with pytest.raises(Unreachable, match="was not heard of yet"):
        compose(NAS, "order", Route("08-1173", {"gateway": "G", "lamp": "08-1173", "device": "70b3"}), PARTS)
    with pytest.raises(Unreachable, match="was not heard of yet"):
        compose(NAS, "order", route("ttn-v3", device="x"), PARTS)


def test_a_frame_that_only_devices_send_is_never_sent_to_them() -> None:
    with pytest.raises(BadInput, match="got frame 'usage', expected one of manual dimming"):
        send_frame(NAS, "usage", route("ttn-v3"), {})
    assert NAS.takes("report")
    assert not PROFILES["zen-lorawan-dali"].takes("resume")
