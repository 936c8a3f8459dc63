"""Access points behind controllers: one read of a controller serves all of them."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from city.errors import Refused, Unreachable
from city.measurements import Batch
from drivers.snmp.assembly import assemble
from drivers.snmp.join import THIS_DEVICE, join, tables
from drivers.snmp.names import plain_name
from drivers.snmp.plan import BY_MISSING_ROW, readings_of
from drivers.snmp.profile import SYS_OBJECT_ID, SnmpProfile
from drivers.snmp.reader import Asks, columns_of, walk_tables
from drivers.snmp.seen import Seen, SeenAccessPoint, SeenSsid
from drivers.snmp.session import Agent
from drivers.snmp.ssids import is_cheap, ssid_readings
from drivers.snmp.unlisted import Place, UnlistedAccessPoints, called
from wifi.inventory import AccessPoint, Controller, place_name

POLLED_TABLES = frozenset({"access_points", "radios", "totals", "ssids"})
OF_CONTROLLERS = frozenset({"access_points", "radios"})


class _Told(NamedTuple):
    """What is not read at each poll of an access point."""

    name: str | None
    serial: str | None
    model: str | None
    plain: tuple[str, ...]
    """All that it is called, to compare by."""


@dataclass(slots=True)
class _Controller:
    """What is remembered of a controller between polls."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    at: datetime | None = None
    """When it was read last."""
    by_name: dict[str, SeenAccessPoint] = field(default_factory=dict)
    """What it said then, by all that an access point is called."""
    ssids: list[SeenSsid] = field(default_factory=list)
    """What it said then of its networks, until a batch has taken it along."""
    served: set[str] = field(default_factory=set)
    """The inventory's access points that have been given it."""
    told: dict[str, _Told] = field(default_factory=dict)
    """By id."""
    listed: set[str] = field(default_factory=set)
    """The inventory's access points that it has ever listed."""


class Controllers:
    """Every controller that is asked for access points."""

    def __init__(
        self, session: Asks, refused: Counter[str], unlisted: UnlistedAccessPoints | None = None
    ) -> None:
        """Prepare.

        Args:
            session: what asks them.
            refused: where what made no sense is counted, by field and reason.
            unlisted: what remembers the access points that they list and the inventory does not name.
        """
        self._session = session
        self._refused = refused
        self._unlisted = unlisted or UnlistedAccessPoints()
        self._controllers: dict[Place, _Controller] = {}

    async def read(
        self, access_point: AccessPoint, agent: Agent, profile: SnmpProfile, at: datetime
    ) -> Batch:
        """What the controller says of one access point.

        The controller is read anew when an access point asks that has been given what was read last: once in a period
        for all, however they are spread over it. The sampling time is that of the read. An access point that the
        controller has listed and lists no more is down: that is how most of them tell it. The clients of each network,
        as the controller counts them, come with the first access point that is told something of a read.

        Raises:
            Unreachable: no answer, or not of all access points.
            Refused: the controller has not listed this access point since the start.
        """
        controller = self._of(agent, profile)
        async with controller.lock:
            if controller.at is None or access_point.id in controller.served:
                await self._read(controller, agent, profile, at)
            controller.served.add(access_point.id)
            read_at = controller.at or at
        seen = controller.by_name.get(plain_name(access_point.own_name))
        if seen is not None:
            controller.listed.add(access_point.id)
            batch = readings_of(access_point.id, seen, read_at)
        elif access_point.id in controller.listed:
            gone = SeenAccessPoint(access_point.id, up=False)
            batch = readings_of(access_point.id, gone, read_at, BY_MISSING_ROW)
        else:
            raise Refused(
                f"{access_point.id}: the controller at {agent.where} lists no access point of that "
                f"MAC address, name or serial number{_as_listed(access_point)}"
            )
        source = access_point.controller or place_name(agent.host, agent.port)
        networks, controller.ssids = ssid_readings(source, controller.ssids, read_at), []
        return replace(batch, readings=(*batch.readings, *networks)) if networks else batch

    async def discover(
        self, controller: Controller, agent: Agent, profile: SnmpProfile, at: datetime
    ) -> Batch:
        """Read a controller of which the inventory names no access point yet: its networks come with the batch.

        Raises:
            Unreachable: no answer, or not of all access points.
        """
        known = self._of(agent, profile)
        async with known.lock:
            await self._read(known, agent, profile, at)
            networks, known.ssids = ssid_readings(controller.id, known.ssids, at), []
        return Batch(controller.id, at, networks)

    async def own_name(
        self, access_point: AccessPoint, agent: Agent, profile: SnmpProfile, at: datetime
    ) -> str:
        """How the controller itself names one of its access points: by MAC address, mostly.

        Raises:
            Unreachable: no answer.
            Refused: the controller does not list it.
        """
        controller = self._of(agent, profile)
        async with controller.lock:
            await self._read(controller, agent, profile, at)
            seen = controller.by_name.get(plain_name(access_point.own_name))
        if seen is None or seen.id is None:
            where = f"the controller at {agent.where}"
            raise Refused(f"{access_point.id}: {where} does not list it now{_as_listed(access_point)}")
        return seen.id

    def _of(self, agent: Agent, profile: SnmpProfile) -> _Controller:
        return self._controllers.setdefault(Place(agent.host, agent.port, profile.name), _Controller())

    async def _read(self, controller: _Controller, agent: Agent, profile: SnmpProfile, at: datetime) -> None:
        seen = await read_device(self._session, agent, profile, self._refused, polled_only=True)
        if any(each.id not in controller.told for each in seen.access_points if each.id):
            seen = await read_device(self._session, agent, profile, self._refused)
            controller.told = {each.id: _told(each) for each in seen.access_points if each.id}
        named = [(each, controller.told[each.id]) for each in seen.access_points if each.id]
        by_name: dict[str, SeenAccessPoint] = {}
        for each, told in named:
            by_name.setdefault(told.plain[0], each)
        for each, told in named:
            for name in told.plain[1:]:
                by_name.setdefault(name, each)
        controller.by_name, controller.at, controller.served = by_name, at, set()
        controller.ssids = seen.ssids
        strangers = (
            replace(each, name=told.name, serial=told.serial, model=told.model)
            for each, told in named
            if not self._unlisted.names(told.plain)
        )
        place = Place(agent.host, agent.port, profile.name)
        self._unlisted.note(place, strangers, at, self._refused)


