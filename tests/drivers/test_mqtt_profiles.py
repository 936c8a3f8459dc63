"""MQTT profiles: what is shipped is right by its own vectors, and what is wrong is said in one line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from city.errors import BadInput
from city.measurements import Fact
from drivers.mqtt.codec import decode
from drivers.mqtt.envelope import Uplink
from drivers.mqtt.examine import examine
from drivers.mqtt.frames import frame_of
from drivers.mqtt.heard import Heard
from drivers.mqtt.pack import pack
from drivers.mqtt.profile import MqttProfile, Vector
from drivers.mqtt.uplinks import look, read_uplink
from drivers.profiles import describe, load_profiles

MQTT = load_profiles("mqtt")
NOW = datetime.fromtimestamp(1796055010, UTC)
SHIPPED = {
    "falotier-json",
    "chirpstack-v3",
    "chirpstack-v4",
    "ttn-v3",
    "nas-ul20xx",
    "zen-lorawan-dali",
    "zigbee2mqtt-light",
    "gxf-text",
}


def cases(*, of_bytes: bool = False, both_ways: bool = False) -> list[object]:
    return [
        pytest.param(profile, vector, id=f"{profile.name}: {vector.note}")
        for profile in MQTT.values()
        for vector in profile.vector
        if not of_bytes or (vector.hex and vector.refused is None)
        if not both_ways or not vector.one_way
    ]


def heard(profile: MqttProfile, vector: Vector) -> Heard:
    if not vector.hex:
        return decode(profile, vector.topic, vector.payload.encode(), retained=vector.retained, now=NOW)
    uplink = Uplink("", "", vector.port, bytes.fromhex(vector.hex))
    return read_uplink(profile, uplink, look(profile, uplink), {}, NOW, profile.late)


@pytest.mark.parametrize(("profile", "vector"), cases())
def test_messages_mean_what_the_vector_says(profile: MqttProfile, vector: Vector) -> None:
    said = heard(profile, vector)
    assert said.refused == ((vector.refused,) if vector.refused else ())
    assert said.online == vector.online
    assert (said.limits.programmes if said.limits else None) == vector.programmes
    assert said.warnings == vector.warnings
    # Falotier's own events say what has happened in a reading that has nothing else.
    own = profile.name == "falotier-json"
    measured = [reading for reading in said.readings if own or Fact.EVENT not in reading.facts]
    happened = [
        reading.facts[Fact.EVENT] for reading in said.readings if Fact.EVENT in reading.facts and not own
    ]
    assert happened[:1] == ([vector.event] if vector.event else [])
    assert len(measured) <= 1
    assert (measured[0].values if measured else {}) == vector.values
    assert (measured[0].facts if measured else {}) == vector.facts
    if vector.lamp is not None:
        assert {reading.device for reading in said.readings} == {vector.lamp}


@pytest.mark.parametrize(("profile", "vector"), cases(of_bytes=True))
def test_every_field_is_what_the_vector_says(profile: MqttProfile, vector: Vector) -> None:
    looked = examine(profile, vector.hex.encode(), topic="", port=vector.port, now=NOW)
    told = {item.name: item.value for item in looked.items}
    assert vector.fields.items() <= told.items()


@pytest.mark.parametrize(("profile", "vector"), cases(of_bytes=True, both_ways=True))
def test_what_was_read_is_written_as_the_same_bytes(profile: MqttProfile, vector: Vector) -> None:
    payload = bytes.fromhex(vector.hex)
    frame = frame_of(profile.read_frames, vector.port, payload)
    assert frame is not None
    fields = examine(profile, vector.hex.encode(), topic="", port=vector.port, now=NOW).document()["fields"]
    assert pack(frame, fields).hex() == payload.hex()


def test_all_that_the_city_may_meet_is_shipped_with_its_source_and_vectors() -> None:
    assert MQTT.keys() >= SHIPPED
    for name, profile in MQTT.items():
        shown = describe("mqtt", profile)
        assert shown["name"] == name
        assert shown["source"]
        assert "vector" not in shown
        assert profile.vector


MINE = """
name = "mine"
title = "Mine"
source = "me"
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[telemetry]\ntopic = "a/{gateway}"\nfacts = [{fact = "why", path = "w"}]', "a topic with {lamp}"),
        ('[telemetry]\ntopic = "a/+/{lamp}"\nfacts = [{fact = "why", path = "w"}]', "without + or #"),
        ('[telemetry]\ntopic = "a/{gateway}/{lamp}"', "values or facts"),
        ('[telemetry]\nfacts = [{fact = "why", path = "w"}]', "a topic for telemetry, or envelopes"),
        ('[status]\ntopic = "a/{gateway}"\npath = "x"\nonline = "1"\noffline = "0"', "telemetry, or frames"),
        (
            'envelopes = ["chirpstack"]\n[[frame]]\nname = "x"\nport = 1',
            "chirpstack-v3, chirpstack-v4, ttn-v3",
        ),
        ('envelopes = ["ttn-v3"]\n[[frame]]\nname = "x"\nport = 0', "frame.0.port: got 0"),
        (
            'envelopes = ["ttn-v3"]\n[[frame]]\nname = "x"\nport = 1\n[[frame]]\nname = "x"\nport = 2',
            "a name each",
        ),
        (
            (
                'envelopes = ["ttn-v3"]\n[[frame]]\nname = "x"\nport = 1\n'
                'fields = [{name = "a", type = "u16", when = "b"}]'
            ),
            "a: a field before it, not b",
        ),
        (
            (
                'envelopes = ["ttn-v3"]\n[[frame]]\nname = "x"\nport = 1\n'
                'fields = [{name = "a", type = "u16", metric = "power_w", unit = "V"}]'
            ),
            "a unit of power_w: W",
        ),
        (
            'envelopes = ["ttn-v3"]\n[[frame]]\nname = "x"\nport = 1\nfields = [{like = "y"}]\n[part.z]\nname = "z"',
            "'y'",
        ),
        (
            (
                'envelopes = ["ttn-v3"]\n[[frame]]\nname = "x"\nport = 1\nfields = [{like = "z"}]\n'
                '[part.z]\ntype = "list"\nname = "z"\nfields = [{like = "z"}]'
            ),
            "not within itself",
        ),
        (
            'envelopes = ["ttn-v3"]\n[[frame]]\nname = "x"\nport = 1\n[order]\nframe = "y"',
            "a downlink's frame of x",
        ),
        (
            'envelopes = ["ttn-v3"]\n[[frame]]\nname = "x"\nport = 1\n[order]\nframe = "x"\nvalues = {a = "$b"}',
            "not $b",
        ),
        ('[telemetry]\ntopic = "{lamp}"\nvalues = [{path = "w"}]', "a metric, or a name"),
        (
            '[telemetry]\ntopic = "{lamp}"\nvalues = [{path = "w", metric = "power_w", unit = "W", derived = true}]',
            "a metric, or a name",
        ),
    ],
)
def test_a_profile_that_is_wrong_is_refused_with_what_was_expected(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "mqtt").mkdir()
    file = tmp_path / "mqtt" / "mine.toml"
    file.write_text(f"{MINE}{text}\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_profiles("mqtt", [tmp_path])
    assert str(caught.value).startswith(f"{file}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_envelope_of_one_s_own_is_data_as_well(tmp_path: Path) -> None:
    (tmp_path / "mqtt").mkdir()
    (tmp_path / "mqtt" / "mine.toml").write_text(
        MINE
        + """
[telemetry]
values = [{ metric = "power_w", path = "w", unit = "W" }]
[[envelope]]
name = "my-server"
source = "its manual"
topic = "up/{device}"
device = { path = "who", encoding = "eui" }
port = "p"
payload = { path = "d", encoding = "base64" }
object = { path = "o" }
counter = "n"
""",
        encoding="utf-8",
    )
    mine = load_profiles("mqtt", [tmp_path])["mine"]
    payload = b'{"who": "70:B3:d5:b0:20:07:32:08", "p": 1, "d": "AQ==", "n": 0, "o": {"w": 40}}'
    said = decode(mine, "up/70b3d5b020073208", payload, retained=False, now=NOW)
    assert mine.filters == ("up/+",)
    assert said.reading is not None
    assert said.reading.device == "70B3D5B020073208"
    assert said.counter == "0"
