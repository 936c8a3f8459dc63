"""The test vectors of an MQTT profile, tried: messages as a device would send them, and what they mean."""

from datetime import datetime

from city.measurements import Fact
from drivers.mqtt.codec import decode
from drivers.mqtt.envelope import Uplink
from drivers.mqtt.examine import examine
from drivers.mqtt.heard import Heard
from drivers.mqtt.profile import MqttProfile, Vector
from drivers.mqtt.uplinks import look, read_uplink


def faults(profile: MqttProfile, vector: Vector, now: datetime) -> list[str]:
    """What one vector says otherwise than the profile does, in a line each; empty where they agree."""
    said = heard(profile, vector, now)
    happened = [reading for reading in said.readings if Fact.EVENT in reading.facts]
    measured = [reading for reading in said.readings if Fact.EVENT not in reading.facts]
    if (
        vector.event is None
    ):  # an event that is told in facts of the profile's own is all that its message says
        measured += happened
    values, facts = (measured[0].values, measured[0].facts) if measured else ({}, {})
    pairs: list[tuple[str, object, object]] = [
        ("refused", said.refused, (vector.refused,) if vector.refused else ()),
        ("online", said.online, vector.online),
        ("programmes", said.limits.programmes if said.limits else None, vector.programmes),
        ("warnings", said.warnings, vector.warnings),
        ("values", values, vector.values),
        ("facts", facts, vector.facts),
    ]
    if vector.event is not None:
        pairs.append(("event", happened[0].facts[Fact.EVENT] if happened else None, vector.event))
    if vector.lamp is not None:
        pairs.append(("lamp", sorted({reading.device for reading in said.readings}), [vector.lamp]))
    found = [f"{what}: got {got}, expected {expected}" for what, got, expected in pairs if got != expected]
    if vector.hex and vector.fields:
        found += _field_faults(profile, vector, now)
    return found


def heard(profile: MqttProfile, vector: Vector, now: datetime) -> Heard:
    """What a vector's message, or its bytes without an envelope, say."""
    if not vector.hex:
        return decode(profile, vector.topic, vector.payload.encode(), retained=vector.retained, now=now)
    uplink = Uplink("", "", vector.port, bytes.fromhex(vector.hex))
    return read_uplink(profile, uplink, look(profile, uplink), {}, now, profile.late)


def _field_faults(profile: MqttProfile, vector: Vector, now: datetime) -> list[str]:
    looked = examine(profile, vector.hex.encode(), topic="", port=vector.port, now=now)
    told = {item.name: item.value for item in looked.items}
    return [
        f"fields.{name}: got {told.get(name)}, expected {expected}"
        for name, expected in vector.fields.items()
        if told.get(name) != expected
    ]
