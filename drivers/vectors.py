"""Trying a profile by its own test vectors, whatever its protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from drivers.modbus.profile import ModbusProfile
from drivers.modbus.vectors import faults as modbus_faults
from drivers.mqtt.profile import MqttProfile
from drivers.mqtt.vectors import faults as mqtt_faults
from drivers.profile import Profile
from drivers.profiles import ProfileKind
from drivers.snmp.profile import SnmpProfile
from drivers.snmp.vectors import faults as snmp_faults

THEN = datetime.fromtimestamp(1_796_055_010, UTC)
"""When the messages of vectors come: the end of November 2026. A device's own time near it is believed."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One vector, tried."""

    note: str
    faults: tuple[str, ...]
    """What it says otherwise than the profile does, in a line each; empty where they agree."""


async def try_out(kind: ProfileKind, profile: Profile, profiles: Mapping[str, Profile]) -> list[Tried]:
    """Each vector of a profile, tried.

    Args:
        kind: its protocol.
        profile: the one to try.
        profiles: all of that protocol by name, since a device must not be taken for another.
    """
    if isinstance(profile, ModbusProfile):
        return [Tried(each.note, tuple(modbus_faults(profile, each))) for each in profile.vector]
    if isinstance(profile, MqttProfile):
        return [Tried(each.note, tuple(mqtt_faults(profile, each, THEN))) for each in profile.vector]
    known = [cast("SnmpProfile", each) for each in profiles.values()]
    snmp = cast("SnmpProfile", profile)
    return [Tried(each.note, tuple(await snmp_faults(snmp, each, known))) for each in snmp.vector]
