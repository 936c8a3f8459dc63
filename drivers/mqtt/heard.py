"""What one MQTT message says, whatever it was written in."""

from collections.abc import Mapping
from typing import NamedTuple

from city.measurements import Reading
from drivers.mqtt.times import TimeSource
from lighting.limits import LampLimits


class Route(NamedTuple):
    """How a device is reached: what its uplinks have told of it, and a downlink needs."""

    device: str
    """As the network knows it: a DevEUI in upper-case hexadecimal, or a lamp's id."""
    names: Mapping[str, str]
    """What stood at the named levels of the topic: ``gateway``, ``lamp``, ``application``, ``device`` …"""
    envelope: str = ""
    """Which of the profile's envelopes its messages come in; none for plain payloads."""


class Heard(NamedTuple):
    """What one message says."""

    gateway: str = ""
    """Who brought it: of several gateways that heard a radio message, the one that heard it best."""
    readings: tuple[Reading, ...] = ()
    """What was measured first, then one reading for each event: an event has ``Fact.EVENT``, and only that is news."""
    online: bool | None = None
    """The gateway's own state, where the message is about that."""
    limits: LampLimits | None = None
    """What the controllers behind it can, where it announces that."""
    refused: tuple[str, ...] = ()
    """Why nothing, or not everything, of it could be used; a bounded set of texts, fit for counting."""
    warnings: tuple[str, ...] = ()
    """What the device complains of, by the profile's names: ``dali_connection_error``; a bounded set of texts."""
    counter: str = ""
    """The same for every copy of one uplink of this device, and for no other (of one session of it, at least)."""
    time_from: TimeSource = "receipt"
    """Whose clock dated the readings."""
    route: Route | None = None
    """Where a downlink to the device that spoke goes."""

    @property
    def reading(self) -> Reading | None:
        """The first reading: what was measured, or the only event."""
        return self.readings[0] if self.readings else None


class Message(NamedTuple):
    """What is to be published."""

    topic: str
    payload: bytes
