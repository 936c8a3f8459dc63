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
    measured = [reading for reading in said.readings if reading.values or Fact.EVENT not in reading.facts]
    happened = [reading.facts[Fact.EVENT] for reading in said.readings if Fact.EVENT in reading.facts]
    facts = measured[0].facts if measured else said.readings[0].facts if said.readings else {}
    pairs = [
        ("refused", said.refused, (vector.refused,) if vector.refused else ()),
        ("online", said.online, vector.online),
        ("programmes", said.limits.programmes if said.limits else None, vector.programmes),
        ("warnings", said.warnings, vector.warnings),
        ("values", dict(measured[0].values) if measured else {}, dict(vector.values)),
        ("facts", dict(facts) if vector.facts or not happened else {}, dict(vector.facts)),
    ]
    if vector.event is not None:
        pairs.append(("event", happened[0] if happened else None, vector.event))
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
