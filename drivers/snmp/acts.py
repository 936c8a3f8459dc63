"""What a supervisor can have done with an access point over SNMP: which object to write, and what."""

from typing import Literal, NamedTuple

from city.errors import BadInput
from drivers.snmp.agents import Agent
from drivers.snmp.index import Part, write_index
from drivers.snmp.profile import Act, SnmpProfile
from drivers.snmp.session import SnmpSession

Does = Literal["restart", "enable", "disable"]


class Write(NamedTuple):
    """One object, and what to write into it."""

    oid: str
    value: int | str
    read_back: bool
    """Whether the object holds the value afterwards; one that restarts a device only triggers something."""


def act_of(profile: SnmpProfile, does: Does, radio: str) -> Act:
    """What a profile knows of doing something with an access point, or with a radio of it where one is named.

    Raises:
        BadInput: it knows nothing of it.
    """
    to = "radios" if radio else "access_points"
    for act in profile.act:
        if act.does == does and act.to == to:
            return act
    known = ", ".join(f"{act.does} {act.to.replace('_', ' ')}" for act in profile.act)
    raise BadInput(f"{profile.name}: does not {does} {to.replace('_', ' ')}; it can: {known or 'nothing'}")


def row_of(profile: SnmpProfile, act: Act, access_point: str, radio: str) -> str:
    """The index of the row that an act writes to.

    Args:
        profile: whose tables say how a row is named.
        act: one of its acts.
        access_point: as the controller names it (a MAC address); of no matter where the device stands alone.
        radio: as the device numbers it; empty for the access point as a whole.

    Raises:
        BadInput: such a row cannot be named.
    """
    if act.instance is not None:
        return act.instance
    tables = [
        table for table in profile.table if table.of == act.to and act.oid.startswith(f"{table.entry}.")
    ]
    # A device that stands alone has its radios by their number, wherever the act's own table lies (ifTable).
    pattern = tables[0].index if tables else "ap:mac radio" if profile.stands == "controller" else "radio"
    said: dict[Part, str] = {"ap": access_point, "radio": radio, "row": radio or "0"}
    try:
        return write_index(pattern, said)
    except ValueError as error:
        raise BadInput(f"{profile.name}: {act.does}: {error}") from error


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
