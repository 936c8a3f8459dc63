"""The test vectors of an SNMP profile, tried: objects as a device would answer them, and what a probe makes of them."""

from collections.abc import Iterable, Mapping, Sequence
from math import isclose
from typing import Any

from drivers.snmp.agents import Agent, Community
from drivers.snmp.codec import Missing, Value
from drivers.snmp.probe import look
from drivers.snmp.profile import SYS_DESCR, SYS_OBJECT_ID, SnmpProfile, Vector

NOTHING = "null"
"""What a vector expects where the device does not say."""
NOWHERE = Agent("192.0.2.1", 161, Community("public"))
"""An address for documentation, RFC 5737: nothing is ever sent there."""


class Objects:
    """Answers as a session does, from a device that is nothing but its objects: no network, no encoding."""

    def __init__(self, objects: Mapping[str, Value]) -> None:
        self.objects = dict(objects)

    async def get(self, agent: Agent, oids: Sequence[str]) -> dict[str, Value]:
        """As ``SnmpSession.get``."""
        return {oid: self.objects.get(oid, Missing("noSuchInstance")) for oid in oids}

    async def walk(self, agent: Agent, column: str, most: int) -> dict[str, Value]:
        """As ``SnmpSession.walk``."""
        prefix = f"{column}."
        within = [oid.removeprefix(prefix) for oid in self.objects if oid.startswith(prefix)]
        rows = sorted(within, key=lambda index: [int(arc) for arc in index.split(".")])
        return {index: self.objects[f"{prefix}{index}"] for index in rows[:most]}


async def faults(profile: SnmpProfile, vector: Vector, profiles: Iterable[SnmpProfile]) -> list[str]:
    """What one vector says otherwise than the profile does, in a line each; empty where they agree.

    ``profiles``: all that a device may be taken for.
    """
    if not vector.expect:
        return ["expect: nothing to compare"]
    seen = await look(Objects(objects_of(vector)), NOWHERE, profiles)
    found = []
    if (taken_for := seen["device"]["profile"]) != profile.name:
        found.append(f"recognised as {taken_for}")
    for path, expected in vector.expect.items():
        try:
            got = _at(seen, path)
        except (LookupError, ValueError, TypeError):
            found.append(f"{path}: no such place in what a probe shows, expected {expected}")
            continue
        if not _same(got, None if expected == NOTHING else expected):
            found.append(f"{path}: got {got}, expected {expected}")
    return found


def objects_of(vector: Vector) -> dict[str, Value]:
    """The objects of a vector, with what the device says it is."""
    found: dict[str, Value] = {SYS_OBJECT_ID: vector.sys_object_id, SYS_DESCR: vector.sys_descr.encode()}
    for oid, raw in vector.varbinds.items():
        found[oid.replace("{sysObjectID}", vector.sys_object_id)] = _raw(raw)
    return found


def _raw(written: int | str) -> Value:
    if isinstance(written, int):
        return written
    if written.startswith("0x"):
        return bytes.fromhex(written[2:])
    return written.removeprefix("oid:") if written.startswith("oid:") else written.encode()


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document[int(step) if isinstance(document, list) else step]
    return document


def _same(got: Any, expected: float | str | None) -> bool:
    if isinstance(expected, float) and isinstance(got, int | float):
        return isclose(got, expected)
    return bool(got == expected)
