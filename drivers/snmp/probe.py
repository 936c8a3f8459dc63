"""One look at an SNMP device: what it is, and all that its profile can read of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from city.errors import Outside
from drivers.expressions import fits
from drivers.snmp.codec import Missing, text
from drivers.snmp.interfaces import read_interfaces
from drivers.snmp.join import own_oid
from drivers.snmp.profile import SnmpProfile, recognised
from drivers.snmp.reader import Asks, System, read, read_system
from drivers.snmp.seen import Seen, SeenAccessPoint, SeenRadio, Why
from drivers.snmp.session import Agent, Credentials, SnmpSession


async def probe(
    host: str, port: int, credentials: Credentials, profiles: Iterable[SnmpProfile], timeout_s: float
) -> dict[str, Any]:
    """Recognise one device and read it once; the result is what ``falotier probe snmp --json`` prints.

    A value that the device does not give is None.

    Raises:
        Unreachable: no answer; a wrong community looks the same.
        Refused: wrong credentials, or an answer that makes no sense.
    """
    async with SnmpSession(timeout_s) as session:
        return await look(session, Agent(host, port, credentials), profiles)


async def look(session: Asks, agent: Agent, profiles: Iterable[SnmpProfile]) -> dict[str, Any]:
    """The same through a session that is open already. Raises as ``probe``."""
    unread: list[Why] = []
    system = await read_system(session, agent)
    profile = await _recognise(session, agent, profiles, system, unread)
    seen = await read(session, agent, profile, system) if profile else Seen(uptime_s=system.uptime_s)
    unread += seen.unread
    interfaces = await read_interfaces(session, agent, unread)
    return document(system, profile, seen, interfaces, unread)


async def _recognise(
    session: Asks, agent: Agent, profiles: Iterable[SnmpProfile], system: System, unread: list[Why]
) -> SnmpProfile | None:
    """The likeliest profile whose further question, if it has one, the device answers as it should."""
    for profile in recognised(profiles, system.object_id, system.descr):
        if profile.recognise.ask is None:
            return profile
        try:
            if await _answers(session, agent, profile, system):
                return profile
        except Outside as error:
            unread.append({"what": f"whether it is {profile.name}", "why": str(error)})
    return None


async def _answers(session: Asks, agent: Agent, profile: SnmpProfile, system: System) -> bool:
    """Whether the device has the object that a profile asks for, there or in the first row under it."""
    oid = own_oid(profile.recognise.ask or "", system.object_id)
    said = (await session.get(agent, [oid])).get(oid, Missing("not read"))
    if isinstance(said, Missing):
        rows: Sequence[Any] = list((await session.walk(agent, oid, 1)).values())
        said = rows[0] if rows else said
    if isinstance(said, Missing):
        return False
    return not profile.recognise.answers or fits(profile.recognise.answers, text(said))


def document(
    system: System,
    profile: SnmpProfile | None,
    seen: Seen,
    interfaces: list[dict[str, Any]],
    unread: list[Why],
) -> dict[str, Any]:
    """What was seen, in the shape of ``falotier probe snmp --json``."""
    return {
        "device": {
            "vendor": profile.vendor if profile else None,
            "profile": profile.name if profile else None,
            "sys_object_id": system.object_id or None,
            "sys_descr": system.descr or None,
            "model": seen.model,
            "serial": seen.serial,
            "firmware": seen.firmware,
            "uptime_s": seen.uptime_s,
        },
        "totals": {
            "clients": seen.totals.clients,
            "access_points": seen.totals.access_points,
            "access_points_up": seen.totals.access_points_up,
        },
        "access_points": [_access_point(access_point) for access_point in seen.access_points],
        "ssids": [{"name": ssid.name, "clients": ssid.clients} for ssid in seen.ssids],
        "interfaces": interfaces,
        "unread": unread,
    }


def _access_point(seen: SeenAccessPoint) -> dict[str, Any]:
    return {
        "id": seen.id,
        "name": seen.name,
        "up": seen.up,
        "clients": seen.clients,
        "radios": [_radio(radio) for radio in seen.radios],
    }


def _radio(seen: SeenRadio) -> dict[str, Any]:
    return {
        "id": seen.id,
        "band": seen.band,
        "channel": seen.channel,
        "frequency_mhz": seen.frequency_mhz,
        "clients": seen.clients,
        "utilization_pct": seen.utilization_pct,
        "noise_dbm": seen.noise_dbm,
        "tx_power_dbm": seen.tx_power_dbm,
        "in_octets": seen.in_octets,
        "out_octets": seen.out_octets,
    }