def _told(seen: SeenAccessPoint) -> _Told:
    return _Told(seen.name, seen.serial, seen.model, called(seen))


def _as_listed(access_point: AccessPoint) -> str:
    return f" (listed_as {access_point.listed_as!r})" if access_point.listed_as else ""


async def read_access_points(
    session: Asks, agent: Agent, profile: SnmpProfile, refused: Counter[str], *, polled_only: bool = False
) -> list[SeenAccessPoint]:
    """The access points that a device speaks for, or itself, with their radios. Raises as ``read_device``."""
    return (await read_device(session, agent, profile, refused, polled_only=polled_only)).access_points


async def read_device(
    session: Asks, agent: Agent, profile: SnmpProfile, refused: Counter[str], *, polled_only: bool = False
) -> Seen:
    """The access points that a device speaks for, or itself, with their radios, and the networks that it counts.

    Of a controller networks are told where they are cheap to read; that they cannot be read says nothing of the rest.

    Raises:
        Unreachable: no answer, or not of all columns: what was not read must not pass for what is not there.
        Refused: an answer that makes no sense.
    """
    object_id = await own_object_id(session, agent, profile)
    wanted = [joined for joined in tables(profile, object_id) if joined.table.of in POLLED_TABLES]
    apart: Mapping[str, int] = {}
    if profile.stands == "controller":
        networks = [joined for joined in wanted if joined.table.of == "ssids" and is_cheap(joined)]
        apart = columns_of(networks)
        wanted = [joined for joined in wanted if joined.table.of in OF_CONTROLLERS] + networks
    objects = await walk_tables(session, agent, wanted, polled_only=polled_only)
    needed = {column: why for column, why in objects.failed.items() if column not in apart}
    if needed:
        column, why = next(iter(needed.items()))
        raise Unreachable(f"{agent.where}: walking {column}: {why}")
    things = join(profile, objects, object_id)
    for (what, why), count in things.refused.items():
        refused[f"{what.rpartition('.')[2]}: {why}"] += count
    seen = assemble(profile, things, None)
    if objects.failed:
        refused["ssids: could not be read"] += 1
        seen.ssids = []
    return seen


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
