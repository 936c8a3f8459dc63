"""Access points behind controllers: one read of a controller serves all of them."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from city.errors import Refused, Unreachable
from city.measurements import Batch
from drivers.snmp.assembly import assemble
from drivers.snmp.join import THIS_DEVICE, join, tables
from drivers.snmp.plan import readings_of
from drivers.snmp.profile import SYS_OBJECT_ID, SnmpProfile
from drivers.snmp.reader import Asks, walk_tables
from drivers.snmp.seen import SeenAccessPoint
from drivers.snmp.session import Agent
from wifi.inventory import AccessPoint

MAC_DIGITS = 12
POLLED_TABLES = frozenset({"access_points", "radios", "totals", "ssids"})


@dataclass(slots=True)
class _Controller:
    """What is remembered of a controller between polls."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    at: datetime | None = None
    """When it was read last."""
    by_name: dict[str, SeenAccessPoint] = field(default_factory=dict)
    """What it said then, by all that an access point is called."""
    served: set[str] = field(default_factory=set)
    """The inventory's access points that have been given it."""
    names: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Name and serial number by id, which are not read at each poll."""
    listed: set[str] = field(default_factory=set)
    """The inventory's access points that it has ever listed."""


class Controllers:
    """Every controller that is asked for access points."""

    def __init__(self, session: Asks, refused: Counter[str]) -> None:
        """``refused``: where what made no sense is counted, by field and reason."""
        self._session = session
        self._refused = refused
        self._controllers: dict[tuple[str, int, str], _Controller] = {}

    async def read(
        self, access_point: AccessPoint, agent: Agent, profile: SnmpProfile, at: datetime
    ) -> Batch:
        """What the controller says of one access point.

        The controller is read anew when an access point asks that has been given what was read last: once in a period
        for all, however they are spread over it. The sampling time is that of the read. An access point that the
        controller has listed and lists no more is down: that is how most of them tell it.

        Raises:
            Unreachable: no answer, or not of all access points.
            Refused: the controller has not listed this access point since the start.
        """
        controller = self._controllers.setdefault((agent.host, agent.port, profile.name), _Controller())
        async with controller.lock:
            if controller.at is None or access_point.id in controller.served:
                await self._read(controller, agent, profile, at)
            controller.served.add(access_point.id)
            read_at = controller.at or at
        seen = controller.by_name.get(plain_name(access_point.id))
        if seen is not None:
            controller.listed.add(access_point.id)
            return readings_of(access_point.id, seen, read_at)
        if access_point.id not in controller.listed:
            raise Refused(
                f"{access_point.id}: the controller at {agent.where} lists no access point of that "
                "MAC address, name or serial number"
            )
        return readings_of(access_point.id, SeenAccessPoint(access_point.id, up=False), read_at)

    async def _read(self, controller: _Controller, agent: Agent, profile: SnmpProfile, at: datetime) -> None:
        found = await read_access_points(self._session, agent, profile, self._refused, polled_only=True)
        if any(each.id not in controller.names for each in found if each.id):
            found = await read_access_points(self._session, agent, profile, self._refused)
            controller.names = {each.id: (each.name, each.serial) for each in found if each.id}
        by_name: dict[str, SeenAccessPoint] = {}
        for each in found:
            by_name.setdefault(plain_name(each.id or ""), each)
        for each in found:
            for name in controller.names.get(each.id or "", ()):
                by_name.setdefault(plain_name(name or ""), each)
        controller.by_name, controller.at, controller.served = by_name, at, set()


async def read_access_points(
    session: Asks, agent: Agent, profile: SnmpProfile, refused: Counter[str], *, polled_only: bool = False
) -> list[SeenAccessPoint]:
    """The access points that a device speaks for, or itself, with their radios, from the tables that tell of them.

    Raises:
        Unreachable: no answer, or not of all columns: what was not read must not pass for what is not there.
        Refused: an answer that makes no sense.
    """
    object_id = await own_object_id(session, agent, profile)
    wanted = [joined for joined in tables(profile, object_id) if joined.table.of in POLLED_TABLES]
    if profile.stands == "controller":
        wanted = [joined for joined in wanted if joined.table.of in {"access_points", "radios"}]
    objects = await walk_tables(session, agent, wanted, polled_only=polled_only)
    if objects.failed:
        column, why = next(iter(objects.failed.items()))
        raise Unreachable(f"{agent.where}: walking {column}: {why}")
    things = join(profile, objects, object_id)
    for (what, why), count in things.refused.items():
        refused[f"{what.rpartition('.')[2]}: {why}"] += count
    return assemble(profile, things, None).access_points


async def own_object_id(session: Asks, agent: Agent, profile: SnmpProfile) -> str:
    """The device's sysObjectID, where the profile's tables lie under it; else it is not asked for.

    Raises:
        Refused: it has none.
    """
    if not any(THIS_DEVICE in table.entry for table in profile.table):
        return ""
    said = (await session.get(agent, [SYS_OBJECT_ID])).get(SYS_OBJECT_ID)
    if not isinstance(said, str):
        raise Refused(f"{agent.where}: sysObjectID: got nothing, expected an object identifier")
    return said


def plain_name(name: str) -> str:
    """A name to compare by: a MAC address however it is written, anything else without regard to case."""
    digits = re.sub(r"[:.\-]", "", name).lower()
    is_mac = len(digits) == MAC_DIGITS and all(digit in "0123456789abcdef" for digit in digits)
    return digits if is_mac else name.strip().casefold()
