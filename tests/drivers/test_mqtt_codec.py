"""MQTT messages to readings."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.measurements import Fact, Metric
from drivers.mqtt.codec import LARGEST_PAYLOAD, Route, address, decode, encode
from drivers.mqtt.topics import match_topic, topic_filter
from drivers.profiles import load_profiles

PROFILE = load_profiles("mqtt")["falotier-json"]
assert PROFILE.telemetry is not None
VALUES = PROFILE.telemetry.values
NOW = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
TOPIC = "falotier/GW-4/08-1173/telemetry"


def refused(payload: bytes, topic: str = TOPIC) -> tuple[str, ...]:
    return decode(PROFILE, topic, payload, retained=False, now=NOW).refused


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{"w": 1', "not JSON"),
        (b'\xef\xbb\xbf{"w": 1}', "not JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b"12", "not a JSON object"),
        (b'{"w": NaN}', "NaN or infinity"),
        (b'{"w": -Infinity}', "NaN or infinity"),
        (b'{"w": 1e999}', "NaN or infinity"),
        (b'{"w": ' + b"9" * 30 + b"}", "an integer beyond 64 bits"),
        (b'{"w": ' + b"9" * 5000 + b"}", "an integer beyond 64 bits"),
        (b'{"w": 1, "w": 2}', "a key twice"),
        (b'{"x": {"a": 1, "a": 2}, "w": 1}', "a key twice"),
        (b"[" * 60_000, "nested too deeply"),
        (b'{"w":' * 10_000, "nested too deeply"),
        (b'{"w": "' + b"x" * LARGEST_PAYLOAD + b'"}', "longer than 64 kB"),
        (b"{}", "nothing that the profile knows"),
        (b'{"w": null, "order": null}', "nothing that the profile knows"),
    ],
)
def test_a_payload_that_is_no_message_is_refused_with_a_reason(payload: bytes, reason: str) -> None:
    assert refused(payload) == (reason,)


def test_one_value_that_is_nonsense_does_not_hide_the_others() -> None:
    payload = b'{"w": 40.5, "v": "230", "level": true, "source": 7}'
    heard = decode(PROFILE, TOPIC, payload, retained=False, now=NOW)
    assert heard.reading is not None
    assert heard.reading.values == {Metric.POWER: 40.5}
    assert sorted(heard.refused) == ["level: not a number", "source: not a text", "v: not a number"]


def test_topics_that_nobody_knows_are_refused() -> None:
    for topic in (
        "x",
        "falotier/GW-4/08-1173",
        "falotier/GW-4/08-1173/telemetry/x",
        "",
        "falotier/GW-4/08-1173/order",
    ):
        assert refused(b"{}", topic) == ("unknown topic",)


@pytest.mark.parametrize("offset_s", [-299, 0, 299])
def test_a_sane_device_time_is_kept(offset_s: float) -> None:
    stamp = (NOW + timedelta(seconds=offset_s)).timestamp()
    heard = decode(PROFILE, TOPIC, json.dumps({"ts": stamp, "w": 1}).encode(), retained=False, now=NOW)
    assert heard.reading is not None
    assert heard.reading.at == NOW + timedelta(seconds=offset_s)


@pytest.mark.parametrize("stamp", [0, -1e18, 1e300, 10**19, NOW.timestamp() + 301, "soon", None, True, [1]])
def test_an_insane_device_time_is_ours(stamp: object) -> None:
    heard = decode(PROFILE, TOPIC, json.dumps({"ts": stamp, "w": 1}).encode(), retained=False, now=NOW)
    assert heard.reading is not None
    assert heard.reading.at == NOW


def test_an_insane_clock_comes_to_light_as_an_event_and_a_missing_one_does_not() -> None:
    heard = decode(PROFILE, TOPIC, b'{"ts": 946684800, "w": 1}', retained=False, now=NOW)
    assert [reading.facts.get(Fact.EVENT) for reading in heard.readings] == [None, "clock_invalid"]
    assert heard.time_from == "receipt"
    heard = decode(PROFILE, TOPIC, b'{"w": 1}', retained=False, now=NOW)
    assert len(heard.readings) == 1


def test_a_message_that_was_held_back_for_hours_is_stored_at_its_own_time() -> None:
    sampled = NOW - timedelta(hours=20)
    heard = decode(
        PROFILE, TOPIC, json.dumps({"ts": sampled.timestamp(), "w": 1}).encode(), retained=False, now=NOW
    )
    assert heard.reading is not None
    assert heard.reading.at == sampled
    assert heard.time_from == "device"


def test_the_way_back_to_a_lamp_is_told_by_what_it_says() -> None:
    heard = decode(PROFILE, TOPIC, b'{"w": 1}', retained=False, now=NOW)
    assert heard.route == Route("08-1173", {"gateway": "GW-4", "lamp": "08-1173"})
    assert heard.counter == ""


def test_a_device_s_words_are_cut_and_cleaned() -> None:
    payload = json.dumps({"event": "boot", "why": "\x1b[31m" + "é" * 500, "ref": "a\ud800b"}).encode()
    heard = decode(PROFILE, "falotier/GW-4/08-1173/event", payload, retained=False, now=NOW)
    assert heard.reading is not None
    assert heard.reading.facts[Fact.WHY] == "[31m" + "é" * 195
    assert heard.reading.facts[Fact.REFERENCE] == "ab"


@pytest.mark.parametrize(
    "payload", [b'{"state": "sleeping"}', b'{"state": 1}', b"{}", b'{"state": ["online"]}']
)
def test_a_gateway_is_online_or_offline_and_nothing_else(payload: bytes) -> None:
    heard = decode(PROFILE, "falotier/GW-4/status", payload, retained=True, now=NOW)
    assert heard.online is None
    assert heard.refused == ("state: neither online nor offline",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["w", "ts", "order", "x"]), inner)
    ),
    max_leaves=10,
)


@given(
    topic=st.sampled_from([TOPIC, "falotier/GW-4/08-1173/event", "falotier/GW-4/status"]) | st.text(),
    payload=st.binary(max_size=200) | JSON.map(lambda document: json.dumps(document).encode()),
    retained=st.booleans(),
)
def test_no_message_whatsoever_makes_the_decoder_raise(topic: str, payload: bytes, retained: bool) -> None:
    heard = decode(PROFILE, topic, payload, retained=retained, now=NOW)
    assert heard.reading or heard.refused or heard.online is not None


@given(
    values=st.fixed_dictionaries(
        {},
        optional={value.path: st.floats(-1e9, 1e9) | st.integers(-(2**63), 2**63) for value in VALUES},
    )
)
def test_what_was_sent_is_what_is_read(values: dict[str, float]) -> None:
    heard = decode(
        PROFILE, TOPIC, json.dumps({"source": "local", **values}).encode(), retained=False, now=NOW
    )
    assert heard.reading is not None
    assert not heard.refused
    paths = {value.metric: value.path for value in VALUES if value.metric}
    assert {paths[metric]: value for metric, value in heard.reading.values.items()} == pytest.approx(values)


def test_paths_lead_into_objects_and_lists() -> None:
    telemetry = {
        "topic": "up/{gateway}/{lamp}",
        "values": [
            {"metric": "power_w", "path": "object.channels.1.kw", "unit": "kW"},
            {"metric": "voltage_v", "path": "object.channels.9.v", "unit": "V"},
        ],
    }
    nested = PROFILE.model_validate({"name": "x", "title": "x", "source": "a test", "telemetry": telemetry})
    payload = b'{"object": {"channels": [{"kw": 1}, {"kw": 0.04}]}}'
    heard = decode(nested, "up/G/L", payload, retained=False, now=NOW)
    assert heard.reading is not None
    assert heard.reading.values == {Metric.POWER: 40.0}


def test_topics_are_made_matched_and_subscribed_to() -> None:
    pattern = "falotier/{gateway}/{lamp}/order"
    assert topic_filter(pattern) == "falotier/+/+/order"
    assert address(pattern, "GW-4", "08-1173") == "falotier/GW-4/08-1173/order"
    assert match_topic(pattern, "falotier/GW-4/08-1173/order") == {"gateway": "GW-4", "lamp": "08-1173"}
    assert match_topic(pattern, "falotier/GW-4/order") is None


def test_orders_are_as_the_device_s_page_has_them() -> None:
    assert PROFILE.order is not None
    assert PROFILE.resume is not None
    parts = {"order": "o-51c2", "level": 50.0, "until": 1796062200.0, "reason": "chantier"}
    assert encode(PROFILE.order, parts) == (
        b'{"id":"o-51c2","level":50.0,"until":1796062200.0,"reason":"chantier"}'
    )
    assert encode(PROFILE.resume, {"order": "o-51c3"}) == b'{"id":"o-51c3","resume":true}'
