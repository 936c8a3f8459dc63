"""What a supervisor can have done with an access point over SNMP: which object to write, and what."""

from typing import NamedTuple

from drivers.snmp.agents import Agent
from drivers.snmp.profile import Act
from drivers.snmp.session import SnmpSession


class Write(NamedTuple):
    """One object, and what to write into it."""

    oid: str
    value: int | str
    read_back: bool
    """Whether the object holds the value afterwards; one that restarts a device only triggers something."""


def write_of(act: Act, row: str) -> Write:
    """What an act writes for the thing in a row of its table.

    Args:
        act: as the profile has it.
        row: the index of the thing's own row: ``0.17.34.51.68.85``; of no matter where the act names its instance.
    """
    value = int(act.value) if act.type == "integer" else str(act.value)
    return Write(f"{act.oid}.{act.instance or row}", value, act.does != "restart")


async def carry_out(session: SnmpSession, agent: Agent, act: Act, row: str) -> None:
    """Do it, and read back what can be.

    Raises:
        BadInput: the agent is asked as a community.
        Unreachable: no answer in time; it is not known whether it was done.
        Refused: the agent does not allow it, or it did not last.
    """
    write = write_of(act, row)
    await session.set(agent, write.oid, write.value, read_back=write.read_back)
