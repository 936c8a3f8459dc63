"""An SNMP device that is nothing but its objects: no network, no encoding."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from city.errors import Outside, Unreachable
from drivers.snmp.codec import Missing, Value
from drivers.snmp.profile import SYS_DESCR, SYS_OBJECT_ID, Vector
from drivers.snmp.session import Agent, Community

NULL, OBJECT_IDENTIFIER, OCTETS = "5", "6", frozenset({"4", "64", "68"})
"""Tags of BER (X.690) and of SMI (RFC 2578), in decimal: octet strings, addresses and opaque values."""
AGENT = Agent("192.0.2.1", 161, Community("public"))


class SnmpObjects:
    """Answers as a session does, and notes what it was asked for."""

    def __init__(self, objects: Mapping[str, Value], failing: Mapping[str, Outside] | None = None) -> None:
        """``failing``: columns that cannot be walked, and why."""
        self.objects = dict(objects)
        self.got: list[str] = []
        self.walked: list[str] = []
        self._failing = failing or {}

    async def get(self, agent: Agent, oids: Sequence[str]) -> dict[str, Value]:
        self.got += oids
        return {oid: self.objects.get(oid, Missing("noSuchInstance")) for oid in oids}

    async def walk(self, agent: Agent, column: str, most: int) -> dict[str, Value]:
        self.walked.append(column)
        if column in self._failing:
            raise self._failing[column]
        prefix = f"{column}."
        within = [oid.removeprefix(prefix) for oid in self.objects if oid.startswith(prefix)]
        rows = sorted(within, key=lambda index: [int(arc) for arc in index.split(".")])
        return {index: self.objects[f"{prefix}{index}"] for index in rows[:most]}


class Dead(SnmpObjects):
    """A device that answers no walk any more."""

    async def walk(self, agent: Agent, column: str, most: int) -> dict[str, Value]:
        self.walked.append(column)
        raise Unreachable(f"{agent.where}: no answer")


def objects_of(vector: Vector) -> dict[str, Value]:
    """The objects of a profile's test vector, with what the device says it is."""
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


def objects_of_dump(dump: Path) -> dict[str, Value]:
    """The objects of a dump in snmpsim's format: OID, tag and value; an ``x`` after the tag is for octets in digits."""
    found: dict[str, Value] = {}
    for line in dump.read_text(encoding="utf-8").splitlines():
        oid, tag, written = line.split("|", 2)
        if tag.endswith("x"):
            found[oid] = bytes.fromhex(written)
        elif tag == OBJECT_IDENTIFIER:
            found[oid] = written.removeprefix(".")
        elif tag in OCTETS:
            found[oid] = written.encode()
        elif tag != NULL:
            found[oid] = int(written)
    return found
