"""The files that point a head-end at the simulated city: its inventory and its settings."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from city.clock import Clock, SimulatedClock
from city.places import Position
from fake_devices.city_groups import AROUND_THE_RINK, category, groups
from fake_devices.city_plan import LAMP_TYPES, AccessPointPlan, CabinetPlan, CityPlan, LampPlan
from fake_devices.footfall import events
from fake_devices.gatherings import PARIS
from fake_devices.gazetteer import NOTE
from fake_devices.modbus_cabinets import HOST, UNIT

CABINET_PROFILE = "falotier-cabinet"
LAMP_PROFILE = "falotier-json"
ACCESS_POINT_PROFILE = "falotier-ap"
WIFI_CONTROLLER_PROFILE = "falotier-wlc"
EVENTS_WITHIN = timedelta(days=60)
"""Matches and concerts are announced for so long before and after the simulated present."""
RINK = "patinoire"
MATCH_SHARE = 0.4
"""Of the clients that its access points are meant for; a full house is about two thirds of those."""
INVENTORY_FILE = "inventory.geojson"
PRIVATE = 0o600
"""The settings hold the desk's key."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the simulated city answers."""

    mqtt_port: int
    modbus_ports: Mapping[str, int]
    snmp_ports: Mapping[str, int]
    """By access point that stands alone, and by Wi-Fi controller."""
    snmp_community: str
    desk_url: str | None
    desk_key: str
    traps_port: int | None = None
    """Where access points and controllers send their traps; None: they send none."""
    snmp_writer: Mapping[str, str] = field(default_factory=dict)
    """As whom they may be told to do something: what stands under ``[snmp.write]``; nothing: as nobody."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What the simulation's user may choose of the head-end's settings."""

    api_port: int = 8350
    """0: any free port."""
    modbus_period_s: float = 60.0
    snmp_period_s: float = 60.0
    lamp_period_s: float = 300.0
    """How often lamp controllers report, which is theirs to say."""


def inventory_document(plan: CityPlan, addresses: Addresses, night_fed: frozenset[str]) -> dict[str, Any]:
    """The inventory as docs/inventory-file.md has it; ``night_fed`` are the cabinets without power by day."""
    return {
        "type": "FeatureCollection",
        "note": NOTE,
        "lamp_types": [
            {
                "id": lamp_type.id,
                "nominal_w": lamp_type.nominal_w,
                "power_at_min_w": lamp_type.power_at_min_w,
                "min_level_pct": lamp_type.min_level_pct,
                "standby_w": lamp_type.standby_w,
                "warm_up_s": lamp_type.warm_up_s,
            }
            for lamp_type in LAMP_TYPES.values()
        ],
        "hotspots": [
            {
                "id": hotspot.id,
                "name": hotspot.name,
                "sector": hotspot.sector,
                "watched": hotspot.watched,
                "longitude": hotspot.position.longitude,
                "latitude": hotspot.position.latitude,
                **({"opens": hotspot.opens} if hotspot.opens else {}),
            }
            for hotspot in plan.hotspots
        ],
        "controllers": [
            {
                "id": controller,
                "host": HOST,
                "port": addresses.snmp_ports[controller],
                "profile": WIFI_CONTROLLER_PROFILE,
            }
            for controller in plan.wifi_controllers
        ],
        "groups": list(groups(plan)),
        "features": list(_features(plan, addresses, night_fed)),
    }


def _features(plan: CityPlan, addresses: Addresses, night_fed: frozenset[str]) -> Iterator[dict[str, Any]]:
    for cabinet in plan.cabinets:
        feed = "night" if cabinet.id in night_fed else "permanent"
        yield _feature(cabinet.position, _cabinet(cabinet, addresses.modbus_ports[cabinet.id], feed))
    for lamp in plan.lamps.values():
        yield _feature(lamp.position, _light_point(lamp))
    for access_point in plan.access_points:
        yield _feature(access_point.position, _access_point(access_point, addresses))


def _feature(position: Position, properties: dict[str, Any]) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [position.longitude, position.latitude]}
    return {"type": "Feature", "geometry": point, "properties": properties}


def _cabinet(cabinet: CabinetPlan, port: int, feed: str) -> dict[str, Any]:
    return {
        "kind": "cabinet",
        "id": cabinet.id,
        "sector": cabinet.sector,
        "street": cabinet.street,
        "modbus": {"host": HOST, "port": port, "unit": UNIT},
        "profile": CABINET_PROFILE,
        "circuits": [{"number": circuit.number, "feed": feed} for circuit in cabinet.circuits],
    }


def _access_point(access_point: AccessPointPlan, addresses: Addresses) -> dict[str, Any]:
    asked: dict[str, Any] = {"controller": access_point.controller}
    if not access_point.controller:
        snmp = {"host": HOST, "port": addresses.snmp_ports[access_point.id]}
        asked = {"snmp": snmp, "profile": ACCESS_POINT_PROFILE}
    return {
        "kind": "access-point",
        "id": access_point.id,
        "hotspot": access_point.hotspot,
        **asked,
        "clients_per_radio": access_point.clients_per_radio,
    }


