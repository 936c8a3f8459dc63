"""``falotier check``: is everything there that the settings name, and does everything outside answer?"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from city.clock import SystemClock
from city.errors import BadInput, FalotierError
from city.nights import night_of
from city.settings import Settings
from drivers.modbus.security import ModbusSecurity
from drivers.mqtt.connection import knock
from drivers.profiles import load_profiles
from drivers.snmp.poller import SnmpPoller
from headend.acquisition import Polled
from headend.configured import (
    broker_of,
    credentials_of,
    desk_of,
    lamp_profiles_of,
    light_plan_of,
    modbus_security_of,
    store_of,
    writing_credentials_of,
)
from headend.disk import MIB, size_of
from headend.field import AccessPoints, Cabinets
from headend.inventory import CityInventory, LeftOut, load_inventory
from headend.plan import Plan
from headend.presence import dynamic_rules_of
from headend.records import Records
from headend.wanted import Wanted

AT_ONCE = 16
"""Devices asked together."""
WITHIN_S = 20.0
"""Real seconds that one thing outside may take to answer."""
NAMED_MOST = 5


class Finding(NamedTuple):
    """What was found of one thing."""

    what: str
    ok: bool
    detail: str


async def check_up(settings: Settings) -> AsyncIterator[Finding]:
    """Look at files first, then at what answers; changes nothing anywhere.

    Raises:
        BadInput: the inventory, the programme, a dynamic rule or a profile cannot be used at all.
    """
    inventory = load_inventory(settings.path(settings.inventory.file))
    counts = (
        f"{len(inventory.lighting.light_points)} light points, {len(inventory.lighting.cabinets)} cabinets, "
        f"{len(inventory.wifi.access_points)} access points"
    )
    yield _listed("inventory", counts, inventory.left_out)
    dynamic_rules_of(settings, inventory)
    yield _programme(settings, inventory)
    yield await _asked("records", lambda: _records(settings))
    yield await _asked("store", lambda: _store(settings, inventory))
    yield await asyncio.to_thread(_spool, settings)
    yield await _asked("mqtt", lambda: _broker(settings))
    async for finding in _devices(settings, inventory):
        yield finding
    yield await _asked("desk", lambda: _desk(settings))


def _listed(what: str, counts: str, left_out: Sequence[LeftOut]) -> Finding:
    if not left_out:
        return Finding(what, ok=True, detail=counts)
    named = "; ".join(f"{each.what}: {each.why}" for each in left_out[:NAMED_MOST])
    return Finding(what, ok=False, detail=f"{counts}; {len(left_out)} left out: {named}")


def _programme(settings: Settings, inventory: CityInventory) -> Finding:
    """Whether every cabinet could follow it; what lamp controllers can do, only their gateways say."""
    site = settings.city.site
    plan = Plan(light_plan_of(settings), site, inventory.lighting)
    wanted = Wanted(inventory.lighting, plan, {}, night_of(SystemClock().now(), site.zone))
    refused = [LeftOut(f"cabinet {name}", why) for name, why in wanted.cabinet_refusals.items()]
    return _listed("programme", ", ".join(sorted(plan.points)), refused)


async def _asked(what: str, ask: Callable[[], Awaitable[str]]) -> Finding:
    try:
        async with asyncio.timeout(WITHIN_S):
            return Finding(what, ok=True, detail=await ask())
    except FalotierError as error:
        return Finding(what, ok=False, detail=str(error))
    except TimeoutError:
        return Finding(what, ok=False, detail="no answer in time")


async def _records(settings: Settings) -> str:
    url = settings.records.url
    _, is_file, name = url.partition(":///")
    if url.startswith("sqlite") and is_file and not settings.path(Path(name)).exists():
        return f"{name} will be made at the first start"
    async with Records(url, settings.folder) as records:
        return f"{len(await records.live_incidents())} incidents stand"


async def _store(settings: Settings, inventory: CityInventory) -> str:
    if settings.telemetry.engine == "embedded" and not settings.path(settings.telemetry.path).exists():
        return f"{settings.telemetry.path} will be made at the first start"
    async with store_of(settings, inventory) as store:
        await store.ping()
    return f"{settings.telemetry.engine} answers"


def _spool(settings: Settings) -> Finding:
    """Whether values could wait on the disk for as long as is promised."""
    telemetry = settings.telemetry
    folder = settings.path(telemetry.spool)
    stands = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not stands.is_dir() or not os.access(stands, os.W_OK | os.X_OK):
        return Finding("spool", ok=False, detail=f"telemetry.spool: {stands} cannot be written to")
    room, most = shutil.disk_usage(stands).free // MIB, telemetry.spool_mib - size_of(folder) // MIB
    detail = f"{room} MiB free on the disk of {stands}; up to {most} MiB may still wait there"
    if room < most + telemetry.spool_leaves_mib:
        least = f"with {telemetry.spool_leaves_mib} MiB left free: free some, or lower telemetry.spool_mib"
        return Finding("spool", ok=False, detail=f"{detail}, {least}")
    return Finding("spool", ok=True, detail=detail)


async def _broker(settings: Settings) -> str:
    lamp_profiles_of(settings)
    await knock(broker_of(settings))
    return f"{settings.mqtt.host}:{settings.mqtt.port} answers"


async def _desk(settings: Settings) -> str:
    if settings.desk.kind == "file":  # opening it would begin the feed
        folder = settings.path(settings.desk.file.folder)
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            raise BadInput(f"desk.file.folder: {folder} cannot be written to")
        return f"{folder} {'holds' if folder.exists() else 'will hold'} the feed"
    opening = desk_of(settings, SystemClock())
    if opening is None:
        return "no service is set: tickets will wait"
    async with opening as desk:
        await desk.ping()
    where = settings.desk.email.host if settings.desk.kind == "email" else settings.desk.url
    return f"{where} answers"


async def _devices(settings: Settings, inventory: CityInventory) -> AsyncIterator[Finding]:
    folders = [settings.path(folder) for folder in settings.profiles.folders]
    security = modbus_security_of(settings)
    if security is not None:
        yield _certificate(security)
    modbus, snmp = load_profiles("modbus", folders), load_profiles("snmp", folders)
    cabinets = Cabinets(inventory.lighting, modbus, settings.modbus.timeout_s, security)
    try:
        yield await _polled("modbus", cabinets.polled(), cabinets.left_out)
    finally:
        await cabinets.close()
    async with SnmpPoller(settings.snmp.timeout_s) as poller:
        access_points = AccessPoints(
            inventory.wifi, snmp, poller, credentials_of(settings), writing_credentials_of(settings)
        )
        yield await _polled("snmp", access_points.polled(), access_points.left_out)


def _certificate(security: ModbusSecurity) -> Finding:
    """As whom we speak to secured gateways; a gateway may give no right at all to who has no role."""
    role = f"role {security.role}" if security.role else "no role"
    detail = f"{security.subject}: {role}, until {security.expires:%Y-%m-%d}"
    return Finding("modbus certificate", security.expires > SystemClock().now(), detail)


async def _polled(what: str, devices: Iterable[Polled], left_out: Sequence[LeftOut]) -> Finding:
    free = asyncio.Semaphore(AT_ONCE)
    silent = list(left_out)

    async def ask(device: Polled) -> int:
        try:
            async with free, asyncio.timeout(WITHIN_S):
                await device.poll(SystemClock().now())
        except FalotierError as error:
            silent.append(LeftOut(device.name, str(error)))
        except TimeoutError:
            silent.append(LeftOut(device.name, "no answer in time"))
        else:
            return 1
        return 0

    answering = sum(await asyncio.gather(*(ask(device) for device in devices)))
    return _listed(what, f"{answering} / {answering + len(silent)} answer", silent)
