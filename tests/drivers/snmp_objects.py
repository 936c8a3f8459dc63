"""An SNMP device that is nothing but its objects: no network, no encoding."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from city.errors import Outside, Unreachable
from drivers.snmp.agents import Agent
from drivers.snmp.codec import Value
from drivers.snmp.vectors import NOWHERE, Objects

NULL, OBJECT_IDENTIFIER, OCTETS = "5", "6", frozenset({"4", "64", "68"})
"""Tags of BER (X.690) and of SMI (RFC 2578), in decimal: octet strings, addresses and opaque values."""
AGENT = NOWHERE


class SnmpObjects(Objects):
    """Notes what it was asked for."""

    def __init__(self, objects: Mapping[str, Value], failing: Mapping[str, Outside] | None = None) -> None:
        """``failing``: columns that cannot be walked, and why."""
        super().__init__(objects)
        self.got: list[str] = []
        self.walked: list[str] = []
        self._failing = failing or {}

    async def get(self, agent: Agent, oids: Sequence[str]) -> dict[str, Value]:
        self.got += oids
        return await super().get(agent, oids)

    async def walk(self, agent: Agent, column: str, most: int) -> dict[str, Value]:
        self.walked.append(column)
        if column in self._failing:
            raise self._failing[column]
        return await super().walk(agent, column, most)


class Dead(SnmpObjects):
    """A device that answers no walk any more."""

    async def walk(self, agent: Agent, column: str, most: int) -> dict[str, Value]:
        self.walked.append(column)
        raise Unreachable(f"{agent.where}: no answer")


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