def _light_point(lamp: LampPlan) -> dict[str, Any]:
    return {
        "kind": "light-point",
        "id": lamp.id,
        "sector": lamp.sector,
        "quarter": lamp.quarter,
        "street": lamp.street,
        "cabinet": lamp.cabinet,
        "circuit": lamp.circuit,
        "phase": lamp.phase,
        "lamp_type": lamp.lamp_type.id,
        "gateway": lamp.gateway,
        "serial": lamp.serial,
        "category": category(lamp),
    }


def rules_of(plan: CityPlan) -> Iterator[Mapping[str, object]]:
    """The dynamic rules of a city: light for those who leave the ice rink, where it has access points and streets.

    Skaters are fewer than a third of the house, a match fills it; the programme of the city asks for 70 percent then.
    """
    carries = sum(each.clients_per_radio * each.radios for each in plan.access_points if each.hotspot == RINK)
    begins = round(MATCH_SHARE * carries)
    if begins > 1 and any(group["id"] == AROUND_THE_RINK for group in groups(plan)):
        yield {
            "name": "Match",
            "selector": f"group:{AROUND_THE_RINK}",
            "hotspot": RINK,
            "clients": begins,
            "until_below": begins // 2,
            "hold_min": 20,
            "at_least": 90,
            "never_past": "01:00",
        }


def settings_text(addresses: Addresses, clock: Clock, rhythm: Rhythm, plan: CityPlan | None = None) -> str:
    """``city.toml`` for the simulated city; from its ``plan``, its rules and what is announced in its places."""
    tables: dict[str, dict[str, object]] = {
        "city": {"name": "Mulhouse"},
        "inventory": {"file": INVENTORY_FILE},
        "mqtt": {
            "host": HOST,
            "port": addresses.mqtt_port,
            "profile": LAMP_PROFILE,
            "period_s": rhythm.lamp_period_s,
        },
        "modbus": {"period_s": rhythm.modbus_period_s},
        "snmp": {"period_s": rhythm.snmp_period_s, "community": addresses.snmp_community},
        "api": {"port": rhythm.api_port},
        # Whoever tries the simulated city is alone with it.
        "orders": {"second_person": False},
    }
    if addresses.snmp_writer:
        tables["snmp.write"] = dict(addresses.snmp_writer)
    if addresses.desk_url is not None:
        tables["desk"] = {"url": addresses.desk_url, "api_key": addresses.desk_key}
    if addresses.traps_port is not None:
        tables["snmp"] |= {"traps_host": HOST, "traps_port": addresses.traps_port}
    if isinstance(clock, SimulatedClock):
        # Not the clock's own anchor: a clock that was held has left it behind.
        tables["simulation"] = {
            "real": datetime.now(UTC).isoformat(),
            "simulated": clock.now().isoformat(),
            "speed": clock.anchor.speed,
        }
    lines = [f"# {NOTE}"]
    headed = [(f"[{name}]", table) for name, table in tables.items()]
    if plan is not None:
        headed += [("[[dynamic]]", dict(rule)) for rule in rules_of(plan)]
        headed += [("[[event]]", dict(event)) for event in _events(plan, clock.now())]
    for head, table in headed:
        lines += ["", head, *(f"{key} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _events(plan: CityPlan, now: datetime) -> Iterator[dict[str, str]]:
    """What is announced in its places around the present, as the town would write it down."""
    served = {access_point.hotspot for access_point in plan.access_points}
    for hotspot in plan.hotspots:
        if hotspot.id not in served:
            continue
        for name, begins, ends in events(hotspot.id, now - EVENTS_WITHIN, now + EVENTS_WITHIN, plan.seed):
            local = {"begins": begins.astimezone(PARIS), "ends": ends.astimezone(PARIS)}
            times = {key: instant.isoformat() for key, instant in local.items()}
            yield {"name": name, "hotspot": hotspot.id, **times}


def _toml(value: object) -> str:
    """A string or a number in TOML; JSON's escapes are TOML's too."""
    return json.dumps(value)


def write_city(
    path: Path, plan: CityPlan, addresses: Addresses, night_fed: frozenset[str], clock: Clock, rhythm: Rhythm
) -> None:
    """Write the settings to a file that only its owner may read, and the inventory beside it.

    Raises:
        OSError: the folder cannot be written to.
    """
    inventory = inventory_document(plan, addresses, night_fed)
    text = json.dumps(inventory, ensure_ascii=False, indent=1)
    (path.parent / INVENTORY_FILE).write_text(text + "\n", encoding="utf-8")
    path.touch(mode=PRIVATE)
    path.chmod(PRIVATE)
    path.write_text(settings_text(addresses, clock, rhythm, plan), encoding="utf-8")
